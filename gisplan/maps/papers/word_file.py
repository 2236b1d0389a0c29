"""`plan.docx`: the plan chapter in Word, put into a template at its marks; the same document gives the same bytes."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gisplan.maps.papers import wordml
from gisplan.maps.papers.marks import fill_marks, paragraph_of
from gisplan.maps.papers.styles import Styles, styles_of
from gisplan.maps.papers.template import packed
from gisplan.maps.papers.word_parts import Writing, elements, heading_text
from gisplan.maps.papers.wordml import Element, element, paragraph, run
from gisplan.maps.papers.words import Document, Heading, mark_of, shown

if TYPE_CHECKING:
    from docx.document import Document as Opened

CREATED = dt.datetime(2000, 1, 1)  # noqa: DTZ001 (a fixed moment without a zone: a clock would make two runs differ)
THUMBNAIL = "/thumbnail"
MADE_WITH = "/attachedTemplate"
"""Kinds of references that go: a picture of the template's first page, and where the template was made."""


def word_file(told: Document, *, template: bytes, pictures: Callable[[str], Path]) -> bytes:
    """Return a document as a Word file.

    Parameters
    ----------
    told
        The document.
    template
        A template that `check_template` let through.
    pictures
        Where the PNG file of a figure lies, by its name.
    """
    import docx

    opened = docx.Document(io.BytesIO(template))
    body, language = opened.element.body, told.language
    styles = styles_of(opened.styles.element)
    cover = {key: text.of(language) for key, text in told.cover}
    notice = "\n".join(one.of(language) for one in told.notices)
    fill_marks(_roots(opened), {**cover, "title": told.title.of(language), "notice": notice})
    contents, chapter = paragraph_of(body, "contents"), paragraph_of(body, "chapter")
    writing = Writing(
        opened=opened,
        styles=styles,
        section=_section_after(chapter),
        language=language,
        pictures=pictures,
        blank=_blank_edges(opened),
    )
    if contents is not None:
        _replace(contents, _contents(told, styles, writing))
    _replace(chapter, elements(told, writing))
    _count_pages_once(body)
    _signed(opened, told)
    held = io.BytesIO()
    opened.save(held)
    return _same_bytes(held.getvalue())


def _roots(opened: Opened) -> list[Element]:
    """Return the parts of a document that hold texts: its body, headers and footers."""
    edges = (
        related.target_part
        for related in opened.part.rels.values()
        if not related.is_external and related.reltype.endswith(("/header", "/footer"))
    )
    return [opened.element.body, *(edge.element for edge in edges)]


def _replace(one: Element, others: Iterable[Element]) -> None:
    for other in others:
        one.addprevious(other)
    one.getparent().remove(one)


def _section_after(one: Element) -> Element:
    """Return the properties of the section in which an element of the body stands."""
    section = wordml.name("sectPr")
    for later in one.itersiblings():
        found = next(later.iter(section), None)
        if found is not None:
            return found
    made = element("sectPr")
    one.getparent().append(made)
    return made


def _blank_edges(opened: Opened) -> tuple[str, str]:
    """Return the ids of an empty header and an empty footer, made for whole sheets."""
    part: Any = opened.part  # these two of its methods have no types
    made = (part.add_header_part(), part.add_footer_part())
    for edge, _ in made:
        for one in list(edge.element):
            edge.element.remove(one)
        edge.element.append(element("p"))
    return made[0][1], made[1][1]


def _contents(told: Document, styles: Styles, writing: Writing) -> Iterator[Element]:
    """Yield the table of contents: a field with its entries, to which Word adds the pages when it opens the file."""
    entries = []
    for chapter in told.chapters:
        entries.append(("toc1", mark_of(chapter), heading_text(chapter.title, str(chapter.number), writing)))
        entries += [
            ("toc2", mark_of(chapter, place), heading_text(part.title, part.number, writing))
            for place, part in enumerate(chapter.parts)
            if isinstance(part, Heading)
        ]
    *begin, end = wordml.field(r'TOC \o "1-2" \h \z \u', dirty=True)
    for place, (style, mark, text) in enumerate(entries):
        link = element("hyperlink", run(text), anchor=mark, history="1")
        yield paragraph(*(begin if place == 0 else ()), link, style=styles[style])
    yield paragraph(end, style=styles["body"])


def _count_pages_once(body: Element) -> None:
    """Let the pages be counted through: only the first of several sections begins anew, with its own first page."""
    for place, section in enumerate(body.iter(wordml.name("sectPr"))):
        for tag in ("pgNumType", "titlePg") if place else ():
            for one in section.findall(wordml.name(tag)):
                section.remove(one)


def _signed(opened: Opened, told: Document) -> None:
    """Say what the document is, and nothing of who made it or its template, when and where."""
    known, language = opened.core_properties, told.language
    known.title, known.author = shown(told.title.of(language))[:255], shown(told.office)[:255]
    known.last_modified_by = known.comments = known.keywords = known.category = known.subject = ""
    known.language = "ja-JP" if language == "ja" else "en-GB"
    known.created = known.modified = CREATED
    known.revision = 1
    for held in [opened.part.package, *opened.part.package.iter_parts()]:
        rels = held.rels
        for key in [key for key, one in rels.items() if one.reltype.endswith((THUMBNAIL, MADE_WITH))]:
            del rels[key]
    for one in list(opened.settings.element.iter(wordml.name("attachedTemplate"))):
        one.getparent().remove(one)
    for lang in opened.styles.element.iter(wordml.name("lang")):
        lang.set(wordml.name("val"), "en-US" if language == "ja" else "en-GB")
        lang.set(wordml.name("eastAsia"), "ja-JP")


def _same_bytes(held: bytes) -> bytes:
    """Return a Word file without the times at which its parts were packed."""
    with zipfile.ZipFile(io.BytesIO(held)) as archive:
        return packed({entry.filename: archive.read(entry) for entry in archive.infolist()})
