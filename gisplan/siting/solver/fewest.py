"""The set cover: the fewest or cheapest hubs that serve everybody within some minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gisplan.siting.solver.cover import least_cover
from gisplan.siting.solver.refusal import refuse
from gisplan.siting.solver.sets import cover_sets, prefixes
from gisplan.siting.solver.sheet import Run, Watch
from gisplan.siting.solver.tableau import tableau
from gisplan.siting.solver.words import NoChoice

if TYPE_CHECKING:
    from gisplan.siting.solver.words import Answer, Reach, Rules


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
    run = Run(values=None, bound=np.nan, ended=found.ended, slack=1e-6 * found.cost * done)
    return answer("set-cover", reach, chosen, rules=rules, bound=found.bound, run=(run, clock))
