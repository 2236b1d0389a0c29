"""What stands around a map: title, frame, scale bar, north, and the notes below."""

from __future__ import annotations

import math

from gisplan.core.crs import crs_text
from gisplan.core.words import Language
from gisplan.maps.printing import printable
from gisplan.maps.sheets.layout import MARGIN, Layout
from gisplan.maps.sheets.lettering import ASCENT, MM_PER_POINT, fitted, height_of, width_of
from gisplan.maps.sheets.nouns import Box, MapSheet, View
from gisplan.maps.sheets.pen import Ink, Pen
from gisplan.maps.sheets.said import said
from gisplan.maps.sheets.scales import scale_bar

TITLE_POINTS, SUBTITLE_POINTS, MARK_POINTS, SMALL, CRS_POINTS = 14.0, 7.5, 9.0, 6.5, 6.0
DARK, WARNING = "#1c2b30", "#b3261e"
MARK_WIDTH = 80.0
BAR = 1.4
"""Height of the scale bar [mm]."""


def draw_furniture(pen: Pen, sheet: MapSheet, layout: Layout) -> None:
    """Draw everything around the map of a sheet.

    Parameters
    ----------
    pen
        The sheet.
    sheet
        What is printed.
    layout
        Where.
    """
    _title(pen, sheet, layout)
    pen.box(layout.view.frame, Ink(line=DARK, width=0.35))
    _scale(pen, sheet, layout)
    if sheet.mark:
        _mark(pen, sheet.mark, layout.view.frame)
    draw_north(pen, layout.view.frame, language=sheet.language)
    (x, y), points = layout.notes_at, layout.note_points
    for place, line in enumerate(layout.notes):
        base = y - height_of(points) * place - ASCENT * points * MM_PER_POINT
        pen.text(line, (x, base), points=points, color="#4a5559")


def _mark(pen: Pen, text: str, frame: Box) -> None:
    """Draw a warning into the upper left corner of the map."""
    text, box = fitted(text, MARK_POINTS, width=MARK_WIDTH), mark_box(text, frame)
    pen.box(box, Ink(fill="#ffffff", line=WARNING, width=0.4))
    pen.text(text, (box.left + 2.0, box.bottom + 1.75), points=MARK_POINTS, color=WARNING)


def mark_box(text: str, frame: Box) -> Box:
    """Return where a warning stands in a frame."""
    wide = width_of(fitted(text, MARK_POINTS, width=MARK_WIDTH), MARK_POINTS) + 4.0
    return Box(left=frame.left + 2.0, bottom=frame.top - 8.0, width=wide, height=6.0)


def _title(pen: Pen, sheet: MapSheet, layout: Layout) -> None:
    """Write the title, and the subtitle right of it where there is room."""
    base, room = layout.view.frame.top + 4.2, layout.width - 2 * MARGIN
    title, points = printable(sheet.title), TITLE_POINTS
    while width_of(title, points) > room * 0.7 and points > LEAST_TITLE_POINTS:
        points -= 0.5
    title = fitted(title, points, width=room)
    pen.text(title, (MARGIN, base), points=points, color=DARK)
    left = room - width_of(title, points) - GAP
    if sheet.subtitle and left > room * 0.2:
        said = fitted(sheet.subtitle, SUBTITLE_POINTS, width=left)
        pen.text(said, (layout.width - MARGIN, base), points=SUBTITLE_POINTS, ha="right", color="#4a5559")


LEAST_TITLE_POINTS, GAP = 9.0, 6.0
"""The smallest title, and the space between title and subtitle [mm]."""


def _scale(pen: Pen, sheet: MapSheet, layout: Layout) -> None:
    """Draw the scale bar under the left of the map, the ratio beside it, and the CRS under its right."""
    bar, strip = scale_bar(layout.view.scale), layout.strip
    x, y = strip.left + 1.0, strip.top - 3.0
    part = bar.millimetres / bar.parts
    for place in range(bar.parts):
        ink = Ink(fill=DARK if place % 2 == 0 else "#ffffff", line=DARK, width=0.15)
        pen.box(Box(left=x + place * part, bottom=y - BAR, width=part, height=BAR), ink)
    for place in range(bar.parts + 1):
        figure = bar.metres * place / bar.parts / bar.metres_per_unit
        unit = f" {bar.unit}" if place == bar.parts else ""
        base = y - BAR - 1.0 - ASCENT * SMALL * MM_PER_POINT
        pen.text(f"{figure:g}{unit}", (x + place * part, base), points=SMALL, ha="center", color=DARK)
    ratio = said("ratio", scale=f"{layout.view.scale:,.0f}", paper=sheet.paper)
    pen.text(ratio.of(sheet.language), (x + bar.millimetres + 9.0, y - BAR), points=8.5, color=DARK)
    system = said("crs", crs=crs_text(sheet.crs).of(sheet.language)).of(sheet.language)
    system += north_said(layout.view, crs=sheet.crs, language=sheet.language)
    pen.text(system, (strip.right, y - BAR), points=CRS_POINTS, ha="right", color="#4a5559")


def draw_north(pen: Pen, frame: Box, *, language: Language) -> None:
    """Draw an arrow to the north of the grid into the upper right corner of a frame."""
    x, y = frame.right - 8.0, frame.top - 16.0
    white = Ink(fill="#ffffff", line="#ffffff", width=0.8, cover=0.85)
    half = [(x, y + 9.0), (x - 2.6, y), (x, y + 2.0), (x + 2.6, y)]
    pen.area(half, white)
    pen.area([half[0], half[1], half[2]], Ink(fill=DARK, line=DARK, width=0.2))
    pen.area([half[0], half[2], half[3]], Ink(fill="#ffffff", line=DARK, width=0.2))
    left = x - width_of("N", 8.0) / 2.0
    pen.halo("N", (left, y + 10.0), points=8.0)
    pen.text("N", (left, y + 10.0), points=8.0, color=DARK)
    north = said("north").of(language)
    left = x - width_of(north, 5.5) / 2.0
    pen.halo(north, (left, y - 2.6), points=5.5)
    pen.text(north, (left, y - 2.6), points=5.5, color=DARK)


def north_box(frame: Box) -> Box:
    """Return where the arrow to the north stands in a frame."""
    return Box(left=frame.right - 14.0, bottom=frame.top - 20.0, width=14.0, height=20.0)


def north_said(view: View, *, crs: int, language: Language) -> str:
    """Return where true north lies from the north of the grid in the middle of a map, "" where they are one.

    Parameters
    ----------
    view
        The map.
    crs
        EPSG code of its CRS.
    language
        The language of the text.
    """
    turn = true_north(view.extent.centre, crs=crs)
    if abs(turn) < SMALLEST_TURN:
        return ""
    key = "true_east" if turn > 0.0 else "true_west"
    return said(key, degrees=f"{abs(turn):.2f}").of(language)


SMALLEST_TURN = 0.005


def true_north(place: tuple[float, float], *, crs: int) -> float:
    """Return the bearing of true north from the north of the grid, east of it positive [degrees].

    Parameters
    ----------
    place
        A place in the CRS [m].
    crs
        EPSG code of the CRS.
    """
    from pyproj import Transformer

    back = Transformer.from_crs(crs, "EPSG:6668", always_xy=True)
    longitude, latitude = back.transform(*place)
    low, high = (back.transform(longitude, latitude + step, direction="INVERSE") for step in (-1e-3, 1e-3))
    return math.degrees(math.atan2(high[0] - low[0], high[1] - low[1]))
