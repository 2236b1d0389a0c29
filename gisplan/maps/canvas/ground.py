"""The grid on which a page draws: Web Mercator in steps of one pixel of its deepest zoom.

References
----------
EPSG Guidance Note 7-2, method 1024 (Popular Visualisation Pseudo-Mercator).
G. M. Morton (1966), A Computer Oriented Geodetic Data Base and a New Technique in File Sequencing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gisplan.maps.canvas.numbers import Whole

DEEPEST = 28
"""The world is 2 ** 28 steps wide: a step is one pixel at zoom 20, 0.15 m at the equator, 0.12 m at 35° north."""

STEPS = 2**DEEPEST
FARTHEST_NORTH = 85.05
"""Degrees; the square world of web maps ends just north of it."""

_SPREAD = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)


def on_grid(degrees: NDArray[np.float64]) -> Whole:
    """Return places as steps from the north-west corner of the world.

    Parameters
    ----------
    degrees
        Longitude and latitude [n × 2, WGS 84 degrees].

    Returns
    -------
    Whole
        Steps to the east and to the south [n × 2, 0 to 2 ** 28]; a place moves by half a step at most along each axis.
    """
    latitude = np.radians(np.clip(degrees[:, 1], -FARTHEST_NORTH, FARTHEST_NORTH))
    east = degrees[:, 0] / 360 + 0.5
    south = 0.5 - np.arcsinh(np.tan(latitude)) / (2 * np.pi)
    grid: Whole = np.rint(np.column_stack([east, south]) * STEPS).astype(np.int64)
    return grid


def curve(x: Whole, y: Whole) -> Whole:
    """Return the place of each cell on Morton's curve, on which neighbours mostly stay neighbours [n].

    Parameters
    ----------
    x, y
        Columns and rows [n, 0 to 2 ** 31 - 1].
    """
    found: Whole = _spread(x) | (_spread(y) << 1)
    return found


def _spread(values: Whole) -> Whole:
    """Put a zero between all bits of each number."""
    for shift, mask in _SPREAD:
        values = (values | (values << shift)) & mask
    return values
