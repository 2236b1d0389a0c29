"""Plans, or the scenarios of one plan, side by side; what was computed under other terms is never compared silently."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gisplan.access.origins import layer_titles
from gisplan.core.disk import reachable
from gisplan.core.errors import ConfigurationError, DiskError, GisplanError, InputError, NetworkError, Problem
from gisplan.core.tables import Doubt, contract, findings, half_up, hold, join
from gisplan.core.words import Audience, Language, Plan, Text
from gisplan.law.phrases import verdicts
from gisplan.layers.catalogue import read_catalogue
from gisplan.layers.load import silent
from gisplan.plan import manifest
from gisplan.plan.captions import caption
from gisplan.plan.compared_sitings import sitings_beside
from gisplan.plan.read import read_plan
from gisplan.plan.release import Released
from gisplan.plan.results import Progress, Results
from gisplan.plan.run import Outcome, Request, run
from gisplan.plan.terms import terms_doubts
from gisplan.plan.write import locked, replacing

if TYPE_CHECKING:
    from gisplan.sources.child_process import Child

PARTS = ("check", "access", "site", "scenario")
DIRECTION = "to_interchange"
KINDS = (InputError, ConfigurationError, NetworkError, DiskError, GisplanError)
"""The kinds of errors, each with an exit code of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareRequest:
    """Which plans are set side by side, where the tables go, for whom and in which language.

    With one plan its scenarios are set beside today.
    """

    plans: tuple[Path, ...]
    out: Path | None = None
    layers: Path | None = None
    audience: Audience | None = None
    language: Language | None = None
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The tables of a comparison, where they were written, and the plans compared by the label they go by."""

    tables: Mapping[str, pd.DataFrame]
    plans: Mapping[str, Plan]
    language: Language
    folder: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of one plan: its key, what it is called, its value as printed, and what it counts."""

    key: str
    title: Text
    value: float
    unit: str
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a comparison: a plan, or a scenario, with its figures."""

    label: str
    figures: tuple[Figure, ...]


def compare(
    request: CompareRequest, *, progress: Progress = silent, child: Child | None = None
) -> Comparison:
    """Compute several plans, or one with its scenarios, and set their figures side by side.

    Every figure is one that the audience may have. Speeds, modes, days of law, thresholds and data that differ are
    told as findings.

    Parameters
    ----------
    request
        The plans, and where the tables go.
    progress
        Called with the name of each step.
    child
        Who parses what native code reads.

    Raises
    ------
    GisplanError
        With every problem of every plan; nothing is written then.
    """
    if request.out is not None:  # before minutes are spent on what could not be written
        _refuse_run(reachable(request.out.resolve()), force=request.force)
    outcomes = _outcomes(request, progress, child)
    labels = _labels([outcome.plan for outcome in outcomes])
    told = [(label, *_results(outcome)) for label, outcome in zip(labels, outcomes, strict=True)]
    if len(told) == 1:
        columns, doubts = _scenarios(*told[0][1:]), _apart(told[0][2])
    else:
        columns = [
            Column(label=label, figures=tuple(_figures(results, given))) for label, results, given in told
        ]
        doubts = terms_doubts({label: (outcome.plan, outcome.manifest, outcome.results)
                               for label, outcome in zip(labels, outcomes, strict=True)})  # fmt: skip
    language = request.language or outcomes[0].plan.language
    tables = {"findings": _findings(told, doubts), "compare": _table(columns)}
    if len(told) == 1:
        tables |= {name: table for name, table in told[0][2].tables.items() if name in ALONE}
    else:
        tables |= sitings_beside((label, results) for label, results, _ in told)
    found = Comparison(
        tables=tables, plans=dict(zip(labels, [o.plan for o in outcomes], strict=True)), language=language
    )
    return found if request.out is None else _written(found, request, outcomes)


ALONE = ("links", "coverage", "scenarios", "gains", "area_gains", "link_changes", "siting_changes")
"""Tables of a plan that stand beside the comparison of its scenarios."""


def _outcomes(request: CompareRequest, progress: Progress, child: Child | None) -> list[Outcome]:
    catalogue = read_catalogue(request.layers)
    problems: list[Problem] = []
    plans: list[Plan] = []
    for path in request.plans:
        try:
            plans.append(read_plan(path, catalogue=catalogue))
        except ConfigurationError as error:
            problems += error.problems
    if len(request.plans) == 1 and plans and not plans[0].scenarios:
        problems.append(Problem(code="compare.alone", place=plans[0].file))
    if problems:
        raise ConfigurationError(problems)
    return [
        _outcome(path, plan, request, progress, child)
        for path, plan in zip(request.plans, plans, strict=True)
    ]


def _outcome(
    path: Path, plan: Plan, request: CompareRequest, progress: Progress, child: Child | None
) -> Outcome:
    parts = tuple(part for part in PARTS if part != "site" or plan.site is not None)
    try:
        return run(
            Request(
                plan=path, out=None, parts=parts, outputs=(), layers=request.layers, audience=request.audience,
                language=request.language,
            ),
            progress=progress,
            child=child,
        )  # fmt: skip
    except GisplanError as error:
        if len(request.plans) == 1:
            raise
        # Which of the plans it is, where several are called plan.toml.
        kind = next(kind for kind in KINDS if isinstance(error, kind))
        raise kind(_of_plan(problem, path) for problem in error.problems) from None


def _of_plan(problem: Problem, path: Path) -> Problem:
    return Problem(code=problem.code, place=f"{path.parent.name}/{problem.place}", values=problem.values)


def _results(outcome: Outcome) -> tuple[Results, Released]:
    if outcome.results is None or outcome.released is None:
        raise ValueError("a request without an output folder computes")  # pragma: no cover
    return outcome.results, outcome.released


def _labels(plans: Sequence[Plan]) -> list[str]:
    """Return what each plan is called: its title, with its folder or number where two have the same."""
    titles = [plan.title for plan in plans]
    if len(set(titles)) == len(titles):
        return titles
    named = [f"{plan.title} ({plan.folder.name}/{plan.file})" for plan in plans]
    if len(set(named)) == len(named):
        return named
    return [f"{plan.title} ({place})" for place, plan in enumerate(plans, start=1)]


def _scenarios(results: Results, given: Released) -> list[Column]:
    """Return today and each scenario of one plan as columns, from the table that the audience may have."""
    table = given.tables["scenarios"].sort_values(["scenario", "order"], kind="stable")
    table = table[~table["indicator"].isin(_several(table)["indicator"])]
    columns: list[Column] = []
    for found in () if results.simulated is None else results.simulated.compared:
        rows = table[table["scenario"] == found.scenario].to_dict("records")
        if not columns:
            plan = results.atlas.plan
            today = caption("today").of(plan.language)
            taken = today in {scenario.name for scenario in plan.scenarios}
            label = f"{today} ({plan.title})" if taken else today
            columns.append(Column(label=label, figures=_side(rows, "before")))
        columns.append(Column(label=found.scenario, figures=_side(rows, "after")))
    return columns


def _several(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of which today has no one value.

    A mean over those reached before and after is of other people in each scenario.
    """
    values = table.groupby("indicator")["before"].nunique(dropna=False)
    return table[table["indicator"].map(values) != 1]


