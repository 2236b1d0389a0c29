"""The roads that a scenario changes as they were and will be, for its tables and its map."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from gisplan.core.scenario import RoadChange
from gisplan.network.speeds import AREAS, CLASSES, Speeds
from gisplan.siting.scenarios.stretches import called, whole_ids

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMNS = (
    "scenario", "id", "name", "called", "change", "length_m", "class_before", "class_after", "kmh_before", "kmh_after",
)  # fmt: skip


def kmh(rows: pd.DataFrame, speeds: Speeds) -> NDArray[np.float64]:
    """Return the speed of each road: its own where it is one of a car, else that of its class and area [n, km/h].

    Parameters
    ----------
    rows
        Rows of the road table.
    speeds
        The speeds by class and kind of area.
    """
    own = pd.to_numeric(rows["speed_kmh"], errors="coerce").to_numpy("float64")
    valid = (own >= speeds.slowest) & (own <= speeds.fastest)
    areas = rows["area_kind"] if "area_kind" in rows else [""] * len(rows)
    named = [
        speeds.of(name if name in CLASSES else "other", area=area if area in AREAS else "urban")
        for name, area in zip(rows["road_class"], areas, strict=True)
    ]
    return np.where(valid, own, np.array(named, dtype="float64"))


def changed(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, change: RoadChange, *, scenario: str, speeds: Speeds
) -> gpd.GeoDataFrame:
    """Return the roads that one change touched, with class and speed before and after.

    Parameters
    ----------
    before
        The road table before the change.
    after
        The rows it touched, as they are after it.
    change
        What plan.toml says of them.
    scenario
        The name of the scenario.
    speeds
        The speeds by class and kind of area.
    """
    names = after["name"].fillna("")
    # A stretch cut out of a road was what that road is.
    was = before.set_index("id").reindex(whole_ids(after["id"], key=change.key))
    stood = was["road_class"].notna().to_numpy()
    old = kmh(was.assign(road_class=was["road_class"].fillna("other")), speeds)
    return gpd.GeoDataFrame(
        {
            "scenario": scenario,
            "id": after["id"].to_numpy(object),
            "name": names.to_numpy(object),
            "called": [
                called(str(one), str(name), change) for one, name in zip(after["id"], names, strict=True)
            ],
            "change": change.deed,
            "length_m": after.length.to_numpy(),
            "class_before": np.where(stood, was["road_class"].fillna("").to_numpy(object), ""),
            "class_after": after["road_class"].to_numpy(object),
            "kmh_before": np.where(stood, old, np.nan),
            "kmh_after": np.nan if change.deed == "close" else kmh(after, speeds),
        },
        geometry=after.geometry.to_numpy(),
        crs=after.crs,
    )


def together(parts: Iterable[gpd.GeoDataFrame], crs: int) -> gpd.GeoDataFrame:
    """Return the roads of several changes as one table, an empty one with its columns where there are none."""
    given = [part for part in parts if len(part)]
    if not given:
        return gpd.GeoDataFrame({name: [] for name in COLUMNS}, geometry=[], crs=crs)
    return gpd.GeoDataFrame(pd.concat(given, ignore_index=True), crs=crs)
