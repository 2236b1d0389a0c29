"""What makes a step of the procedures necessary: for every kind of trigger the subjects that it finds.

Areas and the plan itself always have a row, with or without need; sites have one only where a step is needed
there or cannot be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from gisplan.core.words import Text
from gisplan.law.evidence import utilization_facts
from gisplan.law.facts import Standing, by_day
from gisplan.law.history import as_truth
from gisplan.law.logic import Truth, all_of
from gisplan.law.phrases import ground_text, say, together, verdicts
from gisplan.law.priority import priority_districts
from gisplan.law.promotion import HARDLY
from gisplan.law.rule import read_rule
from gisplan.law.steps import Circumstances, Occasion
from gisplan.law.uses import uses

Occasions = Iterable[Occasion]

PERMITS = ("special_provision_permit", "ordinary_permit")
"""Verdicts under which a permit of 建築基準法48条 is needed."""

PLACES = ("hub", "site")
"""Layers whose rows are in the list; a vacant house is a home, and its row would tell where it is."""

CONSIDERATION = "広域的地域活性化基盤整備法26条"
"""The article that a verdict cites where it applies."""


def occasions(trigger: str, known: Circumstances) -> tuple[Occasion, ...]:
    """Return the subjects of a trigger, each once, in order."""
    kinds: Mapping[str, Callable[[Circumstances], Occasions]] = {
        "plan": _plan,
        "joint_plan": _joint_plan,
        "priority_district": _districts,
        "promotion_area": _areas,
        "use_exception": _with_exception,
        "control_ground": _with_control,
        "permit": _permit,
        "permit_needed": _permit_needed,
        "change_of_use": _change_of_use,
        "control_area": _control_area,
        "consideration": _consideration,
        "utilization_area": _utilization_areas,
        "utilization_use": lambda known: _utilization_with("use_exception", known),
        "utilization_road": lambda known: _utilization_with("road_exception", known),
        "utilization_relief": _utilization_relief,
        "owner_data": _owner_data,
    }
    return tuple(kinds[trigger](known))


def _of_plan(known: Circumstances, needed: Truth = True, **words: str) -> Occasion:
    dates = [area.published_on for area in known.standings or () if area.published_on is not None]
    published = min(dates, default=None)
    return Occasion(
        subject=known.atlas.plan.title,
        needed=needed,
        words={"name": known.atlas.plan.title, **words},
        published_on=published,
    )


def _plan(known: Circumstances) -> Occasions:
    return (_of_plan(known),)


def _joint_plan(known: Circumstances) -> Occasions:
    count = len(set(known.atlas.plan.municipality))
    return (_of_plan(known, count > 1, count=str(count)),)


def _districts(known: Circumstances) -> Occasions:
    table = known.atlas.table("priority_district")
    if table is None:
        return (_of_plan(known, None),)
    standing = priority_districts(table, rule=read_rule("nesting"), day=known.day)
    return (Occasion(subject=row.name, needed=True, words={"name": row.name}) for row in standing.rows)


def _each_area(known: Circumstances, needed: Callable[[Standing], Truth]) -> Occasions:
    """Return every promotion area, or the plan where the layer is missing and nothing can be told."""
    if known.standings is None:
        return (_of_plan(known, None),)
    return (
        Occasion(
            subject=area.name,
            needed=needed(area),
            words={"name": area.name},
            published_on=area.published_on,
        )
        for area in known.standings
    )


def _areas(known: Circumstances) -> Occasions:
    return _each_area(known, lambda _: True)


def _with_exception(known: Circumstances) -> Occasions:
    return _each_area(known, lambda area: area.use_exception)


def _with_control(known: Circumstances) -> Occasions:
    """Return every promotion area: the governor is consulted on urbanization control area in it (22条11項)."""
    exempt = known.fact("designated_or_core_city")
    ordinary: Truth = None if exempt is None else not exempt
    for occasion in _areas(known):
        size = (known.control or {}).get(occasion.subject, 0.0)
        hazy = occasion.subject in known.control_unknown
        dark = known.control is None or occasion.needed is None or hazy
        holds: Truth = None if dark else size >= HARDLY
        words = {**occasion.words, "ground": ground_text(size)}
        because, obtain = _of_governor(holds, ordinary, words, hazy=hazy)
        yield Occasion(
            subject=occasion.subject,
            needed=all_of((holds, ordinary)),
            words=words,
            published_on=occasion.published_on,
            because=because,
            obtain=None if occasion.needed is None else obtain,
        )


def _of_governor(
    holds: Truth, ordinary: Truth, words: Mapping[str, Text | str], *, hazy: bool
) -> tuple[Text | None, Text | None]:
    """Return why the governor is consulted or not where the step's own words say too much, and what to obtain."""
    if ordinary is False:
        return say("governor_exempt"), None
    if holds is False:
        return say("governor_no_ground", **words), None
    asked = [say("governor_ask_planning" if hazy else "governor_ask_division")] if holds is None else []
    asked += [say("governor_ask_city")] if ordinary is None else []
    return say("governor_if_ordinary", **words) if holds and ordinary is None else None, together(asked)


