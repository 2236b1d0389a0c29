"""The area from which a place is reached by road within a time: roads cut exactly at the time, made as wide as said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gisplan.access.coverage import LEEWAY
from gisplan.access.nearest import Served, points_of, serve
from gisplan.core.words import Network
from gisplan.network import Ways

if TYPE_CHECKING:
    from numpy.typing import NDArray

REACH_M = 50.0
"""Width on each side of a reached road that belongs to the area [m], where nobody says another."""

FILLED_M2 = 10_000.0
"""A hole up to this size is filled where no road beyond the time runs in it: the inside of a block of houses [m²]."""

ROUND = 16
"""Segments of a quarter circle at the end of a road."""


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
    points = points_of(places)
    served = serve(ways, points)
    arrival = served.arrival.min(axis=0, initial=np.inf)
    start, end = _shares(served, arrival, minutes)
    whole = served.snappable & (start >= end)
    partly = served.snappable & ~whole
    network = served.network
    legs = _legs(served, points[served.found], minutes * ways.straight)
    lines = np.concatenate([network.geometry[whole], _stretches(network, partly, start, end), legs])
    along = shapely.union_all(shapely.buffer(lines, reach_m, quad_segs=ROUND))
    area = _filled(along, network.geometry[partly], filled_m2)
    return Reach(area=shapely.normalize(area), lines=lines, found=served.found)


def _shares(
    served: Served, arrival: NDArray[np.float64], minutes: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return up to which share of its length an edge is within the time by its tail, and from which by its head [m].

    Where the first is not below the second, the whole edge is.
    """
    network = served.network
    # An edge of no minutes in a closed direction has none of its length within the time that way.
    start = _share(minutes - arrival[network.tail], network.backward)
    end = 1.0 - _share(minutes - arrival[network.head], network.forward)
    return start, end


def _share(left: NDArray[np.float64], needed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of an edge that the minutes left are enough for, 0 where it is closed or out of reach."""
    able = (left >= -LEEWAY) & np.isfinite(needed)
    share = np.divide(np.maximum(left, 0.0), needed, out=np.ones_like(left), where=able & (needed > 0))
    return np.where(able, np.clip(share, 0.0, 1.0), 0.0)


def _stretches(
    network: Network, partly: NDArray[np.bool_], start: NDArray[np.float64], end: NDArray[np.float64]
) -> NDArray[np.object_]:
    """Return the stretches within the time of the edges that are not wholly so, in the order of the edges."""
    from shapely.ops import substring

    cut: list[Any] = []
    for edge in np.flatnonzero(partly & ((start > 0) | (end < 1))):
        line = network.geometry[edge]
        if start[edge] > 0:
            cut.append(substring(line, 0.0, start[edge], normalized=True))
        if end[edge] < 1:
            cut.append(substring(line, end[edge], 1.0, normalized=True))
    return np.array(cut, dtype=object)


def _legs(served: Served, places: NDArray[np.object_], metres: float) -> NDArray[np.object_]:
    """Return the straight legs between the places and their roads, as far from the place as the time goes."""
    own = np.column_stack([shapely.get_x(places), shapely.get_y(places)])
    road = np.column_stack([served.network.x[served.node], served.network.y[served.node]])
    far = np.hypot(*(road - own).T)
    part = np.divide(metres, far, out=np.ones_like(far), where=far > metres)
    ends = own + (road - own) * part[:, None]
    return np.asarray(shapely.linestrings(np.stack([own, ends], axis=1)), dtype=object)


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
