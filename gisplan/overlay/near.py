"""The nearest thing along a straight line (a different measure from minutes along a road)."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.overlay.guard import same_crs


def near(points: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the nearest of `others` to each of `points` and the straight-line distance.

    Parameters
    ----------
    points
        Geometries of any kind with column `id` [n, m].
    others
        Geometries of any kind with column `id` [k, m].

    Returns
    -------
    DataFrame
        One row per point in the order of their ids: `id`, `other` (the lowest id where several are equally
        near, "" where there is none) and `distance_m` (NaN where there is none).

    Raises
    ------
    InputError
        If the two tables do not share one projected CRS.
    """
    same_crs(points, others, place="overlay.near")
    ordered = points.sort_values("id", kind="stable", ignore_index=True)
    ranked = others.sort_values("id", kind="stable", ignore_index=True)
    tree = shapely.STRtree(ranked.geometry.to_numpy())
    (point, other), distance = tree.query_nearest(
        ordered.geometry.to_numpy(), all_matches=True, return_distance=True
    )
    order = np.lexsort((other, point))
    row, first = np.unique(point[order], return_index=True)
    best = np.full(len(ordered), len(ranked))
    metres = np.full(len(ordered), np.nan)
    best[row], metres[row] = other[order][first], distance[order][first]
    ids = np.append(ranked["id"].to_numpy(object), "")
    return pd.DataFrame({"id": ordered["id"].to_numpy(object), "other": ids[best], "distance_m": metres})
