"""Networks to and from the graphs of osmnx, which are those of networkx with a few promises about their attributes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core.errors import InputError, Problem
from gisplan.layers.extent import project, transformer
from gisplan.network.build import Edges, component_doubts, network_of, read_rows
from gisplan.network.road_columns import as_layer
from gisplan.network.street_arrays import Streets
from gisplan.sources.osm import edge_tags
from gisplan.sources.osm_rows import WGS84
from gisplan.sources.osm_tags import columns_of
from gisplan.sources.vector import epsg_of

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray

    from gisplan.core.words import Network
    from gisplan.network.speeds import Speeds

SECONDS = 60.0
WAY = "way/"


def to_osmnx(
    network: Network, roads: pd.DataFrame, *, crs: int, node: NDArray[np.int64] | None = None
) -> nx.MultiDiGraph[int]:
    """Return a network as a graph that osmnx takes for one of its own: an arc for each direction that is open.

    Nodes have `x`, `y`, `lon`, `lat` and `street_count`; arcs have `osmid`, `road_id`, `name`, `highway`, `road_class`,
    `oneway`, `reversed`, `length` [m], `travel_time` [s] and `geometry`.

    Parameters
    ----------
    network
        The network.
    roads
        The road table it was made from.
    crs
        Their CRS, as an EPSG code.
    node
        Ids of the nodes; their places in the network where left out.
    """
    import networkx as nx

    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs=f"epsg:{crs}", created_with="gisplan", simplified=True)
    names = np.arange(len(network.x)) if node is None else node
    lon, lat = transformer(crs, WGS84).transform(network.x, network.y)
    streets = np.bincount(np.concatenate([network.tail, network.head]), minlength=len(names))
    columns = {"x": network.x, "y": network.y, "lon": lon, "lat": lat, "street_count": streets}
    rows = zip(*(np.asarray(values).tolist() for values in columns.values()), strict=True)
    graph.add_nodes_from(
        (name, dict(zip(columns, row, strict=True))) for name, row in zip(names.tolist(), rows, strict=True)
    )
    told = _told(network, roads)
    open_to = np.isfinite(network.forward), np.isfinite(network.backward)
    for turned, minutes in enumerate((network.forward, network.backward)):
        start, end = (network.head, network.tail) if turned else (network.tail, network.head)
        lines = shapely.reverse(network.geometry) if turned else network.geometry
        for edge in np.flatnonzero(open_to[turned]).tolist():
            graph.add_edge(
                int(names[start[edge]]),
                int(names[end[edge]]),
                **told[network.road[edge]],
                road_class=network.classes[network.road_class[edge]],
                oneway=not open_to[1 - turned][edge],
                reversed=bool(turned),
                length=float(network.length[edge]),
                travel_time=float(minutes[edge]) * SECONDS,
                geometry=lines[edge],
            )
    return graph


def _told(network: Network, roads: pd.DataFrame) -> dict[int, dict[str, Any]]:
    """Return what is told of each road that an edge was cut from."""
    used = np.unique(network.road)
    rows = roads.iloc[used]
    ids = [str(value) for value in rows["id"]]
    highway = rows["highway"] if "highway" in rows else rows["road_class"]
    kinds = [str(kind) if isinstance(kind, str) and kind else "road" for kind in highway]
    names = [name if isinstance(name, str) else "" for name in rows["name"]]
    return {
        int(row): {"osmid": _numbers(text, int(row)), "road_id": text, "highway": kind}
        | ({"name": name} if name else {})
        for row, text, kind, name in zip(used, ids, kinds, names, strict=True)
    }


def _numbers(text: str, row: int) -> int | list[int]:
    """Return the number of a way, or the numbers of several; of a road that is none of OpenStreetMap's its row."""
    parts = text.removeprefix(WAY).partition("#")[0].split(";")
    if not text.startswith(WAY) or not all(part.isdecimal() for part in parts):
        return row
    return int(parts[0]) if len(parts) == 1 else [int(part) for part in parts]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arcs:
    """The arcs of a graph as edges [m], each with both directions that are open.

    `ends` are places among the nodes [m, 2]; `minutes` are those along and against the line, infinite where closed and
    NaN where the graph tells no time [m, 2].
    """

    data: list[dict[str, Any]]
    ends: NDArray[np.int64]
    lines: NDArray[np.object_]
    length: NDArray[np.float64]
    minutes: NDArray[np.float64]


