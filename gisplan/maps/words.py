"""The nouns of the maps: what is drawn, the tables beside it, and the page that holds both.

Nothing here draws. A `MapLayer` knows its licence and credit by itself, for the attributes of a table are
lost by every join.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from gisplan.core.map_options import Base
from gisplan.core.words import Kind, Language, Style, Text
from gisplan.maps.story.words import Story

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

Symbol = Literal["", "dot", "house", "site", "hub", "interchange", "land", "chosen", "square", "triangle"]
Labels = Mapping[str, Mapping[str, Text]]
FOCUS = (("municipality",), ("priority_district", "promotion_area", "hub"))
"""Layers of the first view: the first group that holds something fills it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a layer is drawn beyond its colours.

    `symbol` names the mark of points; `label` writes the name beside the feature; `dash` is a pattern of
    pixels; `widths` and `radii` multiply the width or radius by the values of the styled column; `texts`
    is what a sign says by the values of the column `text_by`. `stacked` tells that areas lie on each other, the
    largest first: QGIS draws each as if it were opaque and the layer as a whole see-through, so that none darkens.
    An area is named where it is `room` times as wide as its name, so that a large value waits for more zoom.
    A layer that is not `listed` has the colours of another one: the legend of a page does not say them again.
    """

    symbol: Symbol = ""
    label: bool = False
    room: float = 0.4
    dash: tuple[float, ...] = ()
    widths: Mapping[str, float] = field(default_factory=dict)
    radii: Mapping[str, float] = field(default_factory=dict)
    text_by: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    stacked: bool = False
    listed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MapLayer:
    """One layer of a map.

    Only the columns that `popup` names, `style.by`, `name` and `id` ever reach a page: a file holds what it
    embeds even where nothing shows it. `labels` says the values of a column in both languages.
    `optional` names columns that a popup leaves out where they hold nothing, `percent` those whose shares from
    0 to 1 it says in percent; `answers` are the colours of the values of the column that it begins with.
    `look` is None where the layer is drawn as `looks.toml` says for its name.
    """

    name: str
    title: Text
    kind: Kind
    table: gpd.GeoDataFrame
    style: Style
    credit: Text
    group: Text
    popup: tuple[tuple[str, Text], ...] = ()
    labels: Labels = field(default_factory=dict)
    licence: str = ""
    visible: bool = True
    look: Look | None = None
    optional: tuple[str, ...] = ()
    percent: tuple[str, ...] = ()
    answers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The heading of one column: its title, unit, and the decimals shown where it holds numbers.

    A `share` from 0 to 1 is shown in percent; what is not `first` is shown when it is asked for.
    """

    name: str
    title: Text
    unit: Text = field(default_factory=lambda: Text(ja="", en=""))
    digits: int | None = None
    number: bool = False
    share: bool = False
    first: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table as a user sees it, in both languages: `ja` and `en` have the same rows and columns.

    `columns` stand in the order in which they are read; `notes` say what is not plain from their titles.
    """

    name: str
    title: Text
    columns: tuple[Heading, ...]
    ja: pd.DataFrame
    en: pd.DataFrame
    labels: Labels = field(default_factory=dict)
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One figure of the plan that stands above the legend, e.g. a number of houses."""

    title: Text
    value: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """That a page is the light variant of another: the file name of the `whole`, and what was left out."""

    whole: str
    left_out: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A whole map page.

    `focus` names layers for the first view: the first group that holds something fills it. `base` are the base maps to
    choose from, the first of them shown first; all but `none` load tiles from the network. `story` is what it tells
    beside its layers; `light` says what it leaves out, None for a whole page.
    """

    title: Text
    subtitle: Text
    layers: tuple[MapLayer, ...]
    sheets: tuple[Sheet, ...] = ()
    facts: tuple[Fact, ...] = ()
    notes: tuple[Text, ...] = ()
    credits: tuple[Text, ...] = ()
    made_up: bool = False
    base: tuple[Base, ...] = ("none",)
    story: Story = field(default_factory=Story)
    light: Light | None = None
    language: Language = "ja"
    focus: tuple[tuple[str, ...], ...] = FOCUS


@dataclass(frozen=True, slots=True, kw_only=True)
class Illustration:
    """A figure that was written as `figures/<name>.png`, `.svg` and `.pdf`, for a document that takes it in.

    `width_mm` and `height_mm` are its size on paper, at which its scale is true; `about` says in words what it shows,
    for those who do not see it. Texts are in the language of the plan.
    """

    name: str
    title: str
    width_mm: float
    height_mm: float
    about: str = ""
