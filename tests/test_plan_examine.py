"""What is told of the data of a plan: all of it to the office, and outside nothing that is withheld."""

import dataclasses
import json
import os
import shutil
from pathlib import Path

import pytest
from village import on_disk

from gisplan.core.checkup import Rows
from gisplan.core.errors import ConfigurationError
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.layers.load import RefusedError
from gisplan.plan import manifest
from gisplan.plan.examine import PAGE, refusal_in, told_of_refusal, told_of_results
from gisplan.plan.run import ALL, Request, run

OUTSIDE = ("partner", "public")
CATALOGUE = read_catalogue(packaged_folder())
CHECK = {"parts": ("check",), "outputs": ("tables", PAGE)}
REFUSED = {"check.html", "check.json", "manifest.json", "rejects.xlsx"}


def broken(folder):
    """Write the village with personal text in what is wrong with it, and three files that stop it."""
    plan = on_disk.build(
        folder,
        vacant_house=f'path = "{on_disk.PATHS["vacant_house"]}"\nwhere = "所有者 != \'秘密の所有者H07\'"',
    )
    houses = on_disk.houses().astype({"緯度": object})
    houses["出典"] = [f"秘密の備考{name}" if name == "H02" else "調査" for name in on_disk.HOUSES]
    houses.loc[4, "緯度"] = "秘密の住所H05"
    on_disk.write(folder / on_disk.PATHS["vacant_house"], houses)
    lots = on_disk.tables()["site"].assign(空き家="秘密の備考")
    on_disk.write(folder / on_disk.PATHS["site"], lots)
    text = plan.read_text("utf-8").replace("[layers.site]", '[layers.site]\ncolumns = { vacant = "空き家" }')
    plan.write_text(text, "utf-8")
    on_disk.write(folder / on_disk.PATHS["hub"], on_disk.tables()["hub"].assign(用途="秘密の備考の用途"))
    (folder / on_disk.PATHS["zone"]).write_bytes(b"")
    return plan


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """Return a plan of which every file can be read, which no test changes."""
    plan = on_disk.build(tmp_path_factory.mktemp("ready"))
    with on_disk.computed_once(plan.parent):
        yield plan


def small(folder, **changes):
    """Build the village without its slower layers."""
    left_out = dict.fromkeys(("road", "interchange", "medical", "city_planning_area", "area_division"))
    return on_disk.build(folder, tail="", **(left_out | changes))


