"""The class of a road by law: from the file, its name or number; the class of OpenStreetMap counts by custom only."""

import pytest
from test_layers_columns import ROAD, read

from gisplan.layers.catalogue import packaged_folder, read_catalogue

REGISTER = read_catalogue(packaged_folder())["road_register"]


def roads(**columns):
    """Return class, basis and doubts of some roads."""
    found = read(columns, spec=ROAD)
    doubts = {doubt.code: doubt.values for doubt in found.doubts}
    return found.table["road_class"].tolist(), found.table["class_from"].tolist(), doubts


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("国道1号", "national"),
        ("国道４１７号", "national"),
        ("一般国道１５０号,主要地方道焼津榛原線", "national"),
        ("静岡県一般国道150号", "national"),
        ("国道一号", "national"),
        ("旧国道1号", "other"),
        ("静岡県道81号焼津森線", "prefectural"),
        ("主要地方道焼津藤枝線", "prefectural"),
        ("一般県道静岡焼津線,市道岡当目線", "prefectural"),
        ("旧県道", "other"),
        ("東京都道318号", "prefectural"),
        ("北海道道106号", "prefectural"),
        ("大阪府道2号", "prefectural"),
        ("水道道路", "other"),
        ("市道０１０５号線", "municipal"),
        ("焼津市道小川青島線", "municipal"),
        ("四日市道路", "other"),
        ("中村道", "other"),
        ("東名高速道路", "expressway"),
        ("北陸自動車道", "expressway"),
        ("市道東名側道線", "municipal"),
        ("東名側道", "other"),
        ("静岡御前崎自転車道線", "other"),
        ("林道廻沢線", "other"),
        ("１３号道路,臨港道路３０号,市道汐入小川港線", "municipal"),
        ("平成大通り", "other"),
    ],
)
def test_a_name_tells_the_class_of_the_law(name, expected):
    classes, basis, _ = roads(name=[name])
    assert classes == [expected]
    assert basis == [
        "assumed" if expected == "other" and "道路３０" not in name and "林道" not in name else "name"
    ]


@pytest.mark.parametrize(
    ("highway", "name", "ref", "expected", "basis"),
    [
        ("trunk", "浜線バイパス", "266;445", "national", "ref"),
        ("primary", "熊本高森線", "28", "prefectural", "ref"),
        ("secondary_link", "", "103", "prefectural", "ref"),
        ("tertiary", "", "103", "municipal", "custom"),  # an old road may keep its number
        ("motorway", "", "E3", "expressway", "ref"),
        ("motorway", "国道1号バイパス", "", "national", "name"),
        ("motorway", "", "", "expressway", "custom"),
        ("secondary", "", "県道28号", "prefectural", "ref"),
        ("secondary", "福井鯖江線", "", "prefectural", "custom"),
        ("primary", "国道3号", "28", "national", "name"),
        ("path,residential", "", "", "municipal", "custom"),
        ("bus_stop", "", "", "other", "custom"),
    ],
)
def test_a_number_counts_with_the_class_it_is_drawn_with_and_custom_comes_last(
    highway, name, ref, expected, basis
):
    classes, where, doubts = roads(highway=[highway], name=[name], ref=[ref])
    assert (classes, where) == ([expected], [basis])
    assert ("code.custom" in doubts) == (basis == "custom")


def test_the_class_of_openstreetmap_is_kept_as_it_is():
    found = read({"highway": ["trunk_link"], "N13_003": ["2"]}, spec=ROAD).table
    assert found["osm_class"].tolist() == ["trunk_link"]
    assert found["road_class"].tolist() == ["prefectural"]
    assert found["class_from"].tolist() == ["file"]


def test_what_custom_alone_tells_is_said_with_its_share():
    _, _, doubts = roads(highway=["trunk", "trunk", "trunk", "trunk"], name=["国道1号", "", "", "国道2号"])
    assert (doubts["code.custom"]["rows"], doubts["code.custom"]["share"]) == (2, 50.0)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("国土交通大臣", "minister"),
        ("国土交通省中部地方整備局静岡国道事務所", "minister"),
        ("静岡県", "prefecture"),
        ("北海道", "prefecture"),
        ("島田土木事務所", "prefecture"),
        ("焼津市", "municipality"),
        ("静岡県焼津市", "municipality"),
        ("焼津市道路課", "municipality"),
        ("東京都", "prefecture"),
        ("京都市", "municipality"),
        ("中日本高速道路株式会社", "expressway_company"),
        ("静岡県道路公社", "expressway_company"),
        ("土地改良区", "other"),
        ("不明", ""),
        ("", ""),
    ],
)
def test_words_of_offices_are_managers(word, expected):
    found = read({"name": ["市道"], "管理者": [word]}, spec=ROAD)
    assert found.table["manager"].tolist() == [expected]
    assert found.table["manager_name"].tolist() == [word]


def test_a_word_that_stands_for_no_manager_is_unknown_and_said():
    found = read({"name": ["市道", "市道"], "管理者": ["組合", "焼津市"]}, spec=ROAD)
    assert found.table["manager"].tolist() == ["", "municipality"]
    assert found.table["manager_from"].tolist() == ["", "file"]
    said = {doubt.code: doubt.values for doubt in found.doubts}["code.word"]
    assert (said["rows"], said["examples"]) == (1, ["組合"])


@pytest.mark.parametrize(
    ("word", "way"),
    [("yes", 1), ("no", 0), ("-1", -1), ("F", 1), ("T", -1), ("B", 0), ("True", 1), ("順方向", 1)],
)
def test_one_way_words_of_other_programs_are_read(word, way):
    assert read({"name": ["市道"], "oneway": [word]}, spec=ROAD).table["oneway"].tolist() == [way]


def test_the_columns_of_n13():
    found = read(
        {"N13_003": ["1", "3"], "N13_005": ["0", "1"], "N13_006": ["2", "3"], "N13_007": ["1", "2"]},
        spec=ROAD,
    ).table
    assert found["width_m"].tolist() == [3.0, 5.5]
    assert found["toll"].tolist() == [False, True]
    assert found["level"].tolist() == [0, 1]


def test_a_shapefile_with_the_class_of_openstreetmap_alone_has_ramps_footways_and_carriageways():
    kinds = ["motorway", "motorway_link", "residential", "steps"]
    found = read({"highway": kinds}, spec=ROAD).table
    assert found["ramp"].tolist() == [False, True, False, False]
    assert found["passage"].tolist() == ["car", "car", "all", "foot"]
    assert found["oneway"].fillna(9).tolist() == [1, 9, 9, 9]


def test_a_register_of_unknown_class_tells_none():
    found = read({"N13_003": ["6", "1"]}, spec=REGISTER).table
    assert found["road_class"].tolist() == ["", "national"]
