"""The verbs of a plan: read, compute, and write everything or nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gisplan.core.disk import reachable
from gisplan.core.errors import ConfigurationError, InputError, Problem
from gisplan.core.words import Atlas, Audience, Language, Plan, Spec
from gisplan.layers.catalogue import read_catalogue
from gisplan.layers.load import RefusedError, silent
from gisplan.layers.origins import Origin
from gisplan.maps import assets
from gisplan.maps.printing import font_file
from gisplan.plan import manifest
from gisplan.plan.atlas import load
from gisplan.plan.examine import PAGE, of_check, write_refusal
from gisplan.plan.outgoing import with_texts_told
from gisplan.plan.outputs import ALL, FIGURES, MAP, REPORT, TABLES, write_outputs
from gisplan.plan.paper.write import template_of
from gisplan.plan.questioned import as_asked, inputs_of, question_of
from gisplan.plan.read import read_plan
from gisplan.plan.release import Released, release
from gisplan.plan.results import PARTS, Progress, Results, compute
from gisplan.plan.story.views import refuse_unknown
from gisplan.plan.target import DEFAULT_SCHEMA, Target, filling, stands, target_of
from gisplan.plan.withheld import HOUSES, Guarded, layers_told
from gisplan.plan.write import locked, refuse_foreign, refuse_hindered, replacing, room_needed
from gisplan.sources.child_process import Child
from gisplan.sources.reader import Reader

if TYPE_CHECKING:
    from gisplan.law.explain import Explained


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a user asks of a plan: which parts to compute, what to write, for whom, in which language.

    `anew` computes even where nothing changed; `force` also lets fewer outputs take the place of a whole run's.
    `why` are sites of which is told why they are no hubs, beside those that the plan names.
    `only` are the layers to export, all where there are none.
    `inputs` is where the files of the plan lie, where they do not lie beside it.
    `to` is the address of a database that gets the layers and tables, too, in the schema `schema`.
    """

    plan: Path
    out: Path | None
    parts: tuple[str, ...] = PARTS
    outputs: tuple[str, ...] = ALL
    layers: Path | None = None
    audience: Audience | None = None
    language: Language | None = None
    houses: bool = False
    why: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    inputs: Path | None = None
    force: bool = False
    anew: bool = False
    to: str = field(default="", repr=False)
    schema: str = DEFAULT_SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a request; `results` is None where the outputs on disk already answer it.

    `released` is what the audience may have of the results: whoever is told of a run is told of no more.
    `database` is the schema that was written, without user and password, "" for none.
    """

    plan: Plan
    folder: Path | None
    results: Results | None
    manifest: Mapping[str, Any]
    released: Released | None = None
    database: str = ""

    @property
    def unchanged(self) -> bool:
        """True where nothing had to be computed."""
        return self.results is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A plan, and the verdicts on one subject of it told step by step."""

    plan: Plan
    explained: tuple[Explained, ...]


