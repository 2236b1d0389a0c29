"""Names on a map: the more important first, each where it covers no other name or mark, with white around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import shapely

from gisplan.core.words import Language
from gisplan.maps import style
from gisplan.maps.printing import printable
from gisplan.maps.sheets.draw import reach_of
from gisplan.maps.sheets.lettering import ASCENT, DESCENT, MM_PER_POINT, width_of
from gisplan.maps.sheets.looks import classes_of
from gisplan.maps.sheets.nouns import Box, Shown, View
from gisplan.maps.sheets.paths import on_sheet, points_of
from gisplan.maps.sheets.pen import Ink, Pen

AREA_POINTS, POINT_POINTS, SMALL_POINTS, NUMBER_POINTS = 8.0, 6.8, 5.8, 5.0
LONGEST = 28
"""Signs of a name on a map; longer ones are cut."""

FARTHER = (0.0, 3.5, 7.0, 11.0)
"""How much farther from its mark a name may stand where there is no room beside it [mm]; a thin line leads there."""

LEADER = Ink(line="#5b666b", width=0.12)
SIDES = (
    (1.0, 0.35),
    (-1.0, 0.35),
    (0.0, 1.0),
    (0.0, -1.0),
    (1.0, 1.0),
    (-1.0, 1.0),
    (1.0, -1.0),
    (-1.0, -1.0),
)
"""Where a name stands from its mark, the best first: right, left, above, below, and the corners."""

CLEAR = 0.5
"""Between a mark and its name, and between two names [mm]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A name that is to be written: where what it names stands, how far its mark reaches, size and colour [mm].

    `reach` is beside, above and below its place; an area has no mark and its name stands in its middle.
    """

    text: str
    x: float
    y: float
    points: float
    colour: str
    reach: tuple[float, float, float]
    area: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A name with the box where it stands, and the end of the line that leads to it, None where none does."""

    name: Name
    box: Box
    leader: tuple[float, float] | None = None


def names_of(
    shown: Iterable[Shown], view: View, *, language: Language
) -> tuple[tuple[Name, ...], tuple[Box, ...]]:
    """Return the names of a map, the more important first, and the boxes of its larger marks.

    Parameters
    ----------
    shown
        Layers in the order in which they are drawn; the last is the most important.
    view
        How the ground lies on the paper.
    language
        The language of the names.
    """
    names: list[Name] = []
    marks: list[Box] = []
    taken: list[shapely.Geometry] = []
    for one in reversed(tuple(shown)):
        site = style.look_of(one.layer).symbol == "site"
        if one.layer.kind == "point" or site:
            found, boxes = _points(one, view, language)
            names += found
            marks += boxes
        elif one.labelled and one.layer.kind == "polygon":
            names += _areas(one, view, language, taken)
    return tuple(names), tuple(marks)


def _points(shown: Shown, view: View, language: Language) -> tuple[list[Name], list[Box]]:
    names: list[Name] = []
    marks: list[Box] = []
    shapes = shapely.point_on_surface(shown.layer.table.geometry.to_numpy())
    large = style.look_of(shown.layer).symbol in {"hub", "interchange", "chosen"}
    if not (shown.labelled or large):
        return names, marks
    for one in classes_of(shown, scale=view.scale):
        reach = reach_of(one)
        places, of = points_of(shapes[one.rows], view)
        for (x, y), row in zip(places, one.rows[of], strict=True):
            marks.append(
                Box(left=x - reach[0], bottom=y - reach[2], width=2 * reach[0], height=reach[1] + reach[2])
            )
            text = _name(shown, int(row), language) if shown.labelled else ""
            if text:
                names.append(
                    Name(
                        text=text,
                        x=float(x),
                        y=float(y),
                        points=POINT_POINTS if large else SMALL_POINTS,
                        colour="#1c2b30",
                        reach=reach,
                    )
                )
    return names, marks


def _areas(shown: Shown, view: View, language: Language, taken: list[shapely.Geometry]) -> list[Name]:
    """Return the names of areas, each in the widest part of it that no area above takes; figures in the middle."""
    shapes: list[shapely.Geometry | None] = [*on_sheet(shown.layer.table.geometry.to_numpy(), view)]
    frame, figures = view.extent, shown.named_by != NAMED_BY
    box = shapely.box(frame.west, frame.south, frame.east, frame.north)
    names, above = [], shapely.union_all(taken)
    for row in sorted(range(len(shapes)), key=lambda row: -_size(shapes[row])):
        shape, text = shapes[row], _name(shown, row, language)
        if shape is None or not text:
            continue
        part = _widest(shapely.intersection(shapely.make_valid(shape), box), None if figures else above)
        if part is None:
            continue
        if not figures:
            taken.append(part)
        middle = shapely.centroid(part) if figures else _middle(part)
        x, y = view.on_paper(shapely.get_coordinates(middle))[0]
        points = NUMBER_POINTS if figures else AREA_POINTS
        colour = style.darker(shown.layer.style.colour)
        names.append(
            Name(text=text, x=float(x), y=float(y), points=points, colour=colour, reach=NO_MARK, area=True)
        )
    return names


