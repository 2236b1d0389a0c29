"""`[[chapter]]` of plan.toml as frozen values: what a page tells step by step, and what the map shows with it."""

from __future__ import annotations

from dataclasses import dataclass

from gisplan.core.words import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """`view` of a chapter: either a centre in degrees with a zoom, or one feature by `layer` and `name` or `id`.

    A `layer` alone is shown whole. `line` is the line in plan.toml.
    """

    lat: float | None = None
    lon: float | None = None
    zoom: float | None = None
    layer: str = ""
    name: str = ""
    id: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """`[[chapter]]`: its texts, and what the map shows with it.

    `view` is None where the map goes to its first view; `layers` None where it shows those of its first view.
    `minutes` are those of the isochrones that are shown, None for none; `scenario` is the one set beside today.
    """

    title: Text
    text: Text
    view: View | None = None
    layers: tuple[str, ...] | None = None
    minutes: float | None = None
    scenario: str = ""
