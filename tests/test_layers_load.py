"""Files become layers of one CRS: systems asked for, the municipality tested, every row kept, mended or refused."""

import datetime as dt
import json
from pathlib import Path

import geopandas as gpd
import hypothesis.strategies as st
import numpy as np
import osm_town
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from small_files import refused

from gisplan.core.crs import crs_name
from gisplan.core.errors import ConfigurationError, InputError
from gisplan.core.words import LayerEntry, Plan
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.layers.load import load

CATALOGUE = read_catalogue(packaged_folder())
CRS = 6676
TOWN = shapely.box(-20_000, -120_000, -10_000, -110_000)
"""Ten kilometres square, where Yaizu is, in zone VIII."""


@pytest.fixture
def town(tmp_path):
    """Write the municipality and return a function that writes a layer of polygons or points beside it."""
    write(tmp_path / "town.gpkg", [TOWN], code=["222127"], name=["焼津市"])
    return tmp_path


def write(path, shapes, *, crs=CRS, stated="same", **columns):
    """Write shapes of zone VIII in a system; `stated` is what the file says of it."""
    frame = gpd.GeoDataFrame(columns or {"名称": [""] * len(shapes)}, geometry=list(shapes), crs=CRS).to_crs(
        crs
    )
    if stated != "same":
        frame = frame.set_crs(stated, allow_override=True)
    frame.to_file(path, engine="pyogrio", **({"encoding": "cp932"} if path.suffix == ".shp" else {}))
    return path


def atlas(folder, *, municipality=True, code="22212", **layers):
    entries = {"municipality": {"path": "town.gpkg"}} if municipality else {}
    entries |= layers
    listed = [
        LayerEntry(layer=name, line=number, **(body | {"path": (body["path"],)}))
        for number, (name, body) in enumerate(entries.items(), start=5)
    ]
    plan = Plan(
        title="計画", municipality=(code,), date=dt.date(2026, 11, 1), crs=CRS, folder=folder, file="plan.toml",
        layers=tuple(listed),
    )  # fmt: skip
    return load(plan, catalogue=CATALOGUE, cache=folder / "cache")


def codes(found):
    return set(found.findings["code"])


def boxes(count, *, step=100, size=50):
    return [
        shapely.box(x, -115_000, x + size, -115_000 + size)
        for x in range(-15_000, -15_000 + count * step, step)
    ]


ZONES = {"用途地域": ["商業地域", "工業地域", "準工業地域"]}


# ---- coordinate systems ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("crs", [6676, 6675, 6668, 4326, 2450, 4612, 3857, 32654])
def test_every_system_lands_in_the_plan_s(town, crs):
    write(town / "zone.gpkg", boxes(3), crs=crs, **ZONES)
    found = atlas(town, zone={"path": "zone.gpkg"})
    table = found.layers["zone"].table
    assert table.crs.to_epsg() == CRS
    assert shapely.area(table.geometry.to_numpy()).sum() == pytest.approx(7500, rel=1e-4)
    distances = shapely.distance(shapely.centroid(table.geometry.to_numpy()), shapely.centroid(boxes(3)))
    assert distances.max() < 0.5
    [reading] = found.layers["zone"].readings
    assert (reading.crs, reading.crs_how) == (crs_name(crs), "file")
    assert ("crs.jgd2000_same" in codes(found)) == (crs in {2450, 4612})
    assert reading.inside == 1


def test_the_old_datum_is_moved_and_its_accuracy_said(town):
    """The published point of Tokyo Datum and of JGD2000 lie 450 m apart; three parameters are good to metres."""
    write(town / "zone.gpkg", boxes(3), crs=30168, **ZONES)
    found = atlas(town, zone={"path": "zone.gpkg"})
    assert "crs.tokyo_datum" in codes(found)
    moved = shapely.distance(found.layers["zone"].table.geometry.iloc[0], shapely.Point(-15_000, -115_000))
    assert moved < 0.5


