"""`[[scenario]]` in plan.toml: what it may say, what is answered, and what leaves the office."""

import json
import tomllib

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from village import on_disk

from gisplan.core.document import Document
from gisplan.core.errors import ConfigurationError, InputError
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.plan.read import read_plan
from gisplan.plan.run import Request, run
from gisplan.plan.scenarios import doubtful_scenarios

CATALOGUE = read_catalogue(packaged_folder())
SCENARIO = """
[[scenario]]
name = "2030 道路改良"

[[scenario.road]]
name = "県道村線"
speed_kmh = 50

[[scenario.road]]
path = "data/planned.gpkg"
open = true
road_class = "municipal"

[[scenario.hub]]
name = "新しい拠点"
x = 700
y = 140

[[scenario]]
name = "通行止め"
[[scenario.road]]
path = "data/slide.gpkg"
close = true
"""


ROADS_ALONE = dict.fromkeys(
    ("zone", "area_division", "city_planning_area", "promotion_area", "priority_district", "site")
)
"""Layers that roads and minutes do not need."""


def built(folder, tail=SCENARIO, **changes):
    """Write the village with its scenarios and the two files that they name."""
    path = on_disk.build(folder, tail=on_disk.ACCESS + tail, **changes)
    planned = gpd.GeoDataFrame(
        {"路線名": ["村道2号"]}, geometry=[shapely.LineString([(200, 150), (650, 500)])], crs=on_disk.CRS
    )
    planned.to_file(folder / "data" / "planned.gpkg")
    slide = gpd.GeoDataFrame({"name": ["崩れ"]}, geometry=[shapely.box(640, 300, 660, 350)], crs=on_disk.CRS)
    slide.to_file(folder / "data" / "slide.gpkg")
    return path


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return built(tmp_path_factory.mktemp("village"))


@pytest.fixture(scope="module")
def outcomes(plan, tmp_path_factory):
    """Return the outputs of the office, and what the public would get, which is compared and not written."""
    folders = {"internal": tmp_path_factory.mktemp("internal") / "out", "public": None}
    return {
        audience: run(Request(plan=plan, out=out, audience=audience, outputs=("tables", "map", "geopackage")))
        for audience, out in folders.items()
    }


def mistakes(text):
    document = Document(name="plan.toml", data=tomllib.loads(text), lines=tuple(text.splitlines()))
    return [(problem.code, problem.place) for problem in doubtful_scenarios(document, CATALOGUE)]


# ---- what plan.toml says -----------------------------------------------------------------------------------


def test_the_tables_are_read_with_their_lines(plan):
    first, second = read_plan(plan, catalogue=CATALOGUE).scenarios
    assert (first.name, second.name) == ("2030 道路改良", "通行止め")
    improved, opened = first.roads
    assert (improved.deed, improved.name, improved.speed_kmh) == ("improve", ("県道村線",), 50.0)
    assert (opened.deed, opened.file.path, opened.road_class) == ("open", ("data/planned.gpkg",), "municipal")
    assert opened.key == "scenario[1].road[2]"
    assert plan.read_text("utf-8").splitlines()[opened.line - 1] == "[[scenario.road]]"
    assert first.places[0].at == (700.0, 140.0)
    assert second.roads[0].deed == "close"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "scenario.empty"),
        ("[[scenario.road]]\nspeed_kmh = 50", "scenario.no_choice"),
        ('[[scenario.road]]\nname = "a"', "scenario.nothing"),
        ('[[scenario.road]]\nname = "a"\npath = "b.gpkg"\nopen = true', "scenario.two_choices"),
        ('[[scenario.road]]\nname = "a"\nopen = true\nclose = true', "scenario.open_and_close"),
        ('[[scenario.road]]\nname = "a"\nclose = true\nspeed_kmh = 50', "scenario.closed_changed"),
        ('[[scenario.road]]\nname = "a"\nclose = true\nfrontage = true', "scenario.frontage_unopened"),
        ('[[scenario.road]]\nlayer = "road_projekt"\nopen = true', "config.unknown_name"),
        ('[[scenario.hub]]\nname = "a"', "scenario.no_position"),
        ('[[scenario.hub]]\nname = "a"\nlat = 35', "scenario.no_position"),
        ("[[scenario.hub]]\nx = 1\ny = 2", "scenario.no_name"),
        ('[[scenario.place]]\nlayer = "zone"\nname = "a"\nx = 1\ny = 2', "config.unknown_name"),
        ('[[scenario.place]]\nlayer = "shop"\nkind = "full"\nname = "a"\nx = 1\ny = 2', "scenario.kind"),
    ],
)
def test_a_mistake_is_told_with_its_line(body, code):
    (found,) = mistakes(f'[[scenario]]\nname = "試案"\n{body}\n')
    assert found[0] == code
    assert (
        found[1].startswith(f"plan.toml:{1 if code == 'scenario.empty' else 3}")
        or "layer" in found[1]
        or found[1].endswith((".kind", ".frontage"))
    )


