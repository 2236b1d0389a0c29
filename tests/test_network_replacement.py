"""What is left of a route when links are closed: the repair of a tree equals running Dijkstra anew."""

import dataclasses

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from village_roads import roads

from gisplan.network import build, replacement, replacement_code, speeds
from gisplan.network.prepared import prepare
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
    known = replacement.trunk(arcs, arcs, grown, source=source)
    desk = replacement.Desk(grown)
    found = replacement.route_left(
        known, grown, target=target, shut=np.array(sorted(shut), dtype=int), noted=desk
    )
    if len(shut) == 1:
        cuts = np.array([*shut])
        alone = replacement.minutes_after_each(known, grown, target=target, cuts=cuts, noted=desk)
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


def ready(network, *, stops):
    """Return the arcs, the roads, the chains and a desk of a network on which some nodes are places."""
    chain = chains(network, stops=np.array(stops))
    arcs, back = graph(network), graph(network, reverse=True)
    grown = replacement.roads(arcs, back, chain)
    return arcs, grown, chain, replacement.Desk(grown)


def test_every_single_cut_equals_a_run_of_its_own():
    network = grid(7)
    source, target = 3, len(network.x) - 5
    arcs, grown, chain, desk = ready(network, stops=[source, target])
    known = replacement.trunk(arcs, arcs, grown, source=source)
    cuts = np.unique(chain)
    mine = replacement.minutes_after_each(known, grown, target=target, cuts=cuts, noted=desk)
    want = [minutes[target] for minutes in after_cuts(arcs, source, chain=chain, cuts=cuts)]
    assert mine == pytest.approx(want, rel=1e-12)
    assert len(set(mine.tolist())) > 2, "some cuts cost nothing, some cost time, some cut off"


def held_together(network, *, source, target):
    """Assert that one search for all links of a route tells what a run of Dijkstra without each of them does.

    Return the minutes that are left without each link.
    """
    arcs, grown, chain, desk = ready(network, stops=[source, target])
    known = replacement.trunk(arcs, arcs, grown, source=source)
    links, mine = replacement.minutes_without_each(known, grown, target=target, noted=desk)
    edges = replacement.path(known, grown, target=target)
    assert links.tolist() == list(dict.fromkeys(chain[edges].tolist()))
    want = [minutes[target] for minutes in after_cuts(arcs, source, chain=chain, cuts=links)]
    assert mine.tolist() == want
    alone = replacement.minutes_after_each(known, grown, target=target, cuts=links, noted=desk)
    assert mine.tolist() == alone.tolist()
    turned = replacement.minutes_without_each(known, grown, target=target, noted=desk)[1]
    assert turned.tolist() == want, "what a desk remembers of one question is nothing to the next"
    return mine


@given(STREETS, st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_one_search_for_all_links_of_a_route_is_a_run_without_each(streets, chance):
    network = town(streets)
    if network is not None:
        nodes = range(len(network.x))
        held_together(network, source=chance.choice(nodes), target=chance.choice(nodes))


def grid_of_times(size, *, oneway, seed):
    """Return a grid of streets of uneven times, some of them one-way."""
    network, chance = grid(size), np.random.default_rng(seed)
    ticks = chance.integers(1, 9, (2, len(network.tail))).astype(float)
    shut = chance.random((2, len(network.tail))) < oneway / 2
    forward, backward = np.where(shut, np.inf, ticks)
    return dataclasses.replace(network, forward=forward, backward=backward)


@pytest.mark.parametrize("oneway", [0.0, 0.2, 0.6])
@pytest.mark.parametrize("far", [0, 5, 1_000])
def test_one_way_streets_and_little_patience_change_no_answer(monkeypatch, oneway, far):
    monkeypatch.setattr(replacement_code, "FAR", far)
    left = [
        held_together(grid_of_times(9, oneway=oneway, seed=seed), source=source, target=99 - source)
        for seed in range(6)
        for source in (0, 13, 37)
    ]
    left = np.concatenate(left)
    assert np.isfinite(left).any()
    assert np.isinf(left).any() == (oneway > 0.0), "without one-way streets a grid has a way round everything"


def test_links_that_every_route_needs_are_told_in_a_large_town_without_a_search_of_all_of_it(monkeypatch):
    """A valley road of four links hangs on a grid: after a few nodes each of them is looked at by itself."""
    monkeypatch.setattr(replacement_code, "FAR", 10)
    streets = [(a, b, a + 1, b, 0) for a in range(8) for b in range(9)]
    streets += [(b, a, b, a + 1, 0) for a in range(8) for b in range(9)]
    valley = [(8 + k, 0, 9 + k, 0, 0) for k in range(4)]
    spurs = [(9 + k, 0, 9 + k, -1, 0) for k in range(3)]
    network = town(streets + valley + spurs)
    at = {(round(x), round(y)): node for node, (x, y) in enumerate(zip(network.x, network.y, strict=True))}
    left = held_together(network, source=at[0, 800], target=at[1200, 0])
    assert np.isinf(left[-4:]).all()
    assert np.isfinite(left[:-4]).all()


@pytest.mark.parametrize("oneway", [0.0, 0.5])
def test_the_tree_of_a_prepared_network_is_that_of_dijkstra(oneway):
    """Ways equally quick are many here; which one is taken does not hang on how the minutes were found."""
    network = grid_of_times(9, oneway=oneway, seed=1)
    arcs, grown, _, _ = ready(network, stops=[0])
    held, fresh = prepare(arcs), arcs
    for source in (0, 44):
        trees = [replacement.trunk(ways, arcs, grown, source=source) for ways in (held, fresh)]
        assert trees[0].minutes == trees[1].minutes
        for target in range(0, 100, 7):
            one, two = (replacement.path(tree, grown, target=target).tolist() for tree in trees)
            assert one == two
        back = replacement.trunk(held.turned, graph(network, reverse=True), grown.turned, source=source)
        want = replacement.trunk(fresh, graph(network, reverse=True), grown.turned, source=source)
        assert back.minutes == want.minutes


def test_the_compiled_search_gives_the_same_answers(monkeypatch):
    network = grid(5)
    answers = []
    for large in (10**9, 0):
        monkeypatch.setattr(replacement, "LARGE", large)
        arcs, grown, chain, desk = ready(network, stops=[0])
        assert grown.compiled is (large == 0)
        known = replacement.trunk(arcs, arcs, grown, source=0)
        left = [
            replacement.route_left(known, grown, target=target, shut=chain[:count], noted=desk)
            for target in range(0, len(network.x), 7)
            for count in (0, 1, 9)
        ]
        each = replacement.minutes_after_each(known, grown, target=20, cuts=np.unique(chain), noted=desk)
        routes = [
            [
                part.tolist()
                for part in replacement.minutes_without_each(known, grown, target=node, noted=desk)
            ]
            for node in range(len(network.x))
        ]
        answers.append([each.tolist(), routes, *((one.minutes, one.edges.tolist()) for one in left)])
    assert answers[0] == answers[1]
