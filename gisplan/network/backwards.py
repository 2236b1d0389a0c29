"""One-way roads drawn backwards: those that no trip can use as they are, and could if they were turned round."""

from __future__ import annotations

from dataclasses import dataclass
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
    from scipy.sparse.csgraph import connected_components

    matrix = _arcs(network).matrix
    if not len(network.x):
        none = np.zeros(0, dtype=bool)
        return none, none, none
    _, label = connected_components(matrix, directed=True, connection="strong")
    core: NDArray[np.bool_] = label == int(np.argmax(np.bincount(label)))
    start = int(np.flatnonzero(core)[0])
    return core, _found(matrix, start), _found(matrix.T.tocsr(), start)


def _found(matrix: csr_array, start: int) -> NDArray[np.bool_]:
    """Return which nodes are reached from one [n]."""
    from scipy.sparse.csgraph import breadth_first_order

    found = np.zeros(matrix.shape[0], dtype=bool)
    found[breadth_first_order(matrix, start, return_predecessors=False)] = True
    return found


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Arcs:
    """Where one may go: arcs from `start` to `end` [a], the `edge` of each, and how many nodes there are."""

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    edge: NDArray[np.int64]
    count: int

    @property
    def matrix(self) -> csr_array:
        """The directed graph, one entry an arc."""
        from scipy.sparse import csr_array

        shape = (self.count, self.count)
        return csr_array((np.ones(len(self.start)), (self.start, self.end)), shape=shape)


def _arcs(network: Network) -> _Arcs:
    ahead, back = np.isfinite(network.forward), np.isfinite(network.backward)
    edges = np.arange(len(network.tail))
    return _Arcs(
        start=np.concatenate([network.tail[ahead], network.head[back]]).astype(np.int64),
        end=np.concatenate([network.head[ahead], network.tail[back]]).astype(np.int64),
        edge=np.concatenate([edges[ahead], edges[back]]),
        count=len(network.x),
    )


def _with_world(network: Network, core: NDArray[np.bool_]) -> _Arcs:
    """Return the arcs with a node for the world beyond the data, which one-way roads come from and lead to.

    A carriageway that ends with the data is no mistake. One node of the core and the world are joined both ways.
    """
    arcs, (_, start, end) = _arcs(network), _ends(network)
    world, home = arcs.count, int(np.flatnonzero(core)[0])
    loose = np.bincount(np.concatenate([network.tail, network.head]), minlength=arcs.count) == 1
    gates_in, gates_out = start[loose[start]], end[loose[end]]
    first = np.concatenate([np.full(len(gates_in), world), gates_out, [world, home]])
    last = np.concatenate([gates_in, np.full(len(gates_out), world), [home, world]])
    return _Arcs(
        start=np.concatenate([arcs.start, first]),
        end=np.concatenate([arcs.end, last]),
        edge=np.concatenate([arcs.edge, np.full(len(first), -1)]),
        count=world + 1,
    )


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
    core, _, _ = strong(network)
    edge, start, end = _ends(network)
    if not len(edge):
        return []
    arcs = _with_world(network, core)
    matrix, world = arcs.matrix, arcs.count - 1
    reached, reaching = _found(matrix, world), _found(matrix.T.tocsr(), world)
    home = np.append(core, True)
    runs = _runs(network, edge, start, end)
    dead = np.unique(runs[~(reached[start] & reaching[end])])
    order = np.argsort(runs, kind="stable")
    first_of, past = (np.searchsorted(runs[order], dead, side=side) for side in ("left", "right"))
    neighbours = _Neighbours(arcs) if len(dead) else None
    found: list[int] = []
    for low, high in zip(first_of, past, strict=True):
        inside = order[low:high]
        first, last = _outer(start[inside], end[inside])
        if first is None or last is None or neighbours is None:
            continue
        own = frozenset(edge[inside].tolist())
        back = neighbours.leads(last, home, without=own, back=True)
        if back and neighbours.leads(first, home, without=own, back=False):
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

    def __init__(self, arcs: _Arcs) -> None:
        pairs = ((arcs.start, arcs.end), (arcs.end, arcs.start))
        self._sides = tuple(_sorted(one, other, arcs.edge, count=arcs.count) for one, other in pairs)

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
    one: NDArray[np.int64], other: NDArray[np.int64], edge: NDArray[np.int64], *, count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
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
