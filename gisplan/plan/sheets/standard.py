"""The maps for print of a plan: those it needs and its own, made of the layers that the audience may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import geopandas as gpd
import numpy as np

from gisplan.core.printing import FigureOptions
from gisplan.core.words import Plan
from gisplan.maps.sheets.nouns import Backdrop, Extent, Inset, MapSheet, Shown
from gisplan.maps.words import MapLayer
from gisplan.plan.captions import caption
from gisplan.plan.isochrones import for_page as with_rings
from gisplan.plan.picture import near_municipality
from gisplan.plan.release import Released
from gisplan.plan.results import Results
from gisplan.plan.sheets.about import about
from gisplan.plan.sheets.background import backdrop_of
from gisplan.plan.sheets.known import standard_figures
from gisplan.plan.sheets.notes import notes_of

AROUND = 1.25
"""A small map is drawn where its ground is so many times as wide or high as that of the sheet."""

LEAST_M = 250.0
"""Around a single point the ground reaches so far [m]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What all sheets of a plan are made of: results, what the audience may have, and layers as paper takes them."""

    results: Results
    released: Released
    layers: tuple[MapLayer, ...]
    backdrop: Backdrop | None

    @property
    def plan(self) -> Plan:
        """The plan."""
        return self.results.atlas.plan


def ground_of(results: Results, released: Released, layers: Iterable[MapLayer]) -> Ground:
    """Return what all sheets of a plan are made of.

    Parameters
    ----------
    results
        What was computed.
    released
        What the audience may have of it.
    layers
        All layers as the audience may have them.
    """
    # Isochrones as rings: one see-through area on another would darken it.
    lean, _ = with_rings(near_municipality(layers))
    return Ground(results=results, released=released, layers=lean, backdrop=backdrop_of(results.atlas.plan))


def wanted(plan: Plan) -> tuple[FigureOptions, ...]:
    """Return the figures that a plan asks for: those it needs and its own, of which one may take another's place."""
    own = {one.name: one for one in plan.figures}
    known = {one.name: one for one in standard_figures()} | own
    names = tuple(known) if plan.printing.figures is None else plan.printing.figures
    return tuple(known[name] for name in names)


def map_sheets(ground: Ground) -> tuple[MapSheet, ...]:
    """Return the maps for print of a plan, as far as there is something to be shown.

    Parameters
    ----------
    ground
        What they are made of.
    """
    found = (_figure(options, ground) for options in wanted(ground.plan))
    return tuple(sheet for sheet in found if sheet is not None)


def _figure(options: FigureOptions, ground: Ground) -> MapSheet | None:
    extent = extent_of(options, ground.layers)
    if extent is None or not chosen(ground.layers, options.needs or options.layers):
        return None
    return sheet_of(options, ground, extent)


def sheet_of(options: FigureOptions, ground: Ground, extent: Extent) -> MapSheet:
    """Return a sheet.

    Parameters
    ----------
    options
        What it shows.
    ground
        What it is made of.
    extent
        Its ground [m].
    """
    plan = ground.plan
    shown = shown_of(options, ground.layers)
    notes = notes_of(
        ground.results, ground.released, shown, minutes=options.minutes, backdrop=ground.backdrop
    )
    return MapSheet(
        name=options.name,
        title=options.title.of(plan.language),
        subtitle=caption("sheet_subtitle", title=plan.title, date=plan.date.isoformat()).of(plan.language),
        shown=shown,
        extent=extent,
        crs=plan.crs,
        scale=options.scale,
        paper=options.paper or plan.printing.paper,
        orientation=options.orientation or plan.printing.orientation,
        notes=tuple(note.of(plan.language) for note in notes),
        language=plan.language,
        mark=caption("sheet_made_up").of(plan.language) if plan.made_up else "",
        inset=inset_of(options, ground.layers, extent),
        backdrop=ground.backdrop,
        place=f"{plan.file}:{options.line} [[figure]] {options.name}" if options.line else options.name,
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
            named_by=options.named_by.get(layer.name, "name"),
            fill=_by_name(options.fill, layer),
            size=_by_name(options.sizes, layer) or 1.0,
        )
        for layer in chosen(layers, options.layers)
    )


def _by_name(values: Mapping[str, float], layer: MapLayer) -> float | None:
    """Return the value of the first name that fits a layer, None where none does."""
    return next((value for name, value in values.items() if fnmatchcase(layer.name, name)), None)


def extent_of(options: FigureOptions, layers: Iterable[MapLayer]) -> Extent | None:
    """Return the ground of a figure, None where there is none."""
    if options.bounds is not None:
        west, south, east, north = options.bounds
        return Extent(west=west, south=south, east=east, north=north)
    held = tuple(layers)
    found = (layer for names in (options.extent, options.layers) for layer in chosen(held, names))
    return next((bounds_of(layer.table) for layer in found), None)


def bounds_of(table: gpd.GeoDataFrame) -> Extent:
    """Return the ground of the features of a table, some of it around a single point."""
    west, south, east, north = (float(value) for value in table.total_bounds)
    found = Extent(west=west, south=south, east=east, north=north)
    return found if max(found.width, found.height) > 0.0 else found.grown(LEAST_M)


def inset_of(options: FigureOptions, layers: Sequence[MapLayer], extent: Extent) -> Inset | None:
    """Return the small map of a figure, None where it would show hardly more than the sheet."""
    around = chosen(layers, options.around)
    if not around:
        return None
    bounds = np.array([layer.table.total_bounds for layer in around])
    west, south = (float(value) for value in bounds[:, :2].min(axis=0))
    east, north = (float(value) for value in bounds[:, 2:].max(axis=0))
    ground = Extent(west=west, south=south, east=east, north=north)
    if max(ground.width / extent.width, ground.height / extent.height) < AROUND:
        return None
    return Inset(shown=tuple(Shown(layer=layer, quiet=True) for layer in around), extent=ground)
