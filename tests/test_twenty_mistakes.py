"""The twenty mistakes of a naive implementation, each tried on the real thing: check, files read, roads, outputs.

The numbers are those of the list in the issue on the law; each test's name tells the mistake that must not be made.
"""

import csv
import datetime as dt
import sqlite3
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import village_roads
from deep_bytes import contents
from deep_bytes import told as words_in
from village import on_disk, village

from gisplan.access import measure
from gisplan.core.errors import ConfigurationError, InputError
from gisplan.core.options import AccessOptions
from gisplan.core.tables import contract, findings
from gisplan.core.words import LayerEntry, Plan
from gisplan.law.check import check
from gisplan.law.houses import ALL, count_houses
from gisplan.law.rule import read_rule
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.layers.load import load
from gisplan.network import connect
from gisplan.overlay.near import near
from gisplan.overlay.share import disjoint, shares
from gisplan.plan.read import read_plan
from gisplan.plan.run import Request, run

CATALOGUE = read_catalogue(packaged_folder())
ZONES, WIDTH, DAY = village.ZONES, village.WIDTH, village.DAY
SPECIAL, ORDINARY, UNKNOWN = "special_provision_permit", "ordinary_permit", "cannot_tell"
FREE, WITHIN = "by_right", "by_right_within_limits"
TOWN = shapely.box(-2_000, -1_000, 3_000, 2_000)


def checked(*lots, **changes):
    """Return the check of the village with these lots."""
    site = {"site": village.frame(lots)} if lots else {}
    return check(village.atlas(**site, **changes))


def judged(*lots, **changes):
    """Return the verdicts on lots of the village, by id."""
    found = checked(*lots, **changes).verdicts
    return found[found["layer"] == "site"].set_index("id")


def codes(found):
    return set(found.findings["code"])


def read(folder, **layers):
    """Return the atlas of files, each a table written as it is, on the plane of the village."""
    entries = []
    tables = {
        "municipality": gpd.GeoDataFrame({"code": ["22999"]}, geometry=[TOWN], crs=village.CRS)
    } | layers
    for line, (name, table) in enumerate(tables.items(), start=5):
        table.to_file(folder / f"{name}.gpkg", engine="pyogrio")
        entries.append(LayerEntry(layer=name, line=line, path=(f"{name}.gpkg",)))
    plan = Plan(
        title="村", municipality=("22999",), date=DAY, crs=village.CRS, folder=folder, file="plan.toml",
        layers=tuple(entries),
    )  # fmt: skip
    return load(plan, catalogue=CATALOGUE, cache=folder / "cache")


def zone_file(**columns):
    """Return a zone file with squares of 100 m side by side, outside every promotion area."""
    count = len(next(iter(columns.values())))
    squares = [shapely.box(100 * n, 200, 100 * n + 100, 300) for n in range(count)]
    return gpd.GeoDataFrame(columns, geometry=squares, crs=village.CRS)


def offices_on(atlas):
    """Return the verdict on an office in the middle of every zone of an atlas, from the west."""
    spots = gpd.GeoDataFrame(
        {
            "id": [f"{n:02d}" for n in range(len(atlas.table("zone")))],
            "name": "",
            "use": "office_coworking",
            "floor_area": 100.0,
            "storey": pd.array([1] * len(atlas.table("zone")), dtype="Int64"),
        },
        geometry=[shapely.box(100 * n + 40, 240, 100 * n + 60, 260) for n in range(len(atlas.table("zone")))],
        crs=village.CRS,
    )
    spare = village.atlas(without=["zone", "hub"], site=spots)
    return check(replace(spare, layers={**spare.layers, "zone": atlas.layers["zone"]})).verdicts


def test_01_coworking_taken_as_free_in_the_four_zones_once_a_plan_exists():
    found = judged(*(village.lot(100 * n + 20, 20, floor_area=2000.0) for n in range(4)))
    assert (found["verdict"] == SPECIAL).all()
    for word in ("申請できる", "個別の許可", "公開による意見の聴取", "建築審査会の同意"):
        assert found["reason_ja"].str.contains(word).all()
    for article in ("広域的地域活性化基盤整備法24条", "建築基準法48条15項"):
        assert found["articles"].str.contains(article).all()


