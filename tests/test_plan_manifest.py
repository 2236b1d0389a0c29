"""manifest.json: what a stranger needs to compute the outputs again; nothing of the machine or the hour."""

import datetime as dt
import hashlib
import json
import re
import shutil
import socket
from pathlib import Path

import pytest
from village import on_disk

from gisplan.plan import manifest
from gisplan.plan.run import Request, run


def done(plan, out, **options):
    return run(Request(plan=plan, out=out, **options))


def shrunk(folder):
    """Return the village without its slower parts, for questions about the manifest alone."""
    return on_disk.build(folder, tail="", road=None, interchange=None, vacant_house=None, medical=None)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return a folder with the village, its plan and its outputs."""
    folder = tmp_path_factory.mktemp("whole")
    plan = on_disk.build(folder)
    done(plan, folder / "out")
    return folder


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """Return a folder with a smaller village and its outputs, for tests to copy."""
    folder = tmp_path_factory.mktemp("once")
    done(shrunk(folder / "village"), folder / "out", outputs=("tables",), parts=("check",))
    return folder


@pytest.fixture
def small(once, tmp_path):
    """Return the plan of a smaller village with its outputs: copies that a test may spoil."""
    shutil.copytree(once, tmp_path, dirs_exist_ok=True)
    return tmp_path / "village" / "plan.toml", tmp_path / "out"


def again(small, **options):
    plan, out = small
    return done(plan, out, **({"outputs": ("tables",), "parts": ("check",)} | options))


def read(folder):
    return json.loads((folder / manifest.NAME).read_text("utf-8"))


def test_every_output_has_its_size_and_sha256(whole):
    outputs = read(whole / "out")["outputs"]
    found = on_disk.everything(whole / "out")
    assert outputs.keys() == found.keys() - {manifest.NAME}
    for name, entry in outputs.items():
        assert entry == {"sha256": hashlib.sha256(found[name]).hexdigest(), "bytes": len(found[name])}
    assert outputs.keys() >= {"map.html", "layers.gpkg", "tables.xlsx", "rejects.xlsx", "tables/verdicts.csv"}


def test_every_input_has_its_sha256_under_a_name_relative_to_the_plan(whole):
    inputs = read(whole / "out")["inputs"]
    assert inputs.keys() == set(on_disk.PATHS.values())
    for name, digest in inputs.items():
        assert digest == hashlib.sha256((whole / name).read_bytes()).hexdigest()


def test_no_clock_and_nothing_of_the_machine_is_told(whole):
    text = (whole / "out" / manifest.NAME).read_text("utf-8")
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    for private in (whole.as_posix(), str(Path.home()), socket.gethostname(), today):
        assert private not in text
    assert not re.search(r"\d{2}:\d{2}:\d{2}", text)
    assert read(whole / "out")["plan"]["law_date"] == "2026-11-01"


@pytest.mark.parametrize("name", ["map.html", "layers.gpkg", "tables/findings.csv"])
def test_no_output_tells_a_path_of_the_machine(whole, name):
    content = (whole / "out" / name).read_bytes()
    assert whole.as_posix().encode() not in content
    assert str(Path.home()).encode() + b"/" not in content


def test_rows_read_are_kept_mended_or_refused(whole):
    layers = read(whole / "out")["layers"]
    assert layers.keys() == on_disk.PATHS.keys()
    for layer in layers.values():
        for part in (layer, *layer["files"]):
            assert part["read"] == part["kept"] + part["mended"] + part["refused"]
    assert layers["vacant_house"]["read"] == 8
    assert layers["vacant_house"]["mended"] == 1


def test_versions_parameters_speeds_and_system_are_told(whole):
    content = read(whole / "out")
    assert content["plan"]["crs"] == "JGD2011 第VIII系 (EPSG:6676)"
    assert set(content["libraries"]) == set(manifest.LIBRARIES)
    assert content["parameters"]["access"]["destinations"] == ["interchange", "hub", "medical"]
    assert {row["road_class"] for row in content["speeds"]["used"]} == {"prefectural", "municipal"}
    assert content["speeds"]["source"]
    assert content["speeds"]["assumed"] == ["other"]
    assert content["speeds"]["time"] == "unspecified"


def test_the_same_question_leaves_the_files_alone(small):
    _, out = small
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    outcome = again(small)
    assert outcome.unchanged
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before
    assert outcome.manifest == read(out)


def test_force_computes_anew_to_the_same_bytes(small):
    _, out = small
    before = on_disk.everything(out)
    assert not again(small, force=True).unchanged
    assert on_disk.everything(out) == before


def test_a_run_elsewhere_gives_the_same_bytes(small, tmp_path):
    shutil.copytree(small[0].parent, tmp_path / "another place" / "村")
    plan = tmp_path / "another place" / "村" / "plan.toml"
    done(plan, tmp_path / "elsewhere", outputs=("tables",), parts=("check",))
    assert on_disk.everything(tmp_path / "elsewhere") == on_disk.everything(small[1])


def change_an_input(plan):
    path = plan.parent / on_disk.PATHS["hub"]
    path.write_text(path.read_text("utf-8").replace("東の拠点", "東の館"), "utf-8")


def change_the_plan(plan):
    plan.write_text(plan.read_text("utf-8").replace("村の計画", "村の新しい計画"), "utf-8")


def add_a_companion(plan):
    """Nothing of the shapefile changes but the encoding its .cpg states."""
    (plan.parent / "data" / "zone.cpg").write_text("UTF-8")


@pytest.mark.parametrize("change", [change_an_input, change_the_plan])
def test_a_changed_input_or_plan_is_computed_anew(small, change):
    change(small[0])
    assert not again(small).unchanged
    assert again(small).unchanged


def test_a_changed_companion_of_a_shapefile_is_computed_anew(tmp_path):
    plan = shrunk(tmp_path)
    on_disk.write(tmp_path / "data" / "zone.shp", on_disk.tables()["zone"])
    (tmp_path / "data" / "zone.cpg").unlink()
    plan.write_text(plan.read_text("utf-8").replace("zone.gpkg", "zone.shp"), "utf-8")
    asked = {"outputs": ("tables",), "parts": ("check",)}
    done(plan, tmp_path / "out", **asked)
    assert done(plan, tmp_path / "out", **asked).unchanged
    add_a_companion(plan)
    assert not done(plan, tmp_path / "out", **asked).unchanged


def test_a_changed_code_or_catalogue_is_computed_anew(small, monkeypatch):
    monkeypatch.setattr(manifest, "code_fingerprint", lambda: "another version")
    assert not again(small).unchanged
    monkeypatch.setattr(manifest, "folder_fingerprint", lambda _folder: "another catalogue")
    assert not again(small).unchanged
    assert again(small).unchanged


@pytest.mark.parametrize("options", [{"audience": "public"}, {"language": "en"}, {"houses": True}])
def test_another_question_is_computed_anew(small, options):
    assert not again(small, **options).unchanged


def test_a_damaged_or_missing_output_is_made_again(small):
    _, out = small
    before = on_disk.everything(out)
    (out / "tables.xlsx").write_bytes(b"damaged")
    assert not again(small).unchanged
    (out / "tables" / "verdicts.csv").unlink()
    assert not again(small).unchanged
    assert on_disk.everything(out) == before


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"gisplan": "0"}',
        '{"gisplan": "0", "outputs": 5}',
        '{"gisplan": "0", "outputs": {"x": 5}}',
        '{"gisplan": "0", "outputs": {"x": {}}}',
        '{"name": "the manifest of an app", "outputs": {}}',
    ],
)
def test_a_manifest_that_cannot_be_read_is_no_answer(tmp_path, text):
    (tmp_path / manifest.NAME).write_text(text, "utf-8")
    found = manifest.read_manifest(tmp_path)
    assert found is None or not manifest.intact(tmp_path, found)


def test_files_of_one_name_in_two_folders_are_both_told(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "data.csv").write_text(folder)
    found = manifest.fingerprints(("x/data.csv", tmp_path / folder / "data.csv") for folder in ("a", "b"))
    assert found == {
        "x/data.csv": hashlib.sha256(b"a").hexdigest(),
        "x/data.csv [2]": hashlib.sha256(b"b").hexdigest(),
    }


def test_a_manifest_says_what_it_was_asked_in_json_that_a_person_can_read(whole):
    text = (whole / "out" / manifest.NAME).read_text("utf-8")
    assert "村の計画" in text
    assert text.endswith("}\n")
    assert read(whole / "out")["parts"] == [
        "check",
        "access",
        "terrain",
        "site",
        "district",
        "scenario",
        "map",
        "tables",
        "geopackage",
        "figures",
        "report",
    ]
