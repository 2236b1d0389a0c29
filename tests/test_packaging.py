"""The package says one thing everywhere, and its wheel works away from the checkout."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import gisplan

ROOT = Path(__file__).resolve().parents[1]
CONDA_NAMES = {  # conda-forge's name where it is not PyPI's
    "python-build": "build",
    "pandera-geopandas": "pandera[geopandas]",
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PIN = re.compile(r"^[a-z0-9]+(?:-[a-z0-9]+)*==[0-9][0-9a-z.]*$")


def script(name):
    """Return a script of scripts/ as a module."""
    spec = importlib.util.spec_from_file_location(f"script_{name}", ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ranges(lines):
    """Return name (with extras) → set of bounds."""
    found = {}
    for line in lines:
        wanted = Requirement(line)
        extras = f"[{','.join(sorted(wanted.extras))}]" if wanted.extras else ""
        found[canonicalize_name(wanted.name) + extras] = {str(bound) for bound in wanted.specifier}
    return found


def conda_ranges(text):
    """Return the same of an environment.yml, under PyPI's names, without python, pip and the project."""
    lines = []
    for entry in yaml.safe_load(text)["dependencies"]:
        if isinstance(entry, dict):
            lines += [line for line in entry["pip"] if line != "-e ."]
        elif entry != "pip":
            name = re.match(r"[\w.-]+", entry)[0]
            lines.append(CONDA_NAMES.get(name, name) + entry[len(name) :])
    return ranges(lines)


def bad_pins(text):
    """Return what keeps a constraints file from being sorted lines of name==version."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    names = [line.partition("==")[0] for line in lines]
    wrong = [line for line in lines if not PIN.match(line)]
    return wrong + (["order"] if names != sorted(set(names)) else [])


def test_environment_yml_says_what_pyproject_says():
    project = PROJECT["project"]
    said = ranges([*project["dependencies"], *project["optional-dependencies"]["test"]])
    conda = conda_ranges((ROOT / "environment.yml").read_text("utf-8"))
    assert conda.pop("python") == {project["requires-python"]}
    assert conda == said


def test_environment_yml_installs_the_project_itself_and_takes_only_conda_forge():
    read = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    assert read["channels"] == ["conda-forge", "nodefaults"]
    assert "-e ." in read["dependencies"][-1]["pip"]


@pytest.mark.parametrize(
    "text",
    [
        "dependencies: [numpy>=2.1]",
        "dependencies: [numpy>=2.0, pip, {pip: [jismesh>=1]}]",
        "dependencies: [numpy]",
    ],
)
def test_a_differing_environment_is_seen(text):
    assert conda_ranges(text) != ranges(["numpy>=2.0"])


def test_constraints_hold_names_and_versions_only():
    text = (ROOT / "constraints.txt").read_text("utf-8")
    assert bad_pins(text) == []
    assert "://" not in text


@pytest.mark.parametrize(
    "text", ["numpy>=2", "b==1\na==1", "a==1\na==2", "a @ file:///a", "A==1", "--index-url x"]
)
def test_a_bad_constraint_is_seen(text):
    assert bad_pins(text)


def installed(name):
    """Return whether a package is in this environment."""
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def test_constraints_hold_every_package_that_is_needed():
    pin = script("pin")
    held = {line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()}
    # A list of the build's own tools and of all extras; what they need in turn is read off this environment, where
    # peers of the benchmarks may be missing: nobody needs them to run or to test.
    asked = [Requirement(line) for line in pin.requirements(PROJECT)]
    peers = {Requirement(line).name for line in PROJECT["project"]["optional-dependencies"]["bench"]}
    here = [str(one) for one in asked if one.name not in peers or installed(one.name)]
    needed = set(pin.walk(here)) | {canonicalize_name(one.name) for one in asked}
    other_systems = {"appnope", "colorama", "pywin32"}
    assert needed - held - other_systems == set()


def test_constraints_fit_the_ranges_of_pyproject():
    held = dict(
        line.split("==")
        for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
        if "==" in line
    )
    wrong = [
        line
        for line in script("pin").requirements(PROJECT)
        if held.get(canonicalize_name(Requirement(line).name)) not in Requirement(line).specifier
    ]
    assert wrong == []


def test_no_foreign_byte_is_in_the_git_tree():
    tracked = git("ls-files", "-z").split("\0")
    assert [name for name in tracked if "_vendor/" in name or "node_modules/" in name] == []
    # Minified code and web fonts are never written by hand.
    assert [name for name in tracked if re.search(r"(\.min\.(js|css)|\.woff2?|\.map)$", name)] == []
    assert git("check-ignore", "gisplan/maps/_vendor/leaflet/leaflet.js").strip()


def git(*arguments):
    """Return what git says of this checkout; without one the test is skipped."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 128:
        pytest.skip("gisplan was not unpacked by git")
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("gisplan-*.whl"))


