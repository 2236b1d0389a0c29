"""A layer's cells become its fields: read as their type, codes made canonical, gaps closed by pattern and default."""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gisplan.core.document import hint
from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.core.words import Field, LayerEntry, Spec, Text
from gisplan.layers.codes import decode, from_patterns, known_codes, names_of
from gisplan.layers.columns import SCHEME
from gisplan.layers.limits import read_limits
from gisplan.layers.municipalities import read_codes
from gisplan.layers.numbered import ids_of
from gisplan.layers.values import HOW, Values, as_text, kinds_of, read_values

EXAMPLES = 5
BUILT = "built_year"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """A layer's fields as typed columns, which rows were mended [n], and the doubts."""

    table: pd.DataFrame
    mended: NDArray[np.bool_]
    doubts: tuple[Doubt, ...]


def read_columns(
    cells: pd.DataFrame, spec: Spec, *, place: Callable[[int], str], files: str,
    table: Callable[[int], Text] | None = None,
) -> Columns:  # fmt: skip
    """Read every field of a layer as its type.

    Parameters
    ----------
    cells
        Cells under canonical names, of all files of the layer.
    spec
        The layer.
    place
        Returns `file:row` of a row, for messages.
    files
        What a doubt about the whole layer calls its subject.
    table
        Returns which table of plan.toml a row is read by; where None all are read by one.

    Raises
    ------
    InputError
        If cells hold codes that are not in the layer's list, all at once with near ones.
    """
    header = LayerEntry(layer=spec.name, path=()).header
    about = _About(cells=cells, spec=spec, place=place, files=files, table=table or (lambda _row: header))
    mended = np.zeros(len(cells), dtype=bool)
    found: dict[str, _Found] = {}
    for name, field in spec.fields.items():
        found[name] = _read_field(field, about)
        mended |= found[name].mended
    problems = [problem for part in found.values() for problem in part.problems]
    if problems:
        raise InputError(problems)
    for name, field in spec.fields.items():
        if field.origin_of:
            column = _with_origin(found[name].column, field, found[field.origin_of].origin)
            found[name] = replace(found[name], column=column)
    return Columns(
        table=pd.DataFrame({name: part.column for name, part in found.items()}, index=cells.index),
        mended=mended,
        doubts=tuple(doubt for part in found.values() for doubt in part.doubts),
    )


def future_years(
    table: pd.DataFrame, spec: Spec, *, year: int, place: Callable[[int], str]
) -> tuple[Doubt, ...]:
    """Return a doubt where buildings were built after the plan: R30 is 2048, and was hardly meant.

    Parameters
    ----------
    table
        The layer's fields as typed columns.
    spec
        The layer.
    year
        The year of the plan.
    place
        Returns `file:row` of a row, for messages.
    """
    if BUILT not in table or BUILT not in spec.fields:
        return ()
    years = table[BUILT]
    at = np.flatnonzero((years > year).fillna(value=False).to_numpy(dtype=bool))
    if not at.size:
        return ()
    examples = [f"{place(int(i))} {years.iloc[i]}" for i in at[:EXAMPLES]]
    values = {"rows": len(at), "field": spec.fields[BUILT].title, "year": str(year), "examples": examples}
    return (Doubt(code="value.future", layer=spec.name, subject=BUILT, values=values),)


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """A layer's cells on their way to values, and what messages call the layer, its rows and its files."""

    cells: pd.DataFrame
    spec: Spec
    place: Callable[[int], str]
    files: str
    table: Callable[[int], Text]

    def doubt(self, code: str, *, subject: str = "", **values: object) -> Doubt:
        """Return a doubt about the layer."""
        return Doubt(code=code, layer=self.spec.name, subject=subject or self.files, values=values)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """One field's values with the rows mended [n], what is doubtful or wrong, and where codes are from [n]."""

    column: pd.Series[Any]
    mended: NDArray[np.bool_]
    doubts: tuple[Doubt, ...] = ()
    problems: tuple[Problem, ...] = ()
    origin: pd.Series[Any] | None = None


def _read_field(field: Field, about: _About) -> _Found:
    """Read one field: numeric codes beside names, types, canonical codes, gaps closed by pattern and default."""
    texts, doubts = _with_schemes(field, about) if field.schemes else (about.cells[field.name], ())
    if limits := read_limits(texts, field):
        told = about.doubt("net.speed", subject=field.name, **limits.counts)
        changed = limits.read.mended | limits.read.unread
        return _Found(column=limits.read.column, mended=changed, doubts=(*doubts, told))
    read = _read_cells(texts, field)
    values = read.column
    problems: tuple[Problem, ...] = ()
    doubts += tuple(_told(texts, read, field, about))
    if field.name == "id":
        values, more = _ids(values, about)
        doubts += more
    origin = None
    if field.codes:
        values, problems, more = _codes(values, field, about)
        origin = (values != "").map({True: "file", False: ""})
        doubts += more
        for close in (_by_pattern, _by_custom, _by_default):
            closed = close(values, field, about)
            values, doubts = values.mask(values == "", closed.values), doubts + closed.doubts
            origin = origin.mask((origin == "") & (values != ""), closed.origin)
    return _Found(
        column=values, mended=read.mended | read.unread, doubts=doubts, problems=problems, origin=origin
    )


