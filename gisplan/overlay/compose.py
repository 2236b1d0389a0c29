"""An area put together from others: their union, cut to a bound, with parts taken away; nothing lost in silence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

POLYGON = 3
"""Type number of a polygon in GEOS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """An area put together, and what became of its pieces [m²].

    `area` is a polygon or multipolygon, empty where nothing is left; `overlap_m2` is the ground that several of
    the united pieces claim, counted once; `cut_m2` what the bound cut off; `removed_m2` what was taken away.
    `slivers` are the parts and holes that are nowhere as wide as the tolerance.
    """

    area: shapely.Geometry
    overlap_m2: float
    cut_m2: float
    removed_m2: float
    slivers: int

    @property
    def parts(self) -> int:
        """How many polygons the area has."""
        return len(shapely.get_parts(self.area))

    @property
    def empty(self) -> bool:
        """True where nothing is left."""
        return self.parts == 0

    @property
    def area_m2(self) -> float:
        """The area [m²]."""
        return float(shapely.area(self.area))


def compose(
    include: Sequence[shapely.Geometry],
    *,
    within: shapely.Geometry | None = None,
    exclude: shapely.Geometry | None = None,
    tolerance_m: float = 1.0,
) -> Composed:
    """Return the union of some areas, cut to `within` and without `exclude`.

    The answer does not depend on the order of the areas.

    Parameters
    ----------
    include
        Valid polygons and multipolygons, in one projected CRS [m].
    within
        The bound in the same CRS; none where None.
    exclude
        What is taken away, in the same CRS; nothing where None.
    tolerance_m
        Width below which a part or a hole is the fault of two borders drawn apart [m].
    """
    whole = united(include)
    bounded = whole if within is None else polygons_of(shapely.intersection(whole, within))
    left = bounded if exclude is None else polygons_of(shapely.difference(bounded, exclude))
    return Composed(
        area=shapely.normalize(left),
        overlap_m2=float(shapely.area(shared(include))),
        cut_m2=float(shapely.area(whole) - shapely.area(bounded)),
        removed_m2=float(shapely.area(bounded) - shapely.area(left)),
        slivers=_slivers(left, tolerance_m),
    )


def united(areas: Iterable[shapely.Geometry]) -> shapely.Geometry:
    """Return the union of some areas, the same whatever their order."""
    return polygons_of(shapely.union_all(_ordered(areas)))


def shared(areas: Iterable[shapely.Geometry]) -> shapely.Geometry:
    """Return the ground that at least two of some areas claim."""
    shapes = _ordered(areas)
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = first < second
    common = shapely.intersection(shapes[first[pairs]], shapes[second[pairs]])
    return united(common[shapely.area(common) > 0])


def polygons_of(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the polygons of a shape: cutting may leave points and lines along a shared edge."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    polygons = parts[(shapely.get_type_id(parts) == POLYGON) & (shapely.area(parts) > 0)]
    found: shapely.Geometry = polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)
    return found


def _ordered(areas: Iterable[shapely.Geometry]) -> NDArray[Any]:
    shapes: NDArray[Any] = np.array(list(areas), dtype=object)
    if not len(shapes):
        return shapes
    plain = shapely.normalize(shapes)
    # The last bits of a union depend on the order of its parts.
    ordered: NDArray[Any] = plain[np.argsort(shapely.to_wkb(plain, hex=True).astype(object), kind="stable")]
    return ordered


def _slivers(shape: shapely.Geometry, tolerance_m: float) -> int:
    """Return how many parts and holes vanish when their edge moves in by half the tolerance."""
    parts = shapely.get_parts(shape)
    rings = [ring for part in parts for ring in part.interiors]
    pieces = np.array([*parts, *(shapely.Polygon(ring) for ring in rings)], dtype=object)
    return int(shapely.is_empty(shapely.buffer(pieces, -tolerance_m / 2)).sum()) if len(pieces) else 0
