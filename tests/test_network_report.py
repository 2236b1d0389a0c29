"""The network report: what the roads are made of, how far the places are, and what is wrong with them."""
# ruff: noqa: PD011 (the values of a doubt are no data frame)

import numpy as np
import pandas as pd
import pytest
import shapely
from test_network_legal import areas
from village_roads import HUBS, ROADS, atlas, places, roads, village

from gisplan.core.options import AccessOptions
from gisplan.core.tables import for_user
from gisplan.network.build import build
from gisplan.network.connected import connect
from gisplan.network.speeds import speeds


def told(found, mode="car"):
    """Return the values of a report by measure and subject."""
    table = found.report[found.report["mode"] == mode]
    return table.set_index(["measure", "subject"])["value"].to_dict()


def test_the_report_of_the_village_is_that_worked_out_by_hand():
    said = told(connect(atlas(village())))
    assert (said["nodes", ""], said["edges", ""], said["length", ""]) == (5, 5, 3500 + 2000 + 2750)
    by_class = {name: value for (measure, name), value in said.items() if measure == "length_by_class"}
    assert by_class == {"expressway": 0, "national": 3500, "prefectural": 2750, "municipal": 2000, "other": 0}
    assert (said["components", ""], said["largest_nodes", ""], said["largest_length", ""]) == (1, 1.0, 1.0)
    assert said["dead_ends", ""] == 2  # (3500, 0) and (1750, -1000)
    assert (said["oneway", ""], said["not_reached", ""], said["not_reaching", ""]) == (0, 0, 0)
    # The hub lies 100 m off the road, the other one on it; of the interchanges one is usable and near.
    assert (said["snap_count", "hub"], said["snap_median", "hub"], said["snap_max", "hub"]) == (2, 50, 100)
    assert (said["snap_count", "interchange"], said["snap_max", "interchange"]) == (1, 250)
    assert said["snap_over_limit", "hub"] == 0


def test_separate_networks_are_told_with_their_neighbourhood_or_place():
    island = [
        {"id": "r8", "line": [(1750, 4000), (1750, 5000)]},
        {"id": "r9", "line": [(9000, 0), (9000, 300)]},
    ]
    named = areas(("沖の島", (1000, 3500, 2500, 5500)))
    found = connect(atlas(village(road=roads([*ROADS, *island]), neighbourhood=named)))
    said = told(found)
    assert (said["components", ""], said["component_length", "2"], said["component_length", "3"]) == (
        3,
        1000,
        300,
    )
    assert said["largest_nodes", ""] == pytest.approx(5 / 9)
    where = found.report.set_index(["measure", "subject"]).loc["component_length"]
    assert where.loc["2", "place_ja"].startswith("沖の島（3")
    assert where.loc["3", "place_en"].startswith("3")  # latitude and longitude


def test_a_one_way_street_that_leads_nowhere_counts_in_its_direction():
    rows = [*ROADS, {"id": "x", "line": [(3500, 0), (4000, 0)], "oneway": 1}]
    said = told(connect(atlas(village(road=roads(rows)))))
    assert said["oneway", ""] == pytest.approx(500 / 8750)
    assert said["not_reached", ""] == 0
    assert said["not_reaching", ""] == pytest.approx(1 / 6)


def test_a_hub_far_from_every_road_is_told_with_the_distance_and_the_cure():
    hubs = places(
        [*HUBS, {"id": "h3", "name": "山の家", "at": (3500, 900)}, {"id": "h4", "name": "海", "at": (9e5, 0)}]
    )
    found = connect(atlas(village(hub=hubs)))
    rows = found.findings.set_index(["code", "subject"])
    row = rows.loc[("net.hub_distance", "山の家")]
    assert "900 m" in row["reason_ja"]
    assert "500 m" in row["reason_en"]
    assert "snap_m" in row["do_ja"]
    assert ("net.hub_no_road", "海") in rows.index
    assert told(found)["snap_over_limit", "hub"] == 2


def test_the_report_tells_each_mode_and_what_a_user_sees():
    found = connect(atlas(village(), access=AccessOptions(mode="walk")))
    assert set(found.report["mode"]) == {"car", "walk"}
    shown = for_user(found.report, "network", language="en")
    assert list(shown.columns) == ["mode", "measure", "subject", "value", "unit", "place"]


def test_basis_and_manager_are_told_in_metres():
    table = roads(ROADS).assign(class_from=["name", "custom", "name"], manager="")
    said = told(connect(atlas(village(road=table))))
    assert (said["length_by_basis", "name"], said["length_by_basis", "custom"]) == (6250, 2000)
    # What a name tells has the manager of the Road Act only where the municipality is known; a national road never.
    assert said["length_by_manager", "unknown"] == 8250


