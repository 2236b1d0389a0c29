"""A new layer file is a good layer file from the start, and names every key that may stand in it."""

import importlib.util
import re
from pathlib import Path

import pytest

from gisplan.layers import catalogue, spec

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def new_layer(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    found = importlib.util.spec_from_file_location("script_new_layer", ROOT / "scripts" / "new_layer.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.mark.parametrize("kind", ["point", "line", "polygon", "raster", "table"])
def test_a_new_layer_is_read_at_once(new_layer, tmp_path, kind, capsys):
    arguments = ["park", "--group", "life", "--kind", kind, "--ja", '公"園\\', "--layers", str(tmp_path)]
    assert new_layer.main(arguments) == 0
    [layer] = catalogue.read_catalogue(tmp_path).values()
    assert (layer.name, layer.group, layer.kind) == ("park", "life", kind)
    assert (layer.title.ja, layer.title.en) == ("公園", "park")
    assert layer.style.by == "class"
    assert "gisplan layers park" in capsys.readouterr().err


def test_a_new_layer_explains_every_key(new_layer):
    text = new_layer.skeleton("park", kind="point")
    models = (spec.LayerModel, spec.SourceModel, spec.FieldModel, spec.StyleModel)
    keys = {name for model in models for name in model.model_fields} - {"source", "fields", "style"}
    assert {key for key in keys if not re.search(rf"^(# )?{key} = ", text, re.MULTILINE)} == set()
    assert set(new_layer.GROUPS) == set(spec.GROUPS)


def test_a_layer_is_never_overwritten(new_layer, tmp_path, capsys):
    new_layer.main(["park", "--group", "life", "--layers", str(tmp_path)])
    before = (tmp_path / "life" / "park.toml").read_bytes()
    with pytest.raises(SystemExit) as ended:
        new_layer.main(["park", "--group", "base", "--layers", str(tmp_path)])
    assert ended.value.code == 1
    assert (tmp_path / "life" / "park.toml").read_bytes() == before
    assert not (tmp_path / "base").exists()
    assert "layers/life/park.toml" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["Park", "公園", "1park", "../park", "park.toml"])
def test_a_name_that_cannot_be_a_layer_is_refused(new_layer, tmp_path, name):
    with pytest.raises(SystemExit):
        new_layer.main([name, "--layers", str(tmp_path)])
    assert list(tmp_path.iterdir()) == []
