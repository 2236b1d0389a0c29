"""Whether another program has an output open, and what such programs put beside a file while they do."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path, PurePosixPath

from gisplan.plan.manifest import read_manifest

DATABASES = (".gpkg",)
FIRST_BYTES = 20
WRITE_AHEAD = b"\x02\x02"
"""Bytes 18 and 19 of a SQLite file that keeps its changes in a file of their own; readers never wait there."""


def in_use(folder: Path) -> tuple[str, ...]:
    """Return the outputs in a folder that another program keeps us from replacing.

    Only Windows lets a program keep a whole file to itself; a GeoPackage says everywhere that it is being
    written to.

    Parameters
    ----------
    folder
        An output folder with a manifest; of any other nothing is said.
    """
    manifest = read_manifest(folder) or {"outputs": {}}
    return tuple(name for name in sorted(manifest["outputs"]) if _kept(folder / name))


def companions(name: str) -> Iterator[str]:
    """Return the names that QGIS, Excel and LibreOffice give to what they keep beside an open file."""
    path = PurePosixPath(name)
    yield from (f"{name}-wal", f"{name}-shm", f"{name}-journal")
    yield from (
        path.with_name(f"~${path.name}").as_posix(),
        path.with_name(f".~lock.{path.name}#").as_posix(),
    )


def _kept(path: Path) -> bool:
    if not path.is_file():
        return False
    if path.suffix in DATABASES and _written_to(path):
        return True
    return os.name == "nt" and _closed_to_others(path)


def _written_to(path: Path) -> bool:
    """Return whether a program is writing to a SQLite file."""
    try:
        with path.open("rb") as stream:
            if stream.read(FIRST_BYTES).endswith(WRITE_AHEAD):
                return False
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=0)) as file:
            file.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode == sqlite3.SQLITE_BUSY
    except (OSError, sqlite3.DatabaseError):
        return False
    return False


def _closed_to_others(path: Path) -> bool:
    try:
        with path.open("rb+"):
            return False
    except PermissionError:
        return True
