"""What each criterion measures of each cell: amounts, minutes, slope, shares of areas, distances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from gisplan.access.nearest import points_of, serve, soonest_by
from gisplan.access.origins import PEOPLE, read_origins
from gisplan.access.places import PEOPLE_LAYERS
from gisplan.access.targets import destinations
from gisplan.core.suitability import Criterion
from gisplan.core.words import Atlas
from gisplan.overlay.cells import Cells, density, nearest_m, worth
from gisplan.overlay.zonal import Lattice, mean_slopes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.network import Ways


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The cells of a plan and what is needed to measure them; `minutes` are those to the nearest of a layer [k]."""

    atlas: Atlas
    cells: Cells
    minutes: Mapping[str, NDArray[np.float64]]


def minutes_to(
    atlas: Atlas, ways: Ways | None, cells: Cells, layers: Iterable[str]
) -> dict[str, NDArray[np.float64]]:
    """Return the minutes from the middle of each cell to the nearest place of each layer that the plan has [k].

    They are infinite where none is reached and NaN on cells farther from every road than the plan's limit.

    Parameters
    ----------
    atlas
        Layers of the plan.
    ways
        The network, None where the plan has no roads: then no minutes are known.
    cells
        The cells.
    layers
        Names of layers of places.
    """
    tables = {
        name: table for name in dict.fromkeys(layers) if (table := destinations(atlas, name)) is not None
    }
    if ways is None or not tables:
        return {}
    layer = np.repeat(np.array(list(tables), dtype=object), [len(table) for table in tables.values()])
    points = np.concatenate([points_of(table.geometry.to_numpy()) for table in tables.values()])
    served = serve(ways, points, by_ramp=layer == "interchange")
    groups = {name: own for name in tables if (own := layer[served.found] == name).any()}
    return soonest_by(ways, served, cells.points, groups)


def values_of(criterion: Criterion, ground: Ground) -> NDArray[np.float64] | None:
    """Return what a criterion measures of each cell, NaN where it is not known; None where nothing is [k].

    Parameters
    ----------
    criterion
        The criterion; its layer may be missing.
    ground
        The cells.
    """
    if criterion.kind == "minutes":
        return ground.minutes.get(criterion.of)
    if criterion.kind == "slope":
        return _slope(criterion, ground)
    table = ground.atlas.table(criterion.of)
    if criterion.kind == "density":
        return _density(criterion, ground, table)
    if table is None:
        return None
    if criterion.kind == "distance":
        return nearest_m(ground.cells, table.geometry.to_numpy())
    return worth(ground.cells, table.geometry.to_numpy(), _worth_of(criterion, table))


def _slope(criterion: Criterion, ground: Ground) -> NDArray[np.float64] | None:
    layer = ground.atlas.layers.get(criterion.of)
    if layer is None or layer.raster is None:
        return None
    cells = ground.cells
    rows, columns = cells.inside.shape
    lattice = Lattice(west=cells.west, north=cells.north, side=cells.side, rows=rows, columns=columns)
    found = mean_slopes(layer.raster, lattice, crs=f"EPSG:{ground.atlas.plan.crs}")[cells.inside]
    return None if np.isnan(found).all() else found


def _density(
    criterion: Criterion, ground: Ground, table: gpd.GeoDataFrame | None
) -> NDArray[np.float64] | None:
    origins = read_origins(ground.atlas, criterion.of)
    if origins is None:
        return None
    spread = table is not None and criterion.of in PEOPLE_LAYERS
    shapes = table.geometry.to_numpy() if spread and table is not None else origins.points
    weight = origins.weight
    if criterion.amount and criterion.amount != PEOPLE:
        weight = _column(table, criterion.amount, len(weight))
    if np.isnan(weight).all():
        return None
    return density(ground.cells, gpd.GeoSeries(shapes), weight, radius_m=criterion.radius_m)


def _column(table: gpd.GeoDataFrame | None, name: str, count: int) -> NDArray[np.float64]:
    if table is None or name not in table or not pd.api.types.is_numeric_dtype(table[name]):
        return np.full(count, np.nan)
    return np.asarray(table[name].to_numpy("float64", na_value=np.nan))


def _worth_of(criterion: Criterion, table: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return what the ground of each area counts for: one, or what the plan says of its value."""
    if not criterion.by:
        return np.ones(len(table))
    told = table[criterion.by] if criterion.by in table else pd.Series("", index=table.index)
    return np.asarray(told.map(dict(criterion.values)).fillna(0.0).to_numpy("float64"))
