"""Draws the layers of a sheet into its frame: areas, then lines, each class with its casing below, then marks."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import shapely

from gisplan.maps import style
from gisplan.maps.sheets.lettering import ASCENT, DESCENT, MM_PER_POINT, width_of
from gisplan.maps.sheets.looks import BEYOND, Class, classes_of
from gisplan.maps.sheets.nouns import Shown, View
from gisplan.maps.sheets.paths import on_sheet, path_of, points_of
from gisplan.maps.sheets.pen import Ink, Pen
from gisplan.maps.sheets.symbols import PIN_HEAD, mark, star_in_pin

FINE = 0.7
"""Letters in a mark, by the size of the mark."""


def draw_layers(pen: Pen, shown: Iterable[Shown], view: View) -> None:
    """Draw layers into the frame of a view.

    Parameters
    ----------
    pen
        The sheet.
    shown
        Layers in the order in which they are drawn.
    view
        How the ground lies on the paper.
    """
    inside = pen.within(view.frame)
    found = tuple(shown)
    if any(style.look_of(one.layer).symbol == "land" for one in found):
        inside.box(view.frame, Ink(fill=BEYOND))
    for one in found:
        draw_layer(inside, one, view)


def draw_layer(pen: Pen, shown: Shown, view: View) -> None:
    """Draw one layer with a pen that stays inside the frame.

    Parameters
    ----------
    pen
        The sheet.
    shown
        The layer.
    view
        How the ground lies on the paper.
    """
    shapes = on_sheet(shown.layer.table.geometry.to_numpy(), view)
    classes = [one for one in classes_of(shown) if len(one.rows)]
    if shown.layer.kind == "point":
        for one in classes:
            _marks(pen, one, shapes[one.rows], view)
        return
    below = classes[::-1]  # the first class of a legend counts most and lies on top
    paths = [path_of(shapes[one.rows], view) for one in below]
    for depth in range(max((len(one.inks) for one in below), default=0)):
        for one, path in zip(below, paths, strict=True):
            if path is not None and depth < len(one.inks):
                pen.path(path, one.inks[depth])
    for one in below:
        if one.symbol:
            _centres(pen, one, shapes[one.rows], view)


def _centres(pen: Pen, one: Class, shapes: np.ndarray, view: View) -> None:
    """Draw a mark in the middle of small areas, which could hardly be seen."""
    held = shapes[shapes != None]  # noqa: E711 (an array is compared by element)
    ink = Ink(fill=one.inks[0].fill, line="#ffffff", width=0.2)
    places, _ = points_of(shapely.point_on_surface(held), view)
    pen.marks(mark("site", one.radius), places, ink)


def _marks(pen: Pen, one: Class, shapes: np.ndarray, view: View) -> None:
    held = shapes[shapes != None]  # noqa: E711 (an array is compared by element)
    if not len(held):
        return
    places, _ = points_of(held, view)
    pen.marks(mark(one.symbol, one.radius), places, one.inks[0])
    if one.symbol == "hub":
        pen.marks(star_in_pin(one.radius), places, Ink(fill="#ffffff"))
    elif one.sign:
        for x, y in places:
            letter(pen, one, float(x), float(y))


def letter(pen: Pen, one: Class, x: float, y: float) -> None:
    """Write the letters of a mark into it, e.g. IC or the rank of a hub.

    Parameters
    ----------
    pen
        The sheet.
    one
        The class of the mark.
    x, y
        Its place [mm].
    """
    points = one.radius * (2.0 if one.symbol == "interchange" else 1.5) * FINE / MM_PER_POINT
    room = one.radius * (2.6 if one.symbol == "interchange" else 1.4)
    points = min(points, points * room / max(width_of(one.sign, points), 0.1))
    middle = (ASCENT - DESCENT) / 2.0 * points * MM_PER_POINT
    pen.text(one.sign, (x, y - middle), points=points, ha="center", color="#ffffff")


def reach_of(one: Class) -> tuple[float, float, float]:
    """Return how far a mark reaches beside, above and below its place [mm]."""
    if one.symbol == "hub":
        return one.radius, (PIN_HEAD + 1.0) * one.radius, 0.0
    wide = 1.5 if one.symbol == "interchange" else 1.25
    return wide * one.radius, 1.25 * one.radius, 1.25 * one.radius
