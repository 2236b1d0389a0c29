"""Texts of the page in both languages, from `captions.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from gisplan.core.words import Audience, Text


@lru_cache(maxsize=1)
def _captions() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files("gisplan.plan").joinpath("captions.toml").read_text("utf-8"))


def caption(key: str, **values: object) -> Text:
    """Return a text with its values put in."""
    text = _captions()[key]
    return Text(ja=text["ja"].format(**values), en=text["en"].format(**values))


def audience_notes(audience: Audience, *, held_back: int) -> tuple[Text, ...]:
    """Return the line that says who the files are for and how many houses they leave out.

    Parameters
    ----------
    audience
        Who gets the files; the office's own need no such line.
    held_back
        Vacant houses left out.
    """
    if audience == "internal":
        return ()
    return (caption(f"audience_{audience}", held_back=held_back),)
