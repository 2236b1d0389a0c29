"""The network of ways drawn by shapely and tabled by pandas, row by row: what `topology` is held against."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core.tables import Doubt
from gisplan.layers.codes import plain
from gisplan.layers.extent import transformer
from gisplan.network.build import (
    LAYER,
    Edges,
    Mode,
    Rows,
    component_doubts,
    empty,
    network_of,
    read_rows,
)
from gisplan.network.road_columns import as_layer, road_spec
from gisplan.network.street_arrays import Streets
from gisplan.sources.osm_rows import WGS84
from gisplan.sources.osm_tags import NAMES, columns_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.core.words import Network
    from gisplan.network.speeds import Speeds
    from gisplan.sources.osm_ways import Ways

MEETING = 2
"""Ways, or ends of one, that make a node of the network of a node of OpenStreetMap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Corners:
    """The corners of the roads in order: row and run of each [v], its node among those of the ways, its place [v; m].

    A run is a stretch of a way whose nodes are all in the file.
    """

    row: NDArray[np.int64]
    run: NDArray[np.int64]
    spot: NDArray[np.int64]
    xy: NDArray[np.float64]

    def some(self, which: NDArray[np.bool_]) -> _Corners:
        """Return some of the corners."""
        return _Corners(row=self.row[which], run=self.run[which], spot=self.spot[which], xy=self.xy[which])


def drawn_topology(
    ways: Ways, *, crs: int, speeds: Speeds, mode: Mode = "car", ferry: bool = False
) -> Streets:
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
    corners, missing, lost = _corners(ways, crs)
    with_line, corners = _with_lines(corners)
    roads = road_table(ways, with_line, lines=_lines(corners, len(with_line)), crs=crs)
    rows = read_rows(roads, speeds=speeds, mode=mode, ferry=ferry)
    corners = corners.some(rows.passable[corners.row])
    network, spot = _network(corners, rows)
    doubts = [*rows.doubts, *component_doubts(network)]
    if not len(ways.id):
        doubts.append(Doubt(code="osm.none", layer=LAYER, values={"tags": list(road_spec().source.osm)}))
    lost -= len(with_line)
    if lost:
        doubts.append(Doubt(code="net.no_geometry", layer=LAYER, values={"count": lost}))
    if missing.any():
        values = {"ways": int((missing > 0).sum()), "nodes": int(missing.sum())}
        doubts.append(Doubt(code="osm.missing_nodes", layer=LAYER, values=values))
    return Streets(network=network, node=ways.node[spot], roads=roads, doubts=tuple(doubts))


def _corners(ways: Ways, crs: int) -> tuple[_Corners, NDArray[np.int64], int]:
    """Return the corners of all ways that are no areas, how many nodes each lacks [w], and the number of these ways."""
    area = np.array([tags.get("area") == "yes" for tags in ways.tags], dtype=bool)[ways.kind]
    size = np.diff(ways.start)
    row = np.repeat(np.arange(len(size)), size)
    drawn = ~area[row]
    row, spot = row[drawn], ways.spot[drawn]
    x, y = transformer(WGS84, crs).transform(ways.lon, ways.lat)
    place = np.column_stack([x, y])
    known = np.isfinite(place).all(axis=1)
    here = known[spot]
    # A node that is not there ends a run; the same node twice in a row is one corner.
    fresh = np.ones(len(spot), dtype=bool)
    fresh[1:] = (row[1:] != row[:-1]) | ~here[:-1]
    run = np.cumsum(fresh)
    again = np.zeros(len(spot), dtype=bool)
    again[1:] = ~fresh[1:] & (spot[1:] == spot[:-1])
    keep = here & ~again
    missing = np.bincount(row[~here], minlength=len(size))
    return (
        _Corners(row=row[keep], run=run[keep], spot=spot[keep], xy=place[spot[keep]]),
        missing,
        int((~area).sum()),
    )


def _with_lines(corners: _Corners) -> tuple[NDArray[np.int64], _Corners]:
    """Return the ways that have a line, and the corners of their lines, with rows among these ways."""
    long = np.bincount(corners.run)[corners.run] >= MEETING
    held = corners.some(long)
    rows, row = np.unique(held.row, return_inverse=True)
    return rows, _Corners(row=row.ravel(), run=held.run, spot=held.spot, xy=held.xy)


