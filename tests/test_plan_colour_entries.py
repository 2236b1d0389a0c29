"""`[colours]` of plan.toml: a municipality's own colours reach the map, and every mistake is told with its line."""

import dataclasses

import geopandas as gpd
import pytest
import shapely

from gisplan.core.colour_options import OwnColours
from gisplan.core.errors import ConfigurationError
from gisplan.core.words import Layer
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.maps.compose import map_layer
from gisplan.maps.style import classes
from gisplan.plan.colour_entries import painted
from gisplan.plan.read import read_plan

HEAD = """[plan]
title = "村の計画"
municipality = ["22212"]
date = 2026-11-01

[layers.zone]
path = "zones.gpkg"

[colours]
"""
CATALOGUE = read_catalogue(packaged_folder())


def colours_of(tmp_path, text):
    path = tmp_path / "plan.toml"
    path.write_text(HEAD + text, "utf-8")
    return read_plan(path, catalogue=CATALOGUE).colours


def test_colours_are_read_under_any_spelling_of_a_class(tmp_path):
    text = 'promotion_area = "#C2185B"\n[colours.zone]\n"一低専" = "#adffd6"\n"第2種低層住居専用地域" = "#a5f7c6"\n'
    assert colours_of(tmp_path, text) == (
        OwnColours(layer="promotion_area", colour="#c2185b"),
        OwnColours(
            layer="zone",
            classes={"第一種低層住居専用地域": "#adffd6", "第二種低層住居専用地域": "#a5f7c6"},
        ),
    )
    assert colours_of(tmp_path, "") == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('zon = "#ff0000"\n', ("config.unknown_name", 10, "zone")),
        ('elevation = "#ff0000"\n', ("config.unknown_name", 10, "")),
        ('zone = "#ff0000"\n', ("colours.classes", 10, "colours.zone")),
        ('[colours.promotion_area]\n"甲" = "#ff0000"\n', ("colours.no_classes", 10, "promotion_area = ")),
        ('[colours.zone]\n"商業地城" = "#ff0000"\n', ("config.unknown_name", 11, "商業地域")),
        ('[colours.zone]\n"商業地域" = "#ff0000"\n"商業" = "#00ff00"\n', ("colours.twice", 12, "")),
        ('promotion_area = "red"\n', ("colours.form", 10, "#2e9e5b")),
        ('[colours.zone]\n"商業地域" = "#f00"\n', ("colours.form", 11, "")),
        ("promotion_area = 3\n", ("config.wrong_value", 10, "")),
    ],
)
def test_a_mistake_is_told_where_it_stands(tmp_path, text, told):
    with pytest.raises(ConfigurationError) as caught:
        colours_of(tmp_path, text)
    (problem,) = caught.value.problems
    code, line, said = told
    assert f":{line}" in problem.place
    assert problem.code == code, problem
    assert said in problem.what.ja + problem.cure.ja
    assert "{" not in (problem.what.ja + problem.what.en + problem.cure.ja).replace("{ … }", "")


def zones(*values):
    spec = CATALOGUE["zone"]
    boxes = [shapely.box(place, 0, place + 1, 1) for place in range(len(values))]
    table = gpd.GeoDataFrame({"id": list(values), "zone": list(values)}, geometry=boxes, crs=6676)
    return map_layer(Layer(spec=spec, table=table, readings=()))


def test_a_class_not_named_keeps_its_colour_and_hatches_follow_the_new_ones(tmp_path):
    own = colours_of(tmp_path, '[colours.zone]\n"一低専" = "#adffd6"\n"二低専" = "#a5f7c6"\n')
    layer = zones("第一種低層住居専用地域", "第二種低層住居専用地域", "商業地域")
    before, after = classes(layer)[1], classes(painted(layer, own))[1]
    assert [one.colour for one in after] == ["#adffd6", "#a5f7c6", before[2].colour]
    assert after[0].hatch != after[1].hatch, "1.9 apart"


def test_a_layer_of_one_colour_takes_that_of_the_plan_and_others_are_left(tmp_path):
    own = colours_of(tmp_path, 'promotion_area = "#00695c"\n')
    layer = zones("商業地域")
    assert painted(layer, own) is layer
    one = dataclasses.replace(layer, name="promotion_area")
    assert painted(one, own).style.colour == "#00695c"
