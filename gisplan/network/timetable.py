"""Timetables of several feeds as lines: trips with the same stops, in an order in which none overtakes another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from gisplan.core.timetable import NOT_POSSIBLE, Timetable

if TYPE_CHECKING:
    from numpy.typing import NDArray

Kind = TypeVar("Kind", bound=np.generic)


class Lines(NamedTuple):
    """Lines as compiled loops read them.

    Line l has the stops `stop[first_stop[l]:first_stop[l + 1]]` and `trips[l]` trips. The times of its i-th stop stand
    from `first_time[l] + i * trips[l]` in `arrival` and `departure` [s], one a trip, in order. `boards` and `alights`
    stand beside `stop`. Stop s is boarded on the lines `line[first_line[s]:first_line[s + 1]]`, at their `position`.
    """

    first_stop: NDArray[np.int64]
    stop: NDArray[np.int32]
    boards: NDArray[np.bool_]
    alights: NDArray[np.bool_]
    trips: NDArray[np.int64]
    first_time: NDArray[np.int64]
    arrival: NDArray[np.int32]
    departure: NDArray[np.int32]
    first_line: NDArray[np.int64]
    line: NDArray[np.int32]
    position: NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stops:
    """The stops of several feeds in one list: `feed` is the place of their feed [s], `used` tells who has trips [s].

    `latitude` and `longitude` are in degrees [s], NaN where unknown.
    """

    feed: NDArray[np.int64]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    used: NDArray[np.bool_]


def stops_of(timetables: Sequence[Timetable]) -> Stops:
    """Return the stops of some timetables in one list, in the order of the feeds."""
    used = [np.isin(np.arange(len(held.stop)), held.stop_of) for held in timetables]
    return Stops(
        feed=np.repeat(np.arange(len(timetables)), [len(held.stop) for held in timetables]),
        latitude=np.concatenate([np.empty(0), *(held.latitude for held in timetables)]),
        longitude=np.concatenate([np.empty(0), *(held.longitude for held in timetables)]),
        used=np.concatenate([np.empty(0, dtype=bool), *used]),
    )


def changes_of(
    timetables: Sequence[Timetable],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the changes of which feeds speak: from stop, to stop, by their places in the common list, and seconds."""
    starts = _offsets(timetables)
    none = np.empty(0, dtype=np.int64)
    pairs = list(zip(timetables, starts, strict=False))
    return (
        np.concatenate([none, *(held.change_from + start for held, start in pairs)]),
        np.concatenate([none, *(held.change_to + start for held, start in pairs)]),
        np.concatenate([none, *(held.change_seconds.astype(np.int64) for held in timetables)]),
    )


def lines_of(timetables: Sequence[Timetable]) -> Lines:
    """Return the lines of some timetables.

    Trips belong to one line where they call at the same stops with the same boarding, and where none overtakes
    another: the next trip to leave is then the first to arrive everywhere.

    Parameters
    ----------
    timetables
        One a feed.
    """
    starts = _offsets(timetables)
    stop, boards, alights, trips = [], [], [], []
    arrivals, departures = [], []
    for held, start in zip(timetables, starts, strict=False):
        for members in _alike(held):
            first = int(held.first_call[members[0]])
            calls = slice(first, int(held.first_call[members[0] + 1]))
            where = held.first_call[members][:, None] + np.arange(calls.stop - calls.start)
            come, go = held.arrival[where], held.departure[where]
            for chosen in _in_order(come, go):
                stop.append(held.stop_of[calls] + start)
                boards.append(held.boards[calls])
                alights.append(held.alights[calls])
                trips.append(len(chosen))
                arrivals.append(come[chosen].T.ravel())
                departures.append(go[chosen].T.ravel())
    first_stop = np.append(0, np.cumsum([len(part) for part in stop], dtype=np.int64)).astype(np.int64)
    first_time = np.append(0, np.cumsum([len(part) for part in arrivals], dtype=np.int64)).astype(np.int64)
    stops, able = _joined(stop, np.int32), _joined(boards, np.bool_)
    first_line, line, position = _boarded(stops, able, first_stop, count=int(starts[-1]))
    return Lines(
        first_stop=first_stop,
        stop=stops,
        boards=able,
        alights=_joined(alights, np.bool_),
        trips=np.array(trips, dtype=np.int64),
        first_time=first_time[:-1],
        arrival=_joined(arrivals, np.int32),
        departure=_joined(departures, np.int32),
        first_line=first_line,
        line=line,
        position=position,
    )


