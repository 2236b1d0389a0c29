"""Layers of many features as packed numbers: what is read back is what was put in, but for half a step."""

import inspect
import json
import math
import re
import runpy
from dataclasses import replace
from pathlib import Path

import canvas_reader as reader
import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import trial_map
from hypothesis import given, settings
from hypothesis import strategies as st

import gisplan
from gisplan.core.errors import ConfigurationError
from gisplan.core.words import Style, Text
from gisplan.maps import encode, interactive, style
from gisplan.maps.canvas import block, columns, ground, numbers
from gisplan.maps.words import Look

HALF_STEP_M = 40_075_017 / 2**29
HOSTILE = trial_map.HOSTILE


def layer(shapes, *, kind="point", crs=4326, **columns):
    table = gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)
    return trial_map.layer("things", trial_map.both("物"), kind, table, Style(order=10))


def steps(place):
    """Return a place in degrees as steps, by the formula of the projection."""
    latitude = math.radians(place[1])
    south = 0.5 - math.log(math.tan(math.pi / 4 + latitude / 2)) / (2 * math.pi)
    return (place[0] / 360 + 0.5) * reader.STEPS, south * reader.STEPS


@given(st.lists(st.integers(0, 2**32 - 1)))
def test_whole_numbers_come_back(values):
    assert reader.numbers(numbers.packed(np.array(values, np.int64))) == values


@given(st.lists(st.integers(-(2**31), 2**31 - 1)))
def test_numbers_of_either_sign_come_back(values):
    assert reader.signed(numbers.signed(np.array(values, np.int64))) == values


@given(st.lists(st.integers(0, 2**28)))
def test_differences_add_up(values):
    assert reader.sums(numbers.steps(np.array(values, np.int64))) == values


@given(st.lists(st.tuples(st.integers(0, 2**28), st.integers(0, 2**28)), min_size=1))
def test_the_curve_takes_a_place_apart_into_its_bits(cells):
    x, y = np.array(cells, np.int64).T
    assert [tuple(reader.apart(code)) for code in ground.curve(x, y).tolist()] == cells


