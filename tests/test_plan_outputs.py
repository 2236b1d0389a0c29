"""Whichever writer the disk fails: the old outputs stay, nothing is left, and the user is told; odd places work."""

import errno
import os
import shutil
import time
from pathlib import Path

import pyogrio
import pyogrio.errors
import pytest
import xlsxwriter.workbook
from village import on_disk
from village.on_disk import everything

from gisplan.core.errors import ConfigurationError, DiskError, InputError
from gisplan.maps import assets, layers
from gisplan.plan import run as runs
from gisplan.plan import write
from gisplan.plan.outputs import ALL
from gisplan.plan.run import Request, run

PLACES = {"csv": "verdicts.csv", "readme": "README.txt", "html": "map.html", "manifest": "manifest.json"}

FEW = ("map", "tables", "geopackage")
"""The outputs whose writers are let fail."""


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return on_disk.build(tmp_path_factory.mktemp("village"))


@pytest.fixture(scope="module")
def outcome(plan, tmp_path_factory):
    """Return a whole run of the plan."""
    return run(Request(plan=plan, out=tmp_path_factory.mktemp("whole") / "out"))


@pytest.fixture(scope="module")
def remembered(outcome):
    """Return the results of the plan: what is tried here comes after them."""
    return outcome.results


@pytest.fixture
def again(plan, remembered, monkeypatch):
    """Return a function that runs the plan, computing nothing anew."""
    monkeypatch.setattr(runs, "_results", lambda *_asked: remembered)
    return lambda out, outputs=ALL: run(Request(plan=plan, out=out, outputs=outputs, force=True))


@pytest.fixture(scope="module")
def whole(outcome):
    """Return the outputs of a whole run, for tests to copy."""
    return outcome.folder


def failing(monkeypatch, writer):
    """Let the disk be full for one writer."""

    def full(*_args, **_words):
        raise OSError(errno.ENOSPC, "No space left on device")

    def full_database(*_args, **_words):
        raise pyogrio.errors.DataSourceError("sqlite3_exec(...) failed: database or disk is full")

    if writer == "xlsx":
        monkeypatch.setattr(xlsxwriter.workbook, "ZipFile", full)
    elif writer == "gpkg":
        monkeypatch.setattr(pyogrio, "write_dataframe", full_database)
    elif writer == "gpkg styles":
        monkeypatch.setattr(layers, "_finish", lambda *_args, **_words: full())
    else:
        for name in ("write_bytes", "write_text"):
            real = getattr(Path, name)
            monkeypatch.setattr(
                Path,
                name,
                lambda self, *args, real=real, **words: (
                    full() if self.name == PLACES[writer] else real(self, *args, **words)
                ),
            )


