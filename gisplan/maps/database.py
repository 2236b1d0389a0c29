"""Layers and results in one schema of a PostGIS database, all of them at once or none.

Everything happens in one transaction: new tables are filled under names of their own beside the old ones, with keys,
spatial indexes and comments; then those that an earlier run of gisplan made are dropped, and the new ones take their
names. Until it is committed others see the old tables, and whatever fails leaves them as they were. What gisplan did
not make is never touched: `gisplan_manifest` in the schema tells what it made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from gisplan.core.errors import ConfigurationError, InputError, Problem
from gisplan.core.tables import contract, wide
from gisplan.core.words import Spec, Text
from gisplan.maps.layers import parts_of, refuse_other_crs
from gisplan.maps.rows import (
    ColumnRows,
    column_rows,
    fitting,
    lines,
    literal,
    numbered,
    quoted,
    shape_rows,
)
from gisplan.maps.words import MapLayer
from gisplan.sources.database import Session
from gisplan.sources.postgis import EXTENSION

MANIFEST = "gisplan_manifest"
MANIFEST_COLUMNS = ["name", "content"]
GEOMETRY, NUMBER, KEY = "geom", "fid", "id"
NEW = "gisplan_new_{number}"
"""Names of tables while they are filled."""

MAY_WRITE = """
SELECT CASE WHEN n.oid IS NULL THEN has_database_privilege(current_database(), 'CREATE')
  ELSE has_schema_privilege(n.oid, 'USAGE') AND has_schema_privilege(n.oid, 'CREATE') END
FROM (SELECT 1) AS one LEFT JOIN pg_namespace n ON n.nspname = $1::text"""
HELD = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1::text"""
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
LOCK = "SELECT pg_advisory_xact_lock($1::bigint)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A table to be written: its rows column by column, its key, and what its comments say."""

    name: str
    columns: tuple[ColumnRows, ...]
    key: tuple[str, ...]
    comment: str
    titles: Mapping[str, str] = field(default_factory=dict)
    spatial: bool = False


def described(
    layers: Iterable[MapLayer], tables: Mapping[str, pd.DataFrame], *, crs: int, catalogue: Mapping[str, Spec],
    schema: str,
) -> tuple[Described, ...]:  # fmt: skip
    """Return the tables of some layers and results: the same, with the same rows, as in the GeoPackage.

    Parameters
    ----------
    layers
        Layers in the plan's CRS.
    tables
        Result tables by the name of their contract.
    crs
        EPSG code of the plan's CRS.
    catalogue
        The layer files, for titles and units of columns.
    schema
        Where PostGIS lies in the database, quoted.

    Raises
    ------
    ConfigurationError
        If a layer is in another CRS.
    """
    drawn = tuple(layers)
    refuse_other_crs(drawn, crs)
    found: list[Described] = []
    taken = {MANIFEST}
    for layer in drawn:
        for name, rows, kind in _tables_of(layer):
            type_ = f"{schema}.geometry({kind},{crs})" if kind else ""
            table = _of_layer(
                layer, rows, name=fitting(name, taken), type_=type_, crs=crs, catalogue=catalogue
            )
            found.append(table)
            taken.add(table.name)
    for name, frame in tables.items():
        found.append(_of_table(name, frame, called=fitting(name, taken)))
        taken.add(found[-1].name)
    return tuple(found)


def _tables_of(layer: MapLayer) -> Iterator[tuple[str, pd.DataFrame, str]]:
    """Yield name, rows and kind of geometry of each table of a layer."""
    if layer.kind == "table":
        yield layer.name, pd.DataFrame(layer.table), ""
        return
    for part in parts_of(layer):
        yield part.name, pd.DataFrame(part.rows), part.geometry.type


def _of_layer(
    layer: MapLayer, rows: pd.DataFrame, *, name: str, type_: str, crs: int, catalogue: Mapping[str, Spec]
) -> Described:
    spec = catalogue.get(layer.name) or catalogue.get(name)
    fields = {} if spec is None else spec.fields
    shown = dict(layer.popup)
    shapes = layer.table.geometry.name
    columns: list[ColumnRows] = []
    titles: dict[str, str] = {}
    for column in rows.columns:
        if column == shapes:
            continue
        known = fields.get(column)
        called = fitting(str(column), {NUMBER, GEOMETRY, *(made.name for made in columns)})
        columns.append(column_rows(rows[column], name=called, wanted="" if known is None else known.type))
        said = shown.get(column) if known is None else _with_unit(known.title, known.unit)
        titles[called] = "" if said is None else _both(said)
    if type_:
        geometry = rows[shapes].to_numpy(dtype=object)
        columns.append(shape_rows(geometry, name=GEOMETRY, type=type_, crs=crs))
    ids = next((column.cells for column in columns if column.name == KEY), [])
    keyed = bool(columns) and len(set(ids)) == len(ids) == len(rows) and any(c.name == KEY for c in columns)
    comment = f"{_both(layer.title)}。出典 / Source: {_both(layer.credit)}。利用条件 / Licence: {layer.licence or '—'}"
    return Described(
        name=name,
        columns=tuple(columns if keyed else numbered(columns, NUMBER)),
        key=(KEY,) if keyed else (NUMBER,),
        comment=comment,
        titles=titles,
        spatial=bool(type_),
    )


