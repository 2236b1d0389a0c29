"""A p-median made as small as it can be: same lists merged, chosen candidates folded into `beyond`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from gisplan.siting.solver.kernels_lists import (
    IN,
    OUT,
    kept_entries,
    mark,
    nearest,
    same_columns,
    same_rows,
    sizes,
    turned,
    whole_numbers,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from gisplan.siting.solver.kernels_lists import Counts, Floats, Integers, Lists
    from gisplan.siting.solver.words import Reach, Rules

ALL = 2**31 - 1
"""No end to how many entries of a row are kept."""

BLOCK = 10_000_000
"""Entries that are looked at between two looks at the clock."""

SAME = 1e-12
"""Weights of whole multiples are so, up to rounding."""

LIKE = 0.1
"""A set of candidates of which one is to be chosen weighs as this share of what a hub serves."""

LARGEST = 1e8
"""Sums of whole costs beyond it are not taken for whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A p-median: `p` more candidates are to be chosen, `constant` is to be paid whatever they are.

    `rows` [i] and `columns` [j] hold the same entries. `candidate` [j] and `demand` [i] are the numbers in the task
    that it was made from.
    """

    rows: Lists
    columns: Lists
    weight: Floats
    beyond: Floats
    p: int
    constant: float
    candidate: Counts
    demand: Counts

    @property
    def question(self) -> tuple[Lists, Lists, Floats, Floats]:
        """All lists, weights and ends, as compiled loops take them."""
        return self.rows, self.columns, self.weight, self.beyond

    @property
    def candidates(self) -> int:
        """How many candidates may be chosen."""
        return len(self.candidate)

    @property
    def entries(self) -> int:
        """How many pairs of demand and candidate there are."""
        return len(self.rows[1])

    def cost(self, chosen: NDArray[np.int64]) -> float:
        """Return the weighted minutes of a choice."""
        taken = np.zeros(self.candidates, np.bool_)
        taken[chosen] = True
        return self.constant + float(self.weight @ nearest(self.rows, self.beyond, taken))


def even(weight: Floats) -> tuple[Floats, float]:
    """Return weights on a scale of their own, and what one of it is: whole numbers where they are multiples.

    A search then goes the same way whatever the weights are multiplied by.
    """
    largest = float(weight.max())
    unit, rest = largest, float(weight.min())
    while rest > SAME * largest * 1e3:
        unit, rest = rest, unit % rest
        if unit - rest < SAME * largest * 1e3:
            rest = 0.0
    whole = np.round(weight / unit)
    if whole.min() > 0 and whole.max() < LARGEST:
        whole /= np.gcd.reduce(whole.astype(np.int64))
        unit = float(weight.sum() / whole.sum())
        if np.all(np.abs(weight - whole * unit) <= SAME * 10 * weight):
            return whole, unit
    return np.round(weight / largest, 13), largest


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """The question as it was asked, except that of demands with the same list only the first counts, for all.

    `weight` [i] is on a scale of its own. `fixed` [j] says which candidates are `IN` (forced) or `OUT` (of those
    with the same column only the first stays), 0 of the others.
    """

    lists: Lists
    weight: Floats
    beyond: Floats
    fixed: Integers
    p: int

    def cost(self, chosen: NDArray[np.int64]) -> float:
        """Return the weighted minutes of a choice."""
        taken = np.zeros(len(self.fixed), np.bool_)
        taken[chosen] = True
        return float(self.weight @ nearest(self.lists, self.beyond, taken))

    def left(self, fixed: Integers, *, most: int = ALL) -> Task:
        """Return the task once some candidates are in or out (see `reduced`)."""
        rows = np.flatnonzero(self.weight > 0)
        p = self.p - int((fixed == IN).sum())
        return _made(self.lists, (self.weight, self.beyond, rows), numbered(fixed), p, most, 0.0)


def posed(reach: Reach, weight: Floats, *, rules: Rules, check: Callable[[], None]) -> Whole:
    """Return the question of a reach.

    Parameters
    ----------
    reach
        Who reaches whom.
    weight
        Weights on another scale [i].
    rules
        How many are chosen, and which in any case.
    check
        Is called now and then.
    """
    p, forced = rules.p or 0, rules.forced
    lists = (reach.start, reach.candidate, reach.minutes)
    by_row, by_candidate = np.empty(reach.demands, np.uint64), np.zeros(reach.candidates, np.uint64)
    bits = (reach.minutes.view(np.uint64), reach.beyond.view(np.uint64))
    steps = np.searchsorted(reach.start, np.arange(0, len(reach.candidate), BLOCK))
    for some in pairwise([0, *steps[1:].tolist(), reach.demands]):
        check()
        mark(lists, bits, some, by_row, by_candidate)
    leader = same_rows(lists, reach.beyond, np.argsort(by_row, kind="stable"), by_row)
    alone = _first_of_same(lists, by_candidate)
    spare = p - int(forced.sum()) - int((alone & ~forced).sum())
    if spare > 0:  # they add nothing, but so many are asked for
        alone[np.flatnonzero(~alone & ~forced)[:spare]] = True
    return Whole(
        lists=lists,
        weight=np.asarray(np.bincount(leader, weights=weight, minlength=len(leader)), np.float64),
        beyond=reach.beyond,
        fixed=np.where(forced, IN, np.where(alone, 0, OUT)).astype(np.int32),
        p=p,
    )


def whole_costs(whole: Whole) -> bool:
    """Return whether every choice costs a whole number."""
    return all(whole_numbers(part) for part in (whole.weight, whole.beyond, whole.lists[2]))


def _first_of_same(lists: Lists, marks: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return the candidates whose column is not the same as that of one before them [j]."""
    _, place, group = np.unique(marks, return_index=True, return_inverse=True)
    leader = place[group].astype(np.int32)
    alone = leader == np.arange(len(marks))
    if not alone.all():
        count = np.bincount(lists[1], minlength=len(marks))
        beside = same_columns(lists, leader)
        alone |= (beside != count) | (count != count[leader])
    return np.asarray(alone)