def from_osmnx(graph: nx.MultiDiGraph[Any], *, crs: int, speeds: Speeds) -> Streets:
    """Return the network of a graph of osmnx, an edge for each street with the directions that are open.

    Parameters
    ----------
    graph
        A graph with `x` and `y` at its nodes and its own `crs`; `length` [m], `travel_time` [s] and `geometry` of its
        arcs count where they are there.
    crs
        A projected CRS [m] for the network, as an EPSG code.
    speeds
        Speeds by class, for arcs without `travel_time`.

    Raises
    ------
    InputError
        If the graph tells no CRS, or a node has no place.
    """
    names = list(graph)
    xy = _places(graph, names, crs)
    arcs = _arcs(graph, names, xy, crs)
    table = as_layer(columns_of([edge_tags(row) for row in arcs.data], lines=True).table)
    table["id"] = _ids(arcs.data)
    closed = ~np.isfinite(arcs.minutes) & ~np.isnan(arcs.minutes)
    table["oneway"] = pd.array(np.where(closed[:, 0], -1, np.where(closed[:, 1], 1, 0)), dtype="Int64")
    roads = gpd.GeoDataFrame(table, geometry=arcs.lines, crs=crs)
    rows = read_rows(roads, speeds=speeds)
    edges = Edges(
        geometry=arcs.lines, row=np.arange(len(arcs.lines)), tail=arcs.ends[:, 0], head=arcs.ends[:, 1]
    )
    network = _with_times(network_of(edges, xy, rows), arcs)
    used = np.unique(arcs.ends)
    used = used[np.lexsort((xy[used, 1], xy[used, 0]))]
    return Streets(
        network=network,
        node=np.array(
            [names[place] if isinstance(names[place], int) else place for place in used], dtype=np.int64
        ),
        roads=roads,
        doubts=tuple(component_doubts(network)),
    )


def _places(graph: nx.MultiDiGraph[Any], names: list[Any], crs: int) -> NDArray[np.float64]:
    """Return the places of the nodes in the CRS of the network [n, 2; m]."""
    try:
        xy = np.array([[float(graph.nodes[name][axis]) for axis in ("x", "y")] for name in names])
    except (KeyError, TypeError, ValueError):
        raise InputError(Problem(code="net.graph_places", place="graph")) from None
    nodes = np.asarray(shapely.points(xy.reshape(-1, 2)), dtype=object)
    points = project(nodes, source=_crs_of(graph), target=crs)
    places = shapely.get_coordinates(points)
    if not np.isfinite(places).all():
        raise InputError(Problem(code="net.graph_places", place="graph"))
    return places


def _crs_of(graph: nx.MultiDiGraph[Any]) -> int:
    """Return the CRS of a graph as an EPSG code."""
    found, _ = epsg_of(str(graph.graph.get("crs", "")))
    if found is None:
        raise InputError(Problem(code="net.graph_crs", place="graph"))
    return found


def _arcs(graph: nx.MultiDiGraph[Any], names: list[Any], xy: NDArray[np.float64], crs: int) -> _Arcs:
    """Return the arcs of a graph, both directions of a street as one."""
    place = {name: number for number, name in enumerate(names)}
    rows = [(place[one], place[two], data) for one, two, data in graph.edges(data=True)]
    ends = np.array([[one, two] for one, two, _ in rows], dtype=np.int64).reshape(-1, 2)
    lines = np.empty(len(rows), dtype=object)
    lines[:] = [data.get("geometry") for _, _, data in rows]
    drawn = np.array([line is not None for line in lines], dtype=bool)
    lines[drawn] = project(lines[drawn], source=_crs_of(graph), target=crs)
    lines[~drawn] = shapely.linestrings(xy[ends[~drawn]])
    along, against = shapely.to_wkb(lines), shapely.to_wkb(shapely.reverse(lines))
    first: dict[tuple[Any, ...], int] = {}
    kept: list[int] = []
    minutes: list[list[float]] = []
    for number, (one, two, data) in enumerate(rows):
        way, time = str(data.get("osmid", "")), float(data.get("travel_time", np.nan)) / SECONDS
        other = first.pop((two, one, way, against[number]), None)
        if other is not None:
            minutes[other][1] = time
        else:
            first[one, two, way, along[number]] = len(kept)
            kept.append(number)
            minutes.append([time, np.inf])
    length = shapely.length(lines[kept])
    told = np.array([float(rows[number][2].get("length", np.nan)) for number in kept])
    return _Arcs(
        data=[rows[number][2] for number in kept],
        ends=ends[kept],
        lines=lines[kept],
        length=np.where(np.isnan(told), length, told),
        minutes=np.array(minutes).reshape(-1, 2),
    )


def _ids(rows: list[dict[str, Any]]) -> list[str]:
    """Return an id for each edge: its way, or its ways, and a number where one way has several edges."""
    count: Counter[str] = Counter()
    ids = []
    for position, row in enumerate(rows):
        ways = row.get("osmid", f"edge {position}")
        name = ";".join(sorted({str(part) for part in (ways if isinstance(ways, list) else [ways])}))
        count[name] += 1
        ids.append(f"{WAY}{name}" if count[name] == 1 else f"{WAY}{name}#{count[name]}")
    return ids


def _with_times(network: Network, arcs: _Arcs) -> Network:
    """Return the network with the lengths and times of the graph, where it tells any."""
    road = network.road
    turned = ~shapely.equals_exact(network.geometry, arcs.lines[road], tolerance=0.0)
    length = arcs.length[road]
    share = np.where(network.length > 0, length / network.length, 1.0)
    minutes = np.where(turned[:, None], arcs.minutes[road][:, ::-1], arcs.minutes[road])
    own = np.column_stack([network.forward * share, network.backward * share])
    minutes = np.where(np.isnan(minutes), own, minutes)
    return replace(network, length=length, forward=minutes[:, 0], backward=minutes[:, 1])
