"""The curve of hubs: every figure of a village on a line by hand, and what holds of any village."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from siting_line import LIMITS, line

from gisplan.siting.case import answered
from gisplan.siting.defence import curve as curves
from gisplan.siting.defence.curve import curve, curve_table
from gisplan.siting.solver.words import Answer, Group, Limits


def told(case, *, most=10, minutes=2.0, limits=LIMITS, known=None):
    return curve_table(
        case, curve(case, most=most, minutes=minutes, limits=limits, known=known), minutes=minutes
    )


def test_each_point_tells_what_its_hubs_are_worth_and_what_the_last_one_gains():
    # Sites at 0, 4, 5 and 10; homes at 0, 1, 4, 5, 10 and 10.
    found = told(line([0, 4, 5, 10], [0, 1, 4, 5, 10, 10]))
    # One hub: at 4 or 5 all walk 20. Two: 4 and 10 leave 4 + 3 + 1. Three: 0, 4, 10 leave 1 + 1. Four: 1.
    assert list(found["objective"]) == pytest.approx([20, 8, 2, 1])
    assert list(found["names"][1:3]) == ["地1、地3", "地0、地1、地3"]
    assert list(found["mean_minutes"]) == pytest.approx([20 / 6, 8 / 6, 2 / 6, 1 / 6])
    assert list(found["share"][1:]) == pytest.approx([4 / 6, 1, 1])
    assert list(found["longest_minutes"][1:]) == pytest.approx([4, 1, 1])
    assert list(found["gain_objective"][1:]) == pytest.approx([-12, -6, -1])
    assert list(found["gain_share"][2:]) == pytest.approx([2 / 6, 0])
    assert list(found["gain_minutes"][1:]) == pytest.approx([-2, -1, -1 / 6])
    assert list(found["kept"][2:]) == [2, 3]
    assert list(found["asked"]) == [False, True, False, False]
    assert found["proven"].all()
    # Before the first hub there is no mean to compare with, but nobody was within reach.
    assert np.isnan(found["gain_objective"][0])
    assert np.isnan(found["gain_minutes"][0])
    assert found["gain_share"][0] == found["share"][0]


def test_what_stands_already_is_before_the_first_hub():
    found = told(line([0, 10], [0, 1, 10, 10], p=1, standing=[8]))
    # With the hub at 8 alone: 8, 7, 2 and 2 minutes; a hub at 0 leaves 0, 1, 2, 2.
    assert found["share"][0] == pytest.approx(1)
    assert found["gain_share"][0] == pytest.approx(0.5)
    assert found["gain_minutes"][0] == pytest.approx((0 + 1 + 2 + 2) / 4 - (8 + 7 + 2 + 2) / 4)


def test_the_curve_begins_with_the_forced_hubs_and_ends_with_the_candidates():
    found = told(line([0, 4, 5, 10], [0, 10], p=3, forced=[1, 2]))
    assert list(found["hubs"]) == [2, 3, 4]
    assert all({"s1", "s2"} <= set(ids.split("、")) for ids in found["ids"])


def test_where_the_rules_allow_no_choice_a_point_is_not_possible_and_not_zero():
    near = Group(member=np.array([True, True, True, False]), most=1)
    found = told(line([0, 4, 5, 10], [0, 1, 4, 5, 10, 10], groups=(near,)))
    assert list(found["possible"]) == [True, True, False, False]
    assert found["note_en"][2].startswith("not possible")
    assert found.loc[2:, ["share", "objective", "mean_minutes", "gain_share"]].isna().all(axis=None)
    assert found["hubs"][3] == 4


def test_a_service_threshold_tells_how_many_minutes_would_be_enough():
    found = told(line([0, 4, 10], [0, 4, 10], p=2, minutes=3.0, share=1.0))
    assert list(found["possible"]) == [False, False, True]
    assert found["note_en"][0] == (
        "not possible: the share asked for cannot be covered in time; 6 min would be enough"
    )


def test_of_a_set_cover_each_share_has_its_fewest_hubs():
    found = told(line([0, 5, 9], [0, 5, 5, 9], model="set-cover", minutes=1.0, share=0.75), minutes=1.0)
    hubs = dict(zip(found["share_asked"], found["hubs"], strict=True))
    # The hub at 5 covers one half; each other one quarter more.
    assert hubs == {0.5: 1, 0.6: 2, 0.7: 2, 0.75: 2, 0.8: 3, 0.9: 3, 0.95: 3, 1.0: 3}
    assert list(found.loc[found["asked"], "share_asked"]) == [0.75]


def test_of_a_centre_the_longest_minutes_shrink():
    found = told(line([0, 4, 10], [0, 4, 10], model="p-center", p=1))
    assert list(found["longest_minutes"]) == pytest.approx([6, 4, 0])
    assert list(found["objective"]) == pytest.approx([6, 4, 0])


def test_capacities_split_demand_and_leave_some_to_nobody():
    case = line(
        [0, 10], [0, 1], weight=[4, 2], model="max-coverage", minutes=2.0, capacity=np.array([3.0, 9.0])
    )
    found = told(case)
    assert list(found["share"]) == pytest.approx([0.5, 0.5])


@settings(max_examples=30, deadline=None)
@given(
    sites=st.lists(st.integers(0, 40), min_size=2, max_size=7),
    homes=st.lists(st.integers(0, 40), min_size=2, max_size=8),
    model=st.sampled_from(["p-median", "max-coverage", "p-center"]),
)
def test_one_hub_more_never_makes_it_worse(sites, homes, model):
    found = told(line(sites, homes, p=1, model=model, minutes=5.0), minutes=5.0)
    assert found["proven"].all()
    steps = found["objective"].diff().dropna()
    assert (steps >= -1e-9).all() if model == "max-coverage" else (steps <= 1e-9).all()


def test_of_equally_good_choices_the_one_that_keeps_the_hubs_before_is_told():
    # Three homes and a site at each: any two are equally good, as is any one of the outer.
    found = told(line([0, 10, 20], [0, 10, 20], p=1))
    assert list(found["kept"][1:]) == [1, 2]


def test_an_unproven_point_is_no_worse_than_the_one_before_with_a_hub_more(monkeypatch):
    bad = {1: [1], 2: [0, 3]}

    def poor(case, limits):
        if case.rules.p not in bad:
            return answered(case, limits)
        return Answer(
            chosen=np.array(bad[case.rules.p]), objective={1: 20.0, 2: 30.0}[case.rules.p], bound=5.0, gap=0.8,
            proven=False, ended="time", seconds=0.0,
        )  # fmt: skip

    monkeypatch.setattr(curves, "answered", poor)
    found = told(line([0, 4, 5, 10], [0, 1, 4, 5, 10, 10]), most=2)
    assert list(found["objective"]) == [20, 8]
    assert list(found["proven"]) == [False, False]
    assert found["gap"][1] == pytest.approx(3 / 8)


def test_the_answer_of_the_plan_is_not_asked_for_again(monkeypatch):
    case = line([0, 4, 10], [0, 4, 10], p=2)
    known = answered(case, LIMITS)
    asked = []
    monkeypatch.setattr(curves, "answered", lambda case, _: asked.append(case.rules.p) or known)
    curve(case, most=3, minutes=2.0, limits=LIMITS, known=known)
    assert asked == [1, 3]


def test_an_interrupt_keeps_the_points_that_are_done():
    case = line([0, 4, 10], [0, 4, 10], p=2)
    found = curve(case, most=3, minutes=2.0, limits=dataclasses.replace(LIMITS, stopped=lambda: True))
    assert not found.whole
    assert len(found.steps) == 1
    assert isinstance(curve_table(case, found, minutes=2.0), pd.DataFrame)
    assert curve(case, most=3, minutes=2.0, limits=Limits()).whole


def test_a_choice_that_one_hub_less_and_one_more_beat_is_known_to_be_poor():
    case = line([0, 4, 5, 10], [0, 1, 4, 5, 10, 10], p=3)
    best = answered(case, LIMITS)
    poor = Answer(
        chosen=np.array([0, 1, 2]),
        objective=11.0,
        bound=1.0,
        gap=0.9,
        proven=False,
        ended="time",
        seconds=1.0,
    )
    for known, beaten in ((best, False), (poor, True)):
        found = curve(case, most=4, minutes=2.0, limits=LIMITS, known=known)
        assert found.beats(case, known) == beaten
    # Where the rules let no hub join the two, nothing better is known.
    tight = dataclasses.replace(case, rules=dataclasses.replace(case.rules, cost=np.full(4, 1.0), budget=2.0))
    assert not found.beats(tight, poor)