def numbered(fixed: Integers) -> Integers:
    """Return the numbers of the candidates that are neither in nor out counted from 0."""
    stay = fixed >= 0
    counted = fixed.copy()
    counted[stay] = np.arange(int(stay.sum()), dtype=np.int32)
    return counted


def reduced(task: Task, number: Integers, *, most: int = ALL) -> Task:
    """Return what is left of a task once some candidates are chosen or out.

    Parameters
    ----------
    task
        The task.
    number
        New number of each candidate, or `IN`, `OUT` [j].
    most
        How many entries a demand keeps. With fewer than it has, a choice may cost less than it really does:
        a bound of such a task is one of the whole.
    """
    p = task.p - int((number == IN).sum())
    every = np.arange(len(task.weight))
    return _made(task.rows, (task.weight, task.beyond, every), number, p, most, task.constant)


def _made(
    lists: Lists, demand: tuple[Floats, Floats, Counts], number: Integers, p: int, most: int, constant: float
) -> Task:
    """Return a task of some demands (their weight, `beyond` and rows) and the candidates that have a number."""
    weight, beyond, rows = demand
    count, end = sizes(lists, beyond, number, most)
    lost = rows[count[rows] == 0]
    rows = rows[count[rows] > 0]
    first = np.concatenate([[0], np.cumsum(count[rows])])
    candidate, minutes = kept_entries(lists, number, rows, first)
    alive = np.flatnonzero(number >= 0)
    kept = (first, candidate, minutes)
    return Task(
        rows=kept,
        columns=turned(kept, len(alive)),
        weight=weight[rows],
        beyond=end[rows],
        p=p,
        constant=constant + float(weight[lost] @ end[lost]),
        candidate=alive,
        demand=rows,
    )


def also(task: Task, some: tuple[NDArray[np.int64], ...], dear: float) -> Task:
    """Return a task with one more demand for each of some sets of candidates, which pays dearly for none of them.

    Parameters
    ----------
    task
        The task.
    some
        Candidates of which one is to be chosen [set].
    dear
        What it costs if none is.
    """
    if not some:
        return task
    start, candidate, minutes = task.rows
    weight = np.full(len(some), LIKE * float(task.weight.sum()) / task.p)
    size = np.cumsum([len(each) for each in some])
    rows = (
        np.concatenate([start, start[-1] + size]),
        np.concatenate([candidate, *some]).astype(np.int32),
        np.concatenate([minutes, np.zeros(size[-1])]),
    )
    return Task(
        rows=rows,
        columns=task.columns,
        weight=np.concatenate([task.weight, weight]),
        beyond=np.concatenate([task.beyond, dear / weight]),
        p=task.p,
        constant=task.constant,
        candidate=task.candidate,
        demand=np.arange(len(task.weight) + len(some)),
    )
