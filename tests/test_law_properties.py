"""What must hold of the law on any ground: more is never less, parts add up, order and place are nothing."""

import datetime as dt
from dataclasses import fields, replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
import shapely
import shapely.affinity
from hypothesis import given, settings
from hypothesis import strategies as st
from village import village

from gisplan.law.check import check
from gisplan.law.coworking import judge
from gisplan.law.facts import Facts, Part, Standing
from gisplan.law.judgement import judgement
from gisplan.law.land import read_land
from gisplan.law.phrases import zones
from gisplan.law.rule import read_rule
from gisplan.law.uses import uses

DAY = village.DAY
RULE = read_rule("coworking")
RANK = {
    "by_right": 3,
    "by_right_within_limits": 2,
    "special_provision_permit": 1,
    "ordinary_permit": 0,
}
"""How much a verdict gives, of those between which the zone, the area and the use decide."""

FACTS = [field.name for field in fields(Facts) if field.name not in {"use", "others", "work"}]
FACTS = [name for name in FACTS if not name.endswith("missing")]
TABLES = ("verdicts", "ratios", "provision", "nesting", "findings")

few = settings(max_examples=8, deadline=None, derandomize=True)
many = settings(max_examples=150, deadline=None, derandomize=True)

days = st.sampled_from([DAY - dt.timedelta(days=1), DAY, DAY + dt.timedelta(days=1)])
sizes = st.sampled_from([30.0, 50.0, 50.1, 500.0, 600.0, 1000.0, 1500.0, 1500.1, 3000.1, 10000.1])
parts = st.builds(Part, use=st.sampled_from(sorted(uses())), floor_area=sizes, storey=st.integers(-1, 4))
standings = st.builds(
    Standing,
    name=st.just("区域"),
    inside=st.booleans(),
    use_exception=st.booleans(),
    consented_on=days,
    published_on=days,
    uses=st.frozensets(st.sampled_from(sorted(uses())), max_size=4),
)
STATES = [
    *((zone, division, True) for zone in list(zones())[:13] for division in ("市街化区域", "")),
    ("", "市街化区域", True),
    ("", "", True),
    ("", "市街化調整区域", True),
    ("", "", False),
]
"""Zone, division and inside a city planning area, as they may meet: 市街化調整区域 has as a rule no use zone
(都市計画法13条1項7号), and nothing is set outside a (quasi) city planning area."""

whole = st.builds(
    lambda state, **known: Facts(zone=state[0], division=state[1], inside_planning=state[2], **known),
    state=st.sampled_from(STATES),
    use=st.sampled_from(sorted(uses())),
    floor_area=sizes,
    storey=st.integers(-1, 4),
    others=st.lists(parts, max_size=2).map(tuple),
    work=st.sampled_from(["", "new", "change"]),
    areas=st.lists(standings, max_size=2).map(tuple),
)
"""Everything there is to know of a site."""


def verdict(facts, *, rule=RULE):
    return judge(facts, rule=rule, day=DAY).verdict


# --- more facts


@many
@given(full=whole, hidden=st.sets(st.sampled_from(FACTS)), more=st.sets(st.sampled_from(FACTS)))
def test_more_facts_never_make_an_answer_open_again_nor_another(full, hidden, more):
    poor = replace(full, **dict.fromkeys(hidden))
    richer = replace(full, **dict.fromkeys(hidden - more))
    assert verdict(poor) in {"cannot_tell", verdict(richer)}


@many
@given(
    full=whole, hidden=st.sets(st.sampled_from(["floor_area", "storey"]), min_size=1), part=st.integers(0, 1)
)
def test_more_facts_about_another_part_of_the_building_never_change_an_answer(full, hidden, part):
    others = tuple(
        replace(other, **dict.fromkeys(hidden)) if number == part else other
        for number, other in enumerate(full.others)
    )
    assert verdict(replace(full, others=others)) in {"cannot_tell", verdict(full)}


@many
@given(full=whole)
def test_naming_the_uses_of_the_plan_settles_an_answer_or_takes_back_what_was_assumed(full):
    # Where the plan's uses are not known, usual ones are taken as named, and the answer says so.
    untold = replace(full, areas=tuple(replace(area, uses=None) for area in full.areas))
    answer = judge(untold, rule=RULE, day=DAY)
    if answer.verdict != verdict(full) and answer.verdict != "cannot_tell":
        assert (answer.verdict, verdict(full)) == ("special_provision_permit", "ordinary_permit")
        assert any("拠点施設等に定められ" in text.ja for text in answer.caution)


