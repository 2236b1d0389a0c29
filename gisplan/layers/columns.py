"""From a file's columns to a layer's fields: found by alias, filled, read as their type, codes made canonical."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gisplan.core.document import near
from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.core.words import Field, LayerEntry, Spec
from gisplan.layers.codes import decode, decode_scheme, from_patterns
from gisplan.layers.values import as_text, read_values

SCHEME = "scheme:"
"""Prefix of the helper columns that carry a file's numeric codes along."""

EXAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """A layer's fields as typed columns, which rows were mended [n], and the doubts."""

    table: pd.DataFrame
    mended: NDArray[np.bool_]
    doubts: tuple[Doubt, ...]


def pick(table: pd.DataFrame, spec: Spec, entry: LayerEntry, *, file: str, stem: str, folder: str) -> pd.DataFrame:
    """Return a file's cells under the canonical names of the layer's fields, not yet read as types.

    Parameters
    ----------
    table
        The file's own columns.
    spec, entry
        The layer, and what plan.toml says of it.
    file, stem, folder
        The file's name in messages, its stem and its folder's name, for `fill`.

    Raises
    ------
    InputError
        If a column that plan.toml names or the layer needs is not there, with the near names.
    """
    columns = list(table.columns)
    picked: dict[str, Any] = {}
    problems = []
    for name, field in spec.fields.items():
        source = entry.columns.get(name) or next((alias for alias in field.column if alias in columns), None)
        for column, scheme in field.schemes.items():
            if column in columns and source != column:
                picked[f"{SCHEME}{name}:{column}"] = _schemed(table[column], scheme)
        if source is not None and source not in columns:
            problems.append(_missing_column(name, source, columns, spec, file))
            continue
        cells = table[source] if source is not None else pd.Series([None] * len(table), index=table.index, dtype=object)
        if name in entry.fill:
            cells = _filled(cells, entry.fill[name].replace("{stem}", stem).replace("{folder}", folder))
        elif source is None and field.required and not _derivable(field, picked, columns, spec, entry):
            wanted = field.column[1] if len(field.column) > 1 else name
            problems.append(_missing_column(name, wanted, columns, spec, file))
        picked[name] = cells
    if problems:
        raise InputError(problems)
    return pd.DataFrame(picked, index=table.index)


def _derivable(
    field: Field, picked: Mapping[str, Any], columns: Sequence[str], spec: Spec, entry: LayerEntry
) -> bool:
    by_scheme = any(key.startswith(f"{SCHEME}{field.name}:") for key in picked)
    by_pattern = any(
        alias in columns for name in field.pattern_from for alias in (entry.columns.get(name), *spec.fields[name].column)
    )
    return by_scheme or by_pattern


def _missing_column(field: str, wanted: str, columns: list[str], spec: Spec, file: str) -> Problem:
    values = {
        "layer": spec.name, "field": field, "column": wanted, "near": near(wanted, columns) or "—", "columns": columns or "—",
    }  # fmt: skip
    return Problem(code="tab.column", place=file, values=values)


def _filled(cells: pd.Series[Any], text: str) -> pd.Series[Any]:
    texts = as_text(cells)
    return cells.astype(object).mask((texts == "").to_numpy(dtype=bool), text)


def _schemed(cells: pd.Series[Any], scheme: Mapping[str, str]) -> pd.Series[Any]:
    texts = as_text(cells)
    known = decode_scheme(pd.unique(texts), scheme)
    otherwise = scheme.get("*", "")
    return texts.map(lambda text: known[text] or (otherwise if text else ""))


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
    mended = np.zeros(len(cells), dtype=bool)
    doubts: list[Doubt] = []
    problems: list[Problem] = []
    typed: dict[str, pd.Series[Any]] = {}
    for name, field in spec.fields.items():
        texts = _with_scheme(cells, field, doubts, spec, files) if field.schemes else cells[name]
        read = read_values(texts, field)
        values = read.values
        if field.type == "code":
            values = _codes(values, cells, field, spec, places, files, doubts, problems)
        if read.unread.any():
            doubts.append(_unread(texts, read.unread, field, spec, places))
        mended |= read.mended | read.unread
        typed[name] = values
    if problems:
        raise InputError(problems)
    return Columns(table=pd.DataFrame(typed, index=cells.index), mended=mended, doubts=tuple(doubts))


