"""Layers as compact JSON that no parser can take for anything but data.

Coordinates become whole numbers of 1e-6 degrees (about 0.1 m), each the difference to the one before it;
columns become arrays, with a dictionary where values repeat.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from numbers import Integral, Real
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.words import Text
from gisplan.maps import style
from gisplan.maps.credited import refuse_uncredited
from gisplan.maps.words import MapLayer

DEGREES = "EPSG:4326"
SCALE = 1_000_000
LONGEST_TEXT = 10_000
"""Signs of a text in a page; the GeoPackage holds a longer one whole."""

POINT, LINE, POLYGON = 0, 1, 2
POLYGON_TYPES = (3, 6)
LINE_TYPES = (1, 2, 5)

_ESCAPES: Mapping[str, str] = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "%": "\\u0025", "#": "\\u0023",
            "\u2028": "\\u2028", "\u2029": "\\u2029"}  # fmt: skip
_STRING_WITH_BRACE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"')
_SURROGATE = re.compile("[\ud800-\udfff]")


def data_json(value: Any) -> str:
    r"""Return a value as JSON that stays data inside a script block and inside a template.

    `<`, `>`, `&`, `%`, `#`, U+2028 and U+2029 are escaped everywhere, and braces inside texts, so that
    neither an HTML parser nor a second pass of a template engine finds anything of its own in it.

    Raises
    ------
    ValueError
        If a number is not finite: a missing number is None.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign, escape in _ESCAPES.items():
        text = text.replace(sign, escape)
    text = _STRING_WITH_BRACE.sub(_braces, text)
    return plain(text)


def _braces(found: re.Match[str]) -> str:
    return found[0].replace("{", "\\u007b").replace("}", "\\u007d")


def plain(text: str) -> str:
    """Return a text that can be written as UTF-8: half a surrogate pair becomes U+FFFD."""
    try:
        text.encode()  # the quickest way to learn that there is nothing to put right, as nearly always
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


def short(value: Any) -> Any:
    """Return a value as a page holds it: a text of more than 10,000 signs is cut, and says so by an ellipsis."""
    long = isinstance(value, str) and len(value) > LONGEST_TEXT
    return f"{value[: LONGEST_TEXT - 1]}…" if long else value


def short_text(text: Text) -> Text:
    """Return a text in both languages as a page holds it."""
    return Text(ja=short(text.ja), en=short(text.en))


def both(text: Text) -> dict[str, str]:
    """Return a text as the page holds it."""
    return {"ja": short(text.ja), "en": short(text.en)}


def block(layer: MapLayer) -> dict[str, Any]:
    """Return everything the page needs to draw a layer and to tell about it.

    Raises
    ------
    ConfigurationError
        If the table does not say its CRS, or the layer gives no credit.
    """
    table = in_degrees(layer)
    look = style.look_of(layer)
    begun, at = heading(layer)
    kinds, structure, coordinates = geometry(table.geometry.to_numpy())
    return {
        **begun,
        "at": at,
        "columns": {name: column(table[name]) for name in columns_of(layer)},
        "kinds": kinds,
        "structure": structure,
        "coordinates": coordinates,
        "anchors": anchors(table.geometry.to_numpy()) if look.label or look.symbol == "site" else [],
    }


def columns_of(layer: MapLayer) -> list[str]:
    """Return the columns of a layer that reach a page."""
    names = ["name", style.look_of(layer).text_by, *(name for name, _ in layer.popup)]
    return [name for name in dict.fromkeys(names) if name in layer.table.columns]


def heading(layer: MapLayer) -> tuple[dict[str, Any], list[int]]:
    """Return what a page needs to know of a layer as a whole, and the class of every feature."""
    look = style.look_of(layer)
    at, entries = style.classes(layer)
    held = layer.table.columns
    said = {
        "name": layer.name,
        "title": both(layer.title),
        "group": both(layer.group),
        "credit": both(layer.credit),
        "kind": layer.kind,
        "count": len(layer.table),
        "visible": layer.visible,
        "style": _style(layer),
        "look": {"symbol": look.symbol, "label": look.label, "dash": list(look.dash), "stacked": look.stacked,
                 "text": look.text_by, "texts": dict(look.texts), "listed": look.listed, "room": look.room},
        "classes": [_class(layer, entry) for entry in entries],
        "by": layer.style.by,
        "popup": [[column, both(title)] for column, title in layer.popup if column in held],
        "optional": list(layer.optional),
        "percent": list(layer.percent),
        "answers": {name: dict(colours) for name, colours in layer.answers.items()},
        "labels": {name: {short(value): both(text) for value, text in layer.labels[name].items()}
                   for name in columns_of(layer) if name in layer.labels},
    }  # fmt: skip
    return said, at


def _class(layer: MapLayer, entry: style.Entry) -> dict[str, Any]:
    look = style.look_of(layer)
    return {
        "title": both(entry.title),
        "colour": entry.colour,
        "line": style.outline(layer.style, entry.colour),
        "count": entry.count,
        "width": look.widths.get(entry.value, 1),
        "radius": look.radii.get(entry.value, 1),
        "hatch": entry.hatch.name if entry.hatch else "",
        "ink": entry.ink if entry.hatch else "",
        "dash": list(style.dash_of(layer, entry)),
        "sign": look.texts.get(entry.value, "") if look.text_by == layer.style.by else "",
    }


def _style(layer: MapLayer) -> dict[str, Any]:
    own = layer.style
    return {
        "colour": own.colour,
        "line": style.outline(own, own.colour),
        "width": own.width,
        "radius": own.radius,
        "opacity": own.opacity,
        "order": own.order,
    }


