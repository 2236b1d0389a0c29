"""Speed limits as roads carry them."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.layers.limits import read_limit, read_limits

ROAD = read_catalogue(packaged_folder())["road"]
SPEED = ROAD.fields["speed_kmh"]


@pytest.mark.parametrize(
    ("cell", "kmh", "how"),
    [
        ("50", 50.0, "plain"),
        ("50.0", 50.0, "plain"),
        ("５０", 50.0, "converted"),
        ("40 km/h", 40.0, "converted"),
        ("30 mph", 48.28, "converted"),
        ("10 knots", 18.52, "converted"),
        ("40;60", 40.0, "lowest"),
        ("60；40", 40.0, "lowest"),
        ("60;none", 60.0, "lowest"),
        ("JP:urban", None, "words"),
        ("none", None, "words"),
        ("walk", None, "words"),
        ("signals", None, "words"),
        ("-50", None, "words"),
        ("0", None, "zero"),
        ("０", None, "zero"),
        ("", None, "missing"),
        ("－", None, "missing"),
    ],
)
def test_a_limit_is_read_or_left_to_the_class_of_the_road(cell, kmh, how):
    found = read_limit(cell)
    assert (found.kmh, found.how) == (kmh, how)


def test_a_column_of_limits_counts_how_they_are_written():
    cells = pd.Series(["50", "５０", "40;60", "JP:urban", "JP:urban", "0", "", "不明"], dtype=object)
    found = read_limits(cells, SPEED)
    assert found.read.column.tolist()[:3] == [50.0, 50.0, 40.0]
    assert found.read.column.isna().sum() == 5
    assert found.counts == {
        "plain": 1, "converted": 1, "lowest": 1, "missing": 2, "zero": 1, "words": 2,
        "kinds": ["JP:urban 2", "40;60 1", "５０ 1"],
    }  # fmt: skip
    assert found.read.mended.tolist() == [False, True, True, False, False, False, False, False]
    assert found.read.unread.tolist() == [False, False, False, True, True, True, False, False]


def test_numbers_of_a_geopackage_are_limits_too():
    found = read_limits(pd.Series([50.0, float("nan"), 0.0]), SPEED)
    assert found.counts["plain"] == found.counts["missing"] == found.counts["zero"] == 1


def test_other_fields_and_files_without_the_column_hold_no_limits():
    assert read_limits(pd.Series(["50"]), ROAD.fields["width_m"]) is None
    assert read_limits(pd.Series([None, None], dtype=object), SPEED) is None


@given(st.text(max_size=12))
def test_any_text_is_a_positive_figure_or_none(text):
    found = read_limit(text)
    assert (found.kmh is None) == (found.how in {"missing", "zero", "words"})
    assert found.kmh is None or found.kmh > 0


@given(st.lists(st.integers(1, 200), min_size=2, max_size=5))
def test_of_several_limits_the_lowest_counts(figures):
    assert read_limit(";".join(map(str, figures))).kmh == min(figures)
