"""The isochrones of a plan: for each layer that it names, each place and all together, with who is within."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gisplan.access.areas import Areas, areas, side_of
from gisplan.access.inside import Inside, inside
from gisplan.access.places import CELLS, HOUSES, may_be_reached, unfit
from gisplan.access.reach import Direction, Standing, stand
from gisplan.core.errors import ConfigurationError
from gisplan.core.tables import Doubt, findings
from gisplan.core.words import Atlas
from gisplan.network import Connected, Ways
from gisplan.network.link import usable
from gisplan.network.places import labels
from gisplan.overlay.listings import listed_once

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

COUNTED_LAYERS = (CELLS, HOUSES)
"""Layers of which a plan that sets out from them is told how many are within."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Isochrone:
    """The isochrones of one layer of places: those that stand on a road, by their `id` and `label` [f].

    `minutes` are the times in rising order [t]; `areas` are drawings on squares of `side_m`; the numbers are `inside`.
    `scenario` is the name of the scenario they are drawn for, "" for today.
    """

    layer: str
    direction: Direction
    mode: str
    minutes: tuple[float, ...]
    side_m: float
    id: NDArray[np.object_]
    label: NDArray[np.object_]
    areas: Areas
    inside: tuple[Inside, ...]
    scenario: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Isochrones:
    """The isochrones of a plan, one a layer, and what is to be said of them."""

    layers: tuple[Isochrone, ...]
    findings: pd.DataFrame


def isochrones(atlas: Atlas, network: Connected) -> Isochrones:
    """Return the isochrones that `[access] isochrones` names, at the times of `[access] minutes`.

    A layer that is missing, or none of whose places stands on a road, has none, and a finding says so.

    Parameters
    ----------
    atlas
        Layers of the plan.
    network
        The plan's connected network; without roads there is none.

    Raises
    ------
    ConfigurationError
        If a layer is named that is no layer of places.
    """
    options, ways = atlas.plan.access, network.ways
    problems = unfit(atlas, "access.isochrones", options.isochrones, may_be_reached)
    if problems:
        raise ConfigurationError(problems)
    found, doubts = [], []
    for name in options.isochrones:
        table = atlas.table(name)
        if table is not None and name == "interchange":
            table = usable(table)
        drawn = None if table is None or table.empty or ways is None else _drawn(atlas, name, table, ways)
        if drawn is not None:
            found.append(drawn)
        elif name not in options.destinations:  # else the minutes to it are told to be missing
            doubts.append(Doubt(code="access.no_isochrone", layer=name))
    return Isochrones(layers=tuple(found), findings=findings(doubts))


def _drawn(atlas: Atlas, name: str, table: gpd.GeoDataFrame, ways: Ways) -> Isochrone | None:
    """Return the isochrones of one layer, None where none of its places stands on a road."""
    options = atlas.plan.access
    direction = options.isochrone_direction
    standing = stand(ways, table.geometry.to_numpy(), direction=direction, by_ramp=name == "interchange")
    if not standing.found.any():
        return None
    side = side_of(options.road_mode)
    return Isochrone(
        layer=name,
        direction=direction,
        mode=options.road_mode,
        minutes=options.minutes,
        side_m=side,
        id=table["id"].to_numpy(object)[standing.found],
        label=labels(table)[standing.found],
        areas=areas(standing, options.minutes, side_m=side),
        inside=tuple(_insides(atlas, standing, ways.limit_m)),
    )


def _insides(atlas: Atlas, standing: Standing, limit_m: float) -> list[Inside]:
    """Return who is within, of the layers that the plan sets out from."""
    options, found = atlas.plan.access, []
    for layer in COUNTED_LAYERS:
        table = atlas.table(layer) if layer in options.origins else None
        if table is None:
            continue
        weight = table["people"].to_numpy("float64") if layer == CELLS else _once(table)
        found.append(inside(standing, options.minutes, table, weight=weight, layer=layer, limit_m=limit_m))
    return found


def _once(houses: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return 1 for each house, 0 for the further lines of one that several lists name."""
    once: NDArray[np.float64] = listed_once(houses).astype("float64")
    return once
