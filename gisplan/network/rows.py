"""What each row of the road table means for a mode: class, pace, direction, level, and what is doubtful about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gisplan.core.tables import Doubt
from gisplan.core.units import metres_per_minute
from gisplan.network.passage import (
    Mode,
    Season,
    directions,
    ferry_pace,
    has_frontage,
    is_shut,
    levels,
    open_to,
    passage_doubts,
    says,
)
from gisplan.network.speeds import AREAS, CLASSES, Speeds

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

LAYER = "road"
EXPRESSWAY = CLASSES.index("expressway")
OTHER = CLASSES.index("other")
SAMPLE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What the road table says, cleaned, one entry a row.

    `pace` is in minutes per metre, infinite where the mode may not pass; `own` says that it is the road's own
    speed; `direction` is 1, -1 or 0; `width` is NaN where unknown; `rank` is the place by id; `passable` says
    whether the mode may use it, `shut` whether a scenario closes it, `frontage` whether a building may stand on it.
    `mainline` is the carriageway of an expressway or another road for cars alone, whatever its class by law; `area`
    is the place in `AREAS` of the kind of area whose speed it has.
    """

    road_class: NDArray[np.int8]
    pace: NDArray[np.float64]
    own: NDArray[np.bool_]
    direction: NDArray[np.int8]
    level: NDArray[np.int64]
    ramp: NDArray[np.bool_]
    width: NDArray[np.float64]
    rank: NDArray[np.int64]
    passable: NDArray[np.bool_]
    shut: NDArray[np.bool_]
    frontage: NDArray[np.bool_]
    doubts: tuple[Doubt, ...]
    mainline: NDArray[np.bool_]
    area: NDArray[np.int8]


def read_rows(
    roads: gpd.GeoDataFrame, *, speeds: Speeds, mode: Mode = "car", ferry: bool = False, season: Season = ""
) -> Rows:
    """Return class, pace, direction, level, ramp and width of each row, and the doubts about them.

    Parameters
    ----------
    roads, speeds
        The road table, and the speeds by class.
    mode, ferry, season
        How one travels, whether ferries count, and whether roads closed for the winter are left out.
    """
    named = roads["road_class"].map({name: code for code, name in enumerate(CLASSES)})
    road_class = named.fillna(OTHER).to_numpy("int8")
    ramp, motor_only = says(roads, "ramp"), _motor_only(roads)
    express = (road_class == EXPRESSWAY) | motor_only
    area, own = _areas(roads), _own_speeds(roads, speeds)
    # A road for cars alone is driven as an expressway whatever the law calls it, and closed to all others.
    by_class = speeds.table()[np.where(express, EXPRESSWAY, road_class), area]
    if mode != "car":
        by_class = np.where(express | ramp, 0.0, speeds.steady(mode))
    boat, by_road = ferry_pace(roads), own.valid & (mode == "car")
    with np.errstate(divide="ignore"):
        pace = 1.0 / np.where(by_road, metres_per_minute(1.0) * own.kmh, by_class)
    ids = roads["id"].to_numpy(object)
    rank = np.argsort(np.argsort(ids, kind="stable"), kind="stable")
    doubts = (
        *counted("net.class_unknown", ids[named.isna().to_numpy()]),
        *(counted("net.speed_odd", ids[own.odd], odd=own.kmh[own.odd]) if mode == "car" else ()),
        *counted("net.motor_only", ids[motor_only & (road_class != EXPRESSWAY)]),
        *passage_doubts(roads, mode=mode, ferry=ferry, season=season),
        *(_oneway_doubts(roads, express) if mode == "car" else ()),
    )
    return Rows(
        road_class=road_class,
        pace=np.where(is_shut(roads), np.inf, np.where(np.isnan(boat), pace, boat)),
        own=by_road | ~np.isnan(boat),
        direction=directions(roads, mode=mode),
        level=levels(roads, rank),
        ramp=ramp,
        width=pd.to_numeric(roads["width_m"], errors="coerce").to_numpy("float64"),
        rank=rank,
        passable=open_to(roads, mode=mode, ferry=ferry, season=season),
        shut=is_shut(roads),
        frontage=has_frontage(roads),
        doubts=doubts,
        mainline=express & ~ramp,
        area=area,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Own:
    """The roads' own speeds [km/h], and which of them are speeds of cars, and which are none [n]."""

    kmh: NDArray[np.float64]
    valid: NDArray[np.bool_]
    odd: NDArray[np.bool_]


def _own_speeds(roads: gpd.GeoDataFrame, speeds: Speeds) -> _Own:
    kmh = pd.to_numeric(roads["speed_kmh"], errors="coerce").to_numpy("float64")
    valid = (kmh >= speeds.slowest) & (kmh <= speeds.fastest)
    return _Own(kmh=kmh, valid=valid, odd=~np.isnan(kmh) & ~valid)


def _oneway_doubts(roads: gpd.GeoDataFrame, express: NDArray[np.bool_]) -> tuple[Doubt, ...]:
    """Return a doubt where no ordinary road says whether it is one-way; N13 never does."""
    ordinary = roads["oneway"].isna().to_numpy()[~express]
    return (Doubt(code="net.oneway_unknown", layer=LAYER),) if len(ordinary) and ordinary.all() else ()


def _motor_only(roads: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Return the carriageways for cars alone, which join other roads by their ramps only, as OpenStreetMap has them."""
    if "osm_class" not in roads:
        return np.zeros(len(roads), dtype=bool)
    found: NDArray[np.bool_] = (roads["osm_class"] == "motorway").to_numpy()
    return found


def _areas(roads: gpd.GeoDataFrame) -> NDArray[np.int8]:
    """Return the kind of area of each row, `urban` where nothing is said."""
    urban = AREAS.index("urban")
    if "area_kind" not in roads:
        return np.full(len(roads), urban, dtype="int8")
    codes = {name: code for code, name in enumerate(AREAS)}
    found: NDArray[np.int8] = roads["area_kind"].map(codes).fillna(urban).to_numpy("int8")
    return found


def counted(code: str, ids: NDArray[np.object_], odd: NDArray[np.float64] | None = None) -> tuple[Doubt, ...]:
    """Return a doubt about some roads with the first of their ids, and with their odd speeds; none where none are."""
    if not len(ids):
        return ()
    sample = sorted(map(str, ids))[:SAMPLE]
    values: dict[str, Any] = {"count": len(ids), "sample": sample}
    if odd is not None:
        values["speeds"] = [f"{value:g}" for value in np.unique(odd)[:SAMPLE]]
    return (Doubt(code=code, layer=LAYER, values=values),)
