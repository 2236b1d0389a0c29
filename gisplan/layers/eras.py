"""Years and days as offices write them: 西暦, 和暦 and the serial days of Excel; what is ambiguous is refused."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

EXCEL_EPOCH = dt.date(1899, 12, 30)
EXCEL_DAYS = (20_000, 80_000)
"""Serial days between 1954 and 2119: outside them a bare number is no date."""

WEEKDAYS = "月火水木金土日"


@dataclass(frozen=True, slots=True, kw_only=True)
class Era:
    """An era: the year before its first, its days, and whether people count its years beyond its end."""

    before: int
    first: dt.date
    last: dt.date
    counted_on: bool = False


# In 1872 the calendar was still that of the moon; a day of it is no day of ours.
MEIJI = Era(before=1867, first=dt.date(1873, 1, 1), last=dt.date(1912, 7, 30))
TAISHO = Era(before=1911, first=dt.date(1912, 7, 30), last=dt.date(1926, 12, 25))
SHOWA = Era(before=1925, first=dt.date(1926, 12, 25), last=dt.date(1989, 1, 7))
# Plans made before 2019 count 平成 to its 40th year and further.
HEISEI = Era(before=1988, first=dt.date(1989, 1, 8), last=dt.date(2019, 4, 30), counted_on=True)
REIWA = Era(before=2018, first=dt.date(2019, 5, 1), last=dt.date.max)
ERAS: Mapping[str, Era] = {
    "明治": MEIJI, "明": MEIJI, "m": MEIJI, "大正": TAISHO, "大": TAISHO, "t": TAISHO, "昭和": SHOWA, "昭": SHOWA,
    "s": SHOWA, "平成": HEISEI, "平": HEISEI, "h": HEISEI, "令和": REIWA, "令": REIWA, "r": REIWA,
}  # fmt: skip
NAME = r"(明治?|大正?|昭和?|平成?|令和?|[MTSHR])"
YEAR = re.compile(NAME + r"\.?\s*(元|\d{1,2})\s*年?(度|築)?", re.IGNORECASE)
DAY = re.compile(
    NAME + r"\.?\s*(元|\d{1,2})\s*[-/.年・]\s*(\d{1,2})\s*[-/.月・]\s*(\d{1,2})\s*日?", re.IGNORECASE
)
ISO = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[T ]+(\d{1,2}):(\d{2})(?::\d{2}(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[-+]\d{2}(?::?\d{2})?)?)?",
    re.IGNORECASE,
)
JAPAN = dt.timezone(dt.timedelta(hours=9))
PLAIN = re.compile(r"\d{4}-\d\d-\d\d")
WEEKDAY = re.compile(rf"\s*\(([{WEEKDAYS}])(?:曜日?)?\)$")


def year_of(text: str) -> int | None:
    """Return the year of an era's year, None for what is none.

    Raises
    ------
    ValueError
        If the era had no such year.
    """
    found = YEAR.fullmatch(text)
    if not found:
        return None
    era = ERAS[found[1].lower()]
    year = _year(era, found[2])
    if year > era.last.year and not era.counted_on:
        raise ValueError(text)
    return year


def _year(era: Era, year: str) -> int:
    count = 1 if year == "元" else int(year)
    if count == 0:  # no era has a year zero
        raise ValueError(year)
    return era.before + count


def day_of(text: str) -> tuple[dt.date, str]:
    """Return a day and how it was written: "" in ISO form, else the code of the finding that tells it.

    Raises
    ------
    ValueError
        If the text is no day, or leaves open which; 01/02/03 and 4/1 do.
    """
    bare = WEEKDAY.sub("", text)
    day, code = _day(bare)
    if bare != text and WEEKDAYS[day.weekday()] != WEEKDAY.search(text)[1]:  # type: ignore[index]
        raise ValueError(text)
    return day, code if bare == text or code else "value.mended"


def _day(text: str) -> tuple[dt.date, str]:
    if iso := ISO.fullmatch(text):
        day = dt.date(int(iso[1]), int(iso[2]), int(iso[3]))
        if not iso[6]:
            return day, "" if PLAIN.match(text) else "value.mended"
        here = _in_japan(day, iso)
        return here, "" if PLAIN.match(text) and here == day else "value.mended"
    if found := DAY.fullmatch(text):
        era = ERAS[found[1].lower()]
        day = dt.date(_year(era, found[2]), int(found[3]), int(found[4]))
        if not era.first <= day <= era.last:
            raise ValueError(text)
        return day, "date.wareki"
    if re.fullmatch(r"\d{5}", text) and EXCEL_DAYS[0] <= int(text) <= EXCEL_DAYS[1]:
        return EXCEL_EPOCH + dt.timedelta(days=int(text)), "date.wareki"
    if re.fullmatch(r"\d{8}", text):
        return dt.date(int(text[:4]), int(text[4:6]), int(text[6:])), "value.mended"
    raise ValueError(text)


def _in_japan(day: dt.date, told: re.Match[str]) -> dt.date:
    """Return the day that it is in Japan at a time of another zone: browsers and databases write times of UTC."""
    zone = told[6].upper()
    away = dt.timedelta()
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        away = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:])) * (-1 if zone[0] == "-" else 1)
    time = dt.datetime(day.year, day.month, day.day, int(told[4]), int(told[5]), tzinfo=dt.timezone(away))
    return time.astimezone(JAPAN).date()
