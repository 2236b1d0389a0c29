"""A file's columns under the names of a layer's fields: found by alias, filled, read otherwise, not yet as types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

import pandas as pd

from gisplan.core.document import hint
from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.core.words import Field, LayerEntry, Spec, Text
from gisplan.layers.codes import decode, decode_scheme, plain
from gisplan.layers.column_units import unit_of, without_unit
from gisplan.layers.scales import scale_doubts, scaled
from gisplan.layers.values import as_text
from gisplan.sources.header import JOINED, folded_name

SCHEME = "scheme:"
"""Prefix of the helper columns that carry a file's numeric codes along."""

EXAMPLES = 5

NAMES = 3
"""Names of a column that are told where none of them is there."""


def pick(table: pd.DataFrame, spec: Spec, entry: LayerEntry, *, file: str, path: PurePath) -> pd.DataFrame:
    """Return a file's cells under the canonical names of the layer's fields, not yet read as types.

    Parameters
    ----------
    table
        The file's own columns.
    spec, entry
        The layer, and what plan.toml says of it.
    file, path
        The file's name in messages; its path, whose stem and folder `fill` may name.

    Raises
    ------
    InputError
        If a column that plan.toml names or the layer needs is not there, with the near names.
    """
    columns = list(table.columns)
    picked: dict[str, Any] = {}
    problems = []
    for name, field in spec.fields.items():
        asked = entry.columns.get(name, "")
        source = source_of(columns, field, asked)
        for column, scheme in field.schemes.items():
            if column in columns and source != column:
                picked[f"{SCHEME}{name}:{column}"] = _schemed(table[column], scheme, field)
        if fault := _fault(field, asked, source, spec, entry, file, columns):
            problems.append(fault)
            continue
        cells = (
            table[source]
            if source is not None
            else pd.Series([None] * len(table), index=table.index, dtype=object)
        )
        cells = _in_figures(cells, source, field)
        if name in entry.codes:
            cells = _recoded(cells, entry.codes[name])
        if name in entry.fill:
            cells = _filled(
                cells, entry.fill[name].replace("{stem}", path.stem).replace("{folder}", path.parent.name)
            )
        elif source is None and field.required and not _derivable(field, picked, columns, spec, entry):
            wanted = field.column[1] if len(field.column) > 1 else name
            problem = _missing_column(field, wanted, columns, spec, entry, file)
            if field.codes and decode([path.stem], field)[path.stem]:
                told = {**_wanted(field, wanted, spec, entry), "stem": path.stem}
                problem = Problem(code="tab.column_stem", place=file, values=told)
            problems.append(problem)
        picked[name] = cells
    if problems:
        raise InputError(problems)
    return pd.DataFrame(picked, index=table.index)


def _fault(
    field: Field, asked: str, source: str | None, spec: Spec, entry: LayerEntry, file: str, columns: list[str]
) -> Problem | None:
    """Return what is wrong with the column of a field: it is asked for and not there, or in a unit of no exact size."""
    if source is None:
        return _missing_column(field, asked, columns, spec, entry, file) if asked else None
    unit = unit_of(source, field)
    if unit is None or unit[1] is not None:
        return None
    values = {"column": source, "told": unit[0], "unit": field.unit, "field": field.title}
    return Problem(code="tab.unit", place=file, values=values)


def _in_figures(cells: pd.Series[Any], source: str | None, field: Field) -> pd.Series[Any]:
    """Return cells in the unit of their field, words that stand for figures as those."""
    found = scaled(cells, source, field)
    return _recoded(found, field.words) if field.words else found


def _recoded(cells: pd.Series[Any], words: Mapping[str, str]) -> pd.Series[Any]:
    """Return cells with the words that plan.toml reads otherwise, however they are spelled."""
    known = {plain(word): text for word, text in words.items()}
    return as_text(cells).map(lambda text: known.get(plain(text), text))


def absent(table: pd.DataFrame, spec: Spec, entry: LayerEntry, *, file: str) -> tuple[Doubt, ...]:
    """Return a doubt for each column that the figures use and the file does not have.

    Parameters
    ----------
    table
        The file's own columns.
    spec, entry
        The layer, and what plan.toml says of it.
    file
        What messages call the file.
    """
    columns = list(table.columns)
    doubts = []
    for name, field in spec.fields.items():
        found = name in entry.columns or source_of(columns, field) is not None
        if not field.needed or found or name in entry.fill or _told_otherwise(columns, field, spec):
            continue
        wanted = field.column[1] if len(field.column) > 1 else name
        values = {
            "column": wanted,
            "field": field.title,
            "near": hint(wanted, columns),
            "name": name,
            "table": entry.header,
        }
        doubts.append(
            Doubt(code="tab.column_absent", layer=spec.name, subject=f"{file} {name}", values=values)
        )
    return tuple(doubts)


