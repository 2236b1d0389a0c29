"""The road between each interchange and each hub, both ways: minutes, metres by class, what it depends on.

Eligible works are on national and prefectural roads, so metres are reported by legal class; no official
threshold of minutes exists, so none is applied.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core.tables import Doubt, contract, hold
from gisplan.core.words import Network
from gisplan.network import search
from gisplan.network.build import NARROW_M, SAMPLE, Rows
from gisplan.network.route import Fan, fan, line, metres_inside
from gisplan.network.snap import Snaps, attach, either, joined, snap
from gisplan.network.speeds import CLASSES

if TYPE_CHECKING:
    from numpy.typing import NDArray

Direction = Literal["to_hub", "to_interchange"]
KEY = ("hub", "interchange", "direction")
_WAYS: tuple[Direction, ...] = ("to_hub", "to_interchange")
BOTH_WAYS_SHARE = 20.0
"""There and back may differ by this share of the shorter time [%] before it is said."""

_INSIDE = ("hub_id", "interchange_id", "edges", "line", "unknown_m", "one_way", "component")
"""Columns that the table of `links` does not show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Hubs or interchanges on the network: `label` and `id` [k] and where they stand.

    `leg` is the time off the road [k; min], NaN where no road lies within `limit_m`.
    """

    label: NDArray[np.object_]
    id: NDArray[np.object_]
    snaps: Snaps
    leg: NDArray[np.float64]
    limit_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """The table `links`, the routes (GeoDataFrame with the same key), doubts, and the interchanges linked."""

    table: pd.DataFrame
    routes: gpd.GeoDataFrame
    doubts: tuple[Doubt, ...]
    used_interchanges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """The network with hubs and interchanges as nodes, and what each of its edges is [m]."""

    network: Network
    chain: NDArray[np.int64]
    hub: NDArray[np.int64]
    interchange: NDArray[np.int64]
    narrow: NDArray[np.float64]
    known: NDArray[np.bool_]


def snappable(network: Network, rows: Rows) -> NDArray[np.bool_]:
    """Return the edges a building may stand on: no expressway, no ramp, no road for through traffic alone [m]."""
    express = network.road_class == network.classes.index("expressway")
    able: NDArray[np.bool_] = ~express & ~rows.ramp[network.road] & rows.frontage[network.road]
    return able


def labels(table: pd.DataFrame) -> NDArray[np.object_]:
    """Return a label for each row: its name, with its id where that name stands twice; else its id."""
    name, key = table["name"].fillna("").astype(str), table["id"].astype(str)
    double = name.duplicated(keep=False) & (name != "")
    return name.where(~double, name + " (" + key + ")").where(name != "", key).to_numpy(object)


def usable(interchanges: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the interchanges a car can use: full and smart ones that are not closed.

    A junction gives no access; one whose state is not known is kept.
    """
    kind = interchanges["kind"].isin(["full", "smart"]).to_numpy()
    is_open = interchanges["open"].fillna(value=True).to_numpy("bool")
    return interchanges.loc[kind & is_open].reset_index(drop=True)


def hub_places(
    network: Network, hubs: gpd.GeoDataFrame, *, rows: Rows, limit_m: float, straight: float
) -> Places:
    """Return the hubs on the nearest road that is no expressway and no ramp.

    Parameters
    ----------
    network, rows
        The network by car and the cleaned rows of its road table.
    hubs
        Hubs, as points or polygons.
    limit_m
        Greatest distance from the road [m].
    straight
        Speed off the road [metres per minute].
    """
    points = shapely.point_on_surface(hubs.geometry.to_numpy())
    on = snap(network, points, limit_m=limit_m, allowed=snappable(network, rows))
    return _places(hubs, on, limit_m=limit_m, straight=straight)


def interchange_places(
    network: Network, interchanges: gpd.GeoDataFrame, *, rows: Rows, limit_m: float, straight: float
) -> Places:
    """Return the interchanges on a ramp where one is within the limit, else on the nearest ordinary road.

    A joint of the national data lies on the main line, some 100 m off the ramp; it is never put on the main
    line itself, where a car can neither enter nor leave.

    Parameters
    ----------
    network, rows
        The network by car and the cleaned rows of its road table.
    interchanges
        Usable interchanges.
    limit_m
        Greatest distance from the ramp or road [m].
    straight
        Speed off the road [metres per minute].
    """
    points = shapely.point_on_surface(interchanges.geometry.to_numpy())
    ramp = snap(network, points, limit_m=limit_m, allowed=rows.ramp[network.road])
    road = snap(network, points, limit_m=limit_m, allowed=snappable(network, rows))
    return _places(interchanges, either(ramp, road), limit_m=limit_m, straight=straight)


