"""The demo town: made again it is the same, the repository holds it, and it shows what it promises."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "layers" / "demo"
TEXT = {".csv", ".geojson", ".toml", ".md"}
NEAR = 0.02  # metres: two libraries may round the last hundredth differently


def make(folder):
    command = [sys.executable, str(ROOT / "scripts" / "make_demo.py"), str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make(tmp_path_factory.mktemp("town"))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def table(name):
    path = DEMO / name
    if path.suffix == ".csv":
        encoding = "cp932" if name in {"hub.csv", "vacant_house.csv"} else "utf-8-sig"
        return pd.read_csv(path, encoding=encoding, dtype=str, keep_default_na=False)
    return gpd.read_file(path, **({"encoding": "cp932"} if path.suffix == ".zip" else {}))


def metres(name):
    return table(name).to_crs(6676)


def test_made_twice_it_has_the_same_bytes(made, tmp_path):
    again = make(tmp_path / "again")
    assert names(again) == names(made)
    assert [name for name in names(made) if (made / name).read_bytes() != (again / name).read_bytes()] == []


def test_the_repository_holds_what_the_script_makes(made):
    assert names(made) == names(DEMO)
    assert [
        path.name
        for path in sorted(made.iterdir())
        if path.suffix in TEXT and path.read_bytes() != (DEMO / path.name).read_bytes()
    ] == []


@pytest.mark.parametrize("name", [name for name in names(DEMO) if Path(name).suffix in {".gpkg", ".zip"}])
def test_shapes_in_the_repository_are_those_of_the_script(made, name):
    # Bytes of these depend on the versions of GDAL, SQLite and zlib; what they hold does not.
    encoding = {"encoding": "cp932"} if name.endswith(".zip") else {}
    ours, new = gpd.read_file(DEMO / name, **encoding), gpd.read_file(made / name, **encoding)
    pd.testing.assert_frame_equal(ours.drop(columns="geometry"), new.drop(columns="geometry"))
    assert ours.crs.to_epsg(min_confidence=20) == new.crs.to_epsg(min_confidence=20) == 6676
    assert shapely.hausdorff_distance(ours.geometry.values, new.geometry.values).max() < NEAR


def test_the_raster_in_the_repository_is_that_of_the_script(made):
    with rasterio.open(DEMO / "elevation.tif") as ours, rasterio.open(made / "elevation.tif") as new:
        assert (ours.crs.to_epsg(), ours.transform, ours.nodata) == (6676, new.transform, -9999)
        np.testing.assert_array_equal(ours.read(1), new.read(1))
        heights = ours.read(1, masked=True)
    assert heights.min() > 0
    assert 350 < heights.max() < 480
    assert heights.mask.mean() > 0.2


def test_it_is_small_and_holds_no_clock_time():
    assert sum(path.stat().st_size for path in DEMO.iterdir()) < 3_000_000
    with zipfile.ZipFile(DEMO / "zone.zip") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 4, 1, 0, 0, 0)}
        assert sorted(Path(name).suffix for name in archive.namelist()) == [".dbf", ".prj", ".shp", ".shx"]


def test_all_thirteen_zones_share_their_borders_exactly():
    zones = table("zone.zip")
    assert zones["用途地域"].nunique() == 13
    assert shapely.coverage_is_valid(zones.geometry.values)
    assert zones.geometry.is_valid.all()
    urban = metres("area_division.gpkg").query("区域区分 == '市街化区域'")
    assert abs(zones.area.sum() - urban.area.sum()) < 1.0


def test_areas_tile_the_town():
    town = metres("municipality.geojson")
    parts = table("neighbourhood.gpkg")
    assert len(parts) == 24
    assert shapely.coverage_is_valid(parts.geometry.values)
    assert abs(parts.area.sum() - town.area.sum()) < 100
    planned, divided = table("city_planning_area.gpkg"), table("area_division.gpkg")
    assert abs(planned.area.sum() - divided.area.sum()) < 1.0
    assert planned.area.sum() < 0.8 * town.area.sum()


def test_two_promotion_areas_lie_in_their_districts_and_one_pokes_out():
    districts = table("priority_district.gpkg").union_all()
    drawn = table("promotion_area.gpkg")
    assert drawn.groupby("名称")["版"].agg(list).to_dict() == {
        "川西区域": ["1"],
        "汐見台・本町区域": ["1", "2"],
        "青葉台区域": ["1"],
    }
    areas = drawn.sort_values("版").drop_duplicates("名称", keep="last").set_index("名称").sort_index()
    outside = areas.geometry.difference(districts).area
    assert outside[["汐見台・本町区域", "川西区域"]].max() < 0.5
    assert 100 < outside["青葉台区域"] < 1000
    assert areas["用途特例適用要件"].to_dict() == {
        "川西区域": False,
        "汐見台・本町区域": True,
        "青葉台区域": True,
    }
    assert areas.loc["青葉台区域", "公表日"] > "2026-11-01" > areas.loc["汐見台・本町区域", "公表日"]


def test_people_are_about_25000_and_small_cells_are_suppressed():
    people = table("population.csv")
    assert people["KEY_CODE"].str.fullmatch(r"\d{10}").all()
    assert people["KEY_CODE"].is_unique
    known = people[people["人口"] != "*"]
    assert 24_500 < known["人口"].astype(int).sum() <= 25_000
    assert 5 < (people["人口"] == "*").sum() < 60
    assert (known["65歳以上人口"].astype(int) <= known["人口"].astype(int)).all()


def test_the_list_of_vacant_houses_has_1500_good_rows_and_six_bad_ones():
    houses = table("vacant_house.csv")
    assert len(houses) == 1506
    latitude = pd.to_numeric(houses["緯度"], errors="coerce")
    longitude = pd.to_numeric(houses["経度"], errors="coerce")
    good = latitude.between(34, 36) & longitude.between(138, 139) & ~houses.duplicated()
    assert good.sum() == 1500
    assert set(houses.loc[good, "出典"]) == {"調査", "台帳", "空き家バンク"}
    assert set(houses.loc[good, "公開同意"]) == {"有", "無", ""}
    points = gpd.GeoSeries(gpd.points_from_xy(longitude[good], latitude[good]), crs=6668).to_crs(6676)
    assert points.within(metres("municipality.geojson").union_all().buffer(0.2)).all()
    assert (houses["電話番号"].isin(["000-0000-0000", ""])).all()


def test_roads_are_of_all_classes_and_drawn_raw():
    roads = table("road.gpkg")
    assert 220_000 < roads.length.sum() < 280_000
    assert len(roads) < 2_500
    kinds = {"高速自動車国道", "一般国道", "主要地方道", "一般県道", "市道", "その他"}
    assert set(roads["道路種別"]) == kinds
    ends = set(map(tuple, np.round(shapely.get_coordinates(roads.geometry.boundary.values), 2)))
    town = roads[(roads["階層"] == 0) & (roads["道路種別"] == "市道")]
    crossing = town.sindex.query(town.geometry, predicate="crosses").shape[1] / 2
    assert crossing > 200  # streets run through each other without a shared end
    assert len(ends) > 600
    ramps = roads[roads["ランプ"]]
    assert (ramps["一方通行"] == 1).all()
    assert (ramps["階層"] == 1).all()


def test_joints_are_one_full_one_smart_one_junction_and_one_closed():
    joints = table("interchange.geojson").astype({"N06_014": int})
    found = dict(zip(joints["N06_019"], joints["N06_014"], strict=True))
    assert found == {"1": 9999, "2": 9999, "3": 9999, "4": 2012}
    ramps = table("road.gpkg").query("ランプ")
    near = metres("interchange.geojson").query("N06_014 == 9999").geometry
    assert max(ramps.distance(point).min() for point in near) < 40


def test_places_stand_in_the_town():
    town = metres("municipality.geojson").union_all()
    for name in ("hub.csv", "medical.csv", "childcare.csv", "school.csv", "welfare.csv", "bus_stop.csv"):
        rows = table(name)
        points = gpd.GeoSeries(
            gpd.points_from_xy(rows["経度"].astype(float), rows["緯度"].astype(float)), crs=6668
        )
        assert points.to_crs(6676).within(town).all(), name
        assert rows.iloc[:, 0].is_unique, name
    shops = pd.read_excel(DEMO / "shop.xlsx", header=2, engine="openpyxl")
    assert len(shops) > 15
    assert {"名称", "緯度", "経度"} <= set(shops.columns)
    assert table("site.gpkg").within(town).all()
    assert 7 <= len(table("hub.csv")) <= 10


def test_hazards_lie_in_the_town():
    town = metres("municipality.geojson").union_all().buffer(0.5)
    for name in ("flood.geojson", "landslide.geojson", "tsunami.gpkg"):
        shapes = metres(name)
        assert shapes.geometry.is_valid.all(), name
        assert shapes.within(town).all(), name
    assert set(table("flood.geojson")["浸水深ランク"]) == {"1", "2", "3"}
    assert set(table("landslide.geojson")["A33_002"]) == {"1", "2"}


def words():
    """Return every text of the town's lists and areas, on one line each."""
    columns = [
        rows[column]
        for name in names(DEMO)
        if Path(name).suffix in {".csv", ".gpkg", ".geojson", ".zip"}
        for rows in [table(name)]
        for column in rows.columns
        if column != "geometry" and not pd.api.types.is_numeric_dtype(rows[column])
    ]
    return "\n".join(sorted({str(value) for column in columns for value in column.dropna()}))


