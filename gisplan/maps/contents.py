"""What stands around the tables of `tables.xlsx`: its contents, its notes, and the dictionary of its columns."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from gisplan.core.tables import Column, Contract
from gisplan.core.words import Language, Text
from gisplan.maps.compose import SHARE, column_notes, unit_text
from gisplan.maps.encode import plain
from gisplan.maps.style import document
from gisplan.maps.words import Labels

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.worksheet import Worksheet

LONGEST_TAB = 31
"""Signs of the name of a sheet in Excel."""

LONGEST_TEXT = 32_767
"""Units of UTF-16 an Excel cell holds; a longer text ends with an ellipsis there and is whole in the CSV."""

LONGEST_NOTE = 255
"""Signs of the message that Excel shows beside a cell."""

A4 = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a workbook holds: its tables as a user sees them, with their contracts and words."""

    frames: Mapping[str, pd.DataFrame]
    promises: Mapping[str, Contract]
    language: Language
    notes: Sequence[Text] = ()
    labels: Mapping[str, Labels] = field(default_factory=dict)

    def word(self, key: str) -> str:
        """Return a word of the workbook."""
        return _word(key).of(self.language)


def _word(key: str) -> Text:
    return Text(**document("sheets.toml")["words"][key])


def in_book_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names of tables in the order of their sheets: what is read together stands together."""
    order: list[str] = document("sheets.toml")["order"]["tables"]
    return tuple(sorted(names, key=order.index))


def tab(promise: Contract, language: Language, *, place: int = 0) -> str:
    """Return the name of a table's sheet: its title, in English a shorter one where Excel has no room for it.

    Parameters
    ----------
    promise
        The contract of the table.
    language
        Language of the workbook.
    place
        Which sheet of the table: a table too long for one goes on in others.
    """
    more = "" if place == 0 else f"_{place + 1}"
    short = document("sheets.toml")["tabs"].get(promise.name, promise.title.en)
    return (promise.title.ja if language == "ja" else short)[: LONGEST_TAB - len(more)] + more


def for_print(sheet: Worksheet) -> None:
    """Let a sheet come out of a printer as a table: across A4, as wide as the paper, its heading on every page."""
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&L&A&R&P / &N")


def write_contents(book: xlsxwriter.Workbook, content: Content) -> None:
    """Write the first sheets: which sheets there are and what each answers, and the notes."""
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    link = book.add_format({"font_color": "#0b5394", "underline": 1, "valign": "top"})
    top = book.add_format({"valign": "top", "num_format": "#,##0"})
    sheet = book.add_worksheet(content.word("contents"))
    for place, (width, shape) in enumerate(((34, None), (10, top), (84, wrap), (28, top))):
        sheet.set_column(place, place, width, shape)
    for place, key in enumerate(("sheet", "rows", "answers", "file")):
        sheet.write_string(0, place, content.word(key), bold)
    answers = document("sheets.toml")["answers"]
    for row, (name, promise) in enumerate(content.promises.items(), start=1):
        _write_link(sheet, row, tab(promise, content.language), link)
        sheet.write_number(row, 1, len(content.frames[name]))
        sheet.write_string(row, 2, Text(**answers[name]).of(content.language))
        sheet.write_string(row, 3, f"tables/{name}.csv")
    for row, key in enumerate(("notes", "dictionary"), start=len(content.promises) + 1):
        _write_link(sheet, row, content.word(key), link)
        sheet.write_string(row, 2, content.word(f"{key}_answer"))
    sheet.freeze_panes(1, 0)
    for_print(sheet)
    _write_notes(book, content)


def _write_link(sheet: Worksheet, row: int, name: str, link: object) -> None:
    """Write a link to a sheet of the workbook itself; their names are those of the contracts, never of data."""
    quoted = name.replace("'", "''")
    sheet.write_url(row, 0, f"internal:'{quoted}'!A1", link, name)


def _write_notes(book: xlsxwriter.Workbook, content: Content) -> None:
    sheet = book.add_worksheet(content.word("notes"))
    sheet.set_column(0, 0, 120, book.add_format({"text_wrap": True, "valign": "top"}))
    basics = [Text(**row) for row in document("sheets.toml")["basics"]]
    for row, text in enumerate((*content.notes, *basics)):
        sheet.write_string(row, 0, fitting(text.of(content.language)))
    for_print(sheet)


def write_dictionary(book: xlsxwriter.Workbook, content: Content) -> None:
    """Write the last sheet: what every column is called, its unit and how it was rounded."""
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet(content.word("dictionary"))
    sheet.set_column(0, 1, 18)
    sheet.set_column(2, 5, 26)
    head = [content.word(key) for key in ("table", "column", "ja", "en", "unit", "rounding", "key", "note")]
    lines = [(head, True)]
    for name, promise in content.promises.items():
        title = f"{name}  {promise.title.ja} / {promise.title.en}"
        lines += [([""], False), ([title], True)]
        lines += [(_about_column(promise, column, content.language), False) for column in promise.columns]
    for row, (texts, strong) in enumerate(lines):
        for place, text in enumerate(texts):
            sheet.write_string(row, place, fitting(text), bold if strong else None)
    sheet.freeze_panes(1, 0)
    for_print(sheet)


def _about_column(promise: Contract, column: Column, language: Language) -> list[str]:
    rounding = _rounding(column).of(language) if column.type == "number" else ""
    key = "●" if column.name in promise.key else ""
    unit = "%" if column.unit == SHARE else unit_text(column.unit).of(language)
    note = column_notes(promise.name).get(column.name, Text(ja="", en="")).of(language)
    return [promise.name, column.name, column.title.ja, column.title.en, unit, rounding, key, note]


def header_note(promise: Contract, column: Column) -> str:
    """Return what is told of a heading when its cell is chosen, in both languages: title, unit, rounding, meaning.

    Excel shows it as the message of an input rule that allows everything: a comment would be a drawing.

    Parameters
    ----------
    promise
        The contract of the table.
    column
        One of its columns.
    """
    about = column_notes(promise.name).get(column.name)
    whole = _note_of(column, about)
    return whole if len(whole) <= LONGEST_NOTE else _note_of(column, _word("see_dictionary"))


def _note_of(column: Column, about: Text | None) -> str:
    unit = Text(ja="%", en="%") if column.unit == SHARE else unit_text(column.unit)
    labelled = [("unit", unit)] if unit.ja else []
    if column.type == "number":
        labelled.append(("rounding", _rounding(column)))
    return "\n".join(
        line
        for language in ("ja", "en")
        for line in (
            column.title.of(language),
            *(f"{_word(key).of(language)}: {text.of(language)}" for key, text in labelled),
            *(() if about is None else (about.of(language),)),
        )
    )


def _rounding(column: Column) -> Text:
    if column.unit == SHARE:
        column = dataclasses.replace(column, digits=1)
    if column.finer or column.by_row:
        return _word("by_row")
    if column.digits is None:
        return _word("unrounded")
    if column.digits == 0:
        return _word("whole")
    said = _word("rounded")
    return Text(ja=said.ja.format(digits=column.digits), en=said.en.format(digits=column.digits))


def fitting(text: str) -> str:
    """Return a text as a cell of Excel holds it."""
    whole = plain(text)
    if 2 * len(whole) <= LONGEST_TEXT:
        return whole
    units = whole.encode("utf-16-le")
    if len(units) <= 2 * LONGEST_TEXT:
        return whole
    return units[: 2 * (LONGEST_TEXT - 1)].decode("utf-16-le", "ignore") + "…"
