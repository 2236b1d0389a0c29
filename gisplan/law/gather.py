"""Where sites lie: the zone, area division, city planning area and promotion areas of every lot.

A lot follows the zone that holds more than half of it (建築基準法91条); a point is taken as it lies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
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
class Hold:
    """The value that holds the largest part of a site, its share (0-1), and whether it decides.

    `edge_m2` is by how much the share differs from one half, `shares` the share of every value, `ids` the polygons
    of the value. `contested_m2` is ground of the value that another one claims, too; `slivers` are values whose
    pieces are nowhere wider than the tolerance.
    """

    value: str
    share: float
    decides: bool
    edge_m2: float
    shares: Mapping[str, float]
    ids: tuple[str, ...]
    contested_m2: float = 0.0
    slivers: frozenset[str] = frozenset()

    @property
    def settled_but_for_overlaps(self) -> bool:
        """True where only ground that several values claim keeps the value from deciding."""
        return not self.decides and self.share > HALF + NOISE and self.contested_m2 > 0


def parts(lots: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, *, by: str) -> dict[str, Hold]:
    """Return for every site which value of a column holds the largest part of it.

    Parameters
    ----------
    lots
        Sites, polygons or points, with column `id` [m].
    areas
        Polygons that do not overlap [m].
    by
        Column of `areas` with the value; empty means that the polygon carries no name.

    Returns
    -------
    dict
        A `Hold` by site id. One half exactly decides nothing.
    """
    value = areas.set_index("id")[by].replace("", UNNAMED)
    rows = shares(lots, areas)
    rows["value"] = rows["area"].map(value).astype("object").where(rows["area"] != "", OUTSIDE)
    return _holds(rows.assign(contested_m2=0.0, sliver=False), lots, _on_border(lots, areas, by=by))


def zone_parts(rows: pd.DataFrame, lots: gpd.GeoDataFrame, *, drawn: gpd.GeoDataFrame) -> dict[str, Hold]:
    """Return for every site which zone holds the largest part of it.

    Ground that several zones claim goes to the polygon with the lower id; where that ground makes the majority, no
    zone decides.

    Parameters
    ----------
    rows
        What `lots.zone_rows` returns.
    lots
        The sites [m].
    drawn
        The zones as drawn, where they overlap [m]: a point that two zones claim is not decided.
    """
    return _holds(rows, lots, _on_border(lots, drawn, by="zone"))


def _holds(rows: pd.DataFrame, lots: gpd.GeoDataFrame, on_border: set[str]) -> dict[str, Hold]:
    held: dict[str, list[_Piece]] = {str(lot): [] for lot in lots["id"]}
    columns = ("lot", "area", "value", "share", "contested_m2", "sliver")
    # A plain loop: a group of pandas per lot costs a hundred times more.
    for lot, *piece in zip(*(rows[name] for name in columns), strict=True):
        held[lot].append(_Piece(*piece))
    size = dict(zip(lots["id"], shapely.area(lots.geometry.to_numpy()), strict=True))
    return {
        lot: _hold(found, size=size[lot], bordering=lot in on_border) for lot, found in held.items() if found
    }


class _Piece(NamedTuple):
    area: str
    value: str
    share: float
    contested_m2: float
    sliver: bool


def _on_border(lots: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, *, by: str) -> set[str]:
    """Return the points that several values claim, or that lie on the outer edge."""
    points = lots[shapely.area(lots.geometry.to_numpy()) == 0]
    if points.empty:
        return set()
    located = locate(points, areas, by=by)
    return set(located.loc[located["on_border"], "point"])


def _hold(pieces: list[_Piece], *, size: float, bordering: bool) -> Hold:
    held: dict[str, float] = {}
    for piece in pieces:
        held[piece.value] = held.get(piece.value, 0.0) + piece.share
    best = min(held, key=lambda value: (-held[value], value))
    own = [piece for piece in pieces if piece.value == best]
    contested_m2 = sum(piece.contested_m2 for piece in own)
    sure = held[best] - (contested_m2 / size if size else 0.0)
    wide = {piece.value for piece in pieces if not piece.sliver}
    return Hold(
        value=best,
        share=min(held[best], 1.0),
        decides=sure > HALF + NOISE and not bordering,
        edge_m2=(held[best] - HALF) * size,
        shares=held,
        ids=tuple(piece.area for piece in own),
        contested_m2=contested_m2,
        slivers=frozenset(held) - wide,
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
    size = shapely.area(shapes)
    table = promotion.table
    for standing, area, doubtful in zip(promotion.standings, table.geometry, table["doubtful"], strict=True):
        held, touched = _against(shapes, area, tolerance=tolerance)
        unsettled = shapely.intersects(shapely.buffer(doubtful, -tolerance), shapes)
        for row in np.flatnonzero(held | touched):
            truth: Truth = True if held[row] and touched[row] else None
            if truth is None and across_edge == "majority":
                truth = _mostly(shapes[row], area)
            # Two versions of the area differ here, and it cannot be told which of them stands.
            why = (
                "missing_version" if unsettled[row] else "missing_edge" if size[row] else "missing_point_edge"
            )
            seen = replace(standing, inside=None if unsettled[row] else truth, unsettled=why)
            found[ids[row]] += (seen,)
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
