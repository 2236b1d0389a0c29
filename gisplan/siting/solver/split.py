"""Who serves how much of whom when hubs have a capacity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gisplan.access.coverage import within
from gisplan.siting.solver.draft import draft
from gisplan.siting.solver.sheet import minimised, watch
from gisplan.siting.solver.words import Limits, NoChoice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.solver.draft import Goal
    from gisplan.siting.solver.words import Model, Reach, Rules

LEAST = 1e-9
"""A smaller share of a demand is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """That `candidate` serves `weight` of `demand` in some `minutes` [s], and what the choice is worth.

    What no candidate serves, for want of capacity or as it is nearer to a hub that stands, is `rest` [i].
    """

    demand: NDArray[np.int64]
    candidate: NDArray[np.int64]
    weight: NDArray[np.float64]
    minutes: NDArray[np.float64]
    rest: NDArray[np.float64]
    objective: float


def split(model: Model, reach: Reach, chosen: NDArray[np.int64], *, rules: Rules) -> Split:
    """Return how the demand is split best among chosen candidates within their capacities.

    Parameters
    ----------
    model
        What is best; of a set cover the weighted minutes.
    reach
        Who reaches whom.
    chosen
        The chosen candidates.
    rules
        What the choice must keep.

    Raises
    ------
    NoChoice
        If the choice cannot serve the share that it must.
    """
    mine = _only(reach, chosen)
    held = None if rules.capacity is None else rules.capacity[chosen]
    within_them = replace(
        rules, p=None, groups=(), cost=None, budget=None, forced=np.ones(len(chosen), bool), capacity=held
    )
    if held is None:
        within_them = replace(within_them, capacity=np.full(len(chosen), np.inf))
    farthest = _farthest(mine, within_them) if model == "p-center" else np.inf
    goal: Goal = "max-coverage" if model == "max-coverage" else "p-median"
    part = draft(goal, mine, within_them, farthest=farthest)
    run = minimised(part.columns, part.blocks, clock=watch(Limits()))
    if run.values is None:
        raise NoChoice("capacity")
    return _told(
        model,
        chosen,
        mine=mine,
        share=run.values[len(chosen) :][: len(mine.candidate)],
        worth=(rules, farthest),
    )


def _told(
    model: Model,
    chosen: NDArray[np.int64],
    *,
    mine: Reach,
    share: NDArray[np.float64],
    worth: tuple[Rules, float],
) -> Split:
    rules, farthest = worth
    row = np.repeat(np.arange(mine.demands), np.diff(mine.start))
    some = share > LEAST
    weight = (share * mine.weight[row])[some]
    demand, minutes = row[some], mine.minutes[some]
    rest = np.maximum(mine.weight - np.bincount(demand, weights=weight, minlength=mine.demands), 0.0)
    rest[rest <= LEAST * mine.weight] = 0.0
    left = rest > 0.0
    objective = farthest
    if model == "p-median":
        objective = float(weight @ minutes + rest[left] @ mine.beyond[left])
    elif model == "max-coverage":
        stands = within(mine.beyond, rules.minutes)
        near = within(minutes, rules.minutes) & ~stands[demand]
        objective = float(weight[near].sum() + mine.weight[stands].sum())
    elif model == "set-cover":
        objective = float(len(chosen) if rules.cost is None else rules.cost[chosen].sum())
    return Split(
        demand=demand,
        candidate=np.asarray(chosen, np.int64)[mine.candidate[some]],
        weight=weight,
        minutes=minutes,
        rest=rest,
        objective=objective,
    )


def _farthest(mine: Reach, rules: Rules) -> float:
    """Return the fewest minutes within which the chosen can serve everybody."""
    values = np.unique(np.concatenate([mine.minutes, mine.beyond]))
    low, high = 0, len(values) - 1
    while low < high:
        middle = (low + high) // 2
        part = draft("any", mine, rules, farthest=float(values[middle]))
        run = minimised(part.columns, part.blocks, clock=watch(Limits()))
        low, high = (low, middle) if run.values is not None else (middle + 1, high)
    return float(values[low])


def _only(reach: Reach, chosen: NDArray[np.int64]) -> Reach:
    """Return who reaches the chosen candidates, these counted from 0 in their order."""
    number = np.full(reach.candidates, -1, np.int32)
    number[chosen] = np.arange(len(chosen))
    kept = number[reach.candidate] >= 0
    ends = np.concatenate([[0], np.cumsum(kept)])
    return replace(
        reach,
        start=ends[reach.start].astype(np.int64),
        candidate=number[reach.candidate[kept]],
        minutes=reach.minutes[kept],
        candidates=len(chosen),
    )
