"""Raw lines become a network: where they join, where they must not, and at what speed."""

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import KDTree
from village_roads import ROADS, roads

from gisplan.core.errors import ConfigurationError
from gisplan.core.words import Network
from gisplan.network import build, speeds
from gisplan.network.search import graph, times
from gisplan.network.speeds import CLASSES

SPEEDS = speeds()


def made(rows, **options):
    return build(roads(rows), speeds=SPEEDS, **options).network


def nodes(network):
    return sorted(zip(network.x.round(3), network.y.round(3), strict=True))


def codes(rows, **options):
    return {doubt.code: doubt.values for doubt in build(roads(rows), speeds=SPEEDS, **options).doubts}


def test_the_classes_are_those_of_the_network():
    assert Network.__dataclass_fields__["classes"].default == CLASSES


def test_the_village_has_the_nodes_and_minutes_worked_out_by_hand():
    network = made(ROADS)
    assert nodes(network) == [(0, 0), (1750, -1000), (1750, 0), (1750, 1000), (3500, 0)]
    by_length = dict(zip(network.length.round(3), network.forward, strict=True))
    # 1750 m at 35 km/h = 3 min (twice), 1000 m at 20 km/h = 3 min (twice), 2750 m at 30 km/h = 5.5 min.
    assert sorted(network.forward) == pytest.approx([3, 3, 3, 3, 5.5])
    assert by_length[2750.0] == pytest.approx(5.5)
    assert network.narrow.sum() == 2
    assert (network.component == 0).all()


@pytest.mark.parametrize(("gap", "joined"), [(0.0, True), (0.4, True), (0.6, False)])
def test_an_end_joins_the_side_of_a_road_within_the_tolerance(gap, joined):
    rows = [{"id": "a", "line": [(0, 0), (100, 0)]}, {"id": "b", "line": [(50, gap), (50, 80)]}]
    network = made(rows, join_m=0.5)
    assert len(network.tail) == (3 if joined else 2)
    assert network.component.max() == (0 if joined else 1)


def test_ends_within_the_tolerance_become_one_node():
    rows = [{"id": "a", "line": [(0, 0), (100, 0)]}, {"id": "b", "line": [(100.3, 0.2), (200, 0)]}]
    network = made(rows)
    assert len(network.x) == 3
    assert network.component.max() == 0


def test_a_bridge_does_not_join_the_road_below_it_except_at_shared_ends():
    below = {"id": "a", "line": [(0, 0), (100, 0)]}
    above = {"id": "b", "line": [(50, -50), (50, 50)], "level": 1}
    ramp = {"id": "c", "line": [(50, 50), (100, 0)]}
    network = made([below, above, ramp])
    assert nodes(network) == [(0, 0), (50, -50), (50, 50), (100, 0)]
    assert network.component.max() == 0
    # A third level at the same crossing, and a crossing on the upper level itself.
    network = made([below, above, {"id": "d", "line": [(0, 0.1), (100, 0.1)], "level": 1}])
    assert (50, 0.1) in nodes(network)
    assert (50, 0) not in nodes(network)
    assert network.component.max() == 0 or len(network.tail) == 5


def test_an_expressway_is_joined_by_its_ramp_only():
    express = {"id": "e", "line": [(0, 0), (1000, 0)], "road_class": "expressway"}
    street = {"id": "s", "line": [(500, -300), (500, 300)]}
    assert made([express, street]).component.max() == 1
    ramp = {"id": "r", "line": [(200, 0), (500, 100)], "ramp": True}
    network = made([express, street, ramp])
    assert network.component.max() == 0
    assert nodes(network) == [(0, 0), (200, 0), (500, -300), (500, 100), (500, 300), (1000, 0)]


def test_a_road_drawn_twice_stands_once_with_the_higher_class():
    rows = [
        {"id": "a", "line": [(0, 0), (300, 0)], "road_class": "municipal"},
        {"id": "b", "line": [(100, 0.2), (200, 0.2)], "road_class": "prefectural"},
    ]
    network = made(rows)
    assert network.length.sum() == pytest.approx(300, abs=0.5)
    assert CLASSES.index("prefectural") in network.road_class
    assert codes(rows)["net.overlap"]["metres"] == pytest.approx(100, abs=1)


def test_opposite_one_way_lines_on_each_other_both_stay():
    line = [(0, 0), (100, 0)]
    network = made([{"id": "a", "line": line, "oneway": 1}, {"id": "b", "line": line[::-1], "oneway": 1}])
    assert len(network.tail) == 2
    assert times(graph(network), np.array([0, 1])) == pytest.approx(np.array([[0, 0.3], [0.3, 0]]))


def test_what_is_no_road_is_left_out_and_said():
    rows = [
        {"id": "a", "line": shapely.MultiLineString([[(0, 0), (100, 0)], [(100, 0), (200, 0)]])},
        {"id": "b", "line": [(5, 5), (5, 5)]},
        {"id": "c", "line": shapely.LineString()},
    ]
    found = codes(rows)
    assert found["net.zero_length"]["count"] == 1
    assert found["net.no_geometry"]["count"] == 1
    assert len(made(rows).tail) == 2
    assert len(made(rows[2:]).tail) == 0


def test_a_loop_with_one_gate_stays():
    network = made([{"id": "a", "line": [(0, 0), (50, 0), (50, 50), (0, 50), (0, 0)]}])
    assert network.length.sum() == 200
    assert len(network.x) == 1


