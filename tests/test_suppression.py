"""Counts with small ones hidden: what is told leaves every hidden count wide open, as a linear program finds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisplan.plan.suppress import told

COUNTS = st.dictionaries(
    st.text("abcdefgh", max_size=3), st.one_of(st.integers(0, 14), st.integers(0, 200)), max_size=30
)
SMALLEST = st.integers(1, 20)


def ranges(hidden, rest, *, least):
    """Return the least and largest value of every hidden count that the told figures allow, by linear program."""
    from scipy.optimize import linprog

    found = []
    for place in range(hidden):
        aim = np.zeros(hidden)
        aim[place] = 1
        ends = [
            linprog(sign * aim, A_eq=np.ones((1, hidden)), b_eq=[rest], bounds=[(least, None)] * hidden)
            for sign in (1, -1)
        ]
        assert all(end.success for end in ends)
        found.append((ends[0].fun, -ends[1].fun))
    return found


@settings(deadline=None, max_examples=60)
@given(counts=COUNTS, smallest=SMALLEST)
def test_no_hidden_count_can_be_pinned_below_the_smallest(counts, smallest):
    answer = told(counts, smallest=smallest)
    hidden = [area for area, count in counts.items() if count and area not in answer.shown]
    if not hidden or not answer.shown:
        return
    # The reader knows the total and what is shown …
    rest = sum(counts.values()) - sum(answer.shown.values())
    assert rest == answer.rest > smallest
    for low, high in ranges(len(hidden), rest, least=0):
        assert (low, high) == pytest.approx((0, rest))
    # … and may even know which areas hold the rest.
    for low, high in ranges(len(hidden), rest, least=1):
        assert high >= smallest - 1e-6
        assert high - low >= smallest - 1 - 1e-6


@settings(deadline=None)
@given(counts=COUNTS, smallest=SMALLEST, data=st.data())
def test_one_who_knows_the_rule_learns_no_more(counts, smallest, data):
    answer = told(counts, smallest=smallest)
    hidden = sorted(area for area, count in counts.items() if count and area not in answer.shown)
    order = data.draw(st.permutations(hidden))
    moved = {**counts, **{area: counts[other] for area, other in zip(hidden, order, strict=True)}}
    # Whatever the order of the hidden counts, the same is told: each may be the large one.
    assert told(moved, smallest=smallest) == answer
    if hidden and answer.shown:
        assert max(counts[area] for area in hidden) >= smallest
        assert len(hidden) > 1


@given(counts=COUNTS, smallest=SMALLEST)
def test_what_is_shown_is_true_and_never_small(counts, smallest):
    answer = told(counts, smallest=smallest)
    assert all(counts[area] == count >= smallest for area, count in answer.shown.items())
    assert sum(answer.shown.values()) + answer.rest == sum(counts.values())


@given(counts=COUNTS, smallest=SMALLEST, data=st.data())
def test_the_order_of_the_areas_changes_nothing(counts, smallest, data):
    order = data.draw(st.permutations(sorted(counts)))
    moved = told({area: counts[area] for area in order}, smallest=smallest)
    straight = told(counts, smallest=smallest)
    assert moved == straight
    assert list(moved.shown) == list(straight.shown)


@pytest.mark.parametrize(
    ("counts", "shown", "rest"),
    [
        ({}, [], 0),
        ({"a": 0}, [], 0),
        ({"a": 9}, [], 9),  # fewer than ten in all: only the total
        ({"a": 10}, ["a"], 0),
        ({"a": 10, "b": 12}, ["a", "b"], 0),
        ({"a": 9, "b": 12, "c": 30}, ["c"], 21),  # b would give a away
        (
            {"a": 9, "b": 9, "c": 30, "d": 40},
            ["d"],
            48,
        ),  # a and b are both nine where nothing large hides them
        (
            {"a": 1, "b": 12, "c": 12, "d": 13},
            ["d"],
            25,
        ),  # which of two twelves was taken would tell something
        ({"a": 1, "b": 12}, [], 13),
        ({"a": 1, "b": 0, "c": 30, "d": 31}, ["d"], 31),  # nought is not told from hidden
    ],
)
def test_hand_made_counts(counts, shown, rest):
    answer = told(counts, smallest=10)
    assert sorted(answer.shown) == shown
    assert answer.rest == rest


def test_the_audit_would_see_a_rule_that_hides_too_little():
    # Only the small count hidden: subtraction gives it.
    assert ranges(1, 3, least=0) == [(3, 3)]
    # Two small ones hidden and nothing else: known to be there, each lies below ten.
    assert all(high < 10 for _, high in ranges(2, 8, least=1))
