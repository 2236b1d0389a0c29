"""Minutes by timetable from door to door, worked out by hand in the village, and the tables that tell of them."""

import dataclasses
import datetime as dt

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from small_timetable import feed
from village_buses import HOUSES, LINE, WINDOW, at, bus, held
from village_roads import CRS, codes, places

from gisplan.access import measure, ride_to, serve, services, transit_minutes
from gisplan.core.errors import ConfigurationError, InputError
from gisplan.network import connect
from gisplan.network.walks import whole_seconds
from gisplan.plan.atlas import load
from gisplan.plan.read import read_plan


def ridden(origins, destinations, *timetables, options=WINDOW):
    """Return what is known of the minutes between points of the village."""
    ways = connect(held(*timetables)).ways
    riding = ride_to(ways, serve(ways, at(*destinations)), timetables, options=options, crs=CRS)
    return transit_minutes(riding, at(*origins))


def test_minutes_from_door_to_door_are_those_worked_out_by_hand():
    # 80 m to the stop and 80 m from it are a minute each. Who leaves at 07:50 … 07:59 waits for the bus of 08:00 and
    # takes 16 … 7 minutes; who leaves at 08:00 … 08:09 has missed it and walks 3,340 m in 41.75.
    found = ridden([(80, 0)], [(3420, 0)], LINE)
    assert found.minutes[:, 0, 0].tolist() == [16.0, 7.0, pytest.approx(41.75)]
    assert found.boardings[:, 0, 0].tolist() == [1, 1, 0]
    assert found.walk[0, 0] == pytest.approx(41.75)
    assert found.first.minutes[0, 0] == 16.0


def test_ways_to_stops_follow_the_streets_and_not_a_circle():
    # The stop lies 1,000 m north across the fields; the way there by street is 1,750 m and more.
    north = bus([[("north", "8:00"), ("east", "8:05")]], {"north": (875, 1000), "east": (3500, 0)})
    assert not ridden([(875, 0)], [(3500, 0)], north).near_stop[0]
    longer = dataclasses.replace(WINDOW, walk_minutes=35.0)
    assert ridden([(875, 0)], [(3500, 0)], north, options=longer).near_stop[0]


def test_a_change_on_foot_takes_its_way_and_two_minutes():
    stops = {"west": (0, 0), "mid": (1700, 0), "corner": (1780, 0), "east": (3500, 0)}
    first = [("west", "8:00"), ("mid", "8:03")]

    def at_the_end(leaves):
        two = bus([first, [("corner", leaves), ("east", "8:10")]], stops)
        return ridden([(0, 0)], [(3500, 0)], two, options=dataclasses.replace(WINDOW, percentiles=(5,)))

    # 80 m are one minute, the change two more: 08:06 is caught, 08:05 is missed.
    caught, missed = at_the_end("8:06"), at_the_end("8:05")
    assert (caught.minutes[0, 0, 0], caught.boardings[0, 0, 0]) == (10.0, 2)
    assert missed.minutes[0, 0, 0] > 20.0


def test_two_feeds_with_one_stop_id_are_kept_apart():
    east = bus([[("west", "8:10"), ("east", "8:12")]], {"west": (1750, 0), "east": (3500, 0)}, feed="b.zip")
    west = bus([[("west", "8:00"), ("east", "8:05")]], {"west": (0, 0), "east": (1750, 0)}, feed="a.zip")
    found = ridden([(0, 0)], [(3500, 0)], west, east, options=dataclasses.replace(WINDOW, percentiles=(5,)))
    assert (found.minutes[0, 0, 0], found.boardings[0, 0, 0]) == (12.0, 2)


def test_off_the_road_is_not_assessed_and_an_island_unreached():
    found = ridden([(0, 5000), (50, 9000)], [(3420, 0)], LINE)
    assert np.isnan(found.minutes[:, 0, 0]).all()
    assert np.isinf(found.minutes[:, 1, 0]).all()
    assert (found.boardings == -1).all()


def test_no_timetable_leaves_the_way_on_foot():
    found = ridden([(80, 0)], [(3420, 0)])
    assert found.minutes[:, 0, 0].tolist() == [pytest.approx(41.75)] * 3
    assert not found.near_stop.any()


