"""Compiled loops of the grid: borders traced through square cells, cells gathered, points judged.

A border is stored cell by cell, each vertex as two 16-bit steps within its cell. That moves it by less than
a step or two (some millimetres), and a point as near to a border as that is not judged here but handed to
GEOS, so the answers are those of GEOS. Which side of a cell's corner a border passes is decided once, by the
walk from cell to cell, and never again from numbers: the walk is closed, so it cannot contradict itself.

Imported only for large jobs: numba takes a second to load, and some more where nothing is compiled yet.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gisplan.core.compiled import compiler

compiled = compiler(Path(__file__).parent, "grid_*.py")

STEPS = 65_536
"""Steps across a cell."""

LAST = STEPS - 1
NEAR = 4
"""Steps from a border within which a point is handed to GEOS: vertices and points are moved by 1.5 at most."""

MARGIN = NEAR / STEPS
TILE_BITS = 4
"""A tile is 2 ** TILE_BITS cells wide and high."""

CELL_BITS = 2 * TILE_BITS
IN_TILE = (1 << TILE_BITS) - 1
TILE_CELLS = 1 << CELL_BITS

EMPTY = -1
CLEAR, SEVERAL, DOUBTFUL = 0, 1, 2
"""What is said of a point: one value at most claims it; several do; too near to a border to tell."""

CELL, AREA, START, LENGTH = range(4)
"""Columns of a table of runs; a LENGTH of 0 says that the cell's south-west corner lies in the area."""

BLOCK = 128
HALF = 0xFFFF

Integers = NDArray[np.int32]
Words = NDArray[np.uint32]
Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
"""Used words, used runs, and the first word of the run that is being made."""


class Lattice(NamedTuple):
    """Square cells: south-west corner [m], cells per metre, and how many columns, rows and tiles across."""

    west: float
    south: float
    per_metre: float
    columns: int
    rows: int
    tiles_across: int


# Numba takes no classes of ours, so what belongs together travels as tuples.
Spot = tuple[Lattice, tuple[int, int], int]
Ends = tuple[tuple[float, float], tuple[float, float]]
Box = tuple[int, int, int]
Boxes = tuple[Floats, Floats, Floats, Floats]
Reach = tuple[int, int, int, int]
Asked = tuple[Integers, Words, int, int]
"""Tile → its place among those under an area's box, 0 for all others; a bit for each of their cells; and from
which place to which (the latter not included) cells are asked for at all: those of the block at work."""

Room = tuple[Asked, Bytes, Words, Floats, Integers, Counts]
"""Asked cells, corners that change sides, words, the exact vertex [m] of each word (or one row), runs, used."""

Shapes = tuple[Counts, Counts, Counts, Counts]


@compiled
def whole(number: Any) -> int:
    """Return a number of the index as a signed one: 32 unsigned bits and others would meet as floats."""
    return np.int64(number)  # type: ignore[return-value] # plain Python knows one int only


@compiled
def _word(across: float, up: float) -> int:
    """Return a place within a cell (0-1 each way) as one word."""
    x = min(max(int(across * STEPS), 0), LAST)
    y = min(max(int(up * STEPS), 0), LAST)
    return x | (y << 16)


@compiled
def key_of(lattice: Lattice, column: int, row: int) -> int:
    """Return the number of a cell: that of its tile, then its place in the tile."""
    tile = (row >> TILE_BITS) * lattice.tiles_across + (column >> TILE_BITS)
    return (tile << CELL_BITS) | ((row & IN_TILE) << TILE_BITS) | (column & IN_TILE)


@compiled
def cell_of(directory: Integers, key: int) -> int:
    """Return the place of a cell in the table of cells."""
    return (whole(directory[key >> CELL_BITS]) << CELL_BITS) | (key & (TILE_CELLS - 1))


