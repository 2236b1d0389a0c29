"""Compiled loops of trips by timetable: rounds of one ride each, from the last departure of a window to the first.

Labels stay from one departure to the one before it: what is reached after a later start is reached after an earlier
one, too. So of each departure only the trips are followed that no later one can catch.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gisplan.core.compiled import compiler
from gisplan.network.timetable import Lines

NEVER = 2**30
"""A time that no timetable has [s]."""

NOT_REACHED = -1
Integers = NDArray[np.int32]
Places = NDArray[np.int64]
Small = NDArray[np.int8]


class Ways(NamedTuple):
    """Ways on foot as compiled loops read them: those of row r stand from `first[r]`, to `other`, in `seconds`."""

    first: Places
    other: Integers
    seconds: Integers


class Question(NamedTuple):
    """When one sets out, how long and with how many rides one goes, and what is told of it.

    One sets out every `step` seconds from `start`, `departures` times; `longest` is in seconds, `ranks` are places in
    the departures in order of their time, from 0.
    """

    start: int
    step: int
    departures: int
    longest: int
    rides: int
    ranks: Places


class Labels(NamedTuple):
    """What is known of one origin: times by number of rides and stop, and which changed with this departure.

    `arrive[k, s]` is the first arrival with k rides at most, `ready[k, s]` when one may board after it; `fresh[k, s]`
    is the departure with which the latter changed. `soonest` and `rides` belong to destinations.
    """

    arrive: Integers
    ready: Integers
    fresh: Integers
    soonest: Integers
    rides: Small


class Work(NamedTuple):
    """Room for lists: lines to follow with their first position, stops that changed, and answers by departure.

    `took` and `with_rides` are seconds and rides to each destination [departures, d].
    """

    from_position: Integers
    lines: Integers
    arrived: Integers
    changed: Integers
    seen: NDArray[np.bool_]
    took: Integers
    with_rides: Small


class World(NamedTuple):
    """Lines, the ways on foot between stops, to stops from origins and from stops to destinations, and the question."""

    lines: Lines
    changes: Ways
    access: Ways
    egress: Ways
    asked: Question


Now = tuple[int, int]
"""The departure at work by its number, and the latest time of an arrival that counts [s]."""


compiled = compiler(Path(__file__).parent, "raptor.py")


@compiled
def rides(world: World, destinations: int) -> tuple[Integers, Small, NDArray[np.bool_]]:
    """Return seconds [o, r, d] (-1 not reached), rides [o, r, d], and whether an origin could board at all [o]."""
    asked, stops = world.asked, len(world.changes.first) - 1
    origins = len(world.access.first) - 1
    shape = (origins, len(asked.ranks), destinations)
    seconds = np.full(shape, NOT_REACHED, dtype=np.int32)
    boarded = np.zeros(shape, dtype=np.int8)
    able = np.zeros(origins, dtype=np.bool_)
    labels = Labels(
        np.empty((asked.rides + 1, stops), dtype=np.int32),
        np.empty((asked.rides + 1, stops), dtype=np.int32),
        np.empty((asked.rides + 1, stops), dtype=np.int32),
        np.empty(destinations, dtype=np.int32),
        np.empty(destinations, dtype=np.int8),
    )
    work = Work(
        np.full(len(world.lines.trips), NEVER, dtype=np.int32),
        np.empty(len(world.lines.trips), dtype=np.int32),
        np.empty(stops, dtype=np.int32),
        np.empty(stops, dtype=np.int32),
        np.zeros(stops, dtype=np.bool_),
        np.empty((asked.departures, destinations), dtype=np.int32),
        np.empty((asked.departures, destinations), dtype=np.int8),
    )
    for origin in range(origins):
        able[origin] = _window(origin, world, labels, work)
        if able[origin]:
            _ranked(work, asked, seconds[origin], boarded[origin])
    return seconds, boarded, able


@compiled
def _window(origin: int, world: World, labels: Labels, work: Work) -> bool:
    """Follow every departure of one origin, the last first, and note seconds and rides to each destination."""
    access, asked = world.access, world.asked
    first, lines_at, positions = _boardings(origin, world.lines, access, asked)
    if len(lines_at) == 0:
        return False
    labels.arrive[:] = NEVER
    labels.ready[:] = NEVER
    labels.fresh[:] = -1
    labels.soonest[:] = NEVER
    labels.rides[:] = 0
    for departure in range(asked.departures - 1, -1, -1):
        leaves = asked.start + departure * asked.step
        if first[departure] < first[departure + 1]:
            for place in range(access.first[origin], access.first[origin + 1]):
                stop = access.other[place]
                labels.ready[0, stop] = leaves + access.seconds[place]
                labels.fresh[0, stop] = departure
            many = 0
            for place in range(first[departure], first[departure + 1]):
                many = _to_follow(lines_at[place], positions[place], many, work)
            _rounds(many, (departure, leaves + asked.longest), world, labels, work)
        for other in range(len(labels.soonest)):
            lasts = labels.soonest[other] - leaves
            work.took[departure, other] = lasts if lasts <= asked.longest else NEVER
            work.with_rides[departure, other] = labels.rides[other]
    return True


@compiled
def _boardings(origin: int, lines: Lines, access: Ways, asked: Question) -> tuple[Places, Integers, Integers]:
    """Return for each departure the lines, and their positions, of the trips that none later can catch.

    They stand from `first[departure]`.
    """
    counts = np.zeros(asked.departures + 1, dtype=np.int64)
    lines_at = np.empty(0, dtype=np.int32)
    positions = np.empty(0, dtype=np.int32)
    free = counts.copy()
    end = asked.start + (asked.departures - 1) * asked.step
    for fill in range(2):
        if fill == 1:
            counts[1:] = counts[:-1].copy()
            counts[0] = 0
            for departure in range(asked.departures):
                counts[departure + 1] += counts[departure]
            lines_at = np.empty(counts[asked.departures], dtype=np.int32)
            positions = np.empty(counts[asked.departures], dtype=np.int32)
            free = counts.copy()
        for place in range(access.first[origin], access.first[origin + 1]):
            stop, way = access.other[place], access.seconds[place]
            for at in range(lines.first_line[stop], lines.first_line[stop + 1]):
                line, position = lines.line[at], lines.position[at]
                trips = lines.trips[line]
                begin = lines.first_time[line] + position * trips
                last_slot = -1
                for trip in range(_next_trip(lines.departure, begin, trips, asked.start + way), trips):
                    leaves = lines.departure[begin + trip] - way
                    # The last departure waits for whatever leaves after it, within the longest trip.
                    if leaves > end + asked.longest:
                        break
                    slot = min((leaves - asked.start) // asked.step, asked.departures - 1)
                    if slot == last_slot:
                        continue
                    last_slot = slot
                    if fill == 0:
                        counts[slot] += 1
                    else:
                        lines_at[free[slot]] = line
                        positions[free[slot]] = position
                        free[slot] += 1
    return counts, lines_at, positions


@compiled
def _next_trip(departure: Integers, begin: int, trips: int, ready: int) -> int:
    """Return the first of some trips in order that leaves at a time or later, `trips` where none does."""
    low, high = 0, trips
    while low < high:
        middle = (low + high) >> 1
        if departure[begin + middle] < ready:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _to_follow(line: int, position: int, many: int, work: Work) -> int:
    """Note a line with the first position from which it is to be followed, and return how many are noted."""
    if work.from_position[line] == NEVER:
        work.lines[many] = line
        many += 1
    work.from_position[line] = min(work.from_position[line], position)
    return many


@compiled
def _rounds(many: int, now: Now, world: World, labels: Labels, work: Work) -> None:
    """Ride, walk and ride again, as long as something changes."""
    lines, most = world.lines, world.asked.rides
    for ride in range(1, most + 1):
        arrived = 0
        for place in range(many):
            line = work.lines[place]
            arrived = _follow(line, ride, now, lines, labels, work, arrived)
            work.from_position[line] = NEVER
        changed = 0
        for place in range(arrived):
            stop = work.arrived[place]
            work.seen[stop] = False
            _leave(stop, ride, world.egress, labels)
            if ride < most:
                changed = _change(stop, ride, now[0], world.changes, labels, work, changed)
        many = 0
        for place in range(changed):
            stop = work.changed[place]
            for at in range(lines.first_line[stop], lines.first_line[stop + 1]):
                many = _to_follow(lines.line[at], lines.position[at], many, work)
        if many == 0:
            break


@compiled
def _follow(line: int, ride: int, now: Now, lines: Lines, labels: Labels, work: Work, arrived: int) -> int:
    """Follow the first trip of a line that can be caught, and return how many stops changed so far."""
    trips, times = lines.trips[line], lines.first_time[line]
    first, end = lines.first_stop[line], lines.first_stop[line + 1]
    trip = trips
    for at in range(first + work.from_position[line], end):
        stop, begin = lines.stop[at], times + (at - first) * trips
        if trip < trips and lines.alights[at]:
            time = lines.arrival[begin + trip]
            if time < labels.arrive[ride, stop] and time <= now[1]:
                for more in range(ride, labels.arrive.shape[0]):
                    if labels.arrive[more, stop] <= time:
                        break
                    labels.arrive[more, stop] = time
                if not work.seen[stop]:
                    work.seen[stop] = True
                    work.arrived[arrived] = stop
                    arrived += 1
        if lines.boards[at] and labels.fresh[ride - 1, stop] == now[0]:
            ready = labels.ready[ride - 1, stop]
            if trip == trips or ready <= lines.departure[begin + trip]:
                trip = min(trip, _next_trip(lines.departure, begin, trips, ready))
    return arrived


@compiled
def _leave(stop: int, ride: int, egress: Ways, labels: Labels) -> None:
    """Walk from a stop to the destinations around it."""
    time = labels.arrive[ride, stop]
    for place in range(egress.first[stop], egress.first[stop + 1]):
        other, there = egress.other[place], time + egress.seconds[place]
        if there < labels.soonest[other] or (there == labels.soonest[other] and ride < labels.rides[other]):
            labels.soonest[other] = there
            labels.rides[other] = ride


@compiled
def _change(
    stop: int, ride: int, departure: int, changes: Ways, labels: Labels, work: Work, changed: int
) -> int:
    """Walk from a stop to the stops around it, and return how many stops changed so far."""
    time = labels.arrive[ride, stop]
    for place in range(changes.first[stop], changes.first[stop + 1]):
        other, ready = changes.other[place], time + changes.seconds[place]
        if ready >= labels.ready[ride, other]:
            continue
        if labels.fresh[ride, other] != departure:
            labels.fresh[ride, other] = departure
            work.changed[changed] = other
            changed += 1
        for more in range(ride, labels.ready.shape[0]):
            if labels.ready[more, other] <= ready:
                break
            labels.ready[more, other] = ready
    return changed


@compiled
def _ranked(work: Work, asked: Question, seconds: Integers, boarded: Small) -> None:
    """Write the seconds at each rank of the departures, and the fewest rides of a departure that takes as long."""
    took, with_rides = work.took, work.with_rides
    times = np.empty(asked.departures, dtype=np.int32)
    for other in range(took.shape[1]):
        reached = 0
        for departure in range(asked.departures):
            if took[departure, other] < NEVER:
                times[reached] = took[departure, other]
                reached += 1
        # Whoever does not get there waits behind everyone who does.
        ordered = np.sort(times[:reached])
        for place in range(len(asked.ranks)):
            if asked.ranks[place] >= reached:
                continue
            time = ordered[asked.ranks[place]]
            seconds[place, other] = time
            fewest = 127
            for departure in range(asked.departures):
                if took[departure, other] == time:
                    fewest = min(fewest, with_rides[departure, other])
            boarded[place, other] = fewest
