"""Compiled loops that carry minutes up and down an ordered network (see `kernels_hierarchy`).

Every shortest way first climbs, then descends. Ancestors stand before what hangs below them, so one pass from
the last place to the first carries labels up, and one pass back carries them down to everywhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gisplan.core.compiled import compiler
from gisplan.network.kernels_hierarchy import arc_of

compiled = compiler(Path(__file__).parent, "kernels_*.py")

LANES = 16
"""Sources that one pass carries together."""

Integers = NDArray[np.int32]
Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Indices = NDArray[np.uint32]
Arcs = tuple[Counts, Indices, Floats]
"""First arc of each place, the higher place of each arc, and its minutes."""

Core = tuple[Indices, Indices, Floats]
"""First arc of each place of a core, where each arc leads, and its minutes."""


@compiled
def carried_up(up: Arcs, label: Floats, which: Integers) -> None:
    """Carry the labels of some places to all above them, in place: the least minutes, and from which source.

    Among equals it is the source of the lowest number. Places without a label are infinite, with a number greater
    than that of any source.
    """
    start, head, minutes = up
    for here in range(len(label) - 1, -1, -1):
        if label[here] < np.inf:
            for arc in range(start[here], start[here + 1]):
                there, total = head[arc], label[here] + minutes[arc]
                if total < label[there] or (total == label[there] and which[here] < which[there]):
                    label[there], which[there] = total, which[here]


@compiled
def carried_down(down: Arcs, label: Floats, which: Integers) -> None:
    """Carry the labels of all places to those below them, in place."""
    start, head, minutes = down
    for here in range(len(label)):
        least, source = label[here], which[here]
        for arc in range(start[here], start[here + 1]):
            there = head[arc]
            total, other = label[there] + minutes[arc], which[there]
            # Chosen without a branch: which way it goes cannot be foreseen, and a wrong guess costs more than both.
            better = (total < least) | ((total == least) & (other < source))
            least, source = (total, other) if better else (least, source)
        label[here], which[here] = least, source


@compiled
def lowest(up: Arcs, down: Arcs, label: Floats, place: Integers) -> Floats:
    """Carry the labels of some places to all, and return the least minutes of each node."""
    start, head, minutes = up
    for here in range(len(label) - 1, -1, -1):
        if label[here] < np.inf:
            for arc in range(start[here], start[here + 1]):
                label[head[arc]] = min(label[head[arc]], label[here] + minutes[arc])
    start, head, minutes = down
    for here in range(len(label)):
        least = label[here]
        for arc in range(start[here], start[here + 1]):
            least = min(least, label[head[arc]] + minutes[arc])
        label[here] = least
    found = np.empty(len(place))
    for node in range(len(place)):
        found[node] = label[place[node]]
    return found


@compiled
def searched(core: Core, label: Floats, which: Integers, width: tuple[float, int], room: int) -> bool:
    """Carry the labels of some places to all along the arcs of a core, in place, by a queue of buckets.

    A bucket holds the labels of one stretch of time; one improved after its turn in the same stretch has another.
    `width` is buckets a minute, and how many there are: a power of two, more than lie between two labels that wait.
    Return False where more wait than there is `room` for: what is found by then is right to go on from.
    """
    start, head, minutes = core
    pace, mask = width[0], width[1] - 1
    first, node, after = np.full(width[1], -1, np.int32), np.empty(room, np.uint32), np.empty(room, np.int32)
    used, free, waiting, bucket = 0, -1, 0, 0
    for here in range(len(start) - 1):
        if label[here] < np.inf:
            at = int(label[here] * pace) & mask
            node[used], after[used], first[at] = here, first[at], used
            used, waiting = used + 1, waiting + 1
    while waiting > 0:
        slot = first[bucket & mask]
        if slot < 0:
            bucket += 1
            continue
        here, first[bucket & mask] = node[slot], after[slot]
        after[slot], free, waiting = free, slot, waiting - 1
        begun, source = label[here], which[here]
        if int(begun * pace) != bucket:
            continue
        for arc in range(start[here], start[here + 1]):
            there, total = head[arc], begun + minutes[arc]
            if total < label[there] or (total == label[there] and source < which[there]):
                label[there], which[there] = total, source
                if free >= 0:
                    slot, free = free, after[free]
                elif used == room:
                    return False
                else:
                    slot, used = used, used + 1
                at = int(total * pace) & mask
                node[slot], after[slot], first[at] = there, first[at], slot
                waiting += 1
    return True


@compiled
def _put(label: Floats, which: Integers, total: float, source: int) -> None:
    """Put a source among the nearest of one place: by minutes, then by number, each source once."""
    last = len(label) - 1
    if total > label[last] or (total == label[last] and source >= which[last]):
        return
    at = 0
    while label[at] < total or (label[at] == total and which[at] < source):
        if which[at] == source:
            return
        at += 1
    end = at
    while end < last and which[end] != source:
        end += 1
    for slot in range(end, at, -1):
        label[slot], which[slot] = label[slot - 1], which[slot - 1]
    label[at], which[at] = total, source


@compiled
def spread_several(up: Arcs, down: Arcs, label: Floats, which: Integers) -> None:
    """Carry the nearest k sources of each place [n, k] to all places, in place.

    Free slots are infinite, with a number greater than that of any source.
    """
    for upward in (True, False):
        start, head, minutes = up if upward else down
        nodes, count = label.shape
        for step in range(nodes):
            here = nodes - 1 - step if upward else step
            for arc in range(start[here], start[here + 1]):
                source, target = (here, head[arc]) if upward else (head[arc], here)
                for slot in range(count):
                    total = label[source, slot] + minutes[arc]
                    if not total <= label[target, count - 1] or total == np.inf:
                        break
                    _put(label[target], which[target], total, which[source, slot])


@compiled
def _lowered(label: Floats, there: int, here: int, minutes: float) -> None:
    """Lower the labels of one place to those of another and the minutes between."""
    for lane in range(LANES):
        label[there, lane] = min(label[there, lane], label[here, lane] + minutes)


@compiled
def _least(row: Floats) -> float:
    """Return the least label of a place."""
    least = np.inf
    for lane in range(LANES):
        least = min(least, row[lane])
    return least


@compiled
def spread_lanes(up: Arcs, down: Arcs, label: Floats, alive: NDArray[np.bool_], limit: float) -> None:
    """Carry the minutes from LANES sources at once [n, LANES] to all places within a limit, in place.

    `alive` says which rows hold a label within the limit; what lies beyond it need not be right.
    """
    start, head, minutes = up
    for here in range(len(alive) - 1, -1, -1):
        if alive[here]:
            for arc in range(start[here], start[here + 1]):
                _lowered(label, head[arc], here, minutes[arc])
                alive[head[arc]] = True
            alive[here] = _least(label[here]) <= limit
    start, head, minutes = down
    for here in range(len(alive)):
        fresh = False
        for arc in range(start[here], start[here + 1]):
            if alive[head[arc]]:
                _lowered(label, here, head[arc], minutes[arc])
                fresh = True
        if fresh:
            alive[here] = _least(label[here]) <= limit


@compiled
def within(up: Arcs, down: Arcs, sources: Counts, legs: Floats, limit: float, weight: Floats) -> Floats:
    """Return the weight of all places within a limit of each source, its own minutes `legs` included."""
    nodes = len(weight)
    label, alive = np.empty((nodes, LANES)), np.zeros(nodes, np.bool_)
    total = np.zeros(len(sources))
    label[:] = np.inf
    for begin in range(0, len(sources), LANES):
        end = min(begin + LANES, len(sources))
        for number in range(begin, end):
            label[sources[number], number - begin] = legs[number]
            alive[sources[number]] = True
        spread_lanes(up, down, label, alive, limit)
        for here in range(nodes):
            if alive[here]:
                for number in range(begin, end):
                    if label[here, number - begin] <= limit:
                        total[number] += weight[here]
            alive[here] = False
            for lane in range(LANES):
                label[here, lane] = np.inf
    return total


@compiled
def between(up: Arcs, down: Arcs, sources: Counts, legs: Floats, targets: Counts, table: Floats) -> None:
    """Write the minutes from each source to each target [s, t], the sources' own minutes `legs` included."""
    nodes = len(up[0]) - 1
    label, alive = np.empty((nodes, LANES)), np.zeros(nodes, np.bool_)
    for begin in range(0, len(sources), LANES):
        end = min(begin + LANES, len(sources))
        label[:] = np.inf
        alive[:] = False
        for number in range(begin, end):
            label[sources[number], number - begin] = legs[number]
            alive[sources[number]] = True
        spread_lanes(up, down, label, alive, np.inf)
        for column in range(len(targets)):
            for number in range(begin, end):
                table[number, column] = label[targets[column], number - begin]


