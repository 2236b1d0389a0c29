"""Who lies within times of places: counted by the minutes of each house or cell, never by an area on a map."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gisplan.access.areas import searched
from gisplan.access.coverage import COUNTED, within
from gisplan.access.nearest import points_of
from gisplan.access.reach import Standing
from gisplan.network.snap import snap

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """How soon each of o origins is reached from f places: what a count at any of t times is made of.

    `layer` is that of the origins, `id` and `weight` are theirs [o], NaN where nobody knows it. `first` is the place
    in the list of times of the shortest within which the origin is, the number of times where none is [f, o].
    `assessed` says which origins stand on a road [o].
    """

    layer: str
    id: NDArray[np.object_]
    weight: NDArray[np.float64]
    first: NDArray[np.int16]
    assessed: NDArray[np.bool_]
    times: int

    @property
    def unit(self) -> str:
        """What is counted: people, houses or places."""
        return COUNTED.get(self.layer, "places")

    def each(self) -> NDArray[np.float64]:
        """Return the number within each time of each place [f, t], NaN where none is assessed or known."""
        return np.stack([self._counted(own) for own in self.first]) if len(self.first) else self._none()

    def united(self) -> NDArray[np.float64]:
        """Return the number within each time of at least one place [t], NaN where none is assessed or known."""
        return self._counted(self.first.min(axis=0)) if len(self.first) else np.full(self.times, np.nan)

    def only(self, kept: NDArray[np.bool_], weight: NDArray[np.float64]) -> Inside:
        """Return the same of some origins, with other weights.

        Parameters
        ----------
        kept
            The origins that stay [o].
        weight
            The weights of those that stay.
        """
        return dataclasses.replace(
            self,
            id=self.id[kept],
            weight=weight,
            first=self.first[:, kept],
            assessed=self.assessed[kept],
        )

    def _none(self) -> NDArray[np.float64]:
        return np.empty((0, self.times))

    def _counted(self, first: NDArray[np.int16]) -> NDArray[np.float64]:
        able = self.assessed & ~np.isnan(self.weight)
        if not able.any():
            return np.full(self.times, np.nan)
        summed = np.bincount(first[able], weights=self.weight[able], minlength=self.times + 1)
        return np.cumsum(summed[: self.times])


def inside(
    standing: Standing,
    minutes: tuple[float, ...],
    table: gpd.GeoDataFrame,
    *,
    weight: NDArray[np.float64],
    layer: str,
    limit_m: float,
) -> Inside:
    """Return who of a layer is on the way to or from each place for at most each time.

    Parameters
    ----------
    standing
        Places on the network.
    minutes
        Times in rising order [t; min].
    table, layer
        The origins and the name of their layer.
    weight
        People or houses of each origin, NaN where unknown [o].
    limit_m
        Greatest distance from the road [m].
    """
    points = points_of(table.geometry.to_numpy())
    on = snap(standing.network, points, limit_m=limit_m, allowed=standing.drawn)
    first = np.full((len(standing.node), len(table)), len(minutes), dtype=np.int16)
    for place, found in _minutes(standing, on, longest=minutes[-1]):
        for at in range(len(minutes) - 1, -1, -1):
            first[place][within(found, minutes[at])] = at
    return Inside(
        layer=layer,
        id=table["id"].to_numpy(object),
        weight=weight,
        first=first,
        assessed=on.found,
        times=len(minutes),
    )


def _minutes(standing: Standing, on: Any, *, longest: float) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Yield each place with the minutes between it and the origins [o], NaN for one on no road."""
    network = standing.network
    edge = np.where(on.found, on.edge, 0)
    share = np.clip(np.nan_to_num(on.along) / network.length[edge], 0.0, 1.0)
    by_tail, by_head = network.backward[edge], network.forward[edge]
    if standing.direction == "from":
        by_tail, by_head = by_head, by_tail
    # On a node no part of the edge is travelled, even where that direction is closed.
    leg = on.distance / standing.straight
    by_tail = np.where(share > 0.0, by_tail, 0.0) * share + leg
    by_head = np.where(share < 1.0, by_head, 0.0) * (1.0 - share) + leg
    for place, times in searched(standing, longest):
        yield place, np.minimum(times[network.tail[edge]] + by_tail, times[network.head[edge]] + by_head)
