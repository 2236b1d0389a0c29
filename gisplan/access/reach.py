"""The roads from which places are reached within a time, cut exactly at it, and the area along them as wide as said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely

from gisplan.access.coverage import LEEWAY
from gisplan.access.nearest import points_of
from gisplan.access.stretches import stretches
from gisplan.core.words import Network
from gisplan.network import Ways, attach, snap
from gisplan.network.cut import lines_of
from gisplan.network.ramps import Direction as WayOfRamp
from gisplan.network.ramps import gates
from gisplan.network.search import Graph, graph, matrix
from gisplan.network.snap import set_apart

if TYPE_CHECKING:
    from numpy.typing import NDArray

Direction = Literal["to", "from"]
"""Whether one goes to the places or sets out from them: one-way streets make the difference."""

REACH_M = 50.0
"""Width on each side of a reached road that belongs to the area [m], where nobody says another."""

FILLED_M2 = 10_000.0
"""A hole up to this size is filled where no road beyond the time runs in it: the inside of a block of houses [m²]."""

ROUND = 16
"""Segments of a quarter circle at the end of a road."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Places on the network of a direction: which of them stand on a road, and what is reached from there.

    `found` [p]; `at` are the places [f, 2; m], `node` is where they stand and `leg` the minutes from there off the
    road, of those found [f]; `drawn` are the edges a building may stand on [m]; `arcs` are those of the direction.
    """

    network: Network
    drawn: NDArray[np.bool_]
    arcs: Graph
    direction: Direction
    found: NDArray[np.bool_]
    at: NDArray[np.float64]
    node: NDArray[np.int64]
    leg: NDArray[np.float64]
    straight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Stretches of edges within a time: `edge`, and from which share of its length to which [k; 0–1]."""

    edge: NDArray[np.int64]
    start: NDArray[np.float64]
    end: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The roads from which a place is reached within a time, and the area along them.

    `area` is a polygon or multipolygon, empty where no place stands on a road; `lines` are the stretches of road
    and the straight legs to them [k]; `found` says which of the places stand on a road [p].
    """

    area: shapely.Geometry
    lines: NDArray[np.object_]
    found: NDArray[np.bool_]


def reach(
    ways: Ways,
    places: NDArray[np.object_],
    *,
    minutes: float,
    reach_m: float = REACH_M,
    filled_m2: float = FILLED_M2,
) -> Reach:
    """Return from where at least one of some places is reached by road within a time.

    The direction is towards the places: one-way streets count as someone drives them who goes there. Time runs
    along every road; of the roads reached, those that a building may stand on are drawn (no expressway, no
    ramp). The last road is cut where the time is over, by its length. The area is what lies within `reach_m` of
    those stretches and of the straight legs between the places and their roads. So it holds its roads, grows with
    the time, and has no island that no road leads from. It is a drawing: whether a house lies within the time is
    told by its own minutes.

    Parameters
    ----------
    ways
        The network of the mode.
    places
        Points or polygons in the CRS of the network [p].
    minutes
        The time, inclusive, with the straight leg at the place [min].
    reach_m
        Width on each side of the road [m].
    filled_m2
        Holes up to this size without a road beyond the time are filled; larger ones stay [m²].

    References
    ----------
    Allen (2018), Using network segments in the visualization of urban isochrones, Cartographica 53 (4).
    """
    standing = stand(ways, places)
    network = standing.network
    soonest = arrival(standing, slice(None), longest=minutes).min(axis=0, initial=np.inf)
    whole, parts = reached(standing, soonest, minutes)
    cut = stretches(lines_of(network.geometry), parts.edge, start=parts.start, end=parts.end)
    legs = shapely.linestrings(straight_legs(standing, slice(None), minutes))
    lines = np.concatenate([network.geometry[whole], cut.lines, np.asarray(legs, dtype=object)])
    along = shapely.union_all(shapely.buffer(lines, reach_m, quad_segs=ROUND))
    area = _filled(along, network.geometry[standing.drawn & ~whole], filled_m2)
    return Reach(area=shapely.normalize(area), lines=lines, found=standing.found)


def stand(
    ways: Ways,
    places: NDArray[np.object_],
    *,
    direction: Direction = "to",
    by_ramp: bool = False,
) -> Standing:
    """Return places on the network, ready to be searched from.

    Parameters
    ----------
    ways
        The network of the mode.
    places
        Points or polygons in the CRS of the network [p].
    direction
        Whether one goes to the places or sets out from them.
    by_ramp
        The places stand on a ramp where one is near, i.e. interchanges.
    """
    points, limit = points_of(places), ways.limit_m
    if by_ramp:
        way: WayOfRamp = "to_interchange" if direction == "to" else "to_hub"
        gate = gates(ways.network, points, ramps=ways.ramps, limit_m=limit)
        on = gate.snaps[way]
        both = set_apart(attach(ways.network, on), gate.astray[way])
    else:
        on = snap(ways.network, points, limit_m=limit, allowed=ways.snappable)
        both = attach(ways.network, on)
    found = both.node >= 0
    # A split edge keeps the road it was cut from, so what a building may stand on is known by road.
    able = np.zeros(int(ways.network.road.max()) + 1, bool)
    able[ways.network.road[ways.snappable]] = True
    return Standing(
        network=both.network,
        drawn=able[both.network.road],
        arcs=graph(both.network, reverse=direction == "to"),
        direction=direction,
        found=found,
        at=np.column_stack([shapely.get_x(points[found]), shapely.get_y(points[found])]),
        node=both.node[found],
        leg=on.distance[found] / ways.straight,
        straight=ways.straight,
    )


def arrival(standing: Standing, which: slice, *, longest: float) -> NDArray[np.float64]:
    """Return the minutes between some places and every node, with the leg off the road [w, n].

    Parameters
    ----------
    standing
        Places on the network.
    which
        Some of those that were found.
    longest
        Beyond this time nothing is searched, and the minutes are infinite [min].
    """
    from scipy.sparse.csgraph import dijkstra

    unique, back = np.unique(standing.node[which], return_inverse=True)
    if not len(unique):
        return np.empty((0, standing.arcs.nodes))
    found: NDArray[np.float64] = dijkstra(matrix(standing.arcs), indices=unique, limit=longest + LEEWAY)
    return found[back.ravel()] + standing.leg[which][:, None]


def reached(
    standing: Standing, minutes: NDArray[np.float64], limit: float
) -> tuple[NDArray[np.bool_], Parts]:
    """Return the edges that lie within a time as a whole, and the stretches of those that do in part.

    Time runs along every road; of the roads reached, those that a building may stand on are drawn (no expressway,
    no ramp).

    Parameters
    ----------
    standing
        Places on the network.
    minutes
        Minutes between the places and every node [n].
    limit
        The time, inclusive [min].
    """
    network = standing.network
    ahead, behind = network.backward, network.forward
    if standing.direction == "from":
        ahead, behind = behind, ahead
    start = share(limit - minutes[network.tail], ahead)
    end = 1.0 - share(limit - minutes[network.head], behind)
    whole = standing.drawn & (start >= end)
    partly = standing.drawn & ~whole
    by_tail, by_head = np.flatnonzero(partly & (start > 0)), np.flatnonzero(partly & (end < 1))
    edge = np.concatenate([by_tail, by_head])
    blank, full = np.zeros(len(by_tail)), np.ones(len(by_head))
    parts = Parts(
        edge=edge,
        start=np.concatenate([blank, end[by_head]]),
        end=np.concatenate([start[by_tail], full]),
    )
    return whole, parts


def share(left: NDArray[np.float64], needed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of an edge that the minutes left are enough for, 0 where it is closed or out of reach."""
    able = (left >= -LEEWAY) & np.isfinite(needed)
    enough = np.divide(np.maximum(left, 0.0), needed, out=np.ones_like(left), where=able & (needed > 0))
    return np.where(able, np.clip(enough, 0.0, 1.0), 0.0)


