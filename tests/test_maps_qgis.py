"""layers.qgz: what the GeoPackage holds, as the map shows it, and the same bytes every time."""

import io
import zipfile
from dataclasses import replace
from itertools import cycle
from xml.etree import ElementTree as ET

import geopandas as gpd
import pyogrio
import pytest
import trial_map
from pyproj import CRS

from gisplan.core.errors import ConfigurationError
from gisplan.core.words import Text
from gisplan.maps import style
from gisplan.maps.layers import write_geopackage
from gisplan.maps.qgis import About, Surface, write_project
from gisplan.maps.qgis.project import view_of
from gisplan.maps.qml import clean

ABOUT = About(title="村の計画", notes=(Text(ja="本図は参考です。", en="For reference."),))


def write(path, layers, **more):
    tables = {"links": trial_map.frames(str)["links"]}
    write_project(path, layers, database="layers.gpkg", crs=trial_map.CRS, about=ABOUT, tables=tables, **more)
    return path


def read(path):
    with zipfile.ZipFile(path) as archive:
        (name,) = archive.namelist()
        assert name == path.with_suffix(".qgs").name
        text = archive.read(name).decode()
    assert text.startswith("<!DOCTYPE qgis")
    return ET.fromstring(text.partition("\n")[2])  # noqa: S314 (our own file)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("qgis")
    page = trial_map.page()
    tables = {"links": trial_map.frames(str)["links"]}
    write_geopackage(made / "layers.gpkg", page.layers, crs=trial_map.CRS, tables=tables)
    write(made / "layers.qgz", page.layers)
    return made


@pytest.fixture(scope="module")
def root(folder):
    return read(folder / "layers.qgz")


def test_every_table_of_the_geopackage_is_a_layer_and_no_other(folder, root):
    held = {str(name) for name, _ in pyogrio.list_layers(folder / "layers.gpkg")} - {"layer_styles"}
    sources = [layer.findtext("datasource") for layer in root.iter("maplayer")]
    assert sorted(sources) == sorted(f"./layers.gpkg|layername={name}" for name in held)
    geometry = {str(name): kind for name, kind in pyogrio.list_layers(folder / "layers.gpkg")}
    for layer in root.iter("maplayer"):
        found = geometry[layer.findtext("datasource").partition("=")[2]]
        assert layer.get("geometry") == (
            "No geometry" if found is None else found.removeprefix("Multi").replace("LineString", "Line")
        )


def test_ids_are_of_more_than_ten_signs_and_the_tree_names_every_layer_once(root):
    ids = [layer.findtext("id") for layer in root.iter("maplayer")]
    assert len(set(ids)) == len(ids)
    assert all(len(name) > 10 for name in ids)
    for found in ("layer-tree-layer", "layer"):
        assert sorted(
            one.get("id")
            for one in root.iter(found)
            if found != "layer" or one in list(root.find("layerorder"))
        ) == sorted(ids)
    assert sorted(item.text for item in root.iter("item")) == sorted(ids)


def test_the_crs_is_written_out_whole(root):
    for system in root.iter("spatialrefsys"):
        assert CRS.from_wkt(system.findtext("wkt")).to_epsg() == trial_map.CRS
    assert root.find("projectCrs/spatialrefsys") is not None
    assert root.findtext("properties/SpatialRefSys/ProjectionsEnabled") == "1"
    assert root.findtext("properties/Paths/Absolute") == "false"


def test_groups_order_visibility_and_titles_are_those_of_the_map(root):
    layers = {layer.name: layer for layer in trial_map.page().layers}
    tree = root.find("layer-tree-group")
    for group in tree.findall("layer-tree-group"):
        for leaf in group.findall("layer-tree-layer"):
            layer = layers.get(leaf.get("id").removeprefix("gisplan_layer_"))
            if layer is not None:
                assert group.get("name") == layer.group.ja
                assert leaf.get("name") == layer.title.ja
                assert (leaf.get("checked") == "Qt::Checked") is layer.visible
    order = [item.text.removeprefix("gisplan_layer_") for item in tree.iter("item")]
    own = [name for name in order if name in layers]
    assert own == drawn_on_top_first()
    assert order[-1] == "links"
    assert tree.find("custom-order").get("enabled") == "1"


def drawn_on_top_first():
    layers = sorted(trial_map.page().layers, key=lambda layer: layer.style.order)
    return [layer.name for layer in reversed(layers)]


def test_classes_colours_and_opacity_are_those_of_the_map(root):
    found = {layer.findtext("id").removeprefix("gisplan_layer_"): layer for layer in root.iter("maplayer")}
    compared = 0
    for layer in trial_map.page().layers:
        _, entries = style.classes(layer)
        categories = found[layer.name].findall("renderer-v2/categories/category")
        assert [one.get("label") for one in categories] == [entry.title.ja for entry in entries]
        symbols = {one.get("name"): one for one in found[layer.name].findall("renderer-v2/symbols/symbol")}
        for category, entry in zip(categories, entries, strict=True):
            names = {"color", "line_color"}
            colours = [
                option.get("value")
                for option in symbols[category.get("symbol")].iter("Option")
                if option.get("name") in names
            ]
            assert colours[0].startswith(",".join(map(str, style.rgb(entry.colour))) + ",")
            compared += 1
    assert compared >= 4


def test_columns_and_their_codes_are_called_as_on_the_map(root):
    found = {layer.findtext("id").removeprefix("gisplan_layer_"): layer for layer in root.iter("maplayer")}
    aliases = {one.get("field"): one.get("name") for one in found["zone"].iter("alias")}
    assert aliases["floor_area_ratio"] == "容積率 [%]"
    words = {
        option.get("value"): option.get("name")
        for option in found["vacant_house"].iter("Option")
        if option.get("type") == "QString"
    }
    assert words["survey"] == "実態調査"
    assert {one.get("field") for one in found["links"].iter("alias")} >= {"hub", "minutes"}


