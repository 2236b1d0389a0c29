"""Figures in plain digits, read many at once: a long list has little else."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

GROUPED = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
SINGLE = re.compile(r"[-+]?\d+(?:\.\d+)?")


def plain_figures(texts: Iterable[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return figures in plain digits, NaN for a text that must be looked at, and which have commas [n].

    Parameters
    ----------
    texts
        Cells [n].
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    ascii_texts = pa.array([text if text.isascii() else None for text in texts], pa.large_string())
    plain = pc.ascii_trim_whitespace(ascii_texts)
    grouped = pc.fill_null(pc.match_substring_regex(plain, f"^{GROUPED.pattern}$"), fill_value=False)
    single = pc.match_substring_regex(plain, f"^{SINGLE.pattern}$")
    bare = pc.ascii_ltrim(pc.replace_substring(plain, ",", ""), characters="+")
    figures = pc.cast(pc.if_else(pc.or_(grouped, single), bare, None), pa.float64())
    values = figures.to_numpy(zero_copy_only=False)
    return np.where(np.isfinite(values), values, np.nan), grouped.to_numpy(zero_copy_only=False)
