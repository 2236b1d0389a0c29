"""What is reached: the destinations of every layer on the network, and what each of them offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gisplan.access.by_transit import riding_of
from gisplan.access.nearest import Served, points_of, serve
from gisplan.access.transit import Riding
from gisplan.core.tables import Doubt
from gisplan.core.words import Atlas
from gisplan.network import Ways
from gisplan.network.link import usable

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """All destinations that stand on a road together: `layer` of each and its `row` among those of its layer [f].

    `riding` holds the timetables, None where the plan goes otherwise.
    """

    served: Served | None
    layer: NDArray[np.object_]
    row: NDArray[np.int64]
    doubts: tuple[Doubt, ...]
    riding: Riding | None = None


def destinations(atlas: Atlas, name: str) -> gpd.GeoDataFrame | None:
    """Return the usable places of a layer, None where the plan has none: of interchanges the open ones.

    Parameters
    ----------
    atlas
        Layers of the plan.
    name
        Name of the layer.
    """
    table = atlas.table(name)
    if table is not None and name == "interchange":
        table = usable(table)
    return None if table is None or table.empty else table


def read_targets(atlas: Atlas, ways: Ways | None) -> Targets:
    """Return the destinations of every layer on the network, in one search.

    Parameters
    ----------
    atlas
        Layers of the plan.
    ways
        The network of its mode, None where it has none.
    """
    doubts, points, layers, rows = [], [], [], []
    for name in atlas.plan.access.destinations:
        table = destinations(atlas, name)
        if table is None:
            doubts.append(Doubt(code="access.missing_to", layer=name))
            continue
        points.append(points_of(table.geometry.to_numpy()))
        layers.append(np.full(len(table), name, dtype=object))
        rows.append(np.arange(len(table)))
    layer = np.concatenate(layers) if layers else np.empty(0, dtype=object)
    row = np.concatenate(rows) if rows else np.empty(0, dtype=np.int64)
    if ways is None or not layers:
        return Targets(served=None, layer=layer[:0], row=row[:0], doubts=tuple(doubts))
    served = serve(ways, np.concatenate(points), by_ramp=layer == "interchange")
    doubts += _off_road(layer, served.found, ways.limit_m)
    riding, more = riding_of(atlas, ways, served)
    found = served.found
    told = (*doubts, *more)
    return Targets(served=served, layer=layer[found], row=row[found], doubts=told, riding=riding)


def _off_road(layer: NDArray[np.object_], found: NDArray[np.bool_], limit_m: float) -> list[Doubt]:
    doubts = []
    for name in dict.fromkeys(layer):
        here = layer == name
        off = int((here & ~found).sum())
        if off:
            # Interchanges come from a file of the whole country: the far ones are no doubt about the data.
            code = "access.none_on_road" if off == here.sum() else "access.destination_off_road"
            if code == "access.destination_off_road" and name == "interchange":
                continue
            values = {"count": off, "limit": f"{limit_m:g}"}
            doubts.append(Doubt(code=code, layer=str(name), values=values))
    return doubts


def supply_of(atlas: Atlas, targets: Targets, *, to: str, column: str) -> NDArray[np.float64]:
    """Return what each destination of a layer that stands on a road offers [d]: one each, or a column, NaN unknown.

    Parameters
    ----------
    atlas
        Layers of the plan.
    targets
        All destinations.
    to
        Name of the layer.
    column
        Its column of numbers, "" for one each.
    """
    rows = targets.row[targets.layer == to]
    table = destinations(atlas, to)
    if not column:
        return np.ones(len(rows))
    if table is None or column not in table:
        return np.full(len(rows), np.nan)
    return np.asarray(table[column].to_numpy("float64", na_value=np.nan)[rows])
