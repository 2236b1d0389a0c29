"""plan.toml → `Plan`: every mistake at once, each with file, line and near names."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gisplan.core.crs import working_crs, zone_of
from gisplan.core.document import Document, read_document, validate
from gisplan.core.errors import ConfigurationError, GisplanError, Problem
from gisplan.core.options import (
    AccessOptions,
    CheckOptions,
    OutputOptions,
    OwnSpeeds,
    ReleaseOptions,
)
from gisplan.core.words import LayerEntry, Plan, Spec
from gisplan.layers.catalogue import read_catalogue
from gisplan.plan.chapter_entries import chapters, doubtful_chapters
from gisplan.plan.colour_entries import doubtful_colours, own_colours
from gisplan.plan.departure import doubtful_window, transit
from gisplan.plan.district_entries import districts, doubtful_districts
from gisplan.plan.map_entries import map_options
from gisplan.plan.marks import doubtful_marks, of_areas, of_plan
from gisplan.plan.measure_entries import doubtful_measures, measures, outer
from gisplan.plan.models import (
    CRS_FORM,
    AccessModel,
    AreaSpeedsModel,
    CheckModel,
    PlanFileModel,
    SpeedsModel,
)
from gisplan.plan.names import doubtful_names, mapping, texts, use_named
from gisplan.plan.print_entries import background_options, doubtful_print, figure_options, print_options
from gisplan.plan.report_entries import doubtful_report, report_options
from gisplan.plan.scenarios import doubtful_scenarios, scenarios
from gisplan.plan.site_entries import doubtful_siting, site_options
from gisplan.plan.suitability_entries import doubtful_suitability, propose_options, suitability_options

PLANE_CODES = range(6669, 6688)


def read_plan(path: Path | str, *, catalogue: Mapping[str, Spec] | None = None) -> Plan:
    """Read plan.toml.

    Parameters
    ----------
    path
        The file.
    catalogue
        The layers there are; the catalogue of the working folder where None.

    Raises
    ------
    ConfigurationError
        With every mistake of the file.
    """
    path = Path(path)
    known = read_catalogue() if catalogue is None else catalogue
    return plan_of(read_document(path), path=path, catalogue=known)


def plan_of(document: Document, *, path: Path, catalogue: Mapping[str, Spec]) -> Plan:
    """Return the plan that a document tells.

    Parameters
    ----------
    document
        What plan.toml holds, or will hold.
    path
        The file.
    catalogue
        The layers there are.

    Raises
    ------
    ConfigurationError
        With every mistake of the document.
    """
    problems: list[Problem] = []
    try:
        model = validate(PlanFileModel, document)
    except GisplanError as error:
        model = None
        problems += error.problems
    # Names are looked up in what the file says, whether or not its form is right: a user wants to hear of both.
    if not document.data.get("layers"):
        problems.append(Problem(code="config.no_layers", place=document.place(())))
    problems = [
        *doubtful_names(document, catalogue),
        *doubtful_colours(document, catalogue),
        *doubtful_districts(document, catalogue),
        *doubtful_marks(document),
        *doubtful_measures(document, catalogue),
        *doubtful_report(document),
        *doubtful_scenarios(document, catalogue),
        *doubtful_siting(document, catalogue),
        *doubtful_suitability(document, catalogue),
        *doubtful_chapters(document, catalogue),
        *doubtful_window(document),
        *doubtful_print(document, catalogue, folder=path.parent),
        *problems,
    ]
    crs, more = _crs(document)
    problems += more
    if problems or model is None:
        raise ConfigurationError(sorted(problems, key=_line))
    return _plan(path, document, model, crs, catalogue)


def _plan(
    path: Path, document: Document, model: PlanFileModel, crs: int, catalogue: Mapping[str, Spec]
) -> Plan:
    release = model.release
    return Plan(
        title=model.plan.title,
        municipality=tuple(model.plan.municipality),
        date=model.plan.date,
        crs=crs,
        folder=path.resolve().parent,
        file=path.name,
        layers=tuple(_entries(document, model)),
        audience=model.plan.audience,
        language=model.plan.language,
        made_up=model.plan.made_up,
        check=_check(model.check, catalogue),
        access=_access(document, model.access),
        transit=None if model.transit is None else transit(model.transit),
        site=None if model.site is None else site_options(document, model.site),
        suitability=suitability_options(document, model.suitability, catalogue),
        propose=propose_options(model.propose),
        districts=districts(document, model.district),
        scenarios=scenarios(document, model.scenario, catalogue=catalogue),
        procedures=of_plan(model.procedures),
        area_procedures=of_areas(model.procedures),
        facts=dict(model.facts),
        release=ReleaseOptions(houses_by=release.houses_by, smallest_count=release.smallest_count),
        output=OutputOptions(csv_encoding=model.output.csv_encoding),
        map=map_options(model.map),
        chapters=chapters(document, model.chapter),
        colours=own_colours(model.colours, catalogue),
        printing=print_options(document, model.printing),
        figures=figure_options(document, model.figure),
        background=background_options(document, model.background),
        report=report_options(document, model.report),
    )


def _check(check: CheckModel, catalogue: Mapping[str, Spec]) -> CheckOptions:
    return CheckOptions(
        use=use_named(check.use, catalogue),
        work=check.work,
        tolerance_m=float(check.tolerance_m),
        across_edge=check.across_edge,
    )


def _access(document: Document, access: AccessModel) -> AccessOptions:
    return AccessOptions(
        mode=access.mode,
        minutes=tuple(sorted({float(value) for value in access.minutes})),
        origins=tuple(access.origins),
        destinations=tuple(access.destinations),
        snap_m=float(access.snap_m),
        join_m=float(access.join_m),
        speeds=access.speeds,
        ferry=access.ferry,
        season=access.season,
        own_speeds=None if access.speeds_kmh is None else _own_speeds(access.speeds_kmh),
        measures=measures(access),
        outer=outer(document, access),
        yardsticks=None if access.yardsticks is None else tuple(access.yardsticks),
        interchanges=access.interchanges,
        isochrones=tuple(dict.fromkeys(access.isochrones)),
        isochrone_direction=access.isochrone_direction,
    )


def _own_speeds(own: SpeedsModel) -> OwnSpeeds:
    given = own.model_dump(exclude={"source", "year", "time"}, exclude_none=True)
    kmh = {
        name: figure if isinstance(figure, dict) else dict.fromkeys(AreaSpeedsModel.model_fields, figure)
        for name, figure in given.items()
    }
    return OwnSpeeds(
        kmh={name: {area: float(value) for area, value in row.items()} for name, row in kmh.items()},
        source=own.source.strip(),
        year=own.year,
        time=own.time,
    )


def _entries(document: Document, model: PlanFileModel) -> Iterable[LayerEntry]:
    for name, body in model.layers.items():
        several = isinstance(body, list)
        for position, entry in enumerate(body if isinstance(body, list) else [body]):
            path: tuple[str | int, ...] = ("layers", name, position) if several else ("layers", name)
            yield LayerEntry(
                layer=name,
                path=(entry.path,) if isinstance(entry.path, str) else tuple(entry.path),
                columns=entry.columns,
                fill=entry.fill,
                codes=entry.codes,
                where=entry.where,
                table=entry.table,
                query=entry.query,
                crs=entry.crs,
                axes=entry.axes,
                dms=entry.dms,
                encoding=entry.encoding,
                credit=entry.credit,
                licence=entry.licence,
                release=entry.release,
                line=document.line(path),
                several=several,
            )


def _crs(document: Document) -> tuple[int, list[Problem]]:
    """Return the working CRS [EPSG], and what is wrong with `municipality` and `crs`."""
    plan = mapping(document.data.get("plan"))
    codes, named = plan.get("municipality"), plan.get("crs")
    problems = _unknown_codes(document, codes)
    if isinstance(named, str) and re.fullmatch(CRS_FORM, named):
        code = int(named.removeprefix("EPSG:"))
        if code not in PLANE_CODES:
            place = document.place(("plan", "crs"))
            problems.append(Problem(code="config.not_plane", place=place, values={"value": named}))
        return code, problems
    if problems or named is not None or not codes or not texts(codes):
        return 0, problems
    try:
        return working_crs(codes), problems
    except GisplanError as error:
        return 0, [_placed(problem, document) for problem in error.problems]


def _unknown_codes(document: Document, codes: Any) -> list[Problem]:
    problems: list[Problem] = []
    for code in codes if texts(codes) else ():
        try:
            zone_of(code)
        except GisplanError as error:
            problems += [_placed(problem, document) for problem in error.problems]
    return problems


def _placed(problem: Problem, document: Document) -> Problem:
    return dataclasses.replace(problem, place=document.place(("plan", "municipality")))


def _line(problem: Problem) -> int:
    found = re.search(r":(\d+)", problem.place)
    return int(found[1]) if found else 0
