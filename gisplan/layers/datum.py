"""Old datums: what is said of them, and whether a layer that traces the municipality fits another one better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gisplan.core.crs import DATUMS, ZONES, crs_text, moved_in_2011
from gisplan.core.tables import Doubt
from gisplan.layers.case import Case
from gisplan.layers.extent import Boundary, transformer, usable

JGD2000 = frozenset({4612, *range(2443, 2462)})
TOKYO = frozenset({4301, *range(30161, 30180)})
TOKYO_BASE, TOKYO_DEGREES, JGD2011_BASE = 30160, 4301, 6668
OUTLINE_POINTS = 400
NEAR_M = 50.0
TRACED, TIMES = 0.25, 3.0
"""So much of the outline has an edge beside it in another datum, and so many times less in the stated one."""

MOST_VERTICES = 500_000
"""Larger layers are not compared: they are the surveys of later years, and each point would be costly."""


def datum_doubts(crs: int, case: Case) -> tuple[Doubt, ...]:
    """Return what is to be said of the datum that a file states."""
    if crs in TOKYO:
        return (case.doubt("crs.tokyo_datum", crs=crs_text(crs)),)
    if crs in JGD2000:
        code = "crs.jgd2000" if moved_in_2011(case.plan.municipality) else "crs.jgd2000_same"
        return (case.doubt(code, crs=crs_text(crs)),)
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Better:
    """A CRS of another datum, and the share of the outline that a layer traces as it is and there [0–1]."""

    crs: int
    here: float
    there: float


def suspected(placed: NDArray[np.object_], crs: int, case: Case) -> tuple[Doubt, ...]:
    """Return a doubt where a layer of areas traces the municipality's outline in another datum, 450 m away.

    Parameters
    ----------
    placed
        Geometries in the plan's CRS [n].
    crs
        EPSG code of the CRS the file states.
    case
        The file and what it is tested against.
    """
    if case.boundary is None or case.spec.kind != "polygon":
        return ()
    found = traced_better(placed[usable(placed)], case.boundary, crs, case.plan.crs)
    if found is None:
        return ()
    values = {"stated": crs_text(crs), "other": crs_text(found.crs), "epsg": f"EPSG:{found.crs}"}
    shares = {"here": f"{found.here:.0%}", "there": f"{found.there:.0%}"}
    return (case.doubt("crs.datum_suspect", subject=case.name, **values, **shares),)


def traced_better(placed: NDArray[np.object_], boundary: Boundary, crs: int, target: int) -> Better | None:
    """Return the datum in which a layer traces the municipality's outline and in its own does not.

    Parameters
    ----------
    placed
        Usable geometries in the plan's CRS [n].
    boundary
        The municipality.
    crs
        EPSG code of the CRS that they were read in.
    target
        EPSG code of the plan's CRS.
    """
    other = other_datum(crs)
    areas = placed[shapely.get_dimensions(placed) > 0]
    if not other or not len(areas) or shapely.get_num_coordinates(areas).sum() > MOST_VERTICES:
        return None
    here, there = traced(areas, boundary.outline, (crs, other), target)
    if there < TRACED or there < TIMES * here:
        return None
    return Better(crs=other, here=here, there=there)


def other_datum(crs: int) -> int:
    """Return the EPSG code of the same numbers in the datum 450 m away; 0 where there is none."""
    if crs in TOKYO:
        return JGD2011_BASE if crs == TOKYO_DEGREES else crs - TOKYO_BASE + JGD2011_BASE
    for _, base, degrees in DATUMS:
        if crs == degrees:
            return TOKYO_DEGREES
        if 0 < base < crs <= base + ZONES:
            return TOKYO_BASE + crs - base
    return 0


def traced(
    areas: NDArray[np.object_], outline: shapely.Geometry, systems: Sequence[int], target: int
) -> tuple[float, ...]:
    """Return for each CRS the share of the outline that has an edge of the layer beside it [0–1].

    Parameters
    ----------
    areas
        The layer as it lies under the first of the systems [n].
    outline
        The municipality's outline.
    systems
        EPSG codes under which the numbers of the file may be read, the one that was used first.
    target
        EPSG code of the plan's CRS.
    """
    steps = np.linspace(0, 1, OUTLINE_POINTS, endpoint=False)
    along = np.full(OUTLINE_POINTS, outline, dtype=object)
    points = shapely.get_coordinates(shapely.line_interpolate_point(along, steps, normalized=True))
    edges = shapely.boundary(areas[shapely.get_dimensions(areas) == 2])  # noqa: PLR2004 (areas)
    tree = shapely.STRtree(np.concatenate([edges, areas[shapely.get_dimensions(areas) == 1]]))
    shares = []
    for system in systems:
        # The outline is moved the other way instead of the layer: its points are few.
        numbers = transformer(target, system).transform(points[:, 0], points[:, 1])
        x, y = transformer(systems[0], target).transform(*numbers)
        good = np.isfinite(x) & np.isfinite(y)
        near = tree.query(shapely.points(x[good], y[good]), predicate="dwithin", distance=NEAR_M)
        shares.append(len(np.unique(near[0])) / OUTLINE_POINTS)
    return tuple(shares)
