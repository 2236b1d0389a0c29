"""Many plans at once: each by itself, in the order of their names, and what stops one stops no other."""

import json
import os
import re
from urllib.parse import unquote

import pytest
from village import on_disk

from gisplan.core.errors import ConfigurationError
from gisplan.plan import run as runs
from gisplan.plan.everywhere import check_everywhere, rows_of
from gisplan.plan.examine import PAGE
from gisplan.plan.outputs import MAP
from gisplan.plan.run import Request, run


def small(folder, **changes):
    """Build the village with some of its layers: enough where any plan will do."""
    left_out = ("road", "medical", "site", "area_division", "city_planning_area", "priority_district")
    return on_disk.build(folder, tail="", **(dict.fromkeys(left_out) | changes))


@pytest.fixture(scope="module")
def prefecture(tmp_path_factory):
    """Return four plans that no test changes: a right one, a refused one, a mistyped one, one for the public."""
    folder = tmp_path_factory.mktemp("県")
    small(folder / "a市")
    spoilt = small(folder / "b町")
    (spoilt.parent / on_disk.PATHS["zone"]).write_bytes(b"")
    small(folder / "c村", plan=on_disk.PLAN.replace("title", "titel"))
    small(folder / "d市", plan=on_disk.PLAN + 'audience = "public"\n')
    (folder / "memo").mkdir()
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "plan.toml").write_text("", "utf-8")
    return folder


def asked(folder, **options):
    return Request(plan=folder, parts=("check",), **{"out": None, **options})


def everywhere(folder, **options):
    return check_everywhere(folder, asked(folder, **options))


@pytest.fixture(scope="module")
def told(prefecture):
    """Return what is told of every plan; no test changes it."""
    return everywhere(prefecture)


def test_every_plan_is_told_whatever_becomes_of_the_others(told):
    assert [(one.folder, one.exit_code, one.checkup is not None) for one in told] == [
        ("a市", 0, True), ("b町", 2, True), ("c村", 3, False), ("d市", 0, True),
        ("memo", 0, False),
    ]  # fmt: skip
    assert [stop.code for stop in told[1].checkup.stops] == ["file.empty"]
    assert "config.unknown_key" in {problem.code for problem in told[2].problems}
    assert told[3].checkup.audience == "public"


def test_a_fault_of_gisplan_stops_no_other_plan(prefecture, monkeypatch):
    real, calls = runs.compute, []

    def sometimes(atlas, **options):
        calls.append(atlas)
        if len(calls) == 1:
            raise RuntimeError("秘密の所有者H02")
        return real(atlas, **options)

    monkeypatch.setattr(runs, "compute", sometimes)
    monkeypatch.delenv("GISPLAN_DEBUG", raising=False)
    told = everywhere(prefecture)
    assert [one.exit_code for one in told] == [70, 2, 3, 0, 0]
    (problem,) = told[0].problems
    assert (problem.code, "秘密" in problem.what.ja) == ("bug", False)
    assert "test_plan_everywhere.py" in problem.place


def test_an_interruption_is_none_of_a_plan(prefecture, monkeypatch):
    def interrupted(*_args, **_named):
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "compute", interrupted)
    with pytest.raises(KeyboardInterrupt):
        everywhere(prefecture)


def test_the_overview_for_a_program_has_lights_counts_and_problems(told):
    rows = rows_of(told)
    assert json.loads(json.dumps(rows)) == rows
    first, second, third, public, memo = rows
    assert [row["plan"] for row in rows] == [True, True, True, True, False]
    assert (memo["folder"], memo["lights"], memo["problems"]) == ("memo", {}, [])
    assert (first["folder"], first["municipality"], first["title"]) == ("a市", ["22999"], "村の計画")
    assert (second["lights"]["zone"], second["judged"]) == ("red", False)
    assert sum(second["counts"]["lights"].values()) == len(second["lights"])
    assert second["counts"]["rows"]["interchange"] == {"read": 1, "kept": 1, "mended": 0, "refused": 0}
    assert second["counts"]["rows"]["zone"] is None
    assert public["counts"]["rows"]["vacant_house"] is None
    assert [problem["code"] for problem in second["problems"]] == ["file.empty"]
    assert (third["title"], third["lights"]) == ("", {})
    assert third["problems"][0]["do"]["ja"]


