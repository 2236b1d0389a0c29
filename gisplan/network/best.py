"""The best full and the best smart interchange of each hub, both ways, and all that is told of these links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core.tables import contract, hold
from gisplan.core.words import Text
from gisplan.network.build import NARROW_M
from gisplan.network.criticality import Cut, cut_rows, cuts_of, link_columns, stretch
from gisplan.network.disjoint import second_words
from gisplan.network.ferries import Crossing, why_apart
from gisplan.network.ground import NO_METRES, Ground, metres
from gisplan.network.managers import MANAGERS, UNKNOWN
from gisplan.network.phrases import say
from gisplan.network.ramps import WAYS, Direction
from gisplan.network.routes import KINDS, NO_EDGES, Kind, Route, travelled
from gisplan.network.speeds import CLASSES
from gisplan.network.where import Link, Signposts, signposts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.network.places import Hubs, Interchanges

LINE_COLUMNS = ("hub", "hub_id", "kind", "direction", "interchange", "rank", "minutes")
SECTION_COLUMNS = (
    "hub", "hub_id", "kind", "direction", "interchange", "order", "road", "road_ids", "road_class", "manager",
    "length_m", "narrow_m", "width_unknown_m", "hazard_m",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """The tables `best_links` and `cuts`, and what is made of them.

    `routes` are the lines, of `rank` 1 for the best route and 2 for the second; `cut_lines` those of the links
    cut, with the row's columns; `sections` the metres of each best route by road, class and manager. `ferries`
    tells by component of the roads why ferries do not lead from there to an interchange.
    """

    table: pd.DataFrame
    cuts: pd.DataFrame
    routes: gpd.GeoDataFrame
    cut_lines: gpd.GeoDataFrame
    sections: pd.DataFrame
    ferries: Mapping[int, Text]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    on: Ground
    hubs: Hubs
    interchanges: Interchanges
    inside: NDArray[np.float64] | None
    ferries: Mapping[int, Text]
    posts: Signposts
    standing: Mapping[int, str]
    links: Mapping[tuple[int, int], Link]
    cuts: Mapping[tuple[int, Kind, Direction], tuple[Cut, ...]]

    @property
    def metres_inside(self) -> NDArray[np.float64]:
        """Metres in hazard areas by edge, NaN where none is known."""
        return np.full(len(self.on.network.tail), np.nan) if self.inside is None else self.inside


def best_of(
    on: Ground,
    found: Sequence[Route],
    *,
    hubs: Hubs,
    interchanges: Interchanges,
    inside: NDArray[np.float64] | None,
    ferries: Sequence[Crossing],
    crs: Any,
) -> Best:
    """Return what is told of the best interchanges.

    Parameters
    ----------
    on, found
        The ground and all routes on it.
    hubs, interchanges
        Places on the network.
    inside
        Metres of each edge in hazard areas [m], None where no such area is known.
    ferries
        The ferries of the road table.
    crs
        The CRS of the network.
    """
    best = {(route.hub, route.best, route.direction): route for route in found if route.best is not None}
    links: dict[tuple[int, int], Link] = {}
    cuts = {key: cuts_of(on, route, known=links) for key, route in best.items()}
    nodes = np.array([node for link in links.values() for node in link.ends], dtype=np.int64)
    scene = _Scene(
        on=on,
        hubs=hubs,
        interchanges=interchanges,
        inside=inside,
        ferries=_ferries(on, ferries),
        posts=signposts(on, nodes, hubs=hubs, interchanges=interchanges, crs=crs),
        standing=_standing(on),
        links=links,
        cuts=cuts,
    )
    keys = [(hub, kind, way) for hub in range(len(hubs.id)) for kind in KINDS for way in WAYS]
    rows = [_row(scene, *key, best.get(key)) for key in keys]
    cut = _cut_table(scene, best)
    return Best(
        table=hold(pd.DataFrame(rows), "best_links"),
        cuts=hold(cut, "cuts"),
        routes=_lines(scene, best, crs),
        cut_lines=_cut_lines(scene, cut, crs),
        sections=_sections(scene, best),
        ferries=scene.ferries,
    )


def _ferries(on: Ground, known: Sequence[Crossing]) -> Mapping[int, Text]:
    """Return by component of the hubs' roads why no ferry leads to an interchange."""
    component = on.network.component
    gates = on.interchange["to_hub"]
    others = np.unique(component[gates[gates >= 0]]).astype(np.int64)
    apart = np.setdiff1d(component[on.hub[on.hub >= 0]], others)
    told = {int(one): why_apart(known, component=int(one), others=others) for one in apart}
    return {one: why for one, why in told.items() if why is not None}


