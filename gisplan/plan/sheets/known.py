"""The figures that every plan may have, read from `figures.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from gisplan.core.printing import FigureOptions
from gisplan.core.words import Text


@lru_cache(maxsize=1)
def _document() -> Mapping[str, Any]:
    return tomllib.loads(files("gisplan.plan.sheets").joinpath("figures.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def standard_figures() -> tuple[FigureOptions, ...]:
    """Return the figures that a plan needs."""
    return tuple(_options(row) for row in _document()["figure"])


def book_page() -> FigureOptions:
    """Return how a page of a book of maps looks; its title is that of the book."""
    return _options(_document()["book"])


def book_overview() -> FigureOptions:
    """Return how the first page of a book of maps looks, which shows where the others lie."""
    return _options(_document()["overview"])


@lru_cache(maxsize=1)
def result_layers() -> tuple[str, ...]:
    """Return the names of layers that figures of gisplan show, those of results among them."""
    return tuple(dict.fromkeys(name for one in standard_figures() for name in one.layers if "*" not in name))


def _options(row: Mapping[str, Any]) -> FigureOptions:
    known: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in row.items()
    }
    known["title"] = Text(**row["title"])
    return FigureOptions(**known)
