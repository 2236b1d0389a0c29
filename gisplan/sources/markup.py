"""XML read as a stream that opens nothing else: no document type, no entity, no schema, no deep nesting."""

from __future__ import annotations

import codecs
import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from gisplan.core.errors import InputError, Problem
from gisplan.sources.encoding import Encoding, as_named
from gisplan.sources.raw import File

Element = Any
"""An element of lxml, which has no types."""

DEEPEST = 100
"""Elements inside each other; maps and city models need fewer than thirty."""

PROLOG = 1024**2
TAIL = 4096
CODECS: Mapping[str, str] = {
    "ascii": "UTF-8",
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16LE",
    "utf-16-be": "UTF-16BE",
    "cp932": "CP932",
    "euc_jp": "EUC-JP",
    "iso8859-1": "ISO-8859-1",
}
"""Codecs that are read, with their names in libxml2; in others a document type could hide."""

SPELLINGS: Mapping[str, str] = {
    "windows-31j": "cp932",
    "ms932": "cp932",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "x-euc-jp": "euc_jp",
    "cp51932": "euc_jp",
}
"""Names of Japanese codecs that Python does not know, or knows without ① and 髙."""

DECLARED = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)[\"']")
BEFORE_ROOT = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
ENCODING_ERRORS = frozenset({9, 32, 81, 6003})
RESOURCE_LIMIT = 114


def encoding_of(file: File, wanted: str) -> Encoding:
    """Return the codec of an XML file: what plan.toml says, its byte order mark, or its own declaration.

    Raises
    ------
    InputError
        If the codec is not known or not one that is read.
    """
    with file.path.open("rb") as stream:
        head = stream.read(TAIL)
    found = as_named(wanted, place=file.name) if wanted else _declared(head)
    if found.name not in CODECS:
        raise InputError(Problem(code="enc.declared", place=file.name, values={"encoding": found.name}))
    return found


def _declared(head: bytes) -> Encoding:
    marks = (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
        (b"<\x00", "utf-16-le"),
        (b"\x00<", "utf-16-be"),
    )
    for mark, name in marks:
        if head.startswith(mark):
            return Encoding(name=name, how="BOM" if mark[0] > ord("<") else "XML")
    stated = DECLARED.match(head)
    if stated is None:
        return Encoding(name="utf-8", how="XML")
    named = stated[1].decode("ascii").lower()
    with contextlib.suppress(LookupError):
        named = codecs.lookup(named).name
    named = SPELLINGS.get(named, named)
    # A text that was UTF-16 inside a program and was then saved as UTF-8 still says the former.
    return Encoding(name="utf-8" if named.startswith("utf-16") else named, how="XML")


def elements(file: File, encoding: Encoding) -> Iterator[tuple[bool, Element, int]]:
    """Yield for each element of a file its start (True) and its end (False), with its depth: 1 for the root.

    At its end an element is whole; whoever reads it may clear it.

    Parameters
    ----------
    file
        The file.
    encoding
        Its codec.

    Raises
    ------
    InputError
        If it declares a document type, is nested too deep, damaged or cut short.
    """
    from lxml import etree

    _refuse_doctype(file, encoding)
    depth = 0
    root: Element = None
    with file.path.open("rb") as stream:
        events = etree.iterparse(
            stream,
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            attribute_defaults=False,
            dtd_validation=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
            collect_ids=False,
            encoding=CODECS[encoding.name],
        )
        try:
            for event, element in events:
                begins = event == "start"
                depth += begins
                if root is None:
                    root = element
                    _refuse_internal_subset(root, file)
                if depth > DEEPEST:
                    raise InputError(Problem(code="sec.depth", place=file.name, values={"most": DEEPEST}))
                yield begins, element, depth
                depth -= not begins
        except etree.XMLSyntaxError as error:
            raise InputError(_fault(error, root, file, encoding)) from None


def _refuse_doctype(file: File, encoding: Encoding) -> None:
    """Refuse a file that has anything but comments and instructions before its root element."""
    with file.path.open("rb") as stream:
        data = stream.read(PROLOG)
    # Bytes that do not decode are told by the parser, with their place.
    text = data.decode(encoding.name, "replace").lstrip("\ufeff")
    rest = text[BEFORE_ROOT.match(text).end() :]  # type: ignore[union-attr]
    if re.match(r"<!\s*(DOCTYPE|ENTITY)|<!\[", rest, re.IGNORECASE):
        raise InputError(Problem(code="sec.doctype", place=file.name))
    if not rest.startswith("<") or rest.startswith(("<!", "<?")):
        raise InputError(
            Problem(code="file.corrupt", place=file.name, values={"detail": f"XML: {rest[:20] or '—'}"})
        )


def _refuse_internal_subset(root: Element, file: File) -> None:
    info = root.getroottree().docinfo
    if info.doctype or info.internalDTD is not None:
        raise InputError(Problem(code="sec.doctype", place=file.name))


def _fault(error: Any, root: Element, file: File, encoding: Encoding) -> Problem:
    """Return what a parser's complaint means for the file."""
    said = str(error.msg or "").split(" (<")[0]
    detail = re.sub(r"https?://\S+", "", said)[:120]
    if "depth" in said.lower():
        return Problem(code="sec.depth", place=file.name, values={"most": DEEPEST})
    if error.code == RESOURCE_LIMIT or "too long" in said or "huge" in said.lower():
        return Problem(code="xml.too_long", place=file.name, values={"line": error.lineno or 0})
    if error.code in ENCODING_ERRORS and _undecodable(file, encoding):
        values = {"encoding": encoding.name, "line": error.lineno or 0}
        return Problem(code="enc.xml", place=file.name, values=values)
    cut = root is not None and not _ends_with(root, file, encoding)
    code = "file.truncated" if cut else "file.corrupt"
    return Problem(code=code, place=file.name, values={"detail": f"XML: {detail}"})


def _undecodable(file: File, encoding: Encoding) -> bool:
    decoder = codecs.getincrementaldecoder(encoding.name)()
    with file.path.open("rb") as stream:
        try:
            while block := stream.read(PROLOG):
                decoder.decode(block)
        except UnicodeError:
            return True
    return False


def _ends_with(root: Element, file: File, encoding: Encoding) -> bool:
    """Return whether the last thing in a file is the end of its root element."""
    with file.path.open("rb") as stream:
        stream.seek(max(0, file.size - TAIL) // 2 * 2)
        tail = stream.read()
    text = tail.decode(encoding.name if encoding.name != "utf-16" else _order(file), "ignore")
    name = root.tag.rpartition("}")[2]
    return (
        re.search(rf"</([\w.-]+:)?{re.escape(name)}\s*>\s*(<!--.*?-->\s*)*\x00*\s*$", text, re.DOTALL)
        is not None
    )


def _order(file: File) -> str:
    with file.path.open("rb") as stream:
        return "utf-16-be" if stream.read(2) == codecs.BOM_UTF16_BE else "utf-16-le"


def local(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: Element) -> str:
    """Return the namespace of an element, empty for none."""
    tag = str(element.tag)
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""


def text_of(element: Element) -> str:
    """Return the text of an element and of all inside it, without the space around."""
    return "".join(element.itertext()).strip()