def _with_origin(told: pd.Series[Any], field: Field, origin: pd.Series[Any] | None) -> pd.Series[Any]:
    """Return where another field's values are from, as the file says or as they were found."""
    if origin is None:
        return told
    names = decode(pd.unique(origin), field)
    return told.mask(told == "", origin.map(names).fillna(""))


def _read_cells(texts: pd.Series[Any], field: Field) -> Values:
    if field.type != "municipality":
        return read_values(texts, field)
    found = read_codes(texts, unknown=field.unknown)
    nothing = np.zeros(len(texts), dtype=bool)
    return Values(column=found.column, kind=kinds_of(found.how), unread=found.unread, suppressed=nothing)


def _ids(ids: pd.Series[Any], about: _About) -> tuple[pd.Series[Any], tuple[Doubt, ...]]:
    """Return ids as a person wrote them, and the doubts where a spreadsheet made numbers of them."""
    found = ids_of(ids)
    doubts = []
    if found.cut.any():
        lost = sorted(set(ids[found.cut]))[:EXAMPLES]
        doubts.append(about.doubt("id.digits_lost", cells=int(found.cut.sum()), examples=lost))
    if found.mended.any():
        field = about.spec.fields["id"]
        pairs = zip(ids[found.mended], found.texts[found.mended], strict=True)
        examples = [f"{old} → {new}" for old, new in list(pairs)[:1]]
        rows = int(found.mended.sum())
        doubts.append(
            about.doubt("value.mended", subject="id", rows=rows, field=field.title, examples=examples)
        )
    return found.texts, tuple(doubts)


def _told(texts: pd.Series[Any], read: Values, field: Field, about: _About) -> Iterable[Doubt]:
    """Yield what is doubtful about the cells of a field: not read, not told, or read between the lines."""
    if read.unread.any():
        yield _unread(texts, read.unread, field, about)
    if read.suppressed.any():
        signs = sorted(set(as_text(texts[read.suppressed]).str.strip()))[:EXAMPLES]
        rows = int(read.suppressed.sum())
        yield about.doubt("value.suppressed", subject=field.name, rows=rows, field=field.title, signs=signs)
    told = read.mended & ~read.unread
    for kind in np.unique(read.kind[told]):
        code, at = HOW[kind], told & (read.kind == kind)
        cells = as_text(texts[at]).to_list()
        first = heapq.nsmallest(EXAMPLES, set(cells))
        examples = [f"{cell} → {read.column[at].iloc[cells.index(cell)]}" for cell in first]
        rows = int(at.sum())
        values = {"rows": rows, "field": field.title, "examples": examples}
        yield Doubt(code=code, layer=about.spec.name, subject=field.name, values=values)


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


def _codes(
    values: pd.Series[Any], field: Field, about: _About
) -> tuple[pd.Series[Any], tuple[Problem, ...], tuple[Doubt, ...]]:
    """Return canonical codes, and a problem for each text that is no code.

    A field that names itself in `pattern_from` holds words of many offices: what no pattern tells is unknown.
    """
    table = dict(decode(pd.unique(values), field))
    strange = sorted(text for text, code in table.items() if code is None)
    if field.name in field.pattern_from:
        table |= {text: next(iter(from_patterns(text, field)), "") for text in strange}
        doubts = _untold(values, [text for text in strange if not table[text]], field, about)
        return values.map(table).astype(object), (), doubts
    known = known_codes(field)
    problems = []
    for text in strange:
        at = np.flatnonzero((values == text).to_numpy(dtype=bool))
        named = {
            "table": about.table(int(at[0])),
            "field": field.title,
            "name": field.name,
            "value": text,
            "rows": len(at),
            "near": hint(text, names_of(field)),
            "known": known,
        }
        problems.append(Problem(code="code.unknown", place=about.place(int(at[0])), values=named))
    codes = [table[text] or "" for text in values]
    return pd.Series(codes, index=values.index, dtype=object), tuple(problems), ()


def _untold(values: pd.Series[Any], texts: list[str], field: Field, about: _About) -> tuple[Doubt, ...]:
    if not texts:
        return ()
    rows = int(values.isin(texts).sum())
    told = {"rows": rows, "field": field.title, "examples": texts[:EXAMPLES], "name": field.name}
    return (about.doubt("code.word", subject=field.name, **told),)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Closed:
    """Values for the gaps of a field, "" where there is none, and where each is from [n]."""

    values: pd.Series[Any]
    origin: pd.Series[Any]
    doubts: tuple[Doubt, ...] = ()


