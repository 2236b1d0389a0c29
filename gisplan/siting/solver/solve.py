"""Which method answers which question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gisplan.siting.solver.capacitated import fits, with_capacities
from gisplan.siting.solver.center import plain_center
from gisplan.siting.solver.coverage import plain_coverage
from gisplan.siting.solver.fewest import plain_cover, plain_share
from gisplan.siting.solver.loading import ready, ready_for_capacities
from gisplan.siting.solver.median import p_median
from gisplan.siting.solver.program import program
from gisplan.siting.solver.refusal import refuse_at_once
from gisplan.siting.solver.shares import SLACK
from gisplan.siting.solver.sheet import watch
from gisplan.siting.solver.tried import few, tried

if TYPE_CHECKING:
    from gisplan.siting.solver.words import Answer, Limits, Model, Reach, Rules

LARGE = 60_000
"""From so many pairs the compiled ways are worth their compiling; below it HiGHS is about as quick."""

SOME, MANY = 10_000, 80
"""From so few pairs they are, where so many candidates make HiGHS slow."""


def solve(model: Model, reach: Reach, *, rules: Rules, limits: Limits) -> Answer:
    """Return the best choice of candidates, with its bound.

    Of a tiny question every choice is tried. A large one that asks for nothing but p, forced candidates, capacities
    and the minutes of its model has its own way; HiGHS answers any other. The time limit begins once all is
    compiled that the way needs.

    Parameters
    ----------
    model
        What is best.
    reach
        Who reaches whom.
    rules
        What the choice must keep.
    limits
        How long to search.

    Raises
    ------
    NoChoice
        If no choice keeps the rules, or none was found in time.
    """
    refuse_at_once(model, reach, rules)
    if few(model, reach, rules):
        return tried(model, reach, rules=rules, clock=watch(limits))
    if _large(reach) and fits(model, reach, rules):
        ready_for_capacities()
        return with_capacities(model, reach, rules=rules, clock=watch(limits))
    if not _large(reach) or not _plain(model, rules):
        return program(model, reach, rules=rules, limits=limits)
    ready(model)
    return _swift(model, reach, rules=rules, limits=limits)


def _swift(model: Model, reach: Reach, *, rules: Rules, limits: Limits) -> Answer:
    """Return the answer of the way that a model without other rules has of its own."""
    if model == "p-median":
        return p_median(reach, rules=rules, limits=limits)
    clock = watch(limits)
    if model == "max-coverage":
        return plain_coverage(reach, rules=rules, clock=clock)
    if model == "p-center":
        return plain_center(reach, rules=rules, clock=clock)
    whole = rules.share >= 1.0 - SLACK
    return (plain_cover if whole else plain_share)(reach, rules=rules, clock=clock)


def _large(reach: Reach) -> bool:
    """Return whether a question is worth the compiled ways."""
    pairs = len(reach.candidate)
    return pairs >= LARGE or (pairs >= SOME and reach.candidates >= MANY)


def _plain(model: Model, rules: Rules) -> bool:
    """Return whether a model has no rules beside its own."""
    if rules.groups or rules.budget is not None or rules.capacity is not None:
        return False
    if model == "set-cover":
        return rules.p is None and (rules.cost is None or rules.share >= 1.0 - SLACK)
    return rules.p is not None and rules.share <= 0.0
