"""Codes and ids that a spreadsheet took for numbers: `1.0`, `5.238224522E+09`; digits that are lost stay lost."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gisplan.layers.marks import is_marked
from gisplan.layers.values import as_text

EXPONENT = re.compile(r"(\d)(?:\.(\d+))?[eE]\+?(\d{1,2})")
WHOLE = re.compile(r"(\d+)\.0+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """Texts of a column of codes [n], which were mended, and which lost digits."""

    texts: pd.Series[Any]
    mended: NDArray[np.bool_]
    cut: NDArray[np.bool_]


def as_codes(cells: pd.Series[Any]) -> Numbered:
    """Return codes in plain digits, whatever a spreadsheet or full width made of them.

    Parameters
    ----------
    cells
        Cells as the file holds them [n].
    """
    texts = as_text(cells)
    places, distinct = pd.factorize(texts.to_numpy(object))
    found = [_digits(text) for text in distinct]
    held = np.array([text for text, _ in found], dtype=object)[places]
    cut = np.array([lost for _, lost in found], dtype=bool)[places]
    return Numbered(
        texts=pd.Series(held, index=cells.index, dtype=object),
        mended=np.asarray(held != texts.to_numpy(object), dtype=bool),
        cut=cut,
    )


def _digits(text: str) -> tuple[str, bool]:
    if is_marked(text):
        return text.strip(), False
    narrow = unicodedata.normalize("NFKC", text).strip()
    if whole := WHOLE.fullmatch(narrow):
        return whole[1], False
    if found := EXPONENT.fullmatch(narrow):
        digits, power = found[1] + (found[2] or ""), int(found[3])
        # All digits are there only where the number needs no zeros that no one wrote.
        return (digits, False) if len(digits) == power + 1 else (narrow, True)
    return narrow, False


def ids_of(cells: pd.Series[Any]) -> Numbered:
    """Return ids as text; `.0` is taken away only where every id of the column has it.

    Parameters
    ----------
    cells
        Cells as the file holds them [n].
    """
    texts = as_text(cells)
    held = [text for text in texts if text and not text.isspace()]
    floats = bool(held) and all(WHOLE.fullmatch(text.strip()) for text in held)
    cut = {text for text in held if "+" in text and EXPONENT.fullmatch(text.strip())}
    lost = texts.isin(cut).to_numpy(dtype=bool) if cut else np.zeros(len(texts), dtype=bool)
    if not floats:
        return Numbered(texts=texts, mended=np.zeros(len(texts), dtype=bool), cut=lost)
    whole = texts.str.strip().str.replace(r"\.0+$", "", regex=True).astype(object)
    return Numbered(texts=whole, mended=(whole != texts).to_numpy(dtype=bool), cut=lost)
