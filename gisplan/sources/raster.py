"""GeoTIFF: georeference and values are checked, then the grid is brought into the plan's CRS; tiles become one."""

from __future__ import annotations

import errno
import hashlib
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gisplan.core.disk import disk_error, whole
from gisplan.core.errors import InputError, NetworkError, Problem
from gisplan.sources.band import Band, band_of
from gisplan.sources.raw import File
from gisplan.sources.vector import epsg_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TILE = 256
"""Pixels along the side of a tile."""

HALF_WORLD_M = 20_037_508.342789244
"""From the middle of the web map to its edge (EPSG:3857)."""

NO_DATA = -9999.0

BANDS, NO_HEIGHT = 3, 2**23
PNG = b"\x89PNG\r\n\x1a\n"

FORM = 3
"""Raised when a copy is made in another way than before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A raster in the plan's CRS: its file, the CRS and bounds it came in, its cells and those without a value.

    `not_numbers` is how many of the cells without a value are not declared so but hold NaN. `scale` and `offset`
    are those that the file states for its numbers; the values have them in.
    """

    path: Path
    crs: int
    bounds: tuple[float, float, float, float]
    cells: int
    empty: int
    not_numbers: int = 0
    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a grid is to become: its CRS as an EPSG code, and the folder for a copy in it.

    `stated` is the CRS that plan.toml states, for a file that has none; `limits` are the lowest and the highest
    value that is physically possible. A copy is named by the file's fingerprint. `amounts` are numbers of people or
    the like: such cells stay as they are, in their own CRS, for what is resampled has another sum.
    """

    crs: int
    limits: tuple[float, float]
    folder: Path
    stated: str = ""
    amounts: bool = False


def read_raster(file: File, target: Target) -> Grid:
    """Return a GeoTIFF as a file in the plan's CRS.

    Parameters
    ----------
    file
        A file of driver geotiff.
    target
        What it is to become.

    Raises
    ------
    InputError
        If there is no georeference or CRS, it is a picture, it is cut, or values lie outside the limits.
    DiskError
        If the copy cannot be written.
    """
    from rasterio.errors import RasterioError, RasterioIOError

    opened = False
    try:
        with _opened_alone(file.path) as source:
            opened = True
            _georeferenced(source, file)
            code = _code(source, target.stated, file)
            bounds = (source.bounds.left, source.bounds.bottom, source.bounds.right, source.bounds.top)
            band = band_of(source, file)
            _possible(band.values, target.limits, file)
            # A file without a CRS of its own may be read as one system today and as another tomorrow.
            way = (code, code if target.amounts else target.crs)
            name = f"{file.sha256[:16]}-{way[0]}-{way[1]}"
            path = _kept(target.folder, name) or _keep(source, band, way, target.folder / f"{name}.tif")
    except (RasterioIOError, RasterioError) as error:
        raise InputError(
            Problem(
                # Its head told of cells that are not there.
                code="file.truncated" if opened else "file.corrupt",
                place=file.name,
                values={"detail": str(error.__cause__ or error).split(":")[-1].strip()[:120]},
            )
        ) from None
    return _counted(Grid(path=path, crs=code, bounds=bounds, cells=0, empty=0), band)


def _counted(grid: Grid, band: Band) -> Grid:
    import numpy as np

    given, cells = band.values.compressed(), int(band.values.size)
    held = int(np.isfinite(given).sum())
    return replace(
        grid, cells=cells, empty=cells - held, not_numbers=len(given) - held, scale=band.scale, offset=band.offset
    )  # fmt: skip


@contextmanager
def _opened_alone(path: Path) -> Iterator[Any]:
    """Yield a GeoTIFF whose values and place depend on nothing but its own bytes.

    A mask, a pyramid, a description or a world file beside it is not looked for: the fingerprint of the file
    could not tell that they changed.
    """
    import rasterio

    with (
        rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_PAM_ENABLED="NO"),
        rasterio.open(path, driver="GTiff", GEOREF_SOURCES="INTERNAL") as source,
    ):
        yield source


def _code(source: Any, stated: str, file: File) -> int:
    code, detail = epsg_of(stated or (source.crs.to_wkt() if source.crs else None))
    if code is not None:
        return code
    if stated:
        raise InputError(Problem(code="crs.unknown", place=file.name, values={"value": stated}))
    missing = "crs.unreadable" if detail else "crs.missing"
    raise InputError(
        Problem(code=missing, place=file.name, values={"candidates": "—", "detail": detail or "—"})
    )


def _georeferenced(source: Any, file: File) -> None:
    if source.transform.is_identity:
        raise InputError(Problem(code="raster.georef", place=file.name))


def _possible(values: Any, limits: tuple[float, float], file: File) -> None:
    import numpy as np

    filled: NDArray[np.float64] = values.compressed().astype("float64")
    filled = filled[np.isfinite(filled)]
    if filled.size and (filled.min() < limits[0] or filled.max() > limits[1]):
        bad = float(filled.min() if filled.min() < limits[0] else filled.max())
        raise InputError(
            Problem(
                code="raster.nodata",
                place=file.name,
                values={"value": bad, "low": limits[0], "high": limits[1]},
            )
        )


def _copy(source: Any, band: Band, crs: int, path: Path) -> None:
    """Write the values as they are: what is opened later is a file that gisplan wrote."""
    import rasterio

    profile = {
        "driver": "GTiff", "dtype": band.values.dtype.name, "count": 1, "width": source.width,
        "height": source.height, "crs": f"EPSG:{crs}", "transform": source.transform, "nodata": band.nodata,
        "compress": "deflate",
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as target:
        target.write(band.filled(), 1)


def _kept(folder: Path, name: str) -> Path | None:
    """Return the reprojected copy of a raster, None where there is none that is whole and made as we make it.

    The end of its name is the fingerprint of its content: one that was cut, damaged or made by another version
    does not bear it out, and is cleared.
    """
    for path in sorted(folder.glob(f"{name}*.tif")):
        if path.stem == f"{name}-{_made_by()}-{_fingerprint(path)}":
            return path
        with suppress(OSError):
            path.unlink()
    return None


def _made_by() -> str:
    """Return what the values of a copy depend on beside its source."""
    import rasterio

    return f"{FORM}-{rasterio.__gdal_version__}"


def _fingerprint(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:16]


def _keep(source: Any, band: Band, way: tuple[int, int], path: Path) -> Path:
    """Write the raster in the plan's CRS beside a path, under the name that tells its content, and return where.

    `way` are the EPSG codes of its own CRS and of the plan's.
    """
    from rasterio.errors import RasterioError

    try:
        with whole(path) as part:
            if way[0] == way[1]:
                _copy(source, band, way[1], part)
            else:
                _reproject(source, band, way, part)
            mark = f"{_made_by()}-{_fingerprint(part)}"
        return path.replace(path.with_stem(f"{path.stem}-{mark}"))
    except (OSError, RasterioError) as error:
        # The source was read whole before; what fails now is the place of the copy.
        cause = error if isinstance(error, OSError) and error.errno else OSError(errno.EIO, str(error))
        raise disk_error(cause, place=str(path.parent), folder=path.parent) from None


def _reproject(source: Any, band: Band, way: tuple[int, int], path: Path) -> None:
    """Write the raster in the plan's CRS, bilinear."""
    import rasterio
    from rasterio.warp import Resampling, calculate_default_transform, reproject

    own, crs = (f"EPSG:{code}" for code in way)
    transform, width, height = calculate_default_transform(
        own, crs, source.width, source.height, *source.bounds
    )
    nodata = band.nodata if band.nodata is not None else NO_DATA
    profile = {
        "driver": "GTiff", "dtype": "float32", "count": 1, "width": width, "height": height, "crs": crs,
        "transform": transform, "nodata": nodata, "compress": "deflate",
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as target:
        reproject(
            band.filled(), rasterio.band(target, 1), src_transform=source.transform, src_crs=own, dst_crs=crs,
            src_nodata=band.nodata, dst_nodata=nodata, resampling=Resampling.bilinear,
        )  # fmt: skip


def decode_elevation(png: bytes, *, place: str) -> NDArray[np.float32]:
    """Return the heights of an elevation tile of 国土地理院 [256, 256, m], NaN where it has none.

    Parameters
    ----------
    png
        The picture, whose colours are the heights.
    place
        Where it came from, for messages.

    Raises
    ------
    NetworkError
        If it is no picture of a tile.

    References
    ----------
    https://maps.gsi.go.jp/development/demtile.html
    """
    import numpy as np
    from rasterio.errors import NotGeoreferencedWarning, RasterioError
    from rasterio.io import MemoryFile

    bands = np.zeros((0, 0, 0), dtype="int64")
    if _is_whole(png):
        with warnings.catch_warnings(), suppress(RasterioError), MemoryFile(png) as memory:
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # a tile knows its place by its name
            with memory.open(driver="PNG") as source:
                bands = source.read([1, 2, 3]).astype("int64") if source.count >= BANDS else bands
    if bands.shape != (BANDS, TILE, TILE):
        raise NetworkError(Problem(code="net.body", place=place, values={"detail": "PNG"}))
    value = bands[0] * 65_536 + bands[1] * 256 + bands[2]
    metres = np.where(value < NO_HEIGHT, value, value - 2 * NO_HEIGHT) * 0.01
    return np.where(value == NO_HEIGHT, np.nan, metres).astype("float32")


def _is_whole(png: bytes) -> bool:
    """Return whether a picture has all its chunks unharmed: GDAL takes what is missing for zeros, which are heights."""
    position = len(PNG)
    while png.startswith(PNG) and position + 12 <= len(png):
        length = int.from_bytes(png[position : position + 4])
        kind, end = png[position + 4 : position + 8], position + 8 + length
        if zlib.crc32(png[position + 4 : end]).to_bytes(4) != png[end : end + 4]:
            return False
        if kind == b"IEND":
            return True
        position = end + 4
    return False


@contextmanager
def mosaic(
    path: Path, tiles: Sequence[tuple[int, int]], *, zoom: int
) -> Iterator[Callable[[int, int, NDArray[np.float32]], None]]:
    """Yield a function that puts the heights of a tile, by its x and y, into one GeoTIFF of all tiles.

    Parameters
    ----------
    path
        The file to write, in EPSG:3857 as the tiles are.
    tiles
        x and y of all tiles.
    zoom
        Their zoom.
    """
    import numpy as np
    import rasterio
    from rasterio.transform import from_origin
    from rasterio.windows import Window

    left, top = min(x for x, _ in tiles), min(y for _, y in tiles)
    columns, rows = max(x for x, _ in tiles) - left + 1, max(y for _, y in tiles) - top + 1
    metres = 2 * HALF_WORLD_M / (1 << zoom)
    transform = from_origin(
        left * metres - HALF_WORLD_M, HALF_WORLD_M - top * metres, metres / TILE, metres / TILE
    )
    profile = {
        "driver": "GTiff", "dtype": "float32", "count": 1, "width": columns * TILE, "height": rows * TILE,
        "crs": "EPSG:3857", "nodata": NO_DATA, "compress": "deflate", "tiled": True, "sparse_ok": True,
        "blockxsize": TILE, "blockysize": TILE,
        "transform": transform,
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as target:

        def put(x: int, y: int, grid: NDArray[np.float32]) -> None:
            window = Window((x - left) * TILE, (y - top) * TILE, TILE, TILE)
            target.write(np.where(np.isnan(grid), NO_DATA, grid).astype("float32"), 1, window=window)

        yield put
