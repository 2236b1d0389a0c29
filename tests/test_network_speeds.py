"""Speeds as dated tables: sets with their source, figures of the plan, kinds of area, and bicycles."""

import numpy as np
import pytest
from village_roads import atlas, roads, village

from gisplan.core.errors import ConfigurationError
from gisplan.core.options import AccessOptions, OwnSpeeds
from gisplan.network.build import build
from gisplan.network.connected import connect
from gisplan.network.speeds import AREAS, CLASSES, plan_speeds, speeds
from gisplan.plan.read import read_plan

LINE = [(0, 0), (1000, 0)]


def minutes(table, used, **options):
    """Return the minutes of a single road."""
    return build(table, speeds=used, **options).network.forward[0]


def test_the_census_gives_two_classes_and_says_whose_the_others_are():
    used = speeds("census_r3_congested")
    assert (used.of("expressway"), used.of("national"), used.year, used.time) == (
        80.7,
        34.9,
        2021,
        "congested",
    )
    assert used.of("prefectural") == speeds().of("prefectural")
    assert used.say("ja") == (
        "高速自動車国道等 80.7、一般国道 34.9、都道府県道 30†、市町村道 20†、その他の道路 15†* km/h"
    )
    assert "published_80_35_30_20" in used.basis.ja
    assert "2021" in used.basis.en


@pytest.mark.parametrize("name", ["published_80_35_30_20", "census_r3_congested", "assumed_winter"])
def test_every_set_is_whole_and_names_its_source(name):
    used = speeds(name)
    assert used.table().shape == (len(CLASSES), len(AREAS))
    assert (used.table() > 0).all()
    assert used.source.ja
    assert used.source.en
    assert not any("\u3040" <= sign <= "\u9fff" for sign in used.basis.en)


def test_a_plan_writes_its_own_speeds():
    own = OwnSpeeds(
        kmh={"national": {"densely_inhabited": 25.0, "urban": 40.0, "mountain": 45.0}},
        source="静岡県 令和5年度旅行速度調査",
        year=2023,
    )
    used = plan_speeds(AccessOptions(own_speeds=own))
    assert used.say("en").startswith("expressway 80†, national road 25/40/45, prefectural road 30†")
    assert used.assumed == ("other",)
    assert used.basis.ja == "静岡県 令和5年度旅行速度調査（2023）。†は速度表「published_80_35_30_20」の値"
    kinds = {"densely_inhabited": 2.4, "urban": 1.5, "mountain": 4 / 3, "": 1.5}
    for kind, expected in kinds.items():
        table = roads([{"id": "a", "line": LINE, "road_class": "national"}]).assign(area_kind=kind)
        assert minutes(table, used) == pytest.approx(expected)


def test_a_figure_without_a_source_is_assumed():
    own = OwnSpeeds(kmh={"municipal": dict.fromkeys(AREAS, 24.0)})
    used = plan_speeds(AccessOptions(own_speeds=own))
    assert "市町村道 24*" in used.say("ja")
    assert "出典の記載なし" in used.basis.ja


def test_findings_tell_source_year_and_what_is_assumed():
    found = connect(atlas(village(), access=AccessOptions(speeds="census_r3_congested")))
    row = found.findings.set_index("code").loc["net.speeds_used"]
    assert row["data_year"] == "2021"
    for told in ("34.9", "15†*", "道路交通センサス", "出典のない仮定"):
        assert told in row["reason_ja"]


PLAN = """[plan]
title = "村"
municipality = ["22212"]
date = 2026-11-01
[layers.road]
path = "road.gpkg"
[access]
mode = "bicycle"
season = "winter"
"""


def written(folder, tail):
    (folder / "plan.toml").write_text(PLAN + tail, "utf-8")
    return read_plan(folder / "plan.toml")


def test_plan_toml_holds_speeds_mode_and_season(tmp_path):
    tail = '[access.speeds_kmh]\nsource = "調査"\nyear = 2024\nexpressway = 75\n'
    tail += "national = { densely_inhabited = 20, urban = 30, mountain = 40.5 }\n"
    access = written(tmp_path, tail).access
    assert (access.mode, access.season, access.own_speeds.year) == ("bicycle", "winter", 2024)
    assert access.own_speeds.kmh == {
        "expressway": dict.fromkeys(AREAS, 75.0),
        "national": {"densely_inhabited": 20.0, "urban": 30.0, "mountain": 40.5},
    }


@pytest.mark.parametrize(
    "wrong", ["national = 0", "national = 999", "national = -5", 'national = "fast"', "trunk = 30"]
)
def test_absurd_speeds_of_a_plan_are_refused_with_their_line(tmp_path, wrong):
    with pytest.raises(ConfigurationError) as caught:
        written(tmp_path, f"[access.speeds_kmh]\n{wrong}\n")
    assert any("plan.toml:11" in problem.place for problem in caught.value.problems)


@pytest.mark.parametrize(("value", "answered"), [(0.0, True), (999.0, True), (13.9, False), (2.8, True)])
def test_zero_and_absurd_speeds_of_roads_are_answered(value, answered):
    """13.9 m/s is 50 km/h and cannot be told from a slow limit; 2.8 m/s is slower than any car."""
    table = roads([{"id": "a", "line": LINE, "road_class": "national", "speed_kmh": value}])
    said = {doubt.code: doubt.values for doubt in build(table, speeds=speeds()).doubts}
    assert ("net.speed_odd" in said) == answered
    assert not answered or said["net.speed_odd"]["sample"] == ["a"]


def test_a_missing_speed_never_comes_from_the_other_roads():
    alone = roads([{"id": "a", "line": LINE, "road_class": "national"}])
    fast = [{"id": f"b{k}", "line": [(0, 50 * k), (1000, 50 * k)], "speed_kmh": 100.0} for k in range(1, 9)]
    among = roads([{"id": "a", "line": LINE, "road_class": "national"}, *fast])
    network = build(among, speeds=speeds()).network
    here = np.flatnonzero(among["id"].iloc[network.road].to_numpy() == "a")
    assert network.forward[here] == pytest.approx([minutes(alone, speeds())])


def test_bicycles_ride_at_one_speed_and_its_source_is_told():
    table = roads([{"id": "a", "line": LINE, "road_class": "national", "speed_kmh": 60.0}])
    assert minutes(table, speeds(), mode="bicycle") == pytest.approx(60 / 14.5)
    found = connect(atlas(village(), access=AccessOptions(mode="bicycle")))
    row = found.findings.set_index("code").loc["net.bicycle_speed"]
    assert "14.5" in row["reason_ja"]
    assert "国土技術政策総合研究所" in row["reason_ja"]
    assert found.ways.straight == 80.0


def test_each_mode_tells_its_own_speed_and_source():
    table = speeds()
    assert "80" in table.told("walk").ja
    assert "徒歩" in table.told("walk").ja
    assert "35" not in table.told("walk").en.split("Source")[0]
    assert table.told("car").en.startswith("by car")
    assert "14.5 km/h" in table.told("bicycle").ja
    assert "時刻表" in table.told("transit").ja
    assert table.walk_source.ja in table.told("transit").ja
