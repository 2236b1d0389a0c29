"""Columns found by their names, codes made canonical over three code systems, and rows left out by a filter."""
# ruff: noqa: PD011 (the values of a doubt are no data frame)

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_files import refused

from gisplan.core.errors import ConfigurationError
from gisplan.core.tables import findings
from gisplan.core.words import LayerEntry, Text
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.layers.codes import decode, from_patterns, known_codes, plain
from gisplan.layers.columns import absent, column_named, pick
from gisplan.layers.fields import future_years, read_columns
from gisplan.layers.where import rows_where

CATALOGUE = read_catalogue(packaged_folder())
ZONE, ROAD = CATALOGUE["zone"], CATALOGUE["road"]
NAMES = tuple(dict.fromkeys(ZONE.fields["zone"].codes.values()))

KSJ = dict(zip([1, 2, 3, 4, 5, 6, 7, 21, 8, 9, 10, 11, 12], NAMES, strict=True))
LIBRARY = dict(zip(range(1, 14), NAMES, strict=True))
"""The two systems of law.md §3, by the order of the thirteen zones."""


def read(table, spec=ZONE, **entry):
    """Return the typed columns of a table, as `load` makes them."""
    table = pd.DataFrame(table)
    entry = LayerEntry(layer=spec.name, path=("a",), **entry)
    cells = pick(table, spec, entry, file="a.csv", path=Path("folder/stem.csv"))
    return read_columns(cells, spec, place=lambda row: f"a.csv:{row + 2}", files="a.csv")


def zones(table, **entry):
    found = read(table, **entry)
    return found.table["zone"].tolist(), {doubt.code: doubt.values for doubt in found.doubts}


# ---- zone names and their three code systems ------------------------------------------------------------------------


def test_there_are_thirteen_zones():
    assert len(NAMES) == 13
    assert (NAMES[0], NAMES[7], NAMES[12]) == ("第一種低層住居専用地域", "田園住居地域", "工業専用地域")


@pytest.mark.parametrize(
    ("column", "system"), [("A29_004", KSJ), ("youto_id", LIBRARY), ("YoutoCode", LIBRARY)]
)
@pytest.mark.parametrize("form", [str, "{:02d}".format, float, "{}.0".format, lambda code: f"　{code}"])
def test_every_number_of_a_code_system_is_its_zone(column, system, form):
    found, doubts = zones({column: [form(code) for code in system]})
    assert found == list(system.values())
    assert set(doubts) == {"code.from_scheme"}


@pytest.mark.parametrize("column", ["A29_004", "youto_id", "YoutoCode"])
@pytest.mark.parametrize("code", ["0", "99", "", None])
def test_the_numbers_for_no_zone_are_unknown(column, code):
    assert zones({column: ["1", code]})[0] == [NAMES[0], ""]


@pytest.mark.parametrize(
    ("column", "code"), [("A29_004", "13"), ("youto_id", "21"), ("YoutoCode", "14"), ("A29_004", "x")]
)
def test_a_number_that_no_system_has_is_refused_with_its_row(column, code):
    with refused("code.unknown", place="a.csv:3") as problems:
        zones({column: ["1", code, code]})
    assert f"「{code}」" in problems[0].what.ja
    assert "2 rows" in problems[0].what.en


def test_the_same_number_means_different_zones():
    assert KSJ[8] == "近隣商業地域"
    assert LIBRARY[8] == "田園住居地域"
    assert zones({"A29_004": ["8"]})[0] == ["近隣商業地域"]
    assert zones({"youto_id": ["8"]})[0] == ["田園住居地域"]


def test_a_name_decides_and_a_number_against_it_is_a_finding():
    found, doubts = zones({"用途地域": ["商業地域", "商業地域", "近隣商業"], "A29_004": ["9", "10", "8"]})
    assert found == ["商業地域", "商業地域", "近隣商業地域"]
    assert doubts["code.mismatch"]["rows"] == 1
    assert doubts["code.mismatch"]["pairs"] == ["商業地域 ≠ 準工業地域"]