def _places(table: gpd.GeoDataFrame, on: Snaps, *, limit_m: float, straight: float) -> Places:
    return Places(
        label=labels(table),
        id=table["id"].to_numpy(object),
        snaps=on,
        leg=on.distance / straight,
        limit_m=limit_m,
    )


def links(
    network: Network,
    rows: Rows,
    *,
    hubs: Places,
    interchanges: Places,
    hazards: NDArray[np.object_] | None = None,
) -> Linked:
    """Return the links between every hub and every interchange that stands on the network.

    Minutes include the straight legs at both ends, metres are those of the road alone. A cut closes one
    stretch between two junctions both ways; `detour_minutes` is the best time left after the worst cut.

    Parameters
    ----------
    network, rows
        The network by car and the cleaned rows of its road table.
    hubs, interchanges
        Places on it; an interchange that was not found has no rows and is counted in a doubt.
    hazards
        Polygons of hazard areas, or None where no such layer was given: `hazard_m` is then not assessed.
    """
    ground = _ground(network, rows, hubs, interchanges)
    table = _all_pairs(ground, hubs, interchanges)
    table["hazard_m"] = _hazard_metres(ground.network, table, hazards)
    doubts = [*_doubts(table, hubs, interchanges), *_alone(table, ground.network, interchanges)]
    routes = gpd.GeoDataFrame(
        table[[*KEY, "hub_id", "interchange_id", "minutes"]],
        geometry=gpd.GeoSeries(list(table["line"])),
    )
    ordered = routes.sort_values(list(KEY), ignore_index=True)
    return Linked(
        table=hold(table, "links"),
        routes=ordered,
        doubts=tuple(doubts),
        used_interchanges=tuple(sorted(map(str, interchanges.id[interchanges.snaps.found]))),
    )


def _all_pairs(ground: _Ground, hubs: Places, interchanges: Places) -> pd.DataFrame:
    """Return one row for each interchange on the network, direction and hub."""
    ways = {way: search.graph(ground.network, reverse=way == "to_interchange") for way in _WAYS}
    # Where every road is open both ways at one speed, the way back is the way there.
    same = np.array_equal(ground.network.forward, ground.network.backward)
    parts: list[pd.DataFrame] = []
    for place in np.flatnonzero(interchanges.snaps.found):
        legs = hubs.leg + interchanges.leg[place]
        last: Fan | None = None
        for direction in _WAYS:
            node = int(ground.interchange[place])
            if last is None or not same:
                last = fan(ways[direction], ground.chain, source=node, targets=ground.hub)
            part = _fan_table(ground, last, direction, node=node)
            part["minutes"] += legs
            part["detour_minutes"] += legs
            parts.append(part.assign(**_names(hubs, interchanges, int(place)), direction=direction))
    if not parts:
        return pd.DataFrame(columns=[*contract("links").names, *_INSIDE])
    return pd.concat(parts, ignore_index=True)


def _ground(network: Network, rows: Rows, hubs: Places, interchanges: Places) -> _Ground:
    both = attach(network, joined(hubs.snaps, interchanges.snaps))
    grown, split = both.network, len(hubs.id)
    hub, interchange = both.node[:split], both.node[split:]
    stops = both.node[both.node >= 0]
    width = rows.width[grown.road]
    return _Ground(
        network=grown,
        chain=search.chains(grown, stops=stops),
        hub=hub,
        interchange=interchange,
        narrow=np.where(width < NARROW_M, grown.length, 0.0),
        known=~np.isnan(width),
    )


def _names(hubs: Places, interchanges: Places, place: int) -> dict[str, Any]:
    return {
        "hub": hubs.label,
        "hub_id": hubs.id,
        "interchange": interchanges.label[place],
        "interchange_id": interchanges.id[place],
        "snap_hub_m": hubs.snaps.distance,
        "snap_interchange_m": interchanges.snaps.distance[place],
    }


def _fan_table(ground: _Ground, found: Fan, direction: Direction, *, node: int) -> pd.DataFrame:
    """Return one row a hub: minutes on the road, metres, edges and line."""
    network, rows = ground.network, []
    component = network.component
    for hub, minutes, detour, edges in zip(ground.hub, found.minutes, found.detour, found.edges, strict=True):
        reached = bool(np.isfinite(minutes))
        by_class = np.bincount(
            network.road_class[edges], weights=network.length[edges], minlength=len(CLASSES)
        )
        metres = {f"{name}_m": by_class[code] if reached else np.nan for code, name in enumerate(CLASSES)}
        # A route of no length has no width that could be unknown.
        known = reached and (bool(ground.known[edges].any()) or not len(edges))
        travelled, start = (edges, node) if direction == "to_hub" else (edges[::-1], int(hub))
        rows.append(
            metres
            | {
                "minutes": minutes if reached else np.nan,
                "detour_minutes": detour if np.isfinite(detour) else np.nan,
                "length_m": float(network.length[edges].sum()) if reached else np.nan,
                "narrow_m": float(ground.narrow[edges].sum()) if known else np.nan,
                "unknown_m": float(network.length[edges][~ground.known[edges]].sum()),
                "component": int(component[hub]) if hub >= 0 else -1,
                "one_way": bool(hub >= 0 and component[hub] == component[node]),
                "edges": edges,
                "line": line(network, travelled, start=start) if reached else None,
            }
        )
    return pd.DataFrame(rows)


