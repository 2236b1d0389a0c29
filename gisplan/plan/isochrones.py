"""Isochrones as layers of the map and the GeoPackage: one a place and time, and one a time for all places."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core.words import Spec, Style, Text
from gisplan.maps.style import group_title, rgb
from gisplan.maps.words import Look, MapLayer
from gisplan.plan.captions import caption

if TYPE_CHECKING:
    from gisplan.access import Isochrone

PREFIX = "isochrone_"
EACH = "_each"
SCENARIO = "scenario"

SOON, LATE = "#08306b", "#9ecae1"
"""Colours of the shortest and the longest time: dark to light of one hue, so that print in grey tells them, too.

Scenarios have the same: beside today, another hue for the same time would read as a difference. Titles tell them apart.
"""

OPACITY = 0.65
"""Of all places together. A page draws each time as a ring and QGIS the layer as a whole: it looks as in the legend."""

OUTLINE_WIDTH = 2.0
"""Areas of several places lie on each other: drawn as outlines [px], none of them hides or darkens another."""

SIDE = "side_m"
"""The column with the side of the squares that an area is made of."""

MOST_VERTICES = 100_000
"""Of all isochrones together a page holds no more vertices, about 1 MB; larger layers are in the GeoPackage alone."""


def isochrone_layers(
    found: Iterable[Isochrone], *, crs: int, catalogue: Mapping[str, Spec], scenarios: Sequence[str] = ()
) -> list[MapLayer]:
    """Return the layers of some isochrones: all places of a layer together, and each by itself.

    Those of a scenario bear its name in the title and its number in the name, as the layer of its roads does.

    Parameters
    ----------
    found
        Isochrones as the audience may have them.
    crs
        EPSG code of the plan's CRS.
    catalogue
        The layers there are, for their titles.
    scenarios
        The names of the scenarios of the plan, in its order.
    """
    layers = []
    for one in found:
        title = catalogue[one.layer].title if one.layer in catalogue else Text(ja=one.layer, en=one.layer)
        own = [_layer(one, _united(one, crs), title, each=False)]
        if len(one.id) > 1:
            own.append(_layer(one, _each(one, crs), title, each=True))
        number = scenarios.index(one.scenario) + 1 if one.scenario else 0
        layers += [_of_scenario(layer, one, number) for layer in own] if number else own
    return layers


def _of_scenario(layer: MapLayer, one: Isochrone, number: int) -> MapLayer:
    """Return a layer as that of a scenario, in the colours of today's."""
    name = Text(ja=one.scenario, en=one.scenario)
    return dataclasses.replace(
        layer,
        name=f"{SCENARIO}_{number}_{layer.name}",
        title=_put("isochrone_scenario", title=layer.title, name=name),
        table=layer.table.assign(**{SCENARIO: one.scenario}),
        popup=((SCENARIO, caption("scenario_scenario")), *layer.popup),
    )


def for_page(layers: Iterable[MapLayer]) -> tuple[tuple[MapLayer, ...], tuple[Text, ...]]:
    """Return layers as a page holds them, isochrones in fewer vertices, and what is to be said of those left out.

    Parameters
    ----------
    layers
        All layers of the map.
    """
    lean = tuple(_lean(layer) if _is_ours(layer) else layer for layer in layers)
    ours = [layer for layer in lean if _is_ours(layer)]
    size = {layer.name: _vertices(layer) for layer in ours}
    fits: set[str] = set()
    # Those of today come first: scenarios must not push them off the page.
    later = {layer.name: SCENARIO in layer.table for layer in ours}
    for name in sorted(size, key=lambda name: (later[name], size[name], name)):
        if sum(size[other] for other in fits) + size[name] <= MOST_VERTICES:
            fits.add(name)
    notes = [_put("isochrone_left_out", title=layer.title) for layer in ours if layer.name not in fits]
    if fits:
        tolerance = max(_tolerance(layer) for layer in ours)
        notes.insert(0, caption("isochrone_note", tolerance=f"{tolerance:g}"))
    return tuple(layer for layer in lean if layer.name not in size or layer.name in fits), tuple(notes)


def _is_ours(layer: MapLayer) -> bool:
    return PREFIX in layer.name and SIDE in layer.table


def _tolerance(layer: MapLayer) -> float:
    """Return how far the border of an area may be moved on a page: half a square [m]."""
    return float(layer.table[SIDE].max()) / 2.0 if len(layer.table) else 0.0


