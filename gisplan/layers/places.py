"""Lists become places: columns of longitude and latitude, one column of both, shapes as text, or mesh codes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gisplan.core.crs import JAPAN_BOUNDS
from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.core.words import Kind, LayerEntry
from gisplan.layers.angles import LARGEST_DEGREE, read_angles, unpacked
from gisplan.layers.columns import column_named
from gisplan.layers.list_datum import SRID, list_crs, newer_first
from gisplan.layers.numbered import as_codes
from gisplan.layers.values import as_text
from gisplan.sources.formulas import is_error, is_formula
from gisplan.sources.header import plain_name
from gisplan.sources.raw import Raw, Refused

PLACE_FIELDS = ("latitude", "longitude")
"""Names by which `columns` of plan.toml may say where a place stands."""

PLAIN = frozenset({"x", "y"})
"""Names that may as well stand for metres, and for either axis."""

PAIR = re.compile(r"\s*[(\[（]?\s*([^,、，;/\s]+)\s*[,、，;/\s]\s*([^,、，;/\s]+?)\s*[)\]）]?\s*")
EXAMPLES = 3
MESH_CODE = r"\d{4}[0-7]{2}\d{2}[1-4]{0,3}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The shapes of a list [n], which had to be mended [n], the rows without a usable place, and the doubts.

    `crs` is the CRS that the list states, None where it states none.
    """

    points: NDArray[np.object_]
    mended: NDArray[np.bool_]
    refused: tuple[Refused, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    crs: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """The columns of a place: `north` and `east` are one where it holds both, `shape` one that holds shapes."""

    north: str
    east: str
    shape: bool = False
    surveyed: bool = False
    plain: bool = False

    @property
    def names(self) -> str:
        """The columns for a message."""
        return "・".join(dict.fromkeys((self.north, self.east)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What the cells say: x and y [n], shapes or None, which cells were mended, which were no plain degrees."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    mended: NDArray[np.bool_]
    sexagesimal: NDArray[np.bool_]
    shapes: NDArray[np.object_] | None = None


@lru_cache(maxsize=1)
def _names() -> Mapping[str, tuple[str, ...]]:
    text = files("gisplan.layers").joinpath("coordinates.toml").read_text("utf-8")
    return {name: tuple(words) for name, words in tomllib.loads(text).items()}


def coordinate_columns() -> tuple[str, ...]:
    """Return every name that a column of a place may have."""
    names = _names()
    parts = ("latitude", "longitude", "northing", "easting", "pair", "shape")
    return tuple(word for part in parts for word in names[part])


def points_of(raw: Raw, *, entry: LayerEntry, kind: Kind = "point") -> Places:
    """Return the places of a list.

    Parameters
    ----------
    raw
        A list read from CSV or Excel.
    entry
        What plan.toml says of it: a CRS (degrees where empty), `dms`, and the columns of the place.
    kind
        What the layer holds; areas and lines are looked for as text before points are.

    Raises
    ------
    InputError
        If there are no coordinate columns, or most rows have longitude and latitude exchanged.
    """
    columns = _columns_of(raw, entry, kind)
    if entry.axes == "yx":
        columns = replace(columns, north=columns.east, east=columns.north)
    read = _cells(raw, columns, packed=entry.dms)
    metres = _in_metres(read, columns, crs=entry.crs)
    doubts = list(_told(raw, read, columns, metres=metres))
    if not metres and columns.plain and _exchanged(read).sum() > 0.5 * np.isfinite(read.x).sum():
        read = _Read(x=read.y, y=read.x, mended=read.mended, sexagesimal=read.sexagesimal)
        doubts.append(
            Doubt(code="coord.xy_order", layer="", values={"north": columns.east, "east": columns.north})
        )
    refused = _unreadable(raw, read, columns) if metres else _doubtful(raw, read, columns)
    bad = np.isin(raw.rows, [row.row for row in refused])
    points = np.full(len(bad), None, dtype=object)
    points[~bad] = shapely.points(read.x[~bad], read.y[~bad]) if read.shapes is None else read.shapes[~bad]
    # What plan.toml says of the CRS goes before what the list says of its datum.
    stated = (
        None
        if entry.crs or (metres and not columns.shape)
        else list_crs(raw, [columns.north, columns.east], shapes=columns.shape)
    )
    return Places(points=points, mended=read.mended & ~bad, refused=refused, doubts=tuple(doubts), crs=stated)


def _columns_of(raw: Raw, entry: LayerEntry, kind: Kind) -> _Columns:
    columns = list(raw.table.columns)
    names = _names()
    asked = [entry.columns.get(field, "") for field in PLACE_FIELDS]
    if any(asked):
        return _asked_columns(raw, asked, entry)
    shape = column_named(columns, names["shape"])
    if shape is not None and kind in {"line", "polygon"}:
        return _Columns(north=shape, east=shape, shape=True)
    pair = column_named(columns, names["pair"])
    for one, two in (("latitude", "longitude"), ("northing", "easting")):
        north, east = (column_named(columns, newer_first(names[part])) for part in (one, two))
        if north is not None and east is not None and north != east:
            plain = {plain_name(north).casefold(), plain_name(east).casefold()} <= PLAIN
            return _Columns(north=north, east=east, surveyed=one == "northing", plain=plain)
    if shape is not None:
        return _Columns(north=shape, east=shape, shape=True)
    if pair is not None:
        return _Columns(north=pair, east=pair)
    raise InputError(_no_columns(raw, columns, entry))


def _asked_columns(raw: Raw, asked: Sequence[str], entry: LayerEntry) -> _Columns:
    columns = list(raw.table.columns)
    found = [column_named(columns, [name]) if name else None for name in asked]
    if found[0] is None or found[1] is None:
        missing = next(
            name or field
            for name, field, held in zip(asked, PLACE_FIELDS, found, strict=True)
            if held is None
        )
        values = {"column": missing, "columns": columns, "table": entry.header}
        raise InputError(Problem(code="coord.column_named", place=raw.file.name, values=values))
    return _Columns(north=found[0], east=found[1])


def _no_columns(raw: Raw, columns: list[str], entry: LayerEntry) -> Problem:
    """Return what is wrong where no column is known: near names to choose from, or that there are none."""
    names = _names()
    near = [
        [
            name
            for name in newer_first(columns)
            if any(part in plain_name(name).casefold() for part in names[f"{field}_part"])
        ]
        for field in PLACE_FIELDS
    ]
    if all(near):
        named = {"latitude": near[0][0], "longitude": near[1][0], "table": entry.header}
        values = {"near": [*near[0], *near[1]], **named}
        return Problem(code="tab.column_alias", place=raw.file.name, values=values)
    known = [*names["latitude"][:4], *names["longitude"][:4]]
    return Problem(code="coord.columns", place=raw.file.name, values={"columns": columns, "known": known})


def _cells(raw: Raw, columns: _Columns, *, packed: bool) -> _Read:
    if columns.shape:
        return _shapes(as_text(raw.table[columns.north]).to_list())
    if columns.north == columns.east:
        texts = as_text(raw.table[columns.north])
        pairs = [PAIR.fullmatch(text) for text in texts]
        sides = [[pair[side] if pair else "" for pair in pairs] for side in (1, 2)]
    else:
        sides = [as_text(raw.table[name]).to_list() for name in (columns.north, columns.east)]
    y, mended_y, sexagesimal_y = read_angles(sides[0], packed=packed)
    x, mended_x, sexagesimal_x = read_angles(sides[1], packed=packed)
    if columns.north == columns.east:
        # One cell holds both, in either order: of degrees only one order lies in Japan.
        turned = _exchanged(_Read(x=x, y=y, mended=mended_x, sexagesimal=sexagesimal_x))
        x, y = np.where(turned, y, x), np.where(turned, x, y)
    return _Read(x=x, y=y, mended=mended_x | mended_y, sexagesimal=sexagesimal_x | sexagesimal_y)


def _shapes(texts: Sequence[str]) -> _Read:
    """Return shapes from text, with their first vertices."""
    plain = [SRID.sub("", text) for text in texts]
    shapes = shapely.from_wkt(np.array(plain, dtype=object), on_invalid="ignore")
    held = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    first = np.full((len(texts), 2), np.nan)
    vertices, owner = shapely.get_coordinates(shapes[held], return_index=True)
    _, starts = np.unique(owner, return_index=True)
    first[held] = vertices[starts]
    nothing = np.zeros(len(texts), dtype=bool)
    return _Read(x=first[:, 0], y=first[:, 1], mended=nothing, sexagesimal=nothing, shapes=shapes)


def _in_metres(read: _Read, columns: _Columns, *, crs: str) -> bool:
    # Large numbers are metres, unless the name says degrees and no one says otherwise.
    held = read.y[np.isfinite(read.y)]
    # One slip of the pen does not decide.
    far = bool(len(held)) and float(np.median(np.abs(held))) > LARGEST_DEGREE
    named = columns.surveyed or columns.plain or columns.shape
    return bool(crs or named) if far else bool(crs and columns.surveyed)


def _told(raw: Raw, read: _Read, columns: _Columns, *, metres: bool) -> Sequence[Doubt]:
    """Return how the columns were taken where that is not plain."""
    doubts = []
    if metres and (columns.surveyed or columns.plain):
        code = "coord.survey_axes" if columns.surveyed else "coord.xy_axes"
        doubts.append(Doubt(code=code, layer="", values={"north": columns.north, "east": columns.east}))
    at = np.flatnonzero(read.sexagesimal & np.isfinite(read.x) & np.isfinite(read.y))
    if at.size:
        examples = [
            f"{_value(raw, columns, int(i))} → {read.y[i]:.6f}, {read.x[i]:.6f}" for i in at[:EXAMPLES]
        ]
        doubts.append(Doubt(code="coord.dms", layer="", values={"rows": len(at), "examples": examples}))
    return doubts


def _value(raw: Raw, columns: _Columns, row: int) -> str:
    """Return what stands in the columns: which of two coordinates is wrong cannot be told from one."""
    return ", ".join(str(raw.table[name].iloc[row]) for name in dict.fromkeys((columns.north, columns.east)))


def _refused(raw: Raw, columns: _Columns, codes: NDArray[np.object_]) -> tuple[Refused, ...]:
    return tuple(
        Refused(
            row=int(raw.rows[i]), column=columns.names, value=_value(raw, columns, int(i)), code=str(codes[i])
        )
        for i in np.flatnonzero(codes != "")
    )


def _unreadable(raw: Raw, read: _Read, columns: _Columns) -> tuple[Refused, ...]:
    bad = ~(np.isfinite(read.x) & np.isfinite(read.y))
    codes = np.where(bad, "coord.missing", "").astype(object)
    return _refused(raw, columns, _why_missing(raw, columns, codes))


def _inside(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    west, south, east, north = JAPAN_BOUNDS
    return np.asarray((x >= west) & (x <= east) & (y >= south) & (y <= north), dtype=bool)


def _exchanged(read: _Read) -> NDArray[np.bool_]:
    """Return which places lie in Japan only with their coordinates exchanged [n]."""
    return np.asarray(~_inside(read.x, read.y) & _inside(read.y, read.x), dtype=bool)


def _doubtful(raw: Raw, read: _Read, columns: _Columns) -> tuple[Refused, ...]:
    """Return the rows whose degrees are missing, exchanged or outside Japan."""
    x, y = read.x, read.y
    readable = np.isfinite(x) & np.isfinite(y)
    exchanged = _exchanged(read)
    if exchanged.sum() > max(1, 0.5 * readable.sum()):
        raise InputError(
            Problem(code="crs.axis_swap", place=raw.file.name, values={"rows": int(exchanged.sum())})
        )
    codes = np.full(len(x), "", dtype=object)
    codes[~_inside(x, y)] = "coord.outside_japan"
    codes[_inside(unpacked(x), unpacked(y)) & (y > LARGEST_DEGREE)] = "coord.packed"
    codes[exchanged] = "coord.swapped"
    codes[~readable | ((x == 0) & (y == 0))] = "coord.missing"
    return _refused(raw, columns, _why_missing(raw, columns, codes))


def _why_missing(raw: Raw, columns: _Columns, codes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the codes, with the reason where a cell holds a formula or its error instead of a coordinate."""
    for i in np.flatnonzero(codes == "coord.missing"):
        cells = [str(raw.table[name].iloc[i]) for name in (columns.north, columns.east)]
        if any(is_formula(cell) or is_error(cell) for cell in cells):
            codes[i] = "coord.formula"
    return codes


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
    return as_codes(cells).texts
