"""Compiled loops that gather runs cell by cell and tell in which area a point lies."""

from __future__ import annotations

import numpy as np

from gisplan.overlay.grid_kernels import (
    AREA,
    BLOCK,
    CELL,
    CELL_BITS,
    CLEAR,
    DOUBTFUL,
    EMPTY,
    HALF,
    LAST,
    LENGTH,
    NEAR,
    SEVERAL,
    START,
    STEPS,
    Asked,
    Bytes,
    Counts,
    Floats,
    Integers,
    Lattice,
    Words,
    cell_of,
    compiled,
    is_asked,
    key_of,
    reach_of,
    whole,
)

Cells = tuple[Integers, Integers, Words]
"""Tile → its place in the table of cells, 0 for those that hold nothing; cell → EMPTY, an area, or -2 - its record;
the records.

A record: how many runs, how many areas; each run: its length and its words; each area: its number and a mask,
bit 0 for the cell's corner and bit n for the n-th run, in as many words as that takes. Neighbours share a run."""

Lines = tuple[Words, Floats]
"""Words, and the exact vertex [m] that each stands for (one row or none where these are not kept)."""

MASK_BITS = 5
MASK = 31
LINE = 16
"""Words that come from the memory at once."""


@compiled
def mark_asked(lattice: Lattice, asked: Asked, boxes: Counts, found: Bytes) -> None:
    """Write 1 for the areas whose box of cells [west, south, east, north] holds one that is asked for."""
    for area in range(len(boxes)):
        west, south, east, north = boxes[area]
        for row in range(south, north + 1):
            for column in range(west, east + 1):
                if is_asked(asked, key_of(lattice, column, row)):
                    found[area] = 1
                    break
            if found[area]:
                break


@compiled
def sort_runs(runs: Integers, asked: Asked) -> tuple[Integers, Integers, int]:
    """Return the first run of every cell of a block, the runs in the order of their cells, and room for heads.

    The heads are what a record has besides the words of its runs, in words: at most.
    """
    directory, _, first, end = asked
    begins = np.zeros(((end - first) << CELL_BITS) + 2, np.int32)
    shift = first << CELL_BITS
    for run in range(len(runs)):
        begins[cell_of(directory, runs[run, CELL]) - shift + 2] += 1
    heads = 0
    for cell in range(2, begins.size):
        several = whole(begins[cell])
        heads += 2 * (several > 0) + several * (3 + (several >> MASK_BITS))
        begins[cell] += begins[cell - 1]
    order = np.empty(len(runs), np.int32)
    for run in range(len(runs)):
        cell = cell_of(directory, runs[run, CELL]) - shift
        order[begins[cell + 1]] = run
        begins[cell + 1] += 1
    return begins[:-1], order, heads


@compiled
def gather(
    runs: Integers, lines: Lines, ordered: tuple[Integers, Integers], cells: Integers, out: Lines
) -> tuple[int, int]:
    """Write what stands for each cell of a block, and its record; return used words, and most masks."""
    records = out[0]
    begins, order = ordered
    most = 0
    for cell in range(cells.size):
        most = max(most, whole(begins[cell + 1] - begins[cell]))
    numbers = np.empty(most, np.int32)
    filled, masks = 0, 1
    for cell in range(cells.size):
        begin, end = begins[cell], begins[cell + 1]
        cells[cell] = EMPTY
        if end == begin + 1 and runs[order[begin], LENGTH] == 0:
            cells[cell] = runs[order[begin], AREA]
        elif end > begin:
            cells[cell] = -2 - filled
            top = filled
            body = _write_runs(runs, lines, order[begin:end], (out, top, numbers))
            filled = _write_areas(runs, order[begin:end], (out, top, numbers), body)
            masks = max(masks, (whole(records[top]) >> MASK_BITS) + 1)
    return filled, masks


@compiled
def shift_records(cells: Integers, shift: int) -> None:
    """Say of the cells of a block where their records lie among those of all blocks."""
    for cell in range(cells.size):
        if cells[cell] < EMPTY:
            cells[cell] -= shift


