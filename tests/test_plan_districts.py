"""Districts from words: the tiny village by hand, shapely's areas, the demo town, and Yaizu's own names."""

import dataclasses
import datetime as dt
import re
import shutil

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import village_roads
from village import village

from gisplan.core.errors import ConfigurationError
from gisplan.core.options import District, Ground
from gisplan.core.tables import contract, findings
from gisplan.layers.catalogue import demo_folder, packaged_folder, read_catalogue
from gisplan.layers.load import load
from gisplan.plan import manifest
from gisplan.plan.districts import districts_of
from gisplan.plan.read import read_plan

STRIP = 30_000.0
"""The area of one use zone of the village [m²]."""

NEIGHBOURS = (
    "ちの",
    "玉川",
    "宮川地区",
    "本町一丁目",
    "本町２丁目",
    "本町10丁目",
    "三ヶ名",
    "大字 川西",
    "港町自治会",
    "港町自治会",
)
"""Strips of 100 m from the west, 300 m long, as the use zones; two rows share the last name."""


@pytest.fixture(scope="module")
def catalogue():
    return read_catalogue(packaged_folder())


def with_specs(built, catalogue):
    """Return the village with the layers of the real catalogue, so that kinds, titles and codes are known."""
    layers = {name: dataclasses.replace(layer, spec=catalogue[name]) for name, layer in built.layers.items()}
    return dataclasses.replace(built, layers=layers, catalogue=catalogue)


def neighbours():
    return village.frame([{"name": name, "geometry": village.strip(n)} for n, name in enumerate(NEIGHBOURS)])


@pytest.fixture
def made(catalogue):
    """Return a function that makes districts in the village; keywords are those of `village.atlas`."""

    def make(*asked, mode="car", **changes):
        changes = {"neighbourhood": neighbours()} | changes
        built = with_specs(village.atlas(**changes), catalogue)
        access = dataclasses.replace(built.plan.access, mode=mode)
        plan = dataclasses.replace(built.plan, districts=tuple(asked), access=access)
        return districts_of(dataclasses.replace(built, plan=plan))

    return make


def grounds(*words):
    """Return words and tables as plan.toml's reader gives them."""
    return tuple(Ground(words=word, line=7) if isinstance(word, str) else word for word in words)


def district(*include, name="新区域", layer="promotion_area", within=(), exclude=(), **facts):
    return District(
        name=name, layer=layer, include=grounds(*include), within=grounds(*within),
        exclude=grounds(*exclude), facts=facts, line=5,
    )  # fmt: skip


@pytest.fixture
def area_of(made):
    """Return a function that gives the area of one district [m²]."""

    def area(*include, **options):
        facts = {key: options.pop(key) for key in ("within", "exclude") if key in options}
        found = made(district(*include, **facts), **options)
        return float(found.table["area_ha"].iloc[0]) * 10_000

    return area


@pytest.fixture
def mistakes(made):
    """Return a function that gives the problems of a district."""

    def refused(*include, **options):
        facts = {key: options.pop(key) for key in ("within", "exclude", "name", "layer") if key in options}
        with pytest.raises(ConfigurationError) as raised:
            made(district(*include, **facts), **options)
        for problem in raised.value.problems:
            for text in (problem.what, problem.cure):
                assert text.ja != text.en
                assert not re.search(r"\?[a-z]", text.ja + text.en), "a value of the message is missing"
        return raised.value.problems

    return refused


def codes(found):
    return {doubt.code for doubt in found.doubts}


@pytest.mark.parametrize(
    ("words", "strips"),
    [
        ("ちの・玉川・宮川地区", 3),
        ("ちの", 1),
        ("宮川", 1),
        ("本町1丁目", 1),
        ("本町一・二丁目", 2),
        ("本町１～２丁目及び本町十丁目", 3),
        ("村本町一丁目", 1),
        ("三ケ名", 1),
        ("三が名、川西", 2),
        ("港町自治会", 2),
        ("第一種低層住居専用地域", 1),
        ("第１種・第２種低層住居専用地域", 2),
        ("第1種低層住居専用地域、田園住居地域、商業地域", 3),
        ("用途地域全域", 13),
        ("市街化区域全域", 13),
        ("市街化区域全域（工業専用地域を除く）", 12),
        ("市街化区域全域から工業地域及び工業専用地域を除いた区域", 11),
        ("市街化区域のうち本町一丁目", 1),
        ("村全域", 26),
        ("全域", 26),
        ("村", 26),
        ("重点地区", 13 * 250 / 300),
        ("東区域", 13 / 3),
        ("駅前地区", 0.2),
        ("ちの、第一種低層住居専用地域", 1),
    ],
)
def test_words_of_the_village_give_the_area_counted_by_hand(area_of, words, strips):
    assert area_of(words) == pytest.approx(strips * STRIP)


