"""`gisplan verify`: whether a bundle is whole, its inputs are those of then, and every figure comes out again."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from gisplan.core.errors import InputError, Problem
from gisplan.core.version import __version__
from gisplan.core.words import Plan
from gisplan.layers.catalogue import catalogue_folder, read_catalogue
from gisplan.layers.load import silent
from gisplan.layers.origins import shown_name
from gisplan.plan import manifest
from gisplan.plan.handover.bundle_file import BundleFile, read_bundle, unpack_inputs
from gisplan.plan.handover.cells import Compared, compare_tables
from gisplan.plan.handover.installed import installed
from gisplan.plan.handover.published import request_of
from gisplan.plan.questioned import Question, as_asked, inputs_of, question_of
from gisplan.plan.read import read_plan
from gisplan.plan.reading import in_order
from gisplan.plan.results import Progress
from gisplan.plan.sheets.background import background_files
from gisplan.plan.withheld import HOUSES, WITHHELD, fingerprint
from gisplan.sources.reader import Reader

if TYPE_CHECKING:
    from gisplan.plan.run import Request
    from gisplan.sources.child_process import Child

CODE = ("gisplan", "code_sha256", "libraries", "catalogue_sha256")
"""What of a question tells of the program, not of the plan and its inputs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyRequest:
    """Which bundle is checked, where the plan and its inputs lie, None for in the bundle, and by which layer files."""

    bundle: Path
    inputs: Path | None = None
    layers: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A program or package whose version is another one now; "" where it is not there."""

    name: str
    then: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedInput:
    """An input that is not the one of then: its name, its layers, and whether it is changed, gone or new."""

    name: str
    state: str
    layers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What came of a check.

    `plan_changed` tells that the folder of the inputs holds another plan.toml, of which the bundle's was used. `hidden`
    are inputs whose fingerprint is not told outside the office; `same_question` whether all of them together, plan.toml
    included, are those of then, None where the bundle does not say.
    """

    bundle: str
    plan: Plan
    tampered: tuple[str, ...]
    versions: tuple[Version, ...]
    inputs: tuple[ChangedInput, ...]
    hidden: tuple[str, ...]
    plan_changed: bool
    same_question: bool | None
    compared: Compared

    @property
    def whole(self) -> bool:
        """True where nothing differs but versions."""
        changed = self.tampered or self.inputs or self.compared.differences or self.same_question is False
        return not changed


def verify(request: VerifyRequest, *, progress: Progress = silent, child: Child | None = None) -> Verified:
    """Check a bundle: its checksums, its inputs, and every cell of its tables, computed anew.

    Nothing of a bundle is believed: its plan.toml reads no file outside the folder of the inputs and no database.

    Parameters
    ----------
    request
        The bundle and its inputs.
    progress
        Called with the name of each step.
    child
        Who parses what native code reads; one for this alone where None.

    Raises
    ------
    GisplanError
        If it is no bundle, or the plan or its inputs cannot be read.
    """
    progress("plan")
    held = read_bundle(request.bundle)
    with _place(held, request) as (path, folder):
        asked = request_of(held.manifest, path, layers=request.layers, inputs=folder)
        catalogue = read_catalogue(request.layers)
        plan = as_asked(read_plan(path, catalogue=catalogue), asked)
        with Reader(child=child) as reader:
            files = inputs_of(plan, reader)
            question = question_of(plan, catalogue, asked, files, reader)
        compared = _compared(held, asked, progress, child)
        told = held.manifest
        return Verified(
            bundle=held.name,
            plan=plan,
            tampered=held.tampered,
            versions=tuple(_versions(held, catalogue_folder(request.layers))),
            inputs=tuple(_inputs(told, question, plan)),
            hidden=tuple(name for name, digest in told["inputs"].items() if digest == WITHHELD),
            plan_changed=_plan_changed(held, request),
            same_question=_same_question(told, question),
            compared=compared,
        )


