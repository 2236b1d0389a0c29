"""Stretches of lines between two shares of their length, and the squares of a grid that they pass, many at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gisplan.network.cut import SAME_M, Lines, linestrings

if TYPE_CHECKING:
    from numpy.typing import NDArray


SAME_SHARE = 1e-12
"""Two places on a segment closer than this share of its length are one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretches:
    """Flat stretches: the vertices `xy` [v, 2; m] in order, and the stretch that each belongs to, `index` [v]."""

    xy: NDArray[np.float64]
    index: NDArray[np.int64]

    @property
    def lines(self) -> NDArray[np.object_]:
        """The stretches as LineStrings [k]."""
        return linestrings(self.xy, self.index) if len(self.xy) else np.empty(0, dtype=object)


def stretches(
    lines: Lines, line: NDArray[np.int64], *, start: NDArray[np.float64], end: NDArray[np.float64]
) -> Stretches:
    """Return the stretch of each named line between two shares of its length.

    Parameters
    ----------
    lines
        All lines.
    line
        The line of each stretch [k]; one line may have several.
    start, end
        Shares of the line's length, the first below the second [k; 0–1].
    """
    first = np.searchsorted(lines.line, line)
    last = np.searchsorted(lines.line, line, side="right") - 1
    # Each line begins a metre behind the end of the one before, so that one search finds places on all of them.
    base = np.cumsum(lines.length + 1.0) - lines.length
    key = lines.along + base[lines.line]
    one, two = (base[line] + share * lines.length[line] for share in (start, end))
    inner = np.searchsorted(key, one + SAME_M, side="right")
    count = np.maximum(np.searchsorted(key, two - SAME_M) - inner, 0)
    ends = (_place(lines, key, along, (first, last)) for along in (one, two))
    total = count + 2
    at = np.cumsum(total) - total
    xy = np.empty((int(total.sum()), 2))
    xy[at], xy[at + count + 1] = ends
    step = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    xy[np.repeat(at + 1, count) + step] = lines.xy[np.repeat(inner, count) + step]
    return Stretches(xy=xy, index=np.repeat(np.arange(len(line)), total))


def _place(
    lines: Lines,
    key: NDArray[np.float64],
    along: NDArray[np.float64],
    ends: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> NDArray[np.float64]:
    """Return the places at some distances on lines [k, 2; m]; `ends` are the first and last vertex of each line."""
    first, last = ends
    after = np.clip(np.searchsorted(key, along, side="right"), first + 1, last)
    step = key[after] - key[after - 1]
    share = np.clip((along - key[after - 1]) / step, 0.0, 1.0)[:, None]
    return lines.xy[after - 1] * (1.0 - share) + lines.xy[after] * share


def squares(
    xy: NDArray[np.float64], index: NDArray[np.int64], *, side_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the squares of a grid that lines pass, and the line that passes each.

    Parameters
    ----------
    xy, index
        Vertices of the lines in order [v, 2; m], and the line of each [v].
    side_m
        Side of a square [m]; the corners stand at whole multiples of it.

    Returns
    -------
    square, line
        Column and row of each square passed [q, 2], and the line [q], each pair once, in order.
    """
    grid = xy / side_m
    joined = index[1:] == index[:-1]
    from_, to, owner = grid[:-1][joined], grid[1:][joined], index[1:][joined]
    segment, share = _crossings(from_, to)
    order = np.lexsort((share, segment))
    segment, share = segment[order], share[order]
    # Where a segment runs through a corner, the two crossings are one but for the rounding.
    inside = (segment[1:] == segment[:-1]) & (share[1:] - share[:-1] > SAME_SHARE)
    middle = ((share[1:] + share[:-1]) / 2.0)[inside][:, None]
    own = segment[1:][inside]
    # Between two grid lines a segment stays in one square: that of its middle.
    square = np.floor(from_[own] * (1.0 - middle) + to[own] * middle).astype(np.int64)
    return _once(square, owner[own])


def _crossings(
    from_: NDArray[np.float64], to: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the segments and the shares of their length at which they begin, cross a grid line, and end."""
    count = len(from_)
    segments, shares = [np.tile(np.arange(count), 2)], [np.repeat([0.0, 1.0], count)]
    for axis in (0, 1):
        one, two = from_[:, axis], to[:, axis]
        low, high = np.floor(np.minimum(one, two)) + 1.0, np.ceil(np.maximum(one, two))
        times = np.maximum(high - low, 0.0).astype(np.int64)
        which = np.repeat(np.arange(count), times)
        line = low[which] + np.arange(len(which)) - np.repeat(np.cumsum(times) - times, times)
        segments.append(which)
        shares.append((line - one[which]) / (two - one)[which])
    return np.concatenate(segments), np.concatenate(shares)


def _once(square: NDArray[np.int64], line: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if not len(square):
        return square.reshape(0, 2), line
    order = np.lexsort((square[:, 1], square[:, 0], line))
    square, line = square[order], line[order]
    new = np.ones(len(line), bool)
    new[1:] = (line[1:] != line[:-1]) | (square[1:] != square[:-1]).any(axis=1)
    return square[new], line[new]
