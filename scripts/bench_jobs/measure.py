"""Programs run and measured: seconds, memory, medians, and the rows a benchmark reports."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environment

KILOBYTE = 1024
MEGABYTE = 1024 * KILOBYTE
TAIL = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What a program took; processor seconds and memory are None where the system does not tell (Windows)."""

    wall_s: float
    cpu_s: float | None
    memory_mb: float | None

    @property
    def seconds(self) -> float:
        """Processor seconds, or those of the clock where they are not known."""
        return self.wall_s if self.cpu_s is None else self.cpu_s

    @property
    def slowest(self) -> float:
        """The larger of both: a goal is reached only where both reach it."""
        return max(self.wall_s, self.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One comparison of answers: what was compared (a text of `texts.toml`), in words and as a verdict."""

    what: str
    found: str
    equal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """How to measure: the Python that has the packages, the rounds, whom to tell of each program, how much.

    `full` asks for the largest cases of a job, too.
    """

    python: Path
    rounds: int
    tell: Callable[[str], None]
    full: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measured job; `checks` is empty where no answers were compared.

    `by_clock` tells that seconds of the clock are meant, for somebody waits for them.
    """

    goal: str
    job: str
    size: str
    ours: Used
    target: str
    reached: bool
    runs: int
    peer: str = ""
    theirs: Used | None = None
    checks: tuple[Check, ...] = ()
    by_clock: bool = False

    @property
    def equal(self) -> bool | None:
        """Whether all compared answers agree; None where none were compared."""
        return all(check.equal for check in self.checks) if self.checks else None

    def record(self) -> dict[str, Any]:
        """Return the row as it is written to JSON: the contract's keys first."""
        theirs, nothing = self.theirs, dict.fromkeys(("s", "wall_s", "mb", "ratio", "ratio_wall"))
        peer = nothing if theirs is None else _beside(self.ours, theirs)
        return {
            "goal": self.goal,
            "job": self.job,
            "size": self.size,
            "ours_s": rounded(self.ours.seconds),
            "ours_mb": rounded(self.ours.memory_mb, digits=0),
            "peer": self.peer,
            "peer_s": peer["s"],
            "ratio": peer["ratio"],
            "target": self.target,
            "reached": self.reached,
            "equal": self.equal,
            "seconds": "wall" if self.ours.cpu_s is None else "cpu",
            "ours_wall_s": rounded(self.ours.wall_s),
            "peer_wall_s": peer["wall_s"],
            "peer_mb": peer["mb"],
            "ratio_wall": peer["ratio_wall"],
            "runs": self.runs,
            "compared": [
                {"what": environment.words(check.what)["en"], "found": check.found, "equal": check.equal}
                for check in self.checks
            ],
        }


def _beside(ours: Used, theirs: Used) -> dict[str, float | None]:
    """Return what a peer took, and how many times more than ours that is."""
    return {
        "s": rounded(theirs.seconds),
        "wall_s": rounded(theirs.wall_s),
        "mb": rounded(theirs.memory_mb, digits=0),
        "ratio": rounded(theirs.seconds / ours.seconds, digits=2),
        "ratio_wall": rounded(theirs.wall_s / ours.wall_s, digits=2),
    }


def rounded(value: float | None, *, digits: int = 5) -> float | None:
    """Return a number with fewer digits, None for None."""
    return None if value is None else round(value, digits)


def run(command: Sequence[str], *, variables: dict[str, str]) -> Used:
    """Run a program in a process of its own and return what it took.

    Parameters
    ----------
    command
        Program and arguments.
    variables
        Its environment.

    Raises
    ------
    SystemExit
        If it fails: its last words are printed.
    """
    with tempfile.TemporaryFile() as words:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=environment.ROOT,
            env=_as_of_a_user(variables),
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
        )
        code, cpu_s, memory_mb = _waited(process)
        wall_s = time.perf_counter() - begun
        if code:
            words.seek(0)
            said = environment.without_places(words.read().decode("utf-8", "replace")[-TAIL:])
            print(said, file=sys.stderr)
            program = command[2] if command[1] == "-m" else Path(command[1]).name
            environment.fail("bench_failed", program=program, code=str(code))
    return Used(wall_s=wall_s, cpu_s=cpu_s, memory_mb=memory_mb)


def _as_of_a_user(variables: dict[str, str]) -> dict[str, str]:
    """Return an environment where Python keeps what it compiled: else every run would measure the compiler."""
    return {name: value for name, value in variables.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _waited(process: subprocess.Popen[bytes]) -> tuple[int, float | None, float | None]:
    """Return exit code, processor seconds and most memory [MB] of a process and of those it waited for."""
    if sys.platform == "win32":
        return process.wait(), None, None
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else KILOBYTE  # macOS counts bytes
    return process.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / MEGABYTE


def median(used: Sequence[Used]) -> Used:
    """Return the medians of some runs."""
    cpu = [one.cpu_s for one in used if one.cpu_s is not None]
    memory = [one.memory_mb for one in used if one.memory_mb is not None]
    return Used(
        wall_s=statistics.median(one.wall_s for one in used),
        cpu_s=statistics.median(cpu) if cpu else None,
        memory_mb=statistics.median(memory) if memory else None,
    )


def missing(bench: Bench, *, packages: Sequence[str], variables: dict[str, str]) -> list[str]:
    """Return the packages that a peer needs and that are not installed.

    Parameters
    ----------
    bench
        Whose Python is asked.
    packages
        Import names.
    variables
        The environment of the peer.
    """
    code = "import sys, importlib.util as u; print(*[n for n in sys.argv[1:] if u.find_spec(n) is None])"
    command = [str(bench.python), "-c", code, *packages]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    return done.stdout.split()
