"""GeoPackage, Shapefile and GeoJSON through pyogrio, after the door has looked at them."""

from __future__ import annotations

import re
import sqlite3
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.sources.door import guarded_drivers
from gisplan.sources.encoding import Encoding, as_named, detect
from gisplan.sources.raw import File, Raw, Wanted, companion
from gisplan.sources.shapefile import check_parts, copy_of, has_cut_names, text_encoding
from gisplan.sources.wkb import shapes_of

if TYPE_CHECKING:
    from pyproj import CRS

RESERVED = ("geometry",)
LARGEST_EXACT = 2.0**53
GDAL_NAMES: Mapping[str, str] = {"ascii": "utf-8", "euc_jp": "EUC-JP", "cp932": "CP932"}
EPSG_GUESS = 20
"""ESRI .prj files carry no authority; pyproj finds theirs by the likeness of the name alone."""


def read_vector(file: File, wanted: Wanted) -> Raw:
    """Read the features of one file.

    Parameters
    ----------
    file
        A file of driver geopackage, shapefile or geojson.
    wanted
        What is asked of it: the table of a GeoPackage that holds several, and the codec of a shapefile; the
        others are UTF-8 by their standards.

    Raises
    ------
    InputError
        If the file is damaged, or holds several tables and none is named.
    """
    if file.driver == "shapefile":
        check_parts(file.path, name=file.name)
        found, doubts = (
            (as_named(wanted.encoding, place=file.name), ())
            if wanted.encoding
            else text_encoding(file.path, name=file.name)
        )
        if companion(file.path, ".shx") is None:
            doubts = (*doubts, Doubt(code="file.shx", layer=""))
        options: dict[str, Any] = {"encoding": GDAL_NAMES.get(found.name, found.name)}
    elif file.driver == "geojson":
        found, doubts, options = detect(file.path.read_bytes(), place=file.name), (), {}
        if found.name not in {"utf-8", "utf-8-sig", "ascii"}:
            raise InputError(Problem(code="enc.geojson", place=file.name, values={"found": found.name}))
    else:
        found, doubts, options = Encoding(name="utf-8", how="GeoPackage"), (), {}
        options["layer"] = _gpkg_table(file, wanted.table)
    return _read(file, options, found, doubts)


def _read(file: File, options: dict[str, Any], found: Encoding, doubts: tuple[Doubt, ...]) -> Raw:
    (meta, ids, geometry, columns), wrong = _features(file, options)
    if geometry is None:
        raise InputError(Problem(code="file.no_geometry", place=file.name))
    reserved = sorted(set(RESERVED) & set(meta["fields"]))
    names = [f"{name}_" if name in RESERVED else name for name in meta["fields"]]
    count = len(geometry)
    frame = pd.DataFrame(dict(zip(names, columns, strict=True)), index=range(count))
    crs, detail = epsg_of(meta["crs"])
    if reserved:
        doubts = (*doubts, Doubt(code="tab.reserved", layer="", values={"columns": reserved}))
    # A GeoPackage shows its row numbers to a user; elsewhere features are counted from one.
    rows = ids.astype("int64") if file.driver == "geopackage" else np.arange(1, count + 1)
    shapes, closed, more = shapes_of(geometry, np.asarray(rows))
    return Raw(
        file=file,
        table=frame,
        geometry=shapes,
        rows=rows,
        mended=closed,
        crs=crs,
        crs_detail=wrong or detail,
        encoding=found.name,
        encoding_how=found.how,
        doubts=(*doubts, *more),
    )


def _features(file: File, options: dict[str, Any]) -> tuple[Any, str]:
    """Return what pyogrio reads, and what is wrong with a .prj that had to be left out for it."""
    with guarded_drivers():
        import pyogrio

    encoding = str(options.get("encoding", "utf-8"))
    with tempfile.TemporaryDirectory(prefix="gisplan-") as folder:
        path = file.path
        if file.driver == "shapefile" and (companion(path, ".shx") is None or has_cut_names(path, encoding)):
            path = copy_of(path, Path(folder), encoding=encoding, prj=True)
        try:
            return _read_features(path, options, file), ""
        except (pyogrio.errors.CRSError, UnboundLocalError) as error:
            # The second is how pyogrio stumbles over a description that is not UTF-8.
            known = isinstance(error, pyogrio.errors.CRSError)
            wrong = _plain(str(error), file.path) if known else "≠ UTF-8"
        if file.driver != "shapefile":
            raise InputError(Problem(code="file.damaged", place=file.name, values={"detail": wrong}))
        bare = copy_of(file.path, Path(folder), encoding=encoding, prj=False)
        bare.with_suffix(".prj").unlink(missing_ok=True)
        return _read_features(bare, options, file), wrong


