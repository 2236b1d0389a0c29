"""Hatches on the page: two areas, marks and lines of one colour look different on the map and in the legend."""

import re

import pytest
import trial_map
from test_maps_page import DESK, opened
from trial_map import CREDIT, both, table

from gisplan.core.words import Style
from gisplan.maps import encode, interactive
from gisplan.maps.words import MapLayer, Page

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
