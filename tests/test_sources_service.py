"""The days of service of a timetable."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisplan.sources.clock import seconds_of
from gisplan.sources.service import service_of

WEEK = {
    "monday": "1",
    "tuesday": "1",
    "wednesday": "1",
    "thursday": "1",
    "friday": "1",
    "saturday": "0",
    "sunday": "0",
}
MONDAY, SATURDAY = dt.date(2026, 11, 2), dt.date(2026, 11, 7)


def tables(**more):
    """Return a small timetable: three trips on weekdays, one of them every ten minutes past midnight."""
    usual = {
        "calendar.txt": [{"service_id": "平日", "start_date": "20260401", "end_date": "20270331"} | WEEK],
        "trips.txt": [{"trip_id": str(trip), "service_id": "平日"} for trip in (1, 2, 3)],
        "stop_times.txt": [
            {"trip_id": str(trip), "stop_id": stop, "departure_time": "25:30:00"}
            for trip in (1, 2, 3)
            for stop in ("A", "B")
        ],
        "frequencies.txt": [
            {"trip_id": "3", "start_time": "23:30:00", "end_time": "24:30:00", "headway_secs": "600"}
        ],
    }
    return {name: pd.DataFrame(rows, dtype=object) for name, rows in (usual | more).items()}


def test_trips_of_a_day_count_departures_by_frequency():
    service = service_of(tables())
    assert service.trips_on(MONDAY) == 2 + 6
    assert service.trips_on(SATURDAY) == 0
    assert (service.first, service.last) == (dt.date(2026, 4, 1), dt.date(2027, 3, 31))


def test_exceptions_add_and_remove_days():
    exceptions = [
        {"service_id": "平日", "date": "20261102", "exception_type": "2"},
        {"service_id": "平日", "date": "20261107", "exception_type": "1"},
        {"service_id": "平日", "date": "2026-11-08", "exception_type": "1"},
    ]
    service = service_of(tables(**{"calendar_dates.txt": exceptions}))
    assert service.trips_on(MONDAY) == 0
    assert service.trips_on(SATURDAY) == 8
    assert service.unread == 1


def test_dates_alone_make_a_calendar():
    held = tables(
        **{"calendar_dates.txt": [{"service_id": "平日", "date": "20261107", "exception_type": "1"}]}
    )
    del held["calendar.txt"]
    service = service_of(held)
    assert (service.first, service.last) == (SATURDAY, SATURDAY)
    assert service.trips_on(SATURDAY) == 8


def test_a_trip_without_stop_times_is_none():
    times = [{"trip_id": trip} for trip in ("1", "1", "2")]
    assert service_of(tables(**{"stop_times.txt": times})).trips_on(MONDAY) == 1


def test_no_tables_give_no_days():
    service = service_of({})
    assert (service.first, service.last, service.trips_on(MONDAY)) == (None, None, 0)


@pytest.mark.parametrize(
    ("clock", "seconds"),
    [("25:30:00", 91_800), ("8:05:00", 29_100), (" 08:05:00", 29_100), ("", None), ("8:65:00", None)],
)
def test_times_go_on_after_midnight(clock, seconds):
    assert seconds_of(clock) == seconds


days = st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 31))


@given(days, days, st.sets(st.sampled_from(sorted(WEEK))), days)
def test_a_period_holds_on_its_weekdays_between_its_ends(first, last, weekdays, day):
    marks = {name: "1" if name in weekdays else "0" for name in WEEK}
    row = {"service_id": "s", "start_date": f"{first:%Y%m%d}", "end_date": f"{last:%Y%m%d}"} | marks
    service = service_of({"calendar.txt": pd.DataFrame([row], dtype=object)})
    expected = first <= day <= last and day.strftime("%A").lower() in weekdays
    assert service.on(day) == ({"s"} if expected else set())


def test_a_period_that_ends_before_it_begins_and_an_unknown_kind_of_day_are_told():
    turned = {"service_id": "夏", "start_date": "20260831", "end_date": "20260701"} | WEEK
    days = [{"service_id": "平日", "date": "20261107", "exception_type": kind} for kind in ("1", "3", "")]
    held = tables()
    usual = held["calendar.txt"].to_dict("records")
    service = service_of(tables(**{"calendar.txt": [*usual, turned], "calendar_dates.txt": days}))
    assert service.unread == 3
    assert service.on(SATURDAY) == {"平日"}


def test_ids_with_blanks_around_them_and_trips_written_twice_are_one_trip():
    trips = [{"trip_id": trip, "service_id": "平日 "} for trip in ("1 ", "1", " 2")]
    assert service_of(tables(**{"trips.txt": trips})).trips_on(MONDAY) == 2


def test_periods_of_frequency_that_overlap_or_cannot_be_read_count_as_they_depart():
    often = [
        {"trip_id": "3", "start_time": "07:00:00", "end_time": "08:00:00", "headway_secs": "600"},
        {"trip_id": "3", "start_time": "07:30:00", "end_time": "08:10:00", "headway_secs": "600"},
        {"trip_id": "2", "start_time": "09:00:00", "end_time": "08:00:00", "headway_secs": "600"},
    ]
    assert service_of(tables(**{"frequencies.txt": often})).trips_on(MONDAY) == 1 + 1 + 7
