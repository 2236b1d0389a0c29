"""The manifest: everything a stranger needs to compute the outputs again, and nothing of this machine or hour."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from gisplan.core.crs import crs_name
from gisplan.core.scenario import Scenario
from gisplan.core.version import __version__
from gisplan.core.visible import json_text
from gisplan.core.words import Layer, LayerEntry, Plan, Reading
from gisplan.layers.timetables import asks_for_timetables, options_of, window_said
from gisplan.sources.address import address_of, is_database

NAME = "manifest.json"
LIBRARIES = (
    "exactextract",
    "folium",
    "fonttools",
    "geopandas",
    "matplotlib",
    "matplotlib-fontja",
    "numpy",
    "pandas",
    "pillow",
    "pyogrio",
    "pyproj",
    "python-docx",
    "rasterio",
    "scipy",
    "shapely",
)
CODE_SUFFIXES = frozenset({".py", ".toml", ".csv", ".js", ".css", ".html", ".xml"})


def sha256_of(path: Path) -> str:
    """Return the fingerprint of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_of_bytes(content: bytes) -> str:
    """Return the fingerprint of the content of a file."""
    return hashlib.sha256(content).hexdigest()


def plainly(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a manifest says as it reads when it comes back from its file."""
    plain: dict[str, Any] = json.loads(json.dumps(content, default=str))
    return plain


def fingerprints(files: Iterable[tuple[str, Path]]) -> dict[str, str]:
    """Return the fingerprint of each file by its name.

    Parameters
    ----------
    files
        Names and paths; where files in different folders share a name, the later ones are numbered.
    """
    return by_name((name, sha256_of(path)) for name, path in files)


def by_name(digests: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return fingerprints by the name of what they are of.

    Parameters
    ----------
    digests
        Names and fingerprints; where several share a name, the later ones are numbered.
    """
    found: dict[str, str] = {}
    times: Counter[str] = Counter()
    for name, digest in digests:
        times[name] += 1
        found[name if times[name] == 1 else f"{name} [{times[name]}]"] = digest
    return found


def question(
    plan: Plan, *, plan_sha256: str, catalogue_sha256: str, parts: tuple[str, ...], inputs: Mapping[str, str]
) -> dict[str, Any]:
    """Return what a run was asked: the plan, its parameters, the code and libraries, the fingerprints of the inputs.

    Two runs of the same question give the same outputs.

    Parameters
    ----------
    plan
        The plan with what the command line changed.
    plan_sha256, catalogue_sha256
        Fingerprints of plan.toml and of the layer files.
    parts
        What is computed and written.
    inputs
        Fingerprints of the input files by their name.
    """
    return {
        "gisplan": __version__,
        "code_sha256": code_fingerprint(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "catalogue_sha256": catalogue_sha256,
        "plan": _plan_told(plan, plan_sha256),
        "parameters": _parameters(plan),
        "parts": list(parts),
        "inputs": dict(sorted(inputs.items())),
    }


def _parameters(plan: Plan) -> dict[str, Any]:
    """Return what plan.toml sets beside the layers' files and the plan's own name."""
    return {
        "check": dataclasses.asdict(plan.check),
        "access": dataclasses.asdict(plan.access),
        "transit": transit_told(plan),
        "site": None if plan.site is None else dataclasses.asdict(plan.site),
        "suitability": _suitability(plan),
        "propose": None if plan.propose is None else dataclasses.asdict(plan.propose),
        "release": dataclasses.asdict(plan.release),
        "output": dataclasses.asdict(plan.output),
        "print": print_told(plan),
        "report": report_told(plan),
        "procedures": dict(plan.procedures),
        "area_procedures": {area: dict(marks) for area, marks in plan.area_procedures.items()},
        "facts": dict(plan.facts),
        "chapters": [_without_lines(dataclasses.asdict(chapter)) for chapter in plan.chapters],
        "layers": [_entry(entry) for entry in plan.layers],
        "scenarios": [_scenario(scenario) for scenario in plan.scenarios],
        "districts": [_without_lines(dataclasses.asdict(district)) for district in plan.districts],
    }


def _suitability(plan: Plan) -> Any:
    return None if plan.suitability is None else _without_lines(dataclasses.asdict(plan.suitability))


def print_told(plan: Plan) -> dict[str, Any]:
    """Return what was asked of the maps for print; a path is told as far as it is the plan's own."""
    own = plan.background
    told = None if own is None else {**dataclasses.asdict(own), "path": _told(own.path)}
    said = {
        **dataclasses.asdict(plan.printing),
        "figure": [dataclasses.asdict(figure) for figure in plan.figures],
        "background": told,
    }
    return dict(_without_lines(said))


def _plan_told(plan: Plan, sha256: str) -> dict[str, Any]:
    """Return which plan a run was asked of, for whom and in which language."""
    return {
        "file": plan.file,
        "sha256": sha256,
        "title": plan.title,
        "municipality": list(plan.municipality),
        "law_date": plan.date.isoformat(),
        "crs": crs_name(plan.crs),
        "audience": plan.audience,
        "language": plan.language,
        "made_up": plan.made_up,
    }


def report_told(plan: Plan) -> dict[str, Any]:
    """Return what was asked of the plan chapter, with the fingerprint of its template."""
    options = plan.report
    path = plan.folder / options.template
    held = sha256_of(path) if options.template and path.is_file() else ""
    return {
        "template": Path(options.template).name,
        "template_sha256": held,
        "office": options.office,
        "leave_out": list(options.leave_out),
    }


def transit_told(plan: Plan) -> dict[str, Any] | None:
    """Return what was asked of timetables, with the day of service and its weekday; None where nothing was."""
    if not asks_for_timetables(plan):
        return None
    options = options_of(plan)
    day = options.day or plan.date
    told = {"day": day.isoformat(), "weekday": f"{day:%A}", "window": list(window_said(options))}
    return {**dataclasses.asdict(options), **told}


OUTER_PARTS = 2


def _entry(entry: LayerEntry) -> dict[str, Any]:
    """Return an entry of plan.toml without its line; its paths told as far as they are the plan's own."""
    kept = {
        key: value
        for key, value in dataclasses.asdict(entry).items()
        if key not in {"line", "path"} and value
    }
    return {"paths": [_told(path) for path in entry.path], **kept}


def _scenario(scenario: Scenario) -> Any:
    """Return a scenario without its lines, its files told as far as they are the plan's own."""
    said = dataclasses.asdict(scenario)
    for change in (*said["roads"], *said["places"]):
        if change["file"] is not None:
            change["file"]["path"] = [_told(path) for path in change["file"]["path"]]
    return _without_lines(said)


def _without_lines(value: Any) -> Any:
    """Return a setting without the lines of plan.toml it stands in and without what it does not say."""
    if isinstance(value, Mapping):
        held = {key: _without_lines(inner) for key, inner in value.items() if key not in {"line", "lines"}}
        return {key: inner for key, inner in held.items() if inner not in ("", None, [])}
    return [_without_lines(inner) for inner in value] if isinstance(value, list | tuple) else value


def _told(path: str) -> str:
    """Return a path as it stands in plan.toml; of one that leaves the plan's folder only the end.

    Of a database neither user nor password is told.
    """
    if is_database(path):
        return address_of(path, place=path).name
    parts = Path(path).parts
    outside = Path(path).is_absolute() or ".." in parts
    return "/".join(parts[-OUTER_PARTS:]) if outside else path


def answer(
    *,
    layers: Mapping[str, Layer],
    speeds: Mapping[str, Any] | None,
    held_back: int,
    outputs: Mapping[str, Path],
) -> dict[str, Any]:
    """Return what became of a run: rows of each layer, speeds used, rows held back, fingerprints of the outputs.

    Parameters
    ----------
    layers
        The layers as they were read.
    speeds
        The speeds that were used, with their source; None where no road was travelled.
    held_back
        Rows that the audience must not have.
    outputs
        The files written, by their name in the output folder.
    """
    return {
        "layers": {name: _layer(layer) for name, layer in sorted(layers.items())},
        "speeds": speeds,
        "held_back": held_back,
        "outputs": {
            name: {"sha256": sha256_of(path), "bytes": path.stat().st_size}
            for name, path in sorted(outputs.items())
        },
    }


def _layer(layer: Layer) -> dict[str, Any]:
    total = {
        key: sum(getattr(reading, key) for reading in layer.readings)
        for key in ("read", "kept", "mended", "refused")
    }
    return {
        **total,
        "assessed": layer.assessed,
        "credit": layer.spec.source.credit.ja,
        "licence": layer.spec.source.licence,
        "files": [_reading(reading) for reading in layer.readings],
    }


def _reading(reading: Reading) -> dict[str, Any]:
    return {key: value for key, value in dataclasses.asdict(reading).items() if key != "layer"}


def write_manifest(path: Path, content: Mapping[str, Any]) -> None:
    """Write a manifest as JSON that a person can read."""
    path.write_text(json_text(content) + "\n", "utf-8", newline="\n")


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of an output folder, None where there is none of ours that can be read."""
    try:
        content = json.loads((folder / NAME).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    ours = isinstance(content, dict) and "gisplan" in content
    outputs = content.get("outputs") if ours else None
    whole = isinstance(outputs, dict) and all(isinstance(entry, dict) for entry in outputs.values())
    return content if whole else None


def intact(folder: Path, manifest: Mapping[str, Any]) -> bool:
    """Return whether every output of a manifest is there, byte for byte."""
    try:
        return all(
            (folder / name).is_file() and sha256_of(folder / name) == entry.get("sha256")
            for name, entry in manifest["outputs"].items()
        )
    except OSError:  # a program keeps a file to itself, and may be changing it
        return False


@lru_cache(maxsize=1)
def code_fingerprint() -> str:
    """Return a fingerprint of gisplan's own files: the same version may be under development."""
    root = Path(str(files("gisplan")))
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*"), key=lambda path: path.relative_to(root).as_posix()):
        if path.suffix in CODE_SUFFIXES and "_layers" not in path.parts:
            digest.update(path.relative_to(root).as_posix().encode() + b"\x00" + path.read_bytes())
    return digest.hexdigest()


def folder_fingerprint(folder: Path) -> str:
    """Return a fingerprint of the layer files of a catalogue."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*/*.toml"), key=lambda path: path.as_posix()):
        digest.update(f"{path.parent.name}/{path.name}".encode() + b"\x00" + path.read_bytes())
    return digest.hexdigest()
