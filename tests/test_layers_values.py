"""Cells as offices write them: numbers, yes and no, days and years; what cannot be read is counted, never guessed."""

import datetime as dt

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from gisplan.core.words import Field, Text
from gisplan.layers.values import as_text, read_values

TITLE = Text(ja="列", en="Column")


def read(cells, kind, **options):
    return read_values(pd.Series(cells, dtype=object), Field(name="x", title=TITLE, type=kind, **options))


def one(cell, kind, **options):
    """Return the value of one cell, whether it was mended and whether it could not be read."""
    values = read([cell], kind, **options)
    value = values.column.iloc[0]
    return None if pd.isna(value) else value, bool(values.mended[0]), bool(values.unread[0])


@pytest.mark.parametrize(("cell", "value", "mended"), [
    ("100", 100, False),
    ("-3.5", -3.5, False),
    (" 12 ", 12, False),
    ("1,234", 1234, True),
    ("12,345,678.9", 12345678.9, True),
    ("１２３", 123, True),
    ("１，２３４．５", 1234.5, True),
    ("80%", 80, True),
    ("80.0％", 80, True),
    ("120㎡", 120, True),
    ("120 m2", 120, True),
    ("120.5m²", 120.5, True),
    ("5.5m", 5.5, True),
    ("40km/h", 40, True),
    ("3階", 3, True),
    ("250人", 250, True),
    ("\u00a07", 7, True),
    ("\u30007", 7, True),
    (7, 7, False),
    (7.25, 7.25, False),
])  # fmt: skip
def test_numbers(cell, value, mended):
    assert one(cell, "number") == (value, mended, False)


@pytest.mark.parametrize("cell", [
    "約100", "100坪", "12,34", "1,2345", "１２．３．４", "五", "1_000", "0x10", "inf", "1e999", "100〜200", "m",
    "%",
])  # fmt: skip
def test_what_is_no_plain_number_is_not_guessed(cell):
    assert one(cell, "number") == (None, False, True)


@pytest.mark.parametrize(
    "cell", ["", " ", "-", "－", "ー", "nan", "NaN", "None", "NULL", "N/A", None, np.nan, pd.NA]
)
@pytest.mark.parametrize("kind", ["number", "integer", "boolean", "date"])
def test_an_empty_cell_is_unknown_and_nothing_is_wrong(cell, kind):
    assert one(cell, kind) == (None, False, False)


@pytest.mark.parametrize(
    "cell", ["9999", "9999.0", "９９９９", "9,999", 9999, 9999.0, "不明", " 不明 ", "0", "0.0", "0%"]
)
def test_the_signs_for_unknown_of_a_field(cell):
    options = {"unknown": ("9999", "0", "不明"), "minimum": 0, "maximum": 1300}
    assert one(cell, "number", **options)[::2] == (None, False)


@pytest.mark.parametrize(
    ("unknown", "cell"), [("9 999", "9999"), ("9,999", "9 999"), ("9 999", "9,999"), ("９９９９", " 9999 ")]
)
@pytest.mark.parametrize("kind", ["number", "integer"])
def test_a_sign_for_unknown_may_be_spaced_or_wide(unknown, cell, kind):
    assert read([cell, "5"], kind, unknown=(unknown,)).column.tolist()[1:] == [5]
    assert one(cell, kind, unknown=(unknown,))[0] is None


def test_a_large_figure_is_no_sign_for_unknown_that_only_begins_like_it():
    assert one("9999998", "number", unknown=("9999999",))[0] == 9_999_998


@pytest.mark.parametrize("cell", ["5\n", "\t5", " 5 ", "+5", "5"])
def test_blanks_around_a_plain_figure_and_its_plus_are_nothing_to_tell(cell):
    assert one(cell, "number") == (5, False, False)


@pytest.mark.parametrize("cell", ["1300.1", "-1", "5000"])
def test_a_number_out_of_bounds_counts_as_unread(cell):
    assert one(cell, "number", minimum=0, maximum=1300) == (None, False, True)


def test_bounds_belong_to_what_is_allowed():
    assert [one(cell, "number", minimum=0, maximum=1300)[0] for cell in ("0", "1300")] == [0, 1300]


@pytest.mark.parametrize(("cell", "value", "mended"), [
    ("1980", 1980, False), ("1,980", 1980, True), ("1980年", 1980, True), ("昭和55年", 1980, True),
    ("昭和５５年", 1980, True), ("昭和55", 1980, True), ("S55", 1980, True), ("s.55", 1980, True),
    ("S55年築", 1980, True),
    ("平成元年", 1989, True), ("H元", 1989, True), ("平成31年度", 2019, True), ("令和7", 2025, True),
    ("R7年", 2025, True),
    ("大正10年", 1921, True), ("明治45年", 1912, True), ("3.0", 3, False), (3.0, 3, False), ("-1", -1, False),
])  # fmt: skip
def test_whole_numbers_and_japanese_years(cell, value, mended):
    assert one(cell, "integer")[0] == value
    assert one(cell, "integer")[1:] == (mended, False)


