"""Fixtures of all tests: the real data beside the project, the browser, the tiny village's builder."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LAUNCH = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def missing(what):
    """Skip a test that lacks something of the machine; in CI that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def real_data():
    """Return the folder of real data: `GISPLAN_REAL_DATA`, or `shared/data` beside the project."""
    named = os.environ.get("GISPLAN_REAL_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        missing("the real data are not there: set GISPLAN_REAL_DATA to the folder that holds yaizu and japan")
    return folder


def from_scripts(name):
    """Return a module of `scripts/`, which is no package."""
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        spec = importlib.util.spec_from_file_location(f"scripts_{name}", ROOT / "scripts" / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(ROOT / "scripts"))
    return module


@pytest.fixture(scope="session")
def browser_path():
    """Return the place of Chromium, Chrome or Edge: `GISPLAN_BROWSER`, the search path, or usual places."""
    place = from_scripts("browser").find()
    if not place:
        missing("no Chromium, Chrome or Edge was found: install one, or set GISPLAN_BROWSER to its place")
    return place


@pytest.fixture(scope="session")
def browser(browser_path):
    """Return a running browser."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser_path, args=list(LAUNCH))
        yield running
        running.close()


@pytest.fixture
def small_disk(tmp_path):
    """Return a function that mounts a disk of so many kB, and one that makes it read-only.

    Only the administrator of a Linux can do so; elsewhere the failing of a disk is played.
    """
    place, mount = tmp_path / "disk", shutil.which("mount")
    place.mkdir()
    mounted = []

    def disk(kilobytes):
        command = [mount or "mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)]
        able = sys.platform == "linux" and mount is not None
        if not able or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("a small disk can be mounted by the administrator of a Linux alone")
        mounted.append(place)
        return place

    yield disk, lambda: subprocess.run([mount, "-o", "remount,ro", str(place)], check=True)
    for one in mounted:
        subprocess.run(["umount", str(one)], check=True)
