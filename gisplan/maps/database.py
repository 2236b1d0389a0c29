"""Layers and results in one schema of a PostGIS database, all of them at once or none.

Everything happens in one transaction: new tables are filled under names of their own beside the old ones, with keys,
spatial indexes and comments, while others go on using those; at the very end the old ones, which an earlier run of
gisplan made, are dropped, and the new ones take their names. Whatever fails leaves the old tables as they were. What
gisplan did not make is never touched: `gisplan_manifest` in the schema tells what it made.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from gisplan.core.errors import ConfigurationError, InputError, NetworkError, Problem
from gisplan.maps.described import GEOMETRY, MANIFEST, Described
from gisplan.maps.rows import column_rows, fitting, lines, literal, quoted
from gisplan.sources.database import Session
from gisplan.sources.postgis import EXTENSION

MANIFEST_COLUMNS = ("name", "content")
MARK = "[gisplan]"
"""What the comment of every table of ours ends with: one that only has the name of one of ours is not touched."""

WAIT_SECONDS, PAUSE_SECONDS = 600.0, 0.1
"""How long to wait until other runs have written the schema, and between two looks."""

NEW = "gisplan_new_{number}"
"""Names of tables while they are filled."""

MAY_WRITE = """
SELECT CASE WHEN n.oid IS NULL THEN has_database_privilege(current_database(), 'CREATE')
  ELSE has_schema_privilege(n.oid, 'USAGE') AND has_schema_privilege(n.oid, 'CREATE') END
FROM (SELECT 1) AS one LEFT JOIN pg_namespace n ON n.nspname = $1::text"""
HELD = """
SELECT c.relname, c.relkind = 'r' AND coalesce(obj_description(c.oid, 'pg_class'), '') LIKE '%[gisplan]'
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1::text"""
COLUMNS = """
SELECT a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1::text AND c.relname = $2::text AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""
GRANTS = """
SELECT g.privilege_type, CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(r.rolname) END, g.is_grantable
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(c.relacl) g
LEFT JOIN pg_roles r ON r.oid = g.grantee
WHERE n.nspname = $1::text AND c.relname = $2::text AND g.grantee <> c.relowner ORDER BY 1, 2"""
PRIVILEGES = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"})
DIGEST = """
SELECT count(*), encode(sha256(convert_to(coalesce(string_agg(h, '' ORDER BY h), ''), 'UTF8')), 'hex')
FROM (SELECT encode(sha256(convert_to(t::text, 'UTF8')), 'hex') AS h FROM {table} AS t) AS rows"""
LOCK = "SELECT pg_try_advisory_xact_lock($1::bigint)"


def spatial_schema(opened: Session) -> str:
    """Return the schema in which PostGIS lies, quoted.

    Raises
    ------
    InputError
        If the database has no PostGIS.
    """
    rows = opened.rows(EXTENSION)
    if not rows:
        raise InputError(Problem(code="db.no_postgis", place=opened.address.name))
    return str(rows[0][0])


def refuse_unwritable(opened: Session, schema: str) -> None:
    """Refuse a schema that the user may not write, or not make.

    Raises
    ------
    InputError
        If so.
    """
    if not opened.rows(MAY_WRITE, schema)[0][0]:
        raise InputError(Problem(code="db.permission", place=f"{opened.address.name}#{schema}"))


def hold_schema(opened: Session, schema: str, *, wait_s: float = WAIT_SECONDS) -> None:
    """Wait until no other run writes the schema, and keep others out until the transaction ends.

    Parameters
    ----------
    opened
        A transaction.
    schema
        Name of the schema.
    wait_s
        How long to wait [s].

    Raises
    ------
    NetworkError
        If another run still writes it then.
    """
    digest = hashlib.sha256(b"gisplan\0" + schema.encode(errors="replace")).digest()
    until = time.monotonic() + wait_s
    while not opened.rows(LOCK, int.from_bytes(digest[:8], "big", signed=True))[0][0]:
        if time.monotonic() > until:
            raise NetworkError(Problem(code="db.busy", place=f"{opened.address.name}#{schema}"))
        time.sleep(PAUSE_SECONDS)