@pytest.mark.parametrize("cell", ["3.5", 3.5, "昭和", "昭和0年", "令和00年", "慶応3年", "昭和55年頃", "不詳"])
def test_what_is_no_whole_number_is_not_rounded(cell):
    assert one(cell, "integer") == (None, False, True)


def test_a_column_of_numbers_is_not_rounded_either():
    values = read_values(pd.Series([1.0, 2.5, np.nan]), Field(name="x", title=TITLE, type="integer"))
    assert values.column.isna().tolist() == [False, True, True]
    assert values.unread.tolist() == [False, True, False]


YES = [
    "有",
    "有り",
    "あり",
    "○",
    "◯",
    "〇",
    "はい",
    "同意あり",
    "済",
    "true",
    "TRUE",
    "True",
    "1",
    "１",
    "1.0",
    "Yes",
    True,
    1,
    1.0,
]
NO = [
    "無",
    "無し",
    "なし",
    "×",
    "いいえ",
    "同意なし",
    "未",
    "false",
    "FALSE",
    "0",
    "０",
    "0.0",
    "no",
    False,
    0,
    0.0,
]


@pytest.mark.parametrize(
    ("cell", "value"), [*((cell, True) for cell in YES), *((cell, False) for cell in NO)]
)
def test_yes_and_no(cell, value):
    assert one(cell, "boolean")[::2] == (value, False)


@pytest.mark.parametrize("cell", ["△", "検討中", "2", "要確認", "有?"])
def test_maybe_is_neither(cell):
    assert one(cell, "boolean") == (None, False, True)


def test_a_missing_answer_is_not_no():
    values = read(["有", "", "無"], "boolean")
    assert values.column.isna().tolist() == [False, True, False]
    assert str(values.column.dtype) == "boolean"


@pytest.mark.parametrize(("cell", "mended"), [
    ("2025-04-01", False), ("2025-04-01 00:00:00", False), ("2025-04-01T09:30:00+09:00", False),
    ("2025/4/1", True), ("2025.4.1", True), ("2025年4月1日", True), ("２０２５年４月１日", True), ("20250401", True),
    ("令和7年4月1日", True), ("R7.4.1", True), ("Ｒ７．４．１", True), ("r07/04/01", True), ("令和 7年4月1日", True),
    ("45748", True), (45748, True), (45748.0, True), (pd.Timestamp("2025-04-01"), False),
])  # fmt: skip
def test_days(cell, mended):
    assert one(cell, "date") == (dt.date(2025, 4, 1), mended, False)


@pytest.mark.parametrize(("cell", "day"), [
    ("令和元年5月1日", dt.date(2019, 5, 1)), ("H31.4.30", dt.date(2019, 4, 30)),
    ("昭和64年1月7日", dt.date(1989, 1, 7)),
    ("平成元年1月8日", dt.date(1989, 1, 8)), ("大正15/12/24", dt.date(1926, 12, 24)),
    ("M45.7.29", dt.date(1912, 7, 29)),
])  # fmt: skip
def test_days_of_the_eras(cell, day):
    assert one(cell, "date")[0] == day


@pytest.mark.parametrize("cell", [
    "2025-13-01", "2025-02-30", "2025/4", "7.4.1", "25.4.1", "4/1/2025", "2025年4月", "令和7年度",
    "20251301", "123", "100000",
    "2025-04-01 予定", "2025年4月1日頃", "2025/4/1 変更", "令和0年4月1日", "未定",
])  # fmt: skip
def test_an_unclear_day_is_refused(cell):
    assert one(cell, "date") == (None, False, True)


@given(st.dates(dt.date(1954, 10, 3), dt.date(2119, 1, 10)))
@settings(max_examples=120, deadline=None)
def test_every_way_to_write_a_day_gives_that_day(day):
    serial = (day - dt.date(1899, 12, 30)).days
    for cell in (day.isoformat(), f"{day:%Y%m%d}", f"{day.year}年{day.month}月{day.day}日", str(serial)):
        assert one(cell, "date")[0] == day


@given(st.integers(-(10**12), 10**12), st.integers(0, 3))
@settings(max_examples=120, deadline=None)
def test_a_number_is_the_same_with_separators_and_in_full_width(number, places):
    value = number / 10**places
    plain = f"{value:.{places}f}"
    wide = plain.translate(str.maketrans("0123456789.-", "０１２３４５６７８９．－"))
    assert one(plain, "number")[0] == value
    assert one(f"{value:,.{places}f}", "number")[0] == value
    assert one(wide, "number")[0] == value


@given(st.lists(st.from_regex(r"[-+]?[0-9]{1,18}(\.[0-9]{0,17})?(e[0-9])?", fullmatch=True), min_size=1))
@settings(deadline=None)
def test_figures_read_at_once_are_those_that_python_reads(cells):
    values = read(cells, "number")
    assert values.column.tolist() == [float(cell) for cell in cells]
    assert not values.unread.any()
    assert not values.mended.any()


@pytest.mark.parametrize("kind", ["number", "integer"])
def test_a_figure_too_long_for_any_number_is_not_read(kind):
    values = read(["1" * 400, "5"], kind)
    assert values.unread.tolist() == [True, False]
    assert values.column[1] == 5


