"""How many stand within each minute of the nearest destination: cumulative curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gisplan.access.coverage import COUNTED, LEEWAY

if TYPE_CHECKING:
    from numpy.typing import NDArray


def curves(
    nearest: NDArray[np.float64] | None,
    weight: NDArray[np.float64],
    *,
    layer: str,
    to: str,
    longest: float,
    step: float = 1.0,
) -> pd.DataFrame:
    """Return the rows of the table `curves` for one origin layer and one destination, from 0 minutes on.

    The share is that of those assessed, as in `coverage`: at a threshold both say the same.

    Parameters
    ----------
    nearest
        Minutes to the nearest destination [o]: infinite unreached, NaN not assessed; None where there is no
        destination at all.
    weight
        People or houses of each origin [o], NaN where unknown.
    layer, to
        Names of the origin layer and the destination.
    longest
        The last minute of the curve, which is among the rows even where no step ends there.
    step
        Minutes between two rows.
    """
    minutes = np.append(np.arange(0.0, longest - LEEWAY, step), longest)
    within = share = np.full(len(minutes), np.nan)
    able = np.zeros(len(weight), bool) if nearest is None else ~np.isnan(nearest) & ~np.isnan(weight)
    if nearest is not None and able.any():
        order = np.argsort(nearest[able], kind="stable")
        summed = np.append(0.0, np.cumsum(weight[able][order]))
        within = summed[np.searchsorted(nearest[able][order], minutes + LEEWAY, side="right")]
        share = within / summed[-1] if summed[-1] > 0.0 else share
    return pd.DataFrame(
        {
            "layer": layer,
            "to": to,
            "minutes": minutes,
            "within": within,
            "share": share,
            "unit": COUNTED.get(layer, "places"),
        }
    )
