"""The proof of a p-median by branch and bound: a candidate is in or out, and prices bound what is left."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gisplan.siting.solver.bounds import ascend, numbered, prices, settled
from gisplan.siting.solver.exchange import descend
from gisplan.siting.solver.kernels_ascent import best as most_worth
from gisplan.siting.solver.kernels_lists import IN, OUT
from gisplan.siting.solver.task import reduced

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from gisplan.siting.solver.bounds import Prices
    from gisplan.siting.solver.kernels_lists import Floats, Integers
    from gisplan.siting.solver.task import Task
    from gisplan.siting.solver.watch import Best

ROUNDS, FIRST_STEP = 60, 0.1
"""Rounds of each branch, and their first step: its prices begin where those of its parent ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Candidates `IN` or `OUT` (others 0) [j], prices to begin with [i] and the bound of the parent."""

    fixed: Integers
    price: Floats
    bound: float


def proved(task: Task, price: Floats, best: Best, offer: Callable[[NDArray[np.int64]], None]) -> None:
    """Raise the bound of a task until nothing better can be left.

    Parameters
    ----------
    task
        The task.
    price
        Prices to begin with [min] [i].
    best
        The clock, with the bound of the whole.
    offer
        What is done with a choice of the task that may be better.
    """
    root = Branch(fixed=np.zeros(task.candidates, np.int32), price=price, bound=best.bound)
    heap, count = [(root.bound, 0, root)], 0
    while heap:
        bound, _, branch = heapq.heappop(heap)
        best.raised(min(bound, best.enough))
        if bound >= best.enough:
            break
        best.check()
        for child in _children(task, branch, best, offer):
            if child.bound < best.enough:
                count += 1
                heapq.heappush(heap, (child.bound, count, child))
    best.raised(best.enough)


def _children(
    task: Task, branch: Branch, best: Best, offer: Callable[[NDArray[np.int64]], None]
) -> list[Branch]:
    """Return what is to be looked at after a branch."""
    left = reduced(task, numbered(branch.fixed))
    taken = np.flatnonzero(branch.fixed == IN)
    if left.p == 0 or left.candidates == left.p or left.entries == 0:
        offer(np.concatenate([taken, left.candidate[: left.p]]))
        return []
    held = prices(left, branch.price[left.demand], start=FIRST_STEP)
    bound = max(branch.bound, ascend(left, held, rounds=ROUNDS, cost=best.cost, enough=best.enough))
    if bound >= best.enough:
        return []
    near = descend(left, np.asarray(most_worth(held.share, left.p), np.int64), best)
    offer(np.concatenate([taken, left.candidate[near.chosen]]))
    if bound >= best.enough:
        return []
    number = settled(left, held, best.enough)
    fixed = branch.fixed.copy()
    fixed[left.candidate[number == IN]] = IN
    fixed[left.candidate[number == OUT]] = OUT
    price = branch.price.copy()
    price[left.demand] = held.keep
    return _split(left, held, number, Branch(fixed=fixed, price=price, bound=bound))


def _split(left: Task, held: Prices, number: Integers, branch: Branch) -> list[Branch]:
    """Return a branch with the candidate that is least clear in, and one with it out."""
    open_ = np.flatnonzero(number >= 0)
    if len(open_) == 0:
        return [branch]
    doubt = np.abs(held.share[open_] - 0.5)
    which = left.candidate[open_[np.argmin(doubt)]]
    both = []
    for side in (IN, OUT):
        fixed = branch.fixed.copy()
        fixed[which] = side
        both.append(Branch(fixed=fixed, price=branch.price, bound=branch.bound))
    return both
