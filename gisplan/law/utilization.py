"""Relief for vacant houses in a vacant house utilization area; computes `utilization.toml`.

This is another Act than that of the promotion area, with another polygon, other requirements and other relief.
A site in both has two statements, and neither says anything of the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core.tables import Doubt
from gisplan.core.words import AUDIENCES, Audience, Spec, Text
from gisplan.law.facts import Facts, by_day
from gisplan.law.logic import Truth, all_of, any_of
from gisplan.law.phrases import listed, say, together, zone_text
from gisplan.law.promotion import as_date, as_truth
from gisplan.law.rule import Rule
from gisplan.overlay.guard import same_crs

LAYER = "vacant_house_utilization_area"
HOUSES = "vacant_house"
LISTED = ("survey", "ledger")
"""Sources whose records are vacant houses of the Act; a bank lists what owners offer."""

FACTS = ("published_on", "use_exception", "use_consented_on", "road_exception", "road_agreed_on")
TRUTHS = ("use_exception", "road_exception")
TELLING = ("vacant", "owner_kind")
"""Fields that say whether a building is a vacant house of the Act, or whose property it is."""

HELPLESS = ("by_right", "by_right_within_limits", "urbanization_control_area")
"""Verdicts that relief on use does not change: no permit is needed, or that of another Act is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UtilizationArea:
    """An area as it stands to a site; `inside` is None across its edge, and a fact is None where it is not known.

    `use_consented_on` is the day on which the designated agency consented to the requirements on use,
    `road_agreed_on` that on which it agreed on those for sites.
    """

    name: str
    inside: Truth
    published_on: date | None
    use_exception: Truth
    use_consented_on: date | None
    road_exception: Truth
    road_agreed_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the relief asks of a site: its zone ("" where none is set), the road in front [m], and its building.

    `vacant` says whether the building is a vacant house of the Act, or stands where one stood, `state_owned` that
    it is none because the state or a local government owns it. `planning` says whether the site lies inside a
    (quasi) city planning area, and `verdict` is that on its use, "" where it is not known.
    """

    zone: str | None
    road_width_m: float | None
    vacant: Truth
    state_owned: bool = False
    planning: Truth = True
    verdict: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a site lies, and the verdict on its use; as in `Ground`.

    `withheld` says that those who read this must not know whether the building is a vacant house: nothing that is
    said depends on it then.
    """

    zone: str | None
    planning: Truth
    verdict: str
    withheld: bool = False


