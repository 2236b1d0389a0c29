"""Who reaches which candidate in how many minutes, block by block, so that no table of all pairs is needed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gisplan.access import matrix
from gisplan.access.coverage import LEEWAY
from gisplan.access.nearest import Matrix, matrices
from gisplan.siting.solver.reaching import reach_of_blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.access import Served
    from gisplan.network import Ways
    from gisplan.siting.solver.words import Reach

CELLS = 32_000_000
"""Minutes of a table: so many take 256 MB."""

MANY = 20_000_000
"""Pairs that are kept at most where plan.toml names no cutoff: with the search they stay below 4 GB of memory."""

SAMPLED = 500
"""Demands from which the automatic cutoff is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Pairs of demand and candidate, before anything is left out.

    `on_road` says which demands stand on a road [i], `met` which candidates anybody reaches [j], `longest` are the
    longest minutes of any pair [min, 0 where there is none].
    """

    reach: Reach
    on_road: NDArray[np.bool_]
    met: NDArray[np.bool_]
    longest: float


def reached(
    ways: Ways,
    served: Served,
    points: NDArray[np.object_],
    *,
    usable: NDArray[np.bool_],
    penalty: NDArray[np.float64],
    limit: NDArray[np.float64],
    cutoff: float,
) -> Reached:
    """Return who reaches whom.

    Parameters
    ----------
    ways
        The network of the mode.
    served
        The candidates on it.
    points
        The demand [i].
    usable
        Which of the candidates on the road may be chosen [f]; they are the candidates j of the answer.
    penalty
        Minutes that each of these adds [j].
    limit
        Minutes below which a candidate must stay to serve a demand [i].
    cutoff
        Longest minutes that are looked at.
    """
    met = np.zeros(int(usable.sum()), bool)
    on_road = np.zeros(len(points), bool)
    longest = [0.0]
    chosen = _only(served, usable)

    def blocks() -> Iterator[NDArray[np.float64]]:
        start = 0
        for block in matrices(ways, chosen, points, cells=CELLS):
            those = slice(start, start + len(block.snap_m))
            minutes, on_road[those] = _minutes(block, penalty)
            known = np.isfinite(minutes) & (minutes <= cutoff + LEEWAY)
            met[known.any(axis=0)] = True
            longest.append(float(minutes.max(initial=0.0, where=known)))
            minutes[~known | (minutes >= limit[those, None])] = np.inf
            start = those.stop
            yield minutes

    some = np.ones(len(points))
    reach = reach_of_blocks(blocks(), weight=some, beyond=np.full(len(points), np.inf), candidates=len(met))
    return Reached(reach=reach, on_road=on_road, met=met, longest=max(longest))


def automatic_cutoff(
    ways: Ways,
    served: Served,
    points: NDArray[np.object_],
    *,
    usable: NDArray[np.bool_],
    penalty: NDArray[np.float64],
) -> float:
    """Return the minutes within which so many pairs lie as can be kept, infinite where all can.

    Parameters
    ----------
    ways, served, points, usable, penalty
        As for `reached`.
    """
    pairs = len(points) * int(usable.sum())
    if pairs <= MANY:
        return np.inf
    some = points[:: max(len(points) // SAMPLED, 1)]
    minutes, _ = _minutes(matrix(ways, _only(served, usable), some), penalty)
    found = np.sort(minutes[np.isfinite(minutes)])
    keep = int(MANY / pairs * minutes.size)
    return np.inf if keep >= len(found) else float(np.floor(found[keep])) or float(found[keep])


def _only(served: Served, usable: NDArray[np.bool_]) -> Served:
    """Return the destinations that may be chosen, on the same network."""
    table = None if served.table is None else served.table[usable]
    found = served.found.copy()
    found[np.flatnonzero(found)[~usable]] = False
    return dataclasses.replace(
        served, found=found, node=served.node[usable], leg=served.leg[usable], table=table
    )


def _minutes(found: Matrix, penalty: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return minutes with what candidates add [i, j], infinite where there is no way, and who stands on a road [i]."""
    stands = ~np.isnan(found.snap_m)
    minutes = found.minutes + penalty
    minutes[~stands] = np.inf
    return minutes, stands


def kept(
    found: Reached, *, demands: NDArray[np.bool_], candidates: NDArray[np.bool_], weight: NDArray[np.float64],
    beyond: NDArray[np.float64],
) -> Reach:  # fmt: skip
    """Return who reaches whom among what is left; what is left out reaches nobody, so that no pair is lost.

    Parameters
    ----------
    found
        All of it.
    demands, candidates
        What is left [i], [j].
    weight, beyond
        What each demand that is left counts for, and the minutes it counts with where it reaches no chosen hub.
    """
    count = np.diff(found.reach.start)[demands]
    number = np.cumsum(candidates) - 1
    return dataclasses.replace(
        found.reach,
        start=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        candidate=number[found.reach.candidate].astype(np.int32),
        weight=weight,
        beyond=beyond,
        candidates=int(candidates.sum()),
    )
