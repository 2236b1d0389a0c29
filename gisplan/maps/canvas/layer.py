"""`CanvasLayer`: a table of a million places, or of many thousand lines or areas, on any `folium.Map`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import folium
import geopandas as gpd
import numpy as np
from folium.template import Template

from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.words import Kind, Language, Style, Text
from gisplan.maps import canvas, encode, style
from gisplan.maps.canvas import block
from gisplan.maps.canvas.shapes import of_family
from gisplan.maps.elements import Raw, add_assets, data_block
from gisplan.maps.words import Look, MapLayer

STYLES = ("gisplan.css", *canvas.STYLES)
SCRIPTS = ("hatch.js", "gisplan.js", "atlas.js", "shown.js", "place.js", *canvas.SCRIPTS, "canvas_alone.js")
PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#000000")
"""Colours for a column that names none (Okabe and Ito, Color Universal Design, 2008)."""

NONE: Mapping[str, str] = MappingProxyType({})
PLAIN = Style(radius=3.5)


class CanvasLayer(folium.map.Layer):
    """Many features on canvas tiles, for any `folium.Map`: legend, popup and credit, without a request or a server.

    Positions are kept to half a pixel of zoom 20 (0.06 m at 35° north).

    Parameters
    ----------
    table
        Points, lines or polygons, one kind alone, in any CRS.
    title
        What the layer is called in legend, popup and layer control.
    credit
        Where the data are from; it stands in the corner of the map.
    popup
        Columns that the popup tells, with their headings; no other column but `label` and the one of the colours
        reaches the file.
    label
        Column whose text stands beside the features where there is room; "" for none.
    paint
        Colours, widths and radii; `by` names the column that colours the features. Where `colours` says none, its
        first eight values, in the order of their signs, get a colour each.
    language
        Language of the words of the page, where the page itself names none.

    Raises
    ------
    ConfigurationError
        If the features are of several kinds, or the table has no such column; when it is drawn also if the table does
        not say its CRS, the credit is empty, or a feature lies nowhere on the earth.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = gisplan.canvas.layer({{ this.get_name()|tojson }});
        {% endmacro %}
        """
    )

    def __init__(
        self,
        table: gpd.GeoDataFrame,
        *,
        title: str,
        credit: str,
        popup: Mapping[str, str] = NONE,
        label: str = "",
        paint: Style = PLAIN,
        language: Language = "ja",
    ) -> None:
        super().__init__(name=title, overlay=True, control=True, show=paint.visible)
        self._name = "CanvasLayer"
        for column in filter(None, (*popup, label, paint.by)):
            if column not in table.columns:
                raise _problem("maps.canvas_column", title, column=column)
        held = table.assign(name=table[label]) if label else table.drop(columns="name", errors="ignore")
        self._layer = MapLayer(
            name="canvas",
            title=_both(title),
            kind=_kind(table, title),
            table=gpd.GeoDataFrame(held, geometry=table.geometry.name),
            style=paint if paint.colours or not paint.by else _coloured(table, paint),
            credit=_both(credit),
            group=_both(title),
            popup=tuple((column, _both(heading)) for column, heading in popup.items()),
            look=Look(label=bool(label)),
        )
        self._settings = {
            "language": language,
            "words": {key: encode.both(text) for key, text in style.words().items()},
        }

    def render(self, **kwargs: Any) -> str:
        """Put styles, scripts and data into the figure."""
        figure: Any = self.get_root()
        name = self.get_name()
        add_assets(figure, styles=STYLES, scripts=SCRIPTS)
        blocks = (
            data_block(name, "settings", self._settings),
            data_block(name, "layer", block.block(self._layer, in_order=False)),
        )
        figure.html.add_child(Raw("\n".join(blocks)), name=name)
        super().render(**kwargs)  # type: ignore[no-untyped-call]
        return ""


def _both(text: str) -> Text:
    return Text(ja=text, en=text)


def _kind(table: gpd.GeoDataFrame, title: str) -> Kind:
    shapes = np.asarray(table.geometry.to_numpy(), object)
    for kind, family in block.KINDS.items():
        if of_family(shapes, family):
            return kind
    raise _problem("maps.canvas_mixed", title)


def _coloured(table: gpd.GeoDataFrame, paint: Style) -> Style:
    values = sorted({style.key(value) for value in table[paint.by].unique()} - {""})
    return dataclasses.replace(paint, colours=dict(zip(values, PALETTE, strict=False)))


def _problem(code: str, title: str, **values: str) -> ConfigurationError:
    return ConfigurationError(Problem(code=code, place=title, values={"layer": _both(title), **values}))
