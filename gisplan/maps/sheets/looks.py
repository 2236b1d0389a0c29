"""How layers look on paper: the colours of the screen, widths in millimetres, roads with casing, quiet ground."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gisplan.core.words import Text
from gisplan.maps import style
from gisplan.maps.colour.hatch import printed
from gisplan.maps.sheets.nouns import Shown
from gisplan.maps.sheets.pen import NONE, Ink
from gisplan.maps.words import MapLayer, Symbol

MM_PER_PIXEL = 0.2
"""A pixel of the screen on paper, which is read from nearer by."""

LAND, BEYOND = "#ffffff", "#e9edee"
"""Ground of the municipality, and what lies around it."""

WHITE = 0.22
"""Width of the white around a mark [mm]."""

QUIET = "#b4bcc1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    """The features of one class: which rows, what it is called, and how it is drawn, first what lies below."""

    rows: np.ndarray
    title: Text
    inks: tuple[Ink, ...]
    symbol: Symbol = ""
    radius: float = 0.0
    sign: str = ""


def classes_of(shown: Shown, *, scale: float) -> tuple[Class, ...]:
    """Return the classes of a layer in the order in which they are drawn: the last of the legend lies below.

    Parameters
    ----------
    shown
        A layer on a sheet.
    scale
        The denominator of the scale: quiet ground is finer on small scales.
    """
    layer = _as_filled(shown)
    at, entries = style.classes(layer)
    rows = np.arange(len(layer.table))
    if not entries:
        return (_class(shown, rows, layer.title, "", layer.style.colour, scale=scale),)
    of = np.array(at)
    return tuple(
        _hatched(
            shown,
            entry,
            _class(shown, rows[of == place], entry.title, entry.value, entry.colour, scale=scale),
        )
        for place, entry in enumerate(entries)
    )


def _as_filled(shown: Shown) -> MapLayer:
    """Return a layer with the opacity that it has on the sheet: paler colours need more hatches."""
    layer = shown.layer
    if shown.fill is None or layer.kind != "polygon" or not layer.style.by:
        return layer
    return dataclasses.replace(layer, style=dataclasses.replace(layer.style, opacity=shown.fill))


def _hatched(shown: Shown, entry: style.Entry, one: Class) -> Class:
    """Return a class with the hatch or dash that tells it from one whose colour somebody takes for its own."""
    if entry.hatch is None or shown.quiet:
        return one
    *below, top = one.inks
    dash = style.dash_of(shown.layer, entry)
    if dash and not top.dash:
        top = dataclasses.replace(top, dash=tuple(part * top.width for part in dash))
    elif not dash:
        top = dataclasses.replace(top, hatch=printed(entry.hatch) or "", hatch_ink=entry.ink)
    return dataclasses.replace(one, inks=(*below, top))


def finer(scale: float) -> float:
    """Return by how much the lines of quiet ground are broader at a scale than at 1:25,000."""
    return float(np.clip((USUAL / scale) ** 0.4, 0.55, 1.3))


def larger(scale: float) -> float:
    """Return by how much marks are larger at a scale than at 1:25,000: there is more room on large scales."""
    return float(np.clip((USUAL / scale) ** 0.25, 0.85, 1.5))


USUAL = 25_000.0


def _class(shown: Shown, rows: np.ndarray, title: Text, value: str, colour: str, *, scale: float) -> Class:
    layer, look = shown.layer, style.look_of(shown.layer)
    own = layer.style
    if layer.kind == "line":
        if shown.quiet:
            return Class(rows=rows, title=title, inks=_ground(value, finer(scale)))
        width = own.width * look.widths.get(value, 1.0) * MM_PER_PIXEL
        return Class(rows=rows, title=title, inks=_lines(shown, colour, width))
    if layer.kind == "polygon":
        return Class(rows=rows, title=title, inks=(_area(shown, colour),),
                     symbol="site" if look.symbol == "site" else "", radius=0.9 * larger(scale))  # fmt: skip
    radius = own.radius * look.radii.get(value, 1.0) * MM_PER_PIXEL * shown.size * larger(scale)
    sign = look.texts.get(value, "") if look.text_by == own.by else ""
    ink = Ink(fill=colour, line="#ffffff", cover=max(0.9, own.opacity), width=WHITE)
    return Class(
        rows=rows, title=title, inks=(ink,), symbol=look.symbol, radius=radius * SIZES.get(look.symbol, 1.0),
        sign=sign or ("IC" if look.symbol == "interchange" else ""),
    )  # fmt: skip


SIZES: Mapping[Symbol, float] = {"hub": 0.85, "interchange": 0.95, "chosen": 1.0, "house": 1.1}
"""Marks that stand larger or smaller on paper than by the radius of the screen."""


def _area(shown: Shown, colour: str) -> Ink:
    own, look = shown.layer.style, style.look_of(shown.layer)
    if look.symbol == "land":
        return Ink(
            fill=NONE if shown.fill == 0.0 else LAND, line="#56646b", width=0.35, dash=(3.2, 0.7, 0.7, 0.7)
        )
    if shown.quiet:
        return Ink(line=QUIET, width=0.15)
    cover = own.opacity if shown.fill is None else shown.fill
    dash = tuple(part * MM_PER_PIXEL for part in look.dash)
    if look.stacked:
        return Ink(fill=colour, cover=cover, line="#ffffff", width=0.12)
    return Ink(
        fill=colour if cover > 0.0 else NONE,
        cover=cover,
        # Many small areas would be seen as outlines alone.
        line=colour if own.width < THIN and cover else style.outline(own, colour),
        line_cover=0.95,
        width=max(FINEST, own.width * MM_PER_PIXEL),
        dash=dash,
    )


THIN, FINEST = 0.5, 0.06
"""Outlines thinner than the first [pixels] have the colour of their area; no line is thinner than the second [mm]."""

ROADS: Mapping[str, tuple[tuple[str, float], ...]] = {
    "expressway": (("#5d7f68", 0.95), ("#b9d3bf", 0.6)),
    "national": (("#b08d57", 0.75), ("#f6dfb2", 0.5)),
    "prefectural": (("#a3a08c", 0.6), ("#fbf6dc", 0.38)),
    "municipal": (("#c3cacd", 0.22),),
    "other": (("#d3d9db", 0.12),),
}
"""Colour and width [mm] of the casing and of the road inside it, by class, where roads are the ground of a map."""


def _ground(value: str, finer: float) -> tuple[Ink, ...]:
    return tuple(Ink(line=one, width=wide * finer) for one, wide in ROADS.get(value, ((QUIET, 0.18),)))


def _lines(shown: Shown, colour: str, width: float) -> tuple[Ink, ...]:
    look, own = style.look_of(shown.layer), shown.layer.style
    dash = tuple(part * MM_PER_PIXEL for part in look.dash)
    casing = Ink(line="#ffffff", width=width + 0.3, line_cover=0.85)
    line = Ink(line=colour, width=width, dash=dash, line_cover=own.opacity)
    return (casing, line) if width >= CASED else (line,)


CASED = 0.4
"""Lines at least so broad have a white casing [mm]."""
