"""The nearest destinations of each origin, by table and without one, in small and in prepared networks."""

import dataclasses

import numpy as np
import pytest
import shapely
from village_roads import HUBS, ROADS, atlas, places, roads, village

from gisplan.access.nearest import closest, matrix, ranked, serve
from gisplan.access.reach import stand
from gisplan.network import attach, connect, snap, ways_of
from gisplan.network.prepared import prepare

PLACES = shapely.points([(1850, 700), (1750, -1000), (50, 20), (1850, 700), (9_000, 9_000)])
HOMES = shapely.points([(100, 10), (1800, 30), (1850, 690), (1700, -500), (9_500, 0), (1750, -1000)])


@pytest.fixture(params=["small", "prepared"])
def served(request):
    """Return the village's ways and places on them, searched by scipy or by compiled loops."""
    ways = ways_of(atlas(village(road=roads(ROADS), hub=places(HUBS))))
    small = serve(ways, PLACES)
    if request.param == "small":
        return ways, small
    return ways, dataclasses.replace(small, ways=prepare_again(small), table=None)


def prepare_again(small):
    return prepare(small.ways)


def test_the_nearest_without_a_table_are_those_of_the_table(served):
    ways, places = served
    table = matrix(ways, places, HOMES)
    for count in (1, 2, 3, 6):
        found = closest(ways, places, HOMES, count=count)
        np.testing.assert_array_equal(found.minutes, ranked(table.minutes, count=count))
        for home, named in enumerate(found.which):
            told = named[named >= 0]
            assert len(set(told)) == len(told), "each destination once"
            assert (table.minutes[home, told] == found.minutes[home, : len(told)]).all()
    np.testing.assert_array_equal(found.snap_m, table.snap_m)


def test_an_origin_off_the_road_is_not_assessed(served):
    ways, places = served
    found = closest(ways, places, HOMES, count=2)
    assert np.isnan(found.minutes[4]).all()
    assert found.which[4].tolist() == [-1, -1]
    assert np.isfinite(found.minutes[[0, 1, 2, 3, 5], 0]).all()


def test_only_the_destinations_that_count_are_named(served):
    ways, places = served
    among = np.array([False, True, True, False])
    found, table = closest(ways, places, HOMES, count=2, among=among), matrix(ways, places, HOMES)
    assert set(found.which.ravel()) <= {-1, 1, 2}
    np.testing.assert_array_equal(found.minutes, ranked(table.minutes[:, among], count=2))
    nobody = closest(ways, places, HOMES, count=2, among=np.zeros(4, bool))
    assert np.isinf(nobody.minutes[0]).all()
    assert (nobody.which == -1).all()


def test_two_destinations_at_one_place_are_two(served):
    ways, places = served
    found = closest(ways, places, HOMES[2:3], count=2)
    assert found.which.tolist() == [[0, 2 + 1]]
    assert found.minutes[0, 0] == found.minutes[0, 1]


def test_the_soonest_is_the_least_of_all(served):
    _, places = served
    assert (places.soonest == places.arrival.min(axis=0)).all()


def test_the_pieces_of_a_road_take_as_long_as_the_road():
    network = ways_of(atlas(village(road=roads(ROADS), hub=places(HUBS)))).network
    rng = np.random.default_rng(0)
    points = shapely.line_interpolate_point(
        network.geometry[rng.integers(0, len(network.tail), 60)], rng.random(60) * 900
    )
    split = attach(network, snap(network, points, limit_m=1.0)).network
    for name in ("forward", "backward"):
        whole, pieces = getattr(network, name), getattr(split, name)
        assert pieces[np.isfinite(pieces)].sum() == whole[np.isfinite(whole)].sum()
        assert (pieces > 0).all()


def test_an_interchange_is_reached_by_its_entry_and_left_by_its_exit():
    main = {"id": "m", "road_class": "expressway", "line": [(-3000, 0), (3000, 0)], "oneway": 1}
    ramps = [
        {"id": "exit", "line": [(-400, 0), (0, -300)]}, {"id": "entry", "line": [(300, -300), (600, 0)]},
    ]  # fmt: skip
    ramps = [row | {"road_class": "expressway", "ramp": True, "oneway": 1} for row in ramps]
    street = {"id": "s", "road_class": "municipal", "line": [(-500, -300), (2000, -300)]}
    layers = {
        "road": roads([main, *ramps, street]),
        "hub": places([{"id": "h", "name": "館", "at": (1500, -310)}]),
        "interchange": places([{"id": "i", "name": "本線", "kind": "full", "open": True, "at": (50, 5)}]),
    }
    found = connect(atlas(layers))
    told = found.best.table.set_index(["kind", "direction"])["minutes"]
    joint, hub = shapely.points([(50, 5)]), shapely.points([(1500, -310)])
    there = serve(found.ways, joint, by_ramp=np.array([True]))
    assert matrix(found.ways, there, hub).minutes[0, 0] == pytest.approx(told["full", "to_interchange"])
    back = stand(found.ways, joint, direction="from", by_ramp=True)
    assert shapely.distance(
        shapely.points(back.network.x, back.network.y)[back.node], joint
    ) == pytest.approx(
        found.best.table.set_index(["kind", "direction"]).loc[("full", "to_hub"), "snap_interchange_m"]
    )
