"""The scripts that set gisplan up say plainly what went wrong, and their exit codes are honest."""

import importlib.util
import json
import os
import re
import string
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "scripts"
BACKSLASH = "\\"
UNREACHABLE = (
    "WARNING: Retrying after connection broken by 'NewConnectionError(...)'\nERROR: No matching distribution"
)


def load(name, monkeypatch):
    """Return a script as a module; `test` alone would be Python's own package of that name."""
    monkeypatch.syspath_prepend(SCRIPTS)
    spec = importlib.util.spec_from_file_location(f"script_{name}", SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def environment(monkeypatch, tmp_path):
    module = load("environment", monkeypatch)
    monkeypatch.setenv("GISPLAN_VENV", str(tmp_path / "venv"))
    return module


@pytest.fixture
def standing(environment, monkeypatch, tmp_path):
    """An environment that seems to stand: pip's part is played, and its calls are written down."""
    place = tmp_path / "venv"
    calls = []

    def install(_place, extras):
        calls.append(list(extras))

    def make(place):
        place.mkdir(parents=True, exist_ok=True)
        calls.append("made")

    monkeypatch.setattr(environment, "_make", make)
    monkeypatch.setattr(environment, "_install", install)
    monkeypatch.setattr(environment, "_runs", lambda place: place.is_dir())
    vendor = environment.ROOT / "gisplan" / "maps" / "_vendor"
    if not vendor.is_dir():
        pytest.skip("the web assets were not brought yet")
    return environment, place, calls


def test_an_environment_is_made_once(standing):
    environment, place, calls = standing
    assert environment.prepare() == environment.python_of(place)
    environment.prepare()
    assert calls == ["made", []]


def test_an_environment_learns_extras_and_keeps_them(standing):
    environment, place, calls = standing
    environment.prepare()
    environment.prepare(extras=("test",))
    environment.prepare()
    assert calls == ["made", [], ["test"]]
    assert json.loads((place / environment.STAMP).read_text())["extras"] == ["test"]


def test_a_script_goes_where_its_packages_are(standing, monkeypatch, tmp_path):
    environment, place, calls = standing
    script = tmp_path / "script.py"
    assert environment.elsewhere(str(script), (), needed=("pytest", "json")) is None
    assert calls == [], "where nothing is lacking nothing is made"
    ran = []
    monkeypatch.setattr(
        environment.subprocess, "run", lambda command, **_options: ran.append(command) or SimpleNamespace(returncode=5)
    )  # fmt: skip
    asked = {"needed": ("pytest", "no_such_package"), "extras": ("test",)}
    assert environment.elsewhere(str(script), ("--times", "3"), **asked) == 5
    assert ran == [[str(environment.python_of(place)), str(script), "--times", "3"]]
    monkeypatch.setattr(environment.sys, "executable", str(environment.python_of(place)))
    assert environment.elsewhere(str(script), (), **asked) is None, "the environment itself goes nowhere"


@pytest.mark.parametrize("script", ["fuzz.py", "campaign.py"])
def test_a_campaign_begins_in_a_python_that_has_no_packages(tmp_path, script):
    """`-S` hides all packages; the help is said before anything is installed."""
    told = subprocess.run(
        [sys.executable, "-S", SCRIPTS / script, "--help"], capture_output=True, check=False, cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )  # fmt: skip
    assert told.returncode == 0, told.stderr.decode()


def test_an_environment_is_mended_when_what_it_rests_on_has_changed(standing, monkeypatch):
    environment, _, calls = standing
    environment.prepare()
    monkeypatch.setattr(environment, "_hash", lambda: "another")
    environment.prepare()
    assert calls == ["made", [], []]


def test_a_broken_stamp_is_no_stamp(standing):
    environment, place, calls = standing
    environment.prepare()
    (place / environment.STAMP).write_text("{")
    environment.prepare()
    assert calls == ["made", [], []]


def test_every_stamped_file_exists_and_counts(environment, monkeypatch, tmp_path):
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    before = environment._hash()
    for name in environment.STAMPED:
        assert (ROOT / name).is_file()
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
        assert environment._hash() != before
        before = environment._hash()


def test_a_folder_that_is_no_environment_is_left_alone(environment, tmp_path, capsys):
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv" / "thesis.docx").write_text("precious")
    with pytest.raises(SystemExit) as ended:
        environment.prepare()
    assert ended.value.code == 1
    assert (tmp_path / "venv" / "thesis.docx").read_text() == "precious"
    assert "GISPLAN_VENV" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (UNREACHABLE, "No package registry could be reached"),
        ("ERROR: Could not install: [Errno 28] No space left on device", "The disk is full"),
        ("ERROR: No matching distribution found for rasterio", "does not exist for this Python"),
        ("/x/python: No module named pip", "has no pip"),
        ("[Errno 13] Permission denied", "cannot be written to"),
        ("error: metadata-generation-failed at https://host.example/x", "pip's last words"),
    ],
)
def test_a_failed_install_says_what_to_do_in_both_languages(
    environment, monkeypatch, tmp_path, capsys, words, said
):
    (tmp_path / "venv").mkdir()
    done = subprocess.CompletedProcess([], 1, stdout=words, stderr="")
    monkeypatch.setattr(environment.subprocess, "run", lambda *_, **__: done)
    with pytest.raises(SystemExit) as ended:
        environment._install(tmp_path / "venv", [])
    text = capsys.readouterr().err
    assert ended.value.code == 1
    assert said in text
    assert re.search("[ぁ-ん]", text.splitlines()[0])
    assert "host.example" not in text
    assert (tmp_path / "venv" / environment.LOG).read_text() == words
    assert not (tmp_path / "venv" / environment.STAMP).exists()


