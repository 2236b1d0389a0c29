"""Two choices side by side: whose hubs they are, and what each is worth in the case of the other."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import shapely
from siting_line import LIMITS, line

from gisplan.siting.case import answered
from gisplan.siting.defence.changes import Choice, changes_table


def choice(label, case, *, minutes=2.0):
    return Choice(label=label, case=case, answer=answered(case, LIMITS), minutes=minutes)


def figures(table):
    rows = table[table["what"] != "hub"].set_index("what")
    return rows[["value_first", "value_other", "difference"]]


def test_hubs_of_both_and_of_one_alone_are_told_and_every_figure_in_either_case():
    # One plan has houses at 0, 1 and 9, the other roads on which the site at 9 lies at 5.
    one = choice("甲", line([0, 9], [0, 1, 9], p=1))
    near = line([4, 5], [0, 1, 9], p=1)
    two = choice("乙", near)
    found = changes_table(one, [two])
    hubs = found[found["what"] == "hub"].set_index("id")
    assert hubs["state"].to_dict() == {"s0": "both"}
    told = figures(found)
    # First: 0 + 1 + 9 = 10; other: the site called s0 lies at 4 there: 4 + 3 + 5 = 12.
    assert told.loc["objective"].tolist() == [10, 12, 2]
    assert told.loc["objective_in_other"].tolist() == [12, 12, 0]
    assert told.loc["objective_in_first"].tolist() == [10, 10, 0]
    assert told.loc["mean_minutes"].tolist() == pytest.approx([10 / 3, 4, 2 / 3])
    assert told.loc["share"].tolist() == pytest.approx([200 / 3, 0, -200 / 3])


def on_grid(case, *places):
    points = shapely.points(np.array([(place, 0.0) for place in places]))
    return dataclasses.replace(
        case, candidates=dataclasses.replace(case.candidates, layer="grid", point=points)
    )


def test_points_of_two_grids_are_one_only_where_they_stand_at_one_place():
    # The ids number rows and columns of the grid: of a larger area the same id is another place.
    case = line([0, 9], [0, 1, 9], p=1)
    one = choice("甲", on_grid(case, 0.0, 9.0))
    same, other = choice("乙", on_grid(case, 0.0, 9.0)), choice("丙", on_grid(case, 250.0, 9.0))
    states = [
        found.loc[found["what"] == "hub", "state"].tolist()
        for found in (changes_table(one, [same]), changes_table(one, [other]))
    ]
    assert states == [["both"], ["only_first", "only_other"]]
    assert figures(changes_table(one, [same])).loc["objective_in_other"].notna().all()
    assert figures(changes_table(one, [other])).loc["objective_in_other"].isna().all()


def test_what_today_s_choice_loses_under_other_minutes_is_told():
    today = choice("今日", line([0, 9], [0, 0, 9], p=1))
    later = choice("通行止め", line([90, 9], [0, 0, 9], p=1))
    found = changes_table(today, [later])
    hubs = found[found["what"] == "hub"].set_index("id")["state"].to_dict()
    assert hubs == {"s0": "only_first", "s1": "only_other"}
    assert figures(found).loc["objective_in_other"].tolist() == [261, 18, -243]


def test_of_unlike_demand_or_candidates_nothing_is_crossed_and_it_is_said_why():
    one = choice("甲", line([0, 9], [0, 9], p=1))
    more = choice("乙", line([0, 9], [0, 8, 9], p=1))
    crossed = changes_table(one, [more]).set_index("what").loc["objective_in_other"]
    assert pd.isna(crossed["value_first"])
    assert crossed["note_en"].startswith("the demand is not the same")
    other = line([0, 9], [0, 9], p=1, weight=[1, 2])
    away = dataclasses.replace(
        other,
        candidates=dataclasses.replace(other.candidates, id=np.array(["t0", "t1"], object)),
        demands=one.case.demands,
    )
    table = changes_table(one, [choice("丙", away)]).set_index("what")
    assert table.loc["objective_in_first", "note_en"].startswith("a hub of one is no candidate")


def test_unlike_models_and_minutes_have_no_difference():
    one = choice("甲", line([0, 9], [0, 9], p=1))
    two = choice("乙", line([0, 9], [0, 9], p=1, model="p-center"), minutes=5.0)
    table = changes_table(one, [two]).set_index("what")
    assert table.loc["objective", ["value_first", "value_other"]].tolist() == [9, 9]
    assert np.isnan(table.loc["objective", "difference"])
    assert np.isnan(table.loc["share", "difference"])
    assert table.loc["mean_minutes", "difference"] == 0


def test_a_choice_that_breaks_the_capacities_of_the_other_case_is_said_to():
    one = choice("甲", line([0, 9], [0, 9], p=1))
    tight = line([0, 9], [0, 9], p=2, capacity=np.array([1.0, 1.0]))
    tight = dataclasses.replace(
        tight, reach=dataclasses.replace(tight.reach, beyond=np.full(2, np.inf)), penalty=np.inf
    )
    table = changes_table(one, [choice("乙", tight)]).set_index("what")
    assert np.isnan(table.loc["objective_in_other", "value_first"])
    assert "breaks a rule" in table.loc["objective_in_other", "note_en"]
