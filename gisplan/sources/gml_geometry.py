"""Geometries of GML 2 and 3, flat: as the file orders its coordinates, with what they refer to put in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gisplan.core.words import Kind
from gisplan.sources.drawing import (
    Positions,
    UnreadableShapeError,
    arcs,
    chained,
    closed_ring,
    ground,
    joined,
    line,
    many,
    patched,
)
from gisplan.sources.markup import Element, local, namespace

HREF = "{http://www.w3.org/1999/xlink}href"
GML = "http://www.opengis.net/gml"
LINES = frozenset({"LineString", "LinearRing", "Curve", "OrientableCurve", "CompositeCurve", "Ring"})
AREAS = frozenset({"Polygon", "PolygonPatch", "Triangle", "Rectangle"})
SURFACES = frozenset(
    {"Surface", "PolyhedralSurface", "TriangulatedSurface", "Tin", "CompositeSurface", "OrientableSurface"}
)
SOLIDS = frozenset({"Solid", "CompositeSolid", "MultiSolid", "Shell"})
GROUPS = frozenset(
    {
        "MultiPoint",
        "MultiLineString",
        "MultiCurve",
        "MultiPolygon",
        "MultiSurface",
        "MultiGeometry",
        "GeometricComplex",
    }
)
STRAIGHT = frozenset({"LineString", "LinearRing", "LineStringSegment", "GeodesicString", "Geodesic"})
ARCS = frozenset({"Arc", "ArcString", "Circle"})
BESIDE = frozenset(
    {"metaDataProperty", "description", "descriptionReference", "name", "identifier", "boundedBy"}
)
NUMBERS = re.compile(r"[\d\s.eE+-]*", re.ASCII)
SPATIAL = 3


class MissingShapeError(LookupError):
    """A geometry refers to another that the file does not hold; its text is the reference."""


class TooManyReferencesError(ValueError):
    """Geometries refer to one another so often that the file would unfold without end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A flat geometry, and what it was.

    `height` is that of a point; `raised` whether any height is other than 0; `curved` whether it had arcs; `closed`
    whether a ring had to be closed; `outlined` whether it is the ground of several faces; `systems` are the names of
    the coordinate systems it states.
    """

    geometry: BaseGeometry | None
    height: float | None = None
    raised: bool = False
    curved: bool = False
    closed: bool = False
    outlined: bool = False
    systems: frozenset[str] = frozenset()


def is_geometry(element: Element) -> bool:
    """Return whether an element is a geometry of GML."""
    name = local(element)
    known = name == "Point" or name in LINES | AREAS | SURFACES | SOLIDS | GROUPS
    return known and namespace(element).startswith(GML)


def kind_of(element: Element) -> Kind:
    """Return whether a geometry is of points, lines or areas."""
    name = local(element)
    if name in LINES or name in {"MultiCurve", "MultiLineString"}:
        return "line"
    return "point" if name in {"Point", "MultiPoint"} else "polygon"


class Drawer:
    """Makes geometries of the elements of one file.

    Parameters
    ----------
    shared
        Elements by id, which others refer to.
    largest
        How many positions all references of the file together may unfold to.
    """

    def __init__(self, *, shared: Mapping[str, Element], largest: int) -> None:
        self._shared = shared
        self._left = largest

    def draw(self, element: Element, *, dimension: int, outline: bool = False) -> Shape:
        """Return the geometry of an element.

        Parameters
        ----------
        element
            A geometry of GML.
        dimension
            How many numbers a position has where neither it nor anything above it says so.
        outline
            Whether to return the area that the faces of a body cover on the ground.

        Raises
        ------
        UnreadableShapeError
            If its coordinates cannot be read.
        """
        pen = _Pen(owner=self)
        parts = pen.parts(element, dimension, ())
        outlined = len(parts) > 1 and (outline or local(element) in SOLIDS)
        put_together = ground if outlined else many if parts and local(element) in GROUPS else joined
        return Shape(
            geometry=put_together(parts),
            height=pen.height if local(element) == "Point" else None,
            raised=pen.raised,
            curved=pen.curved,
            closed=pen.closed,
            outlined=outlined,
            systems=frozenset(pen.systems),
        )

    def spend(self, count: int) -> None:
        """Count positions and references against what a file may unfold to.

        Raises
        ------
        TooManyReferencesError
            If nothing is left.
        """
        self._left -= count
        if self._left < 0:
            raise TooManyReferencesError

    def target(self, reference: str) -> Element:
        """Return the element that a reference names.

        Raises
        ------
        MissingShapeError
            If the file does not hold it.
        """
        found = self._shared.get(reference.removeprefix("#")) if reference.startswith("#") else None
        if found is None:
            raise MissingShapeError(reference)
        return found


class _Pen:
    """Draws one geometry and notes what it meets on the way."""

    def __init__(self, *, owner: Drawer) -> None:
        self._owner = owner
        self.height: float | None = None
        self.raised = self.curved = self.closed = False
        self.systems: set[str] = set()

    def parts(self, element: Element, dimension: int, chain: tuple[str, ...]) -> list[BaseGeometry]:
        """Return the points, lines and polygons of a geometry.

        Raises
        ------
        UnreadableShapeError
            If it is of a kind, or holds a text, that cannot be read.
        """
        name = local(element)
        dimension = self._entered(element, dimension)
        if name == "Point":
            positions = self._positions(element, dimension, chain)
            if len(positions) != 1:
                raise UnreadableShapeError(f"{name} {len(positions)}")
            return [shapely.Point(positions[0])]
        if name in LINES:
            return [line(self.line(element, dimension, chain))]
        if name in AREAS:
            return [self._polygon(element, dimension, chain)]
        if name in SURFACES | SOLIDS | GROUPS:
            inner = [
                part
                for member, links in self._members(element, chain)
                for part in self.parts(member, dimension, links)
            ]
            return patched(inner) if name in SURFACES else inner
        raise UnreadableShapeError(name)

    def _entered(self, element: Element, dimension: int) -> int:
        self._owner.spend(1)
        system = element.get("srsName")
        if system:
            self.systems.add(system)
        stated = element.get("srsDimension", "")
        return int(stated) if stated in {"2", "3"} else dimension

    def _members(
        self, element: Element, chain: tuple[str, ...], names: frozenset[str] = frozenset()
    ) -> Iterator[tuple[Element, tuple[str, ...]]]:
        """Yield the geometries inside an element, and the references that led to each."""
        for child in element:
            if local(child) in BESIDE or (names and local(child) not in names):
                continue
            reference = child.get(HREF)
            if reference is not None and not len(child):
                if reference in chain:
                    raise UnreadableShapeError(reference)
                yield self._owner.target(reference), (*chain, reference)
            for inner in child:
                yield inner, chain

    def line(self, element: Element, dimension: int, chain: tuple[str, ...]) -> Positions:
        """Return the positions along a line [n, 2].

        Raises
        ------
        UnreadableShapeError
            If it is of a kind, or holds a text, that cannot be read.
        """
        name = local(element)
        dimension = self._entered(element, dimension)
        if name in STRAIGHT:
            return self._positions(element, dimension, chain)
        if name in ARCS:
            self.curved = True
            return arcs(self._positions(element, dimension, chain), circle=name == "Circle")
        if name not in LINES:
            raise UnreadableShapeError(name)
        pieces = [self.line(member, dimension, links) for member, links in self._members(element, chain)]
        path = chained(pieces)
        return path[::-1] if name == "OrientableCurve" and element.get("orientation") == "-" else path

    def _polygon(self, element: Element, dimension: int, chain: tuple[str, ...]) -> shapely.Polygon:
        outer = [
            self._ring(self.line(member, dimension, links))
            for member, links in self._members(element, chain, frozenset({"exterior", "outerBoundaryIs"}))
        ]
        inner = [
            self._ring(self.line(member, dimension, links))
            for member, links in self._members(element, chain, frozenset({"interior", "innerBoundaryIs"}))
        ]
        if len(outer) != 1:
            raise UnreadableShapeError(local(element))
        return shapely.Polygon(outer[0], inner)

    def _ring(self, positions: Positions) -> Positions:
        ring, closed = closed_ring(positions)
        self.closed |= closed
        return ring

    def _positions(self, element: Element, dimension: int, chain: tuple[str, ...]) -> Positions:
        """Return the positions that stand in an element, in any of the spellings of GML [n, 2]."""
        found: list[Positions] = []
        for child in element:
            name = local(child)
            if name in {"pos", "posList"}:
                width = self._entered(child, dimension)
                values = _numbers(child.text or "")
                # One position tells its own dimension.
                width = len(values) if name == "pos" else width
                found.append(self._flat(values, width, child.text))
            elif name == "coordinates":
                found.append(self._flat(*_tuples(child), child.text))
            elif name == "coord":
                values = _numbers(" ".join(part.text or "" for part in child))
                found.append(self._flat(values, len(values), child.text))
            elif name in {"pointProperty", "pointRep"}:
                one = [(child.get(HREF), inner) for inner in child] or [(child.get(HREF), None)]
                for reference, inner in one:
                    target = self._owner.target(reference or "") if inner is None else inner
                    links = (*chain, reference or "")
                    if chain.count(reference or "") or local(target) != "Point":
                        raise UnreadableShapeError(reference or name)
                    found.append(self._positions(target, dimension, links))
        return np.concatenate(found) if found else np.empty((0, 2))

    def _flat(self, values: Positions, width: int, text: str | None) -> Positions:
        if width not in {2, SPATIAL} or len(values) % width:
            raise UnreadableShapeError((text or "")[:40])
        rows = values.reshape(-1, width)
        self._owner.spend(len(rows))
        if width == SPATIAL and len(rows):
            self.height = float(rows[0, 2])
            self.raised |= bool((rows[:, 2] != 0).any())
        return rows[:, :2]


def _numbers(text: str) -> Positions:
    if not NUMBERS.fullmatch(text):
        raise UnreadableShapeError(text.strip()[:40])
    try:
        values = np.array(text.split(), dtype="float64")
    except ValueError:
        raise UnreadableShapeError(text.strip()[:40]) from None
    if not np.isfinite(values).all():
        raise UnreadableShapeError(text.strip()[:40])
    return values


def _tuples(element: Element) -> tuple[Positions, int]:
    """Return the numbers of a `coordinates` element, and how many a position has."""
    text = element.text or ""
    decimal, comma, space = element.get("decimal", "."), element.get("cs", ","), element.get("ts", " ")
    text = re.sub(rf"\s*{re.escape(comma)}\s*", comma, text) if comma.strip() else text
    rows = text.split() if not space.strip() else [row for row in text.split(space) if row.strip()]
    cells = [row.split(comma) if comma.strip() else row.split() for row in rows]
    widths = {len(row) for row in cells}
    if len(widths) > 1:
        raise UnreadableShapeError(text.strip()[:40])
    joined = " ".join(cell for row in cells for cell in row)
    return _numbers(joined.replace(decimal, ".") if decimal else joined), widths.pop() if widths else 2