def _rows(known: Circumstances, *wanted: str) -> Iterator[tuple[dict[str, Any], Occasion]]:
    """Return the hubs and sites of some verdicts, each with its occasion."""
    table = known.verdicts
    chosen = table[table["layer"].isin(PLACES) & table["verdict"].isin(wanted)]
    for row in chosen.to_dict("records"):
        use, verdict = str(row["use"]), str(row["verdict"])
        words = {
            "name": _called(row),
            "use": uses()[use].title if use in uses() else use,
            "verdict": verdicts()[verdict],
            "missing": Text(ja=str(row["reason_ja"]), en=str(row["reason_en"])),
        }
        subject = f"{row['layer']}/{row['id']}"
        yield (
            {str(key): value for key, value in row.items()},
            Occasion(subject=subject, needed=True, words=words, verdict=verdict),
        )


def _called(row: Mapping[Any, Any]) -> Text:
    """Return what a hub or site is called: its kind, its name and its id."""
    kind = say(f"programme_{row['layer']}")
    if not row["name"] or row["name"] == row["id"]:
        return Text(ja=f"{kind.ja}「{row['id']}」", en=f"{kind.en} {row['id']}")
    return Text(
        ja=f"{kind.ja}「{row['name']}」（{row['id']}）", en=f"{kind.en} “{row['name']}” ({row['id']})"
    )


def _with(occasion: Occasion, needed: Truth) -> Occasion:
    return Occasion(subject=occasion.subject, needed=needed, words=occasion.words, verdict=occasion.verdict)


def _permit(known: Circumstances) -> Occasions:
    for _, occasion in _rows(known, *PERMITS, "cannot_tell"):
        yield _with(occasion, None if occasion.verdict == "cannot_tell" else True)


def _permit_needed(known: Circumstances) -> Occasions:
    return (occasion for _, occasion in _rows(known, *PERMITS))


def _change_of_use(known: Circumstances) -> Occasions:
    for row, occasion in _rows(known, *PERMITS):
        if row["work"] != "new":
            yield _with(occasion, True if row["work"] == "change" else None)


def _control_area(known: Circumstances) -> Occasions:
    return (occasion for _, occasion in _rows(known, "urbanization_control_area"))


def _consideration(known: Circumstances) -> Occasions:
    """Return the sites in an urbanization control area that article 26 concerns, or may concern."""
    for row, occasion in _rows(known, "urbanization_control_area"):
        cited = CONSIDERATION in str(row["articles"]).split("; ")
        if row["work"] != "new" and (cited or _may_lie_inside(row, known)):
            yield _with(occasion, True if cited and row["work"] == "change" else None)


def _may_lie_inside(row: Mapping[str, Any], known: Circumstances) -> bool:
    """Return whether a site may lie in a promotion area that may be published."""
    if known.standings is None:
        return True
    named = str(row["promotion_area"]).split("、")
    return any(
        by_day(area.published_on, known.day) is not False for area in known.standings if area.name in named
    )


def _utilization_areas(known: Circumstances) -> Occasions:
    names = utilization_facts(known)
    return (Occasion(subject=name, needed=True, words={"name": name}) for name in names)


def _utilization_with(requirement: str, known: Circumstances) -> Occasions:
    for name, facts in utilization_facts(known).items():
        yield Occasion(subject=name, needed=as_truth(facts[requirement]), words={"name": name})


def _utilization_relief(known: Circumstances) -> Occasions:
    """Return the hubs and sites that can, or may, ask for relief by the Act on vacant houses."""
    told: Mapping[str, Truth] = {"applies": True, "cannot_tell": None}
    for row, occasion in _rows(known, *verdicts()):
        relief = str(row["relief_verdict"])
        if relief in told:
            # What is missing stands in the words on the relief itself.
            obtain = Text(ja=str(row["relief_ja"]), en=str(row["relief_en"]))
            yield replace(occasion, needed=told[relief], obtain=None if told[relief] else obtain)


def _owner_data(known: Circumstances) -> Occasions:
    """Return the plan where it has vacant houses, whose owners' data a support corporation might ask for."""
    if known.atlas.table("vacant_house") is None:
        return ()
    return (_of_plan(known, known.fact("support_corporation")),)
