"""Measures, places far away and yardsticks in plan.toml: read as written, and every mistake told at once."""

import pytest

from gisplan.access.scores import names_of, settled
from gisplan.core.errors import ConfigurationError
from gisplan.plan.read import read_plan

HEAD = """[plan]
title = "村の計画"
municipality = ["22212"]
date = 2026-11-01

[layers.medical]
path = "medical.csv"

[access]
to = ["medical", "shop"]
"""


def plan_of(tmp_path, text):
    path = tmp_path / "plan.toml"
    path.write_text(HEAD + text, "utf-8")
    return read_plan(path)


def mistakes(tmp_path, text):
    """Return code, line within the text and key of every mistake."""
    before = HEAD.count("\n")
    with pytest.raises(ConfigurationError) as caught:
        plan_of(tmp_path, text)
    found = []
    for problem in caught.value.problems:
        place, key = problem.place.split(" ")
        found.append((problem.code, int(place.split(":")[1]) - before, key))
        assert problem.what.ja != problem.what.en
        assert "{" not in problem.what.ja + problem.what.en + problem.cure.ja + problem.cure.en
    return found


def test_what_is_asked_for_is_read_with_its_usual_values(tmp_path):
    access = plan_of(
        tmp_path,
        """yardsticks = ["walk_800"]

[[access.measure]]
measure = "2sfca"
to = "medical"
supply = "beds"
minutes = 20

[[access.measure]]
measure = "e2sfca"
to = "shop"

[[access.measure]]
measure = "gravity"
to = "shop"
form = "power"
beta = 2

[[access.outer]]
name = "東京駅"
to = "station:焼津駅"
minutes = 90

[[access.outer]]
name = "東京駅"
to = "焼津"
minutes = 150
""",
    ).access
    assert [names_of(settled(one)) for one in access.measures] == [
        ("2sfca_20_beds",),
        ("e2sfca_30",),
        ("gravity_power_2",),
    ]
    assert settled(access.measures[1]).zones == ((10.0, 1.0), (20.0, 0.68), (30.0, 0.22))
    assert [(one.layer, one.place, one.minutes) for one in access.outer] == [
        ("station", "焼津駅", 90.0),
        ("interchange", "焼津", 150.0),
    ]
    assert access.yardsticks == ("walk_800",)


def test_without_a_word_nothing_more_is_computed(tmp_path):
    access = plan_of(tmp_path, "").access
    assert (access.measures, access.outer, access.yardsticks) == ((), (), None)


def test_every_mistake_at_once_with_its_line(tmp_path):
    text = """minutes = [0, -5, inf, "10"]
yardsticks = ["walk_900"]
[[access.measure]]
measure = "2sfca"
to = "medical"
supply = "bed"
minutes = -30
[[access.measure]]
measure = "gravity"
to = "school"
form = "gaussian"
beta = 0.1
[[access.measure]]
measure = "e2sfca"
to = "flood"
minutes = 30
zones = [[20, 1.0], [10, 0.5]]
demand = "vacant_house"
[[access.measure]]
measure = "sfca"
to = "medikal"
[[access.outer]]
name = "東京駅"
to = "port:焼津港"
minutes = 0
"""
    found = mistakes(tmp_path, text)
    assert [(code, line) for code, line, _ in found] == [
        ("config.wrong_value", 1),
        ("config.wrong_value", 1),
        ("config.wrong_value", 1),
        ("config.wrong_value", 1),
        ("access.yardstick", 2),
        ("access.supply_field", 6),
        ("config.wrong_value", 7),
        ("access.measure_to", 10),
        ("access.measure_key", 12),
        ("config.unfit_layer", 15),
        ("access.measure_key", 16),
        ("access.zones", 17),
        ("config.no_people", 18),
        ("config.wrong_value", 20),
        ("config.unknown_name", 21),
        ("access.outer_to", 24),
        ("config.wrong_value", 25),
    ]
    assert found[7][2] == "access.measure[2].to"


def test_a_measure_may_not_stand_twice_under_one_name(tmp_path):
    text = """[[access.measure]]
measure = "cumulative"
to = "medical"
minutes = 10
[[access.measure]]
measure = "cumulative"
to = "medical"
minutes = 11
[[access.measure]]
measure = "cumulative"
to = "shop"
minutes = 10
"""
    # Beside ten minutes stand eleven, and beside eleven ten.
    assert mistakes(tmp_path, text) == [("access.measure_twice", 5, "access.measure[2]")]


@pytest.mark.parametrize("zones", ["[[10]]", "[[10, 1, 2]]", '[["a", 1]]', "10", "[[10, true]]"])
def test_zones_of_another_form_are_told(tmp_path, zones):
    text = f'[[access.measure]]\nmeasure = "3sfca"\nto = "shop"\nzones = {zones}\n'
    assert {code for code, _, _ in mistakes(tmp_path, text)} == {"config.wrong_value"}


@pytest.mark.parametrize(
    "zones", ["[[0, 1]]", "[[10, 0]]", "[[10, 1], [10, 0.5]]", "[[10, -1]]", "[[nan, 1]]", "[]"]
)
def test_zones_that_do_not_rise_or_weigh_nothing_are_told(tmp_path, zones):
    text = f'[[access.measure]]\nmeasure = "3sfca"\nto = "shop"\nzones = {zones}\n'
    assert mistakes(tmp_path, text) == [("access.zones", 4, "access.measure[1].zones")]


def test_a_key_that_nobody_knows_is_told(tmp_path):
    text = '[[access.measure]]\nmeasure = "2sfca"\nto = "shop"\nminute = 10\n'
    assert mistakes(tmp_path, text) == [("config.unknown_key", 4, "access.measure[1].minute")]