LOTS = [
    village.lot(x, y, floor_area=area, storey=1, side=side)
    for x, y, side, area in (
        (20, 20, 10, 100.0),
        (96, 20, 10, 100.0),
        (95, 20, 10, 100.0),
        (320, 95, 10, 1600.0),
        (340, 20, 10, np.nan),
        (420, 220, 10, 3000.0),
        (620, 296, 10, 100.0),
        (650, 294, 10, 100.0),
        (720, 396, 10, 100.0),
        (750, 450, 10, 100.0),
        (820, 496, 10, 100.0),
        (850, 550, 10, 100.0),
        (1296, 20, 10, 100.0),
    )
]
GROUND = ("zone", "area_division", "city_planning_area", "municipality", "promotion_area")


def lots_judged(*, without=(), **changes):
    atlas = village.atlas(site=village.frame(LOTS), without=["hub", *without], **changes)
    land = read_land(atlas, rule=RULE)
    found = judgement(atlas, land, rule=RULE, houses=False, across_edge=None).judged
    return pd.Series({one.site.id: one.answer.verdict for one in found})


@few
@given(missing=st.sets(st.sampled_from(GROUND), min_size=1), found=st.sampled_from(GROUND))
def test_adding_a_missing_layer_never_makes_the_answer_on_a_lot_open_again_nor_another(missing, found):
    poor, richer = lots_judged(without=missing), lots_judged(without=missing - {found})
    assert ((poor == "cannot_tell") | (poor == richer)).all()


# --- widening what is covered


@many
@given(full=whole, more=st.sets(st.sampled_from(list(zones())[:13])))
def test_covering_more_zones_takes_no_right_away(full, more):
    covered = [*RULE.value("zones", day=DAY), *more]
    wider = replace(next(value for value in RULE.values if value.name == "zones"), value=covered)  # noqa: PD011
    others = tuple(value for value in RULE.values if value.name != "zones")  # noqa: PD011
    before, after = verdict(full), verdict(full, rule=replace(RULE, values=(*others, wider)))
    assert RANK.get(before, -1) <= RANK.get(after, -1)
    if before not in {"ordinary_permit", "cannot_tell"}:
        assert after == before


@many
@given(full=whole, more=standings)
def test_one_more_promotion_area_takes_no_right_away(full, more):
    before, after = verdict(full), verdict(replace(full, areas=(*full.areas, more)))
    assert RANK.get(before, -1) <= RANK.get(after, -1)


@few
@given(north=st.integers(1, 299), more=st.integers(0, 200), east=st.integers(1, village.WIDTH))
def test_a_larger_promotion_area_takes_no_right_away(north, more, east):
    def judged(shape):
        return lots_judged(promotion_area=village.areas(geometry=shape).iloc[:1])

    small = judged(village.box(0, 0, east, north))
    large = judged(village.box(0, 0, village.WIDTH, min(north + more, 500)))
    for before, after in zip(small, large, strict=True):
        if before == "ordinary_permit":
            assert after in {"ordinary_permit", "special_provision_permit", "cannot_tell"}
        elif before != "cannot_tell":
            assert after == before


# --- the parts of a lot


@st.composite
def grounds(draw):
    """Return zones, rectangles and triangles that may overlap and leave gaps, and lots among them."""
    corner = st.tuples(st.integers(-50, 150), st.integers(-50, 150))
    rows, lots = [], []
    for held, least in ((rows, 1), (lots, 3)):
        for _ in range(draw(st.integers(least, 6))):
            (west, south), width, height = draw(corner), draw(st.integers(1, 80)), draw(st.integers(1, 80))
            box = shapely.box(west, south, west + width, south + height)
            triangle = shapely.Polygon([(west, south), (west + width, south), (west, south + height)])
            held.append(draw(st.sampled_from([box, triangle])))
    names = [draw(st.sampled_from(village.ZONES[:5])) for _ in rows]
    zone = [{"zone": name, "geometry": shape, "year": 2026} for name, shape in zip(names, rows, strict=True)]
    site = [
        {"use": "office_coworking", "geometry": shape, "floor_area": 100.0, "storey": 1} for shape in lots
    ]
    return village.frame(zone), village.frame(site)


NOT_OF_ZONES = ("hub", "promotion_area", "priority_district", "district_plan")


