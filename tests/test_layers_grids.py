"""Raster layers: what their file states beside its numbers is told, and one without a value is not assessed."""

import numpy as np
import rasterio
from rasterio.transform import from_origin
from small_town import CRS, atlas, findings


def heights(folder, cells, *, scale=1.0):
    with rasterio.open(
        folder / "a.tif", "w", driver="GTiff", dtype=cells.dtype, count=1, height=cells.shape[0],
        width=cells.shape[1], crs=f"EPSG:{CRS}", transform=from_origin(-20_000, -110_000, 100, 100), nodata=-9999,
    ) as target:  # fmt: skip
        target.write(cells, 1)
        target.scales = (scale,)


def test_a_raster_without_a_value_is_not_assessed(tmp_path):
    heights(tmp_path, np.full((30, 30), -9999.0, dtype="float32"))
    found = atlas(tmp_path, elevation={"path": "a.tif"})
    assert not found.layers["elevation"].assessed
    told = findings(found)
    assert told.loc["data.not_assessed", "layer"] == "elevation"
    assert "900" in told.loc["raster.no_values", "reason_ja"]


def test_the_scale_of_a_raster_is_told(tmp_path):
    heights(tmp_path, np.full((30, 30), 500, dtype="int16"), scale=0.1)
    found = atlas(tmp_path, elevation={"path": "a.tif"})
    assert found.layers["elevation"].assessed
    assert "0.1" in findings(found).loc["raster.scaled", "reason_ja"]
