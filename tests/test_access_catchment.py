"""The floating catchment areas against PySAL `access`, by hand, and what they conserve."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisplan.access.catchment import (
    ENHANCED,
    THREE_STEP,
    crowd,
    enhanced_weight,
    ratios,
    received,
    selection,
    shares,
    three_step_weight,
    two_step_weight,
)
from gisplan.access.coverage import within
from gisplan.access.opportunities import power

pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")

PEOPLE = np.array([100.0, 50.0, 10.0])
DOCTORS = np.array([15.0, 20.0, 100.0])
GRIDLOCK = np.array([[1.0, 80.0, 40.0], [80.0, 1.0, 40.0], [40.0, 40.0, 1.0]])
"""Two suburbs and a city: a minute inside, 40 between suburb and city, 80 across; catchment 61, weight 1/c."""


def peer(minutes, people, supply, *, form, weight, limit):
    """Return what PySAL `access` answers for one matrix."""
    access = pytest.importorskip("access")
    rows, columns = minutes.shape
    origin, place = np.meshgrid(np.arange(rows), np.arange(columns) + 1000, indexing="ij")
    costs = pd.DataFrame({"origin": origin.ravel(), "dest": place.ravel(), "cost": minutes.ravel()})
    found = access.Access(
        demand_df=pd.DataFrame({"id": np.arange(rows), "people": people}),
        demand_index="id",
        demand_value="people",
        supply_df=pd.DataFrame({"id": np.arange(columns) + 1000, "supply": supply}),
        supply_index="id",
        supply_value="supply",
        cost_df=costs,
        cost_origin="origin",
        cost_dest="dest",
        cost_name="cost",
    )
    options = {"max_cost": limit} if weight is None else {"max_cost": limit, "weight_fn": weight}
    getattr(found, form)(name="a", **options)
    return found.access_df["a_supply"].reindex(np.arange(rows)).fillna(0.0).to_numpy()


def test_the_hospitals_of_pysal():
    inverse = power(GRIDLOCK, beta=1.0)
    inside = within(GRIDLOCK, 61.0)
    two = shares(inverse * inside, demand=PEOPLE, supply=DOCTORS)
    assert two == pytest.approx([0.331444117, 0.579828132, 7.28641817], abs=1e-8)
    three = shares(selection(inverse) * inverse * inside, demand=PEOPLE, supply=DOCTORS)
    assert three == pytest.approx([0.156256588, 0.406216452, 9.906351855], abs=1e-9)


def test_the_hospitals_to_the_ninth_decimal_against_the_library():
    weights = pytest.importorskip("access").weights
    inverse = power(GRIDLOCK, beta=1.0)
    inside = within(GRIDLOCK, 61.0)
    for form, weight in (
        ("two_stage_fca", inverse * inside),
        ("three_stage_fca", selection(inverse) * inverse * inside),
    ):
        there = peer(GRIDLOCK, PEOPLE, DOCTORS, form=form, weight=weights.gravity(1, -1), limit=61)
        assert shares(weight, demand=PEOPLE, supply=DOCTORS) == pytest.approx(there, abs=1e-9), form


@pytest.mark.parametrize("seed", range(4))
def test_random_towns_agree_with_the_library(seed):
    weights = pytest.importorskip("access").weights
    random = np.random.default_rng(seed)
    minutes = random.uniform(0.0, 75.0, (40, 12))
    people, supply = random.integers(1, 900, 40).astype(float), random.integers(1, 60, 12).astype(float)
    cases = (
        ("two_stage_fca", two_step_weight(minutes, threshold=30.0), None, 30),
        ("enhanced_two_stage_fca", enhanced_weight(minutes), weights.step_fn(dict(ENHANCED)), 30),
        ("three_stage_fca", three_step_weight(minutes), weights.step_fn(dict(THREE_STEP)), 60),
    )
    for form, weight, function, limit in cases:
        there = peer(minutes, people, supply, form=form, weight=function, limit=limit)
        found = shares(weight, demand=people, supply=supply)
        assert found == pytest.approx(there, abs=1e-9), form


def test_by_hand_two_villages_share_a_clinic():
    # 30 and 70 people within 10 minutes of one clinic of 5 beds, and 70 of them alone near another of 7.
    minutes = np.array([[4.0, 60.0], [10.0, 10.0]])
    weight = two_step_weight(minutes, threshold=10.0)
    assert list(ratios(np.array([5.0, 7.0]), crowd(weight, np.array([30.0, 70.0])))) == [0.05, 0.1]
    found = shares(weight, demand=np.array([30.0, 70.0]), supply=np.array([5.0, 7.0]))
    assert found == pytest.approx([0.05, 0.15])


def test_unreached_is_a_true_zero_unknown_people_share_nothing_and_off_the_road_is_not_assessed():
    minutes = np.array([[4.0, np.inf], [np.inf, np.inf], [np.nan, np.nan], [5.0, 5.0]])
    people = np.array([10.0, 5.0, 8.0, np.nan])
    weight = two_step_weight(minutes, threshold=10.0)
    shared = crowd(weight, people)
    assert list(shared) == [10.0, 0.0]
    ratio = ratios(np.array([2.0, 3.0]), shared)
    assert ratio[0] == 0.2
    assert np.isnan(ratio[1]), "nobody who is known shares it: not served"
    assert np.array_equal(received(weight, ratio), [0.2, 0.0, np.nan, 0.2], equal_nan=True)
    assert np.array_equal(selection(weight)[2], [np.nan, np.nan], equal_nan=True)
    assert list(selection(weight)[3]) == [0.5, 0.5]
    unknown = ratios(np.array([np.nan, 3.0]), np.array([10.0, 5.0]))
    assert received(weight, unknown)[0] == 0.0


TOWNS = st.integers(0, 2**32 - 1)


@given(TOWNS, st.floats(1, 60))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_what_all_get_is_what_the_served_have(seed, threshold):
    random = np.random.default_rng(seed)
    minutes = random.uniform(0.0, 90.0, (25, 7))
    minutes[random.random((25, 7)) < 0.2] = np.inf
    minutes[random.random(25) < 0.1] = np.nan
    people, supply = random.integers(0, 500, 25).astype(float), random.uniform(1, 50, 7)
    forms = (
        two_step_weight(minutes, threshold=threshold),
        enhanced_weight(minutes),
        three_step_weight(minutes),
    )
    for weight in forms:
        shared = crowd(weight, people)
        received_by_all = np.nansum(people * shares(weight, demand=people, supply=supply))
        assert received_by_all == pytest.approx(supply[shared > 0.0].sum(), rel=1e-12)