def _read_features(path: Path, options: dict[str, Any], file: File) -> Any:
    import pyogrio

    try:
        meta, ids, geometry, columns = pyogrio.raw.read(path, force_2d=True, return_fids=True, **options)
        exact = [
            _as_written(path, name, options)
            if dtype == "int64" and values.dtype.kind == "f" and (np.abs(values) >= LARGEST_EXACT).any()
            else values
            for name, dtype, values in zip(meta["fields"], meta["dtypes"], columns, strict=True)
        ]
    except pyogrio.errors.CRSError:
        raise
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FieldError,
    ) as error:
        raise InputError(
            Problem(code="file.damaged", place=file.name, values={"detail": _plain(str(error), path)})
        ) from None
    except UnicodeDecodeError:
        raise InputError(Problem(code="enc.mixed", place=file.name, values={"line": "—"})) from None
    return meta, ids, geometry, exact


def _as_written(path: Path, name: str, options: dict[str, Any]) -> Any:
    """Return a column of whole numbers as text: beside a gap pyogrio holds them as floats, which end at 2⁵³."""
    import pyogrio

    layer = options.get("layer") or pyogrio.list_layers(path)[0][0]
    quoted = [text.replace("\\", "\\\\").replace('"', '\\"') for text in (name, str(layer))]
    sql = 'SELECT CAST("{}" AS CHARACTER) AS v FROM "{}"'.format(*quoted)  # noqa: S608 (both names are quoted)
    more = {key: value for key, value in options.items() if key != "layer"}
    _, _, columns = pyogrio.raw.read(path, sql=sql, sql_dialect="OGRSQL", **more)[1:]
    return columns[0]


def epsg_of(text: str | None) -> tuple[int | None, str]:
    """Return the EPSG code of a CRS as a file states it, and why there is none.

    An axis order of north before east is not undone here: GDAL gives east, north for all files it reads.
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    if not text:
        return None, ""
    try:
        crs = CRS.from_user_input(text)
    except CRSError as error:
        return None, str(error).splitlines()[0]
    code = crs.to_2d().to_epsg(min_confidence=EPSG_GUESS)
    # A datum without a name fits several systems, which lie up to 450 m apart.
    unnamed = crs.datum is None or "unknown" in crs.datum.name.lower()
    if code is None or unnamed or _figures(crs.to_2d()) != _figures(CRS.from_epsg(code)):
        return None, crs.name
    return code, ""


def _figures(crs: CRS) -> tuple[object, ...]:
    """Return the numbers that define a CRS: a name alone does not tell where a file lies."""
    way, body, meridian = crs.coordinate_operation, crs.ellipsoid, crs.prime_meridian
    return (
        way and (way.method_name, sorted((part.name, f"{float(part.value):.9f}") for part in way.params)),
        body and (round(body.semi_major_metre, 3), round(body.inverse_flattening, 6)),
        meridian and meridian.longitude,
        [round(axis.unit_conversion_factor, 12) for axis in crs.axis_info],
    )


def _gpkg_table(file: File, wanted: str) -> str:
    """Return the feature table to read; views are never opened, for a view can run code."""
    try:
        with sqlite3.connect(f"file:{_uri(file.path)}?mode=ro&immutable=1", uri=True) as connection:
            rows = connection.execute(
                "select c.table_name from gpkg_contents c join sqlite_master m on m.name = c.table_name "
                "where c.data_type = 'features' and m.type = 'table' order by c.table_name"
            ).fetchall()
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise InputError(
            Problem(code="file.damaged", place=file.name, values={"detail": str(error)})
        ) from None
    finally:
        if "connection" in locals():
            connection.close()
    tables = [row[0] for row in rows]
    if wanted:
        if wanted in tables:
            return wanted
        raise InputError(
            Problem(code="file.table", place=file.name, values={"wanted": wanted, "tables": tables})
        )
    if len(tables) == 1:
        return str(tables[0])
    code = "file.tables" if tables else "file.no_geometry"
    raise InputError(Problem(code=code, place=file.name, values={"tables": tables}))


def _uri(path: Path) -> str:
    from urllib.parse import quote

    return quote(path.resolve().as_posix(), safe="/:")


def _plain(message: str, path: Path) -> str:
    """Return a library's message without the machine's paths and addresses."""
    text = message.replace(str(path), path.name).split("; ")[0]
    return re.sub(r"https?://\S+", "", text)[:200]
