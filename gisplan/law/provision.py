"""Where the special provision can be asked for: hectares and vacant houses by promotion area and zone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core import tables
from gisplan.core.tables import Doubt
from gisplan.core.units import SQUARE_METRES_PER_HECTARE
from gisplan.law.facts import Standing
from gisplan.law.logic import Truth, all_of, any_of
from gisplan.law.promotion import HARDLY, LAYER, PromotionAreas
from gisplan.law.rule import Rule
from gisplan.law.uses import rows_for
from gisplan.overlay.listings import listed_once
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
    nesting: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the table `provision`.

    A plan may name an area only inside a priority district (22条1項): of one that is not sure to lie inside, within
    the tolerance, it cannot be told what is covered, not even for the part inside.

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
    nesting
        The table `nesting`, or None where the areas are taken to lie inside.

    Returns
    -------
    DataFrame
        One row per area and zone that meet; `covered_ha` is 0 where the provision does not apply and empty
        where that cannot be told; land without a zone is a row of its own. Ground that two areas claim, and the
        houses on it, count in both.
    """
    if promotion is None or promotion.table.empty:
        return tables.hold(pd.DataFrame(), "provision")
    ground = _ground(promotion.table, zones)
    standing = {area.name: area for area in promotion.standings}
    doubtful, astray = _doubtful(promotion.table, zones), _astray(nesting)
    keys = list(zip(ground["promotion_area"], ground["zone"], strict=True))
    covers = [
        all_of(
            (
                _covers(standing[area], zone, rule=rule, day=day),
                None if (area, zone) in doubtful or area in astray else True,
            )
        )
        for area, zone in keys
    ]
    factor = pd.Series(covers, index=ground.index, dtype=object).map({True: 1.0, False: 0.0})
    counted = ground.assign(
        covered_ha=ground["area_ha"] * factor.astype("float64"),
        vacant_houses=_houses(promotion.table, zones, houses, keys=keys),
    )
    return tables.hold(counted, "provision")


def provision_doubts(
    table: pd.DataFrame, nesting: pd.DataFrame, *, rule: Rule, day: date
) -> tuple[Doubt, ...]:
    """Return a doubt for every area whose covered ground is left empty as it is not sure to lie inside.

    Parameters
    ----------
    table
        The table `provision`.
    nesting
        The table `nesting`.
    rule
        `nesting.toml`.
    day
        The day on which the law is applied.
    """
    verdicts = dict(zip(nesting["promotion_area"], nesting["verdict"], strict=True))
    empty = set(table.loc[table["covered_ha"].isna(), "promotion_area"]) & _astray(nesting)
    articles = "; ".join(rule.cite("district", day=day))
    return tuple(
        Doubt(
            code="law.provision_astray", layer=LAYER, subject=area, verdict=verdicts[area], articles=articles
        )
        for area in sorted(empty)
    )


def _astray(nesting: pd.DataFrame | None) -> set[str]:
    """Return the areas that are not sure to lie inside a priority district and the municipalities."""
    if nesting is None:
        return set()
    return set(nesting.loc[nesting["verdict"] != "inside", "promotion_area"])


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


def _doubtful(areas: gpd.GeoDataFrame, zones: gpd.GeoDataFrame | None) -> set[tuple[str, str]]:
    """Return the pairs of area and zone on whose ground versions differ of which one stands."""
    doubtful = areas[["id"]].set_geometry(gpd.GeoSeries(areas["doubtful"], crs=areas.crs))
    doubtful = doubtful[doubtful.area > 0]
    if doubtful.empty:
        return set()
    ground = _ground(doubtful, zones)
    real = ground[ground["area_ha"] * SQUARE_METRES_PER_HECTARE >= HARDLY]
    return set(zip(real["promotion_area"], real["zone"], strict=True))


def _zone_names(ids: pd.Series, zones: gpd.GeoDataFrame) -> pd.Series:
    """Return the zone of each polygon id; land outside every polygon and unnamed polygons have a name."""
    named = zones.set_index("id")["zone"].replace("", UNKNOWN_ZONE)
    return ids.map(named).astype("object").where(ids != "", NO_ZONE_LAND)


def _covers(area: Standing, zone: str, *, rule: Rule, day: date) -> Truth:
    if not rule.holds(day):
        return False
    conditions = area.conditions(day=day, since=rule.in_force)
    if zone == UNKNOWN_ZONE:
        return all_of((conditions, None))
    eligible = zone in rule.value("zones", day=day)
    return all_of((conditions, eligible and _needed(area, zone, day=day)))


def _needed(area: Standing, zone: str, *, day: date) -> Truth:
    """Return whether a use that the plan names can need the provision in a zone: one free there never does."""
    if area.uses is None:
        return True
    known = [rows_for(zone=zone, use=use, day=day) for use in sorted(area.uses)]
    return any_of(all(row.by_right != "yes" for row in rows) if rows else None for rows in known)


def _houses(
    areas: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame | None,
    houses: gpd.GeoDataFrame | None,
    *,
    keys: Sequence[tuple[str, str]],
) -> pd.Series:
    """Return the vacant houses of every area and zone, empty where they are not known."""
    if houses is None:
        return pd.Series(pd.NA, index=range(len(keys)), dtype="Int64")
    # A house that several lists name counts once.
    houses = gpd.GeoDataFrame(houses[listed_once(houses)], crs=houses.crs)
    held = _areas_of(houses, areas)
    if zones is None:
        zone = dict.fromkeys(held["point"], UNKNOWN_ZONE)
    else:
        located = locate(houses, zones)
        zone = dict(zip(located["point"], _zone_names(located["area"], zones), strict=True))
    counts = Counter(zip(held["area"], held["point"].map(zone), strict=True))
    return pd.Series([counts[key] for key in keys], index=range(len(keys)), dtype="Int64")


def _areas_of(houses: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return every house with each area that holds it; one on an edge alone is in the touching area of lowest id."""
    spots, ids = houses.geometry.to_numpy(), houses["id"].to_numpy(object)
    area, spot = shapely.STRtree(spots).query(areas.geometry.to_numpy(), predicate="contains_properly")
    within = pd.DataFrame({"point": ids[spot], "area": areas["id"].to_numpy(object)[area]})
    others = houses[~np.isin(np.arange(len(houses)), spot)]
    edge = locate(others, areas)
    return pd.concat([within, edge.loc[edge["area"] != "", ["point", "area"]]], ignore_index=True)
