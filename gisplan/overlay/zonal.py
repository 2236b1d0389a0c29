"""What an elevation raster says about sites: mean height, mean and steepest slope.

A polygon takes every cell by the part of it that the polygon covers; a point takes the cell it lies in.
Cells without data count nothing, and a site without any cell with data has no figure (未評価), never 0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gisplan.core import tables
from gisplan.core.errors import InputError, Problem
from gisplan.overlay.guard import crs_code, metric

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

MARGIN = 2
"""Cells read around the sites: slope needs one neighbour, and rounding may cost one more."""

WINDOW_M = 2_000.0
"""North to south, a window of heights is about so long: it bounds the memory, whatever the area."""

PART = 0.99
"""Covered part of a site below which its figures are said to rest on a part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Heights of a window of a raster [rows, columns; m, NaN without data]; `west`, `north` is its corner."""

    height: NDArray[np.float64]
    west: float
    north: float
    width_m: float
    depth_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Terrain:
    """The table `terrain` and the doubts met on the way."""

    table: pd.DataFrame
    findings: pd.DataFrame


def slope(height: NDArray[np.float64], *, width_m: float, depth_m: float) -> NDArray[np.float64]:
    """Return the slope in degrees by Horn's third-order finite difference.

    Parameters
    ----------
    height
        Heights, rows from north to south [rows, columns; m].
    width_m, depth_m
        Size of a cell from west to east and from north to south [m].

    Returns
    -------
    ndarray
        Slope [rows, columns; degrees]; NaN on the rim and next to a cell without data.

    References
    ----------
    Horn, B. K. P. (1981). Hill shading and the reflectance map. Proceedings of the IEEE 69(1), 14-47.
    """
    result = np.full(height.shape, np.nan)
    if min(height.shape) < 3:  # noqa: PLR2004 - a cell and its neighbours on both sides
        return result
    north, middle, south = height[:-2], height[1:-1], height[2:]
    east = north[:, 2:] + 2 * middle[:, 2:] + south[:, 2:]
    west = north[:, :-2] + 2 * middle[:, :-2] + south[:, :-2]
    above = north[:, :-2] + 2 * north[:, 1:-1] + north[:, 2:]
    below = south[:, :-2] + 2 * south[:, 1:-1] + south[:, 2:]
    rise = np.hypot((east - west) / (8 * width_m), (below - above) / (8 * depth_m))
    # A cell without data has no slope even though Horn's weights leave the middle cell out.
    result[1:-1, 1:-1] = np.where(np.isnan(middle[:, 1:-1]), np.nan, np.degrees(np.arctan(rise)))
    return result


def terrain(sites: gpd.GeoDataFrame, raster: Path, *, layer: str) -> Terrain:
    """Return height and slope of every site.

    Parameters
    ----------
    sites
        Polygons or points with column `id` [n, m].
    raster
        File of heights in metres, north up, in the CRS of the sites.
    layer
        Name of the sites' layer.

    Returns
    -------
    Terrain
        The table `terrain` (NaN where the raster has no data), and findings `raster.outside` and
        `raster.partial`.

    Raises
    ------
    InputError
        If the CRS of raster and sites differ, or the raster is rotated.
    """
    metric(sites, place=raster.name)
    ordered = sites.sort_values("id", kind="stable", ignore_index=True)
    bounds = tuple(float(edge) for edge in ordered.total_bounds)
    grid = None if ordered.empty else read_grid(raster, crs=crs_code(sites), bounds=bounds)
    figures = pd.DataFrame(
        np.nan, index=ordered.index, columns=["elevation_m", "slope_deg", "slope_max_deg", "cells"]
    ).assign(cells=0.0)
    if grid is not None:
        inclined = slope(grid.height, width_m=grid.width_m, depth_m=grid.depth_m)
        polygon = shapely.area(ordered.geometry.to_numpy()) > 0
        figures.loc[polygon] = _in_polygons(ordered[polygon], grid, inclined, crs=sites.crs.to_wkt())
        figures.loc[~polygon] = _at_points(ordered[~polygon], grid, inclined)
    cell = grid.width_m * grid.depth_m if grid else np.nan
    return Terrain(
        table=tables.hold(figures.assign(layer=layer, id=ordered["id"]), "terrain"),
        findings=_doubts(ordered, figures["cells"].to_numpy(), cell=cell, layer=layer),
    )


def read_grid(raster: Path, *, crs: str, bounds: tuple[float, ...]) -> Grid | None:
    """Return the heights around some bounds (west, south, east, north), or None if the raster lies elsewhere.

    Raises
    ------
    InputError
        If the raster has another CRS than `crs`, or is rotated.
    """
    import rasterio
    from rasterio.windows import Window

    with rasterio.open(raster) as source:
        _refuse(source, raster, crs=crs)
        step_x, step_y = source.transform.a, -source.transform.e
        west, south, east, north = bounds
        first_column = max(int(np.floor((west - source.bounds.left) / step_x)) - MARGIN, 0)
        last_column = min(int(np.ceil((east - source.bounds.left) / step_x)) + MARGIN, source.width)
        first_row = max(int(np.floor((source.bounds.top - north) / step_y)) - MARGIN, 0)
        last_row = min(int(np.ceil((source.bounds.top - south) / step_y)) + MARGIN, source.height)
        if first_column >= last_column or first_row >= last_row:
            return None
        window = Window(first_column, first_row, last_column - first_column, last_row - first_row)
        cells = source.read(1, window=window, masked=True)
        return Grid(
            height=np.ma.filled(cells.astype("float64"), np.nan),
            west=source.bounds.left + first_column * step_x,
            north=source.bounds.top - first_row * step_y,
            width_m=step_x,
            depth_m=step_y,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lattice:
    """Square cells whose mean slope is wanted: the corner of the grid [m], the side of a cell [m], rows and columns."""

    west: float
    north: float
    side: float
    rows: int
    columns: int


def mean_slopes(raster: Path, lattice: Lattice, *, crs: str) -> NDArray[np.float64]:
    """Return the mean slope of each cell of a lattice, read window by window [rows, columns; degrees].

    A cell takes the heights whose middle lies on it; one smaller than those takes the slope at its middle. It is NaN
    where the raster has no data.

    Parameters
    ----------
    raster
        File of heights in metres, north up.
    lattice
        The cells.
    crs
        The CRS of the lattice by authority code.

    Raises
    ------
    InputError
        If the raster has another CRS, or is rotated.
    """
    found = np.full((lattice.rows, lattice.columns), np.nan)
    east = lattice.west + lattice.columns * lattice.side
    rows = max(int(WINDOW_M // lattice.side), 1)
    for first in range(0, lattice.rows, rows):
        last = min(first + rows, lattice.rows)
        top, bottom = lattice.north - first * lattice.side, lattice.north - last * lattice.side
        grid = read_grid(raster, crs=crs, bounds=(lattice.west, bottom, east, top))
        if grid is not None:
            band = replace(lattice, north=top, rows=last - first)
            found[first:last] = _slopes_of(grid, band)
    return found


def _slopes_of(grid: Grid, lattice: Lattice) -> NDArray[np.float64]:
    """Return the mean slope of each cell of a lattice that a window of heights covers."""
    inclined = slope(grid.height, width_m=grid.width_m, depth_m=grid.depth_m)
    row, column = (np.arange(length) + 0.5 for length in inclined.shape)
    own_row = np.floor((lattice.north - grid.north + row * grid.depth_m) / lattice.side).astype(int)
    own_column = np.floor((grid.west + column * grid.width_m - lattice.west) / lattice.side).astype(int)
    inside = ((own_row >= 0) & (own_row < lattice.rows))[:, None] & (
        (own_column >= 0) & (own_column < lattice.columns)
    )
    known = inside & ~np.isnan(inclined)
    place = (own_row[:, None] * lattice.columns + own_column)[known]
    size = lattice.rows * lattice.columns
    count = np.bincount(place, minlength=size)
    total = np.bincount(place, weights=inclined[known], minlength=size)
    mean = np.divide(total, count, out=np.full(size, np.nan), where=count > 0)
    mean = np.asarray(mean.reshape(lattice.rows, lattice.columns), np.float64)
    if max(grid.width_m, grid.depth_m) > lattice.side:
        mean = np.where(np.isnan(mean), _slope_at(grid, inclined, lattice), mean)
    return mean


def _slope_at(grid: Grid, inclined: NDArray[np.float64], lattice: Lattice) -> NDArray[np.float64]:
    """Return the slope at the middle of each cell of a lattice."""
    y = lattice.north - (np.arange(lattice.rows) + 0.5) * lattice.side
    x = lattice.west + (np.arange(lattice.columns) + 0.5) * lattice.side
    row = np.floor((grid.north - y) / grid.depth_m).astype(int)
    column = np.floor((x - grid.west) / grid.width_m).astype(int)
    inside = ((row >= 0) & (row < inclined.shape[0]))[:, None] & (
        (column >= 0) & (column < inclined.shape[1])
    )
    row, column = np.clip(row, 0, inclined.shape[0] - 1), np.clip(column, 0, inclined.shape[1] - 1)
    return np.where(inside, inclined[row[:, None], column], np.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The cells of a raster with a value above nought: their middles `x`, `y`, place and `value` [k].

    `crs` is the EPSG code of the raster's own CRS.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    row: NDArray[np.int64]
    column: NDArray[np.int64]
    value: NDArray[np.float64]
    crs: int


def read_cells(raster: Path) -> Cells:
    """Return the cells of a raster of amounts, such as people, that hold any, from north to south."""
    import rasterio

    with rasterio.open(raster) as source:
        values = np.ma.filled(source.read(1, masked=True).astype("float64"), np.nan)
        row, column = np.nonzero(values > 0.0)
        way, crs = source.transform, int(source.crs.to_epsg())
    return Cells(
        x=way.c + way.a * (column + 0.5) + way.b * (row + 0.5),
        y=way.f + way.d * (column + 0.5) + way.e * (row + 0.5),
        row=row,
        column=column,
        value=values[row, column],
        crs=crs,
    )


def _refuse(source: DatasetReader, raster: Path, *, crs: str) -> None:
    authority = source.crs.to_authority(confidence_threshold=20) if source.crs else None
    own = ":".join(authority) if authority else str(source.crs.to_wkt() if source.crs else "")
    if own != crs:
        values = {"left": crs, "right": own}
        raise InputError(Problem(code="crs.mismatch", place=raster.name, values=values))
    if source.transform.b or source.transform.d or source.transform.a <= 0 or source.transform.e >= 0:
        raise InputError(Problem(code="raster.rotated", place=raster.name))


def _in_polygons(
    sites: gpd.GeoDataFrame, grid: Grid, inclined: NDArray[np.float64], *, crs: str
) -> NDArray[np.float64]:
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource

    if sites.empty:
        return np.empty((0, 4))
    rows, columns = grid.height.shape
    box = {
        "xmin": grid.west,
        "ymax": grid.north,
        "xmax": grid.west + columns * grid.width_m,
        "ymin": grid.north - rows * grid.depth_m,
        "srs_wkt": crs,
    }
    shapes = gpd.GeoDataFrame(geometry=sites.geometry.to_numpy(), crs=sites.crs)
    heights = exact_extract(NumPyRasterSource(grid.height, **box), shapes, ["mean", "count"], output="pandas")
    slopes = exact_extract(NumPyRasterSource(inclined, **box), shapes, ["mean", "max"], output="pandas")
    found: NDArray[Any] = np.column_stack([heights["mean"], slopes["mean"], slopes["max"], heights["count"]])
    return found.astype("float64")


def _at_points(sites: gpd.GeoDataFrame, grid: Grid, inclined: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y = sites.geometry.x.to_numpy(), sites.geometry.y.to_numpy()
    column = np.floor((x - grid.west) / grid.width_m).astype(int)
    row = np.floor((grid.north - y) / grid.depth_m).astype(int)
    rows, columns = grid.height.shape
    inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    found = np.full((len(sites), 4), np.nan)
    spot = (row[inside], column[inside])
    height, angle = grid.height[spot], inclined[spot]
    found[inside] = np.column_stack([height, angle, angle, ~np.isnan(height)])
    found[:, 3] = np.nan_to_num(found[:, 3])
    return found


def _doubts(sites: gpd.GeoDataFrame, cells: NDArray[np.float64], *, cell: float, layer: str) -> pd.DataFrame:
    size = shapely.area(sites.geometry.to_numpy())
    doubts = []
    for name, count, area in zip(sites["id"], cells, size, strict=True):
        if count == 0:
            doubts.append(tables.Doubt(code="raster.outside", layer=layer, subject=name))
        elif count * cell < PART * area:
            values = {"share": 100 * count * cell / area}
            doubts.append(tables.Doubt(code="raster.partial", layer=layer, subject=name, values=values))
    return tables.findings(doubts)
