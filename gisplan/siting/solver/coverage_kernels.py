"""Compiled loops of the largest coverage: descent of the bound, and exchange of one candidate for another."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gisplan.core.compiled import compiler

TURN = 0.25
"""How much of a step is the new slope, the rest being the direction so far."""

compiled = compiler(Path(__file__).parent, "coverage_kernels.py")

Counts = NDArray[np.int64]
Indices = NDArray[np.int32]
Floats = NDArray[np.float64]


class Field(NamedTuple):
    """Rows of each column, compressed, and the weight of each row."""

    up: Counts
    row: Indices
    weight: Floats


class Held(NamedTuple):
    """The `chosen` columns [p], and the `place` of each column among them, -1 of the others.

    Each row is covered so many `times`. `owner` is the sum of the places of those that cover it: of one that covers
    it alone, its own.
    """

    chosen: Counts
    place: Counts
    times: Counts
    owner: Counts


@compiled
def worths(field: Field, price: Floats) -> Floats:
    """Return what the prices of its rows add up to for each column."""
    worth = np.zeros(len(field.up) - 1)
    for one in range(len(worth)):
        for k in range(field.up[one], field.up[one + 1]):
            worth[one] += price[field.row[k]]
    return worth


@compiled
def slope_of(field: Field, top: Counts) -> Floats:
    """Return one less how many of some columns cover each row."""
    slope = np.ones(len(field.weight))
    for one in top:
        for k in range(field.up[one], field.up[one + 1]):
            slope[field.row[k]] -= 1.0
    return slope


@compiled
def step(weight: Floats, price: Floats, slope: Floats, direction: Floats, length: float) -> bool:
    """Move the prices along the turned direction, within 0 and the weights; return whether there was any.

    Steps are as long as a set is heavy, so that light sets do not swing.
    """
    norm = 0.0
    for row in range(len(price)):
        direction[row] = TURN * slope[row] + (1.0 - TURN) * direction[row]
        slope[row] = direction[row]
        if (slope[row] > 0.0 and price[row] >= weight[row]) or (slope[row] < 0.0 and price[row] <= 0.0):
            slope[row] = 0.0
        norm += slope[row] * slope[row] * weight[row]
    if norm == 0.0:
        return False
    for row in range(len(price)):
        moved = price[row] + length / norm * slope[row] * weight[row]
        price[row] = min(max(moved, 0.0), weight[row])
    return True


@compiled
def put(field: Field, held: Held, one: int, at: int, sign: int) -> None:
    """Cover the rows of a column by it at its place, or with a minus no longer."""
    for k in range(field.up[one], field.up[one + 1]):
        held.times[field.row[k]] += sign
        held.owner[field.row[k]] += sign * at


@compiled
def best_exchange(field: Field, held: Held, least: float) -> tuple[int, int, float]:
    """Return which column to choose in which place, and what it wins; (-1, -1, 0) if none wins more than `least`."""
    p = len(held.chosen)
    loss, shared = np.zeros(p), np.zeros(p)
    for row in range(len(field.weight)):
        if held.times[row] == 1:
            loss[held.owner[row]] += field.weight[row]
    most, enter, leave = least, -1, -1
    for one in range(len(held.place)):
        if held.place[one] >= 0:
            continue
        won = 0.0
        shared[:] = 0.0
        for k in range(field.up[one], field.up[one + 1]):
            row = field.row[k]
            if held.times[row] == 0:
                won += field.weight[row]
            elif held.times[row] == 1:
                shared[held.owner[row]] += field.weight[row]
        for at in range(p):
            if won + shared[at] - loss[at] > most:
                most, enter, leave = won + shared[at] - loss[at], one, at
    return enter, leave, most


@compiled
def exchange(field: Field, chosen: Counts, rounds: int) -> float:
    """Exchange chosen columns for better ones in place, each time the best exchange; return the weight covered.

    It ends early when no exchange is better.
    """
    rows, columns = len(field.weight), len(field.up) - 1
    held = Held(chosen, np.full(columns, -1), np.zeros(rows, np.int64), np.zeros(rows, np.int64))
    for at in range(len(chosen)):
        held.place[chosen[at]] = at
        put(field, held, chosen[at], at, 1)
    for _ in range(rounds):
        enter, leave, _ = best_exchange(field, held, 1e-12 * field.weight.sum())
        if enter < 0:
            break
        put(field, held, chosen[leave], leave, -1)
        put(field, held, enter, leave, 1)
        held.place[chosen[leave]] = -1
        held.place[enter] = leave
        chosen[leave] = enter
    total = 0.0
    for row in range(rows):
        if held.times[row] > 0:
            total += field.weight[row]
    return total