def test_pages_of_all_plans_are_written_at_once(prefecture, tmp_path):
    out = tmp_path / "out"
    everywhere(prefecture, out=out)
    names = set(on_disk.everything(out))
    pages = {
        f"plans/{folder}/check.{ending}" for folder in ("a市", "b町", "d市") for ending in ("html", "json")
    }
    assert names == {"check-all.html", "check-all.json", "manifest.json", *pages}
    page = (out / "check-all.html").read_text("utf-8")
    assert all(folder in page for folder in ("a市", "b町", "c村", "d市", "memo"))
    assert "plan.toml がありません" in page
    assert re.findall(r'href="\./([^"]*)"', page)
    assert json.loads((out / "check-all.json").read_text("utf-8"))[1]["folder"] == "b町"
    before = on_disk.everything(out)
    everywhere(prefecture, out=out)
    assert on_disk.everything(out) == before, "the same input, the same bytes"


def test_a_whole_run_is_not_replaced_by_an_overview(prefecture, tmp_path):
    out = tmp_path / "out"
    run(Request(plan=prefecture / "a市" / "plan.toml", out=out, parts=("check",), outputs=("tables", MAP)))
    before = on_disk.everything(out)
    with pytest.raises(ConfigurationError) as raised:
        everywhere(prefecture, out=out)
    assert [problem.code for problem in raised.value.problems] == ["out.larger"]
    assert on_disk.everything(out) == before


def test_a_refused_check_does_not_take_the_place_of_an_overview(prefecture, tmp_path):
    out = tmp_path / "out"
    everywhere(prefecture, out=out)
    before = on_disk.everything(out)
    with pytest.raises(Exception, match=r"file\.empty"):
        run(asked(prefecture / "b町" / "plan.toml", out=out, outputs=("tables", PAGE)))
    assert on_disk.everything(out) == before


def test_foreign_files_are_left_alone(prefecture, tmp_path):
    (tmp_path / "memo.txt").write_text("覚え書き", "utf-8")
    with pytest.raises(ConfigurationError) as raised:
        everywhere(prefecture, out=tmp_path)
    assert [problem.code for problem in raised.value.problems] == ["out.not_ours"]


def test_plans_lie_at_several_levels_and_are_named_by_their_paths(tmp_path):
    """None of these plans can be read; what counts is which of them are found."""
    found = ["a市", "志太/b町", "志太/c市/本庁", "w/x/y/z"]
    hidden = ["a市/data/old", "a市/out", "志太/out/d", "志太/.git/e", "w/x/y/v/deeper"]
    for name in (*found, *hidden):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / name / "plan.toml").write_text("[plan", "utf-8")
    for name in ("空", "資料/図", "o", "out", ".tmp"):
        (tmp_path / name).mkdir(parents=True)
    told = everywhere(tmp_path)
    assert [one.folder for one in told if one.planned] == sorted(found)
    assert [one.folder for one in told if not one.planned] == ["o", "空", "資料"]
    again = everywhere(tmp_path, out=tmp_path / "o")
    assert [one.folder for one in again if not one.planned] == ["空", "資料"], (
        "the outputs are no such folder"
    )


def test_pages_of_plans_at_several_levels_open_from_the_overview(tmp_path):
    small(tmp_path / "県" / "志太 郡" / "a市")
    out = tmp_path / "out"
    everywhere(tmp_path / "県", out=out)
    (address,) = re.findall(r'href="\./([^"]*)"', (out / "check-all.html").read_text("utf-8"))
    assert unquote(address) == "plans/志太 郡/a市/check.html"
    assert (out / unquote(address)).is_file()


@pytest.mark.skipif(os.name == "nt", reason="links of Windows need a right that users lack")
def test_a_link_to_a_folder_above_shows_no_plan_twice(tmp_path):
    on_disk.build(tmp_path / "a", plan="[plan")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "up").symlink_to(tmp_path)
    assert [(one.folder, one.planned) for one in everywhere(tmp_path)] == [("a", True), ("b", False)]


@pytest.mark.parametrize("name", ["nowhere", "memo"])
def test_a_folder_without_plans_is_answered(prefecture, name):
    with pytest.raises(ConfigurationError) as raised:
        everywhere(prefecture / name)
    assert [(problem.code, problem.place) for problem in raised.value.problems] == [("config.no_plans", name)]


@pytest.mark.parametrize(
    ("written", "given", "quoted"),
    [
        ("", None, True), ('audience = "internal"\n', None, True), ('audience = "partner"\n', None, False),
        ('audience = "everybody"\n', None, False), ("", "public", False), ('audience = "public"\n', "internal", True),
    ],
)  # fmt: skip
def test_a_mistyped_plan_for_outsiders_is_not_quoted(tmp_path, written, given, quoted):
    on_disk.build(tmp_path / "a", plan=on_disk.PLAN + written, zone="path = 'x'\nsecret = 1")
    (one,) = everywhere(tmp_path, audience=given)
    assert one.exit_code == 3
    said = json.dumps(rows_of([one]), ensure_ascii=False)
    assert "config.unknown_key" in said
    assert ("secret" in said) == quoted
