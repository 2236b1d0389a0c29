"""Scenarios on the village whose minutes can be worked out by hand, and what must hold of any."""

import dataclasses
from datetime import timedelta
from functools import cache
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from village_roads import CRS, INTERCHANGES, ROADS, atlas, codes, places, roads, village

from gisplan.access import measure
from gisplan.core.errors import ConfigurationError
from gisplan.core.options import AccessOptions
from gisplan.core.scenario import FileRows, PlaceChange, RoadChange, Scenario
from gisplan.core.tables import half_up
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.network import connect, speeds
from gisplan.siting import foretold, simulate
from gisplan.siting.scenarios.altered import altered
from gisplan.siting.scenarios.gains import BANDS, bands

HOUSES = places(
    [
        {"id": f"v{n}", "at": at}
        for n, at in enumerate([(500, 30), (1750, -600), (3000, 0), (40, 800)], start=1)
    ]
)
OPTIONS = AccessOptions(origins=("vacant_house",), destinations=("interchange", "hub"))
KEY = "scenario[1].road[1]"
DRAWN = FileRows(path=("drawn.gpkg",))


def made_of(access, **layers):
    """Return the village with some layers of its own."""
    return atlas(
        village(vacant_house=HOUSES, **layers), access=access, catalogue=read_catalogue(packaged_folder())
    )


@cache
def plain(access):
    """Return the village without layers of a test's own."""
    return made_of(access)


@cache
def today(access):
    """Return the ways and the minutes of the plain village: no scenario changes them, so they are made once."""
    connected = connect(plain(access))
    return connected, measure(plain(access), connected)


def world(*changes, rows=None, access=OPTIONS, **layers):
    """Return the village with one scenario of some changes; `rows` are those of the file that the first one names."""
    shared = not layers and access.own_speeds is None  # a table of one's own speeds is no key of a cache
    made = plain(access) if shared else made_of(access, **layers)
    scenario = Scenario(
        name="試案",
        roads=tuple(change for change in changes if isinstance(change, RoadChange)),
        places=tuple(change for change in changes if isinstance(change, PlaceChange)),
    )
    plan = dataclasses.replace(made.plan, scenarios=(scenario,))
    return dataclasses.replace(made, plan=plan, scenario_rows={} if rows is None else {KEY: rows})


def road(deed="improve", **more):
    return RoadChange(deed=deed, key=KEY, line=10, **more)


def run(made):
    if made.plan.access.own_speeds is None and made.layers is plain(made.plan.access).layers:
        return simulate(made, *today(made.plan.access))
    connected = connect(made)
    return simulate(made, connected, measure(made, connected))


def form(found):
    return found.tables["scenarios"].set_index("indicator")


def links(found, direction="to_interchange"):
    table = found.tables["link_changes"]
    return table[table["direction"] == direction].set_index("hub")


def gains(found, to="interchange"):
    table = found.tables["gains"]
    return table[table["to"] == to].set_index("band")["houses"]


def drawn(*lines, **columns):
    """Return lines or areas as a scenario's file holds them."""
    count = len(lines)
    return gpd.GeoDataFrame(
        {"id": [f"n{k}" for k in range(count)], "name": [""] * count} | columns, geometry=list(lines), crs=CRS
    )


# ---- roads by hand -----------------------------------------------------------------------------------------


def test_a_faster_road_in_the_form_of_the_grant():
    # IC–南の家: 1 min off the road, 1,750 m at 35 km/h = 3.0 (at 50 km/h: 2.1), 1,000 m at 20 km/h = 3.0 min.
    found = run(world(road(id=("r1",), speed_kmh=50.0)))
    table = form(found)
    assert table.loc["ic_minutes/南の家", ["before", "after", "difference", "rate"]].tolist() == [
        7.0,
        6.1,
        -0.9,
        12.9,
    ]
    assert table.loc["ic_minutes/交流館", ["before", "after", "difference", "rate"]].tolist() == [
        6.5,
        5.6,
        -0.9,
        13.8,
    ]
    assert table.loc["ic_minutes_mean/hub", "rate"] == 13.4  # (12.9 + 13.8) / 2 = 13.35
    assert table.loc["ic_minutes_mean_unrounded/hub", "rate"] == 13.352
    assert "四捨五入" in table.loc["ic_minutes/南の家", "rounding_ja"]
    assert "35" in table.loc["ic_minutes/南の家", "basis_ja"]
    assert links(found)["roads_ja"].tolist() == ["r1", "r1"]
    assert codes(found.findings) == {"scenario.roads"}


