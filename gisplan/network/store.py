"""Networks kept on disk, under the hash of what they are made from, so that a second run need not make them.

What is kept is plain arrays and never runs. A file that is damaged is made anew, and a disk without room or
permission costs time and nothing else. The name of a file is the hash of the roads, the options, the speeds and the
text of the code, so that a file can be old but never wrong.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gisplan.core.arrays import Packed, as_texts, of_texts, pack, unpack
from gisplan.core.disk import whole
from gisplan.core.tables import Doubt
from gisplan.core.version import __version__
from gisplan.core.words import Network
from gisplan.network.build import Built, Mode, Season, build
from gisplan.sources.parcel import live, plain

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from gisplan.network.speeds import Speeds

KEPT = 16
"""Files that are kept, and how large all together may be [bytes]; those not used for longest go first."""

KEPT_BYTES = 2 * 2**30
ENDING = ".network"
LEAST_VERTICES = 4_000
"""Roads of fewer vertices are made about as fast as they are loaded."""

ROOMS = ("core", "layers", "network", "sources")
PLAIN = (
    "x",
    "y",
    "tail",
    "head",
    "length",
    "forward",
    "backward",
    "road",
    "road_class",
    "narrow",
    "component",
)
"""The plain arrays of a network."""

DAMAGED = (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError, shapely.errors.ShapelyError)


def cache_folder() -> Path:
    """Return the folder of kept networks, in the user's own cache."""
    from platformdirs import user_cache_path

    return user_cache_path("gisplan", appauthor=False) / "networks"


@lru_cache(maxsize=1)
def code_hash() -> str:
    """Return the hash of the code that makes networks, and of the libraries it leans on."""
    import pyproj

    words = hashlib.sha256(
        f"{__version__} {np.__version__} {shapely.__version__} {pyproj.__version__}".encode()
    )
    for room in ROOMS:
        for file in sorted(files(f"gisplan.{room}").iterdir(), key=lambda one: one.name):
            if file.name.endswith((".py", ".toml")):
                words.update(file.read_bytes())
    return words.hexdigest()


def key_of(*parts: bytes, **options: object) -> str:
    """Return the name under which something is kept: the hash of what it is made from."""
    words = hashlib.sha256(code_hash().encode())
    for part in parts:
        words.update(hashlib.sha256(part).digest())
    words.update(json.dumps(options, sort_keys=True, default=str).encode())
    return words.hexdigest()


def kept(key: str, *, make: Callable[[], Packed], folder: Path | None) -> Packed:
    """Return arrays from disk where they are kept, else make and keep them.

    Parameters
    ----------
    key
        Their name: the hash of what they are made from.
    make
        What makes them.
    folder
        Where they are kept; None keeps none.
    """
    if folder is None:
        return make()
    path = folder / f"{key}{ENDING}"
    with suppress(*DAMAGED):
        return _loaded(path)
    made = make()
    _keep(path, made)
    return made


def _loaded(path: Path) -> Packed:
    found = unpack(path.read_bytes())
    with suppress(OSError):
        path.touch()  # what was used last goes last
    return found


def _keep(path: Path, made: Packed) -> None:
    data = pack(made)
    with suppress(OSError):
        with whole(path) as part:
            part.write_bytes(data)
        _clear(path.parent)


def _clear(folder: Path) -> None:
    """Let go of the files not used for longest."""
    found = [(one.stat(), one) for one in folder.glob(f"*{ENDING}")]
    total = 0
    for rank, (told, path) in enumerate(sorted(found, key=lambda pair: pair[0].st_mtime, reverse=True)):
        total += told.st_size
        if rank and (rank >= KEPT or total > KEPT_BYTES):
            with suppress(OSError):
                path.unlink(missing_ok=True)


def kept_build(
    roads: gpd.GeoDataFrame,
    *,
    speeds: Speeds,
    mode: Mode = "car",
    join_m: float = 0.5,
    ferry: bool = False,
    season: Season = "",
    folder: Path | None,
) -> Built:
    """Return the network of a road table as `build` does, from disk where it was made before.

    Parameters
    ----------
    roads, speeds, mode, join_m, ferry, season
        As for `build`.
    folder
        Where networks are kept; None keeps none.
    """
    options: Mapping[str, Any] = {"mode": mode, "join_m": join_m, "ferry": ferry, "season": season}

    def make() -> Built:
        return build(roads, speeds=speeds, **options)

    if folder is None or shapely.get_num_coordinates(roads.geometry.to_numpy()).sum() < LEAST_VERTICES:
        return make()
    key = key_of(*_bytes_of(roads), speeds=asdict(speeds), **options)
    made: list[Built] = []

    def packed() -> Packed:
        made.append(make())
        return packed_network(made[0].network, doubts=made[0].doubts)

    found = kept(key, make=packed, folder=folder)
    with suppress(*DAMAGED):
        return made[0] if made else Built(network=network_in(found), doubts=doubts_in(found))
    return make()