@few
@given(ground=grounds())
def test_the_shares_of_a_lot_add_up_to_one_with_the_outside(ground):
    zone, site = ground
    found = check(village.atlas(zone=zone, site=site, without=NOT_OF_ZONES))
    size = site.set_index("id").area
    summed = found.ratios.groupby("id")[["share", "area_m2"]].sum()
    assert summed["share"].to_numpy() == pytest.approx(1.0, abs=1e-9)
    assert summed["area_m2"].to_numpy() == pytest.approx(size[summed.index].to_numpy(), rel=1e-9)
    assert (found.ratios["contested_m2"] <= found.ratios["area_m2"] + 1e-9).all()
    held = found.ratios.groupby(["id", "zone"])["share"].sum()
    for _, row in found.verdicts.query("zone != ''").iterrows():
        assert row["zone_share"] == pytest.approx(held[row["id"], row["zone"]], abs=1e-9)
        assert row["zone_share"] > 0.5


@few
@given(ground=grounds())
def test_the_ground_of_a_zone_is_what_shapely_says(ground):
    zone, site = ground
    found = check(village.atlas(zone=zone, site=site, without=NOT_OF_ZONES)).ratios
    taken = shapely.Polygon()
    expected = {}
    for name, shape in zip(zone["zone"], zone.geometry, strict=True):
        own, taken = shape.difference(taken), taken.union(shape)
        for lot, lot_shape in zip(site["id"], site.geometry, strict=True):
            expected[lot, name] = expected.get((lot, name), 0.0) + own.intersection(lot_shape).area
    told = found[found["zone"] != "用途地域なし"].groupby(["id", "zone"])["area_m2"].sum()
    for key in {*expected, *told.index}:
        assert told.get(key, 0.0) == pytest.approx(expected.get(key, 0.0), abs=1e-6)


# --- order and place


def moved(built, *, east, north):
    """Return the atlas with everything moved."""
    layers = {
        name: replace(layer, table=layer.table.set_geometry(layer.table.translate(xoff=east, yoff=north)))
        for name, layer in built.layers.items()
    }
    return replace(built, layers=layers)


def mixed():
    """Return the village with its lots, an overlap of zones and a gap between them."""
    zone = village.zones().assign(floor_area_ratio=np.arange(13) * 50.0 + 50, building_coverage=60.0)
    zone.loc[2, "geometry"] = village.box(196, 0, 300, 300)
    zone.loc[6, "geometry"] = village.box(600.5, 0, 700, 300)
    more = [village.lot(x, 20, side=12, floor_area=100.0, storey=1) for x in range(91, 1300, 100)]
    return village.atlas(zone=zone, site=village.frame([*LOTS, *more]))


@cache
def mixed_checked():
    return check(mixed())


def assert_equal(one, other):
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), rtol=1e-9, atol=1e-9)


@settings(max_examples=4, deadline=None, derandomize=True)
@given(east=st.integers(-100_000, 100_000), north=st.integers(-100_000, 100_000))
def test_moving_everything_changes_nothing(east, north):
    assert_equal(mixed_checked(), check(moved(mixed(), east=east, north=north)))


@settings(max_examples=4, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_the_rows_changes_nothing(seed):
    assert_equal(mixed_checked(), check(village.shuffled(mixed(), seed=seed)))


def test_the_direction_and_start_of_a_ring_change_nothing():
    built = mixed()
    turned = {
        name: replace(layer, table=layer.table.set_geometry(layer.table.reverse().normalize()))
        for name, layer in built.layers.items()
    }
    assert_equal(mixed_checked(), check(replace(built, layers=turned)))


# --- a lot and its point


@few
@given(
    corner=st.tuples(st.integers(2, 1288), st.integers(2, 288)),
    side=st.integers(1, 10),
    size=sizes,
    storey=st.integers(1, 3),
)
def test_a_lot_wholly_inside_one_zone_and_area_equals_its_point(corner, side, size, storey):
    # Kept 2 m from every border: nearer than the tolerance to an area's edge, neither is told.
    x, y = (value - value % 100 + 2 + (value % 100) * (96 - side) // 99 for value in corner)
    facts = {"use": "office_coworking", "floor_area": size, "storey": storey}
    lot = village.box(x, y, x + side, y + side)
    rows = [facts | {"geometry": shape} for shape in (lot, lot.centroid, lot.representative_point())]
    found = check(village.atlas(site=village.frame(rows), without=["hub"])).verdicts
    for column in ("verdict", "zone", "zone_share", "area_division", "promotion_area", "max_floor_area"):
        assert found[column].isna().all() or (found[column] == found[column].iloc[0]).all(), column
    assert (found["zone_share"] == 1.0).all()
    assert found["zone"].iloc[0] == village.ZONES[corner[0] // 100]
