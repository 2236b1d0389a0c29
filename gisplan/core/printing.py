"""What plan.toml says of the maps for print: paper, scale, formats, figures of one's own, the picture under them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from gisplan.core.words import Text

PaperName = Literal["A4", "A3"]
Orientation = Literal["auto", "portrait", "landscape"]
PrintFormat = Literal["pdf", "svg", "png"]
PRINT_FORMATS: tuple[PrintFormat, ...] = ("png", "svg", "pdf")


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureOptions:
    """A map for print, of gisplan or as `[[figure]]` of plan.toml.

    `layers` are drawn in this order, the last on top; a name may hold * for several. Those of `quiet` are the grey
    ground of the others, those of `labels` bear their names, or what the column `named_by` of the layer holds. `fill`
    says how much the areas of a layer cover [0–1], `sizes` by what the size of its marks is multiplied.
    A figure is made where one of the layers `needs` holds something (all layers where it is empty). `extent` are layers
    of which the first that is there says what ground the sheet holds, `bounds` is that ground itself: west, south,
    east, north in the plan's CRS [m]. `scale` is the denominator, None for the largest round one. `minutes` tells that
    it shows times, so that the speeds are said. `around` are layers of the small map in the corner.
    """

    name: str
    title: Text
    layers: tuple[str, ...]
    quiet: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    named_by: Mapping[str, str] = field(default_factory=dict)
    fill: Mapping[str, float] = field(default_factory=dict)
    sizes: Mapping[str, float] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    extent: tuple[str, ...] = ("municipality",)
    bounds: tuple[float, float, float, float] | None = None
    around: tuple[str, ...] = ()
    paper: PaperName | None = None
    orientation: Orientation | None = None
    scale: float | None = None
    minutes: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintOptions:
    """`[print]` of plan.toml: paper, formats, which figures, and the layer of areas that get a page each in a book.

    `figures` are names of figures, None for all there are. `book_scale` is the denominator of the pages, None for the
    largest round one of each.
    """

    paper: PaperName = "A4"
    orientation: Orientation = "auto"
    formats: tuple[PrintFormat, ...] = PRINT_FORMATS
    figures: tuple[str, ...] | None = None
    book: str = ""
    book_scale: float | None = None
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BackgroundOptions:
    """`[background]` of plan.toml: a georeferenced picture under the maps for print, its credit, and its approval."""

    path: str
    credit: str
    approval: str = ""
    opacity: float = 1.0
    line: int = 0
