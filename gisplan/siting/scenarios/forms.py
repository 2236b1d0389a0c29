"""The grants' own indicators as formulas, each rounded half up on decimals as its form prints it."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Any

from gisplan.core.tables import half_up
from gisplan.core.words import Text

MINUTES = 60.0
CLEAR_DIGITS = 9
"""Sums of times are true to so many decimals: 2.9999999999996 min are 3 min, and 6.0499999999996 print as 6.1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One indicator of `indicators.toml`: how its values stand in the form, who used it, and how it is rounded."""

    code: str
    title: Text
    unit: str
    digits: int
    rate: str
    rounding: Text
    source: Text
    scale: float = 1.0
    minutes: float = 0.0
    unbuilt_kmh: float = 0.0
    built_kmh: float = 0.0

    def called(self, **values: Any) -> Text:
        """Return its title with the names put in; a value may be a `Text`."""
        ja, en = (
            {key: value.of(tongue) if isinstance(value, Text) else value for key, value in values.items()}
            for tongue in ("ja", "en")
        )
        return Text(ja=self.title.ja.format(**ja), en=self.title.en.format(**en))

    def value(self, amount: float) -> float:
        """Return an amount as the form prints it."""
        return half_up(cleared(amount / self.scale), self.digits)


@lru_cache(maxsize=1)
def forms() -> Mapping[str, Form]:
    """Return every indicator by its code, in the order of the table."""
    read: Mapping[str, Any] = tomllib.loads(
        files("gisplan.siting.scenarios").joinpath("indicators.toml").read_text("utf-8")
    )
    rules = {name: Text(**text) for name, text in read["rounding"].items()}
    kept = {"title", "source", "rounding"}
    return {
        code: Form(
            code=code, title=Text(**row["title"]), source=Text(**row["source"]), rounding=rules[row["rounding"]],
            **{key: value for key, value in row.items() if key not in kept},
        )
        for code, row in read.items()
        if code != "rounding"
    }  # fmt: skip


def cleared(amount: float) -> float:
    """Return an amount without the last traces of its sum, which would turn a half up into a half down."""
    return half_up(amount, CLEAR_DIGITS)


def reduction_rate(before: float, after: float, *, digits: int = 1) -> float:
    """Return (before − after) / before × 100, half up; NaN where there is no before [%].

    Parameters
    ----------
    before, after
        Times as the form prints them.
    digits
        Decimals.
    """
    if not (math.isfinite(before) and math.isfinite(after)) or before <= 0.0:
        return math.nan
    old, new = Decimal(repr(before)), Decimal(repr(after))
    return half_up(float((old - new) / old * 100), digits)


def increase_rate(before: float, after: float, *, digits: int = 1) -> float:
    """Return (after − before) / before × 100, half up; NaN where there is no before [%]."""
    rate = reduction_rate(before, after, digits=digits)
    return rate if math.isnan(rate) else 0.0 - rate


def mean(values: Sequence[float], *, digits: int) -> float:
    """Return the mean of decimal values, half up; NaN where there is none.

    Parameters
    ----------
    values
        The values as they are printed, or not rounded yet.
    digits
        Decimals of the mean.
    """
    known = [Decimal(repr(cleared(float(value)))) for value in values if math.isfinite(value)]
    return half_up(float(sum(known) / len(known)), digits) if known else math.nan


def difference(before: float, after: float) -> float:
    """Return after − before of two printed values, on decimals."""
    if not (math.isfinite(before) and math.isfinite(after)):
        return math.nan
    return float(Decimal(repr(after)) - Decimal(repr(before)))


def state_minutes(unbuilt_km: float, built_km: float, *, form: Form | None = None) -> float:
    """Return Σ unbuilt km ÷ 15 + built km ÷ 40 km/h, half up [min].

    Parameters
    ----------
    unbuilt_km, built_km
        Lengths by state of the road.
    form
        The form with the two speeds; that of `indicators.toml` where None.
    """
    own = forms()["link_state_minutes"] if form is None else form
    return own.value(MINUTES * (unbuilt_km / own.unbuilt_kmh + built_km / own.built_kmh))
