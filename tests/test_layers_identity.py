"""Ids that do not depend on the order of rows, are never doubled, and hold across files."""

from pathlib import Path

import geopandas as gpd
import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from small_files import refused

from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.layers.identity import with_ids
from gisplan.sources.raw import File

SHOP = read_catalogue(packaged_folder())["shop"]


def file(name, *, sha="0"):
    return File(path=Path(name), name=name, driver="csv", sha256=sha + name, size=1)


def named(rows, *, files=("raw/a.csv",), keep=None):
    """Give ids to rows of (file, id, name, x)."""
    part_of = np.array([row[0] for row in rows], dtype="int64")
    table = gpd.GeoDataFrame(
        {"id": [row[1] for row in rows], "name": [row[2] for row in rows]},
        geometry=[shapely.Point(row[3], 0) for row in rows],
        crs=6676,
    )
    numbers = np.array([2 + list(part_of[:i]).count(part) for i, part in enumerate(part_of)], dtype="int64")
    parts = [file(one) if isinstance(one, str) else one for one in files]
    keep = np.ones(len(rows), dtype=bool) if keep is None else np.array(keep)
    return with_ids(table, SHOP, keep=keep, part_of=part_of, numbers=numbers, parts=parts)


def ids(found):
    return dict(zip(found.table["id"], found.table["name"], strict=True))


ROWS = [
    (0, "", "甲", 3.0),
    (0, "", "乙", 1.0),
    (0, "B-2", "丙", 2.0),
    (0, "", "甲", 1.0),
    (0, "A-1", "", 9.0),
]


def test_rows_without_an_id_get_one_and_all_are_sorted():
    found = named(ROWS)
    assert list(found.table["id"]) == ["A-1", "B-2", "shop-0001", "shop-0002", "shop-0003"]
    assert found.keep.all()
    assert list(found.table.columns) == ["id", "name", "geometry"]
    assert found.table.index.equals(pd.RangeIndex(5))
    assert found.table["id"].dtype == object


@given(st.permutations(ROWS))
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_rows_does_not_matter(rows):
    pd.testing.assert_frame_equal(pd.DataFrame(named(rows).table), pd.DataFrame(named(ROWS).table))


def test_the_start_of_a_ring_does_not_matter():
    ring = [(0, 0), (9, 0), (9, 9), (0, 9)]
    tables = [
        gpd.GeoDataFrame(
            {"id": ["", ""]},
            geometry=[shapely.Polygon(ring[n:] + ring[:n]), shapely.box(1, 1, 2, 2)],
            crs=6676,
        )
        for n in range(4)
    ]
    numbers = np.arange(2)
    found = [
        with_ids(table, SHOP, keep=numbers >= 0, part_of=numbers * 0, numbers=numbers, parts=[file("a")])
        for table in tables
    ]
    areas = [list(shapely.area(one.table.geometry.to_numpy())) for one in found]
    assert areas[0] in ([81, 1], [1, 81])
    assert all(one == areas[0] for one in areas)


def test_an_id_that_was_given_away_is_not_given_again():
    found = named([(0, "shop-0001", "甲", 1.0), (0, "", "乙", 2.0), (0, "", "丙", 3.0)])
    assert sorted(found.table["id"]) == ["shop-0001", "shop-0002", "shop-0003"]
    assert ids(found)["shop-0001"] == "甲"


def test_numbers_are_wide_enough_to_sort():
    found = named([(0, "", "", float(i)) for i in range(12_000)])
    assert found.table["id"].iloc[[0, -1]].tolist() == ["shop-00001", "shop-12000"]


def test_the_same_row_twice_is_counted_once():
    found = named([(0, "A-1", "甲", 1.0), (0, "A-1", "甲", 1.0), (0, "A-2", "乙", 1.0)])
    assert ids(found) == {"A-1": "甲", "A-2": "乙"}
    [(part, row)] = found.refused
    assert (part, row.row, row.code, row.value) == (0, 3, "id.row_twice", "A-1")
    assert found.keep.tolist() == [True, False, True]


def test_like_rows_without_an_id_may_be_two_things():
    assert len(named([(0, "", "甲", 1.0), (0, "", "甲", 1.0)]).table) == 2


