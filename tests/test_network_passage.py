"""Roads closed to a mode or in winter, ferries, bridges that end on a street, directions, and bicycles."""
# ruff: noqa: PD011 (the values of a doubt are no data frame)

import numpy as np
import pandas as pd
import pytest
from village_roads import HUBS, ROADS, atlas, places, roads, village

from gisplan.core.options import AccessOptions
from gisplan.network.build import build
from gisplan.network.connected import connect
from gisplan.network.speeds import speeds

SPEEDS = speeds()


def extended(rows, **columns):
    """Return a road layer with further columns, by id."""
    table = roads(rows)
    for name, values in columns.items():
        table[name] = [values.get(row, default(name)) for row in table["id"]]
    return table


def default(name):
    """Return what a column holds where a row says nothing."""
    return {"passage": "", "ferry": False, "minutes": np.nan}[name]


def codes(built):
    """Return the values of each doubt by code."""
    return {doubt.code: doubt.values for doubt in built.doubts}


@pytest.mark.parametrize(
    ("mode", "left", "code"), [("car", {"a", "c"}, "net.closed_car"), ("walk", {"a", "f"}, "net.closed_walk")]
)
def test_a_mode_leaves_out_what_is_closed_to_it_and_says_so(mode, left, code):
    rows = [{"id": name, "line": [(0, 100 * k), (500, 100 * k)]} for k, name in enumerate("acfn")]
    table = extended(rows, passage={"a": "all", "c": "car", "f": "foot", "n": "closed"})
    built = build(table, speeds=SPEEDS, mode=mode)
    assert set(table["id"].iloc[built.network.road]) == left
    assert codes(built)[code] == {"count": 2}


def test_without_the_column_every_road_is_open():
    built = build(roads(ROADS), speeds=SPEEDS)
    assert not {"net.closed_car", "net.ferry_left_out"} & set(codes(built))


SHORE = [
    {"id": "m", "line": [(0, 0), (1000, 0), (2000, 0)]},
    {"id": "b", "line": [(0, 500), (2000, 500)], "level": 1},
    {"id": "f", "line": [(1000, 0), (1000, 1000), (1000, 3000)]},
    {"id": "g", "line": [(0, 1000), (2000, 1000)]},
    {"id": "i", "line": [(500, 3000), (1000, 3000), (1500, 3000)]},
]
BOATS = {"ferry": {"f": True, "g": True}, "minutes": {"f": 25.0}}


def test_a_ferry_counts_by_choice_only_and_takes_its_own_time():
    table = extended(SHORE, **BOATS)
    without = build(table, speeds=SPEEDS)
    assert codes(without)["net.ferry_left_out"] == {"count": 2}
    assert set(table["id"].iloc[without.network.road]) == {"m", "b", "i"}
    built = build(table, speeds=SPEEDS, ferry=True)
    boat = table["id"].iloc[built.network.road].to_numpy() == "f"
    assert built.network.forward[boat].sum() == pytest.approx(25.0)
    assert boat.sum() == 1  # it meets neither the bridge nor the other ferry, only streets at its ends
    assert codes(built)["net.ferry_untimed"]["count"] == 1


def test_a_ferry_joins_the_streets_in_whose_midst_it_ends():
    network = build(extended(SHORE, **BOATS), speeds=SPEEDS, ferry=True).network
    at = {
        (round(x), round(y)): number for number, (x, y) in enumerate(zip(network.x, network.y, strict=True))
    }
    assert network.component[at[(0, 0)]] == network.component[at[(500, 3000)]]


def test_a_bridge_joins_the_street_on_whose_vertex_it_ends_and_nothing_it_crosses():
    rows = [
        {"id": "s", "line": [(0, 0), (100, 0), (200, 0)]},
        {"id": "b", "line": [(100, 0), (100, 300)], "level": 1},
        {"id": "u", "line": [(0, 100), (200, 100)]},
    ]
    network = build(roads(rows), speeds=SPEEDS).network
    assert np.bincount(network.component).tolist() == [4, 2]
    expressway = [rows[0], rows[1] | {"road_class": "expressway", "level": 0}]
    assert np.bincount(build(roads(expressway), speeds=SPEEDS).network.component).tolist() == [2, 2]


