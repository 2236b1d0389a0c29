"""Who lies within each time of each place, as a table: what isochrones draw, in numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gisplan.core.tables import contract, hold

if TYPE_CHECKING:
    from gisplan.access.isochrone import Isochrone

NAME = "place_reach"


def place_reach(drawn: Iterable[Isochrone]) -> pd.DataFrame:
    """Return the table `place_reach`: for each place and time the people and houses within.

    Parameters
    ----------
    drawn
        Isochrones of today and of scenarios; what they count is what is told.
    """
    rows = [row for one in drawn for row in _rows(one)]
    return hold(pd.DataFrame(rows, columns=list(contract(NAME).names)), NAME)


def _rows(one: Isochrone) -> Iterator[dict[str, Any]]:
    for inside in one.inside:
        for place, counts in enumerate(inside.each()):
            for minutes, count in zip(one.minutes, counts, strict=True):
                yield {
                    "scenario": one.scenario,
                    "layer": one.layer,
                    "id": one.id[place],
                    "name": one.label[place],
                    "direction": one.direction,
                    "minutes": minutes,
                    "counted": inside.layer,
                    "count": float(count) if np.isfinite(count) else np.nan,
                    "unit": inside.unit,
                }
