"""The road between each interchange and each hub, both ways: minutes, metres by class, what it depends on.

Eligible works are on national and prefectural roads, so metres are reported by legal class and by manager; no
official threshold of minutes exists, so none is applied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from gisplan.core.tables import Doubt, contract, hold
from gisplan.core.words import Network
from gisplan.network.best import Best, best_of
from gisplan.network.build import Rows
from gisplan.network.ferries import Crossing
from gisplan.network.ground import NO_METRES, Ground, ground, hazard_metres, metres
from gisplan.network.link_doubts import link_doubts
from gisplan.network.places import Hubs, Interchanges
from gisplan.network.routes import NO_EDGES, Route, routes, travelled

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEY = ("hub", "interchange", "direction")


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """The table `links`, the routes (GeoDataFrame with the same key), doubts, and the interchanges linked.

    `best` holds what is told of the best interchanges of each hub, None where there are no routes at all.
    """

    table: pd.DataFrame
    routes: gpd.GeoDataFrame
    doubts: tuple[Doubt, ...]
    used_interchanges: tuple[str, ...] = ()
    best: Best | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is told of a link beside its minutes: the road table with names, managers and tolls.

    `hazards` are polygons of hazard areas, None where no such layer was given: `hazard_m` is then not assessed;
    `ferries` those of the road table, which may be why an island is not reached.
    """

    roads: gpd.GeoDataFrame
    hazards: NDArray[np.object_] | None = None
    ferries: tuple[Crossing, ...] = ()


def usable(interchanges: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the interchanges a car can use: full and smart ones that are not closed.

    A junction gives no access; one whose state is not known is kept.
    """
    kind = interchanges["kind"].isin(["full", "smart"]).to_numpy()
    is_open = interchanges["open"].fillna(value=True).to_numpy("bool")
    return interchanges.loc[kind & is_open].reset_index(drop=True)


def links(
    network: Network,
    rows: Rows,
    *,
    hubs: Hubs,
    interchanges: Interchanges,
    around: Surroundings,
    nearest: int = 3,
) -> Linked:
    """Return the links between every hub and the interchanges near it, with the best ones told in full.

    Minutes include the straight legs at both ends, metres are those of the road alone. A cut closes one
    stretch between two junctions both ways; `detour_minutes` is the best time left after the worst cut.

    Parameters
    ----------
    network, rows
        The network by car and the cleaned rows of its road table.
    hubs, interchanges
        Places on it; an interchange that was not found has no rows and is counted in a doubt.
    around
        The road table, the hazard areas and the ferries.
    nearest
        How many interchanges by time are listed for each hub, beside the best full and smart one.
    """
    on = ground(network, rows, around.roads, hubs=hubs, interchanges=interchanges)
    found, chosen = routes(on, hubs=hubs, interchanges=interchanges, nearest=nearest)
    seconds = [route.second.edges for route in found if route.second is not None]
    used = np.concatenate([*(route.edges for route in found), *seconds, NO_EDGES])
    inside = hazard_metres(on, used, around.hazards)
    table = _table(on, found, hubs, interchanges, inside)
    shown = gpd.GeoDataFrame(
        table[[*KEY, "hub_id", "interchange_id", "minutes"]], geometry=gpd.GeoSeries(list(table["line"]))
    )
    ordered = shown.sort_values(list(KEY), ignore_index=True)
    best = best_of(
        on,
        found,
        hubs=hubs,
        interchanges=interchanges,
        inside=None if around.hazards is None else inside,
        ferries=around.ferries,
        crs=around.roads.crs,
    )
    doubts = link_doubts(
        on, table, hubs=hubs, interchanges=interchanges, best=best, nearest=nearest, left_out=chosen.left_out
    )
    return Linked(
        table=hold(table, "links"),
        routes=ordered,
        doubts=tuple(doubts),
        used_interchanges=tuple(sorted(map(str, interchanges.id[interchanges.found]))),
        best=best,
    )


def _table(
    on: Ground,
    found: Sequence[Route],
    hubs: Hubs,
    interchanges: Interchanges,
    inside: NDArray[np.float64],
) -> pd.DataFrame:
    """Return one row a route, with its line and what the table `links` does not show."""
    rows = [_row(on, route, hubs, interchanges, inside) for route in found]
    if rows:
        return pd.DataFrame(rows)
    more = ("hub_id", "interchange_id", "line", "component", "joined")
    return pd.DataFrame(columns=[*contract("links").names, *more])


def _row(
    on: Ground, route: Route, hubs: Hubs, interchanges: Interchanges, inside: NDArray[np.float64]
) -> dict[str, object]:
    way, reached = route.direction, bool(np.isfinite(route.minutes))
    node, gate = int(on.hub[route.hub]), int(on.interchange[way][route.interchange])
    component, detour = on.network.component, route.detour if reached else np.nan
    told = metres(on, route.edges, inside=inside) if reached else dict.fromkeys(NO_METRES, np.nan)
    return told | {
        "hub": hubs.label[route.hub],
        "hub_id": hubs.id[route.hub],
        "interchange": interchanges.label[route.interchange],
        "interchange_id": interchanges.id[route.interchange],
        "direction": way,
        "minutes": route.minutes if reached else np.nan,
        "detour_minutes": detour if np.isfinite(detour) else np.nan,
        "snap_hub_m": hubs.snaps.distance[route.hub],
        "snap_interchange_m": interchanges.gates.snaps[way].distance[route.interchange],
        "component": int(component[node]) if node >= 0 else -1,
        "joined": bool(node >= 0 and component[node] == component[gate]),
        "line": travelled(on, route) if reached else None,
    }