@compiled
def is_asked(asked: Asked, key: int) -> bool:
    """Return whether a point lies in a cell of the block at work, or so near to it that the cell counts."""
    directory, bits, first, end = asked
    cell = cell_of(directory, key)
    mine = (cell >= first << CELL_BITS) & (cell < end << CELL_BITS)
    return bool(mine & ((bits[cell >> 5] >> np.uint32(cell & 31)) & np.uint32(1) != 0))


@compiled
def is_kept(exact: Floats) -> int:
    """Return 1 where exact vertices are kept, or 0: all go to one row then, which costs less than asking."""
    return 1 if len(exact) > 1 else 0


@compiled
def _close(key: int, area: int, room: Room) -> None:
    """End the run that began at `used[2]`: note it, or forget its words where nobody asks for its cell."""
    asked, _, _, _, runs, used = room
    begin, end, run = used[2], used[0], used[1]
    if is_asked(asked, key):
        runs[run, CELL], runs[run, AREA], runs[run, START], runs[run, LENGTH] = key, area, begin, end - begin
        used[1] = run + 1
        used[2] = end
    else:
        used[0] = begin


@compiled
def _step_aside(height: float, right: int, spot: Spot, at: tuple[float, float], room: Room) -> None:
    """Leave a cell to the east (`right` 1) or west (-1), and enter its neighbour."""
    lattice, (column, row), area = spot
    _, _, words, exact, _, used = room
    words[used[0]] = _word(1.0 if right > 0 else 0.0, height)
    place = used[0] * is_kept(exact)
    exact[place, 0], exact[place, 1] = at
    used[0] += 1
    _close(key_of(lattice, column, row), area, room)
    words[used[0]] = _word(0.0 if right > 0 else 1.0, height)
    place = used[0] * is_kept(exact)
    exact[place, 0], exact[place, 1] = at
    used[0] += 1


@compiled
def _step_up(across: float, up: int, spot: Spot, at: tuple[float, float], room: Room) -> None:
    """Leave a cell to the north (`up` 1) or south (-1), and enter its neighbour.

    Along a cell's south side a run goes on to the east: so a look straight down from any point of the cell,
    together with the state of its south-west corner, tells the point's state. No border lies there: its
    corner has no exact place.
    """
    lattice, (column, row), area = spot
    _, _, words, exact, _, used = room
    words[used[0]] = _word(across, 1.0 if up > 0 else 0.0)
    place = used[0] * is_kept(exact)
    exact[place, 0], exact[place, 1] = at
    used[0] += 1
    if up < 0:
        words[used[0]] = LAST
        exact[used[0] * is_kept(exact), 0] = np.inf
        exact[used[0] * is_kept(exact), 1] = np.inf
        used[0] += 1
    _close(key_of(lattice, column, row), area, room)
    if up > 0:
        words[used[0]] = LAST
        exact[used[0] * is_kept(exact), 0] = np.inf
        exact[used[0] * is_kept(exact), 1] = np.inf
        used[0] += 1
    words[used[0]] = _word(across, 0.0 if up > 0 else 1.0)
    place = used[0] * is_kept(exact)
    exact[place, 0], exact[place, 1] = at
    used[0] += 1


@compiled
def _crossing(line: Ends, side: float, upright: bool) -> tuple[float, float]:
    """Return where a line [m] crosses a side of cells, the same to the last bit in both directions."""
    (xa, ya), (xb, yb) = line
    if (xb, yb) < (xa, ya):
        xa, ya, xb, yb = xb, yb, xa, ya
    if upright:
        return side, ya + (side - xa) / (xb - xa) * (yb - ya)
    return xa + (side - ya) / (yb - ya) * (xb - xa), side