def test_a_missing_name_is_taken_from_the_number():
    found, doubts = zones({"用途地域": ["商業地域", "", None], "youto_id": ["10", "13", "0"]})
    assert found == ["商業地域", "工業専用地域", ""]
    assert doubts["code.from_scheme"]["rows"] == 1
    assert "code.mismatch" not in doubts


SPELLINGS = [
    *((name, name) for name in NAMES),
    ("第１種低層住居専用地域", NAMES[0]), ("第1種低層住居専用地域", NAMES[0]), ("第一種低層住居専用", NAMES[0]),
    ("第１種低層住専", NAMES[0]), ("1低専", NAMES[0]), ("１低専", NAMES[0]), ("第2種低層住居専用地域", NAMES[1]),
    ("第１種中高層住居専用地域", NAMES[2]), ("第１種 中高層 住居専用地域", NAMES[2]),
    ("第二種　中高層住居専用地域", NAMES[3]),
    ("２中高", NAMES[3]), ("第1種住居地域", NAMES[4]), ("第2種住居", NAMES[5]), ("準住居", NAMES[6]),
    ("田園住居", NAMES[7]),
    ("近商", NAMES[8]), ("商業", NAMES[9]), ("準工業", NAMES[10]), ("工業", NAMES[11]), ("工専", NAMES[12]),
]  # fmt: skip


@pytest.mark.parametrize(("spelling", "name"), SPELLINGS)
def test_a_zone_goes_by_many_spellings(spelling, name):
    assert decode([spelling], ZONE.fields["zone"])[spelling] == name


def test_no_spelling_stands_for_two_values():
    for spec in CATALOGUE.values():
        for field in spec.fields.values():
            known = {}
            for spelling, value in field.codes.items():
                assert known.setdefault(plain(spelling), value) == value, (spec.name, field.name, spelling)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("municipal", "municipal"), ("市道", "municipal"), ("市町村道", "municipal"),
        ("Municipal road", "municipal"), ("municipal road", "municipal"), ("市町村道（municipal）", "municipal"),
        ("Municipal road (municipal)", "municipal"), ("高速自動車国道等（expressway）", "expressway"),
        ("Expressway", "expressway"), ("不明", ""), ("まちなか", None),
    ],
)  # fmt: skip
def test_a_code_goes_by_its_labels_in_both_languages(text, value):
    assert decode([text], CATALOGUE["road"].fields["road_class"])[text] == value


def test_whatever_a_message_prints_is_understood():
    for spec in CATALOGUE.values():
        for field in spec.fields.values():
            values = list(dict.fromkeys(field.codes.values()))
            for value, shown in zip(values, known_codes(field), strict=True):
                assert decode([shown.ja, shown.en], field) == {shown.ja: value, shown.en: value}, spec.name


def test_a_label_that_two_values_share_tells_neither():
    field = CATALOGUE["road"].fields["road_class"]
    both = dataclasses.replace(field, labels=dict.fromkeys(field.labels, Text(ja="道", en="Way")))
    assert decode(["道", "way", "Way (national)"], both) == {
        "道": None,
        "way": None,
        "Way (national)": "national",
    }


def test_texts_that_are_no_zone_are_refused_all_at_once_with_near_names():
    with refused("code.unknown", place="a.csv:") as problems:
        zones({"用途地域": ["商業地城", "商業地域", "住宅地", "商業地城"]})
    assert [(problem.place, problem.values["rows"]) for problem in problems] == [
        ("a.csv:4", 1),
        ("a.csv:2", 2),
    ]
    assert "商業地域" in problems[1].what.ja
    assert "商業地域" in problems[1].cure.en


@pytest.mark.parametrize("text", ["不明", "用途地域の指定をしない区域", "", "-", "99"])
def test_unknown_is_unknown(text):
    assert zones({"用途地域": [text]})[0] == [""]


@pytest.mark.parametrize(
    ("cell", "ratio"), [("80%", 80), ("80.0%", 80), ("200", 200), ("9999", None), (9999.0, None), ("0", None)]
)
def test_ratios_in_percent(cell, ratio):
    [value] = read({"用途地域": ["商業地域"], "容積率": [cell]}).table["floor_area_ratio"]
    assert (value == ratio) if ratio else np.isnan(value)