@pytest.mark.parametrize("writer", ["xlsx", "gpkg", "gpkg styles", *PLACES])
def test_a_disk_that_is_full_for_one_writer_keeps_the_old_outputs(
    again, whole, tmp_path, monkeypatch, writer
):
    out = shutil.copytree(whole, tmp_path / "out")
    (out / "notes.txt").write_bytes(b"mine")
    before = everything(out)
    with monkeypatch.context() as patched:
        failing(patched, writer)
        with pytest.raises(DiskError) as raised:
            again(out, FEW)
    (problem,) = raised.value.problems
    assert (problem.code, raised.value.exit_code) == ("out.disk_full", 74)
    assert everything(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("share", [0.05, 0.6, 0.95])
def test_a_real_disk_that_runs_full_on_the_way_keeps_the_old_outputs(
    again, whole, small_disk, monkeypatch, share
):
    disk, _ = small_disk
    before = everything(whole)
    place = disk(int(sum(map(len, before.values())) * (1 + share) / 1024))
    out = shutil.copytree(whole, place / "out")
    monkeypatch.setattr(write, "LEAST_ROOM", 0)
    monkeypatch.setattr(runs, "room_needed", lambda *_asked: 0)
    with pytest.raises(DiskError) as raised:
        again(out)
    assert [problem.code for problem in raised.value.problems] == ["out.disk_full"], repr(
        raised.value.__cause__
    )
    assert everything(out) == before
    assert [path.name for path in place.iterdir()] == ["out"]


def test_a_full_disk_is_said_within_two_seconds_and_before_anything_is_computed(
    plan, small_disk, monkeypatch
):
    monkeypatch.setattr(runs, "_results", lambda *_asked: pytest.fail("it was computed first"))
    disk, _ = small_disk
    place = disk(1024)
    run_out = Request(plan=plan, out=place / "out")
    began = time.monotonic()
    with pytest.raises(DiskError) as raised:
        run(run_out)
    assert time.monotonic() - began < 2
    (problem,) = raised.value.problems
    assert problem.code == "out.disk_full"
    assert int(problem.values["needed"].replace(",", "")) >= write.LEAST_ROOM
    assert not list(place.iterdir())


def test_a_plan_and_its_outputs_may_lie_in_odd_places(plan, whole, tmp_path):
    """B103: the same bytes come out wherever the plan and its outputs lie, however long the path."""
    deep = tmp_path / "!共有" / "焼津市 特定居住 #1 100%" / "a&b;c[d]{e}'f" / ("深" * 80) / ("結" * 80)
    shutil.copytree(plan.parent, deep, ignore=shutil.ignore_patterns("out*"))
    out = deep / ("果" * 80)
    run(Request(plan=deep / "plan.toml", out=out))
    assert everything(out) == everything(whole)
    assert {path.name for path in deep.iterdir()} == {"plan.toml", "data", out.name}


def test_files_with_odd_names_are_read(tmp_path):
    odd = "用途 #1 100% [写し]!&.gpkg"
    left_out = dict.fromkeys(on_disk.PATHS.keys() - {"zone", "site"})
    plan = on_disk.build(tmp_path / "v", tail="", **(left_out | {"zone": f'path = "data/{odd}"'}))
    (tmp_path / "v" / on_disk.PATHS["zone"]).rename(tmp_path / "v" / "data" / odd)
    outcome = run(Request(plan=plan, out=None, parts=("check",)))
    assert len(outcome.results.atlas.layers["zone"].table) == 13


def test_signs_that_cp932_lacks_stop_the_run_and_nothing_is_lost(tmp_path):
    """B008: characters, table, row and the cure are said; the old outputs stay."""
    left_out = dict.fromkeys(("road", "interchange", "medical", "vacant_house"))
    plan = on_disk.build(tmp_path / "v", tail='[output]\ncsv_encoding = "cp932"\n', **left_out)
    request = Request(plan=plan, out=tmp_path / "out", parts=("check",), outputs=("tables",))
    run(request)
    before = everything(tmp_path / "out")
    assert "第一種低層" in before["tables/verdicts.csv"].decode("cp932")
    assert before["tables/README.txt"].decode("utf-8-sig")
    hubs = on_disk.tables()["hub"].assign(名称=["﨑の拠点〜①", "𠮷野♡の拠点"])
    on_disk.write(tmp_path / "v" / on_disk.PATHS["hub"], hubs)
    with pytest.raises(InputError) as raised:
        run(request)
    named = {problem.place: problem for problem in raised.value.problems}
    assert {problem.code for problem in raised.value.problems} == {"enc.unencodable"}
    said = named["tables/verdicts.csv"].say("ja")
    assert "𠮷（U+20BB7）" in said
    assert "♡（U+2661）" in said
    assert "﨑" not in said.split("：")[1].split("。")[0]
    assert "名称" in said
    assert 'csv_encoding を "utf-8"' in said
    assert everything(tmp_path / "out") == before
    on_disk.write(tmp_path / "v" / on_disk.PATHS["hub"], hubs.assign(名称=["﨑の拠点〜①", "−②"]))
    run(request)
    held = (tmp_path / "out" / "tables" / "verdicts.csv").read_bytes().decode("cp932")
    assert "﨑の拠点～①" in held
    assert "'－②" not in held


def test_outputs_held_open_are_said_before_anything_is_computed(plan, whole, tmp_path, monkeypatch):
    shutil.copytree(whole, tmp_path / "out")
    before = everything(tmp_path / "out")
    monkeypatch.setattr(runs, "_results", lambda *_asked: pytest.fail("it was computed first"))
    monkeypatch.setattr(write, "in_use", lambda _folder: ("tables.xlsx",))
    with pytest.raises(DiskError) as raised:
        run(Request(plan=plan, out=tmp_path / "out", force=True))
    assert raised.value.problems[0].values["files"] == ("tables.xlsx",)
    assert everything(tmp_path / "out") == before


@pytest.mark.skipif(os.name == "nt", reason="Windows links need a right of their own")
def test_a_map_without_its_web_assets_is_refused_before_anything_is_computed(plan, tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "LEAFLET", "leaflet-none")
    monkeypatch.setattr(runs, "_results", lambda *_asked: pytest.fail("computed"))
    with pytest.raises(ConfigurationError) as refused:
        run(Request(plan=plan, out=tmp_path / "out"))
    assert refused.value.problems[0].code == "maps.assets_missing"
    with pytest.raises(pytest.fail.Exception, match="computed"):
        run(Request(plan=plan, out=tmp_path / "out", outputs=("tables",)))


def test_outputs_behind_a_link_are_replaced_and_the_link_stays(again, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    again(tmp_path / "link", FEW)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "map.html").is_file()
