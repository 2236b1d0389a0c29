"""From a file's columns to a layer's fields: found by alias, filled, read as their type, codes made canonical."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gisplan.core.document import hint
from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.core.words import Field, LayerEntry, Spec
from gisplan.layers.codes import decode, decode_scheme, from_patterns, known_codes, plain
from gisplan.layers.values import Values, as_text, read_values
from gisplan.sources.table import plain_name

SCHEME = "scheme:"
"""Prefix of the helper columns that carry a file's numeric codes along."""

EXAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """A layer's fields as typed columns, which rows were mended [n], and the doubts."""

    table: pd.DataFrame
    mended: NDArray[np.bool_]
    doubts: tuple[Doubt, ...]


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
        source = column_named(columns, [asked] if asked else field.column)
        for column, scheme in field.schemes.items():
            if column in columns and source != column:
                picked[f"{SCHEME}{name}:{column}"] = _schemed(table[column], scheme, field)
        if asked and source is None:
            problems.append(_missing_column(name, asked, columns, spec, file))
            continue
        cells = (
            table[source]
            if source is not None
            else pd.Series([None] * len(table), index=table.index, dtype=object)
        )
        if name in entry.codes:
            cells = _recoded(cells, entry.codes[name])
        if name in entry.fill:
            cells = _filled(
                cells, entry.fill[name].replace("{stem}", path.stem).replace("{folder}", path.parent.name)
            )
        elif source is None and field.required and not _derivable(field, picked, columns, spec, entry):
            wanted = field.column[1] if len(field.column) > 1 else name
            problem = _missing_column(name, wanted, columns, spec, file)
            if field.codes and decode([path.stem], field)[path.stem]:
                told = {"layer": spec.name, "field": name, "column": wanted, "stem": path.stem}
                problem = Problem(code="tab.column_stem", place=file, values=told)
            problems.append(problem)
        picked[name] = cells
    if problems:
        raise InputError(problems)
    return pd.DataFrame(picked, index=table.index)


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
        found = name in entry.columns or column_named(columns, field.column) is not None
        if not field.needed or found or name in entry.fill or any(key in columns for key in field.schemes):
            continue
        wanted = field.column[1] if len(field.column) > 1 else name
        values = {"column": wanted, "field": field.title, "near": hint(wanted, columns), "name": name}
        doubts.append(
            Doubt(code="tab.column_absent", layer=spec.name, subject=f"{file} {name}", values=values)
        )
    return tuple(doubts)


def _derivable(
    field: Field, picked: Mapping[str, Any], columns: Sequence[str], spec: Spec, entry: LayerEntry
) -> bool:
    by_scheme = any(key.startswith(f"{SCHEME}{field.name}:") for key in picked)
    by_pattern = any(
        column_named(columns, [entry.columns.get(name, ""), *spec.fields[name].column]) is not None
        for name in field.pattern_from
    )
    return by_scheme or by_pattern


def column_named(columns: Sequence[str], names: Iterable[str]) -> str | None:
    """Return the first column that goes by one of some names, as written or in another width or case."""
    wanted = list(names)
    exact = next((name for name in wanted if name in columns), None)
    if exact is not None:
        return exact
    folded = {plain_name(column).casefold(): column for column in reversed(columns)}
    keys = (plain_name(name).casefold() for name in wanted if name)
    return next((folded[key] for key in keys if key in folded), None)