def test_include_is_cut_to_within_without_exclude(made):
    asked = district(
        "ちの・玉川・宮川地区", "第二種低層住居専用地域",
        within=["重点地区"], exclude=[Ground(layer="zone", names=("1低専",))],
    )  # fmt: skip
    found = made(asked)
    row = found.table.iloc[0]
    assert row["area_ha"] == pytest.approx(2 * 100 * 250 / 10_000)
    assert row["overlap_ha"] == pytest.approx(STRIP / 10_000)
    assert row["parts"] == 1
    shape = found.atlas.layers["promotion_area"].table.set_index("id").geometry["新区域"]
    oracle = shapely.difference(shapely.box(0, 0, 300, 250), shapely.box(0, 0, 100, 300))
    assert shapely.equals(shape, oracle)


def test_the_table_says_the_words_and_what_they_were_taken_for(made):
    row = made(district("ちの・玉川・宮川地区", within=["市街化区域全域"])).table.iloc[0]
    assert list(row.index) == list(contract("districts").names)
    assert row["made_of_ja"] == (
        "「ちの・玉川・宮川地区」「市街化区域全域」"
        "＝〔町丁目・地区：ちの、玉川、宮川地区（3件）〕。範囲：〔区域区分：市街化区域（1件）〕"
    )
    assert "[Neighbourhood: ちの, 玉川, 宮川地区; rows: 3]; within [Area division: Urban" in row["made_of_en"]


def test_each_district_is_a_finding_to_confirm(made):
    rows = findings(made(district("ちの")).doubts)
    assert list(rows["code"]) == ["district.made"]
    assert list(rows["severity"]) == ["S4"]
    assert (rows["layer"][0], rows["subject"][0]) == ("promotion_area", "新区域")
    assert "3.00 ha" in rows["reason_ja"][0]


@pytest.mark.parametrize(("words", "strips"), [("港町", 2), ("本町", 3), ("港町町内会", 2)])
def test_a_name_that_is_only_like_others_takes_all_of_them_and_says_so(made, words, strips):
    found = made(district(words))
    assert found.table["area_ha"].iloc[0] == pytest.approx(strips * 3)
    assert codes(found) == {"district.made", "district.taken_as"}
    said = findings(found.doubts).set_index("code")["reason_ja"]
    assert f"（{strips}件）" in said["district.taken_as"]


def test_the_number_of_a_block_is_never_the_beginning_of_another(mistakes):
    (problem,) = mistakes("本町3丁目")
    assert (problem.code, problem.place) == ("district.unknown_name", "plan.toml:7 [[district]] 新区域")
    assert "本町２丁目" in problem.what.ja


def test_an_unknown_name_is_answered_with_at_most_five_near_ones(mistakes):
    many = village.frame([{"name": f"東本町{n}区", "geometry": village.strip(n)} for n in range(9)])
    (problem,) = mistakes("東元町区", neighbourhood=many)
    assert problem.what.ja.split("近い名前：")[1].count("、") == 4


def test_every_mistake_of_every_district_is_told_at_once(made):
    asked = [
        district("ちのう、玉川、港街自治会", within=["商店地域"], name="一"),
        district(Ground(layer="zone", names=("商業地帯",), line=9), "本町一丁目（3番地を除く）", name="二"),
        district("一", name="三"),
        district("ちの", name="東区域", version="1"),
    ]
    with pytest.raises(ConfigurationError) as raised:
        made(*asked)
    assert [(problem.code, problem.place.split()[-1]) for problem in raised.value.problems] == [
        ("district.unknown_name", "一"),
        ("district.unknown_name", "一"),
        ("district.unknown_name", "一"),
        ("district.unknown_row", "二"),
        ("district.not_drawn", "二"),
        ("district.exists", "東区域"),
    ]
    assert "近い名前：ちの" in raised.value.problems[0].what.ja


