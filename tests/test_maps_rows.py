"""Rows for PostgreSQL: every number exact, every gap a NULL, every name quoted and none cut in silence."""

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gisplan.maps.rows import (
    LONGEST_NAME,
    NULL,
    ColumnRows,
    column_rows,
    fitting,
    lines,
    literal,
    numbered,
    quoted,
    shape_rows,
)

ANY = st.text(max_size=90)


@given(ANY, st.sets(ANY, max_size=3))
def test_a_name_fits_and_is_not_taken(name, taken):
    found = fitting(name, taken)
    assert 0 < len(found.encode()) <= LONGEST_NAME
    assert "\0" not in found
    assert found not in taken
    assert fitting(name, taken) == found


def test_long_names_that_begin_alike_stay_apart():
    one, two = fitting("区域" * 20 + "甲", ()), fitting("区域" * 20 + "乙", ())
    assert one != two
    assert one.startswith("区域" * 8)


@given(ANY)
def test_a_quoted_name_ends_where_it_should(name):
    inside = quoted(name)[1:-1]
    assert '"' not in inside.replace('""', "")


@given(ANY)
def test_a_literal_ends_where_it_should(text):
    """Read as the server reads it: a backslash takes the next sign along."""
    inside, position = literal(text)[2:-1], 0
    while position < len(inside):
        position += 2 if inside[position] == "\\" else 1
        assert inside[position - 1] != "'" or inside[position - 2] == "\\"
    assert position == len(inside)


@pytest.mark.parametrize(
    ("values", "wanted", "kind", "cells"),
    [
        ([1.5, math.nan, math.inf, 0.1], "", "double precision", ["1.5", NULL, "Infinity", "0.1"]),
        ([12.0, math.nan], "", "double precision", ["12.0", NULL]),
        ([12.0, math.nan], "integer", "bigint", ["12", NULL]),
        ([12.5, math.nan], "integer", "double precision", ["12.5", NULL]),
        ([True, None], "boolean", "boolean", ["t", NULL]),
        ([True, False], "", "boolean", ["t", "f"]),
        ([dt.date(2026, 11, 1), None], "date", "date", ["2026-11-01", NULL]),
        ([None, None], "date", "date", [NULL, NULL]),
        ([None, None], "", "text", [NULL, NULL]),
        (["令和", None], "date", "text", ["令和", NULL]),
        (["\\N", ""], "text", "text", ["\\\\N", ""]),
        (["a\tb\nc\rd\0e\ud800"], "text", "text", ["a\\tb\\nc\\rd\ufffde\ufffd"]),
        ([9007199254740993], "", "bigint", ["9007199254740993"]),
        ([2**70, None], "", "double precision", [repr(float(2**70)), NULL]),
        (["x", 1, None], "", "text", ["x", "1", NULL]),
    ],
)
def test_a_column_has_the_type_of_its_field_where_its_values_have(values, wanted, kind, cells):
    texts = any(isinstance(value, str) for value in values)
    found = column_rows(pd.Series(values, dtype=object if texts else None), name="x", wanted=wanted)
    assert (found.type, found.cells) == (kind, cells)


def test_whole_numbers_beside_gaps_stay_whole():
    values = pd.Series([1, None], dtype="Int64")
    assert column_rows(values, name="x", wanted="integer").cells == ["1", NULL]


@given(st.floats())
def test_a_number_comes_back_as_it_was(number):
    (cell,) = column_rows(pd.Series([number]), name="x", wanted="number").cells
    assert math.isnan(number) if cell == NULL else float(cell) == number


def test_single_shapes_become_multiples_where_the_column_holds_those():
    shapes = np.array(
        [shapely.box(0, 0, 1, 1), shapely.MultiPolygon([shapely.box(2, 2, 3, 3)]), None], dtype=object
    )
    found = shape_rows(shapes, name="geom", type="geometry(MultiPolygon,6676)", crs=6676)
    first, second, gap = found.cells
    assert gap == NULL
    for cell in (first, second):
        shape = shapely.from_wkb(cell)
        assert (shape.geom_type, shapely.get_srid(shape)) == ("MultiPolygon", 6676)


def test_numbers_of_rows_do_not_depend_on_their_order():
    one = [ColumnRows(name="a", type="text", cells=["y", "x"])]
    two = [ColumnRows(name="a", type="text", cells=["x", "y"])]
    assert numbered(one, "fid") == numbered(two, "fid")
    assert numbered([ColumnRows(name="a", type="text", cells=[])], "fid")[0].cells == []


def test_many_rows_come_in_parts():
    columns = [ColumnRows(name="a", type="bigint", cells=[str(n) for n in range(5_000)])]
    parts = list(lines(columns))
    assert len(parts) == 3
    assert b"".join(parts) == "".join(f"{n}\n" for n in range(5_000)).encode()
