"""GeoTIFFs: bands of numbers written window by window, equal bytes for equal bands; pictures read in another CRS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 256
"""Rows and columns of a block: a program that shows a part of the raster reads these alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raster:
    """Bands over one grid: the corner [m], the side of a cell [m], the EPSG code, and what stands for no data.

    `bands` are grids from north to south by what they are called [r, c]; `tags` are told of the file as a whole and
    `band_tags` of a band by its name.
    """

    west: float
    north: float
    side: float
    crs: int
    nodata: float
    bands: Mapping[str, NDArray[np.float64]]
    tags: Mapping[str, str]
    band_tags: Mapping[str, Mapping[str, str]]


def write_geotiff(path: Path, raster: Raster) -> None:
    """Write bands as 32-bit numbers.

    Parameters
    ----------
    path
        A file in a folder that takes its place when it is whole.
    raster
        The bands.
    """
    import rasterio
    from rasterio.transform import from_origin
    from rasterio.windows import Window

    names = list(raster.bands)
    rows, columns = raster.bands[names[0]].shape
    profile = {
        "driver": "GTiff", "dtype": "float32", "count": len(names), "width": columns, "height": rows,
        "crs": f"EPSG:{raster.crs}", "transform": from_origin(raster.west, raster.north, raster.side, raster.side),
        "nodata": raster.nodata, "compress": "deflate", "predictor": 3, "tiled": True, "blockxsize": BLOCK,
        "blockysize": BLOCK,
    }  # fmt: skip
    with rasterio.Env(GDAL_PAM_ENABLED="NO"), rasterio.open(path, "w", **profile) as target:
        target.update_tags(**raster.tags)
        for number, name in enumerate(names, start=1):
            target.set_band_description(number, name)
            target.update_tags(number, **raster.band_tags.get(name, {}))
        for row, column in _corners(rows, columns):
            part = (slice(row, row + BLOCK), slice(column, column + BLOCK))
            block = np.stack([raster.bands[name][part] for name in names])
            window = Window(column, row, block.shape[2], block.shape[1])
            target.write(block.astype("float32"), window=window)


def _corners(rows: int, columns: int) -> Sequence[tuple[int, int]]:
    return [(row, column) for row in range(0, rows, BLOCK) for column in range(0, columns, BLOCK)]


class NoPictureError(Exception):
    """A file is no picture with a place on the ground."""


def read_picture(
    path: Path, *, crs: int, bounds: tuple[float, float, float, float], size: tuple[int, int]
) -> NDArray[np.uint8]:
    """Return a part of a picture in another CRS [rows, columns, 4; 0–255], clear where the file has nothing.

    Parameters
    ----------
    path
        A GeoTIFF: RGB, grey or with a colour map.
    crs
        EPSG code of the answer.
    bounds
        West, south, east and north of the part in that CRS.
    size
        Width and height of the answer [pixels].

    Raises
    ------
    NoPictureError
        If it is no GeoTIFF of bytes, or does not say where it lies.
    """
    import rasterio
    from rasterio.errors import RasterioError
    from rasterio.transform import from_bounds

    try:
        with (
            rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_PAM_ENABLED="NO"),
            rasterio.open(path, driver="GTiff", GEOREF_SOURCES="INTERNAL") as source,
        ):
            if source.crs is None or source.transform.is_identity:
                raise NoPictureError("CRS")
            if source.dtypes[0] != "uint8":
                raise NoPictureError(source.dtypes[0])
            return _warped(source, crs=crs, transform=from_bounds(*bounds, *size), size=size)
    except RasterioError as error:
        raise NoPictureError(str(error).split(":")[-1].strip()[:120]) from None


def _warped(source: Any, *, crs: int, transform: Any, size: tuple[int, int]) -> NDArray[np.uint8]:
    from rasterio.enums import ColorInterp
    from rasterio.warp import Resampling, reproject

    mapped = source.colorinterp[0] == ColorInterp.palette
    how = Resampling.nearest if mapped else Resampling.bilinear

    def part(values: Any) -> NDArray[np.uint8]:
        found = np.zeros((size[1], size[0]), dtype=np.uint8)
        reproject(
            values, found, src_transform=source.transform, src_crs=source.crs, dst_transform=transform,
            dst_crs=f"EPSG:{crs}", resampling=how,
        )  # fmt: skip
        return found

    bands = [part(source.read(band)) for band in range(1, min(source.count, RGB) + 1)]
    seen = part(source.dataset_mask())
    if mapped:
        table = np.zeros((256, 4), dtype=np.uint8)
        for value, colour in source.colormap(1).items():
            table[value] = colour
        picture = table[bands[0]]
    else:
        colours = bands if len(bands) == RGB else [bands[0]] * RGB
        picture = np.stack([*colours, np.full_like(seen, OPAQUE)], axis=-1)
    picture[..., 3] = np.minimum(picture[..., 3], seen)
    return picture


RGB, OPAQUE = 3, 255
