"""Rows of PostGIS as the server wrote them become a raw table; no digit and no gap is lost on the way."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.sources.encoding import as_named
from gisplan.sources.raw import File, Raw, Wanted

Role = Literal["whole", "float", "exact", "boolean", "padded", "text", "geometry"]
LARGEST_EXACT = 2**53
NULL = "\\N"
ESCAPE = re.compile(r"\\(.)", re.DOTALL)
ESCAPES: Mapping[str, str] = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
RESERVED = "geometry"
HEIGHT = "z"
SEGMENTS = 32
"""Straight pieces for a quarter of a circle: an arc is off by at most 0.03 % of its radius."""

PLACE_PARTS = 4
"""What is taken of a geometry: its shape, its SRID, whether it was curved, and a point's height."""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """The CRS of an SRID: its EPSG code, or None and what it is called."""

    code: int | None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All rows of a table or query at one moment, as the server wrote them.

    `columns` are names with roles; `body` holds a line for each row, four cells for each geometry; `systems` are
    the CRSs of the SRIDs met.
    """

    columns: tuple[tuple[str, Role], ...]
    body: bytes = field(repr=False)
    systems: Mapping[int, System]
    spatial: bool
    sha256: str

    @property
    def places(self) -> tuple[str, ...]:
        """The names of the columns that hold geometries."""
        return tuple(name for name, role in self.columns if role == "geometry")


def starts_of(columns: Sequence[tuple[str, Role]]) -> list[int]:
    """Return the first cell of each column in a line."""
    widths = [PLACE_PARTS if role == "geometry" else 1 for _, role in columns]
    return [0, *np.cumsum(widths).tolist()[:-1]]


def raw_of(content: Content, file: File, wanted: Wanted) -> Raw:
    """Return the rows of a table.

    Parameters
    ----------
    content
        What the server wrote.
    file
        What the table is called, with its fingerprint.
    wanted
        What is asked of it.

    Raises
    ------
    InputError
        If geometries stand in several columns or have several SRIDs, or texts are in another codec.
    """
    rows = _cells(content, file, wanted)
    count = len(rows[0]) if rows else 0
    starts = dict(zip((name for name, _ in content.columns), starts_of(content.columns), strict=True))
    doubts: list[Doubt] = []
    table: dict[str, Any] = {}
    for name, role in content.columns:
        if role == "geometry":
            continue
        shown = f"{name}_" if name == RESERVED else name
        if shown != name:
            doubts.append(Doubt(code="tab.reserved", layer="", values={"columns": [name]}))
        table[shown] = _column(rows[starts[name]], role)
    geometry, crs, detail = None, None, ""
    places = content.places
    if wanted.kind != "table" and len(places) > 1:
        raise InputError(Problem(code="db.geometries", place=file.name, values={"columns": list(places)}))
    if wanted.kind != "table" and places:
        parts = rows[starts[places[0]] : starts[places[0]] + PLACE_PARTS]
        geometry, more = _shapes(parts)
        doubts += more
        crs, detail = _one_system(parts[1], content, file)
        heights = [None if cell is None else float(cell) for cell in parts[3]]
        if HEIGHT not in table and any(height is not None for height in heights):
            table[HEIGHT] = pd.Series(heights, dtype="float64")
    elif wanted.kind != "table" and not content.spatial:
        doubts.append(Doubt(code="db.no_postgis", layer=""))
    return Raw(
        file=file,
        table=pd.DataFrame(table, index=range(count)),
        geometry=geometry,
        rows=np.arange(1, count + 1),
        mended=np.zeros(count, dtype=bool),
        crs=crs,
        crs_detail=detail,
        encoding=wanted.encoding or "utf-8",
        encoding_how="plan.toml" if wanted.encoding else "PostgreSQL",
        doubts=tuple(doubts),
    )


def _cells(content: Content, file: File, wanted: Wanted) -> list[list[str | None]]:
    """Return the cells column by column, None where the database holds nothing."""
    codec = as_named(wanted.encoding, place=file.name).name if wanted.encoding else "utf-8"
    plain = codec == "utf-8"
    try:
        # Signs of other codecs may hold a byte that looks like a mark of the format: they are decoded last.
        text = content.body.decode("utf-8" if plain else "latin-1")
        lines = text.split("\n")[:-1]
        width = sum(PLACE_PARTS if role == "geometry" else 1 for _, role in content.columns)
        columns = list(zip(*(line.split("\t") for line in lines), strict=True)) if lines else [()] * width
        read = _unescaped if plain else lambda cell: _decoded(cell, codec)
        return [[read(cell) for cell in column] for column in columns]
    except UnicodeDecodeError:
        raise InputError(Problem(code="db.encoding", place=file.name)) from None


def _unescaped(cell: str) -> str | None:
    if "\\" not in cell:
        return cell
    return None if cell == NULL else ESCAPE.sub(lambda found: ESCAPES.get(found[1], found[1]), cell)


def _decoded(cell: str, codec: str) -> str | None:
    plain = _unescaped(cell)
    return None if plain is None else plain.encode("latin-1").decode(codec)


def _column(cells: list[str | None], role: Role) -> pd.Series[Any]:
    """Return a column as numbers where they are exact, as truth values, or as text."""
    return _READERS[role](cells)


def _texts(cells: list[str | None]) -> pd.Series[Any]:
    return pd.Series(cells, dtype=object)


def _padded(cells: list[str | None]) -> pd.Series[Any]:
    return _texts([None if cell is None else cell.rstrip(" ") for cell in cells])


def _booleans(cells: list[str | None]) -> pd.Series[Any]:
    values = [None if cell is None else cell == "t" for cell in cells]
    return pd.Series(values, dtype=object if None in values else bool)


def _floats(cells: list[str | None]) -> pd.Series[Any]:
    return pd.Series([np.nan if cell is None else float(cell) for cell in cells], dtype="float64")


def _whole(cells: list[str | None]) -> pd.Series[Any]:
    numbers = [None if cell is None else int(cell) for cell in cells]
    if any(number is not None and abs(number) > LARGEST_EXACT for number in numbers):
        return _texts(cells)
    return pd.Series(numbers, dtype="float64" if None in numbers else "int64")


def _exact(cells: list[str | None]) -> pd.Series[Any]:
    """Return decimal numbers as floats where no digit is lost, else as the text of the database."""
    held = [cell for cell in set(cells) if cell is not None]
    exact = all(cell in {"NaN", "Infinity", "-Infinity"} or _keeps(cell) for cell in held)
    return _floats(cells) if exact else _texts(cells)


def _keeps(cell: str) -> bool:
    number = float(cell)
    return abs(number) <= LARGEST_EXACT and Decimal(repr(number)) == Decimal(cell)


_READERS: Mapping[Role, Callable[[list[str | None]], pd.Series[Any]]] = {
    "whole": _whole, "float": _floats, "exact": _exact, "boolean": _booleans, "padded": _padded, "text": _texts,
}  # fmt: skip


def _shapes(parts: Sequence[list[str | None]]) -> tuple[NDArray[np.object_], list[Doubt]]:
    import shapely

    shapes = np.asarray(shapely.from_wkb(parts[0], on_invalid="ignore"), dtype=object)
    curved = sum(cell == "t" for cell in parts[2])
    step = 90 / SEGMENTS
    values = {
        "rows": curved,
        "degrees": f"{step:.1f}",
        "share": f"{1 - math.cos(math.radians(step / 2)):.2%}",
    }
    return shapes, [Doubt(code="geom.curve", layer="", values=values)] if curved else []


def _one_system(cells: Iterable[str | None], content: Content, file: File) -> tuple[int | None, str]:
    """Return the CRS of a column of geometries, which must be one."""
    numbers = sorted({int(cell) for cell in cells if cell is not None})
    if len(numbers) > 1:
        raise InputError(
            Problem(code="db.srids", place=file.name, values={"srids": [str(n) for n in numbers]})
        )
    system = content.systems[numbers[0]] if numbers else System(code=None)
    return system.code, system.detail