def _with_scheme(
    cells: pd.DataFrame, field: Field, doubts: list[Doubt], spec: Spec, files: str
) -> pd.Series[Any]:
    """Return a field's cells, empty ones taken from the numeric codes; a name that contradicts its code is a doubt."""
    texts = as_text(cells[field.name])
    for column in field.schemes:
        held = f"{SCHEME}{field.name}:{column}"
        if held not in cells:
            continue
        coded = as_text(cells[held])
        if field.type == "code":
            named = texts.map(decode(pd.unique(texts), field)).fillna("")
            differs = ((named != "") & (coded != "") & (named != coded)).to_numpy(dtype=bool)
            if differs.any():
                pairs = sorted({f"{a} ≠ {b}" for a, b in zip(named[differs], coded[differs], strict=True)})
                values = {"rows": int(differs.sum()), "column": column, "pairs": pairs[:EXAMPLES]}
                doubts.append(Doubt(code="code.mismatch", layer=spec.name, subject=files, values=values))
        texts = texts.mask((texts == "").to_numpy(dtype=bool), coded)
    return texts


def _codes(
    values: pd.Series[Any], cells: pd.DataFrame, field: Field, spec: Spec, places: Sequence[str], files: str,
    doubts: list[Doubt], problems: list[Problem],
) -> pd.Series[Any]:  # fmt: skip
    """Return canonical codes; texts that are no code become problems, gaps are closed by pattern and default."""
    if not field.codes:
        return values
    table = decode(pd.unique(values), field)
    unknown = {text for text, code in table.items() if code is None}
    if unknown:
        problems += _unknown_codes(values, unknown, field, spec, places)
    codes = values.map(lambda text: table[text] or "")
    if field.patterns:
        codes = _by_pattern(codes, cells, field, spec, files, doubts)
    empty = (codes == "").to_numpy(dtype=bool)
    if field.default and empty.any():
        shown = field.labels[field.default].ja if field.default in field.labels else field.default
        doubts.append(
            Doubt(
                code="code.assumed",
                layer=spec.name,
                subject=files,
                values={"rows": int(empty.sum()), "field": field.title.ja, "value": shown},
            )
        )
        codes = codes.mask(empty, field.default)
    return codes


def _by_pattern(
    codes: pd.Series[Any], cells: pd.DataFrame, field: Field, spec: Spec, files: str, doubts: list[Doubt]
) -> pd.Series[Any]:
    """Close gaps from other columns, e.g. a road's class from its name; of several names the highest counts."""
    for name in field.pattern_from:
        texts = as_text(cells[name])
        found = {text: from_patterns(text, field) for text in pd.unique(texts)}
        empty = (codes == "").to_numpy(dtype=bool)
        several = [text for text in texts[empty] if len(found[text]) > 1]
        if several:
            examples = [f"{text} → {found[text][0]}" for text, _ in Counter(several).most_common()]
            values = {"rows": len(several), "examples": sorted(examples)[:EXAMPLES]}
            doubts.append(Doubt(code="code.several", layer=spec.name, subject=files, values=values))
        codes = codes.mask(empty, texts.map(lambda text: found[text][0] if found[text] else ""))
    return codes


def _unknown_codes(
    values: pd.Series[Any], unknown: set[str], field: Field, spec: Spec, places: Sequence[str]
) -> list[Problem]:
    known = list(dict.fromkeys(field.codes.values()))
    problems = []
    for text in sorted(unknown):
        at = np.flatnonzero((values == text).to_numpy(dtype=bool))
        problems.append(
            Problem(
                code="code.unknown",
                place=places[int(at[0])],
                values={
                    "layer": spec.name,
                    "field": field.title.ja,
                    "value": text,
                    "rows": len(at),
                    "near": near(text, field.codes) or "—",
                    "known": known,
                },
            )
        )
    return problems


def _unread(
    texts: pd.Series[Any], unread: NDArray[np.bool_], field: Field, spec: Spec, places: Sequence[str]
) -> Doubt:
    at = np.flatnonzero(unread)
    examples = [f"{places[int(i)]} 「{as_text(texts.iloc[[i]]).iloc[0]}」" for i in at[:EXAMPLES]]
    values = {"rows": len(at), "field": field.title.ja, "examples": examples}
    return Doubt(code="value.unread", layer=spec.name, subject=field.name, values=values)
