"""Slope and zonal figures of sites, against planes, loops over cells and exact fractions."""

import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from rasterio.transform import Affine

from gisplan.core.errors import InputError
from gisplan.overlay.zonal import read_grid, slope, terrain

CRS = 6676
WEST, NORTH, CELL = 1000.0, 2000.0, 10.0
NODATA = -9999.0


def raster(folder, height, *, crs=CRS, transform=None, nodata=NODATA):
    """Write heights as a GeoTIFF and return its path."""
    path = folder / "dem.tif"
    shape = {"height": height.shape[0], "width": height.shape[1], "count": 1, "dtype": "float32"}
    place = transform or Affine(CELL, 0, WEST, 0, -CELL, NORTH)
    with rasterio.open(path, "w", driver="GTiff", crs=crs, transform=place, nodata=nodata, **shape) as file:
        file.write(height.astype("float32"), 1)
    return path


def frame(**shapes):
    """Return shapes by id as a table."""
    return gpd.GeoDataFrame({"id": list(shapes)}, geometry=list(shapes.values()), crs=CRS)


def cells(column, row, columns=1, rows=1):
    """Return the rectangle of some cells."""
    west, north = WEST + CELL * column, NORTH - CELL * row
    return shapely.box(west, north - CELL * rows, west + CELL * columns, north)


@pytest.mark.parametrize(("east", "south"), [(0, 0), (1, 0), (0, -0.5), (0.3, 0.4)])
def test_the_slope_of_a_plane_is_exact(east, south):
    rows, columns = np.mgrid[0:6, 0:7]
    height = columns * 10 * east + rows * 5 * south
    found = slope(height, width_m=10, depth_m=5)
    assert found[1:-1, 1:-1] == pytest.approx(np.full((4, 5), np.degrees(np.arctan(np.hypot(east, south)))))
    rim = found.copy()
    rim[1:-1, 1:-1] = np.nan
    assert np.isnan(rim).all()


def horn(height, row, column, *, width_m, depth_m):
    """Return the slope of one cell, letter by letter as in Horn (1981)."""
    (a, b, c), (d, _, f), (g, h, i) = height[row - 1 : row + 2, column - 1 : column + 2]
    across = ((c + 2 * f + i) - (a + 2 * d + g)) / (8 * width_m)
    down = ((g + 2 * h + i) - (a + 2 * b + c)) / (8 * depth_m)
    return np.degrees(np.arctan(np.sqrt(across**2 + down**2)))


@settings(max_examples=30, deadline=None)
@given(height=arrays.arrays("float64", (5, 6), elements=st.floats(-100, 4000)))
def test_the_slope_agrees_with_a_loop_over_cells(height):
    found = slope(height, width_m=10, depth_m=12)
    for row in range(1, 4):
        for column in range(1, 5):
            assert found[row, column] == pytest.approx(horn(height, row, column, width_m=10, depth_m=12))


def test_the_slope_is_not_known_beside_missing_cells():
    height = np.zeros((5, 5))
    height[2, 2] = np.nan
    assert np.isnan(slope(height, width_m=1, depth_m=1)).all()
    assert np.isnan(slope(np.zeros((2, 9)), width_m=1, depth_m=1)).all()


def test_zonal_figures_by_hand(tmp_path):
    columns = np.mgrid[0:12, 0:12][1]
    path = raster(tmp_path, columns * 10.0)  # a plane of 45° rising to the east
    sites = frame(
        whole=cells(4, 4, 2, 2),
        half=shapely.box(WEST + 45, NORTH - 60, WEST + 60, NORTH - 50),
        point=shapely.Point(WEST + 75, NORTH - 75),
    )
    found = terrain(sites, path, layer="site")
    table = found.table.set_index("id")
    assert table["elevation_m"].to_dict() == pytest.approx({"whole": 45.0, "half": 140 / 3, "point": 70.0})
    assert table["cells"].to_dict() == pytest.approx({"whole": 4.0, "half": 1.5, "point": 1.0})
    assert table["slope_deg"].tolist() == pytest.approx([45.0] * 3)
    assert table["slope_max_deg"].tolist() == pytest.approx([45.0] * 3)
    assert found.findings.empty


