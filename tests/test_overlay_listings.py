"""One house in several lists: by address, by place, and where only the office can tell."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from small_files import refused

from gisplan.core.errors import InputError
from gisplan.overlay.listings import double_listings, normal_address

CRS = "EPSG:6676"


def houses(*rows):
    """Return houses of (id, source, address, x, y)."""
    table = pd.DataFrame([row[:3] for row in rows], columns=["id", "source", "address"])
    return gpd.GeoDataFrame(table, geometry=[shapely.Point(row[3:]) for row in rows], crs=CRS)


def pairs(found):
    return list(zip(found["id"], found["other"], found["by"], strict=True))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("焼津市本町２丁目１６番３２号", "静岡県焼津市本町二丁目16-32"),
        ("焼津市本町2-16-32", "焼津市 本町２ー１６ー３２"),
        ("汐見市磯辺32番地", "汐見市磯辺３２"),
        ("汐見市磯辺二十三番地の4", "汐見市磯辺23-4"),
        ("汐見市磯辺百二番地", "汐見市磯辺102"),
        ("汐見市磯辺一〇番", "汐見市磯辺10"),
        ("汐見市磯辺10の2", "汐見市磯辺10-2"),
    ],
)
def test_addresses_written_in_two_ways_are_one(one, other):
    assert normal_address(one) == normal_address(other) != ""


@pytest.mark.parametrize("text", ["", "汐見市磯辺", "汐見市本町一丁目", "不明"])
def test_an_address_without_a_lot_is_none(text):
    assert normal_address(text) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("磯辺32", "磯辺3-2"), ("磯辺1-12", "磯辺11-2"), ("大津市県町5", "町5"), ("八番町1", "九番町1")],
)
def test_different_lots_stay_different(one, other):
    assert normal_address(one) != normal_address(other)


@pytest.mark.parametrize(
    ("rows", "sure", "possible"),
    [
        ([("A", "ledger", "町1", 0, 0), ("B", "bank", "町１番地", 60, 0)], [("A", "B", "address")], []),
        ([("A", "ledger", "町1", 0, 0), ("B", "bank", "町1", 3, 0)], [("A", "B", "both")], []),
        ([("A", "ledger", "", 0, 0), ("B", "bank", "", 5, 0)], [("A", "B", "place")], []),
        ([("A", "ledger", "", 0, 0), ("B", "bank", "", 5.1, 0)], [], []),
        # twice in one list
        ([("A", "ledger", "町1", 0, 0), ("B", "ledger", "町1", 3, 0)], [("A", "B", "address")], []),
        # one list, one point: a terrace, or an apartment house
        ([("A", "ledger", "", 0, 0), ("B", "ledger", "", 0, 0)], [], [("A", "B", "place")]),
        ([("A", "ledger", "", 0, 0), ("B", "ledger", "", 1, 0)], [], []),
        # the same lot number far away
        ([("A", "ledger", "町1", 0, 0), ("B", "bank", "町1", 101, 0)], [], [("A", "B", "address")]),
        # two of the ledger stand near the one of the bank: which of them is it?
        (
            [("A", "ledger", "", 0, 0), ("B", "ledger", "", 4, 0), ("C", "bank", "", 2, 0)],
            [],
            [("A", "C", "place"), ("B", "C", "place")],
        ),
        # a source that is not known may be the same list
        ([("A", "", "", 0, 0), ("B", "bank", "", 2, 0)], [], [("A", "B", "place")]),
    ],
)
def test_what_is_sure_and_what_is_only_possible(rows, sure, possible):
    found = double_listings(houses(*rows))
    assert pairs(found.pairs) == sure
    assert pairs(found.possible) == possible
    assert found.house.nunique() == len(rows) - len(sure)


def test_three_lists_of_one_house_are_one():
    found = double_listings(
        houses(("A", "ledger", "町1", 0, 0), ("B", "bank", "町1", 40, 0), ("C", "survey", "", 42, 0))
    )
    assert set(found.house) == {"A"}
    assert pairs(found.pairs) == [("A", "B", "address"), ("B", "C", "place")]
    assert list(found.pairs["sources"]) == ["bank・ledger", "bank・survey"]


def test_a_list_set_to_one_point_makes_neither_one_house_nor_many_pairs():
    count = 2_000
    table = gpd.GeoDataFrame(
        {
            "id": [f"{number:04d}" for number in range(count)],
            "source": ["ledger", "bank"] * (count // 2),
            "address": [""] * count,
        },
        geometry=[shapely.Point(0, 0)] * count,
        crs=CRS,
    )
    found = double_listings(table)
    assert found.house.nunique() == count
    assert len(found.possible) < 2 * count


def test_no_house_and_no_address_column():
    empty = double_listings(houses())
    assert len(empty.pairs) == len(empty.possible) == len(empty.house) == 0
    found = double_listings(
        houses(("A", "ledger", "", 0, 0), ("B", "bank", "", 1, 0)).drop(columns="address")
    )
    assert pairs(found.pairs) == [("A", "B", "place")]


def test_degrees_are_refused():
    with refused(error=InputError, code="crs.area", exit_code=2):
        double_listings(houses(("A", "ledger", "", 138, 34)).to_crs(6668))


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["ledger", "bank", "survey", ""]),
        st.sampled_from(["", "町1", "町１番地", "町2"]),
        st.integers(0, 12),
        st.sampled_from([0, 3, 200]),
    ),
    max_size=12,
)


@settings(deadline=None, max_examples=30)
@given(rows=ROWS, data=st.data())
def test_the_order_of_the_rows_changes_nothing(rows, data):
    table = houses(*((f"H{place:02d}", *row) for place, row in enumerate(rows)))
    order = data.draw(st.permutations(range(len(rows))))
    one, other = double_listings(table), double_listings(table.iloc[order])
    pd.testing.assert_frame_equal(one.pairs, other.pairs)
    pd.testing.assert_frame_equal(one.possible, other.possible)
    pd.testing.assert_series_equal(one.house, other.house)


@settings(deadline=None, max_examples=30)
@given(rows=ROWS)
def test_a_house_is_named_by_its_lowest_record_and_pairs_agree_with_it(rows):
    table = houses(*((f"H{place:02d}", *row) for place, row in enumerate(rows)))
    found = double_listings(table)
    assert (found.house.to_numpy() <= found.house.index.to_numpy()).all()
    for one, other in zip(found.pairs["id"], found.pairs["other"], strict=True):
        assert one < other
        assert found.house[one] == found.house[other]
    assert not set(pairs(found.pairs)) & set(pairs(found.possible))
    far = found.pairs.loc[found.pairs["by"] == "place", "distance_m"]
    assert (far <= 5).all()
    assert np.all(found.pairs["distance_m"] <= 100)
