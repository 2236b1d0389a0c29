"""Where things stand on a sheet: title, map, legend and notes, upright or across, and the scale that fits."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.printing import Orientation
from gisplan.maps.sheets.legend import Legend, legend_of
from gisplan.maps.sheets.lettering import height_of, wrapped
from gisplan.maps.sheets.nouns import MM_PER_METRE, PAPERS, Box, Extent, MapSheet, View
from gisplan.maps.sheets.said import said
from gisplan.maps.sheets.scales import least_scale, round_scale

MARGIN = 10.0
"""White around everything, which printers cannot reach [mm]."""

TITLE = 11.0
STRIP = 9.0
"""Heights of the title, and of the strip with the scale bar under the map [mm]."""

SIDE = 58.0
"""Width of the column beside a map across [mm]."""

SPACE = 4.0
NOTE_SIZES = (6.0, 5.5, 5.0)
"""Notes are set smaller before they are shortened [points]."""

ROOM = 1.04
"""The ground that a sheet must hold keeps a little space around it."""

LEGEND_SHARE = 0.34
"""A legend below a map takes at most this share of the sheet before it gets narrower columns."""

MAP_SHARE, NOTES_SHARE = 0.45, 0.25
"""The map keeps at least the one share of the height of the sheet, the notes take at most the other."""

BESIDE = 3.0
"""Marks in the map reach so far from their place [mm]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A sheet laid out [mm]: `strip` is the upper left corner of scale bar and north, `notes` that of the notes."""

    width: float
    height: float
    view: View
    legend: Legend
    legend_at: tuple[float, float]
    strip: Box
    notes: tuple[str, ...]
    note_points: float
    notes_at: tuple[float, float]


def laid_out(sheet: MapSheet) -> Layout:
    """Return the layout of a sheet in the orientation with the larger scale, upright where both are alike.

    Parameters
    ----------
    sheet
        What is printed.

    Raises
    ------
    ConfigurationError
        If the sheet is too small for the scale that is asked for.
    """
    ways: tuple[Orientation, ...] = (
        ("portrait", "landscape") if sheet.orientation == "auto" else (sheet.orientation,)
    )
    found = [_upright(sheet) if way == "portrait" else _across(sheet) for way in ways]
    best = min(found, key=lambda one: least_of(sheet, one.view.frame))
    if sheet.scale is not None and least_of(sheet, best.view.frame, room=1.0) > sheet.scale:
        raise ConfigurationError(_too_large(sheet, best))
    return best


def least_of(sheet: MapSheet, frame: Box, *, room: float = ROOM) -> float:
    """Return the denominator at which the ground of a sheet fills a frame, with some room around it."""
    return least_scale(sheet.extent, width=frame.width / room, height=frame.height / room)


def _too_large(sheet: MapSheet, best: Layout) -> Problem:
    fits = round_scale(least_of(sheet, best.view.frame))
    wanted = f"{sheet.scale:,.0f}"
    return Problem(
        code="print.scale",
        place=sheet.place or sheet.name,
        values={"title": sheet.title, "scale": wanted, "paper": sheet.paper, "fits": f"{fits:,.0f}",
                "value": f"{fits:.0f}"},
    )  # fmt: skip


def _upright(sheet: MapSheet) -> Layout:
    """Return the layout with legend and notes below the map."""
    width, height = PAPERS[sheet.paper]
    inner = width - 2 * MARGIN
    notes, points = _notes(sheet, inner, most=NOTES_SHARE * height)
    notes_top = MARGIN + height_of(points, lines=len(notes))
    room = height - MARGIN - TITLE - STRIP - 1.5 * SPACE - notes_top
    most = min(LEGEND_SHARE * height, room - MAP_SHARE * height)
    legend = legend_of(
        sheet.shown, width=inner, language=sheet.language,
        most=most, scale=_about(sheet, inner, height / 2.0), paper=sheet.paper,
        ground=_reach(sheet, inner, high=room, low=room - most),
    )  # fmt: skip
    legend_top = notes_top + SPACE + legend.height
    bottom = legend_top + SPACE / 2.0 + STRIP
    frame = Box(left=MARGIN, bottom=bottom, width=inner, height=height - MARGIN - TITLE - bottom)
    return Layout(
        width=width, height=height, view=_view(sheet, frame), legend=legend, legend_at=(MARGIN, legend_top),
        strip=Box(left=MARGIN, bottom=bottom - STRIP, width=inner, height=STRIP), notes=notes,
        note_points=points, notes_at=(MARGIN, notes_top),
    )  # fmt: skip


def _across(sheet: MapSheet) -> Layout:
    """Return the layout with legend and scale beside the map, and the notes below both."""
    height, width = PAPERS[sheet.paper]
    inner = width - 2 * MARGIN
    notes, points = _notes(sheet, inner, most=NOTES_SHARE * height)
    notes_top = MARGIN + height_of(points, lines=len(notes))
    bottom = notes_top + SPACE / 2.0 + STRIP
    high = height - MARGIN - TITLE - bottom
    frame = Box(left=MARGIN, bottom=bottom, width=inner - SIDE - SPACE, height=high)
    legend = legend_of(
        sheet.shown, width=SIDE, language=sheet.language, most=high,
        scale=_about(sheet, frame.width, high), paper=sheet.paper,
        ground=_reach(sheet, frame.width, high=high, low=high),
    )  # fmt: skip
    return Layout(
        width=width, height=height, view=_view(sheet, frame), legend=legend,
        legend_at=(frame.right + SPACE, frame.top),
        strip=Box(left=MARGIN, bottom=bottom - STRIP, width=frame.width, height=STRIP), notes=notes,
        note_points=points, notes_at=(MARGIN, notes_top),
    )  # fmt: skip


def _reach(sheet: MapSheet, width: float, *, high: float, low: float) -> Extent:
    """Return the ground that a frame between two heights may show, with what reaches in from beside it."""
    lowest = Box(left=0.0, bottom=0.0, width=width, height=low)
    scale = sheet.scale or round_scale(least_of(sheet, lowest))
    highest = View(frame=replace(lowest, height=high), west=0.0, south=0.0, scale=scale).extent
    (x, y), (dx, dy) = sheet.extent.centre, highest.centre
    found = Extent(west=x - dx, south=y - dy, east=x + dx, north=y + dy)
    return found.grown(BESIDE * scale / MM_PER_METRE)


def _about(sheet: MapSheet, width: float, height: float) -> float:
    """Return the scale of a sheet before its frame is known, near enough for the lines of a legend."""
    return sheet.scale or least_scale(sheet.extent, width=width, height=height)


def _notes(sheet: MapSheet, width: float, *, most: float) -> tuple[tuple[str, ...], float]:
    """Return the lines of the notes and their size [points]: smaller, then shortened, where they are too many."""
    for points in NOTE_SIZES:
        lines = tuple(line for note in sheet.notes for line in wrapped(note, points, width=width))
        if height_of(points, lines=len(lines)) <= most:
            return lines, points
    rest = wrapped(said("notes_cut").of(sheet.language), points, width=width)
    room = int(most / height_of(points)) - len(rest)
    return (*lines[:room], *rest), points


def _view(sheet: MapSheet, frame: Box) -> View:
    scale = sheet.scale or round_scale(least_of(sheet, frame))
    metre = scale / MM_PER_METRE
    x, y = sheet.extent.centre
    return View(
        frame=frame, west=x - frame.width * metre / 2.0, south=y - frame.height * metre / 2.0, scale=scale
    )
