"""The addresses of a release for one municipality: names in braces filled in, one address per mesh or tile.

{prefecture} 22 · {prefecture_number} 22, 1 · {prefecture_name} 静岡県 · {municipality} 22212 · {mesh1} the primary
meshes that the municipality lies in · {river_office} the prefecture and the bureaus of its rivers · {region} of
Geofabrik · {z}, {x}, {y} a tile · {tiles} a set of tiles.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gisplan.core.errors import ConfigurationError, NetworkError, Problem
from gisplan.core.words import Release
from gisplan.sources.fetch import Address

if TYPE_CHECKING:
    import shapely

MOST_TILES = 4_000
NAME = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The municipality that data are fetched for; `area` is its area in degrees, None where it is not known yet."""

    municipality: str
    area: shapely.Geometry | None = None

    @property
    def prefecture(self) -> str:
        """The number of its prefecture, two digits."""
        return self.municipality[:2]

    @property
    def prefecture_name(self) -> str:
        """The name of its prefecture."""
        return str(_prefectures()[self.prefecture]["name"])


@lru_cache(maxsize=1)
def _prefectures() -> Mapping[str, Any]:
    return tomllib.loads(files("gisplan.sources").joinpath("prefectures.toml").read_text("utf-8"))


def needs_area(release: Release) -> bool:
    """Return whether the addresses of a release hang on the municipality's area."""
    return bool({"mesh1", "x"} & set(NAME.findall(release.url))) or release.provider in {"overpass", "osmnx"}


def fixed(text: str, place: Place) -> str:
    """Return a text with the names that have one value for a municipality filled in, the others as they are."""
    row = _prefectures()[place.prefecture]
    values = {
        "prefecture": place.prefecture,
        "prefecture_number": str(int(place.prefecture)),
        "prefecture_name": row["name"],
        "municipality": place.municipality,
        "region": row["region"],
    }
    return filled(text, values)


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with the names in braces that have a value filled in, the others as they are."""

    def value(found: re.Match[str]) -> str:
        return str(values.get(found[1], found[0]))

    return NAME.sub(value, text)


def addresses(release: Release, place: Place) -> tuple[Address, ...]:
    """Return the files of a release for a municipality.

    Parameters
    ----------
    release
        A release that comes as files.
    place
        The municipality.

    Raises
    ------
    ConfigurationError
        If the area is needed and not known, or the release does not cover the prefecture.
    """
    covered(release, place)
    found = []
    for values in _several(release, place):
        url = filled(fixed(release.url, place), values)
        save = filled(fixed(release.save, place), values)
        name = save or urlsplit(url).path.rpartition("/")[2]
        found.append(Address(url=url, name=name, sha256=release.sha256.get(name, "")))
    return tuple(found)


def covered(release: Release, place: Place) -> None:
    """Refuse a release that does not cover a prefecture.

    Raises
    ------
    ConfigurationError
        If it does not.
    """
    if release.prefectures and place.prefecture not in release.prefectures:
        raise ConfigurationError(
            Problem(code="fetch.not_here", place=place.prefecture_name, values={"release": release.release})
        )


def _several(release: Release, place: Place) -> Iterator[dict[str, str]]:
    """Yield the values of the names that have several for a municipality."""
    names = set(NAME.findall(release.url))
    if "mesh1" in names:
        yield from ({"mesh1": code} for code in primary_meshes(known_area(release, place)))
    elif "river_office" in names:
        offices = _prefectures()[place.prefecture]["river_offices"]
        yield from ({"river_office": office} for office in (place.prefecture, *offices))
    else:
        yield {}


def known_area(release: Release, place: Place) -> shapely.Geometry:
    """Return the area of a municipality.

    Raises
    ------
    ConfigurationError
        If it is not known.
    """
    if place.area is None:
        raise ConfigurationError(Problem(code="fetch.area_unknown", place=release.release))
    return place.area


def primary_meshes(area: shapely.Geometry) -> tuple[str, ...]:
    """Return the codes of the primary meshes (40′ × 1°) that an area in degrees touches.

    References
    ----------
    JIS X 0410.
    """
    import shapely

    west, south, east, north = shapely.bounds(area)
    cells = {
        f"{p}{q - 100:02d}": shapely.box(q, p / 1.5, q + 1, (p + 1) / 1.5)
        for p in range(math.floor(south * 1.5), math.floor(north * 1.5) + 1)
        for q in range(math.floor(west), math.floor(east) + 1)
    }
    return tuple(code for code, cell in cells.items() if shapely.intersects(area, cell))


def tiles_over(area: shapely.Geometry, zoom: int) -> tuple[tuple[int, int], ...]:
    """Return x and y of the web map tiles of a zoom that an area in degrees touches.

    Raises
    ------
    NetworkError
        If there are more than a provider may be asked for.
    """
    import shapely

    west, south, east, north = shapely.bounds(area)
    (left, top), (right, bottom) = tile_at(west, north, zoom), tile_at(east, south, zoom)
    count = (right - left + 1) * (bottom - top + 1)
    found = []
    if count <= 4 * MOST_TILES:
        shapely.prepare(area)
        corners = [(x, y) for y in range(top, bottom + 1) for x in range(left, right + 1)]
        found = [corner for corner in corners if shapely.intersects(area, tile_box(*corner, zoom))]
        count = len(found)
    if count > MOST_TILES:
        values = {"tiles": count, "most": MOST_TILES}
        raise NetworkError(Problem(code="net.too_many_tiles", place=f"z = {zoom}", values=values))
    return tuple(found)


def tile_at(longitude: float, latitude: float, zoom: int) -> tuple[int, int]:
    """Return the tile that a place in degrees lies in."""
    side = 1 << zoom
    turned = math.asinh(math.tan(math.radians(latitude)))
    x, y = (longitude + 180) / 360 * side, (1 - turned / math.pi) / 2 * side
    return min(max(int(x), 0), side - 1), min(max(int(y), 0), side - 1)


def tile_box(x: int, y: int, zoom: int) -> shapely.Geometry:
    """Return the area of a tile in degrees."""
    import shapely

    side = 1 << zoom
    longitudes = [360 * column / side - 180 for column in (x, x + 1)]
    latitudes = [math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / side)))) for row in (y + 1, y)]
    return shapely.box(longitudes[0], latitudes[0], longitudes[1], latitudes[1])
