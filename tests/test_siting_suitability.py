"""Suitable ground: every kind of criterion worked out by hand, and what is not known kept apart from 0."""

import dataclasses
from functools import cache

import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.transform import from_origin
from small_ground import NO_ROADS, criterion, ground, square, table
from village_roads import places, roads

from gisplan.access.nearest import matrix, serve
from gisplan.core.errors import ConfigurationError, InputError
from gisplan.core.suitability import ProposeOptions
from gisplan.network import connect
from gisplan.siting.districts import suitability
from gisplan.siting.districts.surface import combined, reweighed

HOUSES = table([shapely.Point(210, 310), shapely.Point(290, 390)], source="ledger", address="")
FLOOD = table([square(0, 0), square(0, 1)], depth_rank=["3", "5"])


def values(atlas, name):
    found = suitability(atlas, NO_ROADS)
    return next(one for one in found.judged if one.criterion.name == name)


def plane(path, *, rise, cell=10.0):
    """Write heights that rise towards the east, ten cells more than the town on every side."""
    columns = np.arange(80) * cell * rise
    profile = {
        "driver": "GTiff", "dtype": "float32", "count": 1, "width": 80, "height": 80, "crs": "EPSG:6676",
        "transform": from_origin(-100, 700, cell, cell), "nodata": -9999.0,
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as target:
        target.write(np.tile(columns, (80, 1)).astype("float32"), 1)
    return path


def test_houses_score_along_their_scale_and_stay_at_its_ends():
    one = values(
        ground([criterion("空家", "density", "vacant_house", ((0, 0), (4, 1)))], vacant_house=HOUSES), "空家"
    )
    assert one.value.reshape(6, 6)[2, 2] == 2.0
    assert one.score.reshape(6, 6)[2, 2] == 0.5
    more = dataclasses.replace(one.criterion, scale=((0.0, 0.25), (1.0, 0.75)))
    score = values(ground([more], vacant_house=HOUSES), "空家").score.reshape(6, 6)
    assert (score[2, 2], score[0, 0]) == (0.75, 0.25)


def test_slope_is_the_mean_of_the_cell(tmp_path):
    raster = plane(tmp_path / "dem.tif", rise=0.1)
    one = values(
        ground([criterion("傾斜", "slope", "elevation", ((3, 1), (15, 0)))], rasters={"elevation": raster}),
        "傾斜",
    )
    assert one.value == pytest.approx(np.full(36, np.degrees(np.arctan(0.1))), abs=1e-4)
    assert one.score == pytest.approx((15 - one.value) / 12)


def test_cells_smaller_than_those_of_the_heights_take_the_slope_at_their_middle(tmp_path):
    raster = plane(tmp_path / "dem.tif", rise=0.1)
    atlas = ground(
        [criterion("傾斜", "slope", "elevation", ((3, 1), (15, 0)))],
        cell_m=5.0,
        rasters={"elevation": raster},
    )
    one = values(atlas, "傾斜")
    assert len(one.value) == 120 * 120
    assert one.value == pytest.approx(np.full(14_400, np.degrees(np.arctan(0.1))), abs=1e-3)


def test_minutes_are_those_of_the_matrix_and_no_road_is_not_assessed():
    shops = places([{"id": "s", "at": (0, 0)}])
    road = roads([{"id": "r", "line": [(0, 0), (600, 0)]}, {"id": "t", "line": [(600, 550), (590, 550)]}])
    atlas = ground([criterion("店", "minutes", "shop", ((0, 1), (5, 0)))], shop=shops, road=road)
    atlas = dataclasses.replace(
        atlas,
        plan=dataclasses.replace(atlas.plan, access=dataclasses.replace(atlas.plan.access, snap_m=210.0)),
    )
    network = connect(atlas)
    found = suitability(atlas, network)
    one = found.judged[0]
    served = serve(network.ways, shops.geometry.to_numpy())
    assert one.value == pytest.approx(
        matrix(network.ways, served, found.cells.points).minutes[:, 0], nan_ok=True
    )
    shown = one.value.reshape(6, 6)
    assert np.isnan(shown[1, 0])  # 450 m from the one road, 550 m from the other
    assert np.isinf(shown[0, 5])  # beside a road that leads nowhere
    assert one.score.reshape(6, 6)[0, 5] == 0.0
    assert "suit.not_assessed" in set(found.findings["code"])
    row = found.table.iloc[0]
    assert row["assessed"] + row["not_assessed"] == 36
    assert np.isfinite(row["mean"])


def test_hazard_is_the_share_of_the_cell_and_may_forbid():
    half = shapely.box(0, 500, 40, 600)
    flood = table([half, square(0, 1)], depth_rank=["1", "5"])
    atlas = ground([criterion("洪水", "hazard", "flood", ((0, 1), (1, 0)), exclude_above=0.5)], flood=flood)
    found = suitability(atlas, NO_ROADS)
    assert found.judged[0].value.reshape(6, 6)[0, :3] == pytest.approx([0.4, 1.0, 0.0])
    assert found.forbidden.sum() == 1
    assert np.isnan(found.value.reshape(6, 6)[0, 1])
    assert found.worth.reshape(6, 6)[0, 0] == pytest.approx(0.6)


def test_zones_count_by_the_value_that_the_plan_gives_them():
    zone = table([square(0, 0), square(0, 1), square(0, 2)], zone=["商業地域", "工業地域", "準工業地域"])
    one = criterion("用途", "zone", "zone", by="zone", values={"商業地域": 0.8, "工業地域": 0.1})
    assert values(ground([one], zone=zone), "用途").score.reshape(6, 6)[0, :3] == pytest.approx(
        [0.8, 0.1, 0.0]
    )


def test_a_layer_to_avoid_forbids_the_cells_that_lie_mostly_in_it():
    propose = ProposeOptions(count=1, area_ha=(1, 3), avoid=("landslide", "tsunami"))
    atlas = ground(
        [criterion("空家", "density", "vacant_house")], propose=propose, vacant_house=HOUSES,
        landslide=table([square(1, 1), shapely.box(0, 0, 40, 100)], level="special"),
    )  # fmt: skip
    found = suitability(atlas, NO_ROADS)
    assert np.flatnonzero(found.forbidden).tolist() == [7]
    assert "suit.avoid_missing" in set(found.findings["code"])


def test_a_criterion_without_data_is_left_out_and_the_others_share_its_weight():
    asked = [
        criterion("空家", "density", "vacant_house", weight=1.0),
        criterion("洪水", "hazard", "flood", weight=3.0),
        criterion("津波", "hazard", "tsunami", weight=4.0),
    ]
    found = suitability(ground(asked, vacant_house=HOUSES, flood=FLOOD), NO_ROADS)
    assert [one.weight for one in found.judged] == [0.25, 0.75]
    rows = found.table.set_index("criterion")
    assert np.isnan(rows.loc["津波", "weight"])
    assert (rows.loc["津波", "assessed"], rows.loc["津波", "not_assessed"]) == (0, 36)
    told = found.findings.set_index("code").loc["suit.left_out"]
    assert (told["layer"], told["subject"]) == ("tsunami", "津波")
    assert not np.isnan(found.worth).any(), "a criterion left out leaves no cell unassessed"


def test_the_table_tells_scale_source_and_the_whole():
    one = criterion(
        "空家", "density", "vacant_house", ((0, 0), (2, 1)), source="空家等実態調査", exclude_below=0.1
    )
    rows = suitability(ground([one], vacant_house=HOUSES), NO_ROADS).table
    assert rows["criterion"].tolist() == ["空家", "suitability"]
    first, whole = rows.iloc[0], rows.iloc[1]
    assert (first["scale"], first["forbidden_if"], first["source_en"]) == (
        "0→0; 2→1",
        "< 0.1",
        "空家等実態調査",
    )
    assert (first["least"], first["most"]) == (0.0, 2.0)
    assert (first["forbidden"], whole["forbidden"]) == (35, 35)
    assert (whole["assessed"], whole["not_assessed"], whole["mean"]) == (1, 0, 1.0)


def test_comparisons_that_do_not_agree_are_told_with_the_worst():
    asked = [criterion(name, "hazard", "flood") for name in ("あ", "い", "う")]
    pairs = (("あ", "い", 3.0), ("い", "う", 3.0), ("う", "あ", 3.0))
    found = suitability(ground(asked, pairwise=pairs, flood=FLOOD), NO_ROADS)
    assert found.findings.set_index("code").loc["suit.inconsistent", "severity"] == "S2"
    assert [one.weight for one in found.judged] == pytest.approx([1 / 3] * 3)
    agreeing = (("あ", "い", 2.0), ("い", "う", 2.0), ("あ", "う", 4.0))
    found = suitability(ground(asked, pairwise=agreeing, flood=FLOOD), NO_ROADS)
    assert [one.weight for one in found.judged] == pytest.approx([4 / 7, 2 / 7, 1 / 7])
    assert found.findings.empty


@pytest.mark.parametrize(
    ("changed", "error", "code"),
    [
        ({"within": "city_planning_area"}, ConfigurationError, "suit.no_within"),
        ({"cell_m": 0.1}, ConfigurationError, "suit.cells"),
        ({"cell_m": 5_000.0}, ConfigurationError, "suit.no_cells"),
    ],
)
def test_ground_that_cannot_be_cut_into_cells_is_answered(changed, error, code):
    with pytest.raises(error) as caught:
        suitability(ground([criterion("洪水", "hazard", "flood")], flood=FLOOD, **changed), NO_ROADS)
    assert [problem.code for problem in caught.value.problems] == [code]
    assert "?" not in caught.value.problems[0].what.en + caught.value.problems[0].cure.en


def test_nothing_to_measure_is_answered():
    with pytest.raises(InputError) as caught:
        suitability(
            ground([criterion("洪水", "hazard", "flood"), criterion("店", "minutes", "shop")]), NO_ROADS
        )
    assert caught.value.problems[0].code == "suit.nothing"
    assert (
        suitability(
            dataclasses.replace(ground(), plan=dataclasses.replace(ground().plan, suitability=None)), NO_ROADS
        )
        is None
    )


@settings(max_examples=25)
@given(st.lists(st.floats(0.1, 9.0), min_size=2, max_size=2), st.floats(0.5, 8.0))
def test_weights_scaled_change_nothing_and_the_sum_stays_between_the_scores(weights, factor):
    judged = two_criteria()
    one = combined(reweighed(judged, weights))
    other = combined(reweighed(judged, [weight * factor for weight in weights]))
    assert one == pytest.approx(other)
    scores = np.array([each.score for each in judged])
    assert (one <= scores.max(axis=0) + 1e-12).all()
    assert (one >= scores.min(axis=0) - 1e-12).all()


@cache
def two_criteria():
    asked = [
        criterion("空家", "density", "vacant_house"),
        criterion("洪水", "hazard", "flood", ((0, 1), (1, 0))),
    ]
    return suitability(ground(asked, vacant_house=HOUSES, flood=FLOOD), NO_ROADS).judged
