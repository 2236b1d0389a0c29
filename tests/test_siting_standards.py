"""Yardsticks, 交通空白, living spheres, times from big cities and isochrones of a scenario beside those of today."""

import dataclasses

import numpy as np
import shapely
from hypothesis import given, settings
from test_access_standing import CELLS, STATION, STOP
from test_siting_scenario import DRAWN, HOUSES, KEY, LINES, OPTIONS, drawn, form, road, towns, world
from test_siting_scenario import run as simulated
from village_roads import INTERCHANGES, atlas, codes, places, roads, village

from gisplan.access import isochrones, measure
from gisplan.core.options import OuterOptions
from gisplan.core.scenario import PlaceChange, Scenario
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.network import connect
from gisplan.siting.scenarios.standards import standards_of

BY_IC = OuterOptions(name="東京", layer="interchange", place="村", minutes=120.0)
BY_RAIL = OuterOptions(name="東京", layer="station", place="s1", minutes=123.0)
ACCESS = dataclasses.replace(OPTIONS, origins=("vacant_house", "population"), outer=(BY_IC,))
LIVES = {"population": CELLS, "bus_stop": STOP, "station": STATION}
VOID = "yardstick_void/void_1000/station+bus_stop/network/vacant_house"
STANDARDS = ("yardstick_within/", "yardstick_void/", "sphere_minutes/", "sphere_people/", "outer_minutes/")


def under(*changes, access=ACCESS, rows=None, **layers):
    """Return what the scenario makes of the village with people, a stop and a station, and its table of indicators."""
    found = simulated(world(*changes, rows=rows, access=access, **(LIVES | layers)))
    return found, form(found)


def pair(table, indicator):
    return table.loc[indicator, ["before", "after"]].tolist()


# ---- by hand -----------------------------------------------------------------------------------------------


def test_a_closed_road_puts_a_house_into_the_void_and_cuts_the_hubs_off():
    # r2 holds the house v2, 600 m below the stop, and both hubs; v1 and v4 are far from stop and station anyway.
    found, table = under(road("close", id=("r2",)))
    assert pair(table, VOID) == [2.0, 3.0]
    assert table.loc[VOID, ["difference", "rate", "state", "unit"]].tolist() == [1.0, 50.0, "more", "houses"]
    assert table.loc[VOID, "note_ja"] == "うち未到達：前0戸、後1戸。"
    assert table.loc[VOID, "note_en"] == "Of them unreached: 0 before, 1 after."
    assert "整数" in table.loc[VOID, "rounding_ja"]
    # 120 min to the interchange, 7.0 on to the hub; then nothing, which is neither 0 nor left out.
    assert table.loc["outer_minutes/東京/h2", "before"] == 127.0
    assert np.isnan(table.loc["outer_minutes/東京/h2", "after"])
    assert table.loc["outer_minutes/東京/h2", "state"] == "lost"
    assert pair(table, "sphere_people/h2") == [100.0, 0.0]
    assert table.loc["sphere_people/h2", "state"] == "fewer"
    said = found.findings.query("code == 'scenario.standard_worse'").set_index("layer")
    assert set(said.index) == {"hub", "vacant_house"}
    assert "1件" in said.loc["vacant_house", "reason_ja"]
    assert "交通空白（1 km以内" in said.loc["vacant_house", "reason_ja"]


def test_a_path_that_opens_brings_a_house_out_of_the_void_and_into_a_walk():
    # 700 m down and 700 m along are 1,400 m; straight through 990 m.
    layers = {
        "bus_stop": places([{"id": "b", "at": (700, 0)}]),
        "station": places([{"id": "s", "at": (3450, 0)}]),
    }
    change = road("open", file=DRAWN, road_class="municipal")
    house = places([{"id": "v1", "at": (0, 700)}])
    made = world(
        change, rows=drawn(shapely.LineString([(0, 700), (700, 0)])), access=ACCESS, **(LIVES | layers)
    )
    held = made.layers | {"vacant_house": dataclasses.replace(made.layers["vacant_house"], table=house)}
    found = simulated(dataclasses.replace(made, layers=held))
    table = form(found)
    assert pair(table, VOID) == [1.0, 0.0]
    assert table.loc[VOID, "state"] == "fewer"
    # The other definitions ask for less than 990 m; circles know no road.
    assert pair(table, VOID.replace("void_1000", "void_1000_500")) == [1.0, 1.0]
    assert pair(table, VOID.replace("network", "straight")) == [0.0, 0.0]
    assert "scenario.standard_worse" not in codes(found.findings)


