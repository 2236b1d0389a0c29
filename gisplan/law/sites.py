"""The facts of every site: what the ground says of it, put into the words that the rules take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core.words import CheckOptions, Text
from gisplan.law.facts import CONTROL, PROMOTED, Facts, Standing
from gisplan.law.gather import (
    HALF,
    OUTSIDE,
    UNNAMED,
    AcrossEdge,
    Part,
    in_undivided,
    inside,
    names,
    parts,
    standings,
)
from gisplan.law.land import Land
from gisplan.law.logic import Truth
from gisplan.law.phrases import say, title_text, zone_text
from gisplan.overlay.share import NOISE


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site of a layer: its facts, and what its row shows beside them.

    `inferred` says that its area division was inferred from what the division layer leaves out.
    """

    id: str
    name: str
    facts: Facts
    zone_share: float
    inferred: bool
    assumed_use: bool
    lead: tuple[Text, ...]
    caution: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Where the sites of one layer lie, each by site id (empty where a layer is missing), and on what land.

    `years` are the data years of the zone polygons by their id.
    """

    land: Land
    options: CheckOptions
    years: Mapping[str, str]
    zone: Mapping[str, Part] = field(default_factory=dict)
    division: Mapping[str, Part] = field(default_factory=dict)
    planning: Mapping[str, Truth] = field(default_factory=dict)
    undivided: Mapping[str, Truth] = field(default_factory=dict)
    municipality: Mapping[str, Truth] = field(default_factory=dict)
    areas: Mapping[str, tuple[Standing, ...]] = field(default_factory=dict)
    district_plans: Mapping[str, str] = field(default_factory=dict)
    utilization: Mapping[str, str] = field(default_factory=dict)


def sites(
    lots: gpd.GeoDataFrame, land: Land, *, options: CheckOptions, across_edge: AcrossEdge
) -> tuple[Site, ...]:
    """Return the facts of every site, in the order of their ids.

    Parameters
    ----------
    lots
        Sites, polygons or points, with `id`, `name` and, where known, `use`, `floor_area`, `storey` [m].
    land
        The ground of the plan.
    options
        The default use and the tolerance of the plan.
    across_edge
        What a site across the edge of a promotion area is.
    """
    ordered = lots.sort_values("id", kind="stable", ignore_index=True)
    grounds = _grounds(ordered, land, options=options, across_edge=across_edge)
    size = shapely.area(ordered.geometry.to_numpy())
    columns = [_column(ordered, name) for name in ("id", "name", "use", "floor_area", "storey")]
    return tuple(
        _site(row, float(area), grounds=grounds)
        for row, area in zip(zip(*columns, strict=True), size, strict=True)
    )


def _column(lots: gpd.GeoDataFrame, name: str) -> list[object]:
    if name not in lots:
        return [None] * len(lots)
    return [None if pd.isna(value) else value for value in lots[name]]


def _grounds(
    lots: gpd.GeoDataFrame, land: Land, *, options: CheckOptions, across_edge: AcrossEdge
) -> Grounds:
    tolerance = options.tolerance_m
    planning, areas = land.planning, land.promotion
    return Grounds(
        land=land,
        options=options,
        years=_years(land),
        zone={} if land.zones is None else parts(lots, land.zones, by="zone", drawn=land.contested),
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


def _site(row: tuple[object, ...], size: float, *, grounds: Grounds) -> Site:
    land = grounds.land
    key, name, use, floor_area, storey = row
    lot = str(key)
    part = grounds.zone.get(lot)
    zone, zone_missing = _zone(part)
    planning = grounds.planning.get(lot)
    division, division_missing, inferred = _division(lot, zone, grounds=grounds)
    facts = Facts(
        use=str(use or grounds.options.use),
        floor_area=_positive(floor_area),
        storey=None if storey is None else int(str(storey).removesuffix(".0")),
        zone=zone,
        zone_missing=zone_missing,
        division=division,
        division_missing=division_missing,
        inside_planning=planning,
        planning_missing=missing_layer("city_planning_area") if land.planning is None else None,
        areas=None if land.promotion is None else grounds.areas[lot],
    )
    return Site(
        id=lot,
        name=str(name or ""),
        facts=facts,
        zone_share=part.share if part and part.value not in {OUTSIDE, UNNAMED} else np.nan,
        inferred=inferred,
        assumed_use=not use,
        lead=_lead(facts, part, size=size, years=grounds.years),
        caution=_cautions(lot, facts, part, size=size, grounds=grounds),
    )


def _positive(value: object) -> float | None:
    """Return a floor area, None where it is missing or no area at all."""
    number = None if value is None else float(str(value))
    return number if number is not None and number > 0 else None


def missing_layer(name: str) -> Text:
    """Return the words for a layer that is missing."""
    return say("missing_layer", layer=name, title=title_text(name))


def _zone(part: Part | None) -> tuple[str | None, Text | None]:
    """Return the zone that decides, or why none does."""
    if part is None:
        return None, missing_layer("zone")
    if not part.decides:
        if part.share == 1.0:
            return None, say("missing_border")
        nameless = {OUTSIDE: say("no_zone"), UNNAMED: say("unnamed_zone")}
        largest = nameless.get(part.value, zone_text(part.value))
        return None, say("missing_majority", zone=largest, part=_share(part.share))
    if part.value == UNNAMED:
        return None, say("missing_zone_name")
    return part.value, None


def _share(share: float) -> Text:
    """Return a share in percent, and on which side of one half it is where rounding hides that."""
    percent = f"{100 * share:.1f}%"
    if percent != f"{100 * HALF:.1f}%":
        return Text(ja=percent, en=percent)
    if abs(share - HALF) <= NOISE:
        return say("half", percent=percent)
    return say("over_half" if share > HALF else "under_half", percent=percent)


def _division(lot: str, zone: str | None, *, grounds: Grounds) -> tuple[str | None, Text | None, bool]:
    """Return the area division, or why it is not known, and whether it was inferred."""
    if grounds.undivided.get(lot):
        return "", None, False
    part = grounds.division.get(lot)
    if part is None:
        return None, missing_layer("area_division"), False
    if part.decides and part.value in {CONTROL, PROMOTED}:
        return part.value, None, False
    if part.decides and part.value == OUTSIDE and zone == OUTSIDE:
        return _left_out(lot, grounds=grounds)
    return None, say("missing_division"), False


def _left_out(lot: str, *, grounds: Grounds) -> tuple[str | None, Text | None, bool]:
    """Return the division of ground that the layer leaves out.

    Where the layer draws 市街化区域 alone, the rest of the municipality's city planning area is the other.
    """
    land = grounds.land
    if not land.only_promoted or grounds.planning.get(lot) is False:
        return None, say("missing_division"), False
    if land.municipality is None:
        return None, missing_layer("municipality"), False
    if grounds.municipality.get(lot):
        return CONTROL, None, True
    return None, say("missing_division"), False


def _lead(facts: Facts, part: Part | None, *, size: float, years: Mapping[str, str]) -> tuple[Text, ...]:
    """Return where the site lies, as the first sentences of its reason."""
    if facts.division == CONTROL or facts.zone is None or part is None:
        return ()
    if facts.zone == OUTSIDE:
        white = facts.division == "" and facts.inside_planning
        return (say("white_land"),) if white else ()
    zone = zone_text(facts.zone)
    known = sorted({years[area] for area in part.ids if area in years})
    year = say("zone_year", year="・".join(known)) if known else say("zone_year_unknown")
    if size == 0:
        return say("zone_point", zone=zone), year
    if part.share == 1.0:
        return say("zone_whole", zone=zone), year
    return say("zone_majority", zone=zone, part=_share(part.share)), year


def _cautions(
    lot: str, facts: Facts, part: Part | None, *, size: float, grounds: Grounds
) -> tuple[Text, ...]:
    """Return what the ground gives to confirm."""
    land, tolerance = grounds.land, grounds.options.tolerance_m
    found = []
    if size == 0:
        found.append(say("confirm_point"))
    # A boundary that is off by the tolerance moves about this much ground of a lot of this size.
    strip = tolerance * np.sqrt(size)
    if part and size and part.share < 1 and abs(part.edge_m2) < strip:
        found.append(say("confirm_margin", tolerance=tolerance))
    if facts.division == CONTROL and facts.zone:
        found.append(say("confirm_zone_in_control", zone=zone_text(facts.zone)))
    division = grounds.division.get(lot)
    if division and facts.division != CONTROL and division.shares.get(CONTROL, 0.0) * size > strip:
        found.append(say("confirm_part_control"))
    if lot in grounds.district_plans:
        found.append(say("confirm_district_plan", names=grounds.district_plans[lot]))
    if land.district_plans is None:
        found.append(say("confirm_district_plan_layer"))
    if lot in grounds.utilization:
        found.append(say("confirm_utilization", names=grounds.utilization[lot]))
    return tuple(found)
