"""Routes as lines, and the part of lines that lies inside areas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gisplan.core.words import Network

if TYPE_CHECKING:
    from numpy.typing import NDArray


def line(network: Network, edges: NDArray[np.int64], *, start: int) -> shapely.LineString:
    """Return the edges of a route as one line from the node `start`; empty where there are none."""
    if not len(edges):
        return shapely.LineString()
    here, forth = start, []
    for tail, head in zip(network.tail[edges].tolist(), network.head[edges].tolist(), strict=True):
        forth.append(tail == here)
        here = head if tail == here else tail
    xy, part = shapely.get_coordinates(network.geometry[edges], return_index=True)
    # The corners of an edge driven against its line are put in the other order.
    place = np.arange(len(xy)) * np.where(forth, 1, -1)[part]
    xy = xy[np.lexsort((place, part))]
    fresh = np.ones(len(xy), bool)
    fresh[1:] = (xy[1:] != xy[:-1]).any(axis=1)
    return shapely.LineString(xy[fresh])


def metres_inside(lines: NDArray[np.object_], areas: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the length of each line inside the union of some polygons [m].

    Parameters
    ----------
    lines, areas
        Lines [k] and polygons [a], in one projected CRS [m].
    """
    # The areas ask the lines, not the other way: a large polygon is then prepared once for all lines.
    pair = shapely.STRtree(lines).query(areas, predicate="intersects")
    order = np.lexsort((pair[0], pair[1]))
    which, area = pair[1][order], pair[0][order]
    whole = np.unique(which[shapely.covers(areas[area], lines[which])])
    inside = np.zeros(len(lines))
    inside[whole] = shapely.length(lines[whole])
    part = ~np.isin(which, whole)
    cut = shapely.intersection(lines[which[part]], areas[area[part]])
    starts = np.flatnonzero(np.diff(which[part], prepend=-1))
    for start, end in zip(starts, np.append(starts, len(cut))[1:], strict=True):
        # Areas may overlap; the union counts a stretch once.
        inside[which[part][start]] = shapely.length(shapely.union_all(cut[start:end]))
    return inside
