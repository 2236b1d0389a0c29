"""GeoTIFF: georeference, no-data and CRS are asked for; the grid lands in the plan's CRS, once."""

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin
from small_files import refused

from gisplan.core.errors import DiskError
from gisplan.sources.door import admit
from gisplan.sources.raster import Target, read_raster

LIMITS = (-500.0, 4000.0)
CRS = 6676


def geotiff(folder, values, *, crs=f"EPSG:{CRS}", nodata=-9999.0, transform=None, name="a.tif"):
    path = folder / name
    values = np.asarray(values, dtype="float32")
    transform = from_origin(-20_000, -120_000, 10, 10) if transform is None else transform
    height, width = values.shape
    with rasterio.open(
        path, "w", driver="GTiff", dtype="float32", count=1, height=height, width=width, crs=crs,
        transform=transform, nodata=nodata,
    ) as target:  # fmt: skip
        target.write(values, 1)
    return path


def read(path, folder, **options):
    file = admit(path, name=f"raw/{path.name}")
    return read_raster(file, Target(**({"crs": CRS, "limits": LIMITS, "folder": folder / "cache"} | options)))


def plane():
    """Return heights of a tilted plane: 0.1 m up per metre east."""
    return np.tile(np.arange(60) * 1.0, (50, 1))


def test_a_raster_in_the_plan_s_system_is_copied_cell_by_cell(tmp_path):
    path = geotiff(tmp_path, plane())
    grid = read(path, tmp_path)
    assert (grid.path.parent, grid.crs, grid.cells, grid.empty) == (tmp_path / "cache", CRS, 3000, 0)
    with rasterio.open(path) as given, rasterio.open(grid.path) as copy:
        assert (copy.transform, copy.crs, copy.nodata) == (given.transform, given.crs, given.nodata)
        assert np.array_equal(copy.read(1), given.read(1))


def test_empty_cells_are_counted_whether_declared_or_not(tmp_path):
    values = plane()
    values[0, :5] = -9999
    values[1, :3] = np.nan
    assert read(geotiff(tmp_path, values), tmp_path).empty == 8


@pytest.mark.parametrize(("bad", "shown"), [(-9999.0, "-9,999.0"), (32767.0, "32,767.0")])
def test_an_undeclared_no_data_value_is_no_height(tmp_path, bad, shown):
    values = plane()
    values[10:20, 10:20] = bad
    with refused("raster.nodata", place="raw/a.tif") as problems:
        read(geotiff(tmp_path, values, nodata=None), tmp_path)
    assert shown in problems[0].what.ja


def test_a_raster_without_georeference_is_refused(tmp_path):
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        path = geotiff(tmp_path, plane(), transform=rasterio.Affine.identity())
    with refused("raster.georef", place="raw/a.tif"):
        read(path, tmp_path)


def test_a_raster_without_a_crs_is_asked_for_and_can_be_told(tmp_path):
    path = geotiff(tmp_path, plane(), crs=None)
    with refused("crs.missing", place="raw/a.tif"):
        read(path, tmp_path)
    assert read(path, tmp_path, stated="EPSG:6676").crs == 6676
    with refused("crs.unknown", place="raw/a.tif") as problems:
        read(path, tmp_path, stated="EPSG:999999")
    assert "EPSG:999999" in problems[0].what.en


@pytest.mark.parametrize("left", [0.9, 0.5])
def test_a_cut_raster_is_refused(tmp_path, left):
    path = geotiff(tmp_path, np.random.default_rng(1).random((200, 200)) * 100)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * left)])
    with refused("file.truncated", place="raw/a.tif") as problems:
        read(path, tmp_path)
    assert str(tmp_path) not in problems[0].what.en


def in_degrees(folder, **options):
    # heights rise eastward, 0.1 m per 0.0001 degree, about Yaizu
    values = np.tile(np.arange(80) * 0.1, (60, 1))
    return geotiff(
        folder, values, crs="EPSG:6668", transform=from_origin(138.30, 34.87, 0.0001, 0.0001), **options
    )


