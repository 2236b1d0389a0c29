"""Layers of the map that come from results, not from files: versions of areas, counts held back."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date

import geopandas as gpd
import pandas as pd

from gisplan.access.voids import void_table
from gisplan.access.yardsticks import WAYS, read_yardsticks
from gisplan.core.tables import contract
from gisplan.core.words import Layer, Style, Text
from gisplan.law.history import Version, histories, states
from gisplan.maps.compose import with_unit
from gisplan.maps.style import group_title
from gisplan.maps.words import Look, MapLayer
from gisplan.plan.captions import caption
from gisplan.plan.labels import change_labels, void_labels
from gisplan.plan.release import Released
from gisplan.plan.results import Results

CHANGE_COLOURS: Mapping[str, str] = {"added": "#00897b", "removed": "#d84315"}

AREAS = ("promotion_area", "priority_district")
"""Layers whose areas have versions."""

VOID_ORIGINS = ("population", "neighbourhood", "vacant_house")
VOID_COLOURS: Mapping[str, str] = {"0": "#d1c4e9", "1": "#9575cd", "2": "#5e35b1", "3": "#1a0f5c"}
"""By the number of definitions of a 交通空白 that hold; "0" where only one along the road does."""

APART = ("superseded", "not_yet")
"""States of a version that must not be drawn as if it were in force."""


def titles_of(name: str) -> Mapping[str, Text]:
    """Return the titles of a contract's columns with their units."""
    return {column.name: with_unit(column.title, column.unit) for column in contract(name).columns}


def by_state(layer: MapLayer, *, day: date) -> list[MapLayer]:
    """Return a layer of areas with what is not in force on a day as layers of their own, dashed and named so.

    Parameters
    ----------
    layer
        Any layer; one of other things than areas with versions is returned as it is.
    day
        The day on which the law is applied.
    """
    if layer.name not in AREAS:
        return [layer]
    told = {
        row: (state, version)
        for versions in histories(layer.table).values()
        for version, state in zip(versions, states(versions, day=day), strict=True)
        for row in version.rows["id"]
    }
    state_of = layer.table["id"].map(lambda row: told[row][0])
    kept = layer.table[~state_of.isin(APART)].reset_index(drop=True)
    apart = [
        _apart(layer, state, {row: told[row][1] for row in layer.table.loc[state_of == state, "id"]})
        for state in APART
        if (state_of == state).any()
    ]
    own = [dataclasses.replace(layer, table=kept)] if len(kept) or not apart else []
    return [*own, *apart]


def _apart(layer: MapLayer, state: str, rows: Mapping[str, Version]) -> MapLayer:
    """Return the areas of one state as a layer; what is superseded is shown when it is asked for."""
    table = layer.table[layer.table["id"].isin(set(rows))].reset_index(drop=True)
    names = [_name_of(row, state, rows[row["id"]]) for row in table[["id", "name"]].to_dict("records")]
    title = layer.title
    return dataclasses.replace(
        layer,
        name=f"{layer.name}_{state}",
        title=Text(
            ja=caption(f"{state}_layer", title=title.ja).ja, en=caption(f"{state}_layer", title=title.en).en
        ),
        table=table.assign(name=[name.ja for name in names]),
        style=dataclasses.replace(layer.style, width=1.6, opacity=0.0),
        labels={**layer.labels, "name": {name.ja: name for name in names}},
        visible=layer.visible and state != "superseded",
        look=Look(label=layer.name == "promotion_area", dash=(3, 5)),
    )


def _name_of(row: Mapping[str, str], state: str, version: Version) -> Text:
    name = row["name"] or row["id"]
    if state != "superseded":
        return caption("not_yet_name", name=name)
    if not version.name:
        return caption("superseded_unnamed", name=name)
    said = version.label
    if version.name.isdecimal():
        said = caption("version", number=int(version.name))
    ja, en = (caption("superseded_name", name=name, version=text) for text in (said.ja, said.en))
    return Text(ja=ja.ja, en=en.en)


