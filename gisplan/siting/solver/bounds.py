"""Bounds of a p-median by prices on the demand, and what they prove of single candidates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gisplan.siting.solver.kernels_ascent import ascended
from gisplan.siting.solver.kernels_lists import IN, OUT
from gisplan.siting.solver.task import numbered

if TYPE_CHECKING:
    from gisplan.siting.solver.kernels_lists import Floats, Integers
    from gisplan.siting.solver.task import Task
    from gisplan.siting.solver.watch import Best

START, PATIENCE, MEMORY, SHRINK = 0.05, 20.0, 0.95, 0.7
"""The first step, how many rounds without a better bound before it shrinks, and by what."""

WORK = 60_000_000
"""Entries that are looked at between two looks at the clock."""

PACE, BOUND, ENOUGH = 0, 1, 6
"""Places in the array of the pace (see `ascended`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Prices of the demands of a task and all that their ascent remembers; the arrays change as it goes on."""

    price: Floats
    way: Floats
    share: Floats
    pace: Floats
    keep: Floats
    worth: Floats

    @property
    def bound(self) -> float:
        """The best bound, without the constant of the task."""
        return float(self.pace[BOUND])


def prices(task: Task, price: Floats, *, start: float = START) -> Prices:
    """Return prices to begin an ascent with.

    Parameters
    ----------
    task
        The task.
    price
        First prices [min].
    start
        The first step, as a share of the way that is left.
    """
    held = np.minimum(np.maximum(price, task.rows[2][task.rows[0][:-1]]), task.beyond)
    return Prices(
        price=held,
        way=np.zeros(len(held)),
        share=np.zeros(task.candidates),
        pace=np.array([start, -np.inf, 0.0, PATIENCE, MEMORY, SHRINK, np.inf]),
        keep=held.copy(),
        worth=np.zeros(task.candidates),
    )


def ascend(task: Task, held: Prices, best: Best, *, rounds: int) -> float:
    """Return the best bound of a task after some more rounds.

    Parameters
    ----------
    task, held
        The task and its prices, which change.
    best
        The clock, the cost of the best choice and the bound that is aimed at.
    rounds
        How many at most.
    """
    at_once = max(1, min(rounds, WORK // (1 + task.entries)))
    cost = best.cost - task.constant
    held.pace[ENOUGH] = best.enough - task.constant
    state = (held.price, held.way, held.share, held.pace, held.keep, held.worth)
    for _ in range(-(-rounds // at_once)):
        best.check()
        ascended(task.question, task.p, cost, state, at_once)
        if held.bound >= held.pace[ENOUGH]:
            break
    return task.constant + held.bound


def settled(task: Task, held: Prices, enough: float) -> Integers:
    """Return new numbers of the candidates: `OUT` or `IN` where a choice below `enough` must leave or take it.

    Parameters
    ----------
    task, held
        The task and its prices, their worth that of the best bound.
    enough
        A bound from which on a choice is not looked for.
    """
    worth, p = held.worth, task.p
    room = enough - task.constant - held.bound
    order = np.argsort(-worth, kind="stable")
    last, next_ = worth[order[p - 1]], worth[order[p]]
    number = np.zeros(task.candidates, np.int32)
    number[order[p:]] = np.where(last - worth[order[p:]] >= room, OUT, 0)
    number[order[:p]] = np.where(worth[order[:p]] - next_ >= room, IN, 0)
    return numbered(number)