def test_names_stand_where_the_map_writes_them(root):
    for layer in trial_map.page().layers:
        (found,) = [
            one for one in root.iter("maplayer") if one.findtext("id") == f"gisplan_layer_{layer.name}"
        ]
        assert (found.get("labelsEnabled") == "1") is style.look_of(layer).label


def test_the_project_says_that_it_is_for_reference_and_whose_data_it_shows(root):
    assert root.findtext("projectMetadata/title") == "村の計画"
    assert root.findtext("projectMetadata/abstract") == "本図は参考です。"
    assert [one.text for one in root.findall("projectMetadata/rights")] == [trial_map.CREDIT.ja]
    drawn = [one for one in root.iter("maplayer") if one.get("geometry") != "No geometry"]
    assert all(one.findtext("resourceMetadata/rights") == trial_map.CREDIT.ja for one in drawn)
    assert root.find("projectMetadata/creation") is None


def test_the_first_view_is_that_of_the_map(root):
    assert view_of(trial_map.page().layers) == pytest.approx((-160, -160, 4160, 3160))
    extent = root.find("mapcanvas/extent")
    assert [one.text for one in extent] == ["-160.000", "-160.000", "4160.000", "3160.000"]
    assert view_of(()) == (-500, -500, 500, 500)
    empty = replace(trial_map.page().layers[0], table=trial_map.page().layers[0].table[:0])
    assert view_of((empty,)) == (-500, -500, 500, 500)


def test_two_runs_give_the_same_bytes(folder, tmp_path):
    again = write(tmp_path / "layers.qgz", trial_map.page().layers)
    assert again.read_bytes() == (folder / "layers.qgz").read_bytes()


def test_it_speaks_both_languages(tmp_path):
    root = read(write(tmp_path / "layers.qgz", trial_map.page().layers, language="en"))
    assert root.findtext("projectMetadata/abstract") == "For reference."
    assert any(group.get("name") == "Tables (not drawn)" for group in root.iter("layer-tree-group"))


def test_hostile_texts_stay_texts(tmp_path, root):
    each, together = cycle(trial_map.HOSTILE), "".join(trial_map.HOSTILE)
    held = {as_text(text) for text in (*trial_map.HOSTILE, together)}
    for say in (lambda _text: next(each), lambda _text: together):
        page = trial_map.page(say)
        layers = [replace(layer, credit=Text(ja=say(""), en="x")) for layer in page.layers]
        kept = read(write(tmp_path / "layers.qgz", layers))
        assert tags(kept) == tags(root)
        assert {one.text for one in kept.iter("layername")} & held


def as_text(text):
    """Return a text as XML gives it back: it knows one line end, and no controls."""
    return clean(text).replace("\r\n", "\n").replace("\r", "\n")


def tags(root):
    return {one.tag for one in root.iter()}


def test_a_layer_without_credit_is_refused(tmp_path):
    layers = trial_map.page().layers
    bare = replace(layers[0], credit=Text(ja="", en=""))
    with pytest.raises(ConfigurationError) as refused:
        write(tmp_path / "layers.qgz", (bare, *layers[1:]))
    assert [problem.code for problem in refused.value.problems] == ["maps.no_credit"]
    assert not (tmp_path / "layers.qgz").exists()


def test_a_layer_without_places_is_a_table(tmp_path):
    layer = trial_map.page().layers[0]
    rows = gpd.GeoDataFrame({"id": ["1"], "name": ["一"]}, geometry=[None], crs=trial_map.CRS)
    listed = replace(layer, name="contacts", title=Text(ja="連絡先", en="Contacts"), kind="table", table=rows)
    root = read(write(tmp_path / "layers.qgz", (layer, listed)))
    (found,) = [one for one in root.iter("maplayer") if one.findtext("layername") == "連絡先"]
    assert found.get("geometry") == "No geometry"
    assert found.find("renderer-v2") is None


def test_a_surface_lies_above_the_land_and_below_the_rest(tmp_path):
    both = Text(ja="適性", en="Suitability")
    surface = Surface(
        file="suitability.tif", title=both, group=both, credit=both, low="#ffffff", high="#000000"
    )
    root = read(write(tmp_path / "layers.qgz", trial_map.page().layers, surfaces=(surface,)))
    (found,) = [one for one in root.iter("maplayer") if one.get("type") == "raster"]
    assert found.findtext("datasource") == "./suitability.tif"
    assert found.findtext("resourceMetadata/rights") == "適性"
    items = found.findall(".//colorrampshader/item")
    assert [one.get("value") for one in items] == ["0", "0.25", "0.5", "0.75", "1"]
    assert [items[0].get("color"), items[2].get("color"), items[4].get("color")] == [
        "#ffffff",
        "#808080",
        "#000000",
    ]
    order = [item.text.removeprefix("gisplan_layer_") for item in root.iter("item") if item.text]
    drawn = drawn_on_top_first()
    assert order.index("suitability") == order.index("municipality") - 1
    assert [name for name in order if name in drawn] == drawn
    leaf = next(one for one in root.iter("layer-tree-layer") if one.get("providerKey") == "gdal")
    assert leaf.get("checked") == "Qt::Unchecked"


def test_an_archive_holds_no_clock(folder):
    with zipfile.ZipFile(io.BytesIO((folder / "layers.qgz").read_bytes())) as archive:
        assert [one.date_time for one in archive.infolist()] == [(2000, 1, 1, 0, 0, 0)]
