"""From a file of OpenStreetMap to its network in one step, kept on disk for the next time."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from gisplan.network.road_columns import road_spec
from gisplan.network.speeds import speeds
from gisplan.network.store import DAMAGED, cache_folder, kept, key_of
from gisplan.network.street_arrays import Streets, streets_in
from gisplan.network.topology import packed_topology
from gisplan.sources.osm_file import quick_ways
from gisplan.sources.raw import Wanted
from gisplan.sources.read import opened
from gisplan.sources.reader import Reader

if TYPE_CHECKING:
    from pathlib import Path

    from gisplan.core.arrays import Packed
    from gisplan.network.build import Mode
    from gisplan.network.speeds import Speeds
    from gisplan.sources.osm_ways import Ways
    from gisplan.sources.raw import File


def read_network(
    path: Path,
    *,
    crs: int,
    mode: Mode = "car",
    speeds_name: str = "",
    ferry: bool = False,
    folder: Path | None = None,
    reader: Reader | None = None,
) -> Streets:
    """Return the network of a file of OpenStreetMap, from disk where it was made before.

    Parameters
    ----------
    path
        A PBF or XML file, or an Overpass answer with the ids of the nodes; perhaps in an archive.
    crs, mode, ferry
        As for `topology`.
    speeds_name
        The set of speeds; "" for the usual one.
    folder
        Where networks are kept; the user's own cache where left out.
    reader
        Who reads what is not read in this process; one of its own where left out.

    Raises
    ------
    InputError
        If the file cannot be read right, or does not hold the ids of nodes.
    ConfigurationError
        If no set of speeds has this name.
    """
    asked = Asked(crs=crs, mode=mode, speeds=speeds(speeds_name), ferry=ferry)
    with opened(path, name=path.name, wanted=_wanted()) as found:
        packed = kept_streets(found.file, asked, folder=folder, reader=reader)
        with suppress(*DAMAGED):
            return streets_in(packed, crs=crs)
        return streets_in(_made(found.file, asked, reader), crs=crs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What network is asked for: CRS, mode, speeds by class, and whether ferries count."""

    crs: int
    mode: Mode = "car"
    speeds: Speeds
    ferry: bool = False


def kept_streets(
    file: File, asked: Asked, *, folder: Path | None = None, reader: Reader | None = None
) -> Packed:
    """Return the network of a file as plain arrays, kept on disk: no line and no table is made of them.

    Parameters
    ----------
    file, asked
        The file, and what is asked for.
    folder, reader
        As for `read_network`.
    """
    options = {"crs": asked.crs, "mode": asked.mode, "ferry": asked.ferry}
    key = key_of(file.sha256.encode(), speeds=asdict(asked.speeds), **options)
    place = cache_folder() if folder is None else folder
    return kept(key, make=lambda: _made(file, asked, reader), folder=place)


def _made(file: File, asked: Asked, reader: Reader | None) -> Packed:
    ways = _ways(file, reader)
    return packed_topology(ways, crs=asked.crs, speeds=asked.speeds, mode=asked.mode, ferry=asked.ferry)


def _wanted() -> Wanted:
    """Return what is asked of a file: what the layer `road` is known by."""
    return Wanted(kind="line", osm=road_spec().source.osm, known=("name",))


def _ways(file: File, reader: Reader | None) -> Ways:
    """Return the ways of a file; what native code has to parse is parsed in a child."""
    ways = quick_ways(file, _wanted())
    if ways is not None:
        return ways
    if reader is not None:
        return reader.ways(file.path, name=file.name, wanted=_wanted())
    with Reader() as own:
        return own.ways(file.path, name=file.name, wanted=_wanted())
