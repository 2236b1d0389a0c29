"""What the map and the GeoPackage show: the plan's layers with the results joined to them, and its page."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core.words import Plan, Text
from gisplan.maps.compose import map_layer, sheet
from gisplan.maps.words import Fact, Labels, MapLayer, Page, Sheet
from gisplan.plan.captions import audience_notes, caption, figure, total_hectares
from gisplan.plan.colour_entries import painted
from gisplan.plan.drawn import by_state, held_back, titles_of, version_changes, voids
from gisplan.plan.drawn_districts import proposed_districts
from gisplan.plan.drawn_links import link_layers
from gisplan.plan.drawn_scenarios import scenario_places, scenario_roads
from gisplan.plan.drawn_siting import for_page as with_few_lines
from gisplan.plan.isochrones import for_page, isochrone_layers
from gisplan.plan.labels import labels_of, outside_areas
from gisplan.plan.reading import for_people, in_order, reading_notes, speed_notes
from gisplan.plan.release import Released
from gisplan.plan.results import Results
from gisplan.plan.siting_layers import siting_layers, with_siting
from gisplan.plan.siting_told import siting_facts, siting_notes
from gisplan.plan.story.build import story_of

NEAR_M = 3_000.0
"""Nationwide files are drawn within this distance of the municipality; the tables hold what they hold."""

JUDGED = ("verdict", "max_floor_area", "max_storey", "zone", "zone_share", "area_division", "promotion_area")
SHEETS = (
    "findings", "verdicts", "provision", "nesting", "procedures", "programmes", "versions", "districts",
    "house_counts", "held_back", "links", "best_links", "road_sections", "network", "coverage", "equity",
    "yardsticks", "place_reach", "spheres", "outer", "siting", "siting_council", "siting_curve", "suitability",
    "proposed_districts", "districts_compared", "district_stability", "terrain", "scenarios", "gains", "area_gains",
    "link_changes",
)  # fmt: skip
"""Tables shown beside the map; those with a row per house or piece of a lot stay in the workbook."""


def layers_of(results: Results, released: Released) -> tuple[MapLayer, ...]:
    """Return every layer of the plan as the audience may see it, results joined, in order of drawing."""
    plan = results.atlas.plan
    drawn = []
    for name, layer in released.layers.items():
        if layer.raster is not None or not len(layer.table):
            continue
        shown = painted(map_layer(layer, audience=plan.audience), plan.colours)
        shown = _with_results(shown, name, results, released)
        drawn += by_state(_credited(shown, plan), day=plan.date)
    drawn += [*link_layers(results, released), *scenario_roads(results), *scenario_places(results)]
    drawn += siting_layers(results, released)
    drawn += [*version_changes(results), *held_back(released), *voids(results, released)]
    drawn += proposed_districts(results, released)
    drawn += isochrone_layers(
        released.isochrones,
        crs=plan.crs,
        catalogue=results.atlas.catalogue,
        scenarios=tuple(scenario.name for scenario in plan.scenarios),
    )
    return tuple(sorted(drawn, key=lambda layer: (layer.style.order, layer.name)))


def near_municipality(layers: Iterable[MapLayer]) -> tuple[MapLayer, ...]:
    """Return layers with the features in or close to the municipality only, for drawing.

    Parameters
    ----------
    layers
        All layers; without a municipality they are drawn whole.
    """
    found = tuple(layers)
    own = next((layer.table for layer in found if layer.name == "municipality"), None)
    if own is None:
        return found
    near = shapely.buffer(shapely.union_all(own.geometry.to_numpy()), NEAR_M)
    shapely.prepare(near)
    return tuple(
        dataclasses.replace(
            layer, table=_only(layer.table, shapely.intersects(near, layer.table.geometry.to_numpy()))
        )
        for layer in found
    )


def page_of(results: Results, released: Released, layers: tuple[MapLayer, ...]) -> Page:
    """Return the page of the interactive map."""
    plan = results.atlas.plan
    notes = [caption("permits"), caption("law_date", date=plan.date.isoformat())]
    notes += speed_notes(results)
    notes += audience_notes(plan.audience, held_back=released.held_back, release=plan.release)
    notes += [*siting_notes(results, released), *reading_notes()]
    few, left_out = with_few_lines(near_municipality(layers))
    lean, said = for_page(few)
    notes += [*said, *left_out]
    story = story_of(results, released, lean, colours=verdict_colours())
    return Page(
        title=Text(ja=plan.title, en=plan.title),
        subtitle=_subtitle(results),
        layers=lean,
        sheets=tuple(_sheets(released.tables, labels_of(results.atlas.catalogue))),
        facts=tuple(facts_of(results, released)),
        notes=tuple(notes),
        made_up=plan.made_up,
        base=plan.map.base,
        story=story,
        language=plan.language,
    )


def _subtitle(results: Results) -> Text:
    municipality = results.atlas.table("municipality")
    names = [] if municipality is None else sorted({name for name in municipality["name"] if name})
    name = "・".join(names) or "・".join(results.atlas.plan.municipality)
    return caption("subtitle", name=name, date=results.atlas.plan.date.isoformat())


def _sheets(tables: Mapping[str, pd.DataFrame], labels: Mapping[str, Labels]) -> Iterable[Sheet]:
    ordered = in_order(tables)
    ordered |= for_people(ordered)
    for name in SHEETS:
        if name in ordered:
            yield sheet(ordered[name], name, labels=labels.get(name))


def _with_results(layer: MapLayer, name: str, results: Results, released: Released) -> MapLayer:
    if name in {"hub", "site"} and "verdicts" in released.tables:
        layer = _with_verdicts(layer, name, released.tables["verdicts"], results)
    if released.nearest is not None and name in set(released.nearest["layer"]):
        layer = _with_minutes(layer, name, released.nearest, results)
    return with_siting(layer, released)


def _with_verdicts(layer: MapLayer, name: str, verdicts: pd.DataFrame, results: Results) -> MapLayer:
    own = verdicts[verdicts["layer"] == name].set_index("id")
    columns = [*JUDGED, "reason_ja", "reason_en", "articles"]
    table = layer.table.join(own[columns].add_prefix("judged_"), on="id")
    titles = titles_of("verdicts")
    # The reason is one row: its Japanese text is a value, called by both languages.
    answer = [("judged_verdict", titles["verdict"]), ("judged_reason_ja", titles["reason"])]
    rest = [(f"judged_{column}", titles[column]) for column in (*JUDGED[1:], "articles")]
    style = layer.style
    if name == "site":
        style = dataclasses.replace(style, by="judged_verdict", colours=verdict_colours())
    return dataclasses.replace(
        layer,
        table=table,
        popup=(*answer, *layer.popup, *rest),
        labels={**layer.labels, **_judged_labels(table, results)},
        style=style,
        optional=("judged_max_floor_area", "judged_max_storey", "judged_zone_share"),
        percent=("judged_zone_share",),
        answers={"judged_verdict": verdict_colours()},
    )


def _judged_labels(table: pd.DataFrame, results: Results) -> Labels:
    """Return what the values that `_with_verdicts` joins are called."""
    known = labels_of(results.atlas.catalogue)["verdicts"]
    said = table[table["judged_reason_ja"].fillna("") != ""].drop_duplicates("judged_reason_ja")
    pairs = said[["judged_reason_ja", "judged_reason_en"]]
    labels = {
        **{f"judged_{column}": known[column] for column in ("verdict", "zone", "area_division")},
        "judged_reason_ja": {ja: Text(ja=ja, en=en) for ja, en in pairs.itertuples(index=False)},
    }
    if results.atlas.table("promotion_area") is None:
        return labels
    return {**labels, "judged_promotion_area": {"": outside_areas()}}


def verdict_colours() -> Mapping[str, str]:
    """Return the colour of each verdict."""
    return {
        "by_right": "#2e7d32", "by_right_within_limits": "#9ccc65", "special_provision_permit": "#c2185b",
        "ordinary_permit": "#f9a825", "urbanization_control_area": "#6d4c41",
        "outside_city_planning_area": "#78909c", "cannot_tell": "#bdbdbd",
    }  # fmt: skip


def _with_minutes(layer: MapLayer, name: str, nearest: pd.DataFrame, results: Results) -> MapLayer:
    own = nearest[nearest["layer"] == name].set_index("id").drop(columns="layer")
    catalogue = results.atlas.catalogue
    table = layer.table.join(own.round(1).add_prefix("minutes_"), on="id")
    popup = [
        (
            f"minutes_{column}",
            caption("minutes_to", to_ja=catalogue[to].title.ja, to_en=catalogue[to].title.en),
        )
        for column in own.columns
        if (to := column.removeprefix("to_")) in catalogue and bool(own[column].notna().any())
    ]
    return dataclasses.replace(layer, table=table, popup=(*layer.popup, *popup))


def _credited(layer: MapLayer, plan: Plan) -> MapLayer:
    """Return a layer with the credit that plan.toml gives, where it gives one."""
    named = [entry.credit for entry in plan.layers if entry.layer == layer.name and entry.credit]
    if not named:
        return layer
    credit = "；".join(dict.fromkeys(named))
    return dataclasses.replace(layer, credit=Text(ja=credit, en=credit))


def facts_of(results: Results, released: Released) -> Iterable[Fact]:
    """Return the figures that stand above the legend."""
    if results.checked is not None:
        provision = results.checked.provision
        covered = total_hectares(provision["covered_ha"].to_list(), digits=1)
        yield Fact(title=caption("fact_covered"), value=covered)
    if results.connected is not None:
        links = results.connected.links
        best = links[links["direction"] == "to_hub"].groupby("hub")["minutes"].min()
        yield Fact(title=caption("fact_link"), value=_mean_minutes(best))
    if "coverage" in released.tables:
        # What the audience may know, not what was measured: figures on houses held back would give them away.
        coverage = released.tables["coverage"]
        rows = coverage[(coverage["layer"] == "vacant_house") & (coverage["to"] == "hub")].sort_values(
            "minutes"
        )
        if len(rows):
            middle = rows.iloc[len(rows) // 2]
            title = caption("fact_houses", minutes=f"{middle['minutes']:g}")
            yield Fact(title=title, value=figure(middle["share"] * 100, ja="%", en="%", digits=0))
    yield from siting_facts(released)


def _mean_minutes(best: pd.Series[float]) -> Text:
    """Return the mean of the minutes, and how many hubs it leaves out because nothing reaches them."""
    mean, lost = figure(best.mean(), ja="分", en="min", digits=1), int(best.isna().sum())
    if not lost or lost == len(best):
        return mean
    ja, en = (caption("some_unreached", figure=text, count=lost) for text in (mean.ja, mean.en))
    return Text(ja=ja.ja, en=en.en)


def _only(table: gpd.GeoDataFrame, keep: np.ndarray) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(table[keep].reset_index(drop=True), crs=table.crs)
