"""The script that asks QGIS itself: what it reads off the map page, what it finds wrong, what it says without QGIS."""

from dataclasses import replace

import pytest
import trial_map
from conftest import from_scripts

from gisplan.maps import interactive

check = from_scripts("qgis_check")


@pytest.fixture(scope="module")
def told():
    return list(check.on_map(interactive.html(trial_map.page())))


def test_the_layers_are_read_off_the_page_in_the_order_of_drawing(told):
    layers = sorted(trial_map.page().layers, key=lambda layer: layer.style.order)
    assert [one.name for one in told] == [layer.name for layer in layers]
    zone = next(one for one in told if one.name == "zone")
    assert zone.classes == tuple(trial_map.ZONES.items())
    assert (zone.title, zone.group, zone.visible) == ("用途地域", "都市計画", True)


def test_what_is_the_same_is_not_complained_of(told):
    assert not list(check.differing(told, told))


@pytest.mark.parametrize("part", ["title", "group", "visible", "classes"])
def test_what_differs_is_said(told, part):
    other = {"visible": not told[1].visible, "classes": (("x", "#000000"),)}.get(part, "他")
    seen = [told[0], replace(told[1], **{part: other}), *told[2:]]
    (line,) = check.differing(told, seen)
    assert line.startswith(f"{told[1].name}: {part}")


def test_a_layer_that_is_missing_and_another_order_are_said(told):
    assert list(check.differing(told, told[1:])) == [f"{told[0].name}: on the map, not in QGIS"]
    (line,) = check.differing(told, [told[1], told[0], *told[2:]])
    assert line.startswith("order: ")


def test_without_qgis_it_says_what_to_install(tmp_path, monkeypatch, capsys):
    for name in ("layers.qgz", "layers.gpkg", "map.html"):
        (tmp_path / name).write_bytes(b"")
    monkeypatch.setattr(check, "has_qgis", lambda _python: False)
    assert check.main([str(tmp_path)]) == 2
    assert "python3-qgis" in capsys.readouterr().out


def test_a_folder_without_outputs_is_said(tmp_path, capsys):
    assert check.main([str(tmp_path)]) == 2
    assert "layers.qgz" in capsys.readouterr().out
    assert not check.has_qgis(str(tmp_path / "no-such-python"))
