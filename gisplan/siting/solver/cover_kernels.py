"""Compiled loops of the covering problems: reductions, ascent of the bound, and a search that weighs what is hard.

Rows are sets of which one member must be chosen, columns the candidates; both directions are compressed.

References
----------
Caprara, Fischetti, Toth (1999), A heuristic method for the set covering problem, Operations Research 47(5).
Gao, Weise, Li (2015), An efficient local search heuristic with row weighting for the unicost set covering problem,
European Journal of Operational Research 246(3).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gisplan.core.compiled import compiler

TURN = 0.25
"""How much of a step is the new slope, the rest being the direction so far."""

PATIENCE = 15.0
"""After so many rounds without a better bound the steps become shorter."""

SHORTER = 0.7

compiled = compiler(Path(__file__).parent, "cover_kernels.py")

Counts = NDArray[np.int64]
Indices = NDArray[np.int32]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Words = NDArray[np.uint64]


@compiled
def bits_of(start: Counts, column: Indices, words: int) -> Words:
    """Return the members of each row as bits."""
    bits = np.zeros((len(start) - 1, words), np.uint64)
    for row in range(len(start) - 1):
        for at in range(start[row], start[row + 1]):
            bits[row, column[at] >> 6] |= np.uint64(1) << np.uint64(column[at] & 63)
    return bits


@compiled
def thin_rows(
    start: Counts, column: Indices, up: Counts, row_of: Indices, bits: Words, order: Counts, alive: Flags
) -> None:
    """Drop rows that hold all members of another, in whose place that one stands; `order` is by size."""
    for at in range(len(order)):
        row = order[at]
        if not alive[row]:
            continue
        size = start[row + 1] - start[row]
        rare = column[start[row]]
        for k in range(start[row] + 1, start[row + 1]):
            if up[column[k] + 1] - up[column[k]] < up[rare + 1] - up[rare]:
                rare = column[k]
        for k in range(up[rare], up[rare + 1]):
            other = row_of[k]
            more = start[other + 1] - start[other] - size
            if not alive[other] or more < 0 or (more == 0 and other <= row):
                continue
            holds = True
            for m in range(start[row], start[row + 1]):
                one = column[m]
                if not (bits[other, one >> 6] >> np.uint64(one & 63)) & np.uint64(1):
                    holds = False
                    break
            if holds:
                alive[other] = False


@compiled
def thin_columns(
    start: Counts,
    column: Indices,
    up: Counts,
    row_of: Indices,
    bits: Words,
    cost: Floats,
    order: Counts,
    alive: Flags,
) -> None:
    """Drop columns all of whose rows another covers that costs no more; `order` is by size."""
    for at in range(len(order)):
        one = order[at]
        size = up[one + 1] - up[one]
        if size == 0:
            alive[one] = False
            continue
        rare = row_of[up[one]]
        for k in range(up[one] + 1, up[one + 1]):
            if start[row_of[k] + 1] - start[row_of[k]] < start[rare + 1] - start[rare]:
                rare = row_of[k]
        for k in range(start[rare], start[rare + 1]):
            other = column[k]
            more = up[other + 1] - up[other] - size
            if other == one or not alive[other] or more < 0 or cost[other] > cost[one]:
                continue
            if more == 0 and cost[other] == cost[one] and other > one:
                continue
            holds = True
            for m in range(up[one], up[one + 1]):
                if not (bits[row_of[m], other >> 6] >> np.uint64(other & 63)) & np.uint64(1):
                    holds = False
                    break
            if holds:
                alive[one] = False
                break


@compiled
def ascend(
    up: Counts, row_of: Indices, cost: Floats, price: Floats, state: Floats, best: Floats, rounds: int
) -> None:
    """Raise the Lagrangian bound of a cover by some rounds of subgradient steps.

    `price` are the prices of the rows now, `best` those of the highest bound. `state` keeps that bound, the step
    length, how many rounds did not raise it, and the cost that is aimed at.
    """
    columns, rows = len(up) - 1, len(price)
    slope, direction = np.empty(rows), np.zeros(rows)
    for _ in range(rounds):
        slope[:] = 1.0
        bound = 0.0
        for row in range(rows):
            bound += price[row]
        for one in range(columns):
            left = cost[one]
            for k in range(up[one], up[one + 1]):
                left -= price[row_of[k]]
            if left < 0.0:
                bound += left
                for k in range(up[one], up[one + 1]):
                    slope[row_of[k]] -= 1.0
        if bound > state[0]:
            if bound > state[0] + 1e-4 * abs(state[0]):
                state[2] = 0.0
            state[0] = bound
            best[:] = price
        state[2] += 1.0
        if state[2] > PATIENCE:
            state[1] *= SHORTER
            state[2] = 0.0
            price[:] = best
            direction[:] = 0.0
        norm = 0.0
        for row in range(rows):
            direction[row] = TURN * slope[row] + (1.0 - TURN) * direction[row]
            slope[row] = direction[row]
            if price[row] == 0.0 and slope[row] < 0.0:
                slope[row] = 0.0
            norm += slope[row] * slope[row]
        if norm == 0.0:
            return
        step = state[1] * max(state[3] - bound, 1e-3 * abs(state[3])) / norm
        for row in range(rows):
            price[row] = max(price[row] + step * slope[row], 0.0)


@compiled
def flip(
    one: int,
    start: Counts,
    column: Indices,
    up: Counts,
    row_of: Indices,
    chosen: Flags,
    count: Indices,
    weight: Floats,
    score: Floats,
) -> None:
    """Choose a column or leave it, and keep the scores: what a column would win, or with a minus what it would lose."""
    sign = -1 if chosen[one] else 1
    chosen[one] = not chosen[one]
    score[one] = -score[one]
    for k in range(up[one], up[one + 1]):
        row = row_of[k]
        before = count[row]
        count[row] = before + sign
        if sign == 1 and before == 0:
            for m in range(start[row], start[row + 1]):
                if column[m] != one:
                    score[column[m]] -= weight[row]
        elif sign == -1 and before == 1:
            for m in range(start[row], start[row + 1]):
                if column[m] != one:
                    score[column[m]] += weight[row]
        elif (sign == 1 and before == 1) or (sign == -1 and before == 2):
            for m in range(start[row], start[row + 1]):
                other = column[m]
                if other != one and chosen[other]:
                    score[other] += sign * weight[row]
                    break


@compiled
def search(
    start: Counts,
    column: Indices,
    up: Counts,
    row_of: Indices,
    cost: Floats,
    chosen: Flags,
    count: Indices,
    weight: Floats,
    score: Floats,
    age: Counts,
    best: Flags,
    state: Floats,
    rounds: int,
) -> None:
    """Look for cheaper covers: leave a column, take one of an open row, and weigh the rows that stay open.

    `state` keeps the cost of `best`, the cost that is enough, the clock of ages and the random number.
    """
    columns, rows = len(cost), len(count)
    open_rows = np.empty(rows, np.int64)
    place = np.full(rows, -1, np.int64)
    opened = 0
    total = 0.0
    for one in range(columns):
        if chosen[one]:
            total += cost[one]
    for row in range(rows):
        if count[row] == 0:
            open_rows[opened] = row
            place[row] = opened
            opened += 1
    last = -1
    for _ in range(rounds):
        while True:
            if opened == 0 and total < state[0] - 1e-9:
                state[0] = total
                best[:] = chosen
                if total <= state[1] + 1e-9:
                    return
            out = -1
            for one in range(columns):
                if chosen[one] and one != last:
                    if out < 0:
                        out = one
                    else:
                        gap = score[one] * cost[out] - score[out] * cost[one]
                        if gap > 0.0 or (gap == 0.0 and age[one] < age[out]):
                            out = one
            if out < 0:
                return
            full = opened == 0
            flip(out, start, column, up, row_of, chosen, count, weight, score)
            total -= cost[out]
            age[out] = np.int64(state[2])
            for k in range(up[out], up[out + 1]):
                row = row_of[k]
                if count[row] == 0 and place[row] < 0:
                    open_rows[opened] = row
                    place[row] = opened
                    opened += 1
            if not full:
                break
        if opened == 0:
            continue
        state[2] += 1.0
        state[3] = (state[3] * 16807.0) % 2147483647.0
        row = open_rows[np.int64(state[3] / 2147483647.0 * opened)]
        add = -1
        for k in range(start[row], start[row + 1]):
            one = column[k]
            if one == out:
                continue
            if add < 0:
                add = one
            else:
                gap = score[one] * cost[add] - score[add] * cost[one]
                if gap > 0.0 or (gap == 0.0 and age[one] < age[add]):
                    add = one
        if add >= 0 and total + cost[add] < state[0] - 1e-9:
            flip(add, start, column, up, row_of, chosen, count, weight, score)
            total += cost[add]
            age[add] = np.int64(state[2])
            last = add
            for k in range(up[add], up[add + 1]):
                row = row_of[k]
                if place[row] >= 0:
                    opened -= 1
                    moved = open_rows[opened]
                    open_rows[place[row]] = moved
                    place[moved] = place[row]
                    place[row] = -1
        for k in range(opened):
            row = open_rows[k]
            weight[row] += 1.0
            for m in range(start[row], start[row + 1]):
                score[column[m]] += 1.0
