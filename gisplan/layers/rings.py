"""Areas that were published as lines: closed rings become areas, and rings within rings their holes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.core.units import hectares
from gisplan.core.words import Text
from gisplan.layers.ring_lines import CLOSE_M, Ring, Rings, rings_of
from gisplan.sources.raw import Refused

AREA = 2
"""The dimension of an area."""

SAME = 0.01
"""Two rings overlap by less than this share of the smaller one, or one lies in the other but for it."""

NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Areas:
    """Geometries with areas where lines were [n], which rows were made so [n], rows without one, and the doubts."""

    geometry: NDArray[np.object_]
    made: NDArray[np.bool_]
    refused: tuple[Refused, ...]
    doubts: tuple[Doubt, ...]


def areas_of_lines(
    geometry: NDArray[np.object_], lines: NDArray[np.bool_], rows: NDArray[np.int64], *, layer: str, file: str
) -> Areas:
    """Return areas in the place of lines.

    A ring within another is its hole, a ring within a hole an area again (even and odd). The area keeps the
    attributes of the row of its outer ring; rows of holes have no area, and are refused with that reason.

    Parameters
    ----------
    geometry
        Geometries in a plane CRS [n], None where there is none.
    lines
        Which of them are lines [n].
    rows
        Their row numbers in the file [n].
    layer, file
        What messages call the layer and the file.

    Raises
    ------
    InputError
        If lines do not close, or rings cross each other or areas of the same file.
    """
    found = rings_of(geometry, np.flatnonzero(lines), rows, file=file)
    rings = found.rings
    outlines = [ring.area for ring in rings]
    within, crossing = _nesting(outlines)
    _refuse_crossing(rings, crossing, rows, file)
    _refuse_over_areas(rings, geometry, rows, file)
    holes = _holes(rings, within)
    shapes, made = geometry.copy(), np.zeros(len(geometry), dtype=bool)
    shapes[lines] = None
    by_row: dict[int, list[shapely.Geometry]] = {}
    for position, ring in enumerate(rings):
        if len(within[position]) % 2 == 0:
            by_row.setdefault(ring.owner, []).append(
                _with_holes(ring, [rings[i] for i in holes.get(position, ())])
            )
    for owner, parts in by_row.items():
        shapes[owner] = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
        made[owner] = True
    refused = _without_area(found, holes, rows, set(by_row))
    doubt = _doubt(found, holes, shapes, rows, (layer, file))
    return Areas(geometry=shapes, made=made, refused=refused, doubts=(doubt,))


def _nesting(areas: Sequence[shapely.Geometry]) -> tuple[list[set[int]], list[tuple[int, int]]]:
    """Return for each ring those around it, and the pairs that neither nest nor keep apart."""
    shapes = np.array([shapely.make_valid(area) for area in areas], dtype=object)
    sizes = shapely.area(shapes)
    within: list[set[int]] = [set() for _ in areas]
    crossing: list[tuple[int, int]] = []
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    # The smaller of two first; rings of one size by their position.
    small = (sizes[one] < sizes[other]) | ((sizes[one] == sizes[other]) & (one < other))
    pairs = np.column_stack([one[small], other[small]])
    common = shapely.area(shapely.intersection(shapes[pairs[:, 0]], shapes[pairs[:, 1]]))
    for (inner, outer), shared in zip(pairs.tolist(), common.tolist(), strict=True):
        if shared <= SAME * sizes[inner]:
            continue
        alike = sizes[inner] >= (1 - SAME) * sizes[outer]
        if shared >= (1 - SAME) * sizes[inner] and not alike:
            within[inner].add(outer)
        else:
            crossing.append((inner, outer))
    return within, crossing


def _holes(rings: Sequence[Ring], within: Sequence[set[int]]) -> Mapping[int, list[int]]:
    """Return the holes of each outer ring: those that lie in it, and in nothing that lies in it."""
    holes: dict[int, list[int]] = {}
    for position, around in enumerate(within):
        if len(around) % 2 == 1:
            # The innermost of the rings around it has the others around itself.
            nearest = max(around, key=lambda ring: (len(within[ring]), -rings[ring].area.area))
            holes.setdefault(nearest, []).append(position)
    return holes


def _with_holes(ring: Ring, holes: Sequence[Ring]) -> shapely.Geometry:
    shape = shapely.Polygon(ring.area.exterior.coords, [list(hole.area.exterior.coords) for hole in holes])
    if not holes or shape.is_valid or not ring.area.is_valid:
        return shape
    # A hole that reaches over its ring by a hair.
    return shapely.difference(ring.area, shapely.union_all([shapely.make_valid(hole.area) for hole in holes]))


def _refuse_crossing(
    rings: Sequence[Ring], crossing: Sequence[tuple[int, int]], rows: NDArray[np.int64], file: str
) -> None:
    if crossing:
        named = [f"{rows[rings[a].owner]}–{rows[rings[b].owner]}" for a, b in crossing[:NAMED]]
        raise InputError(Problem(code="geom.lines_cross", place=file, values={"pairs": sorted(named)}))


def _refuse_over_areas(
    rings: Sequence[Ring], geometry: NDArray[np.object_], rows: NDArray[np.int64], file: str
) -> None:
    """Refuse rings that lie over areas of the same file: which of the two is meant is not known."""
    areas = np.flatnonzero(shapely.get_dimensions(geometry) == AREA)
    if not len(areas) or not rings:
        return
    outlines = shapely.make_valid(np.array([ring.area for ring in rings], dtype=object))
    solid = shapely.make_valid(geometry[areas])
    ring, area = shapely.STRtree(solid).query(outlines, predicate="intersects")
    common = shapely.area(shapely.intersection(outlines[ring], solid[area]))
    smaller = np.minimum(shapely.area(outlines[ring]), shapely.area(solid[area]))
    over = np.flatnonzero(common > SAME * smaller)
    if len(over):
        named = [f"{rows[rings[ring[i]].owner]}–{rows[areas[area[i]]]}" for i in over[:NAMED]]
        raise InputError(Problem(code="geom.lines_cross", place=file, values={"pairs": sorted(named)}))


def _without_area(
    found: Rings, holes: Mapping[int, Sequence[int]], rows: NDArray[np.int64], owners: set[int]
) -> tuple[Refused, ...]:
    """Return the rows whose lines went into an area of another row."""
    reasons: dict[int, tuple[str, int]] = {}
    for outer, inner in holes.items():
        for hole in inner:
            reasons[found.rings[hole].owner] = ("geom.hole_line", found.rings[outer].owner)
    for ring in found.rings:
        for row in ring.joined:
            reasons.setdefault(row, ("geom.joined_line", ring.owner))
    for row, owner in found.again:
        reasons.setdefault(row, ("geom.same_line", owner))
    for row in found.strays:
        reasons.setdefault(row, ("geom.short_line", row))
    return tuple(
        Refused(row=int(rows[row]), column="geometry", value=str(rows[owner]), code=code)
        for row, (code, owner) in sorted(reasons.items())
        if row not in owners
    )


def _doubt(
    found: Rings, holes: Mapping[int, Sequence[int]], shapes: NDArray[np.object_], rows: NDArray[np.int64],
    names: tuple[str, str],
) -> Doubt:  # fmt: skip
    owners = sorted(
        {ring.owner for ring in found.rings} & set(np.flatnonzero(shapely.get_dimensions(shapes) == AREA))
    )
    inner = {found.rings[outer].owner: len(held) for outer, held in holes.items()}
    values = {
        "lines": found.lines,
        "areas": [_said(shapes[owner], int(rows[owner]), inner.get(owner, 0)) for owner in owners[:NAMED]],
        "count": len(owners),
        "holes": sum(len(held) for held in holes.values()),
        "total": hectares(float(shapely.area(shapes[owners]).sum())),
        "closed": found.closed,
        "joined": sum(len(ring.joined) for ring in found.rings),
        "tolerance": f"{CLOSE_M:g}",
        "gap": f"{found.widest:.3f}",
    }
    return Doubt(code="geom.from_lines", layer=names[0], subject=names[1], values=values)


def _said(area: shapely.Geometry, row: int, holes: int) -> Text:
    size = f"{hectares(float(shapely.area(area))):,.2f} ha"
    return Text(
        ja=f"{row}番 {size}" + (f"（穴 {holes}）" if holes else ""),
        en=f"no. {row} {size}" + (f" (holes: {holes})" if holes else ""),
    )