def test_a_file_without_a_system_is_asked_for_with_candidates(town):
    write(town / "zone.shp", boxes(3), **ZONES).with_suffix(".prj").unlink()
    with refused("crs.missing", place="zone.shp") as problems:
        atlas(town, zone={"path": "zone.shp"})
    for text in (problems[0].cure.ja, problems[0].cure.en):
        assert "EPSG:6676" in text
        assert "100.0%" in text
    found = atlas(town, zone={"path": "zone.shp", "crs": "EPSG:6676"})
    assert found.layers["zone"].readings[0].crs_how == "plan.toml"


def test_a_description_that_cannot_be_read_is_asked_for_as_well(town):
    write(town / "zone.shp", boxes(3), **ZONES).with_suffix(".prj").write_text('PROJCS["JGD_2011",JUNK')
    with refused("crs.unreadable", place="zone.shp") as problems:
        atlas(town, zone={"path": "zone.shp"})
    assert "EPSG:6676" in problems[0].cure.ja


def test_without_a_municipality_there_are_no_candidates(town):
    write(town / "zone.shp", boxes(3), **ZONES).with_suffix(".prj").unlink()
    with refused("crs.missing"):
        atlas(town, municipality=False, zone={"path": "zone.shp"})


def test_metres_in_a_list_are_asked_for(town):
    (town / "shop.csv").write_text("番号,X座標,Y座標\n1,-115000,-15000\n", "utf-8")
    with refused("crs.missing", place="shop.csv") as problems:
        atlas(town, shop={"path": "shop.csv"})
    assert "EPSG:6676" in problems[0].cure.en
    table = atlas(town, shop={"path": "shop.csv", "crs": "EPSG:6676"}).layers["shop"].table
    assert table.geometry.iloc[0].coords[0] == (-15_000, -115_000)


def test_a_system_that_does_not_exist_is_refused_by_its_line(town):
    write(town / "zone.gpkg", boxes(3), **ZONES)
    with refused("crs.unknown", place="plan.toml:6 [layers.zone]"):
        atlas(town, zone={"path": "zone.gpkg", "crs": "EPSG:99999"})


def test_a_system_that_overrides_the_file_s_is_a_finding(town):
    write(town / "zone.gpkg", boxes(3), stated=6675, **ZONES)
    found = atlas(town, zone={"path": "zone.gpkg", "crs": "EPSG:6676"})
    row = found.findings.set_index("code").loc["crs.overridden"]
    assert "EPSG:6675" in row["reason_ja"]
    assert "EPSG:6676" in row["reason_en"]


# ---- where a layer lies ------------------------------------------------------------------------------------


@pytest.mark.parametrize("stated", [6675, 6677, 6670])
def test_a_wrong_zone_is_told_and_the_right_one_named(town, stated):
    write(town / "zone.gpkg", boxes(3), stated=stated, **ZONES)
    with refused("crs.outside", place="zone.gpkg") as problems:
        atlas(town, zone={"path": "zone.gpkg"})
    for text in (problems[0].what.ja, problems[0].what.en):
        assert "EPSG:6676" in text
        assert f"EPSG:{stated}" in text
        assert "焼津市" in text
        assert "100.0%" in text


def test_exchanged_axes_are_told(town):
    swapped = [shapely.transform(box, lambda points: points[:, ::-1]) for box in boxes(3)]
    write(town / "zone.gpkg", swapped, **ZONES)
    with refused("crs.xy_swap", place="zone.gpkg") as problems:
        atlas(town, zone={"path": "zone.gpkg"})
    assert "EPSG:6676)（XYを入れ替え" in problems[0].what.ja
    assert "axes swapped" in problems[0].what.en
    assert 'に axes = "yx" と' in problems[0].cure.ja
    found = atlas(town, zone={"path": "zone.gpkg", "axes": "yx"})
    placed = found.layers["zone"].table.sort_values("zone").geometry.to_numpy()
    assert shapely.union_all(placed).equals(shapely.union_all(boxes(3)))
    assert "crs.exchanged" in codes(found)


def test_another_municipality_s_file_is_told(town):
    away = [shapely.transform(box, lambda points: np.add(points, (60_000, 70_000))) for box in boxes(3)]
    write(town / "zone.gpkg", away, **ZONES)
    with refused("extent.elsewhere", place="zone.gpkg") as problems:
        atlas(town, zone={"path": "zone.gpkg"})
    assert "焼津市" in problems[0].what.ja


