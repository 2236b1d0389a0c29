"""Which rows below a header are rows of the list: totals, notes, further headers and further tables are not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from gisplan.core.errors import InputError, Problem
from gisplan.sources.delimited import Grid
from gisplan.sources.header import Header, is_name, is_number, is_said, plain_name
from gisplan.sources.raw import Refused

TOTALS = frozenset({"計", "合計", "小計", "総計", "総合計", "累計", "total", "subtotal", "grandtotal", "sum"})
TOTAL_OF = re.compile(
    r".{1,12}(?:地区|地域|学区|校区|区域|町内|市|町|村|区|県|丁目|年度|年|月|部|課|別|の)(?:小|合|総)?計"
)
"""焼津地区計, but no 時計 and no 会計."""

NOTE = re.compile(
    r"[※＊*]|[(（\[【]?(?:注|備考|出典|出所|資料|典拠)\s*\d{0,2}\s*[)）\]】:：.．、]|注\s*\d{0,2}\s|"
    r"(?:作成|更新|単位|担当|問合せ|問い合わせ|お問い合わせ|お問合せ)[^,]{0,8}[:：]"
)
NOTE_CELLS = 2
"""A note fills at most so many cells; a row that fills more holds a record whose text begins like a note."""

NARROW = 2
"""A list of at most so many columns may hold records that fill one cell."""

SECOND = 2
"""So many known names in a row below a gap make it the header of another table."""

LEARNT = 50
"""Rows by which the columns of figures are known."""

MOSTLY = 0.8

SUMS = ("計", "otal", "OTAL", "Ｔ", "sum")
"""No row of sums is without one of them."""

PART = 5_000
"""Rows that are looked at together."""

Row = Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """The rows of a list with their numbers, which of them were too short [n], and the rows that are none."""

    rows: list[Row]
    numbers: NDArray[np.int64]
    short: NDArray[np.bool_]
    refused: tuple[Refused, ...]


def sort_rows(grid: Grid, header: Header, known: Iterable[str], *, place: str) -> Sorted:
    """Return the rows of the list and those that are something else, each with its reason.

    Parameters
    ----------
    grid
        The whole file.
    header
        Its header.
    known
        Names that columns may have, by which a second table is known.
    place
        What messages call the file.

    Raises
    ------
    InputError
        If a cell swallows further rows: a quote is not closed where it should be.
    """
    width = len(header.names)
    about = _About(header=header, known=frozenset(plain_name(name) for name in known), place=place)
    kept: list[Row] = []
    places: list[int] = []
    refused: list[Refused] = []
    gap = elsewhere = False
    for begin in range(header.data, len(grid.rows), PART):
        part = grid.rows[begin : begin + PART]
        texts = ["".join(row) for row in part]
        if not (gap or elsewhere) and _are_plain(part, texts, width, about):
            kept += part
            places += range(begin, begin + len(part))
            continue
        for position, (row, text) in enumerate(zip(part, texts, strict=True), start=begin):
            if not text or text.isspace():
                gap = True
                continue
            if not elsewhere and (gap or not about.known.isdisjoint(row)):
                elsewhere = _is_other_header(row, kept, about, gap=gap)
            code = "tab.second_table" if elsewhere else _code(row, text, width, about)
            gap = False
            if code:
                refused.append(_refusal(row, int(grid.numbers[position]), code, about))
                continue
            if len(row) < width and "\n" in text:
                _refuse_swallowed(row, int(grid.numbers[position]), width, about)
            kept.append(row)
            places.append(position)
    at = np.array(places, dtype="int64")
    short = np.fromiter((len(row) < width for row in kept), dtype=bool, count=len(kept))
    return Sorted(rows=kept, numbers=grid.numbers[at], short=short, refused=tuple(refused))


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """What the rows of a list are judged by."""

    header: Header
    known: frozenset[str]
    place: str


def _are_plain(rows: Sequence[Row], texts: Sequence[str], width: int, about: _About) -> bool:
    """Return whether nothing in many rows asks for a second look: most of a long list is seen through so."""
    starts = {text[:1] for text in texts}
    whole = "".join(texts)
    return (
        set(map(len, rows)) == {width}
        and all(map(_starts_plainly, starts - {""}))
        and "" not in starts
        and about.header.names[0][:1] not in starts
        and not any(mark in whole for mark in SUMS)
        and about.known.isdisjoint(chain.from_iterable(rows))
    )


def _starts_plainly(text: str) -> bool:
    """Return whether a row that begins so is no note."""
    return text[0].isalnum() and text[0] not in "注備出資典作更単担問お"


def _code(row: Row, text: str, width: int, about: _About) -> str:
    """Return why a row is no row of the list, "" where it is one."""
    if len(row) > width and any(cell.strip() for cell in row[width:]):
        return "tab.ragged"
    if any(mark in text for mark in SUMS) and _is_total(row):
        return "tab.total"
    if not _starts_plainly(text):
        held = [cell for cell in row if cell.strip()]
        if len(held) <= NOTE_CELLS < width and NOTE.match(unicodedata.normalize("NFKC", held[0]).strip()):
            return "tab.note"
    if text[:1] == about.header.names[0][:1] and _is_again(row, about.header):
        return "tab.header_again"
    return ""


def _refusal(row: Row, number: int, code: str, about: _About) -> Refused:
    names = about.header.names
    if code == "tab.ragged":
        more = next(cell for cell in row[len(names) :] if cell.strip())
        return Refused(row=number, column="", value=more, code=code, cells=tuple(row))
    first = next(cell for cell in row if cell.strip())
    return Refused(row=number, column=names[0], value=first, code=code, cells=tuple(row))


def _is_total(row: Row) -> bool:
    # Offices set the word wide: 合　計.
    cells = ["".join(plain_name(cell).split()).lower() for cell in row]
    held = [cell for cell in cells if cell]
    if held[0] in TOTALS:
        return True
    word = next(
        (place for place, cell in enumerate(held) if cell in TOTALS or TOTAL_OF.fullmatch(cell)), None
    )
    if word is None:
        return False
    # Names end on 計 as well, so what follows must be sums and nothing else.
    rest = held[word + 1 :]
    return (
        bool(rest)
        and all(map(is_number, rest))
        and (held[word] in TOTALS or (word == 0 and len(held) < len(cells)))
    )


def _is_again(row: Row, header: Header) -> bool:
    """Return whether a row repeats the header, as pages printed one after the other do."""
    own = [plain_name(cell) for cell in row if cell.strip()]
    named = [name for name in header.names if not name.startswith("column ")]
    return len(own) > 1 and own == named[: len(own)] and len(own) >= len(named)


def _is_other_header(row: Row, kept: Sequence[Row], about: _About, *, gap: bool) -> bool:
    """Return whether a row begins another table; without a gap above it only by the names of its columns."""
    own = [plain_name(cell) for cell in row if cell.strip()]
    if len(own) < SECOND or _is_again(row, about.header):
        return False
    if len(set(own) & about.known) >= SECOND:
        return True
    if not gap or any(map(is_number, own)) or not all(map(is_said, own)):
        return False
    return any(
        place < len(row) and is_name(row[place]) and not any(map(str.isdigit, row[place]))
        for place in range(len(about.header.names))
        if _holds_figures([known[place] for known in kept[:LEARNT] if place < len(known)])
    )


def _holds_figures(cells: Sequence[str]) -> bool:
    held = [cell for cell in cells if is_said(cell)]
    return bool(held) and sum(map(is_number, held)) >= MOSTLY * len(held)


def _refuse_swallowed(row: Row, number: int, width: int, about: _About) -> None:
    """Stop where a short row has a cell with whole rows inside: its closing quote belongs to another cell."""
    for cell in row:
        inside = cell.splitlines()[1:]
        if any(max(line.count(sign) for sign in ",\t;") >= max(1, width - 2) for line in inside):
            problem = Problem(code="tab.quote", place=f"{about.place}:{number}", values={"detail": cell[:40]})
            raise InputError(problem)
