"""What a data block holds is the data, to 1e-6 degrees, and no parser can take it for anything else."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
import shapely
import trial_map
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from gisplan.core.errors import ConfigurationError
from gisplan.core.words import Text
from gisplan.maps import encode

TEXTS = st.text(alphabet=st.characters(exclude_categories=()), max_size=40)
NESTED = st.recursive(
    TEXTS | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
SIGNS = st.lists(st.sampled_from(["{", "}", "%", "#", "<", ">", "&", "\\", '"', "\u2028", "a"]), max_size=12)


def decoded(kinds, structure, numbers, count):
    """Read a block as the page does."""
    taken, place = iter(structure), np.cumsum(np.array(numbers).reshape(-1, 2), axis=0) / encode.SCALE
    vertices = iter(place.tolist())
    for at in range(count):
        kind = kinds[at] if len(kinds) > 1 else kinds[0]
        parts = next(taken)
        take = lambda: [next(vertices) for _ in range(next(taken))]  # noqa: E731
        if kind == encode.POINT:
            yield shapely.MultiPoint([next(vertices) for _ in range(parts)])
        elif kind == encode.LINE:
            yield shapely.MultiLineString([take() for _ in range(parts)])
        else:
            polygons = [[take() for _ in range(next(taken))] for _ in range(parts)]
            yield shapely.MultiPolygon([shapely.Polygon(rings[0], rings[1:]) for rings in polygons])


@given(NESTED)
def test_json_gives_back_what_went_in(value):
    back = json.loads(encode.data_json(value))
    assert back == json.loads(encode.plain(json.dumps(value, ensure_ascii=False)))


@given(SIGNS.map("".join), SIGNS.map("".join))
def test_no_parser_finds_anything_in_a_text(key, text):
    said = encode.data_json({key: [text, {key: text}]})
    assert not {"<", ">", "&", "%", "#", "\u2028"} & set(said)
    assert "{{" not in said
    assert Environment().from_string(said).render() == said  # noqa: S701 (the point: a template changes nothing)
    assert json.loads(said) == {key: [text, {key: text}]}


def test_a_number_that_is_none_is_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode.data_json([float("nan")])


def test_shapes_come_back_within_a_tenth_of_a_metre():
    shapes = [
        shapely.box(138.3, 34.8, 138.4, 34.9),
        shapely.Polygon(
            [(138.1, 34.1), (138.2, 34.1), (138.2, 34.2), (138.1, 34.2)],
            [
                [(138.12, 34.12), (138.14, 34.12), (138.13, 34.14)],
                [(138.16, 34.16), (138.18, 34.16), (138.17, 34.18)],
            ],
        ),
        shapely.LineString([(138.0, 34.0), (138.123456, 34.654321), (138.2, 34.1)]),
        shapely.MultiLineString([[(138, 34), (138.5, 34.5)], [(139, 35), (139.5, 35.5)]]),
        shapely.Point(138.3333333, 34.7777777),
        shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)]),
        None,
    ]
    kinds, structure, numbers = encode.geometry(shapes)
    back = list(decoded(kinds, structure, numbers, len(shapes)))
    for shape, found in zip(shapes[:-1], back, strict=False):
        assert shapely.hausdorff_distance(shape, found) <= 0.75e-6
    assert back[-1].is_empty
    assert back[1].area == pytest.approx(shapes[1].area, rel=1e-3)


@given(st.lists(st.tuples(st.floats(122, 154), st.floats(20, 46)), max_size=30))
def test_points_come_back(places):
    shapes = [shapely.Point(place) for place in places]
    kinds, structure, numbers = encode.geometry(shapes)
    for shape, found in zip(shapes, decoded(kinds, structure, numbers, len(shapes)), strict=True):
        assert shapely.hausdorff_distance(shape, found) <= 0.75e-6


def test_one_kind_is_said_once():
    assert encode.geometry([shapely.Point(1, 2), shapely.Point(1, 3)]) == (
        [0],
        [1, 1],
        [1_000_000, 2_000_000, 0, 1_000_000],
    )


def test_values_become_what_json_knows():
    values = pd.Series(
        [
            "字",
            1.5,
            np.float64(2),
            float("nan"),
            None,
            pd.NA,
            pd.NaT,
            True,
            np.bool_(False),
            np.int64(3),
            date(2026, 11, 1),
            pd.Timestamp(2026, 11, 1),
            float("inf"),
        ],
        dtype=object,
    )
    assert encode.column(values)["v"] == [
        "字",
        1.5,
        2,
        None,
        None,
        None,
        None,
        True,
        False,
        3,
        "2026-11-01",
        "2026-11-01",
        None,
    ]


def test_values_that_repeat_stand_once_and_true_is_no_one():
    held = encode.column(pd.Series([True, 1, True, 1, True, 1, "1", "1"], dtype=object))
    assert [held["d"][at] for at in held["i"]] == [True, 1, True, 1, True, 1, "1", "1"]
    assert [type(value) for value in held["d"]] == [bool, int, str]


def test_a_block_holds_no_column_that_nothing_shows():
    hub = trial_map.page().layers[0]
    secret = replace(hub, table=hub.table.assign(owner="山田太郎"))
    assert "山田太郎" not in encode.data_json(encode.block(secret))


def test_a_layer_without_credit_or_crs_is_refused():
    hub = trial_map.page().layers[0]
    with pytest.raises(ConfigurationError) as refused:
        encode.block(replace(hub, credit=Text(ja="", en="")))
    assert refused.value.problems[0].code == "maps.no_credit"
    with pytest.raises(ConfigurationError) as refused:
        encode.block(replace(hub, table=hub.table.set_crs(None, allow_override=True)))
    assert refused.value.problems[0].code == "maps.no_crs"
