"""The law on the ground of 焼津市: made-up lots on the city's own zones, beside what shapely says of them."""

import datetime as dt
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gisplan.law.check import check
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.layers.load import load
from gisplan.plan.read import read_plan

pytestmark = pytest.mark.real

PLAN = Path(__file__).parent / "real" / "yaizu" / "plan.toml"
DATA = "../../../../shared/data"
GROUND = {"municipality", "zone", "area_division", "promotion_area", "priority_district", "site"}
EAST, OGAWA = "東益津・豊田区域", "小川区域"
COVERED = (
    "第一種低層住居専用地域",
    "第二種低層住居専用地域",
    "第一種中高層住居専用地域",
    "第二種中高層住居専用地域",
)
PUBLISHED = dt.date(2026, 6, 30)
STEP, SIDE = 250, 30
TOLERANCE = 1.0


@pytest.fixture(scope="module")
def city(real_data, tmp_path_factory):
    """Return the ground of Yaizu as read from the city's files, with a lot on every crossing of a grid."""
    folder = tmp_path_factory.mktemp("plan")
    data = Path(os.path.relpath(real_data, folder)).as_posix()
    path = folder / "plan.toml"
    path.write_text(PLAN.read_text("utf-8").replace(DATA, data), "utf-8")
    catalogue = read_catalogue(packaged_folder())
    plan = read_plan(path, catalogue=catalogue)
    kept = tuple(entry for entry in plan.layers if entry.layer in GROUND)
    atlas = load(replace(plan, layers=kept), catalogue=catalogue)
    site = atlas.layers["site"]
    lots = made_up(atlas.table("municipality"), site.table)
    return replace(atlas, layers={**atlas.layers, "site": replace(site, table=lots)})


def made_up(municipality, sites):
    """Return the lots of the plan and squares on a grid over the city, all for offices of 2,000 m²."""
    west, south, east, north = municipality.total_bounds.round(-2)
    x, y = np.meshgrid(np.arange(west, east, STEP), np.arange(south, north, STEP))
    squares = shapely.box(x.ravel(), y.ravel(), x.ravel() + SIDE, y.ravel() + SIDE)
    own = municipality.union_all()
    shapely.prepare(own)
    shapes = [*sites.geometry, *squares[shapely.intersects(own, squares)]]
    ids = [f"lot-{number:04d}" for number in range(len(shapes))]
    table = pd.DataFrame({"id": ids, "name": "", "use": "office_coworking", "floor_area": 2000.0})
    table["storey"] = pd.array([1] * len(ids), dtype="Int64")
    return gpd.GeoDataFrame(table, geometry=shapes, crs=sites.crs)


@pytest.fixture(scope="module")
def found(city):
    return check(city)


@pytest.fixture(scope="module")
def known(city):
    """Return what shapely says of every lot: its part outside 市街化区域, in the city, in zones, in the areas."""
    lots = city.table("site").set_index("id").geometry
    division = city.table("area_division").union_all()
    own = city.table("municipality").union_all()
    areas = city.table("promotion_area").set_index("name").geometry
    inside = {name: lots.covered_by(shapely.buffer(shape, TOLERANCE)) for name, shape in areas.items()}
    return SimpleNamespace(
        outside=lots.difference(division).area / lots.area,
        within=lots.intersection(own).area / lots.area,
        zoned=lots.intersection(city.table("zone").union_all()).area / lots.area,
        inside=pd.DataFrame(inside),
        touches=pd.DataFrame({name: lots.intersects(shape) for name, shape in areas.items()}),
    )


def judged(found):
    return found.verdicts.set_index("id")


def test_lots_outside_the_promotion_area_of_the_city_are_in_the_control_area(found, known):
    verdicts = judged(found)
    control = verdicts["verdict"] == "urbanization_control_area"
    # Where the zones reach a little beyond 市街化区域, the zone that holds more than half decides.
    expected = (known.outside > 0.51) & (known.within > 0.51) & (known.zoned < 0.49)
    assert expected.sum() > 500
    assert control[expected].all()
    assert not control[known.outside < 0.49].any()
    assert (verdicts.loc[control, "area_division"] == "市街化調整区域").all()
    assert (verdicts.loc[control, "zone"] == "").all()
    assert verdicts.loc[control, "reason_ja"].str.contains("推定").all()
    assert verdicts.loc[control, "articles"].str.contains("都市計画法29条・34条・43条").all()


