"""The environment of the scripts: makes `.venv` in the project and installs gisplan into it.

Only the standard library is used, and only syntax that an old Python reads too, so that even an old
Python gets as far as the message that it is too old.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
STAMP = "gisplan.json"
LOG = "gisplan-setup.log"
STAMPED = ("pyproject.toml", "constraints.txt", "scripts/hatch_build.py", "gisplan/maps/assets.lock.toml")
TAIL = 15
OWN_TESTS = r"[\\/]tests[\\/]"
"""Folders of packages that nobody imports here: a third of all modules."""

NO_NETWORK = (
    r"NewConnectionError|ConnectTimeout|ConnectionResetError|ProxyError|SSLError|ReadTimeout"
    r"|NameResolutionError|Temporary failure in name resolution|Network is unreachable"
)
CAUSES = (
    # The first that is found in pip's words names the trouble.
    ("no_space", r"No space left on device|not enough space on the disk"),
    ("not_allowed", r"Permission denied|Access is denied|Read-only file system"),
    ("no_registry", rf"{NO_NETWORK}|Could not fetch URL|could not be brought from the npm registry"),
    ("no_package", r"No matching distribution found|is not a supported wheel|requires a different Python"),
    ("no_pip", r"No module named pip"),
)


def prepare(*, extras: tuple[str, ...] = ()) -> Path:
    """Return the Python of the project's environment, made or mended where needed.

    Parameters
    ----------
    extras
        Optional dependency groups of `pyproject.toml` that must be installed too.

    Raises
    ------
    SystemExit
        If the environment cannot be made; the reason was said in both languages.
    """
    _speak_unicode()
    _check_python()
    place = Path(os.environ.get("GISPLAN_VENV") or ROOT / ".venv").resolve()
    held = _stamp(place)
    if _stands(place, held, extras):
        return python_of(place)
    say("setting_up")
    if not _runs(place):
        _make(place)
    same = held.get("hash") == _hash()
    wanted = sorted({*extras, *(held.get("extras", ()) if same else ())})
    _install(place, wanted)
    text = json.dumps({"hash": _hash(), "extras": wanted})
    place.joinpath(STAMP).write_text(text + "\n", "utf-8")
    return python_of(place)


def elsewhere(
    script: str, arguments: Sequence[str], *, needed: Sequence[str], extras: tuple[str, ...] = ()
) -> int | None:
    """Run a script in the project's environment and return its exit code; None where this Python lacks nothing.

    Parameters
    ----------
    script
        The script that asks.
    arguments
        What it was given.
    needed
        The packages that it cannot do without.
    extras
        Optional dependency groups of `pyproject.toml` that hold some of them.
    """
    if all(importlib.util.find_spec(name) for name in needed):
        return None
    python = prepare(extras=extras)
    if python == Path(sys.executable):
        return None
    return subprocess.run([str(python), script, *arguments], env=clean_environment(), check=False).returncode


def python_of(place: Path) -> Path:
    """Return the interpreter of a virtual environment on this operating system."""
    return place / "Scripts" / "python.exe" if os.name == "nt" else place / "bin" / "python"


def clean_environment(**more: str) -> dict[str, str]:
    """Return the variables for a child process, without those that would lead Python astray."""
    astray = {"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"}
    kept = {name: value for name, value in os.environ.items() if name not in astray}
    # Windows pipes are not UTF-8 unless Python is told so.
    return {**kept, "PYTHONUTF8": "1", **more}


def say(name: str, /, **values: str) -> None:
    """Print one text of `texts.toml` on stderr, Japanese first."""
    text = words(name)
    print(text["ja"].format(**values), text["en"].format(**values), sep="\n", file=sys.stderr, flush=True)


def words(name: str) -> dict[str, str]:
    """Return one text of `texts.toml` by language."""
    import tomllib  # an old Python has none, and must get as far as the message about that

    texts = tomllib.loads(Path(__file__).with_name("texts.toml").read_text("utf-8"))
    found: dict[str, str] = texts[name]
    return found


def fail(name: str, /, **values: str) -> NoReturn:
    """Print one text of `texts.toml` and end with exit code 1.

    Raises
    ------
    SystemExit
        Always.
    """
    say(name, **values)
    raise SystemExit(1)


def without_places(text: str) -> str:
    """Return a program's words without addresses and folders of this machine."""
    no_address = re.sub(r"\b[a-z+]+://\S+", "<address>", text)
    no_host = re.sub(r"host='[^']*'", "host=<host>", no_address)
    return re.sub(r"(?<![\w.<])(?:[A-Za-z]:\\|/)[^\s'\":,]+[\\/]([^\s'\":,\\/]*)", r"\1", no_host)


