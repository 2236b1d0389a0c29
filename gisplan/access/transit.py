"""Minutes from points to points by timetable, door to door: on foot to a stop, rides and changes, on foot again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gisplan.access.nearest import Matrix, Served, matrix
from gisplan.core.options import TransitOptions
from gisplan.core.timetable import Timetable
from gisplan.core.words import Network
from gisplan.network import Ways, attach, snap
from gisplan.network.timetable import Lines, changes_of, foot_changes, lines_of, stops_of
from gisplan.network.walks import Walked, walked, whole_seconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.network.raptor import Ways as FootWays

STEP_SECONDS = 60
"""One sets out every minute of the window."""

GEOGRAPHIC = 4326
LEEWAY = 1e-9
"""A way equal to the limit lies within it, whatever the rounding of its sum [min]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Riding:
    """Timetables, stops and destinations joined by ways on foot, ready for origins.

    `network` is the walk network with the destinations and the stops as nodes; `near` are the ways from the stops to
    its nodes, `leg` the minutes from each stop to its road [s]. `changes` and `egress` are ways from stops, to stops
    [s until one may board] and to destinations. `used` tells which stops have trips, `placed` of which one knows where
    they are, and `on_road` which stand on a road [s].
    """

    options: TransitOptions
    ways: Ways
    served: Served
    network: Network
    snappable: NDArray[np.bool_]
    lines: Lines
    near: Walked
    leg: NDArray[np.float64]
    on_road: NDArray[np.bool_]
    used: NDArray[np.bool_]
    placed: NDArray[np.bool_]
    changes: FootWays
    egress: FootWays


@dataclass(frozen=True, slots=True, kw_only=True)
class Transit:
    """Minutes of o origins to f destinations at p percentiles of the departures.

    `minutes` [p, o, f] are infinite where unreached and NaN where the origin stands on no road; the way on foot alone,
    `walk` [o, f], is always one of the ways there. `boardings` [p, o, f] is the number of rides, 0 on foot and -1
    where unreached. `snap_m` is the distance of each origin from its road [o]; `near_stop` tells whether a stop lies
    within the walk [o], `served` whether a trip can be caught from there in the window [o], and `stop_near` whether a
    stop lies within the walk of a destination [f].
    """

    percentiles: tuple[int, ...]
    minutes: NDArray[np.float64]
    boardings: NDArray[np.int8]
    walk: NDArray[np.float64]
    snap_m: NDArray[np.float64]
    near_stop: NDArray[np.bool_]
    served: NDArray[np.bool_]
    stop_near: NDArray[np.bool_]

    @property
    def first(self) -> Matrix:
        """The minutes at the first percentile, with the same meaning as those of any other mode."""
        return Matrix(minutes=self.minutes[0], snap_m=self.snap_m)


def ride_to(
    ways: Ways, served: Served, timetables: Sequence[Timetable], *, options: TransitOptions, crs: int
) -> Riding:
    """Return timetables and destinations ready for origins.

    Parameters
    ----------
    ways
        The network on foot.
    served
        Destinations on it.
    timetables
        One a feed.
    options
        `[transit]` of the plan.
    crs
        CRS of the network [EPSG].
    """
    stops, lines = stops_of(timetables), lines_of(timetables)
    points = _points(stops.latitude, stops.longitude, crs=crs)
    points[~stops.used] = None
    on = snap(served.network, points, limit_m=ways.limit_m, allowed=served.snappable)
    both = attach(served.network, on)
    placed = np.flatnonzero(both.node >= 0)
    leg = np.where(on.found, on.distance, np.nan) / ways.straight
    limit = max(options.walk_minutes, options.transfer_minutes)
    found = walked(both.network, both.node[placed], limit=limit)
    near = Walked(
        point=placed[found.point], node=found.node, minutes=found.minutes + leg[placed[found.point]]
    )
    count = len(stops.used)
    between = _to_points(near, both.node, leg, limit=options.transfer_minutes)
    first, other, seconds = foot_changes(
        between, changes_of(timetables), change_seconds=round(60 * options.change_minutes), stops=count
    )
    from gisplan.network.raptor import Ways as FootWays

    out = _to_points(near, served.node, served.leg, limit=options.walk_minutes)
    able = np.zeros(int(both.network.road.max()) + 1, bool)
    able[ways.network.road[ways.snappable]] = True
    return Riding(
        options=options,
        ways=ways,
        served=served,
        network=both.network,
        snappable=able[both.network.road],
        lines=lines,
        near=near,
        leg=leg,
        on_road=both.node >= 0,
        used=stops.used,
        placed=np.isfinite(stops.latitude) & np.isfinite(stops.longitude),
        changes=FootWays(first, other, seconds),
        egress=_sorted(out, count),
    )


