"""Compiled loops over the bytes of blocks of an OSM PBF file: texts, ways, nodes.

They take only what they are sure of. At anything else they say so and stop, and the block is read again by
`pbf_block` and `pbf_ways`, whose word counts: so both accept the same files and find the same in them.

Imported only for large files: numba takes a second to load, and some more where nothing is compiled yet.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gisplan.core.compiled import compiler

compiled = compiler(Path(__file__).parent, "pbf_kernels.py")

MORE = 0x80
LONGEST = 8
"""Bytes of the longest number that is read."""

LONGEST_SIZE = 4
"""Bytes of the longest size of a text or way."""

STRING, WAY = 0x0A, 0x1A
"""The bytes before each text and each way."""

ID, KEYS, VALUES, INFO, REFS = 0x08, 0x12, 0x1A, 0x22, 0x42
"""The bytes before the fields of a way."""

COUNTS, ASKED, NAME = 1, 2, 4
"""What a text is as a key: of a tag that counts, of one that is asked for, and from NAME on of one held apart."""

DIGIT_BITS = 11
DIGITS = 1 << DIGIT_BITS

LOWEST, HIGHEST = -(2**31), 2**31 - 1
EMPTY = -1

Bytes = NDArray[np.uint8]
Counts = NDArray[np.int64]
Places = NDArray[np.int32]
Span = tuple[int, int]


@compiled
def number_at(raw: Bytes, place: int, end: int, longest: int) -> tuple[int, int]:
    """Return the number that stands at a place, and the place behind it, -1 where it is not as expected."""
    value, shift = 0, 0
    while place < end and shift < 7 * longest:
        byte = int(raw[place])
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < MORE:
            return value, place
        shift += 7
    return 0, -1


@compiled
def texts_at(raw: Bytes, span: Span, start: Counts, size: Counts, apart: Bytes) -> tuple[int, int]:
    """Note where each text lies, and all of them with a zero between; return their number and that of the bytes."""
    place, end = span
    count, used = 0, 0
    while place < end:
        if raw[place] != STRING:
            return -1, 0
        length, place = number_at(raw, place + 1, end, LONGEST_SIZE)
        if place < 0 or place + length > end:
            return -1, 0
        start[count], size[count] = place, length
        if count:
            apart[used] = 0
            used += 1
        for at in range(place, place + length):
            if raw[at] == 0:
                return -1, 0
            apart[used] = raw[at]
            used += 1
        place += length
        count += 1
    return count, used


@compiled
def roles_of(raw: Bytes, start: Counts, size: Counts, keys: tuple[Bytes, Counts, Places]) -> Places:
    """Return what each text is as a key; keys are given as bytes, by where each begins, and with what each is."""
    text, begin, role = keys
    found = np.zeros(len(start), np.int32)
    for i in range(len(start)):
        for key in range(len(role)):
            if size[i] != begin[key + 1] - begin[key]:
                continue
            same = True
            for at in range(size[i]):
                if raw[start[i] + at] != text[begin[key] + at]:
                    same = False
                    break
            if same:
                found[i] = role[key]
                break
    return found


@compiled
def rank_of(tag: int) -> int:
    """Return where a field of a way is noted, -1 for one that is not known."""
    fields = (ID, KEYS, VALUES, REFS, INFO)
    for rank in range(len(fields)):
        if tag == fields[rank]:
            return rank
    return -1


@compiled
def fields_at(raw: Bytes, place: int, end: int, found: Counts) -> bool:
    """Note id, keys, values and nodes of a way (start and end of each), and return whether all is as expected."""
    found[:] = 0
    known = 0
    while place < end:
        tag = raw[place]
        value, place = number_at(raw, place + 1, end, LONGEST)
        if place < 0:
            return False
        rank = rank_of(tag)
        if rank < 0 or known >> rank & 1:
            return False
        known |= 1 << rank
        if rank == 0:
            found[0] = value
            continue
        if value > end - place:
            return False
        found[2 * rank], found[2 * rank + 1] = place, place + value
        place += value
    return known & 1 == 1


@compiled
def tags_at(
    raw: Bytes, fields: Counts, role: Places, pairs: Places, used: int, names: Places
) -> tuple[bool, bool, int]:
    """Note the tags of a way that count, and its names.

    Return whether all is as expected, whether the way is asked for, and where the next pair goes.
    """
    names[:] = EMPTY
    place, end, other, last = fields[2], fields[3], fields[4], fields[5]
    asked = False
    while place < end:
        key, place = number_at(raw, place, end, LONGEST)
        value, other = number_at(raw, other, last, LONGEST)
        if place < 0 or other < 0 or key >= len(role) or value >= len(role):
            return False, False, used
        what = role[key]
        if what & ASKED:
            asked = True
        if what & COUNTS:
            pairs[used], pairs[used + 1] = key, value
            used += 2
        elif what >= NAME:
            names[what // NAME - 1] = value
    return other == last, asked, used


@compiled
def refs_at(raw: Bytes, place: int, end: int, refs: Counts, used: int) -> int:
    """Note numbers stored as steps from the one before; return where the next goes, -1 where one is not as expected."""
    total = 0
    while place < end:
        value, place = number_at(raw, place, end, LONGEST)
        if place < 0:
            return -1
        total += (value >> 1) ^ -(value & 1)
        refs[used] = total
        used += 1
    return used


@compiled
def ways_at(
    raw: Bytes,
    span: Span,
    role: Places,
    ids: Counts,
    tags: tuple[Places, Counts],
    names: Places,
    nodes: tuple[Counts, Counts],
) -> int:
    """Note the ways of a group that are asked for; return their number, -1 where something is not as expected."""
    place, end = span
    (pairs, pair_start), (refs, ref_start) = tags, nodes
    fields = np.zeros(10, np.int64)
    count, pair, ref = 0, 0, 0
    while place < end:
        if raw[place] != WAY:
            return -1
        size, place = number_at(raw, place + 1, end, LONGEST_SIZE)
        if place < 0 or place + size > end or not fields_at(raw, place, place + size, fields):
            return -1
        place += size
        if fields[0] < 1 or (fields[6] < fields[7] and raw[fields[7] - 1] >= MORE):
            return -1
        fine, asked, after = tags_at(raw, fields, role, pairs, pair, names[count])
        if not fine:
            return -1
        if asked:
            ids[count], pair = fields[0], after
            ref = refs_at(raw, fields[6], fields[7], refs, ref)
            if ref < 0:
                return -1
            count += 1
            pair_start[count], ref_start[count] = pair, ref
    return count


@compiled
def same_run(values: Places, start: Counts, one: int, two: int) -> bool:
    """Return whether two lists are the same."""
    size = start[one + 1] - start[one]
    if size != start[two + 1] - start[two]:
        return False
    for at in range(size):  # noqa: SIM110 (numba has no all() of a generator)
        if values[start[one] + at] != values[start[two] + at]:
            return False
    return True


@compiled
def alike(values: Places, start: Counts, kind: Counts, first: Counts) -> int:
    """Note for each list the number of its kind, and for each kind its first list; return the number of kinds."""
    lists, slots = len(kind), 8
    while slots < 2 * lists:
        slots *= 2
    table = np.full(slots, EMPTY, np.int64)
    count = 0
    for i in range(lists):
        mixed = np.uint64(0x9E3779B97F4A7C15)
        for at in range(start[i], start[i + 1]):
            mixed = (mixed ^ np.uint64(values[at])) * np.uint64(0xFF51AFD7ED558CCD)
            mixed ^= mixed >> np.uint64(32)
        slot = np.int64(mixed & np.uint64(slots - 1))
        while table[slot] != EMPTY and not same_run(values, start, first[table[slot]], i):
            slot = (slot + 1) & (slots - 1)
        if table[slot] == EMPTY:
            table[slot], first[count] = count, i
            count += 1
        kind[i] = table[slot]
    return count


@compiled
def taken(
    nodes: tuple[Counts, Counts, Counts],
    needed: Counts,
    place: tuple[Counts, Counts],
    known: NDArray[np.bool_],
) -> bool:
    """Note where the nodes lie that are needed; return whether all of them are as expected."""
    (ids, lon, lat), (east, north) = nodes, place
    before = 0
    for i in range(len(ids)):
        fits = LOWEST <= lon[i] <= HIGHEST and LOWEST <= lat[i] <= HIGHEST
        if ids[i] <= before or not fits:
            return False
        before = ids[i]
    at = np.searchsorted(needed, ids[0]) if len(ids) else 0
    for i in range(len(ids)):
        while at < len(needed) and needed[at] < ids[i]:
            at += 1
        if at == len(needed):
            break
        if needed[at] == ids[i]:
            if known[at]:
                return False
            east[at], north[at], known[at] = lon[i], lat[i], True
    return True


@compiled
def numbered(values: Counts, order: Places, spot: Counts, different: Counts) -> int:
    """Note the different numbers in order, and which of them each is; return how many there are.

    Numbers are not negative; `order` is room for as many places. They are sorted from their last digit on, each a
    number below `DIGITS`.
    """
    count = len(values)
    most = np.int64(0)
    for i in range(count):
        order[i] = i
        most = max(most, values[i])
    other, begin = np.empty_like(order), np.empty(DIGITS + 1, np.int64)
    shift = 0
    while most >> shift:
        begin[:] = 0
        for i in range(count):
            begin[(values[i] >> shift & (DIGITS - 1)) + 1] += 1
        for digit in range(DIGITS):
            begin[digit + 1] += begin[digit]
        for i in range(count):
            digit = values[order[i]] >> shift & (DIGITS - 1)
            other[begin[digit]] = order[i]
            begin[digit] += 1
        order[:] = other
        shift += DIGIT_BITS
    found = 0
    for i in range(count):
        value = values[order[i]]
        if found == 0 or different[found - 1] != value:
            different[found] = value
            found += 1
        spot[order[i]] = found - 1
    return found
