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
        "2026-10-31T15:00:00Z"
    ]
