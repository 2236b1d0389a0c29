"""One file in, one raw table out, whatever its format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.sources.archive import in_folder, unpacked
from gisplan.sources.door import admit
from gisplan.sources.excel import read_excel
from gisplan.sources.gml import read_gml
from gisplan.sources.gtfs import read_gtfs
from gisplan.sources.kml import read_kml
from gisplan.sources.osm import read_graphml
from gisplan.sources.osm_file import read_osm, read_osm_ways
from gisplan.sources.osm_overpass import read_overpass, read_overpass_ways
from gisplan.sources.osm_ways import Ways
from gisplan.sources.parquet import read_parquet
from gisplan.sources.raw import ANYTHING, File, Raw, Wanted
from gisplan.sources.reach import within_reach
from gisplan.sources.table import read_csv
from gisplan.sources.vector import read_vector
from gisplan.sources.wkb import shaped

READERS: Mapping[str, Callable[[File, Wanted], Raw]] = {
    "csv": read_csv,
    "dxf": read_vector,
    "excel": read_excel,
    "flatgeobuf": read_vector,
    "geojson": read_vector,
    "geopackage": read_vector,
    "gml": read_gml,
    "graphml": read_graphml,
    "gtfs": read_gtfs,
    "parquet": read_parquet,
    "kml": read_kml,
    "osm_pbf": read_osm,
    "osm_xml": read_osm,
    "overpass": read_overpass,
    "shapefile": read_vector,
}
"""Who reads what the door found."""

WAY_READERS: Mapping[str, Callable[[File, Wanted], Ways]] = {
    "osm_pbf": read_osm_ways,
    "osm_xml": read_osm_ways,
    "overpass": read_overpass_ways,
}
"""Who reads the ways of OpenStreetMap with the ids of their nodes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file out of its archive or folder, what is then left to ask of it, and what is to be told."""

    file: File
    wanted: Wanted
    doubts: tuple[Doubt, ...] = ()


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
    with opened(path, name=name, wanted=wanted) as found:
        return told(shaped(parse(found.file, found.wanted)), found)


@contextmanager
def opened(path: Path, *, name: str, wanted: Wanted) -> Iterator[Opened]:
    """Yield a file that passed the door, out of its archive or folder.

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
    if path.is_dir():
        with in_folder(path, name, wanted) as file:
            yield Opened(file=file, wanted=replace(wanted, table=""))
        return
    file = admit(path, name=name)
    if file.driver == "zip":
        with unpacked(file, wanted) as (member, doubts):
            yield Opened(file=member, wanted=replace(wanted, table=""), doubts=doubts)
    else:
        with within_reach(file) as near:
            yield Opened(file=near, wanted=wanted)


def told(raw: Raw, found: Opened) -> Raw:
    """Return rows with what opening their file has to tell."""
    return replace(raw, doubts=(*found.doubts, *raw.doubts)) if found.doubts else raw


def parse(file: File, wanted: Wanted) -> Raw:
    """Return what a file holds; geometries may still be well-known binary.

    Raises
    ------
    InputError
        If no reader takes this kind of file for rows, or its reader refuses it.
    """
    reader = READERS.get(file.driver)
    if reader is None:
        raise InputError(Problem(code="file.not_vector", place=file.name, values={"driver": file.driver}))
    return reader(file, wanted)


def parse_ways(file: File, wanted: Wanted) -> Ways:
    """Return the ways of a file of OpenStreetMap with the ids of their nodes.

    Raises
    ------
    InputError
        If the file holds no such ids, or its reader refuses it.
    """
    reader = WAY_READERS.get(file.driver)
    if reader is None:
        raise InputError(Problem(code="osm.no_ids", place=file.name, values={"driver": file.driver}))
    return reader(file, wanted)