def test_the_corners_of_the_world_are_where_they_are():
    found = ground.on_grid(np.array([[-180.0, 0.0], [180.0, 0.0], [0.0, 85.06], [139.6917, 35.6895]]))
    assert found[:2].tolist() == [[0, 2**27], [2**28, 2**27]]
    assert found[2, 1] == ground.on_grid(np.array([[0.0, 85.05]]))[0, 1], "the map ends there"
    # Tokyo on the tile 909/403 of zoom 10, as every web map has it.
    assert (found[3] // 2**18).tolist() == [909, 403]


PLACES = st.tuples(st.floats(-180, 180), st.floats(-85, 85))


@settings(max_examples=40)
@given(st.lists(PLACES, max_size=40))
def test_no_point_moves_by_more_than_half_a_step_and_rows_keep_their_values(places):
    held = layer(shapely.points(places) if places else [], n=range(len(places)))
    made = block.block(held, in_order=False)
    made_again = json.loads(encode.data_json(made))
    found, owner = reader.places(made_again)
    assert owner == list(range(len(places)))
    # No column reaches the page unasked; the order of the rows is told by the block alone.
    assert made["columns"] == {}
    wanted = sorted(steps(place) for place in places)
    assert len(found) == len(places)
    for one, other in zip(sorted(found), sorted((round(x), round(y)) for x, y in wanted), strict=True):
        assert abs(one[0] - other[0]) <= 1
        assert abs(one[1] - other[1]) <= 1
    # A plan speaks of its features by their rows, which then stay where they are.
    rows, owner = reader.places(block.block(held))
    assert rows == found
    by_row = sorted(zip(owner, rows, strict=True))
    assert [at for at, _ in by_row] == list(range(len(places)))
    for (_, one), place in zip(by_row, places, strict=True):
        assert max(abs(a - b) for a, b in zip(one, steps(place), strict=True)) <= 0.5 + 1e-4
    bits = ground.curve(*(np.array(found, np.int64).reshape(-1, 2) - made["parts"]["origin"]).T)
    assert (np.diff(bits) >= 0).all()


def test_values_follow_their_points():
    rng = np.random.default_rng(3)
    places = np.column_stack([rng.uniform(138, 139, 300), rng.uniform(34, 35, 300)])
    held = replace(
        layer(shapely.points(places), n=np.arange(300), zone=rng.choice(["a", "b", ""], 300)),
        popup=(("n", trial_map.both("数")), ("zone", trial_map.both("区分"))),
        style=Style(by="zone", colours={"a": "#aa0000", "b": "#00aa00"}),
    )
    made = block.block(held, in_order=False)
    found, _ = reader.places(made)
    rows, zones = reader.column(made["columns"]["n"]), reader.column(made["columns"]["zone"])
    assert sorted(rows) == list(range(300))
    classes = [("a", "b", "")[at] for at in reader.numbers(made["at"])]
    for (x, y), row, zone, said in zip(found, rows, zones, classes, strict=True):
        place = steps(places[int(row)])
        assert max(abs(x - place[0]), abs(y - place[1])) <= 0.5 + 1e-6
        assert zone == said == held.table["zone"][int(row)]
        metres = gpd.GeoSeries(shapely.points([places[int(row)], reader.degrees(x, y)]), crs=4326).to_crs(
            3857
        )
        assert metres[0].distance(metres[1]) <= math.hypot(HALF_STEP_M, HALF_STEP_M) * 1.001


def test_points_of_several_places_and_of_none_keep_their_rows():
    shapes = [shapely.MultiPoint([(138, 35), (138.5, 35)]), None, shapely.Point(138.2, 34), shapely.Point()]
    made = block.block(layer(shapes))
    found, owner = reader.places(made)
    near = {
        (feature, round(reader.degrees(*place)[0], 4)) for feature, place in zip(owner, found, strict=True)
    }
    assert near == {(0, 138.0), (0, 138.5), (2, 138.2)}
    assert made["count"] == 4


def star(x, y, size, corners, rng):
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    reach = size * rng.uniform(0.5, 1, corners)
    return np.column_stack([x + reach * np.cos(angles), y + reach * np.sin(angles)])


def islands(rng, count):
    """Return polygons with holes, every second one of two parts, and turned both ways."""
    made = []
    for n in range(count):
        x, y = rng.uniform(138, 139), rng.uniform(34, 35)
        ring, hole = star(x, y, 0.01, rng.integers(4, 30), rng), star(x, y, 0.003, 5, rng)
        one = shapely.Polygon(ring[:: 1 if n % 4 else -1], [hole[:: 1 if n % 3 else -1]])
        other = shapely.Polygon(star(x + 0.03, y, 0.01, 7, rng))
        made.append(shapely.MultiPolygon([one, other]) if n % 2 else one)
    return made


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_areas_come_back_with_their_holes_and_parts(seed, count):
    shapes = islands(np.random.default_rng(seed), count)
    found = reader.runs(block.block(layer(shapes, kind="polygon")))
    assert len(found) == count
    for rings, shape in zip(found, shapes, strict=True):
        wanted = shapely.transform(shape, lambda places: np.array([steps(place) for place in places]))
        made = reader.ground(rings)
        assert [len(part.interiors) for part in made.geoms] == [
            len(part.interiors) for part in shapely.get_parts(wanted)
        ]
        assert shapely.hausdorff_distance(made.boundary, wanted.boundary) <= math.hypot(0.5, 0.5) + 1e-6


@settings(max_examples=40)
@given(st.lists(st.lists(PLACES, min_size=2, max_size=9), min_size=1, max_size=6))
def test_lines_come_back_but_for_vertices_on_the_same_step(lines):
    shapes = [shapely.LineString(line) for line in lines]
    found = reader.runs(block.block(layer([shapely.MultiLineString(shapes), shapes[0]], kind="line")))
    whole = [[tuple(place) for place in ground.on_grid(np.array(line)).tolist()] for line in lines]
    kept = [[p for n, p in enumerate(line) if n == 0 or p != line[n - 1]] for line in whole]
    assert found == [kept, kept[:1]]


def test_what_is_smaller_than_a_step_does_not_vanish():
    speck = shapely.box(138, 35, 138 + 1e-9, 35 + 1e-9)
    ring = shapely.LinearRing([(138, 35), (138.1, 35), (138.1, 35.1)])
    assert [len(rings) for rings in reader.runs(block.block(layer([speck, None], kind="polygon")))] == [1, 0]
    assert [len(line) for line in reader.runs(block.block(layer([ring], kind="line")))[0]] == [4]


VALUES = {
    "text": st.text(max_size=6) | st.sampled_from(HOSTILE),
    "whole": st.integers(-(2**40), 2**40),
    "number": st.floats(allow_infinity=True, width=32) | st.floats(-1e12, 1e12),
    "mixed": st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-2, 2) | st.text(max_size=2),
}