def test_another_system_is_brought_into_the_plan_s(tmp_path):
    grid = read(in_degrees(tmp_path), tmp_path)
    assert grid.crs == 6668
    with rasterio.open(grid.path) as made:
        assert made.crs.to_epsg() == CRS
        values = made.read(1, masked=True)
        middle = values[values.shape[0] // 2].compressed()
        # one degree of longitude is 91.4 km here: 0.1 m per 0.0001 degree are 0.0109 m per metre
        slope = np.polyfit(np.arange(len(middle)) * made.transform.a, middle, 1)[0]
    assert slope == pytest.approx(0.1 / 9.14, rel=0.01)
    assert (middle.min(), middle.max()) == (pytest.approx(0, abs=0.2), pytest.approx(7.9, abs=0.2))


def test_a_reprojected_raster_is_made_once_and_leaves_no_scraps(tmp_path):
    path = in_degrees(tmp_path)
    first = read(path, tmp_path).path
    stamp = first.stat().st_mtime_ns
    assert read(path, tmp_path).path == first
    assert first.stat().st_mtime_ns == stamp
    assert [part.name for part in (tmp_path / "cache").iterdir()] == [first.name]


def test_a_raster_told_another_system_is_not_taken_from_the_cache(tmp_path):
    """The same bytes read as another CRS lie elsewhere."""
    path = geotiff(tmp_path, plane(), crs=None)
    one, two = (read(path, tmp_path, stated=stated).path for stated in ("EPSG:6675", "EPSG:6677"))
    with rasterio.open(one) as first, rasterio.open(two) as second:
        assert abs(first.bounds.left - second.bounds.left) > 100_000


def test_a_declared_gap_stays_a_gap(tmp_path):
    values = np.full((60, 80), 10.0)
    values[20:40, 20:40] = -9999
    path = geotiff(tmp_path, values, crs="EPSG:6668", transform=from_origin(138.30, 34.87, 0.0001, 0.0001))
    with rasterio.open(read(path, tmp_path).path) as made:
        held = made.read(1, masked=True).compressed()
    assert held.min() == pytest.approx(10)
    assert held.max() == pytest.approx(10)


def kept(folder):
    (path,) = (folder / "cache").iterdir()
    return path


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-100]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"no raster"),
        lambda path: path.write_bytes(path.read_bytes().replace(b"\x00", b"\x01", 1)),
        lambda path: path.rename(path.with_name(path.name.replace("-6676-2-", "-6676-1-"))),
        lambda path: path.rename(path.with_name(f"{path.name[:16]}-4326-6676.tif")),
    ],
    ids=["cut", "empty", "garbage", "one bit", "an older form", "before forms were named"],
)
def test_a_kept_copy_that_is_damaged_or_of_another_version_is_made_anew(tmp_path, spoil):
    """B161: a cache is made anew, never trusted."""
    path = geotiff(tmp_path, plane(), crs="EPSG:4326", transform=from_origin(138.0, 36.0, 0.0001, 0.0001))
    first = read(path, tmp_path).path
    data, name = first.read_bytes(), first.name
    spoil(kept(tmp_path))
    again = read(path, tmp_path).path
    assert (again.name, again.read_bytes()) == (name, data)
    assert kept(tmp_path) == again, "the other one is cleared"


def test_a_copy_that_cannot_be_kept_is_the_disk_s_fault_and_not_the_file_s(tmp_path):
    path = geotiff(tmp_path, plane(), crs="EPSG:4326", transform=from_origin(138.0, 36.0, 0.0001, 0.0001))
    (tmp_path / "cache").write_text("a file, no folder")
    with refused("out.not_writable", error=DiskError, exit_code=74):
        read(path, tmp_path)


def written(path, bands, **options):
    """Write bands of any number type into a GeoTIFF in the plan's system."""
    bands = np.asarray(bands)
    count, height, width = bands.shape
    profile = {"crs": f"EPSG:{CRS}", "transform": from_origin(-20_000, -120_000, 10, 10)} | options
    target = rasterio.open(
        path, "w", driver="GTiff", dtype=bands.dtype, count=count, height=height, width=width, **profile
    )
    target.write(bands)
    return target


