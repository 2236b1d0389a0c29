"""Hubs that hold only so much: transport, bounds and the best choice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from small_sitings import NEVER_LONG, none_forced, scattered

from gisplan.siting.solver import solve as solving
from gisplan.siting.solver.capacitated import fits, with_capacities
from gisplan.siting.solver.capacity_kernels import transported
from gisplan.siting.solver.loading import ready_for_capacities
from gisplan.siting.solver.program import program
from gisplan.siting.solver.reaching import reach_of
from gisplan.siting.solver.shares import objective_of
from gisplan.siting.solver.sheet import watch
from gisplan.siting.solver.solve import solve
from gisplan.siting.solver.words import Group, Limits, NoChoice, Rules


def answered(model, reach, rules, limits=NEVER_LONG):
    ready_for_capacities()  # compiling is no part of the search: as `solve` has it
    return with_capacities(model, reach, rules=rules, clock=watch(limits))


@given(seed=st.integers(0, 10_000), whole=st.booleans())
@settings(max_examples=60, deadline=None)
def test_transport_costs_what_a_linear_program_says(seed, whole):
    draw = np.random.default_rng(seed)
    rows, hubs = int(draw.integers(2, 12)), int(draw.integers(1, 6))
    minutes = draw.uniform(0.0, 9.0, (hubs + 1, rows))
    weight = draw.uniform(1.0, 5.0, rows)
    capacity = draw.uniform(0.0, 1.5, hubs) * weight.sum() / hubs
    if whole:
        minutes, weight, capacity = (one.round() for one in (minutes, weight, capacity))
    saves = np.zeros(hubs + 1)
    cost, left = transported(minutes, weight, np.append(capacity, np.inf), saves)
    oracle = linprog(
        minutes.ravel(),
        A_ub=np.kron(np.eye(hubs, hubs + 1), np.ones(rows)),
        b_ub=capacity,
        A_eq=np.tile(np.eye(rows), hubs + 1),
        b_eq=weight,
    )
    assert cost == pytest.approx(oracle.fun)
    # What capacities save is right: no other split is cheaper at these prices.
    assert weight @ (minutes + saves[:, None]).min(axis=0) - capacity @ saves[:-1] == pytest.approx(cost)
    assert (left <= weight + 1e-9).all()


@given(data=st.data(), model=st.sampled_from(["p-median", "max-coverage"]))
@settings(max_examples=60, deadline=None)
def test_the_best_choice_is_that_of_highs(data, model):
    draw = np.random.default_rng(data.draw(st.integers(0, 10_000)))
    demands, count = int(draw.integers(4, 30)), int(draw.integers(3, 11))
    p = int(draw.integers(1, count))
    minutes = draw.integers(0, 30, (demands, count)).astype(float)
    minutes[draw.random(minutes.shape) < draw.choice([0.0, 0.3])] = np.inf
    minutes[:, 0] = draw.integers(0, 30, demands)
    weight = draw.integers(1, 9, demands).astype(float)
    endless = draw.random(demands) < draw.choice([0.0, 0.3, 1.0])
    reach = reach_of(
        minutes, weight=weight, beyond=np.where(endless, np.inf, draw.uniform(5.0, 40.0, demands))
    )
    forced = none_forced(reach)
    forced[draw.permutation(count)[: data.draw(st.integers(0, p))]] = data.draw(st.booleans())
    capacity = draw.uniform(0.3, 1.7, count) * weight.sum() / p * draw.choice([0.5, 1.05, 1.2, 3.0])
    rules = Rules(p=p, forced=forced, minutes=12.0, capacity=capacity)
    assert fits(model, reach, rules)
    try:
        known = program(model, reach, rules=rules, limits=NEVER_LONG)
    except NoChoice as none:
        with pytest.raises(NoChoice, match=none.why):
            answered(model, reach, rules)
        return
    answer = answered(model, reach, rules)
    assert answer.objective == pytest.approx(known.objective)
    assert answer.proven
    assert len(answer.chosen) == p
    assert forced[forced].sum() == forced[answer.chosen].sum()
    assert objective_of(model, reach, answer.chosen, rules) == pytest.approx(answer.objective)


def tight(reach, p):
    """Return rules with capacities that hold 15 % more than all demand on average."""
    share = np.random.default_rng(3).uniform(0.6, 1.4, reach.candidates)
    return Rules(p=p, forced=none_forced(reach), minutes=12.0, capacity=1.15 * reach.weight.sum() / p * share)


@pytest.mark.parametrize("model", ["p-median", "max-coverage"])
def test_what_is_left_open_is_told_with_its_bound(model):
    reach = scattered(150, 30, seed=5)
    rules = tight(reach, 6)
    best = answered(model, reach, rules, NEVER_LONG)
    told = []
    rough = answered(model, reach, rules, Limits(seconds=30.0, gap=0.2, told=told.append))
    stopped = answered(model, reach, rules, Limits(seconds=30.0, stopped=lambda: True))
    late = answered(model, reach, rules, Limits(seconds=0.0))
    assert best.proven
    assert rough.ended in {"gap", "proven"}
    assert rough.gap <= 0.2
    assert told[-1] <= 0.2
    assert (stopped.ended, late.ended) == ("interrupted", "time")
    side = -1.0 if model == "max-coverage" else 1.0
    for one in (rough, stopped, late):
        assert side * one.bound <= side * best.objective + 1e-3
        assert side * best.objective <= side * one.objective + 1e-3


def test_large_questions_with_capacities_go_this_way_and_others_do_not(monkeypatch):
    reach = scattered(120, 25, seed=7)
    rules = tight(reach, 5)
    small = solve("p-median", reach, rules=rules, limits=NEVER_LONG)
    monkeypatch.setattr(solving, "LARGE", 0)
    large = solve("p-median", reach, rules=rules, limits=NEVER_LONG)
    assert large.objective == pytest.approx(small.objective)
    assert large.proven
    group = Group(member=np.ones(25, bool), most=9)
    plain = {"p": 5, "forced": none_forced(reach), "capacity": rules.capacity}
    assert not fits("p-center", reach, rules)
    assert not fits("p-median", reach, Rules(**plain, groups=(group,)))
    assert not fits("p-median", reach, Rules(**plain, minutes=9.0, share=0.5))
    assert not fits("p-median", reach, Rules(p=5, forced=none_forced(reach)))
