"""Which sections of a hub's link the prefecture's road programme may cover: class and manager both decide."""

import datetime as dt
from dataclasses import replace

import pytest
from village_roads import ROADS, atlas, roads, village

from gisplan.core.tables import contract
from gisplan.law.road_sections import judge, road_sections, section_verdicts
from gisplan.law.rule import read_rule
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.network import connect

DAY = dt.date(2026, 11, 1)
RULE = read_rule("road_sections")


@pytest.mark.parametrize(
    ("road_class", "manager", "verdict", "said"),
    [
        ("national", "prefecture", "eligible", "一般国道で、都道府県が管理する"),
        ("prefectural", "prefecture", "eligible", "都道府県道で、都道府県が管理する"),
        ("national", "minister", "not_eligible", "国土交通大臣が管理する"),
        ("prefectural", "municipality", "not_eligible", "市町村が管理する"),
        ("national", "expressway_company", "not_eligible", "高速道路会社・公社が管理する"),
        ("prefectural", "other", "not_eligible", "その他の管理者が管理する"),
        ("national", "", "cannot_tell", "管理者が分からない"),
        ("prefectural", "", "cannot_tell", "管理者が分からない"),
        ("municipal", "municipality", "accompanying_only", "附帯の事業としてのみ"),
        ("municipal", "prefecture", "accompanying_only", "附帯の事業としてのみ"),
        ("municipal", "", "accompanying_only", "附帯の事業としてのみ"),
        ("expressway", "expressway_company", "not_eligible", "挙げられていない"),
        ("expressway", "prefecture", "not_eligible", "挙げられていない"),
        ("other", "", "cannot_tell", "種別が分からないだけかを区別できない"),
    ],
)
def test_class_and_manager_decide_together(road_class, manager, verdict, said):
    told = judge(road_class, manager, by_name=False, rule=RULE, day=DAY)
    assert told.verdict == verdict
    assert said in told.reason.ja
    assert told.reason.en
    assert verdict in section_verdicts()


def test_a_farm_road_known_by_its_name_is_not_listed_and_no_gap():
    told = judge("other", "", by_name=True, rule=RULE, day=DAY)
    assert told.verdict == "not_eligible"


def test_before_the_provision_nothing_can_be_told():
    told = judge("national", "prefecture", by_name=False, rule=RULE, day=dt.date(2024, 10, 31))
    assert told.verdict == "cannot_tell"
    assert judge("national", "prefecture", by_name=False, rule=RULE, day=RULE.in_force).verdict == "eligible"


def test_the_sections_of_a_link_stand_in_the_order_of_travel_with_their_articles():
    rows = [
        ROADS[0] | {"name": "国道1号", "manager": "静岡県"},
        ROADS[1] | {"name": "農道7号", "road_class": "other", "width_m": 3.0},
        ROADS[2] | {"name": "県道10号"},
    ]
    held = replace(atlas(village(road=roads(rows))), catalogue=read_catalogue(packaged_folder()))
    table = road_sections(held, connect(held))
    own = table[(table["hub"] == "交流館") & (table["direction"] == "to_hub")]
    assert list(own["order"]) == [1, 2]
    assert list(own["road"]) == ["国道1号", "農道7号"]
    assert list(own["verdict"]) == ["eligible", "not_eligible"]
    assert own["length_m"].tolist() == pytest.approx([1750, 700])
    assert own["narrow_m"].tolist() == pytest.approx([0, 700])
    assert own["hazard_m"].isna().all()
    assert set(own["articles"]) == {
        "広域的地域活性化基盤整備法2条3項、広域的地域活性化基盤整備法5条2項2号、広域的地域活性化基盤整備法22条2項6号"
    }
    back = table[(table["hub"] == "交流館") & (table["direction"] == "to_interchange")]
    assert list(back["road"]) == ["農道7号", "国道1号"]


def test_a_road_met_twice_is_one_section():
    rows = [
        ROADS[0] | {"id": "a", "name": "国道1号", "line": [(0, 0), (500, 0)]},
        ROADS[0] | {"id": "b", "name": "市道", "road_class": "municipal", "line": [(500, 0), (600, 0)]},
        ROADS[0] | {"id": "c", "name": "国道1号", "line": [(600, 0), (1750, 0)]},
        ROADS[1],
    ]
    held = atlas(village(road=roads(rows)))
    table = road_sections(held, connect(held))
    own = table[(table["hub"] == "南の家") & (table["direction"] == "to_hub")]
    assert list(own["road_ids"]) == ["a・c", "b", "r2"]
    assert own["length_m"].tolist() == pytest.approx([1650, 100, 1000])


def test_without_links_there_is_no_table_and_without_routes_an_empty_one():
    held = atlas({"road": roads(ROADS)})
    assert road_sections(held, connect(held)) is None
    island = {"id": "r7", "line": [(0, 9000), (100, 9000)]}
    layers = village(road=roads([island]))
    held = atlas(layers)
    table = road_sections(held, connect(held))
    assert table is None or list(table.columns) == list(contract("road_sections").names)
