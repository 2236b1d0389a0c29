"""Sets of candidates of which one must be chosen to serve a demand; equal sets stand once, their weights added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gisplan.access.coverage import within
from gisplan.siting.solver.shares import nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.solver.words import Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Sets:
    """The candidates of set s are `candidate[start[s]:start[s + 1]]`, ascending; `weight` [s] is what it counts for."""

    start: NDArray[np.int64]
    candidate: NDArray[np.int64]
    weight: NDArray[np.float64]

    @property
    def row(self) -> NDArray[np.int64]:
        """The set of each member [e]."""
        return np.repeat(np.arange(len(self.weight)), np.diff(self.start))


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Distinct sets of nearest candidates [s], each `before` plus `candidate[start[s]:start[s + 1]]`.

    `before` is the set with one step less, -1 for none. `cost` is the weighted minutes that are lost when none of
    a set is chosen; infinite where one must be. `base` is lost in any case.
    """

    start: NDArray[np.int64]
    candidate: NDArray[np.int64]
    before: NDArray[np.int64]
    cost: NDArray[np.float64]
    base: float

    @property
    def row(self) -> NDArray[np.int64]:
        """The set of each candidate [e]."""
        return np.repeat(np.arange(len(self.cost)), np.diff(self.start))


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefixes:
    """Who reaches whom, with running sums of two random keys of 64 bits of each candidate.

    By the two sums the first candidates of a demand are known as a set, in whatever order they stand. That two
    different sets of a billion share both sums has a chance of one in 10^20.
    """

    reach: Reach
    one: NDArray[np.uint64]
    other: NDArray[np.uint64]


def prefixes(reach: Reach) -> Prefixes:
    """Return who reaches whom, ready to tell equal sets.

    Parameters
    ----------
    reach
        Who reaches whom.
    """
    zero = np.zeros(1, np.uint64)
    keys = _keys(reach.candidates)
    one, other = (np.concatenate([zero, np.cumsum(key[reach.candidate], dtype=np.uint64)]) for key in keys)
    return Prefixes(reach=reach, one=one, other=other)


def cover_sets(known: Prefixes, minutes: float) -> Sets:
    """Return the candidates within some minutes of each demand that does not stand within them of a hub already.

    Parameters
    ----------
    known
        Who reaches whom.
    minutes
        The threshold, itself within.
    """
    reach = known.reach
    rows = np.flatnonzero(~within(reach.beyond, minutes))
    begin, end = reach.start[rows], _ends(reach, rows, minutes)
    first, group = distinct(known.one[end] - known.one[begin], known.other[end] - known.other[begin])
    weight = np.bincount(group, weights=reach.weight[rows], minlength=len(first))
    size = (end - begin)[first]
    candidate = reach.candidate[spread(begin[first], size)].astype(np.int64)
    order = np.argsort(np.repeat(np.arange(len(first)) * reach.candidates, size) + candidate, kind="stable")
    return Sets(
        start=np.concatenate([[0], np.cumsum(size)]).astype(np.int64),
        candidate=candidate[order],
        weight=weight.astype(np.float64),
    )


def _ends(reach: Reach, rows: NDArray[np.int64], minutes: float) -> NDArray[np.int64]:
    """Return where the candidates within some minutes of each row end."""
    low, high = reach.start[rows], reach.start[rows + 1]
    while (low < high).any():
        middle = (low + high) // 2
        inside = (low < high) & within(np.append(reach.minutes, np.inf)[middle], minutes)
        low, high = np.where(inside, middle + 1, low), np.where(inside | (low >= high), high, middle)
    return low


def steps(reach: Reach, *, most: int) -> Steps:
    """Return the sets of the radius formulation: what demand loses from step to step while none is chosen.

    Parameters
    ----------
    reach
        Who reaches whom.
    most
        Sets of more candidates are never missed: candidates less those chosen.
    """
    count = np.diff(reach.start)
    pair = np.arange(len(reach.candidate))
    row = np.repeat(np.arange(reach.demands), count)
    last = reach.start[1:][row] - 1
    after = np.where(pair < last, np.append(reach.minutes, 0.0)[pair + 1], reach.beyond[row])
    step = np.where(after > reach.minutes, after - reach.minutes, 0.0)
    keep = (step > 0.0) & (pair - reach.start[row] < most)
    known = prefixes(reach)
    one, other = known.one, known.other
    ends = pair[keep]
    begin = reach.start[row[ends]]
    first, group = distinct(one[ends + 1] - one[begin], other[ends + 1] - other[begin])
    cost = np.bincount(group, weights=reach.weight[row[ends]] * step[ends], minlength=len(first))
    # The end of the step before within the same row, whose set is smaller by what stands between the two.
    chained = np.concatenate([[False], row[ends][1:] == row[ends][:-1]])
    previous = np.where(chained, np.arange(len(ends)) - 1, -1)
    head = previous[first]
    since = np.where(head >= 0, ends[head] + 1, begin[first])
    size = ends[first] + 1 - since
    return Steps(
        start=np.concatenate([[0], np.cumsum(size)]).astype(np.int64),
        candidate=reach.candidate[spread(since, size)].astype(np.int64),
        before=np.where(head >= 0, group[head], -1),
        cost=cost.astype(np.float64),
        base=float(reach.weight @ nearest(reach)),
    )


def distinct(
    one: NDArray[np.uint64], other: NDArray[np.uint64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first place of each distinct pair of keys, and which pair stands at each place.

    Parameters
    ----------
    one, other
        The keys [k].
    """
    order = np.lexsort((other, one))
    new = np.ones(len(order), bool)
    new[1:] = (one[order][1:] != one[order][:-1]) | (other[order][1:] != other[order][:-1])
    at = np.cumsum(new) - 1
    group = np.empty(len(order), np.int64)
    group[order] = at
    return order[new], group


def merged(
    start: NDArray[np.int64], member: NDArray[np.int32], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first place of each distinct set, and which distinct set stands at each place.

    Parameters
    ----------
    start, member
        The members of each set, compressed.
    count
        How many members there may be.
    """
    zero = np.zeros(1, np.uint64)
    one, other = (np.concatenate([zero, np.cumsum(key[member], dtype=np.uint64)]) for key in _keys(count))
    return distinct(one[start[1:]] - one[start[:-1]], other[start[1:]] - other[start[:-1]])


def _keys(count: int) -> NDArray[np.uint64]:
    return np.random.default_rng(0).integers(0, 2**64, size=(2, count), dtype=np.uint64)


def spread(start: NDArray[np.int64], size: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return start, start + 1 … of each run, one after the other.

    Parameters
    ----------
    start, size
        Where each run begins, and its length [r].
    """
    ends = np.cumsum(size)
    places: NDArray[np.int64] = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(
        start - (ends - size), size
    )
    return places