def _joined(name: str, about: _About) -> pd.Series[Any]:
    """Return the texts of a column; of `a+b` both with a space between, "" where one of them is missing."""
    parts = [as_text(about.cells[part]) for part in name.split("+")]
    texts = parts[0]
    for other in parts[1:]:
        texts = (texts + " " + other).mask((texts == "") | (other == ""), "")
    return texts


def _by_pattern(codes: pd.Series[Any], field: Field, about: _About) -> _Closed:
    """Close gaps from other columns, e.g. a road's class from its name; of several names the highest counts."""
    doubts: tuple[Doubt, ...] = ()
    values = pd.Series("", index=codes.index, dtype=object)
    origin = values.copy()
    for name in field.pattern_from:
        if name == field.name:
            continue
        texts = _joined(name, about)
        matches = {text: from_patterns(text, field) for text in pd.unique(texts)}
        first = {text: values[0] if values else "" for text, values in matches.items()}
        empty = ((codes == "") & (values == "")).to_numpy(dtype=bool)
        several = [text for text in texts[empty] if len(matches[text]) > 1]
        if several:
            examples = [_called(text, first[text], field) for text in sorted(set(several))[:EXAMPLES]]
            doubts += (about.doubt("code.several", rows=len(several), examples=examples),)
        values = values.mask(empty, texts.map(first))
        origin = origin.mask(empty & (values != "").to_numpy(dtype=bool), name)
    return _Closed(values=values, origin=origin, doubts=doubts)


def _called(text: str, value: str, field: Field) -> Text:
    """Return which value a text was read as: its label, and the value itself for plan.toml."""
    label = field.labels.get(value, Text(ja="", en=""))
    ja = f"{label.ja}（{value}）" if label.ja else value
    en = f"{label.en} ({value})" if label.en else value
    return Text(ja=f"{text} → {ja}", en=f"{text} → {en}")


def _by_custom(codes: pd.Series[Any], field: Field, about: _About) -> _Closed:
    """Close gaps by what another column stands for by custom, as the class of OpenStreetMap for that of the law."""
    doubts: tuple[Doubt, ...] = ()
    values = pd.Series("", index=codes.index, dtype=object)
    for column, custom in field.customs.items():
        texts = as_text(about.cells[column])
        table = {text: by_custom(text, custom) for text in pd.unique(texts)}
        empty = ((codes == "") & (values == "")).to_numpy(dtype=bool)
        values = values.mask(empty, texts.map(table))
        rows = int((empty & (values != "").to_numpy(dtype=bool)).sum())
        if rows:
            told: dict[str, Any] = {"field": field.title, "column": about.spec.fields[column].column[-1]}
            share = 100.0 * rows / len(codes)
            basis = any(other.origin_of == field.name for other in about.spec.fields.values())
            doubts += (
                about.doubt("code.custom" if basis else "code.from_scheme", rows=rows, share=share, **told),
            )
    return _Closed(values=values, origin=pd.Series("custom", index=codes.index, dtype=object), doubts=doubts)


def by_custom(text: str, custom: Mapping[str, str]) -> str:
    """Return what a word stands for; of a list (path,residential) the first known one counts."""
    if not text:
        return ""
    parts = [text, *(part.strip() for part in re.split("[,;]", text))]
    return next((custom[part] for part in parts if part in custom), custom.get("*", ""))


def _by_default(codes: pd.Series[Any], field: Field, about: _About) -> _Closed:
    empty = (codes == "").to_numpy(dtype=bool)
    origin = pd.Series("default", index=codes.index, dtype=object)
    values = pd.Series(field.default, index=codes.index, dtype=object)
    if not field.default or not empty.any():
        return _Closed(values=values, origin=origin)
    shown = field.labels.get(field.default, field.default)
    doubt = about.doubt("code.assumed", rows=int(empty.sum()), field=field.title, value=shown)
    return _Closed(values=values, origin=origin, doubts=(doubt,))


def _unread(texts: pd.Series[Any], unread: NDArray[np.bool_], field: Field, about: _About) -> Doubt:
    at = np.flatnonzero(unread)
    cells = as_text(texts.iloc[at[:EXAMPLES]])
    examples = [f"{about.place(int(i))} 「{cell}」" for i, cell in zip(at[:EXAMPLES], cells, strict=True)]
    code = {"date": "date.ambiguous", "municipality": "code.municipality"}.get(field.type, "value.unread")
    values = {"rows": len(at), "field": field.title, "examples": examples}
    return Doubt(code=code, layer=about.spec.name, subject=field.name, values=values)
