"""The verdict on a use: by right, by the special provision, by an ordinary permit, or not to be told.

Computes `coworking.toml` and `uses.csv` for the facts of one site, as a row of gates: each asks one question, and
the first that settles the matter gives the answer. A missing fact is None, and where it matters the answer is
`cannot_tell` with the name of the fact; learning more never takes an answer away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import compress

from gisplan.core.words import Text
from gisplan.law.answers import (
    by_right,
    cannot_tell,
    keeps,
    not_by_right,
    use_cautions,
    widest,
    width,
    within,
)
from gisplan.law.buildings import allowed, mostly_dwelling, rows_of, unsettled
from gisplan.law.facts import CONTROL, PROMOTED, Answer, Facts, Step, by_day
from gisplan.law.logic import Truth, all_of, any_of
from gisplan.law.phrases import division_text, listed, say, title_text, verdicts, zone_text
from gisplan.law.rule import Rule
from gisplan.law.special import Special, special
from gisplan.law.uses import NO_ZONE, Use, UseRow, uses

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One site before the rule on a day."""

    facts: Facts
    rule: Rule
    day: date

    @property
    def use(self) -> Use:
        """The use, once it is known to be one."""
        return uses()[self.facts.use]

    @property
    def zone(self) -> str:
        """The zone whose rows decide, once it is known to be settled."""
        return self.facts.zone or NO_ZONE

    @property
    def rows(self) -> tuple[UseRow, ...]:
        """The rows that may allow the use in the zone."""
        return rows_of(self.facts, zone=self.zone, day=self.day)

    def cite(self, *parts: str) -> tuple[str, ...]:
        """Return the articles that play these parts on the day."""
        return self.rule.cite(*parts, day=self.day)


