"""Does a layer file agree with itself? Names that nothing answers to are told with their lines."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gisplan.core.document import Document, Key
from gisplan.core.errors import Problem
from gisplan.layers.codes import plain
from gisplan.layers.release_file import doubtful_releases

if TYPE_CHECKING:
    from gisplan.layers.spec import FieldModel, LayerModel


def contradictions(document: Document, model: LayerModel) -> list[Problem]:
    """Return what a layer file names but does not have, and what it says twice."""
    problems = list(doubtful_releases(document, model))
    if model.style.by and model.style.by not in model.fields:
        values = {"by": model.style.by, "known": sorted(model.fields)}
        problems.append(Problem(code="spec.style_by", place=document.place(("style", "by")), values=values))
    for name, field in model.fields.items():
        problems += _unknown_values(document, model, name, field)
        problems += _unknown_fields(document, model, name, field)
        problems += _broken_patterns(document, name, field)
        problems += _spellings_of_two(document, name, field)
        problems += _idle_scales(document, name, field)
        if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
            bounds = {"field": name, "minimum": field.minimum, "maximum": field.maximum}
            place = document.place(("fields", name, "minimum"))
            problems.append(Problem(code="spec.bounds", place=place, values=bounds))
    return problems


def _named_values(model: LayerModel, name: str, field: FieldModel) -> Iterator[tuple[tuple[Key, ...], str]]:
    """Yield every value that a field's file names beside its codes, with where it stands."""
    for value in field.labels:
        yield ("fields", name, "labels", value), value
    if model.style.by == name:
        for value in model.style.colours:
            yield ("style", "colours", value), value
    if field.default:
        yield ("fields", name, "default"), field.default
    for position, pattern in enumerate(field.patterns):
        yield ("fields", name, "patterns", position, "value"), pattern.value
    for kind, tables in (("schemes", field.schemes), ("customs", field.customs)):
        for column, scheme in tables.items():
            for code, value in scheme.items():
                yield ("fields", name, kind, column, code), value


def _unknown_values(document: Document, model: LayerModel, name: str, field: FieldModel) -> Iterator[Problem]:
    for path, value in _named_values(model, name, field) if field.codes else ():
        if value and value not in field.codes:
            values = {"field": name, "value": value, "known": sorted(field.codes)}
            yield Problem(code="spec.value", place=document.place(path), values=values)


def _unknown_fields(document: Document, model: LayerModel, name: str, field: FieldModel) -> Iterator[Problem]:
    named = {
        "pattern_from": [part for entry in field.pattern_from for part in entry.split("+")],
        "customs": list(field.customs),
        "origin_of": [field.origin_of] if field.origin_of else [],
    }
    for key, others in named.items():
        for other in others:
            if other not in model.fields:
                values = {"key": key, "field": other, "known": sorted(model.fields)}
                place = document.place(("fields", name, key))
                yield Problem(code="spec.pattern_from", place=place, values=values)


def _broken_patterns(document: Document, name: str, field: FieldModel) -> Iterator[Problem]:
    for position, pattern in enumerate(field.patterns):
        try:
            re.compile(pattern.match)
        except re.error as error:
            place = document.place(("fields", name, "patterns", position, "match"))
            values = {"match": pattern.match, "detail": str(error)}
            yield Problem(code="spec.pattern", place=place, values=values)


def _spellings_of_two(document: Document, name: str, field: FieldModel) -> Iterator[Problem]:
    """Yield the spellings that stand for two values: which one counts would be chance."""
    known: dict[str, str] = {}
    for value, spellings in field.codes.items():
        for spelling in (value, *spellings):
            other = known.setdefault(plain(spelling), value)
            if other != value:
                values = {"field": name, "spelling": spelling, "one": other, "two": value}
                place = document.place(("fields", name, "codes", value))
                yield Problem(code="spec.spelling", place=place, values=values)


def _idle_scales(document: Document, name: str, field: FieldModel) -> Iterator[Problem]:
    """Yield the factors that no column of numbers would ever meet, or that would lose its values."""
    for column, factor in field.scales.items():
        if field.type in {"number", "integer"} and column in {name, *field.column} and 0 < factor < math.inf:
            continue
        values = {"field": name, "column": column, "factor": factor, "known": [name, *field.column]}
        yield Problem(
            code="spec.scale", place=document.place(("fields", name, "scales", column)), values=values
        )
