"""`gisplan bundle`: one archive with all that a stranger needs to compute the published figures again."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gisplan.core.disk import disk_error, whole
from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.packed import write_archive
from gisplan.core.version import __version__
from gisplan.core.visible import json_text
from gisplan.core.words import Plan
from gisplan.layers.catalogue import read_catalogue
from gisplan.layers.load import silent
from gisplan.plan import manifest
from gisplan.plan.handover.bundled_inputs import Bundled, bundled_inputs
from gisplan.plan.handover.installed import installed
from gisplan.plan.handover.published import BundleRequest, Published, published, request_of
from gisplan.plan.handover.told import readme
from gisplan.plan.questioned import as_asked, inputs_of, question_of
from gisplan.plan.read import read_plan
from gisplan.plan.results import Progress
from gisplan.sources.reader import Reader

if TYPE_CHECKING:
    from gisplan.sources.child_process import Child

FORM = 1
"""The edition of the form of a bundle."""

ABOUT, MANIFEST, PLAN, CHECKSUMS, README = (
    "bundle.json", "manifest.json", "plan.toml", "checksums.txt", "README.txt",
)  # fmt: skip
PUBLISHED, INPUTS = "published/", "inputs/"
SAME = ("plan", "parameters", "catalogue_sha256")
"""What must be the same now as when the tables were written, beside the inputs; the code may have gone on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A bundle that was written: where it is, for whom, what is in it, and the inputs that are not, with the reason."""

    file: Path
    plan: Plan
    members: tuple[str, ...]
    inputs: int
    left_out: Mapping[str, str]


def bundle(request: BundleRequest, *, progress: Progress = silent, child: Child | None = None) -> Bundle:
    """Write the audit bundle of a plan; equal plans, inputs and tables give equal bytes.

    Outside the office the bundle holds neither plan.toml, whose words and comments may quote what is held back, nor
    any input: whoever may have those computes from them and releases to the same audience.

    Parameters
    ----------
    request
        What is bundled.
    progress
        Called with the name of each step.
    child
        Who parses what native code reads; one for this alone where None.

    Raises
    ------
    GisplanError
        If the plan is wrong, or its tables are not those of its inputs of today; nothing is written then.
    """
    catalogue = read_catalogue(request.layers)
    plan = read_plan(request.plan, catalogue=catalogue)
    with published(request, progress=progress, child=child) as found, Reader(child=child) as reader:
        asked = request_of(found.manifest, request.plan, layers=request.layers, inputs=None)
        plan = as_asked(plan, asked)
        files = inputs_of(plan, reader)
        question = question_of(plan, catalogue, asked, files, reader)
        _refuse_stale(found.manifest, question.told, plan)
        inside = bundled_inputs(plan, catalogue, wanted=request.with_inputs)
        progress("write")
        return _written(request, plan, found, inside)


def _refuse_stale(before: Mapping[str, Any], now: Mapping[str, Any], plan: Plan) -> None:
    """Refuse tables that were not made from the plan and the inputs as they are now."""
    plain = manifest.plainly(now)
    names = {**before.get("inputs", {}), **plain["inputs"]}
    changed = [name for name in names if before.get("inputs", {}).get(name) != plain["inputs"].get(name)]
    changed += [
        key for key in SAME if _of_both(before.get(key), plain[key]) != _of_both(plain[key], before.get(key))
    ]
    if changed:
        raise ConfigurationError(
            Problem(code="bundle.stale", place=plan.file, values={"changed": changed[:10]})
        )


def _of_both(one: Any, other: Any) -> Any:
    """Return what is said in one of two settings of what both know; a later gisplan may ask of more."""
    both = isinstance(one, Mapping) and isinstance(other, Mapping)
    return {key: value for key, value in one.items() if key in other} if both else one


def _written(request: BundleRequest, plan: Plan, found: Published, inside: Bundled) -> Bundle:
    day = plan.date.isoformat()
    name = f"bundle-{plan.audience}-{day}.zip"
    path = request.out or request.plan.parent / name
    path = path / name if path.is_dir() else path
    members = dict(_members(request, plan, found, inside))
    sums = [(name, _sha256(content)) for name, content in members.items()]
    members[CHECKSUMS] = "".join(f"{digest}  {name}\n" for name, digest in sums).encode()
    try:
        with whole(path) as part:
            write_archive(part, members.items())
    except OSError as error:
        raise disk_error(error, place=path.name, folder=path.parent) from None
    return Bundle(
        file=path,
        plan=plan,
        members=tuple(members),
        inputs=len(inside.files),
        left_out=inside.left_out,
    )


def _members(
    request: BundleRequest, plan: Plan, found: Published, inside: Bundled
) -> Iterator[tuple[str, bytes | Path]]:
    """Yield name and content of every member but the checksums."""
    about = {
        "form": FORM,
        "gisplan": __version__,
        "python": platform.python_version(),
        "packages": installed(),
        "audience": plan.audience,
        "inputs": sorted(inside.files),
        "left_out": dict(sorted(inside.left_out.items())),
    }
    yield README, readme(plan, found.manifest, about)
    yield ABOUT, (json_text(about) + "\n").encode()
    yield MANIFEST, (json_text(found.manifest) + "\n").encode()
    if plan.audience == "internal":
        yield PLAN, request.plan.read_bytes()
    for name, path in sorted(found.files.items()):
        yield f"{PUBLISHED}{name}", path.read_bytes()
    for name, path in sorted(inside.files.items()):
        yield f"{INPUTS}{name}", path


def _sha256(content: bytes | Path) -> str:
    return manifest.sha256_of(content) if isinstance(content, Path) else manifest.sha256_of_bytes(content)
