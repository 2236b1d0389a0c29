"""Tables and queries of PostGIS: each is taken once, in an order of its own, so that equal content gives equal bytes.

References
----------
PostgreSQL, COPY: text format. PostGIS, ST_CurveToLine, ST_AsBinary.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from gisplan.core.document import hint
from gisplan.core.errors import InputError, Problem
from gisplan.sources.address import Address, Table
from gisplan.sources.database import Session, session, spoken
from gisplan.sources.postgis_rows import (
    NULL,
    SEGMENTS,
    Content,
    Role,
    System,
    raw_of,
    starts_of,
)
from gisplan.sources.raw import File, Raw, Wanted

ROLES: Mapping[int, Role] = {
    16: "boolean", 20: "whole", 21: "whole", 23: "whole", 700: "float", 701: "float", 1042: "padded", 1700: "exact",
}  # fmt: skip
"""What a column holds, by PostgreSQL's number of its type; all others are text."""

MOST_NAMED = 20
EXTENSION = """
SELECT quote_ident(n.nspname), e.extversion FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'postgis'"""
KINDS = """
SELECT t.oid::text FROM pg_type t JOIN pg_depend d ON d.objid = t.oid AND d.classid = 'pg_type'::regclass
JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
WHERE e.extname = 'postgis' AND t.typname IN ('geometry', 'geography')"""
RELATIONS = """
SELECT c.oid::text, n.nspname, c.relname, format('%I.%I', n.nspname, c.relname), pg_table_is_visible(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
AND n.nspname NOT LIKE 'pg\\_t%' AND c.relname NOT IN ('spatial_ref_sys', 'geometry_columns', 'geography_columns',
  'raster_columns', 'raster_overviews')
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C" """
KEY = """
SELECT a.attname, a.attcollation <> 0
FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(number, place)
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
WHERE i.indisprimary AND i.indrelid = $1::oid ORDER BY k.place"""
SYSTEMS = "SELECT auth_name, auth_srid, srtext FROM {schema}.spatial_ref_sys WHERE srid = $1::int"
PLACE = """
encode({s}.ST_AsBinary({s}.ST_Force2D(
  CASE WHEN {curved} THEN {s}.ST_CurveToLine({g}, {segments}, 0, 1) ELSE {g} END)), 'hex'),
{s}.ST_SRID({g}), {curved}, CASE WHEN {s}.GeometryType({g}) = 'POINT' THEN {s}.ST_Z({g}) END"""
CURVED = """
({s}.GeometryType({g}) IN ('CIRCULARSTRING', 'COMPOUNDCURVE', 'CURVEPOLYGON', 'MULTICURVE', 'MULTISURFACE')
OR {s}.ST_HasArc({g}))"""


class Tables:
    """Tables of databases, each taken once: what is fingerprinted is what is read."""

    def __init__(self) -> None:
        self._held: dict[Table, Content] = {}

    def hold(self, tables: Iterable[Table]) -> None:
        """Take the content of tables, those of one database at one moment.

        Parameters
        ----------
        tables
            Tables and queries; those that are held already are not asked for again.

        Raises
        ------
        InputError
            With what is wrong with every table and query that cannot be read.
        NetworkError
            If a server cannot be reached or fails.
        """
        by_address: dict[Address, list[Table]] = {}
        for table in dict.fromkeys(tables):
            if table not in self._held:
                by_address.setdefault(table.address, []).append(table)
        problems: list[Problem] = []
        for address, asked in by_address.items():
            with session(address, place=address.name, read_only=True) as opened:
                for table in asked:
                    try:
                        self._held[table] = _take(table, opened)
                    except InputError as error:
                        problems += error.problems
        if problems:
            raise InputError(problems)

    def sha256(self, table: Table) -> str:
        """Return the fingerprint of what a table holds."""
        self.hold([table])
        return self._held[table].sha256

    def read(self, table: Table, *, name: str, wanted: Wanted) -> Raw:
        """Return the rows of a table.

        Parameters
        ----------
        table
            The table or query.
        name
            What messages call it.
        wanted
            What is asked of it: a layer without places needs no geometry; `encoding` is the codec of the texts
            where the database does not know its own.

        Raises
        ------
        InputError
            If it cannot be read right: geometries in several columns or of several SRIDs, texts in another codec.
        NetworkError
            If the server cannot be reached or fails.
        """
        self.hold([table])
        content = self._held[table]
        file = File(path=Path(), name=name, driver="postgis", sha256=content.sha256, size=len(content.body))
        return raw_of(content, file, wanted)


def _take(table: Table, opened: Session) -> Content:
    """Return the content of a table; an error leaves the session as it was."""
    place = table.name
    with spoken(table.address, place=place):
        opened.do("SAVEPOINT before")
        try:
            taken = _copied(table, opened, place)
        except Exception:
            opened.do("ROLLBACK TO SAVEPOINT before")
            raise
        opened.do("RELEASE SAVEPOINT before")
        return taken


