"""How stable a choice is: villages in which it is clear what another weight or number of hubs changes."""

import dataclasses

import numpy as np
import pytest
from siting_line import LIMITS, line

from gisplan.core.words import Text
from gisplan.siting.case import answered
from gisplan.siting.defence.curve import curve
from gisplan.siting.defence.recast import reached, weighed
from gisplan.siting.defence.stability import fragile, stability, stability_table, variants_table
from gisplan.siting.defence.variants import DRAWS, Variant, by_draw, by_layer, by_number
from gisplan.siting.phrases import say
from gisplan.siting.words import trials

TITLES = {"vacant_house": Text(ja="空家等", en="Vacant houses")}


def tried(case, variants, *, skipped=None, limits=LIMITS):
    answer = answered(case, limits)
    return answer, stability(answer, variants, limits=limits, skipped=skipped or {})


def test_a_layer_that_weighs_more_moves_the_hub_and_the_regret_says_how_much_that_matters():
    # 10 houses at 0, 11 people at 1. The hub stands with the people; where houses weigh 20 % more, with the houses.
    case = line(
        [0, 1], [0, 1], weight=[10, 11], layer=["vacant_house", "population"], p=1,
    )  # fmt: skip
    answer, found = tried(case, by_layer(case, TITLES))
    assert list(answer.chosen) == [1]
    table = variants_table(answer, found)
    assert list(table["title_en"]) == [
        "weight of population -20%", "weight of population +20%",
        "weight of Vacant houses -20%", "weight of Vacant houses +20%",
    ]  # fmt: skip
    assert list(table["into"]) == ["地0", "", "", "地0"]
    # People −20 %: 8.8 at 1, so today's hub lets 10 walk where 8.8 would do; houses +20 %: 12 instead of 11.
    assert list(table["regret"]) == pytest.approx([100 * 1.2 / 8.8, 0, 0, 100 * 1 / 11])
    sites = stability_table(case, answer, found).set_index("id")
    assert sites.loc["s1", ["kept", "variants", "share", "share_weights"]].tolist() == [2, 4, 0.5, 0.5]
    assert (sites.loc["s1", "chosen"], sites.loc["s0", "chosen"]) == (True, False)
    assert np.isnan(sites.loc["s1", "share_draws"])


def test_the_weight_of_the_only_layer_changes_nothing_and_is_not_tried():
    assert not list(by_layer(line([0, 1], [0, 1]), TITLES))


def test_the_draws_are_the_same_on_every_run_and_lie_within_a_fifth():
    case = line([0, 9], [0, 4, 9])
    one, two = (np.array([draw.case.reach.weight for draw in by_draw(case)]) for _ in range(2))
    assert one.shape == (DRAWS, 3)
    assert np.array_equal(one, two)
    assert 0.8 <= one.min() < one.max() <= 1.2
    assert len(np.unique(one)) == one.size
    assert "20261101" in next(iter(by_draw(case))).title.en


def test_one_hub_less_and_more_are_those_of_the_curve():
    case = line([0, 4, 5, 10], [0, 1, 4, 5, 10, 10], p=3)
    found = list(by_number(case, curve(case, most=4, minutes=2.0, limits=LIMITS)))
    assert [len(one.known.chosen) for one in found] == [2, 4]
    answer, kept = tried(case, found)
    sites = stability_table(case, answer, kept).set_index("id")
    assert sites["share_number"].to_dict() == {"s0": 0.5, "s1": 1, "s2": 0.5, "s3": 1}
    # Another number of hubs is no case in which today's choice could be worse.
    assert variants_table(answer, kept)["regret"].isna().all()
    assert not list(
        by_number(line([0], [0], model="set-cover"), curve(case, most=1, minutes=2.0, limits=LIMITS))
    )


def test_a_hub_is_not_lost_to_another_that_is_only_as_good():
    case = line([0, 0], [0], p=1)
    other = dataclasses.replace(answered(case, LIMITS), chosen=np.array([1]))
    same = Variant(kind="roads", title=trials()["roads"], case=case, known=other)
    answer, found = tried(case, [same])
    assert found.kept(0) == (1, 1)
    assert variants_table(answer, found)["out"][0] == ""