def test_a_layer_that_reaches_far_beyond_is_a_finding(town):
    away = [shapely.transform(box, lambda points: np.add(points, (60_000, 0))) for box in boxes(3)]
    write(town / "zone.gpkg", [*boxes(1), *away], 用途地域=["商業地域"] * 4)
    found = atlas(town, zone={"path": "zone.gpkg"})
    assert "25.0%" in found.findings.set_index("code").loc["extent.partly", "reason_ja"]
    assert len(found.layers["zone"].table) == 4


def test_an_area_that_holds_the_whole_municipality_lies_in_it(town):
    write(town / "city_planning_area.gpkg", [TOWN.buffer(30_000)])
    assert "extent.partly" not in codes(atlas(town, city_planning_area={"path": "city_planning_area.gpkg"}))


def test_a_bridge_over_the_border_lies_in_it(town):
    write(town / "zone.gpkg", [shapely.box(-9_950, -115_000, -9_920, -114_990)], 用途地域=["商業"])
    assert len(atlas(town, zone={"path": "zone.gpkg"}).layers["zone"].table) == 1


@pytest.mark.parametrize("code", ["22212", "222127"])
def test_the_municipality_is_found_with_or_without_its_check_digit(town, code):
    write(
        town / "town.gpkg",
        [TOWN, TOWN.buffer(9_000).difference(TOWN)],
        code=[code, "222143"],
        name=["焼津市", "藤枝市"],
    )
    table = atlas(town).layers["municipality"].table
    assert list(table["name"]) == ["焼津市"]


def test_a_file_of_other_municipalities_is_told_with_what_it_holds(town):
    with refused("extent.no_municipality", place="town.gpkg") as problems:
        atlas(town, code="22214")
    assert "22212" in problems[0].what.ja
    assert "22214" in problems[0].what.en


def test_no_municipality_is_a_finding(town):
    write(town / "zone.gpkg", boxes(3), **ZONES)
    assert "extent.not_tested" in codes(atlas(town, municipality=False, zone={"path": "zone.gpkg"}))


# ---- rows --------------------------------------------------------------------------------------------------


def test_the_problems_of_all_layers_are_told_at_once(town):
    write(town / "zone.gpkg", boxes(3), stated=6675, **ZONES)
    (town / "shop.csv").write_bytes(b"")
    with pytest.raises(InputError) as raised:
        atlas(town, zone={"path": "zone.gpkg"}, shop={"path": "shop.csv"}, hub={"path": "none.csv"})
    assert {(problem.code, problem.place) for problem in raised.value.problems} == {
        ("crs.outside", "zone.gpkg"), ("file.empty", "shop.csv"), ("file.none", "plan.toml:8 [layers.hub]"),
    }  # fmt: skip


def test_an_unknown_layer_is_a_mistake_of_the_plan(town):
    with refused("config.unknown_layer", place="plan.toml:6", error=ConfigurationError, exit_code=3):
        atlas(town, zon={"path": "zone.gpkg"})


def test_a_filter_leaves_rows_out_and_says_how_many(town):
    write(town / "zone.gpkg", boxes(3), **ZONES)
    found = atlas(town, zone={"path": "zone.gpkg", "where": "用途地域 != '商業地域'"})
    assert len(found.layers["zone"].table) == 2
    assert "1 行" in found.findings.set_index("code").loc["layer.where", "reason_ja"]


@pytest.mark.parametrize("name", ["shop.csv", "zone.gpkg"])
def test_an_empty_file_is_not_assessed(town, name):
    (town / "shop.csv").write_text("番号,名称,緯度,経度\n", "utf-8")
    write(town / "zone.gpkg", boxes(0), 用途地域=[])
    layer = name.split(".")[0]
    found = atlas(town, **{layer: {"path": name}})
    assert not found.layers[layer].assessed
    assert found.table(layer) is None
    row = found.findings.set_index("code").loc["data.not_assessed"]
    assert "未評価" in row["reason_ja"]
    assert "not 0" in row["reason_en"]
    assert set(CATALOGUE[layer].fields) <= set(found.layers[layer].table.columns)


def test_a_layer_without_a_file_is_no_table(town):
    assert atlas(town).table("zone") is None


