"""The reader of a run: every outside file of a plan goes through it.

What native code parses is parsed in a child process without network, under limits of memory and time: a file
made to break its parser breaks the child, and the run says which file it was.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gisplan.core.arrays import unpack as unpack_arrays
from gisplan.core.disk import disk_error
from gisplan.core.errors import InputError, Problem
from gisplan.sources.address import Table
from gisplan.sources.child_process import MEGABYTE, START_SECONDS, BrokenError, Child
from gisplan.sources.osm_ways import Ways, unpacked
from gisplan.sources.parcel import live_problem, plain_file, plain_target, plain_wanted, unpack
from gisplan.sources.postgis import Tables
from gisplan.sources.raster import Grid, Target
from gisplan.sources.raw import ANYTHING, File, Raw, Wanted, companion
from gisplan.sources.read import opened, parse, told
from gisplan.sources.timetable import Asked, Timed
from gisplan.sources.timetable_parcel import plain_asked, unpack_timetable
from gisplan.sources.wkb import shaped

OWN_CODE = frozenset({"csv"})
"""Formats that Python alone reads: they need no child."""


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
    start_seconds: float = START_SECONDS

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

    Its child starts with it, unless it is given one, and is replaced where a file breaks it.
    """

    def __init__(self, *, limits: Limits | None = None, child: Child | None = None) -> None:
        self._limits = limits or Limits()
        self._given = child
        self._child: Child | None = None
        self._parcels = 0
        self.tables = Tables()

    def __enter__(self) -> Self:
        """Start the child: it loads its libraries while the run goes on."""
        self._folder = tempfile.TemporaryDirectory(prefix="gisplan-", ignore_cleanup_errors=True)
        given = self._given if self._given is not None and self._given.running else None
        self._child = given or Child.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the child, unless it was given, and clear its folder."""
        if self._child is not None and self._child is not self._given:
            self._child.end()
        self._child = None
        self._folder.cleanup()

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

    def ways(self, path: Path, *, name: str, wanted: Wanted) -> Ways:
        """Return the ways of a file of OpenStreetMap with the ids of their nodes.

        Parameters
        ----------
        path
            The file on this machine, perhaps an archive.
        name
            What messages call it.
        wanted
            The tags by which the ways are known.

        Raises
        ------
        InputError
            If the file holds no such ids, cannot be read right, or reading it takes more than the limits.
        DiskError
            If there is no room for temporary files.
        """
        with opened(path, name=name, wanted=wanted) as found:
            self._parcels += 1
            parcel = Path(self._folder.name) / f"{self._parcels}.arrays"
            self._ask(found.file, {"do": "ways", "wanted": plain_wanted(found.wanted), "parcel": str(parcel)})
            ways = unpacked(unpack_arrays(parcel.read_bytes()))
            parcel.unlink(missing_ok=True)
            return ways

    def timetable(self, path: Path, *, name: str, asked: Asked) -> Timed:
        """Read the timetable of a GTFS archive.

        Parameters
        ----------
        path
            The archive on this machine.
        name
            What messages call it.
        asked
            The day of service, and until when trips matter.

        Raises
        ------
        InputError
            If it is no GTFS, cannot be read right, or reading it takes more than the limits.
        DiskError
            If there is no room for temporary files.
        """
        with opened(path, name=name, wanted=Wanted(encoding=asked.encoding)) as found:
            file = found.file
            if file.driver != "gtfs":
                raise InputError(Problem(code="timetable.not_gtfs", place=file.name))
            self._parcels += 1
            parcel = Path(self._folder.name) / f"{self._parcels}.arrow"
            self._ask(file, {"do": "timetable", "asked": plain_asked(asked), "parcel": str(parcel)})
            timed = unpack_timetable(parcel, file, asked)
            parcel.unlink(missing_ok=True)
        return timed

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
        child = self._child = self._child or Child.begin()
        try:
            answer = child.ask(
                {**task, "file": plain_file(file)},
                seconds=self._limits.seconds_for(file),
                memory=self._limits.memory_for(file),
                start_seconds=self._limits.start_seconds,
            )
        except BaseException as error:
            # Whatever happened, what it may yet answer is no answer to the next question.
            child.stop()
            self._child = None
            if not isinstance(error, BrokenError):
                raise
            values = {"limit": error.limit}
            raise InputError(Problem(code=error.code, place=file.name, values=values)) from None
        if "disk" in answer:
            raise disk_error(OSError(*answer["disk"]), place=file.name, folder=Path(self._folder.name))
        if "problems" in answer:
            raise InputError([live_problem(row) for row in answer["problems"]])
        return answer
