"""Who reaches whom: from minutes to compressed rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from gisplan.siting.solver.words import Reach

if TYPE_CHECKING:
    from numpy.typing import NDArray


CELLS = 4_000_000
"""So many minutes of a full table are put in order at once."""

ROOM = 1.05
"""Room is made for this many times the pairs that the demands so far let expect."""


def reach_of(
    minutes: NDArray[np.float64],
    *,
    weight: NDArray[np.float64],
    beyond: NDArray[np.float64],
    cutoff: float = np.inf,
) -> Reach:
    """Return who reaches whom, from a full table of minutes.

    Parameters
    ----------
    minutes
        Minutes from each demand to each candidate [i, j]; infinite or NaN where there is no way.
    weight
        What each demand counts for, above 0 [i].
    beyond
        Minutes a demand counts with when none of its candidates is chosen [i]. Candidates that are farther than
        this are left out, as they never serve it.
    cutoff
        Longest minutes that are kept.

    Raises
    ------
    ValueError
        If the shapes differ, a weight is not above 0, or minutes are negative.
    """
    if minutes.ndim != 2:  # noqa: PLR2004 - a table
        raise ValueError(f"minutes of shape {minutes.shape} are no table")
    rows = max(1, CELLS // max(minutes.shape[1], 1))
    blocks = (minutes[at : at + rows] for at in range(0, len(minutes), rows))
    return reach_of_blocks(blocks, weight=weight, beyond=beyond, cutoff=cutoff, candidates=minutes.shape[1])


def reach_of_blocks(
    blocks: Iterable[NDArray[np.float64]],
    *,
    weight: NDArray[np.float64],
    beyond: NDArray[np.float64],
    candidates: int,
    cutoff: float = np.inf,
) -> Reach:
    """Return who reaches whom, from tables of minutes of some demands each, so that no full table is needed.

    Parameters
    ----------
    blocks
        Minutes of the first demands, of the next, and so on [i, j]; a generator computes each when it is asked for.
    weight, beyond, cutoff
        As for `reach_of`.
    candidates
        How many candidates there are.

    Raises
    ------
    ValueError
        If the shapes differ, a weight is not above 0, or minutes are negative.
    """
    counts, done, pairs = [np.zeros(1, np.int64)], 0, 0
    columns, values = np.empty(0, np.int32), np.empty(0)
    for block in blocks:
        if block.ndim != 2 or block.shape[1] != candidates or done + len(block) > len(weight):  # noqa: PLR2004 - a table
            raise ValueError(
                f"a block of shape {block.shape} for {candidates} candidates, {len(weight)} demands"
            )
        count, column, value = _rows(block, np.minimum(beyond[done : done + len(block)], cutoff))
        counts.append(count)
        done, before, pairs = done + len(block), pairs, pairs + len(column)
        if pairs > len(columns):
            room = min(int(ROOM * pairs * len(weight) / done) + 1, candidates * len(weight))
            # Grown in place: lists that are joined from parts stand in memory twice.
            columns.resize(room, refcheck=False)
            values.resize(room, refcheck=False)
        columns[before:pairs], values[before:pairs] = column, value
    columns.resize(pairs, refcheck=False)
    values.resize(pairs, refcheck=False)
    if done != len(weight) or len(beyond) != len(weight):
        raise ValueError(f"minutes of {done} demands, {len(weight)} weights, {len(beyond)} minutes beyond")
    if not bool((weight > 0.0).all() and np.isfinite(weight).all()) or np.isnan(beyond).any():
        raise ValueError("weights must be above 0 and finite, minutes beyond must be known")
    return Reach(
        start=np.cumsum(np.concatenate(counts), dtype=np.int64),
        candidate=columns,
        minutes=values,
        weight=np.asarray(weight, np.float64),
        beyond=np.asarray(beyond, np.float64),
        candidates=candidates,
    )


def _rows(
    block: NDArray[np.float64], longest: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Return for some demands how many candidates each reaches, these in order, and their minutes."""
    if (block < 0.0).any():
        raise ValueError("minutes must not be negative")
    kept = (block <= longest[:, None]) & np.isfinite(block)
    count = kept.sum(axis=1, dtype=np.int64)
    row, column = np.nonzero(kept)
    # What is kept moves to the front of its row, so that short lists are not sorted with what they leave out.
    place = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    width = int(count.max(initial=0))
    minutes = np.full((len(block), width), np.inf)
    minutes[row, place] = block[row, column]
    candidate = np.zeros((len(block), width), np.int32)
    candidate[row, place] = column
    # A stable sort keeps candidates of equal minutes in order.
    order = np.argsort(minutes, axis=1, kind="stable")
    front = np.arange(width) < count[:, None]
    return (
        count,
        np.take_along_axis(candidate, order, axis=1)[front],
        np.take_along_axis(minutes, order, axis=1)[front],
    )
