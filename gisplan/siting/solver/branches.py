"""The proof of a p-median by branch and bound: either none of the candidates in a ball is chosen, or at least one.

Prices bound what is left. That at least one of a ball is chosen is one more demand, which pays dearly for none.

References
----------
García, S., Labbé, M., Marín, A. (2011) Solving large p-median problems with a radius formulation. INFORMS Journal on
Computing 23, 546–556: its variables say of each ball whether one is chosen.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gisplan.siting.solver.bounds import ascend, prices, settled
from gisplan.siting.solver.exchange import descend
from gisplan.siting.solver.kernels_ascent import best as most_worth
from gisplan.siting.solver.kernels_balls import balls
from gisplan.siting.solver.kernels_lists import IN, OUT
from gisplan.siting.solver.task import also, numbered, reduced

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from gisplan.siting.solver.bounds import Prices
    from gisplan.siting.solver.kernels_lists import Floats, Integers
    from gisplan.siting.solver.task import Task
    from gisplan.siting.solver.watch import Best

ROUNDS, FIRST_STEP = 100, 0.05
"""Rounds of each branch, and their first step: its prices begin where those of its parent ended."""

SEEN = 0.02
"""Candidates taken less often do not make a ball another one."""

TRIED = 20
"""Balls that are looked at before a single candidate is branched on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """What is chosen, and what is known of it from above.

    Candidates `IN` or `OUT` (others 0) [j], balls of which one is chosen, prices to begin with, of the demands and
    then of the balls, and the bound of the parent.
    """

    fixed: Integers
    some: tuple[NDArray[np.int64], ...]
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
    root = Branch(fixed=np.zeros(proof.task.candidates, np.int32), some=(), price=price, bound=0.0)
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
    taken = np.flatnonzero(branch.fixed == IN)
    if task.p < len(taken) or (branch.fixed != OUT).sum() < task.p:
        return [], np.inf
    left = reduced(also(task, branch.some, best.cost), numbered(branch.fixed))
    if left.p in {0, left.candidates} or left.entries == 0:
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
    child = Branch(fixed=fixed, some=branch.some, price=price, bound=bound)
    if not (fixed == 0).any():
        return [child], np.inf
    return _split(child, _ball(task, left, held, child)), np.inf


def _ball(task: Task, left: Task, held: Prices, branch: Branch) -> NDArray[np.int64]:
    """Return the candidates of the task in the ball that matters most, or the one that is least clear."""
    demands = int(np.searchsorted(left.demand, len(task.weight)))
    mark, score, row, radius = balls(left.rows, left.weight, left.beyond, held.share, SEEN, demands)
    _, first, group = np.unique(mark, return_index=True, return_inverse=True)
    total = np.bincount(group, weights=score, minlength=len(first))
    start, candidate, minutes = left.rows
    for best in np.argsort(-total, kind="stable")[:TRIED]:
        own = np.flatnonzero(group == best)
        which = own[np.argmax(score[own])]
        one = slice(start[row[which]], start[row[which] + 1])
        inside = left.candidate[candidate[one][minutes[one] <= radius[which]]]
        inside = np.sort(inside[branch.fixed[inside] == 0])
        if len(inside) and not any(np.isin(some, inside).all() for some in branch.some):
            return inside
    open_ = np.flatnonzero(branch.fixed[left.candidate] == 0)
    unclear = np.abs(held.share[open_] - 0.5)
    return np.asarray(left.candidate[open_[[np.argmin(unclear)]]], np.int64)


def _split(branch: Branch, ball: NDArray[np.int64]) -> list[Branch]:
    """Return a branch where one of a ball is chosen, and one where none is."""
    none = branch.fixed.copy()
    none[ball] = OUT
    without = replace(branch, fixed=none)
    if len(ball) == 1:
        one = branch.fixed.copy()
        one[ball] = IN
        return [replace(branch, fixed=one), without]
    price = np.append(branch.price, 0.0)
    return [replace(branch, some=(*branch.some, ball), price=price), without]
