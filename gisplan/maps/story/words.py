"""The nouns of a page's story. Features are named by the place of their row in the table of a `MapLayer`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gisplan.core.words import Text

NOTHING = Text(ja="", en="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a panel: an answer in its colour, lines of a title with what is said of it, or a small table."""

    title: Text
    answer: Text = NOTHING
    colour: str = ""
    lines: tuple[tuple[Text, Text], ...] = ()
    head: tuple[Text, ...] = ()
    rows: tuple[tuple[Text, ...], ...] = ()
    note: Text = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """The panel of one feature: `layer` and `row` name it."""

    layer: str
    row: int
    title: Text
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The isochrones of one layer of places today or in a scenario, as the page shows them minute by minute.

    `united` and `each` are the names of the map layers with all places together and each by itself, "" where the page
    has none; `united_minutes` and `each_minutes` say for each of their rows the place of its time in `minutes`,
    `each_places` the place [p]. `at` are the rows of the places in the map layer `layer`, -1 where it has none.
    `within` are the features of other map layers: for each place a text with one sign a row, the place in `minutes`
    from which on it is within. `counts` are texts with the slot {count} and the numbers for it, of all places first
    and then of each [1 + p][t].
    """

    layer: str
    title: Text
    direction: Text
    minutes: tuple[float, ...]
    places: tuple[Text, ...]
    at: tuple[int, ...]
    scenario: str = ""
    united: str = ""
    each: str = ""
    united_minutes: tuple[int, ...] = ()
    each_minutes: tuple[int, ...] = ()
    each_places: tuple[int, ...] = ()
    within: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    counts: tuple[tuple[Text, tuple[tuple[float | None, ...], ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Swipe:
    """A scenario to be seen beside today: `before` and `after` are the map layers of each side of the divider."""

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One chapter: its texts, and what the map shows with it.

    `box` are west, south, east and north [degrees], `centre` latitude, longitude and zoom; neither leaves the view.
    `layers` are the map layers shown, None for those of the first view. `minutes` are those of the isochrones, None for
    none; `scenario` is the name of the one beside today, "" for none.
    """

    title: Text
    text: Text
    box: tuple[float, float, float, float] | None = None
    centre: tuple[float, float, float] | None = None
    layers: tuple[str, ...] | None = None
    minutes: float | None = None
    scenario: str = ""
    note: Text = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Everything that a page tells beside its layers."""

    dossiers: tuple[Dossier, ...] = ()
    reaches: tuple[Reach, ...] = ()
    swipes: tuple[Swipe, ...] = ()
    chapters: tuple[Chapter, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there is anything to tell."""
        return bool(self.dossiers or self.reaches or self.swipes or self.chapters)