def transit_minutes(riding: Riding, origins: NDArray[np.object_]) -> Transit:
    """Return the minutes from each origin to each destination by timetable, or on foot where that is faster.

    One sets out every minute of the window. Minutes run from then on, the first wait included, to the arrival; of
    those of all departures the percentile is the smallest that so many of them do not exceed. Ways on foot follow the
    walk network; each begun second counts.

    Parameters
    ----------
    riding
        Timetables and destinations.
    origins
        Points [o].
    """
    from gisplan.network.raptor import Question, World, rides

    options = riding.options
    start, end = (60 * minute for minute in options.window)
    count = max(1, (end - start) // STEP_SECONDS)
    ranks = [max(0, -(-percent * count // 100) - 1) for percent in options.percentiles]
    asked = Question(
        start,
        STEP_SECONDS,
        count,
        round(60 * options.longest_minutes),
        options.boardings,
        np.array(ranks, dtype=np.int64),
    )
    on_foot = matrix(riding.ways, riding.served, origins)
    access = _access(riding, origins)
    destinations = on_foot.minutes.shape[1]
    world = World(riding.lines, riding.changes, access, riding.egress, asked)
    seconds, boarded, able = rides(world, destinations)
    by_ride = np.where(seconds < 0, np.inf, seconds / 60.0).transpose(1, 0, 2)
    rides_of = boarded.transpose(1, 0, 2)
    minutes = np.minimum(by_ride, on_foot.minutes)
    walks = ~(by_ride < on_foot.minutes)
    boardings = np.where(np.isfinite(minutes), np.where(walks, 0, rides_of), -1).astype(np.int8)
    stop_near = np.isin(np.arange(destinations), riding.egress.other)
    return Transit(
        percentiles=options.percentiles,
        minutes=minutes,
        boardings=boardings,
        walk=on_foot.minutes,
        snap_m=on_foot.snap_m,
        near_stop=np.diff(access.first) > 0,
        served=able,
        stop_near=stop_near,
    )


def _points(
    latitude: NDArray[np.float64], longitude: NDArray[np.float64], *, crs: int
) -> NDArray[np.object_]:
    """Return places in degrees as points in the CRS of the plan; one that is not known is no point."""
    import pyproj

    change = pyproj.Transformer.from_crs(GEOGRAPHIC, crs, always_xy=True)
    x, y = change.transform(longitude, latitude)
    points = np.empty(len(latitude), dtype=object)
    known = np.isfinite(x) & np.isfinite(y)
    points[known] = shapely.points(np.asarray(x)[known], np.asarray(y)[known])
    return points


def _to_points(
    near: Walked, nodes: NDArray[np.int64], legs: NDArray[np.float64], *, limit: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the ways from stops to other points within a limit: stop, point, whole seconds, by stop.

    Parameters
    ----------
    near
        Ways from the stops to nodes.
    nodes, legs
        The node of each point, -1 for none, and the minutes from there [q].
    limit
        Minutes, inclusive.
    """
    points = np.flatnonzero(nodes >= 0)
    points = points[np.argsort(nodes[points], kind="stable")]
    first = np.searchsorted(nodes[points], near.node)
    count = np.searchsorted(nodes[points], near.node, side="right") - first
    way = np.repeat(np.arange(len(near.node)), count)
    place = np.arange(len(way)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
    point = points[place]
    minutes = near.minutes[way] + legs[point]
    within = minutes <= limit + LEEWAY
    return near.point[way][within], point[within], whole_seconds(minutes[within])


def _sorted(ways: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]], count: int) -> FootWays:
    """Return ways by their first point, of each pair the shortest."""
    from gisplan.network.raptor import Ways as FootWays

    start, end, seconds = ways
    order = np.lexsort((seconds, end, start))
    start, end, seconds = start[order], end[order], seconds[order]
    new = np.ones(len(start), dtype=bool)
    new[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
    start, end, seconds = start[new], end[new], seconds[new]
    first = np.searchsorted(start, np.arange(count + 1)).astype(np.int64)
    return FootWays(first, end.astype(np.int32), seconds.astype(np.int32))


def _access(riding: Riding, origins: NDArray[np.object_]) -> FootWays:
    """Return the ways on foot from each origin to the stops around it."""
    network, options = riding.network, riding.options
    on = snap(network, origins, limit_m=riding.ways.limit_m, allowed=riding.snappable)
    edge = np.where(on.found, on.edge, 0)
    share = np.clip(np.nan_to_num(on.along) / network.length[edge], 0.0, 1.0)
    back = np.where(share > 0.0, network.backward[edge], 0.0) * share
    forth = np.where(share < 1.0, network.forward[edge], 0.0) * (1.0 - share)
    leg = on.distance / riding.ways.straight
    here = np.where(on.found, np.arange(len(origins)), -1)
    parts = []
    for node, way in ((network.tail[edge], back), (network.head[edge], forth)):
        nodes = np.where(here >= 0, node, -1).astype(np.int64)
        parts.append(_to_points(riding.near, nodes, way + leg, limit=options.walk_minutes))
    stop, origin, seconds = (np.concatenate([part[place] for part in parts]) for place in range(3))
    return _sorted((origin, stop, seconds), len(origins))
