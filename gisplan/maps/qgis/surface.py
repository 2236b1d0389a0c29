"""A surface of cells beside the GeoPackage, e.g. how suitable the ground is, as a raster layer of QGIS."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree as ET

from gisplan.core.words import Text
from gisplan.maps import style

STEPS = 5
"""Steps of the legend; between them colours pass over into each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """A GeoTIFF in the folder of the project, whose first band goes from `lowest` to `highest`.

    `order` is that of `Style.order`: layers of a smaller one lie below it.
    """

    file: str
    title: Text
    group: Text
    credit: Text
    low: str
    high: str
    lowest: float = 0.0
    highest: float = 1.0
    order: int = 5


def shaded(root: ET.Element, surface: Surface) -> None:
    """Let QGIS draw a raster layer from one colour to another.

    Parameters
    ----------
    root
        The element of the layer, which is changed.
    surface
        What it shows.
    """
    ET.SubElement(root, "provider").text = "gdal"
    pipe = ET.SubElement(root, "pipe")
    lowest, highest = f"{surface.lowest:g}", f"{surface.highest:g}"
    renderer = ET.SubElement(
        pipe, "rasterrenderer", type="singlebandpseudocolor", band="1", opacity="0.8", alphaBand="-1",
        nodataColor="", classificationMin=lowest, classificationMax=highest,
    )  # fmt: skip
    shader = ET.SubElement(
        ET.SubElement(renderer, "rastershader"), "colorrampshader", colorRampType="INTERPOLATED",
        classificationMode="1", clip="0", labelPrecision="2", minimumValue=lowest, maximumValue=highest,
    )  # fmt: skip
    for step in range(STEPS):
        share = step / (STEPS - 1)
        at = surface.lowest + share * (surface.highest - surface.lowest)
        colour = _between(surface.low, surface.high, share)
        ET.SubElement(shader, "item", value=f"{at:g}", label=f"{at:.2f}", color=colour, alpha="255")
    ET.SubElement(pipe, "brightnesscontrast", brightness="0", contrast="0", gamma="1")
    ET.SubElement(root, "blendMode").text = "0"


def _between(low: str, high: str, share: float) -> str:
    parts = zip(style.rgb(low), style.rgb(high), strict=True)
    return "#{:02x}{:02x}{:02x}".format(*(round(one + share * (other - one)) for one, other in parts))
