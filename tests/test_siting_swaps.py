"""Exchanges and additions are evaluated all at once: each is compared with the plain objective of that choice."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from siting_line import line

from gisplan.siting.defence.swaps import additions, exchanges
from gisplan.siting.solver.shares import covered, objective_of
from gisplan.siting.solver.words import Group

PLACES = st.lists(st.integers(0, 30), min_size=4, max_size=8)


def plain(case, chosen):
    chosen = np.sort(np.asarray(chosen))
    rules, reach = case.rules, case.reach
    fits = all(group.member[chosen].sum() <= group.most for group in rules.groups)
    if rules.budget is not None:
        fits &= rules.cost[chosen].sum() <= rules.budget
    weight = reach.weight[covered(reach, chosen, minutes=rules.minutes)].sum()
    fits &= weight >= rules.share * reach.weight.sum() * (1 - 1e-9)
    return objective_of(case.model, reach, chosen, rules) if fits else np.nan


@pytest.mark.parametrize("model", ["p-median", "max-coverage", "p-center", "set-cover"])
@settings(max_examples=25, deadline=None)
@given(
    sites=PLACES, homes=st.lists(st.integers(0, 30), min_size=3, max_size=9), data=st.data(),
    standing=st.sampled_from([None, [7]]), cutoff=st.sampled_from([np.inf, 6.0]),
)  # fmt: skip
def test_every_exchange_and_addition_is_worth_what_its_choice_is(model, sites, homes, data, standing, cutoff):
    weight = data.draw(st.lists(st.integers(1, 5), min_size=len(homes), max_size=len(homes)))
    member = np.arange(len(sites)) % 2 == 0
    case = line(
        sites, homes, model=model, weight=weight, standing=standing, cutoff=cutoff, minutes=4.0, forced=[1],
        share=0.2, groups=(Group(member=member, most=2),), cost=np.arange(len(sites)) + 1.0,
        budget=2.0 * len(sites),
    )  # fmt: skip
    chosen = np.array([0, 1, 3])
    found = exchanges(case, chosen)
    assert list(found.out) == [0, 3]  # 1 is forced
    for place, out in enumerate(found.out):
        for into in range(len(sites)):
            if into in chosen:
                assert np.isnan(found.objective[place, into])
                continue
            other = [*(one for one in chosen if one != out), into]
            assert found.objective[place, into] == pytest.approx(plain(case, other), nan_ok=True)
    grown = additions(case, chosen)
    for into in range(len(sites)):
        asked = model != "set-cover" and into not in chosen
        value = plain(case, [*chosen, into]) if asked else np.nan
        assert grown[into] == pytest.approx(value, nan_ok=True)


def test_where_capacities_split_demand_no_exchange_is_told():
    case = line([0, 5, 9], [0, 1, 9], capacity=np.full(3, 9.0))
    assert exchanges(case, np.array([0, 2])) is None
    assert np.isnan(additions(case, np.array([0, 2]))).all()
