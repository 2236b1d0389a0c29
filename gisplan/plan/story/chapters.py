"""The chapters of a plan on a page: what each shows is looked up in the layers that the page has."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from gisplan.core.chapter import Chapter as Asked
from gisplan.core.chapter import View
from gisplan.core.words import Atlas, Text
from gisplan.maps.encode import bounds
from gisplan.maps.story.words import NOTHING, Chapter
from gisplan.maps.words import MapLayer
from gisplan.plan.story.captions import story_caption

Box = tuple[float, float, float, float]
ZOOM = 14.0
"""Zoom of a view that names none."""


def chapters_of(atlas: Atlas, layers: Sequence[MapLayer]) -> tuple[Chapter, ...]:
    """Return the chapters of a plan, each with its view in degrees.

    A feature that the audience may not have is not shown, and neither is its name: the chapter says that its place is
    not on the map.

    Parameters
    ----------
    atlas
        The layers of the plan.
    layers
        The layers of the page.
    """
    drawn = {layer.name: layer for layer in layers}
    return tuple(_chapter(chapter, drawn) for chapter in atlas.plan.chapters)


def _chapter(asked: Asked, drawn: Mapping[str, MapLayer]) -> Chapter:
    view = asked.view
    box = None if view is None or not view.layer else _box(view, drawn)
    centre = (
        (view.lat, view.lon, view.zoom or ZOOM)
        if view is not None and view.lat is not None and view.lon is not None
        else None
    )
    lost = view is not None and box is None and centre is None
    missing = [name for name in asked.layers or () if name not in drawn]
    notes = [story_caption("view_missing")] if lost else []
    if missing:
        notes.append(story_caption("layers_missing", layers="、".join(missing)))
    return Chapter(
        title=asked.title,
        text=asked.text,
        box=box,
        centre=centre,
        layers=None if asked.layers is None else tuple(name for name in asked.layers if name in drawn),
        minutes=asked.minutes,
        scenario=asked.scenario,
        note=Text(ja="".join(one.ja for one in notes), en=" ".join(one.en for one in notes))
        if notes
        else NOTHING,
    )


def _box(view: View, drawn: Mapping[str, MapLayer]) -> Box | None:
    """Return west, south, east and north of what a view names, None where the page does not have it."""
    layer = drawn.get(view.layer)
    if layer is None:
        return None
    table = layer.table
    if view.id or view.name:
        column, wanted = ("id", view.id) if view.id else ("name", view.name)
        keep = (
            (table[column].astype(str) == wanted).to_numpy(bool)
            if column in table
            else np.zeros(len(table), bool)
        )
        table = table[keep]
    found = bounds([dataclasses.replace(layer, table=table)])
    return None if found is None else (found[0], found[1], found[2], found[3])
