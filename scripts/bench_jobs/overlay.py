"""The job `overlay` (P1, P2): points and lots in 200,000 zones, beside trees, sjoin, overlay and DuckDB."""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environment

from bench_jobs.measure import Bench, Check, Row, Used, missing, run

HERE = Path(__file__).parent
WHOLE, QUICK = (200_000, 9_000_000, 50_000), (4_000, 90_000, 2_000)
"""Zones, points and lots."""

PEERS: Mapping[str, Sequence[str]] = {"sjoin_points": (), "overlay_lots": (), "duckdb_points": ("duckdb",)}
OURS = ("grid_points", "tree_points", "grid_locate", "grid_lots", "tree_lots")
WITH_INDEX, WITH_INDEX_SOME, ALONE, ALONE_WALL = 5.0, 2.0, 20.0, 40.0
INDEX_MB = 250.0
PREPARED, OVERLAY = 15.0, 50.0
SQUARE_METRES = 1e-6

Steps = Mapping[str, Used]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a comparison: a task and the steps of it that count."""

    task: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One row: who against whom, and how many times faster on the processor and on the clock (0: no goal)."""

    goal: str
    job: str
    ours: Side
    theirs: Side
    peer: str
    cpu: float
    wall: float
    checks: tuple[Check, ...]

    @property
    def target(self) -> str:
        """The goal in words."""
        if not self.cpu:
            return "-"
        return f">= {self.cpu:g}x" + (f", wall {self.wall:g}x" if self.wall != self.cpu else "")


def rows(bench: Bench) -> list[Row]:
    """Return the rows of the job; one round takes a small country.

    Parameters
    ----------
    bench
        Python, rounds, and whom to tell.
    """
    variables = environment.clean_environment(PYTHONPATH=str(environment.ROOT))
    sizes = QUICK if bench.rounds == 1 else WHOLE
    with tempfile.TemporaryDirectory(prefix="gisplan-bench-") as place:
        folder = Path(place)
        made = [str(bench.python), str(HERE / "overlay_zones.py"), str(folder), *map(str, sizes)]
        bench.tell("overlay_zones.py")
        run(made, variables=variables)
        lacking = _lacking(bench, variables)
        tasks = [*OURS, *(name for name in PEERS if name not in lacking)]
        measured: dict[str, list[dict[str, Any]]] = {name: [] for name in tasks}
        for number in range(1, bench.rounds + 1):
            for name in tasks:
                bench.tell(f"{number}/{bench.rounds} {name}")
                program = [str(bench.python), str(HERE / "overlay_tasks.py"), str(folder), name]
                run(program, variables=variables)
                measured[name].append(json.loads((folder / f"{name}.json").read_text("utf-8")))
        goals = _goals(folder, sizes, tasks)
    return [
        *(_row(goal, measured, sizes, bench.rounds) for goal in goals),
        *_index_rows(measured, sizes, bench.rounds),
        *(_absent(name, why, bench.rounds, measured) for name, why in lacking.items()),
    ]


def _lacking(bench: Bench, variables: dict[str, str]) -> dict[str, str]:
    """Return the peers that cannot run here, and what they lack."""
    found = {}
    for name, packages in PEERS.items():
        absent = missing(bench, packages=packages, variables=variables)
        if absent:
            found[name] = ", ".join(absent)
    if "duckdb_points" not in found:
        # The extension is a download of its own, which the benchmark does not make.
        code = "import duckdb; duckdb.connect().execute('LOAD spatial')"
        command = [str(bench.python), "-c", code]
        if subprocess.run(command, env=variables, capture_output=True, check=False).returncode:
            found["duckdb_points"] = "duckdb extension spatial"
    return found


def _goals(folder: Path, sizes: tuple[int, int, int], tasks: Sequence[str]) -> list[Goal]:
    _, points, lots = sizes
    some, all_points = f"{points // 9:,} points", f"{points:,} points"
    hard = _same(folder, "bench_hard_points", "grid_hard", "tree_hard")
    found = []
    for name, words, cpu in (("some", some, WITH_INDEX_SOME), ("all", all_points, WITH_INDEX)):
        checks = (_same(folder, "bench_zone_of_point", f"grid_{name}", f"tree_{name}"), hard)
        both = (f"{name} index", f"{name} query")
        tree = Side(task="tree_points", steps=both)
        whole, alone = (Side(task="grid_points", steps=steps) for steps in (both, both[1:]))
        found += [
            Goal(goal="P1", job=f"{words}, with index", ours=whole, theirs=tree, peer="STRtree", cpu=cpu,
                 wall=cpu, checks=checks),
            Goal(goal="P1", job=f"{words}, query alone", ours=alone, theirs=tree, peer="STRtree", cpu=ALONE,
                 wall=ALONE_WALL, checks=checks),
        ]  # fmt: skip
    for task, peer in (("sjoin_points", "geopandas.sjoin"), ("duckdb_points", "DuckDB spatial")):
        if task in tasks:
            check = _same(folder, "bench_zone_of_point", "grid_locate", f"{task.partition('_')[0]}_locate")
            sides = [Side(task=side, steps=("locate",)) for side in ("grid_locate", task)]
            found.append(Goal(goal="P1", job=f"{some}, locate", ours=sides[0], theirs=sides[1], peer=peer,
                              cpu=0.0, wall=0.0, checks=(check,)))  # fmt: skip
    return [*found, *_lot_goals(folder, f"{lots:,} lots")]