@pytest.mark.slow
def test_the_wheel_carries_what_a_user_needs(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    layers = {
        f"gisplan/_layers/{path.relative_to(ROOT / 'layers').as_posix()}" for path in files(ROOT / "layers")
    }
    assert layers - names == set()
    assert any(name.startswith("gisplan/_layers/demo/") for name in names)
    data = {path.relative_to(ROOT).as_posix() for path in files(ROOT / "gisplan")}
    assert {name for name in data if "_vendor" not in name} - names == set()
    vendor = {name for name in names if name.startswith("gisplan/maps/_vendor/")}
    assert any(name.endswith("leaflet.js") for name in vendor)
    assert any("LICENSE" in name for name in vendor)
    assert any(name.endswith("licenses/LICENSE") for name in names)


WEB = ("gisplan/maps/assets/", "gisplan/maps/_vendor/")
MOST_WEB = 1_000_000
"""Bytes of what a page is made of, ours and other people's, as it lies in the wheel."""


@pytest.mark.slow
def test_what_pages_are_made_of_is_small(wheel):
    with zipfile.ZipFile(wheel) as opened:
        sizes = {info.filename: info.file_size for info in opened.infolist() if info.filename.startswith(WEB)}
    assert {name.rpartition(".")[2] for name in sizes} >= {"js", "css", "html", "toml"}
    assert 100_000 < sum(sizes.values()) <= MOST_WEB, sizes


def test_the_repository_holds_nothing_of_the_web_packages():
    vendor = ROOT / "gisplan" / "maps" / "_vendor"
    theirs = {
        path.name: path.read_bytes() for path in files(vendor) if path.suffix in {".js", ".css", ".png"}
    }
    assert theirs.keys() >= {"leaflet.js", "leaflet.css"}
    parts = {data[at : at + 400] for data in theirs.values() for at in range(0, len(data), 4_000)}
    tracked = [ROOT / name for name in git("ls-files", "-z", "gisplan").split("\0") if name]
    assert len(tracked) > 200
    assert [path for path in tracked if "_vendor" in path.parts] == []
    held = {path: path.read_bytes() for path in tracked if path.is_file() and path.suffix != ".py"}
    assert [path for path, data in held.items() if any(part in data for part in parts)] == []


@pytest.mark.slow
def test_the_wheel_carries_nothing_else(wheel):
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"gisplan", f"gisplan-{gisplan.__version__}.dist-info"}
    assert not [name for name in zipfile.ZipFile(wheel).namelist() if "__pycache__" in name]


def files(folder):
    """Return the files of a folder that are not made by running it."""
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


UNSET = {"PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE"}
"""Variables that would show the new environment another Python's modules, or let it compile its own twice."""


def link_needed(wheel, folder):
    """Put the packages that a wheel asks for, and those they ask for, into a folder of packages, and no other.

    They are those of this environment, which pip chose under the same constraints; linked, for they are large.
    """
    with zipfile.ZipFile(wheel) as opened:
        [name] = [name for name in opened.namelist() if name.endswith(".dist-info/METADATA")]
        told = metadata.PathDistribution(zipfile.Path(opened, f"{name.rpartition('/')[0]}/"))
        asked = [line for line in told.requires or () if "extra ==" not in line]
    for package in script("pin").walk(asked):
        held = metadata.distribution(package)
        for file in held.files:
            source, target = Path(held.locate_file(file)), folder / file
            if ".." in file.parts or not source.is_file():
                continue  # commands and manual pages stand beside the packages
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(source, target)
            except OSError:  # another disk
                shutil.copy2(source, target)


@pytest.mark.slow
def test_the_demo_runs_from_the_wheel_in_an_empty_environment(wheel, tmp_path):
    away = tmp_path / "away"
    away.mkdir()
    venv.create(away / "venv", with_pip=False)
    programs = away / "venv" / ("Scripts" if os.name == "nt" else "bin")
    clean = {name: value for name, value in os.environ.items() if name not in UNSET}
    clean["PYTHONUTF8"] = "1"

    def run(*command):
        done = subprocess.run(
            command, cwd=away, env=clean, capture_output=True, text=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    python = programs / "python"
    pip = (sys.executable, "-m", "pip", "--python", python)
    packages = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip()
    )
    link_needed(wheel, packages)
    run(*pip, "install", "--quiet", "--no-compile", "--no-deps", "--no-index", wheel)
    run(*pip, "check")  # what the wheel and its packages ask for is there, in versions that fit
    place = run(python, "-c", "import gisplan; print(gisplan.__file__)").stdout.strip()
    assert Path(place).is_relative_to(away)
    said = run(programs / "gisplan", "demo", "town", "--language", "en")
    assert (said.stderr, "A made-up town." in said.stdout) == ("", True)
    assert "gisplan init shiomi --demo" in said.stdout, "it tells how the town is copied"
    written = {path.name: path for path in (away / "town").rglob("*") if path.is_file()}
    assert {"map.html", "layers.gpkg", "tables.xlsx", "manifest.json", "verdicts.csv"} <= set(written)
    assert written["map.html"].stat().st_size > 100_000
