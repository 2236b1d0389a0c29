"""Bands of numbers as a GeoTIFF, written window by window; equal bands give equal bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

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
