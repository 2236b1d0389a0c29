"""What is left of a route when links are closed: the repair of a tree equals running Dijkstra anew."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from village_roads import roads

from gisplan.network import build, replacement, speeds
from gisplan.network.search import after_cuts, chains, graph

STREETS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4), st.integers(0, 4), st.integers(-1, 1)),
    min_size=3,
    max_size=14,
)


def town(streets):
    """Return a network of straight streets on a grid, each with its one-way sign."""
    rows = [
        {"id": f"r{k:02d}", "line": [(a * 100, b * 100), (c * 100, d * 100)], "oneway": way}
        for k, (a, b, c, d, way) in enumerate(streets)
        if (a, b) != (c, d)
    ]
    return build(roads(rows), speeds=speeds()).network if rows else None


def oracle(network, chain, shut):
    """Return the network as networkx knows it, without the closed chains."""
    held = nx.MultiDiGraph()
    held.add_nodes_from(range(len(network.x)))
    for edge, (tail, head) in enumerate(zip(network.tail, network.head, strict=True)):
        if chain[edge] in shut:
            continue
        for one, other, minutes in ((tail, head, network.forward), (head, tail, network.backward)):
            if np.isfinite(minutes[edge]):
                held.add_edge(int(one), int(other), weight=minutes[edge])
    return held


def checked(network, chain, source, target, shut):
    """Assert that the route left is the oracle's quickest, runs over open links, and really is that long."""
    arcs, back = graph(network), graph(network, reverse=True)
    grown = replacement.roads(arcs, back, chain)
    known = replacement.trunk(arcs, grown, source=source)
    found = replacement.route_left(known, grown, target=target, shut=np.array(sorted(shut), dtype=int))
    if len(shut) == 1:
        alone = replacement.minutes_after_each(known, grown, target=target, cuts=np.array([*shut]))
        assert alone[0] == found.minutes
    want = nx.single_source_dijkstra_path_length(oracle(network, chain, shut), source).get(target, np.inf)
    assert found.minutes == pytest.approx(want, rel=1e-12)
    if np.isinf(want):
        assert not len(found.edges)
        return
    assert not set(chain[found.edges]) & set(shut)
    here, minutes = source, 0.0
    for edge in found.edges:
        forth = network.tail[edge] == here
        minutes += (network.forward if forth else network.backward)[edge]
        here = int(network.head[edge] if forth else network.tail[edge])
    assert here == target
    assert minutes == pytest.approx(want, rel=1e-12)


@given(STREETS, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_route_without_closed_links_is_that_of_networkx(streets, chance):
    network = town(streets)
    if network is None:
        return
    nodes = range(len(network.x))
    source, target = chance.choice(nodes), chance.choice(nodes)
    chain = chains(network, stops=np.array([source, target]))
    labels = sorted(set(chain.tolist()))
    for count in (1, 2):
        checked(network, chain, source, target, set(chance.sample(labels, k=min(count, len(labels)))))
    checked(network, chain, source, target, set())


def grid(size):
    """Return a grid of streets, every third of them one-way."""
    streets = [(a, b, a + 1, b, (a + b) % 3 - 1) for a in range(size) for b in range(size + 1)]
    streets += [(b, a, b, a + 1, (a * b) % 3 - 1) for a in range(size) for b in range(size + 1)]
    return town(streets)


def test_every_single_cut_equals_a_run_of_its_own():
    network = grid(7)
    source, target = 3, len(network.x) - 5
    chain = chains(network, stops=np.array([source, target]))
    arcs, back = graph(network), graph(network, reverse=True)
    grown = replacement.roads(arcs, back, chain)
    known = replacement.trunk(arcs, grown, source=source)
    cuts = np.unique(chain)
    mine = replacement.minutes_after_each(known, grown, target=target, cuts=cuts)
    want = [minutes[target] for minutes in after_cuts(arcs, source, chain=chain, cuts=cuts)]
    assert mine == pytest.approx(want, rel=1e-12)
    assert len(set(mine.tolist())) > 2, "some cuts cost nothing, some cost time, some cut off"


def test_the_compiled_search_gives_the_same_answers(monkeypatch):
    network = grid(5)
    chain = chains(network, stops=np.array([0]))
    arcs, back = graph(network), graph(network, reverse=True)
    answers = []
    for large in (10**9, 0):
        monkeypatch.setattr(replacement, "LARGE", large)
        grown = replacement.roads(arcs, back, chain)
        assert grown.compiled is (large == 0)
        known = replacement.trunk(arcs, grown, source=0)
        left = [
            replacement.route_left(known, grown, target=target, shut=chain[:count])
            for target in range(0, len(network.x), 7)
            for count in (0, 1, 9)
        ]
        alone = replacement.minutes_after_each(known, grown, target=20, cuts=np.unique(chain)).tolist()
        answers.append([alone, *((one.minutes, one.edges.tolist()) for one in left)])
    assert answers[0] == answers[1]