def test_a_mask_beside_a_raster_is_not_opened(tmp_path):
    path = geotiff(tmp_path, plane())
    with rasterio.open(
        tmp_path / "m.tif", "w", driver="GTiff", dtype="uint8", count=1, height=50, width=60
    ) as mask:
        mask.write(np.zeros((1, 50, 60), dtype="uint8"))
        mask.update_tags(INTERNAL_MASK_FLAGS_1="2")
    (tmp_path / "m.tif").rename(tmp_path / "a.tif.msk")
    with rasterio.open(path) as seen:  # what GDAL makes of the mask when it is let
        assert not seen.read_masks(1).any()
    grid = read(path, tmp_path)
    assert grid.empty == 0
    with rasterio.open(grid.path) as copy:
        assert copy.read(1, masked=True).count() == 3000


def test_a_world_file_beside_a_raster_is_not_read(tmp_path):
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        path = geotiff(tmp_path, plane(), transform=rasterio.Affine.identity())
    (tmp_path / "a.tfw").write_text("10\n0\n0\n-10\n-20000\n-120000\n")
    with refused("raster.georef") as problems:
        read(path, tmp_path)
    assert ".tfw" in problems[0].what.ja


@pytest.mark.parametrize("own", [CRS, 6668])
def test_the_scale_and_offset_of_a_band_are_in_its_values(tmp_path, own):
    place = {} if own == CRS else {"crs": "EPSG:6668", "transform": from_origin(138.3, 34.87, 0.0001, 0.0001)}
    cells = np.full((1, 30, 30), 500, dtype="int16")
    cells[0, 0, :4] = -9999
    with written(tmp_path / "a.tif", cells, nodata=-9999, **place) as target:
        target.scales, target.offsets = (0.1,), (2.0,)
    grid = read(tmp_path / "a.tif", tmp_path)
    assert (grid.scale, grid.offset, grid.empty) == (0.1, 2.0, 4)
    with rasterio.open(grid.path) as copy:
        values = copy.read(1, masked=True).compressed()
    assert len(values) > 500
    assert values == pytest.approx(52.0)


def test_a_mask_inside_a_raster_is_kept_in_its_copy(tmp_path):
    cells = np.full((1, 20, 20), 7, dtype="int16")
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), written(tmp_path / "a.tif", cells) as target:
        mask = np.full((20, 20), 255, dtype="uint8")
        mask[:3] = 0
        target.write_mask(mask)
    grid = read(tmp_path / "a.tif", tmp_path)
    assert grid.empty == 60
    with rasterio.open(grid.path) as copy:
        assert copy.read(1, masked=True).count() == 340


def test_a_palette_three_bands_and_bands_without_names_are_pictures(tmp_path):
    one = np.full((1, 20, 20), 7, dtype="uint8")
    with written(tmp_path / "palette.tif", one) as target:
        target.write_colormap(1, {7: (255, 0, 0, 255)})
    written(tmp_path / "rgb.tif", np.repeat(one, 3, axis=0), photometric="RGB").close()
    written(tmp_path / "two.tif", np.repeat(one, 2, axis=0).astype("float32")).close()
    for name in ("palette", "rgb", "two"):
        with refused("raster.picture", place=f"raw/{name}.tif"):
            read(tmp_path / f"{name}.tif", tmp_path)


def test_of_several_bands_the_one_called_after_heights_is_read(tmp_path):
    bands = np.stack([np.full((20, 20), value, dtype="float32") for value in (1, 50)])
    with written(tmp_path / "a.tif", bands) as target:
        target.descriptions = ("slope", "標高(m)")
    with rasterio.open(read(tmp_path / "a.tif", tmp_path).path) as copy:
        assert (copy.count, copy.read(1).mean()) == (1, 50)
