"""Areas drawn around the squares of a grid: nested exactly, with corners cut, and their small holes filled.

The drawing is made of whole numbers: of the corners of squares that belong to it. So more corners never give less
area, whatever the shapes, and no rounding makes a sliver.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDES = np.array([(0, 1), (1, 0), (2, 1), (1, 2)])
"""Middles of the left, lower, right and upper side of a square, in half sides from its lower left corner."""

TURNS = np.array(
    [(-1, -1), (1, 0), (2, 1), (2, 0), (0, 3), (1, 3), (0, 1), (2, 3),
     (3, 2), (1, 2), (3, 1), (3, 0), (0, 2), (1, 2), (0, 1), (-1, -1)]
)  # fmt: skip
"""The border in a square, from which side to which with the area on its left, by the corners that belong to the area.

Of the sixteen cases the corners lower left, lower right, upper left and upper right count 1, 2, 4 and 8.
"""

CROSSED = ((6, (2, 3)), (9, (3, 0)))
"""The second border in a square of which two opposite corners belong to the area: they are joined through it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A window of corners: `left` and `low` are the column and row of its first, `side_m` is between two [m]."""

    left: int
    low: int
    columns: int
    rows: int
    side_m: float

    def blank(self) -> NDArray[np.bool_]:
        """Return the window without any corner [rows, columns]."""
        return np.zeros((self.rows, self.columns), bool)

    def window(self, inner: Grid) -> tuple[slice, slice]:
        """Return where another window lies in this one, which must hold it."""
        row, column = inner.low - self.low, inner.left - self.left
        return slice(row, row + inner.rows), slice(column, column + inner.columns)

    def mark(self, corners: NDArray[np.bool_], square: NDArray[np.int64]) -> None:
        """Add the four corners of some squares to a window that is being made.

        Parameters
        ----------
        corners
            The window, in one piece of memory [rows, columns].
        square
            Column and row of each square [q, 2]; the window must hold them.
        """
        own = square - (self.left, self.low)
        first = own[:, 1] * self.columns + own[:, 0]
        flat = corners.reshape(-1)
        for step in (0, 1, self.columns, self.columns + 1):
            flat[first + step] = True


def grid_of(square: NDArray[np.int64], *, side_m: float, border: int = 1) -> Grid:
    """Return the window that holds some squares [q, 2] with an empty border of so many around them."""
    low, high = square.min(axis=0) - border, square.max(axis=0) + 2 + border
    columns, rows = (int(size) for size in high - low)
    return Grid(left=int(low[0]), low=int(low[1]), columns=columns, rows=rows, side_m=side_m)


def filled(corners: NDArray[np.bool_], roads: NDArray[np.bool_], *, most: int) -> NDArray[np.bool_]:
    """Return corners with the small holes in which no road runs.

    A hole that is filled stays filled, or is gone, when more corners are added: areas stay nested.

    Parameters
    ----------
    corners
        Corners that belong to an area, none at the border of the window [rows, columns].
    roads
        Corners of the squares that some road passes [rows, columns].
    most
        Corners of the largest hole that is filled.
    """
    from scipy.ndimage import label

    hole, count = label(~corners)
    size = np.bincount(hole.ravel(), minlength=count + 1)
    small = (size <= most) & (np.arange(count + 1) > 0)
    small[hole[0, 0]] = False  # all around the area
    small[np.unique(hole[roads & ~corners])] = False
    result: NDArray[np.bool_] = corners | small[hole]
    return result


def polygons(corners: NDArray[np.bool_], grid: Grid) -> shapely.Geometry:
    """Return the area of some corners: a polygon or multipolygon, empty where there are none.

    A square all of whose corners belong to the area does, too; of another, what is nearer to those that do. So the
    area ends half a side beyond its outermost corners, and its border turns by 45 or 90 degrees.

    Parameters
    ----------
    corners
        None at the border of the window [rows, columns].
    grid
        Where the window lies.
    """
    from scipy.ndimage import label

    high, wide = np.flatnonzero(corners.any(axis=1)), np.flatnonzero(corners.any(axis=0))
    if not len(high):
        return shapely.MultiPolygon()
    own = corners[high[0] - 1 : high[-1] + 2, wide[0] - 1 : wide[-1] + 2]
    part, _ = label(own, structure=np.ones((3, 3)))
    start, end, of_part = _border(own, part.astype(np.int64))
    place, ring, owner = _rings(start, end, of_part)
    row, column = np.divmod(place, 2 * own.shape[1] + 1)
    corner = np.column_stack([column, row])
    turns, area = _turns(corner, ring)
    left, low = 2 * (grid.left + wide[0] - 1), 2 * (grid.low + high[0] - 1)
    xy = (corner[turns] + (left, low)) * (grid.side_m / 2.0)
    rings = shapely.linearrings(xy, indices=ring[turns])
    # Each part has one outer border, which comes before those of its holes.
    order = np.lexsort((area < 0, owner))
    found = shapely.polygons(rings[order], indices=owner[order] - 1)
    whole: shapely.Geometry = found[0] if len(found) == 1 else shapely.multipolygons(found)
    return shapely.normalize(whole)


def _border(
    corners: NDArray[np.bool_], part: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return start and end of each step of the border as places on the grid of half sides, and its part."""
    case = corners[:-1, :-1] + 2 * corners[:-1, 1:] + 4 * corners[1:, :-1] + 8 * corners[1:, 1:]
    # All corners of a square are of one part, or of none (0): two opposite ones are joined.
    owner = np.maximum(np.maximum(part[:-1, :-1], part[:-1, 1:]), np.maximum(part[1:, :-1], part[1:, 1:]))
    here = np.flatnonzero((case > 0) & (case < TURNS.shape[0] - 1))
    turn, found = TURNS[case.ravel()[here]], owner.ravel()[here]
    for value, second in CROSSED:
        again = here[case.ravel()[here] == value]
        here, turn = np.append(here, again), np.concatenate([turn, np.tile(second, (len(again), 1))])
        found = np.append(found, owner.ravel()[again])
    row, column = np.divmod(here, case.shape[1])
    width = 2 * corners.shape[1] + 1
    start, end = (
        (2 * row + up) * width + 2 * column + right for right, up in (SIDES[turn[:, k]].T for k in (0, 1))
    )
    return start, end, found


