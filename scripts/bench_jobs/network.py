"""The job `network` (P3-P6): times on road graphs beside scipy, networkx, networkit, routingkit and pandana."""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import environment

from bench_jobs.measure import Bench, Check, Row, Used, missing, run
from bench_jobs.yaizu import real_data

HERE = Path(__file__).parent
WHOLE, QUICK = ("S10k", "NY", "FLA"), ("S10k",)
LARGEST = "FLA"
GROWTH = (10_000, 30_000, 100_000, 300_000, 1_000_000)
PEERS: Mapping[str, Sequence[str]] = {
    "scipy": (),
    "networkx": ("networkx",),
    "networkit": ("networkit",),
    "cch": ("routingkit_cch",),
    "pandana": ("pandana",),
}
NAMES: Mapping[str, str] = {"networkx": "networkx as osmnx uses it", "cch": "routingkit-cch"}
ROUNDED = 1.0
"""Hundredths of a second by which a time of pandana may differ: it rounds what it adds up."""

PREPARED_S = 10.0
"""Seconds that preparing a million nodes may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One kind of row: our step, the peer's step, the answers compared, and how many times faster it should be.

    Where `ready` names a step, that step has to be quick enough too; where `small`, only the smallest graph has it.
    """

    goal: str
    job: str
    ours: str
    peer: str
    theirs: str
    what: str
    target: float = 0.0
    ready: str = ""
    small: bool = False


