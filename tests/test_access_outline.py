"""The outline of corners of a grid: exact, valid, nested, with small holes filled where no road runs."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gisplan.access.outline import Grid, filled, grid_of, polygons

SIZE = 9
GRID = Grid(left=-3, low=5, columns=SIZE, rows=SIZE, side_m=50.0)
INNER = arrays(bool, (SIZE - 2, SIZE - 2))


def corners(inner):
    return np.pad(np.asarray(inner, bool), 1)


def shape(*rows):
    """Return corners drawn as text, the upper row first."""
    inner = [[sign == "#" for sign in row.ljust(SIZE - 2)] for row in reversed(rows)]
    return corners(inner + [[False] * (SIZE - 2)] * (SIZE - 2 - len(rows)))


def points():
    x, y = np.meshgrid(np.arange(SIZE) + GRID.left, np.arange(SIZE) + GRID.low)
    return shapely.points(x * GRID.side_m, y * GRID.side_m)


def test_one_corner_is_a_square_on_its_tip():
    found = polygons(shape("#"), GRID)
    assert found.equals(shapely.Polygon([(-125, 300), (-100, 275), (-75, 300), (-100, 325)]))


def test_a_square_ends_half_a_side_beyond_its_corners():
    found = polygons(shape("##", "##"), GRID)
    assert found.bounds == (-125, 275, -25, 375)
    assert found.area == 100 * 100 - 4 * 25 * 25 / 2


def test_opposite_corners_are_joined_and_apart_ones_are_not():
    assert polygons(shape("# ", " #"), GRID).geom_type == "Polygon"
    assert len(shapely.get_parts(polygons(shape("#  ", "  #"), GRID))) == 2


def test_a_hole_is_a_hole_and_an_island_in_it_a_part():
    found = polygons(shape("#####", "#   #", "# # #", "#   #", "#####"), GRID)
    assert found.is_valid
    assert sorted(len(part.interiors) for part in found.geoms) == [0, 1]


def test_no_corner_gives_an_empty_area():
    assert polygons(np.zeros((SIZE, SIZE), bool), GRID).is_empty


@given(INNER)
@settings(max_examples=80, deadline=None)
def test_an_area_is_valid_and_holds_its_corners_alone(inner):
    own = corners(inner)
    found = polygons(own, GRID)
    assert found.is_valid
    assert np.array_equal(shapely.contains(found, points()), own)


@given(INNER, INNER)
@settings(max_examples=80, deadline=None)
def test_more_corners_never_give_less_area(inner, more):
    less, larger = polygons(corners(inner), GRID), polygons(corners(inner | more), GRID)
    assert shapely.difference(less, larger).is_empty


@given(INNER, INNER, INNER, st.integers(0, 9))
@settings(max_examples=80, deadline=None)
def test_filled_areas_stay_nested(inner, more, roads, most):
    streets = corners(roads)
    less, larger = (filled(corners(own), streets, most=most) for own in (inner, inner | more))
    assert not (less & ~larger).any()
    assert not (corners(inner) & ~less).any()


RING = ("#####", "#   #", "#   #", "#   #", "#####")


@pytest.mark.parametrize(("most", "left"), [(8, 9), (9, 0)])
def test_holes_up_to_a_size_are_filled(most, left):
    ring = shape(*RING)
    found = filled(ring, np.zeros_like(ring), most=most)
    assert int(25 - found.sum()) == left
    assert not found[0].any()


def test_a_hole_with_a_road_stays():
    ring = shape(*RING)
    road = shape("", "", "  #", "", "")
    assert np.array_equal(filled(ring, road, most=100), ring)


def test_a_window_holds_its_squares_with_a_border():
    grid = grid_of(np.array([(3, 7), (5, 8)]), side_m=50.0)
    own = grid.blank()
    grid.mark(own, np.array([(3, 7), (5, 8)]))
    assert int(own.sum()) == 8
    assert not own[[0, -1]].any()
    assert not own[:, [0, -1]].any()
    larger = grid_of(np.array([(0, 0), (9, 9)]), side_m=50.0)
    both = larger.blank()
    both[larger.window(grid)] |= own
    again = larger.blank()
    larger.mark(again, np.array([(3, 7), (5, 8)]))
    assert np.array_equal(both, again)