@compiled
def _write_runs(runs: Integers, lines: Lines, order: Integers, out: tuple[Lines, int, Integers]) -> int:
    """Write the runs of a record, each once however many areas it bounds; note their numbers."""
    (records, kept), top, numbers = out
    words, exact = lines
    filled, count = top + 2, 0
    records[top] = 0
    for place in range(order.size):
        begin, length = runs[order[place], START], runs[order[place], LENGTH]
        numbers[place] = 0
        if length:
            numbers[place] = _number_of(words, begin, length, records, top)
            if kept.size and not _same_line(
                exact, begin, length, kept, _run_at(records, top, numbers[place])
            ):
                numbers[place] = 0
            if numbers[place] == 0:
                count += 1
                numbers[place] = records[top] = count
                records[filled] = length
                for word in range(length):
                    records[filled + 1 + word] = words[begin + word]
                for word in range(length if kept.size else 0):
                    kept[filled + 1 + word, 0] = exact[begin + word, 0]
                    kept[filled + 1 + word, 1] = exact[begin + word, 1]
                filled += 1 + length
    return filled


@compiled
def _number_of(words: Words, begin: int, length: int, records: Words, top: int) -> int:
    """Return the number of the run that is the same line the other way round, or 0."""
    at = top + 2
    for number in range(1, records[top] + 1):
        if whole(records[at]) == length:
            place = 0
            while place < length and words[begin + place] == records[at + length - place]:
                place += 1
            if place == length:
                return number
        at += 1 + whole(records[at])
    return 0


@compiled
def _run_at(records: Words, top: int, number: int) -> int:
    """Return where a run of a record stands, or 0 where there is none of number 0."""
    at = top + 2
    for _ in range(1, number):
        at += 1 + whole(records[at])
    return at if number else 0


@compiled
def _same_line(line: Floats, begin: int, length: int, other: Floats, at: int) -> bool:
    """Return whether a line has the exact vertices of another, kept behind a place, the other way round."""
    for place in range(length if at else 0):
        one, two = begin + place, at + length - place
        if line[one, 0] != other[two, 0] or line[one, 1] != other[two, 1]:
            return False
    return True


@compiled
def _write_areas(runs: Integers, order: Integers, out: tuple[Lines, int, Integers], filled: int) -> int:
    """Write the areas of a record with their masks."""
    (records, _), top, numbers = out
    masks = (whole(records[top]) >> MASK_BITS) + 1
    count, last = 0, -1
    for place in range(order.size):
        if runs[order[place], AREA] != last:
            last = runs[order[place], AREA]
            count += 1
            records[filled] = last
            records[filled + 1 : filled + 1 + masks] = 0
            filled += 1 + masks
        number = whole(numbers[place])
        records[filled - masks + (number >> MASK_BITS)] ^= np.uint32(1) << np.uint32(number & MASK)
    records[top + 1] = count
    return filled


@compiled
def find(
    lattice: Lattice,
    index: Cells,
    masks: int,
    values: Integers,
    points: tuple[Floats, Floats],
    found: tuple[Integers, Bytes],
) -> None:
    """Write for every point the lowest area it lies in, or -1, and CLEAR, SEVERAL or DOUBTFUL."""
    x, y = points
    areas, states = found
    codes, spots, lead = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.uint32)
    odd = np.empty(masks, np.uint32)
    last = index[2].size - 1
    for begin in range(0, x.size, BLOCK):
        count = min(BLOCK, x.size - begin)
        # Three short loops: so the processor waits for many places of the memory at once.
        for k in range(count):
            codes[k], spots[k] = look_up(lattice, index, x[begin + k], y[begin + k])
        for k in range(count):
            at = max(-2 - codes[k], 0)
            lead[k] = index[2][at] + index[2][min(at + LINE, last)] + index[2][min(at + 2 * LINE, last)]
        for k in range(count):
            areas[begin + k], states[begin + k] = codes[k], CLEAR
            if spots[k] == STEPS:
                areas[begin + k], states[begin + k] = -1, DOUBTFUL
            elif codes[k] < EMPTY:
                areas[begin + k], states[begin + k] = judge(index[2], -2 - codes[k], spots[k], values, odd)
    if x.size and lead[0] == 1:
        odd[0] = 0


@compiled
def look_up(lattice: Lattice, index: Cells, x: float, y: float) -> tuple[int, int]:
    """Return what stands for the cell of a point, and its place in it, or STEPS on the cell's own sides."""
    directory, cells, _ = index
    u, v = (x - lattice.west) * lattice.per_metre, (y - lattice.south) * lattice.per_metre
    if not (u >= 0 and v >= 0 and u < lattice.columns and v < lattice.rows):
        return EMPTY, 0
    column, row = int(u), int(v)
    across, up = int((u - column) * STEPS), int((v - row) * STEPS)
    if across == 0 or up == 0 or across >= LAST or up >= LAST:
        return EMPTY, STEPS
    return cells[cell_of(directory, key_of(lattice, column, row))], across | (up << 16)


