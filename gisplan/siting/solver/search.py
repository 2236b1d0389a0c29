"""The search of a p-median: choices from above, prices from below, in turn; then the proof."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gisplan.siting.solver.bounds import BOUND, PACE, Prices, ascend, prices, settled
from gisplan.siting.solver.branches import Proof, proved
from gisplan.siting.solver.exchange import descend, first_choice
from gisplan.siting.solver.kernels_ascent import best as most_worth
from gisplan.siting.solver.kernels_lists import IN, OUT
from gisplan.siting.solver.task import ALL, Task, Whole, numbered, reduced

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.solver.watch import Best

MANY = 2_000_000
"""Entries from which on lists are cut to what matters."""

SEVERAL = 6
"""A cut list holds the candidates that about so many chosen ones are among."""

FEW = 50
"""A cut list is not shorter."""

KICKS, SWAPS = 40, 10_000_000
"""Kicks after each repair, fewer where a swap touches much."""

IDLE, IDLE_LARGE = 3, 60
"""So many kicks for each chosen candidate without a better choice, and there is no more kicking."""

ROUNDS, ROUNDS_LARGE = 50, 200
"""Rounds of prices between two repairs."""

SHORT, LONG = 0.001, 80_000_000
"""Cut lists become longer where they are too short for more than this share of the weight, up to so many entries."""

CORE = 1000
"""Branches of the core that are looked into."""

RARE = 1e-3
"""A candidate that is taken less often is not looked at by a repair."""

SLOW, SLOW_LARGE = 0.002, 0.0003
"""Steps so short raise the bound no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What is left of a question.

    `task`, its prices, the numbers that its candidates [j] and demands [i] have in the whole, and `fixed`, what of
    the whole is `IN` or `OUT` (others 0). Lists hold at most `most` entries.
    """

    task: Task
    held: Prices
    candidate: NDArray[np.int64]
    demand: NDArray[np.int64]
    fixed: NDArray[np.int32]
    most: int

    @property
    def taken(self) -> NDArray[np.int64]:
        """The chosen candidates of the whole."""
        return np.flatnonzero(self.fixed == IN)

    @property
    def trivial(self) -> bool:
        """Whether nothing is to be chosen."""
        task = self.task
        return task.p == 0 or task.candidates <= task.p or task.entries == 0


def searched(whole: Whole, best: Best) -> None:
    """Search the best choice, and prove it.

    Parameters
    ----------
    whole
        The question.
    best
        The clock, which holds the answer.
    """
    most = _enough(whole)
    near = whole.left(whole.fixed, most=most)
    best.check()
    if near.p in {0, near.candidates} or near.entries == 0:
        _offer(whole, np.concatenate([np.flatnonzero(whole.fixed == IN), near.candidate[: near.p]]), best)
        best.raised(best.cost)
        return
    search = descend(near, first_choice(near), best)
    stage = Stage(
        task=near,
        held=prices(near, (search.served[0] + search.served[1]) / 2),
        candidate=near.candidate,
        demand=near.demand,
        fixed=whole.fixed,
        most=most,
    )
    _offer(whole, np.concatenate([stage.taken, near.candidate[search.chosen]]), best)
    _alternate(whole, stage, best)


def _enough(whole: Whole) -> int:
    """Return how many entries of a list matter, so that long lists are cut."""
    candidates = int((whole.fixed == 0).sum())
    p = max(1, whole.p - int((whole.fixed == IN).sum()))
    return max(FEW, SEVERAL * candidates // p) if _large(whole) else ALL


def _large(whole: Whole) -> bool:
    """Return whether a question is so large that its proof is hardly reached: prices and kicks are worth more there."""
    return len(whole.lists[1]) > MANY


def _alternate(whole: Whole, stage: Stage, best: Best) -> None:
    """Better the choice and the bound in turn, until the bound rises no more; then prove what is left."""
    state = np.array([whole.p], np.uint64)
    slow, rounds = (SLOW_LARGE, ROUNDS_LARGE) if _large(whole) else (SLOW, ROUNDS)
    while not best.proven and stage.held.pace[PACE] > slow:
        best.raised(ascend(stage.task, stage.held, best, rounds=rounds))
        if best.proven:
            break
        if short(whole, stage) > SHORT and stage.most * len(stage.demand) < LONG:
            stage = lengthened(whole, stage)
            continue
        _repair(whole, stage, best, state)
        stage = narrowed(stage, best)
        if stage.trivial:
            break
    if not best.proven and not stage.trivial:
        _polish(whole, stage, best, state)
    if not best.proven:
        _prove(whole, stage, best)


def short(whole: Whole, stage: Stage) -> float:
    """Return the share of the weight whose price would rise beyond the end of its cut list [0-1].

    Parameters
    ----------
    whole, stage
        The question and what is left of it.
    """
    weight, beyond = stage.task.weight, stage.task.beyond
    ends = (stage.held.keep >= beyond) & (beyond < whole.beyond[stage.demand])
    return float(weight[ends].sum() / weight.sum())


def lengthened(whole: Whole, stage: Stage) -> Stage:
    """Return what is left with lists of double the length.

    Parameters
    ----------
    whole, stage
        The question and what is left of it.
    """
    task = whole.left(stage.fixed, most=2 * stage.most)
    price = np.zeros(len(whole.weight))
    price[stage.demand] = stage.held.keep
    return replace(
        stage, task=task, held=prices(task, price[task.demand]), demand=task.demand, most=2 * stage.most
    )


def core(stage: Stage, best: Best, *, rare: float = RARE) -> Task:
    """Return the task among the candidates that the prices took lately and those of the best choice.

    Parameters
    ----------
    stage
        What is left.
    best
        The best choice.
    rare
        A candidate that is taken less often is left out.
    """
    share, p = stage.held.share, stage.task.p
    number = np.where(share > rare, 0, OUT).astype(np.int32)
    number[most_worth(share, min(p + FEW, len(share)))] = 0
    number[np.isin(stage.candidate, best.chosen)] = 0
    return reduced(stage.task, numbered(number))


def _repair(whole: Whole, stage: Stage, best: Best, state: NDArray[np.uint64]) -> None:
    """Look for a better choice among the candidates that the prices took lately, and near the best one."""
    few = core(stage, best, rare=0.0 if _large(whole) else RARE)
    share = stage.held.share[few.candidate]
    search = descend(few, np.asarray(most_worth(share, few.p), np.int64), best)
    known = np.flatnonzero(np.isin(stage.candidate[few.candidate], best.chosen))
    if len(known) == few.p and few.cost(known) < search.cost:
        search = descend(few, known, best)
    kicks = max(5, min(KICKS, SWAPS * few.p // few.entries))
    for _ in range(5):
        best.check()
        search.kick(state, kicks // 5)
    search = descend(stage.task, few.candidate[search.chosen], best)
    _offer(whole, np.concatenate([stage.taken, stage.candidate[search.chosen]]), best)


def _polish(whole: Whole, stage: Stage, best: Best, state: NDArray[np.uint64]) -> None:
    """Kick the best choice as long as it gets better."""
    few = core(stage, best, rare=0.0 if _large(whole) else RARE)
    names = stage.candidate[few.candidate]
    known = np.flatnonzero(np.isin(names, best.chosen))
    if len(known) != few.p:
        return
    search, idle = descend(few, known, best), 0
    enough = (IDLE_LARGE if _large(whole) else IDLE) * few.p
    at_once = max(1, min(few.p, SWAPS * few.p // few.entries // 10))
    while idle < enough and not best.proven:
        best.check()
        idle = 0 if search.kick(state, at_once) else idle + at_once
        if idle == 0:
            _offer(whole, np.concatenate([stage.taken, names[search.chosen]]), best)


def _offer(whole: Whole, chosen: NDArray[np.int64], best: Best) -> bool:
    return best.offer(chosen, whole.cost(chosen))


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
        most=stage.most,
    )


def _prove(whole: Whole, stage: Stage, best: Best) -> None:
    """Solve the core, then all that its cost leaves, with cut lists if they suffice."""
    if not stage.trivial:
        few = core(stage, best)
        only = _proof(whole, stage, few, stage.candidate[few.candidate], best)
        proved(replace(only, heard=_unheard), stage.held.keep[few.demand], most=CORE)
        stage = narrowed(stage, best, share=0.0)
    if not stage.trivial and short(whole, stage) <= SHORT:
        every = _proof(whole, stage, stage.task, stage.candidate, best)
        best.raised(proved(every, stage.held.keep, most=ALL))
    if not best.proven:
        left = whole.left(stage.fixed)
        price = np.zeros(len(whole.weight))
        price[stage.demand] = stage.held.keep
        every = _proof(whole, stage, left, left.candidate, best)
        best.raised(proved(every, price[left.demand], most=ALL))


def _proof(whole: Whole, stage: Stage, task: Task, candidate: NDArray[np.int64], best: Best) -> Proof:
    """Return how a task is proved, whose candidates have these numbers in the whole."""

    def offer(chosen: NDArray[np.int64]) -> None:
        _offer(whole, np.concatenate([stage.taken, candidate[chosen]]), best)

    return Proof(task=task, best=best, offer=offer, heard=best.raised)


def _unheard(bound: float) -> None:
    """Leave a bound that is one of the core alone."""
