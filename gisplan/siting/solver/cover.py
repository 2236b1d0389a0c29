"""The least cover: reductions, a Lagrangian bound, a weighing search, and HiGHS for what is left.

References
----------
Caprara, Fischetti, Toth (1999), A heuristic method for the set covering problem, Operations Research 47(5).
Gao, Weise, Li (2015), An efficient local search heuristic with row weighting for the unicost set covering problem,
European Journal of Operational Research 246(3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gisplan.siting.solver.sheet import HALF, Block, Columns, Watch, minimised, one_row
from gisplan.siting.solver.tableau import Tableau, kept, taking, thinned

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.solver.cover_kernels import Search
    from gisplan.siting.solver.words import Ended

EPS = 1e-6
"""Of costs that are not whole, a cover that is cheaper by a smaller share is not looked for."""

ASCENT = 50
"""Rounds of the bound between two looks at the clock."""

WORK = 2 * 10**7
"""Members that the search touches, about, between two looks at the clock."""

EFFORTS = ((200, 1_000, 1), (400, 20_000, 20), (800, 100_000, 100))
"""Rounds of the bound, and of the search: the steps, and looks at the clock, that it takes at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """A cover as candidates, what it costs, what none costs less than, and why the search ended.

    Where none was found the cost is infinite; where there is none, so is the bound.
    """

    chosen: NDArray[np.int64]
    cost: float
    bound: float
    ended: Ended


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """The best cover of the columns [c], its cost, the bound and its prices [r]; taken candidates left out."""

    chosen: NDArray[np.bool_]
    cost: float
    bound: float
    price: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Goal:
    """Whether costs are whole, and the cost that is enough."""

    whole: bool
    enough: float

    def aim(self, cost: float) -> float:
        """Return the highest cost that would still tell more than a cover of this cost does."""
        return min(cost - self.unit(cost), self.enough if np.isfinite(self.enough) else np.inf)

    def unit(self, cost: float) -> float:
        """Return the smallest step of costs."""
        return 1.0 if self.whole else EPS * max(cost, 1.0) if np.isfinite(cost) else EPS

    def rounded(self, bound: float) -> float:
        """Return a bound, rounded up where costs are whole."""
        return float(np.ceil(bound - EPS)) if self.whole and np.isfinite(bound) else bound

    def done(self, cost: float, bound: float) -> bool:
        """Return whether nothing more is asked."""
        near = bound >= cost - (0.0 if self.whole else self.unit(cost))
        return near or (np.isfinite(self.enough) and (cost <= self.enough + EPS or bound > self.enough + EPS))


def least_cover(problem: Tableau, *, clock: Watch, whole: bool, enough: float = np.inf) -> Cover:
    """Return the cheapest cover, as far as the time goes.

    Parameters
    ----------
    problem
        The covering problem.
    clock
        How long to search.
    whole
        Whether all costs are whole numbers, so that a bound may be rounded up.
    enough
        Where finite, the search ends at a cover that costs no more, or when it is proven that none does.
    """
    goal = _Goal(whole=whole, enough=enough)
    small = thinned(problem, clock)
    best = Cover(chosen=np.empty(0, np.int64), cost=np.inf, bound=-np.inf, ended="proven")
    bar = np.inf
    for effort in EFFORTS:
        known = _known(small, goal, clock=clock, other=best.cost, effort=effort)
        best = _better(best, small, known.chosen, cost=known.cost)
        # What was left out costs at least the bar.
        bound = min(goal.rounded(known.bound), bar, best.cost if np.isfinite(best.cost) else np.inf)
        best = replace(best, bound=max(best.bound, bound))
        _tell(clock, best)
        if goal.done(best.cost, best.bound) or clock.over():
            return replace(best, ended=clock.over() or "proven")
        aim = goal.aim(best.cost)
        bar = min(aim + goal.unit(best.cost), bar)
        small = thinned(_fixed(small, known, aim), clock)
    return _proven(small, best, goal, clock=clock)


def _better(best: Cover, small: Tableau, chosen: NDArray[np.bool_], *, cost: float) -> Cover:
    """Return the cheaper of two covers."""
    if cost >= best.cost:
        return best
    return replace(best, chosen=np.sort(np.concatenate([small.taken, small.candidate[chosen]])), cost=cost)


def _tell(clock: Watch, best: Cover) -> None:
    if clock.limits.told and np.isfinite(best.cost) and np.isfinite(best.bound):
        clock.limits.told(max(best.cost - best.bound, 0.0) / max(best.cost, EPS))


def _known(
    small: Tableau, goal: _Goal, *, clock: Watch, other: float, effort: tuple[int, int, int]
) -> _Known:
    """Return a bound and a cover of what is left; `other` is what a cover costs that is known already."""
    none, price = np.zeros(len(small.cost), bool), np.empty(0)
    if not small.rows:
        return _Known(chosen=none, cost=small.spent, bound=small.spent, price=price)
    if (np.diff(small.start) == 0).any():
        return _Known(chosen=none, cost=np.inf, bound=np.inf, price=price)
    search = _begun(small)
    first = float(small.cost[search.best].sum()) + small.spent
    price, bound = _priced(small, goal, clock=clock, least=min(first, other), rounds=effort[0])
    if goal.done(min(first, other), goal.rounded(bound)) or clock.over():
        return _Known(chosen=search.best, cost=first, bound=bound, price=price)
    cost = _searched(small, search, goal, clock=clock, bound=goal.rounded(bound), effort=effort)
    return _Known(chosen=search.best, cost=cost, bound=bound, price=price)


