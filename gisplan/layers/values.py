"""Cells become values: numbers, booleans and dates as offices write them, and nothing guessed.

Each reader takes one text and returns the value, None for unknown; it raises ValueError for a text that it
cannot read. A value that had to be read between the lines (full-width digits, 和暦, thousands separators)
counts as mended.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gisplan.core.words import Field
from gisplan.layers.codes import plain

TRUE = frozenset(
    {
        "true",
        "1",
        "有",
        "有り",
        "あり",
        "○",
        "◯",
        "〇",
        "はい",
        "可",
        "同意",
        "同意あり",
        "済",
        "yes",
        "y",
        "t",
    }
)
FALSE = frozenset(
    {"false", "0", "無", "無し", "なし", "×", "いいえ", "不可", "不同意", "同意なし", "未", "no", "n", "f"}
)
MISSING = frozenset({"", "-", "－", "ー", "―", "nan", "none", "null", "n/a", "<na>", "nat"})

ERAS: Mapping[str, int] = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018,
        "m": 1867, "t": 1911, "s": 1925, "h": 1988, "r": 2018}  # fmt: skip
EXCEL_EPOCH = dt.date(1899, 12, 30)
EXCEL_DAYS = (20_000, 80_000)
"""Serial days between 1954 and 2119: outside them a bare number is no date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """A column after reading: its values, which cells were mended and which could not be read [n]."""

    column: pd.Series[Any]
    mended: NDArray[np.bool_]
    unread: NDArray[np.bool_]


def read_values(texts: pd.Series[Any], field: Field) -> Values:
    """Read one column of cells as the type of its field.

    Parameters
    ----------
    texts
        Cells as the file holds them: text, numbers, dates or missing.
    field
        What the column may hold.
    """
    if field.type in {"number", "integer"} and pd.api.types.is_numeric_dtype(texts) and not field.unknown:
        return _finish(texts.astype("float64"), np.zeros(len(texts), bool), np.zeros(len(texts), bool), field)
    cells = as_text(texts)
    reader = _READERS[field.type]
    unknown = {plain(text) for text in field.unknown}
    if field.type in {"number", "integer"}:
        unknown |= {number for text in field.unknown if (number := _as_number(text))}
    table: dict[str, tuple[Any, bool, bool]] = {}
    for cell in pd.unique(cells):
        table[cell] = _read_cell(cell, reader, unknown)
    columns = [table[cell] for cell in cells]
    values = pd.Series([row[0] for row in columns], index=texts.index, dtype=object)
    mended = np.array([row[1] for row in columns], dtype=bool)
    unread = np.array([row[2] for row in columns], dtype=bool)
    return _finish(values, mended, unread, field)


