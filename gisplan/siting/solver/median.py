"""The p-median at any size: hubs of the least weighted minutes, with a bound.

References
----------
Hakimi, S. L. (1964) Optimum locations of switching centers and the absolute centers and medians of a graph.
Operations Research 12, 450–459. Beasley, J. E. (1993) Lagrangean heuristics for location problems. European Journal
of Operational Research 65, 383–399.
"""

from __future__ import annotations

from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

from gisplan.siting.solver.words import Answer, NoChoice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.solver.watch import Best
    from gisplan.siting.solver.words import Limits, Reach, Rules

ROUNDING = 1e-11
"""What sums of floating-point numbers may be wrong by, as a share."""


def p_median(reach: Reach, *, rules: Rules, limits: Limits) -> Answer:
    """Return the p candidates from which the weighted minutes to the demand are least.

    Greedy start, interchange and kicks better the choice, Lagrangian prices on the demand the bound; candidates
    whose reduced cost decides on them are fixed, and branch and bound proves what is left. The same question gets
    the same answer, unless the time runs out.

    Parameters
    ----------
    reach
        Who reaches whom.
    rules
        `p` and `forced`; no other rule is looked at.
    limits
        How long to search. Once the gap is no wider than theirs, the search ends.

    Raises
    ------
    NoChoice
        `too_few` if there are fewer candidates than p, `too_many_forced` if more are forced than p.
    """
    from gisplan.siting.solver.search import searched
    from gisplan.siting.solver.task import even, posed, whole_costs
    from gisplan.siting.solver.watch import Best, Over, compiling

    p = _number(reach, rules)
    first = _filled(np.flatnonzero(rules.forced), p, reach.candidates)
    with compiling() as compiled:
        best = Best(limits=limits, began=monotonic(), compiled=compiled, chosen=first)
        if reach.demands == 0:
            return _answer(reach, best, 1.0)
        weight, unit = even(reach.weight)
        with suppress(Over):
            whole = posed(reach, weight, rules=rules, check=best.check)
            best.whole = whole_costs(whole)
            searched(whole, best)
        return _answer(reach, best, unit)


def _number(reach: Reach, rules: Rules) -> int:
    """Return p, or say why no choice is possible."""
    p = rules.p or 0
    if p > reach.candidates:
        raise NoChoice("too_few")
    if int(rules.forced.sum()) > p:
        raise NoChoice("too_many_forced")
    return p


def _filled(forced: NDArray[np.int64], p: int, candidates: int) -> NDArray[np.int64]:
    """Return the forced candidates and the first others, p in all."""
    others = np.setdiff1d(np.arange(candidates), forced)
    return np.concatenate([forced, others[: p - len(forced)]])


def _answer(reach: Reach, best: Best, unit: float) -> Answer:
    """Return the answer on the scale of the reach; its cost is counted anew from all lists."""
    from gisplan.siting.solver.kernels_lists import nearest

    taken = np.zeros(reach.candidates, np.bool_)
    taken[best.chosen] = True
    least = nearest((reach.start, reach.candidate, reach.minutes), reach.beyond, taken)
    objective = float(reach.weight @ least)
    proven = best.proven or objective == 0
    bound = objective if proven else min(objective, best.bound * unit * (1.0 - ROUNDING))
    return Answer(
        chosen=np.sort(best.chosen),
        objective=objective,
        bound=bound,
        gap=0.0 if proven else (objective - bound) / objective,
        proven=proven,
        ended="proven" if proven else best.ended,
        seconds=best.spent,
    )
