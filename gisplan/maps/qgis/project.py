"""The document of a QGIS project: the map's layers, groups, order, visibility, classes and credits.

References
----------
QGIS 3.22, `QgsProject`, `QgsLayerTreeUtils`, `QgsMapLayer` and `QgsCoordinateReferenceSystem`: the XML that they read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
from pyproj import CRS

from gisplan.core.words import Language, Text
from gisplan.maps.credited import refuse_uncredited
from gisplan.maps.layers import Part, parts_of
from gisplan.maps.qgis.columns import described, of_table
from gisplan.maps.qgis.labels import labelled
from gisplan.maps.qgis.surface import Surface, shaded
from gisplan.maps.qml import HEAD, VERSION, Shape, clean, style_element
from gisplan.maps.style import document
from gisplan.maps.words import FOCUS, MapLayer

GEOMETRY: Mapping[Shape, str] = {"marker": "Point", "line": "Line", "fill": "Polygon"}
LANGUAGES: Mapping[Language, str] = {"ja": "JPN", "en": "ENG"}
MARGIN = 0.04
"""What is left free around the first view, as a share of its size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a project says of itself: its title, lines on how it is to be read, and the credits of its data."""

    title: str
    notes: tuple[Text, ...] = ()
    credits: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """One layer of QGIS: a table of the GeoPackage with the map's layer that it belongs to, or a surface beside it."""

    name: str
    title: str
    group: str
    source: str
    visible: bool
    order: int = 0
    part: Part | None = None
    layer: MapLayer | None = None
    surface: Surface | None = None

    @property
    def id(self) -> str:
        """The id, which QGIS takes for one of its own only where it has more than ten signs."""
        return f"gisplan_layer_{self.name}"

    @property
    def drawn(self) -> bool:
        """Whether it is drawn; a table is not."""
        return self.part is not None or self.surface is not None


def project(
    layers: Iterable[MapLayer],
    *,
    database: str,
    crs: int,
    about: About,
    tables: Mapping[str, pd.DataFrame] | None = None,
    surfaces: Sequence[Surface] = (),
    language: Language = "ja",
) -> str:
    """Return a project as QGIS reads it; equal layers give equal text.

    Parameters
    ----------
    layers
        Layers in the plan's CRS; `style.order` says what lies on top, and of equals what comes later.
    database
        Name of the GeoPackage beside the project.
    crs
        EPSG code of the plan's CRS.
    about
        What the project says of itself.
    tables
        Tables without places that the GeoPackage holds, too.
    surfaces
        Rasters beside it.
    language
        Language of titles and classes.

    Raises
    ------
    ConfigurationError
        If a layer gives no credit.
    """
    drawn = tuple(layers)
    refuse_uncredited(drawn)
    shown = [
        *_spatial(drawn, database, language),
        *_surfaces(surfaces, language),
        *_plain(drawn, tables or {}, database, language),
    ]
    root = ET.Element("qgis", projectname=clean(about.title), version=f"{VERSION}.0")
    ET.SubElement(root, "homePath", path="")
    ET.SubElement(root, "title").text = clean(about.title)
    system = _system(crs)
    ET.SubElement(root, "projectCrs").append(system)
    root.append(_tree(shown))
    view = view_of(drawn)
    root.append(_canvas(view, system))
    root.append(_first_view(view, system))
    held = ET.SubElement(root, "projectlayers")
    for one in shown:
        held.append(_layer(one, system, tables or {}, language))
    order = ET.SubElement(root, "layerorder")
    for one in _on_top_first(shown):
        ET.SubElement(order, "layer", id=one.id)
    root.append(_properties())
    root.append(_metadata(about, drawn, language))
    return HEAD + "\n" + ET.tostring(root, encoding="unicode") + "\n"


def _spatial(layers: Iterable[MapLayer], database: str, language: Language) -> Iterable[_Shown]:
    for layer in layers:
        if layer.kind == "table":
            continue
        for part in parts_of(layer):
            title = layer.title.of(language)
            own = part.name == layer.name
            yield _Shown(
                name=part.name,
                title=clean(title if own else f"{title} ({part.name})"),
                group=clean(layer.group.of(language)),
                source=f"./{database}|layername={part.name}",
                visible=layer.visible,
                order=layer.style.order,
                part=part,
                layer=layer,
            )


def _surfaces(surfaces: Iterable[Surface], language: Language) -> Iterable[_Shown]:
    for surface in surfaces:
        yield _Shown(
            name=surface.file.partition(".")[0],
            title=clean(surface.title.of(language)),
            group=clean(surface.group.of(language)),
            source=f"./{surface.file}",
            visible=False,
            order=surface.order,
            surface=surface,
        )


