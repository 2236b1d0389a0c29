"""The p-median and the maximal covering problem, solved to proof by HiGHS.

References
----------
García, Labbé, Marín (2011), Solving large p-median problems with a radius formulation, INFORMS Journal on
Computing 23(4). Church, ReVelle (1974), The maximal covering location problem.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SECONDS = 60.0
PROVEN_GAP = 1e-6
ENUMERATED = 3000
"""Up to so many choices are simply tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Chosen candidates in their order, objective, bound (below a p-median, above a coverage), gap, proof."""

    chosen: NDArray[np.int64]
    objective: float
    bound: float
    gap: float
    proven: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sets:
    """Sets of candidates [s, j], and what it costs when none of a set is chosen [s]."""

    member: NDArray[np.bool_]
    cost: NDArray[np.float64]


def p_median(
    cost: NDArray[np.float64],
    weight: NDArray[np.float64],
    *,
    p: int,
    forced: NDArray[np.bool_],
    seconds: float = SECONDS,
) -> Answer:
    """Return the p candidates with the least weighted sum of costs to the nearest of them.

    A demand pays the step from its k-th to its next nearest candidate unless one of the first k is chosen;
    demands that share these k candidates share a variable, which keeps the problem small.

    Parameters
    ----------
    cost
        Finite costs from each demand to each candidate [i, j].
    weight
        Weights, at least 0 [i].
    p
        How many are chosen.
    forced
        Candidates that must be chosen [j].
    seconds
        Time limit; the best answer found by then is returned, unproven.
    """
    sets, base = _steps(cost, weight, p)
    chosen, bound, done = _solve(sets, p=p, forced=forced, seconds=seconds)
    objective = float(weight @ cost[:, chosen].min(axis=1))
    return _answer(chosen, objective, base + bound, proven=done)


def max_coverage(
    covered: NDArray[np.bool_],
    weight: NDArray[np.float64],
    *,
    p: int,
    forced: NDArray[np.bool_],
    seconds: float = SECONDS,
) -> Answer:
    """Return the p candidates that cover the most weight.

    Parameters
    ----------
    covered
        Which candidate covers which demand [i, j].
    weight
        Weights, at least 0 [i].
    p, forced, seconds
        As for `p_median`.
    """
    sets = _shared(covered, weight)
    chosen, lost, done = _solve(sets, p=p, forced=forced, seconds=seconds)
    objective = float(weight @ covered[:, chosen].any(axis=1))
    return _answer(chosen, objective, float(weight.sum()) - lost, proven=done)


def _answer(chosen: NDArray[np.int64], objective: float, bound: float, *, proven: bool) -> Answer:
    gap = abs(objective - bound) / max(abs(objective), 1.0)
    closed = proven and gap <= PROVEN_GAP
    # Rounding in the solver may leave the bound a hair on the wrong side of a proven objective.
    return Answer(
        chosen=chosen,
        objective=objective,
        bound=objective if closed else bound,
        gap=0.0 if closed else gap,
        proven=closed,
    )


def _steps(cost: NDArray[np.float64], weight: NDArray[np.float64], p: int) -> tuple[_Sets, float]:
    """Return for each distinct set of nearest candidates the weighted step to the next one."""
    count = cost.shape[1]
    order = np.argsort(cost, axis=1, kind="stable")
    ranked = np.take_along_axis(cost, order, axis=1)
    rows = np.arange(len(cost))
    near = np.zeros(cost.shape, bool)
    members, costs = [np.empty((0, count), bool)], [np.empty(0)]
    # Of any count - p + 1 candidates one is chosen, so longer sets never cost anything.
    for k in range(1, count - p + 1):
        near[rows, order[:, k - 1]] = True
        step = weight * (ranked[:, k] - ranked[:, k - 1])
        pays = step > 0.0
        part = _shared(near[pays], step[pays])
        members.append(part.member)
        costs.append(part.cost)
    sets = _Sets(member=np.concatenate(members), cost=np.concatenate(costs))
    return sets, float(weight @ ranked[:, 0])


def _shared(member: NDArray[np.bool_], cost: NDArray[np.float64]) -> _Sets:
    """Return equal sets once, their costs added."""
    packed, which = np.unique(np.packbits(member, axis=1), axis=0, return_inverse=True)
    unpacked = np.unpackbits(packed, axis=1, count=member.shape[1]).astype(bool)
    added = np.bincount(which.ravel(), weights=cost, minlength=len(packed))
    return _Sets(member=unpacked, cost=added.astype(np.float64))


def _solve(
    sets: _Sets, *, p: int, forced: NDArray[np.bool_], seconds: float
) -> tuple[NDArray[np.int64], float, bool]:
    """Return the p candidates that leave the least cost of missed sets, its lower bound, and if proven."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, eye_array, hstack

    number, count = sets.member.shape
    if comb(count - int(forced.sum()), p - int(forced.sum())) <= ENUMERATED:
        return _enumerated(sets, p=p, forced=forced)
    scale = max(float(sets.cost.max(initial=0.0)), 1.0)
    hit = hstack([csr_array(sets.member.astype(float)), eye_array(number)], format="csr")
    total = np.concatenate([np.ones(count), np.zeros(number)])[None, :]
    rules = [LinearConstraint(total, p, p)]
    if number:
        rules.append(LinearConstraint(hit, 1.0, np.inf))
    # The missed sets follow from the choice, so only the choice need be whole.
    result: Any = milp(
        np.concatenate([np.zeros(count), sets.cost / scale]),
        integrality=np.repeat([1, 0], [count, number]),
        bounds=Bounds(np.concatenate([forced.astype(float), np.zeros(number)]), np.ones(count + number)),
        constraints=rules,
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    if result.x is None:
        return _greedy(sets, p=p, forced=forced), 0.0, False
    chosen = np.sort(np.argsort(-result.x[:count], kind="stable")[:p]).astype(np.int64)
    bound = result.fun if result.mip_dual_bound is None else result.mip_dual_bound
    return chosen, float(bound) * scale, bool(result.status == 0)


def _enumerated(sets: _Sets, *, p: int, forced: NDArray[np.bool_]) -> tuple[NDArray[np.int64], float, bool]:
    """Return the answer by trying every choice, the first of equally good ones."""
    given = list(np.flatnonzero(forced))
    best, least = np.array(given, dtype=np.int64), np.inf
    for more in combinations(np.flatnonzero(~forced), p - len(given)):
        chosen = [*given, *more]
        cost = float(sets.cost[~sets.member[:, chosen].any(axis=1)].sum())
        if cost < least:
            best, least = np.sort(np.array(chosen, dtype=np.int64)), cost
    return best, least, True


def _greedy(sets: _Sets, *, p: int, forced: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return p candidates, each the one that saves most; the answer when time ran out before any other."""
    chosen = [int(one) for one in np.flatnonzero(forced)]
    open_sets = ~sets.member[:, chosen].any(axis=1)
    while len(chosen) < p:
        saved = (sets.member[open_sets] * sets.cost[open_sets, None]).sum(axis=0)
        saved[chosen] = -1.0
        best = int(np.argmax(saved))
        chosen.append(best)
        open_sets &= ~sets.member[:, best]
    return np.sort(np.array(chosen, dtype=np.int64))