def _copied(table: Table, opened: Session, place: str) -> Content:
    spatial = opened.rows(EXTENSION)
    schema = str(spatial[0][0]) if spatial else ""
    kinds = {int(row[0]) for row in opened.rows(KINDS)}
    # The query ends on a line of its own: a comment at its end must not swallow the bracket.
    source, key = (f"(\n{table.query}\n)", []) if table.query else _relation(table, opened)
    found = opened.columns(f"SELECT * FROM {source} AS q LIMIT 0")  # noqa: S608 (the name is quoted; a query may only read)
    names = [name for name, _ in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(Problem(code="db.columns_twice", place=place, values={"columns": twice}))
    columns = tuple((name, "geometry" if oid in kinds else ROLES.get(oid, "text")) for name, oid in found)
    aliases = [f"c{position}" for position in range(len(columns))]
    cells = [
        _place(alias, schema) if role == "geometry" else alias
        for alias, (_, role) in zip(aliases, columns, strict=True)
    ]
    order = [aliases[names.index(name)] + (' COLLATE "C"' if text else "") for name, text in key]
    sorting = f" ORDER BY {', '.join(order)}" if order else ""
    # Columns go by their place: no name of the database is ever part of a statement.
    rows = f"SELECT {', '.join(cells)} FROM {source} AS q({', '.join(aliases)}){sorting}"  # noqa: S608 (see above)
    body = opened.copy_out(f"COPY ({rows}) TO STDOUT")
    if not order:
        body = b"".join(sorted(body.splitlines(keepends=True)))
    systems = _systems(columns, body, schema, opened)
    head = [columns, sorted((srid, system.code, system.detail) for srid, system in systems.items())]
    digest = hashlib.sha256(json.dumps(head, ensure_ascii=False).encode() + b"\n" + body).hexdigest()
    return Content(columns=columns, body=body, systems=systems, spatial=bool(spatial), sha256=digest)


def _place(alias: str, schema: str) -> str:
    """Return what is taken of a column of geometries; PostGIS may lie in any schema."""
    geometry = f"{alias}::{schema}.geometry"
    curved = CURVED.format(s=schema, g=f"({geometry})")
    return PLACE.format(s=schema, g=f"({geometry})", curved=curved, segments=SEGMENTS)


def _relation(table: Table, opened: Session) -> tuple[str, list[tuple[str, bool]]]:
    """Return a table as it stands in a statement, and its primary key; a table is known by its name alone."""
    relations = opened.rows(RELATIONS)
    full = [f"{schema}.{name}" for _, schema, name, _, _ in relations]
    if not table.table:
        raise InputError(
            Problem(code="db.which_table", place=table.name, values={"tables": full[:MOST_NAMED] or ["—"]})
        )
    found = [row for row, name in zip(relations, full, strict=True) if name == table.table]
    bare = [row for row in relations if row[2] == table.table]
    # Of several tables of one name the one is meant that the user's search path finds.
    found = found or [row for row in bare if row[4]] or bare
    if len(found) != 1:
        code = "db.several_tables" if found else "db.no_table"
        near = hint(table.table, [*full, *(row[2] for row in relations)])
        named = [f"{schema}.{name}" for _, schema, name, _, _ in found or relations][:MOST_NAMED]
        told = {"table": table.table, "near": near, "tables": named or ["—"]}
        raise InputError(Problem(code=code, place=table.name, values=told))
    key = [(str(name), bool(text)) for name, text in opened.rows(KEY, found[0][0])]
    return str(found[0][3]), key


def _systems(
    columns: Sequence[tuple[str, Role]], body: bytes, schema: str, opened: Session
) -> dict[int, System]:
    """Return the CRSs of the SRIDs of all geometries."""
    if not any(role == "geometry" for _, role in columns):
        return {}
    starts = starts_of(columns)
    at = [start + 1 for start, (_, role) in zip(starts, columns, strict=True) if role == "geometry"]
    found = {cells[place] for line in body.splitlines() for cells in [line.split(b"\t")] for place in at}
    numbers = sorted(int(cell) for cell in found if cell != NULL.encode())
    return {number: _system(number, schema, opened) for number in numbers}


def _system(number: int, schema: str, opened: Session) -> System:
    from gisplan.sources.vector import epsg_of

    rows = opened.rows(SYSTEMS.format(schema=schema), number) if number else []
    if not rows:
        return System(code=None, detail=f"SRID {number}" if number else "")
    authority, code, text = rows[0]
    if authority == "EPSG" and code:
        known, detail = epsg_of(f"EPSG:{code}")
    else:
        known, detail = epsg_of(text)
    return System(code=known, detail=detail if known is None else "")
