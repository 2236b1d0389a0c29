"""Supply shared among those who reach it: the two-step floating catchment area and its kin.

Every form is the same two sums under another weight f of origin and destination: R_j = S_j / Σ P_k f_kj, what a
destination has for each of those who share it, and A_i = Σ R_j f_ij. So what all people get is what the served
destinations have: Σ P_i A_i = Σ S_j.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gisplan.access.coverage import within
from gisplan.access.opportunities import steps

if TYPE_CHECKING:
    from numpy.typing import NDArray

ENHANCED: Sequence[tuple[float, float]] = ((10.0, 1.0), (20.0, 0.68), (30.0, 0.22))
"""Zones of the enhanced form as its authors give them: minutes up to, weight."""

THREE_STEP: Sequence[tuple[float, float]] = ((10.0, 0.962), (20.0, 0.704), (30.0, 0.377), (60.0, 0.042))
"""Zones of the three-step form as its authors give them: minutes up to, weight."""


def crowd(weight: NDArray[np.float64], demand: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how many share each destination, Σ P_k f_kj [d].

    Parameters
    ----------
    weight
        f of each origin of the demand and each destination [k, d]; an origin that is not assessed is NaN.
    demand
        People of each origin [k]. Who is unknown (NaN) or not assessed shares nothing.
    """
    return np.asarray(np.nan_to_num(demand) @ np.nan_to_num(weight))


def ratios(supply: NDArray[np.float64], shared: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what each destination has for each of those who share it [d].

    Parameters
    ----------
    supply
        What each destination has [d], NaN where unknown.
    shared
        Who share it, of `crowd` [d]. A destination that nobody shares is not served, and its ratio is NaN.
    """
    served = shared > 0.0
    return np.where(served, np.divide(supply, shared, where=served, out=np.full_like(shared, np.nan)), np.nan)


def received(weight: NDArray[np.float64], ratio: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what one person at each origin gets, Σ R_j f_ij [o]; NaN where the origin is not assessed.

    Parameters
    ----------
    weight
        f of each origin and destination [o, d].
    ratio
        Of `ratios` [d]; what is not served or unknown gives nothing.
    """
    return np.asarray(weight @ np.nan_to_num(ratio))


def selection(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how the people of each origin spread over the destinations, f_ij / Σ_j f_ij [o, d].

    An origin that reaches nothing chooses nothing; one that is not assessed stays NaN.
    """
    total = weight.sum(axis=1, keepdims=True)
    reached = ~(total == 0.0)
    where = np.broadcast_to(reached, weight.shape)
    return np.asarray(np.divide(weight, total, where=where, out=np.zeros_like(weight)))


def two_step_weight(minutes: NDArray[np.float64], *, threshold: float) -> NDArray[np.float64]:
    """Return the weight of the two-step form: one within the threshold, inclusive, and none beyond [o, d].

    References
    ----------
    Luo and Wang (2003), Measures of spatial accessibility to health care in a GIS environment, Environment and
    Planning B 30 (6).
    """
    return np.where(np.isnan(minutes), np.nan, within(minutes, threshold).astype(float))


def enhanced_weight(
    minutes: NDArray[np.float64], *, zones: Sequence[tuple[float, float]] = ENHANCED
) -> NDArray[np.float64]:
    """Return the weight of the enhanced two-step form: that of the zone in which the minutes lie [o, d].

    References
    ----------
    Luo and Qi (2009), An enhanced two-step floating catchment area (E2SFCA) method for measuring spatial
    accessibility to primary care physicians, Health & Place 15 (4).
    """
    return steps(minutes, zones=zones)


def three_step_weight(
    minutes: NDArray[np.float64], *, zones: Sequence[tuple[float, float]] = THREE_STEP
) -> NDArray[np.float64]:
    """Return the weight of the three-step form: zone times the share of the people who choose it [o, d].

    References
    ----------
    Wan, Zou and Sternberg (2012), A three-step floating catchment area method for analyzing spatial access to
    health services, International Journal of Geographical Information Science 26 (6).
    """
    weight = steps(minutes, zones=zones)
    return selection(weight) * weight


def shares(
    weight: NDArray[np.float64], *, demand: NDArray[np.float64], supply: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what one person at each origin gets where the origins are themselves the demand [o].

    Parameters
    ----------
    weight
        f of each origin and destination [o, d], e.g. of `two_step_weight`.
    demand
        People of each origin [o].
    supply
        What each destination has [d].
    """
    return received(weight, ratios(supply, crowd(weight, demand)))
