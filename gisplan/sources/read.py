"""One file in, one raw table out, whatever its format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from gisplan.core.errors import InputError, Problem
from gisplan.sources.archive import unpacked
from gisplan.sources.door import admit
from gisplan.sources.gtfs import read_gtfs
from gisplan.sources.osm import read_graphml
from gisplan.sources.raw import ANYTHING, File, Raw, Wanted
from gisplan.sources.reach import within_reach
from gisplan.sources.table import read_csv, read_excel
from gisplan.sources.vector import read_vector

READERS: Mapping[str, Callable[[File, Wanted], Raw]] = {
    "csv": read_csv,
    "excel": read_excel,
    "geojson": read_vector,
    "geopackage": read_vector,
    "graphml": read_graphml,
    "gtfs": read_gtfs,
    "shapefile": read_vector,
}
"""Who reads what the door found."""


def read_file(path: Path, *, name: str, wanted: Wanted = ANYTHING) -> Raw:
    """Read the rows of one file.

    Parameters
    ----------
    path
        The file on this machine.
    name
        What messages call it.
    wanted
        What is asked of it.

    Raises
    ------
    InputError
        If the file cannot be read right.
    """
    with opened(path, name=name, wanted=wanted) as (file, asked):
        return parse(file, asked)


@contextmanager
def opened(path: Path, *, name: str, wanted: Wanted) -> Iterator[tuple[File, Wanted]]:
    """Yield a file that passed the door, out of its archive, and what is then left to ask of it.

    Parameters
    ----------
    path
        The file on this machine.
    name
        What messages call it.
    wanted
        What is asked of it; of an archive `table` names the member.

    Raises
    ------
    InputError
        If the door refuses it.
    """
    file = admit(path, name=name)
    if file.driver == "zip":
        with unpacked(file, table=wanted.table) as member:
            yield member, replace(wanted, table="")
    else:
        with within_reach(file) as near:
            yield near, wanted


def parse(file: File, wanted: Wanted) -> Raw:
    """Return what a file holds.

    Raises
    ------
    InputError
        If no reader takes this kind of file for rows, or its reader refuses it.
    """
    reader = READERS.get(file.driver)
    if reader is None:
        raise InputError(Problem(code="file.not_vector", place=file.name, values={"driver": file.driver}))
    return reader(file, wanted)
