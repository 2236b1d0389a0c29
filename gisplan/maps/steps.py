"""A figure for print on what each hub more is worth: panels one above the other over one count of hubs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gisplan.maps.printing import INK, LEFT, NOTE_POINTS, RIGHT, paper, printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

PANEL, BETWEEN = 2.0, 0.22
"""Heights of a panel and of the gap between two [inches]."""

COLOURS = ("#0072b2", "#d55e00", "#009e73")
MARKERS = ("o", "s", "D")

MOST_LABELS = 16
"""So many gains can be written beside their points; of more none is."""

ROOM = 1.18
"""The scale ends so much above the greatest value, that its gain can be read."""


EDGE = 0.15
"""Nearer to an end of the scale than this share of it, a text runs from its mark inwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel: the title of its axis, the value at each step (NaN where there is none) and what stands beside it [k].

    `most` is the end of its scale, None where the values say it.
    """

    title: str
    levels: NDArray[np.float64]
    gains: tuple[str, ...]
    most: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFigure:
    """A figure of panels over the same steps, all texts in one language.

    `counts` are the steps [k], rising; `proven` tells where the optimum is proven [k], drawn full, else hollow.
    `marked` is the step of the plan with what is written there; `proven_title` and `open_title` are what full and
    hollow marks are called. `about` says in words what the figure shows.
    """

    name: str
    title: str
    x_title: str
    counts: NDArray[np.int64]
    proven: NDArray[np.bool_]
    panels: tuple[Panel, ...]
    proven_title: str
    open_title: str
    marked: tuple[int, str] | None = None
    notes: tuple[str, ...] = ()
    about: str = ""


def drawn_steps(figure: StepFigure) -> Figure:
    """Return a figure of steps, drawn; called while `printing`.

    Parameters
    ----------
    figure
        What is drawn.
    """
    count = len(figure.panels)
    plot = count * PANEL + (count - 1) * BETWEEN
    page = paper(figure.title, figure.notes, plot=plot)
    inch = page.height / plot
    for place, panel in enumerate(figure.panels):
        bottom = page.bottom + (count - 1 - place) * (PANEL + BETWEEN) * inch
        axes = page.figure.add_axes((LEFT, bottom, RIGHT - LEFT, PANEL * inch))
        _axes(axes, figure, panel, lowest=place == count - 1)
        _steps(axes, figure, panel, place)
        _mark(axes, figure, first=place == 0)
        if place == count - 1:
            _legend(axes, figure)
    return page.figure


def _axes(axes: Axes, figure: StepFigure, panel: Panel, *, lowest: bool) -> None:
    from matplotlib.ticker import MaxNLocator

    first, last = int(figure.counts[0]), int(figure.counts[-1])
    axes.set_xlim(first - 0.5, last + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12, min_n_ticks=1))
    known = panel.levels[np.isfinite(panel.levels)]
    greatest = float(known.max()) if len(known) else 1.0
    axes.set_ylim(0.0, (panel.most or greatest or 1.0) * ROOM)
    if panel.most is not None:
        axes.set_yticks(np.linspace(0.0, panel.most, 6))
    axes.set_ylabel(printable(panel.title))
    axes.grid(visible=True, color="#dddddd", linewidth=0.5)
    axes.set_axisbelow(b=True)
    if lowest:
        axes.set_xlabel(printable(figure.x_title))
    else:
        axes.tick_params(labelbottom=False)


def _steps(axes: Axes, figure: StepFigure, panel: Panel, place: int) -> None:
    """Draw the points and the line through them, and write what each gains over the one before."""
    colour = COLOURS[place % len(COLOURS)]
    axes.plot(figure.counts, panel.levels, color=colour, linewidth=1.2)
    for those, face in ((figure.proven, colour), (~figure.proven, "#ffffff")):
        axes.plot(
            figure.counts[those],
            panel.levels[those],
            linestyle="none",
            marker=MARKERS[place % len(MARKERS)],
            markersize=5.5,
            markeredgecolor=colour,
            markerfacecolor=face,
            zorder=3,
        )
    if len(figure.counts) > MOST_LABELS:
        return
    small: dict[str, Any] = {
        "fontsize": NOTE_POINTS,
        "color": INK,
        "ha": "center",
        "va": "bottom",
        "bbox": {"facecolor": "#ffffff", "edgecolor": "none", "alpha": 0.8, "pad": 0.6},
    }
    for count, value, gain in zip(figure.counts, panel.levels, panel.gains, strict=True):
        if np.isfinite(value) and gain:
            axes.annotate(printable(gain), (count, value), xytext=(0, 5), textcoords="offset points", **small)


def _mark(axes: Axes, figure: StepFigure, *, first: bool) -> None:
    """Draw the step of the plan through all panels, and say so above the first."""
    if figure.marked is None:
        return
    count, text = figure.marked
    axes.axvline(count, color="#666666", linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
    if first:
        low, high = axes.get_xlim()
        share = (count - low) / (high - low)
        side = "left" if share < EDGE else "right" if share > 1.0 - EDGE else "center"
        at = (count, axes.get_ylim()[1])
        axes.annotate(printable(text), at, xytext=(0, 2), textcoords="offset points", ha=side, va="bottom",
                      fontsize=NOTE_POINTS, color=INK)  # fmt: skip


def _legend(axes: Axes, figure: StepFigure) -> None:
    """Say beside the title of the lowest axis what full and hollow marks are, as far as there are both kinds."""
    from matplotlib.lines import Line2D

    kinds = [
        (figure.proven.any(), figure.proven_title, INK),
        (~figure.proven.all(), figure.open_title, "#ffffff"),
    ]
    marks = [
        Line2D([], [], linestyle="none", marker="o", markersize=5.5, markeredgecolor=INK, markerfacecolor=face,
               label=printable(title))
        for there, title, face in kinds
        if there
    ]  # fmt: skip
    axes.legend(
        handles=marks,
        loc="upper right",
        bbox_to_anchor=(1.0, -0.13),
        ncols=len(marks),
        frameon=False,
        fontsize=7.5,
        borderaxespad=0.0,
        handletextpad=0.2,
    )
