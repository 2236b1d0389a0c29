"""Who lives inside an area of demand transport: counted as served when booked, and never in any minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gisplan.access.coverage import COUNTED
from gisplan.access.nearest import points_of
from gisplan.access.places import CELLS, HOUSES
from gisplan.access.timed_words import say
from gisplan.core.tables import hold
from gisplan.core.words import Atlas
from gisplan.overlay.listings import listed_once

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

TABLE, LAYER = "demand", "demand_area"
ALL = ""
"""The name under which all areas together stand."""

GEOGRAPHIC = 4326


def demand_service(atlas: Atlas) -> pd.DataFrame | None:
    """Return the table `demand` of a plan: who is inside areas of demand transport, each area and all together.

    The areas are those of the layer `demand_area` and those that a feed itself holds (GTFS-Flex). Without any,
    nothing is said, and there is no table.

    Parameters
    ----------
    atlas
        Layers and timetables of the plan.
    """
    areas = demand_areas(atlas)
    if not areas:
        return None
    note = say("demand")
    rows = []
    for name in atlas.plan.access.origins:
        table = atlas.table(name)
        if table is None:
            continue
        points, weight = points_of(table.geometry.to_numpy()), _weight(table, name)
        known = ~np.isnan(weight)
        total = float(weight[known].sum()) if known.any() else np.nan
        for area, shape in {ALL: shapely.union_all(list(areas.values())), **areas}.items():
            shapely.prepare(shape)
            inside = shapely.intersects(shape, points) & known
            count = float(weight[inside].sum()) if known.any() else np.nan
            rows.append(
                {
                    "layer": name,
                    "area": area,
                    "total": total,
                    "inside": count,
                    "share": count / total if total > 0.0 else np.nan,
                    "unit": COUNTED.get(name, "places"),
                    "note_ja": note.ja,
                    "note_en": note.en,
                }
            )
    return hold(pd.DataFrame(rows), TABLE)


def demand_areas(atlas: Atlas) -> dict[str, shapely.Geometry]:
    """Return the areas of demand transport of a plan by their name, in its CRS; areas of one name are one."""
    found: dict[str, list[shapely.Geometry]] = {}
    table = atlas.table(LAYER)
    if table is not None:
        for number, (name, shape) in enumerate(zip(table["name"], table.geometry, strict=True), start=1):
            found.setdefault(str(name) or f"{LAYER} {number}", []).append(shape)
    for timetable in atlas.timetables:
        shapes = _projected(timetable.area, crs=atlas.plan.crs)
        for number, (name, shape) in enumerate(zip(timetable.area_name, shapes, strict=True), start=1):
            if shapely.get_dimensions(shape) == shapely.get_dimensions(shapely.box(0, 0, 1, 1)):
                found.setdefault(str(name) or f"{timetable.feed} {number}", []).append(shape)
    return {name: shapely.union_all(shapes) for name, shapes in sorted(found.items())}


def _projected(areas: NDArray[np.object_], *, crs: int) -> list[shapely.Geometry]:
    """Return shapes in degrees in the CRS of the plan."""
    import geopandas as gpd

    shapes = shapely.make_valid(shapely.from_wkb(areas)) if len(areas) else areas
    return list(gpd.GeoSeries(shapes, crs=GEOGRAPHIC).to_crs(crs).to_numpy())


def _weight(table: gpd.GeoDataFrame, name: str) -> NDArray[np.float64]:
    """Return what each row counts for, NaN where it is suppressed: people, a house once, or one."""
    if name == HOUSES:
        return listed_once(table).astype("float64")
    people: NDArray[np.float64] = (
        table["people"].to_numpy("float64") if name == CELLS else np.ones(len(table))
    )
    return people
