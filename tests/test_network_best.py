"""The best full and smart interchange of each hub: figures by hand, islands and ferries."""

import numpy as np
import pandas as pd
import pytest
import shapely
from village_roads import CRS, HUBS, INTERCHANGES, ROADS, atlas, codes, places, roads, village

from gisplan.core.options import AccessOptions
from gisplan.network import connect

NAMED = [
    ROADS[0] | {"name": "国道1号", "manager": "国土交通省"},
    ROADS[1] | {"name": "市道中央線", "manager": "焼津市"},
    ROADS[2] | {"name": "県道10号", "manager": "prefecture"},
]
SMART = {"id": "i5", "name": "東", "kind": "smart", "open": True, "at": (3500, 100)}
FLOOD = shapely.box(500, -10, 1000, 10)


def told(found, hub, kind="full", direction="to_hub"):
    table = found.best.table.set_index(["hub", "kind", "direction"])
    return table.loc[(hub, kind, direction)]


def cuts(found, hub, direction="to_hub", interchange="村"):
    table = found.best.cuts
    own = (table["hub"] == hub) & (table["direction"] == direction) & (table["interchange"] == interchange)
    return table[own].reset_index(drop=True)


@pytest.fixture(scope="module")
def named():
    area = places([{"id": "f", "at": (0, 0)}]).set_geometry([FLOOD], crs=CRS)
    joints = places([*INTERCHANGES, SMART])
    return connect(atlas(village(road=roads(NAMED), interchange=joints, flood=area)))


def test_each_hub_has_its_best_full_and_smart_interchange_both_ways(named):
    table = named.best.table
    assert len(table) == 2 * 2 * 2
    assert set(table["state"]) == {"reached"}
    assert told(named, "交流館")["interchange"] == "村"
    assert told(named, "交流館", "smart")["interchange"] == "東"
    # 100 m off the road 0.4 min, 1750 m national 3 min, 700 m municipal 2.1 min, 100 m off it 0.4 min.
    assert told(named, "交流館", "smart")["minutes"] == pytest.approx(0.4 + 3 + 2.1 + 0.4)
    for kind in ("full", "smart"):
        there, back = told(named, "南の家", kind), told(named, "南の家", kind, "to_interchange")
        assert there["minutes"] == pytest.approx(back["minutes"])


def test_metres_are_told_by_class_and_by_manager_and_unknown_is_not_nothing(named):
    row = told(named, "交流館")
    assert (row["national_m"], row["municipal_m"], row["minister_m"], row["municipality_m"]) == pytest.approx(
        (1750, 700, 1750, 700)
    )
    assert (row["prefecture_m"], row["manager_unknown_m"]) == (0, 0)
    assert row["narrow_m"] == pytest.approx(700)
    assert row["width_unknown_m"] == 0
    assert row["hazard_m"] == pytest.approx(500)
    assert np.isnan(row["toll_m"])  # the roads do not say whether they cost a toll
    assert (row["snap_hub_m"], row["snap_interchange_m"]) == pytest.approx((100, 250))
    assert (row["stands_on"], row["stands_on_id"]) == ("street", "r1・r3")


def test_metres_with_a_toll():
    table = roads(NAMED).assign(toll=pd.array([True, None, False], dtype="boolean"))
    assert told(connect(atlas(village(road=table))), "交流館")["toll_m"] == pytest.approx(1750)
    table = roads(NAMED).assign(toll=pd.array([None, False, False], dtype="boolean"))
    assert told(connect(atlas(village(road=table))), "交流館")["toll_m"] == 0


def test_each_link_of_the_best_route_is_cut_in_turn(named):
    table = cuts(named, "南の家")
    assert list(table["order"]) == [1, 2]
    assert list(table["road"]) == ["国道1号", "市道中央線"]
    assert list(table["manager"]) == ["minister", "municipality"]
    assert list(table["outcome"]) == ["longer", "cut_off"]
    # Round: 2750 m prefectural 5.5 min, 2000 m municipal 6 min, 250 m off the road 1 min.
    assert table["minutes"][0] == pytest.approx(12.5)
    assert table["added_minutes"][0] == pytest.approx(5.5)
    assert np.isnan(table["minutes"][1])
    assert np.isnan(table["added_minutes"][1])
    assert list(table["rank"]) == [2, 1]
    assert list(table["in_hazard"]) == [True, False]
    assert table["hazard_m"].tolist() == pytest.approx([500, 0])
    assert table["from_ja"][0].startswith("村のランプ等（")
    assert table["to_ja"][0].startswith("「国道1号」「市道中央線」との交差点（")
    assert table["to_en"][1].startswith("in front of the hub 南の家 (")


def test_the_way_back_is_cut_in_the_order_of_travel(named):
    table = cuts(named, "南の家", "to_interchange")
    assert list(table["road"]) == ["市道中央線", "国道1号"]
    assert table["from_en"][0].startswith("in front of the hub")


