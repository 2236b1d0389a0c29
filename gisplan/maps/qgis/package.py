"""`layers.qgz`: the zip archive in which QGIS keeps a project; equal projects give equal bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from gisplan.core.packed import write_archive
from gisplan.core.words import Language
from gisplan.maps.qgis.project import About, project
from gisplan.maps.qgis.surface import Surface
from gisplan.maps.words import MapLayer


def write_project(  # noqa: PLR0913 (what a project shows, and how it speaks of it)
    path: Path,
    layers: Iterable[MapLayer],
    *,
    database: str,
    crs: int,
    about: About,
    tables: Mapping[str, pd.DataFrame] | None = None,
    surfaces: Sequence[Surface] = (),
    language: Language = "ja",
) -> None:
    """Write the project in which QGIS shows a GeoPackage as the map shows the plan.

    Parameters
    ----------
    path
        The project, `….qgz`; what stands there is replaced.
    layers, tables
        What the GeoPackage holds.
    database
        Name of the GeoPackage, which lies in the same folder.
    crs
        EPSG code of the plan's CRS.
    about
        What the project says of itself.
    surfaces
        Rasters in the same folder.
    language
        Language of titles and classes.

    Raises
    ------
    ConfigurationError
        If a layer gives no credit.
    """
    text = project(
        layers, database=database, crs=crs, about=about, tables=tables, surfaces=surfaces, language=language
    )
    write_archive(path, [(path.with_suffix(".qgs").name, text.encode())])