Passed = tuple[tuple[Step, ...], Answer | None]
Gate = Callable[[Case], Passed]


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
    建築基準法48条・87条・91条・別表第二; 都市計画法29条・34条・43条;
    広域的地域活性化のための基盤整備に関する法律22条3項・8項, 24条, 26条.
    """
    case = Case(facts=facts, rule=rule, day=day)
    steps: tuple[Step, ...] = ()
    for gate in (_use, _division, _planning, _zone, _table):
        more, answer = gate(case)
        steps += more
        if answer is not None:
            return replace(answer, steps=steps)
    more, answer = _permit(case)
    return replace(answer, steps=steps + more)


def _use(case: Case) -> Passed:
    """Ask whether the use is one that the table of uses knows."""
    use = uses().get(case.facts.use)
    if use is None:
        found = Text(ja=case.facts.use, en=case.facts.use)
        step = Step(question=say("ask_use"), found=found, holds=None, open=True)
        return (step,), cannot_tell((say("missing_use", use=case.facts.use),))
    found = say(f"work_{case.facts.work or 'unknown'}", use=use.title)
    articles = case.cite("change") if case.facts.work == "change" else ()
    return (Step(question=say("ask_use"), found=found, holds=True, articles=articles, open=True),), None


def _division(case: Case) -> Passed:
    """Ask whether the site lies in an urbanization control area, whose law is another one."""
    facts = case.facts
    controlled = None if facts.division is None else facts.division == CONTROL
    said = say("found_unknown")
    if facts.division is not None:
        said = division_text(facts.division)
    elif facts.division_missing is not None:
        said = say("found_missing", missing=facts.division_missing)
    step = Step(
        question=say("ask_control"),
        found=said,
        holds=controlled,
        articles=case.cite("control"),
        confidence="inferred" if facts.division_inferred else case.rule.confidence("control"),
    )
    return (step,), _control(case) if controlled else None


def _control(case: Case) -> Answer:
    """Answer for an urbanization control area: the City Planning Act, and article 26 in a promotion area."""
    facts, rule, day = case.facts, case.rule, case.day
    reason, articles = [say("control")], case.cite("control")
    caution: tuple[Text, ...] = ()
    inside = [
        area.name
        for area in facts.areas or ()
        if area.inside and by_day(area.published(since=rule.in_force), day)
    ]
    if inside and rule.holds(day):
        # Article 26 is about permits for a change of use; a new building is not its matter.
        new = facts.work == "new"
        key = "consideration_new" if new else "consideration"
        reason.append(say(key, area="、".join(inside)))
        articles += () if new else case.cite("consideration")
    elif rule.holds(day) and facts.work != "new":
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
        for key, value in ((area.unsettled, area.inside), ("missing_publication", area.published_on))
        if value is None
    ]
    return (say("confirm_consideration", missing=listed(missing)),) if missing else ()


def _planning(case: Case) -> Passed:
    """Ask whether the site lies inside a city planning area, outside which article 48 does not apply."""
    facts = case.facts
    found = {True: "found_planned", False: "found_unplanned", None: "found_unknown"}[facts.inside_planning]
    # Zones and area divisions are set only inside a (quasi) city planning area.
    implied = facts.inside_planning is None and bool(facts.zone or facts.division)
    step = Step(
        question=say("ask_planning"),
        found=say("found_implied" if implied else found),
        holds=True if implied else facts.inside_planning,
        articles=case.cite("beyond"),
        confidence="inferred" if implied else case.rule.confidence("beyond"),
    )
    if facts.inside_planning is not False:
        return (step,), None
    if facts.zone or facts.division == PROMOTED:
        # One of the two layers must be wrong.
        what = zone_text(facts.zone) if facts.zone else division_text(PROMOTED)
        return (step,), Answer(
            verdict="cannot_tell",
            reason=(say("zone_beyond", zone=what),),
            caution=(say("confirm_zone_beyond"),),
        )
    return (step,), Answer(
        verdict="outside_city_planning_area",
        reason=(say("beyond"),),
        articles=case.cite("beyond"),
        caution=(say("confirm_quasi"),),
    )


def _zone(case: Case) -> Passed:
    """Ask which zone decides; land without a zone polygon is never simply free."""
    facts = case.facts
    missing = _missing_zone(facts)
    found = say("found_missing", missing=missing) if missing else zone_text(case.zone)
    step = Step(
        question=say("ask_zone"),
        found=found,
        holds=None if missing else True,
        articles=case.cite("majority"),
        confidence=case.rule.confidence("majority"),
        open=True,
    )
    if missing is None:
        return (step,), None
    return (step,), cannot_tell((missing,), articles=case.cite("majority") if facts.zone is None else ())


def _missing_zone(facts: Facts) -> Text | None:
    """Return what is missing to tell the zone, None where it is told."""
    if facts.zone is None:
        return facts.zone_missing or say("missing_layer", layer="zone", title=title_text("zone"))
    if facts.zone:
        return None
    if facts.division == PROMOTED:
        return say("missing_zone_polygon")
    if facts.division is None:
        return facts.division_missing or say("missing_division")
    if facts.inside_planning is None:
        return facts.planning_missing or say("missing_planning")
    return None


def _table(case: Case) -> Passed:
    """Ask whether the table of uses allows the use in the zone without a permit."""
    rows = case.rows
    if not rows:
        missing = say("missing_rule", day=case.day.isoformat(), zone=zone_text(case.zone), use=case.use.title)
        step = Step(question=say("ask_rows", zone=zone_text(case.zone)), found=missing, holds=None)
        return (step,), cannot_tell((missing,))
    met = tuple(allowed(row, case.facts.building, day=case.day) for row in rows)
    steps = tuple(_row_step(case, row, truth) for row, truth in zip(rows, met, strict=True))
    verdict = any_of(met)
    if verdict is False:
        return steps, None
    if verdict is None:
        open_rows = tuple(row for row, truth in zip(rows, met, strict=True) if truth is None)
        return steps, _open(case, open_rows)
    held = compress(rows, (truth is True for truth in met))
    best = max(held, key=lambda row: (keeps(case.facts, row), *width(row)))
    answer = by_right(case.facts, case.use, best) if best.by_right == "yes" else None
    return steps, answer or within(case.facts, case.use, best, day=case.day)


def _row_step(case: Case, row: UseRow, truth: Truth) -> Step:
    """Return the step of one row of the table."""
    condition = row.condition if row.condition.ja else say("no_condition")
    asked = "ask_combined" if row.counts == "combined" else "ask_rows"
    return Step(
        question=say(asked, zone=zone_text(case.zone)),
        found=say(f"row_{row.by_right}", condition=condition),
        holds=truth,
        articles=(row.article,),
        confidence=row.confidence,
    )


def _open(case: Case, rows: tuple[UseRow, ...]) -> Answer:
    """Answer where a missing fact or a judgement decides."""
    missing = [text for row in rows for text in _missing_for(case, row)]
    limited = widest(rows)
    articles = tuple(dict.fromkeys(row.article for row in rows))
    return replace(
        cannot_tell(missing, articles=articles),
        max_floor_area=limited.max_floor_area if limited else None,
        max_storey=limited.max_storey if limited else None,
    )


def _missing_for(case: Case, row: UseRow) -> Iterable[Text]:
    """Yield what is missing to tell whether a row allows the use."""
    facts = case.facts
    if row.max_floor_area is not None and facts.floor_area is None:
        yield say("missing_floor_area")
    if row.max_storey is not None and facts.storey is None:
        yield say("missing_storey")
    if row.counts and any(part.floor_area is None or part.use not in uses() for part in facts.others):
        yield say("missing_others")
    if row.max_storey is not None and any(part.storey is None for part in facts.others):
        yield say("missing_others")
    for part in unsettled(row, facts.building, day=case.day):
        yield say("missing_listed", use=uses()[part.use].title)
    if mostly_dwelling(row, facts.building) is None:
        yield say("missing_dwelling")
    if row.by_right == "depends":
        yield say("missing_judgement", condition=row.condition)


def _permit(case: Case) -> tuple[tuple[Step, ...], Answer]:
    """Answer for a use that needs a permit: by the special provision where it applies, else the proviso."""
    rows, limited = case.rows, widest(case.rows)
    found: Special = special(case.facts, case.use, zone=case.zone, rule=case.rule, day=case.day)
    verdict, after = _PERMITS[found.holds]
    own = tuple(dict.fromkeys(row.article for row in rows))
    told = cannot_tell(found.why).reason if found.holds is None else found.why
    last = Step(
        question=say("ask_permit"),
        found=verdicts()[verdict],
        holds=None if found.holds is None else True,
        articles=case.cite("hearing") + _change(case) if found.holds is not None else (),
        open=True,
    )
    return (*found.steps, last), Answer(
        verdict=verdict,
        reason=(
            *not_by_right(case.facts, case.use, rows, zone=case.zone, day=case.day),
            *told,
            *(say(key) for key in after),
        ),
        articles=own + case.cite(*_PARTS[found.holds]) + _change(case),
        caution=(*use_cautions(case.facts, case.use, rows), *found.caution),
        max_floor_area=limited.max_floor_area if limited else None,
        max_storey=limited.max_storey if limited else None,
    )


def _change(case: Case) -> tuple[str, ...]:
    """Return the article that carries the rules over to a change of use."""
    return case.cite("change") if case.facts.work == "change" else ()
