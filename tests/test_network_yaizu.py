"""The roads of Yaizu as published: how they node, and what the interchanges and houses reach."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
import shapely.ops
from village_roads import CRS, atlas, codes

from gisplan.access import measure
from gisplan.core.options import AccessOptions
from gisplan.network import build, connect, speeds
from gisplan.network.build import read_rows
from gisplan.network.ground import ground
from gisplan.network.link import usable
from gisplan.network.places import hub_places, interchange_places

pytestmark = pytest.mark.real

SOURCES = {
    "緊急輸送路": "緊急輸送路_*/*.shp",
    "通学路": "通学路_*/*.shp",
    "農道": "農道一般平面図_農道/*.shp",
}
KINDS = {"1": "full", "2": "smart", "3": "junction"}


def road_class(source, name):
    """Return the highest class that a road's name holds; a school route is municipal, a farm road other."""
    if "国道" in name:
        return "national"
    if "県道" in name or "主要地方道" in name:
        return "prefectural"
    return "other" if source == "農道" else "municipal"


@pytest.fixture(scope="module")
def yaizu_roads(real_data):
    parts = []
    for source, pattern in SOURCES.items():
        for file in sorted((real_data / "yaizu" / "raw").glob(pattern)):
            part = gpd.read_file(file).to_crs(CRS)
            name = part["item4"].fillna("") if "item4" in part else pd.Series("", index=part.index)
            number = part["item1"].astype(str) if source == "緊急輸送路" else pd.Series("", index=part.index)
            label = part["item2"].fillna("") + " " + number
            classes = [road_class(source, one) for one in name]
            parts.append(part[["geometry"]].assign(label=label, name=name, road_class=classes))
    table = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=CRS)
    table["id"] = [f"r{k:04d}" for k in range(len(table))]
    blank = {"width_m": np.nan, "speed_kmh": np.nan, "manager": ""}
    table = table.assign(**blank, oneway=pd.NA, level=pd.NA, ramp=pd.NA)
    return table.astype({"oneway": "Int64", "level": "Int64", "ramp": "boolean"})


def points(table, x, y):
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(x, y, crs=6668)).to_crs(CRS)


@pytest.fixture(scope="module")
def interchanges(real_data):
    joints = gpd.read_file(real_data / "japan" / "highway" / "N06_Joint_fixed.geojson").to_crs(CRS)
    return gpd.GeoDataFrame(
        {
            "id": [f"{k:04d}" for k in range(len(joints))],
            "name": joints["N06_018"].fillna(""),
            "kind": joints["N06_019"].astype(str).map(KINDS).fillna("other"),
            "open": (joints["N06_014"].astype(str) == "9999").astype("boolean"),
        },
        geometry=joints.geometry.to_numpy(),
        crs=CRS,
    )


@pytest.fixture(scope="module")
def hubs(real_data):
    table = pd.read_csv(real_data / "yaizu" / "plan" / "hubs_cp932.csv", encoding="cp932")
    named = pd.DataFrame({"id": table["番号"], "name": table["名称"]})
    return points(named, table["経度"], table["緯度"])


@pytest.fixture(scope="module")
def houses(real_data):
    table = pd.read_csv(real_data / "yaizu" / "plan" / "vacant_houses_cp932.csv", encoding="cp932")
    source = table["出典"].map({"調査": "survey", "台帳": "ledger", "空き家バンク": "bank"})
    named = pd.DataFrame({"id": table["管理番号"].astype(str), "name": "", "source": source})
    return points(named, table["経度"], table["緯度"])


def nearest_node(network, table, name):
    place = table.loc[table["name"] == name].geometry.iloc[0]
    return float(np.hypot(network.x - place.x, network.y - place.y).min())


def test_the_roads_node_as_known(yaizu_roads, interchanges):
    assert yaizu_roads.length.sum() == pytest.approx(349_000, rel=0.005)
    network = build(yaizu_roads, speeds=speeds()).network
    assert 1_080 <= len(network.x) <= 1_220
    assert (network.component == 0).mean() > 0.9
    assert nearest_node(network, interchanges, "焼津") == pytest.approx(140, abs=1)
    assert nearest_node(network, interchanges, "大井川焼津藤枝SIC") == pytest.approx(300, abs=1)


