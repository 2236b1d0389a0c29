"""The grants' own indicators print what their forms print."""

import math
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisplan.core.tables import half_up
from gisplan.siting.scenarios.forms import (
    difference,
    forms,
    increase_rate,
    mean,
    reduction_rate,
    state_minutes,
)

CASES = tomllib.loads((Path(__file__).parent / "cases" / "scenario_forms.toml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES["rate"], ids=lambda case: case["form"])
def test_the_time_reduction_rate_and_its_two_means(case):
    rates = [reduction_rate(before, after) for before, after in case["minutes"]]
    assert rates == case["rates"]
    assert mean(rates, digits=1) == case["mean_of_rounded"]
    exact = [reduction_rate(before, after, digits=12) for before, after in case["minutes"]]
    assert mean(exact, digits=3) == case["mean_unrounded"]


@pytest.mark.parametrize("case", CASES["people"], ids=lambda case: case["form"])
def test_people_stand_in_units_of_ten_thousand(case):
    assert [forms()["people_ic"].value(count) for count in case["people"]] == case["printed"]


@pytest.mark.parametrize("case", CASES["state"], ids=lambda case: case["form"])
def test_the_time_by_length_and_state(case):
    found = [state_minutes(*pair) for pair in zip(case["unbuilt_km"], case["built_km"], strict=True)]
    assert found == case["minutes"]


def test_rounding_is_half_up_on_decimals():
    assert [half_up(value, 1) for value in (0.05, 0.15, 0.25, 0.35, 56.25, -0.25)] == [
        0.1,
        0.2,
        0.3,
        0.4,
        56.3,
        -0.3,
    ]
    assert half_up(2.675, 2) == 2.68
    assert math.isnan(half_up(math.nan, 1))


def test_a_rate_without_a_before_is_none():
    assert math.isnan(reduction_rate(0.0, 1.0))
    assert math.isnan(reduction_rate(math.inf, 1.0))
    assert math.isnan(increase_rate(math.nan, 1.0))
    assert math.isnan(difference(math.nan, 1.0))
    assert math.isnan(mean([], digits=1))


@given(st.integers(1, 5000), st.integers(0, 5000))
def test_both_rates_are_one_with_the_sign_turned(before, after):
    one, other = reduction_rate(before / 10, after / 10), increase_rate(before / 10, after / 10)
    assert one == -other
    assert difference(before / 10, after / 10) == pytest.approx((after - before) / 10, abs=1e-12)


def test_every_form_says_its_source_and_its_rounding():
    for form in forms().values():
        assert form.source.ja
        assert form.source.en
        assert form.rounding.ja
        assert form.rounding.en
        assert form.rate in {"reduction", "increase", "mean", "none"}
