"""Points on the network: the nearest edge by projection, and edges split there so that times are exact."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gisplan.core.units import TICKS_PER_MINUTE
from gisplan.core.words import Network
from gisplan.network.cut import SAME_M, Pieces, lines_of, linestrings, pieces

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Snaps:
    """Points on edges, one entry a point: `edge` is -1 and `distance` NaN where no edge is near enough.

    `along` is the distance from the edge's start [m], `distance` that from the point to the road [m].
    """

    edge: NDArray[np.int64]
    along: NDArray[np.float64]
    distance: NDArray[np.float64]

    @property
    def found(self) -> NDArray[np.bool_]:
        """Which points lie within the limit of a road."""
        found: NDArray[np.bool_] = self.edge >= 0
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A network with points as nodes: `node` of each point, -1 where it has none."""

    network: Network
    node: NDArray[np.int64]


def snap(
    network: Network,
    points: NDArray[np.object_],
    *,
    limit_m: float,
    allowed: NDArray[np.bool_] | None = None,
) -> Snaps:
    """Return the nearest place on an edge for each point.

    Parameters
    ----------
    network
        Network of m edges.
    points
        Points [k], in the CRS of the network; an empty or missing one is not found.
    limit_m
        Greatest distance between a point and the road, inclusive [m].
    allowed
        Edges a point may be put on [m]; all where left out. An edge closed both ways is one only where
        a scenario closes it.
    """
    able = np.isfinite(network.forward) | np.isfinite(network.backward)
    if network.shut is not None:
        able |= network.shut
    edges = np.flatnonzero(able if allowed is None else able & allowed)
    edge = np.full(len(points), -1, dtype=np.int64)
    if len(edges) and len(points):
        lines = network.geometry[edges]
        pair, apart = shapely.STRtree(lines).query_nearest(
            points, max_distance=max(limit_m, SAME_M) * (1 + 1e-12) + SAME_M, return_distance=True
        )
        # Equally near edges (at a node) are told apart by their order, not by that of the index.
        order = np.lexsort((pair[1], apart, pair[0]))
        first, place = np.unique(pair[0][order], return_index=True)
        edge[first] = edges[pair[1][order][place]]
    found = edge >= 0
    along, distance = np.full((2, len(points)), np.nan)
    along[found] = shapely.line_locate_point(network.geometry[edge[found]], points[found])
    distance[found] = shapely.distance(network.geometry[edge[found]], points[found])
    return Snaps(edge=edge, along=along, distance=distance)


def either(first: Snaps, second: Snaps) -> Snaps:
    """Return the first answer where there is one, else the second."""
    one = first.found
    return Snaps(
        edge=np.where(one, first.edge, second.edge),
        along=np.where(one, first.along, second.along),
        distance=np.where(one, first.distance, second.distance),
    )


def joined(first: Snaps, second: Snaps) -> Snaps:
    """Return the points of both, the first before the second."""
    return Snaps(
        edge=np.concatenate([first.edge, second.edge]),
        along=np.concatenate([first.along, second.along]),
        distance=np.concatenate([first.distance, second.distance]),
    )


def attach(network: Network, snaps: Snaps) -> Attached:
    """Return the network with the snapped places as nodes, edges split there, minutes shared by length.

    New nodes follow the old ones, in the order of edge and distance; a place at an end of its edge is that
    node, and points at one place share a node.
    """
    node = np.full(len(snaps.edge), -1, dtype=np.int64)
    found = np.flatnonzero(snaps.found)
    edge, along = snaps.edge[found], snaps.along[found]
    length = network.length[edge]
    at_tail, at_head = along <= SAME_M, along >= length - SAME_M
    node[found[at_tail]] = network.tail[edge[at_tail]]
    node[found[at_head]] = network.head[edge[at_head]]
    inner = ~(at_tail | at_head)
    if not inner.any():
        return Attached(network=network, node=node)
    places = np.column_stack([edge[inner], np.round(along[inner] / SAME_M)])
    unique, first, which = np.unique(places, axis=0, return_index=True, return_inverse=True)
    node[found[inner]] = len(network.x) + which.ravel()
    split = _split(network, unique[:, 0].astype(np.int64), along[inner][first])
    return Attached(network=split, node=node)


