"""What a choice is worth in a case, and how much worse one choice is than another."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

import numpy as np

from gisplan.siting.phrases import say
from gisplan.siting.solver.shares import objective_of
from gisplan.siting.solver.words import NoChoice

TIE = 1e-9
"""Objectives that differ by less than this share are one and the same."""

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.core.words import Text
    from gisplan.siting.case import Case
    from gisplan.siting.solver.words import Model


@overload
def loss(model: Model, *, best: float, other: float) -> float: ...
@overload
def loss(model: Model, *, best: float, other: NDArray[np.float64]) -> NDArray[np.float64]: ...
def loss(model: Model, *, best: float, other: float | NDArray[np.float64]) -> float | NDArray[np.float64]:
    """Return by which share of the best objective another is worse; below 0 it is better.

    Parameters
    ----------
    model
        What is best: of a coverage more, of all others less.
    best, other
        The two objectives.
    """
    apart = best - other if model == "max-coverage" else other - best
    if best != 0.0:
        return apart / abs(best)
    # Where the best costs nothing, any cost is worse without measure.
    found = np.where(np.asarray(apart) == 0.0, apart, np.copysign(np.inf, apart))
    return found if np.ndim(apart) else float(found)


def worth(case: Case, chosen: NDArray[np.int64]) -> float:
    """Return the objective of a choice in a case, NaN where its capacities cannot serve what must be served.

    Parameters
    ----------
    case
        The question.
    chosen
        Chosen candidates, as numbers.
    """
    try:
        return objective_of(case.model, case.reach, chosen, case.rules)
    except NoChoice:
        return np.nan


def enough_minutes(minutes: float) -> str:
    """Return minutes rounded up to a tenth: what is written into plan.toml must be enough."""
    return f"{np.ceil(minutes * 10.0 - 1e-6) / 10.0:g}"


def percent(worse: float) -> float:
    """Return how much worse a choice is [%], NaN where that has no measure, as the best costs nothing at all."""
    return 100.0 * worse if np.isfinite(worse) else np.nan


def share_text(worse: float) -> Text:
    """Return how much better or worse a choice is for a sentence, without sign; in words where it has no measure."""
    if np.isinf(worse):
        return say("share_without_measure")
    return say("share", percent=f"{100.0 * abs(worse):.2f}")
