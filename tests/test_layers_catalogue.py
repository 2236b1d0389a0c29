"""The catalogue: every layer file is whole, a new one is a layer at once, and a mistake is told with line and cure."""

import re
import shutil
from pathlib import Path

import pytest
import shapely
from small_files import refused
from test_sources_vector import collection, feature
from village import on_disk

from gisplan.core.errors import ConfigurationError
from gisplan.layers.catalogue import catalogue_folder, find_spec, packaged_folder, read_catalogue
from gisplan.layers.spec import GROUPS, read_spec

FOLDER = packaged_folder()
CATALOGUE = read_catalogue(FOLDER)
CONTRACT = """promotion_area priority_district hub site zone area_division city_planning_area district_plan
vacant_house_utilization_area vacant_house road interchange medical shop childcare school welfare station bus_stop gtfs
population flood inland_flood landslide tsunami municipality neighbourhood elevation""".split()  # noqa: SIM905
COLUMNS = {
    "zone": "zone floor_area_ratio building_coverage year",
    "promotion_area": "version published_on use_exception consented_on",
    "hub": "use floor_area storey",
    "site": "use floor_area storey",
    "vacant_house": "source consent site_area built_year",
    "road": "road_class width_m speed_kmh oneway manager level ramp",
    "interchange": "kind open",
    "population": "people people_65",
}


def mistakes(**options):
    return refused(error=ConfigurationError, exit_code=3, **options)


def test_the_layers_of_the_contract_are_there():
    assert set(CONTRACT) <= set(CATALOGUE)


@pytest.mark.parametrize("layer", sorted(CATALOGUE))
def test_a_layer_file_is_whole(layer):
    spec = CATALOGUE[layer]
    texts = [spec.title, spec.about, spec.source.credit, *(field.title for field in spec.fields.values())]
    texts += [label for field in spec.fields.values() for label in field.labels.values()]
    for text in texts:
        assert text.ja.strip()
        assert text.en.strip()
        assert text.en.isascii() or not re.search("[ぁ-んァ-ヶ]", text.en), text.en
    assert spec.source.licence.strip()
    assert spec.group in GROUPS
    assert (FOLDER / spec.group / f"{layer}.toml").is_file()
    assert spec.file == f"layers/{spec.group}/{layer}.toml"
    if spec.kind != "raster":
        assert {"id", "name"} <= set(spec.fields)
    for name, field in spec.fields.items():
        assert field.column[0] == name
        assert len(set(field.column)) == len(field.column)
        assert bool(field.labels) == bool(field.codes), f"{layer}.{name}: codes are shown by their labels"
        assert set(field.labels) <= set(field.codes.values())
    if spec.style.by:
        assert set(spec.style.colours) >= set(spec.fields[spec.style.by].codes.values())


@pytest.mark.parametrize("layer", COLUMNS)
def test_a_layer_has_the_columns_of_the_contract(layer):
    assert set(COLUMNS[layer].split()) <= set(CATALOGUE[layer].fields)


def test_the_private_columns_of_houses_stay_inside():
    inside = {
        name for name, field in CATALOGUE["vacant_house"].fields.items() if field.audience == "internal"
    }
    assert {"name", "address", "owner", "telephone", "note"} <= inside


def test_the_packaged_catalogue_counts_where_there_is_no_other(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "layers").mkdir()  # any folder may be called so
    assert catalogue_folder() == packaged_folder()
    shutil.copytree(FOLDER / "zoning", tmp_path / "layers" / "zoning")
    assert catalogue_folder() == Path("layers")
    assert {spec.group for spec in read_catalogue().values()} == {"zoning"}
    assert read_catalogue(FOLDER).keys() == CATALOGUE.keys()


def test_a_named_folder_must_hold_layer_files(tmp_path):
    with mistakes(code="spec.no_folder"):
        read_catalogue(tmp_path)


def test_an_unknown_layer_is_answered_with_near_names():
    with mistakes(code="config.unknown_layer", place="plan.toml:7") as problems:
        find_spec(CATALOGUE, "vacant_hosue", place="plan.toml:7")
    assert "vacant_house" in problems[0].what.ja
    assert "vacant_house" in problems[0].what.en


# ---- a new layer, with no code -----------------------------------------------------------------------------