def test_a_road_that_opens_is_taken_where_it_is_quicker():
    line = shapely.LineString([(0, 0), (1750, -1000)])
    change = road("open", file=DRAWN, speed_kmh=60.0, road_class="municipal")
    found = run(world(change, rows=drawn(line, name=["南バイパス"])))
    row = links(found).loc["南の家"]
    assert row["minutes_after"] == pytest.approx(1.0 + line.length / 1000.0)
    assert row["roads_ja"] == row["roads_en"] == "南バイパス"
    assert links(found).loc["交流館", "state"] == "same"
    assert (found.roads["kmh_after"] == 60.0).all()
    assert found.roads["kmh_before"].isna().all()


def test_houses_of_today_do_not_move_to_a_road_that_opens_beside_them():
    # v1 is 30 m from the national road; the new one passes it at 10 m, and joins only far away.
    rows = drawn(shapely.LineString([(400, 40), (600, 40)]))
    found = run(world(road("open", file=DRAWN, speed_kmh=60.0), rows=rows))
    assert gains(found)["same"] == 4
    assert {"scenario.apart", "scenario.no_gain"} <= codes(found.findings)
    moved = run(world(road("open", file=DRAWN, speed_kmh=60.0, frontage=True), rows=rows))
    assert gains(moved)["lost"] == 1
    assert "scenario.worse" in codes(moved.findings)


def test_who_stands_on_a_closed_road_is_cut_off():
    found = run(world(road("close", id=("r2",))))
    assert gains(found)[["lost", "same"]].tolist() == [1, 3]
    assert links(found)["state"].tolist() == ["lost", "lost"]
    assert np.isnan(links(found)["minutes_after"]).all()
    assert form(found).loc["ic_minutes/南の家", "state"] == "lost"
    said = found.findings.set_index("code").loc["scenario.worse"]
    assert len(said) == 2
    assert "1戸" in said["reason_ja"].iloc[1]


def test_an_area_closes_the_stretch_inside_it_alone():
    slide = drawn(shapely.box(1700, -500, 1800, -400))
    found = run(world(road("close", file=DRAWN), rows=slide))
    assert found.roads["length_m"].tolist() == pytest.approx([100.0])
    assert found.roads["id"].tolist() == [f"r2 [{KEY}]"]
    assert links(found)["state"].to_dict() == {"交流館": "same", "南の家": "lost"}
    assert gains(found)[["lost", "same"]].tolist() == [1, 3]
    made = world(road("close", file=DRAWN), rows=slide)
    table = altered(made, made.plan.scenarios[0], speeds=speeds()).atlas.table("road")
    assert table.length.sum() == pytest.approx(sum(r.length for r in roads(ROADS).geometry))
    assert table["id"].is_unique


def test_a_line_improves_the_road_along_it_and_no_road_that_it_crosses():
    survey = drawn(shapely.LineString([(500, 6), (3000, 6)]))
    found = run(world(road(file=DRAWN, speed_kmh=70.0), rows=survey))
    assert found.roads["id"].tolist() == [f"r1 [{KEY}]"]
    assert found.roads["length_m"].tolist() == pytest.approx([2500.0])
    assert links(found).loc["南の家", "minutes_after"] == pytest.approx(
        7.0 - 1250 / (3500 / 6) + 1250 / (7000 / 6)
    )


def test_a_line_with_several_names_is_chosen_by_one_of_them_in_any_width_of_signs():
    named = roads(ROADS).assign(name=["一般国道１５０号,市道東線", "市道本線", ""])
    found = run(world(road(name=("一般国道150号",), speed_kmh=50.0), road=named))
    assert found.roads["id"].tolist() == ["r1"]


