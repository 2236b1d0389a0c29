"""`[[chapter]]` of plan.toml: what it means, and every mistake with its line and near names."""

import re

import pytest
from village import on_disk

from gisplan.core.chapter import View
from gisplan.core.errors import ConfigurationError
from gisplan.core.words import Text
from gisplan.plan.read import read_plan

GOOD = """
[[chapter]]
title = "一つ目"
text = { ja = "文章", en = "Text" }
view = { layer = "hub", name = "西の拠点" }
layers = ["municipality", "hub", "hub", "isochrone_hub", "link"]
minutes = 10

[[chapter]]
title = { ja = "二つ目", en = "Two" }
text = "文章"
view = { lat = 35, lon = 138.5, zoom = 13 }
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return on_disk.build(tmp_path_factory.mktemp("village"))


def read(plan, more):
    path = plan.with_name("chapters.toml")
    path.write_text(plan.read_text("utf-8") + more, "utf-8")
    return read_plan(path)


def problems(plan, more):
    with pytest.raises(ConfigurationError) as caught:
        read(plan, more)
    assert caught.value.exit_code == 3
    return caught.value.problems


def chapter(*lines):
    return "\n".join(["", "[[chapter]]", 'title = "一"', 'text = "二"', *lines, ""])


def test_chapters_are_read_in_their_order(plan):
    one, two = read(plan, GOOD).chapters
    assert (one.title, one.text) == (Text(ja="一つ目", en="一つ目"), Text(ja="文章", en="Text"))
    assert (one.view.layer, one.view.name, one.minutes) == ("hub", "西の拠点", 10.0)
    assert one.layers == ("municipality", "hub", "isochrone_hub", "link"), "each once"
    assert (two.title.en, two.layers, two.minutes, two.scenario) == ("Two", None, None, "")
    assert two.view == View(lat=35.0, lon=138.5, zoom=13.0, line=two.view.line)
    assert read(plan, "").chapters == ()


@pytest.mark.parametrize(
    ("lines", "code", "near"),
    [
        (['layers = ["hubb"]'], "config.unknown_name", "hub"),
        (['layers = ["isochrone_hubs"]'], "config.unknown_name", "isochrone_hub"),
        (['layers = ["flood"]'], "config.unknown_name", ""),
        (['view = { layer = "vacant_houses" }'], "config.unknown_name", "vacant_house"),
        (['scenario = "改良"'], "config.unknown_name", ""),
        (["minutes = 7"], "chapter.minutes", ""),
        (['view = { lat = 35, lon = 138, layer = "hub" }'], "chapter.view", ""),
        (["view = { lat = 35 }"], "chapter.view", ""),
        (["view = {}"], "chapter.view", ""),
        (['view = { layer = "hub", name = "a", id = "b" }'], "chapter.view", ""),
        (['view = { name = "a" }'], "chapter.view", ""),
        (["minute = 5"], "config.unknown_key", "minutes"),
        (['layers = "hub"'], "config.wrong_value", ""),
        (["view = { lat = 95, lon = 138 }"], "config.wrong_value", ""),
    ],
)
def test_a_mistake_is_told_with_its_line_and_near_names(plan, lines, code, near):
    (problem,) = problems(plan, chapter(*lines))
    assert problem.code == code
    last = plan.read_text("utf-8").count("\n") + 5
    assert re.match(rf"chapters\.toml:{last} chapter", problem.place), problem.place
    if near:
        assert near in problem.values["near"].ja


def test_title_and_text_are_needed_and_a_language_is_not_left_out(plan):
    assert [problem.code for problem in problems(plan, "\n[[chapter]]\ntext = 'x'\n")] == [
        "config.missing_key"
    ]
    found = problems(plan, "\n[[chapter]]\ntitle = { ja = '一' }\ntext = 'x'\n")
    assert "config.missing_key" in [problem.code for problem in found]


def test_layers_that_results_make_are_known_by_what_the_plan_asks(plan):
    asks = '[[scenario]]\nname = "改良"\n[[scenario.road]]\nid = ["R1"]\nspeed_kmh = 50\n'
    layers = 'layers = ["scenario_1", "scenario_1_isochrone_hub_each", "promotion_area_not_yet"]'
    (one,) = read(plan, f"\n{asks}" + chapter(layers, 'scenario = "改良"')).chapters
    assert (one.layers[0], one.scenario) == ("scenario_1", "改良")
    (problem,) = problems(plan, chapter('layers = ["scenario_1"]'))
    assert problem.code == "config.unknown_name"
