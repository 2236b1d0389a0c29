"""Only one process holds a folder; the second is told who does; what a dead one left holds up nobody."""

import json
import subprocess
import sys

import pytest

from gisplan.core.errors import ConfigurationError
from gisplan.core.lock import HOLDER, LOCK, held

HOLD = """
import sys, time
from pathlib import Path
from gisplan.core.lock import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def refused(target):
    with pytest.raises(ConfigurationError) as raised, held(target):
        pass
    (problem,) = raised.value.problems
    assert (problem.code, problem.place) == ("run.locked", target.name)
    return problem.what


def test_it_is_held_once_and_leaves_nothing(tmp_path):
    target = tmp_path / "data" / "cache"
    with held(target):
        said = json.loads((target.parent / f".cache{HOLDER}").read_text("utf-8"))
        assert str(said["process"]) in refused(target).ja
        with held(target.with_name("other")):
            pass
    assert not list(tmp_path.iterdir())
    with held(target):
        pass


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"process": 1}', "null"])
def test_a_holder_that_cannot_be_read_is_no_reason_to_fail(tmp_path, text):
    with held(tmp_path / "out"):
        (tmp_path / f".out{HOLDER}").write_text(text, "utf-8")
        assert "読み取れません" in refused(tmp_path / "out").ja


def test_a_killed_process_holds_nothing(tmp_path):
    target = tmp_path / "out"
    with subprocess.Popen([sys.executable, "-c", HOLD, target], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        assert str(process.pid) in refused(target).en
        process.kill()
    assert {path.name for path in tmp_path.iterdir()} == {f".out{LOCK}", f".out{HOLDER}"}
    with held(target):
        pass
    assert not list(tmp_path.iterdir())


def test_a_hostile_holder_is_shown_without_effect(tmp_path):
    with held(tmp_path / "out"):
        holder = {"process": "\x1b[31m1", "computer": "\u202eabc", "since": "x\ny"}
        (tmp_path / f".out{HOLDER}").write_text(json.dumps(holder), "utf-8")
        with pytest.raises(ConfigurationError) as raised, held(tmp_path / "out"):
            pass
    said = raised.value.say("ja")
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert len(said.splitlines()) == 3
