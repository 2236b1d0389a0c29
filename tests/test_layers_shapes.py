"""Geometries keep a layer's promise: right kind, valid, in the plane; every repair is counted and weighed."""

import dataclasses

import hypothesis.strategies as st
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from small_files import refused

from gisplan.core.errors import InputError
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
])  # fmt: skip
def test_a_geometry_of_nothing_is_refused_with_its_row(shape):
    found = mend(SQUARE, shape, SQUARE)
    assert codes(found) == {12: "geom.empty"}
    assert not found.mended.any()


@pytest.mark.parametrize(("shape", "value"), [(BROKEN[0], "#3: 1, nan"), (BROKEN[1], "#2: inf, 0")])
def test_a_vertex_that_is_no_number_is_refused_with_its_place(shape, value):
    found = mend(SQUARE, shape, SQUARE)
    assert codes(found) == {12: "geom.nan"}
    assert found.refused[0].value == value
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
    [each] = doubts(found)["geom.invalid"]["each"]
    assert each.ja == f"12番 {shapely.from_wkt(NICKED).area:,.1f} → {found.geometry[1].area:,.1f} m²"


def test_ten_repaired_rows_are_named_and_all_are_counted():
    found = mend(*[NICKED] * 12)
    said = doubts(found)["geom.invalid"]
    assert (said["count"], len(said["each"]), said["rows"][-1]) == (12, 10, "…")
    assert said["after"] == pytest.approx(shapely.area(found.geometry).sum())


def test_a_spike_of_no_width_is_taken_off():
    found = mend("POLYGON ((0 0, 100 0, 100 100, 50 100, 50 150, 50 100, 0 100, 0 0))")
    assert found.geometry[0].equals(SQUARE)
    assert found.mended.all()


def test_a_repair_that_changes_the_ground_is_left_to_people():
    with refused("geom.changed", place="raw/a.gpkg:12") as problems:
        mend(SQUARE, BOW_TIE)
    for text in (problems[0].what.ja, problems[0].what.en):
        assert "12" in text
        assert "0.0 m²" in text
        assert "5,000.0 m²" in text


def test_the_change_is_told_in_percent():
    with refused("geom.changed") as problems:
        mend("POLYGON ((0 0, 100 0, 100 100, 40 100, 60 120, 40 120, 60 100, 0 100, 0 0))")
    [problem] = problems
    change = (problem.values["after"] - problem.values["before"]) / problem.values["before"]
    assert abs(change) > 0.01
    assert f"（{change:+.1%}）" in problem.what.ja


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


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=4, max_size=12))
@settings(max_examples=150, deadline=None)
def test_a_repair_never_changes_the_ground_by_more_than_a_percent(points):
    """Whatever the ring: it is refused, the layer stops, or its area is what it was; the order of rows is nothing."""
    shapes = [shapely.Polygon(points), SQUARE]
    stopped, found = set(), None
    try:
        found = mend(*shapes)
    except InputError as error:
        stopped = {problem.code for problem in error.problems}
    if found is None:
        assert stopped == {"geom.changed"}
        return
    kept = [i for i in range(2) if 11 + i not in codes(found)]
    for i in kept:
        assert found.geometry[i].is_valid
        assert abs(found.geometry[i].area - shapes[i].area) <= 0.01 * max(shapes[i].area, 1)
    other = mend(*reversed(shapes))
    assert [other.geometry[1 - i] == found.geometry[i] for i in kept] == [True] * len(kept)


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
    (ZONE, "POINT (0 0)", "POINT"),
    (ZONE, "GEOMETRYCOLLECTION (POINT (0 0))", "GEOMETRYCOLLECTION"),
    (ROAD, "GEOMETRYCOLLECTION (LINESTRING (0 0, 9 9), POLYGON ((0 0, 9 0, 9 9, 0 0)))", "GEOMETRYCOLLECTION"),
    (ROAD, SQUARE, "POLYGON"),
    (CATALOGUE["interchange"], "LINESTRING (0 0, 1 1)", "LINESTRING"),
])  # fmt: skip
def test_a_geometry_of_another_kind_stops_the_layer(spec, shape, name):
    shapes = [shape, shape, None]
    with refused("geom.type", place="raw/a.gpkg") as problems:
        mend(*shapes, spec=spec)
    assert name in problems[0].what.ja
    assert problems[0].values["rows"] == 2


def test_mixed_kinds_are_told_with_counts_and_rows():
    with refused("geom.type") as problems:
        mend(SQUARE, "POINT (1 1)", "LINESTRING (0 0, 9 0, 9 9, 0 0)", "POINT (2 2)")
    assert "POINT 2個（12、14番）" in problems[0].what.ja
    assert "1 × LINESTRING (no. 13)" in problems[0].what.en


def test_a_collection_gives_its_parts_of_the_highest_dimension():
    found = mend(
        SQUARE,
        "GEOMETRYCOLLECTION (POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0)), LINESTRING (0 0, 9 9), POINT EMPTY)",
        "GEOMETRYCOLLECTION (GEOMETRYCOLLECTION (POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0))), POLYGON EMPTY,"
        " POLYGON ((20 0, 29 0, 29 9, 20 9, 20 0)))",
    )
    assert shapely.area(found.geometry).tolist() == [10_000, 81, 162]
    assert doubts(found) == {"geom.collection": {"count": 2, "rows": ["12", "13"], "left": 1}}
    assert mend("GEOMETRYCOLLECTION (POINT (3 4), POINT EMPTY)", spec=HUB).geometry[0].coords[0] == (3, 4)


def test_parts_of_a_collection_that_overlap_are_one_ground():
    found = mend(f"GEOMETRYCOLLECTION ({SQUARE.wkt}, {shapely.box(50, 0, 150, 100).wkt})")
    assert found.geometry[0].area == pytest.approx(15_000)


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


def test_parts_that_repeat_or_overlap_are_told_with_both_areas():
    twice = shapely.MultiPolygon([SQUARE, SQUARE])
    found = mend(SQUARE, twice, OVERLAPPING)
    assert shapely.area(found.geometry).tolist() == [10_000, 10_000, 15_000]
    values = doubts(found)["geom.parts_overlap"]
    assert (values["count"], values["rows"]) == (2, ["12", "13"])
    assert (values["drawn"], values["covered"]) == (40_000, 25_000)
    assert "20,000.0 → 10,000.0 m²" in values["each"][0].ja


def test_parts_that_touch_or_overlap_by_a_hair_are_not_told_as_overlapping():
    touching = shapely.MultiPolygon([SQUARE, shapely.box(100, 0, 200, 100)])
    hair = shapely.MultiPolygon([SQUARE, shapely.box(99.5, 0, 200, 100)])
    found = mend(touching, hair)
    assert found.mended.all()
    assert "geom.parts_overlap" not in doubts(found)
