"""Places that a scenario adds: hubs, services and interchanges, as further rows of their layers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core.errors import Problem
from gisplan.core.scenario import PlaceChange, Scenario
from gisplan.core.tables import Doubt
from gisplan.core.words import Atlas, Layer, Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEGREES = 6668
FAR_M = 20_000.0
"""A place farther from every road was placed by mistake, e.g. with its coordinates exchanged."""

MOST_NAMED = 5
GROUNDS = ("priority_district", "municipality")
"""The areas in which hub facilities are planned, the narrower first."""

INTERCHANGE = "interchange"
LINKED = frozenset({"hub", INTERCHANGE})
"""Layers that are linked with each other whatever [access] goes to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """The layers with the places added, what is wrong with some of them, and what is to be said."""

    layers: Mapping[str, Layer]
    problems: tuple[Problem, ...]
    doubts: tuple[Doubt, ...]


def with_places(atlas: Atlas, scenario: Scenario) -> Added:
    """Return the layers of a plan with the places that a scenario adds.

    Parameters
    ----------
    atlas
        The layers of the plan.
    scenario
        What changes.
    """
    layers = dict(atlas.layers)
    problems: list[Problem] = []
    doubts: list[Doubt] = []
    for change in scenario.places:
        new = place_rows(atlas, change)
        problems += _far(atlas, scenario, change, new)
        doubts += _outside(atlas, scenario, change, new)
        layers[change.layer] = _grown(layers.get(change.layer), new, atlas, change)
        values = {"scenario": scenario.name, "key": change.key, "layer": _title(atlas, change.layer)}
        place = Doubt(
            code="scenario.places",
            layer=change.layer,
            subject=change.key,
            values=values | {"count": len(new)},
        )
        doubts.append(place)
        if change.layer not in {*LINKED, *atlas.plan.access.destinations}:
            told = {"scenario": scenario.name, "layer": change.layer}
            doubts.append(
                Doubt(code="scenario.not_measured", layer=change.layer, subject=scenario.name, values=told)
            )
    return Added(layers=layers, problems=tuple(problems), doubts=tuple(doubts))


def place_rows(atlas: Atlas, change: PlaceChange) -> gpd.GeoDataFrame:
    """Return the places that a change adds as rows with ids of their own.

    Parameters
    ----------
    atlas
        The layers of the plan, and the rows of the files that scenarios name.
    change
        Which places are added.
    """
    crs = atlas.plan.crs
    if change.file is not None:
        rows = atlas.scenario_rows[change.key]
        return rows.assign(id=[f"{change.key}/{one}" for one in rows["id"]])
    point = gpd.GeoSeries([shapely.Point(change.at or ())], crs=DEGREES if change.degrees else crs).to_crs(
        crs
    )
    frame = gpd.GeoDataFrame({"id": [change.key], "name": [change.name]}, geometry=point.to_numpy(), crs=crs)
    if change.layer == INTERCHANGE:
        frame = frame.assign(kind=change.kind or "full", open=pd.array([True], dtype="boolean"))
    return frame


def _grown(layer: Layer | None, new: gpd.GeoDataFrame, atlas: Atlas, change: PlaceChange) -> Layer:
    """Return a layer with rows added, a new one where the plan has none."""
    if layer is None:
        return Layer(spec=atlas.catalogue[change.layer], table=new, readings=())
    if not len(layer.table):
        return dataclasses.replace(layer, table=new)
    own = layer.table
    full = new.reindex(columns=own.columns)
    table = gpd.GeoDataFrame(pd.concat([own, full], ignore_index=True), geometry="geometry", crs=own.crs)
    return dataclasses.replace(layer, table=typed_as(table, own))


def typed_as(table: gpd.GeoDataFrame, own: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a table that was grown with the types of the columns it had before.

    Parameters
    ----------
    table
        Rows of both, what is missing as NA.
    own
        The table before.
    """
    types = own.drop(columns=own.geometry.name).dtypes
    plain = {
        name: table[name].where(table[name].notna(), np.nan) if kind.kind == "f" else table[name]
        for name, kind in types.items()
    }
    return table.assign(**{str(name): values.astype(types[name]) for name, values in plain.items()})


def _far(atlas: Atlas, scenario: Scenario, change: PlaceChange, new: gpd.GeoDataFrame) -> list[Problem]:
    roads = atlas.table("road")
    if roads is None or change.at is None:
        return []
    away = _distance(new.geometry.to_numpy(), roads.geometry.to_numpy())
    if away <= FAR_M:
        return []
    values = {"scenario": scenario.name, "name": change.name, "distance": f"{away / 1000:,.0f}"}
    return [
        Problem(code="scenario.far", place=f"{atlas.plan.file}:{change.line} {change.key}", values=values)
    ]


def _outside(atlas: Atlas, scenario: Scenario, change: PlaceChange, new: gpd.GeoDataFrame) -> list[Doubt]:
    """Return a doubt on hubs outside every priority district, or outside the municipality where none is drawn."""
    layer = next((name for name in GROUNDS if atlas.table(name) is not None), None)
    areas = None if layer is None else atlas.table(layer)
    if change.layer != "hub" or layer is None or areas is None:
        return []
    ground = shapely.union_all(areas.geometry.to_numpy())
    away = shapely.distance(new.geometry.to_numpy(), ground) > atlas.plan.check.tolerance_m
    if not away.any():
        return []
    values = {
        "scenario": scenario.name,
        "key": change.key,
        "names": named(new[away]),
        "area": _title(atlas, layer),
    }
    return [Doubt(code="scenario.hub_outside", layer="hub", subject=change.key, values=values)]


def named(rows: gpd.GeoDataFrame) -> list[str]:
    """Return the names of a few places, the id of one without a name."""
    names = rows["name"].fillna("").astype(str) if "name" in rows else pd.Series("", index=rows.index)
    return list(names.where(names != "", rows["id"].astype(str)))[:MOST_NAMED]


def _distance(points: NDArray[np.object_], lines: NDArray[np.object_]) -> float:
    return float(shapely.distance(points[:, None], lines[None, :]).min())


def _title(atlas: Atlas, layer: str) -> Text:
    spec = atlas.catalogue.get(layer)
    return Text(ja=layer, en=layer) if spec is None else spec.title
