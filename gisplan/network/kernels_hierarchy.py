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
GONE = -1
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
def _queued(queue: Queue, node: int, key: int) -> None:
    """Give a node another key; -1 keeps it out."""
    own = queue[4]
    if key != own[node]:
        if own[node] >= 0:
            _drop(queue, node)
        own[node] = -1
        if key >= 0:
            _push(queue, node, key)


@compiled
def _key(neighbours: int, level: int, most: int) -> int:
    """Return the key of a node: few neighbours first, then low levels; -1 where it stays in the core."""
    return min(PER_NEIGHBOUR * neighbours + level, KEYS - 1) if neighbours <= most else -1


@compiled
def eliminated(start: Counts, head: Integers, most: int) -> tuple[Integers, Counts, Integers, int]:
    """Return the order in which nodes are taken out, and the neighbours each then had (start, neighbours).

    `start` and `head` are the ascending neighbours of each node, in both directions. Nodes that keep more than
    `most` neighbours are the core: they stand last, with their neighbours of lower number only. The fourth value
    is how many nodes are none of them.
    """
    nodes = len(start) - 1
    size, room, place, pool = _pooled(start, head)
    used, links = len(pool), np.full((3, nodes), -1, np.int32)
    queue = (np.full(KEYS, -1, np.int32), np.full(KEYS, -1, np.int32), links[0], links[1], links[2])
    for node in range(nodes):
        _queued(queue, node, _key(size[node], 0, most))
    level, union = np.zeros(nodes, np.int32), np.empty(nodes, np.int32)
    order, starts, ups = np.empty(nodes, np.int32), np.zeros(nodes + 1, np.int64), pool[:0].copy()
    step, low = 0, 0
    while low < KEYS:
        node = queue[0][low]
        if node < 0:
            low += 1
            continue
        _queued(queue, node, -1)
        order[step], begin, step = node, starts[step], step + 1
        ups, starts[step] = _grown(ups, begin, size[node]), begin + size[node]
        around = ups[begin : starts[step]]
        around[:] = pool[place[node] : place[node] + size[node]]
        size[node] = GONE
        for other in around:
            count = _joined(pool[place[other] : place[other] + size[other]], around, (node, other), union)
            if count > room[other]:
                pool = _grown(pool, used, 2 * count)
                place[other], room[other], used = used, 2 * count, used + 2 * count
            pool[place[other] : place[other] + count] = union[:count]
            size[other], level[other] = count, max(level[other], level[node] + 1)
            key = _key(count, level[other], most)
            _queued(queue, other, key)
            low = min(low, key) if key >= 0 else low
    ups = _cored((order, starts, ups), step, (size, place, pool))
    return order, starts, ups, step


@compiled
def _pooled(start: Counts, head: Integers) -> tuple[Integers, Integers, Counts, Integers]:
    """Return how many neighbours each node has, the room for them, where they stand, and all neighbours."""
    nodes = len(start) - 1
    size, room, place = np.empty(nodes, np.int32), np.empty(nodes, np.int32), np.empty(nodes, np.int64)
    used = 0
    for node in range(nodes):
        size[node], place[node] = start[node + 1] - start[node], used
        room[node] = max(size[node], LEAST_ROOM)
        used += room[node]
    pool = np.empty(used, np.int32)
    for node in range(nodes):
        pool[place[node] : place[node] + size[node]] = head[start[node] : start[node + 1]]
    return size, room, place, pool


@compiled
def _cored(
    made: tuple[Integers, Counts, Integers], step: int, left: tuple[Integers, Counts, Integers]
) -> Integers:
    """Put the nodes that are left behind the others, the highest first, and return all neighbours."""
    (order, starts, ups), (size, place, pool) = made, left
    for node in range(len(order) - 1, -1, -1):
        if size[node] != GONE:
            around = pool[place[node] : place[node] + size[node]]
            around = around[around < node]
            order[step], begin, step = node, starts[step], step + 1
            ups, starts[step] = _grown(ups, begin, len(around)), begin + len(around)
            ups[begin : starts[step]] = around
    return ups[: starts[len(order)]]


@compiled
def _tree(order: Integers, starts: Counts, ups: Integers, taken: int) -> tuple[Integers, Integers]:
    """Return the step above each step, -1 at a top, and the place of each step: what hangs below follows at once."""
    nodes = len(order)
    rank, above, below = np.empty(nodes, np.int32), np.full(nodes, -1, np.int32), np.ones(nodes, np.int32)
    for step in range(nodes):
        rank[order[step]] = step
    for step in range(taken):
        lowest = nodes
        for at in range(starts[step], starts[step + 1]):
            lowest = min(lowest, rank[ups[at]])
        if lowest < nodes:
            above[step] = lowest
            below[lowest] += below[step]
    place, following, top = np.empty(nodes, np.int32), np.empty(nodes, np.int32), nodes - taken
    for step in range(nodes - 1, -1, -1):
        parent = above[step]
        if step >= taken:
            # The core stands together before all that hangs on it.
            place[step], following[step], top = nodes - 1 - step, top, top + below[step] - 1
            continue
        if parent < 0:
            place[step], top = top, top + below[step]
        else:
            place[step] = following[parent]
            following[parent] += below[step]
        following[step] = place[step] + 1
    return above, place


@compiled
def numbered(
    order: Integers, starts: Counts, ups: Integers, taken: int
) -> tuple[Integers, Integers, Counts, Integers]:
    """Return the place of each node, the place above each place, and the higher places of each (start, places).

    The place above is the nearest of the higher ones, -1 at a top and in the core; all others are above that one
    too.
    """
    nodes = len(order)
    above, place = _tree(order, starts, ups, taken)
    position, parents = np.empty(nodes, np.int32), np.empty(nodes, np.int32)
    size = np.zeros(nodes + 1, np.int64)
    for step in range(nodes):
        position[order[step]] = place[step]
        parents[place[step]] = place[above[step]] if above[step] >= 0 else -1
        size[place[step] + 1] = starts[step + 1] - starts[step]
    start, head = np.cumsum(size), np.empty(len(ups), np.int32)
    for step in range(nodes):
        here = start[place[step]]
        for at in range(starts[step], starts[step + 1]):
            head[here] = position[ups[at]]
            here += 1
        head[start[place[step]] : here].sort()
    return position, parents, start, head


@compiled
def arc_of(start: Counts, head: Integers | NDArray[np.uint32], place: int, higher: int) -> int:
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
    places: tuple[Integers, int],
    roads: tuple[Integers, Integers, Floats],
) -> tuple[Floats, Floats, Integers, Integers]:
    """Return the least minutes up and down each arc by lower places, and the lower place each leads through.

    `places` are the place of each node, and how many of the first are a core, whose ways are left to a search;
    `roads` are the arcs of the network as a sparse matrix. The lower place is -1 where the arc is a road itself.
    """
    up, down = np.full(len(head), np.inf), np.full(len(head), np.inf)
    by_up, by_down = np.full(len(head), -1, np.int32), np.full(len(head), -1, np.int32)
    (position, core), (indptr, indices, minutes) = places, roads
    for node in range(len(position)):
        here = position[node]
        for at in range(indptr[node], indptr[node + 1]):
            there = position[indices[at]]
            if there < here:
                up[arc_of(start, head, here, there)] = minutes[at]
            else:
                down[arc_of(start, head, there, here)] = minutes[at]
    for here in range(len(position) - 1, core - 1, -1):
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
