"""Geometries keep a layer's promise: right type, valid, in two dimensions; every repair is counted and weighed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.core.words import Kind, Spec
from gisplan.sources.raw import Refused

LARGEST_CHANGE = 0.01
SMALLEST_AREA = 1.0
"""A district below one square metre is a digitising fault; in other layers it is a sliver, kept and reported."""

DISTRICTS = "plan"

MULTIPOINT = 4
POINT, LINE, POLYGON = frozenset({0, 4}), frozenset({1, 2, 5}), frozenset({3, 6})
KIND_TYPES: Mapping[Kind, AbstractSet[int]] = {"point": POINT, "line": LINE, "polygon": POLYGON}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """Geometries after repair [n], which were mended [n], which rows are refused, and the doubts."""

    geometry: NDArray[np.object_]
    mended: NDArray[np.bool_]
    refused: tuple[Refused, ...]
    doubts: tuple[Doubt, ...]


def mend_shapes(geometry: NDArray[np.object_], rows: NDArray[np.int64], spec: Spec, *, file: str) -> Shapes:
    """Return geometries of the layer's kind, repaired where they can be; a table has none, and wants none.

    Parameters
    ----------
    geometry
        Geometries in a plane CRS [n].
    rows
        Their row numbers in the file [n].
    spec
        The layer, whose kind decides.
    file
        What messages call the file.

    Raises
    ------
    InputError
        If geometries are of another kind, or a repair changes an area by more than one percent.
    """
    if spec.kind == "table":
        return Shapes(geometry=geometry, mended=np.zeros(len(rows), dtype=bool), refused=(), doubts=())
    missing = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    bad = missing | _infinite(geometry)
    refused = [
        Refused(row=int(rows[i]), column="geometry", value="", code="geom.empty") for i in np.flatnonzero(bad)
    ]
    _right_kind(geometry, bad, spec, file)
    shapes, doubts = _reduced(_without(geometry, bad), spec, file)
    invalid = ~bad & ~shapely.is_valid(shapes)
    if invalid.any():
        whole = _made_valid(shapes, invalid, rows, spec, file)
        # A line of no length and an area of no width are valid as nothing at all.
        gone = invalid & shapely.is_empty(whole)
        code = "geom.zero_area" if spec.kind == "polygon" else "geom.empty"
        refused += [
            Refused(row=int(rows[i]), column="geometry", value="", code=code) for i in np.flatnonzero(gone)
        ]
        invalid &= ~gone
        bad |= gone
        doubts += _weighed(shapes[invalid], whole[invalid], rows[invalid], spec, file)
        shapes = whole
    if spec.kind == "polygon":
        areas = np.isin(shapely.get_type_id(shapes), list(POLYGON))
        small = ~bad & areas & (shapely.area(shapes) < SMALLEST_AREA)
        empty = small & ((shapely.area(shapes) == 0) | (spec.group == DISTRICTS))
        refused += [
            Refused(row=int(rows[i]), column="geometry", value="", code="geom.zero_area")
            for i in np.flatnonzero(empty)
        ]
        if (small & ~empty).any():
            values = {"rows": int((small & ~empty).sum())}
            doubts += (Doubt(code="geom.sliver", layer=spec.name, subject=file, values=values),)
    return Shapes(geometry=shapes, mended=invalid, refused=tuple(refused), doubts=doubts)


def _without(geometry: NDArray[np.object_], bad: NDArray[np.bool_]) -> NDArray[np.object_]:
    shapes = geometry.copy()
    shapes[bad] = None
    return shapes


def _infinite(geometry: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return which geometries have a coordinate that is no number [n]; bounds alone would skip such a vertex."""
    points, owner = shapely.get_coordinates(geometry, return_index=True)
    wrong = ~np.isfinite(points).all(axis=1)
    return np.bincount(owner[wrong], minlength=len(geometry)) > 0


def _right_kind(geometry: NDArray[np.object_], bad: NDArray[np.bool_], spec: Spec, file: str) -> None:
    allowed = set().union(*(KIND_TYPES[kind] for kind in spec.accepts if kind in KIND_TYPES))
    types = shapely.get_type_id(geometry)
    wrong = ~bad & ~np.isin(types, list(allowed))
    if not wrong.any():
        return
    names = sorted({shapely.GeometryType(int(code)).name for code in types[wrong]})
    raise InputError(
        Problem(
            code="geom.type",
            place=file,
            values={"layer": spec.name, "kinds": spec.accepts, "found": names, "rows": int(wrong.sum())},
        )
    )


