"""Outputs appear all at once or not at all; whatever fails, the old ones stay byte for byte."""

import errno
import os
import subprocess
import sys
import time

import pytest
from village.on_disk import everything

from gisplan.core.errors import ConfigurationError, DiskError
from gisplan.plan import write
from gisplan.plan.manifest import NAME, write_manifest
from gisplan.plan.write import FRESH, RETIRED, locked, refuse_foreign, replacing


def make(folder, **files):
    """Write outputs as a run does: the files, then a manifest that names them."""
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    outputs = {path.relative_to(folder).as_posix(): {} for path in folder.rglob("*") if path.is_file()}
    write_manifest(folder / NAME, {"gisplan": "0", "outputs": outputs})


def put(folder, error=None, **files):
    """Write outputs into a folder in the place of its old ones, or fail after that."""
    with locked(folder), replacing(folder) as fresh:
        make(fresh, **files)
        if error is not None:
            raise error


@pytest.fixture
def out(tmp_path):
    """Return an output folder with one earlier run."""
    folder = tmp_path / "out"
    put(folder, map="old map", tables__a="old table")
    return folder


def codes(raised):
    return [problem.code for problem in raised.value.problems]


def only(folder):
    """Return what stands beside an output folder."""
    return sorted(path.name for path in folder.parent.iterdir())


def test_new_outputs_take_the_place_of_the_old(out):
    put(out, map="new map")
    assert set(everything(out)) == {"map", NAME}
    assert everything(out)["map"] == b"new map"
    assert only(out) == ["out"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such bits")
def test_others_may_open_the_outputs(out):
    assert out.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyboardInterrupt(), MemoryError()])
def test_a_failure_in_the_middle_leaves_the_old_outputs(out, error):
    before = everything(out)
    with pytest.raises(type(error)):
        put(out, error, map="half a m")
    assert everything(out) == before
    assert only(out) == ["out"]


def full(*_args, **_named):
    raise OSError(errno.ENOSPC, "No space left on device")


def forbidden(*_args, **_named):
    raise PermissionError(errno.EACCES, "Permission denied")


@pytest.mark.parametrize("step", ["_sync", "_carry_over", "_swap"])
@pytest.mark.parametrize(("failing", "code"), [(full, "out.no_space"), (forbidden, "out.not_writable")])
def test_a_disk_that_fails_leaves_the_old_outputs(out, monkeypatch, step, failing, code):
    before = everything(out)
    monkeypatch.setattr(write, step, failing)
    with pytest.raises(DiskError) as raised:
        put(out, map="new")
    assert codes(raised) == [code]
    assert raised.value.exit_code == 74
    assert everything(out) == before
    assert only(out) == ["out"]


def wrapped(kind):
    """Return the error by which a writing library says that the disk failed."""
    import sqlite3

    import pyogrio.errors
    import xlsxwriter.exceptions

    return {
        "sqlite": sqlite3.OperationalError("database or disk is full"),
        "pyogrio": pyogrio.errors.DataSourceError("failed to write"),
        "xlsxwriter": xlsxwriter.exceptions.FileCreateError(OSError(errno.EACCES, "Permission denied")),
    }[kind]


@pytest.mark.parametrize(
    ("kind", "code"),
    [("sqlite", "out.no_space"), ("pyogrio", "out.not_writable"), ("xlsxwriter", "out.not_writable")],
)
def test_a_library_that_wraps_a_failing_disk_is_no_bug(out, kind, code):
    before = everything(out)
    with pytest.raises(DiskError) as raised:
        put(out, wrapped(kind), map="half")
    assert codes(raised) == [code]
    assert everything(out) == before


def test_too_little_room_is_said_before_anything_is_written(out, monkeypatch):
    before = everything(out)
    monkeypatch.setattr(write, "free_bytes", lambda _path: 1000)
    with pytest.raises(DiskError) as raised:
        put(out, map="new")
    assert codes(raised) == ["out.no_space"]
    assert raised.value.problems[0].values == {"needed": f"{write.LEAST_ROOM:,}", "free": "1,000"}
    assert everything(out) == before


def test_a_folder_that_cannot_be_written_is_said(out, monkeypatch):
    before = everything(out)
    monkeypatch.setattr(write.tempfile, "mkdtemp", forbidden)
    with pytest.raises(DiskError) as raised:
        put(out, map="new")
    assert codes(raised) == ["out.not_writable"]
    assert everything(out) == before


def test_a_place_below_a_file_is_said(tmp_path):
    (tmp_path / "file").write_text("text")
    with pytest.raises(DiskError) as raised:
        put(tmp_path / "file" / "deep" / "out", map="new")
    assert codes(raised) == ["out.not_writable"]
    assert (tmp_path / "file").read_text() == "text"


