"""The legend of a sheet: swatches as the map draws them, titles that wrap, in columns of equal height."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from gisplan.core.words import Language
from gisplan.maps import style
from gisplan.maps.sheets.draw import letter
from gisplan.maps.sheets.lettering import ASCENT, MM_PER_POINT, height_of, wrapped
from gisplan.maps.sheets.looks import Class, classes_of
from gisplan.maps.sheets.nouns import Box, Shown
from gisplan.maps.sheets.pen import Ink, Pen
from gisplan.maps.sheets.symbols import mark, star_in_pin

POINTS, HEADING = 6.8, 7.2
SWATCH, GAP = 7.0, 2.0
BETWEEN, APART = 0.7, 1.8
"""Between two lines of a legend, and between two layers [mm]."""

GUTTER = 4.0
TOGETHER = 9
"""So many classes of a layer stand in one column."""

MOST_RADIUS = 1.7
"""Marks are no larger in a legend [mm]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A line of the legend: what is drawn, None for a heading, what it is called, and its height [mm]."""

    lines: tuple[str, ...]
    height: float
    kind: str = ""
    drawn: Class | None = None
    first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Legend:
    """A legend laid out in columns of one width [mm]; `height` is that of the highest."""

    columns: tuple[tuple[Item, ...], ...]
    width: float
    height: float


def legend_of(
    shown: Iterable[Shown], *, width: float, columns: int, language: Language, most: float, scale: float
) -> Legend:
    """Return the legend of some layers, the last drawn first.

    Parameters
    ----------
    shown
        Layers in the order in which they are drawn.
    width
        What it may take [mm].
    columns
        So many columns at least; more are taken where they would be higher than `most`.
    language
        Its language.
    most
        How high it may be [mm].
    scale
        The denominator of the scale.
    """
    listed = [one for one in reversed(tuple(shown)) if one.listed and style.look_of(one.layer).listed]
    found = [
        _laid_out(listed, width=width, columns=more, language=language, scale=scale)
        for more in (columns, columns + 1)
    ]
    return next((one for one in found if one.height <= most), found[-1])


def _laid_out(
    listed: Sequence[Shown], *, width: float, columns: int, language: Language, scale: float
) -> Legend:
    wide = (width - GUTTER * (columns - 1)) / columns
    items = [item for one in listed for item in _items(one, width=wide, language=language, scale=scale)]
    total = sum(item.height for item in items)
    height = total / columns
    while len(found := _flowed(items, height)) > columns:
        height += 1.0
    return Legend(columns=found, width=wide, height=max((_height(column) for column in found), default=0.0))


def _items(shown: Shown, *, width: float, language: Language, scale: float) -> Iterable[Item]:
    classes = [one for one in classes_of(shown, scale=scale) if len(one.rows)]
    kind, title = shown.layer.kind, shown.layer.title.of(language)
    if len(classes) > 1 or classes[0].title != shown.layer.title:
        lines = wrapped(title, HEADING, width=width)
        yield Item(lines=lines, height=height_of(HEADING, lines=len(lines)) + APART, first=True)
        for one in classes:
            yield _item(one, kind, one.title.of(language), width, 0.0)
    else:
        yield _item(classes[0], kind, title, width, APART)


def _item(drawn: Class, kind: str, title: str, width: float, apart: float) -> Item:
    lines = wrapped(title, POINTS, width=width - SWATCH - GAP)
    height = max(3.2, height_of(POINTS, lines=len(lines))) + BETWEEN + apart
    return Item(lines=lines, height=height, kind=kind, drawn=drawn, first=apart > 0.0)


def _flowed(items: Sequence[Item], height: float) -> tuple[tuple[Item, ...], ...]:
    """Return items in columns of about a height; the classes of a layer are parted only where they are many."""
    columns: list[tuple[Item, ...]] = []
    column: list[Item] = []
    for place, item in enumerate(items):
        needed = (item, *_kept_with(items[place:])) if item.first else (item,)
        if column and _height((*column, *needed)) > height:
            columns.append(tuple(column))
            column = []
        column.append(item)
    return (*columns, tuple(column)) if column else tuple(columns)


def _kept_with(items: Sequence[Item]) -> Sequence[Item]:
    """Return what must stand in one column with the first of some items: all classes of its layer, unless many."""
    rest = [*takewhile(lambda item: not item.first, items[1:])]
    return rest if len(rest) <= TOGETHER else rest[:2]


def _height(column: Sequence[Item]) -> float:
    """Return the height of a column, whose first line needs no space above."""
    return sum(item.height for item in column) - (APART if column and column[0].first else 0.0)


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
            _draw(pen, item, x, y - (APART if item.first and row else 0.0))
            y -= item.height - (APART if item.first and not row else 0.0)


def _draw(pen: Pen, item: Item, x: float, y: float) -> None:
    points = HEADING if item.drawn is None else POINTS
    start = x if item.drawn is None else x + SWATCH + GAP
    step = height_of(points)
    lift = max(0.0, (3.2 - step * len(item.lines)) / 2.0) if item.drawn is not None else 0.0
    for place, line in enumerate(item.lines):
        base = y - lift - step * place - ASCENT * points * MM_PER_POINT * 1.05
        pen.text(line, (start, base), points=points, color="#111111" if item.drawn is None else "#333333")
    if item.drawn is not None:
        _swatch(pen, item.drawn, item.kind, Box(left=x, bottom=y - 3.2, width=SWATCH, height=3.2))


def _swatch(pen: Pen, drawn: Class, kind: str, box: Box) -> None:
    middle = (box.left + box.width / 2.0, box.bottom + box.height / 2.0)
    if kind == "line":
        for ink in drawn.inks:
            pen.line([(box.left, middle[1]), (box.right, middle[1])], ink)
    elif kind == "polygon" and not drawn.symbol:
        for ink in drawn.inks:
            pen.box(box.grown(-0.15), ink)
    else:
        _mark(pen, drawn, middle)


def _mark(pen: Pen, drawn: Class, middle: tuple[float, float]) -> None:
    import dataclasses

    import numpy as np

    radius = min(drawn.radius, MOST_RADIUS if drawn.symbol != "hub" else 1.25)
    small = dataclasses.replace(drawn, radius=radius)
    symbol = drawn.symbol
    place = np.array([middle]) - ((0.0, 1.3 * radius) if symbol == "hub" else (0.0, 0.0))
    ink = dataclasses.replace(drawn.inks[0], line="#ffffff", cover=1.0)
    pen.marks(mark(symbol, radius), place, Ink(fill=ink.fill, line="#ffffff", width=ink.width))
    if symbol == "hub":
        pen.marks(star_in_pin(radius), place, Ink(fill="#ffffff"))
    elif small.sign:
        letter(pen, small, *middle)
