"""Every location model under every rule, solved to proof by HiGHS."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gisplan.access.coverage import within
from gisplan.siting.solver.draft import Part, draft
from gisplan.siting.solver.greedy import greedy
from gisplan.siting.solver.refusal import refuse, refuse_at_once
from gisplan.siting.solver.shares import SLACK, capped, keeps, objective_of, reaches_share
from gisplan.siting.solver.sheet import HALF, Block, Run, Watch, minimised, one_row, watch
from gisplan.siting.solver.words import Answer, NoChoice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.solver.words import Limits, Model, Reach, Rules

PROVEN_GAP = 1e-9
"""A gap this small is the rounding of the solver."""


def program(model: Model, reach: Reach, *, rules: Rules, limits: Limits) -> Answer:
    """Return the best choice of candidates under any rules, with its bound.

    Parameters
    ----------
    model
        What is best. A set cover takes the fewest hubs or, with `cost`, the cheapest; of equally few it takes
        those of the least weighted minutes, as far as the time goes and where the question is not large.
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
    from gisplan.siting.solver.center import center

    clock = watch(limits)
    refuse_at_once(model, reach, rules)
    if model == "p-center":
        return center(reach, rules=rules, clock=clock)
    part = draft(model, reach, rules)
    run = exact(part, reach, rules, clock=clock, least=model == "set-cover")
    if run.none:
        refuse(model, reach, rules, clock=clock)
    chosen = _chosen(model, reach, rules, run)
    bound = run.bound + part.base
    if model == "set-cover":
        chosen = nearest_cover(reach, rules, chosen, clock=clock, done=run.ended == "proven")
        bound = _rounded_up(bound) if rules.cost is None else bound
    return answer(
        model,
        reach,
        chosen,
        rules=rules,
        bound=-bound if model == "max-coverage" else bound,
        run=(run, clock),
    )


def _chosen(model: Model, reach: Reach, rules: Rules, run: Run) -> NDArray[np.int64]:
    """Return the choice of a run, or where it ended before it had any, a greedy one."""
    found = None if run.values is None else chosen_of(run, reach)
    if found is not None and (run.ended == "proven" or rules.capacity is None or model == "set-cover"):
        return found
    # Where hubs hold only so much HiGHS is long in finding good choices.
    choice = greedy(model, reach, rules)
    if choice is None or found is None:
        if choice is None and found is None:
            raise NoChoice(run.ended)
        return found if choice is None and found is not None else np.asarray(choice)
    if rules.share > 0.0:
        return found
    worths = [objective_of(model, reach, one, rules) for one in (found, choice)]
    better = worths[1] > worths[0] if model == "max-coverage" else worths[1] < worths[0]
    return choice if better else found


def answer(
    model: Model,
    reach: Reach,
    chosen: NDArray[np.int64],
    *,
    rules: Rules,
    bound: float,
    run: tuple[Run, Watch],
    worth: float | None = None,
) -> Answer:
    """Return an answer, its objective computed anew from the choice where it is not given.

    Parameters
    ----------
    model, reach, rules
        The question.
    chosen
        The chosen candidates.
    bound
        What no choice is better than.
    run
        Why the search ended, and its clock.
    worth
        What the choice is worth, where this is known to the last digit.
    """
    found, clock = run
    objective = objective_of(model, reach, chosen, rules) if worth is None else worth
    gap = _gap(objective, bound)
    closed = gap <= PROVEN_GAP or abs(objective - bound) <= found.slack
    # A search that was content with a gap has proven its own aim, not the optimum.
    ended = "gap" if found.ended == "proven" else found.ended
    return Answer(
        chosen=np.sort(chosen).astype(np.int64),
        objective=objective,
        bound=objective if closed else bound,
        gap=0.0 if closed else gap,
        proven=closed,
        ended="proven" if closed else ended,
        seconds=clock.spent(),
    )


def exact(part: Part, reach: Reach, rules: Rules, *, clock: Watch, least: bool = False) -> Run:
    """Return the run of a program whose choice keeps budget and share to the last unit.

    HiGHS lets a row be off by its tolerance. A choice that uses it is cut off, with those that keep less still.

    Parameters
    ----------
    part
        The program.
    reach, rules
        The question.
    clock
        How long to search.
    least
        Whether fewer than p are right too.
    """
    blocks: list[Block] = list(part.blocks)
    while True:
        run = minimised(part.columns, blocks, clock=clock)
        if run.values is None or rules.capacity is not None:
            return run
        chosen = chosen_of(run, reach)
        if keeps(reach, chosen, rules, least=least):
            return run
        blocks.append(_cut(reach, chosen, rules))


