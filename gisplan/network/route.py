"""Routes between one place and many: their edges, their line, and what is left when one road link is cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gisplan.core.words import Network
from gisplan.network import search

if TYPE_CHECKING:
    from numpy.typing import NDArray

NO_EDGES = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fan:
    """Shortest routes from one source to h targets: `minutes` [h], infinite where unreached, and `edges`.

    `detour` is the time after the worst single cut [h], infinite where a cut leaves no way.
    """

    minutes: NDArray[np.float64]
    detour: NDArray[np.float64]
    edges: tuple[NDArray[np.int64], ...]


def fan(arcs: search.Graph, chain: NDArray[np.int64], *, source: int, targets: NDArray[np.int64]) -> Fan:
    """Return the routes from the source to each target and their detours.

    Parameters
    ----------
    arcs
        Arcs of the network.
    chain
        The stretch between junctions that each edge belongs to [m]; a cut closes one of them both ways.
    source
        Node.
    targets
        Nodes [h]; -1 is a target that stands on no road.
    """
    found = search.tree(arcs, source)
    on_road = targets >= 0
    minutes = np.where(on_road, found.minutes[targets], np.inf)
    edges = tuple(
        search.path(arcs, found, int(node)) if np.isfinite(time) else NO_EDGES
        for node, time in zip(targets, minutes, strict=True)
    )
    return Fan(minutes=minutes, detour=_detours(arcs, chain, source, targets, minutes, edges), edges=edges)


def _detours(
    arcs: search.Graph,
    chain: NDArray[np.int64],
    source: int,
    targets: NDArray[np.int64],
    minutes: NDArray[np.float64],
    edges: tuple[NDArray[np.int64], ...],
) -> NDArray[np.float64]:
    """Return the minutes to each target after the worst cut of its route [h]."""
    detour = minutes.copy()
    target = np.repeat(np.arange(len(edges)), [len(route) for route in edges])
    passed = np.unique(np.column_stack([chain[np.concatenate([*edges, NO_EDGES])], target]), axis=0)
    # All targets share the run of a cut, and only cuts that some route passes can matter.
    cuts, first = np.unique(passed[:, 0], return_index=True)
    lost = np.split(passed[:, 1], first[1:])[: len(cuts)]
    for struck, left in zip(lost, search.after_cuts(arcs, source, chain=chain, cuts=cuts), strict=True):
        detour[struck] = np.maximum(detour[struck], left[targets[struck]])
    return detour


def line(network: Network, edges: NDArray[np.int64], *, start: int) -> shapely.LineString:
    """Return the edges of a route as one line from the node `start`; empty where there are none."""
    here, parts = start, []
    for edge in edges:
        forth = int(network.tail[edge]) == here
        here = int(network.head[edge] if forth else network.tail[edge])
        parts.append(shapely.get_coordinates(network.geometry[edge])[:: 1 if forth else -1])
    if not parts:
        return shapely.LineString()
    xy = np.concatenate(parts)
    fresh = np.ones(len(xy), bool)
    fresh[1:] = (xy[1:] != xy[:-1]).any(axis=1)
    return shapely.LineString(xy[fresh])


def metres_inside(lines: NDArray[np.object_], areas: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the length of each line inside the union of some polygons [m].

    Parameters
    ----------
    lines, areas
        Lines [k] and polygons [a], in one projected CRS [m].
    """
    # The areas ask the lines, not the other way: a large polygon is then prepared once for all lines.
    pair = shapely.STRtree(lines).query(areas, predicate="intersects")
    order = np.lexsort((pair[0], pair[1]))
    which, area = pair[1][order], pair[0][order]
    whole = np.unique(which[shapely.covers(areas[area], lines[which])])
    inside = np.zeros(len(lines))
    inside[whole] = shapely.length(lines[whole])
    part = ~np.isin(which, whole)
    cut = shapely.intersection(lines[which[part]], areas[area[part]])
    starts = np.flatnonzero(np.diff(which[part], prepend=-1))
    for start, end in zip(starts, np.append(starts, len(cut))[1:], strict=True):
        # Areas may overlap; the union counts a stretch once.
        inside[which[part][start]] = shapely.length(shapely.union_all(cut[start:end]))
    return inside
