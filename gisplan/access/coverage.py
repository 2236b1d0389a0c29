"""How many stand within a time of the nearest destination; unreached and not assessed are kept apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

COUNTED: Mapping[str, str] = {"population": "people", "population_65": "people", "vacant_house": "houses"}
"""What the figures of an origin layer count; those of any other layer count its places."""

LEEWAY = 1e-9
"""A time equal to the threshold lies within it, whatever the rounding of its sum [min]."""


def within(minutes: NDArray[np.float64], threshold: float) -> NDArray[np.bool_]:
    """Return which minutes are at most the threshold; one that is not assessed is not."""
    inside: NDArray[np.bool_] = minutes <= threshold + LEEWAY
    return inside


def opportunities(minutes: NDArray[np.float64], threshold: float) -> NDArray[np.float64]:
    """Return how many destinations each origin reaches within the threshold [o]; NaN where not assessed.

    Parameters
    ----------
    minutes
        Minutes to each destination [o, d].
    threshold
        Minutes, inclusive.
    """
    count = within(minutes, threshold).sum(axis=1).astype(float)
    unassessed = np.isnan(minutes).any(axis=1)
    return np.where(unassessed, np.nan, count)


def coverage(
    nearest: NDArray[np.float64] | None,
    weight: NDArray[np.float64],
    *,
    layer: str,
    to: str,
    thresholds: tuple[float, ...],
) -> pd.DataFrame:
    """Return the rows of the table `coverage` for one origin layer and one destination.

    The share is that of those assessed: within / (total - not assessed); where none is assessed it is NaN.
    An origin whose weight is unknown is in none of the figures; where all are unknown, all figures are NaN.

    Parameters
    ----------
    nearest
        Minutes to the nearest destination [o]: infinite unreached, NaN not assessed; None where there is no
        destination at all.
    weight
        People or houses of each origin [o], NaN where unknown.
    layer, to
        Names of the origin layer and the destination.
    thresholds
        Minutes, inclusive.
    """
    minutes = np.full(len(weight), np.nan) if nearest is None else nearest
    known = ~np.isnan(weight)
    unassessed = np.isnan(minutes)

    def summed(those: NDArray[np.bool_], among: NDArray[np.bool_]) -> float:
        return float(weight[those & known].sum()) if among.any() else np.nan

    total, not_assessed = summed(known, known), summed(unassessed, known)
    assessed = total - not_assessed
    able = known & ~unassessed
    rows = []
    for threshold in thresholds:
        inside = summed(within(minutes, threshold), able)
        rows.append(
            {
                "layer": layer,
                "to": to,
                "minutes": threshold,
                "total": total,
                "within": inside,
                "share": inside / assessed if assessed > 0.0 else np.nan,
                "unreached": summed(np.isinf(minutes), able),
                "not_assessed": not_assessed,
                "unit": COUNTED.get(layer, "places"),
            }
        )
    return pd.DataFrame(rows)
