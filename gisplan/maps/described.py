"""The tables of a database as they will be written: the same, with the same rows, as in the GeoPackage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from gisplan.core.tables import contract, wide
from gisplan.core.words import Field, Spec, Text
from gisplan.maps.credited import refuse_uncredited
from gisplan.maps.layers import parts_of, refuse_other_crs
from gisplan.maps.rows import NULL, ColumnRows, column_rows, fitting, numbered, shape_rows
from gisplan.maps.words import MapLayer

MANIFEST = "gisplan_manifest"
"""The table that tells what gisplan made in a schema."""

GEOMETRY, NUMBER, KEY = "geom", "fid", "id"
LONGEST_KEY = 2_000
"""Bytes of a key; an index of PostgreSQL takes a little more."""


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
        If a layer is in another CRS or gives no credit.
    """
    drawn = tuple(layers)
    refuse_other_crs(drawn, crs)
    refuse_uncredited(drawn)
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
    fields = _fields(layer.name, catalogue)
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
    keyed = _is_key([column for column in columns if column.name == KEY])
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
    keys = [column for column in columns if column.name in promise.key]
    whole = len(keys) == len(promise.key) and _is_key(keys)
    return Described(
        name=called,
        columns=tuple(columns if whole else numbered(columns, NUMBER)),
        key=tuple(column.name for column in keys) if whole else (NUMBER,),
        comment=_both(promise.title),
        titles=titles,
    )


def _fields(name: str, catalogue: Mapping[str, Spec]) -> Mapping[str, Field]:
    """Return the fields of a layer, or of the one it was split from, e.g. `promotion_area_superseded`."""
    known = [own for own in catalogue if name == own or name.startswith(f"{own}_")]
    return catalogue[max(known, key=len)].fields if known else {}


def _is_key(columns: Sequence[ColumnRows]) -> bool:
    """Return whether columns tell every row apart, with no gap and no text too long for an index."""
    rows = list(zip(*(column.cells for column in columns), strict=True))
    short = all(NULL not in row and sum(len(cell.encode()) for cell in row) <= LONGEST_KEY for row in rows)
    return bool(columns) and short and len(set(rows)) == len(rows)


def _with_unit(title: Text, unit: str) -> Text:
    return Text(ja=f"{title.ja} [{unit}]", en=f"{title.en} [{unit}]") if unit else title


def _both(text: Text) -> str:
    return text.ja if text.ja == text.en else f"{text.ja} / {text.en}"
