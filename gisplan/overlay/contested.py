"""Ground that areas of different values claim: what the rule for overlaps gave to one of them, and may be wrong."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from gisplan.overlay.share import Disjoint


def contested(drawn: gpd.GeoDataFrame, flat: Disjoint, *, by: str) -> gpd.GeoDataFrame:
    """Return the ground of each area that an area of another value claims, too.

    Parameters
    ----------
    drawn
        Polygons as drawn, with column `id` [n, m].
    flat
        The same polygons without overlaps, and their overlaps, by `id`.
    by
        Column whose values tell areas apart; an overlap of two areas of one value decides nothing.

    Returns
    -------
    GeoDataFrame
        `id` of the area that holds the ground by the rule, and the ground; one row per area that has some, by id.
        The rows do not overlap [m].
    """
    shape = dict(zip(drawn["id"], drawn.geometry.to_numpy(), strict=True))
    value = dict(zip(drawn["id"], drawn[by], strict=True))
    held = dict(zip(flat.areas["id"], flat.areas.geometry.to_numpy(), strict=True))
    rivals: dict[str, list[str]] = {}
    for area, other in zip(flat.overlaps["area"], flat.overlaps["other"], strict=True):
        if value[area] != value[other]:
            rivals.setdefault(area, []).append(other)
    ids = sorted(rivals)
    claimed = [shapely.union_all([shape[other] for other in rivals[area]]) for area in ids]
    ground = shapely.intersection(np.array([held[area] for area in ids], dtype=object), claimed)
    real = shapely.area(ground) > 0
    return gpd.GeoDataFrame(
        {"id": np.array(ids, dtype=object)[real]}, geometry=list(ground[real]), crs=drawn.crs
    )
