"""Minutes from homes and people, who is covered, and what is not assessed."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from village_roads import CRS, HUBS, INTERCHANGES, ROADS, atlas, codes, places, roads, village

from gisplan.access import may_be_chosen, may_be_reached, may_be_served, may_set_out, measure
from gisplan.access.coverage import coverage
from gisplan.access.nearest import ranked
from gisplan.access.opportunities import opportunities
from gisplan.access.places import PEOPLE_LAYERS, amount, number
from gisplan.core.errors import ConfigurationError
from gisplan.core.options import AccessOptions
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.network import connect

HOUSES = [
    {"id": "v1", "at": (875, 50)},  # 50 m off the middle of the western national road
    {"id": "v2", "at": (1750, 0)},  # on the crossing
    {"id": "v3", "at": (0, 5000)},  # 4 km from every road
    {"id": "v4", "at": (50, 9010)},  # on the island
]
ISLAND = {"id": "r7", "line": [(0, 9000), (100, 9000)]}
LONELY = [((750, -125), 80, 30), ((3000, -125), np.nan, np.nan)]
OPTIONS = AccessOptions(
    minutes=(3.0, 5.0), origins=("vacant_house", "population"), destinations=("interchange", "hub", "shop")
)


def mesh(rows):
    """Return 250 m cells; a row gives the south-west corner, people and older people."""
    table = places([{"id": f"m{k}", "at": corner} for k, (corner, _, _) in enumerate(rows)])
    table["people"] = [float(people) for _, people, _ in rows]
    table["people_65"] = [float(older) for _, _, older in rows]
    return table.set_geometry([shapely.box(x, y, x + 250, y + 250) for (x, y), _, _ in rows], crs=CRS)


def measured(options=OPTIONS, **more):
    layers = village(road=roads([*ROADS, ISLAND]), vacant_house=places(HOUSES), **more)
    held = atlas(layers, access=options)
    return measure(held, connect(held))


def value(found, key, to, name):
    table = found.access.set_index(["id", "to", "measure"])["value"]
    return table[key, to, name]


def row(found, layer, to, minutes):
    return found.coverage.set_index(["layer", "to", "minutes"]).loc[(layer, to, minutes)]


def test_minutes_from_a_house_are_those_worked_out_by_hand():
    found = measured()
    # v1: 50 m off the road = 0.2 min, 875 m national = 1.5 min, then 250 m to the interchange = 1 min.
    assert value(found, "v1", "interchange", "nearest_1") == pytest.approx(0.2 + 1.5 + 1)
    # To h1: 1.5 min, 700 m municipal = 2.1 min, 0.4 min off the road; to h2: 1.5 min and 3 min.
    assert value(found, "v1", "hub", "nearest_1") == pytest.approx(0.2 + 1.5 + 2.1 + 0.4)
    assert value(found, "v1", "hub", "nearest_2") == pytest.approx(0.2 + 1.5 + 3)
    assert np.isnan(value(found, "v1", "hub", "nearest_3"))
    assert value(found, "v1", "hub", "within_5") == 2
    # The threshold is inclusive: from v2 it is 3.0 min to h2.
    assert value(found, "v2", "hub", "nearest_2") == pytest.approx(3.0)
    assert value(found, "v2", "hub", "within_3") == 2


def test_unreached_is_a_true_zero_and_off_the_road_is_not_assessed():
    found = measured()
    assert np.isnan(value(found, "v4", "hub", "nearest_1"))
    assert value(found, "v4", "hub", "within_5") == 0
    assert np.isnan(value(found, "v3", "hub", "within_5"))
    counted = row(found, "vacant_house", "hub", 5.0)
    assert list(counted[["total", "within", "unreached", "not_assessed"]]) == [4, 2, 1, 1]
    assert counted["share"] == pytest.approx(2 / 3)
    assert {"access.unreached", "access.not_assessed"} <= codes(found.findings)


def test_a_missing_destination_is_not_assessed_and_never_zero():
    found = measured()
    assert found.access.query("to == 'shop'")["value"].isna().all()
    counted = row(found, "vacant_house", "shop", 5.0)
    assert (counted["total"], counted["not_assessed"]) == (4, 4)
    assert np.isnan(counted["share"])
    assert np.isnan(counted["within"])
    said = found.findings.query("code == 'access.missing_to'")
    assert list(said["layer"]) == ["shop"]
    assert list(found.findings.query("code == 'access.missing_from'")["layer"]) == ["population"]


def test_destinations_off_every_road_are_not_assessed_either():
    found = measured(shop=places([{"id": "s1", "at": (0, 20_000)}]))
    assert np.isnan(row(found, "vacant_house", "shop", 5.0)["share"])
    assert "access.none_on_road" in codes(found.findings)
    found = measured(shop=places([{"id": "s1", "at": (0, 20_000)}, {"id": "s2", "at": (1750, 0)}]))
    assert row(found, "vacant_house", "shop", 5.0)["within"] == 2
    assert "access.destination_off_road" in codes(found.findings)


def test_people_weigh_by_cell_and_the_suppressed_are_said():
    cells = mesh([((750, -125), 80, 30), ((1625, -125), 20, 10), ((3000, -125), np.nan, np.nan)])
    found = measured(population=cells)
    # The cells' points lie on the road at x = 875 (4 min to h1), 1750 (2.5 min) and 3125.
    counted = row(found, "population", "hub", 3.0)
    assert (counted["total"], counted["within"], counted["share"]) == (100, 20, pytest.approx(0.2))
    older = row(found, "population_65", "hub", 3.0)
    assert (older["total"], older["within"]) == (40, 10)
    assert "access.suppressed" in codes(found.findings)


def test_older_people_who_are_suppressed_are_unknown_and_not_nobody():
    cells = mesh([((750, -125), 80, np.nan), ((1625, -125), 20, 10), ((3000, -125), 5, np.nan)])
    found = measured(population=cells)
    older = row(found, "population_65", "hub", 3.0)
    assert list(older[["total", "within", "share", "unreached", "not_assessed"]]) == [10, 10, 1, 0, 0]
    said = found.findings.query("code == 'access.suppressed'").set_index("layer")
    assert list(said.index) == ["population_65"]
    assert "2区画" in said.loc["population_65", "reason_ja"]
    assert "0ではありません" in said.loc["population_65", "reason_ja"]
    assert "not 0" in said.loc["population_65", "reason_en"]


def test_without_any_figure_of_older_people_nothing_is_counted_of_them():
    found = measured(population=mesh([((750, -125), 80, np.nan), ((1625, -125), 20, np.nan)]))
    assert set(found.coverage["layer"]) == {"vacant_house", "population"}
    assert list(found.findings.query("code == 'access.no_older'")["layer"]) == ["population_65"]
    assert "access.suppressed" not in codes(found.findings)


def test_where_every_figure_is_unknown_so_is_every_sum():
    found = measured(population=mesh([((750, -125), np.nan, np.nan)]))
    counted = row(found, "population", "hub", 3.0)
    assert counted[["total", "within", "share", "unreached", "not_assessed"]].isna().all()
    # The only cell with a figure stands on no road: nothing of those on the road is known.
    found = measured(population=mesh([((750, -125), np.nan, np.nan), ((0, 5000), 7, 1)]))
    counted = row(found, "population", "hub", 3.0)
    assert (counted["total"], counted["not_assessed"]) == (7, 7)
    assert counted[["within", "share", "unreached"]].isna().all()


def test_numbers_are_said_with_the_counter_of_their_layer():
    cells = mesh([((750, -125), 80, 30), ((0, 5000), 7, 1), ((0, 5500), np.nan, 1)])
    said = measured(population=cells).findings.query("code == 'access.not_assessed'").set_index("layer")
    assert "1戸あり" in said.loc["vacant_house", "reason_ja"]
    assert "2区画（7人）あり" in said.loc["population", "reason_ja"]
    assert "not assessed: 2 (people: 7)." in said.loc["population", "reason_en"]
    assert number("hub", 1200).ja == "1,200件"
    assert amount("vacant_house", 3, 4.6, weighed=True).ja == "3戸（重み5）"
    assert amount("vacant_house", 3, 4.6, weighed=True).en == "3 (weight: 5)"


def test_titles_stand_in_the_language_of_the_reader():
    catalogue = read_catalogue(packaged_folder())
    layers = village(road=roads([*ROADS, ISLAND]), vacant_house=places(HOUSES), population=mesh(LONELY))
    held = atlas(layers, access=OPTIONS, catalogue=catalogue)
    said = measure(held, connect(held)).findings
    assert not said["reason_en"].str.contains(r"[\u3040-\u30ff\u4e00-\u9fff]").any()
    hidden = said.query("code == 'access.suppressed' and layer == 'population'").iloc[0]
    assert "「人口」" in hidden["reason_ja"]
    assert "“People”" in hidden["reason_en"]
    lost = said.query("code == 'access.unreached' and subject == 'hub'").iloc[0]
    assert catalogue["hub"].title.ja in lost["reason_ja"]
    assert catalogue["hub"].title.en in lost["reason_en"]


def test_only_places_are_reached_set_out_from_or_chosen():
    catalogue = read_catalogue(packaged_folder())
    points = {name for name, spec in catalogue.items() if spec.kind == "point"}
    assert {"hub", "shop", "vacant_house", "interchange"} <= points
    assert {name for name, spec in catalogue.items() if may_be_reached(spec)} == points
    assert {name for name, spec in catalogue.items() if may_set_out(spec)} == points | set(PEOPLE_LAYERS)
    assert {name for name, spec in catalogue.items() if may_be_served(spec)} == points | {"population"}
    assert {name for name, spec in catalogue.items() if may_be_chosen(spec)} == points | {"site"}


def test_an_area_is_neither_origin_nor_destination():
    options = AccessOptions(origins=("flood", "vacant_house"), destinations=("road", "zone", "nothing"))
    held = atlas(
        village(vacant_house=places(HOUSES), flood=mesh([((0, 0), 1, 1)])),
        access=options,
        file="焼津.toml",
        catalogue=read_catalogue(packaged_folder()),
    )
    connected = connect(held)
    with pytest.raises(ConfigurationError) as caught:
        measure(held, connected)
    said = [(problem.code, problem.place) for problem in caught.value.problems]
    assert said == [
        ("access.no_place", "焼津.toml access.from"),
        ("access.no_place", "焼津.toml access.to"),
        ("access.no_place", "焼津.toml access.to"),
    ]
    assert [
        problem.what.ja.count(name)
        for problem, name in zip(caught.value.problems, ("flood", "road", "zone"), strict=True)
    ] == [1] * 3
    assert "vacant_house" in caught.value.problems[0].cure.ja
    assert "population" not in caught.value.problems[1].cure.ja


def test_only_open_full_and_smart_interchanges_count():
    table = measured().access.query("to == 'interchange' and measure == 'nearest_2'")
    assert table["value"].isna().all()


def test_the_wide_table_has_a_column_for_each_destination():
    wide = measured().nearest
    assert list(wide.columns) == ["layer", "id", "snap_m", "to_interchange", "to_hub", "to_shop"]
    assert wide.set_index("id").loc["v1", "to_interchange"] == pytest.approx(2.7)
    assert np.isnan(wide.set_index("id").loc["v3", "snap_m"])


def test_a_house_on_a_one_way_road_must_follow_it():
    # Against the sign the interchange is 875 m away; along it, round by the crossing and the north.
    one_way = [ROADS[0] | {"oneway": 1}, *ROADS[1:]]
    held = atlas(village(road=roads(one_way), vacant_house=places(HOUSES[:2])), access=OPTIONS)
    found = measure(held, connect(held))
    # 0.2 off the road, 875 m national 1.5, 1000 m municipal 3, 2750 m prefectural 5.5, 1 to the interchange.
    assert value(found, "v1", "interchange", "nearest_1") == pytest.approx(0.2 + 1.5 + 3 + 5.5 + 1)
    # v2 stands on a node: no part of the closed direction is needed.
    assert value(found, "v2", "interchange", "nearest_1") == pytest.approx(3 + 5.5 + 1)


def test_two_on_one_road_do_not_go_round_by_the_crossing():
    shop = places([{"id": "s1", "at": (1000, 0)}])
    assert value(measured(shop=shop), "v1", "shop", "nearest_1") == pytest.approx(0.2 + 125 / (35000 / 60))


def test_on_foot_minutes_are_80_metres():
    options = AccessOptions(mode="walk", minutes=(15.0,), origins=("vacant_house",), destinations=("hub",))
    assert value(measured(options), "v2", "hub", "nearest_1") == pytest.approx((700 + 100) / 80)


def test_without_roads_nothing_is_assessed():
    held = atlas({"vacant_house": places(HOUSES), "hub": places(HUBS)}, access=OPTIONS)
    found = measure(held, connect(held))
    assert found.access["value"].isna().all()
    assert (found.coverage["not_assessed"] == 4).all()


def test_row_order_changes_no_byte():
    layers = village(vacant_house=places(HOUSES), interchange=places(INTERCHANGES))
    one, two = (
        atlas(tables, access=OPTIONS)
        for tables in (
            layers,
            {name: table.iloc[::-1].reset_index(drop=True) for name, table in layers.items()},
        )
    )
    first, second = measure(one, connect(one)), measure(two, connect(two))
    for name in ("access", "coverage", "nearest", "findings"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name), check_exact=True)


MINUTES = st.lists(
    st.lists(st.one_of(st.floats(0, 60), st.just(np.inf)), min_size=4, max_size=4), min_size=1, max_size=8
).map(np.array)


@given(MINUTES, st.floats(1, 60))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_nearest_and_opportunities_agree_with_plain_sorting(minutes, threshold):
    best = ranked(minutes, count=3)
    assert np.array_equal(best, np.sort(minutes, axis=1)[:, :3])
    assert np.array_equal(ranked(minutes[:, :2], count=3)[:, :2], np.sort(minutes[:, :2], axis=1))
    count = opportunities(minutes, threshold)
    assert (count == [sum(value <= threshold + 1e-9 for value in one) for one in minutes]).all()
    weight = np.ones(len(minutes))
    table = coverage(best[:, 0], weight, layer="a", to="b", thresholds=(threshold, threshold + 5))
    assert table["within"].is_monotonic_increasing
    assert (table["within"] + table["unreached"] + table["not_assessed"] <= table["total"]).all()


def test_an_origin_off_the_road_is_never_called_unreached():
    minutes = np.array([[np.nan, np.nan], [np.inf, np.inf], [np.inf, 4.0]])
    best = ranked(minutes, count=3)
    assert np.isnan(best[0]).all()
    assert np.isinf(best[1]).all()
    assert best[2, 0] == 4.0
    assert np.array_equal(opportunities(minutes, 5.0), [np.nan, 0, 1], equal_nan=True)
