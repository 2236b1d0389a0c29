"""Where the rows of a layer are read from: files of this machine, or tables of a database."""

from __future__ import annotations

import re
from pathlib import Path, PurePath, PurePosixPath

from gisplan.core.errors import InputError, Problem
from gisplan.core.words import LayerEntry, Plan
from gisplan.sources.address import Table, address_of, is_database

Origin = Path | Table
ELSEWHERE = re.compile(r"(?i)[a-z][a-z0-9+.-]+://|/vsi|\\\\[.?]\\|[a-z0-9_]{2,}:(?![\\/])")
"""Beginnings of what is no path of a file: an address, a name for GDAL, a device."""


def files_of(entry: LayerEntry, plan: Plan) -> tuple[Origin, ...]:
    """Return the files, folders and tables an entry names, files in the order of their names before tables.

    Raises
    ------
    InputError
        If a path or pattern finds nothing, or is the address of something else than a file.
    ConfigurationError
        If the address of a database is none.
    """
    found: list[Path] = []
    tables: list[Table] = []
    for pattern in entry.path:
        place = f"{plan.file}:{entry.line} [layers.{entry.layer}]"
        if is_database(pattern):
            tables.append(_table(pattern, entry, place))
            continue
        if ELSEWHERE.match(pattern):
            raise InputError(Problem(code="sec.url", place=place, values={"path": pattern}))
        literal = plan.folder / pattern  # an absolute path stands for itself: the folder before it falls away
        matches = [literal] if literal.exists() else []
        if not matches and any(sign in pattern for sign in "*?["):
            matches = [path for path in _glob(plan.folder, pattern) if path.is_file()]
        if not matches:
            raise InputError(Problem(code="file.none", place=place, values={"path": pattern}))
        found += matches
    return (*dict.fromkeys(sorted(found, key=lambda path: path.as_posix())), *dict.fromkeys(tables))


def tables_of(plan: Plan) -> tuple[Table, ...]:
    """Return the tables of databases that a plan names.

    Raises
    ------
    ConfigurationError
        If the address of a database is none.
    """
    return tuple(
        _table(path, entry, f"{plan.file}:{entry.line} [layers.{entry.layer}]")
        for entry in plan.layers
        for path in entry.path
        if is_database(path)
    )


def _table(path: str, entry: LayerEntry, place: str) -> Table:
    query = entry.query.strip().rstrip(";").rstrip()
    return Table(address=address_of(path, place=place), table=entry.table, query=query)


def _glob(folder: Path, pattern: str) -> list[Path]:
    """Return what a pattern finds; Path.glob itself neither climbs nor starts at a root."""
    asked = Path(pattern)
    if asked.is_absolute():
        return list(Path(asked.anchor).glob(asked.relative_to(asked.anchor).as_posix()))
    while pattern.startswith("../"):
        folder, pattern = folder / "..", pattern[3:]
    return list(folder.glob(pattern))


def shown_name(origin: Origin, plan: Plan) -> str:
    """Return what messages and the manifest call a file or table, never a path of the machine nor a user.

    A file is called relative to plan.toml, a table by its server, database and name.
    """
    if isinstance(origin, Table):
        return origin.name
    inner, folder = origin.resolve(), plan.folder.resolve()
    if inner.is_relative_to(folder):
        return inner.relative_to(folder).as_posix()
    return "/".join(inner.parts[-2:])


def place_of(origin: Origin) -> PurePath:
    """Return the path whose stem and folder `fill` may name; of a table they are its name and its schema."""
    if isinstance(origin, Path):
        return origin
    folder, _, stem = origin.table.rpartition(".")
    return PurePosixPath(folder or origin.address.database, stem or "query")
