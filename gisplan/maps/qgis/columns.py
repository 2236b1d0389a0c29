"""What columns and their values are called in QGIS: titles in place of names, words in place of codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.etree import ElementTree as ET

import pandas as pd

from gisplan.core.tables import contract, contracts
from gisplan.core.words import Language, Text
from gisplan.maps.compose import with_unit
from gisplan.maps.qml import clean
from gisplan.maps.words import MapLayer


def of_table(name: str) -> Text:
    """Return the title of a table of results; one without a contract is called by its name."""
    return contract(name).title if name in contracts() else Text(ja=name, en=name)


def described(
    layer: MapLayer | None, table: pd.DataFrame | None, *, name: str, language: Language
) -> Iterable[ET.Element]:
    """Yield the elements of a layer of QGIS that say what its columns, and their values, are called.

    Parameters
    ----------
    layer
        The layer of the map, None for a table of results.
    table
        The table of results, None for a layer of the map.
    name
        Name of the table in the GeoPackage.
    language
        Language of the titles.
    """
    if layer is not None:
        held = set(map(str, layer.table.columns))
        titles = {column: title for column, title in layer.popup if column in held}
        labels = {column: words for column, words in layer.labels.items() if column in held and words}
    else:
        titles = (
            {} if table is None or name not in contracts() else _titles(name, set(map(str, table.columns)))
        )
        labels = {}
    if labels:
        yield _values(labels, language)
    if titles:
        aliases = ET.Element("aliases")
        for column, title in titles.items():
            ET.SubElement(aliases, "alias", field=column, index="", name=clean(title.of(language)))
        yield aliases


def _titles(name: str, held: set[str]) -> dict[str, Text]:
    """Return the titles of the columns of a contract that a table holds; words stand in it in both languages."""
    found: dict[str, Text] = {}
    for column in contract(name).columns:
        title = with_unit(column.title, column.unit)
        if column.type != "words":
            found[column.name] = title
            continue
        found[f"{column.name}_ja"] = Text(ja=f"{title.ja}（日本語）", en=f"{title.en} (Japanese)")
        found[f"{column.name}_en"] = Text(ja=f"{title.ja}（英語）", en=f"{title.en} (English)")
    return {column: title for column, title in found.items() if column in held}


def _values(labels: Mapping[str, Mapping[str, Text]], language: Language) -> ET.Element:
    """Return the columns whose values are codes, each with the words that forms and tables of QGIS show for them."""
    root = ET.Element("fieldConfiguration")
    for column, words in labels.items():
        field = ET.SubElement(root, "field", name=column, configurationFlags="None")
        widget = ET.SubElement(field, "editWidget", type="ValueMap")
        options = ET.SubElement(ET.SubElement(widget, "config"), "Option", type="Map")
        listed = ET.SubElement(options, "Option", type="List", name="map")
        for value, text in words.items():
            row = ET.SubElement(listed, "Option", type="Map")
            ET.SubElement(row, "Option", type="QString", name=clean(text.of(language)), value=clean(value))
    return root