def test_both_interchanges_reach_every_hub(yaizu_roads, interchanges, hubs):
    found = connect(atlas({"road": yaizu_roads, "interchange": interchanges, "hub": hubs}))
    assert set(found.links["interchange"]) == {"焼津", "大井川焼津藤枝SIC"}
    assert len(found.links) == 2 * 2 * len(hubs)
    on_road = found.links["snap_hub_m"].notna()
    assert on_road.all()
    assert found.links.loc[on_road, "minutes"].between(1, 40).all()
    metres = found.links[["expressway_m", "national_m", "prefectural_m", "municipal_m", "other_m"]]
    assert np.allclose(metres.sum(axis=1), found.links["length_m"])
    assert (found.links["detour_minutes"].fillna(np.inf) >= found.links["minutes"] - 1e-9).all()


def test_the_expressway_hidden_among_the_emergency_routes_is_noticed(yaizu_roads, interchanges, hubs):
    layers = {"road": yaizu_roads, "interchange": interchanges, "hub": hubs}
    said = connect(atlas(layers)).findings.query("code == 'net.maybe_expressway'")
    assert len(said) == 1
    row = yaizu_roads.set_index("id").loc[said["subject"].iloc[0]]
    assert row["label"] == "県一次緊急輸送路 1"
    named = yaizu_roads["road_class"].where(yaizu_roads["id"] != said["subject"].iloc[0], "expressway")
    found = connect(atlas(layers | {"road": yaizu_roads.assign(road_class=named)}))
    assert "net.maybe_expressway" not in codes(found.findings)
    assert found.links["expressway_m"].sum() == 0
    assert found.links.groupby("interchange")["snap_interchange_m"].first().round().to_dict() == {
        "焼津": 135,
        "大井川焼津藤枝SIC": 253,
    }


def test_the_houses_of_yaizu_are_measured(yaizu_roads, interchanges, hubs, houses):
    options = AccessOptions(origins=("vacant_house",), destinations=("interchange", "hub", "school"))
    layers = {"road": yaizu_roads, "interchange": interchanges, "hub": hubs, "vacant_house": houses}
    held = atlas(layers, access=options)
    found = measure(held, connect(held))
    assert len(found.access) == 2400 * 3 * (3 + 4)
    table = found.coverage.set_index(["to", "minutes"])
    assert table.loc[("interchange", 30.0), "share"] > 0.95
    # Eight houses stand in two lists (points of two sources within 5 m), and count once.
    assert (table["total"] == 2392).all()
    assert (table.loc["school", "not_assessed"] == 2392).all()
    reached = table.loc["hub"]
    assert (reached["within"] + reached["unreached"] + reached["not_assessed"] <= 2392).all()


@pytest.fixture(scope="module")
def linked(yaizu_roads, interchanges, hubs):
    """Return what is found on the roads of Yaizu, its expressway named, and the ground of it."""
    main = yaizu_roads["label"] == "県一次緊急輸送路 1"
    road = yaizu_roads.assign(road_class=yaizu_roads["road_class"].where(~main, "expressway"))
    found = connect(atlas({"road": road, "interchange": interchanges, "hub": hubs}))
    speed, limit = speeds(), AccessOptions().snap_m
    network, rows = build(road, speeds=speed).network, read_rows(road, speeds=speed)
    more = {"rows": rows, "limit_m": limit, "straight": speed.straight("car")}
    open_ones = usable(interchanges)
    at = {"hubs": hub_places(network, hubs, **more)}
    at["interchanges"] = interchange_places(network, open_ones, **more)
    return found, ground(network, rows, road, **at), at


def left_over(on, shut):
    """Return the roads as networkx knows them, without some links."""
    held = nx.MultiGraph()
    held.add_nodes_from(range(len(on.network.x)))
    kept = np.flatnonzero(~np.isin(on.chain, list(shut)) & np.isfinite(on.network.forward))
    for edge in kept:
        held.add_edge(int(on.network.tail[edge]), int(on.network.head[edge]), weight=on.network.forward[edge])
    return held


def test_every_hub_is_linked_with_its_road_classes_by_name(linked, hubs):
    found, _, _ = linked
    table = found.best.table
    assert len(table) == len(hubs) * 2 * 2
    assert set(table["state"]) == {"reached"}
    assert set(table.loc[table["kind"] == "full", "interchange"]) == {"焼津"}
    assert set(table.loc[table["kind"] == "smart", "interchange"]) == {"大井川焼津藤枝SIC"}
    classes = ["expressway_m", "national_m", "prefectural_m", "municipal_m", "other_m"]
    assert np.allclose(table[classes].sum(axis=1), table["length_m"])
    assert (table["expressway_m"] == 0).all()
    named = found.best.sections
    whole = named.groupby(["hub", "kind", "direction"])["length_m"].sum()
    assert np.allclose(whole, table.set_index(["hub", "kind", "direction"])["length_m"].loc[whole.index])
    by_class = named.groupby("road_class")["road"].agg("".join)
    assert "県道" in by_class["prefectural"]
    assert "県道" not in by_class["municipal"]
    assert "市道" in by_class["municipal"]


