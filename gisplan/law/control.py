"""Urbanization control area inside the promotion areas: what calls for the governor's consultation (22条11項)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import shapely

from gisplan.core.tables import Doubt
from gisplan.law.facts import CONTROL, PROMOTED
from gisplan.law.phrases import ground_text, listed, title_text
from gisplan.law.promotion import HARDLY
from gisplan.law.rule import Rule
from gisplan.law.slivers import polygons
from gisplan.overlay.guard import same_crs

NO_GROUND = shapely.MultiPolygon()


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlGround:
    """Urbanization control area in each promotion area [m²], and what there is of it as a mere sliver.

    `unknown` is ground of areas without any that is sure, of which it cannot be told whether it is urbanization
    control area, as these layers are `missing` or, where none is, as polygons carry no division.
    """

    real: Mapping[str, float]
    slivers: Mapping[str, float]
    unknown: Mapping[str, float]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """Urbanization control area that is sure, and ground that may be some [m] for want of layers."""

    sure: shapely.Geometry
    possible: shapely.Geometry
    missing: tuple[str, ...] = ()


def control_ground(
    areas: gpd.GeoDataFrame,
    divisions: gpd.GeoDataFrame,
    *,
    only: bool,
    planning: gpd.GeoDataFrame | None,
    municipality: gpd.GeoDataFrame | None,
    tolerance: float,
) -> ControlGround:
    """Return how much urbanization control area each promotion area contains.

    Where 市街化区域 alone is drawn, the other is what it leaves out of the city planning areas that are divided,
    inside the municipality; without those layers it cannot be told.

    Parameters
    ----------
    areas
        Promotion areas with column `id` [m].
    divisions
        Area divisions that do not overlap, with `id` and `division` [m].
    only
        Only 市街化区域 is drawn.
    planning
        City planning areas that have an area division, or None where the layer is missing [m].
    municipality
        The municipalities of the plan, or None where the layer is missing [m].
    tolerance
        Ground that reaches no deeper is a sliver: boundaries are digitised at different scales [m].
    """
    same_crs(areas, divisions, place="law.control")
    ground = _drawn(divisions)
    if only:
        ground = _left_out(areas, divisions, planning, municipality, tolerance=tolerance)
    sure, deep = _within(areas, ground.sure, tolerance=tolerance)
    possible, may_be = _within(areas, ground.possible, tolerance=tolerance)
    unknown = {name: metres for name, metres in possible.items() if name in may_be - deep}
    told = {name: metres for name, metres in sure.items() if name not in unknown}
    return ControlGround(
        real={name: metres for name, metres in told.items() if name in deep},
        slivers={name: metres for name, metres in told.items() if name not in deep},
        unknown=unknown,
        missing=ground.missing,
    )


def _drawn(divisions: gpd.GeoDataFrame) -> _Ground:
    """Return the ground of divisions that are drawn; a polygon without a division may be either."""
    control = divisions[divisions["division"] == CONTROL].union_all()
    unnamed = divisions[~divisions["division"].isin([CONTROL, PROMOTED])].union_all()
    return _Ground(sure=control, possible=unnamed)


def _left_out(
    areas: gpd.GeoDataFrame,
    divisions: gpd.GeoDataFrame,
    planning: gpd.GeoDataFrame | None,
    municipality: gpd.GeoDataFrame | None,
    *,
    tolerance: float,
) -> _Ground:
    """Return what 市街化区域 leaves out around the areas, cut to the layers that bound it."""
    # Wider than the areas, so that its own edge is never taken for the edge of control area.
    window = shapely.buffer(shapely.box(*areas.total_bounds), 2 * tolerance + 1.0)
    rest = shapely.difference(window, divisions.union_all())
    missing = []
    for name, bounds in (("city_planning_area", planning), ("municipality", municipality)):
        if bounds is None:
            missing.append(name)
            continue
        same_crs(areas, bounds, place="law.control")
        rest = shapely.intersection(rest, bounds.union_all())
    if missing:
        return _Ground(sure=NO_GROUND, possible=rest, missing=tuple(missing))
    return _Ground(sure=rest, possible=NO_GROUND)


def _within(
    areas: gpd.GeoDataFrame, ground: shapely.Geometry, *, tolerance: float
) -> tuple[dict[str, float], set[str]]:
    """Return how much of some ground each area holds [m²], and which areas reach into it beyond the tolerance [m]."""
    shapes, names = areas.geometry.to_numpy(), areas["id"].to_numpy(object)
    whole = polygons(ground)
    size = shapely.area(shapely.intersection(whole, shapes))
    reached = shapely.area(shapely.intersection(shapely.buffer(whole, -tolerance), shapes)) > 0
    held = {str(name): float(metres) for name, metres in zip(names, size, strict=True) if metres >= HARDLY}
    return held, {str(name) for name in names[reached]} & set(held)


def control_doubts(found: ControlGround, *, tolerance: float, rule: Rule, day: date) -> tuple[Doubt, ...]:
    """Return a doubt for every promotion area that contains urbanization control area, a sliver of it, or may do.

    Parameters
    ----------
    found
        What `control_ground` returns.
    tolerance
        The depth of a sliver, for the words [m].
    rule
        `coworking.toml`.
    day
        The day on which the law is applied; before the Act nobody has to be consulted.
    """
    if not rule.holds(day):
        return ()
    articles = "; ".join(rule.cite("consultation", day=day))
    titles = listed(title_text(layer) for layer in found.missing)
    real = [("law.consultation", name, ground_text(metres)) for name, metres in found.real.items()]
    may_be = "law.consultation_unknown" if found.missing else "law.consultation_unnamed"
    unknown = [(may_be, name, ground_text(metres)) for name, metres in found.unknown.items()]
    slivers = [("law.consultation_sliver", name, metres) for name, metres in found.slivers.items()]
    return tuple(
        Doubt(
            code=code,
            layer="promotion_area",
            subject=name,
            verdict="cannot_tell" if name in found.unknown else "",
            articles=articles,
            values={"area": area, "tolerance": tolerance, "missing": titles},
        )
        for code, name, area in (*real, *unknown, *slivers)
    )
