"""Who is served by which hub of a choice, in how many minutes, and what that comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gisplan.access.coverage import within
from gisplan.siting.solver.shares import served

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.case import Case

NOBODY, STANDING, COMPETING = -1, -2, -3
"""What serves a demand that no chosen hub serves: nothing, a hub that stands already, or the place of others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """Who serves whom, entry by entry: `share` [0–1] of a `demand` is served by a `hub` in `minutes` [k].

    A demand has one entry, or several where capacities split it. `hub` is a candidate, STANDING, COMPETING, or NOBODY
    in infinite minutes.
    """

    demand: NDArray[np.int64]
    hub: NDArray[np.int64]
    share: NDArray[np.float64]
    minutes: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a choice comes to, by the weights of the case.

    `share` [0–1] is within the minutes asked for, `nobody` [0–1] is served by nobody; `mean` and `longest` minutes are
    of those served, NaN where none is.
    """

    share: float
    nobody: float
    mean: float
    longest: float


def serving(case: Case, chosen: NDArray[np.int64]) -> Serving:
    """Return who serves whom: the nearest chosen hub, or what stands already where that is nearer.

    Parameters
    ----------
    case
        The question.
    chosen
        Chosen candidates, as numbers.
    """
    found = served(case.reach, chosen)
    other = np.select([case.standing != "", case.competing != ""], [STANDING, COMPETING], default=NOBODY)
    hub = np.where(found.candidate >= 0, found.candidate, other)
    return Serving(
        demand=np.arange(case.reach.demands),
        hub=hub,
        share=np.ones(case.reach.demands),
        minutes=np.where(hub == NOBODY, np.inf, found.minutes),
    )


def outcome(case: Case, found: Serving, *, minutes: float) -> Outcome:
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
    weight = case.reach.weight[found.demand] * found.share
    total, reached = float(weight.sum()), np.isfinite(found.minutes)
    amount = float(weight[reached].sum())
    spent = float(weight[reached] @ found.minutes[reached])
    return Outcome(
        share=float(weight[within(found.minutes, minutes)].sum()) / total,
        nobody=1.0 - amount / total if amount < total else 0.0,
        mean=spent / amount if amount > 0.0 else np.nan,
        longest=float(found.minutes[reached].max()) if amount > 0.0 else np.nan,
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
