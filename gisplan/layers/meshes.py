"""Mesh codes that are not what they seem: cells of 100 m in the digits of 250 m, and cells that lie in others."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gisplan.core.tables import Doubt
from gisplan.core.words import Spec

TEN = r"\d{4}[0-7]{2}\d{4}"
QUARTERS = r"\d{8}[1-4]{2}"
SLIPS = 0.01
"""So small a share of ten-digit codes with other digits are slips of the pen; in meshes of 100 m they are most."""

SHORTEST, LONGEST = 8, 11
EXAMPLES = 5


def doubtful_tens(texts: pd.Series[str]) -> NDArray[np.bool_]:
    """Return which codes have ten digits in a column whose ten digits may be cells of 100 m instead of 250 m [n].

    The parts of a third mesh by ten end in 0 to 9, those by four and four in 1 to 4; most columns show which.

    Parameters
    ----------
    texts
        Codes in plain digits [n].
    """
    tens = texts.str.fullmatch(TEN).to_numpy(dtype=bool)
    others = tens & ~texts.str.fullmatch(QUARTERS).to_numpy(dtype=bool)
    return tens if others.sum() > SLIPS * tens.sum() else np.zeros(len(texts), dtype=bool)


def nested(ids: pd.Series[str], spec: Spec) -> tuple[Doubt, ...]:
    """Return a doubt where cells of a layer lie in other cells of it: what they hold counts twice.

    Parameters
    ----------
    ids
        The codes of the cells of the layer [n].
    spec
        The layer.
    """
    if spec.source.reader != "mesh":
        return ()
    codes = set(ids)
    levels = sorted({len(code) for code in codes if SHORTEST <= len(code) <= LONGEST and code.isdigit()})
    within = [
        (code, code[:shorter])
        for code in sorted(codes)
        for shorter in levels
        if shorter < len(code) and code.isdigit() and code[:shorter] in codes
    ]
    if not within:
        return ()
    values = {
        "rows": len({code for code, _ in within}),
        "examples": [f"{code} ⊂ {whole}" for code, whole in within[:EXAMPLES]],
        "levels": [str(level) for level in levels],
    }
    return (Doubt(code="mesh.levels", layer=spec.name, values=values),)
