"""Where lines meet: crossings, touches within a tolerance, ends and overlaps, joined into nodes.

Raw road lines cross without shared vertices, stop short of each other, and lie on each other. Every such
place is an event on two lines; events closer than the tolerance become one node.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gisplan.network.cut import Lines

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLD = 3.0
"""A line touches itself only where it comes back after this many tolerances of its own length."""
LEAST_JOIN_M = 1e-3
ROUND_DECIMALS = 4
STOREY_M = 1e5
"""Height put between two levels, so that points of different levels are never close."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """Places where lines are cut: `line` [c], `along` [c; m], `node` [c]; `xy` of the nodes [n, 2; m]."""

    line: NDArray[np.int64]
    along: NDArray[np.float64]
    node: NDArray[np.int64]
    xy: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Segments:
    start: NDArray[np.float64]
    step: NDArray[np.float64]
    size: NDArray[np.float64]
    line: NDArray[np.int64]
    along: NDArray[np.float64]
    opens: NDArray[np.bool_]
    closes: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Events:
    """Places on two lines: `line` [e, 2], `along` [e, 2; m], `xy` [e, 2; m]."""

    line: NDArray[np.int64]
    along: NDArray[np.float64]
    xy: NDArray[np.float64]


def cuts(lines: Lines, *, storey: NDArray[np.int64], meets: NDArray[np.bool_], join_m: float) -> Cuts:
    """Return where the lines are cut and the node at each cut.

    Parameters
    ----------
    lines
        The lines, in an order that does not depend on the file.
    storey
        Level of each line [n], times two, and one for the main line of an expressway; lines of different storeys
        share only their ends, and those of two levels also an end of one that is a vertex of the other.
    meets
        Lines that join every line of their level at a vertex of either, although their storey differs [n]: a ramp
        joins expressway and street so. Where it crosses one without a vertex it goes over or under it.
    join_m
        Tolerance [m].
    """
    reach = max(join_m, LEAST_JOIN_M)
    segments = _segments(lines)
    one, two = _near_pairs(segments, reach)
    full = _may_join(segments, one, two, storey, meets)
    kin = storey[segments.line[one]] % 2 == storey[segments.line[two]] % 2
    plain = full & ~meets[segments.line[one]] & ~meets[segments.line[two]]
    found = [
        _crossings(segments, one[plain], two[plain], reach),
        _touches(segments, one, two, full, reach, kin=kin),
        _touches(segments, two, one, full, reach, kin=kin),
    ]
    return _joined(lines, storey, found, reach)


def _segments(lines: Lines) -> _Segments:
    here = np.flatnonzero(lines.line[1:] == lines.line[:-1])
    step = lines.xy[here + 1] - lines.xy[here]
    line = lines.line[here]
    opens = np.ones(len(here), bool)
    opens[1:] = line[1:] != line[:-1]
    closes = np.ones(len(here), bool)
    closes[:-1] = opens[1:]
    return _Segments(
        start=lines.xy[here],
        step=step,
        size=np.hypot(*step.T),
        line=line,
        along=lines.along[here],
        opens=opens,
        closes=closes,
    )


def _near_pairs(segments: _Segments, reach: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs of segments whose boxes come within reach, each once and no neighbours on a line."""
    low = np.minimum(segments.start, segments.start + segments.step) - reach / 2
    high = np.maximum(segments.start, segments.start + segments.step) + reach / 2
    boxes = shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1])
    one, two = shapely.STRtree(boxes).query(boxes)
    later = one < two
    one, two = one[later], two[later]
    neighbours = (two - one == 1) & (segments.line[one] == segments.line[two])
    return one[~neighbours], two[~neighbours]


def _may_join(
    segments: _Segments,
    one: NDArray[np.int64],
    two: NDArray[np.int64],
    storey: NDArray[np.int64],
    meets: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    a, b = segments.line[one], segments.line[two]
    same_level = storey[a] // 2 == storey[b] // 2
    join: NDArray[np.bool_] = (storey[a] == storey[b]) | (same_level & (meets[a] | meets[b]))
    return join


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]


def _crossings(segments: _Segments, one: NDArray[np.int64], two: NDArray[np.int64], reach: float) -> _Events:
    """Return proper crossings; those within reach of a vertex are touches and found there."""
    slant = _cross(segments.step[one], segments.step[two])
    size_one, size_two = segments.size[one], segments.size[two]
    askew = np.abs(slant) > 1e-12 * size_one * size_two
    gap = segments.start[two] - segments.start[one]
    safe = np.where(askew, slant, 1.0)
    on_one = _cross(gap, segments.step[two]) / safe * size_one
    on_two = _cross(gap, segments.step[one]) / safe * size_two
    inside = askew & (on_one > reach) & (on_one < size_one - reach)
    inside &= (on_two > reach) & (on_two < size_two - reach)
    # A crossing near a vertex whose distance to the other line is beyond the tolerance cannot be: the vertex
    # is at most `reach` from the crossing, and the crossing lies on the other line.
    one, two, on_one, on_two = one[inside], two[inside], on_one[inside], on_two[inside]
    share = (on_one / segments.size[one])[:, None]
    return _Events(
        line=np.column_stack([segments.line[one], segments.line[two]]),
        along=np.column_stack([segments.along[one] + on_one, segments.along[two] + on_two]),
        xy=segments.start[one] + share * segments.step[one],
    )


