"""Lists become points and mesh codes become cells; a place that is in doubt is refused with its row."""
# ruff: noqa: PD011 (the values of a doubt are no data frame)

import hypothesis.strategies as st
import jismesh.utils as jismesh
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from small_files import refused

from gisplan.core.words import LayerEntry
from gisplan.layers.places import mesh_cells, mesh_codes, points_of
from gisplan.sources.raw import File, Raw


def raw(columns, *, first=2):
    table = pd.DataFrame(columns, dtype=object)
    return Raw(
        file=File(path=None, name="raw/a.csv", driver="csv", sha256="", size=1),
        table=table,
        geometry=None,
        rows=np.arange(first, first + len(table)),
        mended=np.zeros(len(table), dtype=bool),
    )


def points(north, east, *, names=("緯度", "経度"), crs=""):
    """Return the places of a list as (x, y), None for a refused row, the mended rows and the codes by row."""
    found = placed(dict(zip(names, (north, east), strict=True)), crs=crs)
    places = [None if shape is None else (shape.x, shape.y) for shape in found.points]
    return places, found.mended.tolist(), {row.row: row.code for row in found.refused}


def placed(table, *, kind="point", **entry):
    return points_of(raw(table), entry=LayerEntry(layer="shop", path=("a.csv",), **entry), kind=kind)


@pytest.mark.parametrize("names", [
    ("緯度", "経度"), ("北緯", "東経"), ("lat", "lon"), ("Lat", "Lng"), ("LATITUDE", "LONGITUDE"), ("Y", "X"),
    ("ｙ", "ｘ"), ("緯度（10進）", "経度（10進）"), ("stop_lat", "stop_lon"), ("X座標", "Y座標"),
])  # fmt: skip
def test_the_columns_go_by_many_names(names):
    assert points(["34.86"], ["138.32"], names=names)[0] == [(138.32, 34.86)]


def test_the_order_of_the_columns_does_not_matter():
    found = placed({"経度": ["138.32"], "緯度": ["34.86"]})
    assert found.points[0].coords[0] == (138.32, 34.86)


def test_a_list_without_places_is_told_which_columns_it_needs():
    with refused("coord.columns", place="raw/a.csv") as problems:
        placed({"住所": ["焼津市"], "緯度": ["34.8"]})
    assert "緯度" in problems[0].cure.ja
    assert "住所" in problems[0].cure.en


@pytest.mark.parametrize(("north", "east"), [
    ("34.86", "138.32"), (34.86, 138.32), ("３４．８６", "１３８．３２"), (" 34.86 ", "138.32\u3000"),
    ("34度51分36秒", "138度19分12秒"), ("34°51'36\"N", "138°19'12\"E"), ("北緯34度51分36.0秒", "東経138度19分12.0秒"),
    ("34°51′36″", "138°19′12″"), ("34°51’36”", "138°19’12”"), ("34°51'36''", "138°19'12''"),
])  # fmt: skip
def test_degrees_are_read_as_people_write_them(north, east):
    [(x, y)], [mended], gone = points([north], [east])
    assert (x, y) == (pytest.approx(138.32, abs=1e-9), pytest.approx(34.86, abs=1e-9))
    assert gone == {}
    assert mended == (str(north).strip() != "34.86")


@pytest.mark.parametrize(("north", "east", "code"), [
    ("", "", "coord.missing"), ("-", "不明", "coord.missing"), ("0", "0", "coord.missing"),
    ("0.0", "0", "coord.missing"),
    ("NaN", "inf", "coord.missing"), ("34.8", "inf", "coord.missing"), ("34.8", "", "coord.missing"),
    ("約34.8", "138.3", "coord.missing"), ("34度61分0秒", "138度0分0秒", "coord.missing"),
    ("138.32", "34.86", "coord.swapped"), ("51.5", "-0.1", "coord.outside_japan"),
    ("34.86", "13.832", "coord.outside_japan"),
    ("345136", "1381912", "coord.packed"), ("36", "121.9", "coord.outside_japan"),
])  # fmt: skip
def test_a_place_in_doubt_is_refused_and_the_others_stay(north, east, code):
    places, mended, gone = points(["34.8", north, "34.9"], ["138.3", east, "138.2"])
    assert places == [(138.3, 34.8), None, (138.2, 34.9)]
    assert mended == [False, False, False]
    assert gone == {3: code}


@pytest.mark.parametrize(
    "place", [("24.05", "122.94"), ("45.52", "141.94"), ("24.28", "153.98"), ("20.42", "136.08")]
)
def test_the_ends_of_japan_are_in_japan(place):
    assert points([place[0]], [place[1]])[2] == {}


def test_a_list_whose_headers_are_exchanged_is_stopped():
    with refused("crs.axis_swap", place="raw/a.csv") as problems:
        points(["138.1", "138.2", "138.3", "34.8"], ["34.8", "34.9", "34.7", "138.4"])
    assert "3" in problems[0].what.ja


