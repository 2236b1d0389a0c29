"""Blocks of large OSM PBF files read by compiled loops; None where a loop is not sure, and the block is read again."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gisplan.sources.pbf_block import (
    DENSE_IDS,
    DENSE_LATITUDES,
    DENSE_LONGITUDES,
    PER_STEP,
    Block,
    lists_of_nodes,
)
from gisplan.sources.pbf_numbers import Lists, Numbers, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.sources.osm_tags import Sought, Tags

LARGE = 30_000_000
"""Bytes of a file from which the loops are loaded: they save 19 ms/MB, and take half a second to load."""

KERNELS = "gisplan.sources.pbf_kernels"


def worth_it(size: int) -> bool:
    """Return whether a file of some bytes is read by compiled loops: a large one, or any once they are loaded."""
    return KERNELS in sys.modules or (size >= LARGE and importlib.util.find_spec("numba") is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SwiftWays:
    """Ways of a group that are asked for: ids [w], the kind of each [w], the tags of each kind, names, and nodes."""

    id: Numbers
    kind: Numbers
    tags: Sequence[Tags]
    names: Mapping[str, NDArray[np.object_]]
    refs: Lists


@dataclass(frozen=True, slots=True, kw_only=True)
class SwiftBlock:
    """A block with where its texts lie [t], and what each is as a key [t]."""

    block: Block
    start: Numbers
    size: Numbers
    role: NDArray[np.int32]
    apart: Sequence[str]

    @classmethod
    def of(cls, block: Block, look: Sought) -> SwiftBlock | None:
        """Return a block with its texts."""
        from gisplan.sources import pbf_kernels as kernels

        room = (block.strings[1] - block.strings[0]) // 2 + 1
        start, size = np.empty((2, room), dtype=np.int64)
        text = np.empty(block.strings[1] - block.strings[0], dtype=np.uint8)
        count, used = kernels.texts_at(block.raw, block.strings, start, size, text)
        if count < 0:
            return None
        try:
            text[:used].tobytes().decode("utf-8")
        except UnicodeDecodeError:
            return None
        apart = sorted(look.apart)
        start, size = start[:count], size[:count]
        role = kernels.roles_of(block.raw, start, size, _keys(look, apart))
        return cls(block=block, start=start, size=size, role=role, apart=apart)

    def ways(self, span: tuple[int, int]) -> SwiftWays | None:
        """Return the ways of a group that are asked for."""
        from gisplan.sources import pbf_kernels as kernels

        room = span[1] - span[0]
        most = room // 4 + 1  # no way is shorter
        ids, pair_start, ref_start = np.empty((3, most + 1), dtype=np.int64)
        pair_start[0] = ref_start[0] = 0
        pairs, refs = np.empty(room + 2, dtype=np.int32), np.empty(room, dtype=np.int64)
        names = np.empty((most + 1, len(self.apart)), dtype=np.int32)
        count = kernels.ways_at(
            self.block.raw, span, self.role, ids, (pairs, pair_start), names, (refs, ref_start)
        )
        if count < 0:
            return None
        kind, first = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
        kinds = kernels.alike(pairs, pair_start[: count + 1], kind, first)
        first, size = first[:kinds], np.diff(pair_start[: count + 1])[first[:kinds]]
        texts = self.texts(pairs[spread(pair_start[first], size)])
        ends = np.cumsum(size).tolist()
        told = [texts[end - length : end] for end, length in zip(ends, size.tolist(), strict=True)]
        return SwiftWays(
            id=ids[:count].copy(),
            kind=kind,
            tags=[dict(zip(row[::2], row[1::2], strict=True)) for row in told],
            names={key: self._names(names[:count, rank]) for rank, key in enumerate(self.apart)},
            refs=Lists(values=refs[: ref_start[count]].copy(), start=ref_start[: count + 1].copy()),
        )

    def texts(self, places: NDArray[np.int32]) -> list[str]:
        """Return some of the texts."""
        listed = places.tolist()
        different = list(set(listed))
        start = self.start[different]
        spans = zip(different, start.tolist(), (start + self.size[different]).tolist(), strict=True)
        data = self.block.data
        known = {place: str(data[begin:end], "utf-8") for place, begin, end in spans}
        return [known[place] for place in listed]

    def _names(self, places: NDArray[np.int32]) -> NDArray[np.object_]:
        """Return some of the texts, None where there is none."""
        found = np.full(len(places), None, dtype=object)
        here = places >= 0
        found[here] = self.texts(places[here])
        return found


def _keys(look: Sought, apart: Sequence[str]) -> tuple[NDArray[np.uint8], Numbers, NDArray[np.int32]]:
    """Return the keys that are something, as bytes, where each begins, and what each is."""
    from gisplan.sources import pbf_kernels as kernels

    roles = dict.fromkeys(look.kept - look.apart, kernels.COUNTS)
    for key in look.all_keys:
        roles[key] = roles.get(key, 0) | kernels.ASKED
    roles |= {key: kernels.NAME * (rank + 1) for rank, key in enumerate(apart)}
    texts = [key.encode() for key in roles]
    begin = np.cumsum([0, *map(len, texts)])
    role = np.array(list(roles.values()), dtype=np.int32)
    return np.frombuffer(b"".join(texts), dtype=np.uint8), begin.astype(np.int64), role


def take_nodes(
    block: Block,
    span: tuple[int, int],
    *,
    needed: Numbers,
    place: tuple[Numbers, Numbers],
    known: NDArray[np.bool_],
) -> bool:
    """Note where the nodes of a dense group lie that are needed; return whether that was done.

    Parameters
    ----------
    block, span
        The block, and where the group stands in it.
    needed
        The ids of the nodes that are needed, in order [n].
    place, known
        Their longitudes and latitudes and whether they are known [n]: changed.
    """
    from gisplan.sources import pbf_kernels as kernels

    if block.granularity != PER_STEP or any(block.origin):
        return False
    lists = lists_of_nodes(block, span)
    found = []
    for key in (DENSE_IDS, DENSE_LONGITUDES, DENSE_LATITUDES):
        start, end = lists[key]
        values = np.empty(end - start, dtype=np.int64)
        count = kernels.refs_at(block.raw, start, end, values, 0)
        if count < 0:
            return False
        found.append(values[:count])
    if len({len(values) for values in found}) != 1:
        return False
    return bool(kernels.taken((found[0], found[1], found[2]), needed, place, known))


def numbered(values: Numbers) -> tuple[Numbers, Numbers]:
    """Return different numbers in order, and which of them each is; none is negative."""
    from gisplan.sources import pbf_kernels as kernels

    order = np.empty(len(values), dtype=np.int32)
    spot, different = np.empty((2, len(values)), dtype=np.int64)
    count = kernels.numbered(values, order, spot, different)
    return different[:count].copy(), spot
