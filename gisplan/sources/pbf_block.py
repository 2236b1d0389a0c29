"""Blocks of an OSM PBF file as arrays: varints, nodes and ways, all of a block at once.

A block is read here only where every byte of what is asked of it is as expected. Whatever is not (a field of another
kind, a number of nine bytes, a list that ends too early) raises `UnknownError`, and the file is left to osmium: it
knows all of the format, and its word on a damaged file is the one that counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Numbers = NDArray[np.int64]

LONGEST_VARINT = 8
"""Bytes of the longest number read at once: 56 bits, more than any id of OpenStreetMap."""

MORE = 0x80
"""The bit that says that a number goes on."""

TIP = np.uint64(0x8080808080808080)
MASKS = np.array([(1 << 8 * size) - 1 for size in range(LONGEST_VARINT + 1)], dtype=np.uint64)
STRINGS, GROUP, GRANULARITY, DATES, LATITUDE, LONGITUDE = 1, 2, 17, 18, 19, 20
DENSE, WAY, RELATION = 2, 3, 4
WAY_ID, WAY_KEYS, WAY_VALUES, WAY_INFO, WAY_REFS = 1, 2, 3, 4, 8
DENSE_IDS, DENSE_INFO, DENSE_LATITUDES, DENSE_LONGITUDES, DENSE_TAGS = 1, 5, 8, 9, 10
PER_STEP = 100
"""Nanodegrees in the ten-millionths of a degree that osmium holds."""

LOWEST, HIGHEST = -(2**31), 2**31 - 1
UNITS = 10_000_000
EAST_MOST, NORTH_MOST = 180 * UNITS, 90 * UNITS


class UnknownError(Exception):
    """Something in a file that is not read here."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodes:
    """Nodes of a block: ids [n], longitudes and latitudes in ten-millionths of a degree [n]."""

    id: Numbers
    lon: Numbers
    lat: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """Lists of numbers in a row: the numbers [v], and where each list starts and the last ends [n + 1]."""

    values: Numbers
    start: Numbers

    def some(self, which: Numbers) -> Lists:
        """Return some of the lists."""
        start, size = self.start[which], np.diff(self.start)[which]
        return Lists(values=self.values[spread(start, size)], start=offsets(size))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Ways of a block: ids [w], keys and values as places in its strings, and where their nodes stand [w each]."""

    id: Numbers
    keys: Lists
    values: Lists
    refs: tuple[Numbers, Numbers]


def spread(start: Numbers, size: Numbers) -> Numbers:
    """Return the places of lists that start at some place and have some size, one list after the other."""
    first = np.cumsum(size) - size
    return np.arange(int(size.sum())) + np.repeat(start - first, size)


def offsets(size: Numbers) -> Numbers:
    """Return where lists of some sizes start, and where the last ends [n + 1]."""
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(size)])


def number(data: bytes, place: int, *, end: int) -> tuple[int, int]:
    """Return the number that stands at a place, and the place after it.

    Raises
    ------
    UnknownError
        If it does not end.
    """
    value = 0
    for shift in range(0, 70, 7):
        if place >= end:
            break
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < MORE:
            return value, place
    raise UnknownError


def fields(data: bytes, *, start: int, end: int) -> list[tuple[int, int, int]]:
    """Return the fields of a message: number, and start and end of its bytes, or its value and -1.

    Raises
    ------
    UnknownError
        If a field is neither a number nor bytes, or goes beyond the end.
    """
    found = []
    while start < end:
        tag, start = number(data, start, end=end)
        value, start = number(data, start, end=end)
        if tag & 7 == 2:  # noqa: PLR2004 (bytes)
            if start + value > end:
                raise UnknownError
            found.append((tag >> 3, start, start + value))
            start += value
        elif tag & 7 == 0:
            found.append((tag >> 3, value, -1))
        else:
            raise UnknownError
    return found


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
        If one of them goes beyond the end.
    """
    starts, sizes = stretches(block.data, block.strings, tag=STRINGS << 3 | 2)
    return [block.data[start : start + size] for start, size in zip(starts, sizes, strict=True)]


