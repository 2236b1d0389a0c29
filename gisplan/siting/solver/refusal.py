"""Why no choice keeps the rules, and the smallest threshold that works."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from gisplan.access.coverage import within
from gisplan.siting.solver.draft import draft
from gisplan.siting.solver.shares import SLACK, nearest
from gisplan.siting.solver.sheet import HALF, Watch, minimised, watch
from gisplan.siting.solver.words import NoChoice

if TYPE_CHECKING:
    from gisplan.siting.solver.words import Model, Reach, Rules

REASON = 1.0
"""Seconds in which a reason is looked for even where the time is up."""


def feasible(reach: Reach, rules: Rules, *, model: Model, clock: Watch) -> bool:
    """Return whether a choice keeps the rules, or none is known not to.

    Parameters
    ----------
    reach
        Who reaches whom.
    rules
        What the choice must keep.
    model
        What is best: a set cover may take fewer than p.
    clock
        How long to search.
    """
    part = draft("set-cover" if model == "set-cover" else "any", reach, rules)
    return not minimised(part.columns, part.blocks, clock=clock).none


def least_minutes(reach: Reach, rules: Rules, *, model: Model, clock: Watch) -> float:
    """Return the fewest minutes within which a choice covers the share that it must.

    They are infinite if none are enough, NaN if there was no time to tell.

    Parameters
    ----------
    reach
        Who reaches whom.
    rules
        What the choice must keep.
    model
        What is best: a set cover may take fewer than p.
    clock
        How long to search.
    """
    # With all candidates chosen, minutes that are too few even then are passed over at once.
    lower = _quantile(reach, rules.share)
    if np.isinf(lower) or _open(rules):
        return lower
    every = np.concatenate([reach.minutes, reach.beyond])
    values = np.unique(every[np.isfinite(every) & ~within(every, rules.minutes)])
    values = values[values >= lower - SLACK]
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) // 2
        wider = replace(rules, minutes=float(values[middle]))
        enough = feasible(reach, wider, model=model, clock=clock)
        low, high = (low, middle) if enough else (middle + 1, high)
    if clock.over():
        return np.nan
    return float(values[low]) if low < len(values) else np.inf


def _coverable(reach: Reach, rules: Rules, *, model: Model, clock: Watch) -> bool:
    """Return whether a choice covers its share, or none is known not to."""
    if not within(np.array([_quantile(reach, rules.share)]), rules.minutes).all():
        return False
    return feasible(reach, rules, model=model, clock=clock)


def _open(rules: Rules) -> bool:
    """Return whether nothing forbids to choose all candidates."""
    return rules.p is None and not rules.groups and rules.budget is None


def _quantile(reach: Reach, share: float) -> float:
    """Return the minutes within which the share of the weight would be, were all candidates chosen."""
    least = nearest(reach)
    order = np.argsort(least, kind="stable")
    total = np.cumsum(reach.weight[order])
    at = np.searchsorted(total, (share - SLACK) * total[-1]) if len(total) else 0
    return float(least[order][min(int(at), len(order) - 1)]) if len(order) else 0.0


def _cheapest(reach: Reach, rules: Rules, *, clock: Watch) -> float:
    """Return the least that a choice under the other rules costs, NaN if there was no time to tell."""
    part = draft("any", reach, rules)
    if rules.cost is None:
        return np.nan
    run = minimised(replace(part.columns, cost=np.asarray(rules.cost, np.float64)), part.blocks, clock=clock)
    if run.values is None or run.ended != "proven":
        return np.nan
    return float(rules.cost[run.values[: reach.candidates] > HALF].sum())


def refuse_at_once(model: Model, reach: Reach, rules: Rules) -> None:
    """Refuse what counting tells to be impossible.

    Parameters
    ----------
    model
        What is best.
    reach
        Who reaches whom.
    rules
        What the choice must keep.

    Raises
    ------
    NoChoice
        If there are fewer candidates than hubs, or more forced ones, or demand of a p-median has no minutes.
    """
    if rules.p is not None and model != "set-cover" and rules.p > reach.candidates:
        raise NoChoice("p", least=float(reach.candidates))
    if rules.p is not None and rules.forced.sum() > rules.p:
        raise NoChoice("forced", least=float(rules.forced.sum()))
    if model == "p-median" and bool((np.isinf(reach.beyond) & (np.diff(reach.start) == 0)).any()):
        raise NoChoice("unreached")


def refuse(model: Model, reach: Reach, rules: Rules, *, clock: Watch) -> NoReturn:
    """Say which rule no choice keeps.

    Parameters
    ----------
    model
        What is best.
    reach
        Who reaches whom.
    rules
        What the choice must keep, which is known to be impossible.
    clock
        How long to search.

    Raises
    ------
    NoChoice
        Always.
    """
    clock = watch(replace(clock.limits, seconds=max(clock.left(), REASON), told=None))
    bare = replace(rules, groups=(), budget=None, share=0.0, capacity=None)
    grouped = replace(bare, groups=rules.groups)
    paid = replace(grouped, budget=rules.budget)
    if rules.groups and not feasible(reach, grouped, model=model, clock=clock):
        raise NoChoice("groups")
    if rules.budget is not None and not feasible(reach, paid, model=model, clock=clock):
        raise NoChoice("budget", least=_cheapest(reach, grouped, clock=clock))
    if rules.share > 0.0 and not _coverable(
        reach, replace(paid, share=rules.share), model=model, clock=clock
    ):
        least = least_minutes(reach, replace(paid, share=rules.share), model=model, clock=clock)
        raise NoChoice("unreached") if np.isinf(least) else NoChoice("minutes", least=least)
    if model == "p-median" and np.isinf(reach.beyond).any() and rules.capacity is None:
        raise NoChoice("unreached")
    raise NoChoice("capacity" if rules.capacity is not None else clock.over() or "time")
