"""Compiled loops that order the nodes of a network and weigh the shortcuts between them.

Nodes are taken out one by one, first those with the fewest neighbours (dead ends, then chains); the neighbours
of each are joined. So every shortest path has a form that first climbs and then descends in this order, whatever
the minutes are: the order knows no weights, and a change of weights needs only the second half.
Then every arc is given the least minutes of a way through lower nodes, and arcs that a way through higher nodes
beats are dropped.

Places are numbered so that what hangs below a node follows it at once: the ancestors of a node come before it.

Imported only for large networks: numba takes a second to load, and some more where nothing is compiled yet.

References
----------
Dibbelt, Strasser, Wagner (2016), Customizable contraction hierarchies, ACM JEA 21.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gisplan.core.compiled import compiler

compiled = compiler(Path(__file__).parent, "kernels_*.py")

KEYS = 4_096
LEAST_ROOM = 4
PER_NEIGHBOUR = 4
"""A neighbour more weighs as much as this many levels: flat orders make short ways up."""

Integers = NDArray[np.int32]
Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Queue = tuple[Integers, Integers, Integers, Integers, Integers]
"""First and last node of each key, next and previous node of each node, and its key."""


@compiled
def _push(queue: Queue, node: int, key: int) -> None:
    """Put a node behind all others of a key."""
    first, last, after, before, own = queue
    own[node], before[node], after[node] = key, last[key], -1
    if last[key] >= 0:
        after[last[key]] = node
    else:
        first[key] = node
    last[key] = node


@compiled
def _drop(queue: Queue, node: int) -> None:
    """Take a node out."""
    first, last, after, before, own = queue
    if before[node] >= 0:
        after[before[node]] = after[node]
    else:
        first[own[node]] = after[node]
    if after[node] >= 0:
        before[after[node]] = before[node]
    else:
        last[own[node]] = before[node]


@compiled
def _grown(kept: Integers, used: int, more: int) -> Integers:
    """Return an array with room for some more numbers behind those used."""
    if used + more <= len(kept):
        return kept
    larger = np.empty(2 * len(kept) + more, np.int32)
    larger[:used] = kept[:used]
    return larger


@compiled
def _joined(one: Integers, two: Integers, leave: tuple[int, int], into: Integers) -> int:
    """Write the union of two ascending lists without two of the numbers, and return its length."""
    a, b, count = 0, 0, 0
    while a < len(one) or b < len(two):
        if b == len(two) or (a < len(one) and one[a] <= two[b]):
            taken = one[a]
            b += b < len(two) and two[b] == taken
            a += 1
        else:
            taken = two[b]
            b += 1
        if taken not in leave:
            into[count] = taken
            count += 1
    return count


@compiled
def eliminated(start: Counts, head: Integers) -> tuple[Integers, Counts, Integers]:
    """Return the order in which nodes are taken out, and the neighbours each then had (start, neighbours).

    `start` and `head` are the ascending neighbours of each node, in both directions.
    """
    nodes = len(start) - 1
    size, room = np.empty(nodes, np.int32), np.empty(nodes, np.int32)
    place, used = np.empty(nodes, np.int64), 0
    pool = np.empty(2 * len(head) + LEAST_ROOM * nodes, np.int32)
    first, last = np.full(KEYS, -1, np.int32), np.full(KEYS, -1, np.int32)
    links = np.empty((3, nodes), np.int32)
    queue = (first, last, links[0], links[1], links[2])
    for node in range(nodes):
        count = start[node + 1] - start[node]
        size[node], place[node], room[node] = count, used, max(count, LEAST_ROOM)
        pool[used : used + count] = head[start[node] : start[node + 1]]
        used += room[node]
        _push(queue, node, min(PER_NEIGHBOUR * count, KEYS - 1))
    level, union = np.zeros(nodes, np.int32), np.empty(nodes, np.int32)
    order, starts, ups = np.empty(nodes, np.int32), np.zeros(nodes + 1, np.int64), pool[:0].copy()
    low = 0
    for step in range(nodes):
        while first[low] < 0:
            low += 1
        node = first[low]
        _drop(queue, node)
        order[step], begin = node, starts[step]
        ups = _grown(ups, begin, size[node])
        starts[step + 1] = begin + size[node]
        around = ups[begin : starts[step + 1]]
        around[:] = pool[place[node] : place[node] + size[node]]
        for other in around:
            own = pool[place[other] : place[other] + size[other]]
            count = _joined(own, around, (node, other), union)
            if count > room[other]:
                pool = _grown(pool, used, 2 * count)
                place[other], room[other] = used, 2 * count
                used += 2 * count
            pool[place[other] : place[other] + count] = union[:count]
            size[other], level[other] = count, max(level[other], level[node] + 1)
            key = min(PER_NEIGHBOUR * count + level[other], KEYS - 1)
            if key != queue[4][other]:
                _drop(queue, other)
                _push(queue, other, key)
                low = min(low, key)
    return order, starts, ups[: starts[nodes]]


@compiled
def numbered(order: Integers, starts: Counts, ups: Integers) -> tuple[Integers, Integers, Counts, Integers]:
    """Return the place of each node, the place above each place, and the higher places of each (start, places).

    The place above is the nearest of the higher ones, -1 at a top; all others are above that one too.
    """
    nodes = len(order)
    rank, above, below = np.empty(nodes, np.int32), np.full(nodes, -1, np.int32), np.ones(nodes, np.int32)
    for step in range(nodes):
        rank[order[step]] = step
    for step in range(nodes):
        lowest = nodes
        for at in range(starts[step], starts[step + 1]):
            lowest = min(lowest, rank[ups[at]])
        if lowest < nodes:
            above[step] = lowest
            below[lowest] += below[step]
    place, following, top = np.empty(nodes, np.int32), np.empty(nodes, np.int32), 0
    for step in range(nodes - 1, -1, -1):
        parent = above[step]
        if parent < 0:
            place[step], top = top, top + below[step]
        else:
            place[step] = following[parent]
            following[parent] += below[step]
        following[step] = place[step] + 1
    position, parents, start = (
        np.empty(nodes, np.int32),
        np.empty(nodes, np.int32),
        np.zeros(nodes + 1, np.int64),
    )
    for step in range(nodes):
        position[order[step]] = place[step]
        parents[place[step]] = place[above[step]] if above[step] >= 0 else -1
        start[place[step] + 1] = starts[step + 1] - starts[step]
    start = np.cumsum(start)
    head = np.empty(len(ups), np.int32)
    for step in range(nodes):
        here = start[place[step]]
        for at in range(starts[step], starts[step + 1]):
            head[here] = position[ups[at]]
            here += 1
        head[start[place[step]] : here].sort()
    return position, parents, start, head


@compiled
def arc_of(start: Counts, head: Integers, place: int, higher: int) -> int:
    """Return the arc from a place to a higher one, -1 where there is none."""
    low, high = start[place], start[place + 1]
    while low < high:
        middle = (low + high) >> 1
        if head[middle] < higher:
            low = middle + 1
        else:
            high = middle
    return low if low < start[place + 1] and head[low] == higher else -1


@compiled
def weighed(
    start: Counts,
    head: Integers,
    position: Integers,
    roads: tuple[Integers, Integers, Floats],
) -> tuple[Floats, Floats, Integers, Integers]:
    """Return the least minutes up and down each arc by lower places, and the lower place each leads through.

    `roads` are the arcs of the network as a sparse matrix. The place is -1 where the arc is a road itself.
    """
    up, down = np.full(len(head), np.inf), np.full(len(head), np.inf)
    by_up, by_down = np.full(len(head), -1, np.int32), np.full(len(head), -1, np.int32)
    indptr, indices, minutes = roads
    for node in range(len(position)):
        here = position[node]
        for at in range(indptr[node], indptr[node + 1]):
            there = position[indices[at]]
            if there < here:
                up[arc_of(start, head, here, there)] = minutes[at]
            else:
                down[arc_of(start, head, there, here)] = minutes[at]
    for here in range(len(position) - 1, -1, -1):
        for one in range(start[here], start[here + 1]):
            arc = start[head[one]]
            for two in range(start[here], one):
                while head[arc] < head[two]:
                    arc += 1
                if down[one] + up[two] < up[arc]:
                    up[arc], by_up[arc] = down[one] + up[two], here
                if down[two] + up[one] < down[arc]:
                    down[arc], by_down[arc] = down[two] + up[one], here
    return up, down, by_up, by_down


@compiled
def useful(
    start: Counts, head: Integers, up: Floats, down: Floats
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which arcs no way through higher places beats, up and down."""
    least_up, least_down = up.copy(), down.copy()
    for here in range(len(start) - 1):
        for one in range(start[here], start[here + 1]):
            arc = start[head[one]]
            for two in range(start[here], one):
                while head[arc] < head[two]:
                    arc += 1
                # From the lower of the two heads, `one`, the arc climbs to the higher, `two`.
                least_up[two] = min(least_up[two], up[one] + least_up[arc])
                least_up[one] = min(least_up[one], up[two] + least_down[arc])
                least_down[two] = min(least_down[two], least_down[arc] + down[one])
                least_down[one] = min(least_down[one], least_up[arc] + down[two])
    return (up <= least_up) & (up < np.inf), (down <= least_down) & (down < np.inf)
