"""A register laid over roads of another source, and what the Road Act says of managers."""
# ruff: noqa: PD011 (the values of a doubt are no data frame)

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from village_roads import CRS, roads, village
from village_roads import atlas as atlas_of

from gisplan.network.connected import connect
from gisplan.network.legal import laid_over, managed, registered
from gisplan.network.plan_roads import legal_roads, with_legal_roads


def osm(rows):
    """Return roads as OpenStreetMap gives them: by custom, unless a row says otherwise."""
    table = roads(rows)
    for name, usual in (("osm_class", ""), ("class_from", "custom")):
        table[name] = [row.get(name, usual) for row in rows]
    return table


def register(rows):
    """Return lines of a register."""
    table = roads(rows)
    return table.assign(manager=[row.get("manager", "") for row in rows])


def codes(told):
    return {doubt.code: doubt.values for doubt in told.doubts}


STREET = {"id": "a", "line": [(0, 0), (100, 0)], "road_class": "municipal"}


@pytest.mark.parametrize(
    ("line", "taken"),
    [
        ([(0, 10), (100, 10)], True),  # along the whole road, 10 m beside it
        ([(100, 10), (0, 10)], True),  # drawn the other way round
        ([(0, 13), (100, 13)], False),  # farther than 12 m
        ([(0, 10), (50, 10)], True),  # along half of it
        ([(0, 10), (35, 10)], False),  # along a third
        ([(50, -80), (50, 80)], False),  # across
        ([(0, 0), (100, 60)], False),  # at 31°
    ],
)
def test_a_road_takes_the_class_of_the_line_it_runs_along(line, taken):
    told = registered(osm([STREET]), register([{"id": "n", "line": line, "road_class": "prefectural"}]))
    assert told.table["road_class"].tolist() == ["prefectural" if taken else "municipal"]
    assert told.table["class_from"].tolist() == ["register" if taken else "custom"]
    assert codes(told)["net.register"]["count"] == int(taken)
    assert (codes(told)["net.register"]["near"], codes(told)["net.register"]["half"]) == ("12", "50")


def test_the_nearest_of_two_lines_counts_and_of_several_values_that_of_the_most_metres():
    lines = [
        {"id": "n", "line": [(0, 9), (100, 9)], "road_class": "national", "width_m": 7.0},
        {"id": "m", "line": [(0, 2), (60, 2)], "road_class": "prefectural", "width_m": 4.0},
    ]
    found = laid_over(osm([STREET]), register(lines)).iloc[0]
    assert (found["road_class"], found["width_m"]) == ("prefectural", 4.0)


def test_the_street_below_a_viaduct_is_no_expressway():
    rows = [
        STREET,
        {
            "id": "v",
            "line": [(0, 3), (100, 3)],
            "road_class": "expressway",
            "osm_class": "motorway",
            "level": 1,
        },
    ]
    lines = [
        {"id": "e", "line": [(0, 1), (100, 1)], "road_class": "expressway"},
        {"id": "p", "line": [(0, 4), (100, 4)], "road_class": "prefectural"},
    ]
    told = registered(osm(rows), register(lines))
    assert told.table["road_class"].tolist() == ["prefectural", "expressway"]


def test_a_name_that_the_register_contradicts_is_said():
    rows = [STREET | {"name": "国道1号", "road_class": "national", "class_from": "name", "width_m": 7.0}]
    line = {
        "id": "n",
        "line": [(0, 1), (100, 1)],
        "road_class": "municipal",
        "width_m": 4.0,
        "manager": "municipality",
    }
    told = registered(osm(rows), register([line]))
    said = codes(told)
    assert said["net.register_class"] == {"count": 1, "sample": ["国道1号（a）: national ≠ municipal"]}
    assert said["net.register_width"]["sample"] == ["国道1号（a）: 7 m ≠ 4 m"]
    row = told.table.iloc[0]
    assert (row["road_class"], row["width_m"], row["manager"]) == ("municipal", 4.0, "municipality")
    assert row["manager_from"] == "register"


def test_told_once_it_is_not_told_again():
    lines = register([{"id": "n", "line": [(0, 1), (100, 1)], "road_class": "national"}])
    first = registered(osm([STREET]), lines)
    second = registered(first.table, lines)
    assert second.doubts == ()
    assert second.table is first.table


def areas(*rows):
    """Return areas with a code; a row gives it and its box."""
    table = pd.DataFrame([{"id": code, "name": code, "code": code} for code, _ in rows])
    return gpd.GeoDataFrame(table, geometry=[shapely.box(*box) for _, box in rows], crs=CRS)


