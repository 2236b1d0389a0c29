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
    done = start("siting")
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