def _offsets(timetables: Sequence[Timetable]) -> NDArray[np.int64]:
    """Return the place of each feed's first stop in the common list, and the number of all [f + 1]."""
    return np.append(0, np.cumsum([len(held.stop) for held in timetables], dtype=np.int64)).astype(np.int64)


def _joined(parts: Sequence[NDArray[Kind]], kind: type[Kind]) -> NDArray[Kind]:
    return np.concatenate([np.empty(0, dtype=kind), *parts]).astype(kind)


def _alike(held: Timetable) -> list[NDArray[np.int64]]:
    """Return the trips of a timetable in groups with the same stops and the same boarding."""
    groups: dict[bytes, list[int]] = {}
    for trip in range(len(held.trip)):
        calls = slice(held.first_call[trip], held.first_call[trip + 1])
        key = b"".join(part[calls].tobytes() for part in (held.stop_of, held.boards, held.alights))
        # The length keeps two trips apart whose bytes happen to be cut elsewhere.
        groups.setdefault(len(key).to_bytes(8, "little") + key, []).append(trip)
    return [np.array(members, dtype=np.int64) for members in groups.values()]


def _in_order(come: NDArray[np.int32], go: NDArray[np.int32]) -> list[NDArray[np.int64]]:
    """Return trips [t, stops] in groups in which none overtakes another, each in the order of its times."""
    order = np.lexsort((come[:, -1], go[:, 0]))
    left, found = order, []
    while len(left):
        times = np.concatenate([come[left], go[left]], axis=1)
        if (np.diff(times, axis=0) >= 0).all():
            found.append(left)
            break
        chosen, last = [], np.full(times.shape[1], np.iinfo(np.int32).min, dtype=np.int32)
        for place in range(len(left)):
            if (times[place] >= last).all():
                chosen.append(place)
                last = times[place]
        found.append(left[chosen])
        left = np.delete(left, chosen)
    return found


def _boarded(
    stop: NDArray[np.int32], boards: NDArray[np.bool_], first_stop: NDArray[np.int64], *, count: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Return for each stop the lines and positions at which one boards; at the last stop of a line no one does."""
    line = np.repeat(np.arange(len(first_stop) - 1), np.diff(first_stop))
    position = np.arange(len(stop)) - first_stop[line]
    able = np.flatnonzero(boards & (position < np.diff(first_stop)[line] - 1))
    able = able[np.argsort(stop[able], kind="stable")]
    first_line = np.searchsorted(stop[able], np.arange(count + 1))
    return first_line.astype(np.int64), line[able].astype(np.int32), position[able].astype(np.int32)


def foot_changes(
    walked: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    told: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    *,
    change_seconds: int,
    stops: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Return the changes from each stop: first change [s + 1], the other stop [c], and seconds until one may board [c].

    A change takes the way on foot and the time that every change takes; where the feed tells a time, it takes that
    time, and where the feed says that it is not possible, there is none. One may always stay at a stop and take the
    next vehicle, unless the feed rules that out.

    Parameters
    ----------
    walked
        Ways on foot between stops: from, to, seconds.
    told
        Changes of which feeds speak: from, to, seconds (-1 not possible); the last word on a pair counts.
    change_seconds
        What every change takes beside the way [s].
    stops
        How many stops there are.
    """
    here = np.arange(stops)
    apart = walked[0] != walked[1]
    start = np.concatenate([here, walked[0][apart], told[0]])
    end = np.concatenate([here, walked[1][apart], told[1]])
    ways = np.concatenate([np.zeros(stops, dtype=np.int64), walked[2][apart]]) + change_seconds
    seconds = np.concatenate([ways, told[2]])
    # Of each pair the last row stays: what the feed tells comes after what is walked.
    rank = np.arange(len(start))
    order = np.lexsort((rank, end, start))
    start, end, seconds = start[order], end[order], seconds[order]
    last = np.ones(len(start), dtype=bool)
    last[:-1] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
    last &= seconds != NOT_POSSIBLE
    start, end, seconds = start[last], end[last], seconds[last]
    first = np.searchsorted(start, np.arange(stops + 1)).astype(np.int64)
    return first, end.astype(np.int32), seconds.astype(np.int32)
