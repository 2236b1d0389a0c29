"""Compiled loops of the covering problems: reductions, ascent of the bound, and a search that weighs what is hard.

Rows are sets of which one member must be chosen, columns the candidates; both directions are compressed. Numbers
go from loop to loop as int64, since each other kind would be compiled of its own.

References
----------
Caprara, Fischetti, Toth (1999), A heuristic method for the set covering problem, Operations Research 47(5).
Gao, Weise, Li (2015), An efficient local search heuristic with row weighting for the unicost set covering problem,
European Journal of Operational Research 246(3).
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gisplan.core.compiled import compiler

TURN = 0.25
"""How much of a step is the new slope, the rest being the direction so far."""

PATIENCE = 15.0
"""After so many rounds without a better bound the steps become shorter."""

SHORTER = 0.7

compiled = compiler(Path(__file__).parent, "cover_kernels.py")

Number = int | np.int64
Counts = NDArray[np.int64]
Indices = NDArray[np.int32]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Words = NDArray[np.uint64]

HELD = 2
"""A row that so many chosen columns cover hangs on the other one when one of them leaves."""

MODULUS, FACTOR = 2147483647.0, 16807.0
"""Lehmer's random numbers, each from the one before; their products are exact in floating point."""

CLOSE = 1e-9
"""Costs that differ by less are the same."""


class Table(NamedTuple):
    """Columns of each row, rows of each column, both compressed, and the cost of each column."""

    start: Counts
    column: Indices
    up: Counts
    row: Indices
    cost: Floats


class Search(NamedTuple):
    """What the search of covers keeps between its calls, and writes into.

    Columns: which are `chosen`, of the `best` cover too, their `score` (what they would win, or with a minus what
    they would lose) and the `age` of their last change. Rows: how many `times` they are covered, their `weight`,
    and the `place` of open ones in `waiting`, -1 of the others. `whole` keeps how many are open, the time of ages,
    the column that entered last and the one that left last; `state` the cost of the best cover, the cost that is
    enough, the cost of the chosen and a random number.
    """

    chosen: Flags
    best: Flags
    score: Floats
    age: Counts
    times: Indices
    weight: Floats
    place: Counts
    waiting: Counts
    whole: Counts
    state: Floats


OPEN, TIME, ENTERED, LEFT = 0, 1, 2, 3
LEAST, ENOUGH, TOTAL, RANDOM = 0, 1, 2, 3


@compiled
def bits_of(start: Counts, column: Indices, words: int) -> Words:
    """Return the members of each row as bits."""
    bits = np.zeros((len(start) - 1, words), np.uint64)
    for row in range(len(start) - 1):
        for at in range(start[row], start[row + 1]):
            bits[row, column[at] >> 6] |= np.uint64(1) << np.uint64(column[at] & 63)
    return bits


@compiled
def rarest(at: int, start: Counts, member: Indices, back: Counts) -> int:
    """Return which member of a row or column has the fewest of its own."""
    rare = member[start[at]]
    for k in range(start[at] + 1, start[at + 1]):
        if back[member[k] + 1] - back[member[k]] < back[rare + 1] - back[rare]:
            rare = member[k]
    return int(rare)


@compiled
def holds(bits: Words, row: int, members: Indices) -> bool:
    """Return whether a row has all of some columns."""
    for one in members:  # noqa: SIM110 (numba has no all() of a generator)
        if not (bits[row, one >> 6] >> np.uint64(one & 63)) & np.uint64(1):
            return False
    return True


@compiled
def thin_rows(table: Table, bits: Words, order: Counts, alive: Flags) -> None:
    """Drop rows that hold all members of another, in whose place that one stands; `order` is by size."""
    start, up = table.start, table.up
    for row in order:
        if not alive[row]:
            continue
        size = start[row + 1] - start[row]
        rare = rarest(row, start, table.column, up)
        for k in range(up[rare], up[rare + 1]):
            other = table.row[k]
            more = start[other + 1] - start[other] - size
            if not alive[other] or more < 0 or (more == 0 and other <= row):
                continue
            if holds(bits, other, table.column[start[row] : start[row + 1]]):
                alive[other] = False


@compiled
def thin_columns(table: Table, bits: Words, order: Counts, alive: Flags) -> None:
    """Drop columns all of whose rows another covers that costs no more; `order` is by size."""
    start, up, cost = table.start, table.up, table.cost
    for one in order:
        if up[one + 1] == up[one]:
            alive[one] = False
            continue
        rare = rarest(one, up, table.row, start)
        for k in range(start[rare], start[rare + 1]):
            other = table.column[k]
            if (
                worse(one, other, up, cost)
                and alive[other]
                and in_all(bits, other, table.row[up[one] : up[one + 1]])
            ):
                alive[one] = False
                break


@compiled
def worse(one: int, other: int, up: Counts, cost: Floats) -> bool:
    """Return whether a column gives way to another if that one covers its rows: the later one of equals."""
    more = up[other + 1] - up[other] - up[one + 1] + up[one]
    if other == one or more < 0 or cost[other] > cost[one]:
        return False
    return more > 0 or cost[other] < cost[one] or other < one


@compiled
def in_all(bits: Words, one: int, rows: Indices) -> bool:
    """Return whether a column is in all of some rows."""
    for row in rows:  # noqa: SIM110 (numba has no all() of a generator)
        if not (bits[row, one >> 6] >> np.uint64(one & 63)) & np.uint64(1):
            return False
    return True


