"""GeoJSON and KML of a layer: what was in it, the colours of the map, the credit, and no text that does anything."""

import html
import json
from dataclasses import replace
from itertools import cycle

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
import trial_map
from lxml import etree

from gisplan.core.errors import ConfigurationError
from gisplan.core.words import Style, Text
from gisplan.maps import style
from gisplan.maps.exports import Said, words, write_geojson, write_kml
from gisplan.maps.qml import clean

SAID = Said(notes=(Text(ja="本図は参考です。", en="For reference."),), datum=Text(ja="測地系", en="Datum"))
KML = {"k": "http://www.opengis.net/kml/2.2"}
LAYERS = {layer.name: layer for layer in trial_map.page().layers}
NAMED = sorted(LAYERS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("exports")
    for name, layer in LAYERS.items():
        write_geojson(made / f"{name}.geojson", layer, SAID)
        write_kml(made / f"{name}.kml", layer, SAID)
    return made


def collection(path):
    return json.loads(path.read_text("utf-8"))


def document(path):
    return etree.parse(str(path), etree.XMLParser(resolve_entities=False)).getroot()


def same(one, other):
    return other is None if pd.isna(one) else one == other


@pytest.mark.parametrize("name", NAMED)
def test_geojson_holds_every_feature_and_value(folder, name):
    layer, found = LAYERS[name], collection(folder / f"{name}.geojson")
    assert len(found["features"]) == len(layer.table)
    columns = [column for column in layer.table.columns if column != "geometry"]
    for feature, row in zip(found["features"], layer.table[columns].to_dict("records"), strict=True):
        assert list(feature["properties"]) == columns
        assert all(same(row[column], feature["properties"][column]) for column in columns)


@pytest.mark.parametrize("name", NAMED)
def test_geojson_reads_back_where_it_was(folder, name):
    layer = LAYERS[name]
    back = pyogrio.read_dataframe(folder / f"{name}.geojson")
    assert len(back) == len(layer.table)
    if len(back) == 0:
        return
    assert back.crs.to_epsg() == 4326
    moved = back.to_crs(trial_map.CRS).geometry.to_numpy()
    assert (shapely.hausdorff_distance(moved, layer.table.geometry.to_numpy()) < 0.002).all()


def test_geojson_follows_the_rfc(folder):
    found = collection(folder / "zone.geojson")
    assert "crs" not in found
    west, south, east, north = found["bbox"]
    assert 122 < west < east < 154
    assert 20 < south < north < 46
    outer, hole = found["features"][0]["geometry"]["coordinates"]
    assert shapely.LinearRing(outer).is_ccw
    assert not shapely.LinearRing(hole).is_ccw
    assert outer[0] == outer[-1]


def test_each_file_says_whose_data_it_is_and_that_it_is_for_reference(folder):
    for name in NAMED:
        found = collection(folder / f"{name}.geojson")
        assert (found["credit"], found["datum"]) == (trial_map.CREDIT.ja, "測地系")
        assert found["notes"] == ["本図は参考です。"]
        told = document(folder / f"{name}.kml").findtext("k:Document/k:description", namespaces=KML)
        assert told.split("<br>") == [trial_map.CREDIT.ja, "本図は参考です。", "測地系"]


@pytest.mark.parametrize("name", NAMED)
def test_kml_holds_every_feature_and_value(folder, name):
    layer = LAYERS[name]
    marks = document(folder / f"{name}.kml").findall("k:Document/k:Placemark", KML)
    assert len(marks) == len(layer.table)
    columns = [column for column in layer.table.columns if column != "geometry"]
    for mark, row in zip(marks, layer.table[columns].to_dict("records"), strict=True):
        values = {
            one.get("name"): one.findtext("k:value", namespaces=KML)
            for one in mark.iter(f"{{{KML['k']}}}Data")
        }
        held = {column: words.value_of(row[column]) for column in columns}
        held = {column: str(value).lower() if value in (True, False) and isinstance(value, bool) else str(value)
                for column, value in held.items() if value is not None}  # fmt: skip
        assert values == held


@pytest.mark.parametrize("name", [name for name in NAMED if len(LAYERS[name].table)])
def test_kml_reads_back_where_it_was(folder, name):
    layer = LAYERS[name]
    back = pyogrio.read_dataframe(folder / f"{name}.kml").to_crs(trial_map.CRS)
    found = shapely.force_2d(back.geometry.to_numpy())
    assert (shapely.hausdorff_distance(found, layer.table.geometry.to_numpy()) < 0.002).all()
    assert shapely.area(found) == pytest.approx(shapely.area(layer.table.geometry.to_numpy()), abs=1.0)


def test_kml_has_the_colours_of_the_map(folder):
    zone = LAYERS["zone"]
    root = document(folder / "zone.kml")
    at, entries = style.classes(zone)
    marks = root.findall("k:Document/k:Placemark", KML)
    assert [mark.findtext("k:styleUrl", namespaces=KML) for mark in marks] == [
        f"#class-{place}" for place in at
    ]
    for place, entry in enumerate(entries):
        colour = root.findtext(f".//k:Style[@id='class-{place}']/k:PolyStyle/k:color", namespaces=KML)
        red, green, blue = style.rgb(entry.colour)
        assert colour == f"{round(zone.style.opacity * 255):02x}{blue:02x}{green:02x}{red:02x}"


def test_balloons_say_values_in_words(folder):
    mark = document(folder / "zone.kml").find("k:Document/k:Placemark", KML)
    table = etree.fromstring(mark.findtext("k:description", namespaces=KML))
    rows = {row[0].text: row[1].text for row in table}
    assert rows["容積率 [%]"] == "80"
    assert rows["用途地域"] == "第一種低層住居専用地域"
    houses = document(folder / "vacant_house.kml").findall("k:Document/k:Placemark", KML)
    assert any("実態調査" in house.findtext("k:description", namespaces=KML) for house in houses)


def test_shares_and_answers_are_said_as_people_say_them(tmp_path):
    table = trial_map.table(
        [shapely.Point(0, 0)] * 2, name=["一", "二"], open=[True, False], share=[0.25, np.nan]
    )
    layer = trial_map.layer(
        "hub", Text(ja="拠点", en="Hub"), "point", table, Style(), percent=("share",),
        popup=(("open", Text(ja="公開", en="Open")), ("share", Text(ja="割合", en="Share"))),
    )  # fmt: skip
    write_kml(tmp_path / "hub.kml", layer, replace(SAID, language="en"))
    said = [
        mark.findtext("k:description", namespaces=KML)
        for mark in document(tmp_path / "hub.kml").findall("k:Document/k:Placemark", KML)
    ]
    assert (
        said[0] == "<table><tr><td>Open</td><td>Yes</td></tr><tr><td>Share</td><td>25.0 %</td></tr></table>"
    )
    assert said[1] == "<table><tr><td>Open</td><td>No</td></tr></table>"


def test_a_place_that_is_missing_stays_missing(tmp_path):
    table = trial_map.table([None, shapely.Point(), shapely.Point(1, 2)], name=["無", "空", "有"])
    layer = trial_map.layer("hub", Text(ja="拠点", en="Hub"), "point", table, Style())
    write_geojson(tmp_path / "hub.geojson", layer, SAID)
    shapes = [feature["geometry"] for feature in collection(tmp_path / "hub.geojson")["features"]]
    assert shapes[0] is None
    assert shapes[2]["type"] == "Point"
    write_kml(tmp_path / "hub.kml", layer, SAID)
    marks = document(tmp_path / "hub.kml").findall("k:Document/k:Placemark", KML)
    assert [mark.find("k:Point", KML) is not None for mark in marks] == [False, False, True]


def test_big_layers_are_written_piece_by_piece_and_alike(tmp_path, monkeypatch):
    layer = LAYERS["vacant_house"]
    for name, rows in (("whole", 20_000), ("pieces", 7)):
        monkeypatch.setattr(words, "ROWS_AT_ONCE", rows)
        write_geojson(tmp_path / f"{name}.geojson", layer, SAID)
        write_kml(tmp_path / f"{name}.kml", layer, SAID)
    for form in ("geojson", "kml"):
        assert (tmp_path / f"whole.{form}").read_bytes() == (tmp_path / f"pieces.{form}").read_bytes()
        assert len(list(words.pieces(layer))) > 1


def test_hostile_texts_stay_texts(tmp_path):
    texts = cycle(trial_map.HOSTILE)
    points = [shapely.Point(place, 0) for place in range(len(trial_map.HOSTILE))]
    rows = trial_map.table(points, name=list(trial_map.HOSTILE), remark=list(reversed(trial_map.HOSTILE)))
    layer = replace(
        trial_map.layer("hub", Text(ja=next(texts), en=""), "point", rows, Style(),
                        popup=(("remark", Text(ja=next(texts), en="")),)),
        credit=Text(ja="".join(trial_map.HOSTILE), en=""),
    )  # fmt: skip
    write_geojson(tmp_path / "hub.geojson", layer, SAID)
    back = collection(tmp_path / "hub.geojson")
    assert [one["properties"]["name"] for one in back["features"]] == [
        text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for text in trial_map.HOSTILE
    ]
    write_kml(tmp_path / "hub.kml", layer, SAID)
    root = document(tmp_path / "hub.kml")
    plain = {"table", "tr", "td"}
    for mark in root.iter(f"{{{KML['k']}}}Placemark"):
        balloon = mark.findtext("k:description", namespaces=KML)
        parsed = etree.fromstring(f"<b>{balloon}</b>", etree.HTMLParser())
        assert {one.tag for one in parsed.iter()} <= {"html", "body", "b", *plain}
        assert not any(one.attrib for one in parsed.iter())
    names = [mark.findtext("k:name", namespaces=KML) for mark in root.iter(f"{{{KML['k']}}}Placemark")]
    assert names == [clean(text) for text in trial_map.HOSTILE]
    assert html.escape("<b>") not in names


def test_a_layer_without_credit_is_refused(tmp_path):
    bare = replace(LAYERS["zone"], credit=Text(ja="", en=""))
    for write in (write_geojson, write_kml):
        with pytest.raises(ConfigurationError) as refused:
            write(tmp_path / "zone", bare, SAID)
        assert [problem.code for problem in refused.value.problems] == ["maps.no_credit"]
    assert not list(tmp_path.iterdir())


def test_types_of_tables_become_those_of_json():
    table = gpd.GeoDataFrame(
        {
            "day": [pd.Timestamp("2026-11-01"), pd.NaT],
            "count": pd.array([3, None], dtype="Int64"),
            "share": [0.1 + 0.2, np.inf],
            "open": pd.array([True, None], dtype="boolean"),
        },
        geometry=[shapely.Point(0, 0)] * 2,
        crs=4326,
    )
    assert words.columns_of(table) == {
        "day": ["2026-11-01", None], "count": [3, None], "share": [0.1 + 0.2, None], "open": [True, None],
    }  # fmt: skip
