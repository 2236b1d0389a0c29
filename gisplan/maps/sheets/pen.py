"""A pen on a sheet of paper in millimetres: areas, lines, marks and texts, each on top of what was drawn before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from gisplan.maps.printing import INK, printable
from gisplan.maps.sheets.lettering import MM_PER_POINT, outline_of
from gisplan.maps.sheets.nouns import Box

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path
    from numpy.typing import NDArray

MM_PER_INCH = 25.4
HALO = 0.55
"""Width of the white around a text [mm], on each side."""

NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ink:
    """How something is drawn: colours `#rrggbb` or `none`, how much they cover [0–1], width and dashes [mm].

    `hatch` is one of matplotlib's, drawn in the colour `hatch_ink`.
    """

    fill: str = NONE
    line: str = NONE
    cover: float = 1.0
    line_cover: float = 1.0
    width: float = 0.2
    dash: tuple[float, ...] = ()
    hatch: str = ""
    hatch_ink: str = NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """A sheet that is being drawn on, and the part of it outside of which nothing is seen, None for all."""

    figure: Figure
    axes: Axes
    inside: Box | None = None
    order: Iterator[int] = field(default_factory=lambda: count(1))

    def within(self, box: Box | None) -> Pen:
        """Return a pen for the same sheet that draws inside a box only."""
        return Pen(figure=self.figure, axes=self.axes, inside=box, order=self.order)

    def path(self, path: Path, ink: Ink) -> None:
        """Draw a path in millimetres."""
        from matplotlib.colors import to_rgba
        from matplotlib.patches import PathPatch

        artist = PathPatch(
            path,
            facecolor=to_rgba(ink.fill, 0.0 if ink.fill == NONE else ink.cover),
            edgecolor=to_rgba(ink.line, 0.0 if ink.line == NONE else ink.line_cover),
            linewidth=0.0 if ink.line == NONE else ink.width / MM_PER_POINT,
            linestyle=_dashes(ink),
            capstyle="butt" if ink.dash else "round",
            joinstyle="round",
        )
        self._add(artist)
        if ink.hatch:
            self._add(_hatch(path, ink))

    def box(self, box: Box, ink: Ink) -> None:
        """Draw a rectangle."""
        self.area(box.corners, ink)

    def area(self, corners: Sequence[tuple[float, float]], ink: Ink) -> None:
        """Draw an area by its corners [mm]."""
        from matplotlib.path import Path

        codes = [Path.MOVETO, *[Path.LINETO] * (len(corners) - 1), Path.CLOSEPOLY]
        self.path(Path([*corners, corners[0]], codes), ink)

    def line(self, places: Sequence[tuple[float, float]], ink: Ink) -> None:
        """Draw a line through some places [mm]."""
        from matplotlib.path import Path

        self.path(Path(places), ink)

    def marks(self, shape: Path, places: NDArray[np.float64], ink: Ink) -> None:
        """Draw one mark at many places.

        Parameters
        ----------
        shape
            The mark around its place [mm].
        places
            Where [n, 2; mm].
        ink
            How.
        """
        from matplotlib.collections import PathCollection
        from matplotlib.colors import to_rgba
        from matplotlib.transforms import Affine2D

        if not len(places):
            return
        artist = PathCollection(
            [shape],
            offsets=places,
            offset_transform=self.axes.transData,
            facecolors=[to_rgba(ink.fill, 0.0 if ink.fill == NONE else ink.cover)],
            edgecolors=[to_rgba(ink.line, 0.0 if ink.line == NONE else ink.line_cover)],
            linewidths=[0.0 if ink.line == NONE else ink.width / MM_PER_POINT],
            capstyle="round",
            joinstyle="round",
        )
        paper = Affine2D().scale(1.0 / MM_PER_INCH) + self.figure.dpi_scale_trans
        artist.set_transform(paper)
        self._add(artist)
        if ink.hatch:
            self._sign(shape, places, ink)

    def _sign(self, shape: Path, places: NDArray[np.float64], ink: Ink) -> None:
        """Draw into marks, which are too small for a hatch, the one line, cross or dot that stands for it."""
        radius = float(np.abs(np.asarray(shape.vertices)).max()) * SIGN
        sign = Ink(fill=ink.hatch_ink if ink.hatch[0] == "." else NONE, line=ink.hatch_ink, width=SIGN_WIDTH)
        self.marks(sign_of(ink.hatch[0], radius), places, sign)

    def picture(self, pixels: NDArray[np.uint8], box: Box) -> None:
        """Draw a picture, its first row above, stretched over a box."""
        self.axes.imshow(
            pixels,
            extent=(box.left, box.right, box.bottom, box.top),
            aspect="auto",
            interpolation="none",
            zorder=next(self.order),
        )
        self._cut(self.axes.images[-1])

    def text(self, text: str, at: tuple[float, float], *, points: float, **how: Any) -> None:
        """Write one line.

        Parameters
        ----------
        text
            The text, made printable here.
        at
            Where it stands: its left end (or what `ha` says) on its line [mm].
        points
            The size of the type.
        **how
            What matplotlib knows of a text, e.g. `ha` and `color`.
        """
        said = {"color": INK, "va": "baseline", "ha": "left", **how}
        self.axes.text(*at, printable(text), fontsize=points, zorder=next(self.order), clip_on=False, **said)

    def halo(self, text: str, at: tuple[float, float], *, points: float, colour: str = "#ffffff") -> None:
        """Draw the white around a text that is written there afterwards.

        Parameters
        ----------
        text
            The text, made printable here.
        at
            Its left end on its line [mm].
        points
            The size of the type.
        colour
            Of the white.
        """
        outlines = outline_of(printable(text), points, left=at[0], base=at[1])
        self.path(outlines, Ink(line=colour, width=2.0 * HALO, line_cover=0.9))

    def _add(self, artist: Any) -> None:
        artist.set_zorder(next(self.order))
        self.axes.add_artist(artist)
        self._cut(artist)

    def _cut(self, artist: Any) -> None:
        from matplotlib.patches import Rectangle

        if self.inside is None:
            artist.set_clip_on(False)
            return
        box = self.inside
        frame = Rectangle((box.left, box.bottom), box.width, box.height, transform=self.axes.transData)
        artist.set_clip_path(frame)


SIGN, SIGN_WIDTH = 0.5, 0.18
"""How far a sign in a mark reaches, by the radius of the mark, and the width of its lines [mm]."""

STROKES: Mapping[str, tuple[tuple[float, float, float, float], ...]] = {
    "/": ((-1, -1, 1, 1),), "\\": ((-1, 1, 1, -1),), "-": ((-1, 0, 1, 0),), "|": ((0, -1, 0, 1),),
    "x": ((-1, -1, 1, 1), (-1, 1, 1, -1)), "+": ((-1, 0, 1, 0), (0, -1, 0, 1)),
}  # fmt: skip


def sign_of(pattern: str, radius: float) -> Path:
    """Return the sign in a mark that stands for a hatch of matplotlib."""
    from matplotlib.path import Path

    strokes = STROKES.get(pattern)
    if strokes is None:
        circle = Path.unit_circle()
        return Path(np.asarray(circle.vertices) * radius * 0.5, circle.codes)
    places = np.array(strokes, dtype="float64").reshape(-1, 2) * radius
    return Path(places, [Path.MOVETO, Path.LINETO] * len(strokes))


def _hatch(path: Path, ink: Ink) -> Any:
    from matplotlib.patches import PathPatch

    return PathPatch(path, fill=False, linewidth=0.0, edgecolor=ink.hatch_ink, hatch=ink.hatch)


def _dashes(ink: Ink) -> Any:
    """Return dashes as matplotlib counts them: by the width of the line."""
    if not ink.dash:
        return "solid"
    return (0, tuple(part / ink.width for part in ink.dash))


def blank(width: float, height: float) -> Pen:
    """Return a pen for a sheet of so many millimetres; called while `printing`."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / MM_PER_INCH, height / MM_PER_INCH))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(0.0, width)
    axes.set_ylim(0.0, height)
    axes.set_axis_off()
    axes.set_autoscale_on(b=False)
    return Pen(figure=figure, axes=axes)
