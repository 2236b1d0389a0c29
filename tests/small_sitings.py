"""Tiny questions of siting with every rule, and the answer to each by trying every choice."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import strategies as st

from gisplan.siting.solver.reaching import reach_of
from gisplan.siting.solver.words import Group, Limits, Reach, Rules

MODELS = ("p-median", "max-coverage", "set-cover", "p-center")
NEVER_LONG = Limits(seconds=3_600.0)
FAR = 20.0


def whole(low, high):
    return st.integers(low, high).map(float)


@st.composite
def reaches(draw, *, most_demands=7, most_candidates=6):
    """Return a reach: some ways are missing, some demand stands near a hub already."""
    demands, candidates = draw(st.integers(1, most_demands)), draw(st.integers(2, most_candidates))
    way = st.one_of(whole(0, 12), st.just(np.inf))
    minutes = draw(st.lists(way, min_size=demands * candidates, max_size=demands * candidates))
    beyond = draw(st.lists(st.sampled_from([4.0, 9.0, FAR, FAR]), min_size=demands, max_size=demands))
    weight = draw(st.lists(whole(1, 5), min_size=demands, max_size=demands))
    table = np.array(minutes).reshape(demands, candidates)
    return reach_of(table, weight=np.array(weight), beyond=np.array(beyond))


@st.composite
def rules_of(draw, reach: Reach, model: str):
    """Return rules of any kind but capacities."""
    count = reach.candidates
    flags = st.lists(st.booleans(), min_size=count, max_size=count).map(np.array)
    forced = np.zeros(count, bool)
    if draw(st.booleans()):
        forced[draw(st.integers(0, count - 1))] = True
    groups = tuple(
        Group(member=draw(flags), most=draw(st.integers(0, 2))) for _ in range(draw(st.integers(0, 1)))
    )
    cost = draw(st.none() | st.lists(whole(1, 8), min_size=count, max_size=count).map(np.array))
    return Rules(
        p=None if model == "set-cover" else draw(st.integers(1, count)),
        forced=forced,
        minutes=draw(whole(1, 9)),
        share=draw(st.sampled_from([0.4, 0.8, 1.0] if model == "set-cover" else [0.0, 0.0, 0.5, 1.0])),
        groups=groups,
        cost=cost,
        budget=draw(st.none() | whole(2, 20)) if cost is not None else None,
    )


def table_of(reach: Reach):
    """Return the minutes to every candidate, infinite where there is no way."""
    table = np.full((reach.demands, reach.candidates), np.inf)
    for demand in range(reach.demands):
        for at in range(reach.start[demand], reach.start[demand + 1]):
            table[demand, reach.candidate[at]] = reach.minutes[at]
    return table


def worth_of(model: str, reach: Reach, rules: Rules, chosen):
    """Return the objective of a choice by the definitions, None if it breaks a rule."""
    chosen = list(chosen)
    if any(forced and one not in chosen for one, forced in enumerate(rules.forced)):
        return None
    if any(sum(group.member[one] for one in chosen) > group.most for group in rules.groups):
        return None
    spent = sum(rules.cost[one] for one in chosen) if rules.cost is not None else float(len(chosen))
    if rules.budget is not None and spent > rules.budget:
        return None
    minutes = np.minimum(table_of(reach)[:, chosen].min(axis=1, initial=np.inf), reach.beyond)
    inside = reach.weight[minutes <= rules.minutes].sum()
    if inside < rules.share * reach.weight.sum() - 1e-9:
        return None
    return {
        "p-median": float(reach.weight @ minutes),
        "max-coverage": float(inside),
        "set-cover": float(spent),
        "p-center": float(minutes.max()),
    }[model]


def best_of(model: str, reach: Reach, rules: Rules):
    """Return the best objective of all choices, None if none keeps the rules."""
    sizes = range(reach.candidates + 1) if model == "set-cover" else [rules.p]
    worths = [
        worth
        for size in sizes
        for chosen in combinations(range(reach.candidates), size)
        if (worth := worth_of(model, reach, rules, chosen)) is not None
    ]
    if not worths:
        return None
    return max(worths) if model == "max-coverage" else min(worths)


def scattered(demands: int, candidates: int, *, seed: int = 0, beyond: float = 1000.0) -> Reach:
    """Return demand and candidates scattered in a square of 60 minutes."""
    draw = np.random.default_rng(seed)
    homes, sites = draw.uniform(0.0, 60.0, (demands, 2)), draw.uniform(0.0, 60.0, (candidates, 2))
    minutes = np.hypot(*(homes[:, None, :] - sites[None, :, :]).transpose(2, 0, 1))
    weight = draw.integers(1, 9, demands).astype(float)
    return reach_of(minutes, weight=weight, beyond=np.full(demands, beyond))


def none_forced(reach: Reach):
    return np.zeros(reach.candidates, bool)
