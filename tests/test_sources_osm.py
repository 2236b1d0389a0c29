"""Networks of OpenStreetMap as osmnx writes them."""

import networkx as nx
import pytest
from shapely.geometry import LineString

from gisplan.core.errors import InputError
from gisplan.sources.read import read_file

osmnx = pytest.importorskip("osmnx")


@pytest.fixture
def network(tmp_path):
    graph = nx.MultiDiGraph(crs="EPSG:4326", simplified=True)
    places = {1: (138.32, 34.86), 2: (138.33, 34.86), 3: (138.33, 34.87)}
    for node, (x, y) in places.items():
        graph.add_node(node, x=x, y=y)
    street = {"highway": "residential", "name": "本町通り", "oneway": False, "length": 900.0}
    graph.add_edge(1, 2, 0, osmid=10, reversed=False, **street)
    graph.add_edge(2, 1, 0, osmid=10, reversed=True, **street)
    ramp = {"highway": ["motorway_link", "trunk_link"], "oneway": True, "length": 1100.0, "reversed": False}
    graph.add_edge(2, 3, 0, osmid=11, geometry=LineString([places[2], places[3]]), **ramp)
    path = tmp_path / "network.graphml"
    osmnx.save_graphml(graph, path)
    return path


def test_a_two_way_street_is_one_line_and_a_ramp_runs_one_way(network):
    raw = read_file(network, name="network.graphml")
    assert raw.crs == 4326
    rows = raw.table.set_index("highway")
    assert list(rows.index) == ["residential", "motorway_link"]
    assert rows.loc["residential", "name"] == "本町通り"
    assert rows.loc["residential", "oneway"] == "0"
    assert rows.loc["motorway_link", "oneway"] == "1"
    assert rows.loc["motorway_link", "ramp"] == "true"
    assert [shape.geom_type for shape in raw.geometry] == ["LineString", "LineString"]
    assert raw.geometry[1].coords[0] == (138.33, 34.86)


def test_other_xml_is_refused_and_so_is_a_doctype(tmp_path):
    hidden = "<!DOCTYPE graphml [<!ENTITY a 'b'>]><graphml/>"
    for text, code in (
        ("<OGRVRTDataSource/>", "sec.vrt"),
        (hidden, "sec.doctype"),
    ):
        path = tmp_path / "roads.graphml"
        path.write_text(text, "utf-8")
        with pytest.raises(InputError) as caught:
            read_file(path, name="roads.graphml")
        assert caught.value.problems[0].code == code


def test_a_graphml_that_is_no_street_network_is_damaged(tmp_path):
    path = tmp_path / "roads.graphml"
    nx.write_graphml(nx.path_graph(3), path)
    with pytest.raises(InputError) as caught:
        read_file(path, name="roads.graphml")
    assert caught.value.problems[0].code == "file.damaged"
