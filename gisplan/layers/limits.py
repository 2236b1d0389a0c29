"""Speed limits as roads carry them: 「50」「３０ km/h」「40;60」, and words that name no figure (`JP:urban`, `none`).

A road without a figure is driven at the speed of its class, from the table of speeds; no limit is ever filled with
the mean of the data, for that would change with the extent of a download.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gisplan.core.words import Field
from gisplan.layers.values import MISSING, Values, as_text, kinds_of

UNIT = "km/h"
"""A number field of this unit holds speed limits."""

KMH_OF: Mapping[str, float] = {"mph": 1.609344, "knots": 1.852, "kn": 1.852, "m/s": 3.6}
NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*(km/?h|kph|kmph|キロ|mph|knots|kn|m/s)?", re.IGNORECASE)
EXAMPLES = 5

How = Literal["plain", "converted", "lowest", "missing", "zero", "words"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A speed limit [km/h], None where none is written as a figure, and how it was read."""

    kmh: float | None
    how: How


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """A column of speed limits, and what is to be said of how they are written."""

    read: Values
    counts: dict[str, object]


def read_limit(cell: str) -> Limit:
    """Return the speed limit that a cell states; of several the lowest counts."""
    text = unicodedata.normalize("NFKC", cell).strip()
    if text.lower() in MISSING - {"none"}:
        return Limit(kmh=None, how="missing")
    parts = [part.strip() for part in re.split(r"[;|、,/](?!h|s)", text) if part.strip()]
    read = [_figure(part) for part in parts]
    figures = [figure for figure, _ in read if figure is not None and figure > 0]
    if not figures:
        zero = any(figure == 0 for figure, _ in read)
        return Limit(kmh=None, how="zero" if zero else "words")
    if len(parts) > 1:
        return Limit(kmh=min(figures), how="lowest")
    plain = read[0][1] and text == cell.strip()
    return Limit(kmh=figures[0], how="plain" if plain else "converted")


def _figure(text: str) -> tuple[float | None, bool]:
    """Return km/h, and whether they stand there as a bare figure."""
    found = NUMBER.fullmatch(text)
    if not found:
        return None, False
    unit = (found[2] or "").lower()
    factor = KMH_OF.get(unit, 1.0)
    return round(float(found[1]) * factor, 3), not unit


def read_limits(texts: pd.Series[Any], field: Field) -> Limits | None:
    """Return a column of speed limits, None for a field that is none or a file without such a column.

    Parameters
    ----------
    texts
        Cells as the file holds them.
    field
        What the column may hold.
    """
    if field.unit != UNIT or field.type != "number" or bool(texts.isna().all()):
        return None
    cells = as_text(texts)
    unknown = _unknown(field)
    table = {cell: _limit(cell, unknown) for cell in pd.unique(cells)}
    limits = [table[cell] for cell in cells]
    how = np.array([limit.how for limit in limits], dtype=object)
    column = pd.Series([limit.kmh for limit in limits], index=texts.index, dtype="float64")
    read = Values(
        column=column,
        kind=kinds_of(np.where(np.isin(how, ["converted", "lowest"]), "value.mended", "")),
        unread=np.isin(how, ["zero", "words"]),
        suppressed=np.zeros(len(how), dtype=bool),
    )
    return Limits(read=read, counts=_counts(cells, how))


def kmh_of(cell: str, field: Field) -> float | None:
    """Return the speed limit [km/h] that one cell of a field states, None where there is none."""
    return _limit(cell, _unknown(field)).kmh


def _unknown(field: Field) -> frozenset[str]:
    return frozenset(unicodedata.normalize("NFKC", text) for text in field.unknown)


def _limit(cell: str, unknown: frozenset[str]) -> Limit:
    return Limit(kmh=None, how="missing") if cell.strip() in unknown else read_limit(cell)


def _counts(cells: pd.Series[Any], how: NDArray[np.object_]) -> dict[str, object]:
    kinds = ("plain", "converted", "lowest", "missing", "zero", "words")
    odd = Counter(cells[np.isin(how, ["converted", "lowest", "words"])])
    found = sorted(odd.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = [f"{text} {count}" for text, count in found[:EXAMPLES]] + ["…"] * (len(found) > EXAMPLES)
    counts: dict[str, object] = {kind: int((how == kind).sum()) for kind in kinds}
    return counts | {"kinds": shown or ["—"]}
