"""Dead ends taken off and stretches drawn together: the same minutes and routes between places, on fewer nodes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from village_roads import roads

from gisplan.network import build, speeds, trimmed
from gisplan.network.search import graph, times

STREETS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4), st.integers(0, 4), st.integers(-1, 1)),
    min_size=3,
    max_size=16,
)


def made(lines):
    """Return the network of some streets: corners [m], and the one-way sign."""
    rows = [{"id": f"r{k:02d}", "line": line, "oneway": way} for k, (line, way) in enumerate(lines)]
    return build(roads(rows), speeds=speeds()).network


def node_at(network, x, y):
    return int(np.argmin(np.hypot(network.x - x, network.y - y)))


def held(network, stops):
    """Assert that minutes between the stops are those of the whole network; return the trimmed one."""
    stops = np.array(stops)
    drawn = trimmed.trimmed(network, stops=stops)
    for reverse in (False, True):
        whole = times(graph(network, reverse=reverse), stops)[:, stops]
        part = times(drawn.graph(reverse=reverse), drawn.number[stops])[:, drawn.number[stops]]
        assert np.array_equal(whole, part)
    return drawn


@given(STREETS, st.randoms(use_true_random=False))
@settings(max_examples=120, deadline=None, derandomize=True)
def test_minutes_between_places_are_those_of_the_whole_network(streets, chance):
    lines = [
        ([(a * 100, b * 100), (c * 100, d * 100)], way) for a, b, c, d, way in streets if (a, b) != (c, d)
    ]
    if lines:
        network = made(lines)
        drawn = held(network, chance.choices(range(len(network.x)), k=3))
        assert (drawn.tail != drawn.head).all()
        for stretch in range(len(drawn.tail)):
            forth, _ = drawn.along(np.array([stretch]), begin=int(drawn.tail[stretch]))
            back, _ = drawn.along(np.array([stretch]), begin=int(drawn.head[stretch]))
            assert forth.tolist() == back[::-1].tolist()
            here = int(np.flatnonzero(drawn.number == drawn.tail[stretch])[0])
            minutes = 0.0
            for edge in forth:
                ahead = network.tail[edge] == here
                minutes += (network.forward if ahead else network.backward)[edge]
                here = int(network.head[edge] if ahead else network.tail[edge])
            assert drawn.number[here] == drawn.head[stretch]
            assert minutes == drawn.forward[stretch]


def test_a_dead_end_stays_only_where_a_place_stands_in_it():
    """A straight road of four corners, with a side road at the second and a branch of it further on."""
    network = made(
        [
            ([(0, 0), (100, 0), (200, 0), (300, 0)], 0),
            ([(100, 0), (100, 100), (100, 200)], 0),
            ([(100, 100), (200, 100)], 0),
        ]
    )
    first, last, side = (node_at(network, *place) for place in ((0, 0), (300, 0), (200, 100)))
    without = held(network, [first, last])
    assert (without.nodes, len(without.tail)) == (2, 1)
    with_side = held(network, [first, last, side])
    assert (with_side.nodes, len(with_side.tail)) == (4, 3)


@pytest.mark.parametrize("stops", [1, 2])
def test_a_ring_at_the_end_of_a_road_is_of_use_only_to_who_lives_there(stops):
    ring = [(100, 0), (200, 100), (300, 0), (200, -100), (100, 0)]
    network = made([([(0, 0), (100, 0)], 0), (ring, 0)])
    places = [node_at(network, 0, 0), node_at(network, 100, 0)]
    if stops > 1:
        houses = [([(200, 100), (200, 150)], 0)]
        network = made([([(0, 0), (100, 0)], 0), (ring, 0), *houses])
        places = [node_at(network, 0, 0), node_at(network, 200, 150)]
    drawn = held(network, places)
    assert len(drawn.tail) == {1: 1, 2: 4}[stops]


def test_the_compiled_walk_gives_the_same_stretches(monkeypatch):
    lines = [
        ([(a * 100, b * 100), (a * 100 + 100, b * 100)], (a * b) % 3 - 1) for a in range(6) for b in range(7)
    ]
    lines += [
        ([(b * 100, a * 100), (b * 100, a * 100 + 100)], (a + b) % 3 - 1) for a in range(6) for b in range(7)
    ]
    network = made(lines[3:])
    found = []
    for large in (10**9, 0):
        monkeypatch.setattr(trimmed, "LARGE", large)
        drawn = held(network, [0, 11, 30])
        found.append([drawn.tail.tolist(), drawn.head.tolist(), drawn.start.tolist(), drawn.edges.tolist()])
    assert found[0] == found[1]