@pytest.mark.real
def test_nothing_real_is_named(real_data):
    rows = [
        gpd.read_file(path, ignore_geometry=True)
        for path in sorted((real_data / "japan" / "admin").glob("N03-21_??_*.geojson"))
    ]
    real = pd.concat(rows)
    known = {str(name) for column in ("N03_001", "N03_003", "N03_004") for name in real[column].dropna()}
    text = words()
    assert len(known) > 300
    assert [name for name in sorted(known) if len(name) > 2 and name in text] == []


@pytest.mark.real
def test_it_lies_far_from_any_real_municipality(real_data):
    path = next((real_data / "japan" / "admin").glob("N03-21_22_*.geojson"))
    shore = gpd.read_file(path).to_crs(6676).union_all()
    town = metres("municipality.geojson").union_all()
    assert shore.distance(town) > 10_000


def test_every_text_for_a_person_says_that_it_is_made_up():
    plan = tomllib.loads((DEMO / "plan.toml").read_text("utf-8"))
    assert plan["plan"]["made_up"] is True
    assert plan["plan"]["municipality"] == ["22999"]
    assert all(layer["credit"].startswith("架空") for layer in plan["layers"].values())
    assert "実在しません" in (DEMO / "README.md").read_text("utf-8")
    assert "架空" in table("municipality.geojson")["市区町村名"].iloc[0]
    assert not re.search(r"0\d{1,4}-\d{2,4}-\d{4}", words().replace("000-0000-0000", ""))


