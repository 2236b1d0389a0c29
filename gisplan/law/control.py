"""Urbanization control area inside the promotion areas: what calls for the governor's consultation (22条11項)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gisplan.core.tables import Doubt
from gisplan.law.facts import CONTROL
from gisplan.law.phrases import ground_text
from gisplan.law.promotion import HARDLY
from gisplan.overlay.share import shares


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlGround:
    """Urbanization control area in each promotion area [m²], and what there is of it as a mere sliver."""

    real: Mapping[str, float]
    slivers: Mapping[str, float]


def control_ground(
    areas: gpd.GeoDataFrame, divisions: gpd.GeoDataFrame, *, only: bool, tolerance: float
) -> ControlGround:
    """Return how much urbanization control area each promotion area contains.

    Parameters
    ----------
    areas
        Promotion areas with column `id` [m].
    divisions
        Area divisions that do not overlap, with `id` and `division` [m].
    only
        Only 市街化区域 is drawn, so that what lies outside it counts.
    tolerance
        Ground that reaches no deeper is a sliver: boundaries are digitised at different scales [m].
    """
    ground = shares(areas, divisions)
    value = ground["area"].map(divisions.set_index("id")["division"])
    within = ground[(value == CONTROL) | ((ground["area"] == "") & only)]
    size = within.groupby("lot")["area_m2"].sum()
    deep = set(areas["id"][_reaches(areas, divisions, only=only, tolerance=tolerance)])
    told = {str(name): float(metres) for name, metres in size.items() if metres >= HARDLY}
    return ControlGround(
        real={name: metres for name, metres in told.items() if name in deep},
        slivers={name: metres for name, metres in told.items() if name not in deep},
    )


def _reaches(
    areas: gpd.GeoDataFrame, divisions: gpd.GeoDataFrame, *, only: bool, tolerance: float
) -> NDArray[np.bool_]:
    """Return which areas reach into urbanization control area by more than the tolerance [m]."""
    shapes = areas.geometry.to_numpy()
    if only:
        promoted = shapely.buffer(divisions.union_all(), tolerance)
        return np.asarray(~shapely.covers(promoted, shapes), dtype=bool)
    control = shapely.buffer(divisions[divisions["division"] == CONTROL].union_all(), -tolerance)
    return np.asarray(shapely.area(shapely.intersection(control, shapes)) > 0, dtype=bool)


def control_doubts(found: ControlGround, *, tolerance: float, articles: str) -> tuple[Doubt, ...]:
    """Return a doubt for every promotion area that contains urbanization control area, or a sliver of it.

    Parameters
    ----------
    found
        What `control_ground` returns.
    tolerance
        The depth of a sliver, for the words [m].
    articles
        The article on the consultation.
    """
    real = [("law.consultation", name, ground_text(metres)) for name, metres in found.real.items()]
    slivers = [("law.consultation_sliver", name, metres) for name, metres in found.slivers.items()]
    return tuple(
        Doubt(
            code=code,
            layer="promotion_area",
            subject=name,
            articles=articles,
            values={"area": area, "tolerance": tolerance},
        )
        for code, name, area in (*real, *slivers)
    )
