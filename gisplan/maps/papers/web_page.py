"""`report.html`: the plan chapter as one page that needs no network and no script."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined
from markupsafe import Markup

from gisplan.core.words import Language, Text
from gisplan.maps import assets, encode
from gisplan.maps.papers.boards import words
from gisplan.maps.papers.inlined import addresses
from gisplan.maps.papers.widths import widths_of
from gisplan.maps.papers.words import (
    Board,
    Bullets,
    Chapter,
    Document,
    Heading,
    Paragraph,
    Part,
    mark_of,
    pictures_of,
    shown,
)
from gisplan.maps.policy import protect
from gisplan.maps.style import document

NAME = "report.html"
PIXELS_PER_MM = 96 / 25.4
TEXT = 9_070
"""The width of the text of A4, by which columns are shared out [twips]."""


def web_page(told: Document, *, figures: Path) -> str:
    """Return a document as a page in its language.

    Parameters
    ----------
    told
        The document.
    figures
        The folder of its figures.
    """
    language = told.language
    pictures = addresses(figures, [picture.illustration.name for picture in pictures_of(told)])

    def say(text: Text) -> str:
        return shown(text.of(language))

    environment = Environment(
        loader=BaseLoader(), autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    environment.filters["say"] = say
    page = environment.from_string(assets.own("report.html")).render(
        told=told,
        w=words(),
        cover=[(say(label), say(text)) for label, text in _cover(told)],
        chapters=[_chapter(chapter, pictures, language) for chapter in told.chapters],
        css=Markup(assets.own("report.css")),  # noqa: S704 (our own file)
    )
    return protect(encode.plain(page), name=NAME)


def _cover(told: Document) -> list[tuple[Text, Text]]:
    labels = document("papers.toml")["cover"]
    return [(Text(**labels[key]), text) for key, text in told.cover if text.ja]


def _chapter(chapter: Chapter, pictures: Mapping[str, str], language: Language) -> dict[str, Any]:
    parts = [
        _part(chapter, place, part, pictures=pictures, language=language)
        for place, part in enumerate(chapter.parts)
    ]
    return {"chapter": chapter, "mark": mark_of(chapter), "parts": parts}


def _part(
    chapter: Chapter, place: int, part: Part, *, pictures: Mapping[str, str], language: Language
) -> dict[str, Any]:
    """Return what the template needs of a part."""
    if isinstance(part, Paragraph):
        return {"kind": "paragraph", "part": part}
    if isinstance(part, Bullets):
        return {"kind": "bullets", "part": part}
    if isinstance(part, Heading):
        return {"kind": "heading", "part": part, "mark": mark_of(chapter, place)}
    if isinstance(part, Board):
        widths = widths_of(part, language, total=TEXT)
        return {
            "kind": "board",
            "part": part,
            "widths": [round(100.0 * width / TEXT, 1) for width in widths],
        }
    shape = part.illustration
    return {
        "kind": "picture",
        "part": part,
        "source": pictures[shape.name],
        "width": round(shape.width_mm * PIXELS_PER_MM),
        "height": round(shape.height_mm * PIXELS_PER_MM),
    }
