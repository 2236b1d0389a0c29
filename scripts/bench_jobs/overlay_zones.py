"""A made-up country for `bench.py overlay`: zones with crooked shared borders, points and lots, in metres.

`python scripts/bench_jobs/overlay_zones.py FOLDER ZONES POINTS LOTS` writes them as arrays. Cities lie on a loose
grid; each is cut into Voronoi cells whose borders are broken into steps of about 5 m, so that 200,000 zones
have 45 million vertices and neighbours share every vertex of their border. The same numbers give the same bytes.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi

ZONE_M2 = 80_000.0
CITY_M = 38_000.0
"""Distance between the middles of cities: the largest does not reach its neighbour."""

ACROSS = 39
MOST_CITIES = 1_500
STEP_M = 5.5
BEND = 0.16
"""A step of a border is bent by up to this part of its length."""

FINEST = 9
LARGEST_M2 = 3e6
SPARE = 1.25
"""More zones are made than asked for: those whose crooked border crosses itself are left out."""

EVERYWHERE = 4
"""One point in so many lies anywhere in the country, the others in and around cities."""

HARD = 10_000
"""Points of each kind that lie on borders."""

TURN = 2 * np.pi
CORNERS = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cities:
    """Middles [n, 2; m], radii [n; m] and share of the country's zones [n]."""

    middle: Floats
    radius: Floats
    share: Floats


def main(folder: Path, zones: int, points: int, lots: int) -> None:
    """Write `xy.npy` and `rings.npy` (vertices and where each ring begins), points and lots."""
    random = np.random.default_rng(42)
    cities = made_cities(random, zones=zones)
    vertices, rings = made_zones(random, cities, count=zones)
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "xy.npy", vertices)
    np.save(folder / "rings.npy", rings)
    np.save(folder / "points.npy", made_points(random, cities, count=points))
    np.save(folder / "hard.npy", hard_points(random, vertices, rings))
    np.save(folder / "lots.npy", made_lots(random, cities, count=lots))