def test_a_begun_second_on_foot_counts():
    assert whole_seconds(np.array([1.0, 1.0 + 1e-9, 1.001, 0.0])).tolist() == [60, 60, 61, 0]


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.tuples(st.permutations(["west", "mid", "east", "south"]), st.integers(0, 30)), max_size=6),
    st.integers(1, 4),
)
def test_rides_never_lengthen_a_trip_and_percentiles_rise(trips, boardings):
    stops = {"west": (0, 0), "mid": (1750, 0), "east": (3500, 0), "south": (1750, -900)}
    timed = [
        [
            (stop, f"{(470 + start + 3 * k) // 60}:{(470 + start + 3 * k) % 60:02d}")
            for k, stop in enumerate(order)
        ]
        for order, start in trips
    ]
    options = dataclasses.replace(WINDOW, percentiles=(5, 25, 50, 75, 95), boardings=boardings)
    points = [(80, 0), (1000, 0), (3400, 0), (1750, -500)]
    found = ridden(points, points, bus(timed, stops), options=options)
    assert (found.minutes <= found.walk + 1e-9).all()
    assert (np.diff(found.minutes, axis=0) >= 0).all()
    assert ((found.boardings == 0) == np.isclose(found.minutes, found.walk)).all()


def measured(*timetables, transit=WINDOW, **more):
    """Return what is measured in the village by transit, one hub in the east and one in the south."""
    hubs = places([{"id": "e", "at": (3420, 0)}, {"id": "s", "at": (1750, -1000)}])
    return measure(
        found := held(*timetables, hub=hubs, vacant_house=places(HOUSES), transit=transit, **more),
        connect(found),
    )


def test_the_tables_say_minutes_rides_and_reasons():
    found = measured(LINE)
    rows = found.transit.set_index(["id", "to", "percentile"])
    by_bus = rows.loc[("v1", "hub", 50)]
    assert (by_bus["minutes"], by_bus["boardings"], by_bus["reason_ja"]) == (16.0, 1, "公共交通（乗車1回）")
    assert by_bus["service_ja"] == "2026-11-04（水）07:50～08:10発"
    assert by_bus["service_en"] == "2026-11-04 (Wednesday), setting out 07:50 to 08:10"
    assert rows.loc[("v4", "hub", 50), "reason_ja"] == "徒歩（出発地から歩いて15分以内に停留所がない）"
    assert rows.loc[("v2", "hub", 50), "reason_ja"] == "未評価（出発地から500 m以内に道路がない）"
    lost = rows.loc[("v3", "hub", 50)]
    assert np.isnan(lost["minutes"])
    assert lost["reason_en"] == "unreached (no stop within 15 minutes on foot of the origin)"
    assert rows.loc[("v1", "shop", 50), "reason_en"] == "not assessed (there is no destination)"
    coverage = found.coverage.set_index(["to", "minutes"])
    assert coverage.loc[("hub", 20.0), "within"] == 2
    assert coverage.loc[("hub", 10.0), "within"] == 1
    assert coverage.loc[("hub", 10.0), "unreached"] == 1


def test_every_output_names_day_window_percentiles_speed_and_feeds():
    found = measured(LINE).findings.set_index("code")
    said = found.loc["transit.used", "reason_ja"]
    for part in (
        "2026-11-04（水）",
        "07:50～08:10",
        "50、5、95 %",
        "分速80 m",
        "feed.zip（2026-04-01～2027-03-31、対象日1便）",
    ):
        assert part in said
    assert "transit.unreached" in found.index
    assert "access.unreached" not in found.index


def test_an_hour_without_trips_is_said_and_not_taken_for_slow_buses():
    found = measured(LINE, transit=dataclasses.replace(WINDOW, window=(12 * 60, 13 * 60)))
    assert "transit.none_in_window" in codes(found.findings)
    reasons = set(found.transit["reason_en"])
    assert "on foot (no trip near the origin in the window 12:00 to 13:00)" in reasons


