"""The procedures of a plan: what the drawn areas and chosen uses trigger, what is done and what is open.

Computes `procedures.toml`. Done is what a day in the layers or a mark in plan.toml shows; a day after the day of
the check is a plan, and the step is open. Where it cannot be told whether a step is needed, the row says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from gisplan.core import tables
from gisplan.core.tables import Doubt
from gisplan.core.words import Article, Atlas, Text
from gisplan.law.evidence import NOTHING, day_of, evidence, marked, note_of
from gisplan.law.phrases import layer_missing, say, together
from gisplan.law.promotion import PromotionAreas
from gisplan.law.steps import Circumstances, Evidence, Occasion, Procedure, steps
from gisplan.law.triggers import occasions


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A table by its contract, and the doubts met on the way."""

    table: pd.DataFrame
    doubts: tuple[Doubt, ...]


def procedures(
    atlas: Atlas,
    *,
    verdicts: pd.DataFrame,
    nesting: pd.DataFrame,
    promotion: PromotionAreas | None,
    control: Mapping[str, float] | None,
    control_unknown: frozenset[str] = frozenset(),
) -> Listed:
    """Return the consultations, consents, publications and permits of a plan.

    Parameters
    ----------
    atlas
        The layers of the plan, its marks under `[procedures]` and its `[facts]`.
    verdicts, nesting
        The tables of these contracts.
    promotion
        The promotion areas as they stand on the day, None where the layer is missing.
    control
        Urbanization control area in each promotion area, slivers left out [m²]; areas without any may be
        absent. None where the area division is not known.
    control_unknown
        Promotion areas of which it cannot be told whether they contain any.

    References
    ----------
    広域的地域活性化のための基盤整備に関する法律 5条, 22条, 24条, 26条, 31条; 建築基準法 48条, 87条;
    都市計画法 29条, 34条, 43条; 空家等対策の推進に関する特別措置法 7条, 17条.
    """
    known = Circumstances(
        atlas=atlas,
        verdicts=verdicts,
        nesting=nesting,
        standings=None if promotion is None else promotion.standings,
        control=control,
        control_unknown=control_unknown,
    )
    found = [
        (step, occasion, _evidence(step, occasion, known))
        for step in steps()
        if step.holds(known.day)
        for occasion in occasions(step.trigger, known)
    ]
    rows = [_row(step, occasion, seen, known) for step, occasion, seen in found]
    doubts = tuple(
        doubt
        for (step, occasion, _), row in zip(found, rows, strict=True)
        for doubt in _too_late(step, occasion, str(row["state"]), known)
    )
    missing = (layer_missing("area_division"),) if control is None and promotion is not None else ()
    return Listed(table=tables.hold(pd.DataFrame(rows), "procedures"), doubts=(*missing, *doubts))


def _evidence(step: Procedure, occasion: Occasion, known: Circumstances) -> Evidence:
    """Return what shows that a step is done: the user's mark where there is one, else the layers."""
    mark = _mark(step, occasion, known)
    told = marked(mark, known.day)
    seen = NOTHING if occasion.needed is not True else evidence(step.evidence, occasion, known)
    return seen if mark is None else told


def _mark(step: Procedure, occasion: Occasion, known: Circumstances) -> date | bool | None:
    """Return the user's mark: that for the area before that for the whole plan."""
    if not step.mark:
        return None
    plan = known.atlas.plan
    of_area = plan.area_procedures.get(occasion.subject, {}) if step.area_layer else {}
    return of_area.get(step.id, plan.procedures.get(step.id))


def _state(step: Procedure, occasion: Occasion, seen: Evidence) -> str:
    if occasion.needed is False:
        return "not_needed"
    if seen.done:
        return "done"
    if occasion.needed is None or seen.missing is not None:
        return "cannot_tell"
    return "not_needed" if step.optional and seen.done is None else "open"


