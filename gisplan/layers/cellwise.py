"""Columns of texts read as a layer's fields, every different combination of cells once, with no table in between.

A file of OpenStreetMap has thousands of roads and a few hundred different sets of tags. What `pick` and `read_columns`
do to whole columns is done here to each different cell, by the same readers of single cells; no doubts are told. What
depends on more than the cells of its own row (columns in another unit, codes of municipalities, days) and what is to be
refused is not read here. Ids are taken as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from gisplan.layers.codes import decode_scheme, from_patterns, plain, spellings
from gisplan.layers.columns import source_of
from gisplan.layers.fields import by_custom
from gisplan.layers.limits import UNIT, kmh_of
from gisplan.layers.scales import factor_of
from gisplan.layers.values import FIGURES, WORDS, cell_reader

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.core.words import Field, Spec

Cell = str | None
"""A cell; None in a column that is not there."""

Row = Mapping[str, str]
"""The cells of a row by their columns."""

Value = tuple[Any, str]
"""A value, None where there is none, and where it is from."""


Patterns = tuple[tuple[re.Pattern[str], str], ...]
"""Patterns and the values they stand for, the highest first."""

Key = TypeVar("Key", bound=Hashable)


class UnreadableError(Exception):
    """Something that is not read cell by cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """A column: its different values, None for a missing one, and which of them each row has [n]."""

    different: Sequence[Any]
    which: NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldReader:
    """How a field is read: the columns it depends on, and what their cells mean."""

    columns: tuple[str, ...]
    read: Callable[[Row], Value]


def readers_of(spec: Spec, columns: Sequence[str]) -> Mapping[str, FieldReader]:
    """Return how each field of a layer is read from some columns.

    Raises
    ------
    UnreadableError
        If a field cannot be read cell by cell.
    """
    picked = {name: _picked(field, columns) for name, field in spec.fields.items()}
    plainly = {name: _reader(field, columns, picked) for name, field in spec.fields.items()}
    return {
        name: _with_origin(field, plainly) if field.origin_of else plainly[name]
        for name, field in spec.fields.items()
    }


def read_cells(
    readers: Mapping[str, FieldReader], columns: Mapping[str, Sequence[str]], *, count: int
) -> dict[str, Coded]:
    """Return the fields of some rows.

    Parameters
    ----------
    readers
        How each field is read.
    columns
        Cells by column [n].
    count
        The number of rows.

    Raises
    ------
    UnreadableError
        If a cell is to be refused.
    """
    known = {column: _numbered(cells) for column, cells in columns.items()}
    none: tuple[list[tuple[str, ...]], NDArray[np.int32]] = ([()], np.zeros(count, dtype=np.int32))
    found = {}
    for name, reader in readers.items():
        if len(reader.columns) == 1:
            texts, which = known[reader.columns[0]]
            different: list[tuple[str, ...]] = [(text,) for text in texts]
        else:
            cells = zip(*(columns[column] for column in reader.columns), strict=True)
            different, which = _numbered(list(cells)) if reader.columns else none
        values = [reader.read(dict(zip(reader.columns, key, strict=True)))[0] for key in different]
        found[name] = Coded(different=values, which=which)
    return found