def test_stops_far_from_every_road_are_counted():
    far = bus(
        [[("west", "8:00"), ("far", "8:05"), ("east", "8:10")]],
        {"west": (0, 0), "far": (0, 5000), "east": (3500, 0)},
    )
    row = measured(far).findings.set_index("code").loc["transit.stops_off_road"]
    assert "3か所のうち1か所" in row["reason_ja"]


def test_a_stop_whose_place_is_unknown_is_not_told_as_far_from_a_road():
    stops = {"west": (0, 0), "nowhere": (875, 0), "east": (3500, 0)}
    line = bus([[("west", "8:00"), ("nowhere", "8:05"), ("east", "8:10")]], stops)
    unknown = np.array([0.0, np.nan, 0.0])
    line = dataclasses.replace(line, latitude=line.latitude + unknown, longitude=line.longitude + unknown)
    said = measured(line).findings.set_index("code")
    assert "transit.stops_off_road" not in said.index
    row = said.loc["transit.stops_unplaced"]
    assert "3か所のうち1か所" in row["reason_ja"]
    assert "the place of 1 is not known" in row["reason_en"]


def test_trips_at_a_stop_are_counted_by_direction():
    out = [
        [("west", f"{6 + k // 2}:{k % 2 * 30:02d}"), ("east", f"{6 + k // 2}:{k % 2 * 30 + 5:02d}")]
        for k in range(30)
    ]
    back = [[("east", "9:00"), ("west", "25:30")]]
    more = {"direction": np.array([0] * 30 + [1], dtype=np.int8)}
    line = bus([*out, *back], {"west": (0, 0), "east": (3500, 0), "closed": (10, 0)}, **more)
    found = services(held(line))
    rows = found.tables["stop_service"].set_index("id")
    assert list(rows.loc["west", ["trips", "trips_0", "trips_1", "first", "last"]]) == [
        30,
        30,
        0,
        "06:00",
        "20:30",
    ]
    assert list(rows.loc["east", ["trips", "trips_0", "trips_1", "first", "last"]]) == [
        1,
        0,
        1,
        "09:00",
        "09:00",
    ]
    assert rows.loc["west", "level_ja"] == "基幹的公共交通の水準（片道1日30本以上）"
    assert rows.loc["east", "level_ja"] == "片道1日30本未満"
    assert (rows.loc["closed", "trips"], rows.loc["closed", "level_ja"]) == (0, "対象日に便なし")
    assert "transit.directions" not in codes(found.findings)
    higher = services(held(line, transit=dataclasses.replace(WINDOW, trunk_trips=31)))
    assert "基幹的" not in higher.tables["stop_service"].set_index("id").loc["west", "level_ja"]
    assert "transit.directions" in codes(services(held(LINE)).findings)


def test_people_inside_an_area_of_demand_transport_are_counted_and_never_timed():
    ring = shapely.box(-500, -500, 500, 500)
    degrees = shapely.to_wkb(gpd.GeoSeries([ring], crs=CRS).to_crs(4326).iloc[0])
    area = {"area": np.array([degrees], dtype=object), "area_name": np.array(["山の手"], dtype=object)}
    with_area = dataclasses.replace(LINE, **area)
    where = held(with_area, vacant_house=places(HOUSES))
    rows = services(where).tables["demand"].set_index("area")
    assert list(rows.loc["山の手", ["layer", "total", "inside", "share"]]) == ["vacant_house", 4, 1, 0.25]
    assert rows.loc["", "inside"] == 1
    layer = places([{"id": "d", "name": "浜", "at": (0, 0)}]).set_geometry(
        [shapely.box(1700, -950, 1800, 0)], crs=CRS
    )
    both = services(held(with_area, vacant_house=places(HOUSES), demand_area=layer)).tables["demand"]
    assert both.set_index("area")["inside"].to_dict() == {"": 2, "山の手": 1, "浜": 1}
    assert measured(with_area).transit.equals(measured(LINE).transit)
    assert "demand" not in services(held(LINE, vacant_house=places(HOUSES))).tables


PLAN = """
[plan]
title = "村"
municipality = ["22212"]
date = 2026-11-04
[layers.gtfs]
path = "feed.zip"
[access]
mode = "transit"
"""


def planned(folder, text):
    """Return the plan of a folder."""
    (folder / "plan.toml").write_text(text, "utf-8")
    return read_plan(folder / "plan.toml")


