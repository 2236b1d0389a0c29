"""The quickest route that is left when road links are closed, found by repairing a tree of shortest times.

One run of Dijkstra for each link that is cut would take hours on the roads of a prefecture. The tree of times
from the source is known already: it gives a lower bound for every node, exact for all whose own path is open.
So the search goes backwards from the target, guided by that bound (A*), and ends at the first node whose path
in the tree is open. A second search goes forward from the source in turn with it: where either side runs out
of roads, the target is cut off. For the links of a route of the tree, one such search tells of all at once.

References
----------
Malik, Mittal, Gupta (1989), The k most vital arcs in the shortest path problem, Operations Research Letters 8.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from gisplan.network import queries, search
from gisplan.network.prepared import Prepared
from gisplan.network.replacement_code import code, desk
from gisplan.network.trimmed import Trimmed

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGE = 50_000
"""Arcs from which on the search is compiled: loading the compiler takes a second, compiling some more."""

EXACT_MIN = 8_000.0
"""Minutes up to which sums of whole ticks are exact in whatever order they are made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roads:
    """The arcs of a network in both directions, for searches from one tree.

    `ahead` and `behind` are each: first arc of every node [n + 1], node at the arc's other end [a], chain [a] and
    minutes [a]. They are lists where the network is small, which Python reads faster than arrays.
    """

    ahead: tuple[Any, Any, Any, Any]
    behind: tuple[Any, Any, Any, Any]
    edge_ahead: NDArray[np.int64]
    edge_behind: NDArray[np.int64]
    chains: int
    compiled: bool

    @property
    def turned(self) -> Roads:
        """The same with every road turned round."""
        return replace(
            self,
            ahead=self.behind,
            behind=self.ahead,
            edge_ahead=self.edge_behind,
            edge_behind=self.edge_ahead,
        )


