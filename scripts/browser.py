"""The browser of the tests: finds Chromium, Chrome or Edge on this machine, or gets Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import environment

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
)
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
WINDOWS_ROOTS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
WINDOWS_PLACES = (
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
)
OWN = "from playwright.sync_api import sync_playwright as p\nwith p() as w: print(w.chromium.executable_path)"
GET_SECONDS = 600


def ensure(python: Path) -> str:
    """Return the place of a browser that starts, got from the system's packages if need be, or "".

    Parameters
    ----------
    python
        Interpreter of the project's environment, which holds playwright.
    """
    found = find() or _own(python)
    if found:
        return found
    environment.say("browser_install")
    if _get_from_debian():
        return find()
    command = [str(python), "-m", "playwright", "install", "chromium"]
    return _own(python) if _quiet(command, seconds=GET_SECONDS) else ""


def find() -> str:
    """Return the place of a browser that starts: `GISPLAN_BROWSER`, the search path, usual places; or ""."""
    named = os.environ.get("GISPLAN_BROWSER", "")
    on_path = [shutil.which(name) or "" for name in NAMES]
    windows = [
        str(Path(os.environ[root]) / place)
        for root in WINDOWS_ROOTS
        if os.environ.get(root)
        for place in WINDOWS_PLACES
    ]
    return next((place for place in (named, *on_path, *PLACES, *windows) if place and _starts(place)), "")


def _starts(place: str) -> bool:
    if not Path(place).is_file():
        return False
    # On Windows `--version` opens a window; elsewhere it tells a real browser from an empty shell such as
    # the snap stand-in of Ubuntu.
    return os.name == "nt" or _quiet([place, "--version"], seconds=60)


def _own(python: Path) -> str:
    """Return the browser that playwright got for itself, or ""."""
    command = [str(python), "-c", OWN]
    done = subprocess.run(
        command, env=environment.clean_environment(), capture_output=True, text=True, check=False
    )
    place = done.stdout.strip()
    return place if done.returncode == 0 and place and _starts(place) else ""


def _get_from_debian() -> bool:
    root = sys.platform == "linux" and os.geteuid() == 0
    if not root or shutil.which("apt-get") is None:
        return False
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
    _quiet([*apt, "update"], seconds=GET_SECONDS)
    got = _quiet([*apt, "install", "-y", "--no-install-recommends", "chromium"], seconds=GET_SECONDS)
    return got and bool(find())


def _quiet(command: list[str], *, seconds: float) -> bool:
    """Return whether a command ends well within its time; what it prints is left out."""
    variables = environment.clean_environment(DEBIAN_FRONTEND="noninteractive")
    try:
        done = subprocess.run(
            command,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