def test_two_scenarios_of_one_name():
    body = '[[scenario]]\nname = "試案"\n[[scenario.road]]\nid = "a"\nclose = true\n'
    assert mistakes(body * 2) == [("scenario.twice", "plan.toml:7 scenario[2].name")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("speed_kmh = 0", "config.wrong_value"),
        ("speed_kmh = 500", "config.wrong_value"),
        ("speed_kmh = nan", "config.wrong_value"),
        ('speed_kmh = "50"', "config.wrong_value"),
        ("speeed_kmh = 50", "config.unknown_key"),
        ('road_class = "toll"', "scenario.road_class"),
        ("width_m = -1", "config.wrong_value"),
    ],
)
def test_absurd_values_are_answered(tmp_path, line, code):
    path = built(tmp_path, f'[[scenario]]\nname = "試"\n[[scenario.road]]\nid = "R1"\nlanes_of = 1\n{line}\n')
    with pytest.raises(ConfigurationError) as caught:
        read_plan(path, catalogue=CATALOGUE)
    assert code in {problem.code for problem in caught.value.problems}
    assert "config.unknown_key" in {problem.code for problem in caught.value.problems}


def test_a_scenario_that_names_no_road_ends_with_3(tmp_path, capsys, monkeypatch):
    path = built(
        tmp_path,
        '[[scenario]]\nname = "試"\n[[scenario.road]]\nname = "県道村"\nspeed_kmh = 50\n',
        **ROADS_ALONE,
    )
    said = on_disk.asked(capsys, "compare", path, "--json", monkeypatch=monkeypatch)
    assert said.code == 3
    (problem,) = said.json()["problems"]
    assert problem["code"] == "scenario.no_road"
    assert problem["place"].endswith("scenario[1].road[1].name")
    assert "県道村線" in problem["what"]["ja"]


def test_a_file_that_is_not_there_or_holds_points(tmp_path):
    path = built(tmp_path, SCENARIO.replace("planned.gpkg", "no.gpkg"), **ROADS_ALONE)
    with pytest.raises(InputError) as caught:
        run(Request(plan=path, out=None, parts=("scenario",)))
    assert [problem.code for problem in caught.value.problems] == ["file.none"]
    line = path.read_text("utf-8").splitlines().index('path = "data/no.gpkg"') + 1
    assert caught.value.problems[0].place == f"plan.toml:{line} scenario[1].road[2].path"
    path = built(tmp_path, SCENARIO.replace("planned.gpkg", "hub.csv"), **ROADS_ALONE)
    with pytest.raises(InputError) as caught:
        run(Request(plan=path, out=None, parts=("scenario",)))
    assert [problem.code for problem in caught.value.problems] == ["geom.type"]


def test_the_check_says_what_each_scenario_does(plan, capsys, monkeypatch):
    said = on_disk.asked(capsys, "check", plan, monkeypatch=monkeypatch)
    assert said.code == 0
    assert "シナリオがすること" in said.out
    for words in ("改良 1本、", "開通 1本、", "通行止め 1本、", "1か所を加えました"):
        assert words in said.out, words
    english = on_disk.asked(capsys, "check", plan, "--language", "en", monkeypatch=monkeypatch)
    assert "What the scenarios do" in english.out


