"""FlatGeobuf, GeoParquet and DXF, and what GDAL does in silence: heights, arcs, rings left open."""

import sqlite3
import struct

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_files import SQUARE, refused
from test_sources_vector import collection, feature, package

from gisplan.sources.door import admit
from gisplan.sources.raw import Wanted
from gisplan.sources.read import read_file


def read(path, **wanted):
    return read_file(path, name=f"raw/{path.name}", wanted=Wanted(**wanted))


def frame(rows=3, crs=6676):
    boxes = [shapely.box(i, 0, i + 0.5, 1) for i in range(rows)]
    columns = {"名称": [f"区域{i}" for i in range(rows)], "数": [2**60 + i for i in range(rows)]}
    return gpd.GeoDataFrame(columns, geometry=boxes, crs=crs)


# ---- FlatGeobuf ------------------------------------------------------------------------------------------------


def test_flatgeobuf_is_read(tmp_path):
    frame().to_file(tmp_path / "a.fgb")
    raw = read(tmp_path / "a.fgb")
    assert (raw.file.driver, raw.crs, sorted(raw.table["名称"])) == (
        "flatgeobuf",
        6676,
        ["区域0", "区域1", "区域2"],
    )
    assert sorted(raw.table["数"]) == [2**60, 2**60 + 1, 2**60 + 2]


@pytest.mark.parametrize("left", [0.95, 0.7, 0.4])
def test_a_cut_flatgeobuf_is_never_a_shorter_one(tmp_path, left):
    frame(rows=200).to_file(tmp_path / "a.fgb")
    data = (tmp_path / "a.fgb").read_bytes()
    (tmp_path / "a.fgb").write_bytes(data[: int(len(data) * left)])
    with pytest.raises(Exception) as caught:  # noqa: PT011 (which of two codes is the library's choice)
        read(tmp_path / "a.fgb")
    assert {problem.code for problem in caught.value.problems} <= {"file.truncated", "file.corrupt"}


# ---- GeoParquet ------------------------------------------------------------------------------------------------


def test_geoparquet_is_read_with_its_system(tmp_path):
    frame().assign(日=pd.to_datetime(["2026-11-01", None, "2026-11-02"]), 無=[1.0, None, 3.0]).to_parquet(
        tmp_path / "a.parquet"
    )
    raw = read(tmp_path / "a.parquet")
    assert (raw.file.driver, raw.crs, list(raw.table.columns)) == (
        "parquet",
        6676,
        ["名称", "数", "日", "無"],
    )
    assert list(raw.table["数"]) == [2**60, 2**60 + 1, 2**60 + 2]
    assert [shape.equals(box) for shape, box in zip(raw.geometry, frame().geometry, strict=True)] == [
        True
    ] * 3


def test_geoparquet_without_a_system_means_degrees_and_null_means_unknown(tmp_path):
    frame(crs=None).to_parquet(tmp_path / "none.parquet")
    assert read(tmp_path / "none.parquet").crs is None
    table = pq.read_table(tmp_path / "none.parquet")
    about = dict(table.schema.metadata)
    about[b"geo"] = about[b"geo"].replace(b'"crs": null, ', b"")
    assert b'"crs"' not in about[b"geo"]
    pq.write_table(table.replace_schema_metadata(about), tmp_path / "left_out.parquet")
    assert read(tmp_path / "left_out.parquet").crs == 4326


def test_parquet_without_geometry_is_a_table_and_gaps_keep_whole_numbers_whole(tmp_path):
    table = pa.table({"id": pa.array([2**60 + 1, None]), "緯度": [34.9, 34.8]})
    pq.write_table(table, tmp_path / "a.parquet")
    raw = read(tmp_path / "a.parquet")
    assert raw.geometry is None
    assert raw.table["id"].fillna("").to_list() == [str(2**60 + 1), ""]


def test_a_damaged_parquet_is_refused(tmp_path):
    frame(rows=50).to_parquet(tmp_path / "a.parquet")
    data = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(data[:-200])
    with refused("file.truncated", place="raw/a.parquet"):
        read(tmp_path / "a.parquet")
    frame().to_parquet(tmp_path / "b.parquet", geometry_encoding="geoarrow")
    with refused("file.parquet_encoding", place="raw/b.parquet"):
        read(tmp_path / "b.parquet")


