"""Text with delimiters (CSV, TSV) becomes rows of cells, each with the number of the line it begins on."""

from __future__ import annotations

import csv
import io
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gisplan.core.errors import InputError, Problem

DELIMITERS = (",", "\t", ";", "|")
SAMPLE = 16_384
"""Characters by which the delimiter is chosen."""

PART, LOOK = 5_000, 500
"""Rows that are read at a time, and those of them by which it is known whether words come again in a column."""

LONGEST_CELL = 131_072 * 64
BOM = "\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Rows of text cells, each with its number in the file [n]."""

    rows: Sequence[Sequence[str]]
    numbers: NDArray[np.int64]


def grid_of(data: bytes, codec: str, *, place: str) -> Grid:
    """Return the rows of a text file.

    Parameters
    ----------
    data
        Its bytes.
    codec
        The codec that reads them.
    place
        What messages call the file.

    Raises
    ------
    InputError
        If a quote is never closed.
    UnicodeError
        If the codec does not read the bytes.
    LookupError
        If the codec makes no text.
    """
    delimiter = _delimiter(_start(data, codec))
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(_lines(data, codec), delimiter=delimiter, strict=True)
    try:
        rows = _rows(reader)
        if reader.line_num == len(rows):
            return Grid(rows=rows, numbers=np.arange(1, len(rows) + 1))
    except csv.Error as error:
        line = _opening(data.decode(codec), delimiter)
        raise InputError(
            Problem(code="tab.quote", place=f"{place}:{line}", values={"detail": str(error)})
        ) from None
    return Grid(rows=rows, numbers=_numbers(data, codec, delimiter))


def _rows(reader: Iterator[list[str]]) -> list[Sequence[str]]:
    """Return all rows; words that come again and again in a column are held once, which halves the memory."""
    rows: list[Sequence[str]] = []
    known: dict[str, str] = {}
    while part := list(itertools.islice(reader, PART)):
        rows += _held_once(part, known)
    return rows


def _held_once(part: list[list[str]], known: dict[str, str]) -> Iterable[Sequence[str]]:
    """Return rows, those of the usual width with their words out of those that are known."""
    widths = Counter(map(len, part))
    width = max(widths, key=lambda width: (width > 0, widths[width]))
    if width == 0:
        return part
    columns = list(zip(*(row for row in part if len(row) == width), strict=True))
    for place, column in enumerate(columns):
        if 2 * len(set(column[:LOOK])) <= len(column[:LOOK]):
            columns[place] = tuple(map(known.setdefault, column, column))
    held = zip(*columns, strict=True)
    return held if len(widths) == 1 else [next(held) if len(row) == width else row for row in part]


def _start(data: bytes, codec: str) -> str:
    with io.TextIOWrapper(io.BytesIO(data), encoding=codec, newline="") as text:
        return text.read(SAMPLE)


def _lines(data: bytes, codec: str) -> Iterable[str]:
    """Return the lines with their ends; a mark of byte order that lists joined by a program leave inside is no text."""
    text = io.TextIOWrapper(io.BytesIO(data), encoding=codec, newline="")
    if not BOM.encode(codec, "ignore"):  # not in the sets of Japan, and to look at every line takes longest
        return text
    return (line.lstrip(BOM) if line.startswith(BOM) else line for line in text)


def _numbers(data: bytes, codec: str, delimiter: str) -> NDArray[np.int64]:
    """Return the line on which each row begins; a line break inside quotes begins no row."""
    reader = csv.reader(_lines(data, codec), delimiter=delimiter, strict=True)
    ends = np.fromiter((reader.line_num for _ in reader), dtype="int64")
    return np.concatenate([[1], ends[:-1] + 1]) if len(ends) else ends


def _delimiter(text: str) -> str:
    """Return what parts the most cells into rows of one width; a comma where nothing parts anything."""
    return max(DELIMITERS, key=lambda sign: _parted(text, sign))


def _parted(text: str, delimiter: str) -> int:
    widths: Counter[int] = Counter()
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        widths.update(len(row) for row in reader)
    except csv.Error:
        return 0
    return max((width * count for width, count in widths.items() if width > 1), default=0)


def _opening(text: str, delimiter: str) -> int:
    """Return the line of the quote that opens the cell which does not end as a cell should."""
    line = opened = 1
    begins, quoted, closed = True, False, False
    for sign, after in zip(text, text[1:] + "\n", strict=True):
        if quoted and sign == '"':
            if closed:
                closed = False  # the second of a pair that stands for one
            elif after == '"':
                closed = True
            elif after not in {delimiter, "\r", "\n"}:
                return opened
            else:
                quoted = False
        elif not quoted and begins and sign == '"':
            quoted, opened = True, line
        begins = not quoted and sign in {delimiter, "\r", "\n"}
        if sign == "\n" or (sign == "\r" and after != "\n"):
            line += 1
    return opened