@pytest.mark.parametrize(
    ("words", "without", "layer"),
    [
        ("市街化区域全域", "area_division", "area_division"),
        ("第一種住居地域", "zone", "zone"),
        ("村全域", "municipality", "municipality"),
        ("重点地区全域", "priority_district", "priority_district"),
        ("どこか", "neighbourhood", "neighbourhood"),
        (Ground(layer="neighbourhood", names=("ちの",)), "neighbourhood", "neighbourhood"),
        (Ground(layer="hub", names=("拠点",), minutes=5.0), "road", "road"),
        ("洪水浸水想定区域", "flood", "flood"),
    ],
)
def test_a_layer_that_words_need_is_asked_for(mistakes, words, without, layer):
    (problem,) = mistakes(words, without=(without,))
    assert problem.code == "district.no_layer"
    assert f"[layers.{layer}]" in problem.cure.ja


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("拠点", "district.no_distance"),
        ("拠点から徒歩10分", "district.other_mode"),
        ("学校から800m", "district.unknown_place"),
        ("本町、工業専用地域を除く市街化区域", "district.not_read"),
        ("国道沿い", "district.not_drawn"),
    ],
)
def test_words_that_cannot_be_done_are_refused(mistakes, words, code):
    assert [problem.code for problem in mistakes(words)] == [code]


def test_an_area_of_which_nothing_is_left_is_refused(mistakes):
    assert [problem.code for problem in mistakes("ちの", within=["玉川"])] == ["district.empty"]


def test_a_part_that_changes_nothing_is_doubted(made):
    found = made(district("ちの", within=["村全域"], exclude=["玉川"]))
    said = findings(found.doubts).set_index("code")
    assert "within" in said["reason_ja"]["district.no_effect"]
    assert "玉川" in said["reason_ja"]["district.removes_nothing"]


def test_a_bracket_at_the_end_takes_from_every_item_of_its_list(made):
    found = made(district("ちの、玉川地区（ちのを除く）"))
    assert found.table["area_ha"].iloc[0] == pytest.approx(3)
    assert codes(found) == {"district.made", "district.whole_list"}
    row = found.table.iloc[0]
    assert "＋" not in row["made_of_ja"].split("＝")[1]
    assert "ちの、玉川（2件）〕（〔町丁目・地区：ちの（1件）〕を除く）" in row["made_of_ja"]


@pytest.mark.parametrize(
    ("include", "exclude"),
    [("ちの（玉川を除く）", []), ("ちの", ["玉川"]), ("ちの・宮川地区", ["宮川地区", "玉川"])],
)
def test_an_exclusion_that_takes_nothing_away_is_a_serious_finding(made, include, exclude):
    rows = findings(made(district(include, exclude=exclude)).doubts).set_index("code")
    row = rows.loc["district.removes_nothing"]
    assert row["severity"] == "S2"
    assert "玉川" in row["reason_ja"]
    assert "exclude = " in row["do_ja"]
    assert "exclude = " in row["do_en"]


def test_an_exclusion_that_takes_something_away_is_no_finding(made):
    for asked in (district("ちの、玉川（玉川を除く）"), district("ちの・玉川", exclude=["玉川"])):
        assert "district.removes_nothing" not in codes(made(asked))


HUBS = [
    {"id": "H001", "name": "東館", "geometry": shapely.Point(150, 150)},
    {"id": "H002", "name": "西館", "geometry": shapely.Point(850, 150)},
]


@pytest.mark.parametrize("words", ["拠点から80m", "拠点施設から80m", "特定居住拠点施設から半径80m"])
def test_hub_alone_is_every_hub_of_the_plan(made, words):
    found = made(district(words), hub=village.frame(HUBS))
    row = found.table.iloc[0]
    assert row["parts"] == 2
    assert "〔すべての拠点施設：東館、西館（2件）〕から直線距離80 m" in row["made_of_ja"]
    assert "[every Hub facility: 東館, 西館; rows: 2]" in row["made_of_en"]
    assert codes(found) == {"district.made"}


