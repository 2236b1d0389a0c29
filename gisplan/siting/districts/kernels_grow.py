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


class Room(NamedTuple):
    """Room to work in, a place for every unit: only those of a district and around it are ever looked at.

    `touch` is the border that a unit shares with the district, `links` how many of its neighbours are in it, `shared`
    the border with the unit that is to be given up, `edge` the units around. The others belong to the search for
    units that hold parts together.
    """

    touch: Floats
    links: Counts
    shared: Floats
    edge: Counts
    low: Counts
    at: Counts
    stack: Counts
    order: Counts
    above: Counts
    fixed: Flags


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
    for place in range(best_size, size):
        inside[taken[place]] = False
    return best


@compiled
def _holding(land: Land, room: Room, inside: Flags, members: Counts) -> None:
    """Mark the units whose loss would part a district (Tarjan 1972), searched without recursion."""
    root, low, order, above = members[0], room.low, room.order, room.above
    for unit in members:
        room.fixed[unit], order[unit], above[unit], room.at[unit] = False, -1, -1, land.first[unit]
    room.stack[0], order[root], low[root] = root, 0, 0
    number, depth, branches = 1, 0, 0
    while depth >= 0:
        unit = room.stack[depth]
        if room.at[unit] == land.first[unit + 1]:
            depth -= 1
            parent = above[unit]
            if parent >= 0:
                low[parent] = min(low[parent], low[unit])
                room.fixed[parent] |= parent != root and low[unit] >= order[parent]
            continue
        near = land.other[room.at[unit]]
        room.at[unit] += 1
        if not inside[near] or near == above[unit]:
            continue
        if order[near] >= 0:
            low[unit] = min(low[unit], order[near])
            continue
        above[near], order[near], low[near] = unit, number, number
        number += 1
        depth += 1
        room.stack[depth] = near
        branches += unit == root
    room.fixed[root] = branches > 1


@compiled
def _sums(land: Land, room: Room, inside: Flags, members: Counts) -> tuple[float, float, float, int]:
    """Return gain, area and perimeter of a district and how many units stand at its edge; see how it touches each."""
    gain, area, rim, edges = 0.0, 0.0, 0.0, 0
    for unit in members:
        room.touch[unit], room.links[unit] = 0.0, 0
        for place in range(land.first[unit], land.first[unit + 1]):
            room.touch[land.other[place]], room.links[land.other[place]] = 0.0, 0
    for unit in members:
        gain += land.gain[unit]
        area += land.area[unit]
        for place in range(land.first[unit], land.first[unit + 1]):
            near = land.other[place]
            if room.links[near] == 0 and land.allowed[near] and not inside[near]:
                room.edge[edges] = near
                edges += 1
            room.touch[near] += land.length[place]
            room.links[near] += 1
    for unit in members:
        rim += land.rim[unit] - room.touch[unit]
    return gain, area, rim, edges


@compiled
def _exchange(  # noqa: C901 (adding, giving up and exchanging share their sums)
    land: Land, aim: Aim, room: Room, members: Counts, sums: tuple[float, float, float, int]
) -> tuple[int, int]:
    """Return the place of the member to give up and the unit to take in by which a district gains most, -1 for none."""
    gain, area, rim, edges = sums
    edge, touch, links, shared = room.edge[:edges], room.touch, room.links, room.shared
    best, give, take = _worth(aim, gain, area, rim), -1, -1
    for new in edge:
        if area + land.area[new] <= aim.most:
            longer = rim + land.rim[new] - 2.0 * touch[new]
            now = _worth(aim, gain + land.gain[new], area + land.area[new], longer)
            if now > best + BETTER:
                best, give, take = now, -1, int(new)
    for place in range(len(members)):
        old = members[place]
        if room.fixed[old] or links[old] == land.first[old + 1] - land.first[old]:
            continue  # it holds parts together, or is within: without it there would be a hole
        less_gain, less_area = gain - land.gain[old], area - land.area[old]
        less_rim = rim - land.rim[old] + 2.0 * touch[old]
        if less_area >= max(aim.least, 1.0):
            now = _worth(aim, less_gain, less_area, less_rim)
            if now > best + BETTER:
                best, give, take = now, place, -1
        for near in range(land.first[old], land.first[old + 1]):
            shared[land.other[near]] = land.length[near]
        for new in edge:
            own, now_area = shared[new], less_area + land.area[new]
            if links[new] <= (own > 0.0) or now_area < aim.least or now_area > aim.most:
                continue
            longer = less_rim + land.rim[new] - 2.0 * (touch[new] - own)
            now = _worth(aim, less_gain + land.gain[new], now_area, longer)
            if now > best + BETTER:
                best, give, take = now, place, int(new)
        for near in range(land.first[old], land.first[old + 1]):
            shared[land.other[near]] = 0.0
    return give, take


@compiled
def mended(land: Land, aim: Aim, room: Room, inside: Flags, passes: int) -> float:
    """Exchange single units of a district while it gains by that, and return what it is worth in the end."""
    members, size = np.empty(len(inside), np.int64), 0
    for unit in range(len(inside)):
        if inside[unit]:
            members[size] = unit
            size += 1
    worth = -np.inf
    for _ in range(passes):
        sums = _sums(land, room, inside, members[:size])
        worth = _worth(aim, sums[0], sums[1], sums[2])
        _holding(land, room, inside, members[:size])
        give, take = _exchange(land, aim, room, members[:size], sums)
        if give < 0 and take < 0:
            break
        if give >= 0:
            inside[members[give]] = False
            size -= 1
            members[give] = members[size]
        if take >= 0:
            inside[take] = True
            members[size] = take
            size += 1
    return worth


@compiled
def districts(land: Land, aim: Aim, seeds: Counts, passes: int) -> tuple[Flags, Floats]:
    """Return the district around each seed [s, u] and what it is worth [s], minus infinity where there is none."""
    count = len(land.area)
    room = Room(
        np.zeros(count),
        np.zeros(count, np.int64),
        np.zeros(count),
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
        np.zeros(count, np.bool_),
    )
    found, worth = np.zeros((len(seeds), count), np.bool_), np.full(len(seeds), -np.inf)
    for place in range(len(seeds)):
        worth[place] = grown(land, aim, seeds[place], found[place])
        if worth[place] > -np.inf:
            worth[place] = mended(land, aim, room, found[place], passes)
    return found, worth