def _reduced(
    geometry: NDArray[np.object_], spec: Spec, file: str
) -> tuple[NDArray[np.object_], tuple[Doubt, ...]]:
    """Return points for a layer of points that came as lines (platforms) or areas (buildings)."""
    if spec.kind != "point":
        return geometry, ()
    types = shapely.get_type_id(geometry)
    shapes = geometry.copy()
    lines, areas, several = np.isin(types, list(LINE)), np.isin(types, list(POLYGON)), types == MULTIPOINT
    shapes[lines] = shapely.line_interpolate_point(shapely.line_merge(geometry[lines]), 0.5, normalized=True)
    # A MultiLineString that does not merge has no middle; a point on it stands for it.
    unmerged = lines & shapely.is_missing(shapes)
    shapes[unmerged] = shapely.point_on_surface(geometry[unmerged])
    shapes[areas] = shapely.point_on_surface(geometry[areas])
    shapes[several] = shapely.get_geometry(geometry[several], 0)
    count = int((lines | areas | several).sum())
    if not count:
        return shapes, ()
    return shapes, (Doubt(code="geom.reduced", layer=spec.name, subject=file, values={"rows": count}),)


def _made_valid(
    geometry: NDArray[np.object_], invalid: NDArray[np.bool_], rows: NDArray[np.int64], spec: Spec, file: str
) -> NDArray[np.object_]:
    """Return repaired geometries; each part is weighed on its own, then ground under two parts counts once."""
    numbers = rows[invalid]
    parts, owner = shapely.get_parts(geometry[invalid], return_index=True)
    mended = np.array([_of_kind(shape, spec) for shape in _valid(parts)], dtype=object)
    change = np.abs(shapely.area(mended) - shapely.area(parts))
    changed = change > LARGEST_CHANGE * np.maximum(shapely.area(parts), SMALLEST_AREA)
    if spec.kind == "polygon" and changed.any():
        raise InputError(
            [
                Problem(
                    code="geom.changed",
                    place=f"{file}:{numbers[owner[i]]}",
                    values={"before": float(shapely.area(parts[i])), "after": float(shapely.area(mended[i]))},
                )
                for i in np.flatnonzero(changed)
            ]
        )
    repaired = np.array(
        [shapely.disjoint_subset_union_all(mended[owner == i]) for i in range(len(numbers))], dtype=object
    )
    shapes = geometry.copy()
    shapes[invalid] = repaired
    return shapes


def _weighed(
    before: NDArray[np.object_], after: NDArray[np.object_], rows: NDArray[np.int64], spec: Spec, file: str
) -> tuple[Doubt, ...]:
    """Return the finding that tells which rows were repaired, and their area before and after."""
    if not len(rows):
        return ()
    values = {
        "rows": _some(rows),
        "count": len(rows),
        "before": float(shapely.area(before).sum()),
        "after": float(shapely.area(after).sum()),
    }
    return (Doubt(code="geom.invalid", layer=spec.name, subject=file, values=values),)


def _valid(parts: NDArray[np.object_]) -> NDArray[np.object_]:
    broken = ~shapely.is_valid(parts)
    mended = parts.copy()
    mended[broken] = shapely.make_valid(parts[broken], method="structure", keep_collapsed=False)
    return mended


def _of_kind(shape: shapely.Geometry, spec: Spec) -> shapely.Geometry:
    """Return the parts of a repaired geometry that are of the layer's kind."""
    wanted = KIND_TYPES[spec.kind]
    if shapely.get_type_id(shape) in wanted:
        return shape
    parts = [
        part for part in shapely.get_parts(shapely.get_parts([shape])) if shapely.get_type_id(part) in wanted
    ]
    return shapely.union_all(parts)


def _some(numbers: Sequence[int] | NDArray[np.int64], limit: int = 10) -> list[str]:
    shown = [str(number) for number in numbers[:limit]]
    return [*shown, "…"] if len(numbers) > limit else shown