def in_degrees(layer: MapLayer) -> gpd.GeoDataFrame:
    """Return the table of a layer in degrees.

    Raises
    ------
    ConfigurationError
        If the table does not say its CRS, or the layer gives no credit.
    """
    refuse_uncredited([layer])
    if layer.table.crs is None:
        raise ConfigurationError(Problem(code="maps.no_crs", place=layer.name, values={"layer": layer.title}))
    return layer.table.to_crs(DEGREES)


def geometry(shapes: Sequence[Any]) -> tuple[list[int], list[int], list[int]]:
    """Return shapes as whole numbers.

    Parameters
    ----------
    shapes
        Geometries [n, degrees, longitude first].

    Returns
    -------
    kinds
        0 point, 1 line, 2 polygon; one number where all are alike, else one per shape [1 or n].
    structure
        Per shape the number of parts; per part of a polygon the number of rings; per line or ring the number
        of its vertices. Points have parts alone. A ring's last vertex, equal to its first, is left out.
    coordinates
        Longitude and latitude in turn, in 1e-6 degrees, each the difference to the vertex before it, over
        the whole layer.
    """
    structure: list[int] = []
    found: list[np.ndarray[Any, np.dtype[np.float64]]] = []
    kinds = [_put(shape, structure, found) for shape in shapes]
    alike = kinds[:1] if len(set(kinds)) <= 1 else kinds
    if not found:
        return alike, structure, []
    whole = np.rint(np.concatenate(found) * SCALE).astype(np.int64)
    return alike, structure, np.diff(whole, axis=0, prepend=np.zeros((1, 2), np.int64)).ravel().tolist()


def _put(shape: Any, structure: list[int], found: list[Any]) -> int:
    if shape is None or shape.is_empty:
        structure.append(0)
        return POINT
    parts = list(shapely.get_parts(shape))
    structure.append(len(parts))
    kind = shapely.get_type_id(shape)
    if kind in POLYGON_TYPES:
        for part in parts:
            rings = [part.exterior, *part.interiors]
            structure.append(len(rings))
            for ring in rings:
                _vertices(shapely.get_coordinates(ring)[:-1], structure, found)
        return POLYGON
    if kind in LINE_TYPES:
        for part in parts:
            _vertices(shapely.get_coordinates(part), structure, found)
        return LINE
    found.append(shapely.get_coordinates(shape))
    return POINT


def _vertices(vertices: Any, structure: list[int], found: list[Any]) -> None:
    """Put a line or ring, without vertices that fall on the one before once they are whole numbers."""
    whole = np.rint(vertices * SCALE)
    keep = np.ones(len(whole), bool)
    keep[1:] = (whole[1:] != whole[:-1]).any(axis=1)
    structure.append(int(keep.sum()))
    found.append(vertices[keep])


def anchors(shapes: Sequence[Any]) -> list[int]:
    """Return a point inside each shape, where its label stands [2n, 1e-6 degrees, longitude first]."""
    inside = shapely.point_on_surface(np.asarray(shapes, object))
    flat = np.array([[0.0, 0.0] if p is None or p.is_empty else [p.x, p.y] for p in inside]).reshape(-1, 2)
    whole: list[int] = np.rint(flat * SCALE).astype(np.int64).ravel().tolist()
    return whole


def column(values: pd.Series) -> dict[str, Any]:
    """Return a column as a dictionary with places (`d`, `i`), or as plain values (`v`) where few repeat."""
    plainly = [short(value) for value in cells(values)]
    known: dict[tuple[str, Any], int] = {}
    places = [known.setdefault((type(value).__name__, value), len(known)) for value in plainly]
    if len(known) * 2 > len(plainly):
        return {"v": plainly}
    return {"d": [value for _, value in known], "i": places}


def cells(values: pd.Series) -> list[str | float | int | bool | None]:
    """Return the values of a column as JSON holds them; a column of one kind is read at once."""
    if isinstance(values.dtype, np.dtype) and values.dtype.kind == "f":
        return _numbers(values.to_numpy())
    plainly: list[Any] = values.tolist()
    if all(type(value) is str for value in plainly):
        return plainly
    known = {(type(value), value): cell(value) for value in plainly}
    return [known[type(value), value] for value in plainly]


def _numbers(values: np.ndarray[Any, Any]) -> list[str | float | int | bool | None]:
    """Return numbers to six decimals, whole ones without any, what is not finite as None."""
    rounded = np.round(values.astype("float64"), 6)
    kind = np.where(np.isfinite(rounded), np.where(rounded == np.trunc(rounded), 1, 2), 0)
    return [
        None if kept == 0 else int(value) if kept == 1 else value
        for value, kept in zip(rounded.tolist(), kind.tolist(), strict=True)
    ]


def cell(value: Any) -> str | float | int | bool | None:
    """Return one value as JSON holds it: None where it is missing, dates as ISO text."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return _number(float(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def _number(value: float) -> float | int | None:
    if not math.isfinite(value):
        return None
    rounded = round(value, 6)
    return int(rounded) if rounded.is_integer() else rounded


def bounds(layers: Iterable[MapLayer]) -> list[float] | None:
    """Return west, south, east, north of some layers in degrees, or None where they hold nothing."""
    boxes = [layer.table.to_crs(DEGREES).total_bounds for layer in layers if len(layer.table)]
    kept = [box for box in boxes if np.isfinite(box).all()]
    if not kept:
        return None
    every = np.array(kept)
    west, south = every[:, :2].min(axis=0)
    east, north = every[:, 2:].max(axis=0)
    return [round(float(value), 6) for value in (west, south, east, north)]