@pytest.mark.parametrize("kind", VALUES)
@given(st.data())
def test_columns_come_back(kind, data):
    values = data.draw(st.lists(VALUES[kind]) | st.lists(VALUES[kind], max_size=2).map(lambda few: few * 7))
    series = pd.Series(values, dtype={"whole": "int64", "number": "float64"}.get(kind, "object"))
    held = json.loads(encode.data_json(columns.column(series)))
    told = [encode.short(value) for value in encode.cells(series)]
    expected = json.loads(encode.data_json(told))  # half a surrogate pair is no text
    assert [(value, type(value) is bool) for value in reader.column(held)] == [
        (value, type(value) is bool) for value in expected
    ]


@pytest.mark.parametrize("dtype", ["Int64", "boolean", "string", "category", "datetime64[ns]"])
def test_columns_of_pandas_own_kinds_come_back(dtype):
    held = {
        "Int64": [1981, None, 5] * 3,
        "boolean": [True, None, False] * 3,
        "string": ["一", None, "二"] * 3,
        "category": ["甲", None, "乙"] * 3,
        "datetime64[ns]": ["2026-11-01", None, "2025-04-01"] * 3,
    }[dtype]
    series = pd.Series(held, dtype=dtype)
    for values in (series, series[:3]):
        assert reader.column(columns.column(values)) == encode.cells(values)


def test_long_texts_are_deflated_and_short_ones_can_be_searched_for(monkeypatch):
    series = pd.Series([f"家屋{n}" for n in range(50)])
    plain = columns.column(series)
    assert "家屋7" in encode.data_json(plain)
    monkeypatch.setattr(columns, "LONG_TEXTS", 10)
    packed = columns.column(series)
    assert "家屋7" not in encode.data_json(packed)
    assert reader.column(packed) == reader.column(plain) == series.tolist()


def test_classes_of_a_column_are_those_of_each_value_by_itself():
    for values in (
        pd.Series([1, True, 1.0, "1", None, "true", np.nan], dtype="object"),
        pd.Series([0.5, np.nan, 2.0]),
        pd.Series(["a", None, "a"], dtype="string"),
        pd.Series(["a", None, "b"]),
        pd.Series([True, None, False], dtype="boolean"),
        pd.Series([], dtype="object"),
    ):
        assert style.keys(values) == [style.key(value) for value in values]


# ---- which layers ----


def test_large_layers_of_one_kind_are_drawn_on_tiles_and_signs_never():
    many = shapely.points(np.linspace(138, 139, block.MANY_FEATURES), 35)
    long = shapely.LineString(
        np.column_stack([np.linspace(138, 139, block.MANY_VERTICES), np.full(block.MANY_VERTICES, 35)])
    )
    assert block.large(layer(many))
    assert not block.large(layer(many[1:]))
    assert block.large(layer([long], kind="line"))
    assert not block.large(layer([shapely.LineString(long.coords[1:])], kind="line"))
    assert not block.large(layer([*many, long], kind="point")), "of several kinds"
    assert not block.large(replace(layer(many), look=Look(symbol="hub")))


def crowded_page(say=str):
    """Return the page of the village with so many houses that they are drawn on tiles."""
    return trial_map.page(say, houses=block.MANY_FEATURES)


def test_a_page_holds_the_scripts_of_tiles_where_it_needs_them():
    assert "canvas_tiles" not in interactive.html(trial_map.page())
    assert "DecompressionStream" not in interactive.html(trial_map.page())
    text = interactive.html(crowded_page())
    assert "DecompressionStream" in text
    assert text == interactive.html(crowded_page())
    held = {one["name"]: one for one in reader.blocks(text)}
    assert held["vacant_house"]["tiles"] is True
    assert "tiles" not in held["road"]
    assert set(reader.column(held["vacant_house"]["columns"]["source"])) == {"survey", "ledger", "bank", ""}
    assert "survey" in reader.texts(text)


def test_only_what_is_told_reaches_the_page():
    house = next(one for one in crowded_page().layers if one.name == "vacant_house")
    table = house.table.assign(owner=[f"所有者{n}" for n in range(len(house.table))])
    text = interactive.html(replace(crowded_page(), layers=(replace(house, table=table),)))
    assert not any("所有者" in value for value in reader.texts(text))


# ---- the layer by itself ----


