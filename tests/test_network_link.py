"""Points on the network, the links between interchanges and hubs, and what a cut road leaves."""

import dataclasses

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from village_roads import CRS, HUBS, INTERCHANGES, ROADS, atlas, codes, places, roads, village

from gisplan.core.errors import ConfigurationError
from gisplan.core.options import AccessOptions
from gisplan.core.tables import contract
from gisplan.core.words import RowPlaces
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.network import attach, build, connect, snap, speeds
from gisplan.network.route import metres_inside
from gisplan.network.search import chains, graph, nearest, times

SPEEDS = speeds()
FLOOD = shapely.box(500, -10, 1000, 10)
SLIDE = shapely.union(shapely.box(900, -10, 1100, 10), shapely.box(1700, 600, 1800, 650))


def made(rows):
    return build(roads(rows), speeds=SPEEDS).network


def area(*shapes):
    table = places([{"id": f"f{k}", "at": (0, 0)} for k in range(len(shapes))])
    return table.set_geometry(list(shapes), crs=CRS)


def link(found, hub, direction="to_hub", interchange="村"):
    table = found.links
    chosen = table[
        (table["hub"] == hub) & (table["direction"] == direction) & (table["interchange"] == interchange)
    ]
    assert len(chosen) == 1
    return chosen.iloc[0]


def test_a_snap_is_the_foot_on_the_nearest_allowed_edge():
    network = made(ROADS)
    points = np.array([shapely.Point(500, 30), shapely.Point(500, 501), shapely.Point()], dtype=object)
    found = snap(network, points, limit_m=500)
    assert found.distance[:2] == pytest.approx([30, 499])
    assert list(found.found) == [True, True, False]
    assert list(snap(network, points, limit_m=29.9).found) == [False, False, False]
    assert list(snap(network, points, limit_m=30.0).found) == [True, False, False]
    national = network.road_class == 1
    assert snap(network, points, limit_m=500, allowed=~national).distance[0] == pytest.approx(500)


def test_attaching_points_splits_edges_and_keeps_every_time():
    network = made(ROADS)
    points = shapely.points([(500, 30), (500, -20), (900, 5), (0, -100), (1750, 640)])
    both = attach(network, snap(network, points, limit_m=500))
    assert both.node[0] == both.node[1]  # one foot, one node
    assert (both.network.x[both.node[3]], both.network.y[both.node[3]]) == (0, 0)
    assert both.network.length.sum() == pytest.approx(network.length.sum())
    assert len(both.network.tail) == len(network.tail) + 3
    before = times(graph(network), np.arange(len(network.x)))
    after = times(graph(both.network), np.arange(len(network.x)))[:, : len(network.x)]
    assert np.allclose(before, after)
    assert times(graph(both.network), both.node[:1])[0, both.node[2]] == pytest.approx(400 / (35000 / 60))


def test_the_village_links_are_those_worked_out_by_hand():
    found = connect(atlas(village()))
    assert len(found.links) == 4  # one usable interchange, two hubs, two directions
    first = link(found, "交流館")
    # 250 m off the road = 1 min, 1750 m national = 3 min, 700 m municipal = 2.1 min, 100 m off it = 0.4 min.
    assert first["minutes"] == pytest.approx(1 + 3 + 2.1 + 0.4)
    assert (first["length_m"], first["national_m"], first["municipal_m"]) == pytest.approx((2450, 1750, 700))
    assert (first["prefectural_m"], first["expressway_m"], first["other_m"]) == (0, 0, 0)
    assert (first["snap_hub_m"], first["snap_interchange_m"]) == pytest.approx((100, 250))
    assert first["narrow_m"] == pytest.approx(700)
    # Round: 2750 m prefectural = 5.5 min, 300 m municipal = 0.9 min, and the same 1.4 min off the road.
    assert first["detour_minutes"] == pytest.approx(5.5 + 0.9 + 1.4)
    second = link(found, "南の家")
    assert second["minutes"] == pytest.approx(1 + 3 + 3)
    assert np.isnan(second["detour_minutes"])
    assert link(found, "南の家", "to_interchange")["minutes"] == pytest.approx(7)
    assert {"net.cut_off", "net.interchange_far", "net.speeds_used", "net.hazard_none"} <= codes(
        found.findings
    )


