"""Workbooks: merged cells, headers of several rows, days of both epochs, sheets to choose from, lost digits."""

import datetime as dt

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from small_files import refused
from test_sources_table import KNOWN, excel_of, workbook

from gisplan.sources.raw import Wanted
from gisplan.sources.read import read_file


def codes(raw):
    return [doubt.code for doubt in raw.doubts]


def test_a_merged_value_holds_for_every_row_it_covers(tmp_path):
    rows = [["番号", "名称", "緯度", "経度"], [1, "東地区", 34.9, 138.3], [2, None, 34.8, 138.2],
    [3, None, 34.7, 138.1],
            [4, "西地区", 34.6, 138.0]]  # fmt: skip
    raw = excel_of(tmp_path, rows, merge=["B2:B4"])
    assert raw.table["名称"].tolist() == ["東地区", "東地区", "東地区", "西地区"]
    assert raw.mended.tolist() == [False, True, True, False]
    [doubt] = raw.doubts
    assert (doubt.code, doubt.values) == ("tab.merged", {"cells": 2})


def test_a_value_merged_to_the_right_stays_in_its_column(tmp_path):
    rows = [["番号", "名称", "緯度", "経度"], [1, "駅前", None, 138.3]]
    raw = excel_of(tmp_path, rows, merge=["B2:C2"])
    assert raw.table.iloc[0].tolist() == ["1", "駅前", "", "138.3"]
    assert codes(raw) == []


def test_a_header_with_merged_groups_has_names_of_both_rows(tmp_path):
    rows = [["空き家一覧", None, None, None, None], ["番号", "座標", None, "名称", "電話番号"],
            [None, "緯度", "経度", None, None], [1, 34.9, 138.3, "a", None]]  # fmt: skip
    raw = excel_of(tmp_path, rows, merge=["A1:E1", "A2:A3", "B2:C2", "D2:D3", "E2:E3"])
    assert list(raw.table.columns) == ["番号", "座標 / 緯度", "座標 / 経度", "名称", "電話番号"]
    assert raw.rows.tolist() == [4]
    assert set(codes(raw)) == {"tab.header_row", "tab.header_rows"}


def test_days_are_days_whichever_year_the_workbook_counts_from(tmp_path):
    for epoch in (None, CALENDAR_MAC_1904):
        book = openpyxl.Workbook()
        if epoch:
            book.epoch = epoch
        book.active.append(["番号", "名称"])
        book.active.append([1, dt.date(2025, 4, 1)])
        book.save(tmp_path / "days.xlsx")
        raw = read_file(tmp_path / "days.xlsx", name="d.xlsx", wanted=Wanted(known=KNOWN))
        assert raw.table["名称"].tolist() == ["2025-04-01"]


def test_the_sheet_with_the_most_known_columns_is_offered(tmp_path):
    more = {"二": [["番号", "名称", "緯度", "経度"], [9, "z", 34.8, 138.3]]}
    raw = excel_of(tmp_path, [["番号", "名称"], [1, "a"]], more=more)
    [doubt] = raw.doubts
    assert (doubt.code, doubt.values["fits"]) == ("tab.sheets", "二")


def test_a_cover_sheet_is_not_read_for_the_list(tmp_path):
    more = {"一覧表": [["番号", "名称"], [9, "z"]]}
    path = workbook(tmp_path, [["焼津市の空き家"], ["令和7年4月"]], more=more)
    with refused("tab.sheet_asked", place="raw/a.xlsx") as problems:
        read_file(path, name="raw/a.xlsx", wanted=Wanted(known=KNOWN))
    assert 'table = "一覧表"' in problems[0].cure.ja


def test_numbers_that_lost_digits_are_told(tmp_path):
    raw = excel_of(tmp_path, [["番号", "名称"], [1234567890123456789, "a"], [123456789012345, "b"]])
    [doubt] = raw.doubts
    assert (doubt.code, doubt.values["cells"]) == ("id.digits_lost", 1)
    assert raw.table["番号"].tolist()[1] == "123456789012345"


def test_rows_hidden_by_nothing_but_blanks_do_not_shift_the_numbers(tmp_path):
    raw = excel_of(tmp_path, [[None], [None, None], ["番号", "名称"], [None, None], [7, "a"]])
    assert raw.rows.tolist() == [5]


@pytest.mark.parametrize("value", ["=1+1", "'=1+1"])
def test_a_formula_without_a_stored_value_is_told_and_a_text_is_not(tmp_path, value):
    raw = excel_of(tmp_path, [["番号", "名称"], [1, value]])
    assert raw.table["名称"].tolist() == [value]
    assert ("tab.formula_uncalculated" in codes(raw)) == value.startswith("=")


HEAD = ["番号", "名称", "緯度", "経度"]


def test_formulas_that_were_never_calculated_are_told_and_stand_as_they_are(tmp_path):
    raw = excel_of(tmp_path, [HEAD, [1, "a", "=34+0.9", 138.3], ["=1+1", "=A1", "=34.8", "=138.2"]])
    assert raw.table["緯度"].tolist() == ["=34+0.9", "=34.8"]
    [doubt] = raw.doubts
    assert (doubt.code, doubt.values["cells"]) == ("tab.formula_uncalculated", 5)
    assert doubt.values["examples"][0] == "C2 =34+0.9"


def test_errors_of_formulas_are_told(tmp_path):
    book = openpyxl.Workbook()
    for row in (HEAD, [1, "a", 34.9, 138.3], [2, None, 34.8, 138.2]):
        book.active.append(row)
    for place, error in (("B3", "#N/A"), ("C3", "#DIV/0!")):
        book.active[place].value, book.active[place].data_type = error, "e"
    book.save(tmp_path / "a.xlsx")
    raw = read_file(tmp_path / "a.xlsx", name="a.xlsx", wanted=Wanted(known=KNOWN))
    assert raw.table.iloc[1].tolist() == ["2", "#N/A", "#DIV/0!", "138.2"]
    [doubt] = raw.doubts
    assert (doubt.code, doubt.values["examples"]) == ("value.error", ["B3 #N/A", "C3 #DIV/0!"])


def test_a_hidden_sheet_is_passed_over_and_said_so(tmp_path):
    path = workbook(tmp_path, [HEAD, [9, "旧", 34.9, 138.3]], more={"現在": [HEAD, [1, "a", 34.8, 138.2]]})
    book = openpyxl.load_workbook(path)
    book["一覧"].sheet_state = "hidden"
    book.active = 1
    book.save(path)
    raw = read_file(path, name="a.xlsx", wanted=Wanted(known=KNOWN))
    assert raw.table["名称"].tolist() == ["a"]
    [doubt] = raw.doubts
    assert (doubt.code, doubt.values) == ("tab.sheet_hidden", {"sheet": "現在", "hidden": ["一覧"]})
    asked = read_file(path, name="a.xlsx", wanted=Wanted(known=KNOWN, table="一覧"))
    assert asked.table["名称"].tolist() == ["旧"]


def test_one_figure_for_several_rows_may_be_their_sum(tmp_path):
    head = ["番号", "敷地面積", "緯度", "経度"]
    rows = [head, [1, 300, 34.9, 138.3], [2, None, 34.8, 138.2], [3, None, 34.7, 138.1]]
    raw = excel_of(tmp_path, rows, merge=["B2:B4"])
    doubt = next(doubt for doubt in raw.doubts if doubt.code == "tab.merged_number")
    assert doubt.values == {"column": "敷地面積", "examples": ["2–4: 300"]}
    assert "tab.merged_number" not in codes(excel_of(tmp_path, rows, merge=["C2:C4"]))
