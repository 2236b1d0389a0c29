"""Every real file beside the project is read with the right rows, system and text, or refused for a true reason."""

import csv
import tomllib
from pathlib import Path

import pytest
import rasterio

from gisplan.core.errors import InputError
from gisplan.layers.places import coordinate_columns
from gisplan.sources.raster import Target
from gisplan.sources.raw import Wanted
from gisplan.sources.reader import Reader

pytestmark = pytest.mark.real

CASES = tomllib.loads((Path(__file__).parent / "cases" / "real_files.toml").read_text("utf-8"))
KNOWN = (*coordinate_columns(), "名称", "住所", "stop_id", "id")
FOLDERS = ("wakayama", "sabae", "taketomi", "plateau", "dem", "osm", "kumamoto", "poa")


@pytest.fixture(scope="module")
def reader():
    with Reader() as running:
        yield running


def named(case):
    return f"{case['path'].split('/')[-1]}-{case.get('table', '')}{case.get('kind', '')}"


def test_every_file_of_the_folders_is_a_case(real_data):
    """Descriptions of the folders are no data."""
    there = {
        path.relative_to(real_data).as_posix()
        for folder in FOLDERS
        for path in (real_data / folder).rglob("*")
        if path.is_file() and not path.name.startswith("SOURCES")
    }
    assert there == {case["path"] for case in (*CASES["file"], *CASES["grid"])}


@pytest.mark.parametrize("case", CASES["file"], ids=named)
def test_a_real_file_is_read(real_data, reader, case):
    wanted = Wanted(known=KNOWN, table=case.get("table", ""), kind=case.get("kind"), osm=("highway",))
    path = real_data / case["path"]
    if "refused" in case:
        with pytest.raises(InputError) as caught:
            reader.read(path, name=path.name, wanted=wanted)
        assert {problem.code for problem in caught.value.problems} == {case["refused"]}
        return
    raw = reader.read(path, name=path.name, wanted=wanted)
    rows = len(raw.table) + len(raw.refused)
    assert (rows == case["rows"]) if "rows" in case else (rows > 100)
    assert raw.crs == case.get("crs", raw.crs)
    assert raw.encoding == case.get("encoding", raw.encoding)
    assert not any("\ufffd" in str(name) for name in raw.table.columns)
    if "text" in case:
        column, text = case["text"]
        assert text in set(raw.table[column])


@pytest.mark.parametrize("case", CASES["grid"], ids=named)
def test_a_real_grid_is_read(real_data, reader, tmp_path, case):
    path = real_data / case["path"]
    target = Target(crs=6676, limits=(-500, 9000), folder=tmp_path)
    if "refused" in case:
        with pytest.raises(InputError) as caught:
            reader.raster(path, name=path.name, target=target, table=case.get("table", ""))
        assert {problem.code for problem in caught.value.problems} == {case["refused"]}
        return
    _, grid = reader.raster(path, name=path.name, target=target, table=case.get("table", ""))
    height, width = case["shape"]
    assert grid.cells == height * width
    with rasterio.open(grid.path) as raster:
        assert raster.crs.to_epsg() == 6676


def test_every_layer_of_the_city_is_read_with_its_count_and_system(real_data, reader):
    with (real_data / "yaizu" / "SOURCES.csv").open(encoding="utf-8-sig") as rows:
        cases = [row for row in csv.DictReader(rows) if row["opens"] == "yes"]
    assert len(cases) >= 142
    wrong = []
    for case in cases:
        path = real_data / "yaizu" / case["file"]
        raw = reader.read(path, name=path.name, wanted=Wanted(known=KNOWN))
        count, system = len(raw.table) + len(raw.refused), f"EPSG:{raw.crs}"
        if str(count) != case["features"] or (raw.geometry is not None and system != case["crs"]):
            wrong.append((path.name, count, case["features"], system, case["crs"]))
        texts = [
            *map(str, raw.table.columns),
            *raw.table.select_dtypes(["object", "str"]).to_numpy().ravel()[:5000],
        ]
        wrong += [
            (path.name, text)
            for text in texts
            if isinstance(text, str) and ("\ufffd" in text or "\x96" in text)
        ]
    assert wrong == []
