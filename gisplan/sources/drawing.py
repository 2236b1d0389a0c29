"""From positions to flat geometries: rings closed, curves joined, arcs made straight, parts put together."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Positions = NDArray[np.float64]
STEP = 1.0
"""Degrees of an arc that become one straight piece."""

STEP_ERROR = 1 - math.cos(math.radians(STEP / 2))
"""By how much of its radius the piece is off."""

SMALLEST_RING = 4
UPRIGHT = 1e-9
"""A face with a smaller area, for the square of its length, stands upright and covers nothing."""


class UnreadableShapeError(ValueError):
    """A geometry that cannot be read; its text is what stands there."""


def shown(positions: Positions) -> str:
    """Return positions as a message shows them."""
    return " ".join(f"{value:g}" for value in positions.ravel()[:6]) or "—"


def closed_ring(positions: Positions) -> tuple[Positions, bool]:
    """Return a ring whose last position is its first, and whether that had to be put in.

    Raises
    ------
    UnreadableShapeError
        If it has too few positions for a ring.
    """
    is_open = len(positions) > 1 and not np.array_equal(positions[0], positions[-1])
    ring = np.concatenate([positions, positions[:1]]) if is_open else positions
    if len(ring) < SMALLEST_RING:
        raise UnreadableShapeError(shown(ring))
    return ring, is_open


def line(positions: Positions) -> shapely.LineString:
    """Return a line.

    Raises
    ------
    UnreadableShapeError
        If it has no two ends.
    """
    if len(positions) < 2:  # noqa: PLR2004 (a line has two ends)
        raise UnreadableShapeError(shown(positions))
    return shapely.LineString(positions)


def chained(pieces: list[Positions]) -> Positions:
    """Return one line of several that follow one another; unordered ones are put in order where they meet.

    Raises
    ------
    UnreadableShapeError
        If they do not meet in one line.
    """
    pieces = [piece for piece in pieces if len(piece)]
    if not pieces:
        return np.empty((0, 2))
    if all(np.array_equal(a[-1], b[0]) for a, b in itertools.pairwise(pieces)):
        return np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])
    merged = shapely.line_merge(shapely.MultiLineString([line(piece) for piece in pieces]))
    if merged.geom_type != "LineString":
        raise UnreadableShapeError("≠ " + shown(pieces[1][0]))
    return shapely.get_coordinates(merged)


def arcs(positions: Positions, *, circle: bool) -> Positions:
    """Return arcs through every second position as short straight pieces.

    Parameters
    ----------
    positions
        Start, a position on the way, end, again a position on the way, end … [n, 2].
    circle
        Whether three positions stand for the whole circle.

    Raises
    ------
    UnreadableShapeError
        If they are not as many as arcs need.
    """
    if len(positions) < 3 or len(positions) % 2 == 0:  # noqa: PLR2004 (an arc has three positions)
        raise UnreadableShapeError(shown(positions))
    triples = [positions[i : i + 3] for i in range(0, len(positions) - 2, 2)]
    return chained([_arc(*triple, circle=circle) for triple in triples])


def _arc(start: Positions, middle: Positions, end: Positions, *, circle: bool) -> Positions:
    if np.array_equal(start, end):  # a whole circle, whose middle lies opposite
        centre = (start + middle) / 2
        first, sweep = _angle(start - centre), 2 * math.pi
        end = start
    else:
        a, b = middle - start, end - start
        cross = 2 * (a[0] * b[1] - a[1] * b[0])
        if abs(cross) < 1e-12 * max(1e-300, float(a @ a + b @ b)):
            return np.array([start, middle, end])
        u, v = float(a @ a), float(b @ b)
        centre = start + np.array([b[1] * u - a[1] * v, a[0] * v - b[0] * u]) / cross
        first = _angle(start - centre)
        sweep = (_angle(end - centre) - first) % (2 * math.pi)
        sweep -= 2 * math.pi if cross < 0 else 0
        if circle:
            sweep, end = math.copysign(2 * math.pi, sweep), start
    count = max(2, math.ceil(abs(math.degrees(sweep)) / STEP))
    angles = first + sweep * np.arange(1, count) / count
    radius = float(np.hypot(*(start - centre)))
    between = centre + radius * np.column_stack([np.cos(angles), np.sin(angles)])
    return np.concatenate([start[None, :], between, end[None, :]])


def _angle(vector: Positions) -> float:
    return math.atan2(vector[1], vector[0])


def patched(parts: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """Return the patches of one surface as one area, where they are sound."""
    if len(parts) < 2 or not all(part.is_valid for part in parts):  # noqa: PLR2004 (one patch is the surface)
        return list(parts)
    return list(shapely.get_parts(shapely.union_all(list(parts))).tolist())


def ground(parts: Sequence[BaseGeometry]) -> BaseGeometry | None:
    """Return what the faces of a body cover on the ground; what is not sound is left for who mends shapes."""
    faces = [part for part in parts if part.area > UPRIGHT * part.length**2]
    return joined(patched(faces) if faces else parts)


def joined(parts: Sequence[BaseGeometry]) -> BaseGeometry | None:
    """Return parts as one geometry: the part itself, many of one kind, or a mixture; None for no part."""
    if len(parts) < 2:  # noqa: PLR2004 (one part is the geometry)
        return parts[0] if parts else None
    return many(parts)


def many(parts: Sequence[BaseGeometry]) -> BaseGeometry:
    """Return parts as a geometry of many, even where there is only one."""
    kinds = {part.geom_type for part in parts}
    of_kind: Mapping[str, Callable[..., BaseGeometry]] = {
        "Point": shapely.MultiPoint,
        "LineString": shapely.MultiLineString,
        "Polygon": shapely.MultiPolygon,
    }
    make = of_kind.get(next(iter(kinds))) if len(kinds) == 1 else None
    return (make or shapely.GeometryCollection)(list(parts))
