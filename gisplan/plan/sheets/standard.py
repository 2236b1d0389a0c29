"""The maps for print that a plan needs, read from `figures.toml` and made of the layers that the audience may see."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib.resources import files
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from gisplan.core.printing import FigureOptions
from gisplan.core.words import Plan, Text
from gisplan.maps.sheets.nouns import Extent, Inset, MapSheet, Shown
from gisplan.maps.words import MapLayer
from gisplan.plan.captions import caption
from gisplan.plan.isochrones import for_page as with_rings
from gisplan.plan.picture import near_municipality
from gisplan.plan.release import Released
from gisplan.plan.results import Results
from gisplan.plan.sheets.about import about
from gisplan.plan.sheets.notes import notes_of

AROUND = 1.25
"""A small map is drawn where its ground is so many times as wide or high as that of the sheet."""


@lru_cache(maxsize=1)
def standard_figures() -> tuple[FigureOptions, ...]:
    """Return the figures that every plan may have."""
    text = files("gisplan.plan.sheets").joinpath("figures.toml").read_text("utf-8")
    return tuple(_options(row) for row in tomllib.loads(text)["figure"])


def _options(row: Mapping[str, Any]) -> FigureOptions:
    known = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return FigureOptions(**{**known, "title": Text(**row["title"])})


def map_sheets(results: Results, released: Released, layers: Iterable[MapLayer]) -> tuple[MapSheet, ...]:
    """Return the maps for print of a plan, as far as there is something to be shown.

    Parameters
    ----------
    results
        What was computed.
    released
        What the audience may have of it.
    layers
        All layers as the audience may have them.
    """
    lean, _ = with_rings(near_municipality(layers))
    found = (_sheet(options, results, released, lean) for options in standard_figures())
    return tuple(sheet for sheet in found if sheet is not None)


def _sheet(
    options: FigureOptions, results: Results, released: Released, layers: Sequence[MapLayer]
) -> MapSheet | None:
    needed = chosen(layers, options.needs or options.layers)
    extent = extent_of(options, layers)
    if not needed or extent is None:
        return None
    plan = results.atlas.plan
    shown = shown_of(options, layers)
    return MapSheet(
        name=options.name,
        title=options.title.of(plan.language),
        subtitle=f"{plan.title}　{plan.date.isoformat()}",
        shown=shown,
        extent=extent,
        crs=plan.crs,
        scale=options.scale,
        paper=options.paper or "A4",
        orientation=options.orientation or "auto",
        notes=tuple(
            note.of(plan.language) for note in notes_of(results, released, shown, minutes=options.minutes)
        ),
        language=plan.language,
        mark=caption("sheet_made_up").of(plan.language) if plan.made_up else "",
        inset=_inset(options, layers, extent),
        about=about(options.title, shown, plan.language),
    )


def chosen(layers: Iterable[MapLayer], names: Sequence[str]) -> tuple[MapLayer, ...]:
    """Return the layers that hold something and have one of some names, in the order of the names.

    Parameters
    ----------
    layers
        Layers of the plan.
    names
        Names, in which * stands for any signs.
    """
    held = [layer for layer in layers if len(layer.table)]
    found = (layer for name in names for layer in held if fnmatchcase(layer.name, name))
    return tuple({layer.name: layer for layer in found}.values())


def shown_of(options: FigureOptions, layers: Iterable[MapLayer]) -> tuple[Shown, ...]:
    """Return the layers of a figure as they are drawn on it."""

    def named(layer: MapLayer, names: Sequence[str]) -> bool:
        return any(fnmatchcase(layer.name, name) for name in names)

    return tuple(
        Shown(
            layer=layer,
            quiet=named(layer, options.quiet),
            labelled=named(layer, options.labels),
            fill=options.fill.get(layer.name),
        )
        for layer in chosen(layers, options.layers)
    )


def extent_of(options: FigureOptions, layers: Iterable[MapLayer]) -> Extent | None:
    """Return the ground of a figure, None where there is none."""
    if options.bounds is not None:
        west, south, east, north = options.bounds
        return Extent(west=west, south=south, east=east, north=north)
    held = tuple(layers)
    for names in (options.extent, options.layers):
        for layer in chosen(held, names):
            return bounds_of(layer.table)
    return None


def bounds_of(table: gpd.GeoDataFrame) -> Extent:
    """Return the ground of the features of a table, at least a hundred metres of it."""
    west, south, east, north = (float(value) for value in table.total_bounds)
    found = Extent(west=west, south=south, east=east, north=north)
    return found if max(found.width, found.height) > 0.0 else found.grown(LEAST_M)


LEAST_M = 250.0
"""Around a single point the ground reaches so far [m]."""


def _inset(options: FigureOptions, layers: Sequence[MapLayer], extent: Extent) -> Inset | None:
    """Return the small map around, None where it would show hardly more than the sheet."""
    around = chosen(layers, options.around)
    if not around:
        return None
    bounds = np.array([layer.table.total_bounds for layer in around])
    west, south = bounds[:, :2].min(axis=0)
    east, north = bounds[:, 2:].max(axis=0)
    ground = Extent(west=float(west), south=float(south), east=float(east), north=float(north))
    if max(ground.width / extent.width, ground.height / extent.height) < AROUND:
        return None
    quiet = tuple(Shown(layer=layer, quiet=layer.kind != "point") for layer in around)
    return Inset(shown=quiet, extent=ground)
