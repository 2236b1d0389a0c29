"""Compiled loops that cut lots along the exact borders kept beside the grid, cell by cell.

A lot's box is closed over the area by three things only: the borders inside it, its north side where that lies
in the area, and vertical sides, under which there is no ground. So the common ground is the ground under the
borders and the lot, plus that of the north side, of which the state of the north-east corner and the borders
that cross it tell all. What lies beyond the box is never looked at.
"""

from __future__ import annotations

import numpy as np

from gisplan.overlay.grid_kernels import (
    EMPTY,
    HALF,
    STEPS,
    Boxes,
    Bytes,
    Counts,
    Floats,
    Integers,
    Lattice,
    Words,
    cell_of,
    compiled,
    key_of,
    reach_of,
    whole,
)
from gisplan.overlay.grid_lots import Shape, Sides, shift_ring, sides_in, slice_of, under_edge
from gisplan.overlay.grid_points import MASK, MASK_BITS, cross_runs, look_up, shares_odd

Exact = tuple[Integers, Integers, Words, Floats]
"""The index of grid_points, and the exact vertex [m] of each word of its records."""

Rows = tuple[Counts, Floats]
"""Rows (area, lot) and their common ground [m²]."""

Room = tuple[Words, Words, Floats]
"""Bits of runs that lie below the corner, of runs that were met already, and the ground under each run."""

UNCLEAR = -2


@compiled
def cut_in_cells(
    lattice: Lattice,
    index: Exact,
    masks: int,
    lots: tuple[Counts, Boxes, Shape, Floats],
    out: tuple[Counts, Floats, Bytes],
) -> int:
    """Write rows (area, lot) with their ground; mark lots whose corner is too near to a border to tell.

    `lots` are the numbers of the lots to cut, the boxes of all, and the rings of those to cut with their signs.
    Returns how many rows, or -1 for want of room.
    """
    names, (west, south, east, north), shape, signs = lots
    rows, unclear = (out[0], out[1]), out[2]
    room = (np.empty(masks, np.uint32), np.empty(masks, np.uint32), np.empty((masks << MASK_BITS) + 1))
    side = np.empty((_longest(shape[1]), 3))
    count = 0
    for place in range(len(names)):
        lot = names[place]
        box = (west[lot], south[lot], east[lot], north[lot])
        begin, count = count, _corner(lattice, index, box, room, (rows, lot, count))
        if count == UNCLEAR:
            unclear[place], count = 1, begin
            continue
        end = count
        for ring in range(shape[2][place], shape[2][place + 1]):
            mine = shift_ring(shape[0][shape[1][ring] : shape[1][ring + 1]], box[0], box[1], side)
            if count >= 0:
                rows[1][begin:end] += signs[ring] * slice_of(mine, box[2] - box[0])
                count = _cut_ring(lattice, index, (box, mine, signs[ring]), room, (rows, lot, begin, count))
        if count < 0:
            return -1
    return count


@compiled
def _longest(rings: Counts) -> int:
    most = 0
    for ring in range(len(rings) - 1):
        most = max(most, rings[ring + 1] - rings[ring])
    return most


@compiled
def _corner(lattice: Lattice, index: Exact, box: Sides, room: Room, out: tuple[Rows, int, int]) -> int:
    """Write a row for each area that holds the box's north-east corner; return how many rows, or UNCLEAR."""
    directory, cells, records, _ = index
    rows, lot, count = out
    code, spot = look_up(lattice, (directory, cells, records), box[2], box[3])
    if spot == STEPS:
        return UNCLEAR
    if code >= 0:
        return row_of(whole(code), (rows, lot, count, count))[1]
    if code == EMPTY:
        return count
    at = -2 - whole(code)
    width, entries = (whole(records[at]) >> MASK_BITS) + 1, whole(records[at + 1])
    at, clear = cross_runs(records, at, whole(spot), room[0])
    if not clear:
        return UNCLEAR
    begin = count
    for _ in range(entries):
        if shares_odd(records, at + 1, width, room[0]):
            count = row_of(whole(records[at]), (rows, lot, begin, count))[1]
        at += 1 + width
    return count


@compiled
def row_of(area: int, out: tuple[Rows, int, int, int]) -> tuple[int, int]:
    """Return the row of an area and a lot, made where there is none, and how many rows, or -1."""
    (names, ground), lot, begin, count = out
    if count < 0:
        return -1, -1
    for row in range(begin, count):
        if names[row, 0] == area:
            return row, count
    if count >= len(names):
        return -1, -1
    names[count, 0], names[count, 1], ground[count] = area, lot, 0.0
    return count, count + 1