def table(count=30, crs=4326):
    rng = np.random.default_rng(5)
    shapes = shapely.points(rng.uniform(138, 139, count), rng.uniform(34, 35, count))
    held = {
        "kind": list("ab" * (count // 2)),
        "year": np.arange(count) + 1990,
        "secret": ["x-secret"] * count,
    }
    return gpd.GeoDataFrame(held, geometry=shapes, crs=4326).to_crs(crs)


def test_it_is_a_layer_of_any_folium_map_and_tells_only_what_it_was_asked_to():
    made = folium.Map()
    layer = gisplan.CanvasLayer(
        table(), title="家", credit="市", popup={"year": "年"}, paint=Style(by="kind")
    )
    layer.add_to(made)
    folium.LayerControl().add_to(made)
    text = made.get_root().render()
    assert (
        f"gisplan.canvas.layer(&quot;{layer.get_name()}" in text
        or f'gisplan.canvas.layer("{layer.get_name()}")' in text
    )
    assert f"{layer.get_name()}.addTo(" in text
    assert "x-secret" not in text
    [held] = reader.blocks(text)
    assert [one["title"]["ja"] for one in held["classes"]] == ["a", "b"]
    assert set(held["columns"]) == {"year"}


def test_a_map_for_closed_offices_is_the_same_every_time_and_lets_nothing_in():
    def page():
        made = gisplan.OfflineMap(title="<b>試験</b>", location=[34.5, 138.5], zoom_start=9)
        gisplan.CanvasLayer(table(crs=6676), title="家", credit="市").add_to(made)
        return made.get_root().render()

    text = page()
    assert text == page()
    assert "connect-src 'none'" in text
    assert "<b>" not in text


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"popup": {"nothing": "無"}}, "maps.canvas_column"),
        ({"label": "nothing"}, "maps.canvas_column"),
        ({"paint": Style(by="nothing")}, "maps.canvas_column"),
        ({"credit": ""}, "maps.no_credit"),
        ({"table": table().set_crs(None, allow_override=True)}, "maps.no_crs"),
        (
            {"table": gpd.GeoDataFrame(geometry=[shapely.Point(1, 2), shapely.box(0, 0, 1, 1)], crs=4326)},
            "maps.canvas_mixed",
        ),
        ({"table": gpd.GeoDataFrame(geometry=[shapely.Point(np.inf, 2)], crs=4326)}, "maps.canvas_place"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_both_languages(change, code):
    facts = {"table": table(), "title": "家", "credit": "市", **change}

    def drawn():
        made = gisplan.OfflineMap(title="試験")
        gisplan.CanvasLayer(facts.pop("table"), **facts).add_to(made)
        return made.get_root().render()

    with pytest.raises(ConfigurationError) as refused:
        drawn()
    assert [problem.code for problem in refused.value.problems] == [code]


def test_a_value_of_every_colour_has_a_class_and_the_rest_share_one():
    shapes = shapely.points(np.linspace(138, 139, 40), 35)
    held = gpd.GeoDataFrame({"n": [f"{n:02d}" for n in range(20)] * 2}, geometry=shapes, crs=4326)
    made = folium.Map().add_child(gisplan.CanvasLayer(held, title="数", credit="市", paint=Style(by="n")))
    [told] = reader.blocks(made.get_root().render())
    assert [one["title"]["ja"] for one in told["classes"]] == [*(f"{n:02d}" for n in range(8)), "その他"]
    assert told["classes"][-1]["count"] == 24
    assert Text(ja="その他", en="Other") == style.words()["other"]


def test_the_example_of_the_documentation_runs_and_is_what_it_says(tmp_path, monkeypatch):
    page = (Path(__file__).parents[1] / "docs" / "canvas_layer.md").read_text("utf-8")
    [code] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    names = runpy.run_path(str(written(tmp_path / "example.py", code)))
    text = (tmp_path / "houses.html").read_text("utf-8")
    [held] = reader.blocks(text)
    assert held["count"] == len(names["houses"]) == 100_000
    assert set(held["columns"]) == {"出典", "建築年"}
    assert "地図には入りません" not in text
    assert len(text) < 1_600_000
    for word in inspect.signature(gisplan.CanvasLayer).parameters:
        assert f"| `{word}` |" in page, word
    assert f"{block.MANY_FEATURES:,}" in page
    assert f"{block.MANY_VERTICES:,}" in page


def written(path, code):
    path.write_text(code, "utf-8")
    return path
