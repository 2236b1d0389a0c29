"""The nouns of a printed map: paper, frames in millimetres, extents in metres, and the sheet that holds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gisplan.core.printing import Orientation, PaperName
from gisplan.core.words import Language
from gisplan.maps.words import MapLayer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PAPERS: Mapping[PaperName, tuple[float, float]] = {"A4": (210.0, 297.0), "A3": (297.0, 420.0)}
"""Width and height of the paper, upright [mm].

References
----------
JIS P 0138:1998 (ISO 216), 紙加工仕上寸法.
"""

MM_PER_METRE = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle on the paper, from its lower left corner [mm]."""

    left: float
    bottom: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.width

    @property
    def top(self) -> float:
        """The upper edge."""
        return self.bottom + self.height

    @property
    def corners(self) -> tuple[tuple[float, float], ...]:
        """The corners, from the lower left one against the clock."""
        return (
            (self.left, self.bottom),
            (self.right, self.bottom),
            (self.right, self.top),
            (self.left, self.top),
        )

    def grown(self, by: float) -> Box:
        """Return the box larger by so much on every side."""
        return Box(
            left=self.left - by,
            bottom=self.bottom - by,
            width=self.width + 2 * by,
            height=self.height + 2 * by,
        )

    def meets(self, other: Box) -> bool:
        """Return whether two boxes share more than an edge."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )

    def holds(self, other: Box) -> bool:
        """Return whether another box lies inside."""
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.bottom <= other.bottom
            and other.top <= self.top
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """A rectangle on the ground in the plan's CRS [m]."""

    west: float
    south: float
    east: float
    north: float

    @property
    def width(self) -> float:
        """From west to east."""
        return self.east - self.west

    @property
    def height(self) -> float:
        """From south to north."""
        return self.north - self.south

    @property
    def centre(self) -> tuple[float, float]:
        """The middle."""
        return (self.west + self.east) / 2.0, (self.south + self.north) / 2.0

    def meets(self, other: Extent) -> bool:
        """Return whether two extents share more than an edge."""
        return (
            self.west < other.east
            and other.west < self.east
            and self.south < other.north
            and other.south < self.north
        )

    def grown(self, by: float) -> Extent:
        """Return the extent larger by so many metres on every side."""
        return Extent(west=self.west - by, south=self.south - by, east=self.east + by, north=self.north + by)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How the ground lies on the paper: a metre at `west`, `south` is the lower left corner of the frame.

    `scale` is the denominator: one millimetre on the paper is so many on the ground.
    """

    frame: Box
    west: float
    south: float
    scale: float

    @property
    def extent(self) -> Extent:
        """The ground inside the frame."""
        metre = self.scale / MM_PER_METRE
        return Extent(
            west=self.west,
            south=self.south,
            east=self.west + self.frame.width * metre,
            north=self.south + self.frame.height * metre,
        )

    def on_paper(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return places in the plan's CRS [n, 2; m] as places on the paper [n, 2; mm]."""
        return (places - (self.west, self.south)) * (MM_PER_METRE / self.scale) + (
            self.frame.left,
            self.frame.bottom,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A layer on a sheet: `quiet` draws it in grey as ground for the others, `labelled` writes its names.

    `named_by` is the column of the names, e.g. of a number. `fill` takes the place of its opacity, None leaves it;
    `size` multiplies the size of its marks. What is not `listed` stands in no legend.
    """

    layer: MapLayer
    quiet: bool = False
    labelled: bool = False
    named_by: str = "name"
    fill: float | None = None
    size: float = 1.0
    listed: bool = True


Reader = Callable[[Extent, tuple[int, int]], "NDArray[np.uint8]"]
"""Returns the ground of an extent as a picture so many pixels wide and high [rows, columns, 4; 0–255]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backdrop:
    """A picture under the layers: how its parts are read, its credit, and the text of the approval to use it."""

    read: Reader
    credit: str
    approval: str = ""
    opacity: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """What may lie beyond the frame; an arrow at the edge points to its middle where no part of it lies inside."""

    text: str
    extent: Extent


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A rectangle on the ground with a text, e.g. the ground of another sheet with its number."""

    text: str
    extent: Extent


@dataclass(frozen=True, slots=True, kw_only=True)
class MapSheet:
    """One sheet with a map, all texts in one language.

    Parameters
    ----------
    name, title, subtitle
        The file's name, what stands above, and smaller beside it.
    shown
        Layers in the order in which they are drawn.
    extent
        The ground that the sheet must hold.
    scale
        The denominator of the scale, None for the largest round one that holds the extent.
    paper, orientation
        The paper; `auto` takes the orientation with the larger scale.
    crs
        EPSG code of the layers.
    notes
        What stands below the map, each on lines of its own.
    language
        The language of its texts.
    mark
        A warning in the map itself, e.g. that the town is made up.
    inset
        Layers and ground of a small map that shows where the sheet lies, None for none.
    backdrop
        A picture under the layers.
    pointers
        What lies beyond the frame.
    plots
        Rectangles with a text, drawn over all layers.
    place
        Where the sheet was asked for, for messages, e.g. `plan.toml:12 figure[1]`.
    about
        What it shows, in words.
    """

    name: str
    title: str
    shown: tuple[Shown, ...]
    extent: Extent
    crs: int
    subtitle: str = ""
    scale: float | None = None
    paper: PaperName = "A4"
    orientation: Orientation = "auto"
    notes: tuple[str, ...] = ()
    language: Language = "ja"
    mark: str = ""
    inset: Inset | None = None
    backdrop: Backdrop | None = None
    pointers: tuple[Pointer, ...] = ()
    plots: tuple[Plot, ...] = ()
    place: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inset:
    """A small map in a corner of a sheet: its layers and its ground."""

    shown: tuple[Shown, ...]
    extent: Extent
