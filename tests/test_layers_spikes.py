"""A vertex that goes out and straight back is told; corners of the ground are not."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gisplan.layers.spikes import spikes

SPIKED = [(0, 0), (100, 0), (100, 100), (60, 100), (50.05, 150), (50, 100), (0, 100), (0, 0)]
SHARP = [(0, 0), (100, 0), (100, 100), (50.2, 100), (50.1, 150), (50, 100), (0, 100), (0, 0)]


def told(*shapes):
    geometry = np.array(shapes, dtype=object)
    found = spikes(geometry, layer="zone", file="a.shp")
    return [(doubt.code, doubt.values["count"], doubt.values["each"]) for doubt in found]


def test_a_spike_is_told_with_its_place():
    assert told(shapely.box(0, 0, 9, 9), shapely.Polygon(SHARP)) == [("geom.spike", 1, ["(50.1, 150.0)"])]


@pytest.mark.parametrize("turn", range(7))
def test_a_spike_is_found_wherever_the_ring_begins(turn):
    ring = SHARP[:-1]
    turned = [*ring[turn:], *ring[:turn]]
    assert told(shapely.Polygon([*turned, turned[0]])) == [("geom.spike", 1, ["(50.1, 150.0)"])]
    assert told(shapely.Polygon([*turned, turned[0]][::-1])) == [("geom.spike", 1, ["(50.1, 150.0)"])]


def test_spikes_of_holes_and_parts_are_found():
    hole = shapely.Polygon([(-50, -50), (200, -50), (200, 200), (-50, 200), (-50, -50)], [SHARP])
    both = shapely.MultiPolygon([shapely.box(300, 0, 400, 100), hole])
    assert told(both) == [("geom.spike", 1, ["(50.1, 150.0)"])]


def test_corners_and_short_steps_are_no_spikes():
    assert told(shapely.Polygon(SPIKED), None, shapely.Point(1, 1), shapely.Polygon()) == []
    small = shapely.transform(shapely.Polygon(SHARP), lambda points: points / 100)
    assert told(small) == []
    assert told() == []


@given(st.integers(3, 60), st.floats(10, 1_000))
def test_a_round_area_has_none(corners, radius):
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    assert told(shapely.Polygon(np.column_stack([radius * np.cos(angles), radius * np.sin(angles)]))) == []