def test_the_worst_cut_and_what_every_route_needs_are_said_in_words(named):
    row = told(named, "南の家")
    assert row["outcome"] == "cut_off"
    assert np.isnan(row["detour_minutes"])
    assert row["worst_cut_ja"].startswith("通れないと途絶する区間：市道中央線：")
    assert row["needed_links"] == 1
    assert np.isnan(row["second_minutes"])
    assert row["second_ja"].startswith("ない。どの経路も必ず通る区間（1か所）：市道中央線：")
    assert row["second_en"].startswith("None; road links that every route needs (1): 市道中央線: ")


def test_the_second_route_shares_no_link_with_the_best(named):
    row = told(named, "交流館")
    assert row["second_minutes"] == pytest.approx(5.5 + 0.9 + 1.4)
    assert row["second_m"] == pytest.approx(2750 + 300)
    assert row["needed_links"] == 0
    lines = named.best.routes.query("hub == '交流館' and kind == 'full' and direction == 'to_hub'")
    assert list(lines["rank"]) == [1, 2]
    first, second = lines.geometry
    assert first.intersection(second).length == pytest.approx(0)
    assert second.coords[0] == (0, 0)
    assert second.coords[-1] == (1750, 700)


def test_each_link_can_be_avoided_but_not_all_at_once():
    # The trap: the quickest route takes both ways across, and the rest of the roads needs one of them.
    rows = [
        {"id": "a", "line": [(0, 0), (0, 1000)]},
        {"id": "b", "line": [(0, 0), (900, 300), (2000, 0)]},
        {"id": "c", "line": [(0, 1000), (2000, 0)], "speed_kmh": 100.0},
        {"id": "d", "line": [(0, 1000), (900, 1300), (2000, 1000)]},
        {"id": "e", "line": [(2000, 0), (2000, 1000)]},
    ]
    layers = {
        "road": roads(rows),
        "hub": places([{"id": "h", "name": "館", "at": (2000, 1000)}]),
        "interchange": places([INTERCHANGES[0] | {"at": (0, 0)}]),
    }
    row = told(connect(atlas(layers)), "館")
    assert row["outcome"] == "longer"
    assert row["needed_links"] == 0
    assert np.isnan(row["second_minutes"])
    assert row["second_en"].startswith("No route avoids every link")


def test_a_hub_at_the_interchange_needs_no_road():
    at = places([{"id": "h", "name": "館", "at": (0, 0)}])
    row = told(connect(atlas(village(hub=at))), "館")
    assert row["minutes"] == pytest.approx(1.0)
    assert row["length_m"] == 0
    assert row["worst_cut_en"].startswith("No road is travelled")


def test_a_kind_that_is_nowhere_and_a_hub_off_the_road_have_rows_that_say_so():
    far = places([*HUBS, {"id": "h4", "name": "山", "at": (0, 5000)}])
    found = connect(atlas(village(hub=far)))
    row = told(found, "交流館", "smart")
    assert (row["state"], row["interchange"]) == ("no_interchange", "")
    assert row["reason_ja"] == "道路から500 m以内に、供用中のスマートICがない"
    assert np.isnan(row["minutes"])
    assert np.isnan(row["length_m"])
    assert told(found, "山")["state"] == "off_road"


def test_unreached_on_a_one_way_road_is_told_by_direction():
    only = [row | {"oneway": 1} if row["id"] == "r1" else row for row in ROADS[:2]]
    found = connect(atlas(village(road=roads(only))))
    assert told(found, "交流館")["state"] == "reached"
    row = told(found, "交流館", direction="to_interchange")
    assert (row["state"], row["interchange"]) == ("unreached", "")
    assert "一方通行" in row["reason_ja"]


ISLAND = {"id": "r8", "line": [(1750, 4000), (1750, 5000)]}
BOAT = {"id": "r9", "name": "島航路", "line": [(1750, 1000), (1750, 4000)], "ferry": True}


def islands(*boats, ferry=False):
    """Return what is found where a hub lies on an island, with some boats, and whether ferries count."""
    rows = [{"ferry": False, "minutes": np.nan} | row for row in (*ROADS, ISLAND, *boats)]
    table = roads(rows).astype({"ferry": "boolean", "minutes": float})
    hubs = places([*HUBS, {"id": "h9", "name": "島", "at": (1750, 4500)}])
    return connect(atlas(village(road=table, hub=hubs), access=AccessOptions(ferry=ferry)))