@compiled
def _cut_ring(
    lattice: Lattice,
    index: Exact,
    ring: tuple[Sides, Floats, float],
    room: Room,
    out: tuple[Rows, int, int, int],
) -> int:
    """Add the ground under one ring of a lot and the borders in all its cells; return how many rows, or -1."""
    directory, cells, records, exact = index
    box, side, sign = ring
    rows, lot, begin, count = out
    first, last, down, top = reach_of(lattice, box[0], box[1], box[2], box[3])
    for row in range(down, top + 1):
        for column in range(first, last + 1):
            code = cells[cell_of(directory, key_of(lattice, column, row))]
            if code < EMPTY:
                at, sides = -2 - whole(code), sides_in(lattice, (column, row), box)
                body = _under_runs((records, exact), at, sides, (box, side, sign), room[2])
                if body >= 0:
                    count = _add_areas(records, (at, body), room, (rows, lot, begin, count))
    return count


@compiled
def _under_runs(
    lines: tuple[Words, Floats],
    at: int,
    sides: tuple[int, int, int, int],
    ring: tuple[Sides, Floats, float],
    ground: Floats,
) -> int:
    """Write the ground under each run of a record; return where its areas begin, or -1 where no run is near."""
    records, exact = lines
    west, south, east, north = sides
    box, side, sign = ring
    runs, found = whole(records[at]), False
    at += 2
    for run in range(1, runs + 1):
        total, length = 0.0, whole(records[at])
        word = whole(records[at + 1])
        xa, ya = word & HALF, word >> 16
        for place in range(at + 2, at + 1 + length):
            word = whole(records[place])
            xb, yb = word & HALF, word >> 16
            beside = (
                (max(xa, xb) < west) | (min(xa, xb) > east) | (max(ya, yb) < south) | (min(ya, yb) > north)
            )
            if not beside:
                total += _under(exact, place, box, side)
                found = True
            xa, ya = xb, yb
        ground[run] = sign * total
        at += 1 + length
    return at if found else -1


@compiled
def _under(exact: Floats, place: int, box: Sides, side: Floats) -> float:
    """Return the ground [m²] under an edge and a lot's ring, and that lost or won where it crosses the north."""
    xa, ya = exact[place - 1, 0] - box[0], exact[place - 1, 1] - box[1]
    xb, yb = exact[place, 0] - box[0], exact[place, 1] - box[1]
    if not abs(xb - xa) < np.inf:
        return 0.0
    sign, width, top = 1.0, box[2] - box[0], box[3] - box[1]
    # Neighbours see an edge from its two ends, and shall see the same ground.
    if (xb, yb) < (xa, ya):
        xa, ya, xb, yb, sign = xb, yb, xa, ya, -1.0
    if xb <= 0 or xa >= width or max(ya, yb) <= 0 or min(ya, yb) >= top:
        return 0.0
    total = 0.0
    if (ya < top) != (yb < top):
        across = xa + (top - ya) / (yb - ya) * (xb - xa)
        total = slice_of(side, min(max(across, 0.0), width))
        if yb < top:
            xa, ya = across, top
        else:
            total, xb, yb = -total, across, top
        # A crossing beyond the corner is no part of the north side.
        if across >= width:
            total = 0.0
    if xa < xb:
        total += under_edge((xa, ya, xb, yb), side)
    return sign * total


@compiled
def _add_areas(records: Words, places: tuple[int, int], room: Room, out: tuple[Rows, int, int, int]) -> int:
    """Add the ground under the runs of a record to its areas; return how many rows, or -1.

    The first area of a run has it on its right hand, as all rings are turned; all others see it from behind.
    """
    top, at = places
    _, met, ground = room
    rows, lot, begin, count = out
    runs, entries = whole(records[top]), whole(records[top + 1])
    width = (runs >> MASK_BITS) + 1
    met[:width] = 0
    for _ in range(entries):
        total = 0.0
        for run in range(1, runs + 1):
            bit = np.uint32(1) << np.uint32(run & MASK)
            if records[at + 1 + (run >> MASK_BITS)] & bit:
                total += -ground[run] if met[run >> MASK_BITS] & bit else ground[run]
        for mask in range(width):
            met[mask] |= records[at + 1 + mask]
        if total != 0:
            row, count = row_of(whole(records[at]), (rows, lot, begin, count))
            if row >= 0:
                rows[1][row] += total
        at += 1 + width
    return count