CELLS = st.tuples(
    st.sampled_from([*"123456789", "", "合計"]),
    st.sampled_from(
        ["34.96", "３４．９６", "34.97", "34.98", "34.99", "0", "", "不明", "138.32", "51.5", "34度58分0秒"]
    ),
    st.sampled_from(["138.33", "138.34", "138.35", "138.36", "0", "", "34.96", "-0.1"]),
    st.sampled_from(["120", "1,200", "約100", ""]),
    st.sampled_from(["", ",余り"]),
)


@given(st.lists(CELLS, max_size=9), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_read_are_kept_mended_or_refused(town, rows, chance):
    """Whatever the cells, each row of the list is counted once, and the order of the rows changes nothing."""

    def read(order):
        text = "".join(f"{ident},{north},{east},{area}{rest}\n" for ident, north, east, area, rest in order)
        (town / "hub.csv").write_text("番号,緯度,経度,床面積\n" + text, "utf-8")
        return atlas(town, hub={"path": "hub.csv"})

    wrong = set()
    try:
        found = read(rows)
    except InputError as error:
        # What stops a list altogether: one id for two rows, exchanged headers, not a row in the town.
        stops = {"id.duplicate", "crs.axis_swap", "extent.elsewhere", "crs.outside"}
        wrong = {problem.code for problem in error.problems} - stops
        found = None
    assert not wrong
    if found is None:
        return
    [reading] = found.layers["hub"].readings
    table = found.layers["hub"].table
    assert reading.read == len(rows)
    assert reading.read == reading.kept + reading.mended + reading.refused
    assert reading.kept + reading.mended == len(table)
    assert reading.refused == len(set(found.rejects["row"])) == len(found.rejects)
    assert min(reading.kept, reading.mended, reading.refused) >= 0
    assert table["id"].is_unique
    again = read(chance.sample(rows, len(rows))).layers["hub"].table
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(table))


def test_refused_rows_are_listed_with_reason_and_cure(town):
    (town / "hub.csv").write_text(
        "番号,緯度,経度\n1,34.96,138.34\n2,0,0\n合計,,\n3,34.96,138.34,x\n", "utf-8"
    )
    found = atlas(town, hub={"path": "hub.csv"})
    rejects = found.rejects.set_index("row")
    assert rejects["code"].to_dict() == {3: "coord.missing", 4: "tab.total", 5: "tab.ragged"}
    assert (rejects["layer"] == "hub").all()
    assert (rejects["file"] == "hub.csv").all()
    for column in ("reason_ja", "reason_en", "do_ja", "do_en"):
        assert (rejects[column] != "").all()
    assert "3 行" in found.findings.set_index("code").loc["layer.refused", "reason_ja"]


def test_a_mesh_of_one_cell_is_a_layer(town):
    (town / "mesh.csv").write_text('KEY_CODE,人口\n5238224522.0,"1,234"\n5238224523,*\n52382,5\n', "utf-8")
    found = atlas(town, municipality=False, population={"path": "mesh.csv"})
    table = found.layers["population"].table.set_index("id")
    assert table["people"].to_dict() == {
        "5238224522": 1234.0,
        "5238224523": pytest.approx(np.nan, nan_ok=True),
    }
    assert shapely.area(table.geometry.to_numpy()) == pytest.approx([231.3 * 285.8] * 2, rel=0.01)
    assert list(found.rejects["code"]) == ["code.mesh"]
    [reading] = found.layers["population"].readings
    assert (reading.read, reading.kept, reading.mended, reading.refused) == (3, 1, 1, 1)


def test_paths_and_patterns(town):
    for folder in ("都市計画図_商業", "都市計画図_工業"):
        (town / folder).mkdir()
        write(
            town / folder / "a.gpkg",
            boxes(2) if "商" in folder else boxes(3)[2:],
            用途=[None] * (2 if "商" in folder else 1),
        )
    found = atlas(
        town, zone={"path": "都市計画図_*/*.gpkg", "columns": {"zone": "用途"}, "fill": {"zone": "商業地域"}}
    )
    assert [Path(reading.file).parent.name for reading in found.layers["zone"].readings] == [
        "都市計画図_商業",
        "都市計画図_工業",
    ]
    assert [reading.read for reading in found.layers["zone"].readings] == [2, 1]
    assert len(found.layers["zone"].table) == 3
    assert "layer.filled" in codes(found)
    with refused("file.none", place="plan.toml:6"):
        atlas(town, zone={"path": "都市計画図_*/*.shp"})


