"""The pieces of ground that districts are put together of: cells, neighbourhoods or meshes, and which of them adjoin.

Two pieces adjoin where they share a stretch of border, never at a corner alone; two between which all the ground along
the border is forbidden do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gisplan.core.suitability import ProposeOptions, Unit
from gisplan.core.words import Atlas
from gisplan.overlay.cells import HECTARE, OUTSIDE, Cells, claims, outline

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.districts.surface import Suited

GAP_M = 1.0
"""Neighbours drawn apart by so much [m] still adjoin: outlines of one survey do not meet to the last digit."""

LEAST_BORDER_M = 10.0
"""A common border is at least that long [m]: a shorter one is a corner, or two lines that cross."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Borders:
    """Which units adjoin: unit u has the neighbours `other[first[u]:first[u + 1]]` with `length` metres each."""

    first: NDArray[np.int64]
    other: NDArray[np.int64]
    length: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Pieces of ground: `id`, `name`, `area` [m²] and `rim` [m] of each, and whether a district may hold it [u].

    `cell` is the unit of each cell, -1 where it is in none [k]; `x` and `y` are a point inside [u, m]. `shape` is the
    ground of each, None where units are cells [u].
    """

    kind: Unit
    id: NDArray[np.object_]
    name: NDArray[np.object_]
    area: NDArray[np.float64]
    rim: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    allowed: NDArray[np.bool_]
    cell: NDArray[np.int64]
    borders: Borders
    shape: NDArray[np.object_] | None

    def mean(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean of the values of each unit's cells that have one, NaN where none has [u]."""
        known = ~np.isnan(value) & (self.cell != OUTSIDE)
        count = np.bincount(self.cell[known], minlength=len(self.area))
        total = np.bincount(self.cell[known], weights=value[known], minlength=len(self.area))
        mean: NDArray[np.float64] = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
        return mean

    def ground(self, chosen: NDArray[np.bool_], cells: Cells) -> shapely.Geometry:
        """Return the ground of some units as one shape, gaps of a metre between neighbours closed.

        Parameters
        ----------
        chosen
            Which units [u].
        cells
            The cells of the plan.
        """
        if self.shape is None:
            return outline(cells, chosen[self.cell])
        whole: shapely.Geometry = shapely.union_all(self.shape[chosen])
        if shapely.get_num_geometries(whole) == 1:
            return whole
        wide = shapely.buffer(whole, GAP_M, join_style="mitre", mitre_limit=2.0)
        closed: shapely.Geometry = shapely.union(
            whole, shapely.buffer(wide, -GAP_M, join_style="mitre", mitre_limit=2.0)
        )
        return closed


def units_of(atlas: Atlas, suited: Suited, options: ProposeOptions) -> Units | None:
    """Return the units of a plan, None where it has no layer of them.

    Parameters
    ----------
    atlas
        Layers of the plan.
    suited
        How suitable the ground is.
    options
        Of which units districts are made, and which may be part of one.
    """
    within = _within(atlas, suited.cells, options.within)
    if within is None:
        return None
    if options.of == "cell":
        return _of_cells(suited, within)
    table = atlas.table("population" if options.of == "mesh" else "neighbourhood")
    if table is None:
        return None
    ordered = table.sort_values("id", kind="stable", ignore_index=True)
    shapes = ordered.geometry.to_numpy()
    cell = claims(shapes, suited.cells.x, suited.cells.y)
    count = len(shapes)
    held = cell != OUTSIDE
    cells_of = np.bincount(cell[held], minlength=count)
    barred = np.bincount(cell[held], weights=suited.forbidden[held], minlength=count)
    share = np.divide(barred, cells_of, out=np.zeros(count), where=cells_of > 0)
    known = np.bincount(cell[held], weights=~np.isnan(suited.value[held]), minlength=count) > 0
    inside = np.bincount(cell[held], weights=within[held], minlength=count) > cells_of / 2.0
    spots = shapely.point_on_surface(shapes)
    return Units(
        kind=options.of,
        id=ordered["id"].to_numpy(object),
        name=ordered["name"].to_numpy(object),
        area=shapely.area(shapes),
        rim=shapely.length(shapes),
        x=shapely.get_x(spots),
        y=shapely.get_y(spots),
        allowed=known & inside & (share <= options.forbidden_share),
        cell=cell,
        borders=_between(shapes, _parted(suited, cell)),
        shape=shapes,
    )


