"""Numbers and lists of protocol buffers, in which OSM PBF files are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

MORE = 0x80
"""The bit that says that a number goes on."""


class UnknownError(Exception):
    """Something in a file that is not read here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """Lists of numbers in a row: the numbers [v], and where each list starts and the last ends [n + 1]."""

    values: Numbers
    start: Numbers

    def some(self, which: Numbers) -> Lists:
        """Return some of the lists."""
        start, size = self.start[which], np.diff(self.start)[which]
        return Lists(values=self.values[spread(start, size)], start=offsets(size))


def spread(start: Numbers, size: Numbers) -> Numbers:
    """Return the places of lists that start at some place and have some size, one list after the other."""
    first = np.cumsum(size) - size
    found: Numbers = np.arange(int(size.sum())) + np.repeat(start - first, size)
    return found


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


def signed(values: Numbers) -> Numbers:
    """Return numbers that were stored with their sign in the lowest bit."""
    return (values >> 1) ^ -(values & 1)


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