def test_packages_are_compiled_ahead_but_for_their_own_tests(environment, monkeypatch, tmp_path):
    place = tmp_path / "tests" / "venv"
    package = place / "lib" / "python3.99" / "site-packages" / "package"
    (package / "tests").mkdir(parents=True)
    for name in ("one.py", "broken.py", "tests/test_one.py"):
        (package / name).write_text("1 +" if name == "broken.py" else "1", "utf-8")
    monkeypatch.setattr(environment, "python_of", lambda _: Path(sys.executable))
    environment._compile(place)
    assert [path.name.split(".")[0] for path in package.rglob("*.pyc")] == ["one"]


def test_the_last_words_name_no_place_of_the_machine(environment):
    unix, windows = ("", "home", "taro", "setup.py"), ("C:", "Users", "taro", "a.py")
    address = "https://user:key@host.example/simple"
    words = f"File '{'/'.join(unix)}' from {address} and {BACKSLASH.join(windows)}, host='h.example'"
    said = environment.without_places(words)
    assert said == "File 'setup.py' from <address> and a.py, host=<host>"


def test_an_old_python_is_told_so(environment, monkeypatch, capsys):
    monkeypatch.setattr(environment.sys, "version_info", (3, 10, 1))
    with pytest.raises(SystemExit):
        environment.prepare()
    text = capsys.readouterr().err
    assert "Python 3.11 以上が必要です（今の Python は 3.10）" in text
    assert "needs Python 3.11 or newer (this one is 3.10)" in text


def test_the_oldest_python_is_that_of_the_package(environment):
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]
    assert wanted == ">=" + ".".join(map(str, environment.OLDEST))


def test_every_text_has_both_languages_and_is_said():
    texts = tomllib.loads((SCRIPTS / "texts.toml").read_text("utf-8"))
    code = "".join(path.read_text("utf-8") for path in SCRIPTS.rglob("*.py"))
    for name, text in texts.items():
        assert set(text) == {"ja", "en"}
        assert slots(text["ja"]) == slots(text["en"])
        assert f'"{name}"' in code
    said = re.findall(r'\b(?:say|fail)\("(\w+)"', code)
    assert set(said) <= set(texts)


