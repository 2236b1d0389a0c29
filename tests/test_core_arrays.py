"""Arrays in one file: whole, checked, and nothing that runs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisplan.core.arrays import Packed, as_texts, of_texts, pack, unpack

HELD = Packed(
    arrays={
        "whole": np.arange(12, dtype=np.int32).reshape(3, 4),
        "few": np.array([True, False]),
        "none": np.empty(0),
        "real": np.array([np.nan, np.inf, -0.5]),
    },
    about={"道路": [1, None, "県道"]},
)


def test_what_is_packed_comes_back_and_can_be_changed():
    found = unpack(pack(HELD))
    assert found.about == HELD.about
    for name, array in HELD.arrays.items():
        assert found.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(found.arrays[name], array)
        assert found.arrays[name].flags.writeable


def test_what_is_no_number_is_not_packed():
    with pytest.raises(ValueError, match="name"):
        pack(Packed(arrays={"name": np.array(["a"], dtype=object)}, about={}))


@given(st.integers(min_value=0), st.integers(1, 255))
def test_no_change_of_a_byte_goes_unseen(place, change):
    data = bytearray(pack(HELD))
    data[place % len(data)] ^= change
    with pytest.raises(ValueError, match="arrays"):
        unpack(bytes(data))


@given(st.integers(min_value=0))
def test_no_cut_goes_unseen(place):
    data = pack(HELD)
    with pytest.raises(ValueError, match="arrays"):
        unpack(data[: place % len(data)])


@given(st.lists(st.none() | st.text()))
def test_texts_come_back_and_none_is_not_empty(texts):
    assert as_texts(*of_texts(texts)).tolist() == texts
