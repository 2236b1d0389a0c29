"""Stretches of lines against shapely's substring; squares of a grid against shapely's boxes."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.ops import substring

from gisplan.access.stretches import squares, stretches
from gisplan.network.cut import lines_of

SIDE = 50.0
PLACE = st.tuples(st.integers(-400, 400), st.integers(-400, 400))
LINE = st.lists(PLACE, min_size=2, max_size=6, unique=True).map(shapely.LineString)
SHARES = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted).filter(lambda pair: pair[1] - pair[0] > 1e-3)


def array(lines):
    return np.array(lines, dtype=object)


def cut(lines, which, start, end):
    found = stretches(lines_of(array(lines)), np.array(which), start=np.array(start), end=np.array(end))
    return found.lines


def test_a_stretch_keeps_the_corners_between_its_ends():
    bent = shapely.LineString([(0, 0), (100, 0), (100, 100)])
    (found,) = cut([bent], [0], [0.25], [0.75])
    assert list(found.coords) == [(50, 0), (100, 0), (100, 50)]


def test_an_end_at_a_corner_is_said_once():
    bent = shapely.LineString([(0, 0), (100, 0), (100, 100)])
    one, other = cut([bent], [0, 0], [0.0, 0.5], [0.5, 1.0])
    assert list(one.coords) == [(0, 0), (100, 0)]
    assert list(other.coords) == [(100, 0), (100, 100)]


def test_nothing_gives_nothing():
    assert len(cut([shapely.LineString([(0, 0), (1, 0)])], np.empty(0, int), [], [])) == 0


@given(st.lists(LINE, min_size=1, max_size=5), st.data())
@settings(max_examples=60, deadline=None)
def test_stretches_are_those_of_shapely(lines, data):
    asked = data.draw(st.lists(st.tuples(st.integers(0, len(lines) - 1), SHARES), min_size=1, max_size=6))
    which, shares = zip(*asked, strict=True)
    start, end = zip(*shares, strict=True)
    for found, line, one, other in zip(cut(lines, which, start, end), which, start, end, strict=True):
        wanted = substring(lines[line], one, other, normalized=True)
        assert shapely.hausdorff_distance(found, wanted) < 1e-5
        assert found.length == pytest.approx(wanted.length, abs=1e-5)


def passed(lines):
    geometry = array(lines)
    xy, index = shapely.get_coordinates(geometry, return_index=True)
    square, line = squares(xy, index, side_m=SIDE)
    return {(int(row), int(x), int(y)) for row, (x, y) in zip(line, square, strict=True)}


def test_a_slanting_line_passes_every_square_it_touches():
    line = shapely.LineString([(10, 10), (110, 40)])
    assert passed([line]) == {(0, 0, 0), (0, 1, 0), (0, 2, 0)}
    # Through corners it passes from square to square over them.
    steep = shapely.LineString([(110, 60), (10, -40)])
    assert passed([steep]) == {(0, 2, 1), (0, 1, 0), (0, 0, -1)}


@given(st.lists(LINE, min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_squares_are_those_whose_inside_the_lines_cross(lines):
    found = passed(lines)
    for row, line in enumerate(lines):
        west, south, east, north = (int(edge // SIDE) for edge in line.bounds)
        columns, rows = range(west - 1, east + 2), range(south - 1, north + 2)
        inner = {
            (row, x, y)
            for x in columns
            for y in rows
            if line.intersection(shapely.box(x * SIDE, y * SIDE, (x + 1) * SIDE, (y + 1) * SIDE)).length
            > 1e-6
            and line.intersects(
                shapely.box(x * SIDE + 0.01, y * SIDE + 0.01, (x + 1) * SIDE - 0.01, (y + 1) * SIDE - 0.01)
            )
        }
        mine = {entry for entry in found if entry[0] == row}
        assert inner <= mine
        boxes = [shapely.box(x * SIDE, y * SIDE, (x + 1) * SIDE, (y + 1) * SIDE) for _, x, y in mine]
        assert shapely.difference(line, shapely.buffer(shapely.union_all(boxes), 1e-6)).is_empty
