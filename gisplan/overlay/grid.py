"""A grid over areas, for jobs too large for a tree: hundreds of thousands of areas, millions of points.

The country is cut into square cells, 16 by 16 of them a tile, some tiles a block. Only cells that a point lies
in are looked at; each says that it is empty, that one area covers it, or which borders run through it.
Blocks are made one by one, so that what is at work stays in the processor's own memory.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

if TYPE_CHECKING:
    from gisplan.overlay.grid_kernels import Boxes, Bytes, Counts, Floats, Integers, Lattice, Words

PER_CELL = 8
"""Vertices for each cell of the boxes around the areas: more make the index smaller, a look slower."""

MOST_CELLS = 2**30
BLOCK_BITS = 8
"""A block is 2 ** 8 cells wide, or wider where too many areas would lie in several blocks, or blocks hold little."""

TWICE = 1.5
"""Blocks are so wide that vertices are looked at no more often than this."""

MANY, FULL = 200, 150_000
"""More blocks than this are too many, unless each holds so many vertices: a block costs time whatever it holds."""

PARTS, LEAST = 8, 1_000
"""Parts for each thread, and rows in a part at least."""

POLYGON = 3

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """What lies in each cell that a point lies in; the arrays are explained in grid_kernels and grid_points.

    `exact` has the vertex [m] that each word of `records` stands for, or no rows where only points are asked for.
    """

    lattice: Lattice
    directory: Integers
    asked: Words
    cells: Integers
    records: Words
    exact: Floats
    masks: int

    @property
    def megabytes(self) -> float:
        """Return the size of the index."""
        arrays = (self.directory, self.asked, self.cells, self.records, self.exact)
        return sum(array.nbytes for array in arrays) / 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Cells without content: the bounds of the areas in metres and in cells, the place of every tile under one.

    `blocks` has a row for each block: its number, and the first of its places; a last row ends it.
    """

    lattice: Lattice
    vertices: int
    bounds: Floats
    boxes: Counts
    block_bits: int
    blocks: Counts
    directory: Integers


def frame_of(areas: NDArray[Any]) -> Frame:
    """Return the cells over some areas.

    Parameters
    ----------
    areas
        Valid polygons and multipolygons [k, m].
    """
    from gisplan.overlay import grid_kernels as kernels

    bounds, vertices = shapely.bounds(areas), shapely.get_num_coordinates(areas)
    lattice = _lattice(bounds, int(vertices.sum()))
    boxes = (bounds - np.array([lattice.west, lattice.south] * 2)) * lattice.per_metre
    boxes = np.where(np.isnan(boxes), [0, 0, -1, -1], boxes).astype(np.int64)
    tiles = np.zeros(lattice.tiles_across * ((lattice.rows >> kernels.TILE_BITS) + 1), np.uint8)
    kernels.mark_tiles(lattice, boxes, tiles)
    under = np.flatnonzero(tiles)
    bits = _block_bits(lattice, boxes, vertices)
    row, column = np.divmod(under, lattice.tiles_across)
    shift = bits - kernels.TILE_BITS
    block = _block_number(lattice, bits, column >> shift, row >> shift)
    order = np.argsort(block, kind="stable")
    directory = np.zeros(len(tiles), np.int32)
    directory[under[order]] = np.arange(1, len(under) + 1)
    numbers, firsts = np.unique(block[order], return_index=True)
    blocks = np.column_stack([np.append(numbers, -1), np.append(firsts, len(under)) + 1])
    return Frame(
        lattice=lattice,
        vertices=int(vertices.sum()),
        bounds=bounds,
        boxes=boxes,
        block_bits=bits,
        blocks=blocks,
        directory=directory,
    )


def _lattice(bounds: Floats, vertices: int) -> Lattice:
    """Return square cells of a size that suits how dense the vertices are."""
    from gisplan.overlay.grid_kernels import TILE_BITS, Lattice

    west, south = np.nanmin(bounds[:, :2], axis=0)
    east, north = np.nanmax(bounds[:, 2:], axis=0)
    size = np.nansum((bounds[:, 2] - bounds[:, 0]) * (bounds[:, 3] - bounds[:, 1]))
    dense = size * PER_CELL / max(vertices, 1)
    side = float(np.sqrt(max(dense, (east - west) * (north - south) / MOST_CELLS, 1e-6)))
    # Data on whole metres, and points on a raster, shall not lie on the sides of the cells.
    west, south = float(west - 1.2360679 * side), float(south - 1.4142135 * side)
    columns, rows = int((east - west) / side) + 2, int((north - south) / side) + 2
    across = (columns >> TILE_BITS) + 1
    return Lattice(
        west=west, south=south, per_metre=1 / side, columns=columns, rows=rows, tiles_across=across
    )


