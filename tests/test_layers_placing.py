"""A file comes into the plan's CRS, or stops with what to write; what lies outside is told row by row."""

import json

import numpy as np
import pytest
import shapely
from small_files import refused
from small_town import CRS, TOWN, atlas, findings, points, write

from gisplan.layers.extent import exchanged, project

ZONES = {"用途地域": ["商業地域", "工業地域", "準工業地域"]}


def boxes(count=3):
    return [shapely.box(x, -115_000, x + 50, -114_950) for x in range(-15_000, -15_000 + count * 100, 100)]


def geojson(path, shapes, **member):
    """Write shapes as they are, whatever their numbers."""
    features = [
        {"type": "Feature", "properties": {"名称": f"{i}"}, "geometry": json.loads(shapely.to_geojson(shape))}
        for i, shape in enumerate(shapes)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **member}), "utf-8")
    return path.name


def test_metres_in_a_geojson_without_a_system_are_asked_for(tmp_path):
    name = geojson(tmp_path / "a.geojson", boxes())
    with refused("crs.missing", place="a.geojson") as problems:
        atlas(tmp_path, neighbourhood={"path": name})
    assert problems[0].values["candidates"][0].ja == "JGD2011 第VIII系 (EPSG:6676) 100.0%"
    found = atlas(tmp_path, neighbourhood={"path": name, "crs": "EPSG:6676"})
    assert found.layers["neighbourhood"].readings[0].inside == 1


def test_metres_of_the_web_are_asked_for_with_their_system(tmp_path):
    web = project(np.array(boxes(), dtype=object), source=CRS, target=3857)
    with refused("crs.missing") as problems:
        atlas(tmp_path, neighbourhood={"path": geojson(tmp_path / "a.geojson", web)})
    assert "Webメルカトル (EPSG:3857) 100.0%" in problems[0].cure.ja


def test_a_drawing_without_a_system_is_asked_for_with_the_order_of_its_axes(tmp_path):
    turned = exchanged(np.array(boxes(), dtype=object))
    write(tmp_path / "zone.shp", turned, **ZONES).with_suffix(".prj").unlink()
    with refused("crs.missing") as problems:
        atlas(tmp_path, zone={"path": "zone.shp"})
    assert 'EPSG:6676)（XYを入れ替え、axes = "yx"） 100.0%' in problems[0].cure.ja
    found = atlas(tmp_path, zone={"path": "zone.shp", "crs": "EPSG:6676", "axes": "yx"})
    assert found.layers["zone"].readings[0].inside == 1
    assert "crs.exchanged" in findings(found).index


def test_degrees_that_are_exchanged_can_be_answered_without_touching_the_file(tmp_path):
    degrees = project(np.array(boxes(), dtype=object), source=CRS, target=6668)
    name = geojson(tmp_path / "a.geojson", exchanged(degrees))
    with refused("crs.axis_swap") as problems:
        atlas(tmp_path, neighbourhood={"path": name})
    assert 'axes = "yx"' in problems[0].cure.en
    table = atlas(tmp_path, neighbourhood={"path": name, "axes": "yx"}).layers["neighbourhood"].table
    assert shapely.area(table.geometry.to_numpy()) == pytest.approx([2_500] * 3, rel=1e-4)


def test_exchanged_columns_of_a_list_can_be_answered_in_plan_toml(tmp_path):
    (tmp_path / "hub.csv").write_text("番号,緯度,経度\n1,138.33,34.96\n2,138.34,34.96\n", "utf-8")
    with refused("crs.axis_swap") as problems:
        atlas(tmp_path, hub={"path": "hub.csv"})
    assert 'axes = "yx"' in problems[0].cure.ja
    found = atlas(tmp_path, hub={"path": "hub.csv", "axes": "yx"})
    assert len(found.layers["hub"].table) == 2
    assert "crs.exchanged" in findings(found).index


def test_a_ring_over_the_date_line_is_refused(tmp_path):
    name = geojson(tmp_path / "a.geojson", [shapely.box(-179, 36, 179, 37)])
    with refused("crs.antimeridian", place="a.geojson"):
        atlas(tmp_path, neighbourhood={"path": name})