def test_tolls_and_winter_are_told_where_the_data_say_anything():
    table = roads(ROADS).assign(toll=pd.array([True, False, pd.NA], dtype="boolean"))
    said = told(connect(atlas(village(road=table))))
    assert said["length_toll", ""] == 3500
    assert ("length_winter_closed", "") not in said


def test_without_roads_the_report_is_empty():
    found = connect(atlas({"hub": places(HUBS)}))
    assert found.report.empty


# ---- drawn backwards ------------------------------------------------------------------------------------------------

EXPRESS = [
    {"id": "out", "line": [(-2000, 8), (0, 8), (2000, 8)], "road_class": "expressway", "oneway": 1},
    {"id": "in", "line": [(2000, -8), (0, -8), (-2000, -8)], "road_class": "expressway", "oneway": 1},
    {"id": "off", "line": [(0, 8), (150, 40), (200, 200)], "ramp": True, "oneway": 1},
    {"id": "on", "line": [(200, 200), (350, 40), (500, 8)], "ramp": True, "oneway": 1},
    {"id": "street", "line": [(-500, 200), (200, 200), (700, 200)]},
    {"id": "cross", "line": [(700, 200), (700, 900)]},
]


def backward(rows):
    """Return the ids told as drawn backwards, with their findings."""
    found = connect(atlas(village(road=roads(rows)))).findings
    return found[found["code"] == "net.oneway_backwards"].set_index("subject")


def test_a_right_interchange_is_not_doubted():
    assert backward(EXPRESS).empty
    # At the edge of the roads one-way carriageways begin and end: nothing is wrong with them.
    assert backward(EXPRESS[:2]).empty


@pytest.mark.parametrize("ramp", ["off", "on"])
def test_a_ramp_drawn_backwards_is_told_with_its_way_place_and_cure(ramp):
    rows = [row | {"oneway": -1} if row["id"] == ramp else row for row in EXPRESS]
    said = backward(rows)
    assert list(said.index) == [ramp]
    assert "ランプ" in said.loc[ramp, "reason_ja"]
    assert "3" in said.loc[ramp, "reason_en"]
    assert "1 と -1" in said.loc[ramp, "do_ja"]


def test_a_street_that_nobody_can_leave_is_told_and_its_neighbours_are_not():
    ring = [
        {"id": "a", "line": [(0, 0), (500, 0)]},
        {"id": "b", "line": [(500, 0), (500, 500)], "oneway": 1},
        {"id": "c", "line": [(500, 500), (0, 500)], "oneway": 1},
        {"id": "d", "line": [(0, 500), (0, 0)], "oneway": 1},
    ]
    assert backward(ring).empty
    assert list(backward([*ring[:2], ring[2] | {"oneway": -1}, ring[3]]).index) == ["c"]


def test_a_stretch_of_several_ways_is_turned_together():
    rows = [
        {"id": "main", "line": [(0, 0), (500, 0), (1000, 0)]},
        {"id": "p", "line": [(0, 0), (0, 200)], "oneway": 1},
        {"id": "q", "line": [(500, 200), (500, 350)], "oneway": 1},
        {"id": "q2", "line": [(500, 350), (0, 200)], "oneway": 1},
        {"id": "r", "line": [(500, 200), (1000, 0)], "oneway": 1},
    ]
    assert list(backward(rows).index) == ["q", "q2"]


def test_a_blind_alley_with_a_sign_is_no_mistake_that_turning_would_mend():
    rows = [*ROADS, {"id": "x", "line": [(3500, 0), (4000, 0)], "oneway": 1}]
    assert backward(rows).empty
    # A loop at the end of a one-way street stays unreached from the other side, whichever way it is drawn.
    loop = [(4000, 0), (4200, 100), (4200, -100), (4000, 0)]
    assert backward([*rows, {"id": "y", "line": loop, "oneway": 1}]).empty


def test_motorways_of_another_class_by_law_keep_their_speed_joints_and_places():
    rows = [row | {"road_class": "national"} if "road_class" in row else row for row in EXPRESS]
    table = roads(rows).assign(osm_class=["motorway", "motorway", "motorway_link", "motorway_link", "", ""])
    built = build(table, speeds=speeds())
    said = {doubt.code: doubt.values for doubt in built.doubts}
    assert said["net.motor_only"]["count"] == 2
    network = built.network
    main = np.isin(table["id"].iloc[network.road].to_numpy(), ["out", "in"])
    speed = network.length[main] / np.nanmin(
        np.array([network.forward[main], network.backward[main]]), axis=0
    )
    assert speed == pytest.approx(80_000 / 60)
    assert set(network.road_class[main]) == {1}
    assert shapely.length(network.geometry).sum() == pytest.approx(network.length.sum())
