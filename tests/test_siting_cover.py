"""Covers: reductions, bound and search against trying every choice and against HiGHS; the same for coverages."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_sitings import NEVER_LONG, best_of, none_forced, reaches, scattered, worth_of

from gisplan.siting.solver import program as programs
from gisplan.siting.solver.cover import least_cover
from gisplan.siting.solver.coverage import most_covered, plain_coverage
from gisplan.siting.solver.fewest import plain_cover, plain_share
from gisplan.siting.solver.program import program
from gisplan.siting.solver.sets import cover_sets, prefixes, steps
from gisplan.siting.solver.shares import covered, needed, objective_of
from gisplan.siting.solver.sheet import watch
from gisplan.siting.solver.tableau import tableau, thinned
from gisplan.siting.solver.words import Limits, NoChoice, Rules


@st.composite
def covers(draw):
    """Return rows of members, costs and what is forced."""
    rows, columns = draw(st.integers(1, 10)), draw(st.integers(1, 7))
    member = st.sets(st.integers(0, columns - 1), min_size=1, max_size=columns)
    sets = draw(st.lists(member, min_size=rows, max_size=rows))
    whole = draw(st.booleans())
    price = st.integers(1, 4).map(float) if whole else st.floats(0.5, 3.0)
    cost = np.array(draw(st.lists(price, min_size=columns, max_size=columns)))
    forced = np.array(
        draw(st.lists(st.sampled_from([False, False, False, True]), min_size=columns, max_size=columns))
    )
    return sets, cost, forced, whole


def posed(sets, cost, forced):
    start = np.concatenate([[0], np.cumsum([len(one) for one in sets])]).astype(np.int64)
    member = np.array([member for one in sets for member in sorted(one)], np.int64)
    return tableau(start, member, cost=cost, forced=forced)


def cheapest(sets, cost, forced):
    every = range(len(cost))
    needed_ones = set(np.flatnonzero(forced))
    return min(
        float(cost[list(chosen)].sum())
        for size in range(len(cost) + 1)
        for chosen in combinations(every, size)
        if needed_ones <= set(chosen) and all(one & set(chosen) for one in sets)
    )


@given(question=covers())
@settings(max_examples=80, deadline=None)
def test_the_least_cover_is_that_of_trying_every_choice(question):
    sets, cost, forced, whole = question
    best = cheapest(sets, cost, forced)
    found = least_cover(posed(sets, cost, forced), clock=watch(NEVER_LONG), whole=whole)
    assert found.cost == pytest.approx(best)
    assert found.bound == pytest.approx(best, rel=1e-5)
    assert found.bound <= best + 1e-9
    assert cost[found.chosen].sum() == pytest.approx(best)
    assert all(one & set(found.chosen.tolist()) for one in sets)
    assert set(np.flatnonzero(forced)) <= set(found.chosen.tolist())


@given(question=covers(), more=st.integers(-1, 1))
@settings(max_examples=40, deadline=None)
def test_whether_a_cost_is_enough_is_decided(question, more):
    sets, cost, forced, _ = question
    cost = np.ceil(cost)
    best = cheapest(sets, cost, forced)
    found = least_cover(posed(sets, cost, forced), clock=watch(NEVER_LONG), whole=True, enough=best + more)
    if more < 0:
        assert found.bound > best + more
    else:
        assert found.cost <= best + more


def test_dominance_leaves_what_matters():
    # Column 0 covers what column 1 does and more; row 0 is in row 2; row 1 has one member once column 1 is gone.
    sets = [{0, 2}, {0, 1}, {0, 2, 3}, {3, 4}, {2, 4}]
    small = thinned(posed(sets, np.ones(5), np.zeros(5, bool)), watch(NEVER_LONG))
    assert small.rows == 0
    assert list(small.taken) == [0, 4]
    assert small.spent == 2.0


def test_equal_sets_stand_once_and_what_stands_near_a_hub_is_out():
    reach = scattered(40, 8)
    near = replace(reach, beyond=np.where(np.arange(40) < 10, 1.0, 1000.0))
    sets = cover_sets(prefixes(near), 15.0)
    assert sets.weight.sum() == reach.weight[10:].sum()
    known = [tuple(sets.candidate[a:b]) for a, b in zip(sets.start[:-1], sets.start[1:], strict=True)]
    assert len(set(known)) == len(known)
    assert all(list(one) == sorted(one) for one in known)


@given(reach=reaches())
@settings(max_examples=30, deadline=None)
def test_steps_add_up_to_the_weighted_minutes(reach):
    sets = steps(reach, most=reach.candidates)
    members: list[set[int]] = []
    for one, before in enumerate(sets.before):
        assert -1 <= before < len(sets.cost)
        assert before != one
    while len(members) < len(sets.cost):
        members.append(set())
    for one in range(len(sets.cost)):
        at, whole = one, set()
        while at >= 0:
            whole |= set(sets.candidate[sets.start[at] : sets.start[at + 1]].tolist())
            at = sets.before[at]
        members[one] = whole
    for chosen in combinations(range(reach.candidates), 2):
        missed = sum(cost for one, cost in zip(members, sets.cost, strict=True) if not one & set(chosen))
        rules = Rules(p=2, forced=none_forced(reach))
        assert sets.base + missed == pytest.approx(worth_of("p-median", reach, rules, chosen))


@given(data=st.data(), reach=reaches())
@settings(max_examples=60, deadline=None)
def test_the_largest_coverage_is_that_of_trying_every_choice(data, reach):
    forced = none_forced(reach)
    p = data.draw(st.integers(1, reach.candidates))
    forced[: data.draw(st.integers(0, min(p, 1)))] = True
    if data.draw(st.booleans()):
        reach = replace(reach, weight=reach.weight * 0.3)
    rules = Rules(p=p, forced=forced, minutes=data.draw(st.sampled_from([2.0, 5.0, 8.0])))
    answer = plain_coverage(reach, rules=rules, clock=watch(NEVER_LONG))
    assert answer.objective == pytest.approx(best_of("max-coverage", reach, rules))
    assert worth_of("max-coverage", reach, rules, answer.chosen) == pytest.approx(answer.objective)
    assert answer.proven
    assert answer.bound == answer.objective


@given(data=st.data(), reach=reaches())
@settings(max_examples=40, deadline=None)
def test_the_fewest_hubs_for_a_share_are_those_of_trying_every_choice(data, reach):
    share = data.draw(st.sampled_from([0.3, 0.7, 1.0]))
    minutes = data.draw(st.sampled_from([2.0, 5.0, 9.0]))
    rules = Rules(p=None, forced=none_forced(reach), minutes=minutes, share=share)
    best = best_of("set-cover", reach, rules)
    for way in (plain_share, plain_cover) if share == 1.0 else (plain_share,):
        if best is None:
            with pytest.raises(NoChoice):
                way(reach, rules=rules, clock=watch(NEVER_LONG))
            continue
        answer = way(reach, rules=rules, clock=watch(NEVER_LONG))
        assert answer.objective == best
        assert answer.proven
        assert worth_of("set-cover", reach, rules, answer.chosen) == best


def test_larger_ones_agree_with_highs():
    reach = scattered(400, 60, seed=3)
    rules = Rules(p=None, forced=none_forced(reach), minutes=14.0, share=1.0)
    cover = plain_cover(reach, rules=rules, clock=watch(NEVER_LONG))
    assert cover.proven
    assert covered(reach, cover.chosen, minutes=14.0).all()
    assert cover.objective == program("set-cover", reach, rules=rules, limits=NEVER_LONG).objective
    some = replace(rules, p=6, share=0.0, minutes=9.0)
    most = plain_coverage(reach, rules=some, clock=watch(NEVER_LONG))
    assert most.proven
    assert most.objective == program("max-coverage", reach, rules=some, limits=NEVER_LONG).objective


def test_a_search_ends_at_once_when_it_is_told_to():
    reach = scattered(400, 60, seed=3)
    stopped = watch(Limits(stopped=lambda: True))
    rules = Rules(p=None, forced=none_forced(reach), minutes=14.0, share=1.0)
    cover = plain_cover(reach, rules=rules, clock=stopped)
    assert cover.ended == "interrupted"
    assert covered(reach, cover.chosen, minutes=14.0).all()
    assert cover.bound < cover.objective
    most = plain_coverage(reach, rules=replace(rules, p=6, share=0.0, minutes=9.0), clock=stopped)
    assert most.ended == "interrupted"
    assert len(most.chosen) == 6
    assert most.bound > most.objective


def test_a_coverage_that_is_enough_ends_the_search():
    reach = scattered(100, 20, seed=5)
    rules = Rules(p=None, forced=none_forced(reach), minutes=9.0, share=0.5)
    sets, need = cover_sets(prefixes(reach), 9.0), needed(reach, rules)
    found = [
        most_covered(sets, p=p, forced=none_forced(reach), clock=watch(NEVER_LONG), whole=True, enough=need)
        for p in (1, 20)
    ]
    assert found[0].bound < need
    assert found[1].worth >= need


def test_of_equally_few_the_nearest_is_the_same_in_both_ways(monkeypatch):
    reach = scattered(100, 30, seed=7)
    rules = Rules(p=None, forced=none_forced(reach), minutes=22.0, share=1.0)
    worths = []
    for swift in (10**9, 0):
        monkeypatch.setattr(programs, "SWIFT", swift)
        answer = programs.program("set-cover", reach, rules=rules, limits=NEVER_LONG)
        assert answer.proven
        worths.append((answer.objective, objective_of("p-median", reach, answer.chosen, rules)))
    assert worths[1] == pytest.approx(worths[0])