def test_minutes_from_hub_alone_go_to_any_hub(made):
    roads = village_roads.roads(ROADS)
    at_one = village.frame(HUBS[:1])
    one = made(district("東館から2分"), hub=at_one, road=roads).table.iloc[0]
    every = made(district("拠点から2分"), hub=at_one, road=roads).table.iloc[0]
    assert every["area_ha"] == one["area_ha"]
    assert "すべての拠点施設" in every["made_of_ja"]


def test_a_place_that_is_not_there_is_answered_with_the_hubs(mistakes):
    (problem,) = mistakes("ICから800m", hub=village.frame(HUBS))
    assert problem.code == "district.unknown_place"
    for text in (problem.cure.ja, problem.cure.en):
        assert "東館（H001）、西館（H002）" in text
    (problem,) = mistakes("拠点から800m", without=("hub",))
    assert (problem.code, "[layers.hub]" in problem.cure.ja) == ("district.no_layer", True)


def test_near_names_are_compared_without_the_kind_of_area(mistakes):
    places = village.frame(
        [{"name": name, "geometry": village.strip(n)} for n, name in enumerate(("磯辺", "西浜"))]
    )
    (problem,) = mistakes("磯部地区", neighbourhood=places)
    assert "近い名前：磯辺。" in problem.what.ja
    (problem,) = mistakes(Ground(layer="neighbourhood", names=("磯部自治会",)), neighbourhood=places)
    assert "近い名前：磯辺。" in problem.what.ja


def test_names_may_be_joined_by_and_or_it_is_told_how(area_of, mistakes):
    assert area_of("ちのと玉川") == pytest.approx(2 * STRIP)
    assert area_of("用途地域全域（ちのと玉川を除く）") == pytest.approx(11 * STRIP)
    assert area_of("用途地域全域からちのと玉川を除いた区域") == pytest.approx(11 * STRIP)
    (problem,) = mistakes("ちのと玉河")
    assert problem.code == "district.joined"
    assert "「玉河」がありません。近い名前：玉川" in problem.what.ja
    assert "「、」" in problem.cure.ja


def test_a_value_that_the_plan_holds_nothing_of_is_doubted(made):
    zone = village.zones().iloc[:12]
    found = made(district("用途地域全域（工業専用地域を除く）"), zone=zone)
    assert "district.no_rows" in codes(found)
    assert found.table["area_ha"].iloc[0] == pytest.approx(36)


def test_the_rest_of_a_city_that_draws_only_its_promoted_area(made):
    division = village.frame([{"division": "市街化区域", "geometry": shapely.box(0, 0, 1300, 300)}])
    found = made(district("市街化調整区域"), area_division=division)
    # The city planning area ends at 500 m, the municipality at 600 m.
    assert found.table["area_ha"].iloc[0] == pytest.approx(1300 * 200 / 10_000)
    assert "district.rest" in codes(found)
    drawn = made(district("市街化調整区域"))
    assert drawn.table["area_ha"].iloc[0] == pytest.approx(13)


def test_a_radius_is_a_circle_and_never_minutes_on_foot(made):
    table = Ground(layer="hub", names=("001",), radius_m=80.0)
    by_table, by_words = made(district(table)), made(district("拠点から半径80m以内"))
    assert by_table.table["area_ha"].iloc[0] == pytest.approx(np.pi * 80**2 / 10_000, rel=1e-3)
    assert by_words.table["area_ha"].iloc[0] == by_table.table["area_ha"].iloc[0]
    said = by_words.table.iloc[0]
    assert "直線距離80 m" in said["made_of_ja"]
    assert "straight line" in said["made_of_en"]
    assert "徒歩" not in said["made_of_ja"]


def test_what_lies_around_an_area_is_measured_from_its_edge(area_of):
    table = Ground(layer="neighbourhood", names=("ちの",), radius_m=10.0)
    assert area_of(table) == pytest.approx(STRIP + 2 * 10 * 400 + np.pi * 100, rel=1e-4)
    assert area_of("ちのから10m") == area_of(table)


ROADS = [{"id": "r1", "line": [(0, 50), (1300, 50)]}]