def _priced(
    small: Tableau, goal: _Goal, *, clock: Watch, least: float, rounds: int
) -> tuple[NDArray[np.float64], float]:
    """Return prices of the rows and the bound that they give."""
    from gisplan.siting.solver.cover_kernels import ascend

    table = small.table()
    each = small.cost / np.maximum(np.diff(small.up), 1)
    price = np.minimum.reduceat(each[small.column], small.start[:-1])
    best, state = price.copy(), np.array([-np.inf, 1.0, 0.0, least - small.spent])
    for _ in range(0, rounds, ASCENT):
        ascend(table, price, state, best, ASCENT)
        if goal.done(least, goal.rounded(state[0] + small.spent)) or clock.over():
            break
    return best, float(state[0]) + small.spent


def _begun(small: Tableau) -> Search:
    """Return a cover of the columns that cover the most open rows for their cost, one after the other."""
    from gisplan.siting.solver.cover_kernels import Search, flip

    columns, rows, table = len(small.cost), small.rows, small.table()
    begun = Search(
        chosen=np.zeros(columns, bool),
        best=np.zeros(columns, bool),
        score=np.diff(small.up).astype(np.float64),
        age=np.zeros(columns, np.int64),
        times=np.zeros(rows, np.int32),
        weight=np.ones(rows),
        place=np.arange(rows),
        waiting=np.arange(rows),
        whole=np.array([rows, 1, -1, -1]),
        state=np.array([np.inf, -np.inf, 0.0, 1.0]),
    )
    worth = np.maximum(small.cost, EPS)
    while not begun.times.all():
        flip(int(np.argmax(np.where(begun.chosen, -1.0, begun.score / worth))), table, begun)
    begun.best[:] = begun.chosen
    begun.state[0] = small.cost[begun.best].sum()
    return begun


def _searched(
    small: Tableau, found: Search, goal: _Goal, *, clock: Watch, bound: float, effort: tuple[int, int, int]
) -> float:
    """Return the cost of the best cover found."""
    from gisplan.siting.solver.cover_kernels import seek

    found.state[1] = (max(goal.enough, bound) if np.isfinite(goal.enough) else bound) - small.spent
    touched = len(small.column) / len(small.cost) * max(len(small.column) / small.rows, 1.0) * 2.0
    _, steps, looks = effort
    at_once = max(min(int(WORK / touched), steps), 1)
    table = small.table()
    for _ in range(min(looks, -(-steps // at_once))):
        seek(table, found, at_once)
        if found.state[0] <= found.state[1] + EPS or clock.over():
            break
    return float(found.state[0]) + small.spent


def _fixed(small: Tableau, known: _Known, aim: float) -> Tableau:
    """Return what is left of a problem when no cover that costs more than `aim` is asked for."""
    left = small.cost - np.bincount(
        small.column, weights=np.repeat(known.price, np.diff(small.start)), minlength=len(small.cost)
    )
    margin = aim - known.bound + EPS * max(abs(aim), 1.0)
    rest = kept(small, np.ones(small.rows, bool), left <= margin)
    must = -left[left <= margin] > margin
    return taking(rest, np.flatnonzero(must))


def _proven(small: Tableau, best: Cover, goal: _Goal, *, clock: Watch) -> Cover:
    """Return the best cover with the proof of HiGHS on what is left, as far as the time goes."""
    aim = goal.aim(best.cost)
    bar = aim + goal.unit(best.cost)
    if (np.diff(small.start) == 0).any() or small.spent > aim + EPS:
        return replace(best, bound=max(best.bound, min(bar, best.cost)))
    columns = len(small.cost)
    sheet = Columns(
        cost=small.cost, lower=np.zeros(columns), upper=np.ones(columns), whole=np.ones(columns, bool)
    )
    rows = Block(
        row=np.repeat(np.arange(small.rows), np.diff(small.start)),
        column=small.column.astype(np.int64),
        value=np.ones(len(small.column)),
        lower=np.ones(small.rows),
        upper=np.full(small.rows, np.inf),
    )
    blocks = [rows]
    if np.isfinite(aim):
        blocks.append(one_row(np.arange(columns), small.cost, upper=aim - small.spent + EPS))
    run = minimised(sheet, blocks, clock=clock.silent(), enough=goal.enough - small.spent)
    if run.none:
        return replace(best, bound=max(best.bound, min(bar, best.cost)))
    if run.values is not None:
        chosen = run.values > HALF
        best = _better(best, small, chosen, cost=small.spent + float(small.cost[chosen].sum()))
    bound = min(goal.rounded(run.bound + run.slack / 2.0 + small.spent), bar, best.cost)
    return replace(best, bound=max(best.bound, bound), ended=run.ended)