def test_a_plan_by_transit_brings_its_timetable_on_its_own_day(tmp_path):
    feed(tmp_path)
    found = load(planned(tmp_path, PLAN))
    assert [(held.feed, held.trips_on_day) for held in found.timetables] == [("feed.zip", 1)]
    assert "gtfs.day" in codes(found.findings)
    assert load(planned(tmp_path, PLAN.replace('"transit"', '"walk"'))).timetables == ()
    asked = PLAN.replace('"transit"', '"walk"') + "[transit]\nday = 2026-11-05\n"
    assert load(planned(tmp_path, asked)).timetables[0].day == dt.date(2026, 11, 5)


def test_a_day_without_trips_is_an_error_with_the_days_that_have_some(tmp_path):
    feed(tmp_path)
    held = load(planned(tmp_path, PLAN + "[transit]\nday = 2027-04-02\n"))
    assert "transit.no_trips" in codes(held.findings)  # a check tells it beside all else
    with pytest.raises(InputError) as caught:
        measure(held, connect(held))
    [problem] = caught.value.problems
    assert problem.code == "transit.no_trips"
    assert problem.place == "plan.toml [transit] day"
    assert "2027-03-31 (1)" in problem.what.ja
    assert "2027-03-30 (1), 2027-03-31 (1)" in problem.what.en
    assert "、" not in problem.what.en
    # By car the same feed is no reason to stop; the finding names the days.
    plan = planned(tmp_path, PLAN.replace('"transit"', '"car"') + "[transit]\nday = 2027-04-02\n")
    assert "timetable.no_trips" in codes(load(plan).findings)


def test_a_feed_without_times_is_named_for_what_it_lacks(tmp_path):
    feed(tmp_path, without=("stop_times",))
    held = load(planned(tmp_path, PLAN))
    with pytest.raises(InputError) as caught:
        measure(held, connect(held))
    [problem] = caught.value.problems
    assert problem.code == "transit.no_times"
    assert "feed.zip" in problem.what.ja
    assert "stop_times.txt" in problem.what.en


def test_a_plan_by_transit_without_a_feed_says_what_is_missing(tmp_path):
    (tmp_path / "stops.csv").write_text("名称,緯度,経度\na,34.87,138.32\n", "utf-8")
    text = PLAN.replace("[layers.gtfs]", "[layers.bus_stop]").replace("feed.zip", "stops.csv")
    held = load(planned(tmp_path, text))
    assert "transit.no_feed" in codes(held.findings)
    with pytest.raises(InputError) as caught:
        measure(held, connect(held))
    assert [problem.code for problem in caught.value.problems] == ["transit.no_feed"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('window = ["7時", "9時"]', "transit.window_time"),
        ('window = ["07:00", "31:00"]', "transit.window_time"),
        ('window = ["09:00", "07:00"]', "transit.window_order"),
        ('window = ["07:00", "07:00"]', "transit.window_order"),
        ('window = ["07:00"]', "transit.window_two"),
        ("window = [7, 9]", "config.wrong_value"),
        ("percentiles = [0]", "config.wrong_value"),
        ("percentiles = []", "config.wrong_value"),
        ("walk_minutes = -5", "config.wrong_value"),
        ("boardings = 0", "config.wrong_value"),
        ('day = "2026-11-04"', "config.wrong_value"),
        ("widow = 3", "config.unknown_key"),
    ],
)
def test_what_is_no_window_is_told_with_its_line(tmp_path, text, code):
    with pytest.raises(ConfigurationError) as caught:
        planned(tmp_path, PLAN + "[transit]\n" + text + "\n")
    assert {problem.code for problem in caught.value.problems} == {code}
    assert all(problem.place.startswith("plan.toml:11 transit.") for problem in caught.value.problems)


def test_a_window_may_reach_into_the_night(tmp_path):
    plan = planned(tmp_path, PLAN + '[transit]\nwindow = ["23:30", "25:00"]\npercentiles = [50, 50, 5]\n')
    assert plan.transit is not None
    assert (plan.transit.window, plan.transit.percentiles) == ((1410, 1500), (50, 5))