@compiled
def closure(above: Integers, places: Counts) -> tuple[Counts, Counts]:
    """Return some places and all above them in order, and the number of each place among them (-1: not)."""
    number, count = np.full(len(above), -1, np.int64), 0
    for place in places:
        here = place
        while here >= 0 and number[here] < 0:
            number[here] = 0
            count += 1
            here = above[here]
    found, at = np.empty(count, np.int64), 0
    for here in range(len(above)):
        if number[here] == 0:
            found[at], number[here] = here, at
            at += 1
    return found, number


@compiled
def restricted(arcs: Arcs, kept: Counts, number: Counts) -> Arcs:
    """Return the arcs of some places that hold all above them, numbered among themselves."""
    start, head, minutes = arcs
    first = np.zeros(len(kept) + 1, np.int64)
    for at in range(len(kept)):
        first[at + 1] = first[at] + start[kept[at] + 1] - start[kept[at]]
    heads, times = np.empty(first[-1], np.uint32), np.empty(first[-1])
    for at in range(len(kept)):
        begin = start[kept[at]]
        for step in range(first[at + 1] - first[at]):
            heads[first[at] + step] = number[head[begin + step]]
            times[first[at] + step] = minutes[begin + step]
    return first, heads, times


@compiled
def _climbed(above: Integers, arcs: Arcs, place: int, label: Floats, before: Integers) -> None:
    """Write the least minutes to every place above one, and the place before each on the way."""
    start, head, minutes = arcs
    here = place
    while here >= 0:
        label[here], before[here] = np.inf, -1
        here = above[here]
    label[place], here = 0.0, place
    while here >= 0:
        for arc in range(start[here], start[here + 1]):
            if label[here] + minutes[arc] < label[head[arc]]:
                label[head[arc]], before[head[arc]] = label[here] + minutes[arc], here
        here = above[here]


