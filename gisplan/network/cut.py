"""Lines as flat arrays, and lines cut into pieces at given distances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAME_M = 1e-6
"""Two positions on a line closer than this are one position [m]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Lines [n] with all their vertices [v].

    `xy` [v, 2; m]; `line` of each vertex [v]; `along`, its distance from the line's start [v; m]; `length`
    of each line [n; m].
    """

    xy: NDArray[np.float64]
    line: NDArray[np.int64]
    along: NDArray[np.float64]
    length: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """Pieces of lines, ordered by line and distance: `line`, `first` and `last` cut of each piece [k].

    `xy` [v, 2] and `piece` [v] are the vertices of the pieces, in order.
    """

    xy: NDArray[np.float64]
    piece: NDArray[np.int64]
    line: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]


def lines_of(geometry: NDArray[np.object_]) -> Lines:
    """Return LineStrings as flat arrays.

    Parameters
    ----------
    geometry
        LineStrings without repeated points [n; m].
    """
    xy, line = shapely.get_coordinates(geometry, return_index=True)
    step = np.zeros(len(xy))
    step[1:] = np.hypot(*(xy[1:] - xy[:-1]).T)
    starts = np.ones(len(xy), bool)
    starts[1:] = line[1:] != line[:-1]
    step[starts] = 0.0
    total = np.cumsum(step)
    offset = total[starts]
    counts = np.diff(np.append(np.flatnonzero(starts), len(xy)))
    along = total - np.repeat(offset, counts)
    length = np.zeros(len(geometry))
    length[line] = along  # vertices are in order, so the last one of a line stays
    return Lines(xy=xy, line=line.astype(np.int64), along=along, length=length)


def pieces(
    lines: Lines,
    cut_line: NDArray[np.int64],
    cut_along: NDArray[np.float64],
    cut_xy: NDArray[np.float64],
) -> Pieces:
    """Return the pieces between consecutive cuts of each line.

    Parameters
    ----------
    lines
        The lines.
    cut_line, cut_along, cut_xy
        The line, distance and place of each cut [c], [c; m], [c, 2; m]; both ends of every line that is
        wanted must be among them. The place may lie beside the line: the piece then goes there.
    """
    order = np.lexsort((cut_along, cut_line))
    line, along = cut_line[order], cut_along[order]
    valid = line[:-1] == line[1:]
    piece_after = np.full(len(order), -1, dtype=np.int64)
    piece_after[:-1] = np.where(valid, np.cumsum(valid) - 1, -1)
    starts, ends = np.flatnonzero(valid), np.flatnonzero(valid) + 1
    inner, inner_piece = _inner(lines, line, along, piece_after)
    count = len(starts)
    owner = np.concatenate([np.arange(count), inner_piece, np.arange(count)])
    rank = np.repeat([0, 1, 2], [count, len(inner), count])
    xy = np.concatenate([cut_xy[order[starts]], lines.xy[inner], cut_xy[order[ends]]])
    distance = np.concatenate([along[starts], lines.along[inner], along[ends]])
    sequence = np.lexsort((distance, rank, owner))
    return Pieces(
        xy=xy[sequence], piece=owner[sequence], line=line[starts], first=order[starts], last=order[ends]
    )


def _inner(
    lines: Lines,
    line: NDArray[np.int64],
    along: NDArray[np.float64],
    piece_after: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the vertices strictly between two sorted cuts of their line, and the piece each belongs to."""
    # One sort of cuts and vertices together finds the cut before each vertex, whatever the lines' lengths.
    of_line = np.concatenate([line, lines.line])
    position = np.concatenate([along, lines.along])
    is_vertex = np.repeat([0, 1], [len(line), len(lines.line)])
    order = np.lexsort((is_vertex, position, of_line))
    before = np.cumsum(is_vertex[order] == 0) - 1
    mine = is_vertex[order] == 1
    vertex, cut = order[mine] - len(line), before[mine]
    inside = (cut >= 0) & (piece_after[cut] >= 0)
    vertex, cut = vertex[inside], cut[inside]
    same = line[cut] == lines.line[vertex]
    vertex, cut = vertex[same], cut[same]
    apart = (lines.along[vertex] - along[cut] > SAME_M) & (along[cut + 1] - lines.along[vertex] > SAME_M)
    return vertex[apart], piece_after[cut[apart]]


def linestrings(xy: NDArray[np.float64], index: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return LineStrings of flat vertices, without repeated points."""
    return np.asarray(shapely.linestrings(xy, indices=index), dtype=object)
