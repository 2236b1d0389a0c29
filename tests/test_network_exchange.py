"""Networks to and from osmnx: the same streets, the same times, both ways."""

import networkx as nx
import numpy as np
import osm_town
import pytest
from village_roads import CRS, ROADS, roads

from gisplan.core.errors import InputError
from gisplan.network import build, from_osmnx, read_network, speeds, to_osmnx
from gisplan.network.search import graph, times

SPEEDS = speeds()


def all_times(network, names):
    """Return the minutes between all nodes, by their names."""
    found = times(graph(network), np.arange(len(names)))
    return {(int(a), int(b)): found[i, j] for i, a in enumerate(names) for j, b in enumerate(names)
            if np.isfinite(found[i, j])}  # fmt: skip


def by_networkx(made, weight="travel_time"):
    """Return the minutes between all nodes as networkx finds them."""
    found = nx.all_pairs_dijkstra_path_length(made, weight=weight)
    return {(a, b): seconds / 60 for a, row in found for b, seconds in row.items()}


def close(one, two):
    """Tell whether two tables of minutes are the same."""
    return one.keys() == two.keys() and all(one[pair] == pytest.approx(two[pair], abs=1e-9) for pair in one)


def test_the_village_is_a_graph_that_osmnx_takes_and_its_times_are_ours():
    import osmnx

    table = roads([{**ROADS[0], "oneway": 1}, *ROADS[1:]])
    network = build(table, speeds=SPEEDS).network
    made = to_osmnx(network, table, crs=CRS)
    assert close(by_networkx(made), all_times(network, range(len(network.x))))
    nodes, edges = osmnx.graph_to_gdfs(made)
    assert nodes.crs.to_epsg() == CRS
    assert {"osmid", "road_id", "highway", "oneway", "length", "travel_time", "geometry"} <= set(edges)
    assert edges["oneway"].sum() == 2
    assert set(edges["road_id"]) == {"r1", "r2", "r3"}
    assert osmnx.basic_stats(made)["street_length_total"] == pytest.approx(network.length.sum())
    back = from_osmnx(made, crs=CRS, speeds=SPEEDS)
    assert close(all_times(back.network, back.node), all_times(network, range(len(network.x))))
    assert len(back.network.tail) == len(network.tail)


def test_a_graph_survives_the_file_of_osmnx(tmp_path):
    import osmnx

    path = osm_town.write_osm(tmp_path / "a.osm.pbf")
    found = read_network(path, crs=6676, folder=tmp_path / "kept")
    made = to_osmnx(found.network, found.roads, crs=6676, node=found.node)
    osmnx.save_graphml(made, tmp_path / "a.graphml")
    again = from_osmnx(osmnx.load_graphml(tmp_path / "a.graphml"), crs=6676, speeds=SPEEDS)
    assert close(all_times(again.network, again.node), all_times(found.network, found.node))
    assert set(again.roads["name"]) == {"本町通り", "国道一号", ""}


@pytest.mark.parametrize("simplify", [False, True])
def test_a_graph_of_osmnx_becomes_a_network_with_its_lengths_and_times(tmp_path, simplify):
    import osmnx

    made = osmnx.graph_from_xml(osm_town.write_osm(tmp_path / "a.osm"), simplify=simplify, retain_all=True)
    for number, (_, _, data) in enumerate(made.edges(data=True)):
        data["travel_time"] = data["length"] / (7 + number % 5)  # another time in each direction
    found = from_osmnx(made, crs=6676, speeds=SPEEDS)
    assert close(all_times(found.network, found.node), {
        pair: time for pair, time in by_networkx(made).items() if set(pair) <= set(found.node.tolist())})  # fmt: skip
    both = np.isfinite(found.network.forward).astype(int) + np.isfinite(found.network.backward)
    assert (both * found.network.length).sum() == pytest.approx(
        sum(length for *_, length in made.edges(data="length"))
    )
    assert (both == 2).any()
    assert (both == 1).any()


def test_without_times_the_speeds_of_the_classes_count():
    made = nx.MultiDiGraph(crs="epsg:6676")
    made.add_node("a", x=0.0, y=0.0)
    made.add_node("b", x=1000.0, y=0.0)
    made.add_edge("a", "b", highway="residential", osmid=1)
    found = from_osmnx(made, crs=6676, speeds=SPEEDS)
    assert found.network.forward.tolist() == pytest.approx([3.0])
    assert found.network.backward.tolist() == [np.inf]
    assert found.node.tolist() == [0, 1]


def test_a_graph_without_crs_or_places_is_refused():
    made = nx.MultiDiGraph()
    made.add_node(1, x=0.0, y=0.0)
    with pytest.raises(InputError) as caught:
        from_osmnx(made, crs=6676, speeds=SPEEDS)
    assert caught.value.problems[0].code == "net.graph_crs"
    made.graph["crs"] = "epsg:6676"
    made.add_node(2, x=1.0)
    with pytest.raises(InputError) as caught:
        from_osmnx(made, crs=6676, speeds=SPEEDS)
    assert caught.value.problems[0].code == "net.graph_places"


@pytest.mark.real
def test_andorra_goes_to_osmnx_and_comes_back_the_same(real_data, tmp_path):
    found = read_network(real_data / "osm/andorra.osm.pbf", crs=32631, folder=tmp_path)
    back = from_osmnx(
        to_osmnx(found.network, found.roads, crs=32631, node=found.node), crs=32631, speeds=SPEEDS
    )
    np.testing.assert_array_equal(back.node, found.node)
    some = np.arange(0, len(found.node), 200)
    one, two = (times(graph(network), some) for network in (found.network, back.network))
    np.testing.assert_allclose(one, two, rtol=1e-12)
