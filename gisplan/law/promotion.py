"""The promotion areas as they stand on a day: versions, parts, dates, and what is not known of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

import geopandas as gpd
import shapely

from gisplan.core.tables import Doubt
from gisplan.law.facts import Standing
from gisplan.law.history import (
    Version,
    as_date,
    as_truth,
    fact,
    histories,
    said,
    standing,
    too_early,
    unsettled,
)
from gisplan.law.named_uses import NO_CODES, Named, named_uses
from gisplan.law.phrases import ground_text
from gisplan.law.rule import Rule
from gisplan.law.slivers import polygons, split
from gisplan.overlay.share import disjoint

__all__ = ["FACTS", "HARDLY", "LAYER", "PromotionAreas", "as_date", "as_truth", "promotion_areas"]

LAYER = "promotion_area"
FACTS = ("use_exception", "consented_on", "published_on", "uses")
HARDLY = 0.05
"""Square metres that a table would show as 0.0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionAreas:
    """Areas, one `Standing` each (as seen from inside), and the doubts.

    `table` has `id` (the name of the area), `version`, `published_on` (None where not known), `parts` (separate
    pieces), `geometry` (as far as the area may reach) and `doubtful`: the part of it on which versions differ of
    which it cannot be told which one stands.
    """

    table: gpd.GeoDataFrame
    standings: tuple[Standing, ...]
    doubts: tuple[Doubt, ...]


def promotion_areas(
    table: gpd.GeoDataFrame,
    *,
    rule: Rule,
    day: date,
    tolerance: float = 0.0,
    codes: Mapping[str, str] = NO_CODES,
) -> PromotionAreas:
    """Return the areas of the layer, one row per area, in the version that stands on a day.

    Rows of one name are parts of one area; of several versions the newest that is published counts.

    Parameters
    ----------
    table
        The layer `promotion_area` [m].
    rule
        `coworking.toml`.
    day
        The day on which the law is applied.
    tolerance
        Where two versions differ by no more than this, it is a sliver, not a difference [m].
    codes
        Spellings of uses and their keys (`named_uses.use_codes`).
    """
    rows: list[dict[str, Any]] = []
    standings, doubts = [], []
    for name, versions in histories(table).items():
        current = standing(versions, day=day)
        whole = polygons(shapely.union_all([version.shape for version in current]))
        named = [named_uses(text, codes=codes) for version in current for text in said(version, "uses")]
        area = _standing(name, current, named=named)
        doubts += _of_versions(versions, current, rule=rule, day=day)
        doubts += [*_of_facts(area, current, rule=rule, day=day), *_of_uses(name, named)]
        if shapely.area(whole) == 0:
            doubts.append(Doubt(code="law.area_empty", layer=LAYER, subject=name))
            continue
        standings.append(area)
        row = _row(name, current, whole=whole, tolerance=tolerance)
        rows.append(row)
        doubts += _at_most(name, whole=whole, doubtful=row["doubtful"])
    columns = ["id", "version", "published_on", "parts", "doubtful", "geometry"]
    areas = gpd.GeoDataFrame(rows, columns=columns, geometry="geometry", crs=table.crs)
    doubts += _overlaps(areas)
    return PromotionAreas(table=areas, standings=tuple(standings), doubts=tuple(doubts))


def _row(
    name: str, current: Sequence[Version], *, whole: shapely.Geometry, tolerance: float
) -> dict[str, Any]:
    common = reduce(shapely.intersection, [version.shape for version in current])
    return {
        "id": name,
        "version": "、".join(version.name for version in current if version.name),
        "published_on": fact(current, "published_on"),
        "parts": len(shapely.get_parts(whole)),
        "doubtful": split(shapely.difference(whole, common), tolerance=tolerance).real,
        "geometry": whole,
    }


