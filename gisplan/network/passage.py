"""Which roads a mode may use, and ferries, which are roads with a timetable of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd
import shapely

from gisplan.core.tables import Doubt

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

LAYER = "road"
Mode = Literal["car", "walk", "bicycle"]
Season = Literal["", "winter"]
MODES: tuple[Mode, ...] = get_args(Mode)
CLOSED: Mapping[str, frozenset[str]] = {
    "car": frozenset({"foot", "closed"}),
    "walk": frozenset({"car", "closed"}),
    "bicycle": frozenset({"car", "foot", "closed"}),
}
"""Values of the column `passage` that each mode may not use; the column `bicycle` comes before it for bicycles."""

CLOSED_CODES: Mapping[Mode, str] = {
    "car": "net.closed_car",
    "walk": "net.closed_walk",
    "bicycle": "net.closed_bicycle",
}
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


def says(roads: gpd.GeoDataFrame, column: str) -> NDArray[np.bool_]:
    """Return which rows of a road table say yes in a column, none where there is no such column [n]."""
    if column not in roads:
        return np.zeros(len(roads), dtype=bool)
    found: NDArray[np.bool_] = roads[column].fillna(value=False).to_numpy("bool")
    return found


def snowed_in(roads: gpd.GeoDataFrame, *, mode: Mode, season: Season) -> NDArray[np.bool_]:
    """Return which rows of a road table are closed for the winter [n]; people on foot are not told of such signs.

    Parameters
    ----------
    roads
        The road table.
    mode
        How one travels.
    season
        `winter`, or the rest of the year.
    """
    closed = says(roads, "winter_closed")
    return closed if season == "winter" and mode != "walk" else np.zeros_like(closed)


def directions(roads: gpd.GeoDataFrame, *, mode: Mode) -> NDArray[np.int8]:
    """Return 1, -1 or 0 for both ways [n]: signs are void on foot, and for bicycles where they are excepted."""
    direction: NDArray[np.int8] = roads["oneway"].fillna(0).to_numpy("int8")
    if mode == "walk":
        return np.zeros_like(direction)
    if mode == "bicycle":
        return np.where(says(roads, "bicycle_both_ways"), 0, direction).astype("int8")
    return direction


def _may_ride(roads: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Return on which rows a bicycle may be ridden: as the column `bicycle` says, else as `passage` does [n]."""
    by_passage = _may_pass(roads, "bicycle")
    if "bicycle" not in roads:
        return by_passage
    told = roads["bicycle"].notna().to_numpy()
    return np.where(told, says(roads, "bicycle"), by_passage)


def _may_pass(roads: gpd.GeoDataFrame, mode: Mode) -> NDArray[np.bool_]:
    if "passage" not in roads:
        return np.ones(len(roads), dtype=bool)
    able: NDArray[np.bool_] = ~roads["passage"].isin(CLOSED[mode]).to_numpy()
    return able


def open_to(roads: gpd.GeoDataFrame, *, mode: Mode, ferry: bool, season: Season = "") -> NDArray[np.bool_]:
    """Return which rows of a road table a mode may use [n]: not those closed to it, and ferries by choice.

    Parameters
    ----------
    roads
        The road table.
    mode
        By car, on foot or by bicycle.
    ferry
        Whether ferries count; one without a time never does.
    season
        In winter, roads closed for it are left out.
    """
    able = _may_ride(roads) if mode == "bicycle" else _may_pass(roads, mode)
    able &= ~snowed_in(roads, mode=mode, season=season)
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


def _named(roads: gpd.GeoDataFrame, which: NDArray[np.bool_]) -> list[str]:
    """Return a few of some roads by name, by id where they have none."""
    names = roads["name"].fillna("").astype(str)
    shown = names.where(names != "", roads["id"].astype(str))[which]
    return sorted(set(shown))[:SAMPLE]


def _winter_doubts(roads: gpd.GeoDataFrame, *, mode: Mode, season: Season) -> tuple[Doubt, ...]:
    """Return where roads are closed in winter: those left out, or those that a plan for winter would leave out."""
    closed = says(roads, "winter_closed")
    if mode == "walk" or not (closed.any() or season == "winter"):
        return ()
    if not closed.any():
        told = "winter_closed" in roads and bool(roads["winter_closed"].notna().any())
        return () if told else (Doubt(code="net.winter_unknown", layer=LAYER),)
    metres = float(shapely.length(roads.geometry.to_numpy()[closed]).sum())
    values = {"count": int(closed.sum()), "metres": metres, "sample": _named(roads, closed)}
    code = "net.winter_closed" if season == "winter" else "net.winter_open"
    return (Doubt(code=code, layer=LAYER, values=values),)


def passage_doubts(
    roads: gpd.GeoDataFrame, *, mode: Mode, ferry: bool, season: Season = ""
) -> tuple[Doubt, ...]:
    """Return how many roads and ferries a network leaves out, and why.

    Parameters
    ----------
    roads
        The road table.
    mode
        By car, on foot or by bicycle.
    ferry
        Whether ferries count.
    season
        In winter, roads closed for it are left out.
    """
    doubts = list(_winter_doubts(roads, mode=mode, season=season))
    boats, timed = is_ferry(roads), ~np.isnan(ferry_pace(roads))
    closed = int((~open_to(roads, mode=mode, ferry=ferry) & ~boats).sum())
    if closed:
        doubts.append(Doubt(code=CLOSED_CODES[mode], layer=LAYER, values={"count": closed}))
    if boats.any() and not ferry:
        doubts.append(Doubt(code="net.ferry_left_out", layer=LAYER, values={"count": int(boats.sum())}))
    elif (boats & ~timed).any():
        values = {"count": int((boats & ~timed).sum()), "sample": _named(roads, boats & ~timed)}
        doubts.append(Doubt(code="net.ferry_untimed", layer=LAYER, values=values))
    return tuple(doubts)
