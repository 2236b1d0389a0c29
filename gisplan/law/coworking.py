"""The verdict on a use: by right, by the special provision, by an ordinary permit, or not to be told.

Computes `coworking.toml` and `uses.csv` for the facts of one site. A missing fact is None, and where it
matters the answer is `cannot_tell` with the name of the fact; learning more never takes an answer away.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import compress
from math import inf

from gisplan.core.words import Text
from gisplan.law.facts import CONTROL, PROMOTED, Answer, Facts, Standing, by_day
from gisplan.law.logic import Truth, all_of, any_of
from gisplan.law.phrases import floor_area_text, listed, say, storey_text, title_text, zone_text
from gisplan.law.rule import Rule
from gisplan.law.uses import NO_ZONE, Use, UseRow, rows_for, uses

COMBINED_AREA = 50.0
"""Largest office part of a combined dwelling in the exclusively residential zones [m²] (施行令130条の3)."""

_PERMITS: Mapping[Truth, tuple[str, tuple[str, ...]]] = {
    True: ("special_provision_permit", ()),
    False: ("ordinary_permit", ("ordinary",)),
    None: ("cannot_tell", ()),
}
"""Verdict and closing sentences, by whether the special provision can be asked for."""

_PARTS: Mapping[Truth, tuple[str, ...]] = {
    True: ("provision", "requirements", "consent", "hearing"),
    False: ("hearing",),
    None: ("provision", "requirements", "consent"),
}


def judge(facts: Facts, *, rule: Rule, day: date) -> Answer:
    """Return the verdict on a use on one site.

    Parameters
    ----------
    facts
        What is known of the site; None where it is not.
    rule
        `coworking.toml`.
    day
        The day on which the law is applied.

    References
    ----------
    建築基準法48条・91条・別表第二; 都市計画法29条・34条・43条;
    広域的地域活性化のための基盤整備に関する法律22条3項・8項, 24条, 26条.
    """
    use = uses().get(facts.use)
    if use is None:
        return _cannot_tell((say("missing_use", use=facts.use),))
    if facts.division == CONTROL:
        return _control(facts, rule=rule, day=day)
    if facts.zone is None:
        return _zone_unknown(facts, rule=rule, day=day)
    if facts.zone and facts.inside_planning is False:
        return _contradiction(facts.zone)
    if facts.zone:
        return _in_zone(facts, use, zone=facts.zone, rule=rule, day=day)
    return _without_zone(facts, use, rule=rule, day=day)


def _cannot_tell(missing: tuple[Text, ...], *, articles: tuple[str, ...] = ()) -> Answer:
    reason = (say("cannot_tell", missing=listed(dict.fromkeys(missing))),)
    return Answer(verdict="cannot_tell", reason=reason, articles=articles)


def _contradiction(zone: str) -> Answer:
    """Answer for a use zone outside the city planning area: one of the two layers must be wrong."""
    return Answer(
        verdict="cannot_tell",
        reason=(say("zone_beyond", zone=zone_text(zone)),),
        caution=(say("confirm_zone_beyond"),),
    )


def _control(facts: Facts, *, rule: Rule, day: date) -> Answer:
    """Answer for an urbanization control area: the City Planning Act, and article 26 in a promotion area."""
    reason, articles = [say("control")], rule.cite("control", day=day)
    caution: tuple[Text, ...] = ()
    inside = [area.name for area in facts.areas or () if area.inside and by_day(area.published_on, day)]
    if inside and rule.holds(day):
        reason.append(say("consideration", area="、".join(inside)))
        articles += rule.cite("consideration", day=day)
    elif rule.holds(day):
        caution = _consideration_open(facts, day=day)
    return Answer(
        verdict="urbanization_control_area", reason=tuple(reason), articles=articles, caution=caution
    )


def _consideration_open(facts: Facts, *, day: date) -> tuple[Text, ...]:
    """Return what decides whether article 26 applies, where it is not known."""
    if facts.areas is None:
        return (say("confirm_consideration", missing=say("missing_inside")),)
    missing = [
        say(key, area=area.name)
        for area in facts.areas
        if all_of((area.inside, by_day(area.published_on, day))) is None
        for key, value in (("missing_edge", area.inside), ("missing_publication", area.published_on))
        if value is None
    ]
    return (say("confirm_consideration", missing=listed(missing)),) if missing else ()


def _beyond(rule: Rule, *, day: date) -> Answer:
    return Answer(
        verdict="outside_city_planning_area",
        reason=(say("beyond"),),
        articles=rule.cite("beyond", day=day),
        caution=(say("confirm_quasi"),),
    )


def _zone_unknown(facts: Facts, *, rule: Rule, day: date) -> Answer:
    if facts.inside_planning is False:
        return _beyond(rule, day=day)
    missing = facts.zone_missing or say("missing_layer", layer="zone", title=title_text("zone"))
    return _cannot_tell((missing,), articles=rule.cite("majority", day=day))


def _without_zone(facts: Facts, use: Use, *, rule: Rule, day: date) -> Answer:
    """Answer for land without a zone polygon, which is never simply free."""
    if facts.inside_planning is False:
        return _beyond(rule, day=day)
    if facts.division == PROMOTED:
        return _cannot_tell((say("missing_zone_polygon"),))
    if facts.division is None:
        return _cannot_tell((facts.division_missing or say("missing_division"),))
    if facts.inside_planning is None:
        return _cannot_tell((facts.planning_missing or say("missing_planning"),))
    return _in_zone(facts, use, zone=NO_ZONE, rule=rule, day=day)


def _in_zone(facts: Facts, use: Use, *, zone: str, rule: Rule, day: date) -> Answer:
    rows = rows_for(zone=zone, use=use.key, day=day)
    if not rows:
        missing = say("missing_rule", day=day.isoformat(), zone=zone_text(zone), use=use.title)
        return _cannot_tell((missing,))
    met = [row.holds(floor_area=facts.floor_area, storey=facts.storey) for row in rows]
    allowed = any_of(met)
    if allowed is False:
        return _permit(facts, use, rows=rows, rule=rule, day=day)
    if allowed is None:
        return _open(facts, rows=tuple(row for row, is_met in zip(rows, met, strict=True) if is_met is None))
    return _allowed(facts, use, row=max(compress(rows, (is_met is True for is_met in met)), key=_width))


def _width(row: UseRow) -> tuple[float, float]:
    """Return how much floor area [m²] and how high a row allows, without end where it sets no limit."""
    return (
        inf if row.max_floor_area is None else row.max_floor_area,
        inf if row.max_storey is None else row.max_storey,
    )


def _allowed(facts: Facts, use: Use, *, row: UseRow) -> Answer:
    """Answer for a use that needs no permit."""
    cautions = [say("confirm_condition", condition=use.caution)] if use.caution else []
    if row.confidence != "verbatim":
        cautions.append(say("confirm_confidence"))
    if row.by_right == "yes":
        reason = [say("by_right", use=use.title)]
        if row.condition.ja:
            cautions.append(say("confirm_condition", condition=row.condition))
        return Answer(
            verdict="by_right", reason=tuple(reason), articles=(row.article,), caution=tuple(cautions)
        )
    reason = [say("within", use=use.title, condition=row.condition)]
    if row.max_floor_area is not None:
        cautions.append(say("confirm_total"))
        reason.append(_limits(facts, row))
    return Answer(
        verdict="by_right_within_limits",
        reason=tuple(reason),
        articles=(row.article,),
        caution=tuple(cautions),
        max_floor_area=row.max_floor_area,
        max_storey=row.max_storey,
    )


def _limits(facts: Facts, row: UseRow) -> Text:
    """Return the limits of a row beside what is planned."""
    return say(
        "limits",
        area=f"{row.max_floor_area:,.0f}",
        storey=say("none") if row.max_storey is None else say("highest", storey=row.max_storey),
        floor_area=floor_area_text(facts.floor_area, limit=row.max_floor_area),
        floor=storey_text(facts.storey),
    )


def _open(facts: Facts, *, rows: tuple[UseRow, ...]) -> Answer:
    """Answer where a missing fact or a judgement decides."""
    missing: list[Text] = []
    for row in rows:
        if row.max_floor_area is not None and facts.floor_area is None:
            missing.append(say("missing_floor_area"))
        if row.max_storey is not None and facts.storey is None:
            missing.append(say("missing_storey"))
        if row.by_right == "depends":
            missing.append(say("missing_judgement", condition=row.condition))
    limited = _widest(rows)
    articles = tuple(dict.fromkeys(row.article for row in rows))
    answer = _cannot_tell(tuple(missing), articles=articles)
    return Answer(
        verdict=answer.verdict,
        reason=answer.reason,
        articles=articles,
        max_floor_area=limited.max_floor_area if limited else None,
        max_storey=limited.max_storey if limited else None,
    )


def _widest(rows: tuple[UseRow, ...]) -> UseRow | None:
    """Return the row with the largest limit on floor area that stands without a judgement."""
    limited = [row for row in rows if row.by_right == "within_limits" and row.max_floor_area is not None]
    return max(limited, key=_width, default=None)


def _permit(facts: Facts, use: Use, *, rows: tuple[UseRow, ...], rule: Rule, day: date) -> Answer:
    """Answer for a use that needs a permit: by the special provision where it applies, else the proviso."""
    zone, widest = rows[0].zone, _widest(rows)
    special, why = _special(facts, use, zone=zone, rule=rule, day=day)
    verdict, after = _PERMITS[special]
    own = tuple(dict.fromkeys(row.article for row in rows))
    cautions = [say("confirm_condition", condition=use.caution)] if use.caution else []
    if any(row.confidence != "verbatim" for row in rows):
        cautions.append(say("confirm_confidence"))
    if special:
        cautions.append(say("confirm_plan_names", use=use.title))
    told = _cannot_tell(why).reason if special is None else why
    return Answer(
        verdict=verdict,
        reason=(*_not_by_right(facts, use, rows=rows, day=day), *told, *(say(key) for key in after)),
        articles=own + rule.cite(*_PARTS[special], day=day),
        caution=tuple(cautions),
        max_floor_area=widest.max_floor_area if widest else None,
        max_storey=widest.max_storey if widest else None,
    )


def _not_by_right(facts: Facts, use: Use, *, rows: tuple[UseRow, ...], day: date) -> tuple[Text, ...]:
    """Return why the use is not allowed by right, and which form of it would be."""
    widest = _widest(rows)
    combined = (say("combined_dwelling"),) if _has_combined(rows[0].zone, use, day=day) else ()
    if widest is None:
        key = "not_listed" if rows[0].by_right == "no" else "not_met"
        return (*(say(key, use=use.title, condition=row.condition) for row in rows), *combined)
    exceeded = say("exceeds", use=use.title, condition=widest.condition)
    return (exceeded, _limits(facts, widest), *combined)


def _has_combined(zone: str, use: Use, *, day: date) -> bool:
    """Return whether a combined dwelling with this use is allowed where the use alone is not."""
    if use.same_as not in {"office_coworking", "shop_restaurant"}:
        return False
    rows = rows_for(zone=zone, use="dwelling_with_office", day=day)
    return any(row.max_floor_area == COMBINED_AREA for row in rows)


def _special(facts: Facts, use: Use, *, zone: str, rule: Rule, day: date) -> tuple[Truth, tuple[Text, ...]]:
    """Return whether the special provision can be asked for, and why or what is missing."""
    barred = _barred(use, zone=zone, rule=rule, day=day)
    if barred:
        return False, (barred,)
    if facts.areas is None:
        return None, (say("missing_layer", layer="promotion_area", title=title_text("promotion_area")),)
    applies = [area.applies(day=day) for area in facts.areas]
    verdict = any_of(applies)
    if verdict:
        return True, (say("special", area=facts.areas[applies.index(True)].name),)
    if verdict is None:
        unsettled = [area for area, known in zip(facts.areas, applies, strict=True) if known is None]
        return None, tuple(text for area in unsettled for text in _missing(area))
    reasons = tuple(text for area in facts.areas if area.inside is not False for text in _refused(area, day))
    return False, reasons or (say("special_outside"),)


def _barred(use: Use, *, zone: str, rule: Rule, day: date) -> Text | None:
    """Return why the provision covers this use or zone nowhere, or None."""
    if not rule.holds(day):
        return say("special_not_yet_law")
    if zone not in rule.value("zones", day=day):
        return say("special_not_zone", zone=zone_text(zone))
    if use.key not in rule.value("uses", day=day):
        return say("special_not_use", use=use.title)
    return None


def _missing(area: Standing) -> tuple[Text, ...]:
    """Return the facts about a promotion area that are not known."""
    absent = (
        ("missing_edge", area.inside),
        ("missing_requirements", area.use_exception),
        ("missing_consent", area.consented_on),
        ("missing_publication", area.published_on),
    )
    return tuple(say(key, area=area.name) for key, value in absent if value is None)


def _refused(area: Standing, day: date) -> tuple[Text, ...]:
    """Return the conditions that a promotion area does not meet on a day."""
    reasons = []
    if area.use_exception is False:
        reasons.append(say("special_no_requirements", area=area.name))
    if by_day(area.consented_on, day) is False:
        reasons.append(say("special_no_consent", area=area.name, day=area.consented_on))
    if by_day(area.published_on, day) is False:
        reasons.append(say("special_not_published", area=area.name, day=area.published_on))
    return tuple(reasons)
