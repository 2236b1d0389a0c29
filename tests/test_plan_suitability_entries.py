"""`[suitability]` and `[propose]` of plan.toml: read as written, and every mistake told at once with its line."""

import pytest

from gisplan.core.errors import ConfigurationError
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.plan.read import read_plan
from gisplan.siting.districts.criteria import kinds

HEAD = """[plan]
title = "村の計画"
municipality = ["22212"]
date = 2026-11-01

[layers.vacant_house]
path = "houses.csv"

"""
HOUSES = '[[suitability.criterion]]\nname = "空家"\nkind = "density"\nof = "vacant_house"\n'
ZONES = '[[suitability.criterion]]\nname = "用途"\nkind = "zone"\nof = "zone"\n'
STEEP = '[[suitability.criterion]]\nname = "傾斜"\nkind = "slope"\n'
CATALOGUE = read_catalogue(packaged_folder())


def plan_of(tmp_path, text):
    path = tmp_path / "plan.toml"
    path.write_text(HEAD + text, "utf-8")
    return read_plan(path, catalogue=CATALOGUE)


def mistakes(tmp_path, text):
    """Return code and key of every mistake."""
    with pytest.raises(ConfigurationError) as caught:
        plan_of(tmp_path, text)
    for problem in caught.value.problems:
        said = problem.what.ja + problem.what.en + problem.cure.ja + problem.cure.en
        assert problem.what.ja != problem.what.en
        assert "{" not in said
    return [(problem.code, problem.place.split(" ")[1]) for problem in caught.value.problems]


def test_what_is_asked_for_is_read_with_its_usual_values(tmp_path):
    plan = plan_of(
        tmp_path,
        HOUSES + "radius_m = 300\nscale = [[0, 0], [2.5, 1]]\nweight = 2\n" + STEEP + "exclude_above = 20\n" + ZONES
        + 'by = "zone"\nvalues = { "商業地域" = 1, "一低専" = 0.5 }\nsource = "都市計画図"\n'
        + '[propose]\ncount = 2\narea_ha = [50, 300.5]\nof = "mesh"\navoid = ["landslide"]\n',
    )  # fmt: skip
    houses, steep, zones = plan.suitability.criteria
    assert (plan.suitability.cell_m, plan.suitability.within, plan.suitability.pairwise) == (
        100.0,
        "municipality",
        (),
    )
    assert (houses.scale, houses.weight, houses.radius_m) == (((0.0, 0.0), (2.5, 1.0)), 2.0, 300.0)
    assert (steep.of, steep.scale, steep.weight) == ("elevation", kinds()["slope"].scale, 1.0)
    assert (steep.exclude_above, steep.exclude_below) == (20.0, None)
    # A value may be written as in a file; what is held is what the layer holds.
    assert zones.values == {"商業地域": 1.0, "第一種低層住居専用地域": 0.5}
    assert zones.source == "都市計画図"
    assert houses.line < steep.line < zones.line
    asked = plan.propose
    assert (asked.count, asked.area_ha, asked.of, asked.avoid) == (2, (50.0, 300.5), "mesh", ("landslide",))
    assert (asked.layer, asked.compact, asked.forbidden_share) == ("priority_district", 0.3, 0.1)


def test_a_plan_that_says_nothing_asks_for_nothing(tmp_path):
    plan = plan_of(tmp_path, "")
    assert plan.suitability is None
    assert plan.propose is None


@pytest.mark.parametrize("kind", list(kinds()))
def test_the_usual_scale_of_every_kind_is_a_scale(kind):
    every = [kinds()[kind].scale, *kinds()[kind].scales.values()]
    for scale in every:
        assert [value for value, _ in scale] == sorted({value for value, _ in scale})
        assert all(0 <= score <= 1 for _, score in scale)
    assert set(kinds()[kind].scales) <= set(CATALOGUE)


