"""A timetable on its way between two processes: as Arrow and JSON, which carry data and never run."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from gisplan.core.tables import Doubt
from gisplan.core.timetable import Timetable
from gisplan.sources.parcel import KEY, live, plain
from gisplan.sources.raw import File
from gisplan.sources.timetable import Asked, Timed

TEXTS, BYTES = ("stop", "stop_name", "trip", "route", "area_name"), ("area",)
NUMBERS: Mapping[str, str] = {
    "latitude": "float64",
    "longitude": "float64",
    "direction": "int8",
    "day_of": "int8",
    "first_call": "int64",
    "stop_of": "int32",
    "arrival": "int32",
    "departure": "int32",
    "boards": "uint8",
    "alights": "uint8",
    "change_from": "int32",
    "change_to": "int32",
    "change_seconds": "int32",
}
FLAGS = ("boards", "alights")


def pack_timetable(timed: Timed, path: Path) -> None:
    """Write a timetable and its doubts.

    Parameters
    ----------
    timed
        The timetable.
    path
        The parcel: an Arrow file of one row, a list in each column.
    """
    import pyarrow as pa

    timetable = timed.timetable
    values = {name: pa.array(_texts(getattr(timetable, name)), type=pa.large_string()) for name in TEXTS}
    values |= {name: pa.array(list(getattr(timetable, name)), type=pa.large_binary()) for name in BYTES}
    values |= {
        name: pa.array(getattr(timetable, name).astype(kind, copy=False)) for name, kind in NUMBERS.items()
    }
    columns = {name: pa.LargeListArray.from_arrays([0, len(held)], held) for name, held in values.items()}
    about = {
        "first": timetable.first.isoformat() if timetable.first else None,
        "last": timetable.last.isoformat() if timetable.last else None,
        "running": [[day.isoformat(), count] for day, count in timetable.running],
        "doubts": [
            {**dataclasses.asdict(doubt), "values": plain(dict(doubt.values))} for doubt in timed.doubts
        ],
    }
    table = pa.table(columns).replace_schema_metadata({KEY: json.dumps(about, ensure_ascii=True).encode()})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def unpack_timetable(path: Path, file: File, asked: Asked) -> Timed:
    """Return the timetable that `pack_timetable` wrote.

    Parameters
    ----------
    path
        The parcel.
    file
        The file that the timetable comes from.
    asked
        What was asked of it.

    Raises
    ------
    ValueError
        If the parcel was packed badly: whoever reads the arrays must be able to trust their numbers.
    """
    import pyarrow as pa

    with pa.OSFile(str(path), "rb") as source:
        table = pa.ipc.open_file(source).read_all()
    table.validate(full=True)
    about = json.loads(table.schema.metadata[KEY])
    held: dict[str, Any] = {}
    for name in (*TEXTS, *BYTES):
        held[name] = np.empty(len(values := _values(table, name)), dtype=object)
        held[name][:] = values.to_pylist()
    for name, kind in NUMBERS.items():
        held[name] = _values(table, name).to_numpy(zero_copy_only=False).astype(kind)
    held |= {name: held[name].astype(bool) for name in FLAGS}
    timetable = Timetable(
        feed=file.name,
        sha256=file.sha256,
        day=asked.day,
        first=date.fromisoformat(about["first"]) if about["first"] else None,
        last=date.fromisoformat(about["last"]) if about["last"] else None,
        running=tuple((date.fromisoformat(day), int(count)) for day, count in about["running"]),
        **held,
    )
    if not _fits(timetable):
        raise ValueError("a parcel whose numbers do not fit each other")
    doubts = tuple(Doubt(**{**row, "values": live(row["values"])}) for row in about["doubts"])
    return Timed(timetable=timetable, doubts=doubts)


def plain_asked(asked: Asked) -> dict[str, Any]:
    """Return what is asked as JSON can hold it."""
    return {**dataclasses.asdict(asked), "day": asked.day.isoformat()}


def live_asked(row: Mapping[str, Any]) -> Asked:
    """Return what is asked as `plain_asked` took it."""
    return Asked(**{**row, "day": date.fromisoformat(row["day"])})


def _values(table: Any, name: str) -> Any:
    return table.column(name).combine_chunks().flatten()


def _texts(values: Any) -> list[str]:
    # A lone surrogate is no text: no encoding can write it.
    return [text.encode("utf-8", "replace").decode("utf-8") for text in values]


def _fits(timetable: Timetable) -> bool:
    """Return whether every number is a place in the list that it counts: compiled loops look nothing up twice."""
    stops, trips, calls = len(timetable.stop), len(timetable.trip), len(timetable.stop_of)
    first = timetable.first_call
    lengths = (
        *((len(values), stops) for values in (timetable.stop_name, timetable.latitude, timetable.longitude)),
        *((len(values), trips) for values in (timetable.route, timetable.direction, timetable.day_of)),
        *((len(getattr(timetable, name)), calls) for name in ("arrival", "departure", "boards", "alights")),
        (len(first), trips + 1),
        (len(timetable.change_to), len(timetable.change_from)),
        (len(timetable.change_seconds), len(timetable.change_from)),
        (len(timetable.area), len(timetable.area_name)),
    )
    places = np.concatenate([timetable.stop_of, timetable.change_from, timetable.change_to])
    return (
        all(length == wanted for length, wanted in lengths)
        and bool((first[:1] == 0).all() and (first[-1:] == calls).all() and (np.diff(first) > 0).all())
        and bool(((places >= 0) & (places < max(stops, 1))).all())
    )
