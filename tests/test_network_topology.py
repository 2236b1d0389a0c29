"""Streets of OpenStreetMap by the ids of their nodes: what meets, what does not, and at what speed."""

import numpy as np
import pytest
import shapely
from drawn_streets import drawn_topology
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import KDTree

from gisplan.network import build, read_network, speeds, topology
from gisplan.network.search import graph, times
from gisplan.sources.osm_ways import gathered

CRS = 6676
SPEEDS = speeds()
HERE = (138.32, 34.96)
STEP = 0.001
"""Degrees between two places of the little maps below."""

# A street west to east (1 to 5), a street that crosses it at node 3, and a bridge over it without a shared node.
PLACES = {
    1: (0, 0),
    2: (1, 0),
    3: (2, 0),
    4: (3, 0),
    5: (4, 0),
    6: (2, 1),
    7: (2, -1),
    8: (3.5, 1),
    9: (3.5, -1),
}
STREET = (1, {"highway": "residential"}, [1, 2, 3, 4, 5])
CROSSING = (2, {"highway": "residential"}, [6, 3, 7])
BRIDGE = (3, {"highway": "residential", "bridge": "yes", "layer": "1"}, [8, 9])


def streets(*rows, without=(), **options):
    """Return the network of some ways of the little map."""
    places = {
        number: (HERE[0] + STEP * x, HERE[1] + STEP * y)
        for number, (x, y) in PLACES.items()
        if number not in without
    }
    return topology(gathered(rows, places), crs=CRS, speeds=SPEEDS, **options)


def edges(found):
    """Return the edges by the ids of their nodes, the lower first, and whether each direction is open."""
    network = found.network
    rows = zip(network.tail, network.head, network.forward, network.backward, strict=True)
    listed = [(int(found.node[t]), int(found.node[h]), f < np.inf, b < np.inf) for t, h, f, b in rows]
    return sorted((t, h, f, b) if t <= h else (h, t, b, f) for t, h, f, b in listed)


def minutes(found, start, end):
    """Return the minutes from one node to another."""
    place = {int(number): position for position, number in enumerate(found.node)}
    return times(graph(found.network), np.array([place[start]]))[0, place[end]]


def told(found):
    """Return the doubts by their code."""
    return {doubt.code: doubt.values for doubt in found.doubts}


def test_streets_meet_where_they_share_a_node_and_a_bridge_meets_nothing():
    found = streets(STREET, CROSSING, BRIDGE)
    assert edges(found) == [(1, 3, True, True), (3, 5, True, True), (3, 6, True, True), (3, 7, True, True),
                            (8, 9, True, True)]  # fmt: skip
    assert told(found)["net.components"]["count"] == 2


def test_a_crossing_without_a_shared_node_is_none_even_on_one_level():
    found = streets(STREET, (2, {"highway": "residential"}, [8, 9]))
    assert edges(found) == [(1, 5, True, True), (8, 9, True, True)]


def test_nodes_between_junctions_are_the_shape_of_an_edge_and_its_length():
    found = streets(STREET)
    assert len(found.network.geometry[0].coords) == 5
    assert found.network.length[0] == pytest.approx(found.roads.geometry[0].length)
    assert minutes(found, 1, 5) == pytest.approx(found.network.length[0] / (20_000 / 60))


@pytest.mark.parametrize(
    ("tags", "open_to"),
    [
        ({"oneway": "yes"}, (True, False)),
        ({"oneway": "-1"}, (False, True)),
        ({"junction": "roundabout"}, (True, False)),
        ({"oneway": "no", "junction": "roundabout"}, (True, True)),
        ({"oneway": "alternating"}, (True, True)),
    ],
)
def test_one_way_streets_are_open_one_way(tags, open_to):
    found = streets((1, {"highway": "residential", **tags}, [1, 2]))
    assert edges(found) == [(1, 2, *open_to)]
    assert edges(streets((1, {"highway": "residential", **tags}, [1, 2]), mode="walk")) == [
        (1, 2, True, True)
    ]