def test_a_faster_road_brings_the_big_city_nearer_and_rounds_as_the_form_does():
    # From the interchange: 1 min, 3.0 min on r1 (2.1 at 50 km/h), 3.0 min on r2.
    _, table = under(road(id=("r1",), speed_kmh=50.0))
    row = table.loc["outer_minutes/東京/h2"]
    assert row[["before", "after", "difference", "rate"]].tolist() == [127.0, 126.1, -0.9, 0.7]
    assert (row["state"], row["note_ja"], row["note_en"]) == ("better", "経由：村", "Via 村")
    assert row["title_ja"] == "東京からの所要時間：南の家"
    assert "自動車" in row["basis_ja"]


def test_the_fastest_way_from_the_big_city_may_be_another():
    slide = drawn(shapely.box(500, -50, 1200, 50))
    access = dataclasses.replace(ACCESS, outer=(BY_IC, BY_RAIL))
    _, table = under(road("close", file=DRAWN), rows=slide, access=access)
    row = table.loc["outer_minutes/東京/h2"]
    # From the station: 1,700 m at 35 km/h are 2.9 min, then 3.0 min.
    assert row[["before", "after", "state"]].tolist() == [127.0, 128.9, "worse"]
    assert row["note_ja"] == "経由：村 → s1"


def test_the_minutes_to_the_people_of_a_living_sphere():
    # 100,000 people at (3000, 0): 1,250 m on r1 and 1,000 m on r2, 2.1 + 3.0 min.
    people = places([{"id": "c1", "at": (3000, 0), "people": 100_000.0, "people_65": 10.0}])
    _, table = under(road(id=("r1",), speed_kmh=50.0), population=people)
    assert pair(table, "sphere_minutes/h2") == [5.1, 4.5]
    assert table.loc["sphere_minutes/h2", "state"] == "better"
    assert pair(table, "sphere_people/h2") == [100_000.0, 100_000.0]
    few = under(road(id=("r1",), speed_kmh=50.0))[1].loc["sphere_minutes/h2"]
    assert few["state"] == "unreached"
    assert few[["before", "after"]].isna().all()
    assert "データの人口が目安に足りない" in few["note_ja"]


def test_what_is_added_is_new_and_what_was_not_there_is_not_assessed():
    shop = PlaceChange(layer="shop", name="店", at=(500.0, 0.0), key="p1", line=12)
    hub = PlaceChange(layer="hub", name="新拠点", at=(3000.0, 0.0), key="p2", line=13)
    far = PlaceChange(layer="hub", name="沖", at=(3000.0, -1500.0), key="p3", line=14)
    found, table = under(hub, far, shop)
    ids = {
        title.rpartition("：")[2]: key for key, title in table["title_ja"].items() if key.startswith("outer")
    }
    assert table.loc[ids["新拠点"], ["after", "state"]].tolist() == [126.1, "new"]
    assert table.loc[ids["沖"], "state"] == "new_not_assessed"
    assert table.loc[ids["新拠点"].replace("outer_minutes/東京", "sphere_people"), "state"] == "new"
    walk = table.loc["yardstick_within/walk_800/shop/straight/vacant_house"]
    assert np.isnan(walk["before"])
    assert (walk["after"], walk["state"]) == (1.0, "not_assessed")
    assert "scenario.standard_worse" not in codes(found.findings)


def test_without_data_of_a_station_nobody_can_be_told_to_be_in_no_void():
    made = world(road(id=("r1",), speed_kmh=50.0), access=ACCESS, population=CELLS, bus_stop=STOP)
    table = form(simulated(made))
    for key in (VOID, VOID.replace("network", "straight")):
        assert table.loc[key, ["before", "after"]].isna().all()
        assert table.loc[key, "state"] == "not_assessed"
        assert "「鉄道駅」のデータがない" in table.loc[key, "note_ja"]
    # What only the stop is asked for is known.
    alone = table.loc["yardstick_within/transit_800_300/bus_stop/straight/population"]
    assert alone[["before", "after", "state"]].tolist() == [40.0, 40.0, "same"]


def test_circles_rest_on_no_speed_and_walks_on_that_of_a_walker():
    _, table = under(road(id=("r1",), speed_kmh=50.0))
    straight, walked = table.loc[VOID.replace("network", "straight")], table.loc[VOID]
    assert straight["basis_ja"] == "直線距離。基準日 2026-11-01"
    assert "80 m/分" in walked["basis_ja"]
    assert walked["title_ja"] == "交通空白（1 km以内に駅もバス停もない）に当たる数（空家等、道のり）"


