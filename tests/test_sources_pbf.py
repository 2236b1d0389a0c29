"""PBF files read as arrays: the same ways as osmium reads, and whatever is not as expected left to osmium."""

import random
import struct
import time
import zlib
from types import SimpleNamespace

import numpy as np
import osm_town
import osmium
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from osmium.osm.mutable import Node, Way

from gisplan.core.errors import InputError
from gisplan.sources import osm_file, pbf
from gisplan.sources.osm_tags import sought
from gisplan.sources.osm_ways import features, packed, tags_of, unpacked
from gisplan.sources.pbf import ways_in
from gisplan.sources.raw import File, Wanted
from gisplan.sources.read import read_file

ROADS = Wanted(kind="line", osm=("highway", "route=ferry"), known=("name",))
MUTATIONS = 3000


@pytest.fixture(params=[False, True], ids=["arrays", "loops"], autouse=True)
def by_loops(request, monkeypatch):
    """Read files by arrays, and by compiled loops, whatever their size."""
    monkeypatch.setattr(pbf, "worth_it", lambda _: request.param)


def look(wanted=ROADS):
    """Return what is looked for."""
    return sought(wanted, file=None)


def key(feature):
    """Return all of a feature that can be compared."""
    shape = None if feature.shape is None else feature.shape.wkb
    return feature.id, dict(feature.tags), shape, feature.refused, feature.missing


def by_osmium(path, wanted=ROADS):
    """Return the ways as osmium reads them."""
    with osm_file._held(File(path=path, name="x", driver="osm_pbf", sha256="", size=0)) as data:
        found = look(wanted)
        return [key(row) for row in osm_file._lines(osm_file._source(data, "pbf", found), found)]


def by_us(path, wanted=ROADS):
    """Return the ways as they are read here, None where they are left to osmium."""
    ways = ways_in(path.read_bytes(), look(wanted))
    return None if ways is None else [key(row) for row in features(ways)]


def write(path, nodes, ways, *, form=""):
    """Write nodes {id: place} and ways [(id, nodes, tags)] as they stand."""
    with osmium.SimpleWriter(osmium.io.File(str(path), form), overwrite=True) as writer:
        for number, place in nodes:
            writer.add_node(Node(id=number, location=place))
        for number, refs, tags in ways:
            writer.add_way(Way(id=number, nodes=refs, tags=tags))
    return path


@pytest.mark.parametrize("form", ["pbf", "pbf,pbf_compression=none"])
@pytest.mark.parametrize("without", [(), (3,), (1, 2, 3, 4, 5, 6)])
def test_the_town_is_read_as_osmium_reads_it(tmp_path, form, without):
    path = osm_town.write_osm(tmp_path / "a.osm.pbf", form=form, without=without)
    assert by_us(path) == by_osmium(path)
    assert len(by_us(path)) == 9


@pytest.mark.parametrize("osm", [("name=本町通り",), ("highway=trunk", "oneway"), ("name:ja",), ("nothing",)])
def test_other_tags_are_looked_for_as_well(tmp_path, osm):
    path = osm_town.write_osm(tmp_path / "a.osm.pbf")
    wanted = Wanted(kind="line", osm=osm, known=("name", "lanes"))
    assert by_us(path, wanted) == by_osmium(path, wanted)


@pytest.mark.parametrize(
    "form",
    ["pbf,locations_on_ways=true", "pbf,pbf_dense_nodes=false", "osh.pbf", "pbf,pbf_compression=lz4"],
)
def test_features_that_are_not_read_here_are_left_to_osmium(tmp_path, form):
    try:
        path = osm_town.write_osm(tmp_path / "a.osm.pbf", form=form)
    except RuntimeError:
        pytest.skip(f"this osmium writes no {form}")
    assert by_us(path) is None
    if "lz4" not in form:
        plain = osm_town.write_osm(tmp_path / "b.osm.pbf")
        raw, usual = (read_file(one, name="x", wanted=ROADS) for one in (path, plain))
        assert raw.table.equals(usual.table)


def test_a_node_that_stands_twice_a_negative_one_and_nodes_behind_ways_are_left_to_osmium(tmp_path):
    road = [(1, [1, 2], {"highway": "road"})]
    path = tmp_path / "a.osm.pbf"
    assert by_us(write(path, [(1, (138, 35)), (1, (138, 36)), (2, (139, 35))], road)) is None
    assert by_us(write(path, [(-1, (138, 35)), (1, (138, 36)), (2, (139, 35))], road)) is None
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        writer.add_way(Way(id=1, nodes=[1, 2], tags={"highway": "road"}))
        writer.add_node(Node(id=1, location=(138, 35)))
        writer.add_node(Node(id=2, location=(138, 36)))
    assert by_us(path) is None
    assert read_file(path, name="x", wanted=ROADS).table["id"].to_list() == ["way/1"]


