"""GeoTIFF: georeference and values are checked, then the grid is brought into the plan's CRS."""

from __future__ import annotations

import errno
import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gisplan.core.disk import disk_error, whole
from gisplan.core.errors import InputError, Problem
from gisplan.sources.raw import File
from gisplan.sources.vector import epsg_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORM = 2
"""Raised when a copy is made in another way than before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A raster in the plan's CRS: its file, the CRS and bounds it came in, its cells and those without a value."""

    path: Path
    crs: int
    bounds: tuple[float, float, float, float]
    cells: int
    empty: int


def read_raster(file: File, *, crs: int, stated: str = "", limits: tuple[float, float], folder: Path) -> Grid:
    """Return a GeoTIFF as a file in the plan's CRS.

    Parameters
    ----------
    file
        A file of driver geotiff.
    crs
        EPSG code of the plan's CRS.
    stated
        The CRS that plan.toml states, for a file that has none.
    limits
        Lowest and highest value that is physically possible.
    folder
        Where a reprojected copy is written, named by the file's fingerprint.

    Raises
    ------
    InputError
        If there is no georeference or CRS, the file is cut, or values lie outside the limits.
    DiskError
        If the copy cannot be written.
    """
    import numpy as np
    import rasterio
    from rasterio.errors import RasterioError, RasterioIOError

    try:
        with rasterio.open(file.path, driver="GTiff") as source:
            _georeferenced(source, file)
            code = _code(source, stated, file)
            bounds = (source.bounds.left, source.bounds.bottom, source.bounds.right, source.bounds.top)
            values = source.read(1, masked=True)
            _possible(values, limits, file)
            if code == crs:
                path = file.path
            else:
                # A file without a CRS of its own may be read as one system today and as another tomorrow.
                name = f"{file.sha256[:16]}-{code}-{crs}"
                path = _kept(folder, name) or _keep(source, code, crs, folder / f"{name}.tif")
    except (RasterioIOError, RasterioError) as error:
        raise InputError(
            Problem(
                code="file.damaged",
                place=file.name,
                values={"detail": str(error).split(":")[-1].strip()[:120]},
            )
        ) from None
    held = int(np.isfinite(values.compressed()).sum())
    return Grid(path=path, crs=code, bounds=bounds, cells=int(values.size), empty=int(values.size) - held)


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


def _keep(source: Any, code: int, crs: int, path: Path) -> Path:
    """Write the raster in the plan's CRS beside a path, under the name that tells its content, and return where."""
    from rasterio.errors import RasterioError

    try:
        with whole(path) as part:
            _reproject(source, code, crs, part)
            mark = f"{_made_by()}-{_fingerprint(part)}"
        return path.replace(path.with_stem(f"{path.stem}-{mark}"))
    except (OSError, RasterioError) as error:
        # The source was read whole before; what fails now is the place of the copy.
        cause = error if isinstance(error, OSError) and error.errno else OSError(errno.EIO, str(error))
        raise disk_error(cause, place=str(path.parent), folder=path.parent) from None


def _reproject(source: Any, code: int, crs: int, path: Path) -> None:
    """Write the raster in the plan's CRS, bilinear."""
    import rasterio
    from rasterio.warp import Resampling, calculate_default_transform, reproject

    transform, width, height = calculate_default_transform(
        f"EPSG:{code}", f"EPSG:{crs}", source.width, source.height, *source.bounds
    )
    nodata = source.nodata if source.nodata is not None else -9999.0
    profile = {
        "driver": "GTiff", "dtype": "float32", "count": 1, "width": width, "height": height,
        "crs": f"EPSG:{crs}", "transform": transform, "nodata": nodata, "compress": "deflate",
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as target:
        reproject(
            rasterio.band(source, 1), rasterio.band(target, 1), src_crs=f"EPSG:{code}", dst_crs=f"EPSG:{crs}",
            src_nodata=source.nodata, dst_nodata=nodata, resampling=Resampling.bilinear,
        )  # fmt: skip
