"""`rejects.xlsx`: the rows that were not read, file by file, to send back to the owner of the list.

Every cell is text: never a formula, a link or a number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pandas as pd

from gisplan.core.words import Language, Text
from gisplan.maps.contents import LONGEST_TAB, LONGEST_TEXT
from gisplan.maps.encode import plain
from gisplan.maps.style import document
from gisplan.maps.tables import CREATED, OPTIONS, ROWS_IN_SHEET, WIDEST

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.format import Format

FIRST = ("row", "column", "value", "reason", "do", "code")
"""What is said of a row, before its own cells."""

WIDE = frozenset({"reason", "do"})
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
"""Signs that no program shows and that a workbook may not hold."""

NO_TAB = re.compile(r"[\[\]:*?/\\']")
MOST_COLUMNS = 200
FULL_WIDTH = "\u2e80"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Book:
    """The workbook that is being written, its language and the looks of its cells."""

    book: xlsxwriter.Workbook
    language: Language
    head: Format
    text: Format
    fault: Format

    def word(self, key: str, *, other: bool = False) -> str:
        """Return a word of the workbook, in its own language or in the other one."""
        return Text(**document("rejects.toml")["words"][key]).of(
            _other(self.language) if other else self.language
        )


def _other(language: Language) -> Language:
    return "en" if language == "ja" else "ja"


def write_rejects(path: Path, rejects: pd.DataFrame, *, language: Language = "ja") -> None:
    """Write the rows that were refused as a workbook to send back to the owner of the list.

    Parameters
    ----------
    path
        File to write.
    rejects
        Table of the contract `rejects`.
    language
        Language of headings and reasons; the other one stands in the last columns.
    """
    import xlsxwriter

    options = {**OPTIONS, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": CREATED, "author": "gisplan"})
        shape = {"num_format": "@", "valign": "top", "text_wrap": True}
        held = _Book(
            book=book,
            language=language,
            head=book.add_format(
                {"bold": True, "bg_color": "#eaf0f2", "bottom": 1, "valign": "top", "num_format": "@"}
            ),
            text=book.add_format(shape),
            fault=book.add_format({**shape, "bg_color": "#fbe3d6"}),
        )
        parts = [
            (str(file), rows.iloc[start : start + ROWS_IN_SHEET])
            for file, rows in rejects.groupby("file", sort=True)
            for start in range(0, len(rows), ROWS_IN_SHEET)
        ]
        tabs = _tabs([file for file, _ in parts], taken=held.word("sheet"))
        _about(held, parts, tabs)
        for tab, (_, rows) in zip(tabs, parts, strict=True):
            _sheet(held, tab, rows)


def _tabs(files: Sequence[str], *, taken: str) -> list[str]:
    """Return a name for the sheet of each file; Excel takes no name twice, in whatever case."""
    tabs: list[str] = []
    used = {taken.casefold(), "history"}
    for file in files:
        stem = NO_TAB.sub("_", CONTROL.sub("", PurePosixPath(file).stem)).strip() or "-"
        name, count = stem[:LONGEST_TAB], 1
        while name.casefold() in used:
            count += 1
            more = f"_{count}"
            name = stem[: LONGEST_TAB - len(more)] + more
        used.add(name.casefold())
        tabs.append(name)
    return tabs


def _about(held: _Book, parts: Sequence[tuple[str, pd.DataFrame]], tabs: Sequence[str]) -> None:
    """Write the first sheet: what the workbook is for, and which sheet is which file."""
    sheet = held.book.add_worksheet(held.word("sheet"))
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 3, 24)
    lines = [Text(**row) for row in document("rejects.toml")["about"]]
    texts = [line.of(language) for language in (held.language, _other(held.language)) for line in lines]
    row = 0
    for text in texts:
        sheet.write_string(row, 0, text)
        row += 1
    row += 1
    if not parts:
        sheet.write_string(row, 0, held.word("none"))
        return
    for place, key in enumerate(("file", "tab", "layer", "rows")):
        sheet.write_string(row, place, held.word(key), held.head)
    for tab, (file, rows) in zip(tabs, parts, strict=True):
        row += 1
        layers = "・".join(sorted(set(rows["layer"])))
        for place, text in enumerate((file, tab, layers, f"{len(rows):,}")):
            sheet.write_string(row, place, _fitting(text))


def _sheet(held: _Book, tab: str, rows: pd.DataFrame) -> None:
    """Write the rows of one file: what is wrong, the row as it is in the file, and the reason in the other language."""
    records = [_cells(text) for text in rows["record"]]
    own = list(dict.fromkeys(name for record in records for name in record))[:MOST_COLUMNS]
    heads = [held.word(key) for key in FIRST] + own + [held.word(key, other=True) for key in ("reason", "do")]
    sheet = held.book.add_worksheet(tab)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(rows), len(heads) - 1)
    widths = [2 * len(head) for head in heads]
    for place, head in enumerate(heads):
        sheet.write_string(0, place, _fitting(head), held.head)
    for number, (row, record) in enumerate(zip(rows.to_dict("records"), records, strict=True), start=1):
        faults = set(str(row["column"]).split("・"))
        for place, (text, name) in enumerate(_line(row, record, own, held.language)):
            shown = _fitting(text)
            sheet.write_string(number, place, shown, held.fault if name in faults else held.text)
            widths[place] = max(widths[place], _width(shown))
    for place, width in enumerate(widths):
        sheet.set_column(place, place, min(WIDEST, width + 2), held.text)


def _line(
    row: Mapping[Any, Any], record: Mapping[str, str], own: Sequence[str], language: Language
) -> list[tuple[str, str]]:
    """Return the cells of a line, those of the file's own columns with the name of the column."""
    said = [str(row[f"{key}_{language}"] if key in WIDE else row[key]) for key in FIRST]
    other = [str(row[f"{key}_{_other(language)}"]) for key in ("reason", "do")]
    return [
        *((text, "") for text in said),
        *((record.get(name, ""), name) for name in own),
        *((text, "") for text in other),
    ]


def _cells(record: str) -> dict[str, str]:
    return dict(json.loads(record)) if record else {}


def _width(text: str) -> int:
    """Return the width of the longest line of a text in Latin signs."""
    return max(sum(2 if sign >= FULL_WIDTH else 1 for sign in line) for line in text.split("\n"))


def _fitting(text: str) -> str:
    """Return a text that a cell may hold; what no program shows becomes U+FFFD."""
    whole = CONTROL.sub("\ufffd", plain(text)).replace("\r\n", "\n").replace("\r", "\n")
    return whole if len(whole) <= LONGEST_TEXT else f"{whole[: LONGEST_TEXT - 1]}…"
