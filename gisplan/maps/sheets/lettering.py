"""Texts on the paper: how wide they are, where their lines break, and their outlines for halos."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gisplan.maps.breaks import broken
from gisplan.maps.printing import font_file, printable

if TYPE_CHECKING:
    from matplotlib.path import Path

MM_PER_POINT = 25.4 / 72.0
LEADING = 1.45
"""Height of a line by the size of the type."""

ASCENT, DESCENT = 0.88, 0.14
"""How far signs reach above and below the line, by the size of the type."""

UNITS = 1000.0
"""Size at which widths are measured [points]."""


@lru_cache(maxsize=1)
def _face() -> Any:
    from matplotlib.ft2font import FT2Font

    face = FT2Font(str(font_file()))
    face.set_size(UNITS, 72)
    return face


@lru_cache(maxsize=8192)
def _advance(sign: str) -> float:
    """Return the width of a sign by the size of the type."""
    from matplotlib.ft2font import LoadFlags

    glyph = _face().load_char(ord(sign), flags=LoadFlags.NO_HINTING)
    return float(glyph.linearHoriAdvance) / 65536.0 / UNITS


def width_of(text: str, points: float) -> float:
    """Return how wide a text is [mm].

    Parameters
    ----------
    text
        One line, made printable here.
    points
        The size of the type.
    """
    return sum(map(_advance, printable(text))) * points * MM_PER_POINT


def height_of(points: float, *, lines: int = 1) -> float:
    """Return how high so many lines are [mm].

    Parameters
    ----------
    points
        The size of the type.
    lines
        How many.
    """
    return points * MM_PER_POINT * LEADING * lines


def wrapped(text: str, points: float, *, width: float) -> tuple[str, ...]:
    """Return the lines of a text that are no wider than so many millimetres.

    Parameters
    ----------
    text
        A text, made printable here.
    points
        The size of the type.
    width
        The width of a line [mm].
    """
    said = printable(text, most=LONGEST_NOTE)
    columns = max(4, int(width / (points * MM_PER_POINT) * 2.0))
    while columns > 4:  # noqa: PLR2004 (two wide signs: narrower lines nobody reads)
        lines = tuple(broken(said, columns=columns))
        if all(width_of(line, points) <= width for line in lines):
            return lines
        columns -= 1
    return tuple(broken(said, columns=columns))


LONGEST_NOTE = 3_000
"""Signs of a text in lines: the credits of all layers must have room."""


def fitted(text: str, points: float, *, width: float) -> str:
    """Return a printable text cut so that it is no wider than so many millimetres.

    Parameters
    ----------
    text
        One line, made printable here.
    points
        The size of the type.
    width
        What it may take [mm].
    """
    said = printable(text)
    if width_of(said, points) <= width:
        return said
    while said and width_of(f"{said}…", points) > width:
        said = said[:-1]
    return f"{said}…"


def outline_of(text: str, points: float, *, left: float, base: float) -> Path:
    """Return the outlines of a printable text that begins at a place [mm].

    Parameters
    ----------
    text
        One line.
    points
        The size of the type.
    left, base
        Where its first sign begins and on which line it stands [mm].
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    return TextPath(
        (left, base), text, size=points * MM_PER_POINT, prop=FontProperties(fname=str(font_file()))
    )
