"""What is ground and what is a sliver: boundaries of one line are digitised at different scales."""

from __future__ import annotations

from dataclasses import dataclass

import shapely

POLYGON = 3
"""Type number of a polygon in GEOS."""

REACH = 2.0
"""Tolerances around the core of a piece that still belong to it: its corners do, a long thin arm does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A piece of ground in two: what is wider than the tolerance, and the slivers [m]."""

    real: shapely.Geometry
    slivers: shapely.Geometry


def split(ground: shapely.Geometry, *, tolerance: float) -> Split:
    """Return what of some ground is wider than the tolerance, and its slivers; the two make up the ground.

    Parameters
    ----------
    ground
        Polygons, as a difference or an intersection leaves them [m].
    tolerance
        What is no wider than this is a sliver [m].
    """
    whole = polygons(ground)
    core = shapely.buffer(whole, -tolerance / 2)
    if shapely.is_empty(core):
        return Split(real=shapely.MultiPolygon(), slivers=whole)
    reach = shapely.buffer(core, REACH * tolerance)
    slivers = polygons(shapely.difference(whole, reach))
    if shapely.area(slivers) == 0:
        return Split(real=whole, slivers=shapely.MultiPolygon())
    return Split(real=polygons(shapely.intersection(whole, reach)), slivers=slivers)


def is_real(ground: shapely.Geometry, *, tolerance: float) -> bool:
    """Return whether some ground is wider than the tolerance [m] anywhere."""
    return not shapely.is_empty(shapely.buffer(polygons(ground), -tolerance / 2))


def polygons(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the polygons of a shape: a difference may leave points and lines along a shared edge."""
    parts = shapely.get_parts(shapely.get_parts([shape]))
    found = parts[shapely.get_type_id(parts) == POLYGON]
    whole: shapely.Geometry = found[0] if len(found) == 1 else shapely.multipolygons(found)
    return shapely.normalize(whole)
