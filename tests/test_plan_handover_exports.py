"""`gisplan export`: the layers of a plan as files, for whom they are, and what is said of a wrong name."""

import json

import pytest
from village import on_disk
from village.on_disk import OPEN_HOUSES, SECRETS, asked, everything

from gisplan.maps.layers import parts_of
from gisplan.plan.handover.exports import WRITERS
from gisplan.plan.outputs import EXPORTS
from gisplan.plan.picture import layers_of
from gisplan.plan.run import Request, run


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return on_disk.build(tmp_path_factory.mktemp("village"))


@pytest.fixture(scope="module")
def exported(plan):
    """Return a function that exports the village once for each audience, as both formats in one run."""
    made = {}

    def export(audience):
        if audience not in made:
            out = plan.parent / f"out-{audience}"
            made[audience] = run(
                Request(plan=plan, out=out, parts=("check",), outputs=("geojson", "kml"), audience=audience)
            )
        return made[audience]

    return export


def test_every_layer_of_the_map_is_a_file_of_each_format(exported):
    outcome = exported("internal")
    layers = [layer for layer in layers_of(outcome.results, outcome.released) if layer.kind != "table"]
    names = {f"{layer.name}.{form}" for layer in layers for form in EXPORTS}
    assert {name for name in everything(outcome.folder) if name != "manifest.json"} == names
    assert set(outcome.manifest["outputs"]) == names
    assert set(WRITERS) == EXPORTS
    for layer in layers:
        held = json.loads((outcome.folder / f"{layer.name}.geojson").read_text("utf-8"))
        assert len(held["features"]) == len(layer.table) == sum(len(part.rows) for part in parts_of(layer))
        assert held["credit"] == layer.credit.ja
        assert "本図は参考です" in held["notes"][0]


@pytest.mark.parametrize("audience", ["partner", "public"])
def test_outsiders_get_no_house_that_is_held_back_and_no_secret(exported, audience):
    held = everything(exported(audience).folder)
    houses = json.loads(held["vacant_house.geojson"])["features"]
    assert sorted(house["properties"]["id"] for house in houses) == list(OPEN_HOUSES)
    for secret in SECRETS:
        assert not [name for name, content in held.items() if secret.encode() in content]
    notes = json.loads(held["zone.geojson"])["notes"]
    assert any("5 件は含めていません" in note for note in notes)


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
