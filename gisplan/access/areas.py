"""Isochrones: areas drawn around the roads from which places are reached within times, on a grid.

The roads are cut exactly at the time. The areas are drawings; no number comes from them (see `gisplan.access.inside`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gisplan.access.outline import Grid, filled, grid_of, polygons
from gisplan.access.reach import Standing, arrival, reached, straight_legs
from gisplan.access.stretches import squares, stretches
from gisplan.network.cut import Lines, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

SIDE_M: Mapping[str, float] = {"car": 50.0}
"""Side of the squares of which the areas are drawn, by mode [m]."""

FINE_SIDE_M = 25.0
"""Side of the squares for the slower modes [m]."""

FILLED_M2 = 100_000.0
"""A hole up to this size is filled where no road runs in it that is not reached [m²]."""

HELD_MINUTES = 20_000_000
"""So many minutes are held at once; with more places, they are searched in turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Areas:
    """The areas of f places at t times: `each` [f, t], and those of all the places together, `united` [t].

    The areas of one place, and those of all, hold those of the shorter times exactly.
    """

    each: NDArray[np.object_]
    united: NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What the drawing of every place needs: the edges as flat lines, and the squares that they pass.

    `square` [q, 2] are those of the edges that are drawn, each with its edge, `line` [q]; `roads` are their corners
    in the window `grid`, which holds every place, too.
    """

    lines: Lines
    square: NDArray[np.int64]
    line: NDArray[np.int64]
    grid: Grid
    roads: NDArray[np.bool_]


def side_of(mode: str) -> float:
    """Return the side of the squares of which areas are drawn for a mode [m]."""
    return SIDE_M.get(mode, FINE_SIDE_M)


def areas(
    standing: Standing, minutes: tuple[float, ...], *, side_m: float, filled_m2: float = FILLED_M2
) -> Areas:
    """Return the areas around the roads between which and each place one is on the way for at most each time.

    A square of the grid through which a reached stretch of road or a leg off the road runs belongs to the area, and
    half a square around it. So an area holds its roads and its place, has no island that no road leads from, and
    grows with the time. Small holes are filled where no road runs that is not reached.

    Parameters
    ----------
    standing
        Places on the network.
    minutes
        Times in rising order [t; min].
    side_m
        Side of a square [m].
    filled_m2
        Largest hole that is filled [m²].

    References
    ----------
    Allen (2018), Using network segments in the visualization of urban isochrones, Cartographica 53 (4).
    """
    count = len(standing.node)
    each = np.empty((count, len(minutes)), dtype=object)
    if not count or not minutes:
        return Areas(each=each, united=np.full(len(minutes), shapely.MultiPolygon(), dtype=object))
    ground, most = _ground(standing, side_m), int(filled_m2 // side_m**2)
    whole = np.stack([ground.grid.blank() for _ in minutes])
    for place, times in searched(standing, minutes[-1]):
        grid, corners = _corners(standing, ground, place=place, times=times, minutes=minutes)
        window = ground.grid.window(grid)
        for at, own in enumerate(corners):
            whole[at][window] |= own
            same = at > 0 and bool((own == corners[at - 1]).all())
            each[place, at] = (
                each[place, at - 1] if same else polygons(filled(own, ground.roads[window], most=most), grid)
            )
    united = [polygons(filled(own, ground.roads, most=most), ground.grid) for own in whole]
    return Areas(each=each, united=np.array(united, dtype=object))


def searched(standing: Standing, longest: float) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Yield each place with the minutes between it and every node [n]."""
    step = max(HELD_MINUTES // len(standing.network.x), 1)
    for first in range(0, len(standing.node), step):
        which = slice(first, first + step)
        yield from enumerate(arrival(standing, which, longest=longest), start=first)


def _ground(standing: Standing, side_m: float) -> _Ground:
    lines = lines_of(standing.network.geometry)
    drawn = standing.drawn[lines.line]
    square, line = squares(lines.xy[drawn], lines.line[drawn], side_m=side_m)
    legs = straight_legs(standing, slice(None), np.inf)
    of_legs, _ = squares(legs.reshape(-1, 2), np.repeat(np.arange(len(legs)), 2), side_m=side_m)
    # Where a road is cut on a line of the grid, rounding may put the cut into the square beyond.
    grid = grid_of(np.concatenate([square, of_legs]), side_m=side_m, border=2)
    roads = grid.blank()
    grid.mark(roads, square)
    return _Ground(lines=lines, square=square, line=line, grid=grid, roads=roads)


def _corners(
    standing: Standing,
    ground: _Ground,
    *,
    place: int,
    times: NDArray[np.float64],
    minutes: tuple[float, ...],
) -> tuple[Grid, NDArray[np.bool_]]:
    """Return the corners within each time of one place, and the window that holds them [t, rows, columns]."""
    side = ground.grid.side_m
    found = [reached(standing, times, limit) for limit in minutes]
    when = np.repeat(np.arange(len(minutes)), [len(parts.edge) for _, parts in found])
    edge, start, end = (
        np.concatenate([getattr(parts, name) for _, parts in found]) for name in ("edge", "start", "end")
    )
    cut = stretches(ground.lines, edge, start=start, end=end)
    in_part, by = squares(cut.xy, cut.index, side_m=side)
    legs = np.concatenate([straight_legs(standing, slice(place, place + 1), limit) for limit in minutes])
    of_legs, leg_of = squares(legs.reshape(-1, 2), np.repeat(np.arange(len(minutes)), 2), side_m=side)
    last = ground.square[found[-1][0][ground.line]]
    grid = grid_of(np.concatenate([last, in_part, of_legs]), side_m=side)
    corners = np.stack([grid.blank() for _ in minutes])
    for at, (whole, _) in enumerate(found):
        fresh = whole
        if at:
            corners[at] = corners[at - 1]
            fresh = whole & ~found[at - 1][0]
        for square in (ground.square[fresh[ground.line]], in_part[when[by] == at], of_legs[leg_of == at]):
            grid.mark(corners[at], square)
    return grid, corners