NO_MARK = (0.0, 0.0, 0.0)
NAMED_BY = "name"


def _widest(shape: shapely.Geometry, above: shapely.Geometry | None) -> shapely.Polygon | None:
    """Return the largest part of an area outside those above it, or of all of it where hardly any is left."""
    free = shape if above is None else shapely.difference(shape, above)
    held = free if _size(free) >= LEFT * _size(shape) else shape
    parts = [part for part in shapely.get_parts(held) if isinstance(part, shapely.Polygon)]
    return max(parts, key=_size, default=None)


LEFT = 0.12
"""A name goes into what is left of an area beside those above it, if that is at least this share."""


def _middle(part: shapely.Polygon) -> shapely.Geometry:
    """Return the centre of an area where there is room around it, else that of the largest circle in it."""
    centre = shapely.centroid(part)
    circle = shapely.maximum_inscribed_circle(part)
    edge = shapely.boundary(part)
    near = shapely.contains(part, centre) and shapely.distance(centre, edge) > 0.5 * shapely.length(circle)
    return centre if near else shapely.get_point(circle, 0)


def _size(shape: shapely.Geometry | None) -> float:
    return 0.0 if shape is None else float(shapely.area(shape))


def _name(shown: Shown, row: int, language: Language) -> str:
    """Return the name of a feature as it is called, "" where it has none."""
    column, table = shown.named_by, shown.layer.table
    value = style.key(table[column].iloc[row]) if column in table else ""
    said = printable(style.title_of(shown.layer, column, value).of(language)).strip() if value else ""
    return said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"


def placed(names: Iterable[Name], marks: Sequence[Box], frame: Box) -> tuple[Placed, ...]:
    """Return the names that have room in a frame, each where it covers neither another one nor a mark.

    Parameters
    ----------
    names
        Names, the more important first.
    marks
        Boxes that no name may cover.
    frame
        The frame of the map.
    """
    taken = [*marks]
    found = []
    for name in names:
        place = next((one for one in _places(name) if _free(one.box, taken, frame)), None)
        if place is not None:
            taken.append(place.box.grown(CLEAR / 2.0))
            found.append(place)
    return tuple(found)


def _free(box: Box, taken: Iterable[Box], frame: Box) -> bool:
    return frame.holds(box) and not any(box.meets(other) for other in taken)


def _places(name: Name) -> Iterator[Placed]:
    """Yield where a name may stand, the best place first."""
    size = name.points * MM_PER_POINT
    width, height = width_of(name.text, name.points), (ASCENT + DESCENT) * size
    if name.area:
        for lift in (0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0):
            bottom = name.y + lift * height * 1.2 - height / 2.0
            yield Placed(
                name=name, box=Box(left=name.x - width / 2.0, bottom=bottom, width=width, height=height)
            )
        return
    beside, above, below = name.reach
    for far in FARTHER:
        for right, up in SIDES:
            clear = CLEAR + far
            left = name.x - width / 2.0 + right * (width / 2.0 + beside + clear)
            middle = (
                name.y
                + (above - below) / 2.0
                + up * ((above + below) / 2.0 + height / 2.0 + clear if abs(up) == 1.0 else far)
            )
            box = Box(left=left, bottom=middle - height / 2.0, width=width, height=height)
            yield Placed(name=name, box=box, leader=_end(box, name) if far else None)


def _end(box: Box, name: Name) -> tuple[float, float]:
    """Return the place of a box that is nearest to what it names."""
    return min(max(name.x, box.left), box.right), min(max(name.y, box.bottom), box.top)


def draw_labels(pen: Pen, found: Iterable[Placed]) -> None:
    """Write names: first all lines that lead to them and all their white, so that no white covers a name.

    Parameters
    ----------
    pen
        The sheet.
    found
        The names with their places.
    """
    names = tuple(found)
    for one in names:
        if one.leader is not None:
            pen.line([(one.name.x, one.name.y), one.leader], LEADER)
    for one in names:
        pen.halo(one.name.text, _start(one), points=one.name.points)
    for one in names:
        pen.text(one.name.text, _start(one), points=one.name.points, color=one.name.colour)


def _start(one: Placed) -> tuple[float, float]:
    return one.box.left, one.box.bottom + DESCENT * one.name.points * MM_PER_POINT
