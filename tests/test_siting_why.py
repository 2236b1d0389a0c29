"""Why not here: a site that is named is forced into the choice, or done without, or out for a reason."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from siting_line import LIMITS, line

from gisplan.core.words import Text
from gisplan.siting.case import answered
from gisplan.siting.defence.why import Asking, why, why_table

TITLES = {"vacant_house": Text(ja="空家等", en="Vacant houses")}


def sites(case, *more):
    rows = [
        {
            "layer": "site", "id": one, "name": name, "state": "possible", "reason_ja": "選べます。",
            "reason_en": "It could be chosen.",
        }
        for one, name in zip(case.candidates.id, case.candidates.name, strict=True)
    ]  # fmt: skip
    return pd.DataFrame([*rows, *more])


VERDICTS = pd.DataFrame(
    {
        "layer": ["site", "hub"], "id": ["x1", "x1"], "reason_ja": ["第一種低層", "別"],
        "reason_en": ["a low-rise zone", "other"], "articles": ["建築基準法 第48条", ""],
    }
)  # fmt: skip


def asked(case, *words, more=()):
    asking = Asking(case=case, answer=answered(case, LIMITS), titles=TITLES, minutes=2.0)
    found, unknown = why(asking, sites(case, *more), VERDICTS, words=words, limits=LIMITS)
    return why_table(found), unknown


def test_a_site_that_could_be_chosen_is_forced_into_the_choice():
    # One hub for homes at 0, 4 and 5 stands at 4 (5 min); at 0 it would be 9, at 5 it would be 6.
    found, _ = asked(line([0, 4, 5], [0, 4, 5], p=1), "s2")
    row = found.iloc[0]
    assert (row["objective"], row["out"], row["into"]) == (6, "地1", "地2")
    assert row["worse"] == pytest.approx(20)
    assert row["gain_minutes"] == pytest.approx(6 / 3 - 5 / 3)
    # The home at 5 comes nearer, those at 0 and 4 farther.
    assert (row["nearer"], row["farther"], row["proven"]) == (1, 2, True)
    assert row["answer_en"] == (
        "With 地2 even the best choice is worse by 20.00% (leaves: 地1; joins: 地2). "
        "The mean travel time goes from 1.7 to 2.0 min. Demand that comes nearer: 1 house (Vacant houses). "
        "Demand that comes farther: 2 houses (Vacant houses). Both choices are proven to be the best."
    )
    assert "20.00%劣る" in row["answer_ja"]


def test_a_site_as_good_is_told_to_be_so():
    case = line([0, 4], [0, 4], p=1)
    other = ({"s0", "s1"} - set(case.candidates.id[answered(case, LIMITS).chosen])).pop()
    found, _ = asked(case, other)
    assert found["worse"][0] == 0
    assert "the very same" in found["answer_en"][0]


def test_a_site_that_is_chosen_is_done_without():
    found, _ = asked(line([0, 4, 5], [0, 4, 5], p=1), "地1")
    row = found.iloc[0]
    assert row["answer_en"].startswith("地1 is chosen. Without it even the best choice is worse by 20.00%")
    assert row["into"] == "地2"


def test_a_site_that_is_forced_and_one_that_is_needed_say_so():
    found, _ = asked(line([0, 9], [0, 9], p=1, forced=[0]), "s0")
    assert "force" in found["answer_en"][0]
    assert np.isnan(found["objective"][0])
    found, _ = asked(line([0, 9], [0, 9], p=1, minutes=1.0, share=0.9, weight=[9, 1]), "s0", "s1")
    assert "no choice without it" in found["answer_en"][0]
    assert "No choice with 地1 keeps the rules" in found["answer_en"][1]


def test_a_site_that_is_no_candidate_has_its_reason_and_the_law_its_article():
    out = {
        "layer": "site", "id": "x1", "name": "山", "state": "unlawful", "reason_ja": "この場所では建てられません。",
        "reason_en": "The use is not allowed here.",
    }  # fmt: skip
    wet = {**out, "id": "x2", "name": "", "state": "avoided", "reason_en": "Flood: 3 m or more."}
    found, _ = asked(line([0, 9], [0, 9], p=1), "山", "x2", more=(out, wet))
    assert found["answer_en"][0] == (
        "山 is no candidate. The use is not allowed here. What the law says: a low-rise zone (建築基準法 第48条)."
    )
    assert found["answer_en"][1] == "x2 is no candidate. Flood: 3 m or more."
    assert list(found["state"]) == ["unlawful", "avoided"]


def test_a_word_that_calls_no_site_is_returned_with_those_near():
    found, unknown = asked(line([0, 9], [0, 9], p=1), "地9", "s0", "地0")
    assert len(found) == 1  # named twice, told once
    assert unknown[0][0] == "地9"
    assert "地0" in unknown[0][1]


def test_of_a_coverage_who_is_newly_reached_comes_nearer():
    case = line([0, 9], [0, 9], weight=[3, 1], p=1, model="max-coverage", cutoff=2.0, penalty=np.inf)
    found, _ = asked(case, "s1")
    assert (found["nearer"][0], found["farther"][0]) == (1, 3)
    assert found["worse"][0] == pytest.approx(100 * 2 / 3)


@settings(max_examples=20, deadline=None)
@given(
    sites_at=st.lists(st.integers(0, 20), min_size=3, max_size=6),
    homes=st.lists(st.integers(0, 20), min_size=2, max_size=6),
    model=st.sampled_from(["p-median", "max-coverage", "p-center"]),
)
def test_no_site_that_is_named_makes_the_choice_better(sites_at, homes, model):
    case = line(sites_at, homes, model=model, p=2, minutes=4.0)
    found, _ = asked(case, *case.candidates.id)
    assert len(found) == len(sites_at)
    told = found["worse"].dropna()
    assert (told >= -1e-6).all()
    assert found["proven"].all()
