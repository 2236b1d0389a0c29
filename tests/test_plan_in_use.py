"""Whether another program holds an output is found without touching it."""

import os
import sqlite3

import pytest

from gisplan.plan import in_use as holds
from gisplan.plan import write
from gisplan.plan.in_use import companions, in_use
from gisplan.plan.manifest import NAME, write_manifest


@pytest.fixture
def out(tmp_path):
    """Return outputs of a run, with a GeoPackage."""
    folder = tmp_path / "out"
    folder.mkdir()
    with sqlite3.connect(folder / "layers.gpkg") as file:
        file.execute("CREATE TABLE t (x)")
    file.close()
    (folder / "tables.xlsx").write_bytes(b"xlsx")
    write_manifest(
        folder / NAME, {"gisplan": "0", "outputs": {"layers.gpkg": {}, "tables.xlsx": {}, "gone": {}}}
    )
    return folder


def held_by(out, *statements):
    file = sqlite3.connect(out / "layers.gpkg", isolation_level=None)
    for statement in statements:
        file.execute(statement)
    return file


def test_outputs_that_nobody_uses_are_free(out, tmp_path):
    before = (out / "layers.gpkg").read_bytes()
    assert in_use(out) == ()
    assert in_use(tmp_path / "none") == ()
    assert (out / "layers.gpkg").read_bytes() == before
    assert {path.name for path in out.iterdir()} == {"layers.gpkg", "tables.xlsx", NAME}


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (("BEGIN EXCLUSIVE",), ("layers.gpkg",)),
        (("BEGIN", "SELECT * FROM t"), ()),
        (("PRAGMA journal_mode = WAL", "BEGIN IMMEDIATE", "INSERT INTO t VALUES (1)"), ()),
    ],
)
def test_only_a_geopackage_that_is_being_written_to_is_held(out, statements, found):
    file = held_by(out, *statements)
    try:
        assert in_use(out) == found
    finally:
        file.close()


def test_a_file_that_is_no_database_is_not_held(out):
    (out / "layers.gpkg").write_bytes(b"no database at all")
    assert in_use(out) == ()


@pytest.mark.skipif(os.name == "nt", reason="Windows itself refuses there")
def test_what_windows_keeps_from_others_is_held(out, monkeypatch):
    from pathlib import Path

    opened = Path.open

    def refuses(self, mode="r", *args, **words):
        if "+" in mode and self.name == "tables.xlsx":
            raise PermissionError(13, "The process cannot access the file")
        return opened(self, mode, *args, **words)

    monkeypatch.setattr(Path, "open", refuses)
    assert holds._closed_to_others(out / "tables.xlsx")
    assert not holds._closed_to_others(out / "layers.gpkg")


def test_a_folder_is_moved_and_put_back_to_see_that_it_can_be(out, monkeypatch):
    from pathlib import Path

    from gisplan.core.errors import DiskError

    write._refuse_immovable(out)
    assert (out / "tables.xlsx").read_bytes() == b"xlsx"
    monkeypatch.setattr(write, "PAUSES", ())

    def refuses(_self, _target):
        raise PermissionError(13, "The process cannot access the file")

    monkeypatch.setattr(Path, "rename", refuses)
    with pytest.raises(DiskError) as raised:
        write._refuse_immovable(out)
    assert raised.value.problems[0].code == "out.locked"
    assert (out / "tables.xlsx").read_bytes() == b"xlsx"


def test_what_lies_beside_an_open_file_is_named():
    assert {"tables/~$a.xlsx", "tables/.~lock.a.xlsx#"} <= set(companions("tables/a.xlsx"))
    assert {"layers.gpkg-wal", "layers.gpkg-shm", "layers.gpkg-journal"} <= set(companions("layers.gpkg"))
