"""The roads that scenarios change and the places they add as layers of the map, one a scenario."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from gisplan.core.words import Style, Text
from gisplan.maps.style import group_title
from gisplan.maps.words import Look, MapLayer
from gisplan.plan.captions import caption
from gisplan.plan.labels import road_change_labels
from gisplan.plan.results import Results
from gisplan.plan.withheld import HOUSES
from gisplan.siting.scenarios.added import place_rows

DEED_COLOURS: Mapping[str, str] = {"improve": "#e6007e", "open": "#00a65a", "close": "#212121"}
"""Hues of neither a link nor what a cut link costs."""

SHOWN = ("name", "scenario", "change", "length_m", "kmh_before", "kmh_after")


def scenario_roads(results: Results) -> list[MapLayer]:
    """Return the roads that each scenario improves, opens or closes as a layer."""
    if results.simulated is None or results.simulated.roads.empty:
        return []
    roads = results.simulated.roads
    names = [found.scenario for found in results.simulated.compared]
    return [
        _layer(roads, name, place) for place, name in enumerate(names, 1) if (roads["scenario"] == name).any()
    ]


def scenario_places(results: Results) -> list[MapLayer]:
    """Return the places that each scenario adds as a layer; houses are never among them."""
    if results.simulated is None:
        return []
    atlas, layers = results.atlas, []
    for number, scenario in enumerate(atlas.plan.scenarios, 1):
        parts = [
            place_rows(atlas, change)[["id", "name", "geometry"]].assign(
                of=change.layer, scenario=scenario.name
            )
            for change in scenario.places
            if change.layer != HOUSES
        ]
        rows = [part for part in parts if len(part)]
        if rows:
            table = gpd.GeoDataFrame(
                pd.concat(rows, ignore_index=True), geometry="geometry", crs=atlas.plan.crs
            )
            layers.append(
                _places(table, scenario.name, number, {n: s.title for n, s in atlas.catalogue.items()})
            )
    return layers


def _places(table: gpd.GeoDataFrame, name: str, number: int, titles: Mapping[str, Text]) -> MapLayer:
    return MapLayer(
        name=f"scenario_{number}_place",
        title=caption("scenario_place_layer", name=name),
        kind="point",
        table=table,
        style=Style(colour=DEED_COLOURS["open"], radius=8.0, order=93),
        credit=caption("scenario_credit"),
        group=group_title("roads"),
        popup=(("of", caption("scenario_place_of")), ("scenario", caption("scenario_scenario"))),
        labels={"of": titles},
        visible=number == 1,
        look=Look(symbol="square", label=True),
    )


def _layer(roads: gpd.GeoDataFrame, name: str, place: int) -> MapLayer:
    own = gpd.GeoDataFrame(roads[roads["scenario"] == name].reset_index(drop=True), crs=roads.crs)
    digits = {"length_m": 0, "kmh_before": 0, "kmh_after": 0}
    table = own.assign(
        **{column: own[column].astype("float64").round(count) for column, count in digits.items()}
    )
    titles = {column: caption(f"scenario_{column}") for column in SHOWN}
    return MapLayer(
        name=f"scenario_{place}",
        title=_title(name),
        kind="line",
        table=gpd.GeoDataFrame(table, crs=roads.crs),
        style=Style(
            colour=DEED_COLOURS["improve"],
            width=6.0,
            opacity=0.9,
            order=62,  # above the links, which mostly lie on the same roads
            by="change",
            colours=DEED_COLOURS,
        ),
        credit=caption("scenario_credit"),
        group=group_title("roads"),
        popup=tuple(titles.items()),
        labels=road_change_labels(),
        visible=place == 1,
        look=Look(),
    )


def _title(name: str) -> Text:
    return caption("scenario_layer", name=name)
