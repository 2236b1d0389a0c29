"""What was published of a plan, found in an output folder, or computed where nothing was; and what it was asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.words import Audience
from gisplan.layers.load import silent
from gisplan.plan import manifest
from gisplan.plan.outputs import TABLES
from gisplan.plan.results import PARTS, Progress
from gisplan.plan.withheld import WHY

if TYPE_CHECKING:
    from gisplan.plan.run import Request
    from gisplan.sources.child_process import Child

OUT = "out"
BOOK = "tables.xlsx"
HOUSES = "houses"
ONLY = "layer "
"""How a part of the question begins that names a layer to export."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleRequest:
    """What is bundled: the plan, for whom, from which output folder; and whether with the files that it reads.

    `published` is the folder whose tables were published; where None it is `out` beside the plan, and where that holds
    no tables for the audience, they are computed anew.
    """

    plan: Path
    out: Path | None = None
    published: Path | None = None
    layers: Path | None = None
    audience: Audience | None = None
    with_inputs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The manifest of an output folder and its tables, by their name in it."""

    manifest: Mapping[str, Any]
    files: Mapping[str, Path]


@contextmanager
def published(
    request: BundleRequest, *, progress: Progress = silent, child: Child | None = None
) -> Iterator[Published]:
    """Yield what was published, for as long as the block lasts.

    Parameters
    ----------
    request
        What is to be bundled.
    progress
        Called with the name of each step.
    child
        Who parses what native code reads.

    Raises
    ------
    ConfigurationError
        If a folder that was named holds no tables, those of another audience, or such as were changed since.
    """
    folder = request.published or request.plan.parent / OUT
    found = manifest.read_manifest(folder)
    if request.published is not None:
        _refuse_unfit(found, folder, request)
    if found is not None and _fits(found, request):
        yield _whole(found, folder)
        return
    from gisplan.plan.run import Request, run

    with TemporaryDirectory(prefix="gisplan-", ignore_cleanup_errors=True) as place:
        anew = Request(
            plan=request.plan, out=Path(place) / OUT, outputs=(TABLES,), layers=request.layers,
            audience=request.audience,
        )  # fmt: skip
        run(anew, progress=progress, child=child)
        yield _whole(manifest.read_manifest(Path(place) / OUT) or {}, Path(place) / OUT)


def _fits(found: Mapping[str, Any], request: BundleRequest) -> bool:
    """Return whether an output folder holds tables for the audience asked for."""
    audience = found.get("plan", {}).get("audience")
    return TABLES in found.get("parts", ()) and request.audience in {None, audience}


def _refuse_unfit(found: Mapping[str, Any] | None, folder: Path, request: BundleRequest) -> None:
    if found is None or not _fits(found, request):
        values = {"audience": request.audience or "—"}
        raise ConfigurationError(Problem(code="bundle.unpublished", place=folder.name, values=values))


def _whole(found: Mapping[str, Any], folder: Path) -> Published:
    """Return the tables of an output folder, none of which was changed since they were written."""
    if found.get("interrupted") or found.get("refused"):
        raise ConfigurationError(Problem(code="bundle.interrupted", place=folder.name))
    names = [name for name in found["outputs"] if name.startswith(f"{TABLES}/") or name == BOOK]
    changed = [
        name
        for name in names
        if not (folder / name).is_file()
        or manifest.sha256_of(folder / name) != found["outputs"][name].get("sha256")
    ]
    if changed:
        raise ConfigurationError(
            Problem(code="bundle.changed", place=folder.name, values={"files": changed[:5]})
        )
    return Published(manifest=found, files={name: folder / name for name in names})


def request_of(told: Mapping[str, Any], plan: Path, *, layers: Path | None, inputs: Path | None) -> Request:
    """Return the request that a manifest answers, for nothing but computing.

    Parameters
    ----------
    told
        The manifest.
    plan
        The plan.toml.
    layers
        Folder of the catalogue.
    inputs
        Where the files of the plan lie, None for beside it.
    """
    from gisplan.plan.run import Request

    parts: Sequence[str] = told["parts"]
    own = [part for part in parts if part in PARTS]
    named = {kind: [part for part in parts if part.startswith(kind)] for kind in (WHY, ONLY)}
    rest = [part for part in parts if part not in {*own, *named[WHY], *named[ONLY], HOUSES}]
    return Request(
        plan=plan, out=None, parts=tuple(own), outputs=tuple(rest), layers=layers, inputs=inputs,
        audience=told["plan"]["audience"], language=told["plan"]["language"], houses=HOUSES in parts,
        why=tuple(part.removeprefix(WHY) for part in named[WHY]),
        only=tuple(part.removeprefix(ONLY) for part in named[ONLY]),
    )  # fmt: skip
