"""The Word template of the plan chapter: our own, made of text files, and what is asked of one of the office's own.

A template says with marks such as `{{title}}` where the parts of the document go. It is opened by others, so it must
hold nothing that runs or loads: no macros, no embedded objects, no linked pictures.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape

from lxml import etree

from gisplan.core.document import hint
from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.words import Language, Text
from gisplan.maps import assets
from gisplan.maps.papers import wordml
from gisplan.maps.papers.wordml import Element, own_texts
from gisplan.maps.style import document

NEEDED = ("title", "date", "chapter")
"""Marks that every template has."""

COVER = ("municipality", "date", "audience", "office", "made_with")
KNOWN = ("title", *COVER, "notice", "contents", "chapter")
"""Every mark, in the order of our own template."""

ALONE = ("chapter", "contents")
"""Marks that stand for whole pages: each is a paragraph of its own in the body."""

PARTS: Mapping[str, str] = {
    "[Content_Types].xml": "content_types.xml",
    "_rels/.rels": "rels.xml",
    "word/_rels/document.xml.rels": "document_rels.xml",
    "word/styles.xml": "styles.xml",
    "word/settings.xml": "settings.xml",
    "word/fontTable.xml": "fonts.xml",
    "word/footer1.xml": "footer.xml",
    "docProps/core.xml": "core.xml",
}
LARGEST, LARGEST_UNPACKED, MOST_PARTS = 20 * 1024**2, 100 * 1024**2, 2_000
"""Bytes of a template, of all its parts unpacked, and their number."""

MARK = re.compile(r"\{\{\s*(\w+)\s*\}\}")
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time of a zip archive; a clock would make two runs differ."""

_TEXTS = re.compile(r"word/(?:document|header\d*|footer\d*)\.xml")
_DOCUMENT = "word/document.xml"
_RUNS = re.compile(r"\b(?:DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|MACROBUTTON|LINK|IMPORT)\b", re.IGNORECASE)
_BROKEN = (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError, zlib.error)
_ACTIVE = ("vbaproject", "vbadata", "activex/", "embeddings/", "oleobject", "altchunk", "afchunk")
_HARMLESS = ("/hyperlink", "/attachedTemplate")
"""Kinds of outer references that load nothing; that to the template it was made with is taken out."""


def default_template(language: Language) -> bytes:
    """Return our own template.

    Parameters
    ----------
    language
        The language of its own words.
    """
    parts = {part: assets.own(f"word/{file}").strip() for part, file in PARTS.items()}
    return packed(
        {**{part: text.encode() for part, text in parts.items()}, _DOCUMENT: _body(language).encode()}
    )


def packed(parts: Mapping[str, bytes]) -> bytes:
    """Return a zip archive of some parts: the same parts give the same bytes.

    Parameters
    ----------
    parts
        The bytes of each part by its name; that of the contents comes first.
    """
    held = io.BytesIO()
    first = "[Content_Types].xml"
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for part in sorted(parts, key=lambda name: (name != first, name)):
            entry = zipfile.ZipInfo(part, date_time=EPOCH)
            entry.create_system = 0
            stored = part.endswith(".png")  # pictures are packed as they are
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            archive.writestr(entry, parts[part])
    return held.getvalue()


def _body(language: Language) -> str:
    """Return the body of our template: a cover, the contents, and the place of the chapters."""
    words = document("papers.toml")
    lines = [_line("Title", "{{title}}")]
    for mark in COVER:
        label = Text(**words["cover"][mark]).of(language)
        lines.append(_line("GisplanCover", f"{label}{'：' if language == 'ja' else ': '}{{{{{mark}}}}}"))
    lines.append(_line("GisplanNotice", "{{notice}}"))
    lines.append(_line("TOCHeading", Text(**words["words"]["contents"]).of(language)))
    lines += [_line("Normal", "{{contents}}"), '<w:p><w:r><w:br w:type="page"/></w:r></w:p>']
    lines.append(_line("Normal", "{{chapter}}"))
    return assets.own("word/document.xml").strip().replace("<!-- lines -->", "".join(lines))


def _line(style: str, text: str) -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{escape(text)}</w:t></w:r></w:p>'


