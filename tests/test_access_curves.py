"""Cumulative curves: they rise, end where coverage ends, and keep unreached and not assessed apart."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisplan.access.coverage import coverage
from gisplan.access.curves import curve
from gisplan.core.tables import hold

TIMES = st.one_of(st.floats(0, 40), st.sampled_from([np.inf, np.nan, 5.0, 10.0]))
WEIGHTS = st.one_of(st.floats(0, 100), st.just(np.nan))


def rows(nearest, weight, **more):
    made = None if nearest is None else np.array(nearest, float)
    usual = {"layer": "population", "to": "hub", "up_to": 10.0}
    return curve(made, np.array(weight, float), **{**usual, **more})


def test_a_curve_counts_minute_by_minute():
    found = rows([1.0, 2.5, np.inf, np.nan], [10, 20, 5, 7], up_to=3.0)
    assert found["minutes"].tolist() == [0, 1, 2, 3]
    assert found["within"].tolist() == [0, 10, 10, 30]
    assert found["share"].tolist() == pytest.approx([0, 10 / 35, 10 / 35, 30 / 35])
    assert set(found["unit"]) == {"people"}


def test_the_last_minute_is_a_whole_one():
    assert rows([1.0], [1], up_to=2.5)["minutes"].tolist() == [0, 1, 2, 3]


def test_nothing_assessed_is_not_zero():
    for nearest in (None, [np.nan]):
        found = rows(nearest, [3], layer="vacant_house")
        assert found[["within", "share"]].isna().all(axis=None)
        assert set(found["unit"]) == {"houses"}
    nobody = rows([1.0], [0.0])
    assert nobody["within"].tolist()[-1] == 0
    assert nobody["share"].isna().all()


@given(st.lists(st.tuples(TIMES, WEIGHTS), min_size=1, max_size=20))
@settings(max_examples=80, deadline=None)
def test_a_curve_rises_and_says_what_coverage_says(given_rows):
    nearest, weight = (np.array(values, float) for values in zip(*given_rows, strict=True))
    found = hold(rows(nearest, weight, up_to=30.0), "curves")
    assert (np.diff(found["within"].dropna()) >= 0).all()
    wanted = coverage(nearest, weight, layer="population", to="hub", thresholds=(5.0, 10.0, 30.0))
    own = found[found["minutes"].isin(wanted["minutes"])]
    for column in ("within", "share"):
        assert np.allclose(own[column], wanted[column], equal_nan=True)