def test_the_check_refuses_a_scenario_that_cannot_work(tmp_path, capsys, monkeypatch):
    path = built(tmp_path, SCENARIO.replace("県道村線", "県道村"), **ROADS_ALONE)
    line = path.read_text("utf-8").splitlines().index('name = "県道村"') + 1
    for verb in ("check", "compare"):
        said = on_disk.asked(capsys, verb, path, "--json", monkeypatch=monkeypatch)
        assert said.code == 3
        (problem,) = said.json()["problems"]
        assert problem["code"] == "scenario.no_road"
        assert problem["place"] == f"plan.toml:{line} scenario[1].road[1].name"


@pytest.mark.parametrize(
    ("word", "code"), [("市道", "municipal"), ("県道", "prefectural"), ("national", "national")]
)
def test_road_classes_are_written_as_the_layer_of_roads_knows_them(tmp_path, word, code):
    body = f'[[scenario]]\nname = "試"\n[[scenario.road]]\nid = "R1"\nroad_class = "{word}"\n'
    plan = read_plan(built(tmp_path, body), catalogue=CATALOGUE)
    assert plan.scenarios[0].roads[0].road_class == code


def test_a_road_class_that_is_none_is_answered_with_words_and_codes():
    body = '[[scenario]]\nname = "試"\n[[scenario.road]]\nid = "R1"\nroad_class = "toll"\n'
    assert mistakes(body) == [("scenario.road_class", "plan.toml:5 scenario[1].road[1].road_class")]
    document = Document(name="plan.toml", data=tomllib.loads(body), lines=tuple(body.splitlines()))
    (problem,) = doubtful_scenarios(document, CATALOGUE)
    assert "市町村道（municipal）" in problem.cure.ja
    assert "municipal" in problem.cure.en


# ---- what a run writes -------------------------------------------------------------------------------------


def test_the_tables_the_map_and_the_geopackage_hold_the_scenarios(outcomes):
    folder = outcomes["internal"].folder
    for name in ("scenarios", "gains", "link_changes"):
        table = pd.read_csv(folder / "tables" / f"{name}.csv", encoding="utf-8-sig")
        assert set(table["scenario"]) == {"2030 道路改良", "通行止め"}, name
    assert "シナリオの道路：2030 道路改良" in (folder / "map.html").read_text("utf-8")
    roads = gpd.read_file(folder / "layers.gpkg", layer="scenario_1")
    assert set(roads["change"]) == {"improve", "open"}
    closed = gpd.read_file(folder / "layers.gpkg", layer="scenario_2")
    assert closed["length_m"].tolist() == [50]
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert {"data/planned.gpkg", "data/slide.gpkg"} <= set(manifest["inputs"])
    assert [scenario["name"] for scenario in manifest["parameters"]["scenarios"]] == [
        "2030 道路改良",
        "通行止め",
    ]


def test_the_manifest_tells_no_path_of_the_machine_and_no_cell(tmp_path):
    path = built(tmp_path, **ROADS_ALONE)
    whole = (tmp_path / "data" / "planned.gpkg").as_posix()
    text = path.read_text("utf-8").replace('"data/planned.gpkg"', f'"{whole}"\nwhere = "路線名 != \'秘密\'"')
    path.write_text(text, "utf-8")
    told = {
        audience: run(Request(plan=path, out=None, parts=(), audience=audience)).manifest["parameters"]
        for audience in ("internal", "public")
    }
    files = {name: parameters["scenarios"][0]["roads"][1]["file"] for name, parameters in told.items()}
    assert files["internal"]["path"] == files["public"]["path"] == ["data/planned.gpkg"]
    assert "秘密" in files["internal"]["where"]
    assert "秘密" not in json.dumps(told["public"], ensure_ascii=False)


