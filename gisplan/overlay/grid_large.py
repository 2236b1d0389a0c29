"""When the grid is worth its making, and what it answers: the area of points, the common ground of lots."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gisplan.overlay.grid import Frame, Grid, Rings, find, in_parts, near, rings_of
from gisplan.overlay.grid_store import cache_folder, kept_grid

if TYPE_CHECKING:
    from gisplan.overlay.grid_kernels import Boxes, Bytes, Counts, Floats, Integers

SECONDS_A_POINT, SECONDS_A_LOT, SECONDS_A_VERTEX = 3.4e-6, 2.0e-5, 1.7e-8
"""What the grid saves (`scripts/bench.py overlay`): a tree takes this much longer for each of them."""

WORTH_S = 2.0
"""Seconds that must be saved: numba takes one to load, and ten where nothing is compiled yet."""

MOST_VERTICES = 1_000_000_000
"""Places in the index are numbers of 32 bits."""

KEPT_VERTICES = 10_000_000
"""Vertices from which a grid is kept on disk: hashing and writing are quicker than making it twice."""

CHUNK = 200_000
"""Vertices that are taken out of the geometries at a time."""

POINT, POLYGON, MULTIPOLYGON = 0, 3, 6


def worth_it(areas: NDArray[Any], *, points: int = 0, lots: int = 0) -> bool:
    """Return whether the grid saves time over a tree: many points or lots, in areas that are all polygons."""
    vertices = int(shapely.get_num_coordinates(areas).sum())
    saved = points * SECONDS_A_POINT + lots * SECONDS_A_LOT + vertices * SECONDS_A_VERTEX
    # The vertices alone are no reason: few points are found in a tree before the index is made.
    if points * SECONDS_A_POINT + lots * SECONDS_A_LOT < WORTH_S / 4 or saved < WORTH_S:
        return False
    if not 0 < vertices <= MOST_VERTICES or importlib.util.find_spec("numba") is None:
        return False
    return bool(np.isin(shapely.get_type_id(areas), (POLYGON, MULTIPOLYGON)).all())


def locate_points(
    spots: NDArray[Any], areas: NDArray[Any], values: NDArray[Any]
) -> tuple[Integers, NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]] | None:
    """Return what the grid says of points, or None where one of them is no point.

    Parameters
    ----------
    spots
        Points [n, m].
    areas
        Valid polygons and multipolygons [k, m].
    values
        A number for each area: where areas of one number meet, there is no border [k].

    Returns
    -------
    tuple
        The lowest area that holds each point, k outside all [n]; whether areas of several values hold it [n];
        the points too near to a border to tell; and the areas that may touch one of those.
    """
    xy, owner = shapely.get_coordinates(spots, return_index=True)
    if len(xy) != len(spots) or not np.array_equal(owner, np.arange(len(spots))):
        return None
    x, y = np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1])
    _, grid = _grid(areas, (x, y, x, y))
    area, state = find(grid, (x, y), values.astype(np.int32))
    from gisplan.overlay.grid_kernels import DOUBTFUL, SEVERAL

    doubtful = np.flatnonzero(state == DOUBTFUL)
    candidates = near(grid, (x[doubtful], y[doubtful]), areas=len(areas))
    area[area < 0] = len(areas)
    return area, state == SEVERAL, doubtful, candidates


def _grid(areas: NDArray[Any], boxes: Boxes, *, exact: bool = False) -> tuple[Frame, Grid]:
    large = shapely.get_num_coordinates(areas).sum() >= KEPT_VERTICES
    return kept_grid(areas, boxes, folder=cache_folder() if large else None, exact=exact)


def cut_lots(
    lots: NDArray[Any], areas: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return lot, area and common m² of every pair that may share ground; the rows of a lot by area.

    Parameters
    ----------
    lots
        Valid polygons and multipolygons [n, m].
    areas
        Valid polygons and multipolygons [k, m].
    """
    boxes = boxes_of(lots)
    return cut_with(*_grid(areas, boxes, exact=True), lots, areas, boxes)


def boxes_of(lots: NDArray[Any]) -> Boxes:
    """Return west, south, east and north of every lot [n each, m]."""
    west, south, east, north = (np.ascontiguousarray(side) for side in shapely.bounds(lots).T)
    return west, south, east, north


