"""The defence of a choice on the screen, and the sitings of plans side by side, as far as an audience may see them."""

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pytest
from siting_line import LIMITS, line

from gisplan.cli.defended import defence_lines
from gisplan.core.options import SiteOptions
from gisplan.core.tables import contract, hold
from gisplan.plan.compared_sitings import sitings_beside
from gisplan.plan.questioned import as_asked
from gisplan.plan.run import Request, _cut_short
from gisplan.siting.case import answered
from gisplan.siting.defence.curve import curve, curve_table
from gisplan.siting.defence.stability import stability, stability_table
from gisplan.siting.defence.variants import by_draw

CASE = line([0, 4, 5, 10], [0, 1, 4, 5, 10, 10])


def outcome(tables, *, why=(), results=True):
    plan = SimpleNamespace(site=SiteOptions(p=2, why=why))
    return SimpleNamespace(
        plan=plan, released=SimpleNamespace(tables=tables), results=object() if results else None
    )


def tables():
    answer = answered(CASE, LIMITS)
    tried = stability(answer, by_draw(CASE), limits=LIMITS, skipped={})
    row = dict.fromkeys(contract("siting_why").names, np.nan)
    why = row | {
        "id": "s0",
        "name": "地0",
        "state": "possible",
        "answer_ja": "答え。",
        "answer_en": "An answer.",
    }
    import pandas as pd

    return {
        "siting_curve": curve_table(CASE, curve(CASE, most=4, minutes=2.0, limits=LIMITS), minutes=2.0),
        "siting_stability": stability_table(CASE, answer, tried),
        "siting_why": hold(pd.DataFrame([why | {"out": "", "into": ""}]), "siting_why"),
    }


def test_the_curve_the_stability_and_the_answers_stand_on_the_screen():
    said = list(defence_lines(outcome(tables()), "en"))
    assert said[0] == "With more hubs (share within 2 min, mean and longest travel time)"
    assert said[2] == "    2   66.7%    1.3 min    4.0 min (the plan)"
    assert "Share of 20 choices under other conditions that keep each hub" in said
    assert said[-2:] == ["Why not here?", "  An answer."]
    japanese = list(defence_lines(outcome(tables()), "ja"))
    assert japanese[2] == "    2か所   66.7%    1.3分    4.0分（計画）"
    assert japanese[-1] == "  答え。"


def test_of_a_set_cover_the_shares_stand_first_and_what_is_not_possible_says_so():
    case = line([0, 5], [0, 5, 9], model="set-cover", minutes=1.0, share=0.6)
    told = curve_table(case, curve(case, most=4, minutes=1.0, limits=LIMITS), minutes=1.0)
    said = list(defence_lines(outcome({"siting_curve": told}), "en"))
    # Hubs at 0 and 5 cover two of three; the home at 9 is 4 minutes away.
    assert said[2] == "    60%: 2   66.7%    1.3 min    4.0 min (the plan)"
    assert "not possible" in said[-1]


def test_who_may_not_know_the_answer_is_told_that_there_is_one():
    said = list(defence_lines(outcome({}, why=("s0",)), "en"))
    assert "not told outside the office" in said[0]
    assert not list(defence_lines(outcome({}, why=("s0",), results=False), "en"))
    assert not list(defence_lines(SimpleNamespace(released=None), "ja"))


def results(case, *, audience="internal", demand="vacant_house", ended="proven"):
    import dataclasses

    answer = dataclasses.replace(answered(case, LIMITS), ended=ended)
    plan = SimpleNamespace(site=SiteOptions(p=2, demand=demand), audience=audience)
    return SimpleNamespace(
        atlas=SimpleNamespace(plan=plan, layers={}),
        sited=SimpleNamespace(case=case, answer=answer),
        defended=SimpleNamespace(whole=True),
    )


def test_two_plans_have_their_sitings_side_by_side_unless_they_speak_of_houses_to_outsiders():
    other = line([0, 4, 5, 10], [0, 1, 4, 5, 10, 10], p=1)
    found = sitings_beside([("甲", results(CASE)), ("乙", results(other))])["siting_changes"]
    hubs = found[found["what"] == "hub"]
    assert set(hubs["state"]) <= {"both", "only_first", "only_other"}
    assert (len(found["first"].unique()), len(found["other"].unique())) == (1, 1)
    assert not sitings_beside([("甲", results(CASE))])
    outside = [(name, results(case, audience="public")) for name, case in (("甲", CASE), ("乙", other))]
    assert not sitings_beside(outside)
    people = [
        (name, results(case, audience="public", demand="population"))
        for name, case in (("甲", CASE), ("乙", other))
    ]
    assert sitings_beside(people)


def test_sites_asked_on_the_command_line_join_those_of_the_plan(tmp_path):
    from gisplan.core.words import Plan

    plan = Plan(
        title="村", municipality=("22212",), date=dt.date(2026, 11, 1), crs=6676, folder=tmp_path, file="plan.toml",
        layers=(), site=SiteOptions(p=1, why=("西",)),
    )  # fmt: skip
    asked = as_asked(plan, Request(plan=tmp_path, out=None, why=("東", "西")))
    assert asked.site.why == ("西", "東")
    assert as_asked(plan, Request(plan=tmp_path, out=None)).site.why == ("西",)


@pytest.mark.parametrize(
    ("ended", "whole", "marked"),
    [("proven", True, False), ("interrupted", True, True), ("time", False, True)],
)
def test_trials_that_were_interrupted_are_made_anew_next_time(ended, whole, marked):
    found = results(CASE, ended=ended)
    found.defended = SimpleNamespace(whole=whole)
    assert bool(_cut_short(found)) == marked
