"""Bands, quantiles, the worst tenth and the curve: by hand, and summing up to everybody."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisplan.access.coverage import coverage
from gisplan.access.curves import curve
from gisplan.access.equity import bands, equity, quantile, worst

MINUTES = np.array([2.0, 5.0, 12.0, np.inf, np.nan, 40.0])
PEOPLE = np.array([50.0, 20.0, 15.0, 5.0, 7.0, 10.0])
NAMES = {"layer": "population", "to": "medical"}


def test_a_town_of_a_hundred_people_by_hand():
    # Assessed are 100: 50 at 2 min, 20 at 5, 15 at 12, 10 at 40, and 5 who arrive nowhere; 7 are off every road.
    row = equity(MINUTES, PEOPLE, **NAMES).iloc[0]
    assert (row["total"], row["unreached"], row["not_assessed"]) == (107, 5, 7)
    assert (row["median"], row["p75"], row["p90"]) == (2.0, 12.0, 40.0)
    assert row["mean"] == pytest.approx((50 * 2 + 20 * 5 + 15 * 12 + 10 * 40) / 95)
    # The worst ten: the five who arrive nowhere, and five of those at 40 minutes.
    assert (row["worst_from"], row["worst_mean"], row["worst_unreached"]) == (40.0, 40.0, 5.0)
    assert row["unreached_share"] == 0.05
    rows = bands(MINUTES, PEOPLE, **NAMES, edges=(5.0, 15.0))
    assert list(rows["amount"]) == [70, 15, 10, 5, 7]
    assert list(rows["state"]) == ["reached"] * 3 + ["unreached", "not_assessed"]
    assert list(rows["share"])[:4] == [0.7, 0.15, 0.1, 0.05]
    assert np.isnan(rows["share"].iloc[4])


def test_where_the_worst_tenth_all_arrive_nowhere_there_are_no_minutes():
    row = equity(np.array([1.0, np.inf]), np.array([80.0, 20.0]), **NAMES).iloc[0]
    assert row["worst_unreached"] == 10.0
    assert np.isnan(row[["worst_from", "worst_mean", "p90"]].astype(float)).all()
    assert row["median"] == 1.0


def test_without_a_destination_or_with_nobody_known_all_is_open():
    row = equity(None, PEOPLE, **NAMES).iloc[0]
    assert row["not_assessed"] == 107
    assert np.isnan(row[["mean", "median", "unreached"]].astype(float)).all()
    nobody = equity(MINUTES, np.full(6, np.nan), **NAMES).iloc[0]
    assert nobody["unknown"] == 6
    assert np.isnan(nobody["total"])
    assert bands(None, PEOPLE, **NAMES, edges=(5.0,))["amount"].isna().tolist() == [True, True, True, False]
    assert curve(None, PEOPLE, **NAMES)[["within", "share"]].isna().all().all()


def test_the_curve_is_the_coverage_of_every_minute():
    found = curve(MINUTES, PEOPLE, **NAMES, up_to=12.0).set_index("minutes")
    assert list(found.index) == list(range(13))
    assert found.loc[1, "within"] == 0
    assert list(found.loc[[2, 5, 11, 12], "within"]) == [50, 70, 70, 85]
    table = coverage(MINUTES, PEOPLE, **NAMES, thresholds=tuple(float(at) for at in found.index))
    assert list(table["within"]) == list(found["within"])
    assert list(table["share"]) == list(found["share"])
    five = table.set_index("minutes").loc[5.0]
    assert (five["within_less"], five["within_more"]) == (50, 70)


TOWN = st.lists(
    st.tuples(
        st.one_of(st.floats(0, 90), st.sampled_from([np.inf, np.nan])),
        st.one_of(st.floats(0.1, 500), st.just(np.nan)),
    ),
    min_size=1,
    max_size=30,
).map(lambda rows: np.array(rows).T)


@given(TOWN)
@settings(max_examples=80, deadline=None, derandomize=True)
def test_every_band_and_curve_sums_up_to_everybody(town):
    minutes, people = town
    total = np.nansum(people)
    rows = bands(minutes, people, **NAMES, edges=(5.0, 10.0, 30.0))
    assert rows["amount"].sum() == pytest.approx(total)
    found = curve(minutes, people, **NAMES, up_to=90.0)["within"]
    assert found.isna().all() or found.is_monotonic_increasing
    known = ~np.isnan(people) & ~np.isnan(minutes)
    if known.any():
        arrive = people[known & np.isfinite(minutes)].sum()
        assert found.iloc[-1] == pytest.approx(arrive)
        by_hand = np.repeat(minutes[known], 1)
        middle = quantile(by_hand, people[known], 0.5)
        below = people[known][by_hand <= middle].sum()
        assert below >= 0.5 * people[known].sum() * (1 - 1e-9)
        least = worst(by_hand, people[known], share=1.0)
        reached = np.isfinite(by_hand)
        if reached.any():
            mean = (by_hand[reached] * people[known][reached]).sum() / people[known][reached].sum()
            assert least.mean == pytest.approx(mean)
