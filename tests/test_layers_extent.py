"""Which features meet the municipality, and which lie furthest from it."""

import numpy as np
import shapely
from small_town import TOWN, boundary, points

from gisplan.core.words import Text
from gisplan.layers.extent import furthest, inside_of, kilometres, project, usable

AREA = boundary().area


def shapes(*listed):
    return np.array(listed, dtype=object)


def numbers(*rows):
    return [Text(ja=f"{row} 番", en=f"no. {row}") for row in rows]


def test_a_feature_with_a_part_inside_meets_the_municipality():
    far = shapely.box(0, 0, 10, 10)
    over = TOWN.buffer(5_000)
    bridge = shapely.LineString([(-30_000, -115_000), (-15_000, -115_000)])
    found = inside_of(shapes(TOWN.centroid, far, over, bridge, shapely.Point(-9_950, -115_000)), AREA)
    assert found.tolist() == [True, False, True, True, True]
    assert inside_of(shapes(), AREA).tolist() == []


def test_what_holds_no_number_is_not_usable():
    with np.errstate(invalid="ignore"):
        listed = shapes(None, shapely.Point(), shapely.Point(1, np.inf), shapely.Point(1, 2))
    assert usable(listed).tolist() == [False, False, False, True]


def test_the_furthest_rows_come_first_with_their_distance():
    away = shapes(*(shapely.Point(-9_900 + metres, -115_000) for metres in (500, 2_500, 253_000)))
    named = furthest(away, numbers(7, 8, 9), AREA)
    assert [text.ja for text in named] == ["9 番（253 km）", "8 番（2.5 km）", "7 番（500 m）"]
    assert named[0].en == "no. 9 (253 km)"
    assert kilometres(float("inf")) == "— km"


def test_ten_rows_are_named_whatever_their_order():
    away = points(50, area=shapely.box(0, 0, 9_000, 9_000))
    rows = numbers(*range(50))
    named = furthest(away, rows, AREA)
    assert len(named) == 10
    turned = furthest(away[::-1], rows[::-1], AREA)
    assert turned == named


def test_what_cannot_be_projected_is_no_number():
    placed = project(shapes(shapely.Point(36.1, 137.9), shapely.Point(137.9, 36.1)), source=6668, target=6676)
    assert usable(placed).tolist() == [False, True]
