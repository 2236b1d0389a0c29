"""Shortest times on a network with the Dijkstra of scipy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from gisplan.core.words import Network

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

NONE = -9999
"""What scipy writes for "no predecessor"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The arcs of a network in the order of a sparse matrix; parallel arcs stand side by side.

    `edge` and `minutes` belong to arcs [a]; `first` is the first arc of each entry [e]; `indices` [e] and
    `indptr` [n + 1] are those of the matrix.
    """

    edge: NDArray[np.int64]
    minutes: NDArray[np.float64]
    first: NDArray[np.int64]
    indices: NDArray[np.int32]
    indptr: NDArray[np.int32]

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.indptr) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Shortest times from one source: `minutes` [n], infinite where unreached, and the node `before` [n]."""

    minutes: NDArray[np.float64]
    before: NDArray[np.int32]


def graph(network: Network, *, reverse: bool = False) -> Graph:
    """Return the arcs of a network, turned round where the times *to* a place are asked for."""
    ends = network.tail.astype(np.int64), network.head.astype(np.int64)
    return graph_of(ends, (network.forward, network.backward), nodes=len(network.x), reverse=reverse)


def graph_of(
    ends: tuple[NDArray[np.int64], NDArray[np.int64]],
    both: tuple[NDArray[np.float64], NDArray[np.float64]],
    *,
    nodes: int,
    reverse: bool = False,
) -> Graph:
    """Return the arcs of some edges.

    Parameters
    ----------
    ends, both
        Tail and head of each edge [m], and its minutes forward and backward [m], infinite where it is closed.
    nodes
        How many nodes there are.
    reverse
        Whether they are turned round.
    """
    tail, head = ends
    edges = np.arange(len(tail))
    start, end = np.concatenate([tail, head]), np.concatenate([head, tail])
    minutes = np.concatenate(both)
    if reverse:
        start, end = end, start
    usable = np.isfinite(minutes) & (start != end)
    start, end, minutes = start[usable], end[usable], minutes[usable]
    edge = np.concatenate([edges, edges])[usable]
    order = np.lexsort((edge, minutes, end, start))
    start, end = start[order], end[order]
    new = np.ones(len(order), bool)
    new[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
    first = np.flatnonzero(new)
    indptr = np.searchsorted(start[first], np.arange(nodes + 1))
    return Graph(
        edge=edge[order],
        minutes=minutes[order],
        first=first,
        indices=end[first].astype(np.int32),
        indptr=indptr.astype(np.int32),
    )


def matrix(arcs: Graph) -> csr_array[Any, tuple[int, int]]:
    """Return the sparse matrix of shortest single arcs."""
    from scipy.sparse import csr_array

    data = _shortest(arcs, arcs.minutes)
    return csr_array((data, arcs.indices, arcs.indptr), shape=(arcs.nodes, arcs.nodes))


def _shortest(arcs: Graph, minutes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least minutes of the arcs of each entry [e]."""
    return np.minimum.reduceat(minutes, arcs.first) if len(arcs.first) else minutes


def times(arcs: Graph, sources: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the minutes from each source to every node [s, n], infinite where unreached."""
    from scipy.sparse.csgraph import dijkstra

    if not len(sources):
        return np.empty((0, arcs.nodes))
    unique, which = np.unique(sources, return_inverse=True)
    found: NDArray[np.float64] = dijkstra(matrix(arcs), indices=unique)
    return found[which.ravel()]


def nearest(arcs: Graph, sources: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the minutes from the nearest of the sources to every node [n]."""
    from scipy.sparse.csgraph import dijkstra

    if not len(sources):
        return np.full(arcs.nodes, np.inf)
    found: NDArray[np.float64] = dijkstra(matrix(arcs), indices=np.unique(sources), min_only=True)
    return found


def tree(arcs: Graph, source: int) -> Tree:
    """Return times and predecessors from one source."""
    from scipy.sparse.csgraph import dijkstra

    minutes, before = dijkstra(matrix(arcs), indices=np.array([source]), return_predecessors=True)
    return Tree(minutes=minutes[0], before=before[0])


def after_cuts(
    arcs: Graph, source: int, *, chain: NDArray[np.int64], cuts: NDArray[np.int64]
) -> Iterator[NDArray[np.float64]]:
    """Yield for each cut the minutes from one source to every node [n].

    Parameters
    ----------
    arcs
        Arcs of the network.
    source
        Node.
    chain
        The chain of each edge [m].
    cuts
        Chains that are closed, both ways and one at a time.
    """
    from scipy.sparse.csgraph import dijkstra

    one, of_arc, able = np.array([source]), chain[arcs.edge], matrix(arcs)
    for cut in cuts:
        able.data = _shortest(arcs, np.where(of_arc == cut, np.inf, arcs.minutes))
        yield dijkstra(able, indices=one)[0]


def way(found: Tree, target: int) -> NDArray[np.int64]:
    """Return the nodes from the tree's source to a node that is reached, in order."""
    nodes = [int(target)]
    while (before := int(found.before[nodes[-1]])) != NONE:
        nodes.append(before)
    return np.array(nodes[::-1], dtype=np.int64)


def edges_along(arcs: Graph, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the edges between consecutive nodes; among parallel edges it is the fastest, then the first."""
    edges = np.empty(max(len(nodes) - 1, 0), dtype=np.int64)
    for place, (tail, head) in enumerate(pairwise(nodes)):
        row = slice(arcs.indptr[tail], arcs.indptr[tail + 1])
        entry = int(arcs.indptr[tail]) + int(np.searchsorted(arcs.indices[row], head))
        edges[place] = arcs.edge[arcs.first[entry]]
    return edges


def path(arcs: Graph, found: Tree, target: int) -> NDArray[np.int64]:
    """Return the edges from the tree's source to a node, in order; none where the node is not reached."""
    return edges_along(arcs, way(found, target))


def chains(network: Network, *, stops: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the chain of each edge [m]: the stretch between two junctions, dead ends or `stops`."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(network.tail)
    ends = np.concatenate([network.tail, network.head])
    through = np.bincount(ends, minlength=len(network.x)) == 2  # noqa: PLR2004
    through[stops] = False
    edge = np.tile(np.arange(count), 2)
    inner = np.flatnonzero(through[ends])
    inner = inner[np.argsort(ends[inner], kind="stable")]
    one, two = edge[inner[0::2]], edge[inner[1::2]]
    links = coo_array((np.ones(len(one)), (one, two)), shape=(count, count))
    _, label = connected_components(links, directed=False)
    return np.asarray(label, dtype=np.int64)
