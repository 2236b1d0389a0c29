"""What models, endings of a search and states of candidates are called, and why a candidate is in its state."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from gisplan.core.words import Text

NOT_CHOSEN = "not_chosen"
"""The state of candidates of which outsiders are told no more than that they were not chosen."""


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


def services() -> Mapping[str, Text]:
    """Return what those who serve demand are called: hubs chosen or standing, other places, nobody."""
    return _words()["serves"]


def trials() -> Mapping[str, Text]:
    """Return what the kinds of conditions that are tried are called."""
    return _words()["trial"]


def searches() -> Mapping[str, Text]:
    """Return what the ways in which other choices are found are called."""
    return _words()["how"]


def comparisons() -> Mapping[str, Text]:
    """Return how another choice may stand beside the plan's."""
    return _words()["beside"]


def units() -> Mapping[str, Text]:
    """Return how an amount of demand is said, by its unit."""
    return _words()["unit"]


def figures() -> Mapping[str, Text]:
    """Return what the rows of the comparison of two choices are called."""
    return _words()["figure"]


def sides() -> Mapping[str, Text]:
    """Return which of two choices has a hub."""
    return _words()["side"]