def version_changes(results: Results) -> list[MapLayer]:
    """Return the ground that later versions of areas added and removed as a layer (新旧対照図)."""
    changes = None if results.checked is None else results.checked.changes
    if changes is None:
        return []
    moved = changes[changes["change"].isin(CHANGE_COLOURS)].reset_index(drop=True)
    if moved.empty:
        return []
    titles = titles_of("versions")
    shown = {
        "change": caption("change"),
        "old_version": titles["old_version"],
        "new_version": titles["new_version"],
    }
    return [
        MapLayer(
            name="version_change",
            title=caption("version_change"),
            kind="polygon",
            table=gpd.GeoDataFrame(moved, crs=changes.crs),
            style=Style(
                colour="#00897b", width=1.2, opacity=0.35, order=32, by="change", colours=CHANGE_COLOURS
            ),
            credit=caption("version_credit"),
            group=group_title("plan"),
            popup=(*shown.items(), ("area_ha", titles_of("nesting")["area_ha"])),
            labels=change_labels(),
            visible=False,
            look=Look(),
        )
    ]


def voids(results: Results, released: Released) -> list[MapLayer]:
    """Return who lives in a 交通空白 by any definition as layers: each place says of every definition whether it does.

    Places are coloured by the number of definitions, measured in a straight line, under which they lie in the void.
    """
    if results.measured is None:
        return []
    layers = {name: layer for name in VOID_ORIGINS if (layer := released.layers.get(name)) is not None}
    tables = {name: void_table(results.measured.stands, origin=name) for name in layers}
    shown = {
        name: layer.table[["id", "name", "geometry"]].merge(tables[name], on="id")
        for name, layer in layers.items()
    }
    return [_void(layers[name], table) for name, table in shown.items() if len(table)]


def _void(layer: Layer, table: pd.DataFrame) -> MapLayer:
    """Return the places of one layer that lie in a void by any definition."""
    columns = [str(name) for name in table if str(name).endswith(tuple(f"_{how}" for how in WAYS))]
    title, own = caption("void_layer", title="{title}"), layer.spec.title
    return MapLayer(
        name=f"transport_void_{layer.spec.name}",
        title=Text(ja=title.ja.format(title=own.ja), en=title.en.format(title=own.en)),
        kind=layer.spec.kind,
        table=gpd.GeoDataFrame(table, crs=layer.table.crs),
        style=Style(
            colour="#6a1b9a", width=0.5, opacity=0.45, order=33, by="definitions", colours=VOID_COLOURS
        ),
        credit=caption("void_credit"),
        group=group_title("transit"),
        popup=(
            ("definitions", caption("void_definitions")),
            *((name, _defined(name)) for name in columns),
        ),
        labels={
            "definitions": {
                count: caption("void_count", count=count) if int(count) else caption("void_road_only")
                for count in VOID_COLOURS
            },
            **dict.fromkeys(columns, void_labels()),
        },
        visible=False,
        look=Look(),
    )


def _defined(column: str) -> Text:
    """Return what a column of the void is called: its definition, and how it is measured."""
    name, how = column.rsplit("_", 1)
    title, way = read_yardsticks()[name].title, WAYS[how]
    return Text(ja=f"{title.ja}・{way.ja}", en=f"{title.en}, {way.en}")


def held_back(released: Released) -> list[MapLayer]:
    """Return the cells in which houses held back are counted as a layer."""
    if released.cells is None:
        return []
    return [
        MapLayer(
            name="held_back_cells",
            title=caption("held_back_layer"),
            kind="polygon",
            table=released.cells,
            style=Style(colour="#6d4c41", width=0.6, opacity=0.12, order=70),
            credit=caption("held_back_credit"),
            group=group_title("homes"),
            popup=(("houses", titles_of("held_back")["houses"]),),
            visible=False,
            look=Look(),
        )
    ]