@compiled
def _leave(lattice: Lattice, ends: Ends, line: Ends, area: int, box: Box, room: Room) -> bool:
    """Walk an edge [cells; m] from its first cell to its last, side by side; return whether there was room."""
    (u, v), (u_end, v_end) = ends
    _, flips, words, exact, runs, used = room
    column, row, last_column, last_row = int(u), int(v), int(u_end), int(v_end)
    right, up = (1 if last_column > column else -1), (1 if last_row > row else -1)
    while column != last_column or row != last_row:
        if used[0] + 8 > words.size or used[1] + 2 > len(runs):
            return False
        aside = (column + (right > 0) - u) / (u_end - u) if column != last_column else np.inf
        upward = (row + (up > 0) - v) / (v_end - v) if row != last_row else np.inf
        spot = (lattice, (column, row), area)
        if aside <= upward:
            side = lattice.west + (column + (right > 0)) / lattice.per_metre
            at = _crossing(line, side, True) if len(exact) > 1 else (0.0, 0.0)
            _step_aside(v + aside * (v_end - v) - row, right, spot, at, room)
            column += right
        else:
            side = lattice.south + (row + (up > 0)) / lattice.per_metre
            at = _crossing(line, side, False) if len(exact) > 1 else (0.0, 0.0)
            _step_up(u + upward * (u_end - u) - column, up, spot, at, room)
            # All corners to the right, on the line between the two rows, change sides.
            flips[(row + (up > 0) - box[1]) * box[2] + column + 1 - box[0]] ^= 1
            row += up
    return True


@compiled
def _trace_ring(lattice: Lattice, ring: Floats, area: int, box: Box, room: Room) -> bool:
    """Cut one closed ring into runs, a run being what of it lies in one cell at one visit."""
    _, flips, words, exact, _, used = room
    first_run = used[1]
    u, v = (ring[0, 0] - lattice.west) * lattice.per_metre, (ring[0, 1] - lattice.south) * lattice.per_metre
    column, row = int(u), int(v)
    filled = used[2] = used[0]
    if filled + len(ring) + 8 > words.size:
        return False
    words[filled] = _word(u - column, v - row)
    kept = is_kept(exact)
    exact[filled * kept, 0], exact[filled * kept, 1] = ring[0, 0], ring[0, 1]
    filled += 1
    keep = is_asked(room[0], key_of(lattice, column, row))
    for vertex in range(1, len(ring)):
        u_to = (ring[vertex, 0] - lattice.west) * lattice.per_metre
        v_to = (ring[vertex, 1] - lattice.south) * lattice.per_metre
        column_to, row_to = int(u_to), int(v_to)
        if column_to != column or row_to != row:
            next_kept = is_asked(room[0], key_of(lattice, column_to, row_to))
            if not (keep or next_kept) and abs(column_to - column) + abs(row_to - row) == 1:
                # Nobody asks for either cell, and no other lies between: only the corners count.
                flips[(max(row, row_to) - box[1]) * box[2] + column + 1 - box[0]] ^= row_to != row
                column, row, u, v = column_to, row_to, u_to, v_to
                continue
            used[0] = filled
            line = ((ring[vertex - 1, 0], ring[vertex - 1, 1]), (ring[vertex, 0], ring[vertex, 1]))
            if not _leave(lattice, ((u, v), (u_to, v_to)), line, area, box, room):
                return False
            column, row, filled = column_to, row_to, used[0]
            if filled + len(ring) - vertex + 8 > words.size:
                return False
            keep = next_kept
        if keep:
            words[filled] = int((u_to - column) * STEPS) | (int((v_to - row) * STEPS) << 16)
            exact[filled * kept, 0], exact[filled * kept, 1] = ring[vertex, 0], ring[vertex, 1]
            filled += 1
        u, v = u_to, v_to
    used[0] = filled
    return _join(key_of(lattice, column, row), area, first_run, room)


@compiled
def _join(key: int, area: int, first_run: int, room: Room) -> bool:
    """End a ring: its last run goes on as its first one, which began at the same vertex of the same cell."""
    asked, _, words, exact, runs, used = room
    if used[1] >= len(runs):
        return False
    if used[1] == first_run or not is_asked(asked, key):
        _close(key, area, room)
        return True
    begin, length = runs[first_run, START] + 1, runs[first_run, LENGTH] - 1
    if used[0] + length > words.size:
        return False
    for word in range(length):
        words[used[0] + word] = words[begin + word]
        place, source = (used[0] + word) * is_kept(exact), (begin + word) * is_kept(exact)
        exact[place, 0], exact[place, 1] = exact[source, 0], exact[source, 1]
    used[0] += length
    runs[first_run, START], runs[first_run, LENGTH] = used[2], used[0] - used[2]
    return True


