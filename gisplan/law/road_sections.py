"""Which sections of a hub's link the prefecture's road programme may cover; computes `road_sections.toml`.

Class is not manager: a section is eligible only where the class is listed and the prefecture is known to manage
it. A missing fact gives "cannot tell", never yes or no.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import pandas as pd

from gisplan.core.tables import contract, hold
from gisplan.core.words import Atlas, Text
from gisplan.law.phrases import say
from gisplan.law.rule import Rule, read_rule
from gisplan.network.speeds import speeds

if TYPE_CHECKING:
    from gisplan.network import Connected

RULE = "road_sections"
PARTS = ("works", "prefectural_plan", "link")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The verdict on a section, and its reason."""

    verdict: str
    reason: Text


@lru_cache(maxsize=1)
def section_verdicts() -> Mapping[str, Text]:
    """Return what the verdicts on sections are called."""
    import tomllib

    text = files("gisplan.law").joinpath(f"{RULE}.toml").read_text("utf-8")
    return {code: Text(**row) for code, row in tomllib.loads(text)["verdicts"].items()}


def road_sections(atlas: Atlas, connected: Connected) -> pd.DataFrame | None:
    """Return the sections of each hub's best links with their verdict, None where the plan has no links.

    Parameters
    ----------
    atlas
        The plan: the day on which the law is applied, and the catalogue that tells farm roads by their name.
    connected
        The network of the plan and its links.

    References
    ----------
    広域的地域活性化のための基盤整備に関する法律 2条3項, 5条2項2号, 22条2項6号.
    """
    if connected.best is None:
        return None
    sections, rule, day = connected.best.sections, read_rule(RULE), atlas.plan.date
    if sections.empty:
        return hold(pd.DataFrame(columns=list(contract(RULE).names)), RULE)
    cells = zip(*(sections[name] for name in ("road", "road_class", "manager")), strict=True)
    told = [
        judge(str(road_class), str(manager), by_name=_is_minor(str(road), atlas), rule=rule, day=day)
        for road, road_class, manager in cells
    ]
    table = sections.assign(
        verdict=[one.verdict for one in told],
        reason_ja=[one.reason.ja for one in told],
        reason_en=[one.reason.en for one in told],
        articles="、".join(rule.cite(*PARTS, day=day)),
    )
    return hold(table, RULE)


def judge(road_class: str, manager: str, *, by_name: bool, rule: Rule, day: date) -> Told:
    """Return the verdict on a section.

    Parameters
    ----------
    road_class, manager
        Codes of the class and of the manager, the latter "" where it is not known.
    by_name
        Whether its name tells that it is a farm road or the like, so that class `other` is no gap in the data.
    rule, day
        The rule, and the day on which it is applied.
    """
    if not rule.holds(day):
        return Told(verdict="cannot_tell", reason=say("section_not_yet"))
    title = speeds().class_titles[road_class]
    if road_class in rule.value("accompanying", day=day):
        return Told(verdict="accompanying_only", reason=say("section_accompanying", road_class=title))
    if road_class == "other" and not by_name:
        return Told(verdict="cannot_tell", reason=say("section_class_unknown"))
    if road_class not in rule.value("classes", day=day):
        return Told(verdict="not_eligible", reason=say("section_not_listed", road_class=title))
    return _by_manager(manager, title=title, managers=rule.value("managers", day=day))


def _by_manager(manager: str, *, title: Text, managers: Collection[str]) -> Told:
    """Return the verdict on a section whose class is listed."""
    if not manager:
        return Told(verdict="cannot_tell", reason=say("section_manager_unknown", road_class=title))
    if manager in managers:
        return Told(verdict="eligible", reason=say("section_eligible", road_class=title))
    named = say(f"manager_{manager}")
    return Told(verdict="not_eligible", reason=say("section_other_manager", road_class=title, manager=named))


def _is_minor(road: str, atlas: Atlas) -> bool:
    """Return whether the catalogue knows a road by its name for one that is neither national nor the like."""
    spec = atlas.catalogue.get("road")
    field = spec.fields.get("road_class") if spec is not None else None
    patterns = () if field is None else field.patterns
    found = next((one.value for one in patterns if re.search(one.match, road)), "")
    return found == "other"