def cut_with(
    frame: Frame, grid: Grid, lots: NDArray[Any], areas: NDArray[Any], boxes: Boxes
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return the same from a grid that was made for the boxes of the lots.

    Parameters
    ----------
    frame, grid
        The cells over the areas and their content (`kept_grid`).
    lots, areas
        Valid polygons and multipolygons [n and k, m].
    boxes
        The bounds of the lots (`boxes_of`).
    """
    from gisplan.overlay import grid_lots

    index = (grid.directory, grid.cells, grid.records)
    place = np.empty(len(lots), np.int32)
    each = np.arange(len(areas), dtype=np.int32)

    def work(part: slice) -> None:
        grid_lots.place_lots(grid.lattice, index, grid.masks, each, _picked(boxes, part), place[part])

    in_parts(len(lots), work)
    border, whole = np.flatnonzero(place == grid_lots.BORDER), np.flatnonzero(place >= 0)
    near, ground, unclear = _cut_in_cells(grid, lots, border, boxes)
    rows = _pairs(frame, grid, unclear, boxes)
    common = _common(lots[unclear], areas, rows, _picked(boxes, unclear), unclear)
    lot = np.concatenate([whole, near[:, 1], rows[:, 1]])
    area = np.concatenate([place[whole].astype(np.int64), near[:, 0], rows[:, 0]])
    return lot, area, np.concatenate([shapely.area(lots[whole]), ground, common])


def _cut_in_cells(
    grid: Grid, lots: NDArray[Any], border: NDArray[np.int64], boxes: Boxes
) -> tuple[Counts, Floats, NDArray[np.int64]]:
    """Return rows (area, lot) and their common ground, and the lots that cannot be cut along kept vertices."""
    from gisplan.overlay import grid_ground, grid_lots

    if not len(grid.exact):
        return np.empty((0, 2), np.int64), np.empty(0), border
    held = rings_of(lots[border])
    signs = grid_lots.signs_of(held.xy, held.rings, held.shells)
    index = (grid.directory, grid.cells, grid.records, grid.exact)

    def work(part: slice) -> tuple[Counts, Floats, Bytes]:
        names = border[part]
        owners = held.owners[part.start : part.start + len(names) + 1]
        given = (names, boxes, (held.xy, held.rings, owners, held.shells), signs)
        room, count = 4 * len(names) + 1_024, -1
        while count < 0:
            rows, ground, unclear = (
                np.empty((room, 2), np.int64),
                np.empty(room),
                np.zeros(len(names), np.uint8),
            )
            count = grid_ground.cut_in_cells(grid.lattice, index, grid.masks, given, (rows, ground, unclear))
            room *= 4
        return rows[:count], ground[:count], unclear

    parts = in_parts(len(border), work)
    if not parts:
        return np.empty((0, 2), np.int64), np.empty(0), border
    rows, ground, unclear = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return rows, ground, border[unclear > 0]


def _pairs(frame: Frame, grid: Grid, border: NDArray[np.int64], boxes: Boxes) -> Counts:
    """Return the rows (area, lot) of all areas that may share ground with a lot, by area."""
    from gisplan.overlay import grid_lots

    index = (grid.directory, grid.cells, grid.records)
    room, count = 4 * len(border) + 1_024, -1
    while count < 0:
        rows = np.empty((room, 2), np.int64)
        count = grid_lots.pairs(grid.lattice, index, grid.masks, (border, boxes), frame.bounds, rows)
        room *= 4
    rows = rows[:count]
    ordered: Counts = rows[np.argsort(rows[:, 0], kind="stable")]
    return ordered


def _picked(boxes: Boxes, rows: NDArray[np.int64] | slice) -> Boxes:
    west, south, east, north = boxes
    return west[rows], south[rows], east[rows], north[rows]


def _common(
    lots: NDArray[Any], areas: NDArray[Any], rows: Counts, boxes: Boxes, border: NDArray[np.int64]
) -> Floats:
    """Return the common ground of rows (area, lot) sorted by area; `lots` are those of `border` only."""
    from gisplan.overlay import grid_lots

    new = np.diff(rows[:, 0], prepend=-1) > 0
    names, local = rows[new, 0], np.cumsum(new) - 1
    pairs = np.column_stack([local, np.searchsorted(border, rows[:, 1])])
    held: Rings = rings_of(lots)
    signs = grid_lots.signs_of(held.xy, held.rings, held.shells)
    common = np.empty(len(rows))
    chunk = np.cumsum(shapely.get_num_coordinates(areas[names])) // CHUNK
    begin = 0
    for end in [*(np.flatnonzero(np.diff(chunk)) + 1).tolist(), len(names)]:
        first, last = np.searchsorted(local, [begin, end])
        part = pairs[first:last] - np.array([begin, 0])
        found = rings_of(areas[names[begin:end]])
        grid_lots.common_ground(found, held, signs, part, boxes, common[first:last])
        begin = end
    return common
