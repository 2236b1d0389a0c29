"""One file in, one raw table out, whatever its format."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gisplan.core.errors import InputError, Problem
from gisplan.sources.archive import stops_of, unpacked
from gisplan.sources.door import admit
from gisplan.sources.osm import read_graphml
from gisplan.sources.raw import File, Raw
from gisplan.sources.table import read_csv, read_excel
from gisplan.sources.vector import read_vector


def read_file(path: Path, *, name: str, known: Iterable[str], table: str = "", encoding: str = "") -> Raw:
    """Read the rows of one file.

    Parameters
    ----------
    path
        The file on this machine.
    name
        What messages call it.
    known
        Column names by which the header row of a list is found.
    table
        The table, sheet or member to read, where the file holds several.
    encoding
        The codec to use instead of the rule.

    Raises
    ------
    InputError
        If the file cannot be read right.
    """
    file = admit(path, name=name)
    if file.driver == "zip":
        with unpacked(file, table=table) as member:
            return _read(member, known=known, table="", encoding=encoding)
    if file.driver == "gtfs":
        with stops_of(file) as stops:
            return read_csv(stops, known=known, encoding=encoding)
    return _read(file, known=known, table=table, encoding=encoding)


def _read(file: File, *, known: Iterable[str], table: str, encoding: str) -> Raw:
    if file.driver in {"geopackage", "shapefile", "geojson"}:
        return read_vector(file, table=table, encoding=encoding)
    if file.driver == "csv":
        return read_csv(file, known=known, encoding=encoding)
    if file.driver == "excel":
        return read_excel(file, known=known, sheet=table)
    if file.driver == "graphml":
        return read_graphml(file)
    raise InputError(Problem(code="file.not_vector", place=file.name, values={"driver": file.driver}))
