"""Shapes as arrays of whole numbers: places in the order of Morton's curve, lines and rings vertex by vertex."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from gisplan.maps.canvas.ground import STEPS, curve, on_grid
from gisplan.maps.canvas.numbers import Packed, Whole, packed, steps

Family = Literal["points", "lines", "areas"]
Shapes = NDArray[np.object_]

FAMILIES: Mapping[Family, tuple[int, ...]] = {"points": (0, 4), "lines": (1, 2, 5), "areas": (3, 6)}
"""The types of shapely that are drawn alike."""

HALF = 28
"""Bits of a place on the curve that a page reads at once: its numbers are whole up to 53 bits, its bits are 32."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Shapes as a page holds them: their parts by name, and which row of the table each feature is [n]."""

    family: Family
    parts: Mapping[str, Packed | list[int]]
    rows: Whole


def of_family(shapes: Shapes, kind: Family) -> bool:
    """Return whether all shapes of a layer belong to a family; what is missing or empty belongs to each.

    Parameters
    ----------
    shapes
        Geometries [n].
    kind
        The family.
    """
    there = ~(shapely.is_empty(shapes) | shapely.is_missing(shapes))
    return bool(np.isin(shapely.get_type_id(shapes[there]), FAMILIES[kind]).all())


def held(shapes: Shapes, kind: Family, *, in_order: bool) -> Held:
    """Return shapes of one family as a page holds them.

    Parameters
    ----------
    shapes
        Geometries [n, degrees, longitude first].
    kind
        Their family.
    in_order
        Whether every feature keeps its row; points that need not do so take a third less, for their order tells much.
    """
    if kind == "points":
        return _points(shapes, in_order=in_order)
    if kind == "lines":
        lines, owner = shapely.get_parts(_simple_lines(shapes), return_index=True)
        return _runs(lines, owner, kind, len(shapes))
    polygons, feature = shapely.get_parts(shapely.orient_polygons(shapes), return_index=True)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    return _runs(rings, feature[polygon], kind, len(shapes))


def _simple_lines(shapes: Shapes) -> Shapes:
    """Return rings as lines: shapely counts a ring as a type of its own."""
    rings = shapely.get_type_id(shapes) == 2  # noqa: PLR2004 (shapely's number of a ring)
    if not rings.any():
        return shapes
    plain = shapes.copy()
    plain[rings] = [shapely.LineString(ring.coords) for ring in shapes[rings]]
    return plain


def _points(shapes: Shapes, *, in_order: bool) -> Held:
    """Return points along the curve: then a page needs no index of its own, for a cell is a stretch of them."""
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    places = on_grid(coordinates)
    origin = places.min(axis=0, initial=STEPS)
    codes = curve(*(places - origin).T)
    order = np.argsort(codes, kind="stable")
    gaps = np.diff(codes[order], prepend=0)
    parts: dict[str, Packed | list[int]] = {
        "origin": origin.tolist(),
        "low": packed(gaps & (2**HALF - 1)),
        "high": packed(gaps >> HALF),
    }
    if not in_order and len(shapes) == len(owner) and (owner == np.arange(len(owner))).all():
        return Held(family="points", parts=parts, rows=order)
    # Rows stay where they are, for a feature may have several places, or none: each place says whose it is.
    parts["owner"] = packed(owner[order])
    return Held(family="points", parts=parts, rows=np.arange(len(shapes)))


def _runs(runs: Shapes, owner: NDArray[Any], kind: Family, count: int) -> Held:
    """Return lines or rings; of vertices that fall on one step, one after the other, the first stays."""
    coordinates, run = shapely.get_coordinates(runs, return_index=True)
    places = on_grid(coordinates)
    keep = np.ones(len(places), bool)
    keep[1:] = (np.diff(places, axis=0) != 0).any(axis=1) | (np.diff(run) != 0)
    places, run = places[keep], run[keep]
    if kind == "areas":
        open_ring = _without_closing(places, run)
        places, run = places[open_ring], run[open_ring]
    return Held(
        family=kind,
        parts={
            "x": steps(places[:, 0]),
            "y": steps(places[:, 1]),
            "runs": packed(np.bincount(owner, minlength=count).astype(np.int64)),
            "vertices": packed(np.bincount(run, minlength=len(runs)).astype(np.int64)),
        },
        rows=np.arange(count),
    )


def _without_closing(places: Whole, run: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which vertices of rings stay when the one that closes each is left out; a ring of one vertex keeps it."""
    first = np.searchsorted(run, run)
    last = np.append(np.diff(run) != 0, True)[: len(run)]
    closes = last & (first != np.arange(len(run))) & (places == places[first]).all(axis=1)
    return np.asarray(~closes)


def anchors(shapes: Shapes) -> Mapping[str, Packed]:
    """Return a place inside each shape, where its label stands.

    Parameters
    ----------
    shapes
        Geometries [n, degrees]; a shape that holds nothing has the place 0, 0.
    """
    inside = shapely.point_on_surface(shapes)
    places = np.zeros((len(shapes), 2), np.int64)
    there = ~(shapely.is_empty(inside) | shapely.is_missing(inside))
    places[there] = on_grid(shapely.get_coordinates(inside[there]))
    return {"x": steps(places[:, 0]), "y": steps(places[:, 1])}