# ---- classes of roads, by name -----------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "road_class"), [
    ("東名高速道路", "expressway"), ("新東名", "expressway"), ("国道１５０号", "national"), ("一般国道150号",
    "national"),
    ("主要地方道焼津森線", "prefectural"), ("県道416号", "prefectural"), ("市道大村線", "municipal"), ("農道3号",
    "other"),
])  # fmt: skip
def test_a_class_is_read_from_a_name(name, road_class):
    assert from_patterns(name, ROAD.fields["road_class"])[0] == road_class


def test_a_line_of_several_names_takes_the_highest_class_and_says_so():
    found = read({"路線名": ["国道150号、市道大村線", "市道大村線", "", "名もない道"]}, ROAD)
    assert found.table["road_class"].tolist() == ["national", "municipal", "other", "other"]
    doubts = {doubt.code: doubt.values["rows"] for doubt in found.doubts}
    assert doubts == {"code.several": 1, "code.assumed": 2}
    several = next(row for row in findings(found.doubts).to_dict("records") if row["code"] == "code.several")
    assert "国道150号、市道大村線 → 一般国道（national）" in several["reason_ja"]
    assert "→ National" in several["reason_en"]


def test_a_class_that_is_written_is_not_read_from_the_name():
    found = read({"路線名": ["国道150号"], "道路種別": ["市道"]}, ROAD)
    assert found.table["road_class"].tolist() == ["municipal"]


# ---- columns -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("columns", "names", "found"), [
    (["用途", "用途地域"], ["用途地域", "用途"], "用途地域"),
    (["用途", "用途地域"], ["用途"], "用途"),
    (["ＩＤ"], ["id", "ID"], "ＩＤ"),
    (["Name", "NAME"], ["name"], "Name"),
    (["name", "NAME"], ["NAME"], "NAME"),
    (["面積（㎡）"], ["面積(m2)"], "面積（㎡）"),
    (["a"], ["b", ""], None),
    (["a"], [], None),
])  # fmt: skip
def test_a_column_is_found_as_written_or_in_another_width_and_case(columns, names, found):
    assert column_named(columns, names) == found


def test_a_column_in_another_width_or_case_is_not_absent():
    spec, entry = CATALOGUE["site"], LayerEntry(layer="site", path=("a",))
    assert {field.name for field in spec.fields.values() if field.needed} >= {"floor_area"}
    for name, said in (
        ("床面積", False),
        ("FLOOR_AREA", False),
        ("ｆｌｏｏｒ＿ａｒｅａ", False),
        ("面積計", True),
    ):
        found = absent(pd.DataFrame({name: ["1"]}), spec, entry, file="a.csv")
        assert any(doubt.values["name"] == "floor_area" for doubt in found) == said, name


def test_a_column_named_in_plan_toml_wins_over_the_aliases():
    found = zones({"用途地域": ["商業"], "種別": ["工業"]}, columns={"zone": "種別"})[0]
    assert found == ["工業地域"]


def test_missing_columns_are_told_at_once_with_near_names():
    with refused("tab.column", place="a.csv") as problems:
        read({"用途池域": ["商業"], "容積": ["80"]}, columns={"floor_area_ratio": "容積率％"})
    assert [problem.values["field"] for problem in problems] == ["zone", "floor_area_ratio"]
    assert "用途池域" in problems[0].what.ja
    assert "“Use zone”, called “" in problems[0].what.en
    assert "a column for “" in problems[1].what.en
    assert "called “容積率％”" in problems[1].what.en
    assert 'columns = { floor_area_ratio = "the file\'s column" }' in problems[1].cure.en