def test_lots_beyond_the_city_are_not_told(found, known):
    beyond = (known.outside > 0.51) & (known.within < 0.49)
    assert beyond.sum() > 10
    assert (judged(found)["verdict"][beyond] == "cannot_tell").all()


def test_article_26_is_cited_exactly_inside_a_promotion_area(found, known):
    verdicts = judged(found)
    control = verdicts[verdicts["verdict"] == "urbanization_control_area"]
    cited = control["articles"].str.contains("26条")
    inside = known.inside.any(axis=1)[control.index]
    assert cited.sum() > 10
    assert cited[inside].all()
    assert not cited[~inside].any()
    assert (control.loc[cited, "promotion_area"] == EAST).all()
    edge = known.touches.any(axis=1)[control.index] & ~inside
    assert control.loc[edge, "caution_ja"].str.contains("敷地が区域の境界にまたがる").all()


def test_article_26_is_not_for_new_buildings(city, known):
    new = replace(city.plan, check=replace(city.plan.check, work="new"))
    verdicts = judged(check(replace(city, plan=new)))
    inside = known.inside.any(axis=1) & (verdicts["verdict"] == "urbanization_control_area")
    assert inside.sum() > 10
    assert not verdicts.loc[inside, "articles"].str.contains("26条").any()
    assert verdicts.loc[inside, "reason_ja"].str.contains("新築には及ばない").all()


def test_the_ground_of_every_lot_is_what_shapely_says(city, found):
    lots, zones = city.table("site"), city.table("zone").sort_values("id")
    shapes, names = zones.geometry.to_numpy(), zones["zone"].to_numpy()
    tree = shapely.STRtree(shapes)
    told = found.ratios.groupby(["id", "zone"])["area_m2"].sum()
    shared = 0
    for lot, shape in zip(lots["id"], lots.geometry, strict=True):
        expected, taken = {"用途地域なし": shape.area}, shapely.Polygon()
        # Ground that two polygons claim is that of the lower id.
        for at in sorted(tree.query(shape, predicate="intersects")):
            part = shapely.difference(shapely.intersection(shape, shapes[at]), taken).area
            taken = shapely.union(taken, shapes[at])
            expected[names[at]] = expected.get(names[at], 0.0) + part
            expected["用途地域なし"] -= part
        own = told[lot].to_dict()
        shared += len(own) > 1
        for zone in {*expected, *own}:
            assert own.get(zone, 0.0) == pytest.approx(expected.get(zone, 0.0), abs=1e-6), (lot, zone)
    assert shared > 100, "most lots would lie in one zone, and this test would show little"


def test_the_zone_of_a_lot_holds_more_than_half_of_it(found):
    held = found.ratios.groupby(["id", "zone"])["share"].sum()
    verdicts = judged(found)
    for lot, zone in verdicts.loc[verdicts["zone"] != "", "zone"].items():
        assert held[lot, zone] > 0.5
    assert held.groupby(level=0).sum().to_numpy() == pytest.approx(1.0, abs=1e-9)


def test_the_special_provision_is_only_where_all_of_it_holds(found, known):
    verdicts = judged(found)
    special = verdicts["verdict"] == "special_provision_permit"
    expected = verdicts["zone"].isin(COVERED) & known.inside[EAST]
    assert special.sum() > 3
    assert special.equals(expected.rename(special.name))
    assert not special[known.touches[OGAWA]].any()
    assert (verdicts.loc[special, "promotion_area"] == EAST).all()


def test_an_area_without_use_exception_never_gives_the_special_provision(city):
    table = city.table("promotion_area")
    bare = table.assign(use_exception=pd.array([False] * len(table), dtype="boolean"))
    layers = {**city.layers, "promotion_area": replace(city.layers["promotion_area"], table=bare)}
    found = check(replace(city, layers=layers))
    assert "special_provision_permit" not in set(found.verdicts["verdict"])
    assert (found.provision["covered_ha"] == 0).all()


@pytest.mark.parametrize(("day", "there"), [(PUBLISHED - dt.timedelta(days=1), False), (PUBLISHED, True)])
def test_before_the_day_of_publication_there_is_no_special_provision(city, day, there):
    verdicts = judged(check(replace(city, plan=replace(city.plan, date=day))))
    assert ("special_provision_permit" in set(verdicts["verdict"])) == there
    assert verdicts["articles"].str.contains("26条").any() == there
