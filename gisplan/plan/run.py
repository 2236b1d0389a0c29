"""The verbs of a plan: read, compute, and write everything or nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gisplan.core.disk import reachable
from gisplan.core.errors import ConfigurationError, InputError, Problem
from gisplan.core.words import Atlas, Audience, Language, LayerEntry, Plan, Spec
from gisplan.layers.catalogue import catalogue_folder, read_catalogue
from gisplan.layers.load import silent
from gisplan.layers.read import files_of, shown_name
from gisplan.plan import manifest
from gisplan.plan.atlas import load
from gisplan.plan.outgoing import with_texts_told
from gisplan.plan.outputs import ALL, TABLES, write_outputs
from gisplan.plan.read import read_plan
from gisplan.plan.release import Released, release
from gisplan.plan.results import PARTS, Progress, Results, compute
from gisplan.plan.withheld import HOUSES, Guarded, guarded, layers_told, question_told
from gisplan.plan.write import locked, refuse_foreign, refuse_hindered, replacing, room_needed

if TYPE_CHECKING:
    from gisplan.law.explain import Explained


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a user asks of a plan: which parts to compute, what to write, for whom, in which language."""

    plan: Path
    out: Path | None
    parts: tuple[str, ...] = PARTS
    outputs: tuple[str, ...] = ALL
    layers: Path | None = None
    audience: Audience | None = None
    language: Language | None = None
    houses: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a request; `results` is None where the outputs on disk already answer it.

    `released` is what the audience may have of the results: whoever is told of a run is told of no more.
    """

    plan: Plan
    folder: Path | None
    results: Results | None
    manifest: Mapping[str, Any]
    released: Released | None = None

    @property
    def unchanged(self) -> bool:
        """True where nothing had to be computed."""
        return self.results is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A plan, and the verdicts on one subject of it told step by step."""

    plan: Plan
    explained: tuple[Explained, ...]


def run(request: Request, *, progress: Progress = silent) -> Outcome:
    """Do what a request asks, and write all its outputs at once.

    Where the same question was answered before, by the same code from the same bytes, and its outputs are
    intact, they are left as they are.

    Parameters
    ----------
    request
        What to compute and write.
    progress
        Called with the name of each step.

    Raises
    ------
    GisplanError
        With every problem that was found; nothing is written then.
    """
    progress("plan")
    catalogue = read_catalogue(request.layers)
    plan = _asked(read_plan(request.plan, catalogue=catalogue), request)
    if plan.site is None and "site" in request.parts and "terrain" not in request.parts:
        raise ConfigurationError(Problem(code="config.no_site", place=plan.file))
    files = _inputs(plan)
    asked, found = _question(plan, catalogue, request, files)
    if request.out is None:
        results = _results(plan, catalogue, request, progress)
        told = _released(results, request)
        return Outcome(plan=plan, folder=None, results=results, manifest=asked, released=told)
    # Where the folder is a link, what it points at is replaced, and the link stays.
    folder = reachable(request.out.resolve())
    with locked(folder):
        refuse_foreign(folder)
        before = manifest.read_manifest(folder)
        if (
            not request.force
            and before is not None
            and _same(before, asked)
            and manifest.intact(folder, before)
        ):
            return Outcome(plan=plan, folder=request.out, results=None, manifest=before)
        if before is not None and not request.force:
            _keep_larger(before, request, folder)
        needed = room_needed(folder, files)
        refuse_hindered(folder, needed=needed)  # before minutes of computing, and once more after them
        results = _results(plan, catalogue, request, progress)
        told = _released(results, request)
        with replacing(folder, needed=needed) as fresh:
            progress("write")
            answer = write_outputs(results, told, wanted=request.outputs, folder=fresh)
            if found is not None:
                answer["layers"] = layers_told(answer["layers"], found)
            manifest.write_manifest(fresh / manifest.NAME, {**asked, **answer})
    return Outcome(
        plan=plan, folder=request.out, results=results, manifest={**asked, **answer}, released=told
    )


def _released(results: Results, request: Request) -> Released:
    """Return what the audience of the plan may have, with what is to be said of the texts in it."""
    plan = results.atlas.plan
    told = release(results, audience=plan.audience)
    return with_texts_told(told, language=plan.language, csv=TABLES in request.outputs)


