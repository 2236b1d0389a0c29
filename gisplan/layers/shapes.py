"""Geometries keep a layer's promise: right type, valid, in two dimensions; every repair is counted and weighed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.core.words import Kind, Spec, Text
from gisplan.layers.rings import areas_of_lines
from gisplan.layers.spikes import spikes
from gisplan.sources.raw import Refused

LARGEST_CHANGE = 0.01
SMALLEST_AREA = 1.0
"""A district below one square metre is a digitising fault; in other layers it is a sliver, kept and reported."""

DISTRICTS = "plan"
NAMED = 10
"""Rows that a finding names; it counts the rest."""

MULTIPOINT, COLLECTION = 4, 7
POINT, LINE, POLYGON = frozenset({0, 4}), frozenset({1, 2, 5}), frozenset({3, 6})
KIND_TYPES: Mapping[Kind, AbstractSet[int]] = {"point": POINT, "line": LINE, "polygon": POLYGON}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """Geometries after repair [n], which were mended [n], which rows are refused, and the doubts."""

    geometry: NDArray[np.object_]
    mended: NDArray[np.bool_]
    refused: tuple[Refused, ...]
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """Whose geometries they are: row numbers in the file [n], the layer, and what messages call the file."""

    numbers: NDArray[np.int64]
    spec: Spec
    file: str

    def refused(self, positions: Iterable[int], code: str) -> list[Refused]:
        return [Refused(row=int(self.numbers[i]), column="geometry", value="", code=code) for i in positions]

    def doubt(self, code: str, **values: object) -> Doubt:
        return Doubt(code=code, layer=self.spec.name, subject=self.file, values=values)


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
        If geometries are of another kind, lines do not close to the areas they stand for, or a repair changes an
        area by more than one percent.
    """
    if spec.kind == "table":
        return Shapes(geometry=geometry, mended=np.zeros(len(rows), dtype=bool), refused=(), doubts=())
    known = _Rows(numbers=rows, spec=spec, file=file)
    missing = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    broken = _infinite(geometry, rows)
    refused = [*known.refused(np.flatnonzero(missing).tolist(), "geom.empty"), *broken.values()]
    bad = missing.copy()
    bad[list(broken)] = True
    shapes, doubts = _of_collections(_without(geometry, bad), known)
    _right_kind(shapes, known)
    made = np.zeros(len(rows), dtype=bool)
    if spec.kind == "polygon" and (lines := np.isin(shapely.get_type_id(shapes), list(LINE))).any():
        areas = areas_of_lines(shapes, lines, rows, layer=spec.name, file=file)
        shapes, made = areas.geometry, areas.made
        refused += areas.refused
        doubts += areas.doubts
    shapes, more = _reduced(shapes, known)
    repaired = _repaired(shapes, known)
    small = _small(repaired.geometry, known)
    if spec.kind == "polygon":
        more += spikes(repaired.geometry, layer=spec.name, file=file)
    return Shapes(
        geometry=repaired.geometry,
        mended=repaired.mended | made,
        refused=(*refused, *repaired.refused, *small.refused),
        doubts=(*doubts, *more, *repaired.doubts, *small.doubts),
    )


def _without(geometry: NDArray[np.object_], bad: NDArray[np.bool_]) -> NDArray[np.object_]:
    shapes = geometry.copy()
    shapes[bad] = None
    return shapes


def _infinite(geometry: NDArray[np.object_], rows: NDArray[np.int64]) -> dict[int, Refused]:
    """Return the geometries with a coordinate that is no number, by position, each with the vertex at fault.

    Bounds alone would skip such a vertex.
    """
    points, owner = shapely.get_coordinates(geometry, return_index=True)
    wrong = np.flatnonzero(~np.isfinite(points).all(axis=1))
    begin = np.searchsorted(owner, owner[wrong])
    found: dict[int, Refused] = {}
    for vertex, position, first in zip(wrong.tolist(), owner[wrong].tolist(), begin.tolist(), strict=True):
        value = f"#{vertex - first + 1}: {points[vertex, 0]:g}, {points[vertex, 1]:g}"
        found.setdefault(
            position, Refused(row=int(rows[position]), column="geometry", value=value, code="geom.nan")
        )
    return found


def _accepted(spec: Spec) -> AbstractSet[int]:
    return frozenset().union(*(KIND_TYPES[kind] for kind in spec.accepts if kind in KIND_TYPES))


