"""The versions of an area: what each says, in which order they came, and which of them stands on a day.

A version stands from the day of its publication until the next one is published. Where two have one date, or one
that may be the newest has none, it cannot be told which of them stands, and all of them are kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from gisplan.core.tables import Doubt
from gisplan.core.words import Text
from gisplan.law.logic import Truth
from gisplan.law.phrases import say
from gisplan.law.slivers import polygons

OPTIONAL = ("version", "published_on", "use_exception", "consented_on", "uses")
"""Columns that a layer of areas may lack."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Version:
    """One version of an area: all its rows, and the ground they cover together [m].

    `named` is False where the area goes by an id; `published_on` is None where it is missing or where its rows differ.
    """

    area: str
    named: bool
    name: str
    published_on: date | None
    rows: gpd.GeoDataFrame
    shape: shapely.Geometry

    @property
    def label(self) -> Text:
        """The words for the version, which may have no name."""
        return Text(ja=self.name, en=self.name) if self.name else say("unnamed_version")


def histories(table: gpd.GeoDataFrame) -> Mapping[str, tuple[Version, ...]]:
    """Return the versions of every area of a layer, in the order in which they came.

    Rows of one name and version are parts of one area; an area without a name goes by its id.

    Parameters
    ----------
    table
        Areas with `id` and `name`, and where known `version` and `published_on` [m].
    """
    missing = {name: None for name in OPTIONAL if name not in table}
    ordered = table.assign(**missing).sort_values("id", kind="stable", ignore_index=True)
    labels = ordered["name"].astype("object").where(ordered["name"].astype(bool), ordered["id"])
    return {
        str(label): _ordered(_versions(str(label), rows))
        for label, rows in ordered.groupby(labels.to_numpy(), sort=True)
    }


def _versions(area: str, rows: gpd.GeoDataFrame) -> Iterable[Version]:
    named = rows["version"].map(lambda text: "" if pd.isna(text) else str(text))
    for _, part in rows.groupby(named.map(_plain).to_numpy(), sort=True):
        yield Version(
            area=area,
            named=bool((part["name"] != "").all()),
            name=min(named[part.index]),
            published_on=one_of(as_date(value) for value in part["published_on"]),
            rows=part,
            shape=polygons(shapely.union_all(part.geometry.to_numpy())),
        )


def _plain(text: str) -> str:
    """Return a version's name without the differences that carry no meaning."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def _natural(text: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the words and the numbers of a version's name: 第2版 comes before 第10版."""
    parts = re.split(r"([0-9]+)", _plain(text))
    return tuple(parts[0::2]), tuple(int(part) for part in parts[1::2])


def _ordered(versions: Iterable[Version]) -> tuple[Version, ...]:
    """Return versions by date, then by name; one without a date stands before the first of a higher number."""
    by_name = sorted(versions, key=lambda version: (_natural(version.name), version.name))
    ordered = sorted(
        (version for version in by_name if version.published_on),
        key=lambda version: version.published_on or date.max,
    )
    for version in by_name:
        if version.published_on is None:
            later = (n for n, other in enumerate(ordered) if _numbered_before(version, other))
            ordered.insert(next(later, len(ordered)), version)
    return tuple(ordered)


def _numbered_before(one: Version, other: Version) -> bool:
    """Return whether the numbers of two names that are otherwise alike tell that one came first."""
    (words, numbers), (other_words, other_numbers) = _natural(one.name), _natural(other.name)
    return words == other_words and numbers < other_numbers


def standing(versions: Sequence[Version], *, day: date) -> tuple[Version, ...]:
    """Return the version that stands on a day; several where it cannot be told which of them does.

    Where none is published yet, it is the one that will be first.

    Parameters
    ----------
    versions
        The versions of one area.
    day
        The day on which the law is applied.
    """
    dates = [version.published_on for version in versions if version.published_on]
    past = [when for when in dates if when <= day]
    counts = max(past) if past else min(dates, default=None)
    newest = [version for version in versions if version.published_on and version.published_on == counts]
    undated = [
        version
        for version in versions
        if version.published_on is None
        and not (past and any(_numbered_before(version, other) for other in newest))
    ]
    return tuple(version for version in versions if version in newest or version in undated)


