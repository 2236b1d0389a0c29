"""What a run is asked: the plan with what the command line changes, the inputs, and what the manifest tells of both."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gisplan.core.errors import InputError
from gisplan.core.words import LayerEntry, Plan, Spec
from gisplan.layers.catalogue import catalogue_folder
from gisplan.layers.origins import Origin, files_of, shown_name, tables_of
from gisplan.plan import manifest
from gisplan.plan.handover.moved import moved
from gisplan.plan.scenarios import entries_of
from gisplan.plan.sheets.background import background_files
from gisplan.plan.withheld import WHY, Guarded, guarded, question_told
from gisplan.sources.address import Table
from gisplan.sources.reader import Reader

if TYPE_CHECKING:
    from gisplan.plan.run import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a run was asked, whole and as the audience is told it, and what that must not learn, None in the office.

    `layers` are those that are read from each input, by its name.
    """

    whole: Mapping[str, Any]
    told: dict[str, Any]
    guarded: Guarded | None
    layers: Mapping[str, frozenset[str]]


def as_asked(plan: Plan, request: Request) -> Plan:
    """Return a plan with what the command line changes."""
    site = plan.site
    if site is not None and request.why:
        site = dataclasses.replace(site, why=tuple(dict.fromkeys((*site.why, *request.why))))
    asked = dataclasses.replace(
        plan,
        audience=request.audience or plan.audience,
        language=request.language or plan.language,
        site=site,
    )
    return asked if request.inputs is None else moved(asked, request.inputs)


def inputs_of(plan: Plan, reader: Reader) -> Mapping[Origin, frozenset[str]]:
    """Return every file and table that the plan reads, with the layers that are read from it.

    A path that finds nothing is told when the files are read, with all else that is wrong with them.

    Parameters
    ----------
    plan
        The plan.
    reader
        Who holds the tables of databases.
    """
    found: dict[Origin, frozenset[str]] = {}
    with suppress(InputError):
        reader.tables.hold(tables_of(plan))
    for entry in (*plan.layers, *(entry for _, entry in entries_of(plan))):
        for part in entry.path:
            with suppress(InputError):
                origins = files_with_companions(dataclasses.replace(entry, path=(part,)), plan)
                found |= {origin: found.get(origin, frozenset()) | {entry.layer} for origin in origins}
    return found | {path: found.get(path, frozenset()) for path in background_files(plan)}


def files_with_companions(entry: LayerEntry, plan: Plan) -> tuple[Origin, ...]:
    """Return the files and tables of an entry, each shapefile with its parts, each folder as its files.

    Parameters
    ----------
    entry
        The entry.
    plan
        The plan in which it stands.

    Raises
    ------
    InputError
        If a path finds nothing.
    """
    return tuple(path for file in files_of(entry, plan) for path in _with_companions(file))


def _with_companions(path: Origin) -> tuple[Origin, ...]:
    """Return a file and, for a shapefile, the companions its figures depend on; of a folder all its files."""
    if isinstance(path, Table):
        return (path,)
    if path.is_dir():
        return tuple(sorted((part for part in path.iterdir() if part.is_file()), key=lambda part: part.name))
    if path.suffix.lower() != ".shp":
        return (path,)
    companions = (path.with_suffix(suffix) for suffix in (".dbf", ".shx", ".prj", ".cpg"))
    return (path, *(companion for companion in companions if companion.is_file()))


def question_of(
    plan: Plan,
    catalogue: Mapping[str, Spec],
    request: Request,
    files: Mapping[Origin, frozenset[str]],
    reader: Reader,
) -> Question:
    """Return what a run is asked.

    Parameters
    ----------
    plan
        The plan with what the command line changes.
    catalogue
        The layer files.
    request
        What is asked of the plan.
    files
        Every file and table that it reads, with their layers.
    reader
        Who reads the tables of databases.
    """
    inputs = manifest.by_name((shown_name(origin, plan), _sha256(origin, reader)) for origin in files)
    own = manifest.sha256_of(request.plan)
    asked = manifest.question(
        plan,
        plan_sha256=own,
        catalogue_sha256=manifest.folder_fingerprint(catalogue_folder(request.layers)),
        parts=(
            *request.parts,
            *request.outputs,
            *(["houses"] if request.houses else []),
            *(f"{WHY}{one}" for one in request.why),
            *(f"layer {one}" for one in request.only),
        ),
        inputs=inputs,
    )
    layers_of = dict(zip(inputs, files.values(), strict=True))
    if plan.audience == "internal":
        return Question(whole=asked, told=asked, guarded=None, layers=layers_of)
    found = guarded(catalogue, plan.audience, layers_of=layers_of, inputs=inputs, plan=(plan.file, own))
    return Question(whole=asked, told=question_told(asked, found), guarded=found, layers=layers_of)


def _sha256(origin: Origin, reader: Reader) -> str:
    try:
        return reader.tables.sha256(origin) if isinstance(origin, Table) else manifest.sha256_of(origin)
    except (InputError, OSError):
        return ""  # what is wrong with it is told where it is read
