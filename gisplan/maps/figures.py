"""Figures for print: curves as PNG, SVG and PDF with the Japanese font inside; equal figures give equal bytes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gisplan.maps.printing import FORMATS, INK, LEFT, NOTE_POINTS, RIGHT, paper, printable, printing
from gisplan.maps.steps import StepFigure, drawn_steps
from gisplan.maps.words import Illustration

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

FOLDER = "figures"
MM_PER_INCH = 25.4
PLOT = 3.0
"""The height of the plot [inches]."""

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#000000", "#cc79a7", "#e69f00", "#56b4e9")
"""Colours that people with any colour vision tell apart."""

DASHES: tuple[Any, ...] = (
    "solid", (0, (5, 1.5)), (0, (1, 1.2)), (0, (6, 1.5, 1, 1.5)), (0, (9, 2.5)), (0, (3, 1.2, 1, 1.2, 1, 1.2)),
    (0, (1, 3)),
)  # fmt: skip
"""Dashes that tell the lines apart where the print has no colours."""


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
    `about` says in words what the figure shows.
    """

    name: str
    title: str
    x_title: str
    y_title: str
    curves: tuple[Curve, ...]
    marks: tuple[tuple[float, str], ...] = ()
    notes: tuple[str, ...] = ()
    about: str = ""


def write_figures(folder: Path, figures: Iterable[CurveFigure | StepFigure]) -> tuple[Illustration, ...]:
    """Write each figure as `<name>.png`, `.svg` and `.pdf` into a folder, which is made where it is missing.

    Parameters
    ----------
    folder
        The folder.
    figures
        The figures; what was written is returned in their order.
    """
    folder.mkdir(exist_ok=True)
    with printing():
        return tuple(_written(folder, figure) for figure in figures)


def _written(folder: Path, figure: CurveFigure | StepFigure) -> Illustration:
    drawn = _drawn(figure) if isinstance(figure, CurveFigure) else drawn_steps(figure)
    for kind, how in FORMATS.items():
        drawn.savefig(folder / f"{figure.name}.{kind}", format=kind, **how)
    width, height = (side * MM_PER_INCH for side in drawn.get_size_inches())
    return Illustration(
        name=figure.name,
        title=figure.title,
        width_mm=float(width),
        height_mm=float(height),
        about=figure.about,
    )


def _drawn(figure: CurveFigure) -> Figure:
    page = paper(figure.title, figure.notes, plot=PLOT)
    axes = page.figure.add_axes((LEFT, page.bottom, RIGHT - LEFT, page.height))
    _axes(axes, figure)
    for place, curve in enumerate(figure.curves):
        _line(axes, curve, place)
    legend = axes.legend(
        loc="lower right", frameon=True, framealpha=0.9, handlelength=4.5, edgecolor="#999999"
    )
    legend.set_zorder(5)
    return page.figure


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