def _bytes_of(roads: gpd.GeoDataFrame) -> list[bytes]:
    """Return the content of a road table, column by column."""
    name = roads.geometry.name
    geometry = roads.geometry.to_numpy()
    parts = [json.dumps([[str(column), str(roads[column].dtype)] for column in roads.columns]).encode()]
    parts += [shapely.get_coordinates(geometry, include_z=False).tobytes()]
    single, row = shapely.get_parts(geometry, return_index=True)
    parts += [
        array.tobytes() for array in (shapely.get_type_id(geometry), row, shapely.get_num_coordinates(single))
    ]
    parts += [_column_bytes(roads[column]) for column in roads.columns if column != name]
    return parts


def _column_bytes(values: pd.Series[Any]) -> bytes:
    if values.dtype.kind in "biuf" and isinstance(values.dtype, np.dtype):
        return values.to_numpy().tobytes()
    return json.dumps(list(map(str, values))).encode("utf-8", "surrogatepass")


def packed_network(network: Network, *, doubts: Sequence[Doubt] = ()) -> Packed:
    """Return a network and its doubts as plain arrays."""
    arrays: dict[str, NDArray[Any]] = {name: getattr(network, name) for name in PLAIN}
    arrays |= packed_lines(network.geometry)
    if network.shut is not None:
        arrays["shut"] = network.shut
    return Packed(arrays=arrays, about=packed_doubts(doubts))


def packed_doubts(doubts: Sequence[Doubt]) -> dict[str, Any]:
    """Return doubts as JSON can hold them."""
    return {"doubts": [{**asdict(doubt), "values": plain(dict(doubt.values))} for doubt in doubts]}


def network_in(packed: Packed) -> Network:
    """Return the network that `packed_network` took."""
    arrays = packed.arrays
    held: dict[str, Any] = {name: arrays[name] for name in PLAIN}
    return Network(**held, geometry=lines_in(arrays), shut=arrays.get("shut"))


def packed_lines(lines: NDArray[np.object_]) -> dict[str, NDArray[Any]]:
    """Return lines, some of several parts, as plain arrays: corners, corners of each part, and the line of each."""
    parts, line = shapely.get_parts(lines, return_index=True)
    size = shapely.get_num_coordinates(parts)
    return {"line_xy": shapely.get_coordinates(parts), "line_size": size, "line_of_part": line}


def lines_in(arrays: Mapping[str, NDArray[Any]]) -> NDArray[np.object_]:
    """Return the lines that `packed_lines` took."""
    size, line = arrays["line_size"], arrays["line_of_part"]
    whole = (np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(size)]),)
    parts = shapely.from_ragged_array(shapely.GeometryType.LINESTRING, arrays["line_xy"], whole)
    if not len(line) or line[-1] == len(line) - 1:
        return np.asarray(parts, dtype=object)
    lines = np.empty(int(line[-1]) + 1, dtype=object)
    single = np.bincount(line)[line] == 1
    lines[line[single]] = parts[single]
    lines[np.unique(line[~single])] = shapely.multilinestrings(
        parts[~single], indices=np.unique(line[~single], return_inverse=True)[1].ravel()
    )
    return lines


def doubts_in(packed: Packed) -> tuple[Doubt, ...]:
    """Return the doubts that `packed_network` took."""
    return tuple(Doubt(**{**row, "values": live(row["values"])}) for row in packed.about["doubts"])


def packed_table(table: pd.DataFrame) -> Packed:
    """Return a table of texts, numbers and yes-or-no as plain arrays."""
    import pandas as pd

    arrays: dict[str, NDArray[Any]] = {}
    columns = []
    for position, name in enumerate(table.columns):
        values = table[name]
        columns.append([str(name), str(values.dtype)])
        if isinstance(values.dtype, np.dtype) and values.dtype.kind in "biuf":
            arrays[f"c{position}"] = values.to_numpy()
        elif str(values.dtype) in {"Int64", "boolean"}:
            arrays[f"c{position}"] = values.to_numpy("float64", na_value=np.nan)
        else:
            # Most texts of a road table stand in it many times.
            codes, different = pd.factorize(values.to_numpy(object), use_na_sentinel=True)
            arrays[f"c{position}"] = codes.astype(np.int32)
            arrays[f"t{position}"], arrays[f"e{position}"] = of_texts([str(text) for text in different])
    return Packed(arrays=arrays, about={"columns": columns})


def table_in(packed: Packed) -> pd.DataFrame:
    """Return the table that `packed_table` took, or one of ids of ways (w) and of places (c) among figures (v)."""
    import pandas as pd

    found: dict[str, Any] = {}
    for position, (name, kind) in enumerate(packed.about["columns"]):
        if f"w{position}" in packed.arrays:
            ways = packed.arrays[f"w{position}"].tolist()
            found[name] = pd.Series([f"way/{number}" for number in ways], dtype=kind)
            continue
        values = packed.arrays[f"c{position}"]
        if f"v{position}" in packed.arrays:
            values = packed.arrays[f"v{position}"][values]
        if f"e{position}" in packed.arrays:
            texts = as_texts(packed.arrays[f"t{position}"], packed.arrays[f"e{position}"])
            held = np.array([*texts, None], dtype=object)  # what is missing has the number -1
            found[name] = pd.Series(held[values], dtype=kind)
        elif kind in {"Int64", "boolean"}:
            found[name] = pd.Series(values, dtype="Float64").astype(kind)
        else:
            found[name] = pd.Series(values, dtype=kind)
    return pd.DataFrame(found)
