"""GeoPackage and GeoJSON: the table that is asked for, plain two-dimensional features, nothing run, nothing lost."""

import json
import sqlite3

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from small_files import SQUARE, refused

from gisplan.sources.raw import Wanted
from gisplan.sources.read import read_file


def read(path, **options):
    return read_file(path, name=f"raw/{path.name}", wanted=Wanted(**options))


def package(path, *tables, rows=3, crs=6676):
    for number, table in enumerate(tables):
        boxes = [shapely.box(i, number, i + 1, number + 1) for i in range(rows)]
        frame = gpd.GeoDataFrame({"名称": [f"{table}{i}" for i in range(rows)]}, geometry=boxes, crs=crs)
        frame.to_file(path, layer=table, driver="GPKG")
    return path


def collection(path, *features, **more):
    body = {"type": "FeatureCollection", "features": list(features)} | more
    path.write_text(json.dumps(body, ensure_ascii=False), "utf-8")
    return path


def feature(geometry, /, *, number=None, **properties):
    shape = None if geometry is None else shapely.geometry.mapping(geometry)
    head = {"type": "Feature"} if number is None else {"type": "Feature", "id": number}
    return head | {"properties": properties, "geometry": shape}


# ---- GeoPackage ---------------------------------------------------------------------------------------------


def test_a_package_of_one_table_is_read(tmp_path):
    raw = read(package(tmp_path / "a.gpkg", "区域"))
    assert list(raw.table["名称"]) == ["区域0", "区域1", "区域2"]
    assert (raw.crs, raw.rows.tolist(), raw.file.driver) == (6676, [1, 2, 3], "geopackage")
    assert shapely.area(raw.geometry).tolist() == [1, 1, 1]


def test_one_of_several_tables_is_asked_for_and_can_be_named(tmp_path):
    path = package(tmp_path / "a.gpkg", "二", "一")
    with refused("file.layer", place="raw/a.gpkg") as problems:
        read(path)
    assert "一、二" in problems[0].what.ja
    assert read(path, table="二").table["名称"].iloc[0] == "二0"
    with refused("file.table") as problems:
        read(path, table="三")
    assert "三" in problems[0].what.en


def with_view(path, *, name="upper(名称)", extra=()):
    with sqlite3.connect(path) as database:
        database.execute(f"create view secret as select fid, geom, {name} as name from 区域")  # noqa: S608 (a hostile file is made on purpose)
        database.execute(
            "insert into gpkg_contents (table_name, data_type, identifier, srs_id)"
            " values ('secret', 'features', 'secret', 6676)"
        )
        database.execute("insert into gpkg_geometry_columns values ('secret', 'geom', 'POLYGON', 6676, 0, 0)")
        for statement in extra:
            database.execute(statement)
    database.close()
    return path


def test_a_view_is_no_table(tmp_path):
    """A view runs what it says when it is read; it is neither offered nor opened by its name."""
    path = with_view(package(tmp_path / "a.gpkg", "区域"))
    raw = read(path)
    assert list(raw.table["名称"]) == ["区域0", "区域1", "区域2"]
    assert [doubt.code for doubt in raw.doubts] == ["file.views"]
    with refused("file.table") as problems:
        read(path, table="secret")
    assert "区域。" in problems[0].what.ja


@pytest.mark.parametrize("name", ["load_extension('evil')", "readfile ('secret.csv')", "WriteFile('a', 'b')"])
def test_a_view_that_calls_others_closes_the_package(tmp_path, name):
    path = with_view(package(tmp_path / "a.gpkg", "区域"), name=name)
    with refused("sec.gpkg_view", place="raw/a.gpkg") as problems:
        read(path)
    assert "secret" in problems[0].what.ja


def test_rows_that_another_program_keeps_in_a_log_are_read(tmp_path):
    """QGIS writes so; the file alone holds the old rows, and the log must stay as it is."""
    path = package(tmp_path / "a.gpkg", "区域")
    database = sqlite3.connect(path)
    database.execute("pragma journal_mode = wal").fetchall()
    database.execute("pragma wal_autocheckpoint = 0")
    database.execute('drop trigger if exists "rtree_区域_geom_delete"')
    database.execute("delete from 区域 where 名称 = '区域2'")
    database.commit()
    before = {part.name: part.read_bytes() for part in tmp_path.iterdir() if not part.name.endswith("-shm")}
    assert "a.gpkg-wal" in before
    assert list(read(path).table["名称"]) == ["区域0", "区域1"]
    assert {name: (tmp_path / name).read_bytes() for name in before} == before
    database.close()


