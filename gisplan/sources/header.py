"""Where a list begins: its header below titles, found by the names of its columns or, where none is known, by shape.

Headers of two rows are joined: codes above Japanese names (e-Stat), a group above its columns (座標 / 緯度).
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gisplan.core.tables import Doubt

SEARCH = 40
"""Titles and notes stand above the header of municipal lists; it is looked for in this many rows."""

BELOW = 6
"""Rows below a header that tell whether it goes on in the next row."""

PAIR = 2
MOST = 0.6
"""Share of figures below that makes a row of words the second row of a header."""

JOINED = " / "
"""Between the names of a header of two rows."""

NUMBER = re.compile(r"[-+△▲]?[\d,]*\.?\d+(?:[eE][-+]?\d+)?[%％]?")
NOT_SAID = frozenset(
    {"-", "－", "ー", "―", "*", "＊", "x", "…", "...", "***", "不明", "秘匿", "未調査", "なし", "nan", "null"}
)
"""What stands in a cell whose value is not known or not told; no name of a column."""

SPREAD = re.compile(r"(?<=[\u3005-\u30ff\u4e00-\u9fff])[ \t]+(?=[\u3005-\u30ff\u4e00-\u9fff])")
"""Offices spread short names to the width of their column: 緯　度."""

Row = Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The rows of a header, from `first` on and before `data`, the names of the columns, and what is doubtful."""

    first: int
    data: int
    names: tuple[str, ...]
    doubts: tuple[Doubt, ...] = ()


def find_header(
    rows: Sequence[Row],
    known: Iterable[str],
    *,
    numbers: NDArray[np.int64],
    spans: Collection[tuple[int, int]] = (),
) -> Header:
    """Return the header of a list.

    Parameters
    ----------
    rows
        The cells of the file [n].
    known
        Names that columns may have.
    numbers
        The number of each row in the file, for messages [n].
    spans
        First and last row of merged cells that cover several rows.
    """
    if not rows:
        return Header(first=0, data=0, names=())
    wanted = _folded(known)
    counts = [len(_folded(row) & wanted) for row in rows[:SEARCH]]
    best = counts.index(max(counts))
    by_shape = _by_shape(rows[:SEARCH])
    # A single word may stand in a title, or in a cell, as well.
    guessed = counts[best] == 0 or (counts[best] == 1 and _words(rows[best]) < _words(rows[by_shape]))
    if guessed:
        best = by_shape
    first, last = _extent(rows, best, spans)
    joined = _joined([rows[place] for place in range(first, last + 1)])
    doubts = []
    if guessed and (wanted or first):
        doubts.append(Doubt(code="tab.header_shape", layer="", values={"row": int(numbers[first])}))
    elif first:
        doubts.append(Doubt(code="tab.header_row", layer="", values={"row": int(numbers[first])}))
    if last > first:
        values = {"rows": [str(numbers[place]) for place in range(first, last + 1)]}
        doubts.append(Doubt(code="tab.header_rows", layer="", values=values))
    names, twice = _unique(joined)
    if twice:
        doubts.append(Doubt(code="tab.column_twice", layer="", values={"columns": twice}))
    return Header(first=first, data=last + 1, names=names, doubts=tuple(doubts))


def known_names(rows: Sequence[Row], known: Iterable[str]) -> int:
    """Return how many known names the likeliest header of a sheet has."""
    wanted = _folded(known)
    return max((len(_folded(row) & wanted) for row in rows[:SEARCH]), default=0)


def _folded(names: Iterable[str]) -> frozenset[str]:
    """Return names in one width and case."""
    return frozenset(map(folded_name, names))


def plain_name(name: str) -> str:
    """Return a column name without the spaces and width variants that differ between offices."""
    text = unicodedata.normalize("NFKC", name).strip().lstrip("\ufeff")
    return re.sub(r"[\r\n]+\s*", "", text).replace("―", "ー")


def folded_name(name: str) -> str:
    """Return a column name as names are compared: in one case too, and not spread over its column."""
    return SPREAD.sub("", plain_name(name)).casefold()


def is_number(cell: str) -> bool:
    """Return whether a cell holds a figure, as a person would say."""
    return NUMBER.fullmatch(unicodedata.normalize("NFKC", cell).strip()) is not None