@compiled
def slope_of(table: Table, price: Floats, slope: Floats) -> float:
    """Return the bound that some prices of the rows give, and write which rows are covered too little by it."""
    slope[:] = 1.0
    bound = price.sum()
    for one in range(len(table.cost)):
        left = table.cost[one]
        for k in range(table.up[one], table.up[one + 1]):
            left -= price[table.row[k]]
        if left < 0.0:
            bound += left
            for k in range(table.up[one], table.up[one + 1]):
                slope[table.row[k]] -= 1.0
    return float(bound)


@compiled
def ascend(table: Table, price: Floats, state: Floats, best: Floats, rounds: int) -> None:
    """Raise the Lagrangian bound of a cover by some rounds of subgradient steps.

    `price` are the prices of the rows now, `best` those of the highest bound. `state` keeps that bound, the step
    length, how many rounds did not raise it, and the cost that is aimed at.
    """
    rows = len(price)
    slope, direction = np.empty(rows), np.zeros(rows)
    for _ in range(rounds):
        bound = slope_of(table, price, slope)
        state[2] = 0.0 if bound > state[0] + 1e-4 * abs(state[0]) else state[2] + 1.0
        if bound > state[0]:
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
            slope[row] = direction[row] if price[row] > 0.0 or direction[row] > 0.0 else 0.0
            norm += slope[row] * slope[row]
        if norm == 0.0:
            return
        step = state[1] * max(state[3] - bound, 1e-3 * abs(state[3])) / norm
        for row in range(rows):
            price[row] = max(price[row] + step * slope[row], 0.0)


@compiled
def whole(number: int) -> int:
    """Return a number in 64 bits: numba would compile each function anew for a literal or a narrow one."""
    return np.int64(number)  # type: ignore[return-value] # plain Python knows one int only


@compiled
def flip(one: int, table: Table, search: Search) -> None:
    """Choose a column or leave it, and keep the scores and the open rows."""
    enters = not search.chosen[one]
    search.chosen[one] = enters
    search.score[one] = -search.score[one]
    search.state[TOTAL] += table.cost[one] if enters else -table.cost[one]
    search.age[one] = search.whole[TIME]
    for k in range(table.up[one], table.up[one + 1]):
        row = whole(table.row[k])
        before = search.times[row]
        search.times[row] = before + 1 if enters else before - 1
        if enters and before == 0:
            close(row, search)
            reprice(one, row, -search.weight[row], table, search)
        elif not enters and before == 1:
            search.place[row] = search.whole[OPEN]
            search.waiting[search.whole[OPEN]] = row
            search.whole[OPEN] += 1
            reprice(one, row, search.weight[row], table, search)
        elif before == (1 if enters else HELD):
            for m in range(table.start[row], table.start[row + 1]):
                other = table.column[m]
                if other != one and search.chosen[other]:
                    search.score[other] += search.weight[row] if enters else -search.weight[row]
                    break


@compiled
def close(row: Number, search: Search) -> None:
    """Take a row from those that are open."""
    search.whole[OPEN] -= 1
    last = search.waiting[search.whole[OPEN]]
    search.waiting[search.place[row]] = last
    search.place[last] = search.place[row]
    search.place[row] = -1


@compiled
def reprice(one: Number, row: Number, change: float, table: Table, search: Search) -> None:
    """Change the score of all columns of a row but one."""
    for m in range(table.start[row], table.start[row + 1]):
        if table.column[m] != one:
            search.score[table.column[m]] += change


@compiled
def before(one: Number, other: Number, table: Table, search: Search) -> bool:
    """Return whether a column has the better score for its cost, or of equals the longer rest."""
    if other < 0:
        return True
    gap = search.score[one] * table.cost[other] - search.score[other] * table.cost[one]
    return bool(gap > 0.0 or (gap == 0.0 and search.age[one] < search.age[other]))


@compiled
def leave(table: Table, search: Search) -> bool:
    """Leave the chosen column that loses least, but not the one that just entered; return whether there is one."""
    out = whole(-1)
    for one in range(len(table.cost)):
        if search.chosen[one] and one != search.whole[ENTERED] and before(one, out, table, search):
            out = one
    if out >= 0:
        search.whole[LEFT] = out
        flip(out, table, search)
    return bool(out >= 0)


@compiled
def enter(table: Table, search: Search) -> None:
    """Choose the column that wins most of a random open row, unless it just left or makes the cover too dear."""
    search.state[RANDOM] = search.state[RANDOM] * FACTOR % MODULUS
    row = search.waiting[np.int64(search.state[RANDOM] / MODULUS * search.whole[OPEN])]
    add = whole(-1)
    for k in range(table.start[row], table.start[row + 1]):
        one = whole(table.column[k])
        if one != search.whole[LEFT] and before(one, add, table, search):
            add = one
    if add >= 0 and search.state[TOTAL] + table.cost[add] < search.state[LEAST] - CLOSE:
        search.whole[ENTERED] = add
        flip(add, table, search)


@compiled
def seek(table: Table, search: Search, rounds: int) -> None:
    """Look for cheaper covers: leave a column, take one of an open row, and weigh the rows that stay open."""
    for _ in range(rounds):
        while search.whole[OPEN] == 0:
            if search.state[TOTAL] < search.state[LEAST] - CLOSE:
                search.state[LEAST] = search.state[TOTAL]
                search.best[:] = search.chosen
            if search.state[LEAST] <= search.state[ENOUGH] + CLOSE or not leave(table, search):
                return
        if not leave(table, search):
            return
        search.whole[TIME] += 1
        enter(table, search)
        for k in range(search.whole[OPEN]):
            row = search.waiting[k]
            search.weight[row] += 1.0
            reprice(whole(-1), row, 1.0, table, search)
