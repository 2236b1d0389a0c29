"""Districts grown on suitable ground: a grid worked out by hand, what holds for all, and brute force beside it."""

import dataclasses
from functools import cache
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from small_ground import (
    CELLS,
    NAMES,
    NO_ROADS,
    QUARTERS,
    grid_units,
    ground,
    options,
    square,
    suited_by,
    table,
    town,
)

from gisplan.core.errors import ConfigurationError, InputError
from gisplan.siting.districts import propose, suitability
from gisplan.siting.districts.choose import _best_packing, choose
from gisplan.siting.districts.units import largest_patch, units_of

BLOCK = np.full((6, 6), 0.1)
BLOCK[1:4, 2:5] = 0.9


def chosen(values, asked):
    suited = suited_by(values)
    return choose(grid_units(suited), suited.value, asked)


def graph():
    """Return which cells of the grid share a side."""
    return nx.convert_node_labels_to_integers(nx.grid_2d_graph(6, 6), ordering="sorted")


def worth_of(cells, values, asked):
    """Return what a district is worth, reckoned from its cells alone."""
    known = values[~np.isnan(values)]
    average, top = known.mean(), known.max()
    gain = sum(values[cell] - average for cell in cells) / (asked.area_ha[1] * (top - average))
    sides = 4 * len(cells) - 2 * graph().subgraph(cells).number_of_edges()
    return (1 - asked.compact) * gain + asked.compact * 4 * np.pi * len(cells) / sides**2


@pytest.mark.parametrize("compact", [0.0, 0.3, 0.9])
def test_the_best_block_is_found_whatever_the_weight_of_its_shape(compact):
    found = chosen(BLOCK, options(least=9, most=9, compact=compact))
    assert found.holds[0].reshape(6, 6).tolist() == (BLOCK == 0.9).tolist()


def test_a_district_ends_where_the_ground_gets_worse_than_average():
    found = chosen(BLOCK, options(least=1, most=30, compact=0.0))
    assert found.holds[0].reshape(6, 6).tolist() == (BLOCK == 0.9).tolist()


def test_forbidden_ground_is_never_crossed():
    values = np.full((6, 6), 0.2)
    values[:, :2] = 0.9
    values[:, 2] = np.nan
    values[:, 3:5] = 1.0
    # Ten hectares of the better side and two of the other would be the best twelve, were there no wall.
    found = chosen(values, options(count=2, least=6, most=12, compact=0.0))
    sides = [set(np.flatnonzero(held) % 6) for held in found.holds]
    assert sides == [{3, 4}, {0, 1}]


def test_two_districts_share_no_ground_and_the_better_comes_first():
    values = np.full((6, 6), 0.1)
    values[0:2, 0:2], values[4:6, 4:6] = 0.8, 0.9
    found = chosen(values, options(count=2, least=4, most=4))
    assert [set(np.flatnonzero(held)) for held in found.holds] == [{28, 29, 34, 35}, {0, 1, 6, 7}]
    assert found.worth[0] > found.worth[1]