@pytest.mark.parametrize("name", ["焼津 駅", "㈱丸山", "ＮＴＴ西日本", "①号", "Ａ地区", "髙田"])
def test_a_name_stays_as_its_owner_writes_it(name):
    assert one(f" {name}\u3000", "text") == (name, False, False)


def test_empty_text_is_no_missing_value():
    assert one("", "text") == ("", False, False)


def test_numbers_become_text_without_the_dot_that_pandas_adds():
    assert as_text(pd.Series([5437367111.0, np.nan, 1.5])).tolist() == ["5437367111", "", "1.5"]
    assert as_text(pd.Series(["01202", None, 3], dtype=object)).tolist() == ["01202", "", "3"]
    assert as_text(pd.Series([1, 2], dtype="Int64")).tolist() == ["1", "2"]


# ---- how a cell was read ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cell", "kind", "how"), [
    ("1,234", "number", "num.thousands"), ("１，２３４", "number", "num.thousands"), ("\u3000７", "number",
    "value.mended"),
    ("\u30007", "number", "num.space"), ("\u00a07", "integer", "num.space"), (" 7 ", "number", ""), ("7", "number", ""),
    ("80%", "number", "value.mended"), ("令和7年4月1日", "date", "date.wareki"), ("45748", "date", "date.wareki"),
    ("2025/4/1", "date", "value.mended"), ("昭和55年", "integer", "value.mended"), ("△5", "number", "value.mended"),
])  # fmt: skip
def test_how_a_cell_was_read_has_a_code(cell, kind, how):
    assert read([cell], kind).how[0] == how


@pytest.mark.parametrize(
    ("cell", "value"), [("△5", -5), ("▲1,200", -1200), ("−3.5", -3.5), ("△ 7", -7), ("－8", -8)]
)
def test_triangles_are_minus(cell, value):
    assert one(cell, "number") == (value, True, False)


@pytest.mark.parametrize("cell", ["△", "▲", "5△", "△△5", "△x"])
def test_a_triangle_alone_is_no_number(cell):
    assert one(cell, "number") == (None, False, True)


@pytest.mark.parametrize(
    "cell", ["*", "＊", "***", "-", "－", "X", "x", "Ｘ", "…", "...", "‥", "秘匿", "−", "–"]
)
@pytest.mark.parametrize("kind", ["number", "integer"])
def test_a_sign_for_a_figure_not_told_is_neither_zero_nor_wrong(cell, kind):
    values = read([cell, "0", ""], kind)
    assert values.suppressed.tolist() == [True, False, False]
    assert values.column.isna().tolist() == [True, False, True]
    assert not values.unread.any()


def test_such_a_sign_is_told_even_where_the_layer_calls_it_unknown():
    assert read(["*"], "number", unknown=("*",)).suppressed[0]


@pytest.mark.parametrize(("cell", "unit", "value"), [
    ("120㎡", "m²", 120), ("120平米", "m²", 120), ("5.5ｍ", "m", 5.5), ("80％", "%", 80), ("12名",
    "人", 12), ("7棟", "戸", 7),
    ("40キロ", "km/h", 40), ("3F", "", 3), ("5戸", "", 5),
])  # fmt: skip
def test_the_unit_of_the_column_may_stand_behind_the_figure(cell, unit, value):
    assert one(cell, "number", unit=unit)[0] == value


@pytest.mark.parametrize(("cell", "unit"), [
    ("120m", "m²"), ("30坪", "m²"), ("5㎡", "m"), ("3人", "戸"), ("0.6m", "%"), ("1.5億", ""), ("3千",
    "人"), ("2万", ""),
    ("1ha", "m²"), ("5km", "m"),
])  # fmt: skip
def test_a_figure_in_another_unit_is_another_figure(cell, unit):
    assert one(cell, "number", unit=unit) == (None, False, True)


@pytest.mark.parametrize("cell", ["none", "N/A", " null ", "不 明", "不明", "－"])
def test_a_name_that_says_there_is_none_is_empty(cell):
    assert one(cell, "text", unknown=("不明",)) == ("", False, False)


def test_numbers_of_both_kinds_read_alike_fast_and_slow():
    cells = ["12", "12.0", "1e3", "007", "+5", "0012.50"]
    assert read(cells, "number").column.tolist() == [12, 12, 1000, 7, 5, 12.5]
    assert read(cells[:5], "integer").column.tolist() == [12, 12, 1000, 7, 5]


@pytest.mark.parametrize("cell", ["100①", "120²", "1⁵", "½", "⑩", "３⑵", "80₁"])
def test_a_footnote_is_no_digit_of_the_figure(cell):
    assert one(cell, "number") == (None, False, True)
    assert one(cell, "integer") == (None, False, True)


@pytest.mark.parametrize("cell", ["地下1階", "B1", "B1F", "Ｂ１", "地下１"])
def test_a_storey_below_the_ground_is_negative_where_a_field_may_be(cell):
    assert one(cell, "integer", minimum=-10, maximum=60) == (-1, True, False)
    assert one(cell, "integer", minimum=0, maximum=60) == (None, False, True)
