"""What the roads of OpenStreetMap mean for a mode, from their columns, without a table.

It is what `read_rows` says of their table, which has the last word on all that is rare: ferries and roads closed in
winter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gisplan.core.tables import Doubt
from gisplan.core.units import metres_per_minute
from gisplan.network.passage import CLOSED, CLOSED_CODES, Mode
from gisplan.network.rows import EXPRESSWAY, LAYER, Rows, counted
from gisplan.network.speeds import AREAS, CLASSES, Speeds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from gisplan.network.road_columns import RoadColumns

TENS = 10 ** np.arange(18, dtype=np.int64)


def rows_of(roads: RoadColumns, *, speeds: Speeds, mode: Mode) -> Rows | None:
    """Return class, pace, direction and the rest of each road, None where a table has to be made for them.

    Parameters
    ----------
    roads
        The columns of roads.
    speeds
        Speeds by class; a road's own valid speed comes first.
    mode
        By car, on foot or by bicycle.
    """
    rank = rank_of(roads.way)
    road_class = _coded(roads, "road_class", {name: code for code, name in enumerate(CLASSES)})
    rare = roads.says("ferry") | roads.says("winter_closed") | (road_class < 0)
    if rank is None or rare.any():
        return None
    ramp, motor = roads.says("ramp"), _coded(roads, "osm_class", {"motorway": 1}) > 0
    express = (road_class == EXPRESSWAY) | motor
    area, kmh = _areas(roads), roads.figures("speed_kmh")
    valid = (kmh >= speeds.slowest) & (kmh <= speeds.fastest) & (mode == "car")
    by_class = speeds.table()[np.where(express, EXPRESSWAY, road_class), area]
    if mode != "car":
        by_class = np.where(express | ramp, 0.0, speeds.steady(mode))
    able, none = _able(roads, mode), np.zeros(len(rank), dtype=bool)
    odd, untold = (_odd(roads, kmh, valid), _untold(roads, express)) if mode == "car" else ((), ())
    barred = motor & (road_class != EXPRESSWAY)
    return Rows(
        road_class=road_class.astype(np.int8),
        pace=_pace(np.where(valid, metres_per_minute(1.0) * kmh, by_class)),
        own=valid,
        direction=_directions(roads, mode),
        level=np.nan_to_num(roads.figures("level")).astype(np.int64),
        ramp=ramp,
        width=roads.figures("width_m"),
        rank=rank,
        passable=able,
        shut=none,
        frontage=~none,
        doubts=(*odd, *counted("net.motor_only", roads.some_ids(barred)), *_closed(able, mode), *untold),
        mainline=express & ~ramp,
        area=area,
    )


def _pace(speed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return minutes per metre, infinite where nobody moves [r]."""
    with np.errstate(divide="ignore"):
        return 1.0 / speed


def _areas(roads: RoadColumns) -> NDArray[np.int8]:
    """Return the kind of area of each road, `urban` where nothing is said [r]."""
    area = _coded(roads, "area_kind", {name: code for code, name in enumerate(AREAS)})
    return np.where(area < 0, AREAS.index("urban"), area).astype(np.int8)


def _odd(roads: RoadColumns, kmh: NDArray[np.float64], valid: NDArray[np.bool_]) -> tuple[Doubt, ...]:
    """Return a doubt about speeds that are none of cars."""
    odd = ~np.isnan(kmh) & ~valid
    return counted("net.speed_odd", roads.some_ids(odd), odd=kmh[odd])


def rank_of(way: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return the place of each way by its id as a text: `way/10` before `way/9`; None for ids too long or below 1."""
    if len(way) and not 0 < int(way.min()) <= int(way.max()) < int(TENS[-1]):
        return None
    digits = np.searchsorted(TENS, way, side="right")
    order = np.lexsort((digits, way * TENS[len(TENS) - 1 - digits]))
    rank = np.empty(len(way), dtype=np.int64)
    rank[order] = np.arange(len(way))
    return rank


def _coded(roads: RoadColumns, name: str, codes: Mapping[str, int]) -> NDArray[np.int64]:
    """Return the code of each road's word, -1 for any other [r]."""
    column = roads.fields[name]
    return np.array([codes.get(word, -1) for word in column.different], dtype=np.int64)[column.which]


def _directions(roads: RoadColumns, mode: Mode) -> NDArray[np.int8]:
    direction = np.nan_to_num(roads.figures("oneway")).astype(np.int8)
    if mode == "walk":
        return np.zeros_like(direction)
    void = roads.says("bicycle_both_ways") & (mode == "bicycle")
    return np.where(void, 0, direction).astype(np.int8)


def _able(roads: RoadColumns, mode: Mode) -> NDArray[np.bool_]:
    """Return which roads a mode may use [r]."""
    able = _coded(roads, "passage", dict.fromkeys(CLOSED[mode], 1)) < 0
    if mode != "bicycle":
        return able
    told = ~np.isnan(roads.figures("bicycle"))
    return np.where(told, roads.says("bicycle"), able)


def _closed(able: NDArray[np.bool_], mode: Mode) -> tuple[Doubt, ...]:
    count = int((~able).sum())
    return (Doubt(code=CLOSED_CODES[mode], layer=LAYER, values={"count": count}),) if count else ()


def _untold(roads: RoadColumns, express: NDArray[np.bool_]) -> tuple[Doubt, ...]:
    """Return a doubt where no ordinary road says whether it is one-way."""
    ordinary = np.isnan(roads.figures("oneway"))[~express]
    return (Doubt(code="net.oneway_unknown", layer=LAYER),) if len(ordinary) and ordinary.all() else ()
