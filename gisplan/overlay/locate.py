"""Which area a point lies in: one area per point, whatever the order of the rows."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gisplan.overlay import grid_large
from gisplan.overlay.guard import same_crs


def locate(points: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, *, by: str = "id") -> pd.DataFrame:
    """Return the area of every point.

    A point on a border belongs to the touching area with the lowest id; so does a point on ground that two
    areas claim. Such points are flagged. Large jobs go through a grid, with the same answers.

    Parameters
    ----------
    points
        Points with column `id` [n, m].
    areas
        Valid polygons with column `id` [k, m].
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
    sorted_ids = points["id"].is_monotonic_increasing
    order = slice(None) if sorted_ids else np.argsort(points["id"].to_numpy(object), kind="stable")
    ordered = areas.sort_values("id", kind="stable", ignore_index=True)
    spots = points.geometry.to_numpy()[order]
    large = grid_large.worth_it(ordered.geometry.to_numpy(), points=len(spots))
    answer = _by_grid(spots, ordered, by=by) if large else None
    chosen, border = answer or _by_tree(spots, ordered, by=by)
    ids = np.append(ordered["id"].to_numpy(object), "")
    return pd.DataFrame(
        {"point": points["id"].to_numpy(object)[order], "area": ids[chosen], "on_border": border}
    )


Answer = tuple[NDArray[np.integer[Any]], NDArray[np.bool_]]
"""The lowest area of each point by its place among the areas, behind the last one outside; and the flag."""


def _by_tree(spots: NDArray[Any], areas: gpd.GeoDataFrame, *, by: str) -> Answer:
    area, spot, inside = _claims(spots, areas.geometry.to_numpy())
    chosen = np.full(len(spots), len(areas))
    np.minimum.at(chosen, spot, area)
    border = _border(spots, areas, by=by, claims=(area, spot, inside))
    return chosen, border & (chosen < len(areas))


def _by_grid(spots: NDArray[Any], areas: gpd.GeoDataFrame, *, by: str) -> Answer | None:
    """Return the same from the grid; points as near to a border as some millimetres are left to the tree."""
    values = pd.factorize(areas[by], use_na_sentinel=False)[0]
    found = grid_large.locate_points(spots, areas.geometry.to_numpy(), values)
    if found is None:
        return None
    chosen, border, doubtful, near = found
    some, some_border = _by_tree(spots[doubtful], areas.iloc[near], by=by)
    chosen[doubtful] = np.append(near, len(areas))[some]
    border[doubtful] = some_border
    return chosen, border


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
    edges = np.flatnonzero((lowest == highest) & ~held)
    together = _together(areas.geometry.to_numpy(), claims, edges)
    border[edges] = ~shapely.contains_properly(together, spots[edges])
    return border


def _together(
    shapes: NDArray[Any],
    claims: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]],
    edges: NDArray[np.int64],
) -> NDArray[Any]:
    """Return for each of some points the union of the areas that touch it; one is made for all with the same."""
    area, spot, _ = claims
    ranked = np.argsort(spot, kind="stable")
    first, last = (np.searchsorted(spot[ranked], edges, side=side) for side in ("left", "right"))
    held: dict[tuple[int, ...], shapely.Geometry] = {}
    found = np.empty(len(edges), dtype=object)
    for place, (start, end) in enumerate(zip(first, last, strict=True)):
        own = tuple(area[ranked[start:end]].tolist())
        if own not in held:
            held[own] = shapely.union_all(shapes[list(own)])
            shapely.prepare(held[own])
        found[place] = held[own]
    return found
