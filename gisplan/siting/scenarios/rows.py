"""One row of the table `scenarios`: two values as a form prints them, what became of them, and where they are from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gisplan.siting.scenarios.forms import Form, difference, increase_rate, reduction_rate
from gisplan.siting.scenarios.gains import state

TIMES = frozenset({"reduction", "mean"})
"""Forms of times, of which less is better."""

Row = dict[str, Any]


def row_of(
    form: Form, before: float, after: float, *, parts: Sequence[str], called: Mapping[str, Any], **more: Any
) -> Row:
    """Return a row of two printed values.

    Parameters
    ----------
    form
        The form that they stand in.
    before, after
        The values as the form prints them.
    parts
        What the row is about, part by part: with the form's code they are its key.
    called
        The names that its title holds.
    **more
        Columns that are other than usual.
    """
    rate = {"reduction": reduction_rate, "increase": increase_rate}.get(form.rate)
    title = form.called(**called)
    return {
        "indicator": "/".join([form.code, *parts]),
        "title_ja": title.ja, "title_en": title.en,
        "before": before, "after": after, "difference": difference(before, after),
        "rate": np.nan if rate is None else rate(before, after),
        "unit": form.unit,
        "state": state(before, after) if form.rate in TIMES else moved(before, after),
        "rounding_ja": form.rounding.ja, "rounding_en": form.rounding.en,
        "source_ja": form.source.ja, "source_en": form.source.en,
        "layer": "", "to": "", "note_ja": "", "note_en": "",
        **more,
    }  # fmt: skip


def moved(before: float, after: float) -> str:
    """Return what became of a number or share: no time, so more is no loss and fewer none either.

    Parameters
    ----------
    before, after
        The values, NaN where not assessed.
    """
    if np.isnan(before) or np.isnan(after):
        return "not_assessed"
    return "same" if before == after else "more" if after > before else "fewer"