def test_02_rural_residential_or_first_residential_zones_taken_as_covered():
    lots = [village.lot(100 * n + 20, 20, floor_area=90_000.0) for n in range(13)]
    found = judged(*lots).set_index("zone")["verdict"]
    assert list(found.index[found == SPECIAL]) == list(ZONES[:4])
    assert found["田園住居地域"] == found["第一種住居地域"] == ORDINARY
    provision = checked(*lots).provision.query("covered_ha > 0")
    assert set(provision["zone"]) == set(ZONES[:4])


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({}, SPECIAL),
        ({"use_exception": False}, ORDINARY),
        ({"use_exception": None}, UNKNOWN),
        ({"consented_on": None}, UNKNOWN),
        ({"consented_on": DAY + dt.timedelta(days=1)}, ORDINARY),
        ({"published_on": None}, UNKNOWN),
        ({"published_on": DAY + dt.timedelta(days=1)}, ORDINARY),
        ({"published_on": DAY}, SPECIAL),
    ],
)
def test_03_requirements_consent_and_publication_not_asked_for(facts, verdict):
    areas = village.areas(**facts)
    assert judged(village.lot(20, 20), promotion_area=areas).loc["001", "verdict"] == verdict


def test_04_offices_taken_as_forbidden_in_the_second_mid_and_high_rise_zone():
    sizes = ((1500.0, 2), (1500.1, 2), (1500.0, 3))
    lots = [village.lot(320, 220, floor_area=area, storey=storey) for area, storey in sizes]
    assert list(judged(*lots)["verdict"]) == [WITHIN, ORDINARY, ORDINARY]
    assert judged(lots[0]).loc["001", ["max_floor_area", "max_storey"]].tolist() == [1500.0, 2]


def test_05_the_combined_dwelling_hidden_as_the_only_way_without_a_permit():
    office = village.lot(20, 220, floor_area=50.0, storey=1)
    found = judged(
        office,
        office | {"use": "dwelling_with_office", "dwelling_area": 50.0},
        office | {"use": "dwelling_with_office", "dwelling_area": 80.0, "floor_area": 50.1},
        office | {"building": "棟"},
        office | {"building": "棟", "use": "dwelling"},
    )
    assert list(found["verdict"]) == [ORDINARY, WITHIN, ORDINARY, WITHIN, FREE]
    assert "兼用住宅であれば、許可なく建築できる" in found.loc["001", "reason_ja"]


def test_06_codes_of_a29_read_as_youto_id(tmp_path):
    ksj, other = tmp_path / "ksj", tmp_path / "other"
    ksj.mkdir()
    other.mkdir()
    numbers = [1, 8, 9, 12]
    first = offices_on(read(ksj, zone=zone_file(A29_004=numbers)))
    second = offices_on(read(other, zone=zone_file(youto_id=numbers)))
    assert list(first["zone"]) == [
        "第一種低層住居専用地域", "近隣商業地域", "商業地域", "工業専用地域",
    ]  # fmt: skip
    assert list(second["zone"]) == [
        "第一種低層住居専用地域", "田園住居地域", "近隣商業地域", "工業地域",
    ]  # fmt: skip
    assert list(first["verdict"]) == [ORDINARY, FREE, FREE, FREE]
    assert list(second["verdict"]) == [ORDINARY, ORDINARY, FREE, FREE]
    rural = tmp_path / "rural"
    rural.mkdir()
    assert list(read(rural, zone=zone_file(A29_004=[21])).table("zone")["zone"]) == ["田園住居地域"]


def test_07_zone_names_compared_as_they_are_written(tmp_path):
    names = [
        "第一種低層住居専用地域",
        "第１種低層住居専用地域",
        "第1種低層住居専用地域",
        "第一種低層住専",
        "１低専",
    ]
    atlas = read(tmp_path, zone=zone_file(用途地域=names))
    assert set(atlas.table("zone")["zone"]) == {"第一種低層住居専用地域"}
    assert set(offices_on(atlas)["verdict"]) == {ORDINARY}


