"""QGIS styles (QML) from the styles of the layers, written without QGIS.

References
----------
QGIS 3.22, `qgsrenderer` and `qgssymbollayer`: the XML these classes read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal
from xml.etree import ElementTree as ET

from gisplan.core.words import Language, Style
from gisplan.maps import style
from gisplan.maps.colour.qgis import dashed, in_mark, over_fill, part
from gisplan.maps.words import Look, MapLayer

Shape = Literal["marker", "line", "fill"]
HEAD = '<!DOCTYPE qgis PUBLIC "http://mrcc.com/qgis.dtd" "SYSTEM">'
VERSION = "3.22"
GEOMETRY_TYPE: Mapping[Shape, str] = {"marker": "0", "line": "1", "fill": "2"}
MARKERS: Mapping[str, str] = {
    "hub": "star", "interchange": "square", "site": "diamond", "house": "pentagon", "chosen": "star",
    "square": "square", "triangle": "triangle",
}  # fmt: skip
MILLIMETRES_PER_PIXEL = 25.4 / 96
OUTLINE_DASH = 0.4
"""Width for which the dash of an outline is made, where it is thinner [mm]."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def qml(layer: MapLayer, shape: Shape, *, language: Language = "ja") -> str:
    """Return the QGIS style of a layer: its classes, colours, widths and their names in one language."""
    return HEAD + ET.tostring(style_element(layer, shape, language=language), encoding="unicode")


def style_element(layer: MapLayer, shape: Shape, *, language: Language = "ja") -> ET.Element:
    """Return the root element of the QGIS style of a layer; a project holds its children in its own layers."""
    stacked = style.look_of(layer).stacked
    categories = (
        "Symbology|Rendering" if stacked else "Symbology"
    )  # QGIS reads the opacity of a layer with the latter
    root = ET.Element("qgis", version=VERSION, styleCategories=categories)
    _, entries = style.classes(layer)
    if entries:
        root.append(_categorized(layer, shape, entries, language=language))
    else:
        renderer = ET.SubElement(root, "renderer-v2", _renderer("singleSymbol"))
        symbols = ET.SubElement(renderer, "symbols")
        symbols.append(symbol("0", layer, shape, layer.style.colour, factor=1.0))
    ET.SubElement(root, "blendMode").text = "0"
    if stacked:
        ET.SubElement(root, "layerOpacity").text = f"{layer.style.opacity:g}"
    ET.SubElement(root, "layerGeometryType").text = GEOMETRY_TYPE[shape]
    return root


def _renderer(kind: str) -> dict[str, str]:
    return {"type": kind, "enableorderby": "0", "forceraster": "0", "symbollevels": "0"}


def _categorized(
    layer: MapLayer, shape: Shape, entries: Iterable[style.Entry], *, language: Language
) -> ET.Element:
    look = style.look_of(layer)
    renderer = ET.Element("renderer-v2", {**_renderer("categorizedSymbol"), "attr": layer.style.by})
    categories = ET.SubElement(renderer, "categories")
    symbols = ET.SubElement(renderer, "symbols")
    for place, entry in enumerate(entries):
        row = {
            "render": "true",
            "symbol": str(place),
            "value": clean(entry.value),
            "label": clean(entry.title.of(language)),
        }
        ET.SubElement(categories, "category", row)
        factor = (look.widths if shape == "line" else look.radii).get(entry.value, 1.0)
        symbols.append(symbol(str(place), layer, shape, entry.colour, factor=factor, entry=entry))
    return renderer


def symbol(
    name: str, layer: MapLayer, shape: Shape, colour: str, *, factor: float, entry: style.Entry | None = None
) -> ET.Element:
    """Return one symbol.

    Parameters
    ----------
    name
        Number by which its class names it.
    layer
        Layer whose style and look it has.
    shape
        Mark, line or fill.
    colour
        `#rrggbb` of its class.
    factor
        Multiplies the width of a line or the size of a mark.
    entry
        The class that it draws, whose hatch it bears; None where the layer has one colour.
    """
    made = ET.Element("symbol", name=name, type=shape, alpha="1", clip_to_extent="1", force_rhr="0")
    kinds = {"marker": "SimpleMarker", "line": "SimpleLine", "fill": "SimpleFill"}
    own, look = layer.style, style.look_of(layer)
    draw = {"marker": _marker, "line": _line, "fill": _fill}[shape]
    values = draw(own, look, colour, factor)
    made.append(part(kinds[shape], values))
    if entry is not None and entry.hatch is not None:
        _hatched(made, layer, shape, entry, values)
    return made


def _hatched(
    made: ET.Element, layer: MapLayer, shape: Shape, entry: style.Entry, values: Mapping[str, str]
) -> None:
    """Put the hatch of a class into its symbol, whose only layer was made of `values`."""
    if entry.hatch is None:
        return
    lines = _colour(entry.ink, 1.0)
    if shape == "marker":
        made.append(in_mark(entry.hatch, colour=lines, size=float(values["size"])))
    elif shape == "line":
        dash = dashed(entry.hatch.dash, width=float(values["line_width"]))
        made[:] = [part("SimpleLine", {**values, **dash})]
    elif style.dash_of(layer, entry):
        bare = part("SimpleFill", {**values, "outline_style": "no"})
        made[:] = [bare, part("SimpleLine", _outline(values, entry.hatch.dash))]
    else:
        made.extend(over_fill(entry.hatch, colour=lines, symbol=made.get("name", "")))


def _outline(fill: Mapping[str, str], dash: tuple[float, ...]) -> dict[str, str]:
    """Return the outline of a fill as a line of its own, for only that can have a dash of its own."""
    width = float(fill["outline_width"])
    return {
        "line_color": fill["outline_color"],
        "line_width": f"{width:.2f}",
        "line_width_unit": "MM",
        **dashed(dash, width=max(width, OUTLINE_DASH)),
    }


def _marker(own: Style, look: Look, colour: str, factor: float) -> dict[str, str]:
    return {
        "color": _colour(colour, max(own.opacity, 0.85)),
        "name": MARKERS.get(look.symbol, "circle"),
        "size": _millimetres(own.radius * 2 * factor),
        "size_unit": "MM",
        "outline_color": "255,255,255,255",
        "outline_width": "0.2",
        "outline_width_unit": "MM",
    }


def _line(own: Style, look: Look, colour: str, factor: float) -> dict[str, str]:
    return {
        "line_color": _colour(colour, own.opacity),
        "line_width": _millimetres(own.width * factor),
        "line_width_unit": "MM",
        "line_style": "dash" if look.dash else "solid",
        "capstyle": "round",
        "joinstyle": "round",
    }


def _fill(own: Style, look: Look, colour: str, factor: float) -> dict[str, str]:
    return {
        "color": "255,255,255,255"
        if look.symbol == "land"
        else _colour(colour, 1.0 if look.stacked else own.opacity),
        "style": "solid" if own.opacity or look.symbol == "land" else "no",
        "outline_color": _colour(style.outline(own, colour), 0.95),
        "outline_style": "dash" if look.dash else "solid",
        "outline_width": _millimetres(own.width * factor),
        "outline_width_unit": "MM",
    }


def _colour(colour: str, opacity: float) -> str:
    red, green, blue = style.rgb(colour)
    return f"{red},{green},{blue},{round(opacity * 255)}"


def _millimetres(pixels: float) -> str:
    return f"{pixels * MILLIMETRES_PER_PIXEL:.2f}"


def clean(text: str) -> str:
    """Return a text without the signs that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
