"""The files of the town, as offices send them: several formats and encodings, always the same bytes."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .plane import CRS, DEGREES, Floats, degrees

DAY = "2026-04-01"
ZIP_DAY = (2026, 4, 1, 0, 0, 0)
PAGE = 1024
"""Bytes in a page of a GeoPackage: most layers are small."""


def write_csv(path: Path, frame: pd.DataFrame, *, encoding: str) -> None:
    """Write a list as Excel saves it: CR LF, and the encoding the office uses."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(frame.columns)
    writer.writerows(
        [["" if pd.isna(value) else value for value in row] for row in frame.itertuples(index=False)]
    )
    path.write_bytes(text.getvalue().encode(encoding))


def write_geojson(path: Path, frame: gpd.GeoDataFrame) -> None:
    """Write shapes in JGD2011 degrees, one feature a line, 7 digits (about 1 cm)."""
    shapes = [shapely.transform(shape, degrees) for shape in frame.geometry]
    columns = [column for column in frame.columns if column != "geometry"]
    features = [
        json.dumps(
            {
                "type": "Feature",
                "properties": dict(zip(columns, row, strict=True)),
                "geometry": _geometry(shape),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for row, shape in zip(
            frame[columns].astype(object).itertuples(index=False, name=None), shapes, strict=True
        )
    ]
    crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{DEGREES}"}}
    head = f'{{"type":"FeatureCollection","name":"{path.stem}","crs":{json.dumps(crs)},"features":[\n'
    path.write_bytes((head + ",\n".join(features) + "\n]}\n").encode())


def _geometry(shape: shapely.Geometry) -> dict[str, Any]:
    return dict(json.loads(shapely.to_geojson(shape)))


def write_geopackage(path: Path, frame: gpd.GeoDataFrame) -> None:
    """Write a GeoPackage without clock times, packed into small pages."""
    import pyogrio

    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{DAY}T00:00:00.000Z"})
    path.unlink(missing_ok=True)
    pyogrio.write_dataframe(
        frame, path, driver="GPKG", layer=path.stem, layer_options={"SPATIAL_INDEX": "NO"}
    )
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA page_size = {PAGE}")
    database.execute("VACUUM")
    database.close()


def write_shapefile_zip(path: Path, frame: gpd.GeoDataFrame) -> None:
    """Write a zipped shapefile as planning systems export it: in CP932, and no .cpg to say so."""
    import pyogrio

    names = [column for column in frame.columns if column != "geometry"]
    plain = frame.rename(columns={name: f"F{number}" for number, name in enumerate(names)})
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"{path.stem}.shp"
        options = {"DBF_DATE_LAST_UPDATE": DAY}
        pyogrio.write_dataframe(
            plain, target, driver="ESRI Shapefile", encoding="CP932", layer_options=options
        )
        members = {
            suffix: target.with_suffix(suffix).read_bytes() for suffix in (".dbf", ".prj", ".shp", ".shx")
        }
    members[".dbf"] = _named_dbf(members[".dbf"], names)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for suffix, data in members.items():
            entry = zipfile.ZipInfo(f"{path.stem}{suffix}", ZIP_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            archive.writestr(entry, data)


def _named_dbf(data: bytes, names: Sequence[str]) -> bytes:
    """Return a DBF whose columns bear Japanese names; GDAL would cut them to 10 bytes before it encodes them.

    The byte that tells the code page is emptied, as the exports of old systems leave it.
    """
    table = bytearray(data)
    table[29] = 0
    for number, name in enumerate(names):
        start = 32 + 32 * number
        table[start : start + 11] = name.encode("cp932").ljust(11, b"\0")
    return bytes(table)


def write_excel(path: Path, frame: pd.DataFrame, *, title: Sequence[str]) -> None:
    """Write a list in Excel with lines above its header, as lists for people have."""
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime.fromisoformat(f"{DAY}T00:00:00+00:00"), "title": title[0]})
    sheet = book.add_worksheet("一覧")
    bold = book.add_format({"bold": True})
    for row, line in enumerate(title):
        sheet.write_string(row, 0, line, bold)
    for column, name in enumerate(frame.columns):
        sheet.write_string(len(title), column, name, bold)
        for row, value in enumerate(frame[name], start=len(title) + 1):
            if name in {"緯度", "経度"}:
                sheet.write_number(row, column, float(value))
            else:
                sheet.write_string(row, column, str(value))
    sheet.set_column(1, 3, 26)
    book.close()


def write_raster(
    path: Path, values: Floats, corner: tuple[float, float], *, cell: float, nodata: float
) -> None:
    """Write a GeoTIFF of one band."""
    import rasterio
    from rasterio.transform import from_origin

    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=values.shape[0],
        width=values.shape[1],
        count=1,
        dtype="float32",
        crs=f"EPSG:{CRS}",
        transform=from_origin(*corner, cell, cell),
        nodata=nodata,
        compress="deflate",
        predictor=3,
        zlevel=9,
        tiled=True,
        blockxsize=256,
        blockysize=256,
    ) as target:
        target.write(np.asarray(values, dtype="float32"), 1)