def slots(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.fixture
def runner(monkeypatch):
    script = load("test", monkeypatch)
    monkeypatch.setattr(script.environment, "prepare", lambda **_: Path(sys.executable))
    monkeypatch.setattr(script.browser, "ensure", lambda _: "browser")
    monkeypatch.setattr(script.postgres, "ensure", lambda: "postgres")
    return script


def play(script, monkeypatch, *, failing=(), report=None):
    """Let every command end well but the failing ones; return the commands that were run."""
    commands = []

    def run(_python, command, variables, **_options):
        commands.append((command, variables))
        path = next((word.partition("=")[2] for word in command if word.startswith("--junit-xml=")), "")
        if path and report:
            Path(path).write_text(report, "utf-8")
        return 1 if command[0] in failing or " ".join(command[:2]) in failing else 0

    monkeypatch.setattr(script, "_run", run)
    return commands


REPORT = """<?xml version="1.0"?>
<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="7">"""
GOOD = REPORT.replace('errors="1" failures="2"', 'errors="0" failures="0"')


def test_counts_are_read_off_the_report(runner):
    assert runner.read_counts(REPORT) == (4, 3, 3)
    assert runner.read_counts("") == (0, 0, 0)


@pytest.mark.parametrize(
    ("failing", "report", "code", "line"),
    [
        ((), GOOD, 0, "10 passed, 0 failed, 3 skipped"),
        (("pytest",), REPORT, 1, "7 passed, 3 failed, 3 skipped"),
        (("mypy",), GOOD, 1, "9 passed, 1 failed, 3 skipped"),
        (("ruff check", "ruff format"), GOOD, 1, "8 passed, 2 failed, 3 skipped"),
        (("pytest",), None, 1, "3 passed, 1 failed, 0 skipped"),
    ],
)
def test_the_last_line_never_belies_the_exit_code(runner, monkeypatch, capsys, failing, report, code, line):
    play(runner, monkeypatch, failing=failing, report=report)
    assert runner.main([]) == code
    assert capsys.readouterr().out.splitlines()[-1] == line


def test_a_run_of_no_test_at_all_fails(runner, monkeypatch):
    play(runner, monkeypatch, report=GOOD.replace('tests="10"', 'tests="3"'))
    assert runner.main([]) == 1


def test_arguments_go_to_pytest_alone(runner, monkeypatch):
    commands = play(runner, monkeypatch)
    assert runner.main(["tests/test_x.py", "-k", "y"]) == 0
    [(command, variables)] = commands
    assert command == ("pytest", "tests/test_x.py", "-k", "y")
    assert variables["GISPLAN_BROWSER"] == "browser"
    assert "PYTHONPATH" not in variables


@pytest.mark.parametrize(("ci", "ends"), [("true", True), ("", False)])
def test_a_missing_browser_is_said_loudly_and_fails_where_it_must(runner, monkeypatch, capsys, ci, ends):
    monkeypatch.setattr(runner.browser, "ensure", lambda _: "")
    monkeypatch.delenv("GISPLAN_BROWSER", raising=False)
    monkeypatch.setenv("CI", ci)
    commands = play(runner, monkeypatch, report=GOOD)
    if ends:
        with pytest.raises(SystemExit) as ended:
            runner.main([])
        assert ended.value.code == 1
        assert commands == []
    else:
        assert runner.main([]) == 0
        assert "GISPLAN_BROWSER" not in commands[-1][1]
    assert "[WARNING]" in capsys.readouterr().err


@pytest.mark.parametrize(("ci", "ends"), [("true", True), ("", False)])
def test_a_missing_database_is_said_loudly_and_fails_where_it_must(runner, monkeypatch, capsys, ci, ends):
    monkeypatch.setattr(runner.postgres, "ensure", lambda: "")
    monkeypatch.setenv("CI", ci)
    commands = play(runner, monkeypatch, report=GOOD)
    if ends:
        with pytest.raises(SystemExit) as ended:
            runner.main([])
        assert ended.value.code == 1
        assert commands == []
    else:
        assert runner.main([]) == 0
    said = capsys.readouterr().err
    assert "PostGIS" in said
    assert "[WARNING]" in said


@pytest.fixture
def postgres(monkeypatch, tmp_path):
    """Return the script that finds the database, on a machine that has none."""
    module = load("postgres", monkeypatch)
    monkeypatch.setattr(module, "ROOTS", (str(tmp_path / "servers"),))
    monkeypatch.setattr(module, "SHARED", str(tmp_path / "shared"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("GISPLAN_POSTGRES_URL", raising=False)
    return module


def put_programs(folder, version, *, postgis):
    """Put what looks like PostgreSQL of a version into a folder, with PostGIS beside it or without."""
    place = folder / "servers" / version / "bin"
    place.mkdir(parents=True)
    suffix = ".exe" if os.name == "nt" else ""
    for name in ("initdb", "postgres", "psql"):
        (place / f"{name}{suffix}").write_text("", "utf-8")
    if postgis:
        control = place.parent / "share" / "extension" / "postgis.control"
        control.parent.mkdir(parents=True)
        control.write_text("", "utf-8")
    return str(place)


def test_the_newest_server_that_has_postgis_is_found(postgres, tmp_path):
    assert postgres.find() == ""
    put_programs(tmp_path, "9", postgis=True)
    newest = put_programs(tmp_path, "14", postgis=True)
    put_programs(tmp_path, "15", postgis=False)
    assert postgres.find() == newest
    assert postgres.ensure() == newest


def test_a_server_that_runs_already_is_not_looked_for(postgres, monkeypatch):
    monkeypatch.setenv("GISPLAN_POSTGRES_URL", "postgresql://u@host/postgres")
    assert postgres.ensure() == "GISPLAN_POSTGRES_URL"


def test_where_nothing_can_be_installed_nothing_is_tried(postgres, monkeypatch):
    monkeypatch.setattr(postgres, "_is_debian", lambda: False)
    monkeypatch.setattr(postgres, "_get_from_debian", lambda: pytest.fail("this is no Debian"))
    assert postgres.ensure() == ""


@pytest.fixture
def browser(monkeypatch, tmp_path):
    module = load("browser", monkeypatch)
    monkeypatch.setattr(module, "PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("GISPLAN_BROWSER", *module.WINDOWS_ROOTS):
        monkeypatch.delenv(name, raising=False)
    return module


def program(folder, name, code):
    """Write a program that ends with a code."""
    path = folder / name
    path.write_text(f"#!/bin/sh\nexit {code}\n")
    path.chmod(0o755)
    return str(path)


needs_shell = pytest.mark.skipif(os.name == "nt", reason="a shell script plays the browser")


@needs_shell
def test_a_browser_that_starts_is_found_on_the_path(browser, tmp_path):
    assert browser.find() == ""
    program(tmp_path, "chromium", 1)
    assert browser.find() == ""
    chrome = program(tmp_path, "google-chrome", 0)
    assert browser.find() == chrome


@needs_shell
def test_a_named_browser_comes_first(browser, monkeypatch, tmp_path):
    program(tmp_path, "chromium", 0)
    own = program(tmp_path, "mine", 0)
    monkeypatch.setenv("GISPLAN_BROWSER", own)
    assert browser.find() == own


@needs_shell
def test_what_cannot_be_got_is_an_empty_answer(browser, monkeypatch, tmp_path):
    monkeypatch.setattr(browser, "_get_from_debian", lambda: False)
    assert browser.ensure(Path(program(tmp_path, "python", 1))) == ""


def test_the_ci_script_only_calls_the_test_script():
    text = (ROOT / ".ci" / "run").read_text("utf-8")
    commands = [
        line.split()[:3] for line in text.splitlines() if line.strip().startswith(("exec", "pip", "apt"))
    ]
    assert commands == [["exec", '"$python"', "scripts/test.py"]]
    assert os.access(ROOT / ".ci" / "run", os.X_OK) or os.name == "nt"


def test_without_firefox_its_check_says_so(tmp_path, monkeypatch, capsys):
    check = load("firefox_check", monkeypatch)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert check.main([str(tmp_path)]) == 2
    assert "Firefox" in capsys.readouterr().err
