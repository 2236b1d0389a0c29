"""Edges of a network from the corners of its roads, as arrays: no line is drawn before it is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gisplan.core.units import whole_ticks
from gisplan.network.build import NARROW_M, components, empty, piece_doubts
from gisplan.network.store import packed_network
from gisplan.sources.pbf_numbers import spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.core.tables import Doubt
    from gisplan.network.rows import Rows

MEETING = 2
"""Ways, or ends of one, that make a node of the network of a node of OpenStreetMap."""


def begins_of(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return where something begins that is not what stands before it [n]."""
    found = np.ones(len(values), dtype=bool)
    found[1:] = values[1:] != values[:-1]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Corners:
    """The corners of roads in order: row of each, whether it begins a run, its node among those of the ways [v].

    A run is a stretch of a way whose nodes are all in the file. `place` is where the nodes of the ways are [n, 2; m].
    """

    row: NDArray[np.int64]
    begins: NDArray[np.bool_]
    spot: NDArray[np.int64]
    place: NDArray[np.float64]

    def some(self, which: NDArray[np.bool_]) -> Corners:
        """Return the corners of some whole roads."""
        return Corners(
            row=self.row[which], begins=self.begins[which], spot=self.spot[which], place=self.place
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkArrays:
    """A network as `store.packed_network` gives it, its nodes' places among the nodes of the ways [n], and doubts."""

    arrays: dict[str, NDArray[Any]]
    spot: NDArray[np.int64]
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edges:
    """Edges [m]: row of the road table, nodes at both ends, where their corners start, and how many they have.

    `vertex` are the nodes of the ways at their corners, one edge after the other.
    """

    row: NDArray[np.int64]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    start: NDArray[np.int64]
    size: NDArray[np.int64]
    vertex: NDArray[np.int64]


def network_arrays(corners: Corners, rows: Rows) -> NetworkArrays:
    """Return the network of some roads, nodes and edges in the order in which `build` has them.

    Parameters
    ----------
    corners
        The corners of the roads that may be passed.
    rows
        What the road table says.
    """
    if not len(corners.spot):
        return NetworkArrays(arrays=dict(packed_network(empty()).arrays), spot=np.empty(0, dtype=np.int64))
    cut = _cut(corners)
    spot, number = _nodes(cut, corners.place)
    edges, back = _from_lower(cut, number, corners.place)
    length = _lengths(edges, corners.place)
    direction = np.where(back, -1, 1) * rows.direction[edges.row]
    order = _order(edges, length, direction, rows, corners.place)
    row, length, direction, size = edges.row[order], length[order], direction[order], edges.size[order]
    tail, head = edges.tail[order].astype(np.int32), edges.head[order].astype(np.int32)
    minutes = whole_ticks(length * rows.pace[row])
    arrays = {
        "x": corners.place[spot, 0],
        "y": corners.place[spot, 1],
        "tail": tail,
        "head": head,
        "length": length,
        "forward": np.where(direction >= 0, minutes, np.inf),
        "backward": np.where(direction <= 0, minutes, np.inf),
        "road": row.astype(np.int32),
        "road_class": rows.road_class[row],
        "narrow": np.nan_to_num(rows.width[row], nan=np.inf) < NARROW_M,
        "component": components(edges.tail, edges.head, len(spot)),
        "line_xy": corners.place[edges.vertex[spread(edges.start[order], size)]],
        "line_size": size.astype(np.int32),
        "line_of_part": np.arange(len(order)),
    }
    if rows.shut.any():
        arrays["shut"] = rows.shut[row]
    return NetworkArrays(
        arrays=arrays, spot=spot, doubts=tuple(piece_doubts(arrays["component"], tail, length))
    )


def _cut(corners: Corners) -> _Edges:
    """Return the edges between the nodes of the ways where ways meet or end; those nodes are tails and heads."""
    first, last = corners.begins, np.append(corners.begins[1:], True)
    meets = np.bincount(corners.spot)[corners.spot] >= MEETING
    # A corner where an edge ends and the next begins belongs to both.
    both = meets & ~first & ~last
    corner = np.repeat(np.arange(len(both)), 1 + both)
    begins = first[corner]
    begins[1:] |= corner[1:] == corner[:-1]
    # The first of two is the end of an edge, the second the beginning of the next.
    start = np.flatnonzero(begins)
    size = np.diff(np.append(start, len(corner)))
    vertex = corners.spot[corner]
    return _Edges(
        row=corners.row[corner[start]],
        tail=vertex[start],
        head=vertex[start + size - 1],
        start=start,
        size=size,
        vertex=vertex,
    )


def _nodes(edges: _Edges, place: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the ends of edges in the order of their coordinates, and the number of each node of the ways."""
    used = np.zeros(len(place), dtype=bool)
    used[edges.tail] = used[edges.head] = True
    spot = np.flatnonzero(used)
    spot = spot[np.lexsort((place[spot, 1], place[spot, 0]))]
    number = np.empty(len(place), dtype=np.int64)
    number[spot] = np.arange(len(spot))
    return spot, number


def _from_lower(
    edges: _Edges, number: NDArray[np.int64], place: NDArray[np.float64]
) -> tuple[_Edges, NDArray[np.bool_]]:
    """Return each edge from its lower node, a ring towards the lower of its first neighbours, and which were turned."""
    tail, head, start, size = number[edges.tail], number[edges.head], edges.start, edges.size
    back = tail > head
    rings = np.flatnonzero(tail == head)
    one = place[edges.vertex[start[rings] + 1]]
    two = place[edges.vertex[start[rings] + size[rings] - 2]]
    back[rings] = (one[:, 0] > two[:, 0]) | ((one[:, 0] == two[:, 0]) & (one[:, 1] > two[:, 1]))
    at = np.arange(len(edges.vertex))
    turned = np.repeat(back, size)
    at[turned] = np.repeat((2 * start + size - 1)[back], size[back]) - at[turned]
    return _Edges(
        row=edges.row,
        tail=np.where(back, head, tail),
        head=np.where(back, tail, head),
        start=start,
        size=size,
        vertex=edges.vertex[at],
    ), back


def _lengths(edges: _Edges, place: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the lengths of edges [m], summed corner by corner as GEOS does."""
    x, y = place[edges.vertex].T
    step_x, step_y = x[1:] - x[:-1], y[1:] - y[:-1]
    step = np.zeros(len(x))
    np.sqrt(step_x * step_x + step_y * step_y, out=step[1:])
    step[edges.start] = 0.0
    owner = np.repeat(np.arange(len(edges.size)), edges.size)
    return np.bincount(owner, weights=step, minlength=len(edges.size)).astype(np.float64, copy=False)


def _order(
    edges: _Edges,
    length: NDArray[np.float64],
    direction: NDArray[np.int8],
    rows: Rows,
    place: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Return the order of edges: by nodes and length, then by place, class, direction and road."""
    order = np.lexsort((length, edges.head, edges.tail))
    tail, head, size = edges.tail[order], edges.head[order], length[order]
    same = (tail[1:] == tail[:-1]) & (head[1:] == head[:-1]) & (size[1:] == size[:-1])
    if not same.any():
        return order
    twins = np.zeros(len(order), dtype=bool)
    twins[1:] |= same
    twins[:-1] |= same
    middle = np.zeros((2, len(order)))
    for edge in order[twins].tolist():
        line = shapely.linestrings(
            place[edges.vertex[edges.start[edge] : edges.start[edge] + edges.size[edge]]]
        )
        middle[:, edge] = shapely.get_coordinates(shapely.line_interpolate_point(line, 0.5, normalized=True))[
            0
        ]
    return np.lexsort(
        (
            rows.rank[edges.row], direction, rows.road_class[edges.row], middle[1], middle[0], length,
            edges.head, edges.tail,
        )
    )  # fmt: skip