def _lines(corners: _Corners, count: int) -> NDArray[np.object_]:
    """Return the line of each row, of several parts where it is broken [r]."""
    runs, run = np.unique(corners.run, return_inverse=True)
    parts = np.asarray(shapely.linestrings(corners.xy, indices=run.ravel()), dtype=object)
    row = np.zeros(len(runs), dtype=np.int64)
    row[run.ravel()] = corners.row
    if len(runs) == count:
        return parts
    lines = np.empty(count, dtype=object)
    single = np.bincount(row, minlength=count) == 1
    lines[row[single[row]]] = parts[single[row]]
    several = np.flatnonzero(~single)
    for place in several.tolist():
        lines[place] = shapely.multilinestrings(parts[row == place])
    return lines


def road_table(
    ways: Ways, which: NDArray[np.int64], *, lines: NDArray[np.object_], crs: int
) -> gpd.GeoDataFrame:
    """Return the road table of some ways, as the layer `road` would hold it.

    Parameters
    ----------
    ways
        Ways.
    which
        Which of them [r].
    lines
        Their lines [r; m].
    crs
        The CRS of the lines, as an EPSG code.
    """
    # Ways with the same tags have the same row, but for names, of which few tell anything of a road.
    code, different = pd.factorize(_names(ways, which))
    telling = np.array([_tells(name) for name in different], dtype=bool)[code]
    alike = ways.kind[which] * (len(different) + 1) + np.where(telling, code + 1, 0)
    _, first, row = np.unique(alike, return_index=True, return_inverse=True)
    names = np.where(telling, different[code], "")[first] if len(different) else different
    table = as_layer(_told(ways, which[first], names)).take(row.ravel()).reset_index(drop=True)
    table["name"] = different[code] if len(different) else different
    table["id"] = [f"way/{number}" for number in ways.id[which].tolist()]
    return gpd.GeoDataFrame(table, geometry=lines, crs=crs)


def _names(ways: Ways, which: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return the names of some ways, "" where one has none."""
    texts = [ways.names[key][which] for key in NAMES if key in ways.names]
    found = np.empty(len(which), dtype=object)
    found[:] = [next(filter(None, row), "") for row in zip(*texts, strict=True)] if texts else ""
    return found


def _tells(name: str) -> bool:
    """Return whether a name tells the class of a road, as 国道1号 does."""
    patterns = _name_patterns()
    return bool(name) and patterns.search(plain(name)) is not None


@lru_cache(maxsize=1)
def _name_patterns() -> re.Pattern[str]:
    rows = (row.match for field in road_spec().fields.values() for row in field.patterns)
    return re.compile("|".join(f"(?:{match})" for match in rows) or r"(?!)")


def _told(ways: Ways, which: NDArray[np.int64], names: NDArray[np.object_]) -> pd.DataFrame:
    """Return the tags of some ways as columns, with the names that count."""
    kinds, row = np.unique(ways.kind[which], return_inverse=True)
    told = columns_of([ways.tags[kind] for kind in kinds.tolist()], lines=True).table
    return told.take(row.ravel()).reset_index(drop=True).assign(name=names)


def _network(corners: _Corners, rows: Rows) -> tuple[Network, NDArray[np.int64]]:
    """Return the network of some corners, and for each of its nodes its place among the nodes of the ways."""
    if not len(corners.spot):
        return empty(), np.empty(0, dtype=np.int64)
    first = np.ones(len(corners.run), dtype=bool)
    first[1:] = corners.run[1:] != corners.run[:-1]
    last = np.append(first[1:], True)
    cut = first | last | (np.bincount(corners.spot)[corners.spot] >= MEETING)
    # A corner where an edge ends and the next begins belongs to both.
    twice = np.repeat(np.arange(len(cut)), 1 + (cut & ~first & ~last))
    begins = np.zeros(len(twice), dtype=bool)
    begins[0] = True
    begins[1:] = (twice[1:] == twice[:-1]) | first[twice[1:]]
    edge = np.cumsum(begins) - 1
    starts = np.flatnonzero(begins)
    ends = np.append(starts[1:], len(twice)) - 1
    nodes, end = np.unique(corners.spot[twice[np.concatenate([starts, ends])]], return_inverse=True)
    xy = np.empty((len(nodes), 2))
    xy[np.searchsorted(nodes, corners.spot[cut])] = corners.xy[cut]
    tail, head = np.split(end.ravel(), 2)
    geometry = np.asarray(shapely.linestrings(corners.xy[twice], indices=edge), dtype=object)
    edges = Edges(geometry=geometry, row=corners.row[twice[starts]], tail=tail, head=head)
    network = network_of(edges, xy, rows)
    return network, nodes[np.lexsort((xy[:, 1], xy[:, 0]))]