def _of_table(name: str, frame: pd.DataFrame, *, called: str) -> Described:
    rows, promise = wide(frame, contract(name))
    held = {
        key: column
        for column in promise.columns
        for key in (column.name, f"{column.name}_ja", f"{column.name}_en")
    }
    columns: list[ColumnRows] = []
    titles: dict[str, str] = {}
    for column in rows.columns:
        known = held.get(str(column))
        fit = fitting(str(column), {NUMBER, *(made.name for made in columns)})
        columns.append(column_rows(rows[column], name=fit, wanted="" if known is None else known.type))
        titles[fit] = "" if known is None else _both(_with_unit(known.title, known.unit))
    key = tuple(column.name for column in columns if column.name in promise.key)
    keys = [column.cells for column in columns if column.name in key]
    keyed = bool(key) and len(key) == len(promise.key) and len(set(zip(*keys, strict=True))) == len(rows)
    gaps = any(cell == "\\N" for cells in keys for cell in cells)
    whole = keyed and not gaps
    return Described(
        name=called,
        columns=tuple(columns if whole else numbered(columns, NUMBER)),
        key=key if whole else (NUMBER,),
        comment=_both(promise.title),
        titles=titles,
    )


def _with_unit(title: Text, unit: str) -> Text:
    return Text(ja=f"{title.ja} [{unit}]", en=f"{title.en} [{unit}]") if unit else title


def _both(text: Text) -> str:
    return text.ja if text.ja == text.en else f"{text.ja} / {text.en}"


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


def hold_schema(opened: Session, schema: str) -> None:
    """Wait until no other run writes the schema, and keep others out until the transaction ends."""
    digest = hashlib.sha256(b"gisplan\0" + schema.encode(errors="replace")).digest()
    opened.rows(LOCK, int.from_bytes(digest[:8], "big", signed=True))


def read_schema(opened: Session, schema: str) -> dict[str, Any] | None:
    """Return what the last run wrote of itself into a schema, None where there is none of ours that can be read.

    Parameters
    ----------
    opened
        A transaction.
    schema
        Name of the schema.
    """
    if [row[0] for row in opened.rows(COLUMNS, schema, MANIFEST)] != MANIFEST_COLUMNS:
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
    held = {row[0] for row in opened.rows(HELD, schema)}
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
    content = read_schema(opened, schema)
    ours = set() if content is None else {MANIFEST, *content["tables"]}
    own = {index for name in ours for index in _indexes(name)}
    wanted = {entry for name in (MANIFEST, *names) for entry in (name, *_indexes(name))}
    held = {str(row[0]) for row in opened.rows(HELD, schema)}
    foreign = sorted((wanted & held) - ours - own)
    if foreign:
        values = {"tables": foreign[:10]}
        raise ConfigurationError(
            Problem(code="db.foreign", place=f"{opened.address.name}#{schema}", values=values)
        )


def _indexes(name: str) -> tuple[str, str]:
    """Return the names of a table's key and of its spatial index."""
    return fitting(f"{name}_pkey", ()), fitting(f"{name}_{GEOMETRY}_idx", ())


def fill_schema(
    opened: Session, schema: str, tables: Sequence[Described], *, manifest: Mapping[str, Any]
) -> None:
    """Put tables in the place of those of the last run; nothing is seen of it before `opened` is committed.

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
    before = read_schema(opened, schema)
    old = [] if before is None else [MANIFEST, *sorted(before["tables"])]
    digests: dict[str, Any] = {}
    for number, table in enumerate(tables):
        _make(opened, schema, table, number=number)
        digests[table.name] = _digest(opened, schema, NEW.format(number=number))
    every = (*tables, _manifest_table(manifest, digests))
    _make(opened, schema, every[-1], number=len(tables))
    grants = {table.name: _grants(opened, schema, table.name) for table in every if table.name in old}
    present = {str(row[0]) for row in opened.rows(HELD, schema)}
    if gone := [f"{quoted(schema)}.{quoted(name)}" for name in old if name in present]:
        opened.do(f"DROP TABLE {', '.join(gone)}")
    for number, table in enumerate(every):
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
    opened.do(f"COMMENT ON TABLE {full} IS {literal(table.comment)}")
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