def test_managers_by_the_road_act():
    line = [(0, 0), (100, 0)]
    rows = [
        {"id": "a", "line": line, "road_class": "national", "designated_section": True},
        {"id": "b", "line": line, "road_class": "national", "designated_section": False},
        {"id": "c", "line": line, "road_class": "national"},
        {"id": "d", "line": line, "road_class": "prefectural"},
        {"id": "e", "line": line, "road_class": "municipal"},
        {"id": "f", "line": line, "road_class": "expressway"},
        {"id": "g", "line": line, "road_class": "prefectural", "class_from": "custom"},
        {"id": "h", "line": line, "road_class": "prefectural", "manager": "other"},
    ]
    table = osm([{"class_from": "name"} | row for row in rows])
    table["designated_section"] = pd.array(
        [row.get("designated_section", pd.NA) for row in rows], dtype="boolean"
    )
    inside = areas(("22101", (-1, -1, 200, 1))).assign(designated=True)
    for city, shared in (
        (inside, "municipality"),
        (inside.assign(designated=False), "prefecture"),
        (None, ""),
    ):
        told = managed(table, city)
        expected = ["minister", shared, "", shared, "municipality", "", "", "other"]
        assert told.table["manager"].tolist() == expected
        assert told.table["manager_from"].tolist() == [
            {"minister": "section", "other": "", "": ""}.get(one, "law") for one in expected
        ]
        assert codes(told)["net.manager_law"]["unknown"] == expected.count("")


def test_the_plan_takes_class_manager_and_area_from_its_layers():
    rows = [
        {"id": "a", "line": [(0, 0), (1000, 0)]},
        {"id": "b", "line": [(1000, 0), (3000, 0)]},
    ]
    layers = {
        "road": osm(rows),
        "road_register": register([{"id": "n", "line": [(0, 1), (1000, 1)], "road_class": "prefectural"}]),
        "municipality": areas(("22212", (-10, -10, 5000, 10))),
        "densely_inhabited_district": areas(("did", (-10, -10, 600, 10))),
    }
    held = atlas_of(village(**layers))
    told = legal_roads(held)
    assert told.table["road_class"].tolist() == ["prefectural", "municipal"]
    assert told.table["manager"].tolist() == ["prefecture", ""]
    assert told.table["area_kind"].tolist() == ["densely_inhabited", "urban"]
    found = connect(held)
    assert {"net.register", "net.manager_law"} <= set(found.findings["code"])
    # The roads of a loaded atlas are told already; the network is the same.
    again = connect(with_legal_roads(held))
    assert again.report.equals(found.report)
    assert "net.register" not in set(again.findings["code"])


def test_without_layers_that_tell_nothing_is_changed():
    held = atlas_of(village())
    assert legal_roads(held).table is held.table("road")
    assert with_legal_roads(held) is held


CORNER = st.integers(0, 8).map(lambda value: value * 25.0)
SEGMENTS = st.lists(
    st.tuples(CORNER, CORNER, CORNER, CORNER, st.sampled_from(["national", "prefectural", "municipal"])),
    min_size=1,
    max_size=6,
    unique_by=lambda row: row[:4],
)


def lines_from(rows, letter):
    return [
        {"id": f"{letter}{k}", "line": [(a, b), (c, d)], "road_class": name}
        for k, (a, b, c, d, name) in enumerate(rows)
        if (a, b) != (c, d)
    ]


@given(SEGMENTS, SEGMENTS, st.randoms())
@settings(max_examples=40, deadline=None, derandomize=True)
def test_the_order_and_the_direction_of_the_lines_do_not_matter(streets, lines, random):
    streets, lines = lines_from(streets, "s"), lines_from(lines, "r")
    if not streets or not lines:
        return
    first = laid_over(osm(streets), register(lines))
    other = [row | {"line": row["line"][::-1]} for row in lines]
    random.shuffle(other)
    assert laid_over(osm(streets), register(other)).equals(first)


@given(SEGMENTS)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_roads_that_are_the_register_take_its_class_and_far_ones_take_none(streets):
    streets = lines_from(streets, "s")
    if not streets:
        return
    table = osm(streets)
    only = laid_over(table.iloc[:1].reset_index(drop=True), register(streets[:1]))
    assert only["road_class"].tolist() == [streets[0]["road_class"]]
    far = table.set_geometry(table.geometry.translate(1000, 0))
    assert laid_over(far, register(streets))["road_class"].isna().all()
