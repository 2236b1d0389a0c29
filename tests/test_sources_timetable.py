"""The timetable of a GTFS archive on one day of service."""

import datetime as dt

import numpy as np
import pytest
from small_timetable import DAY, WEEKDAYS, feed

from gisplan.core.errors import InputError
from gisplan.sources.child_process import Child
from gisplan.sources.door import admit
from gisplan.sources.raw import Wanted
from gisplan.sources.read import read_file
from gisplan.sources.reader import Reader
from gisplan.sources.timetable import Asked, read_timetable
from gisplan.sources.timetable_parcel import pack_timetable, unpack_timetable

TIMES = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
GIVEN = "trip_id,arrival_time,departure_time,stop_id,stop_sequence,shape_dist_traveled\n"


def timed(path, *, day=DAY, until=30 * 3600, **more):
    """Return the timetable of an archive, and what is doubted of it by code."""
    found = read_timetable(admit(path, name=path.name), Asked(day=day, until=until, **more))
    return found.timetable, {doubt.code: doubt.values for doubt in found.doubts}


def clock(seconds):
    """Return seconds as hours and minutes."""
    return f"{seconds // 3600}:{seconds % 3600 // 60:02d}"


def calls(held, trip):
    """Return the calls of a trip: stop, arrival, departure."""
    at = list(held.trip).index(trip)
    every = range(held.first_call[at], held.first_call[at + 1])
    return [(held.stop[held.stop_of[k]], clock(held.arrival[k]), clock(held.departure[k])) for k in every]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_trip_calls_at_its_stops_in_order(tmp_path, encoding):
    held, doubts = timed(feed(tmp_path, encoding=encoding))
    assert calls(held, "T1") == [("A", "8:00", "8:00"), ("B", "8:10", "8:11"), ("C", "8:20", "8:20")]
    assert held.stop_name.tolist() == ["役場前", "病院前", "終点"]
    assert (held.route.tolist(), held.direction.tolist(), held.trips_on_day) == (["1系統"], [0], 1)
    assert doubts == {}


def test_blank_times_lie_between_by_distance(tmp_path):
    # B lies half way by the straight line, three quarters along the line where the feed says so.
    rows = "T1,08:00:00,08:00:00,A,1{}\nT1,,,B,2{}\nT1,08:20:00,08:20:00,C,3{}\n"
    held, doubts = timed(feed(tmp_path, stop_times=TIMES + rows.format("", "", "")))
    assert calls(held, "T1")[1] == ("B", "8:10", "8:10")
    assert doubts["timetable.interpolated"] == {"count": 1, "share": pytest.approx(100 / 3)}
    held, _ = timed(feed(tmp_path, stop_times=GIVEN + rows.format(",0", ",3", ",4")))
    assert calls(held, "T1")[1] == ("B", "8:15", "8:15")
    nowhere = "stop_id,stop_name,stop_lat,stop_lon\nA,a,0,0\nB,b,0,0\nC,c,0,0\n"
    held, _ = timed(feed(tmp_path, stop_times=TIMES + rows.format("", "", ""), stops=nowhere))
    assert calls(held, "T1")[1] == ("B", "8:10", "8:10")
    assert np.isnan(held.latitude).all()


def test_calls_before_the_first_time_are_left_out_and_told(tmp_path):
    rows = "T1,,,A,1\nT1,08:10:00,,B,2\nT1,,08:20:00,C,3\n"
    held, doubts = timed(feed(tmp_path, stop_times=TIMES + rows))
    assert calls(held, "T1") == [("B", "8:10", "8:10"), ("C", "8:20", "8:20")]
    assert doubts["timetable.untimed"] == {"count": 1}


NIGHT = TIMES + "T1,23:50:00,23:50:00,A,1\nT1,25:30:00,25:30:00,B,2\n"