def osm_atlas(folder, **more):
    """Return an atlas with the small town of OpenStreetMap as its roads."""
    osm_town.write_osm(folder / "town.osm.pbf")
    return atlas(folder, road={"path": "town.osm.pbf"} | more)


def test_roads_of_openstreetmap_keep_their_class_passage_speed_and_credit(town):
    found = osm_atlas(town)
    road = found.layers["road"]
    rows = road.table.set_index("id")
    assert rows["road_class"].to_dict() == {
        "way/100": "municipal", "way/101": "national", "way/102": "municipal", "way/103": "other",
        "way/104": "expressway", "way/105": "other", "way/106": "other", "way/107": "other",
    }  # fmt: skip
    assert rows["passage"].to_dict() == {
        "way/100": "all", "way/101": "all", "way/102": "all", "way/103": "foot", "way/104": "car",
        "way/105": "closed", "way/106": "closed", "way/107": "all",
    }  # fmt: skip
    assert rows.loc["way/100", ["oneway", "speed_kmh"]].to_list() == [-1, 30.0]
    assert rows.loc["way/107", ["ferry", "minutes"]].to_list() == [True, 25.0]
    assert rows["ramp"].sum() == 1
    assert np.isnan(rows.loc["way/101", "speed_kmh"])
    source = road.spec.source
    assert (source.credit.ja, source.licence) == ("© OpenStreetMap contributors", "ODbL 1.0")
    assert source.share_alike
    assert {"osm.credit", "net.speed", "code.custom"} <= codes(found)
    assert "layer.credit_assumed" not in set(found.findings.loc[found.findings["layer"] == "road", "code"])
    assert CATALOGUE["road"].source.credit.ja != source.credit.ja


def test_a_credit_of_the_plan_stands_beside_that_of_openstreetmap(town):
    source = osm_atlas(town, credit="焼津市 2026年").layers["road"].spec.source
    assert source.credit.ja == "焼津市 2026年；© OpenStreetMap contributors"
    assert source.licence.endswith("ODbL 1.0")
    own = "OpenStreetMap（2026年4月）"
    assert osm_atlas(town, credit=own).layers["road"].spec.source.credit.ja == own


def test_facilities_of_openstreetmap_are_points_once_each_by_choice(town):
    osm_town.write_osm(town / "town.osm.pbf")
    found = atlas(town, medical={"path": "town.osm.pbf"})
    assert found.table("medical")["kind"].to_list() == ["hospital", "clinic", "hospital"]
    assert "osm.twice" in codes(found)
    once = atlas(town, medical={"path": "town.osm.pbf", "where": "osm_twice != 'true'"})
    assert once.table("medical")["id"].to_list() == ["relation/200", "way/110"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("焼津IC", "full"), ("大井川焼津藤枝スマートIC", "smart"), ("新静岡JCT", "junction"), ("東口", "other")],
)
def test_the_name_of_a_joint_of_openstreetmap_tells_its_kind(town, name, kind):
    node = {
        "type": "node",
        "id": 1,
        "lat": 34.96,
        "lon": 138.32,
        "tags": {"highway": "motorway_junction", "name": name},
    }
    osm_town.write_overpass(town / "ic.json", [node])
    found = atlas(town, interchange={"path": "ic.json"})
    assert found.table("interchange")["kind"].to_list() == [kind]
    assert ("code.assumed" in codes(found)) == (kind == "other")


def test_speed_limits_of_a_geopackage_are_read_like_those_of_openstreetmap(town):
    line = shapely.LineString([(-18_000, -118_000), (-17_000, -118_000)])
    limits = ["JP:urban", "40;60", "0", "３０"]
    write(town / "road.gpkg", [line] * 4, 種別=["市道"] * 4, maxspeed=limits)
    found = atlas(town, road={"path": "road.gpkg"})
    assert found.table("road")["speed_kmh"].to_list()[1] == 40.0
    row = found.findings.set_index("code").loc["net.speed"]
    assert "JP:urban 1" in row["reason_ja"]
    assert "value.unread" not in codes(found)


