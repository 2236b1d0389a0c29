"""The search of a p-median: choices from above, prices from below, in turn; then the proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gisplan.siting.solver.bounds import BOUND, PACE, Prices, ascend, numbered, prices, settled
from gisplan.siting.solver.branches import Proof, proved
from gisplan.siting.solver.exchange import descend, first_choice
from gisplan.siting.solver.kernels_ascent import best as most_worth
from gisplan.siting.solver.kernels_lists import IN, OUT
from gisplan.siting.solver.task import Task, reduced

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.solver.watch import Best

MANY = 2_000_000
"""Entries from which on lists are cut to what matters."""

SEVERAL = 6
"""A cut list holds the candidates that about so many chosen ones are among."""

FEW = 50
"""A cut list is not shorter."""

KICKS = 100
"""Kicks after each repair."""

ROUNDS = 50
"""Rounds of prices between two repairs."""

CORE, MOST = 1000, 2**40
"""Branches that are looked into of the core, and of all."""

RARE = 1e-3
"""A candidate that is taken less often is not looked at by a repair."""

SLOW = 0.002
"""Steps so short raise the bound no more."""


def searched(task: Task, best: Best) -> None:
    """Search the best choice of a task, and prove it.

    Parameters
    ----------
    task
        The task.
    best
        The clock, which holds the answer.
    """
    if task.p == 0 or task.p == task.candidates or task.entries == 0:
        chosen = np.arange(task.p)
        best.offer(chosen, task.cost(chosen))
        best.raised(best.cost)
        return
    near = cut(task, 1)
    chosen = first_choice(near)
    best.offer(chosen, task.cost(chosen))
    best.check()
    _alternate(task, near, best)


def cut(task: Task, times: int) -> Task:
    """Return a task with lists cut to what matters, if they are long: a bound of it is one of the whole."""
    most = max(FEW, SEVERAL * times * task.candidates // task.p)
    if task.entries <= MANY or most >= task.candidates:
        return task
    return reduced(task, np.arange(task.candidates, dtype=np.int32), most=most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What is left of a task: `task`, its prices, the numbers that its candidates [j] and demands [i] have in the
    whole task, and `fixed`, what of the whole is `IN` or `OUT` (others 0)."""

    task: Task
    held: Prices
    candidate: NDArray[np.int64]
    demand: NDArray[np.int64]
    fixed: NDArray[np.int32]

    @property
    def taken(self) -> NDArray[np.int64]:
        """The chosen candidates of the whole task."""
        return np.flatnonzero(self.fixed == IN)


def _alternate(task: Task, near: Task, best: Best) -> None:
    """Better the choice and the bound in turn, until the bound rises no more; then prove what is left."""
    search = descend(near, best.chosen, best)
    _offer(task, near.candidate[search.chosen], best)
    state = np.array([len(task.weight)], np.uint64)
    first = (search.served[0] + search.served[1]) / 2
    stage = Stage(
        task=near,
        held=prices(near, first),
        candidate=near.candidate,
        demand=near.demand,
        fixed=np.zeros(task.candidates, np.int32),
    )
    while not best.proven and stage.held.pace[PACE] > SLOW:
        best.raised(ascend(stage.task, stage.held, best, rounds=ROUNDS))
        if best.proven:
            break
        _repair(task, stage, best, state)
        stage = narrowed(stage, best)
        if stage.task.p == 0 or stage.task.candidates == stage.task.p or stage.task.entries == 0:
            break
    if not best.proven:
        _prove(task, stage, best)


def core(stage: Stage, best: Best) -> Task:
    """Return the task among the candidates that the prices took lately and those of the best choice.

    Parameters
    ----------
    stage
        What is left.
    best
        The best choice.
    """
    share, p = stage.held.share, stage.task.p
    number = np.where(share > RARE, 0, OUT).astype(np.int32)
    number[most_worth(share, min(p + FEW, len(share)))] = 0
    number[np.isin(stage.candidate, best.chosen)] = 0
    return reduced(stage.task, numbered(number))


def _repair(task: Task, stage: Stage, best: Best, state: NDArray[np.uint64]) -> None:
    """Look for a better choice among the candidates that the prices took lately."""
    few = core(stage, best)
    share = stage.held.share[few.candidate]
    search = descend(few, np.asarray(most_worth(share, few.p), np.int64), best)
    for _ in range(KICKS // 10):
        best.check()
        search.kick(state, 10)
    search = descend(stage.task, few.candidate[search.chosen], best)
    _offer(task, np.concatenate([stage.taken, stage.candidate[search.chosen]]), best)


def _offer(task: Task, chosen: NDArray[np.int64], best: Best) -> bool:
    return best.offer(chosen, task.cost(chosen))


def narrowed(stage: Stage, best: Best, *, share: float = 0.1) -> Stage:
    """Return what is left without the candidates that are clear by now, if they are many.

    Parameters
    ----------
    stage
        What is left so far.
    best
        The best choice, and the clock.
    share
        How many are many.
    """
    number = settled(stage.task, stage.held, best.enough)
    clear = number < 0
    if clear.sum() <= share * len(number):
        return stage
    fixed = stage.fixed.copy()
    fixed[stage.candidate[clear]] = number[clear]
    task = reduced(stage.task, number)
    held = Prices(
        price=np.minimum(stage.held.price[task.demand], task.beyond),
        way=stage.held.way[task.demand],
        share=stage.held.share[task.candidate],
        pace=stage.held.pace.copy(),
        keep=np.minimum(stage.held.keep[task.demand], task.beyond),
        worth=stage.held.worth[task.candidate],
    )
    held.pace[BOUND] -= task.constant - stage.task.constant
    return Stage(
        task=task,
        held=held,
        candidate=stage.candidate[task.candidate],
        demand=stage.demand[task.demand],
        fixed=fixed,
    )


def _prove(task: Task, stage: Stage, best: Best) -> None:
    """Solve the core, then all that its cost leaves, with cut lists if they suffice."""

    def offer(chosen: NDArray[np.int64]) -> None:
        _offer(task, np.concatenate([stage.taken, stage.candidate[left.candidate[chosen]]]), best)

    left = core(stage, best)
    silent = Proof(task=left, best=best, offer=offer, heard=lambda _: None)
    proved(silent, stage.held.keep[left.demand], most=CORE)
    stage = narrowed(stage, best, share=0.0)
    left = reduced(stage.task, np.arange(stage.task.candidates, dtype=np.int32))
    loud = Proof(task=left, best=best, offer=offer, heard=best.raised)
    best.raised(proved(loud, stage.held.keep, most=MOST))
    if not best.proven:
        _prove_whole(task, stage, best)


def _prove_whole(task: Task, stage: Stage, best: Best) -> None:
    """Prove the best choice of what is left with all entries of the lists."""
    left = reduced(task, numbered(stage.fixed))

    def offer(chosen: NDArray[np.int64]) -> None:
        _offer(task, np.concatenate([stage.taken, left.candidate[chosen]]), best)

    price = np.zeros(len(task.weight))
    price[stage.demand] = stage.held.keep
    whole = Proof(task=left, best=best, offer=offer, heard=best.raised)
    best.raised(proved(whole, price[left.demand], most=MOST))