def test_rows_of_another_layer_choose_roads_too():
    projects = drawn(shapely.LineString([(0, 0), (1750, -1000)]), name=["南線"], road_class=["national"])
    change = road("open", layer="road_project", name=("南線",))
    found = run(world(change, road_project=projects))
    assert found.roads["class_after"].tolist() == ["national"]
    assert links(found).loc["南の家", "state"] == "better"


def test_a_closed_road_of_today_is_opened_by_its_id():
    closed = roads(ROADS).assign(passage=["all", "all", "closed"])
    found = run(world(road("open", id=("r3",)), road=closed))
    assert found.roads["change"].tolist() == ["open"]
    assert gains(found)[["lost", "worse"]].tolist() == [0, 0]


def test_lines_without_open_that_take_roads_of_today_are_said_aloud():
    survey = drawn(shapely.LineString([(500, 6), (3000, 6)]))
    said = run(world(road(file=DRAWN, speed_kmh=70.0), rows=survey)).findings.set_index("code")
    assert said.loc["scenario.lines", "severity"] == "S2"
    assert "1本、2.5 km" in said.loc["scenario.lines", "reason_ja"]
    assert "open = true" in said.loc["scenario.lines", "do_ja"]
    inside = drawn(shapely.box(1700, -500, 1800, -400))
    assert codes(run(world(road(file=DRAWN, speed_kmh=70.0), rows=inside)).findings) >= {"scenario.roads"}
    assert "scenario.lines" not in codes(run(world(road("close", file=DRAWN), rows=survey)).findings)


def test_lines_without_a_name_go_by_their_file():
    lines = drawn(
        shapely.LineString([(0, 0), (900, -500)]), shapely.LineString([(900, -500), (1750, -1000)])
    ).assign(id=["road-0001", "road-0002"])
    change = road("open", file=FileRows(path=("data/計画路線.gpkg",)), speed_kmh=60.0)
    row = links(run(world(change, rows=lines))).loc["南の家"]
    assert (row["roads_ja"], row["roads_en"]) == ("計画路線.gpkg（2本）", "計画路線.gpkg (2 lines)")
    own = links(run(world(change, rows=lines.assign(id=["甲", "乙"])))).loc["南の家"]
    assert own["roads_ja"] == "計画路線.gpkg:乙、計画路線.gpkg:甲"


def test_a_route_on_many_roads_names_a_few():
    xs = np.linspace(0, 1750, 9)
    points = [(x, -1000 * x / 1750) for x in xs]
    lines = drawn(*(shapely.LineString(pair) for pair in pairwise(points)), name=[f"道{n}" for n in range(8)])
    row = links(run(world(road("open", file=DRAWN, speed_kmh=60.0), rows=lines))).loc["南の家"]
    assert row["roads_ja"] == "道0、道1、道2、道3、道4、ほか 3"
    assert row["roads_en"].endswith("3 more")


# ---- ferries and places ------------------------------------------------------------------------------------


def test_an_island_is_reached_when_its_ferry_has_a_time():
    ferry = {
        "id": "f1",
        "name": "村〜島",
        "road_class": "other",
        "line": [(3500, 0), (9000, 0)],
        "ferry": True,
    }
    lane = {"id": "r9", "name": "島道", "line": [(9000, 0), (9500, 0)], "ferry": False}
    sea = roads([*({"ferry": False} | row for row in ROADS), ferry, lane])
    hubs = places([{"id": "h9", "name": "島の家", "at": (9500, 0)}])
    found = run(world(road(name=("村〜島",), minutes=20.0), road=sea, hub=hubs))
    row = links(found).loc["島の家"]
    assert row["state"] == "newly_reached"
    assert row["minutes_after"] == pytest.approx(1 + 6 + 20 + 1.5)
    assert np.isnan(row["minutes_before"])
    with pytest.raises(ConfigurationError) as caught:
        run(world(road(id=("r1",), minutes=20.0), road=sea, hub=hubs))
    assert [problem.code for problem in caught.value.problems] == ["scenario.no_ferry"]


