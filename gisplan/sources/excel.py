"""Excel workbooks (.xlsx, .xls): one sheet becomes rows of text cells, merged cells filled, dates as days."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.sources.delimited import Grid
from gisplan.sources.encoding import Encoding
from gisplan.sources.formulas import is_error, without_value
from gisplan.sources.header import SEARCH, Header, find_header, is_number, known_names
from gisplan.sources.raw import File, Raw, Wanted
from gisplan.sources.table import Sheet, as_raw

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

OLD = b"\xd0\xcf\x11\xe0"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
"""The name of the stream in which a protected workbook lies."""

"""How a workbook of the form before 2007 (.xls) begins."""

EXAMPLES, LETTERS = 3, 26
NO_AMOUNT = re.compile(r"番号|コード|ID|年|月|日|緯|経|座標|階|率|No|lat|lon|メッシュ|code", re.IGNORECASE)
"""In names of columns whose figures are no amounts: no one sums them up."""

EXACT = 10**15
"""Excel keeps fifteen digits of a number; the last digits of a longer one are zeros."""


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
        If the workbook is protected or damaged, has no sheet of this name, or another sheet than the first
        one has the columns asked for.
    """
    import python_calamine as calamine

    try:
        with calamine.CalamineWorkbook.from_path(str(file.path)) as book:
            name, doubts = _chosen(book, file, wanted)
            sheet = _sheet(book.get_sheet_by_name(name), wanted, doubts, without_value(file.path, name))
    except calamine.PasswordError:
        raise InputError(
            Problem(code="file.encrypted", place=file.name, values={"detail": "Excel"})
        ) from None
    except (calamine.CalamineError, OSError, ValueError) as error:
        # Some protected workbooks are only said to be without a workbook in them.
        code = "file.encrypted" if ENCRYPTED in file.path.read_bytes() else "file.corrupt"
        raise InputError(
            Problem(code=code, place=file.name, values={"detail": type(error).__name__})
        ) from None
    with file.path.open("rb") as stream:
        old = stream.read(len(OLD)) == OLD
    if old:
        sheet = replace(sheet, doubts=(*sheet.doubts, Doubt(code="tab.engine", layer="")))
    return as_raw(file, sheet, wanted, Encoding(name="utf-8", how="Excel"))


def _chosen(book: CalamineWorkbook, file: File, wanted: Wanted) -> tuple[str, tuple[Doubt, ...]]:
    """Return the sheet to read, and the doubt where there are others."""
    names = book.sheet_names
    if not names:
        raise InputError(Problem(code="file.corrupt", place=file.name, values={"detail": "0"}))
    if wanted.table:
        if wanted.table not in names:
            values = {"wanted": wanted.table, "tables": names}
            raise InputError(Problem(code="file.table", place=file.name, values=values))
        return wanted.table, ()
    names, hidden = _visible(book)
    doubts: tuple[Doubt, ...] = ()
    if hidden:
        doubts = (Doubt(code="tab.sheet_hidden", layer="", values={"sheet": names[0], "hidden": hidden}),)
    if len(names) == 1:
        return names[0], doubts
    counts = {name: known_names(_head(book.get_sheet_by_name(name)), wanted.known) for name in names}
    fits = max(names, key=lambda name: counts[name])
    values = {"sheet": names[0], "others": names[1:], "fits": fits}
    if counts[names[0]] == 0 < counts[fits]:
        raise InputError(Problem(code="tab.sheet_asked", place=file.name, values=values))
    return names[0], (*doubts, Doubt(code="tab.sheets", layer="", values=values))


def _visible(book: CalamineWorkbook) -> tuple[list[str], list[str]]:
    """Return the sheets that a person sees, and the others; all are seen where none is."""
    import python_calamine as calamine

    shown = {one.name: one.visible == calamine.SheetVisibleEnum.Visible for one in book.sheets_metadata}
    seen = [name for name in book.sheet_names if shown.get(name, True)]
    return (seen, [name for name in book.sheet_names if name not in seen]) if seen else (book.sheet_names, [])


def _head(sheet: CalamineSheet) -> list[list[str]]:
    rows = sheet.to_python(skip_empty_area=False, nrows=SEARCH)
    return [[_cell(cell) for cell in row] for row in rows]


