"""Who manages a road, and whether it costs a toll, as far as the road table tells; unknown is not no."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

MANAGERS = ("minister", "prefecture", "municipality", "expressway_company", "other")
"""Managers of roads, in the order of the tables."""

UNKNOWN = ""
"""The manager of a road of which the table does not say it, or says it in words that no pattern knows."""


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    text = files("gisplan.network").joinpath("managers.toml").read_text("utf-8")
    return tuple((row["code"], re.compile(row["match"])) for row in tomllib.loads(text)["manager"])


@lru_cache(maxsize=4096)
def manager_code(word: str) -> str:
    """Return who is meant by what a file writes of a road's manager, "" where that is not known."""
    plain = unicodedata.normalize("NFKC", word).strip()
    if plain in MANAGERS:
        return plain
    return next((code for code, pattern in _patterns() if plain and pattern.search(plain)), UNKNOWN)


def managers(roads: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return the manager of each row of a road table [n]."""
    if "manager" not in roads:
        return np.full(len(roads), UNKNOWN, dtype=object)
    place, words = pd.factorize(roads["manager"])
    codes = [*(manager_code(str(word)) for word in words), UNKNOWN]  # a missing word has the place -1
    return np.array(codes, dtype=object)[place]


def tolls(roads: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return 1 for each road with a toll, 0 for one without, NaN where the table does not say [n]."""
    if "toll" not in roads:
        return np.full(len(roads), np.nan)
    found: NDArray[np.float64] = pd.to_numeric(roads["toll"], errors="coerce").to_numpy(
        "float64", na_value=np.nan
    )
    return found
