"""Contracts of the tables that pass between floors and reach the user, read from `tables.toml`.

A column of type `words` stands twice in a table, as `<name>_ja` and `<name>_en`; what is written for a
user has the one of the chosen language under the plain name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache, reduce
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from gisplan.core.messages import message
from gisplan.core.words import Language, Text

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

ColumnType = Literal["text", "words", "number", "integer", "boolean", "date"]

NEAR_HALF = 1e-12
"""Share of a number within which its decimal half and its binary one may be mistaken for each other."""

DTYPES: Mapping[str, str] = {
    "text": "object",
    "words": "object",
    "number": "float64",
    "integer": "Int64",
    "boolean": "boolean",
    "date": "object",
}

TEXTS = frozenset({"text", "words"})

MANY = 10_000
"""Rows from which pandas sorts them sooner than Python."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a contract; `digits` is the number of decimals a user sees.

    `finer` are the decimals of rows whose column `unit` holds such a unit; `by_row` tells that each row is rounded
    where it is made, by a rule of its own.
    """

    name: str
    type: ColumnType
    title: Text
    unit: str = ""
    digits: int | None = None
    empty: bool = True
    finer: Mapping[str, int] = field(default_factory=dict)
    by_row: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What a table promises: its key, its columns with unit and rounding, and its title.

    A long table names the key columns that stand `across` where a person reads it, the one `spread` there,
    and the values that `only` count there.
    """

    name: str
    title: Text
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    across: tuple[str, ...] = ()
    spread: str = ""
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns as they are held in memory, words twice."""
        return tuple(name for column in self.columns for name in _held(column))


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A doubt about data or law before it becomes a row of the findings table."""

    code: str
    layer: str
    subject: str = ""
    verdict: str = ""
    articles: str = ""
    data_year: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


def _held(column: Column) -> tuple[str, ...]:
    return (f"{column.name}_ja", f"{column.name}_en") if column.type == "words" else (column.name,)


@lru_cache(maxsize=1)
def contracts() -> Mapping[str, Contract]:
    """Return every contract by table name, in the order of the output."""
    text = files("gisplan.core").joinpath("tables.toml").read_text("utf-8")
    return {name: _contract(name, body) for name, body in tomllib.loads(text).items()}


def _contract(name: str, body: Mapping[str, Any]) -> Contract:
    columns = tuple(
        Column(
            name=column,
            type=row["type"],
            title=Text(**row["title"]),
            unit=row.get("unit", ""),
            digits=row.get("digits"),
            empty=row.get("empty", True),
            finer=row.get("finer", {}),
            by_row=row.get("by_row", False),
        )
        for column, row in body["columns"].items()
    )
    return Contract(
        name=name,
        title=Text(**body["title"]),
        key=tuple(body["key"]),
        columns=columns,
        across=tuple(body.get("across", ())),
        spread=body.get("spread", ""),
        only={column: tuple(values) for column, values in body.get("only", {}).items()},
    )


def contract(name: str) -> Contract:
    """Return the contract of one table."""
    return contracts()[name]


