"""Writes sheets as PDF, SVG and PNG: laid out once, saved in each format, the same bytes for the same sheet."""

from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.printing import PRINT_FORMATS, PrintFormat
from gisplan.maps.printing import DOTS_PER_INCH, FORMATS, printing
from gisplan.maps.sheets.draw import draw_layers
from gisplan.maps.sheets.furniture import draw_furniture, mark_box, north_box
from gisplan.maps.sheets.labels import draw_labels, names_of, placed
from gisplan.maps.sheets.layout import Layout, laid_out
from gisplan.maps.sheets.legend import draw_legend
from gisplan.maps.sheets.marginal import draw_inset, draw_plots, draw_pointers, inset_box, pointer_boxes
from gisplan.maps.sheets.nouns import MapSheet, Plot
from gisplan.maps.sheets.palette import with_palette
from gisplan.maps.sheets.pen import Pen, blank
from gisplan.maps.sheets.said import said
from gisplan.maps.sheets.subset import small_font
from gisplan.maps.words import Illustration

if TYPE_CHECKING:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.text import Text
    from numpy.typing import NDArray

FASTER = 6
"""How hard a PNG is pressed; more takes longer for hardly anything."""


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
    asked = tuple(sheets)
    folder.mkdir(exist_ok=True)
    with printing(searchable=True):
        layouts = layouts_of(asked)
        pens = [drawn(*pair) for pair in zip(asked, layouts, strict=True)]
        with small_font(_texts(pens)):
            for sheet, pen in zip(asked, pens, strict=True):
                for kind in PRINT_FORMATS:
                    if kind in formats:
                        _save(pen.figure, folder / f"{sheet.name}.{kind}", kind, flat=sheet.backdrop is None)
    return tuple(
        Illustration(
            name=sheet.name,
            title=sheet.title,
            width_mm=layout.width,
            height_mm=layout.height,
            about=sheet.about,
        )
        for sheet, layout in zip(asked, layouts, strict=True)
    )


def _texts(pens: Iterable[Pen]) -> list[Text]:
    return [text for pen in pens for text in pen.axes.texts]


def layouts_of(sheets: Iterable[MapSheet]) -> tuple[Layout, ...]:
    """Return the layouts of some sheets.

    Parameters
    ----------
    sheets
        What is printed.

    Raises
    ------
    ConfigurationError
        With every sheet that is too small for its scale, and every layer without a credit.
    """
    problems: list[Problem] = []
    found = []
    for sheet in sheets:
        try:
            refuse_uncredited(sheet)
            found.append(laid_out(sheet))
        except ConfigurationError as error:
            problems += error.problems
    if problems:
        raise ConfigurationError(problems)
    return tuple(found)


def refuse_uncredited(sheet: MapSheet) -> None:
    """Refuse a sheet with a layer or a picture that gives no credit.

    Parameters
    ----------
    sheet
        What is printed.

    Raises
    ------
    ConfigurationError
        With every such layer.
    """
    titles = [one.layer.title for one in sheet.shown if not one.layer.credit.of(sheet.language).strip()]
    if sheet.backdrop is not None and not sheet.backdrop.credit.strip():
        titles.append(said("background"))
    if titles:
        raise ConfigurationError(
            Problem(code="maps.no_credit", place=sheet.place or sheet.name, values={"layer": title})
            for title in titles
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
    pen, view = blank(layout.width, layout.height), layout.view
    draw_layers(pen, sheet.shown, view, backdrop=sheet.backdrop)
    taken = [north_box(view.frame), *([mark_box(sheet.mark, view.frame)] if sheet.mark else [])]
    if sheet.inset is not None:
        small = inset_box(sheet.inset, view.frame, sheet.shown, view, taken=taken)
        taken.append(small.grown(1.0))
    pointers = pointer_boxes(sheet.pointers, view, taken=taken)
    taken += [box for _, box, _ in pointers]
    names, marks = names_of(sheet.shown, view, language=sheet.language)
    draw_labels(pen, placed(names, (*marks, *taken), view.frame.grown(-1.0)))
    draw_plots(pen, sheet.plots, view)
    draw_pointers(pen, pointers, view.frame)
    if sheet.inset is not None:
        draw_inset(pen, sheet.inset, small, view)
    draw_furniture(pen, sheet, layout)
    draw_legend(pen, layout.legend, left=layout.legend_at[0], top=layout.legend_at[1])
    return pen


def write_book(path: Path, sheets: Iterable[MapSheet]) -> None:
    """Write sheets as the pages of one PDF, the first of which shows where the others lie.

    Parameters
    ----------
    path
        The file.
    sheets
        The pages; the first gets the ground and number of each of the others.

    Raises
    ------
    ConfigurationError
        If a sheet is too small for its scale, or a layer gives no credit.
    """
    from matplotlib.backends.backend_pdf import PdfPages

    first, *rest = sheets
    with printing(searchable=True):
        layouts = layouts_of((first, *rest))
        plots = tuple(
            Plot(text=str(number), extent=layout.view.extent) for number, layout in enumerate(layouts[1:], 1)
        )
        pages = (dataclasses.replace(first, plots=plots), *rest)
        pens = [drawn(*pair) for pair in zip(pages, layouts, strict=True)]
        with small_font(_texts(pens)), PdfPages(path, **FORMATS["pdf"]) as book:
            for pen in pens:
                book.savefig(pen.figure)


def _save(figure: Figure, path: Path, kind: PrintFormat, *, flat: bool) -> None:
    if kind == "pdf":
        figure.savefig(path, format=kind, **FORMATS[kind])
        return
    if kind == "svg":
        drawing = io.StringIO()
        figure.savefig(drawing, format=kind, **FORMATS[kind])
        path.write_text(short(drawing.getvalue()), "utf-8", newline="\n")
        return
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    figure.set_dpi(DOTS_PER_INCH)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = _opaque(canvas)
    picture = with_palette(pixels) if flat else Image.fromarray(pixels)
    picture.save(path, format="PNG", dpi=(DOTS_PER_INCH, DOTS_PER_INCH), compress_level=FASTER)


def short(drawing: str) -> str:
    """Return an SVG whose places have two decimals of a point, a thirtieth of what a map may be wrong by."""
    return _PLACES.sub(lambda found: _DECIMALS.sub(r"\1", found[0]), drawing)


_PLACES = re.compile(r' (?:d|x|y)="[^"]*"')
_DECIMALS = re.compile(r"(\.\d\d)\d+")


def _opaque(canvas: FigureCanvasAgg) -> NDArray[np.uint8]:

    return np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3])  # type: ignore[no-untyped-call]