def test_minutes_go_to_the_hub_by_the_roads_of_the_plan(made):
    # The hub stands on the road; two minutes are 666⅔ m of municipal road, of which 350 m are left eastward.
    found = made(district("拠点から2分"), road=village_roads.roads(ROADS))
    shape = found.atlas.table("promotion_area").set_index("id").geometry["新区域"]
    assert shape.bounds == pytest.approx((950 - 2000 / 3 - 50, 0, 1350, 100))
    assert {"district.made", "district.by_road"} <= codes(found)
    assert "〕へ自動車で2分以内に着く道路の両側50 m" in found.table["made_of_ja"].iloc[0]
    narrow = made(
        district(Ground(layer="hub", names=("拠点",), minutes=2.0, reach_m=20.0)),
        road=village_roads.roads(ROADS),
    )
    assert narrow.table["area_ha"].iloc[0] < found.table["area_ha"].iloc[0] / 2
    walked = made(district("拠点から徒歩2分"), mode="walk", road=village_roads.roads(ROADS))
    assert walked.table["area_ha"].iloc[0] == pytest.approx((320 * 100 + np.pi * 50**2) / 10_000, rel=1e-3)


def test_a_hub_off_every_road_is_no_place_to_measure_from(mistakes):
    far = [{"id": "r1", "line": [(0, 9000), (1300, 9000)]}]
    assert [problem.code for problem in mistakes("拠点から2分", road=village_roads.roads(far))] == [
        "district.off_road"
    ]


def test_places_of_one_name_are_all_taken_and_told(made):
    hubs = village.frame([{"name": "館", "geometry": shapely.Point(x, 50)} for x in (200, 900)])
    found = made(district("館から50m"), hub=hubs)
    assert found.table["parts"].iloc[0] == 2
    assert "district.several" in codes(found)
    assert "district.several" not in codes(made(district("002から50m"), hub=hubs))


def test_a_vacant_house_is_never_named(mistakes):
    houses = village.frame([{"name": "秘密の家", "geometry": shapely.Point(200, 50)}])
    found = mistakes("秘密の家から50m、秘密の家", vacant_house=houses)
    assert {problem.code for problem in found} == {"district.unknown_place", "district.unknown_name"}
    assert not any("近い名前" in problem.what.ja for problem in found)


def test_a_layer_without_a_file_is_made_with_its_columns(made, catalogue):
    day = dt.date(2026, 4, 1)
    asked = district("ちの", version="1", published_on=day, use_exception=True)
    found = made(asked, without=("promotion_area",))
    layer = found.atlas.layers["promotion_area"]
    table = layer.table
    assert set(table.columns) == {"id", "name", "geometry", *catalogue["promotion_area"].fields}
    assert table.columns[-1] == "geometry"
    assert (table["id"][0], table["name"][0], table["version"][0]) == ("新区域 1", "新区域", "1")
    assert table["published_on"][0] == day
    assert table["consented_on"][0] is None
    assert (str(table["use_exception"].dtype), table["version"].dtype) == ("boolean", object)
    assert table.crs.to_epsg() == village.CRS
    (reading,) = layer.readings
    assert (reading.file, reading.read, reading.kept, reading.refused) == ("plan.toml", 1, 1, 0)
    assert "「村」の区域の言葉から作成" in layer.spec.source.credit.ja
    assert catalogue["neighbourhood"].source.credit.ja in layer.spec.source.credit.ja
    assert list(found.atlas.layers) == sorted(found.atlas.layers)


def test_rows_join_those_of_the_file_in_the_order_of_their_ids(made):
    found = made(district("ちの", id="0"), district("玉川", name="もう一つ"))
    table = found.atlas.layers["promotion_area"].table
    assert list(table["id"]) == ["0", "001", "002", "もう一つ"]
    assert list(table.index) == [0, 1, 2, 3]
    assert pd.isna(table["use_exception"].iloc[0])
    assert str(table["use_exception"].dtype) == "boolean"
    assert isinstance(table, gpd.GeoDataFrame)


def test_a_later_district_may_name_an_earlier_one(made):
    asked = [
        district("ちの、玉川", name="前"),
        district("前のうち第一種低層住居専用地域", "宮川地区", name="後"),
    ]
    found = made(*asked)
    assert found.table.set_index("name")["area_ha"].to_dict() == pytest.approx({"前": 6, "後": 6})


