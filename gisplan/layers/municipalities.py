"""Codes and names of municipalities: five digits from any spelling, wards and their city, the columns of N03.

References
----------
全国地方公共団体コード仕様（総務省）: the check digit. 国土数値情報 N03: columns, whose meaning moved in 2024.
"""

from __future__ import annotations

import bisect
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gisplan.layers.numbered import as_codes
from gisplan.layers.values import as_text

WEIGHTS = (6, 5, 4, 3, 2)
DIGITS, CHECKED, LOST = 5, 6, 4
PREFECTURES = range(1, 48)
FIRST = 100
"""The number of a municipality within its prefecture is at least this; 000 is the prefecture itself."""

UNASSIGNED = "所属未定地"
COUNTY, CITY, WARD, CODE = "N03_003", "N03_004", "N03_005", "N03_007"


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """Codes of five digits, "" where there is none, and for each how it was read, and whether it could not be [n].

    `how` is the code of the finding that tells how a cell was read, "" as it stands.
    """

    column: pd.Series[Any]
    how: NDArray[np.object_]
    unread: NDArray[np.bool_]


def check_digit(code: str) -> str:
    """Return the sixth digit of a municipality's code of five digits."""
    total = sum(int(digit) * weight for digit, weight in zip(code, WEIGHTS, strict=True))
    return str((11 - total % 11) % 10)


def read_codes(cells: pd.Series[Any], *, unknown: Iterable[str] = ()) -> Codes:
    """Read a column of municipality codes: 02201, 2201, 022012, 22012.

    A code of five digits may be one without its check digit, or one with it that lost its leading zero. What
    the other rows are written like decides; where several leave it open, they are refused, and one is taken whole.

    Parameters
    ----------
    cells
        Cells as the file holds them [n].
    unknown
        Texts that stand for no code.
    """
    texts = as_codes(cells).texts.map(lambda text: re.sub(r"[-\s]", "", text))
    places, distinct = pd.factorize(texts.to_numpy(object))
    forms = _forms(distinct.tolist())
    nothing = {"", *unknown}
    found = [("", "", False) if text in nothing else _read(text, forms) for text in distinct]
    return Codes(
        column=pd.Series(
            np.array([row[0] for row in found], dtype=object)[places], index=cells.index, dtype=object
        ),
        how=np.array([row[1] for row in found], dtype=object)[places],
        unread=np.array([row[2] for row in found], dtype=bool)[places],
    )


def _is_code(text: str) -> bool:
    """Return whether five digits may be a municipality, or a prefecture."""
    number = int(text[2:])
    return int(text[:2]) in PREFECTURES and (number == 0 or number >= FIRST)


def _with_check(text: str) -> bool:
    return _is_code(text[:DIGITS]) and check_digit(text[:DIGITS]) == text[DIGITS]


def _forms(texts: Sequence[str]) -> frozenset[int]:
    """Return by how many digits the codes of a column are plainly written: 5, 6 or both."""
    forms = set()
    for text in texts:
        if not (text.isascii() and text.isdigit()):
            continue
        lost = len(text) == DIGITS and not _is_code(text) and _with_check(f"0{text}")
        if lost or (len(text) == CHECKED and _with_check(text)):
            forms.add(CHECKED)
        elif len(text) == LOST or (len(text) == DIGITS and _is_code(text) and not _with_check(f"0{text}")):
            forms.add(DIGITS)
    either = [text for text in texts if len(text) == DIGITS and text.isascii() and text.isdigit()]
    if not forms and len(either) > 1:  # one code that reads both ways is whole; several are no chance
        return frozenset({DIGITS, CHECKED})
    return frozenset(forms)


def _read(text: str, forms: frozenset[int]) -> tuple[str, str, bool]:
    if text.isascii() and text.isdigit():
        if len(text) == CHECKED and _with_check(text):
            return text[:DIGITS], "code.check_digit", False
        if len(text) == LOST and _is_code(f"0{text}"):
            return f"0{text}", "code.leading_zero", False
        if len(text) == DIGITS:
            return _of_five(text, forms)
    return "", "", True


def _of_five(text: str, forms: frozenset[int]) -> tuple[str, str, bool]:
    """Return the code of five digits: whole, or of six and without its leading zero."""
    whole, lost = _is_code(text), _with_check(f"0{text}")
    if whole and not (lost and CHECKED in forms):
        return text, "", False
    if lost and not (whole and DIGITS in forms):
        return f"0{text[:-1]}", "code.leading_zero", False
    return "", "", True


@lru_cache(maxsize=1)
def _cities() -> tuple[str, ...]:
    text = files("gisplan.layers").joinpath("designated_cities.toml").read_text("utf-8")
    return tuple(sorted(tomllib.loads(text)["cities"]))


def city_of(code: str) -> str:
    """Return the designated city (政令指定都市) that a ward's code belongs to; another code stands for itself."""
    if not (len(code) == DIGITS and code.isdigit() and FIRST <= int(code[2:]) < 2 * FIRST):
        return code
    place = bisect.bisect_right(_cities(), code)
    city = _cities()[place - 1] if place else ""
    return city if city[:2] == code[:2] else code


def is_designated(code: str) -> bool:
    """Return whether a code is that of a designated city (政令指定都市) or of a ward of one."""
    return city_of(code) in _cities()


def unassigned(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows of administrative areas (N03) belong to no municipality [n].

    Parameters
    ----------
    table
        The file's own columns.
    """
    if CODE not in table or CITY not in table:
        return np.zeros(len(table), dtype=bool)
    codes, names = as_text(table[CODE]).str.strip(), as_text(table[CITY]).str.strip()
    return ((codes == "") | (names == UNASSIGNED)).to_numpy(dtype=bool)


def with_whole_names(table: pd.DataFrame) -> pd.DataFrame:
    """Return administrative areas (N03) whose names of wards begin with their city.

    Until 2023 N03_003 is the city and N03_004 the ward; since 2024 N03_004 is the city and N03_005 the ward.

    Parameters
    ----------
    table
        The file's own columns.
    """
    if CITY not in table or CODE not in table:
        return table
    names = as_text(table[CITY])
    if COUNTY in table:
        above = as_text(table[COUNTY])
        names = above.where(above.str.endswith("市") & names.str.endswith("区"), "") + names
    if WARD in table:
        names = names + as_text(table[WARD])
    return table.assign(**{CITY: names})