def place_of(facts: Facts, verdict: str, *, withheld: bool) -> Place:
    """Return where a site lies, for the relief on it.

    Parameters
    ----------
    facts
        What is known of the site.
    verdict
        The verdict on its use.
    withheld
        Whether it must not be told if the building is a vacant house.
    """
    # Zones and area divisions are set only inside a (quasi) city planning area; where the layers contradict each
    # other, one of them is wrong, and nobody can tell which.
    implied = bool(facts.zone or facts.division)
    planning = facts.inside_planning
    if implied:
        planning = None if planning is False else True
    return Place(zone=facts.zone, planning=planning, verdict=verdict, withheld=withheld)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relief:
    """Whether the relief on use and on road frontage can be asked for, why, by which articles, what to confirm."""

    use: Truth
    frontage: Truth
    reason: tuple[Text, ...]
    articles: tuple[str, ...]
    caution: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What is told of one site, texts "" where it touches no area; `holds`: any relief, on use or frontage, applies."""

    text: Text
    caution: Text
    articles: tuple[str, ...]
    holds: Truth = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fact:
    """One condition: whether it holds, what is said where it does not, and where it is not known."""

    holds: Truth
    not_met: Text
    missing: Text


def relief(area: UtilizationArea, ground: Ground, *, rule: Rule, day: date) -> Relief:
    """Return whether a site in an area can ask for relief.

    Neither makes a building free: relief on use changes what the permit under 建築基準法48条 is judged by, relief on
    frontage opens the certification of 43条2項1号.

    Parameters
    ----------
    area
        The area as it stands to the site.
    ground
        The site.
    rule
        `utilization.toml`.
    day
        The day on which the law is applied.

    References
    ----------
    空家等対策の推進に関する特別措置法 7条, 17条; 建築基準法 41条の2, 43条2項1号, 48条.
    """
    common = _common(area, ground, rule=rule, day=day)
    use_facts = (*common, *_use_facts(area, ground, rule=rule, day=day))
    road_facts = (*common, *_road_facts(area, ground, rule=rule, day=day))
    helpless = ground.verdict in HELPLESS
    use = False if helpless else all_of(fact.holds for fact in use_facts)
    frontage = all_of(fact.holds for fact in road_facts)
    zone = zone_text(ground.zone or "")
    width = "" if ground.road_width_m is None else f"{ground.road_width_m:g}"
    on_use = _sentence("use", use, use_facts, zone=zone)
    reason = (
        say("utilization_area", area=area.name),
        say(f"utilization_use_{ground.verdict}") if helpless else on_use,
        _sentence("road", frontage, road_facts, width=width),
    )
    parts = ["area", "publication"]
    parts += ["chapter"] if ground.planning is False else []
    parts += [] if use is False else ["building", "use", "use_requirements", "consent", "permit"]
    parts += [] if frontage is False else ["building", "frontage", "site_requirements", "road"]
    possible = not (use is False and frontage is False)
    caution = [say("confirm_utilization_building"), say("confirm_utilization_law")] if possible else []
    caution += [] if frontage is False else [say("confirm_utilization_road")]
    articles = rule.cite(*dict.fromkeys(parts), day=day)
    return Relief(use=use, frontage=frontage, reason=reason, articles=articles, caution=tuple(caution))


def _sentence(kind: str, truth: Truth, facts: Iterable[_Fact], **values: object) -> Text:
    if truth is None:
        missing = listed(fact.missing for fact in facts if fact.holds is None)
        return say(f"utilization_{kind}_unknown", missing=missing)
    if truth:
        return say(f"utilization_{kind}_yes", **values)
    return say(f"utilization_{kind}_no", why=listed(fact.not_met for fact in facts if fact.holds is False))


def _fact(key: str, holds: Truth, **values: object) -> _Fact:
    return _Fact(
        holds=holds,
        not_met=say(f"utilization_not_{key}", **values),
        missing=say(f"utilization_missing_{key}", **values),
    )


def _common(area: UtilizationArea, ground: Ground, *, rule: Rule, day: date) -> tuple[_Fact, ...]:
    return (
        _fact("law", rule.holds(day)),
        _fact("inside", area.inside),
        _fact("state_owned" if ground.state_owned else "vacant", ground.vacant),
        _fact("published", by_day(area.published_on, day), day=area.published_on),
    )


def _use_facts(area: UtilizationArea, ground: Ground, *, rule: Rule, day: date) -> tuple[_Fact, ...]:
    zones = rule.value("zones", day=day) or ()
    zone = None if ground.zone is None else ground.zone in zones
    if ground.planning is False:
        return (_fact("planning", holds=False),)
    return (
        _fact("zone", zone),
        _fact("use_exception", area.use_exception),
        _fact("consent", by_day(area.use_consented_on, day), day=area.use_consented_on),
    )


def _road_facts(area: UtilizationArea, ground: Ground, *, rule: Rule, day: date) -> tuple[_Fact, ...]:
    narrowest, widest = (rule.value(name, day=day) or 0.0 for name in ("narrowest_m", "widest_m"))
    width = ground.road_width_m
    narrow = None if width is None else narrowest <= width < widest
    said = "" if width is None else f"{width:g}"
    return (
        _fact("planning", ground.planning),
        _fact("width", narrow, width=said, narrowest=f"{narrowest:g}", widest=f"{widest:g}"),
        _fact("road_exception", area.road_exception),
        _fact("agreed", by_day(area.road_agreed_on, day), day=area.road_agreed_on),
    )


def relief_of(
    lots: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame | None,
    *,
    places: Mapping[str, Place],
    layer: str,
    tolerance: float,
    rule: Rule,
    day: date,
) -> dict[str, Statement]:
    """Return for every site what the utilization areas it touches mean for it.

    Parameters
    ----------
    lots
        Sites, polygons or points, with `id` and, where known, `road_width_m`, `vacant` (a vacant house, or a lot
        where one stood) and, of houses, `source` and `owner_kind` [m].
    areas
        Utilization areas, or None where they are not known [m].
    places
        Where each site lies, by its id.
    layer
        Layer of the sites: of `vacant_house` those of a survey or ledger are vacant houses of the Act.
    tolerance
        A site may poke out of an area, or into it, by this much [m].
    rule, day
        `utilization.toml`, and the day on which the law is applied.
    """
    found: dict[str, list[Relief]] = {str(lot): [] for lot in lots["id"]}
    if areas is not None and len(lots):
        same_crs(lots, areas, place="law.utilization")
        grounds = _grounds(lots, places, layer=layer)
        shapes, ids = lots.geometry.to_numpy(), [str(lot) for lot in lots["id"]]
        for standing, shape in _standings(areas):
            wider, narrower = shapely.buffer(shape, tolerance), shapely.buffer(shape, -tolerance)
            shapely.prepare([wider, narrower])
            held, touched = shapely.covers(wider, shapes), shapely.intersects(narrower, shapes)
            for row in np.flatnonzero(held | touched):
                seen = _seen(standing, inside=True if held[row] and touched[row] else None)
                found[ids[row]].append(relief(seen, grounds[ids[row]], rule=rule, day=day))
    return {lot: _statement(reliefs) for lot, reliefs in found.items()}


def _statement(reliefs: Iterable[Relief]) -> Statement:
    rows = tuple(reliefs)
    return Statement(
        text=together(text for row in rows for text in row.reason),
        caution=together(text for row in rows for text in row.caution),
        articles=tuple(dict.fromkeys(article for row in rows for article in row.articles)),
        holds=any_of(truth for row in rows for truth in (row.use, row.frontage)),
    )


def tells_vacancy(spec: Spec, audience: Audience) -> bool:
    """Return whether an audience may know which buildings of a layer are vacant houses of the Act.

    Parameters
    ----------
    spec
        The layer's file of the catalogue.
    audience
        Who will read the results.
    """
    rank = AUDIENCES.index(audience)
    telling = (spec.fields[name] for name in TELLING if name in spec.fields)
    return all(AUDIENCES.index(field.audience) <= rank for field in telling)


def _grounds(lots: gpd.GeoDataFrame, places: Mapping[str, Place], *, layer: str) -> Mapping[str, Ground]:
    """Return what the relief asks of each site, by its id."""
    empty = pd.Series(np.nan, index=lots.index)
    columns = (lots.get(name, empty) for name in ("road_width_m", "vacant", "source", "owner_kind"))
    found = {}
    for lot, metres, said, listing, kind in zip(lots["id"], *columns, strict=True):
        place = places[str(lot)]
        owned = not place.withheld and _state_owned(kind)
        vacant = as_truth(said) if layer != HOUSES else _listed(listing)
        found[str(lot)] = Ground(
            zone=place.zone,
            road_width_m=None if pd.isna(metres) else float(metres),
            vacant=None if place.withheld else False if owned else vacant,
            state_owned=owned,
            planning=place.planning,
            verdict=place.verdict,
        )
    return found


def _state_owned(owner: object) -> bool:
    """Return whether the state or a local government owns a building, which is then no vacant house of the Act."""
    return isinstance(owner, str) and owner not in {"", "private"}


def _listed(source: object) -> Truth:
    """Return whether a list holds vacant houses of the Act; a bank's listing does not tell."""
    return True if source in LISTED else None


