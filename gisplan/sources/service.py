"""The days on which the trips of a timetable run, from the calendars of GTFS."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from gisplan.sources.frequencies import often_of

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ADDED, REMOVED = "1", "2"
LEAST_CALLS = 2
"""Stops at which a trip calls at least: it goes from one to another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """One row of calendar.txt: a service with its first and last day and the weekdays it runs on (Monday is 0)."""

    service: str
    first: dt.date
    last: dt.date
    weekdays: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """When trips run: regular periods, single days added and removed, and the trips of each service.

    `trips` counts the departures of each service, those by frequency included. `unread` counts the rows whose
    dates or kind cannot be read, or that end before they begin.
    """

    periods: tuple[Period, ...]
    added: frozenset[tuple[str, dt.date]]
    removed: frozenset[tuple[str, dt.date]]
    trips: Mapping[str, int]
    unread: int = 0

    @property
    def first(self) -> dt.date | None:
        """The first day with a service, None where there is no day at all."""
        return min(
            [*(period.first for period in self.periods), *(day for _, day in self.added)], default=None
        )

    @property
    def last(self) -> dt.date | None:
        """The last day with a service, None where there is no day at all."""
        return max([*(period.last for period in self.periods), *(day for _, day in self.added)], default=None)

    def on(self, day: dt.date) -> frozenset[str]:
        """Return the services of a day."""
        regular = {
            period.service
            for period in self.periods
            if period.first <= day <= period.last and day.weekday() in period.weekdays
        }
        added = {service for service, date in self.added if date == day}
        removed = {service for service, date in self.removed if date == day}
        return frozenset((regular - removed) | added)

    def trips_on(self, day: dt.date) -> int:
        """Return how many trips begin on a day of service."""
        return sum(self.trips.get(service, 0) for service in self.on(day))


def service_of(tables: Mapping[str, pd.DataFrame]) -> Service:
    """Return the days of a timetable from its tables by file name."""
    periods, odd = _periods(tables.get("calendar.txt"))
    dates = {sign: frozenset[tuple[str, dt.date]]() for sign in (ADDED, REMOVED)}
    exceptions = tables.get("calendar_dates.txt")
    if exceptions is not None and {"service_id", "date", "exception_type"} <= set(exceptions.columns):
        read = [
            (service.strip(), _day(date), sign.strip())
            for service, date, sign in exceptions[["service_id", "date", "exception_type"]].itertuples(
                index=False
            )
        ]
        odd += sum(day is None or how not in dates for _, day, how in read)
        dates = {
            sign: frozenset((service, day) for service, day, how in read if how == sign and day is not None)
            for sign in dates
        }
    return Service(
        periods=periods,
        added=dates[ADDED],
        removed=dates[REMOVED],
        trips=_trips(tables),
        unread=odd,
    )


def _periods(calendar: pd.DataFrame | None) -> tuple[tuple[Period, ...], int]:
    columns = ["service_id", "start_date", "end_date", *WEEKDAYS]
    if calendar is None or not set(columns) <= set(calendar.columns):
        return (), 0 if calendar is None else len(calendar)
    periods, odd = [], 0
    for service, start, end, *marks in calendar[columns].itertuples(index=False):
        first, last = _day(start), _day(end)
        weekdays = frozenset(number for number, mark in enumerate(marks) if mark.strip() == "1")
        if first is None or last is None or last < first:
            odd += 1
        elif weekdays:  # a service on no weekday runs on its added days alone
            periods.append(Period(service=service.strip(), first=first, last=last, weekdays=weekdays))
    return tuple(periods), odd


def _day(text: str) -> dt.date | None:
    try:
        return dt.datetime.strptime(text.strip(), "%Y%m%d").replace(tzinfo=dt.UTC).date()
    except ValueError:
        return None


def _trips(tables: Mapping[str, pd.DataFrame]) -> Mapping[str, int]:
    """Return the departures of each service, as a timetable has them: one by frequency is several.

    A trip without two stop times is none, and one that stands twice is one.
    """
    trips = tables.get("trips.txt")
    if trips is None or not {"trip_id", "service_id"} <= set(trips.columns):
        return {}
    times = tables.get("stop_times.txt")
    called = (
        Counter[str]() if times is None or "trip_id" not in times else Counter(times["trip_id"].str.strip())
    )
    often = often_of(tables.get("frequencies.txt")).starts
    services = dict[str, str]()
    for trip, service in trips[["trip_id", "service_id"]].itertuples(index=False):
        services.setdefault(trip.strip(), service.strip())
    counts: Counter[str] = Counter()
    for trip, service in services.items():
        if called[trip] >= LEAST_CALLS:
            counts[service] += len(often[trip]) if trip in often else 1
    return counts
