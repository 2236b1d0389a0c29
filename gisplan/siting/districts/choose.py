"""The best districts of some units: grown from many seeds, then the best of them that do not overlap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gisplan.core.suitability import ProposeOptions
from gisplan.overlay.cells import HECTARE
from gisplan.siting.districts.units import Units

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEEDS = 64
"""A district is grown from so many places at most: the best ones that lie apart."""

MOST_STEPS = 50
"""From neighbour to neighbour no farther than this is looked for suitable ground around a unit."""

HALF = 0.5
"""A choice of 0 or 1 comes back as a number near it."""

POOL = 60
"""So many of the best districts are put beside each other to choose from; as bits they fit into a number."""

PASSES = 400
"""An exchange changes one unit, so this bounds how far a border is moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Districts, the best first: which units each holds [d, u], and what it is worth [d]."""

    holds: NDArray[np.bool_]
    worth: NDArray[np.float64]


def choose(units: Units, value: NDArray[np.float64], options: ProposeOptions) -> Chosen:
    """Return the best districts that do not overlap, as many as are asked for where there are so many.

    Every district is contiguous, lies between the limits of area, and holds no unit that is not allowed. Of the
    districts that were grown, the choice is the best there is; each of them by itself need not be the best possible.

    Parameters
    ----------
    units
        The units.
    value
        How suitable each is, known for all that are allowed [u; 0–1].
    options
        How many districts, how large, and how round.
    """
    pool = _Pool.empty(len(units.area))
    free = units.allowed.copy()
    for _ in range(options.count):
        found = _grown(units, value, options, free)
        if not len(found.worth):
            break
        pool = pool.with_more(found)
        # The best of every round is taken away, so that there is as much to choose from as a greedy choice has.
        free &= ~found.holds[0]
    return _packed(pool, options.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pool:
    """Districts to choose from [p, u], what each is worth [p], and whether it was the best of a round [p]."""

    holds: NDArray[np.bool_]
    worth: NDArray[np.float64]
    first: NDArray[np.bool_]

    @staticmethod
    def empty(count: int) -> _Pool:
        return _Pool(holds=np.zeros((0, count), bool), worth=np.zeros(0), first=np.zeros(0, bool))

    def with_more(self, found: Chosen) -> _Pool:
        """Return the pool with the districts of a round, the best of which comes first."""
        first = np.zeros(len(found.worth), bool)
        first[0] = True
        return _Pool(
            holds=np.concatenate([self.holds, found.holds]),
            worth=np.concatenate([self.worth, found.worth]),
            first=np.concatenate([self.first, first]),
        )


def _grown(
    units: Units, value: NDArray[np.float64], options: ProposeOptions, free: NDArray[np.bool_]
) -> Chosen:
    """Return the different districts grown from the seeds on free units, the best first."""
    from gisplan.siting.districts.kernels_grow import Aim, Land, districts

    least, most = (limit * HECTARE for limit in options.area_ha)
    able = units.allowed & ~np.isnan(value)
    level = np.where(able, value, 0.0)
    average = float(np.average(level[able], weights=units.area[able])) if able.any() else 0.0
    gain = np.where(able, (level - average) * units.area, 0.0)
    above = float(level[able].max() - average) if able.any() else 0.0
    land = Land(
        units.borders.first,
        units.borders.other,
        units.borders.length,
        gain,
        units.area,
        units.rim,
        free & able,
    )
    aim = Aim(least, most, float(options.compact), most * above if above > 0.0 else most)
    holds, worth = districts(land, aim, seeds_of(units, gain, free & able, least), PASSES)
    holds, worth = holds[np.isfinite(worth)], worth[np.isfinite(worth)]
    alike = {row.tobytes(): place for place, row in reversed(list(enumerate(np.packbits(holds, axis=1))))}
    kept = np.array(sorted(alike.values()), dtype=np.int64)
    order = kept[np.lexsort((_first(holds[kept]), -np.round(worth[kept], 12)))]
    return Chosen(holds=holds[order], worth=worth[order])


def _first(holds: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the first unit of each district: the order of districts that are worth the same."""
    return np.asarray(holds.argmax(axis=1), dtype=np.int64) if len(holds) else np.empty(0, np.int64)