def _apart(given: Released) -> list[Doubt]:
    """Return a doubt that names the indicators that cannot stand side by side."""
    rows = _several(given.tables["scenarios"].sort_values(["scenario", "order"], kind="stable"))
    rows = rows[~rows["indicator"].str.contains("mean_unrounded")].drop_duplicates("indicator")
    if rows.empty:
        return []
    titles = [Text(ja=ja, en=en) for ja, en in zip(rows["title_ja"], rows["title_en"], strict=True)]
    return [Doubt(code="compare.left_out", layer="scenarios", values={"figures": titles})]


UNREACHED: Mapping[str, frozenset[str]] = {
    "before": frozenset({"unreached", "newly_reached"}),
    "after": frozenset({"unreached", "lost", "new_unreached"}),
}
"""States in which nothing is reached before, and after."""


NEW = frozenset({"new", "new_unreached", "new_not_assessed"})
"""States of what a scenario adds."""


def _side(rows: Sequence[Mapping[Any, Any]], side: str) -> tuple[Figure, ...]:
    return tuple(
        Figure(
            key=row["indicator"],
            title=Text(ja=row["title_ja"], en=row["title_en"]),
            value=row[side],
            unit=row["unit"],
            state=_stands(row, side),
        )
        for row in rows
        if "mean_unrounded" not in row["indicator"]
    )


def _stands(row: Mapping[Any, Any], side: str) -> str:
    """Return why a figure has no value on one side, e.g. that nothing is reached, "" where it has one."""
    if not np.isnan(row[side]):
        return ""
    if side == "before" and row["state"] in NEW:
        return "absent"
    if row["state"] in UNREACHED[side]:
        return "unreached"
    return "partial" if row["state"] == "partial" else "not_assessed"


def _figures(results: Results, given: Released) -> Iterable[Figure]:
    """Yield the figures of one plan from the tables that the audience may have."""
    titles = layer_titles(results.atlas.catalogue)
    yield from _links(given.tables.get("links"))
    yield from _coverage(given.tables.get("coverage"), titles)
    yield from _siting(given.tables.get("siting"))
    yield from _verdicts(given.tables.get("verdicts"))
    provision = given.tables.get("provision")
    if provision is not None:
        title = caption("fact_covered")
        # An area of which a part cannot be told has no figure: what is known of it is no sum.
        covered = float(provision["covered_ha"].sum(skipna=False))
        state = "not_assessed" if np.isnan(covered) else ""
        yield Figure(key="covered_ha", title=title, value=half_up(covered, 1), unit="ha", state=state)


