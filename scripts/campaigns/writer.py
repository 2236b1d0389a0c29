"""A warm gisplan whose forked children only write, so that hundreds of them can be killed in a few minutes.

It reads one JSON line per child from its input: where to write, in which language, after how many seconds it is
killed (`delay`), or before or after which call of the system it kills itself (`fuse`). It answers with a line when
the child has ended. The children run `gisplan.plan.run.run` itself; only what was computed is remembered.
"""

from __future__ import annotations

import json
import math
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gisplan.plan import run as runs
from gisplan.plan.outputs import ALL

CALLS = ("fsync", "rename", "replace", "mkdir", "unlink", "rmdir", "link")
"""Calls of the system around which a kill hurts most."""

POLL_SECONDS = 0.005


class Fuse:
    """Counts the calls of the system, and kills this process before or after one of them."""

    def __init__(self, call: int | None, *, after: bool) -> None:
        self.count = 0
        self._call, self._after = call, after

    def lay(self) -> None:
        """Stand in front of every call."""
        for name in CALLS:
            setattr(os, name, self._guarded(getattr(os, name)))

    def _guarded(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*args: Any, **words: Any) -> Any:
            self.count += 1
            here = self.count == self._call
            if here and not self._after:
                os.kill(os.getpid(), signal.SIGKILL)
            done = call(*args, **words)
            if here:
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        return guarded


def main() -> None:
    """Compute the plan once in each language, then write as often as asked."""
    plan, outputs = Path(sys.argv[1]), tuple(sys.argv[2:]) or ALL
    _remember(plan)
    _answer({"ready": True})
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            _write(plan, outputs, asked)
        began = time.monotonic()
        code = _waited(child, asked["delay"])
        _answer({"code": code, "seconds": time.monotonic() - began})


def _waited(child: int, delay: float | None) -> int:
    """Wait for a child, kill it once so many seconds have passed, and return how it ended."""
    ends = math.inf if delay is None else time.monotonic() + delay
    done, status = os.waitpid(child, os.WNOHANG)
    while not done:
        left = ends - time.monotonic()
        if left <= 0:
            os.kill(child, signal.SIGKILL)  # nobody waited for it yet, so its number is still its own
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        time.sleep(min(left, POLL_SECONDS))
        done, status = os.waitpid(child, os.WNOHANG)
    return os.waitstatus_to_exitcode(status)


def _remember(plan: Path) -> None:
    kept: dict[str, Any] = {}
    compute = runs._results  # noqa: SLF001 (the rest of a run is the real one)

    def remembered(*asked: Any) -> Any:
        language = asked[0].plan.language
        if language not in kept:
            kept[language] = compute(*asked)
        return kept[language]

    vars(runs)["_results"] = remembered
    for language in ("ja", "en"):
        runs.run(runs.Request(plan=plan, out=None, language=language))


def _write(plan: Path, outputs: tuple[str, ...], asked: dict[str, Any]) -> None:
    """Write, and end without whatever Python would still do; the number of calls goes beside the outputs."""
    fuse = Fuse(asked["fuse"], after=asked["after"])
    fuse.lay()
    code = 0
    try:
        request = runs.Request(
            plan=plan, out=Path(asked["out"]), outputs=outputs, language=asked["language"], force=True
        )
        runs.run(request)
        if asked["count"]:
            Path(asked["count"]).write_text(str(fuse.count), "utf-8")
    except BaseException as error:  # noqa: BLE001 (the child must not go on as a second parent)
        print(repr(error), file=sys.stderr, flush=True)
        code = 1
    os._exit(code)


def _answer(content: dict[str, Any]) -> None:
    print(json.dumps(content), flush=True)


if __name__ == "__main__":
    main()