def test_a_changed_file_of_a_scenario_is_noticed(tmp_path):
    plan, out = built(tmp_path / "village", **ROADS_ALONE), tmp_path / "out"
    request = Request(plan=plan, out=out, parts=("scenario",), outputs=("tables",))
    assert not run(request).unchanged
    assert run(request).unchanged
    planned = plan.parent / "data" / "planned.gpkg"
    gpd.read_file(planned).assign(路線名="村道3号").to_file(planned)
    assert not run(request).unchanged


def test_outside_the_office_no_scenario_counts_a_house_held_back(outcomes, plan, tmp_path):
    open_only = built(tmp_path)
    houses = on_disk.houses()
    on_disk.write(
        tmp_path / "data" / "vacant_house.csv", houses[houses["管理番号"].isin(on_disk.OPEN_HOUSES)]
    )
    fewer = run(Request(plan=open_only, out=None, parts=("scenario",))).released.tables
    told = outcomes["public"].released.tables
    office = outcomes["internal"].released.tables
    for name in ("scenarios", "gains", "area_gains", "link_changes"):
        pd.testing.assert_frame_equal(told[name], fewer[name])
    assert not told["gains"].equals(office["gains"])
    assert told["gains"].query("to == 'hub'")["houses"].sum() == 2 * len(on_disk.OPEN_HOUSES)
    assert office["gains"].query("to == 'hub'")["houses"].sum() == 2 * len(on_disk.HOUSES)
    said = told["findings"]
    assert not ((said["code"] == "scenario.worse") & (said["layer"] == "vacant_house")).any()
    assert (office["findings"]["code"] == "scenario.worse").any()


def test_the_isochrones_of_a_scenario_are_in_the_geopackage_and_count_the_houses_shown_alone(outcomes):
    file = outcomes["internal"].folder / "layers.gpkg"
    drawn = {
        name: gpd.read_file(file, layer=name).set_index("minutes")
        for name in ("isochrone_hub", "scenario_1_isochrone_hub", "scenario_2_isochrone_hub")
    }
    assert set(drawn["scenario_1_isochrone_hub"]["scenario"]) == {"2030 道路改良"}
    assert set(drawn["scenario_2_isochrone_hub"]["scenario"]) == {"通行止め"}
    # The first scenario adds a hub, the second closes a road.
    assert (drawn["scenario_1_isochrone_hub"]["places"] == drawn["isochrone_hub"]["places"] + 1).all()
    assert (drawn["scenario_1_isochrone_hub"]["houses"] >= drawn["isochrone_hub"]["houses"]).all()
    assert (drawn["scenario_2_isochrone_hub"]["houses"] <= drawn["isochrone_hub"]["houses"]).all()
    page = (outcomes["internal"].folder / "map.html").read_text("utf-8")
    assert "シナリオ「2030 道路改良」の拠点施設までの等時間圏（車）・全体" in page
    released = outcomes["public"].released.isochrones
    assert [one.scenario for one in released] == ["", "2030 道路改良", "通行止め"]
    for one in released:
        assert sum(own.id.size for own in one.inside if own.layer == "vacant_house") == len(
            on_disk.OPEN_HOUSES
        )


def test_around_houses_and_to_houses_no_scenario_is_told_outside_the_office(tmp_path):
    path = built(tmp_path, **ROADS_ALONE)
    text = path.read_text("utf-8").replace("[access]", '[access]\nisochrones = ["vacant_house", "hub"]')
    path.write_text(text.replace('"hub", "medical"]', '"hub", "medical", "vacant_house"]'), "utf-8")
    told = {
        audience: run(Request(plan=path, out=None, parts=("scenario",), audience=audience)).released
        for audience in ("internal", "public")
    }
    for audience, layers in (("internal", {"vacant_house", "hub"}), ("public", {"hub"})):
        assert {one.layer for one in told[audience].isochrones if one.scenario} == layers
    for name in ("scenarios", "gains"):
        assert "vacant_house" in set(told["internal"].tables[name]["to"])
        assert "vacant_house" not in set(told["public"].tables[name]["to"])