@pytest.mark.parametrize(
    ("several", "ja", "en"),
    [
        (False, "[layers.zone]（12行目）の下に columns", "below [layers.zone] (line 12)"),
        (True, "[[layers.zone]]（12行目）の下に columns", "below [[layers.zone]] (line 12)"),
    ],
)
def test_the_cure_of_a_missing_column_names_the_table_of_plan_toml(several, ja, en):
    with refused("tab.column", place="a.csv") as problems:
        read({"容積": ["80"]}, line=12, several=several)
    assert ja in problems[0].cure.ja
    assert en in problems[0].cure.en
    entry = LayerEntry(layer="site", path=("a",), line=12, several=several)
    found = absent(pd.DataFrame({"x": ["1"]}), CATALOGUE["site"], entry, file="a.csv")
    cures = findings(found)["do_ja"]
    assert len(cures)
    assert cures.str.contains(ja.replace("zone", "site"), regex=False).all()


@pytest.mark.parametrize(
    ("fill", "filled"), [("{stem}", "stem"), ("{folder}", "folder"), ("市街化", "市街化")]
)
def test_gaps_are_filled_as_plan_toml_says(fill, filled):
    found = read({"用途地域": ["商業"] * 3, "名称": ["a", "", None]}, fill={"name": fill})
    assert found.table["name"].tolist() == ["a", filled, filled]


def test_a_required_column_may_be_filled_where_the_file_has_none():
    assert zones({"備考": ["x"]}, fill={"zone": "商業地域"})[0] == ["商業地域"]


def test_columns_that_a_file_lacks_exist_and_hold_nothing():
    table = read({"用途地域": ["商業"]}).table
    assert list(table.columns) == list(ZONE.fields)
    assert table["name"].tolist() == [""]
    assert np.isnan(table["floor_area_ratio"].iloc[0])
    assert table["year"].isna().all()


def test_cells_that_cannot_be_read_are_counted_with_their_places():
    found = read({"用途地域": ["商業"] * 8, "容積率": ["80", *["約200"] * 7]})
    [doubt] = found.doubts
    assert (doubt.code, doubt.subject, doubt.values["rows"]) == ("value.unread", "floor_area_ratio", 7)
    assert doubt.values["examples"][0] == "a.csv:3 「約200」"
    assert len(doubt.values["examples"]) == 5
    assert found.mended.tolist() == [False, *[True] * 7]


@pytest.mark.parametrize(("kind", "dtype"), [
    ("text", object), ("code", object), ("number", "float64"), ("integer", "Int64"), ("boolean", "boolean"),
    ("date", object),
])  # fmt: skip
def test_every_type_has_its_dtype_even_where_it_holds_nothing(kind, dtype):
    field = dataclasses.replace(ZONE.fields["name"], name="x", type=kind, column=("x",))
    spec = dataclasses.replace(ZONE, fields={"x": field})
    for cells in (["", None], []):
        assert read({"x": cells}, spec).table["x"].dtype == dtype


# ---- the filter --------------------------------------------------------------------------------------------


TABLE = pd.DataFrame({
    "種別": ["病院", "診療所", "A and B", ""], "床面積": ["1200", "80.5", "", "不明"], "コード": ["01", "1", "2", "3"],
    "階": [3.0, 1.0, np.nan, 2.0],
})  # fmt: skip


@pytest.mark.parametrize(("where", "rows"), [
    ("種別 == '病院'", [0]), ('種別 == "病院"', [0]), ("種別 != '病院'", [1, 2, 3]), ("種別=='病院'", [0]),
    ("床面積 >= 80.5", [0, 1]), ("床面積 > 80.5", [0]), ("床面積 < 1200", [1]), ("床面積 <= 1200", [0, 1]),
    ("コード == '1'", [1]), ("コード == 1", [0, 1]), ("階 == 3", [0]), ("階 == '3'", [0]), ("階 > -1", [0, 1, 3]),
    ("種別 == 'A and B'", [2]), ("種別 == '病院' and 階 >= 3", [0]),
    ("種別 != 'A and B' and 階 < 3  and  床面積 > 1", [1]),
    ("`種別` == ''", [3]), ("種別 == '存在しない'", []),
])  # fmt: skip
def test_a_filter_keeps_the_rows_it_names(where, rows):
    assert np.flatnonzero(rows_where(TABLE, where, place="plan.toml:3")).tolist() == rows


