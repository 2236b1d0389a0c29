"""The questions of `queries`, answered by scipy alone: for small networks, and as what the loops are held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gisplan.network.search import Graph, times, tree, way

if TYPE_CHECKING:
    from numpy.typing import NDArray


def between(
    arcs: Graph, sources: NDArray[np.int64], targets: NDArray[np.int64], *, legs: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the minutes from each source to each target [s, t], infinite where unreached.

    Parameters
    ----------
    arcs, sources, targets, legs
        As in `queries.between`.
    """
    return times(arcs, sources)[:, targets] + legs[:, None]


def nearest(
    arcs: Graph, sources: NDArray[np.int64], *, count: int, legs: NDArray[np.float64], at: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return the minutes of the nearest sources of some nodes and their numbers [n, k], -1 where there is none.

    Parameters
    ----------
    arcs, sources, count, legs, at
        As in `queries.nearest`.
    """
    table = between(arcs, sources, at, legs=legs).T
    missing = max(count - table.shape[1], 0)
    table = np.pad(table, ((0, 0), (0, missing)), constant_values=np.inf)
    which = np.argsort(table, axis=1, kind="stable")[:, :count]
    minutes = np.take_along_axis(table, which, axis=1)
    return minutes, np.where(np.isfinite(minutes), which, -1).astype(np.int32)


def within(
    arcs: Graph,
    sources: NDArray[np.int64],
    *,
    limit: float,
    weight: NDArray[np.float64],
    legs: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the weight of all nodes that are reached from each source within a limit [s].

    Parameters
    ----------
    arcs, sources, limit, weight, legs
        As in `queries.within`.
    """
    reached = times(arcs, sources) + legs[:, None] <= limit
    total: NDArray[np.float64] = np.where(reached, weight, 0.0).sum(axis=1)
    return total


def routes(
    arcs: Graph, sources: NDArray[np.int64], targets: NDArray[np.int64]
) -> tuple[NDArray[np.float64], tuple[NDArray[np.int64], ...]]:
    """Return the minutes and the nodes of the route from each source to the target beside it."""
    minutes, nodes = np.full(len(sources), np.inf), [np.empty(0, np.int64)] * len(sources)
    for source in np.unique(sources):
        found = tree(arcs, int(source))
        for pair in np.flatnonzero(sources == source):
            minutes[pair] = found.minutes[targets[pair]]
            if np.isfinite(minutes[pair]):
                nodes[pair] = way(found, int(targets[pair]))
    return minutes, tuple(nodes)
