"""The p-median: against every choice there is, its bound, its ends, and the forty of the OR-Library."""

from itertools import combinations, pairwise
from pathlib import Path
from time import monotonic

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_sitings import NEVER_LONG

from gisplan.siting.solver.median import p_median
from gisplan.siting.solver.words import Limits, NoChoice, Reach, Rules

PMED = Path(__file__).parents[2] / "shared" / "data" / "bench" / "pmed"


def reach_of(minutes, weight, beyond):
    """A reach from a table with inf where nobody goes."""
    order = np.argsort(minutes, axis=1, kind="stable")
    length = np.take_along_axis(minutes, order, axis=1)
    near = length <= np.asarray(beyond)[:, None]
    return Reach(
        start=np.concatenate([[0], np.cumsum(near.sum(axis=1))]).astype(np.int64),
        candidate=order[near].astype(np.int32),
        minutes=length[near].astype(np.float64),
        weight=np.asarray(weight, np.float64),
        beyond=np.asarray(beyond, np.float64),
        candidates=minutes.shape[1],
    )


def rules_of(p, candidates, forced=()):
    taken = np.zeros(candidates, bool)
    taken[list(forced)] = True
    return Rules(p=p, forced=taken)


def cost(minutes, weight, beyond, chosen):
    nearest = np.minimum(minutes[:, list(chosen)].min(axis=1, initial=np.inf), beyond)
    return float(np.asarray(weight) @ nearest)


def least(minutes, weight, beyond, p, forced=()):
    choices = combinations(range(minutes.shape[1]), p)
    return min(cost(minutes, weight, beyond, each) for each in choices if set(forced) <= set(each))


def planes(demands, candidates, seed):
    random = np.random.default_rng(seed)
    here, there = random.random((demands, 1, 2)) * 60, random.random((1, candidates, 2)) * 60
    minutes = np.hypot(*np.moveaxis(here - there, -1, 0))
    return minutes, random.integers(1, 101, demands).astype(float), np.full(demands, 100.0)


@st.composite
def cases(draw):
    """A few demands with own ends of their lists; minutes often tie, candidates often repeat each other."""
    demands, candidates = draw(st.integers(1, 8)), draw(st.integers(1, 7))
    whole = draw(st.booleans())
    each = st.integers(0, 9).map(float) if whole else st.floats(0, 30, allow_subnormal=False)
    table = st.lists(each, min_size=demands * candidates, max_size=demands * candidates)
    minutes = np.array(draw(table)).reshape(demands, candidates)
    beyond = draw(st.lists(st.integers(0, 12).map(float), min_size=demands, max_size=demands))
    weight = draw(st.lists(st.sampled_from([1.0, 2.0, 2.5, 7.0, 100.0]), min_size=demands, max_size=demands))
    return minutes, np.array(weight), np.array(beyond), draw(st.integers(0, candidates))


@settings(max_examples=120, deadline=None)
@given(cases(), st.data())
def test_the_best_of_every_choice_is_found_and_proven(case, data):
    minutes, weight, beyond, p = case
    candidates = minutes.shape[1]
    forced = data.draw(
        st.lists(st.integers(0, candidates - 1), max_size=p, unique=True) if p else st.just([])
    )
    reach = reach_of(minutes, weight, beyond)
    free = p_median(reach, rules=rules_of(p, candidates), limits=NEVER_LONG)
    bound = p_median(reach, rules=rules_of(p, candidates, forced), limits=NEVER_LONG)
    for answer, must in ((free, ()), (bound, forced)):
        assert len(answer.chosen) == p == len(set(answer.chosen.tolist()))
        assert set(must) <= set(answer.chosen.tolist())
        assert answer.objective == pytest.approx(cost(minutes, weight, beyond, answer.chosen))
        assert answer.objective == pytest.approx(least(minutes, weight, beyond, p, must))
        assert (answer.proven, answer.ended, answer.gap) == (True, "proven", 0.0)
        assert answer.bound == answer.objective
    assert free.objective <= bound.objective * (1 + 1e-9)


