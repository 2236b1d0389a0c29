"""Nearest places, tables, routes and who lies within a time: compiled loops against scipy and networkx, bit for bit."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from village_roads import ROADS
from village_roads import roads as road_table

from gisplan.core.units import TICKS_PER_MINUTE, whole_ticks
from gisplan.network import build, queries, speeds
from gisplan.network.prepared import Folded, Prepared, fold, from_arrays, prepare, suited, to_arrays
from gisplan.network.search import Graph, edges_along, graph, matrix, path, times, tree

INF = np.inf
MINUTES = st.one_of(
    st.just(0.0),
    st.integers(1, 4).map(float),  # equal ways
    st.floats(1e-13, 2_000.0).map(lambda value: float(whole_ticks(np.array([value]))[0])),
)


def network(nodes, edges):
    """Return what a search looks at; an edge is (tail, head, minutes forward, minutes backward)."""
    tail, head, forward, backward = np.array(edges, float).reshape(-1, 4).T
    return SimpleNamespace(
        x=np.zeros(nodes), tail=tail.astype(int), head=head.astype(int), forward=forward, backward=backward
    )


@st.composite
def networks(draw):
    """Return a small directed network: loops, parallel edges, one-way streets, no time at all, several pieces."""
    nodes = draw(st.integers(1, 14))
    node = st.integers(0, nodes - 1)
    one_way = st.tuples(node, node, MINUTES, st.just(INF))
    shut = st.tuples(node, node, st.just(INF), st.just(INF))
    same = st.tuples(node, node, MINUTES).map(lambda edge: (*edge, edge[2]))
    two_way = st.tuples(node, node, MINUTES, MINUTES)
    kinds = draw(st.sampled_from([(same,), (same, one_way, shut, two_way)]))
    return network(nodes, draw(st.lists(st.one_of(*kinds), max_size=40)))


@st.composite
def asked(draw):
    """Return a network, sources with their legs, and targets."""
    roads = draw(networks())
    node = st.integers(0, len(roads.x) - 1)
    sources = draw(st.lists(st.tuples(node, MINUTES), min_size=1, max_size=6))
    targets = draw(st.lists(node, min_size=1, max_size=4))
    nodes, legs = np.array(sources, float).T
    return roads, nodes.astype(int), legs, np.array(targets)


def ranked(table, count):
    """Return the nearest sources of each column of a table, by minutes, then by number."""
    rows = sorted((minutes, number) for number, minutes in enumerate(table) if np.isfinite(minutes))
    return (rows + [(INF, -1)] * count)[:count]


@given(asked(), st.booleans(), st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_all_answers_are_those_of_scipy_to_the_last_bit(case, reverse, count):
    roads, sources, legs, targets = case
    arcs = graph(roads, reverse=reverse)
    ready = prepare(graph(roads))
    ready = ready.turned if reverse else ready
    table = times(arcs, sources) + legs[:, None]
    assert (queries.between(ready, sources, targets, legs=legs) == table[:, targets]).all()
    expected = np.array([ranked(column, count) for column in table.T]).reshape(-1, count, 2)
    for ways in (arcs, ready):
        for at in (None, targets):
            found = queries.nearest(ways, sources, count=count, legs=legs, at=at)
            assert (found.minutes == expected[slice(None) if at is None else at][..., 0]).all()
            assert (found.which == expected[slice(None) if at is None else at][..., 1]).all()
        assert (queries.soonest(ways, sources, legs=legs) == table.min(axis=0)).all()
    for most in (0, 1, 2, 3):
        found = queries.nearest(fold(arcs, most=most), sources, legs=legs)
        assert (found.minutes == queries.nearest(arcs, sources, legs=legs).minutes).all()
        assert (found.which == queries.nearest(arcs, sources, legs=legs).which).all()
    people = np.arange(1.0, len(roads.x) + 1)
    for limit in (0.0, 2.0, 1_000.0):
        within = ((table <= limit) * people).sum(axis=1)
        assert (queries.within(ready, sources, limit=limit, weight=people, legs=legs) == within).all()
        assert (queries.within(arcs, sources, limit=limit, weight=people, legs=legs) == within).all()


@given(asked())
@settings(max_examples=100, deadline=None)
def test_routes_add_up_to_their_minutes_exactly(case):
    roads, sources, _, targets = case
    arcs, targets = graph(roads), np.resize(targets, len(sources))
    expected = times(arcs, sources)[np.arange(len(sources)), targets]
    for ways in (arcs, prepare(arcs)):
        found = queries.routes(ways, sources, targets)
        assert (found.minutes == expected).all()
        for source, target, minutes, nodes in zip(sources, targets, found.minutes, found.nodes, strict=True):
            if np.isinf(minutes):
                assert len(nodes) == 0
                continue
            assert (nodes[0], nodes[-1]) == (source, target)
            assert (
                sum(
                    least(roads, edge, tail)
                    for edge, tail in zip(edges_along(arcs, nodes), nodes, strict=False)
                )
                == minutes
            )


def least(roads, edge, tail):
    """Return the minutes of an edge from one of its ends."""
    return roads.forward[edge] if roads.tail[edge] == tail else roads.backward[edge]


@given(asked())
@settings(max_examples=30, deadline=None)
def test_the_nearest_source_is_that_of_networkx(case):
    nx = pytest.importorskip("networkx")
    roads, sources, _, _ = case
    drawn = nx.MultiDiGraph()
    drawn.add_nodes_from(range(len(roads.x)))
    for tail, head, forward, backward in zip(
        roads.tail, roads.head, roads.forward, roads.backward, strict=True
    ):
        drawn.add_edges_from(
            (one, two, {"minutes": took})
            for one, two, took in ((tail, head, forward), (head, tail, backward))
            if took < INF
        )
    expected = nx.multi_source_dijkstra_path_length(drawn, set(sources.tolist()), weight="minutes")
    found = queries.nearest(prepare(graph(roads)), sources).minutes[:, 0]
    assert found.tolist() == [expected.get(node, INF) for node in range(len(roads.x))]


@given(networks())
@settings(max_examples=60, deadline=None)
def test_no_detour_is_shorter_and_a_new_road_makes_no_trip_longer(roads):
    everywhere = np.arange(len(roads.x))
    table = queries.between(prepare(graph(roads)), everywhere, everywhere)
    assert (table[:, None, :] <= table[:, :, None] + table[None, :, :]).all()
    more = network(
        len(roads.x),
        [
            *zip(roads.tail, roads.head, roads.forward, roads.backward, strict=True),
            (0, len(roads.x) - 1, 1.0, INF),
        ],
    )
    assert (queries.between(prepare(graph(more)), everywhere, everywhere) <= table).all()


@given(networks())
@settings(max_examples=60, deadline=None)
def test_one_way_streets_turned_round_turn_the_answer_round(roads):
    everywhere = np.arange(len(roads.x))
    there = queries.between(prepare(graph(roads)), everywhere, everywhere)
    back = queries.between(prepare(graph(roads, reverse=True)), everywhere, everywhere)
    assert (there == back.T).all()
    assert (queries.between(prepare(graph(roads)).turned, everywhere, everywhere) == back).all()


@given(asked())
@settings(max_examples=30, deadline=None)
def test_more_time_reaches_no_fewer_people(case):
    roads, sources, legs, _ = case
    ready, people = prepare(graph(roads)), np.ones(len(roads.x))
    sums = [
        queries.within(ready, sources, limit=limit, weight=people, legs=legs) for limit in (0, 1, 2, 5, 9_999)
    ]
    assert all((one <= two).all() for one, two in pairwise(sums))


@given(networks())
@settings(max_examples=30, deadline=None)
def test_a_prepared_network_is_plain_arrays_that_can_be_kept(roads):
    ready = prepare(graph(roads))
    again = from_arrays(to_arrays(ready))
    assert all(
        (one == two).all()
        for one, two in zip(to_arrays(ready).values(), to_arrays(again).values(), strict=True)
    )
    same = np.array_equal(roads.forward, roads.backward)
    if same:
        assert again.up is again.down, "a network open both ways stands once"
    everywhere = np.arange(len(roads.x))
    assert (
        queries.between(ready, everywhere, everywhere) == queries.between(again, everywhere, everywhere)
    ).all()


def test_small_networks_are_not_prepared_and_large_ones_are():
    line = network(4, [(0, 1, 1.0, 1.0), (1, 2, 1.0, 1.0), (2, 3, 1.0, INF)])
    assert isinstance(suited(graph(line), searches=100), Graph)
    assert isinstance(suited(graph(line), searches=10_000_000), Prepared)
    assert isinstance(fold(graph(line)), Folded)


def test_of_two_places_equally_near_the_first_in_the_list_is_named():
    line = network(3, [(0, 1, 2.0, 2.0), (1, 2, 2.0, 2.0)])
    for ways in (graph(line), prepare(graph(line)), fold(graph(line))):
        assert queries.nearest(ways, np.array([2, 0])).which[1, 0] == 0
        assert queries.nearest(ways, np.array([0, 2])).which[1, 0] == 0


def test_two_places_at_one_node_are_two_of_the_nearest():
    line = network(3, [(0, 1, 2.0, 2.0), (1, 2, 2.0, 2.0)])
    for ways in (graph(line), prepare(graph(line))):
        found = queries.nearest(ways, np.array([0, 0, 2]), count=3)
        assert found.which[1].tolist() == [0, 1, 2]
        assert found.which[2].tolist() == [2, 0, 1]


def test_a_very_long_leg_and_a_very_short_street_go_together():
    line = network(3, [(0, 1, 1 / TICKS_PER_MINUTE, 1 / TICKS_PER_MINUTE), (1, 2, 5_000.0, 5_000.0)])
    sources, legs = np.array([0, 2]), np.array([4_000.0, 0.0])
    for ways in (graph(line), prepare(graph(line)), fold(graph(line)), fold(graph(line), most=0)):
        found = queries.nearest(ways, sources, legs=legs)
        assert found.minutes[:, 0].tolist() == [4_000.0, 4_000.0 + 1 / TICKS_PER_MINUTE, 0.0]


def test_from_nowhere_nothing_is_reached():
    line, nobody = network(2, [(0, 1, 1.0, 1.0)]), np.empty(0, int)
    for ways in (graph(line), prepare(graph(line)), fold(graph(line))):
        assert queries.nearest(ways, nobody).minutes.tolist() == [[INF], [INF]]
        assert queries.nearest(ways, nobody).which.tolist() == [[-1], [-1]]
    for ways in (graph(line), prepare(graph(line))):
        assert queries.between(ways, nobody, np.array([0])).shape == (0, 1)
        assert queries.routes(ways, nobody, nobody).nodes == ()


def test_every_time_in_the_village_is_that_of_scipy():
    built = build(road_table(ROADS), speeds=speeds()).network
    assert (built.forward[np.isfinite(built.forward)] * TICKS_PER_MINUTE % 1 == 0).all()
    everywhere = np.arange(len(built.x))
    for reverse in (False, True):
        arcs = graph(built, reverse=reverse)
        assert (queries.between(prepare(arcs), everywhere, everywhere) == times(arcs, everywhere)).all()
        found = queries.routes(prepare(arcs), everywhere, everywhere[::-1])
        for source, target, nodes in zip(everywhere, everywhere[::-1], found.nodes, strict=True):
            here = tree(arcs, int(source))
            if np.isfinite(here.minutes[target]):
                assert len(edges_along(arcs, nodes)) > 0 or source == target
                assert len(path(arcs, here, int(target))) > 0 or source == target


def test_times_are_whole_ticks_and_never_rounded_to_nothing():
    assert whole_ticks(np.array([0.0, 1e-20, 0.2, 5.0, INF])).tolist() == [
        0.0,
        1 / TICKS_PER_MINUTE,
        round(0.2 * TICKS_PER_MINUTE) / TICKS_PER_MINUTE,
        5.0,
        INF,
    ]


@pytest.mark.real
def test_ten_thousand_real_crossings_give_the_answers_of_scipy(real_data):
    from scipy.sparse.csgraph import dijkstra

    with np.load(real_data / "bench" / "graph_S10k.npz") as held:
        took = whole_ticks(held["w"].astype(float) / 60.0)
        oneway = np.where(np.arange(len(took)) % 7 == 0, INF, took)
        roads = network(int(held["n"]), np.column_stack([held["u"], held["v"], took, oneway]))
    rng = np.random.default_rng(0)
    sources, targets, people = (
        rng.integers(0, 10_000, 40),
        rng.integers(0, 10_000, 50),
        rng.integers(0, 9, 10_000) * 1.0,
    )
    for reverse in (False, True):
        arcs = graph(roads, reverse=reverse)
        ready, table = prepare(arcs), times(arcs, sources)
        assert (queries.between(ready, sources, targets) == table[:, targets]).all()
        assert (queries.nearest(fold(arcs), sources).minutes[:, 0] == table.min(axis=0)).all()
        several = queries.nearest(ready, sources, count=3)
        assert (several.minutes == np.sort(table, axis=0)[:3].T).all()
        assert (table[several.which[:, 2], np.arange(10_000)] == several.minutes[:, 2]).all()
        assert (
            queries.within(ready, sources, limit=5.0, weight=people) == ((table <= 5.0) * people).sum(axis=1)
        ).all()
        assert (dijkstra(matrix(arcs), indices=np.unique(sources), min_only=True) == table.min(axis=0)).all()
