"""Points in areas, shares of lots, common ground and nearest things, against shapely and geopandas."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gisplan.core.errors import InputError
from gisplan.overlay.locate import locate
from gisplan.overlay.near import near
from gisplan.overlay.share import cross_areas, disjoint, shares

CRS = 6676
Point, box = shapely.Point, shapely.box


def frame(shapes, crs=CRS, **columns):
    """Return shapes by id as a table."""
    return gpd.GeoDataFrame({"id": list(shapes), **columns}, geometry=list(shapes.values()), crs=crs)


SQUARES = frame({"a": box(0, 0, 10, 10), "b": box(10, 0, 20, 10)}, zone=["商業地域", "工業地域"])


def test_a_point_lies_in_one_area():
    points = frame({"in": Point(5, 5), "out": Point(50, 50), "other": Point(15, 5)})
    found = locate(points, SQUARES).set_index("point")
    assert found["area"].to_dict() == {"in": "a", "out": "", "other": "b"}
    assert not found["on_border"].any()


def test_a_point_on_a_shared_border_belongs_to_the_lowest_id_and_is_flagged():
    points = frame({"edge": Point(10, 5), "corner": Point(0, 0), "rim": Point(20, 5)})
    found = locate(points, SQUARES).set_index("point")
    assert found["area"].to_dict() == {"edge": "a", "corner": "a", "rim": "b"}
    assert found["on_border"].all()


def test_a_border_between_areas_of_one_value_is_none():
    same = SQUARES.assign(zone="商業地域")
    points = frame({"edge": Point(10, 5), "rim": Point(10, 0)})
    found = locate(points, same, by="zone").set_index("point")
    assert found["on_border"].to_dict() == {"edge": False, "rim": True}


def test_a_point_that_two_areas_claim_is_flagged():
    both = frame({"a": box(0, 0, 10, 10), "b": box(5, 0, 20, 10)}, zone=["商業地域", "工業地域"])
    found = locate(frame({"p": Point(7, 5), "q": Point(2, 5)}), both).set_index("point")
    assert found["area"].to_dict() == {"p": "a", "q": "a"}
    assert found["on_border"].to_dict() == {"p": True, "q": False}


def test_empty_tables_give_empty_answers():
    points = frame({"p": Point(5, 5)})
    assert locate(points, SQUARES.iloc[:0])["area"].tolist() == [""]
    assert locate(points.iloc[:0], SQUARES).empty
    assert shares(SQUARES.iloc[:0], SQUARES).empty
    assert shares(SQUARES, SQUARES.iloc[:0])["share"].tolist() == [1.0, 1.0]
    assert cross_areas(SQUARES, SQUARES.iloc[:0]).empty
    assert near(points, SQUARES.iloc[:0])["distance_m"].isna().all()
    assert disjoint(SQUARES.iloc[:0]).areas.empty


def test_ground_under_two_areas_belongs_to_the_lower_id():
    drawn = frame({"b": box(8, 0, 20, 10), "a": box(0, 0, 10, 10), "c": box(9, 9, 30, 30)})
    found = disjoint(drawn)
    assert found.areas["id"].tolist() == ["a", "b", "c"]
    assert found.areas.area.tolist() == [100.0, 100.0, 21 * 21 - 11.0]
    assert found.overlaps.to_dict("list") == {
        "area": ["a", "a", "b"],
        "other": ["b", "c", "c"],
        "overlap_m2": [20.0, 1.0, 11.0],
    }


def test_an_area_swallowed_by_a_lower_one_is_left_empty():
    found = disjoint(frame({"a": box(0, 0, 10, 10), "b": box(2, 2, 3, 3)}))
    assert found.areas.area.tolist() == [100.0, 0.0]


def test_shares_by_hand():
    lots = frame({"x": box(6, 0, 16, 10), "y": box(18, 0, 28, 10), "z": Point(10, 5), "far": Point(99, 99)})
    found = shares(lots, SQUARES).set_index(["lot", "area"])
    assert found["area_m2"].to_dict() == {
        ("far", ""): 0.0,
        ("x", "a"): 40.0,
        ("x", "b"): 60.0,
        ("y", ""): 80.0,
        ("y", "b"): 20.0,
        ("z", "a"): 0.0,
    }
    assert found["share"].to_dict() == pytest.approx(
        {("far", ""): 1, ("x", "a"): 0.4, ("x", "b"): 0.6, ("y", ""): 0.8, ("y", "b"): 0.2, ("z", "a"): 1}
    )


def test_near_takes_the_lowest_id_of_equals():
    others = frame({"b": Point(3, 4), "a": Point(-3, 4), "c": Point(0, 6)})
    found = near(frame({"p": Point(0, 0), "q": Point(0, 7)}), others).set_index("id")
    assert found["other"].to_dict() == {"p": "a", "q": "c"}
    assert found["distance_m"].to_dict() == {"p": 5.0, "q": 1.0}


@pytest.mark.parametrize("verb", [locate, shares, cross_areas, near])
@pytest.mark.parametrize(
    ("crs", "code"),
    [(6677, "crs.mismatch"), (6668, "crs.mismatch"), (None, "overlay.crs_missing")],
)
def test_two_systems_never_meet_silently(verb, crs, code):
    other = frame({"p": box(1, 1, 2, 2)}, crs=crs)
    with pytest.raises(InputError) as caught:
        verb(other, SQUARES)
    assert caught.value.problems[0].code == code
    assert caught.value.say("ja") != caught.value.say("en")


@pytest.mark.parametrize("crs", [6668, 3857])
def test_degrees_and_the_plane_of_web_maps_are_refused(crs):
    degrees = SQUARES.to_crs(crs)
    for verb in (lambda: shares(degrees, degrees), lambda: disjoint(degrees)):
        with pytest.raises(InputError) as caught:
            verb()
        assert caught.value.problems[0].code == "crs.area"


def test_one_system_under_two_names_meets():
    wkt = SQUARES.set_crs(SQUARES.crs.to_wkt(), allow_override=True)
    assert shares(wkt, SQUARES)["share"].tolist() == [1.0, 1.0]


def some_world(seed, *, lots=40, areas=12):
    """Return lots and overlapping areas, as circles and squares with corners on a coarse grid."""
    rng = np.random.default_rng(seed)
    corner, size = rng.integers(0, 100, (areas, 2)), rng.integers(5, 40, areas)
    zones = {
        f"z{n:02d}": box(x, y, x + s, y + s) if n % 3 else Point(x, y).buffer(s)
        for n, ((x, y), s) in enumerate(zip(corner.tolist(), size.tolist(), strict=True))
    }
    place, side = rng.integers(0, 120, (lots, 2)), rng.integers(1, 15, lots)
    plots = {
        f"l{n:02d}": box(x, y, x + s, y + s) if n % 4 else Point(x, y)
        for n, ((x, y), s) in enumerate(zip(place.tolist(), side.tolist(), strict=True))
    }
    return frame(plots), frame(zones)


seeds = st.integers(0, 10_000)


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_shares_add_up_to_one_and_areas_keep_their_ground(seed):
    lots, areas = some_world(seed)
    flat = disjoint(areas)
    assert flat.areas.area.sum() == pytest.approx(areas.union_all().area)
    assert disjoint(flat.areas).overlaps["overlap_m2"].sum() == pytest.approx(0, abs=1e-6)
    found = shares(lots, flat.areas)
    assert found.groupby("lot")["share"].sum().to_numpy() == pytest.approx(np.ones(len(lots)))
    ground = found.groupby("lot")["area_m2"].sum().reindex(lots["id"]).to_numpy()
    assert ground == pytest.approx(lots.area.to_numpy())


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_shares_agree_with_geopandas_overlay(seed):
    lots, areas = some_world(seed)
    plots = lots[lots.area > 0]
    flat = disjoint(areas).areas
    flat = flat[flat.area > 0]
    peer = gpd.overlay(plots, flat, keep_geom_type=True)
    expected = peer.assign(size=peer.area).groupby(["id_1", "id_2"])["size"].sum()
    found = shares(plots, flat).query("area != ''").set_index(["lot", "area"])["area_m2"]
    both = pd.concat([expected, found], axis=1).fillna(0.0)
    assert both.iloc[:, 0].to_numpy() == pytest.approx(both.iloc[:, 1].to_numpy(), abs=1e-6)
    crossed = cross_areas(plots, flat).set_index(["left", "right"])["area_m2"]
    pd.testing.assert_series_equal(crossed.sort_index(), found.sort_index(), check_names=False)


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_locate_and_near_agree_with_shapely_one_by_one(seed):
    lots, areas = some_world(seed)
    points = lots[lots.area == 0]
    located = locate(points, areas).set_index("point")["area"]
    nearest = near(points, areas).set_index("id")
    for point in points.itertuples():
        touching = areas[areas.intersects(point.geometry)]
        assert located[point.id] == min(touching["id"], default="")
        assert nearest.loc[point.id, "distance_m"] == areas.distance(point.geometry).min()


@settings(max_examples=10, deadline=None)
@given(seed=seeds)
def test_the_order_of_rows_changes_nothing(seed):
    lots, areas = some_world(seed)
    mixed = areas.sample(frac=1, random_state=seed), lots.sample(frac=1, random_state=seed)
    first, second = disjoint(areas), disjoint(mixed[0])
    pd.testing.assert_frame_equal(first.overlaps, second.overlaps, check_exact=True)
    one, two = shares(lots, first.areas), shares(mixed[1], second.areas)
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    points = lots.assign(geometry=lots.centroid), mixed[1].assign(geometry=mixed[1].centroid)
    for verb in (locate, near):
        pd.testing.assert_frame_equal(verb(points[0], areas), verb(points[1], mixed[0]), check_exact=True)


def test_the_thousand_lots_of_a_city_are_quick_and_right():
    rng = np.random.default_rng(1)
    place = rng.uniform(0, 5000, (2000, 2))
    lots = frame({f"{n:04d}": box(x, y, x + 20, y + 15) for n, (x, y) in enumerate(place)})
    grid = frame(
        {
            f"{i}-{j}": box(500 * i, 500 * j, 500 * i + 500, 500 * j + 500)
            for i in range(10)
            for j in range(10)
        }
    )
    found = shares(lots, grid)
    assert found.groupby("lot")["share"].sum().to_numpy() == pytest.approx(np.ones(2000))
    assert found.query("area != ''")["area_m2"].sum() == pytest.approx(
        shapely.area(shapely.intersection(lots.geometry.to_numpy(), box(0, 0, 5000, 5000))).sum()
    )
