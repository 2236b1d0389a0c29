"""The names in plan.toml: layers, fields, uses; each must exist, and must be fit for what it is named for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

from gisplan.access.places import may_be_reached, may_set_out
from gisplan.core.document import Document, hint
from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.words import Field, Spec
from gisplan.layers.codes import decode, known_codes, names_of
from gisplan.layers.places import PLACE_FIELDS
from gisplan.sources.address import address_of, is_database

MARKS = ("{stem}", "{folder}")


def doubtful_names(document: Document, catalogue: Mapping[str, Spec]) -> list[Problem]:
    """Return every name of the file that is unknown or unfit, whatever else is wrong with the file.

    Parameters
    ----------
    document
        plan.toml as it is written.
    catalogue
        The layers there are.
    """
    return [
        *_doubtful_databases(document),
        *_unknown_layers(document, catalogue),
        *_unknown_fields(document, catalogue),
        *_doubtful_fill(document, catalogue),
        *_unknown_names(document, catalogue),
    ]


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a table of the file, empty where something else stands in its place."""
    return value if isinstance(value, Mapping) else {}


def texts(value: Any) -> TypeGuard[list[str]]:
    """Return whether a value is a list of texts."""
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _entries(document: Document) -> Iterable[tuple[str, tuple[str | int, ...], Mapping[str, Any]]]:
    """Yield each table of a layer with the layer's name and its path in the file."""
    for name, body in mapping(document.data.get("layers")).items():
        several = isinstance(body, list)
        for position, entry in enumerate(body if isinstance(body, list) else [body]):
            yield name, ("layers", name, position) if several else ("layers", name), mapping(entry)


def _doubtful_databases(document: Document) -> list[Problem]:
    """Return the addresses of databases that are none, and tables and queries that do not fit their paths."""
    problems: list[Problem] = []
    for _, path, entry in _entries(document):
        asked, query = entry.get("path"), entry.get("query")
        paths = [asked] if isinstance(asked, str) else asked if texts(asked) else []
        databases = [part for part in paths if is_database(part)]
        for part in databases:
            try:
                address_of(part, place=document.place((*path, "path")))
            except ConfigurationError as error:
                problems += error.problems
        if not isinstance(query, str):
            continue
        place = document.place((*path, "query"))
        if not databases or entry.get("table"):
            problems.append(Problem(code="config.query_place", place=place))
        elif not re.match(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(select|with)\b", query, re.IGNORECASE | re.DOTALL):
            problems.append(Problem(code="config.query", place=place))
    return problems


def _unknown_layers(document: Document, catalogue: Mapping[str, Spec]) -> list[Problem]:
    return [
        Problem(
            code="config.unknown_layer",
            place=document.place(("layers", name)),
            values={"name": name, "near": hint(name, catalogue), "known": sorted(catalogue)},
        )
        for name in mapping(document.data.get("layers"))
        if name not in catalogue
    ]


def _unknown_fields(document: Document, catalogue: Mapping[str, Spec]) -> list[Problem]:
    """Return the names in `columns` and `fill` that are no field of their layer."""
    problems = []
    for name, path, entry in _entries(document):
        fields = catalogue[name].fields if name in catalogue else {}
        problems += [
            Problem(
                code="config.unknown_field",
                place=document.place((*path, part, field)),
                values={"field": field, "layer": name, "near": hint(field, fields), "known": list(fields)},
            )
            for part in ("columns", "fill", "codes")
            for field in mapping(entry.get(part))
            if fields and field not in fields and not (part == "columns" and field in PLACE_FIELDS)
        ]
    return problems


def _doubtful_fill(document: Document, catalogue: Mapping[str, Spec]) -> list[Problem]:
    """Return the texts of `fill` with an unknown mark, or that are no code of their field."""
    problems = []
    for name, path, entry in _entries(document):
        fields = catalogue[name].fields if name in catalogue else {}
        for field, text in mapping(entry.get("fill")).items():
            if isinstance(text, str) and field in fields:
                problems += _fill(text, fields[field], document.place((*path, "fill", field)))
        for field, words in mapping(entry.get("codes")).items():
            for word, text in mapping(words).items():
                if isinstance(text, str) and field in fields:
                    problems += _fill(text, fields[field], document.place((*path, "codes", field, word)))
    return problems


def _fill(text: str, field: Field, place: str) -> list[Problem]:
    marks = [mark for mark in re.findall(r"\{[^}]*\}", text) if mark not in MARKS]
    if marks:
        return [Problem(code="config.fill_mark", place=place, values={"text": text, "mark": marks[0]})]
    if "{" in text or not field.codes or decode([text], field)[text] is not None:
        return []
    values = {
        "text": text,
        "field": field.title,
        "near": hint(text, names_of(field)),
        "known": known_codes(field),
    }
    return [Problem(code="config.fill_code", place=place, values=values)]


def use_named(text: str, catalogue: Mapping[str, Spec]) -> str:
    """Return the key of a use that a user names, by its key or in words as in a file; other texts as they are.

    Parameters
    ----------
    text
        What plan.toml says.
    catalogue
        The layers there are, for the words.
    """
    field = catalogue["site"].fields.get("use") if "site" in catalogue else None
    return text if field is None else decode([text], field)[text] or text


def _unknown_use(document: Document, catalogue: Mapping[str, Spec]) -> list[Problem]:
    text = mapping(document.data.get("check")).get("use")
    field = catalogue["site"].fields.get("use") if "site" in catalogue else None
    if not isinstance(text, str) or field is None or use_named(text, catalogue) in field.codes.values():
        return []
    values = {"name": text, "near": hint(text, names_of(field)), "known": known_codes(field)}
    return [Problem(code="config.unknown_name", place=document.place(("check", "use")), values=values)]


def _unknown_names(document: Document, catalogue: Mapping[str, Spec]) -> list[Problem]:
    """Return the uses and layers that [check] and [access] name but that are none, or no places."""
    places, homes = (
        sorted(name for name, spec in catalogue.items() if fit(spec)) for fit in (may_be_reached, may_set_out)
    )
    problems = _unknown_use(document, catalogue)
    for table, key, known in (
        ("access", "from", homes),
        ("access", "to", places),
        ("access", "isochrones", places),
    ):
        value = mapping(document.data.get(table)).get(key)
        names = [value] if isinstance(value, str) else value if texts(value) else []
        problems += [
            Problem(
                code="config.unfit_layer" if name in catalogue else "config.unknown_name",
                place=document.place((table, key)),
                values={"name": name, "near": hint(name, known), "known": known},
            )
            for name in names
            if known and name not in known
        ]
    return problems
