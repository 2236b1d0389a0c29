"""Writes sheets as PDF, SVG and PNG: laid out once, saved in each format, the same bytes for the same sheet."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gisplan.core.printing import PRINT_FORMATS, PrintFormat
from gisplan.maps.printing import DOTS_PER_INCH, FORMATS, printing
from gisplan.maps.sheets.draw import draw_layers
from gisplan.maps.sheets.furniture import draw_furniture, north_box
from gisplan.maps.sheets.labels import draw_labels, names_of, placed
from gisplan.maps.sheets.layout import Layout, laid_out
from gisplan.maps.sheets.legend import draw_legend
from gisplan.maps.sheets.nouns import MapSheet, View
from gisplan.maps.sheets.pen import Pen, blank
from gisplan.maps.words import Illustration

if TYPE_CHECKING:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

FASTER = 4
"""How hard a PNG is pressed: more takes twice as long for a tenth."""


def write_sheets(
    folder: Path, sheets: Iterable[MapSheet], *, formats: Collection[PrintFormat] = PRINT_FORMATS
) -> tuple[Illustration, ...]:
    """Write each sheet as `<name>.png`, `.svg` and `.pdf` into a folder, which is made where it is missing.

    Parameters
    ----------
    folder
        The folder.
    sheets
        The sheets; what was written is returned in their order.
    formats
        Which files.

    Raises
    ------
    ConfigurationError
        If a sheet is too small for its scale, or a layer gives no credit.
    """
    folder.mkdir(exist_ok=True)
    with printing(searchable=True):
        return tuple(_written(folder, sheet, formats) for sheet in sheets)


def _written(folder: Path, sheet: MapSheet, formats: Collection[PrintFormat]) -> Illustration:
    layout = laid_out(sheet)
    pen = drawn(sheet, layout)
    for kind in PRINT_FORMATS:
        if kind in formats:
            _save(pen.figure, folder / f"{sheet.name}.{kind}", kind)
    return Illustration(
        name=sheet.name, title=sheet.title, width_mm=layout.width, height_mm=layout.height, about=sheet.about
    )


def drawn(sheet: MapSheet, layout: Layout) -> Pen:
    """Return a sheet drawn; called while `printing`.

    Parameters
    ----------
    sheet
        What.
    layout
        Where things stand on it.
    """
    pen = blank(layout.width, layout.height)
    draw_layers(pen, sheet.shown, layout.view)
    draw_names(pen, sheet, layout.view)
    draw_furniture(pen, sheet, layout)
    draw_legend(pen, layout.legend, left=layout.legend_at[0], top=layout.legend_at[1])
    return pen


def draw_names(pen: Pen, sheet: MapSheet, view: View) -> None:
    """Write the names of the layers of a sheet into its map, around the arrow to the north."""
    names, marks = names_of(sheet.shown, view, language=sheet.language)
    draw_labels(pen, placed(names, (*marks, north_box(view.frame)), view.frame.grown(-1.0)))


def _save(figure: Figure, path: Path, kind: PrintFormat) -> None:
    if kind != "png":
        figure.savefig(path, format=kind, **FORMATS[kind])
        return
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    figure.set_dpi(DOTS_PER_INCH)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    picture = Image.fromarray(_opaque(canvas))
    picture.save(path, format="PNG", dpi=(DOTS_PER_INCH, DOTS_PER_INCH), compress_level=FASTER)


def _opaque(canvas: FigureCanvasAgg) -> NDArray[np.uint8]:

    return np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3])
