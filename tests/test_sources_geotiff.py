"""A GeoTIFF written by windows: read back by windows it holds what was given, and equal bands give equal bytes."""

import numpy as np
import rasterio
from rasterio.windows import Window

from gisplan.sources.geotiff import BLOCK, Raster, write_geotiff


def raster(rows=300, columns=270):
    values = np.arange(rows * columns, dtype="float64").reshape(rows, columns) / 7.0
    values[0, 0] = -9999.0
    return Raster(
        west=-1_200.0, north=5_400.0, side=100.0, crs=6676, nodata=-9999.0,
        bands={"suitability": values, "score 空家等": values[::-1] * 2.0},
        tags={"title": "焼津市の計画"}, band_tags={"score 空家等": {"weight": "0.25", "source": "焼津市"}},
    )  # fmt: skip


def test_windows_hold_what_was_given(tmp_path):
    path, made = tmp_path / "suitability.tif", raster()
    write_geotiff(path, made)
    with rasterio.open(path) as source:
        assert (source.crs.to_epsg(), source.nodata, source.dtypes) == (6676, -9999.0, ("float32", "float32"))
        assert (source.bounds.left, source.bounds.top, source.res) == (-1_200.0, 5_400.0, (100.0, 100.0))
        assert source.block_shapes == [(BLOCK, BLOCK)] * 2
        assert source.descriptions == ("suitability", "score 空家等")
        assert source.tags()["title"] == "焼津市の計画"
        assert source.tags(2)["weight"] == "0.25"
        # A window across the corner where four blocks meet.
        corner = source.read(1, window=Window(BLOCK - 3, BLOCK - 2, 8, 6), masked=True)
        assert (
            corner
            == made.bands["suitability"][BLOCK - 2 : BLOCK + 4, BLOCK - 3 : BLOCK + 5].astype("float32")
        ).all()
        whole = source.read(masked=True)
    assert np.argwhere(whole.mask).tolist() == [[0, 0, 0]]
    assert (whole[1].data == (made.bands["score 空家等"]).astype("float32")).all()


def test_equal_bands_give_equal_bytes_and_nothing_beside(tmp_path):
    for name in ("one.tif", "two.tif"):
        write_geotiff(tmp_path / name, raster(40, 30))
    assert (tmp_path / "one.tif").read_bytes() == (tmp_path / "two.tif").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.tif", "two.tif"]