WELL = """title = { ja = "防災井戸", en = "Emergency well" }
kind = "point"
about = { ja = "災害のときに使う井戸。", en = "Wells for disasters." }
[source]
credit = { ja = "村の防災課", en = "The village's disaster office" }
licence = "CC BY 4.0"
[fields.id]
title = { ja = "番号", en = "Id" }
type = "text"
[fields.name]
title = { ja = "名称", en = "Name" }
type = "text"
column = ["井戸名"]
[fields.pump]
title = { ja = "ポンプ", en = "Pump" }
type = "code"
column = ["揚水"]
unknown = ["不明"]
[fields.pump.codes]
"hand" = ["手押し", "手動"]
"power" = ["電動"]
[fields.pump.labels]
"hand" = { ja = "手押し", en = "Hand pump" }
"power" = { ja = "電動", en = "Power pump" }
[style]
colour = "#0066cc"
by = "pump"
[style.colours]
"hand" = "#0066cc"
"power" = "#cc6600"
"""


@pytest.fixture
def layers(tmp_path):
    """Return a copy of the catalogue with one file more."""
    folder = tmp_path / "layers"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("demo"))
    (folder / "hazard" / "well.toml").write_text(WELL, "utf-8")
    return folder


def test_a_new_file_is_listed_read_and_drawn(layers, tmp_path, capsys, monkeypatch):
    listed = on_disk.asked(capsys, "layers", "--layers", layers, "--language", "ja", monkeypatch=monkeypatch)
    assert listed.code == 0
    assert "well" in listed.out
    assert "防災井戸" in listed.out
    told = on_disk.asked(
        capsys, "layers", "well", "--layers", layers, "--language", "en", monkeypatch=monkeypatch
    )
    assert "Emergency well" in told.out
    east, north = on_disk.degrees(300, 200)
    plan = on_disk.build(tmp_path / "村", well='path = "data/well.geojson"')
    point = feature(shapely.Point(east, north), 井戸名="北の井戸", 揚水="手動")
    collection(plan.parent / "data" / "well.geojson", point)
    drawn = on_disk.asked(
        capsys, "map", plan, "--layers", layers, "--out", tmp_path / "out", "--quiet", monkeypatch=monkeypatch
    )
    assert drawn.code == 0, drawn.err
    page = (tmp_path / "out" / "map.html").read_text("utf-8")
    for word in ("防災井戸", "Emergency well", "北の井戸", "手押し", "Hand pump", "村の防災課"):
        assert word in page or word.encode("unicode_escape").decode() in page, word


# ---- mistakes ----------------------------------------------------------------------------------------------


def read(tmp_path, text, *, group="hazard", name="well"):
    path = tmp_path / group / f"{name}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return read_spec(path)


def line_of(text, part):
    return next(number for number, line in enumerate(text.splitlines(), start=1) if part in line)


def test_the_file_without_a_mistake_is_read(tmp_path):
    spec = read(tmp_path, WELL)
    assert (spec.name, spec.group, spec.kind) == ("well", "hazard", "point")
    assert spec.fields["pump"].codes == {
        "hand": "hand",
        "手押し": "hand",
        "手動": "hand",
        "power": "power",
        "電動": "power",
    }


