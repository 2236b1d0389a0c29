"""`gisplan site` as a user types it: an answer to a person, the same for a program, and nothing half-written."""

import csv
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from village import on_disk

from gisplan.cli.sited import siting_lines
from gisplan.plan import results
from gisplan.siting.hub_rows import no_siting

TO_HUBS = '[access]\nfrom = ["vacant_house"]\nto = ["hub"]\n\n'
PLAIN = "\n[site]\np = 1\nlawful = false\ncutoff = 0.6\n"


@pytest.fixture
def gisplan(capsys, monkeypatch):
    """Return a function that runs a command and gives its exit code and what it said."""
    return lambda *arguments: on_disk.asked(capsys, *arguments, monkeypatch=monkeypatch)


def rows(folder, table):
    return list(csv.DictReader((folder / "tables" / f"{table}.csv").read_text("utf-8-sig").splitlines()))


def test_it_answers_a_person_and_a_program(gisplan, tmp_path):
    plan = on_disk.build(tmp_path / "village", tail=on_disk.ACCESS + "\n[site]\np = 2\n")
    said = gisplan("site", plan, "--language", "ja")
    assert said.code == 0
    part = said.out[said.out.index("拠点の配置：p-median") :]
    assert "合わせて、候補地に着ける需要の100.0%を平均" in part
    assert "これより良い組合せはありません" in part
    assert "候補地 13 か所：選定 2" in part
    english = gisplan("site", plan, "--language", "en", "--json").json()
    assert len(english["siting"]["hubs"]) == 2
    assert english["siting"]["candidates"]["chosen"] == 2
    assert english["siting"]["seconds"] >= 0
    assert english["siting"]["hubs"][0]["proven"] is True
    assert english["siting"]["hubs"][0]["cost"] is None


@pytest.fixture(scope="module")
def stages():
    """Keep what is computed before the siting: it is the same for every question to one village."""
    return {}


@pytest.mark.parametrize(
    ("tail", "code", "problem"),
    [
        ("[site]\np = 99\n", 3, "site.too_few"),
        ("[site]\np = 1\nforce = ['S1O']\n", 3, "site.unknown"),
        (
            "[site]\np = 1\nforce = ['敷地7']\nforbid = ['敷地7']\nlawful = false\n",
            3,
            "site.forced_forbidden",
        ),
        (
            "[site]\np = 2\nlawful = false\n[[site.most]]\nby = 'municipality'\nmost = 1\n",
            3,
            "site.groups_tight",
        ),
        ("[site]\np = 1\nlawful = false\nwhy = ['どこ']\n", 3, "site.unknown"),
        ("[site]\nmodel = 'set-cover'\nminutes = 0.01\nlawful = false\n", 3, "site.no_cover"),
        ("[site]\np = 1\nlawful = false\ncutoff = 0.0001\n", 2, "site.no_demand"),
        ("[site]\np = 0\n", 3, "config.wrong_value"),
    ],
)
def test_what_cannot_be_answered_is_refused_and_nothing_is_written(
    gisplan, stages, monkeypatch, tmp_path, tail, code, problem
):
    for name in ("_checked", "_connected", "_measured"):
        compute = getattr(results, name)
        monkeypatch.setattr(
            results,
            name,
            lambda *asked, name=name, compute=compute: (
                stages.get(name) or stages.setdefault(name, compute(*asked))
            ),
        )
    plan = on_disk.build(tmp_path / "village", medical=None, tail=TO_HUBS + tail)
    before = on_disk.everything(tmp_path)
    said = gisplan("site", plan, "--out", tmp_path / "out", "--json")
    assert (said.code, [one["code"] for one in said.json()["problems"]]) == (code, [problem])
    assert on_disk.everything(tmp_path) == before


def test_outsiders_are_not_told_which_candidates_a_house_reaches(gisplan, tmp_path):
    plan = on_disk.build(tmp_path / "village", medical=None, tail=TO_HUBS + PLAIN)
    told = {}
    for audience in ("internal", "public"):
        out = tmp_path / audience
        said = gisplan("site", plan, "--out", out, "--audience", audience, "--language", "ja")
        assert said.code == 0
        told[audience] = rows(out, "siting_sites")
    assert {row["state"] for row in told["internal"]} == {"chosen", "possible", "reaches_nobody"}
    assert {row["state"] for row in told["public"]} == {"chosen", "not_chosen"}
    assert len({row["reason"] for row in told["public"]}) == 2
    assert "site.reaches_nobody" in {row["code"] for row in rows(tmp_path / "internal", "findings")}
    assert "site.reaches_nobody" not in {row["code"] for row in rows(tmp_path / "public", "findings")}
    told = said.out.partition("拠点の配置：")[2].partition("所見")[0]
    assert "、需要は空家等" in told
    assert not any(figure in told for figure in ("戸", "%", "平均"))


