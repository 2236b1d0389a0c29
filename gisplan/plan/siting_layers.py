"""What the map shows of a choice of hubs, from the results and what the audience may have of them.

Outside the office no star, line or colour may give the place of a house held back. Lines and minutes run to hubs: where
houses are candidates or compete, nothing on who is served is drawn, for many minutes to one place give that place. Where
hubs have capacities, whom they serve depends on all houses, and it is left out, too. The houses held back are drawn as
the areas that count them, and these belong to the hub nearest to their middle: that tells nothing of the houses in them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.access import matrix, serve
from gisplan.access.coverage import within
from gisplan.access.nearest import points_of
from gisplan.core.options import GRID, SiteOptions
from gisplan.law.phrases import verdicts
from gisplan.maps.words import MapLayer
from gisplan.plan.captions import caption
from gisplan.plan.drawn_siting import (
    Service,
    candidate_layer,
    hub_layer,
    line_layer,
    place_layer,
    served_layer,
    with_states,
)
from gisplan.plan.release import Released
from gisplan.plan.results import Results
from gisplan.plan.withheld import HOUSES, secret_fields
from gisplan.siting.allocation import COMPETING, NOBODY, STANDING, allocated
from gisplan.siting.demand import column_of, homes_of, wanted_of
from gisplan.siting.existing import HUB, standing_ids
from gisplan.siting.grid import grid_of
from gisplan.siting.question import COVERING, Asked
from gisplan.siting.words import states

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting import Sited
    from gisplan.siting.case import Case

TABLES = ("siting", "siting_sites")
"""What must be told for anything to be drawn."""

CELLS = "held_back_cells"
NAME = "name"


def siting_layers(results: Results, released: Released) -> list[MapLayer]:
    """Return the layers of a choice of hubs, as far as the audience may have them.

    Parameters
    ----------
    results
        The results of a plan.
    released
        What the audience may have.
    """
    sited, site = results.sited, results.atlas.plan.site
    if sited is None or sited.case is None or site is None or not set(TABLES) <= set(released.tables):
        return []
    hubs = chosen_hubs(sited.case, released)
    if hubs.empty:
        return []
    asked = Asked(options=site, plan=results.atlas.plan)
    stars = hub_layer(hubs, verdicts=verdicts())
    others = _others(results, released, asked)
    layers = [stars, *(place_layer(rows, role=role) for role, rows in others.items() if len(rows))]
    if site.candidates == GRID:
        points, _ = grid_of(results.atlas, asked)
        rows = released.tables["siting_sites"].merge(points[["id", "geometry"]], on="id")
        layers.append(candidate_layer(gpd.GeoDataFrame(rows, crs=points.crs), states=states()))
    if not may_tell_service(site, released):
        return layers
    services = list(_services(results, released, hubs, others))
    layers += [served_layer(one, stars, minutes=site.minutes) for one in services]
    lines = line_layer([one for one in services if one.visible], stars, minutes=site.minutes)
    return layers if lines is None else [*layers, lines]


def with_siting(layer: MapLayer, released: Released) -> MapLayer:
    """Return a layer whose popups say what has become of its candidates, where it holds any.

    Parameters
    ----------
    layer
        A layer of the plan as the audience may see it.
    released
        What the audience may have.
    """
    sites = released.tables.get("siting_sites")
    if sites is None or not (sites["layer"] == layer.name).any():
        return layer
    return with_states(layer, sites, states=states())


def is_outside(released: Released) -> bool:
    """Return whether what is released leaves the office."""
    return HOUSES in released.uncounted


def may_tell_service(site: SiteOptions, released: Released) -> bool:
    """Return whether it may be drawn who is served by which hub.

    Parameters
    ----------
    site
        `[site]` of the plan.
    released
        What the audience may have.
    """
    if not is_outside(released):
        return True
    return HOUSES not in {site.candidates, site.competing} and not (site.capacity and HOUSES in site.demands)


def chosen_hubs(case: Case, released: Released) -> gpd.GeoDataFrame:
    """Return the rows of the table `siting` with points, and how stable each hub is; houses held back are not there.

    Parameters
    ----------
    case
        What was solved.
    released
        What the audience may have.
    """
    own = case.candidates
    points = dict(zip(own.id, own.point, strict=True))
    table = released.tables["siting"]
    table = table[table["id"].isin(points)].reset_index(drop=True)
    told = released.tables
    kept, worse = told.get("siting_stability"), told.get("siting_ties")
    found = table.assign(
        kept=np.nan if kept is None else table["id"].map(kept.set_index("id")["share"]),
        worse=np.nan if worse is None else table["id"].map(_without(worse)),
    )
    crs = next((layer.table.crs for layer in released.layers.values() if layer.raster is None), None)
    return gpd.GeoDataFrame(found, geometry=[points[key] for key in found["id"]], crs=crs)


def _without(ties: pd.DataFrame) -> pd.Series[float]:
    """Return by the id of a hub how much worse the best choice without it is [%]."""
    own = ties[(ties["how"] == "without") & ties["worse"].notna()]
    return own.drop_duplicates("lacking").set_index("lacking")["worse"] if "lacking" in own else pd.Series(dtype=float)


def _others(results: Results, released: Released, asked: Asked) -> dict[str, gpd.GeoDataFrame]:
    """Return the hubs that stand and the places that compete, as the audience may see them, with what each is called."""
    ids, _ = standing_ids(results.atlas, asked)
    found, competing = {}, asked.options.competing
    if len(ids) and HUB in released.layers:
        hubs = released.layers[HUB].table
        found["standing"] = _called(hubs[hubs["id"].isin(set(ids))])
    if competing and competing in released.layers and not (competing == HOUSES and is_outside(released)):
        rivals = released.layers[competing].table
        found["competing"] = _called(rivals[~rivals["id"].isin(set(ids))] if competing == HUB else rivals)
    return found


def _called(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    own = table[["id", NAME]].assign(name=table[NAME].where(table[NAME].fillna("") != "", table["id"]))
    return gpd.GeoDataFrame(own, geometry=points_of(table.geometry.to_numpy()), crs=table.crs).reset_index(drop=True)


def _services(
    results: Results, released: Released, hubs: gpd.GeoDataFrame, others: dict[str, gpd.GeoDataFrame]
) -> Iterator[Service]:
    """Yield who is served by what, layer by layer; lines are drawn for the layers that are shown at first."""
    sited, site = results.sited, results.atlas.plan.site
    if sited is None or sited.case is None or site is None:
        return
    told = _told(results, released, sited, hubs, others)
    first = True
    for name in dict.fromkeys(site.demands):
        layer = released.layers.get(name)
        if layer is None or layer.raster is not None or not len(layer.table):
            continue
        own = told[told["layer"] == name].drop_duplicates("id").drop(columns="layer")
        table = layer.table[["id", "geometry"]].merge(own, on="id")
        if len(table):
            yield Service(
                layer=name,
                title=layer.spec.title,
                kind=layer.spec.kind,
                table=gpd.GeoDataFrame(table, crs=layer.table.crs),
                visible=first,
            )
            first = False
    if HOUSES in site.demands and released.cells is not None:
        yield _cells(results, released.cells, hubs, others)


def _told(
    results: Results,
    released: Released,
    sited: Sited,
    hubs: gpd.GeoDataFrame,
    others: dict[str, gpd.GeoDataFrame],
) -> pd.DataFrame:
    """Return every demand that counts with what serves it: `layer`, `id` and the columns of a `Service`."""
    case, atlas = sited.case, results.atlas
    if case is None or sited.answer is None or atlas.plan.site is None:
        return pd.DataFrame()
    asked = Asked(options=atlas.plan.site, plan=atlas.plan)
    rows = _allocation(case, np.asarray(sited.answer.chosen), asked, hubs, others)
    homes, _ = homes_of(atlas, asked)
    every = pd.DataFrame({"layer": homes.layer, "id": homes.id, "weight": homes.weight, "point": homes.point})
    lost = every.merge(rows[["layer", "id"]], on=["layer", "id"], how="left", indicator=True)
    out = lost[lost["_merge"] == "left_only"].drop(columns="_merge")
    out = out.assign(place="not_assessed", hub="", minutes=np.nan, to=None)
    found = pd.concat([rows, out[rows.columns]], ignore_index=True)
    if not is_outside(released):
        return found
    secret = {
        one.layer
        for one in wanted_of(asked)
        if column_of(one) in secret_fields(atlas.catalogue[one.layer], atlas.plan.audience)
    }
    return found.assign(weight=found["weight"].mask(found["layer"].isin(secret)))


def _allocation(
    case: Case,
    chosen: NDArray[np.int64],
    asked: Asked,
    hubs: gpd.GeoDataFrame,
    others: dict[str, gpd.GeoDataFrame],
) -> pd.DataFrame:
    """Return what serves each demand of a case; one that is split belongs to the hub that serves most of it."""
    found = allocated(case, chosen)
    order = np.lexsort((-found.weight, found.demand))
    _, first = np.unique(found.demand[order], return_index=True)
    at = order[first]
    demand, hub, minutes = found.demand[at], found.hub[at], found.minutes[at]
    by_id = hubs.set_index("id")
    ids = np.where(hub >= 0, case.candidates.id[np.maximum(hub, 0)], "")
    own = by_id.reindex(ids)
    rank = np.array(["" if pd.isna(value) else str(int(value)) for value in own["rank"]], dtype=object)
    place = np.select(
        [hub == STANDING, hub == COMPETING, hub == NOBODY], ["standing", "competing", "nobody"], default=rank
    ).astype(object)
    named = np.select(
        [hub == STANDING, hub == COMPETING],
        [case.standing[demand], case.competing[demand]],
        default=_labels(own),
    ).astype(object)
    to = own.geometry.to_numpy().copy()
    for role, name in (("standing", STANDING), ("competing", COMPETING)):
        rows = hub == name
        points = _points(others.get(role))
        to[rows] = [points.get(key) for key in named[rows]]
        # What the audience has no name for is not called by it.
        named[rows] = [key if key in points else "" for key in named[rows]]
    return pd.DataFrame(
        {
            "layer": case.demands.layer[demand],
            "id": case.demands.id[demand],
            "weight": case.demands.weight[demand],
            "point": case.demands.point[demand],
            "place": _beyond(place, minutes, asked),
            "hub": named,
            "minutes": np.where(np.isfinite(minutes), minutes, np.nan),
            "to": to,
        }
    )


def _labels(hubs: pd.DataFrame) -> NDArray[np.object_]:
    """Return rank and name of each hub, "" where there is none."""
    return np.array(
        [
            "" if pd.isna(rank) else f"{int(rank)} {name or key}"
            for rank, name, key in zip(hubs["rank"], hubs[NAME].fillna(""), hubs.index, strict=True)
        ],
        dtype=object,
    )


def _beyond(place: NDArray[np.object_], minutes: NDArray[np.float64], asked: Asked) -> NDArray[np.object_]:
    """Return what serves each demand, of a coverage those beyond its minutes apart."""
    if asked.options.model not in COVERING:
        return place
    near = within(minutes, asked.options.minutes)
    served = ~np.isin(place.astype(str), ["competing", "nobody"])
    return np.where(served & ~near, "beyond", place)


def _points(places: gpd.GeoDataFrame | None) -> dict[str, shapely.Point]:
    return {} if places is None else dict(zip(places[NAME], places.geometry, strict=True))


def _cells(
    results: Results,
    cells: gpd.GeoDataFrame,
    hubs: gpd.GeoDataFrame,
    others: dict[str, gpd.GeoDataFrame],
) -> Service:
    """Return the areas in which houses held back are counted with what is nearest to their middle."""
    ways, site = None if results.connected is None else results.connected.ways, results.atlas.plan.site
    sited = results.sited
    if ways is None or site is None or sited is None or sited.case is None:
        raise ValueError("hubs are sited on a network")
    asked = Asked(options=site, plan=results.atlas.plan)
    own = sited.case.candidates
    extra = dict(zip(own.id, own.penalty, strict=True))
    places = pd.concat(
        [
            *(_places(others[role], role) for role in ("standing", "competing") if role in others),
            pd.DataFrame(
                {
                    "place": hubs["rank"].astype("int64").astype(str).to_numpy(),
                    "hub": _labels(hubs.set_index("id")),
                    "to": hubs.geometry.to_numpy(),
                    "extra": hubs["id"].map(extra).to_numpy("float64"),
                }
            ),
        ],
        ignore_index=True,
    )
    middles = shapely.point_on_surface(cells.geometry.to_numpy())
    served = serve(ways, places["to"].to_numpy(object))
    there = places[served.found].reset_index(drop=True)
    minutes = matrix(ways, served, middles).minutes + there["extra"].to_numpy("float64")
    known = np.nan_to_num(minutes, nan=np.inf)
    best = known.argmin(axis=1)
    least = known[np.arange(len(cells)), best]
    reached = np.isfinite(least)
    lost = np.where(np.isnan(minutes).all(axis=1), "not_assessed", "nobody")
    place = np.where(reached, there["place"].to_numpy(object)[best], lost).astype(object)
    table = gpd.GeoDataFrame(
        {
            "id": cells["id"],
            "place": _beyond(place, least, asked),
            "hub": np.where(reached, there["hub"].to_numpy(object)[best], ""),
            "minutes": np.where(reached, least, np.nan),
            "weight": cells["houses"].astype("float64"),
            "point": middles,
            "to": np.where(reached, there["to"].to_numpy(object)[best], None),
        },
        geometry=cells.geometry.to_numpy(),
        crs=cells.crs,
    )
    return Service(layer=CELLS, title=caption("held_back_layer"), kind="polygon", table=table)


def _places(rows: gpd.GeoDataFrame, role: str) -> pd.DataFrame:
    return pd.DataFrame({"place": role, "hub": rows[NAME].to_numpy(object), "to": rows.geometry.to_numpy(), "extra": 0.0})
