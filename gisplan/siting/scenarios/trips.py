"""The minutes of every origin before and after a scenario, side by side: what all its tables are made of."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np

from gisplan.access import Measured
from gisplan.access.origins import Origins, read_origins
from gisplan.access.places import HOUSES
from gisplan.core.words import Atlas
from gisplan.overlay.locate import locate
from gisplan.siting.scenarios.areas import in_force

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAME_MIN = 0.01
"""Times nearer than this are one time: joining lines moves them by less than half a metre, a car by less than this."""

AREAS = "neighbourhood"
NEAREST = "nearest_1"
PROMOTION = "promotion_area"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trips:
    """One layer of origins [n]: what each counts for, and its minutes to each destination.

    `weight` are people, houses or places, `older` people of 65 and over, NaN where unknown; `before` and `after` are
    infinite where nothing is reached, NaN where not assessed. `area` is the neighbourhood of each, "" for none;
    `promotion` the promotion area in force on the day of the plan.
    """

    layer: str
    id: NDArray[np.object_]
    weight: NDArray[np.float64]
    older: NDArray[np.float64] | None
    before: Mapping[str, NDArray[np.float64]]
    after: Mapping[str, NDArray[np.float64]]
    area: NDArray[np.object_]
    promotion: NDArray[np.object_]
    area_names: Mapping[str, str] = field(default_factory=dict)
    promotion_names: Mapping[str, str] = field(default_factory=dict)

    def only(self, ids: Collection[str]) -> Trips:
        """Return the trips of some origins alone, each of which counts."""
        keep = np.isin(self.id.astype(str), list(map(str, ids)))
        return dataclasses.replace(
            self,
            id=self.id[keep],
            weight=np.ones(int(keep.sum())) if self.layer == HOUSES else self.weight[keep],
            older=None if self.older is None else self.older[keep],
            before={to: minutes[keep] for to, minutes in self.before.items()},
            after={to: minutes[keep] for to, minutes in self.after.items()},
            area=self.area[keep],
            promotion=self.promotion[keep],
        )


def trips_of(atlas: Atlas, before: Measured, after: Measured) -> tuple[Trips, ...]:
    """Return the trips of every origin layer of a plan.

    Parameters
    ----------
    atlas
        The layers of the plan as they are; the origins are those of today.
    before, after
        What was measured of them, and of the layers as the scenario has them.
    """
    found = []
    current = in_force(atlas.table(PROMOTION), day=atlas.plan.date).table
    for name in atlas.plan.access.origins:
        origins = read_origins(atlas, name)
        if origins is None:
            continue
        goals = atlas.plan.access.destinations
        areas, area_names = _located(origins, atlas, atlas.table(AREAS))
        promotion, promotion_names = _located(origins, atlas, current)
        found.append(
            Trips(
                layer=name,
                id=origins.ids,
                weight=origins.weight,
                older=origins.older,
                before=_minutes(before, origins, goals),
                after=_minutes(after, origins, goals),
                area=areas,
                promotion=promotion,
                area_names=area_names,
                promotion_names=promotion_names,
            )
        )
    return tuple(found)


def _minutes(measured: Measured, origins: Origins, goals: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    """Return the minutes of one layer's origins to each destination, in their order.

    What was measured tells who is unreached (infinite) and who is not assessed (NaN), e.g. because no place of the
    destination stands on a road: nobody is then cut off from it, and nobody can newly reach it.
    """
    wide = measured.nearest[measured.nearest["layer"] == origins.layer].set_index("id").loc[list(origins.ids)]
    table = measured.access
    states = table[(table["layer"] == origins.layer) & (table["measure"] == NEAREST)]
    found = {}
    for to in goals:
        own = states[states["to"] == to].set_index("id")["state"].loc[list(origins.ids)]
        minutes = wide[f"to_{to}"].to_numpy("float64")
        found[to] = np.where((own == "unreached").to_numpy(bool), np.inf, minutes)
    return found


def _located(
    origins: Origins, atlas: Atlas, areas: gpd.GeoDataFrame | None
) -> tuple[NDArray[np.object_], Mapping[str, str]]:
    """Return the area of each origin [n], and what the areas are called."""
    if areas is None:
        return np.full(len(origins.ids), "", dtype=object), {}
    points = gpd.GeoDataFrame({"id": origins.ids}, geometry=list(origins.points), crs=atlas.plan.crs)
    answer = locate(points, areas).set_index("point")["area"]
    names = {
        str(one): str(name or one) for one, name in zip(areas["id"], areas["name"].fillna(""), strict=True)
    }
    return answer.loc[list(origins.ids)].to_numpy(object), names
