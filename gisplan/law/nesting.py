"""Whether the promotion areas lie inside the priority districts; computes `nesting.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core import tables
from gisplan.core.tables import Doubt
from gisplan.core.units import hectares
from gisplan.law.phrases import layer_missing, say
from gisplan.law.promotion import HARDLY, LAYER, as_date
from gisplan.law.rule import Rule
from gisplan.overlay.guard import same_crs

DISTRICT = "priority_district"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nesting:
    """The table `nesting`, and the doubts."""

    table: pd.DataFrame
    doubts: tuple[Doubt, ...]


def nest(
    areas: gpd.GeoDataFrame,
    districts: gpd.GeoDataFrame | None,
    *,
    tolerance: float,
    rule: Rule,
    day: date,
) -> Nesting:
    """Return for every promotion area whether the priority districts hold it.

    Parameters
    ----------
    areas
        Promotion areas with column `id`, their name [m].
    districts
        Priority districts, or None where the plan names no such layer [m].
    tolerance
        An area may poke out by this much [m]: boundaries are digitised at different scales.
    rule
        `nesting.toml`.
    day
        The day on which the law is applied; districts published later do not count.
    """
    articles = "; ".join(rule.cite("district", day=day))
    if districts is None:
        rows = [_row(area, name="", outside=np.nan, verdict="cannot_tell") for area in areas.itertuples()]
        doubt = Doubt(code="law.nesting_unknown", layer=DISTRICT, articles=articles)
        return Nesting(table=_table(rows), doubts=(doubt,))
    same_crs(areas, districts, place="law.nesting")
    valid, doubts = _in_force(districts, day=day)
    together = shapely.union_all(valid.geometry.to_numpy())
    reach = together.buffer(tolerance)
    rows = []
    for area in areas.itertuples():
        common = shapely.area(shapely.intersection(valid.geometry.to_numpy(), area.geometry))
        holders = "、".join(_label(row) for row in valid[common > HARDLY].itertuples())
        outside = float(shapely.area(shapely.difference(area.geometry, together)))
        verdict = "inside" if reach.covers(area.geometry) else "outside"
        rows.append(_row(area, name=holders, outside=outside, verdict=verdict))
        values = {"area": outside, "tolerance": tolerance, "districts": holders or say("none")}
        if verdict == "outside" or outside >= HARDLY:
            code = "law.nesting_outside" if verdict == "outside" else "law.nesting_sliver"
            doubts.append(
                Doubt(
                    code=code,
                    layer=LAYER,
                    subject=area.id,
                    verdict=verdict,
                    articles=articles,
                    values=values,
                )
            )
    return Nesting(table=_table(rows), doubts=tuple(doubts))


def _in_force(districts: gpd.GeoDataFrame, *, day: date) -> tuple[gpd.GeoDataFrame, list[Doubt]]:
    """Return the districts that are published by a day; one without a date is counted and named."""
    ordered = districts.sort_values("id", kind="stable", ignore_index=True)
    published = [as_date(value) for value in ordered["published_on"]]
    doubts = []
    for row, when in zip(ordered.itertuples(), published, strict=True):
        if when is None:
            doubts.append(Doubt(code="law.district_undated", layer=DISTRICT, subject=_label(row)))
        elif when > day:
            values = {"published": when, "day": day}
            doubts.append(
                Doubt(code="law.district_not_yet", layer=DISTRICT, subject=_label(row), values=values)
            )
    return ordered[[when is None or when <= day for when in published]], doubts


def _label(row: object) -> str:
    return str(getattr(row, "name", "") or getattr(row, "id", ""))


def _row(area: object, *, name: str, outside: float, verdict: str) -> dict[str, object]:
    return {
        "promotion_area": getattr(area, "id", ""),
        "priority_district": name,
        "area_ha": hectares(shapely.area(getattr(area, "geometry", None))),
        "municipality": "",
        "parts": 1,
        "version": "",
        "outside_m2": outside,
        "verdict": verdict,
    }


def _table(rows: list[dict[str, object]]) -> pd.DataFrame:
    return tables.hold(pd.DataFrame(rows), "nesting")


def without_hub(
    districts: gpd.GeoDataFrame | None,
    hubs: gpd.GeoDataFrame | None,
    *,
    tolerance: float,
    rule: Rule,
    day: date,
) -> tuple[Doubt, ...]:
    """Return a doubt for every priority district that holds no hub facility.

    Parameters
    ----------
    districts
        Priority districts, or None where they are not known [m].
    hubs
        Hub facilities, or None where they are not known [m].
    tolerance
        How far outside a district a hub may be drawn [m].
    rule
        `nesting.toml`.
    day
        The day on which the law is applied.
    """
    if districts is None:
        return ()
    if hubs is None:
        return (layer_missing("hub"),)
    same_crs(districts, hubs, place="law.nesting")
    tree = shapely.STRtree(hubs.geometry.to_numpy())
    held, _ = tree.query(districts.geometry.to_numpy(), predicate="dwithin", distance=tolerance)
    empty = districts[~np.isin(np.arange(len(districts)), held)]
    articles = "; ".join(rule.cite("prefecture", day=day))
    return tuple(
        Doubt(code="law.priority_without_hub", layer=DISTRICT, subject=_label(row), articles=articles)
        for row in empty.itertuples()
    )


def beyond_municipality(
    areas: gpd.GeoDataFrame, municipality: gpd.GeoDataFrame | None, *, tolerance: float
) -> tuple[Doubt, ...]:
    """Return a doubt for every promotion area that leaves the municipalities of the plan."""
    if municipality is None:
        return ()
    same_crs(areas, municipality, place="law.nesting")
    together = shapely.union_all(municipality.geometry.to_numpy())
    reach = together.buffer(tolerance)
    return tuple(
        Doubt(
            code="law.municipality_outside",
            layer=LAYER,
            subject=area.id,
            values={"area": float(shapely.area(shapely.difference(area.geometry, together)))},
        )
        for area in areas.itertuples()
        if not reach.covers(area.geometry)
    )