def _standings(areas: gpd.GeoDataFrame) -> Iterable[tuple[UtilizationArea, shapely.Geometry]]:
    """Yield every area with its ground; rows of one name are its parts, and a fact on which they differ is None."""
    labels = areas["name"].astype("object").where(areas["name"].astype(bool), areas["id"])
    for label, rows in areas.groupby(labels.to_numpy(), sort=True):
        yield _area(str(label), rows), shapely.union_all(rows.geometry.to_numpy())


def _area(name: str, rows: pd.DataFrame) -> UtilizationArea:
    known = {fact: _values(rows, fact) for fact in FACTS}
    value = {fact: next(iter(values)) if len(values) == 1 else None for fact, values in known.items()}
    return UtilizationArea(name=name, inside=True, **value)  # type: ignore[arg-type]


def _values(rows: pd.DataFrame, fact: str) -> set[date | bool | None]:
    if fact not in rows:
        return {None}
    return {as_truth(value) if fact in TRUTHS else as_date(value) for value in rows[fact]}


def _seen(area: UtilizationArea, *, inside: Truth) -> UtilizationArea:
    facts = {fact: getattr(area, fact) for fact in FACTS}
    return UtilizationArea(name=area.name, inside=inside, **facts)


def area_doubts(
    areas: gpd.GeoDataFrame | None, promotion: gpd.GeoDataFrame | None, *, rule: Rule, day: date
) -> tuple[Doubt, ...]:
    """Return what is missing in the facts of utilization areas, and where they meet a promotion area.

    Parameters
    ----------
    areas
        Utilization areas, or None where they are not known [m].
    promotion
        Promotion areas, or None where they are not known [m].
    rule, day
        `utilization.toml`, and the day on which the law is applied.
    """
    if areas is None:
        return ()
    found = []
    for area, shape in _standings(areas):
        gaps = [say(f"utilization_fact_{fact}") for fact in FACTS if _open(area, fact)]
        articles = "; ".join(rule.cite("area", "consent", "publication", day=day))
        if gaps:
            found.append(
                Doubt(
                    code="utilization.facts_missing",
                    layer=LAYER,
                    subject=area.name,
                    articles=articles,
                    values={"gaps": gaps},
                )
            )
        if area.published_on is not None and area.published_on > day:
            dates = {"published": area.published_on, "day": day}
            found.append(Doubt(code="utilization.not_yet", layer=LAYER, subject=area.name, values=dates))
        if promotion is not None and bool(shapely.intersects(promotion.geometry.to_numpy(), shape).any()):
            found.append(Doubt(code="utilization.two_acts", layer=LAYER, subject=area.name))
    return tuple(found)


def _open(area: UtilizationArea, fact: str) -> bool:
    """Return whether a fact that matters is not known: a consent matters unless the requirements are not there."""
    needs = {"use_consented_on": area.use_exception, "road_agreed_on": area.road_exception}
    return getattr(area, fact) is None and needs.get(fact, True) is not False
