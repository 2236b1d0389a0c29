"""The questions of `queries`, answered by compiled loops on a prepared network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gisplan.network.prepared import Folded, Prepared

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.network.kernels_sweep import Arcs

MOST_BUCKETS = 1 << 18


def between(
    prepared: Prepared, sources: NDArray[np.int64], targets: NDArray[np.int64], *, legs: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the minutes from each source to each target [s, t], infinite where unreached.

    Parameters
    ----------
    prepared, sources, targets, legs
        As in `queries.between`.
    """
    from gisplan.network import kernels_sweep as kernels

    table = np.empty((len(sources), len(targets)))
    one, two = prepared.place[sources].astype(np.int64), prepared.place[targets].astype(np.int64)
    up, down, number = _part(prepared, one, two)
    order = np.argsort(one, kind="stable")  # sources that stand together touch the same places
    kernels.between(up, down, number[one[order]], legs[order], number[two], table)
    return table[np.argsort(order)]


def nearest(
    prepared: Prepared,
    sources: NDArray[np.int64],
    *,
    count: int,
    legs: NDArray[np.float64],
    at: NDArray[np.int64] | None,
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return the minutes of the nearest sources of some nodes and their numbers [n, k], -1 where there is none.

    Parameters
    ----------
    prepared, sources, count, legs, at
        As in `queries.nearest`.
    """
    from gisplan.network import kernels_sweep as kernels

    places = prepared.place[sources].astype(np.int64)
    asked = (prepared.place if at is None else prepared.place[at]).astype(np.int64)
    up, down = prepared.up.arcs, prepared.down.arcs
    if at is not None:
        up, down, number = _part(prepared, places, asked)
        places, asked = number[places], number[asked]
    label, which = _first(places, legs, nodes=len(up[0]) - 1, count=count)
    if count == 1:
        kernels.carried_up(up, label.ravel(), which.ravel())
        kernels.carried_down(down, label.ravel(), which.ravel())
    else:
        kernels.spread_several(up, down, label, which)
    found = which[asked]
    return label[asked], np.where(found == len(sources), -1, found)


def soonest(
    prepared: Prepared, sources: NDArray[np.int64], *, legs: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the minutes from the nearest source to every node [n]."""
    from gisplan.network import kernels_sweep as kernels

    label = np.full(len(prepared.place), np.inf)
    np.minimum.at(label, prepared.place[sources], legs)
    return kernels.lowest(prepared.up.arcs, prepared.down.arcs, label, prepared.place)


def nearest_folded(
    folded: Folded, sources: NDArray[np.int64], *, legs: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return the minutes of the nearest source of every node and its number [n, 1], -1 where there is none."""
    from gisplan.network import kernels_sweep as kernels

    folds = folded.folds
    label, which = _first(folds.place[sources].astype(np.int64), legs, nodes=len(folds.place), count=1)
    label, which = label.ravel(), which.ravel()
    kernels.carried_up(folds.up.arcs, label, which)
    known = label[: len(folded.start) - 1]
    longest = max(folded.minutes.max(initial=0.0), known.max(initial=0.0, where=np.isfinite(known)))
    pace = min(folded.pace, MOST_BUCKETS / longest) if longest > 0.0 else folded.pace
    width = pace, 1 << int(longest * pace + 2).bit_length()
    room = 2 * (len(folded.head) + len(label))
    while not kernels.searched((folded.start, folded.head, folded.minutes), label, which, width, room):
        room *= 2
    kernels.carried_down(folds.down.arcs, label, which)
    label, which = label[folds.place], which[folds.place]
    return label[:, None], np.where(which == len(sources), -1, which)[:, None]


def within(
    prepared: Prepared,
    sources: NDArray[np.int64],
    *,
    limit: float,
    weight: NDArray[np.float64],
    legs: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the weight of all nodes that are reached from each source within a limit [s].

    Parameters
    ----------
    prepared, sources, limit, weight, legs
        As in `queries.within`.
    """
    from gisplan.network import kernels_sweep as kernels

    places = prepared.place[sources].astype(np.int64)
    order = np.argsort(places, kind="stable")
    at_place = np.empty(len(weight))
    at_place[prepared.place] = weight
    total = np.empty(len(sources))
    total[order] = kernels.within(
        prepared.up.arcs, prepared.down.arcs, places[order], legs[order], float(limit), at_place
    )
    return total


def routes(
    prepared: Prepared, sources: NDArray[np.int64], targets: NDArray[np.int64]
) -> tuple[NDArray[np.float64], tuple[NDArray[np.int64], ...]]:
    """Return the minutes and the nodes of the route from each source to the target beside it."""
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
    return np.array([time for time, _ in found]), tuple(node[way] for _, way in found)


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