def test_metres_of_a_survey_point_north_first():
    places, _, gone = points(
        ["-120000.5", "-120100"], ["-16000", "x"], names=("X座標", "Y座標"), crs="EPSG:6676"
    )
    assert places == [(-16000, -120000.5), None]
    assert gone == {3: "coord.missing"}


def test_metres_near_the_origin_of_a_zone_are_metres():
    assert points(["100.5"], ["-20"], names=("Ｘ座標", "Ｙ座標"), crs="EPSG:6676")[0] == [(-20, 100.5)]


def test_degrees_stay_degrees_where_the_plan_names_their_system():
    assert points(["34.8", "0"], ["138.3", "0"], crs="EPSG:4301")[2] == {3: "coord.missing"}


@pytest.mark.parametrize("names", [("X座標", "Y座標"), ("Y", "X")])
def test_metres_without_a_system_are_handed_on_to_be_asked_for(names):
    places, _, gone = points(["-120000", "-120100"], ["-16000", "-16100"], names=names)
    assert places == [(-16000, -120000), (-16100, -120100)]
    assert gone == {}


def test_one_slip_of_the_pen_makes_no_metres():
    assert points(["34.8", "3480", "34.9"], ["138.3", "138.3", "138.3"], names=("Y", "X"))[2] == {
        3: "coord.outside_japan"
    }


def test_an_empty_list_has_no_points():
    assert points([], []) == ([], [], {})


# ---- mesh codes ---------------------------------------------------------------------------------------------------


JAPAN = st.tuples(st.floats(24.0, 45.5), st.floats(123.0, 146.0))


@given(st.lists(JAPAN, min_size=1, max_size=4), st.sampled_from([(3, 1000), (4, 500), (5, 250), (6, 125)]))
@settings(max_examples=80, deadline=None)
def test_a_cell_holds_the_place_its_code_was_made_from(places, level):
    """The oracle is jismesh the other way round: from a place to its code."""
    south, west = (np.array([place[axis] for place in places] * 2) for axis in (0, 1))
    codes = jismesh.to_meshcode(south, west, level[0])
    cells, bad = mesh_cells(pd.Series([str(code) for code in codes], dtype=object))
    assert not bad.any()
    for cell, y, x in zip(cells, south, west, strict=True):
        left, lower, right, upper = cell.bounds
        assert left - 1e-9 <= x <= right + 1e-9
        assert lower - 1e-9 <= y <= upper + 1e-9
        # A third mesh is 30″ by 45″; each further level halves it.
        assert (upper - lower) == pytest.approx(30 / 3600 * level[1] / 1000)
        assert (right - left) == pytest.approx(45 / 3600 * level[1] / 1000)


@pytest.mark.parametrize(("code", "south", "west"), [
    ("52382245", 34 + 52 / 60, 138 + 18.75 / 60),
    ("523822452", 34 + 52 / 60, 138 + 18.75 / 60 + 22.5 / 3600),
    ("5238224522", 34 + 52 / 60, 138 + 18.75 / 60 + 33.75 / 3600),
    ("54380000", 36, 138),
])  # fmt: skip
def test_cells_worked_out_by_hand(code, south, west):
    [cell], _ = mesh_cells(pd.Series([code], dtype=object))
    assert cell.bounds[:2] == (pytest.approx(west, abs=1e-9), pytest.approx(south, abs=1e-9))


def test_cells_of_all_sizes_in_one_list():
    cells, bad = mesh_cells(pd.Series(["52382245", "523822452", "5238224522"], dtype=object))
    assert not bad.any()
    assert shapely.contains_properly(cells[0].buffer(1e-9), cells[1:]).all()


@pytest.mark.parametrize("code", [
    "", "5238", "523822", "5238224", "52388245", "52382845", "523822450", "523822455", "5238224520", "5238224525",
    "523822452211", "5.4374E+09", "52382245A", "-5238224", "52382245.5",
])  # fmt: skip
def test_what_is_no_code_has_no_cell(code):
    cells, bad = mesh_cells(pd.Series([code, "52382245"], dtype=object))
    assert bad.tolist() == [True, False]
    assert cells[0] is None
    assert cells[1] is not None


@pytest.mark.parametrize(
    "code", ["5238224522", "5238224522.0", "５２３８２２４５２２", " 5238224522 ", 5238224522, 5238224522.0]
)
def test_a_code_is_the_same_however_excel_left_it(code):
    assert mesh_codes(pd.Series([code, None], dtype=object)).tolist() == ["5238224522", ""]


# ---- columns of other kinds --------------------------------------------------------------------------------------


def told(found):
    return {doubt.code: doubt.values for doubt in found.doubts}


def spots(found):
    return [None if shape is None else (shape.x, shape.y) for shape in found.points]


@pytest.mark.parametrize(
    "name", ["緯度経度", "緯度,経度", "座標", "位置情報", "lat,lng", "緯度 / 経度", "経度・緯度"]
)
@pytest.mark.parametrize(
    "text",
    [
        "34.86,138.32",
        "34.86, 138.32",
        "138.32,34.86",
        "34.86 138.32",
        "(34.86, 138.32)",
        "34.86、138.32",
        "北緯34.86/東経138.32",
    ],
)
def test_one_column_holds_both_in_either_order(name, text):
    assert spots(placed({name: [text]})) == [(138.32, 34.86)]


