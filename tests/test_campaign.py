"""The campaign of kills in short: whatever moment is hit, the outputs stand as they were or as they shall be."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from gisplan.plan.outputs import ALL

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def kill(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    from campaigns import kill

    return kill


def test_runs_killed_at_any_moment_damage_nothing(tmp_path):
    times = "10" if hasattr(os, "fork") else "4"  # each is a run of its own there
    command = [sys.executable, ROOT / "scripts" / "campaign.py", "kill", "--times", times, "--seed", "7"]
    for output in ("map", "tables", "geopackage"):  # figures and papers are killed in the whole campaign
        command += ["--only", output]
    done = subprocess.run(command, capture_output=True, check=False, cwd=tmp_path)
    said = done.stdout.decode()
    assert done.returncode == 0, said + done.stderr.decode()
    assert "seed 7" in said
    assert f"{times} kills, 0 damaged" in said
    assert not list(tmp_path.iterdir())


def test_any_output_of_a_run_can_be_tried_alone(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    import campaign

    assert campaign.OUTPUTS == ALL


@pytest.fixture
def ground(kill, tmp_path):
    """Return a place with outputs in Japanese, that a run was to replace by those in English."""
    whole = {"ja": {"a": b"ja", "b": b"1"}, "en": {"a": b"en", "b": b"2"}}
    found = kill.Ground(plan=tmp_path / "p", out=tmp_path / "out", whole=whole, seconds={}, calls=0)
    found.out.mkdir()
    for name, data in whole["ja"].items():
        (found.out / name).write_bytes(data)
    return found


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (lambda _out: None, "old"),
        (lambda out: [(out / name).write_bytes(data) for name, data in (("a", b"en"), ("b", b"2"))], "new"),
        (lambda out: (out / "a").write_bytes(b"en"), "damaged"),
        (lambda out: (out / "a").write_bytes(b"j"), "damaged"),
        (lambda out: (out / "b").unlink(), "damaged"),
        (lambda out: (out / "c").write_bytes(b""), "damaged"),
        (lambda out: out.rename(out.with_name("elsewhere")), "damaged"),
        (lambda out: out.rename(out.with_name(".out.gisplan-old")), "aside"),
    ],
)
def test_outputs_that_are_mixed_cut_or_gone_are_seen(kill, ground, change, state):
    before = kill.everything(ground.out)
    change(ground.out)
    assert kill._state(ground, before, "en") == state


def test_a_first_run_leaves_nothing_or_all(kill, ground):
    assert kill._state(ground, None, "ja") == "new"
    assert kill._state(ground, None, "en") == "damaged"
    kill._clear(ground.out)
    assert kill._state(ground, None, "en") == "none"


def test_the_table_names_what_was_damaged(kill):
    tally = kill.Tally(damage=["timed ja at 0.5000: damaged, killed: True"])
    tally.found["timed"] = Counter(old=3, damaged=1, ended=2)
    lines = kill.shown(tally).splitlines()
    assert lines[2].split() == ["timed", "4", "3", "0", "0", "0", "1", "2", "0"]
    assert lines[-1].startswith("timed ja")
    assert tally.kills == 3