def test_a_package_with_nothing_but_a_view_is_refused(tmp_path):
    path = with_view(
        package(tmp_path / "a.gpkg", "区域"), extra=["delete from gpkg_contents where table_name = '区域'"]
    )
    with refused("file.no_geometry", place="raw/a.gpkg"):
        read(path)


def test_a_name_of_sql_is_only_a_name(tmp_path):
    name = 'x"; drop table gpkg_contents; --'
    path = package(tmp_path / "a.gpkg", name, "other")
    assert len(read(path, table=name).table) == 3
    assert len(read(path, table="other").table) == 3


@pytest.mark.parametrize("name", ["空 き#家%20?.gpkg", "a'b.gpkg", "計画&.gpkg"])
def test_odd_names_of_files(tmp_path, name):
    assert len(read(package(tmp_path / name, "区域")).table) == 3


def test_reading_leaves_the_package_as_it_was(tmp_path):
    path = package(tmp_path / "a.gpkg", "区域")
    before = path.read_bytes()
    read(path)
    assert path.read_bytes() == before
    assert [part.name for part in tmp_path.iterdir()] == ["a.gpkg"]


@pytest.mark.parametrize("left", [0.9, 0.5, 0.05])
def test_a_cut_package_is_refused(tmp_path, left):
    path = package(tmp_path / "a.gpkg", "区域", rows=400)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * left)])
    with refused("file.truncated", place="raw/a.gpkg") as problems:
        read(path)
    assert str(tmp_path) not in problems[0].what.ja + problems[0].what.en


def test_a_plain_database_is_no_package(tmp_path):
    path = tmp_path / "a.gpkg"
    with sqlite3.connect(path) as database:
        database.execute("create table t (a)")
    database.close()
    with refused("file.corrupt", place="raw/a.gpkg"):
        read(path)


def test_an_empty_table_has_no_rows(tmp_path):
    raw = read(package(tmp_path / "a.gpkg", "区域", rows=0))
    assert (len(raw.table), len(raw.geometry), raw.crs) == (0, 0, 6676)


# ---- GeoJSON ------------------------------------------------------------------------------------------------


def test_features_are_counted_from_one_whatever_their_ids(tmp_path):
    path = collection(tmp_path / "a.geojson", *(feature(SQUARE, number=n, name=str(n)) for n in (70, 7, 700)))
    raw = read(path)
    assert list(raw.table["name"]) == ["70", "7", "700"]
    assert raw.rows.tolist() == [1, 2, 3]


@pytest.mark.parametrize(("member", "crs"), [
    (None, 4326),
    ("urn:ogc:def:crs:EPSG::6676", 6676),
    ("urn:ogc:def:crs:EPSG::6668", 6668),
    ("urn:ogc:def:crs:OGC:1.3:CRS84", 4326),
])  # fmt: skip
def test_the_old_crs_member_is_honoured_with_east_first(tmp_path, member, crs):
    more = {"crs": {"type": "name", "properties": {"name": member}}} if member else {}
    raw = read(collection(tmp_path / "a.geojson", feature(shapely.Point(138.3, 34.9)), **more))
    assert raw.crs == crs
    assert (raw.geometry[0].x, raw.geometry[0].y) == (138.3, 34.9)


def test_heights_are_left_out(tmp_path):
    raw = read(collection(tmp_path / "a.geojson", feature(shapely.Point(138.3, 34.9, 712.3))))
    assert not shapely.has_z(raw.geometry).any()
    assert raw.crs == 4326


def test_missing_and_empty_geometries_are_kept_for_the_layer_to_refuse(tmp_path):
    empty = {"type": "Feature", "properties": {"a": 2}, "geometry": {"type": "Polygon", "coordinates": []}}
    raw = read(collection(tmp_path / "a.geojson", feature(None, a=1), empty, feature(SQUARE, a=3)))
    gone = shapely.is_missing(raw.geometry) | shapely.is_empty(raw.geometry)
    assert gone.tolist() == [True, True, False]
    assert list(raw.table["a"]) == [1, 2, 3]


def test_a_property_may_be_called_geometry(tmp_path):
    raw = read(collection(tmp_path / "a.geojson", feature(SQUARE, geometry="x", fid=1, index=3)))
    assert raw.table["geometry_"].iloc[0] == "x"
    assert [doubt.code for doubt in raw.doubts] == ["tab.reserved"]
    assert raw.geometry[0].equals(SQUARE)


