"""Whether the special provision can be asked for: zone, use, area, requirements, consent, publication.

The conditions of `coworking.toml` (広域的地域活性化基盤整備法 22条3項・8項, 24条), asked one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gisplan.core.words import Text
from gisplan.law.facts import Facts, Standing, Step, by_day
from gisplan.law.logic import Truth, any_of
from gisplan.law.phrases import say, title_text, zone_text
from gisplan.law.rule import Rule
from gisplan.law.uses import Use


@dataclass(frozen=True, slots=True, kw_only=True)
class Special:
    """Whether the provision can be asked for, why or what is missing, what to confirm, and the steps to it."""

    holds: Truth
    why: tuple[Text, ...]
    steps: tuple[Step, ...]
    caution: tuple[Text, ...] = ()


def special(facts: Facts, use: Use, *, zone: str, rule: Rule, day: date) -> Special:
    """Return whether the special provision can be asked for, for a use on a site.

    Parameters
    ----------
    facts
        What is known of the site.
    use
        The use.
    zone
        The zone that decides.
    rule
        `coworking.toml`.
    day
        The day on which the law is applied.

    References
    ----------
    広域的地域活性化のための基盤整備に関する法律 2条2項4号, 22条3項・8項, 24条.
    """
    ground = _ground(zone, rule=rule, day=day)
    barred = next((step for step in ground if step.holds is False), None)
    if barred:
        return Special(holds=False, why=(barred.found,), steps=ground)
    if facts.areas is None:
        missing = say("missing_layer", layer="promotion_area", title=title_text("promotion_area"))
        step = Step(
            question=say("ask_area"),
            found=missing,
            holds=None,
            articles=rule.cite("provision", "requirements", "consent", day=day),
        )
        return Special(holds=None, why=(missing,), steps=(*ground, step))
    usual = rule.value("uses", day=day)
    steps = ground + tuple(
        step for area in facts.areas for step in _conditions(area, use, usual=usual, rule=rule, day=day)
    )
    applies = [area.applies(use.key, usual=usual, day=day, since=rule.in_force) for area in facts.areas]
    holds = any_of(applies)
    if holds:
        name = facts.areas[applies.index(True)].name
        caution: tuple[Text, ...] = (say("confirm_plan_names", use=use.title),)
        if facts.areas[applies.index(True)].consented_late:
            caution += (say("confirm_consent_late", area=name),)
        return Special(holds=True, why=(say("special", area=name),), steps=steps, caution=caution)
    if holds is None:
        unsettled = [area for area, known in zip(facts.areas, applies, strict=True) if known is None]
        why = tuple(text for area in unsettled for text in _missing(area, use, usual=usual, rule=rule))
        return Special(holds=None, why=why, steps=steps)
    within = [area for area in facts.areas if area.inside is not False]
    why = tuple(text for area in within for text in _refused(area, use, usual=usual, day=day))
    outside = () if within else (_outside_step(rule, day=day),)
    return Special(holds=False, why=why or (say("special_outside"),), steps=steps + outside)


def _ground(zone: str, *, rule: Rule, day: date) -> tuple[Step, ...]:
    """Return the steps that ask whether the provision is in force and covers the zone at all."""
    articles = rule.cite("provision", day=day)
    if not rule.holds(day):
        return (Step(question=say("ask_in_force"), found=say("special_not_yet_law"), holds=False),)
    covered = zone in rule.value("zones", day=day)
    found = say("found_covered" if covered else "special_not_zone", zone=zone_text(zone))
    return (Step(question=say("ask_covered"), found=found, holds=covered, articles=articles),)


def _outside_step(rule: Rule, *, day: date) -> Step:
    articles = rule.cite("provision", day=day)
    return Step(question=say("ask_area"), found=say("special_outside"), holds=False, articles=articles)


def _conditions(area: Standing, use: Use, *, usual: list[str], rule: Rule, day: date) -> tuple[Step, ...]:
    """Return the steps that ask for the conditions of one promotion area."""
    published = area.published(since=rule.in_force)
    rows = (
        ("ask_area", area.inside, _found_inside(area), "provision"),
        ("ask_named", area.names(use.key, usual=usual), _found_named(area, use, usual=usual), "requirements"),
        ("ask_requirements", area.use_exception, _found_truth(area.use_exception), "requirements"),
        ("ask_consent", by_day(area.consented_on, day), _found_day(area.consented_on), "consent"),
        ("ask_publication", by_day(published, day), _found_published(area, rule), "provision"),
    )
    return tuple(
        Step(
            question=say(key, area=area.name, use=use.title, day=day.isoformat()),
            found=found,
            holds=holds,
            articles=rule.cite(part, day=day),
            confidence="inferred" if key == "ask_named" and area.uses is None else "verbatim",
        )
        for key, holds, found, part in rows
    )


def _found_inside(area: Standing) -> Text:
    if area.inside is None:
        return say("found_missing", missing=say(area.unsettled, area=area.name))
    return say("found_inside" if area.inside else "found_outside", area=area.name)


def _found_named(area: Standing, use: Use, *, usual: list[str]) -> Text:
    if area.uses is None and area.uses_whole:
        return say("found_usual" if use.key in usual else "found_unknown")
    return _found_truth(area.names(use.key, usual=usual))


def _found_truth(truth: Truth) -> Text:
    return say({True: "found_yes", False: "found_no", None: "found_unknown"}[truth])


def _found_day(when: date | None) -> Text:
    return say("found_unknown") if when is None else Text(ja=when.isoformat(), en=when.isoformat())


def _found_published(area: Standing, rule: Rule) -> Text:
    if area.published_on is not None and area.published_on < rule.in_force:
        return say("found_too_early", day=area.published_on, since=rule.in_force)
    return _found_day(area.published_on)


def _missing(area: Standing, use: Use, *, usual: list[str], rule: Rule) -> tuple[Text, ...]:
    """Return the facts about a promotion area that are not known."""
    absent = (
        (area.unsettled, area.inside),
        ("missing_named", area.names(use.key, usual=usual)),
        ("missing_requirements", area.use_exception),
        ("missing_consent", area.consented_on),
        ("missing_publication", area.published(since=rule.in_force)),
    )
    return tuple(say(key, area=area.name, use=use.title) for key, value in absent if value is None)


def _refused(area: Standing, use: Use, *, usual: list[str], day: date) -> tuple[Text, ...]:
    """Return the conditions that a promotion area does not meet on a day."""
    reasons = []
    if area.names(use.key, usual=usual) is False:
        reasons.append(say("special_not_named", area=area.name, use=use.title))
    if area.use_exception is False:
        reasons.append(say("special_no_requirements", area=area.name))
    if by_day(area.consented_on, day) is False:
        reasons.append(say("special_no_consent", area=area.name, day=area.consented_on))
    if by_day(area.published_on, day) is False:
        reasons.append(say("special_not_published", area=area.name, day=area.published_on))
    return tuple(reasons)
