"""Tables of the contracts as tables of a paper: a few columns, values in words, numbers rounded as promised."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gisplan.core.tables import contract
from gisplan.core.words import Text
from gisplan.maps.compose import SHARE, labelled
from gisplan.maps.papers.words import Board, Column
from gisplan.maps.shell import said
from gisplan.maps.style import document
from gisplan.maps.words import Heading, Sheet

MISSING = Text(ja="—", en="—")
"""What stands where a value does not apply or was not assessed; never 0."""


def words() -> dict[str, Text]:
    """Return the words of the papers that no chapter owns, by their key."""
    return {key: Text(**row) for key, row in document("papers.toml")["words"].items()}


def board_of(
    sheet: Sheet, columns: Sequence[str], *, title: Text | None = None, notes: Iterable[Text] = ()
) -> Board:
    """Return some columns of a table, with what its notes say of them and how each was rounded.

    Parameters
    ----------
    sheet
        The table as the page shows it.
    columns
        Its columns in their order here.
    title
        The title, that of the table where None.
    notes
        What else is said below it, first.
    """
    known = {heading.name: heading for heading in sheet.columns}
    headings = [known[name] for name in columns]
    sides = [_cells(sheet, heading) for heading in headings]
    return Board(
        title=sheet.title if title is None else title,
        columns=tuple(column_of(heading) for heading in headings),
        rows=tuple(zip(*sides, strict=True)),
        notes=(*notes, *rounding(sheet.name, columns)),
    )


def column_of(heading: Heading) -> Column:
    """Return the heading of a column with its unit; shares are in percent."""
    unit = Text(ja="%", en="%") if heading.share else heading.unit
    title = Text(ja=_with(heading.title.ja, unit.ja), en=_with(heading.title.en, unit.en))
    return Column(title=title, number=heading.number)


def _with(title: str, unit: str) -> str:
    return f"{title} [{unit}]" if unit else title


def _cells(sheet: Sheet, heading: Heading) -> list[Text]:
    """Return a column as texts in both languages; the unit of a share stands in the heading."""
    labels = sheet.labels.get(heading.name, {})
    sides = [
        [
            said(value, heading, language=language)
            for value in labelled(frame[heading.name], labels, language=language)
        ]
        for language, frame in (("ja", sheet.ja), ("en", sheet.en))
    ]
    if heading.share:
        sides = [[text.removesuffix(" %") for text in side] for side in sides]
    return [Text(ja=ja, en=en) for ja, en in zip(*sides, strict=True)]


def rounding(name: str, columns: Iterable[str]) -> tuple[Text, ...]:
    """Return the sentence that says how the numbers of some columns were rounded; nothing where there are none.

    Parameters
    ----------
    name
        The table's contract.
    columns
        Some of its columns.
    """
    by_digits: dict[int, list[Text]] = {}
    known = {column.name: column for column in contract(name).columns}
    for column in (known[one] for one in columns):
        digits = 1 if column.unit == SHARE else column.digits
        if column.type == "number" and digits is not None and not column.by_row:
            by_digits.setdefault(digits, []).append(column.title)
    if not by_digits:
        return ()
    said_of, own = words(), sorted(by_digits.items())
    ja = "、".join(f"{'・'.join(one.ja for one in titles)}は{_to(digits).ja}" for digits, titles in own)
    en = "; ".join(f"{', '.join(one.en for one in titles)}: {_to(digits).en}" for digits, titles in own)
    lead = said_of["rounding"]
    return (Text(ja=lead.ja.format(told=ja), en=lead.en.format(told=en)),)


def _to(digits: int) -> Text:
    said_of = words()
    if digits == 0:
        return said_of["whole"]
    text = said_of["decimals"]
    return Text(ja=text.ja.format(digits=digits), en=text.en.format(digits=digits))


def shortened(board: Board, *, most: int, where: Text) -> Board:
    """Return a table of so many rows at most, with a note on how many more there are and where.

    Parameters
    ----------
    board
        The table.
    most
        Rows that are shown.
    where
        What the whole table is called in the workbook.
    """
    rest = len(board.rows) - most
    if rest <= 0:
        return board
    text = words()["more_rows"]
    note = Text(ja=text.ja.format(count=rest, table=where.ja), en=text.en.format(count=rest, table=where.en))
    return Board(
        title=board.title,
        columns=board.columns,
        rows=board.rows[:most],
        notes=(note, *board.notes),
    )