def _touches(
    segments: _Segments,
    mine: NDArray[np.int64],
    other: NDArray[np.int64],
    full: NDArray[np.bool_],
    reach: float,
    *,
    kin: NDArray[np.bool_],
) -> _Events:
    """Return where a vertex of the segments `mine` lies within reach of the segments `other`."""
    closing = segments.closes[mine]
    vertex = np.concatenate([mine, mine[closing]])
    at_close = np.repeat([False, True], [len(mine), int(closing.sum())])
    other, full, kin = (np.concatenate([pair, pair[closing]]) for pair in (other, full, kin))
    place = segments.start[vertex] + np.where(at_close[:, None], segments.step[vertex], 0.0)
    gap = place - segments.start[other]
    size = segments.size[other]
    on = np.clip((gap * segments.step[other]).sum(axis=1) / size, 0.0, size)
    foot = segments.start[other] + (on / size)[:, None] * segments.step[other]
    close = np.hypot(*(place - foot).T) <= reach
    own = segments.along[vertex] + np.where(at_close, segments.size[vertex], 0.0)
    there = segments.along[other] + on
    own_end = at_close | segments.opens[vertex]
    at_first, at_last = on <= 0.0, on >= size
    other_end = (at_first & segments.opens[other]) | (at_last & segments.closes[other])
    folded = np.abs(own - there) > FOLD * reach
    apart = (segments.line[vertex] != segments.line[other]) | folded
    # A vertex that both lines have is drawn on purpose: there a bridge or a ferry ends on a street.
    shared = kin & own_end & (at_first | at_last) & (np.hypot(*(place - foot).T) <= LEAST_JOIN_M)
    keep = close & apart & (full | (own_end & other_end) | shared)
    # Two vertices that touch give the same place from either side.
    both = at_first | at_last
    lower = (foot[:, 0] < place[:, 0]) | ((foot[:, 0] == place[:, 0]) & (foot[:, 1] < place[:, 1]))
    xy = np.where((both & lower)[:, None], foot, place)
    return _Events(
        line=np.column_stack([segments.line[vertex], segments.line[other]])[keep],
        along=np.column_stack([own, there])[keep],
        xy=xy[keep],
    )


def _joined(lines: Lines, storey: NDArray[np.int64], found: list[_Events], reach: float) -> Cuts:
    """Return the cuts of the events and of all line ends, their points put together into nodes."""
    first = np.searchsorted(lines.line, np.arange(len(lines.length)))
    last = np.append(first[1:], len(lines.line)) - 1
    ends = np.arange(len(lines.length))
    line = np.concatenate([ends, ends, *(event.line.T.ravel() for event in found)])
    along = np.concatenate([np.zeros(len(ends)), lines.length, *(event.along.T.ravel() for event in found)])
    places = [lines.xy[first], lines.xy[last], *(np.tile(event.xy, (2, 1)) for event in found)]
    xy = np.round(np.concatenate(places), ROUND_DECIMALS)
    points, which = np.unique(np.column_stack([xy, storey[line] * STOREY_M]), axis=0, return_inverse=True)
    seed = _seeds(points, reach)
    node = seed[which.ravel()]
    links = _links(node, 2 * len(ends), [len(event.xy) for event in found])
    node = _united(node, links, len(points))
    used, node = np.unique(node, return_inverse=True)
    return Cuts(line=line, along=along, node=node.ravel(), xy=points[used, :2])


def _links(node: NDArray[np.int64], offset: int, sizes: list[int]) -> NDArray[np.int64]:
    """Return the pairs of nodes that one event joins across storeys."""
    pairs = []
    for size in sizes:
        pairs.append(np.column_stack([node[offset : offset + size], node[offset + size : offset + 2 * size]]))
        offset += 2 * size
    both = np.concatenate(pairs)
    apart: NDArray[np.int64] = both[both[:, 0] != both[:, 1]]
    return apart


def _united(node: NDArray[np.int64], links: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return the nodes with linked ones under the lowest number of each group."""
    if not len(links):
        return node
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    lowest = np.full(count, count, dtype=np.int64)
    np.minimum.at(lowest, label[node], node)
    return lowest[label[node]]


def _close_pairs(points: NDArray[np.float64], reach: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of points of one storey at most `reach` apart, the lower number first."""
    flat: NDArray[np.object_] = np.asarray(shapely.points(points[:, :2]), dtype=object)
    left, right = shapely.STRtree(flat).query(flat, predicate="dwithin", distance=reach)
    pair = (left < right) & (points[left, 2] == points[right, 2])
    return left[pair], right[pair]


def _seeds(points: NDArray[np.float64], reach: float) -> NDArray[np.int64]:
    """Return for each point the point it is moved to, at most `reach` away.

    The lowest point of a neighbourhood draws in all its neighbours; points never chain, so a long row of
    close points is thinned, not swallowed.
    """
    low, high = _close_pairs(points, reach)
    seed = np.full(len(points), -1, dtype=np.int64)
    while True:
        free = seed < 0
        open_pairs = free[low] & free[high]
        low, high = low[open_pairs], high[open_pairs]
        drawn = np.zeros(len(points), bool)
        drawn[high] = True
        lowest = np.flatnonzero(free & ~drawn)
        seed[lowest] = lowest
        if not len(low):
            return seed
        is_seed = seed[low] == low
        nearest = np.full(len(points), len(points), dtype=np.int64)
        np.minimum.at(nearest, high[is_seed], low[is_seed])
        taken = np.flatnonzero((nearest < len(points)) & (seed < 0))
        seed[taken] = nearest[taken]
