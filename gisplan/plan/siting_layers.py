"""What the map shows of a choice of hubs, from the results and what the audience may have of them.

Outside the office no star, line or colour may give the place of a house held back. Lines and minutes run to hubs: where
houses are candidates or compete, nothing on who is served is drawn, for many minutes to one place give it away. Where
hubs have capacities, whom they serve depends on all houses, and it is left out, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import geopandas as gpd
import numpy as np

from gisplan.access.nearest import points_of
from gisplan.core.options import GRID, SiteOptions
from gisplan.law.phrases import verdicts
from gisplan.maps.words import MapLayer
from gisplan.plan.drawn_siting import (
    candidate_layer,
    hub_layer,
    line_layer,
    place_layer,
    served_layer,
    with_states,
)
from gisplan.plan.release import Released
from gisplan.plan.results import Results
from gisplan.plan.siting_services import Choice, services_of
from gisplan.plan.withheld import HOUSES
from gisplan.siting.asked.existing import HUB, standing_ids
from gisplan.siting.asked.grid import grid_of
from gisplan.siting.asked.question import Asked
from gisplan.siting.case import Case
from gisplan.siting.words import states

TABLES = ("siting", "siting_sites")
"""What must be told for anything to be drawn."""


def siting_layers(results: Results, released: Released) -> list[MapLayer]:
    """Return the layers of a choice of hubs, as far as the audience may have them.

    Parameters
    ----------
    results
        The results of a plan.
    released
        What the audience may have.
    """
    choice = choice_of(results, released)
    if choice is None or choice.hubs.empty:
        return []
    stars = hub_layer(choice.hubs, verdicts=verdicts())
    layers = [stars, *(place_layer(rows, role=role) for role, rows in choice.others.items() if len(rows))]
    site = choice.asked.options
    if site.candidates == GRID:
        points, _ = grid_of(results.atlas, choice.asked)
        rows = released.tables["siting_sites"].merge(points[["id", "geometry"]], on="id")
        layers.append(candidate_layer(gpd.GeoDataFrame(rows, crs=points.crs), states=states()))
    if choice.outside and not may_tell_service(site):
        return layers
    services = list(services_of(choice, results, released))
    layers += [served_layer(one, stars, minutes=site.minutes) for one in services]
    lines = line_layer([one for one in services if one.visible], stars, minutes=site.minutes)
    return layers if lines is None else [*layers, lines]


def with_siting(layer: MapLayer, released: Released) -> MapLayer:
    """Return a layer whose popups say what has become of its candidates, where it holds any.

    Parameters
    ----------
    layer
        A layer of the plan as the audience may see it.
    released
        What the audience may have.
    """
    sites = released.tables.get("siting_sites")
    if sites is None or not (sites["layer"] == layer.name).any():
        return layer
    return with_states(layer, sites, states=states())


def may_tell_service(site: SiteOptions) -> bool:
    """Return whether it may be drawn outside the office who is served by which hub.

    Parameters
    ----------
    site
        `[site]` of the plan.
    """
    return HOUSES not in {site.candidates, site.competing} and not (site.capacity and HOUSES in site.demands)


def choice_of(results: Results, released: Released) -> Choice | None:
    """Return a choice as it may be drawn, None where the plan asks for none or the audience may not have it.

    Parameters
    ----------
    results
        The results of a plan.
    released
        What the audience may have.
    """
    sited, site = results.sited, results.atlas.plan.site
    if sited is None or sited.case is None or sited.answer is None or site is None:
        return None
    if not set(TABLES) <= set(released.tables):
        return None
    asked, outside = Asked(options=site, plan=results.atlas.plan), HOUSES in released.uncounted
    return Choice(
        case=sited.case,
        chosen=sited.answer.chosen,
        asked=asked,
        hubs=_hubs(sited.case, released, crs=results.atlas.plan.crs),
        others=_others(results, released, asked, outside=outside),
        outside=outside,
    )


def _hubs(case: Case, released: Released, *, crs: int) -> gpd.GeoDataFrame:
    """Return the rows of the table `siting` with points, and how stable each hub is; houses held back are not there."""
    own, table = case.candidates, released.tables["siting"]
    points = dict(zip(own.id, own.point, strict=True))
    found = table[table["id"].isin(points)].reset_index(drop=True)
    council, more = released.tables.get("siting_council"), ["id", "stability", "near_ties_ja", "near_ties_en"]
    if council is None:
        found = found.assign(stability=np.nan, near_ties_ja="", near_ties_en="")
    else:
        found = found.merge(council[more].drop_duplicates("id"), on="id", how="left")
    return gpd.GeoDataFrame(found, geometry=[points[key] for key in found["id"]], crs=crs)


def _others(
    results: Results, released: Released, asked: Asked, *, outside: bool
) -> Mapping[Literal["standing", "competing"], gpd.GeoDataFrame]:
    """Return the hubs that stand and the places that compete, as the audience may see them, by what they are called."""
    ids, _ = standing_ids(results.atlas, asked)
    found: dict[Literal["standing", "competing"], gpd.GeoDataFrame] = {}
    competing = asked.options.competing
    if len(ids) and HUB in released.layers:
        hubs = released.layers[HUB].table
        found["standing"] = _called(hubs[hubs["id"].isin(set(ids))])
    if competing in released.layers and not (outside and competing == HOUSES):
        rivals = released.layers[competing].table
        found["competing"] = _called(rivals[~rivals["id"].isin(set(ids))] if competing == HUB else rivals)
    return found


def _called(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    names = table["name"].where(table["name"].fillna("") != "", table["id"])
    return gpd.GeoDataFrame(
        {"id": table["id"].to_numpy(), "name": names.to_numpy()},
        geometry=points_of(table.geometry.to_numpy()),
        crs=table.crs,
    )
