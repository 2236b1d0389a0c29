"""What leaves the office of a siting: no finding, table or manifest that names or counts what is kept inside."""

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from village import on_disk

import gisplan as gp
from gisplan.core.options import AlsoOptions, AvoidOptions, MostOptions, SiteOptions
from gisplan.core.words import Layer
from gisplan.plan.release import release
from gisplan.plan.release_siting import closed_finding, closed_siting, defence_told, sites_told, siting_told
from gisplan.plan.results import Results
from gisplan.plan.withheld import WITHHELD, Guarded, question_told


@pytest.fixture(scope="module")
def village(tmp_path_factory):
    atlas = gp.load(gp.read_plan(str(on_disk.build(tmp_path_factory.mktemp("village")))))
    houses = atlas.table("vacant_house")
    rows = {"id": ["f1"], "name": [""], "depth_rank": ["3"]}
    flood = gpd.GeoDataFrame(rows, geometry=[houses.geometry.union_all().envelope.buffer(50)], crs=houses.crs)
    layer = Layer(spec=atlas.catalogue["flood"], table=flood, readings=())
    atlas = dataclasses.replace(atlas, layers={**atlas.layers, "flood": layer})
    return atlas, gp.check(atlas), gp.connect(atlas)


def released(village, audience, **options):
    atlas, checked, connected = village
    site = SiteOptions(**{"p": 1, "lawful": False, **options})
    held = dataclasses.replace(atlas, plan=dataclasses.replace(atlas.plan, site=site, audience=audience))
    found = gp.site(held, connected, checked.verdicts)
    results = Results(atlas=held, checked=checked, connected=connected, sited=found, findings=found.findings)
    return release(results, audience=audience)


DEEP = AvoidOptions(layer="flood", column="depth_rank", above=0.5, penalty_minutes=5.0)


@pytest.mark.parametrize("audience", ["partner", "public"])
def test_a_finding_on_a_hazard_names_no_house_that_is_held_back(village, audience):
    asked = {"candidates": "vacant_house", "demand": "medical", "avoid": (DEEP,)}
    inside = released(village, "internal", **asked).tables["findings"]
    assert "site.set_back" in set(inside["code"]), "or the next line shows nothing"
    outside = released(village, audience, **asked).tables["findings"]
    assert not set(outside["code"]) & {"site.set_back", "site.avoided", "site.off_road"}
    # Of sites that everybody may know it is told.
    plain = released(village, audience, demand="medical", avoid=(DEEP,)).tables["findings"]
    assert set(plain["code"]) & {"site.set_back", "site.avoided_none"}


def test_what_houses_compete_for_is_told_in_no_figure(village):
    asked = {"demand": "medical", "competing": "vacant_house"}
    assert released(village, "internal", **asked).tables["siting"]["objective"].notna().all()
    assert released(village, "public", **asked).tables["siting"]["objective"].isna().all()
    options = SiteOptions(p=1, **asked)
    every = {"siting_served": pd.DataFrame({"name": ["空家1"]}), "siting_curve": pd.DataFrame()}
    assert closed_siting(options, {})
    assert defence_told(every, options, secret={}, roads=True) == {}


SITING = pd.DataFrame(
    {
        "name": ["西"], "cost": [3.0], "demand_served": [1.0], "share": [1.0], "mean_minutes": [1.0],
        "longest_minutes": [1.0], "objective": [1.0], "bound": [1.0], "gap": [0.0],
    }
)  # fmt: skip
KEPT = {"shop": ("sales",), "site": ("yen", "town", "seats")}


@pytest.mark.parametrize(
    ("options", "closed"),
    [
        (SiteOptions(p=1, demand="shop"), False),
        (SiteOptions(p=1, demand="shop", weight="sales"), True),
        (SiteOptions(p=1, demand="stop", also=(AlsoOptions(layer="shop", weight="sales"),)), True),
        (SiteOptions(p=1, demand="shop", capacity="seats"), True),
        (SiteOptions(p=1, demand="shop", cost="yen"), False),
    ],
)
def test_sums_of_a_column_that_is_kept_inside_are_told_in_no_figure(options, closed):
    assert closed_siting(options, KEPT) == closed
    row = siting_told(SITING, options, KEPT).iloc[0]
    assert np.isnan(row["objective"]) == np.isnan(row["demand_served"]) == closed
    assert np.isnan(row["cost"]) == (options.cost == "yen")
    assert row["name"] == "西"
    weighed = "sales" in {options.weight, *(one.weight for one in options.also)}
    assert closed_finding("site.unreached", "shop", options, KEPT) == weighed
    assert not closed_finding("site.unreached", "stop", options, KEPT)


def test_a_value_that_is_kept_inside_is_no_limit_by_name():
    table = pd.DataFrame({"state": ["chosen"], "counted_to": ["甲"]})
    for by, told in (("town", ""), ("municipality", "甲")):
        options = SiteOptions(p=1, demand="shop", most=(MostOptions(by=by, most=1),))
        assert sites_told(table, options, KEPT)["counted_to"].tolist() == [told]


def test_what_serves_is_not_named_where_names_are_kept_inside():
    options = SiteOptions(p=1, demand="shop", competing="stop")
    every = {"siting_served": pd.DataFrame(), "siting_curve": pd.DataFrame()}
    assert set(defence_told(every, options, secret={}, roads=True)) == set(every)
    for layer in ("hub", "stop", "neighbourhood"):
        assert set(defence_told(every, options, secret={layer: ("name",)}, roads=True)) == {"siting_curve"}
    assert closed_finding("site.standing_off_road", "stop", options, {"stop": ("name",)})
    assert not closed_finding("site.standing_off_road", "stop", options, {})


def test_the_manifest_names_no_house_of_which_is_asked_why():
    site = {"candidates": "vacant_house", "force": [], "forbid": [], "why": ["H02"]}
    question = {
        "parameters": {"site": site, "layers": [], "scenarios": []}, "inputs": {}, "plan": {},
        "parts": ["site", "why H08"],
    }  # fmt: skip
    found = question_told(question, Guarded(layers=frozenset(), files={}))
    assert (found["parts"], found["parameters"]["site"]["why"]) == (["site"], WITHHELD)
    other = question_told({**question, "parts": ["site", "why H09"]}, Guarded(layers=frozenset(), files={}))
    assert other["question"] != found["question"], "or an answer to another question would be taken"
    plain = {**question, "parameters": {**question["parameters"], "site": {**site, "candidates": "site"}}}
    assert question_told(plain, Guarded(layers=frozenset(), files={}))["parts"] == ["site", "why H08"]


def test_points_of_a_grid_bear_no_name_of_a_neighbourhood_that_is_kept_inside():
    options = SiteOptions(p=1, candidates="grid", demand="medical")
    secret = {"neighbourhood": ("name",)}
    assert siting_told(SITING, options, secret)["name"].tolist() == [""] * len(SITING)
    assert siting_told(SITING, options, {"site": ("name",)})["name"].equals(SITING["name"])
    assert closed_siting(options, secret)
