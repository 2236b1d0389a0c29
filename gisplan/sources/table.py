"""CSV and Excel lists: the header row found by its names, every cell as text, no row lost in silence."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import itertools
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.sources.encoding import Encoding, as_named, detect
from gisplan.sources.raw import File, Raw, Refused, Wanted

HEADER_SEARCH = 20
"""Titles and notes stand above the header of municipal lists; it is looked for in this many rows."""

TOTALS = frozenset({"計", "合計", "小計", "総計", "総合計", "total"})
LONGEST_CELL = 131_072 * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grid:
    """Rows of text cells, each with its number in the file."""

    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]


def read_csv(file: File, wanted: Wanted) -> Raw:
    """Read a CSV or TSV list.

    Parameters
    ----------
    file
        A file of driver csv.
    wanted
        What is asked of it: the column names that a header may hold, and the codec.

    Raises
    ------
    InputError
        If the text does not decode, or a quote is never closed.
    """
    data = file.path.read_bytes()
    encoding = wanted.encoding
    found = as_named(encoding, place=file.name) if encoding else detect(data, place=file.name)
    try:
        text = data.decode(found.name)
    except (UnicodeError, LookupError):
        raise InputError(Problem(code="enc.named", place=file.name, values={"encoding": encoding})) from None
    return _raw(file, _csv_grid(file, text), wanted.known, found)


def read_excel(file: File, wanted: Wanted) -> Raw:
    """Read one sheet of an Excel workbook, .xlsx or .xls.

    Parameters
    ----------
    file
        A file of driver excel.
    wanted
        What is asked of it: the column names that a header may hold, and the sheet, the first one where empty.

    Raises
    ------
    InputError
        If the workbook is protected or damaged, or has no sheet of this name.
    """
    import python_calamine as calamine

    sheet = wanted.table
    try:
        book = calamine.CalamineWorkbook.from_path(str(file.path))
        names = book.sheet_names
        if not names:
            raise InputError(Problem(code="file.damaged", place=file.name, values={"detail": "0"}))
        if sheet and sheet not in names:
            raise InputError(
                Problem(code="file.table", place=file.name, values={"wanted": sheet, "tables": names})
            )
        found = book.get_sheet_by_name(sheet or names[0])
        cells = found.to_python(skip_empty_area=False)
    except calamine.PasswordError:
        raise InputError(
            Problem(code="file.encrypted", place=file.name, values={"detail": "Excel"})
        ) from None
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise InputError(
            Problem(code="file.damaged", place=file.name, values={"detail": type(error).__name__})
        ) from None
    rows = tuple(tuple(_cell(cell) for cell in row) for row in cells)
    grid = _Grid(rows=rows, numbers=tuple(range(1, len(rows) + 1)))
    raw = _raw(file, grid, wanted.known, Encoding(name="utf-8", how="Excel"))
    if sheet or len(names) == 1:
        return raw
    others = {"sheet": names[0], "others": names[1:]}
    return dataclasses.replace(raw, doubts=(*raw.doubts, Doubt(code="tab.sheets", layer="", values=others)))


def _cell(value: Any) -> str:
    """Return a cell of Excel as a person reads it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    return "" if value is None else str(value)


def _csv_grid(file: File, text: str) -> _Grid:
    first = text[:4096]
    delimiter = "\t" if first.count("\t") > first.count(",") else ","
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[str, ...]] = []
    numbers: list[int] = []
    start = 1
    try:
        for row in reader:
            rows.append(tuple(row))
            numbers.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            Problem(code="tab.quote", place=f"{file.name}:{start}", values={"detail": str(error)})
        ) from None
    return _Grid(rows=tuple(rows), numbers=tuple(numbers))


def _raw(file: File, grid: _Grid, known: Iterable[str], found: Encoding) -> Raw:
    header = header_row(grid.rows, known)
    names = _unique([plain_name(cell) for cell in grid.rows[header]]) if grid.rows else []
    width = len(names)
    kept, numbers, short, refused = [], [], [], []
    for row, number in zip(grid.rows[header + 1 :], grid.numbers[header + 1 :], strict=True):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) > width and any(cell.strip() for cell in row[width:]):
            refused.append(Refused(row=number, column="", value=row[width], code="tab.ragged"))
        elif _is_total(row):
            refused.append(
                Refused(row=number, column=names[0], value=next(filter(None, row)), code="tab.total")
            )
        else:
            kept.append((*row[:width], *[""] * (width - len(row))))
            numbers.append(number)
            short.append(len(row) < width)
    doubts = (Doubt(code="tab.header_row", layer="", values={"row": grid.numbers[header]}),) if header else ()
    return Raw(
        file=file,
        table=pd.DataFrame(kept, columns=names, dtype=object),
        geometry=None,
        rows=np.array(numbers, dtype="int64"),
        mended=np.array(short, dtype=bool),
        refused=tuple(refused),
        encoding=found.name,
        encoding_how=found.how,
        doubts=doubts,
    )


def header_row(rows: Sequence[Sequence[str]], known: Iterable[str]) -> int:
    """Return the position of the row that holds the most known column names; the first of equals, 0 for none."""
    wanted = {plain_name(name) for name in known}
    counts = [len({plain_name(cell) for cell in row} & wanted) for row in rows[:HEADER_SEARCH]]
    return int(np.argmax(counts)) if counts else 0


def _is_total(row: Sequence[str]) -> bool:
    # Offices set the word wide: 合　計.
    filled = ["".join(plain_name(cell).split()).lower() for cell in row if cell.strip()]
    return filled[0] in TOTALS


def plain_name(name: str) -> str:
    """Return a column name without the spaces and width variants that differ between offices."""
    text = unicodedata.normalize("NFKC", name).strip().lstrip("\ufeff")
    return text.replace("\n", "").replace("―", "ー")


def _unique(names: Sequence[str]) -> list[str]:
    out: list[str] = []
    for position, name in enumerate(names, start=1):
        base = name or f"column {position}"
        numbered = (f"{base} ({number})" for number in itertools.count(2))
        out.append(next(free for free in itertools.chain([base], numbered) if free not in out))
    return out
