"""The minutes of every origin before and after a scenario, side by side: what all its tables are made of."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gisplan.access import Measured
from gisplan.access.places import CELLS, HOUSES
from gisplan.core.words import Atlas
from gisplan.overlay.listings import listed_once
from gisplan.overlay.locate import locate
from gisplan.siting.areas import in_force

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

SAME_MIN = 0.01
"""Times nearer than this are one time: joining lines moves them by less than half a metre, a car by less than this."""

AREAS = "neighbourhood"
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


def trips_of(atlas: Atlas, before: Measured, changed: Atlas, after: Measured) -> tuple[Trips, ...]:
    """Return the trips of every origin layer of a plan.

    Parameters
    ----------
    atlas
        The layers of the plan as they are.
    before
        What was measured of them.
    changed
        The layers as the scenario has them; the origins are those of today.
    after
        What was measured of these.
    """
    found = []
    current = in_force(atlas.table(PROMOTION), day=atlas.plan.date).table
    for name in atlas.plan.access.origins:
        table = atlas.table(name)
        if table is None:
            continue
        old, new = (_of(measured.nearest, name, table) for measured in (before, after))
        goals = [to for to in atlas.plan.access.destinations if f"to_{to}" in old and f"to_{to}" in new]
        areas, area_names = _located(table, atlas.table(AREAS))
        promotion, promotion_names = _located(table, current)
        weight, older = _weights(table, name)
        found.append(
            Trips(
                layer=name,
                id=table["id"].to_numpy(object),
                weight=weight,
                older=older,
                before={to: _minutes(old, to, there=_present(atlas, changed, to)) for to in goals},
                after={to: _minutes(new, to, there=_present(atlas, changed, to)) for to in goals},
                area=areas,
                promotion=promotion,
                area_names=area_names,
                promotion_names=promotion_names,
            )
        )
    return tuple(found)


def _of(nearest: pd.DataFrame, layer: str, table: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the minutes of a layer's rows in the order of its table."""
    own = nearest[nearest["layer"] == layer].set_index("id")
    ordered: pd.DataFrame = own.loc[table["id"]].reset_index()
    return ordered


def _present(atlas: Atlas, changed: Atlas, to: str) -> bool:
    """Return whether there is such a destination before or after; a first one can be newly reached."""
    return atlas.table(to) is not None or changed.table(to) is not None


def _minutes(rows: pd.DataFrame, to: str, *, there: bool) -> NDArray[np.float64]:
    minutes = rows[f"to_{to}"].to_numpy("float64")
    on_road = rows["snap_m"].notna().to_numpy(bool) & there
    return np.where(np.isnan(minutes) & on_road, np.inf, minutes)


def _weights(table: gpd.GeoDataFrame, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Return what each origin counts for, as `coverage` counts it: a house once, whatever the lists."""
    if name == HOUSES:
        return listed_once(table).astype("float64"), None
    if name != CELLS:
        return np.ones(len(table)), None
    people, older = (table[column].to_numpy("float64", na_value=np.nan) for column in ("people", "people_65"))
    return people, None if np.isnan(older).all() else older


def _located(
    table: gpd.GeoDataFrame, areas: gpd.GeoDataFrame | None
) -> tuple[NDArray[np.object_], Mapping[str, str]]:
    """Return the area of each origin [n], and what the areas are called."""
    if areas is None:
        return np.full(len(table), "", dtype=object), {}
    points = table[["id"]].set_geometry(shapely.point_on_surface(table.geometry.to_numpy()), crs=table.crs)
    answer = locate(points, areas).set_index("point")["area"]
    names = {
        str(one): str(name or one) for one, name in zip(areas["id"], areas["name"].fillna(""), strict=True)
    }
    return answer.loc[table["id"]].to_numpy(object), names
