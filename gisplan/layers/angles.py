"""Latitudes and longitudes as people write them: decimal degrees, degrees with minutes and seconds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gisplan.layers.figures import plain_figures
from gisplan.layers.marks import is_marked

LARGEST_DEGREE = 180.0
SIXTY = 60.0
SIDE = r"(?:北緯|南緯|東経|西経|緯度|経度|[NSEW])"
SEXAGESIMAL = re.compile(
    rf"{SIDE}?\s*:?\s*(\d{{1,3}})\s*(?:度|°|-|:|\s)\s*"
    r"(\d{1,2}(?:\.\d+)?)\s*(?:(?:分|'|′|’|‘|-|:|\s)\s*"
    r"(?:(\d{1,2}(?:\.\d+)?)\s*(?:秒|\"|″|”|“|''|′′|’’)?)?)?"
    rf"\s*{SIDE}?",
    re.IGNORECASE,
)
DOTTED = re.compile(r"(\d{1,3})\.(\d{1,2})\.(\d{1,2}(?:\.\d+)?)")
RINGS = str.maketrans("º˚⁰−", "°°°-")
"""Signs that are typed for the ring of degrees, or for a minus; NFKC would make letters of some."""

DECIMAL = re.compile(rf"{SIDE}?\s*:?\s*([-+]?\d{{1,3}}(?:\.\d+)?)\s*(?:度|°)?\s*{SIDE}?", re.IGNORECASE)
SOUTH_OR_WEST = re.compile(r"南|西|[SW]", re.IGNORECASE)


def read_angles(
    texts: Sequence[str], *, packed: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return coordinates as numbers, NaN where unreadable, which were mended, and which are degrees and minutes [n].

    Parameters
    ----------
    texts
        Cells as text [n].
    packed
        Whether figures of six or seven digits are degrees, minutes and seconds in one.
    """
    values, grouped = plain_figures(texts)
    values[grouped] = np.nan  # a comma parts no thousands of degrees
    mended, sexagesimal = np.zeros((2, len(texts)), dtype=bool)
    for place in np.flatnonzero(np.isnan(values)).tolist():
        ringed = texts[place].translate(RINGS)
        if is_marked(ringed):
            continue
        narrow = unicodedata.normalize("NFKC", ringed).strip()
        values[place], sexagesimal[place] = _angle(narrow)
        mended[place] = not (np.isnan(values[place]) or _is_number(texts[place]))
    if packed:
        large = np.flatnonzero(np.abs(values) > LARGEST_DEGREE)
        values[large] = unpacked(values[large])
        sexagesimal[large] = mended[large] = np.isfinite(values[large])
    return values, mended, sexagesimal


def _is_number(text: str) -> bool:
    """Return whether a cell is a number as it stands: +35.2, 3.52e1."""
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text and text.strip().isascii()


def _angle(text: str) -> tuple[float, bool]:
    """Return degrees, NaN where unreadable, and whether they were written with minutes."""
    if _is_number(text):
        return float(text), False
    sign = -1.0 if SOUTH_OR_WEST.search(text) else 1.0
    if found := DECIMAL.fullmatch(text):
        return sign * float(found[1]), False
    found = DOTTED.fullmatch(text) or SEXAGESIMAL.fullmatch(text)
    if not found:
        return float("nan"), False
    minutes, seconds = float(found[2]), float(found[3] or 0)
    # Minutes with a fraction have no seconds behind them.
    if minutes >= SIXTY or seconds >= SIXTY or (found[3] and not minutes.is_integer()):
        return float("nan"), False
    return sign * (float(found[1]) + minutes / SIXTY + seconds / SIXTY**2), True


def unpacked(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return degrees from figures such as 360652.2 (36°06′52.2″), NaN where minutes or seconds reach sixty [n]."""
    size = np.abs(values)
    size = np.where(np.isfinite(size), size, 0.0)
    degrees, rest = np.divmod(size, 10_000)
    minutes, seconds = np.divmod(rest, 100)
    good = np.isfinite(values) & (minutes < SIXTY) & (seconds < SIXTY) & (degrees <= LARGEST_DEGREE)
    return np.asarray(
        np.where(good, np.sign(values) * (degrees + minutes / SIXTY + seconds / SIXTY**2), np.nan), "float64"
    )
