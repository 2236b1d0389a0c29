"""Compiled search among choices of p candidates: greedy start, fast interchange, kicks.

`extra` [slot, candidate] is what a swap saves beyond the gain of the new and the loss of the old one.

References
----------
Resende, M. G. C., Werneck, R. F. (2007) A fast swap-based local search procedure for location problems. Annals of
Operations Research 150, 205–230.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gisplan.siting.solver.kernels_lists import Counts, Floats, Integers, Lists, compiled, mixed

Served = tuple[Floats, Floats, Integers, Integers]
"""Minutes to the nearest and to the second open candidate of each demand, and their slots (p: none)."""

Swaps = tuple[Floats, Floats, Floats]
"""What a candidate gains [j], what a slot loses [r], and what both together save [r, j]."""

Question = tuple[Lists, Lists, Floats, Floats]
"""Lists by demand, lists by candidate, weight and `beyond` of the demands."""

Held = tuple[Integers, Integers, Floats, Floats, Integers, Integers, Floats, Floats, Floats]
"""All that a search changes: the chosen, their slots, who serves whom, and the swaps."""

TINY = 1e-11
"""Savings below this share of the whole are rounding."""


@compiled
def greedy(columns: Lists, weight: Floats, beyond: Floats, p: int) -> Integers:
    """Return p candidates, each the one that saves most when it is added; of equals the first."""
    start, demand, minutes = columns
    candidates = len(start) - 1
    now, saved = beyond.copy(), np.full(candidates, np.inf)
    fresh, chosen = np.full(candidates, -1), np.empty(p, np.int32)
    for round_ in range(p):
        while True:
            best = np.argmax(saved)
            if fresh[best] == round_:
                break
            total = 0.0
            for entry in range(start[best], start[best + 1]):
                total += weight[demand[entry]] * max(0.0, now[demand[entry]] - minutes[entry])
            saved[best], fresh[best] = total, round_
        chosen[round_] = best
        saved[best] = -1.0
        for entry in range(start[best], start[best + 1]):
            now[demand[entry]] = min(now[demand[entry]], minutes[entry])
    return chosen


@compiled
def second_after(rows: Lists, row: int, slot: Integers, past: int, skip: int) -> int:
    """Return the first open entry of a row, but not that of slot `skip`; `past` its end if there is none."""
    start, candidate, _ = rows
    for entry in range(start[row], past):
        here = slot[candidate[entry]]
        if here >= 0 and here != skip:
            return entry
    return past


@compiled
def seat(rows: Lists, beyond: Floats, slot: Integers, row: int, served: Served, none: int) -> None:
    """Set the nearest and the second open candidate of one demand, in place."""
    start, candidate, minutes = rows
    one, two, own, next_ = served
    past = start[row + 1]
    first = second_after(rows, row, slot, past, -5)
    if first == past:
        one[row], two[row], own[row], next_[row] = beyond[row], beyond[row], none, none
        return
    one[row], own[row] = minutes[first], slot[candidate[first]]
    entry = first + 1
    while entry < past and slot[candidate[entry]] < 0:
        entry += 1
    if entry < past:
        two[row], next_[row] = minutes[entry], slot[candidate[entry]]
    else:
        two[row], next_[row] = beyond[row], none


@compiled
def counted(rows: Lists, weight: Floats, row: int, served: Served, swaps: Swaps, sign: float) -> None:
    """Add what one demand says about every swap, or take it away (`sign` -1)."""
    start, candidate, minutes = rows
    one, two, own = served[0][row], served[1][row], served[2][row]
    gain, loss, extra = swaps
    factor = sign * weight[row]
    if own >= len(loss):
        for entry in range(start[row], start[row + 1]):
            gain[candidate[entry]] += factor * (one - minutes[entry])
        return
    loss[own] += factor * (two - one)
    for entry in range(start[row], start[row + 1]):
        length = minutes[entry]
        if length >= two:
            break
        here = candidate[entry]
        if length < one:
            gain[here] += factor * (one - length)
            extra[own, here] += factor * (two - one)
        else:
            extra[own, here] += factor * (two - length)


@compiled
def opened(
    rows: Lists, weight: Floats, beyond: Floats, chosen: Integers, candidates: int
) -> tuple[Integers, Served, Swaps]:
    """Return slot by candidate (-1: closed), who serves whom, and what every swap saves."""
    p, demands = len(chosen), len(weight)
    slot = np.full(candidates, -1, np.int32)
    for here in range(p):
        slot[chosen[here]] = here
    served = (np.empty(demands), np.empty(demands), np.empty(demands, np.int32), np.empty(demands, np.int32))
    swaps = (np.zeros(candidates), np.zeros(p), np.zeros((p, candidates)))
    for row in range(demands):
        seat(rows, beyond, slot, row, served, p)
        counted(rows, weight, row, served, swaps, 1.0)
    return slot, served, swaps


@compiled
def best_swap(slot: Integers, swaps: Swaps) -> tuple[float, int, int]:
    """Return what the best swap saves, the slot that is left and the candidate that comes; of equals the first."""
    gain, loss, extra = swaps
    most, left, comes = -np.inf, -1, -1
    for here in range(len(loss)):
        for candidate in range(len(gain)):
            saved = gain[candidate] - loss[here] + extra[here, candidate]
            if saved > most and slot[candidate] < 0:
                most, left, comes = saved, here, candidate
    return most, left, comes


@compiled
def swapped(question: Question, now: Held, left: int, comes: int, touched: Counts) -> None:
    """Put one candidate in the slot of another, in place. `touched` is room for the demands that notice."""
    rows, columns, weight, beyond = question
    chosen, slot, served, swaps = now[0], now[1], (now[2], now[3], now[4], now[5]), (now[6], now[7], now[8])
    start, demand, minutes = columns
    _, two, own, next_ = served
    count = 0
    goes = chosen[left]
    for entry in range(start[goes], start[goes + 1]):
        row = demand[entry]
        if own[row] == left or next_[row] == left:
            touched[count] = row
            count += 1
    for entry in range(start[comes], start[comes + 1]):
        row = demand[entry]
        if minutes[entry] < two[row] and own[row] != left and next_[row] != left:
            touched[count] = row
            count += 1
    for place in range(count):
        counted(rows, weight, touched[place], served, swaps, -1.0)
    slot[goes], slot[comes], chosen[left] = -1, left, comes
    for place in range(count):
        seat(rows, beyond, slot, touched[place], served, len(chosen))
        counted(rows, weight, touched[place], served, swaps, 1.0)


@compiled
def cost_of(weight: Floats, served: Served) -> float:
    """Return the weighted minutes to the nearest open candidates."""
    total = 0.0
    for row in range(len(weight)):
        total += weight[row] * served[0][row]
    return total


@compiled
def descended(question: Question, now: Held, touched: Counts, most: int) -> int:
    """Make the best swap as long as one saves, at most `most`; return how many, in place."""
    served, swaps = (now[2], now[3], now[4], now[5]), (now[6], now[7], now[8])
    count, least = 0, TINY * cost_of(question[2], served)
    while count < most:
        saved, left, comes = best_swap(now[1], swaps)
        if saved <= least:
            break
        swapped(question, now, left, comes, touched)
        count += 1
    return count


@compiled
def drawn(state: NDArray[np.uint64], below: int) -> int:
    """Return the next number of a fixed series, from 0 to below `below`."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    return int(np.int64((mixed(state[0]) >> np.uint64(33)) % np.uint64(below)))


