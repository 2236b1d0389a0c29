"""How much of a lot lies in which area, and what becomes of ground that two areas claim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gisplan.overlay import grid_large
from gisplan.overlay.guard import metric, same_crs
from gisplan.overlay.locate import locate

NOISE = 1e-9
"""Part of a lot below which a remainder is the rounding of floating-point numbers, not ground."""

POLYGON, MULTIPOLYGON = 3, 6
"""Type numbers in GEOS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disjoint:
    """Areas that no longer overlap, and where they did: `overlaps` has `area`, `other`, `overlap_m2`."""

    areas: gpd.GeoDataFrame
    overlaps: pd.DataFrame


def disjoint(areas: gpd.GeoDataFrame, *, by: str = "id") -> Disjoint:
    """Return areas of which none covers another: ground that two claim belongs to the lower one.

    Parameters
    ----------
    areas
        Valid polygons [n, m].
    by
        Column that ranks them; the lower value keeps the ground.

    Returns
    -------
    Disjoint
        The areas in the order of `by`, and one row per overlapping pair with its m².

    Raises
    ------
    InputError
        If the areas have no CRS in metres.
    """
    metric(areas, place="overlay.disjoint")
    ordered = areas.sort_values(by, kind="stable", ignore_index=True)
    shapes = ordered.geometry.to_numpy()
    low, high, size = _overlaps(shapes)
    cut = shapes.copy()
    for row in np.unique(high):
        taken = shapely.union_all(shapes[low[high == row]])
        cut[row] = _ground(shapely.difference(shapes[row], taken))
    ids = ordered[by].to_numpy(object)
    pairs = pd.DataFrame({"area": ids[low], "other": ids[high], "overlap_m2": size})
    return Disjoint(
        areas=ordered.set_geometry(gpd.GeoSeries(cut, name=areas.geometry.name, crs=areas.crs)),
        overlaps=pairs.sort_values(["area", "other"], kind="stable", ignore_index=True),
    )


def _overlaps(shapes: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    low, high = first[first < second], second[first < second]
    size = shapely.area(shapely.intersection(shapes[low], shapes[high]))
    real = size > 0
    return low[real], high[real], size[real]


def _ground(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the polygons of a shape: a difference may leave points and lines along a shared edge."""
    parts = shapely.get_parts(shape)
    polygons = parts[shapely.get_type_id(parts) == POLYGON]
    ground: shapely.Geometry = polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)
    return ground


def shares(lots: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return how much of every lot lies in every area.

    Parameters
    ----------
    lots
        Polygons or points with column `id` [n, m]. A point has all of its share in the area it lies in.
    areas
        Polygons with column `id` that do not overlap (`disjoint`) [k, m].

    Returns
    -------
    DataFrame
        `lot`, `area`, `area_m2`, `share` (0-1), by lot and area; the part outside every area has the area "",
        so the shares of a lot add up to 1.

    Raises
    ------
    InputError
        If the two tables do not share one projected CRS.
    """
    same_crs(lots, areas, place="overlay.shares")
    is_polygon = shapely.area(lots.geometry.to_numpy()) > 0
    parts = []
    if is_polygon.any():
        parts.append(_polygon_shares(lots[is_polygon], areas))
    if not is_polygon.all():
        located = locate(lots[~is_polygon], areas)
        points = {"lot": located["point"], "area": located["area"], "area_m2": 0.0, "share": 1.0}
        parts.append(pd.DataFrame(points))
    if not parts:
        return pd.DataFrame(columns=["lot", "area", "area_m2", "share"])
    return pd.concat(parts, ignore_index=True).sort_values(["lot", "area"], kind="stable", ignore_index=True)


def _polygon_shares(lots: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    # Sums are the same to the last bit only where the areas come in one order.
    if not areas["id"].is_monotonic_increasing:
        areas = areas.sort_values("id", kind="stable", ignore_index=True)
    shapes = lots.geometry.to_numpy()
    size = shapely.area(shapes)
    cut = grid_large.cut_lots if _is_large(shapes, areas.geometry.to_numpy()) else _cut
    lot, area, inner = cut(shapes, areas.geometry.to_numpy())
    rest = size - np.bincount(lot, weights=inner, minlength=len(size))
    ground = inner > NOISE * size[lot]
    lot, area, inner = lot[ground], area[ground], inner[ground]
    outside = np.flatnonzero(rest > NOISE * size)
    ids = np.append(areas["id"].to_numpy(object), "")
    lot_all = np.concatenate([lot, outside])
    area_all = np.concatenate([area, np.full(len(outside), len(areas))])
    square_metres = np.concatenate([inner, rest[outside]])
    return pd.DataFrame(
        {
            "lot": lots["id"].to_numpy(object)[lot_all],
            "area": ids[area_all],
            "area_m2": square_metres,
            "share": square_metres / size[lot_all],
        }
    )


def _is_large(lots: NDArray[Any], areas: NDArray[Any]) -> bool:
    polygons = np.isin(shapely.get_type_id(lots), (POLYGON, MULTIPOLYGON)).all()
    return bool(polygons) and grid_large.worth_it(areas, lots=len(lots))


def _cut(
    lots: NDArray[Any], areas: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return lot, area and common m² of every pair; a lot that one area covers is not cut at all."""
    tree = shapely.STRtree(lots)
    area, lot = tree.query(areas, predicate="intersects")
    whole_area, whole_lot = tree.query(areas, predicate="covers")
    whole = np.isin(area * len(lots) + lot, whole_area * len(lots) + whole_lot)
    inner = shapely.area(lots)[lot]
    inner[~whole] = shapely.area(shapely.intersection(lots[lot[~whole]], areas[area[~whole]]))
    order = np.lexsort((area, lot))
    order = order[inner[order] > 0]
    return lot[order], area[order], inner[order]


def cross_areas(left: gpd.GeoDataFrame, right: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the common ground of every pair of areas that share some.

    Parameters
    ----------
    left, right
        Polygons with column `id` [n and k, m].

    Returns
    -------
    DataFrame
        `left`, `right` (ids) and `area_m2`, by both.

    Raises
    ------
    InputError
        If the two tables do not share one projected CRS.
    """
    same_crs(left, right, place="overlay.cross_areas")
    first, second, common = _cut(left.geometry.to_numpy(), right.geometry.to_numpy())
    rows = pd.DataFrame(
        {
            "left": left["id"].to_numpy(object)[first],
            "right": right["id"].to_numpy(object)[second],
            "area_m2": common,
        }
    )
    return rows.sort_values(["left", "right"], kind="stable", ignore_index=True)
