"""The largest coverage by p candidates: equal sets once, a Lagrangian bound, exchanges, and HiGHS for what is left.

References
----------
Church, ReVelle (1974), The maximal covering location problem, Papers of the Regional Science Association 32.
Galvão, ReVelle (1996), A Lagrangean heuristic for the maximal covering location problem, European Journal of
Operational Research 88(1).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gisplan.access.coverage import within
from gisplan.siting.solver.sets import Sets, cover_sets, merged, prefixes
from gisplan.siting.solver.sheet import HALF, TOLERANCE, Block, Columns, Run, Watch, minimised, one_row
from gisplan.siting.solver.tableau import Tableau, kept, tableau, taking

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.solver.coverage_kernels import Field
    from gisplan.siting.solver.words import Answer, Ended, Reach, Rules

DESCENT = 20
"""Rounds of the bound between two looks at the clock."""

EFFORTS = (200, 300, 500)
"""Rounds of the bound before candidates are left out."""

PATIENCE = 15
"""After so many rounds without a lower bound the steps become shorter."""

SHORTER = 0.7

LOWER = 1e-4
"""Which share of the gap a bound must be lower by to count as lower."""

EXCHANGES = 10
"""Exchanges between two looks at the clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Sets [r] with their `weight` and `price`; `p` candidates are still to choose, the weight `won` is covered."""

    sets: Tableau
    weight: NDArray[np.float64]
    price: NDArray[np.float64]
    p: int
    won: float

    def field(self) -> Field:
        """Return it as the compiled loops read it."""
        from gisplan.siting.solver.coverage_kernels import Field

        return Field(self.sets.up, self.sets.row, self.weight)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The best choice so far and the weight it covers, what none covers more than, and why the search ended."""

    chosen: NDArray[np.int64]
    worth: float
    bound: float
    ended: Ended = "proven"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Aim:
    """Whether weights are whole, and the coverage that is enough."""

    whole: bool
    enough: float

    def done(self, best: Found) -> bool:
        """Return whether nothing more is asked."""
        if np.isfinite(self.enough) and (best.worth >= self.enough or best.bound < self.enough):
            return True
        near = 1.0 - TOLERANCE if self.whole else TOLERANCE * max(best.worth, TOLERANCE) / 10.0
        return best.bound - best.worth < near


def plain_coverage(reach: Reach, *, rules: Rules, clock: Watch) -> Answer:
    """Return the choice that covers the most where only p, minutes and forced candidates are ruled.

    Parameters
    ----------
    reach
        Who reaches whom.
    rules
        Their `p`, `minutes` and `forced`.
    clock
        How long to search.
    """
    from gisplan.siting.solver.program import answer

    sets = cover_sets(prefixes(reach), rules.minutes)
    stands = float(reach.weight[within(reach.beyond, rules.minutes)].sum())
    whole = bool((reach.weight == np.round(reach.weight)).all())
    found = most_covered(sets, p=rules.p or 0, forced=rules.forced, clock=clock, whole=whole)
    done = found.ended == "proven"
    slack = TOLERANCE * max(found.worth + stands, 0.0) * done
    run = Run(values=None, bound=np.nan, ended=found.ended, slack=slack)
    return answer(
        "max-coverage", reach, found.chosen, rules=rules, bound=found.bound + stands, run=(run, clock)
    )


def most_covered(
    sets: Sets,
    *,
    p: int,
    forced: NDArray[np.bool_],
    clock: Watch,
    whole: bool,
    enough: float = np.inf,
    proof: bool = True,
) -> Found:
    """Return the p candidates that cover the most weight of some sets.

    Parameters
    ----------
    sets
        Sets of candidates of which one must be chosen to cover them.
    p
        How many are chosen.
    forced
        Candidates that are chosen in any case [j].
    clock
        How long to search.
    whole
        Whether all weights are whole numbers, so that a bound may be rounded down.
    enough
        Where finite, the search ends at a choice that covers so much, or when it is proven that none does.
    proof
        Whether HiGHS proves what bounds and exchanges leave open.
    """
    aim = _Aim(whole=whole, enough=enough)
    left = _begun(sets, p, forced)
    best = Found(chosen=np.empty(0, np.int64), worth=-np.inf, bound=np.inf)
    for rounds in EFFORTS:
        best, left = _bettered(left, best, clock=clock, rounds=rounds, aim=aim)
        if clock.limits.told:
            clock.limits.told((best.bound - best.worth) / max(best.worth, TOLERANCE))
        over = clock.over()
        if over or aim.done(best):
            return replace(best, ended="proven" if aim.done(best) else over or "proven")
        left = _fixed(left, best, aim)
        if left.p < 0 or left.p > len(left.sets.cost):
            return replace(best, bound=best.worth)
    return _proven(left, best, aim, clock=clock) if proof else best


