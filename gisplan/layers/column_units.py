"""Units in the names of columns: 敷地面積(㎡) goes by 敷地面積, and 敷地面積(坪) is another figure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files

from gisplan.core.words import Field
from gisplan.sources.header import JOINED, plain_name

BRACKETS = re.compile(r"\s*[(\[【〔<]\s*(?:単位\s*[:：]?\s*)?([^()\[\]【】〔〕<>]{1,10}?)\s*[)\]】〕>]")
TAIL = re.compile(r"[_\s・:：]+([^_\s・:：]{1,8})$")
BARE = frozenset({"m"})
"""Units of one letter that may end a name without brackets."""

FIGURES = frozenset({"number", "integer"})


@lru_cache(maxsize=1)
def _units() -> Mapping[str, Mapping[str, float]]:
    """Return for each unit of a field the units of columns with their factors."""
    text = files("gisplan.layers").joinpath("units.toml").read_text("utf-8")
    return {unit: {plain_name(word).casefold(): float(by) for word, by in words.items()}
            for unit, words in tomllib.loads(text).items()}  # fmt: skip


def _known(field: Field) -> Mapping[str, float]:
    return _units().get(plain_name(field.unit).casefold(), {}) if field.type in FIGURES else {}


def _said(name: str) -> list[tuple[str, str]]:
    """Return what may be a unit in a name, with the name without it."""
    plain = plain_name(name)
    found = [
        (match[1], (plain[: match.start()] + plain[match.end() :]).strip())
        for match in BRACKETS.finditer(plain)
    ]
    tail = TAIL.search(plain)
    if tail and (len(tail[1]) > 1 or not tail[1].isascii() or tail[1] in BARE):
        found.append((tail[1], plain[: tail.start()].strip()))
    return [(unit.casefold(), rest) for unit, rest in found]


def unit_of(column: str, field: Field) -> tuple[str, float | None] | None:
    """Return the unit that a column's name says, with its factor to the unit of the field; None for no unit.

    The factor is None for a unit of something else, or of no exact size.
    """
    known = _known(field)
    if not known:
        return None
    others = {word for words in _units().values() for word in words}
    for part in reversed(column.split(JOINED)):
        for unit, _ in _said(part):
            if unit in known:
                return unit, known[unit] or None
            if unit in others:
                return unit, None
    return None


def without_unit(columns: Sequence[str], field: Field) -> Mapping[str, str]:
    """Return the columns that end in a unit of the field, by their names without it; the first of each counts."""
    known = _known(field)
    found: dict[str, str] = {}
    for column in columns if known else ():
        for unit, rest in _said(column):
            if unit in known and rest:
                found.setdefault(rest, column)
    return found
