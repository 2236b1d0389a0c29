"""The timetable of a GTFS or GTFS-JP archive on one day of service."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gisplan.core.tables import Doubt
from gisplan.core.timetable import Timetable
from gisplan.sources.archive import tables_of
from gisplan.sources.calls import Calls, calls_of
from gisplan.sources.changes import changes_of
from gisplan.sources.departures import Departures, departures_of
from gisplan.sources.frequencies import Often, often_of
from gisplan.sources.gtfs import NEEDED, NO_STOPS, STOPS, TABLES
from gisplan.sources.raw import File, Wanted
from gisplan.sources.service import Service, service_of
from gisplan.sources.table import read_csv
from gisplan.sources.vector import read_vector

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALL: Mapping[str, tuple[str, ...]] = {
    **TABLES,
    STOPS: ("stop_id", "stop_name", "stop_lat", "stop_lon"),
    "routes.txt": ("route_id", "route_short_name", "route_long_name"),
    "transfers.txt": ("from_stop_id", "to_stop_id", "transfer_type", "min_transfer_time"),
}
AREAS = "locations.geojson"
"""The areas of demand service of GTFS-Flex."""

DIRECTIONS = ("0", "1")
STATION = "1"
SHOWN_DAYS, SEARCHED_DAYS = 5, 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of a timetable: the day of service, and until when trips matter [s since its beginning].

    `by_phone` says whether a stop that is served on a call counts; `encoding` is the codec to use instead of the rule.
    """

    day: dt.date
    until: int
    by_phone: bool = False
    encoding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A timetable, and what is doubted of it."""

    timetable: Timetable
    doubts: tuple[Doubt, ...]


def read_timetable(file: File, asked: Asked) -> Timed:
    """Read the timetable of an archive.

    Trips of the day before that run past midnight, and trips of the next day that leave before `until`, are part of
    it. A trip by frequency departs every headway from the start of its period, whether the feed calls that exact or
    not.

    Parameters
    ----------
    file
        A file of driver gtfs.
    asked
        The day of service, and until when trips matter.

    Raises
    ------
    InputError
        If it cannot be unpacked or read.
    """
    with tables_of(file, [*ALL, AREAS], beside=STOPS) as held:
        tables = {
            name: read_csv(held[name], Wanted(known=ALL[name], encoding=asked.encoding)).table
            for name in ALL
            if name in held
        }
        areas = _areas(held.get(AREAS))
    stops, service = _stops(tables.get(STOPS), tables.get("stop_times.txt")), service_of(tables)
    trips = _trips(tables, service, asked.day)
    known = trips["trip"].drop_duplicates().tolist()
    calls = calls_of(
        tables.get("stop_times.txt", pd.DataFrame()),
        trips=known,
        stops=stops["stop"].tolist(),
        places=stops[["latitude", "longitude"]].to_numpy("float64"),
        feed=file.name,
    )
    calls = _by_phone(calls, file, asked)
    often = often_of(tables.get("frequencies.txt"))
    made = departures_of(calls, often, trips=trips, known=known, until=asked.until)
    changes = changes_of(tables.get("transfers.txt"), stops, feed=file.name)
    timetable = Timetable(
        feed=file.name,
        sha256=file.sha256,
        day=asked.day,
        first=service.first,
        last=service.last,
        running=_running(service, asked.day),
        **_arrays(stops, trips, calls, made),
        change_from=changes.start,
        change_to=changes.end,
        change_seconds=changes.seconds,
        area_name=areas[0],
        area=areas[1],
    )
    doubts = (*calls.doubts, *changes.doubts, *_often_doubts(often, trips, file.name))
    return Timed(timetable=timetable, doubts=(*_lacking(tables, timetable), *doubts))


def _arrays(stops: pd.DataFrame, trips: pd.DataFrame, calls: Calls, made: Departures) -> dict[str, Any]:
    """Return the arrays of a timetable: stops, trips as they depart, and their calls."""
    return {
        "stop": stops["stop"].to_numpy(object),
        "stop_name": stops["name"].to_numpy(object),
        "latitude": stops["latitude"].to_numpy("float64"),
        "longitude": stops["longitude"].to_numpy("float64"),
        "trip": trips["trip"].to_numpy(object)[made.row],
        "route": trips["route"].to_numpy(object)[made.row],
        "direction": trips["direction"].to_numpy("int8")[made.row],
        "day_of": trips["day_of"].to_numpy("int8")[made.row],
        "first_call": made.first_call,
        "stop_of": calls.stop[made.call].astype(np.int32),
        "arrival": made.arrival.astype(np.int32),
        "departure": made.departure.astype(np.int32),
        "boards": calls.boards[made.call],
        "alights": calls.alights[made.call],
    }


def _lacking(tables: Mapping[str, pd.DataFrame], timetable: Timetable) -> tuple[Doubt, ...]:
    """Return what is to be said of a feed without trips, or without any on the day of service."""
    files = [name for name in NEEDED if name not in tables or tables[name].empty]
    feed = timetable.feed
    if files:
        return (Doubt(code="timetable.no_times", layer="gtfs", subject=feed, values={"files": files}),)
    if timetable.trips_on_day:
        return ()
    values = {"day": timetable.day.isoformat(), "days": days_said(timetable)}
    return (Doubt(code="timetable.no_trips", layer="gtfs", subject=feed, values=values),)


def _areas(file: File | None) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Return names and shapes (well-known binary) of the areas of demand service, if the feed has any."""
    none = np.empty(0, dtype=object)
    if file is None:
        return none, none
    import shapely

    raw = read_vector(file, Wanted())
    if raw.geometry is None:
        return none, none
    held = raw.geometry
    shapes = np.array(
        [part if isinstance(part, bytes) else shapely.to_wkb(part) for part in held], dtype=object
    )
    there = np.array([part is not None for part in held], dtype=bool)
    columns = [name for name in ("stop_name", "name", "id") if name in raw.table]
    named = (
        raw.table[columns[0]].fillna("").astype(str).to_numpy(object) if columns else np.full(len(held), "")
    )
    return named[there], shapes[there]