def straight_legs(standing: Standing, which: slice, limit: float) -> NDArray[np.float64]:
    """Return the straight legs between some places and their roads, as far from the place as the time goes.

    Parameters
    ----------
    standing
        Places on the network.
    which
        Some of those that were found.
    limit
        The time [min].

    Returns
    -------
    legs
        From the place towards the road [w, 2, 2; m].
    """
    network, node = standing.network, standing.node[which]
    own = standing.at[which]
    road = np.column_stack([network.x[node], network.y[node]])
    far, metres = np.hypot(*(road - own).T), limit * standing.straight
    part = np.divide(metres, far, out=np.ones_like(far), where=far > metres)
    return np.stack([own, own + (road - own) * part[:, None]], axis=1)


def _filled(area: shapely.Geometry, beyond: NDArray[np.object_], filled_m2: float) -> shapely.Geometry:
    """Return an area without its small holes, except where a road runs that is not wholly within the time.

    What is reached of such a road lies inside the area, so it is the rest that runs in the hole.
    """
    tree = shapely.STRtree(beyond)
    kept = []
    for part in shapely.get_parts(area):
        rings = np.array(list(part.interiors), dtype=object)
        holes = shapely.polygons(rings)
        stay = np.asarray(shapely.area(holes) > filled_m2)
        stay[tree.query(holes, predicate="intersects")[0]] = True
        kept.append(shapely.Polygon(part.exterior, list(rings[stay])))
    return shapely.union_all(np.array(kept, dtype=object))