def test_08_a_lot_judged_by_its_centroid_and_its_ratios_by_the_majority():
    # An L of 1,000 m²: its centroid lies in zone 2, 52 % of it in zone 1.
    shape = shapely.union_all([village.box(94.8, 210, 100, 310), village.box(100, 210, 148, 220)])
    zone = village.zones().assign(floor_area_ratio=np.nan, building_coverage=np.nan)
    zone.loc[:1, ["floor_area_ratio", "building_coverage"]] = [[100.0, 50.0], [200.0, 60.0]]
    zone.loc[0, "geometry"] = village.box(0, 0, 100, 400)
    row = judged({"geometry": shape, "use": "office_coworking"}, zone=zone).loc["001"]
    assert shape.centroid.x > 100
    assert (row["zone"], row["zone_share"]) == (ZONES[0], pytest.approx(0.52))
    assert row["floor_area_ratio"] == pytest.approx(0.52 * 100 + 0.48 * 200)
    assert row["building_coverage"] == pytest.approx(0.52 * 50 + 0.48 * 60)


def test_09_land_without_a_zone_polygon_taken_as_free():
    lots = [village.lot(20, y) for y in (320, 420, 520, 120)]
    found = judged(*lots, zone=village.zones().iloc[1:])["verdict"]
    assert list(found) == ["urbanization_control_area", FREE, "outside_city_planning_area", UNKNOWN]
    bare = judged(*lots, zone=village.zones().iloc[1:], without=["area_division", "city_planning_area"])
    assert set(bare["verdict"]) == {UNKNOWN}


def test_10_the_control_area_forgotten_both_its_consultation_and_its_consideration():
    areas = village.areas(geometry=village.box(0, 0, WIDTH, 400)).iloc[:1]
    lots = [village.lot(20, 320, work=work) for work in ("change", "new")]
    found = checked(*lots, promotion_area=areas)
    sites = found.verdicts.query("layer == 'site'")
    assert set(sites["verdict"]) == {"urbanization_control_area"}
    assert list(sites["articles"].str.contains("26条")) == [True, False]
    consulted = found.findings.query("code == 'law.consultation'").iloc[0]
    assert consulted["articles"] == "広域的地域活性化基盤整備法22条11項"
    assert "13.0 ha" in consulted["reason_ja"]


def test_11_nesting_hubs_joint_plans_and_multipart_areas_not_looked_at():
    parts = shapely.union_all([village.box(0, 0, 100, 100), village.box(300, 0, 400, 100)])
    towns = village.frame(
        [
            {"code": "22901", "name": "西町", "geometry": village.box(0, 0, 200, 600)},
            {"code": "22902", "name": "東町", "geometry": village.box(200, 0, WIDTH, 600)},
        ]
    )
    inside = checked(
        village.lot(20, 20), village.lot(320, 20, floor_area=2000.0), village.lot(220, 20),
        promotion_area=village.areas(geometry=parts).iloc[:1], municipality=towns,
    )  # fmt: skip
    assert list(inside.verdicts.query("layer == 'site'")["verdict"]) == [SPECIAL, SPECIAL, ORDINARY]
    assert inside.nesting[["municipality", "parts", "verdict"]].to_numpy().tolist() == [
        ["西町、東町", 2, "inside"]
    ]
    beyond = checked(promotion_area=village.areas(geometry=village.box(0, 0, WIDTH, 280)).iloc[:1])
    assert list(beyond.nesting["verdict"]) == ["outside"]
    assert {"law.nesting"} <= codes(beyond)
    hubless = checked(hub=village.frame([{"geometry": shapely.Point(950, 290)}]))
    assert "law.priority_without_hub" in codes(hubless)


@pytest.mark.parametrize(("north", "verdict", "code"), [
    (250.9, "inside", "law.nesting_sliver"), (252.0, "outside", "law.nesting"),
])  # fmt: skip
def test_12_exact_within_at_borders_of_other_scales(north, verdict, code):
    found = checked(promotion_area=village.areas(geometry=village.box(0, 0, WIDTH, north)).iloc[:1])
    assert list(found.nesting["verdict"]) == [verdict]
    row = found.findings.set_index("code").loc[code]
    assert f"{(north - 250) * WIDTH:,.1f}" in row["reason_ja"]