def test_geojson_in_another_encoding_is_read_and_told(tmp_path):
    path = collection(tmp_path / "a.geojson", feature(SQUARE, name="用途地域"))
    path.write_bytes(path.read_text("utf-8").encode("cp932"))
    raw = read(path)
    assert (raw.table["name"].iloc[0], raw.encoding) == ("用途地域", "cp932")
    assert [doubt.code for doubt in raw.doubts] == ["enc.geojson"]


def test_a_byte_order_mark_does_no_harm(tmp_path):
    path = collection(tmp_path / "a.geojson", feature(SQUARE, name="区域"))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    raw = read(path)
    assert (raw.table["name"].iloc[0], raw.encoding_how) == ("区域", "BOM")


FEATURES = '{"type":"FeatureCollection","features":[%s]}'
POINT = '{"type":"Feature","properties":{"n":%s},"geometry":{"type":"Point","coordinates":[%s,36]}}'


@pytest.mark.parametrize(("code", "place", "text"), [
    ("file.truncated", ":1", (FEATURES % (POINT % (1, 137)))[:-9]),
    ("file.corrupt", ":1", FEATURES % "oops"),
    ("sec.depth", "", FEATURES % (POINT % (1, "[" * 5_000 + "]" * 5_000))),
    ("geom.nan", ":2", FEATURES % ",".join([POINT % (1, 137), POINT % (1, "1e400")])),
    ("geom.nan", ":2", FEATURES % ",".join([POINT % ("NaN", 137), POINT % (1, "NaN"), POINT % (1, 138)])),
    ("geom.nan", ":1", FEATURES % (POINT % (1, "-Infinity"))),
])  # fmt: skip
def test_damaged_geojson_is_refused_in_plain_words(tmp_path, code, place, text):
    path = tmp_path / "a.geojson"
    path.write_text(text)
    with refused(code, place=f"raw/a.geojson{place}") as problems:
        read(path)
    assert len(problems) == 1
    assert str(tmp_path) not in problems[0].what.en


