"""What models, endings of a search and states of candidates are called, and why a candidate is in its state."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from gisplan.core.words import Text


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Mapping[str, Text]]:
    read = tomllib.loads(files("gisplan.siting").joinpath("words.toml").read_text("utf-8"))
    return {part: {value: Text(**row) for value, row in rows.items()} for part, rows in read.items()}


def models() -> Mapping[str, Text]:
    """Return what the models are called."""
    return _words()["model"]


def endings() -> Mapping[str, Text]:
    """Return what the ways in which a search ends are called."""
    return _words()["ended"]


def states() -> Mapping[str, Text]:
    """Return what the states of candidates are called."""
    return _words()["state"]


def reasons() -> Mapping[str, Text]:
    """Return why a candidate is in each state."""
    return _words()["reason"]
