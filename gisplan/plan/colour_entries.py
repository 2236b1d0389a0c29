"""`[colours]` of plan.toml: a municipality's own colours for layers and their classes."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence

from gisplan.core.colour_options import OwnColours
from gisplan.core.document import Document, Key, hint
from gisplan.core.errors import Problem
from gisplan.core.words import Field, Spec, Style
from gisplan.layers.codes import decode, known_codes, names_of
from gisplan.maps.words import MapLayer

TABLE = "colours"

FORM = re.compile("#[0-9a-fA-F]{6}")

ColoursModel = dict[str, str | dict[str, str]]
"""`[colours]`: a colour by the name of a layer, or a table of colours by the values of its classes."""


def own_colours(model: ColoursModel, catalogue: Mapping[str, Spec]) -> tuple[OwnColours, ...]:
    """Return `[colours]` of a plan whose form and names are right.

    Parameters
    ----------
    model
        The table.
    catalogue
        The layers there are.
    """
    return tuple(
        OwnColours(layer=name, colour=entry.lower())
        if isinstance(entry, str)
        else OwnColours(
            layer=name,
            classes={_value(word, catalogue[name]): colour.lower() for word, colour in entry.items()},
        )
        for name, entry in model.items()
    )


def _value(word: str, spec: Spec) -> str:
    """Return a value as the layer holds it: the code for which a word of a file stands."""
    field = spec.fields[spec.style.by]
    return decode([word], field)[word] or word if field.codes else word


def doubtful_colours(document: Document, catalogue: Mapping[str, Spec]) -> list[Problem]:
    """Return the layers and classes that `[colours]` names but that are not there, whatever else is wrong.

    Parameters
    ----------
    document
        plan.toml as it is written.
    catalogue
        The layers there are.
    """
    table = document.data.get(TABLE)
    if not isinstance(table, Mapping):
        return []
    drawn = sorted(name for name, spec in catalogue.items() if spec.kind in {"point", "line", "polygon"})
    problems: list[Problem] = []
    for name, entry in table.items():
        path = (TABLE, name)
        if name not in drawn:
            problems.append(_unknown(document, path, name, drawn))
        elif isinstance(entry, Mapping):
            problems += _doubtful_classes(document, path, entry, catalogue[name])
        elif isinstance(entry, str):
            if catalogue[name].style.colours:
                problems.append(_problem(document, path, "colours.classes", catalogue[name]))
            problems += _misspelt(document, path, entry)
    return problems


def _doubtful_classes(
    document: Document, path: Sequence[Key], entry: Mapping[str, object], spec: Spec
) -> Iterable[Problem]:
    if not spec.style.by:
        yield _problem(document, path, "colours.no_classes", spec)
        return
    field, seen = spec.fields[spec.style.by], dict[str, str]()
    for word, colour in entry.items():
        yield from _misspelt(document, (*path, word), colour)
        if field.codes and not _is_value(word, field):
            yield _unknown(document, (*path, word), word, names_of(field), known=known_codes(field))
            continue
        value = _value(word, spec)
        if value in seen:
            values = {"one": seen[value], "other": word}
            yield Problem(code="colours.twice", place=document.place((*path, word)), values=values)
        seen[value] = word


def _misspelt(document: Document, path: Sequence[Key], colour: object) -> Iterable[Problem]:
    if isinstance(colour, str) and not FORM.fullmatch(colour):
        yield Problem(code="colours.form", place=document.place(path), values={"colour": colour})


def _is_value(word: str, field: Field) -> bool:
    return bool(decode([word], field)[word]) or word in field.codes.values()


def _problem(document: Document, path: Sequence[Key], code: str, spec: Spec) -> Problem:
    values = {"layer": spec.title, "name": spec.name}
    return Problem(code=code, place=document.place(path), values=values)


def _unknown(
    document: Document, path: Sequence[Key], name: str, words: Sequence[str], *, known: Sequence[object] = ()
) -> Problem:
    values = {"name": name, "near": hint(name, words), "known": list(known or words)}
    return Problem(code="config.unknown_name", place=document.place(path), values=values)


def painted(layer: MapLayer, colours: Iterable[OwnColours]) -> MapLayer:
    """Return a layer of the catalogue in the colours of the plan, where it has some for it.

    Parameters
    ----------
    layer
        A layer in the colours of its file.
    colours
        `[colours]` of the plan; a class without a colour of its own keeps that of the file.
    """
    own = next((one for one in colours if one.layer == layer.name), None)
    return layer if own is None else dataclasses.replace(layer, style=_style(layer.style, own))


def _style(style: Style, own: OwnColours) -> Style:
    if own.colour:
        return dataclasses.replace(style, colour=own.colour)
    return dataclasses.replace(style, colours={**style.colours, **own.classes})
