"""Where an interchange stands for each direction: on a ramp that leads to the streets, or from them.

Of an interchange whose ramps are one-way, the ramp to leave the expressway by is not the one to enter it by.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from gisplan.core.words import Network
from gisplan.network import search
from gisplan.network.build import Rows
from gisplan.network.passage import BELOW
from gisplan.network.snap import Snaps, either, snap

if TYPE_CHECKING:
    from numpy.typing import NDArray

Direction = Literal["to_hub", "to_interchange"]
WAYS: tuple[Direction, ...] = ("to_hub", "to_interchange")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """Where each interchange stands, by direction [k].

    `on_ramp` tells that it is a ramp; `astray` that ramps are near, none of which can be driven that way to or
    from a street: the interchange is then unreached, and never put on the street under the viaduct instead.
    """

    snaps: Mapping[Direction, Snaps]
    on_ramp: Mapping[Direction, NDArray[np.bool_]]
    astray: Mapping[Direction, NDArray[np.bool_]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramps:
    """The ramps of a network, the streets beside them, and where ramps lead [m each].

    `tiers` are the kinds of ramps an interchange may stand on, the first to be tried first: those of expressways,
    then any. `serving` are by direction those that lead to a street or from one.
    """

    tiers: tuple[NDArray[np.bool_], ...]
    serving: Mapping[Direction, NDArray[np.bool_]]
    street: NDArray[np.bool_]


def ramps_of(network: Network, rows: Rows) -> Ramps:
    """Return the ramps of a network by car, from the cleaned rows of its road table."""
    ramp = rows.ramp[network.road]
    express = ramp & (network.road_class == network.classes.index("expressway"))
    return Ramps(tiers=(express, ramp), serving=serving(network, rows), street=snappable(network, rows))


def snappable(network: Network, rows: Rows) -> NDArray[np.bool_]:
    """Return the edges a building may stand on: no expressway, no ramp, no ferry, with frontage [m]."""
    express = (network.road_class == network.classes.index("expressway")) | rows.mainline[network.road]
    boat = rows.level[network.road] <= -BELOW
    able: NDArray[np.bool_] = ~express & ~rows.ramp[network.road] & ~boat & rows.frontage[network.road]
    return able


def serving(network: Network, rows: Rows) -> Mapping[Direction, NDArray[np.bool_]]:
    """Return by direction the ramps that lead, over ramps alone, to a street or from one [m]."""
    ramp, street = rows.ramp[network.road], snappable(network, rows)
    only = dataclasses.replace(
        network,
        forward=np.where(ramp, network.forward, np.inf),
        backward=np.where(ramp, network.backward, np.inf),
    )
    found: dict[Direction, NDArray[np.bool_]] = {}
    for way in WAYS:
        out = way == "to_hub"
        # To leave by a street it must be open from where the ramp meets it; to come by one, towards it.
        first, second = (network.forward, network.backward) if out else (network.backward, network.forward)
        ends = [
            network.tail[street & np.isfinite(first)],
            network.head[street & np.isfinite(second)],
        ]
        arcs = search.graph(only, reverse=out)
        met = np.isfinite(search.nearest(arcs, np.unique(np.concatenate(ends)).astype(np.int64)))
        ahead, behind = (network.head, network.tail) if out else (network.tail, network.head)
        able = np.isfinite(network.forward) & met[ahead] | np.isfinite(network.backward) & met[behind]
        found[way] = ramp & able
    return found


def gates(network: Network, points: NDArray[np.object_], *, ramps: Ramps, limit_m: float) -> Gates:
    """Return where interchanges stand: on the nearest ramp of an expressway that serves the direction.

    Where no ramp of an expressway lies within the limit, another ramp, and only where there is none the nearest
    street. A joint of the national data lies on the main line, some 100 m off the ramp; it is never put on the
    main line itself, where a car can neither enter nor leave.

    Parameters
    ----------
    network, ramps
        The network by car and its ramps.
    points
        Interchanges [k].
    limit_m
        Greatest distance from the ramp or road [m].
    """
    street = snap(network, points, limit_m=limit_m, allowed=ramps.street)
    tiers = [(snap(network, points, limit_m=limit_m, allowed=kind), kind) for kind in ramps.tiers]
    snaps, on_ramp, astray = {}, {}, {}
    for way in WAYS:
        found = street
        on_ramp[way] = astray[way] = np.zeros(len(points), dtype=bool)
        for near, kind in reversed(tiers):
            own = snap(network, points, limit_m=limit_m, allowed=kind & ramps.serving[way])
            on_ramp[way] = on_ramp[way] | near.found
            astray[way] = np.where(near.found, ~own.found, astray[way])
            found = either(own, either(near, found))
        snaps[way] = found
    return Gates(snaps=snaps, on_ramp=on_ramp, astray=astray)