def test_who_may_pass_decides_what_is_in_the_network():
    path = (1, {"highway": "footway"}, [1, 2])
    private = (2, {"highway": "service", "access": "private"}, [2, 3])
    no_cars = (3, {"highway": "residential", "motor_vehicle": "no"}, [3, 4])
    assert edges(streets(path, private, no_cars)) == []
    assert edges(streets(path, private, no_cars, mode="walk")) == [(1, 2, True, True), (3, 4, True, True)]
    assert told(streets(path, private, no_cars))["net.closed_car"]["count"] == 3


def test_a_ferry_takes_its_duration_and_only_where_ferries_count():
    ferry = (1, {"route": "ferry", "duration": "00:25"}, [1, 2, 3])
    untimed = (2, {"route": "ferry"}, [3, 4])
    assert edges(streets(ferry, untimed)) == []
    found = streets(ferry, untimed, ferry=True)
    assert minutes(found, 1, 3) == pytest.approx(25.0)
    assert edges(found) == [(1, 3, True, True)]
    assert "net.ferry_untimed" in told(found)


@pytest.mark.parametrize(("limit", "kmh"), [("40", 40), ("25 mph", 40.234), ("60;40", 40), ("999", 20), ("0", 20),
                                            ("JP:urban", 20), ("none", 20), ("-5", 20)])  # fmt: skip
def test_a_streets_own_speed_counts_where_it_is_one(limit, kmh):
    found = streets((1, {"highway": "residential", "maxspeed": limit}, [1, 2]))
    assert minutes(found, 1, 2) == pytest.approx(found.network.length[0] / (kmh * 1000 / 60), rel=1e-4)


def test_a_way_with_missing_nodes_is_broken_there_and_counted():
    found = streets(STREET, without=(3,))
    assert edges(found) == [(1, 2, True, True), (4, 5, True, True)]
    assert told(found)["osm.missing_nodes"] == {"ways": 1, "nodes": 1}
    assert found.roads.geometry[0].geom_type == "MultiLineString"


def test_a_way_of_one_node_or_of_one_node_twice_has_no_line_and_is_counted():
    rows = [(1, {"highway": "road"}, [1]), (2, {"highway": "road"}, [2, 2]), (3, {"highway": "road"}, [])]
    found = streets(*rows)
    assert edges(found) == []
    assert told(found)["net.no_geometry"] == {"count": 3}


def test_a_node_twice_in_a_row_is_one_corner_and_a_node_passed_twice_is_a_junction():
    assert edges(streets((1, {"highway": "road"}, [1, 2, 2, 3]))) == [(1, 3, True, True)]
    eight = streets((1, {"highway": "road"}, [1, 3, 6, 8, 3, 5]))
    assert edges(eight) == [(1, 3, True, True), (3, 3, True, True), (3, 5, True, True)]


def test_a_ring_that_meets_nothing_stays_a_ring():
    assert edges(streets((1, {"highway": "road"}, [1, 3, 6, 1]))) == [(1, 1, True, True)]


def test_areas_are_no_streets():
    found = streets((1, {"highway": "pedestrian", "area": "yes"}, [1, 3, 6, 1]), mode="walk")
    assert edges(found) == []
    assert "net.no_geometry" not in told(found)


def test_no_ways_are_no_network_and_it_is_said():
    found = streets()
    assert len(found.network.x) == 0
    assert len(found.roads) == 0
    assert set(told(found)) == {"osm.none"}


def test_the_order_of_the_ways_does_not_matter():
    one, two = streets(STREET, CROSSING, BRIDGE), streets(BRIDGE, CROSSING, STREET)
    np.testing.assert_array_equal(one.node, two.node)
    for name in ("tail", "head", "length", "forward", "backward", "component"):
        np.testing.assert_array_equal(getattr(one.network, name), getattr(two.network, name))