def _told_otherwise(columns: Sequence[str], field: Field, spec: Spec) -> bool:
    """Return whether columns that stand for a field by number or by custom are there."""
    by_custom = (source_of(columns, spec.fields[name]) is not None for name in field.customs)
    return any(key in columns for key in field.schemes) or any(by_custom)


def column_doubts(
    table: pd.DataFrame, spec: Spec, entry: LayerEntry, *, file: str, rows: Sequence[int] = ()
) -> tuple[Doubt, ...]:
    """Return what to tell of a file's columns before they are read: what is absent, and what is in another unit.

    Parameters
    ----------
    table
        The file's own columns.
    spec, entry
        The layer, and what plan.toml says of it.
    file
        What messages call the file.
    rows
        The numbers of its rows.
    """
    return (*absent(table, spec, entry, file=file), *_units(table, spec, entry, file=file, rows=rows))


def _units(
    table: pd.DataFrame, spec: Spec, entry: LayerEntry, *, file: str, rows: Sequence[int]
) -> tuple[Doubt, ...]:
    """Return a doubt for each column that is, or seems to be, in another unit than its field."""
    doubts: tuple[Doubt, ...] = ()
    for name, field in spec.fields.items():
        asked = entry.columns.get(name, "")
        source = source_of(list(table.columns), field, asked)
        if source is not None:
            doubts += scale_doubts(table[source], source, field, layer=spec.name, file=file, rows=rows)
    return doubts


def _derivable(
    field: Field, picked: Mapping[str, Any], columns: Sequence[str], spec: Spec, entry: LayerEntry
) -> bool:
    by_scheme = any(key.startswith(f"{SCHEME}{field.name}:") for key in picked)
    others = {part for name in field.pattern_from for part in name.split("+")} | set(field.customs)
    by_other = any(
        column_named(columns, [entry.columns.get(name, ""), *spec.fields[name].column]) is not None
        for name in others
    )
    return by_scheme or by_other


def source_of(columns: Sequence[str], field: Field, asked: str = "") -> str | None:
    """Return the column of a file that holds a field; 敷地面積(㎡) goes by 敷地面積 where no other column does.

    Parameters
    ----------
    columns
        The file's own columns.
    field
        What is looked for.
    asked
        The name that plan.toml gives it, empty for none.
    """
    found = column_named(columns, [asked] if asked else field.column)
    if found is not None or asked:
        return found
    bare = without_unit(columns, field)
    name = column_named(list(bare), field.column)
    return bare[name] if name is not None else None


def column_named(columns: Sequence[str], names: Iterable[str]) -> str | None:
    """Return the first column that goes by one of some names, as written or in another width or case.

    A name of two rows (座標 / 緯度) goes by each of them, unless another column goes by it, too.
    """
    wanted = list(names)
    exact = next((name for name in wanted if name in columns), None)
    if exact is not None:
        return exact
    folded = {folded_name(column): column for column in reversed(columns)}
    keys = [folded_name(name) for name in wanted if name]
    whole = next((folded[key] for key in keys if key in folded), None)
    if whole is not None or not any(JOINED in column for column in columns):
        return whole
    parts: dict[str, list[str]] = {}
    for column in columns:
        for part in column.split(JOINED):
            parts.setdefault(folded_name(part), []).append(column)
    return next((parts[key][0] for key in keys if len(parts.get(key, ())) == 1), None)


def _wanted(field: Field, wanted: str, spec: Spec, entry: LayerEntry) -> dict[str, Any]:
    """Return which column is wanted: its title, and the names it goes by where plan.toml names none."""
    names = (field.column if wanted in field.column else (wanted,))[:NAMES]
    return {
        "layer": spec.name,
        "table": entry.header,
        "field": field.name,
        "title": field.title,
        "names": Text(
            ja="か".join(f"「{name}」" for name in names), en=" or ".join(f"“{name}”" for name in names)
        ),
    }


def _missing_column(
    field: Field, wanted: str, columns: list[str], spec: Spec, entry: LayerEntry, file: str
) -> Problem:
    values = {
        **_wanted(field, wanted, spec, entry),
        "near": hint(wanted, columns),
        "columns": columns or "—",
    }
    return Problem(code="tab.column", place=file, values=values)


def _filled(cells: pd.Series[Any], text: str) -> pd.Series[Any]:
    texts = as_text(cells)
    return cells.astype(object).mask((texts == "").to_numpy(dtype=bool), text)


def _schemed(cells: pd.Series[Any], scheme: Mapping[str, str], field: Field) -> pd.Series[Any]:
    """Return what numeric codes stand for; one that stands for nothing stays, to be refused by its place."""
    texts = as_text(cells)
    known = decode_scheme(pd.unique(texts), scheme)
    unknown = {plain(text) for text in field.unknown} | {""}
    otherwise = {text: "" if plain(text) in unknown else scheme.get("*", text) for text in known}
    return texts.map(lambda text: known[text] or otherwise[text])
