"""Compiled look for what to branch on: candidates near a demand of which half a one is chosen."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gisplan.siting.solver.kernels_lists import Counts, Floats, Lists, compiled, mixed

HALF, CLEAR = 0.05, 0.95
"""Between these shares it is not clear whether one is chosen."""


@compiled
def balls(
    rows: Lists, weight: Floats, beyond: Floats, share: Floats, least: float, demands: int
) -> tuple[NDArray[np.uint64], Floats, Counts, Floats]:
    """Return the balls around the demands that hold about half a chosen candidate.

    Of each a mark that is the same for the same candidates, what it may matter, its demand and its radius. Only
    candidates with a share above `least` are looked at; `demands` are those before the rows of balls.
    """
    start, candidate, minutes = rows
    count = 0
    size = 16
    mark, score = np.empty(size, np.uint64), np.empty(size)
    row_of, radius = np.empty(size, np.int64), np.empty(size)
    for row in range(demands):
        total, last, own = 0.0, 0.0, np.uint64(0)
        for entry in range(start[row], start[row + 1] + 1):
            done = entry == start[row + 1]
            if not done and share[candidate[entry]] <= least:
                continue
            here = beyond[row] if done else minutes[entry]
            if total > HALF and here > last:
                if count == size:
                    size *= 2
                    mark, score = grown(mark, size), grown(score, size)
                    row_of, radius = grown(row_of, size), grown(radius, size)
                mark[count], score[count] = own, weight[row] * (here - last) * min(total, 1.0 - total)
                row_of[count], radius[count] = row, (last + here) / 2
                count += 1
            if done:
                break
            total += share[candidate[entry]]
            own += mixed(np.uint64(candidate[entry]) + np.uint64(1))
            last = here
            if total >= CLEAR:
                break
    return mark[:count], score[:count], row_of[:count], radius[:count]


@compiled
def grown(part: NDArray[Any], size: int) -> NDArray[Any]:
    """Return the same array with room for more."""
    longer = np.empty(size, part.dtype)
    longer[: len(part)] = part
    return longer