def nodes_of(block: Block, span: tuple[int, int]) -> Nodes:
    """Return the nodes of a dense group.

    Raises
    ------
    UnknownError
        If its lists are not equally long, or a node lies outside what osmium can hold.
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
    ids, lats, lons = (
        np.cumsum(signed(packed(block, lists[key]))) for key in (DENSE_IDS, DENSE_LATITUDES, DENSE_LONGITUDES)
    )
    if not len(ids) == len(lats) == len(lons):
        raise UnknownError
    east, north = block.origin
    return Nodes(id=ids, lon=_steps(lons, block, east), lat=_steps(lats, block, north))


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


def ways_of(block: Block, span: tuple[int, int]) -> Ways:
    """Return the ways of a group, all fields of the same rank at once.

    Raises
    ------
    UnknownError
        If one of them has other fields than id, tags, nodes and its history.
    """
    start, end = _members(block.data, span)
    ids, known = np.zeros(len(start), dtype=np.int64), np.zeros(len(start), dtype=np.int64)
    spans = {key: np.zeros((2, len(start)), dtype=np.int64) for key in (WAY_KEYS, WAY_VALUES, WAY_REFS)}
    place, here = start.copy(), np.flatnonzero(start < end)
    while len(here):
        tag = block.raw[place[here]].astype(np.int64)
        value, behind = _numbers_at(block, place[here] + 1)
        key, is_bytes = tag >> 3, tag & 7 == 2  # noqa: PLR2004 (bytes)
        after = np.where(is_bytes, behind + value, behind)
        if (after > end[here]).any() or (known[here] >> key & 1).any() or not _expected(key, is_bytes).all():
            raise UnknownError
        known[here] |= 1 << key
        ids[here[key == WAY_ID]] = value[key == WAY_ID]
        for name, held in spans.items():
            held[:, here[key == name]] = behind[key == name], after[key == name]
        place[here] = after
        here = here[after < end[here]]
    if not (known >> WAY_ID & 1).all():
        raise UnknownError
    keys, values = (_lists(block, *spans[name]) for name in (WAY_KEYS, WAY_VALUES))
    if (keys.start != values.start).any():
        raise UnknownError
    first, last = spans[WAY_REFS]
    _check_ends(block, first, last)
    return Ways(id=ids, keys=keys, values=values, refs=(first, last))


def refs_of(block: Block, ways: Ways, which: Numbers) -> Lists:
    """Return the ids of the nodes of some ways.

    Raises
    ------
    UnknownError
        If one of them is too long.
    """
    start, end = ways.refs
    return _summed(_lists(block, start[which], end[which]))


def _members(data: bytes, span: tuple[int, int]) -> tuple[Numbers, Numbers]:
    """Return where the ways of a group start and end."""
    starts, sizes = stretches(data, span, tag=WAY << 3 | 2)
    start = np.array(starts, dtype=np.int64)
    return start, start + np.array(sizes, dtype=np.int64)


def stretches(data: bytes, span: tuple[int, int], *, tag: int) -> tuple[list[int], list[int]]:
    """Return where the parts of a message that has but one kind of part start, and their sizes.

    Parameters
    ----------
    data
        The bytes of the block.
    span
        Where the message starts and ends in them.
    tag
        The byte before each part and its size.

    Raises
    ------
    UnknownError
        If there is anything else in the message, or a part goes beyond the end.
    """
    place, end = span
    starts, sizes = [], []
    while place < end:
        if data[place] != tag:
            raise UnknownError
        size = data[place + 1]
        if size < MORE:
            place += 2
        elif (second := data[place + 2]) < MORE:
            size += (second - 1) << 7
            place += 3
        else:
            size, place = number(data, place + 1, end=end)
        starts.append(place)
        sizes.append(size)
        place += size
    if place != end:
        raise UnknownError
    return starts, sizes


def _expected(key: Numbers, is_bytes: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which fields of ways are known, and of the right kind."""
    as_bytes = np.isin(key, (WAY_KEYS, WAY_VALUES, WAY_INFO, WAY_REFS))
    found: NDArray[np.bool_] = np.where(is_bytes, as_bytes, key == WAY_ID)
    return found


def _numbers_at(block: Block, place: Numbers) -> tuple[Numbers, Numbers]:
    """Return the numbers at some places, and the places behind them."""
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


def signed(values: Numbers) -> Numbers:
    """Return numbers that were stored with their sign in the lowest bit."""
    return (values >> 1) ^ -(values & 1)


def _lists(block: Block, start: Numbers, end: Numbers) -> Lists:
    """Return packed lists, all at once."""
    place = spread(start, end - start)
    part = block.raw[place]
    is_last = part < MORE
    _check_ends(block, start, end)
    count = np.zeros(len(part) + 1, dtype=np.int64)
    np.cumsum(is_last, out=count[1:])
    begins = offsets(end - start)
    where = count[begins]
    if is_last.all():
        return Lists(values=part.astype(np.int64), start=where)
    at = np.flatnonzero(is_last)
    first = _first(at)
    return Lists(values=_value(block.words[place[first]], at - first + 1), start=where)


def _check_ends(block: Block, start: Numbers, end: Numbers) -> None:
    """Refuse lists whose last number does not end."""
    if (block.raw[end[end > start] - 1] >= MORE).any():
        raise UnknownError


def _summed(lists: Lists) -> Lists:
    """Return lists whose numbers were stored as steps from the one before."""
    total = offsets(signed(lists.values))
    size = np.diff(lists.start)
    return Lists(values=total[1:] - np.repeat(total[lists.start[:-1]], size), start=lists.start)


def texts(strings: Sequence[bytes], which: Sequence[int]) -> list[str]:
    """Return some texts of a block.

    Raises
    ------
    UnknownError
        If one of them is no text.
    """
    try:
        return [strings[place].decode("utf-8") for place in which]
    except (UnicodeDecodeError, IndexError):
        raise UnknownError from None
