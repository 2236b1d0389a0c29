"""The elements of WordprocessingML that the chapter is made of; every text of a plan comes in by `text_in` alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from lxml import etree

from gisplan.maps.papers.words import shown

MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SPACE = "{http://www.w3.org/XML/1998/namespace}space"
TWIPS_PER_MM = 1440 / 25.4
EMU_PER_MM = 36_000
KEPT_ROWS = 14
"""A table of so many rows at most stays on one page."""

Element = Any
"""An element of lxml, which ships no types."""


def name(tag: str) -> str:
    """Return a tag such as `w:p` as lxml calls it."""
    return f"{{{MAIN}}}{tag.removeprefix('w:')}"


def element(tag: str, /, *children: Element, **attributes: str) -> Element:
    """Return an element of the main namespace.

    Parameters
    ----------
    tag
        Its name without the prefix.
    *children
        What stands in it; None is left out.
    **attributes
        Its attributes without the prefix.
    """
    made = etree.Element(name(tag), {name(key): value for key, value in attributes.items()})
    made.extend(child for child in children if child is not None)
    return made


def text_in(run: Element, text: str) -> Element:
    """Put a text into a run, its line breaks as such, and return the run."""
    for place, line in enumerate(shown(text).replace("\r\n", "\n").replace("\r", "\n").split("\n")):
        if place:
            run.append(element("br"))
        held = element("t")
        held.text = line
        held.set(SPACE, "preserve")
        run.append(held)
    return run


def run(text: str, *, bold: bool = False) -> Element:
    """Return a run of text."""
    made = element("r", element("rPr", element("b")) if bold else None)
    return text_in(made, text)


def paragraph(*runs: Element, style: str, **properties: str) -> Element:
    """Return a paragraph.

    Parameters
    ----------
    *runs
        What stands in it.
    style
        The id of its style.
    **properties
        Further properties with one value each, e.g. `jc="right"`.
    """
    extra = [element(key, val=value) if value else element(key) for key, value in properties.items()]
    return element("p", element("pPr", element("pStyle", val=style), *extra), *runs)


def field(code: str, *result: Element, dirty: bool = False) -> tuple[Element, ...]:
    """Return a field, with what Word shows before it computes it anew.

    Parameters
    ----------
    code
        The code, e.g. `SEQ 図`.
    *result
        Runs of its result.
    dirty
        Whether Word is to compute it anew when it opens the document.
    """
    instruction = element("instrText")
    instruction.text = f" {code} "
    instruction.set(SPACE, "preserve")
    begin = {"fldCharType": "begin", **({"dirty": "true"} if dirty else {})}
    return (
        element("r", element("fldChar", **begin)),
        element("r", instruction),
        element("r", element("fldChar", fldCharType="separate")),
        *result,
        element("r", element("fldChar", fldCharType="end")),
    )


def bookmarked(mark: str, number: int, *runs: Element) -> tuple[Element, ...]:
    """Return runs inside a bookmark."""
    return (
        element("bookmarkStart", id=str(number), name=mark),
        *runs,
        element("bookmarkEnd", id=str(number)),
    )


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    widths: Sequence[int],
    right: Sequence[bool],
    styles: tuple[str, str],
    about: str,
) -> Element:
    """Return a table whose first row is repeated on every page, and whose rows are not cut by one.

    Parameters
    ----------
    head
        The headings.
    rows
        The texts of each row.
    widths
        The widths of the columns [twips].
    right
        Which columns hold numbers.
    styles
        The ids of the style of the table and of the paragraphs in it.
    about
        What the table holds, for those who do not see it.
    """
    shape, cell = styles
    properties = element(
        "tblPr",
        element("tblStyle", val=shape),
        element("tblW", w=str(sum(widths)), type="dxa"),
        element("tblLayout", type="fixed"),
        element("tblLook", val="0620", firstRow="1", noHBand="1", noVBand="1"),
        element("tblCaption", val=shown(about)),
    )  # fmt: skip
    grid = element("tblGrid", *(element("gridCol", w=str(width)) for width in widths))
    top = element("trPr", element("cantSplit"), element("tblHeader"))
    kept = len(rows) <= KEPT_ROWS
    made = element("tbl", properties, grid)
    made.append(element("tr", top, *_cells(head, widths, right, style=cell, keep=True)))
    for place, texts in enumerate(rows, start=1):
        cells = _cells(texts, widths, right, style=cell, keep=kept and place < len(rows))
        made.append(element("tr", element("trPr", element("cantSplit")), *cells))
    return made


def _cells(
    texts: Sequence[str], widths: Sequence[int], right: Sequence[bool], *, style: str, keep: bool
) -> Iterable[Element]:
    for text, width, number in zip(texts, widths, right, strict=True):
        side = {**({"keepNext": ""} if keep else {}), **({"jc": "right"} if number else {})}
        yield element(
            "tc",
            element("tcPr", element("tcW", w=str(width), type="dxa")),
            paragraph(run(text), style=style, **side),
        )


def own_texts(one: Element) -> list[Element]:
    """Return the texts of a paragraph in their order, without those of paragraphs in boxes inside it."""
    mark = name("p")
    return [held for held in one.iter(name("t")) if next(held.iterancestors(mark)) is one]
