"""Where a list begins: by the names of its columns, by its shape where none is known, over one row or two."""

import numpy as np
import pytest

from gisplan.sources.header import find_header, is_number, is_said, plain_name

KNOWN = ("番号", "名称", "緯度", "経度", "人口", "KEY_CODE", "T001102001")


def header(rows, *, known=KNOWN, spans=()):
    return find_header(rows, known, numbers=np.arange(1, len(rows) + 1), spans=spans)


def codes(found):
    return [doubt.code for doubt in found.doubts]


def test_the_first_row_with_most_known_names_is_the_header():
    found = header([["番号", "名称"], ["1", "a"]])
    assert (found.first, found.data, found.names, found.doubts) == (0, 1, ("番号", "名称"), ())


@pytest.mark.parametrize("above", [1, 5, 20, 30])
def test_titles_and_lists_of_facts_stand_above(above):
    titles = [["空き家一覧", "", ""], *([["作成日", "令和7年4月1日", ""]] * (above - 1))]
    found = header([*titles, ["番号", "名称", "緯度"], ["1", "a", "34.8"]])
    assert (found.first, found.data) == (above, above + 1)
    assert [(doubt.code, doubt.values) for doubt in found.doubts] == [("tab.header_row", {"row": above + 1})]


def test_without_known_names_the_row_with_most_words_above_the_figures_is_taken_and_told():
    rows = [
        ["施設の一覧", "", "", ""],
        ["", "", "", ""],
        ["施設", "所在", "面積", "定員"],
        ["あ", "い", "120", "30"],
        ["う", "え", "80", "20"],
    ]
    found = header(rows)
    assert (found.first, found.names) == (2, ("施設", "所在", "面積", "定員"))
    assert [(doubt.code, doubt.values) for doubt in found.doubts] == [("tab.header_shape", {"row": 3})]


def test_one_known_word_in_a_title_is_outweighed_by_the_shape():
    rows = [["名称", "", ""], ["施設", "所在", "面積"], ["あ", "い", "120"]]
    assert header(rows).first == 1


def test_nothing_was_asked_of_a_list_so_nothing_is_told_of_its_first_row():
    found = header([["い", "ろ"], ["1", "2"]], known=())
    assert (found.first, found.doubts) == (0, ())


def test_a_census_mesh_has_japanese_names_below_its_codes():
    rows = [
        ["KEY_CODE", "HTKSYORI", "T001102001", "T001102002"],
        ["", "", "人口（総数）", "人口　男"],
        ["5238224522", "0", "12", "*"],
        ["5238224523", "0", "7", "3"],
    ]
    found = header(rows)
    assert (found.first, found.data) == (0, 2)
    assert found.names == ("KEY_CODE", "HTKSYORI", "T001102001 / 人口(総数)", "T001102002 / 人口 男")
    assert codes(found) == ["tab.header_rows"]


@pytest.mark.parametrize("rows", [
    [["番号", "名称", "座標", "", "備考"], ["", "", "緯度", "経度", ""], ["1", "a", "34.8", "138.3", "x"]],
    [["空き家", "", "", "", ""], ["番号", "名称", "座標", "", "備考"], ["", "", "緯度", "経度", ""],
     ["1", "a", "34.8", "138.3", "x"]],
])  # fmt: skip
def test_a_group_stands_above_its_columns(rows):
    found = header(rows)
    assert found.names == ("番号", "名称", "座標 / 緯度", "座標 / 経度", "備考")
    assert found.data == len(rows) - 1
    assert "tab.header_rows" in codes(found)


def test_merged_cells_tell_how_high_a_header_is():
    rows = [["番号", "利用", ""], ["", "現在", "予定"], ["", "用途", "用途"], ["1", "住宅", "店"]]
    found = header(rows, known=("番号",), spans=[(0, 2)])
    assert (found.first, found.data) == (0, 3)
    assert found.names == ("番号", "利用 / 現在 / 用途", "利用 / 予定 / 用途")


@pytest.mark.parametrize("second", [
    ["", "駅前", "34.8", "138.3"], ["", "駅前", "", ""], ["", "不明", "不明", ""], ["1", "駅前", "東", "西"],
])  # fmt: skip
def test_a_row_of_data_is_no_second_header(second):
    rows = [["番号", "名称", "緯度", "経度"], second, ["2", "b", "34.8", "138.3"]]
    assert header(rows).data == 1


def test_a_title_above_is_no_group():
    rows = [["空き家一覧", "", ""], ["番号", "名称", "緯度"], ["1", "a", "34.8"]]
    assert header(rows).names == ("番号", "名称", "緯度")


def test_names_that_stand_twice_are_kept_apart_and_told():
    found = header([["番号", "名称", "名称", ""], ["1", "a", "b", "c"]])
    assert found.names == ("番号", "名称", "名称 (2)", "column 4")
    assert [(doubt.code, doubt.values) for doubt in found.doubts] == [
        ("tab.column_twice", {"columns": ["名称"]})
    ]


def test_an_empty_file_has_no_header():
    assert header([]).names == ()


@pytest.mark.parametrize(("name", "plain"), [
    (" 番 号\n（注）", "番 号(注)"), ("都道府県コ―ド又は\r\n市区町村コ―ド", "都道府県コード又は市区町村コード"),
    ("\ufeffＩＤ", "ID"), ("緯度\u3000", "緯度"),
])  # fmt: skip
def test_a_name_has_one_spelling(name, plain):
    assert plain_name(name) == plain


@pytest.mark.parametrize("cell", ["1", "1,234", "-5", "△5", "34.8", "８０％", " 7 ", "5.2E+09"])
def test_figures(cell):
    assert is_number(cell)


@pytest.mark.parametrize("cell", ["", "a1", "1丁目", "令和7年", "2025-04-01", "1-2"])
def test_no_figures(cell):
    assert not is_number(cell)


@pytest.mark.parametrize(
    ("cell", "said"), [("*", False), ("Ｘ", False), ("…", False), ("不明", False), ("駅", True)]
)
def test_signs_for_nothing_are_no_words(cell, said):
    assert is_said(cell) == said
