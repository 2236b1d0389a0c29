"""Ways of a block of an OSM PBF file, all fields of the same rank at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gisplan.sources.pbf_block import WAY, Block, check_ends, lists_at, numbers_at, summed
from gisplan.sources.pbf_numbers import Lists, Numbers, UnknownError, stretches

ID, KEYS, VALUES, INFO, REFS = 1, 2, 3, 4, 8
"""Fields of a way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """Ways of a block: ids [w], keys and values as places in its strings, and where their nodes stand [w each]."""

    id: Numbers
    keys: Lists
    values: Lists
    refs: tuple[Numbers, Numbers]


def ways_of(block: Block, span: tuple[int, int]) -> Fields:
    """Return the ways of a group, all fields of the same rank at once.

    Raises
    ------
    UnknownError
        If one of them has other fields than id, tags, nodes and its history.
    """
    start, end = _members(block.data, span)
    ids, known = np.zeros(len(start), dtype=np.int64), np.zeros(len(start), dtype=np.int64)
    spans = {key: np.zeros((2, len(start)), dtype=np.int64) for key in (KEYS, VALUES, REFS)}
    place, here = start.copy(), np.flatnonzero(start < end)
    while len(here):
        tag = block.raw[place[here]].astype(np.int64)
        value, behind = numbers_at(block, place[here] + 1)
        key, is_bytes = tag >> 3, tag & 7 == 2  # noqa: PLR2004 (bytes)
        after = np.where(is_bytes, behind + value, behind)
        if (after > end[here]).any() or (known[here] >> key & 1).any() or not _expected(key, is_bytes).all():
            raise UnknownError
        known[here] |= 1 << key
        ids[here[key == ID]] = value[key == ID]
        for name, held in spans.items():
            held[:, here[key == name]] = behind[key == name], after[key == name]
        place[here] = after
        here = here[after < end[here]]
    if not (known >> ID & 1).all():
        raise UnknownError
    keys, values = (lists_at(block, *spans[name]) for name in (KEYS, VALUES))
    if (keys.start != values.start).any():
        raise UnknownError
    first, last = spans[REFS]
    check_ends(block, first, last)
    return Fields(id=ids, keys=keys, values=values, refs=(first, last))


def refs_of(block: Block, ways: Fields, which: Numbers) -> Lists:
    """Return the ids of the nodes of some ways.

    Raises
    ------
    UnknownError
        If one of them is too long.
    """
    start, end = ways.refs
    return summed(lists_at(block, start[which], end[which]))


def _members(data: bytes, span: tuple[int, int]) -> tuple[Numbers, Numbers]:
    """Return where the ways of a group start and end."""
    starts, sizes = stretches(data, span, tag=WAY << 3 | 2)
    start = np.array(starts, dtype=np.int64)
    return start, start + np.array(sizes, dtype=np.int64)


def _expected(key: Numbers, is_bytes: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which fields of ways are known, and of the right kind."""
    as_bytes = np.isin(key, (KEYS, VALUES, INFO, REFS))
    found: NDArray[np.bool_] = np.where(is_bytes, as_bytes, key == ID)
    return found
