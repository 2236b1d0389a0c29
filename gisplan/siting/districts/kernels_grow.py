"""Compiled loops that grow a contiguous district from a seed and mend its border.

A district is worth `(1 - compact) * gain / scale + compact * roundness`: gain is the suitability it holds above that of
average ground, times its area, and roundness the isoperimetric quotient 4 pi area / perimeter². It grows by the
neighbour that leaves it worth most until none fits, goes back to the best size between the limits, and then takes in,
gives up or exchanges single units while that makes it worth more. A unit that holds two parts together (a cut vertex of
the graph) is never given up.

References
----------
Brookes, C. J. (1997). A parameterized region-growing programme for site allocation on raster suitability maps.
International Journal of Geographical Information Science 11(4), 375-396.
Church, R. L., Gerrard, R. A., Gilpin, M., Stine, P. (2003). Constructing cell-based habitat patches useful in
conservation planning. Annals of the Association of American Geographers 93(4), 814-827.
Openshaw, S. (1977). A geographical solution to scale and aggregation problems in region-building, partitioning and
spatial modelling. Transactions of the Institute of British Geographers 2(4), 459-472.
Polsby, D. D., Popper, R. D. (1991). The third criterion: compactness as a procedural safeguard against partisan
gerrymandering. Yale Law & Policy Review 9(2), 301-353.
Tarjan, R. (1972). Depth-first search and linear graph algorithms. SIAM Journal on Computing 1(2), 146-160.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gisplan.core.compiled import compiler

compiled = compiler(Path(__file__).parent, "kernels_*.py")

BETTER = 1e-9
"""An exchange that gains less is rounding, and could go back and forth."""

FOUR_PI = 4.0 * np.pi

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Land(NamedTuple):
    """Units as compiled loops read them: neighbours as rows, `gain`, `area` and `rim` of each, and who may be taken."""

    first: Counts
    other: Counts
    length: Floats
    gain: Floats
    area: Floats
    rim: Floats
    allowed: Flags


class Aim(NamedTuple):
    """The least and the largest area of a district [m²], the weight of roundness, and what gain is divided by."""

    least: float
    most: float
    compact: float
    scale: float


@compiled
def _worth(aim: Aim, gain: float, area: float, rim: float) -> float:
    """Return what a district is worth."""
    return (1.0 - aim.compact) * gain / aim.scale + aim.compact * FOUR_PI * area / (rim * rim)


@compiled
def _next(
    land: Land, aim: Aim, inside: Flags, edge: Counts, touch: Floats, sums: tuple[float, float, float]
) -> int:
    """Return the unit at the edge that leaves a district worth most, -1 where none fits."""
    gain, area, rim = sums
    best, unit = -np.inf, -1
    for near in edge:
        if inside[near] or area + land.area[near] > aim.most:
            continue
        longer = rim + land.rim[near] - 2.0 * touch[near]
        worth = _worth(aim, gain + land.gain[near], area + land.area[near], longer)
        if worth > best or (worth == best and near < unit):
            best, unit = worth, near
    return unit


@compiled
def grown(land: Land, aim: Aim, seed: int, inside: Flags) -> float:
    """Fill `inside` with a district around a seed, and return what it is worth; minus infinity where there is none."""
    count = len(land.area)
    touch, known = np.zeros(count), np.zeros(count, np.bool_)
    edge, taken = np.empty(count, np.int64), np.empty(count, np.int64)
    edges, size, best_size, best = 0, 0, 0, -np.inf
    gain, area, rim = 0.0, 0.0, 0.0
    unit = seed if land.area[seed] <= aim.most else -1
    while unit >= 0:
        inside[unit] = True
        taken[size] = unit
        size += 1
        gain += land.gain[unit]
        area += land.area[unit]
        rim += land.rim[unit] - 2.0 * touch[unit]
        worth = _worth(aim, gain, area, rim)
        if area >= aim.least and worth > best + BETTER:
            best, best_size = worth, size
        for place in range(land.first[unit], land.first[unit + 1]):
            near = land.other[place]
            touch[near] += land.length[place]
            if land.allowed[near] and not known[near] and not inside[near]:
                known[near] = True
                edge[edges] = near
                edges += 1
        unit = _next(land, aim, inside, edge[:edges], touch, (gain, area, rim))
    inside[taken[best_size:size]] = False
    return best


@compiled
def _holding(land: Land, inside: Flags, root: int, low: Counts, at: Counts, stack: Counts) -> Flags:
    """Return the units whose loss would part a district (Tarjan 1972), searched from one of them without recursion.

    `low`, `at` and `stack` are room to work in.
    """
    fixed = np.zeros(len(inside), np.bool_)
    order, above = np.full(len(inside), -1, np.int64), np.full(len(inside), -1, np.int64)
    stack[0], at[root], order[root], low[root] = root, land.first[root], 0, 0
    number, depth, branches = 1, 0, 0
    while depth >= 0:
        unit = stack[depth]
        if at[unit] == land.first[unit + 1]:
            depth -= 1
            parent = above[unit]
            if parent >= 0:
                low[parent] = min(low[parent], low[unit])
                fixed[parent] |= parent != root and low[unit] >= order[parent]
            continue
        near = land.other[at[unit]]
        at[unit] += 1
        if not inside[near] or near == above[unit]:
            continue
        if order[near] >= 0:
            low[unit] = min(low[unit], order[near])
            continue
        above[near], order[near], low[near], at[near] = unit, number, number, land.first[near]
        number += 1
        depth += 1
        stack[depth] = near
        branches += unit == root
    fixed[root] = branches > 1
    return fixed


@compiled
def _sums(land: Land, inside: Flags, touch: Floats, links: Counts) -> tuple[float, float, float, int]:
    """Return gain, area and perimeter of a district and one of its units; fill in how it touches every unit.

    `touch` becomes the metres of border that each unit shares with it, `links` the number of its units that are
    neighbours.
    """
    gain, area, rim, root = 0.0, 0.0, 0.0, -1
    touch[:], links[:] = 0.0, 0
    for unit in range(len(inside)):
        if inside[unit]:
            root = unit
            gain += land.gain[unit]
            area += land.area[unit]
            for place in range(land.first[unit], land.first[unit + 1]):
                touch[land.other[place]] += land.length[place]
                links[land.other[place]] += 1
    for unit in range(len(inside)):
        if inside[unit]:
            rim += land.rim[unit] - touch[unit]
    return gain, area, rim, root


@compiled
def _exchange(  # noqa: C901 (adding, giving up and exchanging share their sums)
    land: Land,
    aim: Aim,
    inside: Flags,
    fixed: Flags,
    touch: Floats,
    links: Counts,
    sums: tuple[float, float, float, int],
) -> tuple[int, int, float]:
    """Return the unit to give up and the one to take in by which a district gains most, -1 for none, and its worth."""
    gain, area, rim, _ = sums
    edge = np.flatnonzero(land.allowed & ~inside & (links > 0))
    shared = np.zeros(len(inside))
    best, give, take = _worth(aim, gain, area, rim), -1, -1
    for new in edge:
        if area + land.area[new] <= aim.most:
            longer = rim + land.rim[new] - 2.0 * touch[new]
            now = _worth(aim, gain + land.gain[new], area + land.area[new], longer)
            if now > best + BETTER:
                best, give, take = now, -1, int(new)
    for old in np.flatnonzero(inside & ~fixed):
        row = slice(land.first[old], land.first[old + 1])
        if links[old] == len(land.other[row]):
            continue  # within: without it there would be a hole
        less_gain, less_area = gain - land.gain[old], area - land.area[old]
        less_rim = rim - land.rim[old] + 2.0 * touch[old]
        if less_area >= max(aim.least, 1.0):
            now = _worth(aim, less_gain, less_area, less_rim)
            if now > best + BETTER:
                best, give, take = now, int(old), -1
        shared[land.other[row]] = land.length[row]
        for new in edge:
            own, now_area = shared[new], less_area + land.area[new]
            if links[new] <= (own > 0.0) or now_area < aim.least or now_area > aim.most:
                continue
            longer = less_rim + land.rim[new] - 2.0 * (touch[new] - own)
            now = _worth(aim, less_gain + land.gain[new], now_area, longer)
            if now > best + BETTER:
                best, give, take = now, int(old), int(new)
        shared[land.other[row]] = 0.0
    return give, take, best


@compiled
def mended(land: Land, aim: Aim, inside: Flags, passes: int) -> float:
    """Exchange single units of a district while it gains by that, and return what it is worth in the end."""
    count = len(land.area)
    low, at, stack = np.zeros(count, np.int64), np.zeros(count, np.int64), np.empty(count, np.int64)
    touch, links = np.zeros(count), np.zeros(count, np.int64)
    worth = -np.inf
    for _ in range(passes):
        sums = _sums(land, inside, touch, links)
        worth = _worth(aim, sums[0], sums[1], sums[2])
        fixed = _holding(land, inside, sums[3], low, at, stack)
        give, take, _ = _exchange(land, aim, inside, fixed, touch, links, sums)
        if give < 0 and take < 0:
            break
        if give >= 0:
            inside[give] = False
        if take >= 0:
            inside[take] = True
    return worth


@compiled
def districts(land: Land, aim: Aim, seeds: Counts, passes: int) -> tuple[Flags, Floats]:
    """Return the district around each seed [s, u] and what it is worth [s], minus infinity where there is none."""
    count = len(land.area)
    found, worth = np.zeros((len(seeds), count), np.bool_), np.full(len(seeds), -np.inf)
    for place in range(len(seeds)):
        worth[place] = grown(land, aim, seeds[place], found[place])
        if worth[place] > -np.inf:
            worth[place] = mended(land, aim, found[place], passes)
    return found, worth
