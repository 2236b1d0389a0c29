"""Where roads lie on each other or cross: what a scenario must say aloud, for data may hold one road twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gisplan.network.passage import says

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

ON_ROAD_M = 2.0
LEAST_ON_ROAD_M = 50.0
"""Overlaps that are shorter in all are those of junctions."""

LEAST_STRETCH_M = 30.0
"""A stretch on another road that is shorter belongs to roads that meet at a small angle."""


def on_roads(lines: NDArray[np.object_], roads: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return how many metres of each line lie on a road [n], 0 where only junctions do.

    Parameters
    ----------
    lines
        Lines [n].
    roads
        Other lines.
    """
    found = np.zeros(len(lines))
    line, road = shapely.STRtree(roads).query(lines, predicate="dwithin", distance=ON_ROAD_M)
    for one in np.unique(line):
        strips = shapely.buffer(roads[road[line == one]], ON_ROAD_M, cap_style="flat")
        inside = shapely.intersection(lines[one], shapely.union_all(strips))
        metres = shapely.length(shapely.get_parts(_merged(inside)))
        found[one] = metres[metres >= LEAST_STRETCH_M].sum()
    return found


def _merged(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shape)
    return shapely.line_merge(shapely.MultiLineString(list(parts[shapely.length(parts) > 0.0])))


def crossings(new: gpd.GeoDataFrame, roads: gpd.GeoDataFrame, *, reach: float) -> int:
    """Return at how many places new lines cross roads of their level where the new line has no vertex.

    Lines are joined where they cross; whether a junction or a bridge was meant there, the data do not say.

    Parameters
    ----------
    new
        New rows of the road table.
    roads
        The roads of today.
    reach
        How near a vertex must be to have been meant [m].
    """
    lines, others = (shapely.force_2d(part.geometry.to_numpy()) for part in (new, roads))
    one, other = shapely.STRtree(others).query(lines, predicate="crosses")
    meets = (_storey(new)[one] == _storey(roads)[other]).all(axis=1)
    one, other = one[meets], other[meets]
    spots, pair = shapely.get_parts(shapely.intersection(lines[one], others[other]), return_index=True)
    points = shapely.get_dimensions(spots) == 0
    spots, pair = spots[points], pair[points]
    if not len(spots):
        return 0
    vertices = np.array([shapely.MultiPoint(shapely.get_coordinates(lines[row])) for row in one[pair]])
    far = spots[shapely.distance(spots, vertices) > reach]
    return len(np.unique(np.round(shapely.get_coordinates(far), 1), axis=0))


def _storey(roads: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Return level, and 1 for the carriageway of an expressway, which streets do not join: only equals meet [n, 2]."""
    level = roads["level"].fillna(0).to_numpy("int64") if "level" in roads else np.zeros(len(roads), "int64")
    express = (roads["road_class"] == "expressway").to_numpy() & ~says(roads, "ramp")
    return np.column_stack([level, express.astype("int64")])