# ---- DXF -------------------------------------------------------------------------------------------------------


def dxf(path, *entities, page="ANSI_932", encoding="cp932"):
    """Write a drawing of entities, each a list of (group code, value)."""
    pairs = [(0, "SECTION"), (2, "HEADER"), (9, "$ACADVER"), (1, "AC1015"), (9, "$DWGCODEPAGE"), (3, page)]
    pairs += [
        (0, "ENDSEC"),
        (0, "SECTION"),
        (2, "ENTITIES"),
        *(pair for entity in entities for pair in entity),
    ]
    pairs += [(0, "ENDSEC"), (0, "EOF")]
    path.write_bytes("".join(f"{code:>3}\r\n{value}\r\n" for code, value in pairs).encode(encoding))
    return path


def line(layer, *points, closed=False, bulge=0.0):
    ring = [(0, "LWPOLYLINE"), (8, layer), (100, "AcDbPolyline"), (90, len(points)), (70, int(closed))]
    corners = [pair for x, y in points for pair in ((10, x), (20, y), *([(42, bulge)] if bulge else []))]
    return ring + corners


CORNERS = ((0.0, 0.0), (10.0, 0.0), (10.0, 5.0), (0.0, 5.0))


@pytest.mark.parametrize(
    ("page", "encoding"), [("ANSI_932", "cp932"), ("ANSI_1252", "cp932"), ("ANSI_932", "utf-8")]
)
def test_a_drawing_is_read_whatever_it_says_of_its_text(tmp_path, page, encoding):
    words = [(0, "TEXT"), (8, "注記"), (10, 1.0), (20, 1.0), (40, 2.5), (1, "区域表示")]
    path = dxf(tmp_path / "a.dxf", line("区域", *CORNERS, closed=True), words, page=page, encoding=encoding)
    raw = read(path)
    assert (raw.file.driver, raw.crs) == ("dxf", None)
    assert list(raw.table["Layer"]) == ["区域", "注記"]
    assert "区域表示" in set(raw.table["Text"])
    assert raw.geometry[0].length == 30
    assert raw.doubts == ()


def test_arcs_of_a_drawing_are_told(tmp_path):
    circle = [(0, "CIRCLE"), (8, "a"), (10, 0.0), (20, 0.0), (40, 100.0)]
    path = dxf(tmp_path / "a.dxf", circle, line("b", *CORNERS, closed=True, bulge=0.5))
    raw = read(path)
    assert [doubt.code for doubt in raw.doubts] == ["geom.curve"]
    assert shapely.hausdorff_distance(raw.geometry[0], shapely.Point(0, 0).buffer(100, 500).exterior) < 0.07


def test_drawings_that_cannot_be_read_say_why(tmp_path):
    path = dxf(tmp_path / "a.dxf", line("区域", *CORNERS))
    path.write_bytes(path.read_bytes()[:-30])
    with refused("file.truncated", place="raw/a.dxf"):
        read(path)
    path.write_bytes(b"AutoCAD Binary DXF\r\n\x1a\x00" + b"\x00" * 100)
    with refused("file.dxf_binary", place="raw/a.dxf"):
        read(path)


# ---- heights, arcs, open rings ---------------------------------------------------------------------------------


def test_heights_of_points_are_kept_as_a_column(tmp_path):
    points = [
        {"type": "Point", "coordinates": [138.3, 34.9, 12.5]},
        {"type": "Point", "coordinates": [138.3, 34.8]},
    ]
    path = collection(
        tmp_path / "a.geojson", *(feature(None, n=i) | {"geometry": p} for i, p in enumerate(points))
    )
    raw = read(path)
    assert (raw.crs, list(shapely.has_z(raw.geometry))) == (4326, [False, False])
    assert raw.table["z"].iloc[0] == 12.5
    assert np.isnan(raw.table["z"].iloc[1])
    assert [doubt.code for doubt in raw.doubts] == ["geom.z"]


def test_heights_of_lines_are_told_and_heights_of_nothing_are_not(tmp_path):
    for height, codes in ((3.0, ["geom.z_dropped"]), (0.0, [])):
        shape = shapely.LineString([(0, 0, height), (1, 1, height)])
        path = tmp_path / f"{height}.gpkg"
        gpd.GeoDataFrame({"n": [1]}, geometry=[shape], crs=6676).to_file(path)
        raw = read(path)
        assert [doubt.code for doubt in raw.doubts] == codes
        assert not shapely.has_z(raw.geometry).any()
        assert list(raw.table.columns) == ["n"]


