"""Ground that two rows claim: repeated areas are one, contradicting ones stop, overlaps are weighed."""

import dataclasses
from pathlib import Path

import geopandas as gpd
import hypothesis.strategies as st
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from small_files import refused
from small_town import CRS, atlas, findings, write

from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.layers.ground import claimed_twice, overlaps, same_places
from gisplan.layers.load import load
from gisplan.plan.read import read_plan

CATALOGUE = read_catalogue(packaged_folder())
X, Y = -15_000, -115_000
PLAN = Path(__file__).parent / "real" / "yaizu" / "plan.toml"
DATA = "../../../../shared/data"


def square(x, y=0, size=100):
    return shapely.box(X + x, Y + y, X + x + size, Y + y + size)


def claimed(shapes, layer="zone", **columns):
    table = gpd.GeoDataFrame(columns, geometry=list(shapes), crs=CRS, index=range(len(shapes)))
    count = len(shapes)
    return claimed_twice(
        table, CATALOGUE[layer], keep=np.ones(count, dtype=bool), part_of=np.zeros(count, dtype="int64"),
        numbers=np.arange(1, count + 1), place=lambda row: f"raw/図/a.shp:{row + 1}",
    )  # fmt: skip


def said(ground):
    return {doubt.code: doubt.values for doubt in ground.doubts}


def test_areas_side_by_side_are_not_doubtful():
    found = claimed([square(0), square(100), square(300)], zone=["a", "b", "c"])
    assert (found.again.any(), found.refused, found.doubts) == (False, (), ())


def test_the_same_area_with_the_same_attributes_counts_once():
    found = claimed([square(0), square(0).reverse(), square(200)], zone=["a", "a", "b"], id=["2", "1", "3"])
    assert found.again.tolist() == [True, False, False]
    [(part, row)] = found.refused
    assert (part, row.row, row.code) == (0, 1, "geom.same_ground")
    assert said(found) == {"geom.duplicate": {"count": 1, "rows": ["raw/図/a.shp:1"]}}


def test_a_row_that_stands_twice_with_its_id_keeps_its_reason():
    found = claimed([square(0), square(0)], zone=["a", "a"], id=["1", "1"])
    assert [row.code for _, row in found.refused] == ["id.row_twice"]


@pytest.mark.parametrize("shape", [square(0), shapely.box(X, Y, X + 100, Y + 99.95)])
def test_the_same_ground_that_says_something_else_stops(shape):
    with refused("join.fanout", place="raw/図/a.shp:1") as problems:
        claimed([square(0), square(500), shape], zone=["a", "b", "c"])
    assert problems[0].values["other"] == "raw/図/a.shp:3"
    assert "用途地域" in problems[0].what.ja


def test_two_versions_of_a_district_may_lie_on_the_same_ground():
    shapes = [square(0), square(0)]
    found = claimed(shapes, "promotion_area", name=["東", "東"], version=["1", "2"])
    assert (found.refused, found.doubts) == ((), ())
    with refused("join.fanout"):
        claimed(shapes, "promotion_area", name=["東", "西"], version=["1", "2"])
    with refused("join.fanout"):
        claimed(shapes, "promotion_area", name=["東", "東"], version=["1", "1"], use_exception=[True, False])


@pytest.mark.parametrize("layer", ["neighbourhood", "site"])
def test_layers_that_are_no_districts_are_told_and_go_on(layer):
    found = claimed([square(0), square(0)], layer, name=["東", "西"])
    assert said(found)["geom.overlap"]["largest"] == 10_000


@pytest.mark.parametrize("layer", ["flood", "population", "hub"])
def test_floods_meshes_and_points_are_not_tested(layer):
    found = claimed([square(0), square(0)], layer, name=["東", "東"])
    assert (found.again.any(), found.doubts) == (False, ())


def test_overlaps_are_counted_and_weighed_and_slivers_told_apart():
    shapes = [square(0), square(90), square(0, 99.5), square(500)]
    found = claimed(shapes, zone=list("abcd"), id=["い", "ろ", "", "に"])
    values = said(found)["geom.overlap"]
    assert (values["pairs"], values["slivers"]) == (3, 2)
    assert values["total"] == pytest.approx(1_000 + 50 + 5)
    assert values["wide"] == pytest.approx(1_000)
    assert values["largest"] == pytest.approx(1_000)
    assert [text.ja for text in values["examples"][:2]] == ["い–ろ 1,000.0 m²", "a.shp:3–い 50.0 m²"]


