"""How wide the columns of a table are: each by what it holds, all together as wide as the text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gisplan.core.words import Language
from gisplan.maps.papers.words import Board

FULL_WIDTH = "\u2e80"
LEAST, WIDEST = 4.0, 40.0
"""Widths of a Latin sign that a column has at least, and that its texts are counted to."""

HEAD_LINES = 3
"""A heading may take so many lines."""

_WORD = re.compile(r"[!-~]+")
"""A Latin word, which no line breaks."""

LONGEST_WORD = 14.0


def widths_of(board: Board, language: Language, *, total: int) -> list[int]:
    """Return the widths of the columns, in parts of a total.

    Parameters
    ----------
    board
        The table.
    language
        The language that is shown.
    total
        The width of the text.
    """
    wanted = [
        _wanted(
            column.title.of(language), [row[place].of(language) for row in board.rows], number=column.number
        )
        for place, column in enumerate(board.columns)
    ]
    whole = sum(wanted)
    widths = [int(total * width / whole) for width in wanted]
    return [*widths[:-1], total - sum(widths[:-1])]


def _wanted(head: str, texts: Sequence[str], *, number: bool) -> float:
    lengths = sorted(max((width_of(line) for line in text.split("\n")), default=0.0) for text in texts)
    # A few long texts take more lines; they do not press the others together.
    usual = lengths[int(0.9 * (len(lengths) - 1))] if lengths else 0.0
    most = lengths[-1] if lengths else 0.0
    held = most if number else min(WIDEST, max(usual, min(most, WIDEST / 2)))
    words = [found for text in (head, *texts[:200]) for found in _WORD.findall(text)]
    unbroken = min(LONGEST_WORD, max((float(len(word)) for word in words), default=0.0))
    return max(LEAST, held, width_of(head) / HEAD_LINES, unbroken) + 1.5


def width_of(text: str) -> float:
    """Return the width of a text in Latin signs."""
    return float(sum(2 if sign >= FULL_WIDTH else 1 for sign in text))
