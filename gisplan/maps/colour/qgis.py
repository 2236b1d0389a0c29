"""Hatches in the symbols of QGIS: patterns over fills, signs inside marks, dashes along lines.

References
----------
QGIS 3.22, `qgsfillsymbollayer`, `qgslinesymbollayer` and `qgsmarkersymbollayer`: the keys these classes read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from xml.etree import ElementTree as ET

from gisplan.maps.colour.hatch import Hatch, Pattern

Values = Mapping[str, str]

ANGLES: Final[Mapping[Pattern, tuple[int, ...]]] = {
    "rising": (45,), "falling": (135,), "level": (0,), "upright": (90,), "lattice": (45, 135), "grid": (0, 90),
    "dots": (),
}  # fmt: skip
"""Directions of the lines of each pattern [degrees against the clock from a level line]."""

DISTANCE, DENSE_DISTANCE = 2.2, 1.1
"""Between lines or dots [mm]."""

LINE, DOT = 0.22, 0.6
"""Widths of lines and dots [mm]."""

INSIDE = 0.55
"""Size of the sign inside a mark, as a share of the mark's."""

SIGNS: Final[Mapping[Pattern, tuple[str, int]]] = {
    "rising": ("line", 45), "falling": ("line", 135), "level": ("line", 90), "upright": ("line", 0),
    "lattice": ("cross2", 0), "grid": ("cross", 0), "dots": ("circle", 0),
}  # fmt: skip
"""The mark of QGIS that stands for each pattern inside a mark, and how far it is turned with the clock."""


def part(kind: str, values: Values) -> ET.Element:
    """Return one layer of a symbol.

    Parameters
    ----------
    kind
        Its class in QGIS, e.g. `SimpleFill`.
    values
        Its options.
    """
    made = ET.Element("layer", {"class": kind, "enabled": "1", "locked": "0", "pass": "0"})
    options = ET.SubElement(made, "Option", type="Map")
    for key, value in values.items():
        ET.SubElement(options, "Option", name=key, type="QString", value=value)
    return made


def over_fill(hatch: Hatch, *, colour: str, symbol: str) -> Iterable[ET.Element]:
    """Yield the layers that draw a hatch over a fill.

    Parameters
    ----------
    hatch
        The hatch.
    colour
        `red,green,blue,alpha` of its lines or dots.
    symbol
        Name of the symbol that they join, whose first layer is the fill.
    """
    distance = f"{DENSE_DISTANCE if hatch.dense else DISTANCE:g}"
    for at, angle in enumerate(ANGLES[hatch.pattern], 1):
        lines = part("LinePatternFill", {"angle": str(angle), "distance": distance, "distance_unit": "MM"})
        stroke = {
            "line_color": colour,
            "line_width": f"{LINE:g}",
            "line_width_unit": "MM",
            "line_style": "solid",
        }
        lines.append(_inner(f"@{symbol}@{at}", "line", part("SimpleLine", stroke)))
        yield lines
    if not ANGLES[hatch.pattern]:
        apart = {"distance_x": distance, "distance_y": distance, "displacement_x": f"{float(distance) / 2:g}"}
        units = {f"{name}_unit": "MM" for name in apart}
        dots = part("PointPatternFill", {**apart, **units})
        mark = {
            "name": "circle",
            "color": colour,
            "outline_style": "no",
            "size": f"{DOT:g}",
            "size_unit": "MM",
        }
        dots.append(_inner(f"@{symbol}@1", "marker", part("SimpleMarker", mark)))
        yield dots


def _inner(name: str, kind: str, layer: ET.Element) -> ET.Element:
    made = ET.Element("symbol", name=name, type=kind, alpha="1", clip_to_extent="1", force_rhr="0")
    made.append(layer)
    return made


def in_mark(hatch: Hatch, *, colour: str, size: float) -> ET.Element:
    """Return the layer that draws the sign of a hatch inside a mark; a dense one is thicker.

    Parameters
    ----------
    hatch
        The hatch.
    colour
        `red,green,blue,alpha` of the sign.
    size
        Width of the mark [mm].
    """
    name, angle = SIGNS[hatch.pattern]
    share = INSIDE / 2 if name == "circle" else INSIDE
    width = size * (0.22 if hatch.dense else 0.11)
    return part(
        "SimpleMarker",
        {
            "name": name,
            "angle": str(angle),
            "color": colour,
            "size": f"{size * share * (1.5 if hatch.dense and name == 'circle' else 1):.2f}",
            "size_unit": "MM",
            "outline_color": colour,
            "outline_width": f"{width:.2f}",
            "outline_width_unit": "MM",
        },
    )


def dashed(dash: Sequence[float], *, width: float) -> Values:
    """Return the options of a line with a dash.

    Parameters
    ----------
    dash
        Dashes and gaps in turn [widths of the line].
    width
        Width of the line [mm].
    """
    return {
        "use_custom_dash": "1",
        "customdash": ";".join(f"{one * width:.2f}" for one in dash),
        "customdash_unit": "MM",
        "capstyle": "flat",
    }
