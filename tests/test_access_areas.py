"""Isochrones: where roads are cut, that areas hold them, are nested and have no island, in both directions."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from village_roads import ROADS, atlas, places, roads, village

from gisplan.access import areas as drawing
from gisplan.access.areas import areas, side_of
from gisplan.access.reach import arrival, reach, reached, stand, straight_legs
from gisplan.access.stretches import stretches
from gisplan.core.options import AccessOptions
from gisplan.network import ways_of
from gisplan.network.cut import lines_of

SIDE = 50.0
EAST = {"id": "r1", "road_class": "national", "line": [(0, 0), (3500, 0)], "oneway": 1}


def standing(rows=ROADS, *, at=((1750, 0),), direction="to", mode="car", **options):
    layers = village(road=roads(rows), hub=places([{"id": "h", "at": (1750, 0)}]))
    ways = ways_of(atlas(layers, access=AccessOptions(mode=mode)))
    return stand(ways, np.array([shapely.Point(xy) for xy in at]), direction=direction, **options)


def lines_within(found, minutes, place=0):
    """Return the reached stretches of road and the leg of one place as lines."""
    times = arrival(found, slice(place, place + 1), longest=minutes)[0]
    whole, parts = reached(found, times, minutes)
    cut = stretches(lines_of(found.network.geometry), parts.edge, start=parts.start, end=parts.end)
    legs = shapely.linestrings(straight_legs(found, slice(place, place + 1), minutes))
    return np.concatenate([found.network.geometry[whole], cut.lines, legs])


def drawn(rows=ROADS, *, minutes=(1.0, 2.0), **how):
    return areas(standing(rows, **how), minutes, side_m=SIDE)


def total(lines):
    return shapely.union_all(lines)


def test_each_road_is_cut_where_the_time_is_over():
    # 1.5 minutes from the crossing: 875 m of national road each way, 500 m of municipal road each way.
    lines = total(lines_within(standing(), 1.5))
    assert lines.length == pytest.approx(2 * 875 + 2 * 500)
    assert lines.bounds == pytest.approx((875, -500, 2625, 500))


def test_a_leg_off_the_road_takes_its_time():
    # H1 stands 100 m off the road, 0.4 minutes; the leg alone is drawn as far as the time goes.
    assert total(lines_within(standing(at=((1850, 700),)), 0.2)).bounds == pytest.approx(
        (1800, 700, 1850, 700)
    )
    longer = total(lines_within(standing(at=((1850, 700),)), 0.7))
    assert longer.bounds == pytest.approx((1750, 600, 1850, 800))


@pytest.mark.parametrize(
    ("direction", "bounds"), [("to", (1166.667, 0, 1750, 0)), ("from", (1750, 0, 2333.333, 0))]
)
def test_one_way_streets_are_driven_in_their_direction(direction, bounds):
    lines = total(lines_within(standing([EAST], direction=direction), 1.0))
    assert lines.bounds == pytest.approx(bounds, abs=0.01)


def grid(step=400, oneway=()):
    far = 4 * step
    rows = [{"id": f"h{k}", "line": [(0, k * step), (far, k * step)]} for k in range(5)]
    rows += [{"id": f"v{k}", "line": [(k * step, 0), (k * step, far)]} for k in range(5)]
    return [row | ({"oneway": sign} if (sign := dict(oneway).get(row["id"])) else {}) for row in rows]


NAMES = [f"{way}{k}" for way in "hv" for k in range(5)]
ONEWAYS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from([1, -1]), max_size=6)


@given(ONEWAYS, st.floats(0.3, 5.0))
@settings(max_examples=15, deadline=None)
def test_reversing_the_one_ways_reverses_the_answer(signs, minutes):
    turned = {name: -sign for name, sign in signs.items()}
    there = standing(grid(oneway=signs.items()), at=((800, 810),), direction="to")
    back = standing(grid(oneway=turned.items()), at=((800, 810),), direction="from")
    one, other = (areas(found, (minutes,), side_m=SIDE).each[0, 0] for found in (there, back))
    assert shapely.equals(one, other)
    lines = [total(lines_within(found, minutes)).length for found in (there, back)]
    assert lines[0] == pytest.approx(lines[1])


@given(
    ONEWAYS,
    st.lists(st.floats(0.05, 6.0), min_size=2, max_size=4, unique=True).map(sorted),
    st.tuples(st.floats(0, 1600), st.floats(0, 1600)),
    st.sampled_from(["to", "from"]),
)
@settings(max_examples=25, deadline=None)
def test_areas_hold_their_roads_and_place_are_nested_and_have_no_island(signs, times, at, direction):
    found = standing(grid(oneway=signs.items()), at=(at,), direction=direction)
    made = areas(found, tuple(times), side_m=SIDE)
    before = shapely.Polygon()
    for minutes, area in zip(times, made.each[0], strict=True):
        lines = lines_within(found, minutes)
        assert all(shapely.covers(shapely.buffer(area, 1e-6), lines))
        assert area.is_valid
        assert shapely.covers(area, shapely.Point(at)), "no hole round the origin"
        assert all(shapely.intersects(part, total(lines)) for part in shapely.get_parts(area)), "no island"
        assert shapely.difference(before, area).is_empty, "nested, exactly"
        # Filled holes apart, nothing is drawn farther from a road than one and a half diagonals.
        shell = shapely.union_all([shapely.Polygon(part.exterior) for part in shapely.get_parts(area)])
        near = shapely.buffer(shapely.convex_hull(total(lines)), 1.5 * SIDE * 2**0.5)
        assert shapely.covers(near, shell)
        before = area


def test_an_area_stays_near_its_roads():
    area = drawn(minutes=(1.5,)).each[0, 0]
    assert shapely.covers(shapely.buffer(total(lines_within(standing(), 1.5)), 1.5 * SIDE * 2**0.5), area)


def test_all_together_is_what_each_is():
    made = drawn(grid(), at=((100, 10), (1500, 1590)), minutes=(0.5, 1.0, 3.0))
    for at in range(3):
        assert shapely.equals(shapely.union_all(made.each[:, at]), made.united[at])
    assert len(shapely.get_parts(made.united[0])) == 2
    assert all(
        shapely.difference(one, two).is_empty for one, two in zip(made.united, made.united[1:], strict=False)
    )


def test_expressways_are_driven_but_not_drawn():
    street = [{"id": "w", "line": [(-900, 0), (0, 0)]}, {"id": "m", "line": [(0, 0), (0, 900)]}]
    fast = {"id": "e", "road_class": "expressway", "line": [(0, 900), (3000, 900)]}
    far = {"id": "f", "line": [(3000, 900), (3000, 2000)]}
    area = drawn([*street, fast, far], at=((-300, 0),), minutes=(6.0,)).each[0, 0]
    told = shapely.covers(area, shapely.points([(0, 500), (1500, 900), (3000, 960)]))
    assert told.tolist() == [True, False, True]


def test_a_ferry_is_taken_by_choice_and_never_drawn():
    shore = {"id": "s", "line": [(0, 0), (1000, 0)]}
    isle = {"id": "i", "line": [(5000, 0), (6000, 0)]}
    table = roads([shore, isle, {"id": "f", "line": [(1000, 0), (5000, 0)]}])
    table = table.assign(ferry=[False, False, True], minutes=[np.nan, np.nan, 20.0])

    def told(minutes, *, ferry):
        access = AccessOptions(ferry=ferry)
        ways = ways_of(atlas({"road": table}, access=access))
        area = areas(stand(ways, np.array([shapely.Point(1000, 0)])), (minutes,), side_m=SIDE).each[0, 0]
        return shapely.covers(area, shapely.points([(500, 0), (3000, 0), (5500, 0)])).tolist()

    # Twenty minutes on the boat, 1.5 for 500 m of street; nobody lives on the water.
    assert told(22.0, ferry=False) == [True, False, False]
    assert told(22.0, ferry=True) == [True, False, True]
    assert told(21.0, ferry=True) == [True, False, False]
    ways = ways_of(atlas({"road": table}, access=AccessOptions(ferry=True)))
    midway = stand(ways, np.array([shapely.Point(3000, 0)]))
    assert midway.found.tolist() == [False], "no place stands on a ferry"


def test_an_island_is_not_drawn():
    rows = [*ROADS, {"id": "i", "line": [(1800, 300), (2400, 300)]}]
    area = drawn(rows, minutes=(0.7,)).each[0, 0]
    assert not shapely.covers(area, shapely.Point(2300, 300))


def test_a_block_is_filled_unless_a_street_in_it_is_not_reached():
    ring = [(0, 0), (300, 0), (300, 300), (0, 300), (0, 0)]
    block = {"id": "b", "line": ring}
    assert shapely.get_num_interior_rings(drawn([block], at=((0, 0),), minutes=(9.0,)).each[0, 0]) == 0
    lonely = {"id": "x", "line": [(140, 150), (160, 150)]}
    assert (
        shapely.get_num_interior_rings(drawn([block, lonely], at=((0, 0),), minutes=(9.0,)).each[0, 0]) == 1
    )


def test_a_place_off_every_road_has_no_row_and_none_at_all_has_an_empty_area():
    found = standing(at=((9000, 9000), (1750, 0)))
    assert found.found.tolist() == [False, True]
    assert areas(found, (1.0,), side_m=SIDE).each.shape == (1, 1)
    none = areas(standing(at=((9000, 9000),)), (1.0, 2.0), side_m=SIDE)
    assert none.each.shape == (0, 2)
    assert all(shapely.is_empty(none.united))


def test_interchanges_stand_on_their_ramp():
    rows = [*ROADS, {"id": "p", "ramp": True, "line": [(0, 0), (0, -240)]}]
    by_ramp, plain = (standing(rows, at=((0, -250),), by_ramp=by) for by in (True, False))
    assert by_ramp.leg.tolist() == pytest.approx([10 / 250])
    assert plain.leg.tolist() == pytest.approx([250 / 250])


def test_places_searched_in_turns_give_the_same(monkeypatch):
    at = ((100, 10), (1500, 1590), (800, 0), (800, 0))
    whole = drawn(grid(), at=at)
    monkeypatch.setattr(drawing, "HELD_MINUTES", 1)
    parts = drawn(grid(), at=at)
    assert shapely.equals(whole.each.ravel(), parts.each.ravel()).all()


def test_the_order_of_the_roads_does_not_matter():
    one, other = (drawn(rows, at=((800, 810),)).each for rows in (grid(), grid()[::-1]))
    assert shapely.to_wkb(one).tolist() == shapely.to_wkb(other).tolist()


def test_on_foot_the_squares_are_finer():
    assert (side_of("car"), side_of("walk"), side_of("bicycle")) == (50.0, 25.0, 25.0)


@pytest.mark.real
def test_kumamoto_isochrones_hold_their_roads_and_are_nested(real_data, tmp_path):
    from gisplan.layers.catalogue import read_catalogue
    from gisplan.plan.atlas import load
    from gisplan.plan.read import read_plan

    source = real_data / "kumamoto" / "overpass_chuo_drive_20230105.json"
    plan = tmp_path / "plan.toml"
    head = '[plan]\ntitle = "熊本"\nmunicipality = ["43101"]\ndate = 2026-11-01\n[layers.road]\n'
    plan.write_text(f"{head}path = '{source}'\n", "utf-8")
    catalogue = read_catalogue()
    ways = ways_of(load(read_plan(plan, catalogue=catalogue), catalogue=catalogue))
    assert len(ways.network.x) > 7_000
    nodes = np.random.default_rng(5).choice(len(ways.network.x), 12, replace=False)
    origins = shapely.points(ways.network.x[nodes] + 30, ways.network.y[nodes])
    times = (2.0, 5.0)
    found = stand(ways, origins)
    made = areas(found, times, side_m=SIDE)
    for place in range(len(found.node)):
        for at, minutes in enumerate(times):
            holding = shapely.buffer(made.each[place, at], 1e-6)
            shapely.prepare(holding)
            assert shapely.covers(holding, lines_within(found, minutes, place)).all()
        assert shapely.difference(made.each[place, 0], made.each[place, 1]).is_empty
        assert shapely.covers(made.each[place, 0], origins[place])
    # The same roads as those of the exact area that a district is made of.
    exact = reach(ways, origins[:1], minutes=2.0)
    assert total(lines_within(found, 2.0)).length == pytest.approx(total(exact.lines).length)


def test_a_cut_on_a_line_of_the_grid_stays_in_the_window():
    road = {"id": "r", "road_class": "national", "line": [(-15_000, 0), (-11_500, 0)]}
    for kmh in (35, 45, 60, 61):
        rows = [road | {"speed_kmh": kmh}]
        held = standing(rows, at=((-15_000, 0), (-11_500, 30)))
        drawn = areas(held, (1.0, 2.0, 3.5, 5.0), side_m=50.0)
        assert not shapely.is_empty(drawn.united).any()
