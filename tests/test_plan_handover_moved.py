"""A plan whose files lie elsewhere: each path is found below one folder, and none leads out of it."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gisplan.core.errors import InputError
from gisplan.core.scenario import FileRows, PlaceChange, RoadChange, Scenario
from gisplan.core.words import LayerEntry, Plan
from gisplan.plan.handover.moved import moved, place_in_bundle


def plan_of(*paths):
    entries = tuple(LayerEntry(layer="zone", path=(path,)) for path in paths)
    return Plan(
        title="計画", municipality=("22999",), date=date(2026, 11, 1), crs=6676, folder=Path("elsewhere"),
        file="plan.toml", layers=entries,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "data" / "maps").mkdir(parents=True)
    (tmp_path / "data" / "maps" / "zone.gpkg").write_bytes(b"x")
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "outer.gpkg").write_bytes(b"x")
    (tmp_path / "alone.gpkg").write_bytes(b"x")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("data/maps/zone.gpkg", "data/maps/zone.gpkg"),
        ("data/maps/*.gpkg", "data/maps/*.gpkg"),
        ("../../shared/maps/outer.gpkg", "maps/outer.gpkg"),
        ("../../shared/maps/*.gpkg", "maps/*.gpkg"),
        ("/shared/of/maps/outer.gpkg", "maps/outer.gpkg"),
        ("G:\\共有\\maps\\outer.gpkg", "maps/outer.gpkg"),
        ("\\\\server\\share\\maps\\outer.gpkg", "maps/outer.gpkg"),
        ("../alone.gpkg", "alone.gpkg"),
        ("/somewhere/deep/alone.gpkg", "alone.gpkg"),
        ("/shared/of/maps", "maps"),
    ],
)
def test_a_path_is_found_at_its_place_or_by_its_end(folder, path, found):
    plan = moved(plan_of(path), folder)
    assert plan.folder == folder.resolve()
    assert plan.layers[0].path == (found,)


@pytest.mark.parametrize(
    "path", ["../zone.gpkg", "/etc/hosts", "a/../../../etc/hosts", "C:\\Windows\\win.ini"]
)
def test_what_is_not_there_leads_nowhere_else(folder, path):
    (found,) = moved(plan_of(path), folder).layers[0].path
    assert not Path(found).is_absolute()
    assert ".." not in Path(found).parts
    assert (folder / found).resolve().is_relative_to(folder.resolve())


@pytest.mark.parametrize(
    "path", ["postgresql://host/x", "https://example.com/x.gpkg", "/vsicurl/x", "PG:dbname=x"]
)
def test_what_is_no_file_is_refused(folder, path):
    with pytest.raises(InputError) as refused:
        moved(plan_of(path), folder)
    assert [problem.code for problem in refused.value.problems] == ["bundle.elsewhere"]


def test_files_of_scenarios_move_with_the_others(folder):
    road = RoadChange(deed="open", key="a", file=FileRows(path=("/x/maps/outer.gpkg",)))
    hub = PlaceChange(layer="hub", key="b", file=FileRows(path=("../alone.gpkg",)))
    bare = PlaceChange(layer="hub", key="c", name="拠点", at=(0.0, 0.0))
    scenario = Scenario(name="改良", roads=(road,), places=(hub, bare))
    (found,) = moved(replace(plan_of(), scenarios=(scenario,)), folder).scenarios
    assert found.roads[0].file.path == ("maps/outer.gpkg",)
    assert found.places[0].file.path == ("alone.gpkg",)
    assert found.places[1] == bare


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("data/zone.gpkg", "data/zone.gpkg"), ("a/b/c/*.shp", "a/b/c/*.shp"), ("../../x/y/z.shp", "y/z.shp"),
        ("/x/y/z.shp", "y/z.shp"), ("G:\\x\\y\\z.shp", "y/z.shp"), ("../z.shp", "z.shp"),
    ],
)  # fmt: skip
def test_a_path_outside_lies_in_a_bundle_by_its_last_two_names(path, place):
    assert place_in_bundle(path) == place
