"""Cells of ground: amounts, shares and distances worked out by hand, and sums that hold for any ground."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from small_ground import TOWN, square

from gisplan.overlay.cells import claims, cover, density, nearest_m, outline, size_of, worth

CELLS = cover(TOWN, 100.0)


def grid(values):
    return values.reshape(6, 6)


def test_cells_are_those_whose_middle_lies_in_the_area():
    corner = shapely.box(30, 30, 251, 120)
    cells = cover(corner, 100.0)
    assert size_of(corner, 100.0) == (2, 3)
    assert (cells.west, cells.north) == (0.0, 200.0)
    # Middles are 50, 150, 250 from the west and 50, 150 from the south: the upper row is out.
    assert cells.inside.tolist() == [[False, False, False], [True, True, True]]
    assert list(zip(cells.x, cells.y, strict=True)) == [(50, 50), (150, 50), (250, 50)]


def test_houses_are_counted_per_hectare_on_their_cell_or_in_a_disc():
    houses = gpd.GeoSeries([shapely.Point(210, 310), shapely.Point(290, 390)])
    alone = grid(density(CELLS, houses, np.ones(2), radius_m=0.0))
    assert alone[2, 2] == 2.0
    assert alone.sum() == 2.0
    near = grid(density(CELLS, houses, np.ones(2), radius_m=100.0))
    # A disc of 100 m holds five middles, so each of these five cells has 2 houses on 5 ha.
    assert {(row, column) for row, column in zip(*np.nonzero(near), strict=True)} == {
        (2, 2), (1, 2), (3, 2), (2, 1), (2, 3)
    }  # fmt: skip
    assert near[1, 2] == pytest.approx(0.4)


def test_houses_beyond_the_edge_of_the_town_count_within_the_radius():
    over_the_edge = gpd.GeoSeries([shapely.Point(-50, 350)])
    found = grid(density(CELLS, over_the_edge, np.ones(1), radius_m=100.0))
    assert found[2, 0] == pytest.approx(0.2)
    assert np.count_nonzero(found) == 1


def test_people_are_spread_over_their_mesh_and_unknown_people_are_not_nobody():
    meshes = gpd.GeoSeries([square(0, 0, columns=2), square(3, 3)])
    found = grid(density(CELLS, meshes, np.array([10.0, np.nan]), radius_m=0.0))
    assert found[0, :3] == pytest.approx([5.0, 5.0, 0.0])
    assert np.isnan(found[3, 3])
    assert np.isnan(found).sum() == 1


def test_a_mesh_smaller_than_the_distance_of_two_points_counts_where_it_lies():
    speck = gpd.GeoSeries([shapely.box(41, 541, 43, 543)])
    assert grid(density(CELLS, speck, np.array([3.0]), radius_m=0.0))[0, 0] == 3.0


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.floats(5, 595), st.floats(5, 595), st.integers(0, 9)), min_size=1, max_size=12),
    st.sampled_from([0.0, 100.0, 150.0, 250.0]),
)
def test_a_density_is_the_sum_over_all_middles_within_the_radius(rows, radius):
    points = shapely.points([row[:2] for row in rows])
    weight = np.array([row[2] for row in rows], float)
    found = density(CELLS, gpd.GeoSeries(points), weight, radius_m=radius)
    own_x, own_y = (
        np.floor(values / 100) * 100 + 50 for values in (shapely.get_x(points), 600 - shapely.get_y(points))
    )
    own_y = 600 - own_y
    steps = np.arange(-3, 4) * 100.0
    size = sum(np.hypot(east, north) <= radius + 1e-6 for east in steps for north in steps)
    for value, x, y in zip(found, CELLS.x, CELLS.y, strict=True):
        held = weight[np.hypot(own_x - x, own_y - y) <= radius + 1e-6].sum()
        assert value == pytest.approx(held / size, abs=1e-9)


def test_a_share_is_that_of_the_points_and_the_larger_value_wins():
    west = shapely.box(0, 500, 40, 600)  # two of five columns of points
    shapes = np.array([west, square(0, 0), square(5, 5)], dtype=object)
    found = grid(worth(CELLS, shapes, np.array([1.0, 0.5, 0.2])))
    assert found[0, 0] == pytest.approx(0.4 * 1.0 + 0.6 * 0.5)
    assert found[5, 5] == pytest.approx(0.2)
    assert found.sum() == pytest.approx(0.9)


def test_a_point_belongs_to_the_first_area_that_holds_it_borders_included():
    shapes = np.array([square(0, 0), square(0, 0, columns=2)], dtype=object)
    found = claims(shapes, np.array([50.0, 100.0, 150.0, 500.0]), np.full(4, 550.0))
    assert found.tolist() == [0, 0, 1, -1]


def test_distances_are_straight_from_the_middle():
    found = grid(nearest_m(CELLS, np.array([shapely.Point(50, 550), shapely.LineString([(0, 0), (600, 0)])])))
    assert found[0, 0] == 0.0
    assert found[0, 3] == 300.0
    assert found[5, 5] == 50.0


def test_the_ground_of_cells_has_no_needless_vertices():
    chosen = np.zeros((6, 6), bool)
    chosen[1:4, 1:4] = True
    shape = outline(CELLS, chosen.ravel())
    assert shape.equals(square(1, 1, rows=3, columns=3))
    assert shapely.get_num_coordinates(shape) == 5
