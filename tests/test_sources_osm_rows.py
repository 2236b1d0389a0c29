"""The same town gives the same rows, whatever form its data come in."""

import itertools

import osm_town
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gisplan.sources.osm_rows import line_of
from gisplan.sources.raw import Wanted
from gisplan.sources.read import read_file

ROADS = Wanted(kind="line", osm=("highway", "route=ferry"), known=("id", "name", "maxspeed", "level"))
PLACES = Wanted(kind="point", osm=osm_town.MEDICAL, known=("name", "amenity"))
GROUNDS = Wanted(kind="polygon", osm=osm_town.MEDICAL, known=("name", "amenity"))
FORMS = ("pbf", "xml", "body", "geom")


def written(folder, form):
    """Return the town in one form."""
    if form in {"pbf", "xml"}:
        return osm_town.write_osm(folder / {"pbf": "town.osm.pbf", "xml": "town.osm"}[form])
    return osm_town.write_overpass(folder / f"{form}.json", osm_town.elements(form=form))


def rows(path, wanted):
    """Return the raw table by id, with its shapes as text, and the raw."""
    raw = read_file(path, name=path.name, wanted=wanted)
    shapes = [shapely.to_wkt(shapely.normalize(shape), rounding_precision=7) for shape in raw.geometry]
    return raw.table.assign(shape=shapes).set_index("id").sort_index(), raw


def told(raw):
    """Return what each doubt says, by its code."""
    return {doubt.code: dict(doubt.values) for doubt in raw.doubts}


@pytest.mark.parametrize("wanted", [ROADS, PLACES, GROUNDS])
def test_every_form_gives_the_same_columns_shapes_and_refusals(tmp_path, wanted):
    first, raw = rows(written(tmp_path, "pbf"), wanted)
    assert len(first) > 0
    for form in FORMS[1:]:
        other, also = rows(written(tmp_path, form), wanted)
        pd.testing.assert_frame_equal(other, first)
        assert sorted((row.value, row.code) for row in also.refused) == sorted(
            (row.value, row.code) for row in raw.refused
        )
        assert also.doubts == raw.doubts


def test_the_streets_of_graphml_have_the_columns_of_the_other_forms(tmp_path, monkeypatch):
    pytest.importorskip("osmnx")
    xml = written(tmp_path, "xml")
    graph = osm_town.write_graphml(tmp_path / "town.graphml", xml, monkeypatch)
    found, _ = rows(graph, ROADS)
    expected, _ = rows(xml, ROADS)
    streets = list(osm_town.STREETS)
    # osmnx turns a way against its direction round, and joins nothing else.
    assert expected.loc["way/100", "oneway"] == "-1"
    assert found.loc["way/100", "oneway"] == "1"
    columns = [name for name in expected.columns if name not in {"oneway", "shape", "route"}]
    pd.testing.assert_frame_equal(found.loc[streets, columns], expected.loc[streets, columns])
    others = [name for name in streets if name != "way/100"]
    assert list(found.loc[others, "oneway"]) == list(expected.loc[others, "oneway"])


def test_roads_tell_direction_passage_and_ferries(tmp_path):
    table, raw = rows(written(tmp_path, "pbf"), ROADS)
    assert table["oneway"].to_dict() | {} == {
        "way/100": "-1", "way/101": "0", "way/102": "1", "way/103": "0", "way/104": "1", "way/105": "0",
        "way/106": "0", "way/107": "0",
    }  # fmt: skip
    assert table.loc[["way/103", "way/105", "way/106", "way/100"], "passage"].to_list() == [
        "foot", "closed", "closed", "all",
    ]  # fmt: skip
    assert table.loc["way/104", ["ramp", "width"]].to_list() == ["true", "4.5"]
    assert table.loc["way/107", ["ferry", "minutes", "highway"]].to_list() == ["true", "25", "ferry"]
    assert table.loc["way/101", ["name", "maxspeed"]].to_list() == ["国道一号", "JP:urban"]
    said = told(raw)
    assert said["osm.areas"] == {"count": 1}
    assert (said["osm.passage"]["foot"], said["osm.passage"]["closed"]) == (1, 2)
    assert said["osm.implied"] == {"oneway": 1, "layers": 0}


def test_a_ground_has_its_hole_and_broken_ones_are_refused(tmp_path):
    table, raw = rows(written(tmp_path, "pbf"), GROUNDS)
    assert list(table.index) == ["relation/200", "way/110"]
    ground = raw.geometry[raw.table["id"].to_list().index("relation/200")]
    assert len(ground.interiors) == 1
    assert sorted((row.value, row.code) for row in raw.refused) == [
        ("relation/201", "osm.area"),
        ("way/111", "osm.open_way"),
    ]


def test_a_facility_drawn_both_ways_is_marked_and_told(tmp_path):
    table, raw = rows(written(tmp_path, "pbf"), PLACES)
    assert table["osm_twice"].to_dict() == {"node/15": "true", "relation/200": "false", "way/110": "false"}
    assert told(raw)["osm.twice"] == {"count": 1, "examples": ["市民病院"]}
    assert {shape.geom_type for shape in raw.geometry} == {"Point"}
    hole = shapely.box(138.3203, 34.9603, 138.3207, 34.9607)
    assert not hole.contains(raw.geometry[raw.table["id"].to_list().index("relation/200")])


def test_a_file_without_what_is_looked_for_says_so(tmp_path):
    raw = read_file(written(tmp_path, "pbf"), name="x", wanted=Wanted(kind="point", osm=("amenity=school",)))
    assert [doubt.code for doubt in raw.doubts] == ["osm.none"]
    assert len(raw.table) == len(raw.geometry) == 0


places = st.one_of(st.none(), st.tuples(st.integers(0, 3), st.integers(0, 3)))


@given(st.lists(places, max_size=12))
def test_a_line_is_never_drawn_across_a_missing_node(found):
    line = line_of(found)
    steps = [
        (one, two)
        for one, two in itertools.pairwise(found)
        if one is not None and two is not None and one != two
    ]
    parts = [] if line is None else shapely.get_parts(line)
    drawn = [pair for part in parts for pair in itertools.pairwise(part.coords)]
    assert drawn == steps
