"""What the rows of a GeoPackage hold against its own word: text in columns of numbers, geometries that are none.

SQLite keeps in a column whatever it is given; GDAL reads what does not fit as nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gisplan.core.tables import Doubt
from gisplan.sources.dbf import EXAMPLES, no_numbers

NUMBERS = (
    "INT",
    "INTEGER",
    "MEDIUMINT",
    "SMALLINT",
    "TINYINT",
    "BOOLEAN",
    "DOUBLE",
    "FLOAT",
    "REAL",
    "NUMERIC",
)
"""Types of columns that hold numbers, as GeoPackage calls them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The columns that hold text among their numbers, as text by row number, and the doubts."""

    texts: Mapping[str, Mapping[int, str | None]] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()

    def column(self, name: str, rows: NDArray[np.int64]) -> NDArray[np.object_]:
        """Return a column as text for some rows [n]."""
        held = self.texts[name]
        return np.array([held.get(row) for row in rows.tolist()], dtype=object)


def quoted(name: str) -> str:
    """Return the name of a table or column as SQL takes it."""
    return '"' + name.replace('"', '""') + '"'


def stored(connection: sqlite3.Connection, table: str) -> Stored:
    """Return what a table of a GeoPackage holds that is not of the type its columns declare.

    Parameters
    ----------
    connection
        The database, opened to be read.
    table
        One of its feature tables.
    """
    texts: dict[str, dict[int, str | None]] = {}
    examples: list[str] = []
    rows: list[int] = []
    about = connection.execute(f"pragma table_info({quoted(table)})").fetchall()
    for _, name, kind, *_ in about:
        if str(kind).upper().split("(")[0].strip() not in NUMBERS:
            continue
        wrong = connection.execute(
            f"select rowid, {quoted(name)} from {quoted(table)} "  # noqa: S608 (both names are quoted)
            f"where typeof({quoted(name)}) in ('text', 'blob')"
        ).fetchall()
        if wrong:
            every = connection.execute(f"select rowid, {quoted(name)} from {quoted(table)}")  # noqa: S608 (both names are quoted)
            texts[str(name)] = {int(row): _text(value) for row, value in every}
            rows += [int(row) for row, _ in wrong]
            examples += [str(_text(value)) for _, value in wrong[:EXAMPLES]]
    if not texts:
        return Stored()
    return Stored(texts=texts, doubts=(no_numbers(list(texts), np.unique(rows), len(rows), examples),))


def rows_with_geometry(connection: sqlite3.Connection, table: str) -> frozenset[int]:
    """Return the numbers of the rows whose geometry holds something, whatever it is."""
    named = connection.execute(
        "select column_name from gpkg_geometry_columns where table_name = ?", (table,)
    ).fetchone()
    if named is None:
        return frozenset()
    found = connection.execute(
        f"select rowid from {quoted(table)} where {quoted(str(named[0]))} is not null"  # noqa: S608 (both names are quoted)
    )
    return frozenset(int(row) for (row,) in found)


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return None if value is None else str(value)
