"""Cells of a workbook that hold no value: formulas that no program has calculated, and errors of formulas."""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

LARGEST = 512 * 1024**2
"""Bytes of a sheet that are looked through."""

SHEET = re.compile(r"<(?:\w+:)?sheet\s([^>]*)>")
RELATION = re.compile(r"<(?:\w+:)?Relationship\s([^>]*)>")
ATTRIBUTE = re.compile(r"([\w:]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*[^/>])>(.*?)</(?:\w+:)?c>", re.DOTALL)
FORMULA = re.compile(rb"<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>([^<]*)<)")
VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]*)<")
PLACE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
LETTERS = 26
UNTOLD = "=…"
"""A formula that is written once for several cells."""

ERROR = re.compile(r"#(?:DIV/0!|N/A|REF!|VALUE!|NAME\?|NUM!|NULL!|GETTING_DATA|SPILL!|CALC!)", re.IGNORECASE)


def is_formula(text: str) -> bool:
    """Return whether a cell holds a formula instead of its value."""
    return text.startswith("=") and len(text) > 1


def is_error(text: str) -> bool:
    """Return whether a cell holds an error of a formula."""
    return ERROR.fullmatch(text.strip()) is not None


def without_value(path: Path, sheet: str) -> Mapping[tuple[int, int], str]:
    """Return by row and column, from 0, the formulas without a value (=50*2) and the errors (#DIV/0!) of a sheet.

    Parameters
    ----------
    path
        A workbook; one of the form before 2007 tells nothing.
    sheet
        The name of the sheet.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            data = archive.open(_member(archive, sheet)).read(LARGEST)
    except (zipfile.BadZipFile, KeyError, OSError, UnicodeError):
        return {}
    if b"<f" not in data and b":f" not in data and b'"e"' not in data:
        return {}
    found: dict[tuple[int, int], str] = {}
    for cell in CELL.finditer(data):
        told = _attributes(cell[1].decode("utf-8", "replace"))
        text = _text(told.get("t", ""), cell[2])
        place = PLACE.fullmatch(told.get("r", ""))
        if text and place:
            found[int(place[2]) - 1, _column(place[1])] = text
    return found


def _text(kind: str, inside: bytes) -> str:
    """Return the formula or error of a cell, "" where it has a value; a formula of text may well give none."""
    value = VALUE.search(inside)
    held = html.unescape(value[1].decode("utf-8", "replace")).strip() if value else ""
    if kind == "e":
        return held
    formula = FORMULA.search(inside)
    if formula is None or held or kind == "str":
        return ""
    return f"={html.unescape(formula[1].decode('utf-8', 'replace'))}" if formula[1] else UNTOLD


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * LETTERS + ord(letter) - ord("A") + 1
    return number - 1


def _attributes(text: str) -> dict[str, str]:
    return {found[1]: html.unescape(found[2] or found[3] or "") for found in ATTRIBUTE.finditer(text)}


def _member(archive: zipfile.ZipFile, sheet: str) -> str:
    """Return the member that holds a sheet.

    Raises
    ------
    KeyError
        If there is none.
    """
    book = archive.read("xl/workbook.xml").decode("utf-8")
    relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8")
    listed = map(_attributes, (found[1] for found in SHEET.finditer(book)))
    key = {told.get("name", ""): told.get("r:id", "") for told in listed}[sheet]
    targets = map(_attributes, (found[1] for found in RELATION.finditer(relations)))
    target = {told.get("Id", ""): told.get("Target", "") for told in targets}[key]
    return target[1:] if target.startswith("/") else f"xl/{target}"
