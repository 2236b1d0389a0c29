"""Comparisons in pairs: the published examples, and that consistent ones give back the weights they were made of."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisplan.siting.districts.pairwise import LARGEST_RATIO, compared, missing_pairs

SCHOOLS = [
    [1, 4, 3, 1, 3, 4],
    [0, 1, 7, 3, 1 / 5, 1],
    [0, 0, 1, 1 / 5, 1 / 5, 1 / 6],
    [0, 0, 0, 1, 1, 1 / 3],
    [0, 0, 0, 0, 1, 3],
]
NATIONS = [
    [1, 4, 9, 6, 6, 5, 5],
    [0, 1, 7, 5, 5, 3, 4],
    [0, 0, 1, 1 / 5, 1 / 5, 1 / 7, 1 / 5],
    [0, 0, 0, 1, 1, 1 / 3, 1 / 3],
    [0, 0, 0, 0, 1, 1 / 3, 1 / 3],
    [0, 0, 0, 0, 0, 1, 2],
]


def of(rows):
    """Return names and comparisons of the upper half of a matrix."""
    names = [f"c{number}" for number in range(len(rows) + 1)]
    pairs = [
        (names[one], names[other], rows[one][other])
        for one in range(len(rows))
        for other in range(one + 1, len(names))
    ]
    return names, pairs


def test_the_schools_of_saaty_have_his_weights_and_do_not_agree():
    """Saaty (1980): largest eigenvalue 7.49, consistency index 0.30, ratio 0.24, reckoned by hand from rounded weights.

    The eigenvalue itself is 7.42, as any program for eigenvalues tells.
    """
    found = compared(*of(SCHOOLS))
    assert found.weights == pytest.approx([0.32, 0.14, 0.03, 0.13, 0.24, 0.14], abs=0.006)
    assert found.largest == pytest.approx(7.49, abs=0.08)
    assert found.index == pytest.approx(0.30, abs=0.02)
    assert found.ratio == pytest.approx(0.24, abs=0.015)
    assert found.ratio > LARGEST_RATIO


def test_the_wealth_of_nations_of_saaty_has_his_weights_and_agrees():
    """Saaty (1980): largest eigenvalue 7.61, consistency index 0.10, ratio 0.08."""
    found = compared(*of(NATIONS))
    assert found.weights == pytest.approx([0.427, 0.230, 0.021, 0.052, 0.052, 0.123, 0.094], abs=0.003)
    assert found.largest == pytest.approx(7.61, abs=0.01)
    assert found.index == pytest.approx(0.10, abs=0.005)
    assert found.ratio == pytest.approx(0.08, abs=0.005)


@settings(max_examples=60)
@given(st.lists(st.floats(0.05, 1.0), min_size=1, max_size=9), st.data())
def test_consistent_comparisons_give_back_their_weights_in_either_order(weights, data):
    names = [str(number) for number in range(len(weights))]
    pairs = []
    for one in range(len(names)):
        for other in range(one + 1, len(names)):
            low, high = (one, other) if data.draw(st.booleans()) else (other, one)
            pairs.append((names[low], names[high], weights[low] / weights[high]))
    found = compared(names, pairs)
    assert found.weights == pytest.approx(np.array(weights) / sum(weights), rel=1e-6)
    assert found.ratio == pytest.approx(0.0, abs=1e-6)


def test_the_comparison_that_agrees_least_is_named_with_what_the_others_make_of_it():
    names = ["a", "b", "c", "d"]
    pairs = [
        ("a", "b", 2.0),
        ("a", "c", 4.0),
        ("a", "d", 8.0),
        ("b", "c", 2.0),
        ("b", "d", 4.0),
        ("c", "d", 1 / 7),
    ]
    found = compared(names, pairs)
    assert found.ratio > LARGEST_RATIO
    (one, other, times), better = found.worst
    assert (one, other, times) == ("c", "d", 1 / 7)
    assert better > times


def test_two_always_agree_and_one_has_all_the_weight():
    assert compared(["a", "b"], [("b", "a", 3.0)]).weights == pytest.approx([0.25, 0.75])
    assert compared(["a", "b"], [("b", "a", 3.0)]).ratio == 0.0
    assert compared(["a"], []).weights.tolist() == [1.0]


def test_missing_pairs_are_named_and_refused():
    names = ["a", "b", "c"]
    assert missing_pairs(names, [("b", "a", 2.0)]) == (("a", "c"), ("b", "c"))
    with pytest.raises(ValueError, match="3 things, 1"):
        compared(names, [("b", "a", 2.0)])