def test_a_dense_line_beside_another_is_thinned_and_not_swallowed():
    dense = [(x / 4, 0.3) for x in range(1601)]
    network = made([{"id": "a", "line": [(0, 0), (400, 0)]}, {"id": "b", "line": dense}], join_m=1.0)
    assert network.length.sum() == pytest.approx(400, rel=0.02)
    assert network.component.max() == 0


@pytest.mark.parametrize("speed", [0.0, 999.0, -5.0])
def test_an_absurd_speed_gives_way_to_that_of_the_class(speed):
    rows = [{"id": "a", "line": [(0, 0), (1000, 0)], "speed_kmh": speed}]
    assert made(rows).forward == pytest.approx([3.0])
    assert codes(rows)["net.speed_odd"]["count"] == 1


def test_a_road_keeps_its_own_speed_whatever_its_neighbours_have():
    rows = [{"id": "a", "line": [(0, 0), (1000, 0)], "speed_kmh": 60.0}]
    far = {"id": "b", "line": [(0, 500), (1000, 500)], "speed_kmh": 30.0}
    assert made(rows).forward[0] == pytest.approx(1.0)
    assert made([*rows, far]).forward[0] == pytest.approx(1.0)
    assert "net.speed_odd" not in codes(rows)


def test_an_unknown_class_is_another_road_and_said():
    rows = [{"id": "a", "line": [(0, 0), (1000, 0)], "road_class": ""}]
    assert made(rows).forward == pytest.approx([4.0])
    assert codes(rows)["net.class_unknown"]["count"] == 1


def test_on_foot_expressways_are_closed_and_one_way_signs_void():
    rows = [
        {"id": "a", "line": [(0, 0), (800, 0)], "oneway": 1},
        {"id": "e", "line": [(800, 0), (1600, 0)], "road_class": "expressway"},
    ]
    network = made(rows, mode="walk")
    assert network.forward == pytest.approx([10.0, np.inf])
    assert network.backward == pytest.approx([10.0, np.inf])


def test_unknown_speeds_are_refused_with_the_near_name():
    with pytest.raises(ConfigurationError) as caught:
        speeds("published_80_35_30_2")
    assert "published_80_35_30_20" in caught.value.say("en")
    assert (
        speeds().say("ja")
        == "高速自動車国道等 80、一般国道 35、都道府県道 30、市町村道 20、その他の道路 15* km/h"
    )


WHOLE = st.integers(0, 12).map(lambda value: value * 50.0)
LINES = st.lists(
    st.tuples(WHOLE, WHOLE, WHOLE, WHOLE, st.sampled_from([0, 1, -1]), st.sampled_from(CLASSES[1:])),
    min_size=1,
    max_size=9,
    unique_by=lambda line: line[:4],
)


def from_lines(lines):
    return [
        {"id": f"r{k}", "line": [(a, b), (c, d)], "oneway": way, "road_class": name}
        for k, (a, b, c, d, way, name) in enumerate(lines)
        if (a, b) != (c, d)
    ]


@given(LINES, st.randoms())
@settings(max_examples=40, deadline=None, derandomize=True)
def test_the_order_of_rows_does_not_matter(lines, random):
    rows = from_lines(lines)
    if not rows:
        return
    other = rows.copy()
    random.shuffle(other)
    one, two = made(rows), made(other)
    for name in ("x", "y", "tail", "head", "length", "forward", "backward", "road_class", "component"):
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes(), name
    assert [rows[k]["id"] for k in one.road] == [other[k]["id"] for k in two.road]
    assert (shapely.to_wkb(one.geometry) == shapely.to_wkb(two.geometry)).all()


@given(LINES)
@settings(max_examples=30, deadline=None, derandomize=True)
def test_noding_agrees_with_geos_and_times_with_networkx(lines):
    rows = [row | {"oneway": 0, "road_class": "municipal"} for row in from_lines(lines)]
    if not rows:
        return
    network = made(rows, join_m=0.0)
    union = shapely.union_all(roads(rows).geometry.to_numpy())
    assert network.length.sum() == pytest.approx(union.length, abs=1e-2)
    parts = shapely.get_parts(union)
    ends = np.array([(line.coords[0], line.coords[-1]) for line in parts])
    apart, node = KDTree(np.column_stack([network.x, network.y])).query(ends)
    # Where lines overlap, GEOS keeps ends that no other line meets: they are places on an edge, not nodes.
    known = apart < 0.01
    other = nx.Graph()
    for line, end, name, is_node in zip(parts, ends, node, known, strict=True):
        names = [int(k) if yes else tuple(xy) for xy, k, yes in zip(end, name, is_node, strict=True)]
        other.add_edge(*names, weight=line.length)
    assert set(node[known]) == set(range(len(network.x)))
    assert network.component.max() + 1 == nx.number_connected_components(other)
    metres = nx.single_source_dijkstra_path_length(other, 0)
    ours = times(graph(network), np.array([0]))[0] * 1000 / 3
    assert ours == pytest.approx([metres.get(k, np.inf) for k in range(len(network.x))], abs=0.05)


@given(LINES)
@settings(max_examples=30, deadline=None, derandomize=True)
def test_times_obey_the_triangle_and_turn_round_with_the_one_way_signs(lines):
    rows = from_lines(lines)
    if not rows:
        return
    network = made(rows)
    everyone = np.arange(len(network.x))
    there = times(graph(network), everyone)
    assert (there[:, None, :] <= there[:, :, None] + there[None, :, :] + 1e-9).all()
    assert np.allclose(times(graph(network, reverse=True), everyone), there.T)
    turned = made([row | {"oneway": -row["oneway"]} for row in rows])
    assert np.allclose(times(graph(turned), np.arange(len(turned.x))), there.T)