def _row(step: Procedure, occasion: Occasion, seen: Evidence, known: Circumstances) -> dict[str, object]:
    state = _state(step, occasion, seen)
    why, do = _why(step, occasion, day=known.day), _do(step, occasion, seen, state=state, known=known)
    subject = _filled(Text(ja="{name}", en="{name}"), occasion)
    cited = step.cited(day=known.day, verdict=occasion.verdict)
    return {
        "step": step.id,
        "order": step.order,
        "title_ja": step.title.ja,
        "title_en": step.title.en,
        "subject_ja": subject.ja,
        "subject_en": subject.en,
        "who_ja": step.who.ja,
        "who_en": step.who.en,
        "trigger_ja": why.ja,
        "trigger_en": why.en,
        "articles": "; ".join(_shown(article) for article in cited),
        "state": state,
        "done_on": seen.on if state == "done" else None,
        "do_ja": do.ja,
        "do_en": do.en,
    }


def _shown(article: Article) -> str:
    """Return an article, marked where it was not read in the statute."""
    sure = article.confidence == "verbatim"
    return f"{article.law}{article.article}" + ("" if sure else say(f"mark_{article.confidence}").ja)


def _why(step: Procedure, occasion: Occasion, *, day: date) -> Text:
    """Return why a step is needed or not, and which of its articles were not read in the statute."""
    cited = step.cited(day=day, verdict=occasion.verdict)
    notes = [
        say(f"procedure_{confidence}", articles="、".join(unread))
        for confidence in ("reported", "inferred")
        if (unread := [f"{one.law}{one.article}" for one in cited if one.confidence == confidence])
    ]
    return together((_reason(step, occasion), *notes))


def _reason(step: Procedure, occasion: Occasion) -> Text:
    if occasion.because is not None:
        return occasion.because
    if occasion.needed is None:
        return say("procedure_cannot_tell", name=occasion.words["name"])
    if occasion.needed is False and step.unneeded is not None:
        return _filled(step.unneeded, occasion)
    return _filled(step.why, occasion)


def _do(step: Procedure, occasion: Occasion, seen: Evidence, *, state: str, known: Circumstances) -> Text:
    """Return what to do: nothing where a step is done or not needed, else the cure, or what to obtain.

    Days in an order that cannot be are told whatever the state.
    """
    order = tuple(said for _, said in _impossible(step, occasion, known))
    if state == "cannot_tell":
        if seen.missing is not None:
            return together((*order, say("procedure_obtain", missing=seen.missing)))
        return together((*order, occasion.obtain or _filled(step.obtain or step.do, occasion)))
    if state == "open" or (step.optional and occasion.needed and state != "done"):
        do = step.do_for.get(occasion.verdict, step.do)
        return together((*order, *note_of(seen, day=known.day), _filled(do, occasion)))
    return together(order)


def _impossible(
    step: Procedure, occasion: Occasion, known: Circumstances
) -> tuple[tuple[Mapping[str, object], Text], ...]:
    """Return the days that the marked day of a step may not follow and does, each with its sentence."""
    mark = _mark(step, occasion, known)
    if not isinstance(mark, date) or occasion.needed is False or step.day is None:
        return ()
    found = []
    for fact in step.by:
        when = day_of(fact, occasion, known)
        if when is not None and when < mark:
            values = {"what": step.day, "day": mark, "later": say(f"order_{fact}"), "when": when}
            found.append((values, say("procedure_order", **values)))
    return tuple(found)


def _filled(text: Text, occasion: Occasion) -> Text:
    """Return a sentence with the values of a subject put in, by language."""
    ja = {key: value.ja if isinstance(value, Text) else value for key, value in occasion.words.items()}
    en = {key: value.en if isinstance(value, Text) else value for key, value in occasion.words.items()}
    return Text(ja=text.ja.format(**ja), en=text.en.format(**en))


def _too_late(step: Procedure, occasion: Occasion, state: str, known: Circumstances) -> tuple[Doubt, ...]:
    """Return a doubt where a step that comes first is open after publication, or is dated after what follows it."""
    found = [
        ("law.procedure_order", {**values, "title": step.title})
        for values, _ in _impossible(step, occasion, known)
    ]
    published = occasion.published_on
    if step.before and state == "open" and published is not None and published <= known.day:
        values = {"title": step.title, "published": published}
        found.append(("law.procedure_after_publication", values))
    return tuple(
        Doubt(
            code=code,
            layer="promotion_area",
            subject=f"{step.id} {occasion.subject}",
            articles="; ".join(step.cite(day=known.day)),
            values=values,
        )
        for code, values in found
    )