def test_12_areas_measured_in_degrees_or_on_the_web_map(tmp_path):
    degrees = village.zones().to_crs(4326)
    with pytest.raises(InputError, match=r"crs\.area"):
        disjoint(degrees)
    with pytest.raises(InputError, match=r"crs\.mismatch"):
        shares(village.frame([village.lot(20, 20)]), degrees)
    plan = tmp_path / "plan.toml"
    for code in (4326, 3857):
        plan.write_text(f'{on_disk.PLAN}crs = "EPSG:{code}"\n', "utf-8")
        with pytest.raises(ConfigurationError) as raised:
            read_plan(plan, catalogue=CATALOGUE)
        assert "config.not_plane" in {problem.code for problem in raised.value.problems}
    # A file in such a system is moved first: its hectare is a hectare.
    square = gpd.GeoDataFrame(
        {"用途地域": ["商業地域"]}, geometry=[village.box(0, 0, 100, 100)], crs=village.CRS
    )
    atlas = read(tmp_path, zone=square.to_crs(3857))
    assert square.to_crs(3857).area.iloc[0] > 12_000
    assert atlas.table("zone").area.iloc[0] == pytest.approx(10_000, rel=1e-6)
    assert atlas.table("zone").crs.to_epsg() == village.CRS


def test_13_expressways_and_municipal_roads_taken_as_eligible_and_class_as_manager():
    good = {"road_class": "prefectural", "builder": "prefecture", "kind": "improve", "named_in_plan": True}
    line = shapely.LineString([(0, 50), (500, 50)])
    rows = [
        good,
        good | {"road_class": "national"},
        good | {"road_class": "expressway"},
        good | {"road_class": "municipal"},
        good | {"road_class": "national", "builder": "nation"},
        good | {"road_class": "national", "builder": None},
    ]
    built = village.atlas(road_project=village.frame([row | {"geometry": line} for row in rows]))
    table = check(replace(built, catalogue=CATALOGUE)).programmes
    own = table[(table["layer"] == "road_project") & (table["programme"] == "wide_area_link")]
    assert list(own["verdict"]) == ["fits", "fits", *["does_not_fit"] * 3, UNKNOWN]
    # The link tells metres by legal class, and who manages them is another column.
    assert {"expressway_m", "national_m", "prefectural_m", "municipal_m"} <= {
        column.name for column in contract("links").columns
    }


def test_13_the_hubs_clipped_to_the_promotion_area_for_every_programme():
    facts = {"applicant": "municipality", "named_in_plan": True, "use": "office_coworking"}
    spots = (shapely.Point(950, 50), shapely.Point(950, 230))
    hubs = village.frame([facts | {"geometry": spot} for spot in spots])
    table = check(replace(village.atlas(hub=hubs), catalogue=CATALOGUE)).programmes
    found = table[table["layer"] == "hub"].set_index(["programme", "id"])["verdict"]
    assert list(found["telework_hub"]) == ["fits", "does_not_fit"]
    assert list(found["wide_area_link"]) == ["fits", "fits"]


def test_14_routes_to_junctions_and_closed_joints():
    found = connect(village_roads.atlas(village_roads.village()))
    # The junction and the closed interchange are nearer to the road than the one in use.
    assert set(found.links["interchange"]) == {"村"}
    only = village_roads.places([row for row in village_roads.INTERCHANGES if row["id"] in {"i2", "i3"}])
    assert connect(village_roads.atlas(village_roads.village(interchange=only))).links.empty


def test_14_the_motorway_of_openstreetmap_read_as_the_legal_class_in_silence(tmp_path):
    roads = gpd.GeoDataFrame(
        {"highway": ["motorway", "trunk", "residential"]},
        geometry=[shapely.LineString([(0, y), (500, y)]) for y in (0, 50, 100)],
        crs=village.CRS,
    )
    found = read(tmp_path, road=roads).findings.set_index("code")
    row = found.loc["code.custom"]
    assert "highway" in row["reason_ja"]
    assert "OpenStreetMap の highway は法律上の道路種別ではありません" in row["do_ja"]


