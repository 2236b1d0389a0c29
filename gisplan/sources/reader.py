"""The reader of a run: every outside file of a plan goes through it."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from gisplan.sources.address import Table
from gisplan.sources.postgis import Tables
from gisplan.sources.raster import Grid, read_raster
from gisplan.sources.raw import ANYTHING, File, Raw, Wanted
from gisplan.sources.read import read_file


class Reader:
    """Reads files and tables for as long as its block lasts; `tables` are those of databases."""

    def __init__(self) -> None:
        self.tables = Tables()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""

    def read(self, origin: Path | Table, *, name: str, wanted: Wanted = ANYTHING) -> Raw:
        """Read the rows of one file or table; see `read_file` and `Tables.read`."""
        if isinstance(origin, Table):
            return self.tables.read(origin, name=name, wanted=wanted)
        return read_file(origin, name=name, wanted=wanted)

    def raster(self, file: File, *, crs: int, stated: str, limits: tuple[float, float], folder: Path) -> Grid:
        """Read a grid; see `gisplan.sources.raster.read_raster`."""
        return read_raster(file, crs=crs, stated=stated, limits=limits, folder=folder)