def test_a_round_district_is_preferred_to_a_long_one_when_that_counts():
    values = np.full((6, 6), 0.5)
    values[2, :] = 0.7
    long, round_ = (
        chosen(values, options(least=6, most=6, compact=compact)).holds[0] for compact in (0.0, 0.95)
    )
    assert set(np.flatnonzero(long)) == set(range(12, 18))
    assert max(np.ptp(np.flatnonzero(round_) // 6), np.ptp(np.flatnonzero(round_) % 6)) == 2


GROUNDS = st.lists(
    st.one_of(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), st.floats(0, 1), st.just(np.nan)),
    min_size=36,
    max_size=36,
).map(lambda values: np.array(values).reshape(6, 6))


@settings(max_examples=60)
@given(
    GROUNDS, st.integers(1, 3), st.integers(1, 8), st.integers(0, 8), st.sampled_from([0.0, 0.3, 0.7, 1.0])
)
def test_every_district_hangs_together_within_its_limits_on_free_ground(values, count, least, more, compact):
    assume(not np.isnan(values).all())
    asked = options(count=count, least=least, most=least + more, compact=compact)
    suited = suited_by(values)
    units = grid_units(suited)
    found, again = (choose(units, suited.value, asked) for _ in range(2))
    assert (found.holds == again.holds).all()
    assert found.holds.sum(axis=0).max(initial=0) <= 1
    assert len(found.worth) <= count
    for held, worth in zip(found.holds, found.worth, strict=True):
        cells = np.flatnonzero(held)
        assert least <= len(cells) <= least + more
        assert nx.is_connected(graph().subgraph(cells))
        assert not np.isnan(values.ravel()[cells]).any()
        known = values[~np.isnan(values)]
        if known.max() > known.mean():
            assert worth == pytest.approx(worth_of(cells.tolist(), values.ravel(), asked), abs=1e-9)
    assert list(found.worth) == sorted(found.worth, reverse=True)
    # The growth finds a district wherever there is room for one: any patch can be filled up cell by cell.
    assert (len(found.worth) > 0) == (largest_patch(units) >= least)


@cache
def connected_sets():
    """Return all contiguous sets of three to five cells in the north-west quarter, four cells square, as rows."""
    quarter = [6 * row + column for row in range(4) for column in range(4)]
    net = graph().subgraph(quarter)
    found = {frozenset([cell]) for cell in quarter}
    every = []
    for size in range(2, 6):
        found = {own | {near} for own in found for cell in own for near in net[cell] if near not in own}
        every += found if size >= 3 else []
    return np.array([[cell in own for cell in range(36)] for own in every])


@pytest.mark.parametrize("compact", [0.0, 0.3, 0.8])
def test_a_district_is_nearly_as_good_as_the_best_that_brute_force_knows(compact):
    """A yardstick: the growth promises no optimum; this is how near it comes on twelve grounds."""
    asked, reached = options(least=3, most=5, compact=compact), []
    sets = connected_sets()
    sides = nx.to_numpy_array(graph())
    rim = 4 * sets.sum(axis=1) - ((sets @ sides) * sets).sum(axis=1)
    for seed in range(12):
        values = np.full((6, 6), np.nan)
        values[:4, :4] = np.random.default_rng(seed).random((4, 4))
        known = values[~np.isnan(values)]
        gain = sets @ np.nan_to_num(values.ravel() - known.mean()) / (5 * (known.max() - known.mean()))
        best = ((1 - compact) * gain + compact * 4 * np.pi * sets.sum(axis=1) / rim**2).max()
        ours = chosen(values, asked).worth[0]
        assert ours <= best + 1e-9
        reached.append(ours / best)
    assert min(reached) >= 0.8
    assert np.mean(reached) >= 0.97


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.sets(st.integers(0, 7), min_size=1, max_size=4), st.floats(-1, 1)),
        min_size=1,
        max_size=7,
    ),
    st.integers(1, 4),
)
def test_the_choice_among_districts_is_the_best_there_is(rows, count):
    holds = np.array([[unit in own for unit in range(8)] for own, _ in rows])
    worth = np.array([value for _, value in rows])
    picked = _best_packing(holds, worth, count)
    assert holds[picked].sum(axis=0).max() <= 1
    able = [
        own
        for size in range(1, count + 1)
        for own in combinations(range(len(rows)), size)
        if holds[list(own)].sum(axis=0).max() <= 1
    ]
    size, best = max((len(own), worth[list(own)].sum()) for own in able)
    assert len(picked) == size
    assert worth[picked].sum() == pytest.approx(best, abs=1e-6)


def units_by(shapes, *, names=None, worth=BLOCK, **more):
    areas = table(shapes, name=names or [f"町{number}" for number in range(len(shapes))])
    return units_of(ground(neighbourhood=areas), suited_by(worth), options(of="neighbourhood", **more))


def neighbours(units, unit):
    row = slice(units.borders.first[unit], units.borders.first[unit + 1])
    return dict(
        zip(units.borders.other[row].tolist(), units.borders.length[row].round().tolist(), strict=True)
    )


def test_neighbourhoods_adjoin_along_a_border_and_not_at_a_corner():
    units = units_by(QUARTERS)
    assert neighbours(units, 0).keys() == {1, 2}
    assert neighbours(units, 0)[1] == pytest.approx(300, abs=2)
    assert units.area.tolist() == [90_000.0] * 4


def test_a_gap_of_half_a_metre_is_no_gap_and_the_outline_has_none():
    apart = [shapely.box(0, 300, 299.75, 600), shapely.box(300.25, 300, 600, 600)]
    units = units_by(apart)
    assert neighbours(units, 0).keys() == {1}
    whole = units.ground(np.array([True, True]), CELLS)
    assert whole.geom_type == "Polygon"
    assert shapely.area(whole) == pytest.approx(180_000, rel=0.002)


def test_neighbourhoods_do_not_adjoin_across_forbidden_ground():
    values = BLOCK.copy()
    values[:3, 2:4] = np.nan
    units = units_by(QUARTERS, worth=values, forbidden_share=0.5)
    assert neighbours(units, 0).keys() == {2}
    assert units.allowed.all()
    strict = units_by(QUARTERS, worth=values, forbidden_share=0.1)
    assert strict.allowed.tolist() == [False, False, True, True]


def proposed(atlas):
    return propose(atlas, suitability(atlas, NO_ROADS))


def test_the_figures_of_a_proposed_district_are_those_of_its_ground():
    found = proposed(town(propose=options(of="neighbourhood", least=9, most=9)))
    row = found.proposed.iloc[0]
    assert (row["name_ja"], row["name_en"]) == ("北西", "北西")
    assert (row["area_ha"], row["people"], row["vacant_houses"], row["hubs"], row["units"]) == (
        9.0,
        100.0,
        18.0,
        1,
        1,
    )
    assert row["suitability_mean"] == pytest.approx(1.0)
    assert row["suitability_sum"] == pytest.approx(9.0)
    assert row["compactness"] == pytest.approx(np.pi / 4)
    assert (row["forbidden_share"], row["not_assessed_share"]) == (0.0, 0.0)
    assert np.isnan(row["hub_minutes"]), "without roads minutes are not assessed"
    assert found.outlines.geometry[0].equals(QUARTERS[0])


