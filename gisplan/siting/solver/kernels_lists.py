"""Compiled loops over the lists of a location problem: who reaches whom, by demand and by candidate.

The entries of a demand ascend by minutes. What lies at or behind its `beyond` is of no use to it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gisplan.core.compiled import compiler

compiled = compiler(Path(__file__).parent, "kernels_*.py")

OUT, IN = -1, -2
"""Instead of the new number of a candidate: it is never chosen, it is chosen already."""

Integers = NDArray[np.int32]
Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Marks = NDArray[np.uint64]
Lists = tuple[Counts, Integers, Floats]
"""First entry of each row, and of each entry the other side and the minutes."""


@compiled
def turned(lists: Lists, others: int) -> Lists:
    """Return the same entries from the other side, each row ascending by number."""
    start, other, minutes = lists
    first = np.zeros(others + 1, np.int64)
    for entry in range(len(other)):
        first[other[entry] + 1] += 1
    for row in range(others):
        first[row + 1] += first[row]
    free = first[:-1].copy()
    back, length = np.empty(len(other), np.int32), np.empty(len(other), np.float64)
    for row in range(len(start) - 1):
        for entry in range(start[row], start[row + 1]):
            place = free[other[entry]]
            back[place], length[place] = row, minutes[entry]
            free[other[entry]] += 1
    return first, back, length


@compiled
def sizes(lists: Lists, beyond: Floats, number: Integers, most: int) -> tuple[Counts, Floats]:
    """Return how many entries of each row stay, and its new `beyond`.

    A row ends at a candidate that is chosen already. At most `most` entries stay; then the row ends at the next,
    which makes every choice as cheap or cheaper.
    """
    start, candidate, minutes = lists
    count, end = np.zeros(len(beyond), np.int64), beyond.copy()
    for row in range(len(beyond)):
        kept = 0
        for entry in range(start[row], start[row + 1]):
            if minutes[entry] >= beyond[row]:
                break
            new = number[candidate[entry]]
            if new == IN or (new >= 0 and kept == most):
                end[row] = minutes[entry]
                break
            if new >= 0:
                kept += 1
        count[row] = kept
    return count, end


@compiled
def kept_entries(lists: Lists, number: Integers, rows: Counts, first: Counts) -> tuple[Integers, Floats]:
    """Return the entries of some rows under the new numbers of their candidates."""
    start, candidate, minutes = lists
    new_candidate, new_minutes = np.empty(first[-1], np.int32), np.empty(first[-1], np.float64)
    for new_row in range(len(rows)):
        place, entry = first[new_row], start[rows[new_row]]
        while place < first[new_row + 1]:
            new = number[candidate[entry]]
            if new >= 0:
                new_candidate[place], new_minutes[place] = new, minutes[entry]
                place += 1
            entry += 1
    return new_candidate, new_minutes


@compiled
def nearest(lists: Lists, beyond: Floats, chosen: NDArray[np.bool_]) -> Floats:
    """Return the minutes from each demand to the nearest chosen candidate, or its `beyond`."""
    start, candidate, minutes = lists
    least = beyond.copy()
    for row in range(len(beyond)):
        for entry in range(start[row], start[row + 1]):
            if chosen[candidate[entry]]:
                least[row] = min(minutes[entry], beyond[row])
                break
    return least


@compiled
def mixed(value: np.uint64) -> np.uint64:
    """Return scattered bits of a number (the last step of splitmix64)."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@compiled
def mark(
    lists: Lists, bits: tuple[Marks, Marks], some: tuple[int, int], by_row: Marks, by_other: Marks
) -> None:
    """Mark some rows, and the others by what is in these rows, in place: equal lists get equal marks.

    `bits` are those of the minutes and of `beyond`, `some` the first row and the one after the last.
    """
    lengths, ends = bits
    start, other, _ = lists
    for row in range(some[0], some[1]):
        total = mixed(ends[row] ^ np.uint64(0x9E3779B97F4A7C15))
        own = mixed(np.uint64(row) + np.uint64(0x632BE59BD9B4E019))
        for entry in range(start[row], start[row + 1]):
            length = mixed(lengths[entry] + np.uint64(1))
            total += mixed(length ^ mixed(np.uint64(other[entry]) + np.uint64(0xD1B54A32D192ED03)))
            by_other[other[entry]] += mixed(length ^ own)
        by_row[row] = total


@compiled
def same_rows(lists: Lists, beyond: Floats, order: Counts, mark: NDArray[np.uint64]) -> Counts:
    """Return for each row the first that is quite the same; `order` puts rows of one mark side by side."""
    start, other, minutes = lists
    leader = np.arange(len(beyond))
    for place in range(1, len(order)):
        here, there = order[place], leader[order[place - 1]]
        size = start[here + 1] - start[here]
        same = mark[here] == mark[there] and beyond[here] == beyond[there]
        same = same and size == start[there + 1] - start[there]
        step = 0
        while same and step < size:
            one, two = start[here] + step, start[there] + step
            same = other[one] == other[two] and minutes[one] == minutes[two]
            step += 1
        if same:
            leader[here] = there
    return leader


@compiled
def same_columns(lists: Lists, leader: Integers) -> Counts:
    """Return how many entries of each candidate stand beside one of its leader with the same minutes."""
    start, candidate, minutes = lists
    count = np.zeros(len(leader), np.int64)
    for row in range(len(start) - 1):
        for entry in range(start[row], start[row + 1]):
            first, before = leader[candidate[entry]], entry
            while before >= start[row] and minutes[before] == minutes[entry]:
                if candidate[before] == first:
                    count[candidate[entry]] += 1
                    break
                before -= 1
    return count


@compiled
def whole_numbers(minutes: Floats) -> bool:
    """Return whether all are whole."""
    for each in minutes:  # noqa: SIM110 - a generator is not compiled
        if each != np.floor(each):
            return False
    return True
