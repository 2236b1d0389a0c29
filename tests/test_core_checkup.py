"""The light of a layer."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisplan.core.checkup import LIGHTS, Rows, light_of

CLEAN = Rows(read=3, kept=3)


@pytest.mark.parametrize(
    ("severities", "stopped", "assessed", "rows", "light"),
    [
        (set(), False, True, CLEAN, "green"),
        ({"S4"}, False, True, CLEAN, "green"),
        ({"S3"}, False, True, CLEAN, "yellow"),
        ({"S2"}, False, True, CLEAN, "yellow"),
        ({"S1"}, False, True, CLEAN, "red"),
        (set(), True, True, CLEAN, "red"),
        (set(), True, False, None, "red"),
        (set(), False, True, Rows(read=3, kept=2, mended=1), "yellow"),
        (set(), False, True, Rows(read=3, kept=2, refused=1), "yellow"),
        (set(), False, False, Rows(), "grey"),  # an empty file is not assessed, which is not green
        (set(), False, False, Rows(read=2, refused=2), "red"),  # nothing of it could be read
        ({"S2"}, False, True, None, "grey"),  # nothing is told of its rows
        ({"S1"}, False, True, None, "red"),
    ],
)
def test_a_light_is_set_by_what_is_gravest(severities, stopped, assessed, rows, light):
    assert light_of(severities, stopped=stopped, assessed=assessed, rows=rows) == light


@given(
    severities=st.sets(st.sampled_from(["S1", "S2", "S3", "S4"])),
    more=st.sampled_from(["S1", "S2", "S3", "S4"]),
    counts=st.tuples(*[st.integers(0, 3)] * 3),
)
def test_a_further_finding_never_makes_a_light_better(severities, more, counts):
    kept, mended, refused = counts
    rows = Rows(read=kept + mended + refused, kept=kept, mended=mended, refused=refused)
    for stopped, assessed in itertools.product((False, True), repeat=2):
        before = light_of(severities, stopped=stopped, assessed=assessed, rows=rows)
        after = light_of(severities | {more}, stopped=stopped, assessed=assessed, rows=rows)
        if "grey" not in (before, after):
            assert LIGHTS.index(after) <= LIGHTS.index(before)
