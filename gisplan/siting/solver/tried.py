"""Tiny questions, answered by trying every choice."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from gisplan.access.coverage import within
from gisplan.siting.solver.refusal import refuse
from gisplan.siting.solver.shares import SLACK, capped
from gisplan.siting.solver.sheet import Run, Watch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.solver.words import Answer, Model, Reach, Rules

CHOICES = 3000
"""Up to so many choices are tried."""

CELLS = 10**7
"""Up to so many minutes are looked at for it, about."""

QUICKLY = 10
"""How many times as many are tried where all last candidates of a choice are weighed at once."""

Worth = tuple[float, float]


def few(model: Model, reach: Reach, rules: Rules) -> bool:
    """Return whether there are so few choices that each can be tried.

    Parameters
    ----------
    model, reach, rules
        The question.
    """
    if rules.capacity is not None:
        return False
    free, p = int((~rules.forced).sum()), rules.p
    if p is None or model == "set-cover":
        count = 2**free if free < CHOICES.bit_length() else CHOICES + 1
    else:
        count = comb(free, max(p - int(rules.forced.sum()), 0))
    if _at_once(model, rules):
        return count <= QUICKLY * CHOICES and count * reach.demands <= QUICKLY * CELLS
    return count <= CHOICES and count * reach.demands * max(p or free, 1) <= CELLS


def _at_once(model: Model, rules: Rules) -> bool:
    """Return whether a choice is worth what its minutes say, with no rule that looks at the choice itself."""
    if model == "set-cover" or rules.p is None or rules.groups or rules.budget is not None:
        return False
    return rules.share <= 0.0 and rules.p > int(rules.forced.sum())


def tried(model: Model, reach: Reach, *, rules: Rules, clock: Watch) -> Answer:
    """Return the best of all choices, the first of equally good ones in the order of their candidates.

    Parameters
    ----------
    model
        What is best; of equally good set covers the one with the least weighted minutes.
    reach
        Who reaches whom.
    rules
        What the choice must keep; capacities are not looked at.
    clock
        When it began; trying is not interrupted, as it takes a second at most.

    Raises
    ------
    NoChoice
        If no choice keeps the rules.
    """
    from gisplan.siting.solver.program import answer

    best, least = (_tried_at_once if _at_once(model, rules) else _tried_singly)(model, reach, rules)
    if best is None:
        refuse(model, reach, rules, clock=clock)
    bound = -least[0] if model == "max-coverage" else least[0]
    run = Run(values=None, bound=bound, ended="proven", slack=SLACK * abs(bound))
    return answer(model, reach, best, rules=rules, bound=bound, run=(run, clock))


def _tried_singly(model: Model, reach: Reach, rules: Rules) -> tuple[NDArray[np.int64] | None, Worth]:
    """Return the best choice that keeps the rules and its worth, None where none does."""
    table = _table(reach)
    best: NDArray[np.int64] | None = None
    least: Worth = (np.inf, np.inf)
    for chosen in _choices(model, rules):
        minutes = np.minimum(table[:, chosen].min(axis=1, initial=np.inf), reach.beyond)
        if not _keeps(reach, rules, chosen, minutes):
            continue
        worth = _worth(model, reach, rules, chosen, minutes)
        if best is None or _below(worth, least):
            best, least = chosen, worth
    return best, least


def _tried_at_once(model: Model, reach: Reach, rules: Rules) -> tuple[NDArray[np.int64] | None, Worth]:
    """Return the best choice and its worth, all last candidates of each beginning weighed at once."""
    given, free = np.flatnonzero(rules.forced), np.flatnonzero(~rules.forced)
    table = _table(reach).T
    standing = np.minimum(table[given].min(axis=0, initial=np.inf), reach.beyond)
    table = np.ascontiguousarray(table[free])
    best: NDArray[np.int64] | None = None
    least: Worth = (np.inf, np.inf)
    for begun in combinations(range(len(free)), (rules.p or 0) - len(given) - 1):
        after = begun[-1] + 1 if begun else 0
        if after == len(free):
            continue
        before = np.minimum(table[list(begun)].min(axis=0, initial=np.inf), standing)
        worths = _worths(model, reach, rules, np.minimum(table[after:], before))
        lowest = float(worths.min())
        last = int(np.argmax(worths <= lowest + SLACK * abs(lowest)))
        worth = (float(worths[last]), 0.0)
        if best is None or _below(worth, least):
            best, least = np.sort(np.concatenate([given, free[[*begun, after + last]]])), worth
    return best, least


def _worths(model: Model, reach: Reach, rules: Rules, minutes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what is to be least of choices [k] by the minutes of each demand [k, i]."""
    if model == "max-coverage":
        return -np.asarray(within(minutes, rules.minutes) @ reach.weight)
    if model == "p-center":
        return np.asarray(minutes.max(axis=1, initial=0.0))
    total: NDArray[np.float64] = minutes @ reach.weight
    return total


def _table(reach: Reach) -> NDArray[np.float64]:
    table = np.full((reach.demands, reach.candidates), np.inf)
    table[np.repeat(np.arange(reach.demands), np.diff(reach.start)), reach.candidate] = reach.minutes
    return table


def _choices(model: Model, rules: Rules) -> Iterator[NDArray[np.int64]]:
    """Yield the choices that hold the forced candidates, fewest first, then in the order of their candidates."""
    given, free = np.flatnonzero(rules.forced), np.flatnonzero(~rules.forced)
    most = len(free) if rules.p is None else rules.p - len(given)
    sizes = range(most + 1) if rules.p is None or model == "set-cover" else (most,)
    for more in chain.from_iterable(combinations(free, size) for size in sizes):
        yield np.sort(np.concatenate([given, np.array(more, np.int64)]))


def _keeps(reach: Reach, rules: Rules, chosen: NDArray[np.int64], minutes: NDArray[np.float64]) -> bool:
    if any(group.member[chosen].sum() > group.most for group in rules.groups):
        return False
    if rules.budget is not None and rules.cost is not None:
        spent = float(rules.cost[chosen].sum())
        if spent > rules.budget * (1.0 + SLACK):
            return False
    if rules.share <= 0.0:
        return True
    reached = float(reach.weight[within(minutes, rules.minutes)].sum())
    return reached >= (rules.share - SLACK) * float(reach.weight.sum())


def _worth(
    model: Model, reach: Reach, rules: Rules, chosen: NDArray[np.int64], minutes: NDArray[np.float64]
) -> Worth:
    """Return what is to be least, and what decides between choices that are equal in it."""
    if model == "p-median":
        return float(reach.weight @ minutes), 0.0
    if model == "max-coverage":
        return -float(reach.weight[within(minutes, rules.minutes)].sum()), 0.0
    if model == "p-center":
        return float(minutes.max(initial=0.0)), 0.0
    spent = float(len(chosen)) if rules.cost is None else float(rules.cost[chosen].sum())
    return spent, float(reach.weight @ np.minimum(minutes, capped(reach)))


def _below(one: Worth, other: Worth) -> bool:
    """Return whether a worth is less by more than the rounding of sums."""
    for mine, known in zip(one, other, strict=True):
        slack = SLACK * max(abs(mine), abs(known)) if np.isfinite(known) else 0.0
        if mine < known - slack:
            return True
        if mine > known + slack:
            return False
    return False