def check_template(content: bytes, *, file: str, place: str) -> None:
    """Refuse a template that is no Word document, that holds what runs or loads, or that lacks marks.

    Parameters
    ----------
    content
        The bytes of the file.
    file
        What messages call it.
    place
        Where plan.toml names it.

    Raises
    ------
    ConfigurationError
        If it cannot be the template.
    """
    parts = _parts(content, file=file, place=place)
    active = list(dict.fromkeys(_active(parts)))
    if active:
        values = {"file": file, "found": active}
        raise ConfigurationError(Problem(code="report.template_active", place=place, values=values))
    marks = _marks(parts)
    unknown = [mark for mark in marks if mark not in KNOWN]
    problems = [
        Problem(
            code="report.template_unknown",
            place=place,
            values={"file": file, "mark": f"{{{{{mark}}}}}", "near": hint(mark, KNOWN), "known": list(KNOWN)},
        )
        for mark in unknown
    ]
    missing = [f"{{{{{mark}}}}}" for mark in NEEDED if mark not in marks]
    if missing:
        values = {"file": file, "missing": missing}
        problems.append(Problem(code="report.template_marks", place=place, values=values))
    if problems:
        raise ConfigurationError(problems)


def _parts(content: bytes, *, file: str, place: str) -> dict[str, bytes]:
    """Return the parts of a Word document, after their sizes were looked at."""
    why = _no_word(content)
    parts: dict[str, bytes] = {}
    if why is None:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                entries = archive.infolist()
                large = sum(entry.file_size for entry in entries) > LARGEST_UNPACKED
                if large or len(entries) > MOST_PARTS:
                    why = Text(ja="大きすぎます", en="it is too large")
                else:
                    parts = {entry.filename: archive.read(entry) for entry in entries}
                    why = _other_kind(parts)
                    _readable(parts)
        except (*_BROKEN, etree.XMLSyntaxError):
            why = Text(ja="壊れているか、パスワードがかかっています", en="it is broken, or has a password")
    if why is not None:
        raise ConfigurationError(
            Problem(code="report.template_kind", place=place, values={"file": file, "why": why})
        )
    return parts


def _no_word(content: bytes) -> Text | None:
    """Return why bytes are no Word document of today, None where they may be one."""
    if len(content) > LARGEST:
        return Text(ja="20 MB を超えています", en="it is larger than 20 MB")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return Text(
            ja="古い形式（.doc）か、パスワードがかかっています",
            en="it is of the old form (.doc), or has a password",
        )
    if not content.startswith(b"PK"):
        return Text(ja="Word の文書として読めません", en="it cannot be read as one")
    return None


def _other_kind(parts: Mapping[str, bytes]) -> Text | None:
    if _DOCUMENT not in parts or "[Content_Types].xml" not in parts:
        return Text(ja="Word の文書の中身がありません", en="it does not hold a document of Word")
    if any(b"<!DOCTYPE" in held or b"<!ENTITY" in held for name, held in parts.items() if _is_xml(name)):
        return Text(ja="DOCTYPE を含みます", en="it holds a DOCTYPE")
    return None


def _readable(parts: Mapping[str, bytes]) -> None:
    """Parse every part once, so that a broken one is told before anything is made of it."""
    for name, held in parts.items():
        if _is_xml(name):
            _tree(held)


def _is_xml(name: str) -> bool:
    return name.endswith((".xml", ".rels"))


def _active(parts: Mapping[str, bytes]) -> Iterator[str]:
    """Yield what in a document runs or loads when somebody opens it."""
    if b"macroEnabled" in parts["[Content_Types].xml"]:
        yield "macroEnabled"
    for name, held in parts.items():
        if any(kind in name.lower() for kind in _ACTIVE):
            yield name
        elif name.endswith(".rels"):
            outer = [row for row in _tree(held) if row.get("TargetMode") == "External"]
            yield from (name for row in outer if not row.get("Type", "").endswith(_HARMLESS))
        elif name.startswith("word/") and name.endswith(".xml"):
            tree = _tree(held)
            codes = "".join(part.text or "" for part in tree.iter(wordml.name("instrText")))
            simple = " ".join(
                part.get(wordml.name("instr"), "") for part in tree.iter(wordml.name("fldSimple"))
            )
            yield from (found.upper() for found in _RUNS.findall(f"{codes} {simple}"))
            if next(tree.iter(wordml.name("altChunk")), None) is not None:
                yield "altChunk"


def _tree(held: bytes) -> Element:
    """Return a part as XML; nothing in it is looked up elsewhere."""
    return etree.fromstring(held, etree.XMLParser(resolve_entities=False, no_network=True))


def _marks(parts: Mapping[str, bytes]) -> tuple[str, ...]:
    """Return the marks of a document; those that need a paragraph of their own only where they have one."""
    found: list[str] = []
    for name, held in parts.items():
        if _TEXTS.fullmatch(name) is None:
            continue
        for one in _tree(held).iter(wordml.name("p")):
            text = "".join(part.text or "" for part in own_texts(one))
            inner = one.getparent().tag == wordml.name("body")
            alone = inner and MARK.fullmatch(text.strip()) is not None
            found += [mark for mark in MARK.findall(text) if alone or mark not in ALONE]
    return tuple(dict.fromkeys(found))
