"""The data of many plans at once: each is examined by itself, and what stops one never stops another."""

from __future__ import annotations

import dataclasses
import json
import os
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
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
from gisplan.sources.child_process import Child

BUG = 70
DEEPEST = 4
"""Levels of folders below the one that is named in which plans are looked for."""

NAME = "plan.toml"
OUTPUTS = frozenset({"out", "out-map"})
"""Folders in which runs write unless told otherwise; they hold results, no plan."""


def check_everywhere(
    folder: Path, request: Request, *, progress: Progress = silent, child: Child | None = None
) -> tuple[PlanTold, ...]:
    """Check the plans of all folders below a folder, in the order of their paths, and name its folders without any.

    Parameters
    ----------
    folder
        Folder of folders that hold a plan.toml each, at most so many levels below it as `DEEPEST` says.
    request
        What is asked of each plan; `out` is for the pages of all of them.
    progress
        Called with the name of each step.
    child
        Who parses what native code reads; one for each plan where None.

    Raises
    ------
    ConfigurationError
        If there is no plan in it, or `out` holds other results.
    """
    plans = _plans(folder)
    if request.out is None:
        return _all(folder, plans, request, progress, child)
    out = request.out.resolve()
    with locked(out):
        refuse_foreign(out)
        before = manifest.read_manifest(out)
        if before is not None and not request.force:
            keep_larger(before, (), out)
        told = _all(folder, plans, request, progress, child)
        with replacing(out) as fresh:
            progress("write")
            _write(fresh, told, folder.resolve().name, request)
    return told


def _plans(folder: Path) -> list[Path]:
    found = sorted(_below(folder, DEEPEST), key=lambda path: path.parts)
    if not found:
        values = {"levels": DEEPEST}
        raise ConfigurationError(
            Problem(code="config.no_plans", place=folder.name or str(folder), values=values)
        )
    return found


def _below(folder: Path, levels: int) -> Iterator[Path]:
    """Yield the plans below a folder; below a plan lie its data, and no other plan is looked for."""
    for child in _folders(folder):
        if (child / NAME).is_file():
            yield child / NAME
        elif levels > 1:
            yield from _below(child, levels - 1)


def _folders(folder: Path) -> list[Path]:
    """Return the folders in a folder that may hold a plan; one that nobody may open holds none."""
    here = folder.resolve()
    try:
        inside = [path for path in folder.iterdir() if path.is_dir()]
    except OSError:
        return []
    # A link to where it lies itself would show every plan once more.
    return [
        path
        for path in inside
        if not path.name.startswith(".")
        and path.name not in OUTPUTS
        and path.resolve() not in {here, *here.parents}
    ]


def _all(
    folder: Path, plans: Sequence[Path], request: Request, progress: Progress, child: Child | None
) -> tuple[PlanTold, ...]:
    """Return what is told of each plan, and last of the folders in the folder that hold none."""
    names = {plan: plan.parent.relative_to(folder) for plan in plans}
    told = [_check(plan, names[plan].as_posix(), request, progress, child) for plan in plans]
    planned = {name.parts[0] for name in names.values()}
    out = None if request.out is None else request.out.resolve()
    without = sorted({path.name for path in _folders(folder) if path.resolve() != out} - planned)
    return (*told, *(PlanTold(folder=name, exit_code=0, planned=False) for name in without))


def _check(plan: Path, folder: str, request: Request, progress: Progress, child: Child | None) -> PlanTold:
    """Return what is told of one plan, whatever happens with it."""
    progress(f"plan {folder}")
    try:
        outcome = run(dataclasses.replace(request, plan=plan, out=None, outputs=()), child=child)
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

    `plan` is false for a folder that holds no plan; nothing else is told of it.

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
        "plan": one.planned,
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