def _rings(
    start: NDArray[np.int64], end: NDArray[np.int64], owner: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the places of the closed borders in order, the border of each place, and the part of each border.

    Every place has one step that arrives and one that leaves.
    """
    order = np.argsort(start)
    after = np.searchsorted(start[order], end[order]).tolist()
    seen = bytearray(len(after))
    steps: list[int] = []
    firsts: list[int] = []
    for first in range(len(after)):
        if seen[first]:
            continue
        firsts.append(len(steps))
        here = first
        while not seen[here]:
            seen[here] = 1
            steps.append(here)
            here = after[here]
    at = np.zeros(len(steps), dtype=np.int64)
    at[firsts[1:]] = 1
    return start[order][steps], np.cumsum(at), owner[order][steps][firsts]


def _turns(corner: NDArray[np.int64], ring: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return at which places a border turns, and twice the area of each border, negative where it runs clockwise."""
    first = np.flatnonzero(np.diff(ring, prepend=-1))
    last = np.append(first[1:], len(ring)) - 1
    after, before = np.arange(len(ring)) + 1, np.arange(len(ring)) - 1
    after[last], before[first] = first, last
    (x, y), (next_x, next_y), (old_x, old_y) = corner.T, corner[after].T, corner[before].T
    turns = (next_x - x) * (y - old_y) != (next_y - y) * (x - old_x)
    return turns, np.add.reduceat(x * next_y - next_x * y, first)