TAGS = st.fixed_dictionaries(
    {"highway": st.sampled_from(["residential", "motorway", "trunk", "footway", "trunk_link", "busway"])},
    optional={
        "name": st.sampled_from(
            ["本町通り", "国道1号", "県道 3号;市道2号線", "東名高速道路", "E1", "Im Dorf", " ", "不明"]
        ),
        "name:ja": st.sampled_from(["国道２号", ""]),
        "official_name": st.sampled_from(["主要地方道 静岡草薙清水線", "-"]),
        "ref": st.sampled_from(["1", "E1A", "34;77"]),
        "maxspeed": st.sampled_from(["40", "30 mph", "JP:urban", "60;40", "0", "none", "不明", "999"]),
        "width": st.sampled_from(["4.5", "5,5", "3 m", "1000", "0", "不明", "-1", "narrow"]),
        "layer": st.sampled_from(["1", "-1", "1.5", "99", "x"]),
        "oneway": st.sampled_from(["yes", "-1", "no", "reversible", "1"]),
        "access": st.sampled_from(["private", "no;yes", "yes"]),
        "oneway:bicycle": st.just("no"),
        "toll": st.sampled_from(["yes", "no"]),
        "access:conditional": st.sampled_from(["no @ (Dec-Mar)", "no @ (18:00-06:00)"]),
        "surface": st.sampled_from(["asphalt", " "]),
        "area": st.sampled_from(["yes", "no"]),
    },
)
FERRIES = st.fixed_dictionaries(
    {"route": st.just("ferry")}, optional={"duration": st.sampled_from(["00:25", "soon"])}
)
WAYS = st.lists(
    st.tuples(
        st.integers(1, 10**12), st.one_of(TAGS, TAGS, FERRIES), st.lists(st.integers(1, 9), max_size=6)
    ),
    max_size=6,
)


def same(one, two):
    """Tell whether two networks with their road tables are the same to the last bit."""
    names = (
        "x",
        "y",
        "tail",
        "head",
        "length",
        "forward",
        "backward",
        "road",
        "road_class",
        "narrow",
        "component",
    )
    pairs = [(getattr(one.network, name), getattr(two.network, name)) for name in (*names, "geometry")]
    return (
        all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in pairs)
        and np.array_equal(one.node, two.node)
        and (one.roads.equals(two.roads) or len(one.roads) == len(two.roads) == 0)  # no names are no texts
        and one.doubts == two.doubts
    )


@settings(max_examples=30, deadline=None)
@given(
    WAYS, st.sets(st.integers(1, 9), max_size=2), st.sampled_from(["car", "walk", "bicycle"]), st.booleans()
)
def test_arrays_give_the_network_that_is_drawn_line_by_line(rows, without, mode, ferry):
    places = {
        number: (HERE[0] + STEP * x, HERE[1] + STEP * y)
        for number, (x, y) in PLACES.items()
        if number not in without
    }
    ways = gathered(rows, places)
    options = {"crs": CRS, "speeds": SPEEDS, "mode": mode, "ferry": ferry}
    assert same(topology(ways, **options), drawn_topology(ways, **options))


@pytest.mark.real
@pytest.mark.parametrize(("name", "crs"), [("osm/Helsinki.osm.pbf", 32635), ("poa/poa_osm.pbf", 32722)])
@pytest.mark.parametrize("mode", ["car", "walk"])
def test_real_ways_give_the_network_that_is_drawn_line_by_line(real_data, name, crs, mode):
    from gisplan.sources.osm_file import quick_ways
    from gisplan.sources.raw import File, Wanted

    file = File(path=real_data / name, name="x", driver="osm_pbf", sha256="", size=0)
    ways = quick_ways(file, Wanted(kind="line", osm=("highway", "route=ferry"), known=("name",)))
    options = {"crs": crs, "speeds": SPEEDS, "mode": mode}
    assert same(topology(ways, **options), drawn_topology(ways, **options))


REAL = [("osm/liechtenstein.osm.pbf", 32632), ("osm/Helsinki.osm.pbf", 32635), ("poa/poa_osm.pbf", 32722)]
DRAWN_OTHERWISE = [("osm/monaco.osm.pbf", 32632), ("osm/andorra.osm.pbf", 32631)]
"""Files where ways cross on one level without sharing a node, or meet in the middle of a bridge."""


