"""Compiled loops that tell how much of a lot lies in which area.

Most lots lie wholly in one area, and the grid tells so. For the others the common ground with each area near
by is summed edge by edge: the ground under an edge of the lot, and under an edge of the area, is a trapezium;
each pair of trapezia counts with the signs of their directions. No edge is cut and no corner is searched for,
so borders that run along a lot's side do no harm.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gisplan.overlay.grid_kernels import (
    EMPTY,
    HALF,
    NEAR,
    STEPS,
    Boxes,
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
from gisplan.overlay.grid_points import MASK, MASK_BITS, Cells, cross_runs, judge, shares_odd

OUTSIDE, BORDER = -1, -2
Sides = tuple[float, float, float, float]
Shape = tuple[Floats, Counts, Counts, NDArray[np.bool_]]
"""Vertices, where each ring begins, where each shape's rings begin, and which rings are shells."""


@compiled
def place_lots(
    lattice: Lattice, index: Cells, masks: int, values: Integers, boxes: Boxes, found: Integers
) -> None:
    """Write the area that a lot's box [m] lies in alone, OUTSIDE, or BORDER where that is not so plain."""
    west, south, east, north = boxes
    odd = np.empty(masks, np.uint32)
    for lot in range(west.size):
        box = (west[lot], south[lot], east[lot], north[lot])
        found[lot] = _place(lattice, index, values, box, odd)


@compiled
def _place(lattice: Lattice, index: Cells, values: Integers, box: Sides, odd: Words) -> int:
    directory, cells, records = index
    first, last, down, top = reach_of(lattice, *box)
    answer = OUTSIDE
    for row in range(down, top + 1):
        for column in range(first, last + 1):
            code = cells[cell_of(directory, key_of(lattice, column, row))]
            if code < EMPTY and _is_cut(records, -2 - code, sides_in(lattice, (column, row), box)):
                return BORDER
            if code < EMPTY:
                spot = _spot_in(lattice, (column, row), box)
                code, state = judge(records, -2 - code, spot, values, odd)
                if state:
                    return BORDER
            if (row > down or column > first) and code != answer:
                return BORDER
            answer = code
    return answer


@compiled
def _steps(at: float, cell: int) -> int:
    """Return a coordinate [cells] in steps of a cell, held within a step beyond its sides."""
    return int(min(max((at - cell) * STEPS, -1.0), STEPS + 1.0))


@compiled
def _spot_in(lattice: Lattice, cell: tuple[int, int], box: Sides) -> int:
    """Return the place in a cell that is nearest to a box's south-west corner."""
    x = _steps((box[0] - lattice.west) * lattice.per_metre, cell[0])
    y = _steps((box[1] - lattice.south) * lattice.per_metre, cell[1])
    return min(max(x, 1), STEPS - 2) | (min(max(y, 1), STEPS - 2) << 16)


@compiled
def sides_in(lattice: Lattice, cell: tuple[int, int], box: Sides) -> tuple[int, int, int, int]:
    """Return a box in steps of a cell, with a margin."""
    west = _steps((box[0] - lattice.west) * lattice.per_metre, cell[0]) - NEAR
    south = _steps((box[1] - lattice.south) * lattice.per_metre, cell[1]) - NEAR
    east = _steps((box[2] - lattice.west) * lattice.per_metre, cell[0]) + NEAR
    north = _steps((box[3] - lattice.south) * lattice.per_metre, cell[1]) + NEAR
    return west, south, east, north


@compiled
def _may_cut(records: Words, at: int, sides: tuple[int, int, int, int]) -> bool:
    """Return whether an edge of a run may touch a box: the box of the edge does."""
    west, south, east, north = sides
    word = whole(records[at + 1])
    xa, ya = word & HALF, word >> 16
    for place in range(at + 2, at + 1 + whole(records[at])):
        word = whole(records[place])
        xb, yb = word & HALF, word >> 16
        beside = (max(xa, xb) < west) | (min(xa, xb) > east) | (max(ya, yb) < south) | (min(ya, yb) > north)
        if not beside:
            return True
        xa, ya = xb, yb
    return False


@compiled
def _is_cut(records: Words, at: int, sides: tuple[int, int, int, int]) -> bool:
    """Return whether a run of a record may touch a box."""
    runs = whole(records[at])
    at += 2
    for _ in range(runs):
        if _may_cut(records, at, sides):
            return True
        at += 1 + whole(records[at])
    return False


