"""Questions to a network: nearest places, tables of minutes, routes, and who lies within a time.

A prepared network answers with compiled loops, one that is not with scipy.
Every answer equals that of a plain search bit for bit: minutes are whole ticks (`core.units.whole_ticks`), and sums of
those are exact in whatever order they are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gisplan.network import plain, swift
from gisplan.network.prepared import Folded, Prepared
from gisplan.network.search import Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

NONE = -1
"""The number of a source where none is reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """The nearest k sources of each node: `minutes` [n, k], infinite where fewer reach it, and `which` [n, k].

    `which` is the place of the source in the list of sources, -1 where there is none; of sources equally near
    the first in the list comes first.
    """

    minutes: NDArray[np.float64]
    which: NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """Shortest routes of some pairs: `minutes` [p], infinite where there is none, and the `nodes` of each."""

    minutes: NDArray[np.float64]
    nodes: tuple[NDArray[np.int64], ...]


def nearest(
    ways: Graph | Folded | Prepared,
    sources: NDArray[np.int64],
    *,
    count: int = 1,
    legs: NDArray[np.float64] | None = None,
    at: NDArray[np.int64] | None = None,
) -> Nearest:
    """Return the nearest sources of every node, or of some.

    Parameters
    ----------
    ways
        The network; turned round where the times *to* the sources are asked for.
    sources
        Nodes [s]; two sources may stand on one node.
    count
        How many different sources, k.
    legs
        Minutes with which each source begins [s]; none where left out.
    at
        Nodes that are asked for [n]; all where left out.
    """
    begin = _begin(sources, legs)
    if isinstance(ways, Prepared):
        minutes, which = swift.nearest(ways, sources, count=count, legs=begin, at=at)
    elif isinstance(ways, Folded):
        minutes, which = swift.nearest_folded(ways, sources, legs=begin)
        if at is not None:
            minutes, which = minutes[at], which[at]
    else:
        nodes = np.arange(ways.nodes) if at is None else at
        minutes, which = plain.nearest(ways, sources, count=count, legs=begin, at=nodes)
    return Nearest(minutes=minutes, which=which)


def soonest(
    ways: Graph | Folded | Prepared, sources: NDArray[np.int64], *, legs: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Return the minutes from the nearest source to every node, whichever it is [n]."""
    if isinstance(ways, Prepared):
        return swift.soonest(ways, sources, legs=_begin(sources, legs))
    return nearest(ways, sources, legs=legs).minutes[:, 0]


def between(
    ways: Graph | Prepared,
    sources: NDArray[np.int64],
    targets: NDArray[np.int64],
    *,
    legs: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return the minutes from each source to each target [s, t], infinite where unreached.

    Parameters
    ----------
    ways
        The network.
    sources, targets
        Nodes [s], [t].
    legs
        Minutes with which each source begins [s]; none where left out.
    """
    begin = _begin(sources, legs)
    if isinstance(ways, Prepared):
        return swift.between(ways, sources, targets, legs=begin)
    return plain.between(ways, sources, targets, legs=begin)


def within(
    ways: Graph | Prepared,
    sources: NDArray[np.int64],
    *,
    limit: float,
    weight: NDArray[np.float64],
    legs: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return the weight of all nodes that are reached from each source within a limit [s].

    Parameters
    ----------
    ways
        The network.
    sources
        Nodes [s].
    limit
        The time, inclusive [min].
    weight
        What each node counts for [n], as people.
    legs
        Minutes with which each source begins [s]; none where left out.
    """
    begin = _begin(sources, legs)
    if isinstance(ways, Prepared):
        return swift.within(ways, sources, limit=limit, weight=weight, legs=begin)
    return plain.within(ways, sources, limit=limit, weight=weight, legs=begin)


def routes(ways: Graph | Prepared, sources: NDArray[np.int64], targets: NDArray[np.int64]) -> Routes:
    """Return the shortest route from each source to the target beside it in the list."""
    if isinstance(ways, Prepared):
        minutes, nodes = swift.routes(ways, sources, targets)
    else:
        minutes, nodes = plain.routes(ways, sources, targets)
    return Routes(minutes=minutes, nodes=nodes)


def _begin(sources: NDArray[np.int64], legs: NDArray[np.float64] | None) -> NDArray[np.float64]:
    return np.zeros(len(sources)) if legs is None else legs