def made_cities(random: np.random.Generator, *, zones: int) -> Cities:
    """Return cities of which few are large and many small."""
    count = min(MOST_CITIES, max(1, zones // 130))
    weight = 1 / np.arange(1, count + 1) ** 0.75
    share = weight / weight.sum()
    place = random.permutation(ACROSS * ACROSS)[:count]
    loose = random.uniform(-3_000, 3_000, (count, 2))
    middle = np.column_stack([place % ACROSS, place // ACROSS]) * CITY_M + loose
    return Cities(middle=middle, radius=np.sqrt(share * zones * SPARE * ZONE_M2 / np.pi), share=share)


def made_zones(random: np.random.Generator, cities: Cities, *, count: int) -> tuple[Floats, Integers]:
    """Return the vertices of closed rings [m, 2] and where each ring begins [count + 1]."""
    seeds, own = _seeds(random, cities, count=count)
    cells = Voronoi(seeds)
    ends = np.array(cells.ridge_vertices)
    real = (ends >= 0).all(axis=1)
    whole = np.bincount(cells.ridge_points[~real].ravel(), minlength=len(seeds)) == 0
    ends, sides = ends[real], cells.ridge_points[real]
    border, begins = _crooked(random, cells.vertices[ends[:, 0]], cells.vertices[ends[:, 1]])
    vertices, rings = _rings(cells.vertices[ends], sides, seeds, own & whole, (border, begins))
    shapes = shapely.from_ragged_array(shapely.GeometryType.POLYGON, vertices, (rings, np.arange(len(rings))))
    good = np.flatnonzero(shapely.is_valid(shapes) & (shapely.area(shapes) < LARGEST_M2))[:count]
    length = np.diff(rings)[good]
    kept = np.repeat(rings[good], length) + _counted(length)
    return vertices[kept], np.concatenate([[0], np.cumsum(length)])


def _seeds(random: np.random.Generator, cities: Cities, *, count: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the seeds of the cells, and which lie in a city; those around it only end its outer cells."""
    number = (cities.share * count * SPARE * 1.8).astype(int) + 12
    city = np.repeat(np.arange(len(number)), number)
    reach = 1.35 * np.sqrt(random.random(len(city)))
    turn = random.random(len(city)) * TURN
    away = (cities.radius[city] * reach)[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
    return cities.middle[city] + away, reach <= 1


def _crooked(random: np.random.Generator, first: Floats, last: Floats) -> tuple[Floats, Integers]:
    """Return every border as steps, bent at each halving, and where each begins."""
    length = np.hypot(*(first - last).T)
    loose = random.normal(0, 0.6, len(length))
    level = np.clip(np.round(np.log2(np.maximum(length, 1) / STEP_M) + loose), 0, FINEST).astype(int)
    level[length > CITY_M / 8] = 0
    begins = np.concatenate([[0], np.cumsum(2**level + 1)])
    border = np.empty((begins[-1], 2))
    for halvings in range(FINEST + 1):
        rows = np.flatnonzero(level == halvings)
        steps = 1 << halvings
        line = np.empty((len(rows), steps + 1, 2))
        line[:, 0], line[:, -1] = first[rows], last[rows]
        while steps > 1:
            one, two = line[:, :-1:steps], line[:, steps::steps]
            bend = random.uniform(-BEND, BEND, one.shape[:2])[..., None]
            across = (two - one)[..., ::-1] * np.array([-1.0, 1.0])
            line[:, steps // 2 :: steps] = (one + two) / 2 + across * bend
            steps //= 2
        border[begins[rows][:, None] + np.arange(line.shape[1])] = line
    return border, begins


def _rings(
    ends: Floats,
    sides: Integers,
    seeds: Floats,
    wanted: NDArray[np.bool_],
    borders: tuple[Floats, Integers],
) -> tuple[Floats, Integers]:
    """Return the closed ring of every wanted cell: its borders in their order around the seed."""
    border, begins = borders
    seed = sides.T.ravel()
    line = np.tile(np.arange(len(sides)), 2)
    line, seed = line[wanted[seed]], seed[wanted[seed]]
    away = ends[line].mean(axis=1) - seeds[seed]
    order = np.lexsort((np.arctan2(away[:, 1], away[:, 0]), seed))
    line, seed = line[order], seed[order]
    one, two = ends[line, 0] - seeds[seed], ends[line, 1] - seeds[seed]
    back = one[:, 0] * two[:, 1] < one[:, 1] * two[:, 0]
    steps = np.diff(begins)[line] - 1
    # Every border gives all its vertices but the last; the ring is closed by its own first one.
    starts = begins[line] + np.where(back, steps, 0)
    taken = np.repeat(starts, steps) + np.repeat(np.where(back, -1, 1), steps) * _counted(steps)
    head = np.flatnonzero(np.diff(seed, prepend=-1))
    ring = np.add.reduceat(steps, head)
    close = np.cumsum(ring)
    vertices = np.insert(border[taken], close, border[taken[close - ring]], axis=0)
    return vertices, np.concatenate([[0], np.cumsum(ring + 1)])


def _counted(lengths: Integers) -> Integers:
    """Return 0, 1, ... n - 1 for every n, one after the other."""
    counted: Integers = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return counted


def made_points(random: np.random.Generator, cities: Cities, *, count: int) -> Floats:
    """Return points [count, 2], most of them in and around cities, in no order."""
    inside = count - count // EVERYWHERE
    near = _in_cities(random, cities, count=inside, reach=1.1)
    far = random.uniform(0, ACROSS * CITY_M, (count - inside, 2))
    shuffled: Floats = random.permutation(np.concatenate([near, far]))
    return shuffled


def hard_points(random: np.random.Generator, vertices: Floats, rings: Integers) -> Floats:
    """Return points on vertices, corners of three zones among them, on edges, and a hair beside."""
    spot = random.choice(len(vertices) - 1, min(HARD, len(vertices) - 1), replace=False)
    middle = (vertices[spot] + vertices[spot + 1]) / 2
    beside = vertices[spot] + random.choice([-1e-3, -1e-6, 1e-9, 1e-4], (len(spot), 2))
    corners = vertices[random.choice(rings[:-1], min(HARD, len(rings) - 1), replace=False)]
    hard: Floats = np.concatenate([vertices[spot], middle, beside, corners])
    return hard


def made_lots(random: np.random.Generator, cities: Cities, *, count: int) -> Floats:
    """Return closed turned rectangles [count, 5, 2], of 10 to 30 by 12 to 40 m, in cities."""
    middle = _in_cities(random, cities, count=count, reach=1.0)
    turn = random.random(count) * np.pi
    half = np.column_stack([random.uniform(5, 15, count), random.uniform(6, 20, count)])
    corner = half[:, None] * np.array(CORNERS)[None]
    cosine, sine = np.cos(turn)[:, None], np.sin(turn)[:, None]
    turned = [
        corner[..., 0] * cosine - corner[..., 1] * sine,
        corner[..., 0] * sine + corner[..., 1] * cosine,
    ]
    return middle[:, None] + np.stack(turned, axis=-1)


def _in_cities(random: np.random.Generator, cities: Cities, *, count: int, reach: float) -> Floats:
    city = random.choice(len(cities.share), count, p=cities.share)
    radius = cities.radius[city] * reach * np.sqrt(random.random(count))
    turn = random.random(count) * TURN
    found: Floats = cities.middle[city] + radius[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:5]))
