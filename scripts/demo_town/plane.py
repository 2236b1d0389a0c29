"""The plane on which the town is drawn.

A place is (s, t): s metres along the coast from the south-west, t metres inland. All designs are drawn there
with straight sides and level curves; `place` then bends and turns them into metres of
平面直角座標系 第VIII系. So a border that follows a road keeps following it, and nothing looks ruled.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

Floats = NDArray[np.float64]

CRS = 6676
DEGREES = 6668
STEP = 20.0
"""Curves are straight between multiples of this [m]: two shapes along one curve share their points."""

ORIGIN = (-800.0, -137_000.0)
"""The place s = t = 0 [m in zone VIII]: the open water of a bay, 15 km and more from any shore."""

SEA = -400.0
"""Below this t lies the islet only [m]."""

TURN = np.radians(17.0)
SEED = 22_999


@lru_cache(maxsize=1)
def design() -> Mapping[str, Any]:
    """Return the design of the town, `town.toml`."""
    return tomllib.loads(Path(__file__).with_name("town.toml").read_text("utf-8"))


def dice(*, theme: int) -> np.random.Generator:
    """Return the random numbers of one theme, so that a change of one leaves the others as they are."""
    return np.random.default_rng([SEED, theme])


def curve(name: str, at: Floats) -> Floats:
    """Return a named curve.

    Parameters
    ----------
    name
        A curve of `town.toml`, with an offset where wanted: `coast`, `rail+25`, `middle-70`, or a number.
    at
        Where to read it [m]: s for all curves but the river, whose s is read at t.

    Returns
    -------
    Floats
        The other coordinate [m], straight between multiples of `STEP`.
    """
    base, offset = _split(name)
    if not base:
        return np.full_like(np.asarray(at, dtype=np.float64), offset)
    lattice, values = _sampled(base)
    return np.interp(at, lattice, values) + offset


def _split(name: str) -> tuple[str, float]:
    base = name.rstrip("0123456789.").rstrip("+-")
    rest = name[len(base) :]
    return base, float(rest) if rest else 0.0


@lru_cache(maxsize=32)
def _sampled(base: str) -> tuple[Floats, Floats]:
    from scipy.interpolate import PchipInterpolator

    points = np.asarray(design()["curves"][base], dtype=np.float64)
    lattice = np.arange(points[0, 0], points[-1, 0] + STEP / 2, STEP)
    return lattice, np.asarray(PchipInterpolator(points[:, 0], points[:, 1])(lattice))


def lattice(start: float, stop: float) -> Floats:
    """Return start, stop and the multiples of `STEP` between them, rising or falling."""
    low, high = min(start, stop), max(start, stop)
    inner = np.arange(np.floor(low / STEP) * STEP + STEP, high, STEP)
    points = np.unique(np.concatenate([[low], inner, [high]]))
    return points if start <= stop else points[::-1]


def corner(side: float | str, edge: str) -> tuple[float, float]:
    """Return where a side (a number, or `river`) meets an edge (a curve of s)."""
    if not isinstance(side, str):
        return float(side), float(curve(edge, np.asarray([side]))[0])
    t = 1000.0
    for _ in range(40):
        t = float(curve(edge, curve(side, np.asarray([t])))[0])
    return float(curve(side, np.asarray([t]))[0]), t


def band(left: float | str, right: float | str, lower: str, upper: str) -> shapely.Polygon:
    """Return the shape between two sides and two edges, on the drawing plane (s, t)."""
    corners = [corner(left, lower), corner(right, lower), corner(right, upper), corner(left, upper)]
    bottom = lattice(corners[0][0], corners[1][0])
    top = lattice(corners[2][0], corners[3][0])
    rise, fall = lattice(corners[1][1], corners[2][1]), lattice(corners[3][1], corners[0][1])
    ring = [
        np.column_stack([bottom, curve(lower, bottom)]),
        np.column_stack([_side(right, rise), rise]),
        np.column_stack([top, curve(upper, top)]),
        np.column_stack([_side(left, fall), fall]),
    ]
    return shapely.Polygon(np.vstack(ring))


def _side(side: float | str, t: Floats) -> Floats:
    return curve(side, t) if isinstance(side, str) else np.full_like(t, float(side))


def _bend(st: Floats) -> Floats:
    s, t = st[:, 0], st[:, 1]
    along = 95 * np.sin(t / 610 + 0.7) * np.cos(s / 1450) + 24 * np.sin(t / 190 + s / 330)
    inland = 105 * np.sin(s / 820 + 0.4) * np.cos(t / 1900) + 26 * np.sin(s / 210 - t / 370)
    return np.column_stack([along, inland])


def place(st: Floats) -> Floats:
    """Return where places of the drawing plane lie [n×2, m in zone VIII, rounded to 0.01 m]."""
    s, t = (st + _bend(st)).T
    cos, sin = np.cos(TURN), np.sin(TURN)
    east, north = ORIGIN[0] + s * cos - t * sin, ORIGIN[1] + s * sin + t * cos
    return np.round(np.column_stack([east, north]), 2) + 0.0


def unplace(xy: Floats) -> Floats:
    """Return the drawing plane's (s, t) of places in zone VIII; the inverse of `place` to a millimetre."""
    cos, sin = np.cos(TURN), np.sin(TURN)
    east, north = xy[:, 0] - ORIGIN[0], xy[:, 1] - ORIGIN[1]
    turned = np.column_stack([east * cos + north * sin, -east * sin + north * cos])
    st = turned
    for _ in range(25):
        st = turned - _bend(st)
    return np.asarray(st)


def bend_shape(shape: shapely.Geometry, *, step: float = STEP) -> shapely.Geometry:
    """Return a shape of the drawing plane as it lies in zone VIII, with a vertex every `step` metres."""
    return shapely.transform(shapely.segmentize(shape, step), place)


def bend_line(points: Floats, *, step: float = 30.0) -> shapely.LineString:
    """Return a line of the drawing plane as it lies in zone VIII."""
    return shapely.LineString(
        place(shapely.get_coordinates(shapely.segmentize(shapely.LineString(points), step)))
    )


def degrees(xy: Floats, *, digits: int = 7) -> Floats:
    """Return longitude and latitude of places in zone VIII [n×2, JGD2011]."""
    turn = Transformer.from_crs(CRS, DEGREES, always_xy=True)
    return np.round(np.column_stack(turn.transform(xy[:, 0], xy[:, 1])), digits)
