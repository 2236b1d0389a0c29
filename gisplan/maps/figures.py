"""Figures for print: curves as PNG, SVG and PDF with the Japanese font inside; equal figures give equal bytes.

A figure is laid out once and saved three times. Texts of SVG and PDF are outlines: they look the same, and print, where
the font is missing. So Japanese words in them cannot be searched; the table `curves` has the figures as text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gisplan.core.visible import visible
from gisplan.maps.breaks import broken

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

FOLDER = "figures"
WIDTH = 6.3
"""The width of the text of an A4 page with margins of 25 mm [inches]."""

ABOVE, PLOT, BELOW, LINE = 0.55, 3.0, 0.55, 0.14
"""Heights of the title, the plot, the titles of its axis, and a line of the notes [inches]."""

LEFT, RIGHT = 0.1, 0.97
"""Where the plot begins and ends, as shares of the width."""

DOTS_PER_INCH = 300
TITLE_POINTS = 11.0
FONT_POINTS = 9.0
NOTE_POINTS = 6.5
INK = "#333333"
NOTE_WIDTH = 120
"""Columns in a line of the notes; a Japanese sign takes two."""

MISSING_SIGN = "〓"
"""What stands for a sign that the font does not have, as printers do it."""

LONGEST_TEXT = 400

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#000000", "#cc79a7", "#e69f00", "#56b4e9")
"""Colours that people with any colour vision tell apart."""

DASHES: tuple[Any, ...] = (
    "solid", (0, (5, 1.5)), (0, (1, 1.2)), (0, (6, 1.5, 1, 1.5)), (0, (9, 2.5)), (0, (3, 1.2, 1, 1.2, 1, 1.2)),
    (0, (1, 3)),
)  # fmt: skip
"""Dashes that tell the lines apart where the print has no colours."""

FORMATS: Mapping[str, Mapping[str, Any]] = {
    "png": {"dpi": DOTS_PER_INCH, "metadata": {"Software": None}},
    "svg": {"metadata": {"Date": None, "Creator": None, "Format": None, "Type": None}},
    "pdf": {"metadata": {"CreationDate": None, "Creator": None, "Producer": None}},
}
"""How each file is saved: without dates, and without what wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One line of a figure: what it is called, and its share at each minute, NaN where not assessed [k; 0–1]."""

    label: str
    minutes: NDArray[np.float64]
    share: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveFigure:
    """A figure of cumulative curves, all texts in one language.

    `marks` are the times at which a line stands, with what is written there; `notes` stand below.
    """

    name: str
    title: str
    x_title: str
    y_title: str
    curves: tuple[Curve, ...]
    marks: tuple[tuple[float, str], ...] = ()
    notes: tuple[str, ...] = ()


def write_figures(folder: Path, figures: Iterable[CurveFigure]) -> None:
    """Write each figure as `<name>.png`, `.svg` and `.pdf` into a folder, which is made where it is missing."""
    folder.mkdir(exist_ok=True)
    with _printing():
        for figure in figures:
            drawn = _drawn(figure)
            for kind, how in FORMATS.items():
                drawn.savefig(folder / f"{figure.name}.{kind}", format=kind, **how)


@lru_cache(maxsize=1)
def font_file() -> Path:
    """Return the file of the Japanese font; the package is not imported, which would change every figure's font.

    Raises
    ------
    ModuleNotFoundError
        If the package of the font is not installed.
    """
    from importlib.util import find_spec

    found = find_spec("matplotlib_fontja")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("matplotlib_fontja", name="matplotlib_fontja")
    return Path(found.origin).parent / "fonts" / "ipaexg.ttf"


@lru_cache(maxsize=1)
def _signs() -> frozenset[int]:
    """Return the signs of the font."""
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(str(font_file())).get_charmap())


def printable(text: str) -> str:
    """Return a text as one line of signs that the font has; long ones are cut."""
    plain = visible(unicodedata.normalize("NFC", text), most=LONGEST_TEXT)
    return "".join(sign if ord(sign) in _signs() else MISSING_SIGN for sign in plain)


@contextmanager
def _printing() -> Iterator[None]:
    """Set matplotlib for our figures alone: a font, no formulas in texts, and nothing by chance."""
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
        "pdf.fonttype": 3,
    }
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(ours)
        yield


def _drawn(figure: CurveFigure) -> Figure:
    from matplotlib.figure import Figure

    lines = [line for note in figure.notes for line in broken(printable(note), columns=NOTE_WIDTH)]
    notes = LINE * (len(lines) + 1)
    height = ABOVE + PLOT + BELOW + notes
    drawn = Figure(figsize=(WIDTH, height))
    axes = drawn.add_axes((LEFT, (notes + BELOW) / height, RIGHT - LEFT, PLOT / height))
    drawn.text(LEFT, 1.0 - ABOVE / 2.0 / height, printable(figure.title), fontsize=TITLE_POINTS)
    small: dict[str, Any] = {"fontsize": NOTE_POINTS, "color": INK, "linespacing": 1.5}
    drawn.text(LEFT, notes / height, "\n".join(lines), va="top", **small)
    _axes(axes, figure)
    for place, curve in enumerate(figure.curves):
        _line(axes, curve, place)
    legend = axes.legend(
        loc="lower right", frameon=True, framealpha=0.9, handlelength=4.5, edgecolor="#999999"
    )
    legend.set_zorder(5)
    return drawn


def _axes(axes: Axes, figure: CurveFigure) -> None:
    """Draw the frame, the scale in percent, and the thresholds."""
    longest = max((float(curve.minutes[-1]) for curve in figure.curves), default=1.0)
    axes.set_xlim(0.0, longest)
    axes.set_ylim(0.0, 100.0)
    axes.set_xlabel(printable(figure.x_title))
    axes.set_ylabel(printable(figure.y_title))
    axes.grid(visible=True, color="#dddddd", linewidth=0.5)
    axes.set_axisbelow(b=True)
    for minutes, text in figure.marks:
        axes.axvline(minutes, color="#666666", linewidth=0.8, linestyle=(0, (2, 2)))
        axes.annotate(
            printable(text),
            (minutes, 100.0),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center" if minutes < longest else "right",
            va="bottom",
            fontsize=NOTE_POINTS,
            color=INK,
        )


def _line(axes: Axes, curve: Curve, place: int) -> None:
    axes.plot(
        curve.minutes,
        curve.share * 100.0,
        label=printable(curve.label),
        color=COLOURS[place % len(COLOURS)],
        linestyle=DASHES[place % len(DASHES)],
        linewidth=1.6,
        clip_on=False,
    )