# ---- lists of offices ---------------------------------------------------------------------------------------------


def wards(folder):
    """Write a city of two wards, another town and land of no one, as N03 had them before 2024."""
    shapes = [shapely.box(x, -120_000, x + 5_000, -110_000) for x in (-20_000, -15_000, -10_000, -5_000)]
    write(
        folder / "town.gpkg", shapes, N03_003=["静岡市", "静岡市", "榛原郡", None],
        N03_004=["葵区", "清水区", "吉田町", "所属未定地"], N03_007=["22101", "22103", "22424", None],
    )  # fmt: skip


def test_a_plan_for_a_designated_city_takes_its_wards(town):
    wards(town)
    found = atlas(town, code="22100")
    layer = found.layers["municipality"]
    assert sorted(layer.table["name"]) == ["静岡市清水区", "静岡市葵区"]
    assert "layer.unassigned" in codes(found)
    assert layer.readings[0].read == 3


def test_a_plan_for_a_ward_takes_it_alone(town):
    wards(town)
    found = atlas(town, code="22103")
    assert list(found.layers["municipality"].table["name"]) == ["静岡市清水区"]


def test_codes_that_cannot_be_read_make_no_municipality(town):
    write(town / "town.gpkg", [TOWN], code=["222120"], name=["焼津市"])
    with refused("extent.no_municipality"):
        atlas(town)


MESSY = """空き家台帳（令和7年4月1日現在）,,,,,,
作成：都市計画課,,,,,,
番号,出典,住所,緯度,経度,建築年,敷地面積
A-1,台帳,本町一丁目,34度57分12.5秒,138度20分12.0秒,昭和55年,"1,234.5㎡"
A-2,台帳,本町二丁目,34.95,138.34,S61,98
A-3,台帳,港,138.34,34.95,平成31年,*
A-4,台帳,小川,不明,,令和元,△3
A-5,台帳,石津,0,0,,
本町地区計,,,,,,1332.5
※面積は登記簿による,,,,,,
"""


def test_a_list_as_an_office_keeps_it_is_read_right_row_by_row(town):
    (town / "list.csv").write_bytes(MESSY.replace("\n", "\r\n").encode("cp932"))
    found = atlas(town, vacant_house={"path": "list.csv"})
    table = found.layers["vacant_house"].table.set_index("id")
    assert table["built_year"].to_dict() == {"A-1": 1980, "A-2": 1986}
    assert table["site_area"].to_dict() == {"A-1": 1234.5, "A-2": 98.0}
    assert dict(zip(found.rejects["row"], found.rejects["code"], strict=True)) == {
        6: "coord.swapped", 7: "coord.missing", 8: "coord.missing", 9: "tab.total", 10: "tab.note",
    }  # fmt: skip
    assert {"enc.detected", "tab.header_row", "coord.dms", "num.thousands", "value.suppressed"} <= codes(
        found
    )
    [reading] = found.layers["vacant_house"].readings
    assert (reading.read, reading.kept, reading.mended, reading.refused) == (7, 0, 2, 5)
    record = json.loads(found.rejects.set_index("row")["record"][7])
    assert dict(record)["住所"] == "小川"
    assert len(record) == 7


def test_degrees_in_one_figure_are_read_where_the_plan_says_so(town):
    (town / "list.csv").write_text("番号,緯度,経度\n1,345712.5,1382012\n", "utf-8")
    assert list(atlas(town, vacant_house={"path": "list.csv"}).rejects["code"]) == ["coord.packed"]
    found = atlas(town, vacant_house={"path": "list.csv", "dms": True})
    assert len(found.layers["vacant_house"].table) == 1


def test_a_mesh_that_lost_digits_is_refused_for_that(town):
    (town / "mesh.csv").write_text("KEY_CODE,人口\n5.23822E+09,5\n5.238224522E+09,7\n", "utf-8")
    found = atlas(town, municipality=False, population={"path": "mesh.csv"})
    assert list(found.rejects["code"]) == ["code.exponent"]
    assert list(found.layers["population"].table["id"]) == ["5238224522"]
    assert "code.mesh_mended" in codes(found)
