"""Positions become geometries: rings are closed, curves joined, arcs stay near their circle."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gisplan.sources.drawing import (
    STEP_ERROR,
    UnreadableShapeError,
    arcs,
    chained,
    closed_ring,
    ground,
    joined,
    line,
    many,
    patched,
    shown,
)

SQUARE = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])


def test_an_open_ring_is_closed_and_this_is_known():
    ring, closed = closed_ring(SQUARE)
    assert closed
    assert ring.tolist() == [*SQUARE.tolist(), [0, 0]]
    assert closed_ring(ring)[1] is False


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_positions_are_no_ring(count):
    with pytest.raises(UnreadableShapeError):
        closed_ring(SQUARE[:count])


def test_a_line_has_two_ends():
    assert line(SQUARE).length == 3
    with pytest.raises(UnreadableShapeError, match="0 0"):
        line(SQUARE[:1])
    assert shown(np.empty((0, 2))) == "—"


def test_curves_that_follow_one_another_are_one():
    assert chained([SQUARE[:2], SQUARE[1:3], SQUARE[2:]]).tolist() == SQUARE.tolist()
    assert len(chained([])) == 0


@pytest.mark.parametrize("pieces", [[SQUARE[1:3], SQUARE[:2]], [SQUARE[:2], SQUARE[1:3][::-1]]])
def test_curves_out_of_order_are_put_in_order_where_they_meet(pieces):
    assert shapely.equals(shapely.LineString(chained(pieces)), shapely.LineString(SQUARE[:3]))


def test_curves_that_do_not_meet_are_no_line():
    with pytest.raises(UnreadableShapeError, match="≠ 6 5"):
        chained([SQUARE[:2], SQUARE[1:3] + 5, SQUARE[2:] + 9])


def on_circle(centre, radius, *degrees):
    turns = np.radians(degrees)
    return np.array(centre) + radius * np.column_stack([np.cos(turns), np.sin(turns)])


@given(
    st.tuples(st.floats(-100, 100), st.floats(-100, 100)),
    st.floats(0.5, 100),
    st.floats(0, 360),
    st.floats(5, 340),
    st.floats(0.1, 0.9),
    st.booleans(),
)
def test_an_arc_stays_within_its_tolerance_and_keeps_its_ends(centre, radius, first, sweep, share, back):
    turn = -sweep if back else sweep
    three = on_circle(centre, radius, first, first + share * turn, first + turn)
    found = arcs(three, circle=False)
    assert np.array_equal(found[0], three[0])
    assert np.array_equal(found[-1], three[2])
    distances = np.hypot(*(found - np.array(centre)).T)
    assert np.allclose(distances, radius, rtol=1e-6)
    middles = np.hypot(*((found[1:] + found[:-1]) / 2 - np.array(centre)).T)
    assert (radius - middles <= radius * (STEP_ERROR + 1e-6)).all()
    assert shapely.LineString(found).length == pytest.approx(math.radians(sweep) * radius, rel=1e-3)


@pytest.mark.parametrize("circle", [True, False])
def test_a_circle_is_whole(circle):
    three = on_circle((3, 4), 2, 0, 120, 240) if circle else on_circle((3, 4), 2, 0, 180, 360)
    three = three if circle else np.array([three[0], three[1], three[0]])
    found = arcs(three, circle=circle)
    assert shapely.Polygon(found).area == pytest.approx(math.pi * 4, rel=1e-3)
    assert np.array_equal(found[0], found[-1])


def test_an_arc_through_a_straight_line_is_straight():
    assert arcs(np.array([[0.0, 0], [1, 1], [2, 2]]), circle=False).tolist() == [[0, 0], [1, 1], [2, 2]]


@pytest.mark.parametrize("count", [0, 2, 4])
def test_an_arc_needs_an_odd_number_of_positions(count):
    with pytest.raises(UnreadableShapeError):
        arcs(SQUARE[:count], circle=False)


def test_patches_of_one_surface_become_one_area():
    left, right = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)
    [one] = patched([left, right])
    assert one.equals(shapely.box(0, 0, 2, 1))
    assert patched([left]) == [left]


def test_patches_that_are_not_sound_are_left_as_they_are():
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    assert patched([bow, shapely.box(5, 5, 6, 6)]) == [bow, shapely.box(5, 5, 6, 6)]


def test_upright_faces_cover_no_ground():
    wall = shapely.Polygon([(0, 0), (1, 0.3), (1, 0.3), (0, 0)])
    floor = shapely.box(0, 0, 1, 1)
    assert ground([wall, floor, floor]).equals(floor)
    assert ground([wall]).equals_exact(wall)


def test_parts_are_put_together_by_their_kind():
    point, path, area = shapely.Point(0, 0), shapely.LineString([(0, 0), (1, 1)]), shapely.box(0, 0, 1, 1)
    assert joined([]) is None
    assert joined([area]) is area
    assert [many([part]).geom_type for part in (point, path, area)] == [
        "MultiPoint",
        "MultiLineString",
        "MultiPolygon",
    ]
    assert joined([point, area]).geom_type == "GeometryCollection"
