"""`gisplan check` as a user sees it: lights in signs and words, exit codes, JSON, one plan or many."""

import json
import os
import subprocess
import sys

import pytest
from village import on_disk

from gisplan.core.checkup import LIGHTS


def small(folder):
    """Build the village without its slower layers."""
    left_out = ("road", "interchange", "medical", "city_planning_area", "area_division")
    return on_disk.build(folder, tail="", **dict.fromkeys(left_out))


def of_layers(folder, *layers):
    """Build the village with some of its layers alone."""
    return on_disk.build(folder, tail="", **dict.fromkeys(on_disk.PATHS.keys() - set(layers)))


@pytest.fixture
def gisplan(capsys, monkeypatch):
    """Return a function that runs a command and gives its exit code and what it said."""
    return lambda *arguments: on_disk.asked(capsys, *arguments, monkeypatch=monkeypatch)


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """Return a plan that no test changes."""
    plan = on_disk.build(tmp_path_factory.mktemp("ready"))
    with on_disk.computed_once(plan.parent):
        yield plan


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    """Return a plan with an empty file and a use that is in no list, which no test changes."""
    plan = small(tmp_path_factory.mktemp("spoilt"))
    (plan.parent / on_disk.PATHS["zone"]).write_bytes(b"")
    on_disk.write(plan.parent / on_disk.PATHS["hub"], on_disk.tables()["hub"].assign(用途="猫カフェ"))
    return plan


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Return a folder of three plans: a right one, a refused one, a mistyped one."""
    folder = tmp_path_factory.mktemp("many")
    small(folder / "a")
    (small(folder / "b").parent / on_disk.PATHS["zone"]).write_bytes(b"")
    on_disk.build(folder / "c", plan="[plan")
    return folder


def line_of(said, word):
    return next(line for line in said.splitlines() if word in line)


def test_each_layer_has_a_line_with_its_light(gisplan, ready):
    said = gisplan("check", ready)
    assert (said.code, said.err) == (0, "")
    assert line_of(said.out, "空家等").startswith("△")
    assert "8 = " in line_of(said.out, "空家等")
    assert line_of(said.out, "計画にない資料").startswith("－")
    assert "× 止まった・重大" in said.out
    assert "用途の判定" in said.out
    assert said.out.splitlines()[-1].startswith("次に：")
    english = gisplan("check", ready, "--language", "en")
    assert line_of(english.out, "Vacant house").startswith("△")
    assert english.out.splitlines()[-1].startswith("Next:")
    assert "Verdicts" in english.out


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 140, 200])
def test_the_lines_fit_the_terminal(gisplan, ready, monkeypatch, width):
    from rich.cells import cell_len

    monkeypatch.setenv("COLUMNS", str(width))
    lines = gisplan("check", ready).out.splitlines()
    start, end = (
        next(i for i, line in enumerate(lines) if word in line) for word in ("読んだ行", "計画にない資料")
    )
    table = lines[start + 1 : end]
    assert max(cell_len(line.rstrip()) for line in table) <= width
    if width >= 60:
        assert len(table) == len(on_disk.PATHS), "no line wraps"
    together = "\n".join(table)
    assert ("UTF-8" in together) == (width >= 80)
    assert ("interchange" in together) == (width >= 140)
    assert "－" not in together


def test_a_pipe_gets_signs_and_no_colours(ready):
    command = [sys.executable, "-m", "gisplan", "check", str(ready)]
    done = subprocess.run(command, capture_output=True, check=False, env=os.environ | {"FORCE_COLOR": ""})
    text = done.stdout.decode("utf-8")
    assert "\x1b" not in text
    assert "△" in text


def test_a_refused_file_is_told_beside_all_others(gisplan, spoilt):
    before = on_disk.everything(spoilt.parent)
    said = gisplan("check", spoilt)
    assert said.code == 2
    assert line_of(said.out, "用途地域 ").startswith("×")
    assert line_of(said.out, "拠点施設").startswith("×")
    assert line_of(said.out, "重点地区").startswith("○")
    assert "用途の判定" not in said.out
    assert "次に：× の資料を直して" in said.out
    assert "[file.empty] data/zone.gpkg" in said.err
    assert "[code.unknown] data/hub.csv:2" in said.err
    assert "→ 元の資料からもう一度コピーしてください。" in said.err
    assert on_disk.everything(spoilt.parent) == before, "without --out nothing is written"


@pytest.fixture
def parted(tmp_path):
    """Return a plan whose roads lie in five files, of which four have no column of the class."""
    plan = of_layers(tmp_path / "parted", "municipality", "zone", "road")
    roads = on_disk.tables()["road"].drop(columns=["name", "road_class"])
    for name in ("国道", "市道", "県道", "農道等"):
        on_disk.write(plan.parent / "data" / f"road{name}.gpkg", roads)
    path = f'path = "{on_disk.PATHS["road"]}"'
    text = plan.read_text("utf-8")
    assert path in text
    plan.write_text(text.replace(path, 'path = "data/road*.gpkg"'), "utf-8")
    return plan


def test_a_layer_of_which_files_are_refused_says_how_many_and_which(gisplan, parted, tmp_path):
    said = gisplan("check", parted, "--out", tmp_path / "o")
    assert said.code == 2
    assert "ほか4ファイルは読めません" in line_of(said.out, "× ")
    assert "道路の読めないファイル：data/road国道.gpkg、" in said.out
    english = gisplan("--language", "en", "check", parted)
    assert "4 more files cannot be read" in english.out
    assert "Road, not read: data/road国道.gpkg, " in english.out
    assert "ほかに読めないファイル：" in (tmp_path / "o" / "check.html").read_text("utf-8")


def test_problems_of_one_cure_are_said_together(gisplan, parted):
    said = gisplan("check", parted).err
    assert said.count("[tab.column]") == 1
    assert "[tab.column] 4か所：data/road国道.gpkg、" in said
    assert said.count("plan.toml の [layers.road]（") == 1, "the cure names the table and its line"
    assert "[tab.column] 4 places: data/road国道.gpkg, " in gisplan("check", parted, "--language", "en").err
    assert len(gisplan("check", parted, "--json").json()["problems"]) == 4, "a program gets each of them"


def test_the_page_of_a_refusal_is_written_where_asked(gisplan, spoilt, tmp_path):
    out = tmp_path / "o"
    said = gisplan("check", spoilt, "--out", out)
    assert said.code == 2
    assert str(out / "check.html") in said.out
    assert {path.name for path in out.iterdir()} == {
        "check.html",
        "check.json",
        "rejects.xlsx",
        "manifest.json",
    }
    assert "data/zone.gpkg" in (out / "check.html").read_text("utf-8")


def test_a_check_names_its_page(gisplan, ready, tmp_path):
    said = gisplan("check", ready, "--out", tmp_path / "o")
    assert str(tmp_path / "o" / "check.html") in said.out
    again = gisplan("check", ready, "--out", tmp_path / "o")
    assert "入力が前回と同じなので" in again.out
    assert str(tmp_path / "o" / "check.html") in again.out


def test_strict_reads_anew_but_destroys_no_whole_run(gisplan, many, tmp_path):
    assert gisplan("check", many / "a", "--strict", "--out", tmp_path / "c").code == 2
    assert gisplan("check", many / "a", "--strict", "--out", tmp_path / "c").code == 2
    assert gisplan("run", many / "a", "--out", tmp_path / "r", "--only=map", "--only=tables").code == 0
    before = on_disk.everything(tmp_path / "r")
    said = gisplan("check", many / "a", "--strict", "--out", tmp_path / "r")
    assert (said.code, "[out.larger]" in said.err) == (3, True)
    assert on_disk.everything(tmp_path / "r") == before


def test_json_holds_what_the_page_tells(gisplan, ready, spoilt, tmp_path):
    found = gisplan("check", ready, "--out", tmp_path / "o", "--json").json()
    assert {"out", "database", "unchanged", "manifest", "layers", "findings", "check"} == set(found)
    assert found["check"] == json.loads((tmp_path / "o" / "check.json").read_text("utf-8"))
    again = gisplan("check", ready, "--out", tmp_path / "o", "--json").json()
    assert (again["unchanged"], again["check"]) == (True, found["check"])
    refused = gisplan("check", spoilt, "--json")
    held = refused.json()
    assert (refused.code, refused.err, held["exit_code"], held["out"]) == (2, "", 2, None)
    assert {problem["code"] for problem in held["problems"]} == {"file.empty", "code.unknown"}
    assert all(
        problem[part][language]
        for problem in held["problems"]
        for part in ("what", "do")
        for language in ("ja", "en")
    )
    lights = {layer["layer"]: layer["light"] for layer in held["check"]["layers"]}
    assert (lights["zone"], lights["hub"], lights["priority_district"]) == ("red", "red", "green")
    assert set(lights.values()) <= set(LIGHTS)


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_outsiders_see_no_value_of_a_cell(gisplan, tmp_path, options):
    plan = of_layers(tmp_path, "municipality", "zone", "hub", "vacant_house")
    on_disk.write(tmp_path / on_disk.PATHS["hub"], on_disk.tables()["hub"].assign(用途="秘密の用途"))
    houses = on_disk.houses().assign(管理番号="H01", 備考=[f"秘密{n}" for n in range(8)])
    on_disk.write(tmp_path / on_disk.PATHS["vacant_house"], houses)
    office = gisplan("check", plan, *options)
    assert "秘密の用途" in office.out + office.err
    said = gisplan("check", plan, "--audience", "public", *options)
    assert said.code == 2
    together = said.out + said.err
    assert "秘密" not in together
    assert "H01" not in together
    assert "vacant_house.csv" not in together
    assert "code.unknown" in together
    assert "id.duplicate" in together
    assert "data/hub.csv" in together


# ---- many plans ----------------------------------------------------------------------------------------


def test_all_plans_stand_in_one_table(gisplan, many):
    said = gisplan("check", "--all", many)
    assert said.code == 3, "the gravest of 0, 2 and 3"
    lines = said.out.splitlines()
    assert [line.split()[1] for line in lines[1:4]] == ["a", "b", "c"]
    assert lines[2].startswith("×")
    assert "点検できない" in lines[3]
    assert "[file.empty] data/zone.gpkg" in said.out
    assert "[config.not_toml]" in said.out
    assert "not examined" in gisplan("check", "--all", many, "--language", "en").out


def test_folders_without_a_plan_are_named(gisplan, many):
    (many / "覚え書き\n").mkdir()
    said = gisplan("check", "--all", many)
    (many / "覚え書き\n").rmdir()
    assert line_of(said.out, "覚え書き") == "－ 覚え書き\\n  plan.toml がありません"


def test_all_plans_come_as_json(gisplan, many):
    said = gisplan("check", "--all", many, "--json", "--quiet")
    rows = said.json()
    assert (said.code, said.err) == (3, "")
    assert [(row["folder"], row["exit_code"]) for row in rows] == [("a", 0), ("b", 2), ("c", 3)]
    assert {"folder", "municipality", "title", "lights", "counts", "problems"} <= set(rows[0])


def test_the_pages_of_all_plans_are_written_where_asked(gisplan, many, tmp_path):
    said = gisplan("check", "--all", many, "--out", tmp_path / "o")
    assert str(tmp_path / "o" / "check-all.html") in said.out
    assert (tmp_path / "o" / "plans" / "b" / "check.html").is_file()


def test_all_is_strict_where_asked(gisplan, tmp_path):
    small(tmp_path / "a")
    assert gisplan("check", "--all", tmp_path).code == 0
    assert gisplan("check", "--all", tmp_path, "--strict").code == 2


def test_one_plan_or_all_of_a_folder(gisplan, ready, many):
    for arguments in ((), (ready, "--all", many), ("--all", many, "--explain", "K1")):
        said = gisplan("check", *arguments)
        assert (said.code, said.out) == (2, "")
        assert "[cli.usage]" in said.err
    assert gisplan("check", "--all", ready).code == 3
