"""Candidates on a grid: points at every so many metres inside the areas of a layer, in some zones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from gisplan.access.places import AREAS
from gisplan.core.errors import ConfigurationError, Problem
from gisplan.overlay.locate import locate
from gisplan.siting.asked.question import Asked, label, nearest_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.core.words import Atlas

USUAL = ("promotion_area", "municipality")
"""The layers inside which hubs may stand, the narrower first."""

MANY = 20_000
"""So many points take minutes to judge; a spacing that makes more was meant otherwise."""


def grid_of(atlas: Atlas, asked: Asked) -> tuple[gpd.GeoDataFrame, str]:
    """Return the points of the grid with `id` and `name`, and the layer they lie in.

    The points are the middles of squares whose corners have coordinates that are multiples of the spacing, so that
    they stay where they are when the areas change. Their ids number rows from south to north and columns from west
    to east.

    Parameters
    ----------
    atlas
        The layers of the plan.
    asked
        The question.

    Raises
    ------
    ConfigurationError
        If the layer or a zone is not there, or the grid has no point or too many.
    """
    options = asked.options.grid
    within = options.within or next((name for name in USUAL if atlas.table(name) is not None), USUAL[-1])
    areas = atlas.table(within)
    problems = []
    if areas is None:
        problems.append(asked.problem("site.no_layer", "grid.within", key="grid.within", name=within))
    zones = atlas.table("zone")
    if options.zones and zones is None:
        problems.append(asked.problem("site.no_layer", "grid.zones", key="grid.zones", name="zone"))
    elif options.zones and zones is not None:
        known = sorted(set(zones["zone"]) - {""})
        problems += [
            asked.problem(
                "site.grid_zone", "grid.zones", name=name, near=nearest_words(name, known), known=known
            )
            for name in options.zones
            if name not in known
        ]
    if problems or areas is None:
        raise ConfigurationError(problems)
    ground = shapely.union_all(areas.geometry.to_numpy())
    if options.zones and zones is not None:
        held = zones[zones["zone"].isin(options.zones)].geometry.to_numpy()
        ground = shapely.intersection(ground, shapely.union_all(held))
    found = _points(ground, asked)
    if not len(found):
        raise ConfigurationError(
            asked.problem("site.grid_empty", "grid", spacing=f"{options.spacing_m:g}", within=within)
        )
    found = found.set_crs(areas.crs)
    return found.assign(name=_names(found, atlas)), within


def _points(ground: shapely.Geometry, asked: Asked) -> gpd.GeoDataFrame:
    """Return the points of the grid inside some ground, by rows from south to north."""
    spacing = asked.options.grid.spacing_m
    if shapely.is_empty(ground):
        return gpd.GeoDataFrame({"id": [], "name": []}, geometry=[])
    west, south, east, north = shapely.bounds(ground)
    first = np.floor(np.array([west, south]) / spacing)
    columns, rows = (np.ceil(np.array([east, north]) / spacing) - first).astype(int)
    if columns * rows > 100 * MANY:
        raise ConfigurationError(_too_many(asked, int(columns * rows)))
    column, row = (part.ravel() for part in np.meshgrid(np.arange(columns), np.arange(rows)))
    points = shapely.points((first[0] + column + 0.5) * spacing, (first[1] + row + 0.5) * spacing)
    shapely.prepare(ground)
    inside = shapely.intersects(ground, points)
    if inside.sum() > MANY:
        raise ConfigurationError(_too_many(asked, int(inside.sum())))
    ids = _ids(row[inside], column[inside], most=max(int(rows), int(columns)))
    return gpd.GeoDataFrame({"id": ids, "name": ""}, geometry=points[inside])


def _names(found: gpd.GeoDataFrame, atlas: Atlas) -> list[str]:
    """Return the neighbourhood of each point with its id, which alone says nothing of where it is; "" outside all."""
    areas = atlas.table(AREAS)
    if areas is None:
        return [""] * len(found)
    area = locate(found, areas).sort_values("point")["area"]
    names = dict(zip(areas["id"], label(areas), strict=True))
    return [f"{names[one]} {own}" if one else "" for one, own in zip(area, found["id"], strict=True)]


def _too_many(asked: Asked, count: int) -> Problem:
    return asked.problem(
        "site.grid_many",
        "grid.spacing_m",
        count=f"{count:,}",
        most=f"{MANY:,}",
        spacing=f"{asked.options.grid.spacing_m:g}",
    )


def _ids(row: NDArray[np.int64], column: NDArray[np.int64], *, most: int) -> list[str]:
    """Return an id for each point, such as grid-012-034, whose order as text is that of the points."""
    digits = max(len(str(most)), 3)
    return [f"grid-{one:0{digits}d}-{other:0{digits}d}" for one, other in zip(row, column, strict=True)]