def test_a_hub_a_clinic_and_an_interchange_are_added():
    access = dataclasses.replace(OPTIONS, destinations=("interchange", "hub", "medical"))
    change = {"key": "scenario[1].place[1]", "line": 12}
    found = run(
        world(
            PlaceChange(layer="hub", name="新拠点", at=(3000.0, 0.0), **change),
            PlaceChange(layer="medical", name="診療所", at=(500.0, 0.0), **change),
            PlaceChange(layer="interchange", name="新IC", kind="smart", at=(3500.0, 0.0), **change),
            access=access,
        )
    )
    row = links(found).loc["新拠点"]
    assert (row["state"], row["interchange_after"], row["interchange_before"]) == ("new", "新IC", "")
    assert row["minutes_after"] == pytest.approx(500 / (3500 / 6))
    # The plan knows no clinic of today: nobody is cut off from one, so nobody newly reaches one.
    assert gains(found, to="medical")["not_assessed"] == 4
    assert gains(found, to="hub")["gain_1"] == 1
    assert form(found).loc["ic_minutes/新拠点", "state"] == "new"
    assert {"scenario.places", "scenario.one_side"} == codes(found.findings)


def test_degrees_are_brought_into_the_plan():
    at = gpd.GeoSeries([shapely.Point(500, 0)], crs=CRS).to_crs(6668).iloc[0]
    change = PlaceChange(layer="hub", name="新拠点", at=(at.x, at.y), degrees=True, key="k", line=1)
    assert links(run(world(change))).loc["新拠点", "minutes_after"] == pytest.approx(
        1 + 500 / (3500 / 6), abs=1e-3
    )


def test_a_place_with_its_coordinates_exchanged_is_answered():
    change = PlaceChange(layer="hub", name="遠い", at=(90_000.0, 0.0), key="scenario[1].hub[1]", line=14)
    with pytest.raises(ConfigurationError) as caught:
        run(world(change))
    assert caught.value.problems[0].code == "scenario.far"
    assert caught.value.problems[0].place == "plan.toml:14 scenario[1].hub[1]"


def test_a_service_that_nothing_goes_to_is_said():
    change = PlaceChange(layer="shop", name="店", at=(500.0, 0.0), key="k", line=1)
    assert "scenario.not_measured" in codes(run(world(change)).findings)


# ---- what is answered --------------------------------------------------------------------------------------


def test_a_scenario_that_names_no_road_says_where_and_what_was_meant():
    with pytest.raises(ConfigurationError) as caught:
        run(
            world(
                road(name=("静岡焼津",), speed_kmh=50.0),
                road=roads(ROADS).assign(name=["静岡焼津線", "", ""]),
            )
        )
    problem = caught.value.problems[0]
    assert (problem.code, problem.place) == ("scenario.no_road", f"plan.toml:10 {KEY}.name")
    assert "静岡焼津線" in problem.what.ja
    assert "静岡焼津線" in problem.what.en
    assert caught.value.exit_code == 3


def test_every_mistake_of_every_change_at_once():
    with pytest.raises(ConfigurationError) as caught:
        run(world(road(id=("x", "y"), speed_kmh=50.0), road("close", name=("z",))))
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize(
    ("change", "rows", "code"),
    [
        (
            road(file=DRAWN, speed_kmh=50.0),
            drawn(shapely.box(50_000, 0, 50_100, 100)),
            "scenario.nothing_near",
        ),
        (road("open", file=DRAWN), drawn(shapely.box(0, 0, 100, 100)), "scenario.areas_opened"),
        (road("open", layer="road_project"), None, "scenario.no_layer"),
    ],
)
def test_lines_and_areas_that_fit_nothing(change, rows, code):
    with pytest.raises(ConfigurationError) as caught:
        run(world(change, rows=rows))
    assert [problem.code for problem in caught.value.problems] == [code]


