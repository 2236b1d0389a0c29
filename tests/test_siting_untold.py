"""Where a search ends before it finds a choice, nothing is said to be impossible: it is not assessed."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from siting_line import LIMITS, line

from gisplan.cli.defended import defence_lines
from gisplan.core.words import Text
from gisplan.siting.case import answered
from gisplan.siting.defence import curve, stability, ties, why
from gisplan.siting.defence.variants import Variant
from gisplan.siting.solver.words import NoChoice

CASE = line([0, 4, 5], [0, 4, 5], p=1)
ANSWER = answered(CASE, LIMITS)


@pytest.fixture(params=["time", "interrupted"])
def ended(request, monkeypatch):
    """Let every search end before it finds anything."""

    def nothing(_case, _limits):
        raise NoChoice(request.param)

    for module in (curve, stability, ties, why):
        monkeypatch.setattr(module, "answered", nothing)


@pytest.mark.parametrize(("why", "untold"), [("time", True), ("interrupted", True), ("capacity", False)])
def test_only_a_search_that_was_cut_short_leaves_it_open(why, untold):
    assert NoChoice(why).untold == untold


@pytest.mark.usefixtures("ended")
def test_a_hub_is_not_said_to_be_needed():
    row = ties.ties_table(CASE, ANSWER, ties.ties(CASE, ANSWER, limits=LIMITS)).iloc[-1]
    assert (row["standing"], row["proven"], row["into"]) == ("not_assessed", False, "")
    assert "未評価" in row["note_ja"]


@pytest.mark.usefixtures("ended")
def test_a_site_is_not_said_to_break_the_rules():
    asking = why.Asking(case=CASE, answer=ANSWER, titles={}, minutes=2.0)
    rows = pd.DataFrame({"id": ["s0", "s1"], "name": ["地0", "地1"], "state": ["possible", "chosen"]})
    found, _ = why.why(asking, rows, pd.DataFrame(), words=("s0", "s1"), limits=LIMITS)
    said = why.why_table(found)
    assert said["answer_en"].tolist() == [
        "地0 is not assessed: no choice with it was found in time.",
        "地1 is not assessed: no choice without it was found in time.",
    ]
    assert said["answer_ja"][0] == "「地0」は未評価。これを選ぶ案は、時間内に見つからなかった。"
    assert said["proven"].isna().all()


@pytest.mark.usefixtures("ended")
def test_a_trial_is_not_said_to_have_no_answer():
    variant = Variant(kind="draws", title=Text(ja="変", en="v"), case=CASE)
    found = stability.stability(ANSWER, [variant], limits=LIMITS, skipped={})
    assert "not assessed" in stability.variants_table(ANSWER, found)["note_en"][0]
    assert found.kept(1) == (0, 0)


@pytest.mark.usefixtures("ended")
def test_a_point_of_the_curve_is_neither_possible_nor_impossible():
    found = curve.curve(CASE, most=2, minutes=2.0, limits=LIMITS, known=ANSWER)
    table = curve.curve_table(CASE, found, minutes=2.0)
    assert table["possible"].fillna(value=False).tolist() == [True, False]
    assert table["possible"].isna().tolist() == [False, True]
    assert np.isnan(table["share"][1])

    outcome = SimpleNamespace(
        released=SimpleNamespace(tables={"siting_curve": table}), plan=SimpleNamespace(site=None)
    )
    assert "not assessed" in list(defence_lines(outcome, "en"))[2]
