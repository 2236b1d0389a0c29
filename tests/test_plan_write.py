"""Outputs appear all at once or not at all; whatever fails, the old ones stay byte for byte."""

import datetime as dt
import errno
import os
import platform
import sqlite3
import subprocess
import sys
import time

import pytest
from village.on_disk import everything

from gisplan.core.errors import ConfigurationError, DiskError
from gisplan.plan import write
from gisplan.plan.manifest import NAME, write_manifest
from gisplan.plan.write import FRESH, RETIRED, locked, refuse_foreign, refuse_hindered, replacing, room_needed


def make(folder, **files):
    """Write outputs as a run does: the files, then a manifest that names them."""
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    outputs = {path.relative_to(folder).as_posix(): {} for path in folder.rglob("*") if path.is_file()}
    write_manifest(folder / NAME, {"gisplan": "0", "outputs": outputs})


def put(folder, error=None, needed=0, **files):
    """Write outputs into a folder in the place of its old ones, or fail after that."""
    with locked(folder), replacing(folder, needed=needed) as fresh:
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
@pytest.mark.parametrize(("failing", "code"), [(full, "out.disk_full"), (forbidden, "out.not_writable")])
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
    [("sqlite", "out.disk_full"), ("pyogrio", "out.not_writable"), ("xlsxwriter", "out.not_writable")],
)
def test_a_library_that_wraps_a_failing_disk_is_no_bug(out, kind, code):
    before = everything(out)
    with pytest.raises(DiskError) as raised:
        put(out, wrapped(kind), map="half")
    assert codes(raised) == [code]
    if kind == "pyogrio":
        assert "failed to write" in raised.value.problems[0].what.ja, "its own words say more than ours"
    assert everything(out) == before


def test_too_little_room_is_said_before_anything_is_written(out, monkeypatch):
    before = everything(out)
    monkeypatch.setattr(write, "free_bytes", lambda _path: 1000)
    with pytest.raises(DiskError) as raised:
        put(out, needed=2000, map="new")
    assert codes(raised) == ["out.disk_full"]
    assert raised.value.problems[0].values == {"needed": "2,000", "free": "1,000"}
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
    with pytest.raises(DiskError) as raised:
        put(out, map="new")
    assert codes(raised) == ["out.locked"]
    assert everything(out) == before
    assert only(out) == ["out"]


def failing_renames(monkeypatch, steps, number=errno.EACCES):
    """Let renames fail as Windows does where a program has a file of the folder open: the n-th from the start."""
    from pathlib import Path

    rename, done = Path.rename, []
    monkeypatch.setattr(write, "PAUSES", ())

    def fails(self, target):
        done.append(self.name)
        if len(done) in steps:
            raise OSError(number, "The process cannot access the file")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    return done


@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.EACCES, "out.locked"),
        (errno.EPERM, "out.locked"),
        (errno.EBUSY, "out.locked"),
        (errno.EXDEV, "out.mount"),
        (errno.EIO, "out.not_writable"),
    ],
)
def test_a_folder_that_cannot_be_exchanged_is_left_as_it_is(out, monkeypatch, step, number, code):
    before = everything(out)
    with monkeypatch.context() as patched:
        failing_renames(patched, {step}, number)
        with pytest.raises(DiskError) as raised:
            put(out, map="new")
    assert codes(raised) == [code]
    assert everything(out) == before
    assert only(out) == ["out"]
    if code == "out.locked":
        assert "QGISやExcelで開いていませんか" in raised.value.problems[0].cure.ja


def test_a_scanner_that_looks_for_a_moment_is_waited_for(out, monkeypatch):
    done = failing_renames(monkeypatch, {1, 2, 4})
    monkeypatch.setattr(write, "PAUSES", (0.0, 0.0))
    put(out, map="new")
    assert everything(out)["map"] == b"new"
    assert len(done) == 5


def test_old_outputs_that_could_not_be_put_back_are_named_and_come_back_with_the_next_run(out, monkeypatch):
    before = everything(out)
    with monkeypatch.context() as patched:
        failing_renames(patched, {2, 3})
        with pytest.raises(DiskError) as raised:
            put(out, map="new")
    assert codes(raised) == ["out.set_aside"]
    assert f".out{RETIRED}" in raised.value.problems[0].what.ja
    assert everything(out.with_name(f".out{RETIRED}")) == before
    with locked(out):
        assert everything(out) == before
    assert only(out) == ["out"]


def test_old_outputs_that_cannot_be_brought_back_yet_are_said_and_kept(out, monkeypatch):
    before = everything(out)
    aside = out.with_name(f".out{RETIRED}")
    out.rename(aside)
    with monkeypatch.context() as patched:
        failing_renames(patched, {1})
        with pytest.raises(DiskError) as raised:
            put(out, map="new")
    assert codes(raised) == ["out.locked"]
    assert everything(aside) == before
    with locked(out):
        assert everything(out) == before


def test_an_output_that_cannot_be_read_is_not_taken_for_intact(out, monkeypatch):
    from gisplan.plan import manifest

    told = {"outputs": {name: {"sha256": manifest.sha256_of(out / name)} for name in ("map", "tables/a")}}
    assert manifest.intact(out, told)
    monkeypatch.setattr(manifest, "sha256_of", forbidden)
    assert not manifest.intact(out, told)