@compiled
def pairs(
    lattice: Lattice, index: Cells, masks: int, lots: tuple[Counts, Boxes], bounds: Floats, out: Counts
) -> int:
    """Write the rows (area, lot) of all areas that may share ground with a lot; return how many, or -1."""
    directory, cells, records = index
    west, south, east, north = lots[1]
    odd, cut = np.empty(masks, np.uint32), np.empty(masks, np.uint32)
    count = 0
    for lot in lots[0]:
        begin = count
        box = (west[lot], south[lot], east[lot], north[lot])
        first, last, down, top = reach_of(lattice, *box)
        for row in range(down, top + 1):
            for column in range(first, last + 1):
                code = cells[cell_of(directory, key_of(lattice, column, row))]
                if code >= 0:
                    count = _add(whole(code), lot, box, bounds, out, begin, count)
                elif code < EMPTY:
                    at, spot = -2 - whole(code), _spot_in(lattice, (column, row), box)
                    width, entries = (whole(records[at]) >> MASK_BITS) + 1, whole(records[at + 1])
                    _, clear = cross_runs(records, at, spot, odd)
                    at = _cut_runs(records, at, sides_in(lattice, (column, row), box), cut)
                    for _ in range(entries):
                        touches = not clear or shares_odd(records, at + 1, width, odd)
                        for mask in range(width):
                            touches |= records[at + 1 + mask] & cut[mask] != 0
                        if touches:
                            count = _add(whole(records[at]), lot, box, bounds, out, begin, count)
                        at += 1 + width
                if count < 0:
                    return -1
    return count


@compiled
def _cut_runs(records: Words, at: int, sides: tuple[int, int, int, int], cut: Words) -> int:
    """Note which runs of a record may touch a box; return where its areas begin."""
    runs = whole(records[at])
    cut[: (runs >> MASK_BITS) + 1] = 0
    at += 2
    for run in range(1, runs + 1):
        if _may_cut(records, at, sides):
            cut[run >> MASK_BITS] |= np.uint32(1) << np.uint32(run & MASK)
        at += 1 + whole(records[at])
    return at


@compiled
def _add(area: int, lot: int, box: Sides, bounds: Floats, out: Counts, begin: int, count: int) -> int:
    """Write a row unless it stands there or the bounds do not meet; return how many rows, or -1."""
    if count < 0 or count >= len(out):
        return -1
    known = False
    for row in range(begin, count):
        known |= out[row, 0] == area
    if known or not _meets(bounds[area], box):
        return count
    out[count, 0], out[count, 1] = area, lot
    return count + 1


@compiled
def _meets(bounds: Floats, box: Sides) -> bool:
    across = (bounds[0] <= box[2]) & (bounds[2] >= box[0])
    return bool(across & (bounds[1] <= box[3]) & (bounds[3] >= box[1]))


@compiled
def common_ground(
    areas: Shape, lots: Shape, lot_signs: Floats, rows: Counts, boxes: Boxes, found: Floats
) -> None:
    """Write the common ground [m²] of each row (area, lot), the area counted among those given."""
    west, south, east, north = boxes
    signs = signs_of(areas[0], areas[1], areas[3])
    most = 0
    for ring in range(len(lots[1]) - 1):
        most = max(most, lots[1][ring + 1] - lots[1][ring])
    side = np.empty((most, 3))
    for pair in range(len(rows)):
        area, lot = rows[pair]
        total = 0.0
        for other in range(lots[2][lot], lots[2][lot + 1]):
            corners = lots[0][lots[1][other] : lots[1][other + 1]]
            mine = shift_ring(corners, west[lot], south[lot], side)
            frame = (west[lot], south[lot], east[lot], north[lot])
            for ring in range(areas[2][area], areas[2][area + 1]):
                line = areas[0][areas[1][ring] : areas[1][ring + 1]]
                total += signs[ring] * lot_signs[other] * _under_both(line, mine, frame)
        found[pair] = total


@compiled
def shift_ring(corners: Floats, west: float, south: float, side: Floats) -> Floats:
    """Return a lot's corners from its own south-west corner [m], and the slope of the line behind each."""
    for corner in range(len(corners)):
        side[corner, 0], side[corner, 1] = corners[corner, 0] - west, corners[corner, 1] - south
    for corner in range(len(corners) - 1):
        across = side[corner + 1, 0] - side[corner, 0]
        side[corner, 2] = (side[corner + 1, 1] - side[corner, 1]) / across if across else 0.0
    return side[: len(corners)]


