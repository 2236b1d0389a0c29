"""How a lot lies on the zones: the ground of every zone, what is contested or a sliver, and the weighted ratios.

The use follows the zone that holds more than half of a lot (建築基準法91条); floor area ratio and building coverage
are weighted by area instead (52条7項, 53条2項).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gisplan.core import tables
from gisplan.law.provision import NO_ZONE_LAND, UNKNOWN_ZONE
from gisplan.overlay.share import shares

RATIOS = ("floor_area_ratio", "building_coverage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighted:
    """Ratios of a lot weighted by area [%], NaN where a part of it has none on record."""

    floor_area_ratio: float
    building_coverage: float


def zone_rows(
    lots: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    contested: gpd.GeoDataFrame,
    *,
    tolerance: float,
) -> pd.DataFrame:
    """Return how much of every lot lies in every zone polygon.

    Parameters
    ----------
    lots
        Sites, polygons or points, with column `id` [n, m].
    zones
        Zones that do not overlap, with `id`, `zone` and the ratios [k, m].
    contested
        Ground of the zones that another one claims, by `id` of the zone that holds it [m].
    tolerance
        A piece that is nowhere wider than this is a sliver [m].

    Returns
    -------
    DataFrame
        By lot and polygon: `lot`, `area` ("" outside every zone), `value` (the zone, "" outside, "?" unnamed),
        `area_m2`, `share` (0-1), `contested_m2`, `sliver`, `floor_area_ratio`, `building_coverage` [%].
    """
    rows = shares(lots, zones)
    claimed = shares(lots, contested)
    claimed = claimed[claimed["area"] != ""].rename(columns={"area_m2": "contested_m2"})
    rows = rows.merge(claimed[["lot", "area", "contested_m2"]], on=["lot", "area"], how="left")
    rows["contested_m2"] = rows["contested_m2"].fillna(0.0).clip(upper=rows["area_m2"])
    known = zones.set_index("id")
    named = known["zone"].replace("", "?")
    rows["value"] = rows["area"].map(named).astype("object").where(rows["area"] != "", "")
    for ratio in RATIOS:
        held = known[ratio] if ratio in known else pd.Series(np.nan, index=known.index)
        rows[ratio] = rows["area"].map(held).astype("float64")
    rows["sliver"] = _slivers(rows, lots, zones, tolerance=tolerance)
    return rows


def _slivers(
    rows: pd.DataFrame, lots: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, *, tolerance: float
) -> NDArray[np.bool_]:
    """Return which pieces of a lot are nowhere wider than the tolerance: borders drawn at different scales."""
    found = np.zeros(len(rows), dtype=bool)
    partial = np.flatnonzero(((rows["area_m2"] > 0) & (rows["share"] < 1)).to_numpy())
    if not len(partial) or tolerance <= 0:
        return found
    shape = dict(zip(lots["id"], lots.geometry.to_numpy(), strict=True))
    zone = dict(zip(zones["id"], zones.geometry.to_numpy(), strict=True))
    cut = rows.iloc[partial]
    touched: dict[str, list[Any]] = {}
    for lot, area in zip(cut["lot"], cut["area"], strict=True):
        if area:
            touched.setdefault(lot, []).append(zone[area])
    pieces = [
        shapely.intersection(shape[lot], zone[area])
        if area
        else shapely.difference(shape[lot], shapely.union_all(touched.get(lot, [])))
        for lot, area in zip(cut["lot"], cut["area"], strict=True)
    ]
    found[partial] = shapely.is_empty(shapely.buffer(pieces, -tolerance / 2))
    return found


def ratio_table(rows: pd.DataFrame, *, layer: str) -> pd.DataFrame:
    """Return the rows of the table `ratios` for the sites of one layer.

    Parameters
    ----------
    rows
        What `zone_rows` returns.
    layer
        The layer of the sites.
    """
    named = rows["value"].replace({"": NO_ZONE_LAND, "?": UNKNOWN_ZONE})
    keys = ["lot", "zone", *RATIOS]
    summed = (
        rows.assign(zone=named).groupby(keys, dropna=False)[["area_m2", "share", "contested_m2"]].sum()
    ).reset_index()
    point = summed["area_m2"] == 0
    full = summed.rename(columns={"lot": "id"}).assign(layer=layer)
    # A point has no area; its share says in which zone it lies.
    return tables.hold(full.assign(area_m2=full["area_m2"].mask(point)), "ratios")


def weighted(rows: pd.DataFrame) -> Mapping[str, Weighted]:
    """Return the ratios of every lot, weighted by area.

    Ground outside every zone that is a mere sliver between two polygons is left out; any other part without a
    ratio on record leaves the lot without one.

    Parameters
    ----------
    rows
        What `zone_rows` returns.

    References
    ----------
    建築基準法 52条7項, 53条2項.
    """
    counted = rows[(rows["area"] != "") | ~rows["sliver"]]
    weight = counted["area_m2"].where(counted["area_m2"] > 0, counted["share"])
    total = weight.groupby(counted["lot"]).sum()
    found = {
        ratio: (counted[ratio] * weight).groupby(counted["lot"]).agg(_sum_of_known) / total
        for ratio in RATIOS
    }
    return {
        str(lot): Weighted(
            floor_area_ratio=float(found["floor_area_ratio"][lot]),
            building_coverage=float(found["building_coverage"][lot]),
        )
        for lot in total.index
    }


def _sum_of_known(values: pd.Series[float]) -> float:
    return float(np.asarray(values).sum())
