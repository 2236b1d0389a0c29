"""Minutes from points to points along the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gisplan.core.words import Network
from gisplan.network import Ways, attach, snap
from gisplan.network.search import graph, times
from gisplan.network.snap import either

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Destinations on the network, and the minutes to each from everywhere.

    `found` says which of the d destinations stand on a road, `node` is where those do [f], and `leg` the minutes
    from there off the road [f]; `arrival` are minutes from every node to each of them [f, n], straight leg
    included, infinite where unreached.
    """

    network: Network
    snappable: NDArray[np.bool_]
    found: NDArray[np.bool_]
    node: NDArray[np.int64]
    leg: NDArray[np.float64]
    arrival: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Minutes from o origins to f destinations [o, f], infinite where unreached.

    `snap_m` is the distance of each origin from its road [o]; where it is NaN the origin stands on no road
    and its minutes are NaN: not assessed.
    """

    minutes: NDArray[np.float64]
    snap_m: NDArray[np.float64]


def points_of(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return a point inside each geometry; a point stays itself."""
    found: NDArray[np.object_] = shapely.point_on_surface(geometry)
    return found


def serve(
    ways: Ways, destinations: NDArray[np.object_], *, by_ramp: NDArray[np.bool_] | None = None
) -> Served:
    """Return the destinations as nodes of the network, with the minutes to each from every node.

    Parameters
    ----------
    ways
        The network of the mode.
    destinations
        Points [d].
    by_ramp
        Destinations that stand on a ramp where one is near, i.e. interchanges [d].
    """
    limit = ways.limit_m
    on = snap(ways.network, destinations, limit_m=limit, allowed=ways.snappable)
    if by_ramp is not None and by_ramp.any():
        chosen = destinations.copy()
        chosen[~by_ramp] = None
        on = either(snap(ways.network, chosen, limit_m=limit, allowed=ways.ramp), on)
    both = attach(ways.network, on)
    found = both.node >= 0
    arrival = times(graph(both.network, reverse=True), both.node[found])
    legs = on.distance[found] / ways.straight
    # A split edge keeps the road it was cut from, so what a building may stand on is known by road.
    able = np.zeros(int(ways.network.road.max()) + 1, bool)
    able[ways.network.road[ways.snappable]] = True
    return Served(
        network=both.network,
        snappable=able[both.network.road],
        found=found,
        node=both.node[found],
        leg=legs,
        arrival=arrival + legs[:, None],
    )


def matrix(ways: Ways, served: Served, origins: NDArray[np.object_]) -> Matrix:
    """Return the minutes from each origin to each destination that stands on a road.

    Parameters
    ----------
    ways
        The network of the mode.
    served
        Destinations on it.
    origins
        Points [o].
    """
    network = served.network
    on = snap(network, origins, limit_m=ways.limit_m, allowed=served.snappable)
    edge = np.where(on.found, on.edge, 0)
    share = np.clip(np.nan_to_num(on.along) / network.length[edge], 0.0, 1.0)
    # On a node no part of the edge is travelled, even where that direction is closed.
    back = np.where(share > 0.0, network.backward[edge], 0.0) * share
    forth = np.where(share < 1.0, network.forward[edge], 0.0) * (1.0 - share)
    leg = on.distance / ways.straight
    to_tail = served.arrival[:, network.tail[edge]] + (back + leg)
    to_head = served.arrival[:, network.head[edge]] + (forth + leg)
    return Matrix(minutes=np.minimum(to_tail, to_head).T, snap_m=on.distance)


def ranked(minutes: NDArray[np.float64], *, count: int) -> NDArray[np.float64]:
    """Return the `count` smallest minutes of each origin in order [o, count].

    They are infinite where fewer are reached, and NaN where the origin is not assessed.
    """
    missing = max(count - minutes.shape[1], 0)
    filled = np.pad(minutes, ((0, 0), (0, missing)), constant_values=np.inf) if missing else minutes
    smallest = np.sort(np.partition(filled, count - 1, axis=1)[:, :count], axis=1)
    # NaN sorts behind infinity, which would make an origin off the road an unreached one.
    smallest[np.isnan(minutes).any(axis=1)] = np.nan
    return smallest
