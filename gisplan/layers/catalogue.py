"""The catalogue: every layer file of `layers/`, found in the order --layers DIR, ./layers, packaged."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from gisplan.core.document import hint
from gisplan.core.errors import ConfigurationError, GisplanError, Problem
from gisplan.core.words import Spec
from gisplan.layers.spec import read_spec

DEMO = "demo"


def catalogue_folder(named: Path | None = None) -> Path:
    """Return the folder of layer files that counts.

    Parameters
    ----------
    named
        The folder a user named; it must exist.

    Raises
    ------
    ConfigurationError
        If the named folder holds no layer file.
    """
    if named is not None:
        if not any(named.glob("*/*.toml")):
            raise ConfigurationError(Problem(code="spec.no_folder", place=str(named)))
        return named
    here = Path("layers")
    # A folder called layers may be anything; it counts only where it holds layer files of ours.
    if (here / "zoning" / "zone.toml").is_file():
        return here
    return packaged_folder()


def packaged_folder() -> Path:
    """Return the folder of layer files that came with gisplan, from a wheel or from a checkout."""
    installed = Path(str(files("gisplan"))) / "_layers"
    return installed if installed.is_dir() else Path(str(files("gisplan"))).parent / "layers"


def demo_folder() -> Path:
    """Return the folder of the embedded demo town."""
    return packaged_folder() / DEMO


def read_catalogue(folder: Path | None = None) -> Mapping[str, Spec]:
    """Return every layer by name, in the order of groups and names.

    Raises
    ------
    ConfigurationError
        With the mistakes of all files at once, or if two files have one name.
    """
    root = catalogue_folder(folder)
    specs: dict[str, Spec] = {}
    problems: list[Problem] = []
    for path in sorted(root.glob("*/*.toml"), key=lambda path: (path.parent.name, path.name)):
        if path.parent.name == DEMO:
            continue
        try:
            spec = read_spec(path)
        except GisplanError as error:
            problems += error.problems
            continue
        if spec.name in specs:
            problems.append(
                Problem(
                    code="spec.twice",
                    place=spec.file,
                    values={"name": spec.name, "other": specs[spec.name].file},
                )
            )
        specs[spec.name] = spec
    if problems:
        raise ConfigurationError(problems)
    return specs


def find_spec(catalogue: Mapping[str, Spec], name: str, *, place: str) -> Spec:
    """Return one layer of the catalogue.

    Raises
    ------
    ConfigurationError
        If there is none of this name, with the near ones.
    """
    if name in catalogue:
        return catalogue[name]
    raise ConfigurationError(
        Problem(
            code="config.unknown_layer",
            place=place,
            values={"name": name, "near": hint(name, catalogue), "known": sorted(catalogue)},
        )
    )
