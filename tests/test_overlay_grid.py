"""The grid for large jobs answers as GEOS does: points on borders, holes, parts, lots along a border."""

import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon, box

from gisplan.overlay import grid, grid_large, grid_store
from gisplan.overlay.locate import locate
from gisplan.overlay.share import shares

CRS = 6676
seeds = st.integers(0, 100_000)
some = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def always(monkeypatch, tmp_path):
    """Take the grid for every job, however small, and keep none of them outside the test."""
    monkeypatch.setattr(grid_large, "WORTH_S", 0.0)
    monkeypatch.setattr(grid_large, "cache_folder", lambda: tmp_path / "grids")
    return monkeypatch


def frame(shapes, names=None):
    """Return shapes as a table; ids have the order of the shapes unless they are named."""
    ids = names or [f"{number:05d}" for number in range(len(shapes))]
    return gpd.GeoDataFrame({"id": ids}, geometry=list(shapes), crs=CRS)


def both(verb, *tables, always, **words):
    """Return the answers of the tree and of the grid."""
    always.setattr(grid_large, "WORTH_S", np.inf)
    tree = verb(*tables, **words)
    always.setattr(grid_large, "WORTH_S", 0.0)
    return tree, verb(*tables, **words)


def star(random, *, middle, reach, corners=14):
    """Return a polygon around a point, some with a hole."""
    turn = np.sort(random.uniform(0, 2 * np.pi, corners))
    away = random.uniform(0.4, 1, corners) * reach
    line = np.column_stack([np.cos(turn), np.sin(turn)]) * away[:, None]
    hole = [line[::-1] * 0.3 + middle] if random.random() < 0.4 else []
    shape = shapely.make_valid(Polygon(line + middle, hole))
    return shape if shape.geom_type in {"Polygon", "MultiPolygon"} else Point(middle).buffer(reach)


