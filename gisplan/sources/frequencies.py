"""Trips by frequency: when they depart, from frequencies.txt of GTFS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gisplan.sources.clock import seconds_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXACT = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Often:
    """When trips by frequency depart: the times of each trip [s], how many trips are exact, and rows not read."""

    starts: Mapping[str, NDArray[np.int64]]
    exact: int
    unread: int


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
