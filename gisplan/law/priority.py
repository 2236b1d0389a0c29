"""The priority districts as they stand on a day: the versions that count, and the ground that they are sure to hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from itertools import chain
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gisplan.core.tables import Doubt
from gisplan.law.history import Version, as_date, histories, said, standing, too_early, unsettled
from gisplan.law.rule import Rule
from gisplan.law.slivers import is_real, polygons

DISTRICT = "priority_district"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityDistrict:
    """A priority district: its name, the ground that it surely holds and all that it may hold [m].

    `drawn` is the ground of the version that stands, or of the one that will be first. `named` is False where the
    district goes by an id.
    """

    name: str
    named: bool
    sure: shapely.Geometry
    possible: shapely.Geometry
    drawn: shapely.Geometry


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityDistricts:
    """The districts by name, and the doubts; not `complete` where one has no ground at all."""

    rows: tuple[PriorityDistrict, ...]
    doubts: tuple[Doubt, ...]
    complete: bool

    @property
    def drawn(self) -> NDArray[Any]:
        """The ground of every district as drawn, published or not [m]."""
        return np.array([row.drawn for row in self.rows], dtype=object)


def priority_districts(table: gpd.GeoDataFrame, *, rule: Rule, day: date) -> PriorityDistricts:
    """Return the priority districts in the version that stands on a day.

    One that is published later holds no ground yet; one without a date is taken as published and named.

    Parameters
    ----------
    table
        The layer `priority_district` [m].
    rule
        `nesting.toml`.
    day
        The day on which the law is applied.
    """
    rows: list[PriorityDistrict] = []
    doubts: list[Doubt] = []
    for versions in sorted(histories(table).values(), key=_first_id):
        name, current = versions[0].area, standing(versions, day=day)
        doubts += _doubts(versions, current, rule=rule, day=day)
        drawn = polygons(shapely.union_all([version.shape for version in current]))
        if shapely.area(drawn) == 0:
            doubts.append(Doubt(code="law.area_empty", layer=DISTRICT, subject=name))
            continue
        sure, possible = _ground(current, day=day)
        named = current[0].named
        rows.append(PriorityDistrict(name=name, named=named, sure=sure, possible=possible, drawn=drawn))
    complete = all(doubt.code != "law.area_empty" for doubt in doubts)
    return PriorityDistricts(rows=tuple(rows), doubts=tuple(doubts), complete=complete)


def _first_id(versions: Sequence[Version]) -> str:
    return min(str(identity) for version in versions for identity in version.rows["id"])


def _ground(current: Sequence[Version], *, day: date) -> tuple[shapely.Geometry, shapely.Geometry]:
    """Return the ground that is sure to be published by a day, whichever version stands, and what may be."""
    sure = [_published(version, day=day) for version in current]
    possible = [
        version.shape for version, published in zip(current, sure, strict=True) if shapely.area(published) > 0
    ]
    return reduce(shapely.intersection, sure), shapely.union_all(possible)


def _published(version: Version, *, day: date) -> shapely.Geometry:
    """Return the ground of the rows of a version that are not dated later than a day."""
    dates = [as_date(value) for value in version.rows["published_on"]]
    rows = version.rows[[when is None or when <= day for when in dates]]
    return polygons(shapely.union_all(rows.geometry.to_numpy()))


def _doubts(versions: Sequence[Version], current: Sequence[Version], *, rule: Rule, day: date) -> list[Doubt]:
    """Return what is missing or odd in the versions of one district."""
    name, only = versions[0].area, len(current) == 1
    dates = set(chain.from_iterable(said(version, "published_on") for version in current))
    found = list(unsettled(versions, layer=DISTRICT, day=day))
    if any(len(said(version, "published_on")) > 1 for version in current):
        found.append(Doubt(code="law.parts_differ", layer=DISTRICT, subject=name))
    elif only and dates == {None}:
        found.append(Doubt(code="law.district_undated", layer=DISTRICT, subject=name))
    later = [when for when in dates if when is not None and when > day]
    if later and len(later) == len(dates) and rule.holds(day):
        values = {"published": min(later), "day": day}
        found.append(Doubt(code="law.district_not_yet", layer=DISTRICT, subject=name, values=values))
    articles = "; ".join(rule.cite("prefecture", day=day))
    return [*found, *too_early(versions, layer=DISTRICT, since=rule.in_force, articles=articles)]


def late_districts(
    districts: Iterable[Sequence[Version]], area: shapely.Geometry, *, published: date, tolerance: float
) -> tuple[tuple[str, date], ...]:
    """Return the districts, with their days, that came to hold an area only after its own plan was published.

    Parameters
    ----------
    districts
        The versions of each priority district.
    area
        Ground of a promotion area [m].
    published
        The day on which the area was published.
    tolerance
        The area may poke out by this much [m].

    Returns
    -------
    tuple
        Names and days; none where districts published by that day may have held the area, or where those published
        later do not hold it either.

    References
    ----------
    広域的地域活性化のための基盤整備に関する法律 22条1項.
    """
    by_then, later = [], []
    for versions in districts:
        by_then.append(_ground(standing(versions, day=published), day=published)[1])
        later += [
            version for version in versions if version.published_on and version.published_on > published
        ]
    if _covers(by_then, area, tolerance=tolerance):
        return ()
    if not _covers([*by_then, *(version.shape for version in later)], area, tolerance=tolerance):
        return ()
    days: dict[str, date] = {}
    for version in later:
        if version.published_on and is_real(shapely.intersection(version.shape, area), tolerance=tolerance):
            days[version.area] = min(version.published_on, days.get(version.area, date.max))
    return tuple(sorted(days.items()))


def _covers(shapes: Sequence[shapely.Geometry], area: shapely.Geometry, *, tolerance: float) -> bool:
    return bool(shapely.covers(shapely.buffer(shapely.union_all(shapes), tolerance), area))