def test_routes_carry_the_key_and_run_in_the_direction_of_travel():
    found = connect(atlas(village()))
    assert found.routes.crs.to_epsg() == CRS
    assert list(found.routes["hub"]) == list(found.links["hub"])
    there = found.routes[
        (found.routes["hub_id"] == "h1") & (found.routes["direction"] == "to_hub")
    ].geometry.iloc[0]
    assert list(there.coords) == [(0, 0), (1750, 0), (1750, 700)]
    back = found.routes[
        (found.routes["hub_id"] == "h1") & (found.routes["direction"] != "to_hub")
    ].geometry.iloc[0]
    assert list(back.coords) == [(1750, 700), (1750, 0), (0, 0)]


def test_one_way_roads_make_the_way_back_another():
    rows = [ROADS[0], ROADS[1], ROADS[2] | {"oneway": -1}]  # the way round leads to the interchange only
    closed = [row | {"oneway": 1} if row["id"] == "r1" else row for row in rows]
    found = connect(atlas(village(road=roads(closed))))
    assert link(found, "交流館")["minutes"] == pytest.approx(6.5)
    assert link(found, "交流館", "to_interchange")["minutes"] == pytest.approx(7.8)
    only = [row | {"oneway": 1} if row["id"] == "r1" else row for row in ROADS[:2]]
    found = connect(atlas(village(road=roads(only))))
    assert np.isnan(link(found, "交流館", "to_interchange")["minutes"])
    assert "net.unreached_one_way" in codes(found.findings)


def test_junctions_closed_and_far_interchanges_have_no_rows():
    found = connect(atlas(village()))
    assert set(found.links["interchange"]) == {"村"}
    far = found.findings[found.findings["code"] == "net.interchange_far"].iloc[0]
    assert far["reason_en"] == "Interchanges farther than 500 m from every road and left out: 1; used: 1."
    assert found.used_interchanges == ("i1",)
    assert connect(atlas({"road": roads(ROADS)})).used_interchanges == ()
    assert connect(atlas({"hub": places(HUBS)})).used_interchanges == ()


def test_unknown_speeds_are_placed_in_the_plan_by_its_own_name():
    with pytest.raises(ConfigurationError) as caught:
        connect(atlas(village(), access=AccessOptions(speeds="fast"), file="焼津.toml"))
    problem = caught.value.problems[0]
    assert (problem.code, problem.place) == ("net.speeds", "焼津.toml access.speeds")
    assert SPEEDS.name in problem.cure.ja
    assert SPEEDS.name in problem.cure.en


def test_findings_name_layers_and_classes_in_the_language_of_the_reader():
    through = places(
        [{"id": f"i{k}", "name": f"IC {k}", "kind": "full", "open": True, "at": (k, 5)} for k in range(3)]
    )
    catalogue = read_catalogue(packaged_folder())
    hubs = places([HUBS[0] | {"name": "Hub"}])
    layers = village(flood=area(FLOOD), interchange=through, hub=hubs)
    said = connect(atlas(layers, catalogue=catalogue)).findings.set_index("code")
    assert not said["reason_en"].str.contains(r"[\u3000-\u30ff\u4e00-\u9fff]").any()
    assert catalogue["tsunami"].title.ja in said.loc["net.hazard_some", "reason_ja"]
    assert catalogue["tsunami"].title.en in said.loc["net.hazard_some", "reason_en"]
    crossed = said.loc[["net.maybe_expressway"]].set_index("subject").loc["r1"]
    assert "種別は「一般国道」" in crossed["reason_ja"]
    assert "class is “national road”" in crossed["reason_en"]


def test_an_interchange_stands_on_its_ramp_and_a_hub_never_does():
    ramp = {"id": "r9", "line": [(0, -200), (0, 0)], "ramp": True, "road_class": "expressway"}
    main = {"id": "r8", "line": [(-500, -200), (500, -200)], "road_class": "expressway"}
    hub = places([{"id": "h9", "name": "料金所前", "at": (10, -90)}])
    near = places([INTERCHANGES[0] | {"at": (60, -190)}])
    found = connect(atlas(village(road=roads([*ROADS, ramp, main]), hub=hub, interchange=near)))
    row = link(found, "料金所前")
    assert row["snap_interchange_m"] == pytest.approx(60)
    assert row["expressway_m"] == pytest.approx(190)
    assert row["snap_hub_m"] == pytest.approx(90)
    found = connect(atlas(village(road=roads([*ROADS, main]), hub=hub, interchange=near)))
    assert link(found, "料金所前")["snap_interchange_m"] == pytest.approx(190)