def test_the_plan_names_every_file():
    plan = tomllib.loads((DEMO / "plan.toml").read_text("utf-8"))
    paths = {layer["path"] for layer in plan["layers"].values()}
    assert paths | {"plan.toml", "README.md"} == set(names(DEMO))


@pytest.fixture(scope="module")
def atlas():
    from gisplan.layers.catalogue import read_catalogue
    from gisplan.layers.load import load
    from gisplan.plan.read import read_plan

    catalogue = read_catalogue(ROOT / "layers")
    return load(read_plan(DEMO / "plan.toml", catalogue=catalogue), catalogue=catalogue)


def test_gisplan_reads_it_and_refuses_the_six_bad_rows_only(atlas):
    reading = atlas.layers["vacant_house"].readings[0]
    assert (reading.read, reading.kept + reading.mended, reading.refused) == (1506, 1500, 6)
    assert set(atlas.rejects["layer"]) == {"vacant_house"}
    other = atlas.findings[atlas.findings["code"] != "layer.refused"]
    assert set(other["severity"]) <= {"S3", "S4"}


def test_every_verdict_of_the_law_occurs(atlas):
    from gisplan.law.check import check

    verdicts = check(atlas).verdicts.query("layer == 'site'").set_index("id")["verdict"]
    lots = tomllib.loads((ROOT / "scripts" / "demo_town" / "places.toml").read_text("utf-8"))["lot"]
    wanted = dict(zip(table("site.gpkg")["地番"], [lot["expect"] for lot in lots], strict=True))
    assert verdicts.to_dict() == wanted
    assert set(wanted.values()) == {
        "by_right",
        "by_right_within_limits",
        "special_provision_permit",
        "ordinary_permit",
        "urbanization_control_area",
        "outside_city_planning_area",
        "cannot_tell",
    }