def test_every_cut_and_every_second_route_is_that_of_networkx(linked):
    found, on, at = linked
    table = found.best.table.query("direction == 'to_hub'").set_index(["hub", "kind"])
    for hub in sorted(set(found.best.cuts["hub"]))[::6]:
        place = list(at["hubs"].label).index(hub)
        for kind in ("full", "smart"):
            row = table.loc[(hub, kind)]
            gate = list(at["interchanges"].label).index(row["interchange"])
            ends = int(on.interchange["to_hub"][gate]), int(on.hub[place])
            legs = at["hubs"].leg[place] + at["interchanges"].leg["to_hub"][gate]

            def minutes(shut, ends=ends, legs=legs):
                held = left_over(on, shut)
                if not nx.has_path(held, *ends):
                    return np.inf
                return nx.dijkstra_path_length(held, *ends) + legs

            own = found.best.cut_lines.query("hub == @hub and kind == @kind and direction == 'to_hub'")
            assert row["minutes"] == pytest.approx(minutes(()), rel=1e-9)
            for cut in own.to_dict("records"):
                want = minutes((cut["chain"],))
                mine = np.inf if cut["outcome"] == "cut_off" else cut["minutes"]
                assert mine == pytest.approx(want, rel=1e-9), cut
            second = np.inf if np.isnan(row["second_minutes"]) else row["second_minutes"]
            assert second == pytest.approx(minutes(tuple(own["chain"])), rel=1e-9)
            assert row["needed_links"] == (own["outcome"] == "cut_off").sum()


@pytest.mark.parametrize("timed", [False, True])
def test_the_hubs_of_taketomi_are_reached_by_the_ferry_alone(real_data, timed):
    crs = 6684
    files = f"zip://{real_data / 'taketomi' / 'taketomi.zip'}!taketomi/"
    island, spots = (gpd.read_file(files + name).to_crs(crs) for name in ("road.shp", "points.shp"))
    harbour = spots.loc[spots["Name"] == "竹富港"].geometry.iloc[0]
    streets = island.geometry.explode(index_parts=False)
    pier = shapely.ops.nearest_points(streets.union_all(), harbour)[0]
    # The data hold the island alone: the other shore, its interchange and the boat are made up.
    shore = [(pier.x + 6000, pier.y + 3000), (pier.x + 9000, pier.y + 3000)]
    lines = [*streets, shapely.LineString(shore), shapely.LineString([pier, shore[0]])]
    count = len(lines)
    usual = {"road_class": "municipal", "width_m": np.nan, "speed_kmh": np.nan, "manager": ""}
    road = gpd.GeoDataFrame(
        {"id": [f"r{k:03d}" for k in range(count)], "name": [*[""] * (count - 1), "竹富航路"]} | usual,
        geometry=lines,
        crs=crs,
    )
    road = road.assign(oneway=pd.NA, level=pd.NA, ramp=pd.NA, ferry=[False] * (count - 1) + [True])
    road["minutes"] = [np.nan] * (count - 1) + [15.0 if timed else np.nan]
    road = road.astype({"oneway": "Int64", "level": "Int64", "ramp": "boolean", "ferry": "boolean"})
    hubs = gpd.GeoDataFrame({"id": spots["Name"], "name": spots["Name"]}, geometry=spots.geometry, crs=crs)
    gate = gpd.GeoDataFrame(
        {"id": ["g"], "name": ["対岸"], "kind": ["full"], "open": pd.array([True], dtype="boolean")},
        geometry=[shapely.Point(shore[1])],
        crs=crs,
    )
    layers = {"road": road, "hub": hubs, "interchange": gate}
    found = connect(atlas(layers, access=AccessOptions(ferry=True)))
    table = found.best.table.query("kind == 'full' and state != 'off_road'")
    assert len(table) == 2 * len(hubs)
    if timed:
        assert set(table["state"]) == {"reached"}
        assert (table["minutes"] > 15.0 + 3000 / (20_000 / 60)).all()
        return
    assert set(table["state"]) == {"unreached"}
    assert table["minutes"].isna().all()
    assert table["reason_ja"].str.contains("航路「竹富航路」で渡るが、その所要時間").all()
    said = found.findings[found.findings["code"] == "net.ferry_needed"]
    assert set(said["subject"]) == set(hubs["name"])
