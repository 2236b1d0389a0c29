"""Who is served by which hub of a choice, in how many minutes, and what that comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gisplan.access.coverage import within
from gisplan.siting.solver.shares import served
from gisplan.siting.solver.split import split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.case import Case

NOBODY, STANDING, COMPETING = -1, -2, -3
"""What serves a demand that no chosen hub serves: nothing, a hub that stands already, or the place of others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """Who serves whom, entry by entry: `weight` of a `demand` is served by a `hub` in `minutes` [k].

    Minutes are those of the way, without what hazard or slope adds in the choice. A demand has one entry, or several
    where capacities split it. `hub` is a candidate, STANDING, COMPETING, or NOBODY
    in infinite minutes.
    """

    demand: NDArray[np.int64]
    hub: NDArray[np.int64]
    weight: NDArray[np.float64]
    minutes: NDArray[np.float64]

    @property
    def ours(self) -> NDArray[np.bool_]:
        """Which entries are served by a hub of the plan, chosen or standing [k]."""
        ours: NDArray[np.bool_] = np.isfinite(self.minutes) & (self.hub != COMPETING)
        return ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a choice comes to, by the weights of the case.

    `share` [0–1] is within the minutes asked for of a hub of the plan, `nobody` [0–1] is served by nobody; `mean` and
    `longest` minutes are of those that hubs of the plan serve, NaN where none is.
    """

    share: float
    nobody: float
    mean: float
    longest: float


def allocated(case: Case, chosen: NDArray[np.int64]) -> Allocation:
    """Return who serves whom: the nearest chosen hub, or what stands already where that is nearer.

    With capacities the demand is split in the way that is best for the model; what no hub has room for is served by
    what stands already, or by nobody.

    Parameters
    ----------
    case
        The question.
    chosen
        Chosen candidates, as numbers.

    Raises
    ------
    NoChoice
        If the capacities of the chosen cannot serve the share that they must.
    """
    reach = case.reach
    other = np.select([case.standing != "", case.competing != ""], [STANDING, COMPETING], default=NOBODY)
    if case.rules.capacity is None or not len(chosen):
        found = served(reach, chosen)
        every = np.arange(reach.demands)
        hub = np.where(found.candidate >= 0, found.candidate, other)
        return _told(case, every, hub, weight=reach.weight, minutes=found.minutes)
    parts = split(case.model, reach, chosen, rules=case.rules)
    left = np.flatnonzero(parts.rest > 0.0)
    return _told(
        case,
        np.concatenate([parts.demand, left]),
        np.concatenate([parts.candidate, other[left]]),
        weight=np.concatenate([parts.weight, parts.rest[left]]),
        minutes=np.concatenate([parts.minutes, reach.beyond[left]]),
    )


def _told(
    case: Case,
    demand: NDArray[np.int64],
    hub: NDArray[np.int64],
    *,
    weight: NDArray[np.float64],
    minutes: NDArray[np.float64],
) -> Allocation:
    # What hazard or slope adds to a candidate weighs in the choice, but nobody is on the way for it; and the minutes
    # beyond of a demand that nobody serves lead nowhere.
    added = np.where(hub >= 0, case.candidates.penalty[np.maximum(hub, 0)], 0.0)
    travelled = np.where(hub == NOBODY, np.inf, np.maximum(minutes - added, 0.0))
    return Allocation(demand=demand, hub=hub, weight=weight, minutes=travelled)


def outcome(case: Case, found: Allocation, *, minutes: float) -> Outcome:
    """Return what a choice comes to.

    Parameters
    ----------
    case
        The question.
    found
        Who serves whom.
    minutes
        How far a hub covers.
    """
    total, ours = float(case.reach.weight.sum()), found.ours
    amount = float(found.weight[ours].sum())
    spent = float(found.weight[ours] @ found.minutes[ours])
    near = ours & within(found.minutes, minutes)
    return Outcome(
        share=float(found.weight[near].sum()) / total,
        nobody=float(found.weight[found.hub == NOBODY].sum()) / total,
        mean=spent / amount if amount > 0.0 else np.nan,
        longest=float(found.minutes[ours].max()) if amount > 0.0 else np.nan,
    )


def label(case: Case, site: int) -> str:
    """Return what a candidate is called: its name, or its id where it has none."""
    return str(case.candidates.name[site] or case.candidates.id[site])


def labels(case: Case, sites: NDArray[np.int64]) -> tuple[str, ...]:
    """Return what some candidates are called, in the order of their ids."""
    order = np.argsort(case.candidates.id[sites].astype(str), kind="stable")
    return tuple(label(case, int(site)) for site in sites[order])


def ids(case: Case, sites: NDArray[np.int64]) -> tuple[str, ...]:
    """Return the ids of some candidates in order."""
    return tuple(sorted(str(one) for one in case.candidates.id[sites]))
