"""Yardsticks as data; circles and ways along the road side by side, by hand, against shapely, and never mixed."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from test_access_measure import mesh
from village_roads import ROADS, atlas, places, roads, village

from gisplan.access import measure
from gisplan.access.standing import (
    NOT_ASSESSED,
    OUTSIDE,
    UNREACHED,
    WITHIN,
    crowded,
    states,
    straight_metres,
)
from gisplan.access.yardsticks import read_yardsticks
from gisplan.core.options import AccessOptions
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.network import connect

# The national road runs from x = 0 to 3500 at y = 0; a stop at 1750, on the crossing.
STOP = places([{"id": "b1", "at": (1750, 0)}])
STATION = places([{"id": "s1", "at": (3450, 0)}])
CELLS = mesh(
    [((1375, -125), 40, 10), ((2375, -125), 30, 20), ((125, -125), 20, 5), ((3275, -125), 10, np.nan)]
)
"""Their points are at x = 1500, 2500, 250 and 3400, all on the road."""


def measured(*names, **layers):
    options = AccessOptions(
        minutes=(5.0,),
        origins=tuple(layers.pop("origins", ("population",))),
        destinations=("hub",),
        yardsticks=names or None,
    )
    held = atlas(
        village(population=CELLS, **layers), access=options, catalogue=read_catalogue(packaged_folder())
    )
    return measure(held, connect(held))


def row(found, yardstick, to, how, layer="population"):
    return found.yardsticks.set_index(["yardstick", "to", "how", "layer"]).loc[(yardstick, to, how, layer)]


def test_every_yardstick_names_its_source_and_what_it_cannot_tell():
    catalogue = read_catalogue(packaged_folder())
    yardsticks = read_yardsticks()
    assert {
        "walk_800",
        "walk_500_older",
        "transit_800_300",
        "food_500_older",
        "no_doctor_4000",
        "emergency_60",
    } <= set(yardsticks)
    voids = {name: one for name, one in yardsticks.items() if one.void}
    assert len(voids) == 3
    for one in yardsticks.values():
        assert one.layers <= set(catalogue), one.name
        assert one.confidence in {"verbatim", "reported", "inferred"}
        assert all(limit > 0 for group in one.near for limit in group.values())
        for text in (one.title, one.source, one.caution):
            assert text.ja
            assert text.en
    # A void is named by its definition wherever it is named.
    assert all("m" in one.title.ja for one in voids.values())


def test_a_void_is_counted_under_each_definition_by_hand():
    found = measured(bus_stop=STOP, station=STATION)
    # Straight: 1500 is 250 m from the stop, 2500 is 750 m, 250 is 1,500 m; 3400 is 50 m from the station.
    assert list(
        row(found, "void_500_300", "station+bus_stop", "straight")[["total", "within", "outside"]]
    ) == [100, 50, 50]
    assert row(found, "void_1000_500", "station+bus_stop", "straight")["outside"] == 20
    # 2500 is 950 m from the station: within 1,000 m.
    assert row(found, "void_1000", "station+bus_stop", "straight")["outside"] == 20
    older = row(found, "void_500_300", "station+bus_stop", "straight", "population_65")
    assert (older["total"], older["within"], older["outside"]) == (35, 10, 25)
    told = row(found, "void_500_300", "station+bus_stop", "network")
    assert told["limit_ja"] == "500 m（徒歩7分）、300 m（徒歩4分）"
    assert told["void"]
    assert "定義" in told["caution_ja"]


def test_a_river_makes_the_way_longer_than_the_circle_and_both_are_labelled():
    # A house north of the island road's end: 300 m from the shop in a straight line, 2,300 m along the road.
    lines = [
        {"id": "a", "line": [(0, 0), (1000, 0)]},
        {"id": "b", "line": [(1000, 0), (1000, 300)]},
        {"id": "c", "line": [(1000, 300), (0, 300)]},
    ]
    layers = {
        "road": roads(lines),
        "shop": places([{"id": "s", "at": (0, 300)}]),
        "vacant_house": places([{"id": "v", "at": (0, 0)}]),
    }
    options = AccessOptions(origins=("vacant_house",), destinations=("shop",), yardsticks=("walk_800",))
    held = atlas(layers, access=options)
    table = measure(held, connect(held)).yardsticks.query("to == 'shop'").set_index("how")
    assert table.loc["straight", "within"] == 1
    assert table.loc["network", "outside"] == 1
    assert table.loc["straight", "limit_ja"] == "800 m", "a straight line is a distance and never minutes"


def test_on_foot_the_limit_is_metres_of_road_whatever_the_mode():
    shop = places([{"id": "s1", "at": (1750, 0)}])
    exact = mesh([((825, -125), 10, 1), ((824, -125), 7, 1)])  # their points: 800 m and 801 m along the road
    for mode in ("car", "walk"):
        options = AccessOptions(
            mode=mode, origins=("population",), destinations=("shop",), yardsticks=("walk_800",)
        )
        held = atlas(village(population=exact, shop=shop), access=options)
        found = measure(held, connect(held))
        assert row(found, "walk_800", "shop", "network")["within"] == 10


def test_unreached_not_assessed_and_unknown_stand_apart():
    cells = mesh([((1375, -125), 40, 1), ((0, 5000), 7, 1), ((0, 8990), 5, 1), ((250, -125), np.nan, 1)])
    island = {"id": "r7", "line": [(0, 9000), (300, 9000)]}
    shop = places([{"id": "s1", "at": (1750, 0)}])
    options = AccessOptions(
        origins=("population",), destinations=("shop",), yardsticks=("walk_800", "emergency_60")
    )
    held = atlas(village(road=roads([*ROADS, island]), population=cells, shop=shop), access=options)
    found = measure(held, connect(held))
    road = row(found, "walk_800", "shop", "network")
    assert list(road[["total", "within", "outside", "unreached", "not_assessed"]]) == [52, 40, 0, 5, 7]
    assert road["share"] == pytest.approx(40 / 45)
    straight = row(found, "walk_800", "shop", "straight")
    assert list(straight[["within", "outside", "unreached", "not_assessed"]]) == [40, 12, 0, 0]
    missing = row(found, "emergency_60", "medical", "network")
    assert (missing["not_assessed"], missing["total"]) == (52, 52)
    assert np.isnan(missing["share"])


def test_layers_that_are_missing_are_left_out_and_said():
    found = measured(bus_stop=STOP)
    assert set(found.yardsticks["to"]) == {"bus_stop", "station+bus_stop"}
    said = found.findings.query("code == 'access.yardsticks_left'").iloc[0]
    assert "駅" in said["reason_ja"]
    # Without stations nobody beyond the stop can be told to be in a void.
    table = row(found, "void_500_300", "station+bus_stop", "straight")
    assert (table["within"], table["outside"], table["not_assessed"]) == (40, 0, 60)


def test_food_counts_the_limit_itself_as_outside():
    found = measured("food_500_older", shop=places([{"id": "s1", "at": (2000, 0)}]))
    table = row(found, "food_500_older", "shop", "straight", "population_65")
    # 1500 and 2500 lie at 500 m exactly.
    assert (table["within"], table["outside"]) == (0, 35)
    assert "上限" in table["caution_ja"]
    assert set(found.yardsticks["layer"]) == {"population_65"}


def test_a_district_without_a_doctor_needs_fifty_people():
    doctor = places([{"id": "m", "at": (-5000, 0)}])
    found = measured("no_doctor_4000", medical=doctor)
    table = row(found, "no_doctor_4000", "medical", "straight")
    # All four cells are more than 4 km away, and 100 people live within 4 km of each.
    assert (table["within"], table["outside"]) == (0, 100)
    few = mesh([((0, 0), 30, 1), ((0, 250), 19, 1)])
    options = AccessOptions(origins=("population",), destinations=("hub",), yardsticks=("no_doctor_4000",))
    held = atlas(village(population=few, medical=doctor), access=options)
    table = row(measure(held, connect(held)), "no_doctor_4000", "medical", "straight")
    assert (table["within"], table["outside"]) == (49, 0)


def test_houses_alone_are_judged_by_the_people_of_the_plan():
    house = places([{"id": "v", "at": (1750, 0)}])
    found = measured(
        "no_doctor_4000",
        origins=("vacant_house",),
        vacant_house=house,
        medical=places([{"id": "m", "at": (-5000, 0)}]),
    )
    assert row(found, "no_doctor_4000", "medical", "straight", "vacant_house")["outside"] == 1


POINTS = st.lists(st.tuples(st.floats(-5000, 5000), st.floats(-5000, 5000)), min_size=1, max_size=25).map(
    lambda rows: shapely.points(np.array(rows))
)


@given(POINTS, POINTS, st.floats(1, 3000))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_circles_are_the_distances_of_shapely(points, sites, limit):
    found = straight_metres(points, sites)
    there = shapely.distance(points[:, None], sites[None, :]).min(axis=1)
    assert found == pytest.approx(there, abs=1e-6)
    people = np.arange(len(points), dtype=float)
    near = (shapely.distance(points[:, None], points[None, :]) <= limit) @ people
    apart = np.abs(shapely.distance(points[:, None], points[None, :]) - limit)
    if apart.min() > 1e-6:
        assert list(crowded(points, points, people, metres=limit, least=20.0)) == list(near >= 20.0)
    state = states({"a": found}, {"a": limit}, count=len(points))
    wider = states({"a": found}, {"a": limit + 100}, count=len(points))
    assert (state == WITHIN).sum() <= (wider == WITHIN).sum()
    assert set(state) <= {WITHIN, OUTSIDE}


def test_one_near_place_is_enough_and_what_is_not_assessed_leaves_it_open():
    measured_ = {
        "a": np.array([10.0, 900.0, np.inf, np.nan, np.inf]),
        "b": np.array([np.nan, 900.0, np.inf, 900.0, 10.0]),
    }
    found = states(measured_, {"a": 500.0, "b": 300.0}, count=5)
    assert list(found) == [WITHIN, OUTSIDE, UNREACHED, NOT_ASSESSED, WITHIN]
    none = states({"a": None, "b": measured_["b"]}, {"a": 500.0, "b": 300.0}, count=5)
    assert list(none) == [NOT_ASSESSED] * 4 + [WITHIN]
