"""A bus along the national road of the village, and the village by transit."""

import dataclasses

import numpy as np
import pyproj
import shapely
from small_timetable import DAY, seconds, timetable
from village_roads import CRS, ROADS, atlas, roads, village

from gisplan.core.options import AccessOptions, TransitOptions

TO_DEGREES = pyproj.Transformer.from_crs(CRS, 4326, always_xy=True)
WINDOW = TransitOptions(
    day=DAY, window=(7 * 60 + 50, 8 * 60 + 10), percentiles=(50, 5, 95), change_minutes=2.0, walk_minutes=15.0
)
ISLAND = {"id": "r7", "line": [(0, 9000), (100, 9000)]}
BY_TRANSIT = AccessOptions(
    mode="transit", minutes=(10.0, 20.0), origins=("vacant_house",), destinations=("hub", "shop")
)


def at(*points):
    """Return points as an array."""
    found = np.empty(len(points), dtype=object)
    found[:] = [shapely.Point(point) for point in points]
    return found


def bus(trips, stops, **more):
    """Return a timetable; stops are given by their place in the village [m], times as texts."""
    degrees = [TO_DEGREES.transform(*place)[::-1] for place in stops.values()]
    timed = [[(stop, seconds(come), seconds(come)) for stop, come in trip] for trip in trips]
    return timetable(timed, stops=list(stops), places=degrees, **more)


LINE = bus([[("west", "8:00"), ("east", "8:05")]], {"west": (0, 0), "east": (3500, 0)})


def held(*timetables, options=BY_TRANSIT, transit=WINDOW, **more):
    """Return an atlas of the village with timetables, by transit."""
    found = atlas(village(road=roads([*ROADS, ISLAND]), **more), access=options)
    return dataclasses.replace(
        found, plan=dataclasses.replace(found.plan, transit=transit), timetables=timetables
    )


HOUSES = [
    {"id": "v1", "at": (80, 0)},
    {"id": "v2", "at": (0, 5000)},  # 4 km from every road
    {"id": "v3", "at": (50, 9000)},  # on the island
    {"id": "v4", "at": (1750, -900)},  # 100 m from the hub in the south
]
