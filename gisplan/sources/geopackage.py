"""GeoPackage: which of its tables is read, and that reading it opens nothing else and changes nothing.

A view can run code, a write-ahead log holds rows that the file itself does not, and GDAL straightens arcs
without a word.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.sources.raw import File, Wanted
from gisplan.sources.wkb import GDAL_ARCS

CALLS = re.compile(r"(?i)\b(load_extension|readfile|writefile|edit|fts3_tokenizer|shell_\w+)\s*\(")
"""Functions of SQLite that reach other files or run code."""

HEADER = 100
LOGS = ("-wal", "-journal")
ODD = frozenset("?#%")
"""Signs in a file's name that GDAL takes for more than a name where it is told to change nothing."""

CURVES = frozenset({8, 9, 10, 11, 12, 13, 14})
"""Types of geometry with arcs in them, as well-known binary numbers them."""

BLOB_HEAD, FLAGS = 8, 3
ENVELOPES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}.get
TYPE_BYTES = 5


@contextmanager
def connected(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection that only reads, and makes no file beside the database."""
    place = quote(path.resolve().as_posix(), safe="/:")
    connection = sqlite3.connect(f"file:{place}?mode=ro&immutable=1", uri=True)
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    try:
        yield connection
    finally:
        connection.close()


def whole_copy(file: File, folder: Path) -> Path:
    """Return the path of a GeoPackage with all its rows: its own, or that of a copy.

    A program that has the file open, such as QGIS, keeps new rows in a log beside it; the copy takes them in.

    Parameters
    ----------
    file
        A file of driver geopackage.
    folder
        Where the copy goes.

    Raises
    ------
    InputError
        If the file is shorter than its head says.
    """
    _whole(file)
    odd = ODD & set(file.path.name)
    logs = [log for ending in LOGS if (log := file.path.with_name(file.path.name + ending)).is_file()]
    if not odd and not any(log.stat().st_size for log in logs):
        return file.path
    copy = folder / "copy.gpkg"
    for source in (file.path, *logs):
        shutil.copyfile(source, folder / (copy.name + source.name.removeprefix(file.path.name)))
    try:
        with sqlite3.connect(copy) as connection:
            connection.execute("pragma journal_mode = delete").fetchall()
    except sqlite3.DatabaseError as error:
        values = {"detail": str(error)}
        raise InputError(Problem(code="file.corrupt", place=file.name, values=values)) from None
    finally:
        if "connection" in locals():
            connection.close()
    return copy


def _whole(file: File) -> None:
    """Refuse a database that is shorter than the pages it counts."""
    with file.path.open("rb") as stream:
        head = stream.read(HEADER)
    if len(head) < HEADER:
        raise InputError(Problem(code="file.truncated", place=file.name, values={"detail": "SQLite"}))
    page = struct.unpack(">H", head[16:18])[0]
    changed, pages, valid = (struct.unpack(">I", head[at : at + 4])[0] for at in (24, 28, 92))
    stated = (65_536 if page == 1 else page) * pages
    # The count of pages is only kept by programs that also keep the number of the last change beside it.
    if changed == valid and pages and stated > file.size:
        detail = f"{file.size:,} / {stated:,} bytes"
        raise InputError(Problem(code="file.truncated", place=file.name, values={"detail": detail}))


def table_of(file: File, path: Path, wanted: Wanted) -> tuple[str, tuple[Doubt, ...]]:
    """Return the feature table to read, and what is doubtful about the file.

    Parameters
    ----------
    file
        A file of driver geopackage.
    path
        Where it is read, perhaps a copy.
    wanted
        What is asked of it.

    Raises
    ------
    InputError
        If the file is damaged, holds no feature table, several and none is named, or views that call other files.
    """
    try:
        with connected(path) as connection:
            rows = connection.execute(
                "select c.table_name, m.type, m.sql from gpkg_contents c "
                "join sqlite_master m on m.name = c.table_name "
                "where c.data_type = 'features' order by c.table_name"
            ).fetchall()
            scripts = connection.execute(
                "select name, sql from sqlite_master where type in ('view', 'trigger') and sql is not null"
            ).fetchall()
            _harmless(scripts, file)
            tables = [str(name) for name, kind, _ in rows if kind == "table"]
            chosen = _chosen(tables, wanted.table, file)
            return chosen, (*_views(rows, chosen), *_curves(connection, chosen))
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        values = {"detail": str(error)}
        raise InputError(Problem(code="file.corrupt", place=file.name, values=values)) from None


def _harmless(scripts: list[tuple[str, str]], file: File) -> None:
    for name, sql in scripts:
        if CALLS.search(sql):
            raise InputError(Problem(code="sec.gpkg_view", place=file.name, values={"view": name}))


def _chosen(tables: list[str], wanted: str, file: File) -> str:
    if wanted:
        if wanted in tables:
            return wanted
        values = {"wanted": wanted, "tables": tables}
        raise InputError(Problem(code="file.table", place=file.name, values=values))
    if len(tables) == 1:
        return tables[0]
    code = "file.layer" if tables else "file.no_geometry"
    raise InputError(Problem(code=code, place=file.name, values={"tables": tables}))


def _views(rows: list[tuple[str, str, str]], chosen: str) -> tuple[Doubt, ...]:
    views = [str(name) for name, kind, _ in rows if kind == "view"]
    if not views:
        return ()
    return (Doubt(code="file.views", layer="", values={"views": views, "table": chosen}),)


def _curves(connection: sqlite3.Connection, table: str) -> tuple[Doubt, ...]:
    """Return a doubt where features have arcs, which GDAL makes into short lines."""
    named = connection.execute(
        "select column_name from gpkg_geometry_columns where table_name = ?", (table,)
    ).fetchone()
    if named is None:
        return ()
    column, quoted = (str(text).replace('"', '""') for text in (named[0], table))
    most = BLOB_HEAD + 64 + TYPE_BYTES
    blobs = connection.execute(f'select substr("{column}", 1, {most}) from "{quoted}"')  # noqa: S608 (both names are quoted)
    count = sum(_has_arcs(blob) for (blob,) in blobs if isinstance(blob, bytes))
    return (Doubt(code="geom.curve", layer="", values={"rows": count, **GDAL_ARCS}),) if count else ()


def _has_arcs(blob: bytes) -> bool:
    """Return whether a geometry of a GeoPackage is of a type with arcs."""
    size = ENVELOPES((blob[FLAGS] >> 1) & 7, 0) if len(blob) > FLAGS else 0
    head = blob[BLOB_HEAD + size : BLOB_HEAD + size + TYPE_BYTES]
    if len(head) < TYPE_BYTES:
        return False
    code = int.from_bytes(head[1:], "little" if head[0] else "big")
    return (code & 0xFFFF) % 1000 in CURVES
