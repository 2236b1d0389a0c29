"""The sentences of a verdict in both languages, and the names of verdicts and zones."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from gisplan.core.tables import Doubt
from gisplan.core.units import SQUARE_METRES_PER_HECTARE, hectares
from gisplan.core.words import Language, Text

LEAST_HECTARES = 0.1
"""Hectares below which one decimal says too little."""

SHOWN_METRES = 0.05
"""Square metres below which one decimal shows nothing."""

MANY_DECIMALS = 17
"""As many decimals as a double can differ in from a limit of the law."""


@lru_cache(maxsize=1)
def _phrases() -> Mapping[str, Text]:
    return {key: Text(**row) for key, row in _read("phrases").items()}


@lru_cache(maxsize=1)
def verdicts() -> Mapping[str, Text]:
    """Return the labels of the seven verdicts, in the order of a legend."""
    return {key: Text(**row) for key, row in _read("verdicts").items()}


@lru_cache(maxsize=1)
def zones() -> Mapping[str, Text]:
    """Return the names of the use zones by their Japanese name, in the order of 建築基準法48条."""
    return {ja: Text(ja=ja, en=en) for ja, en in _read("zones").items()}


def _read(stem: str) -> dict[str, Any]:
    return tomllib.loads(files("gisplan.law").joinpath(f"{stem}.toml").read_text("utf-8"))


def say(key: str, **values: object) -> Text:
    """Return a sentence with its values put in; a value that is a `Text` is put in by language."""
    phrase = _phrases()[key]
    return Text(ja=phrase.ja.format(**_in(values, "ja")), en=phrase.en.format(**_in(values, "en")))


def _in(values: Mapping[str, object], language: Language) -> dict[str, object]:
    return {key: value.of(language) if isinstance(value, Text) else value for key, value in values.items()}


def zone_text(zone: str) -> Text:
    """Return a zone's name in both languages; an unknown one keeps its Japanese name."""
    return zones().get(zone, Text(ja=zone, en=zone))


def division_text(division: str) -> Text:
    """Return the name of an area division in both languages, and of land where none is set."""
    named = {"": "found_undivided", "市街化区域": "division_promoted", "市街化調整区域": "division_control"}
    return say(named[division]) if division in named else Text(ja=division, en=division)


def title_text(layer: str) -> Text:
    """Return the title of a layer whose absence the law has to name."""
    return say(f"title_{layer}")


def layer_missing(layer: str) -> Doubt:
    """Return the doubt that a layer is missing or empty."""
    return Doubt(code="law.layer_missing", layer=layer, values={"layer": layer, "title": title_text(layer)})


def metres_text(square_metres: float) -> Text:
    """Return an area in m²; one that would read as 0.0 is said to be less than 0.1."""
    if square_metres < SHOWN_METRES:
        return say("square_metres_tiny")
    return say("metres_of_lot", area=f"{square_metres:,.1f}")


def ground_text(square_metres: float) -> Text:
    """Return an area in hectares, in m² where hectares would show next to nothing."""
    if square_metres < LEAST_HECTARES * SQUARE_METRES_PER_HECTARE:
        return say("square_metres", area=f"{square_metres:,.1f}")
    return say("hectares", area=f"{hectares(square_metres):,.1f}")


def storey_text(storey: int | None) -> Text:
    """Return a storey, one below ground by its number there."""
    if storey is None:
        return say("unknown_storey")
    return say("basement", storey=-storey) if storey < 0 else say("storey", storey=storey)


def floor_area_text(floor_area: float | None, *, limit: float | None) -> Text:
    """Return a floor area [m²] with as many decimals as tell it from the limit [m²] beside it."""
    if floor_area is None:
        return say("unknown_area")
    shown = [f"{floor_area:,.{digits}f}" for digits in range(1, MANY_DECIMALS)]
    apart = (text for text in shown if floor_area == limit or float(text.replace(",", "")) != limit)
    return say("floor_area", area=next(apart, shown[-1]))


def listed(texts: Iterable[Text]) -> Text:
    """Return several words as one list."""
    words = tuple(texts)
    return Text(ja="、".join(word.ja for word in words), en=", ".join(word.en for word in words))


def together(sentences: Iterable[Text]) -> Text:
    """Return sentences as one text, each said once, in order."""
    once = tuple(dict.fromkeys(sentences))
    return Text(ja="".join(text.ja for text in once), en=" ".join(text.en for text in once))