def states(versions: Sequence[Version], *, day: date, since: date | None = None) -> tuple[str, ...]:
    """Return for every version of one area whether it stands on a day.

    Parameters
    ----------
    versions
        The versions of one area.
    day
        The day on which the law is applied.
    since
        The day on which the Act came into force: no version can have been published before.

    Returns
    -------
    tuple
        `in_force`, `superseded`, `not_yet`, `undated`, or `cannot_tell` where another one may stand instead
        or its day of publication is impossible.
    """
    current = standing(versions, day=day)
    alone = "in_force" if len(current) == 1 else "cannot_tell"

    def state(version: Version) -> str:
        if version.published_on is None:
            return "undated"
        if since is not None and version.published_on < since:
            return "cannot_tell"
        if version.published_on > day:
            return "not_yet"
        return alone if version in current else "superseded"

    return tuple(state(version) for version in versions)


def unsettled(versions: Sequence[Version], *, layer: str, day: date) -> tuple[Doubt, ...]:
    """Return what keeps the order of the versions of one area from being told, and which version was used.

    Parameters
    ----------
    versions
        The versions of one area.
    layer
        The layer they are of.
    day
        The day on which the law is applied.
    """
    if len(versions) == 1:
        return ()
    subject, found = versions[0].area, []
    dates = [version.published_on for version in versions if version.published_on]
    for when in sorted({when for when in dates if dates.count(when) > 1}):
        same = [version.label for version in versions if version.published_on == when]
        values = {"published": when, "versions": same}
        found.append(Doubt(code="law.version_one_date", layer=layer, subject=subject, values=values))
    undated = [version.label for version in versions if version.published_on is None]
    if undated:
        named = {"versions": undated}
        found.append(Doubt(code="law.version_undated", layer=layer, subject=subject, values=named))
    current = standing(versions, day=day)
    if len(current) == 1:
        others = [version.label for version in versions if version not in current]
        used = {"kept": current[0].label, "older": others}
        found.append(Doubt(code="law.versions", layer=layer, subject=subject, values=used))
    return tuple(found)


def too_early(versions: Iterable[Version], *, layer: str, since: date, articles: str) -> tuple[Doubt, ...]:
    """Return a doubt for every version that was published before the Act came into force.

    Parameters
    ----------
    versions
        Versions of one area.
    layer
        The layer they are of.
    since
        The day on which the Act came into force.
    articles
        The provision that the publication is of.
    """
    return tuple(
        Doubt(
            code="law.published_before_act",
            layer=layer,
            subject=version.area,
            articles=articles,
            values={"version": version.label, "published": version.published_on, "since": since},
        )
        for version in versions
        if version.published_on and version.published_on < since
    )


def said(version: Version, column: str) -> frozenset[Any]:
    """Return what the rows of a version say in a column: None stands for a row that says nothing."""
    read = {"published_on": as_date, "consented_on": as_date, "use_exception": as_truth}.get(column, _as_text)
    return frozenset(read(value) for value in version.rows[column])


def fact(versions: Iterable[Version], column: str) -> Any:
    """Return what all rows of some versions say in a column, None where they differ or say nothing."""
    return one_of(chain.from_iterable(said(version, column) for version in versions))


def one_of(values: Iterable[Any]) -> Any:
    """Return the one value there is, None where there are several."""
    seen = set(values)
    return seen.pop() if len(seen) == 1 else None


def as_date(value: Any) -> date | None:
    """Return a cell as a date, None where it is empty."""
    if value is None or pd.isna(value):
        return None
    return value.date() if isinstance(value, datetime) else date.fromisoformat(str(value))


def as_truth(value: Any) -> Truth:
    """Return a cell as yes, no or not known."""
    return None if value is None or pd.isna(value) else bool(value)


def _as_text(value: Any) -> str | None:
    return None if value is None or pd.isna(value) else str(value).strip() or None
