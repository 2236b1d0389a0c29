"""Interchanges on their ramps: one to leave by, another to enter by, and never the street under the viaduct."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from village_roads import INTERCHANGES, atlas, codes, places, roads

from gisplan.access.nearest import matrix, serve
from gisplan.network import build, connect, speeds
from gisplan.network.build import read_rows
from gisplan.network.ramps import serving

EXPRESS = {"road_class": "expressway"}
MAIN = EXPRESS | {"id": "m", "line": [(-3000, 0), (3000, 0)], "oneway": 1}
EXIT = EXPRESS | {"id": "exit", "line": [(-400, 0), (0, -300)], "ramp": True, "oneway": 1}
ENTRY = EXPRESS | {"id": "entry", "line": [(300, -300), (600, 0)], "ramp": True, "oneway": 1}
STREET = {"id": "s", "line": [(-500, -300), (2000, -300)]}
UNDER = {"id": "under", "line": [(50, -500), (50, 500)], "level": -1}
HUB = {"id": "h", "name": "館", "at": (1500, -310)}
GATE = INTERCHANGES[0] | {"name": "本線", "at": (50, 5)}


def found_on(*rows):
    """Return the links of the hub and the interchange on some roads."""
    layers = {"road": roads(list(rows)), "hub": places([HUB]), "interchange": places([GATE])}
    return connect(atlas(layers))


def best(found):
    table = found.best.table
    return table[table["kind"] == "full"].set_index("direction")


def test_the_exit_serves_the_way_to_the_hub_and_the_entry_the_way_back():
    table = best(found_on(MAIN, EXIT, ENTRY, STREET, UNDER))
    assert list(table["state"]) == ["reached", "reached"]
    assert list(table["stands_on"]) == ["ramp", "ramp"]
    point = shapely.Point(GATE["at"])
    exit_line, entry = (shapely.LineString(row["line"]) for row in (EXIT, ENTRY))
    assert table.loc["to_hub", "stands_on_id"] == "exit"
    assert table.loc["to_hub", "snap_interchange_m"] == pytest.approx(exit_line.distance(point))
    assert table.loc["to_interchange", "stands_on_id"] == "entry"
    assert table.loc["to_interchange", "snap_interchange_m"] == pytest.approx(entry.distance(point))
    # The rest of the exit, then 1500 m of street; 1200 m of street, then the entry as far as the interchange.
    rest = exit_line.length - exit_line.project(point)
    assert table.loc["to_hub", "length_m"] == pytest.approx(rest + 1500)
    assert table.loc["to_interchange", "length_m"] == pytest.approx(1200 + entry.project(point))


def test_the_report_measures_to_the_ramp_as_the_links_do():
    found = found_on(MAIN, EXIT, ENTRY, STREET, UNDER)
    told = found.report.set_index(["measure", "subject"])["value"]
    assert told["snap_max", "interchange"] == pytest.approx(best(found)["snap_interchange_m"].max())
    assert told["snap_max", "interchange"] > 5, "the main line is nearer, and no car can leave it there"


def test_the_ramps_that_serve_each_direction_are_known():
    table = roads([MAIN, EXIT, ENTRY, STREET])
    network, rows = build(table, speeds=speeds()).network, read_rows(table, speeds=speeds())
    serve = serving(network, rows)
    ids = table["id"].to_numpy()[network.road]
    assert set(ids[serve["to_hub"]]) == {"exit"}
    assert set(ids[serve["to_interchange"]]) == {"entry"}


@pytest.mark.parametrize(
    ("ramp", "code", "direction"),
    [("exit", "net.ramp_no_exit", "to_hub"), ("entry", "net.ramp_no_entry", "to_interchange")],
)
def test_a_ramp_drawn_backwards_is_unreached_and_named_not_mended_by_the_street_below(ramp, code, direction):
    rows = [row | {"oneway": -1} if row["id"] == ramp else row for row in (MAIN, EXIT, ENTRY, STREET, UNDER)]
    found = found_on(*rows)
    said = found.findings.set_index("code")
    assert said.loc[code, "subject"] == "本線"
    assert "一方通行" in said.loc[code, "do_ja"]
    assert best(found).loc[direction, "state"] == "unreached"
    other = {"to_hub": "to_interchange", "to_interchange": "to_hub"}[direction]
    assert best(found).loc[other, "state"] == "reached"


def test_a_turning_lane_of_a_street_is_no_ramp_of_the_expressway():
    lane = {"id": "lane", "line": [(50, -20), (60, -300)], "ramp": True, "road_class": "national"}
    table = best(found_on(MAIN, EXIT, ENTRY, STREET, lane))
    assert set(table["stands_on_id"]) == {"exit", "entry"}
    table = best(found_on(MAIN, STREET, lane))
    assert set(table["stands_on_id"]) == {"lane"}


def test_without_a_ramp_the_nearest_street_is_taken_and_told():
    found = found_on(MAIN, STREET)
    assert "net.no_ramp" in codes(found.findings)
    assert set(best(found)["stands_on"]) == {"street"}


CRS = 6674
"""鯖江市 lies in zone VI."""


@pytest.fixture(
    scope="module", params=["sabae.zip!sabae/sabae_way.shp", "sabae_task.zip!sabae_task/sabae_way.shp"]
)
def sabae(real_data, request):
    """Return the roads and the interchange of Sabae, from the ways in degrees or in metres."""
    ways = gpd.read_file(f"zip://{real_data / 'sabae' / request.param}").to_crs(CRS)
    ways = ways[ways["highway"].notna() & (ways.geom_type == "LineString")].reset_index(drop=True)
    express = ways["highway"].isin(["motorway", "motorway_link"])
    walked = ways["highway"].isin(
        ["footway", "path", "steps", "cycleway", "pedestrian", "construction", "proposed"]
    )
    table = gpd.GeoDataFrame(
        {
            "id": ways["id"].to_numpy(),
            "name": ways["name"].fillna("").to_numpy(),
            "road_class": np.where(express, "expressway", "municipal"),
            "width_m": np.nan,
            "speed_kmh": np.nan,
            "manager": "",
            # The ways come without the tag; a motorway and its links are one-way unless it says otherwise.
            "oneway": pd.array(express.astype(int), dtype="Int64"),
            "level": pd.array([pd.NA] * len(ways), dtype="Int64"),
            "ramp": pd.array(ways["highway"] == "motorway_link", dtype="boolean"),
            "passage": np.where(walked, "foot", "all"),
        },
        geometry=ways.geometry.to_numpy(),
        crs=CRS,
    )
    joints = gpd.read_file(real_data / "japan" / "highway" / "N06_Joint_fixed.geojson").to_crs(CRS)
    own = joints[joints["N06_018"] == "鯖江"].geometry.to_numpy()
    gate = gpd.GeoDataFrame(
        {"id": ["g"], "name": ["鯖江"], "kind": ["full"], "open": pd.array([True], dtype="boolean")},
        geometry=own,
        crs=CRS,
    )
    return table, gate


@pytest.mark.real
def test_sabae_is_left_and_entered_over_its_ramps_from_any_street(sabae):
    table, gate = sabae
    network = build(table, speeds=speeds()).network
    street = (
        (network.road_class != 0)
        & (network.component[network.tail] == 0)
        & ~table["ramp"].to_numpy(bool)[network.road]
    )
    rng = np.random.default_rng(1)
    chosen = rng.choice(np.flatnonzero(street), 12, replace=False)
    spots = shapely.line_interpolate_point(network.geometry[chosen], 0.5, normalized=True)
    hubs = gpd.GeoDataFrame(
        {"id": [f"h{k:02d}" for k in range(12)], "name": ""}, geometry=list(spots), crs=CRS
    )
    found = connect(atlas({"road": table, "interchange": gate, "hub": hubs}))
    own = found.best.table[found.best.table["kind"] == "full"]
    assert set(own["state"]) == {"reached"}
    # The joint lies on the main line. The way out leaves by the bridge at its feet, the way in by the one beside it.
    ramps = {way: set(rows["stands_on_id"]) for way, rows in own.groupby("direction")}
    assert ramps == {"to_hub": {"way/254615138"}, "to_interchange": {"way/127887421"}}
    snaps = own.groupby("direction")["snap_interchange_m"].first()
    assert snaps["to_hub"] == pytest.approx(1.4, abs=0.1)
    assert snaps["to_interchange"] == pytest.approx(6.5, abs=0.1)
    under = table[~table["ramp"].to_numpy(bool) & (table["road_class"] != "expressway")]
    assert (own["stands_on"] == "ramp").all()
    assert not set(own["stands_on_id"]) & set(under["id"])


def test_a_place_at_the_end_of_its_only_ramp_is_not_reached_over_the_street_there():
    gate = GATE | {"at": (10, -290)}
    layers = {
        "road": roads([MAIN, EXIT, STREET]), "hub": places([HUB]), "interchange": places([gate]),
    }  # fmt: skip
    found = connect(atlas(layers))
    table = best(found)
    assert list(table.loc[["to_hub", "to_interchange"], "state"]) == ["reached", "unreached"]
    assert "net.ramp_no_entry" in set(found.findings["code"])
    point = shapely.points([gate["at"]])
    there = serve(found.ways, point, by_ramp=np.array([True]))
    assert np.isinf(matrix(found.ways, there, shapely.points([HUB["at"]])).minutes).all()