def test_slivers_alone_need_nothing_done():
    found = claimed([square(0), square(99.9)], zone=["a", "b"])
    assert said(found)["geom.overlap_slivers"]["slivers"] == 1


def test_too_many_neighbours_are_said_not_to_be_tested(monkeypatch):
    monkeypatch.setattr("gisplan.layers.ground.MOST_PAIRS", 0)
    assert said(claimed([square(0), square(50)], zone=["a", "b"])) == {"geom.overlap_not_tested": {"rows": 2}}


BOXES = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(1, 6), st.integers(1, 6)), max_size=12
)


@given(BOXES, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_overlaps_are_those_of_every_pair_whatever_the_order(boxes, chance):
    shapes = np.array([shapely.box(x, y, x + w, y + h) for x, y, w, h in boxes], dtype=object)
    found = overlaps(shapes)
    expected = {
        (i, j): shapes[i].intersection(shapes[j]).area
        for i in range(len(shapes))
        for j in range(i)
        if shapes[i].intersection(shapes[j]).area > 0
    }
    pairs = {
        (max(i, j), min(i, j)): area
        for i, j, area in zip(found.left.tolist(), found.right.tolist(), found.area.tolist(), strict=True)
    }
    assert pairs == expected
    order = chance.sample(range(len(shapes)), len(shapes))
    again = overlaps(shapes[order])
    assert sorted(again.area.tolist()) == sorted(found.area.tolist())


def test_the_order_of_rows_does_not_matter(tmp_path):
    rows = [
        (square(0), "商業地域"),
        (square(0), "商業地域"),
        (square(95), "工業地域"),
        (square(300), "準住居地域"),
    ]
    tables = []
    for turned in (rows, rows[::-1]):
        write(tmp_path / "zone.gpkg", [shape for shape, _ in turned], 用途地域=[name for _, name in turned])
        found = atlas(tmp_path, zone={"path": "zone.gpkg"})
        [reading] = found.layers["zone"].readings
        assert (reading.read, reading.kept, reading.refused) == (4, 3, 1)
        assert set(found.rejects["code"]) == {"geom.same_ground"}
        tables.append(found.layers["zone"].table)
    assert tables[0].drop(columns="geometry").equals(tables[1].drop(columns="geometry"))
    assert shapely.equals(tables[0].geometry.to_numpy(), tables[1].geometry.to_numpy()).all()


def test_facilities_of_one_name_at_one_place_are_told():
    spots = [shapely.Point(X, Y), shapely.Point(X + 0.2, Y), shapely.Point(X, Y + 50), shapely.Point(X, Y)]
    table = gpd.GeoDataFrame(
        {"id": list("1234"), "name": ["市民病院", "市民病院", "市民病院", ""]}, geometry=spots, crs=CRS
    )
    [doubt] = same_places(table, CATALOGUE["medical"])
    assert (doubt.code, doubt.values["rows"], doubt.values["places"]) == ("geom.same_place", 2, 1)
    assert doubt.values["examples"] == ["市民病院（1・2）"]
    assert same_places(table, CATALOGUE["vacant_house"]) == ()
    assert same_places(table.iloc[2:], CATALOGUE["medical"]) == ()


@pytest.mark.real
def test_the_zones_of_yaizu_overlap_by_what_was_measured(real_data):
    plan = read_plan(PLAN)
    entries = [
        dataclasses.replace(entry, path=tuple(path.replace(DATA, str(real_data)) for path in entry.path))
        for entry in plan.layers
        if entry.layer in {"municipality", "zone"}
    ]
    plan = dataclasses.replace(plan, layers=tuple(entries))
    row = findings(load(plan, catalogue=CATALOGUE)).loc["geom.overlap"]
    for text in ("124 ", "2,175.3 m²", "1,014.2 m²"):
        assert text in row["reason_ja"]
        assert text in row["reason_en"]
