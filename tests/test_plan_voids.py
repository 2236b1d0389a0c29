"""Transport voids on the map: every definition by its name, and outside the office the houses shown alone."""

import pytest
from village import on_disk

from gisplan.access.voids import void_table
from gisplan.plan.drawn import voids
from gisplan.plan.release import release
from gisplan.plan.run import Request, run

STOPS = "番号,名称,経度,緯度\nB1,村の停留所,{},{}\n"


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    """Return the plan of the village with a bus stop and a station at its western end."""
    folder = tmp_path_factory.mktemp("village")
    path = on_disk.build(folder)
    for name in ("bus_stop", "station"):
        (folder / "data" / f"{name}.csv").write_text(STOPS.format(*on_disk.degrees(135, 150)), "utf-8")
    entry = '[layers.bus_stop]\npath = "data/bus_stop.csv"\n\n[layers.station]\npath = "data/station.csv"\n\n[access]'
    path.write_text(path.read_text("utf-8").replace("[access]", entry), "utf-8")
    return path


@pytest.fixture(scope="module")
def results(plan):
    return run(Request(plan=plan, out=None, parts=("access",))).results


def test_a_house_in_the_void_is_told_by_each_definition(results):
    table = void_table(results.measured.stands, origin="vacant_house").set_index("id")
    # The houses stand every 100 m, 10 m off the road, the stop and the station on it at x = 135: H06 is 495 m away in
    # a straight line and 505 m on foot; H07 and H08 lie beyond 500 and 300 m either way, and none is 1 km away.
    assert list(table.index) == ["H06", "H07", "H08"]
    assert list(table["definitions"]) == ["0", "1", "1"]
    assert list(table["void_500_300_straight"]) == ["within", "outside", "outside"]
    assert list(table["void_500_300_network"]) == ["outside"] * 3
    assert set(table["void_1000_straight"]) == {"within"}
    assert void_table(results.measured.stands, origin="population").empty


def test_no_layer_of_the_map_calls_a_void_so_without_its_definition(results):
    layers = voids(results, release(results, audience="internal"))
    assert [layer.name for layer in layers] == ["transport_void_vacant_house"]
    layer = layers[0]
    assert "定義" in layer.title.ja
    titles = [title.ja for name, title in layer.popup if name != "definitions"]
    assert len(titles) == 6
    assert all("m" in title and ("直線" in title or "道のり" in title) for title in titles)
    assert not [name for name in layer.table if ":" in name], "no tool of GIS wants a colon in a field"
    assert layer.labels["definitions"]["0"].ja.startswith("道のりでのみ空白"), "not: by no definition"
    assert not layer.visible
    known = set(layer.labels["void_500_300_straight"])
    assert set(layer.table["void_500_300_straight"]) <= known


def test_outside_the_office_no_house_that_is_held_back_is_in_the_layer(plan, results):
    outside = run(Request(plan=plan, out=None, parts=("access",), audience="public")).results
    assert len(voids(results, release(results, audience="internal"))[0].table) == 3
    assert voids(outside, release(outside, audience="public")) == [], "all three are held back"
