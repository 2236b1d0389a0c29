"""The reader of a run: every outside file of a plan goes through it.

What native code parses is parsed in a child process without network, under limits of memory and time: a file
made to break its parser breaks the child, and the run says which file it was.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gisplan.core.disk import disk_error
from gisplan.core.errors import InputError, Problem
from gisplan.sources.address import Table
from gisplan.sources.door import GDAL_SETTINGS
from gisplan.sources.parcel import live_problem, plain_file, plain_target, plain_wanted, unpack
from gisplan.sources.postgis import Tables
from gisplan.sources.raster import Grid, Target
from gisplan.sources.raw import ANYTHING, File, Raw, Wanted, companion
from gisplan.sources.read import opened, parse, told
from gisplan.sources.wkb import shaped

COMMAND = ("-m", "gisplan.sources.child")
OWN_CODE = frozenset({"csv"})
"""Formats that Python alone reads: they need no child."""

SECRETS = frozenset({"PGPASSWORD", "REINFOLIB_API_KEY"})
"""Variables that no parser needs to know."""

MEGABYTE = 1024**2
LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What reading one file may take: seconds and bytes of memory, and more of both by the megabyte of the file.

    `seconds` are those of the processor; a child that stands still for as long is stopped, too. `start_seconds` is
    how long a child may take to begin.
    """

    seconds: float = 4.0
    seconds_per_megabyte: float = 1.0
    memory: int = 2 * 1024**3
    memory_per_byte: float = 16.0
    start_seconds: float = 120.0

    def seconds_for(self, file: File) -> float:
        """Return how many seconds a file may take."""
        return self.seconds + self.seconds_per_megabyte * _weight(file) / MEGABYTE

    def memory_for(self, file: File) -> float:
        """Return how many bytes of memory reading a file may take."""
        return self.memory + self.memory_per_byte * _weight(file)


def _weight(file: File) -> int:
    """Return the bytes to be read: out of its archive, and with its companions."""
    parts = (file.path, *(companion(file.path, ending) for ending in (".dbf", ".shx")))
    return sum(part.stat().st_size for part in parts if part is not None and part.is_file())