def run(request: Request, *, progress: Progress = silent, child: Child | None = None) -> Outcome:
    """Do what a request asks, and write all its outputs at once.

    Where the same question was answered before, by the same code from the same bytes, and its outputs are
    intact, they are left as they are.

    A database is filled in one transaction, which is committed when the new folder is complete and on the disk,
    just before it takes the old one's place. Whatever fails before that leaves both as they were. Only where the
    machine stops between the two, or the connection breaks during the commit itself, one of them is new and the
    other old; the next run finds that out and writes both.

    Parameters
    ----------
    request
        What to compute and write.
    progress
        Called with the name of each step.
    child
        Who parses what native code reads; one for this alone where None.

    Raises
    ------
    GisplanError
        With every problem that was found; nothing is written then but the page of data that were refused, where
        it is asked for.
    """
    progress("plan")
    catalogue = read_catalogue(request.layers)
    plan = as_asked(read_plan(request.plan, catalogue=catalogue), request)
    if plan.site is None and "site" in request.parts and "terrain" not in request.parts:
        raise ConfigurationError(Problem(code="config.no_site", place=plan.file))
    target = target_of(request.to, request.schema) if request.to else None
    with Reader(child=child) as reader:
        files = inputs_of(plan, reader)
        question = question_of(plan, catalogue, request, files, reader)
        asked, found = question.told, question.guarded
        work = _Work(
            request=request, plan=plan, catalogue=catalogue, files=files, reader=reader, progress=progress
        )
        if request.out is None:
            results = _results(work)
            told = _released(results, request)
            return Outcome(plan=plan, folder=None, results=results, manifest=asked, released=told)
        # Where the folder is a link, what it points at is replaced, and the link stays.
        folder = reachable(request.out.resolve())
        with locked(folder):
            return _written(work, folder, target, asked, found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """A request on its way: the plan it is about, and who reads and tells of it."""

    request: Request
    plan: Plan
    catalogue: Mapping[str, Spec]
    reader: Reader
    progress: Progress
    files: Mapping[Origin, frozenset[str]] = field(default_factory=dict)


def _written(
    work: _Work, folder: Path, target: Target | None, asked: dict[str, Any], found: Guarded | None
) -> Outcome:
    """Write the outputs into a folder that is held, and into the database, unless both hold them already."""
    request, plan = work.request, work.plan
    refuse_foreign(folder)
    before = manifest.read_manifest(folder)
    name = "" if target is None else target.name
    current = target is None or stands(target, asked)
    again = request.force or request.anew or not current
    if not again and before is not None and _same(before, asked) and manifest.intact(folder, before):
        return Outcome(plan=plan, folder=request.out, results=None, manifest=before, database=name)
    if before is not None and not request.force:
        keep_larger(before, request.outputs, folder)
    needed = room_needed(folder, [file for file in work.files if isinstance(file, Path)])
    refuse_hindered(folder, needed=needed)  # before minutes of computing, and once more after them
    _require(request, plan)
    try:
        results = _results(work)
    except RefusedError as error:
        if PAGE in request.outputs and of_check(before):
            write_refusal(folder, error.examination, asked)
        raise
    told = _released(results, request)
    with filling(target) as database, replacing(folder, needed=needed, last=database.commit) as fresh:
        work.progress("write")
        answer = write_outputs(results, told, wanted=request.outputs, folder=fresh, only=request.only)
        if found is not None:
            answer["layers"] = layers_told(answer["layers"], found)
        whole = {**asked, **answer, **_cut_short(results)}
        manifest.write_manifest(fresh / manifest.NAME, whole)
        database.fill(results, told, whole)
    return Outcome(
        plan=plan, folder=request.out, results=results, manifest=whole, released=told, database=name
    )


def _require(request: Request, plan: Plan) -> None:
    """Refuse what cannot be written before anything is computed: parts of the page, the font, a template."""
    if MAP in request.outputs:
        assets.require()
    if FIGURES in request.outputs:
        font_file()
    if REPORT in request.outputs:
        template_of(plan)


def _released(results: Results, request: Request) -> Released:
    """Return what the audience of the plan may have, with what is to be said of the texts in it."""
    plan = results.atlas.plan
    told = release(results, audience=plan.audience)
    return with_texts_told(told, language=plan.language, csv=TABLES in request.outputs)


def keep_larger(before: Mapping[str, Any], outputs: Sequence[str], folder: Path) -> None:
    """Refuse to replace the outputs of a whole run by fewer: its map and GeoPackage would be gone.

    Parameters
    ----------
    before
        The manifest of what the folder holds.
    outputs
        What is to take its place.
    folder
        The folder.

    Raises
    ------
    ConfigurationError
        If something would be lost.
    """
    lost = sorted(set(before.get("parts", ())) & set(ALL) - set(outputs))
    if lost:
        raise ConfigurationError(Problem(code="out.larger", place=folder.name, values={"lost": lost}))


def _cut_short(results: Results) -> dict[str, bool]:
    """Return the mark of results that somebody interrupted: the same question is then answered anew."""
    answer = None if results.sited is None else results.sited.answer
    searched = answer is None or answer.ended != "interrupted"
    tried = results.defended is None or results.defended.whole
    return {} if searched and tried else {"interrupted": True}


def _same(before: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    import json

    plain = json.loads(json.dumps(asked, default=str))
    again = before.get("refused") or before.get("interrupted")
    return not again and all(before.get(key) == value for key, value in plain.items())


def tell(request: Request, subject: str, *, progress: Progress = silent, child: Child | None = None) -> Told:
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
    child
        Who parses what native code reads; one for this alone where None.

    Raises
    ------
    GisplanError
        With every problem that was found, or if there is no such subject.
    """
    from gisplan.law.explain import explain

    progress("plan")
    catalogue = read_catalogue(request.layers)
    plan = as_asked(read_plan(request.plan, catalogue=catalogue), request)
    with Reader(child=child) as reader:
        work = _Work(request=request, plan=plan, catalogue=catalogue, reader=reader, progress=progress)
        atlas = _atlas(work)
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


def _atlas(work: _Work) -> Atlas:
    return load(
        work.plan,
        catalogue=work.catalogue,
        progress=lambda layer: work.progress(f"layer {layer}"),
        reader=work.reader,
    )


def _results(work: _Work) -> Results:
    parts, houses = work.request.parts, work.request.houses
    atlas = _atlas(work)
    refuse_unknown(atlas)
    return compute(atlas, parts=parts, houses=houses, progress=work.progress)