def read_schema(opened: Session, schema: str) -> dict[str, Any] | None:
    """Return what the last run wrote of itself into a schema, None where there is none of ours that can be read.

    Parameters
    ----------
    opened
        A transaction.
    schema
        Name of the schema.
    """
    if tuple(row[0] for row in opened.rows(COLUMNS, schema, MANIFEST)) != MANIFEST_COLUMNS:
        return None
    rows = opened.rows(f"SELECT name, content FROM {quoted(schema)}.{quoted(MANIFEST)}")  # noqa: S608 (quoted)
    try:
        content = {str(name): json.loads(text) for name, text in rows}
    except ValueError:
        return None
    whole = isinstance(content.get("manifest"), dict) and isinstance(content.get("tables"), dict)
    return content if whole else None


def intact(opened: Session, schema: str, content: Mapping[str, Any]) -> bool:
    """Return whether every table of the last run is there, row for row.

    Parameters
    ----------
    opened
        A transaction.
    schema, content
        Name of the schema, and what `read_schema` gave.
    """
    held, _ = _held(opened, schema)
    tables: Mapping[str, Any] = content["tables"]
    return set(tables) <= held and all(
        _digest(opened, schema, name) == tables[name] for name in sorted(tables)
    )


def _digest(opened: Session, schema: str, name: str) -> dict[str, Any]:
    statement = DIGEST.format(table=f"{quoted(schema)}.{quoted(name)}")
    count, digest = opened.rows(statement)[0]
    return {"rows": int(count), "sha256": str(digest)}


def refuse_foreign(opened: Session, schema: str, names: Iterable[str]) -> None:
    """Refuse to write over what gisplan did not make.

    Parameters
    ----------
    opened
        A transaction.
    schema, names
        Name of the schema, and of the tables to be written.

    Raises
    ------
    ConfigurationError
        With the names of what stands in the way.
    """
    held, ours = _held(opened, schema)
    own = {entry for name in ours for entry in (name, *_indexes(name))}
    wanted = (MANIFEST, *names)
    news = [NEW.format(number=number) for number in range(len(wanted))]
    taken = {entry for name in (*wanted, *news) for entry in (name, *_indexes(name))}
    foreign = sorted((taken & held) - own)
    if foreign:
        values = {"tables": foreign[:10]}
        raise ConfigurationError(
            Problem(code="db.foreign", place=f"{opened.address.name}#{schema}", values=values)
        )


def _held(opened: Session, schema: str) -> tuple[set[str], set[str]]:
    """Return the names of everything in a schema, and of the tables that gisplan made."""
    content = read_schema(opened, schema)
    listed = set() if content is None else {MANIFEST, *content["tables"]}
    rows = [(str(name), bool(marked)) for name, marked in opened.rows(HELD, schema)]
    return {name for name, _ in rows}, {name for name, marked in rows if marked and name in listed}


def _indexes(name: str) -> tuple[str, str]:
    """Return the names of a table's key and of its spatial index."""
    return fitting(f"{name}_pkey", ()), fitting(f"{name}_{GEOMETRY}_idx", ())


def fill_schema(
    opened: Session, schema: str, tables: Sequence[Described], *, manifest: Mapping[str, Any]
) -> tuple[Described, ...]:
    """Write tables under names for the time being, and return them with the one that tells of them.

    Parameters
    ----------
    opened
        A transaction that `hold_schema` keeps others out of.
    schema
        Name of the schema; it is made where it is not there.
    tables
        The new tables.
    manifest
        What the run was asked and what became of it.

    Raises
    ------
    ConfigurationError
        If tables that gisplan did not make stand in the way.
    """
    if not opened.rows("SELECT 1 FROM pg_namespace WHERE nspname = $1::text", schema):
        opened.do(f"CREATE SCHEMA {quoted(schema)}")
    refuse_foreign(opened, schema, [table.name for table in tables])
    digests: dict[str, Any] = {}
    for number, table in enumerate(tables):
        _make(opened, schema, table, number=number)
        digests[table.name] = _digest(opened, schema, NEW.format(number=number))
    every = (*tables, _manifest_table(manifest, digests))
    _make(opened, schema, every[-1], number=len(tables))
    return every