def _stops(table: pd.DataFrame | None, times: pd.DataFrame | None) -> pd.DataFrame:
    """Return the stops: id, name, place (NaN where unknown or at 0, 0), and station.

    Stations around stops, entrances and the like are none, unless a trip calls there all the same.
    """
    columns = ("stop_id", "stop_name", "stop_lat", "stop_lon", "location_type", "parent_station")
    table = pd.DataFrame(columns=list(columns), dtype=object) if table is None else table
    blank = pd.Series([""] * len(table), index=table.index, dtype=object)
    stop, name, north, east, kind, parent = (
        table[column].str.strip() if column in table else blank for column in columns
    )
    latitude, longitude = (pd.to_numeric(text, errors="coerce").to_numpy("float64") for text in (north, east))
    nowhere = ~np.isfinite(latitude) | ~np.isfinite(longitude) | ((latitude == 0.0) & (longitude == 0.0))
    called = set() if times is None or "stop_id" not in times else set(times["stop_id"].str.strip())
    found = pd.DataFrame(
        {
            "stop": stop.to_numpy(object),
            "name": name.to_numpy(object),
            "latitude": np.where(nowhere, np.nan, latitude),
            "longitude": np.where(nowhere, np.nan, longitude),
            "parent": parent.to_numpy(object),
        }
    )
    boarding = ~kind.isin([*NO_STOPS, STATION]) | stop.isin(called)
    return found[boarding.to_numpy(bool)].drop_duplicates("stop", ignore_index=True)


def _trips(tables: Mapping[str, pd.DataFrame], service: Service, day: dt.date) -> pd.DataFrame:
    """Return one row for each trip and day of service: yesterday's, today's and tomorrow's."""
    table = tables.get("trips.txt", pd.DataFrame())
    if not {"trip_id", "service_id"} <= set(table.columns):
        return pd.DataFrame({"trip": [], "route": [], "direction": [], "day_of": []})
    blank = pd.Series([""] * len(table), index=table.index, dtype=object)
    route, direction = (
        table[name].str.strip() if name in table else blank for name in ("route_id", "direction_id")
    )
    plain = pd.DataFrame(
        {
            "trip": table["trip_id"].str.strip(),
            "service": table["service_id"].str.strip(),
            "route": route.map(_route_names(tables.get("routes.txt"))).fillna(route),
            "direction": direction.where(direction.isin(DIRECTIONS), "-1").astype("int8"),
        }
    ).drop_duplicates("trip")
    parts = [
        plain[plain["service"].isin(service.on(day + dt.timedelta(days=day_of)))].assign(day_of=day_of)
        for day_of in (-1, 0, 1)
    ]
    return pd.concat(parts, ignore_index=True)


def _route_names(table: pd.DataFrame | None) -> Mapping[str, str]:
    if table is None or "route_id" not in table:
        return {}
    columns = [name for name in ("route_short_name", "route_long_name") if name in table]
    rows = table[["route_id", *columns]].itertuples(index=False)
    named = {row[0].strip(): [cell.strip() for cell in row[1:] if cell.strip()] for row in rows}
    return {route: words[0] for route, words in named.items() if words}


def _running(service: Service, day: dt.date) -> tuple[tuple[dt.date, int], ...]:
    """Return the days nearest to a day on which trips run; none where the day itself has trips."""
    if service.first is None or service.last is None or service.trips_on(day):
        return ()
    near = min(max(day, service.first), service.last)
    days = (near + dt.timedelta(days=sign * step) for step in range(SEARCHED_DAYS) for sign in (1, -1))
    found: dict[dt.date, int] = {}
    for other in days:
        if len(found) >= SHOWN_DAYS:
            break
        count = service.trips_on(other) if service.first <= other <= service.last else 0
        if count:
            found[other] = count
    return tuple(sorted(found.items()))


def _by_phone(calls: Calls, file: File, asked: Asked) -> Calls:
    """Return the calls with those that are only made for who asks before as stops or, unless asked for, none."""
    count = int(calls.by_phone.sum())
    if not count:
        return calls
    code = "timetable.phone_counted" if asked.by_phone else "timetable.phone"
    doubt = Doubt(code=code, layer="gtfs", subject=file.name, values={"count": count})
    if asked.by_phone:
        return calls.only(np.ones(len(calls.trip), dtype=bool), (doubt,))
    return calls.closed(calls.by_phone, doubt)


def _often_doubts(often: Often, trips: pd.DataFrame, feed: str) -> list[Doubt]:
    doubts = []
    count = int(trips.loc[trips["day_of"] == 0, "trip"].isin(list(often.starts)).sum())
    if count:
        values: dict[str, Any] = {"count": count, "exact": often.exact}
        doubts.append(Doubt(code="timetable.often", layer="gtfs", subject=feed, values=values))
    if often.unread:
        values = {"count": often.unread}
        doubts.append(Doubt(code="timetable.often_odd", layer="gtfs", subject=feed, values=values))
    return doubts


def days_said(timetable: Timetable) -> list[str]:
    """Return the days near the day of service on which a timetable has trips, each with their number."""
    return [f"{day.isoformat()} ({count:,})" for day, count in timetable.running] or ["—"]
