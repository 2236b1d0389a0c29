"""Bytes changed at random, in every format: the file is read or refused in plain words, nothing else."""

import random
import shutil

import pytest
from small_files import SQUARE, members, shapefile, zipped
from test_sources_raster import CRS, LIMITS, geotiff, plane
from test_sources_table import KNOWN, workbook
from test_sources_vector import collection, feature, package

from gisplan.core.errors import InputError
from gisplan.sources.door import admit
from gisplan.sources.raster import Target, read_raster
from gisplan.sources.raw import Wanted
from gisplan.sources.read import read_file

TRIES = 100
FORMATS = (".shp", ".shx", ".dbf", ".prj", ".geojson", ".gpkg", ".xlsx", ".zip", ".csv", ".tif")
HEAD = 200


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return a good file of every format."""
    folder = tmp_path_factory.mktemp("whole")
    path = shapefile(folder, stem="a", rows=5)
    zipped(folder / "a.zip", {f"a{suffix}": data for suffix, data in members(path).items()})
    collection(folder / "a.geojson", *(feature(SQUARE, name="区域") for _ in range(3)))
    package(folder / "a.gpkg", "区域")
    workbook(folder, [["番号", "名称"], [1, "a"]])
    geotiff(folder, plane())
    (folder / "a.csv").write_bytes(("番号,名称,緯度,経度\n" + "1,区域,34.9,138.3\n" * 9).encode("cp932"))
    return folder


def changed(data, chance):
    """Return bytes with some of them changed, or cut."""
    if chance.random() < 0.15:
        return data[: chance.randrange(len(data))]
    some = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 4, 16])):
        at = chance.randrange(len(some) if chance.random() < 0.5 else min(len(some), HEAD))
        some[at] = chance.choice([0, 255, chance.randrange(256), some[at] ^ (1 << chance.randrange(8))])
    return bytes(some)


def read(path, folder):
    file = admit(path, name=path.name)
    if file.driver == "geotiff":
        return read_raster(file, Target(crs=CRS, limits=LIMITS, folder=folder / "cache"))
    return read_file(path, name=path.name, wanted=Wanted(known=tuple(KNOWN)))


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.filterwarnings("ignore")
def test_a_damaged_file_is_read_or_refused(whole, tmp_path, suffix):
    chance = random.Random(suffix)  # noqa: S311 (the same changes on every run)
    parts = (".shp", ".shx", ".dbf", ".prj") if suffix in {".shp", ".shx", ".dbf", ".prj"} else (suffix,)
    for part in parts:
        shutil.copy(whole / f"a{part}", tmp_path)
    good = (whole / f"a{suffix}").read_bytes()
    refusals = []
    for _ in range(TRIES):
        (tmp_path / f"a{suffix}").write_bytes(changed(good, chance))
        try:
            read(tmp_path / f"a{parts[0]}", tmp_path)
        except InputError as error:
            refusals.append(str(error))
    assert refusals or suffix == ".prj"
    assert [text for text in refusals if str(tmp_path) in text] == []