@compiled
def _meeting(above: Integers, label: Floats, one: int, two: int) -> int:
    """Return the common ancestor where the ways up from two places meet best, -1 where they never do."""
    while one != two and one >= 0 and two >= 0:
        # Ancestors have lower numbers, so the greater of two is none of the other.
        if one > two:
            one = above[one]
        else:
            two = above[two]
    best, least = -1, np.inf
    here = one if one == two else -1
    while here >= 0:
        if label[0, here] + label[1, here] < least:
            best, least = here, label[0, here] + label[1, here]
        here = above[here]
    return best


@compiled
def _whole(number: Any) -> int:
    """Return a number as a signed one of 64 bits: a list holds one kind only."""
    return np.int64(number)  # type: ignore[return-value] # plain Python knows one int only


@compiled
def _climbs(before: Integers, ends: tuple[int, int], top: int) -> list[tuple[int, int]]:
    """Return the arcs of the way up from one place to a top and down to the other, the last first."""
    down, tail = [(_whole(top), _whole(top))], _whole(top)
    while tail != ends[1]:
        down.append((tail, _whole(before[1, tail])))
        tail = _whole(before[1, tail])
    way, tip = down[:0:-1], _whole(top)
    while tip != ends[0]:
        way.append((_whole(before[0, tip]), tip))
        tip = _whole(before[0, tip])
    return way


@compiled
def route(
    above: Integers,
    ways: tuple[Arcs, Arcs],
    through: tuple[Integers, Integers],
    ends: tuple[int, int],
    work: tuple[Floats, Integers],
) -> tuple[float, Counts]:
    """Return the minutes from one place to another and the places on the way, none where there is no way.

    `work` is room for two labels and two places before of each place; it may hold anything.
    """
    label, before = work
    for side in range(2):
        _climbed(above, ways[side], ends[side], label[side], before[side])
    top = _meeting(above, label, ends[0], ends[1])
    found = [_whole(ends[0])]
    if top < 0:
        return np.inf, np.array(found)[:0]
    stack = _climbs(before, ends, top)
    while stack:
        tail, tip = stack.pop()
        side = 0 if tip < tail else 1
        middle = _whole(through[side][arc_of(ways[side][0], ways[side][1], max(tail, tip), min(tail, tip))])
        if middle < 0:
            found.append(tip)
        else:
            stack.append((middle, tip))
            stack.append((tail, middle))
    return label[0, top] + label[1, top], np.array(found)
