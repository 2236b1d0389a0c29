"""Names of coordinate systems in GML, and which of two coordinates is the latitude.

The same code means two orders: `urn:ogc:def:crs:EPSG::6668` has latitude first, as the register of EPSG has it;
`EPSG:6668` mostly has longitude first, but not in the files of Japan's ministries. Where the name does not tell,
the maker and the place decide: no place in Japan has a latitude that could be its longitude.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gisplan.core.crs import DATUMS, JAPAN_BOUNDS, ROMAN

REGISTERED = re.compile(
    r"urn:(?:x-)?ogc:def:crs(?:,crs)?:EPSG:[^:]*:(\d+)\b.*|https?://www\.opengis\.net/def/crs/EPSG/[^/]+/(\d+)",
    re.IGNORECASE,
)
SHORT = re.compile(r"(?:EPSG:|https?://www\.opengis\.net/gml/srs/epsg\.xml#)(\d+)", re.IGNORECASE)
EAST_FIRST = re.compile(
    r"(?:urn:ogc:def:crs:OGC:[^:]*:|https?://www\.opengis\.net/def/crs/OGC/[^/]+/)?CRS84", re.IGNORECASE
)
JAPANESE = re.compile(
    r"(?:fguuid:)?(?P<datum>JGD2011|JGD2000|TD)(?:\s*,\s*T\.?P\.?)?\s*"
    r"(?:/\s*\(\s*B\s*,\s*L\s*\)|\.bl|/\s*(?P<zone>\d{1,2})\s*\(\s*X\s*,\s*Y\s*\))(?:\s*,\s*H)?",
    re.IGNORECASE,
)
DATUM_NAMES: Mapping[str, int] = {"jgd2011": 0, "jgd2000": 1, "td": 2}
"""Place of a datum in `core.crs.DATUMS`."""

WGS84 = 4326


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A coordinate system as a file names it.

    `north_first` says which coordinate comes first, None where the name does not tell. `standard` is whether
    programs know this name and its order; `degrees` whether it has longitude and latitude.
    """

    crs: int | None = None
    north_first: bool | None = None
    standard: bool = False
    degrees: bool = True


@lru_cache(maxsize=64)
def system_of(name: str) -> System:
    """Return the coordinate system that a name stands for; one without a code where it stands for none."""
    text = name.strip()
    if found := REGISTERED.fullmatch(text):
        return _registered(int(found[1] or found[2]), told=True)
    if found := SHORT.fullmatch(text):
        return _registered(int(found[1]), told=False)
    if EAST_FIRST.fullmatch(text):
        return System(crs=WGS84, north_first=False, standard=True)
    if found := JAPANESE.fullmatch(text):
        return _japanese(found["datum"], found["zone"])
    return System()


def _registered(code: int, *, told: bool) -> System:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        crs = CRS.from_epsg(code)
    except CRSError:
        return System()
    flat = (crs.sub_crs_list[0] if crs.is_compound else crs).to_2d()
    north = flat.axis_info[0].direction.lower() == "north"
    return System(
        crs=flat.to_epsg(), north_first=north if told else None, standard=told, degrees=flat.is_geographic
    )


def _japanese(datum: str, zone: str | None) -> System:
    _, base, degrees = DATUMS[DATUM_NAMES[datum.lower()]]
    if zone is None:
        return System(crs=degrees, north_first=True)
    if not 1 <= int(zone) <= len(ROMAN):
        return System()
    return System(crs=base + int(zone), north_first=True, degrees=False)


def north_first(points: NDArray[np.float64], system: System, *, of_japan: bool) -> tuple[bool, bool]:
    """Return whether the north coordinate comes first in a file, and whether a reader should be told.

    Parameters
    ----------
    points
        All coordinates of the file as they stand there [n, 2].
    system
        What the file says.
    of_japan
        Whether the file is one of Japan's ministries, whose degrees have the latitude first.
    """
    stated = True if system.north_first is None and of_japan else system.north_first
    answer = bool(stated)
    if system.degrees and len(points):
        west, south, east, north = JAPAN_BOUNDS
        first, second = points.T
        as_north = (first >= south) & (first <= north) & (second >= west) & (second <= east)
        as_east = (second >= south) & (second <= north) & (first >= west) & (first <= east)
        if 2 * max(as_north.sum(), as_east.sum()) > len(points):
            answer = bool(as_north.sum() > as_east.sum())
    contradicted = stated is not None and answer != stated
    # Plane coordinates whose name says (X, Y) have X to the north, as every surveyor of Japan writes them.
    said = system.standard or (system.north_first is not None and not system.degrees)
    return answer, contradicted or (answer and not said)
