"""A small town of OpenStreetMap, written in each form that such data come in.

Streets about (138.32, 34.96); a clinic as ground with a hole, a hospital as a point and as the ground around it.
"""

import json

import osmium
from osmium.osm.mutable import Node, Relation, Way

NODES = {
    1: (138.320, 34.960), 2: (138.321, 34.960), 3: (138.322, 34.960), 4: (138.322, 34.961), 5: (138.321, 34.961),
    6: (138.320, 34.961), 7: (138.3203, 34.9603), 8: (138.3207, 34.9603), 9: (138.3207, 34.9607),
    10: (138.3203, 34.9607), 11: (138.330, 34.960), 12: (138.340, 34.960), 13: (138.341, 34.961),
    14: (138.342, 34.960), 15: (138.3415, 34.9605),
}  # fmt: skip
NODE_TAGS = {15: {"amenity": "hospital", "name": "市民病院"}}
WAYS = {
    100: ([1, 2, 3], {"highway": "residential", "name": "本町通り", "maxspeed": "30", "oneway": "-1"}),
    101: ([3, 4], {"highway": "trunk", "name:ja": "国道一号", "maxspeed": "JP:urban", "lanes": "2"}),
    102: ([4, 5, 6, 4], {"highway": "tertiary", "junction": "roundabout"}),
    103: ([6, 1], {"highway": "footway", "layer": "1"}),
    104: ([3, 11], {"highway": "motorway_link", "oneway": "yes", "width": "4.5"}),
    105: ([2, 5], {"highway": "service", "access": "private"}),
    106: ([1, 6], {"highway": "construction"}),
    107: ([11, 12], {"route": "ferry", "name": "渡船", "duration": "00:25"}),
    108: ([1, 2, 5, 6, 1], {}),
    109: ([7, 8, 9, 10, 7], {}),
    110: ([12, 13, 14, 12], {"amenity": "hospital", "name": "市民病院"}),
    111: ([1, 2, 3], {"amenity": "clinic", "name": "閉じない医院"}),
    112: ([1, 2, 5, 6, 1], {"highway": "pedestrian", "area": "yes"}),
}
RELATIONS = {
    200: (
        [(108, "outer"), (109, "inner")],
        {"type": "multipolygon", "amenity": "clinic", "name": "穴あき医院"},
    ),
    201: (
        [(109, "outer"), (999, "outer")],
        {"type": "multipolygon", "amenity": "clinic", "name": "欠けた医院"},
    ),
}
STREETS = ("way/100", "way/101", "way/102", "way/103", "way/104", "way/105", "way/106")
MEDICAL = ("amenity=hospital", "amenity=clinic", "amenity=doctors")


def write_osm(path, *, without=(), ways=WAYS, form=""):
    """Write the town as PBF or XML, by the ending of the name or a form of osmium; `without` are nodes left out."""
    with osmium.SimpleWriter(osmium.io.File(str(path), form), overwrite=True) as writer:
        for number, place in NODES.items():
            if number not in without:
                writer.add_node(Node(id=number, location=place, tags=NODE_TAGS.get(number, {}), version=1))
        for number, (nodes, tags) in ways.items():
            writer.add_way(Way(id=number, nodes=nodes, tags=tags, version=1))
        for number, (members, tags) in RELATIONS.items():
            listed = [("w", ref, role) for ref, role in members]
            writer.add_relation(Relation(id=number, members=listed, tags=tags, version=1))
    return path


def elements(*, form="body", without=()):
    """Return the town as the elements of an Overpass answer: `out body`, `out geom` or `out center`."""
    place = {
        number: {"lat": lat, "lon": lon} for number, (lon, lat) in NODES.items() if number not in without
    }
    found = [
        {"type": "node", "id": number}
        | place[number]
        | ({"tags": NODE_TAGS[number]} if number in NODE_TAGS else {})
        for number in place
        if form == "body" or number in NODE_TAGS
    ]
    for number, (nodes, tags) in WAYS.items():
        way = {"type": "way", "id": number, "tags": tags}
        if form == "geom":
            way |= {"nodes": nodes, "geometry": [place.get(node) for node in nodes]}
        elif form == "center":
            way |= {"center": place[nodes[0]]}
        else:
            way |= {"nodes": nodes}
        if form == "body" or tags:
            found.append(way)
    for number, (members, tags) in RELATIONS.items():
        listed = [{"type": "way", "ref": ref, "role": role} for ref, role in members]
        if form == "geom":
            for member in listed:
                if member["ref"] in WAYS:
                    member["geometry"] = [place.get(node) for node in WAYS[member["ref"]][0]]
        more = {"center": place[1]} if form == "center" else {"members": listed}
        found.append({"type": "relation", "id": number, "tags": tags} | more)
    return found


def write_overpass(path, listed, **more):
    """Write an answer of the Overpass API."""
    body = {
        "version": 0.6,
        "generator": "Overpass API",
        "osm3s": {"timestamp_osm_base": "2026-04-01T00:00:00Z"},
    }
    path.write_text(json.dumps(body | more | {"elements": listed}, ensure_ascii=False), "utf-8")
    return path


def write_graphml(path, xml, monkeypatch, *, simplify=False):
    """Write the streets of an XML file as osmnx does."""
    import osmnx

    tags = [*osmnx.settings.useful_tags_way, "layer", "route", "duration", "name:ja"]
    monkeypatch.setattr(osmnx.settings, "useful_tags_way", tags)
    graph = osmnx.graph_from_xml(xml, simplify=simplify, retain_all=True)
    osmnx.save_graphml(graph, path)
    return path
