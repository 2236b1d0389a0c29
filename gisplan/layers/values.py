"""Cells become values: numbers, booleans and dates as offices write them, and nothing guessed.

Each reader takes one text and returns the value with the code of the finding that tells how it was read: "" as
it stands. It raises ValueError for a text that it cannot read. A value that had to be read between the lines
(full-width digits, 和暦, thousands separators) counts as mended.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gisplan.core.words import Field
from gisplan.layers.codes import plain
from gisplan.layers.eras import day_of, year_of
from gisplan.layers.figures import plain_figures
from gisplan.layers.marks import is_marked

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
SUPPRESSED = frozenset({"*", "**", "***", "x", "χ", "-", "‐", "−", "–", "―", "...", "‥", "..", "秘匿", "秘"})
"""Signs of statistics (in one width and case) for figures that are not told or do not apply; none of them is 0."""

FIGURES = frozenset({"number", "integer"})
WORDS = frozenset({"text", "code", "municipality"})
SEPARATED = re.compile(r"(?<=\d),(?=\d{3}(\D|$))")
MINUS = re.compile(r"^[△▲−](?=\s*\d)")
"""Before a figure these signs of offices mean that it is negative."""

BASEMENT = re.compile(r"(?:地下|[Bb])\s*(\d{1,2})\s*(?:階|[Ff])?")
"""A storey below the ground, where a field may be negative."""

UNITS: Mapping[str, frozenset[str]] = {
    "%": frozenset({"%", "パーセント"}),
    "m2": frozenset({"m2", "㎡", "m²", "平米", "平方メートル", "平方m"}),
    "m": frozenset({"m", "メートル"}),
    "km/h": frozenset({"km/h", "キロ"}),
    "人": frozenset({"人", "名"}),
    "戸": frozenset({"戸", "棟", "軒", "件"}),
    "年": frozenset({"年"}),
    "階": frozenset({"階", "f", "階建", "階建て"}),
}
"""Units by the one that stands in a layer file, in one width and case, with their other spellings."""

UNIT = re.compile(
    r"\s*("
    + "|".join(sorted({re.escape(word) for words in UNITS.values() for word in words}, key=len)[::-1])
    + r")$",
    re.IGNORECASE,
)

HOW = (
    "",
    "value.mended",
    "num.thousands",
    "num.space",
    "date.wareki",
    "code.check_digit",
    "code.leading_zero",
)
"""Codes of the findings that tell how a cell was read; the first is for one that stands as it is."""

Reading = tuple[Any, str]
Reader = Callable[[str], Reading]


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """A column after reading: its values, how each was read, which could not be read, which are not told [n].

    `kind` is the place in `HOW` of the finding that tells how a cell was read.
    """

    column: pd.Series[Any]
    kind: NDArray[np.uint8]
    unread: NDArray[np.bool_]
    suppressed: NDArray[np.bool_]

    @property
    def how(self) -> NDArray[np.object_]:
        """The code of the finding that tells how each cell was read, "" as it stands [n]."""
        return np.array(HOW, dtype=object)[self.kind]

    @property
    def mended(self) -> NDArray[np.bool_]:
        """Which cells were read between the lines [n]."""
        return self.kind > 0


def kinds_of(how: Iterable[str]) -> NDArray[np.uint8]:
    """Return the places in `HOW` of the codes that tell how cells were read [n]."""
    known = {code: place for place, code in enumerate(HOW)}
    return np.fromiter((known[code] for code in how), dtype="uint8")


class _Cell(NamedTuple):
    """One cell as it was read."""

    value: Any = None
    how: str = ""
    unread: bool = False
    suppressed: bool = False


def read_values(texts: pd.Series[Any], field: Field) -> Values:
    """Read one column of cells as the type of its field.

    Parameters
    ----------
    texts
        Cells as the file holds them: text, numbers, dates or missing.
    field
        What the column may hold.
    """
    if field.type in FIGURES and pd.api.types.is_numeric_dtype(texts) and not field.unknown:
        return _finish(_plainly(texts.astype("float64")), field)
    if texts.iloc[:1].isna().all() and texts.isna().all():  # a column that the file does not have
        nothing = "" if field.type in WORDS else None
        return _finish(_plainly(pd.Series([nothing] * len(texts), index=texts.index, dtype=object)), field)
    unknown = {plain(text) for text in field.unknown}
    if field.type in WORDS:
        return _words(as_text(texts), frozenset(unknown))
    places, distinct = pd.factorize(as_text(texts).to_numpy(object))
    read = _read_distinct(distinct, field, frozenset(unknown))
    return _finish(
        _Table(
            cells=pd.Series(read.cells.to_numpy(object)[places], index=texts.index, dtype=object),
            kind=read.kind[places],
            unread=read.unread[places],
            suppressed=read.suppressed[places],
        ),
        field,
    )


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
    plain = cells.astype(object)
    if pd.api.types.infer_dtype(plain, skipna=False) == "string":
        return plain
    texts = plain.where(plain.notna(), "")
    if pd.api.types.infer_dtype(plain, skipna=True) in {"string", "empty"}:
        return texts
    return texts.map(_plain_text)


def _plain_text(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _as_number(text: str) -> float | None:
    """Return the number that 0, 0.0 and 0% share; None for what is none."""
    try:
        return float(_number(unicodedata.normalize("NFKC", text).strip())[0])
    except ValueError:
        return None


def _read_distinct(distinct: NDArray[np.object_], field: Field, unknown: frozenset[str]) -> _Table:
    """Read texts one by one, but plain figures all at once: a long list has little else."""
    figures = field.type in FIGURES
    said = map(_as_number, (*field.unknown, *unknown)) if figures else ()
    numbers = frozenset(number for number in said if number is not None)
    values = np.full(len(distinct), None, dtype=object)
    kind = np.zeros(len(distinct), dtype="uint8")
    unread, suppressed = np.zeros((2, len(distinct)), dtype=bool)
    rest = np.ones(len(distinct), dtype=bool)
    if figures:
        found, grouped = plain_figures(distinct)
        rest = np.isnan(found) | np.isin(found, list(numbers))
        rest |= (found != np.trunc(found)) if field.type == "integer" else False
        values[~rest] = found[~rest]
        kind[grouped & ~rest] = HOW.index("num.thousands")
    read = partial(_read_cell, reader=_reader(field), unknown=unknown, numbers=numbers, figures=figures)
    for place in np.flatnonzero(rest):
        cell = read(distinct[place])
        values[place], kind[place] = cell.value, HOW.index(cell.how)
        unread[place], suppressed[place] = cell.unread, cell.suppressed
    return _Table(cells=pd.Series(values, dtype=object), kind=kind, unread=unread, suppressed=suppressed)


def _words(texts: pd.Series[Any], unknown: frozenset[str]) -> Values:
    """Return names as their owner writes them, "" for what says that there is none."""
    nothing = MISSING | unknown
    # Spaces inside make the signs for unknown longer by one or two.
    longest = max(map(len, nothing)) + 2
    cells = list(map(str.strip, texts))
    none = {
        cell: "" for cell in {cell for cell in cells if len(cell) <= longest} if _is_nothing(cell, unknown)
    }
    values = np.empty(len(cells), dtype=object)
    values[:] = [none.get(cell, cell) for cell in cells] if none.keys() - {""} else cells
    read = _plainly(pd.Series(values, index=texts.index, dtype=object))
    return Values(column=read.cells, kind=read.kind, unread=read.unread, suppressed=read.suppressed)


def _is_nothing(cell: str, unknown: frozenset[str]) -> bool:
    """Return whether a word says that there is none."""
    return unicodedata.normalize("NFKC", cell).strip().lower() in MISSING or plain(cell) in unknown


def cell_reader(field: Field) -> Callable[[str], Any]:
    """Return what reads one text as `read_values` reads a column: words, figures, or yes and no; None for none."""
    unknown = frozenset(plain(text) for text in field.unknown)
    if field.type in WORDS:
        longest = max(map(len, MISSING | unknown)) + 2

        def word(text: str) -> str:
            cell = text.strip()
            return "" if len(cell) <= longest and _is_nothing(cell, unknown) else cell

        return word
    figures = field.type in FIGURES
    said = map(_as_number, (*field.unknown, *unknown)) if figures else ()
    numbers = frozenset(number for number in said if number is not None)
    read = partial(_read_cell, reader=_reader(field), unknown=unknown, numbers=numbers, figures=figures)
    if not figures:
        return lambda text: read(text).value
    return lambda text: _held(_digits(text, numbers) or read(text).value, field)


def _digits(text: str, numbers: frozenset[float]) -> float | None:
    """Return a figure of digits alone, None for a text that must be looked at."""
    number = float(text) if text.isascii() and text.isdigit() else None
    return None if number in numbers else number


def _held(number: float | None, field: Field) -> float | None:
    """Return a figure that its field may hold."""
    low = -math.inf if field.minimum is None else field.minimum
    high = math.inf if field.maximum is None else field.maximum
    if number is None or math.isinf(number) or not low <= number <= high:
        return None
    return None if field.type == "integer" and number != math.trunc(number) else float(number)


def _read_cell(
    cell: str, *, reader: Reader, unknown: frozenset[str], numbers: frozenset[float], figures: bool
) -> _Cell:
    narrow = unicodedata.normalize("NFKC", cell).strip()
    if figures and narrow.lower() in SUPPRESSED:
        return _Cell(suppressed=True)
    if narrow.lower() in MISSING or plain(narrow) in unknown:
        return _Cell()
    if figures and _as_number(plain(narrow)) in numbers:
        return _Cell()
    if is_marked(cell):
        return _Cell(unread=True)
    try:
        value, how = reader(narrow)
    except (ValueError, OverflowError):
        return _Cell(unread=True)
    if how == "":
        how = "num.space" if figures and cell.strip(" ") != cell.strip() else how
        how = "value.mended" if narrow != cell.strip() else how
    return _Cell(value=value, how=how)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """What was read of a column, before it has its type [n]."""

    cells: pd.Series[Any]
    kind: NDArray[np.uint8]
    unread: NDArray[np.bool_]
    suppressed: NDArray[np.bool_]


def _plainly(cells: pd.Series[Any]) -> _Table:
    """Return cells that stand as they are."""
    no = np.zeros(len(cells), dtype=bool)
    return _Table(cells=cells, kind=np.zeros(len(cells), dtype="uint8"), unread=no, suppressed=no)


def _finish(read: _Table, field: Field) -> Values:
    values, unread = read.cells, read.unread
    if field.type in FIGURES:
        numbers = pd.to_numeric(values, errors="coerce").astype("float64")
        low = -math.inf if field.minimum is None else field.minimum
        high = math.inf if field.maximum is None else field.maximum
        held = numbers.to_numpy()
        outside = (numbers.notna() & ~numbers.between(low, high)).to_numpy() | np.isinf(held)
        if field.type == "integer":
            outside |= np.isfinite(held) & (held != np.trunc(held))
        numbers = numbers.mask(outside)
        column: pd.Series[Any] = numbers.astype("Int64") if field.type == "integer" else numbers
        unread = unread | outside
    elif field.type == "boolean":
        column = values.astype("boolean")
    elif field.type == "date":
        column = values.where(values.notna(), None)
    else:
        column = values
    return Values(column=column, kind=read.kind, unread=unread, suppressed=read.suppressed)


def _reader(field: Field) -> Reader:
    if field.type in FIGURES:
        unit = unicodedata.normalize("NFKC", field.unit).lower()
        if field.type == "number":
            return partial(_number, unit=unit)
        return partial(_integer, unit=unit, below=field.minimum is not None and field.minimum < 0)
    return _READERS[field.type]


def _number(cell: str, *, unit: str = "") -> Reading:
    text = SEPARATED.sub("", cell)
    bare = text
    if found := UNIT.search(text):
        # A figure in another unit than that of its column is another figure.
        if unit in UNITS and found[1].lower() not in UNITS[unit]:
            raise ValueError(cell)
        bare = text[: found.start()].strip()
    bare = MINUS.sub("-", bare).replace("- ", "-")
    if "_" in bare:  # Python would take 1_000 for a number
        raise ValueError(cell)
    value = float(bare)
    if not math.isfinite(value):
        raise ValueError(cell)
    return value, "num.thousands" if text != cell else "value.mended" if bare != cell else ""


def _integer(cell: str, *, unit: str = "", below: bool = False) -> Reading:
    if below and (basement := BASEMENT.fullmatch(cell)):
        return -int(basement[1]), "value.mended"
    year = year_of(cell)
    if year is not None:
        return year, "value.mended"
    value, how = _number(cell, unit=unit)
    if value != int(value):
        raise ValueError(cell)
    return int(value), how


def _boolean(cell: str) -> Reading:
    word = re.sub(r"^([01])\.0$", r"\1", plain(cell).lower())
    if word in TRUE:
        return True, ""
    if word in FALSE:
        return False, ""
    raise ValueError(cell)


_READERS: Mapping[str, Reader] = {
    "boolean": _boolean,
    "date": day_of,
}