def _lot_goals(folder: Path, words: str) -> list[Goal]:
    prepared, overlaid = (
        _ground(folder, "grid_shares", other) for other in ("tree_shares", "overlay_shares")
    )
    alone, whole = (
        Side(task="grid_lots", steps=steps) for steps in (("query",), ("index lots", "index", "query"))
    )
    tree = Side(task="tree_lots", steps=("index", "query"))
    cut = Side(task="overlay_lots", steps=("query",))
    return [
        Goal(goal="P2", job=f"{words}, query alone", ours=alone, theirs=tree, peer="prepared shapely",
             cpu=PREPARED, wall=PREPARED, checks=(prepared,)),
        Goal(goal="P2", job=f"{words}, query alone", ours=alone, theirs=cut, peer="geopandas.overlay",
             cpu=OVERLAY, wall=OVERLAY, checks=(overlaid,)),
        Goal(goal="P2", job=f"{words}, with index", ours=whole, theirs=tree, peer="prepared shapely",
             cpu=0.0, wall=0.0, checks=(prepared,)),
    ]  # fmt: skip


def _same(folder: Path, what: str, ours: str, theirs: str) -> Check:
    import numpy as np

    one, two = (np.load(folder / f"{name}.npy") for name in (ours, theirs))
    same = int((one == two).sum()) if one.shape == two.shape else 0
    return Check(what=what, found=f"{same:,}/{len(two):,}", equal=one.shape == two.shape and same == one.size)


def _ground(folder: Path, ours: str, theirs: str) -> Check:
    import numpy as np

    one, two = (np.load(folder / f"{name}.npy") for name in (ours, theirs))
    rows = len(one) == len(two) and bool((one[:, :2] == two[:, :2]).all())
    apart = float(np.abs(one[:, 2] - two[:, 2]).max(initial=0.0)) if rows else float("nan")
    found = f"{len(one):,}/{len(two):,} (max {apart:.1g} m²)"
    return Check(what="bench_lot_ground", found=found, equal=rows and apart <= SQUARE_METRES)


def _used(side: Side, measured: Mapping[str, list[dict[str, Any]]]) -> Used:
    """Return the medians over the rounds of what some steps took together."""
    runs = measured[side.task]
    cpu, wall = ([sum(one["steps"][step][part] for step in side.steps) for one in runs] for part in (0, 1))
    peaks = [one["peak_mb"] for one in runs if one["peak_mb"] is not None]
    return Used(
        wall_s=statistics.median(wall),
        cpu_s=statistics.median(cpu),
        memory_mb=statistics.median(peaks) if peaks else None,
    )


def _row(
    goal: Goal, measured: Mapping[str, list[dict[str, Any]]], sizes: tuple[int, int, int], rounds: int
) -> Row:
    ours, theirs = _used(goal.ours, measured), _used(goal.theirs, measured)
    reached = theirs.seconds >= goal.cpu * ours.seconds and theirs.wall_s >= goal.wall * ours.wall_s
    return Row(
        goal=goal.goal,
        job=goal.job,
        size=f"{sizes[0]:,} zones",
        ours=ours,
        target=goal.target,
        reached=reached,
        runs=rounds,
        peer=goal.peer,
        theirs=theirs,
        checks=goal.checks,
    )


def _index_rows(
    measured: Mapping[str, list[dict[str, Any]]], sizes: tuple[int, int, int], rounds: int
) -> list[Row]:
    """Return the size of the index, and what it takes to make, to keep, to read, and to load the code."""
    megabytes = max(measured["grid_points"][0]["index_mb"].values())
    size = f"{sizes[0]:,} zones, index {megabytes:.0f} MB"
    steps = {"made": "all index", "made and kept on disk": "index kept", "read from disk": "index read"}
    found = [
        Row(goal="P1", job=f"index {words}", size=size, ours=_used(Side(task="grid_points", steps=(step,)), measured),
            target=f"<= {INDEX_MB:g} MB", reached=megabytes <= INDEX_MB, runs=rounds)
        for words, step in steps.items()
    ]  # fmt: skip
    code = _used(Side(task="grid_points", steps=("load numba",)), measured)
    return [
        *found,
        Row(goal="P1", job="compiled code loaded", size="", ours=code, target="-", reached=True, runs=rounds),
    ]


def _absent(name: str, why: str, rounds: int, measured: Mapping[str, list[dict[str, Any]]]) -> Row:
    """Return a row that names a peer that is not there."""
    ours = _used(Side(task="grid_locate", steps=("locate",)), measured)
    return Row(goal="P1", job="points, locate", size="", ours=ours, target="-", reached=False, runs=rounds,
               peer=f"{name.partition('_')[0]} (not installed: {why})")  # fmt: skip