def test_hazard_metres_count_overlapping_areas_once_and_missing_layers_as_not_assessed():
    assert connect(atlas(village())).links["hazard_m"].isna().all()
    found = connect(atlas(village(flood=area(FLOOD), landslide=area(SLIDE))))
    assert link(found, "交流館")["hazard_m"] == pytest.approx(600 + 50)
    assert link(found, "南の家")["hazard_m"] == pytest.approx(600)
    assert "net.hazard_some" in codes(found.findings)


def test_widths_that_nobody_knows_are_not_assessed():
    unknown = [row | {"width_m": np.nan} for row in ROADS]
    found = connect(atlas(village(road=roads(unknown))))
    assert found.links["narrow_m"].isna().all()
    assert "net.width_unknown" in codes(found.findings)


def test_unreached_and_off_the_road_are_rows_without_minutes_and_findings():
    island = {"id": "r7", "line": [(0, 9000), (100, 9000)]}
    hubs = [*HUBS, {"id": "h3", "name": "島", "at": (50, 9000)}, {"id": "h4", "name": "山", "at": (0, 5000)}]
    found = connect(atlas(village(road=roads([*ROADS, island]), hub=places(hubs))))
    for name in ("島", "山"):
        row = link(found, name)
        assert np.isnan(row["minutes"])
        assert np.isnan(row["length_m"])
        assert np.isnan(row["detour_minutes"])
    said = found.findings.set_index("code")
    assert said.loc["net.unreachable", "subject"] == "島"
    assert "net.unreached" not in said.index
    assert said.loc["net.hub_off_road", "subject"] == "山"


@pytest.mark.parametrize("missing", ["road", "hub", "interchange"])
def test_a_missing_layer_leaves_no_rows_and_says_so(missing):
    layers = {name: table for name, table in village().items() if name != missing}
    found = connect(atlas(layers))
    assert found.links.empty
    assert list(found.links.columns) == list(contract("links").names)
    row = found.findings[found.findings["code"] == "net.missing"].iloc[0]
    assert row["layer"] == missing
    assert found.routes.empty


def test_no_interchange_near_is_said_apart_from_a_missing_layer():
    found = connect(atlas(village(interchange=places(INTERCHANGES[3:]))))
    assert found.links.empty
    assert "net.no_interchange" in codes(found.findings)


def test_a_road_through_two_interchanges_may_be_the_expressway():
    through = places([INTERCHANGES[0] | {"at": (10, 5)}, INTERCHANGES[1]])
    found = connect(atlas(village(interchange=through)))
    row = found.findings[found.findings["code"] == "net.maybe_expressway"]
    assert list(row["subject"]) == ["r1"]


def test_the_road_that_may_be_an_expressway_is_told_with_its_file_and_row():
    through = places([INTERCHANGES[0] | {"at": (10, 5)}, INTERCHANGES[1]])
    made = atlas(village(interchange=through))
    ids = made.layers["road"].table["id"].to_numpy(object)
    number, file = np.arange(len(ids)) + 7, np.zeros(len(ids), dtype="int64")
    held = RowPlaces(files=("道路.csv",), ids=ids, file=file, number=number)
    layers = {**made.layers, "road": dataclasses.replace(made.layers["road"], places=held)}
    row = (
        connect(dataclasses.replace(made, layers=layers))
        .findings.set_index("code")
        .loc["net.maybe_expressway"]
    )
    at = f"道路.csv:{number[list(ids).index('r1')]}"
    assert at in row["reason_ja"]
    assert at in row["reason_en"]


def test_hubs_of_one_name_are_told_apart_by_their_id():
    hubs = places([HUBS[0], HUBS[1] | {"name": "交流館"}, {"id": "h3", "name": "", "at": (1750, 500)}])
    found = connect(atlas(village(hub=hubs)))
    assert set(found.links["hub"]) == {"交流館 (h1)", "交流館 (h2)", "h3"}


def test_the_speeds_used_are_listed_with_their_metres():
    rows = [ROADS[0] | {"speed_kmh": 50.0}, *ROADS[1:]]
    used = connect(atlas(village(road=roads(rows)))).used
    own = used[used["from"] == "road"].iloc[0]
    assert (own["road_class"], own["kmh"], own["length_m"]) == ("national", 50.0, pytest.approx(3500))
    assert used["length_m"].sum() == pytest.approx(3500 + 2000 + 2750)