@compiled
def cross_runs(records: Words, at: int, spot: int, odd: Words) -> tuple[int, bool]:
    """Note which runs of a record have an odd number of edges below a spot.

    Returns where the areas of the record begin, and whether no run is near.
    """
    runs = whole(records[at])
    x, y = whole(spot) & HALF, whole(spot) >> 16
    odd[: (runs >> MASK_BITS) + 1] = 0
    odd[0] = 1
    at += 2
    for run in range(1, runs + 1):
        length = whole(records[at])
        below = _edges_below(records, at + 1, length, x, y)
        if below < 0:
            return at, False
        odd[run >> MASK_BITS] |= np.uint32(below) << np.uint32(run & MASK)
        at += 1 + length
    return at, True


@compiled
def judge(records: Words, at: int, spot: int, values: Integers, odd: Words) -> tuple[int, int]:
    """Return the lowest area of a record that holds a spot, and how sure and alone it is."""
    masks, entries = (whole(records[at]) >> MASK_BITS) + 1, whole(records[at + 1])
    at, clear = cross_runs(records, at, spot, odd)
    if not clear:
        return -1, DOUBTFUL
    best, low, high = -1, 0, 0
    for _ in range(entries):
        if shares_odd(records, at + 1, masks, odd):
            area = whole(records[at])
            if best < 0:
                best, low, high = area, whole(values[area]), whole(values[area])
            best, low, high = min(best, area), min(low, whole(values[area])), max(high, whole(values[area]))
        at += 1 + masks
    return best, SEVERAL if low < high else CLEAR


@compiled
def shares_odd(records: Words, at: int, masks: int, bits: Words) -> bool:
    """Return whether an area's masks and some bits have an odd number of ones in common."""
    crossed = np.uint32(0)
    for mask in range(masks):
        crossed ^= records[at + mask] & bits[mask]
    return _is_odd(whole(crossed))


@compiled
def _is_odd(bits: int) -> bool:
    """Return whether an odd number of 32 bits is set."""
    folded = np.uint32(bits)
    for shift in (16, 8, 4, 2, 1):
        folded ^= folded >> np.uint32(shift)
    return bool(folded & np.uint32(1))


@compiled
def _edges_below(records: Words, at: int, length: int, x: int, y: int) -> int:
    """Return whether an odd number of a run's edges lies below a place, or -1 where one is near."""
    odd = 0
    word = whole(records[at])
    xa, ya = word & HALF, word >> 16
    for place in range(at + 1, at + length):
        word = whole(records[place])
        xb, yb = word & HALF, word >> 16
        # One test with one rare answer, which the processor guesses better than three.
        if (min(xa, xb) <= x + NEAR) & (max(xa, xb) >= x - NEAR) & (min(ya, yb) <= y + NEAR):
            across, up = xb - xa, yb - ya
            side = across * (y - ya) - up * (x - xa)
            if max(ya, yb) >= y - NEAR and abs(side) <= NEAR * (abs(across) + abs(up)):
                return -1
            if (xa <= x) != (xb <= x):
                odd ^= (side >= 0) == (across > 0)
        xa, ya = xb, yb
    return odd


@compiled
def mark_near(lattice: Lattice, index: Cells, points: tuple[Floats, Floats], near: Bytes) -> None:
    """Mark every area that may be as near to one of the points as NEAR."""
    directory, cells, records = index
    x, y = points
    for k in range(x.size):
        first, last, down, top = reach_of(lattice, x[k], y[k], x[k], y[k])
        for row in range(down, top + 1):
            for column in range(first, last + 1):
                code = cells[cell_of(directory, key_of(lattice, column, row))]
                if code >= 0:
                    near[code] = 1
                elif code < EMPTY:
                    _mark_record(records, -2 - code, near)


@compiled
def _mark_record(records: Words, at: int, near: Bytes) -> None:
    runs, entries = whole(records[at]), whole(records[at + 1])
    at += 2
    for _ in range(runs):
        at += 1 + whole(records[at])
    for _ in range(entries):
        near[records[at]] = 1
        at += 2 + (runs >> MASK_BITS)