@pytest.mark.parametrize(("old", "new", "code", "words"), [
    ('kind = "point"', 'kind = "pont"', "config.wrong_value", ["point"]),
    ('kind = "point"', 'kint = "point"', "config.unknown_key", ["kind"]),
    ('title = { ja = "防災井戸", en = "Emergency well" }', 'title = { ja = "防災井戸", en = "" }',
    "config.wrong_value", ["title.en"]),
    ('title = { ja = "防災井戸", en = "Emergency well" }', 'title = { ja = "防災井戸" }',
    "config.missing_key", ["title.en"]),
    ('licence = "CC BY 4.0"\n', "", "config.missing_key", ["source.licence"]),
    ('licence = "CC BY 4.0"', 'licence = ""', "config.wrong_value", ["licence"]),
    ('column = ["揚水"]', 'colum = ["揚水"]', "config.unknown_key", ["column"]),
    ('column = ["揚水"]', "column = 5", "config.wrong_value", ["column"]),
    ('colour = "#0066cc"', 'colour = "blue"', "config.wrong_value", ["blue"]),
    ('"hand" = "#0066cc"', '"hand" = "blue"', "config.wrong_value", ["blue"]),
    ('by = "pump"', 'by = "pomp"', "spec.style_by", ["pomp", "pump"]),
    ('"power" = { ja', '"motor" = { ja', "spec.value", ["motor", "power"]),
    ('"power" = "#cc6600"', '"motor" = "#cc6600"', "spec.value", ["motor", "power"]),
    ('unknown = ["不明"]', 'default = "foot"', "spec.value", ["foot", "hand"]),
    ('unknown = ["不明"]', 'pattern_from = ["nmae"]', "spec.pattern_from", ["nmae", "name"]),
    ('"power" = ["電動"]', '"power" = ["電動", "手 動"]', "spec.spelling", ["手 動", "hand", "power"]),
    ('unknown = ["不明"]', "minimum = 5\nmaximum = 2", "spec.bounds", ["5", "2"]),
    ('unknown = ["不明"]', 'scales = { "揚水" = 100 }', "spec.scale", ["揚水", "100"]),
])  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_cure(tmp_path, old, new, code, words):
    assert WELL.count(old) == 1
    text = WELL.replace(old, new)
    with pytest.raises(ConfigurationError) as raised:
        read(tmp_path, text)
    problem = next(problem for problem in raised.value.problems if problem.code == code)
    name, line = re.match(r"(layers/hazard/well\.toml):(\d+)", problem.place).groups()
    assert name == "layers/hazard/well.toml"
    if new:
        at = line_of(text, new.splitlines()[0])
        assert int(line) in {at, at - 1 if code == "spec.value" and "default" not in new else at}
    for text in (problem.say("ja"), problem.say("en")):
        assert all(word in text for word in words), text


def test_patterns_are_tried_before_they_are_used(tmp_path):
    pattern = '[[fields.pump.patterns]]\nmatch = "手(押"\nvalue = "hand"\n'
    text = WELL.replace("[style]\n", pattern + "[style]\n", 1)
    with mistakes(code="spec.pattern", place=f"layers/hazard/well.toml:{line_of(text, '手(押')}") as problems:
        read(tmp_path, text)
    assert "手(押" in problems[0].what.ja


def test_numbers_must_stand_for_values_that_are_there(tmp_path):
    text = WELL.replace("[style]\n", '[fields.pump.schemes.P01]\n1 = "hand"\n2 = "motor"\n[style]\n', 1)
    with mistakes(code="spec.value", place=f":{line_of(text, '2 = ')}") as problems:
        read(tmp_path, text)
    assert "motor" in problems[0].what.en


def test_a_folder_that_is_no_group(tmp_path):
    with mistakes(code="spec.group", place="layers/wells/well.toml") as problems:
        read(tmp_path, WELL, group="wells")
    assert "hazard" in problems[0].cure.ja


def test_the_mistakes_of_all_files_are_told_at_once(layers):
    for path, old, new in (
        ("hazard/well.toml", 'kind = "point"', 'kind = "pont"'),
        ("life/shop.toml", "[style]", "[stile]"),
        ("zoning/zone.toml", 'by = "zone"', 'by = "zones"'),
    ):
        text = (layers / path).read_text("utf-8")
        (layers / path).write_text(text.replace(old, new, 1), "utf-8")
    (layers / "base" / "shop.toml").write_text("title = ", "utf-8")
    with pytest.raises(ConfigurationError) as raised:
        read_catalogue(layers)
    found = {(problem.code, problem.place.split(":")[0]) for problem in raised.value.problems}
    assert found == {
        ("config.wrong_value", "layers/hazard/well.toml"),
        ("config.unknown_key", "layers/life/shop.toml"),
        ("spec.style_by", "layers/zoning/zone.toml"),
        ("config.not_toml", "layers/base/shop.toml"),
    }


def test_two_files_of_one_name(layers):
    shutil.copy(layers / "hazard" / "well.toml", layers / "base" / "well.toml")
    with mistakes(code="spec.twice", place="layers/hazard/well.toml") as problems:
        read_catalogue(layers)
    assert "layers/base/well.toml" in problems[0].what.ja
