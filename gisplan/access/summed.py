"""The tables that count the origins of a layer, each from minutes to the nearest destination and weights alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gisplan.access.coverage import coverage
from gisplan.access.curves import UP_TO, curve
from gisplan.access.equity import bands, equity

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

SUMMED: tuple[str, ...] = ("coverage", "curves", "equity", "bands")


def summed(
    nearest: NDArray[np.float64] | None,
    weight: NDArray[np.float64],
    *,
    layer: str,
    to: str,
    thresholds: tuple[float, ...],
) -> Mapping[str, pd.DataFrame]:
    """Return the rows of each table of `SUMMED` for one origin layer and one destination.

    Parameters
    ----------
    nearest
        Minutes to the nearest destination [o]: infinite unreached, NaN not assessed; None where there is none.
    weight
        People or houses of each origin [o], NaN where unknown.
    layer, to
        Names of the origin layer and the destination.
    thresholds
        Minutes, inclusive.
    """
    return {
        "coverage": coverage(nearest, weight, layer=layer, to=to, thresholds=thresholds),
        "curves": curve(nearest, weight, layer=layer, to=to, up_to=max(UP_TO, *thresholds)),
        "equity": equity(nearest, weight, layer=layer, to=to),
        "bands": bands(nearest, weight, layer=layer, to=to, edges=thresholds),
    }