def _numbered(keys: Sequence[Key]) -> tuple[list[Key], NDArray[np.int32]]:
    """Return the different ones of some keys, and which of them each is."""
    different = list(dict.fromkeys(keys))
    number = {key: place for place, key in enumerate(different)}
    return different, np.array([number[key] for key in keys], dtype=np.int32)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picked:
    """A field's cell as `pick` picks it."""

    column: str | None
    words: Mapping[str, str]

    def text(self, row: Row) -> str:
        """Return the cell of a row, "" where there is none."""
        cell = "" if self.column is None else row[self.column]
        return self.words.get(plain(cell), cell) if self.words else cell

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it depends on."""
        return () if self.column is None else (self.column,)


def _picked(field: Field, columns: Sequence[str]) -> _Picked:
    """Return how a field's cell is picked.

    Raises
    ------
    UnreadableError
        If it is in another unit than the field.
    """
    source = source_of(columns, field)
    if factor_of(source, field) != 1.0:
        raise UnreadableError(field.name)
    return _Picked(column=source, words={plain(word): text for word, text in field.words.items()})


def _reader(field: Field, columns: Sequence[str], picked: Mapping[str, _Picked]) -> FieldReader:
    """Return how a field is read, but for the origin of another."""
    own = picked[field.name]
    schemes = [
        (column, _scheme(field, column))
        for column in field.schemes
        if column in columns and own.column != column
    ]
    value, about = _value_reader(field, bare=own.column is None), (picked, _patterns(field))
    others = [name.split("+") for name in field.pattern_from if name != field.name] if field.codes else []
    needed = [own, *(picked[part] for parts in others for part in parts)]
    needed += [picked[name] for name in field.customs] if field.codes else []

    def read(row: Row) -> Value:
        text = own.text(row)
        for column, meaning in schemes:
            text = text or meaning(row[column])
        found = value(text)
        return _closed(found, field, row, about) if field.codes else (found, "")

    told = [column for part in needed for column in part.columns] + [column for column, _ in schemes]
    return FieldReader(columns=tuple(dict.fromkeys(told)), read=read)


def _scheme(field: Field, column: str) -> Callable[[str], str]:
    """Return what the numeric codes of a column stand for."""
    scheme = field.schemes[column]
    unknown = {plain(text) for text in field.unknown} | {""}

    def meaning(text: str) -> str:
        return decode_scheme([text], scheme)[text] or (
            "" if plain(text) in unknown else scheme.get("*", text)
        )

    return meaning


def _value_reader(field: Field, *, bare: bool) -> Callable[[str], Any]:
    """Return what reads a cell as the type of its field.

    Raises
    ------
    UnreadableError
        If cells of this type are not read one by one.
    """
    if from_patterns("", field):  # nothing would tell something
        raise UnreadableError(field.name)
    if field.type not in {*FIGURES, *WORDS, "boolean"} or field.type == "municipality":
        raise UnreadableError(field.name)
    if field.type == "number" and field.unit == UNIT and not (bare and not field.schemes):
        return lambda text: kmh_of(text, field)
    read = cell_reader(field)
    if not field.codes:
        return read
    patterns = _patterns(field)
    known, unknown = spellings(field), {plain(text) for text in field.unknown} | {""}

    def code(text: str) -> str:
        """Return a code.

        Raises
        ------
        UnreadableError
            If a text is none.
        """
        word = read(text)
        found = known.get(plain(word), "" if plain(word) in unknown else None)
        if found is None and field.name in field.pattern_from:
            return _told(word, patterns)
        if found is None:
            raise UnreadableError(field.name)
        return found

    return code


def _patterns(field: Field) -> Patterns:
    return tuple((re.compile(row.match), row.value) for row in field.patterns)


def _told(text: str, patterns: Patterns) -> str:
    """Return the highest value whose pattern a text matches, "" where there is none."""
    word = plain(text)
    return next((value for pattern, value in patterns if pattern.search(word)), "")


def _closed(code: str, field: Field, row: Row, about: tuple[Mapping[str, _Picked], Patterns]) -> Value:
    """Return a code and where it is from, gaps closed by patterns, by custom and by default."""
    picked, patterns = about
    if code:
        return code, "file"
    for name in field.pattern_from:
        parts = [picked[part].text(row) for part in name.split("+")]
        if name != field.name and all(parts) and (told := _told(" ".join(parts), patterns)):
            return told, name
    for name, custom in field.customs.items():
        if told_by := by_custom(picked[name].text(row), custom):
            return told_by, "custom"
    return (field.default, "default") if field.default else ("", "")


def _with_origin(field: Field, readers: Mapping[str, FieldReader]) -> FieldReader:
    """Return how a field is read that says where another's value is from."""
    own, other = readers[field.name], readers[field.origin_of]
    names = {plain(spelling): value for spelling, value in field.codes.items()}

    def read(row: Row) -> Value:
        told = own.read(row)
        return told if told[0] else (names.get(plain(other.read(row)[1]), ""), "")

    return FieldReader(columns=tuple(dict.fromkeys((*own.columns, *other.columns))), read=read)
