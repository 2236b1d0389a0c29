"""`tables.xlsx` and `tables/*.csv`: the tables of the contracts for people and programs.

Every cell that holds text is written as text: never as a formula, a link or a number.
"""

from __future__ import annotations

import codecs
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.options import CsvEncoding
from gisplan.core.tables import Column, Contract, contracts, for_user, wide
from gisplan.core.words import Language, Text
from gisplan.maps.compose import SHARE, labelled, with_unit
from gisplan.maps.contents import (
    Content,
    fitting,
    for_print,
    header_note,
    in_book_order,
    tab,
    write_contents,
    write_dictionary,
)
from gisplan.maps.csv_files import write_csv
from gisplan.maps.encode import cells
from gisplan.maps.style import document
from gisplan.maps.words import Labels

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 (a fixed moment without a zone: a clock would make two runs differ)
ROWS_IN_SHEET = 1_048_575
"""Rows of an Excel sheet under its heading; a longer table goes on in a further sheet."""

WIDEST = 48
"""Widths of a Latin sign that a column is wide at most; a longer text is wrapped."""

FROZEN = 96
"""Width at most of the columns that stay where they are; more would leave no room for the others."""

FULL_WIDTH = "\u2e80"
"""From here on a sign is taken to be as wide as two Latin ones."""

OPTIONS: Mapping[str, bool] = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "in_memory": True,
}


def write_tables(
    folder: Path,
    tables: Mapping[str, pd.DataFrame],
    *,
    language: Language = "ja",
    notes: Sequence[Text] = (),
    labels: Mapping[str, Labels] | None = None,
    reading: Mapping[str, pd.DataFrame] | None = None,
    encoding: CsvEncoding = "utf-8",
) -> tuple[Path, ...]:
    """Write `tables.xlsx`, `tables/<name>.csv` and the notes beside them, and return their paths.

    Parameters
    ----------
    folder
        Folder that exists.
    tables
        Tables by the name of their contract, as `core.tables.hold` returns them.
    language
        Language of headings and words.
    notes
        Lines for the sheet of notes, e.g. that the town is made up.
    labels
        By table and column: what the values are called in the workbook. The CSV keeps the values.
    reading
        Tables that the workbook holds in another form than the CSV, e.g. with a long text in lines.
    encoding
        Encoding of the CSV files.

    Raises
    ------
    ConfigurationError
        If a table has no contract.
    InputError
        If the encoding lacks signs that the tables hold.
    """
    known = _known(tables)
    shown = {name: for_user(tables[name], name, language=language) for name in known}
    (folder / "tables").mkdir(exist_ok=True)
    files = write_csv(folder / "tables", shown, known, encoding=encoding)
    book = folder / "tables.xlsx"
    said = labels or {}
    read = {name: for_user(frame, name, language=language) for name, frame in (reading or {}).items()}
    content = Content(
        **_for_reading({**shown, **read}, known, said), language=language, notes=notes, labels=said
    )
    _write_book(book, content)
    about = folder / "tables" / "README.txt"
    own = [Text(**row) for row in document("sheets.toml")["csv"]]
    lines = [line for text in (*notes, *own) for line in (text.ja, text.en)]
    about.write_bytes(codecs.BOM_UTF8 + "".join(f"{line}\r\n" for line in lines).encode())
    return (book, about, *files)


def _for_reading(
    frames: Mapping[str, pd.DataFrame], promises: Mapping[str, Contract], labels: Mapping[str, Labels]
) -> dict[str, Any]:
    """Return the tables in the form a person reads: one row per subject."""
    forms = {name: wide(frames[name], promises[name]) for name in in_book_order(promises)}
    return {
        "frames": {name: frame for name, (frame, _) in forms.items()},
        "promises": {
            name: _headed(promise, promises[name].across, labels.get(name, {}))
            for name, (_, promise) in forms.items()
        },
    }


def _headed(promise: Contract, across: Sequence[str], labels: Labels) -> Contract:
    """Return the contract of a wide table with the columns called as the values they were made of."""
    if not across:
        return promise
    columns = [
        column
        if column.name in promise.key
        else dataclasses.replace(column, title=_spread_title(column.name, across, labels))
        for column in promise.columns
    ]
    return dataclasses.replace(promise, columns=tuple(columns))


def _spread_title(head: str, across: Sequence[str], labels: Labels) -> Text:
    values = head.split(" ", len(across) - 1)
    parts = [
        labels.get(name, {}).get(value, Text(ja=value, en=value))
        for name, value in zip(across, values, strict=True)
    ]
    return Text(ja=" ".join(part.ja for part in parts), en=", ".join(part.en for part in parts))


