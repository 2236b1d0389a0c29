"""Write `constraints.txt` from the packages of this environment: the set that was tested.

Run it in an environment where all tests passed: `.venv/bin/python scripts/pin.py`. Only what gisplan, its
extras and its build need is written, as names and versions.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
HEAD = """\
# The tested set of packages: names and versions, nothing else. Written by scripts/pin.py.
# What only Windows or macOS needs (e.g. colorama) is not held to a version.
"""


def main() -> int:
    """Write the file; return the exit code."""
    pins = walk(requirements(tomllib.loads(ROOT.joinpath("pyproject.toml").read_text("utf-8"))))
    lines = [f"{name}=={version}\n" for name, version in pins.items()]
    ROOT.joinpath("constraints.txt").write_text(HEAD + "".join(lines), "utf-8", newline="\n")
    print(f"constraints.txt: {len(pins)} packages")
    return 0


def requirements(project: Mapping[str, Mapping[str, object]]) -> list[str]:
    """Return what `pyproject.toml` asks for: the dependencies, every extra, and the tools of the build.

    Parameters
    ----------
    project
        The file's content.
    """
    body, build = project["project"], project["build-system"]
    lists = [body["dependencies"], *_values(body["optional-dependencies"]), build["requires"]]
    return [str(line) for lines in lists if isinstance(lines, list) for line in lines]


def walk(wanted: Iterable[str]) -> dict[str, str]:
    """Return name and version of the wanted packages and of all that they need here, sorted.

    Raises
    ------
    importlib.metadata.PackageNotFoundError
        If one of them is not installed.
    """
    found: dict[str, str] = {}
    seen: set[str] = set()
    waiting = [Requirement(line) for line in wanted]
    while waiting:
        requirement = waiting.pop()
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        package = metadata.distribution(requirement.name)
        found[canonicalize_name(requirement.name)] = package.version
        waiting += _needs(package.requires or [], requirement.extras)
    return dict(sorted(found.items()))


def _needs(lines: Iterable[str], extras: Iterable[str]) -> list[Requirement]:
    """Return the lines that hold on this machine for the extras that were asked for."""
    cases = [{"extra": extra} for extra in ("", *extras)]
    needed = [Requirement(line) for line in lines]
    return [
        line for line in needed if line.marker is None or any(line.marker.evaluate(case) for case in cases)
    ]


def _values(table: object) -> list[object]:
    return list(table.values()) if isinstance(table, dict) else []


if __name__ == "__main__":
    sys.exit(main())