def some_areas(seed, count=30):
    """Return stars that overlap, multipolygons of two stars, and squares on whole metres that share sides."""
    random = np.random.default_rng(seed)
    stars = [
        star(random, middle=random.uniform(0, 1000, 2), reach=random.uniform(1, 200)) for _ in range(count)
    ]
    parts = [shapely.union(one, shapely.affinity.translate(one, 400, 30)) for one in stars[: count // 4]]
    squares = [box(x, y, x + 100, y + 100) for x in range(1200, 1500, 100) for y in range(0, 300, 100)]
    return [*stars, *parts, *squares]


def hard_points(shapes, seed):
    """Return random points, vertices, middles of edges, points a hair's breadth off, and some far away."""
    random = np.random.default_rng(seed)
    xy = shapely.get_coordinates(shapes)
    spots = [random.uniform(-100, 1600, (400, 2)), xy, (xy[:-1] + xy[1:]) / 2]
    spots += [xy + random.choice([1e-10, 1e-7, 1e-4, -1e-9, 0], xy.shape) for _ in range(2)]
    spots += [np.array([[1e9, 0.0], [-1e9, 5.0], [1250.0, 100.0], [1300.0, 100.0]])]
    return shapely.points(np.concatenate(spots))


@some
@given(seed=seeds)
def test_points_get_the_answers_of_the_tree(always, seed):
    shapes = some_areas(seed)
    areas = frame(shapes).assign(value=np.random.default_rng(seed).integers(0, 3, len(shapes)))
    points = frame(hard_points(shapes, seed))
    for by in ("id", "value"):
        tree, found = both(locate, points, areas, always=always, by=by)
        pd.testing.assert_frame_equal(tree, found)


@some
@given(seed=seeds, per_cell=st.sampled_from([0.02, 1, 200]))
def test_small_and_large_cells_answer_alike(always, seed, per_cell):
    always.setattr(grid, "PER_CELL", per_cell)
    shapes = some_areas(seed, count=12)
    tree, found = both(locate, frame(hard_points(shapes, seed)), frame(shapes), always=always)
    pd.testing.assert_frame_equal(tree, found)


def test_shared_borders_on_whole_metres(always):
    """A raster of squares with points on every corner, side and middle: borders lie where cells could."""
    squares = [box(x, y, x + 8, y + 8) for x in range(0, 160, 8) for y in range(0, 160, 8)]
    points = shapely.points(*np.meshgrid(np.arange(-4, 168, 2.0), np.arange(-4, 168, 2.0)))
    tree, found = both(locate, frame(points.ravel()), frame(squares), always=always)
    pd.testing.assert_frame_equal(tree, found)
    assert found["on_border"].sum() > 2000


def test_nothing_and_nowhere(always):
    areas = frame([box(0, 0, 10, 10), Polygon(), box(20, 0, 30, 10)])
    points = frame([Point(5, 5), Point(25, 5), Point(15, 5), Point(10, 3), Point(1e300, 0)])
    tree, found = both(locate, points, areas, always=always)
    pd.testing.assert_frame_equal(tree, found)
    assert found["area"].tolist() == ["00000", "00002", "", "00000", ""]
    # What is no point has no single place: the tree takes it.
    tree, found = both(locate, frame([Point(), Point(5, 5), box(1, 1, 2, 2)]), areas, always=always)
    pd.testing.assert_frame_equal(tree, found)


def test_many_borders_in_one_cell(always):
    """More runs in a cell than one mask has bits."""
    always.setattr(grid, "PER_CELL", 1e6)
    rings = [
        Point(50, 50).buffer(0.5 * n, 4).difference(Point(50, 50).buffer(0.5 * n - 0.5, 4))
        for n in range(1, 90)
    ]
    tree, found = both(locate, frame(hard_points(rings, 1)), frame(rings), always=always)
    pd.testing.assert_frame_equal(tree, found)
    shapes = np.array(rings)
    cells = grid.frame_of(shapes)
    assert grid.grid_of(shapes, cells, grid.ask(cells, grid_large.boxes_of(shapes))).masks > 1


def compare(tree, found):
    """Compare shares: the same rows, areas within 1e-6 m²."""
    keys = ["lot", "area"]
    pd.testing.assert_frame_equal(tree[keys], found[keys])
    assert np.abs(tree["area_m2"] - found["area_m2"]).max() < 1e-6
    assert np.abs(tree["share"] - found["share"]).max() < 1e-6


def some_lots(seed):
    """Return turned rectangles, lots along sides of the squares, and lots of several parts or with a hole."""
    random = np.random.default_rng(seed)
    turned = [
        shapely.affinity.rotate(box(x, y, x + w, y + h), turn)
        for x, y, w, h, turn in random.uniform([0, 0, 5, 5, 0], [1500, 500, 40, 60, 180], (60, 5))
    ]
    along = [box(x, y, x + 20, y + 30) for x in range(1180, 1500, 20) for y in range(-30, 300, 30)]
    ring = [box(0, 0, 200, 200).difference(box(50, 50, 150, 150))]
    several = [shapely.union(box(10, 10, 30, 30), box(1190, 10, 1210, 30))]
    return [*turned, *along, *ring, *several]


@some
@given(seed=seeds)
def test_lots_share_ground_as_in_the_tree(always, seed):
    random = np.random.default_rng(seed)
    flat = [shapely.affinity.translate(star(random, middle=np.zeros(2), reach=50), 110 * x, 110 * y)
            for x in range(10) for y in range(4)]  # fmt: skip
    squares = [box(x, y, x + 100, y + 100) for x in range(1200, 1500, 100) for y in range(0, 300, 100)]
    tree, found = both(shares, frame(some_lots(seed)), frame([*flat, *squares]), always=always)
    compare(tree, found)


@some
@given(seed=seeds, turned=st.booleans(), per_cell=st.sampled_from([0.05, 8, 100]))
def test_lots_are_cut_along_kept_vertices_whatever_way_rings_turn(always, seed, turned, per_cell):
    """Overlapping areas with holes and parts, as far as the corner of a lot tells: GEOS is the oracle."""
    always.setattr(grid, "PER_CELL", per_cell)
    shapes = np.array(some_areas(seed, count=12))
    lots = shapely.make_valid(np.array([*some_lots(seed), *some_areas(seed + 1, count=12)]))
    shapes, lots = (shapely.reverse(side) if turned else side for side in (shapes, lots))
    boxes = grid_large.boxes_of(lots)
    _, index = grid_store.kept_grid(shapes, boxes, folder=None, exact=True)
    rows, ground, unclear = grid_large._cut_in_cells(index, lots, np.arange(len(lots)), boxes)
    clear = np.setdiff1d(np.arange(len(lots)), unclear)
    assert len(clear) > 30
    wanted = shapely.area(shapely.intersection(lots[clear][:, None], shapes))
    found = np.zeros((len(lots), len(shapes)))
    found[rows[:, 1], rows[:, 0]] = ground
    assert np.abs(found[clear] - wanted).max() < 1e-6
    assert len(np.unique(rows, axis=0)) == len(rows)


def test_too_many_cells_keep_no_vertices(always):
    """The same shares come from the areas' own vertices, and from a grid on disk."""
    areas, lots = frame(some_areas(3)[-9:]), frame(some_lots(3))
    kept = shares(lots, areas)
    always.setattr(grid_large, "KEPT_VERTICES", 0)
    for _ in range(2):
        pd.testing.assert_frame_equal(shares(lots, areas), kept, check_exact=True)
    always.setattr(grid_store, "MOST_EXACT", 0)
    compare(kept, shares(lots, areas))


def test_the_order_of_rows_and_the_number_of_threads_change_nothing(always):
    shapes = some_areas(7)
    points, lots, areas = frame(hard_points(shapes, 7)), frame(some_lots(7)), frame(shapes[-9:])
    one = locate(points, frame(shapes)), shares(lots, areas)
    always.setattr(grid.os, "cpu_count", lambda: 1)
    mixed = [table.sample(frac=1, random_state=3) for table in (points, frame(shapes), lots, areas)]
    other = locate(*mixed[:2]), shares(*mixed[2:])
    for first, second in zip(one, other, strict=True):
        pd.testing.assert_frame_equal(first, second, check_exact=True)


def test_blocks_do_not_change_the_answer(always):
    always.setattr(grid, "PER_CELL", 0.05)
    always.setattr(grid, "TWICE", 1e9)
    shapes = some_areas(11)
    points = frame(hard_points(shapes, 11))
    answers = []
    for bits in (4, 6, 12):
        always.setattr(grid, "BLOCK_BITS", bits)
        answers.append(locate(points, frame(shapes)))
    pd.testing.assert_frame_equal(answers[0], answers[1])
    pd.testing.assert_frame_equal(answers[0], answers[2])


def test_blocks_widen_where_there_are_too_many_and_answer_alike(always):
    always.setattr(grid, "PER_CELL", 0.05)
    always.setattr(grid, "TWICE", 1e9)
    always.setattr(grid, "BLOCK_BITS", 4)
    shapes = some_areas(11)
    points, areas = frame(hard_points(shapes, 11)), frame(shapes)
    narrow = grid.frame_of(areas.geometry.to_numpy())
    answer = locate(points, areas)
    always.setattr(grid, "MANY", 1)
    wide = grid.frame_of(areas.geometry.to_numpy())
    assert wide.block_bits > narrow.block_bits
    pd.testing.assert_frame_equal(locate(points, areas), answer)


def test_a_kept_grid_is_used_and_a_damaged_one_made_anew(always, tmp_path):
    always.setattr(grid_large, "KEPT_VERTICES", 0)
    shapes = some_areas(5)
    points, areas = frame(hard_points(shapes, 5)), frame(shapes)
    first = locate(points, areas)
    (file,) = (tmp_path / "grids").glob("*")
    made = file.read_bytes()
    calls = []
    whole = grid_store.grid_of
    always.setattr(grid_store, "grid_of", lambda *given, **words: calls.append(1) or whole(*given, **words))
    pd.testing.assert_frame_equal(locate(points, areas), first)
    assert calls == []
    for damaged in (b"", made[: len(made) // 2], made[:900] + bytes(100) + made[1000:]):
        file.write_bytes(damaged)
        pd.testing.assert_frame_equal(locate(points, areas), first)
        assert file.read_bytes() == made
    assert len(calls) == 3
    # Points in other cells: the file grows by theirs and serves both afterwards.
    file.unlink()
    locate(points.iloc[:3], areas)
    pd.testing.assert_frame_equal(locate(points, areas), first)
    locate(points.iloc[:3], areas)
    assert len(calls) == 5


def test_a_grid_of_another_version_is_not_looked_at(always, tmp_path):
    """B161: the form of the arrays and the versions of gisplan and numpy are part of the name."""
    always.setattr(grid_large, "KEPT_VERTICES", 0)
    areas = frame([box(0, 0, 10, 10)])
    for name, value in (("FORM", grid_store.FORM), ("FORM", grid_store.FORM + 1), ("__version__", "99")):
        always.setattr(grid_store, name, value)
        locate(frame([Point(5, 5)]), areas)
    assert len(list((tmp_path / "grids").glob("*.npz"))) == 3


def test_a_folder_that_cannot_be_written_does_no_harm(always, tmp_path):
    always.setattr(grid_large, "KEPT_VERTICES", 0)
    (tmp_path / "grids").write_text("a file, not a folder")
    assert locate(frame([Point(5, 5)]), frame([box(0, 0, 10, 10)]))["area"].tolist() == ["00000"]


def test_only_the_newest_grids_are_kept(always, tmp_path):
    always.setattr(grid_large, "KEPT_VERTICES", 0)
    for size in range(10, 17):
        locate(frame([Point(5, 5)]), frame([box(0, 0, size, size)]))
    assert len(list((tmp_path / "grids").glob("*.npz"))) == grid_store.KEPT


def test_small_jobs_and_other_shapes_do_not_touch_numba(monkeypatch):
    areas = np.array([box(0, 0, 1, 1)] * 10)
    assert not grid_large.worth_it(areas, points=30_000)
    assert not grid_large.worth_it(areas, lots=5_000)
    assert grid_large.worth_it(areas, points=2_000_000)
    assert grid_large.worth_it(areas, lots=500_000)
    assert not grid_large.worth_it(np.array([Point(0, 0)] * 10), points=2_000_000)
    assert not grid_large.worth_it(areas[:0], points=2_000_000)
    monkeypatch.setitem(sys.modules, "numba", None)
    assert not grid_large.worth_it(areas, points=2_000_000)


@pytest.mark.real
def test_the_zones_of_yaizu(always, real_data):
    """Every vertex of the zones of a real city, and points beside them."""
    tables = [
        gpd.read_file(path, encoding="cp932")
        for path in sorted((real_data / "yaizu" / "raw").glob("都市計画図_*/*.shp"))
    ]
    shapes = np.concatenate([table.geometry.to_numpy() for table in tables])
    shapes = shapely.make_valid(shapes)
    shapes = shapes[np.isin(shapely.get_type_id(shapes), (3, 6))]
    xy = shapely.get_coordinates(shapes)
    points = frame(shapely.points(np.concatenate([xy, (xy[:-1] + xy[1:]) / 2, xy + 1e-3])))
    tree, found = both(locate, points, frame(shapes), always=always)
    pd.testing.assert_frame_equal(tree, found)
    assert found["on_border"].sum() > 1000
