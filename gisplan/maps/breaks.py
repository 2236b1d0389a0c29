"""Where a line of Japanese or English may end: 禁則, particles, and figures with their units.

References
----------
JIS X 4051:2004, signs that begin or end no line (行頭禁則・行末禁則).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

NO_START = frozenset(
    "、。，．・：；:;,.!?！？ー〜～…‥’”)）」』】〕〉》］｝々ゝゞ％%‰℃°′″/／ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ"
)
"""Signs that begin no line."""

NO_END = frozenset("‘“(（「『【〔〈《［｛/／〒￥¥＄$")
"""Signs that end no line."""

STOPS = frozenset("、。，．；！？")
"""Signs after which a line ends best."""

WELL, FAIRLY, BADLY = 0.0, 0.15, 0.5
"""What the end of a line at a place costs: so much of the line may stay empty where it then ends well."""

_HIRAGANA = re.compile("[ぁ-ゖ]")
_KATAKANA = re.compile("[ァ-ヺー]")
_FIGURE = re.compile(r"[0-9０-９]")
_WHOLE = re.compile(r"[0-9０-９].|第[0-9０-９]")
_UNIT = re.compile(r"(?:km/h|km|cm|mm|m|min|ha|h|%|people|houses)(?![A-Za-z])")


def broken(text: str, *, columns: int) -> Iterator[str]:
    """Yield the lines of a text of so many columns, each ended at the best place near its end.

    Parameters
    ----------
    text
        One line of text.
    columns
        The columns of a line; a wide sign takes two.
    """
    rest = text.strip()
    while columns_of(rest) > columns:
        cut = _cut(rest, columns)
        yield rest[:cut].rstrip()
        rest = rest[cut:].lstrip()
    if rest:
        yield rest


def columns_of(text: str) -> int:
    """Return the columns that a text takes: two for a wide sign, one for any other."""
    return sum(map(_width, text))


def _width(sign: str) -> int:
    return 2 if unicodedata.east_asian_width(sign) in "WFA" else 1


def _cut(text: str, columns: int) -> int:
    """Return how many signs the first line takes."""
    whole, used = 0, 0
    while whole < len(text) and used + _width(text[whole]) <= columns:
        used += _width(text[whole])
        whole += 1
    ends = {place: cost for place in range(1, whole + 1) if (cost := _cost(text, place)) is not None}
    # One endless word is cut where the line is full.
    return max(ends, key=lambda place: place / whole - ends[place], default=whole)


def _cost(text: str, place: int) -> float | None:
    """Return what the end of a line before a sign costs, None where it must not end."""
    before, after = text[place - 1], text[place]
    if before == " " or after == " ":
        return _at_space(text[:place].rstrip(), text[place:].lstrip())
    if after in NO_START or before in NO_END:
        return None
    if _WHOLE.match(before + after) or (_width(before) == 1 and _width(after) == 1):
        return None  # inside a word, a figure, 15分 or 第8条
    if before in STOPS:
        return WELL
    # Before hiragana stands a particle or the end of a word.
    if _HIRAGANA.match(after) or (_KATAKANA.match(before) and _KATAKANA.match(after)):
        return BADLY
    return WELL if _HIRAGANA.match(before) or before in NO_START else FAIRLY


def _at_space(before: str, after: str) -> float | None:
    """Return what the end of a line at a space costs: it must not part a figure from its unit."""
    if not before or not after or after[0] in NO_START or before[-1] in NO_END:
        return None
    if _FIGURE.match(before[-1]) and _UNIT.match(after):
        return None
    return BADLY if _HIRAGANA.match(after[0]) else WELL