def _sheet(
    sheet: CalamineSheet,
    wanted: Wanted,
    doubts: tuple[Doubt, ...],
    valueless: Mapping[tuple[int, int], str],
) -> Sheet:
    cells = sheet.to_python(skip_empty_area=False)
    rows = [[_cell(cell) for cell in row] for row in cells]
    _write(rows, valueless)
    merged = sheet.merged_cell_ranges or []
    numbers = np.arange(1, len(rows) + 1, dtype="int64")
    spans = [(top, bottom) for (top, _), (bottom, _) in merged if bottom > top]
    header = find_header(rows, wanted.known, numbers=numbers, spans=spans)
    doubts += _valueless(valueless, data=header.data)
    doubts += _totals(rows, merged, header)
    filled = _fill(rows, merged, data=header.data)
    if filled:
        doubts += (Doubt(code="tab.merged", layer="", values={"cells": sum(filled.values())}),)
    cut = [_cell(value) for row in cells for value in row if _is_cut(value)]
    if cut:
        examples = sorted(set(cut))[:3]
        doubts += (Doubt(code="id.digits_lost", layer="", values={"cells": len(cut), "examples": examples}),)
    return Sheet(grid=Grid(rows=rows, numbers=numbers), spans=spans, filled=frozenset(filled), doubts=doubts)


def _write(rows: list[list[str]], valueless: Mapping[tuple[int, int], str]) -> None:
    """Write formulas and errors where they stand, so that no cell seems empty that is not."""
    width = max((column + 1 for _, column in valueless), default=0)
    width = max(width, *map(len, rows)) if rows else width
    for (row, column), text in valueless.items():
        while len(rows) <= row:
            rows.append([""] * width)
        rows[row] += [""] * (column + 1 - len(rows[row]))
        rows[row][column] = text


def _valueless(valueless: Mapping[tuple[int, int], str], *, data: int) -> tuple[Doubt, ...]:
    """Return how many cells of the list hold no value, and why."""
    doubts: tuple[Doubt, ...] = ()
    for code, errors in (("tab.formula_uncalculated", False), ("value.error", True)):
        told = [
            f"{_letters(column)}{row + 1} {text}"
            for (row, column), text in sorted(valueless.items())
            if row >= data and is_error(text) == errors
        ]
        if told:
            doubts += (Doubt(code=code, layer="", values={"cells": len(told), "examples": told[:EXAMPLES]}),)
    return doubts


def _letters(column: int) -> str:
    letters = ""
    number = column + 1
    while number:
        number, rest = divmod(number - 1, LETTERS)
        letters = chr(ord("A") + rest) + letters
    return letters


def _totals(
    rows: Sequence[Sequence[str]],
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]],
    header: Header,
) -> tuple[Doubt, ...]:
    """Return a doubt where a figure is written once for several rows: it may be their sum."""
    told: dict[str, list[str]] = {}
    for (top, left), (bottom, _) in merged:
        held = (
            header.data <= top < bottom and top < len(rows) and left < min(len(rows[top]), len(header.names))
        )
        if not held or not is_number(rows[top][left]) or NO_AMOUNT.search(header.names[left]):
            continue
        told.setdefault(header.names[left], []).append(f"{top + 1}–{bottom + 1}: {rows[top][left]}")
    return tuple(
        Doubt(code="tab.merged_number", layer="", values={"column": name, "examples": examples[:EXAMPLES]})
        for name, examples in told.items()
    )


def _fill(
    rows: list[list[str]], merged: Sequence[tuple[tuple[int, int], tuple[int, int]]], *, data: int
) -> dict[int, int]:
    """Write the value of each merged cell into all rows it covers; return the numbers of those rows with counts."""
    filled: dict[int, int] = {}
    for (top, left), (bottom, _) in merged:
        if top < data or top >= len(rows):
            continue
        for place in range(top + 1, min(bottom + 1, len(rows))):
            if left < len(rows[place]) and rows[top][left].strip():
                rows[place][left] = rows[top][left]
                filled[place + 1] = filled.get(place + 1, 0) + 1
    return filled


def _is_cut(value: object) -> bool:
    """Return whether a whole number has more digits than Excel keeps."""
    return (
        isinstance(value, float | int)
        and not isinstance(value, bool)
        and abs(value) >= EXACT
        and value == int(value)
    )


def _cell(value: Any) -> str:
    """Return a cell of Excel as a person reads it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    return "" if value is None else str(value)