ONE = "suitability.criterion[1]"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HOUSES + "scale = [[2, 0], [1, 1]]", [("suit.scale", f"{ONE}.scale")]),
        (HOUSES + "scale = [[0, 0], [1, 1.5]]", [("suit.scale", f"{ONE}.scale")]),
        (HOUSES + "scale = [[0, 0]]", [("suit.scale", f"{ONE}.scale")]),
        (HOUSES + "exclude_above = 1\nexclude_below = 2", [("suit.limits", f"{ONE}.exclude_above")]),
        (STEEP + "radius_m = 100", [("suit.key", f"{ONE}.radius_m")]),
        (HOUSES + HOUSES, [("suit.name", "suitability.criterion[2].name")]),
        (HOUSES.replace("空家", "suitability"), [("suit.name", f"{ONE}.name")]),
        (HOUSES.replace('of = "vacant_house"\n', ""), [("suit.no_layer", ONE)]),
        (HOUSES.replace('"vacant_house"', '"vacant_hous"'), [("config.unknown_name", f"{ONE}.of")]),
        (HOUSES.replace('"vacant_house"', '"flood"'), [("suit.unfit_layer", f"{ONE}.of")]),
        (HOUSES + 'amount = "rooms"', [("config.unknown_field", f"{ONE}.amount")]),
        (ZONES + "values = { a = 1 }", [("suit.by", f"{ONE}.values")]),
        (
            ZONES + 'by = "zone"\nvalues = { "商業地区域" = 1 }',
            [("config.unknown_name", f"{ONE}.values.商業地区域")],
        ),
        ('[suitability]\nwithin = "road"\n' + HOUSES, [("suit.unfit_layer", "suitability.within")]),
        ("[propose]\narea_ha = [1, 2]", [("propose.no_suitability", "propose")]),
        (HOUSES + "[propose]\narea_ha = [300, 20]", [("propose.area", "propose.area_ha")]),
        (HOUSES + '[propose]\narea_ha = [1, 2]\navoid = ["hub"]', [("suit.unfit_layer", "propose.avoid")]),
    ],
)
def test_a_mistake_is_told_where_it_stands(tmp_path, text, told):
    assert mistakes(tmp_path, text) == told


def test_an_unknown_kind_and_wrong_types_are_told_together(tmp_path):
    text = (
        HOUSES.replace('"density"', '"desity"')
        + "weight = 0\n"
        + STEEP
        + "[propose]\ncount = 0\narea_ha = [1]\n"
    )
    keys = [key for _, key in mistakes(tmp_path, text)]
    assert keys == [f"{ONE}.kind", f"{ONE}.weight", "propose.count", "propose.area_ha"]


PAIRS = "[suitability]\npairwise = {}\n" + HOUSES + STEEP + ZONES


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        ('[["空家", "傾斜", 3]]', [("suit.pairs_missing", "suitability.pairwise")]),
        ('[["空家", "傾斜", 3], ["傾斜", "空家", 3]]', [("suit.pair_twice", "suitability.pairwise[2]")]),
        ('[["空家", "空家", 3]]', [("suit.pair", "suitability.pairwise[1]")]),
        ('[["空家", "傾斜", 0]]', [("suit.pair", "suitability.pairwise[1]")]),
        ('[["空家", "傾斜"]]', [("suit.pair", "suitability.pairwise[1]")]),
        ('[["空家", "傾き", 3]]', [("config.unknown_name", "suitability.pairwise[1]")]),
    ],
)
def test_comparisons_that_are_none_are_told(tmp_path, pairs, told):
    assert mistakes(tmp_path, PAIRS.format(pairs)) == told


def test_missing_pairs_are_named_and_weights_beside_comparisons_refused(tmp_path):
    with pytest.raises(ConfigurationError) as caught:
        plan_of(tmp_path, PAIRS.format('[["空家", "傾斜", 3]]'))
    assert "空家–用途" in caught.value.problems[0].what.en
    assert "傾斜–用途" in caught.value.problems[0].what.en
    whole = '[["空家", "傾斜", 3], ["空家", "用途", 5], ["用途", "傾斜", 0.5]]'
    assert plan_of(tmp_path, PAIRS.format(whole)).suitability.pairwise[2] == ("用途", "傾斜", 0.5)
    assert mistakes(tmp_path, PAIRS.format(whole) + "weight = 2\n") == [
        ("suit.weights_twice", "suitability.pairwise")
    ]
