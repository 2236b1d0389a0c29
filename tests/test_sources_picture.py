"""Pictures under a map: their colours where they lie, clear elsewhere, and refused without a place."""

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine, from_origin

from gisplan.sources.geotiff import NoPictureError, read_picture

CRS = 6676
WEST, NORTH, CELL = -20_000.0, -130_000.0, 10.0


def written(path, bands, *, crs=CRS, transform=None, colours=None):
    bands = np.asarray(bands)
    count, rows, columns = bands.shape
    place = from_origin(WEST, NORTH, CELL, CELL) if transform is None else transform
    profile = {"driver": "GTiff", "width": columns, "height": rows, "count": count, "dtype": bands.dtype.name}
    if crs:
        profile["crs"] = f"EPSG:{crs}"
    with rasterio.open(path, "w", transform=place, **profile) as file:
        file.write(bands)
        if colours:
            file.write_colormap(1, colours)
    return path


def quarters(*values):
    """Return a band of four quarters: north-west, north-east, south-west, south-east."""
    one = np.kron(np.array(values, dtype=np.uint8).reshape(2, 2), np.ones((10, 10), dtype=np.uint8))
    return one.astype(np.uint8)


BOUNDS = (WEST, NORTH - 200.0, WEST + 200.0, NORTH)


def corners(picture):
    return [
        tuple(int(part) for part in picture[row, column])
        for row, column in ((2, 2), (2, -3), (-3, 2), (-3, -3))
    ]


def test_colours_stand_where_they_lie(tmp_path):
    path = written(
        tmp_path / "a.tif", [quarters(255, 0, 0, 9), quarters(0, 255, 0, 9), quarters(0, 0, 255, 9)]
    )
    found = read_picture(path, crs=CRS, bounds=BOUNDS, size=(40, 40))
    assert found.shape == (40, 40, 4)
    assert corners(found) == [(255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255), (9, 9, 9, 255)]


def test_grey_and_colour_maps_are_pictures_too(tmp_path):
    grey = written(tmp_path / "grey.tif", [quarters(10, 20, 30, 40)])
    assert corners(read_picture(grey, crs=CRS, bounds=BOUNDS, size=(20, 20)))[1] == (20, 20, 20, 255)
    colours = {1: (250, 0, 0, 255), 2: (0, 250, 0, 255)}
    mapped = written(tmp_path / "map.tif", [quarters(1, 2, 2, 1)], colours=colours)
    found = corners(read_picture(mapped, crs=CRS, bounds=BOUNDS, size=(20, 20)))
    assert found == [(250, 0, 0, 255), (0, 250, 0, 255), (0, 250, 0, 255), (250, 0, 0, 255)]


def test_beside_the_picture_it_is_clear(tmp_path):
    path = written(tmp_path / "a.tif", [quarters(1, 2, 3, 4)])
    found = read_picture(
        path, crs=CRS, bounds=(WEST - 200.0, NORTH - 200.0, WEST + 200.0, NORTH), size=(40, 20)
    )
    assert (found[:, :19, 3] == 0).all()
    assert (found[:, 21:, 3] == 255).all()


def test_a_picture_in_another_system_lies_at_the_same_place(tmp_path):
    plane = written(tmp_path / "a.tif", [quarters(10, 80, 160, 240)])
    with rasterio.open(plane) as source:
        from rasterio.warp import calculate_default_transform, reproject

        transform, width, height = calculate_default_transform(
            source.crs, "EPSG:3857", 20, 20, *source.bounds
        )
        moved = np.zeros((1, height, width), dtype=np.uint8)
        reproject(source.read(), moved, src_transform=source.transform, src_crs=source.crs, dst_transform=transform,
                  dst_crs="EPSG:3857")  # fmt: skip
    mercator = written(tmp_path / "b.tif", moved, crs=3857, transform=transform)
    found = [read_picture(path, crs=CRS, bounds=BOUNDS, size=(20, 20)) for path in (plane, mercator)]
    assert corners(found[0]) == corners(found[1])


@pytest.mark.parametrize("fault", ["crs", "place", "kind", "file"])
def test_what_is_no_picture_with_a_place_is_refused(tmp_path, fault):
    bands = [quarters(1, 2, 3, 4)] if fault != "kind" else [quarters(1, 2, 3, 4).astype("float32")]
    path = tmp_path / "a.tif"
    if fault == "file":
        path.write_text("no picture", "utf-8")
    else:
        written(
            path,
            bands,
            crs=None if fault == "crs" else CRS,
            transform=Affine.identity() if fault == "place" else None,
        )
    with pytest.raises(NoPictureError):
        read_picture(path, crs=CRS, bounds=BOUNDS, size=(4, 4))
