"""Hubs and interchanges on the network: where each stands, and how far that is from the road."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gisplan.core.words import Network
from gisplan.network.build import Rows
from gisplan.network.ramps import Direction, Gates, gates, ramps_of, snappable
from gisplan.network.snap import Snaps, snap

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Hubs:
    """Hubs on the network: `label` and `id` [k] and where they stand.

    `leg` is the time off the road [k; min], NaN where no road lies within `limit_m`.
    """

    label: NDArray[np.object_]
    id: NDArray[np.object_]
    snaps: Snaps
    leg: NDArray[np.float64]
    limit_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Interchanges:
    """Interchanges on the network: `label`, `id` and `kind` [k], and where they stand in each direction.

    `leg` is the time off the road [k; min], NaN where no road lies within `limit_m`.
    """

    label: NDArray[np.object_]
    id: NDArray[np.object_]
    kind: NDArray[np.object_]
    gates: Gates
    leg: Mapping[Direction, NDArray[np.float64]]
    limit_m: float

    @property
    def found(self) -> NDArray[np.bool_]:
        """Which interchanges stand on the network [k]; they do so in both directions or in none."""
        return self.gates.snaps["to_hub"].found


def labels(table: pd.DataFrame) -> NDArray[np.object_]:
    """Return a label for each row: its name, with its id where that name stands twice; else its id."""
    name, key = table["name"].fillna("").astype(str), table["id"].astype(str)
    double = name.duplicated(keep=False) & (name != "")
    return name.where(~double, name + " (" + key + ")").where(name != "", key).to_numpy(object)


def hub_places(
    network: Network, hubs: gpd.GeoDataFrame, *, rows: Rows, limit_m: float, straight: float
) -> Hubs:
    """Return the hubs on the nearest road that is no expressway, no ramp and no ferry.

    Parameters
    ----------
    network, rows
        The network by car and the cleaned rows of its road table.
    hubs
        Hubs, as points or polygons.
    limit_m
        Greatest distance from the road [m].
    straight
        Speed off the road [metres per minute].
    """
    points = shapely.point_on_surface(hubs.geometry.to_numpy())
    on = snap(network, points, limit_m=limit_m, allowed=snappable(network, rows))
    return Hubs(
        label=labels(hubs),
        id=hubs["id"].to_numpy(object),
        snaps=on,
        leg=on.distance / straight,
        limit_m=limit_m,
    )


def interchange_places(
    network: Network, interchanges: gpd.GeoDataFrame, *, rows: Rows, limit_m: float, straight: float
) -> Interchanges:
    """Return the interchanges on the ramps that serve each direction, else on the nearest ordinary road.

    Parameters
    ----------
    network, rows
        The network by car and the cleaned rows of its road table.
    interchanges
        Usable interchanges.
    limit_m
        Greatest distance from the ramp or road [m].
    straight
        Speed off the road [metres per minute].
    """
    points = shapely.point_on_surface(interchanges.geometry.to_numpy())
    found = gates(network, points, ramps=ramps_of(network, rows), limit_m=limit_m)
    return Interchanges(
        label=labels(interchanges),
        id=interchanges["id"].to_numpy(object),
        kind=interchanges["kind"].to_numpy(object),
        gates=found,
        leg={way: snaps.distance / straight for way, snaps in found.snaps.items()},
        limit_m=limit_m,
    )