def test_a_slower_speed_a_wide_choice_and_an_unknown_class_are_said():
    assert "scenario.slower" in codes(run(world(road(id=("r1",), speed_kmh=20.0))).findings)
    found = run(world(road("open", file=DRAWN), rows=drawn(shapely.LineString([(0, 0), (1750, -1000)]))))
    assert "scenario.class_assumed" in codes(found.findings)
    many = roads([row | {"name": "市道", "id": f"{row['id']}-{n}"} for n in range(4) for row in ROADS])
    assert "scenario.many" in codes(run(world(road(name=("市道",), speed_kmh=40.0), road=many)).findings)
    same = drawn(shapely.LineString([(0, 0), (1000, 0)]))
    assert "scenario.on_road" in codes(
        run(world(road("open", file=DRAWN, speed_kmh=90.0), rows=same)).findings
    )


def test_without_roads_nothing_is_assessed_and_said():
    made = world(PlaceChange(layer="hub", name="新", at=(0.0, 0.0), key="k", line=1))
    bare = dataclasses.replace(made, layers={k: v for k, v in made.layers.items() if k != "road"})
    found = run(bare)
    assert codes(found.findings) == {"scenario.no_network"}
    assert all(table.empty for table in found.tables.values())


# ---- bands and neighbourhoods ------------------------------------------------------------------------------


def test_the_bands_of_minutes_gained():
    before = np.array([20, 10, 5, 1, 5, 5, np.inf, 5, np.inf, np.nan, 5, 5])
    after = np.array([10, 5, 4, 0.5, 5, 6, 5, np.inf, np.inf, 5, np.nan, 4.995])
    found = bands(before.astype(float), after.astype(float)).tolist()
    assert found == [*BANDS, "not_assessed", "same"]


def test_every_house_is_in_one_band():
    found = run(world(road(id=("r1",), speed_kmh=50.0)))
    table = found.tables["gains"]
    assert (table.groupby("to")["houses"].sum() == 4).all()
    assert np.allclose(table.groupby("to")["share"].sum(), 1.0)


def test_neighbourhoods_with_the_largest_gain_and_with_none():
    areas = drawn(shapely.box(-10, -10, 1000, 1000), shapely.box(1700, -1000, 4000, 1000)).assign(
        name=["西町", "東町"]
    )
    found = run(
        world(
            road("open", file=DRAWN, speed_kmh=60.0),
            rows=drawn(shapely.LineString([(0, 0), (1750, -1000)])),
            neighbourhood=areas,
        )
    )
    table = found.tables["area_gains"].query("to == 'interchange'").set_index("name")
    assert table.loc["西町", ["mean_gain", "gaining", "unchanged"]].tolist() == [0, 0, 2]
    # v2 came over 1,750 m and 600 m in 3.0 + 1.8 min, and comes over 2,015.6 m and 400 m in 2.0156 + 1.2; v3 as before.
    assert table.loc["東町", "mean_gain"] == pytest.approx((4.8 - 3.2156) / 2, abs=1e-3)
    assert table.loc["東町", ["gaining", "unchanged", "worse"]].tolist() == [1, 1, 0]


def test_people_stand_beside_those_of_65_and_over():
    cells = places([{"id": f"c{n}", "at": at, "people": 10_000.0 * n, "people_65": 100.0 * n}
                    for n, at in enumerate([(500, 0), (1750, -900)], start=1)])  # fmt: skip
    access = AccessOptions(origins=("population",), destinations=("interchange",))
    found = run(world(road(id=("r1", "r2"), speed_kmh=100.0), population=cells, access=access))
    row = found.tables["gains"].set_index("band").loc["gain_1"]
    assert row[["people", "people_65"]].tolist() == [20_000, 200]
    assert form(found).loc["people_ic/10", ["before", "after"]].tolist() == [3.0, 3.0]


