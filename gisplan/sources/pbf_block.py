"""Blocks of an OSM PBF file as arrays: varints, nodes and ways, all of a block at once.

A block is read here only where every byte of what is asked of it is as expected. Whatever is not (a field of another
kind, a number of nine bytes, a list that ends too early) raises `UnknownError`, and the file is left to osmium: it
knows all of the format, and its word on a damaged file is the one that counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gisplan.sources.pbf_numbers import (
    MORE,
    Lists,
    Numbers,
    UnknownError,
    fields,
    number,
    offsets,
    signed,
    spread,
    stretches,
    texts,
)

Bytes = NDArray[np.uint8]
LONGEST_VARINT = 8
"""Bytes of the longest number read at once: 56 bits, more than any id of OpenStreetMap."""

TIP = np.uint64(0x8080808080808080)
MASKS = np.array([(1 << 8 * size) - 1 for size in range(LONGEST_VARINT + 1)], dtype=np.uint64)
STRINGS, GROUP, GRANULARITY, DATES, LATITUDE, LONGITUDE = 1, 2, 17, 18, 19, 20
DENSE, WAY, RELATION = 2, 3, 4
DENSE_IDS, DENSE_INFO, DENSE_LATITUDES, DENSE_LONGITUDES, DENSE_TAGS = 1, 5, 8, 9, 10
PER_STEP = 100
"""Nanodegrees in the ten-millionths of a degree that osmium holds."""

LOWEST, HIGHEST = -(2**31), 2**31 - 1
UNITS = 10_000_000
EAST_MOST, NORTH_MOST = 180 * UNITS, 90 * UNITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block's bytes and where in them its parts lie: strings [start, end], groups with what they hold, in order.

    `words` are the eight bytes from each place on; `origin` is longitude and latitude [nanodegrees].
    """

    data: bytes
    raw: Bytes
    words: NDArray[np.uint64]
    strings: tuple[int, int]
    groups: tuple[tuple[int, tuple[int, int]], ...]
    granularity: int
    origin: tuple[int, int]

    def holds(self, kind: int) -> bool:
        """Return whether a group holds things of a kind."""
        return any(held == kind for held, _ in self.groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodes:
    """Nodes of a block: ids [n], longitudes and latitudes in ten-millionths of a degree [n]."""

    id: Numbers
    lon: Numbers
    lat: Numbers


def block_of(data: bytes) -> Block:
    """Return the parts of an unpacked block.

    Raises
    ------
    UnknownError
        If it is not as expected.
    """
    strings: list[tuple[int, int]] = []
    groups: list[tuple[int, tuple[int, int]]] = []
    numbers = {GRANULARITY: 100, LATITUDE: 0, LONGITUDE: 0, DATES: 1000}
    for key, start, end in fields(data, start=0, end=len(data)):
        if end < 0:
            if key not in numbers or start >= 1 << 62:  # a negative origin is osmium's
                raise UnknownError
            numbers[key] = start
        elif key == STRINGS:
            strings.append((start, end))
        elif key == GROUP and start < end:
            groups += _groups(data, (start, end))
        elif key != GROUP:
            raise UnknownError
    if len(strings) != 1 or not 0 < numbers[GRANULARITY] <= UNITS:
        raise UnknownError
    # Eight bytes are taken at a time, so the last number needs some behind it.
    raw = np.frombuffer(data + bytes(LONGEST_VARINT), dtype=np.uint8)
    return Block(
        data=data,
        raw=raw,
        words=np.ndarray((len(data) + 1,), dtype="<u8", buffer=raw.data, strides=(1,)),
        strings=strings[0],
        groups=tuple(groups),
        granularity=numbers[GRANULARITY],
        origin=(numbers[LONGITUDE], numbers[LATITUDE]),
    )


def _groups(data: bytes, span: tuple[int, int]) -> list[tuple[int, tuple[int, int]]]:
    """Return what a group holds, and where: bare nodes and sets of changes are unknown."""
    kind, _ = number(data, span[0], end=span[1])
    if kind & 7 != 2 or kind >> 3 not in (DENSE, WAY, RELATION):  # noqa: PLR2004 (bytes)
        raise UnknownError
    if kind >> 3 != DENSE:
        return [(kind >> 3, span)]
    found = fields(data, start=span[0], end=span[1])
    if any(key != DENSE or end < 0 for key, _, end in found):
        raise UnknownError
    return [(DENSE, (start, end)) for _, start, end in found]


def strings_of(block: Block) -> list[bytes]:
    """Return the texts of a block.

    Raises
    ------
    UnknownError
        If one of them goes beyond the end, or is no text.
    """
    starts, sizes = stretches(block.data, block.strings, tag=STRINGS << 3 | 2)
    found = [block.data[start : start + size] for start, size in zip(starts, sizes, strict=True)]
    # A zero between them keeps half a letter of one from being made whole by the next; osmium ends a text at a zero.
    together = b"\0".join(found)
    if together.count(b"\0") != max(len(found) - 1, 0):
        raise UnknownError
    texts([together], [0])
    return found


def nodes_of(block: Block, span: tuple[int, int]) -> Nodes:
    """Return the nodes of a dense group.

    Raises
    ------
    UnknownError
        If its lists are not equally long, or a node lies outside what osmium can hold.
    """
    lists = lists_of_nodes(block, span)
    ids, lats, lons = (
        np.cumsum(signed(packed(block, lists[key]))) for key in (DENSE_IDS, DENSE_LATITUDES, DENSE_LONGITUDES)
    )
    if not len(ids) == len(lats) == len(lons):
        raise UnknownError
    east, north = block.origin
    return Nodes(id=ids, lon=_steps(lons, block, east), lat=_steps(lats, block, north))


def lists_of_nodes(block: Block, span: tuple[int, int]) -> dict[int, tuple[int, int]]:
    """Return where the lists of a dense group stand.

    Raises
    ------
    UnknownError
        If one is missing or stands twice, or there is anything else.
    """
    lists: dict[int, tuple[int, int]] = {}
    for key, start, end in fields(block.data, start=span[0], end=span[1]):
        if end < 0 or key in lists:
            raise UnknownError
        lists[key] = (start, end)
    if not {DENSE_IDS, DENSE_LATITUDES, DENSE_LONGITUDES} <= set(lists):
        raise UnknownError
    if not set(lists) <= {DENSE_IDS, DENSE_INFO, DENSE_LATITUDES, DENSE_LONGITUDES, DENSE_TAGS}:
        raise UnknownError
    for key in {DENSE_TAGS, DENSE_INFO} & set(lists):
        _check_told(block, lists[key], key)
    return lists


def _check_told(block: Block, span: tuple[int, int], key: int) -> None:
    """Refuse what is not asked for where it is not even lists of numbers: the file is damaged."""
    parts = [span]
    if key == DENSE_INFO:
        parts = [(start, end) for _, start, end in fields(block.data, start=span[0], end=span[1])]
    if any(end < 0 or (start < end and block.data[end - 1] >= MORE) for start, end in parts):
        raise UnknownError


def _steps(values: Numbers, block: Block, origin: int) -> Numbers:
    """Return ten-millionths of a degree, cut off towards zero as osmium does."""
    if not len(values):
        return values
    if max(abs(int(values.min())), abs(int(values.max()))) > 2**62 // block.granularity:
        raise UnknownError
    if block.granularity == PER_STEP and not origin:
        steps = values
    else:
        nano = values * block.granularity + origin
        steps = np.sign(nano) * (np.abs(nano) // PER_STEP)
    if int(steps.min()) < LOWEST or int(steps.max()) > HIGHEST:
        raise UnknownError
    return steps


def numbers_at(block: Block, place: Numbers) -> tuple[Numbers, Numbers]:
    """Return the numbers at some places, and the places behind them.

    Raises
    ------
    UnknownError
        If one of them is too long.
    """
    if len(place) and int(place.max()) >= len(block.words):
        raise UnknownError
    word = block.words[place]
    tip = ~word & TIP
    if not tip.all():
        raise UnknownError
    lowest = tip & (~tip + np.uint64(1))
    size = (np.bitwise_count(lowest - np.uint64(1)).astype(np.int64) >> 3) + 1
    return _value(word, size), place + size


def _value(word: NDArray[np.uint64], size: Numbers) -> Numbers:
    """Return numbers of some bytes, seven bits of each byte put together."""
    word = word & MASKS[size]
    for low, high, shift in (
        (0x007F007F007F007F, 0x7F007F007F007F00, 1),
        (0x00003FFF00003FFF, 0x3FFF00003FFF0000, 2),
        (0x000000000FFFFFFF, 0x0FFFFFFF00000000, 4),
    ):
        word = (word & np.uint64(low)) | ((word & np.uint64(high)) >> np.uint64(shift))
    return word.astype(np.int64)


def packed(block: Block, span: tuple[int, int]) -> Numbers:
    """Return the numbers of a packed list.

    Raises
    ------
    UnknownError
        If the last does not end, or one is too long.
    """
    start, end = span
    part = block.raw[start:end]
    last = np.flatnonzero(part < MORE)
    if len(last) == len(part):
        return part.astype(np.int64)
    if not len(last) or last[-1] != len(part) - 1:
        raise UnknownError
    first = _first(last)
    return _value(block.words[first + start], last - first + 1)


def _first(last: Numbers) -> Numbers:
    """Return where numbers begin that end at some places one after the other."""
    first = np.empty_like(last)
    first[0], first[1:] = 0, last[:-1] + 1
    if int((last - first).max()) >= LONGEST_VARINT:
        raise UnknownError
    return first


def lists_at(block: Block, start: Numbers, end: Numbers) -> Lists:
    """Return packed lists, all at once.

    Raises
    ------
    UnknownError
        If a number of them does not end, or is too long.
    """
    place = spread(start, end - start)
    part = block.raw[place]
    is_last = part < MORE
    check_ends(block, start, end)
    count = np.zeros(len(part) + 1, dtype=np.int64)
    np.cumsum(is_last, out=count[1:])
    begins = offsets(end - start)
    where = count[begins]
    if is_last.all():
        return Lists(values=part.astype(np.int64), start=where)
    at = np.flatnonzero(is_last)
    first = _first(at)
    return Lists(values=_value(block.words[place[first]], at - first + 1), start=where)


def check_ends(block: Block, start: Numbers, end: Numbers) -> None:
    """Refuse lists whose last number does not end.

    Raises
    ------
    UnknownError
        If there is one.
    """
    if (block.raw[end[end > start] - 1] >= MORE).any():
        raise UnknownError


def summed(lists: Lists) -> Lists:
    """Return lists whose numbers were stored as steps from the one before."""
    total = offsets(signed(lists.values))
    size = np.diff(lists.start)
    return Lists(values=total[1:] - np.repeat(total[lists.start[:-1]], size), start=lists.start)
