"""A small plan chapter made by hand, its figures as files, and Word files taken apart."""

import io
import struct
import zipfile
import zlib

import lxml.etree as ET  # noqa: N812 (as everyone calls it)

from gisplan.core.words import Text
from gisplan.maps.papers import wordml
from gisplan.maps.papers.words import (
    Board,
    Bullets,
    Chapter,
    Column,
    Document,
    Heading,
    Paragraph,
    Picture,
    numbered,
)
from gisplan.maps.words import Illustration

W = f"{{{wordml.MAIN}}}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"


def both(ja, en=None):
    return Text(ja=ja, en=ja if en is None else en)


def png(path, *, grey=200):
    """Write a picture of one dot."""
    row = zlib.compress(bytes((0, grey)))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)), (b"IDAT", row), (b"IEND", b"")]
    made = b"".join(
        struct.pack(">I", len(held)) + kind + held + struct.pack(">I", zlib.crc32(kind + held))
        for kind, held in chunks
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + made)


def picture(name, width, height, **words):
    shape = Illustration(name=name, title=name, width_mm=width, height_mm=height)
    title = words.get("title", both(f"{name}の図", f"Figure of {name}"))
    return Picture(
        illustration=shape, title=title, about=words.get("about", both("何を示すか", "What it shows"))
    )


def chapter(*parts, key="summary", title=None):
    return Chapter(key=key, title=title or both("概要", "Summary"), parts=parts)


def board(*, rows=3, title=None, cell=None, notes=()):
    return Board(
        title=title or both("数の表", "Numbers"),
        columns=(Column(title=both("名称", "Name")), Column(title=both("数 [戸]", "Number"), number=True)),
        rows=tuple((cell or both(f"行{row}", f"row {row}"), both(f"{row:,}")) for row in range(rows)),
        notes=notes or (both("丸め：整数。", "Whole numbers."),),
    )


def document(*chapters, language="ja", **changes):
    """Return a document of some chapters, or of one that has a part of each kind."""
    parts = (
        Paragraph(text=both("本文。", "Text.")),
        Heading(title=both("節", "Section")),
        Bullets(items=(both("一つ", "one"),)),
        board(),
    )
    facts = {
        "title": both("村の計画", "Plan of the village"),
        "cover": (("municipality", both("村", "Village")), ("date", both("2026年11月1日", "1 November 2026")),
                  ("audience", both("庁内用", "Internal")), ("office", both("")), ("made_with", both("gisplan"))),
        "notices": (both("本図書の図表は参考です。", "For reference."),),
    }  # fmt: skip
    return Document(
        chapters=numbered(chapters or (chapter(*parts),)), language=language, **{**facts, **changes}
    )


def parts_of(held):
    with zipfile.ZipFile(io.BytesIO(held)) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def body_of(held):
    return ET.fromstring(parts_of(held)["word/document.xml"])[0]


def texts_of(element):
    """Return the text of each paragraph, line breaks as such."""
    return [
        "".join("\n" if one.tag == f"{W}br" else one.text or "" for one in line.iter(f"{W}t", f"{W}br"))
        for line in element.iter(f"{W}p")
    ]


def styled(body, style):
    """Return the texts of the paragraphs of a style."""
    return [
        "".join(one.text or "" for one in line.iter(f"{W}t"))
        for line in body.iter(f"{W}p")
        if (found := line.find(f"{W}pPr/{W}pStyle")) is not None and found.get(f"{W}val") == style
    ]


def changed(held, part, old, new):
    """Return a Word file with one text of one part changed."""
    parts = parts_of(held)
    assert old in parts[part]
    return zipped({**parts, part: parts[part].replace(old, new)})


def zipped(parts):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return made.getvalue()