def _block_bits(lattice: Lattice, boxes: Counts, vertices: NDArray[Any]) -> int:
    bits, total = BLOCK_BITS, int(vertices.sum())
    while MANY < _blocks_of(lattice, boxes, bits) > total / FULL:
        bits += 1
    while (_spans(boxes, bits).prod(axis=1) * vertices).sum() > TWICE * total:
        bits += 1
    return bits


def _blocks_of(lattice: Lattice, boxes: Counts, bits: int) -> int:
    """Return in how many blocks the south-west corner of a box lies."""
    low = boxes[:, :2] >> bits
    across, upward = (lattice.columns >> bits) + 1, (lattice.rows >> bits) + 1
    held = np.zeros(across * upward, np.bool_)
    held[_block_number(lattice, bits, low[:, 0], low[:, 1])] = True
    return int(np.count_nonzero(held))


def _spans(boxes: Counts, bits: int) -> Counts:
    """Return how many blocks each box spans across and upward."""
    spans: Counts = (boxes[:, 2:] >> bits) - (boxes[:, :2] >> bits) + 1
    return spans


def _block_number(lattice: Lattice, bits: int, column: Counts, row: Counts) -> Counts:
    number: Counts = row * ((lattice.columns >> bits) + 1) + column
    return number


def ask(frame: Frame, boxes: Boxes) -> Words:
    """Return a bit for each cell: whether a box (its west, south, east and north [m]) touches it.

    A point is a box without width and height.
    """
    from gisplan.overlay import grid_kernels as kernels

    bits = np.zeros(int(frame.blocks[-1, 1]) * kernels.TILE_CELLS // 32, np.uint32)
    kernels.ask(frame.lattice, boxes, frame.directory, bits)
    return bits


def grid_of(areas: NDArray[Any], frame: Frame, asked: Words, *, exact: bool = False) -> Grid:
    """Return the grid over some areas, made only of cells that are asked for.

    Parameters
    ----------
    areas
        Valid polygons and multipolygons [k, m].
    frame, asked
        Their cells (`frame_of`), and those that points lie in (`ask`).
    exact
        Whether the exact vertices in these cells are kept: lots are cut along them.
    """
    from gisplan.overlay import grid_kernels as kernels
    from gisplan.overlay import grid_points

    cells = np.full(len(asked) * 32, kernels.EMPTY, np.int32)
    rooms: SimpleQueue[Room] = SimpleQueue()

    def work(block: Block) -> tuple[Words, Floats, int]:
        room = _room(0, exact=exact) if rooms.empty() else rooms.get()
        room, filled, masks = _fill(areas, frame, (asked, cells), block, room)
        kept = room.records[:filled].copy(), room.kept[:filled].copy()
        rooms.put(room)
        return *kept, masks

    records, filled, most = np.empty(frame.vertices + 1, np.uint32), 0, 1
    lines = [np.empty((0, 2))]
    blocks = list(_blocks(frame, asked))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for (_, first, end), (words, line, masks) in zip(blocks, pool.map(work, blocks), strict=True):
            grid_points.shift_records(cells[first * kernels.TILE_CELLS : end * kernels.TILE_CELLS], filled)
            if filled + len(words) > len(records):
                records = np.concatenate([records[:filled], np.empty(len(records) + len(words), np.uint32)])
            records[filled : filled + len(words)] = words
            filled, most = filled + len(words), max(most, masks)
            lines.append(line)
    records.resize(max(filled, 1), refcheck=False)
    return Grid(
        lattice=frame.lattice,
        directory=frame.directory,
        asked=asked,
        cells=cells,
        records=records,
        exact=np.concatenate(lines),
        masks=most,
    )


class Rings(NamedTuple):
    """Vertices [n, 2], where each ring begins, where each area's rings begin, and which rings are shells."""

    xy: Floats
    rings: Counts
    owners: Counts
    shells: NDArray[np.bool_]


Block = tuple[NDArray[np.int64], int, int]
"""The areas of a block in their order, and the places of its tiles: the first, and that behind the last."""


class Room(NamedTuple):
    """Arrays that a thread uses again for each block: words, their exact vertices, runs; records and theirs."""

    words: Words
    exact: Floats
    runs: Integers
    records: Words
    kept: Floats


def _blocks(frame: Frame, asked: Words) -> Iterator[Block]:
    """Return the blocks that hold a cell that is asked for."""
    low, spans = frame.boxes[:, :2] >> frame.block_bits, _spans(frame.boxes, frame.block_bits)
    count = spans.prod(axis=1)
    area = np.repeat(np.arange(len(spans)), count)
    place = np.arange(len(area)) - np.repeat(np.cumsum(count) - count, count)
    up, across = np.divmod(place, spans[area, 0])
    number = _block_number(frame.lattice, frame.block_bits, low[area, 0] + across, low[area, 1] + up)
    order = np.argsort(number, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(number[order])) + 1, len(order))
    bits = len(asked) // int(frame.blocks[-1, 1])
    for begin, end, (_, first), (_, last) in zip(
        np.append(0, ends), ends, frame.blocks.tolist(), frame.blocks[1:].tolist(), strict=False
    ):
        if asked[first * bits : last * bits].any():
            yield area[order[begin:end]], first, last


