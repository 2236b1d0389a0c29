"""Real roads: what names, numbers and tags tell of Sabae, Kumamoto, Yaizu and Liechtenstein, and ramps turned round."""

import numpy as np
import pandas as pd
import pytest
import shapely
from village_roads import atlas, places

import gisplan as gp
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.network.build import build
from gisplan.network.connected import connect
from gisplan.network.search import graph, times
from gisplan.network.speeds import speeds

pytestmark = pytest.mark.real

PLAN = """[plan]
title = "実データ"
municipality = ["{code}"]
date = 2026-11-01
[layers.road]
path = "{path}"
{more}
"""


def loaded(folder, path, *, code, more=""):
    """Return the roads of a file as a plan reads them, and the findings."""
    file = folder / "plan.toml"
    file.write_text(PLAN.format(code=code, path=path, more=more), "utf-8")
    catalogue = read_catalogue(packaged_folder())
    found = gp.load(gp.read_plan(file, catalogue=catalogue), catalogue=catalogue)
    return found.layers["road"].table, found.findings.set_index("code")


@pytest.fixture(scope="module", params=["sabae.zip", "sabae_task.zip"])
def sabae(request, real_data, tmp_path_factory):
    more = 'table = "sabae_way"' if request.param == "sabae.zip" else ""
    folder = tmp_path_factory.mktemp("sabae")
    return loaded(folder, real_data / "sabae" / request.param, code="18207", more=more)


def test_the_roads_of_sabae_have_the_class_their_names_tell(sabae):
    roads, findings = sabae
    assert roads["osm_class"].value_counts()["motorway_link"] == 8
    assert roads["ramp"].sum() == 9
    named = roads.groupby("name")[["road_class", "class_from"]].agg(set)
    if "国道417号" not in named.index:  # the names of one of the files are garbled: they tell nothing
        assert set(roads["class_from"]) == {"custom"}
        assert "2034 行（100.0%）" in findings.loc["code.custom", "reason_ja"]
        return
    assert named.loc["国道417号", "road_class"] == named.loc["国道８号", "road_class"] == {"national"}
    assert named.loc["北陸自動車道", "road_class"] == {"expressway"}
    assert named.loc["国道417号", "class_from"] == {"name"}
    assert named.loc["鯖江インター線", "class_from"] == {"custom"}
    assert "1996" in findings.loc["code.custom", "reason_ja"]


def test_sabae_interchange_reaches_every_street_over_its_ramps_in_both_directions(sabae):
    roads, _ = sabae
    network = build(roads, speeds=speeds()).network
    kind = roads["osm_class"].to_numpy()[network.road]
    on_ramp = np.unique(
        np.concatenate([network.tail[kind == "motorway_link"], network.head[kind == "motorway_link"]])
    )
    streets = np.unique(network.tail[(kind == "residential") & (network.component[network.tail] == 0)])
    for reverse in (False, True):
        found = times(graph(network, reverse=reverse), on_ramp[:1])[0]
        assert np.isfinite(found[streets]).all()
    # The street below the viaduct joins the carriageway nowhere but by a ramp.
    main = np.unique(np.concatenate([network.tail[kind == "motorway"], network.head[kind == "motorway"]]))
    plain = ~np.isin(kind, ["motorway", "motorway_link"])
    ordinary = np.unique(np.concatenate([network.tail[plain], network.head[plain]]))
    assert not np.intersect1d(main, ordinary).size


def test_a_ramp_of_sabae_drawn_backwards_is_told_by_its_way(sabae):
    roads, _ = sabae
    main = shapely.union_all(roads.geometry[roads["osm_class"] == "motorway"].to_numpy())
    links = roads[roads["osm_class"] == "motorway_link"]
    leaves = shapely.intersects(shapely.get_point(links.geometry.to_numpy(), 0), main.buffer(0.1))
    way = links["id"].to_numpy()[leaves][0]
    hubs = places([{"id": "h", "name": "市役所", "at": (0, 0)}])
    hubs = hubs.set_geometry(links.geometry.iloc[:1].centroid.to_numpy()).set_crs(
        roads.crs, allow_override=True
    )
    for sign in (1, -1):
        told = roads.assign(oneway=roads["oneway"].mask(roads["id"] == way, sign))
        said = connect(atlas({"road": told, "hub": hubs})).findings
        backwards = set(said.loc[said["code"] == "net.oneway_backwards", "subject"])
        assert backwards == ({way} if sign == -1 else set())


def test_the_numbers_of_kumamoto_tell_what_the_names_do_not(real_data, tmp_path):
    path = real_data / "kumamoto" / "overpass_chuo_drive_20230105.json"
    roads, findings = loaded(tmp_path, path, code="43101")
    told = pd.crosstab(roads["road_class"], roads["class_from"])
    assert told.loc["national"].to_dict() == {"custom": 4, "name": 27, "ref": 24}
    assert told.loc["prefectural", "ref"] == 103
    named = roads.groupby("name")[["road_class", "class_from"]].agg(set)
    assert named.loc["熊本東バイパス"].to_list() == [{"national"}, {"ref"}]
    assert named.loc["浜線バイパス"].to_list() == [
        {"national"},
        {"name"},
    ]  # its official name is 一般国道266号
    assert named.loc["熊本高森線"].to_list() == [{"prefectural"}, {"ref"}]
    assert "6087" in findings.loc["code.custom", "reason_ja"]
    assert not (connect(atlas({"road": roads})).findings["code"] == "net.oneway_backwards").any()


def test_the_names_of_the_emergency_routes_of_yaizu_are_of_every_class(real_data, tmp_path):
    path = real_data / "yaizu" / "raw" / "緊急輸送路_*" / "*.shp"
    roads, _ = loaded(tmp_path, path, code="22212", more='columns = { name = "item4" }')
    assert roads["road_class"].value_counts().to_dict() == {
        "municipal": 58, "prefectural": 22, "other": 11, "national": 3,
    }  # fmt: skip
    assert set(roads.loc[roads["road_class"] == "other", "class_from"]) == {"assumed"}
    municipal = roads[roads["road_class"] == "municipal"]
    assert set(municipal["manager"]) == {"municipality"}
    assert set(municipal["manager_from"]) == {"law"}
    # No word on designated sections, and no municipality layer: nobody is guessed to manage the others.
    assert set(roads.loc[roads["road_class"] != "municipal", "manager"]) == {""}


def test_the_tags_of_a_whole_country_are_read(real_data, tmp_path):
    roads, findings = loaded(tmp_path, real_data / "osm" / "liechtenstein.osm.pbf", code="22212")
    assert roads["osm_class"].value_counts()[["residential", "steps"]].to_list() == [1108, 98]
    assert roads["bicycle"].notna().all()
    assert roads["bicycle_both_ways"].sum() == 1
    assert roads["surface"].value_counts()["asphalt"] == 636
    assert roads.loc[roads["osm_class"] == "steps", "bicycle"].eq(other=False).all()
    assert "code.custom" in findings.index