def _plain(
    layers: Iterable[MapLayer], tables: Mapping[str, pd.DataFrame], database: str, language: Language
) -> Iterable[_Shown]:
    """Yield the attribute tables: layers that have no place, and results."""
    group = Text(**document("sheets.toml")["project"]["tables"]).of(language)
    own = {layer.name: layer for layer in layers if layer.kind == "table"}
    for name in dict.fromkeys((*own, *tables)):
        layer = own.get(name)
        title = of_table(name) if layer is None else layer.title
        yield _Shown(
            name=name,
            title=clean(title.of(language)),
            group=group,
            source=f"./{database}|layername={name}",
            visible=False,
            layer=layer,
        )


def _on_top_first(shown: Iterable[_Shown]) -> list[_Shown]:
    """Return the layers in the order in which QGIS lists them: what is drawn last stands first, tables at the end."""
    every = list(shown)
    drawn = sorted((one for one in every if one.drawn), key=lambda one: one.order)
    return [*reversed(drawn), *(one for one in every if not one.drawn)]


def _tree(shown: Iterable[_Shown]) -> ET.Element:
    """Return the tree of layers, in the groups of the legend, and the order of drawing, which is not the tree's."""
    root = ET.Element("layer-tree-group")
    ET.SubElement(root, "customproperties")
    ordered = _on_top_first(shown)
    for group in _groups(ordered):
        own = [one for one in ordered if one.group == group]
        checked = _checked(any(one.visible for one in own) or not own[0].drawn)
        branch = ET.SubElement(root, "layer-tree-group", name=group, checked=checked, expanded=_bit(own[0]))
        ET.SubElement(branch, "customproperties")
        for one in own:
            leaf = ET.SubElement(
                branch, "layer-tree-layer", id=one.id, name=one.title, source=one.source,
                providerKey="gdal" if one.surface is not None else "ogr",
                checked=_checked(one.visible), expanded="1" if one.visible else "0", legend_exp="",
                legend_split_behavior="0", patch_size="-1,-1",
            )  # fmt: skip
            ET.SubElement(leaf, "customproperties")
    order = ET.SubElement(root, "custom-order", enabled="1")
    for one in ordered:
        ET.SubElement(order, "item").text = one.id
    return root


def _groups(ordered: Iterable[_Shown]) -> list[str]:
    """Return the groups in the order of the catalogue's groups; tables and groups of the user's own come last."""
    found = list(dict.fromkeys(one.group for one in ordered))
    known = [text for row in document("interface.toml")["groups"].values() for text in row.values()]
    tables = set(document("sheets.toml")["project"]["tables"].values())
    return sorted(
        found, key=lambda group: known.index(group) if group in known else len(known) + (group in tables)
    )


def _bit(one: _Shown) -> str:
    """Return whether a group is opened: that of the tables is not."""
    return "1" if one.drawn else "0"


def _checked(on: bool) -> str:
    return "Qt::Checked" if on else "Qt::Unchecked"


def _system(crs: int) -> ET.Element:
    """Return a CRS with its whole definition: QGIS reads a bare code only where its own database knows it."""
    own = CRS.from_epsg(crs)
    root = ET.Element("spatialrefsys", nativeFormat="Wkt")
    texts = {
        "wkt": own.to_wkt(),
        "proj4": "",
        "srsid": "0",
        "srid": str(crs),
        "authid": f"EPSG:{crs}",
        "description": own.name,
        "projectionacronym": "tmerc",
        "ellipsoidacronym": "",
        "geographicflag": "false",
    }
    for name, text in texts.items():
        ET.SubElement(root, name).text = text
    return root


def _canvas(view: tuple[float, float, float, float], system: ET.Element) -> ET.Element:
    root = ET.Element("mapcanvas", name="theMapCanvas", annotationsVisible="1")
    ET.SubElement(root, "units").text = "meters"
    extent = ET.SubElement(root, "extent")
    for name, value in _sides(view).items():
        ET.SubElement(extent, name).text = value
    ET.SubElement(root, "rotation").text = "0"
    ET.SubElement(root, "destinationsrs").append(system)
    return root


def _first_view(view: tuple[float, float, float, float], system: ET.Element) -> ET.Element:
    """Return the view to which QGIS comes back when it is asked for the whole map."""
    root = ET.Element("ProjectViewSettings", UseProjectScales="0")
    ET.SubElement(root, "Scales")
    ET.SubElement(root, "DefaultViewExtent", _sides(view)).append(system)
    return root


def _sides(view: tuple[float, float, float, float]) -> dict[str, str]:
    return {name: f"{value:.3f}" for name, value in zip(("xmin", "ymin", "xmax", "ymax"), view, strict=True)}


