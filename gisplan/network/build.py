"""Road lines to a network: nodes where lines meet, edges with minutes in both directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gisplan.core.tables import Doubt
from gisplan.core.units import whole_ticks
from gisplan.core.words import Network
from gisplan.network.cut import Pieces, lines_of, linestrings, pieces
from gisplan.network.noding import FOLD, LEAST_JOIN_M, cuts
from gisplan.network.passage import Mode, Season
from gisplan.network.rows import LAYER, SAMPLE, Rows, read_rows
from gisplan.network.speeds import Speeds

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

__all__ = ["LAYER", "NARROW_M", "SAMPLE", "Built", "Mode", "Rows", "Season", "build", "read_rows"]

NARROW_M = 5.5
"""Carriageways below this width [m] cannot be passed two ways."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A network, and the doubts met while building it."""

    network: Network
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    geometry: NDArray[np.object_]
    row: NDArray[np.int64]
    zero: int
    without: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Edges [m] before they are in order: lines, rows of the road table, and the nodes at both ends."""

    geometry: NDArray[np.object_]
    row: NDArray[np.int64]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]


def build(
    roads: gpd.GeoDataFrame,
    *,
    speeds: Speeds,
    mode: Mode = "car",
    join_m: float = 0.5,
    ferry: bool = False,
    season: Season = "",
) -> Built:
    """Return the network of a road table.

    Lines are joined where they cross, where a vertex of one comes within `join_m` of another, and where they
    lie on each other (the stretch then stands once, with the higher class). Lines of different `level`, and
    an expressway and an ordinary road without a ramp, join only at shared end points; those of two levels also
    where an end of one is a vertex of the other, as a bridge ends on a street.
    Roads closed to the mode are left out. Nodes and edges are ordered by their coordinates, so the order of the
    rows does not matter.

    Parameters
    ----------
    roads
        Road layer in a projected CRS [m], with the columns of the layer `road`.
    speeds
        Speeds by class; a road's own valid speed comes first.
    mode
        By car, on foot (expressways closed, one-way signs void) or by bicycle (expressways and steps closed).
    join_m
        Tolerance [m].
    ferry
        Whether ferries with a time are part of the network.
    season
        In winter, roads closed for it are left out.
    """
    rows = read_rows(roads, speeds=speeds, mode=mode, ferry=ferry, season=season)
    parts = _parts(roads, rows)
    if not len(parts.geometry):
        return Built(network=empty(), doubts=(*rows.doubts, *_part_doubts(parts, 0.0)))
    lines = lines_of(parts.geometry)
    storey = (2 * rows.level + rows.mainline)[parts.row]
    cut = cuts(lines, storey=storey, meets=rows.ramp[parts.row], join_m=join_m)
    reach = max(join_m, LEAST_JOIN_M)
    made = pieces(lines, cut.line, cut.along, cut.xy[cut.node])
    tail, head = cut.node[made.first], cut.node[made.last]
    geometry = linestrings(made.xy, made.piece)
    keep = (tail != head) | (shapely.length(geometry) > FOLD * reach)
    keep &= shapely.length(geometry) > 0.0
    raw = Edges(geometry=geometry, row=parts.row[made.line], tail=tail, head=head)
    twins = _twins(raw, rows, keep=keep, reach=reach)
    double = float(shapely.length(geometry[twins]).sum())
    keep[twins] = False
    edges = _rejoined(made, tail, head, keep, parts)
    network = network_of(edges, cut.xy, rows)
    doubts = (*rows.doubts, *_part_doubts(parts, double), *component_doubts(network))
    return Built(network=network, doubts=doubts)


def empty() -> Network:
    """Return a network without roads."""
    none, number = np.empty(0), np.empty(0, dtype=np.int32)
    return Network(
        x=none,
        y=none,
        tail=number,
        head=number,
        length=none,
        forward=none,
        backward=none,
        road=number,
        road_class=np.empty(0, dtype=np.int8),
        narrow=np.empty(0, dtype=np.bool_),
        component=number,
        geometry=np.empty(0, dtype=object),
    )


def _parts(roads: gpd.GeoDataFrame, rows: Rows) -> _Parts:
    """Return single lines in the order of their coordinates; what has no length is left out and counted."""
    rank = rows.rank
    shapes = shapely.force_2d(roads.geometry.to_numpy())
    single, row = shapely.get_parts(shapes, return_index=True)
    lines = np.isin(shapely.get_type_id(single), [1, 2]) & ~shapely.is_empty(single)
    long = lines & (shapely.length(single) > 0.0)
    with_line = np.unique(row[lines])
    used = long & rows.passable[row]
    geometry, row = shapely.remove_repeated_points(single[used]), row[used]
    ends = (shapely.get_point(geometry, place) for place in (0, -1))
    keys = [axis(end) for end in ends for axis in (shapely.get_x, shapely.get_y)]
    middle = shapely.line_interpolate_point(geometry, 0.5, normalized=True)
    keys += [shapely.length(geometry), shapely.get_x(middle), shapely.get_y(middle)]
    order = np.lexsort([rank[row], *reversed(keys)])
    return _Parts(
        geometry=geometry[order],
        row=row[order],
        zero=int((lines & ~long).sum()),
        without=len(np.setdiff1d(np.arange(len(roads)), with_line)),
    )


def _twins(edges: Edges, rows: Rows, *, keep: NDArray[np.bool_], reach: float) -> NDArray[np.int64]:
    """Return the edges that lie on another edge between the same nodes and open no further direction.

    A road that stands today stays before one a scenario opens, one that can be passed before one a scenario closes;
    then the one of the higher class, the faster, the one open both ways. A closed one takes the place of no other.
    """
    geometry, tail, head, row = edges.geometry, edges.tail, edges.head, edges.row
    here = np.flatnonzero(keep)
    low, high = np.minimum(tail, head)[here], np.maximum(tail, head)[here]
    direction = np.where(tail <= head, 1, -1)[here] * rows.direction[row[here]]
    order = np.lexsort(
        (
            rows.rank[row[here]], direction != 0, rows.pace[row[here]], rows.road_class[row[here]],
            rows.shut[row[here]], ~rows.frontage[row[here]], high, low,
        )
    )  # fmt: skip
    here, low, high, direction = here[order], low[order], high[order], direction[order]
    level, shut = rows.level[row[here]], rows.shut[row[here]]
    dropped = np.zeros(len(here), bool)
    step = 1
    while step < len(here):
        same = (low[step:] == low[:-step]) & (high[step:] == high[:-step])
        if not same.any():
            break
        first = np.flatnonzero(same)
        second = first + step
        open_too = (direction[first] == 0) | (direction[first] == direction[second])
        able = open_too & (level[first] == level[second]) & ~dropped[first] & ~dropped[second]
        able &= ~shut[first] | shut[second]
        first, second = first[able], second[able]
        apart = shapely.hausdorff_distance(geometry[here[first]], geometry[here[second]])
        dropped[second[apart <= 2 * reach]] = True
        step += 1
    return here[dropped]


def _rejoined(
    made: Pieces,
    tail: NDArray[np.int64],
    head: NDArray[np.int64],
    keep: NDArray[np.bool_],
    parts: _Parts,
) -> Edges:
    """Return the kept pieces, those of one line put together again where nothing else meets them."""
    kept = np.flatnonzero(keep)
    line, tail, head = made.line[kept], tail[kept], head[kept]
    degree = np.bincount(np.concatenate([tail, head]), minlength=int(max(tail.max(), head.max())) + 1)
    goes_on = np.zeros(len(kept), bool)
    goes_on[1:] = (line[1:] == line[:-1]) & (tail[1:] == head[:-1]) & (degree[tail[1:]] == 2)  # noqa: PLR2004
    run = np.cumsum(~goes_on) - 1
    first = np.flatnonzero(~goes_on)
    last = np.append(first[1:], len(kept)) - 1
    run_of_piece = np.full(len(keep), -1, dtype=np.int64)
    run_of_piece[kept] = run
    owner = run_of_piece[made.piece]
    xy, owner = made.xy[owner >= 0], owner[owner >= 0]
    again = np.zeros(len(xy), bool)
    again[1:] = (owner[1:] == owner[:-1]) & (xy[1:] == xy[:-1]).all(axis=1)
    geometry = linestrings(xy[~again], owner[~again])
    return Edges(geometry=geometry, row=parts.row[line[first]], tail=tail[first], head=head[last])


def network_of(edges: Edges, xy: NDArray[np.float64], rows: Rows) -> Network:
    """Return the network with nodes and edges ordered by coordinates, each edge from its lower node."""
    used = np.unique(np.concatenate([edges.tail, edges.head]))
    used = used[np.lexsort((xy[used, 1], xy[used, 0]))]
    number = np.full(len(xy), -1, dtype=np.int64)
    number[used] = np.arange(len(used))
    tail, head = number[edges.tail], number[edges.head]
    back, rings = tail > head, tail == head
    back[rings] = _turned(edges.geometry[rings])
    geometry = np.where(back, shapely.reverse(edges.geometry), edges.geometry)
    tail, head = np.where(back, head, tail), np.where(back, tail, head)
    length = shapely.length(geometry)
    direction = np.where(back, -1, 1) * rows.direction[edges.row]
    minutes = whole_ticks(length * rows.pace[edges.row])
    keys = (
        rows.rank[edges.row],
        direction,
        rows.road_class[edges.row],
        *_middle(geometry),
        length,
        head,
        tail,
    )
    order = np.lexsort(keys)
    tail, head, direction, minutes = tail[order], head[order], direction[order], minutes[order]
    row = edges.row[order]
    return Network(
        x=xy[used, 0],
        y=xy[used, 1],
        tail=tail.astype(np.int32),
        head=head.astype(np.int32),
        length=length[order],
        forward=np.where(direction >= 0, minutes, np.inf),
        backward=np.where(direction <= 0, minutes, np.inf),
        road=row.astype(np.int32),
        road_class=rows.road_class[row],
        narrow=np.nan_to_num(rows.width[row], nan=np.inf) < NARROW_M,
        component=components(tail, head, len(used)),
        geometry=geometry[order],
        shut=rows.shut[row] if rows.shut.any() else None,
    )


def _middle(geometry: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return y and x half way along each line, which tell parallel edges apart."""
    point = shapely.line_interpolate_point(geometry, 0.5, normalized=True)
    return shapely.get_y(point), shapely.get_x(point)


