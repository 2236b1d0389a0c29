"""What every file for other programs says, and the values of a table as such a file holds them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from numbers import Integral, Real
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core.words import Language, Text
from gisplan.maps.encode import DEGREES, plain
from gisplan.maps.words import MapLayer

DECIMALS = 8
"""Decimals of a degree: about a millimetre."""

ROWS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a file says of itself beside its layer's title and credit: how it is to be read, and its datum."""

    notes: tuple[Text, ...]
    datum: Text
    language: Language = "ja"


def pieces(layer: MapLayer) -> Iterator[tuple[int, gpd.GeoDataFrame]]:
    """Yield some rows of a layer after others, in degrees, with the number of the first.

    JGD2011 and WGS 84 are taken for one, as the Geospatial Information Authority does: they differ by less than a
    map shows.

    Parameters
    ----------
    layer
        A layer in the plan's CRS.
    """
    for start in range(0, len(layer.table), ROWS_AT_ONCE):
        yield start, layer.table.iloc[start : start + ROWS_AT_ONCE].to_crs(DEGREES)


def rounded(shapes: Any) -> Any:
    """Return geometries [n, degrees] to eight decimals; outer rings run against the clock, as RFC 7946 asks."""
    turned = shapely.orient_polygons(np.asarray(shapes, object))
    return shapely.transform(turned, lambda at: np.round(at, DECIMALS) + 0.0)


def columns_of(table: pd.DataFrame) -> dict[str, list[Any]]:
    """Return the columns without the geometry, each value as JSON holds it, none rounded."""
    return {
        str(name): [value_of(value) for value in table[name].tolist()]
        for name in table.columns
        if name != "geometry"
    }


def value_of(value: Any) -> str | float | int | bool | None:
    """Return a value as JSON holds it: None where it is missing, dates as ISO text, numbers as they are."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()
    return plain(value.isoformat() if isinstance(value, date) else str(value))
