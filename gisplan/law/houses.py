"""Vacant houses by area and source, the three definitions never mixed; computes `houses.toml`.

空家等 of the Act are buildings that a municipality surveyed or keeps in a ledger; the listings of a 空き家バンク
are what owners offer; the 住宅・土地統計調査 counts dwelling units by sample. Records of two sources are never added
up: over all sources only houses are counted, each once however often it is listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core import tables
from gisplan.core.tables import Doubt
from gisplan.core.words import Text
from gisplan.law.phrases import say
from gisplan.law.rule import Rule
from gisplan.overlay.guard import same_crs
from gisplan.overlay.listings import Listings, double_listings

LAYER = "vacant_house"
SURVEY = "housing_survey"
KINDS = (
    "municipality",
    "promotion_area",
    "priority_district",
    "vacant_house_utilization_area",
    "neighbourhood",
)
"""Layers by whose areas houses are counted."""

SOURCES = ("survey", "ledger", "bank", "")
"""Sources of a record; "" is not known."""

ALL = "all"
"""Source of the rows that count houses over all sources, each once; they hold no number of records."""

PUBLIC = "public"
"""Source of the rows that count property of the state and local government, which is no 空家等."""

EXAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Houses:
    """The tables `house_counts` and `double_listings`, the house of every record by its id, and the doubts."""

    counts: pd.DataFrame
    double_listings: pd.DataFrame
    house: pd.Series[str]
    doubts: tuple[Doubt, ...]


def count_houses(
    houses: gpd.GeoDataFrame | None,
    areas: Mapping[str, gpd.GeoDataFrame | None],
    survey: pd.DataFrame | None,
    *,
    rule: Rule,
    day: date,
) -> Houses:
    """Return how many vacant houses each area holds, by source and over all sources.

    A record counts in every area whose ground it touches, so that areas that overlap each count it; the sum of
    the rows of a kind is then no number of houses. Over all sources a house is where its record of the lowest
    id is. Property of the state and local government has rows of its own and is in no other.

    Parameters
    ----------
    houses
        Records with `id`, `source`, `consent` and, where known, `address` and `owner_kind`, or None where they
        are not known [n, m].
    areas
        Areas by the kinds of `KINDS`, with `id` and `name`; None where a layer is missing: no row then [m].
    survey
        Rows of the housing survey, or None; it counts dwelling units and is told beside, never added.
    rule
        `houses.toml`.
    day
        The day on which the law is applied.
    """
    if houses is None:
        doubts = (Doubt(code="house.missing", layer=LAYER), *_survey(survey, records=None))
        return Houses(
            counts=tables.hold(pd.DataFrame(), "house_counts"),
            double_listings=tables.hold(pd.DataFrame(), "double_listings"),
            house=pd.Series(dtype="object"),
            doubts=doubts,
        )
    ordered = houses.sort_values("id", kind="stable", ignore_index=True)
    found = listings_of(ordered, rule=rule, day=day)
    records = _records(ordered, found, left_out=rule.value("left_out", day=day) or ())
    parts = [
        _by_area(kind, table, ordered, records)
        for kind in KINDS
        if (table := areas.get(kind)) is not None and len(table)
    ]
    counts = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    missing = [kind for kind in KINDS if areas.get(kind) is None or not len(areas[kind])]  # type: ignore[arg-type]
    return Houses(
        counts=tables.hold(counts, "house_counts"),
        double_listings=tables.hold(found.pairs, "double_listings"),
        house=found.house,
        doubts=(
            *_areas_missing(missing),
            *_doubts(records, found, rule=rule, day=day),
            *_survey(survey, records=records),
        ),
    )


def listings_of(houses: gpd.GeoDataFrame, *, rule: Rule, day: date) -> Listings:
    """Return the double listings of houses, by the distances of `houses.toml` on a day."""
    limits = {name: float(rule.value(name, day=day) or 0.0) for name in ("distance_m", "far_m")}
    return double_listings(houses, **limits)


def standing(houses: gpd.GeoDataFrame, *, rule: Rule, day: date) -> set[str]:
    """Return the ids of the records that stand for a house in the counts over all sources, one a house.

    Parameters
    ----------
    houses
        Records as `count_houses` takes them [n, m].
    rule
        `houses.toml`.
    day
        The day on which the law is applied.
    """
    ordered = houses.sort_values("id", kind="stable", ignore_index=True)
    found = listings_of(ordered, rule=rule, day=day)
    records = _records(ordered, found, left_out=rule.value("left_out", day=day) or ())
    return set(records.loc[records["lead"], "id"])


def _records(houses: gpd.GeoDataFrame, found: Listings, *, left_out: Iterable[str]) -> pd.DataFrame:
    """Return `source`, `house`, `yes` and `no` (the consent) of every record, `source` PUBLIC where left out.

    The houses are in the order of their ids, as those of `found` are.

    `lead` marks the first record of every house that is no public property, and `agreed` tells there whether
    all that is said of the house is a yes.
    """
    owner = houses["owner_kind"] if "owner_kind" in houses else pd.Series("", index=houses.index)
    consent = houses["consent"].astype("boolean")
    source = np.where(owner.isin(list(left_out)), PUBLIC, houses["source"])
    yes, no = consent.fillna(False).to_numpy(bool), (~consent.fillna(True)).to_numpy(bool)
    private = source != PUBLIC
    number, names = pd.factorize(found.house.to_numpy(object))
    said = [np.bincount(number[private & answer], minlength=len(number)) > 0 for answer in (yes, no)]
    lead = np.zeros(len(number), dtype=bool)
    lead[private] = ~pd.Series(number[private]).duplicated().to_numpy()
    return pd.DataFrame(
        {
            "id": houses["id"].astype(object),
            "source": pd.Series(source, dtype=object),
            "house": pd.Categorical.from_codes(number, categories=pd.Index(names)),
            "yes": yes,
            "no": no,
            "lead": lead,
            "agreed": lead & said[0][number] & ~said[1][number],
        }
    )


def total(records: pd.DataFrame) -> int:
    """Return the number of records, all of one source.

    Parameters
    ----------
    records
        Records with the column `source`.

    Raises
    ------
    ValueError
        If they come from several sources: such a sum counts nothing, and a house twice.
    """
    sources = sorted(records["source"].unique())
    if len(sources) > 1:
        raise ValueError(f"records of {sources} are never added up")
    return len(records)


def distinct(records: pd.DataFrame) -> int:
    """Return the number of houses that records of any source tell of, each counted once."""
    return int(records["house"].nunique())


def _by_area(
    kind: str, areas: gpd.GeoDataFrame, houses: gpd.GeoDataFrame, records: pd.DataFrame
) -> pd.DataFrame:
    """Return the rows of one kind of area; the records outside every area have the area ""."""
    same_crs(houses, areas, place="law.houses")
    name, own = areas["name"].astype("object"), areas["id"].astype("object")
    labels = name.where(name.astype(bool), own)
    points = houses.geometry.to_numpy()
    inside: dict[str, np.ndarray[Any, Any]] = {}
    for label, rows in areas.geometry.groupby(labels.to_numpy(), sort=True):
        ground = shapely.union_all(rows.to_numpy())
        shapely.prepare(ground)
        inside[str(label)] = shapely.intersects(ground, points)
    outside = ~np.any(list(inside.values()), axis=0)
    known = [source for source in (*SOURCES, PUBLIC) if (records["source"] == source).any()]
    groups = {**inside, "": outside} if outside.any() else inside
    return pd.DataFrame(
        [row for area, held in groups.items() for row in _rows(kind, area, records, held, known)]
    )


def _rows(
    kind: str, area: str, records: pd.DataFrame, held: np.ndarray[Any, Any], known: Iterable[str]
) -> list[dict[str, object]]:
    """Return the rows of one area: one a source, and one that counts the houses of all sources."""
    here = records[held]
    found: list[dict[str, object]] = []
    for source in known:
        own = here[here["source"] == source]
        counts = {"records": total(own), "houses": distinct(own), "consented": int(own["yes"].sum())}
        found.append({"kind": kind, "area": area, "source": source, **counts})
    # A house counts where its first record is, so that it is in one place over all sources.
    first = here[here["lead"]]
    together = {"records": pd.NA, "houses": distinct(first), "consented": int(first["agreed"].sum())}
    return [*found, {"kind": kind, "area": area, "source": ALL, **together}]


def _areas_missing(kinds: list[str]) -> tuple[Doubt, ...]:
    if not kinds:
        return ()
    titles = [say(f"title_{kind}") for kind in kinds]
    return (Doubt(code="house.areas_missing", layer=LAYER, values={"titles": titles}),)


def _doubts(records: pd.DataFrame, found: Listings, *, rule: Rule, day: date) -> Iterable[Doubt]:
    """Yield what the records leave open."""
    public = records[records["source"] == PUBLIC]
    if len(public):
        articles = "; ".join(rule.cite("definition", day=day))
        values = {"count": len(public), "ids": list(public["id"][:EXAMPLES])}
        yield Doubt(code="house.public", layer=LAYER, articles=articles, values=values)
    unknown = records[records["source"] == ""]
    if len(unknown):
        values = {"count": len(unknown), "ids": list(unknown["id"][:EXAMPLES])}
        yield Doubt(code="house.source_unknown", layer=LAYER, values=values)
    if len(found.pairs):
        again = len(found.house) - found.house.nunique()
        yield Doubt(code="house.double", layer=LAYER, values={"count": again, "pairs": _said(found.pairs)})
    if len(found.possible):
        values = {"count": len(found.possible), "pairs": _said(found.possible)}
        yield Doubt(code="house.possibly_double", layer=LAYER, values=values)
    said = (
        records[records.duplicated("house", keep=False)].groupby("house", observed=True)[["yes", "no"]].any()
    )
    split = sorted(said.index[said["yes"] & said["no"]])
    if split:
        values = {"count": len(split), "ids": split[:EXAMPLES]}
        yield Doubt(code="house.consent_differs", layer=LAYER, values=values)


def _said(pairs: pd.DataFrame) -> list[str]:
    few = pairs.head(EXAMPLES)
    return [f"{one}＝{other}" for one, other in zip(few["id"], few["other"], strict=True)]


def _survey(survey: pd.DataFrame | None, *, records: pd.DataFrame | None) -> tuple[Doubt, ...]:
    """Return what the housing survey says, beside the houses and never added to them."""
    if survey is None or not len(survey):
        return ()
    if records is None:
        return (Doubt(code="house.survey_alone", layer=SURVEY, values={"rows": _surveyed(survey)}),)
    return (Doubt(code="house.survey_beside", layer=SURVEY, values={"rows": _surveyed(survey)}),)


def _surveyed(survey: pd.DataFrame) -> list[Text]:
    """Return the figure of every area of the survey in words; one that is not given is said so."""
    told = []
    for row in survey.sort_values("id", kind="stable").head(EXAMPLES).to_dict("records"):
        count, year = row.get("vacant_dwellings"), row.get("year")
        units = say("survey_unknown") if pd.isna(count) else say("survey_units", count=f"{int(count):,}")
        when = say("survey_year_unknown") if pd.isna(year) else say("survey_year", year=int(year))
        told.append(say("survey_row", area=row.get("name") or row["id"], units=units, year=when))
    return told