def test_15_a_network_without_one_way_information_taken_as_directed():
    found = connect(village_roads.atlas(village_roads.village()))
    assert "net.oneway_unknown" in village_roads.codes(found.findings)
    there = found.links.pivot_table(index=["hub", "interchange"], columns="direction", values="minutes")
    assert there["to_hub"].to_numpy() == pytest.approx(there["to_interchange"].to_numpy())
    one_way = [row | {"oneway": 1} for row in village_roads.ROADS]
    told = connect(village_roads.atlas(village_roads.village(road=village_roads.roads(one_way))))
    assert "net.oneway_unknown" not in village_roads.codes(told.findings)


def test_15_a_hub_snapped_to_the_ramp_or_the_expressway():
    ramp = {"id": "r9", "line": [(0, -200), (0, 0)], "ramp": True, "road_class": "expressway"}
    main = {"id": "r8", "line": [(-500, -200), (500, -200)], "road_class": "expressway"}
    roads = village_roads.roads([*village_roads.ROADS, ramp, main])
    hub = village_roads.places([{"id": "h9", "name": "料金所前", "at": (10, -90)}])
    links = connect(village_roads.atlas(village_roads.village(road=roads, hub=hub))).links
    # 10 m from the ramp, 90 m from the street.
    assert links["snap_hub_m"].tolist() == pytest.approx([90.0] * len(links))


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Return the folder of the village's outputs for the public, houses judged one by one."""
    folder = tmp_path_factory.mktemp("village")
    out = folder / "out"
    run(Request(plan=on_disk.build(folder), out=out, audience="public", houses=True))
    return out


def test_16_a_published_map_that_holds_houses_without_consent(published):
    closed = set(on_disk.HOUSES) - set(on_disk.OPEN_HOUSES)
    for name, content in contents(published):
        assert words_in(content, [*closed, "秘密"]) == set(), name
    page = (published / "map.html").read_text("utf-8")
    assert all(house in page for house in on_disk.OPEN_HOUSES)
    for house in on_disk.listed([{"at": (230, 140)}, {"at": (330, 140)}]).itertuples():
        assert f"{house.経度:.6f}" not in page
    with sqlite3.connect(published / "layers.gpkg") as file:
        assert file.execute("SELECT count(*) FROM vacant_house").fetchone() == (len(on_disk.OPEN_HOUSES),)
    with (published / "tables" / "verdicts.csv").open(encoding="utf-8-sig", newline="") as table:
        told = {row["id"] for row in csv.DictReader(table) if row["layer"] == "vacant_house"}
    assert told == set(on_disk.OPEN_HOUSES)


def test_17_survey_ledger_and_bank_counts_added_up():
    spots = {"S1": ("survey", 10), "L1": ("ledger", 50), "B1": ("bank", 51), "B2": ("bank", 90)}
    rows = [
        {
            "id": key,
            "source": source,
            "consent": None,
            "address": "",
            "owner_kind": "",
            "geometry": shapely.Point(x, 50),
        }
        for key, (source, x) in spots.items()
    ]
    houses = village.frame(rows)
    houses["consent"] = houses["consent"].astype("boolean")
    areas = {"promotion_area": village.areas(geometry=village.box(0, 0, 100, 100)).iloc[:1]}
    survey = pd.DataFrame({"id": ["22999"], "name": ["村"], "vacant_dwellings": [1230], "year": [2023]})
    counted = count_houses(houses, areas, survey, rule=read_rule("houses"), day=DAY)
    table = counted.counts.set_index("source")
    assert table.loc[["survey", "ledger", "bank"], "records"].tolist() == [1, 1, 2]
    # L1 and B1 are one house; over all sources only houses are counted, and no records.
    assert table.loc[ALL, "houses"] == 3
    assert pd.isna(table.loc[ALL, "records"])
    assert 1230 not in set(counted.counts["records"].dropna())
    assert "house.survey_beside" in set(findings(counted.doubts)["code"])


