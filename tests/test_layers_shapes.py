"""Geometries keep a layer's promise: right kind, valid, in the plane; every repair is counted and weighed."""

import dataclasses

import hypothesis.strategies as st
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from small_files import refused

from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.layers.shapes import mend_shapes

CATALOGUE = read_catalogue(packaged_folder())
ZONE, DISTRICT, ROAD, HUB, SITE = (
    CATALOGUE[name] for name in ("zone", "promotion_area", "road", "hub", "site")
)
SQUARE = shapely.box(0, 0, 100, 100)
BOW_TIE = "POLYGON ((0 0, 100 100, 100 0, 0 100, 0 0))"
NICKED = "POLYGON ((0 0, 100 0, 100 100, 49 100, 51 101, 49 101, 51 100, 0 100, 0 0))"
"""A square with a slip of the pen: a loop of one square metre crosses its own edge."""

OVERLAPPING = "MULTIPOLYGON (((0 0, 100 0, 100 100, 0 100, 0 0)), ((50 0, 150 0, 150 100, 50 100, 50 0)))"

with np.errstate(invalid="ignore"):
    BROKEN = shapely.polygons([[(0, 0), (1, 0), (1, np.nan), (0, 0)], [(0, 0), (np.inf, 0), (1, 1), (0, 0)]])


def mend(*shapes, spec=ZONE):
    geometry = np.array(
        [shapely.from_wkt(shape) if isinstance(shape, str) else shape for shape in shapes], dtype=object
    )
    return mend_shapes(geometry, np.arange(11, 11 + len(geometry)), spec, file="raw/a.gpkg")


def doubts(shapes):
    return {doubt.code: doubt.values for doubt in shapes.doubts}


def codes(shapes):
    return {row.row: row.code for row in shapes.refused}


def test_what_is_right_stays_as_it_is():
    hole = SQUARE.difference(shapely.box(10, 10, 20, 20))
    found = mend(
        SQUARE, hole, shapely.MultiPolygon([SQUARE, shapely.box(200, 0, 300, 100)]), SQUARE.reverse()
    )
    assert found.geometry[1].equals_exact(hole)
    assert not found.mended.any()
    assert (found.refused, found.doubts) == ((), ())


@pytest.mark.parametrize("shape", [
    None, "POLYGON EMPTY", "MULTIPOLYGON EMPTY", "GEOMETRYCOLLECTION EMPTY", "POINT EMPTY",
    *BROKEN,
])  # fmt: skip
def test_a_geometry_of_nothing_is_refused_with_its_row(shape):
    found = mend(SQUARE, shape, SQUARE)
    assert codes(found) == {12: "geom.empty"}
    assert not found.mended.any()


def test_every_geometry_may_be_missing():
    assert codes(mend(None, None)) == {11: "geom.empty", 12: "geom.empty"}
    assert len(mend().geometry) == 0


# ---- repair -------------------------------------------------------------------------------------------------------


def test_a_small_fault_is_mended_and_weighed():
    found = mend(SQUARE, NICKED)
    assert not shapely.from_wkt(NICKED).is_valid
    assert found.geometry[1].is_valid
    assert found.geometry[1].area == pytest.approx(10_000, rel=0.01)
    assert found.mended.tolist() == [False, True]
    assert doubts(found)["geom.invalid"]["rows"] == ["12"]
    assert doubts(found)["geom.invalid"]["after"] == pytest.approx(found.geometry[1].area)


def test_a_repair_that_changes_the_ground_is_left_to_people():
    with refused("geom.changed", place="raw/a.gpkg:12") as problems:
        mend(SQUARE, BOW_TIE)
    assert "5,000.0" in problems[0].what.ja


def test_every_such_row_is_told_at_once():
    with refused("geom.changed") as problems:
        mend(BOW_TIE, SQUARE, BOW_TIE)
    assert [problem.place for problem in problems] == ["raw/a.gpkg:11", "raw/a.gpkg:13"]


def test_ground_under_two_parts_counts_once():
    found = mend(OVERLAPPING)
    assert shapely.from_wkt(OVERLAPPING).area == 20_000
    assert found.geometry[0].area == pytest.approx(15_000)
    assert doubts(found)["geom.invalid"]["before"] == pytest.approx(20_000)
    assert doubts(found)["geom.invalid"]["after"] == pytest.approx(15_000)


def test_parts_that_only_touch_or_repeat_are_one_ground():
    twice = shapely.MultiPolygon([SQUARE, SQUARE])
    beside = shapely.MultiPolygon([SQUARE, shapely.box(100, 0, 200, 100)])
    found = mend(twice, beside)
    assert shapely.area(found.geometry) == pytest.approx([10_000, 20_000])
    assert shapely.is_valid(found.geometry).all()


