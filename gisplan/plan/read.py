"""plan.toml → `Plan`: every mistake at once, each with file, line and near names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field as Option

from gisplan.core.crs import working_crs
from gisplan.core.document import Document, Strict, near, read_document, validate
from gisplan.core.errors import ConfigurationError, GisplanError, Problem
from gisplan.core.words import (
    AccessOptions,
    Audience,
    CheckOptions,
    Language,
    LayerEntry,
    Plan,
    SiteOptions,
    Spec,
)

PLANE_CODES = range(6669, 6688)


class PlanModel(Strict):
    """`[plan]`."""

    title: str = Option(min_length=1)
    municipality: list[str] = Option(min_length=1)
    date: dt.date
    audience: Audience = "internal"
    language: Language = "ja"
    crs: str | None = Option(default=None, pattern=r"^EPSG:\d{4,5}$")
    made_up: bool = False


class EntryModel(Strict):
    """`[layers.<name>]`."""

    path: str | list[str]
    columns: dict[str, str] = {}
    fill: dict[str, str] = {}
    where: str = ""
    table: str = ""
    crs: str = ""
    encoding: str = ""
    credit: str = ""


class CheckModel(Strict):
    """`[check]`."""

    use: str = "office_coworking"
    tolerance_m: float | int = Option(default=1.0, ge=0, le=1000)


class AccessModel(Strict):
    """`[access]`."""

    mode: Literal["car", "walk"] = "car"
    minutes: list[float | int] = Option(default=[5, 10, 15, 30], min_length=1)
    origins: list[str] = Option(default=["vacant_house", "population"], alias="from")
    destinations: list[str] = Option(
        default=["interchange", "hub", "medical", "shop", "childcare", "school"], alias="to"
    )
    snap_m: float | int = Option(default=500, gt=0, le=10_000)
    join_m: float | int = Option(default=AccessOptions().join_m, ge=0, le=50)
    speeds: str = ""


class SiteModel(Strict):
    """`[site]`."""

    p: int = Option(ge=1)
    model: Literal["p-median", "max-coverage"] = "p-median"
    demand: str = "vacant_house"
    weight: str = ""
    candidates: str = "site"
    lawful: bool = True
    minutes: float | int = Option(default=15, gt=0)
    force: list[str] = []
    forbid: list[str] = []


class PlanFileModel(Strict):
    """A whole plan.toml."""

    plan: PlanModel
    layers: dict[str, EntryModel | list[EntryModel]]
    check: CheckModel = CheckModel()
    access: AccessModel = AccessModel()
    site: SiteModel | None = None


def read_plan(path: Path, *, catalogue: Mapping[str, Spec]) -> Plan:
    """Read plan.toml.

    Parameters
    ----------
    path
        The file.
    catalogue
        The layers there are.

    Raises
    ------
    ConfigurationError
        With every mistake of the file.
    """
    document = read_document(path)
    problems: list[Problem] = []
    try:
        model = validate(PlanFileModel, document)
    except GisplanError as error:
        # Names of layers are wrong quite apart from the model; a user wants to hear of both.
        raise ConfigurationError([*error.problems, *_unknown_layers(document, catalogue)]) from None
    problems += _unknown_layers(document, catalogue)
    problems += _unknown_fields(document, model, catalogue)
    problems += _unknown_names(document, model, catalogue)
    crs = 0
    try:
        crs = _crs(model.plan, document)
    except GisplanError as error:
        problems += error.problems
    if problems:
        raise ConfigurationError(problems)
    return _plan(path, document, model, crs)


def _plan(path: Path, document: Document, model: PlanFileModel, crs: int) -> Plan:
    access, site = model.access, model.site
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
        check=CheckOptions(use=model.check.use, tolerance_m=float(model.check.tolerance_m)),
        access=AccessOptions(
            mode=access.mode,
            minutes=tuple(sorted({float(value) for value in access.minutes})),
            origins=tuple(access.origins),
            destinations=tuple(access.destinations),
            snap_m=float(access.snap_m),
            join_m=float(access.join_m),
            speeds=access.speeds,
        ),
        site=None
        if site is None
        else SiteOptions(
            p=site.p, model=site.model, demand=site.demand, weight=site.weight, candidates=site.candidates,
            lawful=site.lawful, minutes=float(site.minutes), force=tuple(site.force), forbid=tuple(site.forbid),
        ),
    )  # fmt: skip


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
                where=entry.where,
                table=entry.table,
                crs=entry.crs,
                encoding=entry.encoding,
                credit=entry.credit,
                line=document.line(path),
            )


def _crs(plan: PlanModel, document: Document) -> int:
    if plan.crs is None:
        return working_crs(plan.municipality)
    code = int(plan.crs.removeprefix("EPSG:"))
    if code in PLANE_CODES:
        return code
    raise ConfigurationError(
        Problem(code="config.not_plane", place=document.place(("plan", "crs")), values={"value": plan.crs})
    )


def _unknown_layers(document: Document, catalogue: Mapping[str, Spec]) -> list[Problem]:
    layers = document.data.get("layers", {})
    return [
        Problem(
            code="config.unknown_layer",
            place=document.place(("layers", name)),
            values={"name": name, "near": near(name, catalogue) or "—", "known": sorted(catalogue)},
        )
        for name in (layers if isinstance(layers, Mapping) else ())
        if name not in catalogue
    ]


def _unknown_fields(document: Document, model: PlanFileModel, catalogue: Mapping[str, Spec]) -> list[Problem]:
    """Return the names in `columns` and `fill` that are no field of their layer."""
    problems = []
    for name, body in model.layers.items():
        if name not in catalogue:
            continue
        fields = catalogue[name].fields
        for position, entry in enumerate(body if isinstance(body, list) else [body]):
            base: tuple[Any, ...] = ("layers", name, position) if isinstance(body, list) else ("layers", name)
            problems += [
                Problem(
                    code="config.unknown_field",
                    place=document.place((*base, part, field)),
                    values={
                        "field": field,
                        "layer": name,
                        "near": near(field, fields) or "—",
                        "known": list(fields),
                    },
                )
                for part, named in (("columns", entry.columns), ("fill", entry.fill))
                for field in named
                if field not in fields
            ]
    return problems


def _unknown_names(document: Document, model: PlanFileModel, catalogue: Mapping[str, Spec]) -> list[Problem]:
    """Return the uses and layers that [check], [access] and [site] name but that do not exist."""
    uses = sorted(set(catalogue["site"].fields["use"].codes.values())) if "site" in catalogue else []
    wanted: list[tuple[tuple[str | int, ...], str, Iterable[str]]] = [
        (("check", "use"), model.check.use, uses)
    ]
    for key, names in (("from", model.access.origins), ("to", model.access.destinations)):
        wanted += [(("access", key), name, catalogue) for name in names]
    if model.site is not None:
        wanted += [(("site", "demand"), model.site.demand, catalogue)]
        wanted += [(("site", "candidates"), model.site.candidates, catalogue)]
    problems = [
        Problem(
            code="config.unknown_name",
            place=document.place(path),
            values={"name": name, "near": near(name, known) or "—", "known": sorted(known)},
        )
        for path, name, known in wanted
        if known and name not in set(known)
    ]
    if any(value <= 0 for value in model.access.minutes):
        problems.append(
            Problem(
                code="config.wrong_value",
                place=document.place(("access", "minutes")),
                values={"key": "access.minutes", "value": model.access.minutes, "expected": "> 0"},
            )
        )
    return problems