@settings(max_examples=60, deadline=None)
@given(cases(), st.sampled_from([0.5, 3.0, 0.1, 1e4 / 7]))
def test_weights_of_another_scale_and_a_second_run_choose_the_same(case, factor):
    minutes, weight, beyond, p = case
    rules = rules_of(p, minutes.shape[1])
    first = p_median(reach_of(minutes, weight, beyond), rules=rules, limits=NEVER_LONG)
    again = p_median(reach_of(minutes, weight, beyond), rules=rules, limits=NEVER_LONG)
    scaled = p_median(reach_of(minutes, weight * factor, beyond), rules=rules, limits=NEVER_LONG)
    assert first.chosen.tolist() == again.chosen.tolist() == scaled.chosen.tolist()
    assert scaled.objective == pytest.approx(first.objective * factor)


@settings(max_examples=40, deadline=None)
@given(cases())
def test_one_more_never_costs_more(case):
    minutes, weight, beyond, _ = case
    reach, candidates = reach_of(minutes, weight, beyond), minutes.shape[1]
    costs = [
        p_median(reach, rules=rules_of(p, candidates), limits=NEVER_LONG).objective
        for p in range(candidates + 1)
    ]
    assert costs[0] == pytest.approx(float(weight @ beyond))
    assert all(more <= fewer * (1 + 1e-9) + 1e-12 for fewer, more in pairwise(costs))


@pytest.mark.parametrize("seed", range(6))
def test_a_plane_is_proven_against_every_choice(seed):
    minutes, weight, beyond = planes(120, 18, seed)
    answer = p_median(reach_of(minutes, weight, beyond), rules=rules_of(4, 18), limits=NEVER_LONG)
    assert answer.objective == pytest.approx(least(minutes, weight, beyond, 4))
    assert answer.proven


def test_lists_that_are_cut_for_speed_change_no_answer(monkeypatch):
    minutes, weight, beyond = planes(150, 60, 3)
    reach, rules = reach_of(minutes, weight, beyond), rules_of(5, 60)
    usual = p_median(reach, rules=rules, limits=NEVER_LONG)
    for most in (1, 3, 12):
        monkeypatch.setattr("gisplan.siting.solver.search.MANY", 0)
        monkeypatch.setattr("gisplan.siting.solver.search.FEW", most)
        monkeypatch.setattr("gisplan.siting.solver.search.SEVERAL", 0)
        cut = p_median(reach, rules=rules, limits=Limits(seconds=600))
        assert cut.proven
        assert cut.objective == pytest.approx(usual.objective)


def test_the_same_demand_many_times_is_one_with_all_their_weight():
    minutes, weight, beyond = planes(30, 12, 5)
    many = reach_of(np.repeat(minutes, 4, axis=0), np.repeat(weight, 4) / 4, np.repeat(beyond, 4))
    one = p_median(reach_of(minutes, weight, beyond), rules=rules_of(3, 12), limits=NEVER_LONG)
    assert p_median(many, rules=rules_of(3, 12), limits=NEVER_LONG).chosen.tolist() == one.chosen.tolist()


def test_candidates_that_are_the_same_are_chosen_only_where_so_many_are_asked_for():
    minutes = np.array([[1.0, 1.0, 5.0, np.inf], [4.0, 4.0, 2.0, np.inf]])
    reach = reach_of(minutes, [1.0, 1.0], [9.0, 9.0])
    assert p_median(reach, rules=rules_of(2, 4), limits=NEVER_LONG).chosen.tolist() == [0, 2]
    three = p_median(reach, rules=rules_of(3, 4), limits=NEVER_LONG)
    assert (three.objective, three.proven, len(set(three.chosen.tolist()))) == (3.0, True, 3)
    assert p_median(reach, rules=rules_of(4, 4), limits=NEVER_LONG).chosen.tolist() == [0, 1, 2, 3]
    assert p_median(reach, rules=rules_of(2, 4, [1]), limits=NEVER_LONG).chosen.tolist() == [1, 2]


def test_demand_nobody_reaches_pays_beyond():
    reach = reach_of(np.full((2, 3), np.inf), [2.0, 3.0], [10.0, 20.0])
    answer = p_median(reach, rules=rules_of(1, 3), limits=NEVER_LONG)
    assert (answer.objective, answer.chosen.tolist(), answer.proven) == (80.0, [0], True)