@compiled
def signs_of(xy: Floats, rings: Counts, shells: NDArray[np.bool_]) -> Floats:
    """Return 1 or -1 for each ring, so that ground under its edges counts once inside, and less in holes."""
    signs = np.empty(len(rings) - 1)
    for ring in range(len(rings) - 1):
        first, twice = rings[ring], 0.0
        for vertex in range(first, rings[ring + 1] - 1):
            across, height = xy[vertex + 1, 0] - xy[vertex, 0], xy[vertex + 1, 1] + xy[vertex, 1]
            twice += across * (height - 2 * xy[first, 1])
        signs[ring] = 1.0 if (twice > 0) == shells[ring] else -1.0
    return signs


@compiled
def turn_rings(xy: Floats, rings: Counts, shells: NDArray[np.bool_]) -> None:
    """Turn rings, in place, so that each has its area on the right hand."""
    signs = signs_of(xy, rings, shells)
    for ring in range(len(signs)):
        if signs[ring] < 0:
            xy[rings[ring] : rings[ring + 1]] = xy[rings[ring] : rings[ring + 1]][::-1].copy()


@compiled
def _under_both(line: Floats, side: Floats, frame: Sides) -> float:
    """Return the signed ground [m²] under a ring and under a lot's ring, above the lot's southernmost point."""
    west, south, east, north = frame
    total = 0.0
    last = line[0, 0]
    for vertex in range(1, len(line)):
        first, last = last, line[vertex, 0]
        # Most edges lie beside the lot; nothing else is looked at then.
        if (min(first, last) < east) & (max(first, last) > west):
            ya, yb = line[vertex - 1, 1] - south, line[vertex, 1] - south
            if min(ya, yb) >= north - south:
                total += slice_of(side, last - west) - slice_of(side, first - west)
            elif (max(ya, yb) > 0) & (first != last):
                total += under_edge((first - west, ya, last - west, yb), side)
    return total


@compiled
def slice_of(side: Floats, east: float) -> float:
    """Return the signed ground [m²] of a lot's ring to the west of a place."""
    total = 0.0
    for corner in range(len(side) - 1):
        xc, yc, steep = side[corner]
        xd = side[corner + 1, 0]
        low, high = min(xc, xd), min(max(xc, xd), east)
        if low < high:
            ground = (high - low) * (yc + ((low + high) / 2 - xc) * steep)
            total += ground if xd > xc else -ground
    return total


@compiled
def under_edge(edge: Sides, side: Floats) -> float:
    """Return the signed ground [m²] under an edge and under a lot's ring."""
    xa, ya, xb, yb = edge
    slope, total = (yb - ya) / (xb - xa), 0.0
    for corner in range(len(side) - 1):
        xc, yc, steep = side[corner]
        xd = side[corner + 1, 0]
        low, high = max(min(xa, xb), min(xc, xd)), min(max(xa, xb), max(xc, xd))
        if low < high:
            heights = (ya + (low - xa) * slope, ya + (high - xa) * slope)
            others = (yc + (low - xc) * steep, yc + (high - xc) * steep)
            ground = _trapezium(high - low, heights, others)
            total += ground if (xb > xa) == (xd > xc) else -ground
    return total


@compiled
def _trapezium(width: float, heights: tuple[float, float], others: tuple[float, float]) -> float:
    """Return the ground [m²] above 0 and under two lines, of which the ends are given."""
    first, last = heights
    first_other, last_other = others
    if first <= 0 and last <= 0:
        return 0.0
    if first < 0:
        part = last / (last - first)
        first, first_other, width = 0.0, last_other + (first_other - last_other) * part, width * part
    elif last < 0:
        part = first / (first - last)
        last, last_other, width = 0.0, first_other + (last_other - first_other) * part, width * part
    over, over_last = first_other - first, last_other - last
    if over >= 0 and over_last >= 0:
        return width * (first + last) / 2
    if over <= 0 and over_last <= 0:
        return width * (first_other + last_other) / 2
    part = over / (over - over_last)
    middle = first + (last - first) * part
    before, after = min(first, first_other), min(last, last_other)
    return width * (part * (before + middle) + (1 - part) * (middle + after)) / 2
