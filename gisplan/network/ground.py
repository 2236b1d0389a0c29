"""The network with hubs and interchanges as nodes, and what the tables ask of each of its edges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gisplan.core.words import Network
from gisplan.network import search
from gisplan.network.build import NARROW_M, Rows
from gisplan.network.managers import MANAGERS, managers, tolls
from gisplan.network.places import Hubs, Interchanges
from gisplan.network.ramps import WAYS, Direction
from gisplan.network.route import metres_inside
from gisplan.network.snap import attach, joined, set_apart
from gisplan.network.speeds import CLASSES

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The network with hubs and interchanges as nodes, and what each of its edges is.

    `chain` is the road link of each edge [m], the stretch between two junctions; `hub` and `interchange` are
    nodes, -1 where one stands on no road; `width` is in metres, NaN where unknown [m]; `toll` is 1, 0 or NaN
    [m]; `manager` indexes into `MANAGERS`, -1 where unknown [m]; `name` and `id` are those of the road [m].
    `even_roads` tells that every road takes the same time both ways, `even` that interchanges moreover stand at the
    same places for both, so that the way back is the way there.
    """

    network: Network
    chain: NDArray[np.int64]
    hub: NDArray[np.int64]
    interchange: Mapping[Direction, NDArray[np.int64]]
    width: NDArray[np.float64]
    toll: NDArray[np.float64]
    manager: NDArray[np.int64]
    name: NDArray[np.object_]
    id: NDArray[np.object_]
    even_roads: bool
    even: bool


def ground(
    network: Network, rows: Rows, roads: gpd.GeoDataFrame, *, hubs: Hubs, interchanges: Interchanges
) -> Ground:
    """Return the network with hubs and interchanges as nodes.

    Parameters
    ----------
    network, rows, roads
        The network by car, the cleaned rows of its road table, and that table.
    hubs, interchanges
        Places on the network.
    """
    snaps = hubs.snaps
    for way in WAYS:
        snaps = joined(snaps, interchanges.gates.snaps[way])
    astray = [interchanges.gates.astray[way] for way in WAYS]
    both = set_apart(attach(network, snaps), np.concatenate([np.zeros(len(hubs.id), dtype=bool), *astray]))
    grown, count = both.network, len(interchanges.id)
    cuts = np.cumsum([len(hubs.id), count])
    hub, to_hub, to_interchange = np.split(both.node, cuts)
    row = grown.road
    even_roads = np.array_equal(grown.forward, grown.backward)
    code = {name: place for place, name in enumerate(MANAGERS)}
    manager = np.array([code.get(name, -1) for name in managers(roads)], dtype=np.int64)
    return Ground(
        network=grown,
        chain=search.chains(grown, stops=both.node[both.node >= 0]),
        hub=hub,
        interchange={"to_hub": to_hub, "to_interchange": to_interchange},
        width=rows.width[row],
        toll=tolls(roads)[row],
        manager=manager[row],
        name=roads["name"].fillna("").astype(str).to_numpy(object)[row],
        id=roads["id"].astype(str).to_numpy(object)[row],
        even_roads=even_roads,
        even=even_roads and np.array_equal(to_hub, to_interchange),
    )


def hazard_metres(
    on: Ground, edges: NDArray[np.int64], hazards: NDArray[np.object_] | None
) -> NDArray[np.float64]:
    """Return the metres of edges inside hazard areas [m]; NaN without such areas, 0 for edges not asked for.

    Parameters
    ----------
    on
        The ground.
    edges
        Edges that matter.
    hazards
        Polygons, or None where no hazard layer was given.
    """
    if hazards is None:
        return np.full(len(on.network.tail), np.nan)
    inside = np.zeros(len(on.network.tail))
    used = np.unique(edges)
    inside[used] = metres_inside(on.network.geometry[used], hazards)
    return inside


def metres(on: Ground, edges: NDArray[np.int64], *, inside: NDArray[np.float64]) -> dict[str, float]:
    """Return the metres of a route by class, manager, toll, width and hazard, NaN where nothing is known.

    Parameters
    ----------
    on
        The ground.
    edges
        Edges of the route; those of a route of no length are none.
    inside
        Metres of each edge in hazard areas [m].
    """
    network = on.network
    length, width, toll = network.length[edges], on.width[edges], on.toll[edges]
    by_class = np.bincount(network.road_class[edges], weights=length, minlength=len(CLASSES))
    by_manager = np.bincount(on.manager[edges] + 1, weights=length, minlength=len(MANAGERS) + 1)
    found = {"length_m": float(length.sum())}
    found |= {f"{name}_m": float(by_class[place]) for place, name in enumerate(CLASSES)}
    found |= {_manager_column(name): float(by_manager[place + 1]) for place, name in enumerate(MANAGERS)}
    found["manager_unknown_m"] = float(by_manager[0])
    found["narrow_m"] = _known(length * (width < NARROW_M), ~np.isnan(width))
    found["width_unknown_m"] = float(length[np.isnan(width)].sum())
    found["toll_m"] = _known(length * (toll == 1), ~np.isnan(toll))
    found["hazard_m"] = float(inside[edges].sum()) if not np.isnan(inside[:1]).any() else np.nan
    return found


def _manager_column(name: str) -> str:
    """Return the column of a manager; `other_m` is that of a class."""
    return "other_manager_m" if name == "other" else f"{name}_m"


def _known(values: NDArray[np.float64], known: NDArray[np.bool_]) -> float:
    """Return a sum over what is known, NaN where nothing is; a route of no length has nothing unknown."""
    return float(values.sum()) if known.any() or not len(known) else np.nan


NO_METRES: tuple[str, ...] = (
    "length_m", *(f"{name}_m" for name in CLASSES), *(_manager_column(name) for name in MANAGERS),
    "manager_unknown_m", "narrow_m", "width_unknown_m", "toll_m", "hazard_m",
)  # fmt: skip
"""Columns of metres, which are empty where there is no route."""
