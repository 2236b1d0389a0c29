"""Trips that run: each trip of a feed once a day of service, or every headway of its periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gisplan.sources.calls import Calls
from gisplan.sources.service import seconds_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAY_SECONDS = 24 * 3600
EXACT = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Often:
    """When trips by frequency depart: the times of each trip [s], how many trips are exact, and rows not read."""

    starts: Mapping[str, NDArray[np.int64]]
    exact: int
    unread: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Departures:
    """Every departure: the row of its trip [t], its first call [t + 1], and its calls [e] with their times [s]."""

    row: NDArray[np.int64]
    first_call: NDArray[np.int64]
    call: NDArray[np.int64]
    arrival: NDArray[np.int64]
    departure: NDArray[np.int64]


def often_of(table: pd.DataFrame | None) -> Often:
    """Return when trips by frequency depart; the end of a period is no departure any more.

    Parameters
    ----------
    table
        frequencies.txt, every cell as text; None where there is none.
    """
    columns = ["trip_id", "start_time", "end_time", "headway_secs"]
    if table is None or not set(columns) <= set(table.columns):
        return Often(starts={}, exact=0, unread=0 if table is None else len(table))
    kinds = table["exact_times"] if "exact_times" in table else [""] * len(table)
    starts: dict[str, list[NDArray[np.int64]]] = {}
    exact: set[str] = set()
    unread = 0
    for (trip, start, end, headway), kind in zip(table[columns].itertuples(index=False), kinds, strict=True):
        begins, ends = seconds_of(start), seconds_of(end)
        every = int(headway) if headway.strip().isdecimal() else 0
        if begins is None or ends is None or not every or ends <= begins:
            unread += 1
            continue
        starts.setdefault(trip.strip(), []).append(np.arange(begins, ends, every, dtype=np.int64))
        if kind.strip() == EXACT:
            exact.add(trip.strip())
    joined = {trip: np.unique(np.concatenate(parts)) for trip, parts in starts.items()}
    return Often(starts=joined, exact=len(exact), unread=unread)


def departures_of(
    calls: Calls, often: Often, *, trips: pd.DataFrame, known: Sequence[str], until: int
) -> Departures:
    """Return every departure on the day of service, and those around it that run into it.

    Parameters
    ----------
    calls
        Calls of the known trips, in order.
    often
        When trips by frequency depart.
    trips
        One row a trip and day: `trip`, and `day_of` (-1, 0 or 1).
    known
        The trips that `calls` counts.
    until
        Until when trips of the next day matter [s].
    """
    begin = np.searchsorted(calls.trip, np.arange(len(known) + 1))
    places = {trip: number for number, trip in enumerate(known)}
    place = np.array([places[trip] for trip in trips["trip"]], dtype=np.int64)
    row, offset = [], []
    for number, (trip, day_of) in enumerate(zip(trips["trip"], trips["day_of"], strict=True)):
        first, end = begin[place[number]], begin[place[number] + 1]
        if first == end:
            continue
        shift = DAY_SECONDS * int(day_of)
        starts = often.starts.get(trip)
        begins = (
            np.zeros(1, dtype=np.int64) if starts is None else starts - int(calls.departure[first])
        ) + shift
        if day_of < 0:
            begins = begins[begins + int(calls.arrival[end - 1]) > 0]
        elif day_of > 0:
            begins = begins[begins + int(calls.departure[first]) < until]
        row.append(np.full(len(begins), number))
        offset.append(begins)
    none = np.empty(0, dtype=np.int64)
    rows, shifts = (np.concatenate([none, *parts]) for parts in (row, offset))
    count = (begin[place + 1] - begin[place])[rows]
    first_call = np.append(0, np.cumsum(count))
    call = np.repeat(begin[place[rows]] - first_call[:-1], count) + np.arange(first_call[-1])
    added = np.repeat(shifts, count)
    return Departures(
        row=rows,
        first_call=first_call,
        call=call,
        arrival=calls.arrival[call] + added,
        departure=calls.departure[call] + added,
    )
