"""The data of many plans at once: each is examined by itself, and what stops one never stops another."""

from __future__ import annotations

import dataclasses
import json
import os
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gisplan.core.checkup import LIGHTS, Checkup, LayerTold, PlanTold, StopTold
from gisplan.core.errors import ConfigurationError, GisplanError, Problem, fault
from gisplan.core.version import __version__
from gisplan.core.words import Audience
from gisplan.layers.load import RefusedError, silent
from gisplan.plan import manifest
from gisplan.plan.examine import problem_told, told_of_refusal, told_of_results, write_told
from gisplan.plan.results import Progress
from gisplan.plan.run import Request, keep_larger, run
from gisplan.plan.write import locked, refuse_foreign, replacing

BUG = 70


def check_everywhere(folder: Path, request: Request, *, progress: Progress = silent) -> tuple[PlanTold, ...]:
    """Check the plans of all folders of a folder, in the order of their names.

    Parameters
    ----------
    folder
        Folder of folders that hold a plan.toml each.
    request
        What is asked of each plan; `out` is for the pages of all of them.
    progress
        Called with the name of each step.

    Raises
    ------
    ConfigurationError
        If there is no plan in it, or `out` holds other results.
    """
    plans = _plans(folder)
    if request.out is None:
        return tuple(_check(plan, request, progress) for plan in plans)
    out = request.out.resolve()
    with locked(out):
        refuse_foreign(out)
        before = manifest.read_manifest(out)
        if before is not None and not request.force:
            keep_larger(before, (), out)
        told = tuple(_check(plan, request, progress) for plan in plans)
        with replacing(out) as fresh:
            progress("write")
            _write(fresh, told, folder.resolve().name, request)
    return told


def _plans(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*/plan.toml"), key=lambda path: path.parent.name)
    plans = [path for path in found if not path.parent.name.startswith(".")]
    if not plans:
        raise ConfigurationError(Problem(code="config.no_plans", place=folder.name or str(folder)))
    return plans


def _check(plan: Path, request: Request, progress: Progress) -> PlanTold:
    """Return what is told of one plan, whatever happens with it."""
    folder = plan.parent.name
    progress(f"plan {folder}")
    try:
        outcome = run(dataclasses.replace(request, plan=plan, out=None, outputs=()))
    except RefusedError as error:
        return PlanTold(folder=folder, exit_code=error.exit_code, checkup=told_of_refusal(error.examination))
    except GisplanError as error:
        return PlanTold(
            folder=folder, exit_code=error.exit_code, problems=_told(error.problems, plan, request)
        )
    except Exception as error:
        if os.environ.get("GISPLAN_DEBUG"):
            raise
        return PlanTold(folder=folder, exit_code=BUG, problems=_told([fault(error)], plan, request))
    if outcome.results is None or outcome.released is None:
        raise AssertionError("without an output folder a run computes")
    return PlanTold(folder=folder, exit_code=0, checkup=told_of_results(outcome.results, outcome.released))


def _told(problems: Sequence[Problem], plan: Path, request: Request) -> tuple[StopTold, ...]:
    audience = request.audience or _audience(plan)
    return tuple(dict.fromkeys(problem_told(problem, audience=audience) for problem in problems))


def _audience(plan: Path) -> Audience:
    """Return for whom a plan.toml that cannot be read right is: what it says as far as it says it."""
    try:
        named = tomllib.loads(plan.read_text("utf-8"))["plan"]["audience"]
    except (OSError, ValueError, LookupError, TypeError):
        return "internal"
    return "internal" if named == "internal" else "public"


def rows_of(told: Sequence[PlanTold]) -> list[dict[str, Any]]:
    """Return the overview for a program: of each plan its folder, lights, counts and problems.

    Parameters
    ----------
    told
        What is told of each plan.
    """
    return [_row(one) for one in told]


def _row(one: PlanTold) -> dict[str, Any]:
    checkup = one.checkup
    problems = one.problems if checkup is None else checkup.stops
    row: dict[str, Any] = {
        "folder": one.folder,
        "exit_code": one.exit_code,
        "municipality": [],
        "place": "",
        "title": "",
        "lights": {},
        "counts": {},
        "findings": {},
        "problems": [dataclasses.asdict(problem) for problem in problems],
    }
    return row if checkup is None else row | _of_checkup(checkup)


def _of_checkup(checkup: Checkup) -> dict[str, Any]:
    lights = Counter(layer.light for layer in checkup.layers)
    severities = Counter(finding.severity for finding in checkup.findings)
    return {
        "municipality": list(checkup.municipality),
        "place": checkup.place,
        "title": checkup.title,
        "judged": checkup.judged,
        "lights": {layer.layer: layer.light for layer in checkup.layers},
        "counts": {
            "lights": {light: lights[light] for light in LIGHTS},
            "rows": {layer.layer: _rows(layer) for layer in checkup.given},
        },
        "findings": dict(sorted(severities.items())),
    }


def _rows(layer: LayerTold) -> dict[str, int] | None:
    return None if layer.rows is None else dataclasses.asdict(layer.rows)


def _write(folder: Path, told: Sequence[PlanTold], title: str, request: Request) -> None:
    """Write the overview, and the page of each plan below `plans`."""
    from gisplan.maps.check_page import PLANS, check_all_page

    for one in told:
        if one.checkup is not None:
            own = folder / PLANS / one.folder
            own.mkdir(parents=True)
            write_told(own, one.checkup)
    page = check_all_page(told, title=title, language=request.language or "ja")
    (folder / "check-all.html").write_text(page, "utf-8", newline="\n")
    text = json.dumps(rows_of(told), ensure_ascii=False, indent=1)
    (folder / "check-all.json").write_text(f"{text}\n", "utf-8", newline="\n")
    outputs = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    asked = {"gisplan": __version__, "code_sha256": manifest.code_fingerprint(), "parts": ["check-all"]}
    answer = manifest.answer(layers={}, speeds=None, held_back=0, outputs=outputs)
    manifest.write_manifest(folder / manifest.NAME, {**asked, **answer})