def _cut(reach: Reach, chosen: NDArray[np.int64], rules: Rules) -> Block:
    """Return that something must be chosen beside a choice that covers too little, or left of one too dear."""
    if reaches_share(reach, chosen, rules):
        return one_row(chosen, np.ones(len(chosen)), upper=len(chosen) - 1.0)
    others = np.setdiff1d(np.arange(reach.candidates), chosen)
    return one_row(others, np.ones(len(others)), lower=1.0)


def chosen_of(run: Run, reach: Reach) -> NDArray[np.int64]:
    """Return the candidates that a run has chosen.

    Parameters
    ----------
    run
        A run that found something.
    reach
        Who reaches whom.
    """
    values = run.values if run.values is not None else np.zeros(reach.candidates)
    return np.flatnonzero(values[: reach.candidates] > HALF).astype(np.int64)


SECOND = 200_000
"""Up to so many pairs of a demand and a candidate the least weighted minutes of equally good covers are looked for."""


PENALTIES = (3.0, 30.0, 1000.0)
"""How many times the longest minutes demand counts with that a cover would leave out."""

SWIFT = 10_000
"""From so many pairs on the p-median has its own way."""


def nearest_cover(
    reach: Reach, rules: Rules, chosen: NDArray[np.int64], *, clock: Watch, done: bool
) -> NDArray[np.int64]:
    """Return of the covers that are as few or as cheap the one with the least weighted minutes.

    Parameters
    ----------
    reach, rules
        The question.
    chosen
        A least cover.
    clock
        How long to search.
    done
        Whether it is proven to be the least.
    """
    if not done or clock.over() or len(reach.candidate) > SECOND or rules.capacity is not None:
        return chosen
    bare = rules.cost is None and rules.budget is None and not rules.groups
    if len(reach.candidate) >= SWIFT and rules.share >= 1.0 - SLACK and bare:
        return _nearest_whole(reach, rules, chosen, clock=clock)
    known = replace(reach, beyond=capped(reach))
    same = replace(rules, p=len(chosen)) if rules.cost is None else _as_cheap(rules, chosen)
    run = exact(draft("p-median", known, same), known, same, clock=clock)
    if run.values is None:
        return chosen
    better = chosen_of(run, reach)
    before, after = (objective_of("p-median", known, one, same) for one in (chosen, better))
    return better if after < before else chosen


def _nearest_whole(
    reach: Reach, rules: Rules, chosen: NDArray[np.int64], *, clock: Watch
) -> NDArray[np.int64]:
    """Return of the covers of all demand that are as few the one with the least weighted minutes, found as a p-median.

    Its lists end at the minutes, and demand that is not covered pays a penalty.
    """
    from gisplan.siting.solver.loading import ready
    from gisplan.siting.solver.median import p_median

    ready("p-median")
    stands = within(reach.beyond, rules.minutes)
    kept = within(reach.minutes, rules.minutes)
    ends = np.concatenate([[0], np.cumsum(kept)])
    near = replace(
        reach,
        start=ends[reach.start].astype(np.int64),
        candidate=reach.candidate[kept],
        minutes=reach.minutes[kept],
    )
    longest = float(near.minutes.max(initial=1.0))
    # A choice that pays a small penalty and yet covers all is the best of the covers; small ones are proven sooner.
    for penalty in PENALTIES:
        near = replace(near, beyond=np.where(stands, reach.beyond, penalty * longest))
        limits = replace(clock.limits, seconds=max(clock.left(), 0.0), told=None)
        found = p_median(near, rules=replace(rules, p=len(chosen), share=0.0), limits=limits)
        if keeps(reach, found.chosen, rules):
            before = objective_of("p-median", near, chosen, rules)
            return found.chosen if found.objective < before else chosen
    return chosen


def _as_cheap(rules: Rules, chosen: NDArray[np.int64]) -> Rules:
    spent = 0.0 if rules.cost is None else float(rules.cost[chosen].sum())
    return replace(rules, budget=spent)


def _rounded_up(bound: float) -> float:
    return float(np.ceil(bound - PROVEN_GAP)) if np.isfinite(bound) else bound


def _gap(objective: float, bound: float) -> float:
    if objective == bound:
        return 0.0
    return abs(objective - bound) / max(abs(objective), SLACK)
