"""What a choice is worth: who serves whom, in how many minutes, and the objective of every model.

All models read the same minutes: those to the nearest chosen candidate, or those beyond where these are fewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gisplan.access.coverage import within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.solver.words import Model, Reach, Rules


SLACK = 1e-9
"""By which share of a total a sum may miss what it must reach: the rounding of its addition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The candidate that serves each demand [i], -1 where it counts with its minutes beyond, and its `minutes` [i].

    Of candidates that are equally near the lowest serves, also where the minutes beyond are the same.
    """

    candidate: NDArray[np.int64]
    minutes: NDArray[np.float64]


def served(reach: Reach, chosen: NDArray[np.int64]) -> Served:
    """Return which of the chosen candidates serves each demand, capacities apart, and in how many minutes.

    Parameters
    ----------
    reach
        Who reaches whom.
    chosen
        The chosen candidates.
    """
    hit = np.flatnonzero(_mask(reach, chosen)[reach.candidate])
    first = np.searchsorted(hit, reach.start[:-1])
    # The pairs of a demand are in order, so that its first chosen one is its nearest.
    pair = np.append(hit, len(reach.candidate))[first]
    found = pair < reach.start[1:]
    candidate = np.full(reach.demands, -1, np.int64)
    minutes = reach.beyond.astype(np.float64, copy=True)
    candidate[found] = reach.candidate[pair[found]]
    minutes[found] = reach.minutes[pair[found]]
    farther = minutes > reach.beyond
    return Served(
        candidate=np.where(farther, -1, candidate), minutes=np.where(farther, reach.beyond, minutes)
    )


def covered(reach: Reach, chosen: NDArray[np.int64], *, minutes: float) -> NDArray[np.bool_]:
    """Return which demands are served within some minutes [i], by a chosen candidate or by what stands already.

    Parameters
    ----------
    reach
        Who reaches whom.
    chosen
        The chosen candidates.
    minutes
        The threshold, itself within.
    """
    return within(served(reach, chosen).minutes, minutes)


def objective_of(model: Model, reach: Reach, chosen: NDArray[np.int64], rules: Rules) -> float:
    """Return what a choice is worth in a model: weighted minutes, weight covered, number or cost, longest minutes.

    Parameters
    ----------
    model
        What is best.
    reach
        Who reaches whom.
    chosen
        The chosen candidates.
    rules
        What the choice must keep; with capacities the demand is split among the chosen in the best way.
    """
    if model == "set-cover":
        return float(len(chosen) if rules.cost is None else rules.cost[chosen].sum())
    if rules.capacity is not None:
        from gisplan.siting.solver.split import split

        return split(model, reach, chosen, rules=rules).objective
    minutes = served(reach, chosen).minutes
    if model == "p-center":
        return float(minutes.max(initial=0.0))
    if model == "max-coverage":
        return float(reach.weight[within(minutes, rules.minutes)].sum())
    return float(reach.weight @ minutes)


def nearest(reach: Reach) -> NDArray[np.float64]:
    """Return the minutes of each demand were all candidates chosen [i].

    Parameters
    ----------
    reach
        Who reaches whom.
    """
    some = np.diff(reach.start) > 0
    minutes = reach.beyond.astype(np.float64, copy=True)
    minutes[some] = np.minimum(minutes[some], reach.minutes[reach.start[:-1][some]])
    return minutes


def capped(reach: Reach) -> NDArray[np.float64]:
    """Return the minutes beyond [i], twice the longest that are known where they are infinite.

    Parameters
    ----------
    reach
        Who reaches whom.
    """
    finite = reach.beyond[np.isfinite(reach.beyond)]
    longest = max(float(reach.minutes.max(initial=1.0)), float(finite.max(initial=0.0)))
    return np.where(np.isinf(reach.beyond), 2.0 * longest, reach.beyond)


def needed(reach: Reach, rules: Rules) -> float:
    """Return the weight that chosen candidates must cover, less what stands within the minutes already.

    Parameters
    ----------
    reach
        Who reaches whom.
    rules
        Their `share` and `minutes`.
    """
    if rules.share <= 0.0:
        return 0.0
    total = float(reach.weight.sum())
    stands = float(reach.weight[within(reach.beyond, rules.minutes)].sum())
    return max((rules.share - SLACK) * total - stands, 0.0)


def keeps(reach: Reach, chosen: NDArray[np.int64], rules: Rules, *, least: bool = False) -> bool:
    """Return whether a choice keeps every rule but the capacities.

    Parameters
    ----------
    reach
        Who reaches whom.
    chosen
        The chosen candidates.
    rules
        What the choice must keep.
    least
        Whether fewer than p are right too, as of a set cover.
    """
    mask = _mask(reach, chosen)
    number = int(mask.sum())
    if rules.p is not None and not (number <= rules.p if least else number == rules.p):
        return False
    if (rules.forced & ~mask).any() or any(
        (group.member & mask).sum() > group.most for group in rules.groups
    ):
        return False
    spent = 0.0 if rules.cost is None else float(rules.cost[mask].sum())
    if rules.budget is not None and spent > rules.budget * (1.0 + SLACK):
        return False
    return reaches_share(reach, chosen, rules)


def reaches_share(reach: Reach, chosen: NDArray[np.int64], rules: Rules) -> bool:
    """Return whether a choice covers the share that it must.

    Parameters
    ----------
    reach
        Who reaches whom.
    chosen
        The chosen candidates.
    rules
        Their `share` and `minutes`.
    """
    if rules.share <= 0.0:
        return True
    inside = covered(reach, chosen, minutes=rules.minutes)
    return float(reach.weight[inside].sum()) >= (rules.share - SLACK) * float(reach.weight.sum())


def _mask(reach: Reach, chosen: NDArray[np.int64]) -> NDArray[np.bool_]:
    mask = np.zeros(reach.candidates, bool)
    mask[chosen] = True
    return mask
