"""Files are read as far as they can be read: what stops one is told beside all the others."""

import dataclasses

import geopandas as gpd
import pytest
from village import on_disk

from gisplan.core.errors import InputError, Problem
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.layers.load import RefusedError, examine, load
from gisplan.layers.stops import stops_of
from gisplan.plan.read import read_plan

CATALOGUE = read_catalogue(packaged_folder())


@pytest.fixture
def path(tmp_path):
    return on_disk.build(tmp_path / "p", tail="")


def examined(path, **options):
    return examine(read_plan(path, catalogue=CATALOGUE), catalogue=CATALOGUE, **options)


def codes(read):
    return [(stop.file, stop.problem.code) for stop in read.stops]


def test_where_nothing_stops_a_plan_its_atlas_is_what_was_examined(path):
    found = examined(path)
    assert found.problems == ()
    plan = read_plan(path, catalogue=CATALOGUE)
    atlas = load(plan, catalogue=CATALOGUE)
    assert sorted(found.layers) == list(atlas.layers)
    assert atlas.findings.equals(found.findings)
    assert atlas.rejects.equals(found.rejects)
    for name, layer in atlas.layers.items():
        assert layer.readings == found.layers[name].layer.readings
        assert layer.table.equals(found.layers[name].layer.table)


def test_what_stops_one_layer_is_told_beside_the_others(path):
    (path.parent / on_disk.PATHS["zone"]).write_bytes(b"")
    (path.parent / on_disk.PATHS["road"]).unlink()
    found = examined(path)
    assert codes(found.layers["zone"]) == [("data/zone.gpkg", "file.empty")]
    assert codes(found.layers["road"]) == [("", "file.none")]
    assert found.layers["zone"].layer is None
    others = [read for name, read in found.layers.items() if name not in {"zone", "road"}]
    assert all(read.layer.readings and not read.stops for read in others)
    with pytest.raises(RefusedError) as raised:
        load(read_plan(path, catalogue=CATALOGUE), catalogue=CATALOGUE)
    assert [problem.code for problem in raised.value.problems] == ["file.empty", "file.none"]
    assert raised.value.examination.problems == raised.value.problems
    assert raised.value.exit_code == 2


def test_the_good_files_of_a_stopped_layer_are_counted(path):
    text = path.read_text("utf-8")
    zones = f'path = ["{on_disk.PATHS["zone"]}", "data/more.gpkg", "data/none_*.gpkg"]'
    path.write_text(text.replace(f'path = "{on_disk.PATHS["zone"]}"', zones), "utf-8")
    (path.parent / "data" / "more.gpkg").write_bytes(b"")
    read = examined(path).layers["zone"]
    assert [reading.file for reading in read.layer.readings] == ["data/zone.gpkg"]
    assert codes(read) == [("", "file.none"), ("data/more.gpkg", "file.empty")]


def test_what_stops_a_layer_as_a_whole_names_the_file_of_its_place(path):
    on_disk.write(path.parent / on_disk.PATHS["hub"], on_disk.tables()["hub"].assign(用途="猫カフェ"))
    read = examined(path).layers["hub"]
    assert codes(read) == [("data/hub.csv", "code.unknown")]
    assert read.layer is None


def test_half_a_municipality_tests_no_extent(path):
    """A boundary of which a file is missing would put right files outside of it."""
    text = path.read_text("utf-8")
    far = gpd.GeoDataFrame(
        {"code": ["22999"], "name": ["村"]}, geometry=gpd.points_from_xy([139.9], [36.9]).buffer(0.01), crs=6668
    )  # fmt: skip
    on_disk.write(path.parent / on_disk.PATHS["municipality"], far)
    both = f'path = ["{on_disk.PATHS["municipality"]}", "data/none.geojson"]'
    path.write_text(text.replace(f'path = "{on_disk.PATHS["municipality"]}"', both), "utf-8")
    found = examined(path)
    assert [problem.code for problem in found.problems] == ["file.none"]
    assert "extent.not_tested" not in set(found.findings["code"]), "there is such a layer; it is stopped"


def test_a_municipality_of_another_code_is_a_stop(path):
    path.write_text(path.read_text("utf-8").replace('["22999"]', '["22212"]'), "utf-8")
    on_disk.write(
        path.parent / on_disk.PATHS["municipality"],
        on_disk.tables()["municipality"].assign(code="22999"),
    )
    assert codes(examined(path).layers["municipality"]) == [
        ("data/municipality.geojson", "extent.no_municipality")
    ]


def test_problems_stand_in_the_order_of_plan_toml(path):
    for name in ("medical", "zone", "municipality"):
        (path.parent / on_disk.PATHS[name]).write_bytes(b"")
    assert [problem.place for problem in examined(path).problems] == [
        "data/municipality.geojson", "data/zone.gpkg", "data/medical.csv",
    ]  # fmt: skip


def test_every_file_is_opened_once(path, monkeypatch):
    from gisplan.sources.reader import Reader

    opened = []
    real = Reader.read

    def counted(self, place, **options):
        opened.append(place.name)
        return real(self, place, **options)

    monkeypatch.setattr(Reader, "read", counted)
    (path.parent / on_disk.PATHS["zone"]).write_bytes(b"")
    with pytest.raises(RefusedError):
        load(read_plan(path, catalogue=CATALOGUE), catalogue=CATALOGUE)
    assert sorted(opened) == sorted(name.split("/")[-1] for name in on_disk.PATHS.values())


@pytest.mark.parametrize(
    ("place", "files", "file"),
    [
        ("a.csv:3", ["a.csv", "b.csv"], "a.csv"),
        ("a.csv", ["a.csv", "b.csv"], "a.csv"),
        ("a.zip/b.csv:3", ["a.zip", "c.zip"], "a.zip"),
        ("a.csv.bak", ["a.csv", "b.csv"], ""),
        ("plan.toml:3 [layers.x]", ["a.csv", "b.csv"], ""),
        ("plan.toml:3 [layers.x] crs", ["a.csv"], "a.csv"),
        ("a.csv", [], ""),
    ],
)
def test_a_problem_is_of_the_file_its_place_names(place, files, file):
    (stop,) = stops_of(InputError(Problem(code="file.empty", place=place)), files)
    assert (stop.file, stop.problem.place) == (file, place)


def test_an_examination_cannot_be_changed(path):
    with pytest.raises(dataclasses.FrozenInstanceError):
        examined(path).plan = None
