"""What all figures for print share: paper, font, texts and files; equal figures give equal bytes.

A figure is laid out once and saved three times. Texts of SVG and PDF are outlines: they look the same, and print, where
the font is missing. So Japanese words in them cannot be searched; the tables have the figures as text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.visible import visible
from gisplan.maps.breaks import broken

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 6.3
"""The width of the text of an A4 page with margins of 25 mm [inches]."""

ABOVE, BELOW, LINE = 0.55, 0.55, 0.14
"""Heights of the title, the titles of the lowest axis, and a line of the notes [inches]."""

LEFT, RIGHT = 0.1, 0.97
"""Where the plot begins and ends, as shares of the width."""

DOTS_PER_INCH = 300
TITLE_POINTS = 11.0
FONT_POINTS = 9.0
NOTE_POINTS = 6.5
INK = "#333333"
NOTE_WIDTH = 120
"""Columns in a line of the notes; a Japanese sign takes two."""

TRUE_TYPE, OUTLINES = 42, 3
"""How a PDF holds its texts: as signs of an embedded font, or as outlines."""

HATCH_POINTS = 0.45

MISSING_SIGN = "〓"
"""What stands for a sign that the font does not have, as printers do it."""

LONGEST_TEXT = 400

FORMATS: Mapping[str, Mapping[str, Any]] = {
    "png": {"dpi": DOTS_PER_INCH, "metadata": {"Software": None}},
    "svg": {"metadata": {"Date": None, "Creator": None, "Format": None, "Type": None}},
    "pdf": {"metadata": {"CreationDate": None, "Creator": None, "Producer": None}},
}
"""How each file is saved: without dates, and without what wrote it."""


@lru_cache(maxsize=1)
def font_file() -> Path:
    """Return the file of the Japanese font; the package is not imported, which would change every figure's font.

    Raises
    ------
    ConfigurationError
        If the package of the font is not installed, or is not whole.
    """
    from importlib.util import find_spec

    found = find_spec(FONT_PACKAGE)
    file = Path() if found is None or found.origin is None else Path(found.origin).parent / "fonts" / FONT
    if not file.is_file():
        package = FONT_PACKAGE.replace("_", "-")
        raise ConfigurationError(Problem(code="print.font_missing", place=FONT, values={"package": package}))
    return file


FONT_PACKAGE, FONT = "matplotlib_fontja", "ipaexg.ttf"


@lru_cache(maxsize=1)
def _signs() -> frozenset[int]:
    """Return the signs of the font."""
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(str(font_file())).get_charmap())


def printable(text: str, *, most: int = LONGEST_TEXT) -> str:
    """Return a text as one line of signs that the font has; one of more than so many signs is cut."""
    plain = visible(unicodedata.normalize("NFC", text), most=most)
    return "".join(sign if ord(sign) in _signs() else MISSING_SIGN for sign in plain)


@contextmanager
def printing(*, searchable: bool = False) -> Iterator[None]:
    """Set matplotlib for our figures alone: a font, no formulas in texts, and nothing by chance.

    Parameters
    ----------
    searchable
        Whether a PDF holds its texts as signs of an embedded font, which can be searched, not as outlines.
    """
    import matplotlib as mpl
    from matplotlib import font_manager

    file = str(font_file())
    family = font_manager.FontProperties(fname=file).get_name()
    if family not in {entry.name for entry in font_manager.fontManager.ttflist}:
        font_manager.fontManager.addfont(file)
    ours: dict[Any, Any] = {
        "font.family": [family],
        "font.size": FONT_POINTS,
        "axes.unicode_minus": False,
        "text.parse_math": False,
        "text.usetex": False,
        "svg.fonttype": "path",
        "svg.hashsalt": "gisplan",
        "pdf.fonttype": TRUE_TYPE if searchable else OUTLINES,
        "path.simplify": not searchable,
        "hatch.linewidth": HATCH_POINTS,
    }
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(ours)
        yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A figure with its title and notes, and where its plot stands: its lower edge and height, as shares."""

    figure: Figure
    bottom: float
    height: float


def paper(title: str, notes: Iterable[str], *, plot: float) -> Paper:
    """Return a figure with its title above and its notes below a plot that is not drawn yet.

    Parameters
    ----------
    title
        Its title.
    notes
        What stands below, each on lines of its own.
    plot
        The height of the plot [inches].
    """
    from matplotlib.figure import Figure

    lines = [line for note in notes for line in broken(printable(note), columns=NOTE_WIDTH)]
    below = LINE * (len(lines) + 1)
    height = ABOVE + plot + BELOW + below
    drawn = Figure(figsize=(WIDTH, height))
    drawn.text(LEFT, 1.0 - ABOVE / 2.0 / height, printable(title), fontsize=TITLE_POINTS)
    small: dict[str, Any] = {"fontsize": NOTE_POINTS, "color": INK, "linespacing": 1.5}
    drawn.text(LEFT, below / height, "\n".join(lines), va="top", **small)
    return Paper(figure=drawn, bottom=(below + BELOW) / height, height=plot / height)
