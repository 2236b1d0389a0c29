"""GTFS and GTFS-JP archives."""

import datetime as dt
import zipfile

import pytest
from small_files import Member

from gisplan.core.errors import InputError
from gisplan.sources.raw import Wanted
from gisplan.sources.read import read_file

DAY = dt.date(2026, 11, 2)
STOPS = (
    "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,platform_code\n"
    "1_A,焼津駅前,34.8700,138.3180,0,1,A\n"
    "1_B,焼津駅前,34.8702,138.3181,0,1,B\n"
    "1,焼津駅前,34.8701,138.3180,1,,\n"
    "2,港,34.8600,138.3300,0,,\n"
    "3,不明,0,0.0,0,,\n"
)
FEED = {
    "stops.txt": STOPS,
    "agency_jp.txt": "agency_id,agency_official_name\n1,焼津市\n",
    "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
    "平日,1,1,1,1,1,0,0,20260401,20270331\n",
    "trips.txt": "route_id,service_id,trip_id\n1,平日,T1\n1,平日,T2\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "T1,24:10:00,24:10:00,1_A,1\nT1,25:30:00,25:30:00,2,2\n"
    "T2,08:00:00,08:00:00,1_A,1\nT2,08:20:00,08:20:00,2,2\n",
}


def feed(folder, *, member=str, encoding="utf-8-sig", without=(), **more):
    """Write a feed; `member` makes the name of a member from its table's."""
    path = folder / "feed.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in (FEED | {f"{key}.txt": text for key, text in more.items()}).items():
            if name not in without:
                archive.writestr(member(name), text.encode(encoding))
    return path


def said(path, day=DAY):
    """Return what is doubted of a feed, by code, and its raw table."""
    raw = read_file(path, name="feed.zip", wanted=Wanted(kind="point", day=day))
    return {doubt.code: doubt.values for doubt in raw.doubts}, raw


def in_japanese_folder(name):
    """Return a member as an old archiver names it: CP932 without a flag."""
    return Member(f"市内バス/{name}")


@pytest.mark.parametrize("member", [str, "feed/{}".format, in_japanese_folder])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_feed_is_read_with_bom_in_cp932_and_inside_a_folder(tmp_path, member, encoding):
    codes, raw = said(feed(tmp_path, member=member, encoding=encoding))
    assert raw.table["stop_name"].to_list() == ["焼津駅前", "焼津駅前", "焼津駅前", "港"]
    assert raw.table["platform_code"].to_list() == ["A", "B", "", ""]
    assert codes["gtfs.day"]["trips"] == 2


def test_a_stop_at_zero_is_refused(tmp_path):
    _, raw = said(feed(tmp_path))
    assert [(row.row, row.code) for row in raw.refused] == [(6, "coord.outside_japan")]


def test_poles_and_stations_are_told(tmp_path):
    codes, _ = said(feed(tmp_path))
    assert (codes["gtfs.poles"]["groups"], codes["gtfs.poles"]["stops"]) == (1, 3)
    assert codes["gtfs.kinds"] == {"stations": 1, "others": 0}


@pytest.mark.parametrize(
    ("day", "code", "trips"),
    [
        (dt.date(2026, 11, 2), "gtfs.day", 2),
        (dt.date(2026, 11, 1), "gtfs.no_trips", 0),
        (dt.date(2027, 4, 1), "gtfs.expired", 0),
        (dt.date(2026, 3, 31), "gtfs.expired", 0),
    ],
)
def test_the_day_of_the_plan_is_held_against_the_calendar(tmp_path, day, code, trips):
    codes, _ = said(feed(tmp_path), day)
    assert {name for name in codes if name in {"gtfs.day", "gtfs.no_trips", "gtfs.expired"}} == {code}
    assert codes[code] == {
        "first": "2026-04-01",
        "last": "2027-03-31",
        "day": day.isoformat(),
        "trips": trips,
    }


def test_without_a_day_of_the_plan_the_days_of_the_feed_are_told(tmp_path):
    codes, _ = said(feed(tmp_path), None)
    assert codes["gtfs.valid"] == {"first": "2026-04-01", "last": "2027-03-31"}


def test_a_feed_without_times_or_calendars_says_so(tmp_path):
    codes, raw = said(feed(tmp_path, without=["stop_times.txt", "calendar.txt"]))
    assert codes["gtfs.missing"] == {"files": ["stop_times.txt"]}
    assert "gtfs.no_calendar" in codes
    assert not {"gtfs.day", "gtfs.no_trips", "gtfs.expired"} & set(codes)
    assert len(raw.table) == 4


def test_without_times_the_trips_are_no_zero(tmp_path):
    codes, _ = said(feed(tmp_path, without=["stop_times.txt"]))
    assert "gtfs.missing" in codes
    assert not {"gtfs.day", "gtfs.no_trips"} & set(codes)
    codes, _ = said(tmp_path / "feed.zip", dt.date(2030, 1, 1))
    assert codes["gtfs.expired"]["trips"] == "—"


def test_an_empty_list_of_stops_is_no_crash(tmp_path):
    codes, raw = said(feed(tmp_path, encoding="utf-8", stops=""), None)
    assert codes == {"gtfs.missing": {"files": ["stops.txt"]}}
    assert raw.table.empty


def test_a_damaged_table_is_refused(tmp_path):
    with pytest.raises(InputError) as caught:
        said(feed(tmp_path, trips='trip_id,service_id\n"T1,平日\n'))
    assert caught.value.problems[0].code == "tab.quote"


@pytest.mark.real
def test_the_feed_of_porto_alegre_has_expired(real_data):
    path = real_data / "poa" / "poa_eptc_gtfs.zip"
    codes, raw = said(path)
    assert len(raw.table) == 3986
    assert codes["gtfs.expired"] == {
        "first": "2019-04-15",
        "last": "2019-07-15",
        "day": "2026-11-02",
        "trips": 0,
    }
    codes, _ = said(path, dt.date(2019, 5, 13))
    assert codes["gtfs.day"]["trips"] == 2374
