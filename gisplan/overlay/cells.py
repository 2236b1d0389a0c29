"""Square cells of ground in the plan's CRS, and what layers say of each: amounts, shares, distances.

A cell belongs to an area where its middle does. Shares and amounts of polygons are taken at points spread evenly
over the cell, so a share is known to a part of the cell: 1/25, or 1/4 where there are many cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

FINE, COARSE = 5, 2
"""Points along the side of a cell, and those where there are more than `MANY` cells."""

MANY = 100_000
AT_ONCE = 500_000
"""Points that are looked up together: they bound the memory, whatever the area."""

OUTSIDE = -1
DIGITS = 9
HECTARE = 10_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Cells over an area: `west` and `north` are the corner of the grid [m], `inside` its cells in the area [r, c].

    Everything told of cells is told of those inside alone [k], from the north-west row by row.
    """

    west: float
    north: float
    side: float
    inside: NDArray[np.bool_]

    @property
    def row(self) -> NDArray[np.int64]:
        """The row of each cell [k]."""
        return np.nonzero(self.inside)[0].astype(np.int64)

    @property
    def column(self) -> NDArray[np.int64]:
        """The column of each cell [k]."""
        return np.nonzero(self.inside)[1].astype(np.int64)

    @property
    def x(self) -> NDArray[np.float64]:
        """The middles of the cells [k, m]."""
        return np.asarray(self.west + (self.column + 0.5) * self.side, np.float64)

    @property
    def y(self) -> NDArray[np.float64]:
        """The middles of the cells [k, m]."""
        return np.asarray(self.north - (self.row + 0.5) * self.side, np.float64)

    @property
    def points(self) -> NDArray[np.object_]:
        """The middles of the cells [k]."""
        return np.asarray(shapely.points(self.x, self.y), dtype=object)

    @property
    def boxes(self) -> NDArray[np.object_]:
        """The ground of the cells [k]."""
        half = self.side / 2.0
        return np.asarray(
            shapely.box(self.x - half, self.y - half, self.x + half, self.y + half), dtype=object
        )

    @property
    def hectares(self) -> float:
        """The area of one cell [ha]."""
        return self.side**2 / HECTARE

    def laid_out(self, values: NDArray[np.float64], *, empty: float) -> NDArray[np.float64]:
        """Return values of the cells [k] as a grid [r, c], with another value outside."""
        grid = np.full(self.inside.shape, empty)
        grid[self.inside] = values
        return grid


def size_of(area: shapely.Geometry, side: float) -> tuple[int, int]:
    """Return how many rows and columns of cells an area takes.

    Parameters
    ----------
    area
        Polygons [m].
    side
        Side of a cell [m].
    """
    west, south, east, north = _snapped(area, side)
    return round((north - south) / side), round((east - west) / side)


def cover(area: shapely.Geometry, side: float) -> Cells:
    """Return the cells whose middle lies in an area; their edges lie on whole multiples of their side.

    Parameters
    ----------
    area
        Polygons [m].
    side
        Side of a cell [m].
    """
    rows, columns = size_of(area, side)
    west, _, _, north = _snapped(area, side)
    whole = Cells(west=west, north=north, side=side, inside=np.ones((rows, columns), bool))
    inside = claims(np.array([area], dtype=object), whole.x, whole.y) == 0
    return Cells(west=west, north=north, side=side, inside=inside.reshape(rows, columns))


def _snapped(area: shapely.Geometry, side: float) -> tuple[float, float, float, float]:
    west, south, east, north = (float(edge) for edge in shapely.bounds(area))
    return (
        np.floor(west / side) * side, np.floor(south / side) * side,
        np.ceil(east / side) * side, np.ceil(north / side) * side,
    )  # fmt: skip


