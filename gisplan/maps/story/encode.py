"""The story of a page as plain values for its data block."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from gisplan.core.words import Text
from gisplan.maps import assets
from gisplan.maps.encode import both
from gisplan.maps.story.words import Chapter, Dossier, Part, Reach, Story


@lru_cache(maxsize=1)
def story_words() -> Mapping[str, Text]:
    """Return the words of the controls."""
    rows = tomllib.loads(assets.own("story.toml"))["words"]
    return {key: Text(**row) for key, row in rows.items()}


def story_block(story: Story) -> dict[str, Any]:
    """Return everything that the page needs to tell a story.

    Parameters
    ----------
    story
        The story.
    """
    return {
        "words": {key: both(text) for key, text in story_words().items()},
        "dossiers": [_dossier(one) for one in story.dossiers],
        "reaches": [_reach(one) for one in story.reaches],
        "swipes": [
            {"name": one.name, "before": list(one.before), "after": list(one.after)} for one in story.swipes
        ],
        "chapters": [_chapter(one) for one in story.chapters],
    }


def _dossier(one: Dossier) -> dict[str, Any]:
    return {
        "layer": one.layer,
        "row": one.row,
        "title": both(one.title),
        "parts": [_part(part) for part in one.parts],
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "title": both(part.title),
        "answer": both(part.answer),
        "colour": part.colour,
        "lines": [[both(title), both(said)] for title, said in part.lines],
        "head": _all(part.head),
        "rows": [_all(row) for row in part.rows],
        "note": both(part.note),
    }


def _all(texts: Iterable[Text]) -> list[dict[str, str]]:
    return [both(text) for text in texts]


def _reach(one: Reach) -> dict[str, Any]:
    return {
        "layer": one.layer,
        "title": both(one.title),
        "direction": both(one.direction),
        "scenario": one.scenario,
        "minutes": list(one.minutes),
        "places": _all(one.places),
        "at": list(one.at),
        "united": one.united,
        "each": one.each,
        "unitedMinutes": list(one.united_minutes),
        "eachMinutes": list(one.each_minutes),
        "eachPlaces": list(one.each_places),
        "within": {name: list(texts) for name, texts in one.within.items()},
        "counts": [[both(title), [list(row) for row in rows]] for title, rows in one.counts],
    }


def _chapter(one: Chapter) -> dict[str, Any]:
    return {
        "title": both(one.title),
        "text": both(one.text),
        "note": both(one.note),
        "box": None if one.box is None else list(one.box),
        "centre": None if one.centre is None else list(one.centre),
        "layers": None if one.layers is None else list(one.layers),
        "minutes": one.minutes,
        "scenario": one.scenario,
    }
