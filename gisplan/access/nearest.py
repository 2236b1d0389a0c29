"""Minutes from points to points along the network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gisplan.core.units import whole_ticks
from gisplan.core.words import Network
from gisplan.network import Ways, attach, queries, snap
from gisplan.network.prepared import Prepared, suited
from gisplan.network.ramps import gates
from gisplan.network.search import Graph, graph
from gisplan.network.snap import either, set_apart

if TYPE_CHECKING:
    from numpy.typing import NDArray


TABLES = 8
"""Blocks whose minutes take as much as the table of their part: whoever works on one needs a few copies of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Destinations on the network, and the minutes to each from everywhere.

    `found` says which of the d destinations stand on a road, `node` is where those do [f], and `leg` the minutes
    from there off the road [f]. `ways` is the network turned round. Minutes are from a node to a destination,
    straight leg included, infinite where unreached; `table` holds them all [f, n] where the network is small.
    """

    network: Network
    snappable: NDArray[np.bool_]
    found: NDArray[np.bool_]
    node: NDArray[np.int64]
    leg: NDArray[np.float64]
    ways: Graph | Prepared
    table: NDArray[np.float64] | None

    @property
    def arrival(self) -> NDArray[np.float64]:
        """Minutes from every node to each destination [f, n]: a large table where the network is large."""
        return self.minutes_at(np.arange(len(self.network.x)))

    @property
    def soonest(self) -> NDArray[np.float64]:
        """Minutes from every node to the destination that is nearest [n]."""
        return queries.soonest(self.ways, self.node, legs=self.leg)

    def minutes_at(self, nodes: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the minutes from some nodes to each destination [f, k]."""
        if self.table is not None:
            return self.table[:, nodes]
        return queries.between(self.ways, self.node, nodes, legs=self.leg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Minutes from o origins to f destinations [o, f], infinite where unreached.

    `snap_m` is the distance of each origin from its road [o]; where it is NaN the origin stands on no road
    and its minutes are NaN: not assessed.
    """

    minutes: NDArray[np.float64]
    snap_m: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Closest:
    """The nearest k destinations of o origins, first the nearest: `minutes` and `which` of the f it is [o, k].

    Where fewer are reached minutes are infinite and `which` is -1; of those equally near the first comes first.
    Where `snap_m` [o] is NaN the origin stands on no road and its minutes are NaN: not assessed.
    """

    minutes: NDArray[np.float64]
    which: NDArray[np.int64]
    snap_m: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Start:
    """The edges of o origins: the different `nodes` at their ends, the place of both ends in those [o].

    `back` and `forth` are minutes from the origin to the tail and to the head, straight leg included [o].
    """

    nodes: NDArray[np.int64]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    back: NDArray[np.float64]
    forth: NDArray[np.float64]
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
        Destinations that stand on a ramp which leads there where one is near, i.e. interchanges [d].
    """
    limit = ways.limit_m
    on = snap(ways.network, destinations, limit_m=limit, allowed=ways.snappable)
    astray = np.zeros(len(destinations), dtype=bool)
    if by_ramp is not None and by_ramp.any():
        chosen = destinations.copy()
        chosen[~by_ramp] = None
        at_ramp = gates(ways.network, chosen, ramps=ways.ramps, limit_m=limit)
        on, astray = either(at_ramp.snaps["to_interchange"], on), at_ramp.astray["to_interchange"]
    both = set_apart(attach(ways.network, on), astray)
    found = both.node >= 0
    node, leg = both.node[found], whole_ticks(on.distance[found] / ways.straight)
    arcs = suited(graph(both.network, reverse=True), searches=len(node))
    everywhere = np.arange(len(both.network.x))
    table = queries.between(arcs, node, everywhere, legs=leg) if isinstance(arcs, Graph) else None
    # A split edge keeps the road it was cut from, so what a building may stand on is known by road.
    able = np.zeros(int(ways.network.road.max()) + 1, bool)
    able[ways.network.road[ways.snappable]] = True
    return Served(
        network=both.network,
        snappable=able[both.network.road],
        found=found,
        node=node,
        leg=leg,
        ways=arcs,
        table=table,
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
    start = _start(ways, served, origins)
    arrival = served.minutes_at(start.nodes)
    to_tail = arrival[:, start.tail] + start.back
    to_head = arrival[:, start.head] + start.forth
    return Matrix(minutes=np.minimum(to_tail, to_head).T, snap_m=start.snap_m)


def matrices(ways: Ways, served: Served, origins: NDArray[np.object_], *, cells: int) -> Iterator[Matrix]:
    """Yield the minutes of the first origins, of the next, and so on, as `matrix` returns those of all.

    Origins that lie together in their list share the search of their part.

    Parameters
    ----------
    ways, served, origins
        As in `matrix`.
    cells
        How many minutes the table of a part may hold; the origins of a part come in blocks that are smaller.
    """
    start = _start(ways, served, origins)
    most = max(cells // max(len(served.node), 1), 1)
    rows, first = max(most // TABLES, 1), 0
    while first < len(origins):
        last = _end_of_part(start, first, most=most)
        used = np.concatenate([start.tail[first:last], start.head[first:last]])
        places, place = np.unique(used, return_inverse=True)
        arrival = served.minutes_at(start.nodes[places])
        tail, head = place.reshape(2, -1)
        for begin in range(first, last, rows):
            those = slice(begin, min(begin + rows, last))
            here = slice(those.start - first, those.stop - first)
            minutes = arrival[:, tail[here]] + start.back[those]
            np.minimum(minutes, arrival[:, head[here]] + start.forth[those], out=minutes)
            yield Matrix(minutes=minutes.T, snap_m=start.snap_m[those])
        first = last


def _end_of_part(start: _Start, first: int, *, most: int) -> int:
    """Return up to which origin those from one on have at most so many nodes; one origin always has few enough."""

    def nodes(size: int) -> int:
        those = slice(first, first + size)
        return len(np.unique(np.concatenate([start.tail[those], start.head[those]])))

    size, count = max(most // 2, 1), len(start.snap_m)
    while first + size < count and nodes(2 * size) <= most:
        size *= 2
    return min(first + size, count)


def closest(
    ways: Ways,
    served: Served,
    origins: NDArray[np.object_],
    *,
    count: int,
    among: NDArray[np.bool_] | None = None,
) -> Closest:
    """Return the nearest destinations of each origin, without a table of all origins and destinations.

    Parameters
    ----------
    ways, served, origins
        As in `matrix`.
    count
        How many destinations, k.
    among
        Destinations that count [f]; all where left out.
    """
    start = _start(ways, served, origins)
    able = np.arange(len(served.node)) if among is None else np.flatnonzero(among)
    near = queries.nearest(served.ways, served.node[able], count=count, legs=served.leg[able], at=start.nodes)
    which = np.concatenate([near.which[start.tail], near.which[start.head]], axis=1)
    minutes = np.concatenate(
        [near.minutes[start.tail] + start.back[:, None], near.minutes[start.head] + start.forth[:, None]],
        axis=1,
    )
    minutes, which = _once(minutes, np.where(np.isfinite(minutes), which, queries.NONE))
    minutes, which = minutes[:, :count], which[:, :count]
    named = np.where(np.isfinite(minutes), np.append(able, queries.NONE)[which], queries.NONE)
    minutes[np.isnan(start.snap_m)] = np.nan
    return Closest(minutes=minutes, which=named, snap_m=start.snap_m)


def _once(
    minutes: NDArray[np.float64], which: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return candidates by minutes, then by number, each of them once [o, 2k]."""
    order = np.lexsort((which, minutes), axis=1)
    minutes, which = np.take_along_axis(minutes, order, axis=1), np.take_along_axis(which, order, axis=1)
    for column in range(1, which.shape[1]):
        again = (which[:, :column] == which[:, column : column + 1]).any(axis=1)
        minutes[again, column] = np.inf
    order = np.argsort(minutes, axis=1, kind="stable")
    return np.take_along_axis(minutes, order, axis=1), np.take_along_axis(which, order, axis=1)


def _start(ways: Ways, served: Served, origins: NDArray[np.object_]) -> _Start:
    """Return where origins join the network, and the minutes to both ends of their edges."""
    network = served.network
    on = snap(network, origins, limit_m=ways.limit_m, allowed=served.snappable)
    edge = np.where(on.found, on.edge, 0)
    share = np.clip(np.nan_to_num(on.along) / network.length[edge], 0.0, 1.0)
    # On a node no part of the edge is travelled, even where that direction is closed.
    back = np.where(share > 0.0, network.backward[edge], 0.0) * share
    forth = np.where(share < 1.0, network.forward[edge], 0.0) * (1.0 - share)
    leg = whole_ticks(on.distance / ways.straight)
    nodes, place = np.unique(np.concatenate([network.tail[edge], network.head[edge]]), return_inverse=True)
    tail, head = place.reshape(2, -1)
    return _Start(
        nodes=nodes.astype(np.int64),
        tail=tail,
        head=head,
        back=whole_ticks(back) + leg,
        forth=whole_ticks(forth) + leg,
        snap_m=on.distance,
    )


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
