"""Roads of OpenStreetMap become a network by the ids of their nodes, with nothing to be guessed from geometry.

Two ways meet where they share a node, whatever their levels: a bridge shares none with the street below it. So there
is no tolerance, and no answer that changes with what else was downloaded: a way reaches as far as its nodes are in
the file, and its speed is its own or that of its class.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gisplan.core.arrays import Packed
from gisplan.core.tables import Doubt
from gisplan.layers.extent import transformer
from gisplan.network.build import LAYER, Mode, read_rows
from gisplan.network.road_columns import RoadColumns, columns_of_roads, packed_roads, road_spec
from gisplan.network.road_rows import rows_of
from gisplan.network.store import lines_in, packed_doubts
from gisplan.network.street_arrays import Streets, joined, streets_in
from gisplan.network.street_edges import Corners, begins_of, network_arrays
from gisplan.sources.osm_rows import WGS84

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    import geopandas as gpd
    from numpy.typing import NDArray

    from gisplan.network.speeds import Speeds
    from gisplan.sources.osm_ways import Ways

LEAST = 2
"""Corners of a line."""


def topology(ways: Ways, *, crs: int, speeds: Speeds, mode: Mode = "car", ferry: bool = False) -> Streets:
    """Return the network of the ways of a file.

    Parameters
    ----------
    ways
        Ways with the ids of their nodes.
    crs
        A projected CRS [m], as an EPSG code.
    speeds
        Speeds by class; a way's own speed comes first.
    mode
        By car, or on foot.
    ferry
        Whether ferries with a time are part of the network.
    """
    return streets_in(packed_topology(ways, crs=crs, speeds=speeds, mode=mode, ferry=ferry), crs=crs)


def packed_topology(
    ways: Ways, *, crs: int, speeds: Speeds, mode: Mode = "car", ferry: bool = False
) -> Packed:
    """Return the network of the ways of a file as plain arrays, ready to be kept.

    Parameters
    ----------
    ways, crs, speeds, mode, ferry
        As for `topology`.
    """
    drawn = _drawn(ways, crs)
    roads = columns_of_roads(ways, drawn.way)
    rows = rows_of(roads, speeds=speeds, mode=mode)
    if rows is None:
        rows = read_rows(_table(roads, drawn, crs), speeds=speeds, mode=mode, ferry=ferry)
    network = network_arrays(drawn.corners.some(rows.passable[drawn.corners.row]), rows)
    doubts = packed_doubts([*rows.doubts, *network.doubts, *_doubts(ways, drawn)])
    return joined(
        Packed(arrays=network.arrays, about=doubts),
        packed_roads(roads),
        node=ways.node[network.spot],
        lines=drawn.lines,
    )


def _doubts(ways: Ways, drawn: _Drawn) -> Iterator[Doubt]:
    """Yield what is doubtful about the ways of a file."""
    if not len(ways.id):
        yield Doubt(code="osm.none", layer=LAYER, values={"tags": list(road_spec().source.osm)})
    if drawn.lost:
        yield Doubt(code="net.no_geometry", layer=LAYER, values={"count": drawn.lost})
    if drawn.missing.any():
        values = {"ways": int((drawn.missing > 0).sum()), "nodes": int(drawn.missing.sum())}
        yield Doubt(code="osm.missing_nodes", layer=LAYER, values=values)


def _table(roads: RoadColumns, drawn: _Drawn, crs: int) -> gpd.GeoDataFrame:
    """Return what a network is made of; only of ferries and of roads closed in winter does the line count."""
    counts = roads.says("ferry") | roads.says("winter_closed")
    lines = np.full(len(counts), None, dtype=object)
    part = counts[drawn.lines["line_of_part"]]
    held = {
        "line_xy": drawn.lines["line_xy"][np.repeat(part, drawn.lines["line_size"])],
        "line_size": drawn.lines["line_size"][part],
        "line_of_part": (np.cumsum(counts) - 1)[drawn.lines["line_of_part"][part]],
    }
    lines[counts] = lines_in(held)
    return roads.used(lines, crs)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """The ways that have a line [r], their corners, their lines as `packed_lines` gives them.

    `missing` is how many nodes each way of the file lacks [w], `lost` how many ways that are no areas have no line.
    """

    way: NDArray[np.int64]
    corners: Corners
    lines: dict[str, NDArray[Any]]
    missing: NDArray[np.int64]
    lost: int


def _drawn(ways: Ways, crs: int) -> _Drawn:
    """Return the lines of all ways that are no areas."""
    area = np.array([tags.get("area") == "yes" for tags in ways.tags], dtype=bool)[ways.kind]
    size = np.diff(ways.start)
    row, spot = np.repeat(np.arange(len(size)), size), ways.spot
    if area.any():
        drawn = ~area[row]
        row, spot = row[drawn], spot[drawn]
    x, y = transformer(WGS84, crs).transform(ways.lon, ways.lat)
    place = np.column_stack([x, y]).reshape(-1, 2)
    here = (np.isfinite(x) & np.isfinite(y))[spot]
    # A node that is not there ends a run; the same node twice in a row is one corner.
    fresh = np.ones(len(spot), dtype=bool)
    fresh[1:] = (row[1:] != row[:-1]) | ~here[:-1]
    again = np.zeros(len(spot), dtype=bool)
    again[1:] = ~fresh[1:] & (spot[1:] == spot[:-1])
    keep = here & ~again
    missing = np.bincount(row[~here], minlength=len(size))
    run, row, spot = np.cumsum(fresh)[keep], row[keep], spot[keep]
    long = np.bincount(run)[run] >= LEAST
    row, spot, begins = row[long], spot[long], begins_of(run[long])
    owner = row[begins]
    first = begins_of(owner)
    part = np.cumsum(first) - 1
    sizes = np.diff(np.append(np.flatnonzero(begins), len(spot)))
    return _Drawn(
        way=owner[first],
        corners=Corners(row=np.repeat(part, sizes), begins=begins, spot=spot, place=place),
        lines={"line_xy": place[spot], "line_size": sizes, "line_of_part": part},
        missing=missing,
        lost=int((~area).sum()) - int(first.sum()),
    )
