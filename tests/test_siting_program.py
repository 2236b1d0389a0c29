"""Every model under every rule: the answer is that of trying every choice, with a bound on the right side."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from small_sitings import (
    FAR,
    MODELS,
    NEVER_LONG,
    best_of,
    none_forced,
    reaches,
    rules_of,
    scattered,
    table_of,
    worth_of,
)

from gisplan.siting.solver.program import program
from gisplan.siting.solver.reaching import reach_of
from gisplan.siting.solver.shares import objective_of
from gisplan.siting.solver.split import split
from gisplan.siting.solver.words import Group, Limits, NoChoice, Rules


@given(data=st.data(), reach=reaches(), model=st.sampled_from(MODELS))
@settings(max_examples=60, deadline=None)
def test_the_answer_is_that_of_trying_every_choice(data, reach, model):
    rules = data.draw(rules_of(reach, model))
    best = best_of(model, reach, rules)
    if best is None:
        with pytest.raises(NoChoice):
            program(model, reach, rules=rules, limits=NEVER_LONG)
        return
    answer = program(model, reach, rules=rules, limits=NEVER_LONG)
    assert answer.objective == pytest.approx(best)
    assert worth_of(model, reach, rules, answer.chosen) == pytest.approx(answer.objective)
    assert answer.proven
    assert answer.ended == "proven"
    assert answer.bound == pytest.approx(best)
    assert answer.gap == 0.0


def three_ways():
    """Three homes of weights 1, 2, 3 in a row of three sites, each at one of them, 5 minutes between neighbours."""
    minutes = np.array([[0.0, 5.0, 10.0], [5.0, 0.0, 5.0], [10.0, 5.0, 0.0]])
    return reach_of(minutes, weight=np.array([1.0, 2.0, 3.0]), beyond=np.full(3, FAR))


def plain(reach, **more):
    return Rules(**({"p": 1, "forced": none_forced(reach)} | more))


def test_by_hand():
    reach = three_ways()
    # Site 1: 5 + 0 + 15 = 20; site 2: 10 + 10 + 0 = 20; site 0: 0 + 10 + 30 = 40.
    assert program("p-median", reach, rules=plain(reach), limits=NEVER_LONG).objective == 20.0
    assert list(program("p-center", reach, rules=plain(reach), limits=NEVER_LONG).chosen) == [1]
    assert program("p-center", reach, rules=plain(reach), limits=NEVER_LONG).objective == 5.0
    within = plain(reach, minutes=4.0)
    assert list(program("max-coverage", reach, rules=within, limits=NEVER_LONG).chosen) == [2]
    cover = plain(reach, p=None, minutes=5.0, share=1.0)
    assert list(program("set-cover", reach, rules=cover, limits=NEVER_LONG).chosen) == [1]


def test_of_equally_few_hubs_a_set_cover_takes_the_nearer_ones():
    minutes = np.array([[4.0, 1.0, 3.0], [4.0, 2.0, 5.0]])
    reach = reach_of(minutes, weight=np.ones(2), beyond=np.full(2, FAR))
    rules = plain(reach, p=None, minutes=5.0, share=1.0)
    assert list(program("set-cover", reach, rules=rules, limits=NEVER_LONG).chosen) == [1]


@pytest.mark.parametrize(
    ("model", "more", "why", "least"),
    [
        ("p-median", {"p": 4}, "p", 3.0),
        ("p-median", {"p": 1, "forced": np.array([True, True, False])}, "forced", 2.0),
        ("p-median", {"p": 2, "groups": (Group(member=np.ones(3, bool), most=1),)}, "groups", np.nan),
        ("p-median", {"p": 2, "cost": np.array([4.0, 3.0, 2.0]), "budget": 4.0}, "budget", 5.0),
        ("p-median", {"p": 1, "minutes": 1.0, "share": 0.9}, "minutes", 5.0),
        ("p-center", {"p": 2, "minutes": 1.0, "share": 1.0}, "minutes", 5.0),
        ("max-coverage", {"p": 1, "minutes": 1.0, "share": 0.6}, "minutes", 5.0),
        ("set-cover", {"p": None, "minutes": -1.0, "share": 1.0}, "minutes", 0.0),
    ],
)
def test_what_is_impossible_is_told_with_the_least_that_works(model, more, why, least):
    reach = three_ways()
    with pytest.raises(NoChoice) as told:
        program(model, reach, rules=plain(reach, **more), limits=NEVER_LONG)
    assert told.value.why == why
    assert told.value.least == pytest.approx(least, nan_ok=True)


def test_demand_that_no_candidate_reaches_is_told():
    minutes = np.array([[1.0, 2.0], [np.inf, np.inf]])
    reach = reach_of(minutes, weight=np.ones(2), beyond=np.full(2, np.inf))
    with pytest.raises(NoChoice) as told:
        program("set-cover", reach, rules=plain(reach, p=None, minutes=5.0, share=1.0), limits=NEVER_LONG)
    assert told.value.why == "unreached"
    with pytest.raises(NoChoice) as told:
        program("p-median", reach, rules=plain(reach), limits=NEVER_LONG)
    assert told.value.why == "unreached"


@given(data=st.data(), reach=reaches(most_demands=5, most_candidates=5), model=st.sampled_from(MODELS[:2]))
@settings(max_examples=20, deadline=None)
def test_the_fewest_minutes_told_are_the_fewest_that_work(data, reach, model):
    rules = Rules(p=data.draw(st.integers(1, 2)), forced=none_forced(reach), minutes=0.5, share=0.9)
    if best_of(model, reach, rules) is not None:
        return
    with pytest.raises(NoChoice) as told:
        program(model, reach, rules=rules, limits=NEVER_LONG)
    assert best_of(model, reach, replace(rules, minutes=told.value.least)) is not None
    assert best_of(model, reach, replace(rules, minutes=told.value.least - 0.5)) is None


def shipped(model, reach, rules, chosen):
    """Return what a choice is worth when its hubs hold only so much, by a linear program of its own."""
    table = table_of(reach)[:, chosen]
    demands, hubs = table.shape
    if model == "p-median":
        pays = np.where(np.isfinite(table), table - reach.beyond[:, None], 0.0)
    else:
        pays = -((table <= rules.minutes) & (reach.beyond > rules.minutes)[:, None]).astype(float)
    total = np.vstack([np.kron(np.eye(demands), np.ones(hubs)), np.kron(np.ones(demands), np.eye(hubs))])
    limit = np.concatenate([reach.weight, rules.capacity[chosen]])
    open_ways = np.isfinite(table).ravel()
    bounds = [(0.0, None if open_way else 0.0) for open_way in open_ways]
    least = linprog(pays.ravel(), A_ub=total, b_ub=limit, bounds=bounds).fun
    if model == "p-median":
        return float(reach.weight @ reach.beyond) + least
    return float(reach.weight[reach.beyond <= rules.minutes].sum()) - least


@given(data=st.data(), reach=reaches(most_demands=4, most_candidates=4), model=st.sampled_from(MODELS[:2]))
@settings(max_examples=15, deadline=None)
def test_hubs_that_hold_only_so_much(data, reach, model):
    count = reach.candidates
    capacity = np.array(data.draw(st.lists(st.integers(0, 9), min_size=count, max_size=count)), float)
    p = data.draw(st.integers(1, count))
    rules = Rules(p=p, forced=none_forced(reach), minutes=6.0, capacity=capacity)
    worths = [shipped(model, reach, rules, list(chosen)) for chosen in combinations(range(count), p)]
    answer = program(model, reach, rules=rules, limits=NEVER_LONG)
    assert answer.objective == pytest.approx(
        max(worths) if model == "max-coverage" else min(worths), abs=1e-6
    )
    assert answer.proven
    parts = split(model, reach, answer.chosen, rules=rules)
    held = np.bincount(parts.candidate, weights=parts.weight, minlength=count)
    assert (held <= capacity + 1e-6).all()
    served = np.bincount(parts.demand, weights=parts.weight, minlength=reach.demands)
    assert np.allclose(served + parts.rest, reach.weight)


def test_everybody_within_the_center_although_hubs_hold_only_so_much():
    reach = three_ways()
    rules = plain(reach, p=2, capacity=np.array([1.0, 5.0, 3.0]))
    answer = program("p-center", reach, rules=rules, limits=NEVER_LONG)
    # Sites 1 and 2 hold 5 and 3: homes 0 and 1 go to site 1, home 2 stays.
    assert list(answer.chosen) == [1, 2]
    assert answer.objective == 5.0
    small = plain(reach, p=1, minutes=FAR - 1.0, share=1.0, capacity=np.full(3, 5.0))
    with pytest.raises(NoChoice) as told:
        program("p-median", reach, rules=small, limits=NEVER_LONG)
    assert told.value.why == "capacity"


@given(data=st.data(), reach=reaches(), model=st.sampled_from(("p-median", "max-coverage", "p-center")))
@settings(max_examples=25, deadline=None)
def test_one_more_hub_is_never_worse_a_forced_one_never_better_and_scale_changes_nothing(data, reach, model):
    p = data.draw(st.integers(1, reach.candidates - 1))
    sign = -1.0 if model == "max-coverage" else 1.0
    free = Rules(p=p, forced=none_forced(reach), minutes=5.0)
    forced = none_forced(reach)
    forced[data.draw(st.integers(0, reach.candidates - 1))] = True

    def asked(rules, on=reach):
        return sign * program(model, on, rules=rules, limits=NEVER_LONG).objective

    assert asked(replace(free, p=p + 1)) <= asked(free)
    assert asked(replace(free, forced=forced)) >= asked(free)
    factor = 1.0 if model == "p-center" else 1e-5
    assert asked(free, replace(reach, weight=reach.weight * 1e-5)) == pytest.approx(asked(free) * factor)


def test_a_budget_alone_decides_how_many_hubs_there_are():
    reach = three_ways()
    cost = np.array([1.0, 2.0, 2.0])
    for budget, chosen in ((0.0, []), (1.0, [0]), (2.0, [1]), (3.0, [0, 2]), (5.0, [0, 1, 2])):
        rules = plain(reach, p=None, cost=cost, budget=budget)
        assert list(program("p-median", reach, rules=rules, limits=NEVER_LONG).chosen) == chosen


def test_the_fewest_hubs_that_hold_everybody():
    reach = three_ways()
    # One hub within 5 minutes of all would be enough, but none holds more than 4 of the 6.
    rules = plain(reach, p=None, minutes=5.0, share=1.0, capacity=np.full(3, 4.0))
    answer = program("set-cover", reach, rules=rules, limits=NEVER_LONG)
    assert answer.objective == 2.0
    assert answer.proven


def test_a_search_that_is_stopped_keeps_the_best_it_has():
    reach = scattered(60, 20)
    rules = Rules(p=3, forced=none_forced(reach), minutes=6.0)
    limits = Limits(seconds=30.0, stopped=lambda: True)
    for model in ("p-median", "max-coverage", "p-center"):
        answer = program(model, reach, rules=rules, limits=limits)
        assert answer.ended == "interrupted"
        assert not answer.proven
        assert len(answer.chosen) == 3
        assert answer.objective == objective_of(model, reach, answer.chosen, rules)
        if model == "max-coverage":
            assert answer.bound >= answer.objective
        else:
            assert answer.bound <= answer.objective


def test_the_same_question_gets_the_same_answer_and_the_gap_is_told():
    reach = scattered(60, 20, seed=1)
    heard = []
    rules = Rules(p=5, forced=none_forced(reach), cost=np.ones(20), budget=5.0)
    one = program("p-median", reach, rules=rules, limits=Limits(told=heard.append))
    other = program("p-median", reach, rules=rules, limits=NEVER_LONG)
    assert list(one.chosen) == list(other.chosen)
    assert one.proven
    assert all(gap >= 0.0 for gap in heard)
