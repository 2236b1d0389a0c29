"""Which roads a mode may use, and ferries, which are roads with a timetable of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import shapely

from gisplan.core.tables import Doubt

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

LAYER = "road"
CLOSED: Mapping[str, frozenset[str]] = {
    "car": frozenset({"foot", "closed"}),
    "walk": frozenset({"car", "closed"}),
}
"""Values of the column `passage` that each mode may not use."""

SAMPLE = 5
BELOW = 1000
"""Ferries lie on levels of their own, this far below the roads: they meet what shares their ends, and no bridge."""


def is_ferry(roads: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Return which rows of a road table are ferries [n]."""
    if "ferry" not in roads:
        return np.zeros(len(roads), dtype=bool)
    found: NDArray[np.bool_] = roads["ferry"].fillna(value=False).to_numpy("bool")
    return found


def ferry_pace(roads: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return minutes per metre of each ferry, NaN for roads and for ferries without a time [n]."""
    pace = np.full(len(roads), np.nan)
    if "minutes" not in roads:
        return pace
    boats = np.flatnonzero(is_ferry(roads))
    minutes = pd.to_numeric(roads["minutes"].iloc[boats], errors="coerce").to_numpy("float64")
    length = shapely.length(shapely.force_2d(roads.geometry.to_numpy()[boats]))
    timed = (minutes > 0) & (length > 0)
    pace[boats[timed]] = minutes[timed] / length[timed]
    return pace


def open_to(roads: gpd.GeoDataFrame, *, mode: Literal["car", "walk"], ferry: bool) -> NDArray[np.bool_]:
    """Return which rows of a road table a mode may use [n]: not those closed to it, and ferries by choice.

    Parameters
    ----------
    roads
        The road table.
    mode
        By car or on foot.
    ferry
        Whether ferries count; one without a time never does.
    """
    closed = CLOSED[mode]
    able = (
        ~roads["passage"].isin(closed).to_numpy() if "passage" in roads else np.ones(len(roads), dtype=bool)
    )
    boats = is_ferry(roads)
    found: NDArray[np.bool_] = able & (~boats | (ferry & ~np.isnan(ferry_pace(roads))))
    return found


def is_shut(roads: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Return which rows a scenario closes: nobody passes, but who stands on one stays there, cut off [n]."""
    if "shut" not in roads:
        return np.zeros(len(roads), dtype=bool)
    found: NDArray[np.bool_] = roads["shut"].fillna(value=False).to_numpy("bool")
    return found


def has_frontage(roads: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Return on which rows a building may stand: on every road but those a scenario opens for through traffic [n]."""
    if "frontage" not in roads:
        return np.ones(len(roads), dtype=bool)
    found: NDArray[np.bool_] = roads["frontage"].fillna(value=True).to_numpy("bool")
    return found


def levels(roads: gpd.GeoDataFrame, rank: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the level of each row, 0 where none is known; every ferry has one of its own [n]."""
    level: NDArray[np.int64] = roads["level"].fillna(0).to_numpy("int64")
    boats = is_ferry(roads)
    level[boats] = -BELOW - np.argsort(np.argsort(rank[boats], kind="stable"), kind="stable")
    return level


def passage_doubts(
    roads: gpd.GeoDataFrame, *, mode: Literal["car", "walk"], ferry: bool
) -> tuple[Doubt, ...]:
    """Return how many roads and ferries a network leaves out, and why.

    Parameters
    ----------
    roads
        The road table.
    mode
        By car or on foot.
    ferry
        Whether ferries count.
    """
    doubts = []
    boats, timed = is_ferry(roads), ~np.isnan(ferry_pace(roads))
    closed = int((~open_to(roads, mode=mode, ferry=ferry) & ~boats).sum())
    if closed:
        code = "net.closed_car" if mode == "car" else "net.closed_walk"
        doubts.append(Doubt(code=code, layer=LAYER, values={"count": closed}))
    if boats.any() and not ferry:
        doubts.append(Doubt(code="net.ferry_left_out", layer=LAYER, values={"count": int(boats.sum())}))
    elif (boats & ~timed).any():
        names = roads["name"].fillna("").astype(str).where(roads["name"] != "", roads["id"])[boats & ~timed]
        values = {"count": len(names), "sample": sorted(map(str, names))[:SAMPLE]}
        doubts.append(Doubt(code="net.ferry_untimed", layer=LAYER, values=values))
    return tuple(doubts)
