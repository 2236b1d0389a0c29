"""A child process of one's own that reads files: how it is begun, asked and watched.

Nothing heavy is loaded here: a command begins its child first, and both load their libraries at the same time.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

from gisplan.sources.gdal import GDAL_SETTINGS

COMMAND = ("-m", "gisplan.sources.child")
SECRETS = frozenset({"PGPASSWORD", "REINFOLIB_API_KEY"})
"""Variables that no parser needs to know."""

MEGABYTE = 1024**2
LOOK_SECONDS = 0.05
START_SECONDS = 120.0
"""How long a child may take to begin."""


class BrokenError(Exception):
    """A child that gave no answer: the code of the message, and the limit it broke."""

    def __init__(self, code: str, limit: str = "") -> None:
        self.code, self.limit = code, limit
        super().__init__(code)


class Child:
    """A child process and the lines it says."""

    @classmethod
    def begin(cls) -> Self:
        """Return a child that loads its libraries while its parent goes on; `end` it when it is no longer needed."""
        return cls()

    def __init__(self) -> None:
        import psutil

        self._process = subprocess.Popen(  # noqa: S603 (our own Python and our own module)
            [sys.executable, *COMMAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("GISPLAN_DEBUG") else subprocess.DEVNULL,
            env=_environment(),
        )
        self._usage = psutil.Process(self._process.pid)
        self._said: queue.Queue[bytes | None] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self._ready = False

    def _listen(self) -> None:
        """Hand on every line the child says, and None at its end."""
        if self._process.stdout is not None:
            for line in self._process.stdout:
                self._said.put(line)
        self._said.put(None)

    @property
    def running(self) -> bool:
        """Whether it can still be asked."""
        return self._process.poll() is None

    def ask(
        self,
        request: Mapping[str, Any],
        *,
        seconds: float,
        memory: float,
        start_seconds: float = START_SECONDS,
    ) -> Mapping[str, Any]:
        """Return the answer to a request.

        Parameters
        ----------
        request
            What is to be done, as JSON can hold it.
        seconds
            How long the processor may work on it, and how long the child may stand still.
        memory
            How many bytes more than it holds already the child may take.
        start_seconds
            How long a child that was begun just now may take until it is ready.

        Raises
        ------
        BrokenError
            If there is none, or it took too much.
        """
        if not self._ready:
            self._wait_for_start(start_seconds)
        stdin, watch = self._process.stdin, _Watch(self._usage, seconds=seconds)
        try:
            if stdin is not None:
                stdin.write(json.dumps(request).encode() + b"\n")
                stdin.flush()
        except OSError:
            raise BrokenError("file.breaks_reader") from None
        return self._answer(watch, memory)

    def _wait_for_start(self, seconds: float) -> None:
        try:
            first = self._said.get(timeout=seconds)
        except queue.Empty:
            first = None
        if first is None:
            raise BrokenError("file.no_reader")
        self._ready = True

    def _answer(self, watch: _Watch, memory: float) -> Mapping[str, Any]:
        while True:
            try:
                line = self._said.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                watch.look(memory)
                continue
            if line is None:
                raise BrokenError("file.breaks_reader")
            answer = json.loads(line)
            return answer if isinstance(answer, dict) else {}

    def end(self) -> None:
        """Let go of a child that did what it was asked."""
        self.stop()

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue


@contextmanager
def begun() -> Iterator[Child]:
    """Yield a child for one command, and end it afterwards."""
    child = Child.begin()
    try:
        yield child
    finally:
        child.end()


class _Watch:
    """What a child takes since it was asked: processor time, standing still, memory.

    What it kept of earlier files is no fault of the one that it reads now.
    """

    def __init__(self, usage: Any, *, seconds: float) -> None:
        self._usage, self._seconds = usage, seconds
        self._began = self._moved_cpu = self._cpu()
        self._kept = self._memory()
        self._moved = time.monotonic()

    def _cpu(self) -> float:
        import psutil

        try:
            times = self._usage.cpu_times()
        except psutil.Error:
            return 0.0
        return float(times.user + times.system)

    def _memory(self) -> int:
        import psutil

        try:
            return int(self._usage.memory_info().rss)
        except psutil.Error:
            return 0

    def look(self, memory: float) -> None:
        """Look once.

        Raises
        ------
        BrokenError
            If the child took too much.
        """
        cpu, now = self._cpu(), time.monotonic()
        if cpu > self._moved_cpu + LOOK_SECONDS:
            self._moved_cpu, self._moved = cpu, now
        # On a busy machine a child gets little time, but some; one that gets none waits for what never comes.
        if cpu - self._began > self._seconds or now - self._moved > self._seconds:
            raise BrokenError("file.takes_long", f"{self._seconds:,.0f}")
        if self._memory() - self._kept > memory:
            raise BrokenError("file.takes_memory", f"{memory / MEGABYTE:,.0f}")


def _environment() -> dict[str, str]:
    """Return the variables of the child: GDAL's are set before GDAL loads, for it reads some of them only then.

    No parser multiplies matrices: threads for it only take time and memory.
    """
    home = str(Path(str(files("gisplan"))).parent)
    paths = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))
    kept = {name: value for name, value in os.environ.items() if name not in SECRETS}
    own = {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": paths, "PYTHONUTF8": "1", "PYTHONSAFEPATH": "1"}
    return {**kept, **GDAL_SETTINGS, **own}
