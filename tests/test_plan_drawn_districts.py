"""Proposed districts on the map and suitable ground as a file; and what those outside the office may have of them."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import rasterio
from small_ground import criterion, options, square, suitability_of, table, town

from gisplan.cli.proposed import district_lines
from gisplan.core.options import ReleaseOptions
from gisplan.core.tables import findings
from gisplan.plan.drawn_districts import SURFACE, proposed_districts, write_surface
from gisplan.plan.release import release
from gisplan.plan.results import Results
from gisplan.siting.districts import propose


def results_of(atlas, *, audience="internal", smallest=3):
    plan = dataclasses.replace(
        atlas.plan, audience=audience, release=ReleaseOptions(houses_by="mesh", smallest_count=smallest)
    )
    atlas = dataclasses.replace(atlas, plan=plan, findings=findings(()))
    suited = suitability_of(atlas)
    made = propose(atlas, suited)
    return Results(
        atlas=atlas, suited=suited, proposed=made, findings=pd.concat([suited.findings, made.findings])
    )


def without_houses(atlas):
    """Return a town that is judged by floods alone."""
    flood = criterion("洪水", "hazard", "flood", ((0, 1), (1, 0)), exclude_above=0.99)
    options = dataclasses.replace(atlas.plan.suitability, criteria=(flood,))
    return dataclasses.replace(atlas, plan=dataclasses.replace(atlas.plan, suitability=options))


TWO = town(propose=options(count=2, of="neighbourhood", least=9, most=9))


def test_the_layer_has_the_outlines_names_and_figures():
    results = results_of(TWO)
    (layer,) = proposed_districts(results, release(results, audience="internal"))
    assert layer.table["id"].tolist() == ["proposed-1", "proposed-2"]
    assert layer.table.crs.to_epsg() == 6676
    assert layer.table.geometry.area.tolist() == [90_000.0, 90_000.0]
    first = layer.table.iloc[0]
    assert (first["name"], first["vacant_houses"], first["suitability_mean"]) == ("北西", 18.0, 1.0)
    assert layer.labels["name"]["北西"].en == "北西"
    assert {column for column, _ in layer.popup} <= set(layer.table.columns)
    assert "計算した提案" in layer.credit.ja
    assert "nothing is decided" in layer.credit.en


def test_without_proposals_there_is_no_layer():
    nothing = results_of(town(propose=options(of="neighbourhood", least=30, most=40)))
    assert proposed_districts(nothing, release(nothing, audience="internal")) == []
    bare = dataclasses.replace(nothing, proposed=None)
    assert proposed_districts(bare, release(bare, audience="internal")) == []


def test_the_surface_tells_forbidden_from_not_assessed_and_from_nought(tmp_path):
    people = table([square(0, 0), square(0, 1)], people=[10.0, np.nan])
    atlas = town(population=people)
    extra = criterion("人口", "density", "population", ((0, 0), (10, 1)))
    criteria = (*atlas.plan.suitability.criteria, extra)
    plan = dataclasses.replace(
        atlas.plan, suitability=dataclasses.replace(atlas.plan.suitability, criteria=criteria), propose=None
    )
    results = Results(
        atlas=dataclasses.replace(atlas, plan=plan),
        suited=suitability_of(dataclasses.replace(atlas, plan=plan)),
    )
    write_surface(tmp_path, results)
    with rasterio.open(tmp_path / SURFACE) as source:
        bands = dict(zip(source.descriptions, source.read(masked=True), strict=True))
        tags = source.tags(source.descriptions.index("score 人口") + 1)
    assert list(bands) == ["suitability", "state", "score 空家", "score 洪水", "score 人口"]
    state = bands["state"]
    assert (state[0, 0], state[0, 1], state[5, 5]) == (1, 3, 2)
    assert bands["suitability"].mask[0, 1]
    assert bands["suitability"].mask[5, 5]
    assert bands["suitability"][0, 0] == pytest.approx(1.0)
    assert bands["score 人口"][5, 5] == 0.0
    assert (tags["kind"], tags["layer"], tags["scale"]) == ("density", "population", "0→0; 10→1")
    assert float(tags["weight"]) == pytest.approx(0.25)


@pytest.mark.parametrize(("audience", "judged_by_houses", "written"), [
    ("internal", True, True), ("public", True, False), ("public", False, True), ("partner", True, False),
])  # fmt: skip
def test_a_surface_of_houses_stays_inside(tmp_path, audience, judged_by_houses, written):
    atlas = TWO if judged_by_houses else without_houses(TWO)
    write_surface(tmp_path, results_of(atlas, audience=audience))
    assert (tmp_path / SURFACE).exists() == written


@pytest.mark.parametrize("audience", ["partner", "public"])
def test_outside_the_office_no_figure_speaks_of_houses(audience):
    drawn = table([square(0, 3, rows=3, columns=3)], name=["北東地区"])
    atlas = dataclasses.replace(TWO, layers=TWO.layers | town(priority_district=drawn).layers)
    results = results_of(atlas, audience=audience)
    told = release(results, audience=audience).tables
    assert "propose.drawn_better" in set(results.findings["code"])
    assert "propose.drawn_better" not in set(told["findings"]["code"])
    # The second district holds a single house: its outline would tell of it.
    assert told["proposed_districts"]["rank"].tolist() == [1]
    assert told["district_stability"]["rank"].unique().tolist() == [1]
    for name in ("proposed_districts", "districts_compared"):
        assert told[name][["vacant_houses", "suitability_mean", "suitability_sum"]].isna().all(axis=None)
        assert told[name]["people"].notna().all()
    rows = told["suitability"].set_index("criterion")
    assert rows.loc[["空家", "suitability"], ["least", "mean", "most"]].isna().all(axis=None)
    assert rows.loc["洪水", "most"] == 1.0
    (layer,) = proposed_districts(results, release(results, audience=audience))
    assert len(layer.table) == 1
    assert layer.table["vacant_houses"].isna().all()


def test_where_houses_are_no_criterion_only_their_number_is_blank():
    results = results_of(without_houses(TWO), audience="public")
    told = release(results, audience="public").tables
    assert len(told["proposed_districts"]) == 2
    assert told["proposed_districts"]["vacant_houses"].isna().all()
    assert told["proposed_districts"]["suitability_mean"].notna().all()
    assert told["suitability"]["mean"].notna().all()


def told(results, audience):
    return SimpleNamespace(released=release(results, audience=audience))


def test_the_screen_tells_each_district_in_a_line_and_outsiders_no_suitability():
    drawn = table([square(0, 0, rows=3, columns=3)], name=["北西地区"])
    atlas = dataclasses.replace(TWO, layers=TWO.layers | town(priority_district=drawn).layers)
    inside, outside = (results_of(atlas, audience=audience) for audience in ("internal", "public"))
    lines = list(district_lines(told(inside, "internal"), "en"))
    assert lines[1] == (
        "  1  北西: 9.0 ha, suitability 1.00, people 100, vacant houses 18, hubs 1 "
        "(of its ground and that of “北西地区” together, 100% is common)"
    )
    public = list(district_lines(told(outside, "public"), "ja"))
    assert public[1] == (
        "  1  北西　9.0 ha、人口 100人、拠点 1か所（「北西地区」と合わせた面積の100%が共通）"
    )
