"""The promotion areas as they stand on a day: versions, parts, dates, and what is not known of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core.tables import Doubt
from gisplan.core.words import Text
from gisplan.law.facts import Standing
from gisplan.law.logic import Truth
from gisplan.law.phrases import say
from gisplan.law.rule import Rule
from gisplan.overlay.share import disjoint

LAYER = "promotion_area"
FACTS = ("use_exception", "consented_on", "published_on")
HARDLY = 0.05
"""Square metres that a table would show as 0.0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionAreas:
    """Areas with column `id` (their name), one `Standing` each (as seen from inside), and the doubts."""

    table: gpd.GeoDataFrame
    standings: tuple[Standing, ...]
    doubts: tuple[Doubt, ...]


def promotion_areas(table: gpd.GeoDataFrame, *, rule: Rule, day: date) -> PromotionAreas:
    """Return the areas of the layer, one row per area, in the version that stands on a day.

    Rows of one name are parts of one area; of several versions the newest that is published counts.
    """
    labels = table["name"].astype("object").where(table["name"].astype(bool), table["id"])
    standings, shapes, doubts = [], [], []
    for label, rows in table.groupby(labels.to_numpy(), sort=True):
        name = str(label)
        current, older = _version(rows, day=day)
        if older:
            values = {
                "kept": _label(current["version"].iloc[0]),
                "older": [_label(name) for name in sorted(older)],
            }
            doubts.append(Doubt(code="law.versions", layer=LAYER, subject=name, values=values))
        if any(len(set(_plain(current[fact]))) > 1 for fact in FACTS):
            doubts.append(Doubt(code="law.parts_differ", layer=LAYER, subject=name))
        standing = _standing(name, current)
        standings.append(standing)
        shapes.append(shapely.union_all(current.geometry.to_numpy()))
        doubts += _doubts(standing, rule=rule, day=day)
    areas = gpd.GeoDataFrame({"id": [s.name for s in standings]}, geometry=shapes, crs=table.crs)
    doubts += _overlaps(areas)
    return PromotionAreas(table=areas, standings=tuple(standings), doubts=tuple(doubts))


def _version(rows: gpd.GeoDataFrame, *, day: date) -> tuple[gpd.GeoDataFrame, set[str]]:
    """Return the rows of the version that stands on a day, and the other versions."""
    if rows["version"].nunique() < 2:  # noqa: PLR2004 - one version needs no choice
        return rows, set()
    published = rows["published_on"].map(as_date).map(lambda when: when or date.max)
    first = published.groupby(rows["version"]).min().sort_index()
    standing = first[first <= day]
    # Where nothing is published yet, the version that will be first is the one to speak of.
    chosen = standing.idxmax() if len(standing) else first.idxmin()
    return rows[rows["version"] == chosen], set(first.index) - {chosen}


def _label(version: str) -> Text:
    """Return the words for a version, which may have no name."""
    return Text(ja=version, en=version) if version else say("unnamed_version")


def _standing(name: str, rows: gpd.GeoDataFrame) -> Standing:
    known = {fact: set(_plain(rows[fact])) for fact in FACTS}
    value = {fact: next(iter(values)) if len(values) == 1 else None for fact, values in known.items()}
    return Standing(name=name, inside=True, **value)


def _plain(values: Iterable[Any]) -> list[Any]:
    return [as_truth(value) if isinstance(value, bool | np.bool_) else as_date(value) for value in values]


def as_date(value: Any) -> date | None:
    """Return a cell as a date, None where it is empty."""
    if value is None or pd.isna(value):
        return None
    return value.date() if isinstance(value, datetime) else date.fromisoformat(str(value))


def as_truth(value: Any) -> Truth:
    """Return a cell as yes, no or not known."""
    return None if value is None or pd.isna(value) else bool(value)


def _doubts(area: Standing, *, rule: Rule, day: date) -> list[Doubt]:
    """Return what is missing or odd in the facts of one area."""
    found: list[tuple[str, str, dict[str, Any]]] = []
    if area.published_on is None:
        found.append(("law.promotion_undated", "provision", {}))
    elif area.published_on > day:
        found.append(("law.promotion_not_yet", "provision", {"published": area.published_on}))
    if area.use_exception is None:
        found.append(("law.requirements_missing", "requirements", {}))
    elif area.use_exception:
        found += _consent(area, day=day)
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


def _consent(area: Standing, *, day: date) -> list[tuple[str, str, dict[str, Any]]]:
    if area.consented_on is None:
        return [("law.consent_missing", "consent", {})]
    values = {"consented": area.consented_on, "published": area.published_on or "-"}
    dates = [when for when in (area.consented_on, area.published_on) if when is not None]
    late = any(first > second for first, second in pairwise(dates))
    return [
        (code, "consent", values)
        for code, applies in (("law.consent_not_yet", area.consented_on > day), ("law.consent_late", late))
        if applies
    ]


def _overlaps(areas: gpd.GeoDataFrame) -> list[Doubt]:
    pairs = disjoint(areas).overlaps
    rows = zip(pairs["area"], pairs["other"], pairs["overlap_m2"], strict=True)
    return [
        Doubt(code="law.promotion_overlap", layer=LAYER, subject=f"{one}・{other}", values={"area": size})
        for one, other, size in rows
        if size >= HARDLY
    ]
