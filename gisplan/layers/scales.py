"""Columns in another unit than the layer's: fractions become percent by the factor that the layer file states."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gisplan.core.tables import Doubt
from gisplan.core.words import Field, Text
from gisplan.layers.codes import plain
from gisplan.layers.column_units import unit_of
from gisplan.layers.values import UNIT, as_text, read_values

LARGEST_SHARE, WHOLE = 2.0, 100.0
"""A building coverage is a share of the lot, at most 100 %; no one is as low as 2 %."""

LARGEST_FRACTION = 20.0
"""No floor area ratio is below 30 % or above 1,300 %: a column that ends here holds fractions."""

DIGITS = 10
EXAMPLES = 5


def factor_of(column: str | None, field: Field) -> float:
    """Return by what the values of a file's column are to be multiplied."""
    known = {plain(name).casefold(): factor for name, factor in field.scales.items()}
    if column is None:
        return 1.0
    by_name = known.get(plain(column).casefold())
    return by_name if by_name is not None else _unit_factor(column, field)


def _unit_factor(column: str, field: Field) -> float:
    unit = unit_of(column, field)
    return unit[1] if unit is not None and unit[1] is not None else 1.0


def scaled(cells: pd.Series[Any], column: str | None, field: Field) -> pd.Series[Any]:
    """Return a column in the unit of its field; what is no number stays, to be told of by its place.

    Parameters
    ----------
    cells
        The cells as the file holds them.
    column
        Their column in the file.
    field
        What they are read as.
    """
    factor = factor_of(column, field)
    if factor == 1:
        return cells
    numbers = _numbers(cells, field)
    if column is not None and unit_of(column, field) is not None:
        # A cell that says its own unit is in that, whatever its column says.
        numbers = numbers.mask(
            as_text(cells).map(lambda text: UNIT.search(text.strip()) is not None).astype(bool)
        )
    texts = (numbers * factor).round(DIGITS).map(lambda value: f"{value:.12g}")
    return as_text(cells).mask(numbers.notna(), texts)


def scale_doubts(
    cells: pd.Series[Any],
    column: str,
    field: Field,
    *,
    layer: str,
    file: str,
    rows: Sequence[int] = (),
) -> tuple[Doubt, ...]:
    """Return what to tell of the unit of a column: that it was changed, or that it looks like another.

    Parameters
    ----------
    cells, column
        The cells as the file holds them, and their column there.
    field
        What they are read as.
    layer, file
        What the doubt is about.
    rows
        The numbers of the rows in the file; counted from 1 where empty.
    """
    factor = factor_of(column, field)
    shares = field.unit == "%" and bool(field.scales)
    # Reading the cells of a long list takes seconds: only where their unit can be doubted.
    numbers = _numbers(cells, field).dropna() if factor != 1 or shares else cells.iloc[:0]
    if numbers.empty:
        return ()
    about = _Place(column=column, field=field, layer=layer, file=file)
    if factor != 1:
        unit = unit_of(column, field)
        values = {"factor": f"{factor:g}", "rows": len(numbers), "unit": field.unit}
        if unit is not None and factor == unit[1]:
            return (about.doubt("value.unit_converted", told=unit[0], **values),)
        return (about.doubt("value.scaled", **values),)
    if 0 < numbers.max() <= LARGEST_FRACTION:
        return (about.doubt("value.fraction", most=f"{numbers.max():g}", layer=layer, name=field.name),)
    return _mixed(numbers, about, dict(zip(cells.index, rows or range(1, len(cells) + 1), strict=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A column of a file and the field of the layer that it is read for."""

    column: str
    field: Field
    layer: str
    file: str

    def doubt(self, code: str, **values: object) -> Doubt:
        """Return a doubt about the column."""
        named = {"field": self.field.title, "column": self.column} | values
        return Doubt(code=code, layer=self.layer, subject=f"{self.file} {self.field.name}", values=named)


def _mixed(numbers: pd.Series[float], about: _Place, rows: Mapping[Any, int]) -> tuple[Doubt, ...]:
    """Return a doubt where some values of a column of percent seem to be fractions, with the rows of some."""
    field = about.field
    most = LARGEST_SHARE if field.maximum is not None and field.maximum <= WHOLE else LARGEST_FRACTION
    few = numbers[(numbers > 0) & (numbers <= most)]
    if few.empty:
        return ()
    examples = [
        Text(ja=f"{rows[label]} 行目 {value:g}", en=f"row {rows[label]}: {value:g}")
        for label, value in few.iloc[:EXAMPLES].items()
    ]
    return (about.doubt("value.fraction_mixed", rows=len(few), most=f"{most:g}", examples=examples),)


def _numbers(cells: pd.Series[Any], field: Field) -> pd.Series[float]:
    free = dataclasses.replace(field, type="number", minimum=None, maximum=None)
    return read_values(cells, free).column
