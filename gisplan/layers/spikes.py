"""Spikes: a vertex that goes far out and comes straight back, a slip of the pen that leaves an area valid."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from gisplan.core.tables import Doubt

NARROWEST = np.radians(1.0)
SHORTEST_M = 2.0
"""Shorter edges are the steps of a fine survey, whose angles say nothing."""

NAMED = 10


def spikes(geometry: NDArray[np.object_], *, layer: str, file: str) -> tuple[Doubt, ...]:
    """Return a doubt where areas have vertices of less than a degree between long edges.

    Parameters
    ----------
    geometry
        Valid geometries in a plane CRS [n].
    layer, file
        What messages call the layer and the file.
    """
    areas = np.flatnonzero(shapely.get_dimensions(geometry) == 2)  # noqa: PLR2004 (areas)
    parts, of_area = shapely.get_parts(geometry[areas], return_index=True)
    rings, of_part = shapely.get_rings(parts, return_index=True)
    points, of_ring = shapely.get_coordinates(rings, return_index=True)
    if not len(points):
        return ()
    vertex = _sharp(points, of_ring)
    position = areas[of_area[of_part[of_ring[vertex]]]]
    if not len(vertex):
        return ()
    # By place, not by row: a place is found on the map, and does not follow the order of the file.
    spots = sorted((east, north) for east, north in points[vertex].tolist())[:NAMED]
    values = {
        "count": len(np.unique(position)),
        "each": [f"({east:.1f}, {north:.1f})" for east, north in spots],
    }
    return (Doubt(code="geom.spike", layer=layer, subject=file, values=values),)


def _sharp(points: NDArray[np.float64], of_ring: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the vertices, by position, at which a ring turns back on itself."""
    last = np.append(of_ring[1:] != of_ring[:-1], True)
    edge = np.empty_like(points)
    edge[:-1] = points[1:] - points[:-1]
    edge[last] = 0
    # The edge before the first vertex of a ring is the one that comes back to it.
    begin = np.flatnonzero(np.append(True, last[:-1]))
    before = np.roll(edge, 1, axis=0)
    before[begin] = edge[np.flatnonzero(last) - 1]
    cross = before[:, 0] * edge[:, 1] - before[:, 1] * edge[:, 0]
    dot = (before * edge).sum(axis=1)
    long = (np.hypot(*edge.T) >= SHORTEST_M) & (np.hypot(*before.T) >= SHORTEST_M)
    return np.flatnonzero(long & ~last & (dot < 0) & (np.abs(cross) < np.tan(NARROWEST) * -dot))
