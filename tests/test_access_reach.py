"""The area from which a place is reached within a time: roads cut exactly, nested in time, against networkx."""

import networkx as nx
import numpy as np
import pytest
import shapely
from village_roads import ROADS, atlas, places, roads, village

from gisplan.access.nearest import serve
from gisplan.access.reach import REACH_M, reach
from gisplan.core.options import AccessOptions
from gisplan.network import connect, ways_of

HUB = [{"id": "h1", "at": (1750, 0)}]
"""On the crossing of the national and the municipal road: no leg, and every minute known."""


def ways(rows=ROADS, *, mode="car", hub=HUB):
    layers = village(road=roads(rows), hub=places(hub))
    return ways_of(atlas(layers, access=AccessOptions(mode=mode)))


def points(*at):
    return np.array([shapely.Point(xy) for xy in at], dtype=object)


def reached(minutes, *, rows=ROADS, at=((1750, 0),), mode="car", **options):
    return reach(ways(rows, mode=mode), points(*at), minutes=minutes, **options)


def covers(found, *at):
    """Return whether the middle of the road at each place belongs to the area."""
    return [bool(shapely.intersects(found.area, shapely.Point(xy))) for xy in at]


def test_roads_are_cut_where_the_time_is_over():
    # Three minutes: 1,750 m of national road at 583⅓ m/min, 1,000 m of municipal road at 333⅓ m/min.
    found = reached(1.5)
    lines = shapely.union_all(found.lines)
    assert lines.length == pytest.approx(2 * 875 + 2 * 500)
    assert lines.bounds == pytest.approx((875, -500, 2625, 500))
    assert found.found.tolist() == [True]


def test_the_area_is_the_stated_width_and_ends_round_at_the_cut():
    found = reached(1.5, reach_m=20.0)
    assert found.area.bounds == pytest.approx((855, -520, 2645, 520))
    assert covers(found, (1000, 19.9), (1000, 20.1)) == [True, False]
    inside = shapely.buffer(shapely.union_all(found.lines), 20.0, quad_segs=256)
    assert found.area.area == pytest.approx(inside.area, rel=1e-3)


def test_the_area_holds_its_roads_and_grows_with_the_time():
    before = shapely.Polygon()
    for minutes in (0.01, 0.5, 1.0, 2.0, 3.0, 5.0, 9.0):
        found = reached(minutes)
        assert all(shapely.covers(found.area, found.lines))
        assert shapely.difference(before, found.area).area < 1.0
        before = found.area


def test_one_way_streets_count_as_one_drives_to_the_place():
    row = {"id": "r1", "road_class": "national", "line": [(0, 0), (3500, 0)], "oneway": 1}
    found = reached(1.0, rows=[row])
    # Whoever drives eastward comes to the hub from the west alone.
    assert shapely.union_all(found.lines).bounds == pytest.approx((1750 - 583.333, 0, 1750, 0), abs=0.01)


def test_a_ring_is_reached_from_both_ends():
    ring = [(0, 0), (1000, 0), (1000, 1000), (0, 1000), (0, 0)]
    found = reached(5.9, rows=[{"id": "r", "line": ring}], at=((0, 0),))
    # 4,000 m of municipal road take 12 minutes, so 5.9 minutes each way leave 66⅔ m in the far corner.
    assert shapely.union_all(found.lines).length == pytest.approx(2 * 5.9 * 1000 / 3)
    assert covers(found, (1000, 900), (1000, 1000)) == [True, True]
    assert covers(reached(5.0, rows=[{"id": "r", "line": ring}], at=((0, 0),)), (1000, 1000)) == [False]


def test_the_straight_leg_takes_its_time_and_belongs_to_the_area():
    found = reached(0.5, at=((1850, 700),))
    # 100 m off the road take 0.4 minutes; 0.1 minute is left for 33⅓ m of municipal road each way.
    assert shapely.union_all(found.lines).length == pytest.approx(100 + 2 * 100 / 3)
    assert shapely.covers(found.area, shapely.Point(1850, 700))
    short = reached(0.2, at=((1850, 700),))
    assert shapely.union_all(short.lines).bounds == pytest.approx((1800, 700, 1850, 700))


def test_expressways_are_driven_but_not_drawn():
    street = [{"id": "w", "line": [(-900, 0), (0, 0)]}, {"id": "m", "line": [(0, 0), (0, 900)]}]
    fast = {"id": "e", "road_class": "expressway", "line": [(0, 900), (3000, 900)]}
    far = {"id": "f", "line": [(3000, 900), (3000, 2000)]}
    found = reached(6.0, rows=[*street, fast, far], at=((-300, 0),))
    # 900 m and 300 m of street, the expressway, and what is left of the six minutes beyond it.
    assert covers(found, (0, 500), (1500, 900), (3000, 960)) == [True, False, True]