def _begun(sets: Sets, p: int, forced: NDArray[np.bool_]) -> Spread:
    none = np.zeros(len(forced), bool)
    table = tableau(sets.start, sets.candidate, cost=np.ones(len(forced)), forced=none)
    some = np.diff(table.start) > 0
    weight = sets.weight[some]
    price = weight / np.diff(table.start)[some]
    whole = Spread(sets=kept(table, some, ~none), weight=weight, price=price, p=p, won=0.0)
    return _taking(whole, np.flatnonzero(forced))


def _taking(left: Spread, columns: NDArray[np.int64]) -> Spread:
    """Return what is left when some columns are chosen."""
    if not len(columns):
        return left
    mine = np.zeros(len(left.sets.cost), bool)
    mine[columns] = True
    row = np.repeat(np.arange(left.sets.rows), np.diff(left.sets.start))
    covered = np.zeros(left.sets.rows, bool)
    covered[row[mine[left.sets.column]]] = True
    return Spread(
        sets=taking(left.sets, columns),
        weight=left.weight[~covered],
        price=left.price[~covered],
        p=left.p - len(columns),
        won=left.won + float(left.weight[covered].sum()),
    )


def _bettered(left: Spread, best: Found, *, clock: Watch, rounds: int, aim: _Aim) -> tuple[Found, Spread]:
    """Return a better choice and bound, and the prices of the bound."""
    best = _exchanged(left, best, _greedy(left), clock=clock)
    way = _Descent(price=left.price.copy(), direction=np.zeros(left.sets.rows), best=left.price.copy())
    field = left.field()
    for _ in range(0, rounds, DESCENT):
        for _ in range(DESCENT):
            way, top = _descended(way, field, left.p, best.worth - left.won)
        best = _exchanged(left, best, top, clock=clock)
        bound = way.bound * (1.0 + 1e-12) + left.won
        bound = float(np.floor(bound + TOLERANCE)) if aim.whole else bound
        best = replace(best, bound=max(min(best.bound, bound), best.worth))
        if clock.over() or aim.done(best):
            break
    return best, replace(left, price=way.best)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Descent:
    """Prices of the sets on the way down, the lowest bound and its prices, the step, and how long it was no lower."""

    price: NDArray[np.float64]
    direction: NDArray[np.float64]
    best: NDArray[np.float64]
    bound: float = np.inf
    length: float = 1.0
    waited: int = 0


def _descended(way: _Descent, field: Field, p: int, known: float) -> tuple[_Descent, NDArray[np.int64]]:
    """Return the prices after a step, and the p columns that are worth most; `known` is what a choice covers."""
    from gisplan.siting.solver.coverage_kernels import slope_of, step, worths

    worth = worths(field, way.price)
    top = np.argsort(-worth, kind="stable")[:p].astype(np.int64)
    bound = float((field.weight - way.price).sum() + worth[top].sum())
    waited = (
        0 if bound < way.bound - LOWER * abs(way.bound - known) or np.isinf(way.bound) else way.waited + 1
    )
    lowest, price, length = way.best, way.price, way.length
    if bound < way.bound:
        lowest = price.copy()
    if waited > PATIENCE:
        length, waited, price = length * SHORTER, 0, lowest.copy()
        way.direction[:] = 0.0
    step(field.weight, price, slope_of(field, top), way.direction, length * max(bound - known, 0.0))
    after = _Descent(
        price=price,
        direction=way.direction,
        best=lowest,
        bound=min(bound, way.bound),
        length=length,
        waited=waited,
    )
    return after, top


def greedily(sets: Sets, *, forced: NDArray[np.bool_], need: float) -> NDArray[np.int64]:
    """Return candidates each of which covers the most that is not yet covered, until they cover some weight.

    Parameters
    ----------
    sets
        Sets of candidates of which one must be chosen to cover them.
    forced
        Candidates that are chosen in any case [j].
    need
        The weight, which all candidates together cover.
    """
    left = _begun(sets, len(forced), forced)
    chosen = _greedy(left, need=need - left.won)
    return np.sort(np.concatenate([left.sets.taken, left.sets.candidate[chosen]]))


