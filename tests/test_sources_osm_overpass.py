"""Answers of the Overpass API."""

import json
import random

import osm_town
import pytest

from gisplan.core.errors import InputError
from gisplan.sources.raw import Raw, Wanted
from gisplan.sources.read import read_file

ROADS = Wanted(kind="line", osm=("highway",), known=("name",))
PLACES = Wanted(kind="point", osm=osm_town.MEDICAL, known=("name",))
GROUNDS = Wanted(kind="polygon", osm=osm_town.MEDICAL, known=("name",))


def refusal(path, wanted=ROADS):
    """Return the problem that stops a file."""
    with pytest.raises(InputError) as caught:
        read_file(path, name=path.name, wanted=wanted)
    return caught.value.problems[0]


def test_an_answer_that_the_server_broke_off_is_refused(tmp_path):
    remark = 'runtime error: Query timed out in "query" at line 3 after 181 seconds.'
    found = refusal(osm_town.write_overpass(tmp_path / "a.json", osm_town.elements(), remark=remark))
    assert found.code == "osm.incomplete"
    assert found.values["remark"] == remark


def test_an_error_page_is_refused_at_the_door(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("<html><body>Too Many Requests</body></html>", "utf-8")
    assert refusal(path).code == "file.html"


def test_centres_stand_for_places_but_make_no_streets_and_no_grounds(tmp_path):
    path = osm_town.write_overpass(tmp_path / "c.json", osm_town.elements(form="center"))
    raw = read_file(path, name="c", wanted=PLACES)
    assert {shape.geom_type for shape in raw.geometry} == {"Point"}
    assert sorted(raw.table["id"]) == ["node/15", "relation/200", "relation/201", "way/110", "way/111"]
    assert refusal(path).code == "osm.no_shapes"
    bare = [element for element in osm_town.elements() if element["type"] == "way"]
    assert refusal(osm_town.write_overpass(tmp_path / "b.json", bare)).code == "osm.no_shapes"


def test_an_element_that_stands_twice_counts_once_in_its_fuller_form(tmp_path):
    skeleton = [
        {key: value for key, value in element.items() if key != "tags"} for element in osm_town.elements()
    ]
    for listed in ([*osm_town.elements(), *skeleton], [*skeleton, *osm_town.elements()]):
        path = osm_town.write_overpass(tmp_path / "a.json", listed)
        assert len(read_file(path, name="a", wanted=ROADS).table) == 7
        assert len(read_file(path, name="a", wanted=PLACES).table) == 3


@pytest.mark.parametrize("form", ["body", "geom"])
def test_streets_break_where_a_node_is_missing(tmp_path, form):
    listed = osm_town.elements(form=form, without=[2])
    raw = read_file(osm_town.write_overpass(tmp_path / "a.json", listed), name="a", wanted=ROADS)
    said = {doubt.code: doubt.values for doubt in raw.doubts}
    assert [(row.value, row.code) for row in raw.refused] == [
        ("way/100", "osm.few_nodes"),
        ("way/105", "osm.few_nodes"),
    ]
    assert "osm.missing_nodes" not in said  # what is left of both is no line
    grounds = read_file(tmp_path / "a.json", name="a", wanted=GROUNDS)
    assert "relation/200" in {row.value for row in grounds.refused}


@pytest.mark.parametrize(
    "change",
    [
        {"lat": "north"},
        {"tags": ["highway"]},
        {"id": None},
        {"type": None, "id": "x"},
        {"nodes": 7, "type": "way", "tags": {"highway": "road"}},
        {"tags": {"highway": "\ud800"}, "type": "way", "nodes": [1, 2]},
    ],
)
def test_what_is_no_answer_is_damaged(tmp_path, change):
    listed = [*osm_town.elements(), {"type": "node", "id": 900, "lat": 34.0, "lon": 138.0} | change]
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"osm3s": {}, "elements": listed}), "utf-8")
    assert refusal(path).code == "file.corrupt"


def test_a_thousand_damaged_answers_are_read_or_refused(tmp_path):
    path = osm_town.write_overpass(tmp_path / "whole.json", osm_town.elements(form="geom"))
    whole, chance = path.read_bytes(), random.Random(20260402)  # noqa: S311 (the same mutations each time)
    refused = 0
    for turn in range(1000):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            data[chance.randrange(len(data))] = chance.choice(b'0123456789{}[],:"-.eEnul\xff\x00 ')
        path.write_bytes(data)
        try:
            assert isinstance(read_file(path, name="x", wanted=(ROADS, PLACES, GROUNDS)[turn % 3]), Raw)
        except InputError:
            refused += 1
    assert 0 < refused < 1000


@pytest.mark.real
def test_the_streets_of_kumamoto_are_those_of_osmnx(real_data):
    """osmnx makes 21,918 nodes and 48,229 directed edges of this answer."""
    path = real_data / "kumamoto" / "overpass_chuo_drive_20230105.json"
    raw = read_file(path, name=path.name, wanted=ROADS)
    steps, nodes = 0, set()
    for line, oneway in zip(raw.geometry, raw.table["oneway"], strict=True):
        places = list(line.coords)
        nodes |= set(places)
        steps += (len(places) - 1) * (1 if oneway in {"1", "-1"} else 2)
    elements = json.loads(path.read_text("utf-8"))["elements"]
    ways = [element for element in elements if element["type"] == "way"]
    used = {number for way in ways for number in way["nodes"]}
    assert (len(raw.table), len(used)) == (6241, 21_918)
    assert len(nodes) == len({(e["lon"], e["lat"]) for e in elements if e["id"] in used})
    assert steps == 48_229


def test_tags_that_bear_the_name_of_a_field_do_not_take_its_place(tmp_path):
    tags = {"highway": "road", "id": "7", "level": "2", "source": "survey", "layer": "1", "ferry": "trunk"}
    way = {"type": "way", "id": 1, "nodes": [1, 2], "tags": tags}
    nodes = [{"type": "node", "id": number, "lat": 34.0, "lon": 138.0 + number} for number in (1, 2)]
    path = osm_town.write_overpass(tmp_path / "a.json", [*nodes, way])
    wanted = Wanted(kind="line", osm=("highway",), known=("id", "name", "level", "layer", "source", "ferry"))
    table = read_file(path, name="a", wanted=wanted).table
    assert table.loc[0, ["id", "layer", "ferry"]].to_list() == ["way/1", "1", "false"]
    assert not {"level", "source"} & set(table.columns)
