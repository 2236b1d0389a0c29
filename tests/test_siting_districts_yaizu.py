"""Yaizu as published: ground judged by its open data, and districts of whole neighbourhoods beside drawn ones."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import shapely

from gisplan.core.suitability import Criterion, ProposeOptions, SuitabilityOptions
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.network import connect
from gisplan.plan.atlas import load
from gisplan.plan.read import read_plan
from gisplan.siting.districts import propose, suitability

pytestmark = pytest.mark.real

PLAN = Path(__file__).parent / "real" / "yaizu" / "plan.toml"
USED = {
    "municipality", "neighbourhood", "vacant_house", "road", "interchange", "shop", "hub", "priority_district",
    "promotion_area", "inland_flood",
}  # fmt: skip
CRITERIA = (
    Criterion(
        name="空家等", kind="density", of="vacant_house", scale=((0, 0), (2, 1)), radius_m=300, weight=2
    ),
    Criterion(name="IC", kind="minutes", of="interchange", scale=((5, 1), (20, 0))),
    Criterion(name="店", kind="minutes", of="shop", scale=((2, 1), (10, 0))),
    Criterion(name="内水", kind="hazard", of="inland_flood", scale=((0, 1), (1, 0)), exclude_above=0.9),
    Criterion(name="傾斜", kind="slope", of="elevation", scale=((3, 1), (15, 0))),
)
ASKED = ProposeOptions(count=2, area_ha=(150, 400), of="neighbourhood")


@pytest.fixture(scope="module")
def found(real_data, tmp_path_factory):
    """Return the atlas of Yaizu, its suitable ground, and two districts of whole neighbourhoods."""
    text = PLAN.read_text("utf-8").replace("../../../../shared/data", real_data.resolve().as_posix())
    path = tmp_path_factory.mktemp("yaizu") / "plan.toml"
    path.write_text(text, "utf-8")
    catalogue = read_catalogue(packaged_folder())
    plan = read_plan(path, catalogue=catalogue)
    plan = dataclasses.replace(
        plan,
        suitability=SuitabilityOptions(criteria=CRITERIA),
        propose=ASKED,
        layers=tuple(entry for entry in plan.layers if entry.layer in USED),
    )
    atlas = load(plan, catalogue=catalogue)
    suited = suitability(atlas, connect(atlas))
    return atlas, suited, propose(atlas, suited)


def test_the_whole_city_is_judged_and_what_has_no_data_is_told(found):
    _, suited, _ = found
    # The city has 70.3 km², the cells are of one hectare.
    assert len(suited.worth) == pytest.approx(7_030, abs=30)
    assert [one.criterion.name for one in suited.judged] == ["空家等", "IC", "店", "内水"]
    assert sum(one.weight for one in suited.judged) == pytest.approx(1.0)
    told = suited.findings.set_index("code")
    assert told.loc["suit.left_out", "subject"] == "傾斜", "there are no heights in the plan"
    assert "suit.not_assessed" in told.index
    assert 0 < np.isnan(suited.worth).sum() < 300


def test_districts_are_whole_neighbourhoods_between_the_limits(found):
    atlas, suited, made = found
    units = atlas.table("neighbourhood")
    assert len(made.proposed) == 2
    for shape in made.outlines.geometry:
        assert shape.geom_type == "Polygon"
        assert 150 <= shape.area / 10_000 <= 400
        part = shapely.area(shapely.intersection(units.geometry.to_numpy(), shape)) / units.area.to_numpy()
        assert ((part < 0.01) | (part > 0.99)).all()
    assert shapely.area(shapely.intersection(*made.outlines.geometry)) < 1.0
    average = np.nanmean(suited.value)
    assert (made.proposed["suitability_mean"] > average + 0.1).all()


def test_drawn_and_proposed_stand_side_by_side(found):
    _, _, made = found
    rows = made.compared
    assert rows["layer"].tolist() == ["priority_district"] * 2 + ["promotion_area"] * 2 + ["proposed"] * 2
    areas = rows.set_index("name_ja")["area_ha"]
    assert areas["東益津・豊田区域"] == pytest.approx(197.8, abs=0.05)
    houses = rows.set_index("name_ja")["vacant_houses"]
    assert houses["東益津・豊田区域"] == 111
    assert houses["小川区域"] == 100
    assert rows["people"].isna().all(), "the plan knows of no people: not assessed, never 0"
    assert rows["overlap"].between(0, 1).all()
    assert made.stability["jaccard"].between(0, 1).all()
    assert len(made.stability) == 2 * 4 * 3


def test_districts_lie_in_the_city_and_hold_hardly_any_forbidden_ground(found):
    atlas, suited, made = found
    city = shapely.union_all(atlas.table("municipality").geometry.to_numpy())
    flood = shapely.union_all(atlas.table("inland_flood").geometry.to_numpy())
    units = atlas.table("neighbourhood").geometry.to_numpy()
    shapely.prepare(units)
    for shape, told in zip(made.outlines.geometry, made.proposed["forbidden_share"], strict=True):
        # The city's border is a simplified one, the neighbourhoods are not.
        assert shapely.area(shapely.difference(shape, city)) < 0.02 * shape.area
        here = shapely.contains(shape, suited.cells.points)
        wet = shapely.area(shapely.intersection(suited.cells.boxes[here], flood)) > 0.9 * suited.cells.side**2
        assert told == pytest.approx(wet.mean(), abs=0.003)
        for unit in units[shapely.area(shapely.intersection(units, shape)) > 10_000.0]:
            assert wet[shapely.contains(unit, suited.cells.points[here])].mean() <= ASKED.forbidden_share
