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


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How a task is proved: `offer` takes a choice that may be better, `heard` a bound of the whole task."""

    task: Task
    best: Best
    offer: Callable[[NDArray[np.int64]], None]
    heard: Callable[[float], None]


def proved(proof: Proof, price: Floats, *, most: int) -> float:
    """Return a bound of a task: that of the best choice, unless it takes too many branches.

    Parameters
    ----------
    proof
        The task and the clock.
    price
        Prices to begin with [min] [i].
    most
        How many branches are looked into.
    """
    best, count = proof.best, 0
    root = Branch(fixed=np.zeros(proof.task.candidates, np.int32), price=price, bound=0.0)
    heap, closed = [(root.bound, 0, root)], np.inf
    while heap and heap[0][0] < best.enough and count < 2 * most:
        bound, _, branch = heapq.heappop(heap)
        proof.heard(min(bound, closed))
        best.check()
        children, loose = _children(proof, branch)
        closed = min(closed, loose)
        for child in children:
            count += 1
            heapq.heappush(heap, (child.bound, count, child))
    return min(closed, heap[0][0] if heap else np.inf, best.enough)


def _children(proof: Proof, branch: Branch) -> tuple[list[Branch], float]:
    """Return what is to be looked at after a branch, and the bound of what is not."""
    task, best = proof.task, proof.best
    left = reduced(task, numbered(branch.fixed))
    taken = np.flatnonzero(branch.fixed == IN)
    if left.p == 0 or left.candidates <= left.p or left.entries == 0:
        if left.candidates < left.p:
            return [], np.inf
        chosen = np.arange(left.p)
        proof.offer(np.concatenate([taken, left.candidate[chosen]]))
        return [], left.cost(chosen)
    held = prices(left, branch.price[left.demand], start=FIRST_STEP)
    bound = max(branch.bound, ascend(left, held, best, rounds=ROUNDS))
    if bound >= best.enough:
        return [], bound
    near = descend(left, np.asarray(most_worth(held.share, left.p), np.int64), best)
    proof.offer(np.concatenate([taken, left.candidate[near.chosen]]))
    if bound >= best.enough:
        return [], bound
    number = settled(left, held, best.enough)
    fixed = branch.fixed.copy()
    fixed[left.candidate[number == IN]] = IN
    fixed[left.candidate[number == OUT]] = OUT
    price = branch.price.copy()
    price[left.demand] = held.keep
    return _split(left, held, number, Branch(fixed=fixed, price=price, bound=bound)), best.enough


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
