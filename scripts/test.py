"""Set gisplan up with its test tools and run every check.

`python scripts/test.py` runs ruff, the format, mypy, all tests and the notebooks.
`python scripts/test.py tests/test_crs.py -k zone` hands its arguments to pytest and runs nothing else.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import browser
import environment
import postgres

CHECKS = (
    ("ruff check", ("ruff", "check", ".")),
    ("ruff format", ("ruff", "format", "--check", ".")),
)
TYPES = ("mypy", ("mypy",))


def main(arguments: Sequence[str]) -> int:
    """Run the checks, or pytest with the arguments of the user; return the exit code."""
    python = environment.prepare(extras=("test",))
    place = browser.ensure(python)
    if not place:
        environment.say("browser_missing")
        if os.environ.get("CI") == "true":
            environment.fail("browser_required")
    if not postgres.ensure():
        environment.say("postgres_missing")
        if os.environ.get("CI") == "true":
            environment.fail("postgres_required")
    variables = environment.clean_environment(**({"GISPLAN_BROWSER": place} if place else {}))
    # The tests start some hundred Pythons: each would compile gisplan anew where none may keep what it compiled.
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    if arguments:
        return _run(python, ("pytest", *arguments), variables)
    return _all(python, variables)


def _all(python: Path, variables: dict[str, str]) -> int:
    """Run the checks and the tests; the last line counts them all, so that it never belies the exit code."""
    failed_checks = []
    for name, command in CHECKS:
        print(f"== {name}", flush=True)
        if _run(python, command, variables):
            failed_checks.append(name)
    # mypy takes one processor for half a minute: beside the tests it keeps none waiting, and tells when they are done.
    with ThreadPoolExecutor() as beside, tempfile.TemporaryFile() as words:
        types = beside.submit(_run, python, TYPES[1], variables, said=words)
        print("== pytest", flush=True)
        code, passed, failed, skipped = _tests(python, variables)
        print(f"== {TYPES[0]}", flush=True)
        if types.result():
            failed_checks.append(TYPES[0])
        words.seek(0)
        print(words.read().decode("utf-8", "replace"), end="")
    print()
    environment.say("checks_counted")
    for name in failed_checks:
        print(f"{name}: failed")
    passed += len(CHECKS) + 1 - len(failed_checks)
    failed += len(failed_checks)
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failed else code


def _tests(python: Path, variables: dict[str, str]) -> tuple[int, int, int, int]:
    """Return pytest's exit code and its tests passed, failed and skipped; the notebooks are tests too."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "tests.xml"
        # Each worker takes one half in order, so that what a file's tests share is made once and not twice.
        options = (
            "-n",
            "2",
            "--dist",
            "worksteal",
            "--nbmake",
            "--nbmake-timeout=300",
            f"--junit-xml={report}",
        )
        notebooks = ("notebooks",) if any(environment.ROOT.glob("notebooks/*.ipynb")) else ()
        command = ("pytest", *options, "tests", *notebooks)
        code = _run(python, command, variables)
        counts = read_counts(report.read_text("utf-8")) if report.exists() else (0, 0, 0)
    passed, failed, skipped = counts
    nothing_ran = passed + failed == 0
    return (code, passed, max(failed, 1 if code or nothing_ran else 0), skipped)


def read_counts(report: str) -> tuple[int, int, int]:
    """Return the tests passed, failed and skipped of a JUnit report of pytest."""
    head = re.search(r"<testsuite\b[^>]*>", report)
    numbers = {name: int(value) for name, value in re.findall(r'(\w+)="(\d+)"', head.group() if head else "")}
    failed = numbers.get("failures", 0) + numbers.get("errors", 0)
    skipped = numbers.get("skipped", 0)
    return (numbers.get("tests", 0) - failed - skipped, failed, skipped)


def _run(
    python: Path, command: Sequence[str], variables: dict[str, str], *, said: IO[bytes] | None = None
) -> int:
    """Run a module and return its exit code; where a file is given, what it says goes there."""
    sys.stdout.flush()
    return subprocess.run(
        [str(python), "-m", *command],
        cwd=environment.ROOT,
        env=variables,
        stdout=said,
        stderr=None if said is None else subprocess.STDOUT,
        check=False,
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
