"""Rows of a file on their way between two processes: as Arrow and JSON, which carry data and never run."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gisplan.core.errors import Problem
from gisplan.core.tables import Doubt
from gisplan.core.words import Text
from gisplan.sources.raster import Target
from gisplan.sources.raw import File, Raw, Refused, Wanted

KEY = b"gisplan"
TEXT = "text"
"""The key under which a text of two languages travels."""

GEOMETRY, ROW, MENDED = "geometry", "row", "mended"


def pack(raw: Raw, path: Path) -> None:
    """Write the rows of a file.

    Parameters
    ----------
    raw
        The rows.
    path
        The parcel: an Arrow file.
    """
    import pyarrow as pa

    arrays = {f"c{position}": _column(raw.table[name]) for position, name in enumerate(raw.table.columns)}
    arrays[ROW] = pa.array(raw.rows)
    arrays[MENDED] = pa.array(raw.mended)
    if raw.geometry is not None:
        arrays[GEOMETRY] = pa.array(_wkb(raw.geometry), type=pa.large_binary())
    about = {
        "columns": [str(name) for name in raw.table.columns],
        "refused": [dataclasses.asdict(row) for row in raw.refused],
        "doubts": [
            {**dataclasses.asdict(doubt), "values": plain(dict(doubt.values))} for doubt in raw.doubts
        ],
        "crs": raw.crs,
        "crs_detail": raw.crs_detail,
        "encoding": raw.encoding,
        "encoding_how": raw.encoding_how,
    }
    table = pa.table(arrays).replace_schema_metadata({KEY: json.dumps(about, ensure_ascii=True).encode()})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def unpack(path: Path, file: File) -> Raw:
    """Return the rows that `pack` wrote, their geometries as well-known binary.

    Parameters
    ----------
    path
        The parcel.
    file
        The file that the rows come from.

    Raises
    ------
    ValueError
        If the parcel was not packed by `pack`, or was packed badly.
    """
    import pyarrow as pa

    with pa.OSFile(str(path), "rb") as source:
        table = pa.ipc.open_file(source).read_all()
    table.validate(full=True)
    about = json.loads(table.schema.metadata[KEY])
    columns = {name: _values(table.column(f"c{position}")) for position, name in enumerate(about["columns"])}
    frame = pd.DataFrame(columns, index=range(table.num_rows))
    found = GEOMETRY in table.column_names
    return Raw(
        file=file,
        table=frame,
        geometry=_binary(table.column(GEOMETRY)) if found else None,
        rows=table.column(ROW).to_numpy(),
        mended=table.column(MENDED).to_numpy(),
        refused=tuple(Refused(**{**row, "cells": tuple(row["cells"])}) for row in about["refused"]),
        doubts=tuple(Doubt(**{**row, "values": live(row["values"])}) for row in about["doubts"]),
        crs=about["crs"],
        crs_detail=about["crs_detail"],
        encoding=about["encoding"],
        encoding_how=about["encoding_how"],
    )


def _column(values: pd.Series[Any]) -> Any:
    """Return one column as Arrow: numbers stay numbers, everything else becomes text."""
    import pyarrow as pa

    if values.dtype.kind in "biuf":
        return pa.array(values.to_numpy())
    if values.dtype.kind == "M":
        return pa.array(values.dt.strftime("%Y-%m-%d %H:%M:%S").str.removesuffix(" 00:00:00"))
    return pa.array([_text(value) for value in values.tolist()], type=pa.large_string())


def _text(value: Any) -> str | None:
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, list | tuple | np.ndarray):
        return ";".join("" if part is None else str(part) for part in value)
    text = value if isinstance(value, str) else str(value)
    # A lone surrogate is no text: no encoding can write it.
    return text.encode("utf-8", "replace").decode("utf-8")


def _values(column: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_large_string(column.type):
        return np.array(column.to_pylist(), dtype=object)
    return column.to_numpy()


def _wkb(geometry: NDArray[np.object_]) -> Any:
    import shapely

    held = next((shape for shape in geometry if shape is not None), None)
    return geometry if isinstance(held, bytes) else shapely.to_wkb(geometry)


def _binary(column: Any) -> NDArray[np.object_]:
    wkb = np.empty(len(column), dtype=object)
    wkb[:] = column.to_pylist()
    return wkb


def plain(value: Any) -> Any:
    """Return the values of a message as JSON can hold them."""
    if isinstance(value, Text):
        return {TEXT: [value.ja, value.en]}
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(part) for part in value]
    if isinstance(value, np.generic):
        return value.item()
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def live(value: Any) -> Any:
    """Return the values of a message as `plain` took them."""
    if isinstance(value, dict):
        if set(value) == {TEXT}:
            return Text(ja=value[TEXT][0], en=value[TEXT][1])
        return {key: live(part) for key, part in value.items()}
    return [live(part) for part in value] if isinstance(value, list) else value


def plain_file(file: File) -> dict[str, Any]:
    """Return a file as JSON can hold it."""
    return {**dataclasses.asdict(file), "path": str(file.path)}


def live_file(row: Mapping[str, Any]) -> File:
    """Return a file as `plain_file` took it."""
    return File(**{**row, "path": Path(row["path"])})


def plain_wanted(wanted: Wanted) -> dict[str, Any]:
    """Return what is asked as JSON can hold it."""
    day = wanted.day.isoformat() if wanted.day else None
    return {**dataclasses.asdict(wanted), "day": day}


def live_wanted(row: Mapping[str, Any]) -> Wanted:
    """Return what is asked as `plain_wanted` took it."""
    day = date.fromisoformat(row["day"]) if row["day"] else None
    lists = {key: tuple(value) for key, value in row.items() if isinstance(value, list)}
    return Wanted(**{**row, **lists, "day": day})


def plain_target(target: Target) -> dict[str, Any]:
    """Return what a grid is to become as JSON can hold it."""
    return {**dataclasses.asdict(target), "folder": str(target.folder), "limits": list(target.limits)}


def live_target(row: Mapping[str, Any]) -> Target:
    """Return what a grid is to become as `plain_target` took it."""
    low, high = row["limits"]
    return Target(**{**row, "folder": Path(row["folder"]), "limits": (float(low), float(high))})


def plain_problem(problem: Problem) -> dict[str, Any]:
    """Return a problem as JSON can hold it."""
    return {"code": problem.code, "place": problem.place, "values": plain(dict(problem.values))}


def live_problem(row: Mapping[str, Any]) -> Problem:
    """Return a problem as `plain_problem` took it."""
    return Problem(code=row["code"], place=row["place"], values=live(row["values"]))
