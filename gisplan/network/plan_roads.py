"""The roads of a plan as the network takes them: class and manager by law, and the kind of area for the speeds."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gisplan.core.tables import Doubt, findings, join
from gisplan.core.words import Atlas
from gisplan.layers.municipalities import is_designated
from gisplan.network.legal import REGISTER, Told, managed, registered
from gisplan.network.rows import LAYER

if TYPE_CHECKING:
    import geopandas as gpd

DENSELY_INHABITED = "densely_inhabited_district"


def legal_roads(atlas: Atlas) -> Told | None:
    """Return the plan's roads with class, manager and kind of area, and the doubts; None where it has no roads.

    What the layers `road_register`, `municipality` and `densely_inhabited_district` tell is put in; told once, it is
    not told again.
    """
    roads = atlas.table(LAYER)
    if roads is None:
        return None
    told = Told(table=roads, doubts=())
    doubts: tuple[Doubt, ...] = ()
    register = atlas.table(REGISTER)
    if register is not None:
        told = registered(roads, register)
        doubts = told.doubts
    if "class_from" in told.table:
        told = managed(told.table, _cities(atlas))
        doubts += told.doubts
    districts = atlas.table(DENSELY_INHABITED)
    table = told.table if districts is None else _by_area(told.table, districts)
    return Told(table=table, doubts=doubts)


def with_legal_roads(atlas: Atlas) -> Atlas:
    """Return the atlas with its roads as the network takes them, what was doubtful among its findings."""
    told = legal_roads(atlas)
    if told is None or told.table is atlas.table(LAYER):
        return atlas
    layer = dataclasses.replace(atlas.layers[LAYER], table=told.table)
    said = join([atlas.findings, findings(told.doubts)], "findings")
    return dataclasses.replace(atlas, layers={**atlas.layers, LAYER: layer}, findings=said)


def _cities(atlas: Atlas) -> gpd.GeoDataFrame | None:
    municipalities = atlas.table("municipality")
    if municipalities is None or "code" not in municipalities:
        return None
    return municipalities.assign(designated=[is_designated(str(code)) for code in municipalities["code"]])


def _by_area(roads: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the roads with the kind of area: densely inhabited where more than half of the length is, else urban.

    What the file says of a road counts before.
    """
    told = roads["area_kind"].fillna("") if "area_kind" in roads else np.full(len(roads), "", dtype=object)
    shapes = roads.geometry.to_numpy()
    area = shapely.union_all(districts.geometry.to_numpy())
    shapely.prepare(area)
    inside = np.zeros(len(roads))
    near = shapely.intersects(area, shapes)
    inside[near] = shapely.length(shapely.intersection(shapes[near], area))
    densely = inside > 0.5 * shapely.length(shapes)
    kinds = np.where(densely, "densely_inhabited", "urban").astype(object)
    return roads.assign(area_kind=np.where(told != "", told, kinds))
