"""KML: the placemarks of all its folders, with what is written at them; links, pictures and styles are left."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.sources.drawing import Positions, UnreadableShapeError, closed_ring, joined
from gisplan.sources.markup import Element, elements, encoding_of, local, text_of
from gisplan.sources.raw import File, Raw, Refused, Wanted

WGS84 = 4326
GEOMETRY, HEIGHT = "geometry", "z"
CONTAINERS = frozenset({"kml", "Document", "Folder"})
SHAPES = frozenset({"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry"})
IGNORED = frozenset(
    {"Track", "MultiTrack", "Model", "GroundOverlay", "ScreenOverlay", "PhotoOverlay", "Tour"}
)
OWN = ("name", "description", "address", "phoneNumber")
TIMES = ("when", "begin", "end")
BLOCKED = frozenset({"Style", "StyleMap"})
NUMBERS = re.compile(r"[\d\s,.eE+-]*", re.ASCII)
SPATIAL = 3
SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placemark:
    """One placemark: what is written at it, its geometry, the height of its point, or why it is not read."""

    number: int
    columns: dict[str, str]
    geometry: BaseGeometry | None = None
    height: float | None = None
    raised: bool = False
    closed: bool = False
    refused: Refused | None = None
    doubled: tuple[str, ...] = ()


class _Folder:
    """A folder whose name is known once it has been read."""

    def __init__(self, above: _Folder | None) -> None:
        self.above = above
        self.name = ""

    @property
    def path(self) -> str:
        """The names from the outermost folder to this one."""
        parts = [*([self.above.path] if self.above else []), self.name]
        return "/".join(part for part in parts if part)


def read_kml(file: File, wanted: Wanted) -> Raw:
    """Read the placemarks of a file.

    Parameters
    ----------
    file
        A file of driver kml.
    wanted
        What is asked of it: the folder, by its name or path, where only one of them is meant, and the codec.

    Raises
    ------
    InputError
        If the file is damaged or dangerous, or has no folder of this name.
    """
    encoding = encoding_of(file, wanted.encoding)
    walk = _Walk()
    found = walk.read(elements(file, encoding))
    if wanted.table:
        found = _of_folder(found, wanted.table, file)
    kept = [mark for mark in found if mark.refused is None]
    geometry = np.empty(len(kept), dtype=object)
    geometry[:] = [mark.geometry for mark in kept]
    table, reserved = _table(kept)
    return Raw(
        file=file,
        table=table,
        geometry=geometry,
        rows=np.array([mark.number for mark in kept], dtype="int64"),
        mended=np.array([mark.closed for mark in kept], dtype=bool),
        refused=tuple(mark.refused for mark in found if mark.refused is not None),
        crs=WGS84,
        encoding=encoding.name,
        encoding_how=encoding.how,
        doubts=tuple(_doubts(kept, walk, reserved)),
    )


class _Walk:
    """Goes through a file once; what it meets beside placemarks is counted."""

    def __init__(self) -> None:
        self.links = 0
        self.ignored: Counter[str] = Counter()

    def read(self, walk: Iterator[tuple[bool, Element, int]]) -> list[_Placemark]:
        """Return the placemarks, each with the path of its folder."""
        folders: list[_Folder] = []
        waiting: list[tuple[_Folder, _Placemark]] = []
        inside = gone = None
        for begins, element, _ in walk:
            name = local(element)
            if inside is not None:
                if not begins and element is inside:
                    inside = None
                    waiting.append((folders[-1], placemark_of(element, number=len(waiting) + 1)))
                    self._count(element)
                    if gone is not None and gone.getparent() is not None:
                        gone.getparent().remove(gone)
                    gone = element
                continue
            if name in CONTAINERS:
                if begins:
                    folders.append(_Folder(folders[-1] if folders else None))
                elif len(folders) > 1:
                    folders.pop()
            elif begins and name == "Placemark" and folders:
                inside = element
            elif not begins:
                self._beside(element, name, folders)
        return [_with_folder(mark, folder.path) for folder, mark in waiting]

    def _beside(self, element: Element, name: str, folders: Sequence[_Folder]) -> None:
        above = element.getparent()
        of_folder = above is not None and local(above) in CONTAINERS
        if name == "name" and of_folder and local(above) != "kml":
            outermost = local(above) == "Document" and len(folders) <= 2  # noqa: PLR2004 (kml, Document)
            # The outermost name is mostly that of the file.
            folders[-1].name = "" if outermost else text_of(element)
        elif name == "NetworkLink":
            self.links += 1
        elif name in IGNORED:
            self.ignored[name] += 1

    def _count(self, placemark: Element) -> None:
        self.ignored.update(local(inner) for inner in placemark.iter() if local(inner) in IGNORED)


def _with_folder(mark: _Placemark, path: str) -> _Placemark:
    return replace(mark, columns={"folder": path, **mark.columns}) if path else mark


def placemark_of(element: Element, *, number: int) -> _Placemark:
    """Return what one placemark holds; `number` is its place in the file."""
    pairs = list(_values(element))
    values = dict(pairs)
    names = [name for name, _ in pairs]
    doubled = tuple(sorted({name for name in names if names.count(name) > 1}))
    shapes = [child for child in element if local(child) in SHAPES]
    pen = _Pen()
    try:
        parts = [part for shape in shapes for part in pen.parts(shape)]
        geometry = joined(parts)
    except (UnreadableShapeError, shapely.errors.GEOSException) as error:
        said = (str(error).splitlines() or ["—"])[0][:60]
        refused = Refused(row=number, column=GEOMETRY, value=said, code="geom.unread")
        return _Placemark(number=number, columns=values, refused=refused, doubled=doubled)
    one = geometry is not None and geometry.geom_type == "Point"
    return _Placemark(
        number=number,
        columns=values,
        geometry=geometry,
        height=pen.height if one and pen.raised else None,
        raised=pen.raised,
        closed=pen.closed,
        doubled=doubled,
    )


def _values(element: Element) -> Iterator[tuple[str, str]]:
    """Yield the columns of a placemark; what was added to it goes after its own name and description."""
    own = {local(child): text_of(child) for child in element if local(child) in OWN}
    times = {
        local(inner): text_of(inner)
        for child in element
        if local(child) in {"TimeStamp", "TimeSpan"}
        for inner in child
        if local(inner) in TIMES
    }
    if key := element.get("id"):
        yield "kml_id", key
    yield from own.items()
    yield from times.items()
    taken = {"kml_id", "folder", *own, *times}
    for inner in element.iter():
        if local(inner) == "Data":
            text = next((text_of(part) for part in inner if local(part) == "value"), "")
        elif local(inner) == "SimpleData":
            text = text_of(inner)
        else:
            continue
        name = inner.get("name", "") or local(inner)
        yield f"data.{name}" if name in taken else name, text


class _Pen:
    """Draws the geometries of one placemark and notes their heights."""

    def __init__(self) -> None:
        self.height: float | None = None
        self.raised = self.closed = False

    def parts(self, element: Element) -> Iterator[BaseGeometry]:
        """Yield the points, lines and polygons of a geometry.

        Raises
        ------
        UnreadableShapeError
            If it is has too few positions, or a text that cannot be read.
        """
        name = local(element)
        if name == "MultiGeometry":
            for child in element:
                if local(child) in SHAPES:
                    yield from self.parts(child)
        elif name == "Polygon":
            outer = [self._ring(ring) for ring in _rings(element, "outerBoundaryIs")]
            inner = [self._ring(ring) for ring in _rings(element, "innerBoundaryIs")]
            if len(outer) != 1:
                raise UnreadableShapeError(name)
            yield shapely.Polygon(outer[0], inner)
        else:
            positions = self._positions(element)
            if name == "Point" and len(positions) == 1:
                yield shapely.Point(positions[0])
            elif name != "Point" and len(positions) > 1:
                yield shapely.LineString(positions)
            else:
                raise UnreadableShapeError(f"{name} {len(positions)}")

    def _ring(self, element: Element) -> Positions:
        ring, closed = closed_ring(self._positions(element))
        self.closed |= closed
        return ring

    def _positions(self, element: Element) -> Positions:
        text = "".join(text_of(child) for child in element if local(child) == "coordinates")
        rows = positions_of(text)
        if rows.shape[1] == SPATIAL and len(rows):
            self.height = float(rows[0, 2])
            self.raised |= bool((rows[:, 2] != 0).any())
        return rows[:, :2]


def _rings(polygon: Element, boundary: str) -> Iterator[Element]:
    for child in polygon:
        if local(child) == boundary:
            yield from (ring for ring in child if local(ring) == "LinearRing")


def positions_of(text: str) -> Positions:
    """Return the positions of a `coordinates` element: longitude, latitude and, where it has some, height.

    Raises
    ------
    UnreadableShapeError
        If it holds anything but numbers, or positions of one number.
    """
    if not NUMBERS.fullmatch(text):
        raise UnreadableShapeError(text[:40])
    rows = re.sub(r"\s*,\s*", ",", text).split()
    if not rows:
        return np.empty((0, 2))
    widths = {row.count(",") + 1 for row in rows}
    if not widths <= {2, SPATIAL}:
        raise UnreadableShapeError(text[:40])
    wide = max(widths)
    if len(widths) > 1:  # a height that is left out is none
        rows = [row if row.count(",") + 1 == wide else f"{row},0" for row in rows]
    try:
        found = np.array(",".join(rows).split(","), dtype="float64").reshape(-1, wide)
    except ValueError:
        raise UnreadableShapeError(text[:40]) from None
    if not np.isfinite(found).all():
        raise UnreadableShapeError(text[:40])
    return found


def _of_folder(found: Sequence[_Placemark], wanted: str, file: File) -> list[_Placemark]:
    """Return the placemarks of one folder and of those inside it."""
    paths = sorted({mark.columns.get("folder", "") for mark in found} - {""})
    chosen = [mark for mark in found if f"/{wanted}/" in f"/{mark.columns.get('folder', '')}/"]
    if not chosen:
        values = {"wanted": wanted, "tables": paths or "—"}
        raise InputError(Problem(code="file.table", place=file.name, values=values))
    return chosen


def _table(kept: Sequence[_Placemark]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    names: dict[str, None] = {}
    for mark in kept:
        names |= dict.fromkeys(mark.columns)
    reserved = tuple(name for name in names if name == GEOMETRY)
    columns = {
        f"{name}_" if name == GEOMETRY else name: [mark.columns.get(name, "") for mark in kept]
        for name in names
    }
    table = pd.DataFrame(columns, index=range(len(kept)), dtype=object)
    if any(mark.height is not None for mark in kept):
        column = HEIGHT if HEIGHT not in table else f"{HEIGHT}_"
        table[column] = np.array([mark.height for mark in kept], dtype="float64")
    return table, reserved


def _doubts(kept: Sequence[_Placemark], walk: _Walk, reserved: Sequence[str]) -> Iterator[Doubt]:
    if reserved:
        yield Doubt(code="tab.reserved", layer="", values={"columns": list(reserved)})
    if walk.links:
        yield Doubt(code="sec.network", layer="", values={"root": f"NetworkLink × {walk.links}"})
    if walk.ignored:
        kinds = [f"{name} ({count})" for name, count in sorted(walk.ignored.items())]
        yield Doubt(code="kml.ignored", layer="", values={"kinds": kinds})
    if doubled := [name for mark in kept for name in mark.doubled]:
        yield Doubt(
            code="kml.dup_data",
            layer="",
            values={"count": len(doubled), "keys": sorted(set(doubled))[:SHOWN]},
        )
    if raised := sum(mark.raised for mark in kept):
        yield Doubt(code="geom.z", layer="", values={"rows": raised, "column": HEIGHT})
