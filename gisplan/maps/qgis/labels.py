"""Names beside the features of a layer in QGIS, where the map writes them, too."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree as ET

from gisplan.maps import style
from gisplan.maps.layers import Part
from gisplan.maps.qml import Shape

TEXT_POINTS = "9"
HALO_MILLIMETRES = "0.8"
PLACEMENTS: Mapping[Shape, str] = {"marker": "6", "line": "2", "fill": "1"}
"""How QGIS places a label: around a point by the best free place, along a line, over an area."""


def labelled(root: ET.Element, part: Part) -> None:
    """Let QGIS write the names of a layer beside its features, where the map does so.

    Parameters
    ----------
    root
        The element of the layer, which is changed.
    part
        The table that it shows.
    """
    if not style.look_of(part.layer).label or "name" not in part.rows.columns:
        return
    root.set("labelsEnabled", "1")
    labeling = ET.SubElement(root, "labeling", type="simple")
    settings = ET.SubElement(labeling, "settings", calloutType="simple")
    text = ET.SubElement(
        settings, "text-style", fieldName="name", isExpression="0", fontSize=TEXT_POINTS, fontSizeUnit="Point",
        textColor="38,50,56,255", textOpacity="1", fontWeight="50", namedStyle="", multilineHeight="1",
    )  # fmt: skip
    ET.SubElement(
        text, "text-buffer", bufferDraw="1", bufferSize=HALO_MILLIMETRES, bufferSizeUnits="MM",
        bufferColor="255,255,255,235", bufferOpacity="1", bufferNoFill="1", bufferJoinStyle="128",
    )  # fmt: skip
    ET.SubElement(
        settings, "placement", placement=PLACEMENTS[part.geometry.shape], dist="1", distUnits="MM",
        predefinedPositionOrder="TR,TL,BR,BL,R,L,TSR,BSR", priority="5", offsetType="1",
    )  # fmt: skip
    ET.SubElement(settings, "rendering", drawLabels="1", obstacle="1", limitNumLabels="0", displayAll="0")