def _turned(geometry: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return which rings start towards the higher of their two first neighbours."""
    first, last = (shapely.get_point(geometry, place) for place in (1, -2))
    x1, x2, y1, y2 = shapely.get_x(first), shapely.get_x(last), shapely.get_y(first), shapely.get_y(last)
    turned: NDArray[np.bool_] = (x1 > x2) | ((x1 == x2) & (y1 > y2))
    return turned


def components(tail: NDArray[np.int64], head: NDArray[np.int64], count: int) -> NDArray[np.int32]:
    """Return the component of each node, 0 the one with the most nodes."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(tail)), (tail, head)), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    sizes = np.bincount(label)
    first = np.full(len(sizes), count)
    np.minimum.at(first, label, np.arange(count))
    order = np.lexsort((first, -sizes))
    rank = np.empty(len(sizes), dtype=np.int32)
    rank[order] = np.arange(len(sizes))
    return rank[label]


def _part_doubts(parts: _Parts, double: float) -> list[Doubt]:
    counts = {"net.zero_length": parts.zero, "net.no_geometry": parts.without}
    doubts = [Doubt(code=code, layer=LAYER, values={"count": n}) for code, n in counts.items() if n]
    if double >= 1.0:
        doubts.append(Doubt(code="net.overlap", layer=LAYER, values={"metres": double}))
    return doubts


def component_doubts(network: Network) -> list[Doubt]:
    """Return a doubt where a network is in pieces."""
    return piece_doubts(network.component, network.tail, network.length)


def piece_doubts(
    component: NDArray[np.int32], tail: NDArray[np.int32], length: NDArray[np.float64]
) -> list[Doubt]:
    """Return a doubt where a network of these components, tails and lengths is in pieces."""
    sizes = np.bincount(component)
    if len(sizes) <= 1:
        return []
    off = component[tail] != 0
    values = {
        "count": len(sizes),
        "share": 100.0 * float(sizes[0]) / float(sizes.sum()),
        "metres": float(length[off].sum()),
    }
    return [Doubt(code="net.components", layer=LAYER, values=values)]
