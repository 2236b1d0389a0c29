"""stop_times.txt as arrays: calls in order, blank times filled in between, trips that make no sense left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gisplan.core.tables import Doubt
from gisplan.sources.clock import seconds_of
from gisplan.sources.service import LEAST_CALLS

if TYPE_CHECKING:
    from numpy.typing import NDArray

EARTH_M = 6_371_000.0
EXAMPLES = 5
NO_ONE, BY_PHONE = "1", ("2", "3")
"""Kinds of boarding and alighting: not possible; to be asked of the office by telephone, or of the driver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Calls of trips in order: `trip` and `stop` are places in the lists given [e], times in seconds [e].

    `boards` and `alights` say what is possible at all, `by_phone` what only to who calls before [e].
    """

    trip: NDArray[np.int64]
    stop: NDArray[np.int64]
    arrival: NDArray[np.int64]
    departure: NDArray[np.int64]
    boards: NDArray[np.bool_]
    alights: NDArray[np.bool_]
    by_phone: NDArray[np.bool_]
    doubts: tuple[Doubt, ...] = ()

    def only(self, keep: NDArray[np.bool_], doubts: Sequence[Doubt] = ()) -> Calls:
        """Return some of the calls, and what more is to be said."""
        return Calls(
            trip=self.trip[keep],
            stop=self.stop[keep],
            arrival=self.arrival[keep],
            departure=self.departure[keep],
            boards=self.boards[keep],
            alights=self.alights[keep],
            by_phone=self.by_phone[keep],
            doubts=(*self.doubts, *doubts),
        )

    def closed(self, which: NDArray[np.bool_], doubt: Doubt) -> Calls:
        """Return the calls with some at which no one boards or alights, and what is to be said of it."""
        return replace(
            self, boards=self.boards & ~which, alights=self.alights & ~which, doubts=(*self.doubts, doubt)
        )


def calls_of(
    table: pd.DataFrame, *, trips: Sequence[str], stops: Sequence[str], places: NDArray[np.float64], feed: str
) -> Calls:
    """Return the calls of some trips.

    A time that is blank is filled in between the timed calls around it, by the distance along the line where the
    feed gives one, else by the straight distances between the stops, evenly where these are not known. A trip whose
    times go back, or that leaves a stop before it arrives there, is left out whole: nobody can say which of its
    times is wrong.

    Parameters
    ----------
    table
        stop_times.txt, every cell as text.
    trips, stops
        Ids of the trips wanted and of the stops.
    places
        Latitude and longitude of the stops [s, 2, degrees], NaN where unknown.
    feed
        Name of the feed in messages.
    """
    if "trip_id" not in table:
        table = pd.DataFrame(columns=["trip_id"], dtype=object)
    table = table[table["trip_id"].str.strip().isin(set(trips))]
    found, doubts = _rows(table, trips=trips, stops=stops, feed=feed)
    trip, stop, arrival, departure = (found[name].to_numpy() for name in ("trip", "stop", "come", "go"))
    along = _along(trip, stop, places, found["along"].to_numpy("float64"))
    arrival, departure, filled = _filled(trip, along, arrival, departure)
    within = ~np.isnan(arrival)
    if filled:
        values = {"count": filled, "share": 100.0 * filled / max(len(trip), 1)}
        doubts.append(Doubt(code="timetable.interpolated", layer="gtfs", subject=feed, values=values))
    outer = int((~within).sum())
    if outer:
        doubts.append(Doubt(code="timetable.untimed", layer="gtfs", subject=feed, values={"count": outer}))
    phone = found["pickup"].isin(BY_PHONE) | found["drop"].isin(BY_PHONE)
    calls = Calls(
        trip=trip,
        stop=stop,
        arrival=np.where(within, arrival, 0.0).astype(np.int64),
        departure=np.where(within, departure, 0.0).astype(np.int64),
        boards=(found["pickup"] != NO_ONE).to_numpy(bool),
        alights=(found["drop"] != NO_ONE).to_numpy(bool),
        by_phone=phone.to_numpy(bool),
        doubts=tuple(doubts),
    ).only(within)
    return _sound(calls, trips, feed)


def _rows(
    table: pd.DataFrame, *, trips: Sequence[str], stops: Sequence[str], feed: str
) -> tuple[pd.DataFrame, list[Doubt]]:
    """Return the rows that can be read, by trip and order, and what is to be said of the others."""
    blank = pd.Series([""] * len(table), index=table.index, dtype=object)

    def column(name: str) -> pd.Series[Any]:
        return table[name].str.strip() if name in table else blank

    come, go = _seconds(column("arrival_time")), _seconds(column("departure_time"))
    frame = pd.DataFrame(
        {
            "trip": _positions(table["trip_id"].str.strip(), trips),
            "stop": _positions(column("stop_id"), stops),
            "order": pd.to_numeric(column("stop_sequence"), errors="coerce"),
            "come": np.where(np.isnan(come), go, come),
            "go": np.where(np.isnan(go), come, go),
            "along": pd.to_numeric(column("shape_dist_traveled"), errors="coerce"),
            "pickup": column("pickup_type").to_numpy(object),
            "drop": column("drop_off_type").to_numpy(object),
        }
    )
    # A row of an area of demand service has no stop, and none of its times is one of a vehicle.
    area = (column("location_id") != "") | (column("location_group_id") != "")
    texts = [column(name).to_numpy(object) for name in ("arrival_time", "departure_time")]
    odd = (np.isnan(come) & (texts[0] != "")) | (np.isnan(go) & (texts[1] != "")) | frame["order"].isna()
    lost = (frame["stop"] < 0).to_numpy() & ~area.to_numpy()
    doubts = []
    if odd.any():
        values = {"count": int(odd.sum()), "rows": _named(table, odd.to_numpy())}
        doubts.append(Doubt(code="timetable.rows", layer="gtfs", subject=feed, values=values))
    if lost.any():
        named = sorted(set(column("stop_id")[lost]))
        values = {"count": int(lost.sum()), "stops": named[:EXAMPLES]}
        doubts.append(Doubt(code="timetable.unknown_stops", layer="gtfs", subject=feed, values=values))
    kept = frame[(~odd & (frame["stop"] >= 0)).to_numpy()]
    return kept.sort_values(["trip", "order"], kind="stable", ignore_index=True), doubts


def _named(table: pd.DataFrame, which: NDArray[np.bool_]) -> list[str]:
    """Return the first of some rows as a person finds them: trip and order."""
    first = table[which].head(EXAMPLES)
    orders = first["stop_sequence"] if "stop_sequence" in first else [""] * len(first)
    return [f"{trip} {order}".strip() for trip, order in zip(first["trip_id"], orders, strict=True)]


def _positions(values: pd.Series[Any], known: Sequence[str]) -> NDArray[np.int64]:
    """Return the place of each value among the known ones, -1 where it is none of them."""
    places = {word: place for place, word in enumerate(known)}
    return np.array([places.get(value, -1) for value in values], dtype=np.int64)


def _seconds(texts: pd.Series[Any]) -> NDArray[np.float64]:
    """Return times as seconds, NaN where blank or no time; each different text is read once."""
    codes, words = pd.factorize(texts)
    read = [seconds_of(word) for word in words]
    found = np.array([np.nan if value is None else value for value in read], dtype="float64")
    return found[codes] if len(found) else np.full(len(texts), np.nan)


def _along(
    trip: NDArray[np.int64], stop: NDArray[np.int64], places: NDArray[np.float64], given: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return a distance along the line of each call; only differences within a trip have a meaning."""
    if not len(trip):
        return np.empty(0)
    same = np.append(False, trip[1:] == trip[:-1])
    latitude, longitude = np.radians(places[stop]).T
    north = np.diff(latitude, prepend=np.nan)
    east = np.diff(longitude, prepend=np.nan) * np.cos(latitude)
    straight = np.where(same, np.hypot(north, east) * EARTH_M, 0.0)
    step = np.where(same, np.diff(given, prepend=np.nan), 0.0)
    bad = ~(np.isfinite(given) & (step >= 0.0))
    starts = np.flatnonzero(~same)
    of_trip = np.cumsum(~same) - 1
    by_feed = ~np.logical_or.reduceat(bad, starts)[of_trip]
    # A leg without a length counts as the others of its trip do where none has one, and as none where some have.
    known = np.logical_or.reduceat(np.nan_to_num(straight) > 0.0, starts)[of_trip]
    own = np.where(known, np.nan_to_num(straight), 1.0)
    return np.cumsum(np.where(by_feed, step, own))