def _known(tables: Mapping[str, pd.DataFrame]) -> dict[str, Contract]:
    """Return the contracts of some tables, in the order of the output."""
    every = contracts()
    problems = [
        Problem(code="maps.table_unknown", place=name, values={"table": name, "known": list(every)})
        for name in tables
        if name not in every
    ]
    if problems:
        raise ConfigurationError(problems)
    return {name: promise for name, promise in every.items() if name in tables}


def _write_book(path: Path, content: Content) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), dict(OPTIONS)) as book:
        book.set_properties({"created": CREATED, "author": "gisplan"})
        head = book.add_format({"bold": True, "bg_color": "#eaf0f2", "bottom": 1, "valign": "top"})
        write_contents(book, content)
        for name, promise in content.promises.items():
            for place, part in enumerate(_parts(content.frames[name])):
                sheet = book.add_worksheet(tab(promise, content.language, place=place))
                sheet.autofilter(0, 0, len(part), len(promise.columns) - 1)
                for_print(sheet)
                widths = []
                for number, column in enumerate(promise.columns):
                    heading = with_unit(column.title, column.unit).of(content.language)
                    labels = content.labels.get(name, {}).get(column.name, {})
                    values = labelled(part[column.name], labels, language=content.language)
                    own = _own_formats(book, part, column)
                    longest, lines = _cells(sheet, number, values, content=content, own=own)
                    widths.append(min(WIDEST, max(2 * len(heading), longest) + 2))
                    shape = {"num_format": _number_format(column), "valign": "top"}
                    form = book.add_format({**shape, "text_wrap": lines or longest > WIDEST})
                    sheet.set_column(number, number, widths[-1], form)
                    sheet.write_string(0, number, heading, head)
                    note = {"validate": "any", "input_message": header_note(promise, column)}
                    sheet.data_validation(0, number, 0, number, note)
                sheet.freeze_panes(1, _frozen(promise, widths))
        write_dictionary(book, content)


def _own_formats(book: xlsxwriter.Workbook, part: pd.DataFrame, column: Column) -> Sequence[Format]:
    """Return the format of each row of a column whose rows are rounded each in its own way, else nothing."""
    if column.finer:
        digits = [column.finer.get(unit, column.digits or 0) for unit in part["unit"]]
    elif column.by_row:
        digits = [_decimals(held) for held in cells(part[column.name])]
    else:
        return ()
    forms = {
        count: book.add_format({"num_format": _figures(count), "valign": "top"})
        for count in sorted(set(digits))
    }
    return [forms[count] for count in digits]


def _decimals(held: Any) -> int:
    return len(f"{held:.6f}".rstrip("0").partition(".")[2]) if isinstance(held, int | float) else 0


def _frozen(promise: Contract, widths: Sequence[float]) -> int:
    """Return how many columns tell which row it is: up to the name, else up to the key, as far as there is room."""
    names = [column.name for column in promise.columns]
    told = ["name"] if "name" in names else [name for name in promise.key if name in names]
    count = max((names.index(name) + 1 for name in told), default=0)
    while count and sum(widths[:count]) > FROZEN:
        count -= 1
    return count


def _parts(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for start in range(0, max(1, len(frame)), ROWS_IN_SHEET):
        yield frame.iloc[start : start + ROWS_IN_SHEET]


def _cells(
    sheet: Worksheet, place: int, values: pd.Series, *, content: Content, own: Sequence[Format]
) -> tuple[int, bool]:
    """Write the cells of one column; return the width of the longest line, and whether a cell has several."""
    said = {True: content.word("yes"), False: content.word("no")}
    texts: dict[str, str] = {}
    numbers: set[str] = set()
    for row, value in enumerate(cells(values), start=1):
        held = said[value] if isinstance(value, bool) else value
        if isinstance(held, str):
            if held not in texts:
                texts[held] = fitting(held)
            sheet.write_string(row, place, texts[held])
        elif held is not None:
            sheet.write_number(row, place, held, own[row - 1] if own else None)
            numbers.add(str(held))
    # A column repeats its values; the width of each is asked for once.
    parts = [line for text in texts for line in text.split("\n")]
    longest = max((*map(_width, parts), *map(len, numbers)), default=0)
    return longest, len(parts) > len(texts)


def _width(text: str) -> int:
    """Return the width of a text in Latin signs."""
    return len(text) if text.isascii() else sum(2 if sign >= FULL_WIDTH else 1 for sign in text)


def _number_format(column: Column) -> str:
    if column.unit == SHARE:
        return "0.0 %"
    digits = 0 if column.type == "integer" else column.digits
    if column.type not in {"number", "integer"} or digits is None:
        return "General"
    return _figures(digits)


def _figures(digits: int) -> str:
    """Return the format of a number of so many decimals, its thousands apart."""
    return "#,##0" if digits == 0 else f"#,##0.{'0' * digits}"