def _at_most(name: str, *, whole: shapely.Geometry, doubtful: shapely.Geometry) -> list[Doubt]:
    """Return that the size of an area is an upper bound where versions differ of which none is sure to stand."""
    most, open_m2 = float(shapely.area(whole)), float(shapely.area(doubtful))
    if open_m2 < HARDLY:
        return []
    values = {"most": ground_text(most), "least": ground_text(most - open_m2)}
    return [Doubt(code="law.area_at_most", layer=LAYER, subject=name, values=values)]


def _standing(name: str, current: Sequence[Version], *, named: Sequence[Named]) -> Standing:
    """Return what all versions that may stand agree on."""
    found = {uses.uses for uses in named}
    agreed = next(iter(found)) if len(found) == 1 else None
    return Standing(
        name=name,
        inside=True,
        use_exception=fact(current, "use_exception"),
        consented_on=fact(current, "consented_on"),
        published_on=fact(current, "published_on"),
        uses=agreed,
        uses_whole=len(found) <= 1 and not any(uses.unknown for uses in named),
    )


def _of_versions(
    versions: Sequence[Version], current: Sequence[Version], *, rule: Rule, day: date
) -> list[Doubt]:
    """Return what is odd about the versions of one area."""
    articles = "; ".join(rule.cite("provision", day=day))
    differ = any(len(said(version, column)) > 1 for version in current for column in FACTS)
    parts = [Doubt(code="law.parts_differ", layer=LAYER, subject=versions[0].area)] if differ else []
    early = too_early(versions, layer=LAYER, since=rule.in_force, articles=articles)
    return [*unsettled(versions, layer=LAYER, day=day), *parts, *early]


def _of_facts(area: Standing, current: Sequence[Version], *, rule: Rule, day: date) -> list[Doubt]:
    """Return what is missing or odd in the facts of one area."""
    # A fact that is None because versions or parts differ is not missing; that they differ is said by itself.
    missing = {column: all(said(version, column) == {None} for version in current) for column in FACTS}
    found: list[tuple[str, str, dict[str, Any]]] = []
    if missing["published_on"]:
        found.append(("law.promotion_undated", "provision", {}))
    elif area.published_on and area.published_on > day:
        found.append(("law.promotion_not_yet", "provision", {"published": area.published_on}))
    if missing["use_exception"]:
        found.append(("law.requirements_missing", "requirements", {}))
    if area.use_exception and missing["consented_on"]:
        found.append(("law.consent_missing", "consent", {}))
    if area.use_exception and area.consented_on:
        found += _consent(area.consented_on, area.published_on, day=day)
    return [
        Doubt(
            code=code,
            layer=LAYER,
            subject=area.name,
            articles="; ".join(rule.cite(part, day=day)),
            values={"day": day, **values},
        )
        for code, part, values in found
    ]


def _consent(consented: date, published: date | None, *, day: date) -> list[tuple[str, str, dict[str, Any]]]:
    values = {"consented": consented, "published": published or "-"}
    late = published is not None and consented > published
    return [
        (code, "consent", values)
        for code, applies in (("law.consent_not_yet", consented > day), ("law.consent_late", late))
        if applies
    ]


def _of_uses(name: str, named: Iterable[Named]) -> list[Doubt]:
    """Return a doubt for every word of a plan that names no known use."""
    unknown = dict(pair for uses in named for pair in uses.unknown)
    return [
        Doubt(code="law.named_use_unknown", layer=LAYER, subject=name, values={"word": word, "near": near})
        for word, near in sorted(unknown.items())
    ]


def _overlaps(areas: gpd.GeoDataFrame) -> list[Doubt]:
    pairs = disjoint(areas[["id", "geometry"]]).overlaps
    rows = zip(pairs["area"], pairs["other"], pairs["overlap_m2"], strict=True)
    return [
        Doubt(code="law.promotion_overlap", layer=LAYER, subject=f"{one}・{other}", values={"area": size})
        for one, other, size in rows
        if size >= HARDLY
    ]
