"""`layers.qgz` of a plan: the project in which QGIS shows its GeoPackage as the map shows the plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from gisplan.core.words import Text
from gisplan.maps.qgis import About, Surface, write_project
from gisplan.maps.style import group_title
from gisplan.maps.words import MapLayer
from gisplan.plan.captions import audience_notes, caption
from gisplan.plan.drawn_districts import SURFACE
from gisplan.plan.release import Released
from gisplan.plan.results import Results

NAME = "layers.qgz"
LOW, HIGH = "#f7f4ea", "#1b7837"
"""Colours of ground that is not suitable at all, and of ground that is wholly so."""


def write_qgis_project(
    folder: Path, results: Results, released: Released, layers: Sequence[MapLayer], *, database: str
) -> None:
    """Write the project beside the GeoPackage; it names nothing that is not in there.

    Parameters
    ----------
    folder
        The folder of the GeoPackage.
    results
        What was computed.
    released
        What the audience may have of it.
    layers
        The layers of the GeoPackage.
    database
        Its name.
    """
    plan = results.atlas.plan
    about = About(title=plan.title, notes=notes_of(results, released))
    write_project(
        folder / NAME, layers, database=database, crs=plan.crs, about=about, tables=released.tables,
        surfaces=tuple(_surfaces(folder, results)), language=plan.language,
    )  # fmt: skip


def _surfaces(folder: Path, results: Results) -> Iterator[Surface]:
    """Yield the rasters that were written into a folder; what the audience may not have is not there."""
    if not (folder / SURFACE).is_file():
        return
    suited = results.suited
    sources = [] if suited is None else [text for text in suited.table["source_ja"] if text]
    credit = "；".join(dict.fromkeys(sources)) or "—"
    yield Surface(
        file=SURFACE, title=caption("surface_layer"), group=group_title("result"), low=LOW, high=HIGH,
        credit=Text(ja=credit, en=credit),
    )  # fmt: skip


def notes_of(results: Results, released: Released) -> tuple[Text, ...]:
    """Return the lines that every file handed over bears: that it is for reference, of which day, and for whom.

    Parameters
    ----------
    results
        What was computed.
    released
        What the audience may have of it.
    """
    plan = results.atlas.plan
    return (
        *((caption("made_up"),) if plan.made_up else ()),
        caption("reference"),
        caption("law_date", date=plan.date.isoformat()),
        *audience_notes(plan.audience, held_back=released.held_back, release=plan.release),
    )