def seeds_of(
    units: Units, gain: NDArray[np.float64], free: NDArray[np.bool_], least: float
) -> NDArray[np.int64]:
    """Return units to grow districts from: those with the most suitable ground around them, some way apart.

    Parameters
    ----------
    units
        The units.
    gain
        The suitability of each above the average, times its area [u].
    free
        Which may be taken [u].
    least
        The least area of a district [m²]: what lies around a unit is found by going from neighbour to neighbour as
        far as the radius of a disc of that size, and no two seeds lie nearer than half of it.
    """
    able = np.flatnonzero(free)
    if len(able) <= SEEDS:
        return able.astype(np.int64)
    radius = float(np.sqrt(max(least, 1.0) / np.pi))
    steps = int(np.clip(np.ceil(radius / np.sqrt(units.area[able].mean())), 1, MOST_STEPS))
    around = np.round(_spread(units, gain / units.area, free, steps)[able], 9)
    x, y = units.x[able], units.y[able]
    seeds: list[int] = []
    while len(seeds) < SEEDS and np.isfinite(around).any():
        place = int(around.argmax())
        seeds.append(int(able[place]))
        around[np.hypot(x - x[place], y - y[place]) <= radius / 2.0] = -np.inf
    return np.array(seeds, dtype=np.int64)


def _spread(
    units: Units, level: NDArray[np.float64], free: NDArray[np.bool_], steps: int
) -> NDArray[np.float64]:
    """Return a value of free units after it was evened out so often between each unit and its free neighbours [u]."""
    borders, count = units.borders, len(level)
    row = np.repeat(np.arange(count), np.diff(borders.first))
    held = free[row] & free[borders.other]
    row, other = row[held], borders.other[held]
    number = 1.0 + np.bincount(row, minlength=count)
    found = np.where(free, level, 0.0)
    for _ in range(steps):
        found = (found + np.bincount(row, weights=found[other], minlength=count)) / number
    return found


def _packed(pool: _Pool, count: int) -> Chosen:
    """Return the districts of a pool that do not overlap, as many as possible up to a count, worth most together.

    This is set packing, solved to the end by branch and bound (HiGHS).
    """
    order = np.lexsort((np.arange(len(pool.worth)), -np.round(pool.worth, 12), ~pool.first))[
        : max(POOL, count)
    ]
    holds, worth = pool.holds[order], pool.worth[order]
    if not len(worth):
        return Chosen(holds=holds, worth=worth)
    picked = _best_packing(holds, worth, count)
    rank = np.lexsort((_first(holds[picked]), -np.round(worth[picked], 12)))
    return Chosen(holds=holds[picked][rank], worth=worth[picked][rank])


def _best_packing(holds: NDArray[np.bool_], worth: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Return the rows of the best choice."""
    if count == 1:
        return np.array([int(worth.argmax())])
    from scipy.optimize import Bounds, LinearConstraint, milp

    crowded = _crowded(holds)
    number = np.ones((1, len(worth)))
    # One district more counts for more than any gain of the others.
    more = 1.0 + 2.0 * count * float(np.abs(worth).max())
    answer = milp(
        -(worth + more),
        integrality=np.ones(len(worth), np.int64),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(np.vstack([crowded, number]), ub=np.append(np.ones(len(crowded)), count))
        ],
    )
    return np.flatnonzero(np.asarray(answer.x) > HALF)


def _crowded(holds: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the different sets of districts that claim one unit: of each set only one can be chosen [r, d]."""
    bit = np.uint64(1) << np.arange(len(holds), dtype=np.uint64)
    claimed = np.zeros(holds.shape[1], dtype=np.uint64)
    for held, own in zip(holds, bit, strict=True):
        claimed[held] |= own
    sets = (np.unique(claimed)[:, None] & bit) != 0
    return np.asarray(sets[sets.sum(axis=1) > 1], dtype=np.float64)