def _row(scene: _Scene, hub: int, kind: Kind, way: Direction, route: Route | None) -> dict[str, Any]:
    """Return a row of the table `best_links`."""
    state, reason = _state(scene, hub, kind, route)
    row: dict[str, Any] = {
        "hub": scene.hubs.label[hub],
        "kind": kind,
        "direction": way,
        "state": state,
        "reason_ja": reason.ja,
        "reason_en": reason.en,
        "snap_hub_m": scene.hubs.snaps.distance[hub],
    }
    blank = {"interchange": "", "minutes": np.nan, "snap_interchange_m": np.nan, "stands_on": ""}
    later = ("detour_minutes", "second_minutes", "second_m")
    words = ("worst_cut_ja", "worst_cut_en", "second_ja", "second_en", "outcome", "stands_on_id")
    row |= blank | dict.fromkeys([*NO_METRES, *later], np.nan) | dict.fromkeys(words, "")
    if route is None:
        return row | {"needed_links": None}
    return row | _reached(scene, route)


def _state(scene: _Scene, hub: int, kind: Kind, route: Route | None) -> tuple[str, Text]:
    """Return whether a hub is reached from or to the interchange of a kind, and why not."""
    if route is not None:
        return "reached", say("reached")
    if scene.on.hub[hub] < 0:
        return "off_road", say("off_road", limit=f"{scene.hubs.limit_m:g}")
    stands = scene.interchanges.found & (scene.interchanges.kind == kind)
    if not stands.any():
        limit = f"{scene.interchanges.limit_m:g}"
        return "no_interchange", say("no_interchange", kind=say(f"kind_{kind}"), limit=limit)
    component = scene.on.network.component
    own = int(component[scene.on.hub[hub]])
    if own in set(map(int, component[scene.on.interchange["to_hub"][stands]])):
        return "unreached", say("unreached_one_way")
    apart, why = say("unreached_apart"), scene.ferries.get(own)
    return "unreached", apart if why is None else say("because", what=apart, why=why)


def _reached(scene: _Scene, route: Route) -> dict[str, Any]:
    on, place, way = scene.on, route.interchange, route.direction
    gates = scene.interchanges.gates
    cuts = scene.cuts[route.hub, route.best or "full", way]
    worst, outcome = _worst(cuts, scene.posts)
    words, needed = second_words(route, cuts, posts=scene.posts)
    second = route.second
    found = second is not None and bool(np.isfinite(second.minutes))
    node = int(on.interchange[way][place])
    on_ramp = bool(gates.on_ramp[way][place])
    return metres(on, route.edges, inside=scene.metres_inside) | {
        "interchange": scene.interchanges.label[place],
        "minutes": route.minutes,
        "snap_interchange_m": gates.snaps[way].distance[place],
        "stands_on": "ramp" if on_ramp else "street",
        "stands_on_id": scene.standing[node],
        "detour_minutes": route.detour if np.isfinite(route.detour) else np.nan,
        "outcome": outcome,
        "worst_cut_ja": worst.ja,
        "worst_cut_en": worst.en,
        "second_minutes": second.minutes if found and second is not None else np.nan,
        "second_m": float(on.network.length[second.edges].sum()) if found and second is not None else np.nan,
        "second_ja": words.ja,
        "second_en": words.en,
        "needed_links": needed,
    }


def _standing(on: Ground) -> Mapping[int, str]:
    """Return by node where interchanges stand the ids of the roads that meet there."""
    network, marked = on.network, np.zeros(len(on.network.x), dtype=bool)
    nodes = np.unique(np.concatenate([gates[gates >= 0] for gates in on.interchange.values()]))
    marked[nodes] = True
    ids: dict[int, set[str]] = {int(node): set() for node in nodes}
    for ends in (network.tail, network.head):
        for edge in np.flatnonzero(marked[ends]):
            ids[int(ends[edge])].add(str(on.id[edge]))
    return {node: "・".join(sorted(met)) for node, met in ids.items()}


def _worst(cuts: Sequence[Cut], posts: Signposts) -> tuple[Text, str]:
    """Return the worst cut of a route in words, and what comes of it."""
    if not cuts:
        return say("worst_no_link"), "no_loss"
    worst = max(cuts, key=lambda cut: (cut.added, cut.link.metres))
    where = stretch(worst, posts)
    if worst.outcome == "cut_off":
        return say("worst_cut_off", where=where), worst.outcome
    if worst.outcome == "no_loss":
        return say("worst_none"), worst.outcome
    return say("worst_longer", added=f"{worst.added:.1f}", where=where), worst.outcome


def _cut_table(scene: _Scene, best: Mapping[Any, Route]) -> pd.DataFrame:
    told = {
        key: link_columns(link, posts=scene.posts, inside=scene.inside) for key, link in scene.links.items()
    }
    rows = [
        row
        for key, route in best.items()
        for row in cut_rows(scene.cuts[key], told=told, whose=_whose(scene, route))
    ]
    return pd.DataFrame(rows, columns=None if rows else [*contract("cuts").names, "chain"])


def _whose(scene: _Scene, route: Route) -> dict[str, Any]:
    """Return the columns of the table `cuts` that tell whose link is cut."""
    return {
        "hub": scene.hubs.label[route.hub],
        "kind": route.best,
        "interchange": scene.interchanges.label[route.interchange],
        "direction": route.direction,
    }