@pytest.mark.parametrize("other", [("乙", 1.0), ("甲", 2.0)])
def test_one_id_for_two_things_stops_the_layer(other):
    rows = [
        (0, "A-1", "甲", 1.0),
        (0, "A-2", "x", 5.0),
        (0, "A-1", *other),
        (0, "A-3", "p", 1.0),
        (0, "A-3", "q", 1.0),
    ]
    with refused("id.duplicate", place="raw/a.csv:") as problems:
        named(rows)
    assert [problem.place for problem in problems] == ["raw/a.csv:2", "raw/a.csv:5"]
    assert "A-1" in problems[0].what.ja
    assert "2、4" in problems[0].what.ja


def test_rows_that_are_refused_already_do_not_count():
    found = named([(0, "A-1", "甲", 1.0), (0, "A-1", "乙", 2.0)], keep=[False, True])
    assert ids(found) == {"A-1": "乙"}


# ---- several files -----------------------------------------------------------------------------------------------


def test_ids_of_several_files_stay_as_they_are_where_they_differ():
    found = named([(0, "1", "甲", 1.0), (1, "2", "乙", 2.0)], files=["a.csv", "b.csv"])
    assert ids(found) == {"1": "甲", "2": "乙"}
    assert found.doubts == ()


def test_files_that_count_from_one_put_their_names_before():
    rows = [(0, "1", "甲", 1.0), (1, "1", "乙", 2.0), (1, "", "丙", 3.0)]
    found = named(rows, files=["east.csv", "west.csv"])
    assert ids(found) == {"east:1": "甲", "west:1": "乙", "shop-0001": "丙"}
    [doubt] = found.doubts
    assert (doubt.code, dict(doubt.values)) == ("id.across_files", {"rows": 1})


def test_files_of_one_name_in_two_folders_are_told_apart():
    found = named([(0, "1", "甲", 1.0), (1, "1", "乙", 2.0)], files=["east/a.csv", "west/a.csv"])
    assert ids(found) == {"east/a.csv:1": "甲", "west/a.csv:1": "乙"}


def test_files_that_are_called_the_same_in_messages_are_told_apart():
    """Outside the plan's folder a file is shown by its last two names."""
    files = [file("raw/a.csv", sha="x"), file("raw/a.csv", sha="y")]
    found = named([(0, "1", "甲", 1.0), (1, "1", "乙", 2.0)], files=files)
    assert found.table["id"].is_unique
    assert sorted(found.table["name"]) == sorted(["甲", "乙"])


def test_a_copy_of_a_file_adds_nothing():
    rows = [(0, "1", "甲", 1.0), (0, "2", "乙", 2.0), (1, "1", "甲", 1.0), (1, "2", "乙", 2.0)]
    found = named(rows, files=["zone.csv", "zone - copy.csv"])
    assert ids(found) == {"1": "甲", "2": "乙"}
    assert [(part, row.code) for part, row in found.refused] == [(1, "id.row_twice"), (1, "id.row_twice")]


def test_one_file_read_by_two_entries_is_one_file():
    rows = [(0, "1", "甲", 1.0), (1, "1", "甲", 1.0), (1, "2", "乙", 2.0)]
    assert ids(named(rows, files=["a.csv", "a.csv"])) == {"1": "甲", "2": "乙"}
    with refused("id.duplicate", place="a.csv"):
        named([(0, "1", "甲", 1.0), (1, "1", "別", 1.0)], files=["a.csv", "a.csv"])


@given(
    st.lists(
        st.tuples(
            st.integers(0, 1), st.sampled_from(["", "1", "shop-0001"]), st.sampled_from("ab"), st.just(1.0)
        ),
        max_size=7,
    )
)
@settings(max_examples=150, deadline=None)
def test_every_row_is_named_once_or_refused(rows):
    from gisplan.core.errors import InputError

    try:
        found = named(rows, files=["a.csv", "b.csv"])
    except InputError:
        assert len({row[:2] for row in rows}) < len(rows)
        return
    assert found.table["id"].is_unique
    assert not (found.table["id"] == "").any()
    assert len(found.table) + len(found.refused) == len(rows)
    assert len(found.table) == found.keep.sum()
