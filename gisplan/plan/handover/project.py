"""`layers.qgz` of a plan: the project in which QGIS shows its GeoPackage as the map shows the plan."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gisplan.core.words import Text
from gisplan.maps.qgis import About, write_project
from gisplan.maps.words import MapLayer
from gisplan.plan.captions import audience_notes, caption
from gisplan.plan.release import Released
from gisplan.plan.results import Results

NAME = "layers.qgz"


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
        language=plan.language,
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