def _greedy(left: Spread, *, need: float = np.inf) -> NDArray[np.int64]:
    """Return p columns, or as many as cover what is needed, each the one that covers the most not yet covered."""
    from gisplan.siting.solver.coverage_kernels import worths

    sets, open_weight = left.sets, left.weight.copy()
    total = float(left.weight.sum())
    chosen: list[int] = []
    while len(chosen) < left.p and total - float(open_weight.sum()) < need:
        worth = worths(left.field(), open_weight)
        worth[chosen] = -1.0
        one = int(np.argmax(worth))
        chosen.append(one)
        open_weight[sets.row[sets.up[one] : sets.up[one + 1]]] = 0.0
    return np.array(chosen, np.int64)


def _exchanged(left: Spread, best: Found, chosen: NDArray[np.int64], *, clock: Watch) -> Found:
    """Return the better of the best choice and of this one after exchanges."""
    from gisplan.siting.solver.coverage_kernels import exchange

    sets = left.sets
    worth = -np.inf
    while True:
        more = exchange(left.field(), chosen, EXCHANGES) + left.won
        if more <= worth or clock.over():
            worth = more
            break
        worth = more
    if worth <= best.worth * (1.0 + 1e-12) and len(best.chosen):
        return best
    mine = np.sort(np.concatenate([sets.taken, sets.candidate[chosen]]))
    return replace(best, chosen=mine, worth=worth)


def _fixed(left: Spread, best: Found, aim: _Aim) -> Spread:
    """Return what is left when only choices that cover more than the best are asked for."""
    from gisplan.siting.solver.coverage_kernels import worths

    sets, price = left.sets, left.price
    worth = worths(left.field(), price)
    order = np.argsort(-worth, kind="stable")
    bound = float((left.weight - price).sum() + worth[order[: left.p]].sum()) + left.won
    # A choice that is no better than this is not asked for.
    least = best.worth + (1.0 if aim.whole else 0.0)
    margin = bound - least + TOLERANCE * max(best.worth, 1.0) / 10.0
    last = worth[order[left.p - 1]] if left.p else np.inf
    following = worth[order[left.p]] if left.p < len(order) else -np.inf
    top = np.zeros(len(worth), bool)
    top[order[: left.p]] = True
    out = ~top & (last - worth > margin)
    must = top & (worth - following > margin)
    rest = replace(left, sets=kept(sets, np.ones(sets.rows, bool), ~out))
    return _merged(_taking(rest, np.flatnonzero(must[~out])))


def _merged(left: Spread) -> Spread:
    """Return the same with equal sets once, and without empty ones."""
    some = np.diff(left.sets.start) > 0
    first, group = merged(left.sets.start, left.sets.column, len(left.sets.cost))
    added = [np.bincount(group, weights=one, minlength=len(first)) for one in (left.weight, left.price)]
    keep = np.zeros(left.sets.rows, bool)
    keep[first] = True
    order = np.argsort(first, kind="stable")
    alive = (keep & some)[np.sort(first)]
    sets = kept(left.sets, keep & some, np.ones(len(left.sets.cost), bool))
    weight, price = (np.asarray(one[order][alive], np.float64) for one in added)
    return replace(left, sets=sets, weight=weight, price=price)


def _proven(left: Spread, best: Found, aim: _Aim, *, clock: Watch) -> Found:
    """Return the best choice with the proof of HiGHS on what is left, as far as the time goes."""
    sets = left.sets
    columns, rows = len(sets.cost), sets.rows
    own = np.arange(rows)
    sheet = Columns(
        cost=np.concatenate([np.zeros(columns), -left.weight]),
        lower=np.zeros(columns + rows),
        upper=np.ones(columns + rows),
        whole=np.repeat([True, False], [columns, rows]),
    )
    covered = Block(
        row=np.concatenate([own, np.repeat(own, np.diff(sets.start))]),
        column=np.concatenate([own + columns, sets.column.astype(np.int64)]),
        value=np.concatenate([np.ones(rows), -np.ones(len(sets.column))]),
        lower=np.full(rows, -np.inf),
        upper=np.zeros(rows),
    )
    number = one_row(np.arange(columns), np.ones(columns), lower=left.p, upper=left.p)
    run = minimised(sheet, [covered, number], clock=clock.silent())
    if run.none:
        return replace(best, bound=best.worth)
    if run.values is not None:
        chosen = np.flatnonzero(run.values[:columns] > HALF).astype(np.int64)
        best = _exchanged(left, best, chosen, clock=clock)
    bound = left.won - run.bound
    bound = float(np.floor(bound + TOLERANCE)) if aim.whole and np.isfinite(bound) else bound
    # What was left out is no better than the best.
    bound = max(min(best.bound, bound), best.worth)
    return replace(best, bound=bound, ended=run.ended)
