"""The commands as a user types them: what they print, what they write, and the code they end with."""

import json
import os
import subprocess
import sys

import pytest
from village import on_disk

from gisplan.cli.entry import answer

COMMANDS = ("demo", "init", "fetch", "layers", "check", "access", "map", "site", "run", "serve")
SITE = "\n[site]\np = 1\n"
WITHOUT_ROADS = dict.fromkeys(("road", "interchange", "medical"))


@pytest.fixture
def gisplan(capsys, monkeypatch):
    """Return a function that runs a command and gives its exit code and what it said."""
    return lambda *arguments: on_disk.asked(capsys, *arguments, monkeypatch=monkeypatch)


@pytest.fixture
def plan(tmp_path):
    return on_disk.build(tmp_path / "village", tail=on_disk.ACCESS + SITE)


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """Return a plan that no test changes."""
    plan = on_disk.build(tmp_path_factory.mktemp("ready"), tail=on_disk.ACCESS + SITE)
    with on_disk.computed_once(plan.parent):
        yield plan


@pytest.fixture(scope="module")
def slight(tmp_path_factory):
    """Return a plan without roads, of which the law alone is asked, and which no test changes."""
    plan = on_disk.build(tmp_path_factory.mktemp("slight"), tail="", **WITHOUT_ROADS)
    with on_disk.computed_once(plan.parent):
        yield plan


def japanese(text):
    return any("\u3040" <= sign <= "\u9fff" for sign in text)


def shell(*arguments, **options):
    """Run gisplan in a process of its own."""
    command = [sys.executable, "-m", "gisplan", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, **options)


# ---- help --------------------------------------------------------------------------------------------


def test_help_names_every_command_in_both_languages(gisplan):
    said = gisplan("--help")
    assert said.code == 0
    for command in COMMANDS:
        line = next(line for line in said.out.splitlines() if line.startswith(f"  {command} "))
        about, _, english = line.partition(" / ")
        assert japanese(about)
        assert english
        assert not japanese(english)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_in_both_languages(gisplan, command):
    said = gisplan(command, "--help")
    assert said.code == 0
    for line in (line for line in said.out.splitlines() if line.startswith("  --") and "--help" not in line):
        assert line.strip().startswith("--")
    assert japanese(said.out)
    assert " / " in said.out
    options = {"--language", "--json"} | ({"--layers"} if command != "demo" else {"--quiet"})
    options |= (
        {"--out", "--audience", "--quiet"} if command in {"check", "access", "map", "site", "run"} else set()
    )
    assert options <= set(said.out.replace(",", " ").split())


def test_no_command_at_all_shows_the_help(gisplan, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["gisplan"])
    assert answer() == 0
    assert "check" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [("run",), ("frobnicate",), ("run", "--nope", "plan.toml"), ("init", "folder"), ("demo", "a", "b")],
)
def test_a_mistyped_command_is_answered_in_both_languages(gisplan, arguments):
    ja, en = gisplan(*arguments), gisplan(*arguments, "--language", "en")
    assert (ja.code, en.code) == (2, 2)
    assert "コマンドの書き方に誤りがあります" in ja.err
    assert "The command cannot be understood" in en.err
    assert "--help" in ja.err
    (problem,) = gisplan(*arguments, "--json").json()["problems"]
    assert problem["code"] == "cli.usage"


# ---- each command --------------------------------------------------------------------------------------


def test_layers_lists_the_catalogue(gisplan):
    ja, en, rows = (
        gisplan("layers"),
        gisplan("layers", "--language", "en"),
        gisplan("layers", "--json").json(),
    )
    assert (ja.code, en.code) == (0, 0)
    assert len(rows) == 34
    for row in rows:
        assert row["name"] in ja.out
        assert row["name"] in en.out
        assert row["title"]["ja"] in ja.out.replace("\n", "")
    assert "…" not in ja.out


def test_layers_describes_one(gisplan):
    ja, en = gisplan("layers", "vacant_house"), gisplan("layers", "vacant_house", "--language", "en")
    assert "空家等対策の推進に関する特別措置法" in ja.out
    assert "敷地面積" in ja.out
    assert "Site area" in en.out
    assert "[m²]" in en.out
    row = gisplan("layers", "vacant_house", "--json").json()
    assert row["fields"]["site_area"] == {
        "type": "number",
        "unit": "m²",
        "column": ["site_area", "敷地面積", "土地面積"],
        "required": False,
    }


