"""Geometries from well-known binary; rings that somebody left open are closed, and that is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from gisplan.core.tables import Doubt
from gisplan.sources.raw import Raw

GDAL_ARCS: Mapping[str, str] = {"degrees": "4", "share": "0.06 %"}
"""Into what steps GDAL makes arcs, unless it is told otherwise, and by how much of the radius they are off at most."""

LOOK = 1000
SHOWN = 10


def shapes_of(wkb: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Return geometries, and which had a ring that was not closed [n]; what cannot be read is None.

    Parameters
    ----------
    wkb
        Geometries as well-known binary, None where there is none [n].
    """
    shapes = np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
    given = np.fromiter((value is not None for value in wkb), dtype=bool, count=len(wkb))
    open_ones = given & shapely.is_missing(shapes)
    if open_ones.any():
        shapes[open_ones] = shapely.from_wkb(wkb[open_ones], on_invalid="fix")
        open_ones &= ~shapely.is_missing(shapes)
    return shapes, open_ones


def told(closed: NDArray[np.bool_], rows: NDArray[np.int64]) -> tuple[Doubt, ...]:
    """Return the doubt that tells which rows had their rings closed."""
    if not closed.any():
        return ()
    numbers = [str(number) for number in rows[closed][:SHOWN]]
    return (Doubt(code="geom.unclosed", layer="", values={"count": int(closed.sum()), "rows": numbers}),)


def shaped(raw: Raw) -> Raw:
    """Return rows with their geometries as objects, where a reader left them as well-known binary."""
    geometry = raw.geometry
    if geometry is None or not any(isinstance(shape, bytes) for shape in geometry[:LOOK]):
        return raw
    shapes, closed = shapes_of(geometry)
    return replace(
        raw, geometry=shapes, mended=raw.mended | closed, doubts=(*raw.doubts, *told(closed, raw.rows))
    )