def test_an_island_is_unreachable_without_its_ferry_and_reached_with_it():
    island = {"id": "r8", "line": [(1750, 4000), (1750, 5000)]}
    boat = {"id": "r9", "line": [(1750, 1000), (1750, 4000)]}
    hubs = places([*HUBS, {"id": "h9", "name": "島", "at": (1750, 4500)}])
    table = extended([*ROADS, island, boat], ferry={"r9": True}, minutes={"r9": 25.0})
    layers = village(road=table, hub=hubs)
    without = connect(atlas(layers))
    said = without.findings.set_index("code")
    assert said.loc["net.unreachable", "subject"] == "島"
    assert without.links.loc[without.links["hub"] == "島", "minutes"].isna().all()
    found = connect(atlas(layers, access=AccessOptions(ferry=True)))
    assert "net.unreachable" not in set(found.findings["code"])
    assert (found.links.loc[found.links["hub"] == "島", "minutes"] > 25.0).all()


def test_a_one_way_road_drawn_backwards_shows_in_both_directions_and_a_finding():
    said = {}
    for way in (0, 1):
        rows = [row | {"oneway": way} if row["id"] == "r1" else row for row in ROADS]
        found = connect(atlas(village(road=roads(rows))))
        assert set(found.links["direction"]) == {"to_hub", "to_interchange"}
        said[way] = set(found.findings["code"])
    assert "net.oneway" in said[1]
    assert "net.oneway" not in said[0]


# ---- bicycles and winter --------------------------------------------------------------------------------------------


def with_columns(rows, **columns):
    """Return a road layer with further columns of yes and no, missing where a row says nothing."""
    table = roads(rows)
    for name, values in columns.items():
        table[name] = pd.array([values.get(row, pd.NA) for row in table["id"]], dtype="boolean")
    return table


LINES = [{"id": name, "line": [(0, 100 * k), (500, 100 * k)]} for k, name in enumerate("acfnb")]


def test_a_bicycle_rides_where_it_may_and_is_pushed_nowhere():
    table = with_columns(LINES, bicycle={"f": True, "b": False}).assign(
        passage=["all", "car", "foot", "closed", "all"]
    )
    built = build(table, speeds=SPEEDS, mode="bicycle")
    assert set(table["id"].iloc[built.network.road]) == {"a", "f"}
    assert codes(built)["net.closed_bicycle"] == {"count": 3}


def test_expressways_and_ramps_are_closed_to_bicycles():
    rows = [{"id": "e", "line": [(0, 0), (500, 0)], "road_class": "expressway"},
            {"id": "r", "line": [(500, 0), (900, 0)], "ramp": True}]  # fmt: skip
    network = build(roads(rows), speeds=SPEEDS, mode="bicycle").network
    assert np.isinf(network.forward).all()


@pytest.mark.parametrize(("excepted", "back"), [(True, True), (False, False), (None, False)])
def test_a_one_way_sign_counts_for_bicycles_unless_they_are_excepted(excepted, back):
    rows = [{"id": "a", "line": [(0, 0), (500, 0)], "oneway": 1}]
    table = with_columns(rows, bicycle_both_ways={} if excepted is None else {"a": excepted})
    network = build(table, speeds=SPEEDS, mode="bicycle").network
    assert np.isfinite(network.forward[0])
    assert np.isfinite(network.backward[0]) == back


def test_roads_closed_in_winter_are_left_out_when_the_plan_asks_and_told_in_any_case():
    table = with_columns(LINES, winter_closed={"c": True, "f": True, "a": False})
    summer, winter = build(table, speeds=SPEEDS), build(table, speeds=SPEEDS, season="winter")
    assert len(summer.network.tail) == 5
    assert set(table["id"].iloc[winter.network.road]) == {"a", "n", "b"}
    values = {"count": 2, "metres": 1000.0, "sample": ["c", "f"]}
    assert codes(summer)["net.winter_open"] == codes(winter)["net.winter_closed"] == values
    on_foot = build(table, speeds=SPEEDS, mode="walk", season="winter")
    assert len(on_foot.network.tail) == 5


def test_winter_without_a_word_on_closures_is_doubted():
    assert "net.winter_unknown" in codes(build(roads(LINES), speeds=SPEEDS, season="winter"))
    told = with_columns(LINES, winter_closed={"a": False})
    assert not {"net.winter_unknown", "net.winter_closed"} & set(
        codes(build(told, speeds=SPEEDS, season="winter"))
    )


def test_the_plan_closes_roads_in_winter():
    table = with_columns(ROADS, winter_closed={"r3": True})
    found = connect(atlas(village(road=table), access=AccessOptions(season="winter")))
    assert set(table["id"].iloc[found.network.road]) == {"r1", "r2"}
    assert "net.winter_closed" in set(found.findings["code"])
