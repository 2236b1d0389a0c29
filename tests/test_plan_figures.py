"""The figures of a plan: one an origin layer, in the plan's language, saying speeds, day and who was left out."""

import dataclasses
import json

import pandas as pd
import pytest
from village import on_disk

from gisplan.plan import run as runs
from gisplan.plan.figures import _rising, figures_of
from gisplan.plan.outputs import ALL
from gisplan.plan.run import Request, run


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return on_disk.build(tmp_path_factory.mktemp("village"))


@pytest.fixture(scope="module")
def outcomes(plan):
    return {
        audience: run(Request(plan=plan, out=None, audience=audience, parts=("access",)))
        for audience in ("internal", "public")
    }


def figures(outcome, *, language="ja"):
    atlas = outcome.results.atlas
    spoken = dataclasses.replace(atlas, plan=dataclasses.replace(atlas.plan, language=language))
    return figures_of(dataclasses.replace(outcome.results, atlas=spoken), outcome.released)


def test_one_figure_an_origin_layer_with_a_curve_for_each_destination(outcomes):
    (one,) = figures(outcomes["internal"])
    assert one.name == "curve_vacant_house"
    assert one.title == "空家等：最寄りの目的地までの所要時間と累積割合"
    assert [curve.label for curve in one.curves] == ["インターチェンジ", "拠点施設", "医療施設"]
    assert [text for _, text in one.marks] == ["5分", "10分", "15分", "30分"]
    assert one.curves[0].share[-1] == 1.0


def test_what_a_reader_must_know_stands_below(outcomes):
    (one,) = figures(outcomes["internal"])
    said = "\n".join(one.notes)
    for wanted in ("本図は参考", "総数 8 戸", "自動車の所要時間の速度", "2026-11-01", "村の計画", "道路："):
        assert wanted in said, wanted


def test_all_is_said_in_english_too(outcomes):
    (one,) = figures(outcomes["internal"], language="en")
    assert one.title.endswith(": cumulative share by travel time to the nearest destination")
    assert one.x_title == "Minutes to the nearest (by car) [min]"
    assert one.y_title == "Share within the time (houses) [%]"
    assert one.marks[0][1] == "5 min"
    assert one.notes[0].startswith("Total: 8 houses.")
    assert one.notes[1].startswith("This figure is for reference.")


@pytest.mark.parametrize("audience", ["internal", "public"])
def test_the_words_for_those_who_do_not_see_it_have_the_shares_that_are_told(outcomes, audience):
    (one,) = figures(outcomes[audience])
    assert one.about.startswith(
        "「空家等：最寄りの目的地までの所要時間と累積割合」のグラフ。インターチェンジ：5分以内 "
    )
    for row in outcomes[audience].released.tables["coverage"].to_dict("records"):
        assert f"{row['minutes']:g}分以内 {100 * row['share']:.1f} %" in one.about
    assert one.about.count("分以内") == 12  # three destinations, four thresholds
    (english,) = figures(outcomes[audience], language="en")
    assert english.about.count("within") == 12
    assert "空家" not in english.about


def test_outside_the_office_the_curve_is_that_of_the_houses_shown(outcomes):
    (one,) = figures(outcomes["public"])
    table = outcomes["public"].released.tables["curves"]
    assert table.query("to == 'hub'")["within"].max() == len(on_disk.OPEN_HOUSES)
    assert f"総数 {len(on_disk.OPEN_HOUSES)} 戸" in "\n".join(one.notes)
    assert any("公開用" in note for note in one.notes)


def test_a_run_writes_them_and_the_manifest_names_them_the_same_twice(plan, tmp_path, monkeypatch, outcomes):
    assert "figures" in ALL
    monkeypatch.setattr(runs, "_results", lambda *_asked: outcomes["internal"].results)
    hashes = []
    for turn in "ab":
        out = tmp_path / turn
        run(Request(plan=plan, out=out, outputs=("figures",)))
        listed = json.loads((out / "manifest.json").read_text("utf-8"))["outputs"]
        names = {f"figures/curve_vacant_house.{kind}" for kind in ("png", "svg", "pdf")}
        assert set(listed) == names
        assert all((out / name).stat().st_size == listed[name]["bytes"] for name in names)
        hashes.append({name: entry["sha256"] for name, entry in listed.items()})
    assert hashes[0] == hashes[1]


def test_without_minutes_there_is_no_figure(plan, tmp_path):
    outcome = run(Request(plan=plan, out=tmp_path / "out", parts=("check",), outputs=("figures",)))
    assert figures_of(outcome.results, outcome.released) == ()
    assert not (tmp_path / "out" / "figures").exists()


def test_a_curve_is_drawn_until_it_has_risen_and_no_farther():
    table = pd.DataFrame(
        {
            "to": ["hub"] * 61 + ["shop"] * 61,
            "minutes": [*range(61)] * 2,
            "share": [min(minute / 20, 0.9) for minute in range(61)] + [1.0] * 61,
        }
    )
    assert _rising(table, (5.0, 10.0))["minutes"].max() == 18
    assert _rising(table, (5.0, 30.0))["minutes"].max() == 30
    assert _rising(table.assign(share=float("nan")), (5.0, 10.0))["minutes"].max() == 10
