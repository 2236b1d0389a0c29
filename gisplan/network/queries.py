"""Questions to a prepared network: nearest places, tables of minutes, routes, and who lies within a time.

Every answer equals that of a plain search bit for bit: minutes are whole ticks (`core.units.on_grid`), and sums of
those are exact in whatever order they are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gisplan.network.prepared import Prepared

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.network.kernels_sweep import Arcs

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
    prepared: Prepared,
    sources: NDArray[np.int64],
    *,
    count: int = 1,
    legs: NDArray[np.float64] | None = None,
    at: NDArray[np.int64] | None = None,
) -> Nearest:
    """Return the nearest sources of every node, or of some.

    Parameters
    ----------
    prepared
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
    from gisplan.network import kernels_sweep as kernels

    begin = np.zeros(len(sources)) if legs is None else legs
    places = prepared.place[sources].astype(np.int64)
    asked = prepared.place if at is None else prepared.place[at]
    up, down = prepared.up.arcs, prepared.down.arcs
    if at is not None:
        up, down, number = _part(prepared, places, asked.astype(np.int64))
        places, asked = number[places], number[asked]
    label, which = _first(places, begin, nodes=len(up[0]) - 1, count=count)
    if count == 1:
        kernels.spread(up, down, label.ravel(), which.ravel())
    else:
        kernels.spread_several(up, down, label, which)
    found = which[asked]
    return Nearest(minutes=label[asked], which=np.where(found == len(sources), NONE, found))


def between(
    prepared: Prepared,
    sources: NDArray[np.int64],
    targets: NDArray[np.int64],
    *,
    legs: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return the minutes from each source to each target [s, t], infinite where unreached.

    Parameters
    ----------
    prepared
        The network.
    sources, targets
        Nodes [s], [t].
    legs
        Minutes with which each source begins [s]; none where left out.
    """
    from gisplan.network import kernels_sweep as kernels

    begin = np.zeros(len(sources)) if legs is None else legs
    table = np.empty((len(sources), len(targets)))
    one, two = prepared.place[sources].astype(np.int64), prepared.place[targets].astype(np.int64)
    up, down, number = _part(prepared, one, two)
    # Sources that stand together travel together: what one pass touches is then small.
    order = np.argsort(one, kind="stable")
    kernels.between(up, down, number[one[order]], begin[order], number[two], table)
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return table[back]


def within(
    prepared: Prepared,
    sources: NDArray[np.int64],
    *,
    limit: float,
    weight: NDArray[np.float64],
    legs: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return the weight of all nodes that are reached from each source within a limit [s].

    Parameters
    ----------
    prepared
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
    from gisplan.network import kernels_sweep as kernels

    begin = np.zeros(len(sources)) if legs is None else legs
    places = prepared.place[sources].astype(np.int64)
    order = np.argsort(places, kind="stable")
    at_place = np.empty(len(weight))
    at_place[prepared.place] = weight
    total = np.empty(len(sources))
    total[order] = kernels.within(
        prepared.up.arcs, prepared.down.arcs, places[order], begin[order], float(limit), at_place
    )
    return total


def routes(prepared: Prepared, sources: NDArray[np.int64], targets: NDArray[np.int64]) -> Routes:
    """Return the shortest route from each source to the target beside it in the list."""
    from gisplan.network import kernels_sweep as kernels

    node = np.empty(len(prepared.place), np.int64)
    node[prepared.place] = np.arange(len(node))
    work = np.empty((2, len(node))), np.empty((2, len(node)), np.int32)
    ways = prepared.up.arcs, prepared.down.arcs
    through = prepared.up.through, prepared.down.through
    found = [
        kernels.route(prepared.above, ways, through, (int(one), int(two)), work)
        for one, two in zip(prepared.place[sources], prepared.place[targets], strict=True)
    ]
    return Routes(minutes=np.array([time for time, _ in found]), nodes=tuple(node[way] for _, way in found))


def _part(prepared: Prepared, *places: NDArray[np.int64]) -> tuple[Arcs, Arcs, NDArray[np.int64]]:
    """Return the arcs of some places and of all above them, and the number of each place among those."""
    from gisplan.network import kernels_sweep as kernels

    kept, number = kernels.closure(prepared.above, np.concatenate(places))
    up = kernels.restricted(prepared.up.arcs, kept, number)
    down = up if prepared.down is prepared.up else kernels.restricted(prepared.down.arcs, kept, number)
    return up, down, number


def _first(
    places: NDArray[np.int64], legs: NDArray[np.float64], *, nodes: int, count: int
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return the labels of the sources' own places, the rest free [n, k]."""
    label, which = np.full((nodes, count), np.inf), np.full((nodes, count), len(places), np.int32)
    order = np.lexsort((legs, places))
    sorted_places = places[order]
    slot = np.arange(len(order)) - np.searchsorted(sorted_places, sorted_places)
    kept = slot < count
    label[sorted_places[kept], slot[kept]] = legs[order[kept]]
    which[sorted_places[kept], slot[kept]] = order[kept]
    return label, which
