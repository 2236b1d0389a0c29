"""What a page needs to draw a layer on canvas tiles: the block of `encode.block`, its numbers packed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.words import Kind
from gisplan.maps import encode, style
from gisplan.maps.canvas.columns import column
from gisplan.maps.canvas.numbers import packed
from gisplan.maps.canvas.shapes import Family, Shapes, anchors, held, of_family
from gisplan.maps.words import MapLayer

MANY_FEATURES = 2_000
MANY_VERTICES = 10_000
"""From here on Leaflet's paths cost a page more than tiles do: Leaflet keeps an object for every vertex, projects all
of them again at each zoom, and asks every feature wherever the pointer goes. 10,000 vertices are 75 kB of text."""

KINDS: Mapping[Kind, Family] = {"point": "points", "line": "lines", "polygon": "areas"}

SIGNS = ("hub", "interchange", "chosen", "land", "site")
"""Looks that are elements of the page, or no picture of their own."""


def large(layer: MapLayer) -> bool:
    """Return whether a layer is drawn on tiles: it has many features or vertices, all of one kind."""
    shapes = layer.table.geometry.to_numpy()
    if len(shapes) < MANY_FEATURES and shapely.count_coordinates(shapes) < MANY_VERTICES:
        return False
    return style.look_of(layer).symbol not in SIGNS and _family_of(layer, shapes) is not None


def _family_of(layer: MapLayer, shapes: Shapes) -> Family | None:
    wanted = KINDS.get(layer.kind)
    return wanted if wanted is not None and of_family(shapes, wanted) else None


def block(layer: MapLayer, *, in_order: bool = True) -> dict[str, Any]:
    """Return everything that a page needs to draw a layer on tiles and to tell about it.

    Parameters
    ----------
    layer
        One that holds features of one family (points, lines or areas), in any CRS.
    in_order
        Whether every feature keeps the number of its row in the table; else points, their columns and classes stand in
        an order of their own, which takes less.

    Raises
    ------
    ConfigurationError
        If the table does not say its CRS, the layer gives no credit, its features are of several kinds, or one lies
        nowhere on the earth.
    """
    degrees = encode.in_degrees(layer)
    shapes = np.asarray(degrees.geometry.to_numpy(), object)
    kind = _family_of(layer, shapes)
    if kind is None:
        raise _problem("maps.canvas_mixed", layer)
    if not np.isfinite(shapely.get_coordinates(shapes)).all():
        raise _problem("maps.canvas_place", layer)
    found = held(shapes, kind, in_order=in_order)
    table = layer.table.iloc[found.rows]
    begun, at = encode.heading(layer)
    return {
        **begun,
        "columns": {name: column(table[name]) for name in encode.columns_of(layer)},
        "family": found.family,
        "parts": dict(found.parts),
        "at": packed(np.asarray(at, np.int64)[found.rows]) if at else None,
        "anchors": _anchors(layer, degrees.iloc[found.rows]),
        "tiles": True,
    }


def _anchors(layer: MapLayer, degrees: gpd.GeoDataFrame) -> dict[str, Any] | None:
    if not style.look_of(layer).label or layer.kind == "point":
        return None
    return dict(anchors(np.asarray(degrees.geometry.to_numpy(), object)))


def _problem(code: str, layer: MapLayer) -> ConfigurationError:
    return ConfigurationError(Problem(code=code, place=layer.name, values={"layer": layer.title}))
