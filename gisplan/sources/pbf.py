"""Ways of an OSM PBF file at the speed of arrays.

The blocks are unpacked from the last to the first: ways stand behind the nodes they need, so one pass knows which
nodes to keep, and no more is held than the ways that are asked for and one block. What is not as this expects is
left to osmium, which reads all of the format and says what is wrong with a damaged file: other features than
`DenseNodes`, history, places on the ways, blobs packed otherwise than by zlib, nodes behind the ways, a node that
stands twice, negative ids.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gisplan.sources.osm_ways import Ways
from gisplan.sources.pbf_block import (
    DENSE,
    EAST_MOST,
    NORTH_MOST,
    UNITS,
    WAY,
    Block,
    Nodes,
    block_of,
    nodes_of,
    strings_of,
)
from gisplan.sources.pbf_numbers import Lists, Numbers, UnknownError, fields, offsets, texts
from gisplan.sources.pbf_swift import SwiftBlock, SwiftWays, numbered, take_nodes, worth_it
from gisplan.sources.pbf_ways import refs_of, ways_of

if TYPE_CHECKING:
    import mmap

    from gisplan.sources.osm_tags import Sought, Tags

HEADER, DATA = b"OSMHeader", b"OSMData"
LONGEST_HEAD = 65_536
LONGEST_BLOB = 32 * 2**20
MOST, MOST_PER_BYTE = 64 * 2**20, 24
"""Bytes that a file may unpack to, and more by each of its own: files are packed to a third or so."""

KNOWN = frozenset({b"OsmSchema-V0.6", b"DenseNodes"})
REQUIRED, OPTIONAL = 4, 5
FOREIGN = frozenset({b"LocationsOnWays", b"HistoricalInformation"})
TYPE, SIZE = 1, 3
RAW, RAW_SIZE, ZLIB = 1, 2, 3
LEAST_ID, MOST_ID = 1, 2**55
"""Ids that are read here; beyond them osmium has rules of its own."""

MOST_REFS = 2**31
"""Nodes of ways that are numbered by compiled loops, by places of 32 bits."""

NO_PLACE = 2**31 - 1
"""What a node has that the file does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Ways that are asked for, of one group: ids [w], their sets of tags [w], names [w], and the ids of their nodes."""

    id: Numbers
    kind: Numbers
    names: Mapping[str, NDArray[np.object_]]
    refs: Lists


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sets:
    """The different sets of tags of all blocks so far, each with its number."""

    number: dict[tuple[tuple[str, str], ...], int] = field(default_factory=dict)

    def of(self, tags: Tags) -> int:
        """Return the number of a set of tags."""
        return self.number.setdefault(tuple(tags.items()), len(self.number))


def ways_in(data: mmap.mmap | bytes, look: Sought) -> Ways | None:
    """Return the ways of a file that have the tags looked for, None where osmium has to read it.

    Parameters
    ----------
    data
        The file.
    look
        What is looked for.
    """
    try:
        return _ways_in(data, look)
    except (UnknownError, IndexError, zlib.error):
        return None


def _ways_in(data: mmap.mmap | bytes, look: Sought) -> Ways:
    kinds, blobs = _blobs(data)
    if not blobs or kinds != [HEADER] + [DATA] * (len(blobs) - 1):
        raise UnknownError
    _check_header(_unpacked(data, blobs[0]))
    parts: list[_Part] = []
    sets = _Sets()
    places: _Places | None = None
    swift = worth_it(len(data))
    left = MOST + MOST_PER_BYTE * len(data)
    for blob in reversed(blobs[1:]):
        block = block_of(_unpacked(data, blob))
        left -= len(block.data)
        if left < 0:
            raise UnknownError
        texts_of = SwiftBlock.of(block, look) if swift and block.holds(WAY) else None
        for kind, span in reversed(block.groups):
            if kind == WAY:
                if places is not None:
                    raise UnknownError
                parts += _ways_of(block, span, look, texts_of, sets)
            elif kind == DENSE:
                places = places or _Places.of(parts[::-1], swift=swift)
                places.take_from(block, span, swift=swift)
    parts.reverse()
    return _whole(parts, places or _Places.of(parts, swift=swift), sets, look)


def _whole(parts: Sequence[_Part], places: _Places, sets: _Sets, look: Sought) -> Ways:
    """Return the ways of all blocks."""
    return Ways(
        id=_joined([part.id for part in parts]),
        tags=tuple(dict(pairs) for pairs in sets.number),
        kind=_joined([part.kind for part in parts]),
        names={
            key: np.concatenate([np.zeros(0, dtype=object), *(part.names[key] for part in parts)])
            for key in look.apart
        },
        start=offsets(_joined([np.diff(part.refs.start) for part in parts])),
        spot=places.spot,
        node=places.id,
        lon=_degrees(places.lon, places),
        lat=_degrees(places.lat, places),
    )


def _ways_of(
    block: Block, span: tuple[int, int], look: Sought, swift: SwiftBlock | None, sets: _Sets
) -> list[_Part]:
    """Return the ways of a group that are asked for, by compiled loops where they are sure."""
    ways = None if swift is None else swift.ways(span)
    return _Asked.of(block, look).ways(span, sets) if ways is None else [_fitting(ways, look, sets)]


def _fitting(ways: SwiftWays, look: Sought, sets: _Sets) -> _Part:
    """Return those of some ways that fit what is looked for."""
    numbers = np.array([sets.of(tags) if look.fits(tags) else -1 for tags in ways.tags], dtype=np.int64)
    kind = numbers[ways.kind]
    if (numbers >= 0).all():
        return _Part(id=ways.id, kind=kind, names=ways.names, refs=ways.refs)
    fit = np.flatnonzero(kind >= 0)
    names = {key: texts[fit] for key, texts in ways.names.items()}
    return _Part(id=ways.id[fit], kind=kind[fit], names=names, refs=ways.refs.some(fit))


def _joined(arrays: Sequence[Numbers]) -> Numbers:
    return np.concatenate([np.zeros(0, dtype=np.int64), *arrays])


def _blobs(data: mmap.mmap | bytes) -> tuple[list[bytes], list[tuple[int, int]]]:
    """Return what each blob of a file is called, and where it lies."""
    place, end = 0, len(data)
    kinds, blobs = [], []
    while place < end:
        size = int.from_bytes(data[place : place + 4], "big")
        head = data[place + 4 : place + 4 + size]
        place += 4 + size
        if size > LONGEST_HEAD or place > end:
            raise UnknownError
        told = fields(head, start=0, end=size)
        names = [head[start:stop] for key, start, stop in told if key == TYPE and stop >= 0]
        sizes = [value for key, value, stop in told if key == SIZE and stop < 0]
        if len(names) != 1 or len(sizes) != 1 or sizes[0] > LONGEST_BLOB or place + sizes[0] > end:
            raise UnknownError
        kinds.append(names[0])
        blobs.append((place, place + sizes[0]))
        place += sizes[0]
    return kinds, blobs


def _unpacked(data: mmap.mmap | bytes, blob: tuple[int, int]) -> bytes:
    """Return the bytes of a blob; never more than it says, and that is never more than the format allows."""
    packed = data[blob[0] : blob[1]]
    told = {key: (start, end) for key, start, end in fields(packed, start=0, end=len(packed))}
    if set(told) == {RAW} and told[RAW][1] >= 0:
        return packed[slice(*told[RAW])]
    if set(told) != {RAW_SIZE, ZLIB} or told[RAW_SIZE][1] >= 0 or told[ZLIB][1] < 0:
        raise UnknownError
    size = told[RAW_SIZE][0]
    if not 0 < size <= LONGEST_BLOB:
        raise UnknownError
    inflate = zlib.decompressobj()
    found = inflate.decompress(packed[slice(*told[ZLIB])], size + 1)
    if len(found) != size or not inflate.eof or inflate.unused_data:
        raise UnknownError
    return found


def _check_header(data: bytes) -> None:
    told = fields(data, start=0, end=len(data))
    required = {data[start:end] for key, start, end in told if key == REQUIRED and end >= 0}
    optional = {data[start:end] for key, start, end in told if key == OPTIONAL and end >= 0}
    if not required <= KNOWN or optional & FOREIGN:
        raise UnknownError


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A block with its texts, what is looked for in it, and where the keys that count stand among the texts."""

    block: Block
    look: Sought
    strings: Sequence[bytes]
    spots: Mapping[str, Sequence[int]]

    @classmethod
    def of(cls, block: Block, look: Sought) -> _Asked:
        """Return a block with its texts."""
        strings = strings_of(block)
        counts = {key.encode() for key in look.kept.union(look.all_keys)}
        spots: dict[str, list[int]] = {}
        for place, text in enumerate(strings):
            if text in counts:
                spots.setdefault(text.decode(), []).append(place)
        return cls(block=block, look=look, strings=strings, spots=spots)

    def ways(self, span: tuple[int, int], sets: _Sets) -> list[_Part]:
        """Return the ways of a group that are asked for, as one part or none.

        Raises
        ------
        UnknownError
            If they are not as expected.
        """
        found = ways_of(self.block, span)
        for places in (found.keys.values, found.values.values):
            if len(places) and int(places.max()) >= len(self.strings):
                raise UnknownError
        wanted = self._places(frozenset(self.look.all_keys))
        if not len(found.id) or not wanted:
            return []
        if int(found.id.min()) < LEAST_ID:
            raise UnknownError
        owner = np.repeat(np.arange(len(found.id)), np.diff(found.keys.start))
        some = np.unique(owner[np.isin(found.keys.values, wanted)])
        keys, values = found.keys.some(some), found.values.some(some)
        kind = self._kinds(keys, values, sets)
        fit = kind >= 0
        names = {key: self._names(keys, values, key)[fit] for key in self.look.apart}
        refs = refs_of(self.block, found, some[fit])
        return [_Part(id=found.id[some[fit]], kind=kind[fit], names=names, refs=refs)]

    def _names(self, keys: Lists, values: Lists, key: str) -> NDArray[np.object_]:
        """Return the values of a tag that nearly every way has another of, None where it is not there."""
        found = np.full(len(keys.start) - 1, None, dtype=object)
        here = np.flatnonzero(np.isin(keys.values, self._places(frozenset({key}))))
        if len(here):
            different, which = np.unique(values.values[here], return_inverse=True)
            owner = np.searchsorted(keys.start, here, side="right") - 1
            found[owner] = np.array(texts(self.strings, different.tolist()), dtype=object)[which]
        return found

    def _places(self, keys: AbstractSet[str]) -> list[int]:
        """Return where some keys stand among the texts."""
        return [place for key in keys for place in self.spots.get(key, ())]

    def _kinds(self, keys: Lists, values: Lists, sets: _Sets) -> Numbers:
        """Return the set of tags of some ways, -1 of those that are not looked for."""
        counts = np.isin(keys.values, self._places(self.look.kept - self.look.apart))
        pairs = np.column_stack([keys.values[counts], values.values[counts]]).astype("<u4")
        packed, width = pairs.tobytes(), pairs.itemsize * 2
        ends = (offsets(counts.astype(np.int64))[keys.start] * width).tolist()
        known: dict[bytes, int] = {}
        found = []
        for start, end in pairwise(ends):
            text = packed[start:end]
            kind = known.get(text)
            if kind is None:
                flat = np.frombuffer(text, dtype="<u4").tolist()
                tags = dict(zip(texts(self.strings, flat[::2]), texts(self.strings, flat[1::2]), strict=True))
                kind = known[text] = sets.of(tags) if self.look.fits(tags) else -1
            found.append(kind)
        return np.array(found, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """The nodes that ways need: ids in order [n], where each node of each way is among them, and their places."""

    id: Numbers
    spot: Numbers
    lon: Numbers
    lat: Numbers
    taken: NDArray[np.bool_]

    @classmethod
    def of(cls, parts: Sequence[_Part], *, swift: bool) -> _Places:
        """Return the nodes of some ways, none of them with a place yet.

        Raises
        ------
        UnknownError
            If an id is beyond those of OpenStreetMap.
        """
        refs = _joined([part.refs.values for part in parts])
        if swift and 0 < len(refs) < MOST_REFS and int(refs.min()) >= 0:
            number, spot = numbered(refs)
        else:
            number, spot = np.unique(refs, return_inverse=True)
        if len(number) and not LEAST_ID <= int(number[0]) <= int(number[-1]) <= MOST_ID:
            raise UnknownError
        nowhere = np.full(len(number), NO_PLACE)
        return cls(
            id=number,
            spot=spot.ravel().astype(np.int64, copy=False),
            lon=nowhere,
            lat=nowhere.copy(),
            taken=np.zeros(len(number), dtype=bool),
        )

    def take_from(self, block: Block, span: tuple[int, int], *, swift: bool) -> None:
        """Note the places of the nodes of a dense group that are needed.

        Raises
        ------
        UnknownError
            If one of them stands twice, or the group is not as expected.
        """
        done = swift and take_nodes(block, span, needed=self.id, place=(self.lon, self.lat), known=self.taken)
        if not done:
            self.take(nodes_of(block, span))

    def take(self, nodes: Nodes) -> None:
        """Note the places of the nodes that are needed.

        Raises
        ------
        UnknownError
            If one of them stands twice.
        """
        ids, lon, lat = nodes.id, nodes.lon, nodes.lat
        if not len(ids):
            return
        if (ids[1:] <= ids[:-1]).any():
            order = np.argsort(ids, kind="stable")
            ids, lon, lat = ids[order], lon[order], lat[order]
        if int(ids[0]) < LEAST_ID:
            raise UnknownError
        low, high = np.searchsorted(self.id, [ids[0], ids[-1] + 1])
        needed = self.id[low:high]
        place = np.searchsorted(ids, needed)
        held = np.flatnonzero(ids[place] == needed)
        here, place = low + held, place[held]
        twice = ids[np.minimum(place + 1, len(ids) - 1)] == ids[place]
        if self.taken[here].any() or (twice & (place + 1 < len(ids))).any():
            raise UnknownError
        self.taken[here] = True
        self.lon[here], self.lat[here] = lon[place], lat[place]


def _degrees(values: Numbers, places: _Places) -> NDArray[np.float64]:
    """Return degrees, NaN where a node is not there or lies off the earth."""
    on_earth = (np.abs(places.lon) <= EAST_MOST) & (np.abs(places.lat) <= NORTH_MOST)
    return np.where(places.taken & on_earth, values / UNITS, np.nan)
