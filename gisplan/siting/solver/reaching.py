"""Who reaches whom: from minutes to compressed rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from gisplan.siting.solver.words import Reach

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
    return reach_of_blocks(
        [minutes], weight=weight, beyond=beyond, cutoff=cutoff, candidates=minutes.shape[1]
    )


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
    counts, columns, values, done = [np.zeros(1, np.int64)], [], [], 0
    for block in blocks:
        if block.ndim != 2 or block.shape[1] != candidates or done + len(block) > len(weight):  # noqa: PLR2004 - a table
            raise ValueError(
                f"a block of shape {block.shape} for {candidates} candidates, {len(weight)} demands"
            )
        count, column, value = _rows(block, np.minimum(beyond[done : done + len(block)], cutoff))
        counts.append(count)
        columns.append(column)
        values.append(value)
        done += len(block)
    if done != len(weight) or len(beyond) != len(weight):
        raise ValueError(f"minutes of {done} demands, {len(weight)} weights, {len(beyond)} minutes beyond")
    if not bool((weight > 0.0).all() and np.isfinite(weight).all()) or np.isnan(beyond).any():
        raise ValueError("weights must be above 0 and finite, minutes beyond must be known")
    return Reach(
        start=np.cumsum(np.concatenate(counts), dtype=np.int64),
        candidate=np.concatenate(columns) if columns else np.empty(0, np.int32),
        minutes=np.concatenate(values) if values else np.empty(0),
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
    row, column = np.nonzero(kept)
    value = np.asarray(block[row, column], np.float64)
    # Pairs stand by row and column already, so that a stable sort keeps candidates of equal minutes in order.
    by_minutes = np.argsort(value, kind="stable")
    order = by_minutes[np.argsort(row[by_minutes], kind="stable")]
    return kept.sum(axis=1, dtype=np.int64), column[order].astype(np.int32), value[order]