def test_an_unknown_layer_is_answered_with_near_names(gisplan):
    said = gisplan("layers", "vacant_hause")
    assert said.code == 3
    assert "vacant_house" in said.err
    assert said.out == ""


def test_init_makes_a_plan_that_check_reads_once_layers_are_switched_on(gisplan, tmp_path):
    said = gisplan("init", tmp_path / "new", "--municipality", "22212")
    path = tmp_path / "new" / "plan.toml"
    assert (said.code, said.out.splitlines()[0]) == (0, f"作りました：{path}")
    assert f"gisplan check {path.parent}" in said.out
    assert (tmp_path / "new" / "data").is_dir()
    text = path.read_text("utf-8")
    head, _, tail = text.partition("# [layers.zone]\n# path")
    switched = f"{head}[layers.zone]\npath{tail}"
    path.write_text(switched, "utf-8")
    answer = gisplan("check", path)
    assert answer.code == 2, "the file of the layer is not there yet, but plan.toml reads"
    assert "[file.none]" in answer.err


def test_init_answers_mistakes(gisplan, tmp_path):
    assert gisplan("init", tmp_path, "--municipality", "222127").code == 3
    assert not (tmp_path / "plan.toml").exists()
    made = gisplan("init", tmp_path, "--municipality", "22212", "--json").json()
    assert made == {"made": (tmp_path / "plan.toml").as_posix()}
    again = gisplan("init", tmp_path, "--municipality", "22212", "--language", "en")
    assert (again.code, "config.exists" in again.err) == (3, True)
    (tmp_path / "file").write_text("")
    assert gisplan("init", tmp_path / "file" / "new", "--municipality", "22212").code == 74


def test_fetch_names_what_to_get_by_hand(gisplan, tmp_path):
    gisplan("init", tmp_path / "new", "--municipality", "22212")
    said = gisplan("fetch", tmp_path / "new", "--all", "--list")
    assert said.code == 0
    assert "https://nlftp.mlit.go.jp/ksj/gml/data/P29/P29-21/P29-21_GML.zip" in said.out
    assert str(tmp_path / "new" / "data" / "P29-21_GML.zip") in said.out
    plain = gisplan("fetch", tmp_path / "new", "--list")
    assert (plain.code, plain.err) == (0, "")
    assert plain.out.endswith(said.out)
    assert "--list --all と同じ" in plain.out
    english = gisplan("fetch", tmp_path / "new", "--layer", "school", "--list", "--language", "en")
    assert "where to put them" in english.out
    listed = gisplan("fetch", tmp_path / "new", "--layer", "school", "--list", "--json").json()
    assert [row["layers"] for row in listed["by_hand"]] == [["school"]]
    assert not list((tmp_path / "new" / "data").iterdir())


