"""Trips that run: each trip of a feed once a day of service, or every headway of its periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gisplan.sources.calls import Calls
from gisplan.sources.frequencies import Often

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAY_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Departures:
    """Every departure: the row of its trip [t], its first call [t + 1], and its calls [e] with their times [s]."""

    row: NDArray[np.int64]
    first_call: NDArray[np.int64]
    call: NDArray[np.int64]
    arrival: NDArray[np.int64]
    departure: NDArray[np.int64]


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
