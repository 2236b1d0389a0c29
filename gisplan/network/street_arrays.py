"""A network of OpenStreetMap with its road table, as it is used and as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd

from gisplan.core.arrays import Packed
from gisplan.network.store import (
    doubts_in,
    lines_in,
    network_in,
    packed_lines,
    packed_network,
    packed_table,
    table_in,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from gisplan.core.tables import Doubt
    from gisplan.core.words import Network

NETWORK, TABLE = "network/", "roads/"
"""How the names of arrays begin, by what they belong to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Streets:
    """A network of OpenStreetMap, the id of each of its nodes [n], and the doubts met while building it.

    `roads` is its road table, one row a way with a line, as the layer `road` would hold it: `road` of the edges names
    its rows.
    """

    network: Network
    node: NDArray[np.int64]
    roads: gpd.GeoDataFrame
    doubts: tuple[Doubt, ...] = ()


def packed_streets(streets: Streets) -> Packed:
    """Return a network with its road table as plain arrays."""
    shapes = streets.roads.geometry.name
    return joined(
        packed_network(streets.network, doubts=streets.doubts),
        packed_table(streets.roads.drop(columns=shapes)),
        node=streets.node,
        lines=packed_lines(streets.roads[shapes].to_numpy()),
    )


def joined(
    network: Packed, table: Packed, *, node: NDArray[np.int64], lines: Mapping[str, NDArray[Any]]
) -> Packed:
    """Return the arrays of a network, of its road table, of its nodes and of its roads' lines in one.

    Parameters
    ----------
    network, table
        As `packed_network` and `packed_table` give them.
    node
        The ids of the nodes [n].
    lines
        The lines of the roads, as `packed_lines` gives them.
    """
    arrays = {f"{NETWORK}{name}": array for name, array in network.arrays.items()}
    arrays |= {f"{TABLE}{name}": array for name, array in table.arrays.items()}
    return Packed(arrays={**arrays, "node": node, **lines}, about={**network.about, **table.about})


def streets_in(packed: Packed, *, crs: int) -> Streets:
    """Return the network that `packed_streets` took."""

    def part(prefix: str) -> Packed:
        held = {
            name[len(prefix) :]: array for name, array in packed.arrays.items() if name.startswith(prefix)
        }
        return Packed(arrays=held, about=packed.about)

    return Streets(
        network=network_in(part(NETWORK)),
        node=packed.arrays["node"],
        roads=gpd.GeoDataFrame(table_in(part(TABLE)), geometry=lines_in(packed.arrays), crs=crs),
        doubts=doubts_in(packed),
    )
