"""Opportunities within a time and weighted by distance: by hand, monotone, and against plain sums."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisplan.access.opportunities import (
    beside,
    exponential,
    gaussian,
    gravity,
    opportunities,
    power,
    steps,
)

MINUTES = st.lists(
    st.lists(st.one_of(st.floats(0, 90), st.just(math.inf)), min_size=3, max_size=3), min_size=1, max_size=6
).map(np.array)
BEDS = np.array([10.0, 5.0, 40.0])


def test_beds_within_ten_minutes_by_hand():
    minutes = np.array([[3.0, 10.0, 11.0], [math.inf] * 3, [math.nan] * 3])
    found = opportunities(minutes, 10.0, supply=BEDS)
    assert np.array_equal(found, [15.0, 0.0, np.nan], equal_nan=True)
    assert [opportunities(minutes, at, supply=BEDS)[0] for at in beside(10.0)] == [10.0, 15.0, 55.0]
    assert beside(0.5) == (0.5, 1.5)


def test_what_a_place_offers_may_be_unknown_and_then_adds_nothing():
    assert list(opportunities(np.array([[1.0, 2.0, 3.0]]), 5.0, supply=np.array([1.0, np.nan, 2.0]))) == [3.0]
    assert list(gravity(np.ones((1, 3)), supply=np.array([1.0, np.nan, 2.0]))) == [3.0]


def test_the_power_law_has_a_floor_of_one_minute():
    assert list(power(np.array([0.0, 0.5, 1.0, 2.0, math.inf]), beta=2.0)) == [1.0, 1.0, 1.0, 0.25, 0.0]


def test_a_zone_holds_its_end():
    zones = ((10.0, 1.0), (20.0, 0.5))
    found = steps(np.array([0.0, 10.0, 10.5, 20.0, 20.1, math.inf, math.nan]), zones=zones)
    assert np.array_equal(found, [1.0, 1.0, 0.5, 0.5, 0.0, 0.0, math.nan], equal_nan=True)


@given(MINUTES, st.floats(0.5, 60), st.floats(0, 20))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_more_time_never_means_fewer(minutes, threshold, more):
    less = opportunities(minutes, threshold, supply=BEDS)
    assert (less <= opportunities(minutes, threshold + more, supply=BEDS)).all()
    assert (opportunities(minutes, threshold) <= len(BEDS)).all()


@given(MINUTES, st.floats(0.05, 3), st.floats(1, 40))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_the_three_forms_are_their_plain_sums(minutes, beta, sigma):
    forms = (
        (power(minutes, beta=beta), lambda c: max(c, 1.0) ** -beta),
        (exponential(minutes, beta=beta), lambda c: math.exp(-beta * c)),
        (gaussian(minutes, sigma=sigma), lambda c: math.exp(-c * c / (2 * sigma * sigma))),
    )
    for weight, plain in forms:
        found = gravity(weight, supply=BEDS)
        by_hand = [
            sum(bed * plain(c) for bed, c in zip(BEDS, row, strict=True) if math.isfinite(c))
            for row in minutes
        ]
        assert found == pytest.approx(by_hand, rel=1e-12, abs=1e-300)