@compiled
def kick(rows: Lists, slot: Integers, served: Served, state: NDArray[np.uint64]) -> tuple[int, int]:
    """Return a slot and a closed candidate near a demand drawn by lot, or -1 where there is none."""
    start, candidate, minutes = rows
    row = drawn(state, len(start) - 1)
    near = start[row]
    while near < start[row + 1] and minutes[near] < served[1][row]:
        near += 1
    if near == start[row]:
        return -1, -1
    comes = int(candidate[start[row] + drawn(state, near - start[row])])
    left = int(served[2][row] if drawn(state, 2) == 0 else served[3][row])
    slots = 0
    for here in range(len(slot)):
        slots = max(slots, slot[here] + 1)
    if left >= slots or drawn(state, 4) == 0:
        left = drawn(state, slots)
    return (-1, -1) if slot[comes] >= 0 else (left, comes)


@compiled
def copied(source: Held, target: Held) -> None:
    """Write one state of the search over another."""
    target[0][:] = source[0]
    target[1][:] = source[1]
    target[2][:] = source[2]
    target[3][:] = source[3]
    target[4][:] = source[4]
    target[5][:] = source[5]
    target[6][:] = source[6]
    target[7][:] = source[7]
    target[8][:] = source[8]


@compiled
def kicked(
    question: Question, now: Held, state: NDArray[np.uint64], kicks: int, touched: Counts
) -> tuple[float, int]:
    """Better a choice by kicks that are kept where they save; in place. Return its cost and how many saved."""
    rows, _, weight, _ = question
    served = (now[2], now[3], now[4], now[5])
    cost, better = cost_of(weight, served), 0
    old = (now[0].copy(), now[1].copy(), now[2].copy(), now[3].copy(), now[4].copy(), now[5].copy(),
           now[6].copy(), now[7].copy(), now[8].copy())  # fmt: skip
    for _ in range(kicks):
        for _ in range(1 + drawn(state, 3)):
            left, comes = kick(rows, now[1], served, state)
            if left >= 0:
                swapped(question, now, left, comes, touched)
        descended(question, now, touched, 10 * len(now[0]))
        new = cost_of(weight, served)
        if new < cost * (1.0 - TINY):
            cost, better = new, better + 1
            copied(now, old)
        else:
            copied(old, now)
    return cost, better
