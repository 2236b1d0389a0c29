"""Where the sites of one layer lie: zones, area division, city planning areas, promotion areas, by site id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd

from gisplan.core.options import CheckOptions
from gisplan.law.facts import Standing
from gisplan.law.gather import (
    AcrossEdge,
    Hold,
    in_undivided,
    inside,
    names,
    parts,
    standings,
    zone_parts,
)
from gisplan.law.land import Land
from gisplan.law.logic import Truth
from gisplan.law.lots import Weighted, weighted, zone_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Where the sites of one layer lie, each by site id (empty where a layer is missing), and on what land.

    `rows` are the pieces of the lots by zone polygon, `years` the data years of the zone polygons by their id.
    """

    layer: str
    land: Land
    options: CheckOptions
    years: Mapping[str, str]
    rows: pd.DataFrame | None = None
    zone: Mapping[str, Hold] = field(default_factory=dict)
    ratios: Mapping[str, Weighted] = field(default_factory=dict)
    division: Mapping[str, Hold] = field(default_factory=dict)
    planning: Mapping[str, Truth] = field(default_factory=dict)
    undivided: Mapping[str, Truth] = field(default_factory=dict)
    municipality: Mapping[str, Truth] = field(default_factory=dict)
    areas: Mapping[str, tuple[Standing, ...]] = field(default_factory=dict)
    district_plans: Mapping[str, str] = field(default_factory=dict)
    utilization: Mapping[str, str] = field(default_factory=dict)


def grounds_of(
    lots: gpd.GeoDataFrame, land: Land, *, layer: str, options: CheckOptions, across_edge: AcrossEdge
) -> Grounds:
    """Return where sites lie.

    Parameters
    ----------
    lots
        Sites, polygons or points, with `id` [m].
    land
        The ground of the plan.
    layer
        The layer of the sites.
    options
        The tolerance of the plan.
    across_edge
        What a site across the edge of a promotion area is.
    """
    tolerance = options.tolerance_m
    planning, areas = land.planning, land.promotion
    rows = None
    if land.zones is not None and land.contested is not None:
        rows = zone_rows(lots, land.zones, land.contested, tolerance=tolerance)
    return Grounds(
        layer=layer,
        land=land,
        options=options,
        years=_years(land),
        rows=rows,
        zone={} if rows is None or land.drawn is None else zone_parts(rows, lots, drawn=land.drawn),
        ratios={} if rows is None else weighted(rows),
        division={} if land.divisions is None else parts(lots, land.divisions, by="division"),
        planning={} if planning is None else inside(lots, planning),
        undivided={} if planning is None else in_undivided(lots, planning),
        municipality={} if land.municipality is None else inside(lots, land.municipality),
        areas={} if areas is None else standings(lots, areas, tolerance=tolerance, across_edge=across_edge),
        district_plans=names(lots, land.district_plans),
        utilization=names(lots, land.utilization),
    )


def _years(land: Land) -> Mapping[str, str]:
    """Return the data year of every zone polygon that has one."""
    if land.zones is None:
        return {}
    known = land.zones[land.zones["year"].notna() & (land.zones["year"].astype(str) != "")]
    return {key: str(year).removesuffix(".0") for key, year in zip(known["id"], known["year"], strict=True)}
