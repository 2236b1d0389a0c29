"""`[[district]]` of plan.toml: its words and tables as `District`, and every mistake that shows before reading data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gisplan.access.places import may_be_reached
from gisplan.core.document import Document, Key, expectation, hint
from gisplan.core.errors import Problem
from gisplan.core.options import District, Ground
from gisplan.core.words import Field, Spec, Text
from gisplan.layers.codes import decode
from gisplan.plan.models import DistrictModel, Words

TABLE = "district"
PARTS = ("include", "within", "exclude")
OWN = ("name", "layer", *PARTS)
AROUND = ("radius_m", "minutes", "reach_m")
"""What may stand beside the layer in a table: a circle, or minutes along the road with the width kept beside it."""

MESH = "mesh"
HOMES = "homes"
Place = tuple[Key, ...]


def may_be_made(spec: Spec) -> bool:
    """Return whether a layer may hold an area made from words: its rows are polygons that someone draws."""
    return spec.kind == "polygon" and spec.source.reader != MESH


def may_be_named(spec: Spec) -> bool:
    """Return whether rows of a layer may be named in a district: a house would tell where it stands."""
    return spec.kind in {"point", "line", "polygon"} and spec.source.reader != MESH and spec.group != HOMES


def districts(document: Document, models: Sequence[DistrictModel]) -> tuple[District, ...]:
    """Return the districts of a plan.toml whose form is right.

    Parameters
    ----------
    document
        plan.toml, for the lines.
    models
        Its tables `[[district]]`.
    """
    return tuple(
        District(
            name=model.name,
            layer=model.layer,
            include=_grounds(document, (TABLE, position, "include"), model.include),
            within=_grounds(document, (TABLE, position, "within"), model.within),
            exclude=_grounds(document, (TABLE, position, "exclude"), model.exclude),
            facts=dict(model.model_extra or {}),
            line=document.line((TABLE, position)),
        )
        for position, model in enumerate(models)
    )


def _grounds(document: Document, path: Place, words: Words | None) -> tuple[Ground, ...]:
    found = []
    for here, item in _items(path, words):
        if isinstance(item, str):
            found.append(Ground(words=item, line=document.line(here)))
            continue
        layer = next(key for key in item if key not in AROUND)
        names = item[layer]
        around = {key: None if item.get(key) is None else float(item[key]) for key in AROUND}
        found.append(
            Ground(
                layer=layer,
                names=(names,) if isinstance(names, str) else tuple(names),
                radius_m=around["radius_m"],
                minutes=around["minutes"],
                reach_m=around["reach_m"],
                line=document.line(here),
            )
        )
    return tuple(found)


def _items(path: Place, words: Any) -> Iterable[tuple[Place, Any]]:
    """Yield each text and table with its path in the file."""
    if isinstance(words, list):
        yield from (((*path, position), item) for position, item in enumerate(words))
    elif words is not None:
        yield path, words


def doubtful_districts(document: Document, catalogue: Mapping[str, Spec]) -> list[Problem]:
    """Return what is wrong with the tables `[[district]]`, as far as plan.toml and the catalogue tell.

    Parameters
    ----------
    document
        plan.toml as it is written.
    catalogue
        The layers there are.
    """
    tables = document.data.get(TABLE)
    bodies = [
        (position, body)
        for position, body in enumerate(tables if isinstance(tables, list) else ())
        if isinstance(body, Mapping)
    ]
    problems = _twice(document, bodies)
    for position, body in bodies:
        path: Place = (TABLE, position)
        problems += _doubtful_layer(document, path, body, catalogue)
        problems += _doubtful_facts(document, path, body, catalogue)
        for part in PARTS:
            for here, item in _items((*path, part), body.get(part)):
                problems += _doubtful_item(document, here, item, catalogue)
    return problems


def _twice(document: Document, bodies: Iterable[tuple[int, Mapping[str, Any]]]) -> list[Problem]:
    seen: set[tuple[str, str, str]] = set()
    problems = []
    for position, body in bodies:
        layer, version = body.get("layer", "promotion_area"), body.get("version", "")
        key = (str(layer), str(body.get("name")), str(version))
        if key in seen:
            values = {"name": key[1], "version": key[2] or "—", "file": document.name}
            place = document.place((TABLE, position, "name"))
            problems.append(Problem(code="district.exists", place=place, values=values))
        seen.add(key)
    return problems


def _doubtful_layer(
    document: Document, path: Place, body: Mapping[str, Any], catalogue: Mapping[str, Spec]
) -> list[Problem]:
    name = body.get("layer", "promotion_area")
    known = sorted(layer for layer, spec in catalogue.items() if may_be_made(spec))
    if not isinstance(name, str) or name in known:
        return []
    return [
        Problem(
            code="district.layer" if name in catalogue else "config.unknown_layer",
            place=document.place((*path, "layer")),
            values={"name": name, "near": hint(name, known), "known": known},
        )
    ]


def _doubtful_facts(
    document: Document, path: Place, body: Mapping[str, Any], catalogue: Mapping[str, Spec]
) -> list[Problem]:
    layer = body.get("layer", "promotion_area")
    if layer not in catalogue:
        return []
    fields = {name: field for name, field in catalogue[layer].fields.items() if name not in OWN}
    problems = []
    for key, value in body.items():
        here = (*path, key)
        if key in OWN:
            continue
        if key not in fields:
            known = [*OWN, *fields]
            values = {"key": key, "layer": layer, "near": hint(key, known), "known": known}
            problems.append(Problem(code="district.unknown_key", place=document.place(here), values=values))
        elif (expected := _expected(value, fields[key])) is not None:
            problems.append(wrong(document, here, value, expected))
    return problems


def _expected(value: Any, field: Field) -> Text | None:
    """Return what a fact should have been, None where it is right."""
    if field.type in {"number", "integer"}:
        return _expected_number(value, field)
    if field.type == "boolean":
        return None if isinstance(value, bool) else expectation("bool_type")
    if field.type == "date":
        day = isinstance(value, dt.date) and not isinstance(value, dt.datetime)
        return None if day else expectation("date_type")
    if not isinstance(value, str):
        return expectation("string_type")
    known = list(dict.fromkeys(field.codes.values()))
    unknown = field.codes and decode([value], field)[value] is None
    return expectation("literal_error", expected=", ".join(known)) if unknown else None


def _expected_number(value: Any, field: Field) -> Text | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole and (field.type == "integer" or not isinstance(value, float)):
        return expectation("int_type" if field.type == "integer" else "float_type")
    if field.minimum is not None and value < field.minimum:
        return expectation("greater_than_equal", ge=field.minimum)
    above = field.maximum is not None and value > field.maximum
    return expectation("less_than_equal", le=field.maximum) if above else None


def wrong(document: Document, path: Place, value: Any, expected: Text) -> Problem:
    """Return the problem of a value of the wrong kind.

    Parameters
    ----------
    document
        plan.toml, for the line.
    path
        Where the value stands.
    value
        The value.
    expected
        What it should have been.
    """
    place = document.place(path)
    key = place.split(" ", 1)[-1]
    values = {"key": key, "value": repr(value), "expected_ja": expected.ja, "expected_en": expected.en}
    return Problem(code="config.wrong_value", place=place, values=values)


def _doubtful_item(
    document: Document, path: Place, item: Any, catalogue: Mapping[str, Spec]
) -> list[Problem]:
    """Return what is wrong with one text or table; what is neither is pydantic's to tell."""
    if isinstance(item, str):
        return [] if item.strip() else [wrong(document, path, item, expectation("string_too_short"))]
    if not isinstance(item, Mapping):
        return []
    layers = [key for key in item if key not in AROUND]
    if len(layers) != 1:
        place = document.place(path)
        return [Problem(code="district.one_layer", place=place, values={"layers": layers or "—"})]
    problems = _doubtful_around(document, path, item)
    layer, names = layers[0], item[layers[0]]
    if not _names(names):
        problems.append(wrong(document, (*path, layer), names, expectation("string_too_short")))
    known = sorted(name for name, spec in catalogue.items() if may_be_named(spec))
    if layer not in known:
        code = "district.not_named" if layer in catalogue else "config.unknown_layer"
        values = {"name": layer, "near": hint(layer, known), "known": known}
        return [*problems, Problem(code=code, place=document.place((*path, layer)), values=values)]
    if "minutes" in item and not may_be_reached(catalogue[layer]):
        problems.append(
            Problem(code="district.no_minutes", place=document.place(path), values={"name": layer})
        )
    if catalogue[layer].kind != "polygon" and not {"radius_m", "minutes"} & set(item):
        problems.append(
            Problem(code="district.no_distance", place=document.place(path), values={"name": layer})
        )
    return problems


def _names(names: Any) -> bool:
    texts = [names] if isinstance(names, str) else names
    return isinstance(texts, list) and bool(texts) and all(isinstance(t, str) and t.strip() for t in texts)


def _doubtful_around(document: Document, path: Place, item: Mapping[str, Any]) -> list[Problem]:
    problems = []
    for key in AROUND:
        value = item.get(key, 1)
        if isinstance(value, bool) or not isinstance(value, int | float):
            problems.append(wrong(document, (*path, key), value, expectation("float_type")))
        elif value <= 0:
            problems.append(wrong(document, (*path, key), value, expectation("greater_than", gt=0)))
    if {"radius_m", "minutes"} <= set(item) or ("reach_m" in item and "minutes" not in item):
        problems.append(Problem(code="district.two_distances", place=document.place(path)))
    return problems
