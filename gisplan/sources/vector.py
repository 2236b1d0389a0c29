"""GeoPackage, Shapefile, GeoJSON, FlatGeobuf and DXF through pyogrio, after the door has looked at them."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.sources.dbf import Numbers, numbers_of
from gisplan.sources.door import guarded_drivers
from gisplan.sources.dxf import drawing
from gisplan.sources.encoding import Encoding
from gisplan.sources.features import Features
from gisplan.sources.geojson import UTF8, as_utf8, look_through
from gisplan.sources.geopackage import connected, table_of, whole_copy
from gisplan.sources.heights import UNSURE, may_have_heights, with_heights
from gisplan.sources.raw import File, Raw, Refused, Wanted, companion
from gisplan.sources.shapefile import check_parts, copy_of, has_cut_names, text_encoding
from gisplan.sources.storage import Stored, rows_with_geometry, stored
from gisplan.sources.wkb import shapes_of, told

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyproj import CRS

RESERVED = frozenset({"geometry"})
LARGEST_EXACT = 2.0**53
GDAL_NAMES: Mapping[str, str] = {"ascii": "utf-8", "euc_jp": "EUC-JP", "cp932": "CP932"}
WGS84 = 4326
CRS84 = frozenset({("OGC", "CRS84"), ("OGC", "CRS84h")})
"""WGS 84 with east before north, which is the order that all coordinates have here."""

UNDEFINED = "Undefined "
"""So GeoPackage calls the systems that say that nothing is known."""

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
        raw = _rows(file, source, Path(folder))
        return _without_unread(raw, source) if file.driver == "geopackage" else raw


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """What GDAL is to open, with which options, the encoding of its text, and what is doubtful so far.

    `stated` is the CRS that a GeoJSON names, `features` what is known of its features;
    `numbers` and `stored` are what a shapefile and a GeoPackage hold where their columns promise numbers.
    """

    path: Path
    found: Encoding
    options: Mapping[str, Any] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()
    stated: str | None = None
    features: Features | None = None
    numbers: Numbers | None = None
    stored: Stored | None = None


def _shapefile(file: File, wanted: Wanted, folder: Path) -> _Source:
    check_parts(file.path, name=file.name)
    found, doubts = text_encoding(file.path, name=file.name, named=wanted.encoding)
    codec = GDAL_NAMES.get(found.name, found.name)
    path = file.path
    if companion(path, ".shx") is None:
        doubts = (*doubts, Doubt(code="file.shx", layer=""))
    if companion(path, ".shx") is None or has_cut_names(path, codec):
        path = copy_of(path, folder, encoding=codec, prj=True)
    attributes = companion(file.path, ".dbf") or path.with_suffix(
        ".dbf"
    )  # it is there: its parts were checked
    numbers = numbers_of(attributes, encoding=codec)
    return _Source(
        path=path,
        found=found,
        options={"encoding": codec},
        doubts=(*doubts, *numbers.doubts),
        numbers=numbers,
    )


def _geojson(file: File, _wanted: Wanted, folder: Path) -> _Source:
    looked = look_through(file)
    found, doubts = looked.encoding, looked.doubts
    if found.name not in UTF8:
        values = {"found": found.name}
        doubts = (*doubts, Doubt(code="enc.geojson", layer="", values=values))
    return _Source(
        path=as_utf8(file, looked, folder),
        found=found,
        # A number of a file or a house may look like a date or a time; text stays as it is written.
        options={"DATE_AS_STRING": "YES"},
        doubts=doubts,
        stated=looked.stated,
        features=looked.features,
    )


def _geopackage(file: File, wanted: Wanted, folder: Path) -> _Source:
    path = whole_copy(file, folder)
    table, doubts = table_of(file, path, wanted)
    options = {"layer": table, "IMMUTABLE": "YES", "LIST_ALL_TABLES": "NO"}
    with connected(path) as connection:
        held = stored(connection, table)
    return _Source(
        path=path, found=Encoding(name="utf-8", how="GeoPackage"), options=options, doubts=(*doubts, *held.doubts),
        stored=held,
    )  # fmt: skip


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
    rows = _numbers(ids, source, file)
    columns, exact = _as_they_stand(meta, columns, source, rows)
    frame = pd.DataFrame(dict(zip(names, columns, strict=True)), index=range(count))
    crs, detail, told_crs = _crs(meta["crs"], source)
    doubts = (*source.doubts, *told_crs)
    if reserved:
        doubts = (*doubts, Doubt(code="tab.reserved", layer="", values={"columns": reserved}))
    if exact:
        doubts = (*doubts, Doubt(code="id.precision", layer="", values={"columns": exact}))
    mended = np.zeros(count, dtype=bool)
    if may_have_heights(str(meta["geometry_type"] or UNSURE)):
        shapes, mended = shapes_of(geometry)
        frame, more = with_heights(frame, shapes)
        doubts = (*doubts, *told(mended, rows), *more)
        geometry = shapely.force_2d(shapes)
    return Raw(
        file=file,
        table=frame,
        geometry=geometry,
        rows=rows,
        mended=mended,
        refused=source.features.refused if source.features else (),
        crs=crs,
        crs_detail=wrong or detail,
        encoding=source.found.name,
        encoding_how=source.found.how,
        doubts=doubts,
    )


def _without_unread(raw: Raw, source: _Source) -> Raw:
    """Return the rows of a GeoPackage without those whose geometry holds something that is none: they are refused."""
    if raw.geometry is None:
        return raw
    missing = np.array([shape is None for shape in raw.geometry], dtype=bool)
    if not missing.any():
        return raw
    with connected(source.path) as connection:
        filled = rows_with_geometry(connection, str(source.options["layer"]))
    lost = missing & np.isin(raw.rows, list(filled))
    cells = raw.table[lost].astype("string").fillna("").to_numpy().tolist()
    refused = [
        Refused(
            row=row,
            column="geometry",
            value="GeoPackage BLOB",
            code="geom.unread",
            cells=tuple(map(str, held)),
        )
        for row, held in zip(raw.rows[lost].tolist(), cells, strict=True)
    ]
    kept = ~lost
    return replace(
        raw, table=raw.table[kept].reset_index(drop=True), geometry=raw.geometry[kept], rows=raw.rows[kept],
        mended=raw.mended[kept], refused=(*raw.refused, *refused),
    )  # fmt: skip


def _as_they_stand(
    meta: Any, columns: Any, source: _Source, rows: NDArray[np.int64]
) -> tuple[list[Any], list[str]]:
    """Return the columns, those whose values GDAL would change as text, and the names of those of long numbers."""
    held = list(columns)
    names = list(meta["fields"])
    texts = source.features.texts if source.features else {}
    for place, name in enumerate(names):
        if name in texts:
            held[place] = texts[name]
        elif source.stored and name in source.stored.texts:
            held[place] = source.stored.column(name, rows)
        elif source.numbers and place in source.numbers.texts:
            held[place] = source.numbers.texts[place]
    return held, sorted({*meta["exact"], *texts})


def _numbers(ids: Any, source: _Source, file: File) -> NDArray[np.int64]:
    """Return the row numbers: a GeoPackage shows its own to a user; elsewhere features are counted from one.

    Raises
    ------
    InputError
        If GDAL reads more or fewer features than the file holds.
    """
    if file.driver == "geopackage":
        return np.asarray(ids, dtype="int64")
    known = source.features.numbers if source.features else source.numbers.rows if source.numbers else None
    if known is None:
        return np.arange(1, len(ids) + 1)
    if len(known) != len(ids):
        values = {"detail": f"{len(ids):,} / {len(known):,}"}
        raise InputError(Problem(code="file.corrupt", place=file.name, values=values))
    return known


def _crs(text: str | None, source: _Source) -> tuple[int | None, str, tuple[Doubt, ...]]:
    """Return the EPSG code, why there is none, and what is told of it.

    GDAL reads a GeoJSON whose system it does not know by name in WGS 84; there the name itself has to fit.
    """
    crs, detail = epsg_of(text)
    if source.stated is None:
        return crs, "" if detail.startswith(UNDEFINED) else detail, ()
    if crs is None or epsg_of(source.stated)[0] != crs:
        return None, source.stated, ()
    return crs, "", (Doubt(code="crs.ok", layer="", values={"crs": source.stated}),)


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
