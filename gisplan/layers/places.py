"""Lists become points: the columns of longitude and latitude, or mesh codes become cells."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gisplan.core.crs import JAPAN_BOUNDS
from gisplan.core.errors import InputError, Problem
from gisplan.core.words import Axes
from gisplan.layers.columns import column_named
from gisplan.layers.values import as_text
from gisplan.sources.raw import Raw, Refused

LATITUDE = (
    "緯度",
    "北緯",
    "lat",
    "latitude",
    "Latitude",
    "LAT",
    "stop_lat",
    "Y",
    "y",
    "緯度（10進）",
    "緯度(10進)",
)
LONGITUDE = (
    "経度",
    "東経",
    "lon",
    "lng",
    "longitude",
    "Longitude",
    "LON",
    "stop_lon",
    "X",
    "x",
    "経度（10進）",
    "経度(10進)",
)
PLAIN_LATITUDE = "y"
"""A name that may as well stand for metres."""

NORTHING = ("X座標", "北距")
EASTING = ("Y座標", "東距")
"""Survey coordinates: X points north, Y points east."""

COORDINATE_COLUMNS = (*LATITUDE, *LONGITUDE, *NORTHING, *EASTING)
LARGEST_DEGREE = 180.0
MESH_CODE = r"\d{4}[0-7]{2}\d{2}[1-4]{0,3}"


def points_of(
    raw: Raw, *, crs: str, axes: Axes = ""
) -> tuple[NDArray[np.object_], NDArray[np.bool_], tuple[Refused, ...]]:
    """Return the points of a list, which cells had to be mended, and the rows without a usable place.

    Parameters
    ----------
    raw
        A list read from CSV or Excel.
    crs
        The CRS that plan.toml states; degrees where empty.
    axes
        `yx` where the columns of north and east are exchanged.

    Raises
    ------
    InputError
        If there are no coordinate columns, or most rows have longitude and latitude exchanged.
    """
    columns = list(raw.table.columns)
    north, east = (column_named(columns, names) for names in (LATITUDE, LONGITUDE))
    surveyed = north is None or east is None
    if surveyed:
        north, east = (column_named(columns, names) for names in (NORTHING, EASTING))
    if north is None or east is None:
        raise InputError(
            Problem(
                code="coord.columns",
                place=raw.file.name,
                values={"columns": columns, "known": [*LATITUDE[:4], *LONGITUDE[:4]]},
            )
        )
    if axes == "yx":
        north, east = east, north
    y, mended_y = _degrees(raw.table[north])
    x, mended_x = _degrees(raw.table[east])
    plain = surveyed or north.casefold() == PLAIN_LATITUDE
    # Large numbers are metres, unless the name says degrees and no one says otherwise.
    metres = bool(crs or plain) if _far(y) else bool(crs and surveyed)
    refused = _unreadable(raw, x, y, north) if metres else _doubtful(raw, x, y, (north, east))
    bad = np.isin(raw.rows, [row.row for row in refused])
    points = np.full(len(bad), None, dtype=object)
    points[~bad] = shapely.points(x[~bad], y[~bad])
    return points, (mended_x | mended_y) & ~bad, refused


def _far(values: NDArray[np.float64]) -> bool:
    """Return whether coordinates are too large for degrees; one slip of the pen does not decide."""
    held = values[np.isfinite(values)]
    return bool(len(held)) and float(np.median(np.abs(held))) > LARGEST_DEGREE


def _degrees(cells: pd.Series[Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return coordinates as numbers, NaN where unreadable, and which cells were not plain numbers."""
    texts = as_text(cells)
    values = np.full(len(texts), np.nan)
    mended = np.zeros(len(texts), dtype=bool)
    for position, text in enumerate(texts):
        narrow = unicodedata.normalize("NFKC", text).strip()
        try:
            values[position] = float(narrow)
            mended[position] = narrow != text.strip()
        except ValueError:
            values[position] = _sexagesimal(narrow)
            mended[position] = not np.isnan(values[position])
    return values, mended


def _sexagesimal(text: str) -> float:
    found = re.fullmatch(
        r"[NE北東緯経]*\s*(\d{1,3})[度°]([0-5]?\d)[分'′’]([0-5]?\d(?:\.\d+)?)(?:秒|\"|”|'{2}|′{2})?\s*[NE]?",
        text,
    )
    if not found:
        return float("nan")
    return float(found[1]) + float(found[2]) / 60 + float(found[3]) / 3600


def _unreadable(raw: Raw, x: NDArray[np.float64], y: NDArray[np.float64], column: str) -> tuple[Refused, ...]:
    bad = ~(np.isfinite(x) & np.isfinite(y))
    return tuple(
        Refused(
            row=int(raw.rows[i]), column=column, value=str(raw.table[column].iloc[i]), code="coord.missing"
        )
        for i in np.flatnonzero(bad)
    )


def _pair(raw: Raw, columns: tuple[str, str], row: int) -> str:
    """Return both coordinates as they stand: which of them is wrong cannot be told from one."""
    return ", ".join(str(raw.table[name].iloc[row]) for name in columns)


def _doubtful(
    raw: Raw, x: NDArray[np.float64], y: NDArray[np.float64], columns: tuple[str, str]
) -> tuple[Refused, ...]:
    """Return the rows whose degrees are missing, exchanged or outside Japan."""
    west, south, east, north = JAPAN_BOUNDS
    readable = np.isfinite(x) & np.isfinite(y)
    inside = readable & (x >= west) & (x <= east) & (y >= south) & (y <= north)
    exchanged = readable & ~inside & (y >= west) & (y <= east) & (x >= south) & (x <= north)
    if exchanged.sum() > max(1, 0.5 * readable.sum()):
        raise InputError(
            Problem(code="crs.axis_swap", place=raw.file.name, values={"rows": int(exchanged.sum())})
        )
    codes = np.full(len(x), "", dtype=object)
    codes[~inside] = "coord.outside_japan"
    codes[exchanged] = "coord.swapped"
    codes[~readable | ((x == 0) & (y == 0))] = "coord.missing"
    return tuple(
        Refused(
            row=int(raw.rows[i]),
            column="・".join(columns),
            value=_pair(raw, columns, int(i)),
            code=str(codes[i]),
        )
        for i in np.flatnonzero(codes != "")
    )


def mesh_cells(codes: pd.Series[Any]) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Return the cells of mesh codes in degrees, and which codes are no code of 1 km to 125 m.

    References
    ----------
    JIS X 0410 地域メッシュコード.
    """
    import jismesh.utils as mesh

    texts = mesh_codes(codes)
    cells = np.empty(len(texts), dtype=object)
    bad = ~texts.str.fullmatch(MESH_CODE).to_numpy(dtype=bool)
    good = np.flatnonzero(~bad)
    if good.size:
        # jismesh fails on an array of one with numpy 2, so a code of its own goes along.
        numbers = np.append(texts.iloc[good].astype("int64").to_numpy(), 53394611)
        south, west = (side[:-1] for side in mesh.to_meshpoint(numbers, 0, 0))
        north, east = (side[:-1] for side in mesh.to_meshpoint(numbers, 1, 1))
        cells[good] = shapely.box(west, south, east, north)
    return cells, bad


def mesh_codes(cells: pd.Series[Any]) -> pd.Series[str]:
    """Return mesh codes as plain digits: Excel and full width leave other spellings of the same code."""
    narrow = as_text(cells).map(lambda text: unicodedata.normalize("NFKC", text).strip())
    return narrow.str.replace(r"^(\d+)\.0$", r"\1", regex=True)
