"""Under which terms plans were computed, and what differs: figures of other terms are not alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gisplan.core.tables import Doubt
from gisplan.core.words import Plan, Text
from gisplan.layers.timetables import options_of, window_said
from gisplan.plan.results import Results

Told = tuple[Plan, Mapping[str, Any], Results | None]


def terms_doubts(plans: Mapping[str, Told]) -> list[Doubt]:
    """Return a doubt for each term that differs between plans, with what it is in each.

    Parameters
    ----------
    plans
        Each plan with what it was asked and what was computed, by its label.
    """
    doubts: list[Doubt] = []
    for code, term in TERMS.items():
        each = {label: term(*told) for label, told in plans.items()}
        if len(set(each.values())) > 1:
            values = {"each": [_said(label, value) for label, value in each.items()]}
            doubts.append(Doubt(code=code, layer="plan", values=values))
    return [*doubts, *_inputs(plans)]


def _said(label: str, value: Text | str) -> Text:
    told = Text(ja=value, en=value) if isinstance(value, str) else value
    return Text(ja=f"{label}：{told.ja}", en=f"{label}: {told.en}")


def _speeds(_plan: Plan, _asked: Mapping[str, Any], results: Results | None) -> Text | str:
    connected = None if results is None else results.connected
    if connected is None:
        return "—"
    name, text = connected.speeds.name, connected.speeds.text
    return Text(ja=f"{name}（{text.ja}）", en=f"{name} ({text.en})")


def _thresholds(plan: Plan, _asked: Mapping[str, Any], _results: Results | None) -> str:
    return ", ".join(f"{value:g}" for value in plan.access.minutes)


def _snap(plan: Plan, _asked: Mapping[str, Any], _results: Results | None) -> str:
    access = plan.access
    season = f", season {access.season}" if access.season else ""
    return f"snap_m {access.snap_m:g}, join_m {access.join_m:g}, ferry {str(access.ferry).lower()}{season}"


def _transit(plan: Plan, _asked: Mapping[str, Any], _results: Results | None) -> Text | str:
    """Return day, window and limits of the trips by timetable, — for a plan that goes otherwise."""
    if plan.access.mode != "transit":
        return "—"
    options = options_of(plan)
    start, end = window_said(options)
    day = (options.day or plan.date).isoformat()
    walks = f"{options.walk_minutes:g}/{options.transfer_minutes:g}/{options.change_minutes:g}"
    told = (
        f"{day} {start}–{end}, percentile {options.percentiles[0]}, walk/transfer/change {walks} min, "
        f"boardings {options.boardings}, longest {options.longest_minutes:g} min, "
        f"by_phone {str(options.by_phone).lower()}"
    )
    return Text(ja=told, en=told)


def _site(plan: Plan, _asked: Mapping[str, Any], _results: Results | None) -> str:
    site = plan.site
    return "—" if site is None else f"p {site.p}, {site.model}, {site.demand}, {site.minutes:g} min"


def _check(plan: Plan, _asked: Mapping[str, Any], _results: Results | None) -> str:
    return f"{plan.check.use}, {plan.check.tolerance_m:g} m, {plan.check.across_edge or '—'}"


TERMS: Mapping[str, Callable[[Plan, Mapping[str, Any], Results | None], Text | str]] = {
    "compare.speeds": _speeds,
    "compare.mode": lambda plan, _asked, _results: plan.access.mode,
    "compare.date": lambda plan, _asked, _results: plan.date.isoformat(),
    "compare.thresholds": _thresholds,
    "compare.network": _snap,
    "compare.transit": _transit,
    "compare.destinations": lambda plan, _asked, _results: ", ".join(plan.access.destinations),
    "compare.origins": lambda plan, _asked, _results: ", ".join(plan.access.origins),
    "compare.site": _site,
    "compare.check": _check,
    "compare.municipality": lambda plan, _asked, _results: ", ".join(plan.municipality),
    "compare.audience": lambda plan, _asked, _results: plan.audience,
}


def _inputs(plans: Mapping[str, Told]) -> list[Doubt]:
    """Return a doubt on the files that not all plans read, or that are not the same byte for byte."""
    asked = [dict(told[1].get("inputs", {})) for told in plans.values()]
    every = sorted({name for inputs in asked for name in inputs})
    # The name of a file is relative to its plan: equal bytes are equal data, whatever they are called.
    shared = set.intersection(*(set(inputs.values()) for inputs in asked))
    differing = [
        name for name in every if any(inputs.get(name) not in shared for inputs in asked if name in inputs)
    ]
    if not differing:
        return []
    return [
        Doubt(
            code="compare.inputs", layer="plan", values={"count": len(differing), "files": differing[:MOST]}
        )
    ]


MOST = 10
"""Files that a finding names; the manifest names all."""