def _speak_unicode() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _check_python() -> None:
    if sys.version_info[:2] >= OLDEST:
        return
    found, oldest = ".".join(map(str, sys.version_info[:2])), ".".join(map(str, OLDEST))
    # This text cannot stand in texts.toml: the reader of TOML came with Python 3.11.
    print(f"gisplan には Python {oldest} 以上が必要です（今の Python は {found}）。"
          "新しい Python を入れてから、もう一度実行してください。", file=sys.stderr)  # fmt: skip
    print(f"gisplan needs Python {oldest} or newer (this one is {found}). "
          "Install a newer Python and run this again.", file=sys.stderr)  # fmt: skip
    raise SystemExit(1)


def _hash() -> str:
    """Return what the environment depends on, as one number; the place counts, since it is editable."""
    sums = hashlib.sha256(f"{ROOT} {sys.version_info[:2]}".encode())
    for name in STAMPED:
        file = ROOT / name
        sums.update(file.read_bytes() if file.exists() else b"")
    return sums.hexdigest()


def _stamp(place: Path) -> dict[str, list[str] | str]:
    try:
        read = json.loads(place.joinpath(STAMP).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _stands(place: Path, held: dict[str, list[str] | str], extras: tuple[str, ...]) -> bool:
    vendor = ROOT / "gisplan" / "maps" / "_vendor"
    assets = vendor.is_dir() or not (ROOT / STAMPED[-1]).exists()
    fits = held.get("hash") == _hash() and set(extras) <= set(held.get("extras", ()))
    return fits and assets and _runs(place)


def _runs(place: Path) -> bool:
    python = python_of(place)
    if not python.exists():
        return False
    code = f"import pip, sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
    try:
        return (
            subprocess.run(
                [str(python), "-c", code], env=clean_environment(), capture_output=True, check=False
            ).returncode
            == 0
        )
    except OSError:
        return False


def _make(place: Path) -> None:
    if (
        place.exists()
        and not place.joinpath("pyvenv.cfg").exists()
        and (place.is_file() or any(place.iterdir()))
    ):
        # What is there is cleared below, so it must be an environment and not somebody's folder.
        fail("not_environment")
    place.joinpath(STAMP).unlink(missing_ok=True)
    command = [sys.executable, "-m", "venv", "--clear", str(place)]
    done = subprocess.run(
        command, env=clean_environment(), capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode == 0:
        return
    shutil.rmtree(place, ignore_errors=True)
    words = done.stdout + done.stderr
    found = (name for name, pattern in CAUSES[:2] if re.search(pattern, words))
    fail(next(found, "no_venv"))


def _install(place: Path, extras: list[str]) -> None:
    wanted = f".[{','.join(extras)}]" if extras else "."
    pip = [str(python_of(place)), "-m", "pip", "install", "--quiet", "--no-input", "--no-compile"]
    place.joinpath(STAMP).unlink(missing_ok=True)
    done = subprocess.run(
        [*pip, "--disable-pip-version-check", "--constraint", "constraints.txt", "--editable", wanted],
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    place.joinpath(LOG).write_text(done.stdout, "utf-8")
    if done.returncode == 0:
        _compile(place)
        return
    cause = next((name for name, pattern in CAUSES if re.search(pattern, done.stdout)), "")
    if cause:
        fail(cause)
    tail = [without_places(line) for line in done.stdout.strip().splitlines()[-TAIL:]]
    say("install_failed", log=LOG)
    print("\n".join(tail), file=sys.stderr)
    raise SystemExit(1)


def _compile(place: Path) -> None:
    """Compile the packages on every processor, as pip does on one; their own tests are left out.

    What does not compile is compiled, or refused, where it is imported, so that the exit code tells nothing.
    """
    for packages in sorted(place.glob("lib/python*/site-packages")) or [place / "Lib" / "site-packages"]:
        command = (str(python_of(place)), "-m", "compileall", "-q", "-j", "0", "-x", OWN_TESTS, ".")
        subprocess.run(command, cwd=packages, env=clean_environment(), capture_output=True, check=False)