def test_a_place_off_every_road_is_told_and_adds_nothing():
    found = reached(5.0, at=((9000, 9000),))
    assert found.found.tolist() == [False]
    assert found.area.is_empty
    both = reached(5.0, at=((9000, 9000), (1750, 0)))
    assert both.found.tolist() == [False, True]
    assert shapely.equals(both.area, reached(5.0).area)


def test_an_island_is_not_reached():
    rows = [*ROADS, {"id": "i", "line": [(1800, 300), (2100, 300)]}]
    found = reached(0.7, rows=rows)
    assert covers(found, (2100, 300)) == [False]


def block(side):
    """Return the roads around a square block."""
    ring = [(0, 0), (side, 0), (side, side), (0, side), (0, 0)]
    return {"id": "b", "line": ring}


def test_the_inside_of_a_block_is_filled_and_a_large_hole_stays():
    assert not shapely.get_parts(reached(9, rows=[block(190)], at=((0, 0),)).area)[0].interiors
    large = reached(9, rows=[block(250)], at=((0, 0),)).area
    assert shapely.Polygon(large.interiors[0]).area == pytest.approx(150**2)
    unfilled = reached(9, rows=[block(190)], at=((0, 0),), filled_m2=0.0).area
    assert shapely.Polygon(unfilled.interiors[0]).area == pytest.approx(90**2)


def test_a_hole_with_a_road_that_is_not_reached_stays():
    lonely = {"id": "x", "line": [(90, 95), (100, 95)]}
    assert shapely.get_num_interior_rings(reached(9, rows=[block(190), lonely], at=((0, 0),)).area) == 1


def grid(count, step):
    """Return a grid of streets of three classes."""
    classes = ("national", "prefectural", "municipal")
    far = (count - 1) * step
    rows = []
    for k in range(count):
        road_class = classes[k % 3]
        rows.append({"id": f"h{k}", "road_class": road_class, "line": [(0, k * step), (far, k * step)]})
        oneway = {"oneway": 1} if k == 2 else {}
        rows.append({"id": f"v{k}", "line": [(k * step, 0), (k * step, far)]} | oneway)
    return rows


@pytest.mark.parametrize("minutes", [0.4, 1.0, 2.2, 4.0])
def test_nodes_are_in_the_area_as_networkx_says(minutes):
    rows, step = grid(7, 400), 400
    found_ways = ways(rows, hub=[{"id": "h", "at": (800, 810)}])
    place = points((800, 810))
    served = serve(found_ways, place)
    network = served.network
    graph = nx.DiGraph()
    for edge, (tail, head) in enumerate(zip(network.tail.tolist(), network.head.tolist(), strict=True)):
        for start, end, cost in ((tail, head, network.forward[edge]), (head, tail, network.backward[edge])):
            if np.isfinite(cost):
                graph.add_edge(end, start, minutes=cost)  # turned round: times to the place
    left = minutes - float(served.leg[0])
    within = set(nx.ego_graph(graph, int(served.node[0]), radius=left, distance="minutes").nodes)
    found = reach(found_ways, place, minutes=minutes, filled_m2=0.0)
    nodes = shapely.points(network.x, network.y)
    inside = shapely.covers(found.area, nodes)
    assert set(np.flatnonzero(inside)) >= within
    # Streets are 400 m apart, so a node beyond the time is inside only where a cut ends close to it.
    beyond = sorted(set(range(len(nodes))) - within)
    apart = shapely.distance(shapely.union_all(found.lines), nodes[beyond])
    assert np.array_equal(inside[beyond], apart <= REACH_M)
    assert len(within) > 0
    assert step > 2 * REACH_M


def test_the_answer_does_not_depend_on_the_order_of_the_roads():
    rows = grid(5, 300)
    one, other = reached(2.0, rows=rows, at=((600, 640),)), reached(2.0, rows=rows[::-1], at=((600, 640),))
    assert shapely.to_wkb(one.area) == shapely.to_wkb(other.area)


def test_on_foot_the_streets_are_walked_both_ways():
    found = reached(5.0, mode="walk")
    assert shapely.union_all(found.lines).bounds == pytest.approx((1350, -400, 2150, 400))


def test_the_ways_are_those_of_the_connected_plan():
    held = atlas(village())
    alone, whole = ways_of(held), connect(held).ways
    assert np.array_equal(alone.network.forward, whole.network.forward)
    assert np.array_equal(alone.snappable, whole.snappable)
    assert ways_of(atlas({"hub": places(HUB)})) is None