def _of_collections(
    geometry: NDArray[np.object_], known: _Rows
) -> tuple[NDArray[np.object_], tuple[Doubt, ...]]:
    """Return collections as their parts of the highest dimension: what is lower is left over from a cut."""
    positions = np.flatnonzero(shapely.get_type_id(geometry) == COLLECTION)
    if not len(positions):
        return geometry, ()
    shapes, taken, left = geometry.copy(), [], 0
    allowed = _accepted(known.spec) | (LINE if known.spec.kind == "polygon" else frozenset())
    for position in positions.tolist():
        parts = _parts(geometry[position])
        high = shapely.get_dimensions(parts) == shapely.get_dimensions(parts).max(initial=-1)
        if not len(parts) or int(shapely.get_type_id(parts[high])[0]) not in allowed:
            continue
        shapes[position] = _gathered(parts[high])
        taken.append(position)
        left += int((~high).sum())
    if not taken:
        return geometry, ()
    named = _some(known.numbers[taken])
    return shapes, (known.doubt("geom.collection", count=len(taken), rows=named, left=left),)


def _parts(shape: shapely.Geometry) -> NDArray[np.object_]:
    """Return the parts of a geometry that hold something, out of every collection they lie in."""
    parts = shapely.get_parts([shape])
    while np.isin(shapely.get_type_id(parts), [COLLECTION, 4, 5, 6]).any():
        parts = shapely.get_parts(parts)
    return np.asarray(parts[~shapely.is_empty(parts)], dtype=object)


def _gathered(parts: NDArray[np.object_]) -> shapely.Geometry:
    """Return parts of one kind as one geometry."""
    if len(parts) == 1:
        one: shapely.Geometry = parts[0]
        return one
    gather = (shapely.MultiPoint, shapely.MultiLineString, shapely.MultiPolygon)
    return gather[int(shapely.get_dimensions(parts[0]))](list(parts))


def _right_kind(geometry: NDArray[np.object_], known: _Rows) -> None:
    """Refuse a layer of other kinds; lines may stand for the areas that they enclose."""
    spec = known.spec
    allowed = _accepted(spec) | (LINE if spec.kind == "polygon" else frozenset())
    types = shapely.get_type_id(geometry)
    present = types >= 0
    wrong = present & ~np.isin(types, list(allowed))
    if not wrong.any():
        return
    named = []
    for code in np.unique(types[present]):
        rows = known.numbers[types == code]
        name, some = shapely.GeometryType(int(code)).name, _some(rows, limit=3)
        named.append(
            Text(
                ja=f"{name} {len(rows)}個（{'、'.join(some)}番）",
                en=f"{len(rows)} × {name} (no. {', '.join(some)})",
            )
        )
    values = {"layer": spec.name, "kinds": spec.accepts, "found": named, "rows": int(wrong.sum())}
    raise InputError(Problem(code="geom.type", place=known.file, values=values))


def _reduced(geometry: NDArray[np.object_], known: _Rows) -> tuple[NDArray[np.object_], tuple[Doubt, ...]]:
    """Return points for a layer of points that came as lines (platforms) or areas (buildings)."""
    if known.spec.kind != "point":
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
    return shapes, (known.doubt("geom.reduced", rows=count),) if count else ()


def _repaired(shapes: NDArray[np.object_], known: _Rows) -> Shapes:
    """Return valid geometries; a line of no length and an area of no width are valid as nothing at all."""
    invalid = ~shapely.is_missing(shapes) & ~shapely.is_valid(shapes)
    if not invalid.any():
        return Shapes(geometry=shapes, mended=invalid, refused=(), doubts=())
    whole, overlaps = _made_valid(shapes, invalid, known)
    gone = invalid & shapely.is_empty(whole)
    code = "geom.zero_area" if known.spec.kind == "polygon" else "geom.empty"
    mended = invalid & ~gone
    doubts = _weighed(shapes[mended], whole[mended], known.numbers[mended], known)
    refused = known.refused(np.flatnonzero(gone).tolist(), code)
    return Shapes(
        geometry=_without(whole, gone), mended=mended, refused=tuple(refused), doubts=(*doubts, *overlaps)
    )


