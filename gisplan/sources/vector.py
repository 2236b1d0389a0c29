"""GeoPackage, Shapefile, GeoJSON, FlatGeobuf and DXF through pyogrio, after the door has looked at them."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.sources.door import guarded_drivers
from gisplan.sources.dxf import drawing
from gisplan.sources.encoding import Encoding
from gisplan.sources.geojson import UTF8, as_utf8, look_through
from gisplan.sources.geopackage import table_of, whole_copy
from gisplan.sources.heights import UNSURE, may_have_heights, with_heights
from gisplan.sources.raw import File, Raw, Wanted, companion
from gisplan.sources.shapefile import check_parts, copy_of, has_cut_names, text_encoding
from gisplan.sources.wkb import shapes_of, told

if TYPE_CHECKING:
    from pyproj import CRS

RESERVED = frozenset({"geometry"})
LARGEST_EXACT = 2.0**53
GDAL_NAMES: Mapping[str, str] = {"ascii": "utf-8", "euc_jp": "EUC-JP", "cp932": "CP932"}
WGS84 = 4326
CRS84 = frozenset({("OGC", "CRS84"), ("OGC", "CRS84h")})
"""WGS 84 with east before north, which is the order that all coordinates have here."""

EPSG_GUESS = 20
"""ESRI .prj files carry no authority; pyproj finds theirs by the likeness of the name alone."""


def read_vector(file: File, wanted: Wanted) -> Raw:
    """Read the features of one file.

    Parameters
    ----------
    file
        A file of driver geopackage, shapefile, geojson, flatgeobuf or dxf.
    wanted
        What is asked of it: the table of a GeoPackage that holds several, and the codec of a shapefile; the
        others are UTF-8 by their standards, or say what they are.

    Raises
    ------
    InputError
        If the file is damaged, or holds several tables and none is named.
    """
    with tempfile.TemporaryDirectory(prefix="gisplan-", ignore_cleanup_errors=True) as folder:
        source = _SOURCES[file.driver](file, wanted, Path(folder))
        return _rows(file, source, Path(folder))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """What GDAL is to open, with which options, the encoding of its text, and what is doubtful so far."""

    path: Path
    found: Encoding
    options: Mapping[str, Any] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()


def _shapefile(file: File, wanted: Wanted, folder: Path) -> _Source:
    check_parts(file.path, name=file.name)
    found, doubts = text_encoding(file.path, name=file.name, named=wanted.encoding)
    codec = GDAL_NAMES.get(found.name, found.name)
    path = file.path
    if companion(path, ".shx") is None:
        doubts = (*doubts, Doubt(code="file.shx", layer=""))
    if companion(path, ".shx") is None or has_cut_names(path, codec):
        path = copy_of(path, folder, encoding=codec, prj=True)
    return _Source(path=path, found=found, options={"encoding": codec}, doubts=doubts)


def _geojson(file: File, _wanted: Wanted, folder: Path) -> _Source:
    found, doubts = look_through(file)
    if found.name not in UTF8:
        values = {"found": found.name}
        doubts = (*doubts, Doubt(code="enc.geojson", layer="", values=values))
    return _Source(path=as_utf8(file, found, folder), found=found, doubts=doubts)


def _geopackage(file: File, wanted: Wanted, folder: Path) -> _Source:
    path = whole_copy(file, folder)
    table, doubts = table_of(file, path, wanted)
    options = {"layer": table, "IMMUTABLE": "YES", "LIST_ALL_TABLES": "NO"}
    return _Source(path=path, found=Encoding(name="utf-8", how="GeoPackage"), options=options, doubts=doubts)


def _flatgeobuf(file: File, _wanted: Wanted, _folder: Path) -> _Source:
    return _Source(
        path=file.path, found=Encoding(name="utf-8", how="FlatGeobuf"), options={"VERIFY_BUFFERS": "YES"}
    )


def _dxf(file: File, wanted: Wanted, _folder: Path) -> _Source:
    found, doubts = drawing(file, wanted)
    return _Source(path=file.path, found=found, doubts=doubts)


_SOURCES: Mapping[str, Callable[[File, Wanted, Path], _Source]] = {
    "dxf": _dxf,
    "flatgeobuf": _flatgeobuf,
    "geojson": _geojson,
    "geopackage": _geopackage,
    "shapefile": _shapefile,
}


def _rows(file: File, source: _Source, folder: Path) -> Raw:
    import shapely

    (meta, ids, geometry, columns), wrong = _features(file, source, folder)
    if geometry is None:
        raise InputError(Problem(code="file.no_geometry", place=file.name))
    reserved = sorted(name for name in meta["fields"] if name.casefold() in RESERVED)
    names = [f"{name}_" if name.casefold() in RESERVED else name for name in meta["fields"]]
    count = len(geometry)
    frame = pd.DataFrame(dict(zip(names, columns, strict=True)), index=range(count))
    doubts = source.doubts
    if reserved:
        doubts = (*doubts, Doubt(code="tab.reserved", layer="", values={"columns": reserved}))
    if meta["exact"]:
        doubts = (*doubts, Doubt(code="id.precision", layer="", values={"columns": meta["exact"]}))
    # A GeoPackage shows its row numbers to a user; elsewhere features are counted from one.
    rows = ids.astype("int64") if file.driver == "geopackage" else np.arange(1, count + 1)
    mended = np.zeros(count, dtype=bool)
    if may_have_heights(str(meta["geometry_type"] or UNSURE)):
        shapes, mended = shapes_of(geometry)
        frame, more = with_heights(frame, shapes)
        doubts = (*doubts, *told(mended, rows), *more)
        geometry = shapely.force_2d(shapes)
    crs, detail = epsg_of(meta["crs"])
    return Raw(
        file=file,
        table=frame,
        geometry=geometry,
        rows=rows,
        mended=mended,
        crs=crs,
        crs_detail=wrong or detail,
        encoding=source.found.name,
        encoding_how=source.found.how,
        doubts=doubts,
    )


def _features(file: File, source: _Source, folder: Path) -> tuple[Any, str]:
    """Return what pyogrio reads, and what is wrong with a .prj that had to be left out for it."""
    with guarded_drivers():
        import pyogrio

    if file.driver == "dxf":
        pyogrio.set_gdal_config_options({"DXF_ENCODING": GDAL_NAMES.get(source.found.name, "UTF-8")})
    try:
        return _read_features(source.path, source.options, file), ""
    except (pyogrio.errors.CRSError, UnboundLocalError) as error:
        # The second is how pyogrio stumbles over a description that is not UTF-8.
        known = isinstance(error, pyogrio.errors.CRSError)
        wrong = _plain(str(error), file.path) if known else "≠ UTF-8"
    if file.driver != "shapefile":
        raise InputError(Problem(code="file.corrupt", place=file.name, values={"detail": wrong}))
    bare = copy_of(file.path, folder, encoding=str(source.options["encoding"]), prj=False)
    bare.with_suffix(".prj").unlink(missing_ok=True)
    return _read_features(bare, source.options, file), wrong


def _read_features(path: Path, options: Mapping[str, Any], file: File) -> Any:
    import pyogrio

    try:
        # As numbers times would lose their zone, and with it the day.
        meta, ids, geometry, columns = pyogrio.raw.read(
            path, return_fids=True, datetime_as_string=True, **options
        )
        exact = {
            name: _as_written(path, name, options)
            for name, dtype, values in zip(meta["fields"], meta["dtypes"], columns, strict=True)
            if dtype == "int64" and values.dtype.kind == "f" and (np.abs(values) >= LARGEST_EXACT).any()
        }
        stated = pyogrio.read_info(path)["features"] if file.driver == "flatgeobuf" else len(ids)
    except pyogrio.errors.CRSError:
        raise
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FeatureError,
        pyogrio.errors.FieldError,
        pyogrio.errors.GeometryError,
    ) as error:
        raise InputError(
            Problem(code="file.corrupt", place=file.name, values={"detail": _plain(str(error), path)})
        ) from None
    except UnicodeDecodeError:
        raise InputError(Problem(code="enc.mixed", place=file.name, values={"line": "—"})) from None
    if stated != len(ids):
        detail = f"{len(ids):,} / {stated:,}"
        raise InputError(Problem(code="file.truncated", place=file.name, values={"detail": detail}))
    found = [exact.get(name, values) for name, values in zip(meta["fields"], columns, strict=True)]
    return {**meta, "exact": sorted(exact)}, ids, geometry, found


def _as_written(path: Path, name: str, options: Mapping[str, Any]) -> Any:
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
    if crs.to_authority() in CRS84:
        return WGS84, ""
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


def _plain(message: str, path: Path) -> str:
    """Return a library's message without the machine's paths and addresses."""
    text = message.replace(str(path), path.name).split("; ")[0]
    return re.sub(r"https?://\S+", "", text)[:200]
