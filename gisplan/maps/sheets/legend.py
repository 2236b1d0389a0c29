"""The legend of a sheet: swatches as the map draws them, titles that wrap, in columns of equal height."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gisplan.core.printing import PaperName
from gisplan.core.words import Language
from gisplan.maps import style
from gisplan.maps.sheets.draw import letter
from gisplan.maps.sheets.lettering import ASCENT, MM_PER_POINT, height_of, wrapped
from gisplan.maps.sheets.looks import WHITE, Class, classes_of
from gisplan.maps.sheets.nouns import Box, Extent, Shown
from gisplan.maps.sheets.pen import Ink, Pen
from gisplan.maps.sheets.said import said
from gisplan.maps.sheets.symbols import mark, star_in_pin

if TYPE_CHECKING:
    from numpy.typing import NDArray

POINTS, HEADING = 6.8, 7.2
SWATCH, GAP = 7.0, 2.0
ROW, BETWEEN, APART, NEAR = 3.2, 0.7, 1.8, 0.3
"""Height of a line of a legend; the space between two lines, two layers, and two layers of one line each [mm]."""

GUTTER = 4.0
TOGETHER = 9
"""So many classes of a layer stand in one column."""

DENSE, DENSER, DENSEST = 0.9, 0.8, 0.72
"""How much smaller a legend is that would be too high, before and after it gets more columns."""

COLUMN, NARROWEST = 62.0, 25.0
"""About how wide a column of a legend is, and at least where it gets more of them [mm]."""

EDGE, THIN_EDGE = "#9aa4a9", 0.15
"""Around a swatch whose area has no outline of its own but one thinner than this [mm]."""

LEAST_RADIUS, MOST_RADIUS = 0.75, 1.7
"""Marks are no smaller and no larger in a legend [mm]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A line of the legend: what is drawn, None for a heading, what it is called, and its height [mm].

    `size` multiplies the usual size; `apart` is the space above the first line of a layer [mm], `single` where
    that has no other line.
    """

    lines: tuple[str, ...]
    height: float
    size: float
    kind: str = ""
    drawn: Class | None = None
    apart: float = 0.0
    single: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Legend:
    """A legend laid out in columns of one width [mm]; `height` is that of the highest."""

    columns: tuple[tuple[Item, ...], ...]
    width: float
    height: float


def legend_of(
    shown: Iterable[Shown],
    *,
    width: float,
    language: Language,
    most: float,
    scale: float,
    ground: Extent | None = None,
    paper: PaperName = "A4",
) -> Legend:
    """Return the legend of some layers, the last drawn first; one that would be too high leaves out what is beside.

    Parameters
    ----------
    shown
        Layers in the order in which they are drawn.
    width
        What it may take [mm].
    language
        Its language.
    most
        How high it may be [mm]: where it would be higher it is set smaller and in more columns.
    scale
        The denominator of the scale.
    ground
        What the map may show in the CRS of the layers [m]: classes outside it are the first to go. None keeps all.
    paper
        The paper, for the cure where even so there is no room for all.
    """
    listed = [one for one in reversed(tuple(shown)) if one.listed and style.look_of(one.layer).listed]
    columns = round(width / COLUMN)
    found = _laid_out(listed, width=width, columns=columns, language=language, scale=scale, size=1.0)
    if found.height <= most:
        return found
    more = [columns + k for k in (1, 1, 2) if (width + GUTTER) / (columns + k) - GUTTER >= NARROWEST]
    sizes = (1.0, DENSE, DENSER, DENSER, DENSEST, DENSEST)
    for number, size in zip((columns, columns, columns, *more), sizes, strict=False):
        found = _laid_out(
            listed, width=width, columns=number, language=language, scale=scale, size=size, ground=ground
        )
        if found.height <= most:
            return found
    return _cut(found, most, language, columns=number, paper=paper)


def _cut(legend: Legend, most: float, language: Language, *, columns: int, paper: PaperName) -> Legend:
    """Return a legend with as many lines as there is room for, how many more classes there are, and the cure."""
    items = [item for column in legend.columns for item in column]
    size, key = items[0].size, "more" if paper == "A3" else "more_a3"

    def more(count: int) -> Item:
        lines = wrapped(said(key, count=count).of(language), POINTS * size, width=legend.width - SWATCH - GAP)
        return Item(lines=lines, height=height_of(POINTS * size, lines=len(lines)), size=size)

    room = most - more(_classes(items)).height
    held = [_as_high(column, room) for column in _flowed(items, room)[:columns]] or [()]
    lost = _classes(items) - sum(map(_classes, held))
    held[-1] = (*held[-1], more(lost))
    return Legend(columns=tuple(held), width=legend.width, height=max(map(_height, held)))


def _classes(items: Iterable[Item]) -> int:
    return sum(item.drawn is not None for item in items)


def _as_high(column: Sequence[Item], most: float) -> tuple[Item, ...]:
    """Return as much of a column as there is room for; no heading stands at its end without a class."""
    held = [item for place, item in enumerate(column) if _height(column[: place + 1]) <= most]
    while held and held[-1].drawn is None:
        held.pop()
    return tuple(held)


def _laid_out(
    listed: Sequence[Shown],
    *,
    width: float,
    columns: int,
    language: Language,
    scale: float,
    size: float,
    ground: Extent | None = None,
) -> Legend:
    wide = (width - GUTTER * (columns - 1)) / columns
    items: list[Item] = []
    for one in listed:
        own = [*_items(one, width=wide, language=language, scale=scale, size=size, ground=ground)]
        if len(own) == 1 and (not items or items[-1].single):
            height = own[0].height - own[0].apart + NEAR
            own = [dataclasses.replace(own[0], apart=NEAR, height=height)]
        items += own
    total = sum(item.height for item in items)
    height = max(total / columns, *(_height(block) for block in _blocks(items)), 0.0)
    while len(found := _flowed(items, height)) > columns:
        height += 1.0
    return Legend(columns=found, width=wide, height=max((_height(column) for column in found), default=0.0))


def _seen(shown: Shown, ground: Extent | None) -> NDArray[np.bool_]:
    """Return which features of a layer may lie on some ground; a few beside it count as well, none of it is missed."""
    if ground is None:
        return np.ones(len(shown.layer.table), dtype=bool)
    west, south, east, north = shapely.bounds(shown.layer.table.geometry.to_numpy()).T
    found: NDArray[np.bool_] = (
        (west <= ground.east) & (ground.west <= east) & (south <= ground.north) & (ground.south <= north)
    )
    return found


def _items(
    shown: Shown, *, width: float, language: Language, scale: float, size: float, ground: Extent | None
) -> Iterable[Item]:
    seen = _seen(shown, ground)
    classes = [one for one in classes_of(shown, scale=scale) if seen[one.rows].any()]
    kind, title = shown.layer.kind, shown.layer.title.of(language)
    if not classes:
        return
    if len(classes) > 1 or classes[0].title != shown.layer.title:
        lines = wrapped(title, HEADING * size, width=width)
        height = height_of(HEADING * size, lines=len(lines)) + APART * size
        yield Item(lines=lines, height=height, size=size, apart=APART * size)
        for one in classes:
            yield _item(one, kind, one.title.of(language), width, size=size)
    else:
        yield _item(classes[0], kind, title, width, size=size, apart=APART * size)


def _item(drawn: Class, kind: str, title: str, width: float, *, size: float, apart: float = 0.0) -> Item:
    lines = wrapped(title, POINTS * size, width=width - SWATCH - GAP)
    height = max(ROW * size, height_of(POINTS * size, lines=len(lines))) + BETWEEN * size + apart
    return Item(
        lines=lines, height=height, size=size, kind=kind, drawn=drawn, apart=apart, single=apart > 0.0
    )


def _flowed(items: Sequence[Item], height: float) -> tuple[tuple[Item, ...], ...]:
    """Return items in columns of about a height; the classes of a layer are parted only where they are many."""
    columns: list[tuple[Item, ...]] = []
    column: list[Item] = []
    for place, item in enumerate(items):
        needed = (item, *_kept_with(items[place:])) if item.apart else (item,)
        if column and _height((*column, *needed)) > height:
            columns.append(tuple(column))
            column = []
        column.append(item)
    return (*columns, tuple(column)) if column else tuple(columns)


def _blocks(items: Sequence[Item]) -> Iterable[Sequence[Item]]:
    """Yield what must stand in one column."""
    for place, item in enumerate(items):
        if item.apart:
            yield (item, *_kept_with(items[place:]))


def _kept_with(items: Sequence[Item]) -> Sequence[Item]:
    """Return what must stand in one column with the first of some items: all classes of its layer, unless many."""
    rest = [*takewhile(lambda item: not item.apart, items[1:])]
    return rest if len(rest) <= TOGETHER else rest[:2]


def _height(column: Sequence[Item]) -> float:
    """Return the height of a column, whose first line needs no space above."""
    return sum(item.height for item in column) - (column[0].apart if column else 0.0)


def draw_legend(pen: Pen, legend: Legend, *, left: float, top: float) -> None:
    """Draw a legend.

    Parameters
    ----------
    pen
        The sheet.
    legend
        What.
    left, top
        Its upper left corner [mm].
    """
    for place, column in enumerate(legend.columns):
        x, y = left + place * (legend.width + GUTTER), top
        for row, item in enumerate(column):
            above = item.apart if row else 0.0
            _draw(pen, item, x, y - above)
            y -= item.height - item.apart + above


def _draw(pen: Pen, item: Item, x: float, y: float) -> None:
    points, row = (HEADING if item.drawn is None else POINTS) * item.size, ROW * item.size
    start = x if item.drawn is None else x + SWATCH + GAP
    step = height_of(points)
    lift = max(0.0, (row - step) / 2.0) if item.drawn is not None else 0.0
    for place, line in enumerate(item.lines):
        base = y - lift - step * place - ASCENT * points * MM_PER_POINT * 1.05
        pen.text(line, (start, base), points=points, color="#111111" if item.drawn is None else "#333333")
    if item.drawn is not None:
        _swatch(pen, item.drawn, item.kind, Box(left=x, bottom=y - row, width=SWATCH, height=row))


def _swatch(pen: Pen, drawn: Class, kind: str, box: Box) -> None:
    middle = (box.left + box.width / 2.0, box.bottom + box.height / 2.0)
    if kind == "line":
        for ink in drawn.inks:
            pen.line([(box.left, middle[1]), (box.right, middle[1])], ink)
    elif kind == "polygon" and not drawn.symbol:
        for ink in drawn.inks:
            bare = ink.line == ink.fill and ink.width < THIN_EDGE
            pen.box(box.grown(-0.15), dataclasses.replace(ink, line=EDGE) if bare else ink)
    else:
        _mark(pen, drawn, middle)


def _mark(pen: Pen, drawn: Class, middle: tuple[float, float]) -> None:
    radius = min(max(drawn.radius, LEAST_RADIUS), MOST_RADIUS if drawn.symbol != "hub" else 1.25)
    small = dataclasses.replace(drawn, radius=radius)
    symbol = drawn.symbol
    place = np.array([middle]) - ((0.0, 1.3 * radius) if symbol == "hub" else (0.0, 0.0))
    ink = dataclasses.replace(drawn.inks[0], line="#ffffff", cover=1.0, dash=(), width=WHITE)
    pen.marks(mark(symbol, radius), place, ink)
    if symbol == "hub":
        pen.marks(star_in_pin(radius), place, Ink(fill="#ffffff"))
    elif small.sign:
        letter(pen, small, *middle)