def set_apart(both: Attached, which: NDArray[np.bool_]) -> Attached:
    """Return some places as nodes of their own that no road joins.

    So stands an interchange none of whose ramps can be driven in the direction asked: at the end of a ramp it
    would share its node with the street.

    Parameters
    ----------
    both
        A network with places as nodes.
    which
        The places [k]; one that stands on no road stays so.
    """
    moved = np.flatnonzero(which & (both.node >= 0))
    if not len(moved):
        return both
    network, old = both.network, both.node[moved]
    node = both.node.copy()
    node[moved] = len(network.x) + np.arange(len(moved))
    grown = replace(
        network,
        x=np.append(network.x, network.x[old]),
        y=np.append(network.y, network.y[old]),
        component=np.append(network.component, network.component[old]),
    )
    return Attached(network=grown, node=node)


def _pieces(
    network: Network, edge: NDArray[np.int64], along: NDArray[np.float64]
) -> tuple[Pieces, NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return the pieces of the split edges, those edges, the node of each cut, and the new nodes' places."""
    cut, local = np.unique(edge, return_inverse=True)
    where = shapely.line_interpolate_point(network.geometry[edge], along)
    xy = np.column_stack([shapely.get_x(where), shapely.get_y(where)])
    lines = lines_of(network.geometry[cut])
    tail, head = network.tail[cut].astype(np.int64), network.head[cut].astype(np.int64)
    ends = np.arange(len(cut))
    node = np.concatenate([tail, head, len(network.x) + np.arange(len(edge))])
    made = pieces(
        lines,
        np.concatenate([ends, ends, local.ravel()]),
        np.concatenate([np.zeros(len(cut)), lines.length, along]),
        np.concatenate([np.column_stack([network.x[end], network.y[end]]) for end in (tail, head)] + [xy]),
    )
    return made, cut, node, xy


def _shared(
    minutes: NDArray[np.float64], line: NDArray[np.int64], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return each piece's share of the minutes of its line in whole ticks; the pieces sum to the whole exactly.

    Parameters
    ----------
    minutes, line, share
        The minutes of the whole line, the line, and the share of it, of each piece in order [p].
    """
    ticks = minutes * TICKS_PER_MINUTE
    is_open, (first, pieces) = np.isfinite(ticks), np.unique(line, return_index=True, return_counts=True)[1:]
    ticks = np.where(is_open, ticks, 0.0)
    number = np.arange(len(line)) - np.repeat(first, pieces) + 1
    count = np.repeat(pieces, pieces)
    total = np.cumsum(share)
    so_far = total - np.repeat(total[first] - share[first], pieces)
    # The places are rounded, not the pieces; each piece has a tick where there are enough of them.
    least, most = np.where(ticks >= count, [number, ticks - count + number], [np.zeros_like(ticks), ticks])
    upto = np.where(number == count, ticks, np.clip(np.round(so_far * ticks), least, most))
    passed = np.where(number == 1, 0.0, np.roll(upto, 1))
    return np.where(is_open, (upto - passed) / TICKS_PER_MINUTE, np.inf)


def _split(network: Network, edge: NDArray[np.int64], along: NDArray[np.float64]) -> Network:
    """Return the network with node n + i at distance `along[i]` of `edge[i]`."""
    made, cut, node, xy = _pieces(network, edge, along)
    geometry = linestrings(made.xy, made.piece)
    parent = cut[made.line]
    length = shapely.length(geometry)
    share = length / np.bincount(made.line, weights=length)[made.line]
    stay = np.ones(len(network.tail), bool)
    stay[cut] = False

    return replace(
        network,
        x=np.append(network.x, xy[:, 0]),
        y=np.append(network.y, xy[:, 1]),
        tail=np.append(network.tail[stay], node[made.first]).astype(network.tail.dtype),
        head=np.append(network.head[stay], node[made.last]).astype(network.head.dtype),
        length=np.append(network.length[stay], share * network.length[parent]).astype(network.length.dtype),
        forward=np.append(network.forward[stay], _shared(network.forward[parent], made.line, share)),
        backward=np.append(network.backward[stay], _shared(network.backward[parent], made.line, share)),
        road=np.append(network.road[stay], network.road[parent]).astype(network.road.dtype),
        road_class=np.append(network.road_class[stay], network.road_class[parent]).astype(
            network.road_class.dtype
        ),
        narrow=np.append(network.narrow[stay], network.narrow[parent]).astype(network.narrow.dtype),
        component=np.append(network.component, network.component[network.tail[edge]]),
        geometry=np.append(network.geometry[stay], geometry),
        shut=None if network.shut is None else np.append(network.shut[stay], network.shut[parent]),
    )