@pytest.mark.parametrize(
    ("boat", "ferry", "said"),
    [
        (
            {"minutes": 25.0},
            False,
            "航路「島航路」で渡るが、[access] ferry = true でないため航路を入れていない",
        ),
        ({}, False, "航路「島航路」で渡るが、その所要時間（列 minutes）が資料にない"),
        ({}, True, "航路「島航路」で渡るが、その所要時間（列 minutes）が資料にない"),
        (
            {"minutes": 25.0, "line": [(1750, 1000), (1750, 3900)]},
            True,
            "航路「島航路」の端が道路から100 m離れていてつながらない",
        ),
        (
            {"minutes": 25.0, "line": [(9000, 9000), (1750, 4000)]},
            True,
            "航路「島航路」が島に着くが、その先のICまでの道路が、計算に使った道路網にない（資料にない、又は冬期閉鎖・通行止めなどで除いた）",
        ),
    ],
)
def test_an_island_is_unreached_and_its_ferry_is_named(boat, ferry, said):
    found = islands(BOAT | boat, ferry=ferry)
    row = told(found, "島")
    assert row["state"] == "unreached"
    assert np.isnan(row["minutes"])
    assert said in row["reason_ja"]
    finding = found.findings.set_index("code").loc["net.ferry_needed"]
    assert finding["subject"] == "島"
    assert said in finding["reason_ja"]
    assert "島航路" in finding["reason_en"]


def test_an_island_behind_an_island_names_both_ferries():
    outer = {"id": "s8", "line": [(1750, 8000), (1750, 9000)]}
    second = {"id": "s9", "name": "離島航路", "line": [(1750, 5000), (1750, 8000)], "ferry": True}
    rows = [{"ferry": False, "minutes": np.nan} | row for row in (*ROADS, ISLAND, BOAT, outer, second)]
    table = roads(rows).astype({"ferry": "boolean", "minutes": float})
    hubs = places([{"id": "h9", "name": "離島", "at": (1750, 8500)}])
    found = connect(atlas(village(road=table, hub=hubs)))
    reason = told(found, "離島")["reason_en"]
    assert reason.index("離島航路") < reason.index("“島航路”")


def test_an_island_is_reached_when_its_ferry_has_a_time():
    found = islands(BOAT | {"minutes": 25.0}, ferry=True)
    row = told(found, "島")
    assert row["state"] == "reached"
    # 1 min off the road, 5.5 + 0 by prefectural road, 25 min across, 500 m at 20 km/h = 1.5 min.
    assert row["minutes"] == pytest.approx(1 + 5.5 + 25 + 1.5)
    assert "net.ferry_needed" not in codes(found.findings)
    assert "島航路" in cuts(found, "島").query("outcome == 'cut_off'")["road"].tolist()


def test_no_hub_stands_on_a_ferry():
    hubs = places([{"id": "h9", "name": "桟橋", "at": (1760, 1300)}])
    rows = [{"ferry": False, "minutes": np.nan} | row for row in (*ROADS, ISLAND, BOAT | {"minutes": 25.0})]
    table = roads(rows).astype({"ferry": "boolean", "minutes": float})
    found = connect(atlas(village(road=table, hub=hubs), access=AccessOptions(ferry=True)))
    assert told(found, "桟橋")["snap_hub_m"] == pytest.approx(np.hypot(10, 300))


def test_only_the_nearest_interchanges_are_listed_and_a_finding_says_so():
    joints = places(
        [
            {"id": f"g{k}", "name": f"IC{k}", "kind": "full", "open": True, "at": (500 * k, 40)}
            for k in range(1, 7)
        ]
        + [SMART]
    )
    found = connect(atlas(village(interchange=joints), access=AccessOptions(interchanges=2)))
    for hub, rows in found.links.groupby("hub"):
        assert set(rows["interchange"]) == {"IC3", "IC4", "東"}, hub
    said = found.findings.set_index("code").loc["net.links_nearest"]
    assert said["reason_en"].endswith("pairs that are not listed: 8.")
    whole = connect(atlas(village(interchange=joints), access=AccessOptions(interchanges=7)))
    assert "net.links_nearest" not in codes(whole.findings)
    kept = found.links.merge(whole.links, on=["hub", "interchange", "direction"])
    assert kept["minutes_x"].tolist() == kept["minutes_y"].tolist()
    assert kept["detour_minutes_x"].tolist() == pytest.approx(kept["detour_minutes_y"].tolist(), nan_ok=True)


def test_row_order_changes_nothing():
    one = connect(atlas(village(road=roads(NAMED))))
    turned = {
        name: table.iloc[::-1].reset_index(drop=True) for name, table in village(road=roads(NAMED)).items()
    }
    two = connect(atlas(turned))
    pd.testing.assert_frame_equal(one.best.table, two.best.table, check_exact=True)
    pd.testing.assert_frame_equal(one.best.cuts, two.best.cuts, check_exact=True)
    pd.testing.assert_frame_equal(one.best.sections, two.best.sections, check_exact=True)
    assert one.best.routes.to_wkb().equals(two.best.routes.to_wkb())
    assert one.best.cut_lines.to_wkb().equals(two.best.cut_lines.to_wkb())