@compiled
def _mark(lattice: Lattice, area: int, box: Box, height: int, room: Room) -> bool:
    """Note every cell whose south-west corner lies in the area."""
    asked, flips, _, _, runs, used = room
    for up in range(height):
        inside = 0
        for across in range(box[2] - 1):
            inside ^= flips[up * box[2] + across]
            key = key_of(lattice, box[0] + across, box[1] + up)
            if inside and is_asked(asked, key):
                run = used[1]
                if run >= len(runs):
                    return False
                runs[run, CELL], runs[run, AREA], runs[run, START], runs[run, LENGTH] = key, area, 0, 0
                used[1] = run + 1
    return True


@compiled
def trace(
    lattice: Lattice, asked: Asked, xy: Floats, shapes: Shapes, out: tuple[Words, Floats, Integers]
) -> tuple[int, int]:
    """Cut the rings of some areas into runs; return how many words and runs, or (-1, -1) for want of room."""
    rings, owners, boxes, names = shapes
    words, exact, runs = out
    used = np.zeros(3, np.int64)
    flips = np.zeros(64, np.uint8)
    for area in range(len(boxes)):
        west, south, east, north = boxes[area]
        width, height = east - west + 2, north - south + 1
        if flips.size < width * height:
            flips = np.zeros(2 * width * height, np.uint8)
        flips[: width * height] = 0
        box = (west, south, width)
        room = (asked, flips, words, exact, runs, used)
        for ring in range(owners[area], owners[area + 1]):
            if not _trace_ring(lattice, xy[rings[ring] : rings[ring + 1]], names[area], box, room):
                return -1, -1
        if not _mark(lattice, names[area], box, height, room):
            return -1, -1
    return used[0], used[1]


@compiled
def mark_tiles(lattice: Lattice, boxes: Counts, tiles: Bytes) -> None:
    """Write 1 to every tile under a box of cells [west, south, east, north]."""
    for area in range(len(boxes)):
        west, south, east, north = boxes[area]
        for row in range(south >> TILE_BITS, (north >> TILE_BITS) + 1):
            for column in range(west >> TILE_BITS, (east >> TILE_BITS) + 1):
                tiles[row * lattice.tiles_across + column] = 1


@compiled
def reach_of(lattice: Lattice, west: float, south: float, east: float, north: float) -> Reach:
    """Return the cells that a box [m] touches or nearly touches: first and last column, first and last row.

    A box outside the cells, or one of NaN, has none: its last column lies before its first.
    """
    low, high = (west - lattice.west) * lattice.per_metre, (east - lattice.west) * lattice.per_metre
    down, top = (south - lattice.south) * lattice.per_metre, (north - lattice.south) * lattice.per_metre
    if not (high >= 0 and top >= 0 and low < lattice.columns and down < lattice.rows):
        return 0, -1, 0, -1
    last_column = min(int(high + MARGIN), lattice.columns)
    last_row = min(int(top + MARGIN), lattice.rows)
    return int(max(low - MARGIN, 0.0)), last_column, int(max(down - MARGIN, 0.0)), last_row


@compiled
def ask(lattice: Lattice, boxes: Boxes, directory: Integers, bits: Words) -> None:
    """Ask for the cells that boxes [m] touch or nearly touch; a point is a box without width and height."""
    west, south, east, north = boxes
    for k in range(west.size):
        first, last, down, top = reach_of(lattice, west[k], south[k], east[k], north[k])
        for row in range(down, top + 1):
            for column in range(first, last + 1):
                cell = cell_of(directory, key_of(lattice, column, row))
                bits[cell >> 5] |= np.uint32(1) << np.uint32(cell & 31)
    bits[: TILE_CELLS >> 5] = 0