@contextmanager
def _place(held: BundleFile, request: VerifyRequest) -> Iterator[tuple[Path, Path | None]]:
    """Yield the plan.toml to use, and where its files lie, None for beside it.

    The one beside the inputs is used where it is that of the bundle, or where the bundle holds none.
    """
    name = held.manifest["plan"]["file"]
    own = None if request.inputs is None else request.inputs / name
    if held.plan is None:
        if own is None or not own.is_file():
            raise InputError(Problem(code="bundle.no_plan", place=held.name, values={"file": name}))
        yield own, None
        return
    if own is not None and own.is_file() and own.read_bytes() == held.plan:
        yield own, None
        return
    if request.inputs is None and not held.with_inputs:
        raise InputError(Problem(code="bundle.no_inputs", place=held.name))
    with TemporaryDirectory(prefix="gisplan-", ignore_cleanup_errors=True) as place:
        folder = Path(place) / "inputs"
        folder.mkdir()
        copy = unpack(held, request, Path(place), folder)
        yield copy, request.inputs or folder


def unpack(held: BundleFile, request: VerifyRequest, place: Path, folder: Path) -> Path:
    """Write the plan.toml of a bundle, and its inputs where no others are named; return where the plan is.

    Parameters
    ----------
    held
        The bundle.
    request
        What is checked.
    place, folder
        Empty folders for the plan and for the inputs.
    """
    from gisplan.core.disk import write_whole

    if request.inputs is None:
        unpack_inputs(request.bundle, folder)
    path = place / str(held.manifest["plan"]["file"])
    write_whole(path, held.plan or b"")
    return path


def _plan_changed(held: BundleFile, request: VerifyRequest) -> bool:
    own = None if request.inputs is None else request.inputs / held.manifest["plan"]["file"]
    return held.plan is not None and own is not None and own.is_file() and own.read_bytes() != held.plan


def _compared(held: BundleFile, asked: Request, progress: Progress, child: Child | None) -> Compared:
    """Return the published tables beside those that the same audience may have today."""
    from gisplan.plan.run import run

    outcome = run(asked, progress=progress, child=child)
    tables = {} if outcome.released is None else in_order(outcome.released.tables)
    language = held.manifest["plan"]["language"]
    return compare_tables(held.tables, tables, language=language, encoding=held.encoding)


def _versions(held: BundleFile, catalogue: Path) -> Iterator[Version]:
    told, about = held.manifest, held.about
    now = {
        "gisplan": __version__,
        "gisplan (code)": manifest.code_fingerprint(),
        "catalogue": manifest.folder_fingerprint(catalogue),
        "Python": platform.python_version(),
        **_there(told["libraries"]),
        **installed(),
    }
    then = {
        **about["packages"],
        **told["libraries"],
        "gisplan": told["gisplan"],
        "gisplan (code)": told["code_sha256"],
        "catalogue": told["catalogue_sha256"],
        "Python": about["python"],
    }
    for name in dict.fromkeys((*now, *then)):
        if then.get(name, "") != now.get(name, ""):
            yield Version(name=name, then=then.get(name, ""), now=now.get(name, ""))


def _there(libraries: Iterable[str]) -> dict[str, str]:
    """Return the versions of libraries as far as they are installed.

    What gisplan asked for when it was installed may be less than what its code uses now.
    """
    found = {}
    for name in libraries:
        with suppress(PackageNotFoundError, ValueError):  # a bundle may hold any name, even ""
            found[name] = version(name)
    return found


def _inputs(told: Mapping[str, Any], question: Question, plan: Plan) -> Iterator[ChangedInput]:
    """Yield the inputs that are not those of then, as far as the audience is told of them.

    The picture under the maps for print is in no bundle, and no figure rests on it: it may be missing.
    """
    pictures = {shown_name(path, plan) for path in background_files(plan) if not path.is_file()}
    then: Mapping[str, str] = told["inputs"]
    now: Mapping[str, str] = question.told["inputs"]
    for name in sorted({*then, *now}):
        if then.get(name) == now.get(name) or name in pictures:
            continue
        state = "gone" if name not in now else "new" if name not in then else "changed"
        yield ChangedInput(name=name, state=state, layers=tuple(sorted(question.layers.get(name, ()))))


def _same_question(told: Mapping[str, Any], question: Question) -> bool | None:
    """Return whether a plan and its inputs, withheld ones included, are those of then; None where nothing says so.

    Where houses are candidates, what was asked of single ones is not told, so that nobody can ask it again; another
    gisplan may ask of more than that of then.
    """
    site = told["parameters"].get("site")
    if not told.get("question") or (site or {}).get("candidates") == HOUSES:
        return None
    code = {key: told[key] for key in CODE}
    same = fingerprint({**question.whole, **code}) == told["question"]
    return True if same else False if told["code_sha256"] == question.whole["code_sha256"] else None
