"""OpenStreetMap files, PBF and XML, through osmium."""

import random
from xml.etree import ElementTree as ET

import osm_town
import pytest

from gisplan.core.errors import InputError
from gisplan.sources.raw import Raw, Wanted
from gisplan.sources.read import read_file

ROADS = Wanted(kind="line", osm=("highway",), known=("name",))
MUTATIONS = 1000


def refusal(path, wanted=ROADS):
    """Return the code of what stops a file."""
    with pytest.raises(InputError) as caught:
        read_file(path, name=path.name, wanted=wanted)
    return caught.value.problems[0].code


def test_ways_with_missing_nodes_are_broken_there_counted_and_refused_below_two_nodes(tmp_path):
    ways = {
        1: ([1, 2, 3, 4, 5], {"highway": "road"}),
        2: ([3, 4], {"highway": "road"}),
        3: ([6], {"highway": "x"}),
    }
    path = osm_town.write_osm(tmp_path / "edge.osm.pbf", without=[3], ways=ways)
    raw = read_file(path, name="edge", wanted=ROADS)
    assert raw.table["id"].to_list() == ["way/1"]
    assert [len(part.coords) for part in raw.geometry[0].geoms] == [2, 2]
    assert [(row.value, row.code) for row in raw.refused] == [
        ("way/2", "osm.few_nodes"),
        ("way/3", "osm.few_nodes"),
    ]
    assert raw.doubts[0].values == {"ways": 1, "nodes": 1}


def test_a_name_of_the_file_and_a_folder_in_japanese_are_read(tmp_path):
    folder = tmp_path / "焼津市 表"
    folder.mkdir()
    path = osm_town.write_osm(tmp_path / "x.osm.pbf").rename(folder / "道路データ")
    assert len(read_file(path, name="道路データ", wanted=ROADS).table) == 7


def test_the_order_of_nodes_and_ways_does_not_matter(tmp_path):
    ordered = osm_town.write_osm(tmp_path / "a.osm")
    tree = ET.parse(ordered)  # noqa: S314 (made just now)
    root = tree.getroot()
    root[:] = sorted(root, key=lambda element: element.tag, reverse=True)
    turned = tmp_path / "b.osm"
    tree.write(turned)
    assert turned.read_bytes().find(b"<way") < turned.read_bytes().find(b"<node")
    for wanted in (ROADS, Wanted(kind="polygon", osm=osm_town.MEDICAL)):
        one, two = (read_file(path, name="x", wanted=wanted) for path in (ordered, turned))
        assert one.table.equals(two.table)
        assert list(one.geometry) == list(two.geometry)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<node id='-1' lat='34' lon='138'/>", "osm.unsaved"),
        ("<node id='1' action='delete' lat='34' lon='138'/>", "osm.unsaved"),
        ("<node id='1' lat='34' lon='138'/><remark> runtime error: Query timed out </remark>", "osm.incomplete"),
        ("<way id='x'><tag k='highway' v='road'/></way>", "file.corrupt"),
        ("<node id='1' lat='34' lon='138'>", "file.corrupt"),
    ],
)  # fmt: skip
def test_drafts_broken_answers_and_damage_are_refused(tmp_path, text, code):
    path = tmp_path / "a.osm"
    path.write_text(f"<?xml version='1.0'?><osm version='0.6'>{text}</osm>", "utf-8")
    assert refusal(path) == code


def test_a_layer_without_tags_reads_no_openstreetmap(tmp_path):
    path = osm_town.write_osm(tmp_path / "a.osm.pbf")
    assert refusal(path, Wanted(kind="line")) == "osm.no_tags"


def test_a_cut_file_is_damaged_and_leaves_it_free(tmp_path):
    path = osm_town.write_osm(tmp_path / "a.osm.pbf")
    path.write_bytes(path.read_bytes()[:-40])
    assert refusal(path) == "file.corrupt"
    path.unlink()


def test_a_thousand_damaged_files_are_read_or_refused(tmp_path):
    packed = osm_town.write_osm(tmp_path / "packed.osm.pbf").read_bytes()
    plain = osm_town.write_osm(tmp_path / "plain.osm.pbf", form="pbf,pbf_compression=none").read_bytes()
    chance = random.Random(20260401)  # noqa: S311 (the same mutations each time)
    path = tmp_path / "damaged.osm.pbf"
    refused = 0
    kinds = (ROADS, Wanted(kind="point", osm=osm_town.MEDICAL), Wanted(kind="polygon", osm=osm_town.MEDICAL))
    for turn in range(MUTATIONS):
        data = bytearray(plain if turn % 2 else packed)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
        try:
            assert isinstance(read_file(path, name="x", wanted=kinds[turn % 3]), Raw)
        except InputError:
            refused += 1
    assert 0 < refused < MUTATIONS


def by_gdal(path, layer, where):
    """Return the ids that GDAL's own reader of OpenStreetMap finds."""
    import pyogrio

    frame = pyogrio.read_dataframe(path, layer=layer, where=where)
    return {
        str(value) for name in ("osm_id", "osm_way_id") if name in frame for value in frame[name].dropna()
    }


@pytest.mark.real
@pytest.mark.parametrize(
    "name", ["liechtenstein.osm.pbf", "andorra.osm.pbf", "Helsinki.osm.pbf", "monaco.osm.pbf"]
)
def test_roads_are_those_that_gdal_finds(real_data, name):
    path = real_data / "osm" / name
    raw = read_file(path, name=name, wanted=ROADS)
    ours = {text.partition("/")[2] for text in raw.table["id"]}
    theirs = by_gdal(path, "lines", "highway IS NOT NULL")
    assert len(theirs) > 100
    assert theirs <= ours
    # GDAL takes a closed platform for an area.
    more = raw.table["id"].map(lambda text: text.partition("/")[2] not in theirs)
    assert set(raw.table.loc[more, "highway"]) <= {"platform"}


@pytest.mark.real
@pytest.mark.parametrize("name", ["liechtenstein.osm.pbf", "monaco.osm.pbf"])
def test_grounds_and_points_are_those_that_gdal_finds(real_data, name):
    path = real_data / "osm" / name
    wanted = ("amenity=school", "amenity=parking", "amenity=restaurant", "amenity=place_of_worship")
    raw = read_file(path, name=name, wanted=Wanted(kind="point", osm=wanted))
    ours = {text.partition("/")[2] for text in raw.table["id"]}
    values = ", ".join(f"'{tag.partition('=')[2]}'" for tag in wanted)
    theirs = by_gdal(path, "multipolygons", f"amenity IN ({values})")
    points = by_gdal(path, "points", " OR ".join(
        f"other_tags LIKE '%\"amenity\"=>\"{tag.partition('=')[2]}\"%'" for tag in wanted))  # fmt: skip
    assert len(theirs) > 10
    assert len(points) > 10
    assert len(ours) == len(theirs | points)
    # One relation bears its tags on its only edge: GDAL names the relation, osmium the way.
    assert ours ^ (theirs | points) <= {"158670769", "2124512"}


@pytest.mark.real
def test_the_xml_of_tsukuba_is_read(real_data):
    path = real_data / "osm" / "tsukuba.osm"
    raw = read_file(path, name=path.name, wanted=ROADS)
    assert len(raw.table) == 53
    assert {text.partition("/")[2] for text in raw.table["id"]} == by_gdal(
        path, "lines", "highway IS NOT NULL"
    )
