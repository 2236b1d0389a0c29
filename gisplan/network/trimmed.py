"""The roads that matter between some places: dead ends taken off, and stretches without a choice drawn together.

No route between two places enters a dead end where neither stands, and on a stretch without junctions there is
nothing to choose. What is left has a third of the nodes of a road network, and the same minutes between places.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gisplan.core.compiled import compiler
from gisplan.network import search

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from gisplan.core.words import Network

LARGE = 50_000
"""Edges from which on the walk along stretches is compiled."""

END = 2
"""Edges that meet at a node where there is nothing to choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tips:
    """The edges at one end of some stretches [s]: the `edge`, the node it comes `near` from, its minutes to and fro.

    `to` are the minutes towards the end, `fro` those away from it.
    """

    edge: NDArray[np.int64]
    near: NDArray[np.int64]
    to: NDArray[np.float64]
    fro: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trimmed:
    """Stretches [s] between nodes that matter [n].

    `number` is the place of each node of the network among those that matter, -1 where it is none of them. A stretch
    leads from `tail` to `head` [s], in `forward` and `backward` minutes, infinite where that way is closed; its edges
    are those from `start` [s + 1] in `edges`, in order. `at_tail` and `at_head` are the edges at its ends.
    """

    number: NDArray[np.int64]
    nodes: int
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    forward: NDArray[np.float64]
    backward: NDArray[np.float64]
    start: NDArray[np.int64]
    edges: NDArray[np.int64]
    at_tail: Tips
    at_head: Tips

    def graph(self, *, reverse: bool = False) -> search.Graph:
        """Return the stretches as arcs, turned round where the times *to* a place are asked for."""
        return search.graph_of(
            (self.tail, self.head), (self.forward, self.backward), nodes=self.nodes, reverse=reverse
        )

    def along(
        self, stretches: NDArray[np.int64], *, begin: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the edges of stretches that follow each other, and of which of them each is.

        Parameters
        ----------
        stretches
            Stretches in order.
        begin
            The place of the node where the first begins, among those that matter.
        """
        here, parts = begin, []
        for stretch in stretches.tolist():
            forth = self.tail[stretch] == here
            part = self.edges[self.start[stretch] : self.start[stretch + 1]]
            parts.append(part if forth else part[::-1])
            here = self.head[stretch] if forth else self.tail[stretch]
        which = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        return np.concatenate([*parts, np.empty(0, dtype=np.int64)]), which


def trimmed(network: Network, *, stops: NDArray[np.int64]) -> Trimmed:
    """Return the stretches between junctions and places.

    Parameters
    ----------
    network
        Network of m edges.
    stops
        The nodes of the places.
    """
    count = len(network.x)
    tail, head = network.tail.astype(np.int64), network.head.astype(np.int64)
    is_open = (np.isfinite(network.forward) | np.isfinite(network.backward)) & (tail != head)
    stop = np.zeros(count, dtype=bool)
    stop[stops] = True
    edges, degree, joined = _without_dead_ends((tail, head), edges=np.flatnonzero(is_open), stop=stop)
    kept = stop | (degree > END)
    runs = _runs((tail, head), edges, kept=kept, joined=joined)
    number = np.where(kept, np.cumsum(kept) - 1, -1)
    there = np.where(runs.forth, network.forward[runs.edges], network.backward[runs.edges])
    again = np.where(runs.forth, network.backward[runs.edges], network.forward[runs.edges])
    first, last = runs.start[:-1], runs.start[1:] - 1
    after = np.where(runs.forth, head[runs.edges], tail[runs.edges])
    before = np.where(runs.forth, tail[runs.edges], head[runs.edges])
    return Trimmed(
        number=number,
        nodes=int(kept.sum()),
        tail=number[before[first]],
        head=number[after[last]],
        forward=np.add.reduceat(there, first) if len(first) else there,
        backward=np.add.reduceat(again, first) if len(first) else again,
        start=runs.start,
        edges=runs.edges,
        at_tail=Tips(edge=runs.edges[first], near=after[first], to=again[first], fro=there[first]),
        at_head=Tips(edge=runs.edges[last], near=before[last], to=there[last], fro=again[last]),
    )


def _without_dead_ends(
    ends: tuple[NDArray[np.int64], NDArray[np.int64]], *, edges: NDArray[np.int64], stop: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the edges that are left, how many meet at each node, and the exclusive or of their numbers.

    Of one edge that is the edge itself, and of two it is the one where the other is known.
    """
    tail, head = ends
    degree = np.bincount(np.concatenate([tail[edges], head[edges]]), minlength=len(stop))
    joined, gone = np.zeros(len(stop), dtype=np.int64), np.ones(len(tail), dtype=bool)
    for nodes in (tail[edges], head[edges]):
        np.bitwise_xor.at(joined, nodes, edges)
    gone[edges] = False
    tips = np.flatnonzero((degree == 1) & ~stop)
    while len(tips):
        edge, place = np.unique(joined[tips], return_index=True)  # an edge with two tips goes once
        tips = tips[place]
        other = tail[edge] + head[edge] - tips
        gone[edge], degree[tips] = True, 0
        np.subtract.at(degree, other, 1)
        np.bitwise_xor.at(joined, other, edge)
        other = np.unique(other)
        tips = other[(degree[other] == 1) & ~stop[other]]
    return edges[~gone[edges]], degree, joined


@dataclass(frozen=True, slots=True, kw_only=True)
class _Runs:
    """Edges [e] in runs from one node that is kept to another: those from `start` [s + 1], and whether `forth`."""

    start: NDArray[np.int64]
    edges: NDArray[np.int64]
    forth: NDArray[np.bool_]


def _runs(
    ends: tuple[NDArray[np.int64], NDArray[np.int64]],
    edges: NDArray[np.int64],
    *,
    kept: NDArray[np.bool_],
    joined: NDArray[np.int64],
) -> _Runs:
    """Return the runs; one that comes back to where it began is of no use to anyone, and left out."""
    tail, head = ends
    node, edge = np.concatenate([tail[edges], head[edges]]), np.concatenate([edges, edges])
    order = np.lexsort((edge, node))
    order = order[kept[node[order]]]
    columns: tuple[Any, ...] = ((node[order], edge[order]), (tail, head), joined, kept)
    whole = np.empty(len(edges), dtype=np.int64)
    made = (whole, np.empty(len(edges), dtype=bool), np.zeros(len(edges) + 1, dtype=np.int64))
    done = np.zeros(len(tail), dtype=bool)
    if len(edges) < LARGE:
        begins, both = ([part.tolist() for part in pair] for pair in columns[:2])
        count = _walk(begins, both, joined.tolist(), kept.tolist(), done.tolist(), made)
    else:
        count = _compiled()(*columns, done, made)
    start = made[2][: count + 1]
    used, forth = whole[: start[-1]], made[1][: start[-1]]
    begin = np.where(forth, tail[used], head[used])[start[:-1]]
    end = np.where(forth, head[used], tail[used])[start[1:] - 1]
    keep = begin != end
    size = np.diff(start)
    held = np.repeat(keep, size)
    return _Runs(start=np.append(0, np.cumsum(size[keep])), edges=used[held], forth=forth[held])


@cache
def _compiled() -> Callable[..., int]:
    """Return the walk compiled when it is first called, kept on disk where a folder can be written."""
    compiled: Callable[..., int] = compiler(Path(__file__).parent, "trimmed.py")(_walk)
    return compiled


def _walk(begins: Any, ends: Any, joined: Any, kept: Any, done: Any, made: Any) -> int:
    """Write the runs that begin with each edge at each node that is kept, and return how many there are.

    Run as it stands on small networks, and compiled on large ones.
    """
    (node, edge), (tail, head), (edges, forth, start) = begins, ends, made
    used, count = 0, 0
    for place in range(len(node)):
        here, one = node[place], edge[place]
        if done[one]:
            continue
        going = True
        while going:
            done[one], edges[used], forth[used] = True, one, tail[one] == here
            used, here = used + 1, tail[one] + head[one] - here
            going = not kept[here]
            if going:
                one = joined[here] ^ one
        count += 1
        start[count] = used
    return count
