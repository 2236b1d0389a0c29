"""The quickest route that is left when road links are closed, found by repairing a tree of shortest times.

One run of Dijkstra for each link that is cut would take hours on the roads of a prefecture. The tree of times
from the source is known already: it gives a lower bound for every node, exact for all whose own path is open.
So the search goes backwards from the target, guided by that bound (A*), and ends at the first node whose path
in the tree is open. A second search goes forward from the source in turn with it: where either side runs out
of roads, the target is cut off.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from gisplan.network import search

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGE = 50_000
"""Arcs from which on the search is compiled: loading the compiler takes a second, compiling some more."""

PATIENCE = 40
"""Nodes after which the search doubts that there is a way, and begins to look from the other side as well."""

Found = tuple[float, int, list[int]]
"""Minutes, the node where the open part of the tree is met (-1 for none), and the arcs from there on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roads:
    """The arcs of a network in both directions, for searches from one tree.

    `ahead` and `behind` are each: first arc of every node [n + 1], node at the arc's other end [a], chain [a],
    minutes [a] and edge [a]. They are lists where the network is small, which Python reads faster than arrays.
    """

    ahead: tuple[Any, Any, Any, Any]
    behind: tuple[Any, Any, Any, Any]
    edge_behind: NDArray[np.int64]
    compiled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is left of a route: `minutes`, infinite where the target is cut off, and its `edges` in order."""

    minutes: float
    edges: NDArray[np.int64]


def roads(arcs: search.Graph, back: search.Graph, chain: NDArray[np.int64]) -> Roads:
    """Return the arcs of a graph and of the same graph turned round, ready for `left`.

    Parameters
    ----------
    arcs, back
        The graph in which the tree was found, and that graph turned round.
    chain
        The chain of each edge [m].
    """
    large = len(arcs.edge) >= LARGE
    sides = []
    for side in (arcs, back):
        bounds = np.append(side.first, len(side.edge))
        start = bounds[side.indptr].astype(np.int64)
        other = np.repeat(side.indices, np.diff(bounds)).astype(np.int64)
        columns = (start, other, chain[side.edge], side.minutes)
        sides.append(columns if large else tuple(column.tolist() for column in columns))
    ahead, behind = sides
    return Roads(
        ahead=cast("tuple[Any, Any, Any, Any]", ahead),
        behind=cast("tuple[Any, Any, Any, Any]", behind),
        edge_behind=back.edge,
        compiled=large,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """A tree of shortest times from `source`, ready for many questions."""

    tree: search.Tree
    source: int
    minutes: Any
    before: Any
    arcs: search.Graph


def trunk(arcs: search.Graph, grown: Roads, *, source: int) -> Trunk:
    """Return the tree from a source."""
    tree = search.tree(arcs, source)
    minutes: Any = np.asarray(tree.minutes, dtype=np.float64)
    before: Any = np.asarray(tree.before, dtype=np.int64)
    if not grown.compiled:
        minutes, before = minutes.tolist(), before.tolist()
    return Trunk(tree=tree, source=source, minutes=minutes, before=before, arcs=arcs)


def minutes_left(
    known: Trunk, grown: Roads, *, target: int, shut: Sequence[int] | NDArray[np.int64]
) -> float:
    """Return the minutes to a target when some chains are closed both ways, infinite where it is cut off.

    Parameters
    ----------
    known
        The tree from the source.
    grown
        The arcs of the network.
    target
        Node.
    shut
        Chains that are closed.
    """
    return _found(known, grown, target, shut)[0]


def route_left(known: Trunk, grown: Roads, *, target: int, shut: Sequence[int] | NDArray[np.int64]) -> Left:
    """Return the quickest route to a target when some chains are closed both ways.

    Parameters
    ----------
    known
        The tree from the source.
    grown
        The arcs of the network.
    target
        Node.
    shut
        Chains that are closed.
    """
    minutes, meet, steps = _found(known, grown, target, shut)
    if not np.isfinite(minutes):
        return Left(minutes=np.inf, edges=np.empty(0, dtype=np.int64))
    first = search.path(known.arcs, known.tree, meet)
    rest = grown.edge_behind[np.array(steps, dtype=np.int64)]
    return Left(minutes=minutes, edges=np.concatenate([first, rest]).astype(np.int64))


def _found(known: Trunk, grown: Roads, target: int, shut: Sequence[int] | NDArray[np.int64]) -> Found:
    barred = np.asarray(shut, dtype=np.int64)
    code = _compiled() if grown.compiled else _search
    minutes, meet, steps = code(
        grown.ahead,
        grown.behind,
        known.minutes,
        known.before,
        barred if grown.compiled else barred.tolist(),
        known.source,
        target,
    )
    return float(minutes), int(meet), list(steps)


@cache
def _compiled() -> Callable[..., Found]:
    """Return the search compiled when it is first called, kept on disk where a folder can be written."""
    import numba

    for part in (_is_cut, _looked_ahead):
        numba.extending.register_jitable(part)
    try:
        return cast("Callable[..., Found]", numba.njit(cache=True, nogil=True)(_search))
    except RuntimeError:  # no folder for the compiled code
        return cast("Callable[..., Found]", numba.njit(nogil=True)(_search))


# What follows is run as it stands on small networks, and compiled on large ones: no classes, no generators.


def _search(  # noqa: C901
    ahead: Any, behind: Any, minutes: Any, before: Any, barred: Any, source: int, target: int
) -> Found:
    """Return the minutes, the node where the open part of the tree is met, and the arcs from there on."""
    start, other, chain, cost = behind
    closed = {-1: True}
    for one in barred:
        closed[one] = True
    state, so_far, toward, by, done = (
        {source: False},
        {target: 0.0},
        {target: target},
        {target: -1},
        {-1: True},
    )
    queue, front, seen, spot = [(minutes[target], target)], [source], {source: True}, 0
    steps = [target]
    steps.pop()
    while queue and np.isfinite(minutes[target]):
        _, node = heapq.heappop(queue)
        if node in done:
            continue
        done[node] = True
        if not _is_cut(node, behind, before, closed, state):
            meet = node
            while node != target:
                steps.append(by[node])
                node = toward[node]
            return so_far[meet] + minutes[meet], meet, steps
        for arc in range(start[node], start[node + 1]):
            near = other[arc]
            if chain[arc] in closed or not np.isfinite(minutes[near]):
                continue
            here = so_far[node] + cost[arc]
            if near not in so_far or here < so_far[near]:
                so_far[near], by[near], toward[near] = here, arc, node
                heapq.heappush(queue, (here + minutes[near], near))
        if len(done) > PATIENCE and target not in seen:
            if spot == len(front):
                break
            _looked_ahead(front[spot], ahead, closed, front, seen)
            spot += 1
    return np.inf, -1, steps


def _is_cut(node: int, behind: Any, before: Any, closed: dict[int, bool], state: dict[int, bool]) -> bool:
    """Return whether the tree's path to a node uses a closed chain; what was learnt on the way is kept."""
    start, other, chain, _ = behind
    here = node
    while here not in state:
        arc = start[here]
        while other[arc] != before[here]:
            arc += 1  # the first arc from there is the fastest, which is the tree's
        if chain[arc] in closed:
            state[here] = True
        else:
            here = before[here]
    cut = state[here]
    while node != here:
        state[node] = cut
        node = before[node]
    return cut


def _looked_ahead(
    node: int, ahead: Any, closed: dict[int, bool], front: list[int], seen: dict[int, bool]
) -> None:
    """Add the nodes that can be driven to from a node to the front of the forward search."""
    start, other, chain, _ = ahead
    for arc in range(start[node], start[node + 1]):
        near = other[arc]
        if chain[arc] not in closed and near not in seen:
            seen[near] = True
            front.append(near)
