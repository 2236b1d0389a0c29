"""Areas put together: union, bound and what is taken away, with every square metre accounted for."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gisplan.overlay.compose import compose, polygons_of, shared, united

box = shapely.box


def test_the_union_is_cut_to_its_bound_and_parts_are_taken_away():
    found = compose(
        [box(0, 0, 100, 100), box(100, 0, 200, 100)],
        within=box(0, 0, 150, 100),
        exclude=box(0, 0, 50, 50),
    )
    assert (found.area_m2, found.parts) == (12_500, 1)
    assert (found.overlap_m2, found.cut_m2, found.removed_m2, found.slivers) == (0, 5_000, 2_500, 0)


def test_ground_that_three_pieces_claim_counts_once():
    found = compose([box(0, 0, 10, 10), box(5, 0, 15, 10), box(5, 0, 10, 10)])
    assert (found.area_m2, found.overlap_m2) == (150, 50)


def test_pieces_apart_are_parts():
    found = compose([box(0, 0, 1, 1), box(5, 5, 6, 6), shapely.MultiPolygon([box(8, 8, 9, 9)])])
    assert (found.parts, found.area_m2, found.area.geom_type) == (3, 3, "MultiPolygon")


def test_nothing_left_is_an_empty_area():
    found = compose([box(0, 0, 1, 1)], within=box(5, 5, 6, 6))
    assert (found.parts, found.area_m2, found.cut_m2) == (0, 0, 1)
    assert compose([]).parts == 0


def test_a_bound_that_only_touches_leaves_no_line():
    assert compose([box(0, 0, 1, 1)], within=box(1, 0, 2, 1)).area.is_empty
    assert polygons_of(shapely.from_wkt("GEOMETRYCOLLECTION (POINT (0 0), LINESTRING (0 0, 1 1))")).is_empty


def test_slivers_between_borders_drawn_apart_are_counted_not_dropped():
    gap = compose([box(0, 0, 100, 100), box(100.5, 0, 200, 100), box(0, 100, 200, 200), box(0, -9, 200, 0)])
    assert (gap.slivers, gap.parts) == (1, 1)
    rest = compose([box(0, 0, 100, 100)], exclude=box(0.4, 0, 100, 100))
    assert (rest.slivers, rest.area_m2) == (1, pytest.approx(40))
    assert compose([box(0, 0, 100, 100)], exclude=box(0.4, 0, 100, 100), tolerance_m=0.1).slivers == 0


BOXES = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 9), st.integers(1, 9)).map(
        lambda at: box(at[0], at[1], at[0] + at[2], at[1] + at[3])
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(BOXES, BOXES, BOXES, st.randoms(use_true_random=False))
def test_shapely_and_cells_agree_in_any_order(include, within, exclude, random):
    bound, away = shapely.union_all(within), shapely.union_all(exclude)
    found = compose(include, within=bound, exclude=away)
    cells = shapely.points(*np.meshgrid(np.arange(0, 30) + 0.5, np.arange(0, 30) + 0.5)).ravel()
    claims = sum(shapely.contains(area, cells).astype(int) for area in include)
    left = (claims > 0) & shapely.contains(bound, cells) & ~shapely.contains(away, cells)
    assert found.area_m2 == pytest.approx(left.sum())
    assert found.overlap_m2 == pytest.approx((claims > 1).sum())
    whole = found.area_m2 + found.cut_m2 + found.removed_m2
    assert whole == pytest.approx(shapely.union_all(include).area)
    mixed = random.sample(include, len(include))
    assert shapely.to_wkb(compose(mixed, within=bound, exclude=away).area) == shapely.to_wkb(found.area)


def test_union_and_common_ground_of_nothing_are_empty():
    assert united([]).is_empty
    assert shared([box(0, 0, 1, 1)]).is_empty