def test_on_foot_the_links_stay_those_by_car():
    walk = connect(atlas(village(), access=AccessOptions(mode="walk")))
    car = connect(atlas(village()))
    pd.testing.assert_frame_equal(walk.links, car.links)
    assert walk.network.forward[0] == pytest.approx(walk.network.length[0] / 80)


def test_row_order_changes_no_byte():
    one = connect(atlas(village()))
    turned = {name: table.iloc[::-1].reset_index(drop=True) for name, table in village().items()}
    two = connect(atlas(turned))
    pd.testing.assert_frame_equal(one.links, two.links, check_exact=True)
    pd.testing.assert_frame_equal(one.findings, two.findings, check_exact=True)
    assert one.routes.to_wkb().equals(two.routes.to_wkb())


def test_chains_run_from_junction_to_junction():
    rows = [
        {"id": "a", "line": [(0, 0), (100, 0)]},
        {"id": "b", "line": [(100, 0), (200, 0)]},
        {"id": "c", "line": [(200, 0), (300, 0)]},
        {"id": "d", "line": [(200, 0), (200, 100)]},
    ]
    network = made(rows)
    label = dict(zip(network.road, chains(network, stops=np.array([], dtype=int)), strict=True))
    assert label[0] == label[1]
    assert len({label[0], label[2], label[3]}) == 3
    middle = int(np.flatnonzero(network.x == 100)[0])
    stopped = dict(zip(network.road, chains(network, stops=np.array([middle])), strict=True))
    assert stopped[0] != stopped[1]


def test_metres_inside_nothing_are_zero():
    line = np.array([shapely.LineString([(0, 0), (10, 0)])], dtype=object)
    assert metres_inside(line, np.empty(0, dtype=object)) == pytest.approx([0])


EDGES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5), st.integers(0, 5)),
    min_size=3,
    max_size=12,
)


@given(EDGES)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_detours_are_those_of_cutting_each_chain_in_turn(edges):
    lines = [((a * 100, b * 100), (c * 100, d * 100)) for a, b, c, d in edges if (a, b) != (c, d)]
    if not lines:
        return
    table = roads([{"id": f"r{k:02d}", "line": list(line)} for k, line in enumerate(lines)])
    hub, gate = lines[0][0], lines[-1][1]
    found = connect(
        atlas(
            {
                "road": table,
                "hub": places([{"id": "h", "at": hub}]),
                "interchange": places([INTERCHANGES[0] | {"at": gate}]),
            }
        )
    )
    row = found.links[found.links["direction"] == "to_hub"].iloc[0]
    plain = build(table, speeds=SPEEDS).network
    both = attach(plain, snap(plain, shapely.points([gate, hub]), limit_m=1.0))
    network, source, target = both.network, *map(int, both.node)
    chain = chains(network, stops=np.array([source, target]))
    multi = nx.MultiGraph()
    multi.add_nodes_from(range(len(network.x)))
    for edge, (a, b) in enumerate(zip(network.tail, network.head, strict=True)):
        multi.add_edge(int(a), int(b), weight=network.forward[edge], chain=chain[edge])

    def best(cut):
        kept = [(a, b, key) for a, b, key, label in multi.edges(keys=True, data="chain") if label != cut]
        left = multi.edge_subgraph(kept)
        if source not in left or target not in left or not nx.has_path(left, source, target):
            return 0.0 if source == target else np.inf
        return nx.dijkstra_path_length(left, source, target)

    whole = best(None)
    if np.isinf(whole):
        assert np.isnan(row["minutes"])
        return
    assert row["minutes"] == pytest.approx(whole)
    worst = max([whole, *(best(cut) for cut in np.unique(chain))])
    assert (
        np.isnan(row["detour_minutes"]) if np.isinf(worst) else row["detour_minutes"] == pytest.approx(worst)
    )


def test_the_nearest_of_several_sources_is_the_smallest_row():
    network = made(ROADS)
    arcs = graph(network)
    sources = np.array([0, 3])
    assert np.allclose(nearest(arcs, sources), times(arcs, sources).min(axis=0))
    assert np.isinf(nearest(arcs, np.array([], dtype=int))).all()
    assert times(arcs, np.array([], dtype=int)).shape == (0, len(network.x))