def test_outside_the_office_only_the_houses_shown_are_counted_each_once():
    found, _ = under(road("close", id=("r2",)))
    shown = found.with_houses({"v2", "v3"})["scenarios"].set_index("indicator")
    fewer = places([{"id": "v2", "at": (1750, -600)}, {"id": "v3", "at": (3000, 0)}])
    made = world(road("close", id=("r2",)), access=ACCESS, **LIVES)
    held = made.layers | {"vacant_house": dataclasses.replace(made.layers["vacant_house"], table=fewer)}
    alone = form(simulated(dataclasses.replace(made, layers=held)))
    assert pair(shown, VOID) == pair(alone, VOID) == [0.0, 1.0]
    assert shown[["before", "after"]].equals(alone[["before", "after"]])


# ---- what must hold of any scenario ------------------------------------------------------------------------


def test_a_scenario_that_changes_nothing_changes_none_of_them():
    for change in ((), (road(id=("r1",), speed_kmh=35.0),)):
        found, table = under(*change)
        mine = table[table.index.str.startswith(STANDARDS)]
        assert {key.partition("/")[0] + "/" for key in mine.index} == set(STANDARDS)
        assert (mine["difference"].fillna(0.0) == 0.0).all()
        assert set(mine["state"]) <= {"same", "unreached", "not_assessed"}
        assert "scenario.standard_worse" not in codes(found.findings)
        made = world(*change, access=ACCESS, **LIVES)
        today = isochrones(made, connect(made)).layers
        assert [one.scenario for one in found.isochrones] == ["試案"]
        for one, other in zip(today, found.isochrones, strict=True):
            assert shapely.equals(one.areas.united, other.areas.united).all()
            assert one.inside[0].united().tolist() == other.inside[0].united().tolist()


@settings(max_examples=5, deadline=None)
@given(base=LINES, new=LINES)
def test_an_opened_road_takes_nobody_into_a_void_and_out_of_no_yardstick(base, new):
    spots = [(500 * x + 30, 500 * y + 40) for x in range(0, 7, 3) for y in range(0, 7, 3)]
    layers = {
        "road": towns(base, ["municipal"] * 5, [0] * 5),
        "vacant_house": places([{"id": f"v{n}", "at": at} for n, at in enumerate(spots)]),
        "population": places([{"id": f"c{n}", "at": at, "people": 20_000.0} for n, at in enumerate(spots)]),
        "interchange": places([INTERCHANGES[0] | {"at": (0, 0)}]),
        "hub": places([{"id": "h", "name": "拠", "at": (1500, 1500)}]),
        "bus_stop": places([{"id": "b", "at": (1500, 0)}]),
        "station": places([{"id": "s", "at": (0, 1500)}]),
    }
    made = atlas(layers, access=ACCESS, catalogue=read_catalogue(packaged_folder()))
    change = road("open", file=DRAWN, road_class="municipal")
    lines = drawn(*(shapely.LineString([(500 * x, 500 * y) for x, y in part]) for part in new))
    plan = dataclasses.replace(made.plan, scenarios=(Scenario(name="試", roads=(change,)),))
    found = simulated(dataclasses.replace(made, plan=plan, scenario_rows={KEY: lines}))
    table = form(found)
    moved = table[["before", "after", "state"]].groupby(table.index.str.partition("/").get_level_values(0))
    states = {kind: set(rows["state"]) for kind, rows in moved}
    assert "more" not in states["yardstick_void"]
    for kind in ("yardstick_within", "sphere_people"):
        assert "fewer" not in states.get(kind, set())
    for kind in ("sphere_minutes", "outer_minutes"):
        assert not states.get(kind, set()) & {"worse", "lost"}
    assert "scenario.standard_worse" not in codes(found.findings)


def test_who_is_unreached_stays_in_the_void_when_a_road_comes_that_is_not_near_enough():
    # v3 stands on a road of its own; the one that opens joins it, 2,500 m from the station and 2,600 m from the stop.
    apart = [{"id": "a", "line": [(0, 0), (500, 0)]}, {"id": "b", "line": [(3000, 0), (3200, 0)]}]
    layers = {
        "bus_stop": places([{"id": "x", "at": (400, 0)}]),
        "station": places([{"id": "y", "at": (500, 0)}]),
    }
    opened = drawn(shapely.LineString([(500, 0), (3000, 0)]))
    change = road("open", file=DRAWN, road_class="municipal")
    _, table = under(change, rows=opened, road=roads(apart), **layers)
    row = table.loc[VOID]
    assert row[["before", "after", "state"]].tolist() == [1.0, 1.0, "same"]
    assert row["note_ja"].startswith("うち未到達：前1戸、後0戸。未評価の2戸")


def test_only_what_the_tables_need_is_kept_of_a_measurement():
    made = atlas(village(vacant_house=HOUSES), access=OPTIONS, catalogue=read_catalogue(packaged_folder()))
    measured = measure(made, connect(made))
    kept = standards_of(measured)
    assert kept.stands is measured.stands
    assert kept.spheres.empty
    assert kept.outer.empty
