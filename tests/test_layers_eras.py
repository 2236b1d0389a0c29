"""Days and years in 和暦: each reads back, impossible ones are refused, ambiguous ones never guessed."""

import datetime as dt

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from gisplan.layers.eras import day_of, year_of

ERAS = (
    ("令和", "令", "R", dt.date(2019, 5, 1), 2018),
    ("平成", "平", "H", dt.date(1989, 1, 8), 1988),
    ("昭和", "昭", "S", dt.date(1926, 12, 25), 1925),
    ("大正", "大", "T", dt.date(1912, 7, 30), 1911),
    ("明治", "明", "M", dt.date(1873, 1, 1), 1867),
)


def spellings(day):
    long, short, letter, _, before = next(era for era in ERAS if day >= era[3])
    year = day.year - before
    yield f"{long}{'元' if year == 1 else year}年{day.month}月{day.day}日"
    yield f"{long}{year}年{day.month:02d}月{day.day:02d}日"
    yield f"{letter}{year}.{day.month}.{day.day}"
    yield f"{letter.lower()}{year:02d}/{day.month:02d}/{day.day:02d}"
    yield f"{short}{year}・{day.month}・{day.day}"
    yield f"{letter}.{year}-{day.month}-{day.day}"
    yield f"{long} {year}年 {day.month}月 {day.day}日({'月火水木金土日'[day.weekday()]})"


@given(st.dates(dt.date(1873, 1, 1), dt.date(2116, 12, 31)))
@settings(max_examples=200, deadline=None)
def test_every_day_reads_back_from_every_spelling(day):
    for text in spellings(day):
        assert day_of(text) == (day, "date.wareki"), text


@pytest.mark.parametrize("text", [
    "平成31年5月1日", "H31.5.1", "平成元年1月7日", "昭和64年1月8日", "令和元年4月30日", "大正15年12月26日",
    "昭和元年12月24日",
    "明治45年7月31日", "明治5年1月1日", "令和0年1月1日", "令和7年2月29日", "令和7年4月1日(月)",
])  # fmt: skip
def test_days_that_never_were_are_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 (which one the calendar says)
        day_of(text)


@pytest.mark.parametrize(
    "text", ["01/02/03", "4/1", "2025", "令和7年", "令和7年4月", "7.4.1", "25.4.1", "2025年4月", "R7"]
)
def test_what_leaves_open_which_day_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011
        day_of(text)


def test_serial_days_of_excel():
    assert day_of("45748") == (dt.date(2025, 4, 1), "date.wareki")


@pytest.mark.parametrize(("text", "year"), [
    ("昭和64年", 1989), ("平成32年度", 2020), ("令和元年", 2019), ("S55", 1980), ("昭55", 1980),
    ("大正15", 1926), ("1980", None),
])  # fmt: skip
def test_years(text, year):
    assert year_of(text) == year


@pytest.mark.parametrize("text", ["昭和65年", "大正16年", "明治46年", "令和0年"])
def test_years_that_never_were(text):
    with pytest.raises(ValueError):  # noqa: PT011
        year_of(text)


@pytest.mark.parametrize(("text", "day", "how"), [
    ("2026-10-31T15:00:00.000Z", (2026, 11, 1), "value.mended"), ("2026-11-01T00:00:00+09:00", (2026, 11, 1), ""),
    ("2026-11-01T00:00:00Z", (2026, 11, 1), ""), ("2026-10-31 20:00:00-0500", (2026, 11, 1), "value.mended"),
    ("2026-11-01T12:00", (2026, 11, 1), ""), ("2026-11-01 00:00:00", (2026, 11, 1), ""),
    ("2026-10-31T18:00:00+00", (2026, 11, 1), "value.mended"),
])  # fmt: skip
def test_a_time_of_another_zone_is_the_day_it_is_in_japan(text, day, how):
    assert day_of(text) == (dt.date(*day), how)


@pytest.mark.parametrize("text", ["2026-11-01T12:00 JST?", "2026-11-01T25:00Z", "2026-11-01T00:00:00+99:00"])
def test_a_time_of_no_known_zone_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011
        day_of(text)
