"""Lines become rings: those that close, those that nearly close, and those that close together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gisplan.core.errors import InputError, Problem
from gisplan.core.words import Text

CLOSE_M = 1.0
"""Ends no further apart than this are one point: a slip of the pen, and far below the width of a road."""

SHORT = 10.0
"""A line shorter than so many of its gaps is no ring."""

CORNERS = 3
CLOSED = 4
"""Points of the smallest ring, its first once more at the end."""

NAMED = 10
TWO = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """A ring as an area without holes, the position of the row that it belongs to, and of rows joined to it."""

    area: shapely.Polygon
    owner: int
    joined: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rings:
    """The rings of a file, how many lines there were, how many were closed and by how much [m].

    `again` are rows whose ring was drawn before, each with the row that drew it first; `strays` are rows of a
    line so short that its ends are one point.
    """

    rings: tuple[Ring, ...]
    lines: int
    closed: int
    widest: float
    again: tuple[tuple[int, int], ...]
    strays: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ends:
    """The ends of open lines: their places [2k, 2], the knot of each [2k], and where the knots lie [j, 2]."""

    places: NDArray[np.float64]
    knot: NDArray[np.int64]
    at: NDArray[np.float64]


def rings_of(
    geometry: NDArray[np.object_], lines: NDArray[np.int64], rows: NDArray[np.int64], *, file: str
) -> Rings:
    """Return the rings that lines make.

    Parameters
    ----------
    geometry
        Geometries in a plane CRS [n].
    lines
        Positions of those that are lines.
    rows
        Row numbers in the file [n].
    file
        What messages call the file.

    Raises
    ------
    InputError
        With the places of the gaps, if lines do not close; or if more than two meet in a point.
    """
    parts, owner = shapely.get_parts(geometry[lines], return_index=True)
    owner = lines[owner]
    gaps = shapely.distance(shapely.get_point(parts, 0), shapely.get_point(parts, -1))
    corners = shapely.get_num_coordinates(parts) >= np.where(gaps == 0, CLOSED, CORNERS)
    near = gaps <= CLOSE_M
    whole = corners & near & (shapely.length(parts) > SHORT * gaps)
    rings = [Ring(area=_area(parts[i]), owner=int(owner[i])) for i in np.flatnonzero(whole)]
    open_parts = np.flatnonzero(~near)
    joined, moved = _joined(parts[open_parts], owner[open_parts], rows, file)
    once, again = _once([*rings, *joined])
    nearly = gaps[whole & (gaps > 0)]
    return Rings(
        rings=once,
        lines=len(lines),
        closed=len(nearly),
        widest=max(float(nearly.max(initial=0)), moved),
        again=again,
        strays=tuple(sorted({int(row) for row in owner[near & ~whole]})),
    )


def _area(line: shapely.Geometry) -> shapely.Polygon:
    points = shapely.get_coordinates(line)
    # The last point is the first: a gap within the tolerance is closed by an edge of its own.
    closed = points if (points[0] == points[-1]).all() else np.vstack([points, points[:1]])
    # There and back again: an area of nothing, which is refused as such.
    return shapely.Polygon(np.vstack([closed, *[closed[-1:]] * (CLOSED - len(closed))]))


def _once(rings: Sequence[Ring]) -> tuple[tuple[Ring, ...], tuple[tuple[int, int], ...]]:
    """Return every ring once, and the rows that drew one again; two of one place would cancel each other."""
    seen: dict[bytes, Ring] = {}
    again: list[tuple[int, int]] = []
    for ring in rings:
        key = shapely.to_wkb(shapely.normalize(ring.area))
        first = seen.setdefault(key, ring)
        if first is not ring:
            again.append((ring.owner, first.owner))
    return tuple(seen.values()), tuple(again)


def _joined(
    parts: NDArray[np.object_], owner: NDArray[np.int64], rows: NDArray[np.int64], file: str
) -> tuple[list[Ring], float]:
    """Return the rings that several open lines make end to end, and the widest gap that was closed [m]."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(parts):
        return [], 0.0
    ends = _knots(parts)
    degree = np.bincount(ends.knot)
    if (degree != TWO).any():
        raise InputError(_open(parts, ends, degree, rows[owner], file))
    count = len(parts)
    pairs = (np.ones(count), (ends.knot[:count], ends.knot[count:]))
    chain = connected_components(coo_array(pairs, shape=(len(degree), len(degree))), directed=False)[1]
    of_part = chain[ends.knot[:count]]
    moved = float(np.hypot(*(ends.places - ends.at[ends.knot]).T).max())
    rings = []
    for number in np.unique(of_part):
        members = np.flatnonzero(of_part == number)
        tied = [_tied(parts[i], ends.at[ends.knot[i]], ends.at[ends.knot[count + i]]) for i in members]
        line = shapely.line_merge(shapely.multilinestrings(tied)) if len(tied) > 1 else tied[0]
        # The longest line gives the attributes: a rule that does not follow the order of the rows.
        first = max(members, key=lambda i: (shapely.length(parts[i]), shapely.to_wkb(parts[i])))
        others = sorted({int(owner[i]) for i in members} - {int(owner[first])})
        rings.append(Ring(area=_area(line), owner=int(owner[first]), joined=tuple(others)))
    return rings, moved


