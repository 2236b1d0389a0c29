"""The keys of [site] in plan.toml: what they mean, and every mistake at once with its line and near names."""

import pytest

from gisplan.core.errors import ConfigurationError
from gisplan.core.options import AvoidOptions, GridOptions, MostOptions, SiteOptions
from gisplan.plan.read import read_plan

HEAD = """[plan]
title = "村"
municipality = ["22212"]
date = 2026-11-01
[layers.zone]
path = "a.gpkg"
"""
WHOLE = """[site]
p = 3
model = "max-coverage"
demand = "population"
weight = "people"
factor = 2
candidates = "grid"
lawful = false
minutes = 10
share = 0.8
force = ["甲"]
forbid = ["乙"]
existing = ["丙"]
competing = "shop"
cost = "yen"
budget = 100
capacity = "seats"
cutoff = 30
seconds = 5
curve = 4
[site.grid]
spacing_m = 100
within = "zone"
zones = ["商業地域"]
[[site.also]]
layer = "vacant_house"
factor = 0.5
[[site.most]]
by = "municipality"
most = 1
only = "焼津市"
[[site.avoid]]
layer = "flood"
column = "depth_rank"
above = 0.5
[[site.avoid]]
layer = "landslide"
column = "level"
values = ["special"]
[[site.avoid]]
layer = "slope"
above = 30
unit = "percent"
penalty_minutes = 5
"""


@pytest.fixture
def plan_of(tmp_path):
    def read(tail):
        file = tmp_path / "plan.toml"
        file.write_text(HEAD + tail, encoding="utf-8")
        return read_plan(file)

    return read


@pytest.fixture
def mistakes_of(plan_of):
    def read(tail):
        with pytest.raises(ConfigurationError) as caught:
            plan_of(tail)
        assert caught.value.exit_code == 3
        for problem in caught.value.problems:
            assert "?" not in problem.what.ja + problem.cure.ja
        return caught.value.problems

    return read


def test_every_key_is_read(plan_of):
    site = plan_of(WHOLE).site
    assert (site.p, site.model, site.demand, site.weight, site.factor) == (
        3,
        "max-coverage",
        "population",
        "people",
        2,
    )
    assert (site.minutes, site.share, site.lawful, site.force, site.forbid) == (
        10,
        0.8,
        False,
        ("甲",),
        ("乙",),
    )
    assert (site.existing, site.every_existing, site.competing) == (("丙",), False, "shop")
    assert (site.cost, site.budget, site.capacity) == ("yen", 100, "seats")
    assert (site.cutoff, site.seconds, site.curve) == (30, 5, 4)
    assert site.grid == GridOptions(spacing_m=100, within="zone", zones=("商業地域",))
    assert (site.also[0].layer, site.also[0].factor) == ("vacant_house", 0.5)
    assert site.demands == ("population", "vacant_house")
    lines = HEAD.count("\n")
    assert site.most == (MostOptions(by="municipality", most=1, only=("焼津市",), line=lines + 28),)
    assert site.avoid == (
        AvoidOptions(layer="flood", column="depth_rank", above=0.5, line=lines + 32),
        AvoidOptions(layer="landslide", column="level", among=("special",), line=lines + 36),
        AvoidOptions(layer="slope", above=30, unit="percent", penalty_minutes=5, line=lines + 40),
    )


def test_what_is_left_out_has_its_usual_value(plan_of):
    assert plan_of("[site]\np = 2\n").site == SiteOptions(p=2)
    assert plan_of("[site]\nmodel = 'set-cover'\n").site == SiteOptions(model="set-cover")
    assert plan_of("[site]\np = 2\nexisting = true\n").site.every_existing
    assert not plan_of("[site]\np = 2\nexisting = false\n").site.every_existing


def test_every_mistake_is_told_at_once_with_its_line(mistakes_of):
    found = mistakes_of("""[site]
model = "p-medain"
demand = "zone"
candidates = "sight"
competing = "shopp"
share = 1.5
minutes = 0
factor = 0
budget = 5
secnds = 3
[site.grid]
within = "hub"
[[site.also]]
layer = "medicall"
[[site.most]]
by = ""
most = -1
[[site.avoid]]
layer = "floood"
""")
    lines = HEAD.count("\n")
    assert [(one.code, one.place.partition(":")[2]) for one in found] == [
        ("config.site_p", f"{lines + 1} site"),
        ("config.wrong_value", f"{lines + 2} site.model"),
        ("config.unfit_layer", f"{lines + 3} site.demand"),
        ("config.unknown_name", f"{lines + 4} site.candidates"),
        ("config.unknown_name", f"{lines + 5} site.competing"),
        ("config.wrong_value", f"{lines + 6} site.share"),
        ("config.wrong_value", f"{lines + 7} site.minutes"),
        ("config.wrong_value", f"{lines + 8} site.factor"),
        ("config.site_budget", f"{lines + 9} site.budget"),
        ("config.unknown_key", f"{lines + 10} site.secnds"),
        ("config.site_grid", f"{lines + 11} site.grid"),
        ("config.unfit_layer", f"{lines + 12} site.grid.within"),
        ("config.unknown_name", f"{lines + 14} site.also[1].layer"),
        ("config.wrong_value", f"{lines + 16} site.most[1].by"),
        ("config.wrong_value", f"{lines + 17} site.most[1].most"),
        ("config.unknown_name", f"{lines + 19} site.avoid[1].layer"),
    ]
    near = {one.place.partition(" ")[2]: one.what.en + one.cure.en for one in found}
    assert "seconds" in near["site.secnds"]
    assert "medical" in near["site.also[1].layer"]
    assert "flood" in near["site.avoid[1].layer"]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ('layer = "slope"\n', "config.site_slope"),
        ('layer = "slope"\nabove = 5\ncolumn = "x"\n', "config.site_avoid_key"),
        ('layer = "flood"\nabove = 5\n', "config.site_avoid_column"),
        ('layer = "flood"\ncolumn = "depth_rank"\n', "config.site_avoid_threshold"),
        (
            'layer = "flood"\ncolumn = "depth_rank"\nabove = 1\nvalues = ["2"]\n',
            "config.site_avoid_threshold",
        ),
        ('layer = "flood"\nunit = "percent"\n', "config.site_avoid_key"),
        ('layer = "hub"\n', "config.unfit_layer"),
    ],
)
def test_keys_of_what_to_avoid_must_fit_each_other(mistakes_of, rule, code):
    assert [problem.code for problem in mistakes_of("[site]\np = 1\n[[site.avoid]]\n" + rule)] == [code]
