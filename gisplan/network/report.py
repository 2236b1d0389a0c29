"""What a network is made of and what is wrong with it: the table `network` and its findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gisplan.core.tables import Doubt, contract, hold
from gisplan.core.words import Atlas, Network, Text
from gisplan.network.backwards import backwards, strong
from gisplan.network.link import usable
from gisplan.network.passage import Mode, says
from gisplan.network.ramps import WAYS, gates, ramps_of
from gisplan.network.rows import LAYER, Rows
from gisplan.network.snap import snap
from gisplan.network.speeds import CLASSES

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

PIECES = 5
"""How many of the networks beside the largest are told with their place."""

QUANTILES: Mapping[str, float] = {"snap_median": 0.5, "snap_p90": 0.9, "snap_p99": 0.99, "snap_max": 1.0}
FAR_M = 100_000.0
"""Beyond this a nearest road is of no use to anybody [m]."""

OWN_JOINTS_M = 2_000.0
"""Interchanges come from a file of the whole country; those farther than this from every road are of no matter [m]."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Rows of the table `network`, and the doubts."""

    table: pd.DataFrame
    doubts: tuple[Doubt, ...]


def report(
    atlas: Atlas,
    *,
    mode: Mode,
    network: Network,
    rows: Rows,
    roads: gpd.GeoDataFrame,
    allowed: NDArray[np.bool_],
    layers: Iterable[str],
) -> Report:
    """Return the report of one network.

    Parameters
    ----------
    atlas
        Layers of the plan, for the points that stand on the network and for names of places.
    mode
        The mode of the network.
    network, rows, roads
        The network, the cleaned rows of its road table, and that table.
    allowed
        The edges a building may stand on [m].
    layers
        The layers whose points are put on the network.
    """
    where = _places(atlas)
    lines: list[Row] = [*_sizes(network), *_by_class(network), *_by_law(network, roads)]
    lines += _pieces(network, where)
    lines += _ways(network)
    stand = _Stand(network=network, allowed=allowed, rows=rows)
    snaps = [_snapped(atlas, name, stand) for name in dict.fromkeys(layers)]
    lines += [line for told in snaps for line in told.lines]
    doubts = [doubt for told in snaps for doubt in told.doubts]
    if mode == "car":
        doubts += _backward_doubts(network, rows, roads, where)
    table = pd.DataFrame(lines).assign(mode=mode)
    return Report(table=hold(table, "network"), doubts=tuple(doubts))


def no_report() -> pd.DataFrame:
    """Return the table `network` of a plan without roads."""
    return hold(pd.DataFrame(columns=list(contract("network").names)), "network")


def _line(measure: str, value: float, unit: str, *, subject: str = "", where: Text | None = None) -> Row:
    place = where or Text(ja="", en="")
    return {
        "measure": measure,
        "subject": subject,
        "value": float(value),
        "unit": unit,
        "place_ja": place.ja,
        "place_en": place.en,
    }


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")


def _sizes(network: Network) -> list[Row]:
    return [
        _line("nodes", len(network.x), "count"),
        _line("edges", len(network.tail), "count"),
        _line("length", network.length.sum(), "m"),
    ]


def _by_class(network: Network) -> list[Row]:
    metres = np.bincount(network.road_class, weights=network.length, minlength=len(CLASSES))
    return [_line("length_by_class", metres[code], "m", subject=name) for code, name in enumerate(CLASSES)]


def _by_law(network: Network, roads: gpd.GeoDataFrame) -> list[Row]:
    """Return metres by basis of the class, by manager (`unknown` where nothing is told), and of tolls and winter."""
    lines = []
    for column, measure in (("class_from", "length_by_basis"), ("manager", "length_by_manager")):
        if column not in roads:
            continue
        told = roads[column].fillna("").replace("", "unknown").to_numpy(object)[network.road]
        metres = pd.Series(network.length).groupby(told).sum()
        lines += [_line(measure, value, "m", subject=str(name)) for name, value in metres.items()]
    for column, measure in (("toll", "length_toll"), ("winter_closed", "length_winter_closed")):
        if column in roads and bool(roads[column].notna().any()):
            lines.append(_line(measure, network.length[says(roads, column)[network.road]].sum(), "m"))
    return lines


def _pieces(network: Network, where: Callable[[float, float], Text]) -> list[Row]:
    """Return how many separate networks there are, the share of the largest, and where the next ones lie."""
    nodes = np.bincount(network.component)
    metres = np.bincount(network.component[network.tail], weights=network.length, minlength=len(nodes))
    lines = [
        _line("components", len(nodes), "count"),
        _line("largest_nodes", _share(float(nodes[0]), float(nodes.sum())), "0–1"),
        _line("largest_length", _share(float(metres[0]), float(metres.sum())), "0–1"),
    ]
    order = 1 + np.argsort(-metres[1:], kind="stable")
    for rank, piece in enumerate(order[:PIECES], start=2):
        here = np.flatnonzero(network.component == piece)
        x, y = float(np.median(network.x[here])), float(np.median(network.y[here]))
        lines.append(_line("component_length", metres[piece], "m", subject=str(rank), where=where(x, y)))
    return lines