def _within(atlas: Atlas, cells: Cells, layer: str) -> NDArray[np.bool_] | None:
    """Return which cells lie in a layer that limits the districts [k]: all without one, None where it is missing."""
    if not layer:
        return np.ones(len(cells.row), bool)
    table = atlas.table(layer)
    return None if table is None else claims(table.geometry.to_numpy(), cells.x, cells.y) != OUTSIDE


def _of_cells(suited: Suited, within: NDArray[np.bool_]) -> Units:
    """Return the cells themselves as units."""
    cells, count = suited.cells, len(suited.worth)
    numbers = np.full(cells.inside.shape, OUTSIDE, dtype=np.int64)
    numbers[cells.inside] = np.arange(count)
    pairs = [(numbers[:, :-1], numbers[:, 1:]), (numbers[:-1], numbers[1:])]
    both = [(one >= 0) & (other >= 0) for one, other in pairs]
    low = np.concatenate([one[held] for (one, _), held in zip(pairs, both, strict=True)])
    high = np.concatenate([other[held] for (_, other), held in zip(pairs, both, strict=True)])
    names = np.char.add(np.char.add(cells.row.astype(str), "-"), cells.column.astype(str)).astype(object)
    return Units(
        kind="cell",
        id=names,
        name=np.full(count, "", dtype=object),
        area=np.full(count, cells.side**2),
        rim=np.full(count, 4.0 * cells.side),
        x=cells.x,
        y=cells.y,
        allowed=within & ~suited.forbidden & ~np.isnan(suited.worth),
        cell=np.arange(count),
        borders=_rows(low, high, np.full(len(low), cells.side), count),
        shape=None,
    )


def _parted(suited: Suited, cell: NDArray[np.int64]) -> frozenset[tuple[int, int]]:
    """Return the pairs of units between which all cells along the border are forbidden."""
    cells = suited.cells
    unit = np.full(cells.inside.shape, OUTSIDE, dtype=np.int64)
    unit[cells.inside] = cell
    free = cells.laid_out(np.where(suited.forbidden, 0.0, 1.0), empty=0.0) > 0.0
    met: set[tuple[int, int]] = set()
    passed: set[tuple[int, int]] = set()
    for one, other in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        low, high = np.minimum(unit[one], unit[other]), np.maximum(unit[one], unit[other])
        along = (low >= 0) & (low != high)
        both = free[one] & free[other]
        met |= set(zip(low[along].tolist(), high[along].tolist(), strict=True))
        passed |= set(zip(low[along & both].tolist(), high[along & both].tolist(), strict=True))
    return frozenset(met - passed)


def _between(shapes: NDArray[np.object_], parted: frozenset[tuple[int, int]]) -> Borders:
    """Return which polygons adjoin, and how long their common border is."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=GAP_M)
    keep = one < other
    one, other = one[keep], other[keep]
    rims = shapely.boundary(shapes)
    near = shapely.buffer(shapes, GAP_M, quad_segs=2)
    length = shapely.length(shapely.intersection(rims[one], near[other]))
    long = length >= LEAST_BORDER_M
    free = np.array([pair not in parted for pair in zip(one.tolist(), other.tolist(), strict=True)], bool)
    able = long & free
    return _rows(one[able], other[able], length[able], len(shapes))


def _rows(
    low: NDArray[np.int64], high: NDArray[np.int64], length: NDArray[np.float64], count: int
) -> Borders:
    """Return pairs as rows of neighbours, those of each unit in their order."""
    one, other = np.concatenate([low, high]), np.concatenate([high, low])
    order = np.lexsort((other, one))
    first = np.concatenate([[0], np.cumsum(np.bincount(one, minlength=count))]).astype(np.int64)
    return Borders(
        first=first, other=other[order].astype(np.int64), length=np.concatenate([length, length])[order]
    )


def patches(units: Units) -> NDArray[np.int64]:
    """Return the number of the contiguous patch of allowed units that each unit belongs to, -1 where it is not [u]."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    count, borders = len(units.area), units.borders
    one = np.repeat(np.arange(count), np.diff(borders.first))
    held = units.allowed[one] & units.allowed[borders.other]
    graph = csr_array((np.ones(int(held.sum())), (one[held], borders.other[held])), shape=(count, count))
    label = connected_components(graph, directed=False)[1]
    return np.where(units.allowed, label, OUTSIDE).astype(np.int64)


def largest_patch(units: Units) -> float:
    """Return the area of the largest contiguous patch of allowed units [ha], 0 where there is none."""
    patch = patches(units)
    held = patch != OUTSIDE
    return float(np.bincount(patch[held], weights=units.area[held]).max() / HECTARE) if held.any() else 0.0
