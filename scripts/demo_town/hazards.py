"""Where the river floods, the slopes may slide, and the sea may come."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .areas import GRID, Areas, mainland, ordered
from .plane import band, bend_shape, curve, dice, lattice

FLOOD = (("3", 110.0), ("2", 330.0), ("1", 620.0))
"""Depth rank of 国土数値情報 A31, and the distance from the river it reaches to [m]."""

FLOOD_TOP = 2600.0
SCARPS = 22
SCARP_LEVELS = (2030.0, 2470.0, 2470.0)
"""t of the steps between the terraces [m]; the upper one is longer."""

HILLS = 16
STREAMS = 6


def floods(areas: Areas) -> gpd.GeoDataFrame:
    """Return the flood areas of the river, deepest first, without overlap."""
    t = lattice(-600, FLOOD_TOP)
    river = shapely.LineString(np.column_stack([curve("river", t), t]))
    rows: list[dict[str, object]] = []
    deeper: shapely.Geometry = shapely.Polygon()
    for rank, reach in FLOOD:
        shape = shapely.intersection(
            river.buffer(reach, cap_style="flat"), mainland("terrace"), grid_size=GRID
        )
        rows.append(
            {
                "河川名": "汐見川（架空）",
                "浸水深ランク": rank,
                "geometry": shapely.difference(shape, deeper, grid_size=GRID),
            }
        )
        deeper = shapely.union(shape, deeper)
    return _inside(rows, areas)


def landslides(areas: Areas) -> gpd.GeoDataFrame:
    """Return warning areas at the scarps of the terraces, the foot of the hills and the mouths of streams."""
    chance = dice(theme=51)
    rows: list[dict[str, object]] = []
    for number in range(SCARPS + HILLS + STREAMS):
        stream = number >= SCARPS + HILLS
        if number < SCARPS:
            s, t = 2700 + 3800 * chance.random(), float(chance.choice(SCARP_LEVELS))
        else:
            s = 150 + 7300 * chance.random()
            t = float(curve("express", np.asarray([s]))[0]) + 200 + 900 * chance.random()
        wide, deep = (45 + 25 * chance.random(), 190.0) if stream else (60 + 90 * chance.random(), 32.0)
        shape = _patch(s, t, wide, deep, chance)
        kind = "土石流" if stream else "急傾斜地の崩壊"
        for warning, part in (("2", shapely.affinity.scale(shape, 0.7, 0.55)), ("1", shape)):
            ground = (
                part
                if warning == "2"
                else shapely.difference(shape, shapely.affinity.scale(shape, 0.7, 0.55))
            )
            rows.append(
                {
                    "A33_001": "2" if stream else "1",
                    "A33_002": warning,
                    "区分": f"{kind}（土砂災害{'特別' if warning == '2' else ''}警戒区域）",
                    "名称": f"架空{'沢' if stream else '急傾斜'}{number + 1:02d}",
                    "geometry": ground,
                }
            )
    return _inside(rows, areas)


def _patch(s: float, t: float, wide: float, deep: float, chance: np.random.Generator) -> shapely.Polygon:
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    wave = 0.86 + 0.28 * chance.random(24)
    return shapely.Polygon(
        np.column_stack([s + wide * wave * np.cos(angle), t + deep * wave * np.sin(angle)])
    )


def tsunamis(areas: Areas) -> gpd.GeoDataFrame:
    """Return what the sea may cover: two depths along the coast."""
    rows = [
        {"浸水深": "0.5m以上3.0m未満", "geometry": band(0, 7600, "coast", "coast+110")},
        {"浸水深": "0.5m未満", "geometry": band(0, 7600, "coast+110", "coast+230")},
    ]
    return _inside(rows, areas)


def _inside(rows: list[dict[str, object]], areas: Areas) -> gpd.GeoDataFrame:
    """Return shapes of the drawing plane as they lie in the town, empty ones left out."""
    frame = pd.DataFrame(rows)
    # Bending may cross the two sides of a sliver; what comes out of the mending is polygons again.
    bent = shapely.buffer(shapely.make_valid([bend_shape(shape) for shape in frame["geometry"]]), 0)
    frame["geometry"] = shapely.intersection(bent, areas.land, grid_size=GRID)
    return ordered(frame.loc[~shapely.is_empty(frame["geometry"].to_numpy())].reset_index(drop=True))