def test_a_pair_that_cannot_be_read_is_refused():
    found = placed({"緯度経度": ["34.86,138.32", "焼津市", "", "34.86", "0,0"]})
    assert [row.code for row in found.refused] == ["coord.missing"] * 4


@pytest.mark.parametrize(
    "text", ["POINT(138.32 34.86)", "point (138.32 34.86)", "SRID=4326;POINT(138.32 34.86)"]
)
@pytest.mark.parametrize("name", ["WKT", "geometry", "geom", "図形"])
def test_shapes_as_text(name, text):
    assert spots(placed({name: [text, "POINT EMPTY", "x", "POINT(34.86 138.32)"]})) == [
        (138.32, 34.86),
        None,
        None,
        None,
    ]


def test_areas_as_text_come_before_points():
    table = {
        "緯度": ["34.85"],
        "経度": ["138.3"],
        "WKT": ["POLYGON((138.3 34.8,138.4 34.8,138.4 34.9,138.3 34.8))"],
    }
    assert placed(table, kind="polygon").points[0].geom_type == "Polygon"
    assert placed(table).points[0].geom_type == "Point"


def test_metres_as_text_need_their_system():
    assert spots(placed({"WKT": ["POINT(-16000 -120000)"]}, crs="EPSG:6676")) == [(-16000, -120000)]


@pytest.mark.parametrize(
    ("names", "values"), [(("X", "Y"), ("34.86", "138.32")), (("x", "y"), ("138.32", "34.86"))]
)
def test_the_order_of_x_and_y_is_told_by_where_japan_is(names, values):
    found = placed(dict(zip(names, [[value] * 3 for value in values], strict=True)))
    assert spots(found) == [(138.32, 34.86)] * 3
    assert set(told(found)) == ({"coord.xy_order"} if names == ("X", "Y") else set())


def test_metres_under_x_and_y_are_told_how_they_were_taken():
    found = placed({"X": ["-16000"], "Y": ["-120000"]}, crs="EPSG:6676")
    assert spots(found) == [(-16000, -120000)]
    assert told(found) == {"coord.xy_axes": {"north": "Y", "east": "X"}}
    assert set(told(placed({"X座標": ["-120000"], "Y座標": ["-16000"]}, crs="EPSG:6676"))) == {
        "coord.survey_axes"
    }


def test_the_plan_may_say_which_column_points_where():
    columns = {"latitude": "X", "longitude": "Y"}
    found = placed({"X": ["-120000"], "Y": ["-16000"]}, crs="EPSG:6676", columns=columns)
    assert spots(found) == [(-16000, -120000)]
    with refused("coord.column_named", place="raw/a.csv") as problems:
        placed({"X": ["1"], "Y": ["2"]}, columns={"latitude": "北", "longitude": "Y"})
    assert "北" in problems[0].what.ja
    with refused("coord.column_named"):
        placed({"X": ["1"], "Y": ["2"]}, columns={"latitude": "X"})


def test_names_that_are_near_are_offered_not_taken():
    with refused("tab.column_alias", place="raw/a.csv") as problems:
        placed({"施設の緯度": ["34.8"], "施設の経度": ["138.3"]})
    assert 'latitude = "施設の緯度", longitude = "施設の経度"' in problems[0].cure.ja


def test_degrees_minutes_and_seconds_are_told_with_examples():
    found = placed({"緯度": ["36度6分52秒", "34.8"], "経度": ["137°57'12\"E", "138.3"]})
    assert found.mended.tolist() == [True, False]
    assert told(found)["coord.dms"]["rows"] == 1
    assert "36.114444, 137.953333" in told(found)["coord.dms"]["examples"][0]


def test_figures_in_one_are_degrees_where_the_plan_says_so():
    table = {"緯度": ["360652.2"] * 2, "経度": ["1375712.2", "138.3"]}
    assert [row.code for row in placed(table).refused] == ["coord.packed", "coord.outside_japan"]
    found = placed(table, dms=True)
    assert [round(side, 6) for side in spots(found)[0]] == [137.953389, 36.1145]
    assert set(told(found)) == {"coord.dms"}


def test_a_place_in_a_group_of_columns_is_found():
    assert spots(placed({"座標 / 緯度": ["34.8"], "座標 / 経度": ["138.3"]})) == [(138.3, 34.8)]


def test_the_value_of_a_refused_row_is_both_coordinates():
    [row] = placed({"緯度": ["51.5"], "経度": ["-0.1"]}).refused
    assert (row.column, row.value) == ("緯度・経度", "51.5, -0.1")


@pytest.mark.parametrize("cell", ["=34.85", "#N/A", "#DIV/0!"])
def test_a_coordinate_that_was_never_calculated_is_refused_for_that_reason(cell):
    assert points([cell, ""], ["138.3", "138.3"])[2] == {2: "coord.formula", 3: "coord.missing"}