def is_said(cell: str) -> bool:
    """Return whether a cell holds anything but a sign that its value is not known or not told."""
    text = unicodedata.normalize("NFKC", cell).strip().lower()
    return bool(text) and text not in NOT_SAID


def _filled(row: Row) -> int:
    return sum(1 for cell in row if cell.strip())


def _words(row: Row) -> int:
    return sum(1 for cell in row if cell.strip() and not is_number(cell))


def _by_shape(rows: Sequence[Row]) -> int:
    """Return the first row with the most words above the rows that hold figures."""
    figures = (place for place, row in enumerate(rows) if _filled(row) > 1 and any(map(is_number, row)))
    above = rows[: next(figures, len(rows))] or rows[:1]
    words = [_words(row) for row in above]
    return words.index(max(words))


def _extent(rows: Sequence[Row], best: int, spans: Collection[tuple[int, int]]) -> tuple[int, int]:
    """Return the first and the last row of a header of which one row is known."""
    first = last = best
    for top, bottom in spans:
        if top <= best <= bottom < best + BELOW:
            first, last = min(first, top), max(last, bottom)
    if (first, last) != (best, best):
        return first, last
    if best and _completes(rows, best - 1, best):
        return best - 1, best
    if best + 1 < len(rows) and _goes_on(rows, best):
        return best, best + 1
    return best, best


def _completes(rows: Sequence[Row], above: int, below: int) -> bool:
    """Return whether a row names columns that the row below it leaves without a name though they hold data."""
    upper, lower = rows[above], rows[below]
    if _words(upper) != _filled(upper) or _filled(upper) < PAIR:  # a title is one cell
        return False
    data = rows[below + 1 : below + 1 + BELOW]
    gaps = [place for place, cell in enumerate(upper) if cell.strip() and not _at(lower, place).strip()]
    return any(_at(row, place).strip() for place in gaps for row in data)


def _goes_on(rows: Sequence[Row], best: int) -> bool:
    """Return whether the row below a header belongs to it: names of a group's columns, or names below codes."""
    upper, lower = rows[best], rows[best + 1]
    held = [place for place, cell in enumerate(lower) if cell.strip()]
    # A row of data has its own number or name in the first column.
    if len(held) < PAIR or _at(lower, 0).strip() or not all(is_name(lower[place]) for place in held):
        return False
    data = [row for row in rows[best + 2 : best + 2 + BELOW] if _filled(row)]
    if held[-1] >= len(upper) or not data or not _at(data[0], 0).strip():
        return False
    above = [_at(upper, place).strip() for place in held]
    if not all(above):  # a group has a name above its first column only
        return True
    cells = [cell for row in data for place in held if (cell := _at(row, place).strip())]
    figures = sum(is_number(cell) or not is_said(cell) for cell in cells)
    in_codes = all(map(str.isascii, above)) and not any(lower[place].isascii() for place in held)
    return in_codes and bool(cells) and figures >= MOST * len(cells)


def is_name(cell: str) -> bool:
    """Return whether a cell may name a column: a word, no figure and no sign."""
    text = cell.strip()
    return len(text) > 1 and any(map(str.isalpha, text)) and is_said(cell) and not is_number(cell)


def _at(row: Row, place: int) -> str:
    return row[place] if place < len(row) else ""


def _joined(rows: Sequence[Row]) -> list[str]:
    """Return one name per column; a group's name holds for the columns right of it that have a name of their own."""
    width = max(map(len, rows))
    parts: list[list[str]] = [[] for _ in range(width)]
    for level, row in enumerate(rows):
        group = ""
        for place in range(width):
            own = plain_name(_at(row, place))
            below = any(plain_name(_at(other, place)) for other in rows[level + 1 :])
            name = own or (group if below else "")
            if name and name not in parts[place]:
                parts[place].append(name)
            group = name if below else ""
    return [JOINED.join(names) for names in parts]


def _unique(names: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """Return names of which none stands twice, and those that did."""
    out: list[str] = []
    twice: list[str] = []
    for position, name in enumerate(names, start=1):
        base = name or f"column {position}"
        if name and name in out and name not in twice:
            twice.append(name)
        numbered = (f"{base} ({number})" for number in itertools.count(2))
        out.append(next(free for free in itertools.chain([base], numbered) if free not in out))
    return tuple(out), twice
