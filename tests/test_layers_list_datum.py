"""A list says its datum in columns, titles or shapes; the old one is never read as that of the world."""

# ruff: noqa: PD011 (the values of a problem are no data frame)

import dataclasses

import numpy as np
import pandas as pd
import pytest
from small_files import refused

from gisplan.core.words import LayerEntry
from gisplan.layers.list_datum import says_new, says_old
from gisplan.layers.places import points_of
from gisplan.sources.raw import File, Raw, Wanted
from gisplan.sources.table import read_csv


def raw(columns, *titles):
    table = pd.DataFrame(columns, dtype=object)
    return Raw(
        file=File(path=None, name="raw/a.csv", driver="csv", sha256="", size=1), table=table, geometry=None,
        rows=np.arange(2, 2 + len(table)), mended=np.zeros(len(table), dtype=bool), titles=titles,
    )  # fmt: skip


def crs_of(table, *titles, kind="point", **entry):
    return points_of(
        raw(table, *titles), entry=LayerEntry(layer="shop", path=("a.csv",), **entry), kind=kind
    ).crs


PLACE = {"緯度": ["34.85", "34.86"], "経度": ["138.3", "138.31"]}


@pytest.mark.parametrize(
    "text",
    [
        "日本測地系",
        "緯度(日本測地系)",
        "旧日本測地系",
        "緯度_日本測地系",
        "Tokyo Datum",
        "lat_tokyo",
        "EPSG:4301",
    ],
)
def test_the_old_datum_goes_by_these_names(text):
    assert says_old(text)
    assert not says_new(text)


@pytest.mark.parametrize(
    "text", ["世界測地系", "JGD2011", "日本測地系2011", "日本測地系2000", "WGS84", "緯度(世界測地系)"]
)
def test_the_datum_of_the_world_goes_by_these_names(text):
    assert says_new(text)
    assert not says_old(text)


def test_a_list_that_says_nothing_states_no_crs():
    assert crs_of(PLACE, "空き家一覧（Tokyo Metropolitan）") is None


def test_columns_of_the_old_datum_named_in_plan_toml_are_read_in_it():
    columns = {"緯度(日本測地系)": ["34.85"], "経度(日本測地系)": ["138.3"]}
    asked = {"latitude": "緯度(日本測地系)", "longitude": "経度(日本測地系)"}
    assert crs_of(columns, columns=asked) == 4301


def test_a_group_header_of_the_old_datum_is_seen():
    assert crs_of({"日本測地系 / 緯度": ["34.85"], "日本測地系 / 経度": ["138.3"]}) == 4301


def test_of_two_pairs_that_of_the_world_is_offered_or_taken():
    columns = {
        "日本測地系 / 緯度": ["34.8"], "日本測地系 / 経度": ["138.3"],
        "世界測地系 / 緯度": ["34.9"], "世界測地系 / 経度": ["138.4"],
    }  # fmt: skip
    with refused("tab.column_alias") as met:
        crs_of(columns)
    assert met[0].values["latitude"] == "世界測地系 / 緯度"
    assert met[0].values["longitude"] == "世界測地系 / 経度"
    both = PLACE | {"緯度(世界測地系)": ["35", "35"], "経度(世界測地系)": ["138", "138"]}
    assert points_of(raw(both), entry=LayerEntry(layer="shop", path=("a.csv",))).points[0].y == 35


def test_a_column_of_datums_decides_and_a_mixed_one_is_refused():
    assert crs_of(PLACE | {"測地系": ["日本測地系", "旧測地系"]}) == 4301
    assert crs_of(PLACE | {"測地系": ["世界測地系", ""]}) is None
    with refused("coord.datum_rows"):
        crs_of(PLACE | {"測地系": ["世界測地系", "日本測地系"]})
    with refused("coord.datum_rows"):
        crs_of(PLACE | {"測地系": ["1", "1"]})


def test_a_title_decides_and_one_of_both_datums_is_asked_about():
    assert crs_of(PLACE, "空き家一覧（座標は日本測地系）") == 4301
    assert crs_of(PLACE, "座標は世界測地系") is None
    with refused("coord.datum_asked"):
        crs_of(PLACE, "日本測地系から世界測地系へ変換")


def test_what_plan_toml_says_goes_before_the_title():
    assert crs_of(PLACE, "座標は日本測地系", crs="EPSG:6668") is None


def test_the_srid_of_shapes_as_text_is_honoured_and_two_are_refused():
    shapes = ["SRID=4301;POINT(138.3 34.85)", "SRID=4301;POINT(138.3 34.86)"]
    assert crs_of({"WKT": shapes}) == 4301
    assert crs_of({"WKT": ["SRID=0;POINT(138.3 34.85)"]}) is None
    with refused("coord.srid"):
        crs_of({"WKT": [shapes[0], "SRID=4326;POINT(138.3 34.85)"]})
    with refused("coord.srid"):
        crs_of({"WKT": ["SRID=99999;POINT(138.3 34.85)"]})


def test_titles_are_told_by_the_reader_of_lists(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("空き家一覧（日本測地系）\n番号,緯度,経度\n1,34.8,138.3\n※座標は概略\n", "utf-8")
    file = dataclasses.replace(raw(PLACE).file, path=path)
    assert read_csv(file, Wanted(known=("緯度", "経度"))).titles[0] == "空き家一覧（日本測地系）"
