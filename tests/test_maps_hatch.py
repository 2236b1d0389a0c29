"""Hatches on the page: two areas, marks and lines of one colour look different on the map and in the legend."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
import trial_map
from test_maps_page import DESK, opened
from trial_map import CREDIT, both, table

from gisplan.core.words import Style
from gisplan.maps import encode, interactive
from gisplan.maps.qml import qml
from gisplan.maps.words import Look, MapLayer, Page

ALIKE = {"第一種低層住居専用地域": "#adffd6", "第二種低層住居専用地域": "#a5f7c6"}
"""Two zones of a published set of colours, 1.9 apart."""


def alike(name, kind, shapes, **style):
    return MapLayer(
        name=name,
        title=both(name),
        kind=kind,
        table=table(shapes, zone=list(ALIKE), name=["", ""]),
        style=Style(by="zone", colours=ALIKE, **style),
        credit=CREDIT,
        group=both("試験"),
    )


LAYERS = (
    alike("area", "polygon", [trial_map.shapely.box(x, 0, x + 900, 900) for x in (0, 1000)], opacity=0.6),
    alike("mark", "point", [trial_map.shapely.Point(x, 1200) for x in (450, 1450)], radius=10, order=60),
    alike(
        "way",
        "line",
        [trial_map.shapely.LineString([(x, 1500), (x + 900, 1500)]) for x in (0, 1000)],
        width=4,
        opacity=1.0,
    ),
)

COLOURS = """([lat, lon]) => {
  const map = gisplan.atlas.map, at = map.latLngToContainerPoint([lat, lon]), canvas = document.querySelector("canvas");
  const box = map.getContainer().getBoundingClientRect(), own = canvas.getBoundingClientRect();
  const ratio = canvas.width / own.width, half = 30 * ratio;
  const x = (at.x + box.x - own.x) * ratio, y = (at.y + box.y - own.y) * ratio;
  const data = canvas.getContext("2d").getImageData(x - half, y - half / 10, 2 * half, half / 5).data;
  const found = new Set();
  for (let k = 0; k < data.length; k += 4) found.add(data.slice(k, k + 4).join());
  return found.size;
}"""
"""How many colours a strip of the map holds around a place."""


def degrees(x, y):
    point = table([trial_map.shapely.Point(x, y)]).to_crs(4326).geometry[0]
    return [point.y, point.x]


@pytest.mark.browser
def test_areas_marks_and_lines_of_one_colour_look_different(browser, tmp_path):
    path = tmp_path / "map.html"
    path.write_text(interactive.html(Page(title=both("試験"), subtitle=both(""), layers=LAYERS)), "utf-8")
    with opened(browser, path, viewport=DESK) as (view, seen):
        for x, y in ((450, 450), (450, 1500)):
            assert view.evaluate(COLOURS, degrees(x, y)) == 1, "the first class is of one colour"
            assert view.evaluate(COLOURS, degrees(x + 1000, y)) > 1, "the second is not"
        assert view.evaluate(COLOURS, degrees(450, 1200)) < view.evaluate(COLOURS, degrees(1450, 1200))
        rows = view.evaluate("[...document.querySelectorAll('.gp-classes li svg')].map(one => one.innerHTML)")
        hatched = ["gp-hatch" in row or "stroke-dasharray" in row for row in rows]
        assert hatched == [False, True] * 3
        assert not seen["errors"], seen


def test_a_block_says_the_hatch_of_its_classes():
    area, mark, way = (encode.block(layer)["classes"] for layer in LAYERS)
    assert [one["hatch"] for one in area] == ["", "rising"]
    assert [one["dash"] for one in (area[1], mark[1], way[0], way[1])] == [[], [], [], [4, 2]]
    assert area[0]["ink"] == ""
    assert re.fullmatch("#[0-9a-f]{6}", area[1]["ink"])


def symbols(layer, shape):
    """Return the layers of the symbols of QGIS: their class, options, and the class of what they repeat."""
    root = ET.fromstring(qml(layer, shape).split(">", 1)[1])  # noqa: S314 (our own text)
    found = []
    for symbol in root.findall(".//symbols/symbol"):
        rows = []
        for part in symbol.findall("layer"):
            options = {option.get("name"): option.get("value") for option in part.findall("Option/Option")}
            inside = [one.get("class") for one in part.findall("symbol/layer")]
            rows.append((part.get("class"), options, inside))
        found.append(rows)
    return found


def test_qgis_draws_the_same_hatches():
    plain, hatched = symbols(LAYERS[0], "fill")
    assert [kind for kind, _, _ in plain] == ["SimpleFill"]
    (_, _, _), (kind, options, inside) = hatched
    assert (kind, options["angle"], inside) == ("LinePatternFill", "45", ["SimpleLine"])
    plain, badged = symbols(LAYERS[1], "marker")
    assert len(plain) == 1
    assert [options["name"] for _, options, _ in badged] == ["circle", "line"]
    (plain,), (dashed,) = symbols(LAYERS[2], "line")
    assert "customdash" not in plain[1]
    assert dashed[1]["customdash"] == "4.24;2.12"


def test_a_pattern_of_two_ways_or_of_dots_is_drawn_in_qgis_too():
    many = {f"{number}": "#777777" for number in range(8)}
    shapes = [trial_map.shapely.box(number, 0, number + 1, 1) for number in range(8)]
    layer = replace(LAYERS[0], table=table(shapes, zone=list(many)), style=Style(by="zone", colours=many))
    kinds = [[kind for kind, _, _ in rows[1:]] for rows in symbols(layer, "fill")]
    lines = "LinePatternFill"
    assert kinds == [[], [lines], [lines], ["PointPatternFill"], [lines], [lines], [lines] * 2, [lines] * 2]


def test_where_outlines_carry_the_colours_a_dash_stands_for_the_hatch():
    bare = replace(LAYERS[0], style=replace(LAYERS[0].style, opacity=0.0, width=2))
    (fill, _, _), (line, options, _) = symbols(bare, "fill")[1]
    assert (fill, line, options["customdash"]) == ("SimpleFill", "SimpleLine", "2.12;1.06")
    assert encode.block(bare)["classes"][1]["dash"] == [4, 2]
    stacked = replace(LAYERS[0], look=Look(stacked=True))
    assert encode.block(stacked)["classes"][1]["dash"] == [4, 2], "hatches below would be seen through"