def test_a_geopackage_that_another_program_writes_to_is_not_replaced(tmp_path):
    folder = tmp_path / "out"
    with locked(folder), replacing(folder) as fresh:
        with sqlite3.connect(fresh / "layers.gpkg") as file:
            file.execute("CREATE TABLE t (x)")
        file.close()
        make(fresh, map="old")
    before = everything(folder)
    other = sqlite3.connect(folder / "layers.gpkg", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        began = time.monotonic()
        for action in (lambda: refuse_hindered(folder), lambda: put(folder, map="new")):
            with pytest.raises(DiskError) as raised:
                action()
            assert codes(raised) == ["out.locked"]
            assert raised.value.problems[0].values["files"] == ("layers.gpkg",)
        assert time.monotonic() - began < 2
        other.execute("INSERT INTO t VALUES (1)")
        other.execute("ROLLBACK")
    finally:
        other.close()
    assert everything(folder) == before
    assert only(folder) == ["out"]
    put(folder, map="new")
    assert everything(folder)["map"] == b"new"


def test_what_other_programs_keep_beside_an_open_file_does_not_come_to_the_new_one(out):
    for name in ("map-wal", "map-journal", "~$map", ".~lock.map#", "tables/a-shm", "tables/~$a"):
        (out / name).write_text("of the old file")
    (out / "~$mine.docx").write_text("of a file of the user")
    put(out, map="new", tables__a="new")
    assert everything(out).keys() == {"map", "tables/a", NAME, "~$mine.docx"}


def test_an_empty_folder_made_where_the_outputs_were_missed_is_no_loss(out):
    (out / "notes.txt").write_text("mine")
    before = everything(out)
    out.rename(out.with_name(f".out{RETIRED}"))
    out.mkdir()
    with locked(out):
        assert everything(out) == before
    assert only(out) == ["out"]


def test_old_outputs_set_aside_are_kept_where_something_else_stands_in_their_place(out):
    before = everything(out)
    out.rename(out.with_name(f".out{RETIRED}"))
    out.mkdir()
    (out / "photo.jpg").write_bytes(b"jpg")
    with pytest.raises(ConfigurationError) as raised:
        put(out, map="new")
    assert codes(raised) == ["out.not_ours"]
    assert everything(out.with_name(f".out{RETIRED}")) == before
    assert everything(out) == {"photo.jpg": b"jpg"}


@pytest.mark.parametrize(
    "name", ["焼津市 特定居住 #1 100%", "結" * 84, "a'b;c&d!e[1]{2}", "..out", "-out", "out "]
)
def test_odd_and_long_names_are_names(tmp_path, name):
    folder = tmp_path / name
    put(folder, map="old")
    put(folder, map="new")
    assert everything(folder)["map"] == b"new"
    assert only(folder) == [name]
    folder.rename(write.hidden(folder, RETIRED))
    with locked(folder):
        assert everything(folder)["map"] == b"new"


def test_the_room_that_is_asked_for_follows_the_last_outputs_or_what_is_read(out, tmp_path, monkeypatch):
    large = tmp_path / "input.csv"
    large.write_bytes(bytes(1_000_000))
    own = sum(map(len, everything(out).values()))
    assert room_needed(out, [large]) == write.LEAST_ROOM + own
    assert room_needed(tmp_path / "none", [large, tmp_path / "gone"]) == write.LEAST_ROOM + 1_000_000
    monkeypatch.setattr(write, "MOST_GUESSED", 10)
    assert room_needed(tmp_path / "none", [large]) == write.LEAST_ROOM + 10


def test_the_top_of_a_drive_is_refused_at_once(out, monkeypatch):
    before = everything(out)
    monkeypatch.setattr(os.path, "ismount", lambda path: path == out)
    with pytest.raises(DiskError) as raised:
        put(out, map="new")
    assert codes(raised) == ["out.mount"]
    assert everything(out) == before


def test_a_disk_that_is_too_small_is_said_before_anything_is_computed(small_disk):
    disk, _ = small_disk
    place = disk(2048)
    began = time.monotonic()
    with pytest.raises(DiskError) as raised, locked(place / "out"):
        refuse_hindered(place / "out", needed=room_needed(place / "out", []))
    assert time.monotonic() - began < 2
    assert codes(raised) == ["out.disk_full"]
    assert not list(place.iterdir())


def test_a_disk_that_runs_full_in_the_middle_keeps_the_old_outputs(small_disk):
    disk, _ = small_disk
    place = disk(2048)
    put(place / "out", map="o" * 900_000)
    before = everything(place / "out")
    with pytest.raises(DiskError) as raised:
        put(place / "out", map="n" * 3_000_000)
    assert codes(raised) == ["out.disk_full"]
    values = {name: int(text.replace(",", "")) for name, text in raised.value.problems[0].values.items()}
    assert values["needed"] > values["free"] > 900_000
    assert everything(place / "out") == before
    assert only(place / "out") == ["out"]


def test_a_read_only_disk_is_said_at_once(small_disk):
    disk, read_only = small_disk
    place = disk(2048)
    (place / "file").write_text("text")
    read_only()
    began = time.monotonic()
    with pytest.raises(DiskError) as raised:
        put(place / "out", map="new")
    assert time.monotonic() - began < 2
    assert codes(raised) == ["out.not_writable"]
    assert "読み取り専用" in raised.value.problems[0].what.ja
    assert everything(place) == {"file": b"text"}


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
        for said in (raised.value.problems[0].what.ja, raised.value.problems[0].what.en):
            assert str(process.pid) in said
            assert platform.node() in said
            assert dt.datetime.now().astimezone().strftime("%Y-%m-") in said
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