def swap_schema(opened: Session, schema: str, tables: Sequence[Described]) -> None:
    """Put the tables that were filled in the place of those of the last run.

    From here on others wait for the end of the transaction, so it should come at once.

    Parameters
    ----------
    opened
        The transaction of `fill_schema`.
    schema, tables
        Name of the schema, and what `fill_schema` returned.
    """
    _, old = _held(opened, schema)
    grants = {table.name: _grants(opened, schema, table.name) for table in tables if table.name in old}
    if gone := [f"{quoted(schema)}.{quoted(name)}" for name in sorted(old)]:
        opened.do(f"DROP TABLE {', '.join(gone)}")
    for number, table in enumerate(tables):
        _name(opened, schema, table, number=number)
        for grant in grants.get(table.name, ()):
            opened.do(grant)


def _manifest_table(manifest: Mapping[str, Any], digests: Mapping[str, Any]) -> Described:
    told = {"manifest": manifest, "tables": digests}
    texts = [json.dumps(content, ensure_ascii=False, default=str) for content in told.values()]
    columns = tuple(
        column_rows(pd.Series(cells, dtype=object), name=name, wanted="text")
        for name, cells in zip(MANIFEST_COLUMNS, (list(told), texts), strict=True)
    )
    comment = "gisplan がこのスキーマに作った表の控え / What gisplan made in this schema"
    return Described(name=MANIFEST, columns=columns, key=("name",), comment=comment)


def _make(opened: Session, schema: str, table: Described, *, number: int) -> None:
    """Make and fill one table under a name for the time being, with key, index and comments."""
    new = NEW.format(number=number)
    full = f"{quoted(schema)}.{quoted(new)}"
    columns = ", ".join(f"{quoted(column.name)} {column.type}" for column in table.columns)
    opened.do(f"CREATE TABLE {full} ({columns})")
    opened.copy_in(f"COPY {full} FROM STDIN", lines(list(table.columns)))
    key = ", ".join(quoted(name) for name in table.key)
    opened.do(f"ALTER TABLE {full} ADD CONSTRAINT {quoted(f'{new}_pkey')} PRIMARY KEY ({key})")
    if table.spatial:
        opened.do(f"CREATE INDEX {quoted(f'{new}_{GEOMETRY}_idx')} ON {full} USING gist ({quoted(GEOMETRY)})")
    opened.do(f"COMMENT ON TABLE {full} IS {literal(f'{table.comment} {MARK}')}")
    for name, title in table.titles.items():
        if title:
            opened.do(f"COMMENT ON COLUMN {full}.{quoted(name)} IS {literal(title)}")
    opened.do(f"ANALYZE {full}")


def _name(opened: Session, schema: str, table: Described, *, number: int) -> None:
    """Give a table, its key and its index their own names."""
    new = NEW.format(number=number)
    key, index = _indexes(table.name)
    inside = quoted(schema)
    opened.do(f"ALTER TABLE {inside}.{quoted(new)} RENAME TO {quoted(table.name)}")
    opened.do(f"ALTER INDEX {inside}.{quoted(f'{new}_pkey')} RENAME TO {quoted(key)}")
    if table.spatial:
        opened.do(f"ALTER INDEX {inside}.{quoted(f'{new}_{GEOMETRY}_idx')} RENAME TO {quoted(index)}")


def _grants(opened: Session, schema: str, name: str) -> list[str]:
    """Return the statements that let others use a table as they could use the one it replaces."""
    full = f"{quoted(schema)}.{quoted(name)}"
    return [
        f"GRANT {privilege} ON TABLE {full} TO {role}{' WITH GRANT OPTION' if grantable else ''}"
        for privilege, role, grantable in opened.rows(GRANTS, schema, name)
        if privilege in PRIVILEGES
    ]
