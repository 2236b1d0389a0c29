"""The filter `where` of plan.toml: columns compared with values, joined by `and`; nothing is evaluated."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gisplan.core.document import hint
from gisplan.core.errors import ConfigurationError, Problem
from gisplan.layers.columns import column_named
from gisplan.layers.values import as_text

CONDITION = re.compile(
    r"""^\s*(?P<column>`[^`]+`|'[^']+'|"[^"]+"|[^=!<>'"`]+?)\s*(?P<sign>==|!=|<=|>=|<|>)\s*(?P<value>'[^']*'|"[^"]*"|-?\d+(?:\.\d+)?)\s*$"""
)
AND = re.compile(r"""\s+and\s+(?=(?:[^'"]|'[^']*'|"[^"]*")*$)""")
"""An `and` that stands in no quotes."""

SIGNS: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def rows_where(table: pd.DataFrame, where: str, *, place: str) -> NDArray[np.bool_]:
    """Return which rows of a file's table a filter keeps [n].

    Parameters
    ----------
    table
        The file's own columns.
    where
        E.g. `種別 == '病院' and 床面積 >= 100`; a quoted value is compared as text, a bare one as a number.
    place
        Where plan.toml says so, for messages.

    Raises
    ------
    ConfigurationError
        If the filter is not of this form or names a column that is not there.
    """
    keep = np.ones(len(table), dtype=bool)
    for part in AND.split(where):
        found = CONDITION.match(part)
        if found is None:
            raise ConfigurationError(Problem(code="config.where", place=place, values={"part": part}))
        named = found["column"].strip("`\"'")
        column = column_named(list(table.columns), [named])
        if column is None:
            raise ConfigurationError(
                Problem(
                    code="config.where_column",
                    place=place,
                    values={
                        "column": named,
                        "near": hint(named, table.columns),
                        "known": list(table.columns),
                    },
                )
            )
        keep &= _holds(table[column], found["sign"], found["value"])
    return keep


def _holds(cells: pd.Series[Any], sign: str, value: str) -> NDArray[np.bool_]:
    compare = SIGNS[sign]
    if value[0] in "'\"":
        return np.asarray(compare(as_text(cells), value[1:-1]), dtype=bool)
    return np.asarray(compare(pd.to_numeric(as_text(cells), errors="coerce"), float(value)), dtype=bool)
