"""Networks of OpenStreetMap as osmnx writes them."""

import networkx as nx
import osm_town
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
    assert caught.value.problems[0].code == "file.corrupt"


def test_a_network_keeps_floats_and_lists_and_joins_the_edges_of_a_way(tmp_path):
    graph = nx.MultiDiGraph(crs="EPSG:4326", simplified=False)
    for node in range(1, 5):
        graph.add_node(node, x=138.32 + node / 1000, y=34.86)
    way = {"osmid": 10, "highway": "residential", "maxspeed": 40.0, "lanes": ["2", "1"], "speed_kph": 31.5}
    for tail in (1, 2):
        graph.add_edge(tail, tail + 1, 0, oneway=False, reversed=False, length=90.0, **way)
        graph.add_edge(tail + 1, tail, 0, oneway=False, reversed=True, length=90.0, **way)
    mixed = {"osmid": [11, 12], "highway": ["tertiary", "road"], "maxspeed": ["60", "40"], "oneway": False}
    graph.add_edge(3, 4, 0, reversed=[True, False], length=90.0, **mixed)
    graph.add_edge(4, 3, 0, reversed=[False, True], length=90.0, **mixed)
    path = tmp_path / "network.graphml"
    osmnx.save_graphml(graph, path)
    raw = read_file(path, name="network.graphml")
    rows = raw.table.set_index("id")
    assert list(rows.index) == ["way/10", "way/11;12"]
    assert rows["maxspeed"].to_list() == ["40", "60;40"]
    assert rows.loc["way/10", "lanes"] == "2"
    assert rows.loc["way/11;12", "highway"] == "tertiary"
    assert [len(shape.coords) for shape in raw.geometry] == [3, 2]


def test_a_simplified_network_has_unique_ids_and_all_its_metres(tmp_path, monkeypatch):
    xml = osm_town.write_osm(tmp_path / "town.osm")
    for simplify in (True, False):
        path = osm_town.write_graphml(tmp_path / f"{simplify}.graphml", xml, monkeypatch, simplify=simplify)
        raw = read_file(path, name="town.graphml")
        assert raw.table["id"].is_unique
        graph = osmnx.load_graphml(path)
        pairs = {(*sorted((u, v)), str(sorted(str(data["osmid"]))), round(data["length"], 3))
                 for u, v, data in graph.edges(data=True)}  # fmt: skip
        total = sum(length for *_, length in pairs)
        metres = sum(osmnx_length(shape) for shape in raw.geometry)
        assert metres == pytest.approx(total, rel=1e-3)


def osmnx_length(shape):
    """Return the length of a shape in degrees as osmnx measures it [m]."""
    parts = getattr(shape, "geoms", [shape])
    return sum(
        osmnx.distance.great_circle(a[1], a[0], b[1], b[0])
        for part in parts
        for a, b in zip(part.coords, part.coords[1:], strict=False)
    )


def test_a_network_without_directions_is_read(tmp_path):
    graph = nx.MultiDiGraph(crs="EPSG:4326")
    for node in (1, 2):
        graph.add_node(node, x=138.32 + node / 1000, y=34.86)
    graph.add_edge(1, 2, 0, highway="road", length=90.0)
    path = tmp_path / "network.graphml"
    osmnx.save_graphml(graph, path)
    table = read_file(path, name="network.graphml").table
    assert table[["id", "highway", "oneway"]].to_numpy().tolist() == [["", "road", "0"]]