def test_outside_and_nodata_are_not_assessed(tmp_path):
    height = np.full((8, 8), 100.0)
    height[0:3, 0:3] = NODATA
    sites = frame(
        sea=cells(0, 0, 2, 2),
        far=shapely.box(0, 0, 10, 10),
        away=shapely.Point(0, 0),
        wet=shapely.Point(WEST + 5, NORTH - 5),
        shore=cells(2, 1, 2, 1),
        dry=cells(5, 5),
    )
    found = terrain(sites, raster(tmp_path, height), layer="site")
    table = found.table.set_index("id")
    nothing = ["sea", "far", "away", "wet"]
    assert table.loc[nothing, ["elevation_m", "slope_deg", "slope_max_deg"]].isna().all(axis=None)
    assert (table.loc[nothing, "cells"] == 0).all()
    assert table.loc["shore", ["elevation_m", "cells"]].tolist() == [100.0, 1.0]
    assert table.loc["dry", "slope_deg"] == 0.0
    said = found.findings.set_index("subject")["code"].to_dict()
    assert said == dict.fromkeys(nothing, "raster.outside") | {"shore": "raster.partial"}
    assert "50.0 %" in found.findings.query("subject == 'shore'")["reason_en"].iloc[0]


def test_a_raster_that_lies_elsewhere_assesses_nothing(tmp_path):
    found = terrain(frame(a=shapely.box(-90, -90, -80, -80)), raster(tmp_path, np.ones((4, 4))), layer="site")
    assert found.table["elevation_m"].isna().all()
    assert found.findings["code"].tolist() == ["raster.outside"]
    assert terrain(frame(), raster(tmp_path, np.ones((4, 4))), layer="site").table.empty


def test_only_the_window_around_the_sites_is_read(tmp_path):
    path = raster(tmp_path, np.arange(10_000, dtype=float).reshape(100, 100))
    grid = read_grid(path, crs="EPSG:6676", bounds=cells(50, 40).bounds)
    assert grid.height.shape == (5, 5)
    assert (grid.west, grid.north) == (WEST + 480, NORTH - 380)
    assert grid.height[2, 2] == 4050


def test_figures_do_not_depend_on_the_window(tmp_path):
    rng = np.random.default_rng(3)
    path = raster(tmp_path, rng.uniform(0, 300, (60, 60)))
    site = shapely.Point(WEST + 303, NORTH - 298).buffer(37)
    alone = terrain(frame(a=site), path, layer="site").table
    among = terrain(frame(a=site, b=cells(1, 1), c=cells(58, 58)), path, layer="site").table
    assert alone.iloc[0].tolist() == among.iloc[0].tolist()


def test_a_raster_of_another_system_or_rotated_is_refused(tmp_path):
    sites = frame(a=cells(1, 1))
    with pytest.raises(InputError) as caught:
        terrain(sites, raster(tmp_path, np.ones((4, 4)), crs=6677), layer="site")
    assert caught.value.problems[0].code == "crs.mismatch"
    turned = Affine(CELL, 1, WEST, 1, -CELL, NORTH)
    with pytest.raises(InputError) as caught:
        terrain(sites, raster(tmp_path, np.ones((4, 4)), transform=turned), layer="site")
    assert caught.value.problems[0].code == "raster.rotated"


@pytest.mark.real
def test_mount_fuji(real_data, tmp_path):
    with zipfile.ZipFile(real_data / "dem" / "interpolation.zip") as archive:
        name = next(member for member in archive.namelist() if member.endswith("fuji.tif"))
        path = Path(archive.extract(name, tmp_path))
    with rasterio.open(path) as file:
        west, south, east, north = file.bounds
    centre = shapely.Point((west + east) / 2, (south + north) / 2)
    found = terrain(frame(a=centre.buffer(500), p=centre), path, layer="site").table.set_index("id")
    assert (found["elevation_m"].between(0, 3776)).all()
    assert (found["slope_deg"].between(0, 60)).all()
    assert found.loc["a", "slope_max_deg"] > found.loc["a", "slope_deg"]