@pytest.fixture(scope="module")
def outcome(ready):
    """Return a check of the plan for the office; no test changes it."""
    return run(Request(plan=ready, out=None, parts=("check",), outputs=()))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return the folder of a plan and of all outputs of a run of it, for tests to copy."""
    folder = tmp_path_factory.mktemp("whole")
    run(Request(plan=small(folder / "p"), out=folder / "out", parts=("check",), outputs=ALL))
    return folder


@pytest.fixture(scope="module")
def office(spoilt, tmp_path_factory):
    """Return all that the office is told of the refused files."""
    out = tmp_path_factory.mktemp("office") / "out"
    assert refused(spoilt, out=out, audience="internal").problems
    return "\n".join(written(out).values())


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    """Return a plan with files that are refused, which no test changes."""
    return broken(tmp_path_factory.mktemp("spoilt"))


def refused(plan, **options):
    with pytest.raises(RefusedError) as raised:
        run(Request(plan=plan, **{"out": None, **CHECK, **options}))
    return raised.value


def by_name(checkup):
    return {layer.layer: layer for layer in checkup.layers}


def written(folder):
    return {
        path.name: path.read_text("utf-8") for path in folder.iterdir() if path.suffix in {".html", ".json"}
    }


# ---- the office ----------------------------------------------------------------------------------------


def test_the_office_is_told_every_layer_with_its_light(ready, outcome):
    told = told_of_results(outcome.results, outcome.released)
    lights = {name: layer.light for name, layer in by_name(told).items()}
    assert lights["promotion_area"] in {"yellow", "green", "red"}
    assert lights["elevation"] == "grey"
    assert not by_name(told)["elevation"].given
    assert set(lights) == set(CATALOGUE)
    houses = by_name(told)["vacant_house"]
    assert (houses.rows, houses.light) == (Rows(read=8, kept=7, mended=1), "yellow")
    assert houses.files[0].sha256 == manifest.sha256_of(ready.parent / on_disk.PATHS["vacant_house"])[:12]
    assert (told.judged, told.place, told.law_date) == (True, "村", "2026-11-01")
    assert sum(tally.count for tally in told.verdicts) == len(outcome.results.checked.verdicts)


def test_every_finding_of_a_check_is_told_once(outcome):
    told = told_of_results(outcome.results, outcome.released)
    rows = outcome.released.tables["findings"]
    assert sorted((f.code, f.layer, f.subject) for f in told.findings) == sorted(
        zip(rows["code"], rows["layer"], rows["subject"], strict=True)
    )


def test_a_light_says_what_the_findings_of_its_layer_say(outcome):
    for layer in told_of_results(outcome.results, outcome.released).given:
        grave = {row.severity for row in layer.findings if row.code != "data.not_assessed"}
        assert (layer.light == "red") == ("S1" in grave)
        assert not (layer.light == "green" and grave & {"S2", "S3"})


def test_refused_files_are_told_beside_all_others(spoilt):
    told = told_of_refusal(refused(spoilt).examination)
    layers = by_name(told)
    for name in ("hub", "vacant_house", "zone"):
        assert layers[name].light == "red"
    (empty,) = layers["zone"].stops
    assert (empty.code, empty.place, empty.file) == ("file.empty", "data/zone.gpkg", "data/zone.gpkg")
    assert empty.what.ja != empty.what.en
    assert all(text.ja and text.en for stop in told.stops for text in (stop.what, stop.do))
    assert layers["interchange"].rows == Rows(read=1, kept=1)
    assert layers["road"].files[0].crs_how == "file"
    assert (told.judged, told.verdicts) == (False, ())


def test_the_first_twenty_rows_of_a_file_that_were_refused_are_told(tmp_path):
    plan = small(tmp_path)
    houses = on_disk.houses().loc[[0] * 30].assign(管理番号=[f"A{n}" for n in range(30)], 緯度="なし")
    on_disk.write(tmp_path / on_disk.PATHS["vacant_house"], houses)
    outcome = run(Request(plan=plan, out=None, parts=("check",), outputs=()))
    layer = by_name(told_of_results(outcome.results, outcome.released))["vacant_house"]
    assert (layer.light, layer.rows.refused) == ("red", 30)
    assert [reject.row for reject in layer.rejects] == list(range(2, 22))
    assert "なし" in layer.rejects[0].value


def test_an_empty_file_is_grey_and_not_green(tmp_path):
    plan = small(tmp_path, medical=f'path = "{on_disk.PATHS["medical"]}"')
    on_disk.write(tmp_path / on_disk.PATHS["medical"], on_disk.tables()["medical"].iloc[:0])
    outcome = run(Request(plan=plan, out=None, parts=("check",), outputs=()))
    layer = by_name(told_of_results(outcome.results, outcome.released))["medical"]
    assert (layer.light, layer.assessed, layer.given) == ("grey", False, True)


# ---- outside the office ------------------------------------------------------------------------------------


@pytest.mark.parametrize("audience", OUTSIDE)
def test_a_refusal_tells_outsiders_no_value_of_a_cell(spoilt, office, tmp_path, audience):
    out = tmp_path / "out"
    for secret in ("秘密の備考H02", "秘密の備考の用途", "秘密の所有者H07", "data/vacant_house.csv"):
        assert secret in office, "the office is told, or this test shows nothing"
    refused(spoilt, out=out, audience=audience)
    assert {path.name for path in out.iterdir()} == REFUSED - {"rejects.xlsx"}
    for name, text in written(out).items():
        assert "秘密" not in text, name
        assert "vacant_house.csv" not in text, name
        assert not any(house in text for house in on_disk.HOUSES), name


@pytest.mark.parametrize("audience", OUTSIDE)
def test_a_refusal_tells_outsiders_codes_files_and_cures(spoilt, audience):
    told = told_of_refusal(refused(spoilt, audience=audience).examination)
    layers = by_name(told)
    (hub,) = layers["hub"].stops
    assert (hub.code, hub.file, hub.place, hub.what.ja) == (
        "code.unknown",
        "data/hub.csv",
        "data/hub.csv",
        "",
    )
    assert "…" in hub.do.ja
    assert "秘密" not in hub.do.ja
    assert layers["vacant_house"].stops
    assert {stop.file for stop in layers["vacant_house"].stops} == {""}
    for layer in told.layers:
        assert layer.rejects == ()
        assert all(not finding.reason.ja and not finding.subject for finding in layer.findings)
        assert all(file.sha256 == "" for file in layer.files)


@pytest.mark.parametrize("audience", OUTSIDE)
def test_outsiders_are_told_no_number_of_houses(ready, tmp_path, audience):
    out = tmp_path / "out"
    outcome = run(Request(plan=ready, out=out, audience=audience, **CHECK))
    houses = by_name(told_of_results(outcome.results, outcome.released))["vacant_house"]
    assert (houses.rows, houses.files, houses.light, houses.told) == (None, (), "grey", False)
    assert {row.code for row in houses.findings} <= set(outcome.released.tables["findings"]["code"])
    for name in ("check.html", "check.json"):
        text = (out / name).read_text("utf-8")
        assert "秘密" not in text
        assert "vacant_house.csv" not in text
        closed = [name for name in on_disk.HOUSES if name not in on_disk.OPEN_HOUSES]
        assert not any(house in text for house in closed)


def test_no_byte_of_the_page_depends_on_a_house_held_back(tmp_path):
    """Two lists that differ only in what is withheld give outsiders the same page."""
    pages = []
    for number, change in enumerate(({}, {"所有者": "別人", "建築年": 1950, "備考": "秘密"})):
        folder = tmp_path / str(number)
        plan = small(folder)
        houses = on_disk.houses().assign(建築年=1980).astype({"建築年": object})
        for column, value in change.items():
            houses.loc[houses["管理番号"] == "H02", column] = value
        on_disk.write(folder / on_disk.PATHS["vacant_house"], houses)
        out = folder / "out"
        run(Request(plan=plan, out=out, audience="public", **CHECK))
        pages.append([(out / name).read_bytes() for name in ("check.html", "check.json")])
    assert pages[0] == pages[1]


# ---- what is written ---------------------------------------------------------------------------------------


def test_a_check_writes_its_page_beside_its_tables(tmp_path):
    plan, out = small(tmp_path / "p"), tmp_path / "out"
    outcome = run(Request(plan=plan, out=out, **CHECK))
    assert {path.name for path in out.iterdir()} == REFUSED | {"tables", "tables.xlsx"}
    assert not refusal_in(out)
    held = json.loads((out / "check.json").read_text("utf-8"))
    told = told_of_results(outcome.results, outcome.released)
    assert held == json.loads(json.dumps(dataclasses.asdict(told)))
    before = on_disk.everything(out)
    assert run(Request(plan=plan, out=out, **CHECK)).unchanged
    assert not run(Request(plan=plan, out=out, anew=True, **CHECK)).unchanged
    assert on_disk.everything(out) == before, "the same input, the same bytes"


def test_a_refusal_takes_the_place_of_an_earlier_check_and_is_never_taken_for_an_answer(tmp_path):
    plan, out = small(tmp_path / "p"), tmp_path / "out"
    run(Request(plan=plan, out=out, **CHECK))
    zone = plan.parent / on_disk.PATHS["zone"]
    whole = zone.read_bytes()
    zone.write_bytes(b"")
    refused(plan, out=out)
    assert {path.name for path in out.iterdir()} == REFUSED, "no table of other data beside the page"
    assert refusal_in(out)
    refused(plan, out=out)  # the second time, too
    zone.write_bytes(whole)
    assert not run(Request(plan=plan, out=out, **CHECK)).unchanged
    assert not refusal_in(out)
    assert (out / "tables").is_dir()


def test_notes_of_a_user_stay_when_a_refusal_is_written(tmp_path):
    plan, out = small(tmp_path / "p"), tmp_path / "out"
    run(Request(plan=plan, out=out, **CHECK))
    (out / "memo.txt").write_text("覚え書き", "utf-8")
    (plan.parent / on_disk.PATHS["zone"]).write_bytes(b"")
    refused(plan, out=out)
    assert (out / "memo.txt").read_text("utf-8") == "覚え書き"


@pytest.mark.parametrize("options", [{}, {"force": True}, {"anew": True}])
def test_a_check_that_is_refused_never_destroys_a_whole_run(whole, tmp_path, options):
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    plan, out = tmp_path / "p" / "plan.toml", tmp_path / "out"
    before = on_disk.everything(out)
    (plan.parent / on_disk.PATHS["zone"]).write_bytes(b"")
    with pytest.raises((ConfigurationError, RefusedError)) as raised:
        run(Request(plan=plan, out=out, **CHECK, **options))
    codes = [problem.code for problem in raised.value.problems]
    assert codes == (["file.empty"] if "force" in options else ["out.larger"])
    assert on_disk.everything(out) == before


def test_other_commands_write_nothing_of_a_refusal(tmp_path):
    plan, out = on_disk.build(tmp_path / "p"), tmp_path / "out"
    (plan.parent / on_disk.PATHS["zone"]).write_bytes(b"")
    refused(plan, out=out, parts=("check", "access"), outputs=ALL)
    assert not out.exists()


def test_the_refusal_of_the_same_data_is_the_same_bytes(spoilt, tmp_path):
    for name in ("a", "b"):
        refused(spoilt, out=tmp_path / name)
    assert on_disk.everything(tmp_path / "a") == on_disk.everything(tmp_path / "b")


# ---- real data -----------------------------------------------------------------------------------------------


@pytest.mark.real
def test_the_files_of_yaizu_are_told_as_they_were_read(real_data, tmp_path):
    own = Path(__file__).parent / "real" / "yaizu" / "plan.toml"
    plan = tmp_path / "plan" / "plan.toml"
    plan.parent.mkdir()
    place = Path(os.path.relpath(real_data, plan.parent)).as_posix()
    plan.write_text(own.read_text("utf-8").replace("../../../../shared/data", place), "utf-8")
    out = tmp_path / "out"
    outcome = run(Request(plan=plan, out=out, layers=packaged_folder(), **CHECK))
    told = by_name(told_of_results(outcome.results, outcome.released))
    assert len([layer for layer in told.values() if layer.given]) == 17
    zone = told["zone"]
    assert (zone.light, zone.rows) == ("yellow", Rows(read=98, kept=93, mended=5))
    assert {(file.encoding, file.encoding_how) for file in zone.files} == {("cp932", "strict")}
    assert len(zone.files) == 11
    assert told["vacant_house"].rows.mended == 2400
    assert [layer.layer for layer in told.values() if layer.light == "red"] == []
    assert (out / "check.html").stat().st_size < 300_000


CORPUS = {
    "enc_mixed.csv": ("vacant_house", "enc.mixed"),
    "shp_noprj": ("neighbourhood", "crs.missing"),
    "shp_trunc": ("area_division", "file.truncated"),
    "zip_bomb.zip": ("flood", "sec.zip_bomb"),
    "empty.csv": ("shop", "file.empty"),
    "gj_nan.geojson": ("school", "geom.nan"),
    "tif_nogeo.tif": ("elevation", "raster.georef"),
    "vrt_as.csv": ("childcare", "sec.vrt"),
}


@pytest.mark.real
def test_each_bad_file_of_a_plan_is_on_the_page(real_data, tmp_path):
    bad = real_data.parent / "corpus" / "bad"
    lines = ['[plan]\ntitle = "悪い資料"\nmunicipality = ["20215"]\ndate = 2026-11-01\n']
    for name, (layer, _) in CORPUS.items():
        source = bad / name
        inside = next(source.glob("*.shp")).name if source.is_dir() else ""
        if inside:
            shutil.copytree(source, tmp_path / name)
        else:
            shutil.copy(source, tmp_path / name)
        lines.append(f'[layers.{layer}]\npath = "{f"{name}/{inside}" if inside else name}"\n')
    plan = tmp_path / "plan.toml"
    plan.write_text("\n".join(lines), "utf-8")
    out = tmp_path / "out"
    error = refused(plan, out=out, layers=packaged_folder())
    told = by_name(told_of_refusal(error.examination))
    page = (out / "check.html").read_text("utf-8")
    for name, (layer, code) in CORPUS.items():
        assert told[layer].light == "red"
        assert code in {stop.code for stop in told[layer].stops}, name
        assert all(stop.file.startswith(name) for stop in told[layer].stops)
        assert code in page
        assert name in page


def test_every_wrong_file_at_once(tmp_path):
    """However many layers are stopped, each is told, and no reading stops at the first."""
    plan = on_disk.build(tmp_path)
    for path in on_disk.PATHS.values():
        (tmp_path / path).write_bytes(b"")
    told = told_of_refusal(refused(plan).examination)
    assert {layer.layer for layer in told.layers if layer.light == "red"} == set(on_disk.PATHS)
    assert len(told.stops) == len(on_disk.PATHS)
