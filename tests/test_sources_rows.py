"""Which rows are rows of a list: totals, notes, repeated headers and further tables are refused with their reason."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from test_sources_table import HEADER, csv_of, refused

from gisplan.sources import rows as sorting
from gisplan.sources.delimited import Grid
from gisplan.sources.header import Header


def refusals(raw):
    return [(row.row, row.code) for row in raw.refused]


@pytest.mark.parametrize("row", [
    "計,,2,3", "合　計,,2,3", "小計,,2,", "総計,,,", ",合計,2,3", "累計,,2,3", "焼津地区計,,2,3", "令和7年度計,,2,",
    "本町1丁目計,,,5", "Grand Total,,2,3", "ＴＯＴＡＬ,,2,3", "東益津,計,2,3", "男女別計,,2,",
])  # fmt: skip
def test_totals(tmp_path, row):
    raw = csv_of(tmp_path, HEADER + f"1,a,34.9,138.3\n{row}\n2,b,34.8,138.2\n")
    assert raw.table["番号"].tolist() == ["1", "2"]
    assert refusals(raw) == [(3, "tab.total")]
    assert raw.refused[0].cells == tuple(row.split(","))


@pytest.mark.parametrize("row", [
    "3,山田時計,34.9,138.3", "3,会計,34.9,138.3", "山下地区計,中央,34.9,138.3", ",山田設計,34.9,138.3",
    "時計,,34.9,138.3",
    "3,計,34.9,138.3", "家計相談,,34.9,138.3", "地震計,,34.9,138.3", "Totality,,34.9,138.3",
])  # fmt: skip
def test_names_that_look_like_totals_stay(tmp_path, row):
    raw = csv_of(tmp_path, HEADER + f"1,a,34.9,138.3\n{row}\n")
    if row.startswith("3,計,"):
        assert refusals(raw) == [(3, "tab.total")], "a row called 計 with figures only is taken for a total"
    else:
        assert refusals(raw) == []
        assert len(raw.table) == 2


@pytest.mark.parametrize("row", [
    "※令和7年4月1日現在", "＊印は推計値", "出典：国勢調査", "注）実数ではない", "（注１）空き家は除く",
    "資料:焼津市", "注1 面積は登記簿による",
    "備考：未調査を含む", "作成：都市計画課", "[注] 概数",
])  # fmt: skip
def test_notes_below_a_list(tmp_path, row):
    raw = csv_of(tmp_path, HEADER + f"1,a,34.9,138.3\n{row}\n{row},,,\n")
    assert refusals(raw) == [(3, "tab.note"), (4, "tab.note")]
    assert raw.refused[0].value == row


@pytest.mark.parametrize(
    "row", ["※1,駅前,34.9,138.3", "3,※要確認,34.9,138.3", "注文住宅,,,", "出張所,,,", "資料館,,,"]
)
def test_records_that_begin_like_notes_stay(tmp_path, row):
    raw = csv_of(tmp_path, HEADER + f"1,a,34.9,138.3\n{row}\n")
    assert refusals(raw) == []


def test_the_header_once_more_is_left_out_and_the_list_goes_on(tmp_path):
    raw = csv_of(
        tmp_path, HEADER + "1,a,34.9,138.3\n" + HEADER + "2,b,34.8,138.2\n\n" + HEADER + "3,c,34.7,138.1\n"
    )
    assert raw.table["番号"].tolist() == ["1", "2", "3"]
    assert refusals(raw) == [(3, "tab.header_again"), (6, "tab.header_again")]


@pytest.mark.parametrize("second", [
    "名称,電話番号,,\nb,054-1,,\n", "地区,戸数,割合,備考\n東,12,0.3,\n",
])  # fmt: skip
def test_a_second_table_is_never_read_as_rows(tmp_path, second):
    raw = csv_of(tmp_path, HEADER + "1,a,34.9,138.3\n2,b,34.8,138.2\n\n" + second)
    assert raw.table["番号"].tolist() == ["1", "2"]
    assert refusals(raw) == [(5, "tab.second_table"), (6, "tab.second_table")]


def test_a_second_table_without_a_gap_is_known_by_its_names(tmp_path):
    raw = csv_of(tmp_path, HEADER + "1,a,34.9,138.3\n名称,電話番号,,\nb,054-1,,\n")
    assert refusals(raw) == [(3, "tab.second_table"), (4, "tab.second_table")]


@pytest.mark.parametrize("row", ["3,c,34.8,138.2", "3,c,不明,不明", ",,34.8,138.2", "c,駅前,,"])
def test_a_gap_alone_ends_no_list(tmp_path, row):
    raw = csv_of(tmp_path, HEADER + f"1,a,34.9,138.3\n\n\n{row}\n")
    assert (len(raw.table), refusals(raw)) == (2, [])


def test_a_quote_that_swallows_rows_and_closes_by_chance_stops(tmp_path):
    with refused("tab.quote", place="raw/a.csv:3"):
        csv_of(tmp_path, HEADER + '1,a,34.9,138.3\n2,"b,34.9,138.3\n3,c,34.9,138.3\n4,"\n5,e,34.9,138.3\n')


PLAIN = ("1", "駅前", "34.9")
ODD = [
    ("計", "", "34.9"), ("合計", "", "1"), ("", "Total", "2"), ("3", "山田時計", "34.9"), ("3", "TOTAL", "34.9"),
    ("※ 概数", "", ""), ("備考：概数", "", ""), ("注文住宅", "", ""), ("番号", "名称", "緯度"), ("2", "名称", "34.9"),
    ("2", "名称", "緯度"), ("", "", ""), (" ", "", ""), ("2",), ("2", "a"), ("2", "a", "b", "c"),
    ("2", "a", "b", ""), ("2", "a\nb"), (),
]  # fmt: skip


def told(found):
    return [*found.rows], found.numbers.tolist(), found.short.tolist(), found.refused


@given(
    odd=st.lists(st.tuples(st.integers(0, 30), st.sampled_from(ODD)), min_size=1, max_size=3),
    known=st.sampled_from([(), ("番号", "名称", "緯度")]),
)
@settings(max_examples=300, deadline=None)
def test_rows_seen_through_together_are_judged_as_one_by_one(odd, known):
    """A part of a long list that asks for no second look is taken as a whole: never another answer."""
    rows = [PLAIN] * 30
    for place, row in odd:
        rows.insert(place, row)
    grid = Grid(rows=rows, numbers=np.arange(1, len(rows) + 1))
    header = Header(first=0, data=0, names=("番号", "名称", "緯度"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorting, "PART", 5)
        together = told(sorting.sort_rows(grid, header, known, place="a.csv"))
        patch.setattr(sorting, "_are_plain", lambda *_: False)
        assert told(sorting.sort_rows(grid, header, known, place="a.csv")) == together