def hold(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the frame with the columns, types and order its contract promises, sorted by its key.

    Parameters
    ----------
    frame
        Rows with at least the columns of the contract; others are left out.
    name
        Name of the contract.

    Raises
    ------
    pandera.errors.SchemaErrors
        If a column is missing, a key is empty or doubled: a bug of gisplan, never of the user's data.
    """
    promise = contract(name)
    full = frame.reindex(columns=list(promise.names)) if frame.empty else frame
    columns = {
        held: (_typed(full[held], column), column) for column in promise.columns for held in _held(column)
    }
    keys = [held for held, (_, column) in columns.items() if column.name in promise.key]
    if len(full) > MANY or not all(columns[held][1].type in TEXTS for held in keys):
        return _sorted(_framed(columns, slice(None)), promise, keys)
    # Some dozen small tables are held in each run: Python sorts and compares their keys before pandas has begun.
    key_of = list(zip(*(columns[held][0] for held in keys), strict=True))
    table = _framed(columns, sorted(range(len(key_of)), key=key_of.__getitem__) if key_of else slice(None))
    if len(set(key_of)) == len(key_of) and not any(_gaps(*one) for one in columns.values()):
        return table
    return _schema(name).validate(table, lazy=True)


def _sorted(table: pd.DataFrame, promise: Contract, keys: list[str]) -> pd.DataFrame:
    """Return a table sorted by its key, if it keeps its contract."""
    ordered = table.sort_values(keys, kind="stable", ignore_index=True) if keys else table
    return ordered if _kept(ordered, promise, keys) else _schema(promise.name).validate(ordered, lazy=True)


def _framed(columns: Mapping[str, tuple[Any, Column]], rows: slice | list[int]) -> pd.DataFrame:
    """Return some rows of columns as a table; objects are put in at once, each column by itself takes long."""
    count = len(next(iter(columns.values()))[0])
    objects = np.empty((len(columns), count), dtype=object)
    for place, (values, column) in enumerate(columns.values()):
        if DTYPES[column.type] == "object":
            objects[place] = values
    table = pd.DataFrame(objects[:, rows].T, columns=list(columns), dtype="object")
    for place, (values, column) in enumerate(columns.values()):
        if DTYPES[column.type] != "object":
            table.isetitem(place, values[rows])
    return table.copy()  # columns of one type stand together again


def _gaps(values: Any, column: Column) -> bool:
    """Return whether there is a gap where none may be; a text is never one."""
    return column.type not in TEXTS and not column.empty and bool(pd.isna(values).any())


def _kept(table: pd.DataFrame, promise: Contract, keys: list[str]) -> bool:
    """Return whether a table has the types of its contract, no gap where none may be, and no key twice.

    It asks what `_schema` asks, in a tenth of the time; where the answer is no, that one tells what is wrong.
    """
    for column in promise.columns:
        for held in _held(column):
            values = table[held]
            if values.dtype != DTYPES[column.type]:
                return False
            if not _may_be_empty(column) and values.hasnans:
                return False
    return not (keys and table.duplicated(keys).any())


def _may_be_empty(column: Column) -> bool:
    return column.empty and column.type != "text"


def _typed(values: pd.Series[Any], column: Column) -> Any:
    """Return the values of a column: a list of texts, else an array."""
    if column.type in TEXTS:
        return _plain_texts(values.tolist())
    if column.type == "date":
        return values.astype("object").where(values.notna(), None).to_numpy()
    wanted = DTYPES[column.type]
    return (values if values.dtype == wanted else values.astype(wanted)).array  # type: ignore[call-overload]


def _plain_texts(values: list[Any]) -> list[str]:
    """Return values as text, missing ones empty."""
    return [value if type(value) is str else "" if pd.isna(value) else str(value) for value in values]


@lru_cache(maxsize=32)
def _schema(name: str) -> DataFrameSchema:
    import pandera.pandas as pa  # half a second, and only tables need it

    promise = contract(name)
    columns = {
        held: pa.Column(DTYPES[column.type], nullable=_may_be_empty(column))
        for column in promise.columns
        for held in _held(column)
    }
    key = [held for column in promise.columns if column.name in promise.key for held in _held(column)]
    return pa.DataFrameSchema(columns, unique=key or None, strict=True)


def findings(doubts: Iterable[Doubt]) -> pd.DataFrame:
    """Return the findings table of some doubts, each said in both languages; equal doubts stand once."""
    rows = [_finding(doubt) for doubt in doubts]
    return join([pd.DataFrame(rows, columns=list(contract("findings").names))], "findings")


def _finding(doubt: Doubt) -> dict[str, str]:
    text = message(doubt.code)
    what, cure = text.what(doubt.values), text.cure(doubt.values)
    return {
        "code": doubt.code,
        "severity": text.severity,
        "layer": doubt.layer,
        "subject": doubt.subject,
        "verdict": doubt.verdict,
        "reason_ja": what.ja,
        "reason_en": what.en,
        "articles": doubt.articles,
        "data_year": doubt.data_year,
        "do_ja": cure.ja,
        "do_en": cure.en,
    }


def join(frames: Iterable[pd.DataFrame], name: str) -> pd.DataFrame:
    """Return several tables of one contract as one, each row once; findings of one key share a row."""
    parts = [frame for frame in frames if len(frame)]
    if not parts:
        return hold(pd.DataFrame(columns=list(contract(name).names)), name)
    rows = pd.concat(parts, ignore_index=True).drop_duplicates()
    return hold(_merged(rows) if name == "findings" else rows, name)


def _merged(rows: pd.DataFrame) -> pd.DataFrame:
    """Return findings with one row per key, the reasons of rows that share a key put together."""
    key = list(contract("findings").key)
    if not rows.duplicated(key).any():
        return rows
    ordered = rows.sort_values(list(rows.columns), kind="stable")
    together: dict[str, Any] = {name: "first" for name in rows.columns if name not in key}
    together |= {"reason_ja": _said_once, "reason_en": _said_once}
    return ordered.groupby(key, as_index=False, sort=True).agg(together)


def _said_once(reasons: Iterable[str]) -> str:
    return " / ".join(dict.fromkeys(reasons))


def for_user(frame: pd.DataFrame, name: str, *, language: Language) -> pd.DataFrame:
    """Return a table as a user sees it: one language, rounded as its contract says.

    Rounding is half away from zero on the decimal value, as in the forms of the ministries.
    """
    shown: dict[str, Any] = {}
    for column in contract(name).columns:
        values = frame[f"{column.name}_{language}" if column.type == "words" else column.name]
        shown[column.name] = _rounded(values, column.digits) if column.type == "number" else values
        for unit, digits in column.finer.items():
            those = frame["unit"] == unit
            if those.any():
                shown[column.name] = shown[column.name].mask(those, _rounded(values, digits))
    return pd.DataFrame(shown)


def _rounded(values: pd.Series[Any], digits: int | None) -> pd.Series[Any]:
    if digits is None:
        return values
    numbers = values.to_numpy("float64")
    scale = 10.0**digits
    steps = np.abs(numbers) * scale
    away = np.trunc(steps + 0.5) / scale
    # Next to a half the binary value may lie on the other side of the decimal one (2.675 is stored below itself).
    finite = np.isfinite(steps)
    rest = np.subtract(steps, np.trunc(steps), where=finite, out=np.zeros_like(steps))
    near_half = finite & (np.abs(rest - 0.5) <= NEAR_HALF * np.maximum(steps, 1))
    away[near_half] = [_decimal(number, digits) for number in np.abs(numbers[near_half])]
    return pd.Series(np.copysign(away, numbers) + 0.0, index=values.index)


def _decimal(number: float, digits: int) -> float:
    step = Decimal(1).scaleb(-digits)
    return float(Decimal(repr(float(number))).quantize(step, rounding=ROUND_HALF_UP))


def half_up(number: float, digits: int) -> float:
    """Return a number rounded half away from zero on its decimal value, NaN as it is."""
    return _decimal(number, digits) if np.isfinite(number) else float(number)


def wide(frame: pd.DataFrame, promise: Contract) -> tuple[pd.DataFrame, Contract]:
    """Return a long table as a person reads it, one row per subject, with the contract of that form.

    Parameters
    ----------
    frame
        A table as a user sees it.
    promise
        Its contract; a table with nothing across is returned as it is.
    """
    if not promise.across:
        return frame, promise
    for column, values in promise.only.items():
        frame = frame[frame[column].isin(values)]
    rows = [name for name in promise.key if name not in promise.across]
    value = next(column for column in promise.columns if column.name == promise.spread)
    parts = [frame[name].astype("object") for name in promise.across]
    heads = reduce(lambda left, right: left + " " + right, parts)
    table = frame[rows].assign(_head=heads, _value=frame[promise.spread])
    shape = table.pivot(index=rows, columns="_head", values="_value").reset_index()  # noqa: PD010 (keys are unique)
    shape.columns = pd.Index([str(name) for name in shape.columns])
    kept = tuple(column for column in promise.columns if column.name in rows)
    spread = tuple(
        Column(name=name, type=value.type, title=Text(ja=name, en=name), unit=value.unit, digits=value.digits)
        for name in shape.columns
        if name not in rows
    )
    return shape, Contract(name=promise.name, title=promise.title, key=tuple(rows), columns=(*kept, *spread))
