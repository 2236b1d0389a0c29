"""Small timetables: as arrays from a few trips, and as archives from a few rows."""

import datetime as dt
import zipfile

import numpy as np

from gisplan.core.timetable import Timetable

DAY = dt.date(2026, 11, 4)
WEEKDAYS = "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
EVERY_DAY = WEEKDAYS + "FULLW,1,1,1,1,1,1,1,20260401,20270331\n"


def seconds(clock):
    """Return a time such as 08:10 in seconds."""
    hour, minute = clock.split(":")
    return int(hour) * 3600 + int(minute) * 60


def timetable(trips, *, stops, places=None, changes=(), feed="feed.zip", **more):
    """Return a timetable; a trip is a list of (stop, arrival, departure) in seconds, a change (from, to, seconds)."""
    count = len(stops)
    calls = [call for trip in trips for call in trip]
    where = np.array([stops.index(stop) for stop, _, _ in calls], dtype=np.int32)
    latitude, longitude = np.full((2, count), np.nan) if places is None else np.array(places, dtype=float).T
    usual = {
        "feed": feed,
        "sha256": "",
        "day": DAY,
        "first": dt.date(2026, 4, 1),
        "last": dt.date(2027, 3, 31),
        "running": (),
        "stop": np.array(stops, dtype=object),
        "stop_name": np.array(stops, dtype=object),
        "latitude": latitude,
        "longitude": longitude,
        "trip": np.array([f"T{number}" for number in range(len(trips))], dtype=object),
        "route": np.full(len(trips), "R", dtype=object),
        "direction": np.full(len(trips), -1, dtype=np.int8),
        "day_of": np.zeros(len(trips), dtype=np.int8),
        "first_call": np.append(0, np.cumsum([len(trip) for trip in trips])).astype(np.int64),
        "stop_of": where,
        "arrival": np.array([come for _, come, _ in calls], dtype=np.int32),
        "departure": np.array([go for _, _, go in calls], dtype=np.int32),
        "boards": np.ones(len(calls), dtype=bool),
        "alights": np.ones(len(calls), dtype=bool),
        "change_from": np.array([stops.index(start) for start, _, _ in changes], dtype=np.int32),
        "change_to": np.array([stops.index(end) for _, end, _ in changes], dtype=np.int32),
        "change_seconds": np.array([takes for _, _, takes in changes], dtype=np.int32),
        "area_name": np.empty(0, dtype=object),
        "area": np.empty(0, dtype=object),
    }
    return Timetable(**(usual | more))


def feed(folder, *, name="feed.zip", without=(), encoding="utf-8-sig", **tables):
    """Write a small archive: one line of three stops, every day; tables are texts by their name without .txt."""
    usual = {
        "agency": "agency_id,agency_name,agency_timezone\n1,町営バス,Asia/Tokyo\n",
        "stops": "stop_id,stop_name,stop_lat,stop_lon\n"
        "A,役場前,34.870,138.318\nB,病院前,34.880,138.318\nC,終点,34.890,138.318\n",
        "routes": "route_id,route_short_name,route_type\nR,1系統,3\n",
        "calendar": EVERY_DAY,
        "trips": "route_id,service_id,trip_id,direction_id\nR,FULLW,T1,0\n",
        "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T1,08:00:00,08:00:00,A,1\nT1,08:10:00,08:11:00,B,2\nT1,08:20:00,08:20:00,C,3\n",
    }
    path = folder / name
    with zipfile.ZipFile(path, "w") as archive:
        for table, text in (usual | tables).items():
            if table not in without:
                ending = "" if "." in table else ".txt"
                archive.writestr(f"{table}{ending}", text.encode(encoding))
    return path
