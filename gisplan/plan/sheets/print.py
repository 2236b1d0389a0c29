"""Writes the maps for print of a plan: its figures, and the book of maps by district."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gisplan.core.printing import PrintFormat
from gisplan.maps.sheets.write import write_book, write_sheets
from gisplan.maps.words import Illustration, MapLayer
from gisplan.plan.release import Released
from gisplan.plan.results import Results
from gisplan.plan.sheets.book import BOOK, book_of
from gisplan.plan.sheets.standard import ground_of, map_sheets


def write_maps(
    folder: Path,
    results: Results,
    released: Released,
    layers: Iterable[MapLayer],
    *,
    formats: Iterable[PrintFormat] = (),
) -> tuple[Illustration, ...]:
    """Write the maps for print of a plan into a folder, and return its figures.

    Parameters
    ----------
    folder
        The folder; it is made where it is missing and there is something to write.
    results
        What was computed.
    released
        What the audience may have of it.
    layers
        All layers as the audience may have them.
    formats
        Files that other outputs need, whether or not plan.toml asks for them.

    Raises
    ------
    ConfigurationError
        If a sheet is too small for its scale, a layer gives no credit, or there is no area for the book.
    InputError
        If the picture under the maps cannot be read.
    """
    printing = results.atlas.plan.printing
    if printing.figures == () and not printing.book:
        return ()
    ground = ground_of(results, released, layers)
    sheets, pages = map_sheets(ground), book_of(ground)
    found = write_sheets(folder, sheets, formats={*printing.formats, *formats}) if sheets else ()
    if pages:
        folder.mkdir(exist_ok=True)
        write_book(folder / f"{BOOK}.pdf", pages)
    return found
