"""What is handed over of a plan: layers as files of each format and the project of QGIS, for whom they are."""

import json
import zipfile
from xml.etree import ElementTree as ET

import pyogrio
import pytest
from village import on_disk
from village.on_disk import HOUSES, OPEN_HOUSES, SECRETS, asked, everything

from gisplan.maps.layers import parts_of
from gisplan.plan.handover.exports import WRITERS
from gisplan.plan.outputs import EXPORTS
from gisplan.plan.picture import layers_of
from gisplan.plan.run import Request, run

OUTPUTS = ("geojson", "kml", "geopackage")


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return on_disk.build(tmp_path_factory.mktemp("village"))


@pytest.fixture(scope="module")
def exported(plan):
    """Return a function that hands over the village once for each audience, in every form in one run."""
    made = {}

    def export(audience):
        if audience not in made:
            out = plan.parent / f"out-{audience}"
            made[audience] = run(
                Request(plan=plan, out=out, parts=("check",), outputs=OUTPUTS, audience=audience)
            )
        return made[audience]

    return export


def test_every_layer_of_the_map_is_a_file_of_each_format(exported):
    outcome = exported("internal")
    layers = [layer for layer in layers_of(outcome.results, outcome.released) if layer.kind != "table"]
    names = {f"{layer.name}.{form}" for layer in layers for form in EXPORTS}
    assert set(outcome.manifest["outputs"]) == {*names, "layers.gpkg", "layers.qgz"}
    assert set(WRITERS) == EXPORTS
    for layer in layers:
        held = json.loads((outcome.folder / f"{layer.name}.geojson").read_text("utf-8"))
        assert len(held["features"]) == len(layer.table) == sum(len(part.rows) for part in parts_of(layer))
        assert held["credit"] == layer.credit.ja
        assert "本図は参考です" in held["notes"][0]


def test_outsiders_get_no_house_that_is_held_back_and_no_secret(exported):
    held = everything(exported("public").folder)
    houses = json.loads(held["vacant_house.geojson"])["features"]
    assert sorted(house["properties"]["id"] for house in houses) == list(OPEN_HOUSES)
    for secret in SECRETS:
        assert not [name for name, content in held.items() if secret.encode() in content]
    notes = json.loads(held["zone.geojson"])["notes"]
    assert any("5 件は含めていません" in note for note in notes)


@pytest.fixture(params=["internal", "public"])
def outcome(request, exported):
    return exported(request.param)


@pytest.fixture
def text(outcome):
    with zipfile.ZipFile(outcome.folder / "layers.qgz") as archive:
        return archive.read("layers.qgs").decode()


def test_the_project_of_qgis_names_what_the_geopackage_holds_and_nothing_else(outcome, text):
    root = ET.fromstring(text.partition("\n")[2])  # noqa: S314 (our own file)
    named = {one.text.partition("|layername=")[2] for one in root.iter("datasource")}
    assert named == {str(name) for name, _ in pyogrio.list_layers(outcome.folder / "layers.gpkg")} - {
        "layer_styles"
    }
    assert {"verdicts", "vacant_house", "hub"} <= named
    inside = [name for name in ("house_counts", "double_listings") if name in named]
    assert bool(inside) is (outcome.plan.audience == "internal")


def test_the_project_says_for_whom_it_is_and_tells_no_secret(outcome, text):
    assert "本図は参考です" in text
    assert ("公開用。同意のない空家等 5 件は含めていません" in text) is (outcome.plan.audience == "public")
    assert not [secret for secret in (*SECRETS, *(set(HOUSES) - set(OPEN_HOUSES))) if secret in text]


def test_the_project_names_no_place_of_this_machine(outcome, text):
    assert str(outcome.folder.parent) not in text
    assert "http" not in text.replace("http://mrcc.com/qgis.dtd", "")


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """Return a plan that is computed in no time."""
    others = dict.fromkeys(set(on_disk.PATHS) - {"municipality", "zone", "hub"})
    return on_disk.build(tmp_path_factory.mktemp("few"), tail="", **others)


def test_the_command_writes_the_layers_that_are_asked_for(few, tmp_path, capsys, monkeypatch):
    def export(*more):
        return asked(capsys, "export", few, "--out", tmp_path / "o", *more, monkeypatch=monkeypatch)

    said = export("--format", "kml", "--layer", "zone", "--language", "en")
    assert (said.code, said.err) == (0, "")
    assert everything(tmp_path / "o").keys() == {"zone.kml", "manifest.json"}
    assert b"This map is for reference" in (tmp_path / "o" / "zone.kml").read_bytes()
    before = everything(tmp_path / "o")
    wrong = export("--format", "kml", "--layer", "zon")
    assert wrong.code == 3
    assert "近い名前：zone" in wrong.err
    assert everything(tmp_path / "o") == before
    wrong = export("--format", "geojsn")
    assert wrong.code == 3
    assert "近い名前：geojson" in wrong.err
    assert export("--format", "kml", "--layer", "hub", "--language", "en").code == 0
    assert everything(tmp_path / "o").keys() == {"hub.kml", "manifest.json"}


def test_the_outputs_of_a_run_are_not_replaced_by_an_export(few, tmp_path, capsys, monkeypatch):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "manifest.json").write_text(
        '{"gisplan": "0", "parts": ["map"], "outputs": {}}', "utf-8"
    )
    said = asked(capsys, "export", few, "--format", "kml", "--out", tmp_path / "out", monkeypatch=monkeypatch)
    assert said.code == 3
    assert "out.larger" in said.err
