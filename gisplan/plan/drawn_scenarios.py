"""The roads that scenarios change as layers of the map, one a scenario."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd

from gisplan.core.words import Style, Text
from gisplan.maps.style import group_title
from gisplan.maps.words import Look, MapLayer
from gisplan.plan.captions import caption
from gisplan.plan.labels import road_change_labels
from gisplan.plan.results import Results

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