def _keep_larger(before: Mapping[str, Any], request: Request, folder: Path) -> None:
    """Refuse to replace the outputs of a whole run by fewer: its map and GeoPackage would be gone."""
    lost = sorted(set(before.get("parts", ())) & set(ALL) - set(request.outputs))
    if lost:
        raise ConfigurationError(Problem(code="out.larger", place=folder.name, values={"lost": lost}))


def _asked(plan: Plan, request: Request) -> Plan:
    return dataclasses.replace(
        plan, audience=request.audience or plan.audience, language=request.language or plan.language
    )


def _question(
    plan: Plan, catalogue: Mapping[str, Spec], request: Request, files: Mapping[Path, frozenset[str]]
) -> tuple[dict[str, Any], Guarded | None]:
    """Return what the audience is told that a run was asked, and what it must not learn, None in the office."""
    inputs = manifest.fingerprints((shown_name(path, plan), path) for path in files)
    own = manifest.sha256_of(request.plan)
    asked = manifest.question(
        plan,
        plan_sha256=own,
        catalogue_sha256=manifest.folder_fingerprint(catalogue_folder(request.layers)),
        parts=(*request.parts, *request.outputs, *(["houses"] if request.houses else [])),
        inputs=inputs,
    )
    if plan.audience == "internal":
        return asked, None
    layers_of = dict(zip(inputs, files.values(), strict=True))
    found = guarded(catalogue, plan.audience, layers_of=layers_of, inputs=inputs, plan=(plan.file, own))
    return question_told(asked, found), found


def _inputs(plan: Plan) -> Mapping[Path, frozenset[str]]:
    """Return every file that the plan reads, with the layers that are read from it.

    Raises
    ------
    InputError
        With every path of plan.toml that finds nothing.
    """
    found: dict[Path, frozenset[str]] = {}
    problems: list[Problem] = []
    for entry in plan.layers:
        for part in entry.path:
            try:
                paths = _files(dataclasses.replace(entry, path=(part,)), plan)
            except InputError as error:
                problems += error.problems
            else:
                found |= {path: found.get(path, frozenset()) | {entry.layer} for path in paths}
    if problems:
        raise InputError(problems)
    return found


def _files(entry: LayerEntry, plan: Plan) -> tuple[Path, ...]:
    return tuple(path for file in files_of(entry, plan) for path in _with_companions(file))


def _with_companions(path: Path) -> tuple[Path, ...]:
    """Return a file and, for a shapefile, the companions its figures depend on."""
    if path.suffix.lower() != ".shp":
        return (path,)
    companions = (path.with_suffix(suffix) for suffix in (".dbf", ".shx", ".prj", ".cpg"))
    return (path, *(companion for companion in companions if companion.is_file()))


def _same(before: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    import json

    plain = json.loads(json.dumps(asked, default=str))
    return all(before.get(key) == value for key, value in plain.items())


def tell(request: Request, subject: str, *, progress: Progress = silent) -> Told:
    """Return the verdict on one hub, site or vacant house, step by step; nothing is written.

    Outside the office no vacant house is told of, be it held back or not.

    Parameters
    ----------
    request
        The plan, and for whom.
    subject
        Id or name of the subject.
    progress
        Called with the name of each step.

    Raises
    ------
    GisplanError
        With every problem that was found, or if there is no such subject.
    """
    from gisplan.law.explain import explain

    progress("plan")
    catalogue = read_catalogue(request.layers)
    plan = _asked(read_plan(request.plan, catalogue=catalogue), request)
    atlas = _atlas(plan, catalogue, progress)
    progress("law")
    if plan.audience == "internal" or HOUSES not in atlas.layers:
        return Told(plan=plan, explained=explain(atlas, subject))
    others = {name: layer for name, layer in atlas.layers.items() if name != HOUSES}
    try:
        explained = explain(dataclasses.replace(atlas, layers=others), subject)
    except InputError as error:
        # The same whether there is such a house or not: the answer must not tell.
        refused = Problem(
            code="release.no_house_told", place=plan.file, values={"audience": plan.audience, "name": subject}
        )
        raise InputError((*error.problems, refused)) from None
    return Told(plan=plan, explained=explained)


def _atlas(plan: Plan, catalogue: Mapping[str, Spec], progress: Progress) -> Atlas:
    return load(plan, catalogue=catalogue, progress=lambda layer: progress(f"layer {layer}"))


def _results(plan: Plan, catalogue: Mapping[str, Spec], request: Request, progress: Progress) -> Results:
    atlas = _atlas(plan, catalogue, progress)
    return compute(atlas, parts=request.parts, houses=request.houses, progress=progress)
