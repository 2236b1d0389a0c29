"""The p-center: the least of the longest minutes, found among the minutes that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gisplan.siting.solver.cover import Cover, least_cover
from gisplan.siting.solver.draft import draft
from gisplan.siting.solver.greedy import greedy
from gisplan.siting.solver.refusal import refuse
from gisplan.siting.solver.sets import Prefixes, cover_sets, prefixes
from gisplan.siting.solver.shares import nearest, objective_of, served
from gisplan.siting.solver.sheet import Run, Watch
from gisplan.siting.solver.tableau import tableau
from gisplan.siting.solver.words import NoChoice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.solver.words import Answer, Ended, Reach, Rules


def center(reach: Reach, *, rules: Rules, clock: Watch) -> Answer:
    """Return the choice whose longest minutes are least.

    Every answer is one of the minutes that stand in `reach`; of two of them the lower is tried by asking for a
    choice that serves everybody within it.

    Parameters
    ----------
    reach
        Who reaches whom.
    rules
        What the choice must keep.
    clock
        How long to search.

    Raises
    ------
    NoChoice
        If no choice keeps the rules, or none was found in time.

    References
    ----------
    Minieka (1970), The m-center problem, SIAM Review 12(1).
    """
    from gisplan.siting.solver.program import answer, chosen_of, exact

    values = thresholds(reach)
    low, high, best, last = 0, len(values), None, None
    while low < high:
        # The farthest comes first, as it tells whether anything keeps the rules at all.
        middle = (low + high) // 2 if best is not None else high - 1
        run = exact(draft("any", reach, rules, farthest=float(values[middle])), reach, rules, clock=clock)
        last = run
        if run.none and best is None:
            refuse("p-center", reach, rules, clock=clock)
        if run.values is None and not run.none:
            break
        if run.values is None:
            low = middle + 1
            continue
        best = chosen_of(run, reach)
        worth = objective_of("p-center", reach, best, rules)
        high = int(np.searchsorted(values, worth))
    ended = last.ended if last is not None else clock.over() or "proven"
    if best is None:
        best = greedy("p-center", reach, rules)
    if best is None:
        raise NoChoice(ended)
    run = Run(values=None, bound=np.nan, ended=ended)
    bound = float(values[low])
    return answer("p-center", reach, best, rules=rules, bound=bound, run=(run, clock))


def plain_center(reach: Reach, *, rules: Rules, clock: Watch) -> Answer:
    """Return the same as `center` where only p and forced candidates are asked for, faster.

    Parameters
    ----------
    reach
        Who reaches whom.
    rules
        Their `p` and `forced`.
    clock
        How long to search.

    Raises
    ------
    NoChoice
        If no choice was found in time.
    """
    from gisplan.siting.solver.program import answer

    values, known, p = thresholds(reach), prefixes(reach), rules.p or 0
    chosen = _filled(np.flatnonzero(rules.forced), reach, p)
    worth = objective_of("p-center", reach, chosen, rules)
    low, high = 0, int(np.searchsorted(values, worth))
    ended: Ended = "proven"
    while low < high:
        middle = (low + high) // 2
        found = _within(known, float(values[middle]), rules, clock)
        if found.cost > p and found.bound <= p:
            ended = clock.over() or found.ended
            break
        if found.cost > p:
            low = middle + 1
            continue
        chosen = _filled(found.chosen, reach, p)
        worth = objective_of("p-center", reach, chosen, rules)
        high = int(np.searchsorted(values, worth))
    run = Run(values=None, bound=np.nan, ended=ended)
    return answer("p-center", reach, chosen, rules=rules, bound=float(values[low]), run=(run, clock))


def _within(known: Prefixes, minutes: float, rules: Rules, clock: Watch) -> Cover:
    """Return the fewest candidates that serve everybody within some minutes, or that they are more than p."""
    sets = cover_sets(known, minutes)
    problem = tableau(sets.start, sets.candidate, cost=np.ones(known.reach.candidates), forced=rules.forced)
    return least_cover(problem, clock=clock, whole=True, enough=float(rules.p or 0))


def _filled(chosen: NDArray[np.int64], reach: Reach, p: int) -> NDArray[np.int64]:
    """Return p candidates: the chosen ones, and in turn one that is nearest to who is farthest from all."""
    from scipy.sparse import csr_array

    if len(chosen) >= p:
        return np.sort(chosen)
    pair = np.arange(len(reach.candidate), dtype=np.int64)
    shape = (reach.demands, reach.candidates)
    ways = csr_array((pair, reach.candidate, reach.start), shape=shape).tocsc()
    least, minutes = nearest(reach), served(reach, chosen).minutes
    taken = np.zeros(reach.candidates, bool)
    taken[chosen] = True
    for _ in range(p - len(chosen)):
        far = int(np.argmax(np.where(least < minutes, minutes, -1.0)))
        helped = len(least) > 0 and least[far] < minutes[far]
        one = int(reach.candidate[reach.start[far]] if helped else np.argmin(taken))
        mine = slice(int(ways.indptr[one]), int(ways.indptr[one + 1]))
        rows = ways.indices[mine]
        minutes[rows] = np.minimum(minutes[rows], reach.minutes[ways.data[mine]])
        taken[one] = True
    return np.flatnonzero(taken)


def thresholds(reach: Reach) -> NDArray[np.float64]:
    """Return the minutes that may be the longest of a choice, ascending.

    Parameters
    ----------
    reach
        Who reaches whom.
    """
    values = np.unique(np.concatenate([reach.minutes, reach.beyond]))
    least, most = nearest(reach).max(initial=0.0), reach.beyond.max(initial=0.0)
    longest: NDArray[np.float64] = values[(values >= least) & (values <= most)]
    return longest
