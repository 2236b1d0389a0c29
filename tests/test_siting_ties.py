"""Ties and near-ties of a choice, found by doing without each hub and by exchanges; villages by hand."""

import dataclasses
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from siting_line import LIMITS, line

from gisplan.siting.case import answered
from gisplan.siting.defence.recast import without
from gisplan.siting.defence.ties import ties, ties_table
from gisplan.siting.solver.shares import objective_of
from gisplan.siting.solver.words import Answer, Group


def told(case, answer=None):
    answer = answered(case, LIMITS) if answer is None else answer
    return ties_table(case, answer, ties(case, answer, limits=LIMITS))


def test_doing_without_a_hub_tells_what_it_is_worth():
    # One hub for homes at 0, 4 and 5: at 4 they walk 5, at 5 they walk 6, at 0 they walk 9.
    found = told(line([0, 4, 5], [0, 4, 5], p=1))
    assert list(found["how"]) == ["chosen", "without"]
    row = found.iloc[1]
    assert (row["standing"], row["out"], row["into"], row["proven"]) == ("worse", "地1", "地2", True)
    assert row["worse"] == pytest.approx(20)
    assert row["note_en"] == "Without 地1 even the best choice is worse by 20.00% (地1 → 地2)."


def test_a_choice_as_good_is_a_tie_and_is_told_once():
    found = told(line([0, 4], [0, 4], p=1))
    assert list(found["standing"]) == ["chosen", "tie"]
    assert found["worse"][1] == 0
    assert "同じ" in found["note_ja"][1]


def test_within_one_percent_is_near_and_a_swap_that_is_found_too_is_not_repeated():
    case = line([0, 1], [0, 1], p=1, weight=[100, 99.5])
    # At 0 the other walks 99.5, at 1 the first walks 100: half a percent more.
    found = told(case)
    assert list(found["standing"]) == ["chosen", "near"]
    assert found["worse"][1] == pytest.approx(100 * 0.5 / 99.5)


def test_every_near_exchange_is_told_not_only_the_best_without_a_hub():
    found = told(line([0, 0, 0, 9], [0, 9], p=2))
    # Each of the three sites at 0 is as good; without one of them the best is one of the other two.
    assert sorted(found["standing"]) == ["chosen", "tie", "tie", "worse"]
    assert {"without", "exchange"} <= set(found["how"])


def test_a_hub_without_which_the_rules_cannot_be_kept_is_told_so():
    found = told(line([0, 9], [0, 9], p=1, minutes=1.0, share=0.9, weight=[9, 1]))
    row = found.iloc[1]
    assert (row["standing"], row["out"], row["into"]) == ("not_possible", "地0", "")
    assert np.isnan(row["objective"])
    assert row["note_en"] == "No choice without 地0 keeps the rules."


def test_forced_hubs_are_not_done_without():
    found = told(line([0, 4, 9], [0, 4, 9], p=2, forced=[1]))
    assert not found["out"].str.contains("地1").any()


def test_of_a_coverage_less_covered_is_worse():
    found = told(line([0, 5], [0, 5], weight=[3, 1], p=1, model="max-coverage"))
    assert found["worse"][1] == pytest.approx(100 * 2 / 3)
    assert found["objective"][1] == 1


def test_a_better_choice_is_told_where_that_of_the_plan_is_not_proven():
    case = line([0, 4, 5], [0, 4, 5], p=1)
    poor = Answer(
        chosen=np.array([0]), objective=9.0, bound=0.0, gap=1.0, proven=False, ended="time", seconds=1.0
    )
    found = told(case, poor)
    assert list(found["standing"]) == ["chosen", "better", "better"]
    assert found.loc[found["standing"] == "better", "worse"].min() == pytest.approx(-100 * 4 / 9)


def test_an_interrupt_leaves_the_rest_untold():
    case = line([0, 4, 9], [0, 4, 9], p=2)
    answer = answered(case, LIMITS)
    found = ties(case, answer, limits=dataclasses.replace(LIMITS, stopped=lambda: True))
    assert not found.whole
    assert ties(case, answer, limits=LIMITS).whole


def test_a_case_without_a_site_is_the_same_case_else():
    group = Group(member=np.array([True, False, True]), most=1)
    case = line(
        [0, 4, 9], [1, 5, 8], forced=[2], groups=(group,), cost=np.array([1.0, 2, 3]), budget=5.0,
        capacity=np.array([4.0, 5, 6]),
    )  # fmt: skip
    fewer = without(case, np.array([1]))
    assert list(fewer.case.candidates.id) == ["s0", "s2"]
    assert list(fewer.old(np.array([0, 1]))) == [0, 2]
    assert list(fewer.case.rules.forced) == [False, True]
    assert list(fewer.case.rules.groups[0].member) == [True, True]
    assert list(fewer.case.rules.cost) == [1, 3]
    assert list(fewer.case.rules.capacity) == [4, 6]
    reach = fewer.case.reach
    minutes = [reach.minutes[reach.start[home] : reach.start[home + 1]].tolist() for home in range(3)]
    assert minutes == [[1, 8], [4, 5], [1, 8]]
    assert list(reach.candidate) == [0, 1, 1, 0, 1, 0]


@settings(max_examples=20, deadline=None)
@given(
    sites=st.lists(st.integers(0, 20), min_size=3, max_size=6),
    homes=st.lists(st.integers(0, 20), min_size=2, max_size=6),
    model=st.sampled_from(["p-median", "max-coverage", "p-center"]),
)
def test_no_choice_that_lacks_a_hub_is_better_than_is_told(sites, homes, model):
    case = line(sites, homes, model=model, p=2, minutes=4.0)
    answer = answered(case, LIMITS)
    sign = -1 if model == "max-coverage" else 1
    for one in ties(case, answer, limits=LIMITS).alternatives:
        if one.how != "without":
            continue
        others = [
            sign * objective_of(model, case.reach, np.array(pair), case.rules)
            for pair in combinations(range(len(sites)), 2)
            if one.lacking not in pair
        ]
        assert sign * one.objective == pytest.approx(min(others))


def test_beside_a_choice_that_costs_nothing_another_is_worse_without_measure():
    found = told(line([0, 9], [0], p=1))
    assert (found["standing"][1], found["objective"][1]) == ("worse", 9)
    assert np.isnan(found["worse"][1])
    assert "最良の案でも割合で示せないほど劣る" in found["note_ja"][1]
    assert "worse by more than any percentage" in found["note_en"][1]
