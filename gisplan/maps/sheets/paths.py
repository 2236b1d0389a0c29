"""Shapes of the ground as paths on the paper: cut at the frame, without detail that no printer shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gisplan.maps.sheets.nouns import MM_PER_METRE, View

if TYPE_CHECKING:
    from matplotlib.path import Path
    from numpy.typing import NDArray

FINEST = 0.03
"""Detail below this is left out [mm]: a third of what a map may be wrong by."""

BLEED = 3.0
"""Shapes are cut so far outside the frame [mm], so that no outline runs along its edge."""

LINE_TYPES, POLYGON_TYPES = (1, 2, 5), (3, 6)


def on_sheet(shapes: NDArray[np.object_], view: View) -> NDArray[np.object_]:
    """Return shapes cut a little outside the frame and thinned, None where nothing is left [n; m].

    Parameters
    ----------
    shapes
        Geometries in the plan's CRS [n; m].
    view
        How the ground lies on the paper.
    """
    metre = view.scale / MM_PER_METRE
    ground = view.extent.grown(BLEED * metre)
    box = shapely.box(ground.west, ground.south, ground.east, ground.north)
    found = np.full(len(shapes), None, dtype=object)
    inside = np.flatnonzero(shapely.intersects(shapely.envelope(shapes), box))
    thin = shapely.simplify(shapes[inside], FINEST * metre, preserve_topology=False)
    found[inside] = _cut(thin, box)
    found[shapely.is_empty(found)] = None
    return found


def _cut(shapes: NDArray[np.object_], box: Any) -> NDArray[np.object_]:
    """Return shapes cut at a box; those that lie in it whole are left as they are."""
    over = ~shapely.contains(box, shapely.envelope(shapes))
    cut = shapes.copy()
    cut[over] = shapely.clip_by_rect(shapes[over], *shapely.bounds(box))
    return cut


def path_of(shapes: NDArray[np.object_], view: View) -> Path | None:
    """Return the lines and areas of some shapes as one path on the paper, None where there are none [mm].

    Areas run against the clock and their holes with it, so that areas on each other are one and holes stay open.

    Parameters
    ----------
    shapes
        Geometries in the plan's CRS [n; m], None where there is nothing.
    view
        How the ground lies on the paper.
    """
    from matplotlib.path import Path

    parts = shapely.get_parts(shapes[shapes != None])  # noqa: E711 (an array is compared by element)
    parts = shapely.get_parts(parts)  # a collection holds collections
    types = shapely.get_type_id(parts)
    lines, areas = parts[np.isin(types, LINE_TYPES)], parts[types == POLYGON_TYPES[0]]
    rings = shapely.get_rings(shapely.orient_polygons(areas)) if len(areas) else areas
    curves = np.concatenate([lines, rings])
    if not len(curves):
        return None
    places, of = shapely.get_coordinates(curves, return_index=True)
    codes = np.full(len(places), Path.LINETO, dtype=np.uint8)
    codes[np.flatnonzero(np.diff(of, prepend=-1))] = Path.MOVETO
    last = np.flatnonzero(np.diff(of, append=len(curves)))
    codes[last[of[last] >= len(lines)]] = Path.CLOSEPOLY
    return Path(view.on_paper(places), codes)


def points_of(shapes: NDArray[np.object_], view: View) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the points of some shapes inside the frame [m, 2; mm], and the position of the shape of each [m].

    Parameters
    ----------
    shapes
        Geometries in the plan's CRS [n; m].
    view
        How the ground lies on the paper.
    """
    places, of = shapely.get_coordinates(shapes, return_index=True)
    paper, frame = view.on_paper(places), view.frame
    low, high = np.array(frame.corners[0]), np.array(frame.corners[2])
    inside = np.all((paper >= low) & (paper <= high), axis=1)
    return paper[inside], of[inside]
