"""GTFS: the stops of a timetable, as points."""

from __future__ import annotations

from gisplan.sources.archive import text_member
from gisplan.sources.raw import File, Raw, Wanted
from gisplan.sources.table import read_csv


def read_gtfs(file: File, wanted: Wanted) -> Raw:
    """Read the stops of a GTFS archive.

    Parameters
    ----------
    file
        A file of driver gtfs.
    wanted
        What is asked of it.

    Raises
    ------
    InputError
        If it cannot be unpacked or read.
    """
    with text_member(file, "stops.txt") as stops:
        return read_csv(stops, wanted)
