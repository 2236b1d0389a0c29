"""Geometries out of the bytes that GDAL gives: a ring whose ends do not meet is closed, and said."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from gisplan.core.tables import Doubt


def shapes_of(
    data: NDArray[np.object_], rows: NDArray[np.int64]
) -> tuple[NDArray[np.object_], NDArray[np.bool_], tuple[Doubt, ...]]:
    """Return geometries [n], which rings had to be closed [n], and the doubt that tells so.

    Parameters
    ----------
    data
        Well-known binary, None where a feature has no geometry [n].
    rows
        Row numbers in the file [n].
    """
    shapes = np.asarray(shapely.from_wkb(data, on_invalid="ignore"), dtype=object)
    lost = np.array([text is not None for text in data], dtype=bool) & shapely.is_missing(shapes)
    if not lost.any():
        return shapes, lost, ()
    shapes[lost] = shapely.from_wkb(data[lost], on_invalid="fix")
    closed = lost & ~shapely.is_missing(shapes)
    if not closed.any():
        return shapes, closed, ()
    values = {"count": int(closed.sum()), "rows": [str(row) for row in rows[closed][:10].tolist()]}
    return shapes, closed, (Doubt(code="geom.unclosed", layer="", values=values),)
