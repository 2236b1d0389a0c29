"""The names of coordinate systems in GML, and which of two coordinates is the latitude."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisplan.sources.gml_crs import System, north_first, system_of

SHORT = "EPSG:6668"
NAMES = {
    SHORT: (6668, None, False),
    "epsg:4612": (4612, None, False),
    "http://www.opengis.net/gml/srs/epsg.xml#4326": (4326, None, False),
    "urn:ogc:def:crs:EPSG::6668": (6668, True, True),
    "urn:ogc:def:crs:EPSG:9.8.6:6668": (6668, True, True),
    "urn:x-ogc:def:crs:EPSG:4326": (None, None, False),
    "urn:x-ogc:def:crs:EPSG:6.9:4326": (4326, True, True),
    "urn:ogc:def:crs,crs:EPSG::6668,crs:EPSG::6695": (6668, True, True),
    "http://www.opengis.net/def/crs/EPSG/0/6697": (6668, True, True),
    "https://www.opengis.net/def/crs/EPSG/0/6676": (6676, True, True),
    "http://www.opengis.net/def/crs/EPSG/0/4979": (4326, True, True),
    "urn:ogc:def:crs:EPSG::3857": (3857, False, True),
    "urn:ogc:def:crs:OGC:1.3:CRS84": (4326, False, True),
    "JGD2011 / (B, L)": (6668, True, False),
    "JGD2011/(B,L)": (6668, True, False),
    "JGD2000 / (B, L)": (4612, True, False),
    "JGD2000, TP / (B, L), H": (4612, True, False),
    "TD / (B,L)": (4301, True, False),
    "fguuid:jgd2011.bl": (6668, True, False),
    "fguuid:jgd2000.bl": (4612, True, False),
    "JGD2011 / 8(X, Y)": (6676, True, False),
    "JGD2000 / 8 (X,Y)": (2450, True, False),
    "JGD2000 / 20(X, Y)": (None, None, False),
    "urn:ogc:def:crs:EPSG::999999": (None, None, False),
    "somewhere": (None, None, False),
    "": (None, None, False),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_stands_for_its_code_and_order(name):
    system = system_of(f" {name} ")
    assert (system.crs, system.north_first, system.standard) == NAMES[name]


NORTH = st.tuples(st.floats(24.0, 45.0), st.floats(123.0, 154.0))


@given(st.lists(NORTH, min_size=1), st.sampled_from(list(NAMES)), st.booleans())
def test_in_japan_the_place_decides_whatever_the_name_says(points, name, of_japan):
    system = system_of(name)
    if not system.degrees:
        return
    here = np.array(points)
    assert north_first(here, system, of_japan=of_japan)[0]
    assert not north_first(here[:, ::-1], system, of_japan=of_japan)[0]


@pytest.mark.parametrize(
    ("name", "of_japan", "north", "told"),
    [
        ("urn:ogc:def:crs:EPSG::6668", False, True, False),
        ("urn:ogc:def:crs:EPSG::6668", False, False, True),
        (SHORT, False, False, False),
        (SHORT, False, True, True),
        (SHORT, True, True, True),
        (SHORT, True, False, True),
        ("JGD2011 / (B, L)", True, True, True),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", False, False, False),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", False, True, True),
    ],
)
def test_a_reader_is_told_where_programs_would_go_wrong(name, of_japan, north, told):
    points = np.array([[35.0, 138.0]])
    points = points if north else points[:, ::-1]
    assert north_first(points, system_of(name), of_japan=of_japan) == (north, told)


@pytest.mark.parametrize(
    ("name", "of_japan", "north"),
    [("urn:ogc:def:crs:EPSG::4326", False, True), ("EPSG:4326", False, False), ("EPSG:4326", True, True)],
)
def test_outside_japan_the_name_decides(name, of_japan, north):
    assert north_first(np.array([[47.1, 9.5]]), system_of(name), of_japan=of_japan)[0] == north


@pytest.mark.parametrize(
    ("name", "north"),
    [("urn:ogc:def:crs:EPSG::6676", True), ("EPSG:6676", False), ("JGD2011 / 8(X, Y)", True)],
)
def test_in_metres_the_name_decides(name, north):
    assert north_first(np.array([[-120000.0, -30000.0]]), system_of(name), of_japan=False)[0] == north


def test_one_point_that_went_astray_does_not_turn_a_file():
    points = np.array([[35.0, 138.0]] * 5 + [[138.0, 35.0]])
    assert north_first(points, system_of(SHORT), of_japan=False)[0]


def test_no_point_asks_for_no_turn():
    assert north_first(np.empty((0, 2)), System(), of_japan=False) == (False, False)


@pytest.mark.parametrize(("name", "of_japan", "told"), [
    ("JGD2000 / 8 (X, Y)", True, False),
    ("EPSG:6676", True, True),
])  # fmt: skip
def test_plane_coordinates_whose_name_says_x_then_y_are_as_they_should_be(name, of_japan, told):
    points = np.array([[-127_559.65, -18_289.07]])
    assert north_first(points, system_of(name), of_japan=of_japan) == (True, told)