def test_25_30_is_the_next_day_and_last_night_runs_into_this_one(tmp_path):
    held, _ = timed(feed(tmp_path, stop_times=NIGHT), until=24 * 3600)
    by_day = {int(day): int(held.arrival[held.first_call[k] + 1]) for k, day in enumerate(held.day_of)}
    assert by_day == {0: 91_800, -1: 91_800 - 86_400}
    assert held.trips_on_day == 1
    held, _ = timed(feed(tmp_path, stop_times=NIGHT), until=48 * 3600)
    assert sorted(held.day_of.tolist()) == [-1, 0, 1]


def test_a_service_by_calendar_dates_alone_runs_on_those_days(tmp_path):
    dates = "service_id,date,exception_type\nFULLW,20261104,1\nFULLW,20261105,1\n"
    path = feed(tmp_path, without=["calendar"], calendar_dates=dates)
    assert timed(path)[0].trips_on_day == 1
    held, doubts = timed(path, day=dt.date(2026, 11, 7))
    assert held.trips_on_day == 0
    assert doubts["timetable.no_trips"]["days"] == ["2026-11-04 (1)", "2026-11-05 (1)"]


def test_a_day_taken_out_has_no_trips_and_the_next_days_are_named(tmp_path):
    out = "service_id,date,exception_type\nFULLW,20261104,2\n"
    weekdays = WEEKDAYS + "FULLW,1,1,1,1,1,0,0,20260401,20270331\n"
    held, doubts = timed(feed(tmp_path, calendar=weekdays, calendar_dates=out))
    assert held.trips_on_day == 0
    assert [day.isoformat() for day, _ in held.running] == [
        "2026-11-02", "2026-11-03", "2026-11-05", "2026-11-06", "2026-11-09",
    ]  # fmt: skip
    assert doubts["timetable.no_trips"]["day"] == "2026-11-04"


OFTEN = "trip_id,start_time,end_time,headway_secs,exact_times\n"


def test_a_trip_by_frequency_departs_every_headway_but_not_at_the_end(tmp_path):
    rows = OFTEN + "T1,07:00:00,07:30:00,600,0\nT1,12:00:00,12:30:00,900,1\n"
    held, doubts = timed(feed(tmp_path, frequencies=rows))
    starts = [clock(held.departure[first]) for first in held.first_call[:-1]]
    assert starts == ["7:00", "7:10", "7:20", "12:00", "12:15"]
    assert clock(held.arrival[held.first_call[1] - 1]) == "7:20"
    assert doubts["timetable.often"] == {"count": 1, "exact": 1}


@pytest.mark.parametrize(
    "row", ["T1,08:00:00,07:00:00,600,0", "T1,07:00:00,08:00:00,0,0", "T1,7時,08:00:00,600,0"]
)
def test_an_absurd_frequency_is_told_and_not_used(tmp_path, row):
    held, doubts = timed(feed(tmp_path, frequencies=OFTEN + row + "\n"))
    assert doubts["timetable.often_odd"] == {"count": 1}
    assert held.trips_on_day == 1


ONE_TRIP = {"count": 1, "trips": ["T1"]}
ODD_ROWS = [
    ("08:00:00,08:00:00,A,1", "07:50:00,07:50:00,B,2", "timetable.back_in_time", ONE_TRIP, 0),
    ("08:00:00,07:55:00,A,1", "08:10:00,08:10:00,B,2", "timetable.dwell", ONE_TRIP, 0),
    ("08:05:00,08:05:00,X9,0", "08:10:00,,B,2", "timetable.unknown_stops", {"count": 1, "stops": ["X9"]}, 1),
    ("8時5分,08:05:00,C,0", "08:10:00,,B,2", "timetable.rows", {"count": 1, "rows": ["T1 0"]}, 1),
    ("08:05:00,08:05:00,C,一", "08:10:00,,B,2", "timetable.rows", {"count": 1, "rows": ["T1 一"]}, 1),
]


@pytest.mark.parametrize(("first", "second", "code", "values", "trips"), ODD_ROWS)
def test_rows_that_make_no_sense_are_left_out_and_named(tmp_path, first, second, code, values, trips):
    rows = f"T1,{first}\nT1,{second}\nT1,08:20:00,08:20:00,C,9\n"
    held, doubts = timed(feed(tmp_path, stop_times=TIMES + rows))
    assert doubts[code] == values
    assert held.trips_on_day == trips


