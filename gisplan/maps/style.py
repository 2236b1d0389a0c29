"""Colours and looks: legend entries from a style, and the looks of the layers of the catalogue."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from gisplan.core.words import Style, Text
from gisplan.maps.colour.hatch import Hatch, Tone, hatches, ink
from gisplan.maps.words import Look, MapLayer

FAINT = 0.3
"""A fill of less opacity cannot carry the colour; the outline does."""

OUTLINE_OPACITY = 0.95
LEAST_MARK_OPACITY = 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a legend: the value it stands for, what it is called, its colour and how many there are.

    `hatch` tells it from a class whose colour somebody takes for its own, and is drawn in the colour `ink`.
    """

    value: str
    title: Text
    colour: str
    count: int
    other: bool = False
    hatch: Hatch | None = None
    ink: str = ""


@lru_cache(maxsize=8)
def document(name: str) -> Mapping[str, Any]:
    """Return a data file of `gisplan/maps/assets`."""
    return tomllib.loads(files("gisplan.maps").joinpath("assets", name).read_text("utf-8"))


def look_of(layer: MapLayer) -> Look:
    """Return how a layer is drawn: its own look, or the one `looks.toml` gives its name."""
    if layer.look is not None:
        return layer.look
    row = dict(document("looks.toml").get(layer.name, {}))
    return Look(**{**row, "dash": tuple(row.get("dash", ()))})


def words() -> Mapping[str, Text]:
    """Return every word of the page by its key."""
    return {**script_words(), **_table("page")}


def script_words() -> Mapping[str, Text]:
    """Return by key the words that the scripts of a map need: they travel in its settings."""
    return _table("words")


def _table(name: str) -> Mapping[str, Text]:
    return {key: Text(**row) for key, row in document("interface.toml")[name].items()}


def group_title(group: str) -> Text:
    """Return the title of a group of the catalogue; a group of the user's own is called by its name."""
    row = document("interface.toml")["groups"].get(group)
    return Text(**row) if row else Text(ja=group, en=group)


def key(value: Any) -> str:
    """Return a value of a table as the text that colours and labels are keyed by; "" where it is missing."""
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else f"{value:g}"
    return str(value)


def keys(values: pd.Series) -> list[str]:
    """Return the keys of a column, each value of it looked at once."""
    if values.dtype == object and pd.api.types.infer_dtype(values, skipna=False) != "string":
        return [
            key(value) for value in values
        ]  # values of several types may be equal and yet have keys of their own
    places, known = pd.factorize(values, use_na_sentinel=False)
    told = np.array([key(value) for value in known], object)
    found: list[str] = told[places].tolist() if len(told) else []
    return found


def title_of(layer: MapLayer, column: str, value: str) -> Text:
    """Return what a value of a column is called; a value without a label is called by itself."""
    return layer.labels.get(column, {}).get(value, Text(ja=value, en=value))


def classes(layer: MapLayer) -> tuple[list[int], tuple[Entry, ...]]:
    """Return the class of every feature and the legend entries of a layer, in the order of its style.

    Values without a colour of their own share the last entry. A layer of one colour has no entries.
    """
    style = layer.style
    if not style.by or style.by not in layer.table.columns or not len(layer.table):
        return [], ()
    values = keys(layer.table[style.by])
    counts = Counter(values)
    present = [value for value in style.colours if value in counts]
    if not present:
        return [], ()
    place = {value: index for index, value in enumerate(present)}
    hatched = hatches_of(layer)
    shade = seen_opacity(layer)
    entries = [
        Entry(
            value=value,
            title=title_of(layer, style.by, value),
            colour=style.colours[value],
            count=counts[value],
            hatch=hatched[value],
            ink=ink(style.colours[value], opacity=shade),
        )
        for value in present
    ]
    rest = len(values) - sum(entry.count for entry in entries)
    if rest:
        entries.append(
            Entry(
                value="",
                title=words()["other"],
                colour=style.colour,
                count=rest,
                other=True,
                hatch=hatched[""],
                ink=ink(style.colour, opacity=shade),
            )
        )
    return [place.get(value, len(present)) for value in values], tuple(entries)


def hatches_of(layer: MapLayer) -> Mapping[str, Hatch | None]:
    """Return the hatch of every value that the style of a layer colours, and of all others by "".

    The whole palette counts, not the values that a map happens to hold: a class looks alike in every map.
    """
    style, look, shade = layer.style, look_of(layer), seen_opacity(layer)
    signs = look.texts if look.text_by == style.by else {}
    palette = {**style.colours, "": style.colours.get("", style.colour)}
    tones = [
        Tone(colour=colour, opacity=shade, sign=signs.get(value, "")) for value, colour in palette.items()
    ]
    return dict(zip(palette, hatches(tones), strict=True))


def seen_opacity(layer: MapLayer) -> float:
    """Return the opacity of what carries the colours of a layer: its fills, its outlines, its lines or its marks."""
    own = layer.style.opacity
    if layer.kind == "point" or look_of(layer).symbol == "site":
        return max(LEAST_MARK_OPACITY, own)
    return OUTLINE_OPACITY if outlined(layer) else own


def outlined(layer: MapLayer) -> bool:
    """Return whether the outlines of a layer carry its colours, for its fills are too faint."""
    return layer.kind == "polygon" and layer.style.opacity < FAINT


def dash_of(layer: MapLayer, entry: Entry) -> tuple[float, ...]:
    """Return the dash that stands for the hatch of a class along a line or an outline [widths of the line]."""
    # Areas that lie on each other would show the hatches of those below them.
    if entry.hatch is None or not (layer.kind == "line" or outlined(layer) or look_of(layer).stacked):
        return ()
    return entry.hatch.dash


def rgb(colour: str) -> tuple[int, int, int]:
    """Return a colour `#rrggbb` as three numbers from 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def darker(colour: str, *, by: float = 0.3) -> str:
    """Return a colour nearer to black by a share, for the outline of a filled shape."""
    parts = [round(part * (1 - by)) for part in rgb(colour)]
    return "#{:02x}{:02x}{:02x}".format(*parts)


def outline(style: Style, colour: str) -> str:
    """Return the outline colour of a polygon: its own colour where the fill is faint, else a darker one."""
    return colour if style.opacity < FAINT else darker(colour)