def _hazard_metres(
    network: Network, table: pd.DataFrame, hazards: NDArray[np.object_] | None
) -> NDArray[np.float64]:
    """Return the metres of each route inside hazard areas; NaN without such areas or a route."""
    if hazards is None or table.empty:
        return np.full(len(table), np.nan)
    used = np.unique(np.concatenate(list(table["edges"])))
    inside = np.zeros(len(network.tail))
    inside[used] = metres_inside(network.geometry[used], hazards)
    metres = np.array([inside[edges].sum() for edges in table["edges"]])
    return np.where(table["minutes"].isna(), np.nan, metres)


def _doubts(table: pd.DataFrame, hubs: Places, interchanges: Places) -> list[Doubt]:
    found, limit = interchanges.snaps.found, {"limit": f"{interchanges.limit_m:g}"}
    doubts: list[Doubt] = []
    if not found.any():
        doubts.append(Doubt(code="net.no_interchange", layer="interchange", values=limit))
    elif not found.all():
        counts = {"count": int((~found).sum()), "near": int(found.sum())}
        doubts.append(Doubt(code="net.interchange_far", layer="interchange", values=limit | counts))
    doubts += [
        Doubt(code="net.hub_off_road", layer="hub", subject=str(label), values={"limit": f"{hubs.limit_m:g}"})
        for label in hubs.label[~hubs.snaps.found]
    ]
    if table.empty:
        return doubts
    lost = table["snap_hub_m"].notna() & table["minutes"].isna()
    one_way = table["one_way"].astype(bool)
    off = table["hub"].isin(set(_off_all(table)["hub"]))
    doubts += _grouped("net.unreached", table[lost & ~one_way & ~off])
    doubts += _grouped("net.unreached_one_way", table[lost & one_way])
    doubts += _grouped("net.cut_off", table[table["minutes"].notna() & table["detour_minutes"].isna()])
    doubts += _uneven(table)
    unknown = float(table["unknown_m"].sum())
    if unknown > 0.0:
        values = {"share": 100.0 * unknown / float(table["length_m"].sum())}
        doubts.append(Doubt(code="net.width_unknown", layer="road", values=values))
    return doubts


def _off_all(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each hub on a road whose roads join those of no interchange."""
    on_road = table[table["snap_hub_m"].notna()]
    joined_somewhere = set(on_road.loc[on_road["one_way"].astype(bool), "hub"])
    return on_road[~on_road["hub"].isin(joined_somewhere)].drop_duplicates("hub").sort_values("hub")


def _alone(table: pd.DataFrame, network: Network, interchanges: Places) -> list[Doubt]:
    """Return a doubt for each hub on an island: with how many metres of road, and off how many interchanges."""
    if table.empty:
        return []
    component = network.component[network.tail]
    count = int(interchanges.snaps.found.sum())
    return [
        Doubt(
            code="net.unreachable",
            layer="hub",
            subject=str(row.hub),
            values={"metres": float(network.length[component == row.component].sum()), "count": count},
        )
        for row in _off_all(table).itertuples()
    ]


def _uneven(table: pd.DataFrame) -> list[Doubt]:
    """Return a doubt for each interchange to which the way differs much from the way back."""
    wide = table.pivot_table(
        index=["interchange", "hub"], columns="direction", values="minutes"
    ).reset_index()
    if not set(_WAYS) <= set(wide.columns):
        return []
    there, back = wide["to_hub"], wide["to_interchange"]
    differs = (there - back).abs() > BOTH_WAYS_SHARE / 100.0 * np.minimum(there, back)
    return _grouped("net.oneway", wide[differs], share=f"{BOTH_WAYS_SHARE:g}")


def _grouped(code: str, rows: pd.DataFrame, **more: str) -> list[Doubt]:
    """Return one doubt for each interchange, naming its hubs."""
    return [
        Doubt(
            code=code,
            layer="interchange",
            subject=str(interchange),
            values={"hubs": _few(sorted(set(group["hub"]))), "count": group["hub"].nunique()} | more,
        )
        for interchange, group in rows.groupby("interchange", sort=True)
    ]


def _few(names: list[str]) -> list[str]:
    """Return the first few names, with a sign where there are more."""
    return names[:SAMPLE] + ["…"] * (len(names) > SAMPLE)
