"""From a file of OpenStreetMap to its network, whatever form it comes in, and kept for the next time."""

import numpy as np
import osm_town
import pytest

import gisplan
from gisplan.core.errors import ConfigurationError, InputError
from gisplan.network import read_network, store
from gisplan.network.street_arrays import packed_streets, streets_in
from gisplan.sources.reader import Reader

CRS = 6676
CODES = {"net.closed_car", "net.ferry_left_out"}


def same(one, two):
    """Tell whether two networks of streets are the same."""
    arrays = ("x", "y", "tail", "head", "length", "forward", "backward", "road", "road_class", "geometry")
    return (
        all(np.array_equal(getattr(one.network, name), getattr(two.network, name)) for name in arrays)
        and np.array_equal(one.node, two.node)
        and one.roads.equals(two.roads)
        and one.doubts == two.doubts
    )


def test_every_form_of_the_town_is_the_same_network(tmp_path):
    paths = [
        osm_town.write_osm(tmp_path / "a.osm.pbf"),
        osm_town.write_osm(tmp_path / "b.osm.pbf", form="pbf,locations_on_ways=true"),
        osm_town.write_osm(tmp_path / "c.osm"),
        osm_town.write_overpass(tmp_path / "d.json", osm_town.elements()),
        osm_town.write_overpass(tmp_path / "e.json", osm_town.elements(form="geom")),
    ]
    with Reader() as reader:
        found = [read_network(path, crs=CRS, folder=tmp_path / "kept", reader=reader) for path in paths]
    # The one-way street to node 3, the main road to 4, the roundabout there, and the ramp.
    ends = zip(found[0].node[found[0].network.tail], found[0].node[found[0].network.head], strict=True)
    assert sorted(tuple(sorted(map(int, pair))) for pair in ends) == [(1, 3), (3, 4), (3, 11), (4, 4)]
    assert {doubt.code for doubt in found[0].doubts} == CODES
    assert all(same(found[0], other) for other in found[1:])


def test_the_second_time_nothing_is_read_and_nothing_differs(tmp_path, monkeypatch):
    path = osm_town.write_osm(tmp_path / "a.osm.pbf")
    first = read_network(path, crs=CRS, folder=tmp_path / "kept")
    monkeypatch.setattr("gisplan.network.streets._ways", None)
    assert same(first, read_network(path, crs=CRS, folder=tmp_path / "kept"))
    assert first.roads.crs.to_epsg() == CRS


def test_another_mode_crs_or_file_is_another_network(tmp_path):
    path = osm_town.write_osm(tmp_path / "a.osm.pbf")
    kept = tmp_path / "kept"
    for options in ({"crs": CRS}, {"crs": CRS, "mode": "walk"}, {"crs": 6677}, {"crs": CRS, "ferry": True}):
        read_network(path, **options, folder=kept)
    read_network(osm_town.write_osm(tmp_path / "b.osm.pbf", without=[3]), crs=CRS, folder=kept)
    assert len(list(kept.iterdir())) == 5


def test_a_kept_file_of_something_else_is_made_anew(tmp_path, monkeypatch):
    path = osm_town.write_osm(tmp_path / "a.osm.pbf")
    first = read_network(path, crs=CRS, folder=tmp_path / "kept")
    packed = packed_streets(first)
    assert same(first, streets_in(packed, crs=CRS))
    broken = {name: array for name, array in packed.arrays.items() if name != "node"}
    monkeypatch.setattr(store, "_loaded", lambda _: type(packed)(arrays=broken, about=packed.about))
    assert same(first, read_network(path, crs=CRS, folder=tmp_path / "kept"))


def test_a_file_without_any_road_is_an_empty_network_and_says_so(tmp_path):
    path = osm_town.write_osm(tmp_path / "a.osm.pbf", ways={1: ([1, 2], {"building": "yes"})})
    found = read_network(path, crs=CRS, folder=tmp_path)
    assert len(found.network.x) == 0
    assert [doubt.code for doubt in found.doubts] == ["osm.none"]


def test_what_cannot_be_read_is_refused_with_what_to_do(tmp_path):
    path = osm_town.write_osm(tmp_path / "a.osm.pbf")
    cut = tmp_path / "cut.osm.pbf"
    cut.write_bytes(path.read_bytes()[:-40])
    table = tmp_path / "a.csv"
    table.write_text("id,name\n1,x\n", "utf-8")
    lost = osm_town.write_overpass(tmp_path / "d.json", osm_town.elements(form="center"))
    for file, code in ((cut, "file.corrupt"), (table, "osm.no_ids"), (lost, "osm.no_shapes")):
        with pytest.raises(InputError) as caught:
            read_network(file, crs=CRS, folder=tmp_path / "kept")
        assert caught.value.problems[0].code == code
    with pytest.raises(ConfigurationError):
        read_network(path, crs=CRS, speeds_name="none", folder=tmp_path / "kept")


def test_it_is_a_public_word():
    assert gisplan.read_network is read_network


@pytest.mark.real
def test_kumamoto_and_tsukuba_become_networks_by_their_ids(real_data, tmp_path):
    chuo = read_network(real_data / "kumamoto/overpass_chuo_drive_20230105.json", crs=6670, folder=tmp_path)
    assert len(chuo.network.x) == 7829
    assert (np.bincount(chuo.network.component)[0]) > 0.95 * len(chuo.network.x)
    tsukuba = read_network(real_data / "osm/tsukuba.osm", crs=6677, folder=tmp_path, mode="walk")
    assert len(tsukuba.network.tail) > 100
