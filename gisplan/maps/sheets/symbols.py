"""The marks of points on paper, the same as on the screen: house, diamond, pin with a star, board with letters."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.path import Path

    from gisplan.maps.words import Symbol

HOUSE = ((0, 1.25), (1.2, 0.15), (0.85, 0.15), (0.85, -1), (-0.85, -1), (-0.85, 0.15), (-1.2, 0.15))
DIAMOND = ((0, 1.2), (1.2, 0), (0, -1.2), (-1.2, 0))
SQUARE = ((-0.95, -0.95), (0.95, -0.95), (0.95, 0.95), (-0.95, 0.95))
TRIANGLE = ((0, 1.2), (1.15, -0.9), (-1.15, -0.9))
BOARD = ((-1.5, -1.0), (1.5, -1.0), (1.5, 1.0), (-1.5, 1.0))
OUTLINES: Mapping[Symbol, tuple[tuple[float, float], ...]] = {
    "house": HOUSE, "site": DIAMOND, "square": SQUARE, "triangle": TRIANGLE, "interchange": BOARD,
}  # fmt: skip
"""Corners around the place of a mark of radius 1, as the page draws them."""

STAR_POINTS, INNER = 5, 0.46


@lru_cache(maxsize=64)
def mark(symbol: Symbol, radius: float) -> Path:
    """Return a mark around its place; a pin stands on it with its tip.

    Parameters
    ----------
    symbol
        Its name.
    radius
        Its radius [mm].
    """
    from matplotlib.path import Path

    if symbol == "hub":
        return _pin(radius)
    if symbol == "chosen":
        return _closed(_star(1.25) * radius)
    if symbol in OUTLINES:
        return _closed(np.array(OUTLINES[symbol], dtype="float64") * radius)
    circle = Path.unit_circle()
    return Path(np.asarray(circle.vertices) * radius, circle.codes)


@lru_cache(maxsize=16)
def star_in_pin(radius: float) -> Path:
    """Return the white star in the head of a pin."""
    return _closed(_star(0.62) * radius + (0.0, PIN_HEAD * radius))


PIN_HEAD = 1.62
"""How far the middle of a pin's head stands above its tip, by its radius."""


def _closed(corners: np.ndarray) -> Path:
    from matplotlib.path import Path

    codes = [Path.MOVETO, *[Path.LINETO] * (len(corners) - 1), Path.CLOSEPOLY]
    return Path(np.concatenate([corners, corners[:1]]), codes)


def _star(outer: float) -> np.ndarray:
    turns = np.arange(2 * STAR_POINTS) * np.pi / STAR_POINTS
    reach = np.where(np.arange(2 * STAR_POINTS) % 2 == 0, outer, outer * INNER)
    return np.stack([np.sin(turns) * reach, np.cos(turns) * reach], axis=1)


def _pin(radius: float) -> Path:
    """Return a drop: a circle around its head, and two straight sides down to the tip."""
    from matplotlib.path import Path

    # Where the tangents from the tip touch the head.
    touch = np.degrees(np.arcsin(1.0 / PIN_HEAD))
    head = Path.arc(-touch, 180.0 + touch)
    places = np.asarray(head.vertices) * radius + (0.0, PIN_HEAD * radius)
    vertices = np.concatenate([places, [[0.0, 0.0], [0.0, 0.0]]])
    return Path(vertices, [*np.asarray(head.codes), Path.LINETO, Path.CLOSEPOLY])
