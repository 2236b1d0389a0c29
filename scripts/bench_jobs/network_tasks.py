"""One measured task of `bench.py network`: `python network_tasks.py FOLDER TASK GRAPH SOURCES`, in its own process.

The graph `GRAPH.npz` stands in the folder SOURCES, or in FOLDER where it was cut out. Times are whole hundredths
of a second, so that every side can be exact. Graphs, tables of arcs and the like are made before the clock starts;
what prepares a graph for questions is a step of its own. The task writes its answers and steps into FOLDER.
`ours` is gisplan, the others are peers.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

FACILITIES, ENDS, STARTS, FEW = 300, 100, 1_000, 50
PER_SECOND = 100.0
LIMIT = 15 * 60 * PER_SECOND
AGAIN = 5
"""How often a short question is asked; what one took is told."""

Found = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A graph, what is asked of it, and what the steps took: name → seconds of the processor, of the clock."""

    folder: Path
    graph: str
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    time: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    steps: dict[str, tuple[float, float]] = field(default_factory=dict)

    def timed(self, step: str, work: Callable[[], Found], *, again: int = 1) -> Found:
        """Return what some work returns, and note what it took once."""
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(again):
            found = work()
        self.steps[step] = (time.process_time() - cpu) / again, (time.perf_counter() - wall) / again
        return found

    def answer(self, name: str, values: NDArray[Any]) -> None:
        """Write an answer."""
        np.save(self.folder / f"{self.graph}_{name}.npy", values)

    def chosen(self, count: int, *, seed: int) -> NDArray[np.int64]:
        """Return some nodes, always the same ones."""
        nodes = len(self.x)
        return np.random.default_rng(seed).choice(nodes, min(count, nodes), replace=False).astype(np.int64)

    @property
    def facilities(self) -> NDArray[np.int64]:
        """The places to which the nearest is asked."""
        return self.chosen(FACILITIES, seed=1)

    @property
    def ends(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Origins and destinations of a table."""
        return self.chosen(ENDS, seed=2), self.chosen(ENDS, seed=3)

    @property
    def starts(self) -> NDArray[np.int64]:
        """The places from which people are counted."""
        return self.chosen(STARTS, seed=4)

    @property
    def people(self) -> NDArray[np.float64]:
        """People at each node."""
        return np.random.default_rng(5).integers(0, 50, len(self.x)).astype(float)


def load(folder: Path, graph: str, sources: Path) -> Task:
    """Return the task of a graph, its times as whole hundredths of a second."""
    place = folder / f"graph_{graph}.npz"
    with np.load(place if place.exists() else sources / place.name) as held:
        return Task(
            folder=folder,
            graph=graph,
            tail=held["u"].astype(np.int64),
            head=held["v"].astype(np.int64),
            time=np.round(held["w"].astype(float) * PER_SECOND),
            x=held["x"].astype(float),
            y=held["y"].astype(float),
        )


def main(folder: Path, name: str, graph: str, sources: Path) -> None:
    """Run one task, and write its steps and its memory."""
    task = load(folder, graph, sources)
    more = TASKS[name](task) or {}
    text = json.dumps({"steps": task.steps, "peak_mb": _peak(), "nodes": len(task.x), **more})
    (folder / f"{graph}_{name}.json").write_text(text, "utf-8")


def _peak() -> float | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def _arcs(task: Task) -> Any:
    from gisplan.core.words import Network
    from gisplan.network.search import graph

    zero = np.zeros(len(task.tail), np.int32)
    return graph(
        Network(
            x=task.x, y=task.y, tail=task.tail.astype(np.int32), head=task.head.astype(np.int32),
            length=task.time, forward=task.time, backward=task.time, road=zero,
            road_class=zero.astype(np.int8), narrow=zero.astype(bool),
            component=np.zeros(len(task.x), np.int32), geometry=np.empty(len(task.tail), object),
        )
    )  # fmt: skip


def _warm() -> None:
    """Load the compiled code, or compile it, with a graph of three nodes."""
    from gisplan.network import prepared, queries

    rails, two = np.array([0.0, 1.0, 2.0]), np.array([0, 1])
    small = Task(folder=Path(), graph="", tail=two, head=two + 1, time=rails[1:], x=rails, y=rails)
    ready = prepared.prepare(_arcs(small))
    queries.nearest(ready, two)
    queries.nearest(prepared.fold(_arcs(small)), two)
    queries.soonest(ready, two)
    queries.between(ready, two, two)
    queries.within(ready, two, limit=1.0, weight=rails)


def ours(task: Task) -> dict[str, Any]:
    """Gisplan: single questions, then the network prepared and the same questions again."""
    from gisplan.network import prepared, queries

    _warm()
    arcs = task.timed("graph", lambda: _arcs(task))
    for step, most in (("bare", 0), ("fold", prepared.FOLDED)):
        folded = task.timed(step, lambda: prepared.fold(arcs, most=most))  # noqa: B023 - called at once
        found = task.timed(
            f"{step} nearest",
            lambda: queries.nearest(folded, task.facilities),  # noqa: B023
            again=AGAIN,
        )
        task.answer(f"ours_{step}", found.minutes[:, 0])
    ready = task.timed("prepare", lambda: prepared.prepare(arcs))
    found = task.timed("nearest", lambda: queries.nearest(ready, task.facilities), again=AGAIN)
    task.answer("ours_nearest", found.minutes[:, 0])
    soonest = task.timed("soonest", lambda: queries.soonest(ready, task.facilities), again=AGAIN)
    task.answer("ours_soonest", soonest)
    task.answer("ours_table", task.timed("table", lambda: queries.between(ready, *task.ends), again=AGAIN))
    for step, starts in (("within", task.starts), ("few", task.starts[:FEW])):
        asked = {"limit": LIMIT, "weight": task.people}
        people = task.timed(step, lambda: queries.within(ready, starts, **asked))  # noqa: B023
        task.answer(f"ours_{step}", people)
    held = prepared.to_arrays(ready)
    return {"prepared_mb": sum(part.nbytes for part in held.values()) / 2**20}


def scipy(task: Task) -> None:
    """Peer: `scipy.sparse.csgraph.dijkstra`."""
    from scipy.sparse.csgraph import dijkstra

    from gisplan.network.search import matrix

    arcs, (origins, ends) = matrix(_arcs(task)), task.ends
    task.answer(
        "scipy_nearest",
        task.timed("nearest", lambda: dijkstra(arcs, indices=task.facilities, min_only=True), again=AGAIN),
    )
    if len(task.x) < MANY:
        task.answer("scipy_table", task.timed("table", lambda: dijkstra(arcs, indices=origins))[:, ends])
        people = task.people

        def within() -> NDArray[np.float64]:
            return np.array(
                [people[dijkstra(arcs, indices=one, limit=LIMIT) <= LIMIT].sum() for one in task.starts]
            )

        task.answer("scipy_within", task.timed("within", within))


MANY = 50_000
"""Nodes from which a search from each of a hundred places takes longer than it tells."""


def networkx(task: Task) -> None:
    """Peer: networkx with a graph as osmnx keeps it."""
    import networkx as nx

    roads = nx.MultiDiGraph()
    roads.add_nodes_from(range(len(task.x)))
    for one, two in ((task.tail, task.head), (task.head, task.tail)):
        ends = zip(one.tolist(), two.tolist(), task.time.tolist(), strict=True)
        roads.add_weighted_edges_from(ends, weight="travel_time")

    def nearest() -> NDArray[np.float64]:
        found = nx.multi_source_dijkstra_path_length(
            roads, set(task.facilities.tolist()), weight="travel_time"
        )
        return np.array([found.get(node, np.inf) for node in range(len(task.x))])

    task.answer("networkx_nearest", task.timed("nearest", nearest))
    people = task.people

    def few() -> NDArray[np.float64]:
        reached = [
            nx.single_source_dijkstra_path_length(roads, one, cutoff=LIMIT, weight="travel_time")
            for one in task.starts[:FEW].tolist()
        ]
        return np.array([people[list(found)].sum() for found in reached])

    if len(task.x) < MANY:
        task.answer("networkx_few", task.timed("few", few))


def networkit(task: Task) -> None:
    """Peer: networkit, from a node that is joined with every facility at no time."""
    import networkit as nk

    roads = nk.Graph(len(task.x) + 1, weighted=True)
    for tail, head, took in zip(task.tail.tolist(), task.head.tolist(), task.time.tolist(), strict=True):
        roads.addEdge(tail, head, took)
    for node in task.facilities.tolist():
        roads.addEdge(len(task.x), node, 0.0)

    def nearest() -> NDArray[np.float64]:
        search = nk.distance.Dijkstra(roads, len(task.x), storePaths=False)
        search.run()
        return np.array(search.getDistances(asarray=True))[:-1]

    task.answer("networkit_nearest", task.timed("nearest", nearest))


def cch(task: Task) -> None:
    """Peer: the customizable contraction hierarchies of routingkit, with its best order."""
    import routingkit_cch as rk

    tail = np.concatenate([task.tail, task.head]).tolist()
    head = np.concatenate([task.head, task.tail]).tolist()
    times = np.concatenate([task.time, task.time]).astype(int).tolist()
    nodes, (origins, ends) = len(task.x), (part.tolist() for part in task.ends)

    def prepare() -> Any:
        order = rk.compute_order_inertial(nodes, tail, head, task.y.tolist(), task.x.tolist())
        return rk.CCHMetric(rk.CCH(order, tail, head, False), times)

    metric = task.timed("prepare", prepare)
    everywhere = rk.CCHOneToMany(metric, list(range(nodes)))
    begin = [(node, 0) for node in task.facilities.tolist()]
    found = task.timed("nearest", lambda: everywhere.distances_from_multi(begin), again=AGAIN)
    task.answer("cch_nearest", np.array([np.inf if one is None else one for one in found], float))
    some = rk.CCHOneToMany(metric, ends)
    table = task.timed("table", lambda: [some.distances_from(one) for one in origins], again=AGAIN)
    task.answer("cch_table", np.array(table, float))


def pandana(task: Task) -> None:
    """Peer: pandana, which rounds times to whole numbers of its own."""
    import pandana as pdna
    import pandas as pd

    # It finds the node of a facility by place; places along a line are as good, and no two nodes share one.
    x, y = pd.Series(np.arange(len(task.x), dtype=float)), pd.Series(np.zeros(len(task.x)))
    edges = pd.DataFrame({"time": task.time})
    roads = task.timed(
        "prepare", lambda: pdna.Network(x, y, pd.Series(task.tail), pd.Series(task.head), edges)
    )
    # It counts thousandths in 32 bits: a longer limit would wrap round.
    places, longest = task.facilities, float(5 * 3600 * PER_SECOND)

    def nearest() -> NDArray[np.float64]:
        roads.set_pois("places", longest, 1, x[places], y[places])
        return roads.nearest_pois(longest, "places", num_pois=1)[1].to_numpy()

    task.answer("pandana_nearest", task.timed("nearest", nearest))
    origins, ends = task.ends
    pairs = np.repeat(origins, len(ends)), np.tile(ends, len(origins))
    table = task.timed("table", lambda: roads.shortest_path_lengths(*pairs))
    task.answer("pandana_table", np.array(table, float).reshape(len(origins), len(ends)))
    if len(task.x) < MANY:
        people = pd.Series(task.people)

        def within() -> NDArray[np.float64]:
            reached = roads.nodes_in_range(task.starts, LIMIT)
            sums = people[reached["destination"].to_numpy()].groupby(reached["source"].to_numpy()).sum()
            return sums.reindex(task.starts, fill_value=0.0).to_numpy()

        task.answer("pandana_within", task.timed("within", within))


TASKS: Mapping[str, Callable[[Task], dict[str, Any] | None]] = MappingProxyType(
    {work.__name__: work for work in (ours, scipy, networkx, networkit, cch, pandana)}
)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], Path(sys.argv[4]))