def as_text(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Return cells as text; whole floats lose their `.0`, missing cells become empty."""
    if pd.api.types.is_float_dtype(cells):
        numbers = cells.to_numpy()
        whole = np.isfinite(numbers) & (numbers == np.trunc(numbers))
        return pd.Series(
            [
                "" if math.isnan(value) else str(int(value)) if integral else repr(float(value))
                for value, integral in zip(numbers, whole, strict=True)
            ],
            index=cells.index,
            dtype=object,
        )
    return cells.astype(object).where(cells.notna(), "").map(_plain_text)


def _plain_text(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _as_number(text: str) -> str:
    """Return a number in the one way that 0, 0.0 and 0% share; "" for what is none."""
    try:
        return f"{_number(unicodedata.normalize('NFKC', text).strip())[0]:g}"
    except ValueError:
        return ""


def _read_cell(
    cell: str, reader: Callable[[str], tuple[Any, bool]], unknown: set[str]
) -> tuple[Any, bool, bool]:
    narrow = unicodedata.normalize("NFKC", cell).strip()
    if narrow.lower() in MISSING or plain(narrow) in unknown:
        return None, False, False
    if reader is _text:
        return cell.strip(), False, False  # a name stays as its owner writes it
    if reader in {_number, _integer} and _as_number(narrow) in unknown:
        return None, False, False
    try:
        value, mended = reader(narrow)
    except (ValueError, OverflowError):
        return None, False, True
    return value, mended or narrow != cell.strip(), False


def _finish(
    values: pd.Series[Any], mended: NDArray[np.bool_], unread: NDArray[np.bool_], field: Field
) -> Values:
    if field.type in {"number", "integer"}:
        numbers = pd.to_numeric(values, errors="coerce").astype("float64")
        low = -math.inf if field.minimum is None else field.minimum
        high = math.inf if field.maximum is None else field.maximum
        held = numbers.to_numpy()
        outside = (numbers.notna() & ~numbers.between(low, high)).to_numpy() | np.isinf(held)
        if field.type == "integer":
            outside |= np.isfinite(held) & (held != np.trunc(held))
        numbers = numbers.mask(outside)
        column = numbers.astype("Int64") if field.type == "integer" else numbers
        return Values(column=column, mended=mended, unread=unread | outside)
    if field.type == "boolean":
        return Values(column=values.astype("boolean"), mended=mended, unread=unread)
    if field.type == "date":
        return Values(column=values.where(values.notna(), None), mended=mended, unread=unread)
    return Values(column=values.where(values.notna(), "").astype(object), mended=mended, unread=unread)


def _text(cell: str) -> tuple[str, bool]:
    return cell, False


def _number(cell: str) -> tuple[float, bool]:
    text = re.sub(r"(?<=\d),(?=\d{3}(\D|$))", "", cell)
    bare = re.sub(r"\s*(%|m2|㎡|m²|m|km/h|人|年|階|F)$", "", text, flags=re.IGNORECASE).strip()
    if "_" in bare:  # Python would take 1_000 for a number
        raise ValueError(cell)
    value = float(bare)
    if not math.isfinite(value):
        raise ValueError(cell)
    return value, bare != cell


def _integer(cell: str) -> tuple[int, bool]:
    if year := re.fullmatch(
        r"(明治|大正|昭和|平成|令和|[MTSHR])\.?\s*(元|\d{1,2})年?(度|築)?", cell, re.IGNORECASE
    ):
        return _era(year[1], year[2]), True
    value, mended = _number(cell)
    if value != int(value):
        raise ValueError(cell)
    return int(value), mended


def _boolean(cell: str) -> tuple[bool, bool]:
    word = re.sub(r"^([01])\.0$", r"\1", plain(cell).lower())
    if word in TRUE:
        return True, False
    if word in FALSE:
        return False, False
    raise ValueError(cell)


def _date(cell: str) -> tuple[dt.date, bool]:
    """Read a day in ISO form, in 和暦 or as a serial number of Excel; anything ambiguous is refused."""
    if iso := re.match(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]\d{1,2}:\d{2}\S*)?$", cell):
        return dt.date(int(iso[1]), int(iso[2]), int(iso[3])), not re.match(r"\d{4}-\d\d-\d\d", cell)
    era = re.fullmatch(
        r"(明治|大正|昭和|平成|令和|[MTSHR])\.?\s*(元|\d{1,2})[-/.年](\d{1,2})[-/.月](\d{1,2})日?",
        cell,
        re.IGNORECASE,
    )
    if era:
        return dt.date(_era(era[1], era[2]), int(era[3]), int(era[4])), True
    if re.fullmatch(r"\d{5}", cell) and EXCEL_DAYS[0] <= int(cell) <= EXCEL_DAYS[1]:
        return EXCEL_EPOCH + dt.timedelta(days=int(cell)), True
    if re.fullmatch(r"\d{8}", cell):
        return dt.datetime.strptime(cell, "%Y%m%d").replace(tzinfo=dt.UTC).date(), True
    raise ValueError(cell)


def _era(name: str, year: str) -> int:
    """Return the year that an era's name and number stand for; no era has a year zero."""
    count = 1 if year == "元" else int(year)
    if count == 0:
        raise ValueError(name + year)
    return ERAS[name.lower()] + count


_READERS: Mapping[str, Callable[[str], tuple[Any, bool]]] = {
    "text": _text,
    "code": _text,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "date": _date,
}
