"""Bytes become geometries; a ring whose ends do not meet is closed, and what cannot be read is nothing."""

import json

import numpy as np
import shapely

from gisplan.sources.read import read_file
from gisplan.sources.wkb import shapes_of

ROWS = np.array([7, 8])


def test_good_bytes_are_read_without_a_word():
    box = shapely.box(0, 0, 1, 1)
    shapes, closed, doubts = shapes_of(np.array([shapely.to_wkb(box), None], dtype=object), ROWS)
    assert (shapes[0], shapes[1]) == (box, None)
    assert (closed.any(), doubts) == (False, ())


def test_a_ring_that_is_not_closed_is_closed_and_told(tmp_path):
    rings = [[[0, 0], [1, 0], [1, 1], [0, 0]], [[0, 0], [1, 0], [1, 1], [0, 1]]]
    features = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for ring in rings
    ]
    (tmp_path / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    raw = read_file(tmp_path / "a.geojson", name="a.geojson")
    assert shapely.area(raw.geometry).tolist() == [0.5, 1]
    assert raw.mended.tolist() == [False, True]
    assert [(doubt.code, doubt.values) for doubt in raw.doubts] == [
        ("geom.unclosed", {"count": 1, "rows": ["2"]})
    ]


def test_bytes_that_are_no_geometry_are_nothing():
    shapes, closed, doubts = shapes_of(np.array([b"\x01\x03", None], dtype=object), ROWS)
    assert shapes.tolist() == [None, None]
    assert (closed.any(), doubts) == (False, ())
