"""What lies over the layers: the small map in a corner, arrows to what lies beyond, the plots of other sheets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import shapely

from gisplan.maps.printing import printable
from gisplan.maps.sheets.draw import draw_layers
from gisplan.maps.sheets.lettering import ASCENT, DESCENT, MM_PER_POINT, fitted, width_of
from gisplan.maps.sheets.nouns import MM_PER_METRE, Box, Inset, Plot, Pointer, Shown, View
from gisplan.maps.sheets.pen import Ink, Pen
from gisplan.maps.sheets.scales import least_scale

SIDE, AWAY = 40.0, 2.0
"""The longer side of a small map, and how far it stands from the frame [mm]."""

DARK, HERE = "#1c2b30", "#d32f2f"
POINTER_POINTS, PLOT_POINTS = 6.8, 9.0
ARROW = 1.6
ROOM = 1.06


def inset_box(inset: Inset, frame: Box, shown: Iterable[Shown], view: View, *, taken: Sequence[Box]) -> Box:
    """Return where a small map stands: in the corner of the frame where it covers least land.

    Parameters
    ----------
    inset
        The small map.
    frame
        The frame of the large one.
    shown, view
        What the large one shows, and how.
    taken
        Boxes that stand in the frame already.
    """
    ground = inset.extent
    longer = max(ground.width, ground.height)
    width, height = (max(0.5, side / longer) * SIDE for side in (ground.width, ground.height))
    right, top = frame.right - AWAY - width, frame.top - AWAY - height
    left, bottom = frame.left + AWAY, frame.bottom + AWAY
    corners = ((right, bottom), (left, bottom), (left, top), (right, top))
    boxes = [Box(left=x, bottom=y, width=width, height=height) for x, y in corners]
    free = [box for box in boxes if not any(box.meets(other) for other in taken)] or boxes[:1]
    land = [
        one.layer.table.geometry.to_numpy() for one in shown if not one.quiet and one.layer.kind != "line"
    ]
    shapes = [shape for shapes in land for shape in shapes]

    def covered(box: Box) -> float:
        metre = view.scale / MM_PER_METRE
        west, south = (
            view.west + (box.left - frame.left) * metre,
            view.south + (box.bottom - frame.bottom) * metre,
        )
        area = shapely.box(west, south, west + box.width * metre, south + box.height * metre)
        return float(shapely.intersects(area, shapes).sum())

    return min(free, key=covered)


def draw_inset(pen: Pen, inset: Inset, box: Box, view: View) -> None:
    """Draw the small map with the frame of the large one in it.

    Parameters
    ----------
    pen
        The sheet.
    inset
        What it shows.
    box
        Where it stands.
    view
        The large map.
    """
    pen.box(box.grown(0.6), Ink(fill="#ffffff", line="#ffffff", width=0.2))
    scale = least_scale(inset.extent, width=box.width, height=box.height) * ROOM
    metre = scale / MM_PER_METRE
    x, y = inset.extent.centre
    small = View(frame=box, west=x - box.width * metre / 2.0, south=y - box.height * metre / 2.0, scale=scale)
    draw_layers(pen, inset.shown, small)
    ground = view.extent
    (left, bottom), (right, top) = small.on_paper(
        shapely.get_coordinates(
            shapely.MultiPoint([(ground.west, ground.south), (ground.east, ground.north)])
        )
    )
    here = Box(left=left, bottom=bottom, width=right - left, height=top - bottom)
    pen.within(box).box(here, Ink(fill=HERE, cover=0.15, line=HERE, width=0.5))
    pen.box(box, Ink(line=DARK, width=0.25))


def pointer_boxes(
    pointers: Iterable[Pointer], view: View, *, taken: Sequence[Box]
) -> tuple[tuple[Pointer, Box, tuple[float, float]], ...]:
    """Return the pointers with the boxes of their texts at the edge of the frame, and the tips of their arrows.

    Parameters
    ----------
    pointers
        What lies beyond the frame; what lies inside is left out.
    view
        The map.
    taken
        Boxes that no text may cover; it moves along the edge.
    """
    held = [*taken]
    frame, ground, found = view.frame, view.extent, []
    middle = (frame.left + frame.width / 2.0, frame.bottom + frame.height / 2.0)
    for one in pointers:
        if one.extent.meets(ground):
            continue
        ((x, y),) = view.on_paper(shapely.get_coordinates(shapely.Point(one.extent.centre)))
        across, along = x - middle[0], y - middle[1]
        half = (frame.width / 2.0 - 1.0, frame.height / 2.0 - 1.0)
        share = min(
            half[0] / abs(across) if across else float("inf"), half[1] / abs(along) if along else float("inf")
        )
        tip = (middle[0] + across * share, middle[1] + along * share)
        box = _pointer_box(one, tip, frame, held)
        held.append(box)
        found.append((one, box, tip))
    return tuple(found)


def _pointer_box(one: Pointer, tip: tuple[float, float], frame: Box, held: Sequence[Box]) -> Box:
    size = POINTER_POINTS * MM_PER_POINT
    width, height = width_of(_said(one), POINTER_POINTS), (ASCENT + DESCENT) * size
    inner = frame.grown(-2.0 * ARROW)

    def at(lower: float) -> Box:
        left = min(max(tip[0] - width / 2.0, inner.left), inner.right - width)
        bottom = min(max(tip[1] - height / 2.0 - lower, inner.bottom), inner.top - height)
        return Box(left=left, bottom=bottom, width=width, height=height)

    steps = (at(side * step * height) for step in range(MOST_STEPS) for side in (1.0, -1.0))
    return next((box for box in steps if not any(box.meets(other) for other in held)), at(0.0))


MOST_STEPS, MOST_WIDTH = 20, 45.0


def _said(one: Pointer) -> str:
    return fitted(one.text, POINTER_POINTS, width=MOST_WIDTH)


def draw_pointers(pen: Pen, pointers: Iterable[tuple[Pointer, Box, tuple[float, float]]], frame: Box) -> None:
    """Draw an arrow at the edge of the frame to each pointer, and its text beside it."""
    for one, box, (x, y) in pointers:
        text, base = _said(one), box.bottom + DESCENT * POINTER_POINTS * MM_PER_POINT
        dx = (x - frame.left) / frame.width - 0.5
        dy = (y - frame.bottom) / frame.height - 0.5
        side = (1.0 if dx > 0.0 else -1.0, 0.0) if abs(dx) >= abs(dy) else (0.0, 1.0 if dy > 0.0 else -1.0)
        across = (side[1], side[0])
        root = (x - side[0] * ARROW, y - side[1] * ARROW)
        corners = [
            (x, y),
            (root[0] + across[0] * ARROW * 0.7, root[1] + across[1] * ARROW * 0.7),
            (root[0] - across[0] * ARROW * 0.7, root[1] - across[1] * ARROW * 0.7),
        ]
        pen.area(corners, Ink(fill=DARK, line="#ffffff", width=0.2))
        pen.halo(text, (box.left, base), points=POINTER_POINTS)
        pen.text(text, (box.left, base), points=POINTER_POINTS, color=DARK)


def draw_plots(pen: Pen, plots: Iterable[Plot], view: View) -> None:
    """Draw the grounds of other sheets with their texts."""
    inside, found = pen.within(view.frame), tuple(plots)
    for one in found:
        ground = one.extent
        corners = shapely.get_coordinates(shapely.box(ground.west, ground.south, ground.east, ground.north))
        inside.area([tuple(corner) for corner in view.on_paper(corners)[:4]], Ink(line=HERE, width=0.35))
    for one in found:
        ground = one.extent
        ((x, y),) = view.on_paper(shapely.get_coordinates(shapely.Point(ground.west, ground.north)))
        wide = width_of(printable(one.text), PLOT_POINTS) + 1.6
        box = Box(left=float(x), bottom=float(y) - 4.2, width=wide, height=4.2)
        inside.box(box, Ink(fill=HERE))
        pen.text(one.text, (box.left + 0.8, box.bottom + 1.15), points=PLOT_POINTS, color="#ffffff")
