"""The p-center: the least of the longest minutes, found among the minutes that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gisplan.siting.solver.draft import draft
from gisplan.siting.solver.refusal import refuse
from gisplan.siting.solver.sheet import Run, Watch
from gisplan.siting.solver.words import NoChoice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.solver.words import Answer, Reach, Rules


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
    from gisplan.siting.solver.shares import objective_of

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
    if best is None or last is None:
        raise NoChoice("time" if last is None else last.ended)
    ended = Run(values=None, bound=np.nan, ended=last.ended)
    bound = float(values[low])
    return answer("p-center", reach, best, rules=rules, bound=bound, run=(ended, clock))


def thresholds(reach: Reach) -> NDArray[np.float64]:
    """Return the minutes that may be the longest of a choice, ascending.

    Parameters
    ----------
    reach
        Who reaches whom.
    """
    some = np.diff(reach.start) > 0
    nearest = reach.beyond.astype(np.float64, copy=True)
    nearest[some] = np.minimum(nearest[some], reach.minutes[reach.start[:-1][some]])
    values = np.unique(np.concatenate([reach.minutes, reach.beyond]))
    return values[(values >= nearest.max(initial=0.0)) & (values <= reach.beyond.max(initial=0.0))]