def test_a_hole_outside_its_ring_does_no_harm():
    found = mend("POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0), (200 200, 200.5 200, 200.5 200.5, 200 200))")
    assert found.geometry[0].area == pytest.approx(10_000, rel=0.01)


@given(
    st.lists(
        st.tuples(st.floats(0, 90), st.floats(0, 90), st.floats(2, 60), st.floats(2, 60)),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=80, deadline=None)
def test_parts_that_overlap_cover_what_their_union_covers(boxes):
    parts = [shapely.box(x, y, x + width, y + height) for x, y, width, height in boxes]
    found = mend(shapely.MultiPolygon(parts))
    assert found.geometry[0].is_valid
    assert found.geometry[0].area == pytest.approx(shapely.union_all(parts).area, rel=1e-9)


# ---- small and flat -----------------------------------------------------------------------------------------------


FLAT = "POLYGON ((0 0, 100 0, 100 0, 0 0))"
SLIVER = shapely.box(0, 0, 0.5, 0.5)


@pytest.mark.parametrize("spec", [ZONE, DISTRICT])
def test_a_flat_area_is_refused(spec):
    found = mend(SQUARE, FLAT, spec=spec)
    assert codes(found) == {12: "geom.zero_area"}
    assert not found.mended[1]


def test_a_sliver_stays_in_a_layer_of_zones_and_is_told():
    found = mend(SQUARE, SLIVER)
    assert found.refused == ()
    assert doubts(found) == {"geom.sliver": {"rows": 1}}


def test_a_district_below_a_square_metre_is_a_fault():
    found = mend(SQUARE, SLIVER, spec=DISTRICT)
    assert codes(found) == {12: "geom.zero_area"}
    assert found.doubts == ()


def test_a_line_of_no_length_is_refused():
    found = mend("LINESTRING (0 0, 100 0)", "LINESTRING (5 5, 5 5)", spec=ROAD)
    assert codes(found) == {12: "geom.empty"}
    assert not found.mended[1]


def test_a_line_that_crosses_itself_is_a_road():
    found = mend("LINESTRING (0 0, 100 100, 100 0, 0 100)", spec=ROAD)
    assert found.refused == ()
    assert not found.mended.any()


# ---- kinds ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("spec", "shape", "name"), [
    (ZONE, "LINESTRING (0 0, 1 1)", "LINESTRING"),
    (ZONE, "POINT (0 0)", "POINT"),
    (ZONE, "GEOMETRYCOLLECTION (POINT (0 0))", "GEOMETRYCOLLECTION"),
    (ROAD, SQUARE, "POLYGON"),
    (CATALOGUE["interchange"], "LINESTRING (0 0, 1 1)", "LINESTRING"),
])  # fmt: skip
def test_a_geometry_of_another_kind_stops_the_layer(spec, shape, name):
    shapes = [shape, shape, None]
    with refused("geom.type", place="raw/a.gpkg") as problems:
        mend(*shapes, spec=spec)
    assert name in problems[0].what.ja
    assert problems[0].values["rows"] == 2


def test_a_lot_may_be_a_point_and_a_hub_a_building():
    assert mend(SQUARE, "POINT (5 5)", spec=SITE).doubts == ()
    found = mend(SQUARE, "POINT (5 5)", spec=HUB)
    assert shapely.get_type_id(found.geometry).tolist() == [0, 0]
    assert found.geometry[0].within(SQUARE)
    assert doubts(found) == {"geom.reduced": {"rows": 1}}


def test_a_building_that_crosses_itself_still_stands_for_a_point():
    found = mend(BOW_TIE, NICKED, spec=HUB)
    assert found.refused == ()
    assert all(shape.within(shapely.box(0, 0, 100, 101)) for shape in found.geometry)


def test_platforms_become_their_middle():
    station = dataclasses.replace(CATALOGUE["station"], accepts=("point", "line"))
    found = mend(
        "LINESTRING (0 0, 100 0)",
        "MULTILINESTRING ((0 0, 50 0), (50 0, 100 0))",
        "MULTILINESTRING ((0 0, 10 0), (50 50, 100 50))",
        "MULTIPOINT ((7 8))",
        spec=station,
    )
    assert found.geometry[0].coords[0] == found.geometry[1].coords[0] == (50, 0)
    assert found.geometry[3].coords[0] == (7, 8)
    lines = shapely.from_wkt("MULTILINESTRING ((0 0, 10 0), (50 50, 100 50))")
    assert found.geometry[2].distance(lines) == 0
    assert doubts(found) == {"geom.reduced": {"rows": 4}}