ARC = (
    struct.pack("<2sBBi", b"GP", 0, 1, 6676) + struct.pack("<BII", 1, 10, 1)  # a CURVEPOLYGON of one ring
    + struct.pack("<BII", 1, 8, 5) + struct.pack("<10d", 0, 0, 1, 1, 2, 0, 1, -1, 0, 0)  # a CIRCULARSTRING
)  # fmt: skip


def test_arcs_in_a_package_become_lines_and_are_told(tmp_path):
    path = package(tmp_path / "a.gpkg", "区域", rows=1)
    with sqlite3.connect(path) as database:
        for (trigger,) in database.execute(
            "select name from sqlite_master where type = 'trigger'"
        ).fetchall():
            database.execute(f'drop trigger "{trigger}"')
        database.execute("update 区域 set geom = ?", (ARC,))
    database.close()
    raw = read(path)
    assert [(doubt.code, dict(doubt.values)) for doubt in raw.doubts] == [
        ("geom.curve", {"rows": 1, "degrees": "4", "share": "0.06 %"})
    ]
    assert shapely.area(raw.geometry[0]) == pytest.approx(np.pi, rel=0.001)


def test_a_ring_left_open_is_closed_and_told(tmp_path):
    ring = [[138.3, 34.85], [138.31, 34.85], [138.31, 34.86], [138.3, 34.86]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    path = collection(tmp_path / "a.geojson", feature(SQUARE, n=1), feature(None, n=2) | {"geometry": shape})
    raw = read(path)
    assert raw.mended.tolist() == [False, True]
    assert [(doubt.code, doubt.values["rows"]) for doubt in raw.doubts] == [("geom.unclosed", ["2"])]  # noqa: PD011 (a doubt is no frame)
    assert shapely.equals(raw.geometry[1], shapely.box(138.3, 34.85, 138.31, 34.86))


# ---- the same rows from every form -----------------------------------------------------------------------------

WORDS = st.text(st.characters(codec="cp932", exclude_categories=["Cc", "Cs"]), max_size=12)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=st.lists(st.tuples(WORDS, st.integers(-(2**31), 2**31 - 1)), min_size=1, max_size=5))
def test_every_form_gives_the_same_rows(tmp_path, rows):
    boxes = [shapely.box(i, 0, i + 0.5, 1) for i in range(len(rows))]
    names, numbers = zip(*rows, strict=True)
    table = gpd.GeoDataFrame({"name": names, "n": numbers}, geometry=boxes, crs=6676)
    for ending in ("gpkg", "fgb", "parquet", "geojson"):
        path = tmp_path / f"a.{ending}"
        path.unlink(missing_ok=True)
        write = table.to_parquet if ending == "parquet" else table.to_file
        write(path, **({"SPATIAL_INDEX": "NO"} if ending == "fgb" else {}))
        raw = read(path)
        assert raw.crs == 6676
        assert [
            ("" if pd.isna(a) else a, int(b)) for a, b in zip(raw.table["name"], raw.table["n"], strict=True)
        ] == [(name, number) for name, number in rows]
        assert shapely.equals(raw.geometry, boxes).all()
    assert admit(path, name="a").driver == "geojson"


def test_geoparquet_that_lacks_its_geometry_or_its_description_says_so(tmp_path):
    frame().to_parquet(tmp_path / "a.parquet")
    table = pq.read_table(tmp_path / "a.parquet")
    pq.write_table(table.drop_columns(["geometry"]), tmp_path / "without.parquet")
    with refused("file.parquet_column", place="raw/without.parquet") as problems:
        read(tmp_path / "without.parquet")
    assert "geometry" in problems[0].what.ja
    pq.write_table(table.replace_schema_metadata({}), tmp_path / "bare.parquet")
    with refused("file.parquet_no_geo", place="raw/bare.parquet"):
        read(tmp_path / "bare.parquet")


def test_other_bytes_in_a_parquet_are_no_geometry(tmp_path):
    pq.write_table(pa.table({"id": [1], "photo": [b"\xff\xd8\xff"]}), tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet").geometry is None
