"""What shows that a step of the procedures is done: days and marks in the layers, told kind by kind.

Nothing found is no proof that a step was left out: it stays open, to be marked in plan.toml.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import shapely

from gisplan.core.words import Text
from gisplan.law.facts import Standing, by_day
from gisplan.law.history import as_date, as_truth
from gisplan.law.logic import Truth
from gisplan.law.phrases import say
from gisplan.law.priority import priority_districts
from gisplan.law.promotion import HARDLY
from gisplan.law.rule import read_rule
from gisplan.law.steps import Circumstances, Evidence, Occasion

NOTHING = Evidence()

UTILIZATION = ("published_on", "use_exception", "use_consented_on", "road_exception", "road_agreed_on")
"""Columns of a vacant house utilization area."""


def evidence(kind: str, occasion: Occasion, known: Circumstances) -> Evidence:
    """Return what the layers show of a step for one subject."""
    kinds: Mapping[str, Callable[[Occasion, Circumstances], Evidence]] = {
        "none": lambda _, __: NOTHING,
        "district_published": _district_published,
        "hub_in_district": _hub_in_district,
        "area_in_district": _area_in_district,
        "area_drawn": lambda _, known: Evidence(done=bool(known.standings) or None),
        "hub_named": lambda _, known: _named("hub", known),
        "site_named": lambda _, known: _named("site", known),
        "link_named": lambda _, known: _named("road_project", known),
        "use_exception": lambda occasion, _: Evidence(done=occasion.needed),
        "agency_consulted": _agency_consulted,
        "consented_on": _consented_on,
        "published_on": _published_on,
        "utilization_published": lambda occasion, known: _of_utilization("published_on", occasion, known),
        "utilization_consented": lambda occasion, known: _of_utilization("use_consented_on", occasion, known),
        "utilization_agreed": lambda occasion, known: _of_utilization("road_agreed_on", occasion, known),
    }
    return kinds[kind](occasion, known)


def _dated(when: date | None, day: date) -> Evidence:
    return Evidence(done=by_day(when, day), on=when)


def _first(dates: list[date | None], day: date) -> Evidence:
    """Return the evidence of several days: the earliest that is known."""
    return _dated(min((when for when in dates if when is not None), default=None), day)


def _standing(occasion: Occasion, known: Circumstances) -> Standing | None:
    return next((area for area in known.standings or () if area.name == occasion.subject), None)


def _absent(layer: str) -> Evidence:
    missing = say("missing_layer", layer=layer, title=say(f"title_{layer}"))
    return Evidence(missing=missing)


def _district_published(_: Occasion, known: Circumstances) -> Evidence:
    table = known.atlas.table("priority_district")
    if table is None:
        return NOTHING
    return _first([as_date(value) for value in table["published_on"]], known.day)


def _hub_in_district(occasion: Occasion, known: Circumstances) -> Evidence:
    districts, hubs = known.atlas.table("priority_district"), known.atlas.table("hub")
    if districts is None or hubs is None:
        return _absent("hub")
    standing = priority_districts(districts, rule=read_rule("nesting"), day=known.day)
    drawn = {row.name: row.drawn for row in standing.rows}[occasion.subject]
    near = shapely.dwithin(hubs.geometry.to_numpy(), drawn, known.atlas.plan.check.tolerance_m)
    return Evidence(done=bool(near.any()))


def _area_in_district(occasion: Occasion, known: Circumstances) -> Evidence:
    rows = known.nesting[known.nesting["promotion_area"] == occasion.subject]
    told: Mapping[str, Truth] = {"inside": True, "outside": False}
    done = told.get(str(rows["verdict"].iloc[0])) if len(rows) else None
    if done is False and float(rows["outside_m2"].iloc[0]) < HARDLY:
        done = True  # the verdict is about the municipality then, not about the district
    return _absent("priority_district") if done is None else Evidence(done=done)


def _named(layer: str, known: Circumstances) -> Evidence:
    """Return how many rows of a layer the plan names; being drawn is not being named."""
    table = known.atlas.table(layer)
    if table is None:
        return NOTHING
    marks = table["named_in_plan"] if "named_in_plan" in table else [None] * len(table)
    count = sum(as_truth(mark) is True for mark in marks)
    note = say("procedure_named", count=str(count), drawn=str(len(table)))
    return Evidence(done=True if count else None, note=note)


def _consented_on(occasion: Occasion, known: Circumstances) -> Evidence:
    area = _standing(occasion, known)
    return NOTHING if area is None else _dated(area.consented_on, known.day)


def _agency_consulted(occasion: Occasion, known: Circumstances) -> Evidence:
    """Return that the agency was consulted where it has consented; the day of consulting is not known by that."""
    consented = _consented_on(occasion, known)
    return Evidence(done=True) if consented.done else NOTHING


def _published_on(occasion: Occasion, known: Circumstances) -> Evidence:
    area = _standing(occasion, known)
    return NOTHING if area is None else _dated(area.published_on, known.day)


def utilization_facts(known: Circumstances) -> Mapping[str, Mapping[str, Any]]:
    """Return the facts of every vacant house utilization area by its name; None where its parts differ."""
    table = known.atlas.table("vacant_house_utilization_area")
    if table is None:
        return {}
    labels = table["name"].astype("object").where(table["name"].astype(bool), table["id"])
    found: dict[str, Mapping[str, Any]] = {}
    for label, rows in table.groupby(labels.to_numpy(), sort=True):
        said = {fact: set(rows[fact].dropna()) if fact in rows else set() for fact in UTILIZATION}
        found[str(label)] = {
            fact: next(iter(values)) if len(values) == 1 and rows[fact].notna().all() else None
            for fact, values in said.items()
        }
    return found


def _of_utilization(fact: str, occasion: Occasion, known: Circumstances) -> Evidence:
    return _dated(as_date(utilization_facts(known)[occasion.subject][fact]), known.day)


def marked(mark: date | bool | None, day: date) -> Evidence:
    """Return what a user's mark in plan.toml says: done, done on a day, planned for a day, or not done."""
    if mark is None:
        return NOTHING
    return Evidence(done=mark) if isinstance(mark, bool) else _dated(mark, day)


def day_of(fact: str, occasion: Occasion, known: Circumstances) -> date | None:
    """Return the day of consent or of publication that a step comes before, None where it is not known.

    Parameters
    ----------
    fact
        `consented_on` or `published_on`.
    occasion
        The area, or the plan, whose publication is that of its first area.
    known
        What is known of the plan.
    """
    if fact == "published_on":
        return occasion.published_on
    area = _standing(occasion, known)
    return None if area is None else area.consented_on


def note_of(found: Evidence, *, day: date) -> tuple[Text, ...]:
    """Return what is said beside an open step: the day planned, and what was seen."""
    planned = () if found.on is None or found.on <= day else (say("procedure_planned", day=found.on),)
    return (*planned, *(() if found.note is None else (found.note,)))