@pytest.mark.parametrize("without", ["stop_times", "trips"])
def test_without_trips_there_is_no_timetable_and_that_is_no_zero(tmp_path, without):
    held, doubts = timed(feed(tmp_path, without=[without]))
    assert doubts["timetable.no_times"] == {"files": [f"{without}.txt"]}
    assert "timetable.no_trips" not in doubts
    assert len(held.trip) == 0


PHONE = "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n"


def test_who_must_telephone_cannot_board_unless_the_plan_says_so(tmp_path):
    rows = (
        PHONE + "T1,08:00:00,08:00:00,A,1,2,0\nT1,08:10:00,08:10:00,B,2,0,0\nT1,08:20:00,08:20:00,C,3,1,3\n"
    )
    held, doubts = timed(feed(tmp_path, stop_times=rows))
    assert (held.boards.tolist(), held.alights.tolist()) == ([False, True, False], [False, True, False])
    assert doubts["timetable.phone"] == {"count": 2}
    held, doubts = timed(feed(tmp_path, stop_times=rows), by_phone=True)
    assert (held.boards.tolist(), held.alights.tolist()) == ([True, True, False], [True, True, True])
    assert "timetable.phone_counted" in doubts


def test_changes_of_a_station_hold_for_all_its_stops(tmp_path):
    stops = (
        "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
        "S,駅,34.87,138.318,1,\nA,駅,34.87,138.318,0,S\nB,駅,34.88,138.318,0,S\nC,港,34.89,138.318,0,\n"
    )
    changes = "from_stop_id,to_stop_id,transfer_type,min_transfer_time\nS,C,2,300\nA,B,3,\nA,X,2,60\nB,C,0,\n"
    held, doubts = timed(feed(tmp_path, stops=stops, transfers=changes))
    rows = zip(held.stop[held.change_from], held.stop[held.change_to], held.change_seconds, strict=True)
    assert sorted(rows) == [("A", "B", -1), ("A", "C", 300), ("B", "C", 300)]
    assert doubts["timetable.changes"] == {"count": 1}
    assert held.stop.tolist() == ["A", "B", "C"]


AREA = (
    '{"type": "FeatureCollection", "features": [{"type": "Feature", "id": "z1", "properties": {"stop_name": "山の手"},'
    ' "geometry": {"type": "Polygon", "coordinates": [[[138.3, 34.8], [138.4, 34.8], [138.4, 34.9], [138.3, 34.8]]]}}]}'
)


def test_areas_of_demand_service_come_with_their_names_and_no_times(tmp_path):
    rows = (
        TIMES.replace("\n", ",location_id\n")
        + "T1,08:00:00,08:00:00,A,1,\nT1,08:10:00,08:10:00,B,2,\nT1,,,,3,z1\n"
    )
    held, doubts = timed(feed(tmp_path, stop_times=rows, **{"locations.geojson": AREA}))
    assert held.area_name.tolist() == ["山の手"]
    assert "timetable.unknown_stops" not in doubts
    assert len(calls(held, "T1")) == 2


def test_the_child_brings_the_same_timetable(tmp_path):
    path = feed(tmp_path, stop_times=NIGHT, **{"locations.geojson": AREA})
    asked = Asked(day=DAY, until=48 * 3600)
    own = read_timetable(admit(path, name=path.name), asked).timetable
    with Reader() as reader:
        brought = reader.timetable(path, name=path.name, asked=asked).timetable
        for name in own.__slots__:
            one, two = getattr(own, name), getattr(brought, name)
            assert np.array_equal(one, two) if isinstance(one, np.ndarray) else one == two


def test_a_file_that_is_no_gtfs_is_named(tmp_path):
    path = tmp_path / "stops.csv"
    path.write_text("番号,名称\n1,a\n", "utf-8")
    with Reader(child=Child()) as reader, pytest.raises(InputError) as caught:
        reader.timetable(path, name="stops.csv", asked=Asked(day=DAY, until=0))
    assert [problem.code for problem in caught.value.problems] == ["timetable.not_gtfs"]


