"""The searches of `replacement`: run as they stand on small networks, compiled on large ones.

No classes and no generators, therefore; columns are lists or arrays, and notes are kept by turns (see `desk`).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from gisplan.core.compiled import compiler

PATIENCE = 40
"""Nodes after which a search doubts that there is a way, and begins to look from the other side as well."""

FAR = 1_000
"""Nodes off the route after which links without any way round are searched one by one."""

TOLD = -1.0
"""The bounds of a link whose minutes are written already."""

Found = tuple[float, int, list[int]]
"""Minutes, the node where the open part of the tree is met (-1 for none), and the arcs from there on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """The searches, as Python runs them or compiled."""

    walked: Callable[..., list[int]]
    each: Callable[..., None]
    together: Callable[..., None]
    search: Callable[..., Found]


def code(*, compiled: bool) -> Code:
    """Return the searches.

    Each takes as `known` the arcs ahead and behind, as `replacement.Roads` holds them, and the minutes of a tree.

    Parameters
    ----------
    compiled
        Whether they are compiled, for arrays; else they take lists.
    """
    return _compiled() if compiled else Code(walked=_walked, each=_each, together=_together, search=_search)


@cache
def _compiled() -> Code:
    """Return the searches compiled when they are first called, kept on disk where a folder can be written."""
    import numba

    # Each is made ready before those that call it.
    for part in (_last, _is_cut, _looked_ahead, _branch, _noted, _begun, _search, _spread):
        numba.extending.register_jitable(part)
    parts: dict[str, Any] = {"walked": _walked, "each": _each, "together": _together, "search": _search}
    compiled = compiler(Path(__file__).parent, "replacement_code.py")
    return Code(**{name: compiled(part) for name, part in parts.items()})


def desk(*, nodes: int, chains: int, compiled: bool) -> tuple[Any, ...]:
    """Return empty columns in which searches note by turns what they learn of chains and nodes.

    A turn's notes are those with its number, so nothing has to be wiped between two searches. The first eight are
    for a search of its own, the others for that of all links of a route together.

    Parameters
    ----------
    nodes, chains
        How many nodes and chains there are.
    compiled
        Whether the columns are arrays; else they are lists.
    """
    whole, real = np.int32, np.float64
    sizes = (chains, *[nodes] * 7, chains, *[nodes] * 6)
    kinds = (whole, whole, whole, real, *[whole] * 8, real, whole, whole)
    if compiled:
        return tuple(np.zeros(size, dtype=kind) for size, kind in zip(sizes, kinds, strict=True))
    return tuple([0] * size for size in sizes)


def _walked(target: int, source: int, behind: Any, minutes: Any) -> list[int]:
    """Return the arcs of the tree from a node back to the source."""
    steps = [target]
    steps.pop()  # a list without members tells numba no type
    node = target
    while node != source:
        arc = _last(node, behind, minutes)
        steps.append(arc)
        node = behind[1][arc]
    return steps


def _each(known: Any, notes: Any, ends: Any, cuts: Any, turn: int, found: Any) -> None:
    """Write the minutes that are left after each cut, one search for each."""
    for place in range(len(cuts)):
        notes[0][cuts[place]] = turn + place
        found[place] = _search(known, notes, ends, turn + place)[0]


def _together(known: Any, notes: Any, way: Any, links: Any, turn: int, found: Any) -> None:
    """Write the minutes that are left after each link of a route of the tree is cut, by one search for all.

    `way` are the nodes of the route and how many of its `links` are begun at each. The search goes backwards from
    the target, guided by the tree, and so meets every way in the order of its minutes. An arc from a node to which
    the tree leaves the route before a link, to one to which it leaves it later, goes round that link: no way round
    it is shorter than the first such arc, and that way exists where its rest comes to the route only after the
    link. On roads open both ways it always does; where it does not, the link is searched by itself.
    """
    _, behind, minutes = known
    bounds = np.full(len(links) + 1, np.inf), np.full(len(links) + 1, np.inf)
    lower, upper = bounds
    ends = (way[0][0], way[0][len(way[0]) - 1])
    for link in links:
        notes[8][link] = turn
    queue = _begun(minutes, notes, way, turn)
    settled = _spread((behind, minutes), notes, queue, turn, bounds, len(way[0]) + FAR)
    if settled < 0:
        for place in range(len(links)):
            if np.isinf(lower[place + 1]):
                notes[0][links[place]] = turn + place
                found[place] = _search(known, notes, ends, turn + place)[0]
                lower[place + 1] = upper[place + 1] = TOLD
        _spread((behind, minutes), notes, queue, turn, bounds, -1)
    for place in range(len(links)):
        if lower[place + 1] != upper[place + 1]:
            notes[0][links[place]] = turn + place
            found[place] = _search(known, notes, ends, turn + place)[0]
        elif lower[place + 1] != TOLD:
            found[place] = lower[place + 1]


