"""Every system of Japan is tried: the right one is told first, with its share, whatever else the file holds."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from small_files import refused
from small_town import CRS, TOWN, boundary, points

from gisplan.core.words import Text
from gisplan.layers.crs_doctor import ask_crs, candidates, in_metres, misplaced, refuse_wrapped
from gisplan.layers.extent import exchanged, project

HERE = boundary()


def held(shapes, crs, *, swapped=False):
    """Return shapes of zone VIII as a file of another system holds them."""
    placed = project(np.array(shapes, dtype=object), source=CRS, target=crs)
    return exchanged(placed) if swapped else placed


@pytest.mark.parametrize("crs", [6668, 4301, 6675, 6676, 2450, 30168, 6690, 6691, 3857])
@pytest.mark.parametrize("swapped", [False, True])
def test_the_system_of_a_layer_is_among_the_first(crs, swapped):
    found = candidates(held(points(50, area=TOWN.buffer(-1_000)), crs, swapped=swapped), HERE, crs=CRS)
    best = [one for one in found if one.share == 1]
    assert (crs, swapped) in {(one.crs, one.swapped) for one in best}
    assert len(best) <= 3
    assert all(one.share < 0.5 for one in found if one not in best)


def test_each_candidate_tells_its_share_and_what_to_write():
    layer = held([*points(499), shapely.Point(0, 0)], 6675, swapped=True)
    best = candidates(layer, HERE, crs=CRS)[0]
    assert best.text.ja == 'JGD2011 第VII系 (EPSG:6675)（XYを入れ替え、axes = "yx"） 99.8%'
    assert best.text.en == 'JGD2011 zone VII (EPSG:6675) (axes swapped, axes = "yx") 99.8%'
    assert best.answer(6675) == 'axes = "yx"'
    assert best.answer(6676) == 'crs = "EPSG:6675"、axes = "yx"'


@pytest.mark.parametrize("slip", [(-1.797e308, 0.0), (1e300, 1e300), (0.0, 0.0)])
@pytest.mark.parametrize("crs", [6668, 6676])
def test_a_slip_of_the_pen_does_not_change_the_answer(slip, crs):
    layer = np.append(held(points(9), crs), shapely.Point(*slip))
    assert in_metres(layer) == (crs == 6676)
    best = candidates(layer, HERE, crs=CRS)[0]
    assert (best.crs, best.swapped, round(best.share, 3)) == (crs, False, 0.9)


def test_an_area_that_holds_the_municipality_fits():
    best = candidates(held([TOWN.buffer(20_000)], 2450), HERE, crs=CRS)[0]
    assert (best.crs, best.share) == (6676, 1.0)


def test_many_features_are_tried_by_a_sample():
    found = candidates(held(points(30_000), 6676), HERE, crs=CRS)
    assert (found[0].crs, found[0].share) == (6676, 1.0)


def test_nothing_fits_a_layer_of_nothing():
    assert candidates(np.array([None, shapely.Point()], dtype=object), HERE, crs=CRS) == ()
    [problem] = ask_crs(np.array([None], dtype=object), HERE, crs=CRS, file="a", detail="").problems
    assert problem.values["candidates"] == [Text(ja="なし", en="none")]


def test_a_wrong_zone_is_told_with_the_distance_and_the_right_one():
    [problem] = misplaced(held(points(99), 6676), HERE, stated=6675, crs=CRS, file="a.shp").problems
    assert problem.code == "crs.outside"
    assert problem.values["candidates"][0].ja == "JGD2011 第VIII系 (EPSG:6676) 100.0%"
    assert problem.values["share"] == "0.0%"
    assert 100 < float(problem.values["distance"].split()[0]) < 150
    assert problem.values["answer"] == 'crs = "EPSG:6676"'


@pytest.mark.parametrize(("crs", "code"), [(6676, "crs.xy_swap"), (6668, "crs.axis_swap")])
def test_exchanged_axes_have_a_code_of_their_own(crs, code):
    layer = held(points(99), crs, swapped=True)
    [problem] = misplaced(layer, HERE, stated=crs, crs=CRS, file="a.shp").problems
    assert problem.code == code
    assert 'axes = "yx"' in problem.cure.ja
    assert "crs =" not in problem.cure.ja


def test_what_fits_nowhere_is_told_with_what_comes_nearest():
    layer = held([*points(30), *points(70, area=shapely.box(80_000, 0, 90_000, 9_000))], 6676)
    [problem] = misplaced(layer, HERE, stated=6671, crs=CRS, file="a.shp").problems
    assert problem.code == "extent.elsewhere"
    assert problem.values["candidates"][0].ja.startswith("JGD2011 第VIII系 (EPSG:6676) ")
    assert 0.2 < float(problem.values["candidates"][0].ja.split()[-1].rstrip("%")) / 100 < 0.4
    away = held(points(9, area=shapely.box(80_000, 0, 90_000, 9_000)), 6676)
    [problem] = misplaced(away, HERE, stated=6676, crs=CRS, file="a.shp").problems
    assert "0%, " in problem.values["candidates"][0].en
    assert problem.values["candidates"][0].en.endswith(" km")


def test_degrees_beyond_the_pole_have_no_distance_and_an_answer():
    layer = np.array([shapely.Point(34.96, 138.33)], dtype=object)
    [problem] = misplaced(layer, HERE, stated=4326, crs=CRS, file="a").problems
    assert (problem.code, problem.values["distance"]) == ("crs.axis_swap", "— km")


def test_a_ring_round_the_earth_is_refused_by_its_row():
    wide = shapely.box(-179, 36, 179, 37)
    layer = np.array([None, shapely.box(130, 30, 140, 40), wide], dtype=object)
    with refused("crs.antimeridian", place="a.geojson") as problems:
        refuse_wrapped(layer, np.array([4, 5, 6]), file="a.geojson")
    assert problems[0].values == {"rows": ["6"], "count": 1}
    refuse_wrapped(layer[:2], np.array([4, 5]), file="a.geojson")


@pytest.mark.parametrize("zone", [1, 6, 9, 15, 19])
@given(st.floats(-1, 1), st.floats(-1, 1), st.booleans())
@settings(max_examples=6, deadline=None)
def test_the_zone_of_any_place_of_japan_is_found(zone, east, north, swapped):
    """Wherever a town lies within a degree of the middle of a zone, its own zone puts everything into it.

    The ways into one zone take a second to be made, those into the next another: here are some, from west to east.
    """
    place = (east * 80_000, north * 80_000)
    town = shapely.box(place[0], place[1], place[0] + 10_000, place[1] + 10_000)
    code = 6668 + zone
    shapes = points(20, area=town)
    layer = exchanged(shapes) if swapped else shapes
    found = candidates(layer, boundary(town), crs=code)
    right = next(one for one in found if (one.crs, one.swapped) == (code, swapped))
    assert right.share == 1
    assert right in [one for one in found if one.share == found[0].share]


@pytest.mark.parametrize("zone", range(1, 20))
def test_an_area_of_the_web_is_measured_in_the_plane(zone):
    """In EPSG:3857 the square would be half as large again; in the plane it is right to 0.02 %."""
    for shift in (0, 45_000, 90_000):
        square = np.array([shapely.box(shift, 0, shift + 9_000, 9_000)], dtype=object)
        dense = shapely.segmentize(square, 100)
        web = project(dense, source=6668 + zone, target=3857)
        placed = project(web, source=3857, target=6668 + zone)
        degrees = project(dense, source=6668 + zone, target=6668)
        exact, _ = Geod(ellps="GRS80").geometry_area_perimeter(degrees[0])
        assert shapely.area(placed[0]) == pytest.approx(abs(exact), rel=2.005e-4)
        assert shapely.area(web[0]) > 1.1 * abs(exact)


def test_minutes_written_as_decimals_are_seen():
    degrees = shapely.get_coordinates(held(points(30), 6668))
    minutes, seconds = np.divmod(np.round(degrees % 1 * 3600), 60)
    packed = shapely.points(np.round(np.floor(degrees) + minutes / 100 + seconds / 10_000, 4))
    [problem] = misplaced(packed, HERE, stated=6668, crs=CRS, file="a.csv").problems
    assert problem.code == "extent.dms"
    away = shapely.transform(packed, lambda place: place + 3)
    assert misplaced(away, HERE, stated=6668, crs=CRS, file="a.csv").problems[0].code == "extent.elsewhere"


@pytest.mark.filterwarnings("error")
def test_degrees_that_can_be_no_minutes_are_told_as_they_are():
    far = shapely.points([[140.87, 36.69]])  # there are no 87 minutes
    assert misplaced(far, HERE, stated=6668, crs=CRS, file="a.csv").problems[0].code == "extent.elsewhere"