@pytest.mark.parametrize("where", [
    "", "種別", "種別 = '病院'", "種別 == 病院", "種別 == '病院' or 階 > 1", "床面積 > 1.2.3", "床面積 > .",
    "__import__('os')",
    "種別 == '病院' and", "種別 in ('a')",
])  # fmt: skip
def test_a_filter_of_another_form_is_refused(where):
    with refused("config.where", place="plan.toml:3", error=ConfigurationError, exit_code=3):
        rows_where(TABLE, where, place="plan.toml:3 [layers.x] where")


def test_a_filter_on_a_column_that_is_not_there():
    with refused(
        "config.where_column", place="plan.toml:3", error=ConfigurationError, exit_code=3
    ) as problems:
        rows_where(TABLE, "床面績 > 1", place="plan.toml:3 where")
    assert "床面積" in problems[0].what.ja


# ---- lists --------------------------------------------------------------------------------------------------------

POPULATION, TOWN, HOUSE = (CATALOGUE[name] for name in ("population", "municipality", "vacant_house"))


def codes_of(found):
    return {doubt.code: doubt.values for doubt in found.doubts}


def test_a_name_of_two_rows_goes_by_each_of_them():
    columns = ["番号", "座標 / 緯度", "座標 / 経度", "T001102001 / 人口(総数)"]
    assert column_named(columns, ["緯度"]) == "座標 / 緯度"
    assert column_named(columns, ["T001102001"]) == "T001102001 / 人口(総数)"
    assert column_named(columns, ["座標"]) is None, "two columns go by it"
    assert column_named(["緯度", "座標 / 緯度"], ["緯度"]) == "緯度"


def test_signs_for_figures_not_told_are_counted_by_field():
    found = read({"KEY_CODE": ["1", "2", "3"], "人口": ["*", "1,234", "0"]}, POPULATION)
    assert found.table["people"].isna().tolist() == [True, False, False]
    said = codes_of(found)
    assert (said["value.suppressed"]["rows"], said["value.suppressed"]["signs"]) == (1, ["*"])
    assert said["num.thousands"]["examples"] == ["1,234 → 1234.0"]
    assert found.mended.tolist() == [False, True, False]


def test_municipality_codes_are_read_as_five_digits():
    found = read({"市区町村コード": ["222127", "2201", "222120"], "名称": ["焼津市", "青森市", "x"]}, TOWN)
    assert found.table["code"].tolist() == ["22212", "02201", ""]
    assert set(codes_of(found)) == {"code.check_digit", "code.leading_zero", "code.municipality"}
    assert found.mended.tolist() == [True, True, True]


def test_ids_of_a_spreadsheet_are_ids_again_or_told():
    found = read({"番号": ["1.0", "2.0"], "名称": ["a", "b"]}, HOUSE)
    assert found.table["id"].tolist() == ["1", "2"]
    assert codes_of(found)["value.mended"]["examples"] == ["1.0 → 1"]
    found = read({"番号": ["1.23457E+12", "2"], "名称": ["a", "b"]}, HOUSE)
    assert codes_of(found)["id.digits_lost"]["cells"] == 1


def test_a_name_spread_over_its_column_is_the_same_name():
    assert column_named(["緯　度", "経　　度"], ["緯度"]) == "緯　度"
    assert column_named(["lat itude"], ["latitude"]) is None


def test_a_cell_that_could_not_be_read_is_not_told_as_mended():
    found = read({"用途地域": ["商業地域"] * 3, "容積率": ["△100", "２００", "300"]})
    mended = next(doubt for doubt in found.doubts if doubt.code == "value.mended")
    assert (mended.values["rows"], mended.values["examples"]) == (1, ["２００ → 200.0"])
    assert any(doubt.code == "value.unread" for doubt in found.doubts)


def test_a_building_of_after_the_plan_is_told():
    house = CATALOGUE["vacant_house"]
    years = pd.DataFrame({"built_year": pd.Series([1981, None, 2048, 2026], dtype="Int64")})
    (doubt,) = future_years(years, house, year=2026, place=lambda row: f"a.csv:{row + 2}")
    assert (doubt.code, doubt.values["examples"]) == ("value.future", ["a.csv:4 2048"])
    assert future_years(years[["built_year"]].head(2), house, year=2026, place=str) == ()