def test_a_name_that_stands_twice_is_told(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text(FEATURES % (POINT % ('1,"n":2', 137)))
    raw = read(path)
    [doubt] = raw.doubts
    assert doubt.code == "json.dup_key"
    assert dict(doubt.values) == {"count": 1, "keys": ["n"]}
    assert list(raw.table["n"]) == [2]


def test_text_that_could_run_stays_text(tmp_path):
    name = "</script><script>alert(1)</script>{{7*7}}${x}"
    assert read(collection(tmp_path / "a.geojson", feature(SQUARE, name=name))).table["name"].iloc[0] == name


def test_a_list_of_no_features_has_no_rows(tmp_path):
    raw = read(collection(tmp_path / "a.geojson"))
    assert len(raw.table) == len(raw.rows) == len(raw.geometry) == 0
    assert raw.mended.dtype == np.bool_


def test_features_without_properties_are_rows(tmp_path):
    raw = read(collection(tmp_path / "a.geojson", feature(SQUARE), feature(SQUARE)))
    assert len(raw.table) == len(raw.geometry) == 2


@pytest.mark.parametrize("name", ["番号", 'a "b"', "a\\b", "select"])
def test_long_numbers_beside_a_gap_keep_every_digit(tmp_path, name):
    """As a float the first would end in …992."""
    numbers = [9007199254740993, None, 5]
    raw = read(collection(tmp_path / "a.geojson", *(feature(SQUARE, **{name: number}) for number in numbers)))
    assert list(raw.table[name].fillna("")) == ["9007199254740993", "", "5"]
    path = tmp_path / "a.gpkg"
    long = pd.array([9007199254740993, None], dtype="Int64")
    frame = gpd.GeoDataFrame({"n": long}, geometry=[SQUARE, SQUARE], crs=6668)
    frame.to_file(path, layer='t "x"', driver="GPKG")
    assert list(read(path).table["n"].fillna("")) == ["9007199254740993", ""]


def test_members_that_are_no_features_are_refused_by_their_numbers(tmp_path):
    small = {"type": "feature", "properties": {"a": "x"}, "geometry": None}
    unknown = feature(SQUARE, a=5)
    unknown["geometry"]["type"] = "Polygone"
    path = collection(
        tmp_path / "a.geojson",
        feature(SQUARE, a=1),
        None,
        small,
        {"properties": {}},
        unknown,
        feature(SQUARE, a=6),
    )
    raw = read(path)
    assert raw.rows.tolist() == [1, 6]
    assert list(raw.table["a"]) == [1, 6]
    assert [(row.row, row.code) for row in raw.refused] == [
        (2, "json.no_feature"), (3, "json.no_feature"), (4, "json.no_feature"), (5, "geom.unread"),
    ]  # fmt: skip
    assert (raw.refused[1].value, raw.refused[1].cells) == ('type: "feature"', ("x",))
    assert "Polygone" in raw.refused[3].value


def test_a_collection_whose_features_are_no_list_is_refused(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": feature(SQUARE)}))
    with refused("file.not_geojson"):
        read(path)


@pytest.mark.parametrize(("member", "named"), [
    ({"type": "name", "properties": {"name": "Tokyo"}}, "Tokyo"),
    ({"type": "name", "properties": {"name": "JGD2000 / 平面直角 8"}}, "JGD2000 / 平面直角 8"),
    ({"type": "link", "properties": {"href": "zone8.prj", "type": "ogcwkt"}}, "zone8.prj"),
    ("EPSG:6676", "EPSG:6676"),
])  # fmt: skip
def test_a_system_that_is_not_resolved_by_its_name_is_unknown(tmp_path, member, named):
    """GDAL takes such files for WGS 84 without a word."""
    raw = read(collection(tmp_path / "a.geojson", feature(SQUARE), crs=member))
    assert raw.crs is None
    assert named in raw.crs_detail
    assert not raw.doubts


def test_the_system_of_a_file_too_large_to_be_parsed_is_asked_for_too(tmp_path, monkeypatch):
    monkeypatch.setattr("gisplan.sources.geojson.STRICT_BYTES", 10)
    named = {"type": "name", "properties": {"name": "旧日本測地系"}}
    raw = read(collection(tmp_path / "a.geojson", feature(SQUARE), crs=named))
    assert (raw.crs, raw.crs_detail) == (None, "旧日本測地系")
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::6676"}}
    assert read(collection(tmp_path / "b.geojson", feature(SQUARE), crs=named)).crs == 6676
    assert read(collection(tmp_path / "c.geojson", feature(SQUARE))).crs == 4326


@pytest.mark.filterwarnings("ignore:Integer values")
def test_numbers_too_large_for_gdal_keep_every_digit(tmp_path):
    numbers = [22212000000000000001, 22212000000000000002]
    raw = read(collection(tmp_path / "a.geojson", *(feature(SQUARE, 番号=number) for number in numbers)))
    assert list(raw.table["番号"]) == [str(number) for number in numbers]
    assert [doubt.code for doubt in raw.doubts] == ["id.precision"]
    raw = read(
        collection(tmp_path / "b.geojson", *(feature(SQUARE, number=number, a=1) for number in numbers))
    )
    assert list(raw.table["id"]) == [str(number) for number in numbers]


def test_text_that_looks_like_a_date_stays_as_it_is_written(tmp_path):
    rows = [{"番号": "2024/01/02", "時": "10:30"}, {"番号": "2024/01/03", "時": "11:00"}]
    raw = read(collection(tmp_path / "a.geojson", *(feature(SQUARE, **row) for row in rows)))
    assert raw.table.to_dict("records") == rows


@pytest.mark.parametrize("sign", ["", "\x1e"])
def test_features_line_by_line_are_named_as_such(tmp_path, sign):
    path = tmp_path / "a.geojson"
    path.write_text("".join(f"{sign}{json.dumps(feature(SQUARE, a=number))}\n" for number in (1, 2)))
    with refused("file.json_lines", place="raw/a.geojson") as problems:
        read(path)
    assert "GeoJSONSeq" in problems[0].what.ja


def test_a_long_description_before_the_type_hides_nothing(tmp_path):
    body = {
        "description": "あ" * 70_000,
        "type": "FeatureCollection",
        "features": [feature(SQUARE, a="区域")],
    }
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(body, ensure_ascii=False), "utf-8")
    raw = read(path)
    assert (list(raw.table["a"]), raw.crs, raw.rows.tolist()) == (["区域"], 4326, [1])


@pytest.mark.parametrize("number", [0, -1])
def test_a_package_that_says_its_system_is_undefined_states_none(tmp_path, number):
    path = package(tmp_path / "a.gpkg", "区域")
    with sqlite3.connect(path) as database:
        database.execute("update gpkg_geometry_columns set srs_id = ?", (number,))
        database.execute("update gpkg_contents set srs_id = ?", (number,))
    database.close()
    raw = read(path)
    assert (raw.crs, raw.crs_detail) == (None, "")


def test_times_keep_their_zone(tmp_path):
    collection = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"公表日": "2026-10-31T15:00:00.000Z"},
                "geometry": {"type": "Point", "coordinates": [138.3, 34.85]},
            }
        ],
    }
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(collection), "utf-8")
    assert read_file(path, name="a.geojson", wanted=Wanted()).table["公表日"].tolist() == [
        "2026-10-31T15:00:00.000Z"
    ]