def claims(shapes: NDArray[np.object_], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return for each point the first of some polygons that holds it, borders included; -1 where none does [p].

    Parameters
    ----------
    shapes
        Polygons in the order of their right [n, m].
    x, y
        The points [p, m].
    """
    found = np.full(len(x), OUTSIDE, dtype=np.int64)
    for start in range(0, len(x), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        spots = np.asarray(shapely.points(x[part], y[part]), dtype=object)
        shape, point = shapely.STRtree(spots).query(shapes, predicate="intersects")
        order = np.lexsort((shape, point))
        first = np.unique(point[order], return_index=True)[1]
        found[part][point[order][first]] = shape[order][first]
    return found


def worth(cells: Cells, shapes: NDArray[np.object_], value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the value of the areas on each cell by their share of it; ground in none has nought [k].

    Parameters
    ----------
    cells
        The cells.
    shapes, value
        Polygons and their value [n]; where several lie on each other the largest value counts.
    """
    order = np.argsort(-value, kind="stable")
    x, y, points = _spread(cells)
    claimed = claims(shapes[order], x, y)
    told = np.where(claimed == OUTSIDE, 0.0, value[order][claimed]) if len(value) else np.zeros(len(x))
    mean: NDArray[np.float64] = told.reshape(-1, points).mean(axis=1)
    return mean


def _spread(cells: Cells) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Return points evenly over each cell, cell by cell, and how many there are in each."""
    parts = FINE if len(cells.row) <= MANY else COARSE
    step = ((np.arange(parts) + 0.5) / parts - 0.5) * cells.side
    east, north = (offset.ravel() for offset in np.meshgrid(step, step))
    return (cells.x[:, None] + east).ravel(), (cells.y[:, None] + north).ravel(), parts**2


def density(
    cells: Cells, amounts: gpd.GeoSeries, weight: NDArray[np.float64], *, radius_m: float
) -> NDArray[np.float64]:
    """Return how much there is per hectare within a distance of each cell's middle [k, per ha].

    What belongs to a polygon is spread over it evenly. A cell on which something of unknown amount lies is NaN.

    Parameters
    ----------
    cells
        The cells.
    amounts
        Points or polygons [n, m].
    weight
        How much of it there is at each, NaN where unknown [n].
    radius_m
        Cells whose middles lie that near are taken together; 0 takes each cell alone [m].
    """
    margin = int(radius_m // cells.side)
    wide = Cells(
        west=cells.west - margin * cells.side,
        north=cells.north + margin * cells.side,
        side=cells.side,
        inside=np.ones(tuple(length + 2 * margin for length in cells.inside.shape), bool),
    )
    here, unsure = _gathered(wide, amounts, np.stack([np.nan_to_num(weight), np.isnan(weight)]))
    near, count = _in_disc(here, margin, radius_m / cells.side)
    # In whatever order the rows stand, the last digits of a sum must not decide which ground is better.
    found = np.round(near / (count * cells.hectares), DIGITS)
    inner = unsure[margin : unsure.shape[0] - margin, margin : unsure.shape[1] - margin]
    return np.where(inner > 0.0, np.nan, found)[cells.inside]


def _gathered(cells: Cells, amounts: gpd.GeoSeries, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much lies on each cell of a whole grid, for several weights of the same things [w, r, c]."""
    shapes = amounts.to_numpy()
    rows, columns = cells.inside.shape
    found = np.zeros((len(weights), rows * columns))
    areal = np.flatnonzero(shapely.area(shapes) > 0.0)
    if len(areal):
        x, y, points = _spread(cells)
        claimed = claims(shapes[areal], x, y)
        times = np.bincount(claimed[claimed != OUTSIDE], minlength=len(areal))
        share = weights[:, areal] / np.maximum(times, 1)
        held = np.where(claimed == OUTSIDE, 0.0, share[:, claimed])
        found += held.reshape(len(weights), -1, points).sum(axis=2)
        areal = areal[times > 0]  # the others are smaller than the distance of two points
    spot = np.setdiff1d(np.arange(len(shapes)), areal)
    spots = shapely.point_on_surface(shapes[spot])
    column = np.floor((shapely.get_x(spots) - cells.west) / cells.side).astype(np.int64)
    row = np.floor((cells.north - shapely.get_y(spots)) / cells.side).astype(np.int64)
    on = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    place = row[on] * columns + column[on]
    for number, weight in enumerate(weights):
        found[number] += np.bincount(place, weights=weight[spot[on]], minlength=rows * columns)
    return found.reshape(-1, rows, columns)


def _in_disc(grid: NDArray[np.float64], margin: int, radius: float) -> tuple[NDArray[np.float64], int]:
    """Return the sum over a disc around each cell that is `margin` cells inside a grid, and the cells of the disc."""
    rows, columns = (length - 2 * margin for length in grid.shape)
    run = np.concatenate([np.zeros((grid.shape[0], 1)), np.cumsum(grid, axis=1)], axis=1)
    total, count = np.zeros((rows, columns)), 0
    for step in range(-margin, margin + 1):
        reach = int(np.sqrt(max(radius**2 - step**2, 0.0)) + 1e-9)
        strip = run[margin + step : margin + step + rows]
        first = margin - reach
        total += (
            strip[:, first + 2 * reach + 1 : first + 2 * reach + 1 + columns]
            - strip[:, first : first + columns]
        )
        count += 2 * reach + 1
    return total, count


def nearest_m(cells: Cells, shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the distance of each cell's middle from the nearest of some shapes [k, m].

    Parameters
    ----------
    cells
        The cells.
    shapes
        Points, lines or polygons, at least one [n, m].
    """
    found = np.empty(len(cells.row))
    (points, _), metres = shapely.STRtree(shapes).query_nearest(
        cells.points, return_distance=True, all_matches=False
    )
    found[points] = metres
    return found


def outline(cells: Cells, chosen: NDArray[np.bool_]) -> shapely.Geometry:
    """Return the ground of some cells as one shape without needless vertices.

    Parameters
    ----------
    cells
        The cells.
    chosen
        Which of them [k].
    """
    ground: shapely.Geometry = shapely.simplify(shapely.coverage_union_all(cells.boxes[chosen]), 0.0)
    return ground
