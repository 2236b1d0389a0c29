"""Who is within: by the minutes of each point, equal to the matrix of minutes and to the table of coverage."""

import numpy as np
import pytest
import shapely
from village_roads import ROADS, atlas, places, roads, village

from gisplan.access import isochrones, measure
from gisplan.access.inside import Inside, inside
from gisplan.access.nearest import matrix, serve
from gisplan.access.reach import stand
from gisplan.core.errors import ConfigurationError
from gisplan.core.options import AccessOptions
from gisplan.network import connect, ways_of

HOUSES = [
    {"id": "n", "at": (1000, 50)},  # 750 m of national road and 50 m off it from the crossing
    {"id": "e", "at": (3400, 0)},
    {"id": "s", "at": (1750, -900)},
    {"id": "off", "at": (9000, 9000)},
]
MINUTES = (1.0, 2.0, 3.0, 9.0)
EAST = {"id": "r1", "road_class": "national", "line": [(0, 0), (3500, 0)], "oneway": 1}


def options(**more):
    return AccessOptions(minutes=MINUTES, origins=("vacant_house",), destinations=("hub",), **more)


def town(houses=HOUSES, *, rows=ROADS, access=None, **more):
    layers = village(road=roads(rows), vacant_house=places(houses), **more)
    return atlas(layers, access=access or options())


def counted(at=((1750, 0),), *, rows=ROADS, direction="to", houses=HOUSES, weight=None):
    held = town(houses, rows=rows)
    ways = ways_of(held)
    table = held.table("vacant_house")
    return inside(
        stand(ways, np.array([shapely.Point(xy) for xy in at]), direction=direction),
        MINUTES,
        table,
        weight=np.ones(len(table)) if weight is None else np.array(weight),
        layer="vacant_house",
        limit_m=ways.limit_m,
    )


def test_houses_are_counted_by_their_own_minutes():
    # n: 750/583⅓ + 50/250 = 1.49 minutes, e: 1650/583⅓ = 2.83, s: 900/333⅓ = 2.7; the last stands on no road.
    found = counted()
    assert found.each().tolist() == [[0, 1, 3, 3]]
    assert found.united().tolist() == [0, 1, 3, 3]
    assert found.unit == "houses"
    assert found.assessed.tolist() == [True, True, True, False]


def test_a_house_with_an_unknown_weight_counts_for_nothing_and_none_known_is_not_assessed():
    assert counted(weight=[np.nan, 2.0, 1.0, 1.0]).united().tolist() == [0, 0, 3, 3]
    assert np.isnan(counted(weight=[np.nan] * 4).united()).all()
    assert np.isnan(counted(houses=[HOUSES[-1]]).each()).all()


def test_directions_differ_where_a_street_is_one_way():
    # Eastward only: the house in the west reaches the hub, the one in the east is reached from it.
    assert counted(rows=[EAST], direction="to", houses=HOUSES[:2]).each().tolist() == [[0, 1, 1, 1]]
    assert counted(rows=[EAST], direction="from", houses=HOUSES[:2]).each().tolist() == [[0, 0, 1, 1]]


def test_the_numbers_are_those_of_the_matrix_of_minutes():
    rng = np.random.default_rng(7)
    houses = [{"id": f"{k}", "at": tuple(rng.uniform((-100, -1000), (3600, 1100)))} for k in range(60)]
    at = ((1750, 0), (0, 400), (1850, 700))
    held = town(houses)
    ways = ways_of(held)
    points = np.array([shapely.Point(xy) for xy in at])
    wanted = matrix(ways, serve(ways, points), held.table("vacant_house").geometry.to_numpy()).minutes
    found = counted(at, houses=houses)
    for place in range(len(at)):
        assert found.each()[place].tolist() == [(wanted[:, place] <= limit + 1e-9).sum() for limit in MINUTES]
    assert found.united().tolist() == [(wanted.min(axis=1) <= limit + 1e-9).sum() for limit in MINUTES]


def test_only_some_are_counted():
    found = counted().only(np.array([True, False, True, False]), np.ones(2))
    assert found.united().tolist() == [0, 1, 2, 2]
    assert found.id.tolist() == ["n", "s"]


def test_the_isochrones_of_a_plan_say_what_its_coverage_says():
    held = town(access=options())
    connected = connect(held)
    (one,) = isochrones(held, connected).layers
    rows = measure(held, connected).coverage.query("layer == 'vacant_house' and to == 'hub'")
    assert one.inside[0].united().tolist() == rows.sort_values("minutes")["within"].tolist()
    assert one.label.tolist() == ["交流館", "南の家"]


def test_a_layer_without_a_place_on_a_road_has_no_isochrone_and_is_told():
    access = options(isochrones=("medical", "hub"))
    found = isochrones(town(access=access), connect(town(access=access)))
    assert [one.layer for one in found.layers] == ["hub"]
    assert found.findings[["code", "layer"]].to_numpy().tolist() == [["access.no_isochrone", "medical"]]
    nowhere = town(access=access, medical=places([{"id": "m", "at": (90_000, 0)}]))
    assert [one.layer for one in isochrones(nowhere, connect(nowhere)).layers] == ["hub"]


def test_without_roads_there_is_none():
    bare = atlas({"hub": places([{"id": "h", "at": (0, 0)}])}, access=options())
    found = isochrones(bare, connect(bare))
    assert found.layers == ()
    assert found.findings.empty, "that there are no roads is told elsewhere"


def test_interchanges_that_are_closed_or_far_have_none():
    access = options(isochrones=("interchange",))
    (one,) = isochrones(town(access=access), connect(town(access=access))).layers
    assert one.id.tolist() == ["i1"]


def test_a_layer_of_areas_is_refused():
    with pytest.raises(ConfigurationError, match="road"):
        isochrones(town(access=options(isochrones=("road",))), connect(town()))


def test_nobody_within_is_zero_and_no_place_gives_no_row():
    empty = Inside(
        layer="population",
        id=np.array(["a"], dtype=object),
        weight=np.array([5.0]),
        first=np.empty((0, 1), dtype=np.int16),
        assessed=np.array([True]),
        times=2,
    )
    assert empty.each().shape == (0, 2)
    assert np.isnan(empty.united()).all()
    assert counted(houses=[{"id": "far", "at": (0, 900)}], at=((1750, -1000),)).united()[0] == 0
