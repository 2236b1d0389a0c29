"""Published tables and the same computed anew, cell by cell: texts and integers exactly, decimals as rounded."""

from __future__ import annotations

import csv
import io
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import numpy as np
import pandas as pd

from gisplan.core.options import CsvEncoding
from gisplan.core.tables import Column, contracts, for_user
from gisplan.core.words import Language
from gisplan.maps.csv_files import write_csv

Kind = Literal[
    "cell", "row_gone", "row_new", "column_gone", "column_new", "table_gone", "table_new", "unreadable"
]
HELD_DECIMALS = 6
"""Decimals with which a number is written that its contract does not round."""

NOISE = 1e-9
"""Share of a number by which machines may differ in summing up: a value at the edge of its rounding may fall on
either side."""

NOTHING = "—"
ENCODINGS: Mapping[CsvEncoding, str] = {"utf-8": "utf-8-sig", "cp932": "cp932"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that differs: table, key of the row, column, the published value and the one computed anew.

    `kind` tells whether it is a cell, or a row, column or table that one side lacks; "gone" is what was published and
    is not computed.
    """

    kind: Kind
    table: str
    key: tuple[str, ...] = ()
    column: str = ""
    published: str = NOTHING
    recomputed: str = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What differs between published tables and the same computed anew, and how much was compared."""

    differences: tuple[Difference, ...]
    tables: int
    rows: int
    cells: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """One table on both sides: rows as texts by column, and the numbers of the new side before they are rounded."""

    name: str
    columns: Mapping[str, Column]
    key: tuple[str, ...]
    old: Sequence[Mapping[str, str]]
    new: Sequence[Mapping[str, str]]
    exact: Mapping[str, Sequence[float]]


def compare_tables(
    published: Mapping[str, bytes],
    frames: Mapping[str, pd.DataFrame],
    *,
    language: Language,
    encoding: CsvEncoding,
) -> Compared:
    """Return what differs between the CSV files that were published and tables that were computed anew.

    Parameters
    ----------
    published
        CSV files by the name of their table.
    frames
        Tables as `core.tables.hold` returns them, in the order of their rows in the files.
    language, encoding
        Those of the files.

    Raises
    ------
    InputError
        If the encoding lacks signs that the new tables hold.
    """
    known = contracts()
    found: list[Difference] = [
        Difference(kind="table_gone", table=name) for name in published if name not in frames
    ]
    found += [Difference(kind="table_new", table=name) for name in frames if name not in published]
    both = [name for name in known if name in frames and name in published]
    texts = _as_written({name: frames[name] for name in both}, language=language, encoding=encoding)
    rows = cells = 0
    for name in both:
        try:
            old = _rows(published[name], encoding)
        except (UnicodeError, csv.Error):
            found.append(Difference(kind="unreadable", table=name))
            continue
        columns = {column.name: column for column in known[name].columns}
        numbers = {name for name, column in columns.items() if column.type == "number"}
        exact = {column: frames[name][column].to_numpy("float64").tolist() for column in numbers}
        pair = _Pair(name=name, columns=columns, key=known[name].key, old=old, new=texts[name], exact=exact)
        found += _differing(pair)
        rows += len(pair.new)
        cells += len(pair.new) * len(columns)
    return Compared(differences=tuple(found), tables=len(both), rows=rows, cells=cells)


def _as_written(
    frames: Mapping[str, pd.DataFrame], *, language: Language, encoding: CsvEncoding
) -> dict[str, list[dict[str, str]]]:
    """Return the rows of tables with each cell as its CSV file has it."""
    shown = {name: for_user(frame, name, language=language) for name, frame in frames.items()}
    promises = {name: contracts()[name] for name in frames}
    with TemporaryDirectory(prefix="gisplan-", ignore_cleanup_errors=True) as folder:
        files = write_csv(Path(folder), shown, promises, encoding=encoding)
        return {path.stem: _rows(path.read_bytes(), encoding) for path in files}


def _rows(content: bytes, encoding: CsvEncoding) -> list[dict[str, str]]:
    """Return the rows of a CSV file; of one with too few cells the others are empty, more than its head are left."""
    lines = csv.reader(io.StringIO(content.decode(ENCODINGS[encoding]), newline=""), strict=True)
    head = next(lines, [])
    return [dict(zip(head, [*line, *[""] * (len(head) - len(line))], strict=False)) for line in lines]


def _differing(pair: _Pair) -> Iterator[Difference]:
    """Yield what differs in one table; rows of one key, which no table of ours has, are taken in their order."""
    held = list(pair.old[0]) if pair.old else list(pair.columns)
    for column in held:
        if column not in pair.columns:
            yield Difference(kind="column_gone", table=pair.name, column=column)
    for column in pair.columns:
        if column not in held:
            yield Difference(kind="column_new", table=pair.name, column=column)
    common = [column for column in pair.columns if column in held]
    old = _by_key(pair, pair.old)
    new = _by_key(pair, pair.new)
    for key in dict.fromkeys((*old, *new)):
        ours, theirs = old.get(key, []), new.get(key, [])
        for row, place in zip(ours, theirs, strict=False):
            yield from _cells(pair, key, common, pair.old[row], place)
        for _ in theirs[len(ours) :]:
            yield Difference(kind="row_new", table=pair.name, key=key)
        for _ in ours[len(theirs) :]:
            yield Difference(kind="row_gone", table=pair.name, key=key)


def _by_key(pair: _Pair, rows: Sequence[Mapping[str, str]]) -> dict[tuple[str, ...], list[int]]:
    found: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        found[tuple(row.get(name, "") for name in pair.key)].append(place)
    return found


def _cells(
    pair: _Pair, key: tuple[str, ...], columns: Sequence[str], old: Mapping[str, str], place: int
) -> Iterator[Difference]:
    new = pair.new[place]
    for name in columns:
        if old[name] == new[name]:
            continue
        column = pair.columns[name]
        if name in pair.exact and _rounds_to(pair.exact[name][place], old[name], _digits(column, new)):
            continue
        yield Difference(
            kind="cell", table=pair.name, key=key, column=name, published=old[name], recomputed=new[name]
        )


def _digits(column: Column, row: Mapping[str, str]) -> int:
    """Return the decimals to which a cell is rounded."""
    digits = column.finer.get(row.get("unit", ""), column.digits)
    return HELD_DECIMALS if digits is None else digits


def _rounds_to(exact: float, text: str, digits: int) -> bool:
    """Return whether a number that was published may be the rounding of one that was computed."""
    try:
        said = float(text)
    except ValueError:
        return False
    if not (math.isfinite(said) and np.isfinite(exact)):
        return False
    return abs(said - exact) <= 0.5 * 10.0**-digits + NOISE * max(1.0, abs(exact))
