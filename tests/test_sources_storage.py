"""Rows of a GeoPackage against its own word: text in columns of numbers, geometries that are none."""

import sqlite3

import geopandas as gpd
import pytest
import shapely

from gisplan.sources.read import read_file


@pytest.fixture
def package(tmp_path):
    """Return a function that writes a package of three rows, after statements that damage it."""

    def write(*statements):
        path = tmp_path / "a.gpkg"
        boxes = [shapely.box(i, 0, i + 1, 1) for i in range(3)]
        frame = gpd.GeoDataFrame(
            {"名称": list("一二三"), "容積率": [200, 400, 300]}, geometry=boxes, crs=6676
        )
        frame.to_file(path, layer='区"域', driver="GPKG")
        with sqlite3.connect(path) as database:
            for (name,) in database.execute(
                "select name from sqlite_master where type = 'trigger'"
            ).fetchall():
                database.execute('drop trigger "{}"'.format(name.replace('"', '""')))
            for statement in statements:
                database.execute(*statement)
        database.close()
        return path

    return write


TABLE = '"区""域"'


def read(path):
    return read_file(path, name="raw/a.gpkg")


def test_text_in_a_column_of_numbers_is_read_as_it_stands_and_told(package):
    raw = read(
        package(
            (f'update {TABLE} set "容積率" = ? where fid = 1', ("２００％",)),  # noqa: S608 (the table is the test's)
            (f'update {TABLE} set "容積率" = null where fid = 3',),  # noqa: S608 (the table is the test's)
        )
    )
    assert list(raw.table["容積率"].fillna("")) == ["２００％", "400", ""]
    [doubt] = raw.doubts
    assert doubt.code == "num.storage"
    assert dict(doubt.values) == {"columns": ["容積率"], "count": 1, "rows": ["1"], "examples": ["２００％"]}


def test_a_sound_package_keeps_its_numbers(package):
    raw = read(package())
    assert raw.table["容積率"].tolist() == [200, 400, 300]
    assert (raw.doubts, raw.refused) == ((), ())


@pytest.mark.parametrize("blob", [b"damaged", b"GP\x00\x01\x14\x1a\x00\x00\x01\x03", "POINT (1 1)"])
def test_a_geometry_that_is_none_is_unread_not_empty(package, blob):
    raw = read(
        package(
            (f"update {TABLE} set geom = ? where fid = 2", (blob,)),  # noqa: S608 (the table is the test's)
            (f"update {TABLE} set geom = null where fid = 3",),  # noqa: S608 (the table is the test's)
        )
    )
    assert raw.rows.tolist() == [1, 3]
    assert list(raw.table["名称"]) == ["一", "三"]
    [row] = raw.refused
    assert (row.row, row.code, row.cells) == (2, "geom.unread", ("二", "400"))
    assert shapely.is_missing(raw.geometry).tolist() == [False, True]
