"""How many stand within a time of the nearest destination; unreached and not assessed are kept apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

COUNTED: Mapping[str, str] = {
    "population": "people",
    "population_65": "people",
    "population_raster": "people",
    "neighbourhood": "people",
    "neighbourhood_65": "people",
    "vacant_house": "houses",
}
"""What the figures of an origin layer count; those of any other layer count its places."""

LEEWAY = 1e-9
"""A time equal to the threshold lies within it, whatever the rounding of its sum [min]."""


BESIDE = 1.0
"""How much less and more the counts beside a threshold take: how far the answer hangs on the threshold [min]."""


def within(minutes: NDArray[np.float64], threshold: float) -> NDArray[np.bool_]:
    """Return which minutes are at most the threshold; one that is not assessed is not."""
    inside: NDArray[np.bool_] = minutes <= threshold + LEEWAY
    return inside


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Who is known and assessed: their `minutes` and `weight` [a], and the sums that keep the others apart.

    The sums are NaN where no weight is known at all. `unreached` are among the assessed, `not_assessed` are not.
    """

    minutes: NDArray[np.float64]
    weight: NDArray[np.float64]
    total: float
    unreached: float
    not_assessed: float

    @property
    def assessed(self) -> float:
        """People or houses whose minutes are known, be they reached or not."""
        return self.total - self.not_assessed


def tally(nearest: NDArray[np.float64] | None, weight: NDArray[np.float64]) -> Tally:
    """Return who is assessed, who is unreached and who is not assessed, each apart.

    Parameters
    ----------
    nearest
        Minutes to the nearest destination [o]: infinite unreached, NaN not assessed; None where there is no
        destination at all.
    weight
        People or houses of each origin [o]; one whose weight is unknown (NaN) is in none of the figures.
    """
    minutes = np.full(len(weight), np.nan) if nearest is None else nearest
    known = ~np.isnan(weight)
    able = known & ~np.isnan(minutes)

    def summed(those: NDArray[np.bool_], among: NDArray[np.bool_]) -> float:
        return float(weight[those].sum()) if among.any() else np.nan

    return Tally(
        minutes=minutes[able],
        weight=weight[able],
        total=summed(known, known),
        unreached=summed(able & np.isinf(minutes), able),
        not_assessed=summed(known & ~able, known),
    )


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
    Beside each count stand those a minute less and a minute more.

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
    count = tally(nearest, weight)

    def inside(minutes: float) -> float:
        return float(count.weight[within(count.minutes, minutes)].sum()) if len(count.minutes) else np.nan

    rows = [
        {
            "minutes": threshold,
            "within": inside(threshold),
            "within_less": inside(threshold - BESIDE),
            "within_more": inside(threshold + BESIDE),
        }
        for threshold in thresholds
    ]
    return pd.DataFrame(rows).assign(
        layer=layer,
        to=to,
        total=count.total,
        share=lambda table: table["within"] / count.assessed if count.assessed > 0.0 else np.nan,
        unreached=count.unreached,
        not_assessed=count.not_assessed,
        unit=COUNTED.get(layer, "places"),
    )
