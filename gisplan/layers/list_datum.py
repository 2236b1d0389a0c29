"""The datum of a list in degrees: what its columns, its titles and its shapes say of it, never taken in silence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

import pandas as pd
from pyproj import CRS
from pyproj.exceptions import CRSError

from gisplan.core.errors import InputError, Problem
from gisplan.layers.datum import TOKYO_DEGREES
from gisplan.layers.values import as_text
from gisplan.sources.header import plain_name
from gisplan.sources.raw import Raw

NEW = re.compile(
    r"世界|wgs|jgd|grs\s*80|日本測地系\s*(?:2000|2011)|itrf|(?<!\d)(?:4326|4612|6668)(?!\d)", re.IGNORECASE
)
OLD = re.compile(
    r"日本測地系(?!\s*(?:2000|2011))|旧測地系|日本測地(?!系)|bessel|ベッセル|(?<!\d)4301(?!\d)|tokyo\s*(?:datum|97|\()|_tokyo$|\(tokyo\)|^tokyo$",
    re.IGNORECASE,
)
SHORT = frozenset({"旧", "日本", "tokyo", "tky"})
"""How a column of datums names the old one in a word."""

SHORT_NEW = frozenset({"新", ""})
COLUMN = re.compile(r"測地系|datum", re.IGNORECASE)
PLACE = re.compile(r"緯|経|座標|lat|lon", re.IGNORECASE)
SRID = re.compile(r"^\s*SRID=(\d+);", re.IGNORECASE)
WORLD = frozenset({0, 4326, 4612, 6668})
"""SRIDs in degrees of one datum, to a metre; a shape without one beside them is taken to be like them."""

EXAMPLES = 3


def says_new(text: str) -> bool:
    """Return whether a text names the world's datum, in any of its editions."""
    return NEW.search(unicodedata.normalize("NFKC", text)) is not None


def says_old(text: str) -> bool:
    """Return whether a text names the datum of before 2002."""
    return OLD.search(unicodedata.normalize("NFKC", text)) is not None


def newer_first(names: Iterable[str]) -> list[str]:
    """Return names of columns, those that say the world's datum first and those that say the old one last."""
    return sorted(names, key=lambda name: (says_old(name), not says_new(name)))


def list_crs(raw: Raw, names: Sequence[str], *, shapes: bool) -> int | None:
    """Return the CRS that a list states for its degrees, None where it says nothing of it.

    Parameters
    ----------
    raw
        The list.
    names
        Its columns of the place.
    shapes
        Whether they hold shapes as text, which may state a CRS each.

    Raises
    ------
    InputError
        If its rows state several systems, or its titles and columns name both datums.
    """
    if shapes:
        stated = _stated(raw, as_text(raw.table[names[0]]))
        if stated is not None:
            return stated
    named = [says_old(name) for name in names if says_old(name) or says_new(name)]
    if named:
        return _one(raw, named, [*names])
    column = next(
        (
            name
            for name in map(str, raw.table.columns)
            if COLUMN.search(plain_name(name)) and not PLACE.search(name)
        ),
        None,
    )
    if column is not None:
        told = [text for text in pd.unique(as_text(raw.table[column]).str.strip()) if text]
        if told:
            return _one(raw, [_is_old(raw, text, told, column) for text in told], told, column)
    titles = [title for title in raw.titles if says_old(title) or says_new(title)]
    both = [title for title in titles if says_old(title) and says_new(title)]
    if both:
        raise _asked(raw, both)
    return _one(raw, [says_old(title) for title in titles], titles) if titles else None


def _is_old(raw: Raw, text: str, told: Sequence[str], column: str) -> bool:
    short = unicodedata.normalize("NFKC", text).strip().casefold()
    old, new = says_old(text) or short in SHORT, says_new(text) or short in SHORT_NEW
    if old == new:
        raise _asked(raw, told, column)
    return old


def _one(raw: Raw, old: Sequence[bool], told: Sequence[str], column: str = "") -> int | None:
    if any(old) and not all(old):
        raise _asked(raw, told, column)
    return TOKYO_DEGREES if any(old) else None


def _asked(raw: Raw, told: Sequence[str], column: str = "") -> InputError:
    values: dict[str, object] = {"told": list(told[:EXAMPLES])}
    if not column:
        return InputError(Problem(code="coord.datum_asked", place=raw.file.name, values=values))
    values |= {"column": column, "value": told[0]}
    return InputError(Problem(code="coord.datum_rows", place=raw.file.name, values=values))


def _stated(raw: Raw, texts: pd.Series[str]) -> int | None:
    """Return the one SRID of shapes as text; 0 says that there is none."""
    held = texts[texts.str.strip() != ""]
    found = {int(match[1]) if (match := SRID.match(text)) else 0 for text in held}
    if found <= {0}:
        return None
    code = max(found)
    try:
        CRS.from_epsg(code)
    except CRSError:
        code = 0
    if (len(found) > 1 and not found <= WORLD) or not code:
        values = {"codes": [f"SRID={number}" if number else "—" for number in sorted(found)][:EXAMPLES]}
        raise InputError(Problem(code="coord.srid", place=raw.file.name, values=values))
    return code