@pytest.mark.real
@pytest.mark.parametrize(("name", "crs"), [*REAL, *DRAWN_OTHERWISE])
def test_times_are_those_of_the_network_built_from_geometry(real_data, tmp_path, name, crs):
    found = read_network(real_data / name, crs=crs, folder=tmp_path)
    ours, theirs = found.network, build(found.roads, speeds=SPEEDS).network
    assert len(ours.x) == pytest.approx(len(theirs.x), rel=0.01)
    assert ours.length.sum() == pytest.approx(theirs.length.sum(), rel=1e-4)
    if (name, crs) in DRAWN_OTHERWISE:
        return
    apart, place = KDTree(np.column_stack([theirs.x, theirs.y])).query(np.column_stack([ours.x, ours.y]))
    same = np.flatnonzero(apart < 0.01)
    assert len(same) > 0.99 * len(apart)
    chance = np.random.default_rng(1)
    start, end = chance.choice(same, 10, replace=False), chance.choice(same, 300, replace=False)
    one = times(graph(ours), start)[:, end]
    two = times(graph(theirs), place[start])[:, place[end]]
    np.testing.assert_array_equal(np.isfinite(one), np.isfinite(two))
    # Geometry joins what comes within half a metre, which moves corners a little, and here and there joins two
    # streets that share no node.
    reached = np.isfinite(one)
    assert (np.abs(one[reached] - two[reached]) < 0.005).mean() > 0.97


@pytest.mark.real
def test_in_monaco_geometry_cuts_a_spiral_tunnel_short_that_crosses_itself_without_a_node(
    real_data, tmp_path
):
    found = read_network(real_data / "osm/monaco.osm.pbf", crs=32632, folder=tmp_path)
    ours, theirs = found.network, build(found.roads, speeds=SPEEDS).network
    apart, _ = KDTree(np.column_stack([ours.x, ours.y])).query(np.column_stack([theirs.x, theirs.y]))
    places = shapely.points(theirs.x[apart > 0.01], theirs.y[apart > 0.01])
    assert 0 < len(places) < 5
    assert "way/220547251" in set(found.roads.loc[found.roads.distance(places[0]) < 0.5, "id"])
    for place in places:
        near = found.roads[(found.roads.distance(place) < 0.5).to_numpy()]
        assert shapely.distance(shapely.multipoints(near.get_coordinates().to_numpy()), place) > 0.01


@pytest.mark.real
def test_the_answer_does_not_depend_on_the_extent_of_the_file(real_data, tmp_path):
    from dataclasses import replace

    from gisplan.sources.osm_file import quick_ways
    from gisplan.sources.raw import File, Wanted

    path = real_data / "osm/liechtenstein.osm.pbf"
    file = File(path=path, name="x", driver="osm_pbf", sha256="", size=0)
    ways = quick_ways(file, Wanted(kind="line", osm=("highway",)))
    south = ways.lat < np.nanmedian(ways.lat)
    cut = replace(ways, lon=np.where(south, ways.lon, np.nan), lat=np.where(south, ways.lat, np.nan))
    whole, half = (topology(one, crs=32632, speeds=SPEEDS) for one in (ways, cut))
    assert 0.2 < len(half.network.x) / len(whole.network.x) < 0.8

    def by_way(found):
        """Return the minutes of each way in both directions, and its row's class."""
        network, ids = found.network, found.roads["id"].to_numpy()
        held = {}
        for name in ("length", "forward", "backward"):
            sums = np.bincount(network.road, getattr(network, name), minlength=len(ids))
            held[name] = dict(zip(ids, sums, strict=True))
        return held

    one, two = by_way(whole), by_way(half)
    inside = [
        way
        for way in two["length"]
        if two["length"][way] and np.isclose(two["length"][way], one["length"][way])
    ]
    assert len(inside) > 500
    for way in inside:
        pair = (
            sorted((one["forward"][way], one["backward"][way])),
            sorted((two["forward"][way], two["backward"][way])),
        )
        assert pair[0] == pytest.approx(pair[1])