def _filled(
    trip: NDArray[np.int64],
    along: NDArray[np.float64],
    arrival: NDArray[np.float64],
    departure: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Return the times with the blank ones between two timed calls of a trip filled in, and how many those are."""
    timed = np.flatnonzero(~np.isnan(arrival))
    blank = np.flatnonzero(np.isnan(arrival))
    if not len(timed) or not len(blank):
        return arrival, departure, 0
    after = np.searchsorted(timed, blank)
    inner = (after > 0) & (after < len(timed))
    blank, after = blank[inner], after[inner]
    before, behind = timed[after - 1], timed[after]
    inside = (trip[before] == trip[blank]) & (trip[behind] == trip[blank])
    blank, before, behind = blank[inside], before[inside], behind[inside]
    whole = along[behind] - along[before]
    even = (blank - before) / (behind - before)
    share = np.divide(along[blank] - along[before], whole, out=even, where=whole > 0.0)
    times = np.round(departure[before] + share * (arrival[behind] - departure[before]))
    arrival, departure = arrival.copy(), departure.copy()
    arrival[blank] = departure[blank] = times
    return arrival, departure, len(blank)


def _sound(calls: Calls, trips: Sequence[str], feed: str) -> Calls:
    """Return the calls of the trips whose times go forward and that call at two stops at least."""
    doubts = []
    same = calls.trip[1:] == calls.trip[:-1]
    back = calls.trip[1:][same & (calls.arrival[1:] < calls.departure[:-1])]
    dwell = calls.trip[calls.departure < calls.arrival]
    for code, bad in (("timetable.back_in_time", back), ("timetable.dwell", dwell)):
        which = np.unique(bad)
        if len(which):
            values = {"count": len(which), "trips": [trips[place] for place in which[:EXAMPLES]]}
            doubts.append(Doubt(code=code, layer="gtfs", subject=feed, values=values))
    gone = np.union1d(back, dwell)
    number = np.bincount(calls.trip, minlength=len(trips))
    alone = np.flatnonzero((number > 0) & (number < LEAST_CALLS))
    if len(alone):
        values = {"count": len(alone), "trips": [trips[place] for place in alone[:EXAMPLES]]}
        doubts.append(Doubt(code="timetable.one_call", layer="gtfs", subject=feed, values=values))
    return calls.only(~np.isin(calls.trip, gone) & (number[calls.trip] >= LEAST_CALLS), doubts)