def test_only_areas_in_force_on_the_day_have_a_row_and_count_in_the_mean():
    left, right = shapely.box(-10, -10, 1000, 1000), shapely.box(1700, -1000, 4000, 1000)
    day = world().plan.date
    dates = [day - timedelta(days=20), day - timedelta(days=10), day + timedelta(days=10), None]
    areas = drawn(right, left, right, right).assign(
        name=["西町", "西町", "東町", "南町"],
        version=["第1版", "第2版", "", ""],
        published_on=[None if when is None else when.isoformat() for when in dates],
    )
    found = run(world(road(id=("r1",), speed_kmh=50.0), promotion_area=areas))
    table = form(found)
    assert [key for key in table.index if key.startswith("area_ic_minutes/")] == [
        "area_ic_minutes/vacant_house/n1", "area_ic_minutes/vacant_house/n3",
    ]  # fmt: skip
    assert table.loc["area_ic_minutes_mean/vacant_house", "rate"] == pytest.approx(
        table.loc[["area_ic_minutes/vacant_house/n1", "area_ic_minutes/vacant_house/n3"], "rate"].mean(),
        abs=0.051,
    )
    said = found.findings.set_index("code").loc["scenario.areas_left_out"]
    assert "東町（公表前）、西町（旧の版）" in said["reason_ja"]
    only = run(world(road(id=("r1",), speed_kmh=50.0), promotion_area=areas.iloc[[2]]))
    assert not form(only).index.str.startswith("area_ic").any()


def test_people_houses_and_places_have_units_of_their_own():
    cells = places([{"id": "c1", "at": (500, 0), "people": 100.0, "people_65": 10.0}])
    access = AccessOptions(origins=("vacant_house", "population", "hub"), destinations=("interchange",))
    table = form(run(world(road(id=("r1",), speed_kmh=50.0), population=cells, access=access)))
    within = {key.split("/")[1]: unit for key, unit in table["unit"].items() if key.startswith("within/")}
    assert within == {"vacant_house": "houses", "population": "people", "hub": "places"}
    assert "count" not in set(table["unit"])


def test_a_mean_of_minutes_is_that_of_unrounded_minutes_and_the_rate_that_of_rounded_rates():
    # r1 at 38 km/h: printed minutes and their mean may differ by the rounding of each.
    found = run(world(road(id=("r1",), speed_kmh=38.0)))
    after = links(found)["minutes_after"]
    table = form(found)
    assert table.loc["ic_minutes_mean/hub", "after"] == half_up(after.mean(), 1)
    assert table.loc["ic_minutes_mean_unrounded/hub", "after"] == half_up(after.mean(), 3)
    printed = table.loc[["ic_minutes/南の家", "ic_minutes/交流館"], "rate"]
    assert table.loc["ic_minutes_mean/hub", "rate"] == half_up(printed.mean(), 1)


def test_what_scenarios_do_is_foretold_without_measuring():
    made = world(
        road(id=("r1",), speed_kmh=50.0), PlaceChange(layer="hub", name="新", at=(0.0, 0.0), key="k", line=1)
    )
    assert codes(foretold(made)) == {"scenario.roads", "scenario.places"}
    with pytest.raises(ConfigurationError) as caught:
        foretold(world(road(name=("ない道",), speed_kmh=50.0)))
    assert [problem.code for problem in caught.value.problems] == ["scenario.no_road"]
    where = world(road(name=("ない道",), speed_kmh=50.0, lines={"name": 12}))
    with pytest.raises(ConfigurationError) as caught:
        foretold(where)
    assert caught.value.problems[0].place == f"plan.toml:12 {KEY}.name"


# ---- what must hold of any scenario ------------------------------------------------------------------------

PLACES = st.tuples(st.integers(0, 6), st.integers(0, 6))
LINES = st.lists(st.tuples(PLACES, PLACES).filter(lambda pair: pair[0] != pair[1]), min_size=1, max_size=5)
CLASSES = st.sampled_from(["national", "prefectural", "municipal", "other"])


def towns(lines, kinds, oneway):
    rows = [
        {"id": f"r{k}", "road_class": kind, "line": [(500 * x, 500 * y) for x, y in pair], "oneway": way}
        for k, (pair, kind, way) in enumerate(zip(lines, kinds, oneway, strict=False))
    ]
    return roads(rows)