def _begun(minutes: Any, notes: Any, way: Any, turn: int) -> Any:
    """Return the queue with the nodes of the route, whose rest is known: that of the route itself."""
    nodes, begun = way
    told, left, met, rest, joins = notes[9], notes[10], notes[11], notes[12], notes[13]
    last = len(nodes) - 1
    queue = [(minutes[nodes[last]], nodes[last])]
    queue.pop()
    for place in range(last + 1):
        node = nodes[place]
        told[node], left[node], met[node] = turn, begun[place], turn
        rest[node] = minutes[nodes[last]] - minutes[node]
        joins[node] = begun[place] if place == last else begun[place + 1] - 1
        heapq.heappush(queue, (minutes[nodes[last]], node))
    return queue


def _spread(known: Any, notes: Any, queue: Any, turn: int, bounds: Any, most: int) -> int:
    """Go on until the bounds of every link are known, and return how many nodes that took.

    After `most` nodes it stops where a link has no way round so far, and returns -1.
    """
    (behind, minutes), (lower, upper) = known, bounds
    start, other, chain, cost = behind
    mine, left, met, rest, joins, over = notes[8], notes[10], notes[11], notes[12], notes[13], notes[14]
    settled, known = 0, 1
    while queue:
        key, node = heapq.heappop(queue)
        while known < len(lower) and lower[known] <= key:
            known += 1
        if known == len(lower):
            return settled
        if over[node] == turn:
            continue
        over[node], settled = turn, settled + 1
        _branch(node, behind, minutes, notes, turn)
        for arc in range(start[node], start[node + 1]):
            near, here = other[arc], rest[node] + cost[arc]
            if mine[chain[arc]] == turn or not np.isfinite(minutes[near]):
                continue
            if _branch(near, behind, minutes, notes, turn) < left[node]:
                _noted(here + minutes[near], (left[near], left[node], joins[node]), lower, upper)
            if met[near] != turn or here < rest[near]:
                met[near], rest[near], joins[near] = turn, here, joins[node]
                heapq.heappush(queue, (here + minutes[near], near))
        if settled == most and np.isinf(lower[known:]).any():
            return -1
    return settled


def _noted(total: float, span: tuple[int, int, int], lower: Any, upper: Any) -> None:
    """Note a way round the links between where it leaves a route and where it comes back to it.

    `span` is after which link it leaves, and up to which link it may come back: by the tree, and as it does.
    """
    leaves, back, joins = span
    for link in range(leaves + 1, back + 1):
        lower[link] = min(lower[link], total)
        if link <= joins:
            upper[link] = min(upper[link], total)


def _branch(node: int, behind: Any, minutes: Any, notes: Any, turn: int) -> int:
    """Return how many links of the route are begun where the tree leaves it for a node."""
    other, told, left = behind[1], notes[9], notes[10]
    here = node
    while told[here] != turn:
        here = other[_last(here, behind, minutes)]
    learnt = left[here]
    while node != here:
        told[node], left[node] = turn, learnt
        node = other[_last(node, behind, minutes)]
    return int(learnt)


def _search(known: Any, notes: Any, ends: Any, turn: int) -> Found:
    """Return the minutes, the node where the open part of the tree is met, and the arcs from there on."""
    ahead, behind, minutes = known
    start, other, chain, cost = behind
    closed, state, seen, so_far, by, toward, done, fore = notes[:8]
    source, target = ends
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
        if not _is_cut(node, behind, minutes, closed, state, turn):
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


def _last(node: int, behind: Any, minutes: Any) -> int:
    """Return the arc by which the tree comes to a node: the first of those that are quick enough."""
    start, other, _, cost = behind
    for arc in range(start[node], start[node + 1]):
        if minutes[other[arc]] + cost[arc] == minutes[node]:
            return int(arc)
    return -1


def _is_cut(node: int, behind: Any, minutes: Any, closed: Any, state: Any, turn: int) -> bool:
    """Return whether the tree's path to a node uses a closed chain; what was learnt on the way is kept.

    The state of a node is twice the turn in which it was learnt, and one more where its path is closed.
    """
    other, chain = behind[1], behind[2]
    here = node
    while state[here] < 2 * turn:
        arc = _last(here, behind, minutes)
        if closed[chain[arc]] == turn:
            state[here] = 2 * turn + 1
        else:
            here = other[arc]
    learnt = state[here]
    while node != here:
        state[node] = learnt
        node = other[_last(node, behind, minutes)]
    return bool(learnt > 2 * turn)


def _looked_ahead(node: int, ahead: Any, closed: Any, front: list[int], fore: Any, turn: int) -> None:
    """Add the nodes that can be driven to from a node to the front of the forward search."""
    start, other, chain, _ = ahead
    for arc in range(start[node], start[node + 1]):
        near = other[arc]
        if closed[chain[arc]] != turn and fore[near] != turn:
            fore[near] = turn
            front.append(near)
