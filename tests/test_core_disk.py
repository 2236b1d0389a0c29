"""One file is written whole or not at all, and a path is reached however long it is."""

import errno
import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisplan.core import disk
from gisplan.core.disk import PART, disk_error, extended, hidden, size_of, whole, write_whole
from gisplan.core.errors import DiskError


def test_a_file_is_written_with_its_folder_and_nothing_beside_it(tmp_path):
    path = tmp_path / "a" / "b" / "計画 #1 100%.toml"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert [one.name for one in path.parent.iterdir()] == [path.name]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such bits")
def test_a_file_may_be_read_by_others_as_the_user_wishes(tmp_path):
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "a.toml", b"")
    finally:
        os.umask(before)
    assert (tmp_path / "a.toml").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyboardInterrupt(), OSError(errno.ENOSPC, "full")])
def test_what_fails_in_the_middle_leaves_the_old_file(tmp_path, error):
    path = tmp_path / "a.tif"
    path.write_bytes(b"old")

    def fail():
        with whole(path) as part:
            assert part.suffix == ".tif"
            part.write_bytes(b"ne")
            raise error

    with pytest.raises(type(error)):
        fail()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "out.disk_full"),
        (errno.EDQUOT, "out.disk_full"),
        (errno.EACCES, "out.not_writable"),
        (errno.EXDEV, "out.not_writable"),
        (errno.EROFS, "out.not_writable"),
    ],
)
def test_a_disk_that_fails_is_said_and_the_old_file_stays(tmp_path, monkeypatch, call, number, code):
    path = tmp_path / "plan.toml"
    path.write_bytes(b"old")

    def fails(*_args):
        raise OSError(number, "no")

    monkeypatch.setattr(os, call, fails)
    with pytest.raises(DiskError) as raised:
        write_whole(path, b"new")
    monkeypatch.undo()
    assert [problem.code for problem in raised.value.problems] == [code]
    assert raised.value.exit_code == 74
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_run_left_half_filled_is_cleared_the_next_day(tmp_path):
    forgotten, young = tmp_path / f".a{PART}.npz", tmp_path / f".b{PART}.npz"
    for path in (forgotten, young):
        path.write_bytes(b"half")
    yesterday = time.time() - disk.FORGOTTEN_SECONDS - 60
    os.utime(forgotten, (yesterday, yesterday))
    write_whole(tmp_path / "c.npz", b"")
    assert {path.name for path in tmp_path.iterdir()} == {young.name, "c.npz"}


def test_the_room_that_is_said_to_be_needed_is_more_than_there_is(tmp_path):
    (problem,) = disk_error(
        OSError(errno.ENOSPC, ""), place="out", folder=tmp_path / "none", needed=1
    ).problems
    needed, free = (int(problem.values[name].replace(",", "")) for name in ("needed", "free"))
    assert needed > free > 0


def test_an_error_without_a_number_is_said_all_the_same(tmp_path):
    (problem,) = disk_error(OSError("odd"), place="out", folder=tmp_path).problems
    assert "OSError" in problem.what.ja


@pytest.mark.parametrize(
    ("path", "form"),
    [
        (r"C:\plan\out", r"C:\plan\out"),
        ("C:/plan/out", r"C:\plan\out"),
        ("C:\\" + "結" * 200, "\\\\?\\C:\\" + "結" * 200),
        ("C:/a/" + "b" * 200 + "/c", "\\\\?\\C:\\a\\" + "b" * 200 + "\\c"),
        (r"\\server\share\計画 #1", r"\\server\share\計画 #1"),
        ("\\\\server\\share\\" + "b" * 200, "\\\\?\\UNC\\server\\share\\" + "b" * 200),
        ("\\\\?\\C:\\" + "b" * 300, "\\\\?\\C:\\" + "b" * 300),
    ],
)
def test_a_long_windows_path_gets_the_form_without_a_limit(path, form):
    assert extended(path) == form
    assert extended(form) == form


@given(st.text(min_size=1).filter(lambda name: not set("/\0") & set(name) and name not in {".", ".."}))
def test_a_hidden_sibling_is_a_name_that_every_file_system_takes(name):
    from pathlib import Path

    path = Path("/place") / name
    other = hidden(path, ".a1b2c3d4.gisplan-new")
    assert other.parent == path.parent
    assert other.name.startswith(".")
    assert len(other.name.encode("utf-8", "surrogatepass")) <= 255


def test_the_size_of_a_folder_is_that_of_its_files(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "x").write_bytes(bytes(10))
    (tmp_path / "a" / "b" / "y").write_bytes(bytes(5))
    assert (size_of(tmp_path), size_of(tmp_path / "none")) == (15, 0)