def test_drawn_districts_stand_beside_by_the_same_measures():
    drawn = table(
        [QUARTERS[0], QUARTERS[3], QUARTERS[1]], name=["北西地区", "南東地区", "旧地区"], version=["1", "1", "1"],
        published_on=None,
    )  # fmt: skip
    found = proposed(town(propose=options(of="neighbourhood", least=9, most=9), priority_district=drawn))
    rows = found.compared.set_index("name_ja")
    same, proposal = rows.loc["北西地区"], rows.loc["北西"]
    for column in ("area_ha", "suitability_mean", "compactness", "people", "vacant_houses", "hubs"):
        assert same[column] == proposal[column]
    assert (same["overlap"], proposal["overlap"], proposal["beside_ja"]) == (1.0, 1.0, "北西地区")
    assert rows.loc["南東地区", "overlap"] == 0.0
    assert rows.loc["南東地区", "forbidden_share"] == 1.0
    told = found.findings.set_index(["code", "subject"])
    assert ("propose.drawn_forbidden", "南東地区") in told.index
    assert "9.0 ha" in told.loc[("propose.drawn_forbidden", "南東地区"), "reason_en"]
    assert ("propose.drawn_better", "旧地区") in told.index
    assert "北西" in told.loc[("propose.drawn_better", "旧地区"), "reason_ja"]
    assert ("propose.drawn_better", "北西地区") not in told.index


def test_a_superseded_district_is_not_judged():
    drawn = table(
        [QUARTERS[0], QUARTERS[1]], name=["重点地区", "重点地区"], version=["1", "2"],
        published_on=[np.datetime64("2025-01-01").astype(object), np.datetime64("2026-01-01").astype(object)],
    )  # fmt: skip
    rows = proposed(town(priority_district=drawn)).compared
    assert rows[rows["layer"] == "priority_district"]["people"].tolist() == [50.0]


def test_every_weight_is_moved_and_left_out_once():
    found = proposed(town())
    rows = found.stability
    assert len(rows) == 2 * 3 * len(found.proposed)
    assert set(rows["change"]) == {"more", "less", "without"}
    assert rows["jaccard"].between(0, 1).all()
    # Without the houses nothing tells the neighbourhoods outside the flood from each other.
    same = rows.set_index(["criterion", "change"])["jaccard"]
    assert same["空家", "more"] == 1.0
    assert found.proposed["core_share"].between(0, 1).all()
    alone = town()
    one = alone.plan.suitability.criteria[0]
    plan = dataclasses.replace(
        alone.plan, suitability=dataclasses.replace(alone.plan.suitability, criteria=(one,))
    )
    single = proposed(dataclasses.replace(alone, plan=plan))
    assert single.stability.empty
    assert single.proposed["core_share"].isna().all()


@pytest.mark.parametrize(
    ("asked", "code", "quoted"),
    [
        (options(of="neighbourhood", least=30, most=40), "propose.patch", "27.0 ha"),
        (options(of="neighbourhood", least=10, most=17), "propose.none", "smallest unit 9.0 ha"),
        (options(of="neighbourhood", count=4, least=9, most=9), "propose.fewer", "only 3"),
    ],
)
def test_what_cannot_be_made_is_told_with_the_reason(asked, code, quoted):
    found = proposed(town(propose=asked))
    told = found.findings.set_index("code").loc[code, "reason_en"]
    assert quoted in told
    assert "?" not in told
    assert len(found.proposed) == (3 if code == "propose.fewer" else 0)


def test_no_free_ground_and_missing_units_are_answered():
    everywhere = table([square(0, 0, rows=6, columns=6)], depth_rank="5")
    with pytest.raises(InputError) as none:
        proposed(town(flood=everywhere))
    assert none.value.problems[0].code == "propose.no_land"
    with pytest.raises(ConfigurationError) as missing:
        proposed(town(propose=options(of="mesh")))
    assert missing.value.problems[0].code == "propose.no_units"
    with pytest.raises(ConfigurationError) as nowhere:
        proposed(town(propose=options(within="city_planning_area")))
    assert nowhere.value.problems[0].code == "suit.no_within"


def test_units_smaller_than_a_cell_are_told():
    speck = shapely.box(301, 301, 305, 305)
    areas = table([*QUARTERS, speck], name=[*NAMES, "点"])
    told = proposed(town(neighbourhood=areas)).findings.set_index("code")
    assert "点" in told.loc["propose.no_cells", "reason_ja"]


def test_within_another_layer_no_district_leaves_it():
    west = table([shapely.box(0, 0, 300, 600)])
    found = proposed(
        town(
            propose=options(least=4, most=30, within="city_planning_area", compact=1.0),
            city_planning_area=west,
        )
    )
    assert (found.outlines.geometry.bounds["maxx"] <= 300).all()


def test_a_plan_that_asks_for_none_gets_none():
    atlas = town()
    plain = dataclasses.replace(atlas, plan=dataclasses.replace(atlas.plan, propose=None))
    assert propose(plain, suitability(plain, NO_ROADS)) is None
