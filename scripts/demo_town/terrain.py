"""The ground: height above the sea, and the elevation raster."""

from __future__ import annotations

import numpy as np
import shapely

from .plane import SEA, Floats, curve, unplace

CELL = 10.0
"""Side of a raster cell [m]."""

NODATA = -9999.0
TURNS = (0.3, 1.4, 2.2, 2.9)
"""Directions of the small roughness of the hills [radians]."""

ROUND = 4.0
"""Heights are whole quarters of a metre: exact in binary, so that the file compresses well."""


def _step(value: Floats, low: float, high: float) -> Floats:
    share = np.clip((value - low) / (high - low), 0.0, 1.0)
    return np.asarray(share * share * (3 - 2 * share))


def heights(st: Floats) -> Floats:
    """Return the height above the sea of places on the drawing plane [m]."""
    s, t = st[:, 0], st[:, 1]
    inland = t - curve("coast", s)
    plain = 1.2 + 0.0035 * np.clip(inland, 0, 2500) + 2.2 * np.exp(-(((inland - 130) / 90) ** 2))
    east = _step(s, 2450, 3000)
    terrace = east * (17 * _step(t, 1930, 2120) + 16 * _step(t, 2280, 2620))
    away = np.abs(s - curve("river", t))
    valley = 0.08 + 0.92 * _step(away, 60, 1000)
    rise = 395 * _step(t, 2300, 6500) ** 0.95
    islet = 46 * np.exp(-(((s - 860) / 120) ** 2) - ((t + 1060) / 80) ** 2)
    ground = plain + terrace + rise * _relief(s, t) * valley
    return np.asarray(np.where(t < SEA, 2.0 + islet, ground))


def _relief(s: Floats, t: Floats) -> Floats:
    """Return spurs and side valleys that run down to the plain, as a factor between 0.4 and 1.1."""
    bent = s + 140 * np.sin(t / 610 + s / 1700) + 45 * np.sin(t / 230 - s / 510)
    spurs = 1 - np.abs(np.sin(bent / 430 + 0.35 * np.sin(t / 880)))
    gullies = 1 - np.abs(np.sin(bent / 141 + t / 390 + 0.8 * np.sin(t / 270 + s / 350)))
    rough = sum(
        np.sin((s * np.cos(a) + t * np.sin(a)) / (60 / k) + 7 * a) / k for k, a in enumerate(TURNS, start=1)
    )
    return np.asarray(0.5 + 0.42 * spurs + 0.14 * gullies + 0.012 * rough)


def raster(land: shapely.Geometry) -> tuple[Floats, tuple[float, float]]:
    """Return the elevation of the municipality and the north-west corner of the raster.

    Parameters
    ----------
    land
        The municipality in zone VIII.

    Returns
    -------
    tuple
        Heights [rows × columns, m, `NODATA` outside] from north to south, and the corner (x, y) [m].
    """
    west, south, east, north = shapely.bounds(land)
    left, top = np.floor(west / CELL) * CELL, np.ceil(north / CELL) * CELL
    columns, rows = int(np.ceil((east - left) / CELL)), int(np.ceil((top - south) / CELL))
    x, y = np.meshgrid(left + CELL * (np.arange(columns) + 0.5), top - CELL * (np.arange(rows) + 0.5))
    places = np.column_stack([x.ravel(), y.ravel()])
    shapely.prepare(land)
    inside = shapely.contains_xy(land, places[:, 0], places[:, 1])
    values = np.full(len(places), NODATA)
    values[inside] = np.round(heights(unplace(places[inside])) * ROUND) / ROUND
    return values.reshape(rows, columns), (float(left), float(top))