class Reader:
    """Reads files and tables for as long as its block lasts; `tables` are those of databases.

    Its child starts with it and is replaced where a file breaks it.
    """

    def __init__(self, *, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._child: _Child | None = None
        self._parcels = 0
        self.tables = Tables()

    def __enter__(self) -> Self:
        """Start the child: it loads its libraries while the run goes on."""
        self._folder = tempfile.TemporaryDirectory(prefix="gisplan-", ignore_cleanup_errors=True)
        self._child = self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the child and clear its folder."""
        if self._child is not None:
            self._end(self._child)
            self._child = None
        self._folder.cleanup()

    def _begin(self) -> _Child:
        return _Child()

    def _end(self, child: _Child) -> None:
        child.stop()

    def read(self, origin: Path | Table, *, name: str, wanted: Wanted = ANYTHING) -> Raw:
        """Read the rows of one file or table.

        Parameters
        ----------
        origin
            The file on this machine, or the table of a database.
        name
            What messages call it.
        wanted
            What is asked of it.

        Raises
        ------
        InputError
            If the file cannot be read right, or reading it takes more than the limits.
        DiskError
            If there is no room for temporary files.
        """
        if isinstance(origin, Table):
            return self.tables.read(origin, name=name, wanted=wanted)
        with opened(origin, name=name, wanted=wanted) as found:
            file = found.file
            if file.driver in OWN_CODE:
                return told(parse(file, found.wanted), found)
            self._parcels += 1
            parcel = Path(self._folder.name) / f"{self._parcels}.arrow"
            task = {"do": "rows", "wanted": plain_wanted(found.wanted), "parcel": str(parcel)}
            self._ask(file, task)
            raw = shaped(unpack(parcel, file))
            parcel.unlink(missing_ok=True)
            return told(raw, found)

    def raster(self, path: Path, *, name: str, target: Target, table: str = "") -> tuple[File, Grid]:
        """Return a GeoTIFF in the plan's CRS, and the file it came from.

        Parameters
        ----------
        path
            The file on this machine, perhaps an archive.
        name
            What messages call it.
        target
            What the grid is to become.
        table
            The member of an archive that holds several.

        Raises
        ------
        InputError
            If it is no good raster, or reading it takes more than the limits.
        DiskError
            If there is no room for temporary files, or for the raster in the plan's CRS.
        """
        with opened(path, name=name, wanted=Wanted(kind="raster", table=table)) as found:
            file = found.file
            if file.driver != "geotiff":
                values = {"driver": file.driver}
                raise InputError(Problem(code="raster.not_raster", place=file.name, values=values))
            grid = self._ask(file, {"do": "grid", "target": plain_target(target)})["grid"]
        return file, Grid(**{**grid, "path": Path(grid["path"]), "bounds": tuple(grid["bounds"])})

    def _ask(self, file: File, task: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the child's answer about a file.

        Raises
        ------
        InputError
            With the child's problems, or if it died, stood still or took too much.
        DiskError
            If the place of temporary files took no more.
        """
        if self._child is None:
            self._child = self._begin()
        try:
            answer = self._child.ask({**task, "file": plain_file(file)}, file, self._limits)
        except _BrokenError as error:
            self._stop()
            values = {"limit": error.limit}
            raise InputError(Problem(code=error.code, place=file.name, values=values)) from None
        if "disk" in answer:
            raise disk_error(OSError(*answer["disk"]), place=file.name, folder=Path(self._folder.name))
        if "problems" in answer:
            raise InputError([live_problem(row) for row in answer["problems"]])
        return answer

    def _stop(self) -> None:
        if self._child is not None:
            self._child.stop()
            self._child = None


class _BrokenError(Exception):
    """A child that gave no answer: the code of the message, and the limit it broke."""

    def __init__(self, code: str, limit: str = "") -> None:
        self.code, self.limit = code, limit
        super().__init__(code)


class _Child:
    """A child process and the lines it says."""

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

    def ask(self, request: Mapping[str, Any], file: File, limits: Limits) -> Mapping[str, Any]:
        """Return the answer to a request.

        Raises
        ------
        _BrokenError
            If there is none, or it took too much.
        """
        if not self._ready:
            self._wait_for_start(limits)
        stdin = self._process.stdin
        try:
            if stdin is not None:
                stdin.write(json.dumps(request).encode() + b"\n")
                stdin.flush()
        except OSError:
            raise _BrokenError("file.breaks_reader") from None
        return self._answer(_Watch(self._usage, seconds=limits.seconds_for(file)), limits.memory_for(file))

    def _wait_for_start(self, limits: Limits) -> None:
        try:
            first = self._said.get(timeout=limits.start_seconds)
        except queue.Empty:
            first = None
        if first is None:
            raise _BrokenError("file.no_reader")
        self._ready = True

    def _answer(self, watch: _Watch, memory: float) -> Mapping[str, Any]:
        while True:
            try:
                line = self._said.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                watch.look(memory)
                continue
            if line is None:
                raise _BrokenError("file.breaks_reader")
            answer = json.loads(line)
            return answer if isinstance(answer, dict) else {}

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


class _Watch:
    """What a child takes since it was asked: processor time, standing still, memory."""

    def __init__(self, usage: Any, *, seconds: float) -> None:
        self._usage, self._seconds = usage, seconds
        self._began = self._moved_cpu = self._cpu()
        self._moved = time.monotonic()

    def _cpu(self) -> float:
        import psutil

        try:
            times = self._usage.cpu_times()
        except psutil.Error:
            return 0.0
        return float(times.user + times.system)

    def look(self, memory: float) -> None:
        """Look once.

        Raises
        ------
        _BrokenError
            If the child took too much.
        """
        import psutil

        cpu, now = self._cpu(), time.monotonic()
        if cpu > self._moved_cpu + LOOK_SECONDS:
            self._moved_cpu, self._moved = cpu, now
        # On a busy machine a child gets little time, but some; one that gets none waits for what never comes.
        if cpu - self._began > self._seconds or now - self._moved > self._seconds:
            raise _BrokenError("file.takes_long", f"{self._seconds:,.0f}")
        try:
            held = self._usage.memory_info().rss
        except psutil.Error:
            return
        if held > memory:
            raise _BrokenError("file.takes_memory", f"{memory / MEGABYTE:,.0f}")


def _environment() -> dict[str, str]:
    """Return the variables of the child: GDAL's are set before GDAL loads, for it reads some of them only then."""
    home = str(Path(str(files("gisplan"))).parent)
    paths = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))
    kept = {name: value for name, value in os.environ.items() if name not in SECRETS}
    return {**kept, **GDAL_SETTINGS, "PYTHONPATH": paths, "PYTHONUTF8": "1", "PYTHONSAFEPATH": "1"}
