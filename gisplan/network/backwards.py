"""One-way roads drawn backwards: those that no trip can use as they are, and could if they were turned round."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gisplan.core.words import Network

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

TURN_DEG = 110.0
"""A ramp that leaves or joins a carriageway with a sharper turn than this runs against it [°]."""

LOOK_M = 15.0
"""How far along a road its direction at an end is taken [m]."""

FARTHEST = 20_000
"""Nodes after which a search gives up; what it cannot tell is not said."""


def strong(network: Network) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which nodes are in the largest strongly connected part, are reached from it, and reach it [n]."""
    from scipy.sparse.csgraph import breadth_first_order, connected_components

    arcs = _arcs(network)
    count = len(network.x)
    if not count:
        none = np.zeros(0, dtype=bool)
        return none, none, none
    _, label = connected_components(arcs, directed=True, connection="strong")
    sizes = np.bincount(label)
    core = label == int(np.argmax(sizes))
    start = int(np.flatnonzero(core)[0])
    reached, reaching = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    reached[breadth_first_order(arcs, start, return_predecessors=False)] = True
    reaching[breadth_first_order(arcs.T.tocsr(), start, return_predecessors=False)] = True
    return core, reached, reaching


def backwards(network: Network, *, ramp: NDArray[np.bool_], mainline: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the one-way edges that seem to be drawn backwards.

    Either nobody can come to its start or go on from its end, while both could be if it were turned round; stretches
    of one-way roads that follow each other are turned together. Or it is a ramp that leaves or joins the carriageway
    of an expressway against its direction.

    Parameters
    ----------
    network
        Network of m edges.
    ramp, mainline
        Which edges are ramps, and which carriageways of expressways [m].
    """
    found = set(_useless(network)) | set(_against(network, ramp=ramp, mainline=mainline))
    return np.array(sorted(found), dtype=np.int64)


def _arcs(network: Network) -> csr_array:
    """Return the directed graph of the network, one entry an arc."""
    from scipy.sparse import csr_array

    ahead, back = np.isfinite(network.forward), np.isfinite(network.backward)
    start = np.concatenate([network.tail[ahead], network.head[back]])
    end = np.concatenate([network.head[ahead], network.tail[back]])
    count = len(network.x)
    return csr_array((np.ones(len(start)), (start, end)), shape=(count, count))


def _ends(network: Network) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the one-way edges with their start and end in the direction of travel."""
    ahead, back = np.isfinite(network.forward), np.isfinite(network.backward)
    edge = np.flatnonzero((ahead != back) & (network.tail != network.head))
    turned = back[edge]
    start = np.where(turned, network.head[edge], network.tail[edge]).astype(np.int64)
    end = np.where(turned, network.tail[edge], network.head[edge]).astype(np.int64)
    return edge, start, end


def _useless(network: Network) -> list[int]:
    """Return the edges of one-way runs that only turned round are part of a trip."""
    core, reached, reaching = strong(network)
    edge, start, end = _ends(network)
    runs = _runs(network, edge, start, end)
    dead = np.unique(runs[~(reached[start] & reaching[end])])
    order = np.argsort(runs, kind="stable")
    first_of, past = (np.searchsorted(runs[order], dead, side=side) for side in ("left", "right"))
    neighbours = _Neighbours(network) if len(dead) else None
    found: list[int] = []
    for low, high in zip(first_of, past, strict=True):
        inside = order[low:high]
        first, last = _outer(start[inside], end[inside])
        if first is None or last is None or neighbours is None:
            continue
        own = frozenset(edge[inside].tolist())
        back = neighbours.leads(last, core, without=own, back=True)
        if back and neighbours.leads(first, core, without=own, back=False):
            found += sorted(own)
    return found


def _runs(
    network: Network, edge: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the run of each one-way edge: those that follow each other where nothing else meets them."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(network.x)
    degree = np.bincount(np.concatenate([network.tail, network.head]), minlength=count)
    comes, goes = np.full(count, -1, dtype=np.int64), np.full(count, -1, dtype=np.int64)
    comes[end], goes[start] = np.arange(len(edge)), np.arange(len(edge))
    through = np.flatnonzero((degree == 2) & (comes >= 0) & (goes >= 0))  # noqa: PLR2004
    pairs = coo_array((np.ones(len(through)), (comes[through], goes[through])), shape=(len(edge), len(edge)))
    _, label = connected_components(pairs, directed=False)
    return np.asarray(label, dtype=np.int64)


def _outer(start: NDArray[np.int64], end: NDArray[np.int64]) -> tuple[int | None, int | None]:
    """Return where a run begins and ends; a ring has no such places."""
    first, last = np.setdiff1d(start, end), np.setdiff1d(end, start)
    return (int(first[0]), int(last[0])) if len(first) == 1 and len(last) == 1 else (None, None)


class _Neighbours:
    """The arcs at each node, for searches that leave some edges out."""

    def __init__(self, network: Network) -> None:
        ahead, back = np.isfinite(network.forward), np.isfinite(network.backward)
        edges = np.arange(len(network.tail))
        start = np.concatenate([network.tail[ahead], network.head[back]])
        end = np.concatenate([network.head[ahead], network.tail[back]])
        edge = np.concatenate([edges[ahead], edges[back]])
        self._sides = tuple(
            _sorted(one, other, edge, count=len(network.x)) for one, other in ((start, end), (end, start))
        )

    def leads(self, node: int, core: NDArray[np.bool_], *, without: frozenset[int], back: bool) -> bool:
        """Return whether a node leads to the core, or is reached from it with `back`, without some edges."""
        first, other, edge = self._sides[1 if back else 0]
        seen, heap = {node}, [node]
        while heap and len(seen) < FARTHEST:
            here = heap.pop()
            if core[here]:
                return True
            for at in range(first[here], first[here + 1]):
                there = int(other[at])
                if there not in seen and int(edge[at]) not in without:
                    seen.add(there)
                    heap.append(there)
        return False


def _sorted(
    one: NDArray[np.int32], other: NDArray[np.int32], edge: NDArray[np.int64], *, count: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    order = np.argsort(one, kind="stable")
    first = np.searchsorted(one[order], np.arange(count + 1))
    return first, other[order], edge[order]


def _against(network: Network, *, ramp: NDArray[np.bool_], mainline: NDArray[np.bool_]) -> list[int]:
    """Return the one-way ramps that leave or join a one-way carriageway against its direction.

    Where carriageways of both directions meet, nothing can be told.
    """
    edge, start, end = _ends(network)
    main, ramps = np.flatnonzero(mainline[edge]), np.flatnonzero(ramp[edge])
    courses: dict[int, list[float]] = {}
    for node, at_start in ((start, True), (end, False)):
        for place, heading in zip(node[main], _headings(network, edge[main], at_start=at_start), strict=True):
            courses.setdefault(int(place), []).append(float(heading))
    found: list[int] = []
    for node, at_start in ((start, True), (end, False)):
        headings = _headings(network, edge[ramps], at_start=at_start)
        for one, place, heading in zip(edge[ramps].tolist(), node[ramps].tolist(), headings, strict=True):
            turns = [_apart(float(heading), course) for course in courses.get(place, ())]
            if turns and min(turns) > TURN_DEG:
                found.append(one)
    return found


def _headings(network: Network, edges: NDArray[np.int64], *, at_start: bool) -> NDArray[np.float64]:
    """Return the direction of travel on one-way edges near their start or end [degrees]."""
    lines = np.where(
        np.isfinite(network.forward[edges]), network.geometry[edges], shapely.reverse(network.geometry[edges])
    )
    length = shapely.length(lines)
    near = np.minimum(LOOK_M, length)
    first = shapely.line_interpolate_point(lines, np.zeros(len(lines)) if at_start else length - near)
    second = shapely.line_interpolate_point(lines, near if at_start else length)
    return np.degrees(
        np.arctan2(shapely.get_y(second) - shapely.get_y(first), shapely.get_x(second) - shapely.get_x(first))
    )


def _apart(one: float, other: float) -> float:
    turn = abs(one - other) % 360.0
    return min(turn, 360.0 - turn)
