"""Where sites lie: the zone, area division, city planning area and promotion areas of every lot.

A lot follows the zone that holds more than half of it (建築基準法91条); a point is taken as it lies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gisplan.law.facts import Standing
from gisplan.law.land import undivided
from gisplan.law.logic import Truth
from gisplan.law.promotion import PromotionAreas
from gisplan.overlay.guard import same_crs
from gisplan.overlay.locate import locate
from gisplan.overlay.share import NOISE, shares

AcrossEdge = Literal["cannot_tell", "majority"]

UNNAMED = "?"
"""Value of an area whose polygon carries no name."""

OUTSIDE = ""
"""Value of ground outside every polygon of a layer."""

HALF = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The value that holds the largest part of a site, its share (0-1), and whether it decides.

    `edge_m2` is by how much the share differs from one half, `shares` the share of every value;
    `ids` are the polygons of the value.
    """

    value: str
    share: float
    decides: bool
    edge_m2: float
    shares: Mapping[str, float]
    ids: tuple[str, ...]


def parts(
    lots: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, *, by: str, drawn: gpd.GeoDataFrame | None = None
) -> dict[str, Part]:
    """Return for every site which value of a column holds the largest part of it.

    Parameters
    ----------
    lots
        Sites, polygons or points, with column `id` [m].
    areas
        Polygons that do not overlap [m].
    by
        Column of `areas` with the value; empty means that the polygon carries no name.
    drawn
        The polygons as drawn, where they overlap [m]: a point that two values claim is not decided.

    Returns
    -------
    dict
        A `Part` by site id. One half exactly decides nothing.
    """
    value = areas.set_index("id")[by].replace("", UNNAMED)
    rows = shares(lots, areas)
    rows["value"] = rows["area"].map(value).astype("object").where(rows["area"] != "", OUTSIDE)
    on_border = _on_border(lots, areas if drawn is None else drawn, by=by)
    held: dict[str, list[tuple[str, str, float]]] = {str(lot): [] for lot in lots["id"]}
    # A plain loop: a group of pandas per lot costs a hundred times more.
    for lot, area, named, share in zip(rows["lot"], rows["area"], rows["value"], rows["share"], strict=True):
        held[lot].append((area, named, share))
    size = dict(zip(lots["id"], shapely.area(lots.geometry.to_numpy()), strict=True))
    return {
        lot: _part(found, size=size[lot], bordering=lot in on_border) for lot, found in held.items() if found
    }


def _on_border(lots: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, *, by: str) -> set[str]:
    """Return the points that several values claim, or that lie on the outer edge."""
    points = lots[shapely.area(lots.geometry.to_numpy()) == 0]
    if points.empty:
        return set()
    located = locate(points, areas, by=by)
    return set(located.loc[located["on_border"], "point"])


def _part(rows: list[tuple[str, str, float]], *, size: float, bordering: bool) -> Part:
    held: dict[str, float] = {}
    for _, value, share in rows:
        held[value] = held.get(value, 0.0) + share
    best = min(held, key=lambda value: (-held[value], value))
    ids = tuple(area for area, value, _ in rows if value == best)
    return Part(
        value=best,
        share=min(held[best], 1.0),
        decides=held[best] > HALF + NOISE and not bordering,
        edge_m2=(held[best] - HALF) * size,
        shares=held,
        ids=ids,
    )


def inside(lots: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> dict[str, Truth]:
    """Return for every site whether more than half of it lies in the areas; None on one half or an edge."""
    united = gpd.GeoDataFrame(
        {"id": ["in"], "value": ["in"]},
        geometry=[shapely.union_all(areas.geometry.to_numpy())],
        crs=areas.crs,
    )
    return {
        lot: (part.value == "in") if part.decides else None
        for lot, part in parts(lots, united, by="value").items()
    }


def in_undivided(lots: gpd.GeoDataFrame, planning: gpd.GeoDataFrame) -> dict[str, Truth]:
    """Return for every site whether it lies in a city planning area without area division."""
    return inside(lots, undivided(planning))


def standings(
    lots: gpd.GeoDataFrame, promotion: PromotionAreas, *, tolerance: float, across_edge: AcrossEdge
) -> dict[str, tuple[Standing, ...]]:
    """Return the promotion areas that every site touches.

    Parameters
    ----------
    lots
        Sites, polygons or points, with column `id` [m].
    promotion
        The promotion areas [m].
    tolerance
        A site may poke out of an area, or into it, by this much [m].
    across_edge
        What a site across the edge is: not to be told, or inside where more than half of it is.
    """
    same_crs(lots, promotion.table, place="law.coworking")
    shapes, ids = lots.geometry.to_numpy(), lots["id"].to_numpy(object)
    found: dict[str, tuple[Standing, ...]] = {str(lot): () for lot in ids}
    for standing, area in zip(promotion.standings, promotion.table.geometry, strict=True):
        held, touched = _against(shapes, area, tolerance=tolerance)
        for row in np.flatnonzero(held | touched):
            truth: Truth = True if held[row] and touched[row] else None
            if truth is None and across_edge == "majority":
                truth = _mostly(shapes[row], area)
            found[ids[row]] += (_seen(standing, truth),)
    return found


def _against(
    shapes: NDArray[Any], area: shapely.Geometry, *, tolerance: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which sites lie in the area made wider, and which reach into the area made narrower."""
    wider, narrower = shapely.buffer(area, tolerance), shapely.buffer(area, -tolerance)
    shapely.prepare([wider, narrower])
    return shapely.covers(wider, shapes), shapely.intersects(narrower, shapes)


def _mostly(lot: shapely.Geometry, area: shapely.Geometry) -> Truth:
    size = float(shapely.area(lot))
    if size == 0:
        return None
    share = float(shapely.area(shapely.intersection(lot, area))) / size
    return None if abs(share - HALF) <= NOISE else share > HALF


def _seen(area: Standing, truth: Truth) -> Standing:
    return Standing(
        name=area.name,
        inside=truth,
        use_exception=area.use_exception,
        consented_on=area.consented_on,
        published_on=area.published_on,
    )


def names(lots: gpd.GeoDataFrame, areas: gpd.GeoDataFrame | None) -> dict[str, str]:
    """Return for every site the names of the areas it touches, "" for none."""
    if areas is None:
        return {}
    same_crs(lots, areas, place="law.coworking")
    ranked = areas.sort_values("id", kind="stable", ignore_index=True)
    lot, area = shapely.STRtree(ranked.geometry.to_numpy()).query(
        lots.geometry.to_numpy(), predicate="intersects"
    )
    label = ranked["name"].astype("object").where(ranked["name"].astype(bool), ranked["id"]).to_numpy()
    found: dict[str, str] = {}
    ids = lots["id"].to_numpy(object)
    for row, other in sorted(zip(lot, area, strict=True)):
        found[ids[row]] = f"{found[ids[row]]}、{label[other]}" if ids[row] in found else str(label[other])
    return found