def _tied(
    line: shapely.Geometry, first: NDArray[np.float64], last: NDArray[np.float64]
) -> shapely.LineString:
    points = shapely.get_coordinates(line)
    points[0], points[-1] = first, last
    return shapely.LineString(points)


def _knots(parts: NDArray[np.object_]) -> _Ends:
    """Return the ends of lines with those that lie together as one knot, at the first of them in order of place."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import KDTree

    places = shapely.get_coordinates(
        np.concatenate([shapely.get_point(parts, 0), shapely.get_point(parts, -1)])
    )
    close = KDTree(places).query_pairs(CLOSE_M, output_type="ndarray")
    pairs = (np.ones(len(close)), (close[:, 0], close[:, 1]))
    knot = connected_components(coo_array(pairs, shape=(len(places), len(places))), directed=False)[1]
    order = np.lexsort((places[:, 1], places[:, 0], knot))
    first = np.concatenate(([True], knot[order][1:] != knot[order][:-1]))
    return _Ends(places=places, knot=knot.astype("int64"), at=places[order][first])


def _open(
    parts: NDArray[np.object_], ends: _Ends, degree: NDArray[np.int64], rows: NDArray[np.int64], file: str
) -> Problem:
    """Return the problem that names where lines end in nothing or branch, the widest gaps first."""
    from scipy.spatial import KDTree

    _, cuts, dangles, _ = shapely.polygonize_full(
        [
            _tied(parts[i], ends.at[ends.knot[i]], ends.at[ends.knot[len(parts) + i]])
            for i in range(len(parts))
        ]
    )
    tree = KDTree(ends.at)
    near = np.asarray(tree.query(ends.at, k=[2])[0])[:, 0]
    row_of = np.concatenate([rows, rows])
    named = []
    for knot in np.flatnonzero(degree != TWO):
        row, (east, north) = int(row_of[np.flatnonzero(ends.knot == knot)].min()), ends.at[knot]
        named.append((float(near[knot]) if degree[knot] == 1 else 0.0, row, east, north, int(degree[knot])))
    named.sort(reverse=True)
    values = {
        "lines": len(parts),
        "ends": int((degree == 1).sum()),
        "branches": int((degree > TWO).sum()),
        "dangles": shapely.get_num_geometries(dangles) + shapely.get_num_geometries(cuts),
        "places": [_spot(*one) for one in named[:NAMED]],
        "tolerance": f"{CLOSE_M:g}",
    }
    return Problem(code="geom.lines_open", place=file, values=values)


def _spot(gap: float, row: int, east: float, north: float, degree: int) -> Text:
    where = f"({east:.1f}, {north:.1f})"
    if degree > TWO:
        return Text(ja=f"{row}番 {where} 分岐{degree}本", en=f"no. {row} {where} {degree} lines meet")
    away = f"{gap:,.1f} m" if np.isfinite(gap) else "—"
    return Text(ja=f"{row}番 {where} すき間 {away}", en=f"no. {row} {where} gap {away}")
