"""Whether anything that a plan is made from has changed, seen by the times and sizes of its files."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from gisplan.core.errors import GisplanError
from gisplan.core.words import Plan
from gisplan.layers.catalogue import catalogue_folder, read_catalogue
from gisplan.layers.origins import files_of
from gisplan.plan.read import read_plan
from gisplan.plan.scenarios import entries_of

PAUSE_SECONDS = 1.0
SHARE = 0.05
"""At most this share of the time goes into looking: a slow share of the office is looked at less often."""

Print = Mapping[str, tuple[int, int]]
"""Time [ns] and size [bytes] of each file by its path."""


class Watched:
    """The files of a plan; its plan.toml is read again only when that has changed."""

    def __init__(self, plan: Path, layers: Path | None) -> None:
        self._file, self._layers = plan, layers
        self._own: Print = {}
        self._plan: Plan | None = None

    def look(self) -> Print:
        """Return times and sizes of plan.toml, the layer files, and every file that the plan reads."""
        own = prints((self._file, *self._catalogue()))
        if own != self._own:
            self._own, self._plan = own, self._read()
        return {**own, **prints(() if self._plan is None else inputs_of(self._plan))}

    def _catalogue(self) -> list[Path]:
        try:
            return sorted(catalogue_folder(self._layers).glob("*/*.toml"))
        except GisplanError:
            return []

    def _read(self) -> Plan | None:
        try:
            return read_plan(self._file, catalogue=read_catalogue(self._layers))
        except (GisplanError, OSError):
            return None


def inputs_of(plan: Plan) -> Iterator[Path]:
    """Yield every file that a plan reads, with the companions of shapefiles and the files of folders.

    Parameters
    ----------
    plan
        The plan.
    """
    for entry in (*plan.layers, *(entry for _, entry in entries_of(plan))):
        with suppress(GisplanError, OSError):
            for origin in files_of(entry, plan):
                if isinstance(origin, Path):
                    yield from _with_companions(origin)


def _with_companions(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (part for part in path.iterdir() if part.is_file())
        return
    yield path
    if path.suffix.lower() == ".shp":
        yield from (path.with_suffix(ending) for ending in (".dbf", ".shx", ".prj", ".cpg"))


def prints(paths: Iterator[Path] | tuple[Path, ...]) -> Print:
    """Return the time and size of each file that is there.

    Parameters
    ----------
    paths
        The files.
    """
    found = {}
    for path in paths:
        with suppress(OSError):
            stat = path.stat()
            found[str(path)] = (stat.st_mtime_ns, stat.st_size)
    return found


class Watch:
    """A thread that looks again and again, and calls when files changed and stay still again."""

    def __init__(
        self, watched: Watched, changed: Callable[[], None], *, pause: float = PAUSE_SECONDS
    ) -> None:
        self._watched, self._changed, self._pause = watched, changed, pause
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go, name="gisplan-watch", daemon=True)

    def start(self) -> None:
        """Begin to look; what is there now is what it compares with."""
        self._known = self._watched.look()
        self._thread.start()

    def end(self) -> None:
        """Look no more."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(self._pause + 1)

    def _go(self) -> None:
        last, took = self._known, 0.0
        while not self._over.wait(max(self._pause, took / SHARE)):
            began = time.monotonic()
            now = self._watched.look()
            took = time.monotonic() - began
            # A file that is being copied grows from look to look; it is read when it no longer does.
            if now == last and now != self._known:
                self._known = now
                self._changed()
            last = now
