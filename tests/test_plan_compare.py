"""Plans side by side: every figure, and no silence on what was computed under other terms."""

import json
import re
import shutil

import pandas as pd
import pytest
from test_plan_scenarios import built
from village import on_disk

from gisplan.cli.compared import compared_text
from gisplan.core.errors import ConfigurationError
from gisplan.plan import compare as comparing
from gisplan.plan.compare import CompareRequest, compare
from gisplan.plan.run import run

ROAD = '[[scenario]]\nname = "改良"\n[[scenario.road]]\nid = "R1"\nspeed_kmh = 60\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with three plans: one, the same with a faster road, and one under other terms."""
    folder = tmp_path_factory.mktemp("plans")
    on_disk.build(folder / "a", plan=on_disk.PLAN.replace("村の計画", "甲案"))
    on_disk.build(folder / "b", plan=on_disk.PLAN.replace("村の計画", "乙案"))
    roads = on_disk.tables()["road"].assign(speed_kmh=[60.0, 60.0])
    on_disk.write(folder / "b" / "data" / "road.gpkg", roads)
    other = on_disk.ACCESS + 'mode = "walk"\nminutes = [5, 20]\n'
    plan = on_disk.PLAN.replace("村の計画", "丙案").replace("2026-11-01", "2026-12-01")
    on_disk.build(folder / "c", plan=plan, tail=other)
    return folder


@pytest.fixture(scope="module", autouse=True)
def runs_of_each_plan(folder):
    """Run each plan that no test changes once for the same question: what is tried here comes after the runs."""
    kept, real = {}, comparing.run

    def remembered(request, **told):
        if request.plan.resolve().parent.parent != folder:
            return real(request, **told)
        key = repr(request)
        if key not in kept:
            kept[key] = real(request, **told)
        return kept[key]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(comparing, "run", remembered)
        yield


def asked(folder, *names, **options):
    return compare(CompareRequest(plans=tuple(folder / name / "plan.toml" for name in names), **options))


def figures(found, plan):
    table = found.tables["compare"]
    return table[table["plan"] == plan].set_index("indicator")


@pytest.fixture(scope="module")
def two(folder):
    """Return two plans side by side; no test changes them."""
    return asked(folder, "a", "b")


@pytest.fixture(scope="module")
def beside_today(tmp_path_factory):
    """Return the scenarios of one plan beside today; no test changes them."""
    return compare(CompareRequest(plans=(built(tmp_path_factory.mktemp("scenarios")),), language="ja"))


def test_two_plans_side_by_side(two):
    found = two
    first, second = figures(found, "甲案"), figures(found, "乙案")
    assert first["difference"].isna().all()
    key = "link/東の拠点"
    assert second.loc[key, "value"] < first.loc[key, "value"]
    assert second.loc[key, "difference"] == pytest.approx(second.loc[key, "value"] - first.loc[key, "value"])
    assert first.loc["share/vacant_house/hub/30", "value"] == 100.0
    assert first.loc["verdict/by_right", "value"] == second.loc["verdict/by_right", "value"] > 0
    codes = set(found.tables["findings"]["code"])
    assert codes == {"compare.inputs"}
    assert "data/road.gpkg" in found.tables["findings"]["reason_ja"].iloc[0]


def test_equal_plans_differ_in_nothing(folder, tmp_path):
    shutil.copytree(folder / "a", tmp_path / "again")  # which is computed by itself
    plans = (folder / "a" / "plan.toml", tmp_path / "again" / "plan.toml")
    found = compare(CompareRequest(plans=plans))
    assert (found.tables["compare"]["difference"].dropna() == 0.0).all()
    assert found.tables["findings"].empty
    assert len(found.plans) == 2


def test_other_terms_are_said(folder):
    found = asked(folder, "a", "b", "c")
    codes = set(found.tables["findings"]["code"])
    assert {"compare.mode", "compare.date", "compare.thresholds", "compare.inputs"} <= codes
    third = figures(found, "丙案")
    assert pd.isna(third.loc["share/vacant_house/hub/30", "value"])
    assert third.loc["share/vacant_house/hub/30", "state"] == "absent"


def test_the_scenarios_of_one_plan_stand_beside_today(beside_today):
    found = beside_today
    table = found.tables["compare"]
    assert list(table.sort_values("column")["plan"].drop_duplicates()) == [
        "現在",
        "2030 道路改良",
        "通行止め",
    ]
    assert {"compare", "scenarios", "gains", "link_changes", "findings"} <= set(found.tables)
    new = table[table["indicator"] == "ic_minutes/新しい拠点"].set_index("plan")["value"]
    assert pd.isna(new["現在"])
    assert new["2030 道路改良"] > 0
    # An indicator that does not stand side by side is named: none is dropped in silence.
    said = found.tables["findings"].set_index("code")["reason_ja"]
    every = found.tables["scenarios"]
    every = every[~every["indicator"].str.contains("mean_unrounded")]
    left = every[~every["indicator"].isin(table["indicator"])]
    assert all(title in said.get("compare.left_out", "") for title in left["title_ja"])
    assert "ic_minutes_mean/hub" in set(table["indicator"])


def test_every_figure_on_the_screen_has_its_unit_and_its_rate(beside_today):
    found = beside_today
    text = list(compared_text(found, "ja"))
    hub = next(line for line in text if "東の拠点" in line and "最寄りIC" in line)
    assert re.search(r"： ?東の拠点: [0-9]+\.[0-9] 分 → [0-9]+\.[0-9] 分（[−+±][0-9]+\.[0-9]、短縮率 ", hub)
    assert not any("check と access" in line for line in text)
    counted = [line for line in text if "以内（空家等）" in line]
    assert all(re.search(r"[0-9]+ 戸", line) for line in counted)
    english = "\n".join(compared_text(found, "en"))
    assert "min (" in english
    assert "reduction" in english