def test_a_layer_of_the_prefecture_is_right_where_few_of_its_features_lie_inside(tmp_path):
    prefecture = shapely.box(-90_000, -180_000, 60_000, -30_000)
    write(tmp_path / "shop.gpkg", points(3_000, area=prefecture))
    found = atlas(tmp_path, shop={"path": "shop.gpkg"})
    [reading] = found.layers["shop"].readings
    assert 0 < reading.inside < 0.01
    row = findings(found).loc["extent.partly"]
    assert row["severity"] == "S4"
    assert f"{3_000 - round(reading.inside * 3_000)} 行" in row["reason_ja"]


@pytest.mark.parametrize("stated", [6675, 6677])
def test_a_layer_in_the_wrong_zone_is_told_though_a_stray_row_lies_inside(tmp_path, stated):
    shapes = project(np.array(points(99), dtype=object), source=CRS, target=6676)
    inside = project(np.array([TOWN.centroid], dtype=object), source=6676, target=stated)
    write(tmp_path / "shop.gpkg", [*shapes, *inside], stated=stated)
    with refused("crs.outside") as problems:
        atlas(tmp_path, shop={"path": "shop.gpkg"})
    assert problems[0].values["share"] == "1.0%"
    assert 'crs = "EPSG:6676"' in problems[0].cure.ja
    found = atlas(tmp_path, shop={"path": "shop.gpkg", "crs": f"EPSG:{stated}"})
    assert found.layers["shop"].readings[0].inside == 0.01, "who insists is believed"


def test_rows_outside_the_municipality_are_told_with_their_distance_and_kept(tmp_path):
    away = [shapely.Point(-9_900 + 12_300, -115_000), shapely.Point(-9_900 + 400, -115_000)]
    write(tmp_path / "shop.gpkg", [*points(8), *away], 名称=[*"一二三四五六七八", "", "隣の店"])
    found = atlas(tmp_path, shop={"path": "shop.gpkg"})
    row = findings(found).loc["coord.outside_area"]
    assert "2 行" in row["reason_ja"]
    assert "9 番（12.3 km）、隣の店（400 m）" in row["reason_ja"]
    assert "no. 9 (12.3 km), 隣の店 (400 m)" in row["reason_en"]
    assert row["severity"] == "S2"
    assert len(found.layers["shop"].table) == 10
    assert found.layers["shop"].readings[0].inside == 0.8


def test_a_house_outside_is_told_by_its_row_alone(tmp_path):
    spots = [*points(8), shapely.Point(-9_000, -115_000)]
    write(tmp_path / "house.gpkg", spots, 管理番号=[f"空{n}" for n in range(9)], 出典=["調査"] * 9)
    row = findings(atlas(tmp_path, vacant_house={"path": "house.gpkg"})).loc["coord.outside_area"]
    assert "9 番（900 m）" in row["reason_ja"]
    assert "空8" not in row["reason_ja"]


def test_a_vertex_that_cannot_be_projected_is_refused_and_the_rest_is_read(tmp_path):
    name = geojson(tmp_path / "a.geojson", [shapely.Point(138.33, 34.96), shapely.Point(-1.797e308, 34.96)])
    found = atlas(tmp_path, shop={"path": name})
    assert dict(zip(found.rejects["row"], found.rejects["code"], strict=True)) == {2: "geom.nan"}
    assert found.layers["shop"].readings[0].inside == 1


def test_heights_are_taken_off_and_told(tmp_path):
    high = [shapely.force_3d(box, 12.5) for box in boxes()]
    write(tmp_path / "zone.gpkg", high, **ZONES)
    found = atlas(tmp_path, zone={"path": "zone.gpkg"})
    assert not shapely.has_z(found.layers["zone"].table.geometry.to_numpy()).any()


def test_a_file_of_nothing_has_no_share(tmp_path):
    write(tmp_path / "zone.gpkg", [], 用途地域=[])
    assert atlas(tmp_path, zone={"path": "zone.gpkg"}).layers["zone"].readings[0].inside is None


def test_no_two_layers_of_a_plan_are_in_different_systems(tmp_path):
    for number, crs in enumerate((6676, 6668, 2450, 30168, 3857, 32654)):
        write(tmp_path / f"{number}.gpkg", boxes(), crs=crs, **ZONES)
    layers = ("zone", "area_division", "neighbourhood", "flood", "district_plan", "city_planning_area")
    entries = {
        name: {
            "path": f"{number}.gpkg",
            "fill": {"division": "市街化区域"} if name == "area_division" else {},
        }
        for number, name in enumerate(layers)
    }
    found = atlas(tmp_path, **entries)
    assert {layer.table.crs.to_epsg() for layer in found.layers.values()} == {CRS}