def differences(found):
    """Return after − before of every trip: infinite for what is lost, −infinite for what is newly reached."""
    parts = []
    for compared in found.compared:
        for trips in compared.trips:
            for to in trips.before:
                before, after = trips.before[to], trips.after[to]
                both = np.isinf(before) & np.isinf(after)
                with np.errstate(invalid="ignore"):
                    parts.append(np.where(both, 0.0, after - before))
    return np.concatenate(parts)


@settings(max_examples=6, deadline=None)
@given(
    base=LINES, new=LINES, kinds=st.lists(CLASSES, min_size=5, max_size=5),
    ways=st.lists(st.sampled_from([0, 1, -1]), min_size=5, max_size=5), kind=CLASSES,
)  # fmt: skip
def test_opening_or_speeding_up_makes_nobody_worse_and_closing_nobody_better(base, new, kinds, ways, kind):
    network = towns(base, kinds, ways)
    spots = [(500 * x + 30, 500 * y + 40) for x in range(0, 7, 3) for y in range(0, 7, 3)]
    layers = {
        "road": network,
        "vacant_house": places([{"id": f"v{n}", "at": at} for n, at in enumerate(spots)]),
        "interchange": places([INTERCHANGES[0] | {"at": (0, 0)}]),
        "hub": places([{"id": "h", "name": "拠", "at": (1500, 1500)}]),
    }
    lines = drawn(*(shapely.LineString([(500 * x, 500 * y) for x, y in pair]) for pair in new))

    made = atlas(layers, access=OPTIONS, catalogue=read_catalogue(packaged_folder()))
    connected = connect(made)
    standing = connected, measure(made, connected)

    def under(change, rows=None):
        plan = dataclasses.replace(made.plan, scenarios=(Scenario(name="試", roads=(change,)),))
        changed = dataclasses.replace(made, plan=plan, scenario_rows={KEY: rows})
        return differences(simulate(changed, *standing))

    one = network["id"].iloc[0]
    assert np.nanmax(under(road("open", file=DRAWN, road_class=kind), lines), initial=-np.inf) <= 1e-6
    assert np.nanmax(under(road(id=(one,), speed_kmh=100.0)), initial=-np.inf) <= 1e-9
    assert np.nanmin(under(road("close", id=(one,))), initial=np.inf) >= -1e-9


def test_an_empty_change_changes_nothing():
    for change in ((), (road(id=("r1",), speed_kmh=35.0),), (road(id=("r1",), road_class="national"),)):
        found = run(world(*change))
        table = found.tables["scenarios"]
        assert (table["difference"].fillna(0.0) == 0.0).all()
        assert (table["rate"].fillna(0.0) == 0.0).all()
        assert (differences(found) == 0.0).all()
        assert "scenario.no_gain" in codes(found.findings)


def test_the_order_of_the_rows_changes_nothing():
    lines = drawn(*(shapely.LineString(part) for part in ([(0, 0), (1750, -1000)], [(0, 1000), (1750, 0)])))
    change = road("open", file=DRAWN, speed_kmh=60.0)
    one = run(world(change, rows=lines))
    turned = village(vacant_house=HOUSES)
    layers = {name: table.iloc[::-1].reset_index(drop=True) for name, table in turned.items()} | {
        "vacant_house": HOUSES.iloc[::-1].reset_index(drop=True)
    }
    made = world(change, rows=lines.iloc[::-1].reset_index(drop=True))
    other = atlas(layers, access=OPTIONS, catalogue=read_catalogue(packaged_folder()))
    other = run(dataclasses.replace(other, plan=made.plan, scenario_rows=made.scenario_rows))
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table, other.tables[name])


def test_the_atlas_given_is_left_as_it_is():
    made = world(
        road(id=("r1",), speed_kmh=50.0), PlaceChange(layer="hub", name="新", at=(0.0, 0.0), key="k", line=1)
    )
    before = {name: layer.table.copy() for name, layer in made.layers.items()}
    run(made)
    for name, table in before.items():
        pd.testing.assert_frame_equal(pd.DataFrame(table), pd.DataFrame(made.layers[name].table))
