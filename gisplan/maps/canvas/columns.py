"""Columns of a table as a page holds them: numbers packed; texts as they are, so that a file can be searched."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gisplan.maps.canvas.numbers import MOST, Whole, deflated, packed, signed
from gisplan.maps.encode import cells, short

DECIMALS = 6
LONG_TEXTS = 1_000_000
"""Signs of the texts of a column from which on they are deflated, too; shorter ones can be read in the file."""


def column(values: pd.Series) -> dict[str, Any]:
    """Return a column as a page holds it, which reads it back as a dictionary with places, numbers, or values.

    Parameters
    ----------
    values
        The column [n].

    Returns
    -------
    dict
        `d` and `i`: the values that there are, and the place of each row among them. `numbers` and `decimals`: whole
        numbers to be divided by a power of ten, one more than the largest where the row has none (`missing`).
        `v`: plain values. Where texts are long, `packed` holds the JSON of `d` or `v`, deflated.
    """
    numbers = _numbers(values)
    if numbers is not None and not _repeats(values.nunique(), len(values)):
        return _measured(numbers)
    places, known = _known(values)
    if _repeats(len(known), len(places)):
        return _texts("d", known) | {"i": packed(places)}
    return _texts("v", [known[place] for place in places.tolist()])


def _known(values: pd.Series) -> tuple[Whole, list[Any]]:
    """Return the place of each row among the values that there are, and these as JSON holds them."""
    if values.dtype != object or pd.api.types.infer_dtype(values, skipna=False) == "string":
        places, unique = pd.factorize(values, use_na_sentinel=False)
        return places.astype(np.int64), [short(value) for value in cells(pd.Series(unique))]
    # Values of several types may be equal and yet be told apart: 1, 1.0 and True.
    plainly = [short(value) for value in cells(values)]
    known: dict[tuple[type, Any], int] = {}
    places = np.array([known.setdefault((type(value), value), len(known)) for value in plainly], np.int64)
    return places, [value for _, value in known]


def _repeats(known: int, count: int) -> bool:
    return known * 2 <= count


def _numbers(values: pd.Series) -> NDArray[np.float64] | None:
    """Return a column of numbers, NaN where one is missing; None where it holds anything else."""
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return None
    plainly = values.to_numpy("float64", na_value=np.nan)
    plainly = np.where(np.isfinite(plainly), plainly, np.nan).round(DECIMALS).astype(np.float64)
    return plainly if np.nanmax(np.abs(plainly), initial=0) < MOST else None


def _measured(numbers: NDArray[np.float64]) -> dict[str, Any]:
    """Return numbers as whole ones with the decimals that they have; as plain values where that does not hold them."""
    missing = np.isnan(numbers)
    filled = np.where(missing, 0.0, numbers)
    for decimals in range(DECIMALS + 1):
        whole = np.rint(filled * 10**decimals)
        if np.abs(whole).max(initial=0) >= MOST - 1:
            break
        if (whole / 10**decimals == filled).all():
            none = int(whole.max(initial=0)) + 1
            held = np.where(missing, none, whole).astype(np.int64)
            return {"numbers": signed(held), "decimals": decimals, "missing": none if missing.any() else None}
    return _texts("v", cells(pd.Series(numbers)))


def _texts(key: str, values: list[Any]) -> dict[str, Any]:
    """Return values as they are, or deflated where they are long."""
    signs = sum(len(value) for value in values if isinstance(value, str))
    if signs < LONG_TEXTS:
        return {key: values}
    text = json.dumps(values, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return {"packed": {key: deflated(text.encode("ascii"))}}
