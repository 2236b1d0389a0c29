"""How much is within reach: opportunities counted up to a time, or weighted by how far they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gisplan.access.coverage import BESIDE, LEEWAY, within

if TYPE_CHECKING:
    from numpy.typing import NDArray

FLOOR = 1.0
"""Nearer than this all is equally near by the power law, which has no end at zero [min]."""


def opportunities(
    minutes: NDArray[np.float64], threshold: float, *, supply: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Return how many destinations, or how much of what they offer, each origin reaches within the threshold [o].

    What reaches nothing within it has a true zero; an origin that is not assessed has NaN.

    Parameters
    ----------
    minutes
        Minutes to each destination [o, d]: infinite unreached, NaN not assessed.
    threshold
        Minutes, inclusive.
    supply
        What each destination offers [d], one each where None; NaN is unknown and adds nothing.
    """
    inside = within(minutes, threshold)
    found = inside.sum(axis=1).astype(float) if supply is None else inside @ np.nan_to_num(supply)
    return np.where(np.isnan(minutes).any(axis=1), np.nan, found)


def beside(threshold: float) -> tuple[float, ...]:
    """Return the thresholds that stand beside one another: a minute less where that is any time, it, a minute more."""
    return tuple(value for value in (threshold - BESIDE, threshold, threshold + BESIDE) if value > 0.0)


def power(minutes: NDArray[np.float64], *, beta: float) -> NDArray[np.float64]:
    """Return the weight max(c, 1)^-β of minutes c: all that is nearer than one minute counts alike."""
    return np.asarray(np.maximum(minutes, FLOOR) ** -beta)


def exponential(minutes: NDArray[np.float64], *, beta: float) -> NDArray[np.float64]:
    """Return the weight e^(-βc) of minutes c."""
    return np.asarray(np.exp(-beta * minutes))


def gaussian(minutes: NDArray[np.float64], *, sigma: float) -> NDArray[np.float64]:
    """Return the weight e^(-c²/2σ²) of minutes c, without the factor that would make its area one."""
    return np.asarray(np.exp(-(minutes**2) / (2.0 * sigma**2)))


def steps(minutes: NDArray[np.float64], *, zones: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
    """Return the weight of the first zone that holds each of some minutes, 0 beyond the last.

    Parameters
    ----------
    minutes
        Minutes of any shape; NaN stays NaN.
    zones
        Minutes up to which a zone reaches, inclusive, and its weight; from the nearest to the farthest.
    """
    ends = np.array([end for end, _ in zones])
    weights = np.append([weight for _, weight in zones], 0.0)
    found = weights[np.searchsorted(ends + LEEWAY, minutes, side="left").clip(max=len(zones))]
    return np.where(np.isnan(minutes), np.nan, found)


def gravity(weight: NDArray[np.float64], *, supply: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Σ O_j f(c_ij) of each origin [o]; NaN where not assessed, 0 where nothing is reached.

    Parameters
    ----------
    weight
        f(c) of each origin and destination [o, d]; 0 where unreached, NaN where not assessed.
    supply
        What each destination offers [d]; NaN is unknown and adds nothing.

    References
    ----------
    Hansen (1959), How accessibility shapes land use, Journal of the American Institute of Planners 25 (2).
    """
    return np.asarray(weight @ np.nan_to_num(supply))
