"""Ferries that would join what the roads leave apart: the reason why an island is not reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gisplan.core.words import Network, Text
from gisplan.network.build import Rows
from gisplan.network.passage import ferry_pace, is_ferry
from gisplan.network.phrases import listed, say
from gisplan.network.ramps import snappable
from gisplan.network.snap import snap

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A ferry between two components of the roads; -1 for an end that is near no road, `gap_m` the farther end's.

    `used` tells that it is part of the network, and yet does not join the roads.
    """

    name: str
    ends: tuple[int, int]
    gap_m: float
    timed: bool
    used: bool


def crossings(
    roads: gpd.GeoDataFrame, network: Network, rows: Rows, *, limit_m: float
) -> tuple[Crossing, ...]:
    """Return every ferry of a road table with the components at its ends.

    Parameters
    ----------
    roads, network, rows
        The road table, the network by car made of it, and its cleaned rows.
    limit_m
        Greatest distance between the end of a ferry and a road [m].
    """
    boats = np.flatnonzero(is_ferry(roads))
    if not len(boats):
        return ()
    timed, found = ~np.isnan(ferry_pace(roads)), []
    lines = [_whole(line) for line in roads.geometry.to_numpy()[boats]]
    ends = [shapely.get_point(line, place) for line in lines for place in (0, -1)]
    on = snap(network, np.array(ends, dtype=object), limit_m=limit_m, allowed=snappable(network, rows))
    component = np.where(on.found, network.component[network.tail[on.edge]], -1).reshape(-1, 2)
    gap = on.distance.reshape(-1, 2)
    names = roads["name"].fillna("").astype(str).to_numpy(object)
    for place, row in enumerate(boats):
        found.append(
            Crossing(
                name=str(names[row] or roads["id"].iloc[row]),
                ends=(int(component[place, 0]), int(component[place, 1])),
                gap_m=float(np.nanmax(gap[place], initial=0.0)),
                timed=bool(timed[row]),
                used=bool(rows.passable[row]),
            )
        )
    return tuple(found)


def _whole(line: shapely.Geometry) -> shapely.LineString:
    """Return a line of one part; of several, that from the first end to the last."""
    parts = shapely.get_parts(line)
    return shapely.LineString(np.concatenate([shapely.get_coordinates(part) for part in parts]))


def why_apart(known: Sequence[Crossing], *, component: int, others: NDArray[np.int64]) -> Text | None:
    """Return by which ferries one would cross to the roads of an interchange, and why they do not count.

    Parameters
    ----------
    known
        All ferries.
    component
        The component of the hub's roads.
    others
        Components of the roads of the interchanges.

    Returns
    -------
    Text
        None where no ferry calls there.
    """
    wanted, by, front = set(map(int, others)), dict[int, tuple[int, Crossing]](), [component]
    for here in front:  # the front grows while it is walked through: the nearest crossings come first
        for crossing in known:
            for one, other in (crossing.ends, crossing.ends[::-1]):
                if one == here and other not in {-1, component} and other not in by:
                    by[other] = (here, crossing)
                    front.append(other)
    goal = next((place for place in front[1:] if place in wanted), None)
    if goal is None:
        calls = [crossing for crossing in known if component in crossing.ends]
        return listed(say("ferry_one_end", name=crossing.name) for crossing in calls) if calls else None
    return listed(_why(crossing) for crossing in _way(by, component, goal))


def _way(by: Mapping[int, tuple[int, Crossing]], component: int, goal: int) -> list[Crossing]:
    taken = []
    while goal != component:
        goal, crossing = by[goal]
        taken.append(crossing)
    return taken[::-1]


def _why(crossing: Crossing) -> Text:
    if crossing.used:
        return say("ferry_gap", name=crossing.name, gap=f"{crossing.gap_m:,.0f}")
    key = "ferry_left_out" if crossing.timed else "ferry_untimed"
    return say(key, name=crossing.name)
