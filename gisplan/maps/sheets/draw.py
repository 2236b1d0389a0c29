"""Draws the layers of a sheet into its frame: areas, then lines, each class with its casing below, then marks."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np
import shapely

from gisplan.maps import style
from gisplan.maps.sheets.lettering import ASCENT, DESCENT, MM_PER_POINT, width_of
from gisplan.maps.sheets.looks import BEYOND, Class, classes_of
from gisplan.maps.sheets.nouns import Backdrop, Shown, View
from gisplan.maps.sheets.paths import on_sheet, path_of, points_of
from gisplan.maps.sheets.pen import Ink, Pen
from gisplan.maps.sheets.symbols import PIN_HEAD, mark, star_in_pin

FINE = 0.7
"""Letters in a mark, by the size of the mark."""


def draw_layers(pen: Pen, shown: Iterable[Shown], view: View, *, backdrop: Backdrop | None = None) -> None:
    """Draw layers into the frame of a view.

    Parameters
    ----------
    pen
        The sheet.
    shown
        Layers in the order in which they are drawn.
    view
        How the ground lies on the paper.
    backdrop
        A picture under the layers; the land is not painted over it.
    """
    inside = pen.within(view.frame)
    found = tuple(shown)
    if backdrop is not None:
        _picture(inside, backdrop, view)
        found = tuple(dataclasses.replace(one, fill=0.0 if _land(one) else one.fill) for one in found)
    elif any(map(_land, found)):
        inside.box(view.frame, Ink(fill=BEYOND))
    for one in found:
        draw_layer(inside, one, view)


def _land(one: Shown) -> bool:
    return style.look_of(one.layer).symbol == "land"


def _picture(pen: Pen, backdrop: Backdrop, view: View) -> None:
    """Draw the picture under the layers, as fine as print shows it and paler where it is to be."""
    size = tuple(round(side * PIXELS_PER_MM) for side in (view.frame.width, view.frame.height))
    pixels = backdrop.read(view.extent, (size[0], size[1])).astype("float64")
    share = pixels[..., 3:] / 255.0 * backdrop.opacity
    plain = np.rint(pixels[..., :3] * share + 255.0 * (1.0 - share)).astype("uint8")
    pen.picture(plain, view.frame)


PIXELS_PER_MM = 8.0
"""About 200 dots per inch: a picture needs no more on paper."""


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
    classes = [one for one in classes_of(shown, scale=view.scale) if len(one.rows)]
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
    pen.text(one.sign, (x, y - middle), points=points, ha="center", color=on(one.inks[0].fill))


def on(colour: str) -> str:
    """Return the colour of letters on a colour: white, or black where white could hardly be read.

    References
    ----------
    WCAG 2.2, relative luminance.
    """
    parts = [part / 255.0 for part in style.rgb(colour)]
    light = [part / 12.92 if part <= LINEAR else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return "#ffffff" if 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] < LIGHT else "#1c2b30"


LINEAR, LIGHT = 0.03928, 0.3
"""Below the first a part of a colour is linear; above the second black letters are read better than white ones."""


def reach_of(one: Class) -> tuple[float, float, float]:
    """Return how far a mark reaches beside, above and below its place [mm]."""
    if one.symbol == "hub":
        return one.radius, (PIN_HEAD + 1.0) * one.radius, 0.0
    if one.symbol == "site":
        return 1.2 * one.radius, 1.2 * one.radius, 1.2 * one.radius
    wide = 1.5 if one.symbol == "interchange" else 1.25
    return wide * one.radius, 1.25 * one.radius, 1.25 * one.radius