def test_one_plan_without_a_scenario_has_nothing_to_compare(folder):
    with pytest.raises(ConfigurationError) as caught:
        asked(folder, "a")
    assert [problem.code for problem in caught.value.problems] == ["compare.alone"]


def test_the_command_writes_tables_and_a_manifest_all_at_once(folder, tmp_path, capsys, monkeypatch):
    out = tmp_path / "out"
    plans = [folder / name for name in ("a", "b")]
    said = on_disk.asked(capsys, "compare", *plans, "--out", out, "--quiet", monkeypatch=monkeypatch)
    assert said.code == 0
    assert "甲案" in said.out
    assert "compare.inputs" in said.out
    assert {path.name for path in out.iterdir()} == {"manifest.json", "tables", "tables.xlsx"}
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert list(manifest["compared"]) == ["乙案", "甲案"] or list(manifest["compared"]) == ["甲案", "乙案"]
    assert set(manifest["outputs"]) == {
        path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()
    } - {"manifest.json"}
    before = on_disk.everything(out)
    monkeypatch.setattr(comparing, "run", run)  # computed anew
    on_disk.asked(capsys, "compare", *plans, "--out", out, "--quiet", monkeypatch=monkeypatch)
    assert on_disk.everything(out) == before


def test_the_command_answers_a_program_and_in_english(folder, capsys, monkeypatch):
    plans = [folder / name for name in ("a", "b")]
    said = on_disk.asked(capsys, "compare", *plans, "--json", monkeypatch=monkeypatch)
    rows = said.json()
    assert set(rows) == {"out", "plans", "findings", "compare"}
    assert {"title_ja", "title_en", "value", "difference"} <= set(rows["compare"][0])
    said = on_disk.asked(capsys, "compare", *plans, "--language", "en", monkeypatch=monkeypatch)
    assert "Time to the nearest interchange" in said.out


def test_the_results_of_a_run_are_not_replaced_unasked(folder, tmp_path, capsys, monkeypatch):
    out = tmp_path / "out"
    on_disk.asked(capsys, "access", folder / "a", "--out", out, "--quiet", monkeypatch=monkeypatch)
    before = on_disk.everything(out)
    plans = [folder / name for name in ("a", "b")]
    said = on_disk.asked(capsys, "compare", *plans, "--out", out, "--json", monkeypatch=monkeypatch)
    assert said.code == 3
    assert [problem["code"] for problem in said.json()["problems"]] == ["compare.foreign"]
    assert on_disk.everything(out) == before


def test_a_plan_that_cannot_be_read_is_named_with_its_folder(folder, tmp_path, capsys, monkeypatch):
    broken = on_disk.build(tmp_path / "kaputt", medical='path = "data/none.csv"')
    said = on_disk.asked(capsys, "compare", folder / "a", broken, "--json", monkeypatch=monkeypatch)
    assert said.code == 2
    assert said.json()["problems"][0]["place"].startswith("kaputt/")


def test_outside_the_office_the_figures_are_those_told_there(two, folder):
    inside, outside = two, asked(folder, "a", "b", audience="public")
    key = "share/vacant_house/hub/5"
    assert figures(inside, "甲案").loc[key, "unit"] == figures(outside, "甲案").loc[key, "unit"]
    names = set(outside.tables["compare"]["indicator"])
    assert not any(name.startswith("siting") for name in names)


def test_what_cannot_be_told_is_neither_zero_nor_unreached(folder, tmp_path):
    unzoned = on_disk.build(tmp_path / "zoneless", plan=on_disk.PLAN.replace("村の計画", "丁案"), zone=None)
    hubs = on_disk.tables()["hub"]
    wild = on_disk.listed([{"番号": "K3", "名称": "山の拠点", "at": (700, 3000)}])
    on_disk.write(unzoned.parent / "data" / "hub.csv", pd.concat([hubs, wild]))
    found = compare(CompareRequest(plans=(folder / "a" / "plan.toml", unzoned)))
    second = figures(found, "丁案")
    for key, state in (
        ("covered_ha", "not_assessed"), ("link/山の拠点", "not_assessed"), ("link_mean", "incomplete"),
    ):  # fmt: skip
        assert pd.isna(second.loc[key, "value"]), key
        assert second.loc[key, "state"] == state, key
    assert second.loc["link_unreached", "value"] == 0
    assert figures(found, "甲案").loc["link/山の拠点", "state"] == "absent"
    text = "\n".join(compared_text(found, "ja"))
    assert "山の拠点: なし → 未評価" in text


def test_destinations_and_season_that_differ_are_said(folder, tmp_path):
    tail = on_disk.ACCESS.replace(', "medical"', "") + 'season = "winter"\n'
    other = on_disk.build(tmp_path / "winter", plan=on_disk.PLAN.replace("村の計画", "丁案"), tail=tail)
    found = compare(CompareRequest(plans=(folder / "a" / "plan.toml", other)))
    assert {"compare.destinations", "compare.network"} <= set(found.tables["findings"]["code"])


def test_a_scenario_called_today_has_a_column_of_its_own(tmp_path):
    path = built(tmp_path, ROAD.replace("改良", "現在"))
    found = compare(CompareRequest(plans=(path,), language="ja"))
    assert list(compared_text(found, "ja"))[1:3] == ["  1 現在 (村の計画)", "  2 現在"]
    assert set(figures(found, "現在")["column"]) == {2}
