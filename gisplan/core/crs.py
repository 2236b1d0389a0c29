"""Coordinate reference systems: the plane rectangular zone of a municipality.

The nineteen zones of 平面直角座標系 (国土交通省告示第9号, 2002) follow the prefectures, but four prefectures
are split over several zones; `zones.toml` lists both.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.words import Text

JGD2011_PLANE = 6668
"""EPSG code of zone n is 6668 + n; 6668 itself is JGD2011 in degrees."""

JGD2011_DEGREES = 6668
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X",
         "XI", "XII", "XIII", "XIV", "XV", "XVI", "XVII", "XVIII", "XIX")  # fmt: skip
JAPAN_BOUNDS = (122.0, 20.0, 155.0, 46.5)
"""West, south, east, north in degrees; every inhabited place of Japan lies inside."""

ZONES = len(ROMAN)
CODE_LENGTH = 5


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    return tomllib.loads(files("gisplan.core").joinpath("zones.toml").read_text("utf-8"))


def zone_of(municipality: str) -> int:
    """Return the plane rectangular zone (1–19) of a municipality.

    Parameters
    ----------
    municipality
        Five-digit code (全国地方公共団体コード without its check digit) as text.

    Raises
    ------
    ConfigurationError
        If the code is no code of a prefecture of Japan.

    References
    ----------
    平成14年国土交通省告示第9号.
    """
    table = _table()
    digits = len(municipality) == CODE_LENGTH and municipality.isascii() and municipality.isdigit()
    if not digits or municipality[:2] not in table["prefectures"]:
        raise ConfigurationError(
            Problem(
                code="config.municipality",
                place="plan.toml [plan] municipality",
                values={"value": municipality},
            )
        )
    for row in table["exceptions"]:
        if municipality in row["codes"]:
            return int(row["zone"])
    return int(table["prefectures"][municipality[:2]])


def working_crs(municipalities: Iterable[str]) -> int:
    """Return the EPSG code (JGD2011 plane rectangular) for one or several municipalities of one zone.

    Raises
    ------
    ConfigurationError
        If the municipalities lie in different zones.
    """
    codes = tuple(municipalities)
    zones = {code: zone_of(code) for code in codes}
    if len(set(zones.values())) > 1:
        named = [f"{code} = {zone_name(zone)}" for code, zone in zones.items()]
        raise ConfigurationError(
            Problem(
                code="config.zones_differ", place="plan.toml [plan] municipality", values={"zones": named}
            )
        )
    return JGD2011_PLANE + next(iter(zones.values()))


def zone_name(zone: int) -> str:
    """Return a zone as planners write it, e.g. `第VIII系`."""
    return f"第{ROMAN[zone - 1]}系"


def crs_name(epsg: int) -> str:
    """Return a CRS as planners know it, e.g. `JGD2011 第VIII系 (EPSG:6676)`."""
    return crs_text(epsg).ja


def moved_in_2011(municipalities: Iterable[str]) -> bool:
    """Return whether coordinates of 2000 moved in the prefecture of one of the municipalities.

    References
    ----------
    国土地理院 (2011) 平成23年（2011年）東北地方太平洋沖地震に伴う基準点成果の改定：1都19県。
    """
    moved = frozenset(_table()["moved_in_2011"])
    return any(code[:2] in moved for code in municipalities)


DATUMS: tuple[tuple[Text, int, int], ...] = (
    (Text(ja="JGD2011", en="JGD2011"), 6668, 6668),
    (Text(ja="JGD2000", en="JGD2000"), 2442, 4612),
    (Text(ja="旧日本測地系", en="Tokyo Datum"), 30160, 4301),
    (Text(ja="WGS 84", en="WGS 84"), -1, 4326),
)
"""Datum, the EPSG code before its zone I (-1 for none), and the code of its degrees."""


UTM_BASE = 6637
"""EPSG code of JGD2011 UTM zone n (51–55) is 6637 + n."""

UTM_ZONES = range(51, 56)
WEB_MERCATOR = 3857


def crs_text(epsg: int) -> Text:
    """Return a CRS as planners know it, in both languages."""
    if epsg == WEB_MERCATOR:
        return Text(ja=f"Webメルカトル (EPSG:{epsg})", en=f"Web Mercator (EPSG:{epsg})")
    if epsg - UTM_BASE in UTM_ZONES:
        band = epsg - UTM_BASE
        return Text(ja=f"JGD2011 UTM第{band}帯 (EPSG:{epsg})", en=f"JGD2011 UTM {band}N (EPSG:{epsg})")
    for datum, base, degrees in DATUMS:
        if epsg == degrees:
            return Text(ja=f"{datum.ja} 緯度経度 (EPSG:{epsg})", en=f"{datum.en} degrees (EPSG:{epsg})")
        if base > 0 and base < epsg <= base + len(ROMAN):
            zone = ROMAN[epsg - base - 1]
            return Text(ja=f"{datum.ja} 第{zone}系 (EPSG:{epsg})", en=f"{datum.en} zone {zone} (EPSG:{epsg})")
    return Text(ja=f"EPSG:{epsg}", en=f"EPSG:{epsg}")


def candidate_crs() -> tuple[int, ...]:
    """Return the systems a file of a Japanese municipality may be in, the likeliest first."""
    planes = [base + zone for base in (6668, 2442, 30160) for zone in range(1, len(ROMAN) + 1)]
    return (JGD2011_DEGREES, 4301, *planes, *(UTM_BASE + zone for zone in UTM_ZONES), WEB_MERCATOR)
