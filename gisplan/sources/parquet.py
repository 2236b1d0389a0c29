"""GeoParquet through pyarrow: the geometry's column, its encoding and its CRS as the file's own description says."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from gisplan.core.errors import InputError, Problem
from gisplan.sources.raw import File, Raw, Wanted
from gisplan.sources.vector import epsg_of

DEFAULT_CRS = "OGC:CRS84"
"""What GeoParquet means where it names no CRS."""


def read_parquet(file: File, wanted: Wanted) -> Raw:  # noqa: ARG001 (all readers are called alike)
    """Read the rows of a Parquet file; without a geometry it is a table.

    Parameters
    ----------
    file
        A file of driver parquet.
    wanted
        What is asked of it; a Parquet file holds one table, in an encoding that it names.

    Raises
    ------
    InputError
        If it is cut or damaged, or its geometry is in an encoding that is not read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file.path) as source:
            about = json.loads((source.schema_arrow.metadata or {}).get(b"geo", b"{}"))
            table = source.read()
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        whole = file.path.read_bytes()[-4:] == b"PAR1"
        values = {"detail": "Parquet" if not whole else type(error).__name__}
        raise InputError(
            Problem(code="file.corrupt" if whole else "file.truncated", place=file.name, values=values)
        ) from None
    if not about:
        _refuse_undescribed(table, file)
    column = about.get("primary_column", "") if isinstance(about, dict) else ""
    described = about.get("columns", {}).get(column, {}) if column else {}
    names = [name for name in table.column_names if name not in about.get("columns", {})]
    frame = pd.DataFrame({name: _column(table.column(name)) for name in names}, index=range(table.num_rows))
    crs, detail = _crs(described) if column else (None, "")
    return Raw(
        file=file,
        table=frame,
        geometry=_wkb(table, column, described, file) if column else None,
        rows=np.arange(1, table.num_rows + 1),
        mended=np.zeros(table.num_rows, dtype=bool),
        crs=crs,
        crs_detail=detail,
        encoding="utf-8",
        encoding_how="Parquet",
    )


def _refuse_undescribed(table: Any, file: File) -> None:
    """Refuse geometries that nothing describes: they would be taken for text, and the table for a list."""
    import pyarrow as pa
    import shapely

    for name in table.column_names:
        values = table.column(name)
        if not (pa.types.is_binary(values.type) or pa.types.is_large_binary(values.type)):
            continue
        first = values.drop_null().slice(0, 1).to_pylist()
        if first and shapely.from_wkb(first[0], on_invalid="ignore") is not None:
            raise InputError(Problem(code="file.parquet_no_geo", place=file.name, values={"column": name}))


def _crs(described: dict[str, Any]) -> tuple[int | None, str]:
    if "crs" not in described:
        return epsg_of(DEFAULT_CRS)
    stated = described["crs"]
    return epsg_of(json.dumps(stated) if isinstance(stated, dict) else stated)


def _wkb(table: Any, column: str, described: dict[str, Any], file: File) -> Any:
    if column not in table.column_names:
        values = {"column": column, "columns": table.column_names}
        raise InputError(Problem(code="file.parquet_column", place=file.name, values=values))
    encoding = str(described.get("encoding", "WKB"))
    if encoding.upper() != "WKB":
        values = {"encoding": encoding}
        raise InputError(Problem(code="file.parquet_encoding", place=file.name, values=values))
    held = np.empty(table.num_rows, dtype=object)
    held[:] = table.column(column).to_pylist()
    return held


def _column(values: Any) -> Any:
    """Return a column as numbers or as text; whole numbers beside a gap stay exact."""
    import pyarrow as pa

    kind = values.type
    if (pa.types.is_integer(kind) or pa.types.is_boolean(kind)) and values.null_count == 0:
        return values.to_numpy()
    if pa.types.is_floating(kind):
        return values.to_numpy()
    texts = np.empty(len(values), dtype=object)
    texts[:] = [None if value is None else _plain(value) for value in values.to_pylist()]
    return texts


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ";".join("" if part is None else str(part) for part in value)
    return str(value)
