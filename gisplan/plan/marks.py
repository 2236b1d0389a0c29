"""`[procedures]` and `[facts]` of plan.toml: marks for the whole plan and for one area, and what is wrong with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from gisplan.core.document import Document, Key, expectation, hint, near_text
from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.words import Atlas, Done
from gisplan.plan.district_entries import wrong

TABLE = "procedures"
Place = tuple[Key, ...]


def of_plan(marks: Mapping[str, Any]) -> dict[str, Done]:
    """Return the marks for the whole plan."""
    return {name: mark for name, mark in marks.items() if not isinstance(mark, Mapping)}


def of_areas(marks: Mapping[str, Any]) -> dict[str, dict[str, Done]]:
    """Return the marks for one area, by the name of the area."""
    return {name: dict(mark) for name, mark in marks.items() if isinstance(mark, Mapping)}


def doubtful_marks(document: Document) -> list[Problem]:
    """Return what is wrong with `[procedures]` and `[facts]`, as far as plan.toml tells.

    Parameters
    ----------
    document
        plan.toml as it is written.
    """
    from gisplan.law.programme_file import known_facts
    from gisplan.law.steps import area_steps, known_steps, other_steps

    marks, facts = document.data.get(TABLE), document.data.get("facts")
    problems: list[Problem] = []
    for name, mark in marks.items() if isinstance(marks, Mapping) else ():
        steps = {*known_steps(), *other_steps()}
        if isinstance(mark, Mapping) and name not in steps:
            for step, value in mark.items():
                problems += _doubtful(document, (TABLE, name, step), value, known=sorted(area_steps()))
        else:
            problems += _doubtful(document, (TABLE, name), mark, known=sorted(known_steps()))
    if isinstance(facts, Mapping) and facts:
        problems += _unknown(document, "facts", facts, sorted(known_facts()))
    return problems


def _unknown(document: Document, table: str, names: Iterable[str], known: list[str]) -> list[Problem]:
    return [
        Problem(
            code="config.unknown_name",
            place=document.place((table, name)),
            values={"name": name, "near": hint(name, known), "known": known},
        )
        for name in names
        if name not in known
    ]


def _doubtful(document: Document, path: Place, value: Any, *, known: list[str]) -> list[Problem]:
    """Return what is wrong with one mark: its name, or its value."""
    from gisplan.law.steps import known_steps, other_steps

    name, place = str(path[-1]), document.place(path)
    titles = {**known_steps(), **other_steps()}
    if name not in known and name in titles:
        code = "law.procedure_auto" if name in other_steps() else "law.procedure_of_plan"
        values = {"name": name, "title": titles[name], "known": known}
        return [Problem(code=code, place=place, values=values)]
    if name not in known:
        values = {"name": name, "near": hint(name, known), "known": known}
        return [Problem(code="config.unknown_name", place=place, values=values)]
    if isinstance(value, bool) or (isinstance(value, dt.date) and not isinstance(value, dt.datetime)):
        return []
    return [wrong(document, path, value, expectation("mark_type"))]


def check_areas(atlas: Atlas, document: Document | None) -> None:
    """Refuse marks for areas that are not there.

    Parameters
    ----------
    atlas
        The layers of the plan, with the areas made from words; where a layer is missing nothing is refused.
    document
        plan.toml, for the lines; None where there is no file.

    Raises
    ------
    ConfigurationError
        With every area that its layer does not have, and the near names.
    """
    from gisplan.law.steps import area_steps

    asked = {
        (area, layer): (TABLE, area)
        for area, marks in atlas.plan.area_procedures.items()
        for layer in sorted({area_steps()[step] for step in marks})
    }
    problems = [
        _no_area(area, known, atlas.layers[layer].spec.title, place=_place(document, path, atlas))
        for (area, layer), path in asked.items()
        if (known := _names(atlas, layer)) and area not in known
    ]
    if problems:
        raise ConfigurationError(problems)


def _place(document: Document | None, path: Place, atlas: Atlas) -> str:
    if document is None:
        return f'{atlas.plan.file} {path[0]}."{path[1]}"'
    return document.place(path)


def _no_area(area: str, known: tuple[str, ...], layer: object, *, place: str) -> Problem:
    from gisplan.plan.gazetteer import near_names

    near = near_text(near_names(area, known, most=5))
    values = {"name": area, "layer": layer, "near": near, "known": list(known)}
    return Problem(code="law.procedure_area", place=place, values=values)


def _names(atlas: Atlas, layer: str) -> tuple[str, ...]:
    """Return what the areas of a layer are called: their names, their ids where they have none."""
    table = atlas.table(layer)
    if table is None:
        return ()
    called = zip(table["name"], table["id"], strict=True)
    return tuple(dict.fromkeys(str(name or held) for name, held in called))
