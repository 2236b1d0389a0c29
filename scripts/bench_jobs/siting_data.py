"""The data of a question of `bench.py siting`, what a choice of it is worth, and the clock of all sides.

A choice is counted here with plain numpy, from the graph or the points, whatever a side says of it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench_jobs.siting_cases import GROUPS, QUICK, Case

SIDE_KM = 30.0
MINUTES_PER_KM = 2.0
MOST_WEIGHT = 100
BLOCK = 2_000
"""Demands whose minutes are taken at a time."""

LEEWAY = 1e-9
"""Minutes as long as the threshold are within it, also where their last bit differs."""

Found = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Weights [i], the minutes between all pairs by blocks of demands, and p."""

    weight: NDArray[np.float64]
    blocks: Callable[[], Iterator[NDArray[np.float64]]]
    candidates: int
    p: int | None

    def table(self) -> NDArray[np.float64]:
        """Return the minutes between all pairs [i, j]."""
        return np.concatenate(list(self.blocks()))


def data_of(case: Case, sources: Path) -> Data:
    """Return the data of a question.

    Parameters
    ----------
    case
        The question.
    sources
        Where the graphs stand.
    """
    return _graph(case, sources) if case.graph else _points(case)


def _points(case: Case) -> Data:
    """Return points in a square, the same ones every time; minutes are those of a straight line."""
    chance = np.random.default_rng([case.demands, case.candidates])
    place = chance.uniform(0.0, SIDE_KM, (case.demands, 2))
    weight = chance.integers(1, MOST_WEIGHT, case.demands, endpoint=True).astype(float)
    # Where there are as many of both, the demands are the candidates.
    even = case.demands == case.candidates
    site = place if even else chance.uniform(0.0, SIDE_KM, (case.candidates, 2))

    def blocks() -> Iterator[NDArray[np.float64]]:
        for first in range(0, case.demands, BLOCK):
            part = place[first : first + BLOCK, None] - site
            yield MINUTES_PER_KM * np.hypot(part[..., 0], part[..., 1])

    return Data(weight=weight, blocks=blocks, candidates=case.candidates, p=case.p)


def _graph(case: Case, sources: Path) -> Data:
    """Return a graph of the OR-Library: every node is demand and candidate; of an edge told twice the last counts."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    words = (sources / "pmed" / f"pmed{case.graph}.txt").read_text("ascii").split()
    nodes, _, p = (int(word) for word in words[:3])
    edges = {}
    for tail, head, length in np.array(words[3:], int).reshape(-1, 3):
        edges[min(tail, head) - 1, max(tail, head) - 1] = float(length)
    ends = np.array(list(edges))
    graph = csr_array((list(edges.values()), (ends[:, 0], ends[:, 1])), shape=(nodes, nodes))
    minutes = np.asarray(dijkstra(graph, directed=False))
    return Data(weight=np.ones(nodes), blocks=lambda: iter([minutes]), candidates=nodes, p=p)


def worth(case: Case, data: Data, chosen: Sequence[int]) -> float:
    """Return what a choice is worth, counted from the data alone.

    Parameters
    ----------
    case
        The question.
    data
        Its data.
    chosen
        The chosen candidates.
    """
    nearest = np.concatenate([block[:, list(chosen)].min(axis=1) for block in data.blocks()])
    inside = nearest <= case.minutes + LEEWAY
    if case.model == "set-cover":
        return float(len(chosen)) if inside.all() else float("inf")
    if case.model == "max-coverage":
        return float(data.weight[inside].sum())
    return float(nearest.max()) if case.model == "p-center" else float(data.weight @ nearest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What the steps took: question → step → seconds of the processor and of the clock; and what was found.

    Seconds of the processor are None where the system does not tell those of programs that a side starts (Windows).
    """

    sources: Path
    steps: dict[str, dict[str, tuple[float | None, float]]] = field(default_factory=dict)
    found: dict[str, dict[str, Any]] = field(default_factory=dict)

    def timed(self, case: Case, step: str, work: Callable[[], Found]) -> Found:
        """Return what some work returns, and note what it and the programs that it starts took."""
        cpu, wall = _cpu_s(), time.perf_counter()
        found = work()
        took_wall = time.perf_counter() - wall
        took = None if cpu is None else (_cpu_s() or 0.0) - cpu
        self.steps.setdefault(case.name, {})[step] = took, took_wall
        return found

    def wall_s(self, case: Case) -> float:
        """Return what the steps of a question took so far by the clock."""
        return sum(took[1] for took in self.steps.get(case.name, {}).values())

    def answer(self, case: Case, data: Data, chosen: Sequence[int] | None, **more: Any) -> None:
        """Note a choice and what it is worth; `more` are `objective`, `bound` and `proven` as the side tells them."""
        counted = None if chosen is None else worth(case, data, chosen)
        self.found[case.name] = {"worth": counted, **more}


def main(answered: Callable[[Task, Case], None], arguments: Sequence[str], *, side: str = "") -> int:
    """Answer the questions of a group, and write the steps and what was found; return the exit code.

    Parameters
    ----------
    answered
        Answers one question.
    arguments
        File to write, group, and where the data stand.
    side
        The peer whose questions alone are asked; "" asks all.
    """
    written, group, sources = Path(arguments[0]), arguments[1], Path(arguments[2])
    task = Task(sources=sources)
    for case in {**GROUPS, **QUICK}[group]:
        if not side or side in case.peers:
            answered(task, case)
    text = json.dumps({"steps": task.steps, "found": task.found, "peak_mb": _peak()})
    written.write_text(text, "utf-8")
    return 0


def _used() -> Sequence[Any]:
    """Return what this process used, and what those that it waited for did; nothing where it is not told."""
    try:
        import resource
    except ImportError:  # Windows
        return ()
    return [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]


def _cpu_s() -> float | None:
    used = _used()
    return sum(one.ru_utime + one.ru_stime for one in used) if used else None


def _peak() -> float | None:
    """Return the largest memory of this process or of one that it started [MB]."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return max((one.ru_maxrss / unit for one in _used()), default=None)