def test_two_versions_of_one_area_are_told_apart(made):
    asked = [district("ちの", version="1"), district("ちの、玉川", version="2")]
    found = made(*asked)
    assert list(found.table["name"]) == ["新区域", "新区域"]
    assert list(found.table["version"]) == ["1", "2"]
    assert {"新区域 1", "新区域 2"} <= set(found.atlas.layers["promotion_area"].table["id"])


def test_a_name_that_a_file_has_is_refused_in_the_same_version_alone(made):
    assert len(made(district("ちの", name="東区域", version="2")).atlas.layers["promotion_area"].table) == 3
    with pytest.raises(ConfigurationError) as raised:
        made(district("ちの", name="東区域", version="１"))
    (problem,) = raised.value.problems
    assert (problem.code, problem.place) == ("district.exists", "plan.toml:5 [[district]] 東区域")


def test_other_layers_may_be_made_too(made):
    found = made(district("村全域", layer="priority_district", name="県の地区"))
    assert len(found.atlas.layers["priority_district"].table) == 2
    assert found.table["layer"].to_list() == ["priority_district"]


def test_a_plan_without_districts_is_left_as_it_is(made):
    found = made()
    assert (len(found.table), found.doubts) == (0, ())
    assert found.table.columns.to_list() == list(contract("districts").names)


def test_the_order_of_the_rows_does_not_matter(catalogue):
    asked = (district("港町自治会、本町、用途地域全域", within=["市街化区域"], exclude=["ちの"]),)
    found = []
    for seed in (None, 1, 2):
        built = with_specs(village.atlas(neighbourhood=neighbours()), catalogue)
        mixed = built if seed is None else village.shuffled(built, seed=seed)
        plan = dataclasses.replace(mixed.plan, districts=asked)
        done = districts_of(dataclasses.replace(mixed, plan=plan))
        shape = done.atlas.layers["promotion_area"].table.set_index("id").geometry["新区域"]
        found.append((shapely.to_wkb(shape), done.table.drop(columns=["made_of_ja", "made_of_en"]).to_csv()))
    assert found[0] == found[1] == found[2]


def test_districts_and_marks_are_part_of_the_question(made, catalogue):
    built = with_specs(village.atlas(), catalogue).plan
    parts = {
        "districts": (district("ちの", version="1"),),
        "procedures": {"council": dt.date(2026, 2, 1)},
        "area_procedures": {"東区域": {"agency_consultation": dt.date(2026, 2, 1)}},
        "facts": {"island_area": True},
        "release": dataclasses.replace(built.release, smallest_count=5),
        "check": dataclasses.replace(built.check, work="change"),
    }

    def asked(plan):
        return manifest.question(plan, plan_sha256="", catalogue_sha256="", parts=(), inputs={})["parameters"]

    plain = asked(built)
    for name, value in parts.items():
        assert asked(dataclasses.replace(built, **{name: value})) != plain, name
    moved = dataclasses.replace(parts["districts"][0], line=99)
    one, other = (asked(dataclasses.replace(built, districts=(d,))) for d in (parts["districts"][0], moved))
    assert one == other
    assert one["districts"][0]["include"] == [{"words": "ちの"}]


