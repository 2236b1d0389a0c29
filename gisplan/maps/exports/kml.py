"""KML of a layer, with the colours of the map and balloons that hold texts and nothing else.

References
----------
OGC 12-007r2, OGC KML 2.3.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from lxml import etree

from gisplan.core.words import Language
from gisplan.maps import encode, style
from gisplan.maps.credited import refuse_uncredited
from gisplan.maps.exports.words import DECIMALS, Said, columns_of, pieces, rounded
from gisplan.maps.qml import clean
from gisplan.maps.words import MapLayer

SPACE = "http://www.opengis.net/kml/2.2"
CLASS = "class-"
MARK_SCALE = 0.8
LINE, POINT, POLYGON = 1, 0, 3


def write_kml(path: Path, layer: MapLayer, said: Said) -> None:
    """Write a layer as KML; equal layers give equal bytes.

    Parameters
    ----------
    path
        The file, over what stands there.
    layer
        A layer in the plan's CRS; its columns keep their names and values, and balloons say them in words.
    said
        What the file says of itself.

    Raises
    ------
    ConfigurationError
        If the layer gives no credit; nothing is written.
    """
    refuse_uncredited([layer])
    at, entries = style.classes(layer)
    kinds = [(entry.value, entry.colour) for entry in entries] or [("", layer.style.colour)]
    with path.open("wb") as stream, etree.xmlfile(stream, encoding="utf-8") as file:
        file.write_declaration()
        with file.element("kml", nsmap={None: SPACE}), file.element("Document"):
            for one in _head(layer, said, kinds):
                file.write(one)
            for one in _placemarks(layer, at, said.language):
                file.write(one)


def _head(layer: MapLayer, said: Said, kinds: Sequence[tuple[str, str]]) -> Iterator[Any]:
    """Yield the title, what the file says of itself, and the style of each class, given by its value and colour."""
    language = said.language
    texts = [layer.credit.of(language), layer.licence, *(note.of(language) for note in said.notes)]
    lines = [html.escape(text) for text in (*texts, said.datum.of(language)) if text]
    yield _text("name", layer.title.of(language))
    yield _text("open", "1")
    yield _text("description", "<br>".join(lines))
    look, own = style.look_of(layer), layer.style
    for place, (value, colour) in enumerate(kinds):
        made = etree.Element("Style", id=f"{CLASS}{place}")
        icon = _under(made, "IconStyle")
        icon.extend(
            [
                _text("color", _colour(colour, 1.0)),
                _text("scale", f"{MARK_SCALE * look.radii.get(value, 1.0):g}"),
            ]
        )
        line = _under(made, "LineStyle")
        edge = style.outline(own, colour) if layer.kind == "polygon" else colour
        width = own.width * (look.widths.get(value, 1.0) if layer.kind == "line" else 1.0)
        line.extend([_text("color", _colour(edge, 0.95)), _text("width", f"{width:g}")])
        _under(made, "PolyStyle").append(_text("color", _colour(colour, own.opacity)))
        yield made


def _placemarks(layer: MapLayer, at: Sequence[int], language: Language) -> Iterator[Any]:
    titles = {name: title.of(language) for name, title in layer.popup}
    for start, rows in pieces(layer):
        shapes = rounded(rows.geometry.to_numpy())
        columns = columns_of(rows)
        told = {name: _told(layer, name, rows[name], language) for name in titles if name in columns}
        names = columns.get("name", [""] * len(rows))
        for place, shape in enumerate(shapes):
            mark = etree.Element("Placemark")
            name = style.title_of(layer, "name", str(names[place] or "")).of(language)
            mark.append(_text("name", name))
            lines = {titles[column]: texts[place] for column, texts in told.items() if texts[place]}
            mark.append(_text("Snippet", "", maxLines="0"))
            mark.append(_text("description", _balloon(lines)))
            mark.append(_text("styleUrl", f"#{CLASS}{at[start + place] if at else 0}"))
            mark.append(_data({column: values[place] for column, values in columns.items()}, titles))
            if shape is not None and not shape.is_empty:
                mark.append(_geometry(shape))
            yield mark


def _told(layer: MapLayer, name: str, values: pd.Series, language: Language) -> list[str]:
    """Return the values of a column as people read them."""
    words = style.document("sheets.toml")["words"]
    texts = []
    for value in values.tolist():
        held = encode.cell(value)
        if isinstance(held, bool) and style.key(value) not in layer.labels.get(name, {}):
            texts.append(words["yes" if held else "no"][language])
        elif name in layer.percent and isinstance(held, int | float):
            texts.append(f"{100.0 * held:.1f} %")
        else:
            texts.append("" if held is None else style.title_of(layer, name, style.key(value)).of(language))
    return texts


def _balloon(lines: Mapping[str, str]) -> str:
    """Return the HTML of a balloon: a table of texts, in which no sign is anything but itself."""
    rows = (
        f"<tr><td>{html.escape(title)}</td><td>{html.escape(text)}</td></tr>" for title, text in lines.items()
    )
    return f"<table>{''.join(rows)}</table>" if lines else ""


def _data(values: Mapping[str, Any], titles: Mapping[str, str]) -> Any:
    """Return the values of a feature for programs; what is missing is left out."""
    root = etree.Element("ExtendedData")
    for name, value in values.items():
        if value is None:
            continue
        data = _under(root, "Data", name=clean(name))
        if name in titles:
            data.append(_text("displayName", titles[name]))
        data.append(_text("value", str(value).lower() if isinstance(value, bool) else str(value)))
    return root


def _geometry(shape: Any) -> Any:
    kind = shapely.get_type_id(shape)
    if kind == POINT:
        return _coordinates("Point", shape)
    if kind == LINE:
        return _coordinates("LineString", shape)
    if kind == POLYGON:
        made = etree.Element("Polygon")
        for name, rings in (("outerBoundaryIs", [shape.exterior]), ("innerBoundaryIs", shape.interiors)):
            for ring in rings:
                _under(made, name).append(_coordinates("LinearRing", ring))
        return made
    if kind == shapely.GeometryType.LINEARRING:
        return _coordinates("LineString", shape)
    made = etree.Element("MultiGeometry")
    made.extend([_geometry(part) for part in shapely.get_parts(shape)])
    return made


def _coordinates(name: str, shape: Any) -> Any:
    made = etree.Element(name)
    at = np.asarray(shapely.get_coordinates(shape)).tolist()
    made.append(_text("coordinates", " ".join(f"{_degrees(x)},{_degrees(y)}" for x, y in at)))
    return made


def _degrees(value: float) -> str:
    return f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")


def _colour(colour: str, opacity: float) -> str:
    """Return a colour as KML writes it: opacity, blue, green, red."""
    red, green, blue = style.rgb(colour)
    return f"{round(opacity * 255):02x}{blue:02x}{green:02x}{red:02x}"


def _text(tag: str, text: str, **more: str) -> Any:
    made = etree.Element(tag, more)
    made.text = clean(text)
    return made


def _under(parent: Any, tag: str, **more: str) -> Any:
    return etree.SubElement(parent, tag, more)
