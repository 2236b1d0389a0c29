"""Bytes become geometries; a ring whose ends do not meet is closed, and what cannot be read is nothing."""

import numpy as np
import shapely

from gisplan.sources.wkb import shapes_of, told

ROWS = np.array([7, 8])


def test_good_bytes_are_read_without_a_word():
    box = shapely.box(0, 0, 1, 1)
    shapes, closed = shapes_of(np.array([shapely.to_wkb(box), None], dtype=object))
    assert (shapes[0], shapes[1]) == (box, None)
    assert told(closed, ROWS) == ()


def test_bytes_that_are_no_geometry_are_nothing():
    shapes, closed = shapes_of(np.array([b"\x01\x03", None], dtype=object))
    assert shapes.tolist() == [None, None]
    assert not closed.any()


def test_a_closed_ring_is_told_by_its_row():
    [doubt] = told(np.array([False, True]), ROWS)
    assert (doubt.code, dict(doubt.values)) == ("geom.unclosed", {"count": 1, "rows": ["8"]})
