"""The set cover: the fewest or cheapest hubs that serve everybody within some minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gisplan.siting.solver.cover import least_cover
from gisplan.siting.solver.coverage import greedily, most_covered
from gisplan.siting.solver.refusal import refuse
from gisplan.siting.solver.sets import cover_sets, prefixes
from gisplan.siting.solver.shares import needed
from gisplan.siting.solver.sheet import TOLERANCE, Run, Watch
from gisplan.siting.solver.tableau import tableau
from gisplan.siting.solver.words import NoChoice

if TYPE_CHECKING:
    from gisplan.siting.solver.words import Answer, Ended, Reach, Rules


def plain_cover(reach: Reach, *, rules: Rules, clock: Watch) -> Answer:
    """Return the least cover where nothing but forced candidates and costs is ruled, and all demand must be covered.

    Parameters
    ----------
    reach
        Who reaches whom.
    rules
        Their `minutes`, `forced` and `cost`.
    clock
        How long to search.

    Raises
    ------
    NoChoice
        If not all demand can be covered, or no cover was found in time.
    """
    from gisplan.siting.solver.program import answer, nearest_cover

    sets = cover_sets(prefixes(reach), rules.minutes)
    if (np.diff(sets.start) == 0).any():
        refuse("set-cover", reach, rules, clock=clock)
    cost = np.ones(reach.candidates) if rules.cost is None else np.asarray(rules.cost, np.float64)
    whole = bool((cost == np.round(cost)).all())
    problem = tableau(sets.start, sets.candidate, cost=cost, forced=rules.forced)
    found = least_cover(problem, clock=clock, whole=whole)
    if not np.isfinite(found.cost):
        raise NoChoice(found.ended)
    done = found.ended == "proven"
    chosen = nearest_cover(reach, rules, found.chosen, clock=clock, done=done)
    run = Run(values=None, bound=np.nan, ended=found.ended, slack=TOLERANCE * found.cost * done)
    return answer("set-cover", reach, chosen, rules=rules, bound=found.bound, run=(run, clock))


def plain_share(reach: Reach, *, rules: Rules, clock: Watch) -> Answer:
    """Return the fewest candidates that cover a share of the demand, where only forced candidates are ruled beside.

    Whether p are enough is asked of the largest coverage by p, for p between what is too few and what is enough.

    Parameters
    ----------
    reach
        Who reaches whom.
    rules
        Their `minutes`, `share` and `forced`.
    clock
        How long to search.

    Raises
    ------
    NoChoice
        If the share cannot be covered, or no cover was found in time.
    """
    from gisplan.siting.solver.program import answer, nearest_cover

    sets, need = cover_sets(prefixes(reach), rules.minutes), needed(reach, rules)
    if float(sets.weight[np.diff(sets.start) > 0].sum()) < need:
        refuse("set-cover", reach, rules, clock=clock)
    whole = bool((reach.weight == np.round(reach.weight)).all())

    chosen = greedily(sets, forced=rules.forced, need=need)
    low, high = int(rules.forced.sum()), len(chosen)
    ended: Ended = "proven"
    # Bounds and exchanges alone tell most numbers; the proof is kept for those that they leave open.
    for proof in (False, True):
        floor, roof = low, high
        while floor < roof and clock.over() is None:
            p = (floor + roof) // 2
            found = most_covered(
                sets,
                p=p,
                forced=rules.forced,
                clock=clock.silent(),
                whole=whole,
                enough=need,
                proof=proof,
            )
            if found.worth >= need:
                chosen, high = found.chosen, min(p, high)
            elif found.bound < need:
                low = max(p + 1, low)
            # An open number is taken for too few at first.
            floor, roof = (floor, p) if found.worth >= need else (p + 1, roof)
    if low < high:
        ended = clock.over() or "time"
    chosen = nearest_cover(reach, rules, chosen, clock=clock, done=low == high)
    run = Run(values=None, bound=np.nan, ended=ended)
    return answer("set-cover", reach, chosen, rules=rules, bound=float(low), run=(run, clock))