def test_a_folder_with_files_of_others_is_refused(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "holiday.jpg").write_bytes(b"jpg")
    (folder / NAME).write_text('{"name": "of an app", "outputs": {}}')
    for action in (lambda: put(folder, map="new"), lambda: refuse_foreign(folder)):
        with pytest.raises(ConfigurationError) as raised:
            action()
        assert codes(raised) == ["out.not_ours"]
        assert raised.value.problems[0].values["files"] == ["holiday.jpg", NAME]
    assert everything(folder)["holiday.jpg"] == b"jpg"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    path = tmp_path / "report.txt"
    path.write_text("mine")
    with pytest.raises(ConfigurationError) as raised:
        put(path, map="new")
    assert codes(raised) == ["out.not_ours"]
    assert path.read_text() == "mine"
    assert only(path) == ["report.txt"]


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "out").mkdir()
    put(tmp_path / "out", map="new")
    assert everything(tmp_path / "out")["map"] == b"new"


def test_files_of_the_user_beside_ours_are_carried_over(out):
    (out / "notes.txt").write_text("mine")
    (out / "tables" / "my.csv").write_text("mine, too")
    (out / "mine" / "deep").mkdir(parents=True)
    (out / "mine" / "deep" / "photo.jpg").write_bytes(b"jpg")
    put(out, map="new map")
    assert everything(out).keys() == {"map", NAME, "notes.txt", "tables/my.csv", "mine/deep/photo.jpg"}
    put(out, map="newer map", tables__a="again")
    assert everything(out)["tables/my.csv"] == b"mine, too"
    assert everything(out)["map"] == b"newer map"


def test_our_own_outputs_of_an_earlier_run_are_not_carried_over(out):
    put(out, other="only this")
    assert everything(out).keys() == {"other", NAME}


def test_a_folder_of_the_user_called_old_is_never_touched(out):
    backup = out.with_name("out.old")
    backup.mkdir()
    (backup / "kept.txt").write_text("a backup")
    put(out, map="new")
    assert everything(backup) == {"kept.txt": b"a backup"}


def test_a_run_killed_between_its_two_renames_is_put_right(out):
    before = everything(out)
    out.rename(out.with_name(f".out{RETIRED}"))
    out.with_name(f".out.abc{FRESH}").mkdir()
    (out.with_name(f".out.abc{FRESH}") / "map").write_text("half")
    with locked(out):
        assert everything(out) == before
    assert only(out) == ["out"]


def test_a_run_killed_after_its_second_rename_is_put_right(out):
    retired = out.with_name(f".out{RETIRED}")
    retired.mkdir()
    (retired / "map").write_text("older still")
    before = everything(out)
    with locked(out):
        assert everything(out) == before
    assert only(out) == ["out"]


def test_a_rename_that_fails_brings_the_old_outputs_back(out, monkeypatch):
    before = everything(out)
    path = type(out)
    rename = path.rename

    def second_fails(self, target):
        if self.name.endswith(FRESH):
            forbidden()
        return rename(self, target)

    monkeypatch.setattr(path, "rename", second_fails)
    with pytest.raises(DiskError):
        put(out, map="new")
    assert everything(out) == before
    assert only(out) == ["out"]


KILLED = """
import sys
from pathlib import Path
from gisplan.plan.write import locked, replacing
out = Path(sys.argv[1])
with locked(out), replacing(out) as fresh:
    (fresh / "map").write_text("half")
    print("in the middle", flush=True)
    import time
    time.sleep(60)
"""


def started(out, code):
    process = subprocess.Popen([sys.executable, "-c", code, str(out)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "in the middle\n"
    return process


def test_another_run_is_kept_out_and_a_killed_one_leaves_the_old_outputs(out):
    before = everything(out)
    process = started(out, KILLED)
    try:
        began = time.monotonic()
        with pytest.raises(ConfigurationError) as raised, locked(out):
            pass
        assert time.monotonic() - began < 5, "it is said at once, not after a wait"
        assert codes(raised) == ["run.locked"]
        assert raised.value.exit_code == 3
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert everything(out) == before
    put(out, map="new")
    assert everything(out)["map"] == b"new"
    assert only(out) == ["out"]


def test_a_lock_and_new_parents_leave_nothing_behind(tmp_path):
    with locked(tmp_path / "a" / "b" / "out"):
        assert (tmp_path / "a" / "b").is_dir()
    assert not list(tmp_path.iterdir())
    with locked(tmp_path / "a" / "b" / "out"), replacing(tmp_path / "a" / "b" / "out") as fresh:
        make(fresh, map="new")
    assert everything(tmp_path).keys() == {"a/b/out/map", f"a/b/out/{NAME}"}
