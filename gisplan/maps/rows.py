"""Rows as PostgreSQL's COPY reads them: every number exact, every gap a NULL, every text as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gisplan.maps.encode import plain

LONGEST_NAME = 63
"""Bytes of a name; the server cuts longer ones without a word."""

MARK = 9
ROWS_AT_ONCE = 2_000
NULL = "\\N"
LARGEST = 2**63
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\ufffd"})
TYPES: Mapping[str, str] = {
    "text": "text", "words": "text", "code": "text", "number": "double precision", "integer": "bigint",
    "boolean": "boolean", "date": "date",
}  # fmt: skip
"""How a field of a layer or a column of a contract is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRows:
    """One column: its name and type in the database, and its cells as COPY reads them [n]."""

    name: str
    type: str
    cells: list[str]


def fitting(name: str, taken: Collection[str]) -> str:
    """Return a name that the server neither cuts nor holds already; the same for the same name.

    Parameters
    ----------
    name
        Any text; it is quoted wherever it is written.
    taken
        Names in use beside it.
    """
    clean = plain(name).replace("\0", "\ufffd") or "_"
    if len(clean.encode()) <= LONGEST_NAME and clean not in taken:
        return clean
    number, found = 0, ""
    while not found or found in taken:
        mark = "~" + hashlib.sha256(f"{name}{number or ''}".encode(errors="replace")).hexdigest()[: MARK - 1]
        found = clean.encode()[: LONGEST_NAME - MARK].decode(errors="ignore") + mark
        number += 1
    return found


def quoted(name: str) -> str:
    """Return a name as an identifier of SQL, whatever signs it holds."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as a constant of SQL, whatever signs it holds."""
    clean = plain(text).replace("\0", "\ufffd").replace("\\", "\\\\").replace("'", "\\'")
    return f"E'{clean}'"


def column_rows(values: pd.Series[Any], *, name: str, wanted: str) -> ColumnRows:
    """Return a column with the type that is wanted where all its values have it, else with the one they have.

    Parameters
    ----------
    values
        The values; missing ones become NULL.
    name
        Its name in the database.
    wanted
        Type of its field or contract, "" where it has none.
    """
    plainly: list[Any] = [
        None if missing else value for value, missing in zip(values, values.isna(), strict=True)
    ]
    held = {type(value) for value in plainly if value is not None}
    wanted = wanted or _DTYPES.get(values.dtype.kind if isinstance(values.dtype, np.dtype) else "", "")
    order = [TYPES[wanted]] if wanted in TYPES else []
    for kind in (*order, *_KINDS):
        fits, write = _KINDS[kind]
        if (held or kind in order) and all(fits(value) for value in plainly if value is not None):
            return ColumnRows(name=name, type=kind, cells=[NULL if v is None else write(v) for v in plainly])
    return ColumnRows(name=name, type="text", cells=[NULL if v is None else _text(v) for v in plainly])


def shape_rows(shapes: np.ndarray[Any, Any], *, name: str, type: str, crs: int) -> ColumnRows:  # noqa: A002 (as in ColumnRows)
    """Return a column of geometries, single ones as multiples where the type is one.

    Parameters
    ----------
    shapes
        Geometries in the plan's CRS, or None [n].
    name, type
        Name and type of the column.
    crs
        EPSG code of the plan's CRS.
    """
    several: Mapping[int, Callable[..., Any]] = {
        1: shapely.multilinestrings, 2: shapely.multilinestrings, 3: shapely.multipolygons,
    }  # fmt: skip
    if "Multi" in type:
        shapes = np.array(
            [
                shape
                if shape is None or shapely.get_type_id(shape) not in several
                else several[shapely.get_type_id(shape)]([shape])
                for shape in shapes
            ],
            dtype=object,
        )
    written = shapely.to_wkb(shapely.set_srid(shapely.force_2d(shapes), crs), hex=True, include_srid=True)
    return ColumnRows(name=name, type=type, cells=[NULL if cell is None else cell for cell in written])


def numbered(columns: list[ColumnRows], name: str) -> list[ColumnRows]:
    """Return columns with one more before them that numbers the rows, which do not depend on their order."""
    rows = sorted(zip(*(column.cells for column in columns), strict=True))
    cells = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in columns]
    numbers = ColumnRows(name=name, type="bigint", cells=[str(number + 1) for number in range(len(rows))])
    kept = [
        ColumnRows(name=column.name, type=column.type, cells=own)
        for column, own in zip(columns, cells, strict=True)
    ]
    return [numbers, *kept]


def lines(columns: list[ColumnRows]) -> Iterator[bytes]:
    """Yield the rows of some columns as the bytes that COPY reads, many at once."""
    part: list[str] = []
    for row in zip(*(column.cells for column in columns), strict=True):
        part.append("\t".join(row))
        if len(part) == ROWS_AT_ONCE:
            yield ("\n".join(part) + "\n").encode()
            part = []
    if part:
        yield ("\n".join(part) + "\n").encode()


def _text(value: Any) -> str:
    return plain(str(value)).translate(ESCAPES)


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool | np.bool_)


def _is_whole(value: Any) -> bool:
    number = isinstance(value, int | np.integer) or (
        isinstance(value, float | np.floating) and float(value).is_integer()
    )
    return number and not _is_truth(value) and -LARGEST <= int(value) < LARGEST


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not _is_truth(value)


def _is_day(value: Any) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _number(value: Any) -> str:
    number = float(value)
    return {float("inf"): "Infinity", float("-inf"): "-Infinity"}.get(number, repr(number))


_DTYPES: Mapping[str, str] = {"b": "boolean", "i": "integer", "u": "integer", "f": "number"}
"""What a column of numbers is, whatever values it happens to hold today."""

_Kind = tuple[Callable[[Any], bool], Callable[[Any], str]]
_KINDS: Mapping[str, _Kind] = {
    "boolean": (_is_truth, lambda value: "t" if value else "f"),
    "bigint": (_is_whole, lambda value: str(int(value))),
    "double precision": (_is_number, _number),
    "date": (_is_day, lambda value: str(value.isoformat())),
    "timestamp": (lambda value: isinstance(value, datetime), lambda value: str(value.isoformat())),
    "text": (lambda _value: True, _text),
}
"""Types of the database: what fits them, and how it is written."""
