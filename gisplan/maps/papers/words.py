"""The nouns of the plan chapter: a document with chapters of paragraphs, tables and figures, in both languages.

Nothing here knows Word or HTML. A document is made once from what its audience may have; both papers are made of it,
so that they say the same.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from gisplan.core.words import Language, Text
from gisplan.maps.encode import plain, short
from gisplan.maps.words import Illustration

_NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Signs that no XML file may hold."""

_TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
"""Signs that turn round the text beside them: a name must not make the words behind it look like others."""

Tone = Literal["body", "note", "strong"]
"""How a paragraph is set: text, a small note, or a sentence that must not be overlooked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph."""

    text: Text
    tone: Tone = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullets:
    """A list of sentences."""

    items: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The heading of a section; `number` is given when the document is whole, e.g. "3.1"."""

    title: Text
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """The heading of a column with its unit; numbers stand at its right edge."""

    title: Text
    number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A table; its cells [row][column] are what a reader sees. `notes` tell sources, dates and rounding."""

    title: Text
    columns: tuple[Column, ...]
    rows: tuple[tuple[Text, ...], ...]
    notes: tuple[Text, ...] = ()
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A figure that was written, with its caption; `about` says in words what it shows."""

    illustration: Illustration
    title: Text
    about: Text
    number: int = 0


Part = Paragraph | Bullets | Heading | Board | Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A chapter; `number` is given when the document is whole."""

    key: str
    title: Text
    parts: tuple[Part, ...]
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The whole plan chapter.

    `cover` are the lines below its title, by the name of their mark; `notices` stand before the first chapter.
    """

    title: Text
    cover: tuple[tuple[str, Text], ...]
    notices: tuple[Text, ...]
    chapters: tuple[Chapter, ...]
    language: Language = "ja"
    office: str = ""


@dataclass(slots=True)
class _Counts:
    """How many tables, figures and sections there were."""

    boards: int = 0
    pictures: int = 0
    sections: dict[int, int] = field(default_factory=dict)


def mark_of(chapter: Chapter, place: int | None = None) -> str:
    """Return the name by which a chapter, or the section at a place in it, is linked to."""
    return f"_Toc{chapter.key}" if place is None else f"_Toc{chapter.key}{place}"


def shown(text: str) -> str:
    """Return a text as a paper holds it: nothing in it turns round, hides or breaks what stands beside it."""
    return _TURNING.sub("", _NO_XML.sub("\ufffd", plain(str(short(text)))))


def numbered(chapters: Iterable[Chapter]) -> tuple[Chapter, ...]:
    """Return chapters with their numbers, those of their sections, and of tables and figures through the document.

    Parameters
    ----------
    chapters
        The chapters in their order; those that hold nothing are left out.
    """
    counts = _Counts()
    whole = [chapter for chapter in chapters if chapter.parts]
    return tuple(
        dataclasses.replace(chapter, number=place, parts=tuple(_numbered(chapter.parts, place, counts)))
        for place, chapter in enumerate(whole, start=1)
    )


def _numbered(parts: Iterable[Part], chapter: int, counts: _Counts) -> Iterator[Part]:
    for part in parts:
        if isinstance(part, Board):
            counts.boards += 1
            yield dataclasses.replace(part, number=counts.boards)
        elif isinstance(part, Picture):
            counts.pictures += 1
            yield dataclasses.replace(part, number=counts.pictures)
        elif isinstance(part, Heading):
            counts.sections[chapter] = counts.sections.get(chapter, 0) + 1
            yield dataclasses.replace(part, number=f"{chapter}.{counts.sections[chapter]}")
        else:
            yield part


def pictures_of(document: Document) -> tuple[Picture, ...]:
    """Return the figures of a document in their order."""
    return tuple(part for chapter in document.chapters for part in chapter.parts if isinstance(part, Picture))
