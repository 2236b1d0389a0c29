"""`layers.gpkg`: every layer and result in one GeoPackage, with QGIS styles; equal inputs give equal bytes.

References
----------
OGC 12-128r18, GeoPackage Encoding Standard 1.3, and the `layer_styles` table that QGIS reads.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core.crs import crs_name
from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.tables import contract, wide
from gisplan.core.words import Language
from gisplan.maps.credited import refuse_uncredited
from gisplan.maps.encode import cells
from gisplan.maps.qml import Shape, clean, qml
from gisplan.maps.words import MapLayer
from gisplan.sources.reach import out_of_reach

MOMENT = "2000-01-01T00:00:00.000Z"
"""Written as the date of change of every table: a clock would make two runs differ."""
FORM = "1.3"
"""The edition of the format: QGIS 3.22, which offices still have, warns of a later one."""

STYLES = """
CREATE TABLE "layer_styles" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  "f_table_catalog" TEXT(256), "f_table_schema" TEXT(256), "f_table_name" TEXT(256),
  "f_geometry_column" TEXT(256), "styleName" TEXT(30), "styleQML" TEXT, "styleSLD" TEXT,
  "useAsDefault" BOOLEAN, "description" TEXT, "owner" TEXT(30), "ui" TEXT(30),
  "update_time" DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
)"""
REGISTER = """
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change)
VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)"""
ADD_STYLE = """
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,
  styleQML, styleSLD, useAsDefault, description, owner, update_time)
VALUES ('', '', ?, 'geom', ?, ?, '', 1, ?, '', ?)"""
DESCRIBE = "UPDATE gpkg_contents SET identifier = ?, description = ? WHERE table_name = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """One kind of geometry: its QGIS symbol, its type in the file, and the shapely types it takes."""

    shape: Shape
    type: str
    takes: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One table of a file or database: the rows of a layer that have one kind of geometry."""

    name: str
    layer: MapLayer
    geometry: Geometry
    rows: gpd.GeoDataFrame


GEOMETRIES: Mapping[str, Geometry] = {
    "polygon": Geometry(shape="fill", type="MultiPolygon", takes=(3, 6)),
    "line": Geometry(shape="line", type="MultiLineString", takes=(1, 2, 5)),
    "point": Geometry(shape="marker", type="Point", takes=(0,)),
    "points": Geometry(shape="marker", type="MultiPoint", takes=(4,)),
}
NOTHING = -1
"""shapely's type of a missing geometry; such rows stay in the layer's own table."""


def write_geopackage(
    path: Path,
    layers: Iterable[MapLayer],
    *,
    crs: int,
    tables: Mapping[str, pd.DataFrame] | None = None,
    language: Language = "ja",
) -> None:
    """Write layers with their styles, and tables without geometry, into a new GeoPackage.

    Parameters
    ----------
    path
        File that does not exist yet; an open GeoPackage is never written into.
    layers
        Layers in the plan's CRS. One of several kinds of geometry becomes several tables, `<name>_point`
        and `<name>_line` beside `<name>`. One that holds nothing becomes an empty table.
    crs
        EPSG code of the plan's CRS.
    tables
        Result tables by name, e.g. `verdicts`; they become attribute tables.
    language
        Language of the styles' class names and of the layers' titles.

    Raises
    ------
    ConfigurationError
        If a layer is in another CRS or gives no credit: nothing is written.
    FileExistsError
        If the file exists.
    """
    drawn = tuple(layers)
    if path.exists():
        raise FileExistsError(path)
    refuse_other_crs(drawn, crs)
    refuse_uncredited(drawn)
    parts = tuple(part for layer in drawn for part in parts_of(layer))
    with _plain_place(path) as place:
        with _still_clock():
            for part in parts:
                _write(place, part.name, part.rows, part.geometry.type)
            for layer in drawn:
                if layer.kind == "table":  # it has no place: an attribute table beside the results
                    _write(place, layer.name, pd.DataFrame(layer.table.drop(columns="geometry")), None)
            for name, frame in (tables or {}).items():
                _write(place, name, wide(frame, contract(name))[0], None)
        with closing(sqlite3.connect(place)) as file:
            _finish(file, parts, language=language)


