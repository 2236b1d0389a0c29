"""Ways on foot up to a limit, between many points along the walk network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gisplan.core.words import Network
from gisplan.network.search import graph, matrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

AT_ONCE = 4_000_000
"""Times held at once while ways are searched: points times nodes."""

SECONDS = 60.0
NEAR_WHOLE = 1e-6
"""A way this little over a whole second is that second: it is a sum of rounded numbers [s]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """Ways from points to nodes within the limit: the point, the node and the minutes of each [w], by point."""

    point: NDArray[np.int64]
    node: NDArray[np.int64]
    minutes: NDArray[np.float64]


def walked(network: Network, nodes: NDArray[np.int64], *, limit: float) -> Walked:
    """Return every node within a limit of each point; the way there is as long as the way back.

    Parameters
    ----------
    network
        A network on foot: every edge is as long one way as the other.
    nodes
        The node of each point [p].
    limit
        Minutes, inclusive.
    """
    parts = list(_parts(network, nodes, limit))
    none = np.empty(0, dtype=np.int64)
    return Walked(
        point=np.concatenate([none, *(part[0] for part in parts)]),
        node=np.concatenate([none, *(part[1] for part in parts)]),
        minutes=np.concatenate([np.empty(0), *(part[2] for part in parts)]),
    )


def _parts(
    network: Network, nodes: NDArray[np.int64], limit: float
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]]:
    from scipy.sparse.csgraph import dijkstra

    arcs = graph(network)
    able = matrix(arcs)
    some = max(1, AT_ONCE // max(arcs.nodes, 1))
    for begin in range(0, len(nodes), some):
        found = dijkstra(able, indices=nodes[begin : begin + some], limit=limit)
        point, node = np.nonzero(np.isfinite(found))
        yield point + begin, node, found[point, node]


def whole_seconds(minutes: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return minutes on foot in seconds, begun ones counted: no vehicle is caught by rounding."""
    found: NDArray[np.int64] = np.ceil(minutes * SECONDS - NEAR_WHOLE).astype(np.int64)
    return found
