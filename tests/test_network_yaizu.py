"""The roads of Yaizu as published: how they node, and what the interchanges and houses reach."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from village_roads import CRS, atlas, codes

from gisplan.access import measure
from gisplan.core.options import AccessOptions
from gisplan.network import build, connect, speeds

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
            parts.append(part[["geometry"]].assign(label=label, road_class=classes))
    table = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=CRS)
    table["id"] = [f"r{k:04d}" for k in range(len(table))]
    blank = {"width_m": np.nan, "speed_kmh": np.nan, "name": "", "manager": ""}
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
