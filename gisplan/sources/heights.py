"""Heights: geometries become flat, and the heights of points are kept as a column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gisplan.core.tables import Doubt

HEIGHT = "z"
UNSURE = "Unknown"
POINT = 0


def may_have_heights(kind: str) -> bool:
    """Return whether geometries of a kind, as GDAL names it, may have heights, e.g. `Polygon Z` or `Unknown`."""
    return kind.endswith(" Z") or "3D" in kind or kind.startswith((UNSURE, "GeometryCollection"))


def with_heights(frame: pd.DataFrame, shapes: NDArray[np.object_]) -> tuple[pd.DataFrame, tuple[Doubt, ...]]:
    """Return a table with the heights of its points as a column, and the doubt that tells of them.

    Parameters
    ----------
    frame
        The table [n].
    shapes
        Geometries with heights [n].
    """
    import shapely

    if not shapely.has_z(shapes).any():
        return frame, ()
    every = shapely.get_coordinates(shapes, include_z=True)[:, 2]
    told = np.isfinite(every) & (every != 0)
    if not told.any():
        return frame, ()  # heights of nothing are how many programs write a flat map
    points = shapely.get_type_id(shapes) == POINT
    name = HEIGHT if HEIGHT not in frame else f"{HEIGHT}_"
    values: dict[str, Any] = {"rows": int(shapely.has_z(shapes).sum())}
    if not points.any():
        return frame, (Doubt(code="geom.z_dropped", layer="", values=values),)
    heights = np.full(len(shapes), np.nan)
    heights[points] = shapely.get_z(shapes[points])
    kept = frame.assign(**{name: heights})
    return kept, (Doubt(code="geom.z", layer="", values={**values, "column": name}),)