GOALS = (
    Goal(goal="P3", job="nearest, nothing folded", ours="bare nearest", peer="scipy", theirs="nearest",
         what="bench_nearest_minutes"),
    *(
        Goal(goal="P3", job="nearest, unprepared", ours="fold nearest", peer=peer, theirs="nearest",
             what="bench_nearest_minutes", target=target)
        for peer, target in (("scipy", 6.0), ("networkx", 50.0), ("networkit", 0.0))
    ),
    *(
        Goal(goal="P4", job="nearest, prepared", ours="soonest", peer=peer, theirs="nearest",
             what="bench_nearest_minutes", target=target, ready="prepare")
        for peer, target in (("cch", 5.0), ("pandana", 100.0))
    ),
    Goal(goal="P4", job="nearest and which, prepared", ours="nearest", peer="cch", theirs="nearest",
         what="bench_nearest_minutes"),
    Goal(goal="P4", job="preparing", ours="prepare", peer="cch", theirs="prepare", what="bench_nearest_minutes",
         ready="prepare"),
    *(
        Goal(goal="P5", job="table 100 x 100", ours="table", peer=peer, theirs="table", what="bench_table_minutes",
             target=target, small=small)
        for peer, target, small in (("cch", 3.0, False), ("pandana", 0.0, False), ("scipy", 0.0, True))
    ),
    *(
        Goal(goal="P6", job="1,000 isochrones", ours="within", peer=peer, theirs="within",
             what="bench_people_within", target=target, small=True)
        for peer, target in (("pandana", 20.0), ("scipy", 0.0))
    ),
    Goal(goal="P6", job="50 isochrones", ours="few", peer="networkx", theirs="few", what="bench_people_within",
         target=100.0, small=True),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the tasks of one graph wrote: by task, one a round."""

    folder: Path
    graph: str
    runs: Mapping[str, Sequence[Mapping[str, Any]]]

    def used(self, task: str, step: str) -> Used:
        """Return the medians of what a step took."""
        cpu, wall = ([one["steps"][step][part] for one in self.runs[task]] for part in (0, 1))
        peaks = [one["peak_mb"] for one in self.runs[task] if one["peak_mb"] is not None]
        return Used(
            wall_s=statistics.median(wall),
            cpu_s=statistics.median(cpu),
            memory_mb=statistics.median(peaks) if peaks else None,
        )

    @property
    def nodes(self) -> int:
        """Number of nodes of the graph."""
        return int(self.runs["ours"][0]["nodes"])


def rows(bench: Bench) -> list[Row]:
    """Return the rows of the job; one round takes the smallest graph alone.

    Parameters
    ----------
    bench
        Python, rounds, and whom to tell.
    """
    sources = real_data() / "bench"
    variables = environment.clean_environment(PYTHONPATH=str(environment.ROOT))
    lacking = {
        name: ", ".join(absent)
        for name, packages in PEERS.items()
        if (absent := missing(bench, packages=packages, variables=variables))
    }
    peers = [name for name in PEERS if name not in lacking]
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="gisplan-bench-") as place:
        folder = Path(place)

        def measured(graph: str, tasks: Sequence[str]) -> Measured:
            return _measured(bench, folder, (graph, sources), tasks, variables)

        for graph in QUICK if bench.rounds == 1 else WHOLE:
            here = measured(graph, ["ours", *peers])
            found += _graph_rows(here, peers, bench.rounds, smallest=graph == QUICK[0])
        if bench.rounds > 1:
            found += _growth_rows(folder, sources / f"graph_{LARGEST}.npz", measured, bench.rounds)
        found += [_absent(name, why, here, bench.rounds) for name, why in lacking.items()]
    return found


def _measured(
    bench: Bench,
    folder: Path,
    graph: tuple[str, Path],
    tasks: Sequence[str],
    variables: dict[str, str],
) -> Measured:
    """Run the tasks of a graph in turn, each in a process of its own, round by round."""
    name, sources = graph
    runs: dict[str, list[dict[str, Any]]] = {task: [] for task in tasks}
    for number in range(1, bench.rounds + 1):
        for task in tasks:
            bench.tell(f"{number}/{bench.rounds} {name} {task}")
            program = [
                str(bench.python),
                str(HERE / "network_tasks.py"),
                str(folder),
                task,
                name,
                str(sources),
            ]
            run(program, variables=variables)
            runs[task].append(json.loads((folder / f"{name}_{task}.json").read_text("utf-8")))
    return Measured(folder=folder, graph=name, runs=runs)


def _graph_rows(here: Measured, peers: Sequence[str], rounds: int, *, smallest: bool) -> list[Row]:
    return [_row(here, goal, rounds) for goal in GOALS if goal.peer in peers and (smallest or not goal.small)]


def _row(here: Measured, goal: Goal, rounds: int) -> Row:
    ours, theirs = here.used("ours", goal.ours), here.used(goal.peer, goal.theirs)
    reached = theirs.seconds >= goal.target * ours.seconds and theirs.wall_s >= goal.target * ours.wall_s
    target, size = f">= {goal.target:g}x" if goal.target else "-", f"{here.nodes:,} nodes"
    if goal.ready:
        ready = here.used("ours", goal.ready).seconds
        reached &= ready <= PREPARED_S * here.nodes / 1e6
        target += f", ready <= {PREPARED_S:g} s per million nodes"
        size += f", prepared in {ready:.3f} s, {here.runs['ours'][0]['prepared_mb']:.0f} MB"
    elif goal.ours == "fold nearest":
        size += f", folded in {here.used('ours', 'fold').seconds:.3f} s"
    return Row(
        goal=goal.goal,
        job=f"{here.graph}: {goal.job}",
        size=size,
        ours=ours,
        target=target,
        reached=reached,
        runs=rounds,
        peer=NAMES.get(goal.peer, goal.peer),
        theirs=theirs,
        checks=(_same(here, goal),),
    )


def _same(here: Measured, goal: Goal) -> Check:
    """Compare our answers with the peer's: bit for bit, but times of pandana, which rounds them, to its step."""
    import numpy as np

    step = {"bare nearest": "bare", "fold nearest": "fold", "prepare": "nearest"}.get(goal.ours, goal.ours)
    theirs_step = "nearest" if goal.theirs == "prepare" else goal.theirs
    one = np.load(here.folder / f"{here.graph}_ours_{step}.npy")
    two = np.load(here.folder / f"{here.graph}_{goal.peer}_{theirs_step}.npy")
    rounds = goal.peer == "pandana" and goal.theirs in {"nearest", "table"}
    apart = ROUNDED if rounds else 0.0
    same = int(np.isclose(one, two, rtol=0.0, atol=apart).sum()) if one.shape == two.shape else 0
    what = "bench_rounded" if rounds else goal.what
    return Check(what=what, found=f"{same:,}/{one.size:,}", equal=same == one.size == two.size)


def _growth_rows(
    folder: Path, whole: Path, measured: Callable[[str, Sequence[str]], Measured], rounds: int
) -> list[Row]:
    """Return what graphs of growing size take, cut from the largest one around its middle."""
    found = []
    for nodes in GROWTH:
        name = f"{nodes // 1_000}k"
        _cut(whole, folder / f"graph_{name}.npz", nodes)
        here = measured(name, ["ours", "scipy"])
        steps = {step: here.used("ours", step).seconds for step in ("graph", "prepare", "nearest", "table")}
        words = ", ".join(f"{step} {1_000 * took:.1f} ms" for step, took in steps.items())
        goal = Goal(goal="P3", job="growth", ours="fold nearest", peer="scipy", theirs="nearest",
                    what="bench_nearest_minutes")  # fmt: skip
        row = _row(here, goal, rounds)
        found.append(replace(row, size=f"{row.size}, {words}"))
    return found


def _cut(whole: Path, part: Path, nodes: int) -> None:
    """Write the part of a graph that lies nearest to its middle."""
    import numpy as np

    with np.load(whole) as held:
        x, y, tail, head, took = (held[name] for name in ("x", "y", "u", "v", "w"))
    far = np.hypot(x - np.median(x), y - np.median(y))
    kept = np.sort(np.argsort(far, kind="stable")[:nodes])
    number = np.full(len(x), -1)
    number[kept] = np.arange(len(kept))
    inside = (number[tail] >= 0) & (number[head] >= 0)
    np.savez(
        part,
        n=len(kept),
        u=number[tail[inside]],
        v=number[head[inside]],
        w=took[inside],
        x=x[kept],
        y=y[kept],
    )


def _absent(name: str, why: str, here: Measured, rounds: int) -> Row:
    """Return a row that names a peer that is not there."""
    return Row(goal="P3", job="nearest", size="", ours=here.used("ours", "fold nearest"), target="-",
               reached=False, runs=rounds, peer=f"{NAMES.get(name, name)} (not installed: {why})")  # fmt: skip
