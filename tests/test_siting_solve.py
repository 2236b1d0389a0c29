"""Which way answers a question, who is served by whom, and how minutes become a reach."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_sitings import (
    FAR,
    MODELS,
    NEVER_LONG,
    best_of,
    none_forced,
    reaches,
    rules_of,
    scattered,
    worth_of,
)

from gisplan.siting.solver import solve as solving
from gisplan.siting.solver.greedy import greedy
from gisplan.siting.solver.program import program
from gisplan.siting.solver.reaching import reach_of, reach_of_blocks
from gisplan.siting.solver.shares import covered, keeps, objective_of, served
from gisplan.siting.solver.solve import solve
from gisplan.siting.solver.tried import few
from gisplan.siting.solver.words import Limits, NoChoice, Rules


@given(data=st.data(), reach=reaches(), model=st.sampled_from(MODELS))
@settings(max_examples=80, deadline=None)
def test_of_a_tiny_question_every_choice_is_tried(data, reach, model):
    rules = data.draw(rules_of(reach, model))
    assert few(model, reach, rules)
    best = best_of(model, reach, rules)
    if best is None:
        with pytest.raises(NoChoice):
            solve(model, reach, rules=rules, limits=NEVER_LONG)
        return
    answer = solve(model, reach, rules=rules, limits=NEVER_LONG)
    assert answer.objective == pytest.approx(best)
    assert worth_of(model, reach, rules, answer.chosen) == pytest.approx(best)
    assert answer.proven
    assert keeps(reach, answer.chosen, rules, least=model == "set-cover")
    assert objective_of(model, reach, answer.chosen, rules) == answer.objective


def test_of_equal_choices_the_first_is_taken():
    reach = reach_of(np.full((3, 4), 5.0), weight=np.array([0.1, 0.2, 0.3]), beyond=np.full(3, FAR))
    for model in ("p-median", "max-coverage", "p-center"):
        answer = solve(
            model, reach, rules=Rules(p=2, forced=none_forced(reach), minutes=6.0), limits=NEVER_LONG
        )
        assert list(answer.chosen) == [0, 1]


def test_a_demand_that_nobody_reaches_counts_with_its_minutes_beyond():
    minutes = np.array([[3.0, 7.0], [np.inf, np.nan]])
    reach = reach_of(minutes, weight=np.array([2.0, 1.0]), beyond=np.array([FAR, 12.0]))
    who = served(reach, np.array([1]))
    assert list(who.candidate) == [1, -1]
    assert list(who.minutes) == [7.0, 12.0]
    assert list(covered(reach, np.array([1]), minutes=7.0)) == [True, False]
    assert list(served(reach, np.empty(0, np.int64)).minutes) == [FAR, 12.0]
    assert objective_of("p-median", reach, np.array([1]), Rules(p=1, forced=none_forced(reach))) == 26.0


def test_the_nearer_hub_serves_and_of_equals_the_lower():
    reach = reach_of(
        np.array([[5.0, 2.0, 2.0], [9.0, 9.0, 1.0]]), weight=np.ones(2), beyond=np.array([FAR, 4.0])
    )
    assert list(served(reach, np.array([0, 1, 2])).candidate) == [1, 2]
    # The second demand stands 4 minutes from a hub, so that candidates at 9 minutes are no way for it.
    assert list(served(reach, np.array([0, 1])).candidate) == [1, -1]
    assert len(reach.minutes) == 4


def test_blocks_make_the_same_reach_as_one_table():
    minutes = np.random.default_rng(4).uniform(0.0, 30.0, (20, 6)).round()
    weight, beyond = np.ones(20), np.full(20, 25.0)
    one = reach_of(minutes, weight=weight, beyond=beyond, cutoff=15.0)
    blocks = (minutes[at : at + 6] for at in range(0, 20, 6))
    other = reach_of_blocks(blocks, weight=weight, beyond=beyond, candidates=6, cutoff=15.0)
    for name in ("start", "candidate", "minutes"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    assert one.minutes.max() <= 15.0
    for demand in range(20):
        mine = slice(one.start[demand], one.start[demand + 1])
        pairs = list(zip(one.minutes[mine], one.candidate[mine], strict=True))
        assert pairs == sorted(pairs)
        assert len(pairs) == (minutes[demand] <= 15.0).sum()


@given(data=st.data(), rows=st.integers(1, 12), size=st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_lists_of_any_length_join_in_order(data, rows, size):
    way = st.sampled_from([0.0, 1.0, 2.0, 3.0, np.inf, np.nan])
    minutes = np.array(data.draw(st.lists(way, min_size=rows * 4, max_size=rows * 4))).reshape(rows, 4)
    beyond = np.array(data.draw(st.lists(st.sampled_from([1.0, FAR]), min_size=rows, max_size=rows)))
    blocks = (minutes[at : at + size] for at in range(0, rows, size))
    reach = reach_of_blocks(blocks, weight=np.ones(rows), beyond=beyond, candidates=4)
    pairs = [
        sorted((float(one), at) for at, one in enumerate(minutes[row]) if one <= beyond[row])
        for row in range(rows)
    ]
    assert list(np.diff(reach.start)) == [len(mine) for mine in pairs]
    assert [*zip(reach.minutes, reach.candidate, strict=True)] == [pair for mine in pairs for pair in mine]
    assert reach.minutes.base is None
    assert len(reach.minutes) == len(reach.candidate) == reach.start[-1]


@pytest.mark.parametrize(
    ("minutes", "weight", "beyond"),
    [
        (np.ones((2, 2)), np.array([1.0, 0.0]), np.ones(2)),
        (np.ones((2, 2)), np.array([1.0, np.inf]), np.ones(2)),
        (np.ones((2, 2)), np.ones(2), np.array([1.0, np.nan])),
        (np.ones((2, 2)), np.ones(3), np.ones(3)),
        (np.ones((2, 2)), np.ones(2), np.ones(3)),
        (-np.ones((2, 2)), np.ones(2), np.ones(2)),
        (np.ones(2), np.ones(1), np.ones(1)),
    ],
)
def test_minutes_that_make_no_reach_are_refused(minutes, weight, beyond):
    with pytest.raises(ValueError, match=r"must|block|minutes of"):
        reach_of_blocks([minutes], weight=weight, beyond=beyond, candidates=2)


@pytest.mark.parametrize("model", MODELS)
def test_the_way_of_large_questions_agrees_with_that_of_others(model, monkeypatch):
    reach = scattered(120, 25, seed=7)
    rules = Rules(p=4, forced=none_forced(reach), minutes=14.0)
    if model == "set-cover":
        rules = replace(rules, p=None, share=1.0, minutes=22.0)
    small = solve(model, reach, rules=rules, limits=NEVER_LONG)
    monkeypatch.setattr(solving, "LARGE", 0)
    large = solve(model, reach, rules=rules, limits=NEVER_LONG)
    assert large.objective == pytest.approx(small.objective)
    assert large.proven
    assert small.proven


@given(data=st.data(), reach=reaches(), model=st.sampled_from(MODELS))
@settings(max_examples=40, deadline=None)
def test_a_greedy_choice_keeps_the_rules_or_is_none(data, reach, model):
    rules = data.draw(rules_of(reach, model))
    choice = greedy(model, reach, rules)
    if choice is not None:
        assert worth_of(model, reach, rules, choice) is not None


def test_no_time_at_all_still_gets_an_answer():
    reach = scattered(60, 25, seed=8)
    rules = Rules(p=4, forced=none_forced(reach), minutes=10.0, cost=np.arange(1.0, 26.0), budget=30.0)
    for model in ("p-median", "max-coverage"):
        answer = solve(model, reach, rules=rules, limits=Limits(seconds=0.0))
        assert answer.ended == "time"
        assert keeps(reach, answer.chosen, rules)
        best = program(model, reach, rules=rules, limits=NEVER_LONG)
        worse = (
            answer.objective <= best.objective
            if model == "max-coverage"
            else answer.objective >= best.objective
        )
        assert worse
