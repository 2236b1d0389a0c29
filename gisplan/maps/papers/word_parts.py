"""The parts of the chapter as elements of Word: headings, paragraphs, tables with captions, figures at true size."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gisplan.core.words import Language, Text
from gisplan.maps.papers import wordml
from gisplan.maps.papers.boards import words
from gisplan.maps.papers.sheets import Place, Room, place_of
from gisplan.maps.papers.styles import Styles
from gisplan.maps.papers.widths import widths_of
from gisplan.maps.papers.wordml import EMU_PER_MM, TWIPS_PER_MM, Element, element, paragraph, run
from gisplan.maps.papers.words import (
    Board,
    Bullets,
    Document,
    Heading,
    Paragraph,
    Part,
    Picture,
    mark_of,
    shown,
)

if TYPE_CHECKING:
    from docx.document import Document as Opened

RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
A4 = (210.0, 297.0)
MARGIN_MM = 25.0
BULLET = "・"
FIRST_ID = 10_000
"""Figures are numbered from here on: no template has so many of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What a document is written with: the file, its styles, the section of the text, and where figures lie.

    `blank` are the ids of an empty header and footer, for sheets that fill their page.
    """

    opened: Opened
    styles: Styles
    section: Element
    language: Language
    pictures: Callable[[str], Path]
    blank: tuple[str, str]

    @property
    def room(self) -> Room:
        """The page of the text."""
        size, margins = self.section.find(wordml.name("pgSz")), self.section.find(wordml.name("pgMar"))
        wide, high = A4 if size is None else (_mm(size, "w"), _mm(size, "h"))
        sides = (
            (MARGIN_MM,) * 4
            if margins is None
            else tuple(abs(_mm(margins, side)) for side in ("left", "right", "top", "bottom"))
        )
        left, right, top, bottom = sides
        return Room(width=wide, height=high, left=left, right=right, top=top, bottom=bottom)

    def say(self, text: Text) -> str:
        """Return a text in the language of the document."""
        return text.of(self.language)


def _mm(held: Element, side: str) -> float:
    return float(held.get(wordml.name(side), "0")) / TWIPS_PER_MM


def heading_text(title: Text, number: str, writing: Writing) -> str:
    """Return a heading with its number; none where the style of the template counts by itself."""
    said = writing.say(title)
    return said if writing.styles.counted else f"{number}\u3000{said}"


def elements(told: Document, writing: Writing) -> list[Element]:
    """Return the chapters of a document as elements of the body.

    Parameters
    ----------
    told
        The document.
    writing
        What it is written with.
    """
    found: list[Element] = []
    number = 0
    for chapter in told.chapters:
        number += 1
        whole = [part for part in chapter.parts if _is_sheet(part, writing)]
        title = heading_text(chapter.title, str(chapter.number), writing)
        runs = wordml.bookmarked(mark_of(chapter), number, run(title))
        found.append(paragraph(*runs, style=writing.styles["heading1"]))
        for place, part in enumerate(chapter.parts):
            if part in whole and chapter.parts[place - 1] not in whole:
                found += [_announced(one, writing) for one in _run_from(chapter.parts, place, whole)]
            if isinstance(part, Heading):
                number += 1
                title = heading_text(part.title, part.number, writing)
                runs = wordml.bookmarked(mark_of(chapter, place), number, run(title))
                found.append(paragraph(*runs, style=writing.styles["heading2"]))
            elif isinstance(part, Picture):
                _picture(part, writing, found)
            else:
                found += _elements(part, writing)
    return found


def _elements(part: Part, writing: Writing) -> Iterator[Element]:
    styles = writing.styles
    if isinstance(part, Paragraph):
        yield paragraph(run(writing.say(part.text)), style=styles[part.tone])
    elif isinstance(part, Bullets):
        for item in part.items:
            yield paragraph(run(f"{BULLET}{writing.say(item)}"), style=styles["list"])
    elif isinstance(part, Board):
        yield from _board(part, writing)


def _board(board: Board, writing: Writing) -> Iterator[Element]:
    """Yield a table with its caption above and its notes below."""
    styles, room = writing.styles, writing.room
    title = writing.say(board.title)
    runs = _counted("table", board.number, title, writing)
    yield paragraph(*runs, style=styles["caption"], keepNext="")
    total = int((room.width - room.left - room.right) * TWIPS_PER_MM)
    yield wordml.table(
        [writing.say(column.title) for column in board.columns],
        [[writing.say(cell) for cell in row] for row in board.rows],
        widths=widths_of(board, writing.language, total=total),
        right=[column.number for column in board.columns],
        styles=(styles["table"], styles["cell"]),
        about=title,
    )
    for note in board.notes:
        yield paragraph(run(writing.say(note)), style=styles["note"])
    yield paragraph(style=styles["note"])


def _counted(kind: str, number: int, title: str, writing: Writing) -> tuple[Element, ...]:
    """Return a caption: a word, a number that Word counts, and the title."""
    word = writing.say(words()[kind])
    return (
        run(word),
        *wordml.field(rf"SEQ {word.strip()} \* ARABIC", run(str(number))),
        run(f"\u3000{title}"),
    )


def _picture(part: Picture, writing: Writing, found: list[Element]) -> None:
    """Put a figure with its caption behind what was found; a large one has pages of its own."""
    place = place_of(part.illustration, writing.room)
    runs = _counted("figure", part.number, writing.say(part.title), writing)
    caption = paragraph(*runs, style=writing.styles["caption"], jc="center")
    if place.where == "text":
        found += [_inline(part, writing), caption]
        return
    _close(found, _section(writing, None), writing)
    if place.where == "sheet":
        found.append(_anchored(part, writing, place))
    else:
        found += [_inline(part, writing), caption]
    _close(found, _section(writing, place), writing)


def _is_sheet(part: Part, writing: Writing) -> bool:
    return isinstance(part, Picture) and place_of(part.illustration, writing.room).where == "sheet"


def _run_from(parts: Sequence[Part], start: int, whole: Sequence[Part]) -> Iterator[Picture]:
    """Yield the whole sheets that follow each other from a place on."""
    for part in parts[start:]:
        if part not in whole or not isinstance(part, Picture):
            return
        yield part


def _announced(part: Picture, writing: Writing) -> Element:
    """Return the caption of a whole sheet, which stands on the page before it: the sheet itself leaves no room."""
    runs = _counted("figure", part.number, writing.say(part.title), writing)
    return paragraph(*runs, run(writing.say(words()["next_page"])), style=writing.styles["caption"])


def _close(found: list[Element], section: Element, writing: Writing) -> None:
    """End a section with the last paragraph, or with a small one where there is none or it ends a section already."""
    last = found[-1] if found else None
    ends = last is not None and next(last.iter(wordml.name("sectPr")), None) is not None
    if ends and section.get("same") == "1":
        return
    if last is None or ends or last.tag != wordml.name("p"):
        found.append(paragraph(style=writing.styles["note"]))
        last = found[-1]
    section.attrib.pop("same", None)
    last.find(wordml.name("pPr")).append(section)


def _section(writing: Writing, place: Place | None) -> Element:
    """Return a section like that of the text, on pages of another size where a place says so."""
    made = copy.deepcopy(writing.section)
    made.attrib.clear()
    if place is None:
        made.set("same", "1")
        return made
    size = made.find(wordml.name("pgSz"))
    if size is None:
        size = element("pgSz")
        first = ("headerReference", "footerReference", "footnotePr", "endnotePr", "type")
        made.insert(sum(child.tag in map(wordml.name, first) for child in made), size)
    size.attrib.clear()
    size.set(wordml.name("w"), str(round(place.width * TWIPS_PER_MM)))
    size.set(wordml.name("h"), str(round(place.height * TWIPS_PER_MM)))
    if place.width > place.height:
        size.set(wordml.name("orient"), "landscape")
    if place.where == "sheet":
        _without_edges(made, writing)
    margins = made.find(wordml.name("pgMar"))
    for side in ("left", "right") if margins is not None and place.side is not None else ():
        margins.set(wordml.name(side), str(round((place.side or 0.0) * TWIPS_PER_MM)))
    return made


def _without_edges(section: Element, writing: Writing) -> None:
    """Let a section have neither header nor footer: they would lie on the sheet that fills its page."""
    for tag in ("headerReference", "footerReference", "titlePg"):
        for one in section.findall(wordml.name(tag)):
            section.remove(one)
    for tag, known in zip(("footerReference", "headerReference"), reversed(writing.blank), strict=True):
        reference = element(tag, type="default")
        reference.set(RELATION, known)
        section.insert(0, reference)


def _inline(part: Picture, writing: Writing) -> Element:
    """Return a paragraph with a figure at true size."""
    inline = _drawn(part, writing)
    return paragraph(element("r", element("drawing", inline)), style=writing.styles["picture"])


def _drawn(part: Picture, writing: Writing) -> Element:
    """Return a figure as python-docx puts it in, with its size in millimetres and what it shows in words."""
    shape = part.illustration
    inline = writing.opened.part.new_pic_inline(
        str(writing.pictures(shape.name)),
        width=round(shape.width_mm * EMU_PER_MM),
        height=round(shape.height_mm * EMU_PER_MM),
    )
    known = inline.docPr
    known.set("id", str(FIRST_ID + part.number))  # python-docx counts those in the body alone
    known.set("name", shown(f"{writing.say(words()['figure']).strip()}{part.number}"))
    known.set("title", shown(writing.say(part.title)))
    known.set("descr", shown(writing.say(part.about)))
    return inline


def _anchored(part: Picture, writing: Writing, place: Place) -> Element:
    """Return a paragraph with a figure that fills its page, behind header and footer."""
    inline = _drawn(part, writing)
    space = inline.nsmap["wp"]
    anchor = inline.makeelement(f"{{{space}}}anchor", {
        "distT": "0", "distB": "0", "distL": "0", "distR": "0", "simplePos": "0", "relativeHeight": "1",
        "behindDoc": "1", "locked": "0", "layoutInCell": "1", "allowOverlap": "1",
    }, nsmap=inline.nsmap)  # fmt: skip

    def put(tag: str, *children: Element, text: str = "", **attributes: str) -> Element:
        made = anchor.makeelement(f"{{{space}}}{tag}", attributes)
        made.text = text or None
        made.extend(children)
        return made

    shape = part.illustration
    left = round((place.width - shape.width_mm) / 2 * EMU_PER_MM)
    top = round((place.height - shape.height_mm) / 2 * EMU_PER_MM)
    anchor.extend(
        [
            put("simplePos", x="0", y="0"),
            put("positionH", put("posOffset", text=str(left)), relativeFrom="page"),
            put("positionV", put("posOffset", text=str(top)), relativeFrom="page"),
        ]
    )
    parts = list(inline)
    anchor.append(parts[0])  # its extent
    anchor.append(put("effectExtent", l="0", t="0", r="0", b="0"))
    anchor.append(put("wrapNone"))
    anchor.extend(parts[1:])
    return paragraph(element("r", element("drawing", anchor)), style=writing.styles["picture"])
