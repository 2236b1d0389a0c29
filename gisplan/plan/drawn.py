"""Layers of the map that come from results, not from files: links, changes between versions, counts held back."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np

from gisplan.core.tables import Column, contract
from gisplan.core.words import Style, Text
from gisplan.maps.compose import with_unit
from gisplan.maps.style import group_title
from gisplan.maps.words import Look, MapLayer
from gisplan.plan.captions import caption
from gisplan.plan.labels import change_labels
from gisplan.plan.release import Released
from gisplan.plan.results import Results

CHANGE_COLOURS: Mapping[str, str] = {"added": "#00897b", "removed": "#d84315"}


def titles_of(name: str) -> Mapping[str, Text]:
    """Return the titles of a contract's columns with their units."""
    return {column.name: _with_unit(column) for column in contract(name).columns}


def _with_unit(column: Column) -> Text:
    """Return a column's title with its unit; minutes are 分 in Japanese."""
    ja = with_unit(column.title, "分" if column.unit == "min" else column.unit).ja
    return Text(ja=ja, en=with_unit(column.title, column.unit).en)


def links(results: Results) -> list[MapLayer]:
    """Return the best route from an interchange to each hub as a layer."""
    if results.connected is None or results.connected.routes.empty:
        return []
    routes = results.connected.routes
    inward = routes[(routes["direction"] == "to_hub") & routes["minutes"].notna() & ~routes.geometry.is_empty]
    best = inward.sort_values(["hub_id", "minutes", "interchange_id"]).drop_duplicates("hub_id")
    table = gpd.GeoDataFrame(
        {
            "id": best["hub_id"].to_numpy(),
            "name": (best["interchange"] + " → " + best["hub"]).to_numpy(),
            "hub": best["hub"].to_numpy(),
            "interchange": best["interchange"].to_numpy(),
            "minutes": np.round(best["minutes"].to_numpy("float64"), 1),
        },
        geometry=best.geometry.to_numpy(),
        crs=routes.crs,
    )
    titles = titles_of("links")
    return [
        MapLayer(
            name="link",
            title=caption("link"),
            kind="line",
            table=table,
            style=Style(colour="#0d47a1", width=3.0, opacity=0.85, order=60),
            credit=caption("link_credit"),
            group=group_title("roads"),
            popup=tuple((name, titles[name]) for name in ("hub", "interchange", "minutes")),
            look=Look(),
        )
    ]


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
            style=Style(colour="#6d4c41", width=0.6, opacity=0.35, order=70),
            credit=caption("held_back_credit"),
            group=group_title("homes"),
            popup=(("houses", titles_of("held_back")["houses"]),),
            look=Look(),
        )
    ]
