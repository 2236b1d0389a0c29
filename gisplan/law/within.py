"""Whether places lie inside areas that are in force: the one test that programmes and procedures share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gisplan.law.facts import by_day
from gisplan.law.logic import Truth
from gisplan.law.priority import PriorityDistricts
from gisplan.law.promotion import PromotionAreas
from gisplan.overlay.guard import same_crs


@dataclass(frozen=True, slots=True, kw_only=True)
class AreasInForce:
    """Areas by name: the ground that is sure to be in force, all that may be, and all that is drawn [k, m].

    Not `complete` where an area has no ground at all, so that it cannot be told what lies outside.
    """

    names: tuple[str, ...]
    sure: NDArray[np.object_]
    possible: NDArray[np.object_]
    drawn: NDArray[np.object_]
    crs: object
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Whether a place lies inside areas in force, and which it meets: in force or perhaps, and not yet."""

    inside: Truth
    names: tuple[str, ...] = ()
    later: tuple[str, ...] = ()


def promotion_in_force(areas: PromotionAreas, *, day: date) -> AreasInForce:
    """Return the promotion areas, in force from the publication of their plan on."""
    published = [by_day(standing.published_on, day) for standing in areas.standings]
    whole = areas.table.geometry.to_numpy()
    sure = shapely.difference(whole, areas.table["doubtful"].to_numpy())
    nothing = shapely.Polygon()
    return AreasInForce(
        names=tuple(standing.name for standing in areas.standings),
        sure=_shapes([shape if truth else nothing for truth, shape in zip(published, sure, strict=True)]),
        possible=_shapes(
            [nothing if truth is False else shape for truth, shape in zip(published, whole, strict=True)]
        ),
        drawn=whole,
        crs=areas.table.crs,
    )


def districts_in_force(districts: PriorityDistricts, *, crs: object) -> AreasInForce:
    """Return the priority districts as the test of nesting takes them."""
    return AreasInForce(
        names=tuple(row.name for row in districts.rows),
        sure=_shapes([row.sure for row in districts.rows]),
        possible=_shapes([row.possible for row in districts.rows]),
        drawn=districts.drawn,
        crs=crs,
        complete=districts.complete,
    )


def _shapes(shapes: list[shapely.Geometry]) -> NDArray[np.object_]:
    return np.array(shapes, dtype=object)


def places(lots: gpd.GeoDataFrame, areas: AreasInForce | None, *, tolerance: float) -> dict[str, Place]:
    """Return for every place whether it lies inside the areas that are in force.

    As in the verdicts a place may poke out by the tolerance, and one across an edge cannot be told, nor a point
    nearer to an edge than the tolerance.

    Parameters
    ----------
    lots
        Places, polygons or points, with column `id` [n, m].
    areas
        The areas, or None where their layer is missing.
    tolerance
        How far boundaries of different scales may differ [m].

    Raises
    ------
    InputError
        If the two do not share one projected CRS.
    """
    ids = [str(lot) for lot in lots["id"]]
    if areas is None:
        return {lot: Place(inside=None) for lot in ids}
    same_crs(lots, gpd.GeoDataFrame(geometry=areas.drawn, crs=areas.crs), place="law.within")
    shapes = lots.geometry.to_numpy()
    held, reached = _against(shapes, shapely.union_all(areas.sure), tolerance=tolerance)
    near, met = _against(shapes, shapely.union_all(areas.possible), tolerance=tolerance)
    inside, maybe = held & reached, near | met
    otherwise: Truth = False if areas.complete else None
    hits = {name: _meets(shapes, getattr(areas, name)) for name in ("possible", "drawn")}
    return {
        lot: Place(
            inside=True if inside[row] else None if maybe[row] else otherwise,
            names=_named(areas, hits["possible"][:, row]),
            later=_named(areas, hits["drawn"][:, row] & ~hits["possible"][:, row]),
        )
        for row, lot in enumerate(ids)
    }


def _against(
    shapes: NDArray[np.object_], area: shapely.Geometry, *, tolerance: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which places lie in the area made wider, and which reach into the area made narrower."""
    wider, narrower = shapely.buffer(area, tolerance), shapely.buffer(area, -tolerance)
    shapely.prepare([wider, narrower])
    return shapely.covers(wider, shapes), shapely.intersects(narrower, shapes)


def _meets(shapes: NDArray[np.object_], areas: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return which areas meet which places [k, n]."""
    found = np.zeros((len(areas), len(shapes)), dtype=bool)
    area, place = shapely.STRtree(shapes).query(areas, predicate="intersects")
    found[area, place] = True
    return found


def _named(areas: AreasInForce, hits: NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(areas.names[row] for row in np.flatnonzero(hits))
