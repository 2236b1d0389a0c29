"""The benchmark runs, its rows keep their keys, and it says so where answers differ or something is missing."""

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
KEYS = ["goal", "job", "size", "ours_s", "ours_mb", "peer", "peer_s", "ratio", "target", "reached", "equal"]


@pytest.fixture
def bench(monkeypatch):
    """Return the modules of the benchmark, which stand in `scripts/`."""
    monkeypatch.syspath_prepend(ROOT / "scripts")
    import bench_jobs.answers
    import bench_jobs.measure
    import bench_jobs.overlay
    import bench_jobs.overlay_zones
    import bench_jobs.siting
    import bench_jobs.siting_data
    import bench_jobs.yaizu

    return bench_jobs


def start(*arguments, **variables):
    return subprocess.run(
        [sys.executable, "scripts/bench.py", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1", **variables},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.real
@pytest.mark.slow
def test_yaizu_is_measured_beside_its_peer_and_the_answers_agree(real_data, tmp_path):
    pytest.importorskip("networkx")
    written = tmp_path / "rows.json"
    done = start("yaizu", "--quick", "--json", str(written), GISPLAN_REAL_DATA=str(real_data))
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads(written.read_text("utf-8"))
    assert [list(row)[: len(KEYS)] for row in rows] == [KEYS] * len(rows)
    cold, warm, helped = rows
    assert [row["goal"] for row in rows] == ["P9", "P9", "P11"]
    assert cold["equal"] is True
    assert len(cold["compared"]) == 8
    assert cold["peer_s"] > 0
    assert warm["equal"] is True
    assert helped["equal"] is None
    for text in ("P9", "yaizu, cold", "ratio", "区域・用途地域ごとの空家数", "vacant houses by"):
        assert text in done.stdout


@pytest.mark.slow
def test_points_and_lots_are_measured_in_a_small_country_and_all_answers_agree(tmp_path):
    written = tmp_path / "rows.json"
    done = start("overlay", "--quick", "--json", str(written))
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads(written.read_text("utf-8"))
    assert [list(row)[: len(KEYS)] for row in rows] == [KEYS] * len(rows)
    measured = [row for row in rows if row["peer_s"] is not None]
    assert {row["goal"] for row in measured} == {"P1", "P2"}
    assert {"STRtree", "geopandas.sjoin", "prepared shapely", "geopandas.overlay"} <= {
        row["peer"] for row in measured
    }
    assert all(row["equal"] is True for row in measured)
    assert any("index" in row["size"] for row in rows)
    assert "DuckDB spatial" in done.stdout or "duckdb (not installed" in done.stdout
    for text in ("P2", "用途地域", "zone of each point"):
        assert text in done.stdout


@pytest.mark.real
@pytest.mark.slow
def test_a_road_graph_is_measured_beside_the_peers_that_are_installed_and_all_answers_agree(
    real_data, tmp_path
):
    written = tmp_path / "rows.json"
    done = start("network", "--quick", "--json", str(written), GISPLAN_REAL_DATA=str(real_data))
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads(written.read_text("utf-8"))
    assert [list(row)[: len(KEYS)] for row in rows] == [KEYS] * len(rows)
    measured = [row for row in rows if row["peer_s"] is not None]
    assert all(row["equal"] is True for row in measured)
    assert "scipy" in {row["peer"] for row in measured}
    for package, peer in (("routingkit_cch", "routingkit-cch"), ("pandana", "pandana")):
        there = importlib.util.find_spec(package) is not None
        assert (peer in {row["peer"] for row in measured}) == there
        assert there or f"{peer} (not installed: {package})" in done.stdout
    if importlib.util.find_spec("routingkit_cch") is not None:
        assert "prepared in" in done.stdout
        assert "P6" in done.stdout
    for text in ("最寄り施設", "to the last bit"):
        assert text in done.stdout


@pytest.mark.slow
def test_a_list_is_measured_beside_pandas_and_the_answers_agree(tmp_path):
    written = tmp_path / "rows.json"
    done = start("list", "--quick", "--json", str(written))
    assert done.returncode == 0, done.stdout + done.stderr
    [row] = json.loads(written.read_text("utf-8"))
    assert list(row)[: len(KEYS)] == KEYS
    assert row["equal"] is True
    assert len(row["compared"]) == 2
    assert row["peer_s"] > 0


@pytest.mark.real
@pytest.mark.slow
def test_siting_is_measured_beside_the_peers_that_are_installed_and_all_answers_agree(real_data, tmp_path):
    written = tmp_path / "rows.json"
    done = start("siting", "--quick", "--json", str(written), GISPLAN_REAL_DATA=str(real_data))
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads(written.read_text("utf-8"))
    assert [list(row)[: len(KEYS)] for row in rows] == [KEYS] * len(rows)
    assert {row["goal"] for row in rows} == {"P8"}
    asked = [row for row in rows if "not installed" not in row["peer"]]
    assert all(row["equal"] is True for row in asked)
    beside = [row for row in rows if row["peer"] == "HiGHS alone"]
    assert {row["job"].split(", ")[1] for row in beside} == {
        "p-median", "max-coverage", "set-cover", "p-center"
    }  # fmt: skip
    assert all(row["peer_s"] > 0 and "proven 1/1; HiGHS alone proven 1/1" in row["size"] for row in beside)
    there = importlib.util.find_spec("spopt") is not None
    assert there or "spopt with CBC (not installed: spopt" in done.stdout
    for text in ("OR-Library の既知の最適値", "the optima known of the OR-Library"):
        assert text in done.stdout


def told(worth, *, bound=None, objective=None, proven=True):
    return {
        "worth": worth,
        "objective": worth if objective is None else objective,
        "bound": worth if bound is None else bound,
        "proven": proven,
    }


def sited(bench, case, **found):
    runs = {
        side: [{"steps": {case.name: {"solve": [1.0, 2.0]}}, "found": {case.name: one}, "peak_mb": 50.0}]
        for side, one in found.items()
    }
    return bench.siting.Group(cases=(case,), runs=runs)


@pytest.mark.parametrize(
    ("model", "ours", "theirs", "equal"),
    [
        ("p-median", {"worth": 10.0}, {"worth": 10.0}, True),
        ("p-median", {"worth": 11.0}, {"worth": 10.0}, False),
        ("p-median", {"worth": 9.0}, {"worth": 10.0}, False),
        ("p-median", {"worth": 9.0}, {"worth": 10.0, "bound": 8.0, "proven": False}, True),
        ("p-median", {"worth": 10.0}, {"worth": 9.0, "bound": 8.0, "proven": False}, False),
        ("p-median", {"worth": 10.0}, {"worth": None, "bound": 8.0, "proven": False}, True),
        ("p-median", {"worth": 10.0}, {"worth": None, "bound": 11.0, "proven": False}, False),
        ("max-coverage", {"worth": 11.0}, {"worth": 10.0, "bound": 12.0, "proven": False}, True),
        ("max-coverage", {"worth": 10.0}, {"worth": 11.0, "bound": 12.0, "proven": False}, False),
    ],
)
def test_a_choice_better_than_the_bound_of_another_is_not_equal(bench, model, ours, theirs, equal):
    case = bench.siting.Case(name="one", model=model, demands=3, candidates=3, p=1, peers=("highs",))
    group = sited(bench, case, ours=told(**ours), highs=told(**theirs))
    [check] = bench.siting._fit(group, [case], "highs")
    assert check.equal is equal


def test_a_side_that_found_nothing_is_not_compared(bench):
    case = bench.siting.Case(name="one", model="p-median", demands=3, candidates=3, p=1, peers=("highs",))
    nothing = {"worth": None, "objective": None, "bound": None, "proven": False}
    group = sited(bench, case, ours=nothing, highs=nothing)
    row = bench.siting._beside_row(group, [case], "highs", 1).record()
    assert (row["equal"], row["compared"], row["ratio"]) == (None, [], None)
    assert "no answer in time" in row["size"]
    alone = bench.siting._alone_row(group, case, 1)
    assert (alone.reached, alone.equal) == (False, None)


@pytest.mark.parametrize(
    ("ours", "theirs", "ratio", "words"),
    [
        ({"worth": 10.0}, {"worth": 10.0}, 1.0, "HiGHS alone proven 1/1"),
        ({"worth": 10.0}, {"worth": 12.0, "bound": 9.0, "proven": False}, 1.0, "the ratio is at least that"),
        ({"worth": 10.0, "bound": 9.0, "proven": False}, {"worth": 10.0}, None, "gap 10.000%; HiGHS alone"),
    ],
)
def test_seconds_at_which_the_clock_stopped_gisplan_make_no_ratio(bench, ours, theirs, ratio, words):
    case = bench.siting.Case(name="one", model="p-median", demands=3, candidates=3, p=1, peers=("highs",))
    group = sited(bench, case, ours=told(**ours), highs=told(**theirs))
    row = bench.siting._beside_row(group, [case], "highs", 1).record()
    assert (row["ratio"], row["peer"], row["equal"]) == (ratio, "HiGHS alone", True)
    assert words in row["size"]


def test_an_objective_that_its_choice_does_not_have_is_not_equal(bench):
    case = bench.siting.Case(name="one", model="p-median", demands=3, candidates=3, p=1)
    for objective, equal in ((10.0, True), (10.001, False)):
        group = sited(bench, case, ours=told(10.0, objective=objective))
        [check] = bench.siting._counted(group, "ours", [case])
        assert check.equal is equal


@pytest.mark.parametrize(
    ("demands", "bound", "reached"),
    [(3, 9.995, True), (3, 9.985, False), (4, 9.995, True), (4, 9.985, False)],
)
def test_a_goal_of_siting_is_reached_by_the_gap_and_not_by_the_word(bench, demands, bound, reached):
    case = bench.siting.Case(
        name="one", model="p-median", demands=demands, candidates=3, p=1, gap=0.001, seconds=60.0
    )
    group = sited(bench, case, ours=told(10.0, bound=bound))
    assert bench.siting._alone_row(group, case, 1).reached is reached
    late = bench.siting._alone_row(group, replace(case, seconds=1.0), 1)
    assert late.reached is (reached and demands > case.candidates), "the seconds bind the square table alone"


def test_what_a_choice_is_worth_is_counted_from_the_minutes_alone(bench):
    import numpy as np

    data, case = bench.siting_data, bench.siting.Case
    minutes = np.array([[1.0, 9.0], [5.0, 2.0], [4.0, 3.0]])
    held = data.Data(
        weight=np.array([1.0, 2.0, 3.0]), blocks=lambda: iter([minutes[:2], minutes[2:]]), candidates=2, p=1
    )

    def worth(model, chosen, minutes=0.0):
        return data.worth(case(name="", model=model, minutes=minutes), held, chosen)

    assert worth("p-median", [0]) == 1 + 10 + 12
    assert worth("p-median", [0, 1]) == 1 + 4 + 9
    assert worth("p-center", [1]) == 9
    assert worth("max-coverage", [1], 3.0) == 5
    assert worth("set-cover", [0, 1], 3.0) == 2
    assert worth("set-cover", [1], 3.0) == float("inf")


def test_the_points_of_siting_are_the_same_every_time(bench):
    case = bench.siting.Case(name="", model="p-median", demands=2_500, candidates=7, p=2)
    one, two = (bench.siting_data.data_of(case, Path()) for _ in range(2))
    assert (one.table() == two.table()).all()
    assert one.table().shape == (2_500, 7)
    assert (one.weight == two.weight).all()
    assert 1 <= one.weight.min() <= one.weight.max() <= 100


def test_the_made_country_is_the_same_every_time(bench, tmp_path):
    for name in ("one", "two"):
        bench.overlay_zones.main(tmp_path / name, 300, 500, 50)
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_shares_that_differ_are_not_equal(bench, tmp_path):
    import numpy as np

    rows = np.array([[0.0, 3.0, 10.0], [1.0, 4.0, 20.0]])
    for name, more in (("one", 0.0), ("near", 5e-7), ("far", 5e-6)):
        np.save(tmp_path / f"{name}.npy", rows + np.array([0.0, 0.0, more]))
    np.save(tmp_path / "less.npy", rows[:1])
    ground, same = bench.overlay._ground, bench.overlay._same
    assert ground(tmp_path, "one", "near").equal
    assert not ground(tmp_path, "one", "far").equal
    assert not ground(tmp_path, "one", "less").equal
    assert same(tmp_path, "bench_zone_of_point", "less", "less").equal is True
    assert same(tmp_path, "bench_zone_of_point", "one", "less").equal is False


def test_without_the_real_data_it_says_so_in_plain_words(tmp_path):
    done = start("yaizu", GISPLAN_REAL_DATA=str(tmp_path / "nowhere"))
    assert done.returncode == 2
    assert "実データがありません" in done.stderr
    assert "GISPLAN_REAL_DATA" in done.stderr
    assert "Traceback" not in done.stderr


def test_only_jobs_that_exist_are_offered():
    done = start("nothing")
    assert done.returncode == 2
    assert "yaizu" in done.stderr
    assert "all" in done.stderr


def test_a_program_is_measured_in_a_process_of_its_own(bench):
    used = bench.measure.run([sys.executable, "-c", "sum(range(10**6))"], variables=dict(os.environ))
    assert used.wall_s > 0
    assert (used.cpu_s is None) == (sys.platform == "win32")
    assert used.slowest >= used.seconds > 0


def test_a_program_that_fails_ends_the_benchmark_with_its_last_words(bench, capsys):
    code = "import sys; print('no such zone'); sys.exit(3)"
    with pytest.raises(SystemExit) as ended:
        bench.measure.run([sys.executable, "-c", code], variables=dict(os.environ))
    assert ended.value.code == 1
    assert "no such zone" in capsys.readouterr().err


def test_the_middle_run_counts(bench):
    used = [bench.measure.Used(wall_s=wall, cpu_s=wall / 2, memory_mb=None) for wall in (9.0, 1.0, 3.0)]
    middle = bench.measure.median(used)
    assert (middle.wall_s, middle.cpu_s, middle.memory_mb) == (3.0, 1.5, None)


def test_a_peer_that_is_not_installed_is_named(bench):
    asked = bench.measure.Bench(python=Path(sys.executable), rounds=1, tell=print)
    lacking = bench.measure.missing(asked, packages=["json", "no_such_peer"], variables=dict(os.environ))
    assert lacking == ["no_such_peer"]
    used = bench.measure.Used(wall_s=1.0, cpu_s=1.0, memory_mb=1.0)
    measured = bench.yaizu._Measured(cold=[used], warm=[used], helped=[used], peer=[], untouched=True)
    row = bench.yaizu._report(asked, measured, (), size="", lacking=lacking)[0].record()
    assert "not installed: no_such_peer" in row["peer"]
    assert (row["peer_s"], row["ratio"], row["reached"], row["equal"]) == (None, None, False, None)


def test_a_goal_is_reached_on_the_clock_and_by_the_processor(bench):
    asked = bench.measure.Bench(python=Path(sys.executable), rounds=1, tell=print)
    ours, theirs = (bench.measure.Used(wall_s=s, cpu_s=s, memory_mb=1.0) for s in (1.0, 2.5))

    def reached(peer):
        measured = bench.yaizu._Measured(cold=[ours], warm=[ours], helped=[ours], peer=[peer], untouched=True)
        return [row.reached for row in bench.yaizu._report(asked, measured, (), size="", lacking=[])]

    assert reached(theirs) == [True, True, False]
    assert reached(replace(theirs, wall_s=1.9))[0] is False
    assert reached(replace(theirs, cpu_s=1.9))[0] is False


def test_answers_that_differ_are_not_equal(bench):
    near = bench.answers._near
    one = {"a": 1.0, "b": 2.0}
    assert near("bench_area_ha", one, {"a": 1.005, "b": 2.0}, within=0.01).equal
    assert not near("bench_area_ha", one, {"a": 1.02, "b": 2.0}, within=0.01).equal
    assert not near("bench_area_ha", one, {"a": 1.0}, within=0.01).equal
    assert not near("bench_area_ha", one, {**one, "c": 3.0}, within=0.01).equal
    assert not near("bench_area_ha", {}, {}, within=0.01).equal
    hundred = dict.fromkeys(range(100), 1.0)
    for wrong, equal in ((1, True), (2, False)):
        other = hundred | dict.fromkeys(range(wrong), 9.0)
        assert near("bench_house_minutes", hundred, other, within=0.5, least=0.99).equal is equal


def test_the_plan_names_the_data_wherever_they_are(bench, tmp_path):
    assert bench.yaizu.IN_PLAN in bench.yaizu.PLAN.read_text("utf-8")
    work = tmp_path / "work"
    work.mkdir()
    copy = bench.yaizu.plan_for(tmp_path / "elsewhere", work).read_text("utf-8")
    assert bench.yaizu.IN_PLAN not in copy
    assert '"../elsewhere/yaizu/plan/hubs_cp932.csv"' in copy


@pytest.mark.browser
@pytest.mark.slow
def test_maps_are_measured_beside_folium_and_every_pick_is_what_shapely_finds(browser_path, tmp_path):
    written = tmp_path / "rows.json"
    done = start("maps", "--quick", "--json", str(written), GISPLAN_BROWSER=browser_path)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads(written.read_text("utf-8"))
    assert [list(row)[: len(KEYS)] for row in rows] == [KEYS] * len(rows)
    own, beside = rows
    assert {row["goal"] for row in rows} == {"M2"}
    assert (own["equal"], len(own["compared"])) == (True, 2)
    assert own["compared"][0]["found"].startswith("300/300")
    assert beside["peer"] == "folium GeoJson"
    assert beside["peer_s"] > 0
    for text in ("ready", "drag p95", "zoom max", "heap", "shapely の答え", "0 requests"):
        assert text in done.stdout


def test_a_pick_is_the_nearest_point_or_one_on_the_same_step(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    from bench_jobs import maps_tasks

    same = maps_tasks._same
    assert same([[100, 200]], [[100.4, 199.6]])
    assert not same([[100, 200]], [[101.0, 200.0]])
    assert same([], [])
    assert not same([], [[1.0, 1.0]])
    assert not same([[1, 1]], [])


def test_a_goal_of_the_map_is_reached_by_its_own_figure(bench):
    from bench_jobs import maps

    seen = {"mb": 10.0, "ready_s": 1.4, "drag_ms": 17.5, "zoom_ms": 90.0, "heap_mb": 30.0, "requests": 0}
    side = maps.Side(written=bench.measure.Used(wall_s=1.0, cpu_s=1.0, memory_mb=1.0), seen=seen)
    found = {
        name: maps._goal_row(side, name, target, size="", runs=1) for name, target in maps.TARGETS.items()
    }
    assert {name: row.reached for name, row in found.items()} == {
        "mb": True, "ready_s": True, "drag_ms": False, "zoom_ms": True, "heap_mb": True
    }  # fmt: skip
    assert found["zoom_ms"].record()["ours_wall_s"] == 0.09
    late = maps.Side(written=side.written, seen={"mb": 9.0, "ready_s": 180.0, "opened": 0})
    assert late.size == "9.0 MB, did not open in 180 s: the ratio is at least that"
    assert found["drag_ms"].target == "drag p95 <= 17 ms"
