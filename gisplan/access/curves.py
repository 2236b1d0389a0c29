"""Cumulative curves: how many reach a destination within each minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gisplan.access.coverage import COUNTED, LEEWAY, Tally, tally

if TYPE_CHECKING:
    from numpy.typing import NDArray

UP_TO = 60.0
"""A curve goes to here, or to the longest threshold of the plan where that is longer [min]."""


def curve(
    nearest: NDArray[np.float64] | None,
    weight: NDArray[np.float64],
    *,
    layer: str,
    to: str,
    up_to: float = UP_TO,
) -> pd.DataFrame:
    """Return the rows of the table `curves` for one origin layer and one destination, a row a minute from 0.

    It rises to those who are reached at all, so it ends below one where some are not. Where nothing is assessed
    every figure is NaN.

    Parameters
    ----------
    nearest
        Minutes to the nearest destination [o]: infinite unreached, NaN not assessed; None where there is none.
    weight
        People or houses of each origin [o], NaN where unknown.
    layer, to
        Names of the origin layer and the destination.
    up_to
        Last minute.
    """
    count: Tally = tally(nearest, weight)
    at = np.arange(np.ceil(up_to) + 1.0)
    order = np.argsort(count.minutes, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(count.weight[order])])
    inside = total[np.searchsorted(count.minutes[order], at + LEEWAY, side="right")]
    inside = inside if len(order) else np.full(len(at), np.nan)
    return pd.DataFrame(
        {
            "layer": layer,
            "to": to,
            "minutes": at,
            "within": inside,
            "share": inside / count.assessed if count.assessed > 0.0 else np.nan,
            "unit": COUNTED.get(layer, "places"),
        }
    )