def test_a_file_without_any_highway_and_an_empty_one_hold_no_ways(tmp_path):
    path = write(tmp_path / "a.osm.pbf", [(1, (138, 35))], [(1, [1], {"building": "yes"})])
    assert by_us(path) == []
    assert by_us(write(path, [], [])) == []
    assert [doubt.code for doubt in read_file(path, name="x", wanted=ROADS).doubts] == ["osm.none"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(1, 2**40), st.floats(-180, 180), st.floats(-90, 90)), max_size=30,
             unique_by=lambda row: row[0]),
    st.lists(st.tuples(st.integers(1, 2**40), st.lists(st.integers(0, 40), max_size=8),
                       st.dictionaries(st.sampled_from(["highway", "name", "name:ja", "oneway", "building", "道"]),
                                       st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"),
                                               max_size=5))),
             max_size=12),
)  # fmt: skip
def test_whatever_osmium_writes_is_read_as_osmium_reads_it(tmp_path, nodes, ways):
    nodes = sorted(nodes)
    ids = [row[0] for row in nodes] + [2**41]
    rows = [(number, [ids[ref % len(ids)] for ref in refs], tags) for number, refs, tags in ways]
    path = write(tmp_path / "a.osm.pbf", [(number, (x, y)) for number, x, y in nodes], rows)
    assert by_us(path) == by_osmium(path)


def test_ways_come_back_from_plain_arrays(tmp_path):
    ways = ways_in(osm_town.write_osm(tmp_path / "a.osm.pbf").read_bytes(), look())
    again = unpacked(packed(ways))
    assert [tags_of(again, way) for way in range(len(ways.id))] == [
        tags_of(ways, way) for way in range(len(ways.id))
    ]
    np.testing.assert_array_equal(again.spot, ways.spot)


def alike(one, two):
    """Tell whether two readings of a file found the same."""
    if one is None or two is None:
        return one is two
    names = ("id", "kind", "start", "spot", "node", "lon", "lat")
    texts = all((one.names[key] == two.names[key]).all() for key in one.names)
    arrays = all(np.array_equal(getattr(one, name), getattr(two, name), equal_nan=True) for name in names)
    return one.tags == two.tags and texts and arrays


def test_thousands_of_damaged_files_are_read_or_left_to_osmium_and_none_takes_long(tmp_path):
    seeds = [
        osm_town.write_osm(tmp_path / f"{turn}.osm.pbf", form=form).read_bytes()
        for turn, form in enumerate(("pbf", "pbf,pbf_compression=none"))
    ]
    chance = random.Random(20260401)  # noqa: S311 (the same mutations each time)
    left, begun = 0, time.process_time()
    for turn in range(MUTATIONS):
        data = bytearray(seeds[min(turn % 4, 1)])
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.choice([0, 127, 128, 255, chance.randrange(256)])
        if turn % 10 == 0:
            data = data[: chance.randrange(len(data))]
        ways = ways_in(bytes(data), look())
        with pytest.MonkeyPatch.context() as other:
            other.setattr(pbf, "worth_it", lambda _, loops=turn % 2 == 0: loops)
            assert alike(ways, ways_in(bytes(data), look()))
        left += ways is None
        if ways is not None:
            assert len(list(features(ways))) == len(ways.id)
    assert MUTATIONS / 2 < left < MUTATIONS
    assert time.process_time() - begun < MUTATIONS * 0.2


def blob(kind, data, *, size=None):
    """Return a blob of a PBF file, packed by zlib."""
    packed_data = zlib.compress(data, 9)
    body = (
        b"\x10"
        + varint(len(data) if size is None else size)
        + b"\x1a"
        + varint(len(packed_data))
        + packed_data
    )
    head = b"\x0a" + varint(len(kind)) + kind + b"\x18" + varint(len(body))
    return struct.pack(">I", len(head)) + head + body


def varint(number):
    """Return a number as a PBF file holds it."""
    found = b""
    while number > 127:
        found += bytes([number & 127 | 128])
        number >>= 7
    return found + bytes([number])


def test_a_file_that_unpacks_to_far_too_much_is_left_before_it_does(monkeypatch):
    strings = b"\x0a\x00"
    filler = b"\x12" + varint(8 * 2**20) + b"\x1a" + varint(8 * 2**20 - 5) + bytes(8 * 2**20 - 5)
    header = blob(b"OSMHeader", b"\x22\x0eOsmSchema-V0.6\x22\x0aDenseNodes")
    calls = []
    whole = pbf._unpacked
    monkeypatch.setattr(pbf, "_unpacked", lambda *given: calls.append(1) or whole(*given))
    monkeypatch.setattr(
        pbf, "block_of", lambda data: SimpleNamespace(data=data, groups=(), holds=lambda _: False)
    )
    assert ways_in(header + blob(b"OSMData", strings + filler) * 50, look()) is None
    assert len(calls) < 15
    # A blob that says less than it unpacks to is not unpacked to the end.
    assert ways_in(header + blob(b"OSMData", bytes(2**20), size=10), look()) is None


def test_a_damaged_file_is_refused_as_before(tmp_path):
    path = osm_town.write_osm(tmp_path / "a.osm.pbf")
    data = bytearray(path.read_bytes())
    data[-30] ^= 255
    path.write_bytes(data)
    assert ways_in(bytes(data), look()) is None
    with pytest.raises(InputError) as caught:
        read_file(path, name="x", wanted=ROADS)
    assert caught.value.problems[0].code == "file.corrupt"


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "count"),
    [("osm/liechtenstein", 4660), ("osm/andorra", 1615), ("osm/Helsinki", 2651), ("osm/monaco", 2928),
     ("poa/poa", 15886)],
)  # fmt: skip
def test_real_files_are_read_as_osmium_reads_them(real_data, name, count):
    path = real_data / (f"{name}_osm.pbf" if "poa" in name else f"{name}.osm.pbf")
    ours = by_us(path)
    assert len(ours) == count
    assert ours == by_osmium(path)
