"""The GeoPackage: every layer and result, the styles QGIS reads, and the same bytes every time."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from xml.etree import ElementTree as ET

import pandas as pd
import pyogrio
import pytest
import shapely
import trial_map

from gisplan.core.errors import ConfigurationError
from gisplan.maps.layers import write_geopackage
from gisplan.maps.qml import qml


def write(path, page, **more):
    tables = trial_map.frames(str)
    write_geopackage(path, page.layers, crs=trial_map.CRS, tables={"links": tables["links"]}, **more)
    return path


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return write(tmp_path_factory.mktemp("gpkg") / "layers.gpkg", trial_map.page())


def rows(path, query):
    with closing(sqlite3.connect(path)) as file:
        return file.execute(query).fetchall()


def test_every_layer_reads_back_as_it_was(package):
    for layer in trial_map.page().layers:
        back = pyogrio.read_dataframe(package, layer=layer.name)
        assert back.crs.to_epsg() == trial_map.CRS
        if layer.name == "site":
            continue
        assert back["id"].tolist() == layer.table["id"].tolist()
        assert all(shapely.equals(back.geometry.to_numpy(), layer.table.geometry.to_numpy()))


def test_points_among_lots_have_a_table_of_their_own(package):
    assert len(pyogrio.read_dataframe(package, layer="site")) == 1
    assert pyogrio.read_dataframe(package, layer="site_point")["name"].tolist() == ["敷地二"]


def test_missing_values_stay_missing_and_types_stay(package):
    house = pyogrio.read_dataframe(package, layer="vacant_house")
    assert house["consent"].isna().sum() == 10
    assert house["built_year"].dropna().unique().tolist() == [1981]
    assert house["built_year"].isna().sum() == 20


def test_a_layer_that_holds_nothing_is_an_empty_table(package):
    info = pyogrio.read_info(package, layer="bus_stop")
    assert info["features"] == 0
    assert info["geometry_type"] == "Point"


def test_results_without_geometry_are_tables_too(package):
    links = pyogrio.read_dataframe(package, layer="links", read_geometry=False)
    assert isinstance(links, pd.DataFrame)
    assert sorted(links["hub"]) == ["中央会館", "港会館"]
    assert ("links", "attributes") in rows(package, "SELECT table_name, data_type FROM gpkg_contents")


def test_every_table_with_geometry_has_its_style(package):
    styled = dict(
        rows(package, "SELECT f_table_name, f_geometry_column FROM layer_styles WHERE useAsDefault")
    )
    assert styled == dict(rows(package, "SELECT table_name, column_name FROM gpkg_geometry_columns"))
    assert ("layer_styles", "attributes") in rows(package, "SELECT table_name, data_type FROM gpkg_contents")
    assert rows(package, "PRAGMA integrity_check") == [("ok",)]


def test_classes_and_colours_are_those_of_the_map(package):
    found = dict(rows(package, "SELECT f_table_name, styleQML FROM layer_styles"))
    root = ET.fromstring(found["zone"].split(">", 1)[1])  # noqa: S314 (our own file)
    labels = [category.get("value") for category in root.iter("category")]
    assert labels == list(trial_map.ZONES)
    assert root.find("renderer-v2").get("attr") == "zone"
    colours = [option.get("value") for option in root.iter("Option") if option.get("name") == "color"]
    assert colours == ["46,158,91,140", "229,72,77,140"]


def test_two_runs_give_the_same_bytes(package, tmp_path):
    again = write(tmp_path / "again.gpkg", trial_map.page())
    assert again.read_bytes() == package.read_bytes()


def test_the_clock_is_given_back(tmp_path):
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    write(tmp_path / "one.gpkg", trial_map.page())
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") == before


def test_two_crs_never_meet(tmp_path):
    page = trial_map.page()
    moved = replace(page.layers[0], table=page.layers[0].table.to_crs(6677))
    with pytest.raises(ConfigurationError) as refused:
        write_geopackage(tmp_path / "a.gpkg", (moved, *page.layers[1:]), crs=trial_map.CRS)
    assert [problem.code for problem in refused.value.problems] == ["maps.crs_differs"]
    assert "EPSG:6676" in refused.value.problems[0].what.ja
    assert not (tmp_path / "a.gpkg").exists()


def test_a_file_that_is_there_is_left_alone(tmp_path, package):
    taken = tmp_path / "taken.gpkg"
    taken.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        write(taken, trial_map.page())
    assert taken.read_bytes() == b"mine"


def test_hostile_texts_make_no_other_style():
    hostile = "\"/><category value='x\x00\x08]]>&<"
    zone = next(layer for layer in trial_map.page().layers if layer.name == "zone")
    table = zone.table.assign(zone=[hostile, "商業地域"])
    style = replace(zone.style, colours={hostile: "#ff0000", "商業地域": "#00ff00"})
    text = qml(replace(zone, table=table, style=style, labels={}), "fill")
    root = ET.fromstring(text.split(">", 1)[1])  # noqa: S314 (our own file)
    assert len(list(root.iter("category"))) == 2


@pytest.mark.parametrize(("language", "label"), [("ja", "実態調査"), ("en", "Survey")])
def test_styles_speak_both_languages(language, label):
    house = next(layer for layer in trial_map.page().layers if layer.name == "vacant_house")
    root = ET.fromstring(qml(house, "marker", language=language).split(">", 1)[1])  # noqa: S314 (our own file)
    assert next(root.iter("category")).get("label") == label
