"""Roads of OpenStreetMap by their ids: in the order of texts, though they are numbers."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gisplan.network.road_rows import rank_of


@given(st.lists(st.integers(1, 10**17 - 1) | st.integers(1, 1200), max_size=40))
def test_ways_stand_in_the_order_of_their_ids_as_texts(numbers):
    texts = np.array([f"way/{number}" for number in numbers], dtype=object)
    wanted = np.argsort(np.argsort(texts, kind="stable"), kind="stable")
    assert rank_of(np.array(numbers, dtype=np.int64)).tolist() == wanted.tolist()


def test_a_number_of_more_digits_and_one_that_is_not_above_zero_are_left_to_the_table():
    assert rank_of(np.array([10**17])) is None
    assert rank_of(np.array([-1, 5])) is None
    assert rank_of(np.array([0, 5])) is None
