"""What a choice is worth in a case, and how much worse one choice is than another."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

import numpy as np

TIE = 1e-9
"""Objectives that differ by less than this share are one and the same."""

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