def test_what_today_s_choice_no_longer_covers_has_no_regret_but_a_note():
    case = line([0, 5], [0, 5], model="set-cover", minutes=1.0, share=0.6, weight=[2, 1])
    heavy = weighed(case, np.array([1.0, 6.0]))
    answer, found = tried(case, [Variant(kind="weights", title=trials()["weights"], case=heavy)])
    row = variants_table(answer, found).iloc[0]
    assert np.isnan(row["regret"])
    assert row["note_en"] == "today's choice no longer keeps the share asked for, or the capacities"
    assert row["into"] == "地1"


def test_where_a_variant_allows_no_choice_it_is_told_and_not_counted():
    case = line([0, 5], [0, 5], p=1, minutes=1.0, share=0.6, weight=[2, 1])
    even = weighed(case, np.array([0.5, 1.0]))
    answer, found = tried(case, [Variant(kind="weights", title=trials()["weights"], case=even)])
    row = variants_table(answer, found).iloc[0]
    assert row["tried"]
    assert "no choice" in row["note_en"]
    assert found.kept(0) == (0, 0)
    assert np.isnan(stability_table(case, answer, found)["share"][0])


def test_kinds_that_were_not_tried_are_told_with_the_reason():
    case = line([0, 1], [0, 1])
    answer, found = tried(case, [], skipped={"weights": say("skipped_weights")})
    row = variants_table(answer, found).iloc[0]
    assert (row["kind"], bool(row["tried"])) == ("weights", False)
    assert row["note_en"].startswith("there is one kind")


def test_other_minutes_make_another_case():
    case = line([0, 9], [0, 0, 9], p=1)
    far = line([90, 9], [0, 0, 9], p=1).reach
    answer, found = tried(case, [Variant(kind="roads", title=trials()["roads"], case=reached(case, far))])
    table = variants_table(answer, found)
    assert table["into"][0] == "地1"
    # Today's hub would be 90, 90 and 81 minutes away, the other 9, 9 and 0.
    assert table["own"][0] == pytest.approx(261)
    assert table["best"][0] == pytest.approx(18)
    assert fragile(case, answer, found, share=0.5) == ("地0",)


def test_an_interrupt_keeps_what_was_tried():
    case = line([0, 9], [0, 9])
    answer = answered(case, LIMITS)
    stop = dataclasses.replace(LIMITS, stopped=lambda: True)
    found = stability(answer, by_draw(case), limits=stop, skipped={})
    assert not found.whole
    assert not found.tried
    assert len(variants_table(answer, found)) == 0


def test_capacities_that_today_s_choice_breaks_leave_it_without_a_figure():
    # The site at 0 has room for 4, that beside it for all; 9 times as many live at 0, and half must be served.
    case = line([0, 0.5], [0, 9], p=1, capacity=np.array([4.0, 99.0]), weight=[4, 4], share=0.5, minutes=1.0)
    heavy = weighed(case, np.array([9.0, 1.0]))
    today = dataclasses.replace(answered(case, LIMITS), chosen=np.array([0]))
    changed = Variant(kind="weights", title=trials()["weights"], case=heavy)
    found = stability(today, [changed], limits=LIMITS, skipped={})
    row = variants_table(today, found).iloc[0]
    assert (row["out"], row["into"]) == ("地0", "地1")
    assert np.isnan(row["own"])
    assert "capacities" in row["note_en"]


def test_where_the_best_costs_nothing_how_much_worse_has_no_measure():
    case = line([0, 9], [0], p=1)
    far = line([9, 0], [0], p=1).reach
    answer, found = tried(case, [Variant(kind="roads", title=trials()["roads"], case=reached(case, far))])
    row = variants_table(answer, found).iloc[0]
    assert (row["own"], row["best"]) == (9, 0)
    assert np.isnan(row["regret"])