def view_of(layers: Iterable[MapLayer]) -> tuple[float, float, float, float]:
    """Return west, south, east and north of the first view, with a margin: that of the map page.

    Parameters
    ----------
    layers
        Layers in the plan's CRS; where none holds anything the view is one square kilometre around the origin.
    """
    every = [layer for layer in layers if layer.kind != "table"]
    for names in (*FOCUS, tuple(layer.name for layer in every)):
        boxes = [layer.table.total_bounds for layer in every if layer.name in names and len(layer.table)]
        boxes = [box for box in boxes if np.isfinite(box).all()]
        if boxes:
            west, south = np.array(boxes)[:, :2].min(axis=0)
            east, north = np.array(boxes)[:, 2:].max(axis=0)
            free = MARGIN * max(east - west, north - south, 1.0)
            return float(west - free), float(south - free), float(east + free), float(north + free)
    return -500.0, -500.0, 500.0, 500.0


def _layer(
    one: _Shown, system: ET.Element, tables: Mapping[str, pd.DataFrame], language: Language
) -> ET.Element:
    """Return a layer with its place, its credit, its columns and, where it is drawn, its style."""
    if one.surface is not None:
        return _raster(one, one.surface, system, language)
    geometry = GEOMETRY[one.part.geometry.shape] if one.part is not None else "No geometry"
    root = ET.Element(
        "maplayer", type="vector", geometry=geometry, autoRefreshEnabled="0", readOnly="0", simplifyDrawingHints="1",
        labelsEnabled="0",
    )  # fmt: skip
    _named(root, one, system, language)
    ET.SubElement(root, "provider", encoding="UTF-8").text = "ogr"
    for found in described(one.layer, tables.get(one.name), name=one.name, language=language):
        root.append(found)
    if one.part is not None:
        root.extend(list(style_element(one.part.layer, one.part.geometry.shape, language=language)))
        labelled(root, one.part)
    return root


def _raster(one: _Shown, surface: Surface, system: ET.Element, language: Language) -> ET.Element:
    root = ET.Element("maplayer", type="raster", autoRefreshEnabled="0")
    _named(root, one, system, language)
    shaded(root, surface)
    return root


def _named(root: ET.Element, one: _Shown, system: ET.Element, language: Language) -> None:
    """Put what every layer has: its id, where it is read from, its name, CRS and credit."""
    for name, text in {"id": one.id, "datasource": one.source, "layername": one.title}.items():
        ET.SubElement(root, name).text = text
    if one.drawn:
        ET.SubElement(root, "srs").append(system)
    root.append(_about_layer(one, system, language))


def _about_layer(one: _Shown, system: ET.Element, language: Language) -> ET.Element:
    """Return what QGIS shows of a layer beside its name: whose data it is, and on what terms."""
    root = ET.Element("resourceMetadata")
    texts = {
        "identifier": one.name,
        "parentidentifier": "",
        "language": LANGUAGES[language],
        "type": "dataset",
    }
    for name, text in {**texts, "title": one.title, "abstract": ""}.items():
        ET.SubElement(root, name).text = text
    if one.layer is not None:
        ET.SubElement(root, "rights").text = clean(one.layer.credit.of(language))
        if one.layer.licence:
            ET.SubElement(root, "license").text = clean(one.layer.licence)
    if one.surface is not None:
        ET.SubElement(root, "rights").text = clean(one.surface.credit.of(language))
    if one.drawn:
        ET.SubElement(root, "crs").append(system)
    return root


def _properties() -> ET.Element:
    """Return the settings of the project: places relative to it, and layers brought to its CRS."""
    root = ET.Element("properties")
    ET.SubElement(ET.SubElement(root, "Paths"), "Absolute", type="bool").text = "false"
    ET.SubElement(ET.SubElement(root, "SpatialRefSys"), "ProjectionsEnabled", type="int").text = "1"
    measure = ET.SubElement(root, "Measurement")
    ET.SubElement(measure, "DistanceUnits", type="QString").text = "meters"
    ET.SubElement(measure, "AreaUnits", type="QString").text = "ha"
    return root


def _metadata(about: About, layers: Iterable[MapLayer], language: Language) -> ET.Element:
    """Return what the project says of itself: how it is to be read, and every credit once."""
    root = ET.Element("projectMetadata")
    notes = "\n".join(clean(note.of(language)) for note in about.notes)
    texts = {"identifier": "", "parentidentifier": "", "language": LANGUAGES[language], "type": "dataset"}
    for name, text in {**texts, "title": clean(about.title), "abstract": notes}.items():
        ET.SubElement(root, name).text = text
    credits_ = [text.of(language) for text in (*about.credits, *(layer.credit for layer in layers))]
    for credit in dict.fromkeys(credits_):
        ET.SubElement(root, "rights").text = clean(credit)
    ET.SubElement(root, "author").text = "gisplan"
    return root