def test_18_the_areas_of_two_acts_taken_as_one():
    facts = {
        "name": "活用区域",
        "use_exception": True,
        "published_on": dt.date(2026, 6, 30),
        "use_consented_on": dt.date(2026, 6, 1),
    }
    utilization = village.frame([facts | {"geometry": village.box(0, 0, WIDTH, 100)}])
    lots = [village.lot(100 * n + 20, 20, floor_area=90_000.0) for n in range(13)]
    alone = judged(*lots, without=["promotion_area"])["verdict"]
    with_other = judged(*lots, without=["promotion_area"], vacant_house_utilization_area=utilization)
    assert (with_other["verdict"] == alone).all()
    assert SPECIAL not in set(alone)
    both = judged(*lots, vacant_house_utilization_area=utilization)
    without = judged(*lots)
    assert (both["verdict"] == without["verdict"]).all()
    assert not both["promotion_area"].str.contains("活用区域").any()
    assert both["relief_ja"].str.contains("活用区域").all(), "in all thirteen zones"
    assert (without["relief_ja"] == "").all()
    covered, relieved = read_rule("coworking"), read_rule("utilization")
    assert (len(covered.value("zones", day=DAY)), len(relieved.value("zones", day=DAY))) == (4, 13)


def test_19_a_circle_of_800_metres_called_ten_minutes_on_foot():
    # The shop stands 600 m away across the river; along the road it is 1,800 m: 22.5 minutes, not ten.
    road = village_roads.roads([{"id": "r1", "line": [(0, 0), (0, 600), (600, 600), (600, 0)]}])
    listed = {"source": "survey", "consent": None, "address": "", "owner_kind": ""}
    house = village_roads.places([{"id": "v1", "at": (0, 0)} | listed])
    shop = village_roads.places([{"id": "s1", "at": (600, 0)}])
    options = AccessOptions(mode="walk", minutes=(10.0,), origins=("vacant_house",), destinations=("shop",))
    held = village_roads.atlas({"road": road, "vacant_house": house, "shop": shop}, access=options)
    found = measure(held, connect(held))
    minutes = found.access.query("measure == 'nearest_1'")["value"].iloc[0]
    assert minutes == pytest.approx(1800 / 80)
    assert found.coverage.loc[0, ["within", "unreached"]].tolist() == [0, 0]
    straight = near(house, shop)
    assert straight["distance_m"].tolist() == [600.0]
    assert "minutes" not in straight, "a straight line is a distance and never minutes"
    assert set(found.coverage["minutes"]) == {10.0}


def test_20_a_trial_stay_always_or_never_lodging_and_industrial_zones_open_to_hotels():
    uses = ("trial_lodging", "trial_lease", "registered_minpaku_house")
    places = {"第一種低層住居専用地域": 20, "商業地域": 920, "工業地域": 1120, "工業専用地域": 1220}
    found = judged(*(village.lot(x, 220, use=use) for x in places.values() for use in uses))
    assert list(found["verdict"]) == [
        *(ORDINARY, FREE, WITHIN),
        *(FREE, FREE, WITHIN),
        *(ORDINARY, FREE, WITHIN),
        *(ORDINARY, ORDINARY, ORDINARY),
    ]
    assert found.loc["001", "caution_ja"].startswith("要確認：旅館業として判定した")
    assert "旅館業に当たらないか" in found.loc["002", "caution_ja"]


def test_20_an_answer_without_to_confirm_articles_or_the_year_of_the_data():
    lots = [
        village.lot(100 * n + 20, y, floor_area=100.0, storey=1) for n in range(13) for y in (20, 220, 320)
    ]
    found = judged(*lots)
    for word in ("要確認", "特別用途地区", "条例"):
        assert found["caution_ja"].str.contains(word).all()
    assert "駅前地区" in found.loc["028", "caution_ja"], "the district plan it lies in is named"
    assert (found.loc[found["verdict"] != UNKNOWN, "articles"] != "").all()
    assert found.loc[found["zone"] != "", "reason_ja"].str.contains("2019年").all()


def test_every_one_of_the_twenty_is_here():
    text = Path(__file__).read_text("utf-8")
    assert [n for n in range(1, 21) if f"def test_{n:02d}_" not in text] == []