def _cut_lines(scene: _Scene, cuts: pd.DataFrame, crs: Any) -> gpd.GeoDataFrame:
    """Return the line of each link that is cut, with the columns of the table and its chain."""
    edges = {link.chain: np.sort(link.edges) for link in scene.links.values()}
    place = np.repeat(np.arange(len(edges)), [len(part) for part in edges.values()])
    geometry = scene.on.network.geometry[np.concatenate([NO_EDGES, *edges.values()])]
    merged = shapely.line_merge(shapely.multilinestrings(geometry, indices=place)) if len(place) else []
    lines = dict(zip(edges, merged, strict=True))
    table = gpd.GeoDataFrame(cuts, geometry=[lines[chain] for chain in cuts["chain"]], crs=crs)
    return table.sort_values(list(contract("cuts").key), ignore_index=True)


def _lines(scene: _Scene, best: Mapping[Any, Route], crs: Any) -> gpd.GeoDataFrame:
    """Return the lines of the best routes and of those that share no link with them."""
    rows, lines = [], []
    for (hub, kind, way), route in best.items():
        place = scene.interchanges.label[route.interchange]
        own = (scene.hubs.label[hub], scene.hubs.id[hub], kind, way, place)
        times = [(1, route.minutes), (2, route.second.minutes if route.second is not None else np.inf)]
        for rank, minutes in times:
            if np.isfinite(minutes):
                rows.append((*own, rank, minutes))
                lines.append(travelled(scene.on, route, second=rank > 1))
    table = gpd.GeoDataFrame(pd.DataFrame(rows, columns=list(LINE_COLUMNS)), geometry=lines, crs=crs)
    return table.sort_values(["hub", "kind", "direction", "rank"], ignore_index=True)


def _sections(scene: _Scene, best: Mapping[Any, Route]) -> pd.DataFrame:
    """Return the metres of each best route by road, class and manager, in the order of travel."""
    on = scene.on
    routes = {key: route for key, route in best.items() if len(route.edges)}
    if not routes:
        return pd.DataFrame(columns=list(SECTION_COLUMNS))
    travel = [route.edges if way == "to_hub" else route.edges[::-1] for (_, _, way), route in routes.items()]
    edges, counts = np.concatenate(travel), [len(part) for part in travel]
    names = [scene.interchanges.label[route.interchange] for route in routes.values()]
    hub, kind, way = (np.repeat(np.array(part, dtype=object), counts) for part in zip(*routes, strict=True))
    places = hub.astype(np.int64)
    length, width = on.network.length[edges], on.width[edges]
    pieces = pd.DataFrame(
        {
            "hub": scene.hubs.label[places],
            "hub_id": scene.hubs.id[places],
            "kind": kind,
            "direction": way,
            "interchange": np.repeat(np.array(names, dtype=object), counts),
            "order": np.arange(len(edges)),
            "road": on.name[edges],
            "road_ids": on.id[edges],
            "road_class": np.array(CLASSES, dtype=object)[on.network.road_class[edges]],
            "manager": np.array([*MANAGERS, UNKNOWN], dtype=object)[on.manager[edges]],
            "length_m": length,
            "narrow_m": np.where(np.isnan(width), np.nan, length * (width < NARROW_M)),
            "width_unknown_m": length * np.isnan(width),
            "hazard_m": scene.metres_inside[edges],
        }
    )
    return _by_road(pieces)


def _by_road(pieces: pd.DataFrame) -> pd.DataFrame:
    """Return pieces of one road, class and manager on a route put together."""
    key = ["hub", "hub_id", "kind", "direction", "interchange", "road", "road_class", "manager"]
    grouped = pieces.groupby(key, sort=False, dropna=False)
    told = grouped.agg(
        order=("order", "min"),
        length_m=("length_m", "sum"),
        width_unknown_m=("width_unknown_m", "sum"),
    )
    # Metres of which nothing is known are no metres: with `min_count` they stay empty.
    for name in ("narrow_m", "hazard_m"):
        told[name] = grouped[name].sum(min_count=1).to_numpy()
    told["road_ids"] = _ids(pieces["road_ids"], grouped.ngroup(), len(told))
    told = told.reset_index()
    route = ["hub", "hub_id", "kind", "direction"]
    told = told.sort_values([*route, "order"], kind="stable", ignore_index=True)
    told["order"] = told.groupby(route).cumcount() + 1
    found: pd.DataFrame = told[list(SECTION_COLUMNS)]
    return found


def _ids(ids: pd.Series[str], group: pd.Series[int], count: int) -> list[str]:
    """Return the different ids of each group, in their order."""
    found: list[dict[str, None]] = [{} for _ in range(count)]
    for one, place in zip(ids, group, strict=True):
        found[place][one] = None
    return ["・".join(met) for met in found]