def _made_valid(
    geometry: NDArray[np.object_], invalid: NDArray[np.bool_], known: _Rows
) -> tuple[NDArray[np.object_], tuple[Doubt, ...]]:
    """Return repaired geometries, and the doubt that tells where parts overlap.

    Each part is weighed on its own, and so the whole; then ground under two parts counts once, as law has it.
    """
    numbers = known.numbers[invalid]
    parts, owner = shapely.get_parts(geometry[invalid], return_index=True)
    mended = np.array([_of_kind(shape, known.spec) for shape in _valid(parts)], dtype=object)
    before, after = shapely.area(parts), shapely.area(mended)
    changed = np.abs(after - before) > LARGEST_CHANGE * np.maximum(before, SMALLEST_AREA)
    if known.spec.kind == "polygon" and changed.any():
        raise InputError(
            [
                Problem(
                    code="geom.changed",
                    place=f"{known.file}:{numbers[owner[i]]}",
                    values={
                        "row": str(numbers[owner[i]]),
                        "before": float(before[i]),
                        "after": float(after[i]),
                        "change": _percent(float(before[i]), float(after[i])),
                    },
                )
                for i in np.flatnonzero(changed)
            ]
        )
    edges = np.searchsorted(owner, np.arange(len(numbers) + 1))
    repaired = [
        shapely.disjoint_subset_union_all(mended[begin:end])
        for begin, end in itertools.pairwise(edges.tolist())
    ]
    shapes = geometry.copy()
    shapes[invalid] = np.array(repaired, dtype=object)
    if known.spec.kind != "polygon":
        return shapes, ()
    drawn: NDArray[np.float64] = np.bincount(owner, after, len(numbers)).astype("float64")
    return shapes, _overlaps(drawn, shapely.area(shapes[invalid]), numbers, known)


def _overlaps(
    drawn: NDArray[np.float64], covered: NDArray[np.float64], rows: NDArray[np.int64], known: _Rows
) -> tuple[Doubt, ...]:
    """Return the doubt that tells which rows drew ground twice: the area of all parts and that of the ground [n]."""
    twice = np.flatnonzero(drawn - covered > LARGEST_CHANGE * np.maximum(covered, SMALLEST_AREA))
    if not len(twice):
        return ()
    each = [_change(int(rows[i]), float(drawn[i]), float(covered[i])) for i in twice[:NAMED]]
    values = {
        "rows": _some(rows[twice]), "count": len(twice), "each": each,
        "drawn": float(drawn[twice].sum()), "covered": float(covered[twice].sum()),
    }  # fmt: skip
    return (known.doubt("geom.parts_overlap", **values),)


def _percent(before: float, after: float) -> str:
    return f"{(after - before) / before:+.1%}" if before else "—"


def _weighed(
    before: NDArray[np.object_], after: NDArray[np.object_], rows: NDArray[np.int64], known: _Rows
) -> tuple[Doubt, ...]:
    """Return the finding that tells which rows were repaired, and the area of each before and after."""
    if not len(rows):
        return ()
    was, now = shapely.area(before), shapely.area(after)
    values = {
        "rows": _some(rows),
        "count": len(rows),
        "each": [
            _change(int(row), float(one), float(other))
            for row, one, other in zip(rows[:NAMED], was[:NAMED], now[:NAMED], strict=True)
        ],
        "before": float(was.sum()),
        "after": float(now.sum()),
    }
    return (known.doubt("geom.invalid", **values),)


def _change(row: int, before: float, after: float) -> Text:
    sizes = f"{before:,.1f} → {after:,.1f} m²"
    return Text(ja=f"{row}番 {sizes}", en=f"no. {row} {sizes}")


def _small(shapes: NDArray[np.object_], known: _Rows) -> Shapes:
    """Refuse areas of nothing, and districts of next to nothing; tell of slivers elsewhere."""
    mended = np.zeros(len(shapes), dtype=bool)
    if known.spec.kind != "polygon":
        return Shapes(geometry=shapes, mended=mended, refused=(), doubts=())
    sizes = shapely.area(shapes)
    small = np.isin(shapely.get_type_id(shapes), list(POLYGON)) & (sizes < SMALLEST_AREA)
    empty = small & ((sizes == 0) | (known.spec.group == DISTRICTS))
    refused = known.refused(np.flatnonzero(empty).tolist(), "geom.zero_area")
    slivers = int((small & ~empty).sum())
    doubts = (known.doubt("geom.sliver", rows=slivers),) if slivers else ()
    return Shapes(geometry=shapes, mended=mended, refused=tuple(refused), doubts=doubts)


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


def _some(numbers: Sequence[int] | NDArray[np.int64], limit: int = NAMED) -> list[str]:
    shown = [str(number) for number in numbers[:limit]]
    return [*shown, "…"] if len(numbers) > limit else shown
