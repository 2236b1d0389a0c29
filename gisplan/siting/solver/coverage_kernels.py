"""Compiled loops of the largest coverage: descent of the bound, and exchange of one candidate for another."""

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

compiled = compiler(Path(__file__).parent, "coverage_kernels.py")

Counts = NDArray[np.int64]
Indices = NDArray[np.int32]
Floats = NDArray[np.float64]


@compiled
def descend(
    up: Counts,
    row_of: Indices,
    weight: Floats,
    p: int,
    price: Floats,
    state: Floats,
    best: Floats,
    rounds: int,
) -> Counts:
    """Lower the Lagrangian bound of a coverage by some rounds, and return the p columns that are worth most now.

    `price` are what a set pays for being covered, 0 to its weight, `best` those of the lowest bound. `state` keeps
    that bound, the step length, how many rounds did not lower it, and the coverage known.
    """
    columns, rows = len(up) - 1, len(price)
    worth, slope, direction = np.empty(columns), np.empty(rows), np.zeros(rows)
    top = np.zeros(p, np.int64)
    for _ in range(rounds):
        bound = 0.0
        for row in range(rows):
            bound += weight[row] - price[row]
            slope[row] = 1.0
        for one in range(columns):
            total = 0.0
            for k in range(up[one], up[one + 1]):
                total += price[row_of[k]]
            worth[one] = -total
        top = np.argsort(worth, kind="mergesort")[:p]
        for one in top:
            bound -= worth[one]
            for k in range(up[one], up[one + 1]):
                slope[row_of[k]] -= 1.0
        state[2] += 1.0
        if bound < state[0]:
            if bound < state[0] - 1e-4 * abs(state[0] - state[3]):
                state[2] = 0.0
            state[0] = bound
            best[:] = price
        if state[2] > PATIENCE:
            state[1] *= SHORTER
            state[2] = 0.0
            price[:] = best
            direction[:] = 0.0
        norm = 0.0
        for row in range(rows):
            direction[row] = TURN * slope[row] + (1.0 - TURN) * direction[row]
            slope[row] = direction[row]
            if (slope[row] > 0.0 and price[row] >= weight[row]) or (slope[row] < 0.0 and price[row] <= 0.0):
                slope[row] = 0.0
            # Steps are as long as a set is heavy, so that light sets do not swing.
            norm += slope[row] * slope[row] * weight[row]
        if norm == 0.0:
            break
        step = state[1] * max(bound - state[3], 0.0) / norm
        for row in range(rows):
            price[row] = min(max(price[row] + step * slope[row] * weight[row], 0.0), weight[row])
    return top


@compiled
def worths(up: Counts, row_of: Indices, price: Floats) -> Floats:
    """Return what the prices of its rows add up to for each column."""
    worth = np.zeros(len(up) - 1)
    for one in range(len(up) - 1):
        for k in range(up[one], up[one + 1]):
            worth[one] += price[row_of[k]]
    return worth


@compiled
def exchange(up: Counts, row_of: Indices, weight: Floats, chosen: Counts, rounds: int) -> float:
    """Exchange chosen columns for better ones in place, each time the best exchange; return the weight covered.

    It ends early when no exchange is better.
    """
    columns, rows, p = len(up) - 1, len(weight), len(chosen)
    count, owner = np.zeros(rows, np.int32), np.zeros(rows, np.int64)
    place = np.full(columns, -1, np.int64)
    for at in range(p):
        place[chosen[at]] = at
        for k in range(up[chosen[at]], up[chosen[at] + 1]):
            count[row_of[k]] += 1
            owner[row_of[k]] += at
    total = 0.0
    for row in range(rows):
        if count[row] > 0:
            total += weight[row]
    loss, shared = np.zeros(p), np.zeros(p)
    for _ in range(rounds):
        loss[:] = 0.0
        for row in range(rows):
            if count[row] == 1:
                loss[owner[row]] += weight[row]
        most, enter, leave = 1e-9 * max(total, 1.0), -1, -1
        for one in range(columns):
            if place[one] >= 0:
                continue
            won = 0.0
            shared[:] = 0.0
            for k in range(up[one], up[one + 1]):
                row = row_of[k]
                if count[row] == 0:
                    won += weight[row]
                elif count[row] == 1:
                    shared[owner[row]] += weight[row]
            for at in range(p):
                gain = won + shared[at] - loss[at]
                if gain > most:
                    most, enter, leave = gain, one, at
        if enter < 0:
            break
        for k in range(up[chosen[leave]], up[chosen[leave] + 1]):
            count[row_of[k]] -= 1
            owner[row_of[k]] -= leave
        for k in range(up[enter], up[enter + 1]):
            count[row_of[k]] += 1
            owner[row_of[k]] += leave
        place[chosen[leave]] = -1
        place[enter] = leave
        chosen[leave] = enter
        total += most
    return total