@contextmanager
def _plain_place(path: Path) -> Iterator[Path]:
    """Yield a path that GDAL and SQLite reach, and bring what is written there to its place."""
    if not out_of_reach(path):
        yield path
        return
    with TemporaryDirectory() as folder:
        yield Path(folder) / path.name
        shutil.copyfile(Path(folder) / path.name, path)


def parts_of(layer: MapLayer) -> Iterator[Part]:
    """Yield the tables of a layer: its own, and one more for each other kind of geometry that it holds."""
    types = shapely.get_type_id(layer.table.geometry.to_numpy())
    for kind, geometry in GEOMETRIES.items():
        own = kind == layer.kind
        takes = (*geometry.takes, NOTHING) if own else geometry.takes
        rows = layer.table[np.isin(types, takes)]
        if own or len(rows):
            name = layer.name if own else f"{layer.name}_{kind}"
            yield Part(name=name, layer=layer, geometry=geometry, rows=rows)


def _write(path: Path, name: str, frame: pd.DataFrame, geometry_type: str | None) -> None:
    import pyogrio

    spatial = {"geometry_type": geometry_type, "promote_to_multi": geometry_type != "Point"}
    new = {} if path.exists() else {"dataset_options": {"VERSION": FORM}}
    pyogrio.write_dataframe(
        _writable(frame),
        path,
        layer=name,
        driver="GPKG",
        append=path.exists(),
        **(spatial if geometry_type else {}),
        **new,
    )


def _writable(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with columns that the format can hold: texts for whatever else an object column has."""
    plain = {name: _texts(frame[name]) for name in frame.columns if frame[name].dtype == object}
    return frame.assign(**plain).reset_index(drop=True)


def _texts(values: pd.Series) -> pd.Series:
    keys = [(type(value), value) for value in cells(values)]
    said = {key: None if key[1] is None else clean(str(key[1])) for key in set(keys)}
    return pd.Series([said[key] for key in keys], index=values.index, dtype="object")


def _finish(file: sqlite3.Connection, parts: Iterable[Part], *, language: Language) -> None:
    """Write titles and styles; `VACUUM` then lays the pages out anew, the same for the same content."""
    file.execute("PRAGMA synchronous = OFF")
    file.execute(STYLES)
    file.execute(REGISTER, (MOMENT,))
    for part in parts:
        title = clean(part.layer.title.of(language))
        credit = clean(part.layer.credit.of(language))
        style = qml(part.layer, part.geometry.shape, language=language)
        file.execute(ADD_STYLE, (part.name, title[:30], style, credit, MOMENT))
        file.execute(DESCRIBE, (f"{title} ({part.name})", credit, part.name))
    file.commit()
    file.execute("VACUUM")


@contextmanager
def _still_clock() -> Iterator[None]:
    """Let GDAL write one fixed moment, and give it its clock back afterwards.

    The file is new and is synced as a whole when it is done, so SQLite need not sync every table.
    """
    import pyogrio

    ours = {"OGR_CURRENT_DATE": MOMENT, "OGR_SQLITE_SYNCHRONOUS": "OFF"}
    before = {name: pyogrio.get_gdal_config_option(name) for name in ours}
    pyogrio.set_gdal_config_options(ours)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


def refuse_other_crs(layers: Iterable[MapLayer], crs: int) -> None:
    """Refuse layers that are not in the CRS of the plan.

    Raises
    ------
    ConfigurationError
        With every layer in another CRS or in none.
    """
    problems = [
        Problem(
            code="maps.crs_differs",
            place=layer.name,
            values={
                "layer": layer.title,
                "found": str(layer.table.crs.to_epsg()) if layer.table.crs else "—",
                "wanted": crs_name(crs),
            },
        )
        for layer in layers
        if layer.table.crs is None or layer.table.crs.to_epsg() != crs
    ]
    if problems:
        raise ConfigurationError(problems)