def test_what_no_choice_keeps_is_said():
    reach = reach_of(np.ones((2, 3)), [1.0, 1.0], [5.0, 5.0])
    with pytest.raises(NoChoice, match="too_few"):
        p_median(reach, rules=rules_of(4, 3), limits=NEVER_LONG)
    with pytest.raises(NoChoice, match="too_many_forced"):
        p_median(reach, rules=rules_of(1, 3, [0, 2]), limits=NEVER_LONG)


HARD = planes(300, 300, 1)
"""Lists that take some hundred questions for the clock."""


@pytest.mark.parametrize("asked", [0, 1, 2, 5, 20])
def test_an_interrupt_keeps_the_best_with_a_bound_that_holds(asked):
    minutes, weight, beyond = HARD
    reach, rules = reach_of(minutes, weight, beyond), rules_of(8, 300, [7])
    left = iter(range(asked))
    answer = p_median(reach, rules=rules, limits=Limits(stopped=lambda: next(left, None) is None))
    best = p_median(reach, rules=rules, limits=NEVER_LONG)
    assert (answer.ended, best.ended) == ("interrupted", "proven")
    assert len(answer.chosen) == 8
    assert 7 in answer.chosen
    assert answer.objective == pytest.approx(cost(minutes, weight, beyond, answer.chosen))
    assert answer.bound <= best.objective <= answer.objective
    assert answer.gap == pytest.approx((answer.objective - answer.bound) / answer.objective)


def test_no_time_is_enough_for_an_answer():
    minutes, weight, beyond = HARD
    reach = reach_of(minutes, weight, beyond)
    answer = p_median(reach, rules=rules_of(8, 300), limits=Limits(seconds=0.0))
    assert (answer.ended, answer.proven, len(answer.chosen)) == ("time", False, 8)
    assert answer.bound <= answer.objective


def test_a_gap_that_is_good_enough_ends_the_search_and_every_gap_is_told():
    minutes, weight, beyond = HARD
    told = []
    answer = p_median(
        reach_of(minutes, weight, beyond), rules=rules_of(8, 300), limits=Limits(gap=0.5, told=told.append)
    )
    assert (answer.ended, answer.proven) == ("gap", False)
    assert 0 < answer.gap <= 0.5
    assert told == sorted(told, reverse=True)
    assert told[-1] == pytest.approx(answer.gap)


def graph(number):
    """Return all minutes of a graph of the OR-Library, and p. Of a repeated edge the last counts."""
    from scipy.sparse.csgraph import csgraph_from_dense, shortest_path

    nodes, edges, p, *rest = (PMED / f"pmed{number}.txt").read_text("ascii").split()
    table = np.full((int(nodes), int(nodes)), np.inf)
    for tail, head, length in np.array(rest[: 3 * int(edges)], int).reshape(-1, 3):
        table[tail - 1, head - 1] = table[head - 1, tail - 1] = length
    return shortest_path(csgraph_from_dense(table, null_value=np.inf), method="D", directed=False), int(p)


@pytest.mark.real
def test_the_forty_of_the_or_library_are_proven():
    lines = (PMED / "pmedopt.txt").read_text("ascii").splitlines()
    known = {int(line.split()[0][4:]): float(line.split()[1]) for line in lines if line.startswith("pmed")}
    assert len(known) == 40
    for number, optimum in known.items():
        minutes, p = graph(number)
        reach = reach_of(minutes, np.ones(len(minutes)), minutes.max(axis=1))
        answer = p_median(reach, rules=rules_of(p, len(minutes)), limits=Limits(seconds=600))
        assert (number, answer.objective, answer.proven) == (number, optimum, True)


def test_the_time_in_which_kernels_are_compiled_is_none_of_the_search():
    from gisplan.siting.solver.watch import Best, Over

    began, limits = monotonic() - 9_000.0, Limits(seconds=5_000.0)
    slow = Best(limits=limits, began=began, compiled=lambda: 8_000.0)
    slow.check()
    assert 1_000.0 <= slow.spent < 5_000.0
    with pytest.raises(Over):
        Best(limits=limits, began=began, compiled=lambda: 2_000.0).check()


def test_compiling_is_measured():
    from numba import njit

    from gisplan.siting.solver.watch import compiling

    with compiling() as seconds:
        assert seconds() == 0.0
        assert njit(lambda value: value + 1)(1) == 2
        assert seconds() > 0.0