def _ways(network: Network) -> list[Row]:
    """Return dead ends, one-way roads, and what cannot be reached from or cannot reach the largest part."""
    degree = np.bincount(np.concatenate([network.tail, network.head]), minlength=len(network.x))
    oneway = np.isfinite(network.forward) != np.isfinite(network.backward)
    _, reached, reaching = strong(network)
    return [
        _line("dead_ends", int((degree == 1).sum()), "count"),
        _line("oneway", _share(float(network.length[oneway].sum()), float(network.length.sum())), "0–1"),
        _line("not_reached", _share(float((~reached).sum()), len(network.x)), "0–1"),
        _line("not_reaching", _share(float((~reaching).sum()), len(network.x)), "0–1"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Snapped:
    lines: tuple[Row, ...]
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stand:
    """A network, the edges a building may stand on [m], and the rows that tell its ramps."""

    network: Network
    allowed: NDArray[np.bool_]
    rows: Rows

    def distance(self, points: NDArray[np.object_]) -> NDArray[np.float64]:
        """Return how far places lie from the road they stand on [k; m], NaN where none is near."""
        return snap(self.network, points, limit_m=FAR_M, allowed=self.allowed).distance

    def joint_distance(self, points: NDArray[np.object_], *, limit: float) -> NDArray[np.float64]:
        """Return how far interchanges lie from the ramp that serves them, as their links do [k; m].

        Of two ramps, one for each direction, the farther; beyond the limit the nearest ramp or road there is.
        """
        ramps = ramps_of(self.network, self.rows)
        found = [gates(self.network, points, ramps=ramps, limit_m=one).snaps for one in (limit, OWN_JOINTS_M)]
        near, far = (np.fmax(*(snaps[way].distance for way in WAYS)) for snaps in found)
        return np.where(np.isfinite(near), near, far)


def _snapped(atlas: Atlas, layer: str, stand: _Stand) -> _Snapped:
    """Return how far the places of a layer lie from a road, and a doubt where that is over the limit."""
    table = atlas.table(layer)
    joints = layer == "interchange"
    if table is not None and joints:
        table = usable(table)
    if table is None or table.empty:
        return _Snapped(lines=())
    points = shapely.point_on_surface(table.geometry.to_numpy())
    limit = atlas.plan.access.snap_m
    distance = stand.joint_distance(points, limit=limit) if joints else stand.distance(points)
    if joints:
        points, distance = points[np.isfinite(distance)], distance[np.isfinite(distance)]
    if not len(distance):
        return _Snapped(lines=())
    near = distance <= limit
    lines = [_line("snap_count", len(points), "count", subject=layer)]
    lines += [
        _line(
            name,
            np.nanquantile(distance, share) if np.isfinite(distance).any() else np.nan,
            "m",
            subject=layer,
        )
        for name, share in QUANTILES.items()
    ]
    lines.append(_line("snap_over_limit", int((~near).sum()), "count", subject=layer))
    far = np.flatnonzero(~near)
    if layer == "hub":
        return _Snapped(lines=tuple(lines), doubts=tuple(_hub_doubts(table, far, distance, limit)))
    return _Snapped(lines=tuple(lines))


def _hub_doubts(
    hubs: gpd.GeoDataFrame, far: NDArray[np.int64], distance: NDArray[np.float64], limit: float
) -> Iterable[Doubt]:
    """Yield a doubt for each hub without a road near it, with the distance to the nearest."""
    for at in far:
        name = str(hubs["name"].iloc[at] or hubs["id"].iloc[at])
        known = np.isfinite(distance[at])
        code = "net.hub_distance" if known else "net.hub_no_road"
        values = {"metres": f"{distance[at]:,.0f}", "limit": f"{limit:g}", "kilometres": f"{FAR_M / 1000:g}"}
        yield Doubt(code=code, layer="hub", subject=name, values=values)


def _backward_doubts(
    network: Network, rows: Rows, roads: gpd.GeoDataFrame, where: Callable[[float, float], Text]
) -> Iterable[Doubt]:
    """Yield a doubt for each road that seems to be drawn backwards, with its place."""
    edges = backwards(network, ramp=rows.ramp[network.road], mainline=rows.mainline[network.road])
    told = pd.Series(edges).groupby(network.road[edges]).agg(list)
    ids, names = (
        roads["id"].astype(str).to_numpy(object),
        roads["name"].fillna("").astype(str).to_numpy(object),
    )
    for row, own in told.items():
        longest = own[int(np.argmax(network.length[own]))]
        middle = shapely.line_interpolate_point(network.geometry[longest], 0.5, normalized=True)
        road = int(str(row))
        values = {
            "name": names[road] or ids[road],
            "place": where(float(middle.x), float(middle.y)),
            "metres": float(network.length[own].sum()),
            "kind": _KIND["ramp" if rows.ramp[road] else "road"],
        }
        yield Doubt(code="net.oneway_backwards", layer=LAYER, subject=ids[road], values=values)


_KIND: Mapping[str, Text] = {
    "ramp": Text(ja="ランプ", en="ramp"),
    "road": Text(ja="一方通行の道路", en="one-way road"),
}


def _places(atlas: Atlas) -> Callable[[float, float], Text]:
    """Return what names a place: the neighbourhood or municipality around it, and its latitude and longitude."""
    from pyproj import Transformer

    degrees = Transformer.from_crs(atlas.plan.crs, 6668, always_xy=True)
    areas = [table for name in ("neighbourhood", "municipality") if (table := atlas.table(name)) is not None]

    def where(x: float, y: float) -> Text:
        longitude, latitude = degrees.transform(x, y)
        at = f"{latitude:.5f}, {longitude:.5f}"
        for table in areas:
            around = table[shapely.intersects(table.geometry.to_numpy(), shapely.Point(x, y))]
            name = next((str(one) for one in around["name"].fillna("") if one), "")
            if name:
                return Text(ja=f"{name}（{at}）", en=f"{name} ({at})")
        return Text(ja=at, en=at)

    return where