def _missing_column(field: str, wanted: str, columns: list[str], spec: Spec, file: str) -> Problem:
    values = {
        "layer": spec.name,
        "field": field,
        "column": wanted,
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


def read_columns(cells: pd.DataFrame, spec: Spec, *, places: Sequence[str], files: str) -> Columns:
    """Read every field of a layer as its type.

    Parameters
    ----------
    cells
        Cells under canonical names, of all files of the layer.
    spec
        The layer.
    places
        `file:row` of each row, for messages.
    files
        What a doubt about the whole layer calls its subject.

    Raises
    ------
    InputError
        If cells hold codes that are not in the layer's list, all at once with near ones.
    """
    about = _About(cells=cells, spec=spec, places=places, files=files)
    mended = np.zeros(len(cells), dtype=bool)
    found: dict[str, _Found] = {}
    for name, field in spec.fields.items():
        found[name] = _read_field(field, about)
        mended |= found[name].mended
    problems = [problem for part in found.values() for problem in part.problems]
    if problems:
        raise InputError(problems)
    return Columns(
        table=pd.DataFrame({name: part.column for name, part in found.items()}, index=cells.index),
        mended=mended,
        doubts=tuple(doubt for part in found.values() for doubt in part.doubts),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """A layer's cells on their way to values, and what messages call the layer, its rows and its files."""

    cells: pd.DataFrame
    spec: Spec
    places: Sequence[str]
    files: str

    def doubt(self, code: str, *, subject: str = "", **values: object) -> Doubt:
        """Return a doubt about the layer."""
        return Doubt(code=code, layer=self.spec.name, subject=subject or self.files, values=values)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """One field's values with the rows mended [n], and what is doubtful or wrong about them."""

    column: pd.Series[Any]
    mended: NDArray[np.bool_]
    doubts: tuple[Doubt, ...] = ()
    problems: tuple[Problem, ...] = ()


def _read_field(field: Field, about: _About) -> _Found:
    """Read one field: numeric codes beside names, types, canonical codes, gaps closed by pattern and default."""
    texts, doubts = _with_schemes(field, about) if field.schemes else (about.cells[field.name], ())
    read = read_values(texts, field)
    values = read.column
    problems: tuple[Problem, ...] = ()
    if read.unread.any():
        doubts += (_unread(texts, read.unread, field, about),)
    if read.mended.any():
        doubts += (_mended(texts, read, field, about),)
    if field.codes:
        values, problems = _codes(values, field, about)
        for close in (_by_pattern, _by_default):
            values, more = close(values, field, about)
            doubts += more
    return _Found(column=values, mended=read.mended | read.unread, doubts=doubts, problems=problems)


def _mended(texts: pd.Series[Any], read: Values, field: Field, about: _About) -> Doubt:
    """Return the doubt that tells which values were read between the lines, each kind by an example."""
    cells = as_text(texts[read.mended])
    pairs = sorted({f"{cell} → {value}" for cell, value in zip(cells, read.column[read.mended], strict=True)})
    return about.doubt(
        "value.mended", subject=field.name, rows=len(cells), field=field.title, examples=pairs[:EXAMPLES]
    )


def _with_schemes(field: Field, about: _About) -> tuple[pd.Series[Any], tuple[Doubt, ...]]:
    """Return a field's cells, empty ones taken from numeric codes; a name that contradicts its code is a doubt."""
    texts = as_text(about.cells[field.name])
    doubts: tuple[Doubt, ...] = ()
    for column in field.schemes:
        held = f"{SCHEME}{field.name}:{column}"
        if held not in about.cells:
            continue
        coded = as_text(about.cells[held])
        if field.codes:
            named = texts.map(decode(pd.unique(texts), field)).fillna("")
            differs = ((named != "") & (coded != "") & (named != coded)).to_numpy(dtype=bool)
            if differs.any():
                pairs = sorted({f"{a} ≠ {b}" for a, b in zip(named[differs], coded[differs], strict=True)})
                rows = int(differs.sum())
                doubts += (about.doubt("code.mismatch", rows=rows, column=column, pairs=pairs[:EXAMPLES]),)
        gaps = (texts == "").to_numpy(dtype=bool)
        closed = int((gaps & (coded != "").to_numpy(dtype=bool)).sum())
        if closed:
            doubts += (about.doubt("code.from_scheme", rows=closed, field=field.title, column=column),)
        texts = texts.mask(gaps, coded)
    return texts, doubts


def _codes(values: pd.Series[Any], field: Field, about: _About) -> tuple[pd.Series[Any], tuple[Problem, ...]]:
    """Return canonical codes, and a problem for each text that is no code."""
    table = decode(pd.unique(values), field)
    known = known_codes(field)
    problems = []
    for text in sorted(text for text, code in table.items() if code is None):
        at = np.flatnonzero((values == text).to_numpy(dtype=bool))
        named = {
            "layer": about.spec.name,
            "field": field.title,
            "name": field.name,
            "value": text,
            "rows": len(at),
            "near": hint(text, field.codes),
            "known": known,
        }
        problems.append(Problem(code="code.unknown", place=about.places[int(at[0])], values=named))
    return values.map(lambda text: table[text] or ""), tuple(problems)


def _by_pattern(
    codes: pd.Series[Any], field: Field, about: _About
) -> tuple[pd.Series[Any], tuple[Doubt, ...]]:
    """Close gaps from other columns, e.g. a road's class from its name; of several names the highest counts."""
    doubts: tuple[Doubt, ...] = ()
    for name in field.pattern_from:
        texts = as_text(about.cells[name])
        matches = {text: from_patterns(text, field) for text in pd.unique(texts)}
        first = {text: values[0] if values else "" for text, values in matches.items()}
        empty = (codes == "").to_numpy(dtype=bool)
        several = [text for text in texts[empty] if len(matches[text]) > 1]
        if several:
            examples = sorted({f"{text} → {first[text]}" for text in several})[:EXAMPLES]
            doubts += (about.doubt("code.several", rows=len(several), examples=examples),)
        codes = codes.mask(empty, texts.map(first))
    return codes, doubts


def _by_default(
    codes: pd.Series[Any], field: Field, about: _About
) -> tuple[pd.Series[Any], tuple[Doubt, ...]]:
    empty = (codes == "").to_numpy(dtype=bool)
    if not field.default or not empty.any():
        return codes, ()
    shown = field.labels.get(field.default, field.default)
    doubt = about.doubt("code.assumed", rows=int(empty.sum()), field=field.title, value=shown)
    return codes.mask(empty, field.default), (doubt,)


def _unread(texts: pd.Series[Any], unread: NDArray[np.bool_], field: Field, about: _About) -> Doubt:
    at = np.flatnonzero(unread)
    cells = as_text(texts.iloc[at[:EXAMPLES]])
    examples = [f"{about.places[int(i)]} 「{cell}」" for i, cell in zip(at[:EXAMPLES], cells, strict=True)]
    return about.doubt("value.unread", subject=field.name, rows=len(at), field=field.title, examples=examples)
