"""Which area a point lies in: one area per point, whatever the order of the rows."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gisplan.overlay.guard import same_crs


def locate(points: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, *, by: str = "id") -> pd.DataFrame:
    """Return the area of every point.

    A point on a border belongs to the touching area with the lowest id; so does a point on ground that two
    areas claim. Such points are flagged.

    Parameters
    ----------
    points
        Points with column `id` [n, m].
    areas
        Polygons with column `id` [k, m].
    by
        Column of `areas` that tells what a border divides: where areas of one value meet, there is none.

    Returns
    -------
    DataFrame
        One row per point in the order of their ids: `point`, `area` ("" outside every area),
        `on_border` (areas of several values claim the point, or it lies on the outer edge).

    Raises
    ------
    InputError
        If the two tables do not share one projected CRS.
    """
    same_crs(points, areas, place="overlay.locate")
    order = np.argsort(points["id"].to_numpy(object), kind="stable")
    ordered = areas.sort_values("id", kind="stable", ignore_index=True)
    spots = points.geometry.to_numpy()[order]
    area, spot, inside = _claims(spots, ordered.geometry.to_numpy())
    chosen = np.full(len(spots), len(ordered))
    np.minimum.at(chosen, spot, area)
    found = chosen < len(ordered)
    ids = np.append(ordered["id"].to_numpy(object), "")
    border = _border(spots, ordered, by=by, claims=(area, spot, inside))
    return pd.DataFrame(
        {"point": points["id"].to_numpy(object)[order], "area": ids[chosen], "on_border": border & found}
    )


def _claims(
    spots: NDArray[Any], shapes: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return the pairs of area and point that touch, and whether the point lies inside, off the border."""
    tree = shapely.STRtree(spots)
    # The areas are the prepared side of the query: they have many vertices, the points have one.
    area, spot = tree.query(shapes, predicate="intersects")
    inner_area, inner_spot = tree.query(shapes, predicate="contains_properly")
    inside = np.isin(area * len(spots) + spot, inner_area * len(spots) + inner_spot)
    return area, spot, inside


def _border(
    spots: NDArray[Any],
    areas: gpd.GeoDataFrame,
    *,
    by: str,
    claims: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]],
) -> NDArray[np.bool_]:
    area, spot, inside = claims
    values = pd.factorize(areas[by], use_na_sentinel=False)[0]
    lowest, highest = np.full(len(spots), len(areas)), np.full(len(spots), -1)
    np.minimum.at(lowest, spot, values[area])
    np.maximum.at(highest, spot, values[area])
    border = lowest < highest
    held = np.zeros(len(spots), dtype=bool)
    held[spot[inside]] = True
    # On an edge between areas of one value the point may still lie inside them taken together.
    for edge in np.flatnonzero((lowest == highest) & ~held):
        together = shapely.union_all(areas.geometry.to_numpy()[area[spot == edge]])
        border[edge] = not shapely.contains_properly(together, spots[edge])
    return border
