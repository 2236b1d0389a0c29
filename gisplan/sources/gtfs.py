"""GTFS and GTFS-JP: the stops of a timetable as points, and whether it holds on the day of the plan."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gisplan.core.tables import Doubt
from gisplan.sources.archive import tables_of
from gisplan.sources.raw import File, Raw, Refused, Wanted
from gisplan.sources.service import Service, service_of
from gisplan.sources.table import read_csv

STOPS = "stops.txt"
TABLES: Mapping[str, tuple[str, ...]] = {
    "calendar.txt": ("service_id", "start_date", "end_date", "monday"),
    "calendar_dates.txt": ("service_id", "date", "exception_type"),
    "trips.txt": ("trip_id", "service_id", "route_id"),
    "frequencies.txt": ("trip_id", "start_time", "end_time", "headway_secs"),
    "stop_times.txt": ("trip_id", "stop_id", "stop_sequence"),
}
"""The tables beside the stops, with names by which their header is known."""

NEEDED = ("trips.txt", "stop_times.txt")
POLES_M = 50.0
"""Stops of one name this close are the poles of one stop, one for each direction or platform."""

DEGREE_M = 111_320.0
ZERO = re.compile(r"[-+]?0*(?:0|\.0+|0\.0*)")
NO_STOPS = frozenset({"2", "3", "4"})
"""Kinds of places (`location_type`) where no one boards: entrances, nodes of a way, parts of a platform."""


def read_gtfs(file: File, wanted: Wanted) -> Raw:
    """Read the stops of a GTFS archive, and say of what days its timetable is.

    Parameters
    ----------
    file
        A file of driver gtfs.
    wanted
        What is asked of it; `day` is the day on which the timetable must hold.

    Raises
    ------
    InputError
        If it cannot be unpacked or read.
    """
    with tables_of(file, [STOPS, *TABLES], beside=STOPS) as held:
        known = (*wanted.known, "stop_id", "stop_name", "stop_lat", "stop_lon")
        raw = (
            read_csv(held[STOPS], dataclasses.replace(wanted, known=known, table=""))
            if STOPS in held
            else None
        )
        others = {
            name: read_csv(held[name], Wanted(known=TABLES[name], encoding=wanted.encoding)).table
            for name in TABLES
            if name in held
        }
    if raw is None:
        return _nothing(file)
    raw = _without_zeros(raw)
    service = service_of(others)
    lacking = _missing(others)
    days = _days(service, wanted, counted=not any(doubt.code == "gtfs.missing" for doubt in lacking))
    doubts = (*raw.doubts, *lacking, *days, *_poles(raw.table), *_kinds(raw.table))
    return dataclasses.replace(raw, doubts=doubts)


def _nothing(file: File) -> Raw:
    """Return no stops at all, of an archive whose list of stops is an empty file."""
    return Raw(
        file=file,
        table=pd.DataFrame(columns=["stop_id", "stop_name", "stop_lat", "stop_lon"], dtype=object),
        geometry=None,
        rows=np.empty(0, dtype="int64"),
        mended=np.empty(0, dtype=bool),
        encoding="utf-8",
        encoding_how="GTFS",
        doubts=(Doubt(code="gtfs.missing", layer="", values={"files": [STOPS]}),),
    )


def _without_zeros(raw: Raw) -> Raw:
    """Refuse stops at 0, 0, which is how editors of timetables write an unknown place."""
    columns = ("stop_lat", "stop_lon")
    if not set(columns) <= set(raw.table.columns):
        return raw
    at_zero = np.ones(len(raw.table), dtype=bool)
    for name in columns:
        at_zero &= raw.table[name].str.strip().map(lambda text: bool(ZERO.fullmatch(text))).to_numpy(bool)
    refused = tuple(
        Refused(row=int(raw.rows[i]), column="・".join(columns), value="0, 0", code="coord.outside_japan")
        for i in np.flatnonzero(at_zero)
    )
    return dataclasses.replace(
        raw,
        table=raw.table[~at_zero].reset_index(drop=True),
        rows=raw.rows[~at_zero],
        mended=raw.mended[~at_zero],
        refused=(*raw.refused, *refused),
    )


def _missing(tables: Mapping[str, pd.DataFrame]) -> tuple[Doubt, ...]:
    """Doubt an archive that holds stops but no trips, or no days."""
    doubts = []
    lacking = [name for name in NEEDED if name not in tables or tables[name].empty]
    if lacking:
        doubts.append(Doubt(code="gtfs.missing", layer="", values={"files": lacking}))
    if all(name not in tables or tables[name].empty for name in ("calendar.txt", "calendar_dates.txt")):
        doubts.append(Doubt(code="gtfs.no_calendar", layer=""))
    return tuple(doubts)


def _days(service: Service, wanted: Wanted, *, counted: bool) -> tuple[Doubt, ...]:
    """Say how many trips run on the day of the plan; a day without any is never passed over.

    Where trips cannot be counted, only a day outside the calendars is told.
    """
    doubts = []
    if service.unread:
        doubts.append(Doubt(code="gtfs.dates", layer="", values={"rows": service.unread}))
    if service.first is None or service.last is None:
        return tuple(doubts)
    values: dict[str, Any] = {"first": service.first.isoformat(), "last": service.last.isoformat()}
    if wanted.day is None:
        return (*doubts, Doubt(code="gtfs.valid", layer="", values=values))
    trips = service.trips_on(wanted.day)
    values |= {"day": wanted.day.isoformat(), "trips": trips if counted else "—"}
    outside = not service.first <= wanted.day <= service.last
    if not counted and not outside:
        return tuple(doubts)
    code = "gtfs.expired" if outside else "gtfs.day" if trips else "gtfs.no_trips"
    return (*doubts, Doubt(code=code, layer="", data_year=str(service.last.year), values=values))


def _poles(stops: pd.DataFrame) -> tuple[Doubt, ...]:
    """Doubt stops of one name close together: as places to reach they count several times."""
    if not {"stop_name", "stop_lat", "stop_lon"} <= set(stops.columns):
        return ()
    north, east = (
        pd.to_numeric(stops[name], errors="coerce").to_numpy("float64") for name in ("stop_lat", "stop_lon")
    )
    names = stops["stop_name"].str.strip().to_numpy(object)
    placed = np.flatnonzero(np.isfinite(north) & np.isfinite(east) & (names != ""))
    if not len(placed):
        return ()
    scale = DEGREE_M * np.cos(np.radians(np.median(north[placed])))
    points = np.asarray(shapely.points(east[placed] * scale, north[placed] * DEGREE_M), dtype=object)
    one, two = shapely.STRtree(points).query(points, predicate="dwithin", distance=POLES_M)
    same = (names[placed][one] == names[placed][two]) & (one < two)
    if not same.any():
        return ()
    groups, members = _grouped(one[same], two[same], len(points))
    examples = sorted(set(names[placed][np.unique(one[same])]))[:5]
    values = {"stops": members, "groups": groups, "metres": f"{POLES_M:g}", "examples": examples}
    return (Doubt(code="gtfs.poles", layer="", values=values),)


def _grouped(one: NDArray[np.int64], two: NDArray[np.int64], count: int) -> tuple[int, int]:
    """Return how many groups pairs make, and how many members these have."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(one)), (one, two)), shape=(count, count))
    sizes = np.bincount(connected_components(graph, directed=False)[1])
    return int((sizes > 1).sum()), int(sizes[sizes > 1].sum())


def _kinds(stops: pd.DataFrame) -> tuple[Doubt, ...]:
    """Doubt rows that are no places to board: stations around their platforms, entrances."""
    if "location_type" not in stops:
        return ()
    kind = stops["location_type"].str.strip()
    values = {"stations": int((kind == "1").sum()), "others": int(kind.isin(NO_STOPS).sum())}
    return (Doubt(code="gtfs.kinds", layer="", values=values),) if any(values.values()) else ()
