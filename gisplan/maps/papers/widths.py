"""How wide the columns of a table are: no number is broken, and what is left goes to the longest texts."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from gisplan.core.words import Language
from gisplan.maps.papers.words import Board

FULL_WIDTH = "\u2e80"
"""From here on a sign is taken to be as wide as two Latin ones."""

SIGN, EDGES = 102, 130
"""The width of a Latin sign of a wide font in a cell of 8 points, and of both edges of a cell [twips]."""

HEAD_SIGNS, HEAD_LINES = 8.0, 3
"""A heading has room for four Japanese signs side by side, and takes so many lines where it may."""

SHORT = 10.0
"""A text of so many signs stands on one line."""

LONGEST_WORD = 16
"""A longer word is broken."""

WIDEST, LONGEST = 60.0, 160.0
"""Signs that a text is counted to: a longer one takes more lines, though of a much longer one some more are counted."""

_WORD = re.compile(r"[!-~]+")
"""A Latin word, which no line breaks."""

LOOKED_AT = 200
"""Rows whose words are looked at."""


def widths_of(board: Board, language: Language, *, total: int) -> list[int]:
    """Return the widths of the columns, together a total [twips].

    Parameters
    ----------
    board
        The table.
    language
        The language that is shown.
    total
        The width of the text.
    """
    least, wanted = [], []
    for place, column in enumerate(board.columns):
        head, texts = column.title.of(language), [row[place].of(language) for row in board.rows]
        needed, asked = _signs(head, texts, number=column.number)
        least.append(needed * SIGN + EDGES)
        wanted.append(max(needed, asked) * SIGN + EDGES)
    widths = [int(width) for width in _shared(least, wanted, total)]
    return [*widths[:-1], total - sum(widths[:-1])]


def _shared(least: Sequence[float], wanted: Sequence[float], total: int) -> list[float]:
    """Return widths between what is needed and what is wanted; room to spare goes to all by what they want."""
    needed, whole = sum(least), sum(wanted)
    if needed >= total:
        return [total * width / needed for width in least]
    if whole <= total:
        return [total * width / whole for width in wanted]
    rest = (total - needed) / (whole - needed)
    return [low + rest * (high - low) for low, high in zip(least, wanted, strict=True)]


def _signs(head: str, texts: Sequence[str], *, number: bool) -> tuple[float, float]:
    """Return how many signs a column needs, and how many it wants."""
    lengths = sorted(max((width_of(line) for line in text.split("\n")), default=0.0) for text in texts)
    most = lengths[-1] if lengths else 0.0
    # A few long texts take more lines; they do not press the other columns together.
    usual = lengths[int(0.9 * (len(lengths) - 1))] if lengths else 0.0
    words = [len(word) for text in (head, *texts[:LOOKED_AT]) for word in _WORD.findall(text)]
    unbroken = float(min(LONGEST_WORD, max(words, default=0)))
    short = most if number else min(most, SHORT)
    needed = max(min(width_of(head), HEAD_SIGNS), unbroken, short)
    return needed, max(_counted(max(usual, 0.6 * most)), width_of(head) / HEAD_LINES)


def _counted(signs: float) -> float:
    return signs if signs <= WIDEST else min(LONGEST, WIDEST + 4.0 * math.sqrt(signs - WIDEST))


def width_of(text: str) -> float:
    """Return the width of a text in Latin signs."""
    return float(sum(2 if sign >= FULL_WIDTH else 1 for sign in text))