DEMO = """
[[district]]
name = "中心地区"
include = "川西・本町・港町地区"
within = "市街化区域全域"
exclude = [{ zone = ["工専"] }]
version = "1"
published_on = 2026-04-01
use_exception = true

[[district]]
name = "拠点のまわり"
include = ["H001から800m", { hub = "本町交流センター", minutes = 3 }, "中央・汐見台重点地区のうち本町"]
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory, catalogue):
    """Return what the demo town gives with two districts in words."""
    folder = tmp_path_factory.mktemp("demo")
    for name in ("municipality.geojson", "neighbourhood.gpkg", "zone.zip", "area_division.gpkg",
                 "priority_district.gpkg", "promotion_area.gpkg", "hub.csv", "road.gpkg"):  # fmt: skip
        shutil.copy(demo_folder() / name, folder)
    text = (demo_folder() / "plan.toml").read_text("utf-8")
    (folder / "plan.toml").write_text(text + DEMO, "utf-8")
    plan = read_plan(folder / "plan.toml", catalogue=catalogue)
    entries = tuple(entry for entry in plan.layers if (folder / entry.path[0]).is_file())
    return districts_of(load(dataclasses.replace(plan, layers=entries), catalogue=catalogue))


def test_the_demo_town_by_shapely(demo):
    layers = demo.atlas.layers
    rows = layers["neighbourhood"].table.set_index("name").geometry
    zone, division = layers["zone"].table, layers["area_division"].table
    union = shapely.union_all([rows["川西"], rows["本町"], rows["港町"]])
    inside = shapely.intersection(union, division.geometry[division["division"] == "市街化区域"].union_all())
    left = shapely.difference(inside, zone.geometry[zone["zone"] == "工業専用地域"].union_all())
    area = demo.table.set_index("name")["area_ha"]["中心地区"]
    assert area == pytest.approx(left.area / 10_000, abs=1e-6)
    shape = layers["promotion_area"].table.set_index("id").geometry["中心地区 1"]
    assert shapely.symmetric_difference(shape, left).area < 1e-3


def test_the_demo_town_reads_its_words_from_plan_toml(demo):
    promoted = demo.atlas.layers["promotion_area"]
    row = promoted.table.set_index("id").loc["中心地区 1"]
    assert (row["version"], row["published_on"], row["use_exception"]) == ("1", dt.date(2026, 4, 1), True)
    assert promoted.readings[1].kept == 3
    assert sum(reading.kept for reading in promoted.readings) == len(promoted.table)
    assert promoted.readings[1].sha256 == manifest.sha256_of(demo.atlas.plan.folder / "plan.toml")
    around = demo.table.set_index("name").loc["拠点のまわり"]
    assert around["overlap_ha"] > 0
    assert "本町交流センター（1件）〕へ自動車で3分以内に着く道路の両側50 m" in around["made_of_ja"]
    assert codes(demo) >= {"district.made", "district.by_road"}


@pytest.mark.real
def test_words_of_yaizu(real_data, catalogue, tmp_path):
    raw = real_data / "yaizu" / "raw"
    (tmp_path / "plan.toml").write_text(
        f"""[plan]
title = "焼津市"
municipality = ["22212"]
date = 2026-11-01
[layers.neighbourhood]
path = "{(raw / "自治会区域" / "自治会区域.shp").as_posix()}"
columns = {{ name = "SAFIELD000" }}
[layers.area_division]
path = "{(raw / "市街化区域界_市街化調整区域界").as_posix()}/*.shp"
fill = {{ division = "市街化区域" }}
[[district]]
name = "市街化"
include = "市街化区域全域"
[[district]]
name = "港と焼津"
include = "焼津第1・第2・第三自治会、港第14自治会及び港第23自治会"
[[district]]
name = "豊田"
include = "豊田地区"
[[district]]
name = "小川"
include = "小川第11から第13自治会"
""",
        "utf-8",
    )
    plan = read_plan(tmp_path / "plan.toml", catalogue=catalogue)
    atlas = load(plan, catalogue=catalogue)
    with pytest.raises(ConfigurationError) as raised:
        districts_of(atlas)
    (problem,) = raised.value.problems
    assert (problem.code, "小川第11自治会" in problem.what.ja) == ("district.unknown_name", True)
    whole = dataclasses.replace(plan, districts=plan.districts[:3])
    found = districts_of(dataclasses.replace(atlas, plan=whole))
    area = found.table.set_index("name")["area_ha"]
    assert round(area["市街化"], 1) == 2099.8
    shapes = atlas.layers["neighbourhood"].table.set_index("name").geometry
    wanted = [f"焼津第{n}自治会" for n in (1, 2, 3)] + ["港第14自治会", "港第23自治会"]
    assert area["港と焼津"] == pytest.approx(shapely.union_all(shapes[wanted]).area / 10_000)
    toyoda = [f"豊田第{n}自治会" for n in (8, 9, 10)]
    assert area["豊田"] == pytest.approx(shapely.union_all(shapes[toyoda]).area / 10_000)
    assert [doubt.subject for doubt in found.doubts if doubt.code == "district.taken_as"] == ["豊田"]
