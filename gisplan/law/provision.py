"""Where the special provision can be asked for: hectares and vacant houses by promotion area and zone."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd

from gisplan.core import tables
from gisplan.core.units import SQUARE_METRES_PER_HECTARE
from gisplan.law.facts import Standing
from gisplan.law.logic import Truth, all_of
from gisplan.law.promotion import PromotionAreas
from gisplan.law.rule import Rule
from gisplan.overlay.locate import locate
from gisplan.overlay.share import shares

NO_ZONE_LAND = "用途地域なし"
UNKNOWN_ZONE = "用途地域不明"


def provision(
    promotion: PromotionAreas | None,
    zones: gpd.GeoDataFrame | None,
    houses: gpd.GeoDataFrame | None,
    *,
    rule: Rule,
    day: date,
) -> pd.DataFrame:
    """Return the table `provision`.

    Parameters
    ----------
    promotion
        Promotion areas, or None where they are not known [m].
    zones
        Zones that do not overlap, or None where they are not known [m].
    houses
        Vacant houses as points, or None where they are not known [m].
    rule
        `coworking.toml`.
    day
        The day on which the law is applied.

    Returns
    -------
    DataFrame
        One row per area and zone that meet; `covered_ha` is 0 where the provision does not apply and empty
        where that cannot be told; land without a zone is a row of its own.
    """
    if promotion is None:
        return tables.hold(pd.DataFrame(), "provision")
    ground = _ground(promotion.table, zones)
    standing = {area.name: area for area in promotion.standings}
    covers = [
        _covers(standing[area], zone, rule=rule, day=day)
        for area, zone in zip(ground["promotion_area"], ground["zone"], strict=True)
    ]
    factor = pd.Series(covers, index=ground.index, dtype=object).map({True: 1.0, False: 0.0})
    counted = ground.assign(
        covered_ha=ground["area_ha"] * factor.astype("float64"),
        vacant_houses=_houses(promotion.table, zones, houses, ground=ground),
    )
    return tables.hold(counted, "provision")


def _ground(areas: gpd.GeoDataFrame, zones: gpd.GeoDataFrame | None) -> pd.DataFrame:
    """Return hectares and share of every area by zone."""
    if zones is None:
        size = areas.area / SQUARE_METRES_PER_HECTARE
        return pd.DataFrame(
            {"promotion_area": areas["id"], "zone": UNKNOWN_ZONE, "area_ha": size, "share": 1.0}
        )
    parts = shares(areas, zones)
    parts["zone"] = _zone_names(parts["area"], zones)
    summed = parts.groupby(["lot", "zone"], as_index=False)[["area_m2", "share"]].sum()
    return summed.assign(area_ha=summed["area_m2"] / SQUARE_METRES_PER_HECTARE).rename(
        columns={"lot": "promotion_area"}
    )


def _zone_names(ids: pd.Series, zones: gpd.GeoDataFrame) -> pd.Series:
    """Return the zone of each polygon id; land outside every polygon and unnamed polygons have a name."""
    named = zones.set_index("id")["zone"].replace("", UNKNOWN_ZONE)
    return ids.map(named).astype("object").where(ids != "", NO_ZONE_LAND)


def _covers(area: Standing, zone: str, *, rule: Rule, day: date) -> Truth:
    if not rule.holds(day):
        return False
    eligible = None if zone == UNKNOWN_ZONE else zone in rule.value("zones", day=day)
    return all_of((area.conditions(day=day), eligible))


def _houses(
    areas: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame | None,
    houses: gpd.GeoDataFrame | None,
    *,
    ground: pd.DataFrame,
) -> pd.Series:
    """Return the vacant houses of every row of `ground`, empty where they are not known."""
    if houses is None:
        return pd.Series(pd.NA, index=ground.index, dtype="Int64")
    area = locate(houses, areas)["area"]
    zone = (
        pd.Series(UNKNOWN_ZONE, index=area.index)
        if zones is None
        else _zone_names(locate(houses, zones)["area"], zones)
    )
    counts = pd.DataFrame({"area": area, "zone": zone}).value_counts()
    keys = zip(ground["promotion_area"], ground["zone"], strict=True)
    return pd.Series(np.array([counts.get(key, 0) for key in keys]), index=ground.index, dtype="Int64")