def test_fetch_ends_with_the_code_of_the_network_where_there_is_none(gisplan, tmp_path, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    gisplan("init", tmp_path / "new", "--municipality", "22212")
    said = gisplan("fetch", tmp_path / "new", "--layer", "school")
    assert said.code == 4
    assert "[net.closed]" in said.err
    assert str(tmp_path / "new" / "data" / "P29-21_GML.zip") in said.out
    answer = gisplan("fetch", tmp_path / "new", "--layer", "school", "--json")
    assert (answer.code, answer.json()["exit_code"]) == (4, 4)
    assert [problem["code"] for problem in answer.json()["problems"]] == ["net.closed"]


def test_fetch_answers_mistakes(gisplan, tmp_path):
    gisplan("init", tmp_path / "new", "--municipality", "22212")
    said = gisplan("fetch", tmp_path / "new")
    assert (said.code, "[fetch.nothing]" in said.err) == (3, True)
    assert gisplan("fetch", tmp_path / "new", "--layer", "vacant_house").code == 3


CHECKED = (
    "verdicts", "ratios", "provision", "nesting", "versions", "procedures", "programmes", "house_counts",
    "double_listings",
)  # fmt: skip
LINKED = ("links", "best_links", "cuts", "road_sections", "network")
SITED = (
    "siting", "siting_sites", "siting_curve", "siting_served", "siting_council", "siting_forms", "siting_ties",
    "siting_stability", "siting_variants",
)  # fmt: skip
MEASURED = (*LINKED, "access", "coverage", "curves", "equity", "bands", "yardsticks", "place_reach")


@pytest.mark.parametrize(
    ("command", "tables"),
    [
        ("check", {"findings", *CHECKED}),
        ("access", {"findings", *MEASURED}),
        ("site", {"findings", *CHECKED, *MEASURED, *SITED}),
    ],
)
def test_a_command_computes_its_part_and_writes_tables_where_asked(gisplan, ready, tmp_path, command, tables):
    before = on_disk.everything(ready.parent)
    said = gisplan(command, ready)
    assert (said.code, said.err) == (0, "")
    assert "村の計画" in said.out
    assert on_disk.everything(ready.parent) == before, "without --out nothing is written"
    assert gisplan(command, ready, "--out", tmp_path / "o").code == 0
    assert {path.stem for path in (tmp_path / "o" / "tables").glob("*.csv")} == tables
    assert not (tmp_path / "o" / "map.html").exists()


def test_map_makes_one_page_beside_the_plan(gisplan, tmp_path):
    plan = on_disk.build(tmp_path / "village", tail="", **WITHOUT_ROADS)
    said = gisplan("map", plan)
    assert (said.code, said.err) == (0, "")
    assert on_disk.everything(plan.parent / "out-map").keys() == {"map.html", "manifest.json"}
    assert str(plan.parent / "out-map" / "map.html") in said.out


def test_run_makes_everything_beside_the_plan_and_then_leaves_it(gisplan, plan):
    first = gisplan("run", plan)
    assert (first.code, first.err) == (0, "")
    assert on_disk.everything(plan.parent / "out").keys() >= {
        "map.html", "layers.gpkg", "tables.xlsx", "rejects.xlsx", "manifest.json", "tables/siting.csv",
    }  # fmt: skip
    assert "うち特例の対象となり得る範囲 4.00 ha" in first.out
    before = on_disk.everything(plan.parent / "out")
    second = gisplan("run", plan.parent)
    assert (second.code, "入力が前回と同じなので" in second.out) == (0, True)
    assert on_disk.everything(plan.parent / "out") == before


def test_run_speaks_english(gisplan, ready, tmp_path):
    said = gisplan("run", ready, "--out", tmp_path / "o", "--language=en", "--only=tables")
    assert "Verdicts" in said.out
    assert "where the special provision can be asked for 4.00 ha" in said.out
    header = (tmp_path / "o" / "tables" / "findings.csv").read_text("utf-8-sig").splitlines()
    assert "every ordinary road was taken as open both ways" in "\n".join(header)


def test_run_says_its_outcome_as_json(gisplan, ready, tmp_path):
    said = gisplan("run", ready, "--out", tmp_path / "o", "--json", "--quiet", "--only=map")
    found = said.json()
    assert (said.code, said.err) == (0, "")
    assert found["unchanged"] is False
    assert found["out"] == (tmp_path / "o").as_posix()
    assert found["layers"]["vacant_house"] == {"read": 8, "kept": 7, "mended": 1, "refused": 0}
    assert found["manifest"]["outputs"].keys() >= {"map.html"}
    assert {row["code"] for row in found["findings"]} >= {"value.unread", "net.oneway_unknown"}
    again = gisplan("run", ready, "--out", tmp_path / "o", "--json", "--only=map").json()
    assert again["unchanged"] is True
    assert again["manifest"] == found["manifest"]


def test_audience_reaches_the_files(gisplan, ready, tmp_path):
    assert gisplan("run", ready, "--out", tmp_path / "o", "--audience", "public", "--only=map").code == 0
    assert json.loads((tmp_path / "o" / "manifest.json").read_text("utf-8"))["held_back"] == 5
    said = gisplan("run", ready, "--out", tmp_path / "p", "--audience", "press")
    assert (said.code, "[config.unknown_name] --audience" in said.err) == (3, True)
    assert gisplan("run", ready, "--language", "de").code == 3
    assert not (tmp_path / "p").exists()


def test_houses_are_judged_where_asked(gisplan, slight, tmp_path):
    gisplan("check", slight, "--out", tmp_path / "o", "--houses")
    assert "vacant_house,H08" in (tmp_path / "o" / "tables" / "verdicts.csv").read_text("utf-8-sig")


def test_check_strict_ends_with_2_on_a_grave_doubt(gisplan, slight, tmp_path):
    assert gisplan("check", slight).code == 0
    assert gisplan("check", slight, "--strict").code == 2
    assert gisplan("check", slight, "--strict", "--out", tmp_path / "o").code == 2
    assert gisplan("check", slight, "--strict", "--out", tmp_path / "o").code == 2, "the second time, too"
    clean = on_disk.build(tmp_path / "clean", tail="", vacant_house=None, **WITHOUT_ROADS)
    on_disk.write(
        clean.parent / on_disk.PATHS["site"], on_disk.tables()["site"].assign(floor_area=100.0, storey=1)
    )
    assert gisplan("check", clean, "--strict").code == 0


def test_check_explains_one_verdict(gisplan, slight):
    before = on_disk.everything(slight.parent)
    said = gisplan("check", slight, "--explain", "K1")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("hub ")
    assert " 1. どの用途の、どのような工事か" in said.out
    assert "Which use, and which work?" in gisplan("check", slight, "--explain", "K1", "--language", "en").out
    (row,) = gisplan("check", slight, "--explain", "K1", "--json").json()
    assert row["layer"] == "hub"
    assert row["steps"]
    nobody = gisplan("check", slight, "--explain", "どこにもない")
    assert (nobody.code, "[law.no_subject]" in nobody.err) == (2, True)
    assert on_disk.everything(slight.parent) == before, "an explanation writes nothing"


def test_a_word_of_a_file_is_read_as_plan_toml_says(gisplan, tmp_path):
    plan = on_disk.build(tmp_path / "p", tail="", **WITHOUT_ROADS)
    hubs = on_disk.tables()["hub"].assign(用途="猫カフェ")
    on_disk.write(plan.parent / on_disk.PATHS["hub"], hubs)
    unknown = gisplan("check", plan)
    assert (unknown.code, "[code.unknown]" in unknown.err) == (2, True)
    assert "店舗・飲食店（shop_restaurant）" in unknown.err
    assert 'codes = { use = { "猫カフェ" = "…" } }' in unknown.err
    text = plan.read_text("utf-8")
    line = f'path = "{on_disk.PATHS["hub"]}"'
    assert line in text
    plan.write_text(
        text.replace(line, f'{line}\ncodes = {{ use = {{ "猫カフェ" = "店舗・飲食店" }} }}'), "utf-8"
    )
    read = gisplan("check", plan, "--out", tmp_path / "o")
    assert read.code == 0
    assert "猫カフェ → 店舗・飲食店" in (tmp_path / "o" / "tables" / "findings.csv").read_text("utf-8-sig")
    assert ",shop_restaurant," in (tmp_path / "o" / "tables" / "verdicts.csv").read_text("utf-8-sig")
    plan.write_text(plan.read_text("utf-8").replace('= "店舗・飲食店" }', '= "店舖" }'), "utf-8")
    wrong = gisplan("check", plan)
    assert (wrong.code, "[config.fill_code]" in wrong.err) == (3, True)


def test_the_made_up_town_is_copied_to_be_changed_and_run_again(gisplan, tmp_path):
    town = tmp_path / "shiomi"
    made = gisplan("init", town, "--demo")
    assert (made.code, made.out.splitlines()[0]) == (0, f"作りました：{town / 'plan.toml'}")
    assert f"gisplan run {town}" in made.out
    plan = town / "plan.toml"
    plan.write_text(plan.read_text("utf-8").replace("架空・汐見市 特定居住促進計画", "わたしの計画"), "utf-8")
    read = gisplan("check", town)
    assert (read.code, read.out.splitlines()[0]) == (0, "わたしの計画")
    again = gisplan("init", town, "--demo", "--language", "en")
    assert (again.code, "[config.exists]" in again.err) == (3, True)
    assert "わたしの計画" in plan.read_text("utf-8"), "nothing is overwritten"
    plan.unlink()
    taken = gisplan("init", town, "--demo")
    assert (taken.code, "[config.name_taken]" in taken.err) == (3, True)
    for arguments in ((tmp_path / "x",), (tmp_path / "x", "--demo", "--municipality", "22212")):
        unclear = gisplan("init", *arguments)
        assert (unclear.code, "--demo" in unclear.err) == (2, True)


def test_the_language_stands_before_or_after_the_command(gisplan):
    after = gisplan("layers", "zone", "--language", "en")
    assert "Use zone" in after.out
    assert gisplan("--language", "en", "layers", "zone").out == after.out
    assert gisplan("--language=en", "layers", "zone").out == after.out
    assert gisplan("--language", "ja", "layers", "zone", "--language", "en").out == after.out, (
        "the last one counts"
    )
    wrong = gisplan("--language", "en", "layers", "nowhere")
    assert "Did you mean" in wrong.err or "There is no" in wrong.err
    assert gisplan("--language", "fr", "layers").code == 3


# ---- what goes wrong -------------------------------------------------------------------------------------


def test_a_wrong_plan_ends_with_3_and_writes_nothing(gisplan, plan):
    plan.write_text(plan.read_text("utf-8").replace("[check]", "[chek]") + "\n[chek]\n", "utf-8")
    before = on_disk.everything(plan.parent)
    for command in ("check", "access", "map", "site", "run"):
        said = gisplan(command, plan)
        assert (said.code, said.out) == (3, "")
        assert "[config.unknown_key] plan.toml:" in said.err
        assert "Traceback" not in said.err
    assert on_disk.everything(plan.parent) == before


def test_a_missing_plan_or_folder_without_one_ends_with_3(gisplan, tmp_path):
    said = gisplan("run", tmp_path / "nowhere.toml")
    assert (said.code, "[config.missing]" in said.err) == (3, True)
    said = gisplan("run", tmp_path)
    assert (said.code, "[config.no_plan]" in said.err) == (3, True)
    assert not list(tmp_path.iterdir())


def test_wrong_input_ends_with_2(gisplan, plan):
    (plan.parent / on_disk.PATHS["zone"]).write_bytes(b"")
    said = gisplan("run", plan)
    assert (said.code, "[file.empty] data/zone.gpkg" in said.err) == (2, True)
    assert not (plan.parent / "out").exists()


def test_a_place_that_cannot_be_written_ends_with_74(gisplan, plan):
    said = gisplan("run", plan, "--out", plan / "out", "--language", "en")
    assert said.code == 74
    assert "The former results are untouched." in said.err


def test_problems_come_as_json_with_their_code_place_and_cure(gisplan, tmp_path):
    said = gisplan("run", tmp_path / "nowhere.toml", "--json")
    found = said.json()
    assert (said.code, found["exit_code"], said.err) == (3, 3, "")
    (problem,) = found["problems"]
    assert (problem["code"], problem["place"]) == ("config.missing", "nowhere.toml")
    assert all(problem[part][language] for part in ("what", "do") for language in ("ja", "en"))


@pytest.mark.parametrize("as_json", [False, True])
def test_a_bug_ends_with_70_and_shows_no_traceback(gisplan, ready, monkeypatch, as_json):
    def broken(*_args, **_named):
        raise RuntimeError("秘密の所有者H02")

    monkeypatch.setattr("gisplan.plan.run.compute", broken)
    monkeypatch.delenv("GISPLAN_DEBUG", raising=False)
    said = gisplan("check", ready, *(["--json"] if as_json else []))
    assert said.code == 70
    assert "Traceback" not in said.out + said.err
    assert "秘密" not in said.out + said.err, "a value of a row may stand in the error"
    assert "test_cli.py:" in said.out + said.err, "the developers need the place"
    if as_json:
        assert "RuntimeError" in said.json()["problems"][0]["what"]["en"]


def test_a_developer_may_ask_for_the_traceback(gisplan, ready, monkeypatch):
    def broken(*_args, **_named):
        raise RuntimeError("here")

    monkeypatch.setattr("gisplan.plan.run.compute", broken)
    monkeypatch.setenv("GISPLAN_DEBUG", "1")
    with pytest.raises(RuntimeError, match="here"):
        gisplan("check", ready)


def test_an_interrupted_run_ends_quietly(gisplan, ready, monkeypatch, tmp_path):
    def interrupted(*_args, **_named):
        raise KeyboardInterrupt

    monkeypatch.setattr("gisplan.plan.run.compute", interrupted)
    said = gisplan("run", ready, "--out", tmp_path / "o")
    assert (said.code, said.out, said.err) == (130, "", "")
    assert not list(tmp_path.iterdir())


# ---- in a process of its own -----------------------------------------------------------------------------


def test_python_m_gisplan_is_the_same():
    said = shell("layers", "zone", "--json")
    assert (said.returncode, said.stderr) == (0, "")
    assert json.loads(said.stdout)["name"] == "zone"


def test_japanese_goes_through_a_narrow_pipe(tmp_path):
    narrow = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    said = shell("run", tmp_path / "nowhere.toml", env=narrow)
    assert said.returncode == 3
    assert "設定ファイルがありません" in said.stderr


def test_a_reader_that_stops_early_gets_no_traceback():
    command = [sys.executable, "-m", "gisplan", "layers", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        error = process.stderr.read().decode("utf-8")
    assert "Traceback" not in error
    assert "BrokenPipe" not in error


@pytest.mark.skipif(os.name == "nt", reason="a shell closes the streams")
@pytest.mark.parametrize("closed", [">&-", "2>&- >/dev/null"])
def test_closed_streams_are_no_error(closed):
    command = ["sh", "-c", f'exec "$0" -m gisplan layers {closed}', sys.executable]
    said = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of files")
def test_a_small_disk_leaves_the_old_outputs(gisplan, tmp_path):
    """A limit on the size of files stands in for a full disk: it stops the workbook, or the GeoPackage."""
    import resource

    plan = on_disk.build(tmp_path / "village", tail="", **WITHOUT_ROADS)
    own, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    with on_disk.computed_once(plan.parent):
        assert gisplan("run", plan).code == 0
        before = on_disk.everything(plan.parent / "out")
        for limit in (3_000, 100_000):
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
            try:
                said = gisplan("run", plan, "--force")
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (own, most))
            assert said.code == 74, (limit, said.err)
            assert "[out.not_writable]" in said.err, limit
            assert "Traceback" not in said.err, limit
            assert on_disk.everything(plan.parent / "out") == before, limit
            assert sorted(path.name for path in plan.parent.iterdir()) == ["data", "out", "plan.toml"], limit


@pytest.mark.parametrize(("language", "said"), [("ja", "未評価"), ("en", "not assessed")])
def test_the_screen_says_not_assessed_of_a_hub_on_no_road_as_the_tables_do(gisplan, tmp_path, language, said):
    plan = on_disk.build(tmp_path / "village", tail=f"{on_disk.ACCESS}snap_m = 60\n")
    lines = gisplan("access", plan, "--language", language).out.splitlines()
    [away] = [line for line in lines if line.endswith("東の拠点") and line.strip() != "東の拠点"]
    [near] = [line for line in lines if line.endswith("西の拠点") and line.strip() != "西の拠点"]
    assert away.split() == [*said.split(), "東の拠点"]
    assert float(near.split()[0]) > 0.0


def test_a_run_writes_what_it_is_asked_for_alone(gisplan, ready, tmp_path):
    out = tmp_path / "out"
    assert gisplan("run", ready, "--out", out, "--only", "tables", "--only=geopackage").code == 0
    assert {path.name for path in out.iterdir()} == {
        "layers.gpkg", "layers.qgz", "manifest.json", "rejects.xlsx", "tables", "tables.xlsx"
    }  # fmt: skip
    said = gisplan("run", ready, "--out", out, "--only", "tabels")
    assert said.code == 3
    assert "tables" in said.err
    assert gisplan("run", ready, "--out", out, "--only", "tables").code == 3  # the GeoPackage would be gone