def _room(size: int, *, exact: bool) -> Room:
    words, records = np.empty(2 * size, np.uint32), np.empty(2 * size, np.uint32)
    # One row for all vertices says that they are not kept.
    lines = np.empty((2 * size + 2 if exact else 1, 2))
    kept = np.empty((2 * size if exact else 0, 2))
    return Room(words, lines, np.empty((size, 4), np.int32), records, kept)


def _fill(
    areas: NDArray[Any], frame: Frame, content: tuple[Words, Integers], block: Block, room: Room
) -> tuple[Room, int, int]:
    """Fill the cells of a block; return the arrays with its records, used words, and most masks."""
    from gisplan.overlay import grid_kernels as kernels
    from gisplan.overlay import grid_lots, grid_points

    names, first, end = block
    bits, cells = content
    asked = (frame.directory, bits, first, end)
    touched = np.zeros(len(names), np.uint8)
    grid_points.mark_asked(frame.lattice, asked, frame.boxes[names], touched)
    names = names[touched > 0]
    xy, rings, owners, shells = rings_of(areas[names])
    exact = len(room.exact) > 1
    if exact:
        grid_lots.turn_rings(xy, rings, shells)
    shapes = (rings, owners, frame.boxes[names], names)
    filled = -1
    while filled < 0:
        filled, count = kernels.trace(frame.lattice, asked, xy, shapes, room[:3])
        room = room if filled >= 0 else _room(len(room.words) + len(xy) + 4_096, exact=exact)
    runs = room.runs[:count]
    begins, order, heads = grid_points.sort_runs(runs, asked)
    most = filled + heads
    if len(room.records) < most:
        kept = np.empty((2 * most if exact else 0, 2))
        room = room._replace(records=np.empty(2 * most, np.uint32), kept=kept)
    mine = cells[first * kernels.TILE_CELLS : end * kernels.TILE_CELLS]
    return room, *grid_points.gather(runs, room[:2], (begins, order), mine, room[3:])


def rings_of(areas: NDArray[Any]) -> Rings:
    """Return the rings of some polygons and multipolygons."""
    lengths = shapely.get_num_coordinates(areas)
    if ((shapely.get_type_id(areas) == POLYGON) & (shapely.get_num_interior_rings(areas) == 0)).all():
        rings = np.concatenate([[0], np.cumsum(lengths[lengths > 0])])
        owners = np.concatenate([[0], np.cumsum(lengths > 0)])
        return Rings(shapely.get_coordinates(areas), rings, owners, np.ones(len(rings) - 1, np.bool_))
    _, xy, (rings, polygons, *parts) = shapely.to_ragged_array(areas)
    shells = np.zeros(len(rings) - 1, np.bool_)
    shells[polygons[:-1][np.diff(polygons) > 0]] = True
    owners = polygons[parts[0]] if parts else polygons
    return Rings(xy, rings.astype(np.int64), owners.astype(np.int64), shells)


def find(grid: Grid, points: tuple[Floats, Floats], values: Integers) -> tuple[Integers, Bytes]:
    """Return the lowest area of every point, or -1, and whether that is CLEAR, SEVERAL or DOUBTFUL.

    Parameters
    ----------
    grid
        Made of cells that hold the points.
    points
        Their x and their y [n each, m].
    values
        A number for each area: where areas of one number meet, there is no border [k].
    """
    from gisplan.overlay import grid_points

    count = len(points[0])
    areas, states = np.empty(count, np.int32), np.empty(count, np.uint8)
    index = (grid.directory, grid.cells, grid.records)

    def work(part: slice) -> None:
        spots = (points[0][part], points[1][part])
        grid_points.find(grid.lattice, index, grid.masks, values, spots, (areas[part], states[part]))

    in_parts(count, work)
    return areas, states


def in_parts(count: int, work: Callable[[slice], Found]) -> list[Found]:
    """Return what some work returns of each part of so many rows, in their order, several at a time."""
    workers = os.cpu_count() or 1
    # More parts than threads: a processor that is busy with other things keeps nobody waiting.
    size = max(-(-count // (PARTS * workers)), LEAST)
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, [slice(begin, begin + size) for begin in range(0, count, size)]))


def near(grid: Grid, points: tuple[Floats, Floats], *, areas: int) -> NDArray[np.int64]:
    """Return the areas, of so many, that may touch one of the points."""
    from gisplan.overlay import grid_points

    found = np.zeros(areas, np.uint8)
    grid_points.mark_near(grid.lattice, (grid.directory, grid.cells, grid.records), points, found)
    return np.flatnonzero(found)