class Desk:
    """Where searches note what they learn: the columns serve one search after the other, by turns."""

    def __init__(self, grown: Roads) -> None:
        self.columns = desk(nodes=len(grown.ahead[0]) - 1, chains=grown.chains, compiled=grown.compiled)
        self._turn = 0

    def turns(self, count: int) -> int:
        """Return the first of some turns that nobody had before."""
        first = self._turn + 1
        self._turn += count
        return first


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is left of a route: `minutes`, infinite where the target is cut off, and its `edges` in order."""

    minutes: float
    edges: NDArray[np.int64]


def roads(
    arcs: search.Graph, back: search.Graph, chain: NDArray[np.int64], *, drawn: Trimmed | None = None
) -> Roads:
    """Return the arcs of a graph and of the same graph turned round, ready for searches.

    Parameters
    ----------
    arcs, back
        The graph in which the tree was found, and that graph turned round.
    chain
        The chain of each edge [m].
    drawn
        The stretches of which the graph was made, None where its edges are those of the network.
    """
    large = len(arcs.edge) >= LARGE
    sides, edges = [], []
    for side in (arcs,) if back is arcs else (arcs, back):
        bounds = np.append(side.first, len(side.edge))
        start = bounds[side.indptr].astype(np.int64)
        other = np.repeat(side.indices, np.diff(bounds)).astype(np.int64)
        order = _order(side, start, other, drawn=drawn, away=side is arcs)
        edges.append(side.edge[order])
        columns = (start, other[order], chain[edges[-1]], side.minutes[order])
        sides.append(columns if large else tuple(column.tolist() for column in columns))
    return Roads(
        ahead=cast("tuple[Any, Any, Any, Any]", sides[0]),
        behind=cast("tuple[Any, Any, Any, Any]", sides[-1]),
        edge_ahead=edges[0],
        edge_behind=edges[-1],
        chains=int(chain.max(initial=-1)) + 1,
        compiled=large,
    )


def _order(
    side: search.Graph,
    start: NDArray[np.int64],
    other: NDArray[np.int64],
    *,
    drawn: Trimmed | None,
    away: bool,
) -> NDArray[np.int64]:
    """Return the order of the arcs at each node: of ways equally quick, the first such arc is taken.

    That is the one whose last edge comes from the node nearest the source; of nodes equally near, from the first.
    `away` tells that the arcs lead away from their nodes.
    """
    node = np.repeat(np.arange(len(start) - 1), np.diff(start))
    if drawn is None:
        return np.lexsort((side.edge, other, -side.minutes, node))
    at_tail = drawn.tail[side.edge] == node
    edge, near, last = (
        np.where(at_tail, one[side.edge], two[side.edge])
        for one, two in (
            (drawn.at_tail.edge, drawn.at_head.edge),
            (drawn.at_tail.near, drawn.at_head.near),
            (drawn.at_tail.fro, drawn.at_head.fro) if away else (drawn.at_tail.to, drawn.at_head.to),
        )
    )
    return np.lexsort((edge, near, -last, node))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """The shortest minutes from `source` to every node [n]: they are a tree, ready for many questions.

    Of ways equally quick a tree has the one that comes from the node nearest the source, of nodes equally near
    the first; so it is the same however the minutes were found.
    """

    source: int
    minutes: Any


def trunk(ways: search.Graph | Prepared, arcs: search.Graph, grown: Roads, *, source: int) -> Trunk:
    """Return the tree from a source.

    Parameters
    ----------
    ways
        The graph, or what was prepared of it.
    arcs, grown
        The graph, and the arcs of the network.
    source
        Node.
    """
    start = np.array([source])
    minutes: Any = queries.soonest(ways, start) if isinstance(ways, Prepared) else None
    if minutes is None or np.max(minutes, where=np.isfinite(minutes), initial=0.0) > EXACT_MIN:
        minutes = search.times(arcs, start)[0]
    return Trunk(source=source, minutes=minutes if grown.compiled else minutes.tolist())


def path(known: Trunk, grown: Roads, *, target: int) -> NDArray[np.int64]:
    """Return the edges of the tree from its source to a node, in order; none where the node is not reached."""
    return grown.edge_behind[_arcs_to(known, grown, target)]


def _arcs_to(known: Trunk, grown: Roads, target: int) -> NDArray[np.int64]:
    """Return the arcs of `behind` from the source to a node, in order."""
    if not np.isfinite(known.minutes[target]):
        return np.empty(0, dtype=np.int64)
    steps = code(compiled=grown.compiled).walked(target, known.source, grown.behind, known.minutes)
    return np.array(steps[::-1], dtype=np.int64)


def minutes_without_each(
    known: Trunk, grown: Roads, *, target: int, noted: Desk
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the chains of the tree's route to a target in order [c], and the minutes without each of them.

    The minutes are infinite where the target is then cut off.

    Parameters
    ----------
    known
        The tree from the source.
    grown
        The arcs of the network.
    target
        Node.
    noted
        Where the searches note what they learn.
    """
    arcs = _arcs_to(known, grown, target)
    if not len(arcs):
        return np.empty(0, dtype=np.int64), np.empty(0)
    other, chain = (np.asarray(grown.behind[part])[arcs] for part in (1, 2))
    _, first, which = np.unique(chain, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(1, len(first) + 1)
    begun, links = np.append(0, rank[which.ravel()]), chain[np.sort(first)]
    way: tuple[Any, Any] = (np.append(other, target), begun)
    found = np.empty(len(links))
    made = (links, way) if grown.compiled else (links.tolist(), tuple(part.tolist() for part in way))
    code(compiled=grown.compiled).together(
        _sides(known, grown), noted.columns, made[1], made[0], noted.turns(len(links)), found
    )
    return links, found


def minutes_after_each(
    known: Trunk, grown: Roads, *, target: int, cuts: NDArray[np.int64], noted: Desk
) -> NDArray[np.float64]:
    """Return the minutes to a target after each cut by itself [c], infinite where it is cut off.

    Parameters
    ----------
    known
        The tree from the source.
    grown
        The arcs of the network.
    target
        Node.
    cuts
        Chains [c], each closed both ways, one at a time; they may lie off the route.
    noted
        Where the searches note what they learn.
    """
    found = np.empty(len(cuts))
    shut: Any = cuts if grown.compiled else cuts.tolist()
    ends, turn = (known.source, target), noted.turns(len(cuts))
    code(compiled=grown.compiled).each(_sides(known, grown), noted.columns, ends, shut, turn, found)
    return found


def route_left(known: Trunk, grown: Roads, *, target: int, shut: NDArray[np.int64], noted: Desk) -> Left:
    """Return the quickest route to a target when some chains are closed both ways.

    Parameters
    ----------
    known
        The tree from the source.
    grown
        The arcs of the network.
    target
        Node.
    shut
        Chains that are closed, all at once.
    noted
        Where the search notes what it learns.
    """
    turn, ends = noted.turns(1), (known.source, target)
    for chain in shut:
        noted.columns[0][chain] = turn
    minutes, meet, steps = code(compiled=grown.compiled).search(
        _sides(known, grown), noted.columns, ends, turn
    )
    if not np.isfinite(minutes):
        return Left(minutes=np.inf, edges=np.empty(0, dtype=np.int64))
    first = path(known, grown, target=int(meet))
    rest = grown.edge_behind[np.array(steps, dtype=np.int64)]
    return Left(minutes=float(minutes), edges=np.concatenate([first, rest]).astype(np.int64))


def _sides(known: Trunk, grown: Roads) -> tuple[Any, Any, Any]:
    """Return what every search is given: the arcs ahead and behind, and the minutes of the tree."""
    return grown.ahead, grown.behind, known.minutes