def outcome(siting, *codes):
    tables = {"siting": siting, "findings": pd.DataFrame({"code": list(codes)})}
    return SimpleNamespace(
        released=SimpleNamespace(tables=tables), results=None, plan=SimpleNamespace(site=None)
    )


def test_a_hub_that_the_law_does_not_allow_is_never_shown_as_if_it_did():
    rows = pd.DataFrame(
        {
            "rank": [1, 2, 3, 4], "id": list("abcd"), "name": list("甲乙丙丁"),
            "verdict": ["by_right", "special_provision_permit", "not_permitted", ""],
            "permit": pd.array([False, True, False, pd.NA], dtype="boolean"), "demand_served": np.nan,
            "share": np.nan, "model": "p-median", "proven": True, "gap": 0.0, "minutes": np.nan,
        }
    )  # fmt: skip
    said = list(siting_lines(outcome(rows), "ja"))[1:5]
    assert said[0] == "  1  甲"
    assert said[1] == "  2  乙　［個別許可が必要］"
    assert "法令の判定：" in said[2]
    assert "可能" not in said[2].replace("不可能", "")
    assert said[3] == "  4  丁　［法令の判定：判定なし］"


def test_a_proof_among_some_of_the_pairs_is_told_as_no_more():
    rows = pd.DataFrame(
        {"rank": [1], "id": ["a"], "name": ["甲"], "verdict": ["by_right"], "permit": [False], "share": [np.nan],
         "demand_served": [np.nan], "model": ["p-median"], "proven": [True], "gap": [0.0], "minutes": [np.nan]}
    )  # fmt: skip
    said = {
        code: list(siting_lines(outcome(rows, code), "ja"))[2].strip()
        for code in ("site.cutoff_automatic", "site.cutoff")
    }
    assert said["site.cutoff_automatic"].startswith("見た組合せの範囲では、")
    assert said["site.cutoff"].startswith("これより良い組合せはありません"), "there the plan says what counts"


def test_that_no_hub_is_needed_is_an_answer():
    assert list(siting_lines(outcome(no_siting(), "site.none_needed"), "en")) == ["No new hub is needed."]
    assert list(siting_lines(outcome(no_siting()), "en")) == []


def chosen(**changes):
    row = {
        "rank": 1, "id": "a", "name": "甲", "verdict": "by_right", "permit": False, "demand_served": 40.0,
        "unit": "houses", "share": 0.4, "mean_minutes": 3.0, "longest_minutes": 9.0, "model": "p-median",
        "proven": True, "gap": 0.0, "minutes": np.nan,
    }  # fmt: skip
    return pd.DataFrame([row | changes])


def test_who_is_served_by_others_is_told_with_its_unit():
    told = outcome(chosen())
    told.released.tables["siting_served"] = pd.DataFrame(
        {
            "area": ["", "", "", "港町"], "kind": ["chosen", "standing", "nobody", "standing"],
            "unit": ["houses"] * 4, "demand": [40.0, 59.0, 1.0, 59.0], "mean_minutes": [3.0, 2.0, np.nan, 2.0],
        }
    )  # fmt: skip
    said = list(siting_lines(told, "ja"))
    assert said[1] == "  1  甲　40戸（40.0%）、平均 3.0 分、最長 9.0 分"
    assert said[3:] == ["  ほか：受け持つ拠点なし 1戸", "  ほか：既存の拠点 59戸、平均 2.0 分"]
    assert "  Others: No hub: 1 house" in list(siting_lines(told, "en"))


def test_a_service_threshold_is_no_share_of_those_served():
    told = outcome(chosen(share=1.0, minutes=6.0))
    told.plan.site = SimpleNamespace(share=0.9, demands=("vacant_house",))
    whole = list(siting_lines(told, "ja"))[2]
    assert (
        "合わせて、候補地に着ける需要の100.0%を平均 3.0 分で、うち90%以上を 6 分以内に受け持ちます。" in whole
    )
