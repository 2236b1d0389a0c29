"""The quickest route that is left when road links are closed, found by repairing a tree of shortest times.

One run of Dijkstra for each link that is cut would take hours on the roads of a prefecture. The tree of times
from the source is known already: it gives a lower bound for every node, exact for all whose own path is open.
So the search goes backwards from the target, guided by that bound (A*), and ends at the first node whose path
in the tree is open. A second search goes forward from the source in turn with it: where either side runs out
of roads, the target is cut off.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
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
    chains: int
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
        chains=int(chain.max(initial=-1)) + 1,
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


def minutes_after_each(
    known: Trunk, grown: Roads, *, target: int, cuts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the minutes to a target after each cut by itself [c], infinite where it is cut off.

    Parameters
    ----------
    known
        The tree from the source.
    grown
        The arcs of the network.
    target
        Node.
    cuts
        Chains [c], each closed both ways, one at a time.
    """
    found = np.empty(len(cuts))
    code = _compiled().each if grown.compiled else _each
    shut: Any = cuts if grown.compiled else cuts.tolist()
    code(
        grown.ahead,
        grown.behind,
        (known.minutes, known.before),
        _desk(grown),
        (known.source, target),
        shut,
        found,
    )
    return found


def route_left(known: Trunk, grown: Roads, *, target: int, shut: NDArray[np.int64]) -> Left:
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
        Chains that are closed, all at once.
    """
    desk = _desk(grown)
    for chain in shut:
        desk[0][chain] = 1
    code = _compiled().search if grown.compiled else _search
    minutes, meet, steps = code(
        grown.ahead, grown.behind, (known.minutes, known.before), desk, (known.source, target), 1
    )
    if not np.isfinite(minutes):
        return Left(minutes=np.inf, edges=np.empty(0, dtype=np.int64))
    first = search.path(known.arcs, known.tree, int(meet))
    rest = grown.edge_behind[np.array(steps, dtype=np.int64)]
    return Left(minutes=float(minutes), edges=np.concatenate([first, rest]).astype(np.int64))


def _desk(grown: Roads) -> tuple[Any, ...]:
    """Return empty columns in which searches note by turns what they learn of chains and nodes.

    A turn's notes are those with its number, so nothing has to be wiped between two searches; and of columns of
    zeros a system hands out only the pages that are written.
    """
    nodes = len(grown.ahead[0]) - 1
    sizes = (grown.chains, *[nodes] * 7)
    if grown.compiled:
        kinds = (np.int64, np.int64, np.int64, np.float64, np.int64, np.int64, np.int64, np.int64)
        return tuple(np.zeros(size, dtype=kind) for size, kind in zip(sizes, kinds, strict=True))
    return tuple([0] * size for size in sizes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    each: Callable[..., None]
    search: Callable[..., Found]


@cache
def _compiled() -> _Code:
    """Return the searches compiled when they are first called, kept on disk where a folder can be written."""
    import numba

    for part in (_is_cut, _looked_ahead, _search):
        numba.extending.register_jitable(part)
    try:
        return _Code(
            each=numba.njit(cache=True, nogil=True)(_each), search=numba.njit(cache=True, nogil=True)(_search)
        )
    except RuntimeError:  # no folder for the compiled code
        return _Code(each=numba.njit(nogil=True)(_each), search=numba.njit(nogil=True)(_search))


# What follows is run as it stands on small networks, and compiled on large ones: no classes, no generators.


def _each(ahead: Any, behind: Any, tree: Any, desk: Any, ends: Any, cuts: Any, found: Any) -> None:
    """Write the minutes that are left after each cut."""
    for place in range(len(cuts)):
        turn = place + 1
        desk[0][cuts[place]] = turn
        found[place] = _search(ahead, behind, tree, desk, ends, turn)[0]


def _search(ahead: Any, behind: Any, tree: Any, desk: Any, ends: Any, turn: int) -> Found:
    """Return the minutes, the node where the open part of the tree is met, and the arcs from there on."""
    start, other, chain, cost = behind
    closed, state, seen, so_far, by, toward, done, fore = desk
    minutes, (source, target) = tree[0], ends
    state[source], fore[source] = 2 * turn, turn
    seen[target], so_far[target], by[target], toward[target] = turn, 0.0, -1, target
    queue, front, spot, settled = [(minutes[target], target)], [source], 0, 0
    steps = [target]
    steps.pop()
    while queue and np.isfinite(minutes[target]):
        node = heapq.heappop(queue)[1]
        if done[node] == turn:
            continue
        done[node], settled = turn, settled + 1
        if not _is_cut(node, behind, tree[1], closed, state, turn):
            meet = node
            while node != target:
                steps.append(by[node])
                node = toward[node]
            return so_far[meet] + minutes[meet], meet, steps
        for arc in range(start[node], start[node + 1]):
            near, here = other[arc], so_far[node] + cost[arc]
            shut = closed[chain[arc]] == turn or not np.isfinite(minutes[near])
            if not shut and (seen[near] != turn or here < so_far[near]):
                seen[near], so_far[near], by[near], toward[near] = turn, here, arc, node
                heapq.heappush(queue, (here + minutes[near], near))
        if settled > PATIENCE and fore[target] != turn:
            if spot == len(front):
                break
            _looked_ahead(front[spot], ahead, closed, front, fore, turn)
            spot += 1
    return np.inf, -1, steps


def _is_cut(node: int, behind: Any, before: Any, closed: Any, state: Any, turn: int) -> bool:
    """Return whether the tree's path to a node uses a closed chain; what was learnt on the way is kept.

    The state of a node is twice the turn in which it was learnt, and one more where its path is closed.
    """
    start, other, chain, _ = behind
    here = node
    while state[here] < 2 * turn:
        arc = start[here]
        while other[arc] != before[here]:
            arc += 1  # the first arc from there is the fastest, which is the tree's
        if closed[chain[arc]] == turn:
            state[here] = 2 * turn + 1
        else:
            here = before[here]
    learnt = state[here]
    while node != here:
        state[node] = learnt
        node = before[node]
    return bool(learnt > 2 * turn)


def _looked_ahead(node: int, ahead: Any, closed: Any, front: list[int], fore: Any, turn: int) -> None:
    """Add the nodes that can be driven to from a node to the front of the forward search."""
    start, other, chain, _ = ahead
    for arc in range(start[node], start[node + 1]):
        near = other[arc]
        if closed[chain[arc]] != turn and fore[near] != turn:
            fore[near] = turn
            front.append(near)
