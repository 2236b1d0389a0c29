"""The p-center: by trying every choice, by HiGHS, and on the graphs of the OR-Library."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from small_sitings import NEVER_LONG, best_of, none_forced, reaches, scattered, worth_of

from gisplan.siting.solver.center import plain_center, thresholds
from gisplan.siting.solver.program import program
from gisplan.siting.solver.reaching import reach_of
from gisplan.siting.solver.sheet import watch
from gisplan.siting.solver.words import Limits, Rules

GRAPHS = Path(__file__).resolve().parents[2] / "shared" / "data" / "bench" / "pmed"
LONGEST = (
    127, 98, 93, 74, 48, 84, 64, 55, 37, 20, 59, 51, 36, 26, 18, 47, 39, 28, 18, 13,
    40, 38, 22, 15, 11, 38, 32, 18, 13, 9, 30, 29, 15, 11, 30, 27, 15, 29, 23, 13,
)  # fmt: skip
"""The least longest distance of pmed1 to pmed40, where a repeated edge has the length that is named last."""


@given(data=st.data(), reach=reaches())
@settings(max_examples=60, deadline=None)
def test_the_center_is_that_of_trying_every_choice(data, reach):
    p = data.draw(st.integers(1, reach.candidates))
    forced = none_forced(reach)
    forced[: data.draw(st.integers(0, 1))] = True
    rules = Rules(p=p, forced=forced)
    answer = plain_center(reach, rules=rules, clock=watch(NEVER_LONG))
    assert answer.objective == best_of("p-center", reach, rules)
    assert worth_of("p-center", reach, rules, answer.chosen) == answer.objective
    assert answer.proven
    assert answer.bound == answer.objective


def test_a_larger_one_agrees_with_highs():
    reach = scattered(150, 40, seed=2)
    rules = Rules(p=5, forced=none_forced(reach))
    mine = plain_center(reach, rules=rules, clock=watch(NEVER_LONG))
    assert mine.objective == program("p-center", reach, rules=rules, limits=NEVER_LONG).objective
    assert mine.objective in thresholds(reach)


def test_the_bound_of_a_stopped_search_is_below():
    reach = scattered(150, 40, seed=2)
    rules = Rules(p=5, forced=none_forced(reach))
    best = plain_center(reach, rules=rules, clock=watch(NEVER_LONG)).objective
    answer = plain_center(reach, rules=rules, clock=watch(Limits(stopped=lambda: True)))
    assert answer.ended == "interrupted"
    assert answer.bound <= best <= answer.objective
    assert len(answer.chosen) == 5


def graph(number):
    """Return the distances of a graph between all its places, and how many hubs are asked for."""
    words = (GRAPHS / f"pmed{number}.txt").read_text().split()
    places, edges, p = map(int, words[:3])
    length = {}
    for one, other, long in np.array(words[3 : 3 + 3 * edges], int).reshape(-1, 3):
        length[min(one, other) - 1, max(one, other) - 1] = float(long)
    ends = np.array(list(length))
    matrix = csr_array((list(length.values()), (ends[:, 0], ends[:, 1])), shape=(places, places))
    return dijkstra(matrix, directed=False), p


@pytest.mark.real
@pytest.mark.parametrize("number", [1, 2, 4, 5, 6, 7, 10, 13, 15, 18, 20, 22, 25, 30])
def test_graphs_of_the_or_library(number):
    distance, p = graph(number)
    reach = reach_of(distance, weight=np.ones(len(distance)), beyond=np.full(len(distance), 1e4))
    answer = plain_center(reach, rules=Rules(p=p, forced=none_forced(reach)), clock=watch(NEVER_LONG))
    assert answer.objective == LONGEST[number - 1]
    assert answer.proven
