"""Lists become raw tables: the header found, every cell as text, no row lost in silence."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import pandas as pd

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.core.words import Text
from gisplan.sources.delimited import Grid, grid_of
from gisplan.sources.encoding import WINDOWS_EUC, Encoding, as_named, detect, is_euc_of_windows
from gisplan.sources.header import find_header
from gisplan.sources.raw import File, Raw, Wanted
from gisplan.sources.rows import PART, Sorted, sort_rows

GAIJI = re.compile(r"[\ue000-\uf8ff]")
"""A character for private use."""

EXAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The cells of a file or sheet, the first and last rows of its merged cells, and which rows they filled."""

    grid: Grid
    spans: Collection[tuple[int, int]] = ()
    filled: frozenset[int] = frozenset()
    doubts: tuple[Doubt, ...] = ()


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
    if encoding and found.name == "euc_jp" and is_euc_of_windows(data):
        found = replace(found, name=WINDOWS_EUC)
    try:
        grid = grid_of(data, found.name, place=file.name)
    except (UnicodeError, LookupError):
        raise InputError(Problem(code="enc.named", place=file.name, values={"encoding": encoding})) from None
    return as_raw(file, Sheet(grid=grid, doubts=found.doubts), wanted, found)


def as_raw(file: File, sheet: Sheet, wanted: Wanted, encoding: Encoding) -> Raw:
    """Return the table of a sheet of cells.

    Parameters
    ----------
    file
        The file the cells are from.
    sheet
        Its cells.
    wanted
        What is asked of it.
    encoding
        How its text was read.

    Raises
    ------
    InputError
        If a quote is not closed where it should be.
    """
    grid = sheet.grid
    header = find_header(grid.rows, wanted.known, numbers=grid.numbers, spans=sheet.spans)
    body = sort_rows(grid, header, wanted.known, place=file.name)
    table, doubts = _table(body, header.names)
    if not len(table) and not body.refused:
        doubts += (Doubt(code="tab.no_rows", layer=""),)
    doubts += _gaiji(body)
    filled = np.isin(body.numbers, list(sheet.filled))
    return Raw(
        file=file,
        table=table,
        geometry=None,
        rows=body.numbers,
        mended=body.short | filled,
        refused=body.refused,
        encoding=encoding.name,
        encoding_how=encoding.how,
        doubts=(*sheet.doubts, *header.doubts, *doubts),
        titles=_titles(grid, header.first, body),
    )


def _gaiji(body: Sorted) -> tuple[Doubt, ...]:
    """Return a doubt where characters are an office's own (外字): no other computer shows them."""
    # No private character is printable; to ask so of many rows at once takes a fraction of a search in each.
    found = [
        (int(body.numbers[place]), cell)
        for begin in range(0, len(body.rows), PART)
        if not "".join(chain.from_iterable(body.rows[begin : begin + PART])).isprintable()
        for place, row in enumerate(body.rows[begin : begin + PART], start=begin)
        if not "".join(row).isprintable()
        for cell in row
        if GAIJI.search(cell)
    ]
    if not found:
        return ()
    examples = [
        Text(ja=f"{number} 行目「{word}」", en=f"row {number} “{word}”") for number, word in found[:EXAMPLES]
    ]
    return (Doubt(code="enc.gaiji", layer="", values={"rows": len(dict(found)), "examples": examples}),)


def _titles(grid: Grid, first: int, body: Sorted) -> tuple[str, ...]:
    """Return the texts above the header, and the notes."""
    above = [cell.strip() for row in grid.rows[:first] for cell in row if cell.strip()]
    return (*above, *(row.value for row in body.refused if row.code == "tab.note"))


def _table(body: Sorted, names: tuple[str, ...]) -> tuple[pd.DataFrame, tuple[Doubt, ...]]:
    """Return the rows as columns; one without a name is dropped where it holds nothing, and told where it does."""
    width = len(names)
    rows = body.rows
    if set(map(len, rows)) - {width}:
        rows = [(*row[:width], *[""] * (width - len(row))) for row in rows]
    cells = np.fromiter(chain.from_iterable(rows), dtype=object, count=len(rows) * width)
    table = pd.DataFrame(cells.reshape(len(rows), width), columns=list(names), dtype=object, copy=False)
    unnamed = [name for place, name in enumerate(names, start=1) if name == f"column {place}"]
    empty = [name for name in unnamed if not any(cell.strip() for cell in table[name])]
    told = [name for name in unnamed if name not in empty]
    doubts: tuple[Doubt, ...] = (
        (Doubt(code="tab.unnamed", layer="", values={"columns": told}),) if told and rows else ()
    )
    short = int(body.short.sum())
    if short:
        doubts += (Doubt(code="tab.short", layer="", values={"rows": short}),)
    return table.drop(columns=empty), doubts
