"""Old datums: what is said of them, and which layers betray theirs by the outline of the municipality."""

import zipfile

import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import Geod
from small_town import CRS, TOWN, atlas, boundary, findings, points, write

from gisplan.layers.crs_doctor import ask_crs
from gisplan.layers.datum import other_datum, traced, traced_better
from gisplan.layers.extent import project

QUARTERS = [shapely.box(x, y, x + 5_000, y + 5_000) for x in (-20_000, -15_000) for y in (-120_000, -115_000)]


def test_the_same_numbers_in_the_other_datum():
    assert [other_datum(crs) for crs in (6668, 4612, 4326, 6676, 2450)] == [4301] * 3 + [30168] * 2
    assert [other_datum(crs) for crs in (4301, 30161, 30168, 30179)] == [6668, 6669, 6676, 6687]
    assert [other_datum(crs) for crs in (3857, 6691, 32654, 30180)] == [0] * 4


@pytest.mark.parametrize(
    ("true", "stated"), [(30168, 6676), (30168, 2450), (4301, 6668), (4301, 4326), (6676, 30168)]
)
def test_a_layer_that_traces_the_outline_in_another_datum_is_suspected(tmp_path, true, stated):
    write(tmp_path / "a.gpkg", QUARTERS, crs=true, stated=stated, 名称=list("東西南北"))
    row = findings(atlas(tmp_path, neighbourhood={"path": "a.gpkg"})).loc["crs.datum_suspect"]
    assert f"EPSG:{true}" in row["do_ja"]
    assert row["severity"] == "S2"


@pytest.mark.parametrize("crs", [6676, 2450, 30168, 6668, 4301, 3857])
def test_a_layer_in_the_datum_it_states_is_not(tmp_path, crs):
    write(tmp_path / "a.gpkg", QUARTERS, crs=crs, 名称=list("東西南北"))
    found = findings(atlas(tmp_path, neighbourhood={"path": "a.gpkg"}))
    assert "crs.datum_suspect" not in found.index


def test_areas_that_do_not_trace_the_outline_cannot_tell():
    blocks = shapely.buffer(points(300), 60)
    moved = project(blocks, source=30168, target=CRS)
    assert traced_better(moved, boundary(), CRS, CRS) is None
    dense = shapely.buffer(points(60_000), 5, quad_segs=1)
    assert traced_better(dense, boundary(), CRS, CRS) is None
    assert traced_better(np.array([], dtype=object), boundary(), CRS, CRS) is None


def test_the_share_of_the_outline_is_that_with_an_edge_beside_it():
    half = np.array([shapely.box(-20_000, -120_000, -10_000, -115_000)], dtype=object)
    here, there = traced(half, boundary().outline, (CRS, 30168), CRS)
    assert here == pytest.approx(0.5, abs=0.03)
    assert there < 0.05


def test_the_datum_that_traces_the_outline_is_the_first_candidate(tmp_path):
    layer = project(np.array(QUARTERS, dtype=object), source=CRS, target=30168)
    [problem] = ask_crs(layer, boundary(), crs=CRS, file="a", detail="").problems
    assert "EPSG:30168" in problem.values["candidates"][0].ja
    [problem] = ask_crs(np.array(QUARTERS, dtype=object), boundary(), crs=CRS, file="a", detail="").problems
    assert "EPSG:6676" in problem.values["candidates"][0].ja


@pytest.mark.parametrize(("code", "said"), [("22212", "crs.jgd2000_same"), ("07201", "crs.jgd2000")])
def test_the_earthquake_is_told_where_it_moved_the_ground(tmp_path, code, said):
    write(tmp_path / "a.gpkg", QUARTERS, crs=2450, 名称=list("東西南北"))
    town = tmp_path / "town"
    town.mkdir()
    write(town / "b.gpkg", QUARTERS, crs=2450, 名称=list("東西南北"))
    write(town / "own.gpkg", [TOWN], code=[""], name=["町"])
    found = findings(
        atlas(town, code=code, municipality={"path": "own.gpkg"}, neighbourhood={"path": "b.gpkg"})
    )
    assert {code for code in found.index if code.startswith("crs.")} == {said}
    assert found.loc[said, "severity"] == ("S2" if said == "crs.jgd2000" else "S4")


def test_the_published_point_comes_within_two_metres_and_the_finding_says_so(tmp_path):
    """国土地理院: 38.546789, 140.026224 of Tokyo Datum is 38.549703478, 140.022853531 of JGD2000."""
    point = np.array([shapely.Point(140.026224, 38.546789)], dtype=object)
    east, north = shapely.get_coordinates(project(point, source=4301, target=4612))[0]
    _, _, apart = Geod(ellps="GRS80").inv(east, north, 140.022853531, 38.549703478)
    assert 0.2 < apart < 2
    write(tmp_path / "a.gpkg", QUARTERS, crs=30168, 名称=list("東西南北"))
    row = findings(atlas(tmp_path, neighbourhood={"path": "a.gpkg"})).loc["crs.tokyo_datum"]
    assert ("±2m" in row["reason_ja"], "±2 m" in row["reason_en"]) == (True, True)
    assert row["severity"] == "S1"


@pytest.mark.real
def test_points_in_two_datums_come_together_and_cannot_be_told_apart(real_data, tmp_path):
    """鯖江市 publishes its AEDs twice; a list of points traces no outline."""
    with zipfile.ZipFile(real_data / "sabae" / "sabae.zip") as archive:
        archive.extractall(tmp_path)
    placed = []
    for name, crs in (("jgd2000", 4612), ("tokyo", 4301)):
        _, _, shapes, _ = pyogrio.raw.read(tmp_path / "sabae" / f"sabae_aed_{name}.shp")
        placed.append(project(shapely.from_wkb(shapes), source=crs, target=6674))
    assert len(placed[0]) == 134
    assert shapely.distance(*placed).max() < 2
    town = shapely.union_all(placed[0]).convex_hull
    wrong = project(project(placed[1], source=6674, target=4301), source=6668, target=6674)
    assert shapely.distance(placed[0], wrong).min() > 400
    assert traced_better(wrong, boundary(town), 6668, 6674) is None


@pytest.mark.real
def test_the_layers_of_yaizu_are_in_the_datum_they_state(real_data):
    municipalities = pyogrio.read_dataframe(real_data / "japan" / "admin" / "N03-21_22_210101_s0010.geojson")
    own = municipalities[municipalities["N03_007"].astype(str).str.startswith("22212")].to_crs(CRS)
    town = boundary(shapely.union_all(own.geometry.to_numpy()))
    caught = 0
    for path in sorted((real_data / "yaizu" / "raw").glob("*/*.shp")):
        frame = pyogrio.read_dataframe(path, columns=[])
        if not (frame.geom_type.isin(["Polygon", "MultiPolygon"])).any():
            continue
        crs = frame.crs.to_epsg(min_confidence=20)
        shapes = frame.geometry.to_numpy()
        assert traced_better(project(shapes, source=crs, target=CRS), town, crs, CRS) is None, path.name
        other = other_datum(crs)
        found = traced_better(project(shapes, source=other, target=CRS), town, other, CRS)
        caught += found is not None
    assert caught >= 4