def _lean(layer: MapLayer) -> MapLayer:
    """Return a layer in fewer vertices, each time without the shorter ones: what lies on each other would darken."""
    table = layer.table
    areas = shapely.simplify(table.geometry.to_numpy(), _tolerance(layer))
    rings = areas.copy()
    place = table["id"].str.rpartition(" ")[0].to_numpy()
    for own in pd.Series(range(len(table))).groupby(place).agg(list):
        within = None
        for row in sorted(own, key=table["minutes"].to_numpy().__getitem__):
            # Simplified, a shorter time may stand out of a longer one by some metres: it goes before all of them.
            rings[row] = areas[row] if within is None else shapely.difference(areas[row], within)
            within = areas[row] if within is None else shapely.union(within, areas[row])
    return dataclasses.replace(
        layer,
        table=table.set_geometry(gpd.GeoSeries(rings, index=table.index, crs=table.crs)),
    )


def _vertices(layer: MapLayer) -> int:
    return int(shapely.get_num_coordinates(layer.table.geometry.to_numpy()).sum())


def _united(one: Isochrone, crs: int) -> gpd.GeoDataFrame:
    """Return one row a time, the longest first, so that the shorter lie on it."""
    count = len(one.minutes)
    rows = {
        "id": [f"{minutes:g}" for minutes in one.minutes],
        "name": "",
        "minutes": one.minutes,
        SIDE: one.side_m,
        "places": len(one.id),
    }
    counts = {inside.unit: inside.united() for inside in one.inside}
    table = gpd.GeoDataFrame(
        pd.DataFrame(rows | counts, index=range(count)), geometry=one.areas.united, crs=crs
    )
    return gpd.GeoDataFrame(table.iloc[::-1].reset_index(drop=True), crs=crs)


def _each(one: Isochrone, crs: int) -> gpd.GeoDataFrame:
    """Return one row a time and place, the longest time first."""
    count = len(one.id)
    minutes = np.repeat(np.array(one.minutes)[::-1], count)
    rows = {
        "id": [
            f"{key} {limit:g}" for limit, key in zip(minutes, np.tile(one.id, len(one.minutes)), strict=True)
        ],
        "name": np.tile(one.label, len(one.minutes)),
        "minutes": minutes,
        SIDE: one.side_m,
    }
    counts = {inside.unit: inside.each()[:, ::-1].T.ravel() for inside in one.inside}
    return gpd.GeoDataFrame(pd.DataFrame(rows | counts), geometry=one.areas.each[:, ::-1].T.ravel(), crs=crs)


def _layer(one: Isochrone, table: gpd.GeoDataFrame, title: Text, *, each: bool) -> MapLayer:
    way = f"isochrone_{one.direction}"
    mode = caption(f"mode_{one.mode}")
    kind = "isochrone_each" if each else "isochrone_all"
    said = _put(kind, title=_put(way, title=title, mode=mode))
    limits = {f"{minutes:g}": caption("isochrone_within", minutes=f"{minutes:g}") for minutes in one.minutes}
    counts = [inside.unit for inside in one.inside]
    popup = [("minutes", caption("isochrone_minutes"))]
    popup += [(unit, caption(f"isochrone_{unit}")) for unit in counts]
    if not each:
        popup.append(("places", caption("isochrone_places")))
    return MapLayer(
        name=f"{PREFIX}{one.layer}{EACH if each else ''}",
        title=said,
        kind="polygon",
        table=table,
        style=Style(
            colour=SOON,
            width=OUTLINE_WIDTH if each else 1.0,
            opacity=0.0 if each else OPACITY,
            order=12,
            by="minutes",
            colours=_colours(one.minutes),
        ),
        credit=_put(
            "isochrone_credit",
            title=title,
            drawn=caption("isochrone_outlines" if each else "isochrone_areas"),
        ),
        group=group_title("result"),
        popup=tuple(popup),
        labels={"minutes": limits},
        visible=False,
        look=Look(stacked=not each),
        optional=tuple(counts),
    )


def _colours(minutes: Sequence[float]) -> Mapping[str, str]:
    one, other = np.array(rgb(SOON)), np.array(rgb(LATE))
    parts = np.linspace(0.0, 1.0, len(minutes))
    return {
        f"{limit:g}": "#{:02x}{:02x}{:02x}".format(*np.rint(one + (other - one) * part).astype(int))
        for limit, part in zip(minutes, parts, strict=True)
    }


def _put(key: str, **values: Text) -> Text:
    """Return a text with texts put in, each in its language."""
    return Text(
        ja=caption(key, **{name: text.ja for name, text in values.items()}).ja,
        en=caption(key, **{name: text.en for name, text in values.items()}).en,
    )
