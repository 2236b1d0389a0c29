"""Whether the promotion areas lie inside the priority districts and the municipalities; computes `nesting.toml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core import tables
from gisplan.core.tables import Doubt
from gisplan.core.units import hectares
from gisplan.core.words import Text
from gisplan.law.history import Version, as_date, histories
from gisplan.law.logic import Truth, all_of
from gisplan.law.phrases import layer_missing, say
from gisplan.law.priority import DISTRICT, PriorityDistricts, late_districts, priority_districts
from gisplan.law.promotion import HARDLY, LAYER
from gisplan.law.rule import Rule
from gisplan.law.slivers import is_real
from gisplan.layers.extent import MARGIN_M
from gisplan.overlay.guard import same_crs

TOWN = "municipality"

CLOSE_M = 0.01
"""Pieces no further apart than this touch, whatever the tolerance [m]."""

VERDICTS: Mapping[Truth, str] = {True: "inside", False: "outside", None: "cannot_tell"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Nesting:
    """The table `nesting`, and the doubts."""

    table: pd.DataFrame
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A promotion area: as far as it may reach, and the ground that it surely holds [m]."""

    name: str
    version: str
    published_on: date | None
    parts: int
    whole: shapely.Geometry
    core: shapely.Geometry


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Ground by name that areas have to lie in, and all of it: what is sure, and what may be, for those named."""

    names: tuple[str, ...]
    shapes: tuple[shapely.Geometry, ...]
    sure: shapely.Geometry
    possible: shapely.Geometry


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """Whether an area lies within limits, its ground outside [m²; NaN where not known], and which it touches."""

    holds: Truth
    outside: float
    names: tuple[str, ...]
    doubts: tuple[Doubt, ...] = ()


NOT_TESTED = Tested(holds=None, outside=np.nan, names=())


def nest(
    areas: gpd.GeoDataFrame,
    districts: gpd.GeoDataFrame | None,
    *,
    tolerance: float,
    rule: Rule,
    day: date,
    municipality: gpd.GeoDataFrame | None = None,
    codes: Sequence[str] = (),
) -> Nesting:
    """Return for every promotion area whether the priority districts and the municipalities hold it.

    Parameters
    ----------
    areas
        `PromotionAreas.table` [m].
    districts
        Priority districts, or None where the plan names no such layer [m].
    tolerance
        An area may poke out by this much [m]: boundaries are digitised at different scales.
    rule
        `nesting.toml`.
    day
        The day on which the law is applied; districts and versions published later do not count. Before the Act
        there is nothing that an area has to lie in, and no doubt is about that.
    municipality
        The municipalities of the plan, or None where they are not known [m]; the verdict then is about districts.
    codes
        Codes of the municipalities that make the plan; none where that test is not asked for.

    References
    ----------
    広域的地域活性化のための基盤整備に関する法律 5条, 22条1項.
    """
    articles = "; ".join(rule.cite("district", day=day))
    held, doubts = _district_limits(districts, areas, rule=rule, day=day)
    towns, more = _town_limits(municipality, areas, codes=codes)
    dated = () if districts is None else tuple(histories(districts).values())
    rows, own, touched = [], [], set[str]()
    for area in _areas(areas):
        district = _by_district(area, held, tolerance=tolerance, articles=articles)
        town = _by_town(area, towns, tolerance=tolerance, articles=articles)
        tests = (district.holds, town.holds) if towns else (district.holds,)
        rows.append(_row(area, district, town, verdict=VERDICTS[all_of(tests)]))
        own += [*district.doubts, *town.doubts]
        # A day before the Act is impossible, which is said by itself.
        if area.published_on is not None and area.published_on >= rule.in_force:
            own += _late(area, dated, published=area.published_on, tolerance=tolerance, articles=articles)
        more += _in_towns_apart(area, towns, tolerance=tolerance)
        touched |= set(town.names)
    if held is None:
        own.append(Doubt(code="law.nesting_unknown", layer=DISTRICT, articles=articles))
    if len(areas):
        more += _without_area(towns, touched, articles=articles)
    table = tables.hold(pd.DataFrame(rows), "nesting")
    if not rule.holds(day):
        own = _not_in_force(table, rule=rule, day=day)
    return Nesting(table=table, doubts=(*doubts, *more, *own))


def _not_in_force(table: pd.DataFrame, *, rule: Rule, day: date) -> list[Doubt]:
    """Return what is said in place of every doubt about the nesting on a day before the Act."""
    if (table["verdict"] == "inside").all():
        return []
    values = {"day": day, "since": rule.in_force}
    return [Doubt(code="law.nesting_not_in_force", layer=LAYER, values=values)]


def _without_area(towns: Limits | None, touched: set[str], *, articles: str) -> list[Doubt]:
    """Return a doubt for every municipality of a joint plan that holds no area."""
    if towns is None or len(towns.names) == 1:
        return []
    return [
        Doubt(code="law.municipality_without_area", layer=TOWN, subject=name, articles=articles)
        for name in towns.names
        if name not in touched
    ]


def _areas(table: gpd.GeoDataFrame) -> Iterable[Area]:
    for row in table.sort_values("id", kind="stable").itertuples():
        whole: Any = row.geometry
        doubtful: Any = row.doubtful
        yield Area(
            name=str(row.id),
            version=str(row.version),
            published_on=as_date(row.published_on),
            parts=int(str(row.parts)),
            whole=whole,
            core=whole if shapely.is_empty(doubtful) else shapely.difference(whole, doubtful),
        )


def _district_limits(
    table: gpd.GeoDataFrame | None, areas: gpd.GeoDataFrame, *, rule: Rule, day: date
) -> tuple[PriorityDistricts | None, list[Doubt]]:
    if table is None:
        return None, []
    same_crs(areas, table, place="law.nesting")
    found = priority_districts(table, rule=rule, day=day)
    return found, list(found.doubts)


def _town_limits(
    table: gpd.GeoDataFrame | None, areas: gpd.GeoDataFrame, *, codes: Sequence[str]
) -> tuple[Limits | None, list[Doubt]]:
    """Return the municipalities of the plan, and what is not known of them."""
    if table is None:
        return None, [Doubt(code="law.municipality_untested", layer=TOWN)] if codes else []
    same_crs(areas, table, place="law.nesting")
    ordered = table.sort_values("id", kind="stable", ignore_index=True)
    code = ordered["code"].astype(str).str.strip().str.zfill(5).str[:5]
    bare = code.str.strip("0") == ""
    lacking = [] if bare.any() else sorted(set(codes) - set(code))
    key = code.where(~bare, ordered["name"])
    shapes, names = [], []
    for _, rows in ordered.groupby(key.to_numpy(), sort=True):
        shapes.append(shapely.union_all(rows.geometry.to_numpy()))
        names.append(next((name for name in sorted(rows["name"]) if name), str(code[rows.index[0]])))
    together = shapely.union_all(shapes)
    # Where a municipality is missing, land outside the others may be its own.
    possible = shapely.union_all([together, areas.union_all()]) if lacking else together
    limits = Limits(names=tuple(names), shapes=tuple(shapes), sure=together, possible=possible)
    doubts = [
        Doubt(code="law.municipality_lacking", layer=TOWN, subject=name, values={"code": name})
        for name in lacking
    ]
    return limits, doubts


def _test(area: Area, limits: Limits, *, tolerance: float, reach: float) -> Tested:
    """Return whether limits hold an area that may poke out of them by some reach [m]."""
    within = bool(shapely.covers(shapely.buffer(limits.sure, reach), area.whole))
    beyond = not shapely.covers(shapely.buffer(limits.possible, reach), area.core)
    holds: Truth = True if within else False if beyond else None
    outside = shapely.area(shapely.difference(area.whole, limits.sure if within else limits.possible))
    common = [shapely.intersection(shape, area.whole) for shape in limits.shapes]
    real = [is_real(shape, tolerance=tolerance) for shape in common]
    # An area that only slivers of them hold is told by those.
    counted = real if any(real) else [shapely.area(shape) >= HARDLY for shape in common]
    names = tuple(name for name, counts in zip(limits.names, counted, strict=True) if counts)
    return Tested(holds=holds, outside=np.nan if holds is None else float(outside), names=names)


def _by_district(
    area: Area, districts: PriorityDistricts | None, *, tolerance: float, articles: str
) -> Tested:
    """Return whether the priority districts together hold an area."""
    if districts is None:
        return NOT_TESTED
    rows = districts.rows
    # A district without ground may hold any.
    anywhere = [] if districts.complete else [area.whole]
    limits = Limits(
        names=tuple(row.name for row in rows),
        shapes=tuple(row.possible for row in rows),
        sure=shapely.union_all([row.sure for row in rows]),
        possible=shapely.union_all([*(row.possible for row in rows), *anywhere]),
    )
    found = _test(area, limits, tolerance=tolerance, reach=tolerance)
    verdict = VERDICTS[found.holds]
    holders = "、".join(found.names) or say("none")
    named = {"area": found.outside, "tolerance": tolerance, "districts": holders}
    codes = {True: "law.nesting_sliver", False: "law.nesting", None: "law.nesting_open"}
    doubts = []
    if found.holds is not True or found.outside >= HARDLY:
        doubts.append(_doubt(codes[found.holds], area, verdict=verdict, articles=articles, values=named))
    several = [row.name for row in rows if row.named and row.name in found.names]
    if len(several) > 1:
        values = {"districts": several}
        doubts.append(_doubt("law.nesting_several", area, articles=articles, values=values))
    return Tested(holds=found.holds, outside=found.outside, names=found.names, doubts=tuple(doubts))


def _by_town(area: Area, towns: Limits | None, *, tolerance: float, articles: str) -> Tested:
    """Return whether the municipalities together hold an area.

    Their boundaries come from small-scale national data, in which a coast is off by tens of metres: ground beyond
    them by less than `MARGIN_M` is reported and does not decide.
    """
    if towns is None:
        return NOT_TESTED
    margin = max(tolerance, MARGIN_M)
    found = _test(area, towns, tolerance=tolerance, reach=margin)
    exact = _test(area, towns, tolerance=tolerance, reach=tolerance)
    code = "law.municipality_sliver" if exact.holds else "law.municipality_margin"
    code = code if found.holds else "law.municipality_outside"
    outside = float(shapely.area(shapely.difference(area.whole, towns.sure)))
    if exact.holds is True and outside < HARDLY:
        return found
    values = {"area": outside, "tolerance": tolerance, "margin": margin}
    verdict = VERDICTS[found.holds]
    doubt = _doubt(code, area, verdict=verdict, articles=articles, values=values)
    known = np.nan if found.holds is None else outside
    return Tested(holds=found.holds, outside=known, names=found.names, doubts=(doubt,))


def _late(
    area: Area, districts: Iterable[Sequence[Version]], *, published: date, tolerance: float, articles: str
) -> list[Doubt]:
    """Return that an area was published before the district that it lies in."""
    late = late_districts(districts, area.core, published=published, tolerance=tolerance)
    if not late:
        return []
    named = [Text(ja=f"{name}（{when}）", en=f"{name} ({when})") for name, when in late]
    values = {"published": published, "districts": named}
    return [_doubt("law.nesting_late", area, articles=articles, values=values)]


def _in_towns_apart(area: Area, towns: Limits | None, *, tolerance: float) -> list[Doubt]:
    """Return that pieces of one name lie apart in different municipalities: they may be areas of two plans."""
    if towns is None or area.parts == 1:
        return []
    # Pieces that nearly touch are drawn apart by digitising.
    reach = max(tolerance, CLOSE_M) / 2
    groups = shapely.intersection(
        shapely.get_parts(shapely.buffer(area.whole, reach, join_style="mitre")), area.whole
    )
    held = [
        frozenset(
            name
            for name, shape in zip(towns.names, towns.shapes, strict=True)
            if is_real(shapely.intersection(shape, group), tolerance=tolerance)
        )
        for group in groups
    ]
    apart = any(one and other and not one & other for one, other in combinations(held, 2))
    names = [name for name in towns.names if any(name in group for group in held)]
    return [_doubt("law.name_in_towns_apart", area, articles="", values={"towns": names})] if apart else []


def _doubt(code: str, area: Area, *, articles: str, values: dict[str, Any], verdict: str = "") -> Doubt:
    return Doubt(code=code, layer=LAYER, subject=area.name, verdict=verdict, articles=articles, values=values)


def _row(area: Area, district: Tested, town: Tested, *, verdict: str) -> dict[str, object]:
    return {
        "promotion_area": area.name,
        "priority_district": "、".join(district.names),
        "area_ha": hectares(float(shapely.area(area.whole))),
        "municipality": "、".join(town.names),
        "parts": area.parts,
        "version": area.version,
        "outside_m2": district.outside,
        "outside_municipality_m2": town.outside,
        "verdict": verdict,
    }


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
        The day on which the law is applied; before the Act there is nothing to hold.
    """
    if districts is None or not rule.holds(day):
        return ()
    if hubs is None:
        return (layer_missing("hub"),)
    same_crs(districts, hubs, place="law.nesting")
    found = priority_districts(districts, rule=rule, day=day)
    tree = shapely.STRtree(hubs.geometry.to_numpy())
    held, _ = tree.query(found.drawn, predicate="dwithin", distance=tolerance)
    articles = "; ".join(rule.cite("prefecture", day=day))
    return tuple(
        Doubt(code="law.priority_without_hub", layer=DISTRICT, subject=district.name, articles=articles)
        for number, district in enumerate(found.rows)
        if number not in held
    )
