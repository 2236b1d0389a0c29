"""The ground of a plan as the law sees it: zones, area division, city planning areas, promotion areas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from gisplan.core.tables import Doubt
from gisplan.core.words import Atlas
from gisplan.law.control import ControlGround, control_doubts, control_ground
from gisplan.law.facts import PROMOTED
from gisplan.law.named_uses import use_codes
from gisplan.law.phrases import layer_missing
from gisplan.law.promotion import HARDLY, PromotionAreas, promotion_areas
from gisplan.law.rule import Rule
from gisplan.overlay.contested import contested
from gisplan.overlay.share import disjoint

UNDIVIDED = ("非線引", "区域区分非設定", "区域区分の定めのない", "準都市計画区域")
"""Words in the kind of a city planning area that has no area division."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Land:
    """What the plan's layers say of the ground; None where a layer is missing or holds nothing.

    `zones`, `divisions` and `planning` do not overlap; `drawn` are the zones as drawn, and `contested` is the ground
    of each zone that another one claims, too. `only_promoted` says that the division layer draws 市街化区域 alone,
    so that the rest of a divided city is the other; `control` is the urbanization control area in each promotion
    area, slivers left out [m²]; areas of which it cannot be told are in `control_unknown` instead.
    """

    zones: gpd.GeoDataFrame | None
    drawn: gpd.GeoDataFrame | None
    contested: gpd.GeoDataFrame | None
    divisions: gpd.GeoDataFrame | None
    only_promoted: bool
    planning: gpd.GeoDataFrame | None
    municipality: gpd.GeoDataFrame | None
    promotion: PromotionAreas | None
    control: Mapping[str, float] | None
    control_unknown: frozenset[str]
    district_plans: gpd.GeoDataFrame | None
    utilization: gpd.GeoDataFrame | None
    doubts: tuple[Doubt, ...]


def read_land(atlas: Atlas, *, rule: Rule) -> Land:
    """Return the ground of a plan, with the doubts about its layers.

    Parameters
    ----------
    atlas
        The layers of the plan.
    rule
        `coworking.toml`.
    """
    zone, promotion = atlas.table("zone"), atlas.table("promotion_area")
    zones, contested, doubts = _zones(zone)
    divisions = _flat(atlas.table("area_division"))
    areas = None if promotion is None else _promotion(promotion, atlas, rule=rule)
    missing = [
        layer_missing(name)
        for name, table in (("zone", zone), ("promotion_area", promotion))
        if table is None
    ]
    only = divisions is not None and set(divisions["division"]) == {PROMOTED}
    planning, towns = _flat(atlas.table("city_planning_area")), _flat(atlas.table("municipality"))
    tolerance = atlas.plan.check.tolerance_m
    control = _control(areas, divisions, planning, towns, only=only, tolerance=tolerance)
    consulted = (
        control_doubts(control, tolerance=tolerance, rule=rule, day=atlas.plan.date) if control else ()
    )
    return Land(
        zones=zones,
        drawn=zone,
        contested=contested,
        divisions=divisions,
        only_promoted=only,
        planning=planning,
        municipality=towns,
        promotion=areas,
        control=None if control is None else control.real,
        control_unknown=frozenset(control.unknown if control else ()),
        district_plans=atlas.table("district_plan"),
        utilization=atlas.table("vacant_house_utilization_area"),
        doubts=(*missing, *doubts, *(areas.doubts if areas else ()), *consulted),
    )


def _control(
    areas: PromotionAreas | None,
    divisions: gpd.GeoDataFrame | None,
    planning: gpd.GeoDataFrame | None,
    municipality: gpd.GeoDataFrame | None,
    *,
    only: bool,
    tolerance: float,
) -> ControlGround | None:
    """Return the urbanization control area in the promotion areas, None where either layer is missing."""
    if areas is None or divisions is None:
        return None
    return control_ground(
        areas.table,
        divisions,
        only=only,
        planning=None if planning is None else planning.drop(undivided(planning).index),
        municipality=municipality,
        tolerance=tolerance,
    )


def _promotion(table: gpd.GeoDataFrame, atlas: Atlas, *, rule: Rule) -> PromotionAreas:
    return promotion_areas(
        table,
        rule=rule,
        day=atlas.plan.date,
        tolerance=atlas.plan.check.tolerance_m,
        codes=use_codes(atlas.catalogue),
    )


def _flat(table: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame | None:
    return None if table is None else disjoint(table).areas


def _zones(
    table: gpd.GeoDataFrame | None,
) -> tuple[gpd.GeoDataFrame | None, gpd.GeoDataFrame | None, list[Doubt]]:
    """Return zones that do not overlap, their ground that several claim, and what was odd in them as drawn."""
    if table is None:
        return None, None, []
    flat = disjoint(table)
    name = table.set_index("id")["zone"]
    pairs = flat.overlaps
    differ = pairs["area"].map(name).to_numpy() != pairs["other"].map(name).to_numpy()
    doubts = []
    if pairs["overlap_m2"].sum() >= HARDLY:
        values = {
            "pairs": len(pairs),
            "area": float(pairs["overlap_m2"].sum()),
            "differ": float(pairs.loc[differ, "overlap_m2"].sum()),
        }
        doubts.append(Doubt(code="law.zone_overlap", layer="zone", values=values))
    unnamed = table[table["zone"] == ""]
    if len(unnamed):
        named = {"count": len(unnamed), "area": float(unnamed.area.sum()), "ids": _some(unnamed["id"])}
        doubts.append(Doubt(code="law.zone_unknown", layer="zone", values=named))
    return flat.areas, contested(table, flat, by="zone"), doubts


def _some(ids: pd.Series) -> list[str]:
    """Return the first few ids for a message."""
    shown = sorted(ids)
    return shown if len(shown) <= 5 else [*shown[:5], "…"]  # noqa: PLR2004 - what a line holds


def undivided(planning: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the city planning areas that have no area division, by what their kind says."""
    said = planning["kind"].map(lambda kind: any(word in str(kind) for word in UNDIVIDED))
    return planning[said.astype(bool)]