def _links(links: pd.DataFrame | None) -> Iterable[Figure]:
    """Yield the time of each hub to its nearest interchange, their mean, and how many are unreached.

    A hub on no road is not assessed, and neither is a mean that would leave one out.
    """
    if links is None or links.empty:
        return
    rows = links[links["direction"] == DIRECTION].groupby("hub")
    best, on_road = rows["minutes"].min(), rows["snap_hub_m"].max().notna()
    for (hub, minutes), stands in zip(best.items(), on_road, strict=True):
        state = "" if not np.isnan(minutes) else "unreached" if stands else "not_assessed"
        title = caption("compare_link", hub=hub)
        yield Figure(
            key=f"link/{hub}", title=title, value=half_up(float(minutes), 1), unit="min", state=state
        )
    mean, lost = half_up(float(best.mean(skipna=False)), 1), int((best.isna() & on_road).sum())
    state = "" if best.notna().all() else "incomplete"
    yield Figure(key="link_mean", title=caption("compare_link_mean"), value=mean, unit="min", state=state)
    yield Figure(
        key="link_unreached", title=caption("compare_link_unreached"), value=float(lost), unit="places"
    )


def _coverage(coverage: pd.DataFrame | None, titles: Mapping[str, Text]) -> Iterable[Figure]:
    if coverage is None:
        return
    for row in coverage.to_dict("records"):
        layer, to = (titles.get(row[key], Text(ja=row[key], en=row[key])) for key in ("layer", "to"))
        ja, en = (
            caption("compare_share", layer=layer.of(tongue), to=to.of(tongue), minutes=f"{row['minutes']:g}")
            for tongue in ("ja", "en")
        )
        share = half_up(100.0 * float(row["share"]), 1)
        yield Figure(
            key=f"share/{row['layer']}/{row['to']}/{row['minutes']:g}",
            title=Text(ja=ja.ja, en=en.en),
            value=share,
            unit="percent",
            state="not_assessed" if np.isnan(share) else "",
        )


def _siting(siting: pd.DataFrame | None) -> Iterable[Figure]:
    if siting is None or siting.empty:
        return
    value = half_up(float(siting["objective"].iloc[0]), 1)
    yield Figure(key="siting_objective", title=caption("compare_objective"), value=value, unit="")


def _verdicts(table: pd.DataFrame | None) -> Iterable[Figure]:
    if table is None:
        return
    for code, title in verdicts().items():
        ja, en = (caption("compare_verdict", verdict=title.of(tongue)) for tongue in ("ja", "en"))
        count = float((table["verdict"] == code).sum())
        yield Figure(key=f"verdict/{code}", title=Text(ja=ja.ja, en=en.en), value=count, unit="places")


def _table(columns: Sequence[Column]) -> pd.DataFrame:
    """Return the table `compare`: every figure of any column, its value in each, and how far from the first."""
    every: dict[str, Figure] = {}
    for column in columns:
        every |= {figure.key: figure for figure in column.figures if figure.key not in every}
    held = [{figure.key: figure for figure in column.figures} for column in columns]
    rows = []
    for order, (code, figure) in enumerate(every.items(), start=1):
        first = held[0][code].value if code in held[0] else np.nan
        for place, (column, own) in enumerate(zip(columns, held, strict=True), start=1):
            value = own[code].value if code in own else np.nan
            state = own[code].state if code in own else "absent"
            rows.append(
                {
                    "order": order, "title_ja": figure.title.ja, "title_en": figure.title.en,
                    "plan": column.label, "column": place, "value": value,
                    "difference": half_up(value - first, 6) if place > 1 else np.nan,
                    "unit": figure.unit, "state": state, "indicator": code,
                }
            )  # fmt: skip
    return hold(pd.DataFrame(rows, columns=list(contract("compare").names)), "compare")


def _findings(told: Sequence[tuple[str, Results, Released]], doubts: Sequence[Doubt]) -> pd.DataFrame:
    """Return what is to be said of the comparison; of one plan, what it says of its scenarios."""
    own = findings(doubts)
    if len(told) > 1:
        return own
    every = told[0][2].tables["findings"]
    return join([own, every[every["code"].str.startswith("scenario.")]], "findings")


def _refuse_run(folder: Path, *, force: bool) -> None:
    """Refuse a folder that holds the results of a run, which nobody asked to be replaced."""
    before = manifest.read_manifest(folder)
    if before is not None and "compared" not in before and not force:
        raise ConfigurationError(Problem(code="compare.foreign", place=folder.name))


def _written(found: Comparison, request: CompareRequest, outcomes: Sequence[Outcome]) -> Comparison:
    """Write the tables and the manifest, all at once or nothing."""
    from gisplan.plan.compared_files import write_comparison

    if request.out is None:
        return found
    folder = reachable(request.out.resolve())
    with locked(folder):
        _refuse_run(folder, force=request.force)
        with replacing(folder) as fresh:
            write_comparison(found, [outcome.manifest for outcome in outcomes], fresh)
    return Comparison(tables=found.tables, plans=found.plans, language=found.language, folder=request.out)