def test_a_parcel_whose_numbers_do_not_fit_is_refused(tmp_path):
    import dataclasses

    path = feed(tmp_path)
    asked, file = Asked(day=DAY, until=48 * 3600), admit(path, name=path.name)
    found = read_timetable(file, asked)
    far = dataclasses.replace(found.timetable, stop_of=found.timetable.stop_of + 9)
    pack_timetable(dataclasses.replace(found, timetable=far), tmp_path / "parcel")
    with pytest.raises(ValueError, match="do not fit"):
        unpack_timetable(tmp_path / "parcel", file, asked)


def compared(path, day):
    """Hold a timetable against what gtfs-kit reads: trips of the day, and the times that the feed gives."""
    kit = pytest.importorskip("gtfs_kit")
    theirs = kit.read_feed(path, dist_units="km")
    held, _ = timed(path, day=day, until=0)
    today = held.day_of == 0
    trips = theirs.get_trips(f"{day:%Y%m%d}")
    assert set(held.trip[today]) == set(trips["trip_id"])
    times = theirs.stop_times.set_index(["trip_id", "stop_sequence"]).sort_index()
    for trip in sorted(trips["trip_id"])[:: max(1, len(trips) // 50)]:
        rows = times.loc[trip]
        at = int(np.flatnonzero((held.trip == trip) & today)[0])
        every = slice(held.first_call[at], held.first_call[at + 1])
        assert held.stop[held.stop_of[every]].tolist() == rows["stop_id"].tolist()
        given = rows["departure_time"].notna().to_numpy()
        theirs_s = rows["departure_time"][given].map(kit.helpers.timestr_to_seconds)
        assert held.departure[every][given].tolist() == theirs_s.tolist()


def test_gtfs_kit_reads_the_same_trips(tmp_path):
    compared(feed(tmp_path), DAY)


@pytest.mark.real
@pytest.mark.parametrize("name", ["poa_eptc_gtfs.zip", "poa_trensurb_gtfs.zip"])
def test_gtfs_kit_reads_the_same_trips_of_porto_alegre(real_data, name):
    compared(real_data / "poa" / name, dt.date(2019, 5, 13))


ODD_FEEDS = {
    "blanks around ids": {"trips": "route_id,service_id,trip_id\nR,FULLW,T1 \n"},
    "a trip written twice": {"trips": "route_id,service_id,trip_id\nR,FULLW,T1\nR,FULLW,T1\n"},
    "periods that overlap": {
        "frequencies": OFTEN + "T1,07:00:00,08:00:00,600,0\nT1,07:30:00,08:10:00,600,0\n"
    },
    "a period that ends before it begins": {"frequencies": OFTEN + "T1,08:00:00,07:00:00,600,0\n"},
    "a headway that is no number": {"frequencies": OFTEN + "T1,07:00:00,08:00:00,十分,0\n"},
    "a trip of one call": {
        "trips": "route_id,service_id,trip_id\nR,FULLW,T1\nR,FULLW,T2\n",
        "stop_times": TIMES
        + "T1,08:00:00,08:00:00,A,1\nT1,08:10:00,08:10:00,B,2\nT2,08:00:00,08:00:00,A,1\n",
    },
}


@pytest.mark.parametrize("odd", ODD_FEEDS.values(), ids=ODD_FEEDS)
def test_as_many_trips_are_told_when_stops_are_read_as_run_on_the_day(tmp_path, odd):
    path = feed(tmp_path, **odd)
    held, _ = timed(path)
    raw = read_file(path, name=path.name, wanted=Wanted(kind="point", day=DAY))
    told = {doubt.code: doubt.values for doubt in raw.doubts}
    assert told["gtfs.day"]["trips"] == held.trips_on_day > 0


def test_a_trip_of_which_one_call_is_left_is_told(tmp_path):
    _, doubts = timed(feed(tmp_path, **ODD_FEEDS["a trip of one call"]))
    assert doubts["timetable.one_call"] == {"count": 1, "trips": ["T2"]}
