"""Where a layer lies: projected into the plan's CRS, and laid against the municipality feature by feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from gisplan.core.words import Text

MARGIN_M = 100.0
"""Boundaries are digitised at different scales; a bridge or a quay may reach over the line, so it is widened."""

NAMED = 10
"""Rows that a finding names; it counts the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """The municipality a plan is for, in the plan's CRS: its name, its area widened by a margin, and its outline."""

    name: str
    area: shapely.Geometry
    outline: shapely.Geometry


@lru_cache(maxsize=256)
def transformer(source: int, target: int) -> Transformer:
    """Return the way from one CRS to another, east before north on both sides."""
    return Transformer.from_crs(CRS.from_epsg(source), CRS.from_epsg(target), always_xy=True)


def project(geometry: NDArray[np.object_], *, source: int, target: int) -> NDArray[np.object_]:
    """Return geometries in another CRS; coordinates that cannot be projected become infinite.

    Parameters
    ----------
    geometry
        Geometries [n], east before north.
    source, target
        EPSG codes.
    """
    if source == target:
        return geometry
    way = transformer(source, target)

    def move(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(way.transform(points[:, 0], points[:, 1]))

    return np.asarray(shapely.transform(geometry, move), dtype=object)


def exchanged(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return geometries with their two axes exchanged [n]."""
    return np.asarray(shapely.transform(geometry, lambda points: points[:, ::-1]), dtype=object)


def usable(geometry: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return which geometries hold something, and only coordinates that are numbers [n]."""
    points, owner = shapely.get_coordinates(geometry, return_index=True)
    wrong = ~np.isfinite(points).all(axis=1)
    broken = np.bincount(owner[wrong], minlength=len(geometry)) > 0
    return np.asarray(~(shapely.is_missing(geometry) | shapely.is_empty(geometry) | broken), dtype=bool)


def inside_of(geometry: NDArray[np.object_], area: shapely.Geometry) -> NDArray[np.bool_]:
    """Return which features meet the municipality [n]; one that holds the whole of it does.

    Parameters
    ----------
    geometry
        Usable geometries in the plan's CRS [n].
    area
        The municipality with its margin, in the same CRS.
    """
    points, owner = shapely.get_coordinates(geometry, return_index=True)
    inside = np.zeros(len(geometry), dtype=bool)
    if not len(points):
        return inside
    # One vertex decides for most features; only the others are laid over the area.
    leads = np.concatenate(([True], owner[1:] != owner[:-1]))
    first = points[leads]
    inside[owner[leads]] = shapely.contains_xy(area, first[:, 0], first[:, 1])
    rest = np.flatnonzero(~inside)
    inside[rest] = shapely.intersects(area, geometry[rest])
    return inside


def furthest(
    geometry: NDArray[np.object_], names: Sequence[Text], area: shapely.Geometry
) -> tuple[Text, ...]:
    """Return the rows that lie furthest from the municipality, each with its distance.

    Parameters
    ----------
    geometry
        Usable geometries outside the municipality, in the plan's CRS [n].
    names
        What the rows are called [n].
    area
        The municipality with its margin.
    """
    west, south, east, north = shapely.bounds(area)
    left, low, right, high = shapely.bounds(geometry).T
    across = np.maximum(np.maximum(west - right, left - east), 0)
    along = np.maximum(np.maximum(south - high, low - north), 0)
    # By their frames first: the distance to a long boundary is costly, and only a few rows are named.
    order = np.lexsort(([name.ja for name in names], -np.hypot(across, along)))[:NAMED]
    named = [(-float(shapely.distance(geometry[i], area)), names[i]) for i in order.tolist()]
    return tuple(_apart(name, -less) for less, name in sorted(named, key=lambda one: (one[0], one[1].ja)))


def _apart(name: Text, metres: float) -> Text:
    away = kilometres(metres)
    return Text(ja=f"{name.ja}（{away}）", en=f"{name.en} ({away})")


def kilometres(metres: float) -> str:
    """Return a distance as a person says it: metres when near, whole kilometres when far."""
    if not np.isfinite(metres):
        return "— km"
    if metres < 1_000:  # noqa: PLR2004 (a kilometre)
        return f"{metres:,.0f} m"
    return f"{metres / 1_000:,.1f} km" if metres < 100_000 else f"{metres / 1_000:,.0f} km"  # noqa: PLR2004 (of 100 km)
